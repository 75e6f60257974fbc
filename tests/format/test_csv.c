/* CSV: hostile inputs with the status and words they must give, and round trips to the last bit. */
#include "crease/csv.h"
#include "crease/random.h"
#include "support/suites.h"
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static crease_status read_text(const char *text, size_t length, const crease_csv_options *options,
                               crease_table **table, crease_error *error) {
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, length, file), length);
    rewind(file);
    crease_status status = crease_csv_read(file, "t.csv", options, table, error);
    fclose(file);
    ck_assert_int_eq(status == CREASE_OK, *table != NULL);
    return status;
}

/* Columns wanted: "a|b", or NULL for all. */
typedef struct csv_case {
    const char *text;
    size_t length; /* 0: strlen */
    const char *columns;
    const char *where;
    bool skip_missing;
    char decimal;
    const char *fragment;     /* of the message; NULL: must succeed */
    size_t rows, skipped;     /* on success */
    const char *name;         /* of the last column */
    double first, last_value; /* of the last column */
    crease_status status;     /* of a failure; 0: BAD_DATA */
} csv_case;

static const csv_case good[] = {
    {.text = "x,y\n1,2\n3,4\n", .rows = 2, .name = "y", .first = 2, .last_value = 4},
    {.text = "x,y\n1,2\n3,4", .rows = 2, .name = "y", .first = 2, .last_value = 4},
    {.text = "\xef\xbb\xbfx,y\r\n1,2\r\n3,4\r\n",
     .columns = "x",
     .rows = 2,
     .name = "x",
     .first = 1,
     .last_value = 3},
    {.text = "\xef\xbb\xbf\"x\",y\n1,2\n",
     .columns = "x",
     .rows = 1,
     .name = "x",
     .first = 1,
     .last_value = 1},
    {.text = "x\ty\n1\t2\n", .rows = 1, .name = "y", .first = 2, .last_value = 2},
    {.text = "x;y\n1;2\n", .rows = 1, .name = "y", .first = 2, .last_value = 2},
    {.text = "\"a;b\",y\n1,2\n", .columns = "a;b", .rows = 1, .name = "a;b", .first = 1, .last_value = 1},
    {.text = "time; s,flow\n1,2\n",
     .columns = "flow",
     .rows = 1,
     .name = "flow",
     .first = 2,
     .last_value = 2},
    {.text = "x;y\n1,5;-2,25e1\n",
     .decimal = ',',
     .rows = 1,
     .name = "y",
     .first = -22.5,
     .last_value = -22.5},
    {.text = "1,5;2,5\n3,5;4,5\n", .decimal = ',', .rows = 2, .name = "2", .first = 2.5, .last_value = 4.5},
    {.text = "x\n0,5\n7\n", .decimal = ',', .rows = 2, .name = "x", .first = .5, .last_value = 7},
    {.text = "1,2\n3,4\n", .rows = 2, .name = "2", .first = 2, .last_value = 4},
    {.text = "1,2\n3,4\n", .columns = "2|1", .rows = 2, .name = "1", .first = 1, .last_value = 3},
    {.text = "x,y,z\n1,2,3\n", .columns = "3|1", .rows = 1, .name = "x", .first = 1, .last_value = 1},
    {.text = "y,2\n5,6\n", .columns = "2", .rows = 1, .name = "2", .first = 6, .last_value = 6},
    {.text = "2,y\n5,6\n",
     .columns = "2",
     .rows = 1,
     .name = "2",
     .first = 5,
     .last_value = 5}, /* name before number */
    {.text = "x,y\n1,2\n", .columns = "y|y", .rows = 1, .name = "y", .first = 2, .last_value = 2},
    {.text = "x,y\n\"1\",\" 2 \"\n", .rows = 1, .name = "y", .first = 2, .last_value = 2},
    {.text = "x , y\n 1 ,\t2\t\n", .columns = "x|y", .rows = 1, .name = "y", .first = 2, .last_value = 2},
    {.text = "x,y\n1,2\n\n\r\n   \n", .rows = 1, .name = "y", .first = 2, .last_value = 2},
    {.text = "\n\nx,y\n1,2\n\n3,4\n", .rows = 2, .name = "y", .first = 2, .last_value = 4},
    {.text = "x\ry\r", .columns = NULL, .fragment = "t.csv:2:1: 'y' is not a number"},
    {.text = "x\r1\r2\r", .rows = 2, .name = "x", .first = 1, .last_value = 2},
    {.text = "x\n1\n2\n\n\n", .rows = 2, .name = "x", .first = 1, .last_value = 2},
    {.text = "t,x\n\"a\nb\",1\nc,2\n", .columns = "x", .rows = 2, .name = "x", .first = 1, .last_value = 2},
    {.text = "\"a \"\"b\"\"\",x\n1,2\n",
     .columns = "a \"b\"",
     .rows = 1,
     .name = "a \"b\"",
     .first = 1,
     .last_value = 1},
    {.text = "k,x\ncar,1\nbus,oops\ncar,3\n",
     .columns = "x",
     .where = "k=car",
     .rows = 2,
     .name = "x",
     .first = 1,
     .last_value = 3},
    {.text = "a=b,x\nc=d,1\ne,2\n",
     .columns = "x",
     .where = "a=b=c=d",
     .rows = 1,
     .name = "x",
     .first = 1,
     .last_value = 1},
    {.text = "1,2\n3,4\n", .where = "1=3", .rows = 1, .name = "2", .first = 4, .last_value = 4},
    {.text = "x,y\n,1\n2,NA\n3,nan\n4,5\n6,\n",
     .skip_missing = true,
     .rows = 1,
     .skipped = 4,
     .name = "y",
     .first = 5,
     .last_value = 5},
    {.text = "x,y\n,1\n2,3\n", .columns = "y", .rows = 2, .name = "y", .first = 1, .last_value = 3},
    {.text = "x\n1\n\n2\n\n",
     .skip_missing = true,
     .rows = 2,
     .skipped = 1,
     .name = "x",
     .first = 1,
     .last_value = 2},
    {.text = "x\n.5\n-1.\n+1e-3\n1E400\n",
     .fragment = "t.csv:5:1: '1E400' is not a finite number in column 'x'"},
    {.text = "x\n1e-400\n-0\n", .rows = 2, .name = "x", .first = 0, .last_value = 0},
    {.text = "x,\n1,2\n", .rows = 1, .name = "2", .first = 2, .last_value = 2},
};

