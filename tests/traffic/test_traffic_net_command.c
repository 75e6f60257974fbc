/* crease traffic net: numbers, files, messages and exit codes. */
#include "crease/model_file.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NET "crease-traffic net "
#define QUICK " --runs 2 --starts 1 --points 50 --models physical:1,relu:2,tanh:2 "
#define RING "data/sumo_ring.csv --where driver=ideal --density density_veh_km --flow flow_veh_h "

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

/* The element of a list whose `key` is this text. */
static const json_t *named(const json_t *list, const char *key, const char *text) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *value = json_string_value(json_object_get(json_array_get(list, i), key));
        if (value && strcmp(value, text) == 0)
            return json_array_get(list, i);
    }
    ck_abort_msg("no %s %s", key, text);
}

static bool is_true(const json_t *object, const char *key) {
    return json_is_true(part(object, key));
}

START_TEST(data_are_fitted_and_audited) {
    char *folder = run_folder_new();
    run_result result =
        run_shell(NET RING "--models triangular,relu:2,tanh:2 --starts 4 --truth triangular:119.988,22.5,"
                           "133.3333333 -o %s/m.json --json -q",
                  folder);
    ck_assert_int_eq(result.exit_code, 0);
    json_t *o = run_json(&result);
    ck_assert_str_eq(json_string_value(part(o, "schema")), "crease/traffic-net/1");
    ck_assert_str_eq(json_string_value(part(o, "mode")), "data");
    ck_assert_double_eq(run_json_number(o, "n"), 300);
    const json_t *rows = part(o, "rows"), *triangular = named(rows, "model", "triangular"),
                 *relu = named(rows, "model", "relu:2"), *tanh2 = named(rows, "model", "tanh:2");
    ck_assert(is_true(triangular, "physical") && is_true(triangular, "concave"));
    ck_assert_uint_eq(json_array_size(part(triangular, "faults")), 0);
    ck_assert_double_eq(run_json_number(triangular, "lowest_flow"), 0);
    ck_assert_double_eq_tol(run_json_number(triangular, "jam_density"), 133.3, .06);
    ck_assert_double_eq_tol(run_json_number(triangular, "jam_density_error"),
                            run_json_number(triangular, "jam_density") - 133.3333333, 1e-9);
    ck_assert_double_lt(run_json_number(triangular, "wave_speed_error_mean"), .1);
    /* two ReLUs stop at the last rows and never reach zero; the smooth one has flow on the empty road */
    ck_assert(!is_true(relu, "physical") && json_is_null(part(relu, "zero_at")));
    ck_assert_double_gt(run_json_number(relu, "slope_rise"), 20);
    ck_assert_double_lt(run_json_number(tanh2, "lowest_flow"), -1000);
    ck_assert_double_eq_tol(run_json_number(tanh2, "lowest_flow_at"), run_json_number(tanh2, "range_end"),
                            1e-9);
    ck_assert_double_gt(run_json_number(tanh2, "wave_speed_error_mean"),
                        10 * run_json_number(triangular, "wave_speed_error_mean"));
    ck_assert_double_gt(fabs(run_json_number(tanh2, "flow_at_zero")), 1);
    json_decref(o);
    run_clear(&result);

    /* the flux written is the triangular one, is physical, and serves the front tracking */
    crease_net *net;
    char *path;
    ck_assert_int_ge(asprintf(&path, "%s/m.json", folder), 0);
    ck_assert_int_eq(crease_net_load(path, &net, NULL), CREASE_OK);
    ck_assert_str_eq(net->input_name[0], "density_veh_km");
    crease_net_free(net);
    result = run_shell(NET "--model %s --json -q", path);
    o = run_json_of(&result);
    ck_assert_str_eq(json_string_value(part(o, "mode")), "model");
    const json_t *saved = json_array_get(part(o, "rows"), 0);
    ck_assert(is_true(saved, "physical"));
    ck_assert_double_eq_tol(run_json_number(saved, "zero_at"), 133.25, .1);
    json_decref(o);
    run_file_write(folder, "i.csv", "x_km,density_veh_km\n0,100\n1,10\n");
    result = run_shell("crease-traffic lwr --flux %s --initial %s/i.csv --ring 4 --time .02 --json -q", path,
                       folder);
    o = run_json_of(&result);
    ck_assert_double_gt(run_json_number(o, "fronts"), 0);
    json_decref(o);
    free(path);
    run_folder_remove(folder);
}
END_TEST

