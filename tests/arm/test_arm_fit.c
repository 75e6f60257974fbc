/* Identification from logs: friction without noise is exact where the rate changes slowly, standard errors hold the truth as often
 * as they say, refusals; and crease arm fit. */
#include "arm/fit/fit.h"
#include "crease/crease.h"
#include "support/run.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
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

static arm_plant plant_a(void) {
    arm_plant plant;
    ck_assert(arm_plant_find("A", &plant, NULL) == CREASE_OK);
    return plant;
}

static arm_friction estimate_of(const crease_table *t, const arm_plant *plant, double spread) {
    arm_log log = {t->rows, t->column[0], t->column[1], t->column[2], t->column[3]};
    double *rate, *friction;
    size_t count;
    crease_error e;
    crease_status status = arm_friction_rows(&log, plant, 5, spread, &rate, &friction, &count, &e);
    ck_assert_msg(status == CREASE_OK, "%s", e.message);
    crease_data data = {count, 1, 1, rate, friction, NULL};
    arm_friction result;
    status = arm_friction_estimate(&data, &result, &e);
    ck_assert_msg(status == CREASE_OK, "%s", e.message);
    free(rate);
    return result;
}

/* A motion in closed form, q = a + b t + c t^2 + d t^3 at uneven times, under the torque that a friction of 3 + 2 w asks of it:
 * the rows lie on that line to the error of a trapezoid. */
START_TEST(rows_of_a_smooth_friction) {
    for (uint64_t seed = 1; seed <= test_rounds(20, 300); seed++) {
        enum { ROWS = 120, WINDOW = 7 };
        gsl_rng *generator = crease_random_new(seed, 0);
        arm_plant plant = plant_a();
        double t[ROWS], q[ROWS], w[ROWS], u[ROWS], c[4];
        for (size_t i = 0; i < 4; i++)
            c[i] = gsl_ran_flat(generator, -1, 1);
        for (size_t i = 0; i < ROWS; i++) {
            t[i] = i ? t[i - 1] + gsl_ran_flat(generator, .0005, .0015) : 0;
            q[i] = c[0] + t[i] * (c[1] + t[i] * (c[2] + t[i] * c[3]));
            w[i] = c[1] + t[i] * (2 * c[2] + 3 * t[i] * c[3]);
            u[i] = plant.inertia * (2 * c[2] + 6 * c[3] * t[i]) + plant.gravity * sin(q[i]) + 3 + 2 * w[i];
        }
        arm_log log = {ROWS, t, q, w, u};
        double *rate, *friction;
        size_t count;
        crease_error e;
        ck_assert(arm_friction_rows(&log, &plant, WINDOW, 1, &rate, &friction, &count, &e) == CREASE_OK);
        ck_assert_uint_eq(count, ROWS / WINDOW);
        for (size_t i = 0; i < count; i++)
            ck_assert_msg(fabs(friction[i] - 3 - 2 * rate[i]) < 2e-5, "seed %lu, row %zu: %.12g at %.12g",
                          (unsigned long)seed, i, friction[i], rate[i]);
        free(rate);
        gsl_rng_free(generator);
    }
}
END_TEST

/* Without noise and sampled densely, the truth to 1e-3 of each. */
START_TEST(friction_of_a_clean_log) {
    arm_plant plant = plant_a();
    arm_simulated_friction truth = arm_simulated_default(&plant);
    truth.sample = .0005;
    truth.time = 6;
    truth.angle_noise = truth.rate_noise = 0;
    crease_table *table;
    crease_error e;
    ck_assert(arm_friction_simulate(&truth, &table, &e) == CREASE_OK);
    ck_assert_uint_eq(table->rows, 12001);
    arm_friction f = estimate_of(table, &plant, .02);
    ck_assert_double_eq_tol(f.coulomb.value, 6, 6e-3);
    ck_assert_double_eq_tol(f.viscous.value, plant.friction, 4e-3);
    ck_assert_double_eq_tol(f.kink[0].value, -.1, 2e-4);
    ck_assert_double_eq_tol(f.kink[1].value, .1, 2e-4);
    ck_assert_double_eq_tol(f.offset.value, 0, 6e-3);
    ck_assert_double_eq_tol(f.slope_at_rest, 60 + plant.friction, .2);
    crease_table_free(table);
}
END_TEST

