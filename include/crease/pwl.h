/* Continuous piecewise-linear functions of one variable, and the kinks of a network with one input. */
#ifndef CREASE_PWL_H
#define CREASE_PWL_H

#include "crease/net.h"

/* knots x_0 < ... < x_{k-1} with values; straight beyond the ends with slope_left and slope_right. With no knot the
 * function is value_at_zero + slope_left * x (slope_right == slope_left). */
typedef struct crease_pwl {
    size_t knot_count;
    double *x, *y; /* knot_count, owned */
    double slope_left, slope_right;
    double value_at_zero; /* used with knot_count == 0 */
} crease_pwl;

/* Room for `knots` knots, all values zero. */
crease_status crease_pwl_new(crease_pwl **pwl, size_t knots, crease_error *error);
void crease_pwl_free(crease_pwl *pwl);
double crease_pwl_evaluate(const crease_pwl *pwl, double x);

/* A point where the slope of a network of one variable jumps. */
typedef struct crease_kink {
    double x;
    double slope_left, slope_right; /* derivatives of the output just left and right of x, raw units */
    double standard_error;          /* of x; NaN where it is not identified (fit/inference.c fills it) */
} crease_kink;

/* Kinks of a net with one input and one output, sorted in x; *kinks is owned by the caller (free). Every unit whose
 * activation has a corner counts (relu, leaky, prelu, relu^p with p <= 1); corners at one position, and those that
 * cancel (slope jump within rounding), are merged or left out. Exact for nets of any depth whose hidden units are all
 * piecewise linear, and for one hidden layer of any kind; BAD_ARGUMENT for other shapes. */
crease_status crease_net_kinks(const crease_net *net, crease_kink **kinks, size_t *count,
                               crease_error *error);

#endif
