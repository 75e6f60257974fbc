/* The program crease-traffic: numbers, options, messages and exit codes. */
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IDEAL "crease-traffic fd data/sumo_ring.csv --where driver=ideal "

static json_t *json_of(const char *line) {
    run_result result = run_shell("%s", line);
    ck_assert_msg(result.exit_code == 0, "%s: exit code %d\n%s", line, result.exit_code, result.err);
    json_t *object = run_json(&result);
    run_clear(&result);
    return object;
}

static const json_t *row(const json_t *object, size_t index, const char *model) {
    const json_t *found = json_array_get(json_object_get(object, "rows"), index);
    ck_assert_str_eq(json_string_value(json_object_get(found, "model")), model);
    return found;
}

START_TEST(json_of_the_ideal_ring) {
    json_t *object =
        json_of(IDEAL "--density density_veh_km --flow flow_veh_h --models greenshields,triangular,relu:3 "
                      "--starts 4 --seed 7 --json");
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/traffic-fd/1");
    ck_assert_double_eq(run_json_number(object, "n"), 300);
    ck_assert_double_eq(run_json_number(object, "seed"), 7);
    ck_assert_uint_eq(json_array_size(json_object_get(object, "rows")), 3);
    const json_t *t = row(object, 1, "triangular");
    ck_assert_double_eq(run_json_number(t, "n_free"), 3);
    ck_assert_double_eq_tol(run_json_number(t, "free_speed"), 119.99, .01);
    ck_assert_double_eq_tol(run_json_number(t, "capacity"), 2527, .6);
    ck_assert_double_eq_tol(run_json_number(t, "critical_density"), 21.06, .01);
    ck_assert_double_eq_tol(run_json_number(t, "wave_speed"), 22.52, .01);
    ck_assert_double_eq_tol(run_json_number(t, "jam_density"), 133.3, .06);
    ck_assert_double_eq(run_json_number(t, "min_flow_beyond_jam"), 0);
    ck_assert_double_eq_tol(run_json_number(t, "rmse"), sqrt(run_json_number(t, "wmse")), 1e-9);
    ck_assert_double_eq_tol(run_json_number(json_object_get(t, "params"), "kink_1"), 21.06, .01);
    ck_assert(json_is_true(json_object_get(t, "extrapolated")));
    ck_assert(json_is_null(json_object_get(t, "ci95")));
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(t, "why")), "ci95: "));
    ck_assert_double_le(run_json_number(t, "isotonic_bound"), run_json_number(t, "wmse"));
    ck_assert_double_eq(run_json_number(row(object, 2, "relu:3"), "n_free"), 7);
    json_decref(object);
}
END_TEST

/* Density and speed, or flow and speed, say the same as density and flow. */
START_TEST(third_column_is_derived) {
    static const char *const columns[] = {"--density density_veh_km --flow flow_veh_h",
                                          "--density density_veh_km --speed speed_km_h",
                                          "--flow flow_veh_h --speed speed_km_h", "--density 5 --flow 7"};
    double jam[4];
    for (size_t i = 0; i < 4; i++) {
        char line[300];
        snprintf(line, sizeof line, IDEAL "%s --models triangular --json", columns[i]);
        json_t *object = json_of(line);
        jam[i] = run_json_number(row(object, 0, "triangular"), "jam_density");
        json_decref(object);
    }
    ck_assert_double_eq_tol(jam[1], jam[0], .05); /* the file rounds its columns */
    ck_assert_double_eq_tol(jam[2], jam[0], .2);
    ck_assert_double_eq_tol(jam[3], jam[0], 1e-12);
    run_result note = run_shell(IDEAL "--flow flow_veh_h --speed speed_km_h --models triangular");
    ck_assert_ptr_nonnull(strstr(note.err, "explodes at small speeds"));
    run_clear(&note);
}
END_TEST

START_TEST(weights_speed_and_moving) {
    json_t *ols = json_of("crease-traffic fd data/sumo_bottleneck.csv --density density_veh_km_lane --flow "
                          "flow_veh_h_lane --models triangular --moving --json");
    json_t *qu = json_of("crease-traffic fd data/sumo_bottleneck.csv --density density_veh_km_lane --flow "
                         "flow_veh_h_lane --models triangular --moving --weights qu --by speed --json");
    ck_assert_double_eq(run_json_number(ols, "n"), 1867);
    ck_assert_double_eq(run_json_number(ols, "rows_left_out"), 133);
    const json_t *a = row(ols, 0, "triangular"), *b = row(qu, 0, "triangular");
    ck_assert_str_eq(json_string_value(json_object_get(b, "weights")), "qu");
    ck_assert_str_eq(json_string_value(json_object_get(b, "by")), "speed");
    ck_assert_double_lt(run_json_number(b, "rmse"), 60); /* km/h, not veh/h */
    ck_assert_double_gt(run_json_number(a, "rmse"), 200);
    json_decref(ols);
    json_decref(qu);
}
END_TEST

