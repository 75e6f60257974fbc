/* Linear laws against Riccati's equation, Kleinman's iteration and a grid of gains; the starts of trainings against the laws that
 * they imitate. */
#include "arm/train/train.h"
#include "crease/crease.h"
#include "support/suites.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static arm_train_setting setting_of(const char *model) {
    arm_plant plant;
    ck_assert(arm_plant_find(model, &plant, NULL) == CREASE_OK);
    return arm_train_default(&plant);
}

static void must(crease_status status, const crease_error *error) {
    ck_assert_msg(status == CREASE_OK, "%s", error->message);
}

static double cost_of(const arm_train_setting *setting, const crease_net *net) {
    double cost;
    crease_error error;
    must(arm_train_cost(setting, net, &cost, &error), &error);
    return cost;
}

/* ---- linear laws ---- */

/* x' = A x + B v with v = -(k1 x + k2 w): the Lyapunov equation of the closed loop for cost x^2 + r v^2, three equations by
 * Cramer's rule, then the better gain: Kleinman 1968. */
static void kleinman(const arm_plant *plant, double a, double r, double k[2]) {
    for (int i = 0; i < 60; i++) {
        double J = plant->inertia, c = (a + k[0]) / J, d = (plant->friction + k[1]) / J;
        double q11 = 1 + r * k[0] * k[0], q12 = r * k[0] * k[1], q22 = r * k[1] * k[1];
        /* 2 c p12 = q11; p11 - d p12 - c p22 = -q12; 2 p12 - 2 d p22 = -q22 */
        double p12 = q11 / (2 * c), p22 = (2 * p12 + q22) / (2 * d);
        (void)q12;
        k[0] = p12 / (r * J);
        k[1] = p22 / (r * J);
    }
}

START_TEST(lqr_solves_riccatis_equation) {
    for (uint64_t seed = 1; seed <= test_rounds(300, 20000); seed++) {
        gsl_rng *generator = crease_random_new(seed, 7);
        arm_train_setting s = setting_of("A");
        s.plant.inertia = exp(gsl_ran_flat(generator, -3, 3));
        s.plant.friction = seed % 7 ? exp(gsl_ran_flat(generator, -3, 3)) : 0;
        s.plant.gravity = exp(gsl_ran_flat(generator, -3, 4));
        s.target = gsl_ran_flat(generator, -M_PI, M_PI);
        s.torque_weight = exp(gsl_ran_flat(generator, -12, 3));
        const arm_lqr lqr = arm_train_lqr(&s);
        double J = s.plant.inertia, b = s.plant.friction, a = s.plant.gravity * cos(s.target),
               r = s.torque_weight;
        const double *P = lqr.riccati;
        /* A'P + P A - P B B'P / r + Q, against the largest of its parts */
        double one = fabs(2 * a / J * P[1]) + P[1] * P[1] / (r * J * J) + 1;
        double residual[3] = {(-2 * a / J * P[1] - P[1] * P[1] / (r * J * J) + 1) / one,
                              (P[0] - b / J * P[1] - a / J * P[2] - P[1] * P[2] / (r * J * J)) /
                                  (fabs(P[0]) + fabs(a / J * P[2])),
                              (2 * P[1] - 2 * b / J * P[2] - P[2] * P[2] / (r * J * J)) / (2 * P[1])};
        for (size_t i = 0; i < 3; i++)
            ck_assert_msg(fabs(residual[i]) < 1e-12, "seed %lu: residual %zu is %g", (unsigned long)seed, i,
                          residual[i]);
        ck_assert(P[0] > 0 && P[0] * P[2] > P[1] * P[1]);
        double k[2] = {fabs(a) + 1 + 1 / sqrt(r), 1 + sqrt(J / sqrt(r))};
        kleinman(&s.plant, a, r, k);
        ck_assert_msg(fabs(k[0] - lqr.gain) <= 1e-10 * k[0] && fabs(k[1] - lqr.rate_gain) <= 1e-10 * k[1],
                      "seed %lu: %.15g %.15g, Kleinman %.15g %.15g", (unsigned long)seed, lqr.gain,
                      lqr.rate_gain, k[0], k[1]);
        gsl_rng_free(generator);
    }
}
END_TEST

START_TEST(linear_net_is_the_law) {
    arm_train_setting s = setting_of("A2");
    s.target = 1;
    crease_net *net;
    crease_error e;
    crease_work *work;
    double y, K, Kd;
    must(arm_train_linear_net(&s, 31, 4.5, &net, &e), &e);
    must(crease_work_new(net, &work, &e), &e);
    crease_net_evaluate(net, NULL, work, 1, (const double[]){.3, -2}, &y);
    ck_assert_double_eq_tol(y, 31 * .3 + 4.5 * 2 + 4.905 * sin(1), 1e-12);
    arm_train_gains(net, &K, &Kd);
    ck_assert_double_eq_tol(K, 31, 1e-12);
    ck_assert_double_eq_tol(Kd, 4.5, 1e-12);
    crease_work_free(work);
    crease_net_free(net);
}
END_TEST

