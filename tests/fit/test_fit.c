/* Fits with a known optimum: functions that the network can be, linear models solved another way, best known
 * values of a reference table, and the invariances that an optimum has. */
#include "crease/csv.h"
#include "crease/fit.h"
#include "crease/random.h"
#include "support/suites.h"
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static crease_net *parse(const char *spec, size_t inputs, size_t outputs) {
    crease_net *net;
    crease_error error;
    ck_assert_msg(crease_net_parse(spec, inputs, outputs, &net, &error) == CREASE_OK, "%s", error.message);
    return net;
}

/* Fits, checks that the score is finite, and leaves the result's arrays released. */
static crease_fit_result fit(crease_net *net, crease_data data, crease_fit_options options) {
    crease_fit_result result;
    crease_error error = {0};
    ck_assert_msg(crease_fit(net, &data, &options, &result, &error) == CREASE_OK, "%s", error.message);
    ck_assert(isfinite(result.score.rmse) && isfinite(result.score.max_error) && result.starts >= 1);
    ck_assert(result.start[result.best_start].rmse >= 0 && result.hit_rate > 0 && result.hit_rate <= 1);
    crease_fit_result copy = result;
    crease_fit_result_clear(&result);
    ck_assert_ptr_null(result.start);
    copy.start = NULL;
    return copy;
}

static double value(const crease_net *net, const double *x) {
    crease_work *work;
    double y;
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    crease_net_evaluate(net, NULL, work, 1, x, &y);
    crease_work_free(work);
    return y;
}

static double deviation(const double *y, size_t n) {
    double mean = 0, square = 0;
    for (size_t i = 0; i < n; i++)
        mean += y[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        square += (y[i] - mean) * (y[i] - mean) / (double)n;
    return sqrt(square);
}

static double clip(double x) {
    return fmin(fmax(4 * x, -1), 1);
}

static crease_data load_triangular(double **storage) {
    crease_table *table;
    crease_data data;
    crease_error error;
    const size_t x = 0;
    ck_assert_msg(crease_csv_load("tests/data/c_tri_n_train.csv", NULL, &table, &error) == CREASE_OK, "%s",
                  error.message);
    ck_assert_int_eq(crease_data_from_table(table, &x, 1, 1, SIZE_MAX, &data, storage, &error), CREASE_OK);
    crease_table_free(table);
    return data;
}

/* ---- known optima ---- */

START_TEST(clip_is_found_exactly_from_every_seed) {
    enum { n = 200 };
    double x[n], y[n];
    gsl_rng *rng = crease_random_new(99, 0);
    for (size_t i = 0; i < n; i++) {
        x[i] = 2 * gsl_rng_uniform(rng) - 1;
        y[i] = clip(x[i]);
    }
    crease_net *net = parse("affine+relu:2", 1, 1);
    crease_data data = {n, 1, 1, x, y, NULL};
    crease_fit_result result = fit(net, data, (crease_fit_options){.seed = (uint64_t)_i});
    ck_assert_msg(result.score.max_error < 1e-12, "seed %d: %g", _i, result.score.max_error);
    ck_assert_double_eq_tol(result.score.r2, 1, 1e-14);
    crease_kink *kinks;
    size_t count;
    ck_assert_int_eq(crease_fit_kinks(net, &data, &kinks, &count, NULL), CREASE_OK);
    ck_assert_msg(count == 2 && fabs(kinks[0].x + .25) < 1e-12 && fabs(kinks[1].x - .25) < 1e-12,
                  "seed %d: %zu kinks, the first at %.17g", _i, count, count ? kinks[0].x : NAN);
    ck_assert_double_eq_tol(kinks[0].slope_left, 0, 1e-11);
    ck_assert_double_eq_tol(kinks[0].slope_right, 4, 1e-11);
    free(kinks);
    crease_net_free(net);
    gsl_rng_free(rng);
}
END_TEST

START_TEST(triangular_diagram_is_found_from_every_seed) {
    double *storage;
    crease_data data = load_triangular(&storage);
    double sd = deviation(data.y, data.n);
    crease_net *net = parse("relu:3", 1, 1);
    crease_fit_result result = fit(net, data, (crease_fit_options){.seed = (uint64_t)_i});
    /* over the standard deviation: least known .168684, proven bound .167232 */
    ck_assert_msg(result.score.rmse <= 1.01 * .168684 * sd && result.score.rmse >= .167232 * sd,
                  "seed %d: rmse/sd %g", _i, result.score.rmse / sd);
    crease_kink *kinks;
    size_t count, near_20 = 0;
    ck_assert_int_eq(crease_fit_kinks(net, &data, &kinks, &count, NULL), CREASE_OK);
    for (size_t i = 0; i < count; i++)
        near_20 += fabs(kinks[i].x - 20) < .6;
    ck_assert_msg(near_20 == 1, "seed %d: %zu kinks at 20", _i, near_20);
    free(kinks);
    free(storage);
    crease_net_free(net);
}
END_TEST

START_TEST(best_known_values_are_reached) {
    static const struct {
        const char *spec;
        double best, bound;
    } table[] = {{"affine+relu:1", .170062, .170062},
                 {"affine+relu:2", .169167, .168567},
                 {"relu:1", .546658, 0},
                 {"relu:2", .169659, .168567}};
    double *storage;
    crease_data data = load_triangular(&storage);
    double sd = deviation(data.y, data.n);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        crease_net *net = parse(table[i].spec, 1, 1);
        crease_fit_result result = fit(net, data, (crease_fit_options){.seed = 1});
        ck_assert_msg(result.score.rmse <= (1 + 1e-5) * table[i].best * sd &&
                          result.score.rmse >= (1 - 1e-5) * table[i].bound * sd,
                      "%s: rmse/sd %.8g, not %g", table[i].spec, result.score.rmse / sd, table[i].best);
        crease_net_free(net);
    }
    free(storage);
}
END_TEST

