/* Spline: the drawn network against interpolation by hand, its terms against the changes of slope, errors at the size of
 * rounding, the verdict. */
#include "labs/tools.h"
#include "support/labs.h"
#include "support/suites.h"
#include <math.h>

START_TEST(network_interpolates) {
    lab_run *run = lab_under_test("spline", "knots=10", 1, false);
    const lab_series *net = lab_drawn(run, "network"), *data = lab_drawn(run, "data");
    const double *x = data->column[0], *y = data->column[1];
    size_t piece = 0;
    for (size_t i = 0; i < net->n; i++) {
        const double at = net->column[0][i];
        while (piece + 2 < data->n && at > x[piece + 1])
            piece++;
        const double share = (at - x[piece]) / (x[piece + 1] - x[piece]);
        ck_assert_double_eq_tol(net->column[1][i], (1 - share) * y[piece] + share * y[piece + 1], 1e-14);
    }
    /* the first unit's term ends at (1 - x_1) (s_1 - s_0), here a tenth of it */
    const double change = (y[2] - y[1]) / (x[2] - x[1]) - (y[1] - y[0]) / (x[1] - x[0]);
    const lab_series *term = lab_drawn(run, "each unit's term / 10");
    ck_assert_double_eq_tol(term->column[1][term->n - 1], .1 * change * (1 - x[1]), 1e-14);
    lab_run_free(run);
}
END_TEST

START_TEST(errors_are_rounding) {
    for (uint64_t seed = 1; seed <= test_cases(3, 50); seed++) {
        lab_run *run = lab_under_test("spline", "knots=300", seed, false);
        const double back = lab_measured(run, "read_back")->estimate.value,
                     share = lab_measured(run, "share_of_bound")->estimate.value;
        ck_assert_msg(back < 1e-14, "seed %zu: %g", (size_t)seed, back);
        ck_assert_msg(share > 0 && share <= 1, "seed %zu: %g", (size_t)seed, share);
        lab_run_free(run);
    }
}
END_TEST

START_TEST(order) {
    const double x[] = {1, 2, 5, 0, 10}, y[] = {3, .75, .12, 7, .03};
    ck_assert_double_eq_tol(lab_order(5, x, y), -2, 1e-12);
    ck_assert(isnan(lab_order(1, x, y)));
}
END_TEST

START_TEST(verdict) {
    lab_verdict_holds("spline", "knots=100", 3, LAB_CONFIRMED);
    lab_verdict_holds("spline", "knots=1", 1, LAB_CONFIRMED);
}
END_TEST

Suite *test_lab_spline(void) {
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, network_interpolates);
    tcase_add_test(tests, errors_are_rounding);
    tcase_add_test(tests, order);
    tcase_add_test(tests, verdict);
    Suite *suite = suite_create("test_lab_spline");
    suite_add_tcase(suite, tests);
    return suite;
}
