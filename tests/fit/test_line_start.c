/* ReLU networks on a line through crease_fit: the network is the function that the search for knots found, whatever seed
 * and threads, and as good as the best known ones. The table of best known errors: tests/data/fit/README.md. */
#include "crease/csv.h"
#include "crease/fit.h"
#include "crease/knots.h"
#include "crease/random.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 120 };

typedef struct sample {
    size_t n;
    double x[MOST], y[MOST];
} sample;

static sample draw(uint64_t seed) {
    gsl_rng *rng = crease_random_new(seed, 12);
    sample s = {.n = 25 + seed % 60};
    for (size_t i = 0; i < s.n; i++) {
        s.x[i] = 4 + 3 * gsl_rng_uniform(rng);
        double z = s.x[i] - 5.5, noise = gsl_ran_gaussian(rng, .1);
        s.y[i] = seed % 3 == 0   ? 10 * noise
                 : seed % 3 == 1 ? sin(3 * z) + noise
                                 : fabs(z) + (z > .6 ? 1 : 0) + noise;
    }
    gsl_rng_free(rng);
    return s;
}

static crease_data data_of(const sample *s) {
    return (crease_data){.n = s->n, .inputs = 1, .outputs = 1, .x = s->x, .y = s->y};
}

static crease_fit_result fit(const crease_data *data, const char *kind, size_t units, uint64_t seed,
                             size_t threads, crease_net **net) {
    char spec[40];
    crease_error error = {0};
    crease_fit_result result;
    crease_fit_options options = {.seed = seed, .threads = threads};
    snprintf(spec, sizeof spec, "%s:%zu", kind, units);
    ck_assert_int_eq(crease_net_parse(spec, 1, 1, net, NULL), CREASE_OK);
    crease_status status = crease_fit(*net, data, &options, &result, &error);
    ck_assert_msg(status == CREASE_OK, "%s: %s", spec, error.message);
    return result;
}

static double rmse_of(const crease_net *net, const crease_data *data) {
    crease_work *work;
    double *y = malloc(data->n * sizeof *y), sum = 0;
    ck_assert(y != NULL);
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    crease_net_evaluate(net, NULL, work, data->n, data->x, y);
    for (size_t i = 0; i < data->n; i++)
        sum += (y[i] - data->y[i]) * (y[i] - data->y[i]);
    crease_work_free(work);
    free(y);
    return sqrt(sum / (double)data->n);
}

