/* a_i = d_i + K s n_i are the coefficients of the characteristic polynomial, in the half plane. Stable are
 * (Hurwitz) a0, a1, a2 > 0 for order 2 and a0, a2, a3 > 0, a2 a1 > a3 a0 for order 3: linear in the gain but
 * for the last, which is quadratic. Their zeros cut the gains into intervals, and one gain inside decides for
 * each. All signs reversed cannot be: a w of 1 is z = infinity, where the sum of the a_i is positive. */
#include "arm/linear/linear_parts.h"
#include <gsl/gsl_poly.h>
#include <gsl/gsl_sort.h>
#include <math.h>

void arm_linear_in_half_plane(const arm_linear_loop *loop, double d[ARM_MOST_POLES + 1],
                              double n[ARM_MOST_POLES + 1]) {
    size_t order = loop->order;
    for (size_t i = 0; i <= ARM_MOST_POLES; i++)
        d[i] = n[i] = 0;
    if (loop->sample == 0) {
        for (size_t i = 0; i <= order; i++) {
            d[i] = loop->denominator[i];
            n[i] = loop->numerator[i];
        }
        return;
    }
    /* z - 1 = 2 w/(1 - w): the sum of c_i (2 w)^i (1 - w)^(order - i) */
    for (size_t i = 0; i <= order; i++) {
        double binomial = ldexp(1, (int)i); /* times 2^i and the sign of (-w)^k */
        for (size_t k = 0; k + i <= order; k++) {
            d[i + k] += loop->denominator[i] * binomial;
            n[i + k] += loop->numerator[i] * binomial;
            binomial *= -(double)(order - i - k) / (double)(k + 1);
        }
    }
}

static bool is_stable(size_t order, const double *d, const double *n, double gain) {
    double a[ARM_MOST_POLES + 1];
    for (size_t i = 0; i <= order; i++) {
        a[i] = d[i] + gain * n[i];
        if (!(a[i] > 0))
            return false;
    }
    return order == 2 || a[2] * a[1] > a[3] * a[0];
}

bool arm_linear_is_stable(const arm_linear_loop *loop, double gain) {
    double d[ARM_MOST_POLES + 1], n[ARM_MOST_POLES + 1];
    arm_linear_in_half_plane(loop, d, n);
    return is_stable(loop->order, d, n, gain);
}

/* The positive gains at which a condition may change, ascending. */
static size_t edges(size_t order, const double *d, const double *n, double *edge) {
    double found[2];
    size_t count = 0;
    for (size_t i = 0; i <= order; i++)
        if (n[i] != 0 && -d[i] / n[i] > 0)
            edge[count++] = -d[i] / n[i];
    if (order == 3) {
        double square = n[2] * n[1] - n[3] * n[0],
               linear = d[2] * n[1] + n[2] * d[1] - d[3] * n[0] - n[3] * d[0],
               constant = d[2] * d[1] - d[3] * d[0];
        int roots = gsl_poly_solve_quadratic(square, linear, constant, &found[0], &found[1]);
        for (int i = 0; i < roots; i++)
            if (found[i] > 0 && isfinite(found[i]))
                edge[count++] = found[i];
    }
    gsl_sort(edge, 1, count);
    return count;
}

arm_gain_range arm_linear_stable_gains(const arm_linear_loop *loop) {
    double d[ARM_MOST_POLES + 1], n[ARM_MOST_POLES + 1], edge[ARM_MOST_POLES + 3];
    arm_linear_in_half_plane(loop, d, n);
    size_t count = edges(loop->order, d, n, edge);
    double own = loop->gain * loop->slope, lower = 0;
    arm_gain_range range = {NAN, NAN};
    for (size_t i = 0; i <= count; i++) {
        double upper = i < count ? edge[i] : INFINITY;
        double inside = isfinite(upper) ? lower + (upper - lower) / 2 : 2 * lower + 1;
        bool owns = own > lower && own < upper;
        if (upper > lower && is_stable(loop->order, d, n, inside) && (isnan(range.lower) || owns))
            range = (arm_gain_range){lower, upper};
        lower = upper;
    }
    return range;
}
