/* The delta method against the Gauss-Newton covariance with a Jacobian by differences, against the spread of fits to
 * simulated data, and where it must say that it does not know. */
#include "crease/inference.h"
#include "crease/random.h"
#include "fit/one_knot.h"
#include "fit/pwl_sample.h"
#include "support/hinges.h"
#include "support/suites.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { most_rows = 400, most_knots = 4 };

typedef struct sample {
    double x[most_rows], y[most_rows], weight[most_rows];
    crease_data data;
    crease_pwl *pwl;
} sample;

/* Noise about a function with k knots, which need not be the best fit. */
static void draw(sample *s, uint64_t seed, size_t n, size_t k, bool weighted) {
    gsl_rng *rng = crease_random_new(seed, 0);
    ck_assert_int_eq(crease_pwl_new(&s->pwl, k, NULL), CREASE_OK);
    s->pwl->slope_left = gsl_ran_gaussian(rng, 1);
    s->pwl->slope_right = gsl_ran_gaussian(rng, 1);
    s->pwl->value_at_zero = 2;
    if (k == 0)
        s->pwl->slope_right = s->pwl->slope_left;
    for (size_t j = 0; j < k; j++) {
        s->pwl->x[j] = 10 * ((double)j + .5 + .5 * gsl_rng_uniform(rng)) / ((double)k + .5);
        s->pwl->y[j] = gsl_ran_gaussian(rng, 2);
    }
    for (size_t i = 0; i < n; i++) {
        s->x[i] = 11 * gsl_rng_uniform(rng);
        if (seed % 2)
            s->x[i] = round(8 * s->x[i]) / 8;
        s->weight[i] = weighted ? (double)gsl_rng_uniform_int(rng, 4) : 1;
        s->y[i] = crease_pwl_evaluate(s->pwl, s->x[i]) + gsl_ran_gaussian(rng, .3);
    }
    s->data = (crease_data){n, 1, 1, s->x, s->y, weighted ? s->weight : NULL};
    gsl_rng_free(rng);
}

static crease_pwl_inference delta(const crease_pwl *pwl, const crease_data *data) {
    crease_pwl_inference inference;
    crease_error error;
    ck_assert_msg(crease_pwl_delta(pwl, data, 0, &inference, &error) == CREASE_OK, "%s", error.message);
    return inference;
}

/* Entry j of (knots, values, end slopes). */
static double *parameter(crease_pwl *pwl, size_t j) {
    size_t k = pwl->knot_count;
    return j < k        ? &pwl->x[j]
           : j < 2 * k  ? &pwl->y[j - k]
           : j == 2 * k ? &pwl->slope_left
                        : &pwl->slope_right;
}
static double slope(const crease_pwl *pwl, size_t i) {
    return i == 0                 ? pwl->slope_left
           : i == pwl->knot_count ? pwl->slope_right
                                  : (pwl->y[i] - pwl->y[i - 1]) / (pwl->x[i] - pwl->x[i - 1]);
}

/* s^2 G (J'WJ)^-1 G', with J and G, the way from the parameters to theta, by central differences. */
static void brute_force(crease_pwl *pwl, const crease_data *data, double *covariance) {
    size_t k = pwl->knot_count, p = 2 + 2 * k, width = 3 * k + 1, rows = 0;
    gsl_matrix *A = gsl_matrix_calloc(p, p), *G = gsl_matrix_calloc(width, p);
    const double h = 1e-6;
    double sse = 0;
    for (size_t i = 0; i < data->n; i++) {
        double w = data->weight ? data->weight[i] : 1, g[2 + 2 * most_knots];
        rows += w > 0;
        for (size_t a = 0; a < p; a++) {
            double *at = parameter(pwl, a), kept = *at, up;
            *at = kept + h;
            up = crease_pwl_evaluate(pwl, data->x[i]);
            *at = kept - h;
            g[a] = (up - crease_pwl_evaluate(pwl, data->x[i])) / (2 * h);
            *at = kept;
        }
        for (size_t a = 0; a < p; a++)
            for (size_t b = 0; b < p; b++)
                *gsl_matrix_ptr(A, a, b) += w * g[a] * g[b];
        sse += w * pow(data->y[i] - crease_pwl_evaluate(pwl, data->x[i]), 2);
    }
    for (size_t a = 0; a < p; a++) {
        double *at = parameter(pwl, a), kept = *at;
        if (a < 2 * k)
            gsl_matrix_set(G, a, a, 1);
        for (size_t i = 0; i <= k; i++) {
            *at = kept + h;
            double up = slope(pwl, i);
            *at = kept - h;
            gsl_matrix_set(G, 2 * k + i, a, (up - slope(pwl, i)) / (2 * h));
            *at = kept;
        }
    }
    ck_assert_int_eq(gsl_linalg_cholesky_decomp1(A), 0);
    ck_assert_int_eq(gsl_linalg_cholesky_invert(A), 0);
    for (size_t i = 0; i < width; i++)
        for (size_t j = 0; j < width; j++) {
            covariance[i * width + j] = 0;
            for (size_t a = 0; a < p; a++)
                for (size_t b = 0; b < p; b++)
                    covariance[i * width + j] += gsl_matrix_get(G, i, a) * gsl_matrix_get(A, a, b) *
                                                 gsl_matrix_get(G, j, b) * sse / (double)(rows - p);
        }
    gsl_matrix_free(A);
    gsl_matrix_free(G);
}

