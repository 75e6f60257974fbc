/* Inside optimal knots: the global search and the bound. */
#ifndef CREASE_PWL_KNOTS_SEARCH_H
#define CREASE_PWL_KNOTS_SEARCH_H

#include "pwl/knots_chain.h"
#include "pwl/knots_solve.h"

/* Best knots on at most `places` data (all of them where there are no more; then also at parts - 1 places between any
 * two), polished between them: replaces fit where that is better. False without memory. *work grows by what it cost. */
bool crease_knot_search(knot_solver *solver, knot_fit *fit, size_t places, size_t parts, double *work);

typedef struct knot_bound_options {
    double tolerance,
        no_error; /* a function matters that is better by tolerance * max(all of the cost, no_error) */
    double work;  /* budget */
    const crease_knots_options *asked; /* for progress and interruption */
} knot_bound_options;

/* *bound: no function of the rules costs less (cost as in knot_fit). Better functions met on the way replace fit. */
bool crease_knot_bound(knot_solver *solver, knot_fit *fit, const knot_bound_options *options, double *bound);

#endif
