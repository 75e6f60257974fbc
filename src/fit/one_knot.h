/* Inside inference: the best single knot and the error of every other place for it, in O(points). */
#ifndef CREASE_FIT_ONE_KNOT_H
#define CREASE_FIT_ONE_KNOT_H

#include <stdbool.h>
#include <stddef.h>

/* A least-squares line through some points: z = mean_z + slope (u - mean_u); inverses of the sum of weights and of the
 * spread sum w (u - mean_u)^2, the latter 0 for a single point. */
typedef struct crease_piece {
    double weight, mean_u, spread, inverse_weight, inverse_spread;
    double mean_z, slope, sse;
} crease_piece;

/* Adds a point without cancellation: the residual of a new point against the line so far enters with its variance
 * (recursive residuals: Brown, Durbin & Evans 1975). */
void crease_piece_add(crease_piece *piece, double u, double z, double w);

/* Work space for at most `room` points. NULL without memory. */
typedef struct crease_scan crease_scan;
crease_scan *crease_scan_new(size_t room);
void crease_scan_free(crease_scan *scan);

/* The places of `count` points, ascending, and their weights, positive: all that does not depend on z.
 * The arrays are borrowed until the next design. At least least_left and least_right points on the sides, of two places or more. */
void crease_scan_design(crease_scan *scan, size_t count, const double *u, const double *w, size_t least_left,
                        size_t least_right);

/* Of the line: sse. Of the function with one knot at u: the rest. found is false where there are too few points; then
 * only the line is given. */
typedef struct crease_one_knot {
    double line_sse, line_slope;
    bool found;
    size_t split; /* points left of the knot */
    double sse, u, value, slope_left, slope_right;
} crease_one_knot;

/* The best knot for values z. */
crease_one_knot crease_scan_best(crease_scan *scan, const double *z);

/* After crease_scan_best: the best function with its knot at u, which must lie between the ends below. */
crease_one_knot crease_scan_at(const crease_scan *scan, double u);
void crease_scan_ends(const crease_scan *scan, double *low, double *high);

/* After crease_scan_best: all places with `split` points left of them whose error is at most `most`: 0, 1 or 2 intervals
 * into low and high. */
size_t crease_scan_within(const crease_scan *scan, size_t split, double most, double low[2], double high[2]);

/* After crease_scan_best: at each point that may be the knot, the root of the error that the knot takes away over what it
 * leaves, `other` error included, with the sign of the slope's change. Returns the number of points. */
size_t crease_scan_path(const crease_scan *scan, double other, double *root_gain);

#endif
