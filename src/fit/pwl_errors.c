/* The delta method. At a function whose slope changes at every knot, the k + 1 lines of its pieces are free parameters:
 * piece i has the value a_i at the mean m_i of its data and the slope b_i, whose estimates are independent with variances
 * s^2/W_i and s^2/S_i. The rest is calculus: with D_j = b_j - b_{j+1},
 *     d x_j = -(d a_j + (x_j - m_j) d b_j - d a_{j+1} - (x_j - m_{j+1}) d b_{j+1}) / D_j,
 *     d y_j =   d a_j + (x_j - m_j) d b_j + b_j d x_j.
 * So cov theta = s^2 sum_i (g_i g_i' / W_i + h_i h_i' / S_i), where the columns g_i and h_i have at most five entries.
 * A datum at a knot counts left of it. */
#include "crease/inference.h"
#include "fit/one_knot.h"
#include "fit/pwl_inference.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

static const double NO_CHANGE = 1e-9; /* of slope, over the steeper of the two */

static const char FEW_ROWS[] = "there are no more rows than free parameters";
static const char FEW_POINTS[] = "a piece beside it has fewer than two distinct x";
static const char NO_KINK[] = "the slope does not change there";

void crease_pwl_inference_clear(crease_pwl_inference *inference) {
    free(inference->knot);
    free(inference->covariance);
    free(inference->replicate);
    *inference = (crease_pwl_inference){0};
}

crease_status crease_pwl_inference_new(const crease_pwl *pwl, double level, crease_pwl_inference *inference,
                                       crease_error *error) {
    size_t k = pwl->knot_count, count = 3 * k + 1;
    *inference = (crease_pwl_inference){.knot_count = k, .level = level != 0 ? level : .95};
    if (!(inference->level > 0 && inference->level < 1))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the level of an interval is between 0 and 1, not %g",
                           level);
    for (size_t j = 0; j + 1 < k; j++)
        if (!(pwl->x[j] < pwl->x[j + 1]))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "knots %zu and %zu are not in ascending order",
                               j + 1, j + 2);
    if (count < SIZE_MAX / sizeof(crease_estimate) / count) {
        inference->knot = calloc(count, sizeof *inference->knot);
        inference->covariance = calloc(count * count, sizeof *inference->covariance);
    }
    if (!inference->knot || !inference->covariance) {
        crease_pwl_inference_clear(inference);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the inference on %zu knots", k);
    }
    inference->value = inference->knot + k;
    inference->slope = inference->value + k;
    for (size_t j = 0; j < k; j++) {
        inference->knot[j].value = pwl->x[j];
        inference->value[j].value = pwl->y[j];
    }
    for (size_t j = 0; j <= k; j++)
        inference->slope[j].value = crease_pwl_slope(pwl, j);
    return CREASE_OK;
}

/* The lines of the pieces; only where the data lie matters. */
static void fill_pieces(const crease_sample *s, const crease_pwl *pwl, crease_piece *piece) {
    for (size_t i = 0, j = 0; i < s->points; i++) {
        while (j < pwl->knot_count && s->u[i] > (pwl->x[j] - s->x_shift) / s->x_unit)
            j++;
        crease_piece_add(&piece[j], s->u[i], 0, s->sum[i]);
    }
}

static void mark(crease_estimate *e, const char *why) {
    e->standard_error = e->interval.low = e->interval.high = NAN;
    if (!e->why)
        e->why = why;
}

static void mark_unknown(const crease_piece *piece, crease_pwl_inference *inference) {
    size_t k = inference->knot_count;
    for (size_t j = 0; inference->freedom <= 0 && j < 3 * k + 1; j++)
        mark(&inference->knot[j], FEW_ROWS);
    for (size_t i = 0; i <= k; i++)
        if (!(piece[i].spread > 0)) {
            mark(&inference->slope[i], FEW_POINTS);
            for (size_t j = i > 0 ? i - 1 : 0; j <= i && j < k; j++) {
                mark(&inference->knot[j], FEW_POINTS);
                mark(&inference->value[j], FEW_POINTS);
            }
        }
    for (size_t j = 0; j < k; j++) {
        double left = inference->slope[j].value, right = inference->slope[j + 1].value;
        if (!(fabs(left - right) > NO_CHANGE * fmax(fabs(left), fabs(right)))) {
            mark(&inference->knot[j], NO_KINK);
            mark(&inference->value[j], NO_KINK);
        }
    }
}

