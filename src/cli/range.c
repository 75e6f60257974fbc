/* crease range: smallest and largest outputs of a network over a box. */
#include "commands.h"
#include "regions_box.h"
#include <math.h>
#include <string.h>

enum { KEY_BOX = 1000, KEY_OUTPUT, KEY_GAP, KEY_TIMEOUT };

typedef struct range_run {
    crease_app app;
    const char *model_path, *output_text;
    exact_box box;
    double gap, timeout;
    crease_net *net;
    crease_range_result result;
} range_run;

static const struct argp_option options[] = {
    {"box", KEY_BOX, "LO:HI,..", 0, "an interval for each input, or one value", 1},
    {"output", KEY_OUTPUT, "I", 0, "only this output, 1-based (all)", 1},
    {"gap", KEY_GAP, "G", 0, "stop when bound and value differ by G max(1, |value|) (1e-6)", 1},
    {"timeout", KEY_TIMEOUT, "S", 0, "give up after S seconds", 1},
    {0}};

static void check_complete(const range_run *run) {
    const crease_app *app = &run->app;
    exact_model_require(app, run->model_path);
    if (!run->box.count)
        crease_app_usage_error(app, "say where: --box LO:HI,LO:HI, an interval for each input");
    if (app->plot)
        crease_app_usage_error(app,
                               "range draws no picture; crease regions --plot draws the function itself");
}

