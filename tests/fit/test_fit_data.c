/* Data at the border: little, constant, repeated, huge, tiny, weightless, unusable; and the score. */
#include "crease/fit.h"
#include "crease/random.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static crease_net *parse(const char *spec, size_t inputs, size_t outputs) {
    crease_net *net;
    crease_error error;
    ck_assert_msg(crease_net_parse(spec, inputs, outputs, &net, &error) == CREASE_OK, "%s", error.message);
    return net;
}

/* Fits and returns the score; every number of the net must be finite. */
static crease_score fit(crease_net *net, crease_data data, crease_fit_options options) {
    crease_fit_result result;
    crease_error error = {0};
    ck_assert_msg(crease_fit(net, &data, &options, &result, &error) == CREASE_OK, "%s", error.message);
    for (size_t j = 0; j < net->parameter_count; j++)
        ck_assert(isfinite(net->theta[j]));
    ck_assert(isfinite(result.score.rmse) && isfinite(result.score.max_error));
    ck_assert(result.hit_rate > 0 && result.hit_rate <= 1 && result.dead_units <= crease_net_unit_count(net));
    crease_score score = result.score;
    crease_fit_result_clear(&result);
    return score;
}

static const char *const specs[] = {"affine",        "relu:3",     "affine+relu:2",  "tanh:2",
                                    "relu:3/relu:2", "relu^1.5:2", "prelu:2+silu:1", "sigmoid:2"};
static const crease_method methods[] = {CREASE_METHOD_AUTO, CREASE_METHOD_LM, CREASE_METHOD_BFGS,
                                        CREASE_METHOD_ADAM};
enum { spec_count = sizeof specs / sizeof specs[0], method_count = sizeof methods / sizeof methods[0] };

/* Every spec and method on one data set; the root mean square error stays below `most` where least squares is
 * used, and below `most_of_adam` with adam. */
static void fit_with_everything(crease_data data, double most, double most_of_adam) {
    for (size_t s = 0; s < spec_count; s++)
        for (size_t m = 0; m < method_count; m++) {
            crease_net *net = parse(specs[s], data.inputs, data.outputs);
            crease_score score = fit(
                net, data, (crease_fit_options){.method = methods[m], .starts = 3, .epochs = 50, .seed = 1});
            ck_assert_msg(score.rmse <= (methods[m] == CREASE_METHOD_ADAM ? most_of_adam : most),
                          "%s, %s: rmse %g", specs[s], crease_method_name(methods[m]), score.rmse);
            crease_net_free(net);
        }
}

START_TEST(one_row) {
    const double x = 3, y = 7, weight = .25;
    fit_with_everything((crease_data){1, 1, 1, &x, &y, NULL}, 1e-7, 1);
    fit_with_everything((crease_data){1, 1, 1, &x, &y, &weight}, 1e-7, 1);
}
END_TEST

START_TEST(two_rows_at_one_place) {
    const double x[] = {3, 3}, y[] = {7, 9};
    fit_with_everything((crease_data){2, 1, 1, x, y, NULL}, 1 + 1e-6, 1.5); /* the mean is best */
}
END_TEST

START_TEST(constant_x) {
    double x[20], y[20], mean = 0, square = 0;
    for (int i = 0; i < 20; i++) {
        x[i] = 1e6;
        y[i] = i % 3;
        mean += y[i] / 20;
    }
    for (int i = 0; i < 20; i++)
        square += (y[i] - mean) * (y[i] - mean) / 20;
    fit_with_everything((crease_data){20, 1, 1, x, y, NULL}, sqrt(square) * (1 + 1e-6), 2 * sqrt(square));
}
END_TEST

START_TEST(constant_y) {
    double x[20], y[20];
    for (int i = 0; i < 20; i++) {
        x[i] = i;
        y[i] = .1;
    }
    fit_with_everything((crease_data){20, 1, 1, x, y, NULL}, 1e-7, .5);
    crease_net *net = parse("relu:2", 1, 1);
    crease_score score = fit(net, (crease_data){20, 1, 1, x, y, NULL}, (crease_fit_options){.starts = 2});
    ck_assert_double_nan(score.r2); /* though the mean of 20 times .1 is not quite .1 */
    crease_net_free(net);
}
END_TEST

