/* A limit as units: held within +-U, u is -U + relu(u + U) - relu(u - U). The law's output y = W a + A x +
 * b becomes one more unit "identity:1"; a second one makes u = shift + scale y of it; two ReLU units
 * follow. What the affine path carries, A x, passes each layer in a unit of its own. So every number of
 * the law is copied, none is computed. */
#include "arm/plane/plane.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

crease_status arm_plane_example_law(crease_net **law, crease_error *error) {
    static const double theta[] = {1,  0,   -1,  0,  0, 1,  0,   -1,  20, -4, -.1, -.1, -3, -3, 0,
                                   60, -60, -10, 10, 1, 60, -60, -10, 10, 1,  40,  -40, 1,  -1, -40};
    crease_status status = crease_net_parse("relu:4+identity:1/relu:2", 2, 1, law, error);
    if (status != CREASE_OK)
        return status;
    memcpy((*law)->theta, theta, sizeof theta);
    status = crease_net_set_names(*law, (const char *const[]){"e_rad", "w_rad_s"},
                                  (const char *const[]){"u_n_m"}, error);
    if (status != CREASE_OK) {
        crease_net_free(*law);
        *law = NULL;
    }
    return status;
}

/* The shape of the limited law from that of the law. NULL without memory. */
static char *limited_spec(const crease_net *law) {
    static const char carry[] = "+identity:1", tail[] = "/identity:1/identity:1/relu:2";
    size_t length = crease_net_spec(law, NULL, 0);
    char *spec = malloc(length + 1), *whole = malloc(length + law->layer_count * sizeof carry + sizeof tail);
    if (spec && whole) {
        crease_net_spec(law, spec, length + 1);
        const char *from = law->affine ? spec + strlen("affine") + (law->layer_count > 0) : spec;
        char *to = whole;
        for (; law->layer_count > 0; from++) {
            if ((*from == '/' || !*from) && law->affine)
                to = stpcpy(to, carry);
            if (!*from)
                break;
            *to++ = *from;
        }
        *to = '\0';
        strcpy(to, law->layer_count > 0 ? tail : tail + 1);
    }
    free(spec);
    if (!spec) {
        free(whole);
        return NULL;
    }
    return whole;
}

/* A hidden layer of the law, with the unit that carries the affine path in the last place. */
static void copy_layer(const crease_net *law, size_t l, crease_net *limited) {
    const crease_layer *from = &law->layer[l], *to = &limited->layer[l];
    const double *weight = law->theta + from->weights;
    double *target = limited->theta + to->weights;
    for (size_t u = 0; u < from->width; u++)
        memcpy(target + u * to->fan_in, weight + u * from->fan_in, from->fan_in * sizeof *weight);
    memcpy(limited->theta + to->biases, law->theta + from->biases, from->width * sizeof *weight);
    memcpy(limited->theta + to->slopes, law->theta + from->slopes, from->slope_count * sizeof *weight);
    if (!law->affine)
        return;
    double *carried = target + from->width * to->fan_in;
    if (l == 0)
        memcpy(carried, law->theta + law->affine_weights, law->inputs * sizeof *weight);
    else
        carried[to->fan_in - 1] = 1;
}

static void add_limit(const crease_net *law, double limit, crease_net *limited) {
    size_t hidden = law->layer_count;
    double *theta = limited->theta, *row = theta + limited->layer[hidden].weights;
    if (hidden > 0) {
        size_t width = law->layer[hidden - 1].width;
        memcpy(row, law->theta + law->output_weights, width * sizeof *row);
        if (law->affine)
            row[width] = 1;
    } else if (law->affine) {
        memcpy(row, law->theta + law->affine_weights, law->inputs * sizeof *row);
    }
    theta[limited->layer[hidden].biases] = law->theta[law->output_biases];
    theta[limited->layer[hidden + 1].weights] = law->output_scale[0];
    theta[limited->layer[hidden + 1].biases] = law->output_shift[0];
    for (size_t u = 0; u < 2; u++) {
        double sign = u == 0 ? 1 : -1;
        theta[limited->layer[hidden + 2].weights + u] = 1;
        theta[limited->layer[hidden + 2].biases + u] = sign * limit;
        theta[limited->output_weights + u] = sign;
    }
    theta[limited->output_biases] = -limit;
}

crease_status arm_plane_limit_law(const crease_net *law, double limit, crease_net **limited,
                                  crease_error *error) {
    *limited = NULL;
    if (law->outputs != 1)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a torque limit is for a law with one output, not %zu",
                           law->outputs);
    char *spec = limited_spec(law);
    if (!spec)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the law with its torque limit");
    crease_status status = crease_net_parse(spec, law->inputs, 1, limited, error);
    free(spec);
    if (status == CREASE_OK)
        status = crease_net_set_names(*limited, (const char *const *)law->input_name,
                                      (const char *const *)law->output_name, error);
    if (status != CREASE_OK) {
        crease_net_free(*limited);
        *limited = NULL;
        return status;
    }
    for (size_t l = 0; l < law->layer_count; l++)
        copy_layer(law, l, *limited);
    add_limit(law, limit, *limited);
    memcpy((*limited)->input_shift, law->input_shift, law->inputs * sizeof(double));
    memcpy((*limited)->input_scale, law->input_scale, law->inputs * sizeof(double));
    return CREASE_OK;
}
