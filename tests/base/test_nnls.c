/* Non-negative least squares against brute force: the optimum is the best feasible one among the
 * least-squares solutions of all subsets of columns, each solved by the singular value decomposition of GSL.
 */
#include "crease/nnls.h"
#include "crease/random.h"
#include "support/suites.h"
#include <float.h>
#include <gsl/gsl_multifit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { most_columns = 6, most_rows = 12 };

typedef struct nnls_problem {
    size_t rows, columns;
    double A[most_rows * most_columns], b[most_rows];
    _Bool is_free[most_columns];
} nnls_problem;

static double uniform(gsl_rng *rng) {
    return 2 * gsl_rng_uniform(rng) - 1;
}

static nnls_problem make_problem(uint64_t seed) {
    gsl_rng *rng = crease_random_new(seed, 0);
    nnls_problem p = {.rows = 1 + gsl_rng_uniform_int(rng, most_rows),
                      .columns = 1 + gsl_rng_uniform_int(rng, most_columns)};
    size_t n = p.columns;
    for (size_t i = 0; i < p.rows * n; i++)
        p.A[i] = seed % 3 == 0 ? (double)gsl_rng_uniform_int(rng, 3) - 1
                               : uniform(rng); /* small integers: many ties */
    for (size_t j = 0; j < n; j++)
        p.is_free[j] = gsl_rng_uniform_int(rng, 3) == 0;
    if (seed % 4 == 0 && n > 1) { /* a repeated, an opposite or a combined column */
        size_t from = gsl_rng_uniform_int(rng, n), to = gsl_rng_uniform_int(rng, n);
        double sign = gsl_rng_uniform_int(rng, 2) ? 1 : -2;
        for (size_t i = 0; i < p.rows; i++)
            p.A[i * n + to] = sign * p.A[i * n + from] + (seed % 8 == 0 ? p.A[i * n] : 0);
    }
    if (seed % 11 == 0)
        for (size_t i = 0; i < p.rows; i++)
            p.A[i * n] = 0;
    for (size_t i = 0; i < p.rows; i++) {
        p.b[i] = uniform(rng);
        if (seed % 5 == 0) { /* solved exactly by a point on the boundary */
            p.b[i] = 0;
            for (size_t j = 0; j < n; j += 2)
                p.b[i] += p.A[i * n + j] * (double)(j + 1);
        }
    }
    if (seed % 13 == 0)
        for (size_t i = 0; i < p.rows; i++)
            p.A[i * n + n - 1] *= 1e7;
    gsl_rng_free(rng);
    return p;
}

/* ||A x - b|| of the least squares over the columns of `subset`; infinite when a constrained x is negative.
 */
static double residual_of_subset(const nnls_problem *p, unsigned subset) {
    size_t member[most_columns], count = 0, n = p->columns;
    for (size_t j = 0; j < n; j++)
        if (subset >> j & 1)
            member[count++] = j;
    /* rows of zeros below: GSL's fit refuses fewer rows than columns */
    size_t rows = p->rows > count ? p->rows : count;
    gsl_vector *b = gsl_vector_calloc(rows);
    for (size_t i = 0; i < p->rows; i++)
        gsl_vector_set(b, i, p->b[i]);
    double norm = 0;
    for (size_t i = 0; i < rows; i++)
        norm = hypot(norm, gsl_vector_get(b, i));
    if (count > 0) {
        gsl_matrix *X = gsl_matrix_calloc(rows, count), *covariance = gsl_matrix_alloc(count, count);
        gsl_vector *c = gsl_vector_alloc(count);
        gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(rows, count);
        for (size_t i = 0; i < p->rows; i++)
            for (size_t k = 0; k < count; k++)
                gsl_matrix_set(X, i, k, p->A[i * n + member[k]]);
        double square;
        size_t rank;
        gsl_multifit_linear_tsvd(X, b, 1e-10, c, covariance, &square, &rank, work);
        norm = 0;
        for (size_t i = 0; i < p->rows; i++) {
            double residual = -p->b[i];
            for (size_t k = 0; k < count; k++)
                residual += p->A[i * n + member[k]] * gsl_vector_get(c, k);
            norm = hypot(norm, residual);
        }
        for (size_t k = 0; k < count; k++)
            if (!p->is_free[member[k]] && gsl_vector_get(c, k) < -1e-12)
                norm = INFINITY;
        gsl_matrix_free(X);
        gsl_matrix_free(covariance);
        gsl_vector_free(c);
        gsl_multifit_linear_free(work);
    }
    gsl_vector_free(b);
    return norm;
}

static double brute_force(const nnls_problem *p) {
    double best = INFINITY;
    for (unsigned subset = 0; subset < 1u << p->columns; subset++) {
        double norm = residual_of_subset(p, subset);
        best = norm < best ? norm : best;
    }
    return best;
}

