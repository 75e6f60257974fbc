/* What several labs need. */
#ifndef LABS_TOOLS_H
#define LABS_TOOLS_H

#include "crease/initialise.h"
#include <stddef.h>
#include <stdint.h>

/* n doubles, zero; NULL without memory, and for a product that overflows. The caller's: free. */
double *lab_numbers(size_t n, size_t each);
/* The exponent p of y ~ x^p by least squares over the logarithms; pairs that are not positive are left out. NaN for
 * fewer than two, or without memory. */
double lab_order(size_t n, const double *x, const double *y);
/* n places from a to b, both ends among them. */
void lab_grid(size_t n, double a, double b, double *x);
/* A network with weights drawn from stream (seed, stream); the caller's. */
crease_status lab_random_net(const char *spec, size_t inputs, size_t outputs, crease_initialiser initialiser,
                             uint64_t seed, uint64_t stream, crease_net **net, crease_error *error);
/* Second derivative at x of a network with one input, one output and one hidden layer; of its units only tanh and sigmoid
 * have one. */
double lab_curvature(const crease_net *net, double x);
crease_status lab_no_memory(crease_error *error, const char *lab);

#endif
