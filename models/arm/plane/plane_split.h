/* A law in doubles that cuts polygons: see plane_split.c. */
#ifndef ARM_PLANE_SPLIT_H
#define ARM_PLANE_SPLIT_H

#include "arm/plane/plane.h"

/* A corner of a polygon, and the start that leads to it. */
typedef struct arm_corner {
    double s[2], start[2];
} arm_corner;

/* u = gain . s + offset */
typedef struct arm_affine {
    double gain[2], offset;
} arm_affine;

typedef struct arm_splitter arm_splitter;
crease_status arm_splitter_new(const crease_net *law, arm_splitter **splitter, crease_error *error);
void arm_splitter_free(arm_splitter *splitter);

/* Calls take for each part of a convex polygon on which the law is affine; the corners are valid during
 * the call. False ends the search and is returned. NO_MEMORY is told by *no_memory. */
typedef bool (*arm_split_take)(const arm_corner *corner, size_t count, const arm_affine *law, void *context);
bool arm_splitter_run(arm_splitter *splitter, const arm_corner *corner, size_t count, arm_split_take take,
                      void *context, bool *no_memory);

/* Corners closer to a unit's line than this share of the size of the terms of z count as on it. */
#define ARM_SPLIT_FLAT 0x1p-46

/* Bounds on errors of splitting polygons whose corners keep to |x| <= most[0], |w| <= most[1] and are off
 * by at most `off` (2) from those of an exact computation (plane_split_bound.c). rounding: of a computed
 * torque at a corner; wrong: of the torque of the side that a part was given against the law's; gain:
 * largest |du/dx|, |du/dw| of any pattern. */
typedef struct arm_split_errors {
    double rounding, wrong, gain[2];
} arm_split_errors;
crease_status arm_split_bound(const crease_net *law, const double most[2], const double off[2],
                              arm_split_errors *errors, crease_error *error);

#endif
