/* Gain: slopes of the pairs by hand, the peak of the linear arm in closed form, the verdict. */
#include "arm/arm.h"
#include "support/labs.h"
#include "support/suites.h"
#include <math.h>
#include <string.h>

START_TEST(small_steps) {
    lab_run *run = lab_under_test("gain", "", 1, false);
    /* relu(e) - relu(-e) = e; (s(e) - s(-e))/2 has the slope s'(0) = 1/4 */
    ck_assert_double_eq_tol(lab_measured(run, "gain_relu")->estimate.value, 1, 1e-6);
    ck_assert_double_eq_tol(lab_measured(run, "gain_sigmoid")->estimate.value, .25, 1e-6);
    ck_assert_double_le(lab_measured(run, "deviation")->estimate.value, 1e-3);
    lab_run_free(run);
}
END_TEST

/* sigmoid at 1.5 rad: between the gain of the chord, tanh(.75)/3, and the slope at the origin, 1/4 */
START_TEST(large_steps) {
    lab_run *run = lab_under_test("gain", "large=1.5", 1, false);
    bool found = false;
    for (size_t i = 0; i + 3 < run->cells; i += 4)
        if (strcmp(run->cell[i].text, "sigmoid") == 0) {
            const double shown = run->cell[i + 3].number;
            ck_assert_msg(shown < .25 && shown > tanh(.75) / 3, "the large step shows %g", shown);
            found = true;
        }
    ck_assert(found);
    lab_run_free(run);
}
END_TEST

START_TEST(verdict) {
    lab_verdict_holds("gain", "", 1, LAB_CONFIRMED_WITH_LIMITS);
}
END_TEST

Suite *test_lab_gain(void) {
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, small_steps);
    tcase_add_test(tests, large_steps);
    tcase_add_test(tests, verdict);
    Suite *suite = suite_create("test_lab_gain");
    suite_add_tcase(suite, tests);
    return suite;
}
