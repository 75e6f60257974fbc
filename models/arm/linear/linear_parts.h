/* What the files of the linear theory share and its users need not see. */
#ifndef ARM_LINEAR_PARTS_H
#define ARM_LINEAR_PARTS_H

#include "arm/linear/linear.h"

/* x' = A x + B v with the state (angle, rate[, torque behind the lag]) under v = -(gain k + extra) x; k
 * belongs to K s, extra to Kd. */
typedef struct arm_state_space {
    size_t order;
    double a[ARM_MOST_POLES * ARM_MOST_POLES], b[ARM_MOST_POLES];
    double k[ARM_MOST_POLES], extra[ARM_MOST_POLES];
} arm_state_space;

/* BAD_ARGUMENT for values out of range, as arm_linear_make. */
crease_status arm_state_space_make(const arm_plant *plant, const arm_controller *controller, double slope,
                                   double angle, double lag, double sample, arm_state_space *system,
                                   crease_error *error);

/* D and N with the left half plane as the region of stability: themselves, or sampled those of
 * w = (z - 1)/(z + 1), for which w = j tan(frequency T/2). Of degree loop->order, from the constant term up.
 */
void arm_linear_in_half_plane(const arm_linear_loop *loop, double d[ARM_MOST_POLES + 1],
                              double n[ARM_MOST_POLES + 1]);

#endif
