/* The program crease-savings: JSON, CSV, pictures, words and exit codes. */
#include "savings/savings.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define RUN(...) run_program(NULL, (const char *const[]){"crease-savings", __VA_ARGS__, NULL})

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    ck_assert_msg(text != NULL, "no text under %s", key);
    return text;
}

START_TEST(test_solve_A_as_json) {
    run_result result = RUN("solve", "--model", "A", "--at", "1,2,5,-1", "--json");
    json_t *object = run_json_of(&result), *kinks = json_object_get(object, "kinks"),
           *at = json_object_get(object, "at");
    ck_assert_str_eq(text_of(object, "schema"), "crease/savings-solve/1");
    ck_assert_uint_eq(json_array_size(kinks), 68);
    const json_t *first = json_array_get(kinks, 0);
    ck_assert_str_eq(text_of(first, "object"), "c");
    ck_assert_double_eq_tol(run_json_number(first, "x"), 1.00564748338641, 1e-13);
    ck_assert_double_eq(run_json_number(first, "slope_left"), 1);
    ck_assert_double_eq_tol(run_json_number(first, "ratio") * run_json_number(first, "slope_right"), 1,
                            1e-15);
    ck_assert_double_eq_tol(run_json_number(object, "binding_m"), 1.00564748338641, 1e-13);
    ck_assert_double_lt(run_json_number(object, "euler_mean"), -14);
    ck_assert_double_lt(run_json_number(object, "euler_max"), -13);
    ck_assert_uint_eq(json_array_size(at), 4);
    /* m = 1: c = 1 for ever, V = -1/(1 - .96) */
    ck_assert_double_eq_tol(run_json_number(json_array_get(at, 0), "V"), -25, 1e-12);
    ck_assert_double_eq_tol(run_json_number(json_array_get(at, 0), "dV"), 1, 1e-14);
    ck_assert(isnan(run_json_number(json_array_get(at, 3), "c")));
    ck_assert(strstr(text_of(json_array_get(at, 3), "why"), "nothing to consume") != NULL);
    ck_assert_double_ge(run_json_number(object, "seconds"), 0);
    ck_assert_double_ge(run_json_number(object, "iterations"), 68);
    json_decref(object);
}
END_TEST

START_TEST(test_solve_B_as_json) {
    run_result result =
        RUN("solve", "--model", "B", "--penalty", "0.5", "--R", "1", "--limit", "-0.25", "--json");
    json_t *object = run_json_of(&result), *kinks = json_object_get(object, "kinks");
    ck_assert_uint_eq(json_array_size(kinks), 4);
    for (size_t i = 0; i < 2; i++) {
        const json_t *kink = json_array_get(kinks, i);
        ck_assert_str_eq(text_of(kink, "object"), i == 0 ? "W" : "pinvW");
        ck_assert_double_eq(run_json_number(kink, "x"), -.25);
        ck_assert_double_eq_tol(run_json_number(kink, "ratio"), 1.5, 1e-14);
    }
    /* kinks at limit + (beta r)^(-1/2) (y + R limit) */
    ck_assert_double_eq_tol(run_json_number(json_array_get(kinks, 2), "x"), -.25 + .75 / sqrt(.96 * 1.5),
                            1e-14);
    ck_assert_double_eq_tol(run_json_number(json_array_get(kinks, 3), "x"), -.25 + .75 / sqrt(.96), 1e-14);
    ck_assert(isnan(run_json_number(object, "binding_m")));
    ck_assert(strstr(text_of(object, "why"), "no hard limit") != NULL);
    json_decref(object);
}
END_TEST

