/* crease traffic fd: fundamental diagrams and networks fitted to observations of density, flow and speed. */
#include "crease/csv.h"
#include "crease/model_file.h"
#include "crease/plot.h"
#include "traffic/program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_DENSITY = 300,
    KEY_FLOW,
    KEY_SPEED,
    KEY_BY,
    KEY_WEIGHTS,
    KEY_MODELS,
    KEY_STARTS,
    KEY_WHERE,
    KEY_MOVING,
    KEY_SKIP_MISSING,
    KEY_DECIMAL
};

typedef struct fd_run {
    crease_app app;
    const char *path, *density, *flow, *speed, *models, *where, *output;
    bool skip_missing, moving;
    char decimal;
    traffic_study_options study;
    char **model;
    size_t model_count;
    crease_table *table;
    double *density_value, *flow_value;
    size_t n, left_out; /* rows used; rows without density or flow that were left out */
    traffic_study *result;
} fd_run;

static const struct argp_option options[] = {
    {0, 0, 0, 0, "Columns, by name or number; give two of the three:", 1},
    {"density", KEY_DENSITY, "COL", 0, "vehicles per length and lane", 0},
    {"flow", KEY_FLOW, "COL", 0, "vehicles per hour and lane", 0},
    {"speed", KEY_SPEED, "COL", 0, "length per hour; the third column is derived by flow = density x speed",
     0},
    {0, 0, 0, 0, "Fitting:", 2},
    {"models", KEY_MODELS, "M,M,..", 0,
     "greenshields, triangular, physical:KINKS, and networks as relu:6, tanh:4, affine+relu:2 "
     "(greenshields,triangular,physical:6,relu:6,tanh:4,sigmoid:4)",
     0},
    {"by", KEY_BY, "WHAT", 0, "flow (default) or speed: whose squared error is minimised", 0},
    {"weights", KEY_WEIGHTS, "W", 0,
     "ols (default: equal) or qu: by the distance to the neighbouring densities", 0},
    {"starts", KEY_STARTS, "N", 0, "random starts of a network (20)", 0},
    {"output", 'o', "MODEL.json", 0,
     "write the closest of the models, as a network; greenshields is none and is not written", 0},
    {0, 0, 0, 0, "Rows:", 3},
    {"where", KEY_WHERE, "COL=TEXT", 0, "only rows whose cell in COL is exactly TEXT", 0},
    {"moving", KEY_MOVING, 0, 0, "leave out rows without flow: standing vehicles on a partly filled road", 0},
    {"skip-missing", KEY_SKIP_MISSING, 0, 0, "leave out rows with an empty, NA or NaN cell in a used column",
     0},
    {"decimal", KEY_DECIMAL, "C", 0, "decimal mark: '.' (default) or ','", 0},
    {0}};

