/* The policies that fitted values imply, their Euler errors, shapes, and fits under odd calibrations: against closed forms and
 * against the same numbers computed another way. */
#include "savings/euler_fit.h"
#include "support/savings.h"
#include "support/suites.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static savings_fit_row fit_with(const savings_solution *solution, savings_object object, const char *net,
                                savings_fit_options options) {
    savings_fit_row row;
    crease_error error = {0};
    options.fit.starts = options.fit.starts ? options.fit.starts : 4;
    crease_status status = savings_fit(solution, object, net, &options, &row, &error);
    ck_assert_msg(status == CREASE_OK, "%s of %s: %s", net, savings_object_name(object), error.message);
    return row;
}

static savings_implied *imply(const savings_solution *solution, savings_object object,
                              const crease_net *net) {
    savings_implied *implied;
    ck_assert_int_eq(savings_implied_new(solution, object, net, &implied, NULL), CREASE_OK);
    return implied;
}

/* slope x + offset + jump relu(x - kink) */
static crease_net *bent_line(double slope, double offset, double jump, double kink) {
    crease_net *net;
    ck_assert_int_eq(crease_net_parse("affine+relu:1", 1, 1, &net, NULL), CREASE_OK);
    net->theta[net->layer[0].weights] = 1;
    net->theta[net->layer[0].biases] = -kink;
    net->theta[net->output_weights] = jump;
    net->theta[net->output_biases] = offset;
    net->theta[net->affine_weights] = slope;
    return net;
}

/* The exact n(W) of B as a network, written down: its policy is that of the closed form, the stretch at the limit and all. */
START_TEST(test_policy_from_the_exact_end_value) {
    static const double crra[] = {.5, 1, 2, 5};
    for (size_t i = 0; i < sizeof crra / sizeof *crra; i++) {
        savings_parameters p = savings_defaults(SAVINGS_B);
        p.crra = crra[i];
        savings_solution *solution = solve(SAVINGS_B, &p, 0);
        double scale = crra[i] == 1 ? 1 : pow(p.beta, 1 / (1 - crra[i])), from, to;
        crease_net *net = bent_line(1.2 * scale, scale, -.18 * scale, 0);
        savings_implied *implied = imply(solution, SAVINGS_PINV_W, net);
        ck_assert_ptr_null(savings_implied_reason(implied));
        savings_implied_range(implied, &from, &to);
        ck_assert(from < .5 && to > 2);
        for (int k = 0; k <= 1000; k++) {
            double m = from + (to - from) * k / 1000, c = savings_implied_consumption(m, implied);
            ck_assert_msg(fabs(c - savings_consumption(solution, m)) <= 1e-12 * (1 + m),
                          "g = %g, m = %g: c = %.15g", crra[i], m, c);
        }
        ck_assert_double_eq_tol(savings_implied_slope(implied, .3), p.beta * 1.02 * pow(1.306, -crra[i]),
                                1e-13);
        savings_implied_free(implied);
        crease_net_free(net);
        savings_solution_free(solution);
    }
}
END_TEST

