/* Reference numbers, the audit of networks, and the comparison of ReLU with smooth networks on known truths.
 */
#include "crease/csv.h"
#include "crease/random.h"
#include "support/suites.h"
#include "traffic/traffic.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static crease_table *load(const char *path, const char *where, const char *first, const char *second) {
    crease_table *table = NULL;
    crease_error error;
    const crease_csv_options options = {
        .columns = (const char *const[]){first, second}, .column_count = 2, .where = where};
    ck_assert_msg(crease_csv_load(path, &options, &table, &error) == CREASE_OK, "%s", error.message);
    return table;
}

/* A file of the measured sets, or NULL: then the test is skipped. */
static char *measured(const char *name) {
    const char *folder = getenv("CREASE_DATA_DIR");
    char *path = NULL;
    if (!folder || asprintf(&path, "%s/traffic/%s", folder, name) < 0)
        return NULL;
    if (access(path, R_OK) == 0)
        return path;
    free(path);
    return NULL;
}

static traffic_study *study(size_t n, const double *density, const double *flow, const char *const *models,
                            size_t count, traffic_study_options options) {
    traffic_study *result = NULL;
    crease_error error;
    ck_assert_msg(traffic_study_run(n, density, flow, models, count, &options, &result, &error) == CREASE_OK,
                  "%s", error.message);
    ck_assert_uint_eq(result->row_count, count);
    return result;
}

static const char *const classical[] = {"greenshields", "triangular"};

/* ---- reference numbers, traffic.md section 4 ---- */

START_TEST(ideal_ring_is_the_truth) {
    crease_table *table = load("data/sumo_ring.csv", "driver=ideal", "density_veh_km", "flow_veh_h");
    ck_assert_uint_eq(table->rows, 300);
    traffic_study *s =
        study(table->rows, table->column[0], table->column[1], classical, 2, (traffic_study_options){0});
    const traffic_audit *a = &s->row[1].audit;
    ck_assert_double_eq_tol(a->free_speed, 119.99, .01);
    ck_assert_double_eq_tol(a->capacity, 2527, .6);
    ck_assert_double_eq_tol(a->critical_density, 21.06, .01);
    ck_assert_double_eq_tol(a->wave_speed, 22.52, .01);
    ck_assert_double_eq_tol(a->jam_density, 133.3, .06);
    ck_assert(a->extrapolated);
    traffic_study_free(s);
    crease_table_free(table);
}
END_TEST

/* The reference fit has no clamp at 0, hence the tolerances; its loss with the clamp must not be lower than
 * ours. */
START_TEST(bottleneck_reference) {
    crease_table *table = load("data/sumo_bottleneck.csv", NULL, "density_veh_km_lane", "flow_veh_h_lane");
    size_t n = 0;
    for (size_t i = 0; i < table->rows; i++)
        if (table->column[1][i] > 0) {
            table->column[0][n] = table->column[0][i];
            table->column[1][n++] = table->column[1][i];
        }
    ck_assert_uint_eq(n, 1867);
    traffic_study *s = study(n, table->column[0], table->column[1], classical, 2, (traffic_study_options){0});
    const traffic_audit *a = &s->row[1].audit;
    ck_assert_double_eq_tol(a->free_speed, 99.8, .05);
    ck_assert_double_eq_tol(a->capacity, 2078, 3);
    ck_assert_double_eq_tol(a->critical_density, 20.8, .06);
    ck_assert_double_eq_tol(a->wave_speed, 19.7, .15);
    ck_assert_double_eq_tol(a->jam_density, 126, 1); /* the interval [125, 127] */
    const traffic_diagram reference = {.family = TRAFFIC_PHYSICAL,
                                       .free_speed = 99.819,
                                       .kinks = 1,
                                       .kink = {20.814},
                                       .slope_drop = {99.819 + 19.723}};
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const double r = table->column[1][i] - traffic_diagram_flow(&reference, table->column[0][i]);
        sum += r * r;
    }
    ck_assert_double_le(s->row[1].wmse, sum / (double)n);
    ck_assert_double_ge(s->row[1].wmse, .99 * sum / (double)n);
    traffic_study_free(s);
    crease_table_free(table);
}
END_TEST

