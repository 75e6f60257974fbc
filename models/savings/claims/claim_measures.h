/* How the claims of claims.c are measured; private to the claims. */
#ifndef SAVINGS_CLAIM_MEASURES_H
#define SAVINGS_CLAIM_MEASURES_H

#include "savings/claims/claims.h"

/* ---- what every measurement uses (claims_tools.c) ---- */

/* The only way to a value. */
double savings_claim_value(const savings_solution *solution, savings_object object,
                           const savings_claim_setup *setup, double x);
/* One year's income, or the unit of K3 and D1. */
double savings_claim_scale(const savings_solution *solution);
/* The rate's kink that the sentences are about, also when the rate does not change there. */
double savings_claim_rate_kink(const savings_solution *solution);
/* The step for one-sided differences at x: no other kink lies within 16 of them. */
double savings_claim_step(const savings_solution *solution, double x);
/* First and second derivative from five values on one side: h > 0 the right, h < 0 the left. Errors O(h^4),
 * O(h^3). */
double savings_claim_slope(const savings_solution *solution, savings_object object,
                           const savings_claim_setup *setup, double x, double h);
double savings_claim_curvature(const savings_solution *solution, savings_object object,
                               const savings_claim_setup *setup, double x, double h);
/* Slopes differ by more than a part in a million. */
bool savings_claim_is_kink(double slope_left, double slope_right);
/* The limit at t = 0 of a smooth function of t from its values at start, start/2, ..: Neville's scheme on six
 * points. */
double savings_claim_limit(double (*f)(double t, void *context), void *context, double start);
void savings_claim_add(savings_evidence *evidence, const char *name, double measured, double theory,
                       double tolerance);
void savings_claim_add_bound(savings_evidence *evidence, const char *name, double measured,
                             savings_relation relation, double bound);

/* ---- kinks and their absence (claims_kinks.c) ---- */
savings_measure
    savings_claim_no_kink_of_value; /* of V(m), at every kink of the policy; at its first and last */
savings_measure savings_claim_no_kink_first, savings_claim_no_kink_last;
savings_measure savings_claim_curvature_jump; /* of V(m), where the limit stops binding */
savings_measure savings_claim_policy_kink;    /* of c(m), there */
savings_measure savings_claim_wedge;          /* of W(a), at the kink of the rate */
savings_measure savings_claim_flat_stretch;   /* of c(m) */
savings_measure savings_claim_detected;       /* any kink, by crease_kinks_detect */

/* ---- default (claims_default.c) ---- */
savings_measure savings_claim_default;
savings_measure savings_claim_taste_shocks;

/* ---- continuous time (claims_time.c) ---- */
savings_measure savings_claim_value_power, savings_claim_policy_power, savings_claim_infinite_curvature,
    savings_claim_wedge_in_time, savings_claim_short_periods;

/* ---- networks (claims_networks.c) ---- */
savings_measure savings_claim_one_unit, savings_claim_two_units, savings_claim_contest;

#endif