/* A network known by its numbers: two slopes, below zero past 120. */
START_TEST(saved_networks) {
    char *folder = run_folder_new();
    run_file_write(
        folder, "n.json",
        "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"relu:2\", \"inputs\": 1, \"outputs\": 1,"
        " \"theta\": [1, 1, 0, -20, 100, -120, 5], \"input_shift\": [0], \"input_scale\": [1],"
        " \"output_shift\": [0], \"output_scale\": [1]}");
    run_result result =
        run_shell(NET "--model %s/n.json --largest-density 100 --truth triangular:100,20,120 --json", folder);
    json_t *o = run_json_of(&result);
    const json_t *row = json_array_get(part(o, "rows"), 0);
    ck_assert_double_eq_tol(run_json_number(row, "flow_at_zero"), 5, 1e-12);
    ck_assert_double_eq_tol(run_json_number(row, "zero_at"), 120.25, 1e-9);
    ck_assert_double_eq_tol(run_json_number(row, "lowest_flow"), 2405 - 2400 - 600, 1e-9);
    ck_assert_double_eq_tol(run_json_number(row, "rmse_truth"), 5, 1e-9);
    ck_assert_double_eq_tol(run_json_number(row, "wave_speed_error_largest"), 0, 1e-9);
    ck_assert_double_eq_tol(run_json_number(row, "capacity_error"), 5, 1e-9);
    ck_assert_double_eq_tol(run_json_number(row, "jam_density_error"), .25, 1e-9);
    ck_assert_double_eq_tol(run_json_number(row, "lowest_flow_beyond_true_jam"), -595, 1e-9);
    ck_assert(is_true(row, "concave") && !is_true(row, "physical"));
    ck_assert_uint_eq(json_array_size(part(row, "faults")), 2);
    json_decref(o);
    result = run_shell(NET "--model %s/n.json --largest-density 100 -q", folder);
    ck_assert_int_eq(result.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(result.out,
                                 "relu:2 is not physical: a flow of 5 on the empty road; negative flow, down "
                                 "to -595 at density"));
    run_clear(&result);
    run_file_write(
        folder, "two.json",
        "{\"format\": \"crease-net\", \"version\": 1, \"net\": \"relu:1\", \"inputs\": 2, \"outputs\": 1,"
        " \"theta\": [1, 1, 0, 1, 0], \"input_shift\": [0, 0], \"input_scale\": [1, 1],"
        " \"output_shift\": [0], \"output_scale\": [1]}");
    run_file_write(folder, "bad.json", "{\"format\": ");
    run_must_fail(run_shell(NET "--model %s/two.json", folder), 65, "one input");
    run_must_fail(run_shell(NET "--model %s/bad.json", folder), 65, "bad.json");
    run_must_fail(run_shell(NET "--model %s/none.json", folder), 66, "none.json");
    run_folder_remove(folder);
}
END_TEST

