/* What a node has shown, step by step, in the terms of proof.h. */
#ifndef CREASE_VERIFY_RECORD_H
#define CREASE_VERIFY_RECORD_H

#include "verify/multiplier.h"
#include <stdio.h>

typedef enum crease_step_kind {
    CREASE_STEP_LOWER,             /* unit, value */
    CREASE_STEP_UPPER,             /* unit, value */
    CREASE_STEP_CLOSE,             /* alternative; its multiplier follows */
    CREASE_STEP_CUT,               /* alternative; its multiplier, then its cuts follow */
    CREASE_STEP_ROW,               /* part of a multiplier: row, value */
    CREASE_STEP_PHASE,             /* part of a multiplier: unit, value */
    CREASE_STEP_SLOPE,             /* part of a multiplier: unit, value */
    CREASE_STEP_CUT_LO,            /* input, value */
    CREASE_STEP_CUT_HI,            /* input, value */
    CREASE_STEP_SPLIT_INPUT,       /* input, value */
    CREASE_STEP_SPLIT_ALTERNATIVE, /* alternative */
    CREASE_STEP_SPLIT_UNIT         /* unit */
} crease_step_kind;

typedef struct crease_step {
    crease_step_kind kind;
    unsigned index;
    double value;
} crease_step;

/* Steps of one node while it is examined. `kept` false: nothing is stored. */
typedef struct crease_steps {
    crease_step *step;
    size_t count, room;
    bool kept, failed; /* failed: out of memory */
} crease_steps;

void crease_steps_add(crease_steps *steps, crease_step_kind kind, size_t index, double value);
/* CLOSE or CUT with its multiplier (row_count rows). */
void crease_steps_add_multiplier(const crease_chain *chain, crease_steps *steps, crease_step_kind kind,
                                 size_t alternative, size_t row_count, const crease_multiplier *multiplier);

/* The tree of one case. */
typedef struct crease_record_node {
    crease_step *step; /* owned */
    size_t count;
    size_t child[2]; /* numbers of nodes; 0: none */
} crease_record_node;

typedef struct crease_record {
    crease_record_node *node; /* the root is number 0 */
    size_t count, room;
} crease_record;

/* A new node without steps; its number in *number. */
crease_status crease_record_add(crease_record *record, size_t *number, crease_error *error);
/* Copies the steps to the node. */
crease_status crease_record_set(crease_record *record, size_t number, const crease_steps *steps,
                                crease_error *error);
void crease_record_clear(crease_record *record);

/* Writes the case's part of the proof file. */
crease_status crease_record_write(const crease_record *record, const crease_chain *chain, size_t index,
                                  FILE *file, crease_error *error);

#endif
