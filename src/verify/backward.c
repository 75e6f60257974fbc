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
 * costs at most 2^-1074 times a magnitude: crease_magnitude.least collects them; magnitudes themselves are never 0. */
#include "verify/backward.h"
#include <math.h>
#include <stdint.h>
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
        /* a quotient that underflows must not vanish: the weights may be as large as it is small */
        magnitude->standard[j] =
            (magnitude->input[j] + fabs(chain->shift[j])) / chain->scale[j] * upward + 0x1p-1000;
        magnitude->least += 0x1p-1000 * (1 + magnitude->input[j] + magnitude->standard[j]);
    }
}

/* max |f(z)| over the bounds of a unit */
static double largest_value(const crease_chain_layer *layer, size_t i, double lower, double upper) {
    if (layer->straight || crease_activation_is_piecewise_linear(layer->activation[i], layer->parameter[i]))
        return fmax(fmax(fabs(upper), 0), lower < 0 ? fabs(layer->slope[i] * lower) : 0) * upward + 0x1p-1000;
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
    size_t count = CREASE_TOGETHER * (2 * chain->widest + 2 * chain->input_stride);
    *functionals = (crease_functionals){0};
    functionals->memory = aligned_alloc(64, (count * sizeof(double) + 63) / 64 * 64);
    functionals->list = malloc((chain->widest + 1) * sizeof *functionals->list);
    if (!functionals->memory || !functionals->list) {
        crease_functionals_clear(functionals);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the bounds of a network");
    }
    memset(functionals->memory, 0, count * sizeof(double));
    functionals->coefficient = functionals->memory;
    functionals->next = functionals->coefficient + CREASE_TOGETHER * chain->widest;
    functionals->standard = functionals->next + CREASE_TOGETHER * chain->widest;
    functionals->direct = functionals->standard + CREASE_TOGETHER * chain->input_stride;
    return CREASE_OK;
}

void crease_functionals_clear(crease_functionals *functionals) {
    free(functionals->memory);
    free(functionals->list);
    *functionals = (crease_functionals){0};
}

/* The numbers of functional r: every CREASE_TOGETHER-th. */
static void zero_lane(double *lane, size_t count, size_t r) {
    for (size_t j = 0; j < count; j++)
        lane[j * CREASE_TOGETHER + r] = 0;
}

static void start(const crease_chain *chain, size_t cols, crease_functionals *functionals, size_t r) {
    zero_lane(functionals->standard, chain->input_stride, r);
    zero_lane(functionals->direct, chain->input_stride, r);
    zero_lane(functionals->coefficient, cols, r);
    functionals->constant[r] = functionals->error[r] = 0;
}

void crease_functionals_start_unit(const crease_chain *chain, size_t l, size_t row, double sign,
                                   crease_functionals *functionals, size_t r) {
    const crease_chain_layer *layer = &chain->layer[l];
    start(chain, layer->stride, functionals, r);
    double *to = l ? functionals->coefficient : functionals->standard;
    for (size_t j = 0; j < layer->cols; j++)
        to[j * CREASE_TOGETHER + r] = sign * layer->W[row * layer->stride + j];
    functionals->constant[r] = sign * layer->b[row];
}

void crease_functionals_start_output(const crease_chain *chain, const crease_magnitude *magnitude,
                                     const double *outputs, const double *inputs,
                                     crease_functionals *functionals, size_t r) {
    const crease_chain_layer *layer = &chain->layer[chain->depth];
    start(chain, layer->stride, functionals, r);
    double constant = 0, error = 0;
    for (size_t i = 0; i < chain->outputs; i++) {
        double mu = outputs[i] * chain->output_scale[i];
        if (outputs[i] == 0)
            continue;
        constant += outputs[i] * chain->output_shift[i] + mu * layer->b[i];
        error += fabs(mu) * magnitude->output[i] + fabs(outputs[i] * chain->output_shift[i]);
        for (size_t j = 0; j < layer->cols; j++)
            functionals->coefficient[j * CREASE_TOGETHER + r] += mu * layer->W[i * layer->stride + j];
        for (size_t j = 0; chain->skip && j < chain->inputs; j++)
            functionals->standard[j * CREASE_TOGETHER + r] += mu * chain->skip[i * chain->input_stride + j];
    }
    functionals->constant[r] = constant;
    functionals->error[r] = growth(chain->outputs) * error + magnitude->least;
    for (size_t j = 0; inputs && j < chain->inputs; j++)
        functionals->direct[j * CREASE_TOGETHER + r] = inputs[j];
}

