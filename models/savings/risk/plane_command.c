/* crease savings plane: values of assets and income, whose kink is a line, and networks fitted to them. */
#include "crease/plot.h"
#include "savings/risk/plane.h"
#include "savings/risk/risk_program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_MODEL = 1100,
    KEY_NETS,
    KEY_OBJECT,
    KEY_POINTS,
    KEY_RANDOM,
    KEY_STARTS,
    KEY_DATA,
    KEY_ASSETS,
    KEY_INCOMES,
    KEY_PARAMETER
};
enum { PARAMETERS = 7 };

static const char *const parameter_name[PARAMETERS] = {
    "beta", "R", "crra", "phi", "penalty", "limit", "limit-per-income"};
/* which model has it: 'B', 'C' or both, '*' */
static const char parameter_model[PARAMETERS + 1] = "***CBBB";

typedef struct plane_run {
    crease_app app;
    savings_plane_model model;
    bool has_model;
    const char *value[PARAMETERS], *assets, *incomes; /* texts, NULL when not given */
    const char *nets, *output, *data;
    char **net; /* list, owned */
    size_t net_count;
    savings_plane_options options;
    savings_plane plane;
    savings_plane_row *row; /* owned, as many as were fitted */
    size_t rows;
    bool interrupted;
} plane_run;

static const struct argp_option options[] = {
    {0, 0, 0, 0, "The model (defaults for B; C):", 10},
    {"model", KEY_MODEL, "B|C", 0,
     "B: two periods, penalty rate below a line; C: default, the better of repaying and walking away", 0},
    {"beta", KEY_PARAMETER, "X", 0, "discount factor (.96; 1/R)", 0},
    {"R", KEY_PARAMETER + 1, "X", 0, "gross return on assets (1.02; 1.04)", 0},
    {"crra", KEY_PARAMETER + 2, "X", 0, "relative risk aversion, 1: log utility (2)", 0},
    {"phi", KEY_PARAMETER + 3, "X", 0, "C: share of income that a defaulter loses (.1)", 0},
    {"penalty", KEY_PARAMETER + 4, "X", 0, "B: added to R below the line (.18)", 0},
    {"limit", KEY_PARAMETER + 5, "X", 0, "B: the line at income 0 (0)", 0},
    {"limit-per-income", KEY_PARAMETER + 6, "X", 0, "B: how far the line falls for each unit of income (0)",
     0},
    {"assets", KEY_ASSETS, "LO,HI", 0, "the box: assets (-.5,1.5; -5,5)", 0},
    {"incomes", KEY_INCOMES, "LO,HI", 0, "the box: incomes (.7,1.3; .5,1.5)", 0},
    {0, 0, 0, 0, "The fits:", 20},
    {"object", KEY_OBJECT, "pinv|value", 0,
     "fit the value in units of consumption, or the value itself (pinv)", 0},
    {"nets", KEY_NETS, "SPEC,SPEC,..", 0,
     "networks (affine+relu:1, then tanh and sigmoid with about as many free parameters and with three times "
     "as many)",
     0},
    {"net", KEY_NETS, "SPEC", OPTION_ALIAS, 0, 0},
    {"points", KEY_POINTS, "N", 0, "exact values to fit to, on a grid (400)", 0},
    {"random", KEY_RANDOM, 0, 0, "the points are drawn at random, by --seed", 0},
    {"starts", KEY_STARTS, "N", 0, "starting points of each fit (20)", 0},
    {"output", 'o', "MODEL.json", 0, "save the first network", 0},
    {"data", KEY_DATA, "FILE.csv", 0, "save the points and exact values", 0},
    {0}};

static void choose_object(plane_run *run, const char *text) {
    run->options.value = strcmp(text, "value") == 0;
    if (!run->options.value && strcmp(text, "pinv") != 0)
        crease_app_usage_error(&run->app, "--object takes pinv or value, not '%s'", text);
}

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    plane_run *run = state->input;
    switch (key) {
    case KEY_MODEL:
        if (strcmp(argument, "B") != 0 && strcmp(argument, "C") != 0)
            crease_app_usage_error(&run->app,
                                   "--model takes B or C, not '%s'; these have a value that "
                                   "bends along a line",
                                   argument);
        run->model = *argument == 'B' ? SAVINGS_PLANE_B : SAVINGS_PLANE_C;
        run->has_model = true;
        return 0;
    case KEY_NETS:
        run->nets = argument;
        return 0;
    case KEY_OBJECT:
        choose_object(run, argument);
        return 0;
    case KEY_POINTS:
        run->options.points = crease_app_count(&run->app, "--points", argument, 4);
        return 0;
    case KEY_RANDOM:
        run->options.random = true;
        return 0;
    case KEY_STARTS:
        run->options.fit.starts = crease_app_count(&run->app, "--starts", argument, 1);
        return 0;
    case KEY_ASSETS:
        run->assets = argument;
        return 0;
    case KEY_INCOMES:
        run->incomes = argument;
        return 0;
    case KEY_DATA:
        run->data = argument;
        return 0;
    case 'o':
        run->output = argument;
        return 0;
    case ARGP_KEY_ARG:
        crease_app_usage_error(
            &run->app, "plane takes no file, and so not '%s'; for your own data: crease fit", argument);
    default:
        if (key < KEY_PARAMETER || key >= KEY_PARAMETER + PARAMETERS)
            return ARGP_ERR_UNKNOWN;
        run->value[key - KEY_PARAMETER] = argument;
        return 0;
    }
}

