/* Consumption-saving problems, solved exactly or to a known accuracy, and networks fitted to their value and policy
 * functions.
 *
 * A household with cash on hand m consumes c and keeps assets a = m - c; utility u(c) = c^(1-g)/(1-g), log c for g = 1.
 *
 *   A   perfect foresight, hard limit: infinite horizon, m' = R a + y, a >= limit, beta R < 1. The policy c(m) is piecewise
 *       linear with infinitely many kinks; V(m) is C1 (Deaton 1991; Carroll 2006).
 *   B   two periods, penalty rate: second-period consumption y + B(a), B(a) = R a - D max(limit - a, 0), so the rate is R
 *       above the limit and R + D below. End-of-period value W(a) = beta u(y + B(a)) has a concave kink at the limit whose
 *       slopes have the ratio (R + D)/R; the policy has two kinks with a stretch of slope 1 between them, on which a stays at
 *       the limit; V(m) is C1.
 *   C   default (Eaton & Gersovitz 1981; Arellano 2008), beta = 1/R: V(a) = max(u(y + (R-1) a), u((1-phi) y))/(1 - beta) has
 *       a convex kink at the endogenous limit a* = -phi y/(R-1).
 *   D   continuous time (Achdou et al. 2022): a' = y + r a - c, a >= 0, r < rho. c has a square root at the limit and V a term
 *       a^(3/2): both are C1 inside, and neither has a kink.
 *   K3  income risk, hard limit and a rate wedge: m' = B(a)/(G psi) + theta, values in units of permanent income (the
 *       calibration of HARK's KinkedRconsumerType; Carroll et al. 2018). W(a) kinks where the rate does, c(m) at the limit
 *       and at both ends of each stretch on which a stays at such a point; V(m) is C1. Solved by endogenous grid points.
 *   D1  the same with one rate and a >= 0: the buffer-stock model (Deaton 1991; Carroll 1997).
 *
 * The state is x: cash on hand m in A, B, K3 and D1, assets a in C and D. Money is in units of income where the defaults are
 * used; one period is a year at the default rates. */
#ifndef SAVINGS_H
#define SAVINGS_H

#include "crease/crease.h"
#include "savings/risk/households.h"

typedef enum savings_model {
    SAVINGS_A = 0,
    SAVINGS_B,
    SAVINGS_C,
    SAVINGS_D,
    SAVINGS_K3,
    SAVINGS_D1,
    SAVINGS_MODEL_COUNT
} savings_model;

typedef struct savings_parameters {
    double beta;    /* discount factor; A: below 1; C and D have their own */
    double R;       /* gross return on assets a period; A: beta R < 1; C: above 1, beta = 1/R */
    double crra;    /* relative risk aversion g > 0; 1: log utility */
    double income;  /* each period; B: in the second period. Not in K3 and D1 */
    double penalty; /* B, K3, D1: D >= 0, added to R below the limit (B) or below a = 0 (K3, D1) */
    double
        limit; /* least assets; B: the assets below which the penalty rate holds; K3, D1: -INFINITY is natural */
    double default_cost;  /* C: phi, share of income lost for ever by default, 0 < phi < 1 */
    double discount_rate; /* D: rho */
    double interest;      /* D: r < rho */
    double survival;      /* K3, D1: probability, enters the discount factor beta survival */
    double growth;        /* K3, D1: G, growth of permanent income */
    /* K3, D1: marginal gross returns on assets, rate[0] below rate_kink[0], ..., not rising, in place of R and penalty;
     * rate_count 0: not used */
    size_t rate_count;
    double rate[SAVINGS_MOST_RATES], rate_kink[SAVINGS_MOST_RATES];
    const savings_shocks *shocks; /* K3, D1: borrowed, copied by the solution; NULL: income_risk */
    savings_income_risk income_risk;
} savings_parameters;

/* The defaults of savings.md's problems: A beta .96, R 1.03, g 2, y 1, limit 0. B the same with R 1.02, D .18. C R 1.04, phi
 * .1. D rho .05, r .03. K3 beta .96, survival .98, G 1.01, R 1.02, D .18, limit -.2. D1 the same with R 1.03, D 0, limit 0. */
savings_parameters savings_defaults(savings_model model);
/* "A", ..., "K3", "D1"; one line that says what the problem is; "m" or "a". */
const char *savings_model_name(savings_model model);
const char *savings_model_title(savings_model model);
const char *savings_state_name(savings_model model);

/* K3, D1: the shocks, as given (with probabilities that sum to 1) or from income_risk, owned by the caller; and the marginal rates, from
 * rate or from R and penalty: room for SAVINGS_MOST_RATES. */
