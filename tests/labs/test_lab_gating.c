/* Gating: the closed forms to 1e-12, the sample mean within its interval of them, the verdict. */
#include "support/labs.h"
#include "support/suites.h"
#include <math.h>

START_TEST(means) {
    lab_run *run = lab_under_test("gating", "samples=10000", 1, false);
    ck_assert_double_eq_tol(lab_measured(run, "mean_relu")->estimate.value, 1 / sqrt(2 * M_PI), 1e-12);
    ck_assert_double_eq_tol(lab_measured(run, "mean_gelu")->estimate.value, 1 / (2 * sqrt(M_PI)), 1e-12);
    ck_assert_double_eq_tol(lab_measured(run, "ratio")->estimate.value, sqrt(2), 1e-12);
    /* E ReLU(Z)^2 = 1/2, so the interval has the half-width 1.96 sd / 100 */
    const lab_estimate sampled = lab_measured(run, "sampled_relu")->estimate;
    ck_assert_double_eq_tol(sampled.high - sampled.value, .0196 * sqrt(.5 - 1 / (2 * M_PI)), 5e-4);
    lab_run_free(run);
}
END_TEST

/* the interval holds the closed form about 95 times in 100: P(Binomial(100, .05) > 14) < 1e-4 */
START_TEST(intervals_hold) {
    size_t missed = 0;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        lab_run *run = lab_under_test("gating", "samples=2000", seed, false);
        const lab_estimate mean = lab_measured(run, "sampled_gelu")->estimate;
        missed += !(mean.low <= 1 / (2 * sqrt(M_PI)) && 1 / (2 * sqrt(M_PI)) <= mean.high);
        lab_run_free(run);
    }
    ck_assert_msg(missed <= 14, "%zu of 100 intervals miss the mean", missed);
}
END_TEST

START_TEST(verdict) {
    lab_verdict_holds("gating", "samples=1000", 3, LAB_CONFIRMED);
}
END_TEST

Suite *test_lab_gating(void) {
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, means);
    tcase_add_test(tests, intervals_hold);
    tcase_add_test(tests, verdict);
    Suite *suite = suite_create("test_lab_gating");
    suite_add_tcase(suite, tests);
    return suite;
}
