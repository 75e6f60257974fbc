/* The linear program of one node of branch and bound: the triangle relaxation (Ehlers 2017) of every unit whose sign
 * is open, with everything else eliminated. Its duals are the multipliers of a backward bound as proof.h defines it, so
 * whoever uses them evaluates that bound by itself and need not trust this room. */
#ifndef CREASE_VERIFY_LP_H
#define CREASE_VERIFY_LP_H

#include "crease/status.h"
#include <stdbool.h>
#include <stddef.h>

/* Pre-activations z = weights a + bias of a hidden layer, and what is known of its units: each is z where z >= 0 and
 * slope z below. All arrays have `width` entries. */
typedef struct lp_layer {
    size_t width, fan_in, stride; /* of weights: width x fan_in, rows `stride` apart */
    size_t first;                 /* of its units in the arrays of a solution */
    const double *weights, *bias, *slope;
    const double *lower, *upper; /* of z */
    const signed char *phase;    /* -1: z <= 0 is a constraint, +1: z >= 0 is, 0: neither; NULL: all 0 */
} lp_layer;

/* All arrays are borrowed. */
typedef struct lp_problem {
    size_t inputs, outputs, layer_count, row_count;
    const double *lower, *upper;             /* box of raw inputs x */
    const double *input_shift, *input_scale; /* a_0 = (x - shift) / scale */
    const lp_layer *layer;
    /* y = output_shift + output_scale (output_weights a + output_bias + affine_weights a_0), rows `output_stride` and
     * `affine_stride` apart */
    const double *output_weights, *output_bias, *affine_weights; /* affine_weights NULL: none */
    size_t output_stride, affine_stride;
    const double *output_shift, *output_scale; /* both NULL: identity */
    /* row_count x (inputs + outputs) and row_count: coefficient (x, y) + constant <= 0 */
    const double *coefficient, *constant;
    double timeout; /* seconds; 0: none */
} lp_problem;

typedef enum lp_status {
    LP_FAILED = 0, /* says nothing: numbers out of range, limits reached, no row and no phase */
    LP_OPTIMAL,    /* every row can be at most `objective`, at x, and the multipliers show that not less */
    LP_INFEASIBLE /* the phases contradict each other: `phase` alone shows it, all of `row` is 0, x is not set */
} lp_status;

/* Arrays are the caller's. Those of units hold layer l's from layer[l].first on; what is between is left alone. */
typedef struct lp_solution {
    lp_status status;
    double objective; /* largest row at its least; of INFEASIBLE the bound of sum phase z, > 0 */
    double *x;        /* inputs, in the box */
    double *row;      /* row_count, >= 0, sum 1 up to rounding */
    double *phase;    /* units; phase z <= 0 is what the phases say: >= 0 below, <= 0 above, 0 where free */
    double *slope;    /* units; free side S z, between slope and 1; NAN where the unit needs none */
} lp_solution;

/* Multipliers have 24 significant bits, slopes too unless they are an end of their range. CREASE_NO_MEMORY, or
 * CREASE_UNAVAILABLE where GLPK is not installed; whatever else goes wrong is LP_FAILED. Safe in several threads; frees
 * the thread's environment of GLPK when it was not there before. */
crease_status crease_lp_solve(const lp_problem *problem, lp_solution *solution, crease_error *error);

#endif
