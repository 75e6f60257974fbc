/* What is known at one node of the search: a box of inputs, bounds of pre-activations, phases. */
#ifndef CREASE_VERIFY_STATE_H
#define CREASE_VERIFY_STATE_H

#include "verify/backward.h"

typedef struct crease_state {
    double *lo, *hi;       /* inputs */
    double *lower, *upper; /* chain->units, of pre-activations; -INFINITY, INFINITY where nothing is known */
    signed char *phase;    /* chain->units: -1 z <= 0, 1 z >= 0, 0 open */
    void *memory;
} crease_state;

crease_status crease_state_new(const crease_chain *chain, crease_state *state, crease_error *error);
void crease_state_copy(const crease_chain *chain, const crease_state *from, crease_state *to);
void crease_state_clear(crease_state *state);
/* Keeps the box only: no bounds, no phases. */
void crease_state_forget(const crease_chain *chain, crease_state *state);
/* phase -1: unit has z <= 0 from here on, 1: z >= 0. */
void crease_state_fix_phase(crease_state *state, size_t unit, signed char phase);

/* Told of each bound that is tightened; upper: of upper, else of lower. */
typedef struct crease_claims {
    void (*bound)(void *context, size_t unit, bool upper, double value);
    void *context;
} crease_claims;

/* Room of one thread for bounding states of one chain, and what the last call left behind. */
typedef struct crease_bounder {
    const crease_chain *chain;
    crease_magnitude *magnitude; /* of a box that contains the states; borrowed */
    crease_lines lines;
    crease_functionals functionals;
    /* of each unit that is unstable or of fixed phase, gain . x + offset <= z, or <= -z where the phase is 1, on the
     * box: chain->units x input_stride, chain->units */
    double *gain, *offset;
    size_t *unstable; /* padded numbers of unstable units, layer by layer */
    size_t unstable_count;
    size_t contradicted; /* a unit whose phase cannot hold anywhere in the state, or chain->units */
    /* NULL, or a lower bound of gain . x + offset on the part of the box that counts, a ball, say: then bounds of units
     * hold on that part. within_gain (input_stride) is the caller's. */
    double (*within)(const void *context, const double *gain, double offset);
    const void *within_context;
    double *within_gain;
    double *coefficients; /* outputs, for callers */
    void *memory;
} crease_bounder;

crease_status crease_bounder_new(const crease_chain *chain, crease_magnitude *magnitude,
                                 crease_bounder *bounder, crease_error *error);
void crease_bounder_clear(crease_bounder *bounder);

/* Sets lo and hi of a state without bounds, and works out the magnitudes and the bounds of all units. */
void crease_bounder_root(crease_bounder *bounder, crease_state *state, const crease_claims *claims);

/* Tightens the bounds of all units that are unstable, and fills `lines`, `gain` and `unstable`. */
void crease_bounder_tighten(crease_bounder *bounder, crease_state *state, const crease_claims *claims);

/* True when unit u is not one straight piece on its bounds. */
bool crease_unit_is_unstable(const crease_chain *chain, const crease_state *state, size_t l, size_t i);

/* A functional that is smallest at `least` or above: outputs . y + inputs . x over the state. gain (inputs) and
 * offset: gain . x + offset is below it on the whole box. inputs may be NULL, gain may be NULL. Needs the lines of
 * a call of tighten or root. */
double crease_bounder_output(crease_bounder *bounder, const crease_state *state, const double *outputs,
                             const double *inputs, double *gain, double *offset);

#endif
