/* What fit, compare and eval deliver: the keys of the contract, numbers computed again from the files they
 * write, the same digits for any number of threads, and the best so far on Ctrl-C. */
#include "crease/crease.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *folder;

/* Two noisy tables: y = |x - 1| + noise, and z = max(u, v) + noise; and a second sample of the first. */
static void write_noisy(const char *name, uint64_t seed) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    gsl_rng *generator = crease_random_new(seed, 0);
    fputs("x,y,u,v,z,w\n", file);
    for (int i = 0; i < 120; i++) {
        double x = 4 * gsl_rng_uniform(generator) - 1, u = gsl_rng_uniform(generator),
               v = gsl_rng_uniform(generator);
        double noise = .1 * (gsl_rng_uniform(generator) - .5);
        fprintf(file, "%.17g,%.17g,%.17g,%.17g,%.17g,%d\n", x, fabs(x - 1) + noise, u, v, fmax(u, v) + noise,
                1 + i % 3);
    }
    gsl_rng_free(generator);
    fclose(file);
}

static void make_folder(void) {
    folder = run_folder_new();
    write_noisy("d.csv", 1);
    write_noisy("test.csv", 2);
}

static void remove_folder(void) {
    run_folder_remove(folder);
    folder = NULL;
}

static run_result run_here(const char *line) {
    run_result result = run_shell("cd %s && %s", folder, line);
    ck_assert_msg(result.exit_code == 0, "%s: exit code %d\n%s", line, result.exit_code, result.err);
    return result;
}

static json_t *json_of(const char *line) {
    run_result result = run_here(line);
    json_t *object = run_json(&result);
    run_clear(&result);
    return object;
}

static crease_table *table_of(const char *name) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    crease_table *table = NULL;
    crease_error error;
    ck_assert_msg(crease_csv_load(path, NULL, &table, &error) == CREASE_OK, "%s", error.message);
    return table;
}

static const double *column(const crease_table *table, const char *name) {
    size_t index = 0;
    crease_error error;
    ck_assert_msg(crease_table_find(table, name, &index, &error) == CREASE_OK, "%s", error.message);
    return table->column[index];
}

static void check_keys(const json_t *object, const char *const *key) {
    for (; *key; key++)
        ck_assert_msg(json_object_get(object, *key) != NULL, "the key %s is missing", *key);
}

/* ---- the contract ---- */

START_TEST(fit_has_every_key) {
    static const char *const keys[] = {"schema", "net",        "n_params", "n_free",     "n",
                                       "rmse",   "max_error",  "r2",       "test_rmse",  "stop",
                                       "starts", "best_start", "hit_rate", "dead_units", "seconds",
                                       "kinks",  "seed",       NULL};
    static const char *const kink_keys[] = {"x", "se", "slope_left", "slope_right", NULL};
    json_t *object = json_of("crease fit d.csv -x x -y y --net affine+relu:1 --starts 5 --seed 3 --json");
    check_keys(object, keys);
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/fit/1");
    ck_assert_str_eq(json_string_value(json_object_get(object, "net")), "affine+relu:1");
    ck_assert_int_eq((int)run_json_number(object, "n_params"), 5); /* 2 + 3 knots, 2 + 2 knots */
    ck_assert_int_eq((int)run_json_number(object, "n_free"), 4);
    ck_assert_int_eq((int)run_json_number(object, "n"), 120);
    ck_assert_int_eq((int)run_json_number(object, "starts"), 5);
    ck_assert_int_eq((int)run_json_number(object, "seed"), 3);
    ck_assert(json_is_null(json_object_get(object, "test_rmse")));
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(object, "why")), "test_rmse"));
    const json_t *kinks = json_object_get(object, "kinks"), *kink = json_array_get(kinks, 0);
    ck_assert_uint_eq(json_array_size(kinks), 1);
    check_keys(kink, kink_keys);
    /* the noise has sd .029 and the slopes jump by 2: the kink is known to about a hundredth */
    ck_assert_double_eq_tol(run_json_number(kink, "x"), 1, .03);
    ck_assert_double_eq_tol(run_json_number(kink, "slope_left"), -1, .05);
    ck_assert_double_eq_tol(run_json_number(kink, "slope_right"), 1, .05);
    ck_assert(run_json_number(kink, "se") > 1e-4 && run_json_number(kink, "se") < .03);
    json_decref(object);
}
END_TEST

