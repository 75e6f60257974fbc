/* Sequential QR. With R the triangular factor of the rows seen so far and [A B] the next block of rows,
 *     Q' [R; A B] = [R_new; 0],
 * so that after all blocks R'R = [A B]'[A B] and, partitioned by columns and outputs, R = [R11 R12; 0 R22].
 * Then
 *     ||A X - B||^2 = ||R11 X - R12||^2 + ||R22||^2.
 * R11 D^-1 with columns of norm 1 is factored with column pivoting, Q1 S P', and X = D^-1 P S^-1 Q1' R12 with
 * the rows of S below the numerical rank left out; what they leave of Q1' R12 joins the residual. */
#include "base/dense.h"
#include <float.h>
#include <gsl/gsl_cblas.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { block_rows = 256 };

struct crease_dense_solver {
    size_t columns, outputs;
    double *factor;     /* R, (columns + outputs)^2 */
    double *block;      /* block_height x (columns + outputs) */
    double *reflectors; /* (columns + outputs)^2, of one block */
    double *leading;    /* columns x columns: R11, then its pivoted factor */
    double *scale;      /* columns: the norms of the columns of A */
    double *tau, *norm; /* columns */
    double *side;       /* columns: one right-hand side */
    size_t block_height;
    gsl_permutation *permutation;
};

static CBLAS_TRANSPOSE_t transposed(bool yes) {
    return yes ? CblasTrans : CblasNoTrans;
}

void crease_dense_gemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, double alpha,
                       const double *A, size_t lda, const double *B, size_t ldb, double beta, double *C,
                       size_t ldc) {
    if (m == 0 || n == 0)
        return;
    if (k == 0) { /* CBLAS may refuse strides of empty matrices */
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < n; j++)
                C[i * ldc + j] = beta == 0 ? 0 : beta * C[i * ldc + j];
        return;
    }
    cblas_dgemm(CblasRowMajor, transposed(transpose_a), transposed(transpose_b), (int)m, (int)n, (int)k,
                alpha, A, (int)lda, B, (int)ldb, beta, C, (int)ldc);
}

void crease_dense_gram(size_t m, size_t k, const double *A, size_t lda, double *C, size_t ldc) {
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, (int)m, (int)k, 1, A, (int)lda, 0, C, (int)ldc);
    for (size_t i = 0; i < m; i++)
        for (size_t j = i + 1; j < m; j++)
            C[i * ldc + j] = C[j * ldc + i];
}

double crease_dense_dot(size_t n, const double *x, const double *y) {
    return cblas_ddot((int)n, x, 1, y, 1);
}

double crease_dense_norm(size_t n, const double *x) {
    return cblas_dnrm2((int)n, x, 1);
}

bool crease_dense_cholesky(size_t n, double *A, size_t lda) {
    gsl_matrix_view view = gsl_matrix_view_array_with_tda(A, n, n, lda);
    return gsl_linalg_cholesky_decomp1(&view.matrix) == GSL_SUCCESS && isfinite(A[(n - 1) * (lda + 1)]);
}

void crease_dense_cholesky_solve(size_t n, const double *L, size_t ldl, size_t columns, double *B,
                                 size_t ldb) {
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, (int)n, (int)columns, 1, L,
                (int)ldl, B, (int)ldb);
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, (int)n, (int)columns, 1, L,
                (int)ldl, B, (int)ldb);
}

static double *new_array(size_t rows, size_t columns) {
    size_t count;
    if (__builtin_mul_overflow(rows, columns, &count))
        return NULL;
    return calloc(count > 0 ? count : 1, sizeof(double));
}

