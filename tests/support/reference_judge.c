/* A judge of proofs: one function a line, states copied down the recursion. */
#include "support/reference_proof.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct judge {
    const crease_net *net;
    const crease_case *now;
    const char *at; /* the next line */
    size_t line;    /* of the last one read */
    char word[256][48];
    size_t words;
    reference_affine affine;
    mpq_t value;
} judge;

/* Splits the next line into words; false where there is none. */
static bool read_line(judge *j) {
    j->line++;
    const char *end = strchr(j->at, '\n');
    if (*j->at == '\0')
        return false;
    size_t length = end ? (size_t)(end - j->at) : strlen(j->at);
    j->words = 0;
    for (size_t i = 0, start = 0; i <= length; i++)
        if (i == length || j->at[i] == ' ') {
            if (i == start || i - start > 40 || j->words == 256)
                return false;
            memcpy(j->word[j->words], j->at + start, i - start);
            j->word[j->words++][i - start] = '\0';
            start = i + 1;
        }
    j->at += length + (end != NULL);
    return true;
}

static bool is(const judge *j, size_t i, const char *word) {
    return i < j->words && strcmp(j->word[i], word) == 0;
}

static bool count(const judge *j, size_t i, size_t limit, size_t *value) {
    char *end;
    if (i >= j->words || j->word[i][0] < '0' || j->word[i][0] > '9')
        return false;
    *value = (size_t)strtoull(j->word[i], &end, 10);
    return *end == '\0' && *value < limit;
}

static bool number(const judge *j, size_t i, double *value) {
    char *end;
    if (i >= j->words || !strstr(j->word[i], "0x"))
        return false;
    *value = strtod(j->word[i], &end);
    return *end == '\0' && isfinite(*value);
}

static bool layer_unit(const judge *j, size_t i, size_t *layer, size_t *unit) {
    return count(j, i, j->net->layer_count, layer) && count(j, i + 1, j->net->layer[*layer].width, unit);
}

static bool bound_line(judge *j, reference_state *state, bool upper) {
    size_t layer, unit;
    double bound;
    if (j->words != 4 || !layer_unit(j, 1, &layer, &unit) || !number(j, 3, &bound) ||
        !reference_pass_unit(j->net, state, layer, unit, upper, &j->affine))
        return false;
    reference_minimum(j->net, &j->affine, state->lower, state->upper, j->value);
    mpq_t claim;
    mpq_init(claim);
    mpq_set_d(claim, upper ? -bound : bound);
    bool holds = mpq_cmp(claim, j->value) <= 0;
    mpq_clear(claim);
    (upper ? state->unit_upper : state->unit_lower)[reference_unit(j->net, layer, unit)] = bound;
    return holds;
}

/* Words from `i` on up to ";" or the end: 0 when they are wrong, else where they end. */
static size_t sum_words(judge *j, const reference_state *state, size_t alternative, size_t i,
                        reference_sum *sum) {
    double *all = sum->row;
    for (size_t k = 0; k < sizeof *sum / sizeof(double); k++)
        all[k] = NAN;
    while (i < j->words && !is(j, i, ";")) {
        size_t first, unit = 0;
        double value, *place;
        bool row = is(j, i, "r"), phase = is(j, i, "b");
        if (row) {
            if (!count(j, i + 1, j->now->alternative[alternative].row_count, &first) ||
                !number(j, i + 2, &value) || value < 0)
                return 0;
            place = &sum->row[first];
        } else {
            if ((!phase && !is(j, i, "a")) || !layer_unit(j, i + 1, &first, &unit) ||
                !number(j, i + 3, &value))
                return 0;
            size_t at = reference_unit(j->net, first, unit);
            double p = reference_below(j->net, first, unit);
            if (phase && (state->phase[at] == 0 || (state->phase[at] < 0 ? value < 0 : value > 0)))
                return 0;
            if (!phase && (value < fmin(p, 1) || value > fmax(p, 1)))
                return 0;
            place = phase ? &sum->phase[at] : &sum->slope[at];
        }
        if (!isnan(*place))
            return 0;
        *place = value;
        i += row ? 3 : 4;
    }
    return i;
}

static bool close_line(judge *j, reference_state *state) {
    size_t a;
    reference_sum sum;
    if (!count(j, 1, j->now->alternative_count, &a) || !state->open[a] ||
        sum_words(j, state, a, 2, &sum) != j->words ||
        !reference_pass_sum(j->net, state, &j->now->alternative[a], &sum, &j->affine))
        return false;
    reference_minimum(j->net, &j->affine, state->lower, state->upper, j->value);
    state->open[a] = false;
    return mpq_sgn(j->value) > 0;
}

/* Points of the box with x(input) < value (or > value): do all have gain x + offset > 0? */
static bool cut_holds(judge *j, const reference_state *state, size_t input, double value, bool upper) {
    reference_state slab = *state;
    int gain = mpq_sgn(j->affine.gain[input]);
    if ((upper ? state->upper : state->lower)[input] == value)
        return true; /* no such point */
    (upper ? slab.lower : slab.upper)[input] = value;
    reference_minimum(j->net, &j->affine, slab.lower, slab.upper, j->value);
    int sign = mpq_sgn(j->value);
    return sign > 0 || (sign == 0 && (upper ? gain > 0 : gain < 0));
}