static error_t parse_fd(int key, char *argument, struct argp_state *state) {
    fd_run *run = state->input;
    switch (key) {
    case KEY_DENSITY:
        run->density = argument;
        return 0;
    case KEY_FLOW:
        run->flow = argument;
        return 0;
    case KEY_SPEED:
        run->speed = argument;
        return 0;
    case KEY_MODELS:
        run->models = argument;
        return 0;
    case KEY_BY:
        if (strcmp(argument, "flow") != 0 && strcmp(argument, "speed") != 0)
            crease_app_usage_error(&run->app, "--by takes flow or speed, not '%s'", argument);
        run->study.by = strcmp(argument, "speed") == 0 ? TRAFFIC_BY_SPEED : TRAFFIC_BY_FLOW;
        return 0;
    case KEY_WEIGHTS:
        if (strcmp(argument, "ols") != 0 && strcmp(argument, "qu") != 0)
            crease_app_usage_error(&run->app, "--weights takes ols or qu, not '%s'", argument);
        run->study.weighting = strcmp(argument, "qu") == 0 ? TRAFFIC_QU : TRAFFIC_OLS;
        return 0;
    case KEY_STARTS:
        run->study.fit.starts = crease_app_count(&run->app, "--starts", argument, 1);
        return 0;
    case 'o':
        run->output = argument;
        return 0;
    case KEY_WHERE:
        if (!strchr(argument, '=') || *argument == '=')
            crease_app_usage_error(&run->app, "--where takes COLUMN=TEXT, not '%s'", argument);
        run->where = argument;
        return 0;
    case KEY_MOVING:
        run->moving = true;
        return 0;
    case KEY_SKIP_MISSING:
        run->skip_missing = true;
        return 0;
    case KEY_DECIMAL:
        if (strcmp(argument, ".") != 0 && strcmp(argument, ",") != 0)
            crease_app_usage_error(&run->app, "--decimal takes '.' or ',', not '%s'", argument);
        run->decimal = *argument;
        return 0;
    case ARGP_KEY_ARG:
        if (run->path)
            crease_app_usage_error(&run->app, "one file of data, not two: '%s' and '%s'", run->path,
                                   argument);
        run->path = argument;
        return 0;
    case ARGP_KEY_END:
        if (!run->path)
            crease_app_usage_error(&run->app, "which file? DATA is missing (- is standard input)");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* A model that is not known ends the program, with the one that may have been meant. */
static void choose_models(fd_run *run) {
    size_t parabolas = 0;
    static const char *const known[] = {"greenshields", "triangular", "physical:3",
                                        "relu:6",       "tanh:4",     "sigmoid:4"};
    run->model = crease_app_list(&run->app, "--models", run->models ? run->models : traffic_default_models,
                                 &run->model_count);
    for (size_t i = 0; i < run->model_count; i++) {
        crease_error error;
        parabolas += strcmp(run->model[i], "greenshields") == 0;
        if (traffic_model_check(run->model[i], &error) == CREASE_OK)
            continue;
        const char *meant = crease_app_did_you_mean(run->model[i], known, sizeof known / sizeof *known);
        if (meant && strcmp(meant, run->model[i]) != 0)
            crease_app_usage_error(&run->app, "%s; did you mean %s?", error.message, meant);
        crease_app_usage_error(&run->app, "%s", error.message);
    }
    if (run->output && parabolas == run->model_count)
        crease_app_usage_error(&run->app, "-o writes a network, and greenshields is none: add triangular, "
                                          "physical:3 or a network to --models");
}

static int read_table(fd_run *run) {
    const char *column[2];
    size_t count = 0;
    if (run->density)
        column[count++] = run->density;
    if (run->flow)
        column[count++] = run->flow;
    if (run->speed && count < 2)
        column[count++] = run->speed;
    const crease_csv_options csv = {.columns = column,
                                    .column_count = count,
                                    .skip_missing = run->skip_missing,
                                    .decimal = run->decimal,
                                    .where = run->where};
    crease_error error;
    if (crease_csv_load(run->path, &csv, &run->table, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    if (run->table->skipped > 0)
        crease_app_note(&run->app, "left out %zu rows with a missing cell", run->table->skipped);
    if (run->table->rows == 0 && run->where)
        return crease_app_fail_text(&run->app, CREASE_EXIT_DATA, "%s: no row is left with --where '%s'",
                                    run->table->source, run->where);
    if (run->table->rows == 0)
        return crease_app_fail_text(&run->app, CREASE_EXIT_DATA, "%s: no row of data", run->table->source);
    return 0;
}

/* Density and flow of each row from the two columns; rows that have no density are left out. */
static int derive(fd_run *run) {
    const size_t rows = run->table->rows;
    const double *a = run->table->column[0], *b = run->table->column[1];
    size_t slow = 0;
    run->density_value = malloc(rows * sizeof *run->density_value);
    run->flow_value = malloc(rows * sizeof *run->flow_value);
    if (!run->density_value || !run->flow_value)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERNAL, "no memory for %zu rows", rows);
    for (size_t i = 0; i < rows; i++) {
        double density = a[i], flow = b[i];
        if (run->speed && run->density) {
            flow = a[i] * b[i];
        } else if (run->speed) {
            if (!(b[i] > 0.0)) {
                run->left_out++;
                continue;
            }
            flow = a[i];
            density = a[i] / b[i];
            slow += b[i] < 5.0;
        }
        if (density < 0.0)
            return crease_app_fail_text(
                &run->app, CREASE_EXIT_DATA,
                "%s: a density of %g in row %zu of the rows used; densities must not be "
                "negative",
                run->table->source, density, i + 1);
        if (run->moving && !(flow > 0.0)) {
            run->left_out++;
            continue;
        }
        run->density_value[run->n] = density;
        run->flow_value[run->n++] = flow;
    }
    if (run->left_out > 0)
        crease_app_note(&run->app, "left out %zu rows without %s", run->left_out,
                        run->moving ? "flow" : "speed");
    if (run->speed && !run->density)
        crease_app_note(
            &run->app,
            "density is flow / speed, which explodes at small speeds (%zu rows have a speed below 5); "
            "a measured density is better",
            slow);
    return run->n > 0
               ? 0
               : crease_app_fail_text(&run->app, CREASE_EXIT_DATA, "%s: no row is left", run->table->source);
}

static int print_json(const fd_run *run, const char *verdict) {
    const traffic_study *study = run->result;
    json_t *object = crease_json_begin("traffic-fd"), *rows = json_array();
    crease_json_set_text(object, "data", run->table->source);
    crease_json_set_count(object, "n", study->n);
    crease_json_set_count(object, "rows_left_out", run->left_out + run->table->skipped);
    crease_json_set_number(object, "largest_density", study->largest_density, NULL);
    crease_json_set_number(object, "largest_flow", study->largest_flow, NULL);
    for (size_t i = 0; i < study->row_count; i++)
        json_array_append_new(rows, traffic_row_json(study, &study->row[i]));
    json_object_set_new(object, "rows", rows);
    crease_json_set_text(object, "verdict", verdict);
    crease_json_set_count(object, "starts", run->study.fit.starts);
    crease_json_set_count(object, "seed", run->app.seed);
    return crease_json_finish(&run->app, object);
}

static bool takes_stdout(const char *path) {
    return path && strcmp(path, "-") == 0;
}

static int print_text(const fd_run *run, const char *verdict) {
    FILE *file = takes_stdout(run->output) ? stderr : stdout; /* standard output holds the network */
    fprintf(file, "%zu rows of %s, densities %.4g to %.4g, fitted by %s%s, seed %llu\n\n", run->result->n,
            run->table->source, run->result->least_density, run->result->largest_density,
            run->study.by == TRAFFIC_BY_SPEED ? "speed" : "flow",
            run->study.weighting == TRAFFIC_QU ? " with the weights of Qu, Wang and Zhang" : "",
            (unsigned long long)run->app.seed);
    traffic_print_table(run->result, &traffic_truth_unknown, file);
    fprintf(file, "\n%s", verdict);
    return crease_app_end(&run->app);
}

static int draw(const fd_run *run) {
    const traffic_labels labels = {.title = "Flow and density",
                                   .density = run->density ? run->density : "flow / speed",
                                   .flow = run->flow ? run->flow : "density x speed"};
    crease_plot *plot = NULL;
    crease_error error;
    if (traffic_picture(run->result, &labels, &plot, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    char *what = traffic_what_to_see(run->result);
    const int code = crease_app_draw(&run->app, plot, run->app.plot, what ? what : "data and fits");
    free(what);
    return code;
}

/* The closest row that is a network or can be written as one. */
static int write_network(const fd_run *run) {
    const traffic_row *best = NULL;
    for (size_t i = 0; i < run->result->row_count; i++) {
        const traffic_row *row = &run->result->row[i];
        if ((row->net || row->diagram.family == TRAFFIC_PHYSICAL) && (!best || row->wmse < best->wmse))
            best = row;
    }
    if (!best)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERRUPTED,
                                    "no network was fitted, none is written");
    const char *density = run->density ? run->table->name[0] : "density",
               *flow = run->flow ? run->table->name[run->density ? 1 : 0] : "flow";
    crease_net *net = NULL;
    crease_error error;
    crease_status status = traffic_row_network(best, &net, &error);
    if (status == CREASE_OK)
        status = crease_net_set_names(net, &density, &flow, &error);
    if (status == CREASE_OK)
        status = crease_net_save(net, run->output, &error);
    crease_net_free(net);
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    crease_app_note(&run->app, "wrote %s to %s", best->model, run->output);
    return 0;
}

static int deliver(const fd_run *run) {
    char *verdict = traffic_verdict(run->result, NAN);
    if (!verdict)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERNAL, "no memory for the verdict");
    int code = run->app.json ? print_json(run, verdict) : print_text(run, verdict);
    free(verdict);
    if (code == 0 && run->output)
        code = write_network(run);
    if (code == 0 && run->app.plot)
        code = draw(run);
    if (run->result->interrupted) {
        crease_app_note(&run->app, "interrupted: these are the best results so far");
        code = code ? code : CREASE_EXIT_INTERRUPTED;
    }
    return code;
}

static void check_usage(const fd_run *run) {
    const int given = (run->density != NULL) + (run->flow != NULL) + (run->speed != NULL);
    if (given != 2)
        crease_app_usage_error(&run->app,
                               "give two of --density, --flow and --speed (flow = density x speed), not %s",
                               given == 3   ? "all three"
                               : given == 1 ? "one"
                                            : "none");
    if (run->app.json + takes_stdout(run->output) + takes_stdout(run->app.plot) > 1)
        crease_app_usage_error(&run->app, "only one of --json, -o - and --plot - can have standard output");
}

int traffic_fd_main(int argc, char **argv) {
    static const char doc[] = "Fits flow diagrams and networks to traffic data. Every diagram is 0 below "
                              "density 0 and beyond its jam "
                              "density.\vfree speed: slope at the low-density end, of a network at the least "
                              "density observed. capacity, "
                              "crit. dens.: the largest flow (of a network over the densities observed) and "
                              "where it is reached. wave speed: "
                              "mean slope, sign changed, from there to the jam density. jam dens.: the first "
                              "density beyond, at which the "
                              "flow is zero. min past jam: the lowest flow from there up to 1.5 times the "
                              "largest density observed. flow at "
                              "0: the prediction for the empty road. By speed, Greenshields is the "
                              "regression line of speed on density.";
    static const char examples[] =
        "  build/bin/crease traffic fd data/sumo_ring.csv --where driver=ideal --density density_veh_km "
        "--flow flow_veh_h\n"
        "  build/bin/crease traffic fd data/sumo_bottleneck.csv --density density_veh_km_lane --flow "
        "flow_veh_h_lane "
        "--moving --models triangular,physical:3 --weights qu\n"
        "  build/bin/crease traffic fd data/sumo_ring.csv --density density_veh_km --speed speed_km_h --by "
        "speed "
        "--models greenshields,triangular --json\n";
    static const struct argp argp = {.options = options, .parser = parse_fd, .args_doc = "DATA", .doc = doc};
    fd_run run = {.app = {.name = "crease traffic fd", .examples = examples}, .study.fit.starts = 20};
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    check_usage(&run);
    choose_models(&run);
    int code = read_table(&run);
    if (code == 0)
        code = derive(&run);
    if (code == 0)
        code = traffic_run(&run.app, run.n, run.density_value, run.flow_value, run.model, run.model_count,
                           &run.study, &run.result);
    if (code == 0)
        code = deliver(&run);
    traffic_study_free(run.result);
    free(run.density_value);
    free(run.flow_value);
    crease_table_free(run.table);
    crease_app_list_free(run.model, run.model_count);
    return code;
}
