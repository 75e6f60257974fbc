/* crease traffic ring: numbers, files, messages and exit codes. */
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RING "crease-traffic ring "

static json_t *json_of(const char *line) {
    run_result result = run_shell("%s", line);
    ck_assert_msg(result.exit_code == 0, "%s: exit code %d\n%s", line, result.exit_code, result.err);
    json_t *object = run_json(&result);
    run_clear(&result);
    return object;
}

static const json_t *part(const json_t *object, const char *key) {
    const json_t *found = json_object_get(object, key);
    ck_assert_msg(found != NULL, "no %s", key);
    return found;
}

/* The specification's rates, by theory and as measured; tau by its ratio and by itself are one. */
START_TEST(rates_of_the_specification) {
    static const struct {
        const char *options;
        double mode_1, fastest, ratio;
        size_t mode;
    } known[] = {{"--vehicles 22 --tau-ratio 1.1", .00306453, .00325097, 1.1, 2},
                 {"--vehicles 10 --tau-ratio 1.5", .04222569, .04222569, 1.5, 1},
                 {"--vehicles 5 --tau-ratio .9", -.02067643, -.02067643, .9, 1}};
    for (size_t i = 0; i < 3; i++) {
        char line[300];
        snprintf(line, sizeof line, RING "%s --mode 1 --perturb .01 --time 30 --json", known[i].options);
        json_t *o = json_of(line);
        ck_assert_str_eq(json_string_value(part(o, "schema")), "crease/traffic-ring/1");
        ck_assert_double_eq_tol(run_json_number(o, "growth_rate_1_s"), known[i].mode_1, 5.1e-9);
        ck_assert_double_eq_tol(run_json_number(o, "measured_growth_rate_1_s"), known[i].mode_1, 1e-8);
        ck_assert_double_eq_tol(run_json_number(o, "fastest_growth_rate_1_s"), known[i].fastest, 5.1e-9);
        ck_assert_double_eq(run_json_number(o, "fastest_mode"), (double)known[i].mode);
        ck_assert_int_eq(json_is_true(part(o, "stable")), known[i].ratio < 1);
        const double n = run_json_number(o, "vehicles");
        ck_assert_double_eq_tol(run_json_number(o, "critical_tau_s"), 1.2 / (1 + cos(2 * M_PI / n)), 1e-12);
        ck_assert_double_eq_tol(run_json_number(o, "tau_s"),
                                known[i].ratio * run_json_number(o, "critical_tau_s"), 1e-12);
        ck_assert_uint_eq(json_array_size(part(o, "modes")), (size_t)n / 2);
        ck_assert_double_eq(run_json_number(o, "kinks"), 0);
        ck_assert(json_is_null(part(o, "first_kink_s")));
        ck_assert_double_eq_tol(run_json_number(o, "mean_speed_km_h"), 37.5, 1e-6);
        ck_assert_double_eq_tol(run_json_number(o, "flow_veh_h"), 1875, 1e-4);
        json_decref(o);
    }
}
END_TEST

/* The wave of the perturbation itself, from the CSV: its size after 100 s is that of theory. */
START_TEST(ways_grow_as_theory_says) {
    enum { N = 10, TIMES = 11 };
    char *folder = run_folder_new();
    run_result result =
        run_shell(RING "--vehicles 10 --tau-ratio 1.5 --mode 1 --perturb .01 --time 100 --every 10 -o "
                       "%s/w.csv --json && cat %s/w.csv >&2",
                  folder, folder);
    ck_assert_int_eq(result.exit_code, 0);
    json_t *o = run_json(&result);
    ck_assert_int_eq(strncmp(result.err, "t_s,vehicle,x_m,speed_km_h,spacing_m\n", 37), 0);
    const char *line = strchr(result.err, '\n') + 1;
    double size[TIMES];
    for (size_t k = 0; k < TIMES; k++) {
        double sum = 0, wave[2] = {0, 0}, previous = NAN, before = NAN;
        for (size_t i = 0; i < N; i++) {
            double value[5];
            for (size_t j = 0; j < 5; j++) {
                char *end;
                value[j] = strtod(line, &end);
                ck_assert_int_eq(*end, j < 4 ? ',' : '\n');
                line = end + 1;
            }
            ck_assert_double_eq(value[0], 10. * (double)k);
            ck_assert_double_eq(value[1], (double)i + 1);
            if (i > 0)
                ck_assert_double_eq_tol(value[2] - previous, before, 1e-9);
            previous = value[2];
            before = value[4];
            sum += value[4];
            wave[0] += value[4] * cos(2 * M_PI * (double)i / N);
            wave[1] += value[4] * sin(2 * M_PI * (double)i / N);
        }
        ck_assert_double_eq_tol(sum, 200, 2e-10);
        size[k] = hypot(wave[0], wave[1]);
    }
    ck_assert_int_eq(*line, 0);
    /* after 10 s the second root, which fades by e^{-10}, is gone */
    ck_assert_double_eq_tol(log(size[10] / size[3]) / 70, run_json_number(o, "growth_rate_1_s"), 1e-8);
    json_decref(o);
    run_clear(&result);
    run_folder_remove(folder);
}
END_TEST

