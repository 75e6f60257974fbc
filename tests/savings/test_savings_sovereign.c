/* Default with endogenous prices: against problem C, against a search over every choice, zero profits, known signs; and
 * the program. */
#include "savings/risk/sovereign.h"
#include "support/run.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static savings_sovereign *solve(const savings_sovereign_parameters *p) {
    savings_sovereign *s;
    crease_error error = {0};
    ck_assert_msg(savings_sovereign_solve(p, NULL, &s, &error) == CREASE_OK, "%s", error.message);
    ck_assert_msg(s->converged, "change %g after %zu", s->change, s->iterations);
    return s;
}

static double utility(double crra, double c) {
    return crra == 1 ? log(c) : pow(c, 1 - crra) / (1 - crra);
}

/* Constant income, beta R = 1, no way back: V = max(u(1 + (1 - 1/R) b), u(1 - phi))/(1 - beta), and b* = -phi/(1 - 1/R). */
START_TEST(test_constant_income_is_problem_C) {
    static const double crra[] = {.5, 1, 2, 4}, R = 1.04, phi = .1;
    for (size_t g = 0; g < 4; g++) {
        savings_sovereign_parameters p = {.beta = 1 / R,
                                          .crra = crra[g],
                                          .interest = R - 1,
                                          .cap = 1 - phi,
                                          .states = 1,
                                          .lowest = -5.2,
                                          .highest = 5.2,
                                          .points = 401, /* steps of .026, so that b* = -2.6 is a node */
                                          .tolerance = 1e-12,
                                          .iterations = 20000};
        savings_sovereign *s = solve(&p);
        ck_assert_double_eq_tol(s->threshold[0], -2.6, .026);
        for (size_t i = 0; i < s->points; i++) {
            bool defaults;
            double b = s->b[i], V = savings_sovereign_value(s, 0, i, &defaults);
            double exact = utility(crra[g], fmax(1 + (1 - 1 / R) * b, 1 - phi)) / (1 - 1 / R);
            ck_assert_msg(fabs(V - exact) <= 1e-9 * (1 + fabs(exact)), "g %g, b %g: V %.15g, not %.15g",
                          crra[g], b, V, exact);
            if (fabs(b + 2.6) > .03) {
                ck_assert_int_eq(defaults, b < -2.6);
                ck_assert_double_eq_tol(s->price[i], b < -2.6 ? 0 : 1 / R, 1e-15);
            }
        }
        /* the kink: slope u'(c) with c = 1 - phi on its right; problem C has R of it, a = b/R */
        ck_assert_double_eq_tol(savings_sovereign_slope(s, 0), pow(1 - phi, -crra[g]),
                                .01 * pow(1 - phi, -crra[g]));
        savings_sovereign_free(s);
    }
}
END_TEST

static savings_sovereign_parameters small(void) {
    savings_sovereign_parameters p = savings_sovereign_defaults();
    p.states = 11;
    p.points = 151;
    return p;
}

/* V is its own best answer when every b' is tried; prices make no profit; both with sums written here. */
START_TEST(test_fixed_point_over_every_choice) {
    static const double crra[] = {1, 2, 3.5};
    for (size_t g = 0; g < 3; g++) {
        savings_sovereign_parameters p = small();
        p.crra = crra[g];
        p.tolerance = 1e-11;
        savings_sovereign *s = solve(&p);
        size_t n = s->points;
        bool defaults;
        for (size_t y = 0; y < s->states; y++) {
            const double *row = s->income->transition + y * s->states;
            double fail = 0;
            for (size_t to = 0; to < s->states; to++)
                fail += row[to] * (p.reentry * savings_sovereign_value(s, to, s->zero, &defaults) +
                                   (1 - p.reentry) * s->fail[to]);
            ck_assert_double_eq_tol(utility(p.crra, fmin(s->income->level[y], p.cap)) + p.beta * fail,
                                    s->fail[y], 1e-9);
            for (size_t i = 0; i < n; i += 3) {
                double best = -INFINITY;
                for (size_t j = 0; j < n; j++) {
                    double later = 0, repaid = 0;
                    for (size_t to = 0; to < s->states; to++) {
                        later += row[to] * savings_sovereign_value(s, to, j, &defaults);
                        repaid += defaults ? 0 : row[to];
                    }
                    double q = repaid / (1 + p.interest), c = s->income->level[y] + s->b[i] - q * s->b[j];
                    ck_assert_double_eq_tol(s->price[y * n + j], q, 1e-13);
                    if (c > 0)
                        best = fmax(best, utility(p.crra, c) + p.beta * later);
                }
                double repay = s->repay[y * n + i];
                ck_assert_msg(best == repay || fabs(best - repay) <= 1e-9,
                              "g %g, income %zu, b %g: %.15g, not %.15g", p.crra, y, s->b[i], repay, best);
            }
        }
        savings_sovereign_free(s);
    }
}
END_TEST

