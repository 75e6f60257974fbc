/* Backward linear bounds (Zhang et al. 2018; Singh et al. 2019), with rounding errors bounded beforehand.
 *
 * A functional F >= sum lambda_i f(z_i) + c takes the lower line of unit i where lambda_i >= 0 and the upper one where it is
 * negative, mu_i = lambda_i slope_i, and then z = W a + b. Let u = 2^-53, n the longest sum and g = (n + 16) u (1 + 2^-20),
 * which is more than gamma_(n+8) (Higham 2002, lemma 3.1). Computed sums of products, in any order, with or without
 * fused operations, are off by at most
 *     in lambda'_j = sum_i mu_i W_ij:  g sum_i |mu_i| |W_ij|,  which moves F by no more than
 *     g sum_j |a_j| sum_i |mu_i| |W_ij|  <=  g sum_i |mu_i| R_i,   R_i = sum_j |W_ij| max |a_j| + |b_i|;
 *     in mu_i z_i:  u |mu_i| |z_i| <= u |mu_i| R_i;   in the constant:  g (|c| + sum |lambda_i t_i| + sum |mu_i| |b_i|).
 * So one dot product with R a layer bounds all of them. R belongs to a box and holds on all its parts. The bound is
 * itself computed in floating point; its relative error is below 2^-20 and is added. A product that underflows
 * costs at most 2^-1074 times a magnitude: crease_magnitude.least collects them. */
#include "verify/backward.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double growth(size_t longest) {
    return (double)(longest + 16) * 0x1p-53 * (1 + 0x1p-20);
}

crease_status crease_magnitude_new(const crease_chain *chain, crease_magnitude *magnitude,
                                   crease_error *error) {
    size_t count = chain->units + chain->layer[chain->depth].row_stride + 2 * chain->input_stride;
    magnitude->memory = calloc(count, sizeof(double));
    if (!magnitude->memory)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the bounds of a network");
    magnitude->preactivation = magnitude->memory;
    magnitude->output = magnitude->preactivation + chain->units;
    magnitude->input = magnitude->output + chain->layer[chain->depth].row_stride;
    magnitude->standard = magnitude->input + chain->input_stride;
    return CREASE_OK;
}

void crease_magnitude_clear(crease_magnitude *magnitude) {
    free(magnitude->memory);
    *magnitude = (crease_magnitude){0};
}

static const double upward = 1 + 0x1p-20;

void crease_magnitude_inputs(const crease_chain *chain, const double *lo, const double *hi,
                             crease_magnitude *magnitude) {
    magnitude->least = 0;
    for (size_t j = 0; j < chain->inputs; j++) {
        magnitude->input[j] = fmax(fabs(lo[j]), fabs(hi[j]));
        magnitude->standard[j] = (magnitude->input[j] + fabs(chain->shift[j])) / chain->scale[j] * upward;
        magnitude->least += 0x1p-1000 * (1 + magnitude->input[j] + magnitude->standard[j]);
    }
}

/* max |f(z)| over the bounds of a unit */
static double largest_value(const crease_chain_layer *layer, size_t i, double lower, double upper) {
    if (layer->straight || crease_activation_is_piecewise_linear(layer->activation[i], layer->parameter[i]))
        return fmax(fmax(fabs(upper), 0), lower < 0 ? fabs(layer->slope[i] * lower) : 0) * upward;
    double line[4];
    crease_lines_smooth(layer->activation[i], layer->parameter[i], lower, upper, line);
    double z = fmax(fabs(lower), fabs(upper));
    return (fmax(fabs(line[0]), fabs(line[2])) * z + fmax(fabs(line[1]), fabs(line[3]))) * upward;
}

