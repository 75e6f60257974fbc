/* Columns, optimiser options and data of the commands that fit. */
#include "regression.h"
#include <string.h>

enum { KEY_STARTS = 300, KEY_METHOD, KEY_INIT, KEY_L2, KEY_DERIVATIVE, KEY_TEST };

static const struct argp_option options[] = {
    {0, 'x', "COL[,COL..]", 0, "input columns, by name or 1-based number", 1},
    {0, 'y', "COL", 0, "output column", 1},
    {"test", KEY_TEST, "FILE", 0, "report the error on these rows as well (same columns)", 1},
    {0, 0, 0, 0, "The optimiser:", 10},
    {"starts", KEY_STARTS, "N", 0, "number of starts, the best is kept (20; first-order methods 1)", 0},
    {"method", KEY_METHOD, "NAME", 0, "auto, lm, varpro, bfgs, adam, rmsprop, momentum or sgd", 0},
    {"init", KEY_INIT, "NAME", 0, "auto, random, xavier or he", 0},
    {"l2", KEY_L2, "L", 0, "add L/2 times the sum of squared weights to half the mean squared error (0)", 0},
    {"derivative-at-zero", KEY_DERIVATIVE, "S", 0, "slope of ReLU at 0 while training: 0 (default), .5 or 1",
     0},
    {0}};

static const struct argp_child children[] = {
    {&crease_app_data_argp, 0, NULL, 0}, {&first_order_argp, 0, NULL, 0}, {0}};

static double non_negative(const crease_app *app, const char *option, const char *text) {
    double value = crease_app_number(app, option, text);
    if (value < 0)
        crease_app_usage_error(app, "%s takes a number of 0 or more, not '%s'", option, text);
    return value;
}

static double derivative_at_zero(const crease_app *app, const char *text) {
    double value = crease_app_number(app, "--derivative-at-zero", text);
    if (value != 0 && value != .5 && value != 1)
        crease_app_usage_error(app, "--derivative-at-zero takes 0, .5 or 1, not '%s'", text);
    return value;
}

static void check_complete(const regression *r) {
    crease_app_data_require(r->app, &r->columns);
    if (r->test_path && strcmp(r->test_path, "-") == 0 && strcmp(r->columns.path, "-") == 0)
        crease_app_usage_error(r->app, "the data and --test cannot both be standard input");
    first_order_check(&r->first_order, r->fit.method);
}

static error_t parse_regression(int key, char *argument, struct argp_state *state) {
    regression *r = state->input;
    crease_error error;
    switch (key) {
    case ARGP_KEY_INIT:
        r->first_order.app = r->app;
        r->first_order.fit = &r->fit;
        state->child_inputs[0] = &r->columns;
        state->child_inputs[1] = &r->first_order;
        return 0;
    case 'x':
        r->columns.x = argument;
        return 0;
    case 'y':
        r->columns.y = argument;
        return 0;
    case KEY_TEST:
        r->test_path = argument;
        return 0;
    case KEY_STARTS:
        r->fit.starts = crease_app_count(r->app, "--starts", argument, 1);
        return 0;
    case KEY_METHOD:
        if (crease_method_parse(argument, &r->fit.method, &error) != CREASE_OK)
            crease_app_usage_error(r->app, "--method: %s", error.message);
        return 0;
    case KEY_INIT:
        if (crease_initialiser_parse(argument, &r->fit.init, &error) != CREASE_OK)
            crease_app_usage_error(r->app, "--init: %s", error.message);
        return 0;
    case KEY_L2:
        r->fit.l2 = non_negative(r->app, "--l2", argument);
        return 0;
    case KEY_DERIVATIVE:
        r->fit.derivative_at_zero = derivative_at_zero(r->app, argument);
        return 0;
    case ARGP_KEY_ARG:
        crease_app_data_take_file(r->app, &r->columns, argument);
        return 0;
    case ARGP_KEY_END:
        check_complete(r);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp regression_argp = {.options = options, .parser = parse_regression, .children = children};

int regression_load(regression *r) {
    crease_error error;
    if (crease_app_data_load(r->app, &r->columns, &r->data, &error) != CREASE_OK)
        return crease_app_fail(r->app, &error);
    if (!r->test_path)
        return 0;
    crease_app_data_options test = r->columns;
    test.path = r->test_path;
    if (crease_app_data_load(r->app, &test, &r->test, &error) != CREASE_OK)
        return crease_app_fail(r->app, &error);
    return 0;
}

void regression_clear(regression *r) {
    crease_app_data_clear(&r->data);
    crease_app_data_clear(&r->test);
}

size_t regression_inputs(const regression *r) {
    size_t count = 0;
    char **list = crease_app_list(r->app, "-x", r->columns.x, &count);
    crease_app_list_free(list, count);
    return count;
}

void regression_warn_few_rows(const regression *r, const char *spec, size_t n_free) {
    size_t n = r->data.data.n;
    if (n < n_free)
        crease_app_note(
            r->app,
            "%zu row%s cannot determine the %zu free parameters of %s: the fit is one of many; use a "
            "smaller network or more data",
            n, n == 1 ? "" : "s", n_free, spec);
}

int can_write(const crease_app *app, const char *path) {
    if (!path || strcmp(path, "-") == 0)
        return 0;
    crease_file file = {0};
    crease_error error;
    if (crease_file_create(&file, path, &error) != CREASE_OK)
        return crease_app_fail(app, &error);
    crease_file_discard(&file);
    return 0;
}
