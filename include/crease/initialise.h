/* Starting values of theta. */
#ifndef CREASE_INITIALISE_H
#define CREASE_INITIALISE_H

#include "crease/net.h"
#include <gsl/gsl_rng.h>

typedef enum crease_initialiser {
    /* the data-driven start; a layer of relu and leaky units in several inputs is improved by exchanging units too */
    CREASE_INIT_AUTO = 0,
    CREASE_INIT_DATA,   /* units pass through data points and are chosen greedily to explain the residual */
    CREASE_INIT_RANDOM, /* normal weights and biases of variance 1/fan-in, as most toolkits draw them */
    CREASE_INIT_XAVIER, /* Glorot & Bengio 2010: uniform, variance 2/(fan-in + fan-out), biases 0 */
    CREASE_INIT_HE,     /* He et al. 2015: normal, variance 2/fan-in, biases 0 */
    CREASE_INIT_KEEP    /* start from the net's own theta */
} crease_initialiser;

/* Draws theta for `random`, `xavier` and `he`; the others leave it untouched. */
void crease_net_initialise(const crease_net *net, crease_initialiser initialiser, gsl_rng *generator,
                           double *theta);

#endif
