/* One case of a specification with its rows as dense arrays of doubles, rounded to the safe side. */
#ifndef CREASE_VERIFY_QUESTION_H
#define CREASE_VERIFY_QUESTION_H

#include "crease/specification.h"
#include "verify/chain.h"

/* A point of alternative a satisfies outputs_r . y + inputs_r . x + constant_r <= 0 in each row r, constant_r rounded down. */
typedef struct crease_question_rows {
    size_t row_count;
    double *outputs, *inputs; /* row_count x outputs, row_count x inputs */
    double *constant;         /* row_count */
} crease_question_rows;

typedef struct crease_question {
    size_t inputs, outputs;
    double *lo, *hi;      /* the box, rounded outwards */
    double *least, *most; /* smallest and largest doubles inside the box; least > most: none */
    crease_question_rows *alternative;
    size_t alternative_count, most_rows;
    const crease_case *source; /* borrowed */
    void *memory;
} crease_question;

/* CREASE_BAD_ARGUMENT where the coefficients of one variable in a row do not add up to a double. */
crease_status crease_question_new(const crease_specification *specification, size_t index,
                                  crease_question *question, crease_error *error);
void crease_question_clear(crease_question *question);

/* Puts a point into the box, where there are doubles inside; else it lies at the outer end. */
void crease_question_clamp(const crease_question *question, double *x);

#endif