static const csv_case bad[] = {
    {.text = "x,y\n1,abc\n", .fragment = "t.csv:2:2: 'abc' is not a number in column 'y'"},
    {.text = "x,y\r\n\r\n\"1\n\",2\r\n", .fragment = "t.csv:3:1: '1?' is not a number in column 'x'"},
    {.text = "t,x\n\"a\nb\",1\nc,oops\n", .columns = "x", .fragment = "t.csv:4:2: 'oops'"},
    {.text = "\"t\n\n\",x\nc,oops\n", .columns = "x", .fragment = "t.csv:4:2: 'oops'"},
    {.text = "1,2\n3,x\n", .fragment = "t.csv:2:2: 'x' is not a number in column '2'"},
    {.text = "x\n1 2\n", .fragment = "'1 2' is not a number"},
    {.text = "x\n1..2\n", .fragment = "'1..2' is not a number"},
    {.text = "x\n1e\n", .fragment = "'1e' is not a number"},
    {.text = "x\n.\n", .fragment = "'.' is not a number"},
    {.text = "x\n-\n", .fragment = "'-' is not a number"},
    {.text = "x\n0x10\n", .fragment = "'0x10' is not a number"},
    {.text = "x\ninf\n", .fragment = "'inf' is not a finite number"},
    {.text = "x\n-Infinity\n", .fragment = "'-Infinity' is not a finite number"},
    {.text = "x\nnan\n", .fragment = "t.csv:2:1: 'nan' is no value in column 'x'"},
    {.text = "x\nnan(1)\n", .fragment = "'nan(1)' is not a number"},
    {.text = "x,y\n1,\n", .fragment = "t.csv:2:2: empty cell in column 'y'"},
    {.text = "1,nan\n2,3\n", .fragment = "t.csv:1:2: 'nan' is no value"},
    {.text = "1,0x3\n2,3\n", .fragment = "t.csv:1:2: '0x3' is not a number"},
    {.text = "x;y\n1,5;2\n",
     .fragment = "'1,5' is not a number in column 'x'; is the decimal mark a comma (--decimal ,)?"},
    {.text = "x;y\n1.234,5;2\n", .decimal = ',', .fragment = "'1.234,5' is not a number"},
    {.text = "x;y\n1.5;2\n", .decimal = ',', .fragment = "'1.5' is not a number"},
    {.text = "x;y\n1,2,3;2\n", .decimal = ',', .fragment = "'1,2,3' is not a number"},
    {.text = "x,y\n1,2,3\n", .fragment = "t.csv:2:3: '3' is one field more than the 2 of the header"},
    {.text = "x,y\n1,2\n1\n", .fragment = "t.csv:3:1: the row ends after 1 field; the header has 2"},
    {.text = "1,2\n1\n", .fragment = "t.csv:2:1: the row ends after 1 field; the first line has 2"},
    {.text = "x,y\n1,2\n1", .fragment = "t.csv:3:1: the row ends after 1 field"},
    {.text = "k,x\nbus,1,2\ncar,1\n",
     .columns = "x",
     .where = "k=car",
     .fragment = "t.csv:2:3: '2' is one field more"},
    {.text = "x,y\n1,\"2\n3,4\n5,6\n", .fragment = "t.csv:2:2: the quote opened here is not closed"},
    {.text = "x,y\n1,2\n\"3,4\n5,\"6\n",
     .fragment = "t.csv:3:1: the quote opened here is not closed, or text follows"},
    {.text = "x,y\n1,2\n3,4\"5\n", .fragment = "t.csv:3:2: a quote inside the unquoted field '4'"},
    {.text = "\"x,y\n", .fragment = "t.csv:1:1: the quote opened here is not closed"},
    {.text = "x,y\n1,\0002\n", .length = 9, .fragment = "t.csv:2:2: a NUL byte"},
    {.text = "\xff\xfex\0\n\0001\0\n\0", .length = 10, .fragment = "t.csv:1:1: a NUL byte"},
    {.text = "", .fragment = "t.csv: the file is empty"},
    {.text = "\xef\xbb\xbf", .fragment = "t.csv: the file is empty"},
    {.text = "\n\n \n", .fragment = "t.csv: the file is empty"},
    {.text = "x,y\n", .fragment = "t.csv: there is a header but no row of data"},
    {.text = "x,y", .fragment = "t.csv: there is a header but no row of data"},
    {.text = "x,y\n1,2\n", .columns = "z", .fragment = "t.csv: no column 'z'; the columns are x, y"},
    {.text = "x,y\n1,2\n", .columns = "3", .fragment = "no column '3'; the columns are x, y"},
    {.text = "x,y\n1,2\n", .columns = "0", .fragment = "no column '0'"},
    {.text = "x,y\n1,2\n", .columns = "", .fragment = "no column ''"},
    {.text = "x,y\n1,2\n", .columns = "99999999999999999999999999", .fragment = "no column '9999"},
    {.text = "1,2\n", .columns = "x", .fragment = "the file has no header, its columns are numbered 1 to 2"},
    {.text = "x,x\n1,2\n", .columns = "x", .fragment = "t.csv: columns 1 and 2 are both named 'x'"},
    {.text = "x,y,x\n1,2,3\n", .fragment = "columns 1 and 3 are both named 'x'"},
    {.text = "k,x\ncar,1\n", .columns = "x", .where = "k=bus", .fragment = "t.csv: no row has k=bus"},
    {.text = "k,x\ncar,1\n",
     .columns = "x",
     .where = "q=bus",
     .fragment = "no column 'q'; the columns are k, x"},
    {.text = "k,x\ncar,1\n",
     .columns = "x",
     .where = "k",
     .fragment = "written COLUMN=TEXT",
     .status = CREASE_BAD_ARGUMENT},
    {.text = "x\n\n1\n", .fragment = "t.csv:2:1: empty line in a file of one column"},
    {.text = "x\nNA\n", .skip_missing = true, .fragment = "t.csv: every row has a missing value (1 rows)"},
    {.text = "x\n1\n", .decimal = 'x', .fragment = "the decimal sign is", .status = CREASE_BAD_ARGUMENT},
    {.text = "x\n\x01\x1b[31m\n", .fragment = "t.csv:2:1: '??[31m' is not a number"},
};

