/* Households with income risk: cash on hand m' = B(a)/(G psi) + theta, where B is a piecewise-linear concave budget, psi a
 * permanent and theta a transitory shock, both in units of permanent income; policies by the method of endogenous grid points
 * (Carroll 2006, Economics Letters 91, "The method of endogenous gridpoints") with nodes exactly at the kinks, and the exact
 * slope of the policy carried along with its value, so that between kinks it is a cubic (fourth order).
 *
 * Everything is for one period ahead: a finite horizon calls savings_rule_step once an age, an infinite one
 * savings_household_solve. */
#ifndef SAVINGS_HOUSEHOLDS_H
#define SAVINGS_HOUSEHOLDS_H

#include "crease/crease.h"

enum { SAVINGS_MOST_RATES = 8, SAVINGS_MOST_KINKS = 64 };

/* Joint distribution of the shocks: count outcomes, probabilities that sum to 1. */
typedef struct savings_shocks {
    size_t count;
    double *probability, *permanent, *transitory; /* count each, one block owned through probability */
} savings_shocks;

/* Equiprobable mean-one lognormal permanent and transitory shocks, and unemployment: theta is unemployment_income with
 * probability unemployment, else eps (1 - unemployment unemployment_income)/(1 - unemployment), so the mean is one. All zero
 * means the defaults: 7 points, sigmas .1, unemployment .05 at income .3; a negative number stands for none (0). */
typedef struct savings_income_risk {
    size_t points;
    double sigma_permanent, sigma_transitory, unemployment, unemployment_income;
} savings_income_risk;

crease_status savings_shocks_new(savings_shocks **shocks, size_t count, crease_error *error);
void savings_shocks_free(savings_shocks *shocks);
/* points x (points + 1) outcomes; one point for a shock of deviation 0, none for no unemployment. */
crease_status savings_shocks_lognormal(const savings_income_risk *risk, savings_shocks **shocks,
                                       crease_error *error);
/* A CSV of three columns, by name (probability, permanent, transitory; also prob, psi, theta) or else the first three. */
crease_status savings_shocks_load(const char *path, savings_shocks **shocks, crease_error *error);
/* BAD_ARGUMENT unless probabilities are not negative and sum to 1 within 1e-6, permanent > 0, transitory >= 0, all finite. */
crease_status savings_shocks_check(const savings_shocks *shocks, crease_error *error);

/* Arrays are borrowed. Next period's shocks when income is in state s' then are shocks[s']. */
typedef struct savings_household {
    double crra;
    double discount; /* beta, times survival */
    double growth;   /* G */
    /* B(0) = 0 and B' = rate[0] below rate_kink[0], rate[1] up to rate_kink[1], ...; rates do not rise, kinks ascend */
    size_t rate_count;
    double rate[SAVINGS_MOST_RATES], rate_kink[SAVINGS_MOST_RATES];
    double limit;                        /* least a; -INFINITY: only what can be repaid for sure */
    size_t states;                       /* of persistent income; 1: none */
    const double *transition;            /* states x states, rows sum to 1; NULL with one state */
    const savings_shocks *const *shocks; /* states */
} savings_household;

/* B(a), its slopes, and the a at which B takes a value. */
double savings_budget(const savings_household *household, double a, double *rate_left, double *rate_right);
double savings_budget_inverse(const savings_household *household, double value);

/* Policy and value of one income state on nodes that ascend in m. Between nodes c is the cubic with these slopes, below the
 * first node straight down to c = 0 at `lowest`, beyond the last straight. V: see savings_rule_evaluate. */
typedef struct savings_rule {
    size_t count, room;
    double *m, *c, *a;            /* owned through m, as all below */
    double *mpc_left, *mpc_right; /* slopes on both sides of the node */
    double *V;                    /* NaN where it was not asked for */
    double lowest;                /* of m: consumption is positive above it */
    bool limit_binds;             /* below the first node a is at the limit, and c = m - lowest */
    /* nodes at which the policy has a kink: first those of first order (the limit's end, both ends of each stretch at a kink of the
     * rate), of which there are first_order, then others whose slope jumps by more than .02, ascending in each part */
    size_t first_order, kink_count;
    size_t kink[SAVINGS_MOST_KINKS];
} savings_rule;

crease_status savings_rule_new(savings_rule **rule, size_t room, crease_error *error);
void savings_rule_free(savings_rule *rule);
/* The last period's: c = m, V = u(m). Room for one node is enough. */
void savings_rule_consume_all(savings_rule *rule, double crra);

typedef struct savings_rule_point {
    double c, mpc_left, mpc_right;
    double a;   /* m - c, exactly the limit or the kink of the rate where it stays there */
    bool stays; /* a is at the limit or at a kink of the rate: the Euler equation is an inequality */
    double
        V; /* by fourth-order interpolation of V less what a straight policy would give, which keeps V' = u'(c) at nodes */
} savings_rule_point;
/* NaN in every field for m <= lowest. */
savings_rule_point savings_rule_evaluate(const savings_household *household, const savings_rule *rule,
                                         double m);

/* All zero means the defaults. */
typedef struct savings_grid_options {
    size_t nodes;      /* of assets, on top of those at kinks: 500 */
    double highest;    /* assets: 50 */
    double tolerance;  /* estimated relative distance of c from the limit of the iteration: 1e-11 */
    size_t iterations; /* at most so many: 20000 */
    size_t threads;    /* 0: all cores; the digits do not depend on it */
    bool (*interrupted)(void *context); /* true ends the iteration with the policy as it is */
    void *interrupted_context;
    void (*progress)(size_t done, size_t total,
                     void *context); /* steps on the present grid, and about how many it takes */
    void *progress_context;
} savings_grid_options;

/* How many nodes a rule of this household can have. */
size_t savings_rule_room(const savings_household *household, const savings_grid_options *options);

/* One backward step: rule[s] (of room savings_rule_room) from next[s'], states each. with_value: V as well, which next must have. */
crease_status savings_rule_step(const savings_household *household, const savings_grid_options *options,
                                const savings_rule *const *next, bool with_value, savings_rule *const *rule,
                                crease_error *error);

/* The infinite horizon: rule[s], owned by the caller, with V. BAD_ARGUMENT for a household without solution, and when the
 * iteration did not end (household too patient). */
crease_status savings_household_solve(const savings_household *household, const savings_grid_options *options,
                                      savings_rule **rule, size_t *iterations, crease_error *error);

/* BAD_ARGUMENT, with the remedy, unless numbers are finite and in range, rates do not rise, and the limit is no looser than
 * the natural one. The checks of an infinite horizon (finite value: discount E[(G psi)^(1-g)] < 1; impatience: (discount
 * R)^(1/g) < R; Carroll 2022) with infinite_horizon. natural (may be NULL): the natural limit, -INFINITY when any debt can be
 * carried for ever. */
crease_status savings_household_check(const savings_household *household, bool infinite_horizon,
                                      double *natural, crease_error *error);

/* End of period in state s with assets a: W(a) = discount E[(G psi)^(1-g) V'(m')] (rule: next period's, states of them, with
 * V), and dW without the rate: W' = rate * marginal. */
void savings_end_of_period(const savings_household *household, const savings_rule *const *rule, size_t state,
                           double a, double *W, double *marginal);

#endif
