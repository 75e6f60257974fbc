/* Inside inference: refits of one function to resampled rows or values, one work space a thread. */
#ifndef CREASE_FIT_PWL_REFIT_H
#define CREASE_FIT_PWL_REFIT_H

#include "fit/pwl_descent.h"
#include "fit/pwl_inference.h"

typedef struct crease_refit {
    const crease_sample *sample;
    const crease_pwl *pwl;
    crease_knots_options options;
    bool shaped;            /* curvature, limits or fixed parts: by crease_knots_polish */
    crease_scan *scan;      /* one knot or none: exact, by the scan of all places */
    crease_descent descent; /* more knots */
    double *u, *sum, *mean; /* points: of a resample */
    double *start;          /* knots of the function */
    double *x, *y, *weight; /* rows: of a resample, raw; for the polish */
} crease_refit;

/* Points a piece must have here: at least 2, since a line through one point has no slope. options may be NULL. */
size_t crease_least_points(const crease_knots_options *options);

/* options as given to the caller, or NULL. All arguments are borrowed. */
crease_status crease_refit_new(const crease_sample *sample, const crease_data *data, const crease_pwl *pwl,
                               const crease_knots_options *options, crease_refit *refit, crease_error *error);
void crease_refit_clear(crease_refit *refit);

/* theta = (knots, values, slopes), 3k + 1 numbers, of the fit with row i of the sample counted count[i] times.
 * *found is false where such rows cannot hold the knots; a failure is one of memory. */
crease_status crease_refit_counts(crease_refit *refit, const double *count, double *theta, bool *found);

/* The same with values z[i] in place of those of the sample. */
crease_status crease_refit_values(crease_refit *refit, const double *z, double *theta, bool *found);

#endif
