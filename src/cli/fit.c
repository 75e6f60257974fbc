/* crease fit: one network to the columns of a CSV file. Check, read, fit, then write the model, the trace and
 * the picture, and at last the summary or the JSON. */
#include "commands.h"
#include "pictures.h"
#include "regression.h"
#include "trace.h"
#include "training_picture.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_NET = 400, KEY_TRACE, KEY_TRACE_PLOT, KINKS_SHOWN = 20 };

typedef struct fit_run {
    crease_app app;
    regression regression;
    const char *spec, *trace_path, *trace_plot, *model_path;
    crease_net *net;
    char *normal_spec;
    size_t n_free;
    crease_fit_result result;
    trace_log trace;
    double test_rmse; /* NaN without test data */
    crease_kink *kinks;
    size_t kink_count;
    bool kinks_known;
    crease_error no_kinks; /* why, when not */
    bool interrupted;
} fit_run;

static const struct argp_option options[] = {
    {"net", KEY_NET, "SPEC", 0,
     "the network: ACT:WIDTH, sums with +, layers with /, e.g. affine+relu:2; relu:4x50 is 50 layers", 0},
    {"output", 'o', "MODEL.json", 0, "write the fitted network", 2},
    {"trace", KEY_TRACE, "FILE.csv", 0,
     "write every step: start,iteration,loss,gradient_norm,step_norm; of the first-order methods also the "
     "norms, the share of "
     "active units and the dead units of each layer",
     2},
    {"trace-plot", KEY_TRACE_PLOT, "FILE", 0, "draw the steps of the best start, as --plot does", 2},
    {0}};

static void check_outputs(const fit_run *run) {
    if (!run->spec)
        crease_app_usage_error(&run->app, "name the network: --net affine+relu:2");
    int on_stdout = run->app.json;
    const char *path[] = {run->model_path, run->trace_path, run->app.plot, run->trace_plot};
    for (size_t i = 0; i < sizeof path / sizeof *path; i++)
        on_stdout += path[i] && strcmp(path[i], "-") == 0;
    if (on_stdout > 1)
        crease_app_usage_error(
            &run->app, "only one of --json, -o -, --trace -, --plot - and --trace-plot - can have standard "
                       "output");
}

