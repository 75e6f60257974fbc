/* Consumption-saving problems with exact solutions, and networks fitted to their value and policy functions.
 *
 * A household with cash on hand m consumes c and keeps assets a = m - c; utility u(c) = c^(1-g)/(1-g), log c
 * for g = 1.
 *
 *   A  perfect foresight, hard limit: infinite horizon, m' = R a + y, a >= limit, beta R < 1. The policy c(m)
 * is piecewise linear with infinitely many kinks; V(m) is C1 (Deaton 1991; Carroll 2006). B  two periods,
 * penalty rate: second-period consumption y + B(a), B(a) = R a - D max(limit - a, 0), so the rate is R above
 * the limit and R + D below. End-of-period value W(a) = beta u(y + B(a)) has a concave kink at the limit
 *      whose slopes have the ratio (R + D)/R; the policy has two kinks with a stretch of slope 1 between
 * them, on which a stays at the limit; V(m) is C1.
 *
 * Money is in units of income where the defaults are used; one period is a year at the default rates. */
#ifndef SAVINGS_H
#define SAVINGS_H

#include "crease/crease.h"

typedef enum savings_model { SAVINGS_A = 0, SAVINGS_B } savings_model;

typedef struct savings_parameters {
    double beta;    /* discount factor; A: below 1 */
    double R;       /* gross return on assets a period; A: beta R < 1 */
    double crra;    /* relative risk aversion g > 0; 1: log utility */
    double income;  /* A: each period; B: in the second period */
    double penalty; /* B: D >= 0, added to R below the limit; not used by A */
    double limit;   /* A: least assets; B: the assets below which the penalty rate holds */
} savings_parameters;

/* A: beta .96, R 1.03, g 2, y 1, limit 0. B: beta .96, R 1.02, g 2, y 1, D .18, limit 0. */
savings_parameters savings_defaults(savings_model model);

/* u, u' and the pseudo-inverse value n(v) = ((1-g) v)^(1/(1-g)), exp(v) for g = 1: the consumption whose
 * utility is v. slope is n'(v), so the slope of a pseudo-inverse value is n'(V) V'. */
double savings_utility(double crra, double c);
double savings_marginal_utility(double crra, double c);
double savings_pseudo_inverse(double crra, double v, double *slope);

typedef struct savings_solution {
    savings_model model;
    savings_parameters parameters;
    /* kinks of c(m), ascending: positions, values, and the slope on the right of each; owned */
    size_t knots;
    double *m, *c, *slope;
    double slope_left; /* MPC left of the first knot (A: 1) */
    double lowest_m;   /* c > 0 only above it */
    double highest_m;  /* the solution holds up to it (B: infinite) */
    double binding_m;  /* A: the limit binds up to it; B: NaN */
    size_t iterations; /* backward steps (A: one a kink), B: 0 */
} savings_solution;

/* Solves for cash on hand up to highest_m (B: everywhere). BAD_ARGUMENT, with the reason, for parameters that
 * have no solution: A needs beta R < 1 and a limit tighter than the natural one. */
crease_status savings_solve(savings_model model, const savings_parameters *parameters, double highest_m,
                            savings_solution **solution, crease_error *error);
void savings_solution_free(savings_solution *solution);

/* Everything at one m. NaN in every field but m outside (lowest_m, highest_m]. */
typedef struct savings_point {
    double m, c, a;
    double V, dV;       /* value and its slope u'(c) (envelope theorem) */
    double mpc;         /* c'(m), from the right at a kink */
    double log10_euler; /* log10 of the Euler error, at least log10 of the double epsilon; NaN where a is at
                           the limit */
} savings_point;
savings_point savings_evaluate(const savings_solution *solution, double m);
double savings_consumption(const savings_solution *solution, double m);

/* Relative error of consumption in the Euler equation when c is spent at m and c_next = policy(next cash on
 * hand):
 * |(beta R)^(-1/g) c' / c - 1|, R + D in B when a < limit (Judd 1992). B needs no policy: c' = y + B(a). NaN
 * where the true a is at the limit, since the equation is an inequality there; 1 where c or c' is not
 * positive. */
typedef double savings_policy(double m, void *context);
double savings_euler_error(const savings_solution *solution, double m, savings_policy *policy, void *context);

