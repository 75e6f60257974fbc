/* What a piecewise-linear fit is worth: standard errors and intervals of its knots, values and slopes, the error as a
 * function of the place of each knot, whether there is a kink at all, and how many.
 *
 * Data have one input and one output; weights are precisions (variance of row i = sigma^2 / weight_i). A function with k
 * knots has 2 + 2k free parameters. Where a number cannot be had it is NaN and `why` says the reason. */
#ifndef CREASE_INFERENCE_H
#define CREASE_INFERENCE_H

#include "crease/knots.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct crease_interval {
    double low, high;
} crease_interval;

typedef struct crease_estimate {
    double value, standard_error;
    crease_interval interval;
    const char *why; /* NULL, or why standard_error and interval are NaN: static text */
} crease_estimate;

/* theta = (knots, values at the knots, slopes from left to right): 3k + 1 numbers. */
typedef struct crease_pwl_inference {
    size_t knot_count;
    crease_estimate *knot, *value, *slope; /* k, k, k + 1; one block, owned through `knot` */
    double *covariance;                    /* (3k + 1)^2, owned */
    double level;                          /* of the intervals */
    double freedom;                        /* rows of positive weight less 2 + 2k */
    double variance;                       /* s^2 = SSE / freedom: of a row of weight 1 */
    /* bootstrap only */
    size_t replicate_count;
    double *replicate; /* replicate_count x (3k + 1), owned; NULL with the delta method */
    size_t failed;     /* resamples left out, as they cannot hold k knots */
    bool interrupted;
} crease_pwl_inference;
void crease_pwl_inference_clear(crease_pwl_inference *inference);

/* Delta method. The tangent plane of the functions with k knots at one of them, slopes changing at every knot, is the
 * space of k + 1 separate lines; a knot is where two of them cross (Hudson 1966, Feder 1975), so
 * var x_j = s^2 (var of the two lines at x_j) / (change of slope)^2. Intervals by Student's t at `level` (0: .95).
 * NaN without degrees of freedom, where a piece has fewer than two distinct x, and where the slope does not change.
 * On data that the function fits without error s^2 = 0 and so are the standard errors: nothing is unknown then.
 * Nearly normal only where a standard error of a knot is small against the pieces beside it. */
crease_status crease_pwl_delta(const crease_pwl *pwl, const crease_data *data, double level,
                               crease_pwl_inference *inference, crease_error *error);

typedef enum crease_resample {
    CREASE_RESAMPLE_PAIRS = 0, /* rows are drawn; holds for noise of any variance */
    CREASE_RESAMPLE_RESIDUALS /* x stays, residuals are drawn, times sqrt(rows / freedom); one variance (by weight) */
} crease_resample;

typedef enum crease_bootstrap_interval {
    CREASE_INTERVAL_PERCENTILE = 0,
    CREASE_INTERVAL_BASIC, /* twice the estimate less the quantiles */
    CREASE_INTERVAL_BCA /* bias-corrected and accelerated: Efron 1987, acceleration by a (grouped) jackknife */
} crease_bootstrap_interval;

/* All zero means the defaults. */
typedef struct crease_bootstrap_options {
    crease_resample resample;
    crease_bootstrap_interval interval;
    size_t replicates; /* 999 */
    /* so many rows that follow one another in the data are drawn together (moving blocks: Kuensch 1989), for noise that
     * is correlated in the order of the rows; 0 or 1: one by one */
    size_t block;
    double level;   /* .95 */
    uint64_t seed;  /* replicate b draws from stream (seed, b) */
    size_t threads; /* all cores; the digits do not depend on it */
    /* how the function was fitted: min_points, shape; NULL: defaults. `knots` is that of the function */
    const crease_knots_options *fit;
    void (*progress)(size_t done, size_t total, void *context); /* from any thread, one call at a time */
    void *progress_context;
    bool (*interrupted)(void *context); /* true ends with the replicates so far */
    void *interrupted_context;
} crease_bootstrap_options;

/* Refits resamples: with one knot by an exact scan of all places; with more by a descent from the function's own knots
 * that moves each to its best place between its neighbours until none moves; under a shape by crease_knots_polish. Each
 * piece has at least two points.
 * For the kink of a triangular diagram (500 rows, noise 5 % of the capacity) the 95 % intervals of pairs held it in .949
 * of 1000 data sets, those of the delta method in .940 (tests/fit/test_pwl_bootstrap.c). */
crease_status crease_pwl_bootstrap(const crease_pwl *pwl, const crease_data *data,
                                   const crease_bootstrap_options *options, crease_pwl_inference *inference,
                                   crease_error *error);

/* Least error with one knot held at x, the other knots free on their sides of it. */
typedef struct crease_knot_profile {
    size_t count;
    double *x, *sse;          /* count, ascending x, owned: x */
    size_t set_count;         /* confidence set of the knot: intervals, ascending, perhaps several */
    crease_interval *set;     /* owned */
    bool open_low, open_high; /* the set ends there only because the knot may lie no farther */
} crease_knot_profile;

typedef struct crease_pwl_profile {
    size_t knot_count;
    crease_knot_profile *knot; /* owned */
    double sse;                /* least error found */
    double threshold;          /* the set is where sse <= threshold */
    double level, freedom;
    const char *why; /* NULL, or why threshold is NaN and there are no sets: static text */
    bool interrupted;
} crease_pwl_profile;

