/* The exact solutions against brute force over seeded random parameters: simulated lives, maximisation, and
 * numerical differentiation. */
#include "support/savings.h"
#include "support/suites.h"
#include <gsl/gsl_rng.h>
#include <math.h>

static double uniform(gsl_rng *generator, double from, double to) {
    return from + (to - from) * gsl_rng_uniform(generator);
}

static double draw_crra(gsl_rng *generator) {
    static const double special[] = {1, 2, .5};
    size_t choice = gsl_rng_uniform_int(generator, 6);
    return choice < 3 ? special[choice] : uniform(generator, .3, 6);
}

static savings_parameters draw_A(gsl_rng *generator) {
    savings_parameters p = {.crra = draw_crra(generator), .income = uniform(generator, .3, 3)};
    p.R = uniform(generator, .9, 1.08);
    p.beta = uniform(generator, .8, .995) / fmax(p.R, 1);
    double natural = p.R > 1 ? -p.income / (p.R - 1) : -5;
    p.limit = gsl_rng_uniform(generator) < .5 ? 0 : uniform(generator, fmax(.8 * natural, -3), 1);
    return p;
}

static savings_parameters draw_B(gsl_rng *generator) {
    savings_parameters p = {.crra = draw_crra(generator), .income = uniform(generator, .3, 3)};
    p.R = uniform(generator, .7, 1.4);
    p.beta = uniform(generator, .7, 1.1);
    p.penalty = gsl_rng_uniform(generator) < .2 ? 0 : uniform(generator, .01, 2);
    p.limit = gsl_rng_uniform(generator) < .3 ? 0 : uniform(generator, -.8 * p.income / p.R, 1.5);
    return p;
}

/* A life followed period by period in the budget and the policy alone: Euler equation or inequality, the
 * limit, and the discounted sum of utility. */
START_TEST(test_A_along_simulated_lives) {
    size_t cases = test_rounds(200, 20000);
    gsl_rng *generator = crease_random_new(1, 0);
    for (size_t seed = 0; seed < cases; seed++) {
        crease_random_set(generator, 11, seed);
        savings_parameters p = draw_A(generator);
        double highest = p.limit + 8 * (p.income + (p.R - 1) * p.limit);
        savings_solution *solution = solve(SAVINGS_A, &p, highest);
        double start = uniform(generator, p.limit + .01, highest), m = start, sum = 0, weight = 1,
               largest = 0;
        while (weight > 1e-18) {
            double c = savings_consumption(solution, m), a = m - c, next = p.R * a + p.income;
            double gap =
                pow(c, -p.crra) / (p.beta * p.R * pow(savings_consumption(solution, next), -p.crra)) - 1;
            ck_assert_msg(a >= p.limit - 1e-12 && gap >= -1e-10, "seed %zu: a = %g, Euler gap %g at m = %g",
                          seed, a, gap, m);
            if (m > solution->binding_m * (1 + 1e-12) + 1e-12)
                ck_assert_msg(fabs(gap) <= 1e-10, "seed %zu: Euler gap %g at m = %g", seed, gap, m);
            double utility = p.crra == 1 ? log(c) : pow(c, 1 - p.crra) / (1 - p.crra);
            sum += weight * utility;
            largest = fmax(largest, fabs(utility));
            weight *= p.beta;
            m = next;
        }
        savings_point point = savings_evaluate(solution, start);
        ck_assert_msg(fabs(point.V - sum) <= 1e-11 * largest / (1 - p.beta),
                      "seed %zu: V(%g) = %.15g, simulated %.15g", seed, start, point.V, sum);
        ck_assert_double_eq_tol(point.dV, pow(point.c, -p.crra), 1e-12 * point.dV);
        ck_assert_double_eq_tol(point.c + point.a, start, 1e-13 * (1 + fabs(start)));
        savings_solution_free(solution);
    }
    gsl_rng_free(generator);
}
END_TEST

typedef double objective(double c, const savings_solution *solution, double m);

/* The largest value of f over [low, high], by golden section; *where is the maximiser. */
static double maximise(objective *f, const savings_solution *solution, double m, double low, double high,
                       double *where) {
    const double ratio = .6180339887498949;
    double left = high - ratio * (high - low), right = low + ratio * (high - low);
    double at_left = f(left, solution, m), at_right = f(right, solution, m);
    for (int step = 0; step < 120; step++) {
        if (at_left < at_right) {
            low = left;
            left = right;
            at_left = at_right;
            right = low + ratio * (high - low);
            at_right = f(right, solution, m);
        } else {
            high = right;
            right = left;
            at_right = at_left;
            left = high - ratio * (high - low);
            at_left = f(left, solution, m);
        }
    }
    *where = at_left > at_right ? left : right;
    return fmax(at_left, at_right);
}

static double utility(double crra, double c) {
    return crra == 1 ? log(c) : pow(c, 1 - crra) / (1 - crra);
}

static double bellman_A(double c, const savings_solution *solution, double m) {
    const savings_parameters *p = &solution->parameters;
    return utility(p->crra, c) + p->beta * savings_evaluate(solution, p->R * (m - c) + p->income).V;
}

static double lifetime_B(double c, const savings_solution *solution, double m) {
    const savings_parameters *p = &solution->parameters;
    double a = m - c, second = p->income + p->R * a - p->penalty * fmax(p->limit - a, 0);
    return second > 0 ? utility(p->crra, c) + p->beta * utility(p->crra, second) : -INFINITY;
}

