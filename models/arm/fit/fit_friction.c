/* Friction from a log. In a window the slope of w by least squares is c = sum g_i w_i, g_i = (t_i - m)/sum (t - m)^2. That is
 * a mean of w' itself: sum over intervals of a_k (w_{k+1} - w_k), a_k = g_{k+1} + .. + g_n >= 0, with weights a_k (t_{k+1} - t_k)
 * that add up to 1. The means of u, sin q and w with the same weights make F = u - J c - G sin q the mean of the friction about the
 * mean rate, whatever the torque does meanwhile.
 *
 * Outer lines of the fit: value v_j at knot x_j with slopes s_0 and s_2, so at rest v_1 - s_0 x_1 and v_2 - s_2 x_2. */
#include "arm/fit/fit.h"
#include "crease/inference.h"
#include "crease/knots.h"
#include <math.h>
#include <stdlib.h>

enum { LEAST_WINDOW = 5, LEAST_WINDOWS = 8, KNOTS = 2, ESTIMATES = 3 * KNOTS + 1 };

/* Mean rate of the window and mean friction. */
static void average(const arm_log *log, const arm_plant *plant, size_t first, size_t window, double *rate,
                    double *friction) {
    const double *t = log->t + first, *q = log->q + first, *w = log->w + first, *u = log->u + first;
    double middle = 0, square = 0, a = 0, slope = 0;
    for (size_t i = 0; i < window; i++)
        middle += t[i] / (double)window;
    for (size_t i = 0; i < window; i++)
        square += (t[i] - middle) * (t[i] - middle);
    *rate = *friction = 0;
    for (size_t k = window - 1; k-- > 0;) {
        a += (t[k + 1] - middle) / square;
        double share = a * (t[k + 1] - t[k]) / 2;
        slope += a * (w[k + 1] - w[k]);
        *rate += share * (w[k] + w[k + 1]);
        *friction += share * (u[k] + u[k + 1] - plant->gravity * (sin(q[k]) + sin(q[k + 1])));
    }
    *friction -= plant->inertia * slope;
}

static double range_of(const double *x, size_t n) {
    double low = x[0], high = x[0];
    for (size_t i = 1; i < n; i++) {
        low = fmin(low, x[i]);
        high = fmax(high, x[i]);
    }
    return high - low;
}

static crease_status check(const arm_log *log, const arm_plant *plant, size_t window, crease_error *error) {
    if (window < LEAST_WINDOW || window % 2 == 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the window of the slope takes an odd number of rows from %d on, not %zu",
                           LEAST_WINDOW, window);
    if (log->rows / window < LEAST_WINDOWS)
        return crease_fail(error, CREASE_BAD_DATA,
                           "a log of %zu rows holds fewer than %d windows of %zu; take a longer log or a "
                           "narrower window",
                           log->rows, LEAST_WINDOWS, window);
    for (size_t i = 0; i < log->rows; i++) {
        if (i > 0 && !(log->t[i] > log->t[i - 1]))
            return crease_fail(error, CREASE_BAD_DATA, "the times do not ascend at row %zu (%g after %g)",
                               i + 1, log->t[i], log->t[i - 1]);
        if (fabs(log->u[i]) > plant->torque_limit)
            return crease_fail(error, CREASE_BAD_DATA,
                               "the torque %g N m of row %zu is beyond the limit of model %s, so what the "
                               "drive gave is not known",
                               log->u[i], i + 1, plant->name);
    }
    return CREASE_OK;
}

crease_status arm_friction_rows(const arm_log *log, const arm_plant *plant, size_t window, double spread,
                                double **rate, double **friction, size_t *count, crease_error *error) {
    *rate = *friction = NULL;
    *count = 0;
    crease_status status = check(log, plant, window, error);
    if (status != CREASE_OK)
        return status;
    size_t rows = log->rows / window;
    double *memory = malloc(2 * rows * sizeof *memory);
    if (!memory)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu rows of friction", rows);
    double widest = spread * range_of(log->w, log->rows);
    for (size_t k = 0; k < rows; k++) {
        size_t first = k * window;
        if (range_of(log->w + first, window) > widest)
            continue;
        average(log, plant, first, window, &memory[*count], &memory[rows + *count]);
        ++*count;
    }
    if (*count < LEAST_WINDOWS) {
        free(memory);
        return crease_fail(
            error, CREASE_BAD_DATA,
            "only %zu windows of the log have a rate that changes by less than %g of its range; "
            "take a denser or slower log, a narrower window, or a larger --spread",
            *count, spread);
    }
    *rate = memory;
    *friction = memory + rows;
    return CREASE_OK;
}

/* gradient' theta's value (given) with its standard error by the covariance. */
static arm_estimate combined(double value, const double gradient[ESTIMATES], const double *covariance) {
    double variance = 0;
    for (size_t i = 0; i < ESTIMATES; i++)
        for (size_t j = 0; j < ESTIMATES; j++)
            variance += gradient[i] * covariance[i * ESTIMATES + j] * gradient[j];
    return (arm_estimate){value, sqrt(fmax(variance, 0))};
}

crease_status arm_friction_estimate(const crease_data *rows, arm_friction *friction, crease_error *error) {
    crease_knots_result fit = {0};
    crease_pwl_inference inference = {0};
    const crease_knots_options options = {.knots = KNOTS};
    *friction = (arm_friction){.rows = rows->n};
    crease_status status = crease_knots_fit(rows, &options, &fit, error);
    if (status == CREASE_OK && fit.pwl->knot_count != KNOTS)
        status = crease_fail(error, CREASE_BAD_DATA,
                             "%zu rows of friction do not hold three lines; take a log that moves both ways",
                             rows->n);
    if (status == CREASE_OK)
        status = crease_pwl_delta(fit.pwl, rows, 0, &inference, error);
    if (status != CREASE_OK)
        goto done;
    const crease_estimate *x = inference.knot, *v = inference.value, *s = inference.slope;
    double lower = v[0].value - s[0].value * x[0].value, upper = v[1].value - s[2].value * x[1].value;
    /* theta: x_1 x_2 v_1 v_2 s_0 s_1 s_2 */
    const double to_upper[ESTIMATES] = {0, -s[2].value, 0, 1, 0, 0, -x[1].value},
                 to_lower[ESTIMATES] = {-s[0].value, 0, 1, 0, -x[0].value, 0, 0},
                 slopes[ESTIMATES] = {0, 0, 0, 0, .5, 0, .5};
    double half[ESTIMATES], mean[ESTIMATES];
    for (size_t i = 0; i < ESTIMATES; i++) {
        half[i] = (to_upper[i] - to_lower[i]) / 2;
        mean[i] = (to_upper[i] + to_lower[i]) / 2;
    }
    for (size_t k = 0; k < KNOTS; k++)
        friction->kink[k] = (arm_estimate){x[k].value, x[k].standard_error};
    friction->coulomb = combined((upper - lower) / 2, half, inference.covariance);
    friction->offset = combined((upper + lower) / 2, mean, inference.covariance);
    friction->viscous = combined((s[0].value + s[2].value) / 2, slopes, inference.covariance);
    friction->slope_at_rest = s[1].value;
    friction->noise = sqrt(inference.variance);
done:
    crease_pwl_inference_clear(&inference);
    crease_knots_result_clear(&fit);
    return status;
}
