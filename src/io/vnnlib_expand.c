/* The disjunction of a VNN-LIB file. Asserted formulas all hold; every way to choose one child of each `or` is a
 * disjunct: a set of atoms. Bounds of inputs by numbers make its box, the other atoms its rows left - right <= 0.
 * Depth-first: `and` puts its atoms on one stack and its `or`s on another, on which the choice goes on; what a choice
 * put there is taken off before the next. Disjuncts with the same box, found by a hash table, share a case. */
#include "io/vnnlib_parts.h"
#include "specification/number.h"
#include <stdlib.h>
#include <string.h>

enum { most_disjuncts = 100000, most_atoms = 100000000, most_rows = 4000000 };

typedef struct bounds {
    const crease_number *lower, *upper; /* NULL where there is none yet */
} bounds;

typedef struct expansion {
    const vnnlib_scanner *s;
    const vnnlib_text *text;
    crease_specification *out;
    const vnnlib_formula **atom, **choice; /* stacks, with room for all formulas */
    size_t atom_count, choice_count;
    size_t common;        /* the first atoms, which every disjunct has */
    bounds *shared, *box; /* inputs of them, of the common atoms and of the disjunct */
    vnnlib_place chosen;  /* where the last choice of the disjunct stands; line 0 without one */
    size_t *slot;         /* hash table of case numbers + 1; 0 is free */
    size_t slot_count, case_room, rows, atoms;
} expansion;

static crease_status no_memory(const expansion *e) {
    return crease_fail(e->s->error, CREASE_NO_MEMORY, "%s: not enough memory for its disjuncts",
                       e->s->source);
}

static const vnnlib_formula *formula_at(const expansion *e, ptrdiff_t index) {
    return index == VNNLIB_NONE ? NULL : &e->text->formula[index];
}

/* Disjuncts of a formula, most_disjuncts + 1 when there are more. */
static size_t count_disjuncts(const expansion *e, const vnnlib_formula *f) {
    if (f->kind == VNNLIB_ATOM)
        return 1;
    size_t count = f->kind == VNNLIB_AND;
    for (const vnnlib_formula *child = formula_at(e, f->child); child; child = formula_at(e, child->next)) {
        size_t more = count_disjuncts(e, child);
        count = f->kind == VNNLIB_AND ? count * more : count + more;
        if (count > most_disjuncts)
            return most_disjuncts + 1;
    }
    return count;
}

static crease_status check_count(const expansion *e, size_t *disjuncts) {
    size_t count = 1;
    for (const vnnlib_formula *f = formula_at(e, e->text->assertion); f; f = formula_at(e, f->next)) {
        count *= count_disjuncts(e, f);
        if (count > most_disjuncts)
            return crease_vnnlib_refuse(
                e->s, f->place,
                "with this formula the file has more than %d disjuncts; split it into several",
                most_disjuncts);
    }
    *disjuncts = count;
    return CREASE_OK;
}

/* Atoms and choices of a formula and, below `and`, of its children. An `or` of one is no choice. */
static void collect(expansion *e, const vnnlib_formula *f) {
    if (f->kind == VNNLIB_ATOM) {
        e->atom[e->atom_count++] = f;
    } else if (f->kind == VNNLIB_OR && formula_at(e, f->child)->next != VNNLIB_NONE) {
        e->choice[e->choice_count++] = f;
    } else {
        for (const vnnlib_formula *child = formula_at(e, f->child); child; child = formula_at(e, child->next))
            collect(e, child);
    }
}

static const crease_number *number_of(const expansion *e, vnnlib_operand operand) {
    return &e->text->number[operand.index];
}

static bool bounds_input(const vnnlib_formula *atom) {
    return (atom->left.kind == VNNLIB_X && atom->right.kind == VNNLIB_NUMBER) ||
           (atom->left.kind == VNNLIB_NUMBER && atom->right.kind == VNNLIB_X);
}

static bool is_row(const vnnlib_formula *atom) {
    bool same = atom->left.kind == atom->right.kind &&
                (atom->left.kind == VNNLIB_NUMBER || atom->left.index == atom->right.index);
    return !same && !bounds_input(atom);
}

