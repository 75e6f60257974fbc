/* crease arm regions and crease arm prove as programs. */
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *folder;

static void make_folder(void) {
    folder = run_folder_new();
}

static void remove_folder(void) {
    run_folder_remove(folder);
    folder = NULL;
}

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    ck_assert_msg(text != NULL, "%s is no text", key);
    return text;
}

/* ---- regions ---- */

START_TEST(regions_as_json) {
    run_result result = run_shell("crease arm regions --json");
    json_t *object = run_json_of(&result);
    ck_assert_str_eq(text_of(object, "schema"), "crease/arm-regions/1");
    ck_assert_double_eq(run_json_number(object, "n_regions"), 19);
    ck_assert_double_eq_tol(run_json_number(object, "area"), 180, 1e-12);
    ck_assert_double_eq(run_json_number(object, "u_max"), 40);
    json_t *list = json_object_get(object, "regions"), *region;
    size_t i, neighbours = 0;
    ck_assert_uint_eq(json_array_size(list), 19);
    json_array_foreach(list, i, region) {
        json_t *of = json_object_get(region, "neighbours"), *index;
        size_t k;
        neighbours += json_array_size(of);
        json_array_foreach(of, k, index) { /* who is a neighbour has this one for a neighbour */
            json_t *back =
                       json_object_get(json_array_get(list, (size_t)json_integer_value(index)), "neighbours"),
                   *number;
            bool found = false;
            size_t m;
            json_array_foreach(back, m, number) found = found || (size_t)json_integer_value(number) == i;
            ck_assert(found);
        }
    }
    ck_assert_uint_gt(neighbours, 40);
    region = json_array_get(list, 0);
    ck_assert_str_eq(text_of(region, "mask"), "000010");
    ck_assert_str_eq(text_of(region, "type"), "focus");
    ck_assert_str_eq(text_of(region, "rest"), "real");
    region = json_array_get(list, 2);
    ck_assert(json_is_null(json_object_get(region, "rest_x")));
    ck_assert_ptr_nonnull(strstr(text_of(region, "why"), "rest_x: "));
    json_decref(object);
}
END_TEST

START_TEST(regions_as_csv_has_the_columns_of_the_table) {
    run_result result = run_shell("crease arm regions -o - | cut -d, -f1-12 | head -3");
    ck_assert_msg(
        strncmp(
            result.out,
            "region,mask,Kp_local,Kd_local,offset,area,eig_re1,eig_im1,eig_re2,eig_im2,type,max_abs_u\n"
            "0,000010,20,4,0,",
            strlen(
                "region,mask,Kp_local,Kd_local,offset,area,eig_re1,eig_im1,eig_re2,eig_im2,type,max_abs_u\n"
                "0,000010,20,4,0,")) == 0,
        "%s", result.out);
    run_clear(&result);
}
END_TEST

START_TEST(a_file_is_the_built_in_law) {
    run_result a = run_shell("crease arm regions data/kinked_law.json -o -"),
               b = run_shell("crease arm regions -o -");
    ck_assert_str_eq(a.out, b.out);
    run_clear(&a);
    run_clear(&b);
    /* a limit of 30 N m, below the law's own 40, makes it the tighter one */
    run_result limited = run_shell("crease arm regions --limit=30 --json");
    json_t *object = run_json_of(&limited);
    ck_assert_double_eq(run_json_number(object, "u_max"), 30);
    ck_assert_double_eq(run_json_number(object, "u_min"), -30);
    ck_assert_double_gt(run_json_number(object, "n_regions"), 19);
    ck_assert_double_eq_tol(run_json_number(object, "area"), 180, 1e-12);
    json_decref(object);
}
END_TEST