static void run_case(const csv_case *c, size_t index) {
    const char *wanted[8];
    char columns[64] = "";
    crease_csv_options options = {.skip_missing = c->skip_missing, .decimal = c->decimal, .where = c->where};
    if (c->columns) {
        char *rest = strcpy(columns, c->columns);
        options.columns = wanted;
        for (char *name; (name = strsep(&rest, "|"));)
            wanted[options.column_count++] = name;
    }
    crease_table *table;
    crease_error error = {0};
    crease_status status =
        read_text(c->text, c->length ? c->length : strlen(c->text), &options, &table, &error);
    if (c->fragment) {
        ck_assert_msg(status == (c->status ? c->status : CREASE_BAD_DATA), "case %zu: status %s", index,
                      crease_status_name(status));
        ck_assert_msg(strstr(error.message, c->fragment), "case %zu: '%s' lacks '%s'", index, error.message,
                      c->fragment);
        ck_assert_int_eq(error.status, status);
        return;
    }
    ck_assert_msg(status == CREASE_OK, "case %zu: %s", index, error.message);
    ck_assert_msg(table->rows == c->rows, "case %zu: %zu rows", index, table->rows);
    ck_assert_msg(table->skipped == c->skipped, "case %zu: %zu skipped", index, table->skipped);
    ck_assert_str_eq(table->source, "t.csv");
    const double *last = table->column[table->columns - 1];
    ck_assert_str_eq(table->name[table->columns - 1], c->name);
    ck_assert_msg(last[0] == c->first && last[table->rows - 1] == c->last_value, "case %zu: %g .. %g", index,
                  last[0], last[table->rows - 1]);
    crease_table_free(table);
}

