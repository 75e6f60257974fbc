/* Least squares: the normal equations, the rank and the residual, for every shape. */
#include "base/dense.h"
#include "crease/random.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { most_columns = 8, most_outputs = 3 };

static void fill(gsl_rng *rng, double *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        x[i] = 2 * gsl_rng_uniform(rng) - 1;
}

/* A'(A X - B) = 0, ||A X - B|| as reported, and the rank as built. */
static void check_seed(uint64_t seed) {
    gsl_rng *rng = crease_random_new(seed, 0);
    size_t columns = 1 + gsl_rng_uniform_int(rng, most_columns),
           outputs = 1 + gsl_rng_uniform_int(rng, most_outputs);
    size_t rows = seed % 20 == 0 ? 250 + gsl_rng_uniform_int(rng, 800) : 1 + gsl_rng_uniform_int(rng, 20);
    size_t a_stride = columns + seed % 3, x_stride = outputs + seed % 2;
    double *A = malloc(rows * a_stride * sizeof *A), *B = malloc(rows * outputs * sizeof *B);
    double X[most_columns * (most_outputs + 1)], norm[most_outputs];
    fill(rng, A, rows * a_stride);
    fill(rng, B, rows * outputs);
    size_t independent = columns;
    if (columns > 2 && seed % 4 == 0) { /* a column that is a sum of two others, in other units */
        independent--;
        for (size_t i = 0; i < rows; i++)
            A[i * a_stride + 2] = 1e6 * A[i * a_stride] - 3e6 * A[i * a_stride + 1];
    }
    if (seed % 7 == 0) {
        double unit = pow(10, (double)gsl_rng_uniform_int(rng, 17) - 8); /* rank does not depend on units */
        for (size_t i = 0; i < rows; i++)
            A[i * a_stride] *= unit;
    }
    if (columns > 3 && seed % 5 == 0) {
        independent--;
        for (size_t i = 0; i < rows; i++)
            A[i * a_stride + 3] = 0;
    }
    crease_dense_solver *solver = crease_dense_solver_new(most_columns, most_outputs);
    size_t rank;
    ck_assert(crease_dense_solve_least_squares(solver, rows, columns, A, a_stride, outputs, B, outputs, X,
                                               x_stride, &rank, norm));
    ck_assert_msg(rank == (independent < rows ? independent : rows), "seed %lu: rank %zu",
                  (unsigned long)seed, rank);
    for (size_t o = 0; o < outputs; o++) {
        double sum = 0, gradient[most_columns] = {0}, size[most_columns] = {0};
        for (size_t i = 0; i < rows; i++) {
            double residual = -B[i * outputs + o], terms = fabs(residual);
            for (size_t j = 0; j < columns; j++) {
                residual += A[i * a_stride + j] * X[j * x_stride + o];
                terms += fabs(A[i * a_stride + j] * X[j * x_stride + o]);
            }
            sum += residual * residual;
            for (size_t j = 0; j < columns; j++) {
                gradient[j] += A[i * a_stride + j] * residual;
                size[j] += fabs(A[i * a_stride + j]) * terms;
            }
        }
        ck_assert_msg(fabs(sqrt(sum) - norm[o]) < 1e-8 * sqrt((double)rows), "seed %lu: norm %g, not %g",
                      (unsigned long)seed, norm[o], sqrt(sum));
        for (size_t j = 0; j < columns; j++)
            ck_assert_msg(fabs(gradient[j]) <= 1e-12 * size[j], "seed %lu: gradient %g of %g",
                          (unsigned long)seed, gradient[j], size[j]);
    }
    crease_dense_solver_free(solver);
    gsl_rng_free(rng);
    free(A);
    free(B);
}

START_TEST(least_squares) {
    for (uint64_t seed = 1; seed <= 1000; seed++)
        check_seed(seed);
}
END_TEST

START_TEST(gram_inverse) {
    for (uint64_t seed = 1; seed <= 200; seed++) {
        enum { rows = 20 };
        gsl_rng *rng = crease_random_new(seed, 1);
        size_t n = 1 + gsl_rng_uniform_int(rng, most_columns), rank;
        double A[rows * most_columns], inverse[most_columns * most_columns];
        fill(rng, A, rows * n);
        crease_dense_solver *solver = crease_dense_solver_new(n, 0);
        ck_assert(crease_dense_gram_inverse(solver, rows, n, A, n, inverse, &rank));
        ck_assert_uint_eq(rank, n);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                double sum = 0;
                for (size_t k = 0; k < n; k++)
                    for (size_t r = 0; r < rows; r++)
                        sum += A[r * n + i] * A[r * n + k] * inverse[k * n + j];
                ck_assert_msg(fabs(sum - (i == j)) < 1e-11, "seed %lu: %g", (unsigned long)seed, sum);
            }
        if (n > 1) {
            for (size_t r = 0; r < rows; r++)
                A[r * n + n - 1] = 2 * A[r * n];
            ck_assert(!crease_dense_gram_inverse(solver, rows, n, A, n, inverse, &rank));
            ck_assert_uint_eq(rank, n - 1);
        }
        crease_dense_solver_free(solver);
        gsl_rng_free(rng);
    }
}
END_TEST