/* z = (estimate - truth)/standard error over many logs: 95 % of a normal z lie within 1.96; windows across a kink leave a bias of
 * under one standard error. */
START_TEST(standard_errors_hold_the_truth) {
    arm_plant plant = plant_a();
    const double wanted[5] = {-.1, .1, 6, plant.friction, 0};
    size_t logs = test_cases(24, 300), inside[5] = {0};
    double mean[5] = {0}, square[5] = {0};
    for (uint64_t seed = 1; seed <= logs; seed++) {
        arm_simulated_friction truth = arm_simulated_default(&plant);
        truth.seed = seed;
        crease_table *table;
        ck_assert(arm_friction_simulate(&truth, &table, NULL) == CREASE_OK);
        arm_friction f = estimate_of(table, &plant, .02);
        const arm_estimate got[5] = {f.kink[0], f.kink[1], f.coulomb, f.viscous, f.offset};
        for (size_t i = 0; i < 5; i++) {
            double z = (got[i].value - wanted[i]) / got[i].standard_error;
            mean[i] += z / (double)logs;
            square[i] += z * z / (double)logs;
            inside[i] += fabs(z) < 1.96;
        }
        ck_assert_double_eq_tol(f.noise, .94 * 2e-3 / (.005 * sqrt(10)), .02);
        crease_table_free(table);
    }
    for (size_t i = 0; i < 5; i++) {
        double sd = sqrt(square[i] - mean[i] * mean[i]);
        ck_assert_msg(fabs(mean[i]) < 1.2 && sd > .55 && sd < 1.45, "estimate %zu: z has mean %g, sd %g", i,
                      mean[i], sd);
        ck_assert_msg((double)inside[i] > .75 * (double)logs, "estimate %zu: %zu of %zu within 1.96", i,
                      inside[i], logs);
    }
}
END_TEST

START_TEST(logs_that_are_refused) {
    enum { ROWS = 60 };
    arm_plant plant = plant_a();
    double t[ROWS], q[ROWS] = {0}, w[ROWS] = {0}, u[ROWS] = {0}, *rate, *friction;
    size_t count;
    crease_error e;
    for (size_t i = 0; i < ROWS; i++)
        t[i] = (double)i;
    arm_log log = {ROWS, t, q, w, u};
#define REFUSED(rows_, window, spread, status, word)                                                         \
    log.rows = rows_;                                                                                        \
    ck_assert(arm_friction_rows(&log, &plant, window, spread, &rate, &friction, &count, &e) == status);      \
    ck_assert_ptr_null(rate);                                                                                \
    ck_assert_msg(strstr(e.message, word) != NULL, "%s", e.message)
    REFUSED(ROWS, 4, 1, CREASE_BAD_ARGUMENT, "odd");
    REFUSED(ROWS, 3, 1, CREASE_BAD_ARGUMENT, "odd");
    REFUSED(ROWS, 9, 1, CREASE_BAD_DATA, "fewer than 8");
    REFUSED(1, 5, 1, CREASE_BAD_DATA, "fewer than 8");
    u[7] = 90;
    REFUSED(ROWS, 5, 1, CREASE_BAD_DATA, "row 8");
    u[7] = 0;
    t[30] = t[29];
    REFUSED(ROWS, 5, 1, CREASE_BAD_DATA, "row 31");
    t[30] = 30;
    for (size_t i = 0; i < ROWS; i++)
        w[i] = i % 2 ? 1 : -1;
    REFUSED(ROWS, 5, .01, CREASE_BAD_DATA, "--spread");
#undef REFUSED
    /* rows that stand still hold no three lines */
    double still[20] = {0}, torque[20] = {0};
    crease_data data = {20, 1, 1, still, torque, NULL};
    arm_friction f;
    ck_assert(arm_friction_estimate(&data, &f, &e) == CREASE_BAD_DATA);
    arm_simulated_friction bad = arm_simulated_default(&plant);
    bad.kink = 0;
    crease_table *table;
    ck_assert(arm_friction_simulate(&bad, &table, &e) == CREASE_BAD_ARGUMENT);
    ck_assert_ptr_null(table);
}
END_TEST

