#include "support/arm_tables.h"
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t arm_table_read(const char *path, size_t words, arm_table_row *rows) {
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    char line[1024];
    size_t count = 0;
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        ck_assert_uint_lt(count, ARM_TABLE_ROWS);
        char *rest = line, *cell;
        for (size_t j = 0; (cell = strsep(&rest, ",\n")) != NULL && j < ARM_TABLE_COLUMNS; j++) {
            if (j < words)
                snprintf(rows[count].word[j], ARM_TABLE_WORD, "%s", cell);
            else
                rows[count].number[j] = strtod(cell, NULL);
        }
        count++;
    }
    fclose(file);
    return count;
}

void expect(const char *what, size_t line, double got, double wanted, double tolerance) {
    if (isnan(wanted))
        ck_assert_msg(isnan(got), "row %zu: %s is %.12g, wanted none", line, what, got);
    else
        ck_assert_msg(fabs(got - wanted) <= tolerance * fmax(1, fabs(wanted)),
                      "row %zu: %s is %.12g, wanted %.12g", line, what, got, wanted);
}

arm_plant elbow(bool gravity) {
    arm_plant plant;
    ck_assert_int_eq(arm_plant_find("A", &plant, NULL), CREASE_OK);
    if (!gravity)
        plant.gravity = 0;
    return plant;
}
