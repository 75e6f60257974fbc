/* Motions over the phase plane as points to draw or to show. */
#ifndef ARM_PLANE_PATH_H
#define ARM_PLANE_PATH_H

#include "arm/plane/plane.h"

typedef struct arm_path {
    size_t count;
    double *t, *x, *w, *u; /* count each; owned */
    bool left;             /* the box, at the last point */
} arm_path;

/* From s for `time` seconds in `points` > 1 equal steps, until the box is left: exactly without gravity,
 * with it by crease_ode. */
crease_status arm_path_new(const arm_plane *plane, const double s[2], double time, size_t points,
                           arm_path *path, crease_error *error);
void arm_path_clear(arm_path *path);

#endif
