#include "fit/pwl_refit.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t crease_least_points(const crease_knots_options *options) {
    size_t least = options && options->min_points ? options->min_points : 3;
    return least == CREASE_NO_MINIMUM || least < 2 ? 2 : least; /* a line through one point has no slope */
}

void crease_refit_clear(crease_refit *r) {
    crease_scan_free(r->scan);
    crease_descent_clear(&r->descent);
    free(r->u);
    free(r->x);
    *r = (crease_refit){0};
}

crease_status crease_refit_new(const crease_sample *sample, const crease_data *data, const crease_pwl *pwl,
                               const crease_knots_options *options, crease_refit *r, crease_error *error) {
    size_t k = pwl->knot_count;
    *r = (crease_refit){.sample = sample, .pwl = pwl};
    if (options)
        r->options = *options;
    r->options.knots = k;
    r->shaped = r->options.curvature != CREASE_ANY_CURVATURE || r->options.slope_limits ||
                r->options.fixed_knot_count > 0 || r->options.fixed_point_count > 0;
    r->scan = crease_scan_new(sample->points);
    r->u = malloc((3 * sample->points + k) * sizeof *r->u);
    r->x = malloc(3 * sample->rows * sizeof *r->x);
    if (!r->scan || !r->u || !r->x || (k > 1 && !crease_descent_new(&r->descent, k, sample->points))) {
        crease_refit_clear(r);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for refits of %zu rows", sample->rows);
    }
    r->sum = r->u + sample->points;
    r->mean = r->sum + sample->points;
    r->start = r->mean + sample->points;
    for (size_t j = 0; j < k; j++)
        r->start[j] = (pwl->x[j] - sample->x_shift) / sample->x_unit;
    r->y = r->x + sample->rows;
    r->weight = r->y + sample->rows;
    for (size_t i = 0; i < sample->rows; i++) {
        r->x[i] = data->x[sample->row[i]];
        r->y[i] = data->y[sample->row[i]];
        r->weight[i] = sample->w[i];
    }
    crease_scan_design(r->scan, sample->points, sample->u, sample->sum, crease_least_points(&r->options),
                       crease_least_points(&r->options));
    return CREASE_OK;
}

static bool from_scan(const crease_refit *r, const crease_one_knot *best, double *theta) {
    const crease_sample *s = r->sample;
    double steep = s->y_unit / s->x_unit;
    if (r->pwl->knot_count == 0) {
        theta[0] = best->line_slope * steep;
        return s->points > 1;
    }
    theta[0] = s->x_shift + s->x_unit * best->u;
    theta[1] = s->y_unit * (best->value + s->z_shift);
    theta[2] = best->slope_left * steep;
    theta[3] = best->slope_right * steep;
    return best->found;
}

static bool by_descent(crease_refit *r, size_t points, const double *u, const double *w, double *theta) {
    const crease_sample *s = r->sample;
    crease_descent *d = &r->descent;
    size_t k = d->knots;
    crease_descent_data(d, points, u, r->mean, w, crease_least_points(&r->options));
    if (!crease_descent_run(d, r->start, SIZE_MAX))
        return false;
    for (size_t j = 0; j < k; j++) {
        theta[j] = s->x_shift + s->x_unit * d->t[j];
        theta[k + j] = s->y_unit * (d->value[j] + s->z_shift);
    }
    for (size_t j = 0; j <= k; j++)
        theta[2 * k + j] = d->slope[j] * (s->y_unit / s->x_unit);
    return true;
}

static crease_status by_polish(crease_refit *r, double *theta, bool *found) {
    crease_knots_result result;
    crease_error error;
    crease_data data = {r->sample->rows, 1, 1, r->x, r->y, r->weight};
    size_t k = r->pwl->knot_count;
    crease_status status = crease_knots_polish(&data, &r->options, r->pwl->x, &result, &error);
    *found = status == CREASE_OK && result.pwl->knot_count == k;
    if (*found) {
        memcpy(theta, result.pwl->x, k * sizeof *theta);
        memcpy(theta + k, result.pwl->y, k * sizeof *theta);
        for (size_t j = 0; j <= k; j++)
            theta[2 * k + j] = crease_pwl_slope(result.pwl, j);
    }
    if (status == CREASE_OK)
        crease_knots_result_clear(&result);
    return status == CREASE_BAD_DATA || status == CREASE_BAD_ARGUMENT ? CREASE_OK : status;
}

crease_status crease_refit_counts(crease_refit *r, const double *count, double *theta, bool *found) {
    const crease_sample *s = r->sample;
    size_t points = 0;
    if (r->shaped) {
        for (size_t i = 0; i < s->rows; i++)
            r->weight[i] = s->w[i] * count[i];
        return by_polish(r, theta, found);
    }
    for (size_t p = 0; p < s->points; p++) {
        double weight = 0, mean = 0;
        for (size_t i = s->first[p]; i < s->first[p + 1]; i++)
            if (count[i] > 0) {
                weight += count[i] * s->w[i];
                mean += count[i] * s->w[i] / weight * (s->z[i] - mean);
            }
        r->u[points] = s->u[p];
        r->sum[points] = weight;
        r->mean[points] = mean;
        points += weight > 0 ? 1 : 0;
    }
    if (r->pwl->knot_count > 1) {
        *found = by_descent(r, points, r->u, r->sum, theta);
        return CREASE_OK;
    }
    size_t least = crease_least_points(&r->options);
    crease_scan_design(r->scan, points, r->u, r->sum, least, least);
    crease_one_knot best = crease_scan_best(r->scan, r->mean);
    *found = from_scan(r, &best, theta);
    return CREASE_OK;
}

crease_status crease_refit_values(crease_refit *r, const double *z, double *theta, bool *found) {
    const crease_sample *s = r->sample;
    if (r->shaped) {
        for (size_t i = 0; i < s->rows; i++)
            r->y[i] = s->y_unit * (z[i] + s->z_shift);
        return by_polish(r, theta, found);
    }
    crease_sample_means(s, z, r->mean);
    if (r->pwl->knot_count > 1) {
        *found = by_descent(r, s->points, s->u, s->sum, theta);
        return CREASE_OK;
    }
    crease_one_knot best = crease_scan_best(r->scan, r->mean);
    *found = from_scan(r, &best, theta);
    return CREASE_OK;
}
