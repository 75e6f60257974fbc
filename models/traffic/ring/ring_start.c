/* Starting positions on a ring. */
#include "crease/random.h"
#include "traffic/ring/ring.h"
#include <math.h>

crease_status ring_start(size_t vehicles, double length, double amplitude, size_t mode, uint64_t seed,
                         double *x, crease_error *error) {
    gsl_rng *generator = NULL;
    if (mode == 0 && !(generator = crease_random_new(seed, 0)))
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for random numbers");
    for (size_t i = 0; i < vehicles; i++) {
        const double turn = 2 * M_PI * (double)(mode * i % vehicles) / (double)vehicles;
        const double moved = generator ? 2 * gsl_rng_uniform(generator) - 1 : cos(turn);
        x[i] = length * (double)i / (double)vehicles + amplitude * moved;
    }
    gsl_rng_free(generator);
    return CREASE_OK;
}

/* The queue creeps, a hundredth further apart than at standstill: where V is 0 up to a kink and every car starts on it, the
 * integrator would have to tell which of many rates of 0 rises first. */
crease_status ring_start_queue(const follow_law *law, size_t vehicles, double length, double share, double *x,
                               crease_error *error) {
    const size_t queued = (size_t)(share * (double)vehicles + .5);
    const double close = 1.01 * law->standstill;
    if (!(share > 0 && share < 1) || queued < 1 || queued >= vehicles)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "a queue of %g of %zu vehicles leaves none to stand or none to drive", share,
                           vehicles);
    const double rest = (length - close * (double)queued) / (double)(vehicles - queued);
    if (!(rest > close))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "beside a queue of %zu vehicles the others have %g m each, less than in the queue",
                           queued, rest);
    for (size_t i = 0; i < vehicles; i++)
        x[i] = i <= queued ? close * (double)i : close * (double)queued + rest * (double)(i - queued);
    return CREASE_OK;
}
