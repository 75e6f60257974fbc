/* crease eval: the predictions of a fitted network, and on request their gradients in the inputs. */
#include "commands.h"
#include "model.h"
#include "regression.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_GRADIENT = 500 };

typedef struct eval_run {
    crease_app app;
    crease_app_data_options columns;
    const char *model_path, *output_path;
    bool gradient;
    crease_net *net;
    crease_work *work;
    crease_app_data data;
    crease_table *predictions;
} eval_run;

static const struct argp_option options[] = {
    {0, 'x', "COL[,COL..]", 0, "input columns (those the model was fitted to)", 1},
    {"gradient", KEY_GRADIENT, 0, 0, "add the columns dOUTPUT_dINPUT", 1},
    {"output", 'o', "FILE.csv", 0, "write there instead of standard output", 1},
    {0}};

static void take_argument(eval_run *run, const char *argument) {
    if (!run->model_path)
        run->model_path = argument;
    else if (!run->columns.path)
        run->columns.path = argument;
    else
        crease_app_usage_error(&run->app, "one model and one data file are enough, '%s' is too many",
                               argument);
}

static void check_complete(const eval_run *run) {
    if (!run->columns.path)
        crease_app_usage_error(&run->app, "name the %s",
                               run->model_path ? "CSV file with the inputs" : "model file and the CSV file");
    if (strcmp(run->model_path, "-") == 0 && strcmp(run->columns.path, "-") == 0)
        crease_app_usage_error(&run->app, "the model and the data cannot both be standard input");
    if (run->columns.weight)
        crease_app_usage_error(&run->app,
                               "--weight has no meaning here: predictions do not depend on weights");
    if (run->app.plot)
        crease_app_usage_error(&run->app,
                               "eval draws no picture; crease fit --plot draws the fitted network");
    if (run->app.json && crease_app_is_standard_output(run->output_path))
        crease_app_usage_error(&run->app, "--json and -o - both write to standard output");
}

