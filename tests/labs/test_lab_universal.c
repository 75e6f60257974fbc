/* Universal: errors by hand for one knot, the orders of splines, the constants by quadrature, the verdict. */
#include "support/labs.h"
#include "support/suites.h"
#include <gsl/gsl_integration.h>
#include <math.h>

static double root(double x, void *context) {
    (void)context;
    return sqrt(4 * M_PI * M_PI * fabs(sin(2 * M_PI * x)));
}

/* Two intervals of a periodic spline have all three nodes at zeros of sin 2 pi x: the spline is 0, its errors 1, sqrt(1/2)
 * times 2 pi and 4 pi^2, and the last is ReLU's for any width. */
static void check_small_ones(const lab_run *run) {
    for (size_t i = 0; i < run->series; i++) {
        const lab_series *s = &run->drawn[i];
        if (s->panel == 0 && s->label[0] == 'c')
            ck_assert_double_eq_tol(s->column[1][0], 1, 1e-12);
        if (s->panel == 1 && s->label[0] == 'c')
            ck_assert_double_eq_tol(s->column[1][0], 2 * M_PI * M_SQRT1_2, 1e-6);
        if (s->panel == 2 && s->label[0] == 'R')
            for (size_t k = 0; k < s->n; k++)
                ck_assert_double_eq_tol(s->column[1][k], 4 * M_PI * M_PI * M_SQRT1_2, 1e-5);
    }
}

START_TEST(constants_and_verdict) {
    lab_run *run = lab_under_test("universal", "relu=16,tanh=1", 1, false);
    ck_assert_msg(run->verdict == LAB_CONFIRMED_WITH_LIMITS, "%s", run->sentence[0]);
    check_small_ones(run);
    const gsl_function f = {root, NULL};
    double integral, bound;
    size_t evaluations;
    gsl_integration_cquad_workspace *work = gsl_integration_cquad_workspace_alloc(100);
    gsl_integration_cquad(&f, 0, 1, 0, 1e-9, work, &integral, &bound, &evaluations);
    gsl_integration_cquad_workspace_free(work);
    const lab_measurement *smooth = lab_measured(run, "constant"),
                          *kinked = lab_measured(run, "constant_kinked");
    ck_assert_double_eq_tol(smooth->expected, integral * integral / 16, 1e-6);
    ck_assert_double_eq_tol(smooth->estimate.value, smooth->expected, .1 * smooth->expected);
    ck_assert_double_eq_tol(kinked->estimate.value, kinked->expected, .15 * kinked->expected);
    ck_assert_double_eq_tol(lab_measured(run, "order_spline")->estimate.value, -4, .25);
    ck_assert_double_eq_tol(lab_measured(run, "order_curvature")->estimate.value, 0, 1e-12);
    lab_run_free(run);
}
END_TEST

START_TEST(falsified) {
    lab_run *run = lab_under_test("universal", "relu=8,tanh=1", 1, true);
    ck_assert_msg(run->verdict == LAB_REFUTED, "%s", run->sentence[0]);
    lab_run_free(run);
}
END_TEST

Suite *test_lab_universal(void) {
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, constants_and_verdict);
    tcase_add_test(tests, falsified);
    Suite *suite = suite_create("test_lab_universal");
    suite_add_tcase(suite, tests);
    return suite;
}
