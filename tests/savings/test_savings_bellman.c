/* The bound from the Bellman residual: the operator by brute force, the bound against true errors, and what is known exactly. */
#include "savings/bellman.h"
#include "support/run.h"
#include "support/savings.h"
#include "support/suites.h"
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double uniform(gsl_rng *generator, double from, double to) {
    return from + (to - from) * gsl_rng_uniform(generator);
}

/* V at the knots, plus noise. */
static crease_pwl *draw_value(gsl_rng *generator, const savings_solution *solution, double from, double to,
                              double noise) {
    size_t knots = 2 + gsl_rng_uniform_int(generator, 12);
    crease_pwl *pwl;
    ck_assert_int_eq(crease_pwl_new(&pwl, knots, NULL), CREASE_OK);
    for (size_t i = 0; i < knots; i++)
        pwl->x[i] = uniform(generator, from, to);
    gsl_sort(pwl->x, 1, knots);
    for (size_t i = 0; i < knots; i++)
        pwl->y[i] = savings_evaluate(solution, pwl->x[i]).V + noise * uniform(generator, -1, 1);
    pwl->slope_left = savings_evaluate(solution, from).dV;
    pwl->slope_right = savings_evaluate(solution, to).dV;
    return pwl;
}

/* (T f)(m) over a fine grid of assets: never above the true one. */
static double operate(const savings_parameters *p, const crease_pwl *f, double m, double to) {
    enum { ASSETS = 4000 };
    double last = fmin((to - p->income) / p->R, m - 1e-9), best = -INFINITY;
    for (size_t i = 0; i <= ASSETS; i++) {
        double a = p->limit + (last - p->limit) * (double)i / ASSETS;
        best = fmax(best,
                    savings_utility(p->crra, m - a) + p->beta * crease_pwl_evaluate(f, p->R * a + p->income));
    }
    return best;
}

START_TEST(test_against_brute_force) {
    size_t cases = test_rounds(25, 1000);
    gsl_rng *generator = crease_random_new(1, 0);
    for (size_t seed = 0; seed < cases; seed++) {
        crease_random_set(generator, 71, seed);
        savings_parameters p = savings_defaults(SAVINGS_A);
        p.crra = gsl_rng_uniform(generator) < .3 ? 1 : uniform(generator, .6, 4);
        p.beta = uniform(generator, .8, .96);
        p.limit = gsl_rng_uniform(generator) < .5 ? 0 : uniform(generator, -.5, .3);
        savings_solution *solution = solve(SAVINGS_A, &p, 8);
        double from = p.limit + uniform(generator, .2, .9), to = uniform(generator, 2, 6);
        from = fmin(from, p.income + p.R * p.limit);
        crease_pwl *value = draw_value(generator, solution, from, to, seed % 2 ? .3 : 0);
        savings_bellman_bound bound;
        crease_error error = {0};
        ck_assert_msg(savings_bellman_bound_of(solution, value, from, to, &bound, &error) == CREASE_OK,
                      "seed %zu: %s", seed, error.message);
        double above = -INFINITY, below = -INFINITY;
        for (size_t i = 0; i <= 400; i++) {
            double m = from + (to - from) * (double)i / 400, f = crease_pwl_evaluate(value, m);
            double residual = operate(&p, value, m, to) - f, gap = savings_evaluate(solution, m).V - f;
            above = fmax(above, residual);
            below = fmax(below, -residual);
            ck_assert_msg(gap <= bound.upper && gap >= bound.lower,
                          "seed %zu: V - f = %g at m = %g, outside [%g, %g]", seed, gap, m, bound.lower,
                          bound.upper);
        }
        ck_assert_msg(above <= bound.above + 1e-9 && below <= bound.below + 5e-3 * (1 + fabs(bound.below)),
                      "seed %zu: residuals up to %g and %g, not %g and %g", seed, above, below, bound.above,
                      bound.below);
        /* and the places where they are found have them; a fit that is not concave has a bound from above */
        double found = operate(&p, value, bound.above_at, to) - crease_pwl_evaluate(value, bound.above_at);
        ck_assert_msg(fabs(found - bound.above) <= 1e-2 * (1 + fabs(bound.above)),
                      "seed %zu: T f - f = %g, not %g at %g", seed, found, bound.above, bound.above_at);
        found = crease_pwl_evaluate(value, bound.below_at) - operate(&p, value, bound.below_at, to);
        ck_assert_msg(fabs(found - bound.below) <= (bound.concave ? 1e-2 : .05) * (1 + fabs(bound.below)),
                      "seed %zu: f - T f = %g, not %g at %g", seed, found, bound.below, bound.below_at);
        crease_pwl_free(value);
        savings_solution_free(solution);
    }
    gsl_rng_free(generator);
}
END_TEST

