/* Ranges: against closed forms, the corners of linear regions by another program in rationals, and grids. */
#include "crease/crease.h"
#include "support/exact_net.h"
#include "support/pieces.h"
#include "support/random_net.h"
#include "support/suites.h"
#include <float.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* False when values are too large for doubles. */
static bool try_range(const crease_net *net, const double *lower, const double *upper,
                      const crease_range_options *options, crease_range_result *result) {
    crease_number *low = pieces_numbers(net->inputs, lower), *high = pieces_numbers(net->inputs, upper);
    crease_error error;
    crease_status status = crease_range(net, low, high, NULL, 0, options, result, &error);
    pieces_numbers_free(low, net->inputs);
    pieces_numbers_free(high, net->inputs);
    ck_assert_msg(status == CREASE_OK || strstr(error.message, "beyond the range"), "%s", error.message);
    ck_assert_uint_eq(result->count, net->outputs);
    return status == CREASE_OK;
}

static crease_range_result range_with(const crease_net *net, const double *lower, const double *upper,
                                      const crease_range_options *options) {
    crease_range_result result;
    ck_assert(try_range(net, lower, upper, options, &result));
    return result;
}

static const crease_range_options by_boxes = {.region_limit = 1, .threads = 1};

/* What must hold of any extreme, however it was found. */
static void check_order(const crease_range_result *result, size_t i) {
    const crease_extreme *min = &result->min[i], *max = &result->max[i];
    ck_assert(min->bound <= min->value && max->value <= max->bound && min->value <= max->value);
    ck_assert((min->why == NULL) == min->certified && (max->why == NULL) == max->certified);
}

START_TEST(closed_forms) {
    /* y1 = |x1| + |x2| + |x3| - 1, y2 = 2 x1 - x3 (through two units) on [-1, 2] x [-3, 1] x [.5, 1] */
    crease_net *net =
        pieces_net("relu:6", 3, 2, (double[]){1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0,  0, 1, 0,  0, -1, 0,
                                              0, 0, 0, 0,  0, 1, 1, 1, 1, 1, 1,  2, -2, 0, 0, -1, 1, -1, 0});
    crease_range_result result = range_with(net, (double[]){-1, -3, 0.5}, (double[]){2, 1, 1}, NULL);
    ck_assert(!result.by_regions);
    for (size_t i = 0; i < 2; i++) {
        check_order(&result, i);
        ck_assert(result.min[i].certified && result.max[i].certified);
    }
    ck_assert_double_eq_tol(result.min[0].value, -0.5, 1e-6);
    ck_assert_double_le(result.min[0].bound, -0.5);
    ck_assert_double_ge(result.min[0].value, -0.5);
    ck_assert_double_eq(result.max[0].value, 5);
    ck_assert_double_eq(result.max[0].where[0], 2);
    ck_assert_double_eq(result.max[0].where[1], -3);
    ck_assert_double_eq(result.max[0].where[2], 1);
    ck_assert_double_eq(result.min[1].value, -3);
    ck_assert_double_eq(result.max[1].value, 3.5);
    crease_range_result_clear(&result);
    crease_net_free(net);
}
END_TEST

/* Value and bound around the exact extreme, which the other program finds. */
static void check_extreme(exact_net *exact, const crease_net *net, const double *lower, const double *upper,
                          size_t output, double side, const crease_extreme *extreme, size_t trial) {
    double *coefficient = calloc(net->inputs + net->outputs, sizeof *coefficient);
    mpq_t least, number;
    ck_assert_ptr_nonnull(coefficient);
    if (!isfinite(extreme->value)) {
        free(coefficient);
        return;
    }
    mpq_inits(least, number, NULL);
    coefficient[net->inputs + output] = side;
    exact_minimum(exact, lower, upper, coefficient, least, NULL);
    mpq_set_d(number, isfinite(extreme->bound) ? side * extreme->bound : -DBL_MAX);
    ck_assert(isfinite(extreme->bound) || side * extreme->bound < 0);
    ck_assert_msg(!isfinite(extreme->bound) || mpq_cmp(number, least) <= 0,
                  "trial %zu output %zu side %g: the bound %.17g is passed by %.17g", trial, output, side,
                  extreme->bound, side * mpq_get_d(least));
    mpq_set_d(number, nextafter(side * extreme->value, INFINITY));
    ck_assert_msg(mpq_cmp(number, least) >= 0,
                  "trial %zu output %zu side %g: %.17g is better than the best %.17g", trial, output, side,
                  extreme->value, side * mpq_get_d(least));
    double truth = mpq_get_d(least);
    ck_assert_msg(!extreme->certified || isinf(truth) ||
                      fabs(side * extreme->value - truth) <= 1e-6 * fmax(1, fabs(truth)) * 1.001,
                  "trial %zu output %zu side %g: %.17g, not %.17g", trial, output, side, extreme->value,
                  side * truth);
    mpq_clears(least, number, NULL);
    free(coefficient);
}

