/* Pictures of motions: angles above, torques with their limits below; and the arm itself, moving. */
#ifndef ARM_PICTURES_H
#define ARM_PICTURES_H

#include "arm/loop.h"
#include "crease/app.h"
#include "crease/plot.h"

typedef struct arm_picture {
    const char *title;
    double reference, torque_limit; /* of one joint; of several they are taken from the first motion's loop */
    double time;                    /* drawn: 0 .. time */
    size_t count;
    arm_motion *const *motion;
    const char *const *label; /* legends */
    const arm_pair *pair;     /* colours */
    const char *family;       /* the colour of all, instead of the pairs' (NULL: theirs) */
} arm_picture;

/* The role in plots/style.gp of a pair of activations: "relu", "tanh", ... Static text. */
const char *arm_picture_family(arm_pair pair);

/* Figure arm_step, or arm_joints for several joints. The caller draws and frees the plot. */
crease_status arm_picture_new(const arm_picture *picture, crease_plot **plot, crease_error *error);

/* Figure arm_animation, for a .gif of `frames` frames, and the reference as a shadow behind the arm. */
crease_status arm_animation_new(arm_motion *motion, const char *title, size_t frames, crease_plot **plot,
                                crease_error *error);

#endif
