/* The law of a pair of units: phi(e) = (f(e) - f(-e)) / norm. Only the odd part of f matters: for relu,
 * softplus, silu and gelu, f(e) - f(-e) = e exactly, for leaky (1 + slope) e, for tanh 2 tanh e, for sigmoid
 * tanh(e/2). The saturating pair is two relu units as well: relu(e + w) - relu(e - w) - w = e held within
 * +-w. */
#include "arm/arm.h"
#include <stdio.h>
#include <string.h>

static const double leaky_slope = 0.01;

static const struct {
    const char *name;
    crease_activation activation;
} pairs[ARM_PAIR_COUNT] = {
    [ARM_RELU] = {"relu", CREASE_RELU},
    [ARM_TANH] = {"tanh", CREASE_TANH},
    [ARM_SIGMOID] = {"sigmoid", CREASE_SIGMOID},
    [ARM_LEAKY] = {"leaky", CREASE_LEAKY},
    [ARM_SOFTPLUS] = {"softplus", CREASE_SOFTPLUS},
    [ARM_SILU] = {"silu", CREASE_SILU},
    [ARM_GELU] = {"gelu", CREASE_GELU},
    [ARM_ELU] = {"elu", CREASE_ELU},
    [ARM_SATRELU] = {"satrelu", CREASE_RELU},
};

static const char *const laws[ARM_LAW_COUNT] = {"P", "PDx", "PDi"};

const char *arm_pair_name(arm_pair pair) {
    return pairs[pair].name;
}

const char *arm_law_name(arm_law law) {
    return laws[law];
}

crease_status arm_pair_parse(const char *name, arm_pair *pair, crease_error *error) {
    for (size_t i = 0; i < ARM_PAIR_COUNT; i++)
        if (strcmp(pairs[i].name, name) == 0) {
            *pair = (arm_pair)i;
            return CREASE_OK;
        }
    return crease_fail(
        error, CREASE_BAD_ARGUMENT,
        "there is no activation pair '%.40s'; take relu, tanh, sigmoid, leaky, softplus, silu, gelu, "
        "elu or satrelu",
        name);
}

crease_status arm_law_parse(const char *name, arm_law *law, crease_error *error) {
    for (size_t i = 0; i < ARM_LAW_COUNT; i++)
        if (strcmp(laws[i], name) == 0) {
            *law = (arm_law)i;
            return CREASE_OK;
        }
    return crease_fail(error, CREASE_BAD_ARGUMENT, "there is no law '%.40s'; take P, PDx or PDi", name);
}

double arm_pair_norm(arm_pair pair) {
    switch (pair) {
    case ARM_TANH:
    case ARM_SIGMOID:
        return 2;
    case ARM_LEAKY:
        return 1 + leaky_slope;
    default:
        return 1;
    }
}

arm_controller arm_controller_default(arm_law law, arm_pair pair) {
    return (arm_controller){law, pair, 80, 8, 0.2, arm_pair_norm(pair)};
}

double arm_pair_evaluate(arm_pair pair, double norm, double error_angle, double *derivative) {
    bool saturating = pair == ARM_SATRELU;
    double width = saturating ? ARM_SATRELU_WIDTH : 0;
    double z[2] = {error_angle + width, saturating ? error_angle - width : -error_angle}, value[2], slope[2];
    /* at_zero 1/2: the odd part of relu is smooth at 0, and this gives it its derivative there */
    crease_activation_evaluate(pairs[pair].activation, leaky_slope, 0.5, 2, z, value,
                               derivative ? slope : NULL);
    if (derivative)
        *derivative = (saturating ? slope[0] - slope[1] : slope[0] + slope[1]) / norm;
    return (value[0] - value[1] - width) / norm;
}

double arm_controller_command(const arm_controller *controller, double reference, double angle, double rate) {
    const arm_controller *c = controller;
    double error_angle = reference - angle;
    switch (c->law) {
    case ARM_LAW_PDX:
        return c->gain * arm_pair_evaluate(c->pair, c->norm, error_angle, NULL) - c->rate_gain * rate;
    case ARM_LAW_PDI:
        return c->gain * arm_pair_evaluate(c->pair, c->norm, error_angle - c->lead_time * rate, NULL);
    default:
        return c->gain * arm_pair_evaluate(c->pair, c->norm, error_angle, NULL);
    }
}

crease_status arm_controller_net(const arm_controller *controller, crease_net **net, crease_error *error) {
    char spec[32];
    snprintf(spec, sizeof spec, "%s:2", crease_activation_name(pairs[controller->pair].activation));
    crease_status status = crease_net_parse(spec, 1, 1, net, error);
    if (status != CREASE_OK)
        return status;
    bool saturating = controller->pair == ARM_SATRELU;
    double width = saturating ? ARM_SATRELU_WIDTH : 0, weight = controller->gain / controller->norm;
    crease_net *n = *net;
    n->theta[n->layer[0].weights] = 1;
    n->theta[n->layer[0].weights + 1] = saturating ? 1 : -1;
    n->theta[n->layer[0].biases] = width;
    n->theta[n->layer[0].biases + 1] = -width;
    n->theta[n->output_weights] = weight;
    n->theta[n->output_weights + 1] = -weight;
    n->theta[n->output_biases] = -weight * width;
    return CREASE_OK;
}
