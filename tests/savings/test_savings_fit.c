/* Networks on the functions of the savings problems: exact where the function is piecewise linear, and judged
 * by numbers that are computed here another way. */
#include "support/savings.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static savings_solution *solve_crra(savings_model model, double crra) {
    savings_parameters parameters = savings_defaults(model);
    parameters.crra = crra;
    return solve(model, &parameters, 0);
}

START_TEST(test_relu_is_exact_on_pinv_W) {
    static const double crra[] = {.5, 1, 2, 5};
    for (size_t i = 0; i < sizeof crra / sizeof *crra; i++) {
        savings_solution *solution = solve_crra(SAVINGS_B, crra[i]);
        for (uint64_t seed = 1; seed <= 3; seed++) {
            savings_fit_row row = fit(solution, SAVINGS_PINV_W, "affine+relu:1", false, seed, 5);
            /* at g = 1/2 pinv W is beta^2 (y + B), of size 1, as for the others */
            ck_assert_msg(row.max_error <= 1e-12 && row.near_kink_error <= row.max_error,
                          "g = %g, seed %d: error %g", crra[i], (int)seed, row.max_error);
            ck_assert_double_eq_tol(row.kink, 0, 1e-10);
            ck_assert_double_le(row.raw_max_error, 1e-12); /* and so is W, turned back */
            ck_assert_double_eq_tol(row.slope_ratio / (1.2 / 1.02), 1, 1e-10);
            ck_assert_double_eq_tol(row.true_slope_ratio / (1.2 / 1.02), 1, 1e-12);
            ck_assert_uint_eq(row.n_free, 4);
            ck_assert_uint_eq(row.n_params, 5);
            savings_fit_row_clear(&row);
        }
        savings_solution_free(solution);
    }
}
END_TEST

START_TEST(test_relu_is_exact_on_the_policy_of_B) {
    savings_solution *solution = solve_crra(SAVINGS_B, 2);
    for (uint64_t seed = 1; seed <= 5; seed++) {
        savings_fit_row row = fit(solution, SAVINGS_CONSUMPTION, "affine+relu:2", false, seed, 10);
        crease_kink *kinks;
        size_t count;
        ck_assert_msg(row.max_error <= 1e-12, "seed %d: error %g", (int)seed, row.max_error);
        ck_assert_int_eq(crease_net_kinks(row.net, &kinks, &count, NULL), CREASE_OK);
        ck_assert_uint_eq(count, 2);
        for (size_t k = 0; k < 2; k++) {
            double left = k == 0 ? solution->slope_left : solution->slope[0];
            ck_assert_double_eq_tol(kinks[k].x, solution->m[k], 1e-10);
            ck_assert_double_eq_tol(kinks[k].slope_left / kinks[k].slope_right * solution->slope[k] / left, 1,
                                    1e-10);
        }
        ck_assert_double_eq(row.kink, kinks[0].x);
        ck_assert_double_lt(row.euler_mean, -14);
        ck_assert_double_lt(row.euler_max, -12);
        free(kinks);
        savings_fit_row_clear(&row);
    }
    savings_solution_free(solution);
}
END_TEST

START_TEST(test_policy_of_A_is_a_relu_net) {
    for (double crra = .5; crra <= 4; crra *= 2) {
        savings_solution *solution = solve_crra(SAVINGS_A, crra);
        savings_fit_row row;
        crease_net *net;
        crease_kink *kinks;
        size_t count;
        ck_assert_int_eq(savings_policy_net(solution, .2, 4, &net, NULL), CREASE_OK);
        ck_assert_int_eq(savings_judge(solution, SAVINGS_CONSUMPTION, net, &row, NULL), CREASE_OK);
        ck_assert_double_le(row.max_error, 1e-12);
        ck_assert_double_eq_tol(row.kink, solution->m[0], 1e-12);
        ck_assert_double_eq_tol(row.slope_ratio, row.true_slope_ratio, 1e-10 * row.slope_ratio);
        ck_assert_double_lt(row.euler_max, -12);
        ck_assert_int_eq(crease_net_kinks(net, &kinks, &count, NULL), CREASE_OK);
        ck_assert_uint_eq(row.n_free, 2 + 2 * count);
        for (size_t i = 0; i < count; i++) {
            ck_assert_double_eq_tol(kinks[i].x, solution->m[i], 1e-12);
            ck_assert_double_eq_tol(kinks[i].slope_right, solution->slope[i], 1e-12);
        }
        ck_assert(solution->m[count - 1] <= 4 && solution->m[count] > 4);
        free(kinks);
        savings_fit_row_clear(&row);
        savings_solution_free(solution);
    }
}
END_TEST

