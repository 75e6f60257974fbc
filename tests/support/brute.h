/* Small problems solved by looking at every case, to compare fast methods with. */
#ifndef TEST_BRUTE_H
#define TEST_BRUTE_H

#include "crease/data.h"
#include <stdbool.h>

enum { BRUTE_POINTS = 40, BRUTE_COLUMNS = 14, BRUTE_LIMITS = 12 };

/* Least squares E x ~ f, E: rows x columns, row-major, by Householder reflections; E and f are destroyed. False when E
 * has not full rank. */
bool brute_least_squares(size_t rows, size_t columns, double *E, double *f, double *x);

/* Least ||E x - f||^2 subject to G x >= h over all sets of active limits; -1 when no x keeps the limits. x: the best. */
double brute_quadratic(size_t rows, size_t columns, const double *E, const double *f, size_t limits,
                       const double *G, const double *h, double *x);

/* Least sse of a continuous piecewise-linear function with `knots` knots over every way to spread them over the closed
 * gaps between data, each piece with at least min_points distinct x (0: none, and fewer knots count too), as a share of
 * *tss, the weighted sum of squares about the mean. The knots sit left or right in their gap, or where two lines meet
 * that are least-squares fits of their own (Hudson 1966): of all these functions the best is the optimum. */
double brute_knots(const crease_data *data, size_t knots, size_t min_points, double *tss);

#endif
