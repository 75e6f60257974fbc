/* crease kinks: the keys of the contract, the words, the picture, the exit codes. */
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *folder;

static void make_folder(void) {
    folder = run_folder_new();
}

static void remove_folder(void) {
    run_folder_remove(folder);
    folder = NULL;
}

/* y of `formula` in x, 200 rows on [-1, 1], by awk. */
static void write_curve(const char *name, const char *formula) {
    run_result result =
        run_shell("awk 'BEGIN { print \"x,y\"; for (i = 0; i < 200; i++) { x = -1 + 2 * i / 199; printf "
                  "\"%%.17g,%%.17g\\n\", x, %s } }' > %s/%s",
                  formula, folder, name);
    ck_assert_int_eq(result.exit_code, 0);
    run_clear(&result);
}

static json_t *json_of(const char *arguments, int exit_code) {
    run_result result = run_shell("crease kinks %s --json", arguments);
    ck_assert_msg(result.exit_code == exit_code, "%s: exit code %d\n%s", arguments, result.exit_code,
                  result.err);
    json_t *object = run_json(&result);
    run_clear(&result);
    return object;
}

START_TEST(json_has_the_contract) {
    static const char *const keys[] = {"schema", "kinks", "reason",     "n",    "points",
                                       "noise",  "level", "noise_free", "seed", "interrupted"};
    json_t *object = json_of("data/clip.csv -x e -y u", 0);
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        ck_assert_msg(json_object_get(object, keys[k]) != NULL, "the key %s is missing", keys[k]);
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/kinks/1");
    ck_assert(json_is_true(json_object_get(object, "noise_free")));
    json_t *kinks = json_object_get(object, "kinks");
    ck_assert_uint_eq(json_array_size(kinks), 2);
    static const double truth[2][3] = {{-.25, 0, 4}, {.25, 4, 0}};
    for (size_t k = 0; k < 2; k++) {
        json_t *kink = json_array_get(kinks, k);
        ck_assert(fabs(run_json_number(kink, "x") - truth[k][0]) < 1e-12);
        ck_assert(fabs(run_json_number(kink, "slope_left") - truth[k][1]) < 1e-9);
        ck_assert(fabs(run_json_number(kink, "slope_right") - truth[k][2]) < 1e-9);
        ck_assert(run_json_number(kink, "se") < 1e-12);
        ck_assert(json_is_null(json_object_get(kink, "p_value")));
        ck_assert(strstr(json_string_value(json_object_get(kink, "why")), "p_value: ") != NULL);
    }
    ck_assert(run_json_number(json_array_get(kinks, 0), "ratio") == 0);
    ck_assert(json_is_null(json_object_get(json_array_get(kinks, 1), "ratio")));
    json_decref(object);
}
END_TEST

START_TEST(ratio_is_left_over_right) {
    char line[256];
    write_curve("v.csv", "-1 / (1 + (x < 0.123 ? 1.3 : 1.03) * (x - 0.123) * 0.3)");
    snprintf(line, sizeof line, "%s/v.csv -x x -y y", folder);
    json_t *object = json_of(line, 0), *kinks = json_object_get(object, "kinks");
    ck_assert_uint_eq(json_array_size(kinks), 1);
    ck_assert(fabs(run_json_number(json_array_get(kinks, 0), "x") - .123) < 1e-9);
    ck_assert(fabs(run_json_number(json_array_get(kinks, 0), "ratio") - 1.3 / 1.03) < 1e-6);
    json_decref(object);
}
END_TEST

START_TEST(words_when_there_is_none) {
    write_curve("s.csv", "sin(3 * x)");
    run_result result = run_shell("crease kinks %s/s.csv -x x -y y", folder);
    ck_assert_int_eq(result.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(result.out, "no kink: "));
    ck_assert_ptr_nonnull(strstr(result.out, "none seen"));
    run_clear(&result);
    char line[256];
    snprintf(line, sizeof line, "%s/s.csv -x x -y y", folder);
    json_t *object = json_of(line, 0);
    ck_assert_uint_eq(json_array_size(json_object_get(object, "kinks")), 0);
    json_decref(object);
}
END_TEST

/* The second derivative goes from 2 to 5 and back within one gap, .005 to .01. */
START_TEST(a_bend_is_a_kink_on_request_only) {
    char line[256];
    write_curve("b.csv",
                "x * x + 1.5 * ((x > 0.0055 ? (x - 0.0055) ^ 2 : 0) - (x > 0.0095 ? (x - 0.0095) ^ 2 : 0))");
    snprintf(line, sizeof line, "%s/b.csv -x x -y y", folder);
    json_t *object = json_of(line, 0);
    ck_assert_uint_eq(json_array_size(json_object_get(object, "kinks")), 0);
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(object, "reason")), "beside it"));
    ck_assert(fabs(run_json_number(object, "bend_x") - .0075) < .01);
    ck_assert(run_json_number(object, "bend_contrast") < 1.5);
    ck_assert(run_json_number(object, "contrast") == 1.5);
    json_decref(object);
    snprintf(line, sizeof line, "%s/b.csv -x x -y y --contrast 0.1", folder);
    object = json_of(line, 0);
    ck_assert_uint_eq(json_array_size(json_object_get(object, "kinks")), 1);
    ck_assert(json_is_null(json_object_get(object, "bend_x")));
    json_decref(object);
    write_curve(
        "k.csv",
        "(x < -0.5 ? -x : x + 1) + x * x + 1.5 * ((x > 0.0055 ? (x - 0.0055) ^ 2 : 0) - (x > 0.0095 ? (x - "
        "0.0095) ^ 2 : 0))");
    run_result result = run_shell("crease kinks %s/k.csv -x x -y y", folder);
    ck_assert_int_eq(result.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(result.out, "no kink is claimed there"));
    run_clear(&result);
}
END_TEST