/* Equal free parameters on raw curved values: smooth units win, by more than luck. */
START_TEST(test_tanh_beats_relu_on_raw_values) {
    struct {
        savings_model model;
        savings_object object;
        double margin;
    } contest[] = {{SAVINGS_B, SAVINGS_W, 5}, {SAVINGS_A, SAVINGS_V, 5}};
    for (size_t i = 0; i < 2; i++) {
        savings_solution *solution = solve_crra(contest[i].model, 2);
        savings_fit_row relu = fit(solution, contest[i].object, "affine+relu:7", false, 1, 8);
        savings_fit_row tanh = fit(solution, contest[i].object, "tanh:5", false, 1, 8);
        ck_assert_uint_eq(relu.n_free, 16);
        ck_assert_uint_eq(tanh.n_free, 16);
        ck_assert_msg(tanh.rmse * contest[i].margin < relu.rmse, "%s: tanh %g, relu %g",
                      savings_object_name(contest[i].object), tanh.rmse, relu.rmse);
        /* V(m) of A has no kink, whatever corners the network has */
        bool smooth = contest[i].model == SAVINGS_A;
        ck_assert(isnan(tanh.corner) && isnan(tanh.kink) && !isnan(relu.corner));
        ck_assert_int_eq(isnan(relu.kink), smooth);
        ck_assert_double_lt(tanh.euler_mean, relu.euler_mean - .5); /* relu's V' is a staircase */
        savings_fit_row_clear(&relu);
        savings_fit_row_clear(&tanh);
        savings_solution_free(solution);
    }
}
END_TEST

/* A kink and curvature at once: the hinge stays at the kink and its jump is found. */
START_TEST(test_held_hinge_finds_the_kink_of_W) {
    savings_solution *solution = solve_crra(SAVINGS_B, 2);
    savings_fit_row held = fit(solution, SAVINGS_W, "affine+tanh:4+relu:1", true, 1, 10);
    savings_fit_row tanh = fit(solution, SAVINGS_W, "tanh:5", false, 1, 8);
    ck_assert_uint_eq(held.n_params, 17);
    ck_assert_uint_eq(held.n_free, 15);
    ck_assert_double_eq_tol(held.kink, 0, 1e-15);
    ck_assert_double_lt(held.max_error, 5e-4);
    ck_assert_double_eq_tol(held.slope_ratio / held.true_slope_ratio, 1, .02);
    ck_assert_double_lt(held.max_error, tanh.max_error);
    ck_assert_double_lt(fabs(tanh.slope_ratio - 1), .1); /* tanh reads the kink as none */
    savings_fit_row again = fit(solution, SAVINGS_W, "affine+tanh:4+relu:1", true, 1, 10);
    ck_assert_double_eq(again.rmse, held.rmse);
    savings_fit_row_clear(&again);
    savings_fit_row_clear(&held);
    savings_fit_row_clear(&tanh);
    savings_solution_free(solution);
}
END_TEST

START_TEST(test_held_hinges_are_exact_where_they_can_be) {
    savings_solution *solution = solve_crra(SAVINGS_B, 2);
    savings_fit_row row = fit(solution, SAVINGS_CONSUMPTION, "affine+relu:2", true, 1, 1);
    ck_assert_double_le(row.max_error, 1e-12);
    ck_assert_uint_eq(row.n_free, 4);
    savings_fit_row_clear(&row);
    savings_solution_free(solution);
}
END_TEST

