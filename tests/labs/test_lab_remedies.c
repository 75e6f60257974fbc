/* Remedies: what a gradient of 0 and decay do to a dead unit in closed form, the verdict. */
#include "support/labs.h"
#include "support/suites.h"
#include <math.h>

/* the row of a remedy: label, revived, of, steps, units, largest z, error, revived with all dead */
static double largest(const lab_run *run, size_t row) {
    return run->cell[8 * row + 5].number;
}

/* Decoupled decay takes |w| to (1 - rate decay)^steps, and the bias stays: z = |w| - 2. */
START_TEST(decay_in_closed_form) {
    lab_run *run = lab_under_test("remedies", "steps=400,seeds=2,rate=0.01", 1, false);
    ck_assert_double_eq(largest(run, 0), -1);
    ck_assert_double_eq(largest(run, 5), -1);
    ck_assert_double_eq_tol(largest(run, 6), pow(1 - .01 * .1, 400) - 2, 1e-12);
    lab_run_free(run);
}
END_TEST

/* relu(z) + .01 z is 1.01 times leaky(z; .01/1.01), so a bias moves by nearly the same as with a leak of .01. */
START_TEST(two_names_of_one_remedy) {
    lab_run *run = lab_under_test("remedies", "steps=100,seeds=2", 1, false);
    ck_assert_double_eq_tol(largest(run, 1), largest(run, 3), 1e-2);
    ck_assert_double_gt(largest(run, 1), -1);
    lab_run_free(run);
}
END_TEST

START_TEST(verdict) {
    lab_verdict_holds("remedies", "steps=800,seeds=3", 1, LAB_CONFIRMED_WITH_LIMITS);
}
END_TEST

Suite *test_lab_remedies(void) {
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, decay_in_closed_form);
    tcase_add_test(tests, two_names_of_one_remedy);
    tcase_add_test(tests, verdict);
    Suite *suite = suite_create("test_lab_remedies");
    suite_add_tcase(suite, tests);
    return suite;
}
