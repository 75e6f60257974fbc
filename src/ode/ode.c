/* A motion from its start on: made, advanced, asked. The state between two steps is the step taken again with a shorter
 * length, in the mode it was taken in. */
#include "crease/ode.h"
#include "ode/internal.h"
#include <float.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const size_t MOST_STEPS = 1000000;
static const double TOLERANCE = 1e-12;

static crease_status check(const crease_ode_system *system, const crease_ode_options *o, double t,
                           const double *y, crease_error *error) {
    if (system->dimension == 0 || !system->field || (system->surface_count > 0 && !system->surfaces))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "a motion needs a dimension, a field, and a function for its surfaces");
    if ((unsigned)o->method >= CREASE_ODE_METHOD_COUNT)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "unknown method %d", (int)o->method);
    if (!(o->tolerance >= 1e-15 && o->tolerance <= 1))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the tolerance must be between 1e-15 and 1, not %g",
                           o->tolerance);
    if (!(o->fixed_step >= 0 && o->fixed_step < HUGE_VAL) || !(o->largest_step >= 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the lengths of steps must be positive or 0, not %g and %g", o->fixed_step,
                           o->largest_step);
    for (size_t j = 0; j < system->dimension; j++) {
        if (o->scale && !(o->scale[j] > 0 && o->scale[j] < HUGE_VAL))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "scale %zu must be above 0, not %g", j + 1,
                               o->scale[j]);
        if (!isfinite(y[j]) || !isfinite(t))
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "the start is not finite: component %zu is %g at time %g", j + 1, y[j], t);
    }
    return CREASE_OK;
}

static const gsl_odeiv2_step_type *step_type(crease_ode_method method) {
    switch (method) {
    case CREASE_ODE_RKF45:
        return gsl_odeiv2_step_rkf45;
    case CREASE_ODE_RKCK:
        return gsl_odeiv2_step_rkck;
    case CREASE_ODE_RK4:
        return gsl_odeiv2_step_rk4;
    case CREASE_ODE_RK2:
        return gsl_odeiv2_step_rk2;
    default:
        return gsl_odeiv2_step_rk8pd;
    }
}

static bool new_point(ode_point *point, size_t n, size_t m) {
    point->y = calloc(2 * n + 2 * m, sizeof *point->y);
    if (!point->y)
        return false;
    point->slope = point->y + n;
    point->z = point->slope + n;
    point->rate = point->z + m;
    return true;
}

static bool allocate(crease_ode *ode) {
    size_t n = ode->system.dimension, m = ode->system.surface_count;
    if (n > SIZE_MAX / 64 || m > SIZE_MAX / 64)
        return false;
    ode->step = gsl_odeiv2_step_alloc(step_type(ode->options.method), n);
    ode->solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    ode->truncation = calloc(n, sizeof *ode->truncation);
    ode->absolute = calloc(n, sizeof *ode->absolute);
    ode->work = calloc(3 * n + m, sizeof *ode->work);
    ode->size = calloc(m + 1, sizeof *ode->size);
    ode->above = calloc(4 * m + 1, sizeof *ode->above);
    ode->flips = calloc(m + 1, sizeof *ode->flips);
    if (!ode->step || !ode->solver || !ode->truncation || !ode->absolute || !ode->work || !ode->size ||
        !ode->above || !ode->flips || !new_point(&ode->now, n, m) || !new_point(&ode->end, n, m) ||
        !new_point(&ode->ahead, n, m))
        return false;
    ode->slides = ode->above + m;
    ode->kept = ode->slides + m;
    ode->signs = ode->kept + m;
    ode->field_above = ode->above;
    ode->field_slides = ode->slides;
    for (size_t j = 0; j < n; j++)
        ode->absolute[j] = ode->options.scale ? ode->options.scale[j] : 1;
    ode->control =
        gsl_odeiv2_control_scaled_new(ode->options.tolerance, ode->options.tolerance, 1, 0, ode->absolute, n);
    ode->options.scale = NULL;
    return ode->control != NULL;
}