/* ---- the command ---- */

START_TEST(help_examples) {
    run_help_examples("arm fit", folder, "");
}
END_TEST

START_TEST(the_shipped_log_is_what_is_simulated) {
    char path[512];
    run_result made = run_shell("crease-arm fit --simulate %s/log.csv", folder);
    ck_assert_msg(made.exit_code == 0, "%s", made.err);
    run_clear(&made);
    snprintf(path, sizeof path, "%s/log.csv", folder);
    crease_table *a, *b;
    crease_error e;
    ck_assert_msg(crease_csv_load(path, NULL, &a, &e) == CREASE_OK, "%s", e.message);
    ck_assert_msg(crease_csv_load("data/arm_friction.csv", NULL, &b, &e) == CREASE_OK, "%s", e.message);
    ck_assert_uint_eq(a->rows, b->rows);
    for (size_t j = 0; j < 4; j++)
        for (size_t i = 0; i < a->rows; i++)
            ck_assert_double_eq_tol(a->column[j][i], b->column[j][i], 2e-6);
    crease_table_free(a);
    crease_table_free(b);
}
END_TEST

START_TEST(json_of_friction) {
    run_result result = run_shell(
        "crease-arm fit data/arm_friction.csv --starts 2 --json -o %s/friction.json --plot %s/f.svg", folder,
        folder);
    json_t *object = run_json_of(&result), *friction = json_object_get(object, "friction"),
           *nets = json_object_get(object, "nets");
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/arm-fit/1");
    const struct {
        const char *key;
        double truth;
    } wanted[] = {{"coulomb_n_m", 6},
                  {"viscous_n_m_s_rad", 3.98042599},
                  {"kink_low_rad_s", -.1},
                  {"kink_high_rad_s", .1}};
    for (size_t i = 0; i < 4; i++) {
        char key[48];
        snprintf(key, sizeof key, "%s_se", wanted[i].key);
        double value = run_json_number(friction, wanted[i].key), error = run_json_number(friction, key);
        ck_assert_msg(error > 0 && fabs(value - wanted[i].truth) < 3 * error, "%s: %g +- %g", wanted[i].key,
                      value, error);
    }
    ck_assert_uint_eq(json_array_size(nets), 4);
    /* the relu network is the model itself, so it has the same kinks, and no smooth one comes near it */
    json_t *relu = json_array_get(nets, 0), *kinks = json_object_get(relu, "kinks");
    ck_assert(run_json_number(object, "best") == 0);
    ck_assert_uint_eq(json_array_size(kinks), 2);
    ck_assert_double_eq_tol(run_json_number(json_array_get(kinks, 1), "x"),
                            run_json_number(friction, "kink_high_rad_s"), 1e-6);
    for (size_t i = 1; i < 4; i++)
        ck_assert_double_gt(run_json_number(json_array_get(nets, i), "test_rmse"),
                            1.5 * run_json_number(relu, "test_rmse"));
    json_decref(object);
    result = run_shell("crease eval %s/friction.json --help > %s/help && grep -c w_rad_s %s/friction.json",
                       folder, folder, folder);
    ck_assert_int_eq(result.exit_code, 0);
    run_clear(&result);
}
END_TEST