START_TEST(kinks_are_null_for_two_inputs) {
    json_t *object = json_of("crease fit d.csv -x u,v -y z --net relu:2 --starts 2 --json");
    ck_assert(json_is_null(json_object_get(object, "kinks")));
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(object, "why")), "kinks"));
    json_decref(object);
    object = json_of("crease fit d.csv -x x -y y --net tanh:2 --starts 2 --json");
    ck_assert_uint_eq(json_array_size(json_object_get(object, "kinks")), 0);
    ck_assert(json_is_array(json_object_get(object, "kinks")));
    json_decref(object);
}
END_TEST

START_TEST(compare_has_every_key) {
    static const char *const keys[] = {
        "net",       "n_params", "n_free",         "rmse_median",        "rmse_best", "rmse_iqr", "test_rmse",
        "max_error", "hit_rate", "seconds_median", "rmse_equal_seconds", "kinks",     NULL};
    json_t *object = json_of("crease compare d.csv -x x -y y --starts 2 --folds 3 --json");
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/compare/1");
    const json_t *rows = json_object_get(object, "rows"), *row;
    ck_assert_uint_eq(json_array_size(rows), 3);
    static const char *const activations[] = {"relu", "tanh", "sigmoid"};
    size_t i;
    json_array_foreach(rows, i, row) {
        check_keys(row, keys);
        ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(row, "net")), activations[i]));
        ck_assert_int_eq((int)run_json_number(row, "n_free"),
                         (int)run_json_number(json_array_get(rows, 0), "n_free"));
        ck_assert(run_json_number(row, "rmse_best") <= run_json_number(row, "rmse_median"));
        ck_assert_double_gt(run_json_number(row, "test_rmse"), 0);
        const json_t *fold, *folds = json_object_get(row, "fold_rmse");
        ck_assert_uint_eq(json_array_size(folds), 3);
        double sum = 0;
        size_t k;
        json_array_foreach(folds, k, fold) sum += json_number_value(fold);
        ck_assert_double_eq_tol(run_json_number(row, "test_rmse"), sum / 3, 1e-12);
    }
    const json_t *differences = json_object_get(object, "differences");
    ck_assert_uint_eq(json_array_size(differences), 3);
    json_decref(object);
}
END_TEST

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

/* The sentence about a pair follows its adjusted p value and the sign of its log ratio, and says both and the interval. */
static void check_conclusion(const json_t *pair, const json_t *numbers, const char *noise, size_t *beyond) {
    const char *sentence = text_of(numbers, "conclusion");
    double p = run_json_number(numbers, "p_adjusted"), ratio = run_json_number(numbers, "ratio"),
           low = run_json_number(numbers, "ratio_low"), high = run_json_number(numbers, "ratio_high");
    const char *better = text_of(pair, ratio <= 1 ? "a" : "b");
    char expected[256];
    ck_assert(low < ratio && ratio < high);
    ck_assert_double_eq_tol(log(ratio), run_json_number(numbers, "log_ratio"), 1e-12);
    ck_assert_double_eq_tol(ratio * ratio, low * high, 1e-9); /* an interval of the logarithm */
    ck_assert_double_le(run_json_number(numbers, "p_value"), p);
    snprintf(expected, sizeof expected, "%.3g times as large", fmin(ratio, 1 / ratio));
    ck_assert_msg(strstr(sentence, expected) != NULL, "%s: %s", expected, sentence);
    snprintf(expected, sizeof expected, "(95 %% interval %.3g to %.3g, p = %.2g after Holm)",
             ratio <= 1 ? low : 1 / high, ratio <= 1 ? high : 1 / low, p);
    ck_assert_msg(strstr(sentence, expected) != NULL, "%s: %s", expected, sentence);
    ck_assert_msg(strstr(sentence, noise) != NULL, "%s", sentence);
    if (p < .05) {
        (*beyond)++;
        ck_assert_msg(strstr(sentence, "beyond the noise of") && !strstr(sentence, "no difference"), "%s",
                      sentence);
        ck_assert_msg(strncmp(sentence, better, strlen(better)) == 0, "%s", sentence);
    } else {
        ck_assert_msg(strstr(sentence, "no difference beyond the noise of") != NULL, "%s", sentence);
    }
}

