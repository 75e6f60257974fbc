/* Evaluation and derivatives of a network, in blocks of points.
 *
 *   z_l = W_l a_{l-1} + b_l + gamma     a_l = phi(z_l)     y = shift + scale (W a_L + b + A a_0)
 *
 * Backwards, with g_l = dy/da_l and d_l = g_l phi'(z_l):   dy/dW_l = d_l a_{l-1}'   dy/db_l = d_l   g_{l-1} =
 * W_l' d_l A block holds its values unit by unit (unit x BLOCK), so that inner loops run over points, and a
 * layer is one matrix product where it is wide enough for BLAS to pay. */
#include "base/dense.h"
#include "net/block.h"
#include <math.h>
#include <string.h>

enum { BLAS_PAYS = 256 /* width x fan-in from which a matrix product beats the plain loops */ };

/* out (m x n) += M (m x k, row-major) in (k x n), points contiguous */
static void add_product(size_t m, size_t n, size_t k, const double *M, const double *in, double *out) {
    if (m * k >= BLAS_PAYS) {
        crease_dense_gemm(false, false, m, n, k, 1, M, k, in, BLOCK, 1, out, BLOCK);
        return;
    }
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < k; j++) {
            double weight = M[i * k + j];
            const double *restrict source = in + j * BLOCK;
            double *restrict target = out + i * BLOCK;
            for (size_t p = 0; p < n; p++)
                target[p] += weight * source[p];
        }
}

/* out (k x n) = M' in, M is m x k and in is m x n */
static void transposed_product(size_t m, size_t n, size_t k, const double *M, const double *in, double *out) {
    if (m * k >= BLAS_PAYS) {
        crease_dense_gemm(true, false, k, n, m, 1, M, k, in, BLOCK, 0, out, BLOCK);
        return;
    }
    for (size_t j = 0; j < k; j++) {
        double *restrict target = out + j * BLOCK;
        memset(target, 0, n * sizeof *target);
        for (size_t i = 0; i < m; i++) {
            double weight = M[i * k + j];
            const double *restrict source = in + i * BLOCK;
            for (size_t p = 0; p < n; p++)
                target[p] += weight * source[p];
        }
    }
}

static void fill_rows(size_t rows, size_t n, const double *value, double shift, double *out) {
    for (size_t i = 0; i < rows; i++)
        for (size_t p = 0; p < n; p++)
            out[i * BLOCK + p] = value[i] + shift;
}

static void standardise(const crease_net *net, size_t n, const double *x, double *out) {
    for (size_t k = 0; k < net->inputs; k++)
        for (size_t p = 0; p < n; p++)
            out[k * BLOCK + p] = (x[p * net->inputs + k] - net->input_shift[k]) / net->input_scale[k];
}

static void activate(const crease_layer *layer, const double *theta, const crease_work *work, size_t l,
                     size_t n, bool derivatives) {
    size_t u = 0;
    const double *slope = theta + layer->slopes;
    for (size_t g = 0; g < layer->group_count; g++) {
        const crease_group *group = &layer->group[g];
        bool one_call = n == BLOCK && group->activation != CREASE_PRELU;
        size_t step = one_call ? group->width : 1;
        for (size_t end = u + group->width; u < end; u += step) {
            double parameter = group->activation == CREASE_PRELU ? *slope++ : group->parameter;
            size_t at = u * BLOCK;
            crease_activation_evaluate(group->activation, parameter, work->at_zero,
                                       one_call ? step * BLOCK : n, work->z[l] + at, work->a[l] + at,
                                       derivatives ? work->da[l] + at : NULL);
        }
    }
}

void crease_block_forward(const crease_net *net, const double *theta, crease_work *work, size_t n,
                          const double *x, bool derivatives) {
    standardise(net, n, x, work->input);
    const double *in = work->input;
    for (size_t l = 0; l < net->layer_count; l++) {
        const crease_layer *layer = &net->layer[l];
        fill_rows(layer->width, n, theta + layer->biases, work->bias_shift, work->z[l]);
        add_product(layer->width, n, layer->fan_in, theta + layer->weights, in, work->z[l]);
        activate(layer, theta, work, l, n, derivatives);
        in = work->a[l];
    }
}

static size_t feature_count(const crease_net *net) {
    return net->layer_count ? net->layer[net->layer_count - 1].width : 0;
}

static const double *features(const crease_net *net, const crease_work *work) {
    return net->layer_count ? work->a[net->layer_count - 1] : NULL;
}

static void forward(const crease_net *net, const double *theta, crease_work *work, size_t n, const double *x,
                    bool derivatives, double *y) {
    crease_block_forward(net, theta, work, n, x, derivatives);
    if (!y)
        return;
    fill_rows(net->outputs, n, theta + net->output_biases, 0, work->output);
    add_product(net->outputs, n, feature_count(net), theta + net->output_weights, features(net, work),
                work->output);
    if (net->affine)
        add_product(net->outputs, n, net->inputs, theta + net->affine_weights, work->input, work->output);
    for (size_t o = 0; o < net->outputs; o++)
        for (size_t p = 0; p < n; p++)
            y[p * net->outputs + o] =
                net->output_shift[o] + net->output_scale[o] * work->output[o * BLOCK + p];
}