START_TEST(more_parameters_than_rows) {
    const double x[] = {0, 1, 2, 3, 4}, y[] = {0, 2, -1, 5, 3};
    static const char *const wide[] = {"relu:20", "affine+relu:9", "tanh:12", "relu:6/relu:6"};
    for (size_t s = 0; s < 4; s++)
        for (size_t m = 0; m < 3; m++) {
            crease_net *net = parse(wide[s], 1, 1);
            crease_score score = fit(net, (crease_data){5, 1, 1, x, y, NULL},
                                     (crease_fit_options){.method = methods[m], .seed = 1});
            ck_assert_msg(score.rmse < 1e-4, "%s, %s: rmse %g", wide[s], crease_method_name(methods[m]),
                          score.rmse);
            crease_net_free(net);
        }
}
END_TEST

/* A hinge in units of `size`: the optimum is exact and moves with the units. */
START_TEST(huge_and_tiny_scales) {
    static const double sizes[][2] = {{1e150, 1},     {1, 1e150},       {1e-200, 1},     {1, 1e-200},
                                      {1e150, 1e140}, {1e-200, 1e-150}, {1e-290, 1e-290}};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        double x[50], y[50];
        for (int i = 0; i < 50; i++) {
            double at = i / 10.;
            x[i] = at * sizes[s][0];
            y[i] = (1 + at - 3 * fmax(0, at - 2.03)) * sizes[s][1];
        }
        crease_data data = {50, 1, 1, x, y, NULL};
        crease_net *net = parse("affine+relu:1", 1, 1);
        crease_score score = fit(net, data, (crease_fit_options){.seed = 1});
        ck_assert_msg(score.rmse < 1e-12 * sizes[s][1] && score.r2 > .999999, "units %g, %g: rmse %g, r2 %g",
                      sizes[s][0], sizes[s][1], score.rmse, score.r2);
        crease_kink *kinks;
        size_t count;
        ck_assert_int_eq(crease_fit_kinks(net, &data, &kinks, &count, NULL), CREASE_OK);
        ck_assert_uint_eq(count, 1);
        ck_assert_double_eq_tol(kinks[0].x / sizes[s][0], 2.03, 1e-11);
        free(kinks);
        crease_net_free(net);
        if (sizes[s][1] == 1)
            continue;
        for (int i = 0; i < 50; i++) /* noise of the same size: the error must not vanish */
            y[i] += sin(50. * i) * sizes[s][1];
        net = parse("affine+relu:1", 1, 1);
        score = fit(net, data, (crease_fit_options){.seed = 1});
        ck_assert_msg(score.rmse > .5 * sizes[s][1] && score.rmse < sizes[s][1] && score.r2 > 0 &&
                          score.r2 < 1,
                      "rmse %g, r2 %g", score.rmse, score.r2);
        crease_net_free(net);
    }
}
END_TEST

START_TEST(rows_without_weight_do_not_matter) {
    double x[60], y[60], weight[60];
    for (int i = 0; i < 60; i++) {
        x[i] = i;
        y[i] = fabs(i - 20.5);
        weight[i] = i % 3 ? 2 : 0;
        if (i % 3 == 0) {
            x[i] = 1e200;
            y[i] = -1e200;
        }
    }
    crease_data data = {60, 1, 1, x, y, weight};
    crease_net *net = parse("affine+relu:1", 1, 1);
    crease_score score = fit(net, data, (crease_fit_options){.seed = 1});
    ck_assert_msg(score.rmse < 1e-11 && score.max_error < 1e-10 && score.r2 > 1 - 1e-12, "rmse %g, r2 %g",
                  score.rmse, score.r2);
    crease_net_free(net);
}
END_TEST

START_TEST(size_of_weights_does_not_matter) {
    double x[30], y[30], weight[30], rmse[3];
    static const double sizes[] = {1, 1e-290, 1e290};
    for (size_t s = 0; s < 3; s++) {
        for (int i = 0; i < 30; i++) {
            x[i] = i;
            y[i] = i % 7;
            weight[i] = sizes[s] * (1 + i % 4);
        }
        crease_net *net = parse("relu:2", 1, 1);
        rmse[s] = fit(net, (crease_data){30, 1, 1, x, y, weight}, (crease_fit_options){.seed = 1}).rmse;
        crease_net_free(net);
        ck_assert_double_eq_tol(rmse[s], rmse[0], 1e-9);
    }
}
END_TEST