/* The verdict on the popular sentence comes from measured slopes. */
START_TEST(test_claims_are_judged) {
    static const char *const expected[2][3] = {{"false", "true", NULL}, {"true", "false", "false"}};
    static const char *const objects[2][3] = {{"V", "c", NULL}, {"W", "V", "V"}};
    for (size_t model = 0; model < 2; model++) {
        run_result result = RUN("solve", "--model", model ? "B" : "A", "--json");
        json_t *object = run_json_of(&result), *claims = json_object_get(object, "claims");
        ck_assert_uint_eq(json_array_size(claims), model + 2);
        for (size_t i = 0; i < model + 2; i++) {
            const json_t *claim = json_array_get(claims, i);
            ck_assert_str_eq(text_of(claim, "verdict"), expected[model][i]);
            ck_assert_str_eq(text_of(claim, "object"), objects[model][i]);
            ck_assert_double_eq_tol(run_json_number(claim, "ratio"), run_json_number(claim, "theory"), 1e-8);
        }
        if (model == 1)
            ck_assert_double_eq_tol(run_json_number(json_array_get(claims, 0), "ratio"), 1.2 / 1.02, 1e-8);
        json_decref(object);
    }
    run_result text = RUN("solve", "--model", "A");
    ck_assert(strstr(text.out, "FALSE: under a hard limit, the value V(m)") != NULL);
    run_clear(&text);
}
END_TEST

/* Reads the table back: every row lies in the budget, and cells are empty exactly where the limit binds. */
START_TEST(test_table_of_A) {
    char *folder = run_folder_new(), path[512], line[512];
    snprintf(path, sizeof path, "%s/out.csv", folder);
    run_result result = RUN("solve", "--model", "A", "--nodes", "50", "-o", path);
    ck_assert_int_eq(result.exit_code, 0);
    run_clear(&result);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    ck_assert_str_eq(line, "m,c,a,V,dV,mpc,log10_euler\n");
    size_t rows = 0, empty = 0;
    double previous = -INFINITY;
    while (fgets(line, sizeof line, file)) {
        double m, c, a, V, dV, mpc, euler;
        int cells = sscanf(line, "%lf,%lf,%lf,%lf,%lf,%lf,%lf", &m, &c, &a, &V, &dV, &mpc, &euler);
        ck_assert_int_ge(cells, 6);
        ck_assert_double_eq_tol(c + a, m, 1e-14 * (1 + m));
        ck_assert_double_eq_tol(dV, 1 / (c * c), 1e-12 * dV);
        ck_assert_double_gt(m, previous);
        ck_assert_int_eq(cells == 6, a == 0);
        previous = m;
        empty += cells == 6;
        rows++;
    }
    fclose(file);
    ck_assert_uint_eq(rows, 50 + 68);
    ck_assert(empty > 0 && empty < 20);
    /* the reader of the library takes it, leaving out the rows with an empty cell */
    crease_table *table;
    crease_csv_options options = {.skip_missing = true};
    ck_assert_int_eq(crease_csv_load(path, &options, &table, NULL), CREASE_OK);
    ck_assert_uint_eq(table->rows + empty, rows);
    crease_table_free(table);
    run_folder_remove(folder);
}
END_TEST

START_TEST(test_fit_as_json) {
    run_result result = RUN("fit", "--model", "B", "--object", "pinvW,c", "--nets", "affine+relu:1,tanh:1",
                            "--starts", "5", "--json");
    json_t *object = run_json_of(&result), *rows = json_object_get(object, "rows");
    ck_assert_str_eq(text_of(object, "schema"), "crease/savings-fit/1");
    ck_assert_uint_eq(json_array_size(rows), 4);
    for (size_t i = 0; i < 4; i++) {
        const json_t *row = json_array_get(rows, i);
        ck_assert_str_eq(text_of(row, "object"), i < 2 ? "pinvW" : "c");
        ck_assert_str_eq(text_of(row, "net"), i % 2 ? "tanh:1" : "affine+relu:1");
        ck_assert_double_eq(run_json_number(row, "n_free"), 4);
        ck_assert_double_eq(run_json_number(row, "n_params"), i % 2 ? 4 : 5);
        ck_assert_double_lt(run_json_number(row, "euler_mean"), i == 0 ? -14 : -1);
        ck_assert_double_ge(run_json_number(row, "euler_max"), run_json_number(row, "euler_mean_error"));
        ck_assert_double_ge(run_json_number(row, "euler_mean_error"), run_json_number(row, "euler_mean"));
        ck_assert_str_eq(text_of(row, "transform"), i < 2 ? "pseudo-inverse" : "none");
        ck_assert(strstr(text_of(row, "reason"), "is exact") != NULL);
        ck_assert(isnan(run_json_number(row, "kink")) == (i % 2 == 1));
        ck_assert(run_json_number(row, "near_kink_error") <= run_json_number(row, "max_error"));
        if (i % 2)
            ck_assert(strstr(text_of(row, "why"), "corner") != NULL &&
                      run_json_number(row, "max_error") > 1e-3);
        if (i == 0)
            ck_assert_double_le(run_json_number(row, "max_error"), 1e-12);
    }
    ck_assert_double_eq(run_json_number(object, "seed"), 1);
    json_decref(object);
}
END_TEST