/* B: W(a) and its one-sided slopes. NaN where second-period consumption is not positive. */
typedef struct savings_end_value {
    double W, slope_left, slope_right;
} savings_end_value;
savings_end_value savings_end_value_at(const savings_solution *solution, double a);

/* What a network can be fitted to. */
typedef enum savings_object {
    SAVINGS_W = 0,  /* B: end-of-period value of assets */
    SAVINGS_PINV_W, /* B: beta^(1/(1-g)) (y + B(a)); for log utility exp(W/beta) = y + B(a) */
    SAVINGS_V,      /* value of cash on hand */
    SAVINGS_PINV_V, /* n(V) */
    SAVINGS_C,      /* consumption */
    SAVINGS_OBJECT_COUNT
} savings_object;

/* "W", "pinvW", "V", "pinvV", "c". */
const char *savings_object_name(savings_object object);
/* "a" for W and pinvW, "m" for the others. */
const char *savings_object_variable(savings_object object);
/* True when the model has the object: W and pinvW belong to B. */
bool savings_object_exists(savings_model model, savings_object object);
/* Value and one-sided slopes at x; the slopes may be NULL. */
double savings_object_at(const savings_solution *solution, savings_object object, double x,
                         double *slope_left, double *slope_right);
/* The interval on which a network is fitted; at the default parameters A: m in [.2, 4], B: m in [-.5, 3] and
 * a in
 * [-.5, 1.5]. */
void savings_object_range(const savings_solution *solution, savings_object object, double *from, double *to);
/* Where theory looks for a kink: the limit for W and pinvW, the first kink of the policy for the others. NaN
 * without one (B without a penalty). */
double savings_critical_point(const savings_solution *solution, savings_object object);

/* The kinks of W, pinvW and c up to x = highest, in this order; V and pinvV have none. *kinks is owned by the
 * caller. */
typedef struct savings_kink {
    savings_object object;
    double x, slope_left, slope_right;
} savings_kink;
crease_status savings_kinks(const savings_solution *solution, double highest, savings_kink **kinks,
                            size_t *count, crease_error *error);

/* The exact policy as a network: one hinge for each kink in [from, to], `affine+relu:k`. */
crease_status savings_policy_net(const savings_solution *solution, double from, double to, crease_net **net,
                                 crease_error *error);

/* A network fitted to `points` exact values of an object, evenly spread over its range, and judged on 10,001
 * other points and the critical point itself. */
typedef struct savings_fit_options {
    size_t points;  /* 200 */
    bool hold_kink; /* hinges (relu units) of the net stay where they are put: one at each kink of the object,
                       in order */
    crease_fit_options fit;
} savings_fit_options;

typedef struct savings_fit_row {
    savings_object object;
    crease_net *net; /* owned */
    size_t n_params, n_free;
    bool fitted;            /* false: judged as it was given */
    bool held;              /* hinge positions were given, not fitted (they do not count as free) */
    double rmse, max_error; /* over the judging points */
    double raw_max_error;   /* of a pseudo-inverse value, turned back into the value; NaN for other objects */
    double near_kink_error; /* largest error within 5 % of the range from the critical point */
    double kink;            /* fitted kink nearest the critical point; NaN when the net has none */
    double critical;        /* savings_critical_point, where the fit is judged */
    /* slope at critical - h over slope at critical + h, h = .001 of the range: of the net and of the exact
     * object, which is 1 + O(h) where there is no kink */
    double slope_ratio, true_slope_ratio;
    double euler_mean, euler_max; /* log10, of a policy over the judging points; NaN for other objects */
    double seconds;
} savings_fit_row;

crease_status savings_fit(const savings_solution *solution, savings_object object, const char *net,
                          const savings_fit_options *options, savings_fit_row *row, crease_error *error);
/* Judges a net that is there already and takes it over, also on failure: the exact policy, for instance. */
crease_status savings_judge(const savings_solution *solution, savings_object object, crease_net *net,
                            savings_fit_row *row, crease_error *error);
void savings_fit_row_clear(savings_fit_row *row);

/* Slopes of V or W at x by one-sided differences of its values alone (fourth order, five points a side, h
 * apart), in order to see a kink or its absence without any theory. */
void savings_measured_slopes(const savings_solution *solution, savings_object object, double x, double h,
                             double *slope_left, double *slope_right);

#endif
