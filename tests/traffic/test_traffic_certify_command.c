/* crease traffic certify: numbers, the closed form, messages and exit codes. */
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RING                                                                                                 \
    "crease-traffic certify data/sumo_ring.csv --where driver=ideal --density density_veh_km --flow "        \
    "flow_veh_h --initial data/queue.csv "

static const json_t *part(const json_t *object, const char *key) {
    const json_t *found = json_object_get(object, key);
    ck_assert_msg(found != NULL, "no %s", key);
    return found;
}

static json_t *json_of(const char *line) {
    run_result result = run_shell("%s", line);
    ck_assert_msg(result.exit_code == 0, "%s: exit code %d\n%s", line, result.exit_code, result.err);
    json_t *object = run_json(&result);
    run_clear(&result);
    return object;
}

/* The ring's truth, traffic.md, section 4: vf 119.99, capacity 2526.3, critical density 21.05, w 22.5, jam 133.33. */
START_TEST(json_of_the_ring) {
    json_t *o = json_of(RING "--model triangular --arrival 1500 --bootstrap 60 --json");
    ck_assert_str_eq(json_string_value(part(o, "schema")), "crease/traffic-certify/1");
    ck_assert_str_eq(json_string_value(part(o, "model")), "triangular");
    ck_assert_double_eq(run_json_number(o, "n"), 300);
    const json_t *place = json_array_get(part(o, "places"), 0), *fitted = part(place, "fitted");
    const json_t *flux = part(o, "fitted"), *band = part(o, "band");
    const double capacity = run_json_number(flux, "capacity_veh_h"),
                 jam = run_json_number(flux, "jam_density_veh_km"),
                 u = 1500 * run_json_number(flux, "critical_density_veh_km") / capacity;
    ck_assert_double_eq_tol(capacity, 2526.3, 1);
    ck_assert_double_eq_tol(jam, 133.33, .2);
    /* one km of queue: (M - u L) / (C - F), and 1/w + 1/vf */
    ck_assert_double_eq_tol(run_json_number(fitted, "queue_cleared_h"), (jam - u) / (capacity - 1500), 1e-9);
    ck_assert_double_eq_tol(run_json_number(fitted, "vehicle"), jam, 1e-9);
    ck_assert_double_eq_tol(run_json_number(fitted, "passed_h"), jam / capacity, 1e-9);
    const double truth = (133.3333 - 1500 / 119.99) / (2526.3 - 1500);
    const json_t *cleared = part(place, "queue_cleared_95_h"),
                 *bounds = part(place, "queue_cleared_bounds_h"), *passed = part(place, "passed_bounds_h");
    ck_assert_double_eq_tol(run_json_number(cleared, "low"), truth, 1e-3);
    ck_assert_double_eq_tol(run_json_number(cleared, "high"), truth, 1e-3);
    ck_assert_double_lt(run_json_number(cleared, "low"), run_json_number(cleared, "high"));
    ck_assert(run_json_number(bounds, "earliest") <= run_json_number(cleared, "low") + 1e-4);
    ck_assert(run_json_number(bounds, "latest") >= run_json_number(cleared, "high") - 1e-4);
    ck_assert_double_eq(run_json_number(bounds, "replicates_broken"), 0);
    ck_assert_double_eq(run_json_number(passed, "replicates_broken"), 0);
    ck_assert_double_eq(run_json_number(passed, "replicates_checked"), run_json_number(band, "inside"));
    ck_assert_double_gt(run_json_number(place, "band_replicates_outside_both_runs"), 20);
    ck_assert_double_eq(run_json_number(band, "tracked"), 60);
    ck_assert_uint_eq(json_array_size(part(o, "replicates")), 60);
    ck_assert_double_le(run_json_number(part(o, "upper"), "l1_distance_veh"),
                        run_json_number(part(o, "upper"), "l1_bound_veh"));
    ck_assert(json_is_true(part(o, "jam_extrapolated")));
    json_decref(o);
}
END_TEST

START_TEST(same_seed_same_digits) {
    run_result a = run_shell(RING "--arrival 900 --bootstrap 40 --block 5 --threads 1 --json"),
               b = run_shell(RING "--arrival 900 --bootstrap 40 --block 5 --threads 2 --json");
    char *end[] = {strstr(a.out, "\"fit_seconds\""), strstr(b.out, "\"fit_seconds\"")};
    ck_assert(end[0] && end[1]);
    *end[0] = *end[1] = '\0';
    ck_assert_str_eq(a.out, b.out);
    run_clear(&a);
    run_clear(&b);
}
END_TEST

