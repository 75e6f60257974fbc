/* Options of the first-order methods, and which method has which. */
#include "first_order.h"
#include <string.h>

enum {
    KEY_LEARNING_RATE = 500,
    KEY_EPOCHS,
    KEY_BATCH,
    KEY_WEIGHT_DECAY,
    KEY_MOMENTUM,
    KEY_DECAY,
    KEY_DECAY_FIRST,
    KEY_EPSILON,
    KEY_BIAS_CORRECTION,
    KEY_BIAS_WARMING
};

static const struct argp_option options[] = {
    {0, 0, 0, 0, "The first-order methods adam, rmsprop, momentum and sgd:", 11},
    {"learning-rate", KEY_LEARNING_RATE, "R", 0, "adam, rmsprop .01; sgd .1; momentum .05", 0},
    {"epochs", KEY_EPOCHS, "N", 0, "times over the rows (2000)", 0},
    {"batch", KEY_BATCH, "ROWS", 0, "rows a step (all)", 0},
    {"weight-decay", KEY_WEIGHT_DECAY, "D", 0, "decoupled, weights only: each shrinks by R D a step (0)", 0},
    {"momentum", KEY_MOMENTUM, "MU", 0, "of momentum (.9)", 0},
    {"decay", KEY_DECAY, "RHO", 0, "of the mean square of the gradient: rmsprop .99, adam .999", 0},
    {"decay-first", KEY_DECAY_FIRST, "BETA", 0, "of the mean gradient of adam (.9)", 0},
    {"epsilon", KEY_EPSILON, "E", 0, "beside the root mean square of adam and rmsprop (1e-8)", 0},
    {"bias-correction", KEY_BIAS_CORRECTION, "0|1", 0,
     "divide the means by 1 - decay^t, as they start at 0 (adam 1, rmsprop 0)", 0},
    {"bias-warming", KEY_BIAS_WARMING, "G,STEPS", 0,
     "add a shift to every hidden pre-activation that falls from G to 0 in so many steps", 0},
    {0}};

#define METHOD(name) (1u << CREASE_METHOD_##name)
static const unsigned every_method = METHOD(ADAM) | METHOD(RMSPROP) | METHOD(MOMENTUM) | METHOD(SGD);

static const struct {
    const char *option;
    unsigned methods;
} belongs[] = {
    {"--learning-rate", every_method},
    {"--epochs", every_method},
    {"--batch", every_method},
    {"--weight-decay", every_method},
    {"--momentum", METHOD(MOMENTUM)},
    {"--decay", METHOD(ADAM) | METHOD(RMSPROP)},
    {"--decay-first", METHOD(ADAM)},
    {"--epsilon", METHOD(ADAM) | METHOD(RMSPROP)},
    {"--bias-correction", METHOD(ADAM) | METHOD(RMSPROP)},
    {"--bias-warming", every_method},
};

/* 0 stands for the default, so it cannot be asked for: `instead` says what is the same. */
static double between_0_and_1(const first_order *f, const char *option, const char *text,
                              const char *instead) {
    double value = crease_app_number(f->app, option, text);
    if (!(value > 0 && value < 1))
        crease_app_usage_error(f->app, "%s takes a number above 0 and below 1, not '%s'%s", option, text,
                               value == 0 ? instead : "");
    return value;
}

static void parse_warming(first_order *f, const char *text) {
    size_t count;
    char **list = crease_app_list(f->app, "--bias-warming", text, &count);
    if (count != 2)
        crease_app_usage_error(f->app,
                               "--bias-warming takes a height and a number of steps, such as 3,500, "
                               "not '%s'",
                               text);
    f->warming.height = crease_app_number(f->app, "--bias-warming", list[0]);
    f->warming.steps = crease_app_count(f->app, "--bias-warming", list[1], 1);
    f->fit->bias_shift = crease_bias_warming_shift;
    f->fit->bias_shift_context = &f->warming;
    crease_app_list_free(list, count);
}

static error_t parse_means(first_order *f, int key, const char *argument) {
    crease_fit_options *fit = f->fit;
    switch (key) {
    case KEY_MOMENTUM:
        fit->momentum = between_0_and_1(f, "--momentum", argument, "; without momentum it is --method sgd");
        return 0;
    case KEY_DECAY:
        fit->decay = between_0_and_1(f, "--decay", argument, "");
        return 0;
    case KEY_DECAY_FIRST:
        fit->decay_first = between_0_and_1(f, "--decay-first", argument,
                                           "; adam without a mean gradient is --method rmsprop "
                                           "--bias-correction 1");
        return 0;
    case KEY_EPSILON:
        fit->epsilon = crease_app_positive(f->app, "--epsilon", argument);
        return 0;
    case KEY_BIAS_CORRECTION:
        fit->bias_correction = crease_app_switch(f->app, "--bias-correction", argument)
                                   ? CREASE_BIAS_CORRECTION_ON
                                   : CREASE_BIAS_CORRECTION_OFF;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_training(first_order *f, int key, const char *argument) {
    switch (key) {
    case KEY_LEARNING_RATE:
        f->fit->learning_rate = crease_app_positive(f->app, "--learning-rate", argument);
        return 0;
    case KEY_EPOCHS:
        f->fit->epochs = crease_app_count(f->app, "--epochs", argument, 1);
        return 0;
    case KEY_BATCH:
        f->fit->batch = crease_app_count(f->app, "--batch", argument, 1);
        return 0;
    case KEY_WEIGHT_DECAY:
        f->fit->weight_decay = crease_app_not_negative(f->app, "--weight-decay", argument);
        return 0;
    case KEY_BIAS_WARMING:
        parse_warming(f, argument);
        return 0;
    default:
        return parse_means(f, key, argument);
    }
}

static error_t parse_first_order(int key, char *argument, struct argp_state *state) {
    first_order *f = state->input;
    error_t error = parse_training(f, key, argument);
    if (error == 0)
        f->given |= 1u << (key - KEY_LEARNING_RATE);
    return error;
}

const struct argp first_order_argp = {.options = options, .parser = parse_first_order};

void first_order_check(const first_order *f, crease_method method) {
    for (size_t i = 0; i < sizeof belongs / sizeof *belongs; i++) {
        if (!(f->given & 1u << i) || belongs[i].methods & 1u << method)
            continue;
        char names[80] = "";
        for (int m = 0; m < CREASE_METHOD_COUNT; m++)
            if (belongs[i].methods & 1u << m) {
                size_t used = strlen(names);
                snprintf(names + used, sizeof names - used, "%s%s", used ? " or " : "",
                         crease_method_name((crease_method)m));
            }
        crease_app_usage_error(f->app, "%s belongs to --method %s", belongs[i].option, names);
    }
}
