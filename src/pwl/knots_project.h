/* Inside optimal knots: fits and bounds under a curvature or limits on slopes. */
#ifndef CREASE_PWL_KNOTS_PROJECT_H
#define CREASE_PWL_KNOTS_PROJECT_H

#include "pwl/knots_search.h"

/* Looks for a better fit and a better bound (cost as in knot_fit) than those given, through the projection of the data
 * onto all functions of the curvature, and onto all functions within each limit on slopes. False without memory. */
bool crease_knot_projections(knot_solver *solver, knot_fit *fit, const knot_bound_options *options,
                             double *bound);

#endif