crease_status savings_shocks_of(const savings_parameters *parameters, savings_shocks **shocks,
                                crease_error *error);
void savings_rates_of(const savings_parameters *parameters, size_t *count, double *rate, double *kink);
/* A: what is left to consume each period with assets at the limit. */
double savings_income_at_limit(const savings_parameters *parameters);

/* u, u' and the pseudo-inverse value n(v) = ((1-g) v)^(1/(1-g)), exp(v) for g = 1: the consumption whose
 * utility is v. slope is n'(v), so the slope of a pseudo-inverse value is n'(V) V'. */
double savings_utility(double crra, double c);
double savings_marginal_utility(double crra, double c);
double savings_pseudo_inverse(double crra, double v, double *slope);

/* Everything at one state x. Slopes are from the right, the *_left ones from the left: they differ at kinks only. NaN in
 * every field but x outside the solution; slopes of V in D and C are with respect to a. */
typedef struct savings_point {
    double x, c, a;
    double V, dV, dV_left; /* value and its slope: u'(c) in A, B, D, K3, D1 (envelope theorem) */
    double d2V, d2V_left;  /* second derivative */
    double mpc, mpc_left;  /* c'(x) */
    double
        log10_euler; /* log10 of the Euler error, at least log10 of the double epsilon; NaN where a is at the limit or
                              savings are flat, and in C and D */
} savings_point;

/* End-of-period value and its one-sided slopes. NaN where next period's consumption is not positive. */
typedef struct savings_end_value {
    double W, slope_left, slope_right;
} savings_end_value;

struct savings_methods;

typedef struct savings_solution {
    savings_model model;
    savings_parameters parameters;
    const struct savings_methods *methods; /* of the model */
    /* kinks of c(x), ascending: positions, values, and the slope on the right of each; owned */
    size_t knots;
    double *m, *c, *slope;
    double slope_left; /* MPC left of the first knot (A, K3, D1: 1) */
    double lowest_m;   /* c > 0 only above it (C, D: the lowest x at which the problem is posed) */
    double highest_m;  /* the solution holds up to it (B, C, D: infinite) */
    double
        binding_m; /* the hard limit binds up to it (A, K3, D1); NaN in the others and with the natural limit */
    size_t iterations; /* backward steps (A: one a kink), 0 in closed form */
    bool given_shocks; /* parameters.shocks were given, not made from income_risk */
    /* K3 and D1, else NULL; owned */
    savings_household *household;
    savings_rule *rule;
} savings_solution;

/* All zero means the defaults. */
typedef struct savings_solve_options {
    double highest; /* A: solved up to this x; 0: 10 incomes above the limit. K3, D1: of assets; 0: 50 */
    savings_grid_options grid; /* K3, D1 */
} savings_solve_options;

/* BAD_ARGUMENT, with the reason, for parameters that have no solution: A needs beta R < 1, K3 and D1 an impatient household
 * with finite value, all a limit tighter than the natural one. options may be NULL. */
crease_status savings_solve(savings_model model, const savings_parameters *parameters,
                            const savings_solve_options *options, savings_solution **solution,
                            crease_error *error);
void savings_solution_free(savings_solution *solution);

savings_point savings_evaluate(const savings_solution *solution, double x);
double savings_consumption(const savings_solution *solution, double x);

/* Relative error of consumption in the Euler equation when c is spent at x and c_next = policy(next x) (Judd 1992): |c_e/c - 1|
 * with c_e what the equation asks for, (beta R)^(-1/g) c' in A and B, (beta R(a) E[(G psi c')^(-g)])^(-1/g) in K3 and D1. B
 * needs no policy: c' = y + B(a). NaN where the true a is at the limit or at a kink of the rate, since the equation is an
 * inequality there, and in C and D; 1 where c or c' is not positive. */
typedef double savings_policy(double x, void *context);
double savings_euler_error(const savings_solution *solution, double x, savings_policy *policy, void *context);

/* B, K3, D1: W(a). */
savings_end_value savings_end_value_at(const savings_solution *solution, double a);

/* D by its ordinary differential equations instead of the closed form, on gsl_odeiv2 (Runge-Kutta Prince-Dormand 8(9),
 * relative tolerance 1e-12), at n ascending assets a > 0: c and V (n values each). */
typedef enum savings_route {
    SAVINGS_ROUTE_TIME = 0,   /* a' = c - y - r a, c' = q c, V' = u'(c) a' in the time tau to the limit */
    SAVINGS_ROUTE_SQUARE_ROOT /* dc/dx in x = sqrt(a), from a series at x = 1e-4 */
} savings_route;
crease_status savings_integrate(const savings_parameters *parameters, savings_route route, size_t n,
                                const double *a, double *c, double *V, crease_error *error);

