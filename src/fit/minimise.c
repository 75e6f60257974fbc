/* The table of methods and their names, and one run of one of them. */
#include "base/dense.h"
#include "fit/methods.h"
#include <math.h>
#include <string.h>

static const struct {
    const char *name;
    crease_method_run *run;
} methods[CREASE_METHOD_COUNT] = {
    [CREASE_METHOD_AUTO] = {"auto", NULL},
    [CREASE_METHOD_LM] = {"lm", crease_run_levenberg_marquardt},
    [CREASE_METHOD_VARPRO] = {"varpro", crease_run_variable_projection},
    [CREASE_METHOD_BFGS] = {"bfgs", crease_run_bfgs},
    [CREASE_METHOD_ADAM] = {"adam", crease_run_first_order},
    [CREASE_METHOD_RMSPROP] = {"rmsprop", crease_run_first_order},
    [CREASE_METHOD_MOMENTUM] = {"momentum", crease_run_first_order},
    [CREASE_METHOD_SGD] = {"sgd", crease_run_first_order},
};

static const char *const initialisers[] = {
    [CREASE_INIT_AUTO] = "auto",     [CREASE_INIT_DATA] = "data", [CREASE_INIT_RANDOM] = "random",
    [CREASE_INIT_XAVIER] = "xavier", [CREASE_INIT_HE] = "he",     [CREASE_INIT_KEEP] = "keep",
};

static const char *const stops[] = {
    [CREASE_STOP_GRADIENT] = "gradient",       [CREASE_STOP_STEP] = "step",
    [CREASE_STOP_BUDGET] = "budget",           [CREASE_STOP_STALLED] = "stalled",
    [CREASE_STOP_INTERRUPTED] = "interrupted",
};

const char *crease_method_name(crease_method method) {
    return (unsigned)method < CREASE_METHOD_COUNT ? methods[method].name : "?";
}

crease_status crease_method_parse(const char *name, crease_method *method, crease_error *error) {
    for (int m = 0; m < CREASE_METHOD_COUNT; m++)
        if (strcmp(name, methods[m].name) == 0) {
            *method = (crease_method)m;
            return CREASE_OK;
        }
    return crease_fail(
        error, CREASE_BAD_ARGUMENT,
        "there is no method '%.40s'; choose auto, lm, varpro, bfgs, adam, rmsprop, momentum or sgd", name);
}

const char *crease_initialiser_name(crease_initialiser initialiser) {
    return (unsigned)initialiser <= CREASE_INIT_KEEP ? initialisers[initialiser] : "?";
}

crease_status crease_initialiser_parse(const char *name, crease_initialiser *initialiser,
                                       crease_error *error) {
    for (int i = 0; i <= CREASE_INIT_KEEP; i++)
        if (strcmp(name, initialisers[i]) == 0) {
            *initialiser = (crease_initialiser)i;
            return CREASE_OK;
        }
    return crease_fail(error, CREASE_BAD_ARGUMENT,
                       "there is no start '%.40s'; choose auto, data, random, xavier, he or keep", name);
}

const char *crease_stop_name(crease_stop stop) {
    return (unsigned)stop <= CREASE_STOP_INTERRUPTED ? stops[stop] : "?";
}

void crease_trace_step(const crease_fit_options *options, size_t start, size_t iteration, size_t parameters,
                       double loss, const double *theta, const double *gradient, double step_norm) {
    if (!options->trace)
        return;
    crease_trace point = {.start = start,
                          .iteration = iteration,
                          .loss = loss,
                          .gradient_norm = gradient ? crease_dense_norm(parameters, gradient) : NAN,
                          .step_norm = step_norm,
                          .parameters = parameters,
                          .theta = theta,
                          .gradient = gradient};
#pragma omp critical(crease_callback)
    options->trace(&point, options->trace_context);
}

bool crease_fit_interrupted(const crease_fit_options *options) {
    bool interrupted = false;
    if (options->interrupted)
#pragma omp critical(crease_callback)
        interrupted = options->interrupted(options->interrupted_context);
    return interrupted;
}

crease_status crease_minimise(const crease_problem *problem, const crease_fit_options *options, size_t start,
                              double *theta, crease_minimum *minimum, crease_error *error) {
    crease_method method = options ? options->method : CREASE_METHOD_LM;
    if ((unsigned)method >= CREASE_METHOD_COUNT || !methods[method].run)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "name the method of a single run: lm, varpro, bfgs, ...");
    if (problem->residuals == 0 || problem->parameters == 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a problem needs residuals and parameters");
    crease_status status = crease_fit_options_check(options, error);
    if (status != CREASE_OK)
        return status;
    crease_fit_options filled = crease_fit_options_filled(options, method);
    *minimum = (crease_minimum){0};
    return methods[method].run(problem, &filled, start, theta, minimum, error);
}
