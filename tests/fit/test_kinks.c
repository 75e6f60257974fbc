/* Standard errors of kinks against the full Gauss-Newton covariance in another parametrisation, whose
 * parameters are the kinks themselves, and against the spread over simulated data. */
#include "crease/fit.h"
#include "crease/random.h"
#include "support/suites.h"
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { most_rows = 400 };

typedef struct sample {
    double x[most_rows], y[most_rows], weight[most_rows];
    crease_data data;
} sample;

static sample *draw(uint64_t seed, size_t n, double noise, bool weighted, bool two_kinks) {
    sample *s = calloc(1, sizeof *s);
    gsl_rng *rng = crease_random_new(seed, 0);
    for (size_t i = 0; i < n; i++) {
        s->x[i] = 10 * gsl_rng_uniform(rng);
        s->weight[i] = weighted ? (double)gsl_rng_uniform_int(rng, 4) : 1;
        double y = 3 + s->x[i] - 3 * fmax(0, s->x[i] - 4) + (two_kinks ? 5 * fmax(0, s->x[i] - 8) : 0);
        s->y[i] = y + gsl_ran_gaussian(rng, noise) / (weighted && s->weight[i] > 0 ? sqrt(s->weight[i]) : 1);
    }
    s->data = (crease_data){n, 1, 1, s->x, s->y, weighted ? s->weight : NULL};
    gsl_rng_free(rng);
    return s;
}

static crease_net *parse(const char *spec) {
    crease_net *net;
    crease_error error;
    ck_assert_msg(crease_net_parse(spec, 1, 1, &net, &error) == CREASE_OK, "%s", error.message);
    return net;
}

static double fit(crease_net *net, const crease_data *data, size_t starts) {
    crease_fit_result result;
    crease_error error = {0};
    crease_fit_options options = {.seed = 1, .starts = starts, .threads = 1};
    ck_assert_msg(crease_fit(net, data, &options, &result, &error) == CREASE_OK, "%s", error.message);
    double rmse = result.score.rmse;
    crease_fit_result_clear(&result);
    return rmse;
}

static size_t kinks_of(const crease_net *net, const crease_data *data, crease_kink **kinks) {
    size_t count;
    crease_error error;
    ck_assert_msg(crease_fit_kinks(net, data, kinks, &count, &error) == CREASE_OK, "%s", error.message);
    ck_assert((count == 0) == (*kinks == NULL));
    return count;
}

/* y = a + b x + sum_i c_i (x - k_i)+ : rows [1, x, (x - k_i)+ .., -c_i [x > k_i] ..]; errors of k_i into
 * `error`. */
static void brute_force(const crease_net *net, const crease_data *data, const crease_kink *kinks,
                        size_t count, double *error) {
    size_t p = 2 + 2 * count, used = 0;
    gsl_matrix *A = gsl_matrix_calloc(p, p);
    double sse = 0, row[16];
    crease_work *work;
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    for (size_t i = 0; i < data->n; i++) {
        double x = data->x[i], w = data->weight ? data->weight[i] : 1, y;
        row[0] = 1;
        row[1] = x;
        for (size_t k = 0; k < count; k++) {
            row[2 + k] = fmax(0, x - kinks[k].x);
            row[2 + count + k] = x > kinks[k].x ? kinks[k].slope_left - kinks[k].slope_right : 0;
        }
        crease_net_evaluate(net, NULL, work, 1, &x, &y);
        sse += w * (y - data->y[i]) * (y - data->y[i]);
        used += w > 0;
        for (size_t a = 0; a < p; a++)
            for (size_t b = 0; b < p; b++)
                *gsl_matrix_ptr(A, a, b) += w * row[a] * row[b];
    }
    ck_assert_int_eq(gsl_linalg_cholesky_decomp1(A), 0);
    ck_assert_int_eq(gsl_linalg_cholesky_invert(A), 0);
    for (size_t k = 0; k < count; k++)
        error[k] = sqrt(sse / (double)(used - p) * gsl_matrix_get(A, 2 + count + k, 2 + count + k));
    gsl_matrix_free(A);
    crease_work_free(work);
}