START_TEST(accepts) {
    run_case(&good[_i], (size_t)_i);
}
END_TEST

START_TEST(refuses) {
    run_case(&bad[_i], (size_t)_i);
}
END_TEST

/* The same answers wherever the chunks of reading fall: lines before the fault push it across their borders.
 */
START_TEST(any_chunk_border) {
    enum { border = 1 << 16 };
    char *text = malloc(border + 100);
    for (size_t before = border - 24; before < border + 3; before++) {
        size_t used = (size_t)sprintf(text, "x,y\n");
        size_t lines = 2;
        for (; used + 4 < before; lines++)
            used += (size_t)sprintf(text + used, "1,2\r\n");
        char expected[60];
        used += (size_t)sprintf(text + used, "\"1\",\"a\"\"\nb\"\r\n3,4\r\n");
        sprintf(expected, "t.csv:%zu:2: 'a\"?b' is not a number", lines);
        crease_table *table;
        crease_error error = {0};
        ck_assert_int_eq(read_text(text, used, NULL, &table, &error), CREASE_BAD_DATA);
        ck_assert_msg(strstr(error.message, expected), "'%s' lacks '%s'", error.message, expected);
    }
    free(text);
}
END_TEST

START_TEST(limits) {
    size_t size = 300000;
    char *text = malloc(size + 100);
    crease_table *table;
    crease_error error = {0};
    /* an unclosed quote is noticed after 64 KiB, not after the whole file */
    size_t used = (size_t)sprintf(text, "x,y\n1,2\n3,\"");
    while (used < size)
        used += (size_t)sprintf(text + used, "4\n5,6\n");
    ck_assert_int_eq(read_text(text, used, NULL, &table, &error), CREASE_BAD_DATA);
    ck_assert_msg(strstr(error.message, "t.csv:3:2: a field of over 64 KiB; is a quote not closed?"), "%s",
                  error.message);
    /* a first line that never ends */
    memset(text, ',', size);
    ck_assert_int_eq(read_text(text, size, NULL, &table, &error), CREASE_BAD_DATA);
    ck_assert_msg(strstr(error.message, "t.csv:1: the first line is too long"), "%s", error.message);
    /* a field of exactly 64 KiB is the largest that may be */
    used = (size_t)sprintf(text, "x,y\n1,");
    memset(text + used, '1', 65537);
    ck_assert_int_eq(read_text(text, used + 65536,
                               &(crease_csv_options){.columns = (const char *[]){"x"}, .column_count = 1},
                               &table, &error),
                     CREASE_OK);
    crease_table_free(table);
    ck_assert_int_eq(read_text(text, used + 65537, NULL, &table, &error), CREASE_BAD_DATA);
    free(text);
}
END_TEST

