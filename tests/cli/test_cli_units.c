/* crease compare --units: no run is below the bound, every number is that of the same fit made by itself, and the
 * contract of the command line holds. */
#include "crease/crease.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 80, MOST = 3, LM_RUNS = 6, ADAM_RUNS = 5 };

static char *folder;
static double x[ROWS], y[ROWS], w[ROWS];
static crease_data data = {ROWS, 1, 1, x, y, NULL};

static void write_csv(void) {
    char path[256];
    snprintf(path, sizeof path, "%s/d.csv", folder);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("x,y,w,flat,hat\n", file);
    for (size_t i = 0; i < ROWS; i++)
        fprintf(file, "%.17g,%.17g,%.17g,3,%.17g\n", x[i], y[i], w[i], fabs(x[i] - .5));
    fclose(file);
}

static void make_folder(void) {
    folder = run_folder_new();
    gsl_rng *rng = crease_random_new(3, 0);
    for (size_t i = 0; i < ROWS; i++) { /* unsorted, two kinks and a curve */
        x[i] = 4 * gsl_rng_uniform(rng) - 2;
        w[i] = 1 + (double)(i % 3);
        y[i] = fabs(x[i] + 1) - 2 * fmax(0, x[i] - .5) + .3 * x[i] * x[i] + .1 * (gsl_rng_uniform(rng) - .5);
    }
    gsl_rng_free(rng);
    write_csv();
}

static void remove_folder(void) {
    run_folder_remove(folder);
    folder = NULL;
}

static json_t *json_of(const char *line) {
    run_result result = run_shell("cd %s && %s", folder, line);
    ck_assert_msg(result.exit_code == 0, "%s: exit code %d\n%s", line, result.exit_code, result.err);
    json_t *object = run_json(&result);
    run_clear(&result);
    return object;
}

static const json_t *part(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    ck_assert_msg(value != NULL, "the key %s is missing", key);
    return value;
}

