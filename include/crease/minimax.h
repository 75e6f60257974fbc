/* Continuous piecewise-linear functions of least largest error, exact.
 *
 * Given a half-width, the fewest pieces within it of every datum follow from one pass over the sorted data: each piece
 * reaches as far as a line can, and the next starts from the part of its extreme line beyond the last datum that holds
 * it (Imai & Iri 1986, "An optimal algorithm for approximating a piecewise linear function"; Suri 1986 for the windows).
 * Knots may lie anywhere, also between data. The least half-width for k knots is found by bisection. */
#ifndef CREASE_MINIMAX_H
#define CREASE_MINIMAX_H

#include "crease/knots.h"

/* All zero, or NULL, means no constraint. */
typedef struct crease_minimax_options {
    crease_curvature curvature;
    const double *slope_limits; /* {least, largest} slope of every piece, infinities allowed; NULL: none */
    bool (*interrupted)(void *context); /* true ends the bisection with the best result so far */
    void *interrupted_context;
} crease_minimax_options;

typedef struct crease_minimax_result {
    crease_pwl *pwl;  /* owned; fewer knots than asked where more do not help */
    size_t rows;      /* of positive weight; only these count */
    size_t points;    /* distinct x among them */
    double max_error; /* largest |residual| of pwl as it is evaluated, rounding included */
    /* of max_error over all functions that the options admit: the scan, whose every comparison is made in twice the
     * digits of double, found none below it */
    double lower_bound;
    /* (max_error - lower_bound) / max(max_error, 1e-6 (largest y - least y)): the floor lets data that lie on such a
     * function pass with their rounding */
    double gap;
    bool certified;   /* gap <= 1e-6 */
    double sse, rmse; /* weighted sum of squared residuals; root of the weighted mean */
    bool interrupted;
    size_t knots_asked;
    double seconds;
} crease_minimax_result;

/* The function with at most `knots` knots of least largest |residual|. One input, one output; rows in any order, equal x
 * allowed; a weight of zero leaves its row out, and positive ones are all the same but for sse and rmse. O(n log n + n
 * b), b about 60 halvings. BAD_ARGUMENT for options that contradict one another, BAD_DATA as crease_data_check. */
crease_status crease_minimax_fit(const crease_data *data, size_t knots, const crease_minimax_options *options,
                                 crease_minimax_result *result, crease_error *error);
void crease_minimax_result_clear(crease_minimax_result *result);

/* The function of fewest pieces (one more than its knots) within +-tolerance of every row of positive weight, before its
 * knots are rounded to double. BAD_DATA where none is: equal x whose y lie over 2 tolerance apart, or a shape that the
 * data do not have. */
crease_status crease_minimax_tube(const crease_data *data, double tolerance,
                                  const crease_minimax_options *options, crease_pwl **pwl,
                                  crease_error *error);

#endif
