/* The report as JSON: a number where the model has one joint, else a list with one entry a joint. */
#include "arm/step/step_run.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One value of each joint, with reasons for those that do not exist (NULL: a plain one). */
typedef struct column {
    double value[ARM_MOST_JOINTS];
    const char *why[ARM_MOST_JOINTS];
} column;

static void add_why(json_t *object, const char *key, size_t joint, const char *why) {
    const char *before = json_string_value(json_object_get(object, "why"));
    char *text = NULL;
    if (asprintf(&text, "%s%s%s, joint %zu: %s", before ? before : "", before ? "; " : "", key, joint + 1,
                 why ? why : "it has no finite value") >= 0)
        crease_json_set_text(object, "why", text);
    free(text);
}

static void set_column(json_t *object, const char *key, const column *c, size_t joints) {
    if (joints == 1) {
        crease_json_set_number(object, key, c->value[0], c->why[0]);
        return;
    }
    json_object_set_new(object, key, crease_json_numbers(c->value, joints));
    for (size_t j = 0; j < joints; j++)
        if (!isfinite(c->value[j]))
            add_why(object, key, j, c->why[j]);
}

static void set_numbers(json_t *object, const char *key, const double *value, const char *why,
                        size_t joints) {
    column c = {.why = {why, why, why}};
    memcpy(c.value, value, joints * sizeof *value);
    set_column(object, key, &c, joints);
}

typedef enum gain { GAIN, RATE_GAIN, LEAD_TIME } gain;

static void set_gains(json_t *object, const char *key, const arm_loop *loop, gain which) {
    double value[ARM_MOST_JOINTS];
    for (size_t j = 0; j < loop->robot.joints; j++) {
        const arm_controller *c = &loop->controller[j];
        value[j] = loop->network        ? NAN
                   : which == GAIN      ? c->gain
                   : which == RATE_GAIN ? c->rate_gain
                                        : c->lead_time;
    }
    set_numbers(object, key, value, "the controller is a network", loop->robot.joints);
}

static void add_inputs(const step_run *run, json_t *object) {
    static const char *const names[] = {
        [ARM_ERROR] = "e", [ARM_OFFSET] = "x", [ARM_POSITION] = "q", [ARM_SPEED] = "w"};
    json_t *inputs = run->net ? json_array() : json_null();
    for (size_t i = 0; run->net && i < run->net->inputs; i++) {
        const arm_input *input = &run->network.input[i];
        json_array_append_new(inputs, run->network.joints == 1 ? json_string(names[input->quantity])
                                                               : json_sprintf("%s%d", names[input->quantity],
                                                                              (int)input->joint + 1));
    }
    json_object_set_new(object, "inputs", inputs);
}

static void add_setting(const step_run *run, json_t *object) {
    const arm_loop *loop = &run->cases[0].loop;
    size_t joints = loop->robot.joints;
    crease_json_set_text(object, "model", loop->robot.name);
    crease_json_set_text(object, "parameters", run->text.parameters);
    crease_json_set_text(object, "law", loop->network ? NULL : arm_law_name(run->law));
    if (run->count == 1)
        crease_json_set_text(object, "act", loop->network ? NULL : arm_pair_name(run->cases[0].pair));
    set_gains(object, "K", loop, GAIN);
    set_gains(object, "Kd", loop, RATE_GAIN);
    set_gains(object, "Td", loop, LEAD_TIME);
    if (run->count == 1)
        crease_json_set_number(object, "norm", loop->network ? NAN : loop->controller[0].norm,
                               "the controller is a network");
    crease_json_set_text(object, "controller", run->text.controller);
    add_inputs(run, object);
    crease_json_set_count(object, "gravity", run->gravity);
    crease_json_set_count(object, "gravity_compensation", loop->gravity_compensation);
    set_numbers(object, "torque_limit_n_m", loop->robot.torque_limit, "the torque has no limit", joints);
    crease_json_set_number(object, "lag_s", loop->lag, NULL);
    crease_json_set_number(object, "sample_s", loop->sample, NULL);
    set_numbers(object, "reference_rad", loop->reference, NULL, joints);
    json_object_set_new(object, "start", crease_json_numbers(run->options.start, 2 * joints));
    crease_json_set_number(object, "time_s", arm_motion_end(run->cases[0].motion), NULL);
    crease_json_set_text(object, "method", crease_ode_method_name(run->options.method));
    json_object_set_new(object, "plain", json_boolean(run->options.plain));
    crease_json_set_count(object, "seed", run->app.seed);
}

