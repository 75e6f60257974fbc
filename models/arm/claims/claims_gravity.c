/* At rest K phi(e) = G sin q; small motions about it have the stiffness K phi'(e) + G cos q, which upright
 * (q = pi) is K phi'(0) - G. A simulated small motion that rings shows its stiffness by its half period T/2,
 * the time between two passages of the point of rest: J ((pi/(T/2))^2 + (b/2J)^2). */
#include "arm/claims/claims_parts.h"
#include "arm/internal.h"
#include <math.h>

/* ---- the gain where the arm rests ---- */

typedef struct passage_search {
    arm_motion *motion;
    double rest;
} passage_search;

static double from_rest(double time, void *context) {
    const passage_search *s = context;
    double state[ARM_STATES];
    arm_motion_at(s->motion, time, state);
    return state[ARM_ANGLE] - s->rest;
}

/* The time between the first two passages; NaN when there are no two. */
static crease_status half_period(arm_motion *motion, double rest, double *half, crease_error *error) {
    enum { SAMPLES = 4000 };
    passage_search s = {motion, rest};
    gsl_function f = {from_rest, &s};
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    double first = NAN, end = arm_motion_end(motion), before = from_rest(0, &s);
    *half = NAN;
    if (!solver)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the root finder");
    for (int i = 1; i <= SAMPLES && isnan(*half); i++) {
        double t = end * i / SAMPLES, after = from_rest(t, &s);
        if (before * after < 0) {
            double passage = arm_root(solver, &f, end * (i - 1) / SAMPLES, t);
            *half = passage - first;
            first = passage;
        }
        before = after;
    }
    gsl_root_fsolver_free(solver);
    return CREASE_OK;
}

static crease_status stiffness_of_a_motion(const arm_claim_setup *setup, const arm_claim_case *which,
                                           double rest, double *stiffness, crease_error *error) {
    const arm_plant *p = &setup->plant;
    arm_controller controller = arm_claim_controller(setup, which);
    arm_options options = {.reference = which->reference,
                           .start_angle = rest + 1e-5,
                           .time = 5,
                           .tolerance = 1e-13,
                           .interrupted = setup->interrupted,
                           .interrupted_context = setup->interrupted_context};
    arm_motion *motion = NULL;
    double half, rate = p->friction / (2 * p->inertia);
    crease_status status = arm_motion_new(p, &controller, &options, &motion, error);
    if (status == CREASE_OK)
        status = half_period(motion, rest, &half, error);
    if (status == CREASE_OK)
        *stiffness = p->inertia * (pow(M_PI / half, 2) + rate * rate);
    arm_motion_free(motion);
    return status;
}

crease_status arm_claim_working_point(const arm_claim_setup *setup, arm_finding *finding,
                                      crease_error *error) {
    const arm_claim_case which = {
        .pair = ARM_SIGMOID, .gain = setup->low_gain, .gravity = true, .reference = M_PI / 2};
    arm_sweep_point point;
    double measured, at_zero;
    crease_status status = arm_claim_run(setup, &which, &point, error);
    if (status == CREASE_OK)
        status = stiffness_of_a_motion(setup, &which, point.rest, &measured, error);
    if (status != CREASE_OK)
        return status;
    arm_pair_evaluate(ARM_SIGMOID, setup->norm[ARM_SIGMOID], 0, &at_zero);
    double by_zero = setup->low_gain * at_zero + setup->plant.gravity * cos(point.rest);
    arm_claim_add(finding, "q_ss_rad", "where the sigmoid pair comes to rest, rad", point.rest);
    arm_claim_add(finding, "slope_at_0", "its slope at 0", at_zero);
    arm_claim_add(finding, "slope_at_rest", "its slope there", point.slope);
    arm_claim_add(finding, "measured_n_m_rad", "stiffness by the period of a simulated small motion, N m/rad",
                  measured);
    arm_claim_add(finding, "by_rest_n_m_rad", "K phi'(e_ss) + G cos q_ss, N m/rad", point.effective_gain);
    arm_claim_add(finding, "by_zero_n_m_rad", "K phi'(0) + G cos q_ss, N m/rad", by_zero);
    bool holds = arm_claim_alike(measured, point.effective_gain, 1e-4),
         differ = !arm_claim_alike(by_zero, point.effective_gain, 1e-3);
    if (isnan(measured))
        arm_claim_say(finding, "The small motion does not ring here, so it shows no period.");
    else
        arm_claim_say(
            finding,
            "Sigmoid at K = %g N m with reference pi/2 rests at %.4f rad; the period of a small motion "
            "there tells a stiffness of %.4f N m/rad; theory with the slope at rest %.4f, with the slope "
            "at 0 %.4f.",
            setup->low_gain, point.rest, measured, point.effective_gain, by_zero);
    arm_claim_settle(finding, holds && differ, false);
    return CREASE_OK;
}

/* ---- where it rests ---- */

