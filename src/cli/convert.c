/* crease convert: a model in another form, a network as .json or the polyline of a network of one variable as
 * .csv. */
#include "commands.h"
#include "crease/app.h"
#include "crease/crease.h"
#include "model.h"
#include "regression.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct convert_run {
    crease_app app;
    const char *model_path, *output_path;
    bool to_polyline;
    crease_net *net; /* both forms of the model, where both are wanted */
    crease_pwl *pwl;
    bool from_polyline;
    double difference, size; /* largest |net - polyline| at sampled places; range of the values there */
} convert_run;

static const struct argp_option options[] = {{0}};

static void take_argument(convert_run *run, const char *argument) {
    if (!run->model_path)
        run->model_path = argument;
    else if (!run->output_path)
        run->output_path = argument;
    else
        crease_app_usage_error(&run->app, "one model and one file to write are enough, '%s' is too many",
                               argument);
}

static void check_complete(const convert_run *run) {
    const crease_app *app = &run->app;
    if (!run->output_path)
        crease_app_usage_error(app, "name the %s",
                               run->model_path
                                   ? "file to write, OUT.json or OUT.csv"
                                   : "model (.json, or a polyline as .csv) and the file to write");
    static const char *const later[] = {".onnx", ".c"};
    for (size_t i = 0; i < 2; i++) {
        const char *path = model_path_ends(run->model_path, later[i])    ? run->model_path
                           : model_path_ends(run->output_path, later[i]) ? run->output_path
                                                                         : NULL;
        if (path)
            crease_app_usage_error(app, "%s: this version reads and writes .json and .csv, not ONNX or C",
                                   path);
    }
    if (strcmp(run->output_path, "-") != 0 && !model_path_ends(run->output_path, ".json") &&
        !model_path_ends(run->output_path, ".csv"))
        crease_app_usage_error(app, "%s: the ending says what to write, .json a network or .csv a polyline",
                               run->output_path);
    if (app->plot)
        crease_app_usage_error(app, "convert draws no picture; crease fit --plot draws a fitted network");
    if (app->json && strcmp(run->output_path, "-") == 0)
        crease_app_usage_error(app, "--json and the output - both write to standard output");
}