/* No pair of gains on a grid does better. */
START_TEST(no_gains_beat_the_tuned_ones) {
    static const char *const models[] = {"A", "A2"};
    for (size_t m = 0; m < 2; m++) {
        arm_train_setting s = setting_of(models[m]);
        crease_net *tuned, *other;
        arm_train_result result;
        crease_error e;
        double K, Kd;
        size_t points = test_cases(12, 60);
        must(arm_train_tuned_pd(&s, &(crease_fit_options){.seed = 1, .iterations = 60}, &tuned, &result, &e),
             &e);
        arm_train_gains(tuned, &K, &Kd);
        ck_assert(result.cost == cost_of(&s, tuned));
        ck_assert_double_lt(result.cost, result.cost_start);
        const arm_lqr lqr = arm_train_lqr(&s);
        must(arm_train_linear_net(&s, lqr.gain, lqr.rate_gain, &other, &e), &e);
        ck_assert(result.cost_start == cost_of(&s, other));
        crease_net_free(other);
        for (size_t i = 0; i <= points; i++)
            for (size_t j = 0; j <= points; j++) {
                double a = 5 * pow(60, (double)i / (double)points), d = pow(60, (double)j / (double)points);
                must(arm_train_linear_net(&s, a, d, &other, &e), &e);
                double cost = cost_of(&s, other);
                ck_assert_msg(cost >= result.cost, "model %s: K %g Kd %g costs %.9g, tuned K %g Kd %g %.9g",
                              models[m], a, d, cost, K, Kd, result.cost);
                crease_net_free(other);
            }
        crease_net_free(tuned);
    }
}
END_TEST

/* ---- starts ---- */

static double law_at(const crease_net *net, double e, double w) {
    crease_work *work;
    double y;
    must(crease_work_new(net, &work, &(crease_error){0}), &(crease_error){0});
    crease_net_evaluate(net, NULL, work, 1, (const double[]){e, w}, &y);
    crease_work_free(work);
    return y;
}

START_TEST(designed_pairs_are_the_linear_law) {
    static const arm_pair exact[] = {ARM_RELU, ARM_LEAKY, ARM_SOFTPLUS, ARM_SILU, ARM_GELU, ARM_SATRELU},
                          bent[] = {ARM_TANH, ARM_SIGMOID, ARM_ELU};
    static const size_t units[] = {2, 3, 4, 6, 7};
    arm_train_setting s = setting_of("A2");
    for (size_t k = 0; k < 5; k++) {
        crease_net *net;
        crease_error e;
        for (size_t i = 0; i < sizeof exact / sizeof *exact; i++) {
            must(arm_train_net_new(&s, exact[i], units[k], &net, &e), &e);
            arm_train_design(&s, 33, 6, exact[i], net);
            for (double x = -2; x <= 2; x += .37)
                for (double w = -9; w <= 9; w += 1.3)
                    ck_assert_msg(fabs(law_at(net, x, w) - (33 * x - 6 * w + 4.905)) < 1e-11,
                                  "%s:%zu at %g %g", arm_pair_name(exact[i]), units[k], x, w);
            crease_net_free(net);
        }
        for (size_t i = 0; i < sizeof bent / sizeof *bent; i++) {
            must(arm_train_net_new(&s, bent[i], units[k], &net, &e), &e);
            arm_train_design(&s, 33, 6, bent[i], net);
            double h = bent[i] == ARM_ELU ? 1e-7 : 1e-5;
            double K = (law_at(net, h, 0) - law_at(net, -h, 0)) / (2 * h);
            double Kd = -(law_at(net, 0, h) - law_at(net, 0, -h)) / (2 * h);
            ck_assert_msg(fabs(K - 33) < 1e-5 && fabs(Kd - 6) < 1e-5, "%s:%zu has the slopes %g and %g",
                          arm_pair_name(bent[i]), units[k], K, Kd);
            ck_assert_double_eq_tol(law_at(net, 0, 0), 4.905, 1e-12);
            crease_net_free(net);
        }
    }
}
END_TEST

/* The held linear law has two corners, so four relu units are it exactly; tanh is near it. */
START_TEST(imitation_of_the_held_law) {
    arm_train_setting s = setting_of("A2");
    crease_net *teacher, *net;
    crease_error e;
    double rmse;
    must(arm_train_linear_net(&s, 33, 6, &teacher, &e), &e);
    must(arm_train_net_new(&s, ARM_RELU, 4, &net, &e), &e);
    must(arm_train_imitate(&s, teacher, net, &(crease_fit_options){.starts = 6, .seed = 1}, &rmse, &e), &e);
    ck_assert_msg(rmse < 1e-9, "rmse %g", rmse);
    ck_assert_double_eq_tol(cost_of(&s, net), cost_of(&s, teacher), 1e-9);
    crease_net_free(net);
    must(arm_train_net_new(&s, ARM_TANH, 4, &net, &e), &e);
    must(arm_train_imitate(&s, teacher, net, &(crease_fit_options){.starts = 2, .seed = 1, .iterations = 60},
                           &rmse, &e),
         &e);
    ck_assert_msg(rmse < .3, "rmse %g", rmse);
    ck_assert_double_eq_tol(cost_of(&s, net), cost_of(&s, teacher), .01 * cost_of(&s, teacher));
    ck_assert_str_eq(net->input_name[0], "e_rad");
    crease_net_free(net);
    crease_net_free(teacher);
}
END_TEST

Suite *test_arm_train(void) {
    Suite *suite = suite_create("arm: laws to train from");
    TCase *tests = tcase_create("laws");
    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, lqr_solves_riccatis_equation);
    tcase_add_test(tests, linear_net_is_the_law);
    tcase_add_test(tests, no_gains_beat_the_tuned_ones);
    tcase_add_test(tests, designed_pairs_are_the_linear_law);
    tcase_add_test(tests, imitation_of_the_held_law);
    suite_add_tcase(suite, tests);
    return suite;
}
