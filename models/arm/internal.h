/* What the files of the arm model share and its users need not see. */
#ifndef ARM_INTERNAL_H
#define ARM_INTERNAL_H

#include "arm/arm.h"
#include <gsl/gsl_roots.h>

/* The root of f between lo and hi, where it has opposite signs (or is zero at an end), by Brent's method to
 * the last digits. */
double arm_root(gsl_root_fsolver *solver, gsl_function *f, double lo, double hi);

/* The sign change of f nearest to `near`, among those up to half a turn beyond `near` and `reference`; NaN when there is
 * none. */
crease_status arm_nearest_root(gsl_function *f, double near, double reference, double *root,
                               crease_error *error);

/* The integrals of |e|, t |e| and u^2 of a joint over the whole motion. */
void arm_motion_sums(const arm_motion *motion, size_t joint, double sums[3]);
/* Start time of accepted step i, and the end for i == count. */
double arm_motion_step_time(const arm_motion *motion, size_t i);

#endif
