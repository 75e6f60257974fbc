/* Kink: the lower bound on every smooth network, ReLU to rounding, tanh and sigmoid as one, curvature by differences, the
 * verdict. */
#include "crease/initialise.h"
#include "crease/random.h"
#include "labs/tools.h"
#include "support/labs.h"
#include "support/suites.h"
#include <math.h>

START_TEST(bounds_and_verdict) {
    lab_run *run = lab_under_test("kink", "widest=4,width=3,samples=1", 1, false);
    ck_assert_msg(run->verdict == LAB_CONFIRMED_WITH_LIMITS, "%s", run->sentence[0]);
    ck_assert_double_ge(lab_measured(run, "bound")->estimate.value, 1);
    const lab_series *relu = lab_drawn(run, "ReLU"), *tanh_net = lab_drawn(run, "tanh"),
                     *sigmoid = lab_drawn(run, "sigmoid");
    for (size_t i = 0; i < relu->n; i++)
        ck_assert_double_eq_tol(relu->column[1][i], fmax(0, relu->column[0][i] - .1), 1e-12);
    /* the points of the sigmoid network lie on the curve of the tanh network: the same functions */
    ck_assert_double_eq_tol(sigmoid->column[1][0], tanh_net->column[1][0], 1e-5);
    ck_assert_double_eq_tol(sigmoid->column[1][sigmoid->n - 1], tanh_net->column[1][tanh_net->n - 1], 1e-5);
    lab_run_free(run);
    run = lab_under_test("kink", "widest=4,width=2,samples=1", 1, true);
    ck_assert_msg(run->verdict == LAB_REFUTED, "%s", run->sentence[0]);
    lab_run_free(run);
}
END_TEST

START_TEST(curvature) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        crease_net *net;
        crease_work *work;
        gsl_rng *random = crease_random_new(seed, 0);
        ck_assert_int_eq(crease_net_parse("affine+tanh:3+sigmoid:2+relu:1", 1, 1, &net, NULL), CREASE_OK);
        ck_assert_int_eq(crease_work_new(net, &work, NULL), CREASE_OK);
        crease_net_initialise(net, CREASE_INIT_RANDOM, random, net->theta);
        net->input_shift[0] = .3;
        net->input_scale[0] = 2;
        net->output_scale[0] = 5;
        const double h = 1e-4, x = gsl_rng_uniform(random), at[2] = {x - h, x + h};
        double slope[2];
        crease_net_input_gradient(net, NULL, work, 2, at, NULL, slope);
        ck_assert_msg(fabs((slope[1] - slope[0]) / (2 * h) - lab_curvature(net, x)) < 1e-6, "seed %zu",
                      (size_t)seed);
        crease_work_free(work);
        crease_net_free(net);
        gsl_rng_free(random);
    }
}
END_TEST

Suite *test_lab_kink(void) {
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, bounds_and_verdict);
    tcase_add_test(tests, curvature);
    Suite *suite = suite_create("test_lab_kink");
    suite_add_tcase(suite, tests);
    return suite;
}
