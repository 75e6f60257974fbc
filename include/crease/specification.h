/* Specifications: what must not happen to a network, in exact numbers.
 *
 * A specification is a list of cases. A case is a box of inputs x and a list of alternatives; an alternative is a list
 * of linear inequalities ("rows") in x and the outputs y. The network *violates* the specification when some x of some
 * case's box satisfies every row of one of its alternatives at y = net(x); such an x is a witness. An alternative
 * without rows holds everywhere, a case without alternatives nowhere, and a specification without cases cannot be
 * violated. */
#ifndef CREASE_SPECIFICATION_H
#define CREASE_SPECIFICATION_H

#include "crease/status.h"
#include <stdbool.h>
#include <stddef.h>

/* A rational number as it was written: `text` is a decimal literal ("-0.5", "1e-3"), a hexadecimal one as %a prints
 * it, or a fraction "-1/3". below <= number <= above are the nearest doubles, equal where the number is a double. */
typedef struct crease_number {
    char *text; /* owned */
    double below, above;
} crease_number;

/* The number that is written in `text` (copied). CREASE_BAD_ARGUMENT when it is none, or too large for a double or
 * too small to be told from 0 by one (nonzero below 2^-1022). */
crease_status crease_number_parse(const char *text, crease_number *number, crease_error *error);
/* Exactly this double, which must be finite. */
crease_status crease_number_from_double(double value, crease_number *number, crease_error *error);
crease_status crease_number_copy(const crease_number *number, crease_number *copy, crease_error *error);
void crease_number_clear(crease_number *number);

/* coefficient times input or output number `index`. */
typedef struct crease_term {
    bool output;
    size_t index;
    double coefficient;
} crease_term;

/* sum of terms + constant <= 0 */
typedef struct crease_row {
    crease_term *term;
    size_t term_count;
    crease_number constant;
} crease_row;

typedef struct crease_alternative {
    crease_row *row;
    size_t row_count;
} crease_alternative;

typedef struct crease_case {
    crease_number *lower, *upper; /* inputs of them; lower <= upper exactly */
    crease_alternative *alternative;
    size_t alternative_count;
} crease_case;

typedef struct crease_specification {
    size_t inputs, outputs;
    crease_case *cases;
    size_t case_count;
} crease_specification;

/* A specification with one case: the box, in doubles, and no alternative yet. */
crease_status crease_specification_box(size_t inputs, size_t outputs, const double *lower,
                                       const double *upper, crease_specification **specification,
                                       crease_error *error);
/* Adds to case `index` the alternative of `row_count` rows: coefficients (row_count x (inputs + outputs), row-major,
 * inputs first) and constants (row_count): coefficients (x, y) + constant <= 0 in each row. */
crease_status crease_specification_add(crease_specification *specification, size_t index, size_t row_count,
                                       const double *coefficients, const double *constants,
                                       crease_error *error);
void crease_specification_free(crease_specification *specification);

#endif
