/* Homogeneity: the power law to rounding, a linear network at depth one, what a step of descent adds, the order of the
 * drift, the verdict. */
#include "labs/homogeneity.h"
#include "support/labs.h"
#include "support/suites.h"
#include <math.h>
#include <string.h>

START_TEST(power_law_and_verdict) {
    lab_run *run = lab_under_test("homogeneity", "nets=20,flows=2", 1, false);
    ck_assert_msg(run->verdict == LAB_CONFIRMED, "%s", run->sentence[0]);
    ck_assert_double_lt(lab_measured(run, "scaling")->estimate.value, 1e-13);
    ck_assert_double_lt(lab_measured(run, "scaling_powers")->estimate.value, 1e-13);
    /* Wx + b: a (Wx + b) - (aWx + b) = (a - 1) b, so biases fail at every depth, a = -1 from the second layer on */
    const lab_series *biases = lab_drawn(run, "biases too"), *negative = lab_drawn(run, "a = -1");
    for (size_t i = 0; i < biases->n; i++)
        ck_assert_double_gt(biases->column[1][i], 1e-3);
    ck_assert_double_eq(negative->column[1][0], 0);
    for (size_t i = 1; i < negative->n; i++)
        ck_assert_double_gt(negative->column[1][i], 1e-3);
    /* the same digits from one thread */
    lab_setup setup = run->setup;
    setup.threads = 1;
    lab_run *alone;
    ck_assert_int_eq(lab_perform(run->lab, &setup, &alone, NULL), CREASE_OK);
    ck_assert_double_eq(lab_measured(alone, "order")->estimate.value,
                        lab_measured(run, "order")->estimate.value);
    lab_run_free(alone);
    lab_run_free(run);
    run = lab_under_test("homogeneity", "nets=2,flows=2", 1, true);
    ck_assert_msg(run->verdict == LAB_REFUTED, "%s", run->sentence[0]);
    lab_run_free(run);
}
END_TEST

START_TEST(conserved) {
    const lab_setup setup = lab_setup_default(lab_find("homogeneity"));
    for (uint64_t seed = 1; seed <= test_cases(1, 50); seed++) {
        lab_run run = {.lab = lab_find("homogeneity"), .setup = setup};
        run.setup.seed = seed;
        lab_flow flow;
        memset(&flow, 0, sizeof flow);
        ck_assert_int_eq(lab_flow_one(&run, 7, &flow, NULL), CREASE_OK);
        ck_assert_msg(flow.bare < 1e-10 && flow.biased < 1e-10 && flow.identity < 1e-12 &&
                          flow.uncounted > 100 * flow.biased,
                      "seed %zu: %g %g %g %g", (size_t)seed, flow.bare, flow.biased, flow.identity,
                      flow.uncounted);
        /* half the step, half the drift */
        const double ratio = flow.drift[LAB_HALVINGS - 2] / flow.drift[LAB_HALVINGS - 1];
        ck_assert_msg(fabs(ratio - 2) < .2, "seed %zu: %g", (size_t)seed, ratio);
    }
}
END_TEST

Suite *test_lab_homogeneity(void) {
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, power_law_and_verdict);
    tcase_add_test(tests, conserved);
    Suite *suite = suite_create("test_lab_homogeneity");
    suite_add_tcase(suite, tests);
    return suite;
}