/* The digits of everything but the time do not depend on the number of threads. */
START_TEST(threads_do_not_matter) {
    double rmse[2];
    for (int threads = 1; threads <= 2; threads++) {
        char line[300];
        snprintf(line, sizeof line,
                 IDEAL
                 "--density density_veh_km --flow flow_veh_h --models tanh:3 --starts 4 --threads %d --json",
                 threads);
        json_t *object = json_of(line);
        rmse[threads - 1] = run_json_number(row(object, 0, "tanh:3"), "rmse");
        json_decref(object);
    }
    ck_assert_double_eq(rmse[0], rmse[1]);
}
END_TEST

START_TEST(what_goes_wrong_is_said) {
    static const struct {
        const char *line, *says;
        int exit_code;
    } failing[] = {
        {"crease-traffic fd missing.csv --density a --flow b", "missing.csv", 66},
        {IDEAL "--density densty --flow flow_veh_h", "density_veh_km", 65},
        {"crease-traffic fd data/sumo_ring.csv --density driver --flow flow_veh_h", "hetero", 65},
        {IDEAL "--density density_veh_km", "give two of --density", 64},
        {IDEAL "--density density_veh_km --flow flow_veh_h --speed speed_km_h", "all three", 64},
        {IDEAL "--density density_veh_km --flow flow_veh_h --models triangle", "did you mean triangular", 64},
        {IDEAL "--density density_veh_km --flow flow_veh_h --models s4", "did you mean s3", 64},
        {IDEAL "--density density_veh_km --flow flow_veh_h --by sped", "--by takes flow or speed", 64},
        {IDEAL "--density density_veh_km --flow flow_veh_h --wieghts qu", "did you mean --weights", 64},
        {"crease-traffic fd data/sumo_ring.csv --where driver=nobody --density density_veh_km --flow "
         "flow_veh_h",
         "driver=nobody", 65},
        {IDEAL "--density density_veh_km --flow flow_veh_h --models greenshields -o x.json", "is none", 64},
        {IDEAL "--density density_veh_km --flow flow_veh_h -o - --json", "only one of --json, -o -", 64},
        {"crease-traffic fdd", "did you mean 'fd'", 64},
        {"crease-traffic fd --density a --flow b", "DATA is missing", 64},
        {"printf 'k,q\\n10,900\\n' | crease-traffic fd - --density k --flow q", "at least two", 65},
        {"printf 'k,q\\n10,900\\n10,800\\n10,700\\n' | crease-traffic fd - --density k --flow q",
         "at least two", 65},
        {"printf 'k,q\\n10,900\\n-1,800\\n' | crease-traffic fd - --density k --flow q", "negative", 65},
        {"printf 'k,q\\n10,900\\nNaN,800\\n' | crease-traffic fd - --density k --flow q", ":3:", 65},
    };
    for (size_t i = 0; i < sizeof failing / sizeof *failing; i++) {
        run_result result = run_shell("%s", failing[i].line);
        ck_assert_msg(result.exit_code == failing[i].exit_code, "%s: exit code %d\n%s", failing[i].line,
                      result.exit_code, result.err);
        ck_assert_msg(strstr(result.err, failing[i].says) != NULL, "%s: does not say '%s' but\n%s",
                      failing[i].line, failing[i].says, result.err);
        ck_assert_msg(result.out_size == 0, "%s: prints\n%s", failing[i].line, result.out);
        run_clear(&result);
    }
}
END_TEST

/* Few rows, constant flow, zero density: a sane fit. */
START_TEST(sparse_data_are_fitted) {
    static const char *const lines[] = {
        "printf 'k,q\\n10,900\\n20,1500\\n' | crease-traffic fd - --density k --flow q --starts 2 --json",
        "printf 'k,q\\n0,0\\n10,900\\n20,900\\n30,900\\n' | crease-traffic fd - --density k --flow q "
        "--starts 2 --json",
        "printf 'k,q\\n10,0\\n20,0\\n30,0\\n40,0\\n' | crease-traffic fd - --density k --flow q --starts 2 "
        "--json",
        "printf 'k,v\\n0,100\\n10,90\\n20,70\\n30,50\\n' | crease-traffic fd - --density k --speed v --by "
        "speed "
        "--starts 2 --json"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        json_t *object = json_of(lines[i]);
        ck_assert_uint_eq(json_array_size(json_object_get(object, "rows")), 6);
        json_decref(object);
    }
}
END_TEST