START_TEST(conclusions_follow_the_tests) {
    json_t *object =
        json_of("crease compare d.csv -x x -y y --nets relu:1,affine+relu:1,affine+tanh:1 --starts 3 "
                "--folds 5 --json");
    const json_t *pair;
    size_t i, beyond = 0;
    json_array_foreach(json_object_get(object, "differences"), i, pair) {
        ck_assert_str_eq(text_of(pair, "noise"), "folds");
        check_conclusion(pair, pair, "of the data", &beyond);
        /* each pair has a network that is searched: no test over seeds, and the sentence says why */
        const json_t *seeds = json_object_get(pair, "seeds");
        ck_assert(json_is_null(json_object_get(seeds, "p_value")) &&
                  json_is_null(json_object_get(seeds, "ratio_low")));
        ck_assert_ptr_nonnull(strstr(text_of(seeds, "conclusion"), "which has no seed noise"));
        ck_assert_ptr_nonnull(strstr(text_of(pair, "conclusion_equal_seconds"), "Equal seconds"));
    }
    /* |x - 1| needs two slopes: one ReLU without a line cannot follow it, and tanh cannot turn a corner */
    ck_assert_uint_ge(beyond, 1);
    ck_assert_ptr_nonnull(strstr(text_of(object, "basis"), "3 pairs (Holm 1979)"));
    pair = json_array_get(json_object_get(object, "differences"), 1); /* relu:1, affine+tanh:1 */
    ck_assert_ptr_nonnull(strstr(text_of(pair, "conclusion_equal_parameters"), "not equal"));
    json_decref(object);
    run_result text = run_here("crease compare d.csv -x x -y y --starts 3");
    ck_assert_ptr_nonnull(strstr(text.out, "training data"));
    ck_assert_ptr_nonnull(strstr(text.out, "--folds"));
    run_clear(&text);
}
END_TEST

/* Without a global search the seeds are tested, and without folds the verdict rests on that. */
START_TEST(seeds_are_tested_where_they_matter) {
    json_t *object =
        json_of("crease compare d.csv -x x -y y --nets relu:2,tanh:2,relu:4 --method lm --init random "
                "--starts 12 --json");
    const json_t *pair;
    size_t i, beyond = 0;
    json_array_foreach(json_object_get(object, "differences"), i, pair) {
        ck_assert_str_eq(text_of(pair, "noise"), "starts");
        check_conclusion(pair, pair, "of the seeds", &beyond);
        check_conclusion(pair, json_object_get(pair, "seeds"), "of the seeds", &beyond);
    }
    ck_assert_uint_ge(beyond, 1);
    json_decref(object);
}
END_TEST

/* tanh and sigmoid are one class of functions, and a network is itself. */
START_TEST(the_same_is_called_the_same) {
    json_t *object =
        json_of("crease compare d.csv -x x -y y --nets tanh:2,tanh:2 --starts 3 --folds 3 --json");
    const json_t *pair = json_array_get(json_object_get(object, "differences"), 0);
    ck_assert_ptr_nonnull(strstr(text_of(pair, "conclusion"), "the same error"));
    ck_assert_double_eq(run_json_number(pair, "ratio"), 1);
    ck_assert(json_is_null(json_object_get(pair, "p_adjusted")));
    ck_assert_ptr_nonnull(strstr(text_of(pair, "conclusion_equal_parameters"), "equal, 7"));
    json_decref(object);
}
END_TEST

START_TEST(compare_scores_the_test_file) {
    json_t *object =
        json_of("crease compare d.csv -x x -y y --nets affine+relu:1 --starts 3 --test test.csv --json");
    json_t *fitted =
        json_of("crease fit d.csv -x x -y y --net affine+relu:1 --starts 3 --test test.csv --json");
    const json_t *row = json_array_get(json_object_get(object, "rows"), 0);
    ck_assert_double_eq_tol(run_json_number(row, "test_rmse"), run_json_number(fitted, "test_rmse"), 1e-9);
    ck_assert_double_eq_tol(run_json_number(row, "rmse_best"), run_json_number(fitted, "rmse"), 1e-9);
    json_decref(object);
    json_decref(fitted);
}
END_TEST

/* ---- fit, save, eval ---- */

typedef struct recomputed {
    double rmse, max_error, r2;
} recomputed;

