/* A network whose hinges are held: the incoming weight of a relu unit is 1 and its bias minus its kink
 * (standardised), and only the other parameters are free. Least squares may then spend the hinge on nothing
 * but the kink, where a free one would drift off to serve curvature.
 *
 * r_i = (f(x_i) - y_i)/sd(y), so the net, whose outputs are scaled by sd(y), is fitted in units of its own.
 * The order of theta is kept: hidden parameters first, those that enter linearly last, as variable projection
 * wants it. */
#include "savings/held.h"
#include <gsl/gsl_randist.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct held_problem {
    const crease_net *net;
    const crease_data *data;
    size_t *place; /* of each free parameter in theta, ascending */
    size_t free_count;
} held_problem;

typedef struct held_work {
    crease_work *work;
    double *theta; /* parameter_count */
    double *J;     /* n x parameter_count */
} held_work;

static void held_work_free(void *memory) {
    held_work *w = memory;
    if (!w)
        return;
    crease_work_free(w->work);
    free(w->theta);
    free(w->J);
    free(w);
}

static void *held_work_new(const void *context) {
    const held_problem *p = context;
    size_t parameters = p->net->parameter_count;
    held_work *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->theta = malloc(parameters * sizeof *w->theta);
    w->J = reallocarray(NULL, p->data->n, parameters * sizeof *w->J);
    if (!w->theta || !w->J || crease_work_new(p->net, &w->work, NULL) != CREASE_OK) {
        held_work_free(w);
        return NULL;
    }
    memcpy(w->theta, p->net->theta, parameters * sizeof *w->theta); /* the held ones stay */
    return w;
}

static bool scaled_residual(const held_problem *p, double *r) {
    bool finite = true;
    for (size_t i = 0; i < p->data->n; i++) {
        r[i] = (r[i] - p->data->y[i]) / p->net->output_scale[0];
        finite &= isfinite(r[i]) != 0;
    }
    return finite;
}

static bool held_residual(const void *context, void *work, const double *theta, double *r) {
    const held_problem *p = context;
    held_work *w = work;
    for (size_t j = 0; j < p->free_count; j++)
        w->theta[p->place[j]] = theta[j];
    crease_net_evaluate(p->net, w->theta, w->work, p->data->n, p->data->x, r);
    return scaled_residual(p, r);
}

static bool held_jacobian(const void *context, void *work, const double *theta, double *r, double *J) {
    const held_problem *p = context;
    held_work *w = work;
    size_t parameters = p->net->parameter_count;
    for (size_t j = 0; j < p->free_count; j++)
        w->theta[p->place[j]] = theta[j];
    crease_net_jacobian(p->net, w->theta, w->work, p->data->n, p->data->x, r, w->J, parameters);
    for (size_t i = 0; i < p->data->n; i++)
        for (size_t j = 0; j < p->free_count; j++)
            J[i * p->free_count + j] = w->J[i * parameters + p->place[j]] / p->net->output_scale[0];
    return !r || scaled_residual(p, r);
}

static void set_scaling(crease_net *net, const crease_data *data) {
    net->input_shift[0] = gsl_stats_mean(data->x, 1, data->n);
    net->input_scale[0] = gsl_stats_sd(data->x, 1, data->n);
    net->output_shift[0] = gsl_stats_mean(data->y, 1, data->n);
    double scale = gsl_stats_sd(data->y, 1, data->n);
    net->output_scale[0] = scale > 0 ? scale : 1;
}

/* Puts the hinges in place and lists what is free. */
static crease_status hold(crease_net *net, const double *kink, size_t kinks, held_problem *problem,
                          crease_error *error) {
    size_t placed = 0, width = net->layer_count == 1 ? net->layer[0].width : 0;
    problem->free_count = 0;
    for (size_t u = 0; u < width; u++) {
        double parameter;
        size_t weight = net->layer[0].weights + u, bias = net->layer[0].biases + u;
        if (crease_net_unit(net, 0, u, &parameter)->activation != CREASE_RELU)
            continue;
        if (placed < kinks) {
            net->theta[weight] = 1;
            net->theta[bias] = -(kink[placed] - net->input_shift[0]) / net->input_scale[0];
        }
        placed++;
    }
    if (width == 0 || placed != kinks || placed == 0)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "to hold %zu kinks takes a network of one hidden layer with as many relu units; this one "
            "has %zu of them in %zu layers",
            kinks, placed, net->layer_count);
    for (size_t j = 0; j < net->parameter_count; j++) {
        double parameter;
        size_t u = j < width ? j : j - width;
        bool hidden = j < net->linear_from && u < width;
        if (!hidden || crease_net_unit(net, 0, u, &parameter)->activation != CREASE_RELU)
            problem->place[problem->free_count++] = j;
    }
    return CREASE_OK;
}