/* What -o writes is the closest network, and it gives the quantities that the table shows. */
START_TEST(the_closest_network_is_written) {
    run_result result = run_shell(IDEAL "--density density_veh_km --speed speed_km_h --models "
                                        "greenshields,triangular,physical:2,tanh:1 --starts 2 -o -");
    ck_assert_msg(result.exit_code == 0 && strstr(result.err, "triangular"), "%s", result.err);
    json_t *net = run_json(&result);
    run_clear(&result);
    ck_assert_str_eq(json_string_value(json_object_get(net, "net")), "relu:3/relu:1");
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(net, "input_names"), 0)),
                     "density_veh_km");
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(net, "output_names"), 0)), "flow");
    json_decref(net);
    char *folder = run_folder_new();
    run_result fitted = run_shell(
        IDEAL "--density density_veh_km --flow flow_veh_h --models triangular --json -o %s/flow.json",
        folder);
    json_t *object = run_json_of(&fitted);
    const json_t *t = row(object, 0, "triangular");
    run_result range = run_shell("crease range %s/flow.json --box=-50:500 --json", folder);
    json_t *found = run_json_of(&range);
    ck_assert_double_eq(run_json_number(found, "min"), 0);
    ck_assert_double_eq_tol(run_json_number(found, "max"), run_json_number(t, "capacity"), 1e-9);
    ck_assert_double_eq_tol(json_number_value(json_array_get(json_object_get(found, "argmax"), 0)),
                            run_json_number(t, "critical_density"), 1e-9);
    json_decref(found);
    json_decref(object);
    run_result lost = run_shell(
        IDEAL "--density density_veh_km --flow flow_veh_h --models triangular -o /nowhere/flow.json");
    ck_assert_msg(lost.exit_code == 74 && strstr(lost.err, "/nowhere/flow.json"), "%s", lost.err);
    run_clear(&lost);
    run_folder_remove(folder);
}
END_TEST

/* Null has its reason, and networks have intervals too. */
START_TEST(intervals_and_reasons) {
    json_t *object = json_of(
        IDEAL "--density density_veh_km --flow flow_veh_h --models s3,affine+relu:1 --starts 1 --bootstrap "
              "8 --json");
    const json_t *s3 = row(object, 0, "s3"), *ci = json_object_get(s3, "ci95");
    ck_assert(json_is_null(json_object_get(s3, "extrapolated")));
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(s3, "why")), "extrapolated: "));
    ck_assert(json_is_null(json_array_get(json_object_get(ci, "jam_density"), 1)));
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(ci, "why")), "jam_density: "));
    const json_t *net = row(object, 1, "affine+relu:1"),
                 *jam = json_object_get(json_object_get(net, "ci95"), "jam_density");
    ck_assert_double_eq(run_json_number(net, "replicates"), 8);
    ck_assert_double_le(json_number_value(json_array_get(jam, 0)), run_json_number(net, "jam_density"));
    ck_assert_double_ge(json_number_value(json_array_get(jam, 1)), run_json_number(net, "jam_density"));
    json_decref(object);
}
END_TEST

/* Value of a line NAME = VALUE of a gnuplot script, or "". */
static const char *variable(const char *script, const char *name, size_t k, char value[static 40]) {
    char line[40];
    snprintf(line, sizeof line, "\n%s_of_%zu = ", name, k);
    const char *found = strstr(script, line);
    value[0] = '\0';
    if (found)
        sscanf(found + strlen(line), "%39[^\n]", value);
    return value;
}

