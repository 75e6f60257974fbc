/* Tables and the messages about their columns. */
#include "base/names.h"
#include "crease/table.h"
#include "support/suites.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

START_TEST(new_table) {
    crease_table *table;
    crease_error error = {0};
    ck_assert_int_eq(crease_table_new(&table, 3, 2, &error), CREASE_OK);
    ck_assert_uint_eq(table->rows, 3);
    ck_assert_uint_eq(table->columns, 2);
    ck_assert_uint_eq(table->skipped, 0);
    ck_assert_str_eq(table->name[0], "1");
    ck_assert_str_eq(table->name[1], "2");
    for (int j = 0; j < 2; j++)
        for (int i = 0; i < 3; i++)
            ck_assert(table->column[j][i] == 0);
    ck_assert_int_eq(error.status, CREASE_OK);
    crease_table_free(table);
    crease_table_free(NULL);
    ck_assert_int_eq(crease_table_new(&table, SIZE_MAX / 4, 2, &error), CREASE_NO_MEMORY);
    ck_assert_ptr_null(table);
    ck_assert_int_eq(error.status, CREASE_NO_MEMORY);
    ck_assert_int_eq(crease_table_new(&table, 1, SIZE_MAX / 2, NULL), CREASE_NO_MEMORY);
    ck_assert_int_eq(crease_table_new(&table, 0, 0, NULL), CREASE_OK);
    crease_table_free(table);
}
END_TEST

START_TEST(find) {
    crease_table *table;
    crease_error error = {0};
    size_t column = 9;
    ck_assert_int_eq(crease_table_new(&table, 1, 3, NULL), CREASE_OK);
    char name[] = "wage";
    ck_assert_int_eq(crease_table_set_name(table, 1, name, &error), CREASE_OK);
    name[0] = 'c'; /* the table has its own copy */
    ck_assert_int_eq(crease_table_find(table, "wage", &column, &error), CREASE_OK);
    ck_assert_uint_eq(column, 1);
    ck_assert_int_eq(crease_table_find(table, "cage", &column, &error), CREASE_BAD_DATA);
    ck_assert_str_eq(error.message, "table: no column named 'cage'; the columns are 1, wage, 3");
    ck_assert_uint_eq(column, 1);
    ck_assert_int_eq(crease_table_find(table, "cage", &column, NULL), CREASE_BAD_DATA);
    ck_assert_int_eq(crease_table_set_name(table, 3, "x", &error), CREASE_BAD_ARGUMENT);
    crease_table_free(table);
}
END_TEST

/* However many and long the names are, the message ends properly and counts what it leaves out. */
START_TEST(many_names) {
    for (size_t columns = 1; columns < 200; columns += 7) {
        crease_table *table;
        crease_error error = {0};
        size_t column;
        ck_assert_int_eq(crease_table_new(&table, 1, columns, NULL), CREASE_OK);
        for (size_t j = 0; j < columns; j++) {
            char name[200];
            snprintf(name, sizeof name, "%0*zu", (int)(j * 37 % 180 + 3), j);
            crease_table_set_name(table, j, name, NULL);
        }
        ck_assert_int_eq(crease_table_find(table, "none", &column, &error), CREASE_BAD_DATA);
        size_t shown = 1, more = 0;
        for (const char *comma = error.message; (comma = strstr(comma, ", ")); comma++)
            shown++;
        const char *rest = strstr(error.message, " and ");
        if (rest)
            ck_assert_int_eq(sscanf(rest, " and %zu more", &more), 1);
        ck_assert_uint_eq(shown + more, columns);
        ck_assert_uint_lt(strlen(error.message), sizeof error.message - 1);
        crease_table_free(table);
    }
}
END_TEST

START_TEST(shown_text) {
    char text[16];
    ck_assert_str_eq(crease_names_show("abc", 3, text, sizeof text), "abc");
    ck_assert_str_eq(crease_names_show("123456789012345", 15, text, sizeof text), "123456789012345");
    ck_assert_str_eq(crease_names_show("1234567890123456", 16, text, sizeof text), "123456789012...");
    ck_assert_str_eq(crease_names_show("a\n\x1b\x7f", 4, text, sizeof text), "a???");
    /* the 12th byte is inside a two-byte character */
    ck_assert_str_eq(crease_names_show("12345678901\xc3\xa9zzzzz", 18, text, sizeof text), "12345678901...");
    ck_assert_str_eq(crease_names_show("", 0, text, sizeof text), "");
}
END_TEST

START_TEST(failures) {
    crease_error error = {0};
    ck_assert_int_eq(crease_fail(&error, CREASE_BAD_DATA, "%s:%d", "f", 3), CREASE_BAD_DATA);
    ck_assert_int_eq(error.status, CREASE_BAD_DATA);
    ck_assert_str_eq(error.message, "f:3");
    ck_assert_int_eq(crease_fail(NULL, CREASE_INTERNAL, "x"), CREASE_INTERNAL);
    char longest[2000];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    crease_fail(&error, CREASE_BAD_DATA, "%s", longest);
    ck_assert_uint_eq(strlen(error.message), sizeof error.message - 1);
    for (int s = CREASE_OK; s <= CREASE_CANNOT_WRITE; s++)
        for (int t = CREASE_OK; t < s; t++)
            ck_assert_str_ne(crease_status_name((crease_status)s), crease_status_name((crease_status)t));
    ck_assert_str_eq(crease_status_name((crease_status)99), "unknown status");
}
END_TEST

Suite *test_table(void) {
    Suite *suite = suite_create("table");
    TCase *tests = tcase_create("table");
    tcase_add_test(tests, new_table);
    tcase_add_test(tests, find);
    tcase_add_test(tests, many_names);
    tcase_add_test(tests, shown_text);
    tcase_add_test(tests, failures);
    suite_add_tcase(suite, tests);
    return suite;
}