/* More income carries more debt; V_r and prices rise in b; choices rise in b. */
START_TEST(test_shapes) {
    savings_sovereign_parameters p = small();
    savings_sovereign *s = solve(&p);
    size_t with_limit = 0;
    for (size_t y = 0; y < s->states; y++) {
        ck_assert(y == 0 || s->threshold[y] <= s->threshold[y - 1]);
        ck_assert_double_le(s->threshold[y], 0); /* nobody defaults on nothing */
        with_limit += isfinite(s->threshold[y]) ? 1 : 0;
        for (size_t i = 1; i < s->points; i++) {
            const double *repay = s->repay + y * s->points, *price = s->price + y * s->points;
            ck_assert(repay[i] > repay[i - 1] || isinf(repay[i - 1]));
            ck_assert_double_ge(price[i], price[i - 1]);
            if (isfinite(repay[i - 1]))
                ck_assert_uint_ge(s->choice[y * s->points + i], s->choice[y * s->points + i - 1]);
        }
        /* flat on the left, u'(c) on the right, seen in V alone */
        double slope = savings_sovereign_slope(s, y);
        size_t i = 0;
        bool defaults = true;
        while (i < s->points && (savings_sovereign_value(s, y, i, &defaults), defaults))
            i++;
        if (isnan(slope) || i < 2 || i + 2 >= s->points)
            continue;
        double step = s->b[1] - s->b[0], left = savings_sovereign_value(s, y, i - 1, &defaults) -
                                                savings_sovereign_value(s, y, i - 2, &defaults);
        double right = (s->repay[y * s->points + i + 2] - s->repay[y * s->points + i]) / (2 * step);
        ck_assert_double_eq(left, 0);
        ck_assert_msg(fabs(right / slope - 1) < .1, "income %zu: slope %g, u'(c) %g", y, right, slope);
    }
    ck_assert_uint_gt(with_limit, 4);
    savings_sovereign_free(s);
}
END_TEST

/* A harsher cap on income in default, or no way back, carries more debt. */
START_TEST(test_costs_of_default) {
    savings_sovereign_parameters p = small();
    savings_sovereign *base = solve(&p);
    p.cap = .94;
    savings_sovereign *harsh = solve(&p);
    p.cap = .969;
    p.reentry = .05;
    savings_sovereign *locked = solve(&p);
    for (size_t y = 0; y < base->states; y++) {
        ck_assert_double_le(harsh->threshold[y], base->threshold[y] + 1e-6);
        ck_assert_double_le(locked->threshold[y], base->threshold[y] + 1e-6);
    }
    ck_assert_double_lt(harsh->threshold[5], base->threshold[5] - .01);
    savings_sovereign_free(base);
    savings_sovereign_free(harsh);
    savings_sovereign_free(locked);
}
END_TEST

/* What Arellano (2008) is known for: spreads and the trade balance run against income, consumption moves more than income, debt of a
 * few per cent and defaults of a few per cent a year. Closer bounds would be those of a grid (Hatchondo et al. 2010). */
START_TEST(test_signs_and_sizes_of_moments) {
    savings_sovereign_parameters p = savings_sovereign_defaults();
    p.points = 501;
    savings_sovereign *s = solve(&p);
    savings_sovereign_moments m, again;
    ck_assert_int_eq(savings_sovereign_simulate(s, 300000, 1, &m, NULL), CREASE_OK);
    ck_assert(m.default_rate > .02 && m.default_rate < .06);
    ck_assert(m.window_debt > .03 && m.window_debt < .08);
    ck_assert(m.window_spread > .025 && m.window_spread < .07);
    ck_assert(m.window_consumption_volatility > 1.03 && m.window_consumption_volatility < 1.2);
    ck_assert(m.window_spread_income < -.1 && m.window_balance_income < -.1);
    ck_assert_uint_gt(m.windows, 500);
    /* who is out comes back with probability .282 a quarter: the mean stay follows from the rate of defaults */
    double defaults = 1 - pow(1 - m.default_rate, .25);
    ck_assert_double_eq_tol(m.excluded / defaults, 1 / .282 - 1, .15);
    ck_assert_int_eq(savings_sovereign_simulate(s, 300000, 1, &again, NULL), CREASE_OK);
    ck_assert_mem_eq(&m, &again, sizeof m);
    savings_sovereign_free(s);
}
END_TEST

static bool stop_at_once(void *context) {
    return ++*(int *)context > 1;
}

static void count_steps(size_t done, size_t total, void *context) {
    ck_assert_uint_le(done, total);
    *(size_t *)context = done;
}

