/* With M = [A B; 0 0] T, exp(M) = [I + E, F; 0, 1] holds the exact transition under a constant input
 * (Van Loan, 1978). exp(M) - I is summed as a Taylor series of M/2^k, whose norm is at most 1/2, and doubled
 * k times by X <- 2 X + X^2, so that no digits are lost to the identity, whatever the eigenvalues are (a
 * double integrator has them together at 0). */
#include "arm/linear/linear.h"
#include <math.h>
#include <string.h>

enum { MOST = ARM_MOST_POLES + 1, TERMS = 18 }; /* (1/2)^19/19! < 1e-22 */

static void multiply(size_t n, double a[MOST][MOST], double b[MOST][MOST], double product[MOST][MOST]) {
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum += a[i][k] * b[k][j];
            product[i][j] = sum;
        }
}

/* sum = m + m^2/2! + ..., from the last term inwards: m (1 + m/2 (1 + m/3 (..))). */
static void taylor(size_t n, double m[MOST][MOST], double sum[MOST][MOST]) {
    double inner[MOST][MOST];
    memset(sum, 0, sizeof(double[MOST][MOST]));
    for (int term = TERMS; term >= 1; term--) {
        memcpy(inner, sum, sizeof inner);
        for (size_t i = 0; i < n; i++)
            inner[i][i] += 1;
        multiply(n, m, inner, sum);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                sum[i][j] /= term;
    }
}

crease_status arm_hold(size_t order, const double *a, const double *b, double sample, double *e, double *f,
                       crease_error *error) {
    double m[MOST][MOST] = {{0}}, x[MOST][MOST], square[MOST][MOST], norm = 0;
    for (size_t i = 0; i < order; i++) {
        double row = 0;
        for (size_t j = 0; j <= order; j++) {
            m[i][j] = sample * (j < order ? a[i * order + j] : b[i]);
            row += j < order ? fabs(m[i][j]) : 0; /* the input's column takes no part in the powers */
        }
        norm = fmax(norm, row);
    }
    if (!(norm < 1e6))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "a period of %g s is too long for an arm as fast as this; take a shorter one",
                           sample);
    int doublings = norm > 0.5 ? (int)ceil(log2(norm / 0.5)) : 0;
    for (size_t i = 0; i < order; i++)
        for (size_t j = 0; j <= order; j++)
            m[i][j] = ldexp(m[i][j], -doublings);
    taylor(order + 1, m, x);
    for (int k = 0; k < doublings; k++) {
        multiply(order + 1, x, x, square);
        for (size_t i = 0; i < order; i++)
            for (size_t j = 0; j <= order; j++)
                x[i][j] = 2 * x[i][j] + square[i][j];
    }
    for (size_t i = 0; i < order; i++) {
        for (size_t j = 0; j < order; j++)
            e[i * order + j] = x[i][j];
        f[i] = x[i][order];
        if (!isfinite(f[i]))
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "within a period of %g s the arm falls without bound; take a shorter one",
                               sample);
    }
    return CREASE_OK;
}