/* Weighted least squares of y on 1, x by GSL; predictions into `predicted`. */
static void regress(const crease_data *data, size_t o, double *predicted) {
    size_t n = data->n, p = data->inputs + 1;
    gsl_matrix *X = gsl_matrix_alloc(n, p), *covariance = gsl_matrix_alloc(p, p);
    gsl_vector *y = gsl_vector_alloc(n), *w = gsl_vector_alloc(n), *c = gsl_vector_alloc(p);
    gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(n, p);
    double chisq;
    for (size_t i = 0; i < n; i++) {
        gsl_matrix_set(X, i, 0, 1);
        for (size_t k = 0; k < data->inputs; k++)
            gsl_matrix_set(X, i, k + 1, data->x[i * data->inputs + k]);
        gsl_vector_set(y, i, data->y[i * data->outputs + o]);
        gsl_vector_set(w, i, data->weight ? data->weight[i] : 1);
    }
    gsl_multifit_wlinear(X, w, y, c, covariance, &chisq, work);
    for (size_t i = 0; i < n; i++) {
        predicted[i] = gsl_vector_get(c, 0);
        for (size_t k = 0; k < data->inputs; k++)
            predicted[i] += gsl_vector_get(c, k + 1) * data->x[i * data->inputs + k];
    }
    gsl_multifit_linear_free(work);
    gsl_matrix_free(X);
    gsl_matrix_free(covariance);
    gsl_vector_free(y);
    gsl_vector_free(w);
    gsl_vector_free(c);
}

START_TEST(a_linear_model_is_the_regression) {
    enum { n = 60 };
    static const crease_method methods[] = {CREASE_METHOD_AUTO, CREASE_METHOD_LM, CREASE_METHOD_BFGS};
    for (size_t outputs = 1; outputs <= 2; outputs++)
        for (size_t m = 0; m < 3; m++)
            for (int weighted = 0; weighted < 2; weighted++) {
                double x[3 * n], y[2 * n], weight[n], expected[n], predicted[2];
                gsl_rng *rng = crease_random_new(4, m);
                for (size_t i = 0; i < 3 * n; i++)
                    x[i] = 50 + gsl_ran_gaussian(rng, i % 3 ? 4 : 400);
                for (size_t i = 0; i < outputs * n; i++)
                    y[i] = gsl_ran_gaussian(rng, 3) + x[i] + (double)i;
                for (size_t i = 0; i < n; i++)
                    weight[i] = (double)(i % 4);
                crease_data data = {n, 3, outputs, x, y, weighted ? weight : NULL};
                crease_net *net = parse("affine", 3, outputs);
                fit(net, data, (crease_fit_options){.method = methods[m], .starts = 1});
                crease_work *work;
                ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
                for (size_t o = 0; o < outputs; o++) {
                    regress(&data, o, expected);
                    for (size_t i = 0; i < n; i++) {
                        crease_net_evaluate(net, NULL, work, 1, x + 3 * i, predicted);
                        ck_assert_double_eq_tol(predicted[o], expected[i],
                                                methods[m] == CREASE_METHOD_BFGS ? 1e-5 : 1e-8);
                    }
                }
                crease_work_free(work);
                crease_net_free(net);
                gsl_rng_free(rng);
            }
}
END_TEST

