/* The popular sentence "ReLU: high gain, fast, may oscillate; sigmoid: gentle, more stable", tried on the
 * elbow: the same gain K before each pair, so that only the slope of the pair at the working point differs.
 */
#include "arm/claims/claims_program.h"
#include "arm/demo/demo.h"
#include "arm/step/pictures.h"
#include "crease/crease.h"
#include <math.h>
#include <stdio.h>

enum { PAIRS = 5 };

static const arm_pair shown[PAIRS] = {ARM_RELU, ARM_TANH, ARM_SIGMOID, ARM_SATRELU, ARM_ELU};

/* One motion with its metrics and the linear theory about its end value. */
typedef struct arm_case {
    arm_plant plant;
    arm_controller controller;
    arm_options options;
    arm_motion *motion;
    arm_metrics metrics;
    arm_linear linear;
} arm_case;

typedef struct study {
    arm_case level[PAIRS], hanging[PAIRS]; /* a step of .5 rad without and with gravity */
    arm_case large[3];                     /* of 1.5 rad: relu, tanh, sigmoid, without gravity */
} study;

static void free_cases(arm_case *c, size_t count) {
    for (size_t i = 0; i < count; i++)
        arm_motion_free(c[i].motion);
}

static void study_clear(study *s) {
    free_cases(s->level, PAIRS);
    free_cases(s->hanging, PAIRS);
    free_cases(s->large, 3);
}

/* Plant A under the default controller of this law and pair. Fills *c; free c->motion. */
static crease_status case_run(arm_case *c, arm_law law, arm_pair pair, double gain, bool gravity,
                              const arm_options *options, crease_error *error) {
    crease_status status = arm_plant_find("A", &c->plant, error);
    if (!gravity)
        c->plant.gravity = 0;
    c->controller = arm_controller_default(law, pair);
    c->controller.gain = gain;
    c->options = *options;
    if (status == CREASE_OK)
        status = arm_motion_new(&c->plant, &c->controller, &c->options, &c->motion, error);
    if (status == CREASE_OK)
        status = arm_motion_measure(c->motion, &c->metrics, error);
    if (status == CREASE_OK)
        c->linear = arm_linearise(&c->plant, &c->controller, c->options.reference, c->metrics.q_ss_rad);
    return status;
}

static crease_status study_run(study *s, crease_error *error) {
    const arm_options small = {.reference = 0.5}, large = {.reference = 1.5};
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < PAIRS && status == CREASE_OK; i++) {
        status = case_run(&s->level[i], ARM_LAW_P, shown[i], 80, false, &small, error);
        if (status == CREASE_OK)
            status = case_run(&s->hanging[i], ARM_LAW_P, shown[i], 80, true, &small, error);
    }
    for (size_t i = 0; i < 3 && status == CREASE_OK; i++)
        status = case_run(&s->large[i], ARM_LAW_P, shown[i], 80, false, &large, error);
    return status;
}

static crease_status add_row(crease_report *report, const arm_case *c, crease_error *error) {
    crease_net *net = NULL;
    crease_status status = arm_controller_net(&c->controller, &net, error);
    if (status != CREASE_OK)
        return status;
    const arm_metrics *m = &c->metrics;
    crease_report_text(report, "%s", c->plant.gravity > 0 ? "yes" : "no");
    crease_report_text(report, "%s", arm_pair_name(c->controller.pair));
    crease_report_count(report, net->parameter_count);
    crease_report_number(report, c->linear.slope, 4);
    crease_report_number(report, m->rise_10_90_s, 4);
    crease_report_number(report, m->overshoot_pct, 4);
    crease_report_number(report, m->settle_2pct_s, 4);
    crease_report_number(report, m->peak_torque_n_m, 4);
    crease_report_number(report, m->q_ss_rad, 4);
    crease_report_number(report, c->linear.natural_frequency, 4);
    crease_report_number(report, c->linear.damping_ratio, 3);
    crease_report_number(report, c->linear.overshoot_pct, 4);
    crease_net_free(net);
    return CREASE_OK;
}

