/* crease traffic lwr: numbers, files, messages and exit codes. */
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GREEN "crease-traffic lwr --flux greenshields:100,150:60 --initial data/queue.csv "
#define ROAD                                                                                                 \
    "crease-traffic lwr --flux triangular:100,20,150 --initial 15 --window 0:4 --inflow 1000 --time .3 "

static json_t *json_of(const char *line) {
    run_result result = run_shell("%s", line);
    ck_assert_msg(result.exit_code == 0, "%s: exit code %d\n%s", line, result.exit_code, result.err);
    json_t *object = run_json(&result);
    run_clear(&result);
    return object;
}

static const json_t *part(const json_t *object, const char *key) {
    const json_t *found = json_object_get(object, key);
    ck_assert_msg(found != NULL, "no %s", key);
    return found;
}

/* Columns of a CSV of numbers; rows are returned. */
static size_t read_rows(const char *text, size_t columns, double *value, size_t most) {
    const char *line = strchr(text, '\n') + 1;
    size_t rows = 0;
    while (*line && rows < most) {
        for (size_t j = 0; j < columns; j++) {
            char *end;
            value[rows * columns + j] = strtod(line, &end);
            ck_assert_msg(end != line && *end == (j + 1 < columns ? ',' : '\n'), "row %zu: %.40s", rows,
                          line);
            line = end + 1;
        }
        rows++;
    }
    ck_assert_msg(*line == '\0', "more than %zu rows", most);
    return rows;
}

START_TEST(json_of_the_green_light) {
    json_t *o = json_of(GREEN "--count-at 0 --time .12 --json");
    ck_assert_str_eq(json_string_value(part(o, "schema")), "crease/traffic-lwr/1");
    ck_assert_double_eq_tol(run_json_number(o, "queue_cleared_h"), 4. / 45, 1e-14);
    ck_assert_double_eq(run_json_number(o, "mass_initial_veh"), 240);
    ck_assert_double_eq_tol(run_json_number(o, "mass_final_veh"), 240 + run_json_number(o, "net_inflow_veh"),
                            1e-10);
    ck_assert_double_eq(run_json_number(o, "fronts_initial"), 61);
    ck_assert_double_le(run_json_number(o, "collisions"), 61);
    ck_assert_double_gt(run_json_number(o, "fronts"), 1);
    ck_assert_double_lt(run_json_number(o, "total_variation"), 270);
    ck_assert_double_ge(run_json_number(o, "seconds"), 0);
    const json_t *place = json_array_get(part(o, "places"), 0);
    ck_assert_double_eq_tol(run_json_number(place, "count_veh"), 3750 * 4. / 45 + 2400 * (.12 - 4. / 45),
                            1e-9);
    ck_assert_double_eq_tol(run_json_number(part(o, "flux"), "capacity_veh_h"), 3750, 1e-9);
    json_decref(o);
    o = json_of(GREEN "--time .05 --count-at 0,1 --count-at 2 --json");
    ck_assert_uint_eq(json_array_size(part(o, "places")), 3);
    ck_assert(json_is_null(part(o, "queue_cleared_h")));
    ck_assert_ptr_nonnull(strstr(json_string_value(part(o, "why")), "a queue stands at the end"));
    json_decref(o);
}
END_TEST

/* Without a capacity nobody knows what a queue is. */
START_TEST(no_critical_density_no_queue) {
    char *folder = run_folder_new(), line[300];
    run_file_write(folder, "rising.csv", "x,y\n0,0\n20,2000\n100,500\n150,800\n");
    snprintf(
        line, sizeof line,
        "crease-traffic lwr --flux %s/rising.csv --initial data/queue.csv --time .05 --count-at 0 --json",
        folder);
    json_t *o = json_of(line);
    ck_assert(json_is_null(part(o, "queue_cleared_h")) && json_is_null(part(o, "congestion_ended_h")));
    ck_assert_ptr_nonnull(strstr(json_string_value(part(o, "why")), "no critical density"));
    json_decref(o);
    run_folder_remove(folder);
}
END_TEST

