/* crease knots, as a person or a script runs it: the keys of the contract, numbers known otherwise, files that other
 * commands read, and every way to go wrong. */
#include "crease/random.h"
#include "support/run.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static json_t *json_of(run_result *result) {
    ck_assert_msg(result->exit_code == 0, "exit %d: %s", result->exit_code, result->err);
    return run_json(result);
}

static double number_at(const json_t *list, size_t i, const char *key) {
    return run_json_number(json_array_get(list, i), key);
}

START_TEST(contract_keys_are_there) {
    static const char *const keys[] = {"knots",       "values", "slopes",    "rmse",      "max_error", "sse",
                                       "lower_bound", "gap",    "certified", "criterion", "seconds"};
    run_result result = run_shell("crease knots data/overtime.csv -x hours -y pay --knots 1 --json");
    json_t *object = json_of(&result);
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/knots/1");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        ck_assert_msg(json_object_get(object, keys[i]) != NULL, "no key %s", keys[i]);
    const json_t *knot = json_array_get(json_object_get(object, "knots"), 0);
    double x = run_json_number(knot, "x"), se = run_json_number(knot, "se");
    const json_t *interval = json_object_get(knot, "ci95");
    ck_assert_uint_eq(json_array_size(interval), 2);
    double low = json_number_value(json_array_get(interval, 0)),
           high = json_number_value(json_array_get(interval, 1));
    /* the truth behind the file is a kink at 40 of slopes 20 and 30 */
    ck_assert(low < 40 && 40 < high && fabs(x - 40) < 3 * se);
    ck_assert_double_eq_tol(run_json_number(object, "gap"),
                            (run_json_number(object, "sse") - run_json_number(object, "lower_bound")) /
                                run_json_number(object, "sse"),
                            1e-12);
    ck_assert(json_is_true(json_object_get(object, "certified")));
    ck_assert(run_json_number(json_object_get(object, "kink_test"), "p_value") < .01);
    json_decref(object);
    run_clear(&result);
}
END_TEST

START_TEST(agrees_with_the_network_of_as_many_knots) {
    run_result knots =
        run_shell("crease knots data/overtime.csv -x hours -y pay --knots 3 --min-points 0 --json");
    run_result fit = run_shell("crease fit data/overtime.csv -x hours -y pay --net affine+relu:3 --json");
    json_t *a = json_of(&knots), *b = json_of(&fit);
    ck_assert_double_eq_tol(run_json_number(a, "rmse"), run_json_number(b, "rmse"),
                            1e-9 * run_json_number(a, "rmse"));
    ck_assert(run_json_number(a, "n_free") == run_json_number(b, "n_free"));
    json_decref(a);
    json_decref(b);
    run_clear(&knots);
    run_clear(&fit);
}
END_TEST

