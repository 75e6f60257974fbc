/* Law, plant and box of the commands about the phase plane; the box is taken exactly as it is written. */
#include "arm/plane/plane_options.h"
#include "arm/network.h"
#include "arm/one_joint.h"
#include "crease/crease.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { KEY_INPUTS = 1100, KEY_REFERENCE, KEY_MODEL, KEY_PARAMETERS, KEY_GRAVITY, KEY_LIMIT, KEY_BOX };

static const struct argp_option options_of_plane[] = {
    {0, 0, 0, 0, "Law and plant:", 20},
    {"inputs", KEY_INPUTS, "LIST", 0,
     "what the network's inputs are: e, x, q or w (error, angle minus reference, angle, rate), such as e,w; "
     "else its own names for them say it",
     0},
    {"reference", KEY_REFERENCE, "RAD", 0, "wanted angle from hanging down (1.5)", 0},
    {"model", KEY_MODEL, "A|A2|B1", 0,
     "A: elbow of the PUMA 560 (default); A2: Spong's link 1; B1: pendulum of ARCH-COMP, angle from upright",
     0},
    {"parameters", KEY_PARAMETERS, "FILE.json", 0,
     "values for the model's parameters, as in 'crease arm step'", 0},
    {"gravity", KEY_GRAVITY, "0|1", 0, "0: the horizontal plane, exactly linear (default); 1", 0},
    {"limit", KEY_LIMIT, "N_M|model|inf", 0,
     "hold the torque within +-N_M or the model's limit, exactly, by two more ReLU units; inf: take the law "
     "as it is (regions: inf; prove: model)",
     0},
    {"box", KEY_BOX, "LO:HI,LO:HI", 0, "intervals of x = q - reference and of w (-3:3,-15:15)", 0},
    {0}};

static crease_number number_of(const crease_app *app, const char *option, const char *text) {
    crease_error error;
    crease_number number;
    if (crease_number_parse(text, &number, &error) != CREASE_OK)
        crease_app_usage_error(app, "%s: %s", option, error.message);
    return number;
}

void plane_options_box(const crease_app *app, const char *option, const char *text, crease_number low[2],
                       crease_number high[2]) {
    size_t count;
    char **list = crease_app_list(app, option, text, &count);
    if (count != 2)
        crease_app_usage_error(app, "%s takes two intervals, of x and of w, such as -3:3,-15:15", option);
    for (size_t i = 0; i < 2; i++) {
        char *colon = strchr(list[i], ':');
        if (!colon)
            crease_app_usage_error(app, "%s: '%s' is no interval; write LO:HI", option, list[i]);
        *colon = '\0';
        crease_number_clear(&low[i]);
        crease_number_clear(&high[i]);
        low[i] = number_of(app, option, list[i]);
        high[i] = number_of(app, option, colon + 1);
        double width = high[i].below - low[i].above;
        if (!(width > 0) || !(fmax(fabs(high[i].below), fabs(low[i].below)) <= 1e6))
            crease_app_usage_error(app, "%s: from %s to %s is no interval within +-1e6; write LO:HI", option,
                                   list[i], colon + 1);
    }
    crease_app_list_free(list, count);
}

double plane_options_nearest(const crease_number *number) {
    return number->below + (number->above - number->below) / 2;
}

static void set_limit(plane_options *options, const char *text) {
    options->limited = strcmp(text, "inf") != 0;
    options->limit = !options->limited || strcmp(text, "model") == 0
                         ? NAN
                         : crease_app_positive(options->app, "--limit", text);
}

