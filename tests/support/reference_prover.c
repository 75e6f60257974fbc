/* A prover by bisection of boxes, splits of phases and whatever multipliers chance offers. Its bounds are exact and rounded
 * to the best double, so that the next double is wrong. */
#include "support/reference_proof.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct prover {
    const crease_net *net;
    const crease_case *now;
    gsl_rng *rng;
    bool dishonest;
    FILE *file;
    size_t nodes_left, depth_limit;
    reference_affine affine;
    mpq_t value;
} prover;

static bool chance(prover *p, double probability) {
    return gsl_rng_uniform(p->rng) < probability;
}

/* The largest double that is no larger. */
static double rounded_down(const mpq_t value) {
    mpq_t back;
    mpq_init(back);
    double result = mpq_get_d(value);
    mpq_set_d(back, result);
    if (mpq_cmp(back, value) > 0)
        result = nextafter(result, -INFINITY);
    mpq_clear(back);
    return result;
}

static double rounded_up(const mpq_t value) {
    mpq_t negative;
    mpq_init(negative);
    mpq_neg(negative, value);
    double result = -rounded_down(negative);
    mpq_clear(negative);
    return result;
}

static void show_bound(prover *p, reference_state *state, size_t layer, size_t unit, bool upper) {
    size_t at = reference_unit(p->net, layer, unit);
    double *place = &(upper ? state->unit_upper : state->unit_lower)[at];
    if (!reference_pass_unit(p->net, state, layer, unit, upper, &p->affine))
        return;
    reference_minimum(p->net, &p->affine, state->lower, state->upper, p->value);
    double bound = rounded_down(p->value);
    if (upper)
        bound = -bound;
    if (p->dishonest && chance(p, .2))
        bound += (upper ? -1 : 1) * gsl_rng_uniform(p->rng);
    if (upper ? bound >= *place : bound <= *place)
        return;
    fprintf(p->file, "%c %zu %zu %a\n", upper ? 'u' : 'l', layer, unit, bound);
    *place = bound;
}

static void show_bounds(prover *p, reference_state *state) {
    for (size_t l = 0; l < p->net->layer_count; l++)
        for (size_t u = 0; u < p->net->layer[l].width; u++) {
            size_t at = reference_unit(p->net, l, u);
            if (reference_below(p->net, l, u) == 1 || state->unit_lower[at] >= 0 ||
                state->unit_upper[at] <= 0)
                continue;
            show_bound(p, state, l, u, false);
            show_bound(p, state, l, u, true);
        }
}

static double random_weight(prover *p) {
    static const double simple[] = {0, 1, .5, 2};
    return chance(p, .5) ? simple[gsl_rng_uniform_int(p->rng, 4)] : gsl_rng_uniform(p->rng);
}

/* attempt 0 .. rows - 1: that row alone; then chance */
static void choose_sum(prover *p, const reference_state *state, size_t a, size_t attempt,
                       reference_sum *sum) {
    size_t rows = p->now->alternative[a].row_count;
    double *all = sum->row;
    for (size_t k = 0; k < sizeof *sum / sizeof(double); k++)
        all[k] = NAN;
    for (size_t r = 0; r < rows; r++)
        if (attempt < rows ? r == attempt : chance(p, .8))
            sum->row[r] = attempt < rows ? 1 : random_weight(p);
    for (size_t l = 0; attempt >= rows && l < p->net->layer_count; l++)
        for (size_t u = 0; u < p->net->layer[l].width; u++) {
            size_t at = reference_unit(p->net, l, u);
            double below = reference_below(p->net, l, u);
            if (state->phase[at] != 0 && chance(p, .7))
                sum->phase[at] = -state->phase[at] * random_weight(p);
            if (chance(p, .4))
                sum->slope[at] =
                    chance(p, .6) ? (chance(p, .5) ? 1 : below)
                                  : fmin(fmax(below + (1 - below) * gsl_rng_uniform(p->rng), fmin(below, 1)),
                                         fmax(below, 1));
        }
}

