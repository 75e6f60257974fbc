/* crease traffic calibrate: numbers, files, messages and exit codes. */
#include "crease/csv.h"
#include "support/run.h"
#include "support/suites.h"
#include "traffic/calibrate/calibrate.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CALIBRATE "crease-traffic calibrate "
#define SIGN "data/sumo_loops.csv --where road=sign --lanes 2 "

static const json_t *row_named(const json_t *object, const char *name) {
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(object, "rows"), i,
                       row) if (strcmp(json_string_value(json_object_get(row, "name")), name) ==
                                0) return row;
    ck_abort_msg("no row %s", name);
    return NULL;
}

static void read_sign(calibrate_data *data) {
    static const char *const column[] = {"t_s", "x_km", "flow_veh_h", "density_veh_km"};
    const crease_csv_options csv = {.columns = column, .column_count = 4, .where = "road=sign"};
    crease_table *t = NULL;
    ck_assert_int_eq(crease_csv_load("data/sumo_loops.csv", &csv, &t, NULL), CREASE_OK);
    for (size_t i = 0; i < t->rows; i++)
        t->column[0][i] /= 3600;
    ck_assert_int_eq(
        calibrate_data_new(t->rows, t->column[0], t->column[1], t->column[2], t->column[3], 2, data, NULL),
        CREASE_OK);
    crease_table_free(t);
}

/* Errors of a flux file in the second half of the time, both lanes. */
static double error_of(const calibrate_data *data, const char *folder, const char *file) {
    char path[300];
    lwr_flux *flux = NULL;
    traffic_diagram diagram;
    calibrate_model *model = NULL;
    crease_error error;
    double *count = malloc((data->intervals + 1) * data->places * sizeof *count), sum = 0;
    const size_t n = data->places;
    ck_assert_ptr_nonnull(count);
    snprintf(path, sizeof path, "%s/%s", folder, file);
    ck_assert_msg(lwr_flux_parse(path, &flux, &error) == CREASE_OK, "%s", error.message);
    ck_assert_int_eq(calibrate_from_flux(flux, &diagram, NULL), CREASE_OK);
    ck_assert_int_eq(calibrate_model_new(data, &model, NULL), CREASE_OK);
    ck_assert_int_eq(calibrate_predict(model, &diagram, data->intervals, count, NULL), CREASE_OK);
    for (size_t i = 71; i <= 140; i++)
        for (size_t j = 1; j + 1 < n; j++)
            sum += pow(2 * (count[i * n + j] - data->count[i * n + j]), 2);
    free(count);
    calibrate_model_free(model);
    lwr_flux_free(flux);
    return sqrt(sum / (double)(70 * (n - 2)));
}

/* Both files hold the flux whose errors are reported; the straight line's are taken anew from the file; the flux is nearer
 * to that of the simulated vehicles, 7.5 m and 1.2 s, 6 % 15 m and 1.5 s, than the diagram fit. */
START_TEST(a_rush_hour_predicts_the_next) {
    char *folder = run_folder_new();
    run_result result =
        run_shell(CALIBRATE SIGN "--density density_veh_km -o %s/f.csv --json && " CALIBRATE SIGN
                                 "--density density_veh_km -o %s/f.json -q >&2",
                  folder, folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    json_t *o = run_json(&result);
    calibrate_data data;
    read_sign(&data);
    ck_assert_str_eq(json_string_value(json_object_get(o, "schema")), "crease/traffic-calibrate/1");
    ck_assert_double_eq(run_json_number(o, "intervals_trained"), 70);
    const json_t *fitted = row_named(o, "calibrated"), *start = row_named(o, "diagram fit"),
                 *straight = row_named(o, "straight line");
    const double test = run_json_number(fitted, "test_count_rmse_veh");
    ck_assert_double_eq_tol(error_of(&data, folder, "f.csv"), test, 1e-9);
    ck_assert_double_eq_tol(error_of(&data, folder, "f.json"), test, 1e-9);
    double sum = 0;
    for (size_t i = 71; i <= 140; i++)
        for (size_t j = 1; j < 6; j++) {
            const double *c = data.count + i * 7;
            sum += pow(2 * (c[0] + (c[6] - c[0]) * (double)j / 6 - c[j]), 2);
        }
    ck_assert_double_eq_tol(run_json_number(straight, "test_count_rmse_veh"), sqrt(sum / 350), 1e-9);
    const double jam = 1 / (.94 * .0075 + .06 * .015),
                 wave = (.94 * 7.5 + .06 * 15) / (.94 * 1.2 + .06 * 1.5) * 3.6;
    ck_assert_double_eq_tol(run_json_number(fitted, "jam_density_veh_km_lane"), jam, .06 * jam);
    ck_assert_double_eq_tol(run_json_number(fitted, "wave_speed_km_h"), wave, .06 * wave);
    ck_assert_double_gt(fabs(run_json_number(start, "jam_density_veh_km_lane") - jam), .1 * jam);
    ck_assert_double_gt(fabs(run_json_number(start, "wave_speed_km_h") - wave), .1 * wave);
    const json_t *gain = json_array_get(json_object_get(o, "gains"), 0);
    ck_assert_double_eq_tol(run_json_number(gain, "ratio"),
                            test / run_json_number(start, "test_count_rmse_veh"), 1e-12);
    ck_assert_double_lt(run_json_number(gain, "block_ratio_high"), 1);
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(o, "verdict")), "a gain of"));
    calibrate_data_clear(&data);
    json_decref(o);
    run_clear(&result);
    run_folder_remove(folder);
}
END_TEST