START_TEST(errors_are_those_of_the_full_covariance) {
    for (uint64_t seed = 1; seed <= 8; seed++)
        for (int weighted = 0; weighted < 2; weighted++)
            for (size_t two = 0; two < 2; two++) {
                sample *s = draw(seed, 120, .4, weighted, two);
                crease_net *net = parse(two ? "affine+relu:2" : "affine+relu:1");
                crease_kink *kinks;
                double expected[2];
                fit(net, &s->data, 8);
                size_t count = kinks_of(net, &s->data, &kinks);
                ck_assert_uint_eq(count, 1 + two);
                brute_force(net, &s->data, kinks, count, expected);
                for (size_t k = 0; k < count; k++)
                    ck_assert_msg(fabs(kinks[k].standard_error / expected[k] - 1) < 1e-6,
                                  "seed %lu: kink %g +- %g, not %g", (unsigned long)seed, kinks[k].x,
                                  kinks[k].standard_error, expected[k]);
                free(kinks);
                crease_net_free(net);
                free(s);
            }
}
END_TEST

/* The same function as relu:3 or leaky:2, where incoming scales are redundant in other ways. */
START_TEST(errors_do_not_depend_on_how_the_function_is_written) {
    sample *s = draw(3, 150, .4, false, true);
    double error[3][2];
    static const char *const specs[] = {"affine+relu:2", "relu:3", "leaky(.2):3"};
    for (size_t i = 0; i < 3; i++) {
        crease_net *net = parse(specs[i]);
        crease_kink *kinks;
        double rmse = fit(net, &s->data, 40);
        size_t count = kinks_of(net, &s->data, &kinks), found = 0;
        for (size_t k = 0; k < count; k++)
            if (fabs(kinks[k].x - 4) < .5 || fabs(kinks[k].x - 8) < .5)
                error[i][found++ % 2] = kinks[k].standard_error;
        ck_assert_msg(found >= 2 && rmse < .5, "%s: %zu kinks", specs[i], found);
        if (found == 2 && count == 2)
            for (size_t k = 0; k < 2; k++) /* s^2 differs by the degrees of freedom spent on a third unit */
                ck_assert_msg(fabs(error[i][k] / error[0][k] - 1) < .05, "%s: %g, not %g", specs[i],
                              error[i][k], error[0][k]);
        free(kinks);
        crease_net_free(net);
    }
    free(s);
}
END_TEST

START_TEST(units_of_x_and_y_scale_the_error) {
    static const double units[][2] = {{1e3, 1e-3}, {1, 1e-200}, {1, 1e150}, {1e-200, 1}};
    sample *s = draw(5, 100, .4, false, false);
    crease_net *net = parse("affine+relu:1");
    crease_kink *kinks;
    fit(net, &s->data, 4);
    ck_assert_uint_eq(kinks_of(net, &s->data, &kinks), 1);
    double expected = kinks[0].standard_error;
    ck_assert(expected > .01 && expected < .2);
    free(kinks);
    for (size_t u = 0; u < 4; u++) {
        sample moved = *s;
        for (size_t i = 0; i < 100; i++) {
            moved.x[i] *= units[u][0];
            moved.y[i] *= units[u][1];
        }
        moved.data.x = moved.x;
        moved.data.y = moved.y;
        fit(net, &moved.data, 4);
        ck_assert_uint_eq(kinks_of(net, &moved.data, &kinks), 1);
        ck_assert_msg(fabs(kinks[0].standard_error / units[u][0] / expected - 1) < 1e-6,
                      "units %g, %g: %g, not %g", units[u][0], units[u][1],
                      kinks[0].standard_error / units[u][0], expected);
        free(kinks);
    }
    crease_net_free(net);
    free(s);
}
END_TEST

static void set(crease_net *net, const double *theta, size_t count) {
    ck_assert_uint_eq(net->parameter_count, count);
    memcpy(net->theta, theta, count * sizeof *theta);
}

