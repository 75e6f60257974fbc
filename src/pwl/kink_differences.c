/* A slope jump by divided differences across it. That of order m, L, annihilates polynomials of degree m - 1, so over a kink at
 * k of jump delta L[y] = delta L[(x - k)_+] + noise + what m leaves of the smooth part; least squares over the windows of
 * m + 1 points that straddle the gap gives delta_m. For a kink delta_m settles at delta as m grows; for a smooth curve it falls
 * towards 0 however steep the curve, since nothing is extrapolated. A jump of y likewise, with a step for the hinge. */
#include "pwl/kink_parts.h"
#include <math.h>

enum { ORDER_LEAST = 3, ORDER_MOST = 10, LAST = 3 };

bool crease_kink_difference(const double *x, const double *weight, size_t order, double *coefficient) {
    double scale = (x[order] - x[0]) / 4, variance = 0;
    for (size_t i = 0; i <= order; i++) {
        double product = 1;
        for (size_t l = 0; l <= order; l++)
            if (l != i)
                product *= (x[i] - x[l]) / scale;
        coefficient[i] = 1 / product;
        variance += coefficient[i] * coefficient[i] / weight[i];
    }
    if (!(variance > 0) || !isfinite(variance))
        return false;
    for (size_t i = 0; i <= order; i++)
        coefficient[i] /= sqrt(variance);
    return true;
}

/* delta_m and its standard deviation; false when no window straddles. */
static bool jump_by_differences(const kink_points *points, size_t first, size_t end, size_t left_end,
                                size_t order, double k, double *jump, double *deviation) {
    double product = 0, square = 0;
    for (size_t low = first; low + order < end; low++) {
        if (low + 1 > left_end || low + order < left_end + 2)
            continue; /* two points on each side at least */
        const double *x = points->x + low, *y = points->y + low;
        double coefficient[ORDER_MOST + 1], difference = 0, hinge = 0;
        if (!crease_kink_difference(x, points->weight + low, order, coefficient))
            continue;
        for (size_t i = 0; i <= order; i++) {
            difference += coefficient[i] * (y[i] - points->y[left_end]);
            hinge += coefficient[i] * (isnan(k) ? (double)(low + i > left_end) : fmax(x[i] - k, 0));
        }
        product += difference * hinge;
        square += hinge * hinge;
    }
    *jump = product / square;
    *deviation = points->noise / sqrt(square); /* windows overlap: not less than one of them */
    return square > 0 && isfinite(*jump);
}

bool crease_kink_differences_agree(const kink_points *points, size_t left_end, size_t left, size_t right,
                                   double k, double expected) {
    const double tolerance = .25, quantile = 4;
    size_t first = left_end + 1 - left, end = left_end + 1 + right, judged = 0;
    size_t most = end - first - 1 < ORDER_MOST ? end - first - 1 : ORDER_MOST;
    for (size_t order = most; order >= ORDER_LEAST && judged < LAST; order--) {
        double jump, deviation;
        if (!jump_by_differences(points, first, end, left_end, order, k, &jump, &deviation))
            continue;
        judged++;
        if (fabs(jump - expected) > tolerance * fabs(expected) + quantile * deviation)
            return false;
    }
    return judged > 0;
}
