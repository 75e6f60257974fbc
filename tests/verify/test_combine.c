/* Combination of rows: weights on the simplex, against the best ones of two rows and against what no weights can beat; and the
 * bound of a combination against the rows' exact values. */
#include "crease/random.h"
#include "crease/verify.h"
#include "support/exact_net.h"
#include "support/random_net.h"
#include "support/suites.h"
#include "verify/node.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 5 };

typedef struct forms {
    size_t rows, inputs;
    double gain[MOST][MOST], lo[MOST], hi[MOST];
    crease_form form[MOST];
} forms;

static void random_forms(gsl_rng *rng, size_t rows, size_t inputs, forms *f) {
    *f = (forms){.rows = rows, .inputs = inputs};
    for (size_t j = 0; j < inputs; j++) {
        f->lo[j] = gsl_ran_gaussian(rng, 1);
        f->hi[j] = f->lo[j] + (gsl_rng_uniform_int(rng, 5) ? gsl_rng_uniform(rng) : 0);
    }
    for (size_t r = 0; r < rows; r++) {
        for (size_t j = 0; j < inputs; j++)
            f->gain[r][j] = gsl_ran_gaussian(rng, 1);
        f->form[r] = (crease_form){f->gain[r], gsl_ran_gaussian(rng, 1), 0};
    }
}

/* Least value over the box of the forms' weighted sum. */
static double least_of(const forms *f, const double *weight) {
    double least = 0;
    for (size_t r = 0; r < f->rows; r++)
        least += weight[r] * f->form[r].offset;
    for (size_t j = 0; j < f->inputs; j++) {
        double gain = 0;
        for (size_t r = 0; r < f->rows; r++)
            gain += weight[r] * f->gain[r][j];
        least += fmin(gain * f->lo[j], gain * f->hi[j]);
    }
    return least;
}

static double run(const forms *f, double *weight) {
    double scratch[4 * MOST];
    return crease_combine_forms(f->form, f->rows, f->inputs, f->lo, f->hi, weight, scratch);
}

START_TEST(weights_are_on_the_simplex) {
    gsl_rng *rng = crease_random_new(1, 50);
    for (size_t trial = 0; trial < test_cases(20000, 500000); trial++) {
        forms f;
        double weight[MOST], equal[MOST], sum = 0;
        random_forms(rng, 2 + gsl_rng_uniform_int(rng, MOST - 1), 1 + gsl_rng_uniform_int(rng, MOST), &f);
        double most = run(&f, weight);
        for (size_t r = 0; r < f.rows; r++) {
            ck_assert_msg(weight[r] >= 0 && ldexp(weight[r], 20) == rint(ldexp(weight[r], 20)),
                          "trial %zu: weight %g", trial, weight[r]);
            sum += weight[r];
            equal[r] = 1 / (double)f.rows;
        }
        ck_assert_msg(fabs(sum - 1) < 1e-5, "trial %zu: sum %g", trial, sum);
        ck_assert_msg(fabs(most - least_of(&f, weight)) < 1e-4, "trial %zu: %g, not %g", trial,
                      least_of(&f, weight), most);
        ck_assert_msg(most >= least_of(&f, equal) - 1e-12, "trial %zu: worse than equal weights", trial);
    }
    gsl_rng_free(rng);
}
END_TEST

/* Of two rows the best weight is found by looking at all; thirty rounds come near to it. */
START_TEST(two_rows_against_all_weights) {
    gsl_rng *rng = crease_random_new(2, 50);
    double missed = 0;
    size_t count = test_cases(1500, 20000), clear = 0, found = 0;
    for (size_t trial = 0; trial < count; trial++) {
        forms f;
        double weight[MOST], best = -INFINITY;
        random_forms(rng, 2, 1 + gsl_rng_uniform_int(rng, 3), &f);
        for (size_t k = 0; k <= 2000; k++)
            best = fmax(best, least_of(&f, (double[]){(double)k / 2000, 1 - (double)k / 2000}));
        double most = run(&f, weight);
        ck_assert_msg(most <= best + 1e-2, "trial %zu: %g, the best is %g", trial, most, best);
        missed += best - most;
        if (best > .1) {
            clear++;
            found += least_of(&f, weight) > 0;
        }
    }
    ck_assert_msg(missed / (double)count < .1, "%g missed on the average", missed / (double)count);
    ck_assert_msg(clear > count / 20 && 20 * found > 19 * clear, "%zu of %zu found", found, clear);
    gsl_rng_free(rng);
}
END_TEST