/* A saturating pair has a corner at half a radian, and its network is exact. */
START_TEST(a_controller_is_found_again) {
    run_result result = run_shell(
        "crease-arm step --act satrelu --reference 1.5 --start 2.5 --samples 161 -o %s/log.csv > %s/out && "
        "crease-arm fit %s/log.csv --of controller --nets affine+relu:2,tanh:2 --starts 2 -o %s/law.json "
        "--json",
        folder, folder, folder, folder);
    json_t *object = run_json_of(&result);
    json_t *relu = json_array_get(json_object_get(object, "nets"), 0);
    ck_assert(run_json_number(object, "best") == 0);
    ck_assert_double_lt(run_json_number(relu, "rmse"), 1e-9);
    json_decref(object);
    char path[512];
    snprintf(path, sizeof path, "%s/law.json", folder);
    crease_net *net;
    crease_work *work;
    crease_error e;
    ck_assert_msg(crease_net_load(path, &net, &e) == CREASE_OK, "%s", e.message);
    ck_assert_str_eq(net->input_name[0], "e_rad");
    ck_assert(crease_work_new(net, &work, &e) == CREASE_OK);
    for (double x = -.9; x < .3; x += .01) {
        double u;
        crease_net_evaluate(net, NULL, work, 1, &x, &u);
        ck_assert_msg(fabs(x + .5) < .05 || fabs(u - 80 * fmax(x, -.5)) < 1e-9, "%g at %g", u, x);
    }
    crease_work_free(work);
    crease_net_free(net);
}
END_TEST

START_TEST(exit_codes) {
    run_must_fail(run_shell("crease-arm fit"), 64, "give the log");
    run_must_fail(run_shell("crease-arm fit a.csv b.csv"), 64, "one log too many");
    run_must_fail(run_shell("crease-arm fit a.csv --simulate b.csv"), 64, "reads none");
    run_must_fail(run_shell("crease-arm fit a.csv --of mice"), 64, "friction or controller");
    run_must_fail(run_shell("crease-arm fit a.csv --inputs w"), 64, "e or e,w");
    run_must_fail(run_shell("crease-arm fit data/arm_friction.csv --window 6"), 64, "odd");
    run_must_fail(run_shell("crease-arm fit %s/none.csv", folder), 66, "none.csv");
    run_must_fail(run_shell("crease-arm fit data/clip.csv"), 65, "t_s");
    run_must_fail(run_shell("crease-arm fit data/arm_friction.csv --of controller"), 65, "reference");
    run_must_fail(run_shell("crease-arm fit data/arm_friction.csv --model A2"), 65, "limit");
    run_file_write(folder, "short.csv", "t_s,q_rad,w_rad_s,u_n_m\n0,0,0,0\n");
    run_must_fail(run_shell("crease-arm fit %s/short.csv", folder), 65, "fewer than 8");
    run_file_write(folder, "nan.csv", "t_s,q_rad,w_rad_s,u_n_m\n0,0,nan,0\n");
    run_must_fail(run_shell("crease-arm fit %s/nan.csv", folder), 65, "nan.csv:2");
    run_must_fail(run_shell("crease-arm fit --simulate %s/no/such.csv", folder), 74, "such.csv");
}
END_TEST

Suite *test_arm_fit(void) {
    Suite *suite = suite_create("arm: friction and controllers from logs");
    TCase *tests = tcase_create("friction");
    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, rows_of_a_smooth_friction);
    tcase_add_test(tests, friction_of_a_clean_log);
    tcase_add_test(tests, standard_errors_hold_the_truth);
    tcase_add_test(tests, logs_that_are_refused);
    suite_add_tcase(suite, tests);
    TCase *command = tcase_create("command");
    tcase_set_timeout(command, 600);
    tcase_add_checked_fixture(command, make_folder, remove_folder);
    tcase_add_test(command, help_examples);
    tcase_add_test(command, the_shipped_log_is_what_is_simulated);
    tcase_add_test(command, json_of_friction);
    tcase_add_test(command, a_controller_is_found_again);
    tcase_add_test(command, exit_codes);
    suite_add_tcase(suite, command);
    return suite;
}
