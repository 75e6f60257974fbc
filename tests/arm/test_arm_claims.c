/* The claims about activations: each number against a table or a formula, each verdict with the arm as it is and, where
 * it can come out the other way, with an arm or a gain that makes it do so; then the program. */
#include "arm/claims/claims.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const arm_claim *claim_named(const char *name) {
    const arm_claim *claim;
    for (size_t i = 0; (claim = arm_claim_at(i)) != NULL; i++)
        if (strcmp(claim->name, name) == 0)
            return claim;
    ck_abort_msg("there is no claim '%s'", name);
    return NULL;
}

static arm_finding judge(const char *name, const arm_claim_setup *setup) {
    arm_finding finding;
    crease_error error;
    ck_assert_msg(arm_claim_judge(claim_named(name), setup, &finding, &error) == CREASE_OK, "%s: %s", name,
                  error.message);
    ck_assert_msg(strlen(finding.why) > 10 && strlen(finding.why) + 1 < ARM_WHY_SIZE, "%s: '%s'", name,
                  finding.why);
    return finding;
}

static double measured(const arm_finding *finding, const char *key) {
    for (size_t i = 0; i < finding->count; i++)
        if (strcmp(finding->measured[i].key, key) == 0)
            return finding->measured[i].value;
    ck_abort_msg("nothing is measured as '%s'", key);
    return NAN;
}

START_TEST(verdicts_on_the_elbow) {
    static const struct {
        const char *name;
        arm_verdict verdict;
    } wanted[] = {{"popular", ARM_CONFIRMED_WITH_LIMITS},
                  {"quarter-slope", ARM_CONFIRMED},
                  {"gain-not-shape", ARM_CONFIRMED_WITH_LIMITS},
                  {"settling", ARM_CONFIRMED_WITH_LIMITS},
                  {"damping-inside", ARM_CONFIRMED},
                  {"least-damping", ARM_CONFIRMED},
                  {"working-point", ARM_CONFIRMED},
                  {"rest", ARM_CONFIRMED},
                  {"upright", ARM_CONFIRMED},
                  {"never-unstable", ARM_CONFIRMED},
                  {"lag-limit", ARM_CONFIRMED},
                  {"hold-limit", ARM_CONFIRMED},
                  {"gentle-margin", ARM_CONFIRMED},
                  {"torque", ARM_CONFIRMED_WITH_LIMITS},
                  {"four-to-one", ARM_CONFIRMED},
                  {"two-to-one", ARM_CONFIRMED},
                  {"steepest", ARM_REFUTED},
                  {"tanh-gentle", ARM_REFUTED},
                  {"same-line", ARM_CONFIRMED},
                  {"same-network", ARM_CONFIRMED}};
    const arm_claim_setup setup = arm_claim_defaults();
    size_t count = 0;
    while (arm_claim_at(count)) {
        const arm_claim *claim = arm_claim_at(count);
        for (size_t i = 0; i < count; i++)
            ck_assert_str_ne(arm_claim_at(i)->name, claim->name);
        count++;
    }
    ck_assert_uint_eq(count, sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < count; i++) {
        arm_finding finding = judge(wanted[i].name, &setup);
        ck_assert_msg(finding.verdict == wanted[i].verdict, "%s is %s: %s", wanted[i].name,
                      arm_verdict_name(finding.verdict), finding.why);
        ck_assert_msg(finding.count > 0, "%s measures nothing", wanted[i].name);
    }
}
END_TEST