/* Sides by the signs of z at a state that was just set. */
static crease_status find_sides(crease_ode *ode, crease_error *error) {
    size_t m = ode->system.surface_count;
    memset(ode->kept, 0, m * sizeof *ode->kept);
    memset(ode->slides, 0, m * sizeof *ode->slides);
    memset(ode->flips, 0, m);
    ode->slide_count = 0;
    ode->settled = false;
    if (m == 0)
        return CREASE_OK;
    if (crease_ode_signs(ode, ode->now.t, ode->now.y, ode->now.z, ode->above) != GSL_SUCCESS)
        return crease_ode_failed(ode, ode->now.t, error);
    memcpy(ode->signs, ode->above, m * sizeof *ode->signs);
    for (size_t i = 0; i < m; i++)
        ode->size[i] = fmax(ode->size[i], fabs(ode->now.z[i]));
    return CREASE_OK;
}

crease_status crease_ode_new(const crease_ode_system *system, const crease_ode_options *options, double t,
                             const double *y, crease_ode **ode, crease_error *error) {
    *ode = NULL;
    crease_ode_options o = options ? *options : (crease_ode_options){0};
    o.tolerance = o.tolerance == 0 ? TOLERANCE : o.tolerance;
    o.most_steps = o.most_steps == 0 ? MOST_STEPS : o.most_steps;
    crease_status status = check(system, &o, t, y, error);
    if (status != CREASE_OK)
        return status;
    crease_ode *new = calloc(1, sizeof *new);
    if (new) {
        new->system = *system;
        new->options = o;
        new->counting = true;
        new->frozen = (gsl_odeiv2_system){crease_ode_field, NULL, system->dimension, new};
    }
    if (!new || !allocate(new)) {
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for a motion of dimension %zu",
                             system->dimension);
        goto end;
    }
    new->now.t = t;
    new->h = o.fixed_step;
    memcpy(new->now.y, y, system->dimension * sizeof *y);
    status = find_sides(new, error);
    if (status == CREASE_OK && !crease_ode_history_add(new))
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for the motion");
    if (status == CREASE_OK) {
        *ode = new;
        new = NULL;
    }
end:
    crease_ode_free(new);
    return status;
}

void crease_ode_free(crease_ode *ode) {
    if (!ode)
        return;
    if (ode->step)
        gsl_odeiv2_step_free(ode->step);
    if (ode->control)
        gsl_odeiv2_control_free(ode->control);
    if (ode->solver)
        gsl_root_fsolver_free(ode->solver);
    free(ode->now.y);
    free(ode->end.y);
    free(ode->ahead.y);
    free(ode->truncation);
    free(ode->absolute);
    free(ode->work);
    free(ode->size);
    free(ode->above);
    free(ode->flips);
    crease_ode_history_free(ode);
    free(ode);
}

crease_status crease_ode_set_state(crease_ode *ode, const double *y, crease_error *error) {
    for (size_t j = 0; j < ode->system.dimension; j++)
        if (!isfinite(y[j]))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "component %zu of the state is not finite", j + 1);
    memcpy(ode->now.y, y, ode->system.dimension * sizeof *y);
    crease_status status = find_sides(ode, error);
    if (status == CREASE_OK && !crease_ode_history_add(ode))
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for the motion");
    return status;
}

double crease_ode_time(const crease_ode *ode) {
    return ode->now.t;
}

const double *crease_ode_state(const crease_ode *ode) {
    return ode->now.y;
}

const bool *crease_ode_above(const crease_ode *ode) {
    return ode->above;
}

bool crease_ode_slides(const crease_ode *ode, size_t surface) {
    return ode->slides[surface];
}

const crease_ode_crossing *crease_ode_crossings(const crease_ode *ode, size_t *count) {
    *count = ode->crossing_count;
    return ode->crossing;
}

crease_ode_statistics crease_ode_statistics_of(const crease_ode *ode) {
    return ode->statistics;
}

const double *crease_ode_times(const crease_ode *ode, size_t *count) {
    *count = ode->history.count;
    return ode->history.t;
}
