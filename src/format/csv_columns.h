/* Which columns of a CSV file are wanted. */
#ifndef CREASE_FORMAT_CSV_COLUMNS_H
#define CREASE_FORMAT_CSV_COLUMNS_H

#include "crease/csv.h"

/* The first line of a file, and what is wanted of it. Zero-initialise; crease_csv_columns_clear frees. */
typedef struct crease_csv_columns {
    const char *source; /* for messages, borrowed */
    char **name;        /* width: the fields of the first line, owned */
    size_t width, capacity, bytes;
    bool has_header;

    size_t wanted;          /* columns of the table */
    size_t *column;         /* wanted: where in a row each is found */
    size_t *slot;           /* width: index into `stored` values of a row, SIZE_MAX: unwanted */
    size_t stored;          /* different wanted columns */
    size_t where_column;    /* SIZE_MAX: none */
    const char *where_text; /* points into the options */
} crease_csv_columns;

/* Keeps a field of the first line (copied). */
crease_status crease_csv_columns_add(crease_csv_columns *columns, const char *text, size_t length,
                                     size_t line, crease_error *error);
/* After the first line, with has_header set: finds the wanted columns and the one of `where`. */
crease_status crease_csv_columns_resolve(crease_csv_columns *columns, const crease_csv_options *options,
                                         crease_error *error);
void crease_csv_columns_clear(crease_csv_columns *columns);

#endif
