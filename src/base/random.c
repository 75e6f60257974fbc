/* mt19937 takes 32 bits of seed. For one 64-bit seed the map stream -> 32 bits is a chain of bijections on
 * the low half of the stream index (xor and add a key, and lowbias32: C. Wellons 2018, "Prospecting for hash
 * functions"), with keys from the seed and the high half by splitmix64 (Steele, Lea & Flood 2014). So two
 * streams below 2^32 never collide. GSL takes seed 0 for 4357: the one stream that maps to 0 starts elsewhere
 * in that sequence. */
#include "crease/random.h"
#include <gsl/gsl_randist.h>

static uint64_t splitmix64(uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint32_t lowbias32(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

static uint32_t start_of(uint64_t seed, uint64_t stream) {
    uint64_t key = splitmix64(splitmix64(seed) ^ (stream >> 32));
    return lowbias32(lowbias32((uint32_t)stream ^ (uint32_t)key) + (uint32_t)(key >> 32));
}

void crease_random_set(gsl_rng *generator, uint64_t seed, uint64_t stream) {
    enum { alias_of_zero = 4357, apart = 1000 };
    uint32_t start = start_of(seed, stream);
    gsl_rng_set(generator, start != 0 ? start : alias_of_zero);
    if (start == 0)
        for (int i = 0; i < apart; i++)
            gsl_rng_get(generator);
}

gsl_rng *crease_random_new(uint64_t seed, uint64_t stream) {
    gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);
    if (generator)
        crease_random_set(generator, seed, stream);
    return generator;
}

void crease_random_shuffle(gsl_rng *generator, size_t *order, size_t n) {
    if (n > 1)
        gsl_ran_shuffle(generator, order, n, sizeof *order);
}
