/* Dying: the binomial share, gradients that are exactly 0, the derivative at 0 by hand, the verdict. */
#include "support/labs.h"
#include "support/suites.h"
#include <math.h>

START_TEST(shares) {
    lab_run *run = lab_under_test("dying", "samples=20,units=1000,seeds=2", 1, false);
    const double off = .5 * erfc(-2 / sqrt(2)), dead = pow(off, 20); /* P(Z < 2) */
    ck_assert_double_eq_tol(lab_measured(run, "off")->expected, off, 1e-12);
    ck_assert_double_eq_tol(lab_measured(run, "dead")->expected, dead, 1e-12);
    /* four standard deviations of the binomial */
    ck_assert_double_eq_tol(lab_measured(run, "dead")->estimate.value, dead,
                            4 * sqrt(dead * (1 - dead) / 1000));
    ck_assert_double_eq_tol(lab_measured(run, "off")->estimate.value, off, 4 * sqrt(off * (1 - off) / 1000));
    ck_assert(lab_measured(run, "moved")->estimate.value == 0);
    lab_run_free(run);
}
END_TEST

/* relu(0 x + 0) = 0 on |x|: the first step adds rate * s * mean |x| to the bias for the derivative s, and then it goes on. */
START_TEST(derivative_at_zero) {
    lab_run *run = lab_under_test("dying", "samples=20,units=50,seeds=2", 1, false);
    const double half = lab_measured(run, "zero_half")->estimate.value,
                 one = lab_measured(run, "zero_1")->estimate.value;
    ck_assert(lab_measured(run, "zero_0")->estimate.value == 0);
    ck_assert_msg(half > .05 * .5 && one > .1 * .5 && one > half, "%g and %g", half, one);
    lab_run_free(run);
}
END_TEST

START_TEST(verdict) {
    lab_verdict_holds("dying", "units=100,seeds=2", 2, LAB_CONFIRMED_WITH_LIMITS);
}
END_TEST

Suite *test_lab_dying(void) {
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, shares);
    tcase_add_test(tests, derivative_at_zero);
    tcase_add_test(tests, verdict);
    Suite *suite = suite_create("test_lab_dying");
    suite_add_tcase(suite, tests);
    return suite;
}
