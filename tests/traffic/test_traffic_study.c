/* ReLU beside smooth networks on known truths (traffic.md, section 5), what the verdict says, names of models. */
#include "crease/random.h"
#include "support/suites.h"
#include "support/traffic_data.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 400, SEEDS = 3, MOST_MODELS = 5 };

static double truth_triangular(double x) {
    return x >= 150 ? 0 : fmin(100 * x, 2000.0 / 130 * (150 - x));
}

static double truth_greenshields(double x) {
    return x >= 150 ? 0 : 100 * x * (1 - x / 150);
}

static int compare_numbers(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Median over the seeds of the rmse against the truth for each model; every fit is audited. */
static void against_truth(double (*truth)(double), double capacity, const char *const *models, size_t count,
                          double *median) {
    double error[MOST_MODELS][SEEDS];
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        double x[ROWS], y[ROWS], q[ROWS];
        gsl_rng *generator = crease_random_new(seed + 1, 0);
        for (size_t i = 0; i < ROWS; i++) {
            x[i] = gsl_ran_flat(generator, 0, 150);
            y[i] = truth(x[i]) + gsl_ran_gaussian(generator, .04 * capacity);
        }
        gsl_rng_free(generator);
        traffic_study *s =
            traffic_test_study(ROWS, x, y, models, count,
                               (traffic_study_options){.fit = {.starts = test_cases(2, 6), .seed = 1}});
        for (size_t m = 0; m < count; m++) {
            const traffic_row *row = &s->row[m];
            const bool smooth = strncmp(models[m], "tanh", 4) == 0 || strncmp(models[m], "sigmoid", 7) == 0;
            double sum = 0;
            ck_assert_int_eq(traffic_row_predict(row, ROWS, x, q, NULL), CREASE_OK);
            for (size_t i = 0; i < ROWS; i++)
                sum += (q[i] - truth(x[i])) * (q[i] - truth(x[i]));
            error[m][seed] = sqrt(sum / ROWS);
            if (smooth && !isnan(row->audit.jam_density))
                ck_assert_msg(row->audit.min_flow_beyond_jam < 0, "%s, seed %lu: never negative", models[m],
                              (unsigned long)seed + 1);
            if (!row->net)
                ck_assert_double_eq(row->audit.min_flow_beyond_jam, 0);
        }
        traffic_study_free(s);
    }
    for (size_t m = 0; m < count; m++) {
        qsort(error[m], SEEDS, sizeof *error[m], compare_numbers);
        median[m] = error[m][SEEDS / 2];
    }
}

START_TEST(kinked_truth_favours_relu) {
    static const char *const models[] = {"triangular", "affine+relu:1", "tanh:4", "sigmoid:4"};
    double median[4];
    against_truth(truth_triangular, 2000, models, 4, median);
    ck_assert_double_lt(median[0], 12); /* 6.4 in the specification, of noise 80 */
    ck_assert_double_lt(median[1], 14); /* 7.0 */
    ck_assert_double_gt(median[2], 1.3 * median[1]);
    ck_assert_double_gt(median[3], 1.3 * median[1]);
}
END_TEST

START_TEST(curved_truth_favours_smooth_nets) {
    static const char *const models[] = {"greenshields", "physical:6", "relu:6", "tanh:4", "sigmoid:4"};
    double median[5];
    against_truth(truth_greenshields, 3750, models, 5, median);
    ck_assert_double_lt(median[0], 20);
    ck_assert_double_lt(median[3], median[2]); /* 24.1 against 46.6 */
    ck_assert_double_lt(median[4], median[2]);
    ck_assert_double_lt(median[1], 45); /* 30.8 */
}
END_TEST

/* ---- verdict and names ---- */

START_TEST(verdict_follows_the_numbers) {
    static const char *const models[] = {"triangular", "tanh:4"};
    double x[100], y[100];
    for (size_t i = 0; i < 100; i++) {
        x[i] = 1.5 * (double)(i + 1);
        y[i] = truth_triangular(x[i]);
    }
    traffic_study *s =
        traffic_test_study(100, x, y, models, 2, (traffic_study_options){.fit = {.starts = 4, .seed = 1}});
    char *text = traffic_verdict(s, 150);
    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(strstr(text, "Closest to the data: triangular"));
    ck_assert_ptr_nonnull(strstr(text, "truly 150.00: nearest triangular with 150.00"));
    const char *negative = strstr(text, "Negative flow beyond the jam density: tanh:4 to -");
    ck_assert((negative != NULL) == (s->row[1].audit.min_flow_beyond_jam < 0));
    free(text);
    traffic_study_free(s);
}
END_TEST

/* No change in per cent of an error that is 0, and concave is said of concave diagrams alone. */
START_TEST(verdict_of_exact_fits_and_convex_tails) {
    static const char *const models[] = {"triangular", "newell-franklin", "s3"}, *const tail[] = {"s3",
                                                                                                  "relu:2"};
    const double x[] = {10, 20, 30, 60, 90}, line[] = {1000, 2000, 3000, 6000, 9000},
                 y[] = {950, 1800, 1500, 700, 500};
    traffic_study *s = traffic_test_study(5, x, line, models, 3, (traffic_study_options){.fit = {.seed = 1}});
    char *text = traffic_verdict(s, NAN);
    ck_assert_ptr_nonnull(text);
    ck_assert_msg(!strstr(text, "nan") && !strstr(text, "inf"), "%s", text);
    free(text);
    traffic_study_free(s);
    s = traffic_test_study(5, x, y, tail, 2, (traffic_study_options){.fit = {.starts = 2, .seed = 1}});
    text = traffic_verdict(s, NAN);
    ck_assert_ptr_nonnull(text);
    ck_assert_msg(strstr(text, "So: s3, which by its form is zero on the empty road and never negative"),
                  "%s", text);
    free(text);
    traffic_study_free(s);
    s = traffic_test_study(5, x, y, models, 2,
                           (traffic_study_options){.fit = {.seed = 1}, .jam_density = 140});
    text = traffic_verdict(s, NAN);
    ck_assert_ptr_nonnull(text);
    ck_assert_msg(!strstr(text, "Jam densities run"), "%s", text); /* imposed, there is one */
    free(text);
    traffic_study_free(s);
}
END_TEST

START_TEST(models_that_are_unknown) {
    static const char *const bad[] = {"s4",
                                      "physical",
                                      "physical:",
                                      "physical:0",
                                      "physical:13",
                                      "physical:2x",
                                      "physical:-1",
                                      "physics",
                                      "relu:0",
                                      "relu:",
                                      ""};
    static const char *const good[] = {"greenshields", "triangular", "physical:12", "relu:3",
                                       "affine+tanh:2+relu:1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(traffic_model_check(bad[i], NULL) == CREASE_BAD_ARGUMENT, "'%s' is taken", bad[i]);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(traffic_model_check(good[i], NULL) == CREASE_OK, "'%s' is refused", good[i]);
}
END_TEST

Suite *test_traffic_study(void) {
    Suite *suite = suite_create("traffic study");
    TCase *truths = tcase_create("truths");
    tcase_add_test(truths, kinked_truth_favours_relu);
    tcase_add_test(truths, curved_truth_favours_smooth_nets);
    tcase_add_test(truths, verdict_follows_the_numbers);
    tcase_add_test(truths, verdict_of_exact_fits_and_convex_tails);
    tcase_add_test(truths, models_that_are_unknown);
    tcase_set_timeout(truths, 600);
    suite_add_tcase(suite, truths);
    return suite;
}
