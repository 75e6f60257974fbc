/* One accepted step: tried in the frozen mode, judged by the error control as a whole, then cut short where a surface is
 * crossed. What was cut is shorter than a step that passed, so it passes too, and says nothing about the next
 * length. A step that ends at the wanted time, or at a crossing, leaves the length that the control asked for. */
#include "ode/internal.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

/* A step may be longer by this share to reach the wanted time, so that no tiny one is left. */
static const double STRETCH = 1e-8;
static const double SHRINK = 0.2;

crease_status crease_ode_failed(const crease_ode *ode, double t, crease_error *error) {
    return crease_fail(error, CREASE_BAD_ARGUMENT,
                       "the right-hand side reported failure (%d) at time %.17g; the motion ends there",
                       ode->failure, t);
}

int crease_ode_try(crease_ode *ode, double length) {
    size_t n = ode->system.dimension;
    ode_point *end = &ode->end;
    memcpy(end->y, ode->now.y, n * sizeof *end->y);
    end->t = ode->now.t + length;
    if (gsl_odeiv2_step_apply(ode->step, ode->now.t, length, end->y, ode->truncation, ode->now.slope,
                              end->slope, &ode->frozen) != GSL_SUCCESS)
        return GSL_EBADFUNC;
    if (ode->options.plain)
        return GSL_SUCCESS;
    if (crease_ode_surfaces(ode, end->t, end->y, ode->above, end->z) != GSL_SUCCESS)
        return GSL_EBADFUNC;
    return crease_ode_rates(ode, end->t, end->y, ode->above, end->slope, end->rate);
}

static bool all_finite(const double *x, size_t count) {
    for (size_t j = 0; j < count; j++)
        if (!isfinite(x[j]))
            return false;
    return true;
}

static bool end_is_finite(const crease_ode *ode) {
    size_t n = ode->system.dimension, m = ode->options.plain ? 0 : ode->system.surface_count;
    return all_finite(ode->end.y, n) && all_finite(ode->end.slope, n) && all_finite(ode->truncation, n) &&
           all_finite(ode->end.z, m) && all_finite(ode->end.rate, m);
}

static crease_status vanishes(const crease_ode *ode, bool finite, crease_error *error) {
    if (!finite)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the motion leaves the finite numbers after time %.17g; take a shorter time or a "
                           "milder field",
                           ode->now.t);
    return crease_fail(error, CREASE_BAD_ARGUMENT,
                       "no step meets the tolerance %g at time %.17g; take a larger tolerance, or list the "
                       "surface at which the field jumps there",
                       ode->options.tolerance, ode->now.t);
}

/* Tries ever shorter steps, from *length on, until the error control lets one pass; *next: the length it asks for. */
static crease_status controlled(crease_ode *ode, double *length, double *next, crease_error *error) {
    bool fixed = ode->options.fixed_step > 0;
    for (;;) {
        if (crease_ode_try(ode, *length) != GSL_SUCCESS)
            return crease_ode_failed(ode, ode->now.t, error);
        bool finite = end_is_finite(ode);
        *next = *length;
        if (finite &&
            (fixed || gsl_odeiv2_control_hadjust(ode->control, ode->step, ode->end.y, ode->truncation,
                                                 ode->end.slope, next) != GSL_ODEIV_HADJ_DEC))
            return CREASE_OK;
        if (!finite)
            *next = SHRINK * *length;
        double reached = ode->now.t + *next;
        if (fixed || !(reached > ode->now.t) || !(*next < *length))
            return vanishes(ode, finite, error);
        ode->statistics.rejected++;
        *length = reached - ode->now.t;
    }
}

static bool arrive(crease_ode *ode) {
    ode_point past = ode->now;
    ode->now = ode->end;
    ode->end = past;
    ode->statistics.steps++;
    memset(ode->flips, 0, ode->system.surface_count);
    memset(ode->kept, 0, ode->system.surface_count * sizeof *ode->kept);
    for (size_t i = 0; !ode->options.plain && i < ode->system.surface_count; i++)
        ode->size[i] = fmax(ode->size[i], fabs(ode->now.z[i]));
    return crease_ode_history_add(ode);
}

/* Goes over to the other side of surface i, and says whether the motion ends with that. */
static bool cross(crease_ode *ode, size_t i, bool *ended) {
    const crease_ode_surface *s = &ode->system.surface[i];
    int direction = ode->above[i] ? -1 : 1;
    ode->above[i] = !ode->above[i];
    ode->kept[i] = s->kind != CREASE_ODE_JUMP;
    ode->flips[i]++;
    ode->settled = false;
    if (s->kind == CREASE_ODE_EVENT && s->direction != 0 && s->direction != direction)
        return true;
    *ended = *ended || (s->kind == CREASE_ODE_EVENT && s->terminal);
    return crease_ode_note(ode, i, direction);
}

/* The surface that was located, and those that vanish with it and are on their way. */
static bool cross_all(crease_ode *ode, size_t which, bool *ended) {
    bool memory = true;
    for (size_t i = 0; memory && i < ode->system.surface_count; i++) {
        double sign = ode->above[i] ? 1 : -1;
        bool leaves = !ode->slides[i] && fabs(ode->now.z[i]) <= crease_ode_rounding(ode, &ode->now, i) &&
                      sign * ode->now.rate[i] < 0;
        if (i == which || leaves)
            memory = cross(ode, i, ended);
    }
    return memory;
}

static double longest(const crease_ode *ode) {
    double most = ode->options.largest_step > 0 ? ode->options.largest_step : HUGE_VAL;
    return fmin(ode->h, most);
}

crease_status crease_ode_step(crease_ode *ode, double until, bool *ended, crease_error *error) {
    double wanted = longest(ode), left = until - ode->now.t, length, next;
    bool last = left <= wanted * (1 + STRETCH);
    size_t which = ode->system.surface_count;
    length = last ? left : ode->now.t + wanted - ode->now.t;
    double first = length;
    if (!(ode->now.t + length > ode->now.t))
        return vanishes(ode, true, error);
    crease_status status = controlled(ode, &length, &next, error);
    if (status != CREASE_OK)
        return status;
    last = last && length == first;
    ode->h = last ? fmax(wanted, next) : next;
    if (ode->options.fixed_step > 0)
        ode->h = ode->options.fixed_step;
    if (!ode->options.plain && ode->system.surface_count > 0) {
        double whole = length;
        status = crease_ode_locate(ode, &length, &which, error);
        last = last && length == whole;
    }
    if (status != CREASE_OK)
        return status;
    if (length > 0) {
        ode->end.t = last ? until : ode->now.t + length;
        if (!arrive(ode))
            return crease_fail(error, CREASE_NO_MEMORY, "no memory for the motion");
    }
    if (which < ode->system.surface_count && !cross_all(ode, which, ended))
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the motion");
    return CREASE_OK;
}
