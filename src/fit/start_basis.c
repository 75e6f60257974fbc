/* An orthonormal basis Q of the columns chosen so far, by Gram-Schmidt done twice, and e = t - Q Q't, what it leaves
 * of the target. A further column v, made orthogonal to Q, explains (v.e)^2 / v.v of |e|^2. */
#include "base/dense.h"
#include "fit/starts.h"
#include <stdlib.h>
#include <string.h>

static const double DEPENDENT = 1e-12; /* relative squared norm below which a column adds nothing */

bool crease_basis_make(crease_basis *b, const crease_start_rows *rows, size_t capacity) {
    *b = (crease_basis){.rows = rows};
    b->Q = malloc(capacity * rows->rows * sizeof(double));
    b->residual = malloc(rows->outputs * rows->rows * sizeof(double));
    b->column = malloc(rows->rows * sizeof(double));
    return b->Q && b->residual && b->column;
}

void crease_basis_clear(crease_basis *b) {
    free(b->Q);
    free(b->residual);
    free(b->column);
}

bool crease_basis_orthogonalise(const crease_basis *b, double *column) {
    size_t n = b->rows->rows;
    double before = crease_dense_dot(n, column, column);
    for (int round = 0; round < 2; round++)
        for (size_t j = 0; j < b->rank; j++) {
            const double *q = b->Q + j * n;
            double share = crease_dense_dot(n, q, column);
            for (size_t i = 0; i < n; i++)
                column[i] -= share * q[i];
        }
    return before > 0 && crease_dense_dot(n, column, column) > DEPENDENT * before;
}

double crease_basis_explained(const crease_basis *b, const double *column) {
    size_t n = b->rows->rows;
    double square = crease_dense_dot(n, column, column), gain = 0;
    for (size_t o = 0; o < b->rows->outputs; o++) {
        double product = crease_dense_dot(n, column, b->residual + o * n);
        gain += product * product / square;
    }
    return gain;
}

void crease_basis_accept(crease_basis *b, const double *column) {
    size_t n = b->rows->rows;
    double norm = crease_dense_norm(n, column), *q = b->Q + b->rank * n;
    for (size_t i = 0; i < n; i++)
        q[i] = column[i] / norm;
    for (size_t o = 0; o < b->rows->outputs; o++) {
        double *residual = b->residual + o * n, share = crease_dense_dot(n, q, residual);
        for (size_t i = 0; i < n; i++)
            residual[i] -= share * q[i];
    }
    b->rank++;
}

void crease_basis_begin(crease_basis *b, bool affine) {
    size_t n = b->rows->rows;
    b->rank = 0;
    memcpy(b->residual, b->rows->target, n * b->rows->outputs * sizeof(double));
    for (size_t k = 0; k <= (affine ? b->rows->inputs : 0); k++) {
        for (size_t i = 0; i < n; i++)
            b->column[i] = b->rows->root_weight[i] * (k == 0 ? 1 : b->rows->x[(k - 1) * n + i]);
        if (crease_basis_orthogonalise(b, b->column))
            crease_basis_accept(b, b->column);
    }
}
