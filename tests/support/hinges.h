/* Piecewise-linear least squares the plain way, to check the fast ones against: columns 1, x and a hinge a knot. */
#ifndef TEST_HINGES_H
#define TEST_HINGES_H

#include "crease/data.h"
#include "crease/pwl.h"

/* Least weighted sum of squares for given knots by GSL; pwl (with room for them) may be NULL. */
double hinges_fit(const crease_data *data, size_t knots, const double *knot, crease_pwl *pwl);

/* The best one-knot function, each side with at least `least` distinct x: found on a grid of every gap, refined. */
double hinges_best_knot(const crease_data *data, size_t least, double *knot);

#endif