static int ascending(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The errors of the starts of one method, fitted here. */
static double check_runs(const json_t *runs, size_t units, crease_fit_options options, double best_known,
                         double sd) {
    char spec[64];
    double sorted[LM_RUNS];
    size_t hits = 0;
    crease_net *net;
    crease_fit_result fit;
    snprintf(spec, sizeof spec, "affine+relu:%zu", units);
    ck_assert_int_eq(crease_net_parse(spec, 1, 1, &net, NULL), CREASE_OK);
    ck_assert_int_eq(crease_fit(net, &data, &options, &fit, NULL), CREASE_OK);
    const json_t *rmse = part(runs, "rmse");
    ck_assert_uint_eq(json_array_size(rmse), options.starts);
    ck_assert_double_eq((double)options.starts, run_json_number(runs, "starts"));
    for (size_t i = 0; i < options.starts; i++) {
        sorted[i] = fit.start[i].rmse;
        ck_assert_double_eq(json_number_value(json_array_get(rmse, i)), sorted[i]);
        hits += sorted[i] <= 1.01 * best_known + 1e-4 * sd ? 1 : 0;
    }
    qsort(sorted, options.starts, sizeof *sorted, ascending);
    ck_assert_double_eq(run_json_number(runs, "rmse_best"), sorted[0]);
    ck_assert_double_eq_tol(run_json_number(runs, "rmse_median"),
                            (sorted[(options.starts - 1) / 2] + sorted[options.starts / 2]) / 2, 1e-15);
    ck_assert_double_eq_tol(run_json_number(runs, "hit_rate"), (double)hits / (double)options.starts, 1e-15);
    crease_net_free(net);
    crease_fit_result_clear(&fit);
    return sorted[0];
}

static double spread(void) {
    double total = 0, mean = 0, square = 0;
    for (size_t i = 0; i < ROWS; i++) {
        total += data.weight ? w[i] : 1;
        mean += (data.weight ? w[i] : 1) * y[i];
    }
    mean /= total;
    for (size_t i = 0; i < ROWS; i++)
        square += (data.weight ? w[i] : 1) * (y[i] - mean) * (y[i] - mean);
    return sqrt(square / total);
}

START_TEST(every_number_is_that_of_a_fit) {
    if (test_leaves_out((size_t)_i))
        return;
    data.weight = _i ? w : NULL;
    double total = 0, before = INFINITY;
    for (size_t i = 0; i < ROWS; i++)
        total += _i ? w[i] : 1;
    json_t *object =
        json_of(_i ? "crease compare d.csv -x x -y y --units 3 --starts 6 --seed 4 --json --weight w"
                   : "crease compare d.csv -x x -y y --units 3 --starts 6 --seed 4 --json");
    const json_t *rows = part(object, "units"), *row;
    ck_assert_uint_eq(json_array_size(rows), MOST);
    size_t h;
    json_array_foreach(rows, h, row) {
        crease_knots_options options = {.knots = h + 1, .min_points = CREASE_NO_MINIMUM};
        crease_knots_result best;
        ck_assert_int_eq(crease_knots_fit(&data, &options, &best, NULL), CREASE_OK);
        double bound = run_json_number(row, "lower_bound_rmse");
        double found = run_json_number(part(row, "default"), "rmse");
        ck_assert_double_eq((double)h + 1, run_json_number(row, "n_units"));
        ck_assert_double_eq((double)(2 * h + 4), run_json_number(row, "n_free"));
        ck_assert_double_eq_tol(bound * bound * total, best.lower_bound, 1e-12 * best.lower_bound);
        ck_assert_double_eq(run_json_number(row, "gap"), best.gap);
        ck_assert_int_eq(json_is_true(part(row, "certified")), best.certified);
        ck_assert_double_eq_tol(found, best.rmse, 1e-9 * best.rmse);
        double known = fmin(found, best.rmse), sd = spread();
        crease_fit_options lm = {
            .method = CREASE_METHOD_LM, .init = CREASE_INIT_RANDOM, .starts = LM_RUNS, .seed = 4};
        crease_fit_options adam = {.method = CREASE_METHOD_ADAM,
                                   .init = CREASE_INIT_RANDOM,
                                   .starts = ADAM_RUNS,
                                   .seed = 4,
                                   .epochs = 2000};
        double lowest = fmin(check_runs(part(row, "lm"), h + 1, lm, known, sd),
                             check_runs(part(row, "adam"), h + 1, adam, known, sd));
        ck_assert_msg(bound <= fmin(known, lowest) * (1 + 1e-9), "H = %zu: bound %g, known %g, runs %g",
                      h + 1, bound, known, lowest);
        ck_assert_double_gt(bound, .5 * known); /* and it says something */
        ck_assert_double_lt(bound, before);
        before = bound;
        crease_knots_result_clear(&best);
    }
    json_decref(object);
}
END_TEST

START_TEST(the_certificate_is_that_of_crease_fit) {
    json_t *object = json_of("crease compare d.csv -x x -y y --units 2 --starts 2 --json");
    json_t *fitted = json_of("crease fit d.csv -x x -y y --net affine+relu:2 --json");
    const json_t *row = json_array_get(part(object, "units"), 1);
    ck_assert_double_eq(run_json_number(part(row, "default"), "rmse"), run_json_number(fitted, "rmse"));
    ck_assert_str_eq(json_string_value(part(object, "schema")), "crease/compare/1");
    ck_assert(json_is_true(part(part(row, "default"), "meets_bound")) ==
              json_is_true(part(row, "certified")));
    const char *text = json_string_value(part(object, "conclusion"));
    ck_assert_msg(strstr(text, "Default fits meet the lower bound") != NULL, "%s", text);
    ck_assert_ptr_nonnull(strstr(json_string_value(part(object, "basis")), "affine+relu:H"));
    json_decref(object);
    json_decref(fitted);
}
END_TEST

/* Exact data have the bound 0, constant ones no spread: nothing is divided by either. */
START_TEST(exact_and_constant_data) {
    static const char *const lines[] = {
        "crease compare d.csv -x x -y hat --units 2 --starts 3 --json --plot hat.svg",
        "crease compare d.csv -x x -y flat --units 2 --starts 3 --json --plot flat.svg"};
    json_t *object = json_of(lines[_i]);
    const json_t *row;
    size_t h;
    json_array_foreach(part(object, "units"), h, row) {
        ck_assert_double_lt(run_json_number(part(row, "default"), "rmse"), 1e-12);
        ck_assert_double_lt(run_json_number(row, "lower_bound_rmse"), 1e-12);
        ck_assert(json_is_true(part(part(row, "default"), "meets_bound")));
    }
    json_decref(object);
}
END_TEST

/* Everything but the clock. */
static void forget_time(json_t *object) {
    json_t *row;
    size_t h;
    json_array_foreach(json_object_get(object, "units"), h, row) {
        json_object_del(row, "seconds");
        json_object_del(json_object_get(row, "default"), "seconds");
        json_object_del(json_object_get(row, "lm"), "seconds_median");
        json_object_del(json_object_get(row, "adam"), "seconds_median");
    }
}

START_TEST(threads_do_not_change_a_digit) {
    json_t *one = json_of("crease compare d.csv -x x -y y --units 2 --starts 4 --json --threads 1");
    json_t *two = json_of("crease compare d.csv -x x -y y --units 2 --starts 4 --json --threads 2");
    json_t *seed = json_of("crease compare d.csv -x x -y y --units 2 --starts 4 --json --seed 2");
    forget_time(one);
    forget_time(two);
    forget_time(seed);
    ck_assert(json_equal(one, two));
    json_object_set(seed, "seed", json_object_get(one, "seed"));
    ck_assert(!json_equal(one, seed));
    json_decref(one);
    json_decref(two);
    json_decref(seed);
}
END_TEST

/* The script beside the picture holds a point for each run. */
START_TEST(the_picture_holds_every_run) {
    run_result result =
        run_shell("cd %s && crease compare d.csv -x x -y y --units 3 --starts 6 --plot u.svg && "
                  "test -s u.svg && awk '/^\\$/{name=$1} /^[-0-9.]+ [-0-9.e]+/{n[name]++} "
                  "END{print \"points\", n[\"$bound\"], n[\"$default\"], n[\"$lm\"], n[\"$adam\"]}' u.gp",
                  folder);
    ck_assert_msg(result.exit_code == 0, "exit code %d\n%s", result.exit_code, result.err);
    ck_assert_msg(strstr(result.out, "points 3 3 18 15") != NULL, "%s", result.out);
    ck_assert_ptr_nonnull(strstr(result.out, "lower bound"));
    run_clear(&result);
}
END_TEST

static const struct {
    const char *line;
    int code;
    const char *says;
} refused[] = {
    {"crease compare d.csv -x x -y y --units 0", 64, "--units"},
    {"crease compare d.csv -x x -y y --units 65", 64, "64"},
    {"crease compare d.csv -x x -y y --units 2 --nets relu:2", 64, "--nets"},
    {"crease compare d.csv -x x -y y --units 2 --folds 5", 64, "--folds"},
    {"crease compare d.csv -x x -y y --units 2 --test d.csv", 64, "--test"},
    {"crease compare d.csv -x x -y y --units 2 --method lm", 64, "--method"},
    {"crease compare d.csv -x x -y y --units 2 --init he", 64, "--init"},
    {"crease compare d.csv -x x,w -y y --units 2", 64, "one input"},
    {"crease compare d.csv -x x -y none --units 2", 65, "none"},
    {"crease compare nowhere.csv -x x -y y --units 2", 66, "nowhere.csv"},
    {"(echo x,y; seq 20001 | sed 's/.*/&,&/') | crease compare - -x x -y y --units 2", 65, "20000"},
    {"crease compare d.csv -x x -y y --units 1 --starts 1 > /dev/full", 74, "standard output"},
};

START_TEST(what_cannot_be_done_is_refused) {
    run_result result = run_shell("cd %s && %s", folder, refused[_i].line);
    ck_assert_msg(result.exit_code == refused[_i].code, "%s: exit code %d\n%s", refused[_i].line,
                  result.exit_code, result.err);
    ck_assert_msg(strstr(result.err, refused[_i].says) != NULL, "%s: %s", refused[_i].line, result.err);
    run_clear(&result);
}
END_TEST

START_TEST(interrupt_returns_what_there_is) {
    char line[512];
    snprintf(line, sizeof line,
             "cd %s && exec crease compare d.csv -x x -y y --units 60 --starts 100000 -v --json", folder);
    run_result result = run_program(&(run_options){.timeout = 60, .interrupt_at = "80 rows"},
                                    (const char *const[]){"sh", "-c", line, NULL});
    ck_assert(!result.timed_out);
    ck_assert_msg(result.exit_code == 130, "exit code %d\n%s", result.exit_code, result.err);
    ck_assert_ptr_nonnull(strstr(result.err, "interrupted"));
    json_t *object = run_json(&result);
    ck_assert(json_is_true(part(object, "interrupted")));
    ck_assert_uint_lt(json_array_size(part(object, "units")), 60);
    json_decref(object);
    run_clear(&result);
}
END_TEST

Suite *test_cli_units(void) {
    Suite *suite = suite_create("cli_units");
    TCase *units = tcase_create("units");
    tcase_add_checked_fixture(units, make_folder, remove_folder);
    tcase_add_loop_test(units, every_number_is_that_of_a_fit, 0, 2);
    tcase_add_test(units, the_certificate_is_that_of_crease_fit);
    tcase_add_loop_test(units, exact_and_constant_data, 0, 2);
    tcase_add_test(units, threads_do_not_change_a_digit);
    tcase_add_test(units, the_picture_holds_every_run);
    tcase_add_loop_test(units, what_cannot_be_done_is_refused, 0, sizeof refused / sizeof *refused);
    tcase_add_test(units, interrupt_returns_what_there_is);
    suite_add_tcase(suite, units);
    return suite;
}