/* Numbers of the reference tables. */
START_TEST(numbers_of_the_tables) {
    static const struct {
        const char *name, *key;
        double value, tolerance;
    } wanted[] = {
        /* step_single.csv: P, relu and sigmoid, 0.5 rad without gravity */
        {"popular", "rise_relu_s", 0.1339098825, 1e-8},
        {"popular", "rise_sigmoid_s", 0.3414888435, 1e-8},
        {"popular", "overshoot_relu_pct", 47.64736176, 1e-6},
        {"popular", "overshoot_sigmoid_pct", 19.50428353, 1e-6},
        {"popular", "torque_relu_n_m", 40, 1e-9},
        {"popular", "torque_sigmoid_n_m", 9.796746496, 1e-8},
        {"popular", "settling_relu_s", 1.818708228, 1e-7},
        {"popular", "settling_sigmoid_s", 1.80448017, 1e-7},
        /* closed_form.csv */
        {"quarter-slope", "wn_1_rad_s", 9.231930356, 1e-8},
        {"quarter-slope", "wn_quarter_rad_s", 4.615965178, 1e-8},
        {"quarter-slope", "zeta_1", 0.2296688471, 1e-9},
        {"quarter-slope", "zeta_quarter", 0.4593376941, 1e-9},
        {"quarter-slope", "simulated_overshoot_quarter_pct", 19.69944618, 1e-6},
        {"quarter-slope", "simulated_rise_quarter_s", 0.3384629908, 1e-8},
        {"settling", "settling_1_s", 1.818708228, 1e-7},
        {"settling", "settling_quarter_s", 1.801603202, 1e-7},
        {"damping-inside", "zeta_relu", 1.152861883, 1e-9},
        {"damping-inside", "zeta_sigmoid", 0.9209342119, 1e-9},
        {"damping-inside", "overshoot_sigmoid_pct", 0.05942676218, 1e-7},
        {"least-damping", "slope_found", 3.9804259903721997 / 16, 1e-6},
        /* equilibria.csv: sigmoid, K 20, pi/2; K 80, .5 */
        {"working-point", "q_ss_rad", 0.5601737725, 1e-9},
        {"working-point", "slope_at_rest", 0.1956448235, 1e-9},
        {"working-point", "by_rest_n_m_rad", 11.34736952, 1e-8},
        {"working-point", "measured_n_m_rad", 11.34736952, 1e-3},
        {"rest", "error_relu_rad", 0.04791964412, 1e-9},
        {"rest", "error_sigmoid_rad", 0.1505257855, 1e-9},
        {"rest", "end_relu_rad", 0.4520803559, 1e-6},
        {"upright", "critical_slope", 8.775731315224766 / 20, 1e-9},
        /* stability_limits.csv */
        {"lag-limit", "k_critical_short_n_m", 414.9218884, 1e-7},
        {"lag-limit", "k_critical_long_n_m", 96.48780919, 1e-8},
        {"hold-limit", "k_critical_short_n_m", 403.7490062, 1e-7},
        {"hold-limit", "k_critical_long_n_m", 165.0450551, 1e-7},
        {"gentle-margin", "margin_relu_lag", 1.206097615, 1e-9},
        {"gentle-margin", "margin_sigmoid_sampled", 4 * 2.063063189, 1e-8},
        {"torque", "peak_relu_large_n_m", 89.4, 1e-12},
        {"torque", "asked_large_n_m", 120, 1e-12},
        {"four-to-one", "ratio", 4, 1e-8},
        {"two-to-one", "ratio", 2, 1e-8},
        {"steepest", "slope_elu", 2, 1e-4},
    };
    const arm_claim_setup setup = arm_claim_defaults();
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        arm_finding finding = judge(wanted[i].name, &setup);
        double got = measured(&finding, wanted[i].key);
        ck_assert_msg(fabs(got - wanted[i].value) <= wanted[i].tolerance, "%s: %s is %.12g, wanted %.12g",
                      wanted[i].name, wanted[i].key, got, wanted[i].value);
    }
}
END_TEST

static void expect(const char *name, const arm_claim_setup *setup, arm_verdict verdict) {
    arm_finding finding = judge(name, setup);
    ck_assert_msg(finding.verdict == verdict, "%s is %s: %s", name, arm_verdict_name(finding.verdict),
                  finding.why);
}

/* Nothing is said by heart: other arms and gains turn the verdicts round. */
START_TEST(verdicts_turn_round) {
    const arm_claim_setup elbow = arm_claim_defaults();
    arm_claim_setup s = elbow;
    s.norm[ARM_SIGMOID] = 0.25; /* a sigmoid of slope 2 */
    expect("popular", &s, ARM_REFUTED);
    expect("four-to-one", &s, ARM_REFUTED);
    expect("two-to-one", &s, ARM_REFUTED);
    expect("gentle-margin", &s, ARM_REFUTED);
    expect("rest", &s, ARM_REFUTED);
    expect("gain-not-shape", &s, ARM_REFUTED);
    expect("upright", &s, ARM_REFUTED);
    s = elbow;
    s.low_gain = 80; /* holds the sigmoid upright too */
    expect("upright", &s, ARM_REFUTED);
    arm_finding popular = judge("popular", &s);
    ck_assert(popular.verdict == ARM_CONFIRMED_WITH_LIMITS && !strstr(popular.why, "Upright"));
    s.low_gain = 5; /* and this not even ReLU */
    expect("upright", &s, ARM_REFUTED);
    s = elbow;
    s.lead_time = 1e-3; /* so short that more gain damps less */
    expect("damping-inside", &s, ARM_REFUTED);
    expect("least-damping", &s, ARM_CONFIRMED); /* at slope 50 */
    s.lead_time = 0.1; /* least at slope .498: confirmed or not, it is no longer without exception */
    arm_finding inside = judge("damping-inside", &s);
    ck_assert_int_ne(inside.verdict, ARM_CONFIRMED);
    s = elbow;
    s.plant.friction = 20; /* the slope of 1/4 creeps */
    expect("settling", &s, ARM_REFUTED);
    s = elbow;
    s.plant.gravity = 0;
    expect("working-point", &s, ARM_REFUTED);
    expect("rest", &s, ARM_REFUTED);
    s = elbow;
    s.plant.friction = 0; /* nothing damps, and any lag is too much */
    expect("never-unstable", &s, ARM_REFUTED);
    expect("lag-limit", &s, ARM_REFUTED);
    expect("hold-limit", &s, ARM_REFUTED);
    s = elbow;
    s.plant.torque_limit = 1;
    expect("quarter-slope", &s, ARM_CONFIRMED_WITH_LIMITS);
    s.plant.torque_limit = 1000;
    expect("torque", &s, ARM_CONFIRMED);
    s = elbow;
    s.large = s.small;
    expect("gain-not-shape", &s, ARM_CONFIRMED);
    s = elbow;
    s.norm[ARM_ELU] = 2;
    expect("steepest", &s, ARM_CONFIRMED);
    s = elbow;
    s.norm[ARM_TANH] = 8; /* a tanh of slope 1/4 */
    expect("tanh-gentle", &s, ARM_CONFIRMED);
    s = elbow;
    s.norm[ARM_LEAKY] = 1;
    expect("same-line", &s, ARM_REFUTED);
}
END_TEST