START_TEST(study_of_two_truths) {
    json_t *o = json_of(NET "--truth triangular --truth greenshields:100,150 --upto 1.2,.8" QUICK "--json");
    const json_t *truths = part(o, "truths");
    ck_assert_str_eq(json_string_value(part(o, "mode")), "study");
    ck_assert_uint_eq(json_array_size(truths), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *truth = json_array_get(truths, i), *reaches = part(truth, "reaches"),
                     *claims = part(truth, "claims");
        ck_assert_uint_eq(json_array_size(reaches), 2);
        ck_assert_uint_eq(json_array_size(claims), 12);
        ck_assert_double_eq(run_json_number(truth, "capacity"), i ? 3750 : 2000);
        for (size_t k = 0; k < 2; k++) {
            const json_t *rows = part(json_array_get(reaches, k), "rows"),
                         *physical = json_array_get(rows, 0);
            ck_assert_uint_eq(json_array_size(rows), 3);
            ck_assert_str_eq(json_string_value(part(physical, "kind")), "physical");
            ck_assert_double_eq(run_json_number(physical, "fits_with_negative_flow"), 0);
            ck_assert_double_eq(run_json_number(physical, "fits_not_concave"), 0);
            ck_assert_uint_eq(json_array_size(part(part(physical, "rmse_truth"), "runs")), 2);
            ck_assert(json_is_null(part(json_array_get(rows, 1), "jam_bias_without_noise")));
        }
        ck_assert_str_eq(json_string_value(part(named(claims, "name", "guarantee-form"), "verdict")),
                         "confirmed");
        ck_assert_str_eq(json_string_value(part(named(claims, "name", "guarantee-activation"), "verdict")),
                         "refuted as stated");
        ck_assert_str_eq(json_string_value(part(named(claims, "name", "exact"), "verdict")),
                         i ? "refuted as stated" : "confirmed");
        ck_assert_str_eq(json_string_value(part(named(claims, "name", "jam"), "verdict")),
                         i ? "refuted as stated" : "confirmed");
    }
    json_decref(o);
    /* the same digits again, by another number of threads; text with the words of the verdicts */
    run_result a = run_shell(NET "--truth triangular" QUICK "--json --threads 1"),
               b = run_shell(NET "--truth triangular" QUICK "--json --threads 2"),
               c = run_shell(NET "--truth triangular" QUICK "-q");
    ck_assert_str_eq(a.out, b.out);
    ck_assert_int_eq(c.exit_code, 0);
    ck_assert_ptr_nonnull(strstr(c.out, "triangular: refuted as stated. plain ReLU: negative flow in"));
    ck_assert_str_eq(c.err, "");
    run_clear(&a);
    run_clear(&b);
    run_clear(&c);
}
END_TEST

