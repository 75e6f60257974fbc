/* Any bytes as a CSV file. The first byte picks the options, so that the fuzzer reaches them all; the rest is
 * the file. What can be read must be written and come back the same. */
#include "crease/csv.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds) {
    if (!holds)
        abort();
}

static void check_round_trip(const crease_table *table) {
    char *text;
    size_t length;
    FILE *file = open_memstream(&text, &length);
    crease_error error = {0};
    crease_table *back;
    crease_status status = crease_csv_write(file, table, &error);
    fclose(file);
    if (status == CREASE_OK) {
        file = fmemopen(text, length, "r");
        status = crease_csv_read(file, "written", NULL, &back, &error);
        fclose(file);
        if (status == CREASE_OK) {
            check(back->rows == table->rows && back->columns == table->columns);
            for (size_t j = 0; j < table->columns; j++)
                check(memcmp(back->column[j], table->column[j], table->rows * sizeof(double)) == 0);
            crease_table_free(back);
        } else { /* the same column may have been asked for twice */
            check(strstr(error.message, "both named") != NULL);
        }
    } else { /* a header of numbers only */
        check(status == CREASE_BAD_ARGUMENT);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const wanted[] = {"x", "2", "x"};
    if (size < 2)
        return 0;
    crease_csv_options options = {
        .columns = data[0] & 1 ? wanted : NULL,
        .column_count = data[0] & 2 ? 2 : 3,
        .skip_missing = data[0] & 4,
        .decimal = data[0] & 8 ? ',' : '.',
        .where = data[0] & 16 ? "k=car" : NULL,
    };
    FILE *file = fmemopen((void *)(uintptr_t)(data + 1), size - 1, "r");
    crease_table *table;
    crease_error error = {0};
    crease_status status = crease_csv_read(file, "fuzz.csv", &options, &table, &error);
    fclose(file);
    if (status == CREASE_OK) {
        check(table->rows > 0 && table->columns > 0);
        for (size_t j = 0; j < table->columns; j++)
            for (size_t i = 0; i < table->rows; i++)
                check(isfinite(table->column[j][i]));
        check_round_trip(table);
    } else {
        check(table == NULL && strlen(error.message) > 10 && error.status == status);
        for (const char *c = error.message; *c; c++)
            check((unsigned char)*c >= ' ');
    }
    crease_table_free(table);
    return 0;
}