START_TEST(the_pendulum_controller_has_1261_regions) {
    const char *data = getenv("CREASE_DATA_DIR");
    char path[512];
    struct stat there;
    snprintf(path, sizeof path, "%s/aincs/controller_single_pendulum.onnx", data ? data : "");
    if (!data || stat(path, &there) != 0)
        skip_test("the controllers of the AINNCS benchmark are not in CREASE_DATA_DIR");
    run_result result =
        run_shell("crease arm regions '%s' --inputs q,w --reference 0 --box=-1.2:1.2,-2:2 --json", path);
    json_t *object = run_json_of(&result);
    ck_assert_double_eq(run_json_number(object, "n_regions"), 1261);
    ck_assert_double_eq_tol(run_json_number(object, "area"), 9.6, 1e-12);
    json_decref(object);
    /* on its own plant, the pendulum from upright, the loop is stable about its rest point next to upright */
    result =
        run_shell("crease arm prove '%s' --inputs q,w --reference 0 --model B1 --gravity 1 --box=-.5:.5,-1:1 "
                  "--lyapunov --json",
                  path);
    object = run_json_of(&result);
    ck_assert_str_eq(text_of(object, "verdict"), "proved");
    json_decref(object);
}
END_TEST

/* ---- prove ---- */

/* The exit code, and the verdict of the whole. */
static json_t *prove(int exit_code, const char *verdict, const char *options) {
    run_result result = run_shell("crease arm prove %s --json", options);
    ck_assert_msg(result.exit_code == exit_code, "%s: exit code %d, %s", options, result.exit_code,
                  result.err);
    json_t *object = run_json(&result);
    run_clear(&result);
    if (verdict)
        ck_assert_str_eq(text_of(object, "verdict"), verdict);
    else
        ck_assert(json_is_null(json_object_get(object, "verdict")));
    return object;
}

static json_t *claim(const json_t *object, size_t i) {
    return json_array_get(json_object_get(object, "claims"), i);
}

START_TEST(all_three_without_options) {
    json_t *object = prove(0, "proved", "");
    json_t *reach = json_object_get(object, "reach"), *lyapunov = json_object_get(object, "lyapunov");
    ck_assert_double_eq(run_json_number(json_object_get(object, "range"), "u_max"), 40);
    ck_assert_double_eq_tol(run_json_number(reach, "overshoot_at_samples_rad"), 0.135220513301, 1e-12);
    ck_assert_double_lt(run_json_number(reach, "overshoot_at_samples_error"), 1e-9);
    ck_assert_double_gt(run_json_number(reach, "overshoot_rad"), 0.135220513301);
    ck_assert_uint_eq(json_array_size(json_object_get(reach, "table")), 101);
    ck_assert_double_eq_tol(run_json_number(lyapunov, "boxes"), 6.7259 / 3, 1e-4);
    ck_assert_double_eq_tol(run_json_number(lyapunov, "boxes_of_equation"), .158 / 3, 5e-4);
    ck_assert_double_eq_tol(run_json_number(lyapunov, "level"), 1130.9, .1);
    json_decref(object);
}
END_TEST

START_TEST(bounds_are_proved_or_refuted) {
    json_t *object = prove(0, "proved",
                           "--never-beyond 0.13527 --torque-below 40.01 --settles-within .1 --after 80 "
                           "--safe=-1.61:.14,-.6:6");
    for (size_t i = 0; i < 4; i++) {
        ck_assert_str_eq(text_of(claim(object, i), "verdict"), "proved");
        ck_assert(json_is_true(json_object_get(claim(object, i), "for_ever")));
    }
    json_decref(object);
    const struct {
        const char *options;
        double above;
    } wrong[] = {{"--never-beyond 0.13526", 0.13526},
                 {"--torque-below 39.9 --steps 10", 39.9},
                 {"--settles-within .0999 --after 80", .0999},
                 {"--safe=-1.61:.135,-1:6", .135},
                 {"--safe=-1.61:.2,-.1:6", .1},
                 {"--safe=-1.59:.2,-1:6", 1.59}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        object = prove(1, "refuted", wrong[i].options);
        json_t *start = json_object_get(claim(object, 0), "start");
        double x = json_number_value(json_array_get(start, 0)),
               w = json_number_value(json_array_get(start, 1));
        ck_assert(x >= -1.6 && x <= -1.4 && w >= -.5 && w <= .5);
        ck_assert_double_gt(run_json_number(claim(object, 0), "reached"), wrong[i].above);
        json_t *motion = json_object_get(claim(object, 0), "motion");
        ck_assert_double_eq(json_number_value(json_array_get(json_object_get(motion, "x"), 0)), x);
        ck_assert_uint_eq(json_array_size(json_object_get(motion, "w")),
                          1 + json_array_size(json_object_get(motion, "u")));
        json_decref(object);
    }
}
END_TEST

