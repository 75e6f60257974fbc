/* Values and slopes fitted jointly by a network of one hidden layer whose hinges are held at kinks:
 *   f(t) = b + A t + sum_u v_u phi(w_u t + c_u),   f'(t) = A + sum_u v_u w_u phi'(w_u t + c_u)
 * in standardised t and z. Residuals: f - z at every row, and lambda (f' - z') where there is a slope (Czarnecki et al.
 * 2017 call it Sobolev training), each times the root of its weight over the mean weight. Derivatives: of f' in v: w phi',
 * in w: v (phi' + w t phi''), in c: v w phi''. phi'' is -2 phi phi' of tanh, phi' (1 - 2 phi) of sigmoid, of others a central
 * difference of phi': then the Jacobian, and not what is minimised, is approximate. A held hinge is relu(t - k) with w = 1: its slope is 0 or 1 by the side of the row.
 * The order of theta is kept: hidden parameters first, linear ones last, as variable projection wants it. */
#include "savings/own/own_held.h"
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double CURVATURE_STEP = 1e-5;

typedef struct held_work {
    double *theta;                    /* parameter_count */
    double *z, *phi, *slope, *curved; /* rows each; phi, slope and curved: width x rows */
    double *shifted;                  /* rows */
} held_work;

static void held_work_free(void *memory) {
    held_work *w = memory;
    if (!w)
        return;
    free(w->theta);
    free(w->z);
    free(w);
}

static void *held_work_new(const void *context) {
    const savings_own_problem *p = context;
    size_t rows = p->values + p->slopes;
    held_work *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->theta = malloc(p->net->parameter_count * sizeof *w->theta);
    w->z = reallocarray(NULL, rows, (2 + 3 * p->width) * sizeof *w->z);
    if (!w->theta || !w->z) {
        held_work_free(w);
        return NULL;
    }
    w->shifted = w->z + rows;
    w->phi = w->shifted + rows;
    w->slope = w->phi + rows * p->width;
    w->curved = w->slope + rows * p->width;
    memcpy(w->theta, p->net->theta, p->net->parameter_count * sizeof *w->theta); /* the held ones stay */
    return w;
}

static void held_unit(const savings_own_problem *p, size_t u, double *phi, double *slope) {
    for (size_t i = 0; i < p->values + p->slopes; i++) {
        double z = p->t[i] - p->kink[u];
        phi[i] = fmax(z, 0);
        slope[i] = z > 0 || (z == 0 && p->side[i] >= 0);
    }
}

/* phi'' at the rows of slopes, which alone need it; w->z holds the pre-activations and is spent. */
static void curve(const savings_own_problem *p, held_work *w, crease_activation activation, double parameter,
                  const double *phi, const double *slope, double *curved) {
    size_t from = p->values, rows = p->values + p->slopes;
    if (activation == CREASE_TANH || activation == CREASE_SIGMOID) {
        for (size_t i = from; i < rows; i++)
            curved[i] = activation == CREASE_TANH ? -2 * phi[i] * slope[i] : slope[i] * (1 - 2 * phi[i]);
        return;
    }
    for (size_t i = from; i < rows; i++)
        w->shifted[i] = w->z[i] + CURVATURE_STEP;
    crease_activation_evaluate(activation, parameter, 0, p->slopes, w->shifted + from, NULL, curved + from);
    for (size_t i = from; i < rows; i++)
        w->shifted[i] = w->z[i] - CURVATURE_STEP;
    crease_activation_evaluate(activation, parameter, 0, p->slopes, w->shifted + from, NULL, w->z + from);
    for (size_t i = from; i < rows; i++)
        curved[i] = (curved[i] - w->z[i]) / (2 * CURVATURE_STEP);
}

/* phi, phi' and, when wanted, phi'' of all units at all rows. */
static void units(const savings_own_problem *p, held_work *w, const double *free_theta, bool curvature) {
    const crease_layer *layer = &p->net->layer[0];
    size_t rows = p->values + p->slopes;
    for (size_t j = 0; j < p->free_count; j++)
        w->theta[p->place[j]] = free_theta[j];
    for (size_t u = 0; u < p->width; u++) {
        double *phi = w->phi + u * rows, *slope = w->slope + u * rows, *curved = w->curved + u * rows,
               parameter;
        crease_activation activation = crease_net_unit(p->net, 0, u, &parameter)->activation;
        if (curvature)
            memset(curved, 0, rows * sizeof *curved);
        if (!isnan(p->kink[u])) {
            held_unit(p, u, phi, slope);
            continue;
        }
        double weight = w->theta[layer->weights + u], bias = w->theta[layer->biases + u];
        for (size_t i = 0; i < rows; i++)
            w->z[i] = weight * p->t[i] + bias;
        crease_activation_evaluate(activation, parameter, 0, rows, w->z, phi, slope);
        if (curvature)
            curve(p, w, activation, parameter, phi, slope, curved);
    }
}

