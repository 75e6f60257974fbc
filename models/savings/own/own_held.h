/* What own_held.c (residuals and derivatives) and own_starts.c (the search for their least sum) share. */
#ifndef SAVINGS_OWN_HELD_H
#define SAVINGS_OWN_HELD_H

#include "savings/own/own_parts.h"

typedef struct savings_own_problem {
    const crease_net *net;
    size_t width;
    size_t values, slopes; /* rows of each kind */
    double *t;             /* values + slopes places */
    double *target, *root; /* of each residual: its target, and what it is multiplied by */
    int *side;     /* of each place: on which side of a kink it counts as lying where it is one; 0: right */
    double *kink;  /* width: standardised place of a held unit, NaN of others */
    size_t *place; /* of each free parameter in theta, ascending */
    size_t free_count;
} savings_own_problem;

/* Several starts, or one from net->theta (keep), by variable projection; sets the free entries of net->theta. values: the
 * problem without slopes, NULL when it is the same. */
crease_status savings_own_search(crease_net *net, const savings_own_problem *p, const crease_problem *problem,
                                 const crease_problem *values, bool keep, const crease_fit_options *options,
                                 crease_error *error);

#endif