static crease_status print_table(const study *s, crease_error *error) {
    puts("A step of 0.5 rad of the PUMA 560 elbow, law P with K = 80 N m. Every law is a network of");
    puts(
        "equal size, one input, two units, one output, with one number to choose, the gain K. Slope: of the");
    puts("pair where the arm rests; wn, zeta and the last column: linear theory of small motions there.\n");
    crease_report *report =
        crease_report_new(12, (const char *const[]){"gravity", "pair", "parameters", "slope", "rise s",
                                                    "overshoot %", "settling s", "torque N m", "q_ss rad",
                                                    "wn rad/s", "zeta", "overshoot %, theory"});
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < PAIRS && status == CREASE_OK; i++)
        status = add_row(report, &s->level[i], error);
    for (size_t i = 0; i < PAIRS && status == CREASE_OK; i++)
        status = add_row(report, &s->hanging[i], error);
    if (status == CREASE_OK)
        crease_report_print(report, stdout);
    crease_report_free(report);
    return status;
}

static int print_claims(const arm_demo *demo) {
    crease_error error;
    puts("\nWhat is said about activations ('crease arm claims' has more, -v with all numbers):\n");
    if (arm_claims_print_brief(stdout, &error) != CREASE_OK)
        return crease_app_fail(&demo->app, &error);
    putchar('\n');
    return CREASE_EXIT_OK;
}

static int draw(const arm_demo *demo, const arm_case *cases, size_t count, const char *name,
                const char *title, double time, const char *what_to_see) {
    arm_motion *motion[PAIRS];
    char label[PAIRS][64];
    const char *labels[PAIRS];
    arm_pair pair[PAIRS];
    for (size_t i = 0; i < count; i++) {
        motion[i] = cases[i].motion;
        pair[i] = cases[i].controller.pair;
        snprintf(label[i], sizeof label[i], "%s pair", arm_pair_name(pair[i]));
        labels[i] = label[i];
    }
    const arm_picture picture = {.title = title,
                                 .reference = cases[0].options.reference,
                                 .torque_limit = cases[0].plant.torque_limit,
                                 .time = time,
                                 .count = count,
                                 .motion = motion,
                                 .label = labels,
                                 .pair = pair};
    crease_plot *plot = NULL;
    crease_error error;
    if (arm_picture_new(&picture, &plot, &error) != CREASE_OK)
        return crease_app_fail(&demo->app, &error);
    return crease_app_draw_in_folder(&demo->app, plot, demo->folder, name, what_to_see);
}

static int draw_all(const arm_demo *demo, const study *s) {
    int code =
        draw(demo, s->level, 3, "arm_step", "A step of 0.5 rad without gravity, K = 80 N m", 3,
             "relu, which tanh almost covers, is quick and rings; sigmoid is slow, rings less and asks for "
             "a quarter of the torque; yet all are at rest at the same time.");
    if (code == CREASE_EXIT_OK)
        code = draw(demo, s->hanging, 3, "arm_gravity", "A step of 0.5 rad under gravity, K = 80 N m", 3,
                    "no pair comes to rest at the reference, and the gentle sigmoid rests farthest from it.");
    if (code == CREASE_EXIT_OK)
        code = draw(demo, s->large, 3, "arm_limit", "A step of 1.5 rad without gravity, K = 80 N m", 3,
                    "below, relu runs into the torque limit; tanh bends before it, sigmoid stays far below.");
    return code;
}

int arm_demo_steps(const arm_demo *demo) {
    study s = {0};
    crease_error error;
    crease_status status = study_run(&s, &error);
    if (status == CREASE_OK)
        status = print_table(&s, &error);
    int code = status == CREASE_OK ? CREASE_EXIT_OK : crease_app_fail(&demo->app, &error);
    if (code == CREASE_EXIT_OK) {
        code = print_claims(demo);
    }
    if (code == CREASE_EXIT_OK) {
        code = draw_all(demo, &s);
    }
    study_clear(&s);
    return code;
}