START_TEST(messages_and_exit_codes) {
    static const struct {
        const char *line;
        int code;
        const char *says;
    } known[] = {
        {"", 64, "of what? Give DATA"},
        {"--density a --flow b", 64, "DATA is missing"},
        {"--truth parabola", 64, "there is no truth 'parabola'"},
        {"--truth greenshield", 64, "did you mean greenshields?"},
        {"--truth triangular:1,2", 64, "write triangular:VF,W,RHOJ"},
        {"--truth triangular --runs 0", 64, "--runs"},
        {"--truth triangular --points 1", 64, "--points"},
        {"--truth triangular --upto 0", 64, "--upto takes shares"},
        {"--truth triangular --noise -1", 64, "--noise"},
        {"--truth triangular --noise-of road", 64, "--noise-of takes flow or capacity"},
        {"--truth triangular --models relu:0", 64, "relu:0"},
        {"--truth triangular -o m.json", 64, "there is no DATA"},
        {"--truth triangular --density a", 64, "there is no DATA"},
        {"--truth triangular --bootstrap 5", 64, "belong to DATA"},
        {"--truth triangular --largest-density 5", 64, "belongs to --model"},
        {"--model a.json b.csv --density a --flow b", 64, "not both"},
        {"--model a.json --model b.json", 64, "one --model"},
        {"--model a.json --runs 3", 64, "--runs belongs to a study"},
        {"--model a.json --models relu:3", 64, "as it is"},
        {"a.csv --density a --flow b --truth triangular --truth smulders", 64, "one --truth"},
        {"a.csv --density a", 64, "give two of"},
        {"a.csv --density a --flow b --models relu:3 -o m.json", 64, "no model is one by its form"},
        {"a.csv --density a --flow b --models relu:3 --write relu:4 -o m.json", 64, "--write 'relu:4'"},
        {"a.csv --density a --flow b --write relu:3", 64, "--write belongs to -o"},
        {"a.csv --density a --flow b -o - --json", 64, "standard output"},
        {"nowhere.csv --density a --flow b", 66, "nowhere.csv"},
        {"data/sumo_ring.csv --density density_veh_km --flow nothing", 65, "nothing"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        run_must_fail(run_shell(NET "%s", known[i].line), known[i].code, known[i].says);
    char *folder = run_folder_new();
    run_file_write(folder, "one.csv", "density_km,flow\n20,1000\n");
    run_file_write(folder, "same.csv", "density_km,flow\n20,1000\n20,1100\n20,900\n");
    run_file_write(folder, "nan.csv", "density_km,flow\n20,1000\nnan,1100\n");
    run_file_write(folder, "minus.csv", "density_km,flow\n20,1000\n-3,1100\n");
    run_file_write(folder, "empty.csv", "density_km,flow\n");
    static const char *const bad[][2] = {{"one", "1 row with one single density"},
                                         {"same", "at least two different ones"},
                                         {"nan", "nan.csv"},
                                         {"minus", "must not be negative"},
                                         {"empty", "no row of data"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        run_must_fail(run_shell(NET "%s/%s.csv --density density_km --flow flow -q", folder, bad[i][0]), 65,
                      bad[i][1]);
    run_must_fail(run_shell(NET RING "--models triangular -o %s/no/m.json --json -q >/dev/null", folder), 74,
                  "m.json");
    /* two rows, constant flows: something is said, nothing breaks */
    run_file_write(folder, "two.csv", "density_km,flow\n20,1000\n90,1000\n");
    run_result two =
        run_shell(NET "%s/two.csv --density density_km --flow flow --starts 2 -q --json", folder);
    ck_assert_int_eq(two.exit_code, 0);
    json_decref(run_json(&two));
    run_clear(&two);
    run_folder_remove(folder);
}
END_TEST

START_TEST(interrupted_studies) {
    const char *argv[] = {"crease-traffic",    "net", "--truth", "triangular", "--runs", "100000",
                          "--points",          "20",  "-v",      "--starts",   "1",      "--models",
                          "physical:1,relu:1", NULL};
    const run_options options = {.interrupt_at = "studying"};
    run_result result = run_program(&options, argv);
    ck_assert_int_eq(result.exit_code, 130);
    ck_assert(strstr(result.out, "Claims:") || strstr(result.out, "No run was finished."));
    ck_assert_ptr_nonnull(strstr(result.err, "interrupted"));
    run_clear(&result);
}
END_TEST

START_TEST(pictures) {
    if (access("/usr/bin/gnuplot", X_OK) != 0)
        skip_test("gnuplot is not installed");
    char *folder = run_folder_new();
    static const char *const line[] = {"--truth smulders --upto 1.2,.8" QUICK,
                                       RING "--models triangular,relu:2 --starts 2"};
    for (size_t i = 0; i < 2; i++) {
        run_result result = run_shell(NET "%s --plot %s/p.svg -q && grep -c '<path' %s/p.svg && cat %s/p.gp",
                                      line[i], folder, folder, folder);
        ck_assert_msg(result.exit_code == 0, "%s: %s", line[i], result.err);
        ck_assert_ptr_nonnull(strstr(result.out, "$fits"));
        run_clear(&result);
    }
    run_folder_remove(folder);
}
END_TEST

START_TEST(examples_run) {
    char *folder = run_folder_new();
    run_help_examples(
        "traffic net", folder,
        "s/--truth greenshields /&--runs 2 --starts 1 --points 50 --models physical:1,relu:2,tanh:2 /; "
        "s/physical:2,relu:3,tanh:4 --starts 4/physical:1,tanh:2 --starts 1/");
    run_folder_remove(folder);
}
END_TEST

Suite *test_traffic_net_command(void) {
    Suite *suite = suite_create("traffic net command");
    TCase *all = tcase_create("all");
    tcase_add_test(all, data_are_fitted_and_audited);
    tcase_add_test(all, saved_networks);
    tcase_add_test(all, study_of_two_truths);
    tcase_add_test(all, messages_and_exit_codes);
    tcase_add_test(all, interrupted_studies);
    tcase_add_test(all, pictures);
    tcase_add_test(all, examples_run);
    tcase_set_timeout(all, 300);
    suite_add_tcase(suite, all);
    return suite;
}