static bool residual_of(const savings_own_problem *p, const held_work *w, double *r) {
    const crease_net *net = p->net;
    size_t rows = p->values + p->slopes;
    double b = w->theta[net->output_biases], A = net->affine ? w->theta[net->affine_weights] : 0;
    bool finite = true;
    for (size_t i = 0; i < rows; i++) {
        double f = i < p->values ? b + A * p->t[i] : A;
        for (size_t u = 0; u < p->width; u++) {
            double v = w->theta[net->output_weights + u];
            f += v * (i < p->values ? w->phi[u * rows + i]
                                    : w->theta[net->layer[0].weights + u] * w->slope[u * rows + i]);
        }
        r[i] = (f - p->target[i]) * p->root[i];
        finite &= isfinite(r[i]) != 0;
    }
    return finite;
}

static bool held_residual(const void *context, void *work, const double *theta, double *r) {
    const savings_own_problem *p = context;
    held_work *w = work;
    units(p, w, theta, false);
    return residual_of(p, w, r);
}

/* d residual i / d theta[place], without the root. */
static double derivative(const savings_own_problem *p, const held_work *w, size_t i, size_t place) {
    const crease_net *net = p->net;
    size_t rows = p->values + p->slopes;
    bool value = i < p->values;
    if (place >= net->linear_from) {
        if (place == net->output_biases)
            return value ? 1 : 0;
        if (net->affine && place == net->affine_weights)
            return value ? p->t[i] : 1;
        size_t u = place - net->output_weights;
        return value ? w->phi[u * rows + i] : w->theta[net->layer[0].weights + u] * w->slope[u * rows + i];
    }
    bool is_weight = place < net->layer[0].biases;
    size_t u = place - (is_weight ? net->layer[0].weights : net->layer[0].biases), at = u * rows + i;
    double v = w->theta[net->output_weights + u], weight = w->theta[net->layer[0].weights + u];
    if (value)
        return v * w->slope[at] * (is_weight ? p->t[i] : 1);
    return is_weight ? v * (w->slope[at] + weight * p->t[i] * w->curved[at]) : v * weight * w->curved[at];
}

static bool held_jacobian(const void *context, void *work, const double *theta, double *r, double *J) {
    const savings_own_problem *p = context;
    held_work *w = work;
    units(p, w, theta, true);
    for (size_t i = 0; i < p->values + p->slopes; i++)
        for (size_t j = 0; j < p->free_count; j++)
            J[i * p->free_count + j] = p->root[i] * derivative(p, w, i, p->place[j]);
    return !r || residual_of(p, w, r);
}

/* ---- setting up ---- */

static void set_scaling(crease_net *net, const savings_own_rows *rows) {
    net->input_shift[0] = gsl_stats_mean(rows->x, 1, rows->n);
    net->input_scale[0] = gsl_stats_sd(rows->x, 1, rows->n);
    net->output_shift[0] = gsl_stats_mean(rows->z, 1, rows->n);
    double scale = gsl_stats_sd(rows->z, 1, rows->n);
    net->output_scale[0] = scale > 0 && isfinite(scale) ? scale : 1;
}

/* Puts the hinges in place and lists what is free. */
static crease_status hold(crease_net *net, const savings_own_held *held, savings_own_problem *p,
                          crease_error *error) {
    size_t placed = 0;
    for (size_t u = 0; u < p->width; u++) {
        double parameter;
        p->kink[u] = NAN;
        if (crease_net_unit(net, 0, u, &parameter)->activation != CREASE_RELU)
            continue;
        if (placed < held->kinks) {
            p->kink[u] = (held->kink[placed] - net->input_shift[0]) / net->input_scale[0];
            net->theta[net->layer[0].weights + u] = 1;
            net->theta[net->layer[0].biases + u] = -p->kink[u];
        }
        placed++;
    }
    if (placed != held->kinks || (net->layer_count > 0 && net->layer[0].slope_count > 0) ||
        net->layer_count > 1)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the network must have one hidden layer with one relu unit for each of the %zu "
                           "kinks, beside smooth "
                           "units if wanted; this one has %zu relu units in %zu layers",
                           held->kinks, placed, net->layer_count);
    p->free_count = 0;
    for (size_t j = 0; j < net->parameter_count; j++)
        if (j >= net->linear_from || isnan(p->kink[j < p->width ? j : j - p->width]))
            p->place[p->free_count++] = j;
    return CREASE_OK;
}

