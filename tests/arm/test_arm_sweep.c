/* crease arm sweep: its points against tables and closed forms, then the program: JSON, CSV with gaps, pictures, refusals. */
#include "arm/linear/linear.h"
#include "arm/linear/sweep.h"
#include "arm/loop.h"
#include "crease/csv.h"
#include "crease/random.h"
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

static arm_sweep_setup setup_of(arm_law law, bool gravity) {
    arm_sweep_setup s = {.controller = arm_controller_default(law, ARM_RELU), .motion = {.reference = 0.5}};
    ck_assert_int_eq(arm_plant_find("A", &s.plant, NULL), CREASE_OK);
    if (!gravity)
        s.plant.gravity = 0;
    return s;
}

/* ---- points ---- */

/* Rest by its equation, Keff by its formula, and the loop's poles by step's own way to them. */
START_TEST(points_hold_together) {
    gsl_rng *random = crease_random_new(41, 0);
    for (size_t trial = 0; trial < test_rounds(150, 3000); trial++) {
        arm_sweep_setup s = setup_of((arm_law)(trial % 3), trial % 4 != 0);
        arm_pair pair = (arm_pair)(trial % ARM_PAIR_COUNT);
        s.motion.reference = 4 * gsl_rng_uniform(random) - 2;
        s.lag = trial % 5 == 1 ? 0.02 * gsl_rng_uniform(random) + 1e-3 : 0;
        s.sample = trial % 5 == 2 ? 0.05 * gsl_rng_uniform(random) + 1e-3 : 0;
        double gain = exp(6 * gsl_rng_uniform(random)), torque, slope;
        arm_sweep_point p;
        crease_error error;
        ck_assert_msg(arm_sweep_pair(&s, pair, gain, false, &p, &error) == CREASE_OK, "%s", error.message);
        arm_controller c = s.controller;
        c.pair = pair;
        c.norm = arm_pair_norm(pair);
        c.gain = gain;
        torque = arm_plant_clip_torque(
            &s.plant, gain * arm_pair_evaluate(pair, c.norm, s.motion.reference - p.rest, &slope));
        ck_assert_msg(fabs(torque - s.plant.gravity * sin(p.rest)) <= 1e-9 * fmax(1, gain),
                      "seed 41, trial %zu: no rest at %g", trial, p.rest);
        ck_assert_double_eq_tol(p.slope, slope, 1e-14);
        ck_assert_double_eq_tol(p.effective_gain, gain * slope + s.plant.gravity * cos(p.rest),
                                1e-9 * gain + 1e-9);
        ck_assert(p.named && p.pair == pair && !p.simulated && p.gain == gain);
        ck_assert_uint_eq(p.loop.order, s.lag > 0 ? 3 : 2);
        arm_loop loop = {
            .robot = {.name = "A", .joints = 1, .plant = s.plant, .torque_limit = {INFINITY}, .length = 1},
            .controller = {c},
            .reference = {s.motion.reference},
            .lag = s.lag,
            .sample = s.sample};
        arm_poles poles;
        ck_assert_msg(arm_loop_poles(&loop, &p.rest, &poles, &error) == CREASE_OK, "%s", error.message);
        if (fabs(torque) < s.plant.torque_limit && poles.count == p.loop.order) {
            double sum = 0, wanted = 0;
            for (size_t i = 0; i < poles.count; i++) {
                sum += creal(p.pole[i]);
                wanted += poles.real[i];
            }
            ck_assert_msg(fabs(sum - wanted) <= 1e-6 * fmax(1, fabs(wanted)),
                          "seed 41, trial %zu: poles sum to %g, %g", trial, sum, wanted);
            if (!poles.neutral)
                ck_assert_int_eq(p.margins.stable, poles.stable);
        }
    }
    gsl_rng_free(random);
}
END_TEST

