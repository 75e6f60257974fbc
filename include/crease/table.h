/* A table: named columns of doubles, all finite. The first of the three nouns (table, pwl, net). */
#ifndef CREASE_TABLE_H
#define CREASE_TABLE_H

#include "crease/status.h"
#include <stddef.h>

typedef struct crease_table {
    size_t rows, columns;
    char **name;     /* columns names, owned */
    double **column; /* columns arrays of `rows` values, owned */
    char *source;    /* where it came from, for messages ("data.csv"), owned */
    size_t skipped;  /* rows left out on request because a cell was empty */
} crease_table;

/* Empty table with `columns` columns and room for `rows` rows, values zero, names "1", "2", ... */
crease_status crease_table_new(crease_table **table, size_t rows, size_t columns, crease_error *error);
void crease_table_free(crease_table *table);

/* Replaces a name (copied). */
crease_status crease_table_set_name(crease_table *table, size_t column, const char *name,
                                    crease_error *error);

/* Index of a column by name. BAD_DATA, with the names that exist, when there is none. */
crease_status crease_table_find(const crease_table *table, const char *name, size_t *column,
                                crease_error *error);

#endif
