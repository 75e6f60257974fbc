/* One accepted step: tried in the frozen mode, judged by the error control as a whole, then cut short where a surface is
 * crossed. What was cut is shorter than a step that passed, so it passes too, and says nothing about the next
 * length. A step that ends at the wanted time, or at a crossing, leaves the length that the control asked for. */
#include "ode/slide.h"
#include <float.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

/* A step may be longer by this share to reach the wanted time, so that no tiny one is left. */
static const double STRETCH = 1e-8;
static const double SHRINK = 0.2;
/* A step shorter than so many units in the last place of the time says nothing of its own length. */
static const double LEAST = 16;

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
    if (ode->sliding && crease_ode_slide_sample(ode, length) != GSL_SUCCESS)
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

static bool is_nothing(const crease_ode *ode, double length) {
    return !(length > LEAST * DBL_EPSILON * fabs(ode->now.t)) || !(ode->now.t + length > ode->now.t);
}

/* Whether the step that was tried passes; *next: the length to go on with. */
static bool passes(crease_ode *ode, bool finite, double length, double *next) {
    *next = length;
    if (!finite) {
        *next = SHRINK * length;
        return false;
    }
    if (ode->options.fixed_step > 0)
        return true;
    if (gsl_odeiv2_control_hadjust(ode->control, ode->step, ode->end.y, ode->truncation, ode->end.slope,
                                   next) == GSL_ODEIV_HADJ_DEC)
        return false;
    if (!ode->sliding || crease_ode_slide_resolved(ode))
        return true;
    *next = 0.5 * length;
    return false;
}

/* Tries ever shorter steps, from *length on, until one passes; *next: the length to go on with. */
static crease_status controlled(crease_ode *ode, double *length, double *next, crease_error *error) {
    for (;;) {
        if (crease_ode_try(ode, *length) != GSL_SUCCESS)
            return crease_ode_failed(ode, ode->now.t, error);
        bool finite = end_is_finite(ode);
        if (passes(ode, finite, *length, next))
            return CREASE_OK;
        double reached = ode->now.t + *next;
        if (ode->options.fixed_step > 0 || is_nothing(ode, *next) || !(*next < *length))
            return vanishes(ode, finite, error);
        ode->statistics.rejected++;
        *length = reached - ode->now.t;
    }
}

static bool arrive(crease_ode *ode) {
    ode_point past = ode->now;
    size_t m = ode->system.surface_count;
    ode->now = ode->end;
    ode->end = past;
    ode->statistics.steps++;
    memset(ode->flips, 0, m);
    memset(ode->kept, 0, m * sizeof *ode->kept);
    crease_ode_slide_arrive(ode);
    for (size_t i = 0; !ode->options.plain && i < m; i++)
        ode->size[i] = fmax(ode->size[i], fabs(ode->now.z[i]));
    return crease_ode_history_add(ode);
}

/* What happens at `now`; settling finds what follows from it. */
static void happen(crease_ode *ode, const ode_event *event) {
    size_t i = event->surface;
    ode->flips[i]++;
    ode->settled = false;
    if (event->happening != ODE_REACHES) {
        ode->slides[i] = false;
        ode->above[i] = event->happening == ODE_LEAVES_ABOVE;
        ode->kept[i] = true;
    } else if (ode->system.surface[i].kind == CREASE_ODE_JUMP) {
        ode->arrived[i] = true;
        ode->kept[i] = false;
    } else {
        ode->above[i] = !ode->above[i];
        ode->kept[i] = true;
    }
}

static double longest(const crease_ode *ode) {
    double most = ode->options.largest_step > 0 ? ode->options.largest_step : HUGE_VAL;
    return fmin(ode->h, most);
}

static crease_status cut(crease_ode *ode, double *length, ode_event *event, crease_error *error) {
    *event = (ode_event){ODE_NOTHING, 0, 0};
    if (ode->options.plain || ode->system.surface_count == 0)
        return CREASE_OK;
    crease_status status = crease_ode_locate(ode, length, event, error);
    if (status == CREASE_OK && *length > 0 && ode->sliding && crease_ode_slide_project(ode) != GSL_SUCCESS)
        return crease_ode_failed(ode, ode->now.t, error);
    return status;
}

crease_status crease_ode_step(crease_ode *ode, double until, crease_error *error) {
    double wanted = longest(ode), left = until - ode->now.t, next = wanted;
    bool last = left <= wanted * (1 + STRETCH);
    double first = last ? left : ode->now.t + wanted - ode->now.t, length = first;
    if (!last && is_nothing(ode, length))
        return vanishes(ode, true, error);
    crease_status status = controlled(ode, &length, &next, error);
    if (status != CREASE_OK)
        return status;
    last = last && length == first;
    ode->h = last ? fmax(wanted, next) : next;
    if (ode->options.fixed_step > 0)
        ode->h = ode->options.fixed_step;
    double whole = length;
    ode_event event;
    status = cut(ode, &length, &event, error);
    if (status != CREASE_OK)
        return status;
    last = last && length == whole;
    if (length > 0) {
        ode->end.t = last ? until : ode->now.t + length;
        if (!arrive(ode))
            return crease_fail(error, CREASE_NO_MEMORY, "no memory for the motion");
    }
    if (event.happening != ODE_NOTHING)
        happen(ode, &event);
    return CREASE_OK;
}
