/* What separates the fields of a CSV file. */
#ifndef CREASE_FORMAT_CSV_DIALECT_H
#define CREASE_FORMAT_CSV_DIALECT_H

#include <stddef.h>

/* Comma, semicolon or tab, from the first two lines that are not blank in text[0..length]: of tab, semicolon,
 * comma the first that stands outside quotes equally often in both lines, or else the most frequent in the
 * first line; a comma when there is none. A decimal comma separates nothing. */
char crease_csv_delimiter(const char *text, size_t length, char decimal);

#endif
