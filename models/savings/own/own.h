/* A value function that was solved elsewhere, given as a table of states and values, and perhaps of its slopes: a
 * small network that keeps its kinks, the policy that it implies, and how accurate both are.
 *
 * The network is fitted to z: the value itself, or its pseudo-inverse n(V) = ((1-g) V/S)^(1/(1-g)), exp(V/S) for
 * g = 1, the consumption whose utility, S times over, is V. Slopes go over by z' = n'(V) V' = V'/(S n^(-g)). Budgets
 * that are piecewise linear make n piecewise linear, which ReLU units represent exactly, and V not. Both z and V have the
 * same kinks, with the same ratio of slopes. */
#ifndef SAVINGS_OWN_H
#define SAVINGS_OWN_H

#include "crease/crease.h"

/* ---- the table ---- */

/* Rows in ascending order, one a state; all owned (savings_own_data_clear). */
typedef struct savings_own_data {
    size_t n;
    double *x, *V;
    double *dV; /* V'; of two rows of one state the left one. NULL: not given */
    double
        *dV_right;  /* of two rows of one state with two slopes, the right one; NaN elsewhere. With dV only */
    double *weight; /* NULL: all equal */
    size_t rows_given, merged; /* merged: rows that repeated another */
} savings_own_data;

enum { SAVINGS_OWN_LEAST_ROWS = 8, SAVINGS_OWN_MOST_ROWS = 2000 };

/* Sorts and checks; the arrays are borrowed, dV and weight may be NULL, rows may come in any order. Two rows of one state
 * must have the same value; with two different slopes they are the two sides of a kink, in the order of the table.
 * BAD_DATA, naming row and remedy: numbers that are not finite, one state with two values, fewer than
 * SAVINGS_OWN_LEAST_ROWS states, a negative weight. */
crease_status savings_own_data_new(size_t n, const double *x, const double *V, const double *dV,
                                   const double *weight, savings_own_data *data, crease_error *error);
void savings_own_data_clear(savings_own_data *data);

/* ---- what is wanted ---- */

typedef enum savings_own_transform {
    SAVINGS_OWN_DEFAULT =
        0, /* pinv when a risk aversion is given, else none; auto for log utility without a scale */
    SAVINGS_OWN_NONE,
    SAVINGS_OWN_PINV,
    SAVINGS_OWN_AUTO /* both, and the one whose values err less where they were left out */
} savings_own_transform;

/* What the state is, and so what its marginal value says about consumption. */
typedef enum savings_own_state {
    SAVINGS_OWN_CASH = 0, /* cash on hand m: V'(m) = u'(c) (envelope theorem: Benveniste & Scheinkman 1979) */
    SAVINGS_OWN_ASSETS,   /* assets before the return R: V'(a) = R u'(c), R by side of the kink */
    SAVINGS_OWN_END /* assets at the end of the period, V their discounted value: u'(c) = V'(a), m = a + c (endogenous
                             grid points: Carroll 2006) */
} savings_own_state;

/* All zero means the defaults. */
typedef struct savings_own_options {
    double crra; /* g > 0; 0: not known, then neither pseudo-inverse nor policy */
    double
        scale; /* S > 0: V is S times a utility, 1/(1 - beta) of an endless life. 0: 1. It matters for g = 1 only */
    savings_own_transform transform;
    savings_own_state state;
    double return_below, return_above; /* of ASSETS, left and right of the kink; 0: 1 */
    bool no_kinks;                     /* hold none, and look for none */
    const double *kink;                /* held at these places instead of those found; ascending */
    size_t kink_count;
    bool has_limit;
    double limit;             /* where a kink is looked for and reported in any case */
    const char *net;          /* NULL: chosen by cross-validation */
    bool concave, increasing; /* enforced, of z; affine+relu:K only */
    double slope_weight;      /* lambda below; 0: .1, negative: slopes are not fitted */
    bool no_rivals;           /* no comparison with tanh and sigmoid */
    crease_fit_options fit;   /* starts (20), seed, progress, interrupted */
} savings_own_options;

/* ---- the result ---- */

typedef enum savings_own_source {
    SAVINGS_OWN_FROM_VALUES = 0,
    SAVINGS_OWN_FROM_SLOPES, /* V' jumps; the values did not show it */
    SAVINGS_OWN_FROM_PAIR,   /* two rows of one state */
    SAVINGS_OWN_IMPOSED
} savings_own_source;

typedef struct savings_own_kink {
    double x;
    double error; /* standard error of x; 0 imposed or from a pair, NaN not known */
    savings_own_source source;
    bool at_row; /* a row lay within the error of the place found, and is taken for it */
    /* of V, of the fitted network; ratio = left over right, NaN where the right slope is 0 */
    double slope_left, slope_right, ratio;
    /* the same, of one-sided polynomials through the rows beside it; NaN unless FROM_VALUES. V is the value there */
    double seen_left, seen_right, V;
} savings_own_kink;