START_TEST(against_brute_force) {
    for (uint64_t seed = 1; seed <= 800; seed++) {
        nnls_problem p = make_problem(seed);
        double x[most_columns], norm;
        crease_error error = {0};
        crease_status status = crease_nnls(p.A, p.rows, p.columns, p.b, p.is_free, x, &norm, &error);
        ck_assert_msg(status == CREASE_OK, "seed %lu: %s", (unsigned long)seed, error.message);
        double best = brute_force(&p), direct = 0, gradient[most_columns] = {0}, size[most_columns] = {0};
        for (size_t i = 0; i < p.rows; i++) {
            double residual = p.b[i], terms = fabs(p.b[i]);
            for (size_t j = 0; j < p.columns; j++) {
                residual -= p.A[i * p.columns + j] * x[j];
                terms += fabs(p.A[i * p.columns + j] * x[j]);
            }
            direct = hypot(direct, residual);
            for (size_t j = 0; j < p.columns; j++) {
                gradient[j] += p.A[i * p.columns + j] * residual;
                size[j] += fabs(p.A[i * p.columns + j]) * terms;
            }
        }
        ck_assert_msg(fabs(norm - best) < 1e-10 * (1 + best), "seed %lu: %.17g, best %.17g",
                      (unsigned long)seed, norm, best);
        ck_assert_msg(fabs(direct - norm) < 1e-10 * (1 + best), "seed %lu: reports %g, is %g",
                      (unsigned long)seed, norm, direct);
        for (size_t j = 0; j < p.columns; j++) { /* Karush, Kuhn, Tucker */
            double tolerance = 1e-11 * (size[j] + DBL_MIN);
            ck_assert_msg(p.is_free[j] || x[j] >= 0, "seed %lu: x[%zu] = %g", (unsigned long)seed, j, x[j]);
            ck_assert_msg(gradient[j] <= tolerance, "seed %lu: w[%zu] = %g", (unsigned long)seed, j,
                          gradient[j]);
            if (p.is_free[j] || x[j] > 0)
                ck_assert_msg(gradient[j] >= -tolerance, "seed %lu: w[%zu] = %g", (unsigned long)seed, j,
                              gradient[j]);
        }
    }
}
END_TEST

/* max(0, x - t_k) on a grid with many rows: a concave function needs no positive hinge, a convex one gets its
 * own coefficients back. */
START_TEST(hinges) {
    enum { rows = 5000, knots = 20, n = knots + 2 };
    double *A = malloc(rows * n * sizeof *A), *b = malloc(rows * sizeof *b), x[n], norm;
    _Bool is_free[n] = {1, 1};
    for (int i = 0; i < rows; i++) {
        double t = (double)i / rows;
        A[i * n] = 1;
        A[i * n + 1] = t;
        for (int k = 0; k < knots; k++)
            A[i * n + 2 + k] = fmax(0, t - (double)k / knots - .01);
        b[i] = 3 - 2 * t + 4 * fmax(0, t - .31) + fmax(0, t - .76);
    }
    ck_assert_int_eq(crease_nnls(A, rows, n, b, is_free, x, &norm, NULL), CREASE_OK);
    ck_assert_double_lt(norm, 1e-11);
    double expected[n] = {3, -2};
    expected[2 + 6] = 4;
    expected[2 + 15] = 1;
    for (int j = 0; j < n; j++)
        ck_assert_double_eq_tol(x[j], expected[j], 1e-9);
    /* -t^2 is concave, so only the line is used: the best one on [0, 1] is 1/6 - t */
    for (int i = 0; i < rows; i++)
        b[i] = -((double)i / rows) * i / rows;
    ck_assert_int_eq(crease_nnls(A, rows, n, b, is_free, x, NULL, NULL), CREASE_OK);
    for (int j = 2; j < n; j++)
        ck_assert_double_eq(x[j], 0);
    ck_assert_double_eq_tol(x[0], 1. / 6, 1e-3);
    ck_assert_double_eq_tol(x[1], -1, 1e-3);
    free(A);
    free(b);
}
END_TEST

START_TEST(small_cases) {
    double A[4] = {1, 0, 0, 1}, b[2] = {-1, 2}, x[2] = {7, 7}, norm;
    crease_error error = {0};
    ck_assert_int_eq(crease_nnls(A, 2, 2, b, NULL, x, &norm, &error), CREASE_OK);
    ck_assert_double_eq(x[0], 0);
    ck_assert_double_eq_tol(x[1], 2, 1e-15);
    ck_assert_double_eq_tol(norm, 1, 1e-15);
    memset(b, 0, sizeof b);
    ck_assert_int_eq(crease_nnls(A, 2, 2, b, NULL, x, &norm, &error), CREASE_OK);
    ck_assert(x[0] == 0 && x[1] == 0 && norm == 0);
    ck_assert_int_eq(crease_nnls(A, 0, 2, b, NULL, x, NULL, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(crease_nnls(A, 2, 0, b, NULL, x, NULL, &error), CREASE_BAD_ARGUMENT);
    A[2] = NAN;
    ck_assert_int_eq(crease_nnls(A, 2, 2, b, NULL, x, NULL, &error), CREASE_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "row 2, column 1"));
    A[2] = 0;
    b[1] = INFINITY;
    ck_assert_int_eq(crease_nnls(A, 2, 2, b, NULL, x, NULL, &error), CREASE_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "row 2"));
}
END_TEST

Suite *test_nnls(void) {
    Suite *suite = suite_create("nnls");
    TCase *tests = tcase_create("nnls");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, against_brute_force);
    tcase_add_test(tests, hinges);
    tcase_add_test(tests, small_cases);
    suite_add_tcase(suite, tests);
    return suite;
}
