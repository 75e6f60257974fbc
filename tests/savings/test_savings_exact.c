/* The exact solutions against reference tables, and their shape: which functions have kinks and which have
 * none. */
#include "support/savings.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static crease_table *load(const char *path) {
    crease_table *table;
    crease_error error = {0};
    crease_status status = crease_csv_load(path, NULL, &table, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    return table;
}

/* The tables carry 15 digits. */
static void assert_close(double value, double expected, const char *what, double x) {
    ck_assert_msg(fabs(value - expected) <= 1e-12 * fabs(expected) + 1e-15,
                  "%s at %.15g: %.17g, expected %.17g", what, x, value, expected);
}

START_TEST(test_kinks_of_A_match_the_table) {
    crease_table *table = load("tests/data/savings/A_pf_kinks.csv");
    savings_solution *solution = solve_default(SAVINGS_A, 20.01);
    ck_assert_uint_ge(table->rows, 100);
    ck_assert_uint_ge(solution->knots, table->rows);
    for (size_t i = 0; i < table->rows; i++) {
        assert_close(solution->m[i], table->column[1][i], "kink", table->column[0][i]);
        assert_close(solution->c[i], table->column[2][i], "consumption at the kink", table->column[0][i]);
        if (i > 0) { /* slopes come from a recursion of their own; here they are chords of the table */
            double run = table->column[1][i] - table->column[1][i - 1];
            double chord = (table->column[2][i] - table->column[2][i - 1]) / run;
            ck_assert_double_eq_tol(solution->slope[i - 1], chord, 1e-11);
        }
    }
    savings_solution_free(solution);
    crease_table_free(table);
}
END_TEST

START_TEST(test_A_has_68_kinks_below_10) {
    savings_solution *solution = solve_default(SAVINGS_A, 10);
    savings_kink *kinks;
    size_t count;
    ck_assert_int_eq(savings_kinks(solution, 10, &kinks, &count, NULL), CREASE_OK);
    ck_assert_uint_eq(count, 68);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(kinks[i].object, SAVINGS_CONSUMPTION); /* no kink of V among them */
        ck_assert_double_gt(kinks[i].slope_left, kinks[i].slope_right);
    }
    ck_assert_double_eq(kinks[0].slope_left, 1);
    ck_assert_double_eq_tol(solution->binding_m, 1.00564748338641, 1e-14);
    free(kinks);
    savings_solution_free(solution);
}
END_TEST

START_TEST(test_A_matches_the_table) {
    crease_table *table = load("tests/data/savings/A_pf_constrained.csv");
    savings_solution *solution = solve_default(SAVINGS_A, 15);
    for (size_t i = 0; i < table->rows; i++) {
        double m = table->column[0][i];
        savings_point point = savings_evaluate(solution, m);
        assert_close(point.c, table->column[1][i], "c", m);
        assert_close(point.V, table->column[2][i], "V", m);
        /* the last digit of c, 1e-15, costs V' 2e-15/c: the table's own digits at the smallest m */
        assert_close(point.dV, table->column[3][i], "dV", m);
        ck_assert_double_eq(point.a, m <= solution->binding_m ? 0 : m - point.c);
    }
    savings_solution_free(solution);
    crease_table_free(table);
}
END_TEST

START_TEST(test_B_matches_the_tables) {
    crease_table *of_a = load("tests/data/savings/B_twoperiod_a.csv");
    crease_table *of_m = load("tests/data/savings/B_twoperiod_m.csv");
    savings_solution *solution = solve_default(SAVINGS_B, 3);
    for (size_t i = 0; i < of_a->rows; i++) {
        double a = of_a->column[0][i];
        savings_end_value end = savings_end_value_at(solution, a);
        assert_close(end.W, of_a->column[1][i], "W", a);
        assert_close(end.slope_left, of_a->column[2][i], "left slope of W", a);
        assert_close(end.slope_right, of_a->column[3][i], "right slope of W", a);
    }
    for (size_t i = 0; i < of_m->rows; i++) {
        double m = of_m->column[0][i];
        savings_point point = savings_evaluate(solution, m);
        assert_close(point.c, of_m->column[1][i], "c", m);
        ck_assert_double_eq_tol(point.a, of_m->column[2][i], 1e-14);
        assert_close(point.V, of_m->column[3][i], "V", m);
        assert_close(point.dV, of_m->column[4][i], "dV", m);
    }
    savings_solution_free(solution);
    crease_table_free(of_a);
    crease_table_free(of_m);
}
END_TEST

