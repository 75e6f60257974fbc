/* Networks of straight pieces for tests, and numbers of specifications from doubles. */
#ifndef TEST_PIECES_H
#define TEST_PIECES_H

#include "crease/crease.h"

/* A net of this shape with these parameters (as many as it has; NULL: zeros); fails the test otherwise. */
crease_net *pieces_net(const char *spec, size_t inputs, size_t outputs, const double *theta);
/* The same with random parameters: normal, of He's size, or small integers. */
crease_net *pieces_random(gsl_rng *random, const char *spec, size_t inputs, size_t outputs);
crease_net *pieces_integer(gsl_rng *random, const char *spec, size_t inputs, size_t outputs, int largest);
/* Random shifts and scales of inputs and outputs. */
void pieces_scale(gsl_rng *random, crease_net *net);

/* count numbers; release with pieces_numbers_free. */
crease_number *pieces_numbers(size_t count, const double *value);
void pieces_numbers_free(crease_number *number, size_t count);

/* The net at one point (outputs of y). */
void pieces_evaluate(const crease_net *net, const double *x, double *y);

/* One text that has a letter a hidden unit: on which side of its kink it is at x ('0' on it). Free. */
char *pieces_pattern(const crease_net *net, const double *x);

#endif