static void read_options(plane_run *run, int argc, char **argv) {
    static const struct argp argp = {
        .options = options,
        .parser = parse_option,
        .doc =
            "Savings problems with income as a second state: the kink of the value is a line in the plane of "
            "assets and income. Fits networks to exact values and compares the corner of the ReLU network "
            "with "
            "the true line."};
    run->app = (crease_app){
        .name = "crease savings plane",
        .examples =
            "  build/bin/crease savings plane --model C\n"
            "  build/bin/crease savings plane --model B --limit-per-income .25 --plot build/plane.png\n"
            "  build/bin/crease savings plane --model C --nets affine+relu:1 -o build/plane.json --json\n"};
    crease_app_parse(&run->app, &argp, argc, argv, run);
    if (!run->has_model)
        crease_app_usage_error(&run->app,
                               "name the problem: --model B (penalty rate) or --model C (default)");
    if (run->app.json &&
        (crease_app_is_standard_output(run->output) || crease_app_is_standard_output(run->data)))
        crease_app_usage_error(&run->app, "--json and a file '-' both write to standard output; name a file");
    run->net = crease_app_list(&run->app, "--nets",
                               run->nets ? run->nets
                                         : "affine+relu:1,affine+tanh:1,affine+sigmoid:1,tanh:4,sigmoid:4",
                               &run->net_count);
}

static double *parameter(savings_plane_parameters *p, size_t index) {
    double *const place[PARAMETERS] = {
        &p->beta, &p->R, &p->crra, &p->default_cost, &p->penalty, &p->limit, &p->limit_per_income};
    return place[index];
}

static void read_range(const plane_run *run, const char *option, const char *text, double *from, double *to) {
    size_t count;
    if (!text)
        return;
    double *ends = crease_app_numbers(&run->app, option, text, &count);
    if (count != 2)
        crease_app_usage_error(&run->app, "%s takes two numbers LO,HI, not '%s'", option, text);
    *from = ends[0];
    *to = ends[1];
    free(ends);
}

static savings_plane_parameters read_parameters(const plane_run *run) {
    savings_plane_parameters p = savings_plane_defaults(run->model);
    char name = savings_plane_model_name(run->model)[0];
    for (size_t i = 0; i < PARAMETERS; i++) {
        char option[24];
        snprintf(option, sizeof option, "--%s", parameter_name[i]);
        if (run->value[i] && parameter_model[i] != '*' && parameter_model[i] != name)
            crease_app_usage_error(&run->app, "%s belongs to model %c", option, parameter_model[i]);
        if (run->value[i])
            *parameter(&p, i) = crease_app_number(&run->app, option, run->value[i]);
    }
    if (run->model == SAVINGS_PLANE_C && !run->value[0] && p.R > 0)
        p.beta = 1 / p.R;
    read_range(run, "--assets", run->assets, &p.a_from, &p.a_to);
    read_range(run, "--incomes", run->incomes, &p.y_from, &p.y_to);
    return p;
}

/* Progress over all starts of all networks. */
typedef struct plane_progress {
    crease_progress bar;
    size_t net, nets;
} plane_progress;

static void show(size_t done, size_t total, void *context) {
    plane_progress *progress = context;
    crease_progress_update(progress->net * total + done, progress->nets * total, &progress->bar);
}

static crease_status save(const plane_run *run, crease_error *error) {
    crease_table *table = NULL;
    crease_status status = CREASE_OK;
    if (run->output && run->rows > 0)
        status = crease_net_save(run->row[0].net, run->output, error);
    if (status == CREASE_OK && run->data)
        status = savings_plane_sample(&run->plane, &run->options, &table, error);
    if (status == CREASE_OK && run->data)
        status = crease_csv_save(run->data, table, error);
    crease_table_free(table);
    return status;
}