static void write_sum(prover *p, size_t a, const reference_sum *sum) {
    for (size_t r = 0; r < p->now->alternative[a].row_count; r++)
        if (!isnan(sum->row[r]))
            fprintf(p->file, " r %zu %a", r, sum->row[r]);
    for (size_t l = 0; l < p->net->layer_count; l++)
        for (size_t u = 0; u < p->net->layer[l].width; u++) {
            size_t at = reference_unit(p->net, l, u);
            if (!isnan(sum->phase[at]))
                fprintf(p->file, " b %zu %zu %a", l, u, sum->phase[at]);
            if (!isnan(sum->slope[at]))
                fprintf(p->file, " a %zu %zu %a", l, u, sum->slope[at]);
        }
}

static bool try_to_close(prover *p, reference_state *state, size_t a, bool must) {
    size_t rows = p->now->alternative[a].row_count;
    for (size_t attempt = 0; attempt < rows + 6; attempt++) {
        reference_sum sum;
        choose_sum(p, state, a, attempt, &sum);
        if (!reference_pass_sum(p->net, state, &p->now->alternative[a], &sum, &p->affine))
            continue;
        reference_minimum(p->net, &p->affine, state->lower, state->upper, p->value);
        if (mpq_sgn(p->value) <= 0 && !(must && attempt == rows))
            continue;
        fprintf(p->file, "k %zu", a);
        write_sum(p, a, &sum);
        fputc('\n', p->file);
        state->open[a] = false;
        return true;
    }
    return false;
}

/* Where, as x(input) falls (or grows) from the far end of the box, gain x + offset first reaches 0 at its smallest. */
static bool find_cut(prover *p, const reference_state *state, size_t input, bool upper, double *cut) {
    int gain = mpq_sgn(p->affine.gain[input]) * (upper ? 1 : -1);
    if (gain <= 0)
        return false;
    reference_state at_zero = *state;
    at_zero.lower[input] = at_zero.upper[input] = 0;
    reference_minimum(p->net, &p->affine, at_zero.lower, at_zero.upper, p->value);
    mpq_div(p->value, p->value, p->affine.gain[input]);
    mpq_neg(p->value, p->value);
    *cut = upper ? rounded_up(p->value) : rounded_down(p->value);
    return *cut > state->lower[input] && *cut < state->upper[input];
}

static void contract(prover *p, reference_state *state) {
    size_t a = 0;
    while (!state->open[a])
        a++;
    reference_sum sum;
    choose_sum(p, state, a, gsl_rng_uniform_int(p->rng, p->now->alternative[a].row_count + 1), &sum);
    if (!reference_pass_sum(p->net, state, &p->now->alternative[a], &sum, &p->affine))
        return;
    reference_state after = *state;
    bool begun = false;
    for (size_t j = 0; j < p->net->inputs; j++)
        for (int upper = 0; upper < 2; upper++) {
            double cut;
            if (!find_cut(p, state, j, upper, &cut))
                continue;
            if (!begun) {
                fputs("c", p->file);
                write_sum(p, a, &sum);
                fputs(" ;", p->file);
            }
            begun = true;
            fprintf(p->file, " %s %zu %a", upper ? "hi" : "lo", j, cut);
            (upper ? after.upper : after.lower)[j] = cut;
        }
    if (begun)
        fputc('\n', p->file);
    *state = after;
}

static bool prove_node(prover *p, reference_state state, size_t depth);

static bool split_phase(prover *p, const reference_state *state, size_t depth) {
    size_t units = crease_net_unit_count(p->net);
    size_t start = units ? gsl_rng_uniform_int(p->rng, units) : 0, seen = 0;
    for (size_t round = 0; round < 2; round++)
        for (size_t l = 0; l < p->net->layer_count; l++)
            for (size_t u = 0; u < p->net->layer[l].width; u++) {
                size_t at = reference_unit(p->net, l, u);
                bool stable = state->unit_lower[at] >= 0 || state->unit_upper[at] <= 0;
                if (seen++ < start || state->phase[at] != 0 || (stable && chance(p, .9)))
                    continue;
                fprintf(p->file, "p %zu %zu\n", l, u);
                reference_state first = *state, second = *state;
                first.phase[at] = -1;
                first.unit_upper[at] = fmin(first.unit_upper[at], 0);
                second.phase[at] = 1;
                second.unit_lower[at] = fmax(second.unit_lower[at], 0);
                return prove_node(p, first, depth + 1) && prove_node(p, second, depth + 1);
            }
    return false;
}