/* V = V_exact, pinv V and dV by one formula each. */
START_TEST(test_policy_from_the_slope_of_a_value) {
    static const double crra[] = {.5, 1, 2};
    for (size_t i = 0; i < sizeof crra / sizeof *crra; i++) {
        savings_parameters pc = savings_defaults(SAVINGS_C), pa = savings_defaults(SAVINGS_A);
        pc.crra = pa.crra = crra[i];
        savings_solution *c = solve(SAVINGS_C, &pc, 0), *a = solve(SAVINGS_A, &pa, 0);
        /* n(V) of C is c (1-beta)^(-1/(1-g)); for log utility c */
        double scale = crra[i] == 1 ? 1 : pow(1 - 1 / 1.04, -1 / (1 - crra[i]));
        crease_net *net = bent_line(0, .9 * scale, .04 * scale, -2.5);
        savings_implied *implied = imply(c, SAVINGS_PINV_V, net);
        for (double x = -2.4; x < 5; x += .1) {
            ck_assert_double_eq_tol(savings_implied_consumption(x, implied), 1 + .04 * x, 1e-12);
            ck_assert_double_eq_tol(savings_implied_slope(implied, x) * pow(1 + .04 * x, crra[i]), 1.04,
                                    1e-11);
            ck_assert_double_le(savings_policy_error(c, x, savings_implied_consumption, implied), 1e-11);
        }
        ck_assert(isnan(savings_implied_consumption(-3, implied))); /* V' = 0 */
        ck_assert(isnan(savings_policy_error(c, -3, savings_implied_consumption, implied)));
        savings_implied_free(implied);
        crease_net_free(net);
        /* a line of slope s as V: c = s^(-1/g); as V': c = (s m + b)^(-1/g) */
        net = bent_line(2, 1, 0, 0);
        implied = imply(a, SAVINGS_V, net);
        ck_assert_double_eq_tol(savings_implied_consumption(1.3, implied), pow(2, -1 / crra[i]), 1e-15);
        savings_implied_free(implied);
        implied = imply(a, SAVINGS_DV, net);
        ck_assert_double_eq_tol(savings_implied_consumption(1.3, implied), pow(3.6, -1 / crra[i]), 1e-15);
        ck_assert_double_eq_tol(savings_implied_slope(implied, 1.3), 3.6, 1e-15);
        savings_implied_free(implied);
        implied = imply(a, SAVINGS_CONSUMPTION, net);
        ck_assert_double_eq_tol(savings_implied_consumption(1.3, implied), 3.6, 1e-15);
        ck_assert_double_eq_tol(savings_implied_slope(implied, 1.3), pow(3.6, -crra[i]), 1e-15);
        savings_implied_free(implied);
        crease_net_free(net);
        savings_solution_free(a);
        savings_solution_free(c);
    }
}
END_TEST

START_TEST(test_no_policy_without_concavity) {
    savings_solution *solution = solve_default(SAVINGS_B, 0);
    savings_fit_row row;
    crease_net *convex = bent_line(1, 0, 3, .2), *falling = bent_line(-1, 0, 0, .2);
    ck_assert_int_eq(savings_judge(solution, SAVINGS_W, convex, &row, NULL), CREASE_OK);
    ck_assert_ptr_nonnull(row.euler_reason);
    ck_assert(isnan(row.euler_mean) && isnan(row.euler_max) && isfinite(row.dV_max_error));
    ck_assert_double_eq_tol(row.curvature_violation, 3, 1e-9);
    ck_assert_double_eq(row.slope_violation, 0);
    savings_fit_row_clear(&row);
    ck_assert_int_eq(savings_judge(solution, SAVINGS_W, falling, &row, NULL), CREASE_OK);
    ck_assert_ptr_nonnull(row.euler_reason);
    ck_assert_double_eq_tol(row.slope_violation, 1, 1e-9);
    ck_assert_double_eq_tol(row.curvature_violation, 0, 1e-9);
    savings_fit_row_clear(&row);
    savings_solution_free(solution);
}
END_TEST

static double exact_policy(double x, void *context) {
    return savings_consumption(context, x);
}

/* Saves a fixed rate of assets: c = y + r a + share a. */
static double steady_policy(double a, void *context) {
    return 1 + .03 * a + *(double *)context * a;
}

START_TEST(test_error_of_the_policy_equation_of_D) {
    savings_solution *solution = solve_default(SAVINGS_D, 0);
    double share = .02;
    for (double a = .01; a < 5; a *= 1.3) {
        ck_assert_double_le(savings_policy_error(solution, a, exact_policy, solution), 1e-8);
        /* c' (c - y - r a)/c = (.03 + share) share a/c */
        double c = steady_policy(a, &share), expected = fabs(.05 * .02 * a / c - .01);
        ck_assert_double_eq_tol(savings_policy_error(solution, a, steady_policy, &share), expected, 1e-10);
    }
    ck_assert(isnan(savings_policy_error(solution, 0, exact_policy, solution)));
    savings_solution_free(solution);
}
END_TEST

