/* Exit codes and messages of the programs: what goes wrong is said in one sentence with the right code. */
#include "support/run.h"
#include "support/suites.h"
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *folder;

static void make_folder(void) {
    folder = run_folder_new();
    run_file_write(folder, "good.csv",
                   "hours,wage\n1,2\n2,3\n3,5\n4,9\n5,13\n6,17\n7,21\n8,25\n9,29\n10,33\n");
    run_file_write(folder, "text.csv", "hours,wage\n1,2\n2,three\n3,5\n");
    run_file_write(folder, "nan.csv", "hours,wage\n1,2\n2,NaN\n3,5\n4,6\n5,7\n6,9\n7,9\n8,11\n9,12\n");
    run_file_write(folder, "one.csv", "hours,wage\n1,2\n");
    run_file_write(folder, "constant_x.csv", "hours,wage\n1,2\n1,3\n1,4\n1,5\n1,6\n1,8\n1,9\n");
    run_file_write(folder, "constant_y.csv", "hours,wage\n1,2\n2,2\n3,2\n4,2\n5,2\n6,2\n7,2\n8,2\n");
    run_file_write(folder, "ragged.csv", "hours,wage\n1,2\n2\n");
    run_file_write(folder, "quote.csv", "hours,wage\n1,\"2\n2,3\n");
    run_file_write(folder, "header.csv", "hours,wage\n");
    run_file_write(folder, "empty.csv", "%s", "");
    run_file_write(folder, "broken.json", "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"relu:2\"");
}

static void remove_folder(void) {
    run_folder_remove(folder);
    folder = NULL;
}

static size_t files_in_folder(void) {
    size_t count = 0;
    DIR *all = opendir(folder);
    ck_assert_ptr_nonnull(all);
    while (readdir(all))
        count++;
    closedir(all);
    return count;
}

/* A line for sh, run in the folder of the data, its exit code, and texts that it must say on standard error.
 */
typedef struct failing {
    const char *line;
    int exit_code;
    const char *says[3];
} failing;

static void check_failing(const failing *expected) {
    size_t before = files_in_folder();
    run_result result = run_shell("cd %s && %s", folder, expected->line);
    ck_assert_msg(!result.timed_out, "%s: did not end", expected->line);
    ck_assert_msg(result.exit_code == expected->exit_code, "%s: exit code %d, not %d\n%s", expected->line,
                  result.exit_code, expected->exit_code, result.err);
    for (size_t i = 0; i < 3 && expected->says[i]; i++)
        ck_assert_msg(strstr(result.err, expected->says[i]) != NULL, "%s: does not say '%s' but\n%s",
                      expected->line, expected->says[i], result.err);
    ck_assert_msg(result.out_size == 0, "%s: prints\n%s", expected->line, result.out);
    ck_assert_msg(files_in_folder() == before, "%s: leaves a file", expected->line);
    run_clear(&result);
}

