/* Which columns of a CSV file are wanted. */
#include "format/csv_columns.h"
#include "base/names.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { most_columns = 65536, most_header_bytes = 16 << 20 };

crease_status crease_csv_columns_add(crease_csv_columns *columns, const char *text, size_t length,
                                     size_t line, crease_error *error) {
    columns->bytes += length;
    if (columns->width == most_columns || columns->bytes > most_header_bytes)
        return crease_fail(error, CREASE_BAD_DATA,
                           "%s:%zu: the first line is too long for a table (over %d columns or %d MiB)",
                           columns->source, line, most_columns, most_header_bytes >> 20);
    if (columns->width == columns->capacity) {
        size_t capacity = columns->capacity ? 2 * columns->capacity : 16;
        char **grown = realloc(columns->name, capacity * sizeof *grown);
        if (!grown)
            goto no_memory;
        columns->name = grown;
        columns->capacity = capacity;
    }
    char *copy = strndup(text, length);
    if (!copy)
        goto no_memory;
    columns->name[columns->width++] = copy;
    return CREASE_OK;
no_memory:
    return crease_fail(error, CREASE_NO_MEMORY, "%s: not enough memory for the names of columns",
                       columns->source);
}

/* A 1-based number that is a column, as an index; width when `text` is no such number. */
static size_t numbered(const crease_csv_columns *columns, const char *text) {
    size_t number = 0;
    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9' || number > columns->width)
            return columns->width;
        number = 10 * number + (size_t)(*c - '0');
    }
    return number >= 1 && number <= columns->width ? number - 1 : columns->width;
}

static crease_status unknown(const crease_csv_columns *columns, const char *name, crease_error *error) {
    char shown[60], list[300];
    crease_names_show(name, strlen(name), shown, sizeof shown);
    if (!columns->has_header)
        return crease_fail(error, CREASE_BAD_DATA,
                           "%s: no column '%s'; the file has no header, its columns are numbered 1 to %zu",
                           columns->source, shown, columns->width);
    crease_names_list((const char *const *)columns->name, columns->width, list, sizeof list);
    return crease_fail(error, CREASE_BAD_DATA, "%s: no column '%s'; the columns are %s", columns->source,
                       shown, list);
}

/* Finds the first `length` bytes of `name`, as a name or else as a number. *column is the width when there is
 * none. */
static crease_status look_up(const crease_csv_columns *columns, const char *name, size_t *column,
                             crease_error *error) {
    *column = columns->width;
    for (size_t j = 0; columns->has_header && j < columns->width; j++) {
        if (strcmp(columns->name[j], name) != 0)
            continue;
        if (*column < columns->width) {
            char shown[60];
            return crease_fail(error, CREASE_BAD_DATA,
                               "%s: columns %zu and %zu are both named '%s'; ask for one by its number",
                               columns->source, *column + 1, j + 1,
                               crease_names_show(name, strlen(name), shown, sizeof shown));
        }
        *column = j;
    }
    if (*column == columns->width)
        *column = numbered(columns, name);
    return CREASE_OK;
}

/* "COLUMN=TEXT", where COLUMN may itself hold an equals sign: the shortest one that exists counts. */
static crease_status resolve_where(crease_csv_columns *columns, const char *where, crease_error *error) {
    columns->where_column = SIZE_MAX;
    if (!where)
        return CREASE_OK;
    const char *equals = strchr(where, '=');
    if (!equals || equals == where)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "a condition on rows is written COLUMN=TEXT, not '%.100s'", where);
    for (const char *end = equals; end; end = strchr(end + 1, '=')) {
        char *name = strndup(where, (size_t)(end - where));
        if (!name)
            return crease_fail(error, CREASE_NO_MEMORY, "not enough memory for a condition on rows");
        size_t column;
        crease_status status = look_up(columns, name, &column, error);
        if (!status && column == columns->width && !strchr(end + 1, '='))
            status = unknown(columns, name, error);
        free(name);
        if (status)
            return status;
        if (column < columns->width) {
            columns->where_column = column;
            columns->where_text = end + 1;
            return CREASE_OK;
        }
    }
    return CREASE_OK;
}

static crease_status resolve_wanted(crease_csv_columns *columns, const crease_csv_options *options, size_t i,
                                    crease_error *error) {
    if (options->columns) {
        crease_status status = look_up(columns, options->columns[i], &columns->column[i], error);
        if (!status && columns->column[i] == columns->width)
            status = unknown(columns, options->columns[i], error);
        return status;
    }
    columns->column[i] = i;
    size_t same;
    if (!columns->has_header || columns->name[i][0] == '\0') /* columns without a name go by their number */
        return CREASE_OK;
    return look_up(columns, columns->name[i], &same, error);
}

crease_status crease_csv_columns_resolve(crease_csv_columns *columns, const crease_csv_options *options,
                                         crease_error *error) {
    columns->wanted = options->columns ? options->column_count : columns->width;
    if (columns->wanted == 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "%s: no column is asked for", columns->source);
    columns->column = calloc(columns->wanted, sizeof *columns->column);
    columns->slot = calloc(columns->width, sizeof *columns->slot);
    if (!columns->column || !columns->slot)
        return crease_fail(error, CREASE_NO_MEMORY, "%s: not enough memory for its columns", columns->source);
    for (size_t j = 0; j < columns->width; j++)
        columns->slot[j] = SIZE_MAX;
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < columns->wanted && !status; i++) {
        status = resolve_wanted(columns, options, i, error);
        if (!status && columns->slot[columns->column[i]] == SIZE_MAX)
            columns->slot[columns->column[i]] = columns->stored++;
    }
    return status ? status : resolve_where(columns, options->where, error);
}

void crease_csv_columns_clear(crease_csv_columns *columns) {
    for (size_t j = 0; j < columns->width; j++)
        free(columns->name[j]);
    free(columns->name);
    free(columns->column);
    free(columns->slot);
    *columns = (crease_csv_columns){0};
}
