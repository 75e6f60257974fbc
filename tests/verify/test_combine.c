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
    for (size_t trial = 0; trial < test_rounds(20000, 150000); trial++) {
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
    size_t count = test_rounds(1500, 6000), clear = 0, found = 0;
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

typedef struct bench {
    uint64_t seed;
    gsl_rng *rng;
    crease_net *net;
    exact_net *exact;
    crease_chain *chain;
    crease_magnitude magnitude;
    crease_bounder bounder;
    crease_state state;
    crease_combiner combiner;
    crease_multiplier multiplier;
    crease_question_rows rows;
    double outputs[12], inputs[12], constant[4];
    mpq_t *x, *y, *z;
} bench;

static void bench_new(uint64_t seed, bench *b) {
    *b = (bench){.seed = seed, .rng = crease_random_new(seed, 51)};
    b->net = random_net(b->rng, &(random_net_limits){3, 3, 2, 5});
    b->exact = exact_net_new(b->net);
    b->rows = (crease_question_rows){1 + gsl_rng_uniform_int(b->rng, 4), b->outputs, b->inputs, b->constant};
    ck_assert(crease_chain_new(b->net, &b->chain, NULL) == CREASE_OK);
    ck_assert(crease_magnitude_new(b->chain, &b->magnitude, NULL) == CREASE_OK);
    ck_assert(crease_bounder_new(b->chain, &b->magnitude, &b->bounder, NULL) == CREASE_OK);
    ck_assert(crease_state_new(b->chain, &b->state, NULL) == CREASE_OK);
    ck_assert(crease_combiner_new(b->chain, &b->combiner, NULL) == CREASE_OK);
    ck_assert(crease_multiplier_new(b->chain, b->rows.row_count, &b->multiplier, NULL) == CREASE_OK);
    b->x = exact_vector_new(b->net->inputs);
    b->y = exact_vector_new(b->net->outputs);
    b->z = exact_vector_new(b->chain->hidden);
    for (size_t j = 0; j < b->net->inputs; j++) {
        b->state.lo[j] = gsl_ran_gaussian(b->rng, 1);
        b->state.hi[j] = b->state.lo[j] + gsl_rng_uniform(b->rng);
    }
}

static void bench_free(bench *b) {
    exact_vector_free(b->x, b->net->inputs);
    exact_vector_free(b->y, b->net->outputs);
    exact_vector_free(b->z, b->chain->hidden);
    crease_multiplier_clear(&b->multiplier);
    crease_combiner_clear(&b->combiner);
    crease_state_clear(&b->state);
    crease_bounder_clear(&b->bounder);
    crease_magnitude_clear(&b->magnitude);
    crease_chain_free(b->chain);
    exact_net_free(b->exact);
    crease_net_free(b->net);
    gsl_rng_free(b->rng);
}

static void random_rows(bench *b) {
    size_t d = b->net->inputs, m = b->net->outputs;
    crease_multiplier_zero(b->chain, b->rows.row_count, &b->multiplier);
    for (size_t r = 0; r < b->rows.row_count; r++) {
        for (size_t o = 0; o < m; o++)
            b->outputs[r * m + o] = gsl_ran_gaussian(b->rng, 1);
        for (size_t j = 0; j < d; j++)
            b->inputs[r * d + j] = gsl_rng_uniform_int(b->rng, 2) ? gsl_ran_gaussian(b->rng, 1) : 0;
        b->constant[r] = gsl_ran_gaussian(b->rng, 3);
        b->multiplier.row[r] = gsl_rng_uniform(b->rng) * pow(10, gsl_ran_flat(b->rng, -8, 8));
    }
}

/* Phases of some units, with multiples of any size, and slopes of the free sides of the others. */
static void random_phases(bench *b) {
    b->multiplier.phases = b->multiplier.slopes = true;
    for (size_t k = 0; k < b->bounder.unstable_count; k++) {
        size_t u = b->bounder.unstable[k], l = crease_chain_layer_of(b->chain, u);
        double p = b->chain->layer[l].slope[u - b->chain->layer[l].first], share = gsl_rng_uniform(b->rng);
        if (gsl_rng_uniform_int(b->rng, 2)) {
            int side = gsl_rng_uniform_int(b->rng, 2) ? 1 : -1;
            b->state.phase[u] = (signed char)side;
            *(side > 0 ? &b->state.lower[u] : &b->state.upper[u]) = 0;
            b->multiplier.phase[u] = -side * gsl_rng_uniform(b->rng) * pow(10, gsl_ran_flat(b->rng, -8, 8));
        } else if (gsl_rng_uniform_int(b->rng, 2)) {
            b->multiplier.slope[u] = fmin(fmax(p + share * (1 - p), fmin(p, 1)), fmax(p, 1));
        }
    }
    crease_bounder_tighten(&b->bounder, &b->state, NULL);
}

/* The sum at x, without what its phases say: false where they do not hold. */
static bool exact_sum(bench *b, mpq_t sum) {
    size_t d = b->net->inputs, m = b->net->outputs, k = 0;
    bool holds = true;
    mpq_t term, weight;
    mpq_inits(term, weight, NULL);
    mpq_set_ui(sum, 0, 1);
    exact_preactivations(b->exact, b->x, b->z, b->y);
    for (size_t r = 0; r < b->rows.row_count; r++) {
        mpq_set_d(weight, b->multiplier.row[r]);
        for (size_t i = 0; i <= d + m; i++) {
            mpq_set_d(term, i < d       ? b->inputs[r * d + i]
                            : i < d + m ? b->outputs[r * m + i - d]
                                        : b->constant[r]);
            mpq_mul(term, term, weight);
            if (i < d + m)
                mpq_mul(term, term, i < d ? b->x[i] : b->y[i - d]);
            mpq_add(sum, sum, term);
        }
    }
    for (size_t l = 0; l < b->chain->depth; l++)
        for (size_t i = 0; i < b->chain->layer[l].rows; i++, k++) {
            size_t u = b->chain->layer[l].first + i;
            holds = holds && b->state.phase[u] * mpq_sgn(b->z[k]) >= 0;
            mpq_set_d(term, b->multiplier.phase[u]);
            mpq_mul(term, term, b->z[k]);
            mpq_add(sum, sum, term);
        }
    mpq_clears(term, weight, NULL);
    return holds;
}

static size_t check_sum(bench *b) {
    double gain[3];
    size_t points = 0;
    mpq_t sum, bound;
    mpq_inits(sum, bound, NULL);
    crease_form form = {gain, 0, 0};
    crease_multiplier_bound(&b->bounder, &b->combiner, &b->state, &b->rows, &b->multiplier, &form);
    mpq_set_d(bound, isfinite(form.least) ? form.least : 0);
    for (size_t p = 0; p < 6; p++) {
        for (size_t j = 0; j < b->net->inputs; j++) {
            double share = p < 3 ? (double)gsl_rng_uniform_int(b->rng, 2) : gsl_rng_uniform(b->rng),
                   x = b->state.lo[j] + share * (b->state.hi[j] - b->state.lo[j]);
            mpq_set_d(b->x[j], fmin(x, b->state.hi[j]));
        }
        if (!exact_sum(b, sum))
            continue;
        points++;
        ck_assert_msg(form.least == -INFINITY || mpq_cmp(bound, sum) <= 0, "seed %lu: %.17g is above %.17g",
                      b->seed, form.least, mpq_get_d(sum));
    }
    mpq_clears(sum, bound, NULL);
    return points;
}

/* The bound of weights on rows and phases is below the weighted sum at every point where the phases hold. */
START_TEST(bounds_of_combinations) {
    size_t points = 0, count = test_rounds(700, 8000);
    for (uint64_t seed = 1; seed <= count; seed++) {
        bench b;
        bench_new(seed, &b);
        random_rows(&b);
        crease_bounder_root(&b.bounder, &b.state, NULL);
        check_sum(&b);
        random_phases(&b);
        if (b.bounder.contradicted == b.chain->units)
            points += check_sum(&b);
        bench_free(&b);
    }
    ck_assert_uint_gt(points, count);
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