crease_status arm_claim_rest(const arm_claim_setup *setup, arm_finding *finding, crease_error *error) {
    arm_sweep_point relu, sigmoid;
    arm_claim_case which = {
        .pair = ARM_RELU, .gain = setup->gain, .gravity = true, .reference = setup->small, .simulate = true};
    crease_status status = arm_claim_run(setup, &which, &relu, error);
    which.pair = ARM_SIGMOID;
    if (status == CREASE_OK)
        status = arm_claim_run(setup, &which, &sigmoid, error);
    if (status != CREASE_OK)
        return status;
    double a = fabs(relu.metrics.steady_state_error_rad), b = fabs(sigmoid.metrics.steady_state_error_rad);
    arm_claim_add(finding, "error_relu_rad", "ReLU rests off by, rad", a);
    arm_claim_add(finding, "error_sigmoid_rad", "sigmoid rests off by, rad", b);
    arm_claim_add(finding, "end_relu_rad", "where the simulated motion of ReLU ends, rad",
                  relu.metrics.state_end[0]);
    arm_claim_add(finding, "end_sigmoid_rad", "that of sigmoid, rad", sigmoid.metrics.state_end[0]);
    arm_claim_say(finding,
                  "Of a step of %g rad at K = %g N m, ReLU rests off by %.3f rad, sigmoid by %.3f rad%s.",
                  setup->small, setup->gain, a, b, b > a ? "" : ": no farther");
    arm_claim_settle(finding, b > a, false);
    return CREASE_OK;
}

/* ---- upright ---- */

/* Started .05 rad beside the upright, 20 s. */
static crease_status stands(const arm_claim_setup *setup, arm_pair pair, double *away, crease_error *error) {
    const arm_claim_case which = {.pair = pair, .gain = setup->low_gain};
    arm_controller controller = arm_claim_controller(setup, &which);
    const arm_options options = {.reference = M_PI,
                                 .start_angle = M_PI - 0.05,
                                 .time = 20,
                                 .interrupted = setup->interrupted,
                                 .interrupted_context = setup->interrupted_context};
    arm_motion *motion = NULL;
    crease_status status = arm_motion_new(&setup->plant, &controller, &options, &motion, error);
    if (status == CREASE_OK) {
        double state[ARM_STATES];
        arm_motion_at(motion, arm_motion_end(motion), state);
        *away = fabs(state[ARM_ANGLE] - M_PI);
    }
    arm_motion_free(motion);
    return status;
}

/* The slope from which on the poles of the upright arm are all stable, by bisection. */
static crease_status critical_slope(const arm_claim_setup *setup, double *slope, crease_error *error) {
    const arm_claim_case which = {.pair = ARM_RELU, .gain = setup->low_gain};
    arm_controller controller = arm_claim_controller(setup, &which);
    arm_linear_loop loop;
    double complex pole[ARM_MOST_POLES];
    double lo = 0, hi = 1e6;
    for (int i = 0; i < 100 && hi - lo > 1e-13 * hi; i++) {
        double middle = lo + (hi - lo) / 2;
        crease_status status = arm_linear_make(&setup->plant, &controller, middle, M_PI, 0, 0, &loop, error);
        if (status == CREASE_OK)
            status = arm_linear_poles(&loop, setup->low_gain * middle, pole, error);
        if (status != CREASE_OK)
            return status;
        if (creal(pole[0]) < 0)
            hi = middle;
        else
            lo = middle;
    }
    *slope = hi;
    return CREASE_OK;
}

crease_status arm_claim_upright(const arm_claim_setup *setup, arm_finding *finding, crease_error *error) {
    static const arm_pair pair[] = {ARM_RELU, ARM_TANH, ARM_SIGMOID};
    static const char *const away_key[] = {"away_relu_rad", "away_tanh_rad", "away_sigmoid_rad"},
                             *const away_what[] = {"ReLU after 20 s is off the upright by, rad", "tanh, rad",
                                                   "sigmoid, rad"};
    double critical, away[3], slope[3];
    bool up[3], as_theory = true;
    crease_status status = critical_slope(setup, &critical, error);
    for (int i = 0; i < 3 && status == CREASE_OK; i++) {
        status = stands(setup, pair[i], &away[i], error);
        arm_pair_evaluate(pair[i], setup->norm[pair[i]], 0, &slope[i]);
    }
    if (status != CREASE_OK)
        return status;
    arm_claim_add(finding, "critical_slope", "slope from which on the poles are stable", critical);
    arm_claim_add(finding, "g_over_k", "G/K", setup->plant.gravity / setup->low_gain);
    for (int i = 0; i < 3; i++) {
        up[i] = away[i] < 0.05;
        as_theory = as_theory && up[i] == (slope[i] > critical);
        arm_claim_add(finding, away_key[i], away_what[i], away[i]);
    }
    arm_claim_say(
        finding,
        "At K = %g N m the slope must exceed %.4f (G/K = %.4f). Started 0.05 rad beside, after 20 s:",
        setup->low_gain, critical, setup->plant.gravity / setup->low_gain);
    for (int i = 0; i < 3; i++)
        arm_claim_say(finding, " %s (slope %.3g) %s%s", arm_pair_name(pair[i]), slope[i],
                      up[i] ? "stands" : "has fallen", i < 2 ? "," : ".");
    if (!up[2])
        arm_claim_say(finding, " Gentle is not stable.");
    bool limit = arm_claim_alike(critical, setup->plant.gravity / setup->low_gain, 1e-9);
    arm_claim_settle(finding, limit && as_theory && up[0] && up[1] && !up[2], false);
    return CREASE_OK;
}
