/* Sorting and scaling. u is measured from the end of the data that is nearer to zero, or from zero where it lies
 * between them: the positions then keep all digits that the data have, also when x spans many decades. */
#include "fit/pwl_sample.h"
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static double weight_of(const crease_data *data, size_t i) {
    return data->weight ? data->weight[i] : 1;
}

void crease_sample_clear(crease_sample *s) {
    free(s->row);
    free(s->first);
    free(s->z);
    *s = (crease_sample){0};
}

static void set_units(const crease_data *data, crease_sample *s) {
    double low = INFINITY, high = -INFINITY, largest = 0, total = 0;
    for (size_t i = 0; i < data->n; i++)
        if (weight_of(data, i) > 0) {
            low = fmin(low, data->x[i]);
            high = fmax(high, data->x[i]);
            largest = fmax(largest, fabs(data->y[i]));
            total += weight_of(data, i);
            s->rows++;
        }
    s->x_shift = fmin(fmax(0, low), high);
    double farthest = fmax(fabs(low - s->x_shift), fabs(high - s->x_shift));
    s->x_unit = farthest > 0 ? farthest : 1;
    s->y_unit = largest > 0 ? largest : 1;
    s->weight_unit = total / (double)s->rows;
    for (size_t i = 0; i < data->n; i++)
        if (weight_of(data, i) > 0)
            s->z_shift += weight_of(data, i) / total * (data->y[i] / s->y_unit);
}

static void fill(const crease_data *data, const size_t *order, crease_sample *s) {
    for (size_t i = 0; i < s->rows; i++) {
        size_t from = order[i];
        double u = (data->x[from] - s->x_shift) / s->x_unit;
        s->z[i] = data->y[from] / s->y_unit - s->z_shift;
        s->w[i] = weight_of(data, from) / s->weight_unit;
        s->row[i] = from;
        if (i == 0 || data->x[from] > data->x[order[i - 1]]) {
            s->first[s->points] = i;
            s->u[s->points] = u;
            s->sum[s->points++] = 0;
        }
        s->sum[s->points - 1] += s->w[i];
    }
    s->first[s->points] = s->rows;
}

crease_status crease_sample_new(const crease_data *data, crease_sample *s, crease_error *error) {
    *s = (crease_sample){0};
    if (data->inputs != 1 || data->outputs != 1)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "a piecewise-linear fit has one input and one output, the data have %zu and %zu",
                           data->inputs, data->outputs);
    crease_status status = crease_data_check(data, error);
    if (status != CREASE_OK)
        return status;
    size_t *order = NULL;
    if (data->n < SIZE_MAX / (4 * sizeof(double))) {
        order = malloc(data->n * sizeof *order);
        s->row = malloc(data->n * sizeof *s->row);
        s->first = malloc((data->n + 1) * sizeof *s->first);
        s->z = malloc(4 * data->n * sizeof *s->z);
    }
    if (!order || !s->row || !s->first || !s->z) {
        free(order);
        crease_sample_clear(s);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", data->n);
    }
    s->w = s->z + data->n;
    s->u = s->w + data->n;
    s->sum = s->u + data->n;
    set_units(data, s);
    gsl_sort_index(order, data->x, 1, data->n);
    size_t kept = 0;
    for (size_t i = 0; i < data->n; i++)
        if (weight_of(data, order[i]) > 0)
            order[kept++] = order[i];
    fill(data, order, s);
    free(order);
    return CREASE_OK;
}

void crease_sample_means(const crease_sample *s, const double *by_row, double *by_point) {
    for (size_t p = 0; p < s->points; p++) {
        size_t i = s->first[p];
        double mean = by_row[i], weight = s->w[i];
        for (i++; i < s->first[p + 1]; i++) {
            weight += s->w[i];
            mean += s->w[i] / weight * (by_row[i] - mean);
        }
        by_point[p] = mean;
    }
}

double crease_sample_tie_error(const crease_sample *s, const double *row, const double *mean) {
    double error = 0;
    for (size_t p = 0; p < s->points; p++)
        for (size_t i = s->first[p]; s->first[p + 1] - s->first[p] > 1 && i < s->first[p + 1]; i++)
            error += s->w[i] * (row[i] - mean[p]) * (row[i] - mean[p]);
    return error;
}

double crease_sample_residuals(const crease_sample *s, const crease_data *data, const crease_pwl *pwl,
                               double *residual) {
    double sse = 0;
    for (size_t i = 0; i < s->rows; i++) {
        double r = data->y[s->row[i]] / s->y_unit - crease_pwl_evaluate(pwl, data->x[s->row[i]]) / s->y_unit;
        residual[i] = r;
        sse += s->w[i] * r * r;
    }
    return sse;
}
