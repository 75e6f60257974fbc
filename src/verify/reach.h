/* Distance from a point to the part of a box where an affine function is not positive. */
#ifndef CREASE_VERIFY_REACH_H
#define CREASE_VERIFY_REACH_H

#include "crease/robust.h"

/* The box as steps from the point: least <= s <= most, and the half-space gain . s + value <= 0 (value and all
 * ends already on the safe side). The result is not above the true distance, INFINITY where nothing is left; step (count):
 * a step of about that length. */
double crease_reach(crease_norm norm, size_t count, const double *least, const double *most,
                    const double *gain, double value, double *step);

#endif