/* One number of each of the four functionals; the compiler splits them where the processor has no such registers. */
typedef double pack __attribute__((vector_size(32), aligned(8), may_alias));
typedef int64_t pack_mask __attribute__((vector_size(32), aligned(8), may_alias));

/* What a layer's units are replaced by. */
typedef struct layer_lines {
    const double *low_slope, *low_shift, *up_slope, *up_shift, *bias, *magnitude;
    const size_t *list; /* the units whose lines are not both 0 */
    size_t count;
} layer_lines;

/* mu_i = lambda_i slope_i for the listed units; what moves to the constant, and the size of all of it */
static inline __attribute__((always_inline)) void replace(const layer_lines *unit, double *coefficient,
                                                          double *moved, double *size) {
    pack to_constant = {0}, total = {0};
    const pack_mask all_but_sign = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX};
    for (size_t k = 0; k < unit->count; k++) {
        size_t i = unit->list[k];
        pack lambda = *(const pack *)(coefficient + i * CREASE_TOGETHER), zero = {0};
        pack_mask low = lambda >= 0;
        pack low_slope = zero + unit->low_slope[i], up_slope = zero + unit->up_slope[i];
        pack low_shift = zero + unit->low_shift[i], up_shift = zero + unit->up_shift[i];
        pack slope = (pack)(((pack_mask)low_slope & low) | ((pack_mask)up_slope & ~low));
        pack shift = (pack)(((pack_mask)low_shift & low) | ((pack_mask)up_shift & ~low));
        pack mu = lambda * slope, shifted = lambda * shift;
        *(pack *)(coefficient + i * CREASE_TOGETHER) = mu;
        to_constant += shifted + mu * unit->bias[i];
        total += (pack)((pack_mask)shifted & all_but_sign) +
                 (pack)((pack_mask)mu & all_but_sign) * unit->magnitude[i];
    }
    *(pack *)moved = to_constant;
    *(pack *)size = total;
}

/* out (cols) = mu W over the listed rows, for four mu at once; cols is a multiple of 8 */
static inline __attribute__((always_inline)) void multiply(const double *W, size_t stride, size_t cols,
                                                           const size_t *list, size_t count, const double *mu,
                                                           double *out) {
    for (size_t j = 0; j < cols; j += 8) {
        pack sum[8] = {{0}};
        for (size_t k = 0; k < count; k++) {
            const double *row = W + list[k] * stride + j;
            pack m = *(const pack *)(mu + list[k] * CREASE_TOGETHER);
            for (size_t c = 0; c < 8; c++)
                sum[c] += m * row[c];
        }
        for (size_t c = 0; c < 8; c++)
            *(pack *)(out + (j + c) * CREASE_TOGETHER) = sum[c];
    }
}

/* The same code for processors with AVX2 and without; products and sums are rounded alike. */
typedef struct kernels {
    void (*replace)(const layer_lines *unit, double *coefficient, double *moved, double *size);
    void (*multiply)(const double *W, size_t stride, size_t cols, const size_t *list, size_t count,
                     const double *mu, double *out);
} kernels;

__attribute__((target("avx2"))) static void replace_wide(const layer_lines *unit, double *coefficient,
                                                         double *moved, double *size) {
    replace(unit, coefficient, moved, size);
}

__attribute__((target("avx2"))) static void multiply_wide(const double *W, size_t stride, size_t cols,
                                                          const size_t *list, size_t count, const double *mu,
                                                          double *out) {
    multiply(W, stride, cols, list, count, mu, out);
}

static void replace_any(const layer_lines *unit, double *coefficient, double *moved, double *size) {
    replace(unit, coefficient, moved, size);
}

static void multiply_any(const double *W, size_t stride, size_t cols, const size_t *list, size_t count,
                         const double *mu, double *out) {
    multiply(W, stride, cols, list, count, mu, out);
}

static const kernels with_avx2 = {replace_wide, multiply_wide}, without = {replace_any, multiply_any};

/* Adds multiples of pre-activations, the same ones to each functional; units that are not listed have coefficient 0 from now on. */
static size_t add_phases(const crease_chain_layer *layer, const layer_lines *unit, const double *phase,
                         crease_functionals *functionals, double *moved, double *size, size_t *list) {
    size_t count = 0;
    for (size_t i = 0, k = 0; i < layer->rows; i++) {
        bool listed = k < unit->count && unit->list[k] == i;
        k += listed;
        double *coefficient = functionals->coefficient + i * CREASE_TOGETHER;
        for (size_t r = 0; r < CREASE_TOGETHER; r++) {
            coefficient[r] = (listed ? coefficient[r] : 0) + phase[i];
            moved[r] += phase[i] * unit->bias[i];
            size[r] += 2 * fabs(phase[i]) * unit->magnitude[i];
        }
        if (listed || phase[i] != 0)
            list[count++] = i;
    }
    return count;
}

