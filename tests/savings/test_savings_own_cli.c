/* crease savings fit FILE --value COL: JSON, words, files that crease eval reads back, exit codes. */
#include "crease/crease.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *folder;

static void setup(void) {
    folder = run_folder_new();
}

static void teardown(void) {
    run_folder_remove(folder);
}

static json_t *member(const json_t *object, const char *key) {
    json_t *value = json_object_get(object, key);
    ck_assert_msg(value != NULL, "no %s", key);
    return value;
}

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(member(object, key));
    ck_assert_msg(text != NULL, "no text under %s", key);
    return text;
}

static json_t *json_of(run_result result) {
    ck_assert_msg(result.exit_code == 0, "exit %d: %s", result.exit_code, result.err);
    json_t *object = run_json(&result);
    run_clear(&result);
    return object;
}

START_TEST(test_json) {
    json_t *object = json_of(
        run_shell("crease-savings fit data/wedge_value.csv --x assets --value W --marginal dW --crra 2 "
                  "--state end --limit 0 --json"));
    ck_assert_str_eq(text_of(object, "schema"), "crease/savings-fit/1");
    ck_assert_str_eq(text_of(object, "transform"), "pinv");
    ck_assert_str_eq(text_of(member(object, "limit"), "verdict"), "kink");
    ck_assert_uint_eq(json_array_size(member(object, "rows")), 3);
    const json_t *row = json_array_get(member(object, "rows"), 0),
                 *tanh = json_array_get(member(object, "rows"), 1);
    ck_assert_str_eq(text_of(row, "object"), "pinvV");
    ck_assert_str_eq(text_of(row, "net"), "affine+relu:1");
    ck_assert_double_eq(run_json_number(row, "n_params"), 5);
    ck_assert_double_eq(run_json_number(row, "n_free"), 4);
    ck_assert_double_le(run_json_number(row, "max_error"), 1e-12);
    ck_assert_double_le(run_json_number(row, "near_kink_error"), 1e-12);
    ck_assert_double_le(run_json_number(row, "slope_max_error"), 1e-11);
    ck_assert_double_eq(run_json_number(row, "kink"), 0); /* the limit, within the error of the place */
    ck_assert_double_eq_tol(run_json_number(row, "slope_ratio"), 1.2 / 1.02, 1e-10);
    ck_assert(isnan(run_json_number(row, "euler_mean")));
    ck_assert_ptr_nonnull(strstr(text_of(row, "why"), "euler_mean: "));
    ck_assert(isnan(run_json_number(tanh, "kink")));
    ck_assert_double_gt(run_json_number(tanh, "max_error"), 1e-3);
    const json_t *kink = json_array_get(member(object, "kinks"), 0), *policy = member(object, "policy");
    ck_assert_double_eq_tol(run_json_number(kink, "slope_left"), 1.152, 1e-10);
    ck_assert_str_eq(text_of(kink, "source"), "values");
    ck_assert_str_eq(text_of(policy, "net"), "affine+relu:2");
    ck_assert_str_eq(text_of(policy, "variable"), "m");
    ck_assert_double_eq_tol(json_real_value(json_array_get(member(policy, "kinks"), 0)), .93169499, 1e-8);
    ck_assert_double_eq_tol(json_real_value(json_array_get(member(policy, "kinks"), 1)), 1.01056510, 1e-8);
    ck_assert(json_is_true(member(member(object, "shape"), "concave")));
    ck_assert(json_is_null(member(member(object, "files"), "value_net")));
    ck_assert(json_is_false(member(object, "interrupted")));
    json_decref(object);
}
END_TEST

