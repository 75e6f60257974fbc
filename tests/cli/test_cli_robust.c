/* crease robust: what it prints, its exit codes, its picture, and what it refuses. */
#include "crease/crease.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *folder;

static void make_folder(void) {
    folder = run_folder_new();
    run_file_write(
        folder, "hinge.json",
        "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"relu:1\", \"inputs\": 2, \"outputs\": 1, "
        "\"theta\": [3, 4, -5, 1, 0], \"input_shift\": [0, 0], \"input_scale\": [1, 1], "
        "\"output_shift\": [0], \"output_scale\": [1]}");
    run_file_write(
        folder, "pair.json",
        "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"relu:2\", \"inputs\": 2, \"outputs\": 2, "
        "\"theta\": [1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0], \"input_shift\": [0, 0], \"input_scale\": [1, 1], "
        "\"output_shift\": [0, 0], \"output_scale\": [1, 1]}");
}

static void remove_folder(void) {
    run_folder_remove(folder);
    folder = NULL;
}

static json_t *json_of(const char *line) {
    run_result result = run_shell("cd %s && %s", folder, line);
    ck_assert_msg(result.exit_code == 0, "%s: %s", line, result.err);
    return run_json_of(&result);
}

static void check_norms(const json_t *object, const char *key, double l1, double l2, double linf) {
    const json_t *norms = json_object_get(object, key);
    ck_assert_msg(json_is_object(norms), "no %s", key);
    ck_assert_double_eq_tol(run_json_number(norms, "l1"), l1, 2e-6 * l1);
    ck_assert_double_eq_tol(run_json_number(norms, "l2"), l2, 2e-6 * l2);
    ck_assert_double_eq_tol(run_json_number(norms, "linf"), linf, 2e-6 * linf);
}

START_TEST(a_hinge_by_hand) {
    json_t *object = json_of("crease robust hinge.json --at 3,1 --tolerance 4 --json");
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/robust/1");
    check_norms(object, "cell_radius", 2, 8. / 5, 8. / 7);
    check_norms(object, "local_lipschitz", 4, 5, 7);
    check_norms(object, "global_bound", 4, 5, 7);
    check_norms(object, "radius", 1, 4. / 5, 4. / 7);
    check_norms(object, "radius_cell", 1, 4. / 5, 4. / 7);
    check_norms(object, "radius_global", 1, 4. / 5, 4. / 7);
    check_norms(object, "witness_distance", 1, 4. / 5, 4. / 7);
    ck_assert(json_is_true(json_object_get(object, "certified")) &&
              json_is_false(json_object_get(object, "on_face")));
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(object, "method"), "l2")), "cell");
    const json_t *gain = json_array_get(json_object_get(object, "gain"), 0);
    ck_assert_double_eq(json_number_value(json_array_get(gain, 1)), 4);
    ck_assert_double_eq(json_number_value(json_array_get(json_object_get(object, "offset"), 0)), -5);
    /* the witness, run again */
    const json_t *l2 = json_object_get(json_object_get(object, "witness"), "l2");
    double a = json_number_value(json_array_get(l2, 0)), b = json_number_value(json_array_get(l2, 1));
    ck_assert_double_ge(fabs(fmax(0, 3 * a + 4 * b - 5) - 8), 4 * (1 - 1e-12));
    json_decref(object);
    object = json_of("crease robust hinge.json --at 3,1 --tolerance 8 --box 2:4,0:1.5 --json");
    ck_assert(json_is_true(json_object_get(object, "certified")));
    ck_assert(json_is_null(json_object_get(json_object_get(object, "radius"), "l1")));
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(json_object_get(object, "radius"), "why")),
                                 "nothing in the box"));
    json_decref(object);
}
END_TEST

START_TEST(a_class_and_its_text) {
    json_t *object = json_of("crease robust pair.json --at 2,1 --class --json");
    ck_assert_double_eq(run_json_number(object, "largest_output"), 1);
    check_norms(object, "radius", 1, 1 / M_SQRT2, 0.5);
    json_decref(object);
    run_result result = run_shell("cd %s && crease robust pair.json --at 2,1 --class", folder);
    ck_assert_int_eq(result.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(result.out, "y1 (largest) = 2 here"));
    ck_assert_ptr_nonnull(strstr(result.out, "verified radius"));
    run_clear(&result);
    result = run_shell("cd %s && crease robust pair.json --at 0,1 --class", folder);
    ck_assert_ptr_nonnull(strstr(result.out, "the point lies on a kink"));
    run_clear(&result);
}
END_TEST

