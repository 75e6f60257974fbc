/* A network laid out for bounding. */
#include "verify/chain.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t padded(size_t count) {
    return (count + 7) / 8 * 8;
}

/* Doubles behind the layer structures, handed out from the front. */
typedef struct pool {
    double *next;
} pool;

static double *take(pool *memory, size_t count) {
    double *taken = memory->next;
    memory->next += padded(count);
    return taken;
}

static void size_layers(const crease_net *net, crease_chain *chain) {
    chain->widest = chain->input_stride;
    for (size_t l = 0; l <= chain->depth; l++) {
        crease_chain_layer *layer = &chain->layer[l];
        layer->rows = l < chain->depth ? net->layer[l].width : net->outputs;
        layer->cols = l == 0 ? net->inputs : net->layer[l - 1].width;
        if (l == chain->depth && chain->depth == 0)
            layer->cols = 0; /* a plain affine model: all of it is the affine path */
        layer->row_stride = padded(layer->rows);
        layer->stride = padded(layer->cols);
        layer->first = chain->units;
        if (l < chain->depth) {
            chain->units += layer->row_stride;
            chain->hidden += layer->rows;
        }
        if (layer->row_stride > chain->widest)
            chain->widest = layer->row_stride;
        if (layer->stride > chain->widest)
            chain->widest = layer->stride;
    }
}

static size_t doubles_needed(const crease_chain *chain) {
    size_t count =
        chain->outputs * chain->input_stride + 2 * chain->input_stride + 2 * padded(chain->outputs);
    for (size_t l = 0; l <= chain->depth; l++) {
        const crease_chain_layer *layer = &chain->layer[l];
        count += layer->rows * layer->stride + 3 * layer->row_stride +
                 layer->row_stride; /* the last: activations */
    }
    return count + 64;
}

static void copy_matrix(size_t rows, size_t cols, size_t stride, const double *from, double *to) {
    for (size_t i = 0; i < rows; i++)
        memcpy(to + i * stride, from + i * cols, cols * sizeof *to);
}

static void fill_layer(const crease_net *net, size_t l, crease_chain *chain, pool *memory) {
    crease_chain_layer *layer = &chain->layer[l];
    bool hidden = l < chain->depth;
    layer->W = take(memory, layer->rows * layer->stride);
    layer->b = take(memory, layer->row_stride);
    const double *weights = net->theta + (hidden ? net->layer[l].weights : net->output_weights);
    const double *biases = net->theta + (hidden ? net->layer[l].biases : net->output_biases);
    copy_matrix(layer->rows, layer->cols, layer->stride, weights, layer->W);
    memcpy(layer->b, biases, layer->rows * sizeof *layer->b);
    layer->straight = true;
    if (!hidden)
        return;
    layer->slope = take(memory, layer->row_stride);
    layer->parameter = take(memory, layer->row_stride);
    layer->activation = (crease_activation *)(void *)take(memory, layer->row_stride);
    for (size_t u = 0; u < layer->rows; u++) {
        const crease_group *group = crease_net_unit(net, l, u, &layer->parameter[u]);
        layer->activation[u] = group->activation;
        layer->slope[u] = crease_activation_slope_below(group->activation, layer->parameter[u]);
        if (!crease_activation_is_piecewise_linear(group->activation, layer->parameter[u]))
            layer->straight = false;
    }
    chain->straight = chain->straight && layer->straight;
}

static crease_status check_numbers(const crease_net *net, crease_error *error) {
    for (size_t i = 0; i < net->parameter_count; i++)
        if (!isfinite(net->theta[i]))
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "parameter %zu of the network is not a finite number", i);
    for (size_t i = 0; i < net->inputs; i++)
        if (!isfinite(net->input_shift[i]) || !isfinite(net->input_scale[i]) || !(net->input_scale[i] > 0))
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "the scaling of input %zu is not finite and positive", i);
    for (size_t i = 0; i < net->outputs; i++)
        if (!isfinite(net->output_shift[i]) || !isfinite(net->output_scale[i]))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "the scaling of output %zu is not finite", i);
    return CREASE_OK;
}

static void fill_scaling(const crease_net *net, crease_chain *chain, pool *memory) {
    chain->shift = take(memory, chain->input_stride);
    chain->scale = take(memory, chain->input_stride);
    chain->output_shift = take(memory, chain->outputs);
    chain->output_scale = take(memory, chain->outputs);
    memcpy(chain->shift, net->input_shift, net->inputs * sizeof(double));
    memcpy(chain->scale, net->input_scale, net->inputs * sizeof(double));
    memcpy(chain->output_shift, net->output_shift, net->outputs * sizeof(double));
    memcpy(chain->output_scale, net->output_scale, net->outputs * sizeof(double));
    for (size_t j = net->inputs; j < chain->input_stride; j++)
        chain->scale[j] = 1;
    for (size_t j = 0; j < net->inputs; j++)
        chain->standardised |= chain->shift[j] != 0 || chain->scale[j] != 1;
    if (net->affine) {
        chain->skip = take(memory, chain->outputs * chain->input_stride);
        copy_matrix(net->outputs, net->inputs, chain->input_stride, net->theta + net->affine_weights,
                    chain->skip);
    }
}