void crease_magnitude_layer(const crease_chain *chain, size_t l, const double *lower, const double *upper,
                            crease_magnitude *magnitude) {
    const crease_chain_layer *layer = &chain->layer[l];
    const crease_chain_layer *below = l ? &chain->layer[l - 1] : NULL;
    bool output = l == chain->depth;
    double *R = output ? magnitude->output : magnitude->preactivation + layer->first;
    for (size_t i = 0; i < layer->rows; i++)
        R[i] = fabs(layer->b[i]);
    for (size_t j = 0; j < layer->cols; j++) {
        double a = below ? largest_value(below, j, lower[below->first + j], upper[below->first + j])
                         : magnitude->standard[j];
        for (size_t i = 0; i < layer->rows; i++)
            R[i] += fabs(layer->W[i * layer->stride + j]) * a;
        magnitude->least += 0x1p-1000 * a;
    }
    for (size_t i = 0; i < layer->rows; i++) {
        for (size_t j = 0; output && chain->skip && j < chain->inputs; j++)
            R[i] += fabs(chain->skip[i * chain->input_stride + j]) * magnitude->standard[j];
        R[i] = R[i] * upward + 0x1p-1000;
        magnitude->least += 0x1p-1000 * R[i];
    }
}

crease_status crease_functionals_new(const crease_chain *chain, crease_functionals *functionals,
                                     crease_error *error) {
    size_t wide = CREASE_TOGETHER * chain->widest, in = CREASE_TOGETHER * chain->input_stride;
    *functionals = (crease_functionals){0};
    functionals->memory = aligned_alloc(64, ((2 * wide + 2 * in) * sizeof(double) + 63) / 64 * 64);
    if (!functionals->memory)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the bounds of a network");
    memset(functionals->memory, 0, (2 * wide + 2 * in) * sizeof(double));
    functionals->coefficient = functionals->memory;
    functionals->next = functionals->coefficient + wide;
    functionals->standard = functionals->next + wide;
    functionals->direct = functionals->standard + in;
    return CREASE_OK;
}

void crease_functionals_clear(crease_functionals *functionals) {
    free(functionals->memory);
    *functionals = (crease_functionals){0};
}

static void start(const crease_chain *chain, crease_functionals *functionals, size_t r) {
    memset(functionals->standard + r * chain->input_stride, 0, chain->input_stride * sizeof(double));
    memset(functionals->direct + r * chain->input_stride, 0, chain->input_stride * sizeof(double));
    memset(functionals->coefficient + r * chain->widest, 0, chain->widest * sizeof(double));
    functionals->constant[r] = functionals->error[r] = 0;
}

void crease_functionals_start_unit(const crease_chain *chain, size_t l, size_t row, double sign,
                                   crease_functionals *functionals, size_t r) {
    const crease_chain_layer *layer = &chain->layer[l];
    start(chain, functionals, r);
    double *to =
        l ? functionals->coefficient + r * chain->widest : functionals->standard + r * chain->input_stride;
    for (size_t j = 0; j < layer->cols; j++)
        to[j] = sign * layer->W[row * layer->stride + j];
    functionals->constant[r] = sign * layer->b[row];
}

void crease_functionals_start_output(const crease_chain *chain, const crease_magnitude *magnitude,
                                     const double *outputs, const double *inputs,
                                     crease_functionals *functionals, size_t r) {
    const crease_chain_layer *layer = &chain->layer[chain->depth];
    start(chain, functionals, r);
    double *to = chain->depth ? functionals->coefficient + r * chain->widest : NULL;
    double *standard = functionals->standard + r * chain->input_stride;
    double constant = 0, error = 0;
    for (size_t i = 0; i < chain->outputs; i++) {
        double mu = outputs[i] * chain->output_scale[i];
        if (outputs[i] == 0)
            continue;
        constant += outputs[i] * chain->output_shift[i] + mu * layer->b[i];
        error += fabs(mu) * magnitude->output[i] + fabs(outputs[i] * chain->output_shift[i]);
        for (size_t j = 0; j < layer->cols; j++)
            to[j] += mu * layer->W[i * layer->stride + j];
        for (size_t j = 0; chain->skip && j < chain->inputs; j++)
            standard[j] += mu * chain->skip[i * chain->input_stride + j];
    }
    functionals->constant[r] = constant;
    functionals->error[r] = growth(chain->outputs) * error + magnitude->least;
    for (size_t j = 0; inputs && j < chain->inputs; j++)
        functionals->direct[r * chain->input_stride + j] = inputs[j];
}

