/* What networks must reach on the savings problems, what they must not claim, and the open question of the policy of K3. */
#include "support/savings.h"
#include "support/suites.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

START_TEST(test_relu_is_exact_on_pinv_V_of_C) {
    static const double crra[] = {.5, 1, 2, 5};
    for (size_t i = 0; i < sizeof crra / sizeof *crra; i++) {
        savings_parameters p = savings_defaults(SAVINGS_C);
        p.crra = crra[i];
        savings_solution *solution = solve(SAVINGS_C, &p, 0);
        for (uint64_t seed = 1; seed <= 3; seed++) {
            savings_fit_row row = fit(solution, SAVINGS_PINV_V, "affine+relu:1", false, seed, 5);
            crease_kink *kinks;
            size_t count;
            double left, right, scale = fmax(1, savings_object_at(solution, SAVINGS_PINV_V, 5, NULL, NULL));
            ck_assert_msg(row.max_error <= 1e-12 * scale, "g = %g, seed %d: error %g", crra[i], (int)seed,
                          row.max_error);
            ck_assert_double_eq_tol(row.kink, -2.5, 1e-10);
            ck_assert_int_eq(crease_net_kinks(row.net, &kinks, &count, NULL), CREASE_OK);
            ck_assert_uint_eq(count, 1);
            savings_object_at(solution, SAVINGS_PINV_V, solution->m[0], &left, &right);
            ck_assert_double_eq(left, 0);
            ck_assert_double_eq_tol(kinks[0].slope_right / right, 1, 1e-10);
            ck_assert_double_le(fabs(kinks[0].slope_left / kinks[0].slope_right), 1e-10);
            /* the policy it implies is c = (1-phi) y or y + (R-1) a, exact too */
            ck_assert_double_lt(row.euler_max, -12);
            free(kinks);
            savings_fit_row_clear(&row);
        }
        savings_solution_free(solution);
    }
}
END_TEST

/* At most 20 parameters: V within 1e-6, c within 5e-6, from any seed. Smooth units alone stall at the square root. */
START_TEST(test_D_with_the_power_that_theory_gives) {
    savings_solution *solution = solve_default(SAVINGS_D, 0);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        savings_fit_row value = fit(solution, SAVINGS_V, "affine+tanh:4+relu^1.5:1", true, seed, 6);
        savings_fit_row policy = fit(solution, SAVINGS_CONSUMPTION, "affine+tanh:4+relu^.5:1", true, seed, 6);
        savings_fit_row tanh = fit(solution, SAVINGS_CONSUMPTION, "tanh:5", false, seed, 6);
        ck_assert_msg(value.n_params <= 20 && value.max_error <= 1e-6, "seed %d: V %g", (int)seed,
                      value.max_error);
        ck_assert_msg(policy.n_params <= 20 && policy.max_error <= 5e-6, "seed %d: c %g", (int)seed,
                      policy.max_error);
        ck_assert_double_gt(tanh.max_error, 100 * policy.max_error);
        ck_assert_double_lt(policy.euler_mean, -5);
        ck_assert_double_lt(value.euler_mean, -5);
        ck_assert_double_eq(value.theory.hinge_power, 1.5);
        ck_assert_double_eq(policy.theory.hinge_power, .5);
        ck_assert(isnan(value.kink) && isnan(policy.kink) && isnan(policy.slope_ratio));
        ck_assert_uint_eq(policy.n_held, 1);
        savings_fit_row_clear(&value);
        savings_fit_row_clear(&policy);
        savings_fit_row_clear(&tanh);
    }
    savings_solution_free(solution);
}
END_TEST