static void check_speed_fit(const traffic_study *s, const double greenshields[3], const double triangular[4],
                            double bound, double looseness) {
    const traffic_row *g = &s->row[0], *t = &s->row[1];
    ck_assert_double_eq_tol(g->audit.free_speed, greenshields[0], 1e-5);
    ck_assert_double_eq_tol(g->audit.jam_density, greenshields[1], 1e-5);
    ck_assert_double_eq_tol(g->wmse, greenshields[2], 1e-5);
    ck_assert_double_eq_tol(t->audit.free_speed, triangular[0], looseness * 1e-3);
    ck_assert_double_eq_tol(t->audit.jam_density, triangular[1], looseness * .05);
    ck_assert_double_eq_tol(t->audit.wave_speed, triangular[2], looseness * 1e-3);
    ck_assert_double_eq_tol(t->wmse, triangular[3], 1e-3);
    ck_assert_double_eq_tol(s->isotonic_bound, bound, 1e-5);
}

START_TEST(cheng_by_speed) {
    char *path = measured("cheng2021_freeway_5min_raw.csv");
    if (!path)
        skip_test("set CREASE_DATA_DIR for the measured data");
    crease_table *table = load(path, NULL, "Density", "Speed");
    ck_assert_uint_eq(table->rows, 18144);
    for (size_t i = 0; i < table->rows; i++)
        table->column[1][i] *= table->column[0][i];
    traffic_study_options options = {.by = TRAFFIC_BY_SPEED};
    traffic_study *ols = study(table->rows, table->column[0], table->column[1], classical, 2, options);
    check_speed_fit(ols, (const double[]){76.851655, 97.152823, 45.698094},
                    (const double[]){67.376, 505.8, 3.349, 37.990}, 31.916138, 1);
    options.weighting =
        TRAFFIC_QU; /* the valley of the triangular fit is flat: 67.04, 206.8, 9.60 is .0004 higher */
    traffic_study *qu = study(table->rows, table->column[0], table->column[1], classical, 2, options);
    check_speed_fit(qu, (const double[]){67.359499, 119.213668, 79.874292},
                    (const double[]){67.036, 206.8, 9.597, 36.251}, 32.285423, 40);
    traffic_study_free(ols);
    traffic_study_free(qu);
    crease_table_free(table);
    free(path);
}
END_TEST

/* traffic.md, section 4: S3, to all digits printed there. */
START_TEST(s3_by_speed) {
    static const struct {
        const char *file, *first, *second;
        bool second_is_speed_of_flow; /* density = flow / speed */
        traffic_weighting weighting;
        double vf, critical, m, wmse;
    } set[] = {{"cheng2021_freeway_5min_raw.csv", "Density", "Speed", false, TRAFFIC_OLS, 69.83964, 37.85228,
                3.15630, 32.973253},
               {"cheng2021_freeway_5min_raw.csv", "Density", "Speed", false, TRAFFIC_QU, 70.16121, 37.76801,
                3.09138, 34.097413},
               {"i880_fsp_lane2.csv", "flow_veh_h_lane", "speed_mi_h", true, TRAFFIC_OLS, 60.28541, 36.06441,
                7.57674, 7.892783}};
    static const char *const models[] = {"s3",    "van-aerde",  "smulders", "newell-franklin",
                                         "drake", "trapezoidal"};
    for (size_t k = 0; k < sizeof set / sizeof *set; k++) {
        char *path = measured(set[k].file);
        if (!path)
            skip_test("set CREASE_DATA_DIR for the measured data");
        crease_table *table = load(path, NULL, set[k].first, set[k].second);
        double *a = table->column[0], *b = table->column[1];
        for (size_t i = 0; i < table->rows; i++) {
            const double flow = set[k].second_is_speed_of_flow ? a[i] : a[i] * b[i];
            a[i] = set[k].second_is_speed_of_flow ? a[i] / b[i] : a[i];
            b[i] = flow;
        }
        traffic_study *s =
            study(table->rows, a, b, models, sizeof models / sizeof *models,
                  (traffic_study_options){.by = TRAFFIC_BY_SPEED, .weighting = set[k].weighting});
        const traffic_row *row = &s->row[0];
        ck_assert_double_eq_tol(row->diagram.free_speed, set[k].vf, .6e-5);
        ck_assert_double_eq_tol(row->diagram.scale, set[k].critical, .6e-5);
        ck_assert_double_eq_tol(row->diagram.shape[0], set[k].m, .6e-5);
        ck_assert_double_eq_tol(row->wmse, set[k].wmse, .6e-6);
        for (size_t m = 0; m < s->row_count; m++) /* every decreasing diagram */
            ck_assert_double_ge(s->row[m].wmse, s->isotonic_bound);
        traffic_study_free(s);
        crease_table_free(table);
        free(path);
    }
}
END_TEST