/* Tightens the box by one atom; false when the disjunct holds nowhere. */
static bool apply(const expansion *e, const vnnlib_formula *atom, bounds *box) {
    if (atom->left.kind == VNNLIB_NUMBER && atom->right.kind == VNNLIB_NUMBER)
        return crease_number_compare(number_of(e, atom->left), number_of(e, atom->right)) <= 0;
    if (!bounds_input(atom))
        return true;
    bool upper = atom->left.kind == VNNLIB_X;
    const crease_number *number = number_of(e, upper ? atom->right : atom->left);
    bounds *b = &box[upper ? atom->left.index : atom->right.index];
    const crease_number **side = upper ? &b->upper : &b->lower;
    if (!*side ||
        (upper ? crease_number_compare(number, *side) < 0 : crease_number_compare(number, *side) > 0))
        *side = number;
    return !b->lower || !b->upper || crease_number_compare(b->lower, b->upper) <= 0;
}

static size_t hash_number(size_t hash, double a) {
    uint64_t bits;
    a += 0.; /* -0 is 0 */
    memcpy(&bits, &a, sizeof bits);
    return (size_t)((hash ^ bits ^ bits >> 32) * 0x9e3779b97f4a7c15u);
}

static size_t hash_box(const expansion *e, const bounds *box) {
    size_t hash = 1;
    for (size_t i = 0; i < e->text->inputs; i++)
        hash = hash_number(hash_number(hash, box[i].lower->below), box[i].upper->below);
    return hash ^ hash >> 29;
}

static bool same_box(const expansion *e, const crease_case *c) {
    for (size_t i = 0; i < e->text->inputs; i++)
        if (crease_number_compare(&c->lower[i], e->box[i].lower) != 0 ||
            crease_number_compare(&c->upper[i], e->box[i].upper) != 0)
            return false;
    return true;
}

static crease_status fill_case(const expansion *e, crease_case *c) {
    size_t inputs = e->text->inputs;
    *c = (crease_case){0};
    c->lower = calloc(inputs, sizeof *c->lower);
    c->upper = calloc(inputs, sizeof *c->upper);
    if (!c->lower || !c->upper)
        return no_memory(e);
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < inputs && !status; i++) {
        status = crease_number_copy(e->box[i].lower, &c->lower[i], e->s->error);
        if (!status)
            status = crease_number_copy(e->box[i].upper, &c->upper[i], e->s->error);
    }
    return status;
}

/* The case with this box, a new one if need be. */
static crease_status find_case(expansion *e, crease_case **found) {
    crease_specification *out = e->out;
    size_t at = hash_box(e, e->box) % e->slot_count;
    for (; e->slot[at]; at = (at + 1) % e->slot_count)
        if (same_box(e, &out->cases[e->slot[at] - 1])) {
            *found = &out->cases[e->slot[at] - 1];
            return CREASE_OK;
        }
    if (out->case_count == e->case_room) {
        size_t room = e->case_room ? 2 * e->case_room : 4;
        crease_case *grown = realloc(out->cases, room * sizeof *grown);
        if (!grown)
            return no_memory(e);
        out->cases = grown;
        e->case_room = room;
    }
    *found = &out->cases[out->case_count++];
    e->slot[at] = out->case_count;
    return fill_case(e, *found);
}

static void add_term(crease_row *row, vnnlib_operand operand, double coefficient) {
    if (operand.kind != VNNLIB_NUMBER)
        row->term[row->term_count++] = (crease_term){
            .output = operand.kind == VNNLIB_Y, .index = operand.index, .coefficient = coefficient};
}

static crease_status fill_row(const expansion *e, const vnnlib_formula *atom, crease_row *row) {
    row->term = calloc(2, sizeof *row->term);
    if (!row->term)
        return no_memory(e);
    add_term(row, atom->left, 1);
    add_term(row, atom->right, -1);
    if (atom->left.kind == VNNLIB_NUMBER)
        return crease_number_copy(number_of(e, atom->left), &row->constant, e->s->error);
    if (atom->right.kind == VNNLIB_NUMBER)
        return crease_number_negate(number_of(e, atom->right), &row->constant, e->s->error);
    return crease_number_from_double(0, &row->constant, e->s->error);
}