/* No two curves of a picture share colour, dash and symbol, and intervals are in it. */
START_TEST(every_line_of_a_picture_is_its_own) {
    static const char *const models[] = {"greenshields,triangular,trapezoidal,smulders,newell-franklin,"
                                         "underwood,drake,van-aerde,s3,physical:3",
                                         "greenshields,triangular,physical:2,physical:3,physical:4,relu:1,"
                                         "relu:2,tanh:1,sigmoid:1,s3,underwood"};
    run_result gnuplot = run_shell("command -v gnuplot");
    const bool drawn = gnuplot.exit_code == 0;
    run_clear(&gnuplot);
    char *folder = run_folder_new();
    for (size_t i = 0; i < 2 && drawn; i++) {
        run_result fit =
            run_shell(IDEAL "--density density_veh_km --flow flow_veh_h --models %s --starts 1 --bootstrap "
                            "4 --plot %s/p.png",
                      models[i], folder);
        ck_assert_msg(fit.exit_code == 0, "%s", fit.err);
        run_clear(&fit);
        run_result script = run_shell("cat %s/p.gp", folder);
        static const char *const name[] = {"role", "dash", "symbol"};
        size_t curves = 0;
        char a[40], b[40];
        while (variable(script.out, "role", curves + 1, a)[0])
            curves++;
        ck_assert_uint_eq(curves, 10 + i);
        for (size_t j = 1; j <= curves; j++)
            for (size_t k = 1; k < j; k++) {
                size_t alike = 0;
                for (size_t n = 0; n < 3; n++)
                    alike +=
                        strcmp(variable(script.out, name[n], j, a), variable(script.out, name[n], k, b)) == 0;
                ck_assert_msg(alike < 3, "curves %zu and %zu look alike", k, j);
            }
        ck_assert_ptr_nonnull(strstr(script.out, "$intervals << "));
        run_clear(&script);
    }
    run_folder_remove(folder);
}
END_TEST

START_TEST(help_opens_with_examples) {
    static const char *const lines[] = {"crease-traffic --help", "crease-traffic fd --help"};
    for (size_t i = 0; i < 2; i++) {
        run_result result = run_shell("%s", lines[i]);
        ck_assert_int_eq(result.exit_code, 0);
        ck_assert_int_eq(strncmp(result.out, "Examples:\n  build/bin/crease traffic", 36), 0);
        run_clear(&result);
    }
}
END_TEST

/* The demonstration, on every few rows of its data unless the thorough run is asked for. */
START_TEST(demonstration_shows_tables_and_pictures) {
    char *folder = run_folder_new();
    run_result result = run_shell("mkdir %s/data && for f in sumo_ring sumo_bottleneck; do awk 'NR %% %zu == "
                                  "1 || %zu == 1' data/$f.csv "
                                  "> %s/data/$f.csv || exit; done && program=$(readlink -f \"$(command -v "
                                  "crease-traffic)\") && cd %s && "
                                  "env -u CREASE_DATA_DIR \"$program\" --starts 1 --folder %s/deep/er",
                                  folder, test_cases(20, 1), test_cases(20, 1), folder, folder, folder);
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    static const char *const says[] = {"(truth)", "triangular", "sigmoid:4",
                                       "Closest to the data:", "set CREASE_DATA_DIR"};
    for (size_t i = 0; i < sizeof says / sizeof *says; i++)
        ck_assert_msg(strstr(result.out, says[i]) != NULL, "does not say '%s' but\n%s", says[i], result.out);
    run_clear(&result);
    static const char *const pictures[] = {"traffic_ring", "traffic_ring_mixed", "traffic_bottleneck"};
    run_result gnuplot = run_shell("command -v gnuplot");
    for (size_t i = 0; i < 6 && gnuplot.exit_code == 0; i++) {
        char *path = NULL;
        ck_assert_int_gt(asprintf(&path, "%s/deep/er/%s.%s", folder, pictures[i / 2], i % 2 ? "svg" : "png"),
                         0);
        ck_assert_msg(access(path, R_OK) == 0, "no picture %s", path);
        free(path);
    }
    run_clear(&gnuplot);
    run_folder_remove(folder);
}
END_TEST

Suite *test_traffic_fd(void) {
    Suite *suite = suite_create("traffic fd");
    TCase *program = tcase_create("program");
    tcase_add_test(program, json_of_the_ideal_ring);
    tcase_add_test(program, third_column_is_derived);
    tcase_add_test(program, weights_speed_and_moving);
    tcase_add_test(program, threads_do_not_matter);
    tcase_add_test(program, what_goes_wrong_is_said);
    tcase_add_test(program, sparse_data_are_fitted);
    tcase_add_test(program, the_closest_network_is_written);
    tcase_add_test(program, intervals_and_reasons);
    tcase_add_test(program, every_line_of_a_picture_is_its_own);
    tcase_add_test(program, help_opens_with_examples);
    tcase_add_test(program, demonstration_shows_tables_and_pictures);
    tcase_set_timeout(program, 600);
    suite_add_tcase(suite, program);
    return suite;
}
