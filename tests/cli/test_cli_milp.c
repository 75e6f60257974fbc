/* crease milp, as a person or a script runs it. */
#include "support/lp_text.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static char *folder;

static void make_folder(void) {
    folder = run_folder_new();
}

static void remove_folder(void) {
    run_folder_remove(folder);
}

/* y = |x| / 2 on [-1, 1], and what must not happen: y >= threshold. */
static void write_question(const char *threshold) {
    run_file_write(folder, "line.csv", "x,y\n-2,1\n0,0\n2,1\n");
    run_file_write(
        folder, "q.vnnlib",
        "(declare-const X_0 Real)\n(declare-const Y_0 Real)\n(assert (>= X_0 -1))\n(assert (<= X_0 1))\n"
        "(assert (>= Y_0 %s))\n",
        threshold);
}

START_TEST(contract_keys_are_there) {
    static const char *const keys[] = {"verdict", "binaries", "binaries_before", "objective",
                                       "seconds", "rigorous", "programs",        "nodes",
                                       "witness", "rows",     "columns",         "lp_files"};
    write_question("0.75");
    run_result result = run_shell("crease milp %s/line.csv %s/q.vnnlib --json", folder, folder);
    ck_assert_int_eq(result.exit_code, 0);
    json_t *object = run_json(&result);
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/milp/1");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        ck_assert_msg(json_object_get(object, keys[i]) != NULL, "no key %s", keys[i]);
    ck_assert_str_eq(json_string_value(json_object_get(object, "verdict")), "proved");
    ck_assert(json_is_false(json_object_get(object, "rigorous")));
    ck_assert(run_json_number(object, "objective") > 0);
    ck_assert(run_json_number(object, "objective") <= .25 + 1e-9);
    ck_assert(run_json_number(object, "binaries") <= run_json_number(object, "binaries_before"));
    json_decref(object);
    run_clear(&result);
}
END_TEST

START_TEST(refuted_is_exact_and_ends_with_1) {
    write_question("0.25");
    run_result result = run_shell("crease milp %s/line.csv %s/q.vnnlib --json", folder, folder);
    ck_assert_int_eq(result.exit_code, 1);
    json_t *object = run_json(&result);
    ck_assert_str_eq(json_string_value(json_object_get(object, "verdict")), "refuted");
    ck_assert(json_is_true(json_object_get(object, "rigorous")));
    double x = json_number_value(json_array_get(json_object_get(object, "witness"), 0));
    double y = json_number_value(json_array_get(json_object_get(object, "outputs"), 0));
    ck_assert(fabs(x) <= 1 && y >= .25);
    ck_assert_double_eq_tol(y, fabs(x) / 2, 1e-15);
    ck_assert_double_eq_tol(run_json_number(object, "objective"), .25 - y, 1e-15);
    json_decref(object);
    run_clear(&result);
    result = run_shell("crease milp %s/line.csv %s/q.vnnlib", folder, folder);
    ck_assert_int_eq(result.exit_code, 1);
    ck_assert_ptr_nonnull(strstr(result.out, "X_0 = "));
    run_clear(&result);
}
END_TEST

/* Two alternatives are two files; one to standard output is the program and nothing else. */
START_TEST(programs_are_written) {
    run_result result =
        run_shell("crease milp data/clip_net.json data/clip_range.vnnlib --no-solve --lp %s/a.lp --json "
                  "&& ls %s",
                  folder, folder);
    ck_assert_int_eq(result.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(result.out, "a-1.lp\na-2.lp\n"));
    ck_assert_ptr_nonnull(strstr(result.out, "the programs were not solved"));
    run_clear(&result);
    char path[512];
    lp_text text;
    snprintf(path, sizeof path, "%s/a-2.lp", folder);
    lp_text_read(path, &text);
    ck_assert_uint_eq(text.binaries, 2);
    lp_text_clear(&text);
    write_question("0.25");
    result = run_shell("crease milp %s/line.csv %s/q.vnnlib --lp -", folder, folder);
    ck_assert_int_eq(result.exit_code, 0);
    ck_assert(result.out[0] == '\\' && strcmp(result.out + result.out_size - 4, "End\n") == 0);
    run_clear(&result);
}
END_TEST

START_TEST(failures) {
    write_question("0.25");
    run_must_fail(run_shell("crease milp"), 64, "name the model");
    run_must_fail(run_shell("crease milp %s/line.csv", folder), 64, "name the specification");
    run_must_fail(run_shell("crease milp %s/line.csv %s/q.vnnlib x", folder, folder), 64, "too many");
    run_must_fail(run_shell("crease milp - -"), 64, "both be standard input");
    run_must_fail(run_shell("crease milp %s/line.csv %s/none.vnnlib", folder, folder), 66, "none.vnnlib");
    run_must_fail(run_shell("crease milp %s/none.json %s/q.vnnlib", folder, folder), 66, "none.json");
    run_must_fail(run_shell("crease milp data/torque.json %s/q.vnnlib", folder), 65, "X_1");
    run_must_fail(run_shell("crease milp data/clip_net.json data/clip_range.vnnlib --lp -"), 64,
                  "2 programs");
    run_must_fail(run_shell("crease milp data/clip_net.json data/clip_range.vnnlib --lp - --json"), 64,
                  "both write");
    run_must_fail(run_shell("crease milp data/clip_net.json data/clip_range.vnnlib --lp %s/no/a.lp", folder),
                  74, "no/");
    run_must_fail(run_shell("crease milp data/clip_net.json data/clip_range.vnnlib --timeout -1"), 64,
                  "--timeout");
    run_must_fail(run_shell("crease milp --study data/clip_net.json"), 64, "--study");
}
END_TEST

START_TEST(study) {
    run_result result = run_shell("crease milp --study --timeout 0.02 --json");
    json_t *object = run_json_of(&result), *rows = json_object_get(object, "study");
    ck_assert_uint_gt(json_array_size(rows), 10);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        ck_assert(run_json_number(row, "disagree") == 0);
        ck_assert(run_json_number(row, "binaries_median") <= run_json_number(row, "units"));
    }
    json_decref(object);
}
END_TEST

START_TEST(examples_of_help_run) {
    run_help_examples("milp", folder, "s/--timeout 1/--timeout .05/");
}
END_TEST

Suite *test_cli_milp(void) {
    Suite *suite = suite_create("cli_milp");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, make_folder, remove_folder);
    tcase_set_timeout(all, 60);
    tcase_add_test(all, contract_keys_are_there);
    tcase_add_test(all, refuted_is_exact_and_ends_with_1);
    tcase_add_test(all, programs_are_written);
    tcase_add_test(all, failures);
    tcase_add_test(all, study);
    tcase_add_test(all, examples_of_help_run);
    suite_add_tcase(suite, all);
    return suite;
}
