/* crease-arm as a program: JSON, trajectory, pictures, exit codes, demonstration. */
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

/* The row PDi,sigmoid,1,0.5 of tests/data/arm/step_single.csv. */
START_TEST(json_has_the_metrics) {
    run_result result = run_shell("crease-arm step --law PDi --act sigmoid --reference .5 --json");
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    json_t *object = run_json(&result);
    const struct {
        const char *key;
        double value;
    } wanted[] = {{"rise_10_90_s", 0.42997912},
                  {"overshoot_pct", 2.195432797},
                  {"peak_time_s", 0.9004694772},
                  {"settle_2pct_s", 0.9878271684},
                  {"q_ss_rad", 0.3494742145},
                  {"iae", 1.302445658},
                  {"steady_state_error_rad", 0.1505257855},
                  {"itae", 4.832837251},
                  {"peak_torque_n_m", 9.796746496},
                  {"events", 0}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        ck_assert_msg(fabs(run_json_number(object, wanted[i].key) - wanted[i].value) <= 1e-8, "%s",
                      wanted[i].key);
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/arm-step/1");
    ck_assert_double_gt(run_json_number(object, "rhs_calls"), 100);
    ck_assert_double_eq_tol(run_json_number(object, "int_u2"), 78.88733387, 1e-6);
    json_t *end = json_object_get(object, "state_end");
    ck_assert_uint_eq(json_array_size(end), 2);
    ck_assert_double_eq_tol(json_number_value(json_array_get(end, 0)), 0.3494742145, 1e-9);
    ck_assert_ptr_null(json_object_get(object, "why"));
    json_decref(object);
    run_clear(&result);
}
END_TEST

START_TEST(json_null_has_a_why) {
    run_result result = run_shell("crease-arm step --law PDi --json");
    json_t *object = run_json(&result);
    ck_assert(json_is_null(json_object_get(object, "peak_time_s")));
    ck_assert(run_json_number(object, "overshoot_pct") == 0);
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(object, "why")), "peak_time_s: "));
    json_decref(object);
    run_clear(&result);
}
END_TEST

START_TEST(options_reach_the_simulation) {
    /* a relu pair with norm 4 and K = 80 is the relu pair with K = 20 */
    run_result a = run_shell("crease-arm step --norm 4 --model A2 --start .1,-1 --time 3 --tol 1e-10 --json");
    run_result b = run_shell("crease-arm step --K 20 --model=A2 --start .1,-1 --time 3 --tol 1e-10 --json");
    run_result c = run_shell("crease-arm step --K 20 --model=A2 --start .1,-1 --time 3 --gravity 0 --json");
    json_t *x = run_json(&a), *y = run_json(&b), *z = run_json(&c);
    ck_assert_double_eq_tol(run_json_number(x, "iae"), run_json_number(y, "iae"), 1e-12);
    ck_assert_double_eq_tol(run_json_number(x, "peak_torque_n_m"), 8, 1e-12);
    ck_assert_double_eq_tol(run_json_number(x, "time_s"), 3, 1e-15);
    ck_assert_double_gt(fabs(run_json_number(y, "q_ss_rad") - 0.5), 0.01);
    ck_assert(run_json_number(z, "q_ss_rad") == 0.5);
    json_decref(x);
    json_decref(y);
    json_decref(z);
    run_clear(&a);
    run_clear(&b);
    run_clear(&c);
}
END_TEST

START_TEST(trajectory) {
    run_result result =
        run_shell("crease-arm step --gravity 0 --samples 9 -o %s/t.csv && cat %s/t.csv", folder, folder);
    ck_assert_int_eq(result.exit_code, 0);
    const char *line = strstr(result.out, "t_s,q_rad,w_rad_s,u_n_m,reference\n");
    ck_assert_ptr_nonnull(line);
    size_t rows = 0;
    double t, q, w, u, r;
    while ((line = strchr(line, '\n')) && sscanf(line + 1, "%lf,%lf,%lf,%lf,%lf", &t, &q, &w, &u, &r) == 5) {
        ck_assert_double_eq_tol(t, (double)rows, 1e-15);
        ck_assert_double_eq_tol(u, 80 * (0.5 - q), 1e-12);
        ck_assert(r == 0.5);
        rows++;
        line++;
    }
    ck_assert_uint_eq(rows, 9);
    ck_assert_double_eq_tol(q, 0.5000000181, 1e-10);
    ck_assert_double_eq_tol(w, 7.476145515e-08, 1e-12);
    run_clear(&result);
}
END_TEST

static void expect_file(const char *name) {
    char path[512];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_msg(stat(path, &info) == 0 && info.st_size > 500, "%s is missing or empty", name);
}

