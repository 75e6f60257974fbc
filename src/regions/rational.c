/* A double is m 2^q with an odd integer m, so value 2^k is an integer from k = -q on.
 *
 * Nearest double to n/d: q = floor(n 2^k / d) with 62 or 63 bits and its last bit set where the division
 * leaves a remainder; converting q rounds once, correctly, since the 53 bits of a double leave at least
 * one bit between them and that last one. Below the normal range k stops at 1074 and q is rounded by its
 * remainder instead. Nearly always the first 64 bits of n and d settle it. */
#include "regions/rational.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

mpz_t *crease_integers_new(size_t count) {
    mpz_t *integer = calloc(count ? count : 1, sizeof *integer);
    for (size_t i = 0; integer && i < count; i++)
        mpz_init(integer[i]);
    return integer;
}

void crease_integers_free(mpz_t *integer, size_t count) {
    for (size_t i = 0; integer && i < count; i++)
        mpz_clear(integer[i]);
    free(integer);
}

mpq_t *crease_rationals_new(size_t count) {
    mpq_t *rational = calloc(count ? count : 1, sizeof *rational);
    for (size_t i = 0; rational && i < count; i++)
        mpq_init(rational[i]);
    return rational;
}

void crease_rationals_free(mpq_t *rational, size_t count) {
    for (size_t i = 0; rational && i < count; i++)
        mpq_clear(rational[i]);
    free(rational);
}

/* |n| 2^k / d as quotient and remainder */
static void divide(const mpz_t n, const mpz_t d, long k, mpz_t quotient, mpz_t remainder, mpz_t divisor) {
    mpz_abs(quotient, n);
    mpz_set(divisor, d);
    if (k > 0)
        mpz_mul_2exp(quotient, quotient, (mp_bitcnt_t)k);
    else
        mpz_mul_2exp(divisor, divisor, (mp_bitcnt_t)-k);
    mpz_tdiv_qr(quotient, remainder, quotient, divisor);
}

/* The first 64 bits of |n|, cut off, and the power of two that belongs to them. */
static uint64_t leading_bits(const mpz_t n, long *exponent) {
    size_t limbs = mpz_size(n);
    uint64_t top = mpz_getlimbn(n, (mp_size_t)limbs - 1);
    int shift = __builtin_clzll(top);
    uint64_t next = limbs > 1 ? mpz_getlimbn(n, (mp_size_t)limbs - 2) : 0;
    *exponent = 64 * ((long)limbs - 1) - shift;
    return shift == 0 ? top : top << shift | next >> (64 - shift);
}

/* |n| / d by their first 64 bits, off by less than 2^-61 of it; *value when all numbers within 2^-60 of it
 * have the same nearest double. */
static bool quick_quotient(const mpz_t n, const mpz_t d, double *value) {
    if (GMP_NUMB_BITS != 64 || LDBL_MANT_DIG < 64)
        return false;
    long up, down;
    long double q = (long double)leading_bits(n, &up) / (long double)leading_bits(d, &down);
    double low = (double)(q * (1 - 0x1p-60L)), high = (double)(q * (1 + 0x1p-60L));
    *value = ldexp(low, (int)(up - down));
    return low == high && labs(up - down) < 1000;
}

double crease_quotient(const mpz_t numerator, const mpz_t denominator) {
    enum { bits = 63, smallest = 1074 };
    double quick;
    if (mpz_sgn(numerator) == 0)
        return 0;
    if (quick_quotient(numerator, denominator, &quick))
        return mpz_sgn(numerator) < 0 ? -quick : quick;
    long size = (long)mpz_sizeinbase(numerator, 2) - (long)mpz_sizeinbase(denominator, 2);
    if (size > 1026)
        return mpz_sgn(numerator) * HUGE_VAL;
    long k = bits - 1 - size;
    int below_normal = size < -1021;
    if (below_normal && k > smallest)
        k = smallest;
    mpz_t quotient, remainder, divisor;
    mpz_inits(quotient, remainder, divisor, NULL);
    divide(numerator, denominator, k, quotient, remainder, divisor);
    if (k == smallest && below_normal) {
        mpz_mul_2exp(remainder, remainder, 1);
        int half = mpz_cmp(remainder, divisor);
        if (half > 0 || (half == 0 && mpz_odd_p(quotient)))
            mpz_add_ui(quotient, quotient, 1);
    } else if (mpz_sgn(remainder) != 0) {
        mpz_setbit(quotient, 0);
    }
    double value = ldexp((double)(uint64_t)mpz_get_ui(quotient), (int)-k);
    mpz_clears(quotient, remainder, divisor, NULL);
    return mpz_sgn(numerator) < 0 ? -value : value;
}

double crease_root(const mpz_t numerator, const mpz_t denominator) {
    enum { bits = 124 };
    if (mpz_sgn(numerator) == 0)
        return 0;
    long size = (long)mpz_sizeinbase(numerator, 2) - (long)mpz_sizeinbase(denominator, 2);
    long half = (bits - size) / 2; /* the quotient times 4^half has about `bits` bits, its root 62 */
    mpz_t quotient, remainder, divisor;
    mpz_inits(quotient, remainder, divisor, NULL);
    divide(numerator, denominator, 2 * half, quotient, remainder, divisor);
    mpz_sqrt(quotient, quotient);
    double value = ldexp((double)(uint64_t)mpz_get_ui(quotient), half > 5000    ? -5000
                                                                 : half < -5000 ? 5000
                                                                                : (int)-half);
    mpz_clears(quotient, remainder, divisor, NULL);
    return value;
}

double crease_rational_nearest(const mpq_t value) {
    return crease_quotient(mpq_numref(value), mpq_denref(value));
}

static double neighbour_towards(const mpq_t value, double direction) {
    double nearest = crease_rational_nearest(value);
    if (isinf(nearest))
        return nearest == direction ? nearest : nextafter(nearest, 0);
    mpq_t exact;
    mpq_init(exact);
    mpq_set_d(exact, nearest);
    int order = mpq_cmp(exact, value);
    mpq_clear(exact);
    return direction < 0 ? (order > 0 ? nextafter(nearest, direction) : nearest)
                         : (order < 0 ? nextafter(nearest, direction) : nearest);
}

double crease_rational_below(const mpq_t value) {
    return neighbour_towards(value, -HUGE_VAL);
}

double crease_rational_above(const mpq_t value) {
    return neighbour_towards(value, HUGE_VAL);
}

/* value = *mantissa 2^exponent, *mantissa odd or 0 */
static int take_apart(double value, int64_t *mantissa) {
    int exponent;
    *mantissa = (int64_t)ldexp(frexp(value, &exponent), 53);
    exponent -= 53;
    while (*mantissa != 0 && *mantissa % 2 == 0) {
        *mantissa /= 2;
        exponent++;
    }
    return *mantissa == 0 ? 0 : exponent;
}

unsigned long crease_fraction_bits(double value) {
    int64_t mantissa;
    int exponent = take_apart(value, &mantissa);
    return exponent < 0 ? (unsigned long)-exponent : 0;
}

void crease_scaled_integer(double value, unsigned long k, mpz_t result) {
    int64_t mantissa;
    int exponent = take_apart(value, &mantissa);
    mpz_set_si(result, (long)mantissa);
    if (mantissa != 0)
        mpz_mul_2exp(result, result, (mp_bitcnt_t)((long)k + exponent));
}
