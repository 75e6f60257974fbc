/* Calibrations: files, names, and any bytes in their place. */
#include "savings/calibration.h"
#include "support/suites.h"
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static crease_status read_text(const char *text, savings_calibration *calibration, crease_error *error) {
    return savings_calibration_read(text, strlen(text), "test.json", "tests/data/savings", calibration,
                                    error);
}

START_TEST(test_reads_every_kind) {
    savings_calibration c;
    crease_error error = {0};
    const char *text =
        "{\"model\": \"K3\", \"comment\": [1], \"beta\": 0.95, \"rates\": [1.2, 1.05, 1.02], "
        "\"rate_kinks\": [0, 2], \"limit\": \"natural\", \"unemployment\": 0, \"shocks\": \"income_56.csv\"}";
    ck_assert_msg(read_text(text, &c, &error) == CREASE_OK, "%s", error.message);
    ck_assert_int_eq(c.model, SAVINGS_K3);
    ck_assert_double_eq(c.parameters.beta, .95);
    ck_assert_double_eq(c.parameters.crra, 2);
    ck_assert_uint_eq(c.parameters.rate_count, 3);
    ck_assert_double_eq(c.parameters.rate_kink[1], 2);
    ck_assert(c.parameters.limit == -INFINITY);
    ck_assert_uint_eq(c.parameters.shocks->count, 56);
    for (size_t i = 0; savings_parameter_at(i); i++)
        if (strcmp(savings_parameter_at(i)->name, "unemployment") == 0)
            ck_assert_double_eq(savings_calibration_get(&c.parameters, savings_parameter_at(i)), 0);
    savings_calibration_clear(&c);
    ck_assert_int_eq(read_text("{\"model\": \"D1\", \"shocks\": [[0.5, 1, 0.7], [0.5, 1, 1.3]]}", &c, &error),
                     CREASE_OK);
    ck_assert_double_eq(c.shocks->transitory[1], 1.3);
    savings_calibration_clear(&c);
}
END_TEST