/* (Z'Z/n + l2 I) w = Z'y/n for standardised columns Z and y; two columns, Cramer's rule. */
START_TEST(l2_is_ridge_regression) {
    enum { n = 40 };
    static const crease_method methods[] = {CREASE_METHOD_AUTO, CREASE_METHOD_LM, CREASE_METHOD_BFGS};
    const double l2 = .3;
    double x[2 * n], y[n], column[n];
    gsl_rng *rng = crease_random_new(5, 0);
    for (size_t i = 0; i < n; i++) {
        x[2 * i] = gsl_ran_gaussian(rng, 3);
        x[2 * i + 1] = x[2 * i] + gsl_ran_gaussian(rng, 2) + 9;
        y[i] = 2 * x[2 * i] - x[2 * i + 1] + gsl_ran_gaussian(rng, 1);
    }
    double sd[3], mean[3] = {0}, s00 = 1 + l2, s11 = 1 + l2, s01 = 0, t0 = 0, t1 = 0;
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < n; i++) {
            column[i] = k < 2 ? x[2 * i + k] : y[i];
            mean[k] += column[i] / n;
        }
        sd[k] = deviation(column, n);
    }
    for (size_t i = 0; i < n; i++) {
        double z0 = (x[2 * i] - mean[0]) / sd[0], z1 = (x[2 * i + 1] - mean[1]) / sd[1],
               t = (y[i] - mean[2]) / sd[2];
        s01 += z0 * z1 / n;
        t0 += z0 * t / n;
        t1 += z1 * t / n;
    }
    double determinant = s00 * s11 - s01 * s01;
    double w0 = (t0 * s11 - t1 * s01) / determinant, w1 = (s00 * t1 - s01 * t0) / determinant;
    for (size_t m = 0; m < 3; m++) {
        crease_net *net = parse("affine", 2, 1);
        crease_data data = {n, 2, 1, x, y, NULL};
        crease_fit_result result =
            fit(net, data, (crease_fit_options){.l2 = l2, .method = methods[m], .starts = 2});
        ck_assert_double_eq_tol(net->theta[0], 0, 1e-8);
        ck_assert_double_eq_tol(net->theta[1], w0, 1e-8);
        ck_assert_double_eq_tol(net->theta[2], w1, 1e-8);
        double square = 0; /* the score is without the penalty */
        for (size_t i = 0; i < n; i++)
            square += pow(value(net, x + 2 * i) - y[i], 2);
        ck_assert_double_eq_tol(result.score.rmse, sqrt(square / n), 1e-12);
        crease_net_free(net);
    }
    gsl_rng_free(rng);
}
END_TEST

/* ---- invariances ---- */

typedef struct sample {
    double x[240], y[240], weight[240];
    size_t n;
} sample;

static sample noisy_hinge(uint64_t seed, size_t n) {
    sample s = {.n = n};
    gsl_rng *rng = crease_random_new(seed, 0);
    for (size_t i = 0; i < n; i++) {
        s.x[i] = 10 * gsl_rng_uniform(rng);
        s.y[i] = 3 + s.x[i] - 4 * fmax(0, s.x[i] - 6) + gsl_ran_gaussian(rng, .3);
    }
    gsl_rng_free(rng);
    return s;
}

START_TEST(weights_are_repeated_rows) {
    sample s = noisy_hinge(1, 60), repeated = {0};
    for (size_t i = 0; i < s.n; i++) {
        s.weight[i] = (double)(i % 4);
        if (i % 4 == 0)
            s.y[i] = 1e6; /* weight 0: must not matter */
        for (size_t k = 0; k < i % 4; k++) {
            repeated.x[repeated.n] = s.x[i];
            repeated.y[repeated.n++] = s.y[i];
        }
    }
    crease_net *a = parse("affine+relu:1", 1, 1), *b = parse("affine+relu:1", 1, 1);
    crease_data weighted = {s.n, 1, 1, s.x, s.y, s.weight},
                long_data = {repeated.n, 1, 1, repeated.x, repeated.y, NULL};
    crease_fit_result one = fit(a, weighted, (crease_fit_options){.seed = 3});
    crease_fit_result two = fit(b, long_data, (crease_fit_options){.seed = 3});
    ck_assert_double_eq_tol(one.score.rmse, two.score.rmse, 1e-9);
    ck_assert_double_eq_tol(one.score.r2, two.score.r2, 1e-9);
    ck_assert_double_eq_tol(one.score.max_error, two.score.max_error, 1e-6);
    for (double x = 0; x <= 10; x += .5)
        ck_assert_double_eq_tol(value(a, &x), value(b, &x), 1e-6);
    crease_net_free(a);
    crease_net_free(b);
}
END_TEST

