/* Sums of rows and of phase constraints that are <= 0 at every witness, and their bounds: "M" of proof.h. */
#ifndef CREASE_VERIFY_MULTIPLIER_H
#define CREASE_VERIFY_MULTIPLIER_H

#include "verify/question.h"
#include "verify/state.h"

typedef struct crease_multiplier {
    double *row;   /* >= 0, one a row of the alternative */
    double *phase; /* chain->units: of pre-activations of units with fixed phase, >= 0 below, <= 0 above */
    double *slope; /* chain->units: slope of the free side, NAN for the usual one */
    bool phases, slopes; /* whether there are any */
    void *memory;
} crease_multiplier;

crease_status crease_multiplier_new(const crease_chain *chain, size_t most_rows,
                                    crease_multiplier *multiplier, crease_error *error);
void crease_multiplier_clear(crease_multiplier *multiplier);
/* All rows 0 and nothing else. */
void crease_multiplier_zero(const crease_chain *chain, size_t rows, crease_multiplier *multiplier);

/* What is known of a functional on a box: gain . x + offset <= F(x), and the smallest value of that. */
typedef struct crease_form {
    double *gain; /* inputs */
    double offset, least;
} crease_form;

/* Room for combining rows. */
typedef struct crease_combiner {
    double *outputs, *inputs; /* the combined coefficients */
    double *trace;            /* chain->units: coefficients of hidden values in the last functional */
    crease_lines lines;       /* with other slopes */
    void *memory;
} crease_combiner;

crease_status crease_combiner_new(const crease_chain *chain, crease_combiner *combiner, crease_error *error);
void crease_combiner_clear(crease_combiner *combiner);

/* Bound of the sum over a state whose bounds and lines the bounder has just worked out. */
void crease_multiplier_bound(crease_bounder *bounder, crease_combiner *combiner, const crease_state *state,
                             const crease_question_rows *rows, const crease_multiplier *multiplier,
                             crease_form *form);

/* Bounds of single rows first .. first + count - 1 (count <= CREASE_TOGETHER) with the usual slopes. */
void crease_multiplier_rows(crease_bounder *bounder, crease_combiner *combiner, const crease_state *state,
                            const crease_question_rows *rows, size_t first, size_t count, crease_form *form);

#endif