/* A small simulated step of a straight pair is the theory, exactly so without gravity. */
START_TEST(small_steps_are_theory) {
    for (int law = 0; law < ARM_LAW_COUNT; law++) {
        arm_sweep_setup s = setup_of((arm_law)law, false);
        arm_sweep_point p;
        ck_assert_int_eq(arm_sweep_pair(&s, ARM_GELU, 60, true, &p, NULL), CREASE_OK);
        ck_assert(p.simulated);
        ck_assert_double_eq_tol(p.metrics.rise_10_90_s, p.step.rise_10_90_s, 1e-8);
        ck_assert_double_eq_tol(p.metrics.overshoot_pct, p.step.overshoot_pct, 1e-8);
        ck_assert_double_eq_tol(p.metrics.settle_2pct_s, p.step.settle_2pct_s, 1e-8);
    }
}
END_TEST

/* With lag or sampling the simulated step is the exact linear motion, below the torque limit. */
START_TEST(simulated_with_lag_or_hold) {
    enum { COUNT = 4001 };
    for (int kind = 0; kind < 2; kind++) {
        arm_sweep_setup s = setup_of(ARM_LAW_P, false);
        arm_sweep_point p;
        double *x = malloc(COUNT * sizeof *x), top = 0, step = kind ? 0.02 : 0.002;
        ck_assert_ptr_nonnull(x);
        s.lag = kind ? 0 : 0.02;
        s.sample = kind ? 0.02 : 0;
        ck_assert_int_eq(arm_sweep_pair(&s, ARM_RELU, 60, true, &p, NULL), CREASE_OK);
        arm_controller c = s.controller;
        c.gain = 60;
        ck_assert_int_eq(arm_linear_motion(&s.plant, &c, 1, 0, s.lag, s.sample, step, COUNT, x, NULL),
                         CREASE_OK);
        for (size_t k = 0; k < COUNT; k++)
            top = fmax(top, -100 * x[k]);
        /* the peak lies between two points of the grid: w x'' (step/2)^2 / 2 */
        double bend = 50 * 60 / s.plant.inertia * step * step;
        ck_assert_double_le(top, p.metrics.overshoot_pct + 1e-7);
        ck_assert_double_ge(top, p.metrics.overshoot_pct - bend);
        free(x);
    }
}
END_TEST