START_TEST(repeated_rows) {
    double x[100], y[100];
    for (int i = 0; i < 100; i++) {
        x[i] = i / 25;
        y[i] = i % 2 ? x[i] : -x[i]; /* the best a function can do is the mean at each x */
    }
    crease_net *net = parse("relu:4", 1, 1);
    crease_score score = fit(net, (crease_data){100, 1, 1, x, y, NULL}, (crease_fit_options){.seed = 1});
    double exact = 0;
    for (int v = 0; v < 4; v++) {
        double mean = 0;
        for (int i = 25 * v; i < 25 * v + 25; i++)
            mean += y[i] / 25;
        for (int i = 25 * v; i < 25 * v + 25; i++)
            exact += (y[i] - mean) * (y[i] - mean) / 100;
    }
    ck_assert_double_eq_tol(score.rmse, sqrt(exact), 1e-9);
    crease_net_free(net);
}
END_TEST

START_TEST(unusable_data_are_refused) {
    double x[] = {1, 2, 3, 4}, y[] = {1, 3, 2, 5}, weight[] = {1, 1, 1, 1};
    static const struct {
        int array, row;
        double value;
        const char *reason;
    } table[] = {
        {0, 2, NAN, "row 3 of x"},           {0, 0, INFINITY, "row 1 of x"},
        {1, 3, NAN, "row 4 of y"},           {1, 1, -INFINITY, "row 2 of y"},
        {2, 1, NAN, "row 2 of the weights"}, {2, 2, -1, "the weight of row 3 is negative"},
    };
    crease_net *net = parse("relu:1", 1, 1);
    crease_data data = {4, 1, 1, x, y, weight};
    crease_fit_result result;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        double *entry = (table[i].array == 0   ? x
                         : table[i].array == 1 ? y
                                               : weight) +
                        table[i].row,
               kept = *entry;
        crease_error error = {0};
        *entry = table[i].value;
        ck_assert_int_eq(crease_fit(net, &data, NULL, &result, &error), CREASE_BAD_DATA);
        ck_assert_msg(strstr(error.message, table[i].reason) != NULL, "%s", error.message);
        ck_assert_ptr_null(result.start);
        *entry = kept;
    }
    crease_error error = {0};
    const double nothing[] = {0, 0, 0, 0};
    data.weight = nothing;
    ck_assert_int_eq(crease_fit(net, &data, NULL, &result, &error), CREASE_BAD_DATA);
    ck_assert_msg(strstr(error.message, "the weights sum to 0") != NULL, "%s", error.message);
    data.weight = NULL;
    data.n = 0;
    ck_assert_int_eq(crease_fit(net, &data, NULL, &result, &error), CREASE_BAD_DATA);
    ck_assert_msg(strstr(error.message, "no rows") != NULL, "%s", error.message);
    data.n = 2;
    data.inputs = 2;
    ck_assert_int_eq(crease_fit(net, &data, NULL, &result, &error), CREASE_BAD_ARGUMENT);
    crease_net_free(net);
}
END_TEST

START_TEST(dead_units_are_reported) {
    double x[] = {1, 2, 3, 4}, y[] = {1, 3, 2, 5};
    crease_net *net = parse("relu:3", 1, 1);
    /* corners at 0 (alive), at 9 facing right and at -5 facing left (dead on the data) */
    const double theta[] = {1, 1, -1, 0, -9, -5, 1, 1, 1, 0};
    memcpy(net->theta, theta, sizeof theta);
    crease_fit_options options = {
        .init = CREASE_INIT_KEEP, .method = CREASE_METHOD_SGD, .epochs = 5, .learning_rate = .001};
    crease_data data = {4, 1, 1, x, y, NULL};
    crease_fit_result result;
    ck_assert_int_eq(crease_fit(net, &data, &options, &result, NULL), CREASE_OK);
    ck_assert_uint_eq(result.dead_units, 2);
    ck_assert_uint_eq(result.starts, 1);
    ck_assert(net->theta[1] == 1 && net->theta[4] == -9 && net->theta[0] != 1);
    crease_fit_result_clear(&result);
    crease_net_free(net);
}
END_TEST

