/* Bounds of pre-activations and outputs against rational evaluation of random networks at corners and inside. */
#include "crease/random.h"
#include "support/exact_net.h"
#include "support/random_net.h"
#include "support/suites.h"
#include "verify/state.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4, POINTS = 5 };

typedef struct trial {
    uint64_t seed;
    gsl_rng *rng;
    crease_net *net;
    exact_net *exact;
    crease_chain *chain;
    crease_magnitude magnitude;
    crease_bounder bounder;
    crease_state state;
    mpq_t *x, *z, *y;
} trial;

static void trial_begin(uint64_t seed, uint64_t stream, const random_net_limits *limits, trial *t) {
    *t = (trial){.seed = seed, .rng = crease_random_new(seed, stream)};
    t->net = random_net(t->rng, limits);
}

static void trial_load(trial *t) {
    t->exact = exact_net_new(t->net);
    crease_error error = {0};
    ck_assert_msg(crease_chain_new(t->net, &t->chain, &error) == CREASE_OK, "seed %lu: %s", t->seed,
                  error.message);
    ck_assert(crease_magnitude_new(t->chain, &t->magnitude, NULL) == CREASE_OK);
    ck_assert(crease_bounder_new(t->chain, &t->magnitude, &t->bounder, NULL) == CREASE_OK);
    ck_assert(crease_state_new(t->chain, &t->state, NULL) == CREASE_OK);
    t->x = exact_vector_new(t->net->inputs);
    t->z = exact_vector_new(t->chain->hidden);
    t->y = exact_vector_new(t->net->outputs);
}

static void trial_end(trial *t) {
    exact_vector_free(t->x, t->net->inputs);
    exact_vector_free(t->z, t->chain->hidden);
    exact_vector_free(t->y, t->net->outputs);
    crease_state_clear(&t->state);
    crease_bounder_clear(&t->bounder);
    crease_magnitude_clear(&t->magnitude);
    crease_chain_free(t->chain);
    exact_net_free(t->exact);
    crease_net_free(t->net);
    gsl_rng_free(t->rng);
}

static double sized(gsl_rng *rng, double size) {
    return size * gsl_ran_gaussian(rng, 1);
}

static void random_box(const trial *t, double size) {
    for (size_t j = 0; j < t->net->inputs; j++) {
        double a = sized(t->rng, size), b = sized(t->rng, size);
        if (gsl_rng_uniform_int(t->rng, 4) == 0)
            b = gsl_rng_uniform_int(t->rng, 2) ? a : nextafter(a, INFINITY);
        t->state.lo[j] = fmin(a, b);
        t->state.hi[j] = fmax(a, b);
    }
}

/* Point 0 and 1 are corners, the others anywhere in the box. */
static void take_point(const trial *t, const crease_state *state, size_t number) {
    for (size_t j = 0; j < t->net->inputs; j++) {
        double lo = state->lo[j], hi = state->hi[j], x = lo + gsl_rng_uniform(t->rng) * (hi - lo);
        if (number < 2 || !isfinite(x))
            x = gsl_rng_uniform_int(t->rng, 2) ? lo : hi;
        mpq_set_d(t->x[j], fmin(fmax(x, lo), hi));
    }
    exact_preactivations(t->exact, t->x, t->z, t->y);
}

static bool not_above(double bound, mpq_t value) {
    if (isinf(bound))
        return bound < 0;
    mpq_t exact;
    mpq_init(exact);
    mpq_set_d(exact, bound);
    bool right = mpq_cmp(exact, value) <= 0;
    mpq_clear(exact);
    return right;
}

static bool not_below(double bound, mpq_t value) {
    mpq_neg(value, value);
    bool right = not_above(-bound, value);
    mpq_neg(value, value);
    return right;
}

/* Whether the point that was taken last is in the half-spaces of the phases. */
static bool in_phases(const trial *t, const crease_state *state) {
    size_t k = 0;
    for (size_t l = 0; l < t->chain->depth; l++)
        for (size_t i = 0; i < t->chain->layer[l].rows; i++, k++)
            if (state->phase[t->chain->layer[l].first + i] * mpq_sgn(t->z[k]) < 0)
                return false;
    return true;
}