/* T(f + k) = T f + beta k: a constant moves the residual by (beta - 1) k. */
START_TEST(test_a_shift_is_seen_exactly) {
    savings_solution *solution = solve_default(SAVINGS_A, 8);
    crease_pwl *value;
    ck_assert_int_eq(crease_pwl_load("data/value_a.csv", &value, NULL), CREASE_OK);
    savings_bellman_bound plain, moved;
    ck_assert_int_eq(savings_bellman_bound_of(solution, value, .2, 4, &plain, NULL), CREASE_OK);
    ck_assert(plain.concave);
    for (size_t i = 0; i < value->knot_count; i++)
        value->y[i] += 5;
    ck_assert_int_eq(savings_bellman_bound_of(solution, value, .2, 4, &moved, NULL), CREASE_OK);
    ck_assert_double_eq_tol(moved.above, plain.above - .04 * 5, 1e-12);
    ck_assert_double_eq_tol(moved.below, plain.below + .04 * 5, 1e-12);
    ck_assert_double_le(moved.lower,
                        -5); /* so the bound is wide enough for a fit that is 5 too high everywhere */
    ck_assert_double_ge(moved.lower, -5 + plain.lower - 1e-9);
    crease_pwl_free(value);
    savings_solution_free(solution);
}
END_TEST

/* The finer the interpolant of V, the smaller its residual, by h^2. */
START_TEST(test_shrinks_with_the_fit) {
    savings_solution *solution = solve_default(SAVINGS_A, 8);
    double before = INFINITY;
    for (size_t knots = 20; knots <= 320; knots *= 2) {
        crease_pwl *value;
        ck_assert_int_eq(crease_pwl_new(&value, knots, NULL), CREASE_OK);
        for (size_t i = 0; i < knots; i++) {
            value->x[i] = .5 + 3.5 * pow((double)i / (double)(knots - 1), 2);
            value->y[i] = savings_evaluate(solution, value->x[i]).V;
        }
        value->slope_left = savings_evaluate(solution, .5).dV;
        value->slope_right = savings_evaluate(solution, 4).dV;
        savings_bellman_bound bound;
        ck_assert_int_eq(savings_bellman_bound_of(solution, value, .5, 4, &bound, NULL), CREASE_OK);
        double width = bound.upper - bound.lower;
        ck_assert_msg(width < before / 3, "%zu knots: %g after %g", knots, width, before);
        before = width;
        crease_pwl_free(value);
    }
    savings_solution_free(solution);
}
END_TEST

START_TEST(test_refuses) {
    savings_solution *a = solve_default(SAVINGS_A, 8), *b = solve_default(SAVINGS_B, 8);
    crease_pwl *value;
    savings_bellman_bound bound;
    crease_error error;
    ck_assert_int_eq(crease_pwl_load("data/value_a.csv", &value, NULL), CREASE_OK);
    ck_assert_int_eq(savings_bellman_bound_of(b, value, .2, 4, &bound, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(savings_bellman_bound_of(a, value, 1.5, 4, &bound, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(savings_bellman_bound_of(a, value, 0, 4, &bound, &error), CREASE_BAD_ARGUMENT);
    ck_assert_int_eq(savings_bellman_bound_of(a, value, .2, .9, &bound, &error), CREASE_BAD_ARGUMENT);
    crease_pwl_free(value);
    savings_solution_free(a);
    savings_solution_free(b);
}
END_TEST

START_TEST(test_command) {
    run_result result = run_program(NULL, (const char *const[]){"crease-savings", "bound", "data/value_a.csv",
                                                                "--model", "A", "--json", NULL});
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    json_t *object = run_json(&result);
    double measured = run_json_number(object, "measured_error");
    ck_assert_double_le(measured, run_json_number(object, "error_upper"));
    ck_assert_double_ge(measured, run_json_number(object, "error_lower"));
    ck_assert_double_eq_tol(run_json_number(object, "error_upper"),
                            run_json_number(object, "residual_above") / .04, 1e-8);
    ck_assert_double_lt(fabs(measured), .01);
    json_decref(object);
    run_clear(&result);
    static const struct {
        const char *arguments;
        int exit_code;
        const char *says;
    } bad[] = {{"--model A", 64, "name the value function"},
               {"none.json --model A", 66, "none.json"},
               {"data/overtime.csv --model A", 65, "overtime.csv"},
               {"data/value_a.csv --model K3", 64, "problem A"},
               {"data/value_a.csv --model A --from 2", 64, "must begin above"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        result = run_shell("crease-savings bound %s", bad[i].arguments);
        ck_assert_msg(result.exit_code == bad[i].exit_code && strstr(result.err, bad[i].says),
                      "%s: exit %d: %s", bad[i].arguments, result.exit_code, result.err);
        run_clear(&result);
    }
}
END_TEST

Suite *test_savings_bellman(void) {
    Suite *suite = suite_create("test_savings_bellman");
    TCase *tests = tcase_create("bound");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, test_against_brute_force);
    tcase_add_test(tests, test_a_shift_is_seen_exactly);
    tcase_add_test(tests, test_shrinks_with_the_fit);
    tcase_add_test(tests, test_refuses);
    tcase_add_test(tests, test_command);
    suite_add_tcase(suite, tests);
    return suite;
}
