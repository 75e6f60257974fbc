/* Pictures of fit and compare: the script beside a picture holds every row, the fitted curve and its kinks.
 */
#include "crease/crease.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 3 };

static char *folder;

static void make_folder(void) {
    if (system("command -v gnuplot > /dev/null") == 0)
        folder = run_folder_new();
}

static void remove_folder(void) {
    if (folder)
        run_folder_remove(folder);
    folder = NULL;
}

static run_result run_here(const char *line) {
    run_result result = run_shell("root=$PWD; cd %s && %s", folder, line);
    ck_assert_msg(result.exit_code == 0, "%s: exit code %d\n%s", line, result.exit_code, result.err);
    return result;
}

static char *file_text(const char *name) {
    run_result result = run_shell("cat %s/%s", folder, name);
    ck_assert_msg(result.exit_code == 0, "%s is not there", name);
    char *text = strdup(result.out);
    run_clear(&result);
    return text;
}

/* Reads part `index` of the block $name of a script into rows x COLUMNS (owned); returns the number of rows.
 */
static size_t read_block(const char *script, const char *name, size_t index, double (**rows)[COLUMNS]) {
    char opening[64];
    snprintf(opening, sizeof opening, "\n$%s << EOD\n", name);
    const char *line = strstr(script, opening);
    ck_assert_msg(line != NULL, "no block %s", name);
    line += strlen(opening);
    size_t count = 0, room = 0, part = 0;
    for (*rows = NULL; strncmp(line, "EOD", 3) != 0; line = strchr(line, '\n') + 1) {
        if (*line == '\n') { /* two empty lines part the parts */
            part += line[1] == '\n';
            continue;
        }
        if (part != index)
            continue;
        if (count == room) {
            room = 2 * room + 64;
            *rows = realloc(*rows, room * sizeof **rows);
            ck_assert_ptr_nonnull(*rows);
        }
        double *row = (*rows)[count++];
        row[0] = row[1] = row[2] = NAN;
        ck_assert_int_ge(sscanf(line, "%lf %lf %lf", &row[0], &row[1], &row[2]), 1);
    }
    return count;
}

static double clip(double e) {
    return fmax(-1, fmin(1, 4 * e));
}

START_TEST(fit_draws_every_row) {
    if (!folder)
        skip_test("gnuplot is not installed");
    run_result result =
        run_here("crease fit $root/data/clip.csv -x e -y u --net affine+relu:2 --json --plot fit.svg");
    json_decref(run_json(&result));
    ck_assert_ptr_nonnull(strstr(result.err, "fit.svg: "));
    run_clear(&result);
    char *picture = file_text("fit.svg"), *script = file_text("fit.gp");
    ck_assert_ptr_nonnull(strstr(picture, "<svg"));
    double(*row)[COLUMNS] = NULL;
    ck_assert_uint_eq(read_block(script, "data", 0, &row), 200);
    for (size_t i = 0; i < 200; i++) {
        double e = -1 + 2. * (double)i / 199;
        ck_assert_double_eq_tol(row[i][0], e, 1e-9);
        ck_assert_double_eq_tol(row[i][1], clip(e), 1e-9);
        ck_assert_double_eq_tol(row[i][2], 0, 1e-12);
    }
    free(row);
    size_t points = read_block(script, "curve", 0, &row), corners = 0;
    for (size_t i = 0; i < points; i++) {
        ck_assert_double_eq_tol(row[i][1], clip(row[i][0]), 1e-9);
        corners += fabs(fabs(row[i][0]) - .25) < 1e-11;
        ck_assert(i == 0 || row[i][0] >= row[i - 1][0]);
    }
    ck_assert_uint_eq(corners, 2);
    free(row);
    ck_assert_uint_eq(read_block(script, "kinks", 0, &row), 2);
    ck_assert_double_eq_tol(row[1][0], .25, 1e-11);
    free(row);
    free(picture);
    free(script);
}
END_TEST