crease_dense_solver *crease_dense_solver_new(size_t columns, size_t outputs) {
    crease_dense_solver *solver = calloc(1, sizeof *solver);
    if (!solver)
        return NULL;
    size_t all;
    if (columns == 0 || __builtin_add_overflow(columns, outputs, &all) || all > (size_t)1 << 20)
        goto failed;
    solver->columns = columns;
    solver->outputs = outputs;
    solver->block_height = all > block_rows ? all : block_rows;
    solver->factor = new_array(all, all);
    solver->block = new_array(solver->block_height, all);
    solver->reflectors = new_array(all, all);
    solver->leading = new_array(columns, columns);
    solver->scale = new_array(columns, 1);
    solver->tau = new_array(columns, 1);
    solver->norm = new_array(columns, 1);
    solver->side = new_array(columns, 1);
    solver->permutation = gsl_permutation_alloc(columns);
    if (!solver->factor || !solver->block || !solver->reflectors || !solver->leading || !solver->scale ||
        !solver->tau || !solver->norm || !solver->side || !solver->permutation)
        goto failed;
    return solver;
failed:
    crease_dense_solver_free(solver);
    return NULL;
}

void crease_dense_solver_free(crease_dense_solver *solver) {
    if (!solver)
        return;
    free(solver->factor);
    free(solver->block);
    free(solver->reflectors);
    free(solver->leading);
    free(solver->scale);
    free(solver->tau);
    free(solver->norm);
    free(solver->side);
    gsl_permutation_free(solver->permutation);
    free(solver);
}

static bool all_finite(size_t n, const double *x) {
    double sum = 0; /* x - x is 0 exactly for finite x, and not finite otherwise */
    for (size_t i = 0; i < n; i++)
        sum += x[i] - x[i];
    return sum == 0;
}

/* Leaves the factor R of [A B], n x n with n = columns + outputs, in solver->factor. */
static bool fold_rows(crease_dense_solver *solver, size_t rows, size_t columns, const double *A,
                      size_t a_stride, size_t outputs, const double *B, size_t b_stride) {
    size_t n = columns + outputs;
    memset(solver->factor, 0, n * n * sizeof(double));
    gsl_matrix_view R = gsl_matrix_view_array(solver->factor, n, n);
    gsl_matrix_view T = gsl_matrix_view_array(solver->reflectors, n, n);
    for (size_t first = 0; first < rows; first += solver->block_height) {
        size_t height = rows - first < solver->block_height ? rows - first : solver->block_height;
        for (size_t i = 0; i < height; i++) {
            memcpy(solver->block + i * n, A + (first + i) * a_stride, columns * sizeof(double));
            if (outputs > 0)
                memcpy(solver->block + i * n + columns, B + (first + i) * b_stride, outputs * sizeof(double));
        }
        if (!all_finite(height * n, solver->block))
            return false;
        gsl_matrix_view block = gsl_matrix_view_array(solver->block, height, n);
        if (gsl_linalg_QR_UR_decomp(&R.matrix, &block.matrix, &T.matrix))
            return false;
    }
    return all_finite(n * n, solver->factor); /* squares of huge entries may have overflowed */
}

/* Factors R11 with its columns scaled to norm 1 and pivoted; returns the numerical rank. */
static size_t factor_leading(crease_dense_solver *solver, size_t rows, size_t columns, size_t stride) {
    for (size_t j = 0; j < columns; j++) {
        double norm = cblas_dnrm2((int)columns, solver->factor + j, (int)stride);
        solver->scale[j] = norm > 0 ? norm : 1;
    }
    for (size_t i = 0; i < columns; i++)
        for (size_t j = 0; j < columns; j++)
            solver->leading[i * columns + j] = j < i ? 0 : solver->factor[i * stride + j] / solver->scale[j];
    gsl_matrix_view leading = gsl_matrix_view_array(solver->leading, columns, columns);
    gsl_vector_view tau = gsl_vector_view_array(solver->tau, columns);
    gsl_vector_view norm = gsl_vector_view_array(solver->norm, columns);
    solver->permutation->size = columns;
    int sign;
    gsl_linalg_QRPT_decomp(&leading.matrix, &tau.vector, solver->permutation, &sign, &norm.vector);

    /* rounding in the fold grows like sqrt(rows) units in the last place of a column's norm */
    double threshold = DBL_EPSILON * (double)columns * (8 + sqrt((double)rows));
    size_t rank = 0;
    while (rank < columns && fabs(solver->leading[rank * columns + rank]) > threshold)
        rank++;
    return rank;
}

