/* A unit with phi(c z) = c phi(z) for c > 0 leaves its scale free: w -> w / c, output weight -> c times. Least squares
 * does not see that scale, so it can drift by many orders of magnitude in a run. Powers of two move it back without
 * changing a digit of the network's values, even where large output weights all but cancel. */
#include "base/dense.h"
#include "fit/methods.h"
#include <math.h>

/* True when no value under- or overflows on the way, so that scaling is exact. */
static bool scales_exactly(double value, int exponent) {
    double scaled = ldexp(value, exponent);
    return value == 0 || isnormal(scaled);
}

static void balance_unit(const crease_net *net, const crease_layer *layer, size_t u, double *theta) {
    double *weight = theta + layer->weights + u * layer->fan_in, *bias = theta + layer->biases + u;
    double *output = theta + net->output_weights + u;
    double norm = hypot(crease_dense_norm(layer->fan_in, weight), *bias);
    if (!isnormal(norm))
        return;
    int exponent = ilogb(norm);
    bool exact = scales_exactly(*bias, -exponent);
    for (size_t k = 0; exact && k < layer->fan_in; k++)
        exact = scales_exactly(weight[k], -exponent);
    for (size_t o = 0; exact && o < net->outputs; o++)
        exact = scales_exactly(output[o * layer->width], exponent);
    if (!exact)
        return;
    *bias = ldexp(*bias, -exponent);
    for (size_t k = 0; k < layer->fan_in; k++)
        weight[k] = ldexp(weight[k], -exponent);
    for (size_t o = 0; o < net->outputs; o++)
        output[o * layer->width] = ldexp(output[o * layer->width], exponent);
}

void crease_balance_units(const crease_net *net, double *theta) {
    if (net->layer_count != 1)
        return;
    for (size_t u = 0; u < net->layer[0].width; u++) {
        double parameter;
        crease_activation activation = crease_net_unit(net, 0, u, &parameter)->activation;
        if (activation == CREASE_RELU || activation == CREASE_LEAKY || activation == CREASE_PRELU)
            balance_unit(net, &net->layer[0], u, theta);
    }
}