/* Cells hold the mass, whatever their number; Godunov's file is that of the scheme. */
START_TEST(cells_are_exact_averages) {
    static const size_t cells[] = {1, 7, 1000};
    static double value[3 * 1000];
    for (size_t i = 0; i < 3; i++) {
        char line[300];
        snprintf(line, sizeof line, GREEN "--time .06 --cells %zu -o -", cells[i]);
        run_result result = run_shell("%s", line);
        ck_assert_msg(result.exit_code == 0, "%s", result.err);
        ck_assert_int_eq(strncmp(result.out, "x_lo_km,x_hi_km,density_veh_km\n", 31), 0);
        ck_assert_uint_eq(read_rows(result.out, 3, value, cells[i]), cells[i]);
        double mass = 0;
        for (size_t k = 0; k < cells[i]; k++)
            mass += (value[3 * k + 1] - value[3 * k]) * value[3 * k + 2];
        ck_assert_double_eq_tol(mass, 384, 1e-9);
        ck_assert_double_eq(value[0], -4);
        ck_assert_double_eq(value[3 * cells[i] - 2], 6);
        run_clear(&result);
    }
    run_result scheme = run_shell(GREEN "--time .06 --cells 50 --method godunov -o -");
    ck_assert_uint_eq(read_rows(scheme.out, 3, value, 50), 50);
    double off = 0;
    static double exact[3 * 50];
    run_result fronts = run_shell(GREEN "--time .06 --cells 50 -o -");
    read_rows(fronts.out, 3, exact, 50);
    for (size_t k = 0; k < 50; k++)
        off += fabs(value[3 * k + 2] - exact[3 * k + 2]) * .2;
    run_clear(&scheme);
    run_clear(&fronts);
    json_t *o = json_of(GREEN "--time .06 --cells 50 --method godunov --json");
    ck_assert_double_eq_tol(run_json_number(part(o, "godunov"), "l1_error_of_averages_veh"), off, 1e-9);
    ck_assert_double_gt(run_json_number(part(o, "godunov"), "l1_error_veh"), off);
    json_decref(o);
}
END_TEST

/* A light on a road with ends: vehicles keep their order, cumulative counts agree with them. */
START_TEST(vehicles_and_counts) {
    enum { MOST = 20000 };
    char *folder = run_folder_new();
    double *v = malloc(5 * MOST * sizeof *v), count[4 * 200];
    run_result result =
        run_shell(ROAD "--light 3,90,40 --every 1 --vehicles %s/v.csv --counts %s/c.csv --json; cat "
                       "%s/v.csv >&2",
                  folder, folder, folder);
    ck_assert_int_eq(result.exit_code, 0);
    const size_t rows = read_rows(result.err, 5, v, MOST);
    run_clear(&result);
    result = run_shell("cat %s/c.csv", folder);
    ck_assert_int_eq(strncmp(result.out, "x_km,t_h,count_veh,flow_veh_h\n", 30), 0);
    const size_t changes = read_rows(result.out, 4, count, 200);
    run_clear(&result);
    for (size_t i = 1; i < changes; i++)
        ck_assert_double_eq_tol(count[4 * i + 2],
                                count[4 * i - 2] + count[4 * i - 1] * (count[4 * i + 1] - count[4 * i - 3]),
                                1e-9);
    ck_assert_uint_gt(changes, 20);
    ck_assert_double_eq(count[0], 3);
    size_t vehicles = 0, passed = 0;
    for (size_t i = 0; i + 1 < rows; i++) {
        const double *a = v + 5 * i, *b = a + 5;
        vehicles += b[0] != a[0];
        if (a[0] != b[0])
            continue;
        ck_assert_double_eq_tol(a[2] + a[3] * (b[1] - a[1]), b[2], 1e-9);
        passed += a[2] < 3 && b[2] >= 3;
    }
    ck_assert_uint_gt(vehicles, 300);
    /* those at x = 3 count half a vehicle's worth */
    ck_assert_double_eq_tol((double)passed, count[4 * changes - 2], 1.5);
    free(v);
    run_folder_remove(folder);
}
END_TEST

