/* crease convert: a model in another form: a network as .json, .onnx or .c, or the polyline of a network of one
 * variable as .csv. */
#include "commands.h"
#include "crease/app.h"
#include "crease/crease.h"
#include "model.h"
#include "proved.h"
#include "regression.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_FLOAT32 = 500, KEY_PROVED, KEY_PROOF };

typedef enum form { FORM_JSON, FORM_POLYLINE, FORM_ONNX, FORM_C } form;

typedef struct convert_run {
    crease_app app;
    const char *model_path, *output_path;
    const char *proved_path, *proof_path;
    bool single; /* --float32 */
    form to;
    crease_net *net; /* both forms of the model, where both are wanted */
    crease_pwl *pwl;
    bool from_polyline;
    proved proved;
    double difference,
        size; /* largest |net - what was written| at sampled places; range of the values there */
    bool compared;
} convert_run;

static const struct argp_option options[] = {
    {"float32", KEY_FLOAT32, 0, 0, "round the weights of OUT.onnx to single precision", 1},
    {"proved", KEY_PROVED, "SPEC.vnnlib", 0,
     "say in OUT.c that the network does not violate this specification; needs --proof", 1},
    {"proof", KEY_PROOF, "FILE", 0, "the proof that crease verify --proof wrote; it is checked first", 1},
    {0}};

static void take_argument(convert_run *run, const char *argument) {
    if (!run->model_path)
        run->model_path = argument;
    else if (!run->output_path)
        run->output_path = argument;
    else
        crease_app_usage_error(&run->app, "one model and one file to write are enough, '%s' is too many",
                               argument);
}

