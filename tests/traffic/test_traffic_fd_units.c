/* crease traffic fd: units, lanes, occupancy, an imposed jam, intervals, and their refusals. */
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define IDEAL "crease-traffic fd data/sumo_ring.csv --where driver=ideal --models triangular "
#define LOOPS "crease-traffic fd data/sumo_bottleneck.csv --models triangular --moving "
#define DENSITY_FLOW "--density density_veh_km --flow flow_veh_h "

/* The only row of what a line prints; *object is the whole. */
static const json_t *row_of(const char *line, json_t **object) {
    run_result result = run_shell("%s --json", line);
    ck_assert_msg(result.exit_code == 0, "%s: exit code %d\n%s", line, result.exit_code, result.err);
    *object = run_json(&result);
    run_clear(&result);
    return json_array_get(json_object_get(*object, "rows"), 0);
}

static double quantity(const char *line, const char *key) {
    json_t *object;
    const double value = run_json_number(row_of(line, &object), key);
    json_decref(object);
    return value;
}

START_TEST(kilometres_and_miles) {
    static const char *const key[] = {"jam_density", "critical_density", "free_speed", "wave_speed",
                                      "capacity"};
    const double mile = 1.609344, factor[] = {mile, mile, 1 / mile, 1 / mile, 1};
    for (size_t i = 0; i < 5; i++) {
        const double km = quantity(IDEAL DENSITY_FLOW, key[i]);
        ck_assert_double_eq_tol(quantity(IDEAL DENSITY_FLOW "--units mile", key[i]), factor[i] * km,
                                1e-9 * km);
        ck_assert_double_eq(quantity(IDEAL DENSITY_FLOW "--units km", key[i]), km);
        /* said to be miles, the same numbers mean fewer vehicles a kilometre */
        ck_assert_double_eq_tol(quantity(IDEAL DENSITY_FLOW "--file-units mile --units km", key[i]),
                                km / factor[i], 1e-9 * km * mile);
    }
    json_t *object;
    row_of(IDEAL DENSITY_FLOW "--units mile", &object);
    ck_assert_str_eq(json_string_value(json_object_get(object, "units")), "mile");
    ck_assert_str_eq(json_string_value(json_object_get(object, "per")), "lane");
    json_decref(object);
    row_of("printf 'k,q\\n10,900\\n20,1500\\n60,900\\n' | crease-traffic fd - --density k --flow q --models "
           "triangular",
           &object);
    ck_assert(json_is_null(json_object_get(object, "units")));
    json_decref(object);
}
END_TEST

START_TEST(lanes_divide) {
    const double one = quantity(IDEAL DENSITY_FLOW, "jam_density"),
                 top = quantity(IDEAL DENSITY_FLOW, "capacity");
    ck_assert_double_eq_tol(quantity(IDEAL DENSITY_FLOW "--lanes 3", "jam_density"), one / 3, 1e-9 * one);
    ck_assert_double_eq_tol(quantity(IDEAL DENSITY_FLOW "--lanes 3", "capacity"), top / 3, 1e-9 * top);
    ck_assert_double_eq_tol(quantity(IDEAL DENSITY_FLOW "--lanes 3", "free_speed"),
                            quantity(IDEAL DENSITY_FLOW, "free_speed"), 1e-7);
    run_result text = run_shell(IDEAL DENSITY_FLOW "--lanes 3");
    ck_assert_ptr_nonnull(strstr(text.out, "3 times as large"));
    ck_assert_ptr_nonnull(strstr(text.out, "veh/km/lane"));
    run_clear(&text);
}
END_TEST

/* 10 occ/L: the jam density goes with 1/L, the flow does not; speed times it is a flow. */
START_TEST(density_from_occupancy) {
    const char *const seven =
        LOOPS "--occupancy loop_occupancy_pct --effective-length 7 --flow loop_flow_veh_h ";
    const char *const two =
        LOOPS "--occupancy loop_occupancy_pct --effective-length 3.5 --flow loop_flow_veh_h ";
    const double jam = quantity(seven, "jam_density");
    ck_assert_double_eq_tol(quantity(two, "jam_density"), 2 * jam, 1e-6 * jam);
    ck_assert_double_eq_tol(quantity(two, "capacity"), quantity(seven, "capacity"), 1e-3);
    ck_assert(jam > 20 && jam < 10000);
    /* per lane already: lanes divide the flow alone */
    const double whole =
        quantity(LOOPS "--occupancy loop_occupancy_pct --effective-length 7 --lanes 2 --flow "
                       "loop_flow_veh_h",
                 "capacity");
    ck_assert_double_eq_tol(whole, .5 * quantity(seven, "capacity"), 1e-3);
    run_result note = run_shell("%s", seven);
    ck_assert_ptr_nonnull(strstr(note.err, "same effective length for all"));
    run_clear(&note);
    json_t *object;
    const json_t *row = row_of("printf 'occ,v_mi_h\\n5,60\\n10,60\\n40,20\\n60,8\\n' | crease-traffic fd - "
                               "--occupancy occ --speed v_mi_h --effective-length 5 --models triangular",
                               &object);
    ck_assert_str_eq(json_string_value(json_object_get(object, "units")), "mile");
    ck_assert_str_eq(json_string_value(json_object_get(object, "density_from")), "occupancy");
    ck_assert_double_eq_tol(run_json_number(object, "largest_density"), 120 * 1.609344, 1e-9);
    ck_assert_double_eq_tol(run_json_number(object, "largest_flow"), 80 * 1.609344 * 20, 1e-9);
    ck_assert_double_gt(run_json_number(row, "jam_density"), 120);
    json_decref(object);
}
END_TEST

