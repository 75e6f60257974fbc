/* m[i] 2^exponent: an addend with a smaller exponent lowers the common one, which multiplies every entry by a power
 * of 2; an addend with a larger one is itself multiplied. */
#include "checker/dyadic.h"
#include <math.h>
#include <stdlib.h>

bool crease_dyadics_init(crease_dyadics *vector, size_t count) {
    *vector = (crease_dyadics){.zero = true};
    vector->m = calloc(count ? count : 1, sizeof *vector->m);
    if (!vector->m)
        return false;
    for (; vector->count < count; vector->count++)
        mpz_init(vector->m[vector->count]);
    mpz_inits(vector->product, vector->factor, NULL);
    return true;
}

void crease_dyadics_clear(crease_dyadics *vector) {
    if (!vector->m)
        return;
    for (size_t i = 0; i < vector->count; i++)
        mpz_clear(vector->m[i]);
    mpz_clears(vector->product, vector->factor, NULL);
    free(vector->m);
    *vector = (crease_dyadics){0};
}

void crease_dyadics_set_zero(crease_dyadics *vector) {
    for (size_t i = 0; i < vector->count; i++)
        mpz_set_ui(vector->m[i], 0);
    vector->zero = true;
}

long crease_dyadic_split(double value, mpz_t m) {
    if (value == 0) {
        mpz_set_ui(m, 0);
        return 0;
    }
    int exponent;
    double fraction = frexp(value, &exponent);
    mpz_set_d(m, ldexp(fraction, 53)); /* an integer: a double has 53 bits */
    mp_bitcnt_t zeros = mpz_scan1(m, 0);
    mpz_tdiv_q_2exp(m, m, zeros);
    return (long)exponent - 53 + (long)zeros;
}

/* a may be vector->product, which is work space from here on */
static void add(crease_dyadics *vector, size_t i, const mpz_t a, long exponent) {
    if (mpz_sgn(a) == 0)
        return;
    if (vector->zero) {
        vector->exponent = exponent;
        vector->zero = false;
    }
    if (exponent > vector->exponent) {
        mpz_mul_2exp(vector->product, a, (mp_bitcnt_t)(exponent - vector->exponent));
        mpz_add(vector->m[i], vector->m[i], vector->product);
        return;
    }
    for (size_t j = 0; exponent < vector->exponent && j < vector->count; j++)
        mpz_mul_2exp(vector->m[j], vector->m[j], (mp_bitcnt_t)(vector->exponent - exponent));
    vector->exponent = exponent;
    mpz_add(vector->m[i], vector->m[i], a);
}

void crease_dyadics_add(crease_dyadics *vector, size_t i, const mpz_t a, long exponent) {
    add(vector, i, a, exponent);
}

void crease_dyadics_add_integers(crease_dyadics *vector, size_t i, const mpz_t a, long exponent,
                                 const mpz_t b, long b_exponent) {
    mpz_mul(vector->product, a, b);
    add(vector, i, vector->product, exponent + b_exponent);
}

void crease_dyadics_add_times(crease_dyadics *vector, size_t i, const mpz_t a, long exponent, double b) {
    long b_exponent = crease_dyadic_split(b, vector->factor);
    crease_dyadics_add_integers(vector, i, a, exponent, vector->factor, b_exponent);
}

void crease_dyadics_add_product(crease_dyadics *vector, size_t i, double a, double b) {
    long exponent = crease_dyadic_split(a, vector->product);
    crease_dyadics_add_times(vector, i, vector->product, exponent, b);
}