static void check_units(const trial *t, const crease_state *state) {
    size_t k = 0;
    for (size_t l = 0; l < t->chain->depth; l++)
        for (size_t i = 0; i < t->chain->layer[l].rows; i++, k++) {
            size_t u = t->chain->layer[l].first + i;
            ck_assert_msg(not_above(state->lower[u], t->z[k]) && not_below(state->upper[u], t->z[k]),
                          "seed %lu: unit %zu of layer %zu is %g, not in [%.17g, %.17g]", t->seed, i, l,
                          mpq_get_d(t->z[k]), state->lower[u], state->upper[u]);
        }
}

/* coefficients . (x, y) exactly */
static void combine(const trial *t, const double *outputs, const double *inputs, mpq_t sum) {
    mpq_t c;
    mpq_init(c);
    mpq_set_ui(sum, 0, 1);
    for (size_t j = 0; j < t->net->inputs + t->net->outputs; j++) {
        bool input = j < t->net->inputs;
        mpq_set_d(c, input ? inputs[j] : outputs[j - t->net->inputs]);
        mpq_mul(c, c, input ? t->x[j] : t->y[j - t->net->inputs]);
        mpq_add(sum, sum, c);
    }
    mpq_clear(c);
}

/* gain . x + offset <= value */
static bool form_is_below(const trial *t, const double *gain, double offset, mpq_t value) {
    if (!isfinite(offset))
        return !(offset > 0);
    mpq_t sum, term;
    mpq_inits(sum, term, NULL);
    mpq_set_d(sum, offset);
    bool right = true;
    for (size_t j = 0; j < t->net->inputs && right; j++) {
        right = isfinite(gain[j]);
        mpq_set_d(term, right ? gain[j] : 0);
        mpq_mul(term, term, t->x[j]);
        mpq_add(sum, sum, term);
    }
    right = right && mpq_cmp(sum, value) <= 0;
    mpq_clears(sum, term, NULL);
    return right;
}

/* One functional of outputs and inputs, at points of the state; the number of finite bounds. */
static size_t check_functional(trial *t, const crease_state *state, double size) {
    double outputs[MOST], inputs[MOST], gain[MOST], offset;
    for (size_t o = 0; o < t->net->outputs; o++)
        outputs[o] = gsl_rng_uniform_int(t->rng, 4) ? sized(t->rng, size) : 0;
    for (size_t j = 0; j < t->net->inputs; j++)
        inputs[j] = gsl_rng_uniform_int(t->rng, 2) ? sized(t->rng, 1) : 0;
    double least = crease_bounder_output(&t->bounder, state, outputs, inputs, gain, &offset);
    mpq_t value;
    mpq_init(value);
    for (size_t p = 0; p < POINTS; p++) {
        take_point(t, state, p);
        if (!in_phases(t, state))
            continue;
        check_units(t, state);
        combine(t, outputs, inputs, value);
        ck_assert_msg(not_above(least, value), "seed %lu: %.17g is below %.17g", t->seed, mpq_get_d(value),
                      least);
        ck_assert_msg(isinf(least) || form_is_below(t, gain, offset, value),
                      "seed %lu: the form is above %.17g", t->seed, mpq_get_d(value));
    }
    mpq_clear(value);
    return isfinite(least) ? 1 : 0;
}

/* Halves a side, or fixes a phase. */
static void narrow(const trial *t, crease_state *state) {
    if (gsl_rng_uniform_int(t->rng, 2) && t->bounder.unstable_count) {
        size_t u = t->bounder.unstable[gsl_rng_uniform_int(t->rng, t->bounder.unstable_count)];
        if (state->phase[u])
            return;
        state->phase[u] = gsl_rng_uniform_int(t->rng, 2) ? 1 : -1;
        if (state->phase[u] > 0)
            state->lower[u] = fmax(state->lower[u], 0);
        else
            state->upper[u] = fmin(state->upper[u], 0);
    } else {
        size_t j = gsl_rng_uniform_int(t->rng, t->net->inputs);
        double middle = state->lo[j] / 2 + state->hi[j] / 2;
        middle = fmin(fmax(middle, state->lo[j]), state->hi[j]);
        *(gsl_rng_uniform_int(t->rng, 2) ? &state->lo[j] : &state->hi[j]) = middle;
    }
}

static size_t check_net(trial *t, double size, double row_size) {
    trial_load(t);
    random_box(t, size);
    crease_bounder_root(&t->bounder, &t->state, NULL);
    size_t finite = check_functional(t, &t->state, row_size);
    for (size_t step = 0; step < 3; step++) {
        narrow(t, &t->state);
        crease_bounder_tighten(&t->bounder, &t->state, NULL);
        if (t->bounder.contradicted == t->chain->units)
            finite += check_functional(t, &t->state, row_size);
    }
    trial_end(t);
    return finite;
}