START_TEST(files_are_read_by_other_commands) {
    char *folder = run_folder_new();
    run_result result = run_shell("crease knots data/clip.csv -x e -y u --knots 2 -o %s/k.csv -q && "
                                  "crease knots data/clip.csv -x e -y u --knots 2 -o %s/k.json -q && "
                                  "crease eval %s/k.json data/clip.csv && crease convert %s/k.json %s/c.csv",
                                  folder, folder, folder, folder, folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    run_clear(&result);
    result = run_shell("cat %s/k.csv", folder);
    double x, y;
    size_t rows = 0;
    for (const char *line = strchr(result.out, '\n') + 1; *line; line = strchr(line, '\n') + 1, rows++) {
        ck_assert_int_eq(sscanf(line, "%lf,%lf", &x, &y), 2);
        ck_assert_msg(fabs(y - fmax(-1, fmin(1, 4 * x))) < 1e-12, "(%g, %g) is not on the clip", x, y);
    }
    ck_assert_uint_eq(rows, 4);
    run_clear(&result);
    run_folder_remove(folder);
}
END_TEST

/* Three knots, 300 rows, noise a twentieth of the range. */
static void write_three_knots(const char *folder) {
    char path[512];
    snprintf(path, sizeof path, "%s/three.csv", folder);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    gsl_rng *rng = crease_random_new(5, 0);
    fputs("t,v\n", file);
    for (int i = 0; i < 300; i++) {
        double t = 10 * gsl_rng_uniform(rng);
        double v = t - 3 * fmax(0, t - 2.5) + 4 * fmax(0, t - 5) - 3 * fmax(0, t - 7.5);
        fprintf(file, "%.17g,%.17g\n", t, v + gsl_ran_gaussian(rng, .15));
    }
    gsl_rng_free(rng);
    fclose(file);
}

START_TEST(auto_finds_the_number) {
    char *folder = run_folder_new();
    write_three_knots(folder);
    run_result result = run_shell(
        "crease knots %s/three.csv -x t -y v --knots auto --profile %s/p.csv --json", folder, folder);
    json_t *object = json_of(&result);
    const json_t *knots = json_object_get(object, "knots"), *counts = json_object_get(object, "counts");
    ck_assert_uint_eq(json_array_size(knots), 3);
    ck_assert(run_json_number(object, "knots_by_bic") == 3 && run_json_number(object, "knots_by_cv") == 3);
    for (size_t j = 0; j < 3; j++) {
        ck_assert_double_eq_tol(number_at(knots, j, "x"), 2.5 * (double)(j + 1), .3);
        const json_t *set = json_object_get(json_array_get(knots, j), "profile_set95");
        ck_assert_uint_ge(json_array_size(set), 1);
    }
    for (size_t i = 1; i < json_array_size(counts); i++)
        ck_assert(number_at(counts, i, "sse") <= number_at(counts, i - 1, "sse") * (1 + 1e-9));
    /* BIC as it is defined, from the sum of squares in the same row */
    double n = 300, sse = number_at(counts, 2, "sse");
    ck_assert_double_eq_tol(number_at(counts, 2, "bic"), n * log(sse / n) + 6 * log(n), 1e-8);
    json_decref(object);
    run_clear(&result);
    result = run_shell("head -1 %s/p.csv", folder);
    ck_assert_str_eq(result.out, "knot,x,sse,threshold,in_set\n");
    run_clear(&result);
    run_folder_remove(folder);
}
END_TEST

START_TEST(shapes_hold) {
    run_result result =
        run_shell("crease knots data/sumo_bottleneck.csv -x density_veh_km_lane -y flow_veh_h_lane "
                  "--knots 4 --concave --json");
    json_t *object = json_of(&result);
    const json_t *slopes = json_object_get(object, "slopes");
    double steepest = fabs(json_number_value(json_array_get(slopes, 0)));
    for (size_t j = 1; j < json_array_size(slopes); j++)
        ck_assert(json_number_value(json_array_get(slopes, j)) <=
                  json_number_value(json_array_get(slopes, j - 1)) + 1e-9 * steepest);
    ck_assert(json_is_null(json_object_get(json_array_get(json_object_get(object, "knots"), 0), "se")));
    ck_assert_ptr_nonnull(json_object_get(json_array_get(json_object_get(object, "knots"), 0), "why"));
    json_decref(object);
    run_clear(&result);
    result = run_shell(
        "crease knots data/clip.csv -x e -y u --knots 1 --fixed-points 0,0 --fixed-knots .1 --json");
    object = json_of(&result);
    ck_assert_double_eq_tol(number_at(json_object_get(object, "knots"), 0, "x"), .1, 1e-15);
    double value = json_number_value(json_array_get(json_object_get(object, "values"), 0));
    double slope = json_number_value(json_array_get(json_object_get(object, "slopes"), 0));
    ck_assert_double_eq_tol(value - .1 * slope, 0, 1e-9);
    json_decref(object);
    run_clear(&result);
}
END_TEST

START_TEST(least_largest_error) {
    /* a line through 0, 1, 0 misses by 1/2 */
    char *folder = run_folder_new();
    run_file_write(folder, "d.csv", "x,y\n0,0\n1,1\n2,0\n");
    run_result result = run_shell("crease knots %s/d.csv -x x -y y --knots 0 --norm linf --json", folder);
    json_t *object = json_of(&result);
    ck_assert_double_eq_tol(run_json_number(object, "max_error"), .5, 1e-12);
    ck_assert(run_json_number(object, "lower_bound") <= .5 &&
              json_is_true(json_object_get(object, "certified")));
    json_decref(object);
    run_clear(&result);
    run_folder_remove(folder);
}
END_TEST

typedef struct mistake {
    const char *arguments, *says;
    int exit_code;
} mistake;

static const mistake mistakes[] = {
    {"d.csv -x x -y y", "how many knots", 64},
    {"d.csv -x x --knots 1", "output column", 64},
    {"d.csv -x x -y y --knots one", "--knots", 64},
    {"d.csv -x x,y -y y --knots 1", "one input", 64},
    {"d.csv -x x -y y --knots 1 --concave --convex", "concave and convex", 64},
    {"d.csv -x x -y y --knots 1 --increasing --decreasing", "exclude", 64},
    {"d.csv -x x -y y --knots 1 --slopes 2,1", "--slopes", 64},
    {"d.csv -x x -y y --knots 1 --fixed-points 1,2,3", "pairs", 64},
    {"d.csv -x x -y y --knots 1 --fixed-knots 1,2", "more than", 64},
    {"d.csv -x x -y y --knots 1 --norm l1", "l2 or linf", 64},
    {"d.csv -x x -y y --knots 1 --norm linf --bootstrap 99", "least squares", 64},
    {"d.csv -x x -y y --knots 1 -o out.txt", ".json", 64},
    {"d.csv -x x -y y --knots 1 --concva", "did you mean", 64},
    {"d.csv -x z -y y --knots 1", "z", 65},
    {"bad.csv -x x -y y --knots 1", "bad.csv:3", 65},
    {"none.csv -x x -y y --knots 1", "none.csv", 66},
    {"d.csv -x x -y y --knots 1 -o nowhere/k.csv", "nowhere", 74},
};

START_TEST(mistakes_are_one_sentence) {
    char *folder = run_folder_new();
    const mistake *m = &mistakes[_i];
    run_file_write(folder, "d.csv", "x,y\n0,0\n1,1\n2,0\n3,1\n4,0\n5,3\n");
    run_file_write(folder, "bad.csv", "x,y\n0,0\n1,nan\n2,0\n");
    run_result result = run_shell("cd %s && crease knots %s", folder, m->arguments);
    ck_assert_msg(result.exit_code == m->exit_code, "%s: exit %d, %s", m->arguments, result.exit_code,
                  result.err);
    ck_assert_msg(strstr(result.err, m->says) != NULL, "%s: %s", m->arguments, result.err);
    ck_assert_str_eq(result.out, "");
    run_clear(&result);
    run_folder_remove(folder);
}
END_TEST

typedef struct small_case {
    const char *rows;
    size_t knots;
} small_case;

/* What data cannot carry is said, and the rest is delivered. */
static const small_case small_cases[] = {{"1,2\n", 0},
                                         {"1,2\n1,3\n", 0},
                                         {"1,2\n2,3\n", 0},
                                         {"1,5\n2,5\n3,5\n4,5\n5,5\n6,5\n", 1},
                                         {"3,1\n1,2\n2,9\n", 0}};

START_TEST(small_data_are_sane) {
    char *folder = run_folder_new();
    run_file_write(folder, "d.csv", "x,y\n%s", small_cases[_i].rows);
    run_result result = run_shell("crease knots %s/d.csv -x x -y y --knots 4 --json", folder);
    json_t *object = json_of(&result);
    ck_assert_uint_eq(json_array_size(json_object_get(object, "knots")), small_cases[_i].knots);
    ck_assert(run_json_number(object, "knots_asked") == 4);
    ck_assert(json_is_true(json_object_get(object, "certified")));
    ck_assert_ptr_nonnull(strstr(result.err, "at most"));
    json_decref(object);
    run_clear(&result);
    run_folder_remove(folder);
}
END_TEST

START_TEST(pictures_are_drawn) {
    char *folder = run_folder_new();
    run_result result =
        run_shell("crease knots data/overtime.csv -x hours -y pay --knots 2 --plot %s/k.png "
                  "--profile %s/p.svg -q && test -s %s/k.png && test -s %s/p.svg && test -s %s/k.gp",
                  folder, folder, folder, folder, folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    run_clear(&result);
    run_folder_remove(folder);
}
END_TEST

START_TEST(interruption_keeps_the_best) {
    char *folder = run_folder_new();
    char path[512];
    snprintf(path, sizeof path, "%s/long.csv", folder);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    gsl_rng *rng = crease_random_new(6, 0);
    fputs("x,y\n", file);
    for (int i = 0; i < 3000; i++)
        fprintf(file, "%d,%.17g\n", i, gsl_ran_gaussian(rng, 1));
    gsl_rng_free(rng);
    fclose(file);
    run_result result =
        run_shell("timeout --foreground -s INT 2 crease knots %s -x x -y y --knots 12 --work 1e9 --json", path);
    ck_assert_msg(result.exit_code == 130 || result.exit_code == 124, "exit %d: %s", result.exit_code,
                  result.err);
    json_t *object = run_json(&result);
    ck_assert(run_json_number(object, "lower_bound") <= run_json_number(object, "sse"));
    ck_assert_uint_eq(json_array_size(json_object_get(object, "knots")), 12);
    json_decref(object);
    run_clear(&result);
    run_folder_remove(folder);
}
END_TEST

Suite *test_cli_knots(void) {
    Suite *suite = suite_create("crease knots");
    TCase *results = tcase_create("results");
    tcase_set_timeout(results, 60);
    tcase_add_test(results, contract_keys_are_there);
    tcase_add_test(results, agrees_with_the_network_of_as_many_knots);
    tcase_add_test(results, files_are_read_by_other_commands);
    tcase_add_test(results, auto_finds_the_number);
    tcase_add_test(results, shapes_hold);
    tcase_add_test(results, least_largest_error);
    tcase_add_test(results, pictures_are_drawn);
    tcase_add_test(results, interruption_keeps_the_best);
    suite_add_tcase(suite, results);
    TCase *wrong = tcase_create("mistakes");
    tcase_set_timeout(wrong, 60);
    tcase_add_loop_test(wrong, mistakes_are_one_sentence, 0, sizeof mistakes / sizeof *mistakes);
    tcase_add_loop_test(wrong, small_data_are_sane, 0, sizeof small_cases / sizeof *small_cases);
    suite_add_tcase(suite, wrong);
    return suite;
}
