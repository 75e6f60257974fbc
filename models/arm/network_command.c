/* A network layer by layer, each unit that bends on its given side: relu is z or 0, leaky z or its slope times z, elu z
 * or e^z - 1, a power z^p or 0. On a fixed side all of them are smooth beyond the bend (powers of whole p). Derivatives go
 * along with the values: dz_l = W_l da_{l-1}, da_l = f'(z_l) dz_l. */
#include "arm/loop.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct arm_network_work {
    const crease_net *net;
    size_t kinks;
    double *value[2], *tangent[2]; /* width of the widest layer: below and of the present one */
};

static bool bends(crease_activation activation) {
    return activation == CREASE_RELU || activation == CREASE_LEAKY || activation == CREASE_PRELU ||
           activation == CREASE_ELU || activation == CREASE_HINGE;
}

crease_status arm_network_work_new(const crease_net *net, arm_network_work **work, crease_error *error) {
    *work = NULL;
    arm_network_work *w = calloc(1, sizeof *w);
    size_t widest = net->inputs;
    for (size_t l = 0; w && l < net->layer_count; l++) {
        widest = net->layer[l].width > widest ? net->layer[l].width : widest;
        for (size_t g = 0; g < net->layer[l].group_count; g++)
            if (bends(net->layer[l].group[g].activation))
                w->kinks += net->layer[l].group[g].width;
    }
    for (size_t i = 0; w && i < 2; i++) {
        w->value[i] = calloc(widest, sizeof(double));
        w->tangent[i] = calloc(widest, sizeof(double));
    }
    if (!w || !w->value[0] || !w->value[1] || !w->tangent[0] || !w->tangent[1]) {
        arm_network_work_free(w);
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the network of the controller");
    }
    w->net = net;
    *work = w;
    return CREASE_OK;
}

void arm_network_work_free(arm_network_work *work) {
    for (size_t i = 0; work && i < 2; i++) {
        free(work->value[i]);
        free(work->tangent[i]);
    }
    free(work);
}

size_t arm_network_kinks(const arm_network_work *work) {
    return work->kinks;
}

/* Value and derivative of a unit that bends at 0, on one side. */
static double bent(crease_activation activation, double parameter, double z, bool above, double *slope) {
    if (activation == CREASE_HINGE && parameter != 1) {
        double base = parameter == floor(parameter) ? z : fmax(0, z);
        *slope = above && base != 0 ? parameter * pow(base, parameter - 1) : 0;
        return above ? pow(base, parameter) : 0;
    }
    if (activation == CREASE_ELU && !above) {
        *slope = exp(z);
        return expm1(z);
    }
    *slope = above ? 1 : crease_activation_slope_below(activation, parameter);
    return *slope * z;
}

/* y = W a + b of one row, and its tangent. */
static double row(const double *weight, size_t count, const double *a) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += weight[i] * a[i];
    return sum;
}

typedef struct pass {
    const bool *above;
    double *z, *dz;
    bool tangent;
    size_t kink; /* the next one */
} pass;

static void layer(arm_network_work *work, size_t l, const double *below, const double *below_tangent,
                  double *value, double *tangent, pass *p) {
    const crease_net *net = work->net;
    const crease_layer *here = &net->layer[l];
    const double *W = net->theta + here->weights, *b = net->theta + here->biases;
    for (size_t u = 0; u < here->width; u++) {
        double parameter, slope, z = b[u] + row(W + u * here->fan_in, here->fan_in, below);
        double dz = p->tangent ? row(W + u * here->fan_in, here->fan_in, below_tangent) : 0;
        crease_activation activation = crease_net_unit(net, l, u, &parameter)->activation;
        if (bends(activation)) {
            bool above = p->above ? p->above[p->kink] : z > 0;
            value[u] = bent(activation, parameter, z, above, &slope);
            if (p->z)
                p->z[p->kink] = z;
            if (p->dz)
                p->dz[p->kink] = dz;
            p->kink++;
        } else {
            crease_activation_evaluate(activation, parameter, 0, 1, &z, &value[u], &slope);
        }
        tangent[u] = slope * dz;
    }
}

void arm_network_evaluate(arm_network_work *work, const double *x, const double *dx, const bool *above,
                          double *u, double *z, double *du, double *dz) {
    const crease_net *net = work->net;
    double input[ARM_MOST_INPUTS], input_tangent[ARM_MOST_INPUTS];
    for (size_t i = 0; i < net->inputs; i++) {
        input[i] = (x[i] - net->input_shift[i]) / net->input_scale[i];
        input_tangent[i] = dx ? dx[i] / net->input_scale[i] : 0;
    }
    const double *below = input, *below_tangent = input_tangent;
    size_t width = net->inputs;
    pass p = {above, z, dz, dx != NULL, 0};
    for (size_t l = 0; l < net->layer_count; l++) {
        layer(work, l, below, below_tangent, work->value[l % 2], work->tangent[l % 2], &p);
        below = work->value[l % 2];
        below_tangent = work->tangent[l % 2];
        width = net->layer[l].width;
    }
    if (net->layer_count == 0)
        width = 0; /* then only the affine path remains */
    for (size_t k = 0; k < net->outputs; k++) {
        const double *W = net->theta + net->output_weights + k * width,
                     *A = net->theta + net->affine_weights + k * net->inputs;
        double y = net->theta[net->output_biases + k] + row(W, width, below);
        double dy = row(W, width, below_tangent);
        if (net->affine) {
            y += row(A, net->inputs, input);
            dy += row(A, net->inputs, input_tangent);
        }
        u[k] = net->output_shift[k] + net->output_scale[k] * y;
        if (du)
            du[k] = net->output_scale[k] * dy;
    }
}