/* The value is that of the net at the point, exactly evaluated. */
static void check_attained(exact_net *exact, const crease_net *net, const double *lower, const double *upper,
                           size_t output, const crease_extreme *extreme, size_t trial) {
    mpq_t *x = malloc((net->inputs + net->outputs) * sizeof *x), *y = x + net->inputs, below, above;
    ck_assert_ptr_nonnull(x);
    if (!isfinite(extreme->value)) {
        free(x);
        return;
    }
    mpq_inits(below, above, NULL);
    for (size_t j = 0; j < net->inputs; j++) {
        mpq_init(x[j]);
        mpq_set_d(x[j], extreme->where[j]);
        ck_assert_msg(lower[j] <= extreme->where[j] && extreme->where[j] <= upper[j],
                      "trial %zu: input %zu of the point lies outside", trial, j + 1);
    }
    for (size_t k = 0; k < net->outputs; k++)
        mpq_init(y[k]);
    exact_evaluate(exact, x, y);
    mpq_set_d(below, nextafter(extreme->value, -INFINITY));
    mpq_set_d(above, nextafter(extreme->value, INFINITY));
    ck_assert_msg(mpq_cmp(below, y[output]) <= 0 && mpq_cmp(above, y[output]) >= 0,
                  "trial %zu: at the point the output is %.17g, not %.17g", trial, mpq_get_d(y[output]),
                  extreme->value);
    for (size_t j = 0; j < net->inputs + net->outputs; j++)
        mpq_clear(x[j]);
    mpq_clears(below, above, NULL);
    free(x);
}

START_TEST(as_the_corners_of_all_regions_say) {
    gsl_rng *random = crease_random_new(61, 0);
    random_net_limits limits = {.inputs = 4, .outputs = 2, .depth = 3, .width = 5};
    size_t certified = 0, all = 0, trials = test_rounds(150, 3000);
    for (size_t trial = 0; trial < trials; trial++) {
        crease_net *net = random_net(random, &limits);
        exact_net *exact = exact_net_new(net);
        double lower[4], upper[4];
        for (size_t j = 0; j < net->inputs; j++) {
            lower[j] = random_number(random, (int)(trial % 3));
            upper[j] = lower[j] +
                       (gsl_rng_uniform_int(random, 6) ? fabs(random_number(random, (int)(trial % 3))) : 0);
        }
        crease_range_options options = {.region_limit = trial % 2 ? 1 : 0, .threads = 1, .node_limit = 2000};
        crease_range_result result;
        bool done = try_range(net, lower, upper, &options, &result);
        for (size_t k = 0; k < net->outputs && done; k++) {
            check_order(&result, k);
            check_extreme(exact, net, lower, upper, k, 1, &result.min[k], trial);
            check_extreme(exact, net, lower, upper, k, -1, &result.max[k], trial);
            if (!result.by_regions) {
                check_attained(exact, net, lower, upper, k, &result.min[k], trial);
                check_attained(exact, net, lower, upper, k, &result.max[k], trial);
            }
            certified += result.min[k].certified + result.max[k].certified;
            all += 2;
        }
        crease_range_result_clear(&result);
        exact_net_free(exact);
        crease_net_free(net);
    }
    ck_assert_msg(certified >= all * 98 / 100, "only %zu of %zu certified", certified, all);
    gsl_rng_free(random);
}
END_TEST

START_TEST(boxes_agree_with_regions) {
    gsl_rng *random = crease_random_new(62, 0);
    for (size_t trial = 0; trial < test_rounds(8, 60); trial++) {
        crease_net *net =
            pieces_random(random, trial % 2 ? "relu:16/relu:16" : "affine+leaky:12/prelu:6", 2, 3);
        pieces_scale(random, net);
        double lower[2] = {-2, -1}, upper[2] = {1, 3};
        crease_range_result exact = range_with(net, lower, upper, NULL),
                            boxes = range_with(net, lower, upper, &by_boxes);
        ck_assert(exact.by_regions && !boxes.by_regions);
        for (size_t k = 0; k < 3; k++) {
            check_order(&exact, k);
            ck_assert(exact.min[k].exact && exact.min[k].gap == 0);
            ck_assert(boxes.min[k].certified && boxes.max[k].certified);
            ck_assert_double_le(boxes.min[k].bound, exact.min[k].value);
            ck_assert_double_ge(boxes.max[k].bound, exact.max[k].value);
            double size = fmax(1, fabs(exact.min[k].value));
            ck_assert_double_eq_tol(boxes.min[k].value, exact.min[k].value, 1.01e-6 * size);
            size = fmax(1, fabs(exact.max[k].value));
            ck_assert_double_eq_tol(boxes.max[k].value, exact.max[k].value, 1.01e-6 * size);
        }
        crease_range_result_clear(&exact);
        crease_range_result_clear(&boxes);
        crease_net_free(net);
    }
    gsl_rng_free(random);
}
END_TEST

