/* crease savings solve for default, continuous time and income risk: JSON, CSV, calibrations, exit codes. */
#include "savings/calibration.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOLVE(...) run_program(NULL, (const char *const[]){"crease-savings", "solve", __VA_ARGS__, NULL})

static const json_t *find_kink(const json_t *object, const char *of, size_t which) {
    const json_t *kinks = json_object_get(object, "kinks"), *kink;
    size_t i;
    json_array_foreach(kinks, i, kink) {
        if (strcmp(json_string_value(json_object_get(kink, "object")), of) == 0 && which-- == 0)
            return kink;
    }
    ck_abort_msg("no kink of %s", of);
}

START_TEST(test_K3) {
    run_result result = SOLVE("--model", "K3", "--nodes", "2000", "--at", "0.25,1,19.5", "--json");
    json_t *object = run_json_of(&result);
    const json_t *at = json_object_get(object, "at");
    ck_assert_double_eq_tol(run_json_number(find_kink(object, "W", 0), "ratio"), 1.2 / 1.02, 1e-12);
    ck_assert_double_eq(run_json_number(find_kink(object, "W", 0), "x"), 0);
    ck_assert_double_eq_tol(run_json_number(find_kink(object, "c", 0), "x"), .43066692, 2e-8);
    ck_assert_double_eq_tol(run_json_number(find_kink(object, "c", 2), "x"), .90029636, 2e-8);
    ck_assert_double_eq_tol(run_json_number(object, "binding_m"), .43066692, 2e-8);
    ck_assert_double_le(run_json_number(object, "euler_mean"), -6);
    ck_assert_double_le(run_json_number(object, "euler_max"), -5);
    ck_assert_double_gt(run_json_number(object, "iterations"), 10);
    ck_assert_double_eq(run_json_number(json_array_get(at, 0), "c"), .45);
    ck_assert_double_eq_tol(run_json_number(json_array_get(at, 2), "c"), 2.267915749944, 1e-7);
    ck_assert_double_eq_tol(run_json_number(json_array_get(at, 2), "dV"), .1944223400182, 1e-7);
    json_decref(object);
}
END_TEST

START_TEST(test_C_and_D) {
    run_result result = SOLVE("--model", "C", "--at", "-2.5,0", "--json");
    json_t *object = run_json_of(&result);
    ck_assert_double_eq_tol(run_json_number(find_kink(object, "V", 0), "x"), -2.5, 1e-14);
    ck_assert_double_eq(run_json_number(find_kink(object, "V", 0), "slope_left"), 0);
    ck_assert_double_eq_tol(run_json_number(find_kink(object, "V", 0), "slope_right"), 1.28395062, 5e-9);
    ck_assert(isnan(run_json_number(object, "euler_mean")));
    /* y/(1 - beta) u(1): V(0) = -26 */
    ck_assert_double_eq_tol(run_json_number(json_array_get(json_object_get(object, "at"), 1), "V"), -26,
                            1e-12);
    json_decref(object);
    result = SOLVE("--model", "D", "--at", "1,5,20", "--json");
    object = run_json_of(&result);
    ck_assert_uint_eq(json_array_size(json_object_get(object, "kinks")), 0);
    ck_assert_double_le(run_json_number(json_object_get(object, "route_errors"), "time"), 1e-10);
    ck_assert_double_le(run_json_number(json_object_get(object, "route_errors"), "square_root"), 1e-10);
    const json_t *first = json_array_get(json_object_get(object, "at"), 0);
    ck_assert_double_eq_tol(run_json_number(first, "c"), 1.15950983, 5e-9);
    ck_assert_double_eq_tol(run_json_number(first, "V"), -19.17523377, 5e-9);
    json_decref(object);
}
END_TEST