START_TEST(rings_ends_and_files_of_limits) {
    char *folder = run_folder_new();
    run_file_write(folder, "limit.csv", "t_h,flow_veh_h\n0,0\n.05,2000\n");
    run_file_write(folder, "in.csv", "t_h,flow_veh_h\n0,500\n.1,4000\n.2,0\n");
    run_file_write(folder, "knots.csv", "x,y\n0,0\n30,2400\n60,1500\n90,1500\n150,0\n");
    run_file_write(folder, "init.csv", "x_km,density_veh_km\n0,20\n2,120\n3,50\n");
    run_result result =
        run_shell("crease-traffic lwr --flux %s/knots.csv --initial %s/init.csv --ring 8 --time 5 "
                  "--bottleneck 4,%s/limit.csv --moving 1,40,300 --light 6,60,30 --json",
                  folder, folder, folder);
    json_t *o = run_json_of(&result);
    ck_assert_str_eq(json_string_value(part(o, "domain")), "ring");
    ck_assert(json_is_false(part(part(o, "flux"), "concave")));
    ck_assert_double_eq(run_json_number(o, "mass_initial_veh"), 40 + 120 + 250);
    ck_assert_double_eq_tol(run_json_number(o, "mass_final_veh"), 410, 1e-9);
    ck_assert_uint_eq(json_array_size(part(o, "places")), 3);
    json_decref(o);
    result = run_shell(
        "crease-traffic lwr --flux %s/knots.csv --initial 10 --window 0:5 --inflow %s/in.csv --outflow 1000 "
        "--time .2 --json",
        folder, folder);
    o = run_json_of(&result);
    ck_assert_double_eq_tol(run_json_number(o, "mass_final_veh"), 50 + run_json_number(o, "net_inflow_veh"),
                            1e-9);
    ck_assert_double_eq_tol(run_json_number(o, "waiting_veh"), 160,
                            1e-9); /* 4000 want in for .1 h, 2400 can */
    json_decref(o);
    /* the same flux as a network */
    result = run_shell(
        "crease convert %s/knots.csv %s/net.json && crease-traffic lwr --flux %s/net.json --initial "
        "%s/init.csv --ring 8 --time 1 --json",
        folder, folder, folder, folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    json_t *net = json_loads(strstr(result.out, "{"), 0, NULL);
    run_clear(&result);
    result =
        run_shell("crease-traffic lwr --flux %s/knots.csv --initial %s/init.csv --ring 8 --time 1 --json",
                  folder, folder);
    o = run_json_of(&result);
    ck_assert_double_eq_tol(run_json_number(net, "total_variation"), run_json_number(o, "total_variation"),
                            1e-9);
    ck_assert_double_eq(run_json_number(net, "collisions"), run_json_number(o, "collisions"));
    json_decref(net);
    json_decref(o);
    run_folder_remove(folder);
}
END_TEST

/* The bound holds, is sharp where the two fluxes are lines through the same jumps, and is not claimed with a light. */
START_TEST(certificate_for_a_second_flux) {
    json_t *o = json_of(GREEN "--time .03 --against greenshields:100,150:30 --json");
    const json_t *a = part(o, "against");
    ck_assert_double_eq_tol(run_json_number(a, "largest_speed_difference_km_h"), 100. / 60, 1e-9);
    ck_assert_double_eq_tol(run_json_number(a, "l1_bound_veh"), .03 * 270 * 100. / 60, 1e-9);
    ck_assert_double_le(run_json_number(a, "l1_distance_veh"), run_json_number(a, "l1_bound_veh"));
    ck_assert_double_gt(run_json_number(a, "l1_distance_veh"), .01);
    json_decref(o);
    /* 4 (1 - r)/(vf (1 - 2 r)^2) for vf 100 and 90 */
    o = json_of(GREEN "--time .12 --count-at 0 --against greenshields:90,150:60 --json");
    ck_assert_double_eq_tol(run_json_number(o, "queue_cleared_h"), 3.2 / 36, 1e-13);
    ck_assert_double_eq_tol(run_json_number(part(o, "against"), "queue_cleared_h"), 3.2 / 32.4, 1e-13);
    json_decref(o);
    /* free traffic only: both move, 10 km/h apart */
    o = json_of("printf 'x_km,density_veh_km\\n0,10\\n5,20\\n9,20\\n' | crease-traffic lwr --flux "
                "triangular:100,20,150 "
                "--against triangular:90,20,150 --initial - --time .02 --json");
    a = part(o, "against");
    ck_assert_double_eq_tol(run_json_number(a, "l1_distance_veh"), .02 * 10 * 10, 1e-9);
    ck_assert_double_eq_tol(run_json_number(a, "l1_bound_veh"), .02 * 10 * 10, 1e-9);
    json_decref(o);
    o = json_of(ROAD "--light 3,90,40 --against triangular:90,20,150 --json");
    ck_assert(json_is_null(part(part(o, "against"), "l1_bound_veh")));
    json_decref(o);
}
END_TEST

START_TEST(what_goes_wrong_is_said) {
    char *folder = run_folder_new();
    run_file_write(folder, "back.csv", "x_km,density_veh_km\n0,20\n2,30\n1,50\n");
    run_file_write(folder, "text.csv", "x_km,density_veh_km\n0,20\n2,many\n");
    run_file_write(folder, "nan.csv", "x_km,density_veh_km\n0,20\n2,NaN\n");
    run_file_write(folder, "one.csv", "x_km\n0\n");
    run_file_write(folder, "empty.csv", "x_km,density_veh_km\n");
    run_file_write(folder, "dense.csv", "x_km,density_veh_km\n0,20\n2,151\n");
    run_file_write(folder, "minus.csv", "t_h,flow_veh_h\n0,20\n2,-1\n");
    run_file_write(folder, "rising.csv", "x,y\n0,0\n10,100\n20,300\n");
    run_file_write(folder, "damaged.json", "{\"format\": \"crease-net\"");
#define FLUX "crease-traffic lwr --flux triangular:100,20,150 --time 1 "
    static const struct {
        const char *line, *says;
        int exit_code;
    } failing[] = {
        {"crease-traffic lwr --initial 10 --time 1", "--flux FLUX is missing", 64},
        {"crease-traffic lwr --flux triangular:100,20,150 --time 1", "--initial INIT.csv is missing", 64},
        {"crease-traffic lwr --flux triangular:100,20,150 --initial 10", "--time H is missing", 64},
        {"crease-traffic lwr --flux triangular:100,20 --initial 10 --time 1", "triangular:100,20,150", 64},
        {"crease-traffic lwr --flux greenshields:100,150 --initial 10 --time 1", "greenshields:100,150:60",
         64},
        {"crease-traffic lwr --flux greenshields:100,-150:9 --initial 10 --time 1", "greenshields:100,150:60",
         64},
        {"crease-traffic lwr --flux nowhere.csv --initial 10 --time 1", "nowhere.csv", 66},
        {"crease-traffic lwr --flux %s/damaged.json --initial 10 --time 1", "damaged.json", 65},
        {"crease-traffic lwr --flux data/arm_net.json --initial 10 --time 1", "input", 65},
        {"crease-traffic lwr --flux %s/rising.csv --initial 10 --window 0:1 --light .5,60,30 --time 1",
         "rises for ever", 65},
        {FLUX "--initial nowhere.csv", "nowhere.csv", 66},
        {FLUX "--initial %s/back.csv", "must ascend", 65},
        {FLUX "--initial %s/text.csv", ":3:", 65},
        {FLUX "--initial %s/nan.csv", ":3:", 65},
        {FLUX "--initial %s/one.csv", "two columns are needed", 65},
        {FLUX "--initial %s/empty.csv", "no row", 65},
        {FLUX "--initial %s/dense.csv", "151", 65},
        {FLUX "--initial 120 --ring 5 --against triangular:100,20,110", "of --against is 110", 65},
        {FLUX "--initial 10", "--window LO:HI", 64},
        {FLUX "--initial 10 --window 3:1", "LO below HI", 64},
        {FLUX "--initial 10 --ring 5 --line", "either a --ring", 64},
        {FLUX "--initial 10 --ring 5 --inflow 3", "either a --ring", 64},
        {FLUX "--initial 10 --ring 5 --light 7,60,30", "there cannot be a place", 64},
        {FLUX "--initial 10 --ring 5 --light 2,60,70", "green time", 64},
        {FLUX "--initial 10 --ring 5 --light 2", "3 to 4 numbers", 64},
        {FLUX "--initial 10 --ring 5 --bottleneck 2,1000,3", "ascending times", 64},
        {FLUX "--initial 10 --ring 5 --bottleneck 2,%s/minus.csv", "must not be negative", 65},
        {FLUX "--initial 10 --ring 5 --moving 2,0,100", "speed above 0", 64},
        {FLUX "--initial 10 --window 0:5 --inflow -3", "at least 0", 64},
        {FLUX "--initial 10 --window 0:5 --inflow gone.csv", "gone.csv", 66},
        {FLUX "--initial 10 --ring 5 --method upwind", "fronts or godunov", 64},
        {FLUX "--initial 10 --ring 5 --stepper rk4", "--method godunov", 64},
        {FLUX "--initial 10 --ring 5 --method godunov --stepper rk5", "euler, ssp3", 64},
        {FLUX "--initial 10 --ring 5 --method godunov --cfl 1.5", "at most 1", 64},
        {FLUX "--initial 10 --ring 5 --method godunov --moving 2,10,100", "--method fronts", 64},
        {FLUX "--initial 10 --ring 5 --json -o -", "only one of", 64},
        {FLUX "--initial 10 --ring 5 --intial 3", "did you mean", 64},
        {FLUX "--initial 10 --ring 5 more", "one argument too many", 64},
        {FLUX "--initial 10 --ring 5 -o /nowhere/out.csv", "/nowhere/out.csv", 74},
    };
    for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
        char line[400];
        const char *place = strstr(failing[i].line, "%s");
        if (place)
            snprintf(line, sizeof line, "%.*s%s%s", (int)(place - failing[i].line), failing[i].line, folder,
                     place + 2);
        else
            snprintf(line, sizeof line, "%s", failing[i].line);
        run_result result = run_shell("%s", line);
        ck_assert_msg(result.exit_code == failing[i].exit_code, "%s: exit code %d\n%s", line,
                      result.exit_code, result.err);
        ck_assert_msg(strstr(result.err, failing[i].says) != NULL, "%s: does not say '%s' but\n%s", line,
                      failing[i].says, result.err);
        ck_assert_msg(result.out_size == 0, "%s: prints\n%s", line, result.out);
        run_clear(&result);
    }
    run_folder_remove(folder);
}
END_TEST