START_TEST(errors_that_are_not_identified_are_nan) {
    sample *s = draw(5, 50, .4, false, false);
    crease_kink *kinks;
    crease_net *net = parse("relu:2"); /* both corners at 4: they cannot be told apart */
    const double twice[] = {1, 1, -4, -4, 1, 2, 3};
    set(net, twice, 7);
    ck_assert_uint_eq(kinks_of(net, &s->data, &kinks), 1);
    ck_assert_double_nan(kinks[0].standard_error);
    free(kinks);
    crease_net_free(net);

    net = parse(
        "affine+relu:2"); /* one corner far outside the data: only the other is listed, and it has an error */
    const double outside[] = {1, 1, -4, 77, -3, 1, -74, 0}; /* 3 + x - 3 (x - 4)+ */
    set(net, outside, 8);
    ck_assert_uint_eq(kinks_of(net, &s->data, &kinks), 1);
    ck_assert(kinks[0].x == 4 && kinks[0].standard_error > 0 && kinks[0].standard_error < 1);
    free(kinks);
    crease_net_free(net);

    net = parse("affine+relu:1"); /* as many rows as free parameters: no variance */
    const double one[] = {1, -4, -3, 3, 1};
    set(net, one, 5);
    const double x[] = {1, 2, 3.5, 5, 6}, y[] = {4, 5, 6, 5, 3};
    for (size_t n = 4; n <= 5; n++) {
        ck_assert_uint_eq(kinks_of(net, &(crease_data){n, 1, 1, x, y, NULL}, &kinks), 1);
        ck_assert_int_eq(isnan(kinks[0].standard_error), n == 4);
        free(kinks);
    }
    crease_net_free(net);

    net = parse("relu:1/relu:1"); /* deep: listed, without an error */
    const double deep[] = {1, -4, 1, 1, 2, 3};
    set(net, deep, 6);
    ck_assert_uint_eq(kinks_of(net, &s->data, &kinks), 1);
    ck_assert_double_nan(kinks[0].standard_error);
    free(kinks);
    crease_net_free(net);
    free(s);
}
END_TEST

START_TEST(only_kinks_inside_the_data_are_listed) {
    const double x[] = {0, 1, 2, 3, 50}, y[] = {0, 0, 1, 0, 2}, weight[] = {1, 1, 1, 1, 0};
    crease_net *net = parse("relu:4");
    const double theta[] = {1, 1, 1, 1, 1, 0, -1.5, -9, 1, 2, 3, 4, 0}; /* corners at -1, 0, 1.5, 9 */
    set(net, theta, 13);
    crease_kink *kinks;
    ck_assert_uint_eq(kinks_of(net, &(crease_data){5, 1, 1, x, y, weight}, &kinks), 1);
    ck_assert(kinks[0].x == 1.5 && kinks[0].slope_left == 3 && kinks[0].slope_right == 6);
    free(kinks);
    ck_assert_uint_eq(kinks_of(net, &(crease_data){5, 1, 1, x, y, NULL}, &kinks), 2);
    free(kinks);
    ck_assert_uint_eq(kinks_of(net, &(crease_data){2, 1, 1, x, y, NULL}, &kinks), 0);
    crease_net_free(net);
    ck_assert_int_eq(crease_net_parse("relu:2", 2, 1, &net, NULL), CREASE_OK);
    size_t count;
    ck_assert_int_eq(crease_fit_kinks(net, &(crease_data){2, 2, 1, x, y, NULL}, &kinks, &count, NULL),
                     CREASE_BAD_ARGUMENT);
    crease_net_free(net);
}
END_TEST

/* The spread of the estimate over simulated data against the mean of its standard error. */
START_TEST(errors_are_the_spread_over_simulated_data) {
    size_t runs = test_cases(200, 2000), used = 0;
    double sum = 0, square = 0, errors = 0;
    crease_net *net = parse("affine+relu:1");
    for (uint64_t seed = 1; seed <= runs; seed++) {
        sample *s = draw(1000 + seed, 100, .5, false, false);
        crease_kink *kinks;
        fit(net, &s->data, 3);
        if (kinks_of(net, &s->data, &kinks) == 1) {
            sum += kinks[0].x;
            square += (kinks[0].x - 4) * (kinks[0].x - 4);
            errors += kinks[0].standard_error;
            used++;
        }
        free(kinks);
        free(s);
    }
    double n = (double)used, mean = sum / n, sd = sqrt(square / n - (mean - 4) * (mean - 4));
    ck_assert_uint_eq(used, runs);
    ck_assert_msg(fabs(mean - 4) < 4 * sd / sqrt(n), "mean kink %g", mean);
    ck_assert_msg(fabs(sd / (errors / n) - 1) < .25, "spread %g, mean standard error %g", sd, errors / n);
    crease_net_free(net);
}
END_TEST

Suite *test_kinks(void) {
    Suite *suite = suite_create("kinks");
    TCase *tests = tcase_create("standard errors");
    tcase_add_test(tests, errors_are_those_of_the_full_covariance);
    tcase_add_test(tests, errors_do_not_depend_on_how_the_function_is_written);
    tcase_add_test(tests, units_of_x_and_y_scale_the_error);
    tcase_add_test(tests, errors_that_are_not_identified_are_nan);
    tcase_add_test(tests, only_kinks_inside_the_data_are_listed);
    tcase_add_test(tests, errors_are_the_spread_over_simulated_data);
    suite_add_tcase(suite, tests);
    return suite;
}