START_TEST(too_little_is_2) {
    run_result result =
        run_shell("cd %s && crease robust hinge.json --at=-9,-9 --tolerance 1 --timeout 1e-9 --json", folder);
    json_t *object = run_json(&result);
    ck_assert_int_eq(result.exit_code, json_is_true(json_object_get(object, "certified")) ? 0 : 2);
    json_decref(object);
    run_clear(&result);
    run_file_write(
        folder, "flat.json",
        "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"relu:1\", \"inputs\": 1, \"outputs\": 1, "
        "\"theta\": [0, 1, 1, 0], \"input_shift\": [0], \"input_scale\": [1], \"output_shift\": [0], "
        "\"output_scale\": [1]}");
    result = run_shell("cd %s && crease robust flat.json --at 1 --tolerance 1 --json", folder);
    ck_assert_int_eq(result.exit_code, 2);
    object = run_json(&result);
    ck_assert_str_eq(json_string_value(json_object_get(object, "stop")), "no witness within reach");
    ck_assert(json_is_null(json_object_get(json_object_get(object, "cell_radius"), "l1")));
    json_decref(object);
    run_clear(&result);
}
END_TEST

static const struct refusal {
    const char *line, *says;
    int code;
} refused[] = {
    {"crease robust", "name the model", 64},
    {"crease robust hinge.json --tolerance 1", "say where", 64},
    {"crease robust hinge.json --at 1,1", "say what must hold", 64},
    {"crease robust pair.json --at 1,1 --class --tolerance 1", "not both", 64},
    {"crease robust hinge.json --at 1,1 --class", "several outputs", 64},
    {"crease robust hinge.json --at 1 --tolerance 1", "--at has 1 part but hinge.json has 2 inputs", 64},
    {"crease robust hinge.json --at 0:1,1 --tolerance 1", "is no point", 64},
    {"crease robust hinge.json --at 5,1 --tolerance 1 --box 0:1,0:1", "outside the box", 64},
    {"crease robust hinge.json --at 1,1 --tolerance 0", "--tolerance", 64},
    {"crease robust hinge.json --at 1,1 --tolerance 1 --plot a.png", "give --box", 64},
    {"crease robust nowhere.json --at 1,1 --tolerance 1", "nowhere.json", 66},
};

START_TEST(what_is_refused_says_why) {
    run_must_fail(run_shell("cd %s && %s", folder, refused[_i].line), refused[_i].code, refused[_i].says);
}
END_TEST

START_TEST(the_picture_lies_above_its_diagonal) {
    if (system("command -v gnuplot > /dev/null") != 0)
        skip_test("gnuplot is not installed");
    run_result result =
        run_shell("crease robust data/torque.json --at 0,0 --tolerance 1 --box=-2:2,-4:4 --points 40 "
                  "--plot %s/r.svg > /dev/null && "
                  "awk '/^\\$points/ {on = 1; next} /^EOD/ {on = 0} on && NF == 3 {n++; if ($2 < $1 * "
                  "(1 - 1e-9)) bad++} END {print n, bad + 0}' %s/r.gp",
                  folder, folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    int points = 0, below = -1;
    ck_assert_int_eq(sscanf(result.out, "%d %d", &points, &below), 2);
    ck_assert_int_gt(points, 20);
    ck_assert_int_eq(below, 0);
    run_clear(&result);
}
END_TEST

START_TEST(examples_of_help_run) {
    run_help_examples("robust", folder, "");
}
END_TEST

Suite *test_cli_robust(void);
Suite *test_cli_robust(void) {
    Suite *suite = suite_create("cli_robust");
    TCase *tcase = tcase_create("robust");
    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_test(tcase, a_hinge_by_hand);
    tcase_add_test(tcase, a_class_and_its_text);
    tcase_add_test(tcase, too_little_is_2);
    tcase_add_loop_test(tcase, what_is_refused_says_why, 0, sizeof refused / sizeof *refused);
    tcase_add_test(tcase, the_picture_lies_above_its_diagonal);
    tcase_add_test(tcase, examples_of_help_run);
    suite_add_tcase(suite, tcase);
    return suite;
}
