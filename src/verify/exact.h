/* Exact evaluation of a network at rational points: the judge of witnesses. */
#ifndef CREASE_VERIFY_EXACT_H
#define CREASE_VERIFY_EXACT_H

#include "verify/question.h"
#include "verify/state.h"

typedef struct crease_exact crease_exact;

/* For one thread. The net must be piecewise linear and is borrowed. */
crease_status crease_exact_new(const crease_net *net, crease_exact **exact, crease_error *error);
void crease_exact_free(crease_exact *exact);

/* True when the point satisfies every row of the alternative of the question's case, in rational arithmetic. The point: x,
 * clamped to the doubles inside the box, and the box's own lower number where there is no double inside. */
bool crease_exact_is_witness(crease_exact *exact, const crease_question *question, size_t alternative,
                             const double *x);

/* True when row r is positive on the whole box of a state that leaves no unit unstable, so that the net, with each unit on the
 * side where the state has it, is affine there. corner (inputs): where the row is about smallest; it is moved. */
bool crease_exact_row_is_positive(crease_exact *exact, const crease_question *question, size_t alternative,
                                  size_t r, const crease_chain *chain, const crease_state *state,
                                  double *corner);

/* The values of any net at that point: exact ones, rounded to the nearest double, where it is piecewise linear. */
crease_status crease_exact_outputs(const crease_net *net, const crease_question *question, const double *x,
                                   double *outputs, crease_error *error);

/* Number j of that point. */
crease_status crease_exact_witness_number(const crease_question *question, const double *x, size_t j,
                                          crease_number *number, crease_error *error);

#endif