START_TEST(smooth_nets_are_bounded_to_the_gap) {
    /* increasing units with positive weights: extremes at opposite corners */
    crease_net *net =
        pieces_net("tanh:1+sigmoid:1", 3, 1, (double[]){1, 2, .5, .3, .1, 2, -.2, .4, 1.5, 2, .1});
    const double lower[3] = {-1, -2, 0}, upper[3] = {2, .5, 1};
    crease_range_result result = range_with(net, lower, upper, NULL);
    double low, high;
    pieces_evaluate(net, lower, &low);
    pieces_evaluate(net, upper, &high);
    check_order(&result, 0);
    ck_assert(result.min[0].certified && result.max[0].certified && !result.min[0].exact);
    ck_assert_double_eq_tol(result.min[0].value, low, 1e-6 * 3);
    ck_assert_double_eq_tol(result.max[0].value, high, 1e-6 * 3);
    ck_assert_double_le(result.min[0].bound, low);
    ck_assert_double_ge(result.max[0].bound, high);
    crease_range_result_clear(&result);
    crease_net_free(net);

    gsl_rng *random = crease_random_new(63, 0);
    static const char *const specs[] = {"tanh:4", "sigmoid:3/relu:3", "relu:3+tanh:2",
                                        "gelu:3", "relu^1.5:3",       "elu:3/silu:2"};
    for (size_t trial = 0; trial < 6; trial++) { /* a grid finds nothing beyond the bounds */
        enum { GRID = 40 };
        net = pieces_random(random, specs[trial], 2, 1);
        crease_range_options options = {.gap = 1e-3, .node_limit = 3000};
        result = range_with(net, (double[]){-1, -1}, (double[]){1, 1}, &options);
        check_order(&result, 0);
        for (size_t i = 0; i < GRID * GRID; i++) {
            double x[2] = {-1 + 2. * (double)(i % GRID) / (GRID - 1),
                           -1 + 2. * (double)(i / GRID) / (GRID - 1)},
                   y;
            pieces_evaluate(net, x, &y);
            ck_assert_msg(result.min[0].bound <= y && y <= result.max[0].bound, "%s: %.17g lies outside",
                          specs[trial], y);
            ck_assert_msg(!result.min[0].certified || y >= result.min[0].value - 1.1e-3 * fmax(1, fabs(y)),
                          "%s", specs[trial]);
        }
        crease_range_result_clear(&result);
        crease_net_free(net);
    }
    gsl_rng_free(random);
}
END_TEST

/* ---- degenerate ---- */

START_TEST(points_and_decimals) {
    crease_net *net = pieces_net("relu:1", 2, 1, (double[]){1, 1, 0, 3, 0}); /* 3 max(0, x1 + x2) */
    crease_range_result result = range_with(net, (double[]){0.5, 0.25}, (double[]){0.5, 0.25}, NULL);
    ck_assert_double_eq(result.min[0].value, 2.25);
    ck_assert_double_eq(result.max[0].value, 2.25);
    ck_assert(result.min[0].certified);
    crease_range_result_clear(&result);
    crease_number low[2], high[2]; /* 1/10 is no double, and the value at it is 3/5 rounded */
    for (size_t j = 0; j < 2; j++) {
        ck_assert_int_eq(crease_number_parse("1/10", &low[j], NULL), CREASE_OK);
        ck_assert_int_eq(crease_number_parse("0.1", &high[j], NULL), CREASE_OK);
    }
    ck_assert_int_eq(crease_range(net, low, high, NULL, 0, NULL, &result, NULL), CREASE_OK);
    ck_assert_double_eq(result.min[0].value, 0.6);
    ck_assert_double_le(result.min[0].bound, 0.6);
    ck_assert(result.max[0].certified && result.min[0].certified);
    crease_range_result_clear(&result);
    crease_number_clear(&high[0]);
    ck_assert_int_eq(crease_number_parse("0.0999999999999999999999", &high[0], NULL), CREASE_OK);
    crease_error error;
    ck_assert_int_eq(crease_range(net, low, high, NULL, 0, NULL, &result, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "empty"));
    crease_range_result_clear(&result);
    for (size_t j = 0; j < 2; j++) {
        crease_number_clear(&low[j]);
        crease_number_clear(&high[j]);
    }
    crease_net_free(net);
}
END_TEST

