/* Orders by halving fixed steps, and what adaptive steps cost, on the kinked law of the arm. */
#include "support/ode_systems.h"
#include "support/suites.h"
#include <math.h>

static double error_of(double gravity, const crease_ode_options *o, crease_ode_statistics *statistics) {
    const crease_ode_system system = law_system(&gravity);
    const double *right = law_reference[gravity > 0 ? 0 : 1];
    crease_ode *ode = ode_start(&system, o, 0, (double[]){0, 0});
    ode_go(ode, 0.6);
    const double *y = crease_ode_state(ode);
    double error = fmax(fabs(y[0] - right[0]), fabs(y[1] - right[1]));
    if (statistics)
        *statistics = crease_ode_statistics_of(ode);
    crease_ode_free(ode);
    return error;
}

/* Least-squares slope of log error over log h, for steps of .6 / count, count from `fewest` on by factors 1.3; errors below
 * 1e-14 are rounding. */
static double order_of(crease_ode_method method, double gravity, bool plain, double fewest, double most) {
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (double count = fewest; count <= most; count *= 1.3) {
        const crease_ode_options o = {.method = method, .fixed_step = 0.6 / floor(count), .plain = plain};
        double error = error_of(gravity, &o, NULL), x = -log(floor(count)), y = log(error);
        if (error < 1e-14)
            continue;
        n++;
        sx += x;
        sy += y;
        sxx += x * x;
        sxy += x * y;
    }
    ck_assert(n >= 4);
    return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

static const struct {
    crease_ode_method method;
    double fewest, most, least;
} CASES[] = {{CREASE_ODE_RK8PD, 8, 32, 8},
             {CREASE_ODE_RKF45, 30, 300, 4.8},
             {CREASE_ODE_RKCK, 30, 300, 4.6},
             {CREASE_ODE_RK4, 30, 300, 3.9},
             {CREASE_ODE_RK2, 60, 600, 1.9}};

START_TEST(located_steps_keep_the_order) {
    for (size_t k = 0; k < sizeof CASES / sizeof *CASES; k++)
        for (int g = 0; g < 2; g++) {
            double order =
                order_of(CASES[k].method, g ? 0 : law_gravity, false, CASES[k].fewest, CASES[k].most);
            ck_assert_msg(order >= CASES[k].least, "%s: order %.2f", crease_ode_method_name(CASES[k].method),
                          order);
        }
}
END_TEST

START_TEST(plain_steps_lose_it) {
    for (size_t k = 0; k < 4; k++)
        for (int g = 0; g < 2; g++) {
            double order = order_of(CASES[k].method, g ? 0 : law_gravity, true, 100, 3000);
            ck_assert_msg(order > 1.2 && order < 3, "%s: order %.2f", crease_ode_method_name(CASES[k].method),
                          order);
        }
}
END_TEST

/* At equal tolerance the located steps err less and call less. */
START_TEST(adaptive_steps) {
    const struct {
        double tolerance, error;
        size_t calls;
    } row[] = {{1e-8, 1e-9, 520}, {1e-12, 2e-13, 700}};
    for (size_t k = 0; k < 2; k++)
        for (int g = 0; g < 2; g++) {
            crease_ode_statistics located, plain;
            crease_ode_options o = {.tolerance = row[k].tolerance};
            double gravity = g ? 0 : law_gravity, error = error_of(gravity, &o, &located);
            o.plain = true;
            double rough = error_of(gravity, &o, &plain);
            ck_assert_msg(error < row[k].error && located.calls < row[k].calls, "%g in %zu calls", error,
                          located.calls);
            ck_assert_msg(rough > 3 * error && plain.calls > 2 * located.calls, "plain %g in %zu calls",
                          rough, plain.calls);
            ck_assert_uint_eq(plain.located + plain.crossings, 0);
            ck_assert_uint_le(located.rejected, 4); /* a crossing is no reason to reject */
        }
}
END_TEST

Suite *test_ode_orders(void) {
    Suite *suite = suite_create("test_ode_orders");
    TCase *tests = tcase_create("orders");
    tcase_set_timeout(tests, (double)test_cases(60, 3600));
    tcase_add_test(tests, located_steps_keep_the_order);
    tcase_add_test(tests, plain_steps_lose_it);
    tcase_add_test(tests, adaptive_steps);
    suite_add_tcase(suite, tests);
    return suite;
}