START_TEST(collisions_are_said) {
    run_result result =
        run_shell(RING "--vehicles 50 --spacing 20 --tau 1 --vehicle-length 0 --time 200 --json");
    ck_assert_int_eq(result.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(result.err, "runs into the next at"));
    json_t *o = run_json(&result);
    ck_assert_double_eq_tol(run_json_number(o, "least_spacing_m"), -1.1, .1);
    ck_assert_double_gt(run_json_number(o, "collisions"), 0);
    const double first = run_json_number(o, "first_collision_s");
    json_decref(o);
    run_clear(&result);
    o = json_of(
        RING "--vehicles 50 --spacing 20 --tau 1 --vehicle-length 0 --time 200 --stop-at-collision --json");
    ck_assert(json_is_true(part(o, "ended_by_collision")));
    ck_assert_double_eq_tol(run_json_number(o, "time_s"), first, 1e-6);
    ck_assert_double_eq(run_json_number(o, "collisions"), 1);
    ck_assert_double_eq_tol(run_json_number(o, "least_spacing_m"), 0, 1e-9);
    json_decref(o);
    o = json_of(RING "--order 1 --vehicles 50 --spacing 20 --perturb 7 --json");
    ck_assert_double_eq(run_json_number(o, "collisions"), 0);
    ck_assert(json_is_null(part(o, "first_collision_s")));
    ck_assert(json_is_null(part(o, "critical_tau_s")));
    ck_assert_ptr_nonnull(strstr(json_string_value(part(o, "why")), "order 1 has no tau"));
    json_decref(o);
}
END_TEST

/* Same seed, same digits; another seed, others. A ring given by its length is the same ring. */
START_TEST(seeds_and_lengths) {
    const char *line[] = {RING "--time 50 --seed 3 --json", RING "--time 50 --seed 3 --length .44 --json",
                          RING "--time 50 --seed 4 --json"};
    run_result result[3];
    for (size_t i = 0; i < 3; i++)
        result[i] = run_shell("%s", line[i]);
    ck_assert_str_eq(result[0].out, result[1].out);
    ck_assert_str_ne(result[0].out, result[2].out);
    for (size_t i = 0; i < 3; i++)
        run_clear(result + i);
}
END_TEST

START_TEST(lwr_and_map) {
    json_t *o = json_of(RING "--order 1 --vehicles 24 --queue .5 --time 20 --lwr 64 --json");
    const json_t *lwr = part(o, "lwr");
    ck_assert_uint_eq(json_array_size(part(lwr, "rows")), 4);
    ck_assert_double_eq_tol(run_json_number(lwr, "order"), .5, .05);
    ck_assert_double_eq_tol(run_json_number(lwr, "path_order"), .5, .05);
    ck_assert_double_eq(run_json_number(lwr, "paths"), 24);
    json_decref(o);
    run_result map = run_shell(RING "--time 1 --map-vehicles 2:9 --map-tau .1:3 --map -");
    ck_assert_int_eq(map.exit_code, 0);
    const char *line = map.out;
    ck_assert_int_eq(strncmp(line, "vehicles,tau_s,growth_rate_1_s,fastest_mode,critical_tau_s,stable\n", 66),
                     0);
    size_t rows = 0, stable = 0;
    for (line = strchr(line, '\n') + 1; *line; line = strchr(line, '\n') + 1, rows++) {
        double n, tau, growth;
        ck_assert_int_eq(sscanf(line, "%lf,%lf,%lf", &n, &tau, &growth), 3);
        const bool calm = n < 2.5 || tau <= 1.2 / (1 + cos(2 * M_PI / n));
        ck_assert_int_eq(strchr(line, '\n')[-1], calm ? '1' : '0');
        ck_assert_int_eq(growth > 0, !calm);
        stable += calm;
    }
    ck_assert_uint_eq(rows, 8 * 75);
    ck_assert_uint_gt(stable, 100);
    ck_assert_uint_lt(stable, 500);
    run_clear(&map);
}
END_TEST

START_TEST(odd_rings) {
    static const char *const line[] = {"--vehicles 1",
                                       "--vehicles 2 --tau 5",
                                       "--spacing 7.5 --perturb 0",
                                       "--spacing 43.5 --perturb 0",
                                       "--spacing 43.5 --perturb .5 --tau .4",
                                       "--spacing 6 --perturb .3",
                                       "--spacing 100 --perturb 20",
                                       "--vehicles 6 --mode 3 --order 1"};
    for (size_t i = 0; i < sizeof line / sizeof *line; i++) {
        char text[200];
        snprintf(text, sizeof text, RING "%s --time 100 --json", line[i]);
        json_t *o = json_of(text);
        ck_assert_double_eq(run_json_number(o, "time_s"), 100);
        ck_assert_double_eq(run_json_number(o, "collisions"), 0);
        json_decref(o);
    }
}
END_TEST

