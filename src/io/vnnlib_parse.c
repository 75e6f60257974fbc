/* Commands and formulas of VNN-LIB:
 *
 *   command = "(declare-const" NAME "Real)" | "(assert" formula ")"
 *   formula = "(" ("<=" | ">=") operand operand ")" | "(" ("and" | "or") formula+ ")" */
#include "io/vnnlib_parts.h"
#include <stdlib.h>
#include <string.h>

enum { deepest = 200 };

typedef struct parser {
    vnnlib_scanner *s;
    vnnlib_text *text;
} parser;

static crease_status no_memory(const parser *p) {
    return crease_fail(p->s->error, CREASE_NO_MEMORY, "%s: not enough memory to read it", p->s->source);
}

static crease_status expected(const parser *p, const char *what) {
    char shown[60];
    return crease_vnnlib_refuse(p->s, p->s->place, "expected %s, not %s", what,
                                crease_vnnlib_show(p->s, shown, sizeof shown));
}

/* Reads one more token, which must be of this kind. */
static crease_status want(const parser *p, vnnlib_token_kind kind, const char *what) {
    crease_status status = crease_vnnlib_next(p->s);
    if (!status && p->s->kind != kind)
        status = expected(p, what);
    return status;
}

static bool word_is(const parser *p, const char *word) {
    return p->s->kind == VNNLIB_WORD && strcmp(p->s->word, word) == 0 && strlen(word) == p->s->length;
}

/* X_i or Y_j without leading zeros; false for other words. An absurd index counts as SIZE_MAX. */
static bool read_name(const char *word, vnnlib_operand *operand) {
    if ((word[0] != 'X' && word[0] != 'Y') || word[1] != '_')
        return false;
    const char *digit = word + 2;
    size_t count = strspn(digit, "0123456789");
    if (count == 0 || digit[count] != '\0' || (digit[0] == '0' && count > 1))
        return false;
    *operand = (vnnlib_operand){.kind = word[0] == 'X' ? VNNLIB_X : VNNLIB_Y};
    for (; *digit; digit++)
        operand->index =
            operand->index > SIZE_MAX / 20 ? SIZE_MAX / 20 + 1 : 10 * operand->index + (size_t)(*digit - '0');
    return true;
}

static crease_status check_index(const parser *p, vnnlib_operand name) {
    bool x = name.kind == VNNLIB_X;
    size_t count = x ? p->text->inputs : p->text->outputs;
    char shown[60];
    if (name.index >= count)
        return crease_vnnlib_refuse(p->s, p->s->place, "%s, but the network has %zu %s%s, %c_0 to %c_%zu",
                                    crease_vnnlib_show(p->s, shown, sizeof shown), count,
                                    x ? "input" : "output", count == 1 ? "" : "s", x ? 'X' : 'Y',
                                    x ? 'X' : 'Y', count - 1);
    return CREASE_OK;
}

static vnnlib_place *declaration(const parser *p, vnnlib_operand name) {
    return &p->text->declared[name.kind == VNNLIB_X ? name.index : p->text->inputs + name.index];
}

static crease_status parse_declaration(const parser *p) {
    crease_status status = want(p, VNNLIB_WORD, "a name, X_0 or Y_0");
    vnnlib_operand name;
    char shown[60];
    if (status)
        return status;
    crease_vnnlib_show(p->s, shown, sizeof shown);
    if (!read_name(p->s->word, &name))
        return expected(p, "a name, X_0, X_1, .. of an input or Y_0, Y_1, .. of an output");
    status = check_index(p, name);
    if (status)
        return status;
    vnnlib_place *declared = declaration(p, name);
    if (declared->line)
        return crease_vnnlib_refuse(p->s, p->s->place, "%s is declared a second time; first at %zu:%zu",
                                    shown, declared->line, declared->column);
    *declared = p->s->place;
    status = want(p, VNNLIB_WORD, "the type Real");
    if (!status && !word_is(p, "Real"))
        status = expected(p, "the type Real");
    return status ? status : want(p, VNNLIB_CLOSE, "')'");
}

static crease_status keep_number(const parser *p, vnnlib_operand *operand) {
    vnnlib_text *text = p->text;
    if (text->number_count == text->number_room) {
        size_t room = text->number_room ? 2 * text->number_room : 64;
        crease_number *grown = realloc(text->number, room * sizeof *grown);
        if (!grown)
            return no_memory(p);
        text->number = grown;
        text->number_room = room;
    }
    crease_error error;
    crease_status status = crease_number_parse(p->s->word, &text->number[text->number_count], &error);
    if (status == CREASE_NO_MEMORY)
        return no_memory(p);
    if (status)
        return crease_vnnlib_refuse(p->s, p->s->place, "%s", error.message);
    *operand = (vnnlib_operand){.kind = VNNLIB_NUMBER, .index = text->number_count++};
    return CREASE_OK;
}

