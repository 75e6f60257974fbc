/* See the header. */
#include "support/exact_numbers.h"
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

mpq_t *exact_vector_new(size_t count) {
    mpq_t *vector = malloc((count + 1) * sizeof *vector);
    for (size_t i = 0; i < count; i++)
        mpq_init(vector[i]);
    return vector;
}

void exact_vector_free(mpq_t *vector, size_t count) {
    for (size_t i = 0; vector && i < count; i++)
        mpq_clear(vector[i]);
    free(vector);
}

mpq_t *exact_from_doubles(const double *value, size_t count) {
    mpq_t *vector = exact_vector_new(count);
    for (size_t i = 0; i < count; i++)
        mpq_set_d(vector[i], value[i]);
    return vector;
}

/* Digits without their point, times ten to the exponent less the number of digits behind the point. */
static void parse_decimal(const char *text, mpq_t value) {
    char digits[4096];
    size_t count = 0;
    long exponent = 0;
    bool behind = false;
    for (; *text && *text != 'e' && *text != 'E'; text++) {
        ck_assert_uint_lt(count + 1, sizeof digits);
        if (*text == '.')
            behind = true;
        else if (*text != '+')
            digits[count++] = *text;
        exponent -= behind && *text != '.';
    }
    digits[count] = '\0';
    if (*text)
        exponent += strtol(text + 1, NULL, 10);
    ck_assert_int_eq(mpz_set_str(mpq_numref(value), digits, 10), 0);
    mpz_set_ui(mpq_denref(value), 1);
    mpz_t power;
    mpz_init(power);
    mpz_ui_pow_ui(power, 10, (unsigned long)labs(exponent));
    mpz_ptr changed = exponent < 0 ? mpq_denref(value) : mpq_numref(value);
    mpz_mul(changed, changed, power);
    mpz_clear(power);
    mpq_canonicalize(value);
}

void exact_parse(const char *text, mpq_t value) {
    if (strchr(text, 'x')) {
        mpq_set_d(value, strtod(text, NULL));
    } else if (strchr(text, '/')) {
        ck_assert_int_eq(mpq_set_str(value, text, 10), 0);
        mpq_canonicalize(value);
    } else {
        parse_decimal(text, value);
    }
}
