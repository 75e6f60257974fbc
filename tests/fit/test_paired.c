/* The statistics of comparisons: small cases by hand, direct sums and simulated races, and by simulation the promises:
 * intervals that cover, adjusted p values that seldom err even once. */
#include "crease/paired.h"
#include "crease/random.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

START_TEST(a_ratio_by_hand) {
    /* log ratios 1, 2, 3: mean 2, s = 1; t = 2 sqrt 3 with 2 degrees of freedom, whose distribution function is
     * 1/2 + t / (2 sqrt(t^2 + 2)); its .975 quantile is .95 sqrt(2 / (1 - .95^2)) */
    double a[] = {exp(1), exp(2), exp(3)}, b[] = {1, 1, 1}, t = 2 * sqrt(3);
    double quantile = .95 * sqrt(2 / (1 - .95 * .95));
    crease_paired r = crease_paired_ratio(a, b, 3, 0);
    ck_assert_uint_eq(r.pairs, 3);
    ck_assert_double_eq_tol(r.log_ratio, 2, 1e-14);
    ck_assert_double_eq_tol(r.log_high - 2, quantile / sqrt(3), 1e-12);
    ck_assert_double_eq_tol(2 - r.log_low, quantile / sqrt(3), 1e-12);
    ck_assert_double_eq_tol(r.p_value, 1 - t / sqrt(t * t + 2), 1e-13);
    ck_assert(isnan(r.p_adjusted));
    r = crease_paired_ratio(b, a, 3, .5); /* turned round, variance 1/3 + 1/2 */
    ck_assert_double_eq_tol(r.log_ratio, -2, 1e-14);
    ck_assert_double_eq_tol(r.log_high + 2, quantile * sqrt(5. / 6), 1e-12);
}
END_TEST

START_TEST(what_cannot_be_tested_is_nan) {
    double a[] = {0, 2, 3, NAN, 4}, b[] = {1, 1, 1, 1, INFINITY}, same[] = {2, 2, 2, 2, 2};
    crease_paired r = crease_paired_ratio(a, b, 5, 0); /* two are left */
    ck_assert_uint_eq(r.pairs, 2);
    ck_assert_double_eq_tol(r.log_ratio, log(6) / 2, 1e-14);
    ck_assert(isnan(r.p_value) && isnan(r.log_low) && isnan(r.log_high));
    r = crease_paired_ratio(same, same, 5, 0);
    ck_assert(r.log_ratio == 0 && isnan(r.p_value));
    r = crease_paired_ratio(NULL, NULL, 0, 0);
    ck_assert(r.pairs == 0 && isnan(r.log_ratio));
    for (double unit = 1e-300; unit < 1e301; unit *= 1e150) {
        double small[] = {unit, 2 * unit, 4 * unit};
        r = crease_paired_ratio(small, same, 3, 0);
        ck_assert_double_eq_tol(r.log_ratio, log(unit), 1e-11);
        ck_assert_double_eq_tol(r.log_high - r.log_low,
                                2 * .95 * sqrt(2 / (1 - .95 * .95)) * log(2) / sqrt(3), 1e-11);
    }
}
END_TEST

START_TEST(holm_by_hand) {
    /* sorted .01 .02 .03 .04 times 4 3 2 1: .04 .06 .06 .06; NaN does not count */
    const double p[] = {.03, .01, NAN, .04, .02}, expected[] = {.06, .04, NAN, .06, .06};
    double adjusted[5];
    ck_assert_int_eq(crease_holm(5, p, adjusted, NULL), CREASE_OK);
    for (size_t i = 0; i < 5; i++)
        ck_assert(isnan(expected[i]) ? isnan(adjusted[i]) : fabs(adjusted[i] - expected[i]) < 1e-15);
    ck_assert_int_eq(crease_holm(2, (const double[]){.7, .6}, adjusted, NULL), CREASE_OK);
    ck_assert(adjusted[0] == 1 && adjusted[1] == 1);
    ck_assert_int_eq(crease_holm(1, (const double[]){.3}, adjusted, NULL), CREASE_OK);
    ck_assert(adjusted[0] == .3);
    ck_assert_int_eq(crease_holm(0, NULL, NULL, NULL), CREASE_OK);
}
END_TEST

