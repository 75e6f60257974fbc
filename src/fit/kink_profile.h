/* Places for the hinges of a hybrid. */
#ifndef CREASE_FIT_KINK_PROFILE_H
#define CREASE_FIT_KINK_PROFILE_H

#include "crease/data.h"
#include <stdbool.h>

typedef struct crease_hinge_place {
    double power;  /* in: of the hinge max(0, z)^power */
    size_t unit;   /* in: its number in the layer */
    double corner; /* out: x */
    bool falls;    /* it looks to the left; false where the direction does not matter (power 1) */
    bool placed;   /* false: the data show no kink for it */
} crease_hinge_place;

/* Finds where each hinge belongs, on data of one input and one output. */
crease_status crease_place_hinges(const crease_data *data, crease_hinge_place *hinge, size_t hinges,
                                  crease_error *error);

#endif
