/* Reference numbers of data sets: traffic.md, section 4. */
#include "support/suites.h"
#include "support/traffic_data.h"
#include <math.h>
#include <stdlib.h>

static const char *const classical[] = {"greenshields", "triangular"};

START_TEST(ideal_ring_is_the_truth) {
    crease_table *table =
        traffic_test_load("data/sumo_ring.csv", "driver=ideal", "density_veh_km", "flow_veh_h");
    ck_assert_uint_eq(table->rows, 300);
    traffic_study *s = traffic_test_study(table->rows, table->column[0], table->column[1], classical, 2,
                                          (traffic_study_options){0});
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
    crease_table *table =
        traffic_test_load("data/sumo_bottleneck.csv", NULL, "density_veh_km_lane", "flow_veh_h_lane");
    size_t n = 0;
    for (size_t i = 0; i < table->rows; i++)
        if (table->column[1][i] > 0) {
            table->column[0][n] = table->column[0][i];
            table->column[1][n++] = table->column[1][i];
        }
    ck_assert_uint_eq(n, 1867);
    traffic_study *s =
        traffic_test_study(n, table->column[0], table->column[1], classical, 2, (traffic_study_options){0});
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
    char *path = traffic_test_measured("cheng2021_freeway_5min_raw.csv");
    if (!path)
        skip_test("set CREASE_DATA_DIR for the measured data");
    crease_table *table = traffic_test_load(path, NULL, "Density", "Speed");
    ck_assert_uint_eq(table->rows, 18144);
    for (size_t i = 0; i < table->rows; i++)
        table->column[1][i] *= table->column[0][i];
    traffic_study_options options = {.by = TRAFFIC_BY_SPEED};
    traffic_study *ols =
        traffic_test_study(table->rows, table->column[0], table->column[1], classical, 2, options);
    check_speed_fit(ols, (const double[]){76.851655, 97.152823, 45.698094},
                    (const double[]){67.376, 505.8, 3.349, 37.990}, 31.916138, 1);
    options.weighting =
        TRAFFIC_QU; /* the valley of the triangular fit is flat: 67.04, 206.8, 9.60 is .0004 higher */
    traffic_study *qu =
        traffic_test_study(table->rows, table->column[0], table->column[1], classical, 2, options);
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
        char *path = traffic_test_measured(set[k].file);
        if (!path)
            skip_test("set CREASE_DATA_DIR for the measured data");
        crease_table *table = traffic_test_load(path, NULL, set[k].first, set[k].second);
        double *a = table->column[0], *b = table->column[1];
        for (size_t i = 0; i < table->rows; i++) {
            const double flow = set[k].second_is_speed_of_flow ? a[i] : a[i] * b[i];
            a[i] = set[k].second_is_speed_of_flow ? a[i] / b[i] : a[i];
            b[i] = flow;
        }
        traffic_study *s = traffic_test_study(
            table->rows, a, b, models, sizeof models / sizeof *models,
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
    char *path = traffic_test_measured("cheng2021_freeway_5min_raw.csv");
    if (!path)
        skip_test("set CREASE_DATA_DIR for the measured data");
    crease_table *table = traffic_test_load(path, NULL, "Density", "Flow");
    traffic_study_options options = {0};
    traffic_study *ols =
        traffic_test_study(table->rows, table->column[0], table->column[1], classical, 2, options);
    options.weighting = TRAFFIC_QU;
    traffic_study *qu =
        traffic_test_study(table->rows, table->column[0], table->column[1], classical, 2, options);
    ck_assert_double_eq_tol(ols->row[1].audit.jam_density, 211, 1);
    ck_assert_double_eq_tol(qu->row[1].audit.jam_density, 172, 1);
    traffic_study_free(ols);
    traffic_study_free(qu);
    crease_table_free(table);
    free(path);
}
END_TEST

START_TEST(i880_by_speed) {
    char *path = traffic_test_measured("i880_fsp_lane2.csv");
    if (!path)
        skip_test("set CREASE_DATA_DIR for the measured data");
    crease_table *table = traffic_test_load(path, NULL, "flow_veh_h_lane", "speed_mi_h");
    ck_assert_uint_eq(table->rows, 1318);
    for (size_t i = 0; i < table->rows; i++)
        table->column[1][i] = table->column[0][i] / table->column[1][i];
    traffic_study *s = traffic_test_study(table->rows, table->column[1], table->column[0], classical, 2,
                                          (traffic_study_options){.by = TRAFFIC_BY_SPEED});
    check_speed_fit(s, (const double[]){72.282325, 117.657736, 17.536563},
                    (const double[]){59.346, 155.6, 14.831, 9.199}, 6.814758, 1);
    traffic_study_free(s);
    crease_table_free(table);
    free(path);
}
END_TEST

Suite *test_traffic_reference(void) {
    Suite *suite = suite_create("traffic reference");
    TCase *references = tcase_create("references");
    tcase_add_test(references, ideal_ring_is_the_truth);
    tcase_add_test(references, bottleneck_reference);
    tcase_add_test(references, cheng_by_speed);
    tcase_add_test(references, cheng_by_flow);
    tcase_add_test(references, s3_by_speed);
    tcase_add_test(references, i880_by_speed);
    tcase_set_timeout(references, 600);
    suite_add_tcase(suite, references);
    return suite;
}
