/* Seeded random networks of straight pieces with numbers in which ties are likely. */
#ifndef TEST_RANDOM_NET_H
#define TEST_RANDOM_NET_H

#include "crease/net.h"
#include <gsl/gsl_rng.h>

typedef struct random_net_limits {
    size_t inputs, outputs, depth, width; /* largest */
} random_net_limits;

/* Weights are small integers, dyadics or Gaussian, some of them huge or tiny; slopes, affine path and scaling vary. */
crease_net *random_net(gsl_rng *rng, const random_net_limits *limits);

/* An integer or a dyadic or a Gaussian number. */
double random_number(gsl_rng *rng, int kind);

/* A power of ten, most often 1, and layers, scalings of inputs and outputs at such sizes: from 1e-310 to 1e300. */
double random_size(gsl_rng *rng);
void random_sizes(gsl_rng *rng, crease_net *net);

#endif