START_TEST(what_goes_wrong_is_said) {
    static const struct {
        const char *options, *says;
        int exit_code;
    } failing[] = {
        {"--order 3", "--order takes 1 or 2", 64},
        {"--vehicles 0", "--vehicles", 64},
        {"--vehicles 20000", "at most 10000", 64},
        {"--spacing -1", "--spacing", 64},
        {"--tau nan", "--tau", 64},
        {"--tau 1e300", "tau of the speed must lie between", 64},
        {"--mode 12", "have the modes 1 to 11", 64},
        {"--mode 1 --queue .5", "either a --queue or a --mode", 64},
        {"--queue 1", "share between 0 and 1", 64},
        {"--queue .9 --spacing 7.55", "beside a queue of 20 vehicles", 64},
        {"--order 1 --tau-ratio 2", "order 1 has no tau", 64},
        {"--tau-ratio 2 --spacing 60", "stable for any tau", 64},
        {"--vehicles 2 --tau-ratio 2", "stable for any tau", 64},
        {"--lwr 4", "goes with --order 1", 64},
        {"--order 1 --lwr 1000", "more than 10000 vehicles", 64},
        {"--order 1 --map m.png", "order 1 is always stable", 64},
        {"--map m.txt", "--map takes a file that ends in", 64},
        {"--map m.csv --map-vehicles 5", "LO:HI", 64},
        {"--map m.csv --map-vehicles 2.5:9", "whole numbers", 64},
        {"--map m.csv --map-tau 2:1", "LO below HI", 64},
        {"--perturb 12", "within its length of 5 m", 64},
        {"--standstill 4", "cannot stand 4 m apart", 64},
        {"--from 700", "beyond the end", 64},
        {"--json -o -", "only one of", 64},
        {"--every 1e-9 -o x.csv --time 1", "raise --every", 64},
        {"--time 5 -o /nowhere/out.csv", "/nowhere/out.csv", 74},
        {"--time 5 --map /nowhere/out.csv", "/nowhere/out.csv", 74},
        {"--vehicels 5", "did you mean", 64},
        {"more", "one argument too many", 64},
    };
    for (size_t i = 0; i < sizeof failing / sizeof *failing; i++)
        run_must_fail(run_shell(RING "%s", failing[i].options), failing[i].exit_code, failing[i].says);
}
END_TEST

START_TEST(interrupted) {
    run_result result =
        run_shell("timeout --foreground -s INT 1 " RING "--vehicles 100 --tau 1 --time 100000 --json");
    ck_assert_msg(result.exit_code == 130 || result.exit_code == 124, "%d: %s", result.exit_code, result.err);
    ck_assert_ptr_nonnull(strstr(result.err, "interrupted"));
    json_t *o = run_json(&result);
    ck_assert_double_lt(run_json_number(o, "time_s"), 100000);
    json_decref(o);
    run_clear(&result);
}
END_TEST

START_TEST(pictures_and_help) {
    char *folder = run_folder_new();
    run_result result =
        run_shell(RING "--time 100 --plot %s/a.svg --map %s/b.svg && test -s %s/a.svg -a -s %s/b.svg", folder,
                  folder, folder, folder);
    ck_assert_msg(result.exit_code == 0 || result.exit_code == 69, "%s", result.err);
    if (result.exit_code == 0) {
        ck_assert_ptr_nonnull(strstr(result.err, "ways of vehicles round the ring"));
        ck_assert_ptr_nonnull(strstr(result.out, "critical tau"));
    }
    run_clear(&result);
    result =
        run_shell("crease-traffic ring --help | sed -n 's|^ *build/bin/||; t p; d; :p; s| build/| %s/|g; "
                  "p' | while read -r line; do eval \"$line\" >%s/said && test -s %s/said && echo ran; done",
                  folder, folder, folder);
    ck_assert_msg(strcmp(result.out, "ran\nran\nran\n") == 0, "%s%s", result.out, result.err);
    run_clear(&result);
    run_folder_remove(folder);
}
END_TEST

Suite *test_traffic_ring_command(void) {
    Suite *suite = suite_create("traffic ring command");
    TCase *program = tcase_create("program");
    tcase_add_test(program, rates_of_the_specification);
    tcase_add_test(program, ways_grow_as_theory_says);
    tcase_add_test(program, collisions_are_said);
    tcase_add_test(program, seeds_and_lengths);
    tcase_add_test(program, lwr_and_map);
    tcase_add_test(program, odd_rings);
    tcase_add_test(program, what_goes_wrong_is_said);
    tcase_add_test(program, interrupted);
    tcase_add_test(program, pictures_and_help);
    tcase_set_timeout(program, 120);
    suite_add_tcase(suite, program);
    return suite;
}
