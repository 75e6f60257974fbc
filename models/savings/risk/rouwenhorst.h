/* Persistent income: an autoregression of log income as a Markov chain.
 *
 * z' = persistence z + innovation, with standard deviation sd of z, becomes a chain on `states` evenly spaced values in
 * [-sd sqrt(states-1), sd sqrt(states-1)] (Rouwenhorst 1995). It has the mean, variance and autocorrelations of the
 * autoregression and its conditional means and variances exactly, whatever the number of states (Kopecky & Suen 2010,
 * Review of Economic Dynamics 13), and a binomial stationary distribution. */
#ifndef SAVINGS_ROUWENHORST_H
#define SAVINGS_ROUWENHORST_H

#include "savings/risk/households.h"

typedef struct savings_markov {
    size_t states;
    double persistence, sd; /* of log income, unconditional */
    double *log_value;      /* ascending; owned, as all below, through log_value */
    double *level;          /* exp(log_value) over its stationary mean, so the mean level is one */
    double *stationary;     /* probabilities */
    double *transition;     /* states x states, from row to column */
} savings_markov;

/* One state is no persistent risk: log value 0, whatever sd. BAD_ARGUMENT unless 1 <= states <= 1000, |persistence| < 1 and
 * sd >= 0. */
crease_status savings_rouwenhorst(size_t states, double persistence, double sd, savings_markov **markov,
                                  crease_error *error);
void savings_markov_free(savings_markov *markov);

/* The shocks of each state: transitory income times the state's level. shocks[s] for `states` states, owned by the caller
 * together with the list: savings_shocks_list_free. */
crease_status savings_shocks_by_state(const savings_shocks *shocks, const double *level, size_t states,
                                      savings_shocks ***list, crease_error *error);
void savings_shocks_list_free(savings_shocks **list, size_t states);

/* The probabilities that a chain stays at for ever, from any start, by elimination without subtractions (Grassmann, Taksar &
 * Heyman 1985), so each is accurate to rounding. BAD_ARGUMENT when some state cannot be reached from another. */
crease_status savings_stationary(size_t states, const double *transition, double *probability,
                                 crease_error *error);

#endif
