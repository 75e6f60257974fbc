/* A physical diagram as a network of two hidden layers:
 *
 *   h_0 = relu(rho), h_i = relu(rho - k_i);   q = relu(vf h_0 - c_1 h_1 - ... - c_m h_m).
 *
 * For rho <= 0 every h is 0, and so is the flow, as the diagram has it. The scaling is the identity, so the
 * numbers in the file are the diagram's own. */
#include "traffic/traffic.h"
#include <stdio.h>

static crease_status physical_network(const traffic_diagram *d, crease_net **net, crease_error *error) {
    char spec[40];
    const size_t width = d->kinks + 1;
    snprintf(spec, sizeof spec, "relu:%zu/relu:1", width);
    const crease_status status = crease_net_parse(spec, 1, 1, net, error);
    if (status != CREASE_OK)
        return status;
    double *theta = (*net)->theta;
    const crease_layer *first = &(*net)->layer[0], *last = &(*net)->layer[1];
    for (size_t j = 0; j < width; j++) {
        theta[first->weights + j] = 1.0;
        theta[first->biases + j] = j > 0 ? -d->kink[j - 1] : 0.0;
        theta[last->weights + j] = j > 0 ? -d->slope_drop[j - 1] : d->free_speed;
    }
    theta[(*net)->output_weights] = 1.0;
    return CREASE_OK;
}

crease_status traffic_row_network(const traffic_row *row, crease_net **net, crease_error *error) {
    *net = NULL;
    if (row->net)
        return crease_net_copy(row->net, net, error);
    if (row->diagram.family != TRAFFIC_PHYSICAL)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "%s is curved and no network; fit physical:6 instead",
                           row->model);
    return physical_network(&row->diagram, net, error);
}
