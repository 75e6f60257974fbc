/* A network whose hinges are held: the incoming weight of the unit is 1 and its bias minus its kink (standardised), and only
 * the other parameters are free. Least squares may then spend the hinge on nothing but the kink, where a free one would drift
 * off to serve curvature.
 *
 * r_i = sqrt(w_i) (f(x_i) - y_i)/sd(y), so the net, whose outputs are scaled by sd(y), is fitted in units of its own. The order
 * of theta is kept: hidden parameters first, those that enter linearly last, as variable projection wants it.
 *
 * Smooth units start at random: slopes between .5 and 4 a standard deviation with centres spread evenly, and in every other start
 * up to 20 with centres where the data bend, at random quantiles of the integral of |y''|^(1/2). */
#include "savings/held.h"
#include <gsl/gsl_randist.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct data_problem {
    const savings_held *held;
    const crease_data *data;
    const double *bend; /* n ascending values up to 1: the integral of |y''|^(1/2) up to each x */
} data_problem;

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
    const data_problem *p = context;
    const crease_net *net = p->held->net;
    size_t parameters = net->parameter_count;
    held_work *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->theta = malloc(parameters * sizeof *w->theta);
    w->J = reallocarray(NULL, p->data->n, parameters * sizeof *w->J);
    if (!w->theta || !w->J || crease_work_new(net, &w->work, NULL) != CREASE_OK) {
        held_work_free(w);
        return NULL;
    }
    memcpy(w->theta, net->theta, parameters * sizeof *w->theta); /* the held ones stay */
    return w;
}

static double row_scale(const data_problem *p, size_t i) {
    return (p->data->weight ? sqrt(p->data->weight[i]) : 1) / p->held->net->output_scale[0];
}

static bool scaled_residual(const data_problem *p, double *r) {
    bool finite = true;
    for (size_t i = 0; i < p->data->n; i++) {
        r[i] = (r[i] - p->data->y[i]) * row_scale(p, i);
        finite &= isfinite(r[i]) != 0;
    }
    return finite;
}

static bool held_residual(const void *context, void *work, const double *theta, double *r) {
    const data_problem *p = context;
    held_work *w = work;
    for (size_t j = 0; j < p->held->count; j++)
        w->theta[p->held->place[j]] = theta[j];
    crease_net_evaluate(p->held->net, w->theta, w->work, p->data->n, p->data->x, r);
    return scaled_residual(p, r);
}

static bool held_jacobian(const void *context, void *work, const double *theta, double *r, double *J) {
    const data_problem *p = context;
    held_work *w = work;
    size_t parameters = p->held->net->parameter_count, count = p->held->count;
    for (size_t j = 0; j < count; j++)
        w->theta[p->held->place[j]] = theta[j];
    crease_net_jacobian(p->held->net, w->theta, w->work, p->data->n, p->data->x, r, w->J, parameters);
    for (size_t i = 0; i < p->data->n; i++)
        for (size_t j = 0; j < count; j++)
            J[i * count + j] = w->J[i * parameters + p->held->place[j]] * row_scale(p, i);
    return !r || scaled_residual(p, r);
}

void savings_scale_net(crease_net *net, const crease_data *data) {
    net->input_shift[0] = gsl_stats_mean(data->x, 1, data->n);
    double scale = gsl_stats_sd(data->x, 1, data->n);
    net->input_scale[0] = scale > 0 ? scale : 1;
    net->output_shift[0] = gsl_stats_mean(data->y, 1, data->n);
    scale = gsl_stats_sd(data->y, 1, data->n);
    net->output_scale[0] = scale > 0 ? scale : 1;
}

static bool is_hinge(const crease_net *net, size_t unit) {
    double parameter;
    crease_activation activation = crease_net_unit(net, 0, unit, &parameter)->activation;
    return activation == CREASE_RELU || activation == CREASE_HINGE;
}

size_t savings_count_hinges(const crease_net *net) {
    size_t count = 0;
    for (size_t u = 0; net->layer_count == 1 && u < net->layer[0].width; u++)
        count += is_hinge(net, u);
    return count;
}

crease_status savings_held_new(crease_net *net, const double *kink, size_t kinks, savings_held *held,
                               crease_error *error) {
    size_t hinges = savings_count_hinges(net), placed = 0;
    *held = (savings_held){.net = net, .held = kinks};
    if (kinks > hinges)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "to hold %zu kinks takes a network of one hidden layer with as many relu units; this one "
            "has %zu of them in %zu layers",
            kinks, hinges, net->layer_count);
    held->place = calloc(net->parameter_count, sizeof *held->place);
    if (!held->place)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu parameters", net->parameter_count);
    size_t width = net->layer_count > 0 ? net->layer[0].width : 0, next = 0;
    bool *fixed = calloc(net->parameter_count, sizeof *fixed);
    if (!fixed) {
        savings_held_clear(held);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu parameters", net->parameter_count);
    }
    for (size_t u = 0; u < width && placed < kinks; u++) {
        size_t weight = net->layer[0].weights + u, bias = net->layer[0].biases + u;
        if (!is_hinge(net, u))
            continue;
        net->theta[weight] = 1;
        net->theta[bias] = -(kink[placed++] - net->input_shift[0]) / net->input_scale[0];
        fixed[weight] = fixed[bias] = true;
    }
    for (size_t j = 0; j < net->parameter_count; j++)
        if (!fixed[j])
            held->place[next++] = j;
    held->count = next;
    free(fixed);
    return CREASE_OK;
}

