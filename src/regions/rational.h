/* Rational numbers: arrays of integers, and doubles near a quotient. */
#ifndef CREASE_REGIONS_RATIONAL_H
#define CREASE_REGIONS_RATIONAL_H

#include <gmp.h>
#include <stddef.h>

/* `count` zeros (at least one); NULL without memory. */
mpz_t *crease_integers_new(size_t count);
void crease_integers_free(mpz_t *integer, size_t count);
mpq_t *crease_rationals_new(size_t count);
void crease_rationals_free(mpq_t *rational, size_t count);

/* The double nearest to numerator / denominator, ties to even, infinite beyond the range; denominator > 0. */
double crease_quotient(const mpz_t numerator, const mpz_t denominator);
/* The square root of numerator / denominator >= 0, off by less than one place. */
double crease_root(const mpz_t numerator, const mpz_t denominator);
double crease_rational_nearest(const mpq_t value);
/* The largest double that is not above, the smallest that is not below. */
double crease_rational_below(const mpq_t value);
double crease_rational_above(const mpq_t value);

/* The smallest k >= 0 with value 2^k an integer; value finite. */
unsigned long crease_fraction_bits(double value);
/* result = value 2^k, k >= crease_fraction_bits(value). */
void crease_scaled_integer(double value, unsigned long k, mpz_t result);

#endif