/* x >= .1 and x <= -.1 contradict each other: neither row alone shows it on [-1, 1], their sum does. */
START_TEST(opposite_rows) {
    forms f = {.rows = 2, .inputs = 1, .gain = {{1}, {-1}}, .lo = {-1}, .hi = {1}};
    f.form[0] = (crease_form){f.gain[0], .1, 0};
    f.form[1] = (crease_form){f.gain[1], .1, 0};
    double weight[MOST];
    ck_assert_double_eq_tol(run(&f, weight), .1, 1e-12);
    ck_assert_double_eq_tol(weight[0], .5, 1e-6);
    ck_assert_double_eq_tol(weight[1], .5, 1e-6);
}
END_TEST

START_TEST(forms_without_numbers) {
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t k = 0; k < 3; k++) {
        forms f = {.rows = 2, .inputs = 1, .gain = {{1}, {bad[k]}}, .lo = {-1}, .hi = {1}};
        double weight[MOST];
        f.form[0] = (crease_form){f.gain[0], .1, 0};
        f.form[1] = (crease_form){f.gain[1], .1, 0};
        ck_assert(!(run(&f, weight) > 0));
        ck_assert(weight[0] >= 0 && weight[1] >= 0);
    }
}
END_TEST

static crease_verdict verdict_of(const crease_net *net, double lo, double hi, const double *coefficients,
                                 const double *constants) {
    crease_specification *specification;
    crease_verify_result result;
    crease_error error = {0};
    ck_assert(crease_specification_box(1, 1, &lo, &hi, &specification, NULL) == CREASE_OK);
    ck_assert(crease_specification_add(specification, 0, 2, coefficients, constants, NULL) == CREASE_OK);
    ck_assert_msg(crease_verify(net, specification, &(crease_verify_options){.threads = 1, .node_limit = 50},
                                &result, &error) == CREASE_OK,
                  "%s", error.message);
    crease_verdict verdict = result.verdict;
    crease_verify_result_clear(&result);
    crease_specification_free(specification);
    return verdict;
}

/* 5e-324 y + 4e-24 <= 0 twice, where y = -1e300 x: half of the coefficient is no double, and y is not small. */
START_TEST(coefficients_that_underflow) {
    crease_net *net;
    ck_assert(crease_net_parse("relu:1", 1, 1, &net, NULL) == CREASE_OK);
    net->theta[0] = 1;
    net->theta[2] = -1;
    net->output_scale[0] = 1e300;
    for (double x = 1; x < 40; x += 1.7) {
        double c = x * 4.9406564584124654e-24, rows[] = {0, 0x1p-1074, 0, 0x1p-1074};
        ck_assert(verdict_of(net, 0, x, rows, (double[]){.9 * c, .9 * c}) != CREASE_PROVED);
    }
    crease_net_free(net);
}
END_TEST

