/* One cell of a CSV file as a number. */
#ifndef CREASE_FORMAT_CSV_CELL_H
#define CREASE_FORMAT_CSV_CELL_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum crease_cell_kind {
    CREASE_CELL_NUMBER,
    CREASE_CELL_MISSING,  /* empty, NA or NaN */
    CREASE_CELL_INFINITE, /* inf, or a number beyond the largest double */
    CREASE_CELL_TEXT      /* anything else, hexadecimal numbers included */
} crease_cell_kind;

/* Reads text[0..length], text[length] being '\0'. Blanks and tabs around a number are skipped. decimal is '.'
 * or ','. c_locale: a locale object of "C". `text` is changed while reading and restored before returning. */
crease_cell_kind crease_cell_read(char *text, size_t length, char decimal, locale_t c_locale, double *value);

/* True for what makes a first line data and not a header: a decimal number, or what C would read as one (nan,
 * inf, hexadecimal), so that a bad number in the first line is reported and not taken for a name. */
bool crease_cell_looks_numeric(char *text, size_t length, char decimal, locale_t c_locale);

#endif