START_TEST(test_the_exact_policy_as_a_row) {
    run_result result = RUN("fit", "--model", "A", "--object", "c", "--nets", "exact", "--json");
    json_t *object = run_json_of(&result), *row = json_array_get(json_object_get(object, "rows"), 0);
    ck_assert_double_le(run_json_number(row, "max_error"), 1e-12);
    ck_assert_double_lt(run_json_number(row, "euler_mean"), -14);
    ck_assert(json_is_false(json_object_get(row, "fitted")));
    json_decref(object);
}
END_TEST

START_TEST(test_wrong_use) {
    run_must_fail(RUN("solve"), 64, "--model A");
    run_must_fail(RUN("solve", "--model", "Z"), 64, "'Z'");
    run_must_fail(RUN("solve", "--model", "A", "--beta", "0.98"), 64, "beta R < 1");
    run_must_fail(RUN("solve", "--model", "A", "--beta", "much"), 64, "'much'");
    run_must_fail(RUN("solve", "--model", "A", "--penalty", "1"), 64, "no parameter 'penalty'");
    run_must_fail(RUN("solve", "--model", "A", "--limit", "-40"), 64, "natural borrowing limit");
    run_must_fail(RUN("solve", "--model", "B", "--from", "-2"), 64, "nothing is left to consume");
    run_must_fail(RUN("solve", "--model", "B", "--from", "2", "--to", "1"), 64, "--from must be below");
    run_must_fail(RUN("solve", "--model", "B", "--at", "1,x"), 64, "'x'");
    run_must_fail(RUN("solve", "--model", "B", "--penalt", "1", "--node", "x"), 64, "'x'");
    run_must_fail(RUN("solve", "--model", "B", "--pnealty", "1"), 64, "did you mean --penalty");
    run_must_fail(RUN("solve", "--model", "B", "-o", "/nonexistent/x.csv"), 74, "/nonexistent");
    run_must_fail(RUN("fit", "--model", "A", "--object", "W"), 64, "models B");
    run_must_fail(RUN("fit", "--model", "B", "--object", "pinW"), 64, "did you mean 'pinvW'");
    run_must_fail(RUN("fit", "--model", "B", "--object", "W", "--nets", "relu:0"), 64, "relu:0");
    run_must_fail(RUN("fit", "--model", "B", "--object", "W", "--nets", "exact"), 64, "exact");
    run_must_fail(RUN("fit", "--model", "K3", "--object", "c", "--nets", "exact"), 64, "piecewise-linear");
    run_must_fail(RUN("fit", "--model", "K3", "--object", "c", "--nets", "affine+relu:4", "--hold-kink"), 64,
                  "3 kink");
    run_must_fail(RUN("fit", "--model", "K3", "--object", "c", "--minimise", "erulers"), 64, "erulers");
    run_must_fail(RUN("fit", "--model", "C", "--object", "c", "--nets", "tanh:1", "--minimise", "euler"), 64,
                  "A, K3 and D1");
    run_must_fail(RUN("fit", "--model", "A", "--object", "c", "--nets", "tanh:1", "-o", "/nonexistent/x"), 74,
                  "/nonexistent");
    run_must_fail(RUN("fti"), 64, "did you mean 'fit'");
}
END_TEST

