/* Tables to CSV: names quoted (by libcsv) only where they must be, numbers at 17 digits in the C locale, so
 * that they read back to the same bits. A table whose columns are named 1, 2, ... has no header: reading
 * names them so. */
#include "crease/csv.h"
#include "crease/file.h"
#include "format/csv_cell.h"
#include <csv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool names_are_numbers(const crease_table *table) {
    for (size_t j = 0; j < table->columns; j++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", j + 1);
        if (strcmp(table->name[j], number) != 0)
            return false;
    }
    return true;
}

/* Reading takes a first line of numbers for data, so such names would not come back. */
static crease_status check_names(const crease_table *table, locale_t c_locale, crease_error *error) {
    bool all_numeric = true;
    for (size_t j = 0; j < table->columns && all_numeric; j++)
        all_numeric = crease_cell_looks_numeric(table->name[j], strlen(table->name[j]), '.', c_locale);
    if (!all_numeric || names_are_numbers(table))
        return CREASE_OK;
    return crease_fail(
        error, CREASE_BAD_ARGUMENT,
        "a header of numbers only ('%.60s', ...) would be read back as data; name a column in words",
        table->name[0]);
}

/* With gaps a NaN is an empty cell. */
static crease_status check_values(const crease_table *table, bool gaps, crease_error *error) {
    for (size_t j = 0; j < table->columns; j++)
        for (size_t i = 0; i < table->rows; i++)
            if (!isfinite(table->column[j][i]) && !(gaps && isnan(table->column[j][i])))
                return crease_fail(error, CREASE_BAD_DATA, "row %zu of column '%.60s' is not a finite number",
                                   i + 1, table->name[j]);
    return CREASE_OK;
}

static void write_name(FILE *file, const char *name) {
    bool plain = name[0] != '\0' && strpbrk(name, ",;\t\"\r\n") == NULL && name[0] != ' ' &&
                 name[strlen(name) - 1] != ' ' && strncmp(name, "\xef\xbb\xbf", 3) != 0;
    if (plain)
        fputs(name, file);
    else
        csv_fwrite(file, name, strlen(name));
}

static void write_rows(FILE *file, const crease_table *table) {
    if (!names_are_numbers(table)) {
        for (size_t j = 0; j < table->columns; j++) {
            if (j > 0)
                putc(',', file);
            write_name(file, table->name[j]);
        }
        putc('\n', file);
    }
    for (size_t i = 0; i < table->rows; i++) {
        for (size_t j = 0; j < table->columns; j++) {
            if (j > 0)
                putc(',', file);
            if (!isnan(table->column[j][i]))
                fprintf(file, "%.17g", table->column[j][i]);
        }
        putc('\n', file);
    }
}

static crease_status write_table(FILE *file, const crease_table *table, bool gaps, crease_error *error) {
    if (table->columns == 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a table without columns cannot be written");
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c_locale)
        return crease_fail(error, CREASE_NO_MEMORY, "not enough memory to write a table");
    crease_status status = check_names(table, c_locale, error);
    if (!status)
        status = check_values(table, gaps, error);
    if (!status) {
        locale_t host = uselocale(c_locale); /* of this thread only */
        write_rows(file, table);
        uselocale(host);
        if (fflush(file) != 0 || ferror(file))
            status = crease_fail(error, CREASE_CANNOT_WRITE, "a table could not be written in full");
    }
    freelocale(c_locale);
    return status;
}

crease_status crease_csv_write(FILE *file, const crease_table *table, crease_error *error) {
    return write_table(file, table, false, error);
}

static crease_status save_table(const char *path, const crease_table *table, bool gaps, crease_error *error) {
    crease_file file;
    crease_status status = crease_file_create(&file, path, error);
    if (status)
        return status;
    status = write_table(file.stream, table, gaps, error);
    if (status == CREASE_CANNOT_WRITE)
        crease_fail(error, status, "cannot write %.300s: it could not be written in full; is the disk full?",
                    file.path);
    if (status) {
        crease_file_discard(&file);
        return status;
    }
    return crease_file_commit(&file, error);
}

crease_status crease_csv_save(const char *path, const crease_table *table, crease_error *error) {
    return save_table(path, table, false, error);
}

crease_status crease_csv_save_gaps(const char *path, const crease_table *table, crease_error *error) {
    return save_table(path, table, true, error);
}
