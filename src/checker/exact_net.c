/* The scale of input j is o 2^k with o odd, so 1 / scale = (c / o) 2^-k / c with c the least common multiple of all odd
 * parts: after a multiplication by c > 0 all numbers of a network are dyadic. */
#include "checker/exact_net.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t crease_exact_net_fan_in(const crease_exact_net *exact, size_t l) {
    const crease_net *net = exact->net;
    if (l < net->layer_count)
        return net->layer[l].fan_in;
    return net->layer_count ? net->layer[net->layer_count - 1].width : 0;
}

static bool all_finite(const double *value, size_t count, bool positive) {
    for (size_t i = 0; i < count; i++)
        if (!isfinite(value[i]) || (positive && !(value[i] > 0)))
            return false;
    return true;
}

static crease_status check_net(const crease_net *net, crease_error *error) {
    if (!crease_net_is_piecewise_linear(net))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "proofs are about networks of straight pieces (identity, relu, leaky, prelu), and this one has "
            "curved units");
    if (!all_finite(net->theta, net->parameter_count, false) ||
        !all_finite(net->input_shift, net->inputs, false) ||
        !all_finite(net->input_scale, net->inputs, true) ||
        !all_finite(net->output_shift, net->outputs, false) ||
        !all_finite(net->output_scale, net->outputs, true))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the network has a weight that is not finite, or a scale that is not positive");
    return CREASE_OK;
}

/* Rows of `columns` weights; with `bias`, an entry of it behind each. */
static bool set_matrix(crease_dyadics *matrix, const double *weight, const double *bias, size_t rows,
                       size_t columns) {
    size_t stride = columns + (bias != NULL);
    if (!crease_dyadics_init(matrix, rows * stride))
        return false;
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++)
            crease_dyadics_add_product(matrix, i * stride + j, weight[i * columns + j], 1);
        if (bias)
            crease_dyadics_add_product(matrix, i * stride + columns, bias[i], 1);
    }
    crease_dyadics_measure(matrix);
    return true;
}

static crease_status set_slopes(crease_exact_net *exact, crease_error *error) {
    const crease_net *net = exact->net;
    for (size_t l = 0, at = 0; l < net->layer_count; l++) {
        for (size_t u = 0; u < net->layer[l].width; u++, at++) {
            double parameter = 0;
            const crease_group *group = crease_net_unit(net, l, u, &parameter);
            exact->below[at] = crease_activation_slope_below(group->activation, parameter);
            if (!isfinite(exact->below[at]))
                return crease_fail(error, CREASE_BAD_ARGUMENT, "unit %zu of layer %zu has no finite slope", u,
                                   l);
        }
    }
    return CREASE_OK;
}

static void set_scales(crease_exact_net *exact) {
    const crease_net *net = exact->net;
    mpz_init_set_ui(exact->common, 1);
    exact->scaled = true;
    for (size_t j = 0; j < net->inputs; j++) {
        mpz_init(exact->inverse[j]);
        exact->inverse_exponent[j] = -crease_dyadic_split(net->input_scale[j], exact->inverse[j]);
        mpz_lcm(exact->common, exact->common, exact->inverse[j]);
    }
    for (size_t j = 0; j < net->inputs; j++)
        mpz_divexact(exact->inverse[j], exact->common, exact->inverse[j]);
}

crease_status crease_exact_net_init(crease_exact_net *exact, const crease_net *net, crease_error *error) {
    *exact = (crease_exact_net){.net = net};
    crease_status status = check_net(net, error);
    if (status)
        return status;
    size_t layers = net->layer_count, units = crease_net_unit_count(net);
    exact->weight = calloc(layers + 1, sizeof *exact->weight);
    exact->first = calloc(layers + 1, sizeof *exact->first);
    exact->below = calloc(units + 1, sizeof *exact->below);
    exact->inverse = calloc(net->inputs + 1, sizeof *exact->inverse);
    exact->inverse_exponent = calloc(net->inputs + 1, sizeof *exact->inverse_exponent);
    bool made = exact->weight && exact->first && exact->below && exact->inverse && exact->inverse_exponent;
    for (size_t l = 0; made && l <= layers; l++) {
        size_t width = l < layers ? net->layer[l].width : net->outputs;
        made = set_matrix(&exact->weight[l],
                          net->theta + (l < layers ? net->layer[l].weights : net->output_weights),
                          net->theta + (l < layers ? net->layer[l].biases : net->output_biases), width,
                          crease_exact_net_fan_in(exact, l));
        if (l < layers)
            exact->first[l + 1] = exact->first[l] + width;
    }
    made = made && set_matrix(&exact->affine, net->theta + net->affine_weights, NULL,
                              net->affine ? net->outputs : 0, net->inputs);
    if (!made)
        return crease_fail(error, CREASE_NO_MEMORY, "not enough memory for the network in exact numbers");
    set_scales(exact);
    return set_slopes(exact, error);
}

void crease_exact_net_clear(crease_exact_net *exact) {
    for (size_t l = 0; exact->weight && l <= exact->net->layer_count; l++)
        crease_dyadics_clear(&exact->weight[l]);
    crease_dyadics_clear(&exact->affine);
    if (exact->scaled) {
        for (size_t j = 0; j < exact->net->inputs; j++)
            mpz_clear(exact->inverse[j]);
        mpz_clear(exact->common);
    }
    free(exact->weight);
    free(exact->first);
    free(exact->below);
    free(exact->inverse);
    free(exact->inverse_exponent);
    *exact = (crease_exact_net){0};
}