/* The largest gap between a column of STEM_policy.csv and f of what the network says at its rows. */
static double round_trip(const char *net, const char *input, const char *column, double (*f)(double)) {
    run_result result = run_shell("crease eval %s/w_%s.json %s/w_policy.csv", folder, net, folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    char path[512];
    run_file_write(folder, "out.csv", "%s", result.out);
    run_clear(&result);
    crease_table *predicted, *table;
    const char *columns[] = {input, column};
    crease_csv_options options = {.columns = columns, .column_count = 2};
    snprintf(path, sizeof path, "%s/w_policy.csv", folder);
    ck_assert_int_eq(crease_csv_load(path, &options, &table, NULL), CREASE_OK);
    snprintf(path, sizeof path, "%s/out.csv", folder);
    ck_assert_int_eq(crease_csv_load(path, NULL, &predicted, NULL), CREASE_OK);
    ck_assert_uint_eq(predicted->rows, table->rows);
    double worst = 0;
    for (size_t i = 0; i < table->rows; i++)
        worst = fmax(worst, fabs(f(predicted->column[predicted->columns - 1][i]) - table->column[1][i]));
    crease_table_free(table);
    crease_table_free(predicted);
    return worst;
}

static double value_of(double n) {
    return -1 / n;
}

static double same(double c) {
    return c;
}

START_TEST(test_files_are_read_back) {
    run_result result = run_shell(
        "crease-savings fit data/wedge_value.csv --x assets --value W --crra 2 --state end --limit 0 "
        "-o %s/w --points 50",
        folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    static const char *const says[] = {
        "ratio 1.176470588",  "affine+relu:1 @kink", "a kink lies at the limit 0",
        "concave everywhere", "_policy.csv",         "kinks at 0.931694991, 1.0105651",
        "name its column"};
    for (size_t i = 0; i < sizeof says / sizeof *says; i++)
        ck_assert_msg(strstr(result.out, says[i]) != NULL, "'%s' is not in:\n%s", says[i], result.out);
    run_clear(&result);
    ck_assert_double_le(round_trip("value", "assets", "W", value_of), 1e-14);
    ck_assert_double_le(round_trip("policy", "m", "c", same), 1e-12);
}
END_TEST

typedef struct failure {
    const char *csv, *options;
    int exit_code;
    const char *says;
} failure;

static const failure failures[] = {
    {"a,V\n1,-1\n", "--x a --value V", 65, "too few distinct states, 1"},
    {"a,V\n0,-inf\n1,-1\n", "--x a --value V", 65, "such as a limit where consumption is 0"},
    {"a,V\n0,nan\n1,-1\n", "--x a --value V", 65, "x.csv:2:2"},
    {"a,V\n1,1\n2,2\n2,3\n3,3\n4,4\n5,5\n6,6\n7,7\n8,8\n", "--x a --value V", 65, "state 2 the value 3"},
    {"a,V\n1,1\n2,2\n3,3\n4,4\n5,5\n6,6\n7,7\n8,8\n", "--x a --value V --crra 2", 65,
     "(1 - g) V must be positive"},
    {"a,V\n1,1\n2,2\n3,3\n4,4\n5,5\n6,6\n7,7\n8,8\n", "--x a --value V --kinks 9", 65, "no row right of"},
    {"a,V\n1,1\n2,2\n3,3\n4,4\n5,5\n6,6\n7,7\n8,8\n", "--x a --value W", 65, "no column 'W'"},
    {"a,V\n1,1\n2,2\n3,3\n4,4\n5,5\n6,6\n7,7\n8,8\n", "--x a --value V -o /nonexistent/w", 74,
     "cannot write"},
    {"", "--x a --value V", 65, "empty"},
    {"a,V\n", "--x a", 64, "--value COL"},
    {"a,V\n", "--value V", 64, "--x COL"},
    {"a,V\n", "--x a --value V --transform pinv", 64, "--crra G"},
    {"a,V\n", "--x a --value V --crra 2 --transform pinw", 64, "did you mean 'pinv'"},
    {"a,V\n", "--x a --value V --crra 2 --state ends", 64, "did you mean 'end'"},
    {"a,V\n", "--x a --value V --R 1.02", 64, "--state assets"},
    {"a,V\n", "--x a --value V --state assets --R 1,2,3", 64, "--R takes"},
    {"a,V\n", "--x a --value V --kinks none,1", 64, "none"},
    {"a,V\n", "--x a --value V --slope-weight -1", 64, "--slope-weight"},
    {"a,V\n", "--x a --value V --konkave", 64, "--concave"},
    {"a,V\n", "--x a --value V --json --plot -", 64, "standard output"}};

START_TEST(test_failures) {
    const failure *f = &failures[_i];
    run_file_write(folder, "x.csv", "%s", f->csv);
    run_result result = run_shell("crease-savings fit %s/x.csv %s", folder, f->options);
    ck_assert_msg(result.exit_code == f->exit_code, "%s: exit %d: %s", f->options, result.exit_code,
                  result.err);
    ck_assert_msg(strstr(result.err, f->says) != NULL, "%s: '%s' is not in: %s", f->options, f->says,
                  result.err);
    ck_assert_str_eq(result.out, "");
    run_clear(&result);
}
END_TEST

START_TEST(test_missing_file_and_standard_input) {
    run_result result = run_shell("crease-savings fit %s/none.csv --x a --value V", folder);
    ck_assert_int_eq(result.exit_code, 66);
    run_clear(&result);
    json_t *object =
        json_of(run_shell("crease-savings fit - --x 1 --value 2 --crra 2 --json <data/wedge_value.csv"));
    ck_assert_uint_eq(json_array_size(member(object, "kinks")), 1);
    ck_assert_ptr_nonnull(strstr(text_of(member(object, "policy"), "why"), "jumps"));
    json_decref(object);
}
END_TEST

/* A model's own fits are still where they were. */
START_TEST(test_the_models_keep_their_command) {
    run_result result = run_shell("crease-savings fit --model B --object pinvW --nets affine+relu:1");
    ck_assert_int_eq(result.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(result.out, "pinvW(a)"));
    run_clear(&result);
    result = run_shell("crease-savings fit data/wedge_value.csv --help");
    ck_assert_int_eq(result.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(result.out, "--marginal"));
    run_clear(&result);
}
END_TEST

START_TEST(test_interrupted) {
    run_options options = {.interrupt_at = "fitting 200 states"};
    run_result result =
        run_program(&options, (const char *const[]){"crease-savings", "fit", "data/wedge_value.csv", "-v",
                                                    "--x", "assets", "--value", "W", "--marginal", "dW",
                                                    "--starts", "2000", "--json", NULL});
    ck_assert_msg(result.exit_code == 130, "exit %d: %s", result.exit_code, result.err);
    json_t *object = run_json(&result);
    ck_assert(json_is_true(member(object, "interrupted")));
    ck_assert_uint_eq(json_array_size(member(object, "rows")), 1);
    ck_assert(isfinite(run_json_number(json_array_get(member(object, "rows"), 0), "max_error")));
    json_decref(object);
    run_clear(&result);
}
END_TEST

START_TEST(test_picture) {
    run_result result = run_shell(
        "crease-savings fit data/wedge_value.csv --x assets --value W --kinks 0 --net affine+tanh:2+relu:1 "
        "--plot %s/w.svg --json && test -s %s/w.svg && test -s %s/w.gp",
        folder, folder, folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    ck_assert_ptr_nonnull(strstr(result.err, "the slope jumps"));
    run_clear(&result);
}
END_TEST

START_TEST(test_examples) {
    run_result help = run_shell("crease-savings fit x.csv --help");
    size_t ran = 0;
    for (char *line = strtok(help.out, "\n"); line; line = strtok(NULL, "\n")) {
        if (!strstr(line, "build/bin/crease") || test_leaves_out(ran++))
            continue;
        run_result result = run_shell(
            "line=$(printf '%%s' '%s' | sed 's|build/bin/||; s| build/| %s/|g'); eval \"$line --starts 2\"",
            line, folder);
        ck_assert_msg(result.exit_code == 0 && result.out_size > 0, "%s: exit %d\n%s", line, result.exit_code,
                      result.err);
        run_clear(&result);
    }
    ck_assert_uint_eq(ran, 3);
    run_clear(&help);
}
END_TEST

Suite *test_savings_own_cli(void) {
    Suite *suite = suite_create("savings: the program on value functions of the user's own");
    TCase *tests = tcase_create("program");
    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_json);
    tcase_add_test(tests, test_files_are_read_back);
    tcase_add_loop_test(tests, test_failures, 0, (int)(sizeof failures / sizeof *failures));
    tcase_add_test(tests, test_missing_file_and_standard_input);
    tcase_add_test(tests, test_the_models_keep_their_command);
    tcase_add_test(tests, test_interrupted);
    tcase_add_test(tests, test_picture);
    tcase_add_test(tests, test_examples);
    suite_add_tcase(suite, tests);
    return suite;
}
