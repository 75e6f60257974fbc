/* Who holds how much: the distribution of end-of-period assets that a policy brings about, on nodes of assets and over income
 * states, by the histogram method (Young 2010, Journal of Economic Dynamics and Control 34): a household at a moves to
 * a' = m' - c(m'), m' = B(a)/(G psi) + theta, and its mass is shared between the two nodes beside a' so that the mean is kept.
 * Nodes lie exactly at the limit and at the kinks of the rate, where households stay, so these atoms are not smeared.
 *
 * Assets are in units of permanent income where income has permanent shocks. */
#ifndef SAVINGS_DISTRIBUTION_H
#define SAVINGS_DISTRIBUTION_H

#include "savings/risk/rouwenhorst.h"

enum { SAVINGS_MOST_ATOMS = SAVINGS_MOST_RATES, SAVINGS_PERCENTILES = 9 };

/* ---- one period's move, prepared for a policy ---- */

typedef struct savings_flow savings_flow;

/* All zero means the defaults. */
typedef struct savings_flow_options {
    bool
        income_weighted; /* each household counts by its permanent income (the neutral measure of Harmenberg 2021): shock
                             probabilities are multiplied by psi/E[psi], and means are aggregates over aggregate income */
    double
        survival; /* 0: 1. The others are replaced by newborns with `newborn` assets, whose income state is drawn from
                             the stationary distribution */
    double newborn;
} savings_flow_options;

/* From end-of-period assets on `nodes` ascending points a (copied) and `states` income states, to next period's under its
 * policies rule[s']. Everything else is borrowed for the call only. */
crease_status savings_flow_new(const savings_household *household, const savings_rule *const *rule,
                               size_t nodes, const double *a, const savings_flow_options *options,
                               savings_flow **flow, crease_error *error);
void savings_flow_free(savings_flow *flow);
/* next (states x nodes, row s holds the mass in state s) is overwritten. */
void savings_flow_push(savings_flow *flow, const double *mass, double *next);

/* Means over the period that begins from `mass`: exact for households at the nodes. */
typedef struct savings_flow_means {
    double c, a, m, income, mpc;
    double atom[SAVINGS_MOST_ATOMS]; /* share that ends the period staying at the atom */
    double above;                    /* share that would end above the last node, and is put there */
    double
        stranded; /* share with less cash on hand than its debts need: it consumes nothing, and the rest is forgiven */
} savings_flow_means;
savings_flow_means savings_flow_mean(savings_flow *flow, const double *mass);

/* The least assets that anybody can end a period with. */
double savings_least_assets(const savings_household *household, const savings_rule *const *rule);
/* Where households stay: the limit (when it can bind), then the kinks of the rate above it, ascending. Returns how many. */
size_t savings_atoms(const savings_household *household, const savings_rule *const *rule,
                     double atom[SAVINGS_MOST_ATOMS]);
/* About `nodes` points from `least` to `highest`, denser below, with the exact_count points of `exact` among them; *a is owned
 * by the caller. BAD_ARGUMENT when a point lies outside. */
crease_status savings_asset_nodes(double least, double highest, size_t nodes, size_t exact_count,
                                  const double *exact, double **a, size_t *count, crease_error *error);

/* ---- the stationary distribution ---- */

/* All zero means the defaults. */
typedef struct savings_distribution_options {
    size_t nodes;     /* of assets: 2000 */
    double highest;   /* 50 */
    double tolerance; /* estimated distance (sum of absolute differences) from the stationary masses: 1e-12 */
    size_t iterations; /* 100000 */
    savings_flow_options flow;
    bool (*interrupted)(void *context);
    void *interrupted_context;
} savings_distribution_options;

typedef struct savings_distribution {
    size_t nodes, states;
    double *a;        /* nodes, ascending; owned, as all below, through a */
    double *mass;     /* states x nodes */
    double *marginal; /* nodes: over all states */
    size_t atoms;
    double atom[SAVINGS_MOST_ATOMS]; /* see savings_atoms; means.atom are their masses */
    savings_flow_means means;
    double sd, gini; /* of assets; gini NaN unless the mean is positive */
    double percentile
        [SAVINGS_PERCENTILES]; /* 1, 5, 10, 25, 50, 75, 90, 95, 99 %: least node with so much at or below it */
    double top_tenth; /* share of all assets held by the richest tenth; NaN unless the mean is positive */
    double
        budget_residual; /* E[c] + E[a] - E[m], and E[a] against the masses' own mean: 0 but for rounding and
                                               households above the last node */
    double change;       /* the estimated distance reached */
    size_t iterations;
    bool converged;
} savings_distribution;

extern const double savings_percentile_share[SAVINGS_PERCENTILES];

/* BAD_ARGUMENT when the grid does not reach below the least assets; otherwise a distribution, `converged` or not. */
crease_status savings_distribution_solve(const savings_household *household, const savings_rule *const *rule,
                                         const savings_distribution_options *options,
                                         savings_distribution **distribution, crease_error *error);
void savings_distribution_free(savings_distribution *distribution);

/* Gini coefficient, sd, percentiles and top share of masses (summing to 1) on ascending nodes; used by the above. */
void savings_distribution_describe(size_t nodes, const double *a, const double *mass, double *sd,
                                   double *gini, double percentile[SAVINGS_PERCENTILES], double *top_tenth);

#endif
