/* A piecewise-linear network in integers, on inputs x = origin + directions s.
 *
 * Each unit's pre-activation is an affine function of s on a region: an integer *form* of parameters + 1
 * coefficients, the constant last, a positive multiple of the true function. Without parameters a form is
 * the value at origin. */
#ifndef CREASE_REGIONS_INTEGER_NET_H
#define CREASE_REGIONS_INTEGER_NET_H

#include "crease/net.h"
#include <gmp.h>

typedef struct crease_integer_layer {
    size_t width, fan_in;
    mpz_t *weight;        /* width x fan_in */
    mpz_t *bias;          /* width, in units of the form of z */
    mpz_t *above, *below; /* width: slopes of the activation, times one number for the whole layer */
    bool *kink;           /* the two slopes differ */
} crease_integer_layer;

typedef struct crease_integer_net {
    size_t inputs, outputs, parameters, layer_count;
    mpz_t *input; /* forms of the standardised inputs: inputs x (parameters + 1) */
    crease_integer_layer *layer;
    crease_integer_layer last; /* the output layer */
    mpz_t *direct;             /* the affine path: outputs x inputs, or NULL */
    mpz_t scale;               /* raw output = output form / scale, > 0 */
} crease_integer_net;

/* origin: inputs; direction: inputs x parameters, row-major. BAD_ARGUMENT for a net that is not piecewise
 * linear or has numbers that are not finite. */
crease_status crease_integer_net_new(const crease_net *net, const mpq_t *origin, const mpq_t *direction,
                                     size_t parameters, crease_integer_net **integer, crease_error *error);
void crease_integer_net_free(crease_integer_net *integer);

/* Work space for the forms of one region. */
typedef struct crease_forms {
    mpz_t **z;          /* layer_count arrays of width x (parameters + 1) */
    signed char **sign; /* layer_count x width: side of each unit, set by the caller; 0 counts as below */
    mpz_t *output;      /* outputs x (parameters + 1) */
    /* what z of the next layer, or output, was last made from: sides of this layer, and which z of it, by
     * its number */
    signed char **used;
    size_t *version, *used_version; /* layer_count: 0 is no z */
    mpz_t *change;                  /* parameters + 2: work space */
} crease_forms;

crease_status crease_forms_new(const crease_integer_net *net, crease_forms *forms, crease_error *error);
void crease_forms_clear(const crease_integer_net *net, crease_forms *forms);

/* forms->z[l] from z and sign of layer l - 1; output from those of the last layer. Where only sides of the
 * layer below have changed since the last call, which is so from one region to the next, just the units
 * that changed are taken in. */
void crease_forms_layer(const crease_integer_net *net, size_t l, crease_forms *forms);
void crease_forms_output(const crease_integer_net *net, crease_forms *forms);

/* All layers, each unit on the side of the constant of its form: the region that origin lies in. */
void crease_forms_at_origin(const crease_integer_net *net, crease_forms *forms);

#endif
