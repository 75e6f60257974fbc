/* crease arm train: read the options, train, save the best network, draw, report. */
#include "arm/commands.h"
#include "arm/one_joint.h"
#include "arm/train/train_program.h"
#include "crease/crease.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_MODEL = 500,
    KEY_PARAMETERS,
    KEY_ACT,
    KEY_UNITS,
    KEY_STARTS,
    KEY_ITERATIONS,
    KEY_TARGET,
    KEY_GRAVITY,
    KEY_TIME,
    KEY_STEPS,
    KEY_WEIGHT
};

static const struct argp_option options[] = {
    {"model", KEY_MODEL, "A|A2|B1", 0,
     "A: elbow of the PUMA 560, limit 89.4 N m (default); A2: Spong's link 1, 8 N m; B1: pendulum of "
     "ARCH-COMP, angles from upright, no limit",
     0},
    {"parameters", KEY_PARAMETERS, "FILE.json", 0,
     "values for J, b, Gm and Umax of the model, as crease arm step takes them", 0},
    {"act", KEY_ACT, "NAME[,NAME..]", 0,
     "activations to train: relu, tanh, sigmoid (these three), leaky, softplus, silu, gelu, elu", 0},
    {"units", KEY_UNITS, "N", 0, "units of each network (4)", 0},
    {"starts", KEY_STARTS, "N", 0,
     "random starts of each activation, beside imitation and designed start (2)", 1},
    {"iterations", KEY_ITERATIONS, "N", 0, "of BFGS, of each training (200)", 1},
    {"target", KEY_TARGET, "RAD", 0, "wanted angle from hanging down (pi/2)", 2},
    {"gravity", KEY_GRAVITY, "0|1", 0, "0: the horizontal plane; 1 (default)", 2},
    {"time", KEY_TIME, "S", 0, "length of each motion (2)", 2},
    {"steps", KEY_STEPS, "N", 0, "of the Runge-Kutta method (200)", 2},
    {"torque-weight", KEY_WEIGHT, "X", 0, "of the squared torque beyond that of rest, in the cost (1e-4)", 2},
    {"output", 'o', "MODEL.json", 0,
     "save the best network: inputs e_rad and w_rad_s, output u_n_m; - is standard output", 3},
    {0}};

static void set_activations(arm_train_run *run, const char *text) {
    size_t count;
    char **name = crease_app_list(&run->app, "--act", text, &count);
    crease_error error = {0};
    if (count > ARM_PAIR_COUNT)
        crease_app_usage_error(&run->app, "--act takes each activation once");
    run->options.pair_count = count;
    for (size_t i = 0; i < count; i++) {
        if (arm_pair_parse(name[i], &run->options.pair[i], &error) != CREASE_OK)
            crease_app_usage_error(&run->app, "%s", error.message);
        if (run->options.pair[i] == ARM_SATRELU)
            crease_app_usage_error(&run->app, "satrelu is a pair of relu units; train relu");
    }
    crease_app_list_free(name, count);
}

static void finish_options(arm_train_run *run) {
    crease_app_check_outputs(&run->app, "-o", run->model_path, NULL);
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    arm_train_run *run = state->input;
    const crease_app *app = &run->app;
    switch (key) {
    case KEY_MODEL:
        run->model = text;
        break;
    case KEY_PARAMETERS:
        run->parameters = text;
        break;
    case KEY_ACT:
        set_activations(run, text);
        break;
    case KEY_UNITS:
        run->options.units = crease_app_count(app, "--units", text, 2);
        break;
    case KEY_STARTS:
        run->options.random_starts = crease_app_count(app, "--starts", text, 0);
        break;
    case KEY_ITERATIONS:
        run->options.fit.iterations = crease_app_count(app, "--iterations", text, 1);
        break;
    case KEY_TARGET:
        run->setting.target = crease_app_number(app, "--target", text);
        break;
    case KEY_GRAVITY:
        run->gravity = crease_app_switch(&run->app, "--gravity", text);
        break;
    case KEY_TIME:
        run->setting.time = crease_app_positive(app, "--time", text);
        break;
    case KEY_STEPS:
        run->setting.steps = crease_app_count(app, "--steps", text, 1);
        break;
    case KEY_WEIGHT:
        run->setting.torque_weight = crease_app_positive(app, "--torque-weight", text);
        break;
    case 'o':
        run->model_path = text;
        break;
    case ARGP_KEY_ARG:
        crease_app_usage_error(app, "'%s' is one argument too many; everything is given by options", text);
    case ARGP_KEY_END:
        finish_options(run);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static int draw(const arm_train_run *run) {
    crease_plot *plot = NULL;
    crease_error error;
    if (arm_train_picture_new(run, &plot, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    return crease_app_draw(&run->app, plot, run->app.plot,
                           "the trained networks beside LQR and the tuned PD, from the start that costs the "
                           "PD most; below, what "
                           "each law asks for at rest.");
}

static int run_train(arm_train_run *run) {
    crease_error error;
    int made = arm_one_joint_plant(&run->app, run->model, run->parameters, &run->setting.plant);
    if (made != CREASE_EXIT_OK)
        return made;
    if (!run->gravity)
        run->setting.plant.gravity = 0;
    crease_progress progress = crease_progress_begin(&run->app, "trainings");
    size_t iterations = run->options.fit.iterations;
    crease_app_fit_options(&run->app, &progress, &run->options.fit);
    run->options.fit.iterations = iterations;
    crease_app_catch_interrupt();
    crease_status status = arm_train_table_new(&run->setting, &run->options, &run->table, &error);
    crease_progress_end(&progress);
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    const crease_net *best = run->table->row[run->table->best].net;
    if (run->model_path && crease_net_save(best, run->model_path, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    int code = run->app.plot ? draw(run) : CREASE_EXIT_OK;
    if (code == CREASE_EXIT_OK) {
        bool model_on_stdout = crease_app_is_standard_output(run->model_path);
        code = run->app.json     ? arm_train_print_json(run)
               : model_on_stdout ? crease_app_end(&run->app)
                                 : arm_train_print(run);
    }
    return run->table->interrupted ? crease_app_end_interrupted(&run->app, code) : code;
}

int arm_train_command(int argc, char **argv) {
    static const struct argp argp = {options,
                                     parse_option,
                                     NULL,
                                     "Trains networks as controllers in the loop with the arm, from "
                                     "imitation of the tuned PD, from a designed start "
                                     "and from random ones, and shows them beside the untrained pairs, LQR "
                                     "and the tuned PD, which have the "
                                     "torque of rest as feed-forward.",
                                     NULL,
                                     NULL,
                                     NULL};
    arm_train_run run = {
        .app = {.name = "crease arm train",
                .examples =
                    "  build/bin/crease arm train --starts 1 --iterations 40\n"
                    "  build/bin/crease arm train --model A2 --act relu --starts 0 -o build/law.json\n"
                    "  build/bin/crease arm train --model A2 --iterations 40 --starts 0 --plot -\n"},
        .gravity = true,
        .options = {.pair_count = 3,
                    .pair = {ARM_RELU, ARM_TANH, ARM_SIGMOID},
                    .units = 4,
                    .random_starts = 2,
                    .fit = {.iterations = 200}}};
    arm_plant plant;
    arm_plant_find("A", &plant, NULL);
    run.setting = arm_train_default(&plant);
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    int code = run_train(&run);
    arm_train_table_free(run.table);
    return code;
}
