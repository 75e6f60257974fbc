/* crease arm fit: read the log, make rows of friction or of the controller, estimate, compare networks, save, draw, report. */
#include "arm/commands.h"
#include "arm/fit/fit_program.h"
#include "arm/one_joint.h"
#include "crease/crease.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_OF = 500,
    KEY_MODEL,
    KEY_PARAMETERS,
    KEY_GRAVITY,
    KEY_REFERENCE,
    KEY_INPUTS,
    KEY_WINDOW,
    KEY_SPREAD,
    KEY_NETS,
    KEY_STARTS,
    KEY_SIMULATE
};
enum { FOLDS = 5 };

static const struct argp_option options[] = {
    {"of", KEY_OF, "friction|controller", 0,
     "friction: torque that neither inertia nor gravity takes, against the rate (default); controller: "
     "torque against the error "
     "angle",
     0},
    {"nets", KEY_NETS, "SPEC,SPEC,..", 0,
     "networks to compare (a ReLU, a tanh, a sigmoid and a hybrid of nearly equal numbers of free "
     "parameters)",
     0},
    {"model", KEY_MODEL, "A|A2|B1", 0, "whose inertia and gravity torque (A)", 1},
    {"parameters", KEY_PARAMETERS, "FILE.json", 0,
     "values for J, b, Gm and Umax of the model, as crease arm step takes them", 1},
    {"gravity", KEY_GRAVITY, "0|1", 0, "0: the horizontal plane; 1 (default)", 1},
    {"window", KEY_WINDOW, "N", 0, "rows for one slope of the rate, odd, at least 5 (5)", 1},
    {"spread", KEY_SPREAD, "X", 0,
     "leave out windows in which the rate changes by more than this share of its range (.02): they blur the "
     "kinks",
     1},
    {"inputs", KEY_INPUTS, "e|e,w", 0, "what the controller sees: the error angle (default), or the rate too",
     2},
    {"reference", KEY_REFERENCE, "RAD", 0, "wanted angle, where the log has no column reference", 2},
    {"starts", KEY_STARTS, "N", 0, "random starts of each network (5)", 3},
    {"output", 'o', "MODEL.json", 0, "save the network of the least error on rows left out", 3},
    {"simulate", KEY_SIMULATE, "LOG.csv", 0,
     "instead: write a log of model A with Coulomb friction 6 N m, kinks at .1 rad/s, and noise; - is "
     "standard output",
     4},
    {0}};

static void set_of(arm_fit_run *run, const char *text) {
    if (strcmp(text, "friction") != 0 && strcmp(text, "controller") != 0)
        crease_app_usage_error(&run->app, "--of takes friction or controller, not '%s'", text);
    run->controller = *text == 'c';
}

static void set_inputs(arm_fit_run *run, const char *text) {
    if (strcmp(text, "e") != 0 && strcmp(text, "e,w") != 0)
        crease_app_usage_error(&run->app, "--inputs takes e or e,w, not '%s'", text);
    run->inputs = text[1] ? 2 : 1;
}

static void finish_options(arm_fit_run *run) {
    if (!run->log_path == !run->simulate_path)
        crease_app_usage_error(&run->app, run->log_path
                                              ? "--simulate writes a log and reads none"
                                              : "give the log, a CSV file with the columns t_s, q_rad, "
                                                "w_rad_s and u_n_m");
    crease_app_check_outputs(&run->app, "-o", run->model_path, NULL);
}