START_TEST(units_of_x_and_y_do_not_matter) {
    static const double change[][4] = {{1000, -7, .001, 3}, {1e-9, 5e-9, 1e12, 0}, {2, 1e4, -3, 1e4}};
    for (size_t c = 0; c < 3; c++)
        for (size_t f = 0; f < 2; f++) {
            if (test_leaves_out(2 * c + f))
                continue;
            sample s = noisy_hinge(2, 100), t = s;
            const double *u = change[c];
            for (size_t i = 0; i < s.n; i++) {
                t.x[i] = u[0] * s.x[i] + u[1];
                t.y[i] = u[2] * s.y[i] + u[3];
            }
            crease_net *a = parse(f ? "tanh:2" : "relu:2", 1, 1), *b = parse(f ? "tanh:2" : "relu:2", 1, 1);
            crease_data one = {s.n, 1, 1, s.x, s.y, NULL}, two = {t.n, 1, 1, t.x, t.y, NULL};
            crease_fit_result r = fit(a, one, (crease_fit_options){.seed = 3});
            crease_fit_result q = fit(b, two, (crease_fit_options){.seed = 3});
            ck_assert_double_eq_tol(q.score.rmse / fabs(u[2]), r.score.rmse, 1e-7);
            for (double x = 0; x <= 10; x += .5) {
                double moved = u[0] * x + u[1];
                ck_assert_msg(fabs((value(b, &moved) - u[3]) / u[2] - value(a, &x)) < 1e-4,
                              "change %zu, %g: %g, not %g", c, x, (value(b, &moved) - u[3]) / u[2],
                              value(a, &x));
            }
            crease_net_free(a);
            crease_net_free(b);
        }
}
END_TEST

START_TEST(order_of_rows_does_not_matter) {
    sample s = noisy_hinge(3, 120), t = s;
    for (size_t i = 0; i < s.n; i++) { /* 77 and 120 have no common factor */
        t.x[i] = s.x[i * 77 % s.n];
        t.y[i] = s.y[i * 77 % s.n];
    }
    crease_net *a = parse("affine+relu:2", 1, 1), *b = parse("affine+relu:2", 1, 1);
    crease_data one = {s.n, 1, 1, s.x, s.y, NULL}, two = {t.n, 1, 1, t.x, t.y, NULL};
    double rmse = fit(a, one, (crease_fit_options){.seed = 1}).score.rmse;
    ck_assert_double_eq_tol(rmse, fit(b, two, (crease_fit_options){.seed = 1}).score.rmse, 1e-8);
    crease_net_free(a);
    crease_net_free(b);
}
END_TEST

START_TEST(threads_do_not_change_a_digit) {
    crease_method method = (crease_method)_i;
    static const char *const specs[] = {"affine+relu:2+tanh:1", "relu:4/tanh:3"};
    sample s = noisy_hinge(4, 150);
    crease_data data = {s.n, 1, 1, s.x, s.y, NULL};
    for (size_t f = 0; f < 2; f++) {
        if (f == 1 && method == CREASE_METHOD_VARPRO)
            method = CREASE_METHOD_AUTO;
        double theta[64] = {0};
        crease_fit_result first = {0};
        for (size_t threads = 1; threads <= 3; threads++) {
            crease_fit_options options = {
                .method = method, .starts = 6, .threads = threads, .epochs = 30, .batch = 40, .seed = 8};
            crease_net *net = parse(specs[f], 1, 1);
            crease_fit_result result;
            ck_assert_int_eq(crease_fit(net, &data, &options, &result, NULL), CREASE_OK);
            ck_assert(net->parameter_count <= 64);
            if (threads == 1) {
                first = result;
                memcpy(theta, net->theta, net->parameter_count * sizeof *theta);
            } else {
                ck_assert_int_eq(memcmp(theta, net->theta, net->parameter_count * sizeof *theta), 0);
                for (size_t i = 0; i < 6; i++)
                    ck_assert(result.start[i].rmse == first.start[i].rmse &&
                              result.start[i].iterations == first.start[i].iterations &&
                              result.start[i].stop == first.start[i].stop);
                ck_assert(result.hit_rate == first.hit_rate && result.best_start == first.best_start &&
                          result.score.rmse == first.score.rmse);
                crease_fit_result_clear(&result);
            }
            crease_net_free(net);
        }
        crease_fit_result_clear(&first);
    }
}
END_TEST

/* ---- long data ---- */