static crease_status parse_operand(const parser *p, vnnlib_operand *operand) {
    char shown[60];
    crease_status status = want(p, VNNLIB_WORD, "a number, X_i or Y_j");
    if (status)
        return status;
    if (strchr("+-.0123456789", p->s->word[0]) && strlen(p->s->word) == p->s->length)
        return keep_number(p, operand);
    if (!read_name(p->s->word, operand))
        return expected(p, "a number, X_i or Y_j");
    status = check_index(p, *operand);
    if (!status && !declaration(p, *operand)->line)
        return crease_vnnlib_refuse(p->s, p->s->place,
                                    "%s is not declared; write (declare-const %s Real) above",
                                    crease_vnnlib_show(p->s, shown, sizeof shown), p->s->word);
    return status;
}

/* A new formula at the last token; *index names it. */
static crease_status add_formula(const parser *p, vnnlib_formula_kind kind, ptrdiff_t *index) {
    vnnlib_text *text = p->text;
    if (text->formula_count == text->formula_room) {
        size_t room = text->formula_room ? 2 * text->formula_room : 64;
        vnnlib_formula *grown = realloc(text->formula, room * sizeof *grown);
        if (!grown)
            return no_memory(p);
        text->formula = grown;
        text->formula_room = room;
    }
    *index = (ptrdiff_t)text->formula_count++;
    text->formula[*index] =
        (vnnlib_formula){.kind = kind, .place = p->s->place, .child = VNNLIB_NONE, .next = VNNLIB_NONE};
    return CREASE_OK;
}

static crease_status parse_atom(const parser *p, bool reversed, ptrdiff_t index) {
    vnnlib_operand left, right;
    crease_status status = parse_operand(p, &left);
    if (!status)
        status = parse_operand(p, &right);
    if (!status)
        status = want(p, VNNLIB_CLOSE, "')'");
    if (!status) {
        p->text->formula[index].left = reversed ? right : left;
        p->text->formula[index].right = reversed ? left : right;
    }
    return status;
}

/* A formula whose '(' is the last token. */
static crease_status parse_formula(const parser *p, int depth, ptrdiff_t *index) {
    crease_status status = want(p, VNNLIB_WORD, "<=, >=, and or or");
    if (status)
        return status;
    if (word_is(p, "<=") || word_is(p, ">=")) {
        bool reversed = p->s->word[0] == '>';
        status = add_formula(p, VNNLIB_ATOM, index);
        return status ? status : parse_atom(p, reversed, *index);
    }
    if (!word_is(p, "and") && !word_is(p, "or"))
        return expected(p, "<=, >=, and or or");
    if (depth == deepest)
        return crease_vnnlib_refuse(p->s, p->s->place, "more than %d formulas inside each other", deepest);
    status = add_formula(p, p->s->word[0] == 'a' ? VNNLIB_AND : VNNLIB_OR, index);
    if (!status)
        status = want(p, VNNLIB_OPEN, "'(' and a formula");
    ptrdiff_t last = VNNLIB_NONE;
    while (!status && p->s->kind == VNNLIB_OPEN) {
        ptrdiff_t child;
        status = parse_formula(p, depth + 1, &child);
        if (status)
            break;
        if (last == VNNLIB_NONE)
            p->text->formula[*index].child = child;
        else
            p->text->formula[last].next = child;
        last = child;
        status = crease_vnnlib_next(p->s);
        if (!status && p->s->kind != VNNLIB_OPEN && p->s->kind != VNNLIB_CLOSE)
            status = expected(p, "'(' and a formula, or ')'");
    }
    return status;
}

static crease_status check_declarations(const parser *p) {
    const vnnlib_text *text = p->text;
    for (size_t i = 0; i < text->inputs + text->outputs; i++) {
        bool x = i < text->inputs;
        size_t count = x ? text->inputs : text->outputs;
        if (!text->declared[i].line)
            return crease_vnnlib_refuse(
                p->s, p->s->place, "%c_%zu is not declared, but the network has %zu %s%s", x ? 'X' : 'Y',
                x ? i : i - text->inputs, count, x ? "input" : "output", count == 1 ? "" : "s");
    }
    return CREASE_OK;
}

crease_status crease_vnnlib_parse(vnnlib_scanner *scanner, vnnlib_text *text) {
    const parser p = {scanner, text};
    ptrdiff_t last = VNNLIB_NONE;
    for (;;) {
        crease_status status = crease_vnnlib_next(scanner);
        if (!status && scanner->kind == VNNLIB_END)
            return check_declarations(&p);
        if (!status && scanner->kind != VNNLIB_OPEN)
            status = expected(&p, "'(' and a command");
        if (!status)
            status = want(&p, VNNLIB_WORD, "declare-const or assert");
        if (!status && word_is(&p, "declare-const")) {
            status = parse_declaration(&p);
        } else if (!status && word_is(&p, "assert")) {
            ptrdiff_t formula = VNNLIB_NONE;
            status = want(&p, VNNLIB_OPEN, "'(' and a formula");
            if (!status)
                status = parse_formula(&p, 0, &formula);
            if (!status)
                status = want(&p, VNNLIB_CLOSE, "')'");
            if (!status && last == VNNLIB_NONE)
                text->assertion = formula;
            else if (!status)
                text->formula[last].next = formula;
            last = formula;
        } else if (!status) {
            status = expected(&p, "declare-const or assert");
        }
        if (status)
            return status;
    }
}