/* One slope residual at place t from side `side`. */
static void add_slope(savings_own_problem *p, double t, int side, double target, double root) {
    size_t i = p->values + p->slopes++;
    p->t[i] = t;
    p->side[i] = side;
    p->target[i] = target;
    p->root[i] = root;
}

static bool is_kink(const savings_own_held *held, double x) {
    for (size_t k = 0; k < held->kinks; k++)
        if (held->kink[k] == x)
            return true;
    return false;
}

static void list_rows(const crease_net *net, const savings_own_rows *rows, const savings_own_held *held,
                      savings_own_problem *p) {
    double sum = 0, slope_scale = net->input_scale[0] / net->output_scale[0];
    for (size_t i = 0; i < rows->n; i++)
        sum += rows->weight ? rows->weight[i] : 1;
    p->values = rows->n;
    for (size_t i = 0; i < rows->n; i++) {
        p->t[i] = (rows->x[i] - net->input_shift[0]) / net->input_scale[0];
        p->target[i] = (rows->z[i] - net->output_shift[0]) / net->output_scale[0];
        p->root[i] = rows->weight && sum > 0 ? sqrt(rows->weight[i] * (double)rows->n / sum) : 1;
    }
    for (size_t i = 0; i < rows->n && rows->dz && held->lambda > 0; i++) {
        double t = p->t[i], root = held->lambda * p->root[i],
               right = rows->dz_right ? rows->dz_right[i] : NAN;
        bool kink = is_kink(held, rows->x[i]);
        if (!kink)
            add_slope(p, t, 0, rows->dz[i] * slope_scale, root);
        else if (isfinite(right)) {
            add_slope(p, t, -1, rows->dz[i] * slope_scale, root);
            add_slope(p, t, 1, right * slope_scale, root);
        }
    }
}

static crease_status minimise(crease_net *net, const savings_own_problem *p, bool keep,
                              const crease_fit_options *options, crease_error *error) {
    crease_problem problem = {.residuals = p->values + p->slopes,
                              .parameters = p->free_count,
                              .context = p,
                              .work_new = held_work_new,
                              .work_free = held_work_free,
                              .residual = held_residual,
                              .jacobian = held_jacobian,
                              .linear_from = p->free_count - (net->parameter_count - net->linear_from)};
    savings_own_problem without = *p;
    without.slopes = 0;
    crease_problem values = problem;
    values.residuals = p->values;
    values.context = &without;
    return savings_own_search(net, p, &problem, p->slopes > 0 ? &values : NULL, keep, options, error);
}

crease_status savings_own_fit_held(crease_net *net, const savings_own_rows *rows,
                                   const savings_own_held *held, const crease_fit_options *options,
                                   crease_error *error) {
    savings_own_problem p = {.net = net, .width = net->layer_count ? net->layer[0].width : 0};
    size_t most = 3 * rows->n + 1; /* a value and two slopes a row */
    p.t = calloc(most, 3 * sizeof *p.t);
    p.side = calloc(most, sizeof *p.side);
    p.kink = calloc(p.width + 1, sizeof *p.kink);
    p.place = calloc(net->parameter_count, sizeof *p.place);
    crease_status status = CREASE_OK;
    if (!p.t || !p.side || !p.kink || !p.place) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", rows->n);
        goto done;
    }
    p.target = p.t + most;
    p.root = p.target + most;
    if (!held->keep)
        set_scaling(net, rows);
    status = hold(net, held, &p, error);
    if (status != CREASE_OK)
        goto done;
    list_rows(net, rows, held, &p);
    status = minimise(net, &p, held->keep, options, error);
done:
    free(p.t);
    free(p.side);
    free(p.kink);
    free(p.place);
    return status;
}
