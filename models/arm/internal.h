/* What the files of the arm model share and its users need not see. */
#ifndef ARM_INTERNAL_H
#define ARM_INTERNAL_H

#include "arm/arm.h"
#include <gsl/gsl_roots.h>

/* The root of f between lo and hi, where it has opposite signs (or is zero at an end), by Brent's method to
 * the last digits. */
double arm_root(gsl_root_fsolver *solver, gsl_function *f, double lo, double hi);

/* The parts of a motion that its metrics are made from. */
const arm_plant *arm_motion_plant(const arm_motion *motion);
const arm_controller *arm_motion_controller(const arm_motion *motion);
double arm_motion_reference(const arm_motion *motion);
/* Start time of accepted step i, and the end for i == count. */
double arm_motion_step_time(const arm_motion *motion, size_t i);

#endif
