/* The exact backward pass: an affine function of the raw inputs that is nowhere larger than a given function of
 * outputs, pre-activations and inputs, see crease/proof.h. All of it is multiplied by exact_net.common > 0, so only signs
 * are asked for. */
#ifndef CREASE_CHECKER_BACKWARD_H
#define CREASE_CHECKER_BACKWARD_H

#include "checker/exact_net.h"
#include "crease/specification.h"

/* What a pass may use of the state of a node; units of all layers in one row. */
typedef struct crease_state {
    double *lower, *upper;           /* inputs */
    double *unit_lower, *unit_upper; /* units; infinite where there is no bound */
    double *phase;                   /* units: -1 below, 1 above, 0 not fixed */
} crease_state;

/* What a step adds to a row of zeros: NAN where a row or unit is not named. */
typedef struct crease_multipliers {
    double *row;   /* rows of the alternative */
    double *phase; /* units */
    double *slope; /* units: of the free side */
} crease_multipliers;

/* The chord of a unit with these bounds, kept from pass to pass. */
typedef struct crease_chord {
    double lower, upper;
    crease_dyadics slope, offset; /* 1 each */
} crease_chord;

typedef struct crease_backward {
    const crease_exact_net *exact;
    size_t *column;                   /* those of a matrix that a pass needs */
    mp_limb_t **sums;                 /* work space for as many */
    crease_chord *chord;              /* units */
    crease_dyadics output, scaled;    /* coefficients of outputs, in raw units and in the net's */
    crease_dyadics value, z;          /* of one layer */
    crease_dyadics standard, raw;     /* of the net's scaled inputs (affine path) and of the raw ones */
    crease_dyadics constant;          /* 1 */
    mpq_t rational;                   /* further constant, from rows */
    crease_dyadics gain, offset, sum; /* the result: gain x + offset + rational, times common, see above */
    mpq_t total;
    bool started;
} crease_backward;

bool crease_backward_init(crease_backward *pass, const crease_exact_net *exact); /* false without memory */
void crease_backward_clear(crease_backward *pass);

/* The function z - bound of a unit, or bound - z. Each returns SIZE_MAX, or the number of a unit in the row of all
 * units that has not the bounds it needs. */
size_t crease_backward_unit(crease_backward *pass, const crease_state *state, size_t layer, size_t unit,
                            double bound, bool upper);
/* The sum of multipliers; constants of the rows in `constant`. */
size_t crease_backward_rows(crease_backward *pass, const crease_state *state,
                            const crease_alternative *alternative, mpq_t *constant,
                            const crease_multipliers *multipliers);

/* Sign of the smallest value over a box of the affine function that the last pass found. */
int crease_backward_sign(crease_backward *pass, const double *lower, const double *upper);

#endif
