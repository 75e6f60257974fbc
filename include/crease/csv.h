/* Tables from and to CSV, through libcsv.
 *
 * Reading takes: a UTF-8 byte-order mark, LF or CRLF, quotes, comma, semicolon or tab (found from the first
 * two lines), a header or none (there is none when every field of the first line is a number; columns are
 * then "1", "2",
 * ...), blank lines (in a file of one column a blank line before another row is an empty cell).
 * It refuses, with file:line:column and the offending text: text in a number column, NaN and infinities, rows
 * with more or fewer fields than the header, an unclosed quote, a NUL byte, a field over 64 KiB, two columns
 * of the same wanted name. Memory grows with the wanted columns only. */
#ifndef CREASE_CSV_H
#define CREASE_CSV_H

#include "crease/table.h"
#include <stdbool.h>
#include <stdio.h>

typedef struct crease_csv_options {
    const char *const *columns; /* wanted columns by name or 1-based number, in this order; NULL: all */
    size_t column_count;
    bool skip_missing; /* leave out rows with an empty, NA or NaN cell in a wanted column, and count them */
    char decimal;      /* '.' (0 means '.') or ',' */
    const char *where; /* "COLUMN=TEXT": keep only rows whose cell is exactly TEXT; NULL: all rows */
    bool (*progress)(size_t bytes_read,
                     void *context); /* about every MiB; true asks to stop (status BAD_DATA) */
    void *progress_context;
} crease_csv_options;

/* `options` may be NULL. path "-" is standard input. */
crease_status crease_csv_load(const char *path, const crease_csv_options *options, crease_table **table,
                              crease_error *error);
/* `source` names the stream in messages. */
crease_status crease_csv_read(FILE *file, const char *source, const crease_csv_options *options,
                              crease_table **table, crease_error *error);

/* Header and rows at 17 significant digits; no header when the columns are named "1", "2", ..., as reading
 * names them without one (other names that are all numbers are refused: they would be read as data). save:
 * path "-" is standard output, otherwise written to a temporary name in the same folder and renamed. */
crease_status crease_csv_write(FILE *file, const crease_table *table, crease_error *error);
crease_status crease_csv_save(const char *path, const crease_table *table, crease_error *error);
/* The same of a table with NaN, which become empty cells: reading takes them with skip_missing only. */
crease_status crease_csv_save_gaps(const char *path, const crease_table *table, crease_error *error);

#endif