/* What a network can be fitted to. */
typedef enum savings_object {
    SAVINGS_W = 0,       /* B, K3, D1: end-of-period value of assets */
    SAVINGS_PINV_W,      /* n(W), B: beta^(1/(1-g)) (y + B(a)); for log utility exp(W/savings_value_weight) */
    SAVINGS_V,           /* value of the state */
    SAVINGS_PINV_V,      /* n(V); for log utility exp(V/savings_value_weight) */
    SAVINGS_DV,          /* V' */
    SAVINGS_CONSUMPTION, /* consumption */
    SAVINGS_OBJECT_COUNT
} savings_object;

/* "W", "pinvW", "V", "pinvV", "dV", "c". */
const char *savings_object_name(savings_object object);
/* "a" for W and pinvW and in C and D, "m" for the others. */
const char *savings_object_variable(savings_model model, savings_object object);
/* True when the model has the object: W and pinvW belong to B, K3 and D1. */
bool savings_object_exists(savings_model model, savings_object object);
/* The total weight of the utilities that the value (V or, for W and pinvW, W) sums under log utility; 1 otherwise. A value v is
 * weight u(n(v)). */
double savings_value_weight(const savings_solution *solution, savings_object object);
/* Value and one-sided slopes at x; the slopes may be NULL. */
double savings_object_at(const savings_solution *solution, savings_object object, double x,
                         double *slope_left, double *slope_right);
/* The interval on which a network is fitted; at the default parameters A: m in [.2, 4], B: m in [-.5, 3] and a in
 * [-.5, 1.5], C: [-5, 5], D: [0, 5], K3: m in [-.15, 10], a in [-.2, 5], D1: m in [.05, 10], a in [0, 5]. */
void savings_object_range(const savings_solution *solution, savings_object object, double *from, double *to);
/* Where theory looks for a kink: the limit (B) or the first kink of the rate for W and pinvW, the first kink of the policy
 * for the others, the limit in D. NaN without one (no penalty). */
double savings_critical_point(const savings_solution *solution, savings_object object);

/* The kinks of W, pinvW, V, pinvV (C only) and c up to x = highest, in this order. *kinks is owned by the caller. */
typedef struct savings_kink {
    savings_object object;
    double x, slope_left, slope_right;
} savings_kink;
crease_status savings_kinks(const savings_solution *solution, double highest, savings_kink **kinks,
                            size_t *count, crease_error *error);

/* The exact policy as a network: one hinge for each kink in [from, to], `affine+relu:k`. */
crease_status savings_policy_net(const savings_solution *solution, double from, double to, crease_net **net,
                                 crease_error *error);

/* ---- fits ---- */

/* What theory says of an object, and so which network suits it. */
typedef struct savings_theory {
    const char *transform; /* of the value: "none" or "pseudo-inverse" */
    const char *reason;    /* one sentence */
    double
        hinge_power; /* of the units relu^p that fit its critical points: 1 for kinks, .5 and 1.5 in D; 0: none */
    bool has_kinks; /* the slope jumps at the critical point */
    int slope;      /* 1: increasing, -1: decreasing */
    crease_curvature curvature;
} savings_theory;

savings_theory savings_theory_of(const savings_solution *solution, savings_object object);
/* Where the hinges of a fit may be held, ascending within the object's range: kinks of the rate for W and pinvW, of the policy
 * for the others, the limit in D. at has room for `room`; returns how many there are, which may be more. */
size_t savings_hold_points(const savings_solution *solution, savings_object object, double *at, size_t room);

/* The kinks that crease_kinks_detect sees in `points` (0: 200) exact values alone, without theory: the control of what fits
 * claim. *kinks is owned by the caller. */
crease_status savings_detect_kinks(const savings_solution *solution, savings_object object, size_t points,
                                   crease_detected_kink **kinks, size_t *count, crease_kinks_summary *summary,
                                   crease_error *error);

/* What the fit of a policy brings down: its error, or its Euler errors (A, K3, D1), starting from there. */
typedef enum savings_goal { SAVINGS_LEAST_ERROR = 0, SAVINGS_LEAST_EULER } savings_goal;

/* A network fitted to `points` exact values of an object, and judged on 10,001 other points and the critical point itself. The
 * points lie evenly; in D as the squares of even ones, and for functions of m in K3 and D1 as the powers 1.5, nearer to one
 * another where the function bends. c and V' of K3 and D1 are fitted with weights 1/c^2 and 1/V'^2, since shares of consumption
 * are what the Euler equation measures, and c with held hinges at their kinks too, with great weight. */