START_TEST(odd_points_are_refused) {
    arm_sweep_setup s = setup_of(ARM_LAW_P, false);
    arm_sweep_point p;
    crease_error error;
    ck_assert_int_eq(arm_sweep_line(&s, 0, 80, &p, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(arm_sweep_line(&s, NAN, 80, &p, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(arm_sweep_line(&s, 1, 0, &p, &error), CREASE_BAD_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "K above 0"));
    ck_assert_int_eq(arm_sweep_line(&s, 1, 80, &p, &error), CREASE_OK);
    ck_assert(!p.named);
    double range[3];
    arm_sweep_range(0.25, 4, 3, range);
    ck_assert(range[0] == 0.25 && fabs(range[1] - 1) < 1e-15 && range[2] == 4);
}
END_TEST

/* ---- the program ---- */

static json_t *rows_of(const char *options, json_t **object) {
    run_result result = run_shell("crease-arm sweep --json %s", options);
    *object = run_json_of(&result);
    json_t *rows = json_object_get(*object, "rows");
    ck_assert(json_is_array(rows));
    return rows;
}

START_TEST(closed_form_table) {
    FILE *file = fopen("tests/data/arm/closed_form.csv", "r");
    char line[512], law[8];
    double want[8];
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    size_t count = 0;
    while (fgets(line, sizeof line, file)) {
        char options[128];
        ck_assert_int_eq(sscanf(line, "%7[^,],%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf", law, &want[0], &want[1],
                                &want[2], &want[3], &want[4], &want[5], &want[6], &want[7]),
                         9);
        snprintf(options, sizeof options, "--gravity 0 --act none --law %s --slope %g", law, want[0]);
        json_t *object, *row = json_array_get(rows_of(options, &object), 0);
        static const char *const key[] = {
            "slope",         "effective_gain_n_m_rad", "natural_frequency_rad_s",
            "damping_ratio", "rise_10_90_s",           "overshoot_pct",
            "peak_time_s",   "settle_2pct_s"};
        for (size_t j = 0; j < 8; j++)
            if (isnan(want[j]))
                ck_assert(json_is_null(json_object_get(row, key[j])));
            else
                ck_assert_msg(fabs(run_json_number(row, key[j]) - want[j]) <= 1e-9 * fmax(1, fabs(want[j])),
                              "%s, slope %g: %s", law, want[0], key[j]);
        ck_assert(json_is_null(json_object_get(row, "simulated")) &&
                  json_is_null(json_object_get(row, "act")));
        json_decref(object);
        count++;
    }
    fclose(file);
    ck_assert_uint_eq(count, 15);
}
END_TEST

/* The critical gains of the table, K Kcrit/K = Kcrit, and stable on this side only. */
START_TEST(critical_gains) {
    static const struct {
        const char *options;
        double critical;
    } table[] = {{"--lag .01", 414.9218884},    {"--lag .05", 96.48780919},  {"--sample .02", 403.7490062},
                 {"--sample .05", 165.0450551}, {"--lag .002", 2007.092285}, {"--sample .001", 7966.482388}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char options[128];
        snprintf(options, sizeof options, "--gravity 0 --slope 1 --act sigmoid --K 80,1000 %s",
                 table[i].options);
        json_t *object, *rows = rows_of(options, &object);
        ck_assert_uint_eq(json_array_size(rows), 4);
        for (size_t k = 0; k < 4; k++) {
            json_t *row = json_array_get(rows, k);
            double slope = run_json_number(row, "slope"), critical = run_json_number(row, "critical_K_n_m"),
                   gain = run_json_number(row, "K");
            ck_assert_double_eq_tol(critical * slope / table[i].critical, 1, 1e-9);
            ck_assert_double_eq_tol(run_json_number(row, "gain_margin") * gain / critical, 1, 1e-10);
            ck_assert_int_eq(json_is_true(json_object_get(row, "stable")), gain < critical);
            ck_assert_str_eq(json_string_value(json_object_get(object, "poles_of")),
                             strstr(options, "sample") ? "z" : "s");
        }
        json_decref(object);
    }
}
END_TEST

/* By the reference table of steps: amplitude matters, and the simulated values say so. */
START_TEST(simulated_beside_theory) {
    json_t *object, *rows = rows_of("--gravity 0 --slope none --act tanh,sigmoid", &object), *simulated;
    simulated = json_object_get(json_array_get(rows, 0), "simulated");
    ck_assert_double_eq_tol(run_json_number(simulated, "overshoot_pct"), 46.54363603, 1e-6);
    ck_assert_double_eq_tol(run_json_number(simulated, "peak_torque_n_m"), 36.96937258, 1e-6);
    ck_assert_double_eq_tol(run_json_number(json_array_get(rows, 0), "overshoot_pct"), 47.64736176, 1e-7);
    simulated = json_object_get(json_array_get(rows, 1), "simulated");
    ck_assert_double_eq_tol(run_json_number(simulated, "rise_10_90_s"), 0.3414888435, 1e-8);
    ck_assert_double_eq_tol(run_json_number(simulated, "settle_2pct_s"), 1.80448017, 1e-7);
    json_decref(object);
}
END_TEST

/* Upright the sigmoid has no frequency: null with a why, an empty cell in the file. */
START_TEST(what_does_not_exist) {
    json_t *object,
        *row = json_array_get(
            rows_of("--slope none --act sigmoid --K 20 --reference 3.141592653589793", &object), 0);
    ck_assert(json_is_null(json_object_get(row, "damping_ratio")) &&
              json_is_null(json_object_get(row, "gain_margin")));
    ck_assert_ptr_nonnull(
        strstr(json_string_value(json_object_get(row, "why")), "damping_ratio: no torque pulls"));
    ck_assert_double_eq_tol(run_json_number(row, "least_K_n_m"), 8.775731315224766 * 4, 1e-9);
    json_decref(object);
    run_result result = run_shell(
        "crease-arm sweep --slope 1 --act sigmoid --K 20 --reference 3.141592653589793 -o %s/s.csv", folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    run_clear(&result);
    char path[512];
    snprintf(path, sizeof path, "%s/s.csv", folder);
    crease_csv_options skip = {
        .skip_missing = true, .columns = (const char *const[]){"slope", "zeta"}, .column_count = 2};
    crease_table *table;
    crease_error error;
    ck_assert_msg(crease_csv_load(path, &skip, &table, &error) == CREASE_OK, "%s", error.message);
    ck_assert(table->rows == 1 && table->skipped == 1 && table->column[0][0] == 1);
    ck_assert_double_eq_tol(table->column[1][0], 0.6131518693, 1e-9);
    crease_table_free(table);
}
END_TEST

START_TEST(file_has_all_rows) {
    run_result result =
        run_shell("crease-arm sweep --K 10:1000:3 --slope .5:2:5 --act all --gravity 0 --lag .01 -o -");
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    size_t lines = 0;
    for (const char *c = result.out; *c; c++)
        lines += *c == '\n';
    ck_assert_uint_eq(lines, 1 + 3 * (5 + 9));
    ck_assert_ptr_nonnull(strstr(result.out, "pair,K_n_m,slope,"));
    ck_assert_ptr_nonnull(strstr(result.out, "\n0,100.00000000000001,1,") ? result.out
                                                                          : strstr(result.out, "\n0,100,1,"));
    run_clear(&result);
}
END_TEST

static void expect_file(const char *name) {
    char path[512];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_msg(stat(path, &info) == 0 && info.st_size > 500, "%s is missing or empty", name);
}

START_TEST(pictures) {
    static const char *const options[] = {"--lag .01 --gravity 0",
                                          "--law PDx --lag .02 --sample .05 --act none",
                                          "--act sigmoid --K 20 --reference 3.141592653589793",
                                          "--law PDi --sample .02 --slope none --act all --K 5:500:6"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        run_result result =
            run_shell("crease-arm sweep %s --plot %s/a%zu.svg --root-locus %s/b%zu.svg --bode %s/c%zu.svg",
                      options[i], folder, i, folder, i, folder, i);
        ck_assert_msg(result.exit_code == 0, "%s: %s", options[i], result.err);
        for (int k = 0; k < 3; k++) {
            char name[32];
            snprintf(name, sizeof name, "%c%zu.svg", 'a' + k, i);
            expect_file(name);
            ck_assert_ptr_nonnull(strstr(result.err, name));
        }
        run_clear(&result);
    }
}
END_TEST

START_TEST(wrong_requests) {
    static const struct {
        const char *options, *says;
        int code;
    } odd[] = {{"--K 0", "above 0", 64},
               {"--K abc", "abc", 64},
               {"--slope 1:2", "FROM:TO:COUNT", 64},
               {"--slope 1:2:1", "2", 64},
               {"--slope 1:2:3:4", "FROM:TO:COUNT", 64},
               {"--slope 1:2:20000", "at most", 64},
               {"--act relu,nix", "nix", 64},
               {"--act none --slope none", "nothing to do", 64},
               {"--lag -1", "at least 0", 64},
               {"--lag 5000", "lag", 64},
               {"--sample nan", "nan", 64},
               {"--law Q", "'Q'", 64},
               {"--model B", "B", 64},
               {"--gravity 2", "0 or 1", 64},
               {"data.csv", "data.csv", 64},
               {"--json -o -", "standard output", 64},
               {"-o /nowhere/x.csv", "/nowhere/x.csv", 74},
               {"--bode /nowhere/x.png", "/nowhere/x.png", 74}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        run_result result = run_shell("crease-arm sweep %s", odd[i].options);
        ck_assert_msg(result.exit_code == odd[i].code, "%s ends with %d: %s", odd[i].options,
                      result.exit_code, result.err);
        ck_assert_msg(strstr(result.err, odd[i].says), "%s says %s", odd[i].options, result.err);
        run_clear(&result);
    }
}
END_TEST

/* Stopped early: what is done is printed and said, exit 130. */
START_TEST(interrupted) {
    run_result result = run_shell("timeout --foreground --preserve-status -s INT 0.7 crease-arm sweep --K "
                                  "1:1000:10000 --act all --json");
    ck_assert_msg(result.exit_code == 130, "%d: %s", result.exit_code, result.err);
    ck_assert_ptr_nonnull(strstr(result.err, "interrupted"));
    if (result.out_size > 0) {
        json_t *object = run_json(&result);
        size_t rows = json_array_size(json_object_get(object, "rows"));
        ck_assert(rows > 0 && rows < 140000);
        json_decref(object);
    }
    run_clear(&result);
}
END_TEST

/* A user's own arm: J and b from a file; the pendulum of ARCH-COMP, which stands on its head. */
START_TEST(other_arms) {
    run_file_write(folder, "p.json", "{\"model\": \"A\", \"J\": 2, \"b\": 3}");
    char options[600];
    snprintf(options, sizeof options, "--gravity 0 --act none --slope 1 --lag .1 --parameters %s/p.json",
             folder);
    json_t *object, *row = json_array_get(rows_of(options, &object), 0);
    ck_assert_double_eq_tol(run_json_number(row, "damping_ratio"), 3 / (2 * sqrt(160)), 1e-12);
    ck_assert_double_eq_tol(run_json_number(row, "critical_K_n_m"), 3 / .1 + 9. / 2, 1e-11);
    json_decref(object);
    row = json_array_get(
        rows_of("--model B1 --law PDx --Kd .5 --act none --slope 1 --K 2 --reference 0", &object), 0);
    ck_assert_double_eq_tol(run_json_number(row, "effective_gain_n_m_rad"), 2 - 0.25, 1e-12);
    ck_assert_double_eq_tol(run_json_number(row, "least_K_n_m"), 0.25, 1e-12);
    json_decref(object);
    run_must_fail(run_shell("crease-arm sweep --parameters %s/nothing.json", folder), 66, "nothing.json");
    run_must_fail(run_shell("crease-arm sweep --model A2 --parameters %s/p.json", folder), 64,
                  "is for model A");
    run_must_fail(run_shell("crease-arm claims --model B1"), 64, "upright");
}
END_TEST

START_TEST(help_examples) {
    run_help_examples("arm sweep", folder, "");
}
END_TEST

START_TEST(report) {
    run_result result = run_shell("crease-arm sweep --lag .01 --gravity 0");
    ck_assert_int_eq(result.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(result.out, "414.922"));
    ck_assert_ptr_nonnull(strstr(result.out, "0.22967"));
    ck_assert_ptr_nonnull(strstr(result.out, "simulated with the lag"));
    run_clear(&result);
}
END_TEST

Suite *test_arm_sweep(void) {
    Suite *suite = suite_create("arm: sweep");
    TCase *points = tcase_create("points"), *program = tcase_create("program");
    tcase_add_test(points, points_hold_together);
    tcase_add_test(points, small_steps_are_theory);
    tcase_add_test(points, simulated_with_lag_or_hold);
    tcase_add_test(points, odd_points_are_refused);
    tcase_add_checked_fixture(program, make_folder, remove_folder);
    tcase_add_test(program, closed_form_table);
    tcase_add_test(program, critical_gains);
    tcase_add_test(program, simulated_beside_theory);
    tcase_add_test(program, what_does_not_exist);
    tcase_add_test(program, file_has_all_rows);
    tcase_add_test(program, pictures);
    tcase_add_test(program, wrong_requests);
    tcase_add_test(program, interrupted);
    tcase_add_test(program, other_arms);
    tcase_add_test(program, help_examples);
    tcase_add_test(program, report);
    tcase_set_timeout(points, 60);
    tcase_set_timeout(program, 120);
    suite_add_tcase(suite, points);
    suite_add_tcase(suite, program);
    return suite;
}