static error_t parse_option(int key, char *text, struct argp_state *state) {
    arm_fit_run *run = state->input;
    const crease_app *app = &run->app;
    switch (key) {
    case KEY_OF:
        set_of(run, text);
        break;
    case KEY_MODEL:
        run->model = text;
        break;
    case KEY_PARAMETERS:
        run->parameters = text;
        break;
    case KEY_GRAVITY:
        run->gravity = crease_app_switch(&run->app, "--gravity", text);
        break;
    case KEY_REFERENCE:
        run->reference = crease_app_number(app, "--reference", text);
        break;
    case KEY_INPUTS:
        set_inputs(run, text);
        break;
    case KEY_WINDOW:
        run->window = crease_app_count(app, "--window", text, 5);
        break;
    case KEY_SPREAD:
        run->spread = crease_app_positive(app, "--spread", text);
        break;
    case KEY_NETS:
        run->nets = text;
        break;
    case KEY_STARTS:
        run->starts = crease_app_count(app, "--starts", text, 1);
        break;
    case KEY_SIMULATE:
        run->simulate_path = text;
        break;
    case 'o':
        run->model_path = text;
        break;
    case ARGP_KEY_ARG:
        if (run->log_path)
            crease_app_usage_error(app, "'%s' is one log too many; one is read at a time", text);
        run->log_path = text;
        break;
    case ARGP_KEY_END:
        finish_options(run);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static int simulate(const arm_fit_run *run) {
    arm_simulated_friction truth = arm_simulated_default(&run->plant);
    crease_table *table = NULL;
    crease_error error;
    truth.seed = run->app.seed;
    crease_status status = arm_friction_simulate(&truth, &table, &error);
    if (status == CREASE_OK)
        status = crease_csv_save(run->simulate_path, table, &error);
    crease_table_free(table);
    return status == CREASE_OK ? crease_app_end(&run->app) : crease_app_fail(&run->app, &error);
}

static crease_status load(arm_fit_run *run, crease_error *error) {
    static const char *const columns[] = {"t_s", "q_rad", "w_rad_s", "u_n_m", "reference"};
    bool reference = run->controller && isnan(run->reference);
    const crease_csv_options csv = {.columns = columns, .column_count = reference ? 5 : 4};
    crease_status status = crease_csv_load(run->log_path, &csv, &run->table, error);
    if (status == CREASE_OK && run->table->rows == 0)
        status = crease_fail(error, CREASE_BAD_DATA, "%s has no rows", run->log_path);
    return status;
}

static crease_status controller_rows(arm_fit_run *run, crease_error *error) {
    const crease_table *t = run->table;
    size_t n = t->rows, d = run->inputs;
    run->storage = malloc((d + 1) * n * sizeof *run->storage);
    if (!run->storage)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu rows", n);
    double *x = run->storage, *y = x + d * n;
    for (size_t i = 0; i < n; i++) {
        x[d * i] = (isnan(run->reference) ? t->column[4][i] : run->reference) - t->column[1][i];
        if (d == 2)
            x[d * i + 1] = t->column[2][i];
        y[i] = t->column[3][i];
    }
    run->data = (crease_data){n, d, 1, x, y, NULL};
    return CREASE_OK;
}

static crease_status friction_rows(arm_fit_run *run, crease_error *error) {
    double *const *c = run->table->column, *friction;
    const arm_log log = {run->table->rows, c[0], c[1], c[2], c[3]};
    size_t rows;
    crease_status status = arm_friction_rows(&log, &run->plant, run->window, run->spread, &run->storage,
                                             &friction, &rows, error);
    if (status != CREASE_OK)
        return status;
    run->data = (crease_data){rows, 1, 1, run->storage, friction, NULL};
    return arm_friction_estimate(&run->data, &run->friction, error);
}

static crease_status compare(arm_fit_run *run, crease_error *error) {
    static const char nets_of_one[] = "affine+relu:2,tanh:2,sigmoid:2,affine+tanh:1+relu:1",
                      nets_of_two[] = "affine+relu:4,tanh:4,sigmoid:4,affine+tanh:2+relu:2";
    size_t count;
    char **spec = crease_app_list(&run->app, "--nets",
                                  run->nets              ? run->nets
                                  : run->data.inputs > 1 ? nets_of_two
                                                         : nets_of_one,
                                  &count);
    crease_progress progress = crease_progress_begin(&run->app, "comparing");
    crease_compare_options comparing = {.folds = run->data.n >= 5 * FOLDS ? FOLDS : 0};
    crease_app_fit_options(&run->app, &progress, &comparing.fit);
    comparing.fit.starts = run->starts;
    crease_app_catch_interrupt();
    crease_status status =
        crease_compare((const char *const *)spec, count, &run->data, &comparing, &run->comparison, error);
    crease_progress_end(&progress);
    crease_app_list_free(spec, count);
    for (size_t i = 1; status == CREASE_OK && i < run->comparison->row_count; i++) {
        const crease_compare_row *row = run->comparison->row;
        bool tested = !isnan(row[i].test_rmse) && !isnan(row[run->best].test_rmse);
        if (tested ? row[i].test_rmse < row[run->best].test_rmse
                   : row[i].rmse_best < row[run->best].rmse_best)
            run->best = i;
    }
    return status;
}

static crease_status save(const arm_fit_run *run, crease_error *error) {
    static const char *const of_controller[] = {"e_rad", "w_rad_s"}, *const of_friction[] = {"w_rad_s"};
    crease_net *net = run->comparison->row[run->best].net;
    crease_status status =
        crease_net_set_names(net, run->controller ? of_controller : of_friction,
                             (const char *const[]){run->controller ? "u_n_m" : "friction_n_m"}, error);
    return status == CREASE_OK ? crease_net_save(net, run->model_path, error) : status;
}

static int run_fit(arm_fit_run *run) {
    crease_error error;
    crease_status status = load(run, &error);
    if (status == CREASE_OK)
        status = run->controller ? controller_rows(run, &error) : friction_rows(run, &error);
    if (status == CREASE_OK)
        status = compare(run, &error);
    if (status == CREASE_OK && run->model_path)
        status = save(run, &error);
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    int code = CREASE_EXIT_OK;
    if (run->app.plot) {
        crease_plot *plot = NULL;
        if (arm_fit_picture_new(run, &plot, &error) != CREASE_OK)
            return crease_app_fail(&run->app, &error);
        code = crease_app_draw(
            &run->app, plot, run->app.plot,
            "the networks over the rows of the log, and below what each leaves over: at the kinks "
            "the smooth ones are off on both sides.");
    }
    if (code == CREASE_EXIT_OK) {
        bool model_on_stdout = crease_app_is_standard_output(run->model_path);
        code = run->app.json     ? arm_fit_print_json(run)
               : model_on_stdout ? crease_app_end(&run->app)
                                 : arm_fit_print(run);
    }
    return crease_app_interrupted(NULL) ? crease_app_end_interrupted(&run->app, code) : code;
}

int arm_fit_command(int argc, char **argv) {
    static const struct argp argp = {
        options,
        parse_option,
        "LOG.csv",
        "Identifies friction, or the controller, from a log of a one-joint arm (columns t_s, "
        "q_rad, w_rad_s, u_n_m as crease arm step -o writes them), by networks of four kinds, and "
        "tells Coulomb level, viscous slope and kinks of the friction with their standard errors.",
        NULL,
        NULL,
        NULL};
    arm_fit_run run = {
        .app = {.name = "crease arm fit",
                .examples =
                    "  build/bin/crease arm fit data/arm_friction.csv\n"
                    "  build/bin/crease arm fit data/arm_friction.csv --json --plot build/friction.png\n"
                    "  build/bin/crease arm step --act satrelu --reference 1.5 -o - | "
                    "build/bin/crease arm fit - --of controller\n"},
        .gravity = true,
        .reference = NAN,
        .inputs = 1,
        .window = 5,
        .spread = .02,
        .starts = 5};
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    int code = arm_one_joint_plant(&run.app, run.model, run.parameters, &run.plant);
    if (!run.gravity)
        run.plant.gravity = 0;
    if (code == CREASE_EXIT_OK)
        code = run.simulate_path ? simulate(&run) : run_fit(&run);
    crease_comparison_free(run.comparison);
    crease_table_free(run.table);
    free(run.storage);
    return code;
}
