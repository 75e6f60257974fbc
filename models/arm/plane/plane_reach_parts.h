/* What the files of the reach set share. */
#ifndef ARM_PLANE_REACH_PARTS_H
#define ARM_PLANE_REACH_PARTS_H

#include "arm/plane/plane_reach.h"
#include "arm/plane/plane_split.h"

/* The largest side * x in the sample in which the torque is held, from s to next. */
double arm_reach_farthest(const arm_plant *plant, double sample, const double s[2], double torque,
                          double next, double side);

/* The largest size of each number of |Ad + Bd K| over the gains K of the parts that were mapped in each
 * step. */
typedef struct arm_reach_gains {
    double size[4];
} arm_reach_gains;

/* Fills the errors of all steps, and settles and forever; gains: of the step from k to k + 1; corners: of
 * the last step. */
crease_status arm_reach_bound(const arm_plant *plant, const crease_net *law, const arm_reach_options *options,
                              const arm_reach_gains *gains, const arm_corner *corner, size_t corners,
                              arm_reach *reach, crease_error *error);
/* settles and forever (plane_settle.c); plane: the regions around all that was reached. */
void arm_reach_settle(double sample, const double ad[4], const double bd[2], const arm_plane *plane,
                      const arm_corner *corner, size_t count, arm_reach *reach);

#endif