/* Smooth units spread over the data: slopes between .5 and 4 per standard deviation, centres within the data.
 */
static void draw_start(const held_problem *p, gsl_rng *generator, double *theta) {
    const crease_net *net = p->net;
    size_t width = net->layer[0].width;
    double *drawn = theta + p->free_count; /* scratch of parameter_count */
    memcpy(drawn, net->theta, net->parameter_count * sizeof *drawn);
    for (size_t u = 0; u < width; u++) {
        double weight =
            exp(gsl_ran_flat(generator, log(.5), log(4.))) * (gsl_rng_uniform(generator) < .5 ? -1 : 1);
        drawn[net->layer[0].weights + u] = weight;
        drawn[net->layer[0].biases + u] = -weight * gsl_ran_flat(generator, -1.7, 1.7);
    }
    for (size_t j = net->linear_from; j < net->parameter_count; j++)
        drawn[j] = 0;
    for (size_t j = 0; j < p->free_count; j++)
        theta[j] = drawn[p->place[j]];
}

static crease_status best_of_starts(const held_problem *p, const crease_problem *problem,
                                    const crease_fit_options *options, double *theta, double *best,
                                    crease_error *error) {
    size_t starts = options->starts ? options->starts : 20;
    double least = INFINITY;
    crease_status status = CREASE_OK;
    gsl_rng *generator = crease_random_new(options->seed, 0);
    if (!generator)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for random numbers");
    for (size_t i = 0; status == CREASE_OK && i < starts; i++) {
        crease_minimum minimum;
        crease_random_set(generator, options->seed, i);
        draw_start(p, generator, theta);
        status = crease_minimise(problem, options, i, theta, &minimum, error);
        if (status == CREASE_OK && minimum.loss < least) {
            least = minimum.loss;
            memcpy(best, theta, p->free_count * sizeof *best);
        }
        if (options->progress)
            options->progress(i + 1, starts, options->progress_context);
        if (options->interrupted && options->interrupted(options->interrupted_context))
            break;
    }
    gsl_rng_free(generator);
    if (status == CREASE_OK && !isfinite(least))
        status = crease_fail(error, CREASE_INTERNAL, "no start led to a finite fit");
    return status;
}

crease_status savings_fit_held(crease_net *net, const crease_data *data, const double *kink, size_t kinks,
                               const crease_fit_options *options, crease_error *error) {
    held_problem p = {.net = net, .data = data};
    crease_fit_options chosen = *options;
    if (chosen.method == CREASE_METHOD_AUTO)
        chosen.method = CREASE_METHOD_VARPRO;
    size_t parameters = net->parameter_count;
    double *theta = calloc(3 * parameters, sizeof *theta);
    p.place = calloc(parameters, sizeof *p.place);
    crease_status status = CREASE_OK;
    if (!theta || !p.place) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu parameters", parameters);
        goto done;
    }
    set_scaling(net, data);
    status = hold(net, kink, kinks, &p, error);
    if (status != CREASE_OK)
        goto done;
    crease_problem problem = {.residuals = data->n,
                              .parameters = p.free_count,
                              .context = &p,
                              .work_new = held_work_new,
                              .work_free = held_work_free,
                              .residual = held_residual,
                              .jacobian = held_jacobian,
                              .linear_from = p.free_count - (parameters - net->linear_from)};
    double *best = theta + 2 * parameters;
    status = best_of_starts(&p, &problem, &chosen, theta, best, error);
    if (status == CREASE_OK)
        for (size_t j = 0; j < p.free_count; j++)
            net->theta[p.place[j]] = best[j];
done:
    free(theta);
    free(p.place);
    return status;
}
