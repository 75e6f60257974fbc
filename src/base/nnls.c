/* Lawson-Hanson. The columns of A are scaled to norm 1 and b to norm 1, and [A b] is folded into its
 * triangular factor R = [R11 r; 0 rho],   ||A x - b||^2 = ||R11 x - r||^2 + rho^2, so that each step works on
 * a columns x columns problem however many rows there are. P is the passive set, where x solves the
 * unconstrained problem; elsewhere x = 0 and the optimum needs w = R11'(r - R11 x) <= 0. Free columns are
 * always in P. A constrained column that is (numerically) in the span of P has w = 0 and so never enters: P
 * stays independent but for its free columns, where the pivoted QR returns a basic solution. */
#include "crease/nnls.h"
#include "base/dense.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct nnls_state {
    size_t n;
    double *R, *r;          /* n x n and n: the reduced problem */
    double *passive_matrix; /* n x n: the columns of R11 in P */
    double *solution;       /* n: least squares on P */
    double *x, *z, *w;      /* n: the iterate, the solution spread out, the negative gradient */
    double *residual;       /* n */
    size_t *member;         /* n: the indices in P */
    bool *passive, *barred; /* n: in P; just refused, until x moves */
    const bool *is_free;    /* n or NULL */
    crease_dense_solver *solver;
} nnls_state;

static bool is_free(const nnls_state *s, size_t j) {
    return s->is_free && s->is_free[j];
}

/* z = least squares on P, 0 elsewhere. */
static bool solve_passive(nnls_state *s) {
    size_t n = s->n, count = 0;
    for (size_t j = 0; j < n; j++) {
        s->z[j] = 0;
        if (s->passive[j])
            s->member[count++] = j;
    }
    if (count == 0)
        return true;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < count; k++)
            s->passive_matrix[i * count + k] = s->R[i * n + s->member[k]];
    if (!crease_dense_solve_least_squares(s->solver, n, count, s->passive_matrix, count, 1, s->r, 1,
                                          s->solution, 1, NULL, NULL))
        return false;
    for (size_t k = 0; k < count; k++)
        s->z[s->member[k]] = s->solution[k];
    return true;
}

static void update_gradient(nnls_state *s) {
    size_t n = s->n;
    memcpy(s->residual, s->r, n * sizeof(double));
    crease_dense_gemm(false, false, n, 1, n, -1, s->R, n, s->x, 1, 1, s->residual, 1);
    crease_dense_gemm(true, false, n, 1, n, 1, s->R, n, s->residual, 1, 0, s->w, 1);
}

/* The constrained column outside P with the largest w above rounding, or n. */
static size_t entering(const nnls_state *s) {
    /* w is a sum of n products; its rounding error is relative to |r| + |R| |x| with columns of norm 1 */
    double size = 1;
    for (size_t j = 0; j < s->n; j++)
        size += fabs(s->x[j]);
    double largest = 8 * DBL_EPSILON * (double)s->n * size;
    size_t best = s->n;
    for (size_t j = 0; j < s->n; j++)
        if (!s->passive[j] && !s->barred[j] && s->w[j] > largest) {
            largest = s->w[j];
            best = j;
        }
    return best;
}

/* Moves x towards z until the first constrained coordinate reaches 0, which then leaves P. False when z is
 * feasible, and x is then z. */
static bool step_to_boundary(nnls_state *s) {
    double step = 1;
    size_t blocking = s->n;
    for (size_t j = 0; j < s->n; j++)
        if (s->passive[j] && !is_free(s, j) && s->z[j] <= 0) {
            double alpha = s->x[j] > 0 ? s->x[j] / (s->x[j] - s->z[j]) : 0;
            if (blocking == s->n || alpha < step) {
                step = alpha;
                blocking = j;
            }
        }
    if (blocking == s->n) {
        memcpy(s->x, s->z, s->n * sizeof(double));
        return false;
    }
    for (size_t j = 0; j < s->n; j++) {
        if (!s->passive[j])
            continue;
        s->x[j] += step * (s->z[j] - s->x[j]);
        if (!is_free(s, j) && (j == blocking || s->x[j] <= 0)) {
            s->x[j] = 0;
            s->passive[j] = false;
        }
    }
    return true;
}

