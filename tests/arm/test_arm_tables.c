/* Reference tables of step responses, closed forms and equilibria, computed elsewhere with an 8th-order
 * method at a relative tolerance of 1e-12. */
#include "arm/arm.h"
#include "support/arm_tables.h"
#include "support/suites.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The pair "leaky01" is leaky with slope .01. */
static arm_controller controller_of(const arm_table_row *r) {
    arm_law law;
    arm_pair pair;
    const char *name = strcmp(r->word[1], "leaky01") == 0 ? "leaky" : r->word[1];
    ck_assert_int_eq(arm_law_parse(r->word[0], &law, NULL), CREASE_OK);
    ck_assert_int_eq(arm_pair_parse(name, &pair, NULL), CREASE_OK);
    return arm_controller_default(law, pair);
}

static arm_motion *move(const arm_plant *plant, const arm_controller *controller, double reference,
                        arm_metrics *m) {
    arm_motion *motion;
    crease_error error;
    const arm_options options = {.reference = reference};
    ck_assert_msg(arm_motion_new(plant, controller, &options, &motion, &error) == CREASE_OK, "%s",
                  error.message);
    ck_assert_msg(arm_motion_measure(motion, m, &error) == CREASE_OK, "%s", error.message);
    return motion;
}

/* d(u^2)/dt at the start, from rest at 0: the arm accelerates with u/J, and only the damping terms of the law
 * see it at once. */
static double slope_of_squared_torque(const arm_plant *plant, const arm_controller *c, double reference) {
    double slope, torque = c->gain * arm_pair_evaluate(c->pair, c->norm, reference, NULL);
    arm_pair_evaluate(c->pair, c->norm, reference - 1e-12,
                      &slope); /* the side it moves to: satrelu turns at .5 */
    double acceleration = torque / plant->inertia;
    double rate = c->law == ARM_LAW_PDX   ? c->rate_gain
                  : c->law == ARM_LAW_PDI ? c->gain * slope * c->lead_time
                                          : 0;
    return -2 * torque * rate * acceleration;
}

/* The table's integrals are sums by the trapezoidal rule with steps of .5 ms. So by the Euler-Maclaurin
 * formula its integral of u^2 is too large by -h^2/12 d(u^2)/dt at the start (at the end it vanishes), up to
 * 9e-5 of it, and its integral of |e| errs by up to h^2/4 |w| wherever e changes sign, 1e-7. */
static const double table_step = 0.5e-3;

START_TEST(step_single) {
    arm_table_row rows[ARM_TABLE_ROWS];
    size_t count = arm_table_read("tests/data/arm/step_single.csv", 2, rows);
    ck_assert_uint_eq(count, 64);
    for (size_t i = 0; i < count; i++) {
        const double *want = rows[i].number;
        const arm_plant plant = elbow(want[2] != 0);
        const arm_controller controller = controller_of(&rows[i]);
        arm_metrics m;
        arm_motion *motion = move(&plant, &controller, want[3], &m);
        expect("q_ss", i, m.q_ss_rad, want[4], 1e-9);
        expect("rise", i, m.rise_10_90_s, want[5], 2e-9);
        expect("overshoot", i, m.overshoot_pct, want[6], 2e-9);
        expect("peak time", i, m.peak_time_s, want[7], 2e-9);
        expect("settling", i, m.settle_2pct_s, want[8], 2e-9);
        expect("steady-state error", i, m.steady_state_error_rad, want[9], 1e-9);
        expect("peak torque", i, m.peak_torque_n_m, want[10], 1e-9);
        expect("IAE", i, m.iae, want[11], 1e-7);
        expect("ITAE", i, m.itae, want[12], 1e-7);
        double at_start = slope_of_squared_torque(&plant, &controller, want[3]);
        expect("integral of u^2", i, m.int_u2, want[13] + table_step * table_step / 12 * at_start, 2e-9);
        expect("final angle", i, m.state_end[0], want[14], 1e-9);
        expect("final rate", i, m.state_end[1], want[15], 1e-11);
        double state[ARM_STATES];
        arm_motion_at(motion, 0.5, state);
        expect("angle at .5 s", i, state[ARM_ANGLE], want[16], 1e-9);
        arm_motion_free(motion);
    }
}
END_TEST