/* The written network, evaluated by crease eval, is the policy: c(.5) = .5 + .2 at the limit's side of K3. */
START_TEST(test_fit_writes_a_model) {
    char *folder = run_folder_new();
    run_file_write(folder, "m.csv", "m\n0\n0.2\n0.4\n0.85\n2\n");
    run_result result =
        run_shell("cd %s && crease savings fit --model K3 --object c --nets affine+tanh:6+relu:3,tanh:2 "
                  "--hold-kink --starts 4 -o p.json && crease eval p.json m.csv -o out.csv",
                  folder);
    ck_assert_msg(result.exit_code == 64, "tanh:2 has no hinge to hold: exit %d", result.exit_code);
    ck_assert(strstr(result.err, "relu units") != NULL);
    run_clear(&result);
    result =
        run_shell("cd %s && crease savings fit --model K3 --object c --nets affine+tanh:6+relu:3 "
                  "--hold-kink --starts 4 -o p.json && crease eval p.json m.csv -o out.csv && cat out.csv",
                  folder);
    ck_assert_msg(result.exit_code == 0, "exit %d: %s", result.exit_code, result.err);
    const char *rows = strstr(result.out, "\nc\n"); /* a column c, one row for each m */
    double c;
    size_t count = 0;
    static const double expected[] = {.2, .4, .6, .85};
    ck_assert_msg(rows != NULL, "%s", result.out);
    rows += 2;
    while (rows && count < 4 && sscanf(rows, "%lf", &c) == 1) {
        ck_assert_msg(fabs(c - expected[count]) < 2e-3, "row %zu: c = %g", count, c);
        rows = strchr(rows + 1, '\n');
        count++;
    }
    ck_assert_uint_eq(count, 4);
    run_clear(&result);
    run_folder_remove(folder);
}
END_TEST

START_TEST(test_fit_options) {
    run_result result = RUN("fit", "--model", "D1", "--object", "c,V", "--nets", "affine+relu:3", "--shape",
                            "--starts", "4", "--json");
    json_t *object = run_json_of(&result), *rows = json_object_get(object, "rows"),
           *seen = json_object_get(object, "seen");
    for (size_t i = 0; i < 2; i++) {
        const json_t *row = json_array_get(rows, i);
        ck_assert(json_is_true(json_object_get(row, "shaped")));
        ck_assert_double_le(run_json_number(row, "slope_violation"), 1e-9);
        ck_assert_double_le(run_json_number(row, "curvature_violation"), 1e-9);
    }
    ck_assert_uint_eq(json_array_size(seen), 2);
    ck_assert_str_eq(text_of(json_array_get(seen, 0), "object"), "V");
    ck_assert_uint_eq(json_array_size(json_object_get(json_array_get(seen, 0), "kinks")), 0);
    ck_assert_uint_eq(json_array_size(json_object_get(json_array_get(seen, 1), "kinks")), 1);
    json_decref(object);
    result = RUN("fit", "--model", "D1", "--object", "c", "--nets", "affine+tanh:3+relu:1", "--hold-kink",
                 "--minimise", "euler", "--starts", "2", "--json");
    object = run_json_of(&result);
    const json_t *row = json_array_get(json_object_get(object, "rows"), 0);
    ck_assert_str_eq(text_of(row, "minimised"), "euler");
    ck_assert_double_eq(run_json_number(row, "n_held"), 1);
    ck_assert_double_lt(run_json_number(row, "euler_mean"), -3);
    ck_assert_double_ge(run_json_number(row, "dV_max_error"), 0);
    json_decref(object);
    /* default networks of an object without a list of its own, hybrids held */
    result = RUN("fit", "--model", "D", "--object", "dV", "--starts", "2", "--json");
    object = run_json_of(&result);
    rows = json_object_get(object, "rows");
    ck_assert_uint_eq(json_array_size(rows), 4);
    ck_assert_str_eq(text_of(json_array_get(rows, 3), "net"), "affine+tanh:4+relu^0.5:1");
    ck_assert(json_is_true(json_object_get(json_array_get(rows, 3), "kink_held")));
    json_decref(object);
}
END_TEST

