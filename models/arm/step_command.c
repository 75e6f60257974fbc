/* crease arm step: read the options, simulate, measure, then write the trajectory, the picture, and the
 * report. */
#include "arm/arm.h"
#include "arm/commands.h"
#include "arm/pictures.h"
#include "crease/app.h"
#include "crease/crease.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_MODEL = 500,
    KEY_LAW,
    KEY_ACT,
    KEY_GAIN,
    KEY_RATE_GAIN,
    KEY_LEAD_TIME,
    KEY_GRAVITY,
    KEY_REFERENCE,
    KEY_START,
    KEY_TIME,
    KEY_TOLERANCE,
    KEY_NORM,
    KEY_SAMPLES
};

typedef struct step_run {
    crease_app app;
    const char *csv_path;
    arm_plant plant;
    bool gravity;
    arm_controller controller;
    double norm; /* NaN: that of the pair */
    arm_options options;
    size_t samples;
    arm_motion *motion;
    arm_metrics metrics;
    arm_linear linear;
} step_run;

static const struct argp_option options[] = {
    {"model", KEY_MODEL, "A|A2", 0,
     "A: elbow of the PUMA 560, limit 89.4 N m (default); A2: Spong's link 1, 8 N m", 0},
    {"law", KEY_LAW, "P|PDx|PDi", 0, "P: K phi(e) (default); PDx: K phi(e) - Kd w; PDi: K phi(e - Td w)", 0},
    {"act", KEY_ACT, "NAME", 0,
     "pair of activations phi(e) = (f(e) - f(-e))/norm: relu (default), tanh, sigmoid, leaky, "
     "softplus, silu, gelu, elu, or satrelu, which holds e within +-.5",
     0},
    {"K", KEY_GAIN, "N_M", 0, "gain (80)", 0},
    {"Kd", KEY_RATE_GAIN, "N_M_S", 0, "rate gain of PDx (8)", 0},
    {"Td", KEY_LEAD_TIME, "S", 0, "lead time of PDi (.2)", 0},
    {"norm", KEY_NORM, "X", 0, "divides the pair (1; tanh and sigmoid 2, leaky 1.01)", 0},
    {"gravity", KEY_GRAVITY, "0|1", 0, "0: the horizontal plane; 1 (default)", 1},
    {"reference", KEY_REFERENCE, "RAD", 0, "wanted angle from hanging down (.5)", 1},
    {"start", KEY_START, "RAD[,RAD/S]", 0, "angle and rate at the start (0,0)", 1},
    {"time", KEY_TIME, "S", 0, "length; the integrals of the report run over it too (8)", 1},
    {"tol", KEY_TOLERANCE, "X", 0, "error of a step of the integrator, 1e-14 to 1e-2 (1e-12)", 1},
    {"output", 'o', "FILE.csv", 0, "write t_s,q_rad,w_rad_s,u_n_m,reference; - is standard output", 2},
    {"samples", KEY_SAMPLES, "N", 0, "rows of that file, evenly spread over the time (801)", 2},
    {0}};

static void refuse(const step_run *run, const crease_error *error) {
    crease_app_usage_error(&run->app, "%s", error->message);
}

static void set_reference(step_run *run, const char *text) {
    size_t count;
    double *value = crease_app_numbers(&run->app, "--reference", text, &count);
    run->options.reference = value[0];
    free(value);
    if (count != 1)
        crease_app_usage_error(
            &run->app, "models A and A2 have one joint, so --reference takes one angle, not %zu", count);
}

static void set_start(step_run *run, const char *text) {
    size_t count;
    double *value = crease_app_numbers(&run->app, "--start", text, &count);
    run->options.start_angle = value[0];
    run->options.start_rate = count > 1 ? value[1] : 0;
    free(value);
    if (count > 2)
        crease_app_usage_error(&run->app,
                               "models A and A2 have one joint, so --start takes an angle and a rate, not "
                               "%zu numbers",
                               count);
}