static error_t parse(int key, char *text, struct argp_state *state) {
    plane_options *options = state->input;
    const crease_app *app = options->app;
    switch (key) {
    case KEY_INPUTS:
        options->inputs = text;
        return 0;
    case KEY_REFERENCE:
        options->reference = crease_app_number(app, "--reference", text);
        if (!(fabs(options->reference) <= 1000))
            crease_app_usage_error(app, "--reference takes an angle within +-1000 rad, not '%s'", text);
        return 0;
    case KEY_MODEL:
        options->model = text;
        return 0;
    case KEY_PARAMETERS:
        options->parameters = text;
        return 0;
    case KEY_GRAVITY:
        options->gravity = crease_app_switch(app, "--gravity", text);
        return 0;
    case KEY_LIMIT:
        set_limit(options, text);
        return 0;
    case KEY_BOX:
        plane_options_box(app, "--box", text, options->low, options->high);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp plane_argp = {.options = options_of_plane, .parser = parse};

plane_options plane_options_default(const crease_app *app, bool limited) {
    plane_options options = {.app = app, .reference = 1.5, .limited = limited, .limit = NAN};
    crease_number_parse("-3", &options.low[0], NULL);
    crease_number_parse("3", &options.high[0], NULL);
    crease_number_parse("-15", &options.low[1], NULL);
    crease_number_parse("15", &options.high[1], NULL);
    return options;
}

void plane_options_take_model(plane_options *options, const char *path) {
    if (options->path)
        crease_app_usage_error(options->app, "one controller is enough, '%s' is too many", path);
    options->path = path;
}

static crease_status load_net(plane_options *options, crease_error *error) {
    if (!options->path)
        return arm_plane_example_law(&options->net, error);
    size_t length = strlen(options->path);
    bool onnx = length > 5 && strcasecmp(options->path + length - 5, ".onnx") == 0;
    return (onnx ? crease_onnx_load : crease_net_load)(options->path, &options->net, error);
}

int plane_options_load(plane_options *options) {
    crease_error error;
    arm_network network;
    int code = arm_one_joint_plant(options->app, options->model, options->parameters, &options->plant);
    if (code)
        return code;
    if (!options->gravity)
        options->plant.gravity = 0;
    if (isnan(options->limit))
        options->limit = options->plant.torque_limit;
    options->limited = options->limited && options->limit < HUGE_VAL;
    crease_status status = load_net(options, &error);
    if (status == CREASE_OK && !crease_net_is_piecewise_linear(options->net))
        return crease_app_fail_text(options->app, CREASE_EXIT_USAGE,
                                    "%s has smooth units, and regions need straight pieces: relu, leaky, "
                                    "prelu or identity",
                                    plane_options_law_name(options));
    if (status == CREASE_OK)
        status = arm_network_bind(options->net, 1, options->inputs, &network, &error);
    if (status == CREASE_OK)
        status = arm_network_in_plane(&network, options->reference, &options->law, &error);
    if (status == CREASE_OK && options->limited) {
        crease_net *limited;
        status = arm_plane_limit_law(options->law, options->limit, &limited, &error);
        if (status == CREASE_OK) {
            crease_net_free(options->law);
            options->law = limited;
        }
    }
    return status == CREASE_OK ? 0 : crease_app_fail(options->app, &error);
}

void plane_options_clear(plane_options *options) {
    for (size_t i = 0; i < 2; i++) {
        crease_number_clear(&options->low[i]);
        crease_number_clear(&options->high[i]);
    }
    crease_net_free(options->net);
    crease_net_free(options->law);
    options->net = options->law = NULL;
}

const char *plane_options_law_name(const plane_options *options) {
    return options->path ? options->path : "the example law (data/kinked_law.json)";
}

void plane_options_json(const plane_options *options, json_t *object) {
    crease_json_set_text(object, "law", options->path ? options->path : "data/kinked_law.json");
    crease_json_set_text(object, "model", options->plant.name);
    crease_json_set_count(object, "gravity", options->gravity);
    crease_json_set_number(object, "reference_rad", options->reference, NULL);
    crease_json_set_number(object, "torque_limit_n_m", options->limited ? options->limit : NAN,
                           "the law is taken as it is");
    json_t *box = json_array();
    for (size_t i = 0; i < 2; i++)
        json_array_append_new(box, json_pack("[f, f]", plane_options_nearest(&options->low[i]),
                                             plane_options_nearest(&options->high[i])));
    json_object_set_new(object, "box", box);
}

void plane_options_describe(const plane_options *options, char *text, size_t size) {
    snprintf(text, size, "model %s, %s, reference %g rad", options->plant.name,
             options->gravity ? "with gravity" : "horizontal plane", options->reference);
}
