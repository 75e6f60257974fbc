/* The test for a kink: its statistic against brute force, its size under the null, its power, and what it refuses. */
#include "crease/inference.h"
#include "crease/random.h"
#include "support/hinges.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { most_rows = 200 };

typedef struct sample {
    double x[most_rows], y[most_rows], weight[most_rows];
    crease_data data;
} sample;

static crease_kink_test test(const crease_data *data, crease_kink_test_options options) {
    crease_kink_test result;
    crease_error error;
    ck_assert_msg(crease_kink_exists(data, &options, &result, &error) == CREASE_OK, "%s", error.message);
    return result;
}

START_TEST(the_statistic_is_that_of_the_best_hinge) {
    static sample s;
    for (uint64_t seed = 1; seed <= test_rounds(20, 200); seed++) {
        gsl_rng *rng = crease_random_new(seed, 0);
        size_t n = 15 + seed % 6, rows = 0;
        for (size_t i = 0; i < n; i++) {
            s.x[i] = round(20 * gsl_rng_uniform(rng)) / 2;
            s.y[i] = 1e3 + gsl_ran_gaussian(rng, 1) + .3 * fabs(s.x[i] - 4);
            s.weight[i] = (double)gsl_rng_uniform_int(rng, 3) + (i < 10);
            rows += s.weight[i] > 0;
        }
        gsl_rng_free(rng);
        s.data = (crease_data){n, 1, 1, s.x, s.y, s.weight};
        double knot, best = hinges_best_knot(&s.data, 3, &knot), line = hinges_fit(&s.data, 0, NULL, NULL);
        double statistic = (line - best) / (best / ((double)rows - 3));
        crease_pwl *pwl;
        crease_kink_test result = test(&s.data, (crease_kink_test_options){.simulations = 19});
        ck_assert_int_eq(crease_pwl_new(&pwl, 1, NULL), CREASE_OK);
        hinges_fit(&s.data, 1, &knot, pwl);
        ck_assert_msg(fabs(result.statistic - statistic) <= 1e-6 * statistic, "seed %d: %.12g, %.12g",
                      (int)seed, result.statistic, statistic);
        ck_assert_double_eq_tol(result.x, knot, 1e-5);
        ck_assert_double_eq_tol(result.slope_change, pwl->slope_right - pwl->slope_left, 1e-4);
        ck_assert(result.p_value >= .05 && result.p_value <= 1 && result.simulations == 19 && !result.why);
        crease_pwl_free(pwl);
    }
}
END_TEST

/* Score of each hinge over the estimate of its variance, with the hinge's and y's residuals of the line by GSL. */
START_TEST(the_robust_statistic_is_that_of_its_definition) {
    static sample s;
    static double hinge[most_rows];
    for (uint64_t seed = 1; seed <= test_rounds(20, 200); seed++) {
        gsl_rng *rng = crease_random_new(seed, 1);
        size_t n = 30 + seed % 10;
        double largest = 0;
        crease_pwl *line, *beside;
        for (size_t i = 0; i < n; i++) {
            s.x[i] = seed % 2 ? round(20 * gsl_rng_uniform(rng)) : (double)i + gsl_rng_uniform(rng);
            s.y[i] = gsl_ran_gaussian(rng, 1 + s.x[i]) + .3 * fabs(s.x[i] - 4);
            s.weight[i] = gsl_ran_flat(rng, .5, 3);
        }
        gsl_rng_free(rng);
        s.data = (crease_data){n, 1, 1, s.x, s.y, s.weight};
        ck_assert_int_eq(crease_pwl_new(&line, 0, NULL), CREASE_OK);
        ck_assert_int_eq(crease_pwl_new(&beside, 0, NULL), CREASE_OK);
        hinges_fit(&s.data, 0, NULL, line);
        for (size_t at = 0; at < n; at++) {
            double score = 0, variance = 0;
            size_t left = 0, right = 0; /* distinct x, its own on both sides */
            for (size_t i = 0; i < n; i++) {
                bool first = true;
                for (size_t k = 0; k < i; k++)
                    first = first && s.x[k] != s.x[i];
                left += first && s.x[i] <= s.x[at];
                right += first && s.x[i] >= s.x[at];
                hinge[i] = fmax(0, s.x[i] - s.x[at]);
            }
            if (left < 3 || right < 3)
                continue;
            hinges_fit(&(crease_data){n, 1, 1, s.x, hinge, s.weight}, 0, NULL, beside);
            for (size_t i = 0; i < n; i++) {
                double e = s.y[i] - crease_pwl_evaluate(line, s.x[i]);
                double h = hinge[i] - crease_pwl_evaluate(beside, s.x[i]);
                score += s.weight[i] * e * h;
                variance += pow(s.weight[i] * e * h, 2);
            }
            largest = fmax(largest, score * score / variance);
        }
        crease_kink_test result =
            test(&s.data, (crease_kink_test_options){.simulations = 19, .null = CREASE_NULL_WILD});
        ck_assert_msg(fabs(result.statistic - largest) <= 1e-8 * largest, "seed %d: %.12g, %.12g", (int)seed,
                      result.statistic, largest);
        crease_pwl_free(line);
        crease_pwl_free(beside);
    }
}
END_TEST