START_TEST(test_refuses) {
    static const char *const bad[][2] = {
        {"", "test.json:1"},
        {"[1]", "a calibration is an object"},
        {"{\"beta\": 1}", "a calibration is an object"},
        {"{\"model\": \"E\"}", "not 'E'"},
        {"{\"model\": \"A\", \"beta\": 0.9, \"beta\": 0.8}", "duplicate"},
        {"{\"model\": \"A\", \"betta\": 0.9}", "no parameter 'betta'; it has beta, R, crra, income, limit"},
        {"{\"model\": \"A\", \"penalty\": 0.9}", "no parameter 'penalty'"},
        {"{\"model\": \"A\", \"beta\": \"0.9\"}", "'beta' must be a number"},
        {"{\"model\": \"A\", \"limit\": \"natural\"}", "'limit' must be a number"},
        {"{\"model\": \"A\", \"shocks\": \"income_56.csv\"}", "belong to models K3 and D1"},
        {"{\"model\": \"K3\", \"shocks\": \"none.csv\"}", "none.csv"},
        {"{\"model\": \"K3\", \"shocks\": 3}", "list of triples"},
        {"{\"model\": \"K3\", \"shocks\": []}", "at least one outcome"},
        {"{\"model\": \"K3\", \"shocks\": [[1, 1]]}", "shock 1 must be a list"},
        {"{\"model\": \"K3\", \"shocks\": [[0.5, 1, 1]]}", "sum to 0.5"},
        {"{\"model\": \"K3\", \"shocks\": [[1, -1, 1]]}", "permanent shock -1"},
        {"{\"model\": \"K3\", \"rates\": [1.2, 1.02]}", "change"},
        {"{\"model\": \"K3\", \"rate_kinks\": [0]}", "must be lists"},
        {"{\"model\": \"K3\", \"rates\": [1.2, \"x\"], \"rate_kinks\": [0]}", "must be lists"},
        {"{\"model\": \"K3\", \"sigma_permanent\": -0.1}", "not below 0"},
        {"{\"model\": \"K3\", \"income_points\": 2.5}", "whole number from 1 to 1000"},
        {"{\"model\": \"A\", \"income_points\": 5}", "no parameter 'income_points'"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        savings_calibration c;
        crease_error error = {0};
        ck_assert_int_ne(read_text(bad[i][0], &c, &error), CREASE_OK);
        ck_assert_msg(strstr(error.message, bad[i][1]) != NULL, "'%s' is not in: %s", bad[i][1],
                      error.message);
        ck_assert_ptr_null(c.shocks);
    }
}
END_TEST

/* Random files: every number that is set comes back, and the solver takes or refuses it with a sentence. */
START_TEST(test_fuzzed_numbers) {
    size_t cases = test_rounds(150, 10000), solved = 0;
    gsl_rng *generator = crease_random_new(1, 0);
    static const double odd[] = {0, -1, 1, 1e-300, 1e300, 1e6, -1e6, .5, 2, 1 + 1e-12, .999999};
    for (size_t seed = 0; seed < cases; seed++) {
        crease_random_set(generator, 61, seed);
        savings_model model = (savings_model)gsl_rng_uniform_int(generator, SAVINGS_MODEL_COUNT);
        char text[1024],
            *end = text + snprintf(text, sizeof text, "{\"model\": \"%s\"", savings_model_name(model));
        double set[32];
        for (size_t i = 0; savings_parameter_at(i); i++) {
            set[i] = NAN;
            if (!(savings_parameter_at(i)->models & 1u << model) || gsl_rng_uniform(generator) > .25)
                continue;
            savings_parameters standard = savings_defaults(model);
            set[i] = gsl_rng_uniform(generator) < .4
                         ? odd[gsl_rng_uniform_int(generator, sizeof odd / sizeof *odd)]
                         : savings_calibration_get(&standard, savings_parameter_at(i)) *
                               (.9 + .2 * gsl_rng_uniform(generator));
            end += sprintf(end, ", \"%s\": %.17g", savings_parameter_at(i)->name, set[i]);
        }
        strcpy(end, "}");
        savings_calibration c;
        crease_error error = {0};
        if (read_text(text, &c, &error) != CREASE_OK) {
            ck_assert_msg(strlen(error.message) > 20, "seed %zu: %s", seed, error.message);
            continue;
        }
        for (size_t i = 0; savings_parameter_at(i); i++)
            if (!isnan(set[i]))
                ck_assert_msg(savings_calibration_get(&c.parameters, savings_parameter_at(i)) == set[i],
                              "seed %zu: %s", seed, savings_parameter_at(i)->name);
        savings_solution *solution;
        savings_solve_options options = {.grid = {.nodes = 40, .iterations = 1500}};
        c.parameters.income_risk.points = 2;
        if (savings_solve(c.model, &c.parameters, &options, &solution, &error) == CREASE_OK) {
            double from, to;
            savings_object_range(solution, SAVINGS_CONSUMPTION, &from, &to);
            savings_point point = savings_evaluate(solution, (from + to) / 2);
            ck_assert_msg(point.c > 0 || isnan(point.c), "seed %zu: c = %g of %s", seed, point.c, text);
            savings_solution_free(solution);
            solved++;
        } else {
            ck_assert_msg(strlen(error.message) > 20, "seed %zu: %s", seed, error.message);
        }
        savings_calibration_clear(&c);
    }
    ck_assert_uint_ge(solved, cases / 5);
    gsl_rng_free(generator);
}
END_TEST

Suite *test_savings_calibration(void) {
    Suite *suite = suite_create("test_savings_calibration");
    TCase *tests = tcase_create("calibrations");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, test_reads_every_kind);
    tcase_add_test(tests, test_refuses);
    tcase_add_test(tests, test_fuzzed_numbers);
    suite_add_tcase(suite, tests);
    return suite;
}
