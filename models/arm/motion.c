/* Integrates angle, rate and the running integrals of |e|, t|e| and u^2 together, so that all of them carry
 * the same error control. Each accepted step is kept; the state in between is that step taken again with a
 * shorter length, which is as accurate as the step itself (an interpolant would not be). */
#include "arm/internal.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t most_steps = 500000;

typedef struct arm_node {
    double time, state[ARM_STATES];
} arm_node;

struct arm_motion {
    arm_plant plant;
    arm_controller controller;
    double reference;
    gsl_odeiv2_system system; /* its params are this motion */
    gsl_odeiv2_step *repeat;  /* for arm_motion_at */
    arm_node *node;           /* node_count, in capacity */
    size_t node_count, capacity;
    size_t calls;
};

static int right_hand_side(double t, const double state[], double rate_of_change[], void *context) {
    arm_motion *motion = context;
    const arm_plant *plant = &motion->plant;
    double q = state[ARM_ANGLE], w = state[ARM_RATE], error_angle = fabs(motion->reference - q);
    double u = arm_motion_torque(motion, state);
    motion->calls++;
    rate_of_change[ARM_ANGLE] = w;
    rate_of_change[ARM_RATE] = arm_plant_acceleration(plant, q, w, u);
    rate_of_change[ARM_IAE] = error_angle;
    rate_of_change[ARM_ITAE] = t * error_angle;
    rate_of_change[ARM_TORQUE_SQUARED] = u * u;
    return GSL_SUCCESS;
}

static crease_status check_controller(const arm_controller *c, crease_error *error) {
    const struct {
        const char *name;
        double value;
    } gain[] = {{"K", c->gain}, {"Kd", c->rate_gain}, {"Td", c->lead_time}};
    for (size_t i = 0; i < 3; i++)
        if (!(gain[i].value >= 0 && gain[i].value <= 1e9))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "%s must be between 0 and 1e9, not %g",
                               gain[i].name, gain[i].value);
    if (!(c->norm >= 1e-9 && c->norm <= 1e9))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the norm must be between 1e-9 and 1e9, not %g",
                           c->norm);
    return CREASE_OK;
}

static crease_status check_options(const arm_options *o, crease_error *error) {
    if (!(fabs(o->reference) <= 1000) || !(fabs(o->start_angle) <= 1000))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "reference and start angle must lie within 1000 rad of hanging down, not %g and %g", o->reference,
            o->start_angle);
    if (!(fabs(o->start_rate) <= 1000))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the start rate must lie within 1000 rad/s, not %g",
                           o->start_rate);
    if (!(o->time > 0 && o->time <= 1e6))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the time must be above 0 and at most 1e6 s, not %g",
                           o->time);
    if (!(o->tolerance >= 1e-14 && o->tolerance <= 1e-2))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the tolerance must be between 1e-14 (the digits of a double) and 1e-2, not %g",
                           o->tolerance);
    return CREASE_OK;
}

static bool keep(arm_motion *motion, double time, const double state[ARM_STATES]) {
    if (motion->node_count == motion->capacity) {
        size_t capacity = 2 * motion->capacity;
        arm_node *node = realloc(motion->node, capacity * sizeof *node);
        if (!node)
            return false;
        motion->node = node;
        motion->capacity = capacity;
    }
    arm_node *node = &motion->node[motion->node_count++];
    node->time = time;
    memcpy(node->state, state, sizeof node->state);
    return true;
}

static crease_status integrate(arm_motion *motion, const arm_options *o, gsl_odeiv2_evolve *evolve,
                               gsl_odeiv2_control *control, gsl_odeiv2_step *step, crease_error *error) {
    double t = 0, h = fmin(1e-3, o->time), state[ARM_STATES] = {o->start_angle, o->start_rate};
    if (!keep(motion, t, state))
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the motion");
    while (t < o->time) {
        if (o->interrupted && o->interrupted(o->interrupted_context))
            break;
        if (motion->node_count > most_steps)
            return crease_fail(
                error, CREASE_BAD_ARGUMENT,
                "the motion needs over %zu steps (it is at %g s of %g s); take a shorter time, a larger "
                "tolerance or smaller gains",
                most_steps, t, o->time);
        if (gsl_odeiv2_evolve_apply(evolve, control, step, &motion->system, &t, o->time, &h, state) !=
            GSL_SUCCESS)
            return crease_fail(
                error, CREASE_INTERNAL,
                "the integrator found no step that meets the tolerance %g at %g s; take a larger one",
                o->tolerance, t);
        if (!keep(motion, t, state))
            return crease_fail(error, CREASE_NO_MEMORY, "no memory for the motion");
        if (o->progress)
            o->progress((size_t)(1e3 * t), (size_t)(1e3 * o->time), o->progress_context);
    }
    return CREASE_OK;
}