START_TEST(test_watched) {
    savings_sovereign_parameters p = small();
    savings_sovereign *s;
    int asked = 0;
    size_t steps = 0;
    savings_sovereign_watch watch = {stop_at_once, &asked, count_steps, &steps};
    ck_assert_int_eq(savings_sovereign_solve(&p, &watch, &s, NULL), CREASE_OK);
    ck_assert(!s->converged && s->iterations == 1 && steps == 1);
    savings_sovereign_free(s);
}
END_TEST

START_TEST(test_refused) {
    savings_sovereign_parameters bad[9];
    for (size_t i = 0; i < 9; i++)
        bad[i] = small();
    bad[0].beta = 1;
    bad[1].crra = 0;
    bad[2].reentry = 1.5;
    bad[3].lowest = .1;
    bad[4].highest = 0;
    bad[5].points = 2;
    bad[6].states = 0;
    bad[7].persistence = 1;
    bad[8].cap = NAN;
    for (size_t i = 0; i < 9; i++) {
        savings_sovereign *s;
        crease_error error = {0};
        ck_assert_msg(savings_sovereign_solve(&bad[i], NULL, &s, &error) == CREASE_BAD_ARGUMENT, "case %zu",
                      i);
        ck_assert_ptr_null(s);
        ck_assert(strlen(error.message) > 20);
    }
    savings_sovereign_free(NULL);
    /* too few iterations: an answer that says so */
    savings_sovereign_parameters brief = small();
    savings_sovereign *s;
    brief.iterations = 3;
    ck_assert_int_eq(savings_sovereign_solve(&brief, NULL, &s, NULL), CREASE_OK);
    ck_assert(!s->converged && s->iterations == 3);
    savings_sovereign_free(s);
}
END_TEST

/* ---- the program ---- */

#define RUN(...) run_program(NULL, (const char *const[]){"crease-savings", "sovereign", __VA_ARGS__, NULL})

START_TEST(test_program) {
    char *folder = run_folder_new(), path[512], picture[512];
    snprintf(path, sizeof path, "%s/default.csv", folder);
    snprintf(picture, sizeof picture, "%s/default.png", folder);
    run_result result = RUN("--states", "9", "--points", "101", "--periods", "20000", "-o", path, "--plot",
                            picture, "--json");
    ck_assert_msg(result.exit_code == 0, "%s", result.err);
    json_t *object = run_json(&result), *limits = json_object_get(object, "limits");
    ck_assert_str_eq(json_string_value(json_object_get(object, "schema")), "crease/savings-sovereign/1");
    ck_assert_uint_eq(json_array_size(limits), 9);
    ck_assert_double_eq(run_json_number(json_array_get(limits, 2), "slope_left"), 0);
    ck_assert_double_gt(run_json_number(json_array_get(limits, 2), "slope_right"), .5);
    ck_assert(isnan(run_json_number(json_array_get(limits, 8), "b")));
    ck_assert(json_object_get(json_array_get(limits, 8), "why") != NULL);
    ck_assert_double_gt(run_json_number(json_object_get(object, "moments"), "default_rate"), 0);
    crease_table *table;
    ck_assert_int_eq(crease_csv_load(path, NULL, &table, NULL), CREASE_OK);
    ck_assert_uint_eq(table->rows, 9 * 101);
    crease_table_free(table);
    struct stat status;
    ck_assert(stat(picture, &status) == 0 && status.st_size > 8000);
    json_decref(object);
    run_clear(&result);
    run_folder_remove(folder);
}
END_TEST

START_TEST(test_wrong_use) {
    run_must_fail(RUN("--persistence", "1"), 64, "--persistence");
    run_must_fail(RUN("--beta", "1.1"), 64, "beta");
    run_must_fail(RUN("--lowest", ".2"), 64, "below 0");
    run_must_fail(RUN("--renetry", ".2"), 64, "did you mean --reentry");
    run_must_fail(RUN("--points", "x"), 64, "'x'");
    run_must_fail(RUN("--json", "-o", "-"), 64, "standard output");
    run_must_fail(RUN("data.csv"), 64, "data.csv");
}
END_TEST

Suite *test_savings_sovereign(void) {
    Suite *suite = suite_create("savings sovereign");
    TCase *model = tcase_create("model");
    tcase_set_timeout(model, 300);
    tcase_add_test(model, test_constant_income_is_problem_C);
    tcase_add_test(model, test_fixed_point_over_every_choice);
    tcase_add_test(model, test_shapes);
    tcase_add_test(model, test_costs_of_default);
    tcase_add_test(model, test_signs_and_sizes_of_moments);
    tcase_add_test(model, test_watched);
    tcase_add_test(model, test_refused);
    suite_add_tcase(suite, model);
    TCase *program = tcase_create("program");
    tcase_set_timeout(program, 300);
    tcase_add_test(program, test_program);
    tcase_add_test(program, test_wrong_use);
    suite_add_tcase(suite, program);
    return suite;
}
