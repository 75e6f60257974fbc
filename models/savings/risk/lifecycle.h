/* A life of finitely many years: a policy for every age and income state, by backward steps from the last year, in which all
 * is consumed (no bequest), and what a cohort does on average at each age.
 *
 * Income at work is profile[age] times a persistent level (Rouwenhorst's chain) times a transitory shock; from retirement on
 * it is profile[age] times the level of the last year at work, for certain. Cash on hand, assets and income are in the units
 * of the profile. */
#ifndef SAVINGS_LIFECYCLE_H
#define SAVINGS_LIFECYCLE_H

#include "savings/risk/distribution.h"
#include "savings/risk/rouwenhorst.h"

/* Arrays are borrowed for the call. */
typedef struct savings_life {
    double crra, beta;
    size_t rate_count; /* the budget, see savings_household */
    double rate[SAVINGS_MOST_RATES], rate_kink[SAVINGS_MOST_RATES];
    double
        limit; /* least assets at every age but the last, where debt ends; -INFINITY: only what is surely repaid */
    size_t ages;            /* 2 or more */
    size_t retired;         /* index of the first age without income risk; ages or more: never */
    const double *profile;  /* ages, above 0 (0 allowed in retirement) */
    const double *survival; /* ages: probability to live on to the next age; NULL: 1. The last is not used */
    size_t states;          /* of the persistent level; 0: 1 */
    double persistence, sd; /* of its logarithm */
    const savings_shocks *shocks; /* transitory; permanent shocks must be 1. NULL: none */
} savings_life;

typedef struct savings_lifecycle {
    size_t ages, states;
    savings_markov *markov; /* owned, as all below */
    savings_household
        *household; /* ages: the step into this age: its shocks, and the discount of the year before it */
    savings_shocks ***shocks; /* ages x states, which the households refer to */
    double *stay;             /* identity, states x states: the transition in retirement */
    savings_rule **rule;      /* ages x states: policy at age t in state s is rule[t * states + s], with V */
} savings_lifecycle;

/* grid may be NULL; its threads, nodes and highest count. BAD_ARGUMENT, with the reason, for a life without a solution. */
crease_status savings_lifecycle_solve(const savings_life *life, const savings_grid_options *grid,
                                      savings_lifecycle **lifecycle, crease_error *error);
void savings_lifecycle_free(savings_lifecycle *lifecycle);

/* NaN in every field for m at or below what can be repaid. */
savings_rule_point savings_lifecycle_at(const savings_lifecycle *lifecycle, size_t age, size_t state,
                                        double m);

/* A cohort that begins with `assets` before its first income; states drawn from the stationary distribution. Among those
 * alive at each age. */
typedef struct savings_age_profile {
    savings_flow_means
        means; /* c, a, m, income, mpc; atom[k]: share that stays at the lifecycle's k-th atom */
    double sd, p10, p50, p90; /* of assets at the end of the year */
    size_t atoms;
    double atom[SAVINGS_MOST_ATOMS];
} savings_age_profile;

/* profile: ages entries. nodes of assets (0: 1000) up to highest. */
crease_status savings_lifecycle_cohort(const savings_lifecycle *lifecycle, double assets, size_t nodes,
                                       double highest, savings_age_profile *profile, crease_error *error);

#endif