/* Uneven x with ties, weights. */
static void draw_places(sample *s, size_t n, bool weighted) {
    gsl_rng *rng = crease_random_new(5, 5);
    for (size_t i = 0; i < n; i++) {
        double v = gsl_rng_uniform(rng);
        s->x[i] = i % 3 ? v * v : round(8 * v) / 8;
        s->weight[i] = gsl_ran_flat(rng, .2, 4);
    }
    gsl_rng_free(rng);
    s->data = (crease_data){n, 1, 1, s->x, s->y, weighted ? s->weight : NULL};
}

typedef struct rejections {
    double at_5, at_10, davies;
} rejections;

/* Shares of `sets` data sets whose p-values are at most 5 and 10 %. Noise of sd 1/sqrt(weight), or growing 9-fold. */
static rejections reject(sample *s, size_t sets, uint64_t seed, double change, double kink, bool spread,
                         crease_kink_test_options options) {
    rejections r = {0};
    for (size_t i = 0; i < sets; i++) {
        gsl_rng *rng = crease_random_new(seed, i);
        for (size_t k = 0; k < s->data.n; k++) {
            double sd = s->data.weight ? 1 / sqrt(s->weight[k]) : spread ? .2 + 1.6 * s->x[k] * s->x[k] : 1;
            s->y[k] = 7 - 30 * s->x[k] + change * fmax(0, s->x[k] - kink) + gsl_ran_gaussian(rng, sd);
        }
        gsl_rng_free(rng);
        options.seed = 1000 + i;
        options.threads = 1;
        crease_kink_test result = test(&s->data, options);
        r.at_5 += result.p_value <= .05 + 1e-12 ? 1 / (double)sets : 0;
        r.at_10 += result.p_value <= .1 + 1e-12 ? 1 / (double)sets : 0;
        r.davies += result.davies <= .05 ? 1 / (double)sets : 0;
    }
    return r;
}

static double two_errors(double share, size_t sets) {
    return 2 * sqrt(share * (1 - share) / (double)sets);
}

START_TEST(the_size_is_the_nominal_one) {
    static sample s;
    size_t sets = test_cases(250, 2000);
    for (int weighted = 0; weighted < 2; weighted++) {
        draw_places(&s, 60, weighted == 1);
        rejections r = reject(&s, sets, 11 + (uint64_t)weighted, 0, 0, false,
                              (crease_kink_test_options){.simulations = 199});
        ck_assert_msg(fabs(r.at_5 - .05) <= two_errors(.05, sets), "%g of %d at 5 %%", r.at_5, (int)sets);
        ck_assert_msg(fabs(r.at_10 - .1) <= two_errors(.1, sets), "%g of %d at 10 %%", r.at_10, (int)sets);
        ck_assert_msg(r.davies <= .05 + two_errors(.05, sets), "Davies' bound rejects %g", r.davies);
        if (getenv("SHOW"))
            printf("weighted %d: size %.4f %.4f davies %.4f\n", weighted, r.at_5, r.at_10, r.davies);
    }
}
END_TEST

