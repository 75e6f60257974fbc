/* Inductive: the certified knot's distance against the asymptotic standard error of a kink, chance against counting, the
 * verdict. */
#include "support/labs.h"
#include "support/suites.h"
#include <gsl/gsl_linalg.h>
#include <math.h>

/* Standard deviation, times sqrt(n)/sigma, of the kink of a + b x + J (x - c)+ by least squares, x uniform on [0, 1],
 * J = -1: the Gauss-Newton columns 1, x, (x - c)+, [x > c] have these moments. */
static double kink_deviation(double c) {
    const double r = 1 - c, xr = (1 - c * c) / 2, rr = r * r / 2, rrr = r * r * r / 3, xrr = rrr + c * rr;
    double moments[] = {1, .5, rr, r, .5, 1. / 3, xrr, xr, rr, xrr, rrr, rr, r, xr, rr, r};
    double unit[4] = {0, 0, 0, 1};
    gsl_matrix_view m = gsl_matrix_view_array(moments, 4, 4);
    gsl_vector_view e = gsl_vector_view_array(unit, 4);
    gsl_linalg_cholesky_decomp1(&m.matrix);
    gsl_linalg_cholesky_svx(&m.matrix, &e.vector);
    return sqrt(unit[3]);
}

/* the median of |normal| is .6745, of many deviations nearly that of their mean */
START_TEST(distance_of_the_best_knot) {
    lab_run *run = lab_under_test("inductive", "seeds=40,bend=0,epochs=1,noise=.004", 1, false);
    double mean = 0;
    for (int i = 0; i < 100; i++)
        mean += kink_deviation(.25 + .5 * (i + .5) / 100) / 100;
    const double expected = .6745 * .004 / sqrt(200) * mean;
    const lab_estimate distance = lab_measured(run, "distance")->estimate;
    ck_assert_msg(fabs(distance.value / expected - 1) < .35, "%g, expected %g", distance.value, expected);
    /* one epoch of Adam leaves a seam where it is drawn; within 1 % by chance in fewer than 3 x .02 on average */
    ck_assert_double_lt(lab_measured(run, "chance")->estimate.low, .06);
    ck_assert_double_eq(lab_measured(run, "certified_knots")->estimate.value, 1);
    lab_run_free(run);
}
END_TEST

START_TEST(verdict) {
    lab_verdict_holds("inductive", "seeds=10,bend=0,epochs=200", test_cases(1, 10),
                      LAB_CONFIRMED_WITH_LIMITS);
}
END_TEST

Suite *test_lab_inductive(void) {
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, distance_of_the_best_knot);
    tcase_add_test(tests, verdict);
    Suite *suite = suite_create("test_lab_inductive");
    suite_add_tcase(suite, tests);
    return suite;
}