bool crease_dense_solve_least_squares(crease_dense_solver *solver, size_t rows, size_t columns,
                                      const double *A, size_t a_stride, size_t outputs, const double *B,
                                      size_t b_stride, double *X, size_t x_stride, size_t *rank_out,
                                      double *residual_norm) {
    size_t n = columns + outputs;
    if (!fold_rows(solver, rows, columns, A, a_stride, outputs, B, b_stride))
        return false;
    size_t rank = factor_leading(solver, rows, columns, n);
    if (rank_out)
        *rank_out = rank;
    gsl_matrix_view leading = gsl_matrix_view_array(solver->leading, columns, columns);
    gsl_vector_view tau = gsl_vector_view_array(solver->tau, columns);
    gsl_vector_view side = gsl_vector_view_array(solver->side, columns);
    bool finite = true;
    for (size_t o = 0; o < outputs; o++) {
        for (size_t i = 0; i < columns; i++)
            solver->side[i] = solver->factor[i * n + columns + o];
        gsl_linalg_QR_QTvec(&leading.matrix, &tau.vector, &side.vector);
        if (residual_norm)
            residual_norm[o] =
                hypot(cblas_dnrm2((int)(columns - rank), solver->side + rank, 1),
                      cblas_dnrm2((int)outputs, solver->factor + columns * n + columns + o, (int)n));
        cblas_dtrsv(CblasRowMajor, CblasUpper, CblasNoTrans, CblasNonUnit, (int)rank, solver->leading,
                    (int)columns, solver->side, 1);
        for (size_t i = 0; i < columns; i++) {
            size_t j = solver->permutation->data[i];
            X[j * x_stride + o] = i < rank ? solver->side[i] / solver->scale[j] : 0;
            finite = finite && isfinite(X[j * x_stride + o]);
        }
    }
    return finite;
}

bool crease_dense_gram_inverse(crease_dense_solver *solver, size_t rows, size_t columns, const double *A,
                               size_t a_stride, double *inverse, size_t *rank_out) {
    if (!fold_rows(solver, rows, columns, A, a_stride, 0, NULL, 0))
        return false;
    size_t rank = factor_leading(solver, rows, columns, columns);
    if (rank_out)
        *rank_out = rank;
    if (rank < columns)
        return false;
    /* with W = S^-1, (A'A)^-1 = D^-1 P W W' P' D^-1; W goes where R was */
    double *W = solver->factor;
    memset(W, 0, columns * columns * sizeof(double));
    for (size_t i = 0; i < columns; i++)
        W[i * columns + i] = 1;
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, (int)columns, (int)columns,
                1, solver->leading, (int)columns, W, (int)columns);
    for (size_t i = 0; i < columns; i++) {
        size_t p = solver->permutation->data[i];
        for (size_t j = 0; j < columns; j++) {
            size_t q = solver->permutation->data[j];
            inverse[p * columns + q] = cblas_ddot((int)columns, W + i * columns, 1, W + j * columns, 1) /
                                       solver->scale[p] / solver->scale[q];
        }
    }
    return all_finite(columns * columns, inverse);
}

bool crease_dense_triangular_factor(crease_dense_solver *solver, size_t rows, size_t columns, const double *A,
                                    size_t a_stride, size_t outputs, const double *B, size_t b_stride,
                                    double *R) {
    size_t n = columns + outputs;
    if (!fold_rows(solver, rows, columns, A, a_stride, outputs, B, b_stride))
        return false;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            R[i * n + j] = j < i ? 0 : solver->factor[i * n + j];
    return true;
}
