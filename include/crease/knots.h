/* Optimal knots: the continuous piecewise-linear function with k free knots of least squared error, found by a global
 * search, with a lower bound that no such function can undercut.
 *
 * Knot j lies between two neighbouring data, the ends included, and parts them into those of the piece left of it and
 * those of the piece right of it; each piece has at least min_points distinct x. */
#ifndef CREASE_KNOTS_H
#define CREASE_KNOTS_H

#include "crease/data.h"
#include "crease/pwl.h"
#include <stdbool.h>
#include <stdint.h>

#define CREASE_NO_MINIMUM SIZE_MAX

typedef enum crease_curvature { CREASE_ANY_CURVATURE = 0, CREASE_CONCAVE, CREASE_CONVEX } crease_curvature;

/* All zero but `knots` means the defaults. */
typedef struct crease_knots_options {
    size_t knots;
    size_t min_points; /* distinct x a piece: 0 means 3; CREASE_NO_MINIMUM lets pieces be empty of data */
    crease_curvature curvature;
    const double
        *slope_limits; /* {least, largest} slope of every piece, infinities allowed; NULL: none. Increasing:
                                   {0, INFINITY} */
    const double *fixed_knot; /* knots at these places, part of `knots`; fixed_knot_count values */
    size_t fixed_knot_count;
    const double *fixed_point; /* the function passes through (x, y): fixed_point_count pairs */
    size_t fixed_point_count;
    /* how much to spend on closing the gap between error and bound, in units of the work of the search, counted as
     * 2e5 to 1e6 steps: 0 means 20, negative none. A count, not a time: same digits on every machine */
    double work;
    bool (*interrupted)(void *context); /* true ends the search with the best result so far */
    void *interrupted_context;
    void (*progress)(size_t done, size_t total, void *context); /* work on the bound against its budget */
    void *progress_context;
} crease_knots_options;

typedef struct crease_knots_result {
    crease_pwl *pwl;  /* owned */
    size_t rows;      /* of positive weight */
    size_t points;    /* distinct x among them */
    double sse, rmse; /* weighted sum of squared residuals; root of the weighted mean */
    double max_error; /* largest |residual| */
    double tss;       /* weighted sum of squares about the mean */
    double
        lower_bound; /* of sse over all functions that the options admit; 0 where nothing better is known */
    double gap;      /* (sse - lower_bound) / max(sse, 1e-20 tss) */
    bool certified;  /* gap <= 1e-6: no admitted function is better by more than that share */
    bool interrupted;
    size_t knots_asked; /* pwl->knot_count is less where the data cannot hold so many pieces of min_points */
    double seconds;
} crease_knots_result;

/* One input, one output. BAD_ARGUMENT for options that contradict one another (fixed knots out of order, limits that
 * no function keeps), BAD_DATA as crease_data_check. */
crease_status crease_knots_fit(const crease_data *data, const crease_knots_options *options,
                               crease_knots_result *result, crease_error *error);

/* The best sum of a constant and options->knots ReLU units, a_j relu(x - t_j) or, where faces_left[j] (out, knots
 * entries), a_j relu(t_j - x): the function's knots are the t_j, its slope changes the a_j. The bound is that of as
 * many free knots. Up to 16 units all ways to face are looked at; beyond, each faces away from one flat piece. A unit
 * may lie at the first or last datum, where it serves as a line. */
crease_status crease_knots_fit_relu(const crease_data *data, const crease_knots_options *options,
                                    crease_knots_result *result, bool *faces_left, crease_error *error);

/* The nearest local optimum from given knots (options->knots of them, ascending), without search or certificate: for
 * resampling, where a fit close by is known. */
crease_status crease_knots_polish(const crease_data *data, const crease_knots_options *options,
                                  const double *start, crease_knots_result *result, crease_error *error);
void crease_knots_result_clear(crease_knots_result *result);

#endif
