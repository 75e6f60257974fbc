/* Metrics of a step from the motion. It is sampled at a few points inside each accepted step, and the points
 * where the rate vanishes are located and added, so the angle is monotone between neighbours and each passage
 * of a level shows as a change of sign, which Brent's method locates on the motion itself. Largest torques
 * inside are refined by Brent's minimiser. */
#include "arm/internal.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <math.h>
#include <stdlib.h>

enum { SAMPLES_PER_STEP = 8 };

typedef struct sample {
    double time, angle, rate, torque;
} sample;

typedef struct scan {
    arm_motion *motion;
    gsl_root_fsolver *solver;
    gsl_min_fminimizer *minimizer;
    sample *point;
    size_t count;
    double level; /* of the passage that is being located */
} scan;

static sample sample_at(arm_motion *motion, double time) {
    double state[ARM_STATES];
    arm_motion_at(motion, time, state);
    return (sample){time, state[ARM_ANGLE], state[ARM_RATE], arm_motion_torque(motion, state)};
}

static double rate_at(double time, void *context) {
    return sample_at(((scan *)context)->motion, time).rate;
}

static double above_level(double time, void *context) {
    const scan *s = context;
    return sample_at(s->motion, time).angle - s->level;
}

static double less_torque(double time, void *context) {
    return -fabs(sample_at(((scan *)context)->motion, time).torque);
}

static void fill(scan *s) {
    gsl_function f = {rate_at, s};
    s->point[s->count++] = sample_at(s->motion, 0);
    for (size_t i = 0; i < arm_motion_step_count(s->motion); i++) {
        double from = arm_motion_step_time(s->motion, i), to = arm_motion_step_time(s->motion, i + 1);
        for (int j = 1; j <= SAMPLES_PER_STEP; j++) {
            double time = j == SAMPLES_PER_STEP ? to : from + (to - from) * j / SAMPLES_PER_STEP;
            sample next = sample_at(s->motion, time), last = s->point[s->count - 1];
            if (last.rate * next.rate < 0)
                s->point[s->count++] = sample_at(s->motion, arm_root(s->solver, &f, last.time, next.time));
            s->point[s->count++] = next;
        }
    }
}

static double passage(scan *s, double level, size_t before) {
    gsl_function f = {above_level, s};
    s->level = level;
    return arm_root(s->solver, &f, s->point[before].time, s->point[before + 1].time);
}

/* The first time the angle reaches `level` in the direction of `sign`; NaN when it never does. */
static double first_passage(scan *s, double level, double sign) {
    if (sign * (s->point[0].angle - level) >= 0)
        return 0;
    for (size_t i = 1; i < s->count; i++)
        if (sign * (s->point[i].angle - level) >= 0)
            return passage(s, level, i - 1);
    return NAN;
}

static void measure_rise(scan *s, double from, double to, arm_metrics *m) {
    double sign = to > from ? 1 : -1;
    double low = first_passage(s, from + 0.1 * (to - from), sign);
    double high = first_passage(s, from + 0.9 * (to - from), sign);
    m->rise_10_90_s = high - low;
    if (isnan(m->rise_10_90_s))
        m->rise_why = "the angle does not reach 90 % of the step in the time";
}

/* A passage of q_ss by less than 1e-9 of the step is rounding, not overshoot. */
static void measure_overshoot(scan *s, double from, double to, arm_metrics *m) {
    double sign = to > from ? 1 : -1, size = fabs(to - from);
    size_t top = 0;
    for (size_t i = 1; i < s->count; i++)
        if (sign * (s->point[i].angle - s->point[top].angle) > 0)
            top = i;
    double beyond = sign * (s->point[top].angle - to) / size;
    if (!(beyond > 1e-9)) {
        m->overshoot_pct = 0;
        m->peak_time_why = "the angle does not pass its end value, so it has no peak";
    } else if (top == s->count - 1) {
        m->overshoot_why = m->peak_time_why =
            "the angle still moves away from its end value when the time is over";
    } else {
        m->overshoot_pct = 100 * beyond;
        m->peak_time_s = s->point[top].time;
    }
}

