/* crease regions: what it prints against closed forms, its pictures, and what it refuses. */
#include "crease/crease.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *folder;

#define MODEL(spec, inputs, outputs, theta, zeros, ones)                                                     \
    "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"" spec "\", \"inputs\": " #inputs               \
    ", \"outputs\": " #outputs ", \"theta\": " theta ", \"input_shift\": " zeros ", \"input_scale\": " ones  \
    ", \"output_shift\": [0], \"output_scale\": [1]}"

static void make_folder(void) {
    folder = run_folder_new();
    /* max(0, x) + 2 max(0, y) - 1: four quadrants */
    run_file_write(folder, "plane.json", "%s",
                   MODEL("relu:2", 2, 1, "[1, 0, 0, 1, 0, 0, 1, 2, -1]", "[0, 0]", "[1, 1]"));
    run_file_write(folder, "smooth.json", "%s", MODEL("tanh:1", 1, 1, "[1, 0, 1, 0]", "[0]", "[1]"));
    run_file_write(folder, "triangle.csv", "x,y\n-10,0\n20,2000\n150,0\n160,0\n");
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

static double number_at(const json_t *list, size_t i) {
    return json_number_value(json_array_get(list, i));
}

START_TEST(four_quadrants) {
    json_t *object = json_of("crease regions plane.json --box=-1:2,-1:3 --json");
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/regions/1");
    ck_assert_double_eq(run_json_number(object, "n_regions"), 4);
    ck_assert_double_eq(run_json_number(object, "n_pieces"), 4);
    ck_assert_double_eq(run_json_number(object, "n_hyperplanes"), 2);
    ck_assert_double_eq(run_json_number(object, "zaslavsky"), 4);
    ck_assert_double_eq(number_at(json_object_get(object, "output_min"), 0), -1);
    ck_assert_double_eq(number_at(json_object_get(object, "output_max"), 0), 7);
    const json_t *argmax = json_array_get(json_object_get(object, "argmax"), 0);
    ck_assert_double_eq(number_at(argmax, 0), 2);
    ck_assert_double_eq(number_at(argmax, 1), 3);
    const json_t *regions = json_object_get(object, "regions"), *region;
    size_t i;
    double total = 0;
    json_array_foreach(regions, i, region) {
        const json_t *gain = json_array_get(json_object_get(region, "gain"), 0);
        double x = number_at(gain, 0), y = number_at(gain, 1);
        ck_assert_double_eq(run_json_number(region, "area"), (x > 0 ? 2 : 1) * (y > 0 ? 3 : 1));
        ck_assert((x == 0 || x == 1) && (y == 0 || y == 2));
        ck_assert_double_eq(number_at(json_object_get(region, "offset"), 0), -1);
        ck_assert_uint_eq(json_array_size(json_object_get(region, "vertices")), 4);
        ck_assert_uint_eq(json_array_size(json_object_get(region, "neighbours")), 2);
        total += run_json_number(region, "area");
    }
    ck_assert_double_eq(total, 12);
    json_decref(object);
}
END_TEST

START_TEST(along_a_segment_and_on_a_polyline) {
    json_t *object = json_of("crease regions plane.json --from=-1,-3 --to 1,1 --json");
    const json_t *breaks = json_object_get(object, "breakpoints");
    ck_assert_uint_eq(json_array_size(breaks), 2);
    ck_assert_double_eq(run_json_number(json_array_get(breaks, 0), "t"), 0.5);
    ck_assert_double_eq(run_json_number(json_array_get(breaks, 1), "t"), 0.75);
    const json_t *x = json_object_get(json_array_get(breaks, 1), "x");
    ck_assert_double_eq(number_at(x, 0), 0.5);
    ck_assert_double_eq(number_at(x, 1), 0);
    ck_assert_double_eq(number_at(json_object_get(json_array_get(breaks, 1), "y"), 0), -0.5);
    json_decref(object);
    object = json_of("crease regions triangle.csv --box=-5:200 --json");
    ck_assert_double_eq(run_json_number(object, "n_regions"), 3);
    const json_t *last = json_array_get(json_object_get(object, "regions"), 2);
    ck_assert_double_eq_tol(run_json_number(last, "length"), 50, 1e-12);
    ck_assert_double_eq_tol(number_at(json_object_get(object, "output_max"), 0), 2000, 1e-10);
    json_decref(object);
    object = json_of("crease regions plane.json --box=-1:1,1/3 --json");
    ck_assert_double_eq(run_json_number(object, "n_regions"), 2);
    ck_assert_double_eq(number_at(json_object_get(object, "output_max"), 0), 2. / 3);
    json_decref(object);
}
END_TEST

START_TEST(text_names_inputs_and_extremes) {
    run_result result = run_shell("crease regions data/torque.json --box=-2:2,-4:4");
    ck_assert_int_eq(result.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(result.out, "regions     49, made by 12 units with a kink\n"));
    ck_assert_ptr_nonnull(strstr(result.out, "torque_n_m  from -4.443787 at (2, -2.9720301) to 4.0501932"));
    ck_assert_ptr_nonnull(strstr(result.out, "angle_rad"));
    run_clear(&result);
}
END_TEST

static const struct refusal {
    const char *line, *says;
    int code;
} refused[] = {
    {"crease regions", "name the model", 64},
    {"crease regions plane.json", "say where", 64},
    {"crease regions plane.json --from 0,0", "two ends", 64},
    {"crease regions plane.json --from 0,0 --to 1,1 --box 0:1,0:1", "not both", 64},
    {"crease regions plane.json --box 0:1", "--box has 1 part but plane.json has 2 inputs", 64},
    {"crease regions plane.json --box 0:1,1:0", "is empty", 64},
    {"crease regions plane.json --box 0:1,0:zero", "'zero' is no number", 64},
    {"crease regions plane.json --box 0,0", "0 inputs vary", 64},
    {"crease regions plane.json --from 0:1,0 --to 1,1", "is no point", 64},
    {"crease regions plane.json --from 1,1 --to 1,1", "no length", 64},
    {"crease regions plane.json --box 0:1,0:1 --output 2", "--output 2", 64},
    {"crease regions plane.json --box=-1:1,-1:1 --limit 3", "more than 3 linear regions", 2},
    {"crease regions smooth.json --box 0:1", "smooth units", 64},
    {"crease regions nowhere.json --box 0:1", "nowhere.json", 66},
    {"crease regions plane.json plane.json --box 0:1", "too many", 64},
};

START_TEST(what_is_refused_says_why) {
    run_must_fail(run_shell("cd %s && %s", folder, refused[_i].line), refused[_i].code, refused[_i].says);
}
END_TEST

START_TEST(pictures_hold_their_cells) {
    if (system("command -v gnuplot > /dev/null") != 0)
        skip_test("gnuplot is not installed");
    run_result result =
        run_shell("cd %s && crease regions plane.json --box=-1:2,-1:3 --plot p.png > /dev/null && "
                  "crease regions plane.json --box=-1:2,-1:3 --plot s.svg --input 2 > /dev/null && "
                  "crease regions plane.json --from=-1,-1 --to 2,3 --plot l.svg > /dev/null && "
                  "crease regions plane.json --box 1:2,1:1.5 --plot one.svg > /dev/null && "
                  "test -s p.png -a -s s.svg -a -s l.svg -a -s one.svg && "
                  "grep -c '^$' p.gp && grep -A8 'labels <<' p.gp",
                  folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    ck_assert_ptr_nonnull(strstr(result.err, "one affine map"));
    run_clear(&result);
    result = run_shell(
        "cd %s && awk '/^\\$mosaic/ {on = 1; next} /^EOD/ {on = 0} on && NF == 3' p.gp | wc -l", folder);
    ck_assert_int_eq(atoi(result.out), 4 * 5); /* four closed quadrilaterals */
    run_clear(&result);
}
END_TEST

START_TEST(examples_of_help_run) {
    run_help_examples("regions", folder, "");
}
END_TEST

Suite *test_cli_regions(void);
Suite *test_cli_regions(void) {
    Suite *suite = suite_create("cli_regions");
    TCase *tcase = tcase_create("regions");
    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_test(tcase, four_quadrants);
    tcase_add_test(tcase, along_a_segment_and_on_a_polyline);
    tcase_add_test(tcase, text_names_inputs_and_extremes);
    tcase_add_loop_test(tcase, what_is_refused_says_why, 0, sizeof refused / sizeof *refused);
    tcase_add_test(tcase, pictures_hold_their_cells);
    tcase_add_test(tcase, examples_of_help_run);
    suite_add_tcase(suite, tcase);
    return suite;
}