/* Numbers of the judge, from nets whose errors are known beforehand. */
START_TEST(test_judge_measures_known_errors) {
    savings_solution *solution = solve_crra(SAVINGS_B, 2);
    crease_net *net;
    savings_fit_row row;
    ck_assert_int_eq(crease_net_parse("affine+relu:1", 1, 1, &net, NULL), CREASE_OK);
    /* pinv W = (y + B(a))/beta for g = 2; here .01 higher, and the kink is at .5 */
    double scale = 1 / .96;
    net->theta[net->layer[0].weights] = -1;
    net->theta[net->layer[0].biases] = .5;
    net->theta[net->output_weights] = -.18 * scale;
    net->theta[net->output_biases] = scale + .01;
    net->theta[net->affine_weights] = 1.02 * scale;
    ck_assert_int_eq(savings_judge(solution, SAVINGS_PINV_W, net, &row, NULL), CREASE_OK);
    ck_assert_double_eq_tol(row.kink, .5, 1e-15);
    ck_assert_double_eq_tol(row.slope_ratio, 1, 1e-12); /* no kink of the net at 0 */
    /* error .01 right of .5, .01 - .09/.96 left of 0 */
    ck_assert_double_eq_tol(row.max_error, .09 / .96 - .01, 1e-12);
    ck_assert_double_eq_tol(row.near_kink_error, .09 / .96 - .01, 1e-12);
    double left = .09 / .96 - .01, middle = 0; /* Simpson, exact for the square of a line */
    middle = (left * left + 4 * (left - .01) * (left - .01) / 4 + .01 * .01) / 6;
    ck_assert_double_eq_tol(row.rmse, sqrt((.5 * left * left + .5 * middle + .01 * .01) / 2), 1e-5);
    /* W = -1/n errs most where n is least, at a = -.5 */
    double low = scale * .4, wrong = scale * .49 + .01 - scale * .18;
    ck_assert_double_eq_tol(row.raw_max_error, fabs(1 / wrong - 1 / low), 1e-12);
    savings_fit_row_clear(&row);
    /* the exact net, turned about 0 by .1: the error grows away from the kink, so "near" is told apart */
    ck_assert_int_eq(crease_net_parse("affine+relu:1", 1, 1, &net, NULL), CREASE_OK);
    net->theta[net->layer[0].weights] = -1;
    net->theta[net->output_weights] = -.18 * scale;
    net->theta[net->output_biases] = scale;
    net->theta[net->affine_weights] = 1.02 * scale + .1;
    ck_assert_int_eq(savings_judge(solution, SAVINGS_PINV_W, net, &row, NULL), CREASE_OK);
    ck_assert_double_eq_tol(row.max_error, .15, 1e-12);
    ck_assert_double_eq_tol(row.near_kink_error, .01, 1e-4);
    ck_assert_double_eq_tol(row.slope_ratio, (1.2 * scale + .1) / (1.02 * scale + .1), 1e-12);
    ck_assert_double_eq_tol(row.rmse, .1 * sqrt((.125 + 3.375) / 6), 1e-4);
    savings_fit_row_clear(&row);
    savings_solution_free(solution);
}
END_TEST

