/* crease range: what it prints, its exit codes, and what it refuses. */
#include "crease/crease.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *folder;

static void make_folder(void) {
    folder = run_folder_new();
    /* y1 = max(0, a + b + c), y2 = -2 max(0, a - b) + 1 */
    run_file_write(
        folder, "cube.json",
        "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"relu:2\", \"inputs\": 3, \"outputs\": 2, "
        "\"theta\": [1, 1, 1, 1, -1, 0, 0, 0, 1, 0, 0, -2, 0, 1], \"input_shift\": [0, 0, 0], "
        "\"input_scale\": [1, 1, 1], \"output_shift\": [0, 0], \"output_scale\": [1, 1]}");
    run_file_write(
        folder, "smooth.json",
        "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"tanh:1\", \"inputs\": 1, \"outputs\": 1, "
        "\"theta\": [1, 0, 1, 0], \"input_shift\": [0], \"input_scale\": [1], \"output_shift\": [0], "
        "\"output_scale\": [1]}");
}

static void write_bumps(void) { /* tanh(3 x) - tanh(2 x + .1): extremes inside */
    run_file_write(
        folder, "bumps.json",
        "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"tanh:2\", \"inputs\": 1, \"outputs\": 1, "
        "\"theta\": [3, 2, 0, 0.1, 1, -1, 0], \"input_shift\": [0], \"input_scale\": [1], \"output_shift\": "
        "[0], "
        "\"output_scale\": [1]}");
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

START_TEST(several_outputs) {
    json_t *object = json_of("crease range cube.json --box=-1:1,0:2,-3:0.5 --json");
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/range/1");
    ck_assert_str_eq(json_string_value(json_object_get(object, "method")), "branch_and_bound");
    ck_assert(json_is_true(json_object_get(object, "certified")));
    ck_assert_ptr_null(json_object_get(object, "min"));
    const json_t *outputs = json_object_get(object, "outputs");
    ck_assert_uint_eq(json_array_size(outputs), 2);
    static const double min[2] = {0, -1}, max[2] = {3.5, 1};
    for (size_t k = 0; k < 2; k++) {
        const json_t *one = json_array_get(outputs, k);
        ck_assert_double_eq(run_json_number(one, "output"), (double)k + 1);
        ck_assert_double_eq_tol(run_json_number(one, "min"), min[k], 1e-6);
        ck_assert_double_eq_tol(run_json_number(one, "max"), max[k], 1e-6);
        ck_assert_double_le(run_json_number(one, "min_bound"), min[k]);
        ck_assert_double_ge(run_json_number(one, "max_bound"), max[k]);
        ck_assert_double_le(run_json_number(one, "gap"), 4e-6);
        ck_assert_uint_eq(json_array_size(json_object_get(one, "argmax")), 3);
    }
    json_decref(object);
}
END_TEST

START_TEST(one_output_has_its_keys_on_top) {
    json_t *object = json_of("crease range cube.json --box=-1:1,0:2,1/2 --output 2 --json");
    ck_assert_str_eq(json_string_value(json_object_get(object, "method")), "regions");
    ck_assert_double_eq(run_json_number(object, "min"), -1);
    ck_assert_double_eq(run_json_number(object, "max"), 1);
    ck_assert_double_eq(run_json_number(object, "min_bound"), -1);
    ck_assert_double_eq(run_json_number(object, "gap"), 0);
    ck_assert(json_is_true(json_object_get(object, "exact")) &&
              json_is_true(json_object_get(object, "certified")));
    const json_t *argmin = json_object_get(object, "argmin");
    ck_assert_double_eq(json_number_value(json_array_get(argmin, 0)), 1);
    ck_assert_double_eq(json_number_value(json_array_get(argmin, 1)), 0);
    ck_assert_double_eq(json_number_value(json_array_get(argmin, 2)), 0.5);
    json_decref(object);
    object = json_of("crease range smooth.json --box=-1:2 --gap 1e-4 --json");
    ck_assert_double_eq_tol(run_json_number(object, "max"), tanh(2), 1e-4);
    ck_assert_double_ge(run_json_number(object, "max_bound"), tanh(2));
    ck_assert_double_le(run_json_number(object, "min_bound"), tanh(-1));
    ck_assert(json_is_false(json_object_get(object, "exact")));
    json_decref(object);
}
END_TEST

START_TEST(a_controller_passes_its_limit) {
    run_result result = run_shell("crease range data/torque.json --box=-2:2,-4:4");
    ck_assert_int_eq(result.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(result.out, "smallest torque_n_m  -4.443787"));
    ck_assert_ptr_nonnull(strstr(result.out, "exact"));
    ck_assert_ptr_nonnull(strstr(result.out, "49 linear regions"));
    run_clear(&result);
}
END_TEST

START_TEST(too_little_time_is_2) {
    write_bumps();
    run_result result =
        run_shell("cd %s && crease range bumps.json --box=-1:2 --gap 1e-13 --timeout 1e-9 --json", folder);
    ck_assert_int_eq(result.exit_code, 2);
    json_t *object = run_json(&result);
    ck_assert(json_is_false(json_object_get(object, "certified")));
    ck_assert_str_eq(json_string_value(json_object_get(object, "stop")), "timeout");
    ck_assert_double_le(run_json_number(object, "min_bound"), run_json_number(object, "min"));
    json_decref(object);
    run_clear(&result);
}
END_TEST

static const struct refusal {
    const char *line, *says;
    int code;
} refused[] = {
    {"crease range", "name the model", 64},
    {"crease range cube.json", "say where", 64},
    {"crease range cube.json --box 0:1", "--box has 1 part but cube.json has 3 inputs", 64},
    {"crease range cube.json --box 1:0,0,0", "is empty", 64},
    {"crease range cube.json --box 0:1,0:1,0:1e999", "1e999", 64},
    {"crease range cube.json --box 0:1,0:1,0:1 --output 3", "--output 3", 64},
    {"crease range cube.json --box 0:1,0:1,0:1 --output 0", "--output", 64},
    {"crease range cube.json --box 0:1,0:1,0:1 --gap -1", "--gap", 64},
    {"crease range cube.json --box 0:1,0:1,0:1 --plot a.png", "crease regions --plot", 64},
    {"crease range nowhere.json --box 0:1", "nowhere.json", 66},
};

START_TEST(what_is_refused_says_why) {
    run_must_fail(run_shell("cd %s && %s", folder, refused[_i].line), refused[_i].code, refused[_i].says);
}
END_TEST

START_TEST(examples_of_help_run) {
    run_help_examples("range", folder, "");
}
END_TEST

Suite *test_cli_range(void);
Suite *test_cli_range(void) {
    Suite *suite = suite_create("cli_range");
    TCase *tcase = tcase_create("range");
    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_test(tcase, several_outputs);
    tcase_add_test(tcase, one_output_has_its_keys_on_top);
    tcase_add_test(tcase, a_controller_passes_its_limit);
    tcase_add_test(tcase, too_little_time_is_2);
    tcase_add_loop_test(tcase, what_is_refused_says_why, 0, sizeof refused / sizeof *refused);
    tcase_add_test(tcase, examples_of_help_run);
    suite_add_tcase(suite, tcase);
    return suite;
}