START_TEST(picture_text_and_help) {
    char *folder = run_folder_new();
    run_result result = run_shell(ROAD "--light 3,90,40 --plot %s/light.svg", folder);
    ck_assert_msg(result.exit_code == 0 || result.exit_code == 69, "%s", result.err);
    if (result.exit_code == 0) {
        char *path = NULL;
        ck_assert_int_gt(asprintf(&path, "%s/light.svg", folder), 0);
        ck_assert_int_eq(access(path, R_OK), 0);
        free(path);
        ck_assert_ptr_nonnull(strstr(result.err, "fronts between constant densities"));
        ck_assert_ptr_nonnull(strstr(result.out, "queue cleared at"));
    }
    run_clear(&result);
    result = run_shell("crease-traffic lwr --help | sed -n 's|^ *build/bin/||; t p; d; :p; s| build/| %s/|g; "
                       "p' | while read -r "
                       "line; do eval \"$line\" >%s/said && test -s %s/said && echo ran; done",
                       folder, folder, folder);
    ck_assert_msg(strcmp(result.out, "ran\nran\nran\n") == 0, "%s%s", result.out, result.err);
    run_clear(&result);
    run_folder_remove(folder);
}
END_TEST

/* Ctrl-C ends a long run with what it has. */
START_TEST(interrupted) {
    run_result result =
        run_shell("awk 'BEGIN {srand(1); print \"x,d\"; for (i = 0; i < 300000; i++) print i / 30000 \",\" "
                  "150 * rand()}' | timeout --foreground -s INT 2 crease-traffic lwr --flux "
                  "greenshields:100,150:40 --initial "
                  "- --ring 10 --time 1000000 --method godunov --cells 4000 --json");
    ck_assert_msg(result.exit_code == 130 || result.exit_code == 124, "%d: %s", result.exit_code, result.err);
    ck_assert_ptr_nonnull(strstr(result.err, "interrupted"));
    json_t *o = run_json(&result);
    ck_assert(json_is_null(part(part(o, "godunov"), "l1_error_veh")));
    json_decref(o);
    run_clear(&result);
}
END_TEST

Suite *test_traffic_lwr_command(void) {
    Suite *suite = suite_create("traffic lwr command");
    TCase *program = tcase_create("program");
    tcase_add_test(program, json_of_the_green_light);
    tcase_add_test(program, no_critical_density_no_queue);
    tcase_add_test(program, cells_are_exact_averages);
    tcase_add_test(program, vehicles_and_counts);
    tcase_add_test(program, rings_ends_and_files_of_limits);
    tcase_add_test(program, certificate_for_a_second_flux);
    tcase_add_test(program, what_goes_wrong_is_said);
    tcase_add_test(program, picture_text_and_help);
    tcase_add_test(program, interrupted);
    tcase_set_timeout(program, 300);
    suite_add_tcase(suite, program);
    return suite;
}