START_TEST(the_covariance_is_that_of_gauss_newton) {
    static sample s;
    for (uint64_t seed = 1; seed <= test_rounds(40, 400); seed++) {
        size_t k = 1 + seed % 4, width = 3 * k + 1;
        double expected[(3 * most_knots + 1) * (3 * most_knots + 1)];
        draw(&s, seed, 200, k, seed % 3 == 0);
        for (size_t j = 0; j < k; j++)
            s.pwl->x[j] += 1e-4; /* off the data, for the differences */
        brute_force(s.pwl, &s.data, expected);
        crease_pwl_inference inference = delta(s.pwl, &s.data);
        double t = gsl_cdf_tdist_Pinv(.975, inference.freedom);
        for (size_t i = 0; i < width; i++) {
            const crease_estimate *e = &inference.knot[i];
            for (size_t j = 0; j < width; j++) {
                double size = sqrt(expected[i * width + i] * expected[j * width + j]);
                ck_assert_msg(fabs(inference.covariance[i * width + j] - expected[i * width + j]) <=
                                  1e-5 * size,
                              "seed %d, %d and %d: %.12g for %.12g", (int)seed, (int)i, (int)j,
                              inference.covariance[i * width + j], expected[i * width + j]);
            }
            ck_assert(e->why == NULL);
            ck_assert_double_eq_tol(e->standard_error, sqrt(inference.covariance[i * width + i]), 1e-12);
            ck_assert_double_eq_tol(e->interval.low, e->value - t * e->standard_error, 1e-12);
            ck_assert_double_eq_tol(e->interval.high, e->value + t * e->standard_error, 1e-12);
        }
        for (size_t j = 0; j < k; j++)
            ck_assert(inference.knot[j].value == s.pwl->x[j] && inference.value[j].value == s.pwl->y[j]);
        for (size_t j = 0; j <= k; j++)
            ck_assert_double_eq_tol(inference.slope[j].value, slope(s.pwl, j), 1e-12);
        crease_pwl_inference_clear(&inference);
        crease_pwl_free(s.pwl);
    }
}
END_TEST

/* A line: s^2 / sum (x - mean)^2. */
START_TEST(a_line_has_the_textbook_error) {
    static sample s;
    draw(&s, 2, 50, 0, false);
    s.pwl->value_at_zero += 1;
    double mean = 0, spread = 0, sse = 0;
    for (size_t i = 0; i < 50; i++) {
        mean += s.x[i] / 50;
        sse += pow(s.y[i] - crease_pwl_evaluate(s.pwl, s.x[i]), 2);
    }
    for (size_t i = 0; i < 50; i++)
        spread += pow(s.x[i] - mean, 2);
    crease_pwl_inference inference = delta(s.pwl, &s.data);
    ck_assert_uint_eq(inference.knot_count, 0);
    ck_assert(inference.freedom == 48);
    ck_assert_double_eq_tol(inference.variance, sse / 48, 1e-12);
    ck_assert_double_eq_tol(inference.slope[0].standard_error, sqrt(sse / 48 / spread), 1e-12);
    crease_pwl_inference_clear(&inference);
    crease_pwl_free(s.pwl);
}
END_TEST