START_TEST(words_and_p_value_with_noise) {
    write_curve("n.csv", "(x < 0.2 ? 2 * (x - 0.2) : -(x - 0.2)) + 0.01 * sin(1e4 * x * x)");
    run_result result = run_shell("crease kinks %s/n.csv -x x -y y --seed 3", folder);
    ck_assert_int_eq(result.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(result.out, "the slope of y goes from"));
    ck_assert_ptr_nonnull(strstr(result.out, "would look the same"));
    run_clear(&result);
    char line[256];
    snprintf(line, sizeof line, "%s/n.csv -x x -y y", folder);
    json_t *object = json_of(line, 0), *kinks = json_object_get(object, "kinks");
    ck_assert_uint_eq(json_array_size(kinks), 1);
    json_t *kink = json_array_get(kinks, 0);
    double p = run_json_number(kink, "p_value"), x = run_json_number(kink, "x");
    ck_assert(p >= 0 && p <= .01);
    ck_assert(fabs(x - .2) < 4 * run_json_number(kink, "se"));
    ck_assert(run_json_number(object, "noise") > .004 && run_json_number(object, "noise") < .01);
    json_decref(object);
}
END_TEST

START_TEST(picture) {
    if (system("command -v gnuplot > /dev/null") != 0)
        skip_test("gnuplot is not installed");
    run_result result =
        run_shell("crease kinks data/clip.csv -x e -y u -q --plot %s/k.svg && grep -c '^\\$kinks' "
                  "%s/k.gp && grep -q '</svg>' %s/k.svg",
                  folder, folder, folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    run_clear(&result);
    write_curve("s.csv", "sin(3 * x)"); /* nothing to mark */
    result = run_shell("crease kinks %s/s.csv -x x -y y --plot - 2>&1", folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.out);
    run_clear(&result);
}
END_TEST

START_TEST(refusals) {
    static const struct {
        const char *arguments;
        int code;
        const char *says;
    } refusal[] = {
        {"data/clip.csv -x e", 64, "-y COL"},
        {"data/clip.csv -y u", 64, "-x COL"},
        {"-x e -y u", 64, "CSV file"},
        {"data/clip.csv data/clip.csv -x e -y u", 64, "one data file"},
        {"data/clip.csv -x e -y u --level 1", 64, "--level"},
        {"data/clip.csv -x e -y u --level 0", 64, "--level"},
        {"data/clip.csv -x e -y u --contrast 0", 64, "--contrast"},
        {"data/clip.csv -x e,u -y u", 64, "one input column"},
        {"data/clip.csv -x e -y u --levle .1", 64, "--level"},
        {"data/clip.csv -x e -y nosuch", 65, "nosuch"},
        {"nosuch.csv -x e -y u", 66, "nosuch.csv"},
        {"data/clip.csv -x e -y u --plot nosuch/k.svg", 74, "nosuch"},
    };
    for (size_t k = 0; k < sizeof refusal / sizeof *refusal; k++) {
        run_result result = run_shell("crease kinks %s", refusal[k].arguments);
        ck_assert_msg(result.exit_code == refusal[k].code, "%s: exit code %d\n%s", refusal[k].arguments,
                      result.exit_code, result.err);
        ck_assert_msg(strstr(result.err, refusal[k].says) != NULL, "%s: %s", refusal[k].arguments,
                      result.err);
        run_clear(&result);
    }
    run_result result = run_shell("printf 'x,y\\n1,2\\n2,3\\n' | crease kinks - -x x -y y");
    ck_assert_int_eq(result.exit_code, 0); /* an answer all the same */
    ck_assert_ptr_nonnull(strstr(result.out, "too few"));
    run_clear(&result);
}
END_TEST

Suite *test_cli_kinks(void) {
    Suite *suite = suite_create("test_cli_kinks");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, make_folder, remove_folder);
    tcase_set_timeout(all, 120);
    tcase_add_test(all, json_has_the_contract);
    tcase_add_test(all, ratio_is_left_over_right);
    tcase_add_test(all, words_when_there_is_none);
    tcase_add_test(all, a_bend_is_a_kink_on_request_only);
    tcase_add_test(all, words_and_p_value_with_noise);
    tcase_add_test(all, picture);
    tcase_add_test(all, refusals);
    suite_add_tcase(suite, all);
    return suite;
}
