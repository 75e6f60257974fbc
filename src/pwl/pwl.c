/* Continuous piecewise-linear functions of one variable. */
#include "crease/pwl.h"
#include <stdlib.h>

crease_status crease_pwl_new(crease_pwl **pwl, size_t knots, crease_error *error) {
    *pwl = calloc(1, sizeof **pwl);
    if (*pwl && knots <= SIZE_MAX / sizeof(double)) {
        (*pwl)->knot_count = knots;
        (*pwl)->x = calloc(knots ? knots : 1, sizeof(double));
        (*pwl)->y = calloc(knots ? knots : 1, sizeof(double));
        if ((*pwl)->x && (*pwl)->y)
            return CREASE_OK;
    }
    crease_pwl_free(*pwl);
    *pwl = NULL;
    return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu knots", knots);
}

void crease_pwl_free(crease_pwl *pwl) {
    if (!pwl)
        return;
    free(pwl->x);
    free(pwl->y);
    free(pwl);
}

/* Number of knots at or left of x. */
static size_t knots_up_to(const crease_pwl *pwl, double x) {
    size_t low = 0, high = pwl->knot_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pwl->x[middle] <= x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

double crease_pwl_evaluate(const crease_pwl *pwl, double x) {
    if (pwl->knot_count == 0)
        return pwl->value_at_zero + pwl->slope_left * x;
    size_t right = knots_up_to(pwl, x);
    if (right == 0)
        return pwl->y[0] + pwl->slope_left * (x - pwl->x[0]);
    if (right == pwl->knot_count)
        return pwl->y[right - 1] + pwl->slope_right * (x - pwl->x[right - 1]);
    double share = (x - pwl->x[right - 1]) / (pwl->x[right] - pwl->x[right - 1]);
    return pwl->y[right - 1] + share * (pwl->y[right] - pwl->y[right - 1]);
}

double crease_pwl_slope(const crease_pwl *pwl, size_t piece) {
    if (piece == 0)
        return pwl->slope_left;
    if (piece == pwl->knot_count)
        return pwl->slope_right;
    return (pwl->y[piece] - pwl->y[piece - 1]) / (pwl->x[piece] - pwl->x[piece - 1]);
}