START_TEST(cheng_by_flow) {
    char *path = measured("cheng2021_freeway_5min_raw.csv");
    if (!path)
        skip_test("set CREASE_DATA_DIR for the measured data");
    crease_table *table = load(path, NULL, "Density", "Flow");
    traffic_study_options options = {0};
    traffic_study *ols = study(table->rows, table->column[0], table->column[1], classical, 2, options);
    options.weighting = TRAFFIC_QU;
    traffic_study *qu = study(table->rows, table->column[0], table->column[1], classical, 2, options);
    ck_assert_double_eq_tol(ols->row[1].audit.jam_density, 211, 1);
    ck_assert_double_eq_tol(qu->row[1].audit.jam_density, 172, 1);
    traffic_study_free(ols);
    traffic_study_free(qu);
    crease_table_free(table);
    free(path);
}
END_TEST

START_TEST(i880_by_speed) {
    char *path = measured("i880_fsp_lane2.csv");
    if (!path)
        skip_test("set CREASE_DATA_DIR for the measured data");
    crease_table *table = load(path, NULL, "flow_veh_h_lane", "speed_mi_h");
    ck_assert_uint_eq(table->rows, 1318);
    for (size_t i = 0; i < table->rows; i++)
        table->column[1][i] = table->column[0][i] / table->column[1][i];
    traffic_study *s = study(table->rows, table->column[1], table->column[0], classical, 2,
                             (traffic_study_options){.by = TRAFFIC_BY_SPEED});
    check_speed_fit(s, (const double[]){72.282325, 117.657736, 17.536563},
                    (const double[]){59.346, 155.6, 14.831, 9.199}, 6.814758, 1);
    traffic_study_free(s);
    crease_table_free(table);
    free(path);
}
END_TEST

/* ---- audit of networks ---- */

/* 100 rho to 20, down at 2000/130 to 160 (through 0 at 150), then steeper by 30, as affine+relu:2. */
START_TEST(audit_of_a_known_piecewise_linear_net) {
    crease_net *net = NULL;
    traffic_audit a;
    ck_assert_int_eq(crease_net_parse("affine+relu:2", 1, 1, &net, NULL), CREASE_OK);
    const double wave = 2000.0 / 130,
                 theta[] = {1, 1, -20, -160, -100 - wave, -30, -7, 100}; /* W, b, w, b, affine */
    ck_assert_uint_eq(net->parameter_count, 8);
    memcpy(net->theta, theta, sizeof theta);
    ck_assert_int_eq(traffic_audit_net(net, 5, 140, &a, NULL), CREASE_OK);
    ck_assert_double_eq_tol(a.free_speed, 100, 1e-10);
    ck_assert_double_eq_tol(a.flow_at_zero, -7, 1e-12);
    ck_assert_double_eq_tol(a.capacity, 1993, 1e-9);
    ck_assert_double_eq_tol(a.critical_density, 20, 1e-12);
    const double jam = 20 + 1993 / wave;
    ck_assert_double_eq_tol(a.jam_density, jam, 1e-9);
    ck_assert_double_eq_tol(a.wave_speed, wave, 1e-10);
    ck_assert(a.extrapolated);
    ck_assert_double_eq_tol(a.min_flow_beyond_jam, 1993 - wave * 190 - 30 * 50, 1e-8); /* at 210 */
    ck_assert_int_eq(traffic_audit_net(net, 1, 15, &a, NULL), CREASE_OK); /* data end before the capacity */
    ck_assert(isnan(a.capacity) && isnan(a.jam_density) && a.why_capacity && a.why_jam);
    crease_net_free(net);
}
END_TEST

