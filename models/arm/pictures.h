/* The picture of one or several motions: angles above, torques with their limit below. */
#ifndef ARM_PICTURES_H
#define ARM_PICTURES_H

#include "arm/arm.h"
#include "crease/app.h"
#include "crease/plot.h"

typedef struct arm_picture {
    const char *title;
    double reference, torque_limit;
    double time; /* drawn: 0 .. time */
    size_t count;
    arm_motion *const *motion;
    const char *const *label; /* legends */
    const arm_pair *pair;     /* colours */
} arm_picture;

/* Figure arm_step. The caller draws and frees the plot. */
crease_status arm_picture_new(const arm_picture *picture, crease_plot **plot, crease_error *error);

#endif
