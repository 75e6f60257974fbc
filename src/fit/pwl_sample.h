/* Inside inference: data of one input sorted by x, in units in which no square overflows. */
#ifndef CREASE_FIT_PWL_SAMPLE_H
#define CREASE_FIT_PWL_SAMPLE_H

#include "crease/data.h"
#include "crease/pwl.h"

/* Rows of positive weight by ascending x; rows of one x make a point. x = x_shift + x_unit u and
 * y = y_unit (z + z_shift). Weights are those of the data over weight_unit, their mean. */
typedef struct crease_sample {
    size_t rows, points;
    double x_shift, x_unit, z_shift, y_unit, weight_unit;
    size_t *row;     /* rows: index in the data */
    size_t *first;   /* points + 1: the rows of point i are first[i] .. first[i + 1] - 1 */
    double *z, *w;   /* rows */
    double *u, *sum; /* points: position; sum of the weights */
} crease_sample;

/* One input, one output, checked. */
crease_status crease_sample_new(const crease_data *data, crease_sample *sample, crease_error *error);
void crease_sample_clear(crease_sample *sample);

/* Means over the rows of each point of values given by row in the order of the sample. */
void crease_sample_means(const crease_sample *sample, const double *by_row, double *by_point);

/* Weighted sum of squares of such values about these means. */
double crease_sample_tie_error(const crease_sample *sample, const double *by_row, const double *by_point);

/* residual[i] = z - function, in units of y_unit, in the order of the sample; the weighted sum of squares. */
double crease_sample_residuals(const crease_sample *sample, const crease_data *data, const crease_pwl *pwl,
                               double *residual);

#endif
