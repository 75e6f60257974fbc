/* Named columns of doubles. */
#include "crease/table.h"
#include "base/names.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static crease_status no_memory(crease_error *error, size_t rows, size_t columns) {
    return crease_fail(error, CREASE_NO_MEMORY, "not enough memory for a table of %zu rows and %zu columns",
                       rows, columns);
}

static char *number_name(size_t number) {
    char text[24];
    snprintf(text, sizeof text, "%zu", number);
    return strdup(text);
}

crease_status crease_table_new(crease_table **out, size_t rows, size_t columns, crease_error *error) {
    *out = NULL;
    if (rows > SIZE_MAX / sizeof(double) || columns > SIZE_MAX / sizeof(double *))
        return no_memory(error, rows, columns);
    crease_table *table = calloc(1, sizeof *table);
    if (!table)
        return no_memory(error, rows, columns);
    table->rows = rows;
    table->name = calloc(columns + 1, sizeof *table->name);
    table->column = calloc(columns + 1, sizeof *table->column);
    table->source = strdup("table");
    if (!table->name || !table->column || !table->source)
        goto failed;
    table->columns = columns; /* from here on the arrays are walked when freed */
    for (size_t j = 0; j < columns; j++) {
        table->name[j] = number_name(j + 1);
        table->column[j] = calloc(rows > 0 ? rows : 1, sizeof(double));
        if (!table->name[j] || !table->column[j])
            goto failed;
    }
    *out = table;
    return CREASE_OK;
failed:
    crease_table_free(table);
    return no_memory(error, rows, columns);
}

void crease_table_free(crease_table *table) {
    if (!table)
        return;
    for (size_t j = 0; j < table->columns; j++) {
        free(table->name[j]);
        free(table->column[j]);
    }
    free(table->name);
    free(table->column);
    free(table->source);
    free(table);
}

crease_status crease_table_set_name(crease_table *table, size_t column, const char *name,
                                    crease_error *error) {
    if (column >= table->columns)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "there is no column %zu to name: the table has %zu",
                           column + 1, table->columns);
    char *copy = strdup(name);
    if (!copy)
        return crease_fail(error, CREASE_NO_MEMORY, "not enough memory for a column name");
    free(table->name[column]);
    table->name[column] = copy;
    return CREASE_OK;
}

crease_status crease_table_find(const crease_table *table, const char *name, size_t *column,
                                crease_error *error) {
    for (size_t j = 0; j < table->columns; j++)
        if (strcmp(table->name[j], name) == 0) {
            *column = j;
            return CREASE_OK;
        }
    char list[400];
    crease_names_list((const char *const *)table->name, table->columns, list, sizeof list);
    return crease_fail(error, CREASE_BAD_DATA, "%s: no column named '%.60s'; the columns are %s",
                       table->source, name, list);
}