static crease_knots_result knots(const crease_data *data, size_t k) {
    crease_knots_result result;
    crease_error error = {0};
    crease_knots_options options = {
        .knots = k, .min_points = CREASE_NO_MINIMUM, .work = (double)test_cases(10, 20)};
    crease_status status = crease_knots_fit(data, &options, &result, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    return result;
}

/* With an affine path H units are H knots; without, no better than H knots and no worse than H - 1. */
START_TEST(test_between_bounds) {
    size_t cases = test_rounds(15, 300);
    for (size_t seed = 0; seed < cases; seed++) {
        sample s = draw(seed);
        crease_data data = data_of(&s);
        size_t units = 1 + seed % 5;
        crease_knots_result free_ends = knots(&data, units), fewer = knots(&data, units - 1);
        crease_net *affine, *tied;
        crease_fit_result with = fit(&data, "affine+relu", units, seed, 1, &affine),
                          without = fit(&data, "relu", units, seed, 1, &tied);
        double rounding = 1e-9 * sqrt(free_ends.tss / (double)s.n),
               bound = sqrt(free_ends.lower_bound / (double)s.n);
        ck_assert_msg(with.searched && without.searched, "seed %zu: not searched", seed);
        ck_assert_msg(fabs(with.score.rmse - rmse_of(affine, &data)) <= rounding, "seed %zu: affine score",
                      seed);
        ck_assert_msg(fabs(without.score.rmse - rmse_of(tied, &data)) <= rounding, "seed %zu: score", seed);
        ck_assert_msg(with.score.rmse <= free_ends.rmse + rounding, "seed %zu: affine %.12g, knots %.12g",
                      seed, with.score.rmse, free_ends.rmse);
        ck_assert_msg(with.score.rmse >= bound - rounding, "seed %zu: affine %.12g, bound %.12g", seed,
                      with.score.rmse, bound);
        ck_assert_msg(without.score.rmse >= bound - rounding, "seed %zu: %.12g, bound %.12g", seed,
                      without.score.rmse, bound);
        ck_assert_msg(without.score.rmse <= fewer.rmse * 1.003 + rounding,
                      "seed %zu, %zu units: %.12g, a knot less %.12g", seed, units, without.score.rmse,
                      fewer.rmse);
        crease_net_free(affine);
        crease_net_free(tied);
        crease_fit_result_clear(&with);
        crease_fit_result_clear(&without);
        crease_knots_result_clear(&free_ends);
        crease_knots_result_clear(&fewer);
    }
}
END_TEST

/* The function of the knots, the network and its polyline are one. */
START_TEST(test_units_are_knots) {
    for (size_t seed = 0; seed < test_rounds(12, 12); seed++) {
        sample s = draw(seed);
        crease_data data = data_of(&s);
        size_t units = 1 + seed % 6;
        bool left[8] = {false};
        crease_knots_result best;
        crease_knots_options options = {.knots = units, .min_points = CREASE_NO_MINIMUM};
        ck_assert_int_eq(crease_knots_fit_relu(&data, &options, &best, left, NULL), CREASE_OK);
        /* value left of all knots is that of the left-facing units alone */
        double slope = 0, before = best.pwl->slope_left, size = fabs(before);
        for (size_t j = 0; j < best.pwl->knot_count; j++) {
            double after = j + 1 < best.pwl->knot_count
                               ? (best.pwl->y[j + 1] - best.pwl->y[j]) / (best.pwl->x[j + 1] - best.pwl->x[j])
                               : best.pwl->slope_right;
            slope -= left[j] ? after - before : 0;
            size = fmax(size, fabs(after));
            before = after;
        }
        ck_assert_msg(fabs(slope - best.pwl->slope_left) <= 1e-6 * size,
                      "seed %zu: end slope %.12g, units %.12g", seed, best.pwl->slope_left, slope);
        crease_net *net;
        crease_fit_result result = fit(&data, "relu", units, 3, 1, &net);
        ck_assert_msg(result.score.rmse <= best.rmse * (1 + 1e-9), "seed %zu: %.12g, knots %.12g", seed,
                      result.score.rmse, best.rmse);
        crease_fit_result_clear(&result);
        crease_net_free(net);
        crease_knots_result_clear(&best);
    }
}
END_TEST

START_TEST(test_same_for_all_seeds_and_threads) {
    static const char *const kind[] = {"relu", "affine+relu"};
    for (size_t seed = 0; seed < test_rounds(6, 6); seed++) {
        sample s = draw(seed);
        crease_data data = data_of(&s);
        crease_net *net[3];
        crease_fit_result result[3];
        for (size_t i = 0; i < 3; i++)
            result[i] = fit(&data, kind[seed % 2], 1 + seed, 100 * i + 1, 1 + i, &net[i]);
        for (size_t i = 1; i < 3; i++)
            for (size_t p = 0; p < net[0]->parameter_count; p++)
                ck_assert_msg(net[i]->theta[p] == net[0]->theta[p],
                              "seed %zu, parameter %zu: %.17g, not %.17g", seed, p, net[i]->theta[p],
                              net[0]->theta[p]);
        for (size_t i = 0; i < 3; i++) {
            crease_fit_result_clear(&result[i]);
            crease_net_free(net[i]);
        }
    }
}
END_TEST

START_TEST(test_few_rows) {
    double x[] = {2, 2, 3, 7}, y[] = {1, 1, -2, 4};
    for (size_t n = 1; n <= 4; n++)
        for (size_t units = 1; units <= 5; units++)
            for (int affine = 0; affine < 2; affine++) {
                crease_data data = {.n = n, .inputs = 1, .outputs = 1, .x = x, .y = y};
                crease_net *net;
                crease_fit_result result = fit(&data, affine ? "affine+relu" : "relu", units, 1, 1, &net);
                size_t needed = n < 3 ? 0 : n - 2; /* bends: two places a line, three a bend */
                bool enough = units >= needed + (affine ? 0 : 1);
                ck_assert_msg(!enough || result.score.rmse < 1e-12, "%zu rows, %zu units, affine %d: %g", n,
                              units, affine, result.score.rmse);
                for (size_t p = 0; p < net->parameter_count; p++)
                    ck_assert(isfinite(net->theta[p]));
                crease_fit_result_clear(&result);
                crease_net_free(net);
            }
}
END_TEST

/* ---- best known ---- */

static const char *const problems[] = {"a_parab", "b_parab_n", "c_tri_n", "d_save",
                                       "e_cons",  "f_clip",    "h_sine"};
enum { PROBLEMS = sizeof problems / sizeof *problems, FREE_ROWS = 8, ROWS = 14 };

static crease_table *load(const char *path, const crease_csv_options *options) {
    crease_table *table;
    crease_error error = {0};
    crease_status status = crease_csv_load(path, options, &table, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    return table;
}

static crease_table *load_problem(int i) {
    char path[80];
    snprintf(path, sizeof path, "tests/data/%s%s_train.csv", strcmp(problems[i], "c_tri_n") ? "fit/" : "",
             problems[i]);
    return load(path, NULL);
}

/* Columns k, error and, for the free knots alone, bound, over the standard deviation. */
static crease_table *load_best(int i, bool bounds) {
    static const char *const column[] = {"k", "rmse_over_sd", "lower_bound_over_sd"};
    char where[40];
    snprintf(where, sizeof where, "problem=%s", problems[i]);
    crease_csv_options options = {
        .columns = column, .column_count = bounds ? 3 : 2, .where = where, .skip_missing = bounds};
    crease_table *best = load("tests/data/fit/best_known.csv", &options);
    ck_assert_uint_eq(best->rows, bounds ? FREE_ROWS : ROWS);
    return best;
}

static crease_data data_of_table(const crease_table *table) {
    return (crease_data){
        .n = table->rows, .inputs = 1, .outputs = 1, .x = table->column[0], .y = table->column[1]};
}

/* The table's errors have six digits. */
START_TEST(test_best_known_knots) {
    crease_table *best = load_best(_i, true), *table = load_problem(_i);
    crease_data data = data_of_table(table);
    for (size_t row = 0; row < FREE_ROWS; row++) {
        if (test_leaves_out(row + (size_t)_i))
            continue;
        double known = best->column[1][row], bound = best->column[2][row];
        crease_knots_result r = knots(&data, (size_t)best->column[0][row]);
        double sd = sqrt(r.tss / (double)data.n), found = r.rmse / sd, own = sqrt(r.lower_bound / r.tss);
        bool noisy = (strcmp(problems[_i], "c_tri_n") == 0 && row >= 3) ||
                     (strcmp(problems[_i], "b_parab_n") == 0 && row >= 6);
        ck_assert_msg(found <= (noisy ? 1.01 : 1.0001) * known + 1e-13, "%s, %zu knots: %.9g, known %.9g",
                      problems[_i], row + 1, found, known);
        ck_assert_msg(known < 1e-7 || !r.certified || own >= bound * (1 - 1e-5),
                      "%s, %zu knots: bound %.9g, known %.9g", problems[_i], row + 1, own, bound);
        ck_assert_msg(own <= found * (1 + 1e-9), "%s, %zu knots: bound %.9g above %.9g", problems[_i],
                      row + 1, own, found);
        crease_knots_result_clear(&r);
    }
    crease_table_free(best);
    crease_table_free(table);
}
END_TEST

START_TEST(test_best_known_networks) {
    crease_table *best = load_best(_i, false), *table = load_problem(_i);
    crease_data data = data_of_table(table);
    crease_knots_result line = knots(&data, 0);
    double sd = sqrt(line.tss / (double)data.n);
    for (size_t row = FREE_ROWS; row < ROWS; row++) {
        if (test_leaves_out(row + (size_t)_i))
            continue;
        size_t units = (size_t)best->column[0][row];
        double known = best->column[1][row];
        crease_net *net;
        crease_fit_result result = fit(&data, "relu", units, 17, 1, &net);
        double found = result.score.rmse / sd;
        ck_assert_msg(found <= 1.01 * known + 1e-4, "%s, %zu units: %.9g, known %.9g", problems[_i], units,
                      found, known);
        crease_fit_result_clear(&result);
        crease_net_free(net);
    }
    crease_knots_result_clear(&line);
    crease_table_free(best);
    crease_table_free(table);
}
END_TEST

Suite *test_line_start(void) {
    Suite *suite = suite_create("line_start");
    TCase *all = tcase_create("networks on a line"), *known = tcase_create("best known");
    tcase_set_timeout(all, 300);
    tcase_set_timeout(known, 300);
    tcase_add_test(all, test_between_bounds);
    tcase_add_test(all, test_units_are_knots);
    tcase_add_test(all, test_same_for_all_seeds_and_threads);
    tcase_add_test(all, test_few_rows);
    tcase_add_loop_test(known, test_best_known_knots, 0, PROBLEMS);
    tcase_add_loop_test(known, test_best_known_networks, 0, PROBLEMS);
    suite_add_tcase(suite, all);
    suite_add_tcase(suite, known);
    return suite;
}