typedef struct savings_fit_options {
    size_t points; /* 200; c and V' of K3 and D1: 400 */
    bool
        hold_kink; /* hinges (relu and relu^p units) of the net stay where they are put: at savings_hold_points in turn,
                       again from the first when there are more hinges than points but as many of each power */
    bool
        shape; /* affine+relu:k keeps slope and curvature of savings_theory, by crease_knots_fit; others are free */
    savings_goal goal;
    crease_fit_options fit;
} savings_fit_options;

typedef struct savings_fit_row {
    savings_object object;
    crease_net *net; /* owned */
    size_t n_params, n_free, n_held;
    bool fitted; /* false: judged as it was given */
    bool held;   /* hinge positions were given, not fitted (n_held of them, not counted as free) */
    bool shaped; /* fitted under shape constraints */
    savings_goal goal;
    savings_theory theory;
    double rmse, max_error; /* over the judging points */
    double raw_max_error;   /* of a pseudo-inverse value, turned back into the value; NaN for other objects */
    double dV_max_error; /* of V' (W') as the fit has it: its slope, or u'(c) of a policy; kinks left out */
    double near_kink_error; /* largest error within 5 % of the range from the critical point */
    double corner;          /* corner of the net nearest the critical point; NaN when the net has none */
    double kink;            /* the same where theory has a kink; else NaN: a corner is no claim of one */
    double critical;        /* savings_critical_point, where the fit is judged */
    /* slope at critical - h over slope at critical + h, h = .001 of the range: of the net and of the exact
     * object, which is 1 + O(h) where there is no kink */
    double slope_ratio, true_slope_ratio;
    /* log10 of the errors of the policy that the fit implies, see savings_policy_error: mean of log10, log10 of the mean, largest;
     * NaN with a reason where there is no such policy */
    double euler_mean, euler_mean_error, euler_max;
    const char *euler_reason; /* NULL: they are defined */
    /* largest slope of the wrong sign (policies: or above 1), and change of slope against the curvature between neighbours of
     * 10,001 values; 0: none; NaN where theory asks for nothing */
    double slope_violation, curvature_violation;
    double seconds;
} savings_fit_row;

crease_status savings_fit(const savings_solution *solution, savings_object object, const char *net,
                          const savings_fit_options *options, savings_fit_row *row, crease_error *error);
/* Judges a net that is there already and takes it over, also on failure: the exact policy, for instance. */
crease_status savings_judge(const savings_solution *solution, savings_object object, crease_net *net,
                            savings_fit_row *row, crease_error *error);
void savings_fit_row_clear(savings_fit_row *row);

/* Error of a policy as a share of consumption, in every model. A, B, K3, D1: savings_euler_error. C: |(y + (R-1) a)/c - 1| where
 * debt is repaid: beta R = 1, so the Euler equations of all periods ask for a constant c, and that one the budget bears. D: the policy
 * equation c'(a) (c - y - r a) = q c, q = (rho - r)/g, as an error of the growth rate of consumption, |c'(a) (c - y - r a)/c -
 * q|: what c is off by after a unit of time, so that it compares with the others; c' by central differences, a above the limit. NaN
 * where the equation does not hold; 1 where c is not positive. */
double savings_policy_error(const savings_solution *solution, double x, savings_policy *policy,
                            void *context);

/* The policy that a fitted object implies: c itself; u'(c) = V' (C: R u'(c) = V') for V, pinvV (V' = u'(n) n') and dV;
 * u'(c) = W'(a) at m = a + c for W and pinvW, tabulated at 10,001 assets and both sides of the net's corners, straight between,
 * with a at the limit below. */
typedef struct savings_implied savings_implied;
/* net is borrowed. */
crease_status savings_implied_new(const savings_solution *solution, savings_object object,
                                  const crease_net *net, savings_implied **implied, crease_error *error);
void savings_implied_free(savings_implied *implied);
/* NULL, or why there is no policy: m = a + c does not ascend. */
const char *savings_implied_reason(const savings_implied *implied);
/* A savings_policy; context: savings_implied. NaN where V' is not positive, and where there is no policy. */
double savings_implied_consumption(double x, void *context);
/* V' (of W and pinvW: W') at x as the fit has it. */
double savings_implied_slope(const savings_implied *implied, double x);
/* Where the policy is judged. */
void savings_implied_range(const savings_implied *implied, double *from, double *to);

/* Slopes of V or W at x by one-sided differences of its values alone (fourth order, five points a side, h
 * apart), in order to see a kink or its absence without any theory. */
void savings_measured_slopes(const savings_solution *solution, savings_object object, double x, double h,
                             double *slope_left, double *slope_right);

#endif
