/* A network of straight pieces in rational arithmetic, cut into all its linear regions: the judge of the verifier.
 * Knows nothing of src/verify, src/checker, src/regions or src/specification/number.h. */
#ifndef TEST_EXACT_NET_H
#define TEST_EXACT_NET_H

#include "crease/net.h"
#include "crease/specification.h"
#include "support/exact_numbers.h"
#include <stdbool.h>

typedef struct exact_net exact_net;
exact_net *exact_net_new(const crease_net *net);
void exact_net_free(exact_net *net);

/* y: outputs of the net */
void exact_evaluate(exact_net *net, mpq_t *x, mpq_t *y);
/* The same, and the pre-activations of all hidden units, layer by layer (may be NULL). */
void exact_preactivations(exact_net *net, mpq_t *x, mpq_t *units, mpq_t *y);

/* Least value of coefficient (x, y) over a box of doubles, and where (may be NULL). */
void exact_minimum(exact_net *net, const double *lower, const double *upper, const double *coefficient,
                   mpq_t least, mpq_t *where);

/* Whether some x violates the specification; then where (inputs). */
bool exact_violated(exact_net *net, const crease_specification *specification, mpq_t *where);

/* Whether x is in the box of the case and satisfies every row of the alternative. */
bool exact_is_witness(exact_net *net, const crease_specification *specification, size_t which_case,
                      size_t which_alternative, mpq_t *x);

/* The number of linear regions that the last search went through. */
size_t exact_region_count(const exact_net *net);

#endif
