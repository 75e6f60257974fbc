/* With D the common denominator of the standardised inputs a_0 and 2^k one that makes a layer's numbers
 * integers,
 *
 *   D a_0 = integer form     D 2^k z = (2^k W) (D a) + D 2^k b     slopes 1 and alpha: 2^j, 2^j alpha
 *
 * and so on from layer to layer: every form is a positive multiple of the true function, and the multiple
 * is one integer a layer. */
#include "regions/integer_net.h"
#include "regions/rational.h"
#include <math.h>
#include <stdlib.h>

static void layer_clear(crease_integer_layer *layer) {
    crease_integers_free(layer->weight, layer->width * layer->fan_in);
    crease_integers_free(layer->bias, layer->width);
    crease_integers_free(layer->above, layer->width);
    crease_integers_free(layer->below, layer->width);
    free(layer->kink);
}

static bool layer_allocate(crease_integer_layer *layer, size_t width, size_t fan_in) {
    *layer = (crease_integer_layer){.width = width, .fan_in = fan_in};
    layer->weight = crease_integers_new(width * fan_in);
    layer->bias = crease_integers_new(width);
    layer->above = crease_integers_new(width);
    layer->below = crease_integers_new(width);
    layer->kink = calloc(width, sizeof *layer->kink);
    return layer->weight && layer->bias && layer->above && layer->below && layer->kink;
}

void crease_integer_net_free(crease_integer_net *integer) {
    if (!integer)
        return;
    crease_integers_free(integer->input, integer->inputs * (integer->parameters + 1));
    for (size_t l = 0; integer->layer && l < integer->layer_count; l++)
        layer_clear(&integer->layer[l]);
    free(integer->layer);
    layer_clear(&integer->last);
    crease_integers_free(integer->direct, integer->outputs * integer->inputs);
    mpz_clear(integer->scale);
    free(integer);
}

static bool all_finite(size_t count, const double *value) {
    for (size_t i = 0; i < count; i++)
        if (!isfinite(value[i]))
            return false;
    return true;
}

static crease_status check_net(const crease_net *net, crease_error *error) {
    if (!crease_net_is_piecewise_linear(net))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the network has smooth units, and linear regions need straight pieces: relu, leaky, "
            "prelu or identity");
    if (!all_finite(net->parameter_count, net->theta) || !all_finite(net->inputs, net->input_shift) ||
        !all_finite(net->inputs, net->input_scale) || !all_finite(net->outputs, net->output_shift) ||
        !all_finite(net->outputs, net->output_scale))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the network has a parameter or a scale that is not a finite number");
    return CREASE_OK;
}

static unsigned long most_bits(size_t count, const double *value, unsigned long bits) {
    for (size_t i = 0; i < count; i++) {
        unsigned long own = crease_fraction_bits(value[i]);
        bits = own > bits ? own : bits;
    }
    return bits;
}

/* (origin_j + directions s - shift_j) / scale_j, all times their common denominator, which becomes
 * `scale`. */
static crease_status input_forms(const crease_net *net, const mpq_t *origin, const mpq_t *direction,
                                 crease_integer_net *integer, crease_error *error) {
    size_t p = integer->parameters, count = net->inputs * (p + 1);
    mpq_t *value = crease_rationals_new(count), number;
    if (!value)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu inputs", net->inputs);
    mpq_init(number);
    mpz_set_ui(integer->scale, 1);
    for (size_t j = 0; j < net->inputs; j++)
        for (size_t k = 0; k <= p; k++) {
            mpq_t *v = &value[j * (p + 1) + k];
            mpq_set(*v, k < p ? direction[j * p + k] : origin[j]);
            mpq_set_d(number, net->input_shift[j]);
            if (k == p)
                mpq_sub(*v, *v, number);
            mpq_set_d(number, net->input_scale[j]);
            mpq_div(*v, *v, number);
            mpz_lcm(integer->scale, integer->scale, mpq_denref(*v));
        }
    for (size_t i = 0; i < count; i++) {
        mpz_divexact(integer->input[i], integer->scale, mpq_denref(value[i]));
        mpz_mul(integer->input[i], integer->input[i], mpq_numref(value[i]));
    }
    mpq_clear(number);
    crease_rationals_free(value, count);
    return CREASE_OK;
}

static double slope_below(const crease_net *net, size_t l, size_t u) {
    double parameter;
    const crease_group *group = crease_net_unit(net, l, u, &parameter);
    return crease_activation_slope_below(group->activation, parameter);
}