static const random_net_limits small = {MOST, MOST, 3, 6}, wide = {2, 2, 2, 40};

START_TEST(bounds_hold) {
    size_t finite = 0, count = test_rounds(700, 12000);
    for (uint64_t seed = 1; seed <= count; seed++) {
        trial t;
        trial_begin(seed, 20, seed % 16 ? &small : &wide, &t);
        finite += check_net(&t, seed % 3 ? 1 : 10, 1);
    }
    ck_assert_uint_gt(finite, 2 * count);
}
END_TEST

START_TEST(bounds_hold_at_any_size) {
    size_t finite = 0, count = test_rounds(1800, 15000);
    for (uint64_t seed = 1; seed <= count; seed++) {
        trial t;
        trial_begin(seed, 21, &small, &t);
        random_sizes(t.rng, t.net);
        double size = random_size(t.rng);
        finite += check_net(&t, fmin(size, 1e300), random_size(t.rng));
    }
    ck_assert_uint_gt(finite, count / 2);
}
END_TEST

/* z = -(x - 1e-300) / 1e300 times 1e300: the shift in units of the scale is too small for a double. */
START_TEST(standardised_inputs_that_underflow) {
    trial t = {.rng = crease_random_new(1, 22)};
    ck_assert(crease_net_parse("relu:1", 1, 1, &t.net, NULL) == CREASE_OK);
    t.net->theta[0] = -1e300;
    t.net->theta[2] = 1e300;
    t.net->input_shift[0] = 1e-300;
    t.net->input_scale[0] = 1e300;
    trial_load(&t);
    t.state.lo[0] = t.state.hi[0] = 0;
    crease_bounder_root(&t.bounder, &t.state, NULL);
    take_point(&t, &t.state, 0);
    check_units(&t, &t.state);
    double most = -crease_bounder_output(&t.bounder, &t.state, &(double){-1}, NULL, NULL, NULL);
    ck_assert_msg(not_below(most, t.y[0]), "%g is above %g", mpq_get_d(t.y[0]), most);
    trial_end(&t);
}
END_TEST

/* Where no unit is unstable the network is affine, and the bound is its least value but for rounding. */
START_TEST(bounds_are_tight_without_unstable_units) {
    size_t compared = 0;
    for (uint64_t seed = 1; seed <= test_rounds(1000, 8000); seed++) {
        trial t;
        trial_begin(seed, 23, &small, &t);
        trial_load(&t);
        random_box(&t, 1);
        for (size_t j = 0; j < t.net->inputs; j++)
            t.state.hi[j] = t.state.lo[j] + .01 * (t.state.hi[j] - t.state.lo[j]);
        crease_bounder_root(&t.bounder, &t.state, NULL);
        double coefficient[2 * MOST] = {0}, size = 1;
        double *outputs = coefficient + t.net->inputs;
        for (size_t o = 0; o < t.net->outputs; o++)
            outputs[o] = sized(t.rng, 1);
        double least = crease_bounder_output(&t.bounder, &t.state, outputs, NULL, NULL, NULL);
        for (size_t o = 0; o < t.net->outputs; o++)
            size += fabs(outputs[o]) *
                    (t.net->output_scale[o] * t.magnitude.output[o] + fabs(t.net->output_shift[o]));
        for (size_t u = 0; u < t.chain->units; u++)
            size += t.magnitude.preactivation[u];
        if (t.bounder.unstable_count == 0 && size < 1e6) {
            mpq_t exact;
            mpq_init(exact);
            exact_minimum(t.exact, t.state.lo, t.state.hi, coefficient, exact, NULL);
            double miss = mpq_get_d(exact) - least;
            ck_assert_msg(miss >= 0 && miss <= 1e-12 * size, "seed %lu: %.17g, exactly %.17g", seed, least,
                          mpq_get_d(exact));
            mpq_clear(exact);
            compared++;
        }
        trial_end(&t);
    }
    ck_assert_uint_gt(compared, 200);
}
END_TEST

Suite *test_backward(void) {
    Suite *suite = suite_create("test_backward");
    TCase *all = tcase_create("bounds");
    tcase_set_timeout(all, 600);
    tcase_add_test(all, bounds_hold);
    tcase_add_test(all, bounds_hold_at_any_size);
    tcase_add_test(all, standardised_inputs_that_underflow);
    tcase_add_test(all, bounds_are_tight_without_unstable_units);
    suite_add_tcase(suite, all);
    return suite;
}