/* Greenshields without noise: with more kinks the interval shrinks onto 4/45 h, traffic.md, section 2. */
START_TEST(the_interval_shrinks_onto_the_closed_form) {
    static const char *const kinks[] = {"3", "6"};
    char *folder = run_folder_new(), line[400];
    double width[2];
    snprintf(line, sizeof line,
             "awk 'BEGIN {print \"k,q\"; for (i = 0; i <= 200; i++) print .75 * i \",\" 75 * i * (1 - i / "
             "200)}' >%s/data.csv",
             folder);
    run_result made = run_shell("%s", line);
    ck_assert_int_eq(made.exit_code, 0);
    run_clear(&made);
    for (int i = 0; i < 2; i++) {
        snprintf(
            line, sizeof line,
            "crease-traffic certify %s/data.csv --file-units km --density k --flow q --model physical:%s "
            "--initial data/queue.csv --count-at 0 --standing 150 --bootstrap 40 --json",
            folder, kinks[i]);
        json_t *o = json_of(line);
        const json_t *place = json_array_get(part(o, "places"), 0),
                     *bounds = part(place, "queue_cleared_bounds_h");
        const double low = run_json_number(bounds, "earliest"), high = run_json_number(bounds, "latest");
        ck_assert_msg(low < 4. / 45 && 4. / 45 < high, "physical:%s: %g to %g", kinks[i], low, high);
        width[i] = high - low;
        ck_assert_double_eq_tol(run_json_number(part(place, "fitted"), "queue_cleared_h"), 4. / 45, .004);
        json_decref(o);
    }
    ck_assert_msg(width[1] < .4 * width[0], "%g, then %g", width[0], width[1]);
    run_folder_remove(folder);
}
END_TEST

START_TEST(lights_rings_and_endless_queues) {
    json_t *o = json_of(RING "--model triangular --bootstrap 40 --light 0,90,75 --arrival 1200 --json");
    const json_t *place = json_array_get(part(o, "places"), 0);
    ck_assert_str_eq(json_string_value(part(place, "kind")), "light");
    ck_assert(json_is_null(part(part(place, "queue_cleared_bounds_h"), "earliest")));
    ck_assert(json_is_null(part(part(o, "upper"), "l1_bound_veh")));
    ck_assert_double_eq(run_json_number(part(place, "passed_bounds_h"), "replicates_broken"), 0);
    /* 52.6 vehicles a green time of 75 s, after 15 s of red: the 133rd in the third */
    ck_assert_double_eq_tol(run_json_number(part(place, "fitted"), "passed_h"),
                            (195 + 3600 * (133.25 - 2 * 2526.8 * 75 / 3600) / 2526.8) / 3600, 2e-4);
    json_decref(o);
    o = json_of(RING
                "--model triangular --bootstrap 40 --time .2 --json"); /* 30 veh/km upstream are a jam here */
    place = json_array_get(part(o, "places"), 0);
    ck_assert(json_is_null(part(part(place, "fitted"), "queue_cleared_h")));
    ck_assert_double_eq(run_json_number(place, "replicates_with_queue_at_end"), 40);
    ck_assert_ptr_nonnull(strstr(json_string_value(part(o, "verdict")), "a queue without end. --arrival"));
    json_decref(o);
    o = json_of(RING
                "--model triangular --bootstrap 40 --ring 12 --count-at 3 --initial 10 --vehicle 50 --json");
    place = json_array_get(part(o, "places"), 0);
    ck_assert_str_eq(json_string_value(part(o, "domain")), "ring");
    ck_assert_double_eq_tol(run_json_number(part(place, "fitted"), "passed_h"), 5 / 120., 1e-4);
    ck_assert_double_le(run_json_number(part(place, "passed_bounds_h"), "earliest"),
                        run_json_number(part(place, "fitted"), "passed_h"));
    ck_assert_double_eq(run_json_number(place, "replicates_without_queue"), 40);
    json_decref(o);
}
END_TEST