/* All count^draws samples. */
static double expected_by_enumeration(const double *x, size_t count, size_t draws) {
    size_t total = (size_t)lround(pow((double)count, (double)draws));
    double sum = 0;
    for (size_t sample = 0; sample < total; sample++) {
        double least = INFINITY;
        for (size_t d = 0, rest = sample; d < draws; d++, rest /= count)
            least = fmin(least, x[rest % count]);
        sum += least;
    }
    return sum / (double)total;
}

START_TEST(the_expected_best_is_that_of_all_samples) {
    const double x[] = {1, 1.5, 1.5, 4, 9};
    double before = INFINITY;
    for (size_t draws = 1; draws <= 6; draws++) {
        double best = crease_expected_best(x, 5, (double)draws);
        ck_assert_double_eq_tol(best, expected_by_enumeration(x, 5, draws), 1e-12);
        double between = crease_expected_best(x, 5, (double)draws - .5);
        ck_assert(best < between && between < before);
        before = best;
    }
    ck_assert_double_eq_tol(crease_expected_best(x, 5, 1e6), 1, 1e-15);
    ck_assert(isnan(crease_expected_best(x, 0, 2)));
}
END_TEST

START_TEST(the_chance_in_a_race_is_that_of_all_samples) {
    const double a[] = {1, 3, 3, 5}, b[] = {2, 3, 4};
    for (size_t m = 1; m <= 4; m++)
        for (size_t r = 1; r <= 4; r++) {
            size_t a_total = (size_t)lround(pow(4, (double)m)), b_total = (size_t)lround(pow(3, (double)r));
            double wins = 0;
            for (size_t i = 0; i < a_total; i++)
                for (size_t j = 0; j < b_total; j++) {
                    double best_a = INFINITY, best_b = INFINITY;
                    for (size_t d = 0, rest = i; d < m; d++, rest /= 4)
                        best_a = fmin(best_a, a[rest % 4]);
                    for (size_t d = 0, rest = j; d < r; d++, rest /= 3)
                        best_b = fmin(best_b, b[rest % 3]);
                    wins += best_a < best_b ? 1 : best_a == best_b ? .5 : 0;
                }
            double chance = crease_chance_best_is_lower(a, 4, (double)m, b, 3, (double)r);
            ck_assert_double_eq_tol(chance, wins / (double)(a_total * b_total), 1e-13);
            ck_assert_double_eq_tol(crease_chance_best_is_lower(b, 3, (double)r, a, 4, (double)m), 1 - chance,
                                    1e-13);
        }
    ck_assert_double_eq_tol(crease_chance_best_is_lower(a, 1, 3, (const double[]){1 + 1e-9}, 1, 1), .5,
                            1e-15);
    ck_assert(isnan(crease_chance_best_is_lower(a, 0, 1, b, 3, 1)));
}
END_TEST

enum { NETWORKS = 5, PAIRS = 10, STARTS = 12 };

/* Errors of networks over starts, log-normal; the pairs share networks, so their tests depend on one another. */
static void draw_networks(gsl_rng *rng, const double *shift, double error[NETWORKS][STARTS]) {
    for (size_t k = 0; k < NETWORKS; k++)
        for (size_t s = 0; s < STARTS; s++)
            error[k][s] = exp(shift[k] + gsl_ran_gaussian(rng, .2 + .2 * (double)k));
}

