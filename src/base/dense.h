/* Dense linear algebra: the only caller of CBLAS and gsl_linalg. All matrices are row-major with a row
 * stride. */
#ifndef CREASE_BASE_DENSE_H
#define CREASE_BASE_DENSE_H

#include <stdbool.h>
#include <stddef.h>

/* C = alpha op(A) op(B) + beta C with op(A) m x k, op(B) k x n, C m x n. lda, ldb, ldc are the row strides of
 * the matrices as stored. Every dimension and stride must fit an int. With beta = 0 what C held is ignored.
 */
void crease_dense_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, double alpha,
                       const double *A, size_t lda, const double *B, size_t ldb, double beta, double *C,
                       size_t ldc);

/* C (m x m) = A A', A m x k, both triangles. */
void crease_dense_gram(size_t m, size_t k, const double *A, size_t lda, double *C, size_t ldc);

double crease_dense_dot(size_t n, const double *x, const double *y);
double crease_dense_norm(size_t n, const double *x);

/* Cholesky factor L of a symmetric positive definite A (n x n, of which the lower triangle is read), in place of that
 * triangle. False when A is not positive definite to working precision. */
bool crease_dense_cholesky(size_t n, double *A, size_t lda);
/* B (n x columns) := (L L')^-1 B. */
void crease_dense_cholesky_solve(size_t n, const double *L, size_t ldl, size_t columns, double *B,
                                 size_t ldb);

/* Work space for least squares, so that solving allocates nothing. Its size does not grow with the number of
 * rows: the rows are folded block by block into one triangular factor (sequential QR: Demmel et al. 2012,
 * SIAM J. Sci. Comput. 34, algorithm "flat-tree TSQR"), whose leading columns are then factored with column
 * pivoting. */
typedef struct crease_dense_solver crease_dense_solver;

/* For at most `columns` columns and `outputs` right-hand sides. NULL without memory. */
crease_dense_solver *crease_dense_solver_new(size_t columns, size_t outputs);
void crease_dense_solver_free(crease_dense_solver *solver);

/* X (columns x outputs, stride x_stride) minimises ||A X - B||_F; A is rows x columns, B is rows x outputs;
 * any shape, also rows < columns. Where A is numerically rank deficient the columns that add nothing get x =
 * 0 (a basic solution). rank (may be NULL): the numerical rank, judged on columns scaled to norm 1.
 * residual_norm (may be NULL): ||A x - b|| of each output, computed without cancellation. False when an entry
 * is not finite (X is then undefined). */
bool crease_dense_solve_least_squares(crease_dense_solver *solver, size_t rows, size_t columns,
                                      const double *A, size_t a_stride, size_t outputs, const double *B,
                                      size_t b_stride, double *X, size_t x_stride, size_t *rank,
                                      double *residual_norm);

/* inverse (columns x columns, contiguous) = (A'A)^-1 through the same factorisation, for covariances. False
 * when A has not full column rank or an entry is not finite. */
bool crease_dense_gram_inverse(crease_dense_solver *solver, size_t rows, size_t columns, const double *A,
                               size_t a_stride, double *inverse, size_t *rank);

/* The triangular factor of [A B]: R (n x n with n = columns + outputs, upper triangular, contiguous) with
 * R'R = [A B]'[A B]. False when an entry is not finite. */
bool crease_dense_triangular_factor(crease_dense_solver *solver, size_t rows, size_t columns, const double *A,
                                    size_t a_stride, size_t outputs, const double *B, size_t b_stride,
                                    double *R);

#endif