static const failing bad_data[] = {
    {"crease fit none.csv -x hours -y wage --net relu:2", 66, {"none.csv"}},
    {"crease compare none.csv -x hours -y wage", 66, {"none.csv"}},
    {"crease fit good.csv -x hour -y wage --net relu:2", 65, {"hour", "hours", "wage"}},
    {"crease fit good.csv -x 3 -y wage --net relu:2", 65, {"3"}},
    {"crease compare good.csv -x hours -y salary", 65, {"salary", "hours", "wage"}},
    {"crease fit text.csv -x hours -y wage --net relu:2", 65, {"text.csv:3:2", "three"}},
    {"crease fit nan.csv -x hours -y wage --net relu:2", 65, {"nan.csv:3:2", "NaN"}},
    {"crease fit ragged.csv -x hours -y wage --net relu:2", 65, {"ragged.csv:3"}},
    {"crease fit quote.csv -x hours -y wage --net relu:2", 65, {"quote.csv"}},
    {"crease fit header.csv -x hours -y wage --net relu:2", 65, {"header.csv"}},
    {"crease fit empty.csv -x hours -y wage --net relu:2", 65, {"empty.csv"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --test none.csv", 66, {"none.csv"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --test text.csv", 65, {"text.csv:3:2"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --where hours=99", 65, {"hours=99"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --weight heft", 65, {"heft"}},
    {"crease fit . -x hours -y wage --net relu:2", 66, {"."}},
    {"crease compare good.csv -x hours -y wage --folds 11", 65, {"11 folds", "10 rows"}},
    {"crease eval none.json good.csv", 66, {"none.json"}},
    {"crease eval broken.json good.csv", 65, {"broken.json"}},
    {"crease eval text.csv good.csv", 65, {"text.csv:3:2"}},
};

START_TEST(bad_data_are_named) {
    check_failing(&bad_data[_i]);
}
END_TEST

static const failing bad_usage[] = {
    {"crease fti good.csv", 64, {"fti", "did you mean 'fit'"}},
    {"crease zebra", 64, {"zebra"}},
    {"crease help comapre", 64, {"did you mean 'compare'"}},
    {"crease --json fit good.csv", 64, {"--json"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --strats 3",
     64,
     {"--strats", "did you mean --starts?"}},
    {"crease compare good.csv -x hours -y wage --fold=3 --jsno", 64, {"did you mean --json?"}},
    {"crease eval m.json good.csv --gradinet", 64, {"did you mean --gradient?"}},
    {"crease fit good.csv -x hours -y wage --net rleu:2", 64, {"rleu"}},
    {"crease fit good.csv -x hours -y wage --net relu:0", 64, {"relu:0"}},
    {"crease compare good.csv -x hours -y wage --nets relu:2,tahn:2", 64, {"tahn"}},
    {"crease compare good.csv -x hours -y wage --nets relu:2,", 64, {"--nets"}},
    {"crease fit good.csv -x hours -y wage", 64, {"--net"}},
    {"crease fit good.csv -y wage --net relu:2", 64, {"-x"}},
    {"crease fit good.csv -x hours --net relu:2", 64, {"-y"}},
    {"crease fit -x hours -y wage --net relu:2", 64, {"CSV"}},
    {"crease fit good.csv one.csv -x hours -y wage --net relu:2", 64, {"one.csv"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --starts 0", 64, {"--starts", "0"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --starts 2.5", 64, {"--starts", "2.5"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --method newton", 64, {"newton", "lm"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --init zero", 64, {"zero", "xavier"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --epochs 10", 64, {"--method adam"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --derivative-at-zero 2", 64, {".5"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --json -o -", 64, {"standard output"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --plot a.bmp", 64, {"bmp"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --where hours", 64, {"COLUMN=TEXT"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --decimal ';'", 64, {"--decimal"}},
    {"crease fit - -x 1 -y 2 --net relu:2 --test -", 64, {"standard input"}},
    {"crease compare good.csv -x hours -y wage --folds 1", 64, {"--folds"}},
    {"crease compare good.csv -x hours -y wage --folds 2 --test good.csv", 64, {"--folds", "--test"}},
    {"crease eval m.json", 64, {"CSV"}},
    {"crease eval m.json good.csv more.csv", 64, {"more.csv"}},
};

START_TEST(bad_usage_is_64) {
    check_failing(&bad_usage[_i]);
}
END_TEST

static const failing unwritable[] = {
    {"crease fit good.csv -x hours -y wage --net relu:2 > /dev/full", 74, {"standard output"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --json > /dev/full", 74, {"standard output"}},
    {"crease compare good.csv -x hours -y wage --starts 2 > /dev/full", 74, {"standard output"}},
    {"crease fit --help > /dev/full", 74, {"standard output"}},
    {"crease --help > /dev/full", 74, {"standard output"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 -o no/such/m.json", 74, {"no/such/m.json"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --trace no/such/t.csv", 74, {"no/such/t.csv"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 -o /dev/full > /dev/null", 74, {"/dev/full"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 --plot no/such/p.svg > /dev/null", 74, {"no/such/p"}},
    {"crease fit good.csv -x hours -y wage --net relu:2 -q -o - 2> /dev/null | "
     "crease eval - good.csv > /dev/full",
     74,
     {"standard output"}},
};

START_TEST(unwritable_is_74) {
    check_failing(&unwritable[_i]);
}
END_TEST

START_TEST(closed_pipe_ends_quietly) {
    FILE *file;
    char path[256];
    snprintf(path, sizeof path, "%s/long.csv", folder);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("hours\n", file);
    for (int i = 0; i < 20000; i++) /* far more than a pipe holds */
        fprintf(file, "%d.125\n", i);
    fclose(file);
    run_result result =
        run_shell("cd %s && crease fit good.csv -x hours -y wage --net tanh:2 -o m.json -q > "
                  "/dev/null && { crease eval m.json long.csv; echo \"code $?\" >&2; } | head -c 1",
                  folder);
    ck_assert_str_eq(result.err, "code 141\n");
    run_clear(&result);
}
END_TEST

/* Data that are poor but have a sane answer. */
typedef struct poor {
    const char *line;
    const char *says; /* on standard error, or NULL */
} poor;

static const poor poor_data[] = {
    {"crease fit one.csv -x hours -y wage --net relu:2 --json", "1 row cannot determine"},
    {"crease fit constant_x.csv -x hours -y wage --net relu:2 --json", NULL},
    {"crease fit constant_y.csv -x hours -y wage --net relu:2 --json", NULL},
    {"crease fit constant_y.csv -x hours -y wage --net affine+relu:2 --json", NULL},
    {"crease fit good.csv -x hours -y wage --net relu:12 --json", "10 rows cannot determine"},
    {"crease fit good.csv -x hours -y wage --net affine+tanh:4+relu:4 --json", "10 rows cannot determine"},
    {"crease fit nan.csv -x hours -y wage --net relu:1 --skip-missing --json", "left out 1 row"},
    {"crease fit one.csv -x hours -y wage --net tanh:2/relu:2 --json", "1 row cannot determine"},
    {"crease fit constant_x.csv -x hours -y wage --net tanh:2 --method adam --epochs 50 --json", NULL},
};

START_TEST(poor_data_have_a_sane_fit) {
    const poor *p = &poor_data[_i];
    run_result result = run_shell("cd %s && %s", folder, p->line);
    ck_assert_msg(result.exit_code == 0, "%s: exit code %d\n%s", p->line, result.exit_code, result.err);
    json_t *object = run_json(&result);
    double rmse = run_json_number(object, "rmse");
    ck_assert_msg(rmse >= 0 && rmse < 10, "%s: rmse %g", p->line,
                  rmse); /* the largest sd of these data is 10.8 */
    if (p->says)
        ck_assert_msg(strstr(result.err, p->says) != NULL, "%s: %s", p->line, result.err);
    json_decref(object);
    run_clear(&result);
}
END_TEST

START_TEST(constants_are_fitted_as_constants) {
    run_result result =
        run_shell("cd %s && crease fit constant_y.csv -x hours -y wage --net relu:2 --json", folder);
    json_t *object = run_json(&result);
    ck_assert_double_lt(run_json_number(object, "max_error"), 1e-12);
    ck_assert(json_is_null(json_object_get(object, "r2")));
    json_decref(object);
    run_clear(&result);
    /* with one x the best is the mean of y, and the error its standard deviation: y = 2 3 4 5 6 8 9 */
    result = run_shell("cd %s && crease fit constant_x.csv -x hours -y wage --net relu:2 --json", folder);
    object = run_json(&result);
    ck_assert_double_eq_tol(run_json_number(object, "rmse"), sqrt(235. / 7 - 37. * 37. / 49), 1e-9);
    json_decref(object);
    run_clear(&result);
}
END_TEST

START_TEST(help_lists_and_explains) {
    static const char *const lines[] = {"crease", "crease --help", "crease help"};
    for (size_t i = 0; i < 3; i++) {
        run_result result = run_shell("%s", lines[i]);
        ck_assert_int_eq(result.exit_code, 0);
        static const char *const listed[] = {"fit", "compare", "eval", "traffic", "savings", "arm"};
        for (size_t k = 0; k < sizeof listed / sizeof *listed; k++)
            ck_assert_ptr_nonnull(strstr(result.out, listed[k]));
        run_clear(&result);
    }
    static const char *const commands[] = {"fit", "compare", "eval"};
    for (size_t i = 0; i < 3; i++) {
        run_result help = run_shell("crease help %s", commands[i]),
                   option = run_shell("crease %s --help", commands[i]);
        ck_assert_int_eq(help.exit_code, 0);
        ck_assert_str_eq(help.out, option.out);
        const char *examples = strstr(help.out, "Examples:"), *usage = strstr(help.out, "Usage:");
        ck_assert_msg(examples == help.out && usage > examples, "examples come first:\n%s", help.out);
        run_clear(&help);
        run_clear(&option);
    }
    run_result version = run_shell("crease --version && crease fit --version");
    ck_assert_int_eq(version.exit_code, 0);
    ck_assert_int_eq(strncmp(version.out, "crease ", 7), 0);
    run_clear(&version);
}
END_TEST

START_TEST(examples_run_as_they_stand) {
    static const char *const commands[] = {"fit", "compare", "eval"};
    run_help_examples(commands[_i], folder, "");
}
END_TEST

START_TEST(domains_run_the_sibling_program) {
    run_file_write(folder, "crease-traffic", "#!/bin/sh\necho \"$0 $*\"\nexit 3\n");
    run_result result = run_shell("cd %s && chmod +x crease-traffic && cp \"$(command -v crease)\" crease && "
                                  "./crease traffic fd 'a b' --json",
                                  folder);
    ck_assert_int_eq(result.exit_code, 3);
    ck_assert_ptr_nonnull(strstr(result.out, "/crease-traffic fd a b --json\n"));
    run_clear(&result);
    result = run_shell("cd %s && ./crease help traffic", folder);
    ck_assert_ptr_nonnull(strstr(result.out, "/crease-traffic --help\n"));
    run_clear(&result);
    result = run_shell("cd %s && PATH=/usr/bin:/bin ./crease savings", folder);
    ck_assert_int_eq(result.exit_code, 69);
    ck_assert_ptr_nonnull(strstr(result.err, "crease-savings"));
    run_clear(&result);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

Suite *test_cli(void) {
    Suite *suite = suite_create("cli");
    TCase *codes = tcase_create("exit codes");
    tcase_add_checked_fixture(codes, make_folder, remove_folder);
    tcase_add_loop_test(codes, bad_data_are_named, 0, COUNT(bad_data));
    tcase_add_loop_test(codes, bad_usage_is_64, 0, COUNT(bad_usage));
    tcase_add_loop_test(codes, unwritable_is_74, 0, COUNT(unwritable));
    tcase_add_test(codes, closed_pipe_ends_quietly);
    tcase_add_loop_test(codes, poor_data_have_a_sane_fit, 0, COUNT(poor_data));
    tcase_add_test(codes, constants_are_fitted_as_constants);
    suite_add_tcase(suite, codes);

    TCase *help = tcase_create("help");
    tcase_add_checked_fixture(help, make_folder, remove_folder);
    tcase_add_test(help, help_lists_and_explains);
    tcase_add_loop_test(help, examples_run_as_they_stand, 0, 3);
    tcase_add_test(help, domains_run_the_sibling_program);
    suite_add_tcase(suite, help);
    return suite;
}