/* Random tables and names come back to the last bit. */
START_TEST(round_trip) {
    static const char *const names[] = {"x",          "a b",        "a,b",
                                        "say \"hi\"", " lead",      "trail ",
                                        "",           "two\nlines", "\xc3\xa9t\xc3\xa9",
                                        "1e3",        "tab\there",  "\xef\xbb\xbfx",
                                        "a;b"};
    enum { name_count = sizeof names / sizeof *names };
    for (uint64_t seed = 1; seed <= 150; seed++) {
        gsl_rng *rng = crease_random_new(seed, 0);
        size_t rows = 1 + gsl_rng_uniform_int(rng, 20), columns = 1 + gsl_rng_uniform_int(rng, 5);
        size_t first = gsl_rng_uniform_int(rng, name_count);
        crease_table *table, *back;
        crease_error error = {0};
        ck_assert_int_eq(crease_table_new(&table, rows, columns, &error), CREASE_OK);
        for (size_t j = 0; j < columns; j++) {
            if (seed % 3 != 0)
                crease_table_set_name(table, j, names[(first + j) % name_count], &error);
            for (size_t i = 0; i < rows; i++)
                do { /* every exponent, every bit pattern that is a finite number */
                    uint64_t bits = (uint64_t)gsl_rng_get(rng) << 32 | gsl_rng_get(rng);
                    memcpy(&table->column[j][i], &bits, sizeof bits);
                } while (!isfinite(table->column[j][i]));
        }
        if (seed % 3 != 0 && columns == 1 && strcmp(table->name[0], "1e3") == 0)
            crease_table_set_name(table, 0, "x", &error);
        FILE *file = tmpfile();
        crease_status status = crease_csv_write(file, table, &error);
        ck_assert_msg(status == CREASE_OK, "seed %" PRIu64 ": %s", seed, error.message);
        rewind(file);
        status = crease_csv_read(file, "t.csv", NULL, &back, &error);
        ck_assert_msg(status == CREASE_OK, "seed %" PRIu64 ": %s", seed, error.message);
        ck_assert_uint_eq(back->rows, rows);
        ck_assert_uint_eq(back->columns, columns);
        for (size_t j = 0; j < columns; j++) {
            char number[24];
            sprintf(number, "%zu", j + 1);
            ck_assert_str_eq(back->name[j], table->name[j][0] ? table->name[j] : number);
            ck_assert_msg(memcmp(back->column[j], table->column[j], rows * sizeof(double)) == 0,
                          "seed %" PRIu64, seed);
        }
        fclose(file);
        crease_table_free(table);
        crease_table_free(back);
        gsl_rng_free(rng);
    }
}
END_TEST

START_TEST(write_refuses) {
    crease_table *table;
    crease_error error = {0};
    ck_assert_int_eq(crease_table_new(&table, 2, 1, NULL), CREASE_OK);
    table->column[0][1] = NAN;
    ck_assert_int_eq(crease_csv_save("/dev/null", table, &error), CREASE_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "row 2 of column '1'"));
    table->column[0][1] = 0;
    ck_assert_int_eq(crease_csv_save("/dev/null", table, &error), CREASE_OK);
    ck_assert_int_eq(crease_csv_save("/dev/full", table, &error), CREASE_CANNOT_WRITE);
    crease_table_set_name(table, 0, "2021", NULL);
    ck_assert_int_eq(crease_csv_save("/dev/null", table, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "2021"));
    crease_table_free(table);
}
END_TEST

START_TEST(no_file) {
    crease_table *table;
    crease_error error = {0};
    ck_assert_int_eq(crease_csv_load("build/no such.csv", NULL, &table, &error), CREASE_NO_INPUT);
    ck_assert_str_eq(error.message, "build/no such.csv: No such file or directory");
    ck_assert_ptr_null(table);
    ck_assert_int_eq(crease_csv_load("/", NULL, &table, &error), CREASE_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "folder"));
    char path[] = "/tmp/crease-unreadable-XXXXXX";
    int descriptor = mkstemp(path);
    fchmod(descriptor, 0);
    close(descriptor);
    /* root may read everything, and then finds it empty */
    ck_assert_int_eq(crease_csv_load(path, NULL, &table, &error),
                     geteuid() == 0 ? CREASE_BAD_DATA : CREASE_NO_INPUT);
    unlink(path);
}
END_TEST

static bool stop_at_second(size_t bytes, void *context) {
    size_t *calls = context;
    ck_assert_uint_ge(bytes, ++*calls << 20);
    return *calls == 2;
}