START_TEST(test_wedge_ratio_is_the_ratio_of_the_rates) {
    savings_solution *solution = solve_default(SAVINGS_B, 3);
    savings_kink *kinks;
    size_t count;
    ck_assert_int_eq(savings_kinks(solution, INFINITY, &kinks, &count, NULL), CREASE_OK);
    ck_assert_uint_eq(count, 4); /* W, pinvW, and c twice; V has none */
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(kinks[i].object, i == 0 ? SAVINGS_W : SAVINGS_PINV_W);
        ck_assert_double_eq(kinks[i].x, 0);
        ck_assert_double_eq_tol(kinks[i].slope_left / kinks[i].slope_right, 1.2 / 1.02, 1e-15);
    }
    ck_assert_double_eq_tol(kinks[2].x, 0.93169499, 5e-9);
    ck_assert_double_eq_tol(kinks[3].x, 1.01056510, 5e-9);
    ck_assert_double_eq(kinks[2].slope_right, 1);
    ck_assert_double_eq(kinks[3].slope_left, 1);
    ck_assert_double_eq_tol(kinks[3].x / kinks[2].x, sqrt(1.2 / 1.02), 1e-15);
    free(kinks);
    savings_solution_free(solution);
}
END_TEST

/* The negative control: V(m) has no kink at the limit, from its values alone; W(a) has. */
START_TEST(test_kink_in_W_and_none_in_V) {
    for (int model = SAVINGS_A; model <= SAVINGS_B; model++) {
        savings_solution *solution = solve_default((savings_model)model, 6);
        double left, right;
        for (size_t i = 0; i < 2; i++) {
            savings_measured_slopes(solution, SAVINGS_V, solution->m[i], 1e-4, &left, &right);
            ck_assert_double_eq_tol(left / right, 1, 1e-9);
            savings_measured_slopes(solution, SAVINGS_PINV_V, solution->m[i], 1e-4, &left, &right);
            ck_assert_double_eq_tol(left / right, 1, 1e-9);
            savings_measured_slopes(solution, SAVINGS_CONSUMPTION, solution->m[i], 1e-4, &left, &right);
            ck_assert_double_gt(fabs(left / right - 1), .1);
        }
        if (model == SAVINGS_B) {
            savings_measured_slopes(solution, SAVINGS_W, 0, 1e-4, &left, &right);
            ck_assert_double_eq_tol(left / right, 1.2 / 1.02, 1e-9);
        }
        savings_solution_free(solution);
    }
}
END_TEST

/* pinv W is a straight line on each side, for log utility too. */
START_TEST(test_pseudo_inverse_of_W_is_piecewise_linear) {
    static const double crra[] = {.5, 1, 2, 5};
    for (size_t i = 0; i < sizeof crra / sizeof *crra; i++) {
        savings_parameters p = savings_defaults(SAVINGS_B);
        p.crra = crra[i];
        p.limit = -.1;
        savings_solution *solution = solve(SAVINGS_B, &p, 3);
        double scale = crra[i] == 1 ? 1 : pow(p.beta, 1 / (1 - crra[i])), left, right;
        for (double a = -.5; a < 1.5; a += .0625) {
            double expected = scale * (1 + 1.02 * a - .18 * fmax(-.1 - a, 0));
            double value = savings_object_at(solution, SAVINGS_PINV_W, a, &left, &right);
            ck_assert_double_eq_tol(value, expected, 1e-14 * scale);
            ck_assert_double_eq_tol(left, scale * (a < -.1 ? 1.2 : 1.02), 1e-13 * scale);
            ck_assert_double_eq_tol(right, left, 1e-13 * scale);
        }
        savings_solution_free(solution);
    }
}
END_TEST