static crease_status work(plane_run *run, crease_error *error) {
    savings_plane_parameters p = read_parameters(run);
    crease_status status = savings_plane_solve(run->model, &p, &run->plane, error);
    if (status != CREASE_OK)
        return status;
    run->row = calloc(run->net_count + 1, sizeof *run->row);
    if (!run->row)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu networks", run->net_count);
    plane_progress progress = {.bar = crease_progress_begin(&run->app, "fitting networks"),
                               .nets = run->net_count};
    size_t starts = run->options.fit.starts;
    crease_app_fit_options(&run->app, &progress.bar, &run->options.fit);
    run->options.fit.starts = starts;
    run->options.fit.progress = show;
    run->options.fit.progress_context = &progress;
    for (size_t i = 0; i < run->net_count && status == CREASE_OK && !crease_app_interrupted(NULL); i++) {
        progress.net = i;
        status = savings_plane_fit(&run->plane, run->net[i], &run->options, &run->row[i], error);
        run->rows += status == CREASE_OK;
    }
    run->interrupted = crease_app_interrupted(NULL);
    crease_progress_end(&progress.bar);
    return status == CREASE_OK ? save(run, error) : status;
}

/* ---- reports ---- */

static const char *no_kink(const plane_run *run) {
    return isnan(run->plane.line.slope) ? "without a penalty there is no kink"
                                        : "the kink does not cross the box";
}

static json_t *line_json(savings_plane_line line, const char *why) {
    json_t *object = json_object();
    crease_json_set_number(object, "slope", line.slope, why);
    crease_json_set_number(object, "intercept", line.intercept, why);
    return object;
}

static json_t *row_json(const plane_run *run, const savings_plane_row *row) {
    json_t *object = json_object();
    char spec[128];
    bool has_line = run->plane.line_from < run->plane.line_to;
    const char *no_line = has_line ? "no unit of the network has a corner that is a line a(y)" : no_kink(run);
    crease_net_spec(row->net, spec, sizeof spec);
    crease_json_set_text(object, "net", spec);
    crease_json_set_count(object, "n_params", row->n_params);
    crease_json_set_count(object, "n_free", row->n_free);
    crease_json_set_number(object, "rmse", row->rmse, NULL);
    crease_json_set_number(object, "max_error", row->max_error, NULL);
    crease_json_set_number(object, "near_kink_error", row->near_kink_error, no_kink(run));
    crease_json_set_number(object, "raw_max_error", row->raw_max_error,
                           row->value ? "it belongs to fits of a pseudo-inverse value"
                                      : "the fit leaves values that are no utility");
    crease_json_set_count(object, "hinges", row->hinges);
    json_object_set_new(object, "line", line_json(row->line, no_line));
    crease_json_set_number(object, "line_error", row->line_error, no_line);
    crease_json_set_number(object, "slope_left", row->slope_left, no_kink(run));
    crease_json_set_number(object, "slope_right", row->slope_right, no_kink(run));
    crease_json_set_number(object, "slope_ratio", row->slope_left / row->slope_right, no_kink(run));
    crease_json_set_number(object, "seconds", row->seconds, NULL);
    return object;
}

static json_t *model_json(const plane_run *run) {
    savings_plane_parameters p = run->plane.parameters;
    json_t *list = json_object();
    for (size_t i = 0; i < PARAMETERS; i++) {
        char key[24];
        snprintf(key, sizeof key, "%s", parameter_name[i]);
        for (char *at = key; *at; at++)
            *at = *at == '-' ? '_' : *at;
        if (parameter_model[i] == '*' || parameter_model[i] == savings_plane_model_name(run->model)[0])
            crease_json_set_number(list, key, *parameter(&p, i), NULL);
    }
    json_object_set_new(list, "assets", crease_json_numbers((const double[]){p.a_from, p.a_to}, 2));
    json_object_set_new(list, "incomes", crease_json_numbers((const double[]){p.y_from, p.y_to}, 2));
    return list;
}

/* The true line and the slopes in a on its two sides, at the middle of its way through the box. */
static json_t *kink_json(const plane_run *run) {
    const savings_plane *plane = &run->plane;
    double y = (plane->line_from + plane->line_to) / 2;
    double a = plane->line.slope * y + plane->line.intercept, left = NAN, right = NAN;
    json_t *object = line_json(plane->line, no_kink(run));
    if (run->rows > 0) {
        left = run->row[0].true_left;
        right = run->row[0].true_right;
    }
    crease_json_set_number(object, "a", a, no_kink(run));
    crease_json_set_number(object, "y", y, no_kink(run));
    crease_json_set_number(object, "slope_left", left, no_kink(run));
    crease_json_set_number(object, "slope_right", right, no_kink(run));
    crease_json_set_number(object, "ratio", left / right, no_kink(run));
    return object;
}