/* The score against its definition, two outputs, weights. */
START_TEST(score_is_its_definition) {
    enum { n = 700 };
    static double x[n], y[2 * n], weight[n], predicted[2 * n];
    gsl_rng *rng = crease_random_new(1, 0);
    crease_net *net = parse("affine+tanh:2", 1, 2);
    crease_work *work;
    for (size_t j = 0; j < net->parameter_count; j++)
        net->theta[j] = gsl_ran_gaussian(rng, 1);
    for (size_t i = 0; i < n; i++) {
        x[i] = gsl_ran_gaussian(rng, 2);
        y[2 * i] = gsl_ran_gaussian(rng, 1);
        y[2 * i + 1] = 100 + gsl_ran_gaussian(rng, 3);
        weight[i] = i % 5 ? gsl_rng_uniform(rng) : 0;
    }
    y[0] = 1e9; /* of weight 0 */
    ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
    crease_net_evaluate(net, NULL, work, n, x, predicted);
    for (int weighted = 0; weighted < 2; weighted++) {
        long double sse = 0, sst = 0, total = 0, largest = 0, mean[2] = {0};
        for (size_t i = 0; i < n; i++) {
            long double w = weighted ? weight[i] : 1;
            total += w;
            for (size_t o = 0; o < 2; o++)
                mean[o] += w * y[2 * i + o];
        }
        for (size_t i = 0; i < 2 * n; i++) {
            long double w = weighted ? weight[i / 2] : 1, r = predicted[i] - y[i],
                        d = y[i] - mean[i % 2] / total;
            sse += w * r * r;
            sst += w * d * d;
            if (w > 0)
                largest = fmaxl(largest, fabsl(r));
        }
        crease_data data = {n, 1, 2, x, y, weighted ? weight : NULL};
        crease_score score;
        ck_assert_int_eq(crease_net_score(net, &data, &score, NULL), CREASE_OK);
        double rmse = (double)sqrtl(sse / total / 2);
        ck_assert_double_eq_tol(score.rmse, rmse, 1e-13 * rmse);
        ck_assert_double_eq_tol(score.max_error, (double)largest, 1e-13 * (double)largest);
        ck_assert_double_eq_tol(score.r2, (double)(1 - sse / sst), 1e-9);
    }
    crease_work_free(work);
    crease_net_free(net);
    gsl_rng_free(rng);
}
END_TEST

START_TEST(columns_of_a_table) {
    crease_table *table;
    crease_data data;
    double *storage;
    ck_assert_int_eq(crease_table_new(&table, 3, 4, NULL), CREASE_OK);
    for (size_t k = 0; k < 4; k++)
        for (size_t i = 0; i < 3; i++)
            table->column[k][i] = (double)(10 * k + i);
    const size_t inputs[] = {3, 1};
    for (int weighted = 0; weighted < 2; weighted++) {
        ck_assert_int_eq(
            crease_data_from_table(table, inputs, 2, 0, weighted ? 2 : SIZE_MAX, &data, &storage, NULL),
            CREASE_OK);
        ck_assert(data.n == 3 && data.inputs == 2 && data.outputs == 1 && (data.weight != NULL) == weighted);
        for (size_t i = 0; i < 3; i++) {
            ck_assert(data.x[2 * i] == 30 + (double)i && data.x[2 * i + 1] == 10 + (double)i &&
                      data.y[i] == (double)i);
            ck_assert(!weighted || data.weight[i] == 20 + (double)i);
        }
        free(storage);
    }
    crease_table_free(table);
    crease_error error = {0};
    ck_assert_int_eq(crease_table_new(&table, 0, 2, NULL), CREASE_OK);
    ck_assert_int_eq(crease_data_from_table(table, inputs + 1, 1, 0, SIZE_MAX, &data, &storage, &error),
                     CREASE_BAD_DATA);
    crease_table_free(table);
}
END_TEST

Suite *test_fit_data(void) {
    Suite *suite = suite_create("fit_data");
    TCase *tests = tcase_create("data");
    tcase_add_test(tests, one_row);
    tcase_add_test(tests, two_rows_at_one_place);
    tcase_add_test(tests, constant_x);
    tcase_add_test(tests, constant_y);
    tcase_add_test(tests, more_parameters_than_rows);
    tcase_add_test(tests, huge_and_tiny_scales);
    tcase_add_test(tests, rows_without_weight_do_not_matter);
    tcase_add_test(tests, size_of_weights_does_not_matter);
    tcase_add_test(tests, repeated_rows);
    tcase_add_test(tests, unusable_data_are_refused);
    tcase_add_test(tests, dead_units_are_reported);
    tcase_add_test(tests, score_is_its_definition);
    tcase_add_test(tests, columns_of_a_table);
    suite_add_tcase(suite, tests);
    return suite;
}