/* Noise whose sd grows from .2 to 1.8: one variance is far too often refuted, the wild bootstrap is not misled. */
START_TEST(the_wild_bootstrap_keeps_its_size_where_variances_differ) {
    static sample s;
    size_t sets = test_cases(250, 2000);
    draw_places(&s, 100, false);
    rejections normal = reject(&s, sets, 21, 0, 0, true, (crease_kink_test_options){.simulations = 199});
    rejections wild = reject(&s, sets, 21, 0, 0, true,
                             (crease_kink_test_options){.simulations = 199, .null = CREASE_NULL_WILD});
    if (getenv("SHOW"))
        printf("hetero: normal %.4f wild %.4f %.4f\n", normal.at_5, wild.at_5, wild.at_10);
    ck_assert_msg(fabs(wild.at_5 - .05) <= two_errors(.05, sets), "%g of %d at 5 %%", wild.at_5, (int)sets);
    ck_assert_msg(normal.at_5 > .07, "%g", normal.at_5);
    draw_places(&s, 60, true);
    wild = reject(&s, sets, 22, 0, 0, false,
                  (crease_kink_test_options){.simulations = 199, .null = CREASE_NULL_WILD});
    if (getenv("SHOW"))
        printf("weighted: wild %.4f %.4f\n", wild.at_5, wild.at_10);
    ck_assert_msg(fabs(wild.at_5 - .05) <= two_errors(.05, sets), "%g of %d at 5 %%", wild.at_5, (int)sets);
}
END_TEST

/* x = 0, .01 .. .99, a kink at .5 of slope change c, noise of sd 1: the size of the effect is |hinge beside a line| c. */
START_TEST(the_power_is_as_stated) {
    static sample s;
    size_t sets = test_cases(200, 2000);
    const double effect[] = {2, 3, 4, 5}, power[] = {.325, .69, .91, .993};
    for (size_t i = 0; i < 100; i++)
        s.x[i] = s.y[i] = (double)i / 100;
    s.data = (crease_data){100, 1, 1, s.x, s.y, NULL};
    for (size_t i = 0; i < 100; i++)
        s.y[i] = fmax(0, s.x[i] - .5);
    double size = sqrt(hinges_fit(&s.data, 0, NULL, NULL));
    for (size_t e = 0; e < 4; e++) {
        rejections r = reject(&s, sets, 31 + e, effect[e] / size, .5, false,
                              (crease_kink_test_options){.simulations = 199});
        if (getenv("SHOW"))
            printf("effect %g (slope change %.4g): power %.4f davies %.4f\n", effect[e], effect[e] / size,
                   r.at_5, r.davies);
        ck_assert_msg(fabs(r.at_5 - power[e]) < .02 + 3 * sqrt(power[e] * (1 - power[e]) / (double)sets),
                      "effect %g: power %g", effect[e], r.at_5);
    }
}
END_TEST