START_TEST(intervals_and_imposed_jam_in_json) {
    static const char *const key[] = {"free_speed", "capacity", "critical_density", "wave_speed",
                                      "jam_density"};
    json_t *object;
    const json_t *row = row_of(IDEAL DENSITY_FLOW "--bootstrap 40 --block 10 --seed 3", &object);
    const json_t *ci = json_object_get(row, "ci95");
    for (size_t i = 0; i < 5; i++) {
        const json_t *pair = json_object_get(ci, key[i]);
        const double low = json_number_value(json_array_get(pair, 0)),
                     high = json_number_value(json_array_get(pair, 1));
        ck_assert(low > 0 && low <= run_json_number(row, key[i]) && run_json_number(row, key[i]) <= high);
    }
    ck_assert_double_eq(run_json_number(object, "bootstrap"), 40);
    ck_assert_double_eq(run_json_number(object, "block"), 10);
    ck_assert_double_le(run_json_number(row, "share_of_bound"), 1);
    json_decref(object);
    row = row_of("crease-traffic fd data/sumo_ring.csv --models s3 --bootstrap 20 " DENSITY_FLOW, &object);
    ck_assert(json_is_null(json_object_get(row, "jam_density")));
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(row, "why")), "at no finite density"));
    ck_assert(json_is_null(json_array_get(json_object_get(json_object_get(row, "ci95"), "jam_density"), 0)));
    json_decref(object);
    row = row_of(IDEAL DENSITY_FLOW "--jam-density 140", &object);
    ck_assert_double_eq_tol(run_json_number(row, "jam_density"), 140, 1e-9);
    ck_assert_double_eq(run_json_number(row, "n_free"), 2);
    ck_assert_double_eq(run_json_number(object, "jam_density_imposed"), 140);
    json_decref(object);
    run_result text = run_shell(IDEAL DENSITY_FLOW "--bootstrap 20");
    ck_assert_ptr_nonnull(strstr(text.out, "95 % intervals"));
    run_clear(&text);
}
END_TEST

START_TEST(refusals) {
    static const struct {
        const char *line, *says;
        int exit_code;
    } failing[] = {
        {IDEAL "--density density_veh_km --occupancy 3 --flow flow_veh_h", "not both", 64},
        {IDEAL "--occupancy 3 --flow flow_veh_h", "needs --effective-length", 64},
        {IDEAL DENSITY_FLOW "--effective-length 5", "belongs to --occupancy", 64},
        {IDEAL DENSITY_FLOW "--block 5", "belongs to --bootstrap", 64},
        {IDEAL DENSITY_FLOW "--units miles", "--units takes km or mile", 64},
        {IDEAL DENSITY_FLOW "--lanes 0", "--lanes", 64},
        {IDEAL DENSITY_FLOW "--jam-density -3", "--jam-density", 64},
        {IDEAL DENSITY_FLOW "--bootstrap many", "--bootstrap", 64},
        {"printf 'k,q\\n10,900\\n20,1500\\n' | crease-traffic fd - --density k --flow q --units km",
         "--file-units", 64},
        {"printf 'occ,v\\n10,90\\n20,15\\n' | crease-traffic fd - --occupancy occ --speed v "
         "--effective-length 5",
         "--file-units", 64},
        {"printf 'k_km,v_mph\\n10,90\\n20,15\\n' | crease-traffic fd - --density 1 --speed 2",
         "different lengths", 64},
        {"printf 'o,q\\n10,900\\n120,800\\n' | crease-traffic fd - --occupancy o --flow q --effective-length "
         "5",
         "per cent", 65},
    };
    for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
        run_result result = run_shell("%s", failing[i].line);
        ck_assert_msg(result.exit_code == failing[i].exit_code && strstr(result.err, failing[i].says) &&
                          result.out_size == 0,
                      "%s: exit code %d, not %d with '%s'\n%s", failing[i].line, result.exit_code,
                      failing[i].exit_code, failing[i].says, result.err);
        run_clear(&result);
    }
}
END_TEST

Suite *test_traffic_fd_units(void) {
    Suite *suite = suite_create("traffic fd units");
    TCase *program = tcase_create("program");
    tcase_add_test(program, kilometres_and_miles);
    tcase_add_test(program, lanes_divide);
    tcase_add_test(program, density_from_occupancy);
    tcase_add_test(program, intervals_and_imposed_jam_in_json);
    tcase_add_test(program, refusals);
    tcase_set_timeout(program, 600);
    suite_add_tcase(suite, program);
    return suite;
}
