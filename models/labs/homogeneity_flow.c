/* Gradient flow of networks of units that are homogeneous. Moving a factor from the weights into a unit to those out of
 * it leaves f as it is; so (Euler) in . dF/d in = out . dF/d out, and along theta' = -grad F
 *
 *   D = |in|^2 - |out|^2   is constant for each hidden unit, its bias counted with what comes in (Du, Hu & Lee 2018).
 *
 * A step of size h of gradient descent adds exactly h^2 (|dF/d in|^2 - |dF/d out|^2) to D, so over a fixed time the
 * drift is of order one in h. The flow is followed by gsl_odeiv2's rk8pd. It may come to slide along a kink of F, where
 * an explicit method takes ever smaller steps: SLIDING of them in a row end it, and the time reached is what counts. */
#include "crease/initialise.h"
#include "crease/net.h"
#include "crease/random.h"
#include "labs/homogeneity.h"
#include "labs/tools.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUTS = 3, ROWS = 24, NARROW = 5, UNITS = 2 * NARROW, MOST_STEPS = 3000, SLIDING = 40 };
const double lab_flow_time = 1;

double lab_flow_step(int halvings) {
    return .05 / (1 << halvings);
}

static void clear(double *v, size_t n) {
    memset(v, 0, n * sizeof *v);
}

typedef struct descent {
    const crease_net *net;
    crease_work *work;
    bool biases; /* they learn too */
    double x[ROWS * INPUTS], y[ROWS];
} descent;

/* Gradient of half the mean squared error. */
static void gradient_of(const descent *d, const double *theta, double *gradient) {
    double dy[ROWS];
    crease_net_evaluate(d->net, theta, d->work, ROWS, d->x, dy);
    for (size_t i = 0; i < ROWS; i++)
        dy[i] = (dy[i] - d->y[i]) / ROWS;
    clear(gradient, d->net->parameter_count);
    crease_net_gradient(d->net, theta, d->work, ROWS, d->x, dy, NULL, gradient);
    for (size_t l = 0; l < d->net->layer_count && !d->biases; l++)
        clear(gradient + d->net->layer[l].biases, d->net->layer[l].width);
    if (!d->biases)
        gradient[d->net->output_biases] = 0;
}

static double squares(const double *v, size_t n, size_t stride) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i * stride] * v[i * stride];
    return sum;
}

/* D of every hidden unit, with or without its bias. */
static void balance(const crease_net *net, const double *theta, bool bias, double D[UNITS]) {
    for (size_t l = 0, unit = 0; l < net->layer_count; l++) {
        const crease_layer *layer = &net->layer[l];
        const bool last = l + 1 == net->layer_count;
        const double *out = theta + (last ? net->output_weights : layer[1].weights);
        for (size_t u = 0; u < layer->width; u++, unit++) {
            const double b = bias ? theta[layer->biases + u] : 0;
            D[unit] = squares(theta + layer->weights + u * layer->fan_in, layer->fan_in, 1) + b * b -
                      squares(out + u, last ? 1 : layer[1].width, layer->width);
        }
    }
}

static double furthest(const double D[UNITS], const double from[UNITS]) {
    double worst = 0;
    for (size_t u = 0; u < UNITS; u++)
        worst = fmax(worst, fabs(D[u] - from[u]));
    return worst;
}

static int flow_field(double t, const double *theta, double *slope, void *context) {
    const descent *d = context;
    (void)t;
    gradient_of(d, theta, slope);
    for (size_t i = 0; i < d->net->parameter_count; i++)
        slope[i] = -slope[i];
    return GSL_SUCCESS;
}

