/* Norms, and the product of layer norms that bounds how fast an output can change anywhere:
 *
 *   |w . (y(x) - y(x'))| <= ||x - x'||_p (||w scale W||_q prod_l s_l ||W_l||_p + ||w scale A||_q),  1/p + 1/q = 1,
 *
 * with W_1 and A divided by the scales of the inputs and s_l the steepest slope of layer l's units. ||W||_1 is the largest
 * column sum of absolute values, ||W||_inf the largest row sum, and for the spectral norm, G = W W', any m:
 *   ||W||_2^2 = rho(G) <= ||G^m||_F^(1/m)   (Gelfand 1941), here m = 64. */
#include "verify/ball.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SQUARINGS = 6 };
static const double upward = 1 + 0x1p-30; /* more than all rounding here, up to 2^20 terms a sum */

const char *crease_norm_name(crease_norm norm) {
    static const char *const names[] = {"l1", "l2", "linf"};
    return (unsigned)norm < CREASE_NORM_COUNT ? names[norm] : "?";
}

double crease_ball_norm(crease_norm norm, size_t count, const double *step) {
    double sum = 0, most = 0;
    for (size_t j = 0; j < count; j++) {
        sum = norm == CREASE_L2 ? hypot(sum, step[j]) : sum + fabs(step[j]);
        most = fmax(most, fabs(step[j]));
    }
    return norm == CREASE_LINF ? most : sum;
}

double crease_ball_dual(crease_norm norm, size_t count, const double *gain) {
    return crease_ball_norm(norm == CREASE_L1     ? CREASE_LINF
                            : norm == CREASE_LINF ? CREASE_L1
                                                  : CREASE_L2,
                            count, gain);
}

/* The steepest slope of an activation: maxima of the derivatives of gelu and silu, rounded up. */
static double steepest(crease_activation activation, double parameter) {
    switch (activation) {
    case CREASE_LEAKY:
    case CREASE_PRELU:
        return fmax(1, fabs(parameter));
    case CREASE_GELU:
        return 1.129;
    case CREASE_SILU:
        return 1.09984;
    case CREASE_SIGMOID:
        return 0.25;
    case CREASE_HINGE:
        return parameter == 1 ? 1 : INFINITY;
    default:
        return 1;
    }
}

/* G <- (G / size)^2, n x n symmetric; the logarithm of the scale is kept. */
static void square(size_t n, double *G, double *other, double *logarithm) {
    double size = 0;
    for (size_t i = 0; i < n * n; i++)
        size = fmax(size, fabs(G[i]));
    if (!(size > 0))
        return;
    *logarithm = 2 * (*logarithm + log(size));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum += (G[i * n + k] / size) * (G[j * n + k] / size);
            other[i * n + j] = other[j * n + i] = sum;
        }
    memcpy(G, other, n * n * sizeof *G);
}

/* W: rows x cols; a bound of its spectral norm from above. */
static double spectral(size_t rows, size_t cols, const double *W) {
    double *G = calloc(2 * rows * rows + 1, sizeof *G), logarithm = 0, frobenius = 0, entries = 0;
    for (size_t i = 0; i < rows * cols; i++)
        entries = hypot(entries, W[i]);
    if (!G || !(entries > 0) || !isfinite(entries)) {
        free(G);
        return entries * upward;
    }
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < rows; j++)
            for (size_t k = 0; k < cols; k++)
                G[i * rows + j] += (W[i * cols + k] / entries) * (W[j * cols + k] / entries);
    for (size_t s = 0; s < SQUARINGS; s++)
        square(rows, G, G + rows * rows, &logarithm);
    for (size_t i = 0; i < rows * rows; i++)
        frobenius = hypot(frobenius, G[i]);
    free(G);
    /* rounding of each squaring is absolute, at most rows^2 u of the largest entry, 1 */
    frobenius += (double)(rows * rows) * (double)(rows + cols) * 64 * DBL_EPSILON;
    return entries * fmin(1, exp((log(frobenius) + logarithm) / (2 * (1 << SQUARINGS)))) * upward;
}

static double row_sums(size_t rows, size_t cols, const double *W, bool of_columns) {
    double most = 0;
    size_t count = of_columns ? cols : rows, length = of_columns ? rows : cols;
    for (size_t i = 0; i < count; i++) {
        double sum = 0;
        for (size_t j = 0; j < length; j++)
            sum += fabs(of_columns ? W[j * cols + i] : W[i * cols + j]);
        most = fmax(most, sum);
    }
    return most * upward;
}

/* factor[norm] *= the norm of the layer. */
static crease_status multiply_layer(const crease_net *net, size_t l, double factor[CREASE_NORM_COUNT],
                                    crease_error *error) {
    const crease_layer *layer = &net->layer[l];
    size_t count = layer->width * layer->fan_in;
    double *W = malloc((count + 1) * sizeof *W), slope = 0;
    if (!W)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a layer of %zu units", layer->width);
    for (size_t i = 0; i < count; i++)
        W[i] = net->theta[layer->weights + i] / (l == 0 ? net->input_scale[i % layer->fan_in] : 1);
    for (size_t u = 0; u < layer->width; u++) {
        double parameter;
        const crease_group *group = crease_net_unit(net, l, u, &parameter);
        slope = fmax(slope, steepest(group->activation, parameter));
    }
    factor[CREASE_L1] *= slope * row_sums(layer->width, layer->fan_in, W, true);
    factor[CREASE_L2] *= slope * spectral(layer->width, layer->fan_in, W);
    factor[CREASE_LINF] *= slope * row_sums(layer->width, layer->fan_in, W, false);
    free(W);
    return CREASE_OK;
}

crease_status crease_ball_global(const crease_net *net, const double *w, double bound[CREASE_NORM_COUNT],
                                 crease_error *error) {
    size_t width = net->layer_count ? net->layer[net->layer_count - 1].width : 0;
    double factor[CREASE_NORM_COUNT] = {1, 1, 1};
    double *row = calloc(width + net->inputs + 1, sizeof *row), *direct = row + width;
    crease_status status =
        row ? CREASE_OK : crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu units", width);
    for (size_t l = 0; l < net->layer_count && status == CREASE_OK; l++)
        status = multiply_layer(net, l, factor, error);
    for (size_t k = 0; k < net->outputs && status == CREASE_OK; k++) {
        double weight = w[k] * net->output_scale[k];
        for (size_t u = 0; u < width; u++)
            row[u] += weight * net->theta[net->output_weights + k * width + u];
        for (size_t j = 0; net->affine && j < net->inputs; j++)
            direct[j] += weight * net->theta[net->affine_weights + k * net->inputs + j] / net->input_scale[j];
    }
    for (size_t n = 0; n < CREASE_NORM_COUNT && status == CREASE_OK; n++) {
        double last = crease_ball_dual((crease_norm)n, width, row);
        bound[n] = last > 0 ? last * factor[n] : 0;
        bound[n] = (bound[n] + crease_ball_dual((crease_norm)n, net->inputs, direct)) * upward;
        if (!(bound[n] <= DBL_MAX))
            bound[n] = INFINITY;
    }
    free(row);
    return status;
}