/* ---- the program ---- */

START_TEST(json_of_all_claims) {
    run_result result = run_shell("crease-arm claims --json");
    json_t *object = run_json_of(&result), *list = json_object_get(object, "claims"), *entry;
    size_t i;
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/arm-claims/1");
    ck_assert_uint_eq(json_array_size(list), 20);
    json_array_foreach(list, i, entry) {
        const char *verdict = json_string_value(json_object_get(entry, "verdict"));
        ck_assert_str_eq(json_string_value(json_object_get(entry, "name")), arm_claim_at(i)->name);
        ck_assert(strcmp(verdict, "confirmed") == 0 || strcmp(verdict, "confirmed with limits") == 0 ||
                  strcmp(verdict, "refuted") == 0);
        ck_assert_uint_gt(json_object_size(json_object_get(entry, "measured")), 0);
        ck_assert_uint_gt(strlen(json_string_value(json_object_get(entry, "why"))), 10);
        ck_assert_uint_gt(strlen(json_string_value(json_object_get(entry, "claim"))), 10);
    }
    json_t *popular = json_object_get(json_array_get(list, 0), "measured");
    ck_assert_double_eq_tol(run_json_number(popular, "overshoot_sigmoid_pct"), 19.50428353, 1e-6);
    json_decref(object);
}
END_TEST

START_TEST(text_and_options) {
    run_result result = run_shell("crease-arm claims --claim upright --low-K 80 -v");
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    ck_assert_ptr_nonnull(strstr(result.out, "REFUTED: \"upright"));
    ck_assert_ptr_nonnull(strstr(result.out, "sigmoid (slope 0.25) stands"));
    ck_assert_ptr_nonnull(strstr(result.out, "1 claims: 0 confirmed, 0 confirmed with limits, 1 refuted"));
    ck_assert_ptr_nonnull(strstr(result.out, "[upright]"));
    run_clear(&result);
    result = run_shell("crease-arm claims");
    ck_assert_int_eq(result.exit_code, 0);
    for (const char *line = result.out, *end; *line && (end = strchr(line, '\n')) != NULL; line = end + 1)
        ck_assert_msg(end - line <= 100, "a line of %td characters: %.*s", end - line, (int)(end - line),
                      line);
    ck_assert_ptr_nonnull(strstr(result.out, "CONFIRMED WITH LIMITS: \"ReLU: high gain"));
    run_clear(&result);
    result = run_shell("crease-arm claims --claim four-to-one --norm 1 --K 10 --Td 1 --step .1 --large-step "
                       "1 --model A2 --json");
    json_t *object = run_json_of(&result);
    ck_assert_str_eq(json_string_value(json_object_get(object, "model")), "A2");
    ck_assert_double_eq_tol(
        run_json_number(json_object_get(json_array_get(json_object_get(object, "claims"), 0), "measured"),
                        "ratio"),
        2, 1e-8);
    json_decref(object);
}
END_TEST

START_TEST(wrong_requests) {
    run_must_fail(run_shell("crease-arm claims --claim nothing"), 64, "'nothing'");
    run_must_fail(run_shell("crease-arm claims --K 0"), 64, "--K");
    run_must_fail(run_shell("crease-arm claims --K nan"), 64, "--K");
    run_must_fail(run_shell("crease-arm claims --model B7"), 64, "B7");
    run_must_fail(run_shell("crease-arm claims file.csv"), 64, "file.csv");
    run_must_fail(run_shell("crease-arm claims --plot x.png"), 64, "sweep");
}
END_TEST

START_TEST(help_examples) {
    char *folder = run_folder_new();
    run_help_examples("arm claims", folder, "");
    run_folder_remove(folder);
}
END_TEST

Suite *test_arm_claims(void) {
    Suite *suite = suite_create("arm: claims");
    TCase *tests = tcase_create("claims");
    tcase_add_test(tests, verdicts_on_the_elbow);
    tcase_add_test(tests, numbers_of_the_tables);
    tcase_add_test(tests, verdicts_turn_round);
    tcase_add_test(tests, json_of_all_claims);
    tcase_add_test(tests, text_and_options);
    tcase_add_test(tests, wrong_requests);
    tcase_add_test(tests, help_examples);
    tcase_set_timeout(tests, 120);
    suite_add_tcase(suite, tests);
    return suite;
}