static recomputed recompute(const char *data_name, const char *y_name, const char *prediction_name,
                            bool weighted) {
    crease_table *data = table_of(data_name), *prediction = table_of(prediction_name);
    ck_assert_uint_eq(data->rows, prediction->rows);
    const double *y = column(data, y_name), *p = column(prediction, y_name), *w = column(data, "w");
    double sse = 0, sum = 0, total = 0, sst = 0;
    recomputed result = {0};
    for (size_t i = 0; i < data->rows; i++) {
        double weight = weighted ? w[i] : 1;
        sse += weight * (y[i] - p[i]) * (y[i] - p[i]);
        total += weight;
        sum += weight * y[i];
        result.max_error = fmax(result.max_error, fabs(y[i] - p[i]));
    }
    for (size_t i = 0; i < data->rows; i++)
        sst += (weighted ? w[i] : 1) * (y[i] - sum / total) * (y[i] - sum / total);
    result.rmse = sqrt(sse / total);
    result.r2 = 1 - sse / sst;
    crease_table_free(data);
    crease_table_free(prediction);
    return result;
}

START_TEST(saved_model_predicts_what_was_fitted) {
    static const struct {
        const char *fit, *y;
        bool weighted;
    } cases[] = {{"-x x -y y --net affine+relu:1+tanh:1 --starts 3", "y", false},
                 {"-x x -y y --net relu:3 --starts 3 --weight w", "y", true},
                 {"-x u,v -y z --net tanh:2/relu:3 --starts 2", "z", false},
                 {"-x u,v -y z --net prelu:2+relu^1.5:1 --starts 2", "z", false},
                 {"-x x -y y --net gelu:3 --method adam --epochs 100 --batch 30", "y", false}};
    char line[512];
    snprintf(line, sizeof line, "crease fit d.csv %s --test test.csv -o m.json --json", cases[_i].fit);
    json_t *object = json_of(line);
    run_result eval = run_here("crease eval m.json d.csv -o p.csv && crease eval m.json test.csv > q.csv");
    run_clear(&eval);
    recomputed train = recompute("d.csv", cases[_i].y, "p.csv", cases[_i].weighted);
    recomputed test = recompute("test.csv", cases[_i].y, "q.csv", cases[_i].weighted);
    ck_assert_double_eq_tol(run_json_number(object, "rmse"), train.rmse, 1e-12);
    ck_assert_double_eq_tol(run_json_number(object, "max_error"), train.max_error, 1e-12);
    ck_assert_double_eq_tol(run_json_number(object, "r2"), train.r2, 1e-11);
    ck_assert_double_eq_tol(run_json_number(object, "test_rmse"), test.rmse, 1e-12);
    json_decref(object);
}
END_TEST

START_TEST(gradients_are_those_of_the_predictions) {
    /* fourth-order central differences along u and along v */
    static const double step[] = {1, -1, 2, -2};
    const double h = 1e-4;
    char text[1024] = "u,v\n.3,.6\n";
    for (size_t i = 0; i < 8; i++) {
        double move = step[i % 4] * h;
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%.17g,%.17g\n", .3 + (i < 4 ? move : 0),
                 .6 + (i < 4 ? 0 : move));
    }
    run_file_write(folder, "points.csv", "%s", text);
    run_result result =
        run_here("crease fit d.csv -x u,v -y z --net tanh:3 --method adam --epochs 200 -o m.json && "
                 "crease eval m.json points.csv --gradient -o g.csv");
    run_clear(&result);
    crease_table *table = table_of("g.csv");
    ck_assert_uint_eq(table->columns, 3);
    const double *z = column(table, "z");
    ck_assert_double_eq_tol(column(table, "dz_du")[0], (8 * (z[1] - z[2]) - (z[3] - z[4])) / (12 * h), 1e-8);
    ck_assert_double_eq_tol(column(table, "dz_dv")[0], (8 * (z[5] - z[6]) - (z[7] - z[8])) / (12 * h), 1e-8);
    json_t *object = json_of("crease eval m.json points.csv --gradient --json");
    const json_t *columns = json_object_get(object, "columns");
    for (size_t i = 0; i < table->rows; i++) {
        ck_assert_double_eq(json_number_value(json_array_get(json_object_get(columns, "z"), i)), z[i]);
        ck_assert_double_eq(json_number_value(json_array_get(json_object_get(columns, "dz_dv"), i)),
                            column(table, "dz_dv")[i]);
    }
    json_decref(object);
    crease_table_free(table);
}
END_TEST