typedef struct savings_own_errors {
    double max, rms, near; /* near: the largest within 5 % of the range from a kink; NaN without one */
} savings_own_errors;

/* One network, judged in units of V and V'. Infinite errors: the fit leaves the values that are utilities. */
typedef struct savings_own_row {
    crease_net *net; /* of z; owned */
    size_t n_params;
    size_t n_free;                   /* places of kinks count as free unless they were imposed */
    size_t held;                     /* relu units held at kinks */
    savings_own_errors value, slope; /* on all rows; slope NaN without V' */
    savings_own_errors left_out;     /* value on rows left out, five folds; near NaN. NaN where interrupted */
    savings_own_errors left_out_slope;
    double worst_x;     /* where value.max is */
    double kink, ratio; /* the network's kink nearest the first kink, and ratio of its slopes; NaN without */
    double seconds;
} savings_own_row;

/* Largest violations on a fine grid and both sides of kinks. drop: the size of the most negative slope, at drop_x; rise: the largest
 * rise of slope from rise_from to rise_to. 0 with NaN places where there is none beyond rounding. */
typedef struct savings_own_shape {
    double drop, drop_x;
    double rise, rise_from, rise_to;
} savings_own_shape;

typedef enum savings_own_at_limit {
    SAVINGS_OWN_LIMIT_NOT_GIVEN = 0,
    SAVINGS_OWN_LIMIT_KINK,   /* a kink lies there */
    SAVINGS_OWN_LIMIT_SMOOTH, /* none */
    SAVINGS_OWN_LIMIT_EDGE    /* fewer than four rows on one side: nothing to compare */
} savings_own_at_limit;

/* The implied policy: c against the state, or against m = a + c for END. */
typedef struct savings_own_policy {
    crease_net *net;  /* owned; NULL where the policy jumps or there is none */
    char why[200];    /* the reason, or empty */
    bool from_slopes; /* the rows' own V' were used, not the network's */
    size_t rows;
    double max_error, rms; /* of net on those rows */
    size_t kink_count;
    double *kink; /* held in net; owned */
} savings_own_policy;

enum { SAVINGS_OWN_MOST_CANDIDATES = 8 };

typedef struct savings_own_fit {
    savings_own_options options;
    size_t fitted_rows; /* of a longer table SAVINGS_OWN_MOST_ROWS at even ranks are fitted, all are judged */
    savings_own_transform transform;                                       /* NONE or PINV */
    char transform_why[300], net_why[300], kinks_why[600], limit_why[300]; /* one sentence each */
    double transform_error[2]; /* rms of V left out, none and pinv; NaN where not tried */
    bool weighed;              /* the values are noisy: rows of z count as V's errors do */
    bool exact;                /* affine+relu:K is exact to rounding */
    size_t kink_count;
    savings_own_kink *kink; /* owned */
    savings_own_at_limit at_limit;
    /* Do the slopes belong to the values? The median over neighbours of the change of V over that which the trapezoidal rule makes of
     * V': 1 but for the coarseness of the table. NaN without slopes */
    double slopes_match;
    size_t row_count;
    savings_own_row row[3]; /* own, tanh, sigmoid */
    size_t candidate_count; /* networks among which was chosen; 0 with a net of the caller */
    size_t candidate_units[SAVINGS_OWN_MOST_CANDIDATES];
    double candidate_error[SAVINGS_OWN_MOST_CANDIDATES]; /* rms of V left out */
    savings_own_shape shape, data_shape;                 /* of V: of the network, of the table's secants */
    savings_own_policy policy;
    bool interrupted;
} savings_own_fit;

/* BAD_DATA: values that are no utilities of the risk aversion, a marginal value that is not positive where consumption is
 * asked for, kinks outside the data. BAD_ARGUMENT: options that contradict one another, a net that cannot hold the kinks.
 * An interruption ends with the best so far. fit->options borrows what options borrows. */
crease_status savings_own_run(const savings_own_data *data, const savings_own_options *options,
                              savings_own_fit *fit, crease_error *error);
void savings_own_fit_clear(savings_own_fit *fit);

/* V and V' of the network of a row at x; side -1 or 1: the one-sided slope where x is a kink. NaN where it is no utility. */
void savings_own_evaluate(const savings_own_fit *fit, size_t row, double x, int side, double *V, double *dV);

/* x, V, V', with a risk aversion c, for END m too: points evenly spread over the table, and both sides of every kink. Names are
 * those of the caller. */
crease_status savings_own_policy_table(const savings_own_fit *fit, const savings_own_data *data,
                                       const char *const name[3], size_t points, crease_table **table,
                                       crease_error *error);

#endif