/* work->g: dy/da of the layer -> dy/dz, in place */
static void through_activation(const crease_layer *layer, const crease_work *work, size_t l, size_t n) {
    for (size_t u = 0; u < layer->width; u++) {
        double *restrict g = work->g + u * BLOCK;
        const double *restrict d = work->da[l] + u * BLOCK;
        for (size_t p = 0; p < n; p++)
            g[p] *= d[p];
    }
}

/* work->g: dy/dz of layer l -> dy/da of the layer below (or of the standardised input) */
static void to_layer_below(const crease_layer *layer, const double *theta, crease_work *work, size_t n) {
    transposed_product(layer->width, n, layer->fan_in, theta + layer->weights, work->g, work->spare);
    double *swap = work->g;
    work->g = work->spare;
    work->spare = swap;
}

/* Moves *unit on to the first prelu unit at or behind it; dy/dslope of such a unit is g min(z, 0). */
static bool next_prelu(const crease_layer *layer, size_t *unit) {
    size_t first = 0;
    for (size_t g = 0; g < layer->group_count; first += layer->group[g].width, g++)
        if (layer->group[g].activation == CREASE_PRELU) {
            size_t end = first + layer->group[g].width;
            if (*unit < end) {
                *unit = *unit > first ? *unit : first;
                return true;
            }
        }
    return false;
}

static void output_sensitivity(const crease_net *net, const double *theta, crease_work *work, size_t n,
                               size_t o) {
    const double *weight = theta + net->output_weights + o * feature_count(net);
    for (size_t u = 0; u < feature_count(net); u++)
        for (size_t p = 0; p < n; p++)
            work->g[u * BLOCK + p] = net->output_scale[o] * weight[u];
}

void crease_net_evaluate(const crease_net *net, const double *theta, crease_work *work, size_t n,
                         const double *x, double *y) {
    theta = theta ? theta : net->theta;
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t count = n - i < BLOCK ? n - i : BLOCK;
        forward(net, theta, work, count, x + i * net->inputs, false, y + i * net->outputs);
    }
}

/* Writes the outer products factor x source of each point into columns [0, units * fan_in) of J. */
static void write_outer(size_t n, size_t units, size_t fan_in, const double *factor, const double *source,
                        double *J, size_t stride) {
    for (size_t u = 0; u < units; u++)
        for (size_t k = 0; k < fan_in; k++) {
            const double *f = factor + u * BLOCK, *s = source + k * BLOCK;
            double *column = J + u * fan_in + k;
            for (size_t p = 0; p < n; p++)
                column[p * stride] = f[p] * s[p];
        }
}

void crease_block_write_units(size_t n, size_t units, const double *value, double *J, size_t stride) {
    for (size_t u = 0; u < units; u++)
        for (size_t p = 0; p < n; p++)
            J[p * stride + u] = value[u * BLOCK + p];
}

/* Rows of J (n rows, `stride` apart) for output o of a block. */
static void jacobian_of_output(const crease_net *net, const double *theta, crease_work *work, size_t n,
                               size_t o, double *J, size_t stride) {
    size_t width = feature_count(net);
    double scale = net->output_scale[o];
    for (size_t p = 0; p < n; p++) {
        double *row = J + p * stride;
        memset(row + net->linear_from, 0, (net->parameter_count - net->linear_from) * sizeof *row);
        row[net->output_biases + o] = scale;
        for (size_t u = 0; u < width; u++)
            row[net->output_weights + o * width + u] = scale * features(net, work)[u * BLOCK + p];
        for (size_t k = 0; net->affine && k < net->inputs; k++)
            row[net->affine_weights + o * net->inputs + k] = scale * work->input[k * BLOCK + p];
    }
    output_sensitivity(net, theta, work, n, o);
    for (size_t l = net->layer_count; l-- > 0;) {
        const crease_layer *layer = &net->layer[l];
        size_t slope = layer->slopes;
        for (size_t u = 0; layer->slope_count && next_prelu(layer, &u); u++, slope++)
            for (size_t p = 0; p < n; p++)
                J[p * stride + slope] = work->g[u * BLOCK + p] * fmin(work->z[l][u * BLOCK + p], 0);
        through_activation(layer, work, l, n);
        write_outer(n, layer->width, layer->fan_in, work->g, crease_block_layer_input(work, l),
                    J + layer->weights, stride);
        crease_block_write_units(n, layer->width, work->g, J + layer->biases, stride);
        if (l > 0)
            to_layer_below(layer, theta, work, n);
    }
}