/* The same trapezoidal sums, taken over our motion, give the table's own digits. */
START_TEST(trapezoidal_sums) {
    arm_table_row rows[ARM_TABLE_ROWS];
    size_t count = arm_table_read("tests/data/arm/step_single.csv", 2, rows), steps = 16000;
    for (size_t i = 0; i < count; i++) {
        const double *want = rows[i].number;
        const arm_plant plant = elbow(want[2] != 0);
        const arm_controller controller = controller_of(&rows[i]);
        arm_metrics m;
        arm_motion *motion = move(&plant, &controller, want[3], &m);
        double sum[3] = {0};
        for (size_t k = 0; k <= steps; k++) {
            double state[ARM_STATES], t = table_step * (double)k, weight = k == 0 || k == steps ? 0.5 : 1;
            arm_motion_at(motion, t, state);
            double error_angle = fabs(want[3] - state[ARM_ANGLE]), u = arm_motion_torque(motion, state);
            sum[0] += weight * table_step * error_angle;
            sum[1] += weight * table_step * t * error_angle;
            sum[2] += weight * table_step * u * u;
        }
        for (size_t j = 0; j < 3; j++)
            expect("a trapezoidal sum", i, sum[j], want[11 + j], 1e-9);
        arm_motion_free(motion);
    }
}
END_TEST

/* Without gravity a relu pair with norm 1/s is the straight line of slope s. */
START_TEST(closed_form) {
    arm_table_row rows[ARM_TABLE_ROWS];
    size_t count = arm_table_read("tests/data/arm/closed_form.csv", 1, rows);
    ck_assert_uint_eq(count, 15);
    for (size_t i = 0; i < count; i++) {
        const double *want = rows[i].number;
        arm_law law;
        ck_assert_int_eq(arm_law_parse(rows[i].word[0], &law, NULL), CREASE_OK);
        const arm_plant plant = elbow(false);
        arm_controller controller = arm_controller_default(law, ARM_RELU);
        controller.norm = 1 / want[1];
        arm_metrics m;
        arm_motion *motion = move(&plant, &controller, 0.5, &m);
        arm_linear linear = arm_linearise(&plant, &controller, 0.5, m.q_ss_rad);
        expect("slope", i, linear.slope, want[1], 1e-14);
        expect("effective gain", i, linear.gain, want[2], 1e-12);
        expect("natural frequency", i, linear.natural_frequency, want[3], 1e-9);
        expect("damping ratio", i, linear.damping_ratio, want[4], 1e-9);
        expect("rise", i, m.rise_10_90_s, want[5], 2e-9);
        expect("overshoot", i, m.overshoot_pct, want[6], 2e-9);
        expect("overshoot in theory", i, linear.overshoot_pct, want[6], 1e-9);
        expect("peak time", i, m.peak_time_s, want[7], 2e-7); /* of a peak 5e-7 high at zeta .978 */
        expect("settling", i, m.settle_2pct_s, want[8], 2e-9);
        arm_motion_free(motion);
    }
}
END_TEST

START_TEST(equilibria) {
    arm_table_row rows[ARM_TABLE_ROWS];
    size_t count = arm_table_read("tests/data/arm/equilibria.csv", 1, rows);
    ck_assert_uint_eq(count, 24);
    for (size_t i = 0; i < count; i++) {
        const double *want = rows[i].number;
        arm_pair pair;
        ck_assert_int_eq(arm_pair_parse(rows[i].word[0], &pair, NULL), CREASE_OK);
        const arm_plant plant = elbow(true);
        arm_controller controller = arm_controller_default(ARM_LAW_P, pair);
        controller.gain = want[1];
        double angle, at_zero;
        ck_assert_int_eq(arm_equilibrium(&plant, &controller, want[2], want[2], &angle, NULL), CREASE_OK);
        arm_linear linear = arm_linearise(&plant, &controller, want[2], angle);
        arm_pair_evaluate(pair, controller.norm, 0, &at_zero);
        expect("q_ss", i, angle, want[3], 1e-9);
        expect("e_ss", i, want[2] - angle, want[4], 1e-9);
        expect("slope at 0", i, at_zero, want[5], 1e-14);
        expect("slope at e_ss", i, linear.slope, want[6], 1e-9);
        expect("effective gain", i, linear.gain, want[7], 1e-9);
        expect("natural frequency", i, linear.natural_frequency, want[8], 1e-9);
        expect("damping ratio", i, linear.damping_ratio, want[9], 1e-9);
    }
}
END_TEST

Suite *test_arm_tables(void) {
    Suite *suite = suite_create("arm: reference tables");
    TCase *tests = tcase_create("tables");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, step_single);
    tcase_add_test(tests, trapezoidal_sums);
    tcase_add_test(tests, closed_form);
    tcase_add_test(tests, equilibria);
    suite_add_tcase(suite, tests);
    return suite;
}
