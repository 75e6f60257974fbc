/* The cost as a crease_problem whose gradient is the adjoint's, for the library's BFGS. What is free is theta from some
 * place on: the gains of a linear law without its bias, or all of a network.
 *
 * The cost has kinks, where a motion meets the torque limit or a unit's hinge, and at one the line search of BFGS finds no way
 * down. So where it stalls, the best point so far is shaken by a hundredth of each parameter and the search goes on. */
#include "arm/train/train.h"
#include "crease/random.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ITERATIONS = 200, SHAKES = 6, SHAKING_STREAM = 900000 };
static const double shake = .01;

typedef struct problem {
    const arm_train_setting *setting;
    const crease_net *net;
    size_t first;
} problem;

typedef struct work {
    arm_rollout *loop;
    double *theta,
        *gradient; /* of the last call: the line search asks for the value, then for the gradient at the same point */
    double cost;
    bool known;
} work;

static void work_free(void *pointer) {
    work *w = pointer;
    if (!w)
        return;
    arm_rollout_free(w->loop);
    free(w->theta);
    free(w);
}

static void *work_new(const void *context) {
    const problem *p = context;
    size_t count = p->net->parameter_count;
    work *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->theta = malloc(2 * count * sizeof *w->theta);
    if (!w->theta || arm_rollout_new(p->setting, p->net, &w->loop, NULL) != CREASE_OK) {
        work_free(w);
        return NULL;
    }
    w->gradient = w->theta + count;
    memcpy(w->theta, p->net->theta, count * sizeof *w->theta);
    return w;
}

static bool gradient(const void *context, void *pointer, const double *theta, const size_t *rows,
                     size_t row_count, double *loss, double *gradient) {
    const problem *p = context;
    work *w = pointer;
    size_t free_count = p->net->parameter_count - p->first;
    (void)rows;
    (void)row_count;
    if (!w->known || memcmp(w->theta + p->first, theta, free_count * sizeof *theta) != 0) {
        memcpy(w->theta + p->first, theta, free_count * sizeof *theta);
        w->cost = arm_rollout_gradient(w->loop, w->theta, w->gradient);
        w->known = true;
    }
    *loss = w->cost;
    memcpy(gradient, w->gradient + p->first, free_count * sizeof *gradient);
    return isfinite(*loss);
}

/* Runs of BFGS within options->iterations: the second on from the best point, shaken. */
static crease_status search(const crease_problem *general, const crease_fit_options *options, double *best,
                            double *theta, arm_train_result *result, crease_error *error) {
    size_t count = general->parameters, left = options->iterations;
    double least = INFINITY;
    crease_status status = CREASE_OK;
    gsl_rng *generator = crease_random_new(options->seed, SHAKING_STREAM);
    if (!generator)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a training");
    for (size_t round = 0; round <= SHAKES && left > 0 && status == CREASE_OK; round++) {
        crease_fit_options o = *options;
        crease_minimum minimum = {0};
        o.iterations = left;
        for (size_t j = 0; j < count; j++)
            theta[j] =
                best[j] +
                (round ? shake * fmax(fabs(best[j]), shake) * gsl_ran_gaussian_ziggurat(generator, 1) : 0);
        status = crease_minimise(general, &o, round, theta, &minimum, error);
        if (status != CREASE_OK)
            break;
        left -= minimum.iterations < left ? minimum.iterations : left;
        if (minimum.loss < least) {
            least = minimum.loss;
            result->stop = minimum.stop;
            memcpy(best, theta, count * sizeof *best);
        }
        if (minimum.stop == CREASE_STOP_INTERRUPTED) {
            result->stop = minimum.stop;
            break;
        }
        if (minimum.stop == CREASE_STOP_GRADIENT)
            break;
    }
    result->iterations = options->iterations - left;
    gsl_rng_free(generator);
    return status;
}

crease_status arm_train_net(const arm_train_setting *setting, crease_net *net, size_t first,
                            const crease_fit_options *options, arm_train_result *result,
                            crease_error *error) {
    *result = (arm_train_result){.cost_start = NAN, .cost = NAN, .gradient_norm = NAN};
    if (first >= net->parameter_count)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a training needs a parameter that is free");
    arm_rollout *loop = NULL; /* also tells what is wrong with a setting or a net */
    crease_status status = arm_rollout_new(setting, net, &loop, error);
    if (status != CREASE_OK)
        return status;
    size_t count = net->parameter_count;
    problem p = {setting, net, first};
    crease_problem general = {.residuals = 1,
                              .parameters = count - first,
                              .context = &p,
                              .work_new = work_new,
                              .work_free = work_free,
                              .gradient = gradient,
                              .linear_from = count - first};
    crease_fit_options o = options ? *options : (crease_fit_options){0};
    o.method = CREASE_METHOD_BFGS;
    o.iterations = o.iterations ? o.iterations : ITERATIONS;
    double *theta = malloc(2 * count * sizeof *theta), square = 0;
    if (!theta) {
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu parameters", count);
        goto done;
    }
    memcpy(theta, net->theta, count * sizeof *theta);
    result->cost_start = arm_rollout_cost(loop, NULL);
    status = search(&general, &o, theta + first, theta + count, result, error);
    if (status != CREASE_OK)
        goto done;
    memcpy(net->theta, theta, count * sizeof *theta);
    result->cost = arm_rollout_gradient(loop, NULL, theta);
    for (size_t j = first; j < count; j++)
        square += theta[j] * theta[j];
    result->gradient_norm = sqrt(square);
done:
    free(theta);
    arm_rollout_free(loop);
    return status;
}
