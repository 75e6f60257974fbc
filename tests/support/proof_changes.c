/* Texts with one thing changed. */
#include "support/proof_cases.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t proof_line_count(const char *text) {
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

const char *proof_line(const char *text, size_t line) {
    for (; line > 1; line--)
        text = strchr(text, '\n') + 1;
    return text;
}

static size_t length_of(const char *line) {
    return (size_t)(strchr(line, '\n') - line) + 1;
}

/* The text with [from, to) replaced. */
static char *replaced(const char *text, const char *from, const char *to, const char *by, size_t size) {
    size_t before = (size_t)(from - text), after = strlen(to);
    char *made = malloc(before + size + after + 1);
    memcpy(made, text, before);
    memcpy(made + before, by, size);
    memcpy(made + before + size, to, after + 1);
    return made;
}

static char *swapped(const char *text, const char *a, size_t a_size, const char *b, size_t b_size) {
    char *made = strdup(text);
    char *at = made + (a - text);
    size_t between = (size_t)(b - a) - a_size;
    memcpy(at, b, b_size);
    memcpy(at + b_size, a + a_size, between);
    memcpy(at + b_size + between, a, a_size);
    return made;
}

/* Where the subtree that begins at a line ends. */
static const char *after_subtree(const char *at) {
    for (size_t missing = 1; missing > 0 && *at; at += length_of(at))
        missing += *at == 'x' || *at == 'p' || *at == 's' ? (size_t)1 : *at == '.' ? (size_t)-1 : 0;
    return at;
}

static char *change_children(const char *text, bool drop, gsl_rng *rng) {
    size_t lines = proof_line_count(text), start = gsl_rng_uniform_int(rng, lines);
    for (size_t i = 0; i < lines; i++) {
        const char *split = proof_line(text, 1 + (start + i) % lines);
        if (*split != 'x' && *split != 'p' && *split != 's')
            continue;
        const char *first = split + length_of(split), *second = after_subtree(first),
                   *end = after_subtree(second);
        if (!drop)
            return swapped(text, first, (size_t)(second - first), second, (size_t)(end - second));
        bool which = gsl_rng_uniform_int(rng, 2);
        return replaced(text, which ? second : first, which ? end : second, "", 0);
    }
    return NULL;
}

static double other_number(double value, gsl_rng *rng) {
    switch (gsl_rng_uniform_int(rng, 6)) {
    case 0:
    case 1:
        return nextafter(value, gsl_rng_uniform_int(rng, 2) ? INFINITY : -INFINITY);
    case 2:
        return -value;
    case 3:
        return 0;
    case 4:
        return value * (1 + .1 * (gsl_rng_uniform(rng) - .5));
    default:
        return value + gsl_rng_uniform(rng) - .5;
    }
}

/* Some word of the kind that is wanted: 0 hexadecimal, 1 decimal, 2 letters, 3 any. */
static bool choose_word(const char *text, int kind, gsl_rng *rng, const char **from, size_t *size) {
    size_t seen = 0;
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, " \n");
        bool digits = strspn(at, "-0123456789") > 0, hexadecimal = digits && memchr(at, 'x', length);
        bool fits = kind == 0 ? hexadecimal : kind == 1 ? digits && !hexadecimal : kind == 2 ? !digits : true;
        if (fits && gsl_rng_uniform_int(rng, ++seen) == 0) {
            *from = at;
            *size = length;
        }
        at += length + 1;
    }
    return seen > 0;
}

static char *change_word(const char *text, proof_change change, gsl_rng *rng) {
    const char *from = text;
    size_t size = 0;
    char word[64] = "";
    int kind = change == PROOF_CHANGE_NUMBER  ? 0
               : change == PROOF_CHANGE_COUNT ? 1
               : change == PROOF_CHANGE_WORD  ? 2
                                              : 3;
    if (!choose_word(text, kind, rng, &from, &size))
        return NULL;
    if (change == PROOF_CHANGE_NUMBER)
        snprintf(word, sizeof word, "%a", other_number(strtod(from, NULL), rng));
    else if (change == PROOF_CHANGE_COUNT)
        snprintf(word, sizeof word, "%ld",
                 labs(strtol(from, NULL, 10) + (gsl_rng_uniform_int(rng, 2) ? 1 : -1)));
    else if (change == PROOF_CHANGE_WORD)
        snprintf(word, sizeof word, "%c", "lukcxps.rab;"[gsl_rng_uniform_int(rng, 12)]);
    return replaced(text, from, from + size + (kind == 3 && from[size] == ' '), word, strlen(word));
}

char *proof_changed(const char *text, proof_change change, gsl_rng *rng) {
    size_t lines = proof_line_count(text), i = 1 + gsl_rng_uniform_int(rng, lines),
           k = 1 + gsl_rng_uniform_int(rng, lines);
    const char *one = proof_line(text, i < k ? i : k), *other = proof_line(text, i < k ? k : i);
    switch (change) {
    case PROOF_DELETE_LINE:
        return replaced(text, one, one + length_of(one), "", 0);
    case PROOF_DUPLICATE_LINE:
        return replaced(text, one, one, one, length_of(one));
    case PROOF_SWAP_LINES:
        return i == k ? NULL : swapped(text, one, length_of(one), other, length_of(other));
    case PROOF_SWAP_CHILDREN:
    case PROOF_DROP_CHILD:
        return change_children(text, change == PROOF_DROP_CHILD, rng);
    case PROOF_CUT_OFF:
        return replaced(text, one, text + strlen(text), "", 0);
    default:
        return change_word(text, change, rng);
    }
}

static const char *word_of(const char *text, size_t line, size_t word) {
    const char *from = proof_line(text, line);
    for (; word > 0; word--)
        from += strcspn(from, " \n") + 1;
    return from;
}

char *proof_with_number(const char *text, size_t line, size_t word, double value) {
    const char *from = word_of(text, line, word);
    char number[64];
    snprintf(number, sizeof number, "%a", value);
    return replaced(text, from, from + strcspn(from, " \n"), number, strlen(number));
}

char *proof_with_next_number(const char *text, size_t line, size_t word, bool up) {
    double value = strtod(word_of(text, line, word), NULL);
    return proof_with_number(text, line, word, nextafter(value, up ? INFINITY : -INFINITY));
}
