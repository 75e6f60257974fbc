/* crease arm sweep: read the options, work out each setting, then file, pictures and report. */
#include "arm/commands.h"
#include "arm/linear/sweep_program.h"
#include "arm/one_joint.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_MODEL = 1200,
    KEY_PARAMETERS,
    KEY_LAW,
    KEY_ACT,
    KEY_SLOPE,
    KEY_GAIN,
    KEY_RATE_GAIN,
    KEY_LEAD_TIME,
    KEY_GRAVITY,
    KEY_REFERENCE,
    KEY_LAG,
    KEY_SAMPLE,
    KEY_TIME,
    KEY_LOCUS,
    KEY_BODE
};
enum { MOST_VALUES = 10000 };

static const struct argp_option options[] = {
    {"model", KEY_MODEL, "A|A2|B1", 0,
     "A: elbow of the PUMA 560 (default); A2: Spong's link 1; B1: pendulum of ARCH-COMP, angle from upright",
     0},
    {"parameters", KEY_PARAMETERS, "FILE.json", 0,
     "values for the model's parameters, as in 'crease arm step'", 0},
    {"law", KEY_LAW, "P|PDx|PDi", 0, "P: K phi(e) (default); PDx: K phi(e) - Kd w; PDi: K phi(e - Td w)", 0},
    {"K", KEY_GAIN, "N_M,..", 0, "gains, a list or FROM:TO:COUNT at equal ratios (80)", 0},
    {"slope", KEY_SLOPE, "X,..", 0,
     "slopes of phi, straight lines, as such a list or range (.1,.25,.5,1,2); none: no lines", 0},
    {"act", KEY_ACT, "NAME,..", 0,
     "pairs by name, with their own slope where the arm rests, and simulated (relu,tanh,sigmoid,elu); all; "
     "none",
     0},
    {"Kd", KEY_RATE_GAIN, "N_M_S", 0, "rate gain of PDx (8)", 0},
    {"Td", KEY_LEAD_TIME, "S", 0, "lead time of PDi (.2)", 0},
    {"gravity", KEY_GRAVITY, "0|1", 0, "0: the horizontal plane; 1 (default)", 1},
    {"reference", KEY_REFERENCE, "RAD", 0, "wanted angle from hanging down (.5)", 1},
    {"lag", KEY_LAG, "S", 0, "the drive follows its command with this time constant (0)", 1},
    {"sample", KEY_SAMPLE, "S", 0,
     "the controller looks at these intervals and holds its command (0: always)", 1},
    {"time", KEY_TIME, "S", 0, "length of the simulated steps (8)", 1},
    {"output", 'o', "FILE.csv", 0,
     "write a row for each setting; pair is 0 for a line, 1 relu, 2 tanh, 3 sigmoid, 4 leaky, 5 softplus, 6 "
     "silu, 7 gelu, 8 elu, 9 satrelu; an empty cell is a value that does not exist",
     2},
    {"root-locus", KEY_LOCUS, "FILE", 0, "draw the poles over the gain, as --plot the sweep", 2},
    {"bode", KEY_BODE, "FILE", 0, "draw modulus and phase of the open loop with the margins", 2},
    {0}};

/* FROM:TO:COUNT at equal ratios. */
static double *read_range(const arm_sweep_run *run, const char *option, const char *text, size_t *count) {
    char part[3][64];
    if (sscanf(text, "%63[^:]:%63[^:]:%63[^:]", part[0], part[1], part[2]) != 3 ||
        strlen(part[0]) + strlen(part[1]) + strlen(part[2]) + 2 != strlen(text))
        crease_app_usage_error(&run->app, "%s takes a list or a range FROM:TO:COUNT, not '%s'", option, text);
    double from = crease_app_positive(&run->app, option, part[0]),
           to = crease_app_positive(&run->app, option, part[1]);
    *count = crease_app_count(&run->app, option, part[2], 2);
    if (*count > MOST_VALUES)
        crease_app_usage_error(&run->app, "%s takes at most %d values, not %zu", option, MOST_VALUES, *count);
    double *value = malloc(*count * sizeof *value);
    if (value)
        arm_sweep_range(from, to, *count, value);
    return value;
}

static void set_values(arm_sweep_run *run, const char *option, const char *text, double **value,
                       size_t *count) {
    free(*value);
    *value = strchr(text, ':') ? read_range(run, option, text, count)
                               : crease_app_numbers(&run->app, option, text, count);
    for (size_t i = 0; i < *count && *value; i++)
        if (!((*value)[i] > 0))
            crease_app_usage_error(&run->app, "%s takes numbers above 0, not %g", option, (*value)[i]);
}