/* With one rate the default networks hold what there is to hold. */
START_TEST(test_default_networks_of_one_rate) {
    if (test_is_left_to_plain())
        return;
    run_result result = RUN("fit", "--model", "K3", "--penalty", "0", "--object", "W,c", "--starts", "1",
                            "--points", "60", "--json");
    json_t *object = run_json_of(&result), *rows = json_object_get(object, "rows");
    ck_assert_str_eq(text_of(json_array_get(rows, 4), "net"), "affine+tanh:4");
    ck_assert_str_eq(text_of(json_array_get(rows, 9), "net"), "affine+tanh:4+relu:1");
    ck_assert_double_eq(run_json_number(json_array_get(rows, 9), "n_held"), 1);
    json_decref(object);
}
END_TEST

START_TEST(test_fit_is_interrupted) {
    run_result result = run_program(
        &(run_options){.timeout = 100, .interrupt_at = "fits to do"},
        (const char *const[]){"crease-savings", "fit", "--model", "K3", "--starts", "100000", "-v", NULL});
    ck_assert(!result.timed_out);
    ck_assert_msg(result.exit_code == 130, "exit %d: %s", result.exit_code, result.err);
    ck_assert(strstr(result.err, "fits are done") != NULL);
    run_clear(&result);
}
END_TEST

static void assert_picture(const char *folder, const char *name) {
    static const char *const endings[] = {".png", ".svg", ".gp"};
    for (size_t i = 0; i < 3; i++) {
        char path[600];
        struct stat status;
        snprintf(path, sizeof path, "%s/%s%s", folder, name, endings[i]);
        ck_assert_msg(stat(path, &status) == 0 && status.st_size > 4000, "no picture %s", path);
    }
}

/* The commands that it calls have tests of their own. */
START_TEST(test_demonstration) {
    if (test_is_left_to_plain())
        return;
    char *folder = run_folder_new(), plots[512];
    snprintf(plots, sizeof plots, "%s/deep/plots", folder);
    run_result result = RUN("--folder", plots, "--starts", "1");
    ck_assert_msg(result.exit_code == 0, "exit %d: %s", result.exit_code, result.err);
    static const char *const names[] = {"savings_value",        "savings_pinv",
                                        "savings_policy",       "savings_hard_limit",
                                        "savings_smooth_value", "savings_policy_hard_limit"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_picture(plots, names[i]);
        ck_assert_msg(strstr(result.out, names[i]) != NULL, "%s is not named", names[i]);
    }
    ck_assert(strstr(result.out, "TRUE : with a penalty rate, the end-of-period value W(a)") != NULL);
    ck_assert(strstr(result.out, "1.176470588") != NULL);
    ck_assert(strstr(result.out, "exact to rounding") != NULL);
    run_clear(&result);
    run_folder_remove(folder);
}
END_TEST

Suite *test_savings_cli(void) {
    Suite *suite = suite_create("savings cli");
    TCase *runs = tcase_create("runs");
    tcase_set_timeout(runs, 300);
    tcase_add_test(runs, test_solve_A_as_json);
    tcase_add_test(runs, test_solve_B_as_json);
    tcase_add_test(runs, test_claims_are_judged);
    tcase_add_test(runs, test_table_of_A);
    tcase_add_test(runs, test_fit_as_json);
    tcase_add_test(runs, test_the_exact_policy_as_a_row);
    tcase_add_test(runs, test_fit_writes_a_model);
    tcase_add_test(runs, test_fit_options);
    tcase_add_test(runs, test_default_networks_of_one_rate);
    tcase_add_test(runs, test_fit_is_interrupted);
    tcase_add_test(runs, test_wrong_use);
    tcase_add_test(runs, test_demonstration);
    suite_add_tcase(suite, runs);
    return suite;
}
