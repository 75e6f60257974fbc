/* Sparsity: the share of units on by symmetry and by the normal distribution, the verdict. */
#include "support/labs.h"
#include "support/suites.h"
#include <math.h>

static const char quick[] = "seeds=6,rows=10,width=4,steps=20";

/* A unit is on at z > 0, and z of the first layer is symmetric given the weights: within five standard errors of 1/2. The
 * rows of the table: inputs 1, 2, 8, 32. */
START_TEST(half) {
    lab_run *run = lab_under_test("sparsity", quick, 1, false);
    for (size_t d = 0; d < 4; d++)
        ck_assert_double_eq_tol(run->cell[4 * d + 1].number, .5, 5 * .5 / sqrt(6 * 200));
    lab_run_free(run);
}
END_TEST

/* With biases of 1 and 32 inputs: Phi(1/sqrt 2), but that |x|^2 is no constant (relative deviation .25). */
START_TEST(with_biases) {
    lab_run *run = lab_under_test("sparsity", quick, 1, true);
    ck_assert_double_eq_tol(run->cell[13].number, .5 * erfc(-1. / 2), .02);
    lab_run_free(run);
}
END_TEST

START_TEST(verdict) {
    lab_verdict_holds("sparsity", quick, 2, LAB_CONFIRMED_WITH_LIMITS);
}
END_TEST

Suite *test_lab_sparsity(void) {
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, half);
    tcase_add_test(tests, with_biases);
    tcase_add_test(tests, verdict);
    Suite *suite = suite_create("test_lab_sparsity");
    suite_add_tcase(suite, tests);
    return suite;
}
