/* crease compare --nets auto: the proposal is the first row, its rivals follow, one sentence says why. */
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *compare(const char *rest) {
    run_result result = run_shell("crease compare %s --nets auto --starts 3 --json", rest);
    ck_assert_msg(result.exit_code == 0, "%s: exit code %d\n%s", rest, result.exit_code, result.err);
    json_t *object = run_json(&result);
    run_clear(&result);
    return object;
}

static const char *text(const json_t *object, const char *key) {
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "";
}

START_TEST(the_proposal_leads_the_rows) {
    if (test_is_left_to_plain())
        return;
    json_t *object = compare("data/clip.csv -x e -y u");
    const json_t *proposal = json_object_get(object, "proposal"), *rows = json_object_get(object, "rows");
    ck_assert_str_eq(text(proposal, "net"), "affine+relu:2");
    ck_assert_str_eq(text(proposal, "kind"), "relu");
    ck_assert(strstr(text(proposal, "why"), "affine+relu:2") == text(proposal, "why"));
    ck_assert_uint_eq(json_array_size(rows), 2);
    ck_assert_str_eq(text(json_array_get(rows, 0), "net"), "affine+relu:2");
    ck_assert_str_eq(text(json_array_get(rows, 1), "net"), "tanh:2");
    ck_assert(run_json_number(json_array_get(rows, 0), "rmse_best") < 1e-12);
    json_decref(object);
}
END_TEST

START_TEST(text_says_what_and_why) {
    run_result result = run_shell("crease compare data/clip.csv -x e -y u --nets auto --starts 3 --folds 3");
    ck_assert_int_eq(result.exit_code, 0);
    ck_assert(
        strstr(result.out, "affine+relu:2 is proposed, straight pieces: on rows left out its error is"));
    ck_assert(strstr(result.out, "affine+relu:2 fits better than tanh:2"));
    run_clear(&result);
}
END_TEST

START_TEST(two_inputs_fall_back_with_a_sentence) {
    char *folder = run_folder_new();
    run_file_write(folder, "d.csv", "a,b,y\n0,0,0\n1,0,1\n0,1,1\n1,1,3\n2,1,4\n1,2,4\n2,2,5\n3,1,6\n");
    char rest[400];
    snprintf(rest, sizeof rest, "%s/d.csv -x a,b -y y -q", folder);
    json_t *object = compare(rest);
    const json_t *proposal = json_object_get(object, "proposal");
    ck_assert(json_is_null(json_object_get(proposal, "net")));
    ck_assert_str_eq(text(proposal, "kind"), "nothing");
    ck_assert(strstr(text(proposal, "why"), "2 inputs") != NULL);
    ck_assert_uint_eq(json_array_size(json_object_get(object, "rows")), 3);
    json_decref(object);
    run_folder_remove(folder);
}
END_TEST

START_TEST(a_line_is_said_to_be_enough) {
    char *folder = run_folder_new(), rest[400], rows[2000] = "x,y\n";
    for (int i = 0; i < 40; i++)
        snprintf(rows + strlen(rows), sizeof rows - strlen(rows), "%d,%g\n", i, 2 * i + .3 * sin(i * i));
    run_file_write(folder, "d.csv", "%s", rows);
    snprintf(rest, sizeof rest, "%s/d.csv -x x -y y", folder);
    json_t *object = compare(rest);
    const json_t *proposal = json_object_get(object, "proposal");
    ck_assert_str_eq(text(proposal, "net"), "affine");
    ck_assert(strstr(text(proposal, "why"), "A straight line is enough") != NULL);
    ck_assert_uint_eq(json_array_size(json_object_get(object, "rows")), 3);
    json_decref(object);
    run_folder_remove(folder);
}
END_TEST

START_TEST(without_auto_nothing_is_proposed) {
    run_result result = run_shell("crease compare data/clip.csv -x e -y u --nets affine --json");
    ck_assert_int_eq(result.exit_code, 0);
    json_t *object = run_json(&result);
    ck_assert(!json_object_get(object, "proposal"));
    json_decref(object);
    run_clear(&result);
    result = run_shell("crease compare data/clip.csv -x e -y u --nets auto,relu:2");
    ck_assert_int_eq(result.exit_code, 64);
    run_clear(&result);
}
END_TEST

Suite *test_cli_auto(void) {
    Suite *suite = suite_create("cli_auto");
    TCase *all = tcase_create("auto");
    tcase_set_timeout(all, 300);
    tcase_add_test(all, the_proposal_leads_the_rows);
    tcase_add_test(all, text_says_what_and_why);
    tcase_add_test(all, two_inputs_fall_back_with_a_sentence);
    tcase_add_test(all, a_line_is_said_to_be_enough);
    tcase_add_test(all, without_auto_nothing_is_proposed);
    suite_add_tcase(suite, all);
    return suite;
}