/* Adds variance c c' for a column of five entries, knot and value left of piece i, slope, knot and value right of it. */
static void add_column(crease_pwl_inference *inference, size_t i, const double column[5], double variance) {
    size_t k = inference->knot_count, count = 3 * k + 1;
    size_t at[5] = {i - 1, k + i - 1, 2 * k + i, i, k + i};
    for (size_t a = 0; a < 5; a++)
        for (size_t b = 0; b < 5; b++) {
            bool outside = (i == 0 && (a < 2 || b < 2)) || (i == k && (a > 2 || b > 2));
            if (!outside)
                inference->covariance[at[a] * count + at[b]] += column[a] * column[b] * variance;
        }
}

/* In units of the sample, so that no square overflows. */
static void add_piece(const crease_sample *s, const crease_piece *p, size_t i,
                      crease_pwl_inference *inference) {
    double a[5] = {0}, b[5] = {0}, steep = s->y_unit / s->x_unit, slope = inference->slope[i].value / steep;
    b[2] = 1;
    if (i > 0) {
        double away = (inference->knot[i - 1].value - s->x_shift) / s->x_unit - p->mean_u;
        double before = inference->slope[i - 1].value / steep;
        a[0] = 1 / (before - slope);
        b[0] = away / (before - slope);
        a[1] = before * a[0]; /* the value moves along the line on the left */
        b[1] = before * b[0];
    }
    if (i < inference->knot_count) {
        double away = (inference->knot[i].value - s->x_shift) / s->x_unit - p->mean_u;
        double after = inference->slope[i + 1].value / steep;
        a[3] = -1 / (slope - after);
        b[3] = -away / (slope - after);
        a[4] = 1 + slope * a[3];
        b[4] = away + slope * b[3];
    }
    add_column(inference, i, a, inference->variance * p->inverse_weight);
    add_column(inference, i, b, inference->variance * p->inverse_spread);
}

static double unit_of(const crease_sample *s, size_t knots, size_t j) {
    return j < knots ? s->x_unit : j < 2 * knots ? s->y_unit : s->y_unit / s->x_unit;
}

static void finish(const crease_sample *s, crease_pwl_inference *inference) {
    size_t k = inference->knot_count, count = 3 * k + 1;
    double t =
        inference->freedom > 0 ? gsl_cdf_tdist_Pinv(.5 + inference->level / 2, inference->freedom) : NAN;
    for (size_t j = 0; j < count; j++) {
        crease_estimate *e = &inference->knot[j];
        if (e->why)
            continue;
        e->standard_error = sqrt(inference->covariance[j * count + j]) * unit_of(s, k, j);
        e->interval = (crease_interval){e->value - t * e->standard_error, e->value + t * e->standard_error};
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            bool known = !inference->knot[i].why && !inference->knot[j].why;
            inference->covariance[i * count + j] *= known ? unit_of(s, k, i) * unit_of(s, k, j) : NAN;
        }
    inference->variance *= s->y_unit * s->y_unit * s->weight_unit;
}

crease_status crease_pwl_delta(const crease_pwl *pwl, const crease_data *data, double level,
                               crease_pwl_inference *inference, crease_error *error) {
    size_t k = pwl->knot_count;
    crease_sample sample = {0};
    crease_piece *piece = NULL;
    double *residual = NULL;
    *inference = (crease_pwl_inference){0};
    crease_status status = crease_sample_new(data, &sample, error);
    if (status == CREASE_OK)
        status = crease_pwl_inference_new(pwl, level, inference, error);
    if (status != CREASE_OK)
        goto done;
    piece = calloc(k + 1, sizeof *piece);
    residual = malloc(sample.rows * sizeof *residual);
    if (!piece || !residual) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", sample.rows);
        goto done;
    }
    fill_pieces(&sample, pwl, piece);
    inference->freedom = (double)sample.rows - 2 - 2 * (double)k;
    double sse = crease_sample_residuals(&sample, data, pwl, residual);
    inference->variance = inference->freedom > 0 ? sse / inference->freedom : NAN;
    mark_unknown(piece, inference);
    for (size_t i = 0; i <= k; i++)
        add_piece(&sample, &piece[i], i, inference);
    finish(&sample, inference);
done:
    free(piece);
    free(residual);
    crease_sample_clear(&sample);
    if (status != CREASE_OK)
        crease_pwl_inference_clear(inference);
    return status;
}
