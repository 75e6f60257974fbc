/* Activation functions of hidden units, as value/derivative pairs.
 *
 *   identity  z                                  relu      max(0, z)
 *   leaky(a)  z, or a z below 0 (a = .01)        prelu     leaky with a learned slope (starts at .25: He et al. 2015)
 *   elu       z, or e^z - 1 below 0              gelu      z Phi(z), Phi the normal distribution function
 *   silu      z / (1 + e^-z)                     softplus  log(1 + e^z)
 *   tanh, sigmoid                                hinge     max(0, z)^p, p > 0: written relu^p
 *
 * Sources: Clevert et al. 2016 (elu), Hendrycks & Gimpel 2016 (gelu, exact form, not the tanh approximation),
 * Elfwing et al. 2018 (silu), Dugas et al. 2001 (softplus). */
#ifndef CREASE_ACTIVATION_H
#define CREASE_ACTIVATION_H

#include <stdbool.h>
#include <stddef.h>

typedef enum crease_activation {
    CREASE_IDENTITY = 0,
    CREASE_RELU,
    CREASE_LEAKY,
    CREASE_PRELU,
    CREASE_ELU,
    CREASE_GELU,
    CREASE_SILU,
    CREASE_SOFTPLUS,
    CREASE_TANH,
    CREASE_SIGMOID,
    CREASE_HINGE,
    CREASE_ACTIVATION_COUNT
} crease_activation;

/* The name in the mini-language; "relu" for CREASE_HINGE, whose power is written behind it. */
const char *crease_activation_name(crease_activation activation);

/* Value and derivative at n points. `parameter`: the slope below zero of leaky and prelu, the power of hinge,
 * otherwise ignored. `at_zero`: the derivative that relu, leaky, prelu and hinge^1 are given at z = 0 is
 * slope_below + at_zero * (1 - slope_below), so 0 is the left and 1 the right derivative. A hinge of power below 1
 * has an infinite derivative at 0+; it is returned as 0 at z <= 0 and is finite for every z > 0.
 * value or derivative may be NULL; value may alias z. */
void crease_activation_evaluate(crease_activation activation, double parameter, double at_zero, size_t n,
                                const double *z, double *value, double *derivative);

/* True for functions made of straight pieces: identity, relu, leaky, prelu (and hinge with power 1). */
bool crease_activation_is_piecewise_linear(crease_activation activation, double parameter);

/* f(z) / z for z < 0 of a function that is z above 0 and straight below: 1 of identity, 0 of relu and hinge^1, the slope of
 * leaky and prelu; 0 of every other. */
double crease_activation_slope_below(crease_activation activation, double parameter);

/* True where f(c z) = c^p f(z) for c > 0, so that a unit's incoming scale can be moved to its outgoing weight:
 * relu, leaky, prelu, hinge. */
bool crease_activation_is_homogeneous(crease_activation activation);

/* True where f is exactly 0 for all z <= 0, so that a unit can be dead: relu and hinge. */
bool crease_activation_can_die(crease_activation activation);

#endif