START_TEST(eval_finds_columns_by_name_or_x) {
    run_result result = run_here("crease fit d.csv -x u,v -y z --net relu:2 --starts 2 -o m.json");
    run_clear(&result);
    run_file_write(folder, "turned.csv", "v,other,u\n.7,9,.2\n");
    run_file_write(folder, "named.csv", "a,b\n.2,.7\n");
    run_file_write(folder, "bare.csv", ".2,.7\n");
    run_result by_name = run_here("crease eval m.json turned.csv"),
               by_x = run_here("crease eval m.json named.csv -x a,b");
    run_result by_number = run_here("crease eval m.json - -x 1,2 < bare.csv");
    ck_assert_str_eq(by_name.out, by_x.out);
    ck_assert_str_eq(by_name.out, by_number.out);
    ck_assert_int_eq(strncmp(by_name.out, "z\n", 2), 0);
    run_clear(&by_name);
    run_clear(&by_x);
    run_clear(&by_number);
    result = run_shell("cd %s && crease eval m.json named.csv", folder);
    ck_assert_int_eq(result.exit_code, 65);
    ck_assert_msg(strstr(result.err, "-x") && strstr(result.err, "u") && strstr(result.err, "a"), "%s",
                  result.err);
    run_clear(&result);
    result = run_shell("cd %s && crease eval m.json named.csv -x a", folder);
    ck_assert_int_eq(result.exit_code, 64);
    ck_assert_msg(strstr(result.err, "2 inputs") != NULL, "%s", result.err);
    run_clear(&result);
}
END_TEST

START_TEST(standard_input_and_output_are_files_too) {
    json_t *from_file = json_of("crease fit d.csv -x x -y y --net relu:2 --starts 2 --json");
    json_t *from_pipe = json_of("cat d.csv | crease fit - -x 1 -y 2 --net relu:2 --starts 2 --json");
    ck_assert_double_eq(run_json_number(from_file, "rmse"), run_json_number(from_pipe, "rmse"));
    json_decref(from_file);
    json_decref(from_pipe);
    run_result piped =
        run_here("crease fit d.csv -x x -y y --net relu:2 --starts 2 -o - 2> summary | crease eval - d.csv");
    run_result saved =
        run_here("crease fit d.csv -x x -y y --net relu:2 --starts 2 -o m.json -q > /dev/null; "
                 "crease eval m.json d.csv && grep -q rmse summary");
    ck_assert_str_eq(piped.out, saved.out);
    ck_assert_uint_gt(piped.out_size, 120);
    run_clear(&piped);
    run_clear(&saved);
}
END_TEST

/* ---- threads, trace, Ctrl-C ---- */

/* Everything but the clock. */
static void forget_time(json_t *value) {
    json_object_del(value, "seconds");
    json_object_del(value, "seconds_median");
    json_object_del(value, "equal_seconds");
    json_object_del(value, "rmse_equal_seconds");
    json_object_del(value, "starts_equal_seconds");
    json_object_del(value, "chance_a_lower_equal_seconds");
    json_object_del(value, "conclusion_equal_seconds");
    json_t *row;
    size_t i;
    json_array_foreach(json_object_get(value, "rows"), i, row) forget_time(row);
    json_array_foreach(json_object_get(value, "differences"), i, row) forget_time(row);
}

START_TEST(threads_do_not_change_a_digit) {
    static const char *const lines[] = {
        "crease fit d.csv -x x -y y --net relu:4 --starts 6 --json",
        "crease fit d.csv -x u,v -y z --net relu:3 --method lm --init random --starts 5 --json",
        "crease fit d.csv -x x -y y --net tanh:3 --method sgd --epochs 40 --batch 16 --starts 4 --json",
        "crease compare d.csv -x x -y y --nets relu:3,tanh:2 --starts 3 --folds 2 --json"};
    char line[512];
    json_t *object[2];
    for (int threads = 1; threads <= 2; threads++) {
        snprintf(line, sizeof line, "%s --threads %d", lines[_i], threads);
        object[threads - 1] = json_of(line);
        forget_time(object[threads - 1]);
    }
    char *one = json_dumps(object[0], JSON_REAL_PRECISION(17)),
         *two = json_dumps(object[1], JSON_REAL_PRECISION(17));
    size_t same = 0; /* libcheck cannot hold a message of two whole objects */
    while (one[same] && one[same] == two[same])
        same++;
    ck_assert_msg(one[same] == two[same], "%s: %.80s ... %.80s", lines[_i], one + (same > 40 ? same - 40 : 0),
                  two + (same > 40 ? same - 40 : 0));
    free(one);
    free(two);
    json_decref(object[0]);
    json_decref(object[1]);
}
END_TEST

