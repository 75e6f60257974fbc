/* Seeded random streams: stream (seed, index) always yields the same numbers, whatever the number of threads.
 * The generator is GSL's mt19937; distinct stream indices below 2^32 under one seed never share a start. */
#ifndef CREASE_RANDOM_H
#define CREASE_RANDOM_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

/* A generator owned by the caller (gsl_rng_free), or NULL without memory. Draw with gsl_rng_* and gsl_ran_*. */
gsl_rng *crease_random_new(uint64_t seed, uint64_t stream);

/* Restarts an existing generator at the beginning of stream (seed, stream). */
void crease_random_set(gsl_rng *generator, uint64_t seed, uint64_t stream);

/* Shuffles `order` (n entries) in place, Fisher-Yates. */
void crease_random_shuffle(gsl_rng *generator, size_t *order, size_t n);

#endif