START_TEST(constants_scales_and_what_is_refused) {
    crease_net *net = pieces_net("relu:3", 4, 1, NULL);
    const double low[4] = {-1, -1, -1, -1}, high[4] = {1, 1, 1, 1};
    net->theta[net->output_biases] = 7;
    crease_range_result result = range_with(net, low, high, NULL);
    ck_assert_double_eq(result.min[0].value, 7);
    ck_assert_double_eq(result.max[0].value, 7);
    ck_assert(result.min[0].certified && result.max[0].certified);
    crease_range_result_clear(&result);
    for (int e = -150; e <= 150; e += 300) { /* y = 10^e max(0, x1) + 7 */
        net->theta[0] = pow(10, e);
        net->theta[net->output_weights] = 1;
        result = range_with(net, low, high, NULL);
        check_order(&result, 0);
        ck_assert_double_eq(result.max[0].value, pow(10, e) + 7);
        ck_assert_double_eq(result.min[0].value, 7);
        crease_range_result_clear(&result);
    }
    crease_number *a = pieces_numbers(4, low), *b = pieces_numbers(4, high);
    crease_error error;
    size_t output = 1;
    ck_assert_int_eq(crease_range(net, a, b, &output, 1, NULL, &result, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "output 2"));
    crease_range_result_clear(&result);
    net->theta[0] = net->theta[net->output_weights] = 1e200;
    ck_assert_int_eq(crease_range(net, a, b, NULL, 0, NULL, &result, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "beyond the range"));
    crease_range_result_clear(&result);
    net->theta[0] = NAN;
    ck_assert_int_eq(crease_range(net, a, b, NULL, 0, NULL, &result, &error), CREASE_BAD_ARGUMENT);
    crease_range_result_clear(&result);
    pieces_numbers_free(a, 4);
    pieces_numbers_free(b, 4);
    crease_net_free(net);
}
END_TEST

/* ---- budgets ---- */

static bool at_once(void *context) {
    (void)context;
    return true;
}

START_TEST(a_budget_leaves_sound_bounds) {
    gsl_rng *random = crease_random_new(64, 0);
    crease_net *net = pieces_random(random, "relu:24/relu:24", 4, 1);
    const double low[4] = {-1, -1, -1, -1}, high[4] = {1, 1, 1, 1};
    crease_range_result full = range_with(net, low, high, NULL), few[3];
    ck_assert(full.min[0].certified && full.max[0].certified);
    few[0] = range_with(net, low, high, &(crease_range_options){.node_limit = 5});
    few[1] = range_with(net, low, high, &(crease_range_options){.timeout = 1e-9});
    few[2] = range_with(net, low, high, &(crease_range_options){.interrupted = at_once});
    static const char *const why[] = {"node limit", "timeout", "interrupted"};
    for (size_t i = 0; i < 3; i++) {
        check_order(&few[i], 0);
        ck_assert(!few[i].min[0].certified);
        ck_assert_str_eq(few[i].min[0].why, why[i]);
        ck_assert(few[i].interrupted == (i == 2));
        ck_assert_double_le(few[i].min[0].bound, full.min[0].value);
        ck_assert_double_ge(few[i].max[0].bound, full.max[0].value);
        ck_assert_double_ge(few[i].min[0].value, full.min[0].bound);
        crease_range_result_clear(&few[i]);
    }
    crease_range_result four = range_with(net, low, high, &(crease_range_options){.threads = 4});
    ck_assert_double_eq(four.min[0].value, full.min[0].value);
    ck_assert_double_eq(four.min[0].bound, full.min[0].bound);
    ck_assert_double_eq(four.max[0].bound, full.max[0].bound);
    ck_assert_uint_eq(four.nodes, full.nodes);
    crease_range_result_clear(&four);
    crease_range_result_clear(&full);
    crease_net_free(net);
    gsl_rng_free(random);
}
END_TEST

Suite *test_range(void);
Suite *test_range(void) {
    Suite *suite = suite_create("range");
    TCase *tcase = tcase_create("range");
    tcase_add_test(tcase, closed_forms);
    tcase_add_test(tcase, as_the_corners_of_all_regions_say);
    tcase_add_test(tcase, boxes_agree_with_regions);
    tcase_add_test(tcase, smooth_nets_are_bounded_to_the_gap);
    tcase_add_test(tcase, points_and_decimals);
    tcase_add_test(tcase, constants_scales_and_what_is_refused);
    tcase_add_test(tcase, a_budget_leaves_sound_bounds);
    suite_add_tcase(suite, tcase);
    return suite;
}
