/* Default with prices that know of it (Arellano 2008, American Economic Review 98): a country with income y, an
 * autoregression in logs, and bonds b (b < 0: debt, due now) that pay 1 next period and cost q(b', y) now.
 *
 *   repay    V_r(b, y) = max over b' of u(y + b - q(b', y) b') + beta E[V(b', y') | y]
 *   default  V_d(y) = u(min(y, cap E[y])) + beta E[reentry V(0, y') + (1 - reentry) V_d(y') | y]
 *   V = max(V_r, V_d),   q(b', y) = P[V_r(b', y') >= V_d(y') | y]/(1 + interest)
 *
 * V bends upwards at b*(y), the endogenous borrowing limit of each income: flat below it, since default ignores b. One state,
 * beta = 1/(1 + interest), no re-entry and cap = 1 - phi is problem C with b = R a.
 *
 * Income is a chain, so prices are steps in b' at the limits of the states, finer with more of them. Solved on a grid of b by value iteration on V and q together, which is the limit of finite horizons (Hatchondo, Martinez &
 * Sapriza 2010); choices rise in b, so each is looked for between its neighbours'. A period is a quarter at the defaults. */
#ifndef SAVINGS_SOVEREIGN_H
#define SAVINGS_SOVEREIGN_H

#include "savings/risk/rouwenhorst.h"

typedef struct savings_sovereign_parameters {
    double beta, crra, interest;
    double persistence, sd; /* of log income: autocorrelation, unconditional standard deviation */
    double reentry;         /* probability of regaining access in a period of exclusion */
    double cap;             /* income in default is at most cap times its mean */
    size_t states;          /* of income: 51 */
    double lowest, highest; /* of b: -.4, .1; 0 must lie between */
    size_t points;          /* of b; 0 is moved onto the grid: 1001 */
    double tolerance;       /* of V: 1e-9 */
    size_t iterations;      /* 20000 */
} savings_sovereign_parameters;

/* Arellano's (2008, table 3): beta .953, g 2, interest .017, persistence .945, innovations .025, re-entry .282, cap .969. */
savings_sovereign_parameters savings_sovereign_defaults(void);

typedef struct savings_sovereign {
    savings_sovereign_parameters parameters;
    savings_markov *income; /* owned; y = level, whose mean is one */
    size_t points, states;
    double *b;     /* points, ascending; owned, as all below, through b */
    double *repay; /* states x points: V_r, -INFINITY where nothing can be consumed */
    double *price; /* states x points: q(b', y) */
    double *fail;  /* states: V_d */
    double *
        threshold; /* states: b*(y), between nodes by the line through V_r; -INFINITY: never defaults on the grid */
    size_t *choice; /* states x points: node of b', owned */
    size_t zero;    /* node of b = 0 */
    size_t iterations;
    double change; /* of V in the last iteration */
    bool converged;
} savings_sovereign;

/* For a caller who wants to watch; all NULL: nobody does. */
typedef struct savings_sovereign_watch {
    bool (*interrupted)(void *context); /* true ends the iteration with the values as they are */
    void *interrupted_context;
    void (*progress)(size_t done, size_t total, void *context); /* iterations, and about how many it takes */
    void *progress_context;
} savings_sovereign_watch;

/* watch may be NULL. */
crease_status savings_sovereign_solve(const savings_sovereign_parameters *parameters,
                                      const savings_sovereign_watch *watch, savings_sovereign **sovereign,
                                      crease_error *error);
void savings_sovereign_free(savings_sovereign *sovereign);
/* V at a node, and whether it defaults there. */
double savings_sovereign_value(const savings_sovereign *sovereign, size_t state, size_t node, bool *defaults);
/* Slopes of V in b just left and right of b*(y): 0 and u'(c) of who is indifferent. NaN where it never defaults. */
double savings_sovereign_slope(const savings_sovereign *sovereign, size_t state);

/* Rates and spreads a year, periods being quarters. In the long run over all periods with access; and over windows of 74
 * quarters that end in default, as in Arellano (2008). */
typedef struct savings_sovereign_moments {
    double default_rate;           /* a year, in the long run: 1 - (1 - p)^4, p a period, of all periods */
    double debt;                   /* mean of -q b' over income, in periods with access */
    double spread, spread_sd;      /* mean and deviation of (1/q)^4 - (1 + interest)^4 where b' < 0 */
    double consumption_volatility; /* deviation of log c over that of log y, in periods with access */
    double excluded;               /* share of periods without access */
    /* over `windows` windows, means of each one's moment */
    size_t windows;
    double window_debt, window_spread, window_spread_sd, window_consumption_volatility;
    double window_spread_income,
        window_balance_income; /* correlations with log income: of the spread, of (y - c)/y */
} savings_sovereign_moments;

/* By simulating `periods` (0: 500,000) from one stream of the seed. */
crease_status savings_sovereign_simulate(const savings_sovereign *sovereign, size_t periods, uint64_t seed,
                                         savings_sovereign_moments *moments, crease_error *error);

/* Value and price at three incomes, and b*(y). */
struct crease_plot;
crease_status savings_sovereign_plot(const savings_sovereign *sovereign, struct crease_plot **plot,
                                     crease_error *error);

#endif