/* All zero means the defaults. */
typedef struct crease_profile_options {
    size_t points; /* places a knot, half of them over all where it may lie and half near where it is: 200 */
    double level;  /* .95 */
    size_t threads;
    size_t min_points; /* distinct x a piece, as the function was fitted: 0 means 3; at least 2 */
    bool (*interrupted)(void *context); /* true ends with an empty profile */
    void *interrupted_context;
} crease_profile_options;

/* threshold = SSE (1 + F / freedom) with the level's quantile F of F(1, freedom). With one knot the set is exact: in
 * each gap between data it solves a quadratic inequality. With more, the function at each place is the best that
 * continues those of the places beside it and of the fit; ends of the set are bisected, and a part of it narrower than
 * the spacing of the places can be missed. For fits without shapes, fixed knots and fixed points. */
crease_status crease_pwl_profile_new(const crease_pwl *pwl, const crease_data *data,
                                     const crease_profile_options *options, crease_pwl_profile *profile,
                                     crease_error *error);
void crease_pwl_profile_clear(crease_pwl_profile *profile);

/* Columns knot (from 1), x, sse, threshold, in_set (1 or 0), for crease_csv_save; the last two not without a threshold. */
crease_status crease_pwl_profile_table(const crease_pwl_profile *profile, crease_table **table,
                                       crease_error *error);

typedef enum crease_kink_null {
    CREASE_NULL_NORMAL = 0, /* normal noise of one variance (by weight): the size is exact */
    CREASE_NULL_WILD /* variances that differ from row to row: wild bootstrap; the size is nearly nominal */
} crease_kink_null;

/* All zero means the defaults. */
typedef struct crease_kink_test_options {
    crease_kink_null null;
    size_t simulations; /* 1999 */
    size_t min_points;  /* distinct x on either side: 0 means 3 */
    uint64_t seed;      /* simulation b draws from stream (seed, b) */
    size_t threads;
    bool (*interrupted)(void *context);
    void *interrupted_context;
} crease_kink_test_options;

typedef struct crease_kink_test {
    /* Normal: sup F, the largest (SSE of the line - SSE with a knot) / (SSE with a knot / (rows - 3)) over all places.
     * Wild: the largest squared score of a hinge at a datum over the estimate of its variance (White 1980). */
    double statistic;
    double x, slope_change; /* at the place of least squares */
    double p_value;         /* (1 + simulated statistics at least as large) / (1 + simulations) */
    /* bound of Davies (1987) on the p-value for normal noise, with the observed total variation; at most 1 */
    double davies;
    size_t simulations;
    bool interrupted;
    const char *why; /* NULL, or why p_value and davies are NaN: static text */
} crease_kink_test;

/* Is there a kink at all? Null: a straight line; alternative: one knot anywhere. The search over places is part of the
 * statistic and of its null distribution, which is simulated on the given x and weights: under normal noise it depends
 * on nothing else, so the size is exact. Power at 5 % for a kink in the middle of 100 even places: .33, .69, .91, .99
 * where slope_change / s * sqrt(sum of squares of the hinge's residuals about a line) is 2, 3, 4, 5. */
crease_status crease_kink_exists(const crease_data *data, const crease_kink_test_options *options,
                                 crease_kink_test *test, crease_error *error);

/* One number of knots. */
typedef struct crease_knot_count_row {
    size_t knots;
    double sse;
    double bic;     /* rows log(SSE / rows) + n_free log(rows), n_free = 2 + 2k */
    double cv;      /* mean over all rows, weighted, of the squared error of the fit to the other folds */
    double cv_rmse; /* its root */
    double cv_se;   /* sd of the folds' means / sqrt(folds); all three NaN without folds */
} crease_knot_count_row;

typedef struct crease_knot_choice {
    size_t row_count;           /* knots 0 .. row_count - 1 */
    crease_knot_count_row *row; /* owned */
    size_t by_bic;              /* knots of least BIC */
    /* fewest knots with cv <= least cv + its cv_se (Breiman et al. 1984); by_bic without folds */
    size_t by_cv;
    size_t least_cv;  /* knots of least cv */
    size_t folds;     /* 0: too few rows */
    bool interrupted; /* rows are left out from the end */
} crease_knot_choice;

/* All zero means the defaults. */
typedef struct crease_choice_options {
    size_t most;   /* knots: 10; never more than pieces of min_points and n_free < rows allow */
    size_t folds;  /* 10; 1: none; none either with fewer than two rows a fold */
    uint64_t seed; /* of the folds */
    size_t threads;
    const crease_knots_options *fit; /* min_points, shape, interrupted; `knots` and `work` are not used */
    void (*progress)(size_t done, size_t total, void *context); /* from any thread, one call at a time */
    void *progress_context;
} crease_choice_options;

/* How many knots: each number is fitted by a global search, on all rows and on all but each fold.
 * BIC counts the place of a knot as one parameter like any other. A knot too many gains more than that for having been
 * searched for, so BIC may choose too many (Kim & Kim 2016, who add a parameter a knot), the less the more rows there
 * are, since the penalty is 2 log(rows) a knot: 0 to 4 of 100 data sets of 200 rows (tests/fit/test_knot_count.c). It
 * takes the rows as independent: neither choice is meant for correlated noise.
 * Folds are drawn within runs of neighbouring x, one row of each run to a fold, so that every fold asks for
 * interpolation all over the range: a fold of neighbours would ask what lies where nothing was seen, and take knots
 * away with their data. A fit with no error counts as an error of 1e-10 sd(y). */
crease_status crease_knots_choose(const crease_data *data, const crease_choice_options *options,
                                  crease_knot_choice *choice, crease_error *error);
void crease_knot_choice_clear(crease_knot_choice *choice);

#endif