static void set_gravity(step_run *run, const char *text) {
    if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
        crease_app_usage_error(&run->app, "--gravity takes 0 or 1, not '%s'", text);
    run->gravity = *text == '1';
}

static void set_samples(step_run *run, const char *text) {
    run->samples = crease_app_count(&run->app, "--samples", text, 2);
    if (run->samples > 10000000)
        crease_app_usage_error(&run->app, "--samples takes at most 10 million rows, not %s", text);
}

static double not_negative(const step_run *run, const char *option, const char *text) {
    double value = crease_app_number(&run->app, option, text);
    if (value < 0)
        crease_app_usage_error(&run->app, "%s takes a number of at least 0, not '%s'", option, text);
    return value;
}

static void finish_options(step_run *run) {
    run->controller.norm = isnan(run->norm) ? arm_pair_norm(run->controller.pair) : run->norm;
    if (!run->gravity)
        run->plant.gravity = 0;
    int on_stdout = run->app.json + (run->csv_path && strcmp(run->csv_path, "-") == 0) +
                    (run->app.plot && strcmp(run->app.plot, "-") == 0);
    if (on_stdout > 1)
        crease_app_usage_error(&run->app, "only one of --json, -o - and --plot - can have standard output");
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    step_run *run = state->input;
    const crease_app *app = &run->app;
    crease_error error = {0};
    crease_status status = CREASE_OK;
    switch (key) {
    case KEY_MODEL:
        status = arm_plant_find(text, &run->plant, &error);
        break;
    case KEY_LAW:
        status = arm_law_parse(text, &run->controller.law, &error);
        break;
    case KEY_ACT:
        status = arm_pair_parse(text, &run->controller.pair, &error);
        break;
    case KEY_GAIN:
        run->controller.gain = not_negative(run, "--K", text);
        break;
    case KEY_RATE_GAIN:
        run->controller.rate_gain = not_negative(run, "--Kd", text);
        break;
    case KEY_LEAD_TIME:
        run->controller.lead_time = not_negative(run, "--Td", text);
        break;
    case KEY_NORM:
        run->norm = crease_app_positive(app, "--norm", text);
        break;
    case KEY_GRAVITY:
        set_gravity(run, text);
        break;
    case KEY_REFERENCE:
        set_reference(run, text);
        break;
    case KEY_START:
        set_start(run, text);
        break;
    case KEY_TIME:
        run->options.time = crease_app_positive(app, "--time", text);
        break;
    case KEY_TOLERANCE:
        run->options.tolerance = crease_app_positive(app, "--tol", text);
        break;
    case KEY_SAMPLES:
        set_samples(run, text);
        break;
    case 'o':
        run->csv_path = text;
        break;
    case ARGP_KEY_ARG:
        crease_app_usage_error(app, "'%s' is one argument too many; everything is given by options", text);
    case ARGP_KEY_END:
        finish_options(run);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    if (status != CREASE_OK)
        refuse(run, &error);
    return 0;
}

static crease_status write_trajectory(const step_run *run, crease_error *error) {
    static const char *const names[] = {"t_s", "q_rad", "w_rad_s", "u_n_m", "reference"};
    crease_table *table = NULL;
    crease_status status = crease_table_new(&table, run->samples, 5, error);
    for (size_t j = 0; j < 5 && status == CREASE_OK; j++)
        status = crease_table_set_name(table, j, names[j], error);
    for (size_t i = 0; i < run->samples && status == CREASE_OK; i++) {
        double state[ARM_STATES], t = arm_motion_end(run->motion) * (double)i / (double)(run->samples - 1);
        arm_motion_at(run->motion, t, state);
        table->column[0][i] = t;
        table->column[1][i] = state[ARM_ANGLE];
        table->column[2][i] = state[ARM_RATE];
        table->column[3][i] = arm_motion_torque(run->motion, state);
        table->column[4][i] = run->options.reference;
    }
    if (status == CREASE_OK)
        status = crease_csv_save(run->csv_path, table, error);
    crease_table_free(table);
    return status;
}

static int draw(const step_run *run) {
    char title[128], label[64];
    snprintf(title, sizeof title, "model %s, law %s, K = %g N m, %s", run->plant.name,
             arm_law_name(run->controller.law), run->controller.gain,
             run->gravity ? "gravity" : "no gravity");
    snprintf(label, sizeof label, "%s pair", arm_pair_name(run->controller.pair));
    const arm_picture picture = {
        title, run->options.reference, run->plant.torque_limit,      arm_motion_end(run->motion),
        1,     &run->motion,           (const char *const[]){label}, &run->controller.pair};
    crease_plot *plot = NULL;
    crease_error error;
    if (arm_picture_new(&picture, &plot, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    return crease_app_draw(
        &run->app, plot, run->app.plot,
        "above, the angle goes to where torque and gravity balance; below, the torque behind it.");
}

static void add_setting(const step_run *run, json_t *object) {
    const arm_controller *c = &run->controller;
    crease_json_set_text(object, "model", run->plant.name);
    crease_json_set_text(object, "law", arm_law_name(c->law));
    crease_json_set_text(object, "act", arm_pair_name(c->pair));
    crease_json_set_number(object, "K", c->gain, NULL);
    crease_json_set_number(object, "Kd", c->rate_gain, NULL);
    crease_json_set_number(object, "Td", c->lead_time, NULL);
    crease_json_set_number(object, "norm", c->norm, NULL);
    crease_json_set_count(object, "gravity", run->gravity);
    crease_json_set_number(object, "reference_rad", run->options.reference, NULL);
    json_object_set_new(
        object, "start",
        crease_json_numbers((double[]){run->options.start_angle, run->options.start_rate}, 2));
    crease_json_set_number(object, "time_s", arm_motion_end(run->motion), NULL);
    crease_json_set_count(object, "seed", run->app.seed);
}

static int print_json(const step_run *run) {
    static const char unstable[] = "no torque pulls the arm back to this end value, so it is not stable";
    const arm_metrics *m = &run->metrics;
    json_t *object = crease_json_begin("arm-step");
    add_setting(run, object);
    crease_json_set_number(object, "rise_10_90_s", m->rise_10_90_s, m->rise_why);
    crease_json_set_number(object, "overshoot_pct", m->overshoot_pct, m->overshoot_why);
    crease_json_set_number(object, "peak_time_s", m->peak_time_s, m->peak_time_why);
    crease_json_set_number(object, "settle_2pct_s", m->settle_2pct_s, m->settle_why);
    crease_json_set_number(object, "steady_state_error_rad", m->steady_state_error_rad, m->q_ss_why);
    crease_json_set_number(object, "q_ss_rad", m->q_ss_rad, m->q_ss_why);
    crease_json_set_number(object, "peak_torque_n_m", m->peak_torque_n_m, NULL);
    crease_json_set_number(object, "iae", m->iae, NULL);
    crease_json_set_number(object, "itae", m->itae, NULL);
    crease_json_set_number(object, "int_u2", m->int_u2, NULL);
    crease_json_set_number(object, "effective_gain_n_m_rad", run->linear.gain, m->q_ss_why);
    crease_json_set_number(object, "natural_frequency_rad_s", run->linear.natural_frequency,
                           m->q_ss_why ? m->q_ss_why : unstable);
    crease_json_set_number(object, "damping_ratio", run->linear.damping_ratio,
                           m->q_ss_why ? m->q_ss_why : unstable);
    crease_json_set_count(object, "rhs_calls", arm_motion_calls(run->motion));
    crease_json_set_count(object, "events", 0); /* this integrator does not stop at kinks */
    json_object_set_new(object, "state_end", crease_json_numbers(m->state_end, 2));
    return crease_json_finish(&run->app, object);
}

static void add_row(crease_report *report, const char *name, double value, const char *unit,
                    const char *why) {
    crease_report_text(report, "%s", name);
    crease_report_number(report, value, 10);
    crease_report_text(report, "%s%s%s%s", unit, why ? "(" : "", why ? why : "", why ? ")" : "");
}

static int print_report(const step_run *run) {
    const arm_metrics *m = &run->metrics;
    crease_report *report = crease_report_new(3, (const char *const[]){"metric", "value", "unit"});
    add_row(report, "rise 10-90 %", m->rise_10_90_s, m->rise_why ? "" : "s", m->rise_why);
    add_row(report, "overshoot", m->overshoot_pct, m->overshoot_why ? "" : "%", m->overshoot_why);
    add_row(report, "peak time", m->peak_time_s, m->peak_time_why ? "" : "s", m->peak_time_why);
    add_row(report, "settling to 2 %", m->settle_2pct_s, m->settle_why ? "" : "s", m->settle_why);
    add_row(report, "end value", m->q_ss_rad, m->q_ss_why ? "" : "rad", m->q_ss_why);
    add_row(report, "steady-state error", m->steady_state_error_rad, m->q_ss_why ? "" : "rad", m->q_ss_why);
    add_row(report, "peak torque", m->peak_torque_n_m, "N m", NULL);
    add_row(report, "integral of |e|", m->iae, "rad s", NULL);
    add_row(report, "integral of t |e|", m->itae, "rad s^2", NULL);
    add_row(report, "integral of u^2", m->int_u2, "N^2 m^2 s", NULL);
    add_row(report, "natural frequency", run->linear.natural_frequency,
            "rad/s, small motions about the end value", NULL);
    add_row(report, "damping ratio", run->linear.damping_ratio, "", NULL);
    crease_report_print(report, stdout);
    crease_report_free(report);
    crease_app_detail(&run->app, "%zu calls of the right-hand side in %zu steps",
                      arm_motion_calls(run->motion), arm_motion_step_count(run->motion));
    return crease_app_end(&run->app);
}

static int run_step(step_run *run) {
    crease_error error;
    crease_progress progress = crease_progress_begin(&run->app, "simulated milliseconds");
    run->options.interrupted = crease_app_interrupted;
    run->options.progress = crease_progress_update;
    run->options.progress_context = &progress;
    crease_app_catch_interrupt();
    crease_status status = arm_motion_new(&run->plant, &run->controller, &run->options, &run->motion, &error);
    crease_progress_end(&progress);
    if (status == CREASE_OK)
        status = arm_motion_measure(run->motion, &run->metrics, &error);
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    run->linear = arm_linearise(&run->plant, &run->controller, run->options.reference, run->metrics.q_ss_rad);
    if (run->csv_path && write_trajectory(run, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    int code = run->app.plot ? draw(run) : CREASE_EXIT_OK;
    if (code == CREASE_EXIT_OK) {
        bool csv_on_stdout = run->csv_path && strcmp(run->csv_path, "-") == 0;
        code = run->app.json   ? print_json(run)
               : csv_on_stdout ? crease_app_end(&run->app)
                               : print_report(run);
    }
    if (code == CREASE_EXIT_OK && crease_app_interrupted(NULL)) {
        crease_app_note(&run->app, "interrupted at %g s of the motion; the results are of that part",
                        arm_motion_end(run->motion));
        code = CREASE_EXIT_INTERRUPTED;
    }
    return code;
}

int arm_step_command(int argc, char **argv) {
    static const struct argp argp = {
        options,
        parse_option,
        NULL,
        "A step response of a one-joint arm under proportional control by a pair of "
        "activation functions, with its metrics.",
        NULL,
        NULL,
        NULL};
    step_run run = {.app = {.name = "crease arm step",
                            .examples = "  build/bin/crease arm step --act sigmoid\n"
                                        "  build/bin/crease arm step --act relu --K 20 --gravity 0 --json\n"
                                        "  build/bin/crease arm step --law PDi --reference 1.5 --plot -\n"},
                    .gravity = true,
                    .controller = arm_controller_default(ARM_LAW_P, ARM_RELU),
                    .norm = NAN,
                    .options = {.reference = 0.5},
                    .samples = 801};
    arm_plant_find("A", &run.plant, NULL);
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    int code = run_step(&run);
    arm_motion_free(run.motion);
    return code;
}
