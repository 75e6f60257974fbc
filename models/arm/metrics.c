/* Metrics of a step from the motion. It is sampled at a few points inside each accepted step, and the points
 * where the rate vanishes are located and added, so the angle is monotone between neighbours and each passage
 * of a level shows as a change of sign, which Brent's method locates on the motion itself. Largest torques
 * inside are refined by Brent's minimiser. */
#include "arm/internal.h"
#include "arm/loop.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <math.h>
#include <stdlib.h>

enum { SAMPLES_PER_STEP = 8 };

typedef struct sample {
    double time, angle, rate, torque; /* of the joint that is looked at */
} sample;

typedef struct pose {
    double time, angle[ARM_MOST_JOINTS], rate[ARM_MOST_JOINTS], torque[ARM_MOST_JOINTS];
} pose;

typedef struct scan {
    arm_motion *motion;
    gsl_root_fsolver *solver;
    gsl_min_fminimizer *minimizer;
    pose *base; /* base_count samples of all joints */
    size_t base_count;
    size_t joint;
    sample *point; /* of that joint */
    size_t count;
    double level; /* of the passage that is being located */
} scan;

static pose pose_at(arm_motion *motion, double time) {
    pose p = {.time = time};
    arm_motion_joints_at(motion, time, p.angle, p.rate, p.torque);
    return p;
}

static sample sample_of(const scan *s, const pose *p) {
    return (sample){p->time, p->angle[s->joint], p->rate[s->joint], p->torque[s->joint]};
}

static sample sample_at(const scan *s, double time) {
    pose p = pose_at(s->motion, time);
    return sample_of(s, &p);
}

static double rate_at(double time, void *context) {
    return sample_at(context, time).rate;
}

static double above_level(double time, void *context) {
    const scan *s = context;
    return sample_at(s, time).angle - s->level;
}

static double less_torque(double time, void *context) {
    return -fabs(sample_at(context, time).torque);
}

static void fill_base(scan *s) {
    s->base[s->base_count++] = pose_at(s->motion, 0);
    for (size_t i = 0; i < arm_motion_step_count(s->motion); i++) {
        double from = arm_motion_step_time(s->motion, i), to = arm_motion_step_time(s->motion, i + 1);
        for (int j = 1; j <= SAMPLES_PER_STEP && to > from; j++)
            s->base[s->base_count++] =
                pose_at(s->motion, j == SAMPLES_PER_STEP ? to : from + (to - from) * j / SAMPLES_PER_STEP);
    }
}

/* The samples of one joint and the points where its rate vanishes. */
static void fill(scan *s, size_t joint) {
    gsl_function f = {rate_at, s};
    s->joint = joint;
    s->count = 0;
    s->point[s->count++] = sample_of(s, &s->base[0]);
    for (size_t i = 1; i < s->base_count; i++) {
        sample next = sample_of(s, &s->base[i]), last = sample_of(s, &s->base[i - 1]);
        if (last.rate * next.rate < 0)
            s->point[s->count++] = sample_at(s, arm_root(s->solver, &f, last.time, next.time));
        s->point[s->count++] = next;
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

static void measure_joint(scan *s, size_t joint, double q_ss, const char *q_ss_why, arm_metrics *m) {
    *m = (arm_metrics){.rise_10_90_s = NAN, .overshoot_pct = NAN, .peak_time_s = NAN, .settle_2pct_s = NAN};
    double sums[3];
    fill(s, joint);
    m->q_ss_rad = q_ss;
    if (isnan(q_ss))
        m->q_ss_why = q_ss_why;
    m->steady_state_error_rad = arm_motion_loop(s->motion)->reference[joint] - q_ss;
    measure_step(s, m);
    m->peak_torque_n_m = peak_torque(s);
    arm_motion_sums(s->motion, joint, sums);
    m->iae = sums[0];
    m->itae = sums[1];
    m->int_u2 = sums[2];
    m->state_end[0] = s->point[s->count - 1].angle;
    m->state_end[1] = s->point[s->count - 1].rate;
}

static const char *why_no_equilibrium(const arm_loop *loop) {
    if (loop->network)
        return "the controller and gravity balance in no pose near the end of the motion";
    return loop->robot.joints == 1
               ? "without gain and gravity every angle is an equilibrium"
               : "Newton's method finds no pose near the end of the motion in which torque and "
                 "gravity balance";
}

/* A loop with a lag, a sampled controller or a network may swing for ever: then its first overshoot says nothing. */
static crease_status judge_stability(const arm_loop *loop, const double *q_ss, arm_metrics *metrics,
                                     crease_error *error) {
    static const char why[] = "small motions about the end value grow, so the arm does not settle there";
    arm_poles poles;
    crease_status status = arm_loop_poles(loop, q_ss, &poles, error);
    for (size_t j = 0;
         j < loop->robot.joints && status == CREASE_OK && poles.count > 0 && !poles.stable && !poles.neutral;
         j++) {
        arm_metrics *m = &metrics[j];
        if (!isnan(m->settle_2pct_s) || isnan(m->q_ss_rad))
            continue;
        m->overshoot_pct = m->peak_time_s = NAN;
        m->overshoot_why = m->peak_time_why = m->settle_why = why;
    }
    return status;
}

crease_status arm_motion_measure_joints(arm_motion *motion, arm_metrics *metrics, crease_error *error) {
    scan s = {.motion = motion,
              .solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent),
              .minimizer = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent)};
    const arm_loop *loop = arm_motion_loop(motion);
    pose end = pose_at(motion, arm_motion_end(motion));
    double q_ss[ARM_MOST_JOINTS];
    crease_status status = arm_loop_equilibrium(loop, end.angle, q_ss, error);
    if (status != CREASE_OK)
        goto end;
    size_t samples = SAMPLES_PER_STEP * arm_motion_step_count(motion) + 1;
    s.base = calloc(samples, sizeof *s.base);
    s.point = calloc(2 * samples, sizeof *s.point); /* at most one point of zero rate between two samples */
    if (!s.solver || !s.minimizer || !s.base || !s.point) {
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for the metrics");
        goto end;
    }
    fill_base(&s);
    for (size_t j = 0; j < loop->robot.joints; j++)
        measure_joint(&s, j, q_ss[j], why_no_equilibrium(loop), &metrics[j]);
    if (loop->lag > 0 || loop->sample > 0 || loop->network)
        status = judge_stability(loop, q_ss, metrics, error);
end:
    free(s.base);
    free(s.point);
    if (s.solver)
        gsl_root_fsolver_free(s.solver);
    if (s.minimizer)
        gsl_min_fminimizer_free(s.minimizer);
    return status;
}

crease_status arm_motion_measure(arm_motion *motion, arm_metrics *metrics, crease_error *error) {
    arm_metrics all[ARM_MOST_JOINTS];
    crease_status status = arm_motion_measure_joints(motion, all, error);
    if (status == CREASE_OK)
        *metrics = all[0];
    return status;
}
