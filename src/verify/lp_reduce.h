/* A node's linear program in few columns: inputs that can move and one variable for each unit of open sign. */
#ifndef CREASE_VERIFY_LP_REDUCE_H
#define CREASE_VERIFY_LP_REDUCE_H

#include "verify/lp.h"

/* An open unit: column v = sign (f(z) - slope z) / scale >= 0, sign that of 1 - slope. */
typedef struct lp_unit {
    size_t index; /* in a solution's arrays */
    double slope, chord_slope, chord_offset, scale, sign, lower, upper;
} lp_unit;

typedef enum lp_kind {
    LP_ROW,   /* form <= t */
    LP_PHASE, /* form <= 0 (sense -1) or form >= 0 (sense 1) */
    LP_FREE,  /* form >= 0: f(z) beyond z */
    LP_CHORD  /* form <= 0: f(z) within the chord */
} lp_kind;

typedef struct lp_constraint {
    lp_kind kind;
    size_t index; /* row, unit in a solution's arrays, or open unit */
    int sense;
    double scale; /* the constraint was divided by it */
} lp_constraint;

/* Forms are constant, input columns (each in [-1, 1]), unit columns. */
typedef struct lp_reduced {
    size_t input_columns, unit_columns, width; /* width = 1 + input_columns + unit_columns */
    size_t *input;                             /* of each input column */
    lp_unit *unit;
    size_t constraint_count, phase_count;
    lp_constraint *constraint;
    double *form; /* constraint_count x width */
} lp_reduced;

/* CREASE_BAD_DATA when a number is not finite or out of the range that a simplex method can work in. */
crease_status crease_lp_reduce(const lp_problem *problem, lp_reduced *reduced, crease_error *error);
void crease_lp_reduced_clear(lp_reduced *reduced);

#endif
