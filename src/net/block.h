/* Inside the room of networks: the work space, and the hidden layers of one block of points. A block holds its values
 * unit by unit (unit x BLOCK), so that inner loops run over points. */
#ifndef CREASE_NET_BLOCK_H
#define CREASE_NET_BLOCK_H

#include "crease/net.h"

enum { BLOCK = 128 };

struct crease_work {
    double at_zero, bias_shift;
    double *memory; /* everything below lies here */
    double *input;  /* inputs x BLOCK, standardised */
    double *output; /* outputs x BLOCK, before scaling back */
    double **z;     /* pre-activations, values and derivatives of each layer: width x BLOCK */
    double **a, **da;
    double *g, *spare; /* widest x BLOCK, sensitivities while going backwards */
    double *largest;   /* one a hidden unit */
};

/* Fills z and a of every hidden layer, and da where derivatives are asked for, for n <= BLOCK points x (n x inputs). */
void crease_block_forward(const crease_net *net, const double *theta, crease_work *work, size_t n,
                          const double *x, bool derivatives);

/* The input of hidden layer l of the block: values of the layer below, or the standardised input. */
static inline const double *crease_block_layer_input(const crease_work *work, size_t l) {
    return l == 0 ? work->input : work->a[l - 1];
}

/* Writes units x BLOCK values as n rows, `stride` apart. */
void crease_block_write_units(size_t n, size_t units, const double *value, double *rows, size_t stride);

#endif