START_TEST(not_finite) {
    double A[4] = {1, 2, 3, 4}, b[2] = {1, NAN}, x[2];
    crease_dense_solver *solver = crease_dense_solver_new(2, 1);
    ck_assert(!crease_dense_solve_least_squares(solver, 2, 2, A, 2, 1, b, 1, x, 1, NULL, NULL));
    b[1] = 1;
    A[3] = INFINITY;
    ck_assert(!crease_dense_solve_least_squares(solver, 2, 2, A, 2, 1, b, 1, x, 1, NULL, NULL));
    A[3] = 1; /* x + 2y = 1, 3x + y = 1 */
    ck_assert(crease_dense_solve_least_squares(solver, 2, 2, A, 2, 1, b, 1, x, 1, NULL, NULL));
    ck_assert_double_eq_tol(x[0], .2, 1e-15);
    ck_assert_double_eq_tol(x[1], .4, 1e-15);
    crease_dense_solver_free(solver);
    crease_dense_solver_free(NULL);
    ck_assert_ptr_null(crease_dense_solver_new((size_t)1 << 40, 1));
    ck_assert_ptr_null(crease_dense_solver_new(0, 1));
}
END_TEST

/* Every transposition, padded strides, beta = 0 over NaN, empty inner dimension. */
/* A A' against products of rows; its Cholesky solve against B by multiplying back; a matrix that is not positive. */
START_TEST(gram_and_cholesky) {
    enum { n = 7, k = 12, columns = 3, stride = 9 };
    gsl_rng *rng = crease_random_new((uint64_t)_i, 3);
    double A[n * k], G[n * stride], L[n * stride], B[n * columns], X[n * columns];
    fill(rng, A, n * k);
    fill(rng, B, n * columns);
    crease_dense_gram(n, k, A, k, G, stride);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t l = 0; l < k; l++)
                sum += A[i * k + l] * A[j * k + l];
            ck_assert_double_eq_tol(G[i * stride + j], sum, 1e-13);
            L[i * stride + j] = G[i * stride + j];
        }
    memcpy(X, B, sizeof X);
    ck_assert(crease_dense_cholesky(n, L, stride));
    crease_dense_cholesky_solve(n, L, stride, columns, X, columns);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < columns; c++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++)
                sum += G[i * stride + j] * X[j * columns + c];
            ck_assert_msg(fabs(sum - B[i * columns + c]) < 1e-8, "seed %d", _i);
        }
    G[3 * stride + 3] = -1;
    ck_assert(!crease_dense_cholesky(n, G, stride));
    gsl_rng_free(rng);
}
END_TEST

START_TEST(products) {
    gsl_rng *rng = crease_random_new(3, 0);
    for (int trial = 0; trial < 200; trial++) {
        size_t m = gsl_rng_uniform_int(rng, 6), n = gsl_rng_uniform_int(rng, 6),
               k = gsl_rng_uniform_int(rng, 6);
        bool ta = trial & 1, tb = trial & 2;
        size_t lda = (ta ? m : k) + 1, ldb = (tb ? k : n) + 1, ldc = n + 1;
        double A[64], B[64], C[64], old[64], beta = trial & 4 ? 0 : .5;
        fill(rng, A, 64);
        fill(rng, B, 64);
        fill(rng, old, 64);
        for (int i = 0; i < 64; i++)
            C[i] = beta == 0 ? NAN : old[i];
        crease_dense_gemm(ta, tb, m, n, k, -2, A, lda, B, ldb, beta, C, ldc);
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++) {
                double sum = beta * old[i * ldc + j];
                for (size_t l = 0; l < k; l++)
                    sum -=
                        2 * (ta ? A[l * lda + i] : A[i * lda + l]) * (tb ? B[j * ldb + l] : B[l * ldb + j]);
                ck_assert_double_eq_tol(C[i * ldc + j], sum, 1e-14);
            }
    }
    gsl_rng_free(rng);
    double x[3] = {2, 3, 6};
    ck_assert_double_eq_tol(crease_dense_norm(3, x), 7, 1e-14);
    ck_assert_double_eq_tol(crease_dense_dot(3, x, x), 49, 1e-13);
}
END_TEST

Suite *test_dense(void) {
    Suite *suite = suite_create("dense");
    TCase *tests = tcase_create("dense");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, least_squares);
    tcase_add_test(tests, gram_inverse);
    tcase_add_test(tests, not_finite);
    tcase_add_loop_test(tests, gram_and_cholesky, 0, 10);
    tcase_add_test(tests, products);
    suite_add_tcase(suite, tests);
    return suite;
}