/* Numbers of a CSV, NaN in empty cells; returns the rows. */
static size_t read_rows(const char *path, const char *header, size_t columns, double (*row)[7], size_t most) {
    char line[512];
    size_t rows = 0;
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    ck_assert_str_eq(line, header);
    while (rows < most && fgets(line, sizeof line, file)) {
        char *cell = line;
        for (size_t j = 0; j < columns; j++) {
            char *end;
            row[rows][j] = strtod(cell, &end);
            if (end == cell)
                row[rows][j] = NAN;
            cell = end + 1;
        }
        rows++;
    }
    fclose(file);
    return rows;
}

/* Derivative at the first point of the polynomial through n points (Newton's divided differences). */
static double end_slope(size_t n, const double *x, const double *y) {
    double d[8], product = 1, slope = 0;
    memcpy(d, y, n * sizeof *d);
    for (size_t k = 1; k < n; k++) {
        for (size_t i = 0; i + k < n; i++)
            d[i] = (d[i + 1] - d[i]) / (x[i + k] - x[i]);
        slope += d[0] * product;
        product *= x[0] - x[k];
    }
    return slope;
}

enum { MOST_ROWS = 5000 };

/* W(a) = V(m) - u(c) from the printed columns alone, its slope on each side of a = 0 from four rows there. */
START_TEST(test_the_kink_in_the_printed_value) {
    static double row[MOST_ROWS][7];
    char *folder = run_folder_new(), path[512];
    snprintf(path, sizeof path, "%s/k3.csv", folder);
    run_result result = SOLVE("--model", "K3", "--nodes", "2000", "-o", path);
    ck_assert_int_eq(result.exit_code, 0);
    run_clear(&result);
    size_t rows = read_rows(path, "m,c,a,V,dV,mpc,log10_euler\n", 7, row, MOST_ROWS), first = 0, last;
    while (first < rows && row[first][2] != 0)
        first++;
    for (last = first; row[last + 1][2] == 0;)
        last++;
    double slope[2];
    for (size_t side = 0; side < 2; side++) {
        double a[4], W[4];
        for (size_t i = 0; i < 4; i++) {
            const double *here = row[side == 0 ? first - i : last + i];
            a[i] = here[2];
            W[i] = here[3] + 1 / here[1];
        }
        slope[side] = end_slope(4, a, W);
    }
    ck_assert_double_eq_tol(slope[0] / slope[1], 1.2 / 1.02, 1e-6);
    for (size_t i = 0; i < rows; i++) {
        ck_assert_double_eq_tol(row[i][1] + row[i][2], row[i][0], 1e-14 * (1 + row[i][0]));
        ck_assert_double_eq_tol(row[i][4], 1 / (row[i][1] * row[i][1]), 1e-12 * row[i][4]);
        ck_assert(isnan(row[i][6]) == (row[i][2] == -.2 || row[i][2] == 0));
    }
    run_folder_remove(folder);
}
END_TEST

START_TEST(test_tables_of_assets) {
    static double row[MOST_ROWS][7];
    char *folder = run_folder_new(), path[512];
    static const char *const models[] = {"C", "D"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s.csv", folder, models[i]);
        run_result result = SOLVE("--model", models[i], "--nodes", "101", "-o", path);
        ck_assert_int_eq(result.exit_code, 0);
        run_clear(&result);
        size_t rows = read_rows(path, "a,c,V,dV\n", 4, row, MOST_ROWS);
        ck_assert_uint_ge(rows, 101);
        for (size_t j = 1; j < rows; j++)
            ck_assert(row[j][0] > row[j - 1][0] && row[j][1] >= row[j - 1][1] && row[j][2] >= row[j - 1][2]);
    }
    run_folder_remove(folder);
}
END_TEST