/* What the ending of the output says; of "-" it is known once the model was read. */
static bool find_form(const char *path, form *to) {
    static const struct {
        const char *ending;
        form form;
    } known[] = {{".json", FORM_JSON}, {".csv", FORM_POLYLINE}, {".onnx", FORM_ONNX}, {".c", FORM_C}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (model_path_ends(path, known[i].ending)) {
            *to = known[i].form;
            return true;
        }
    return strcmp(path, "-") == 0;
}

static void check_options(const convert_run *run) {
    const crease_app *app = &run->app;
    bool input = strcmp(run->output_path, "-") == 0;
    if (run->single && (input || run->to != FORM_ONNX))
        crease_app_usage_error(app, "--float32 is for OUT.onnx; the other forms keep all digits");
    if ((run->proved_path != NULL) != (run->proof_path != NULL))
        crease_app_usage_error(app, "--proved SPEC.vnnlib and --proof FILE go together: %s is missing",
                               run->proved_path ? "--proof" : "--proved");
    if (run->proved_path && (input || run->to != FORM_C))
        crease_app_usage_error(app, "--proved is for OUT.c, whose first comment says what was proved");
    if (run->proved_path && (strcmp(run->proved_path, "-") == 0 || strcmp(run->proof_path, "-") == 0))
        crease_app_usage_error(app, "--proved and --proof need files, not standard input");
}

static void check_complete(convert_run *run) {
    const crease_app *app = &run->app;
    if (!run->output_path)
        crease_app_usage_error(app, "name the %s",
                               run->model_path
                                   ? "file to write, OUT.json, OUT.csv, OUT.onnx or OUT.c"
                                   : "model (.json, .onnx, or a polyline as .csv) and the file to write");
    if (model_path_ends(run->model_path, ".c"))
        crease_app_usage_error(app, "%s: C is written, not read", run->model_path);
    if (!find_form(run->output_path, &run->to))
        crease_app_usage_error(
            app, "%s: the ending says what to write, .json, .onnx or .c a network or .csv a polyline",
            run->output_path);
    check_options(run);
    if (app->plot)
        crease_app_usage_error(app, "convert draws no picture; crease fit --plot draws a fitted network");
    if (app->json && strcmp(run->output_path, "-") == 0)
        crease_app_usage_error(app, "--json and the output - both write to standard output");
}

static error_t parse_convert(int key, char *argument, struct argp_state *state) {
    convert_run *run = state->input;
    switch (key) {
    case KEY_FLOAT32:
        run->single = true;
        return 0;
    case KEY_PROVED:
        run->proved_path = argument;
        return 0;
    case KEY_PROOF:
        run->proof_path = argument;
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

static int load(convert_run *run) {
    crease_error error;
    if (model_load(run->model_path, &run->net, &run->pwl, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    run->from_polyline = run->pwl != NULL;
    if (strcmp(run->output_path, "-") == 0)
        run->to = run->from_polyline ? FORM_JSON : FORM_POLYLINE;
    return 0;
}

static int fail_of_model(const convert_run *run, const crease_error *error) {
    return crease_app_fail_text(&run->app, crease_app_exit_code(error->status), "%s: %s",
                                strcmp(run->model_path, "-") == 0 ? "standard input" : run->model_path,
                                error->message);
}

static int convert(convert_run *run) {
    crease_error error;
    crease_status status = CREASE_OK;
    if (run->to == FORM_POLYLINE && !run->pwl)
        status = crease_pwl_from_net(run->net, &run->pwl, &error);
    else if (run->to != FORM_POLYLINE && !run->net)
        status = crease_pwl_to_net(run->pwl, &run->net, &error);
    return status == CREASE_OK ? 0 : fail_of_model(run, &error);
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
    run->compared = true;
    crease_work_free(work);
    return 0;
}

/* What rounding to float32 did, at points around the data that the network was fitted to. */
static int compare_single(convert_run *run) {
    enum { places = 200 };
    crease_error error;
    const crease_net *net = run->net;
    crease_net *back = NULL;
    crease_work *work = NULL, *back_work = NULL;
    gsl_rng *rng = crease_random_new(1, 0);
    double *memory = calloc(net->inputs + 2 * net->outputs, sizeof *memory), least = INFINITY,
           most = -INFINITY;
    crease_status status = crease_onnx_load(run->output_path, &back, &error);
    if (status == CREASE_OK)
        status = crease_work_new(net, &work, &error);
    if (status == CREASE_OK)
        status = crease_work_new(back, &back_work, &error);
    if (status == CREASE_OK && (!memory || !rng))
        status = crease_fail(&error, CREASE_NO_MEMORY, "out of memory for %zu inputs", net->inputs);
    for (size_t i = 0; i < places && status == CREASE_OK; i++) {
        double *x = memory, *y = x + net->inputs, *y_back = y + net->outputs;
        for (size_t k = 0; k < net->inputs; k++)
            x[k] = net->input_shift[k] + net->input_scale[k] * (4 * gsl_rng_uniform(rng) - 2);
        crease_net_evaluate(net, NULL, work, 1, x, y);
        crease_net_evaluate(back, NULL, back_work, 1, x, y_back);
        for (size_t k = 0; k < net->outputs; k++) {
            run->difference = fmax(run->difference, fabs(y[k] - y_back[k]));
            least = fmin(least, y[k]);
            most = fmax(most, y[k]);
        }
    }
    run->size = most - least;
    run->compared = true;
    crease_work_free(work);
    crease_work_free(back_work);
    crease_net_free(back);
    if (rng)
        gsl_rng_free(rng);
    free(memory);
    return status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}

static int save(convert_run *run) {
    crease_error error;
    crease_status status = CREASE_OK;
    const char *proof = run->proof_path ? strrchr(run->proof_path, '/') : NULL;
    const crease_c_source source = {
        .statement = run->proved_path ? run->proved.statement : NULL,
        .proof_name = proof ? proof + 1 : run->proof_path,
        .proof_digest = run->proved_path ? run->proved.digest : NULL,
    };
    switch (run->to) {
    case FORM_JSON:
        status = crease_net_save(run->net, run->output_path, &error);
        break;
    case FORM_POLYLINE:
        status = crease_pwl_save(run->pwl, run->output_path, &error);
        break;
    case FORM_ONNX:
        status = crease_onnx_save(run->net, run->output_path,
                                  run->single ? CREASE_ONNX_FLOAT : CREASE_ONNX_DOUBLE, &error);
        break;
    case FORM_C:
        status = crease_c_source_save(run->net, run->output_path, &source, &error);
        break;
    }
    if (status == CREASE_BAD_ARGUMENT)
        return fail_of_model(run, &error);
    return status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}

static void print_details(const convert_run *run, const char *spec) {
    const crease_app *app = &run->app;
    if (run->single)
        crease_app_detail(app, "%s in float32 differs by at most %.2g where the values range over %.2g", spec,
                          run->difference, run->size);
    else if (run->net && run->pwl)
        crease_app_detail(app,
                          "%s and its polyline with %zu knot%s differ by at most %.2g where the values range "
                          "over %.2g",
                          spec, run->pwl->knot_count, run->pwl->knot_count == 1 ? "" : "s", run->difference,
                          run->size);
    else
        crease_app_detail(app, "the model is written as it was read");
    if (run->proved_path)
        crease_app_detail(app, "the proof %s holds: %zu %s checked", run->proof_path, run->proved.leaves,
                          run->proved.leaves == 1 ? "leaf" : "leaves");
}

static int report(const convert_run *run) {
    const crease_app *app = &run->app;
    size_t size = run->net ? crease_net_spec(run->net, NULL, 0) + 1 : 1;
    char *spec = calloc(size, 1);
    if (!spec)
        return crease_app_fail_text(app, CREASE_EXIT_INTERNAL, "out of memory for the name of a network");
    if (run->net)
        crease_net_spec(run->net, spec, size);
    print_details(run, spec);
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
    crease_json_set_number(object, "max_difference", run->compared ? run->difference : 0, NULL);
    crease_json_set_number(object, "value_range", run->compared ? run->size : NAN,
                           "the form of the model stays the same");
    if (run->proved_path)
        crease_json_set_text(object, "proof_sha256", run->proved.digest);
    free(spec);
    return crease_json_finish(app, object);
}

int command_convert(int argc, char **argv) {
    static const char doc[] = "Writes a model in another form: a network as .json, .onnx or .c, or the "
                              "polyline of a network with one "
                              "input and straight pieces as .csv, with columns x and y: a row for each knot, "
                              "and a first and a last row "
                              "on the end pieces, which continue straight. ONNX networks are read where they "
                              "are chains of layers. C is one "
                              "file without dependencies, with a self-test. A model - is read from standard "
                              "input, "
                              "and an output - writes the other form to standard output.";
    static const char examples[] =
        "  printf 'x,y\\n-10,0\\n20,2000\\n150,0\\n160,0\\n' | build/bin/crease convert - "
        "build/triangle.json\n"
        "  build/bin/crease convert build/triangle.json build/triangle.onnx --float32\n"
        "  build/bin/crease convert build/triangle.json build/triangle.c && cc -DTRIANGLE_SELF_TEST "
        "build/triangle.c -lm -o build/triangle && build/triangle\n";
    static const struct argp argp = {
        .options = options, .parser = parse_convert, .args_doc = "MODEL OUT.{json,csv,onnx,c}", .doc = doc};
    convert_run run = {.app = {.name = "crease convert", .examples = examples}};
    crease_app_parse(&run.app, &argp, argc, argv, &run);
    int code = can_write(&run.app, run.output_path);
    if (code == 0)
        code = load(&run);
    if (code == 0)
        code = convert(&run);
    bool tells = run.app.json || run.app.verbose;
    if (code == 0 && run.net && run.pwl && tells)
        code = compare(&run);
    if (code == 0 && run.proved_path)
        code = proved_read(&run.app, run.net, run.proved_path, run.proof_path, &run.proved);
    if (code == 0)
        code = save(&run);
    if (code == 0 && run.single && tells)
        code = compare_single(&run);
    if (code == 0)
        code = report(&run);
    free(run.proved.statement);
    crease_pwl_free(run.pwl);
    crease_net_free(run.net);
    return code;
}
