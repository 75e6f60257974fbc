/* The state of a motion: angles, rates, then where there is a lag the torques at the joints, where there is a sampled
 * controller the commands that it holds, then for each joint the running integrals of |e|, t |e| and u^2, so that all of
 * them carry the same error control. The surfaces at which the integrator stops: the kinks of the law, the limits of
 * each torque (u = U and u = -U), e = 0 of each joint, where |e| turns. A command held is part of the state, so that each
 * step can be repeated by itself. */
#include "arm/internal.h"
#include "arm/loop.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STATES = 7 * ARM_MOST_JOINTS };

struct arm_motion {
    arm_loop loop;
    arm_run run;
    arm_commander *commander;
    crease_ode *ode;
    crease_ode_surface *surface;
    size_t kinks;                                   /* surfaces of the law */
    size_t limited[ARM_MOST_JOINTS], limited_count; /* joints whose torque has a limit: two surfaces each */
    size_t surface_count;                           /* with one more a joint */
    size_t joints, lag_at, held_at, sums_at, dimension; /* of the state */
};

/* ---- the field ---- */

static double held_within(double limit, double torque) {
    return fmax(-limit, fmin(limit, torque));
}

/* Commands within their limits, each on the sides `above` (NULL: the true ones). */
static void drive(const arm_motion *m, const double *y, const bool *above, double *u) {
    arm_commander_evaluate(m->commander, y, y + m->joints, above, u, NULL);
    for (size_t i = 0; i < m->limited_count; i++) {
        size_t j = m->limited[i];
        double limit = m->loop.robot.torque_limit[j];
        if (!above)
            u[j] = held_within(limit, u[j]);
        else if (above[m->kinks + 2 * i])
            u[j] = limit;
        else if (!above[m->kinks + 2 * i + 1])
            u[j] = -limit;
    }
}

/* Torques at the joints (joints) and, with a lag, what they follow. */
static void torques(const arm_motion *m, const double *y, const bool *above, double *u, double *followed) {
    const double *now = u;
    if (m->loop.sample > 0)
        now = y + m->held_at;
    else
        drive(m, y, above, u);
    if (m->loop.lag > 0) {
        memcpy(followed, now, m->joints * sizeof *u);
        now = y + m->lag_at;
    }
    if (now != u)
        memcpy(u, now, m->joints * sizeof *u);
}

static int field(double t, const double *y, const bool *above, double *dydt, void *context) {
    const arm_motion *m = context;
    size_t n = m->joints;
    double u[ARM_MOST_JOINTS], followed[ARM_MOST_JOINTS];
    if (m->run.plain)
        above = NULL;
    torques(m, y, above, u, followed);
    memcpy(dydt, y + n, n * sizeof *y);
    if (!arm_robot_acceleration(&m->loop.robot, y, y + n, u, dydt + n))
        return GSL_EFAILED;
    for (size_t j = 0; j < n; j++) {
        if (m->loop.lag > 0)
            dydt[m->lag_at + j] = (followed[j] - u[j]) / m->loop.lag;
        if (m->loop.sample > 0)
            dydt[m->held_at + j] = 0;
        double e = m->loop.reference[j] - y[j];
        double size = above ? (above[m->surface_count - n + j] ? e : -e) : fabs(e);
        double *sums = dydt + m->sums_at + 3 * j;
        sums[0] = size;
        sums[1] = t * size;
        sums[2] = u[j] * u[j];
    }
    return GSL_SUCCESS;
}

static int surfaces(double t, const double *y, const bool *above, double *z, void *context) {
    (void)t;
    const arm_motion *m = context;
    double u[ARM_MOST_JOINTS];
    if (m->surface_count > m->joints)
        arm_commander_evaluate(m->commander, y, y + m->joints, above, u, z);
    for (size_t i = 0; i < m->limited_count; i++) {
        size_t j = m->limited[i];
        z[m->kinks + 2 * i] = u[j] - m->loop.robot.torque_limit[j];
        z[m->kinks + 2 * i + 1] = u[j] + m->loop.robot.torque_limit[j];
    }
    for (size_t j = 0; j < m->joints; j++)
        z[m->surface_count - m->joints + j] = m->loop.reference[j] - y[j];
    return GSL_SUCCESS;
}

static int surface_rates(double t, const double *y, const bool *above, const double *dydt, double *rate,
                         void *context) {
    (void)t;
    const arm_motion *m = context;
    double du[ARM_MOST_JOINTS];
    if (m->surface_count > m->joints)
        arm_commander_rates(m->commander, y, y + m->joints, dydt + m->joints, above, du, rate);
    for (size_t i = 0; i < m->limited_count; i++)
        rate[m->kinks + 2 * i] = rate[m->kinks + 2 * i + 1] = du[m->limited[i]];
    for (size_t j = 0; j < m->joints; j++)
        rate[m->surface_count - m->joints + j] = -dydt[j];
    return GSL_SUCCESS;
}