START_TEST(picture) {
    run_result result = run_shell("crease-arm step --act elu --reference 1.5 --plot %s/p.svg", folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    ck_assert_ptr_nonnull(strstr(result.err, "p.svg: "));
    expect_file("p.svg");
    expect_file("p.gp");
    run_clear(&result);
}
END_TEST

START_TEST(wrong_requests) {
    static const struct {
        const char *options;
        int exit_code;
        const char *says;
    } wrong[] = {{"step --model Z", 64, "A2"},
                 {"step --law PID", 64, "PDx"},
                 {"step --act rleu", 64, "relu"},
                 {"step --time -1", 64, "--time"},
                 {"step --time 0", 64, "--time"},
                 {"step --tol 0", 64, "--tol"},
                 {"step --tol 1e-30", 64, "1e-14"},
                 {"step --K -5", 64, "--K"},
                 {"step --K x", 64, "--K"},
                 {"step --norm 0", 64, "--norm"},
                 {"step --gravity 2", 64, "0 or 1"},
                 {"step --reference .5,.6", 64, "one joint"},
                 {"step --start 1,2,3", 64, "one joint"},
                 {"step --start 1e9", 64, "1000 rad"},
                 {"step --start nan", 64, "--start"},
                 {"step --samples 1", 64, "--samples"},
                 {"step --samples 1000000000000", 64, "--samples"},
                 {"step --refrence 1", 64, "did you mean --reference"},
                 {"step --json -o -", 64, "standard output"},
                 {"step extra", 64, "extra"},
                 {"setp", 64, "did you mean 'step'"},
                 {"--json", 64, "step --json"},
                 {"step -o /nonexistent/x.csv", 74, "/nonexistent"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        run_result result = run_shell("crease-arm %s", wrong[i].options);
        ck_assert_msg(result.exit_code == wrong[i].exit_code, "%s: exit code %d\n%s", wrong[i].options,
                      result.exit_code, result.err);
        ck_assert_msg(strstr(result.err, wrong[i].says) != NULL, "%s: %s", wrong[i].options, result.err);
        ck_assert_msg(result.out_size == 0, "%s: %s", wrong[i].options, result.out);
        run_clear(&result);
    }
}
END_TEST

START_TEST(report_without_json) {
    run_result result = run_shell("crease-arm step --gravity 0");
    ck_assert_int_eq(result.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(result.out, "0.1339098825")); /* rise */
    ck_assert_ptr_nonnull(strstr(result.out, "47.64736176"));  /* overshoot */
    run_clear(&result);
}
END_TEST

/* The row of the demonstration's first table: its numbers behind the words. */
static void table_row(const char *out, const char *begin, double number[10]) {
    const char *row = strstr(out, begin);
    ck_assert_msg(row != NULL, "no row '%s' in\n%s", begin, out);
    row += strlen(begin);
    for (size_t i = 0; i < 10; i++) {
        char *end;
        number[i] = strtod(row, &end);
        ck_assert_msg(end != row, "row '%s' has no number %zu", begin, i);
        row = end;
    }
}

/* The commands that it calls have suites of their own. */
START_TEST(demonstration) {
    if (test_is_left_to_plain())
        return;
    run_result result = run_shell("crease-arm --folder %s/new/plots", folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    static const char *const pictures[] = {"arm_step",  "arm_gravity",    "arm_limit", "arm_law",
                                           "arm_sweep", "arm_root_locus", "arm_bode"};
    for (size_t i = 0; i < 7; i++) {
        char name[64];
        snprintf(name, sizeof name, "new/plots/%s.png", pictures[i]);
        expect_file(name);
        snprintf(name, sizeof name, "new/plots/%s.svg", pictures[i]);
        expect_file(name);
        ck_assert_msg(strstr(result.out, name) || strstr(result.out, pictures[i]), "%s is not named", name);
    }
    double relu[10],
        sigmoid[10]; /* parameters, slope, rise, overshoot, settling, torque, q_ss, wn, zeta, theory */
    table_row(result.out, "\nno       relu ", relu);
    table_row(result.out, "\nyes      sigmoid ", sigmoid);
    const double wanted[2][10] = {{7, 1, .1339, 47.65, 1.819, 40, .5, 9.232, .23, 47.65},
                                  {7, .2486, .2639, 26.75, 1.537, 9.797, .3495, 5.475, .387, 26.72}};
    for (size_t i = 0; i < 10; i++) {
        ck_assert_double_eq_tol(relu[i], wanted[0][i], 1e-3 * wanted[0][i]);
        ck_assert_double_eq_tol(sigmoid[i], wanted[1][i], 1e-3 * wanted[1][i]);
    }
    ck_assert_ptr_nonnull(strstr(result.out, "CONFIRMED WITH LIMITS: \"ReLU: high gain"));
    ck_assert_ptr_nonnull(strstr(result.out, "hardly moves"));
    ck_assert_ptr_nonnull(strstr(result.out, "sigmoid (slope 0.25) has fallen"));
    double net[5]; /* of the ReLU network on the held law: parameters, free, best and median RMSE, largest
                      error */
    const char *row = strstr(result.out, "\nheld  relu:2 ");
    ck_assert_ptr_nonnull(row);
    ck_assert_int_eq(
        sscanf(row, "\nheld relu:2 %lf %lf %lf %lf %lf", &net[0], &net[1], &net[2], &net[3], &net[4]), 5);
    ck_assert(net[0] == 7 && net[1] == 5 && net[4] < 1e-10);
    ck_assert_ptr_nonnull(strstr(row, "-1.1175, 1.1175\n")); /* 89.4/80 */
    run_clear(&result);
}
END_TEST

Suite *test_arm_command(void) {
    Suite *suite = suite_create("arm: the program");
    TCase *tests = tcase_create("program");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, json_has_the_metrics);
    tcase_add_test(tests, json_null_has_a_why);
    tcase_add_test(tests, options_reach_the_simulation);
    tcase_add_test(tests, trajectory);
    tcase_add_test(tests, picture);
    tcase_add_test(tests, wrong_requests);
    tcase_add_test(tests, report_without_json);
    tcase_add_test(tests, demonstration);
    suite_add_tcase(suite, tests);
    return suite;
}