START_TEST(progress) {
    FILE *file = tmpfile();
    fputs("x,y\n", file);
    for (int i = 0; i < 400000; i++)
        fputs("1.25,-2.5\n", file);
    crease_table *table;
    crease_error error = {0};
    size_t calls = 0;
    crease_csv_options options = {.progress = stop_at_second, .progress_context = &calls};
    rewind(file);
    ck_assert_int_eq(crease_csv_read(file, "t.csv", &options, &table, &error), CREASE_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(error.message, "stopped"));
    ck_assert_uint_eq(calls, 2);
    rewind(file);
    ck_assert_int_eq(crease_csv_read(file, "t.csv", NULL, &table, &error), CREASE_OK);
    ck_assert_uint_eq(table->rows, 400000);
    for (size_t i = 0; i < table->rows; i++)
        ck_assert(table->column[0][i] == 1.25 && table->column[1][i] == -2.5);
    crease_table_free(table);
    fclose(file);
}
END_TEST

/* A host program that runs in German changes nothing. Where no such locale is installed, the test still
 * reads. */
START_TEST(host_locale) {
    static const char *const tries[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "nl_NL.UTF-8", "pl_PL.UTF-8"};
    for (size_t i = 0; i < 4 && !setlocale(LC_ALL, tries[i]); i++)
        ;
    crease_table *table, *back;
    crease_error error = {0};
    ck_assert_int_eq(read_text("x,y\n1.5,2\n", 10, NULL, &table, &error), CREASE_OK);
    ck_assert_double_eq(table->column[0][0], 1.5);
    FILE *file = tmpfile();
    ck_assert_int_eq(crease_csv_write(file, table, &error), CREASE_OK);
    rewind(file);
    char text[32] = "";
    ck_assert_uint_eq(fread(text, 1, sizeof text - 1, file), 10);
    ck_assert_str_eq(text, "x,y\n1.5,2\n");
    rewind(file);
    ck_assert_int_eq(crease_csv_read(file, "t.csv", NULL, &back, &error), CREASE_OK);
    fclose(file);
    crease_table_free(table);
    crease_table_free(back);
}
END_TEST

/* A NaN leaves its cell empty, on request only; an infinity is refused all the same. */
START_TEST(gaps) {
    crease_table *table = NULL;
    crease_error error;
    char path[] = "/tmp/crease-gaps-XXXXXX";
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    close(descriptor);
    ck_assert_int_eq(crease_table_new(&table, 2, 2, &error), CREASE_OK);
    ck_assert_int_eq(crease_table_set_name(table, 0, "a", &error), CREASE_OK);
    table->column[0][0] = NAN;
    table->column[1][1] = 0.5;
    ck_assert_int_eq(crease_csv_save(path, table, &error), CREASE_BAD_DATA);
    ck_assert_int_eq(crease_csv_save_gaps(path, table, &error), CREASE_OK);
    char text[64] = "";
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_gt(fread(text, 1, sizeof text - 1, file), 0);
    fclose(file);
    ck_assert_str_eq(text, "a,2\n,0\n0,0.5\n");
    crease_csv_options skip = {.skip_missing = true};
    crease_table *back = NULL;
    ck_assert_int_eq(crease_csv_load(path, NULL, &back, &error), CREASE_BAD_DATA);
    ck_assert_int_eq(crease_csv_load(path, &skip, &back, &error), CREASE_OK);
    ck_assert(back->rows == 1 && back->skipped == 1 && back->column[1][0] == 0.5);
    crease_table_free(back);
    table->column[0][0] = INFINITY;
    ck_assert_int_eq(crease_csv_save_gaps(path, table, &error), CREASE_BAD_DATA);
    crease_table_free(table);
    unlink(path);
}
END_TEST

Suite *test_csv(void) {
    Suite *suite = suite_create("csv");
    TCase *tests = tcase_create("csv");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, accepts, 0, (int)(sizeof good / sizeof *good));
    tcase_add_loop_test(tests, refuses, 0, (int)(sizeof bad / sizeof *bad));
    tcase_add_test(tests, any_chunk_border);
    tcase_add_test(tests, limits);
    tcase_add_test(tests, round_trip);
    tcase_add_test(tests, write_refuses);
    tcase_add_test(tests, no_file);
    tcase_add_test(tests, progress);
    tcase_add_test(tests, host_locale);
    tcase_add_test(tests, gaps);
    suite_add_tcase(suite, tests);
    return suite;
}
