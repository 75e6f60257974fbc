/* Triples of integers: places and lines. */
#include "regions/mosaic.h"
#include "regions/rational.h"
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

void crease_triples_clear(crease_triples *triples) {
    crease_integers_free(triples->value, 3 * triples->capacity);
    *triples = (crease_triples){0};
}

size_t crease_triples_add(crease_triples *triples) {
    if (triples->count == triples->capacity) {
        size_t capacity = triples->capacity ? 2 * triples->capacity : 64;
        mpz_t *value = realloc(triples->value, 3 * capacity * sizeof *value);
        if (!value)
            return SIZE_MAX;
        for (size_t i = 3 * triples->capacity; i < 3 * capacity; i++)
            mpz_init(value[i]);
        triples->value = value;
        triples->capacity = capacity;
    }
    return triples->count++;
}

void crease_triple_reduce(mpz_t *triple) {
    mpz_t divisor;
    mpz_init(divisor);
    mpz_gcd(divisor, triple[0], triple[1]);
    mpz_gcd(divisor, divisor, triple[2]);
    if (mpz_cmp_ui(divisor, 1) > 0)
        for (size_t k = 0; k < 3; k++)
            mpz_divexact(triple[k], triple[k], divisor);
    mpz_clear(divisor);
}

void crease_triple_halve(mpz_t *triple) {
    mp_bitcnt_t common = ULONG_MAX;
    for (size_t k = 0; k < 3 && common > 0; k++)
        if (mpz_sgn(triple[k]) != 0) {
            mp_bitcnt_t own = mpz_scan1(triple[k], 0);
            common = own < common ? own : common;
        }
    if (common == 0 || common == ULONG_MAX)
        return;
    for (size_t k = 0; k < 3; k++)
        mpz_tdiv_q_2exp(triple[k], triple[k], common);
}
