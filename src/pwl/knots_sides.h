/* Inside optimal knots: which way the units of a ReLU network without an affine path face. */
#ifndef CREASE_PWL_KNOTS_SIDES_H
#define CREASE_PWL_KNOTS_SIDES_H

#include "pwl/knots_solve.h"

/* From `free_fit`, the best function without regard to sides, the sides that cost it least are tried, each polished; the
 * best replaces `fit` (solved, its own sides or flat piece) where it is better. False without memory. */
bool crease_knot_sides(knot_solver *solver, const knot_fit *free_fit, knot_fit *fit);

/* The same from the best function with a knot less: a unit beyond one of its ends, or out of the data. */
bool crease_knot_sides_from_fewer(knot_solver *solver, const knot_fit *fewer, knot_fit *fit);

#endif