/* Starts from the reference upwards: the worst is the one at the reference, with the rate that leads below it. */
START_TEST(starts_at_the_reference_refute_too) {
    json_t *object = prove(1, "refuted", "--start=0:.2,-.5:.5 --never-beyond .0412345678912");
    ck_assert_ptr_nonnull(strstr(text_of(claim(object, 0), "statement"), " 0.0412345678912 rad"));
    json_t *start = json_object_get(claim(object, 0), "start");
    ck_assert_double_eq(json_number_value(json_array_get(start, 0)), 0);
    ck_assert_double_gt(run_json_number(claim(object, 0), "reached"), .0412345678912);
    json_decref(object);
}
END_TEST

START_TEST(what_lies_within_rounding_is_unknown) {
    /* the value itself, to all digits: neither proved nor refuted */
    json_t *object = prove(0, NULL, "--steps 70");
    double value = run_json_number(json_object_get(object, "reach"), "overshoot_rad");
    json_decref(object);
    char options[64];
    snprintf(options, sizeof options, "--steps 70 --never-beyond %.17g", value);
    object = prove(2, "unknown", options);
    ck_assert_ptr_nonnull(strstr(text_of(claim(object, 0), "why"), "rounding"));
    json_decref(object);
    object = prove(2, "unknown", "--polygons 20 --never-beyond 1");
    ck_assert_ptr_nonnull(strstr(text_of(claim(object, 0), "why"), "--polygons"));
    json_decref(object);
}
END_TEST

START_TEST(torque_over_the_box) {
    json_t *object = prove(0, "proved", "--torque-below 40");
    ck_assert(json_is_null(json_object_get(object, "reach")));
    json_decref(object);
    object = prove(1, "refuted", "--torque-below 39 --box=-1:1,-1:1");
    json_decref(object);
    object = prove(0, "proved", "--torque-below 12 --limit=12");
    json_decref(object);
}
END_TEST

/* What is printed as proved is not more than what was: numbers are cut towards the rest point, and keep the digits they need. */
START_TEST(printed_bounds_are_not_rounded_up) {
    json_t *object = prove(0, "proved", "--lyapunov --box=-2.0000004:2,-9.9999996:10");
    ck_assert_ptr_nonnull(
        strstr(text_of(claim(object, 0), "statement"), "x from -2 to 2, w from -9.9999996 to 10"));
    double level = run_json_number(json_object_get(object, "lyapunov"), "level"), printed;
    json_decref(object);
    run_result result = run_shell("crease arm prove --lyapunov --box=-2.0000004:2,-9.9999996:10");
    const char *at = strstr(result.out, "V <= ");
    ck_assert_ptr_nonnull(at);
    printed = strtod(at + strlen("V <= "), NULL);
    ck_assert_msg(printed <= level && printed > level * (1 - 1e-7), "%.17g, printed %.17g", level, printed);
    run_clear(&result);
}
END_TEST