/* At least one error of the first kind among all pairs: with every null true, and with two networks that differ. */
START_TEST(holm_keeps_the_level_for_all_pairs_together) {
    const size_t trials = test_cases(4000, 100000);
    const double shift[2][NETWORKS] = {{0, 0, 0, 0, 0}, {-.6, 1, 0, 0, 0}};
    gsl_rng *rng = crease_random_new(11, (uint64_t)_i);
    double error[NETWORKS][STARTS], p[PAIRS], adjusted[PAIRS];
    size_t wrong = 0, unadjusted = 0, covered = 0;
    for (size_t t = 0; t < trials; t++) {
        bool adjusted_errs = false, errs = false;
        size_t pair = 0;
        draw_networks(rng, shift[_i], error);
        for (size_t i = 0; i < NETWORKS; i++)
            for (size_t j = i + 1; j < NETWORKS; j++) {
                crease_paired r = crease_paired_ratio(error[i], error[j], STARTS, 0);
                double truth = shift[_i][i] - shift[_i][j];
                covered += r.log_low <= truth && truth <= r.log_high;
                p[pair++] = r.p_value;
            }
        ck_assert_int_eq(crease_holm(PAIRS, p, adjusted, NULL), CREASE_OK);
        pair = 0;
        for (size_t i = 0; i < NETWORKS; i++)
            for (size_t j = i + 1; j < NETWORKS; j++, pair++) {
                bool null = shift[_i][i] == shift[_i][j];
                errs |= null && p[pair] < .05;
                adjusted_errs |= null && adjusted[pair] < .05;
            }
        wrong += adjusted_errs;
        unadjusted += errs;
    }
    gsl_rng_free(rng);
    double n = (double)trials, level = (double)wrong / n, coverage = (double)covered / (n * PAIRS);
    ck_assert_msg(level < .05 + 3 * sqrt(.05 * .95 / n), "case %d: family-wise error %g", _i, level);
    ck_assert_msg(level > .01, "case %d: family-wise error %g is no use", _i, level);
    ck_assert_msg((double)unadjusted / n > (_i ? .08 : .15), "case %d: unadjusted %g", _i,
                  (double)unadjusted / n);
    ck_assert_msg(fabs(coverage - .95) < 3 * sqrt(.05 * .95 / n), "case %d: the intervals cover %g", _i,
                  coverage);
}
END_TEST

/* The expected best against races that are really run: from S starts, the best of as many. It is a plug-in, so its mean
 * lies above the truth, by no more than a tenth of the spread of the starts here. */
START_TEST(the_expected_best_is_near_that_of_new_starts) {
    const size_t trials = test_cases(3000, 60000);
    enum { S = 20 };
    gsl_rng *rng = crease_random_new(12, 0);
    double estimate = 0, truth = 0, x[S];
    for (size_t t = 0; t < trials; t++) {
        double least = INFINITY;
        for (size_t s = 0; s < S; s++) {
            x[s] = 1 + gsl_ran_exponential(rng, 1);
            least = fmin(least, 1 + gsl_ran_exponential(rng, 1));
        }
        gsl_sort(x, 1, S);
        estimate += crease_expected_best(x, S, S) / (double)trials;
        truth += least / (double)trials;
    }
    gsl_rng_free(rng);
    ck_assert_double_eq_tol(truth, 1 + 1. / S, .01); /* of the least of S exponentials */
    ck_assert_msg(estimate > truth && estimate < truth + .1, "%g, truth %g", estimate, truth);
}
END_TEST

Suite *test_paired(void) {
    Suite *suite = suite_create("paired");
    TCase *tests = tcase_create("paired");
    tcase_add_test(tests, a_ratio_by_hand);
    tcase_add_test(tests, what_cannot_be_tested_is_nan);
    tcase_add_test(tests, holm_by_hand);
    tcase_add_test(tests, the_expected_best_is_that_of_all_samples);
    tcase_add_test(tests, the_chance_in_a_race_is_that_of_all_samples);
    tcase_add_loop_test(tests, holm_keeps_the_level_for_all_pairs_together, 0, 2);
    tcase_add_test(tests, the_expected_best_is_near_that_of_new_starts);
    suite_add_tcase(suite, tests);
    return suite;
}
