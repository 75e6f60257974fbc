/* Revival: the limit, a moving average worked out step by step, training of a sleeping unit, the verdict. */
#include "labs/revival.h"
#include "support/labs.h"
#include "support/suites.h"
#include <math.h>

START_TEST(limits) {
    lab_run *run = lab_under_test("revival", "decay=0.96,dead=600,seeds=2", 1, false);
    double v = 1;
    for (int i = 0; i < 600; i++)
        v *= .96;
    v = .96 * v + .04;
    ck_assert_double_eq_tol(lab_measured(run, "step")->estimate.value, 1 / sqrt(v), 1e-3);
    ck_assert_double_eq_tol(lab_measured(run, "limit")->estimate.value, 5, 1e-12);
    ck_assert_double_le(lab_measured(run, "worst")->estimate.value, 1e-3);
    lab_run_free(run);
}
END_TEST

/* Asleep the unit does not move at all, and what is seen of the loss has it awake. */
START_TEST(asleep) {
    static const double x[3] = {-1, .5, 1}, y[3] = {0, 0, 0};
    const crease_data data = {.n = 3, .inputs = 1, .outputs = 1, .x = x, .y = y};
    const crease_fit_options options = {.method = CREASE_METHOD_SGD, .learning_rate = .1};
    double loss[21], move[21];
    crease_net *net;
    crease_error error;
    ck_assert_int_eq(crease_net_parse("relu:1", 1, 1, &net, &error), CREASE_OK);
    net->theta[net->layer[0].weights] = net->theta[net->output_weights] = 1;
    const lab_sleep sleep = {net, &data, 5, 15, 20};
    ck_assert_int_eq(lab_sleep_train(&sleep, &options, loss, move, &error), CREASE_OK);
    ck_assert_double_eq_tol(loss[0], (.25 + 1) / 6, 1e-15); /* sum of f^2 over 2 n */
    ck_assert_double_eq_tol(move[1], .1 * 1.25 / 3, 1e-15); /* d/dw = sum f x / n */
    for (int i = 1; i <= 20; i++)
        ck_assert_msg((move[i] == 0) == (i > 5 && i <= 15), "step %d moves by %g", i, move[i]);
    crease_net_free(net);
}
END_TEST

START_TEST(verdict) {
    lab_verdict_holds("revival", "dead=600,seeds=2", 1, LAB_CONFIRMED);
}
END_TEST

Suite *test_lab_revival(void) {
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, limits);
    tcase_add_test(tests, asleep);
    tcase_add_test(tests, verdict);
    Suite *suite = suite_create("test_lab_revival");
    suite_add_tcase(suite, tests);
    return suite;
}