static error_t parse_eval(int key, char *argument, struct argp_state *state) {
    eval_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->columns;
        return 0;
    case 'x':
        run->columns.x = argument;
        return 0;
    case KEY_GRADIENT:
        run->gradient = true;
        return 0;
    case 'o':
        run->output_path = argument;
        return 0;
    case ARGP_KEY_ARG:
        take_argument(run, argument);
        return 0;
    case ARGP_KEY_END:
        check_complete(run);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int load_model(eval_run *run) {
    crease_error error;
    crease_pwl *pwl;
    crease_status status = model_load(run->model_path, &run->net, &pwl, &error);
    if (status == CREASE_OK && pwl)
        status = crease_pwl_to_net(pwl, &run->net, &error);
    crease_pwl_free(pwl);
    if (status == CREASE_OK)
        status = crease_work_new(run->net, &run->work, &error);
    return status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}

/* -x, or the names that the model keeps; either must be as many as the model has inputs. */
static int choose_inputs(eval_run *run) {
    const crease_net *net = run->net;
    if (run->columns.x) {
        size_t count = 0;
        char **list = crease_app_list(&run->app, "-x", run->columns.x, &count);
        crease_app_list_free(list, count);
        if (count != net->inputs)
            return crease_app_fail_text(
                &run->app, CREASE_EXIT_USAGE, "-x names %zu column%s but %s has %zu input%s", count,
                count == 1 ? "" : "s", run->model_path, net->inputs, net->inputs == 1 ? "" : "s");
        return 0;
    }
    if (!net->input_name)
        return crease_app_fail_text(&run->app, CREASE_EXIT_USAGE,
                                    "%s does not keep the names of its %zu input%s; name the columns with -x",
                                    run->model_path, net->inputs, net->inputs == 1 ? "" : "s");
    run->columns.names = (const char *const *)net->input_name;
    run->columns.name_count = net->inputs;
    return 0;
}

static int load_data(eval_run *run) {
    crease_error error;
    if (crease_app_data_load(&run->app, &run->columns, &run->data, &error) == CREASE_OK)
        return 0;
    if (error.status == CREASE_BAD_DATA && !run->columns.x)
        return crease_app_fail_text(&run->app, CREASE_EXIT_DATA,
                                    "%s (the model was fitted to columns of these names; -x names others)",
                                    error.message);
    return crease_app_fail(&run->app, &error);
}

/* Name of an output in the model, else "y", or "y1", "y2", ... */
static void output_name(const crease_net *net, size_t k, char *name, size_t size) {
    if (net->output_name)
        snprintf(name, size, "%s", net->output_name[k]);
    else if (net->outputs == 1)
        snprintf(name, size, "y");
    else
        snprintf(name, size, "y%zu", k + 1);
}

static crease_status name_columns(const eval_run *run, crease_error *error) {
    const crease_net *net = run->net;
    crease_status status = CREASE_OK;
    for (size_t k = 0; k < net->outputs && status == CREASE_OK; k++) {
        char output[256], derivative[600];
        output_name(net, k, output, sizeof output);
        status = crease_table_set_name(run->predictions, k, output, error);
        for (size_t j = 0; run->gradient && j < net->inputs && status == CREASE_OK; j++) {
            snprintf(derivative, sizeof derivative, "d%s_d%.256s", output, run->data.input_name[j]);
            status = crease_table_set_name(run->predictions, net->outputs + k * net->inputs + j, derivative,
                                           error);
        }
    }
    return status;
}

/* Row by row, so that memory beyond the table does not grow with the data. y: outputs, slope: outputs x
 * inputs. */
static crease_status fill_columns(const eval_run *run, double *y, double *slope, crease_error *error) {
    const crease_net *net = run->net;
    const crease_data *data = &run->data.data;
    double **column = run->predictions->column;
    for (size_t i = 0; i < data->n; i++) {
        const double *x = data->x + i * data->inputs;
        if (run->gradient)
            crease_net_input_gradient(net, NULL, run->work, 1, x, y, slope);
        else
            crease_net_evaluate(net, NULL, run->work, 1, x, y);
        for (size_t k = 0; k < net->outputs; k++) {
            if (!isfinite(y[k]))
                return crease_fail(
                    error, CREASE_BAD_DATA,
                    "%s: the prediction of row %zu is beyond the range of numbers; its inputs are "
                    "far from the data of the model",
                    run->data.table->source, i + 1);
            column[k][i] = y[k];
        }
        for (size_t k = 0; run->gradient && k < net->outputs * net->inputs; k++)
            column[net->outputs + k][i] = slope[k];
    }
    return CREASE_OK;
}

static int predict(eval_run *run) {
    const crease_net *net = run->net;
    size_t slopes = net->outputs * net->inputs;
    crease_error error;
    crease_status status = CREASE_OK;
    double *y = calloc(net->outputs + slopes, sizeof *y);
    if (!y)
        status = crease_fail(&error, CREASE_NO_MEMORY, "out of memory for %zu outputs", net->outputs);
    if (status == CREASE_OK)
        status = crease_table_new(&run->predictions, run->data.data.n,
                                  net->outputs + (run->gradient ? slopes : 0), &error);
    if (status == CREASE_OK)
        status = name_columns(run, &error);
    if (status == CREASE_OK)
        status = fill_columns(run, y, y + net->outputs, &error);
    free(y);
    return status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}

static int print_json(const eval_run *run) {
    const crease_table *table = run->predictions;
    json_t *object = crease_json_begin("eval");
    json_t *columns = json_object();
    crease_json_set_count(object, "n", table->rows);
    for (size_t k = 0; k < table->columns; k++)
        json_object_set_new(columns, table->name[k], crease_json_numbers(table->column[k], table->rows));
    json_object_set_new(object, "columns", columns);
    return crease_json_finish(&run->app, object);
}

static int deliver(const eval_run *run) {
    crease_error error;
    const char *path = run->output_path ? run->output_path : run->app.json ? NULL : "-";
    if (path && crease_csv_save(path, run->predictions, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    return run->app.json ? print_json(run) : crease_app_end(&run->app);
}

int command_eval(int argc, char **argv) {
    static const char doc[] =
        "Prints the predictions of a network (.json or .onnx), or of a polyline that is given "
        "as .csv (see crease convert), for the rows of a CSV file, as CSV.";
    static const char examples[] =
        "  build/bin/crease fit data/clip.csv -x e -y u --net affine+relu:2 -o build/clip.json\n"
        "  build/bin/crease eval build/clip.json data/clip.csv --gradient -o build/predictions.csv\n"
        "  echo 0.1 | build/bin/crease eval build/clip.json - -x 1\n";
    static const struct argp_child children[] = {{&crease_app_data_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = options, .parser = parse_eval, .args_doc = "MODEL DATA", .doc = doc, .children = children};
    eval_run run = {.app = {.name = "crease eval", .examples = examples}};
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    int code = can_write(&run.app, run.output_path);
    if (code == 0)
        code = load_model(&run);
    if (code == 0)
        code = choose_inputs(&run);
    if (code == 0)
        code = load_data(&run);
    if (code == 0)
        code = predict(&run);
    if (code == 0)
        code = deliver(&run);
    crease_table_free(run.predictions);
    crease_app_data_clear(&run.data);
    crease_work_free(run.work);
    crease_net_free(run.net);
    return code;
}