/* The bound of weights on rows is below the weighted sum at every point. */
START_TEST(bounds_of_combinations) {
    for (uint64_t seed = 1; seed <= test_cases(500, 20000); seed++) {
        gsl_rng *rng = crease_random_new(seed, 51);
        crease_net *net = random_net(rng, &(random_net_limits){3, 3, 2, 5});
        exact_net *exact = exact_net_new(net);
        size_t d = net->inputs, m = net->outputs, rows = 1 + gsl_rng_uniform_int(rng, 4);
        crease_chain *chain;
        crease_magnitude magnitude;
        crease_bounder bounder;
        crease_state state;
        crease_combiner combiner;
        crease_multiplier multiplier;
        ck_assert(crease_chain_new(net, &chain, NULL) == CREASE_OK);
        ck_assert(crease_magnitude_new(chain, &magnitude, NULL) == CREASE_OK);
        ck_assert(crease_bounder_new(chain, &magnitude, &bounder, NULL) == CREASE_OK);
        ck_assert(crease_state_new(chain, &state, NULL) == CREASE_OK);
        ck_assert(crease_combiner_new(chain, &combiner, NULL) == CREASE_OK);
        ck_assert(crease_multiplier_new(chain, rows, &multiplier, NULL) == CREASE_OK);
        double outputs[12], inputs[12], constant[4], gain[3];
        for (size_t j = 0; j < d; j++) {
            state.lo[j] = gsl_ran_gaussian(rng, 1);
            state.hi[j] = state.lo[j] + gsl_rng_uniform(rng);
        }
        crease_multiplier_zero(chain, rows, &multiplier);
        for (size_t r = 0; r < rows; r++) {
            for (size_t o = 0; o < m; o++)
                outputs[r * m + o] = gsl_ran_gaussian(rng, 1);
            for (size_t j = 0; j < d; j++)
                inputs[r * d + j] = gsl_rng_uniform_int(rng, 2) ? gsl_ran_gaussian(rng, 1) : 0;
            constant[r] = gsl_ran_gaussian(rng, 3);
            multiplier.row[r] = gsl_rng_uniform(rng) * pow(10, gsl_ran_flat(rng, -8, 8));
        }
        crease_bounder_root(&bounder, &state, NULL);
        crease_form form = {gain, 0, 0};
        crease_multiplier_bound(&bounder, &combiner, &state,
                                &(crease_question_rows){rows, outputs, inputs, constant}, &multiplier, &form);
        mpq_t *x = exact_vector_new(d), *y = exact_vector_new(m), sum, term, weight;
        mpq_inits(sum, term, weight, NULL);
        for (size_t p = 0; p < 4; p++) {
            for (size_t j = 0; j < d; j++)
                mpq_set_d(x[j], p < 3 && gsl_rng_uniform_int(rng, 2) ? state.lo[j] : state.hi[j]);
            exact_evaluate(exact, x, y);
            mpq_set_ui(sum, 0, 1);
            for (size_t r = 0; r < rows; r++) {
                mpq_set_d(weight, multiplier.row[r]);
                for (size_t k = 0; k <= d + m; k++) {
                    mpq_set_d(term, k < d       ? inputs[r * d + k]
                                    : k < d + m ? outputs[r * m + k - d]
                                                : constant[r]);
                    mpq_mul(term, term, weight);
                    if (k < d + m)
                        mpq_mul(term, term, k < d ? x[k] : y[k - d]);
                    mpq_add(sum, sum, term);
                }
            }
            mpq_set_d(term, isfinite(form.least) ? form.least : 0);
            ck_assert_msg(form.least == -INFINITY || mpq_cmp(term, sum) <= 0,
                          "seed %lu: %.17g is above %.17g", seed, form.least, mpq_get_d(sum));
        }
        mpq_clears(sum, term, weight, NULL);
        exact_vector_free(x, d);
        exact_vector_free(y, m);
        crease_multiplier_clear(&multiplier);
        crease_combiner_clear(&combiner);
        crease_state_clear(&state);
        crease_bounder_clear(&bounder);
        crease_magnitude_clear(&magnitude);
        crease_chain_free(chain);
        exact_net_free(exact);
        crease_net_free(net);
        gsl_rng_free(rng);
    }
}
END_TEST

Suite *test_combine(void) {
    Suite *suite = suite_create("test_combine");
    TCase *all = tcase_create("combination");
    tcase_set_timeout(all, 600);
    tcase_add_test(all, weights_are_on_the_simplex);
    tcase_add_test(all, two_rows_against_all_weights);
    tcase_add_test(all, opposite_rows);
    tcase_add_test(all, forms_without_numbers);
    tcase_add_test(all, coefficients_that_underflow);
    tcase_add_test(all, bounds_of_combinations);
    suite_add_tcase(suite, all);
    return suite;
}