/* Follows the flow from theta, in place; returns the time reached. */
static double follow(descent *d, double *theta) {
    const size_t n = d->net->parameter_count;
    gsl_odeiv2_step *step = gsl_odeiv2_step_alloc(gsl_odeiv2_step_rk8pd, n);
    gsl_odeiv2_control *control = gsl_odeiv2_control_y_new(1e-11, 0);
    gsl_odeiv2_evolve *evolve = gsl_odeiv2_evolve_alloc(n);
    const gsl_odeiv2_system system = {flow_field, NULL, n, d};
    double t = 0, h = 1e-3;
    for (size_t k = 0, small = 0;
         step && control && evolve && k < MOST_STEPS && small < SLIDING && t < lab_flow_time; k++) {
        if (gsl_odeiv2_evolve_apply(evolve, control, step, &system, &t, lab_flow_time, &h, theta) !=
            GSL_SUCCESS)
            break;
        small = h < 1e-6 ? small + 1 : 0; /* where the flow crosses a kink h grows fivefold a step again */
    }
    gsl_odeiv2_evolve_free(evolve);
    gsl_odeiv2_control_free(control);
    gsl_odeiv2_step_free(step);
    return t;
}

/* Gradient descent; the drift of D, and how far it is from the sum of what each step adds. */
static void descend(const descent *d, double *theta, double *gradient, double h, double *drift,
                    double *identity) {
    double start[UNITS], D[UNITS], added[UNITS] = {0}, square[UNITS];
    balance(d->net, theta, d->biases, start);
    const long steps = lround(lab_flow_time / h);
    for (long k = 0; k < steps; k++) {
        gradient_of(d, theta, gradient);
        balance(d->net, gradient, d->biases, square);
        for (size_t u = 0; u < UNITS; u++)
            added[u] += h * h * square[u];
        for (size_t i = 0; i < d->net->parameter_count; i++)
            theta[i] -= h * gradient[i];
    }
    balance(d->net, theta, d->biases, D);
    *drift = furthest(D, start);
    for (size_t u = 0; u < UNITS; u++)
        D[u] -= added[u];
    *identity = fmax(*identity, furthest(D, start));
}

static void follow_both(descent *d, const double *start, double *theta, lab_flow *c) {
    const size_t n = d->net->parameter_count;
    double from[UNITS], D[UNITS];
    d->biases = true;
    memcpy(theta, start, n * sizeof *theta);
    follow(d, theta);
    balance(d->net, start, true, from);
    balance(d->net, theta, true, D);
    c->biased = furthest(D, from);
    balance(d->net, start, false, from);
    balance(d->net, theta, false, D);
    c->uncounted = furthest(D, from);
    d->biases = false;
    memcpy(theta, start, n * sizeof *theta);
    c->time = follow(d, theta);
    balance(d->net, theta, false, D);
    c->bare = furthest(D, from);
    for (size_t i = 0; i < n; i++)
        c->movement = fmax(c->movement, fabs(theta[i] - start[i]));
}

crease_status lab_flow_one(const lab_run *run, uint64_t stream, lab_flow *c, crease_error *error) {
    descent d = {0};
    crease_net *net = NULL;
    double *room = NULL;
    gsl_rng *random = crease_random_new(lab_seed(run), 1000 + stream);
    char spec[40];
    snprintf(spec, sizeof spec, "relu:%d/relu:%d", NARROW, NARROW);
    crease_status status =
        random ? crease_net_parse(spec, INPUTS, 1, &net, error) : lab_no_memory(error, "homogeneity");
    if (status == CREASE_OK)
        status = crease_work_new(net, &d.work, error);
    if (status == CREASE_OK && !(room = lab_numbers(net->parameter_count, 3)))
        status = lab_no_memory(error, "homogeneity");
    if (status == CREASE_OK) {
        double *start = room, *theta = room + net->parameter_count, *gradient = theta + net->parameter_count;
        d.net = net;
        for (size_t i = 0; i < ROWS * INPUTS; i++)
            d.x[i] = gsl_ran_gaussian(random, 1);
        for (size_t i = 0; i < ROWS; i++)
            d.y[i] = fabs(d.x[INPUTS * i]) - d.x[INPUTS * i + 1];
        crease_net_initialise(net, CREASE_INIT_HE, random, start);
        follow_both(&d, start, theta, c);
        for (int k = 0; k < LAB_HALVINGS; k++) {
            memcpy(theta, start, net->parameter_count * sizeof *theta);
            descend(&d, theta, gradient, lab_flow_step(k), &c->drift[k], &c->identity);
        }
    }
    free(room);
    crease_work_free(d.work);
    crease_net_free(net);
    gsl_rng_free(random);
    return status;
}