/* dV_max_error of a fit, from differences of its values. */
START_TEST(test_error_of_the_slope) {
    savings_solution *solution = solve_default(SAVINGS_A, 0);
    savings_fit_row row = fit_with(solution, SAVINGS_V, "tanh:4", (savings_fit_options){.fit.seed = 1});
    crease_work *work;
    double largest = 0;
    ck_assert_int_eq(crease_work_new(row.net, &work, NULL), CREASE_OK);
    for (int i = 0; i <= 2000; i++) {
        double x = .2 + 3.8 * i / 2000, xs[2] = {x - 1e-6, x + 1e-6}, y[2];
        crease_net_evaluate(row.net, NULL, work, 2, xs, y);
        double exact = pow(savings_consumption(solution, x), -2);
        largest = fmax(largest, fabs((y[1] - y[0]) / 2e-6 - exact));
    }
    crease_work_free(work);
    ck_assert_msg(fabs(row.dV_max_error / largest - 1) < 1e-3, "%g, not %g", row.dV_max_error, largest);
    savings_fit_row_clear(&row);
    savings_solution_free(solution);
}
END_TEST

/* Concave increasing polylines: nothing is violated, and no unconstrained fit is worse. */
START_TEST(test_shape_is_kept) {
    static const struct {
        savings_model model;
        savings_object object;
        bool hold;
    } cases[] = {{SAVINGS_A, SAVINGS_CONSUMPTION, false}, {SAVINGS_A, SAVINGS_V, false},
                 {SAVINGS_B, SAVINGS_W, false},           {SAVINGS_B, SAVINGS_W, true},
                 {SAVINGS_D, SAVINGS_CONSUMPTION, false}, {SAVINGS_D1, SAVINGS_CONSUMPTION, false},
                 {SAVINGS_K3, SAVINGS_CONSUMPTION, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        savings_solution *solution = solve_default(cases[i].model, 0);
        const char *spec = cases[i].hold ? "affine+relu:1" : "affine+relu:4";
        savings_fit_row shaped = fit_with(solution, cases[i].object, spec,
                                          (savings_fit_options){.shape = true, .hold_kink = cases[i].hold});
        ck_assert(shaped.shaped && shaped.fitted);
        ck_assert_msg(shaped.slope_violation <= 1e-9 && !(shaped.curvature_violation > 1e-9),
                      "case %zu: violations %g and %g", i, shaped.slope_violation,
                      shaped.curvature_violation);
        ck_assert_int_eq(isnan(shaped.curvature_violation), cases[i].model == SAVINGS_K3);
        if (cases[i].hold)
            ck_assert_double_eq_tol(shaped.corner, 0, 1e-12);
        if (cases[i].object == SAVINGS_W) /* concave, so there is a policy */
            ck_assert_ptr_null(shaped.euler_reason);
        savings_fit_row_clear(&shaped);
        savings_solution_free(solution);
    }
}
END_TEST

static double mean_square_euler(const savings_solution *solution, const crease_net *net) {
    savings_implied *implied = imply(solution, SAVINGS_CONSUMPTION, net);
    double sum = 0;
    for (double u = 0; u <= 1; u += 1. / 512) {
        double m = -.15 + 10.15 * pow(u, 1.5);
        double error = savings_policy_error(solution, m, savings_implied_consumption, implied);
        sum += isnan(error) ? 0 : error * error;
    }
    savings_implied_free(implied);
    return sum;
}

/* The policy of A as a network, shaken: Newton's steps on the Euler errors lead back to it. */
START_TEST(test_least_euler_errors_give_the_policy) {
    savings_solution *solution = solve_default(SAVINGS_A, 0);
    crease_net *net;
    savings_fit_row row;
    crease_error error = {0};
    double x[300];
    ck_assert_int_eq(savings_policy_net(solution, .2, 1.2, &net, NULL), CREASE_OK);
    size_t hinges = net->layer[0].width;
    for (size_t j = net->linear_from; j < net->parameter_count; j++)
        net->theta[j] *= 1 + 1e-3 * sin((double)j);
    for (size_t i = 0; i < 300; i++)
        x[i] = .2 + (double)i / 299;
    crease_status status = savings_minimise_euler(solution, net, 300, x, solution->m, hinges, .1,
                                                  &(crease_fit_options){0}, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    for (size_t j = 0; j < hinges; j++) {
        double before = j == 0 ? 1 : solution->slope[j - 1];
        ck_assert_double_eq_tol(net->theta[net->output_weights + j], solution->slope[j] - before, 1e-8);
    }
    crease_net_free(net);
    savings_solution_free(solution);
    /* K3: the mean square of the errors falls, and c stays where it was */
    solution = solve_default(SAVINGS_K3, 0);
    savings_fit_options options = {.hold_kink = true, .points = 200, .fit = {.starts = 4}};
    row = fit_with(solution, SAVINGS_CONSUMPTION, "affine+tanh:5+relu:3", options);
    options.goal = SAVINGS_LEAST_EULER;
    savings_fit_row euler = fit_with(solution, SAVINGS_CONSUMPTION, "affine+tanh:5+relu:3", options);
    ck_assert_double_lt(mean_square_euler(solution, euler.net), mean_square_euler(solution, row.net));
    ck_assert_double_lt(euler.max_error, 2 * row.max_error);
    ck_assert_int_eq(euler.goal, SAVINGS_LEAST_EULER);
    ck_assert_double_eq_tol(euler.kink, solution->m[0], 1e-12);
    savings_fit_row_clear(&row);
    savings_fit_row_clear(&euler);
    savings_solution_free(solution);
}
END_TEST

START_TEST(test_hinges_are_held_at_every_kink) {
    savings_solution *solution = solve_default(SAVINGS_K3, 0);
    savings_fit_row row = fit_with(solution, SAVINGS_CONSUMPTION, "affine+tanh:2+relu:3+relu^2:3",
                                   (savings_fit_options){.hold_kink = true, .fit.starts = 2});
    double parameter;
    size_t hinge = 0;
    ck_assert_uint_eq(row.n_held, 6);
    ck_assert_uint_eq(row.n_free, row.n_params - 12);
    for (size_t u = 0; u < row.net->layer[0].width; u++) {
        if (crease_net_unit(row.net, 0, u, &parameter)->activation == CREASE_TANH)
            continue;
        double weight = row.net->theta[row.net->layer[0].weights + u],
               bias = row.net->theta[row.net->layer[0].biases + u];
        double x = row.net->input_shift[0] - row.net->input_scale[0] * bias / weight;
        ck_assert_double_eq_tol(x, solution->m[hinge++ % 3], 1e-12);
    }
    savings_fit_row_clear(&row);
    savings_solution_free(solution);
}
END_TEST

/* Equal rates, log utility, the natural limit, no risk, several rates: fits go through, with the numbers that there are. */
START_TEST(test_odd_calibrations) {
    savings_parameters list[13];
    savings_model model[13] = {SAVINGS_A,  SAVINGS_A,  SAVINGS_B,  SAVINGS_B,  SAVINGS_C,
                               SAVINGS_D,  SAVINGS_D,  SAVINGS_K3, SAVINGS_K3, SAVINGS_K3,
                               SAVINGS_D1, SAVINGS_D1, SAVINGS_D1};
    for (size_t i = 0; i < 13; i++)
        list[i] = savings_defaults(model[i]);
    list[0].crra = 1;
    list[1].limit = -3;
    list[2].penalty = 0;
    list[3].crra = 1;
    list[4].crra = 1;
    list[5].crra = 1;
    list[6].interest = 0;
    list[7].penalty = 0;
    list[8].crra = 1;
    list[9].limit = -INFINITY;
    list[10].limit = -INFINITY;
    list[11].crra = 5;
    list[12].rate_count = 3;
    list[12].rate[0] = 1.1, list[12].rate[1] = 1.05, list[12].rate[2] = 1.02;
    list[12].rate_kink[0] = .5, list[12].rate_kink[1] = 1.5;
    for (size_t i = 0; i < 13; i++) {
        if (test_leaves_out(i))
            continue;
        savings_solution *solution;
        crease_error error = {0};
        crease_status status =
            savings_solve(model[i], &list[i], &(savings_solve_options){.grid.nodes = 200}, &solution, &error);
        ck_assert_msg(status == CREASE_OK, "case %zu: %s", i, error.message);
        for (savings_object object = 0; object < SAVINGS_OBJECT_COUNT; object++) {
            if (!savings_object_exists(model[i], object) ||
                (model[i] >= SAVINGS_K3 && (i + object) % 3 > 0) || test_leaves_out(object))
                continue; /* the dear ones by turns */
            savings_fit_row row = fit_with(solution, object, "affine+tanh:3+relu:1",
                                           (savings_fit_options){.points = 80, .fit.starts = 2});
            ck_assert_msg(isfinite(row.rmse) && isfinite(row.max_error), "case %zu, %s", i,
                          savings_object_name(object));
            ck_assert_msg(isfinite(row.euler_mean) == (row.euler_reason == NULL), "case %zu, %s", i,
                          savings_object_name(object));
            ck_assert_msg(!(row.euler_mean > row.euler_mean_error + 1e-9) &&
                              !(row.euler_mean_error > row.euler_max + 1e-9),
                          "case %zu, %s: %g %g %g", i, savings_object_name(object), row.euler_mean,
                          row.euler_mean_error, row.euler_max);
            savings_fit_row_clear(&row);
            double at[1];
            if (savings_hold_points(solution, object, at, 1) == 0 || object == SAVINGS_V ||
                object == SAVINGS_PINV_V)
                continue;
            row = fit_with(solution, object, "affine+tanh:2+relu:1",
                           (savings_fit_options){.points = 80, .hold_kink = true, .fit.starts = 2});
            ck_assert_double_eq_tol(isnan(row.corner) ? at[0] : row.corner, at[0], 1e-9);
            savings_fit_row_clear(&row);
        }
        savings_solution_free(solution);
    }
}
END_TEST

Suite *test_savings_policies(void) {
    Suite *suite = suite_create("savings policies");
    TCase *implied = tcase_create("implied");
    tcase_set_timeout(implied, 300);
    tcase_add_test(implied, test_policy_from_the_exact_end_value);
    tcase_add_test(implied, test_policy_from_the_slope_of_a_value);
    tcase_add_test(implied, test_no_policy_without_concavity);
    tcase_add_test(implied, test_error_of_the_policy_equation_of_D);
    tcase_add_test(implied, test_error_of_the_slope);
    suite_add_tcase(suite, implied);
    TCase *fits = tcase_create("fits");
    tcase_set_timeout(fits, 300);
    tcase_add_test(fits, test_shape_is_kept);
    tcase_add_test(fits, test_hinges_are_held_at_every_kink);
    suite_add_tcase(suite, fits);
    TCase *calibrations = tcase_create("calibrations");
    tcase_set_timeout(calibrations, 300);
    tcase_add_test(calibrations, test_odd_calibrations);
    suite_add_tcase(suite, calibrations);
    TCase *euler = tcase_create("euler");
    tcase_set_timeout(euler, 300);
    tcase_add_test(euler, test_least_euler_errors_give_the_policy);
    suite_add_tcase(suite, euler);
    return suite;
}