/* Units of x, y and the weights go through; a row twice is a row of weight 2, but for the freedom. */
START_TEST(units_and_rows_count_as_they_should) {
    static sample s;
    static double x[2 * most_rows], y[2 * most_rows], w[most_rows];
    const double big[] = {1e-150, 1e-9, 1e9, 1e150};
    for (uint64_t seed = 1; seed <= 8; seed++) {
        size_t n = 60;
        draw(&s, seed, n, 1, true);
        crease_pwl_inference plain = delta(s.pwl, &s.data), other;
        for (size_t b = 0; b < 4; b++) {
            double unit_x = big[b], unit_y = big[(b + seed) % 4];
            crease_pwl pwl = *s.pwl;
            double knot = pwl.x[0] * unit_x, value = pwl.y[0] * unit_y;
            pwl.x = &knot;
            pwl.y = &value;
            pwl.slope_left *= unit_y / unit_x;
            pwl.slope_right *= unit_y / unit_x;
            for (size_t i = 0; i < n; i++) {
                x[i] = s.x[i] * unit_x;
                y[i] = s.y[i] * unit_y;
                w[i] = s.weight[i] * 1e5;
            }
            other = delta(&pwl, &(crease_data){n, 1, 1, x, y, w});
            ck_assert_double_eq_tol(other.knot[0].standard_error / unit_x, plain.knot[0].standard_error,
                                    1e-9);
            ck_assert_double_eq_tol(other.value[0].standard_error / unit_y, plain.value[0].standard_error,
                                    1e-9);
            crease_pwl_inference_clear(&other);
        }
        for (size_t i = 0; i < n; i++) {
            x[i] = x[n + i] = s.x[i];
            y[i] = y[n + i] = s.y[i];
            w[i] = 2;
        }
        crease_pwl_inference twice = delta(s.pwl, &(crease_data){2 * n, 1, 1, x, y, NULL});
        other = delta(s.pwl, &(crease_data){n, 1, 1, x, y, w});
        for (size_t j = 0; j < 4; j++)
            ck_assert_double_eq_tol(twice.knot[j].standard_error * sqrt(twice.freedom),
                                    other.knot[j].standard_error * sqrt(other.freedom), 1e-9);
        crease_pwl_inference_clear(&plain);
        crease_pwl_inference_clear(&twice);
        crease_pwl_inference_clear(&other);
        crease_pwl_free(s.pwl);
    }
}
END_TEST

static void expect_unknown(const crease_estimate *e, const char *word) {
    ck_assert(isnan(e->standard_error) && isnan(e->interval.low) && isnan(e->interval.high));
    ck_assert_msg(e->why && strstr(e->why, word), "%s", e->why ? e->why : "no reason");
}

START_TEST(what_is_not_identified_has_a_reason) {
    double x[8] = {0, 1, 2, 3, 4, 5, 6, 7}, y[8] = {0, 1.1, 1.9, 3.2, 2.9, 2.1, 1.2, .1};
    double knot[2] = {3.5, 6.5}, value[2] = {3.4, .4};
    crease_pwl pwl = {2, knot, value, 1, -1, 0};
    crease_pwl_inference inference = delta(&pwl, &(crease_data){8, 1, 1, x, y, NULL});
    ck_assert(inference.knot[0].why == NULL && inference.slope[1].why == NULL && inference.freedom == 2);
    expect_unknown(&inference.slope[2], "two distinct x"); /* one point right of 6.5 */
    expect_unknown(&inference.knot[1], "two distinct x");
    expect_unknown(&inference.value[1], "two distinct x");
    ck_assert(isnan(inference.covariance[1]) && isfinite(inference.covariance[0]));
    crease_pwl_inference_clear(&inference);

    pwl = (crease_pwl){1, knot, value, 1, 1, 0};
    inference = delta(&pwl, &(crease_data){8, 1, 1, x, y, NULL});
    expect_unknown(&inference.knot[0], "does not change");
    ck_assert(inference.slope[0].why == NULL && inference.slope[0].standard_error > 0);
    crease_pwl_inference_clear(&inference);

    pwl.slope_right = -1;
    inference = delta(&pwl, &(crease_data){4, 1, 1, x + 2, y + 2, NULL});
    expect_unknown(&inference.knot[0], "no more rows");
    expect_unknown(&inference.slope[0], "no more rows");
    ck_assert(isnan(inference.variance));
    crease_pwl_inference_clear(&inference);

    for (size_t i = 0; i < 8; i++)
        y[i] = crease_pwl_evaluate(&pwl, x[i]);
    inference = delta(&pwl, &(crease_data){8, 1, 1, x, y, NULL});
    ck_assert(inference.knot[0].why == NULL && inference.knot[0].standard_error == 0);
    crease_pwl_inference_clear(&inference);
}
END_TEST