/* ---- a run ---- */

static crease_status check_run(const arm_run *run, size_t joints, crease_error *error) {
    for (size_t j = 0; j < joints; j++) {
        if (!(fabs(run->start[j]) <= 1000))
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "the start angle must lie within 1000 rad of angle 0, not at %g",
                               run->start[j]);
        if (!(fabs(run->start[joints + j]) <= 1000))
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "the start rate must lie within 1000 rad/s, not %g", run->start[joints + j]);
    }
    if (!(run->time > 0 && run->time <= 1e6))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the time must be above 0 and at most 1e6 s, not %g",
                           run->time);
    if (!(run->tolerance >= 1e-14 && run->tolerance <= 1e-2))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the tolerance must be between 1e-14 (the digits of a double) and 1e-2, not %g",
                           run->tolerance);
    return CREASE_OK;
}

static bool ask(void *context) {
    const arm_motion *m = context;
    if (m->run.interrupted && m->run.interrupted(m->run.interrupted_context))
        return true;
    if (m->run.progress && m->ode)
        m->run.progress((size_t)(1e3 * crease_ode_time(m->ode)), (size_t)(1e3 * m->run.time),
                        m->run.progress_context);
    return false;
}

static void lay_out(arm_motion *m) {
    size_t n = m->joints = m->loop.robot.joints, at = 2 * n;
    m->lag_at = at;
    at += m->loop.lag > 0 ? n : 0;
    m->held_at = at;
    at += m->loop.sample > 0 ? n : 0;
    m->sums_at = at;
    m->dimension = at + 3 * n;
    if (m->loop.sample ==
        0) { /* a command that is held bends at sample times only, where the integrator stops anyway */
        m->kinks = arm_commander_kinks(m->commander);
        for (size_t j = 0; j < n; j++)
            if (isfinite(m->loop.robot.torque_limit[j]))
                m->limited[m->limited_count++] = j;
    }
    m->surface_count = m->kinks + 2 * m->limited_count + n;
}

static void limit_commands(const arm_motion *m, double *u) {
    for (size_t j = 0; j < m->joints; j++)
        u[j] = held_within(m->loop.robot.torque_limit[j], u[j]);
}

static void hold_command(const arm_motion *m, double *y) {
    arm_commander_evaluate(m->commander, y, y + m->joints, NULL, y + m->held_at, NULL);
    limit_commands(m, y + m->held_at);
}

/* The absolute error that counts is a share of the size of the motion, so small steps are as exact as large ones. */
static double size_of(const arm_motion *m) {
    double size = 1e-9;
    for (size_t j = 0; j < m->joints; j++) {
        double start = m->run.start[j], rate = m->run.start[m->joints + j];
        size = fmax(size, fmax(fabs(m->loop.reference[j] - start), fmax(fabs(start), fabs(rate))));
    }
    return fmin(1, size);
}

static crease_status start(arm_motion *m, crease_error *error) {
    double y[MOST_STATES] = {0}, scale[MOST_STATES], size = size_of(m);
    memcpy(y, m->run.start, 2 * m->joints * sizeof *y);
    for (size_t i = 0; i < m->dimension; i++)
        scale[i] = size;
    if (m->loop.sample > 0)
        hold_command(m, y);
    const crease_ode_system system = {
        m->dimension, m->run.plain ? 0 : m->surface_count, m->surface, field, surfaces, surface_rates, m};
    const crease_ode_options options = {.method = m->run.method,
                                        .tolerance = m->run.tolerance,
                                        .scale = scale,
                                        .most_steps = 500000,
                                        .interrupted = ask,
                                        .interrupted_context = m};
    return crease_ode_new(&system, &options, 0, y, &m->ode, error);
}

static crease_status integrate(arm_motion *m, crease_error *error) {
    crease_ode_end end;
    if (m->loop.sample == 0)
        return crease_ode_advance(m->ode, m->run.time, &end, error);
    for (size_t k = 1;; k++) {
        double until = fmin(m->run.time, (double)k * m->loop.sample), y[MOST_STATES];
        crease_status status = crease_ode_advance(m->ode, until, &end, error);
        if (status != CREASE_OK || end != CREASE_ODE_REACHED || until >= m->run.time)
            return status;
        memcpy(y, crease_ode_state(m->ode), m->dimension * sizeof *y);
        hold_command(m, y);
        status = crease_ode_set_state(m->ode, y, error);
        if (status != CREASE_OK)
            return status;
    }
}