START_TEST(test_calibration_file) {
    run_result result =
        SOLVE("--calibration", "data/kinked_rate.json", "--nodes", "100", "--at", "1", "--json");
    json_t *object = run_json_of(&result);
    ck_assert_double_eq_tol(run_json_number(find_kink(object, "W", 1), "ratio"), 1.05 / 1.02, 1e-12);
    ck_assert_double_eq(run_json_number(find_kink(object, "W", 1), "x"), 2);
    ck_assert_uint_eq(json_array_size(json_object_get(json_object_get(object, "parameters"), "rates")), 3);
    double c = run_json_number(json_array_get(json_object_get(object, "at"), 0), "c");
    json_decref(object);
    /* the same from options, and an option over the file */
    result = SOLVE("--model", "K3", "--rates", "1.2,1.05,1.02", "--rate-kinks", "0,2", "--nodes", "100",
                   "--at", "1", "--json");
    object = run_json_of(&result);
    ck_assert_double_eq(run_json_number(json_array_get(json_object_get(object, "at"), 0), "c"), c);
    json_decref(object);
    result = SOLVE("--calibration", "data/kinked_rate.json", "--crra", "3", "--nodes", "100", "--at", "1",
                   "--json");
    object = run_json_of(&result);
    ck_assert_double_lt(run_json_number(json_array_get(json_object_get(object, "at"), 0), "c"), c);
    json_decref(object);
}
END_TEST

/* Fewer points of income are other shocks: the same policy as from their list. */
START_TEST(test_income_points) {
    char *folder = run_folder_new(), path[512], rows[2048] = "";
    savings_shocks *shocks;
    ck_assert_int_eq(savings_shocks_lognormal(&(savings_income_risk){.points = 3}, &shocks, NULL), CREASE_OK);
    ck_assert_uint_eq(shocks->count, 12);
    for (size_t i = 0; i < shocks->count; i++)
        sprintf(rows + strlen(rows), "%.17g,%.17g,%.17g\n", shocks->probability[i], shocks->permanent[i],
                shocks->transitory[i]);
    run_file_write(folder, "shocks.csv", "probability,permanent,transitory\n%s", rows);
    snprintf(path, sizeof path, "%s/shocks.csv", folder);
    run_result few = SOLVE("--model", "K3", "--income-points", "3", "--nodes", "100", "--at", "1", "--json");
    run_result listed = SOLVE("--model", "K3", "--shocks", path, "--nodes", "100", "--at", "1", "--json");
    json_t *a = run_json_of(&few), *b = run_json_of(&listed);
    ck_assert_double_eq(run_json_number(json_object_get(a, "parameters"), "income_points"), 3);
    ck_assert_double_eq_tol(run_json_number(json_array_get(json_object_get(a, "at"), 0), "c"),
                            run_json_number(json_array_get(json_object_get(b, "at"), 0), "c"), 1e-12);
    const json_t *given =
        json_object_get(b, "parameters"); /* says nothing of a lognormal that was not used */
    ck_assert_double_eq(run_json_number(given, "shocks"), 12);
    ck_assert_ptr_null(json_object_get(given, "sigma_permanent"));
    json_decref(a);
    json_decref(b);
    savings_shocks_free(shocks);
    run_folder_remove(folder);
}
END_TEST

/* The options and the parameters are two lists; each option must reach the parameter of its name. */
START_TEST(test_every_option_sets_its_parameter) {
    savings_model model = (savings_model)_i;
    savings_parameters standard = savings_defaults(model);
    char text[64][40];
    const char *argv[70] = {"crease-savings", "solve",   "--model", savings_model_name(model),
                            "--json",         "--nodes", "40"};
    size_t count = 7, texts = 0;
    double wanted[32];
    for (size_t i = 0; savings_parameter_at(i); i++) {
        if (!(savings_parameter_at(i)->models & 1u << model))
            continue;
        double value = savings_calibration_get(&standard, savings_parameter_at(i));
        wanted[i] = value == 0 ? .01 : (.99 - .0001 * (double)i) * value;
        snprintf(text[texts], sizeof text[texts], "--%s", savings_parameter_at(i)->name);
        for (char *c = text[texts]; *c; c++)
            *c = *c == '_' ? '-' : *c;
        argv[count++] = text[texts++];
        snprintf(text[texts], sizeof text[texts], "%.17g", wanted[i]);
        argv[count++] = text[texts++];
    }
    run_result result = run_program(NULL, argv);
    json_t *object = run_json_of(&result);
    for (size_t i = 0; savings_parameter_at(i); i++)
        if (savings_parameter_at(i)->models & 1u << model)
            ck_assert_double_eq(
                run_json_number(json_object_get(object, "parameters"), savings_parameter_at(i)->name),
                wanted[i]);
    json_decref(object);
}
END_TEST