void savings_held_clear(savings_held *held) {
    free(held->place);
    held->place = NULL;
}

/* bend[i] = integral of |y''|^(1/2) up to x_i over the whole, by second differences. */
static void measure_bend(const crease_data *data, double *bend) {
    double sum = 0;
    for (size_t i = 0; i < data->n; i++) {
        if (i > 0 && i + 1 < data->n) {
            double left = data->x[i] - data->x[i - 1], right = data->x[i + 1] - data->x[i];
            double change = (data->y[i + 1] - data->y[i]) / right - (data->y[i] - data->y[i - 1]) / left;
            if (left > 0 && right > 0)
                sum += sqrt(fabs(change) * (left + right) / 2);
        }
        bend[i] = sum;
    }
    for (size_t i = 0; i < data->n; i++)
        bend[i] = sum > 0 ? bend[i] / sum : (double)i / (double)data->n;
}

/* Standardised x at a quantile of the bend. */
static double bend_quantile(const data_problem *p, double quantile) {
    size_t i = 0;
    while (i + 1 < p->data->n && p->bend[i] < quantile)
        i++;
    return (p->data->x[i] - p->held->net->input_shift[0]) / p->held->net->input_scale[0];
}

static void draw_start(const data_problem *p, gsl_rng *generator, size_t start, double *theta,
                       double *drawn) {
    const crease_net *net = p->held->net;
    bool by_bend = start % 2 == 1;
    memcpy(drawn, net->theta, net->parameter_count * sizeof *drawn);
    for (size_t l = 0; l < net->layer_count; l++) {
        const crease_layer *layer = &net->layer[l];
        for (size_t u = 0; u < layer->width; u++) {
            double slope = exp(gsl_ran_flat(generator, log(.5), log(by_bend ? 20. : 4.)));
            double weight = slope * (gsl_rng_uniform(generator) < .5 ? -1 : 1);
            double centre = gsl_ran_flat(generator, -1.7, 1.7);
            if (by_bend)
                centre = bend_quantile(p, ((double)u + gsl_rng_uniform(generator)) / (double)layer->width);
            for (size_t k = 0; k < layer->fan_in; k++)
                drawn[layer->weights + u * layer->fan_in + k] = weight / (double)layer->fan_in;
            drawn[layer->biases + u] = -weight * centre;
        }
    }
    for (size_t j = net->linear_from; j < net->parameter_count; j++)
        drawn[j] = 0;
    for (size_t j = 0; j < p->held->count; j++)
        theta[j] = drawn[p->held->place[j]];
}

static crease_status best_of_starts(const data_problem *p, const crease_problem *problem,
                                    const crease_fit_options *options, double *theta, double *scratch,
                                    double *best, crease_error *error) {
    size_t starts = options->starts ? options->starts : 20;
    double least = INFINITY;
    crease_status status = CREASE_OK;
    gsl_rng *generator = crease_random_new(options->seed, 0);
    if (!generator)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for random numbers");
    for (size_t i = 0; status == CREASE_OK && i < starts; i++) {
        crease_minimum minimum;
        crease_random_set(generator, options->seed, i);
        draw_start(p, generator, i, theta, scratch);
        status = crease_minimise(problem, options, i, theta, &minimum, error);
        if (status == CREASE_OK && minimum.loss < least) {
            least = minimum.loss;
            memcpy(best, theta, p->held->count * sizeof *best);
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
    savings_held held = {0};
    size_t parameters = net->parameter_count;
    crease_fit_options chosen = *options;
    if (chosen.method == CREASE_METHOD_AUTO)
        chosen.method = net->layer_count <= 1 ? CREASE_METHOD_VARPRO : CREASE_METHOD_LM;
    double *theta = calloc(3 * parameters + data->n, sizeof *theta);
    crease_status status =
        theta ? CREASE_OK
              : crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu parameters", parameters);
    savings_scale_net(net, data);
    if (status == CREASE_OK)
        status = savings_held_new(net, kink, kinks, &held, error);
    if (status != CREASE_OK)
        goto done;
    double *best = theta + 2 * parameters, *bend = theta + 3 * parameters;
    measure_bend(data, bend);
    data_problem p = {.held = &held, .data = data, .bend = bend};
    crease_problem problem = {.residuals = data->n,
                              .parameters = held.count,
                              .context = &p,
                              .work_new = held_work_new,
                              .work_free = held_work_free,
                              .residual = held_residual,
                              .jacobian = held_jacobian,
                              .linear_from = held.count - (parameters - net->linear_from)};
    status = best_of_starts(&p, &problem, &chosen, theta, theta + parameters, best, error);
    for (size_t j = 0; status == CREASE_OK && j < held.count; j++)
        net->theta[held.place[j]] = best[j];
done:
    savings_held_clear(&held);
    free(theta);
    return status;
}
