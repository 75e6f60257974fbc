/* Two savings problems with income as a second state: the kink of the value is a line in the plane of assets a
 * and income y.
 *
 *   C  default (Eaton & Gersovitz 1981): repay, V_r = u(y + (R-1) a)/(1-beta), or default, V_d = u((1-phi) y)/(1-beta),
 *      with beta = 1/R, so that who repays keeps a; V = max(V_r, V_d) bends upwards on a = -phi y/(R-1).
 *   B  two periods: W(a, y) = beta u(y + R a - D max(b(y) - a, 0)) with second-period income y known in advance. Debt
 *      beyond the line b(y) = limit - limit_per_income y pays the penalty rate R + D; W bends downwards there.
 *
 * The pseudo-inverse value, in units of consumption, is affine but for that line:
 *
 *   offset + gain_a a + gain_y y + jump max(0, a - slope y - intercept),
 *
 * a network `affine+relu:1`. It is n(V) of savings.h for risk aversion g != 1 (a multiple of consumption); for log
 * utility, where n(V) is a power of consumption, it is consumption itself: exp((1-beta) V) in C, exp(W/beta) in B. */
#ifndef SAVINGS_PLANE_H
#define SAVINGS_PLANE_H

#include "crease/crease.h"

typedef enum savings_plane_model { SAVINGS_PLANE_B = 0, SAVINGS_PLANE_C } savings_plane_model;

typedef struct savings_plane_parameters {
    double beta, R, crra;    /* C: beta = 1/R, R > 1 */
    double default_cost;     /* C: phi, the share of income that a defaulter loses, in (0, 1) */
    double penalty;          /* B: D >= 0 */
    double limit;            /* B: assets below which the penalty rate holds, at income 0 */
    double limit_per_income; /* B: how much further down for each unit of income, >= 0 */
    double a_from, a_to;     /* the box that networks are fitted on; income above 0 */
    double y_from, y_to;
} savings_plane_parameters;

/* B: beta .96, R 1.02, g 2, D .18, limit 0, a in [-.5, 1.5], y in [.7, 1.3].
 * C: R 1.04, beta 1/R, g 2, phi .1, a in [-5, 5], y in [.5, 1.5]. */
savings_plane_parameters savings_plane_defaults(savings_plane_model model);
const char *savings_plane_model_name(savings_plane_model model);

/* a = slope y + intercept */
typedef struct savings_plane_line {
    double slope, intercept;
} savings_plane_line;

typedef struct savings_plane {
    savings_plane_model model;
    savings_plane_parameters parameters;
    double offset, gain_a, gain_y, jump; /* of the pseudo-inverse value, see above */
    savings_plane_line line;             /* NaN without a kink (B without a penalty) */
    double line_from, line_to;           /* incomes at which the line crosses the box; NaN when it does not */
} savings_plane;

/* BAD_ARGUMENT, with the reason, for parameters without a solution or with nothing to consume in the box. */
crease_status savings_plane_solve(savings_plane_model model, const savings_plane_parameters *parameters,
                                  savings_plane *plane, crease_error *error);

/* Everything at one point, from the utilities of the model. Slopes are in a, one-sided; NaN where consumption is not
 * positive. */
typedef struct savings_plane_point {
    double consumption; /* C: each period; B: in the second */
    double V, V_left, V_right;
    double pinv, pinv_left, pinv_right;
} savings_plane_point;
savings_plane_point savings_plane_at(const savings_plane *plane, double a, double y);

/* V from a pseudo-inverse value; NaN when it is not positive. */
double savings_plane_value_of(const savings_plane *plane, double pinv);

/* What a network is fitted to. */
typedef struct savings_plane_options {
    bool value;    /* V itself instead of its pseudo-inverse */
    size_t points; /* 400: a grid of the next square number; */
    bool random;   /* or so many points drawn from the box, stream of fit.seed */
    crease_fit_options fit;
} savings_plane_options;

typedef struct savings_plane_row {
    crease_net *net; /* owned; inputs a and y */
    bool value;      /* fitted to V */
    size_t n_params, n_free;
    /* over a grid of 101 x 101 other points, and 101 points on the line and .001 of the box beside it */
    double rmse, max_error;
    double
        near_kink_error;  /* the largest within 5 % of the box from the line; NaN without a line in the box */
    double raw_max_error; /* of a pseudo-inverse value, turned back into V; NaN when it cannot be */
    size_t hinges;        /* units with a corner; 0 for deeper networks, whose corners are no lines */
    savings_plane_line
        line;          /* of the corner nearest to the true line; NaN without one that crosses it as a(y) */
    double line_error; /* largest difference in a between the two lines inside the box */
    /* slopes in a, .001 of the box left and right of the true line at its middle: of the net, and exact */
    double slope_left, slope_right, true_left, true_right;
    double seconds;
} savings_plane_row;

/* The points and the exact values there: columns a, y and the object; *table is owned by the caller. */
crease_status savings_plane_sample(const savings_plane *plane, const savings_plane_options *options,
                                   crease_table **table, crease_error *error);
crease_status savings_plane_fit(const savings_plane *plane, const char *net,
                                const savings_plane_options *options, savings_plane_row *row,
                                crease_error *error);
void savings_plane_row_clear(savings_plane_row *row);

/* The value over the box with the true line and the corner of the first row that has one; below it, the errors of the
 * row without a corner that errs least (of the first row, when all have one). */
struct crease_plot;
crease_status savings_plane_plot(const savings_plane *plane, const savings_plane_row *row, size_t rows,
                                 struct crease_plot **plot, crease_error *error);

#endif
