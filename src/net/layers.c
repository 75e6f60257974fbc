/* The layers of a network one by one.
 *
 *   F = sum_i w_i |f(x_i) - y_i|^2 / (2 sum w),  dF/dy_i = w_i (f(x_i) - y_i) / sum w
 *
 * and |dF/dtheta|^2 is the sum over layers of |dF/dtheta_l|^2. A unit with z <= 0 on every row has phi'(z) = 0 there, so its
 * part of the gradient is a sum of zeros. */
#include "crease/layers.h"
#include "base/dense.h"
#include "net/block.h"
#include <math.h>
#include <stdlib.h>

void crease_net_features(const crease_net *net, const double *theta, crease_work *work, size_t n,
                         const double *x, double *basis, size_t stride) {
    if (net->layer_count > 0)
        crease_net_layer_values(net, theta, work, net->layer_count, n, x, basis, stride);
}

void crease_net_layer_values(const crease_net *net, const double *theta, crease_work *work, size_t l,
                             size_t n, const double *x, double *values, size_t stride) {
    theta = theta ? theta : net->theta;
    size_t width = l == 0 ? net->inputs : net->layer[l - 1].width;
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t count = n - i < BLOCK ? n - i : BLOCK;
        crease_block_forward(net, theta, work, count, x + i * net->inputs, false);
        crease_block_write_units(count, width, crease_block_layer_input(work, l), values + i * stride,
                                 stride);
    }
}

void crease_net_largest_preactivations(const crease_net *net, const double *theta, crease_work *work,
                                       size_t n, const double *x, double *largest) {
    theta = theta ? theta : net->theta;
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t count = n - i < BLOCK ? n - i : BLOCK;
        crease_block_forward(net, theta, work, count, x + i * net->inputs, false);
        double *next = largest;
        for (size_t l = 0; l < net->layer_count; l++)
            for (size_t u = 0; u < net->layer[l].width; u++, next++)
                for (size_t p = 0; p < count; p++)
                    *next = fmax(*next, work->z[l][u * BLOCK + p]);
    }
}

size_t crease_net_dead_units(const crease_net *net, crease_work *work, size_t n, const double *x) {
    size_t units = crease_net_unit_count(net), dead = 0;
    for (size_t i = 0; i < units; i++)
        work->largest[i] = -INFINITY;
    crease_net_largest_preactivations(net, NULL, work, n, x, work->largest);
    const double *largest = work->largest;
    for (size_t l = 0; l < net->layer_count; l++)
        for (size_t u = 0; u < net->layer[l].width; u++, largest++) {
            double parameter;
            if (*largest <= 0 &&
                crease_activation_can_die(crease_net_unit(net, l, u, &parameter)->activation))
                dead++;
        }
    return dead;
}

size_t crease_net_layer_parameters(const crease_net *net, size_t l, size_t *first) {
    *first = l < net->layer_count ? net->layer[l].weights : net->output_weights;
    size_t end = l == net->layer_count      ? net->parameter_count
                 : l + 1 < net->layer_count ? net->layer[l + 1].weights
                                            : net->output_weights;
    return end - *first;
}

void crease_net_layer_norms(const crease_net *net, const double *vector, double *norm) {
    for (size_t l = 0; l <= net->layer_count; l++) {
        size_t first, count = crease_net_layer_parameters(net, l, &first);
        norm[l] = crease_dense_norm(count, vector + first);
    }
}

/* Adds a block: active_share counts pairs and preactivation_rms is the root of a sum for now. */
static void add_activity(const crease_net *net, crease_work *work, size_t n, crease_layer_state *state) {
    double *largest = work->largest;
    for (size_t l = 0; l < net->layer_count; l++)
        for (size_t u = 0; u < net->layer[l].width; u++, largest++) {
            const double *z = work->z[l] + u * BLOCK;
            size_t active = 0;
            for (size_t p = 0; p < n; p++) {
                active += z[p] > 0;
                *largest = fmax(*largest, z[p]);
            }
            state[l].active_share += (double)active;
            state[l].preactivation_rms = hypot(state[l].preactivation_rms, crease_dense_norm(n, z));
        }
}