static crease_status add_alternative(expansion *e, crease_case *c) {
    size_t count = 0;
    for (size_t i = 0; i < e->atom_count; i++)
        count += is_row(e->atom[i]);
    e->rows += count;
    if (e->rows > most_rows)
        return crease_vnnlib_refuse(
            e->s, e->chosen,
            "the disjuncts of the file have more than %d inequalities; split it into several", most_rows);
    size_t used = c->alternative_count;
    if ((used & (used - 1)) == 0) { /* the room is a power of 2 */
        crease_alternative *grown = realloc(c->alternative, (used ? 2 * used : 1) * sizeof *grown);
        if (!grown)
            return no_memory(e);
        c->alternative = grown;
    }
    crease_alternative *made = &c->alternative[used];
    *made = (crease_alternative){.row = count ? calloc(count, sizeof *made->row) : NULL};
    if (count && !made->row)
        return no_memory(e);
    c->alternative_count++;
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < e->atom_count && !status; i++)
        if (is_row(e->atom[i]))
            status = fill_row(e, e->atom[i], &made->row[made->row_count++]);
    return status;
}

static crease_status add_disjunct(expansion *e) {
    size_t inputs = e->text->inputs;
    e->atoms += e->atom_count + inputs;
    if (e->atoms > most_atoms)
        return crease_vnnlib_refuse(e->s, e->chosen,
                                    "the disjuncts of the file are too long; split it into several");
    memcpy(e->box, e->shared, inputs * sizeof *e->box);
    for (size_t i = e->common; i < e->atom_count; i++)
        if (!apply(e, e->atom[i], e->box))
            return CREASE_OK;
    for (size_t i = 0; i < inputs; i++)
        if (!e->box[i].lower || !e->box[i].upper)
            return crease_vnnlib_refuse(e->s, e->chosen.line ? e->chosen : e->text->declared[i],
                                        "X_%zu has no %s bound%s; write (assert (%s X_%zu NUMBER))", i,
                                        e->box[i].lower ? "upper" : "lower",
                                        e->chosen.line ? " in this disjunct" : "",
                                        e->box[i].lower ? "<=" : ">=", i);
    crease_case *c = NULL;
    crease_status status = find_case(e, &c);
    return status ? status : add_alternative(e, c);
}

/* All ways to choose from `from` on. */
static crease_status choose(expansion *e, size_t from) {
    if (from == e->choice_count)
        return add_disjunct(e);
    crease_status status = CREASE_OK;
    const vnnlib_formula *choice = e->choice[from];
    size_t atoms = e->atom_count, choices = e->choice_count;
    for (const vnnlib_formula *child = formula_at(e, choice->child); child && !status;
         child = formula_at(e, child->next)) {
        collect(e, child);
        e->chosen = child->place;
        status = choose(e, from + 1);
        e->atom_count = atoms;
        e->choice_count = choices;
    }
    return status;
}

static crease_status expand_all(expansion *e, size_t disjuncts) {
    size_t formulas = e->text->formula_count + 1, inputs = e->text->inputs;
    e->slot_count = 2 * disjuncts + 1;
    e->slot = calloc(e->slot_count, sizeof *e->slot);
    e->atom = calloc(formulas, sizeof *e->atom);
    e->choice = calloc(formulas, sizeof *e->choice);
    e->shared = calloc(inputs, sizeof *e->shared);
    e->box = calloc(inputs, sizeof *e->box);
    if (!e->slot || !e->atom || !e->choice || !e->shared || !e->box)
        return no_memory(e);
    for (const vnnlib_formula *f = formula_at(e, e->text->assertion); f; f = formula_at(e, f->next))
        collect(e, f);
    for (size_t i = 0; i < e->atom_count; i++) { /* of them only rows concern the disjuncts */
        if (!apply(e, e->atom[i], e->shared))
            return CREASE_OK;
        if (is_row(e->atom[i]))
            e->atom[e->common++] = e->atom[i];
    }
    e->atom_count = e->common;
    return choose(e, 0);
}

crease_status crease_vnnlib_expand(const vnnlib_scanner *scanner, const vnnlib_text *text,
                                   crease_specification *specification) {
    expansion e = {.s = scanner, .text = text, .out = specification};
    size_t disjuncts = 0;
    crease_status status = check_count(&e, &disjuncts);
    if (!status)
        status = expand_all(&e, disjuncts);
    free(e.slot);
    free(e.atom);
    free(e.choice);
    free(e.shared);
    free(e.box);
    return status;
}