void crease_net_jacobian(const crease_net *net, const double *theta, crease_work *work, size_t n,
                         const double *x, double *y, double *J, size_t stride) {
    theta = theta ? theta : net->theta;
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t count = n - i < BLOCK ? n - i : BLOCK;
        forward(net, theta, work, count, x + i * net->inputs, true, y ? y + i * net->outputs : NULL);
        for (size_t o = 0; o < net->outputs; o++)
            jacobian_of_output(net, theta, work, count, o, J + (i * net->outputs + o) * stride,
                               net->outputs * stride);
    }
}

/* G (units x fan_in) += factor source', both unit x points */
static void add_outer(size_t n, size_t units, size_t fan_in, const double *factor, const double *source,
                      double *G) {
    if (units * fan_in >= BLAS_PAYS) {
        crease_dense_gemm(false, true, units, fan_in, n, 1, factor, BLOCK, source, BLOCK, 1, G, fan_in);
        return;
    }
    for (size_t u = 0; u < units; u++)
        for (size_t k = 0; k < fan_in; k++)
            G[u * fan_in + k] += crease_dense_dot(n, factor + u * BLOCK, source + k * BLOCK);
}

static void add_sums(size_t n, size_t units, const double *value, double *sums) {
    for (size_t u = 0; u < units; u++)
        for (size_t p = 0; p < n; p++)
            sums[u] += value[u * BLOCK + p];
}

/* work->output holds the loss's derivative in the unscaled outputs of the block. */
static void add_block_gradient(const crease_net *net, const double *theta, crease_work *work, size_t n,
                               double *gradient) {
    size_t width = feature_count(net);
    add_sums(n, net->outputs, work->output, gradient + net->output_biases);
    if (net->affine)
        add_outer(n, net->outputs, net->inputs, work->output, work->input, gradient + net->affine_weights);
    if (width == 0)
        return;
    add_outer(n, net->outputs, width, work->output, features(net, work), gradient + net->output_weights);
    transposed_product(net->outputs, n, width, theta + net->output_weights, work->output, work->g);
    for (size_t l = net->layer_count; l-- > 0;) {
        const crease_layer *layer = &net->layer[l];
        size_t slope = layer->slopes;
        for (size_t u = 0; layer->slope_count && next_prelu(layer, &u); u++, slope++)
            for (size_t p = 0; p < n; p++)
                gradient[slope] += work->g[u * BLOCK + p] * fmin(work->z[l][u * BLOCK + p], 0);
        through_activation(layer, work, l, n);
        add_outer(n, layer->width, layer->fan_in, work->g, crease_block_layer_input(work, l),
                  gradient + layer->weights);
        add_sums(n, layer->width, work->g, gradient + layer->biases);
        if (l > 0)
            to_layer_below(layer, theta, work, n);
    }
}

void crease_net_gradient(const crease_net *net, const double *theta, crease_work *work, size_t n,
                         const double *x, const double *dy, double *y, double *gradient) {
    theta = theta ? theta : net->theta;
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t count = n - i < BLOCK ? n - i : BLOCK;
        forward(net, theta, work, count, x + i * net->inputs, true, y ? y + i * net->outputs : NULL);
        for (size_t o = 0; o < net->outputs; o++)
            for (size_t p = 0; p < count; p++)
                work->output[o * BLOCK + p] = net->output_scale[o] * dy[(i + p) * net->outputs + o];
        add_block_gradient(net, theta, work, count, gradient);
    }
}

/* dydx of output o for a block already gone forward. */
static void block_input_gradient(const crease_net *net, const double *theta, crease_work *work, size_t n,
                                 size_t o, double *dydx) {
    const double *affine = theta + net->affine_weights + o * net->inputs;
    output_sensitivity(net, theta, work, n, o);
    for (size_t l = net->layer_count; l-- > 0;) {
        through_activation(&net->layer[l], work, l, n);
        to_layer_below(&net->layer[l], theta, work, n);
    }
    for (size_t p = 0; p < n; p++)
        for (size_t k = 0; k < net->inputs; k++) {
            double hidden = net->layer_count ? work->g[k * BLOCK + p] : 0;
            double direct = net->affine ? net->output_scale[o] * affine[k] : 0;
            dydx[(p * net->outputs + o) * net->inputs + k] = (hidden + direct) / net->input_scale[k];
        }
}

void crease_net_input_gradient(const crease_net *net, const double *theta, crease_work *work, size_t n,
                               const double *x, double *y, double *dydx) {
    theta = theta ? theta : net->theta;
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t count = n - i < BLOCK ? n - i : BLOCK;
        forward(net, theta, work, count, x + i * net->inputs, true, y ? y + i * net->outputs : NULL);
        for (size_t o = 0; o < net->outputs; o++)
            block_input_gradient(net, theta, work, count, o, dydx + i * net->outputs * net->inputs);
    }
}

void crease_net_local_affine(const crease_net *net, crease_work *work, const double *x, double *gain,
                             double *offset) {
    crease_net_input_gradient(net, NULL, work, 1, x, offset, gain);
    for (size_t o = 0; o < net->outputs; o++)
        for (size_t k = 0; k < net->inputs; k++)
            offset[o] -= gain[o * net->inputs + k] * x[k];
}