/* Before a drop of lanes no flux beats a straight line, and half a day does not help the other half: both are said. */
START_TEST(no_gain_is_said) {
    run_result result = run_shell(
        CALIBRATE "data/sumo_loops.csv --where road=drop --lanes 3 --density density_veh_km --json");
    json_t *o = run_json_of(&result);
    const char *verdict = json_string_value(json_object_get(o, "verdict"));
    const double straight = run_json_number(row_named(o, "straight line"), "test_count_rmse_veh");
    ck_assert_double_lt(straight, run_json_number(row_named(o, "diagram fit"), "test_count_rmse_veh"));
    ck_assert_double_lt(straight, run_json_number(row_named(o, "calibrated"), "test_count_rmse_veh"));
    ck_assert_ptr_nonnull(strstr(verdict, "LWR is worse here than no model"));
    json_decref(o);
    result = run_shell(CALIBRATE SIGN "--start triangular:100,20,130 --train 8400 --starts 1 --json");
    o = run_json_of(&result);
    ck_assert(json_is_null(json_object_get(row_named(o, "calibrated"), "test_count_rmse_veh")));
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(o, "verdict")), "Nothing was held out"));
    json_decref(o);
}
END_TEST

START_TEST(same_seed_same_digits) {
    json_t *object[2];
    for (size_t k = 0; k < 2; k++) {
        run_result result = run_shell(
            CALIBRATE SIGN "--density density_veh_km --kinks 2 --starts 3 --seed 5 --json --threads %zu",
            k + 1);
        object[k] = run_json_of(&result);
        ck_assert_int_eq(json_object_del(object[k], "seconds"), 0);
    }
    ck_assert(json_equal(object[0], object[1]));
    json_decref(object[0]);
    json_decref(object[1]);
}
END_TEST

/* Lanes as rows are lanes as totals; free traffic says nothing of a jam. */
START_TEST(lanes_and_free_traffic) {
    char *folder = run_folder_new();
    const char *program =
        "BEGIN { print head } { for (t = 0; t < 40; t++) for (x = 0; x < 3; x++) for (l = 0; l < lanes; l++) "
        "print t / 60 \",\" x / 2 \",\" (1000 + 100 * (t % 4)) * 2 / lanes }";
    run_result result =
        run_shell("for n in 1 2; do echo | awk -v lanes=$n -v head=begin_h,x_km,flow_veh_h '%s' >%s/$n.csv; "
                  "done; " CALIBRATE
                  "%s/1.csv --time begin_h --lanes 2 --start triangular:100,20,130 --json; " CALIBRATE
                  "- --time begin_h --start triangular:100,20,130 --json <%s/2.csv >&2",
                  program, folder, folder, folder);
    ck_assert_int_eq(result.exit_code, 0);
    json_t *a = run_json(&result), *b = json_loads(result.err, 0, NULL);
    ck_assert_ptr_nonnull(b);
    ck_assert(json_equal(json_object_get(a, "rows"), json_object_get(b, "rows")));
    ck_assert_double_eq(run_json_number(a, "lanes"), 2);
    ck_assert(json_is_false(json_object_get(a, "jam_density_seen")));
    ck_assert_ptr_nonnull(
        strstr(json_string_value(json_object_get(a, "verdict")), "do not depend on the jam density"));
    json_decref(a);
    json_decref(b);
    run_clear(&result);
    run_folder_remove(folder);
}
END_TEST

START_TEST(nonsense_is_refused) {
    static const struct {
        const char *options, *says;
        int exit_code;
    } bad[] = {
        {"", "a file of counts is missing", 64},
        {"data/sumo_loops.csv", "--density COL is missing, or --start FLUX", 64},
        {"nosuch.csv --density 4", "No such file", 66},
        {"data/sumo_loops.csv --density density_veh_km", "counts must be complete", 65},
        {"data/sumo_bottleneck.csv --place edge --density density_veh_km_lane --flow loop_flow_veh_h",
         "'u0' is not a number", 65},
        {SIGN "--density density_veh_km --train -5", "no interval begins before --train -5", 65},
        {SIGN "--density density_veh_km --train 60", "there is no jam density", 65},
        {SIGN "--density density_veh_km --time x_km", "add --time-unit", 64},
        {SIGN "--density density_veh_km --time-unit d", "--time-unit takes s, min or h", 64},
        {SIGN "--start triangular:100,20", "is no flux", 64},
        {SIGN "--start greenshields:100,130:5 --kinks 2", "--start has 4 kinks", 64},
        {SIGN "--start data/value_a.csv", "a flux to start from must be", 65},
        {SIGN "--density density_veh_km --kinks 13", "at most 12", 64},
        {SIGN "--density density_veh_km -o flux.txt", "ends in .json or .csv", 64},
        {SIGN "--density density_veh_km -o - --json", "can have standard output", 64},
        {SIGN "--density density_veh_km one_more", "one argument too many", 64},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        run_must_fail(run_shell(CALIBRATE "%s", bad[i].options), bad[i].exit_code, bad[i].says);
}
END_TEST

START_TEST(examples_run_and_a_picture_is_drawn) {
    char *folder = run_folder_new();
    run_help_examples("traffic calibrate", folder, "");
    run_folder_remove(folder);
}
END_TEST

Suite *test_traffic_calibrate_command(void) {
    Suite *suite = suite_create("traffic calibrate command");
    TCase *tcase = tcase_create("command");
    tcase_add_test(tcase, a_rush_hour_predicts_the_next);
    tcase_add_test(tcase, no_gain_is_said);
    tcase_add_test(tcase, same_seed_same_digits);
    tcase_add_test(tcase, lanes_and_free_traffic);
    tcase_add_test(tcase, nonsense_is_refused);
    tcase_add_test(tcase, examples_run_and_a_picture_is_drawn);
    suite_add_tcase(suite, tcase);
    return suite;
}
