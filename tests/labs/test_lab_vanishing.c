/* Vanishing: the chain by hand, the one-layer gradient against its distribution, the verdict. */
#include "support/labs.h"
#include "support/suites.h"
#include <math.h>

START_TEST(chains) {
    lab_run *run = lab_under_test("vanishing", "depth=10,width=4,seeds=6", 1, false);
    double a = 1, product = 1;
    for (int l = 0; l < 10; l++) {
        const double next = 1 / (1 + exp(-a));
        product *= next * (1 - next);
        a = next;
    }
    ck_assert_double_eq_tol(lab_measured(run, "chain_sigmoid")->estimate.value / product, 1, 1e-12);
    ck_assert_double_le(product, pow(.25, 10));
    ck_assert_double_eq(lab_measured(run, "chain_relu")->estimate.value, 1);
    lab_run_free(run);
}
END_TEST

/* With Xavier's variance ReLU keeps 2^(-1/2) of the gradient of He's in each layer: the nets differ by a factor of the
 * weights alone, sqrt(2) in each of the L - 1 hidden layers above the first, which is homogeneous (the layers between
 * have as many inputs as outputs). Medians of other nets: within their intervals. */
START_TEST(variances) {
    lab_run *run = lab_under_test("vanishing", "depth=12,width=8,seeds=60", 1, false);
    const lab_estimate he = lab_measured(run, "relu_deepest")->estimate,
                       xavier = lab_measured(run, "relu_xavier")->estimate;
    const double factor = pow(2, -.5 * 11);
    ck_assert_msg(xavier.low <= 1.5 * he.high * factor && xavier.high >= he.low * factor / 1.5,
                  "%g to %g against %g to %g", xavier.low, xavier.high, he.low * factor, he.high * factor);
    lab_run_free(run);
}
END_TEST

START_TEST(thread_count) {
    const lab_experiment *lab = lab_find("vanishing");
    lab_setup setup = lab_setup_default(lab);
    double value[2];
    setup.knob[0] = 12;
    setup.knob[1] = 4;
    setup.knob[2] = 20;
    for (size_t threads = 1; threads <= 2; threads++) {
        lab_run *run;
        crease_error error;
        setup.threads = threads;
        ck_assert_int_eq(lab_perform(lab, &setup, &run, &error), CREASE_OK);
        value[threads - 1] = lab_measured(run, "relu_deepest")->estimate.value;
        lab_run_free(run);
    }
    ck_assert(value[0] == value[1]);
}
END_TEST

START_TEST(verdict) {
    lab_verdict_holds("vanishing", "depth=20,seeds=30,width=16", 1, LAB_CONFIRMED_WITH_LIMITS);
}
END_TEST

Suite *test_lab_vanishing(void) {
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, chains);
    tcase_add_test(tests, variances);
    tcase_add_test(tests, thread_count);
    tcase_add_test(tests, verdict);
    Suite *suite = suite_create("test_lab_vanishing");
    suite_add_tcase(suite, tests);
    return suite;
}
