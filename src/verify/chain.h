/* A network laid out for bounding: layers of affine maps and units, padded so that loops over columns need no tail. */
#ifndef CREASE_VERIFY_CHAIN_H
#define CREASE_VERIFY_CHAIN_H

#include "crease/net.h"

/* z = W a + b, with the values a of the layer below, or the standardised input. */
typedef struct crease_chain_layer {
    size_t rows, cols;
    size_t row_stride, stride; /* rows and cols rounded up to multiples of 8 */
    size_t first;              /* of its units in arrays of all units; a multiple of 8 */
    double *W;                 /* rows x stride, zero beyond cols */
    double *b;                 /* row_stride, zero beyond rows */
    /* hidden layers: unit kind; `slope` is the value of f below zero divided by z, for units of two straight pieces */
    double *slope;                 /* row_stride */
    crease_activation *activation; /* rows */
    double *parameter;             /* rows, as crease_net_unit gives it */
    bool straight;                 /* all units are of two straight pieces */
} crease_chain_layer;

typedef struct crease_chain {
    size_t inputs, outputs, input_stride;
    size_t depth;              /* hidden layers; layer[depth] is the output layer */
    crease_chain_layer *layer; /* depth + 1 */
    size_t units;              /* padded: length of arrays of all hidden units */
    size_t hidden;             /* the true number */
    size_t widest;             /* largest row_stride, stride or input_stride */
    double *skip;              /* affine path, outputs x input_stride; NULL without */
    double *shift, *scale;     /* of the inputs; input_stride */
    double *output_shift, *output_scale;
    bool standardised; /* shift and scale are not the identity */
    bool straight;     /* the net is piecewise linear */
    bool wide_vectors; /* the processor has AVX2 */
    void *memory;
} crease_chain;

/* CREASE_BAD_ARGUMENT for numbers that are not finite. */
crease_status crease_chain_new(const crease_net *net, crease_chain **chain, crease_error *error);
void crease_chain_free(crease_chain *chain);

/* Values in floating point, no bound of anything: y (outputs); z (chain->units, may be NULL) pre-activations;
 * room: 2 * widest. */
void crease_chain_evaluate(const crease_chain *chain, const double *x, double *room, double *z, double *y);

/* Gradient of sum of weight[i] y[i] in x (inputs), at the pre-activations z that evaluate left. room: 2 * widest. */
void crease_chain_gradient(const crease_chain *chain, const double *z, const double *weight, double *room,
                           double *gradient);

/* The layer that the unit with this padded number belongs to. */
size_t crease_chain_layer_of(const crease_chain *chain, size_t unit);

#endif