static bool split_alternatives(prover *p, const reference_state *state, size_t depth) {
    size_t a = gsl_rng_uniform_int(p->rng, p->now->alternative_count);
    while (!state->open[a])
        a = (a + 1) % p->now->alternative_count;
    fprintf(p->file, "s %zu\n", a);
    reference_state first = *state, second = *state;
    memset(first.open, 0, sizeof first.open);
    first.open[a] = true;
    second.open[a] = false;
    return prove_node(p, first, depth + 1) && prove_node(p, second, depth + 1);
}

static bool split_input(prover *p, const reference_state *state, size_t depth) {
    size_t widest = 0;
    for (size_t j = 1; j < p->net->inputs; j++)
        if (state->upper[j] - state->lower[j] > state->upper[widest] - state->lower[widest])
            widest = j;
    double share = chance(p, .7) ? .5 : .2 + .6 * gsl_rng_uniform(p->rng);
    double low = state->lower[widest], high = state->upper[widest],
           cut = fmin(fmax(low + share * (high - low), low), high);
    fprintf(p->file, "x %zu %a\n", widest, cut);
    reference_state first = *state, second = *state;
    first.upper[widest] = second.lower[widest] = cut;
    return prove_node(p, first, depth + 1) && prove_node(p, second, depth + 1);
}

static bool prove_node(prover *p, reference_state state, size_t depth) {
    if (p->nodes_left == 0)
        return false;
    p->nodes_left -= !p->dishonest;
    bool must = p->dishonest && (depth >= p->depth_limit || chance(p, .1));
    if (depth == 0 || chance(p, .8))
        show_bounds(p, &state);
    bool wait = depth < 3 && chance(p, .35); /* a split that need not be makes a deeper tree */
    for (size_t round = 0; !wait && round < 2; round++) {
        for (size_t a = 0; a < p->now->alternative_count; a++)
            if (state.open[a])
                try_to_close(p, &state, a, must && round == 1);
        if (reference_open_count(&state, p->now) == 1 && round == 0)
            contract(p, &state);
    }
    if (reference_open_count(&state, p->now) == 0 || (must && !wait)) {
        fputs(".\n", p->file);
        return true;
    }
    if (reference_open_count(&state, p->now) > 1 && chance(p, .4))
        return split_alternatives(p, &state, depth);
    if (chance(p, .4)) {
        long before = ftell(p->file);
        bool proved = split_phase(p, &state, depth);
        if (proved || ftell(p->file) != before)
            return proved;
    }
    return split_input(p, &state, depth);
}

bool reference_prove(const crease_net *net, const crease_specification *specification, gsl_rng *rng,
                     bool dishonest, FILE *file) {
    prover p = {
        .net = net, .rng = rng, .dishonest = dishonest, .file = file, .nodes_left = 60, .depth_limit = 3};
    reference_affine_init(&p.affine);
    mpq_init(p.value);
    fputs("crease-proof 1\n", file);
    bool proved = true;
    for (size_t c = 0; proved && c < specification->case_count; c++) {
        p.now = &specification->cases[c];
        fprintf(file, "case %zu\n", c);
        reference_state state = {.open = {false}};
        for (size_t j = 0; j < net->inputs; j++) {
            state.lower[j] = p.now->lower[j].below;
            state.upper[j] = p.now->upper[j].above;
        }
        for (size_t u = 0; u < REFERENCE_UNITS; u++) {
            state.unit_lower[u] = -INFINITY;
            state.unit_upper[u] = INFINITY;
        }
        for (size_t a = 0; a < p.now->alternative_count; a++)
            state.open[a] = true;
        proved = prove_node(&p, state, 0);
    }
    fputs("end\n", file);
    mpq_clear(p.value);
    reference_affine_clear(&p.affine);
    return proved;
}
