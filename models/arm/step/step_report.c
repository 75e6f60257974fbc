/* The report as text: of one motion a line a metric with a column a joint, of several activations a line each. */
#include "arm/step/step_run.h"
#include <string.h>

typedef struct line {
    const char *name, *unit;
    size_t value, why; /* offsets in arm_metrics; why 0: none */
} line;

#define AT(member) offsetof(arm_metrics, member)
static const line lines[] = {
    {"rise 10-90 %", "s", AT(rise_10_90_s), AT(rise_why)},
    {"overshoot", "%", AT(overshoot_pct), AT(overshoot_why)},
    {"peak time", "s", AT(peak_time_s), AT(peak_time_why)},
    {"settling to 2 %", "s", AT(settle_2pct_s), AT(settle_why)},
    {"end value", "rad", AT(q_ss_rad), AT(q_ss_why)},
    {"steady-state error", "rad", AT(steady_state_error_rad), AT(q_ss_why)},
    {"peak torque", "N m", AT(peak_torque_n_m), 0},
    {"integral of |e|", "rad s", AT(iae), 0},
    {"integral of t |e|", "rad s^2", AT(itae), 0},
    {"integral of u^2", "N^2 m^2 s", AT(int_u2), 0},
};

static double value_at(const arm_metrics *metrics, size_t offset) {
    double value;
    memcpy(&value, (const char *)metrics + offset, sizeof value);
    return value;
}

static const char *why_at(const arm_metrics *metrics, size_t offset) {
    const char *why = NULL;
    if (offset)
        memcpy(&why, (const char *)metrics + offset, sizeof why);
    return why;
}

/* The unit, or for the first joint without a value the reason in brackets. */
static void add_remark(crease_report *report, const step_case *c, const line *l) {
    size_t joints = c->loop.robot.joints;
    for (size_t j = 0; j < joints; j++) {
        const char *why = why_at(&c->metrics[j], l->why);
        if (!why)
            continue;
        if (joints == 1)
            crease_report_text(report, "(%s)", why);
        else
            crease_report_text(report, "%s (joint %zu: %s)", l->unit, j + 1, why);
        return;
    }
    crease_report_text(report, "%s", l->unit);
}

static void add_linear(crease_report *report, const step_case *c) {
    crease_report_text(report, "natural frequency");
    crease_report_number(report, c->linear.natural_frequency, 10);
    crease_report_text(report, "rad/s, small motions about the end value");
    crease_report_text(report, "damping ratio");
    crease_report_number(report, c->linear.damping_ratio, 10);
    crease_report_text(report, "%s", "");
}

static void print_one(const step_case *c) {
    static const char *const several[] = {"metric", "joint 1", "joint 2", "joint 3"};
    size_t joints = c->loop.robot.joints;
    const char *titles[ARM_MOST_JOINTS + 2] = {"metric", "value"};
    for (size_t j = 1; joints > 1 && j <= joints; j++)
        titles[j] = several[j];
    titles[joints + 1] = "unit";
    crease_report *report = crease_report_new(joints + 2, titles);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        crease_report_text(report, "%s", lines[i].name);
        for (size_t j = 0; j < joints; j++)
            crease_report_number(report, value_at(&c->metrics[j], lines[i].value), 10);
        add_remark(report, c, &lines[i]);
    }
    if (joints == 1 && !c->linear_why)
        add_linear(report, c);
    crease_report_print(report, stdout);
    crease_report_free(report);
}

static void print_all(const step_run *run) {
    static const char *const one[] = {"act",        "rise s",    "overshoot %", "settling s", "end value rad",
                                      "torque N m", "IAE rad s", "int u^2",     "events",     "calls"};
    static const size_t columns[] = {0, 1, 3, 4, 6, 7, 9}; /* of lines */
    size_t joints = run->loop.robot.joints, shown = sizeof columns / sizeof *columns;
    crease_report *report = crease_report_new(sizeof one / sizeof *one, one);
    for (size_t i = 0; i < run->count; i++)
        for (size_t j = 0; j < joints; j++) {
            const step_case *c = &run->cases[i];
            if (joints == 1)
                crease_report_text(report, "%s", arm_pair_name(c->pair));
            else
                crease_report_text(report, "%s, joint %zu", arm_pair_name(c->pair), j + 1);
            for (size_t k = 0; k < shown; k++)
                crease_report_number(report, value_at(&c->metrics[j], lines[columns[k]].value), 6);
            crease_report_count(report, arm_motion_events(c->motion));
            crease_report_count(report, arm_motion_calls(c->motion));
        }
    crease_report_print(report, stdout);
    crease_report_free(report);
}

static void print_stability(const arm_poles *poles) {
    const char *fate = poles->stable ? "die away" : poles->neutral ? "neither grow nor die away" : "grow";
    if (poles->count == 0)
        return;
    if (poles->discrete)
        printf("Small motions about the end value %s: from sample to sample times %.6g at most.\n", fate,
               poles->growth);
    else if (poles->neutral)
        printf("Small motions about the end value %s.\n", fate);
    else
        printf("Small motions about the end value %s, %s as exp(%.6g t).\n", fate,
               poles->stable ? "the slowest" : "the fastest", poles->growth);
}

int arm_step_print_report(const step_run *run) {
    const step_case *first = &run->cases[0];
    if (run->count > 1) {
        print_all(run);
    } else {
        print_one(first);
        if (first->linear_why)
            print_stability(&first->poles);
    }
    for (size_t i = 0; i < run->count; i++) {
        const step_case *c = &run->cases[i];
        crease_ode_statistics s = arm_motion_statistics(c->motion);
        crease_app_detail(
            &run->app,
            "%s: %zu calls of the right-hand side in %zu steps, %zu of them rejected, %zu taken again to end "
            "at a kink; %zu kinks of law and limits crossed",
            run->net ? "network" : arm_pair_name(c->pair), s.calls, s.steps, s.rejected, s.located,
            arm_motion_events(c->motion));
    }
    return crease_app_end(&run->app);
}
