/* Vectors of dyadic numbers: integers times one power of 2 that all entries share. Every double is such a number, and
 * sums and products of them stay such numbers, so nothing here rounds. */
#ifndef CREASE_CHECKER_DYADIC_H
#define CREASE_CHECKER_DYADIC_H

#include <gmp.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct crease_dyadics {
    mpz_t *m; /* count; entry i is m[i] 2^exponent */
    long exponent;
    size_t count;
    bool zero;             /* nothing was added yet: the exponent is free */
    bool one_limb;         /* crease_dyadics_measure found no integer of more */
    mpz_t product, factor; /* work space */
} crease_dyadics;

/* count zeros; false without memory. */
bool crease_dyadics_init(crease_dyadics *vector, size_t count);
/* A vector that is all bytes 0 may be cleared too. */
void crease_dyadics_clear(crease_dyadics *vector);
void crease_dyadics_set_zero(crease_dyadics *vector);

/* Finite value = m 2^(what is returned), m odd or 0. */
long crease_dyadic_split(double value, mpz_t m);

/* vector[i] += a 2^exponent; += a 2^exponent b; += a b. The doubles are finite. */
void crease_dyadics_add(crease_dyadics *vector, size_t i, const mpz_t a, long exponent);
void crease_dyadics_add_times(crease_dyadics *vector, size_t i, const mpz_t a, long exponent, double b);
void crease_dyadics_add_product(crease_dyadics *vector, size_t i, double a, double b);
/* vector[i] += a 2^exponent b 2^b_exponent */
void crease_dyadics_add_integers(crease_dyadics *vector, size_t i, const mpz_t a, long exponent,
                                 const mpz_t b, long b_exponent);

/* Says in `one_limb` what crease_dyadics_multiply can use; for a vector that does not change any more. */
void crease_dyadics_measure(crease_dyadics *vector);

/* Rows of a matrix times coefficients: to[column[k]] = sum over i of from[i] matrix[i stride + column[k]], where `to` was zero. sum:
 * work space of `columns` pointers. */
void crease_dyadics_multiply(crease_dyadics *to, const crease_dyadics *matrix, size_t stride,
                             const crease_dyadics *from, size_t rows, const size_t *column, size_t columns,
                             mp_limb_t **sum);

#endif
