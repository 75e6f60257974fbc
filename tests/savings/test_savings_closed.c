/* Default and continuous time in closed form: reference tables, two differential equations, and seeded parameters. */
#include "support/savings.h"
#include "support/suites.h"
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static crease_table *load(const char *path) {
    crease_table *table;
    crease_error error = {0};
    ck_assert_msg(crease_csv_load(path, NULL, &table, &error) == CREASE_OK, "%s", error.message);
    return table;
}

static double uniform(gsl_rng *generator, double from, double to) {
    return from + (to - from) * gsl_rng_uniform(generator);
}

START_TEST(test_C_matches_the_table) {
    crease_table *table = load("tests/data/savings/C_default.csv");
    savings_solution *solution = solve_default(SAVINGS_C, 0);
    for (size_t i = 0; i < table->rows; i++)
        ck_assert_double_eq_tol(savings_evaluate(solution, table->column[0][i]).V, table->column[1][i],
                                1e-12);
    savings_kink *kinks;
    size_t count;
    ck_assert_int_eq(savings_kinks(solution, 5, &kinks, &count, NULL), CREASE_OK);
    ck_assert_uint_eq(count, 3); /* V, pinvV, c */
    for (size_t i = 0; i < count; i++) {
        ck_assert_double_eq_tol(kinks[i].x, -2.5, 1e-14);
        ck_assert_double_eq(kinks[i].slope_left, 0);
    }
    ck_assert_int_eq(kinks[0].object, SAVINGS_V);
    ck_assert_double_eq_tol(kinks[0].slope_right, 1.28395062, 5e-9);
    ck_assert_double_eq_tol(kinks[0].slope_right, 1.04 / (.9 * .9), 1e-14);
    ck_assert_double_eq_tol(kinks[2].slope_right, .04, 1e-15);
    free(kinks);
    savings_solution_free(solution);
    crease_table_free(table);
}
END_TEST

/* Both lives are followed period by period, and the better one is V. */
START_TEST(test_C_along_lives) {
    size_t cases = test_rounds(100, 5000);
    gsl_rng *generator = crease_random_new(1, 0);
    for (size_t seed = 0; seed < cases; seed++) {
        crease_random_set(generator, 51, seed);
        savings_parameters p = savings_defaults(SAVINGS_C);
        p.R = uniform(generator, 1.02, 1.2);
        p.crra = gsl_rng_uniform(generator) < .2 ? 1 : uniform(generator, .4, 5);
        p.default_cost = uniform(generator, .02, .6);
        p.income = uniform(generator, .3, 3);
        savings_solution *solution = solve(SAVINGS_C, &p, 0);
        double from, to;
        savings_object_range(solution, SAVINGS_V, &from, &to);
        double a = uniform(generator, from, to), held = a, weight = 1, repay = 0, refuse = 0;
        for (size_t t = 0; t < 3000; t++) { /* (1 + r)^-3000 is below 1e-25 */
            double c = p.income + (p.R - 1) * a;
            repay += weight * (c > 0 ? savings_utility(p.crra, c) : -INFINITY);
            refuse += weight * savings_utility(p.crra, (1 - p.default_cost) * p.income);
            held = p.R * held + p.income - c;
            if (t == 20) /* the debt is carried, neither paid off nor rolled up */
                ck_assert_double_eq_tol(held, a, 1e-10 * (1 + fabs(a)));
            weight /= p.R;
        }
        savings_point point = savings_evaluate(solution, a);
        ck_assert_msg(fabs(point.V - fmax(repay, refuse)) <= 1e-9 * fabs(point.V),
                      "seed %zu: V(%g) = %.15g, not %.15g", seed, a, point.V, fmax(repay, refuse));
        ck_assert_int_eq(repay >= refuse, a >= -p.default_cost * p.income / (p.R - 1));
        double h = 1e-5,
               slope = (savings_evaluate(solution, a + h).V - savings_evaluate(solution, a - h).V) / (2 * h);
        if (fabs(a - solution->m[0]) > h)
            ck_assert_double_eq_tol(slope, point.dV, 1e-5 * (1 + fabs(point.dV)));
        savings_solution_free(solution);
    }
    gsl_rng_free(generator);
}
END_TEST

START_TEST(test_D_matches_the_table) {
    crease_table *table = load("tests/data/savings/D_continuous.csv");
    savings_solution *solution = solve_default(SAVINGS_D, 0);
    for (size_t i = 0; i < table->rows; i++) {
        savings_point point = savings_evaluate(solution, table->column[0][i]);
        ck_assert_double_eq_tol(point.c, table->column[1][i], 1e-12);
        ck_assert_double_eq_tol(point.V, table->column[2][i], 1e-12);
        ck_assert_double_eq_tol(point.dV, table->column[3][i], 1e-12);
    }
    ck_assert_double_eq_tol(savings_consumption(solution, 1), 1.15950983, 5e-9);
    ck_assert_double_eq_tol(savings_consumption(solution, 20), 2.09719551, 5e-9);
    ck_assert_double_eq(savings_consumption(solution, 0), 1);
    ck_assert(isnan(savings_consumption(solution, -1e-9)));
    savings_kink *kinks;
    size_t count;
    ck_assert_int_eq(savings_kinks(solution, 5, &kinks, &count, NULL), CREASE_OK);
    ck_assert_uint_eq(count, 0);
    free(kinks);
    savings_solution_free(solution);
    crease_table_free(table);
}
END_TEST

static savings_parameters draw_D(gsl_rng *generator) {
    savings_parameters p = savings_defaults(SAVINGS_D);
    p.crra = gsl_rng_uniform(generator) < .2 ? 1 : uniform(generator, .5, 5);
    p.discount_rate = uniform(generator, .02, .1);
    p.interest = gsl_rng_uniform(generator) < .15 ? 0 : uniform(generator, .1, .9) * p.discount_rate;
    p.income = uniform(generator, .4, 3);
    p.limit = gsl_rng_uniform(generator) < .5 ? 0 : uniform(generator, -.5, .5);
    return p;
}