static size_t dead_in_layer(const crease_net *net, size_t l, const double *largest) {
    size_t dead = 0;
    for (size_t u = 0; u < net->layer[l].width; u++) {
        double parameter;
        dead +=
            largest[u] <= 0 && crease_activation_can_die(crease_net_unit(net, l, u, &parameter)->activation);
    }
    return dead;
}

void crease_net_layer_activity(const crease_net *net, const double *theta, crease_work *work, size_t n,
                               const double *x, crease_layer_state *state) {
    theta = theta ? theta : net->theta;
    double *largest = work->largest;
    for (size_t u = 0; u < crease_net_unit_count(net); u++)
        largest[u] = -INFINITY;
    for (size_t l = 0; l <= net->layer_count; l++) {
        state[l].active_share = state[l].preactivation_rms = l < net->layer_count ? 0 : NAN;
        state[l].dead_units = 0;
    }
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t count = n - i < BLOCK ? n - i : BLOCK;
        crease_block_forward(net, theta, work, count, x + i * net->inputs, false);
        add_activity(net, work, count, state);
    }
    for (size_t l = 0; l < net->layer_count; l++) {
        double pairs = (double)n * (double)net->layer[l].width;
        state[l].active_share /= pairs;
        state[l].preactivation_rms /= sqrt(pairs);
        state[l].dead_units = dead_in_layer(net, l, largest);
        largest += net->layer[l].width;
    }
}

/* y (n x outputs, the predictions) becomes dF/dy; returns F. */
static double loss_derivative(const crease_data *data, double *y) {
    double total = 0, sum = 0;
    for (size_t i = 0; i < data->n; i++)
        total += data->weight ? data->weight[i] : 1;
    for (size_t i = 0; i < data->n; i++)
        for (size_t o = 0; o < data->outputs; o++) {
            size_t at = i * data->outputs + o;
            double share = (data->weight ? data->weight[i] : 1) / total, error = y[at] - data->y[at];
            sum += share * error * error;
            y[at] = share * error;
        }
    return sum / 2;
}

static crease_status check_layer_states(const crease_net *net, const crease_data *data, double at_zero,
                                        crease_error *error) {
    if (net->inputs != data->inputs || net->outputs != data->outputs)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the network has %zu inputs and %zu outputs, the data %zu and %zu", net->inputs,
                           net->outputs, data->inputs, data->outputs);
    if (!(at_zero >= 0 && at_zero <= 1))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the derivative at 0 is %g; choose one from 0 to 1",
                           at_zero);
    return crease_data_check(data, error);
}

crease_status crease_net_layer_states(const crease_net *net, const double *theta, const crease_data *data,
                                      double derivative_at_zero, double *loss, double *gradient,
                                      crease_layer_state *state, crease_error *error) {
    crease_work *work = NULL;
    double *y = NULL, *own = NULL, *norm = NULL;
    crease_status status = check_layer_states(net, data, derivative_at_zero, error);
    if (status != CREASE_OK || (status = crease_work_new(net, &work, error)) != CREASE_OK)
        goto done;
    y = calloc(data->n, net->outputs * sizeof *y);
    own = calloc(net->parameter_count, sizeof *own);
    norm = calloc(net->layer_count + 1, sizeof *norm);
    if (!y || !own || !norm) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for a gradient on %zu rows", data->n);
        goto done;
    }
    crease_work_set_derivative_at_zero(work, derivative_at_zero);
    crease_net_evaluate(net, theta, work, data->n, data->x, y);
    double sum = loss_derivative(data, y);
    crease_net_gradient(net, theta, work, data->n, data->x, y, NULL, own);
    if (!isfinite(sum) || !isfinite(crease_dense_norm(net->parameter_count, own))) {
        status = crease_fail(error, CREASE_BAD_DATA,
                             "the loss or its gradient is not finite; start from smaller weights or rescale "
                             "the data");
        goto done;
    }
    crease_net_layer_activity(net, theta, work, data->n, data->x, state);
    crease_net_layer_norms(net, own, norm);
    for (size_t l = 0; l <= net->layer_count; l++) {
        state[l].gradient_norm = norm[l];
        state[l].step_norm = NAN;
    }
    if (loss)
        *loss = sum;
    for (size_t j = 0; gradient && j < net->parameter_count; j++)
        gradient[j] = own[j];
done:
    crease_work_free(work);
    free(y);
    free(own);
    free(norm);
    return status;
}