/* Four packed doubles; the compiler splits them where the processor has no such registers. */
typedef double pack __attribute__((vector_size(32), aligned(8), may_alias));

/* out (4 x cols) = mu (4 x rows) W, over the listed rows; strides in doubles; cols a multiple of 8 */
static inline __attribute__((always_inline)) void multiply(const double *W, size_t stride, size_t cols,
                                                           const size_t *list, size_t count, const double *mu,
                                                           size_t mu_stride, double *out, size_t out_stride) {
    for (size_t j = 0; j < cols; j += 8) {
        pack sum[CREASE_TOGETHER][2] = {{{0}}};
        for (size_t k = 0; k < count; k++) {
            size_t i = list ? list[k] : k;
            const double *row = W + i * stride + j;
            pack left = *(const pack *)row, right = *(const pack *)(row + 4);
            for (size_t r = 0; r < CREASE_TOGETHER; r++) {
                double m = mu[r * mu_stride + i];
                sum[r][0] += m * left;
                sum[r][1] += m * right;
            }
        }
        for (size_t r = 0; r < CREASE_TOGETHER; r++) {
            *(pack *)(out + r * out_stride + j) = sum[r][0];
            *(pack *)(out + r * out_stride + j + 4) = sum[r][1];
        }
    }
}

__attribute__((target("avx2"))) static void multiply_wide(const double *W, size_t stride, size_t cols,
                                                          const size_t *list, size_t count, const double *mu,
                                                          size_t mu_stride, double *out, size_t out_stride) {
    multiply(W, stride, cols, list, count, mu, mu_stride, out, out_stride);
}

static void multiply_any(const double *W, size_t stride, size_t cols, const size_t *list, size_t count,
                         const double *mu, size_t mu_stride, double *out, size_t out_stride) {
    multiply(W, stride, cols, list, count, mu, mu_stride, out, out_stride);
}

/* The parts of one layer's units that the line step reads. */
typedef struct layer_lines {
    const double *low_slope, *low_shift, *up_slope, *up_shift, *bias, *magnitude, *phase;
} layer_lines;

typedef struct layer_sums {
    double shifts, biases, size;
} layer_sums;

static inline __attribute__((always_inline)) layer_sums replace(size_t count, const layer_lines *unit,
                                                                double *restrict coefficient) {
    double shifts = 0, biases = 0, size = 0;
    const double *low_slope = unit->low_slope, *low_shift = unit->low_shift, *up_slope = unit->up_slope,
                 *up_shift = unit->up_shift, *bias = unit->bias, *magnitude = unit->magnitude;
#pragma omp simd reduction(+ : shifts, biases, size)
    for (size_t i = 0; i < count; i++) {
        double lambda = coefficient[i];
        double slope = lambda >= 0 ? low_slope[i] : up_slope[i];
        double shift = lambda >= 0 ? low_shift[i] : up_shift[i];
        double mu = lambda * slope, moved = lambda * shift;
        coefficient[i] = mu;
        shifts += moved;
        biases += mu * bias[i];
        size += fabs(moved) + fabs(mu) * magnitude[i];
    }
    return (layer_sums){shifts, biases, size};
}

__attribute__((target("avx2"))) static layer_sums replace_wide(size_t count, const layer_lines *unit,
                                                               double *restrict coefficient) {
    return replace(count, unit, coefficient);
}

static layer_sums replace_any(size_t count, const layer_lines *unit, double *restrict coefficient) {
    return replace(count, unit, coefficient);
}

/* Adds multiples of pre-activations, which may be of either sign. */
static void add_phases(size_t count, const layer_lines *unit, double *coefficient, layer_sums *sums) {
    for (size_t i = 0; i < count; i++) {
        if (unit->phase[i] == 0)
            continue;
        coefficient[i] += unit->phase[i];
        sums->biases += unit->phase[i] * unit->bias[i];
        sums->size += 2 * fabs(unit->phase[i]) * unit->magnitude[i];
    }
}