START_TEST(trace_is_in_start_order) {
    json_t *object =
        json_of("crease fit d.csv -x x -y y --net tanh:6 --method lm --init random --starts 16 --threads 1 "
                "--trace one.csv --json");
    run_result two =
        run_here("crease fit d.csv -x x -y y --net tanh:6 --method lm --init random --starts 16 --threads 2 "
                 "--trace two.csv -q && cmp one.csv two.csv && head -n 1 one.csv > head");
    run_clear(&two);
    char line[256];
    snprintf(line, sizeof line, "%s/head", folder);
    FILE *file = fopen(line, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    fclose(file);
    ck_assert_str_eq(line, "start,iteration,loss,gradient_norm,step_norm\n");
    run_result cut = run_here("cut -d , -f 1-3 one.csv > cut.csv"); /* a step norm may be an empty cell */
    run_clear(&cut);
    crease_table *table = table_of("cut.csv");
    const double *start = column(table, "start"), *iteration = column(table, "iteration"),
                 *loss = column(table, "loss");
    size_t best_row = 0, starts = 1;
    for (size_t i = 1; i < table->rows; i++) {
        ck_assert_double_ge(start[i], start[i - 1]);
        if (start[i] == start[i - 1])
            ck_assert_double_ge(iteration[i], iteration[i - 1]);
        else
            starts++;
        if (loss[i] < loss[best_row])
            best_row = i;
    }
    ck_assert_uint_eq(starts, 16); /* enough that two threads take turns */
    ck_assert_double_eq(start[best_row], run_json_number(object, "best_start"));
    crease_table_free(table);
    json_decref(object);
}
END_TEST

START_TEST(interrupt_returns_the_best_so_far) {
    static const char *const lines[] = {
        "exec crease fit d.csv -x x -y y --net tanh:4 --method adam --epochs 1000000000 -v --json -o m.json",
        "exec crease compare d.csv -x x -y y --nets relu:4,tanh:4 --method adam --epochs 1000000000 --starts "
        "2 -v "
        "--json"};
    char line[512];
    snprintf(line, sizeof line, "cd %s && %s", folder, lines[_i]);
    run_result result = run_program(&(run_options){.timeout = 60, .interrupt_at = "120 rows"},
                                    (const char *const[]){"sh", "-c", line, NULL});
    ck_assert(!result.timed_out);
    ck_assert_msg(result.exit_code == 130, "exit code %d\n%s", result.exit_code, result.err);
    ck_assert_msg(strstr(result.err, "best result") != NULL, "%s", result.err);
    json_t *object = run_json(&result);
    if (_i == 0) {
        ck_assert_str_eq(json_string_value(json_object_get(object, "stop")), "interrupted");
        ck_assert_double_lt(run_json_number(object, "rmse"), 10);
        run_result eval = run_here("crease eval m.json d.csv -o p.csv");
        run_clear(&eval);
        ck_assert_double_eq_tol(recompute("d.csv", "y", "p.csv", false).rmse, run_json_number(object, "rmse"),
                                1e-12);
    }
    json_decref(object);
    run_clear(&result);
}
END_TEST

Suite *test_cli_results(void) {
    Suite *suite = suite_create("cli_results");
    TCase *results = tcase_create("results");
    tcase_add_checked_fixture(results, make_folder, remove_folder);
    tcase_add_test(results, fit_has_every_key);
    tcase_add_test(results, kinks_are_null_for_two_inputs);
    tcase_add_test(results, compare_has_every_key);
    tcase_add_test(results, conclusions_follow_the_tests);
    tcase_add_test(results, seeds_are_tested_where_they_matter);
    tcase_add_test(results, the_same_is_called_the_same);
    tcase_add_test(results, compare_scores_the_test_file);
    tcase_add_loop_test(results, saved_model_predicts_what_was_fitted, 0, 5);
    tcase_add_test(results, gradients_are_those_of_the_predictions);
    tcase_add_test(results, eval_finds_columns_by_name_or_x);
    tcase_add_test(results, standard_input_and_output_are_files_too);
    tcase_add_loop_test(results, threads_do_not_change_a_digit, 0, 4);
    tcase_add_test(results, trace_is_in_start_order);
    tcase_add_loop_test(results, interrupt_returns_the_best_so_far, 0, 2);
    suite_add_tcase(suite, results);
    return suite;
}