START_TEST(what_goes_wrong_is_said) {
    static const struct {
        const char *line, *says;
        int exit_code;
    } failing[] = {
        {RING "--arrival 3000 --bootstrap 40", "not less than the capacity", 65},
        {RING "--bootstrap 39", "at least 40", 64},
        {RING "--bootstrap 200000", "at most 100000", 64},
        {RING "--model greenshields", "straight pieces", 64},
        {RING "--model relu:4", "straight pieces", 64},
        {RING "--model physical:99", "physical:", 64},
        {RING "--modle triangular", "did you mean", 64},
        {RING "--ring 5 --line", "either a --ring or a --line", 64},
        {RING "--ring 20 --arrival 100", "nobody arrives on a ring", 64},
        {RING "--ring 20 --window 0:1", "--window goes with a line", 64},
        {RING "--standing 0", "--standing", 64},
        {RING "--vehicle -1", "--vehicle", 64},
        {RING "--time 0", "--time", 64},
        {RING "--light 0,90", "--light", 64},
        {RING "--json --plot -", "only one of", 64},
        {"crease-traffic certify - --density 1 --flow 2 --initial - </dev/null", "cannot be both", 64},
        {RING "other.csv", "one file of data, not two", 64},
        {RING "--ring 5", "not on the ring", 65},
        {"crease-traffic certify --initial data/queue.csv --density 1 --flow 2", "DATA is missing", 64},
        {"crease-traffic certify data/sumo_ring.csv --density density_veh_km --flow flow_veh_h", "--initial",
         64},
        {"crease-traffic certify data/sumo_ring.csv --density density_veh_km --initial data/queue.csv",
         "give two of", 64},
        {"crease-traffic certify data/sumo_ring.csv --density density_veh_km --flow flow_veh_h --initial "
         "nowhere.csv",
         "nowhere.csv", 66},
        {"crease-traffic certify nowhere.csv --density a --flow b --initial data/queue.csv", "nowhere.csv",
         66},
        {"crease-traffic certify data/sumo_ring.csv --density density --flow flow_veh_h --initial "
         "data/queue.csv",
         "density", 65},
        {"printf 'k,q\\n1,100\\n2,200\\n3,290\\n4,nan\\n' | crease-traffic certify - --file-units km "
         "--density k "
         "--flow q --initial data/queue.csv",
         "nan' is no value", 65},
        {"printf 'k,q\\n1,100\\n2,200\\n3,290\\n' | crease-traffic certify - --file-units km --density k "
         "--flow q "
         "--initial data/queue.csv --model triangular",
         "--jam-density", 65},
        {"printf 'k,q\\n1,100\\n2,200\\n3,290\\n' | crease-traffic certify - --density k --flow q --initial "
         "data/queue.csv",
         "--file-units", 64},
        {"printf 'x,k\\n0,10\\n1,-5\\n2,0\\n' | " RING "--initial -", "at least 0", 65},
        {"printf 'x,k\\n0,10\\n1,100\\n' | " RING "--initial -", "--count-at", 64},
    };
    for (size_t i = 0; i < sizeof failing / sizeof *failing; i++)
        run_must_fail(run_shell("%s", failing[i].line), failing[i].exit_code, failing[i].says);
}
END_TEST

START_TEST(picture_text_and_help) {
    char *folder = run_folder_new();
    run_result result =
        run_shell(RING "--model triangular --arrival 1500 --bootstrap 40 --plot %s/a.svg && test -s %s/a.svg",
                  folder, folder);
    ck_assert_msg(result.exit_code == 0 || result.exit_code == 69, "%s", result.err);
    static const char *const says[] = {"whatever the concave flux in the band",
                                       "is gone at 0.11759 h",
                                       "These two runs are no bounds",
                                       "standing traffic",
                                       "comparison principle",
                                       "says nothing"};
    for (size_t i = 0; i < sizeof says / sizeof *says && result.exit_code == 0; i++) {
        for (char *c = result.out; *c; c++) /* broken lines */
            if (*c == '\n' && c[1] == ' ' && c[2] == ' ')
                memmove(c, c + 2, strlen(c + 2) + 1);
        ck_assert_msg(strstr(result.out, says[i]) != NULL, "no '%s' in\n%s", says[i], result.out);
    }
    run_clear(&result);
    run_help_examples("traffic certify", folder,
                      "s/--initial/--bootstrap 40 --initial/; s/--bootstrap 200//");
    run_folder_remove(folder);
}
END_TEST

/* Ctrl-C: what there is, or that there is nothing yet. */
START_TEST(interrupted) {
    run_result result = run_shell("timeout --foreground -s INT 1 " RING
                                  "--bootstrap 100000 --threads 1 --arrival 1500 --json");
    ck_assert_msg(result.exit_code == 130 || result.exit_code == 124, "%d: %s", result.exit_code, result.err);
    ck_assert_ptr_nonnull(strstr(result.err, "interrupted"));
    if (*result.out) {
        json_t *o = run_json(&result);
        ck_assert(json_is_true(part(o, "interrupted")));
        ck_assert_double_lt(run_json_number(part(o, "band"), "tracked"), 100000);
        json_decref(o);
    }
    run_clear(&result);
}
END_TEST

Suite *test_traffic_certify_command(void) {
    Suite *suite = suite_create("traffic certify command");
    TCase *program = tcase_create("program");
    tcase_add_test(program, json_of_the_ring);
    tcase_add_test(program, same_seed_same_digits);
    tcase_add_test(program, the_interval_shrinks_onto_the_closed_form);
    tcase_add_test(program, lights_rings_and_endless_queues);
    tcase_add_test(program, what_goes_wrong_is_said);
    tcase_add_test(program, picture_text_and_help);
    tcase_add_test(program, interrupted);
    tcase_set_timeout(program, 120);
    suite_add_tcase(suite, program);
    return suite;
}