static bool contract_line(judge *j, reference_state *state) {
    size_t a = 0;
    reference_sum sum;
    if (reference_open_count(state, j->now) != 1)
        return false;
    while (!state->open[a])
        a++;
    size_t i = sum_words(j, state, a, 1, &sum);
    if (i == 0 || !is(j, i, ";") || ++i == j->words ||
        !reference_pass_sum(j->net, state, &j->now->alternative[a], &sum, &j->affine))
        return false;
    reference_state after = *state;
    bool cut[2][REFERENCE_INPUTS] = {{false}};
    for (; i < j->words; i += 3) {
        size_t input;
        double value;
        bool upper = is(j, i, "hi");
        if ((!upper && !is(j, i, "lo")) || !count(j, i + 1, j->net->inputs, &input) ||
            !number(j, i + 2, &value) || value < state->lower[input] || value > state->upper[input] ||
            cut[upper][input] || !cut_holds(j, state, input, value, upper))
            return false;
        cut[upper][input] = true;
        (upper ? after.upper : after.lower)[input] = value;
    }
    for (size_t k = 0; k < j->net->inputs; k++)
        if (after.lower[k] > after.upper[k])
            return false;
    *state = after;
    return true;
}

static bool judge_node(judge *j, reference_state state);

static bool split_line(judge *j, reference_state *state) {
    size_t layer, unit, input;
    double value;
    reference_state first = *state, second = *state;
    if (is(j, 0, "x")) {
        if (j->words != 3 || !count(j, 1, j->net->inputs, &input) || !number(j, 2, &value) ||
            value < state->lower[input] || value > state->upper[input])
            return false;
        first.upper[input] = second.lower[input] = value;
    } else if (is(j, 0, "s")) {
        size_t a;
        if (j->words != 2 || !count(j, 1, j->now->alternative_count, &a) || !state->open[a] ||
            reference_open_count(state, j->now) < 2)
            return false;
        memset(first.open, 0, sizeof first.open);
        first.open[a] = true;
        second.open[a] = false;
    } else {
        if (j->words != 3 || !layer_unit(j, 1, &layer, &unit))
            return false;
        size_t at = reference_unit(j->net, layer, unit);
        if (state->phase[at] != 0)
            return false;
        first.phase[at] = -1;
        first.unit_upper[at] = fmin(first.unit_upper[at], 0);
        second.phase[at] = 1;
        second.unit_lower[at] = fmax(second.unit_lower[at], 0);
    }
    return judge_node(j, first) && judge_node(j, second);
}

static bool judge_node(judge *j, reference_state state) {
    while (read_line(j)) {
        if (is(j, 0, "."))
            return j->words == 1 && reference_open_count(&state, j->now) == 0;
        if (is(j, 0, "x") || is(j, 0, "p") || is(j, 0, "s"))
            return split_line(j, &state);
        bool holds = is(j, 0, "l")   ? bound_line(j, &state, false)
                     : is(j, 0, "u") ? bound_line(j, &state, true)
                     : is(j, 0, "k") ? close_line(j, &state)
                     : is(j, 0, "c") ? contract_line(j, &state)
                                     : false;
        if (!holds)
            return false;
    }
    return false;
}

static bool judge_case(judge *j, size_t index) {
    size_t number_of_case;
    if (!read_line(j) || j->words != 2 || !is(j, 0, "case") || !count(j, 1, SIZE_MAX, &number_of_case) ||
        number_of_case != index)
        return false;
    reference_state state = {.open = {false}};
    for (size_t i = 0; i < j->net->inputs; i++) {
        state.lower[i] = j->now->lower[i].below;
        state.upper[i] = j->now->upper[i].above;
    }
    for (size_t u = 0; u < REFERENCE_UNITS; u++) {
        state.unit_lower[u] = -INFINITY;
        state.unit_upper[u] = INFINITY;
    }
    for (size_t a = 0; a < j->now->alternative_count; a++)
        state.open[a] = true;
    return judge_node(j, state);
}

bool reference_judge(const crease_net *net, const crease_specification *specification, const char *text,
                     size_t *line) {
    judge *j = calloc(1, sizeof *j);
    j->net = net;
    j->at = text;
    reference_affine_init(&j->affine);
    mpq_init(j->value);
    bool holds = read_line(j) && j->words == 2 && is(j, 0, "crease-proof") && is(j, 1, "1");
    for (size_t c = 0; holds && c < specification->case_count; c++) {
        j->now = &specification->cases[c];
        holds = judge_case(j, c);
    }
    holds = holds && read_line(j) && j->words == 1 && is(j, 0, "end");
    if (holds && *j->at != '\0') {
        j->line++;
        holds = false;
    }
    *line = j->line;
    mpq_clear(j->value);
    reference_affine_clear(&j->affine);
    free(j);
    return holds;
}
