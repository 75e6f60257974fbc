/* A network in exact numbers, made once for all steps of a proof. */
#ifndef CREASE_CHECKER_EXACT_NET_H
#define CREASE_CHECKER_EXACT_NET_H

#include "checker/dyadic.h"
#include "crease/net.h"

typedef struct crease_exact_net {
    const crease_net *net; /* borrowed; its numbers are finite and its units piecewise linear */
    /* layer_count + 1 matrices, hidden layers and output layer, row-major: a row's weights, then its bias */
    crease_dyadics *weight;
    crease_dyadics affine; /* outputs x inputs, empty without an affine path */
    size_t *first;         /* layer_count + 1: number of units in the layers before */
    double *below;         /* of each unit: the slope of f for z < 0; above it is 1 */
    /* 1 / input_scale[j] = inverse[j] 2^inverse_exponent[j] / common */
    mpz_t common, *inverse;
    long *inverse_exponent;
    bool scaled; /* common and inverse are there */
} crease_exact_net;

/* CREASE_BAD_ARGUMENT with what cannot be checked about the net. Clear in any case. */
crease_status crease_exact_net_init(crease_exact_net *exact, const crease_net *net, crease_error *error);
void crease_exact_net_clear(crease_exact_net *exact);

/* Width of what hidden layer l, or for layer_count the output layer, reads. */
size_t crease_exact_net_fan_in(const crease_exact_net *exact, size_t l);

#endif
