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

void crease_dyadics_measure(crease_dyadics *vector) {
    vector->one_limb = true;
    for (size_t i = 0; vector->one_limb && i < vector->count; i++)
        vector->one_limb = mpz_size(vector->m[i]) <= 1;
}

/* *sum += or -= c w for one limb w, in two's complement */
static void add_limb_product(mp_limb_t *sum, mp_size_t limbs, const mp_limb_t *c, mp_size_t size, mp_limb_t w,
                             bool subtract) {
    if (subtract)
        mpn_sub_1(sum + size, sum + size, limbs - size, mpn_submul_1(sum, c, size, w));
    else
        mpn_add_1(sum + size, sum + size, limbs - size, mpn_addmul_1(sum, c, size, w));
}

/* The sums stay in two's complement until the end, which saves the comparison of signs and sizes at each addend. One of
 * them is less than rows 2^(64 longest) 2^64 < 2^(64 (longest + 2) - 1) in size, so longest + 2 limbs hold it. */
static void multiply_limbs(crease_dyadics *to, const crease_dyadics *matrix, size_t stride,
                           const crease_dyadics *from, size_t rows, const size_t *column, size_t columns,
                           mp_limb_t **sum) {
    size_t longest = 0;
    for (size_t i = 0; i < rows; i++)
        longest = mpz_size(from->m[i]) > longest ? mpz_size(from->m[i]) : longest;
    mp_size_t limbs = (mp_size_t)longest + 2;
    for (size_t k = 0; k < columns; k++) {
        sum[k] = mpz_limbs_write(to->m[column[k]], limbs);
        mpn_zero(sum[k], limbs);
    }
    for (size_t i = 0; i < rows; i++) {
        int sign = mpz_sgn(from->m[i]);
        const mp_limb_t *c = mpz_limbs_read(from->m[i]);
        mp_size_t size = (mp_size_t)mpz_size(from->m[i]);
        for (size_t k = 0; sign != 0 && k < columns; k++) {
            mpz_srcptr w = matrix->m[i * stride + column[k]];
            if (mpz_sgn(w) != 0)
                add_limb_product(sum[k], limbs, c, size, mpz_getlimbn(w, 0), mpz_sgn(w) != sign);
        }
    }
    for (size_t k = 0; k < columns; k++) {
        bool negative = sum[k][limbs - 1] >> (GMP_NUMB_BITS - 1);
        if (negative)
            mpn_neg(sum[k], sum[k], limbs);
        mpz_limbs_finish(to->m[column[k]], negative ? -limbs : limbs);
    }
}

void crease_dyadics_multiply(crease_dyadics *to, const crease_dyadics *matrix, size_t stride,
                             const crease_dyadics *from, size_t rows, const size_t *column, size_t columns,
                             mp_limb_t **sum) {
    if (matrix->one_limb)
        multiply_limbs(to, matrix, stride, from, rows, column, columns, sum);
    for (size_t i = 0; !matrix->one_limb && i < rows; i++)
        for (size_t k = 0; mpz_sgn(from->m[i]) != 0 && k < columns; k++)
            mpz_addmul(to->m[column[k]], from->m[i], matrix->m[i * stride + column[k]]);
    to->exponent = from->exponent + matrix->exponent;
    to->zero = from->zero || matrix->zero;
}