static error_t parse_fit(int key, char *argument, struct argp_state *state) {
    fit_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->regression;
        return 0;
    case KEY_NET:
        run->spec = argument;
        return 0;
    case 'o':
        run->model_path = argument;
        return 0;
    case KEY_TRACE:
        run->trace_path = argument;
        return 0;
    case KEY_TRACE_PLOT:
        run->trace_plot = argument;
        return 0;
    case ARGP_KEY_END:
        check_outputs(run);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int parse_net(fit_run *run) {
    crease_error error;
    if (crease_net_parse(run->spec, regression_inputs(&run->regression), 1, &run->net, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    size_t size = crease_net_spec(run->net, NULL, 0) + 1;
    run->normal_spec = malloc(size);
    if (!run->normal_spec)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERNAL, "out of memory for the network");
    crease_net_spec(run->net, run->normal_spec, size);
    run->n_free = crease_net_free_count(run->net);
    return 0;
}

static int prepare(fit_run *run) {
    int code = parse_net(run);
    if (code == 0)
        code = can_write(&run->app, run->model_path);
    if (code == 0)
        code = can_write(&run->app, run->trace_path);
    if (code == 0)
        code = can_write(&run->app, run->app.plot);
    if (code == 0)
        code = can_write(&run->app, run->trace_plot);
    if (code == 0)
        code = regression_load(&run->regression);
    if (code == 0)
        regression_warn_few_rows(&run->regression, run->normal_spec, run->n_free);
    return code;
}

static crease_status score_test(fit_run *run, crease_error *error) {
    run->test_rmse = NAN;
    if (!run->regression.test_path)
        return CREASE_OK;
    crease_score score;
    crease_status status = crease_net_score(run->net, &run->regression.test.data, &score, error);
    if (status == CREASE_OK)
        run->test_rmse = score.rmse;
    return status;
}

static crease_status find_kinks(fit_run *run, crease_error *error) {
    const crease_data *data = &run->regression.data.data;
    if (data->inputs != 1) {
        crease_fail(&run->no_kinks, CREASE_BAD_ARGUMENT,
                    "with several inputs a kink is a line or a surface, not a point");
        return CREASE_OK;
    }
    crease_status status = crease_fit_kinks(run->net, data, &run->kinks, &run->kink_count, &run->no_kinks);
    run->kinks_known = status == CREASE_OK;
    if (status == CREASE_OK || status == CREASE_BAD_ARGUMENT)
        return CREASE_OK;
    return crease_fail(error, status, "%s", run->no_kinks.message);
}

static int fit(fit_run *run) {
    crease_error error;
    crease_fit_options *fitting = &run->regression.fit;
    const crease_app_data *data = &run->regression.data;
    crease_progress progress = crease_progress_begin(&run->app, "fitting");
    crease_app_fit_options(&run->app, &progress, fitting);
    if (run->trace_path || run->trace_plot) {
        fitting->trace = trace_log_add;
        fitting->trace_context = &run->trace;
    }
    crease_app_catch_interrupt();
    crease_app_detail(&run->app, "fitting %s to %zu rows", run->normal_spec, data->data.n);
    crease_status status = crease_fit(run->net, &data->data, fitting, &run->result, &error);
    crease_progress_end(&progress);
    run->interrupted = crease_app_interrupted(NULL);
    if (status == CREASE_OK)
        status = crease_net_set_names(run->net, (const char *const *)data->input_name,
                                      (const char *const[]){data->output_name}, &error);
    if (status == CREASE_OK)
        status = score_test(run, &error);
    if (status == CREASE_OK)
        status = find_kinks(run, &error);
    return status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}

static const char *method_name(const crease_fit_result *result) {
    return result->searched ? "knots" : crease_method_name(result->method);
}

static int write_files(fit_run *run) {
    crease_error error;
    if (run->model_path && crease_net_save(run->net, run->model_path, &error) != CREASE_OK)
        return crease_app_fail_text(&run->app, crease_app_exit_code(error.status), "%s: %s", run->model_path,
                                    error.message);
    if (run->trace_path && trace_log_save(&run->trace, run->trace_path, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    int code = 0;
    if (run->trace_plot)
        code = draw_training(&run->app, run->net, method_name(&run->result), &run->trace,
                             run->result.best_start, run->trace_plot);
    if (run->app.plot && code == 0)
        code = draw_fit(&run->app, run->net, &run->regression.data, run->kinks, run->kink_count);
    return code;
}

static int print_json(const fit_run *run) {
    const crease_fit_result *result = &run->result;
    json_t *object = crease_json_begin("fit");
    crease_json_set_text(object, "net", run->normal_spec);
    crease_json_set_count(object, "n_params", run->net->parameter_count);
    crease_json_set_count(object, "n_free", run->n_free);
    crease_json_set_count(object, "n", run->regression.data.data.n);
    crease_json_set_number(object, "rmse", result->score.rmse, NULL);
    crease_json_set_number(object, "max_error", result->score.max_error, NULL);
    crease_json_set_number(object, "r2", result->score.r2, "the output is constant");
    crease_json_set_number(object, "test_rmse", run->test_rmse, "no --test file");
    crease_json_set_text(object, "method", method_name(result));
    crease_json_set_text(object, "stop", crease_stop_name(result->stop));
    crease_json_set_count(object, "iterations", result->iterations);
    crease_json_set_count(object, "starts", result->starts);
    crease_json_set_count(object, "best_start", result->best_start);
    crease_json_set_number(object, "hit_rate", result->hit_rate, NULL);
    crease_json_set_count(object, "dead_units", result->dead_units);
    crease_json_set_number(object, "seconds", result->seconds, NULL);
    if (run->kinks_known)
        json_object_set_new(object, "kinks", crease_json_kinks(run->kinks, run->kink_count));
    else
        crease_json_set_number(object, "kinks", NAN, run->no_kinks.message);
    crease_json_set_count(object, "seed", run->app.seed);
    return crease_json_finish(&run->app, object);
}

static void print_quality(const fit_run *run, FILE *file) {
    const crease_fit_result *result = &run->result;
    const crease_score *score = &result->score;
    fprintf(file, "net         %s, %zu parameters, %zu of them free\n", run->normal_spec,
            run->net->parameter_count, run->n_free);
    const size_t n = run->regression.data.data.n;
    fprintf(file, "data        %zu row%s of %s\n", n, n == 1 ? "" : "s", run->regression.data.table->source);
    fprintf(file, "rmse        %.6g\n", score->rmse);
    if (run->regression.test_path)
        fprintf(file, "test rmse   %.6g on %zu rows of %s\n", run->test_rmse, run->regression.test.data.n,
                run->regression.test.table->source);
    fprintf(file, "max error   %.6g\n", score->max_error);
    if (isnan(score->r2))
        fprintf(file, "r2          - (%s is constant)\n", run->regression.data.output_name);
    else
        fprintf(file, "r2          %.6g\n", score->r2);
}

static void print_optimiser(const fit_run *run, FILE *file) {
    const crease_fit_result *result = &run->result;
    double hits = result->hit_rate * (double)result->starts;
    fprintf(file, "optimiser   %s, seed %llu, %.2g s\n",
            result->searched ? "global search for the knots" : crease_method_name(result->method),
            (unsigned long long)run->app.seed, result->seconds);
    fprintf(file, "hit rate    %.0f of %zu start%s within 1 %% of the best\n", hits, result->starts,
            result->starts == 1 ? "" : "s");
    fprintf(file, "stop        %s after %zu iteration%s of start %zu\n", crease_stop_name(result->stop),
            result->iterations, result->iterations == 1 ? "" : "s", result->best_start);
    if (result->dead_units > 0)
        fprintf(file,
                "dead units  %zu of %zu: zero on every row, so they do nothing; use a smaller network, more "
                "--starts or --init auto\n",
                result->dead_units, crease_net_unit_count(run->net));
}

static double without_rounding(double slope, double steepest) {
    return fabs(slope) < 1e-13 * steepest ? 0 : slope;
}

static void print_kinks(const fit_run *run, FILE *file) {
    if (!run->kinks_known || run->kink_count == 0) {
        fprintf(file, "kinks       %s\n", run->kinks_known ? "none" : run->no_kinks.message);
        return;
    }
    fprintf(file, "\nkinks in %s\n", run->regression.data.input_name[0]);
    double steepest = 0; /* a slope of rounding size beside it is printed as 0 */
    for (size_t i = 0; i < run->kink_count; i++)
        steepest = fmax(steepest, fmax(fabs(run->kinks[i].slope_left), fabs(run->kinks[i].slope_right)));
    crease_report *report =
        crease_report_new(4, (const char *const[]){"at", "+- se", "slope left", "slope right"});
    for (size_t i = 0; i < run->kink_count && i < KINKS_SHOWN; i++) {
        crease_report_number(report, run->kinks[i].x, 7);
        crease_report_number(report, run->kinks[i].standard_error, 3);
        crease_report_number(report, without_rounding(run->kinks[i].slope_left, steepest), 5);
        crease_report_number(report, without_rounding(run->kinks[i].slope_right, steepest), 5);
    }
    crease_report_print(report, file);
    crease_report_free(report);
    if (run->kink_count > KINKS_SHOWN)
        fprintf(file, "... and %zu more, all in --json\n", run->kink_count - KINKS_SHOWN);
}

static int print_text(const fit_run *run) {
    const char *taken[] = {run->model_path, run->trace_path};
    FILE *file = stdout;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (taken[i] && strcmp(taken[i], "-") == 0)
            file = stderr; /* standard output holds a file */
    print_quality(run, file);
    print_optimiser(run, file);
    print_kinks(run, file);
    return crease_app_end(&run->app);
}

static int deliver(fit_run *run) {
    int code = write_files(run);
    int printed = run->app.json ? print_json(run) : print_text(run);
    if (code == 0)
        code = printed;
    return run->interrupted ? crease_app_end_interrupted(&run->app, code) : code;
}

int command_fit(int argc, char **argv) {
    static const char doc[] = "Fits one network to the columns of a CSV file and says where its kinks are.";
    static const char examples[] =
        "  build/bin/crease fit data/clip.csv -x e -y u --net affine+relu:2\n"
        "  build/bin/crease fit data/clip.csv -x e -y u --net relu:8/relu:8 --method adam --json "
        "--trace-plot "
        "build/training.svg\n"
        "  build/bin/crease fit data/clip.csv -x e -y u --net relu:3 -o build/clip.json --plot "
        "build/clip.svg\n";
    static const struct argp_child children[] = {{&regression_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = options, .parser = parse_fit, .args_doc = "DATA", .doc = doc, .children = children};
    fit_run run = {.app = {.name = "crease fit", .examples = examples}};
    run.regression.app = &run.app;
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    int code = prepare(&run);
    if (code == 0)
        code = fit(&run);
    if (code == 0)
        code = deliver(&run);
    free(run.kinks);
    free(run.normal_spec);
    trace_log_clear(&run.trace);
    crease_fit_result_clear(&run.result);
    regression_clear(&run.regression);
    crease_net_free(run.net);
    return code;
}