START_TEST(test_pseudo_inverse_undoes_utility) {
    for (double crra = .25; crra <= 4; crra *= 2)
        for (double c = .1; c < 5; c *= 1.7) {
            double slope, back = savings_pseudo_inverse(crra, savings_utility(crra, c), &slope);
            ck_assert_double_eq_tol(back, c, 1e-13 * c);
            ck_assert_double_eq_tol(slope * savings_marginal_utility(crra, c), 1, 1e-12);
        }
}
END_TEST

/* A rate so high that nobody borrows is a hard limit: with R = beta = 1, c = min(m, (m + 1)/2). */
START_TEST(test_B_with_a_prohibitive_penalty_is_a_hard_limit) {
    savings_parameters p = {.beta = 1, .R = 1, .crra = 1, .income = 1, .penalty = 1e13};
    savings_solution *solution = solve(SAVINGS_B, &p, 3);
    for (double m = .03125; m < 3; m += .03125)
        ck_assert_double_eq_tol(savings_consumption(solution, m), fmin(m, (m + 1) / 2), 1e-12);
    ck_assert_double_eq(solution->m[1], 1);
    savings_solution_free(solution);
}
END_TEST

START_TEST(test_B_without_a_penalty_has_no_kink) {
    savings_parameters p = savings_defaults(SAVINGS_B);
    p.penalty = 0;
    savings_solution *solution = solve(SAVINGS_B, &p, 3);
    savings_kink *kinks;
    size_t count;
    ck_assert_int_eq(savings_kinks(solution, INFINITY, &kinks, &count, NULL), CREASE_OK);
    ck_assert_uint_eq(count, 0);
    ck_assert(isnan(savings_critical_point(solution, SAVINGS_W)));
    p.penalty = 1e-9; /* and a small one is near it */
    savings_solution *near = solve(SAVINGS_B, &p, 3);
    for (double m = -.5; m < 3; m += .01)
        ck_assert_double_eq_tol(savings_consumption(solution, m), savings_consumption(near, m), 1e-9);
    free(kinks);
    savings_solution_free(solution);
    savings_solution_free(near);
}
END_TEST

/* Log utility is the limit of the others: the policy is continuous in g. */
START_TEST(test_log_utility_is_the_limit) {
    for (int model = SAVINGS_A; model <= SAVINGS_B; model++) {
        savings_parameters log_utility = savings_defaults((savings_model)model), near = log_utility;
        log_utility.crra = 1;
        near.crra = 1 + 1e-7;
        savings_solution *solution = solve((savings_model)model, &log_utility, 6);
        savings_solution *other = solve((savings_model)model, &near, 6);
        for (double m = .1; m < 5; m += .17) {
            savings_point point = savings_evaluate(solution, m), beside = savings_evaluate(other, m);
            ck_assert_double_eq_tol(point.c, beside.c, 1e-6);
            ck_assert_double_eq_tol(point.dV, beside.dV, 1e-5 * point.dV);
        }
        savings_solution_free(solution);
        savings_solution_free(other);
    }
}
END_TEST