crease_status crease_chain_new(const crease_net *net, crease_chain **result, crease_error *error) {
    *result = NULL;
    crease_status status = check_numbers(net, error);
    if (status != CREASE_OK)
        return status;
    status = CREASE_NO_MEMORY;
    crease_chain *chain = calloc(1, sizeof *chain);
    if (!chain)
        goto done;
    chain->inputs = net->inputs;
    chain->outputs = net->outputs;
    chain->input_stride = padded(net->inputs);
    chain->depth = net->layer_count;
    chain->straight = true;
    chain->wide_vectors = __builtin_cpu_supports("avx2");
    chain->layer = calloc(chain->depth + 1, sizeof *chain->layer);
    if (!chain->layer)
        goto done;
    size_layers(net, chain);
    chain->memory = aligned_alloc(64, (doubles_needed(chain) * sizeof(double) + 63) / 64 * 64);
    if (!chain->memory)
        goto done;
    memset(chain->memory, 0, doubles_needed(chain) * sizeof(double));
    pool memory = {chain->memory};
    for (size_t l = 0; l <= chain->depth; l++)
        fill_layer(net, l, chain, &memory);
    fill_scaling(net, chain, &memory);
    *result = chain;
    chain = NULL;
    status = CREASE_OK;
done:
    crease_chain_free(chain);
    return status == CREASE_OK ? status
                               : crease_fail(error, status, "out of memory for the layout of a network");
}

void crease_chain_free(crease_chain *chain) {
    if (!chain)
        return;
    free(chain->memory);
    free(chain->layer);
    free(chain);
}

size_t crease_chain_layer_of(const crease_chain *chain, size_t unit) {
    size_t l = 0;
    while (l + 1 < chain->depth && chain->layer[l + 1].first <= unit)
        l++;
    return l;
}

static inline __attribute__((always_inline)) void affine(const crease_chain_layer *layer, const double *a,
                                                         double *z) {
    for (size_t i = 0; i < layer->rows; i++) {
        const double *row = layer->W + i * layer->stride;
        double sum = layer->b[i];
#pragma omp simd reduction(+ : sum)
        for (size_t j = 0; j < layer->cols; j++)
            sum += row[j] * a[j];
        z[i] = sum;
    }
}

__attribute__((target("avx2"))) static void affine_wide(const crease_chain_layer *layer, const double *a,
                                                        double *z) {
    affine(layer, a, z);
}

static void affine_any(const crease_chain_layer *layer, const double *a, double *z) {
    affine(layer, a, z);
}

static void activate(const crease_chain_layer *layer, const double *z, double *a) {
    if (layer->straight)
        for (size_t i = 0; i < layer->rows; i++)
            a[i] = z[i] > 0 ? z[i] : layer->slope[i] * z[i];
    else
        for (size_t i = 0; i < layer->rows; i++)
            crease_activation_evaluate(layer->activation[i], layer->parameter[i], 0, 1, z + i, a + i, NULL);
}

void crease_chain_evaluate(const crease_chain *chain, const double *x, double *room, double *z, double *y) {
    double *a = room, *own = room + chain->widest;
    void (*apply)(const crease_chain_layer *, const double *, double *) =
        chain->wide_vectors ? affine_wide : affine_any;
    for (size_t j = 0; j < chain->inputs; j++)
        a[j] = (x[j] - chain->shift[j]) / chain->scale[j];
    for (size_t i = 0; i < chain->outputs; i++) {
        y[i] = 0;
        for (size_t j = 0; chain->skip && j < chain->inputs; j++)
            y[i] += chain->skip[i * chain->input_stride + j] * a[j];
    }
    for (size_t l = 0; l < chain->depth; l++) {
        const crease_chain_layer *layer = &chain->layer[l];
        double *here = z ? z + layer->first : own;
        apply(layer, a, here);
        activate(layer, here, a);
    }
    apply(&chain->layer[chain->depth], a, own);
    for (size_t i = 0; i < chain->outputs; i++)
        y[i] = chain->output_shift[i] + chain->output_scale[i] * (y[i] + own[i]);
}

/* below += W' z */
static inline __attribute__((always_inline)) void add_transposed(const crease_chain_layer *layer,
                                                                 const double *z, double *restrict below) {
    for (size_t i = 0; i < layer->rows; i++) {
        if (z[i] == 0)
            continue;
        const double *row = layer->W + i * layer->stride;
        for (size_t j = 0; j < layer->stride; j++)
            below[j] += z[i] * row[j];
    }
}

__attribute__((target("avx2"))) static void add_transposed_wide(const crease_chain_layer *layer,
                                                                const double *z, double *below) {
    add_transposed(layer, z, below);
}

static void add_transposed_any(const crease_chain_layer *layer, const double *z, double *below) {
    add_transposed(layer, z, below);
}

void crease_chain_gradient(const crease_chain *chain, const double *z, const double *weight, double *room,
                           double *gradient) {
    double *above = room, *below = room + chain->widest;
    for (size_t i = 0; i < chain->outputs; i++)
        above[i] = weight[i] * chain->output_scale[i];
    for (size_t j = 0; j < chain->inputs; j++) {
        gradient[j] = 0;
        for (size_t i = 0; chain->skip && i < chain->outputs; i++)
            gradient[j] += above[i] * chain->skip[i * chain->input_stride + j];
    }
    for (size_t l = chain->depth + 1; l-- > 0;) {
        const crease_chain_layer *layer = &chain->layer[l];
        for (size_t i = 0; l < chain->depth && i < layer->rows; i++) {
            double derivative = z[layer->first + i] > 0 ? 1 : layer->slope[i];
            if (!layer->straight)
                crease_activation_evaluate(layer->activation[i], layer->parameter[i], 0, 1,
                                           z + layer->first + i, NULL, &derivative);
            above[i] *= derivative;
        }
        memset(below, 0, layer->stride * sizeof *below);
        (chain->wide_vectors ? add_transposed_wide : add_transposed_any)(layer, above, below);
        double *swap = above;
        above = below;
        below = swap;
    }
    for (size_t j = 0; j < chain->inputs; j++)
        gradient[j] = (gradient[j] + (chain->depth ? above[j] : 0)) / chain->scale[j];
}