static void replace_layer(const crease_chain *chain, size_t l, const crease_lines *lines,
                          const crease_magnitude *magnitude, crease_functionals *functionals) {
    const crease_chain_layer *layer = &chain->layer[l];
    size_t first = layer->first;
    double g = growth(layer->rows > layer->cols ? layer->rows : layer->cols);
    for (size_t r = 0; r < CREASE_TOGETHER; r++) {
        double *coefficient = functionals->coefficient + r * chain->widest;
        if (functionals->trace)
            memcpy(functionals->trace + r * chain->units + first, coefficient, layer->rows * sizeof(double));
        layer_lines unit = {lines->low_slope + first,
                            lines->low_shift + first,
                            lines->up_slope + first,
                            lines->up_shift + first,
                            layer->b,
                            magnitude->preactivation + first,
                            functionals->phase ? functionals->phase + r * chain->units + first : NULL};
        layer_sums sums = chain->wide_vectors ? replace_wide(layer->row_stride, &unit, coefficient)
                                              : replace_any(layer->row_stride, &unit, coefficient);
        if (unit.phase)
            add_phases(layer->rows, &unit, coefficient, &sums);
        functionals->error[r] += g * (sums.size + fabs(functionals->constant[r])) + magnitude->least;
        functionals->constant[r] += sums.shifts + sums.biases;
    }
}

static void finish(const crease_chain *chain, const crease_magnitude *magnitude,
                   crease_functionals *functionals) {
    double g = growth(chain->inputs);
    for (size_t r = 0; r < CREASE_TOGETHER; r++) {
        double *direct = functionals->direct + r * chain->input_stride;
        const double *standard = functionals->standard + r * chain->input_stride;
        double moved = 0, error = fabs(functionals->constant[r]);
        for (size_t j = 0; j < chain->inputs; j++) {
            moved += chain->standardised ? standard[j] * (chain->shift[j] / chain->scale[j]) : 0;
            direct[j] += chain->standardised ? standard[j] / chain->scale[j] : standard[j];
            error += fabs(standard[j]) * magnitude->standard[j] + fabs(direct[j]) * magnitude->input[j];
        }
        functionals->error[r] += g * error + magnitude->least;
        functionals->constant[r] -= moved;
    }
}

void crease_functionals_down(const crease_chain *chain, const crease_lines *lines,
                             const crease_magnitude *magnitude, size_t from,
                             crease_functionals *functionals) {
    for (size_t l = from; l-- > 0;) {
        const crease_chain_layer *layer = &chain->layer[l];
        replace_layer(chain, l, lines, magnitude, functionals);
        const size_t *list = functionals->phase ? NULL : lines->live + layer->first;
        size_t count = functionals->phase ? layer->rows : lines->live_count[l];
        (chain->wide_vectors ? multiply_wide : multiply_any)(layer->W, layer->stride, layer->stride, list,
                                                             count, functionals->coefficient, chain->widest,
                                                             functionals->next, chain->widest);
        double *swap = functionals->coefficient;
        functionals->coefficient = functionals->next;
        functionals->next = swap;
    }
    if (from > 0)
        for (size_t r = 0; r < CREASE_TOGETHER; r++)
            for (size_t j = 0; j < chain->input_stride; j++)
                functionals->standard[r * chain->input_stride + j] +=
                    functionals->coefficient[r * chain->widest + j];
    finish(chain, magnitude, functionals);
}

double crease_functionals_least(const crease_chain *chain, const crease_functionals *functionals, size_t r,
                                const double *lo, const double *hi) {
    const double *direct = functionals->direct + r * chain->input_stride;
    double least = functionals->constant[r], size = fabs(least);
    for (size_t j = 0; j < chain->inputs; j++) {
        double end = direct[j] >= 0 ? lo[j] : hi[j];
        least += direct[j] * end;
        size += fabs(direct[j] * end);
    }
    double bound = least - (functionals->error[r] + growth(chain->inputs) * size) * upward - 0x1p-1000;
    return isfinite(bound) ? bound : -INFINITY;
}
