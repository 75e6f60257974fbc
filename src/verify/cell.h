/* Exact bounds where no unit is open. */
#ifndef CREASE_VERIFY_CELL_H
#define CREASE_VERIFY_CELL_H

#include "verify/state.h"

/* The least value of outputs . y over the box of a state, in rational arithmetic and rounded down: of a piecewise-linear
 * net whose units all keep to one side by the state's bounds and phases (then of the affine map that holds there), or
 * on a box that is one point. -INFINITY anywhere else, and without memory. */
double crease_cell_least(const crease_net *net, const crease_chain *chain, const crease_state *state,
                         const double *outputs);

#endif