START_TEST(several_inputs_show_fitted_against_observed) {
    if (!folder)
        skip_test("gnuplot is not installed");
    char text[4096] = "a,b,c\n";
    for (int i = 0; i < 60; i++) {
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%d,%d,%d\n", i, i * i % 17,
                 i % 5 + (i > 30 ? i - 30 : 0));
    }
    run_file_write(folder, "d.csv", "%s", text);
    run_result result =
        run_here("crease fit d.csv -x a,b -y c --net relu:2 --starts 3 -o m.json --plot fit.svg && "
                 "crease eval m.json d.csv -o p.csv");
    run_clear(&result);
    char *script = file_text("fit.gp"), *predictions = file_text("p.csv");
    double(*row)[COLUMNS] = NULL;
    ck_assert_uint_eq(read_block(script, "data", 0, &row), 60);
    char *line = strtok(predictions, "\n");
    for (int i = 0; i < 60; i++) {
        line = strtok(NULL, "\n");
        double observed = i % 5 + (i > 30 ? i - 30 : 0), fitted = strtod(line, NULL);
        ck_assert_double_eq_tol(row[i][0], fitted, 1e-8);
        ck_assert_double_eq_tol(row[i][1], observed, 1e-8);
        ck_assert_double_eq_tol(row[i][2], observed - fitted, 1e-8);
    }
    free(row);
    free(script);
    free(predictions);
}
END_TEST

START_TEST(compare_draws_each_network) {
    if (!folder)
        skip_test("gnuplot is not installed");
    run_result result =
        run_here("crease compare $root/data/clip.csv -x e -y u --nets relu:2,affine+tanh:2,tanh:1+relu:1 "
                 "--starts 3 --json --plot both.png");
    json_t *object = run_json(&result);
    run_clear(&result);
    char *script = file_text("both.gp");
    ck_assert_ptr_nonnull(strstr(script, "family_1 = 'relu'"));
    ck_assert_ptr_nonnull(strstr(script, "family_2 = 'tanh'"));
    ck_assert_ptr_nonnull(strstr(script, "family_3 = 'hybrid'"));
    for (size_t k = 0; k < 3; k++) {
        const json_t *net = json_array_get(json_object_get(object, "rows"), k);
        double(*row)[COLUMNS] = NULL;
        ck_assert_uint_eq(read_block(script, "residual", k, &row), 200);
        double sum = 0, largest = 0; /* the residuals drawn are those of the best fit */
        for (size_t i = 0; i < 200; i++) {
            sum += row[i][1] * row[i][1];
            largest = fmax(largest, fabs(row[i][1]));
        }
        ck_assert_double_eq_tol(sqrt(sum / 200), run_json_number(net, "rmse_best"), 1e-9);
        ck_assert_double_eq_tol(largest, run_json_number(net, "max_error"), 1e-9);
        free(row);
    }
    json_decref(object);
    free(script);
}
END_TEST

START_TEST(many_rows_are_thinned_evenly) {
    if (!folder)
        skip_test("gnuplot is not installed");
    run_result result = run_here(
        "awk 'BEGIN { print \"x,y\"; for (i = 0; i < 10000; i++) print i \",\" (i > 5000 ? i : 5000) "
        "}' > many.csv && crease fit many.csv -x x -y y --net affine+relu:1 --starts 2 --plot m.svg");
    run_clear(&result);
    char *script = file_text("m.gp");
    ck_assert_ptr_nonnull(strstr(script, "4000 of 10000 rows"));
    double(*row)[COLUMNS] = NULL;
    ck_assert_uint_eq(read_block(script, "data", 0, &row), 4000);
    for (size_t i = 0; i < 4000; i++)
        ck_assert_double_eq_tol(row[i][0], floor(2.5 * (double)i), 1e-9);
    free(row);
    free(script);
}
END_TEST

START_TEST(a_terminal_shows_characters) {
    if (!folder)
        skip_test("gnuplot is not installed");
    run_result result = run_here("crease fit $root/data/clip.csv -x e -y u --net affine+relu:2 --plot -");
    ck_assert_ptr_nonnull(strstr(result.out, "affine+relu:2"));
    size_t lines = 0;
    for (const char *c = result.out; *c; c++)
        lines += *c == '\n';
    ck_assert_uint_gt(lines, 30); /* 24 of the picture and the summary */
    run_clear(&result);
}
END_TEST

Suite *test_cli_plot(void) {
    Suite *suite = suite_create("cli_plot");
    TCase *plot = tcase_create("plot");
    tcase_add_checked_fixture(plot, make_folder, remove_folder);
    tcase_add_test(plot, fit_draws_every_row);
    tcase_add_test(plot, several_inputs_show_fitted_against_observed);
    tcase_add_test(plot, compare_draws_each_network);
    tcase_add_test(plot, many_rows_are_thinned_evenly);
    tcase_add_test(plot, a_terminal_shows_characters);
    suite_add_tcase(suite, plot);
    return suite;
}