static void set_pairs(arm_sweep_run *run, const char *text) {
    run->pairs = 0;
    if (strcmp(text, "none") == 0)
        return;
    if (strcmp(text, "all") == 0) {
        for (; run->pairs < ARM_PAIR_COUNT; run->pairs++)
            run->pair[run->pairs] = (arm_pair)run->pairs;
        return;
    }
    size_t count;
    char **name = crease_app_list(&run->app, "--act", text, &count);
    if (count > ARM_PAIR_COUNT)
        crease_app_usage_error(&run->app, "--act names %zu pairs, but there are %d", count, ARM_PAIR_COUNT);
    for (; run->pairs < count; run->pairs++) {
        crease_error error;
        if (arm_pair_parse(name[run->pairs], &run->pair[run->pairs], &error) != CREASE_OK)
            crease_app_usage_error(&run->app, "%s", error.message);
    }
    crease_app_list_free(name, count);
}

static void finish_options(arm_sweep_run *run) {
    if (run->slopes == 0 && run->pairs == 0)
        crease_app_usage_error(&run->app, "without lines (--slope) and pairs (--act) there is nothing to do");
    run->output_taken = crease_app_check_outputs(&run->app, "-o", run->csv_path, "--root-locus",
                                                 run->locus_path, "--bode", run->bode_path, NULL);
}