/* scale becomes that of the layer's activations. */
static crease_status hidden_layer(const crease_net *net, size_t l, crease_integer_net *integer,
                                  crease_error *error) {
    const crease_layer *source = &net->layer[l];
    crease_integer_layer *layer = &integer->layer[l];
    if (!layer_allocate(layer, source->width, source->fan_in))
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a layer of %zu units", source->width);
    const double *weight = net->theta + source->weights, *bias = net->theta + source->biases;
    size_t count = source->width * source->fan_in;
    unsigned long bits = most_bits(source->width, bias, most_bits(count, weight, 0)), slope_bits = 0;
    for (size_t i = 0; i < count; i++)
        crease_scaled_integer(weight[i], bits, layer->weight[i]);
    for (size_t u = 0; u < source->width; u++) {
        double slope = slope_below(net, l, u);
        slope_bits = most_bits(1, &slope, slope_bits);
        crease_scaled_integer(bias[u], bits, layer->bias[u]);
        mpz_mul(layer->bias[u], layer->bias[u], integer->scale);
    }
    for (size_t u = 0; u < source->width; u++) {
        double slope = slope_below(net, l, u);
        crease_scaled_integer(1, slope_bits, layer->above[u]);
        crease_scaled_integer(slope, slope_bits, layer->below[u]);
        layer->kink[u] = slope != 1;
    }
    mpz_mul_2exp(integer->scale, integer->scale, bits + slope_bits);
    return CREASE_OK;
}

/* input_scale_factor: the scale of the input forms. */
static crease_status output_layer(const crease_net *net, const mpz_t input_scale, crease_integer_net *integer,
                                  crease_error *error) {
    size_t fan_in = net->layer_count ? net->layer[net->layer_count - 1].width : 0;
    size_t outputs = net->outputs, inputs = net->inputs;
    crease_integer_layer *last = &integer->last;
    bool room = layer_allocate(last, outputs, fan_in);
    if (room && net->affine)
        room = (integer->direct = crease_integers_new(outputs * inputs)) != NULL;
    if (!room)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu outputs", outputs);
    const double *theta = net->theta;
    unsigned long bits = most_bits(outputs * fan_in, theta + net->output_weights, 0);
    bits = most_bits(outputs, theta + net->output_biases, bits);
    if (net->affine)
        bits = most_bits(outputs * inputs, theta + net->affine_weights, bits);
    unsigned long scale_bits =
        most_bits(outputs, net->output_shift, most_bits(outputs, net->output_scale, 0));
    mpz_t factor, number;
    mpz_inits(factor, number, NULL);
    for (size_t k = 0; k < outputs; k++) {
        crease_scaled_integer(net->output_scale[k], scale_bits, factor);
        for (size_t u = 0; u < fan_in; u++) {
            mpz_t *w = &last->weight[k * fan_in + u];
            crease_scaled_integer(theta[net->output_weights + k * fan_in + u], bits, *w);
            mpz_mul(*w, *w, factor);
        }
        crease_scaled_integer(theta[net->output_biases + k], bits, last->bias[k]);
        mpz_mul(last->bias[k], last->bias[k], factor);
        crease_scaled_integer(net->output_shift[k], scale_bits, number);
        mpz_mul_2exp(number, number, bits);
        mpz_add(last->bias[k], last->bias[k], number);
        mpz_mul(last->bias[k], last->bias[k], integer->scale);
        for (size_t j = 0; net->affine && j < inputs; j++) {
            mpz_t *w = &integer->direct[k * inputs + j];
            crease_scaled_integer(theta[net->affine_weights + k * inputs + j], bits, *w);
            mpz_mul(*w, *w, factor);
            mpz_divexact(number, integer->scale, input_scale);
            mpz_mul(*w, *w, number);
        }
    }
    mpz_mul_2exp(integer->scale, integer->scale, bits + scale_bits);
    mpz_clears(factor, number, NULL);
    return CREASE_OK;
}

crease_status crease_integer_net_new(const crease_net *net, const mpq_t *origin, const mpq_t *direction,
                                     size_t parameters, crease_integer_net **result, crease_error *error) {
    *result = NULL;
    crease_status status = check_net(net, error);
    if (status)
        return status;
    crease_integer_net *integer = calloc(1, sizeof *integer);
    if (!integer)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a network in integers");
    mpz_t input_scale;
    mpz_init(input_scale);
    mpz_init(integer->scale);
    integer->inputs = net->inputs;
    integer->outputs = net->outputs;
    integer->parameters = parameters;
    integer->layer_count = net->layer_count;
    integer->layer = calloc(net->layer_count ? net->layer_count : 1, sizeof *integer->layer);
    integer->input = crease_integers_new(net->inputs * (parameters + 1));
    if (!integer->layer || !integer->input)
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for a network in integers");
    if (status == CREASE_OK)
        status = input_forms(net, origin, direction, integer, error);
    mpz_set(input_scale, integer->scale);
    for (size_t l = 0; l < net->layer_count && status == CREASE_OK; l++)
        status = hidden_layer(net, l, integer, error);
    if (status == CREASE_OK)
        status = output_layer(net, input_scale, integer, error);
    mpz_clear(input_scale);
    if (status == CREASE_OK)
        *result = integer;
    else
        crease_integer_net_free(integer);
    return status;
}