static error_t parse_convert(int key, char *argument, struct argp_state *state) {
    convert_run *run = state->input;
    switch (key) {
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

static int load(convert_run *run) {
    crease_error error;
    if (model_load(run->model_path, &run->net, &run->pwl, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    run->from_polyline = run->pwl != NULL;
    run->to_polyline =
        strcmp(run->output_path, "-") == 0 ? !run->from_polyline : model_path_ends(run->output_path, ".csv");
    return 0;
}

static int convert(convert_run *run) {
    crease_error error;
    crease_status status = CREASE_OK;
    if (run->to_polyline && !run->pwl)
        status = crease_pwl_from_net(run->net, &run->pwl, &error);
    else if (!run->to_polyline && !run->net)
        status = crease_pwl_to_net(run->pwl, &run->net, &error);
    if (status == CREASE_OK)
        return 0;
    return crease_app_fail_text(&run->app, crease_app_exit_code(status), "%s: %s",
                                strcmp(run->model_path, "-") == 0 ? "standard input" : run->model_path,
                                error.message);
}

/* Places at knots, between them and beyond: even ones left of knot i/2, or right of the last, odd ones knots. */
static double sample_place(const crease_pwl *pwl, size_t i) {
    size_t k = pwl->knot_count, at = i / 2;
    double range = k > 1 ? pwl->x[k - 1] - pwl->x[0] : 1;
    if (k == 0)
        return 0;
    if (i % 2)
        return pwl->x[at];
    if (at == 0)
        return pwl->x[0] - range;
    if (at == k)
        return pwl->x[k - 1] + range;
    return pwl->x[at - 1] + (pwl->x[at] - pwl->x[at - 1]) / 2;
}

/* Up to about a thousand places, a few at a time: an evaluation takes as long as the net has units. */
static int compare(convert_run *run) {
    enum { places = 1000, together = 8 };
    crease_error error;
    crease_work *work;
    if (crease_work_new(run->net, &work, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    size_t count = 2 * run->pwl->knot_count + 1, step = count > places ? count / places : 1;
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < count;) {
        double x[together], from_net[together];
        size_t n = 0;
        for (; n < together && i < count; i += step)
            x[n++] = sample_place(run->pwl, i);
        crease_net_evaluate(run->net, NULL, work, n, x, from_net);
        for (size_t j = 0; j < n; j++) {
            double from_pwl = crease_pwl_evaluate(run->pwl, x[j]);
            run->difference = fmax(run->difference, fabs(from_net[j] - from_pwl));
            least = fmin(least, from_pwl);
            most = fmax(most, from_pwl);
        }
    }
    run->size = most - least;
    crease_work_free(work);
    return 0;
}

static int save(convert_run *run) {
    crease_error error;
    crease_status status = run->to_polyline ? crease_pwl_save(run->pwl, run->output_path, &error)
                                            : crease_net_save(run->net, run->output_path, &error);
    return status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}

static int report(const convert_run *run) {
    const crease_app *app = &run->app;
    bool both = run->net && run->pwl;
    size_t size = run->net ? crease_net_spec(run->net, NULL, 0) + 1 : 1;
    char *spec = calloc(size, 1);
    if (!spec)
        return crease_app_fail_text(app, CREASE_EXIT_INTERNAL, "out of memory for the name of a network");
    if (run->net)
        crease_net_spec(run->net, spec, size);
    if (both)
        crease_app_detail(app,
                          "%s and its polyline with %zu knot%s differ by at most %.2g where the values range "
                          "over %.2g",
                          spec, run->pwl->knot_count, run->pwl->knot_count == 1 ? "" : "s", run->difference,
                          run->size);
    else
        crease_app_detail(app, "the model is written as it was read");
    if (!app->json) {
        free(spec);
        return crease_app_end(app);
    }
    json_t *object = crease_json_begin("convert");
    crease_json_set_text(object, "model", run->model_path);
    crease_json_set_text(object, "output", run->output_path);
    crease_json_set_text(object, "net", run->net ? spec : NULL);
    json_object_set_new(object, "knots",
                        run->pwl ? json_integer((json_int_t)run->pwl->knot_count) : json_null());
    crease_json_set_number(object, "max_difference", both ? run->difference : 0, NULL);
    crease_json_set_number(object, "value_range", both ? run->size : NAN,
                           "the form of the model stays the same");
    free(spec);
    return crease_json_finish(app, object);
}

int command_convert(int argc, char **argv) {
    static const char doc[] =
        "Writes a model in another form: a network as .json, or the polyline of a network with one input and "
        "straight pieces as .csv, with columns x and y: a row for each knot, and a first and a last row on "
        "the end "
        "pieces, which continue straight. A model - is read from standard input, and an output - writes the "
        "other "
        "form to standard output.";
    static const char examples[] =
        "  build/bin/crease fit data/clip.csv -x e -y u --net affine+relu:2 -o build/clip.json\n"
        "  build/bin/crease convert build/clip.json build/clip_knots.csv\n"
        "  printf 'x,y\\n-10,0\\n20,2000\\n150,0\\n160,0\\n' | build/bin/crease convert - "
        "build/triangle.json\n";
    static const struct argp argp = {
        .options = options, .parser = parse_convert, .args_doc = "MODEL OUT.{json,csv}", .doc = doc};
    convert_run run = {.app = {.name = "crease convert", .examples = examples}};
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    int code = can_write(&run.app, run.output_path);
    if (code == 0)
        code = load(&run);
    if (code == 0)
        code = convert(&run);
    if (code == 0 && run.net && run.pwl && (run.app.json || run.app.verbose))
        code = compare(&run);
    if (code == 0)
        code = save(&run);
    if (code == 0)
        code = report(&run);
    crease_pwl_free(run.pwl);
    crease_net_free(run.net);
    return code;
}
