/* Continuous piecewise-linear functions of one variable, and the kinks of a network with one input. */
#ifndef CREASE_PWL_H
#define CREASE_PWL_H

#include "crease/net.h"
#include <stdio.h>

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
/* Slope of piece 0 .. knot_count, from the left. */
double crease_pwl_slope(const crease_pwl *pwl, size_t piece);

/* The polyline of a network with one input, one output and piecewise-linear hidden units, of any depth. With one
 * hidden layer values at the knots and end slopes are those of the network's parameters rounded once, for any
 * number of units; deeper, they are the network's values as computed. Corners that cancel up to rounding are no
 * knots. BAD_ARGUMENT for other networks, naming the reason. */
crease_status crease_pwl_from_net(const crease_net *net, crease_pwl **pwl, crease_error *error);

/* The network affine+relu:k of a polyline with k knots (affine for none), scaled so that its standardised knots lie
 * in [-1, 1] about a middle knot, or about 0 where that alone keeps their digits. crease_pwl_from_net gives back the
 * same knots to the bit (those of no change of slope are left out), values and end slopes to the rounding of the slope
 * changes beside them, which does not accumulate. BAD_DATA for knots that do not ascend or are not finite. */
crease_status crease_pwl_to_net(const crease_pwl *pwl, crease_net **net, crease_error *error);

/* Polylines as CSV: columns x and y, one row a knot, and one row more on each end piece, which continues straight:
 * m >= 2 rows are m - 2 knots, two rows a line. Written, the end rows lie one range of the knots away (of one knot, |x| or 1;
 * a line has rows at 0 and 1), further where that keeps more of the end slope: it is read back to the last bits. A slope
 * that moves y by less than its rounding over that distance is written flat. Read, the columns are those named x and y,
 * or else the first two; x must ascend strictly. path "-": standard input or output. */
crease_status crease_pwl_save(const crease_pwl *pwl, const char *path, crease_error *error);
crease_status crease_pwl_write(const crease_pwl *pwl, FILE *file, crease_error *error);
crease_status crease_pwl_load(const char *path, crease_pwl **pwl, crease_error *error);
/* `source` names the stream in messages. */
crease_status crease_pwl_read(FILE *file, const char *source, crease_pwl **pwl, crease_error *error);

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