START_TEST(certificates_by_command) {
    json_t *object = prove(0, "proved", "--p 42.343674,4.454558,1.46862");
    ck_assert_double_eq_tol(run_json_number(json_object_get(object, "lyapunov"), "level"), 1130.92, .02);
    json_decref(object);
    object = prove(1, "refuted", "--p 40,4.45,.6");
    json_t *motion = json_object_get(claim(object, 0), "motion"), *V = json_object_get(motion, "V");
    ck_assert_uint_gt(json_array_size(V), 5);
    ck_assert_double_gt(json_number_value(json_array_get(V, 1)), json_number_value(json_array_get(V, 0)));
    ck_assert_double_gt(run_json_number(claim(object, 0), "reached"), 0);
    json_decref(object);
    /* the box asked, not one around the rest point at x = -.18 */
    object = prove(2, "unknown", "--lyapunov --gravity 1 --box=-.1:.1,-1:1");
    ck_assert_ptr_nonnull(strstr(text_of(claim(object, 0), "why"), "rest point at x = -0.18"));
    json_decref(object);
    object = prove(0, "proved", "--lyapunov --gravity 1 --box=-2:2,-10:10");
    ck_assert_ptr_nonnull(strstr(text_of(claim(object, 0), "statement"), "x from -2 to 2"));
    json_decref(object);
    object = prove(2, "unknown", "--lyapunov --gravity 1 --box=-5:5,-40:40");
    ck_assert_ptr_nonnull(strstr(text_of(claim(object, 0), "why"), "--box"));
    json_decref(object);
}
END_TEST

START_TEST(loops_that_are_not_stable) {
    static const char file[] =
        "{\"format\":\"crease-net\",\"version\":1,\"net\":\"affine\",\"inputs\":2,\"outputs\":1,\"theta\":[%"
        "s],"
        "\"input_shift\":[0,0],\"input_scale\":[1,1],\"output_shift\":[0],\"output_scale\":[1],"
        "\"input_names\":[\"x\",\"w\"]}";
    const struct {
        const char *theta;
        int code;
        const char *verdict, *says;
    } law[] = {{"0,5,-1", 1, "refuted", "unstable"},  /* pushes away: a saddle */
               {"0,-50,9", 1, "refuted", "unstable"}, /* drives the swing: an unstable focus */
               {"0,0,0", 2, "unknown", "no P"},       /* does nothing */
               {"3,0,-1", 2, "unknown", "nowhere"}};  /* pushes to one side: no rest point */
    for (size_t i = 0; i < sizeof law / sizeof *law; i++) {
        char options[256], text[512];
        snprintf(text, sizeof text, file, law[i].theta);
        run_file_write(folder, "law.json", "%s", text);
        snprintf(options, sizeof options, "'%s/law.json' --lyapunov --box=-1:1,-5:5", folder);
        json_t *object = prove(law[i].code, law[i].verdict, options);
        ck_assert_ptr_nonnull(strstr(text_of(claim(object, 0), "why"), law[i].says));
        if (law[i].code == 1) { /* the motion shown goes away */
            json_t *V = json_object_get(json_object_get(claim(object, 0), "motion"), "V");
            size_t last = json_array_size(V) - 1;
            ck_assert_double_gt(json_number_value(json_array_get(V, last)),
                                100 * json_number_value(json_array_get(V, 0)));
        }
        json_decref(object);
    }
}
END_TEST

