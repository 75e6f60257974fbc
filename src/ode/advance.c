/* The loop over steps, and the first step's length: Hairer, Norsett & Wanner (1993), II.4, "starting step size". */
#include "ode/internal.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

/* Largest |x_j| in units of the error that is allowed. */
static double norm(const crease_ode *ode, const double *x, const double *minus) {
    double largest = 0, tolerance = ode->options.tolerance;
    for (size_t j = 0; j < ode->system.dimension; j++) {
        double allowed = tolerance * (ode->absolute[j] + fabs(ode->now.y[j]));
        largest = fmax(largest, fabs(x[j] - (minus ? minus[j] : 0)) / allowed);
    }
    return largest;
}

static crease_status choose_first_length(crease_ode *ode, double span, crease_error *error) {
    size_t n = ode->system.dimension;
    double *moved = ode->work, *slope = ode->work + n;
    if (crease_ode_field(ode->now.t, ode->now.y, ode->now.slope, ode) != GSL_SUCCESS)
        return crease_ode_failed(ode, ode->now.t, error);
    double size = norm(ode, ode->now.y, NULL), speed = norm(ode, ode->now.slope, NULL);
    double h = size > 1e-5 && speed > 1e-5 ? 0.01 * size / speed : 1e-6;
    h = fmin(h, span);
    for (size_t j = 0; j < n; j++)
        moved[j] = ode->now.y[j] + h * ode->now.slope[j];
    if (crease_ode_field(ode->now.t + h, moved, slope, ode) != GSL_SUCCESS)
        return crease_ode_failed(ode, ode->now.t, error);
    double bend = norm(ode, slope, ode->now.slope) / h, fastest = fmax(speed, bend);
    double better = fastest > 1e-15 ? pow(0.01 / fastest, 1.0 / (gsl_odeiv2_step_order(ode->step) + 1)) : h;
    ode->h = fmin(fmin(100 * h, better), span);
    if (!(ode->h > 0) || !isfinite(ode->h))
        ode->h = fmin(1e-6, span);
    return CREASE_OK;
}

static crease_status prepare(crease_ode *ode, double until, crease_error *error) {
    crease_status status = CREASE_OK;
    if (ode->h == 0)
        status = choose_first_length(ode, until - ode->now.t, error);
    if (status == CREASE_OK && !ode->settled) {
        gsl_odeiv2_step_reset(ode->step);
        status = crease_ode_settle(ode, error);
    }
    return status;
}

static crease_status sides_at_end(crease_ode *ode, crease_error *error) {
    if (!ode->options.plain || ode->system.surface_count == 0)
        return CREASE_OK;
    if (crease_ode_signs(ode, ode->now.t, ode->now.y, ode->now.z, ode->above) != GSL_SUCCESS)
        return crease_ode_failed(ode, ode->now.t, error);
    return CREASE_OK;
}

crease_status crease_ode_advance(crease_ode *ode, double until, crease_ode_end *end, crease_error *error) {
    bool ended = false;
    crease_ode_end unwanted;
    end = end ? end : &unwanted;
    *end = CREASE_ODE_REACHED;
    if (!isfinite(until) || until < ode->now.t)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the motion stands at time %.17g and cannot go to %g",
                           ode->now.t, until);
    while (ode->now.t < until && !ended) {
        if (ode->options.interrupted && ode->options.interrupted(ode->options.interrupted_context)) {
            *end = CREASE_ODE_INTERRUPTED;
            break;
        }
        if (ode->statistics.steps >= ode->options.most_steps)
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "the motion needs over %zu steps (it is at time %g of %g); take a shorter "
                               "time or a larger tolerance",
                               ode->options.most_steps, ode->now.t, until);
        crease_status status = prepare(ode, until, error);
        if (status == CREASE_OK)
            status = crease_ode_step(ode, until, &ended, error);
        if (status != CREASE_OK)
            return status;
    }
    if (ended)
        *end = CREASE_ODE_TERMINAL;
    if (ode->settled || ode->options.plain)
        return sides_at_end(ode, error);
    return ode->h > 0 ? crease_ode_settle(ode, error) : CREASE_OK;
}

/* The step in which `t` lies: the last that starts at t or before. */
static size_t step_at(const ode_history *history, double t) {
    size_t lo = 0, hi = history->count;
    while (hi - lo > 1) {
        size_t middle = lo + (hi - lo) / 2;
        if (history->t[middle] <= t)
            lo = middle;
        else
            hi = middle;
    }
    return lo;
}

static void fill_nan(double *x, size_t count) {
    for (size_t j = 0; x && j < count; j++)
        x[j] = NAN;
}

/* The sides at a point, plain or of the mode of the step. */
static void tell_sides(crease_ode *ode, double t, const double *y, bool *above) {
    size_t m = ode->system.surface_count;
    memcpy(above, ode->field_above, m * sizeof *above);
    if (ode->options.plain)
        crease_ode_signs(ode, t, y, ode->ahead.z, above);
}

void crease_ode_at(crease_ode *ode, double t, double *y, double *slope, bool *above) {
    const ode_history *history = &ode->history;
    size_t n = ode->system.dimension, m = ode->system.surface_count;
    double at = fmax(history->t[0], fmin(ode->now.t, t));
    size_t k = step_at(history, at);
    int failure = ode->failure;
    ode->counting = false;
    ode->field_above = history->above + k * m;
    ode->field_slides = history->slides + k * m;
    memcpy(y, history->y + k * n, n * sizeof *y);
    if (at > history->t[k] && gsl_odeiv2_step_apply(ode->step, history->t[k], at - history->t[k], y,
                                                    ode->truncation, NULL, NULL, &ode->frozen) != GSL_SUCCESS)
        fill_nan(y, n);
    if (slope && crease_ode_field(at, y, slope, ode) != GSL_SUCCESS)
        fill_nan(slope, n);
    if (above && m > 0)
        tell_sides(ode, at, y, above);
    ode->field_above = ode->above;
    ode->field_slides = ode->slides;
    ode->counting = true;
    ode->failure = failure;
}
