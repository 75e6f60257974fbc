/* Vectors of rationals, and their text. */
#ifndef TEST_EXACT_NUMBERS_H
#define TEST_EXACT_NUMBERS_H

#include <gmp.h>
#include <stddef.h>

mpq_t *exact_vector_new(size_t count); /* zeros */
mpq_t *exact_from_doubles(const double *value, size_t count);
void exact_vector_free(mpq_t *vector, size_t count);
/* The number that is written: decimal, fraction, or a hexadecimal double. */
void exact_parse(const char *text, mpq_t value);

#endif