START_TEST(long_data_reach_the_optimum_of_all_rows) {
    static const crease_method methods[] = {CREASE_METHOD_AUTO, CREASE_METHOD_LM, CREASE_METHOD_BFGS};
    enum { n = 30000 };
    double *x = malloc(2 * n * sizeof *x), *y = x + n, truth = 0;
    gsl_rng *rng = crease_random_new(6, 0);
    for (size_t i = 0; i < n; i++) {
        double noise = gsl_ran_gaussian(rng, .5);
        x[i] = 10 * gsl_rng_uniform(rng);
        y[i] = 1 + 2 * x[i] - 5 * fmax(0, x[i] - 3) + 4 * fmax(0, x[i] - 7) + noise;
        truth += noise * noise / n;
    }
    for (size_t m = 0; m < 3; m++) {
        crease_net *net = parse("affine+relu:2", 1, 1);
        crease_data data = {n, 1, 1, x, y, NULL};
        crease_fit_result result =
            fit(net, data, (crease_fit_options){.seed = 1, .method = methods[m], .starts = 6});
        /* AUTO finds the knots of ReLU units on a line from all rows */
        ck_assert(methods[m] == CREASE_METHOD_AUTO ? result.screened_rows == n : result.screened_rows < n);
        /* the optimum on all rows beats the truth there, by about 6/(2n); a fit to a sample does not */
        ck_assert_msg(result.score.rmse < sqrt(truth) && result.score.rmse > sqrt(truth) * (1 - 20. / n),
                      "method %zu: %.10g, noise %.10g", m, result.score.rmse, sqrt(truth));
        crease_kink *kinks;
        size_t count;
        ck_assert_int_eq(crease_fit_kinks(net, &data, &kinks, &count, NULL), CREASE_OK);
        ck_assert_uint_eq(count, 2);
        for (size_t i = 0; i < 2; i++)
            ck_assert_msg(kinks[i].standard_error < .02 &&
                              fabs(kinks[i].x - (i ? 7 : 3)) < 5 * kinks[i].standard_error,
                          "%g +- %g", kinks[i].x, kinks[i].standard_error);
        free(kinks);
        crease_net_free(net);
    }
    gsl_rng_free(rng);
    free(x);
}
END_TEST

START_TEST(long_data_without_noise_are_fitted_exactly) {
    enum { n = 25000 };
    double *x = malloc(2 * n * sizeof *x), *y = x + n;
    for (size_t i = 0; i < n; i++) {
        x[i] = (double)i / n * 2 - 1;
        y[i] = clip(x[i]);
    }
    crease_net *net = parse("affine+relu:2", 1, 1);
    crease_fit_result result = fit(net, (crease_data){n, 1, 1, x, y, NULL}, (crease_fit_options){.seed = 2});
    ck_assert_msg(result.score.max_error < 1e-10, "%g", result.score.max_error);
    crease_net_free(net);
    free(x);
}
END_TEST

START_TEST(default_starts_hit_more_often_than_random_ones) {
    double *storage;
    crease_data data = load_triangular(&storage);
    crease_net *net = parse("relu:3", 1, 1);
    double by_default = fit(net, data, (crease_fit_options){.seed = 1}).hit_rate;
    double random = fit(net, data, (crease_fit_options){.seed = 1, .init = CREASE_INIT_RANDOM}).hit_rate;
    ck_assert_msg(by_default >= .9 && random < by_default, "default %g, random %g", by_default, random);
    crease_net_free(net);
    free(storage);
}
END_TEST

Suite *test_fit(void) {
    Suite *suite = suite_create("fit");
    TCase *optima = tcase_create("known optima"), *invariance = tcase_create("invariance");
    tcase_add_loop_test(optima, clip_is_found_exactly_from_every_seed, 1, 21);
    tcase_add_loop_test(optima, triangular_diagram_is_found_from_every_seed, 1, 21);
    tcase_add_test(optima, best_known_values_are_reached);
    tcase_add_test(optima, a_linear_model_is_the_regression);
    tcase_add_test(optima, l2_is_ridge_regression);
    tcase_add_test(optima, long_data_reach_the_optimum_of_all_rows);
    tcase_add_test(optima, long_data_without_noise_are_fitted_exactly);
    tcase_add_test(optima, default_starts_hit_more_often_than_random_ones);
    tcase_add_test(invariance, weights_are_repeated_rows);
    tcase_add_test(invariance, units_of_x_and_y_do_not_matter);
    tcase_add_test(invariance, order_of_rows_does_not_matter);
    tcase_add_loop_test(invariance, threads_do_not_change_a_digit, 0, CREASE_METHOD_COUNT);
    suite_add_tcase(suite, optima);
    suite_add_tcase(suite, invariance);
    return suite;
}