START_TEST(unusable_requests_are_refused) {
    double x[6] = {0, 1, 2, 3, 4, 5}, y[6] = {0, 1, 2, 2, 1, 0}, knot[2] = {3, 2}, value[2] = {2, 2};
    crease_pwl pwl = {2, knot, value, 1, -1, 0};
    crease_pwl_inference inference;
    crease_error error;
    ck_assert_int_eq(crease_pwl_delta(&pwl, &(crease_data){6, 1, 1, x, y, NULL}, 0, &inference, &error),
                     CREASE_BAD_ARGUMENT);
    ck_assert_msg(strstr(error.message, "ascending"), "%s", error.message);
    pwl.knot_count = 1;
    ck_assert_int_eq(crease_pwl_delta(&pwl, &(crease_data){6, 1, 1, x, y, NULL}, 1.5, &inference, &error),
                     CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(crease_pwl_delta(&pwl, &(crease_data){3, 2, 1, x, y, NULL}, 0, &inference, &error),
                     CREASE_BAD_ARGUMENT);
    y[2] = NAN;
    ck_assert_int_eq(crease_pwl_delta(&pwl, &(crease_data){6, 1, 1, x, y, NULL}, 0, &inference, &error),
                     CREASE_BAD_DATA);
    ck_assert(inference.knot == NULL && inference.covariance == NULL);
    crease_pwl_inference_clear(&inference);
}
END_TEST

/* The spread of the best knot over simulated data. */
START_TEST(errors_are_those_of_simulated_fits) {
    size_t sets = test_cases(400, 4000);
    static sample s;
    double sum[4] = {0}, square[4] = {0}, variance[4] = {0};
    for (size_t i = 0; i < sets; i++) {
        gsl_rng *rng = crease_random_new(31, i);
        for (size_t r = 0; r < 200; r++) {
            s.x[r] = (double)r / 20;
            s.y[r] = fabs(s.x[r] - 4.013) + gsl_ran_gaussian(rng, .3);
        }
        gsl_rng_free(rng);
        crease_data data = {200, 1, 1, s.x, s.y, NULL};
        crease_sample sorted;
        ck_assert_int_eq(crease_sample_new(&data, &sorted, NULL), CREASE_OK);
        crease_scan *scan = crease_scan_new(200);
        crease_scan_design(scan, 200, sorted.u, sorted.sum, 3, 3);
        crease_one_knot best = crease_scan_best(scan, sorted.z);
        double knot = sorted.x_shift + sorted.x_unit * best.u;
        ck_assert_int_eq(crease_pwl_new(&s.pwl, 1, NULL), CREASE_OK);
        hinges_fit(&data, 1, &knot, s.pwl);
        crease_pwl_inference inference = delta(s.pwl, &data);
        for (size_t j = 0; j < 4; j++) {
            sum[j] += inference.knot[j].value;
            square[j] += pow(inference.knot[j].value, 2);
            variance[j] += pow(inference.knot[j].standard_error, 2);
        }
        crease_pwl_inference_clear(&inference);
        crease_pwl_free(s.pwl);
        crease_scan_free(scan);
        crease_sample_clear(&sorted);
    }
    double n = (double)sets;
    for (size_t j = 0; j < 4; j++) {
        double mean = sum[j] / n, spread = sqrt(square[j] / n - mean * mean);
        double ratio = sqrt(variance[j] / n) / spread; /* sd of a sd: 1/sqrt(2n) */
        ck_assert_msg(fabs(ratio - 1) < .02 + 3 / sqrt(2 * n), "number %d: %g", (int)j, ratio);
    }
    ck_assert_double_eq_tol(sum[0] / n, 4.013, 3 * sqrt(variance[0]) / n);
}
END_TEST

Suite *test_pwl_errors(void) {
    Suite *suite = suite_create("pwl_errors");
    TCase *tests = tcase_create("pwl_errors");
    tcase_add_test(tests, the_covariance_is_that_of_gauss_newton);
    tcase_add_test(tests, a_line_has_the_textbook_error);
    tcase_add_test(tests, units_and_rows_count_as_they_should);
    tcase_add_test(tests, what_is_not_identified_has_a_reason);
    tcase_add_test(tests, unusable_requests_are_refused);
    tcase_add_test(tests, errors_are_those_of_simulated_fits);
    suite_add_tcase(suite, tests);
    return suite;
}