/* A metric, where it lies and where its reason does. */
typedef struct metric {
    const char *key;
    size_t value, why; /* offsets in arm_metrics; why 0: none */
} metric;

#define AT(member) offsetof(arm_metrics, member)
static const metric metrics[] = {
    {"rise_10_90_s", AT(rise_10_90_s), AT(rise_why)},
    {"overshoot_pct", AT(overshoot_pct), AT(overshoot_why)},
    {"peak_time_s", AT(peak_time_s), AT(peak_time_why)},
    {"settle_2pct_s", AT(settle_2pct_s), AT(settle_why)},
    {"steady_state_error_rad", AT(steady_state_error_rad), AT(q_ss_why)},
    {"q_ss_rad", AT(q_ss_rad), AT(q_ss_why)},
    {"peak_torque_n_m", AT(peak_torque_n_m), 0},
    {"iae", AT(iae), 0},
    {"itae", AT(itae), 0},
    {"int_u2", AT(int_u2), 0},
};

static void add_metrics(const step_case *c, json_t *object) {
    size_t joints = c->loop.robot.joints;
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        column values = {0};
        for (size_t j = 0; j < joints; j++) {
            const char *place = (const char *)&c->metrics[j];
            memcpy(&values.value[j], place + metrics[i].value, sizeof values.value[j]);
            if (metrics[i].why)
                memcpy(&values.why[j], place + metrics[i].why, sizeof values.why[j]);
        }
        set_column(object, metrics[i].key, &values, joints);
    }
}

static void add_poles(const step_case *c, json_t *object) {
    if (c->poles.count == 0) {
        crease_json_set_number(object, "poles", NAN, "there is no end value to linearise about");
        json_object_set_new(object, "stable", json_null());
        return;
    }
    json_t *poles = json_array();
    for (size_t i = 0; i < c->poles.count; i++)
        json_array_append_new(poles,
                              crease_json_numbers((double[]){c->poles.real[i], c->poles.imaginary[i]}, 2));
    json_object_set_new(object, "poles", poles);
    crease_json_set_text(object, "poles_of", c->poles.discrete ? "z" : "s");
    json_object_set_new(object, "stable", json_boolean(c->poles.stable));
}

static void add_state_end(const step_case *c, json_t *object) {
    double state[2 * ARM_MOST_JOINTS];
    size_t joints = c->loop.robot.joints;
    for (size_t j = 0; j < joints; j++) {
        state[j] = c->metrics[j].state_end[0];
        state[joints + j] = c->metrics[j].state_end[1];
    }
    json_object_set_new(object, "state_end", crease_json_numbers(state, 2 * joints));
}

static void add_case(const step_case *c, json_t *object) {
    static const char unstable[] = "no torque pulls the arm back to this end value, so it is not stable";
    const char *why = c->linear_why ? c->linear_why : unstable;
    crease_ode_statistics statistics = arm_motion_statistics(c->motion);
    add_metrics(c, object);
    crease_json_set_number(object, "effective_gain_n_m_rad", c->linear.gain, c->linear_why);
    crease_json_set_number(object, "natural_frequency_rad_s", c->linear.natural_frequency, why);
    crease_json_set_number(object, "damping_ratio", c->linear.damping_ratio, why);
    add_poles(c, object);
    crease_json_set_count(object, "rhs_calls", statistics.calls);
    crease_json_set_count(object, "steps", statistics.steps);
    crease_json_set_count(object, "events", arm_motion_events(c->motion));
    add_state_end(c, object);
}

int arm_step_print_json(const step_run *run) {
    json_t *object = crease_json_begin("arm-step");
    add_setting(run, object);
    if (run->count == 1) {
        add_case(&run->cases[0], object);
        return crease_json_finish(&run->app, object);
    }
    json_t *rows = json_array();
    for (size_t i = 0; i < run->count; i++) {
        json_t *row = json_object();
        crease_json_set_text(row, "act", arm_pair_name(run->cases[i].pair));
        crease_json_set_number(row, "norm", run->cases[i].loop.controller[0].norm, NULL);
        add_case(&run->cases[i], row);
        json_array_append_new(rows, row);
    }
    json_object_set_new(object, "rows", rows);
    return crease_json_finish(&run->app, object);
}