/* Spend a fixed share: the Euler error by its definition, for both problems. */
START_TEST(test_euler_errors_of_a_wrong_policy) {
    for (int model = SAVINGS_A; model <= SAVINGS_B; model++) {
        savings_solution *solution = solve_crra((savings_model)model, 2);
        const savings_parameters *p = &solution->parameters;
        crease_net *net;
        savings_fit_row row;
        double from, to, sum = 0, largest = -INFINITY, share = .6, floor = .3;
        size_t count = 0;
        ck_assert_int_eq(crease_net_parse("affine+relu:1", 1, 1, &net, NULL), CREASE_OK);
        net->theta[net->affine_weights] = share;
        net->theta[net->output_biases] = floor;
        savings_object_range(solution, SAVINGS_CONSUMPTION, &from, &to);
        for (int i = 0; i <= 10000; i++) {
            double m = from + (to - from) * i / 10000;
            if (model == SAVINGS_A ? m <= solution->m[0] : m >= solution->m[0] && m <= solution->m[1])
                continue;
            double c = share * m + floor, a = m - c, rate = p->R, next;
            if (model == SAVINGS_A)
                next = share * (1.03 * a + 1) + floor;
            else {
                rate = a < 0 ? 1.2 : 1.02;
                next = 1 + rate * a;
            }
            double error = c > 0 && next > 0 ? log10(fabs(pow(.96 * rate, -.5) * next / c - 1)) : 0;
            sum += error;
            largest = fmax(largest, error);
            count++;
        }
        ck_assert_int_eq(savings_judge(solution, SAVINGS_CONSUMPTION, net, &row, NULL), CREASE_OK);
        ck_assert_double_eq_tol(row.euler_mean, sum / (double)count, 1e-9);
        ck_assert_double_eq_tol(row.euler_max, largest, 1e-9);
        ck_assert(isnan(row.kink)); /* the hinge has no weight */
        savings_fit_row_clear(&row);
        savings_solution_free(solution);
    }
}
END_TEST

START_TEST(test_no_penalty_no_critical_point) {
    savings_parameters p = savings_defaults(SAVINGS_B);
    p.penalty = 0;
    savings_solution *solution;
    ck_assert_int_eq(savings_solve(SAVINGS_B, &p, NULL, &solution, NULL), CREASE_OK);
    savings_fit_row row = fit(solution, SAVINGS_PINV_W, "affine+relu:1", false, 1, 3);
    ck_assert_double_le(row.max_error, 1e-12); /* a line */
    ck_assert(isnan(row.kink) && isnan(row.slope_ratio) && isnan(row.near_kink_error));
    savings_fit_row_clear(&row);
    savings_solution_free(solution);
}
END_TEST

START_TEST(test_impossible_fits_are_refused) {
    savings_solution *a = solve_crra(SAVINGS_A, 2), *b = solve_crra(SAVINGS_B, 2);
    struct {
        savings_solution *solution;
        savings_object object;
        const char *net;
        bool hold;
        const char *says;
    } bad[] = {{a, SAVINGS_W, "tanh:2", false, "models B"},
               {b, SAVINGS_W, "tahn:2", false, "tahn"},
               {b, SAVINGS_W, "affine+relu:2", true, "1 kink"},
               {b, SAVINGS_W, "tanh:2", true, "relu units"},
               {b, SAVINGS_CONSUMPTION, "affine+relu:1/relu:1", true, "2 layers"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        savings_fit_options options = {.hold_kink = bad[i].hold};
        savings_fit_row row;
        crease_error error = {0};
        ck_assert_int_eq(savings_fit(bad[i].solution, bad[i].object, bad[i].net, &options, &row, &error),
                         CREASE_BAD_ARGUMENT);
        ck_assert_msg(strstr(error.message, bad[i].says) != NULL, "case %zu: '%s'", i, error.message);
        savings_fit_row_clear(&row);
    }
    savings_solution_free(a);
    savings_solution_free(b);
}
END_TEST

Suite *test_savings_fit(void) {
    Suite *suite = suite_create("savings fit");
    TCase *fits = tcase_create("fits");
    tcase_set_timeout(fits, 300);
    tcase_add_test(fits, test_relu_is_exact_on_pinv_W);
    tcase_add_test(fits, test_relu_is_exact_on_the_policy_of_B);
    tcase_add_test(fits, test_policy_of_A_is_a_relu_net);
    tcase_add_test(fits, test_tanh_beats_relu_on_raw_values);
    tcase_add_test(fits, test_held_hinge_finds_the_kink_of_W);
    tcase_add_test(fits, test_held_hinges_are_exact_where_they_can_be);
    suite_add_tcase(suite, fits);
    TCase *judge = tcase_create("judge");
    tcase_add_test(judge, test_judge_measures_known_errors);
    tcase_add_test(judge, test_euler_errors_of_a_wrong_policy);
    tcase_add_test(judge, test_no_penalty_no_critical_point);
    tcase_add_test(judge, test_impossible_fits_are_refused);
    suite_add_tcase(suite, judge);
    return suite;
}