/* The absolute error that counts is a share of the size of the motion, so small steps are as exact as large
 * ones. */
static gsl_odeiv2_control *new_control(const arm_options *o) {
    double size = fmax(fabs(o->reference - o->start_angle), fmax(fabs(o->start_angle), fabs(o->start_rate)));
    size = fmin(1, fmax(size, 1e-9));
    double scale[ARM_STATES];
    for (size_t i = 0; i < ARM_STATES; i++)
        scale[i] = size;
    return gsl_odeiv2_control_scaled_new(o->tolerance, o->tolerance, 1, 0, scale, ARM_STATES);
}

crease_status arm_motion_new(const arm_plant *plant, const arm_controller *controller,
                             const arm_options *options, arm_motion **motion, crease_error *error) {
    *motion = NULL;
    arm_options o = *options;
    o.time = o.time == 0 ? 8 : o.time;
    o.tolerance = o.tolerance == 0 ? 1e-12 : o.tolerance;
    gsl_odeiv2_step *step = NULL;
    gsl_odeiv2_control *control = NULL;
    gsl_odeiv2_evolve *evolve = NULL;
    arm_motion *m = NULL;
    crease_status status = check_controller(controller, error);
    if (status == CREASE_OK)
        status = check_options(&o, error);
    if (status != CREASE_OK)
        goto end;
    step = gsl_odeiv2_step_alloc(gsl_odeiv2_step_rk8pd, ARM_STATES);
    evolve = gsl_odeiv2_evolve_alloc(ARM_STATES);
    control = new_control(&o);
    m = calloc(1, sizeof *m);
    if (m) {
        m->capacity = 1024;
        m->node = malloc(m->capacity * sizeof *m->node);
        m->repeat = gsl_odeiv2_step_alloc(gsl_odeiv2_step_rk8pd, ARM_STATES);
    }
    if (!step || !control || !evolve || !m || !m->node || !m->repeat) {
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for the integrator");
        goto end;
    }
    m->plant = *plant;
    m->controller = *controller;
    m->reference = o.reference;
    m->system = (gsl_odeiv2_system){right_hand_side, NULL, ARM_STATES, m};
    status = integrate(m, &o, evolve, control, step, error);
    if (status == CREASE_OK) {
        *motion = m;
        m = NULL;
    }
end:
    arm_motion_free(m);
    if (evolve)
        gsl_odeiv2_evolve_free(evolve);
    if (control)
        gsl_odeiv2_control_free(control);
    if (step)
        gsl_odeiv2_step_free(step);
    return status;
}

void arm_motion_free(arm_motion *motion) {
    if (!motion)
        return;
    if (motion->repeat)
        gsl_odeiv2_step_free(motion->repeat);
    free(motion->node);
    free(motion);
}

/* The last node at or before `time`. */
static const arm_node *node_before(const arm_motion *motion, double time) {
    size_t lo = 0, hi = motion->node_count;
    while (hi - lo > 1) {
        size_t middle = lo + (hi - lo) / 2;
        if (motion->node[middle].time <= time)
            lo = middle;
        else
            hi = middle;
    }
    return &motion->node[lo];
}

void arm_motion_at(arm_motion *motion, double time, double state[ARM_STATES]) {
    double at = fmax(0, fmin(arm_motion_end(motion), time)), truncation[ARM_STATES];
    const arm_node *node = node_before(motion, at);
    size_t calls = motion->calls;
    memcpy(state, node->state, sizeof node->state);
    if (at > node->time)
        gsl_odeiv2_step_apply(motion->repeat, node->time, at - node->time, state, truncation, NULL, NULL,
                              &motion->system);
    motion->calls = calls;
}

double arm_motion_torque(const arm_motion *motion, const double state[ARM_STATES]) {
    return arm_plant_clip_torque(
        &motion->plant,
        arm_controller_command(&motion->controller, motion->reference, state[ARM_ANGLE], state[ARM_RATE]));
}

double arm_motion_end(const arm_motion *motion) {
    return motion->node[motion->node_count - 1].time;
}

size_t arm_motion_step_count(const arm_motion *motion) {
    return motion->node_count - 1;
}

size_t arm_motion_calls(const arm_motion *motion) {
    return motion->calls;
}

const arm_plant *arm_motion_plant(const arm_motion *motion) {
    return &motion->plant;
}

const arm_controller *arm_motion_controller(const arm_motion *motion) {
    return &motion->controller;
}

double arm_motion_reference(const arm_motion *motion) {
    return motion->reference;
}

double arm_motion_step_time(const arm_motion *motion, size_t i) {
    return motion->node[i].time;
}
