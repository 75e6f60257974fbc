/* Values and the consumption whose utility they are: n(V) = ((1-g) V/S)^(1/(1-g)), for g = 1 exp(V/S), and back,
 * V = S n^(1-g)/(1-g), S log n. dn/dV = n^g / S, dV/dn = S n^(-g).  u'(c) = V'/R: c = (V'/R)^(-1/g). */
#include "savings/own/own_parts.h"
#include <float.h>
#include <math.h>

bool savings_own_forward(const savings_own_map *map, double V, double *z, double *slope) {
    double g = map->crra;
    *z = V;
    if (slope)
        *slope = 1;
    if (!map->pinv)
        return true;
    if (g != 1 && !((1 - g) * V > 0)) /* a power of a negative number may be one */
        return false;
    *z = g == 1 ? exp(V / map->scale) : pow((1 - g) * V / map->scale, 1 / (1 - g));
    if (slope)
        *slope = pow(*z, g) / map->scale;
    return *z > 0 && isfinite(*z) && (!slope || isfinite(*slope));
}

bool savings_own_backward(const savings_own_map *map, double z, double *V, double *slope) {
    double g = map->crra;
    *V = z;
    if (slope)
        *slope = 1;
    if (!map->pinv)
        return true;
    *V = map->scale * (g == 1 ? log(z) : pow(z, 1 - g) / (1 - g));
    if (slope)
        *slope = map->scale * pow(z, -g);
    return z > 0 && isfinite(*V);
}

double savings_own_consumption(double crra, double marginal, double R) {
    return pow(marginal / R, -1 / crra);
}

savings_own_map savings_own_map_of(const savings_own_options *options, savings_own_transform transform) {
    return (savings_own_map){.pinv = transform == SAVINGS_OWN_PINV,
                             .crra = options->crra,
                             .scale = options->scale > 0 ? options->scale : 1};
}

/* By hand, since a corner's two sides are wanted: of a relu unit at its corner, the side decides. */
void savings_own_evaluate(const savings_own_fit *fit, size_t row, double x, int side, double *V, double *dV) {
    const crease_net *net = fit->row[row].net;
    savings_own_map map = savings_own_map_of(&fit->options, fit->transform);
    double t = (x - net->input_shift[0]) / net->input_scale[0], f = net->theta[net->output_biases], slope = 0,
           back;
    if (net->affine) {
        slope = net->theta[net->affine_weights];
        f += slope * t;
    }
    for (size_t u = 0; net->layer_count == 1 && u < net->layer[0].width; u++) {
        double parameter, phi, derivative, v = net->theta[net->output_weights + u];
        double weight = net->theta[net->layer[0].weights + u], bias = net->theta[net->layer[0].biases + u];
        double z = weight * t + bias,
               rounding = 8 * DBL_EPSILON *
                          (fabs(weight * t) + fabs(bias) + fabs(weight) / net->input_scale[0] * fabs(x));
        const crease_group *group = crease_net_unit(net, 0, u, &parameter);
        if (side != 0 && group->activation == CREASE_RELU && fabs(z) <= rounding)
            z = 0;
        double at_zero = side * weight > 0 ? 1 : 0;
        crease_activation_evaluate(group->activation, parameter, at_zero, 1, &z, &phi, &derivative);
        f += v * phi;
        slope += v * weight * derivative;
    }
    double z = net->output_shift[0] + net->output_scale[0] * f;
    if (!savings_own_backward(&map, z, V, &back)) {
        *V = *dV = NAN;
        return;
    }
    *dV = back * slope * net->output_scale[0] / net->input_scale[0];
}