/* The closed form against two differential equations, and the Hamilton-Jacobi-Bellman equation. */
START_TEST(test_D_by_both_routes) {
    enum { N = 60 };
    size_t cases = test_rounds(60, 3000);
    gsl_rng *generator = crease_random_new(1, 0);
    for (size_t seed = 0; seed < cases; seed++) {
        crease_random_set(generator, 52, seed);
        savings_parameters p = draw_D(generator);
        savings_solution *solution = solve(SAVINGS_D, &p, 0);
        double a[N], c[N], V[N];
        for (size_t i = 0; i < N; i++)
            a[i] = p.limit + p.income * 8 * pow((double)(i + 1) / N, 3);
        for (int route = 0; route < 2; route++) {
            crease_error error = {0};
            ck_assert_msg(savings_integrate(&p, (savings_route)route, N, a, c, V, &error) == CREASE_OK,
                          "seed %zu: %s", seed, error.message);
            for (size_t i = 0; i < N; i++) {
                savings_point point = savings_evaluate(solution, a[i]);
                ck_assert_msg(fabs(c[i] - point.c) <= 1e-10 * point.c &&
                                  fabs(V[i] - point.V) <= 1e-10 * fabs(point.V),
                              "seed %zu, route %d, a %g: c %.15g, V %.15g; exact %.15g, %.15g", seed, route,
                              a[i], c[i], V[i], point.c, point.V);
            }
        }
        for (size_t i = 0; i < N; i++) {
            savings_point point = savings_evaluate(solution, a[i]);
            double drift = p.income + p.interest * a[i] - point.c;
            double hjb = savings_utility(p.crra, point.c) + point.dV * drift - p.discount_rate * point.V;
            ck_assert_msg(fabs(hjb) <= 1e-11 * (1 + fabs(point.V)), "seed %zu: HJB residual %g", seed, hjb);
            /* Euler: c'(a) a' = c (r - rho)/g */
            double euler = point.mpc * drift / (point.c * (p.interest - p.discount_rate) / p.crra) - 1;
            ck_assert_msg(fabs(euler) <= 1e-7, "seed %zu: Euler residual %g at a = %g", seed, euler, a[i]);
        }
        savings_solution_free(solution);
    }
    gsl_rng_free(generator);
}
END_TEST

/* c ~ y + sqrt(2 q y a) and V ~ u(y)/rho + u'(y) a - (2/3) g s y^(-g-1) a^(3/2) at the limit. */
START_TEST(test_D_at_its_limit) {
    savings_solution *solution = solve_default(SAVINGS_D, 0);
    double q = .02 / 2, s = sqrt(2 * q);
    for (double a = 1e-4; a >= 1e-12; a /= 10) {
        savings_point point = savings_evaluate(solution, a);
        ck_assert_double_eq_tol((point.c - 1) / sqrt(a), s, 2 * sqrt(a));
        if (a >= 1e-6)
            ck_assert_double_eq_tol((point.V + 20 - a) / pow(a, 1.5), -4. / 3 * s,
                                    2e-2 + 1e-13 / pow(a, 1.5));
    }
    savings_solution_free(solution);
}
END_TEST

START_TEST(test_refused) {
    struct {
        savings_model model;
        double R, phi, rho, r, limit;
        const char *says;
    } bad[] = {
        {SAVINGS_C, 1, .1, 0, 0, 0, "above 1"},        {SAVINGS_C, 1.04, 0, 0, 0, 0, "between 0 and 1"},
        {SAVINGS_C, 1.04, 1, 0, 0, 0, "between"},      {SAVINGS_D, 0, 0, .03, .03, 0, "impatient"},
        {SAVINGS_D, 0, 0, .05, -.01, 0, "impatient"},  {SAVINGS_D, 0, 0, .05, .03, -40, "natural"},
        {SAVINGS_D, 0, 0, -1, .03, 0, "discount rate"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        savings_parameters p = savings_defaults(bad[i].model);
        savings_solution *solution;
        crease_error error = {0};
        p.R = bad[i].R;
        p.default_cost = bad[i].phi;
        p.discount_rate = bad[i].rho;
        p.interest = bad[i].r;
        p.limit = bad[i].limit;
        ck_assert_int_eq(savings_solve(bad[i].model, &p, NULL, &solution, &error), CREASE_BAD_ARGUMENT);
        ck_assert_msg(strstr(error.message, bad[i].says) != NULL, "'%s' is not in: %s", bad[i].says,
                      error.message);
    }
    savings_parameters p = savings_defaults(SAVINGS_D);
    double a[2] = {1, .5}, c[2], V[2];
    ck_assert_int_eq(savings_integrate(&p, SAVINGS_ROUTE_TIME, 2, a, c, V, NULL), CREASE_BAD_ARGUMENT);
    a[0] = 0;
    ck_assert_int_eq(savings_integrate(&p, SAVINGS_ROUTE_SQUARE_ROOT, 1, a, c, V, NULL), CREASE_BAD_ARGUMENT);
}
END_TEST

Suite *test_savings_closed(void) {
    Suite *suite = suite_create("test_savings_closed");
    TCase *tests = tcase_create("closed forms");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, test_C_matches_the_table);
    tcase_add_test(tests, test_C_along_lives);
    tcase_add_test(tests, test_D_matches_the_table);
    tcase_add_test(tests, test_D_by_both_routes);
    tcase_add_test(tests, test_D_at_its_limit);
    tcase_add_test(tests, test_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