static void measure_settling(scan *s, double from, double to, arm_metrics *m) {
    double band = 0.02 * fabs(to - from);
    size_t last = s->count; /* the last point outside the band */
    for (size_t i = s->count; i-- > 0 && last == s->count;)
        if (fabs(s->point[i].angle - to) > band)
            last = i;
    if (last == s->count)
        m->settle_2pct_s = 0;
    else if (last == s->count - 1)
        m->settle_why = "the angle is not yet within 2 % of the step when the time is over";
    else
        m->settle_2pct_s = passage(s, s->point[last].angle > to ? to + band : to - band, last);
}

static double refined_torque(scan *s, size_t i) {
    gsl_function f = {less_torque, s};
    double lo = s->point[i - 1].time, hi = s->point[i + 1].time, best = fabs(s->point[i].torque);
    if (gsl_min_fminimizer_set_with_values(s->minimizer, &f, s->point[i].time, -best, lo,
                                           -fabs(s->point[i - 1].torque), hi,
                                           -fabs(s->point[i + 1].torque)) != GSL_SUCCESS)
        return best;
    for (int k = 0; k < 60 && hi - lo > 1e-9 * hi; k++) {
        if (gsl_min_fminimizer_iterate(s->minimizer) != GSL_SUCCESS)
            break;
        lo = gsl_min_fminimizer_x_lower(s->minimizer);
        hi = gsl_min_fminimizer_x_upper(s->minimizer);
    }
    return fmax(best, -gsl_min_fminimizer_f_minimum(s->minimizer));
}

static double peak_torque(scan *s) {
    double largest = 0;
    size_t at = 0;
    for (size_t i = 0; i < s->count; i++)
        if (fabs(s->point[i].torque) > largest) {
            largest = fabs(s->point[i].torque);
            at = i;
        }
    bool inside = at > 0 && at + 1 < s->count && largest > fabs(s->point[at - 1].torque) &&
                  largest > fabs(s->point[at + 1].torque);
    return inside ? refined_torque(s, at) : largest;
}

static void measure_step(scan *s, arm_metrics *m) {
    double from = s->point[0].angle, to = m->q_ss_rad;
    const char *why = NULL;
    if (isnan(to))
        why = "there is no end value to measure the step by";
    else if (fabs(to - from) <= 1e-12 * fmax(1, fabs(to)))
        why = "the arm starts at its end value, so there is no step";
    if (why) {
        m->rise_why = m->overshoot_why = m->peak_time_why = m->settle_why = why;
        return;
    }
    measure_rise(s, from, to, m);
    measure_overshoot(s, from, to, m);
    measure_settling(s, from, to, m);
}

crease_status arm_motion_measure(arm_motion *motion, arm_metrics *metrics, crease_error *error) {
    arm_metrics m = {.rise_10_90_s = NAN, .overshoot_pct = NAN, .peak_time_s = NAN, .settle_2pct_s = NAN};
    scan s = {motion,
              gsl_root_fsolver_alloc(gsl_root_fsolver_brent),
              gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent),
              NULL,
              0,
              0};
    double end[ARM_STATES], reference = arm_motion_reference(motion);
    arm_motion_at(motion, arm_motion_end(motion), end);
    crease_status status = arm_equilibrium(arm_motion_plant(motion), arm_motion_controller(motion), reference,
                                           end[ARM_ANGLE], &m.q_ss_rad, error);
    if (status != CREASE_OK)
        goto end;
    /* at most one point of zero rate between two samples */
    s.point = calloc(2 * SAMPLES_PER_STEP * arm_motion_step_count(motion) + 1, sizeof *s.point);
    if (!s.solver || !s.minimizer || !s.point) {
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for the metrics");
        goto end;
    }
    fill(&s);
    if (isnan(m.q_ss_rad))
        m.q_ss_why = "without gain and gravity every angle is an equilibrium";
    m.steady_state_error_rad = reference - m.q_ss_rad;
    measure_step(&s, &m);
    m.peak_torque_n_m = peak_torque(&s);
    m.iae = end[ARM_IAE];
    m.itae = end[ARM_ITAE];
    m.int_u2 = end[ARM_TORQUE_SQUARED];
    m.state_end[0] = end[ARM_ANGLE];
    m.state_end[1] = end[ARM_RATE];
    *metrics = m;
end:
    free(s.point);
    if (s.solver)
        gsl_root_fsolver_free(s.solver);
    if (s.minimizer)
        gsl_min_fminimizer_free(s.minimizer);
    return status;
}