static bool set_number(arm_sweep_run *run, int key, const char *text) {
    switch (key) {
    case KEY_RATE_GAIN:
        run->setup.controller.rate_gain = crease_app_not_negative(&run->app, "--Kd", text);
        return true;
    case KEY_LEAD_TIME:
        run->setup.controller.lead_time = crease_app_not_negative(&run->app, "--Td", text);
        return true;
    case KEY_REFERENCE:
        run->setup.motion.reference = crease_app_number(&run->app, "--reference", text);
        return true;
    case KEY_LAG:
        run->setup.lag = crease_app_not_negative(&run->app, "--lag", text);
        return true;
    case KEY_SAMPLE:
        run->setup.sample = crease_app_not_negative(&run->app, "--sample", text);
        return true;
    case KEY_TIME:
        run->setup.motion.time = crease_app_positive(&run->app, "--time", text);
        return true;
    default:
        return false;
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    arm_sweep_run *run = state->input;
    crease_error error = {0};
    crease_status status = CREASE_OK;
    if (set_number(run, key, text))
        return 0;
    switch (key) {
    case KEY_MODEL:
        run->model = text;
        break;
    case KEY_PARAMETERS:
        run->parameters = text;
        break;
    case KEY_LAW:
        status = arm_law_parse(text, &run->setup.controller.law, &error);
        break;
    case KEY_ACT:
        set_pairs(run, text);
        break;
    case KEY_SLOPE:
        if (strcmp(text, "none") == 0)
            run->slopes = 0;
        else
            set_values(run, "--slope", text, &run->slope, &run->slopes);
        break;
    case KEY_GAIN:
        set_values(run, "--K", text, &run->gain, &run->gains);
        break;
    case KEY_GRAVITY:
        run->gravity = crease_app_switch(&run->app, "--gravity", text);
        break;
    case KEY_LOCUS:
        run->locus_path = text;
        break;
    case KEY_BODE:
        run->bode_path = text;
        break;
    case 'o':
        run->csv_path = text;
        break;
    case ARGP_KEY_ARG:
        crease_app_usage_error(&run->app, "'%s' is one argument too many; everything is given by options",
                               text);
    case ARGP_KEY_END:
        finish_options(run);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    if (status != CREASE_OK)
        crease_app_usage_error(&run->app, "%s", error.message);
    return 0;
}

crease_status arm_sweep_begin(arm_sweep_run *run, crease_error *error) {
    static const double slope[] = {0.1, 0.25, 0.5, 1, 2};
    static const arm_pair pair[] = {ARM_RELU, ARM_TANH, ARM_SIGMOID, ARM_ELU};
    run->slope = malloc(sizeof slope);
    run->gain = malloc(sizeof *run->gain);
    if (!run->slope || !run->gain)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the options");
    memcpy(run->slope, slope, sizeof slope);
    run->slopes = sizeof slope / sizeof *slope;
    memcpy(run->pair, pair, sizeof pair);
    run->pairs = sizeof pair / sizeof *pair;
    run->gain[0] = 80;
    run->gains = 1;
    run->gravity = true;
    run->setup.controller = arm_controller_default(ARM_LAW_P, ARM_RELU);
    run->setup.motion = (arm_options){.reference = 0.5, .interrupted = crease_app_interrupted};
    return arm_plant_find("A", &run->setup.plant, error);
}

crease_status arm_sweep_work(arm_sweep_run *run, crease_error *error) {
    size_t each = run->slopes + run->pairs, total = each * run->gains;
    if (!run->slope || !run->gain || !(run->point = calloc(total, sizeof *run->point)))
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu settings; take fewer", total);
    crease_progress progress = crease_progress_begin(&run->app, "settings");
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < total && status == CREASE_OK; i++) {
        size_t k = i % each;
        arm_sweep_point *point = &run->point[i];
        double gain = run->gain[i / each];
        status = k < run->slopes
                     ? arm_sweep_line(&run->setup, run->slope[k], gain, point, error)
                     : arm_sweep_pair(&run->setup, run->pair[k - run->slopes], gain, true, point, error);
        if (crease_app_interrupted(NULL))
            break; /* a motion that was cut short does not count */
        run->count += status == CREASE_OK;
        crease_progress_update(run->count, total, &progress);
    }
    crease_progress_end(&progress);
    return status;
}

void arm_sweep_clear(arm_sweep_run *run) {
    free(run->slope);
    free(run->gain);
    free(run->point);
}

static int draw(const arm_sweep_run *run, arm_sweep_figure *figure, const char *path) {
    crease_plot *plot = NULL;
    crease_error error;
    const char *what_to_see;
    if (figure(run, &plot, &what_to_see, &error) == CREASE_OK)
        return crease_app_draw(&run->app, plot, path, what_to_see);
    crease_plot_free(plot);
    return crease_app_fail(&run->app, &error);
}

static int run_sweep(arm_sweep_run *run) {
    crease_error error;
    int code = arm_one_joint_plant(&run->app, run->model, run->parameters, &run->setup.plant);
    if (code != CREASE_EXIT_OK)
        return code;
    if (!run->gravity)
        run->setup.plant.gravity = 0;
    crease_app_catch_interrupt();
    if (arm_sweep_work(run, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    bool interrupted = crease_app_interrupted(NULL);
    if (interrupted && run->count == 0)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERRUPTED,
                                    "interrupted before the first setting was done");
    if (run->csv_path && arm_sweep_write(run, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    if (run->app.plot && !interrupted)
        code = draw(run, arm_sweep_over_slope, run->app.plot);
    if (run->locus_path && !interrupted && code == CREASE_EXIT_OK)
        code = draw(run, arm_sweep_locus, run->locus_path);
    if (run->bode_path && !interrupted && code == CREASE_EXIT_OK)
        code = draw(run, arm_sweep_bode, run->bode_path);
    if (code == CREASE_EXIT_OK)
        code = run->app.json       ? arm_sweep_print_json(run)
               : run->output_taken ? crease_app_end(&run->app)
                                   : arm_sweep_print(run);
    if (!interrupted)
        return code;
    crease_app_note(&run->app, "interrupted; these are the %zu settings that were done", run->count);
    return code ? code : CREASE_EXIT_INTERRUPTED;
}

int arm_sweep_command(int argc, char **argv) {
    static const struct argp argp = {
        options,
        parse_option,
        NULL,
        "What the slope of an activation pair and the gain do to an arm: frequency, damping, overshoot and "
        "settling by linear theory, poles and margins with a lag of the drive or a sampled controller, and "
        "the simulated step of each pair beside.",
        NULL,
        NULL,
        NULL};
    arm_sweep_run run = {
        .app = {.name = "crease arm sweep",
                .examples = "  build/bin/crease arm sweep --gravity 0 --plot build/arm_sweep.png\n"
                            "  build/bin/crease arm sweep --lag .01 --bode build/arm_bode.png --root-locus "
                            "build/arm_root_locus.png\n"
                            "  build/bin/crease arm sweep --law PDi --K 10:1000:5 --sample .02 --json\n"}};
    crease_error error;
    int code;
    if (arm_sweep_begin(&run, &error) != CREASE_OK) {
        code = crease_app_fail(&run.app, &error);
    } else {
        crease_app_parse(&run.app, &argp, argc, argv, &run);
        code = run_sweep(&run);
    }
    arm_sweep_clear(&run);
    return code;
}
