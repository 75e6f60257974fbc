/* Inside optimal knots: the data sorted, merged by x and standardised, and what least squares needs to know of any run
 * of them. */
#ifndef CREASE_PWL_KNOTS_POINTS_H
#define CREASE_PWL_KNOTS_POINTS_H

#include "crease/data.h"

/* Least squares of a line on some points: cost of the line y = value(mean_x) + slope (x - mean_x) is
 * sse + weight (value(mean_x) - mean_y)^2 + spread (slope - this slope)^2. weight 0: no points. */
typedef struct knot_moments {
    double weight, mean_x, mean_y, spread, slope, sse;
} knot_moments;

/* Chan, Golub & LeVeque (1983), written so that nothing cancels: the sum of squares of the union is that of the parts
 * and what it costs them to share one line. Here, since a quarter of the time of a search goes into calling it. */
static inline knot_moments crease_knot_moments_join(knot_moments a, knot_moments b) {
    if (!(a.weight > 0))
        return b;
    if (!(b.weight > 0))
        return a;
    knot_moments u;
    u.weight = a.weight + b.weight;
    double share = b.weight / u.weight, q = a.weight * share;
    double dx = b.mean_x - a.mean_x, dy = b.mean_y - a.mean_y;
    u.mean_x = a.mean_x + share * dx;
    u.mean_y = a.mean_y + share * dy;
    u.spread = a.spread + b.spread + q * dx * dx;
    u.slope = u.spread > 0 ? (a.spread * a.slope + b.spread * b.slope + q * dx * dy) / u.spread : 0;
    double da = a.slope - u.slope, db = b.slope - u.slope, apart = dy - u.slope * dx;
    u.sse = a.sse + b.sse + a.spread * da * da + b.spread * db * db + q * apart * apart;
    return u;
}

/* Distinct x of positive weight, ascending. x = x_shift + x_scale * x[i] and y likewise in raw units; weights sum to 1,
 * so costs are mean squares in units of the variance of y. */
typedef struct knot_points {
    size_t n;
    double *x, *y, *weight, *raw_x; /* n each, owned */
    size_t *count;      /* n + 1: how many of the points before i are data (fixed points are not) */
    knot_moments *tree; /* of blocks of points, owned */
    size_t leaves;
    double x_shift, x_scale, y_shift, y_scale;
    double total_weight;
    double tie_sse; /* mean square of rows about the mean of their x, which no function removes */
    size_t rows;
} knot_points;

/* fixed_point: pairs (x, y) in raw units that enter with so much weight that the function all but passes through. */
crease_status crease_knot_points_new(const crease_data *data, const double *fixed_point,
                                     size_t fixed_point_count, knot_points *points, crease_error *error);
/* The same points with other values of y (standardised). */
crease_status crease_knot_points_replace(const knot_points *points, const double *y, knot_points *replaced,
                                         crease_error *error);
/* x to -x. */
crease_status crease_knot_points_mirror(const knot_points *points, knot_points *mirrored,
                                        crease_error *error);
void crease_knot_points_clear(knot_points *points);

/* Of the points first <= i < end. */
knot_moments crease_knot_points_moments(const knot_points *points, size_t first, size_t end);

/* Number of points with x < position, and with x <= position (standardised). */
size_t crease_knot_points_below(const knot_points *points, double position);
size_t crease_knot_points_up_to(const knot_points *points, double position);

#endif