static void detect(const savings_solution *solution, savings_object object, double expected,
                   double tolerance) {
    crease_detected_kink *kinks;
    size_t count;
    crease_kinks_summary summary;
    crease_error error = {0};
    crease_status status = savings_detect_kinks(solution, object, 0, &kinks, &count, &summary, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    if (isnan(expected))
        ck_assert_msg(count == 0, "%s of %s: a kink is seen at %g", savings_object_name(object),
                      savings_model_name(solution->model), count ? kinks[0].x : 0);
    else
        ck_assert_msg(count == 1 && fabs(kinks[0].x - expected) <= tolerance, "%s of %s: %zu kinks, at %.9g",
                      savings_object_name(object), savings_model_name(solution->model), count,
                      count ? kinks[0].x : NAN);
    free(kinks);
}

/* From 200 values, without theory: kinks where they are, and none in V(m) of A and D1, V(a) and c(a) of D. */
START_TEST(test_kinks_that_show_in_values_alone) {
    savings_solution *a = solve_default(SAVINGS_A, 0), *b = solve_default(SAVINGS_B, 0);
    savings_solution *c = solve_default(SAVINGS_C, 0), *d = solve_default(SAVINGS_D, 0);
    savings_solution *d1 = solve_default(SAVINGS_D1, 0);
    detect(b, SAVINGS_W, 0, 1e-5);
    detect(b, SAVINGS_PINV_W, 0, 1e-10);
    detect(c, SAVINGS_V, -2.5, 1e-5);
    detect(c, SAVINGS_PINV_V, -2.5, 1e-10);
    detect(a, SAVINGS_V, NAN, 0);
    detect(b, SAVINGS_V, NAN, 0);
    detect(d, SAVINGS_V, NAN, 0);
    detect(d, SAVINGS_CONSUMPTION, NAN, 0);
    detect(d1, SAVINGS_V, NAN, 0);
    savings_solution_free(a);
    savings_solution_free(b);
    savings_solution_free(c);
    savings_solution_free(d);
    savings_solution_free(d1);
}
END_TEST

/* Whatever corners a network has, no kink is claimed where theory has none. */
START_TEST(test_no_kink_is_claimed_in_smooth_values) {
    static const struct {
        savings_model model;
        savings_object object;
        bool kinks;
    } cases[] = {{SAVINGS_A, SAVINGS_V, false},  {SAVINGS_A, SAVINGS_PINV_V, false},
                 {SAVINGS_B, SAVINGS_V, false},  {SAVINGS_D, SAVINGS_V, false},
                 {SAVINGS_D1, SAVINGS_V, false}, {SAVINGS_D1, SAVINGS_CONSUMPTION, true},
                 {SAVINGS_C, SAVINGS_V, true},   {SAVINGS_A, SAVINGS_DV, true},
                 {SAVINGS_B, SAVINGS_W, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        savings_solution *solution = solve_default(cases[i].model, 0);
        savings_fit_row row = fit(solution, cases[i].object, "affine+relu:3", false, 1, 2);
        ck_assert_msg(isnan(row.kink) == !cases[i].kinks && row.theory.has_kinks == cases[i].kinks,
                      "case %zu: kink %g", i, row.kink);
        ck_assert_int_eq(row.theory.hinge_power == 1, cases[i].kinks);
        ck_assert_ptr_nonnull(row.theory.reason);
        savings_fit_row_clear(&row);
        savings_solution_free(solution);
    }
}
END_TEST

/* ---- the policy of K3 ---- */

enum { LEVELS = 7 };

/* Equiprobable mean-one lognormal levels of sigma .1: 7 [Phi(z_{i+1} - s) - Phi(z_i - s)]. */
static void lognormal(double *level) {
    double before = 0;
    for (int i = 1; i <= LEVELS; i++) {
        double here = i == LEVELS ? 1 : gsl_cdf_ugaussian_P(gsl_cdf_ugaussian_Pinv(i / (double)LEVELS) - .1);
        level[i - 1] = LEVELS * (here - before);
        before = here;
    }
}

static double spend(const crease_net *net, crease_work *work, double m) {
    double c;
    crease_net_evaluate(net, NULL, work, 1, &m, &c);
    return c;
}

/* |c_e/c - 1| by the equation as the specification writes it. */
static double euler_error(const crease_net *net, crease_work *work, const double *level, double m) {
    double c = spend(net, work, m), a = m - c, rate = a < 0 ? 1.2 : 1.02, sum = 0;
    for (int i = 0; i < LEVELS; i++)
        for (int j = -1; j < LEVELS; j++) {
            double growth = 1.01 * level[i], income = j < 0 ? .3 : level[j] * (1 - .05 * .3) / .95;
            double next = spend(net, work, rate * a / growth + income);
            sum += (j < 0 ? .05 : .95 / LEVELS) / LEVELS / pow(growth * next, 2);
        }
    return fabs(1 / sqrt(.96 * .98 * rate * sum) / c - 1);
}

/* The best known before was a mean log10 of -3.5 with 49 parameters; at most 40 must reach -4. 35 do, from every seed, also by
 * the stricter logarithm of the mean, and none of the errors is large: judged by this file's own shocks and equation, at states
 * parted by the kinks of the table. */
START_TEST(test_policy_of_K3_with_at_most_40_parameters) {
    if (test_is_left_to_plain())
        return;
    static const double kink[] = {0.43066692, 0.83003223, 0.90029636};
    double level[LEVELS];
    savings_solution *solution = solve_default(SAVINGS_K3, 0);
    lognormal(level);
    for (uint64_t seed = 1; seed <= 2; seed++) {
        savings_fit_row row = fit(solution, SAVINGS_CONSUMPTION, "affine+tanh:8+relu:3", true, seed, 6);
        crease_work *work;
        double logs = 0, sum = 0, largest = 0;
        size_t count = 0;
        ck_assert_int_eq(crease_work_new(row.net, &work, NULL), CREASE_OK);
        for (double m = -.145; m <= 10; m += .01) {
            if (m <= kink[0] || (m >= kink[1] && m <= kink[2]))
                continue;
            double error = euler_error(row.net, work, level, m);
            logs += log10(error);
            sum += error;
            largest = fmax(largest, error);
            count++;
        }
        crease_work_free(work);
        ck_assert_uint_eq(row.n_params, 35);
        ck_assert_double_le(log10(largest), -2.8);
        ck_assert_uint_eq(row.n_held, 3);
        ck_assert_msg(logs / (double)count <= -4.5 && log10(sum / (double)count) <= -4.2, "seed %d: %g, %g",
                      (int)seed, logs / (double)count, log10(sum / (double)count));
        ck_assert_double_eq_tol(row.euler_mean, logs / (double)count, .1);
        ck_assert_double_eq_tol(row.euler_mean_error, log10(sum / (double)count), .1);
        ck_assert_double_le(row.max_error, 1e-3);
        savings_fit_row_clear(&row);
    }
    /* 23 parameters reach -4 */
    savings_fit_row small = fit(solution, SAVINGS_CONSUMPTION, "affine+tanh:4+relu:3", true, 1, 10);
    ck_assert_uint_eq(small.n_params, 23);
    ck_assert_double_le(small.euler_mean, -4);
    savings_fit_row_clear(&small);
    savings_solution_free(solution);
}
END_TEST

Suite *test_savings_targets(void) {
    Suite *suite = suite_create("savings targets");
    TCase *targets = tcase_create("targets");
    tcase_set_timeout(targets, 300);
    tcase_add_test(targets, test_relu_is_exact_on_pinv_V_of_C);
    tcase_add_test(targets, test_D_with_the_power_that_theory_gives);
    tcase_add_test(targets, test_kinks_that_show_in_values_alone);
    tcase_add_test(targets, test_no_kink_is_claimed_in_smooth_values);
    tcase_add_test(targets, test_policy_of_K3_with_at_most_40_parameters);
    suite_add_tcase(suite, targets);
    return suite;
}