START_TEST(test_wrong_use) {
    run_must_fail(SOLVE("--calibration", "/nonexistent.json"), 66, "/nonexistent.json");
    run_must_fail(SOLVE("--calibration", "data/overtime.csv"), 65, "data/overtime.csv:1");
    run_must_fail(SOLVE("--calibration", "data/kinked_rate.json", "--model", "A"), 64,
                  "is a calibration of K3");
    run_must_fail(SOLVE("--model", "K3", "--limit", "-2"), 64, "natural borrowing limit");
    run_must_fail(SOLVE("--model", "K3", "--rates", "1.02,1.2", "--rate-kinks", "0"), 64, "rise");
    run_must_fail(SOLVE("--model", "K3", "--rates", "1.2,1.02"), 64, "change");
    run_must_fail(SOLVE("--model", "K3", "--shocks", "data/overtime.csv"), 65, "three columns");
    run_must_fail(SOLVE("--model", "K3", "--nodes", "3"), 64, "at least 4 nodes");
    run_must_fail(SOLVE("--model", "A", "--limit", "natural"), 64, "'natural'");
    run_must_fail(SOLVE("--model", "A", "--highest", "20"), 64, "K3 and D1");
    run_must_fail(SOLVE("--model", "A", "--income-points", "5"), 64, "no parameter 'income_points'");
    run_must_fail(SOLVE("--model", "A", "--phi", ".2"), 64, "no parameter 'phi'");
    run_must_fail(SOLVE("--model", "D", "--r", ".06"), 64, "impatient");
    run_must_fail(SOLVE("--model", "K3", "--sigma-permanent", "-1"), 64, "not below 0");
}
END_TEST

/* In the foreground timeout signals its child alone; else its group as well, and a second Ctrl-C ends the program at once. */
START_TEST(test_interrupted_and_closed_pipe) {
    run_result result = run_shell(
        "timeout --foreground -s INT 0.5 crease-savings solve --model D1 --nodes 60000 --threads 1 --at 1");
    ck_assert_msg(result.exit_code == 130 || result.exit_code == 124, "exit %d: %s", result.exit_code,
                  result.err);
    ck_assert(strstr(result.err, "interrupted") != NULL);
    run_clear(&result);
    result = run_shell("crease-savings solve --model K3 -o - | head -c 10 >/dev/null; true");
    ck_assert_int_eq(result.exit_code, 0);
    run_clear(&result);
}
END_TEST

Suite *test_savings_solve_cli(void) {
    Suite *suite = suite_create("test_savings_solve_cli");
    TCase *runs = tcase_create("runs");
    tcase_set_timeout(runs, 120);
    tcase_add_test(runs, test_K3);
    tcase_add_test(runs, test_C_and_D);
    tcase_add_test(runs, test_the_kink_in_the_printed_value);
    tcase_add_test(runs, test_tables_of_assets);
    tcase_add_test(runs, test_calibration_file);
    tcase_add_test(runs, test_income_points);
    tcase_add_loop_test(runs, test_every_option_sets_its_parameter, 0, SAVINGS_MODEL_COUNT);
    tcase_add_test(runs, test_wrong_use);
    tcase_add_test(runs, test_interrupted_and_closed_pipe);
    suite_add_tcase(suite, runs);
    return suite;
}
