/* A bound on the error of a fitted value over a whole interval of states, from its Bellman residual.
 *
 * For problem A on [from, to] with next period's cash on hand kept there, (T f)(m) = max over a of u(m - a) + beta f(R a + y) is a
 * contraction of modulus beta, and monotone, with the true value V as its fixed point. So (Blackwell 1965; MacQueen 1966)
 *
 *   -below/(1 - beta) <= V - f <= above/(1 - beta),   below = sup(f - T f),  above = sup(T f - f)
 *
 * at every state, not at nodes only. For a piecewise-linear f, a ReLU network for instance, T f is piecewise a straight line or u
 * of one, so above is the largest of finitely many values in closed form, and below as well where f is concave; where it is not,
 * below is bounded cell by cell, finer and finer, from above. Rounding is allowed for by 1e-13 of the values' size. */
#ifndef SAVINGS_BELLMAN_H
#define SAVINGS_BELLMAN_H

#include "savings/savings.h"

typedef struct savings_bellman_bound {
    double from, to;
    double above, below; /* of the residual; above_at, below_at: where */
    double above_at, below_at;
    double lower, upper; /* f + lower <= V <= f + upper */
    bool concave;        /* f is, on [from, to], so that both are exact */
    size_t regions;      /* pieces of T f - f that were looked at */
} savings_bellman_bound;

/* from > limit, and from <= y + R limit <= to, so that the optimal next states stay inside. BAD_ARGUMENT for another model or
 * interval. */
crease_status savings_bellman_bound_of(const savings_solution *solution, const crease_pwl *value, double from,
                                       double to, savings_bellman_bound *bound, crease_error *error);

#endif
