/* Networks as policies, fitted to the Euler equation itself. */
#ifndef SAVINGS_EULER_FIT_H
#define SAVINGS_EULER_FIT_H

#include "savings/held.h"
#include "savings/savings.h"

/* Moves net, a policy c(m) of A, K3 or D1 that is nearly right, to the least sum of squared Euler errors at n states x, plus those
 * of the relative error of consumption: weight 1 where the Euler equation is an inequality, `value_weight` elsewhere. The first
 * `kinks` hinges stay at kink. BAD_ARGUMENT for a model without such an equation. */
crease_status savings_minimise_euler(const savings_solution *solution, crease_net *net, size_t n,
                                     const double *x, const double *kink, size_t kinks, double value_weight,
                                     const crease_fit_options *options, crease_error *error);

#endif