/* V solves the Bellman equation: the right-hand side, maximised by brute force, gives V back. */
START_TEST(test_A_solves_the_bellman_equation) {
    size_t cases = test_rounds(100, 5000);
    gsl_rng *generator = crease_random_new(1, 0);
    for (size_t seed = 0; seed < cases; seed++) {
        crease_random_set(generator, 12, seed);
        savings_parameters p = draw_A(generator);
        double highest = p.limit + 6 * (p.income + (p.R - 1) * p.limit);
        /* a saver of everything would leave the solved range by the return */
        savings_solution *solution = solve(SAVINGS_A, &p, 2 * fmax(highest, 1) * p.R + p.income);
        double m = uniform(generator, p.limit + .05, highest), c;
        savings_point point = savings_evaluate(solution, m);
        double best = maximise(bellman_A, solution, m, 1e-9, m - p.limit, &c);
        ck_assert_msg(fabs(best - point.V) <= 1e-10 * (1 + fabs(point.V)),
                      "seed %zu: V(%g) = %.15g, maximised %.15g", seed, m, point.V, best);
        ck_assert_msg(fabs(c - point.c) <= 1e-5 * (1 + m - p.limit),
                      "seed %zu: c(%g) = %.15g, maximised %.15g", seed, m, point.c, c);
        savings_solution_free(solution);
    }
    gsl_rng_free(generator);
}
END_TEST

START_TEST(test_B_is_the_maximum) {
    size_t cases = test_rounds(1000, 100000);
    gsl_rng *generator = crease_random_new(1, 0);
    size_t borrow = 0, stay = 0, save = 0;
    for (size_t seed = 0; seed < cases; seed++) {
        crease_random_set(generator, 13, seed);
        savings_parameters p = draw_B(generator);
        savings_solution *solution = solve(SAVINGS_B, &p, INFINITY);
        double second = p.income + p.R * p.limit;
        double m = p.limit + uniform(generator, -.9 * second / (p.R + p.penalty), 3 * second), c;
        savings_point point = savings_evaluate(solution, m);
        double best = maximise(lifetime_B, solution, m, 1e-9, m - solution->lowest_m, &c);
        ck_assert_msg(fabs(best - point.V) <= 1e-12 * (1 + fabs(point.V)),
                      "seed %zu: V(%g) = %.15g, maximised %.15g", seed, m, point.V, best);
        ck_assert_msg(fabs(c - point.c) <= 2e-6 * (1 + c), "seed %zu: c(%g) = %.15g, maximised %.15g", seed,
                      m, point.c, c);
        ck_assert_double_eq_tol(point.c + point.a, m, 1e-13 * (1 + fabs(m)));
        savings_end_value end = savings_end_value_at(solution, point.a);
        ck_assert_double_eq_tol(point.V, utility(p.crra, point.c) + end.W, 1e-12 * (1 + fabs(point.V)));
        /* envelope: u'(c) lies between the one-sided slopes of W */
        ck_assert_msg(point.dV <= end.slope_left * (1 + 1e-9) && point.dV >= end.slope_right * (1 - 1e-9),
                      "seed %zu: u'(c) = %.15g outside [%.15g, %.15g]", seed, point.dV, end.slope_right,
                      end.slope_left);
        borrow += point.a < p.limit;
        stay += point.a == p.limit;
        save += point.a > p.limit;
        savings_solution_free(solution);
    }
    ck_assert_msg(borrow > cases / 20 && stay > cases / 50 && save > cases / 20, "cases %zu %zu %zu", borrow,
                  stay, save);
    gsl_rng_free(generator);
}
END_TEST

START_TEST(test_slopes_by_numerical_differentiation) {
    gsl_rng *generator = crease_random_new(14, 0);
    for (int model = SAVINGS_A; model <= SAVINGS_B; model++) {
        savings_solution *solution = solve_default((savings_model)model, 6);
        for (int object = 0; object < SAVINGS_OBJECT_COUNT; object++) {
            if (!savings_object_exists((savings_model)model, (savings_object)object))
                continue;
            for (int i = 0; i < 100; i++) {
                double x = uniform(generator, -.4, 1.4), h = 1e-4, left, right, exact_left, exact_right;
                x += model == SAVINGS_A ? 1.5 : 0;
                bool near_kink = false;
                for (size_t k = 0; k < solution->knots; k++)
                    near_kink |= fabs(solution->m[k] - x) < 5 * h;
                if (near_kink || fabs(x) < 5 * h)
                    continue;
                savings_object_at(solution, (savings_object)object, x, &exact_left, &exact_right);
                savings_measured_slopes(solution, (savings_object)object, x, h, &left, &right);
                ck_assert_msg(fabs(left / exact_left - 1) < 1e-8 && fabs(right / exact_right - 1) < 1e-8,
                              "%s at %.15g: slopes %.12g %.12g, exact %.12g",
                              savings_object_name((savings_object)object), x, left, right, exact_left);
            }
        }
        savings_solution_free(solution);
    }
    gsl_rng_free(generator);
}
END_TEST

Suite *test_savings_brute_force(void) {
    Suite *suite = suite_create("savings brute force");
    TCase *brute = tcase_create("brute force");
    tcase_set_timeout(brute, 600);
    tcase_add_test(brute, test_A_along_simulated_lives);
    tcase_add_test(brute, test_A_solves_the_bellman_equation);
    tcase_add_test(brute, test_B_is_the_maximum);
    tcase_add_test(brute, test_slopes_by_numerical_differentiation);
    suite_add_tcase(suite, brute);
    return suite;
}