static int print_json(const plane_run *run) {
    json_t *object = crease_json_begin("savings-plane"), *rows = json_array();
    crease_json_set_text(object, "model", savings_plane_model_name(run->model));
    crease_json_set_text(object, "object", run->options.value ? "value" : "pinv");
    json_object_set_new(object, "parameters", model_json(run));
    json_object_set_new(object, "kink", kink_json(run));
    for (size_t i = 0; i < run->rows; i++)
        json_array_append_new(rows, row_json(run, &run->row[i]));
    json_object_set_new(object, "rows", rows);
    json_object_set_new(object, "interrupted", json_boolean(run->interrupted));
    crease_json_set_count(object, "seed", (size_t)run->app.seed);
    return crease_json_finish(&run->app, object);
}

static void print_rows(const plane_run *run, FILE *file) {
    static const char *const titles[] = {"network",    "free par.",   "rmse",        "max error",
                                         "near kink",  "line: slope", "at income 0", "line error",
                                         "slope left", "right"};
    crease_report *report = crease_report_new(sizeof titles / sizeof *titles, titles);
    for (size_t i = 0; i < run->rows; i++) {
        const savings_plane_row *row = &run->row[i];
        char spec[128];
        crease_net_spec(row->net, spec, sizeof spec);
        crease_report_text(report, "%s", spec);
        crease_report_count(report, row->n_free);
        const double cell[] = {row->rmse, row->max_error, row->near_kink_error};
        for (size_t j = 0; j < 3; j++)
            crease_report_number(report, cell[j], 2);
        crease_report_number(report, row->line.slope, 10);
        crease_report_number(report, row->line.intercept, 4);
        crease_report_number(report, row->line_error, 2);
        crease_report_number(report, row->slope_left, 6);
        crease_report_number(report, row->slope_right, 6);
    }
    crease_report_print(report, file);
    crease_report_free(report);
}

static int print_text(const plane_run *run) {
    const savings_plane *plane = &run->plane;
    bool to_stdout = crease_app_is_standard_output(run->output) || crease_app_is_standard_output(run->data);
    FILE *file = to_stdout ? stderr : stdout;
    fprintf(file, "%s of %s, a in [%g, %g], income in [%g, %g]\n",
            run->options.value ? "value" : "value in units of consumption",
            run->model == SAVINGS_PLANE_B ? "B (two periods, penalty rate)" : "C (default)",
            plane->parameters.a_from, plane->parameters.a_to, plane->parameters.y_from,
            plane->parameters.y_to);
    if (plane->line_from < plane->line_to && run->rows > 0)
        fprintf(file,
                "it bends on the line a = %.10g y + %.10g: slope in a %.6g on the left, %.6g on the right\n",
                plane->line.slope, plane->line.intercept, run->row[0].true_left, run->row[0].true_right);
    else
        fprintf(file, "%s\n", no_kink(run));
    print_rows(run, file);
    fputs("errors on 10,504 points the networks were not fitted to; near kink: within 5 % of the box; line "
          "error: "
          "largest difference in a inside the\nbox; slopes in a, .1 % of the box left and right of the true "
          "line\n",
          file);
    return crease_app_end(&run->app);
}

/* What the picture shows depends on whether the corner found the line. */
static const char *what_to_see(const plane_run *run) {
    const savings_plane_parameters *p = &run->plane.parameters;
    for (size_t i = 0; i < run->rows; i++)
        if (isfinite(run->row[i].line_error) && run->row[i].line_error > .01 * (p->a_to - p->a_from))
            return "the corner of the ReLU network is off the line: it is spent on the curvature of the "
                   "value; "
                   "--object pinv has none";
    return "the value bends along the line, where the ReLU network has its corner and a smooth network its "
           "largest "
           "errors";
}

static int draw(const plane_run *run) {
    crease_plot *plot;
    crease_error error;
    if (savings_plane_plot(&run->plane, run->row, run->rows, &plot, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    return crease_app_draw(&run->app, plot, run->app.plot, what_to_see(run));
}

int savings_plane_command(int argc, char **argv) {
    plane_run run = {0};
    crease_error error;
    read_options(&run, argc, argv);
    crease_app_catch_interrupt();
    crease_status status = work(&run, &error);
    int code = status != CREASE_OK ? crease_app_fail(&run.app, &error)
               : run.app.json      ? print_json(&run)
                                   : print_text(&run);
    if (code == CREASE_EXIT_OK && run.app.plot && run.rows > 0)
        code = draw(&run);
    if (code == CREASE_EXIT_OK && run.interrupted) {
        crease_app_note(&run.app, "interrupted: %zu of %zu fits are done", run.rows, run.net_count);
        code = CREASE_EXIT_INTERRUPTED;
    }
    for (size_t i = 0; i < run.rows; i++)
        savings_plane_row_clear(&run.row[i]);
    free(run.row);
    crease_app_list_free(run.net, run.net_count);
    return code;
}