static void through_layer(const crease_chain *chain, size_t l, const crease_lines *lines,
                          const crease_magnitude *magnitude, crease_functionals *functionals) {
    const crease_chain_layer *layer = &chain->layer[l];
    const kernels *kernel = chain->wide_vectors ? &with_avx2 : &without;
    size_t first = layer->first;
    size_t longest = layer->rows > layer->cols ? layer->rows : layer->cols;
    if (functionals->phase) /* their sum follows that of the units */
        longest *= 2;
    double g = growth(longest), moved[CREASE_TOGETHER], size[CREASE_TOGETHER];
    layer_lines unit = {lines->low_slope + first,
                        lines->low_shift + first,
                        lines->up_slope + first,
                        lines->up_shift + first,
                        layer->b,
                        magnitude->preactivation + first,
                        lines->live + first,
                        lines->live_count[l]};
    if (functionals->trace)
        for (size_t i = 0; i < layer->rows; i++)
            functionals->trace[first + i] = functionals->coefficient[i * CREASE_TOGETHER];
    kernel->replace(&unit, functionals->coefficient, moved, size);
    const size_t *list = unit.list;
    size_t count = unit.count;
    if (functionals->phase) {
        count =
            add_phases(layer, &unit, functionals->phase + first, functionals, moved, size, functionals->list);
        list = functionals->list;
    }
    for (size_t r = 0; r < CREASE_TOGETHER; r++) {
        functionals->error[r] += g * (size[r] + fabs(functionals->constant[r])) + magnitude->least;
        functionals->constant[r] += moved[r];
    }
    kernel->multiply(layer->W, layer->stride, layer->stride, list, count, functionals->coefficient,
                     functionals->next);
    double *swap = functionals->coefficient;
    functionals->coefficient = functionals->next;
    functionals->next = swap;
}

static void finish(const crease_chain *chain, const crease_magnitude *magnitude,
                   crease_functionals *functionals) {
    double g = growth(chain->inputs);
    for (size_t r = 0; r < CREASE_TOGETHER; r++) {
        double moved = 0, error = fabs(functionals->constant[r]);
        for (size_t j = 0; j < chain->inputs; j++) {
            double standard = functionals->standard[j * CREASE_TOGETHER + r];
            double *direct = &functionals->direct[j * CREASE_TOGETHER + r];
            moved += chain->standardised ? standard * (chain->shift[j] / chain->scale[j]) : 0;
            *direct += chain->standardised ? standard / chain->scale[j] : standard;
            error += fabs(standard) * magnitude->standard[j] + fabs(*direct) * magnitude->input[j];
        }
        functionals->error[r] += g * error + magnitude->least;
        functionals->constant[r] -= moved;
    }
}

void crease_functionals_down(const crease_chain *chain, const crease_lines *lines,
                             const crease_magnitude *magnitude, size_t from,
                             crease_functionals *functionals) {
    for (size_t l = from; l-- > 0;)
        through_layer(chain, l, lines, magnitude, functionals);
    for (size_t k = 0; from > 0 && k < CREASE_TOGETHER * chain->input_stride; k++)
        functionals->standard[k] += functionals->coefficient[k];
    finish(chain, magnitude, functionals);
}

double crease_functionals_least(const crease_chain *chain, const crease_functionals *functionals, size_t r,
                                const double *lo, const double *hi) {
    double least = functionals->constant[r], size = fabs(least);
    for (size_t j = 0; j < chain->inputs; j++) {
        double direct = functionals->direct[j * CREASE_TOGETHER + r];
        double term = direct * (direct >= 0 ? lo[j] : hi[j]);
        least += term;
        size += fabs(term);
    }
    double bound = least - (functionals->error[r] + growth(chain->inputs) * size) * upward - 0x1p-1000;
    return isfinite(bound) ? bound : -INFINITY;
}

void crease_functionals_gain(const crease_chain *chain, const crease_functionals *functionals, size_t r,
                             double *gain) {
    for (size_t j = 0; j < chain->inputs; j++)
        gain[j] = functionals->direct[j * CREASE_TOGETHER + r];
}

double crease_functionals_offset(const crease_functionals *functionals, size_t r) {
    return functionals->constant[r] - functionals->error[r] * upward -
           0x1p-51 * fabs(functionals->constant[r]);
}
