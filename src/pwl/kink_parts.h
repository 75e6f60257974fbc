/* What the files of kink detection share. Inside, x and y are mapped to [0, 1], so nothing depends on units. */
#ifndef CREASE_PWL_KINK_PARTS_H
#define CREASE_PWL_KINK_PARTS_H

#include "crease/kinks.h"

/* Distinct x ascending with the mean y there; weight 1 is that of a row of mean weight. */
typedef struct kink_points {
    size_t n, rows;
    double *x, *y, *weight; /* n each, one allocation that starts at x */
    double x_low, x_range;  /* raw x = x_low + x_range * x */
    double y_low, y_range;
    double rounding; /* standard deviation that rounding of the raw numbers leaves in y */
    double noise;    /* of a y of weight 1, robust (median); never below rounding */
    double
        noise_wide; /* the same from the mean square of the lower nine tenths, larger where the noise is uneven: what residuals are compared with */
    bool noise_free;
} kink_points;

/* How many points have an x of at most this; the distance of neighbours there, the mean of three. */
size_t crease_kink_points_until(const kink_points *points, double x);
double crease_kink_points_spacing(const kink_points *points, double x);

crease_status crease_kink_points_new(const crease_data *data, kink_points *points, crease_error *error);
void crease_kink_points_clear(kink_points *points);
enum { KINK_SIDE_MOST = 64, KINK_DEGREE_MOST = 8 };

/* A one-sided polynomial at two places: value, slope, their standard deviations by noise and what one degree more would
 * change. */
typedef struct kink_side {
    double value[2], slope[2];
    double value_noise[2], slope_noise[2];
    double value_bias, slope_bias; /* the larger of both ends */
    size_t points, degree;         /* points 0: too few */
} kink_side;

/* The polynomial of some of the `available` points from `end` on, going left (step -1) or right (+1), whose number of
 * points and degree make caution * bias + quantile * noise least at the two places, slopes counted times `span`. */
kink_side crease_kink_side_fit(const kink_points *points, size_t end, int step, size_t available,
                               const double place[2], double span, double caution, double quantile);

/* Coefficients (order + 1) of the divided difference, of variance 1 for unit noise, up to a factor that does not matter:
 * false when points are too near one another. */
bool crease_kink_difference(const double *x, const double *weight, size_t order, double *coefficient);

/* Does a slope jump at k, or with k NAN a jump of y itself within the gap, agree with what differences across the gap say?
 * Among `left` points up to left_end and `right` points after it. */
bool crease_kink_differences_agree(const kink_points *points, size_t left_end, size_t left, size_t right,
                                   double k, double expected);

/* Kinks in mapped coordinates. */
typedef struct kink_list {
    crease_detected_kink *kink;
    size_t count, room;
} kink_list;

crease_status crease_kink_list_add(kink_list *list, const crease_detected_kink *kink, crease_error *error);

/* At most `most` points, each the weighted mean of as many neighbours as the others; one that would mix both sides of one of
 * the first `count` kinks is left out. */
crease_status crease_kink_points_bin(const kink_points *from, size_t most, const kink_list *list,
                                     size_t count, kink_points *to, crease_error *error);

/* The largest jump of y itself. */
typedef struct kink_jump {
    bool found;
    double x, size;
} kink_jump;

crease_status crease_kink_local_search(const kink_points *points, double level, kink_list *list,
                                       kink_jump *jump, crease_error *error);

/* ---- splines with hinges, for noise ---- */

typedef enum kink_shape {
    KINK_HINGE,  /* (x - k)_+: f' jumps */
    KINK_SQUARE, /* (x - k)_+^2: f'' jumps */
    KINK_CUBE,   /* (x - k)_+^3, and so on */
    KINK_FOURTH,
    KINK_FIFTH,
    KINK_POWER,     /* (x - k)_+^1.5: f'' is infinite on one side */
    KINK_ABS_POWER, /* |x - k|^1.5 */
    KINK_STEP       /* f jumps */
} kink_shape;