START_TEST(lines_units_and_threads_change_nothing) {
    static sample s, other;
    for (int null = 0; null < 2; null++) {
        draw_places(&s, 60, true);
        gsl_rng *rng = crease_random_new(3, 3);
        for (size_t i = 0; i < 60; i++)
            s.y[i] = gsl_ran_gaussian(rng, 1 / sqrt(s.weight[i])) + 3 * fmax(0, s.x[i] - .4);
        gsl_rng_free(rng);
        crease_kink_test_options options = {.null = (crease_kink_null)null, .seed = 4, .threads = 1};
        crease_kink_test plain = test(&s.data, options), result;
        options.threads = 3;
        result = test(&s.data, options);
        ck_assert(memcmp(&plain, &result, sizeof plain) == 0);
        options.seed = 5;
        result = test(&s.data, options);
        ck_assert(plain.statistic == result.statistic && fabs(plain.p_value - result.p_value) < .05);
        options.seed = 4;
        other = s;
        for (size_t i = 0; i < 60; i++) {
            other.y[i] = 1e120 * (s.y[i] + 3 - 2 * s.x[i]);
            other.x[i] = 1e-120 * s.x[i];
            other.weight[i] = 1e-30 * s.weight[i];
        }
        other.data = (crease_data){60, 1, 1, other.x, other.y, other.weight};
        result = test(&other.data, options);
        ck_assert_double_eq_tol(result.statistic, plain.statistic, 1e-6 * plain.statistic);
        ck_assert_double_eq_tol(result.p_value, plain.p_value, 2e-3);
        ck_assert_double_eq_tol(result.x / 1e-120, plain.x, 1e-6);
    }
}
END_TEST

START_TEST(data_without_an_answer_have_a_reason) {
    double x[8] = {0, 1, 2, 3, 4, 5, 6, 7}, line[8], y[8] = {1, 2, 3, 3.5, 3, 2, 1, 0};
    for (size_t i = 0; i < 8; i++)
        line[i] = .1 + .3 * x[i];
    crease_kink_test result = test(&(crease_data){8, 1, 1, x, line, NULL}, (crease_kink_test_options){0});
    ck_assert(isnan(result.p_value) && isnan(result.davies) && strstr(result.why, "straight line"));
    result = test(&(crease_data){5, 1, 1, x, y, NULL}, (crease_kink_test_options){0});
    ck_assert(isnan(result.p_value) && strstr(result.why, "distinct x"));
    result = test(&(crease_data){1, 1, 1, x, y, NULL}, (crease_kink_test_options){0});
    ck_assert(isnan(result.p_value) && result.why);
    for (size_t i = 0; i < 8; i++)
        line[i] = 7; /* constant */
    result = test(&(crease_data){8, 1, 1, x, line, NULL}, (crease_kink_test_options){0});
    ck_assert(isnan(result.p_value) && strstr(result.why, "straight line"));
    result = test(&(crease_data){8, 1, 1, line, y, NULL}, (crease_kink_test_options){0});
    ck_assert(isnan(result.p_value) && strstr(result.why, "distinct x"));
    for (size_t i = 0; i < 8; i++)
        y[i] = fabs(x[i] - 3.25); /* a kink without noise */
    result = test(&(crease_data){8, 1, 1, x, y, NULL}, (crease_kink_test_options){0});
    ck_assert(result.p_value == 1. / 2000 && result.davies < 1e-6 && result.statistic > 1e15);
    ck_assert_double_eq_tol(result.x, 3.25, 1e-12);
    crease_error error;
    y[3] = INFINITY;
    ck_assert_int_eq(crease_kink_exists(&(crease_data){8, 1, 1, x, y, NULL}, NULL, &result, &error),
                     CREASE_BAD_DATA);
    ck_assert_int_eq(crease_kink_exists(&(crease_data){4, 2, 1, x, x, NULL}, NULL, &result, &error),
                     CREASE_BAD_ARGUMENT);
}
END_TEST

Suite *test_kink_exists(void) {
    Suite *suite = suite_create("kink_exists");
    TCase *tests = tcase_create("kink_exists");
    tcase_set_timeout(tests, 900);
    tcase_add_test(tests, the_statistic_is_that_of_the_best_hinge);
    tcase_add_test(tests, the_robust_statistic_is_that_of_its_definition);
    tcase_add_test(tests, the_size_is_the_nominal_one);
    tcase_add_test(tests, the_wild_bootstrap_keeps_its_size_where_variances_differ);
    tcase_add_test(tests, the_power_is_as_stated);
    tcase_add_test(tests, lines_units_and_threads_change_nothing);
    tcase_add_test(tests, data_without_an_answer_have_a_reason);
    suite_add_tcase(suite, tests);
    return suite;
}