START_TEST(files_and_pictures) {
    run_result result =
        run_shell("crease arm prove --steps 30 -o '%s/reach.csv' --plot '%s/reach.svg' && "
                  "crease arm prove --lyapunov --plot '%s/lyapunov.svg' && "
                  "crease arm regions --plot '%s/regions.svg' --colour kp && wc -l < '%s/reach.csv'",
                  folder, folder, folder, folder, folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    size_t length = strlen(result.out);
    ck_assert_msg(length > 3 && strcmp(result.out + length - 3, "32\n") == 0, "%s", result.out);
    run_clear(&result);
    for (size_t i = 0; i < 3; i++) {
        char path[512];
        struct stat is;
        snprintf(path, sizeof path, "%s/%s.svg", folder, (const char *[]){"reach", "lyapunov", "regions"}[i]);
        ck_assert_msg(stat(path, &is) == 0 && is.st_size > 5000, "%s", path);
    }
}
END_TEST

START_TEST(examples_run) {
    run_result help = run_shell("crease help arm regions && crease help arm prove");
    ck_assert_ptr_nonnull(strstr(help.out, "crease arm regions --plot"));
    ck_assert_ptr_nonnull(strstr(help.out, "crease arm prove --start"));
    run_clear(&help);
    run_help_examples("arm regions", folder, "");
    run_help_examples("arm prove", folder, "");
}
END_TEST

START_TEST(refusals) {
    run_file_write(folder, "bad.json", "{");
    run_file_write(folder, "tanh.json",
                   "{\"format\":\"crease-net\",\"version\":1,\"net\":\"tanh:1\",\"inputs\":2,\"outputs\":1,"
                   "\"theta\":[1,1,0,1,0],"
                   "\"input_shift\":[0,0],\"input_scale\":[1,1],\"output_shift\":[0],\"output_scale\":[1]}");
    const struct {
        int code;
        const char *options, *says;
    } wrong[] = {{64, "regions --box=-1:1", "two intervals"},
                 {64, "regions --box=1:-1,0:1", "no interval"},
                 {64, "regions --box=a:1,0:1", "--box"},
                 {64, "regions --gravity 2", "--gravity takes 0 or 1"},
                 {64, "regions --model X", "A2"},
                 {64, "regions --colour red", "--colour"},
                 {64, "regions --json -o -", "standard output"},
                 {64, "regions one.json two.json", "one controller is enough"},
                 {66, "regions no-such-file.json", "no-such-file.json"},
                 {64, "regions --limit=0", "--limit"},
                 {2, "regions --most 5", "more than 5"},
                 {64, "prove --gravity 1 --never-beyond 1", "--gravity 0"},
                 {64, "prove --p 1,2,1", "positive definite"},
                 {64, "prove --p 1,2", "three numbers"},
                 {64, "prove --sample 11", "--sample"},
                 {64, "prove --sample nan", "--sample"},
                 {64, "prove --steps 0", "--steps"},
                 {64, "prove --after 5", "--settles-within"},
                 {64, "prove --settles-within 1 --after 100", "--after"},
                 {64, "prove --lyapunov --box 1:2,-1:1", "x = 0"},
                 {64, "prove --lyapunov -o x.csv", "-o"},
                 {64, "prove --slice 0", "--slice"},
                 {64, "regions --reference 1e9", "--reference"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        run_must_fail(run_shell("crease arm %s", wrong[i].options), wrong[i].code, wrong[i].says);
    run_must_fail(run_shell("crease arm regions '%s/bad.json'", folder), 65, "bad.json");
    run_must_fail(run_shell("crease arm prove '%s/tanh.json'", folder), 64, "smooth units");
    run_must_fail(run_shell("crease arm prove --steps 3 -o /nowhere/x.csv"), 74, "/nowhere/x.csv");
}
END_TEST

Suite *test_arm_prove_command(void) {
    Suite *suite = suite_create("arm_prove_command");
    TCase *tcase = tcase_create("commands");
    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_test(tcase, regions_as_json);
    tcase_add_test(tcase, regions_as_csv_has_the_columns_of_the_table);
    tcase_add_test(tcase, a_file_is_the_built_in_law);
    tcase_add_test(tcase, the_pendulum_controller_has_1261_regions);
    tcase_add_test(tcase, all_three_without_options);
    tcase_add_test(tcase, bounds_are_proved_or_refuted);
    tcase_add_test(tcase, starts_at_the_reference_refute_too);
    tcase_add_test(tcase, what_lies_within_rounding_is_unknown);
    tcase_add_test(tcase, torque_over_the_box);
    tcase_add_test(tcase, printed_bounds_are_not_rounded_up);
    tcase_add_test(tcase, certificates_by_command);
    tcase_add_test(tcase, loops_that_are_not_stable);
    tcase_add_test(tcase, files_and_pictures);
    tcase_add_test(tcase, examples_run);
    tcase_add_test(tcase, refusals);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    return suite;
}