typedef struct kink_column {
    kink_shape shape;
    double at;
} kink_column;

/* A linear model: B-splines of an order (degree + 1) with interior knots at quantiles of x, and further columns. */
typedef struct kink_model {
    size_t order, interior;
    const kink_column *column; /* borrowed */
    size_t columns;
} kink_model;

/* The columns that stand for the kinks in a list: hinge and square, which let f' and f'' jump; for the first `local`, found at
 * the scale of the grid, a step and up to the fifth power: little noise shows that the sides are two curves and that the place
 * is not exact. Kink `without` is
 * left out (SIZE_MAX: none). Room for KINK_COLUMNS_MOST each; returns how many. */
enum { KINK_COLUMNS_LOCAL = 6, KINK_COLUMNS_GLOBAL = 2, KINK_COLUMNS_MOST = 6 };
size_t crease_kink_columns_of(const kink_list *list, size_t local, size_t without, kink_column *column);
double crease_kink_column_value(kink_column column, double x);
double crease_kink_column_slope(kink_column column, double x); /* from the right at x = at */
size_t crease_kink_model_size(const kink_model *model);
/* Values of all columns of the model, or with `derivative` 1 or 2 their derivatives, at `count` places: count x size,
 * row-major. Knots by `points`. */
crease_status crease_kink_model_columns(const kink_model *model, const kink_points *points, size_t count,
                                        const double *x, size_t derivative, double *value,
                                        crease_error *error);
/* Orthonormal rows (n each) that span the columns times sqrt(weight); `rows` has room for crease_kink_model_size. */
crease_status crease_kink_model_basis(const kink_model *model, const kink_points *points, double *rows,
                                      size_t *rank, crease_error *error);
/* Takes the `count` orthonormal rows out of vector and makes it of length 1; false, and zeros, when nothing is left. */
bool crease_kink_orthonormalise(const double *rows, size_t count, size_t n, double *vector);
/* n values of one column times sqrt(weight). */
void crease_kink_weighted_column(const kink_points *points, kink_column column, double *vector);
/* n log(sse) + parameters log n (Schwarz 1978, Ann. Statist. 6). */
double crease_kink_criterion(size_t n, double sse, double parameters);

typedef struct kink_run {
    const kink_points *points; /* all */
    const crease_kink_options *options;
    double level;
    crease_kinks_summary *summary;
} kink_run;

/* What one test of a further kink says. */
typedef struct kink_verdict {
    bool found;            /* significant */
    size_t kinks;          /* 1, or 2 that only together explain the data */
    double at[2], p_value; /* NaN without a test: a curve without a kink is the better explanation as it is */
    bool jump;             /* clearly the best curve: one that jumps itself, near jump_at */
    double jump_at;
    size_t order, interior; /* of the spline to estimate with */
    double variance;        /* of a row of mean weight, left by the better of both curves */
    bool unexplained;       /* even so it is beyond the noise: no test */
    double step;            /* distance of the places tried */
} kink_verdict;

/* Is there a further kink beside the columns given? On binned points. */
crease_status crease_kink_test_further(const kink_run *run, const kink_points *bins,
                                       const kink_column *column, size_t columns, kink_verdict *verdict,
                                       crease_error *error);

/* Positions, intervals and slopes of the kinks in list[first ..] together, with those before held fixed. */
crease_status crease_kink_estimate(const kink_run *run, kink_list *list, size_t first, size_t order,
                                   size_t interior, double step, crease_error *error);

/* Takes out of the list what may be a bend less than `contrast` times as curved as the curve beside it; the last one is in
 * the summary. */
void crease_kink_drop_bends(const kink_points *points, double contrast, kink_list *list,
                            crease_kinks_summary *summary);

/* Adds what the spline test finds to the list. */
crease_status crease_kink_global_search(const kink_run *run, kink_list *list, kink_jump *jump,
                                        crease_error *error);

#endif