static crease_status iterate(nnls_state *s, crease_error *error) {
    size_t n = s->n, budget = 30 * n + 100;
    for (size_t j = 0; j < n; j++)
        s->passive[j] = is_free(s, j);
    if (!solve_passive(s))
        goto overflow;
    memcpy(s->x, s->z, n * sizeof(double));
    for (size_t iteration = 0; iteration < budget; iteration++) {
        update_gradient(s);
        size_t j = entering(s);
        if (j == n)
            return CREASE_OK;
        s->passive[j] = true;
        if (!solve_passive(s))
            goto overflow;
        if (s->z[j] <=
            0) { /* its w was rounding: Lawson & Hanson's test, which keeps the method from cycling */
            s->passive[j] = false;
            s->barred[j] = true;
            continue;
        }
        memset(s->barred, 0, n * sizeof(bool));
        while (step_to_boundary(s))
            if (!solve_passive(s))
                goto overflow;
    }
    return crease_fail(error, CREASE_INTERNAL, "non-negative least squares did not settle in %zu steps",
                       budget);
overflow:
    return crease_fail(error, CREASE_BAD_DATA, "non-negative least squares: the numbers are too large");
}

/* Scales columns and right-hand side to norm 1 in the reduced problem; scale gets n + 1 factors. */
static void scale_problem(nnls_state *s, const double *factor, double *scale) {
    size_t n = s->n, stride = n + 1;
    for (size_t j = 0; j <= n; j++) {
        double norm = 0; /* hypot: neither overflows nor underflows */
        for (size_t i = 0; i < n; i++)
            norm = hypot(norm, factor[i * stride + j]);
        scale[j] = norm > 0 ? norm : 1;
        for (size_t i = 0; i < n; i++)
            if (j < n)
                s->R[i * n + j] = factor[i * stride + j] / scale[j];
            else
                s->r[i] = factor[i * stride + j] / scale[j];
    }
}

static crease_status check(const double *A, size_t rows, size_t columns, const double *b,
                           crease_error *error) {
    if (rows == 0 || columns == 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "non-negative least squares needs at least one row and column");
    if (columns > 10000)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "non-negative least squares takes at most 10000 columns");
    for (size_t i = 0; i < rows; i++) {
        if (!isfinite(b[i]))
            return crease_fail(error, CREASE_BAD_DATA,
                               "non-negative least squares: b is not finite in row %zu", i + 1);
        for (size_t j = 0; j < columns; j++)
            if (!isfinite(A[i * columns + j]))
                return crease_fail(error, CREASE_BAD_DATA,
                                   "non-negative least squares: A is not finite in row %zu, column %zu",
                                   i + 1, j + 1);
    }
    return CREASE_OK;
}

crease_status crease_nnls(const double *A, size_t rows, size_t columns, const double *b,
                          const bool *free_columns, double *x, double *residual_norm, crease_error *error) {
    crease_status status = check(A, rows, columns, b, error);
    if (status)
        return status;
    size_t n = columns, stride = n + 1;
    nnls_state s = {.n = n, .is_free = free_columns};
    double *memory = calloc(stride * stride + 2 * n * n + 8 * stride, sizeof(double));
    bool *flags = calloc(2 * n, sizeof(bool));
    s.member = calloc(n, sizeof *s.member);
    s.solver = crease_dense_solver_new(n, 1);
    if (!memory || !flags || !s.member || !s.solver) {
        status =
            crease_fail(error, CREASE_NO_MEMORY, "not enough memory for least squares in %zu columns", n);
        goto done;
    }
    double *factor = memory, *scale = factor + stride * stride;
    s.R = scale + stride;
    s.passive_matrix = s.R + n * n;
    s.r = s.passive_matrix + n * n;
    s.solution = s.r + n;
    s.x = s.solution + n;
    s.z = s.x + n;
    s.w = s.z + n;
    s.residual = s.w + n;
    s.passive = flags;
    s.barred = flags + n;

    if (!crease_dense_triangular_factor(s.solver, rows, n, A, n, 1, b, 1, factor)) {
        status = crease_fail(error, CREASE_BAD_DATA, "non-negative least squares: the numbers are too large");
        goto done;
    }
    scale_problem(&s, factor, scale);
    status = iterate(&s, error);
    if (status)
        goto done;
    for (size_t j = 0; j < n; j++)
        x[j] = s.x[j] * (scale[n] / scale[j]);
    if (residual_norm) {
        update_gradient(&s);
        *residual_norm = hypot(crease_dense_norm(n, s.residual) * scale[n], factor[n * stride + n]);
    }
done:
    crease_dense_solver_free(s.solver);
    free(s.member);
    free(flags);
    free(memory);
    return status;
}
