/* The program of one alternative of one case. */
#ifndef CREASE_VERIFY_MILP_BUILD_H
#define CREASE_VERIFY_MILP_BUILD_H

#include "verify/milp_model.h"
#include "verify/state.h"

/* Bounds of pre-activations in `state`. The model is to be cleared in any case. */
crease_status crease_milp_build(const crease_chain *chain, const crease_state *state,
                                const crease_case *source, size_t alternative, milp_model *model,
                                crease_error *error);

/* Bounds of all pre-activations over the box by interval arithmetic, widened a little against rounding. */
crease_status crease_milp_plain_bounds(const crease_chain *chain, crease_state *state, crease_error *error);

#endif