START_TEST(test_parameters_without_a_solution_are_refused) {
    struct {
        savings_model model;
        savings_parameters parameters;
        const char *says;
    } bad[] = {
        {SAVINGS_A, {.beta = .98, .R = 1.03, .crra = 2, .income = 1}, "beta R < 1"},
        {SAVINGS_A, {.beta = 1.01, .R = .9, .crra = 2, .income = 1}, "between 0 and 1"},
        {SAVINGS_A, {.beta = .9, .R = 1.05, .crra = 2, .income = 1, .limit = -20}, "natural borrowing limit"},
        {SAVINGS_A, {.beta = .9, .R = 1.05, .crra = 0, .income = 1}, "risk aversion"},
        {SAVINGS_A, {.beta = .9, .R = 1.05, .crra = 2, .income = 0}, "income"},
        {SAVINGS_A, {.beta = .9, .R = NAN, .crra = 2, .income = 1}, "finite"},
        {SAVINGS_A, {.beta = (1 - 1e-12) / 1.03, .R = 1.03, .crra = 2, .income = 1}, "near 1"},
        {SAVINGS_B, {.beta = .9, .R = 0, .crra = 2, .income = 1}, "above 0"},
        {SAVINGS_B, {.beta = .9, .R = 1.02, .crra = 2, .income = 1, .penalty = -.1}, "negative"},
        {SAVINGS_B, {.beta = .9, .R = 1.02, .crra = 2, .income = 1, .penalty = .1, .limit = -1}, "raise"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        savings_solution *solution;
        crease_error error = {0};
        ck_assert_int_eq(savings_solve(bad[i].model, &bad[i].parameters, NULL, &solution, &error),
                         CREASE_BAD_ARGUMENT);
        ck_assert_ptr_null(solution);
        ck_assert_msg(strstr(error.message, bad[i].says) != NULL, "case %zu: '%s'", i, error.message);
        ck_assert_int_eq(savings_solve(bad[i].model, &bad[i].parameters, NULL, &solution, NULL),
                         CREASE_BAD_ARGUMENT);
    }
}
END_TEST

START_TEST(test_outside_the_budget_is_not_a_number) {
    savings_solution *a = solve_default(SAVINGS_A, 4), *b = solve_default(SAVINGS_B, 4);
    ck_assert(isnan(savings_evaluate(a, 0).c) && isnan(savings_evaluate(a, -1).V));
    ck_assert(isnan(savings_evaluate(a, 50).c) && isnan(savings_evaluate(b, -.9).V));
    ck_assert(isnan(savings_end_value_at(b, -.9).W) && isnan(savings_end_value_at(a, 1).W));
    ck_assert(isnan(savings_evaluate(a, .9).log10_euler)); /* constrained */
    ck_assert(isnan(savings_evaluate(b, 1).log10_euler));  /* stays at the kink */
    ck_assert_double_lt(savings_evaluate(a, 2).log10_euler, -14);
    ck_assert_double_lt(savings_evaluate(b, 2).log10_euler, -14);
    savings_solution_free(a);
    savings_solution_free(b);
    savings_solution_free(NULL);
}
END_TEST

Suite *test_savings_exact(void) {
    Suite *suite = suite_create("savings exact");
    TCase *tables = tcase_create("tables");
    tcase_add_test(tables, test_kinks_of_A_match_the_table);
    tcase_add_test(tables, test_A_has_68_kinks_below_10);
    tcase_add_test(tables, test_A_matches_the_table);
    tcase_add_test(tables, test_B_matches_the_tables);
    tcase_add_test(tables, test_wedge_ratio_is_the_ratio_of_the_rates);
    suite_add_tcase(suite, tables);
    TCase *shape = tcase_create("shape");
    tcase_add_test(shape, test_kink_in_W_and_none_in_V);
    tcase_add_test(shape, test_pseudo_inverse_of_W_is_piecewise_linear);
    tcase_add_test(shape, test_pseudo_inverse_undoes_utility);
    tcase_add_test(shape, test_B_with_a_prohibitive_penalty_is_a_hard_limit);
    tcase_add_test(shape, test_B_without_a_penalty_has_no_kink);
    tcase_add_test(shape, test_log_utility_is_the_limit);
    tcase_add_test(shape, test_parameters_without_a_solution_are_refused);
    tcase_add_test(shape, test_outside_the_budget_is_not_a_number);
    suite_add_tcase(suite, shape);
    return suite;
}