/* Smooth nets against a scan 100 times finer than their own. */
START_TEST(audit_of_smooth_nets_against_a_scan) {
    static const char *const specs[] = {"tanh:3", "sigmoid:4", "tanh:2+relu:2", "softplus:3"};
    size_t with_jam = 0;
    for (uint64_t seed = 1; seed <= test_cases(24, 400); seed++) {
        crease_net *net = NULL;
        crease_work *work = NULL;
        traffic_audit a;
        gsl_rng *generator = crease_random_new(seed, 0);
        ck_assert_int_eq(crease_net_parse(specs[seed % 4], 1, 1, &net, NULL), CREASE_OK);
        net->input_shift[0] = 60;
        net->input_scale[0] = 40;
        net->output_shift[0] = gsl_ran_flat(generator, 0, 1000);
        net->output_scale[0] = 1000;
        for (size_t i = 0; i < net->parameter_count; i++)
            net->theta[i] = gsl_ran_gaussian(generator, 1.5);
        ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
        ck_assert_int_eq(traffic_audit_net(net, 3, 120, &a, NULL), CREASE_OK);
        double top = -INFINITY, at = 0, low = 0, jam = NAN;
        const size_t points = 300000;
        for (size_t i = 0; i <= points; i++) {
            const double x = 360 * (double)i / (double)points;
            double q;
            crease_net_evaluate(net, NULL, work, 1, &x, &q);
            if (x >= 3 && x <= 120 && q > top) {
                top = q;
                at = x;
            }
        }
        if (!isnan(a.capacity)) {
            ck_assert_msg(a.capacity >= top - 1e-9 && a.capacity <= top + 1e-3 * fabs(top),
                          "seed %lu: capacity %g, scan %g", (unsigned long)seed, a.capacity, top);
            for (size_t i = 0; i <= points; i++) {
                const double x = 360 * (double)i / (double)points;
                double q;
                crease_net_evaluate(net, NULL, work, 1, &x, &q);
                if (x > a.critical_density && q <= 0 && isnan(jam))
                    jam = x;
                if (!isnan(jam) && x >= jam && x <= fmax(180, a.jam_density))
                    low = fmin(low, q);
            }
            ck_assert_msg(isnan(jam) == isnan(a.jam_density), "seed %lu: jam %g, scan %g",
                          (unsigned long)seed, a.jam_density, jam);
            if (!isnan(jam)) {
                ck_assert_double_eq_tol(a.jam_density, jam, 2 * 360.0 / (double)points);
                ck_assert_msg(a.min_flow_beyond_jam <= fmin(low, 0) + 1e-6 * fabs(low) &&
                                  a.min_flow_beyond_jam >= fmin(low, 0) - 1,
                              "seed %lu: lowest %g, scan %g", (unsigned long)seed, a.min_flow_beyond_jam,
                              low);
                with_jam++;
            }
        } else {
            ck_assert_msg(top <= 0 || at >= 120 - 1e-2, "seed %lu: no capacity, but the scan has %g at %g",
                          (unsigned long)seed, top, at);
        }
        crease_work_free(work);
        crease_net_free(net);
        gsl_rng_free(generator);
    }
    ck_assert_uint_ge(with_jam, 3);
}
END_TEST

/* ---- traffic.md, section 5 ---- */

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
            study(ROWS, x, y, models, count, (traffic_study_options){.fit = {.starts = 6, .seed = 1}});
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
    traffic_study *s = study(100, x, y, models, 2, (traffic_study_options){.fit = {.starts = 4, .seed = 1}});
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
    traffic_study *s = study(5, x, line, models, 3, (traffic_study_options){.fit = {.seed = 1}});
    char *text = traffic_verdict(s, NAN);
    ck_assert_ptr_nonnull(text);
    ck_assert_msg(!strstr(text, "nan") && !strstr(text, "inf"), "%s", text);
    free(text);
    traffic_study_free(s);
    s = study(5, x, y, tail, 2, (traffic_study_options){.fit = {.starts = 2, .seed = 1}});
    text = traffic_verdict(s, NAN);
    ck_assert_ptr_nonnull(text);
    ck_assert_msg(strstr(text, "So: s3, which by its form is zero on the empty road and never negative"),
                  "%s", text);
    free(text);
    traffic_study_free(s);
    s = study(5, x, y, models, 2, (traffic_study_options){.fit = {.seed = 1}, .jam_density = 140});
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
    TCase *references = tcase_create("references"), *audits = tcase_create("audit"),
          *truths = tcase_create("truths");
    tcase_add_test(references, ideal_ring_is_the_truth);
    tcase_add_test(references, bottleneck_reference);
    tcase_add_test(references, cheng_by_speed);
    tcase_add_test(references, cheng_by_flow);
    tcase_add_test(references, s3_by_speed);
    tcase_add_test(references, i880_by_speed);
    tcase_add_test(audits, audit_of_a_known_piecewise_linear_net);
    tcase_add_test(audits, audit_of_smooth_nets_against_a_scan);
    tcase_add_test(truths, kinked_truth_favours_relu);
    tcase_add_test(truths, curved_truth_favours_smooth_nets);
    tcase_add_test(truths, verdict_follows_the_numbers);
    tcase_add_test(truths, verdict_of_exact_fits_and_convex_tails);
    tcase_add_test(truths, models_that_are_unknown);
    tcase_set_timeout(references, 600);
    tcase_set_timeout(audits, 600);
    tcase_set_timeout(truths, 600);
    suite_add_tcase(suite, references);
    suite_add_tcase(suite, audits);
    suite_add_tcase(suite, truths);
    return suite;
}