crease_status arm_loop_run(const arm_loop *loop, const arm_run *run, arm_motion **motion,
                           crease_error *error) {
    *motion = NULL;
    arm_run r = *run;
    r.time = r.time == 0 ? 8 : r.time;
    r.tolerance = r.tolerance == 0 ? 1e-12 : r.tolerance;
    crease_status status = arm_loop_check(loop, error);
    if (status == CREASE_OK)
        status = check_run(&r, loop->robot.joints, error);
    if (status == CREASE_OK && loop->sample > 0 && r.time / loop->sample > 1e6)
        status = crease_fail(error, CREASE_BAD_ARGUMENT,
                             "%g s with a sample every %g s are over a million samples; take a shorter time",
                             r.time, loop->sample);
    if (status != CREASE_OK)
        return status;
    arm_motion *m = calloc(1, sizeof *m);
    if (!m)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the motion");
    m->loop = *loop;
    m->run = r;
    status = arm_commander_new(loop, &m->commander, error);
    if (status != CREASE_OK)
        goto end;
    lay_out(m);
    m->surface = calloc(m->surface_count, sizeof *m->surface); /* all zero: kinks */
    if (!m->surface) {
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for the motion");
        goto end;
    }
    status = start(m, error);
    if (status == CREASE_OK)
        status = integrate(m, error);
    if (status == CREASE_OK) {
        *motion = m;
        m = NULL;
    }
end:
    arm_motion_free(m);
    return status;
}

crease_status arm_motion_new(const arm_plant *plant, const arm_controller *controller,
                             const arm_options *options, arm_motion **motion, crease_error *error) {
    const arm_loop loop = {.robot = {.name = plant->name,
                                     .joints = 1,
                                     .plant = *plant,
                                     .torque_limit = {plant->torque_limit},
                                     .length = 1},
                           .controller = {*controller},
                           .reference = {options->reference}};
    const arm_run run = {.start = {options->start_angle, options->start_rate},
                         .time = options->time,
                         .tolerance = options->tolerance,
                         .method = options->method,
                         .plain = options->plain,
                         .interrupted = options->interrupted,
                         .interrupted_context = options->interrupted_context,
                         .progress = options->progress,
                         .progress_context = options->progress_context};
    return arm_loop_run(&loop, &run, motion, error);
}

void arm_motion_free(arm_motion *motion) {
    if (!motion)
        return;
    crease_ode_free(motion->ode);
    arm_commander_free(motion->commander);
    free(motion->surface);
    free(motion);
}

/* ---- what was reached ---- */

void arm_motion_at(arm_motion *motion, double time, double state[ARM_STATES]) {
    double y[MOST_STATES];
    crease_ode_at(motion->ode, fmax(0, fmin(arm_motion_end(motion), time)), y, NULL, NULL);
    state[ARM_ANGLE] = y[0];
    state[ARM_RATE] = y[motion->joints];
    for (size_t i = 0; i < 3; i++)
        state[ARM_IAE + i] = y[motion->sums_at + i];
}

void arm_motion_joints_at(arm_motion *motion, double time, double *angle, double *rate, double *torque) {
    double y[MOST_STATES], u[ARM_MOST_JOINTS], followed[ARM_MOST_JOINTS];
    size_t n = motion->joints;
    crease_ode_at(motion->ode, fmax(0, fmin(arm_motion_end(motion), time)), y, NULL, NULL);
    if (angle)
        memcpy(angle, y, n * sizeof *y);
    if (rate)
        memcpy(rate, y + n, n * sizeof *y);
    if (torque) {
        torques(motion, y, NULL, u, followed);
        memcpy(torque, u, n * sizeof *u);
    }
}

void arm_motion_sums(const arm_motion *motion, size_t joint, double sums[3]) {
    memcpy(sums, crease_ode_state(motion->ode) + motion->sums_at + 3 * joint, 3 * sizeof *sums);
}

double arm_motion_torque(const arm_motion *motion, const double state[ARM_STATES]) {
    return held_within(motion->loop.robot.torque_limit[0],
                       arm_controller_command(&motion->loop.controller[0], motion->loop.reference[0],
                                              state[ARM_ANGLE], state[ARM_RATE]));
}

double arm_motion_end(const arm_motion *motion) {
    return crease_ode_time(motion->ode);
}

size_t arm_motion_step_count(const arm_motion *motion) {
    size_t count;
    crease_ode_times(motion->ode, &count);
    return count - 1;
}

double arm_motion_step_time(const arm_motion *motion, size_t i) {
    size_t count;
    return crease_ode_times(motion->ode, &count)[i];
}

size_t arm_motion_calls(const arm_motion *motion) {
    return crease_ode_statistics_of(motion->ode).calls;
}

crease_ode_statistics arm_motion_statistics(const arm_motion *motion) {
    return crease_ode_statistics_of(motion->ode);
}

size_t arm_motion_events(const arm_motion *motion) {
    size_t count, events = 0;
    const crease_ode_crossing *crossing = crease_ode_crossings(motion->ode, &count);
    for (size_t i = 0; i < count; i++)
        events += crossing[i].direction != 0 && crossing[i].surface < motion->surface_count - motion->joints;
    return events;
}

const arm_loop *arm_motion_loop(const arm_motion *motion) {
    return &motion->loop;
}
