/* Networks as policies, fitted to the Euler equation itself. */
#ifndef SAVINGS_EULER_FIT_H
#define SAVINGS_EULER_FIT_H

#include "savings/held.h"
#include "savings/savings.h"

/* Root of the weight of rows at the kinks of a policy where hinges are held: with c exact there, the household saves on the one side
 * of the kink and borrows on the other, as it should. */
enum { SAVINGS_KINK_WEIGHT = 100 };

/* Moves net, a policy c(m) of A, K3 or D1 that is nearly right, to the least sum of squared Euler errors at n states x, plus those
 * of the relative error of consumption: weight 1 where the Euler equation is an inequality, SAVINGS_KINK_WEIGHT at the kinks, `value_weight` elsewhere. The first
 * `kinks` hinges stay at kink. BAD_ARGUMENT for a model without such an equation. */
crease_status savings_minimise_euler(const savings_solution *solution, crease_net *net, size_t n,
                                     const double *x, const double *kink, size_t kinks, double value_weight,
                                     const crease_fit_options *options, crease_error *error);

#endif