static error_t parse_range(int key, char *argument, struct argp_state *state) {
    range_run *run = state->input;
    const crease_app *app = &run->app;
    switch (key) {
    case KEY_BOX:
        exact_box_take(app, "--box", argument, &run->box);
        return 0;
    case KEY_OUTPUT:
        run->output_text = argument;
        return 0;
    case KEY_GAP:
        run->gap = crease_app_positive(app, "--gap", argument);
        return 0;
    case KEY_TIMEOUT:
        run->timeout = crease_app_positive(app, "--timeout", argument);
        return 0;
    case ARGP_KEY_ARG:
        exact_model_take(app, argument, &run->model_path);
        return 0;
    case ARGP_KEY_END:
        check_complete(run);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int find_range(range_run *run) {
    crease_error error;
    size_t output = 0;
    if (run->output_text)
        output = exact_index(&run->app, "--output", run->output_text, run->net->outputs, "output");
    crease_progress progress = crease_progress_begin(&run->app, "extremes");
    crease_range_options range_options = {.gap = run->gap,
                                          .timeout = run->timeout,
                                          .threads = run->app.threads,
                                          .interrupted = crease_app_interrupted,
                                          .progress = crease_progress_update,
                                          .context = &progress};
    crease_app_catch_interrupt();
    crease_status status =
        crease_range(run->net, run->box.lower, run->box.upper, run->output_text ? &output : NULL, 1,
                     &range_options, &run->result, &error);
    crease_progress_end(&progress);
    return status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}

static bool all_certified(const range_run *run) {
    for (size_t i = 0; i < run->result.count; i++)
        if (!run->result.min[i].certified || !run->result.max[i].certified)
            return false;
    return true;
}

/* ---- JSON ---- */

static const char too_large[] = "it is beyond the range of doubles";

static void add_output(const range_run *run, size_t i, json_t *object) {
    const crease_extreme *min = &run->result.min[i], *max = &run->result.max[i];
    const char *why = min->why ? min->why : max->why;
    size_t d = run->result.inputs;
    crease_json_set_number(object, "min", min->value, too_large);
    crease_json_set_number(object, "max", max->value, too_large);
    json_object_set_new(object, "argmin", crease_json_numbers(min->where, d));
    json_object_set_new(object, "argmax", crease_json_numbers(max->where, d));
    crease_json_set_number(object, "min_bound", min->bound, "no bound was found in this time");
    crease_json_set_number(object, "max_bound", max->bound, "no bound was found in this time");
    crease_json_set_number(object, "gap", fmax(min->gap, max->gap), "no bound was found in this time");
    json_object_set_new(object, "exact", json_boolean(min->exact && max->exact));
    json_object_set_new(object, "certified", json_boolean(min->certified && max->certified));
    if (why)
        crease_json_set_text(object, "stop", why);
}

static int print_json(const range_run *run) {
    json_t *object = crease_json_begin("range"), *list = json_array();
    char name[256];
    if (run->result.count == 1)
        add_output(run, 0, object);
    else
        json_object_set_new(object, "certified", json_boolean(all_certified(run)));
    for (size_t i = 0; i < run->result.count; i++) {
        json_t *one = json_object();
        exact_output_name(run->net, run->result.output[i], name, sizeof name);
        crease_json_set_count(one, "output", run->result.output[i] + 1);
        crease_json_set_text(one, "name", name);
        add_output(run, i, one);
        json_array_append_new(list, one);
    }
    json_object_set_new(object, "outputs", list);
    crease_json_set_text(object, "method", run->result.by_regions ? "regions" : "branch_and_bound");
    crease_json_set_count(object, "nodes", run->result.nodes);
    crease_json_set_number(object, "seconds", run->result.seconds, NULL);
    return crease_json_finish(&run->app, object);
}

/* ---- text ---- */

static void place_text(const crease_extreme *extreme, size_t inputs, char *text, size_t size) {
    size_t used = 0;
    for (size_t j = 0; j < inputs && j < 8 && used < size; j++)
        used += (size_t)snprintf(text + used, size - used, "%s%.8g", j ? ", " : "", extreme->where[j]);
    if (inputs > 8 && used < size)
        snprintf(text + used, size - used, ", ..");
}

static void add_row(const range_run *run, crease_report *report, size_t i, bool largest) {
    const crease_extreme *extreme = largest ? &run->result.max[i] : &run->result.min[i];
    char name[256], text[300];
    exact_output_name(run->net, run->result.output[i], name, sizeof name);
    place_text(extreme, run->result.inputs, text, sizeof text);
    crease_report_text(report, "%s %s", largest ? "largest" : "smallest", name);
    crease_report_number(report, extreme->value, 10);
    crease_report_text(report, "(%s)", text);
    crease_report_number(report, extreme->bound, 10);
    crease_report_text(report, "%s", extreme->exact ? "exact" : extreme->certified ? "yes" : extreme->why);
}

static int print_text(const range_run *run) {
    static const char *const titles[] = {"", "value", "at", "bound", "certified"};
    crease_report *report = crease_report_new(5, titles);
    for (size_t i = 0; i < run->result.count; i++) {
        add_row(run, report, i, false);
        add_row(run, report, i, true);
    }
    crease_report_print(report, stdout);
    crease_report_free(report);
    if (run->result.by_regions)
        printf("from the corners of all %zu linear regions\n", run->result.nodes);
    else
        printf("by branch and bound, %zu boxes, %.3g s; no value is beyond the bounds\n", run->result.nodes,
               run->result.seconds);
    return crease_app_end(&run->app);
}

static int deliver(const range_run *run) {
    int code = run->app.json ? print_json(run) : print_text(run);
    if (run->result.interrupted)
        return crease_app_end_interrupted(&run->app, code);
    return code == 0 && !all_certified(run) ? CREASE_EXIT_UNDECIDED : code;
}

int command_range(int argc, char **argv) {
    static const char doc[] =
        "Finds the smallest and the largest value of each output of a network over a box, with points that "
        "attain them and bounds that no value passes: exactly where one or two inputs vary, else by branch "
        "and "
        "bound to a gap. Smooth networks are bounded too. Exit code 2 when the gap is not reached in time.";
    static const char examples[] = "  build/bin/crease range data/torque.json --box=-2:2,-4:4\n"
                                   "  build/bin/crease range data/torque.json --box=0:0.1,-1/3 --json\n"
                                   "  build/bin/crease range data/value_a.csv --box 1:2 --gap 1e-9\n";
    static const struct argp argp = {
        .options = options, .parser = parse_range, .args_doc = "MODEL", .doc = doc};
    range_run run = {.app = {.name = "crease range", .examples = examples}};
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    int code = exact_model_load(&run.app, run.model_path, &run.net);
    if (code == 0)
        code = exact_box_must_fit(&run.app, "--box", &run.box, run.model_path, run.net);
    if (code == 0)
        code = find_range(&run);
    if (code == 0)
        code = deliver(&run);
    crease_range_result_clear(&run.result);
    crease_net_free(run.net);
    exact_box_clear(&run.box);
    return code;
}
