/* The exact value of a number of a specification. */
#ifndef CREASE_SPECIFICATION_NUMBER_H
#define CREASE_SPECIFICATION_NUMBER_H

#include "crease/specification.h"
#include <gmp.h>

/* `value` is initialised and becomes canonical. The number must come from one of the functions of specification.h. */
void crease_number_get(const crease_number *number, mpq_t value);

/* -1, 0 or 1, exactly. */
int crease_number_compare(const crease_number *a, const crease_number *b);

crease_status crease_number_negate(const crease_number *number, crease_number *negative, crease_error *error);

#endif
