/* Straight lines below and above each unit's activation on the interval of its pre-activation. */
#ifndef CREASE_VERIFY_LINES_H
#define CREASE_VERIFY_LINES_H

#include "verify/chain.h"

/* low_slope z + low_shift <= f(z) <= up_slope z + up_shift for lower <= z <= upper; arrays of chain->units. */
typedef struct crease_lines {
    double *low_slope, *low_shift, *up_slope, *up_shift;
    size_t *live;       /* of layer l, from first on: columns of units whose lines are not both zero */
    size_t *live_count; /* depth */
    void *memory;
} crease_lines;

crease_status crease_lines_new(const crease_chain *chain, crease_lines *lines, crease_error *error);
void crease_lines_clear(crease_lines *lines);

/* Fills layer l from the bounds of its units (arrays of chain->units). `free_slope` (chain->units, or NULL) has the
 * slope of the free side of each unstable unit, NAN for the usual choice; see proof.h. Shifts are rounded outwards. */
void crease_lines_layer(const crease_chain *chain, size_t l, const double *lower, const double *upper,
                        const double *free_slope, crease_lines *lines);

/* The chord's slope, as proof.h defines it, of a unit that is z above zero and slope * z below. */
double crease_lines_chord(double slope, double lower, double upper);

/* Lines for any activation, see lines_smooth.c. */
void crease_lines_smooth(crease_activation activation, double parameter, double lower, double upper,
                         double line[4]);

#endif
