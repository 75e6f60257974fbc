/* crease savings bound: how far a fitted value can be from the true one, over a whole interval of states. */
#include "savings/bellman.h"
#include "savings/program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_FROM = 1100, KEY_TO, CHECK_POINTS = 100001 };

typedef struct bound_run {
    crease_app app;
    savings_model_options model;
    const char *path, *from, *to;
    savings_solution *solution;
    savings_bellman_bound bound;
    double error, error_at; /* the largest error on many points, from the closed form */
} bound_run;

static const struct argp_option bound_options[] = {
    {0, 0, 0, 0, "The interval:", 20},
    {"from", KEY_FROM, "M", 0, "least cash on hand (.2 incomes above the limit)", 0},
    {"to", KEY_TO, "M", 0, "largest (4 incomes above the limit)", 0},
    {0}};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    bound_run *run = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &run->model;
        return 0;
    case KEY_FROM:
        run->from = argument;
        return 0;
    case KEY_TO:
        run->to = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (run->path)
            crease_app_usage_error(&run->app, "bound takes one model, and so not '%s' as well", argument);
        run->path = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void read_options(bound_run *run, int argc, char **argv) {
    static const struct argp_child children[] = {{&savings_model_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = bound_options,
        .parser = parse_option,
        .children = children,
        .args_doc = "MODEL.json",
        .doc = "Bounds the error of a value function V(m) given as a ReLU network (or a polyline, .csv), "
               "over a whole interval "
               "of states and not at nodes only, from its Bellman residual: problem A. The residual is "
               "piecewise a "
               "straight line or a utility, so its largest value is known exactly."};
    run->app = (crease_app){
        .name = "crease savings bound",
        .examples = "  build/bin/crease savings bound data/value_a.csv --model A\n"
                    "  build/bin/crease savings bound data/value_a.csv --model A --from .5 --to 3\n"
                    "  build/bin/crease savings bound data/value_a.csv --model A --json\n"};
    run->model.app = &run->app;
    crease_app_parse(&run->app, &argp, argc, argv, run);
    if (!run->path)
        crease_app_usage_error(&run->app,
                               "name the value function: a ReLU network (.json) or a polyline (.csv)");
    if (run->app.plot)
        crease_app_usage_error(&run->app, "bound draws no picture; savings fit --plot does");
}

static crease_status load_value(const char *path, crease_pwl **value, crease_error *error) {
    size_t length = strlen(path);
    crease_net *net;
    if (length > 4 && strcmp(path + length - 4, ".csv") == 0)
        return crease_pwl_load(path, value, error);
    crease_status status = crease_net_load(path, &net, error);
    if (status == CREASE_OK)
        status = crease_pwl_from_net(net, value, error);
    crease_net_free(net);
    return status;
}

/* On points: never above the bound, and shows how near it comes. */
static void measure(bound_run *run, const crease_pwl *value) {
    for (size_t i = 0; i < CHECK_POINTS; i++) {
        double m = run->bound.from + (run->bound.to - run->bound.from) * (double)i / (CHECK_POINTS - 1);
        double error = savings_evaluate(run->solution, m).V - crease_pwl_evaluate(value, m);
        if (fabs(error) > fabs(run->error)) {
            run->error = error;
            run->error_at = m;
        }
    }
}

static crease_status work(bound_run *run, crease_error *error) {
    savings_calibration calibration;
    crease_pwl *value = NULL;
    double from, to;
    crease_status status = savings_model_chosen(&run->model, &calibration, error);
    double last = run->to ? crease_app_number(&run->app, "--to", run->to) : 0;
    const savings_parameters *p = &calibration.parameters;
    savings_solve_options options = {.highest = fmax(last, p->limit + 10 * savings_income_at_limit(p))};
    if (status == CREASE_OK && calibration.model != SAVINGS_A)
        crease_app_usage_error(&run->app,
                               "the bound is for problem A, whose states stay in an interval, not for %s",
                               savings_model_name(calibration.model));
    if (status == CREASE_OK)
        status = savings_solve(calibration.model, p, &options, &run->solution, error);
    savings_calibration_clear(&calibration);
    if (status == CREASE_OK)
        status = load_value(run->path, &value, error);
    if (status != CREASE_OK)
        return status;
    savings_object_range(run->solution, SAVINGS_V, &from, &to);
    from = run->from ? crease_app_number(&run->app, "--from", run->from) : from;
    to = run->to ? last : to;
    status = savings_bellman_bound_of(run->solution, value, from, to, &run->bound, error);
    if (status == CREASE_OK)
        measure(run, value);
    crease_pwl_free(value);
    return status;
}

static int report(const bound_run *run) {
    const savings_bellman_bound *b = &run->bound;
    if (run->app.json) {
        json_t *object = crease_json_begin("savings-bound");
        savings_json_model(object, run->solution);
        crease_json_set_number(object, "from", b->from, NULL);
        crease_json_set_number(object, "to", b->to, NULL);
        crease_json_set_number(object, "residual_above", b->above, NULL);
        crease_json_set_number(object, "residual_above_at", b->above_at, NULL);
        crease_json_set_number(object, "residual_below", b->below, NULL);
        crease_json_set_number(object, "residual_below_at", b->below_at, NULL);
        crease_json_set_number(object, "error_lower", b->lower, NULL);
        crease_json_set_number(object, "error_upper", b->upper, NULL);
        json_object_set_new(object, "concave", json_boolean(b->concave));
        crease_json_set_count(object, "regions", b->regions);
        crease_json_set_number(object, "measured_error", run->error, NULL);
        crease_json_set_number(object, "measured_error_at", run->error_at, NULL);
        return crease_json_finish(&run->app, object);
    }
    printf("V lies between the fit %+.6g and the fit %+.6g, for every m from %g to %g\n", b->lower, b->upper,
           b->from, b->to);
    printf("from the Bellman residual: at most %.6g (at m = %.6g), at least %.6g (at m = %.6g), divided by 1 "
           "- beta; %s\n",
           b->above, b->above_at, -b->below, b->below_at,
           b->concave ? "both exact, region by region"
                      : "the fit is not concave, so the second is a bound itself");
    printf("the largest error on %d points, from the closed form: %.6g at m = %.6g\n", CHECK_POINTS,
           run->error, run->error_at);
    return crease_app_end(&run->app);
}

int savings_bound_command(int argc, char **argv) {
    bound_run run = {0};
    crease_error error;
    read_options(&run, argc, argv);
    crease_status status = work(&run, &error);
    int code = status == CREASE_OK ? report(&run) : crease_app_fail(&run.app, &error);
    savings_solution_free(run.solution);
    return code;
}
