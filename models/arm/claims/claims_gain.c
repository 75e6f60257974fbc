/* With slope s and gain K: wn = sqrt(K s/J), zeta = b/(2 sqrt(J K s)), and exp(-b t/2J) is the envelope of every
 * ringing motion. Law PDi has zeta = (b + K s Td)/(2 sqrt(J K s)), least where b = K s Td. */
#include "arm/claims/claims_parts.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <math.h>

/* relu and sigmoid side by side. */
static crease_status both(const arm_claim_setup *setup, arm_claim_case which, arm_sweep_point *relu,
                          arm_sweep_point *sigmoid, crease_error *error) {
    which.pair = ARM_RELU;
    crease_status status = arm_claim_run(setup, &which, relu, error);
    which.pair = ARM_SIGMOID;
    return status == CREASE_OK ? arm_claim_run(setup, &which, sigmoid, error) : status;
}

static void say_limits(const arm_claim_setup *setup, arm_finding *finding, const arm_sweep_point *relu,
                       const arm_sweep_point *sigmoid, const arm_sweep_point inside[2],
                       const arm_sweep_point upright[2], size_t *limits) {
    const arm_metrics *r = &relu->metrics, *g = &sigmoid->metrics;
    *limits = 0;
    if (r->settle_2pct_s >= 0.9 * g->settle_2pct_s) {
        arm_claim_say(finding, "%s (%zu) ReLU is not sooner at rest, %.4g s against %.4g s.",
                      *limits ? "" : " The limits:", *limits + 1, r->settle_2pct_s, g->settle_2pct_s);
        ++*limits;
    }
    if (inside[0].step.damping_ratio > inside[1].step.damping_ratio) {
        arm_claim_say(finding,
                      "%s (%zu) With the damping inside the network the high gain is the better damped, zeta "
                      "%.3f against %.3f.",
                      *limits ? "" : " The limits:", *limits + 1, inside[0].step.damping_ratio,
                      inside[1].step.damping_ratio);
        ++*limits;
    }
    if (upright[0].margins.stable && !upright[1].margins.stable) {
        arm_claim_say(finding, "%s (%zu) Upright at K = %g N m ReLU stands and the gentle sigmoid falls.",
                      *limits ? "" : " The limits:", *limits + 1, setup->low_gain);
        ++*limits;
    }
}

crease_status arm_claim_popular(const arm_claim_setup *setup, arm_finding *finding, crease_error *error) {
    arm_sweep_point relu, sigmoid, inside[2], upright[2];
    size_t limits;
    crease_status status =
        both(setup, (arm_claim_case){.gain = setup->gain, .reference = setup->small, .simulate = true}, &relu,
             &sigmoid, error);
    if (status == CREASE_OK)
        status =
            both(setup, (arm_claim_case){.law = ARM_LAW_PDI, .gain = setup->gain, .reference = setup->small},
                 &inside[0], &inside[1], error);
    if (status == CREASE_OK)
        status = both(setup, (arm_claim_case){.gain = setup->low_gain, .reference = M_PI, .gravity = true},
                      &upright[0], &upright[1], error);
    if (status != CREASE_OK)
        return status;
    const arm_metrics *r = &relu.metrics, *g = &sigmoid.metrics;
    arm_claim_add(finding, "slope_relu", "slope of the ReLU pair", relu.slope);
    arm_claim_add(finding, "slope_sigmoid", "slope of the sigmoid pair", sigmoid.slope);
    arm_claim_add(finding, "rise_relu_s", "rise of the ReLU pair, s", r->rise_10_90_s);
    arm_claim_add(finding, "rise_sigmoid_s", "rise of the sigmoid pair, s", g->rise_10_90_s);
    arm_claim_add(finding, "overshoot_relu_pct", "overshoot of the ReLU pair, %", r->overshoot_pct);
    arm_claim_add(finding, "overshoot_sigmoid_pct", "overshoot of the sigmoid pair, %", g->overshoot_pct);
    arm_claim_add(finding, "torque_relu_n_m", "peak torque of the ReLU pair, N m", r->peak_torque_n_m);
    arm_claim_add(finding, "torque_sigmoid_n_m", "peak torque of the sigmoid pair, N m", g->peak_torque_n_m);
    arm_claim_add(finding, "settling_relu_s", "settling of the ReLU pair, s", r->settle_2pct_s);
    arm_claim_add(finding, "settling_sigmoid_s", "settling of the sigmoid pair, s", g->settle_2pct_s);
    bool holds = relu.slope > sigmoid.slope && r->rise_10_90_s < g->rise_10_90_s &&
                 r->overshoot_pct > g->overshoot_pct && r->peak_torque_n_m > g->peak_torque_n_m;
    arm_claim_say(
        finding,
        "ReLU against sigmoid, a step of %g rad: slope %.3g against %.3g, rise %.4f s against %.4f s, "
        "overshoot %.3g %% against %.3g %%, torque %.3g N m against %.3g N m.",
        setup->small, relu.slope, sigmoid.slope, r->rise_10_90_s, g->rise_10_90_s, r->overshoot_pct,
        g->overshoot_pct, r->peak_torque_n_m, g->peak_torque_n_m);
    say_limits(setup, finding, &relu, &sigmoid, inside, upright, &limits);
    arm_claim_settle(finding, holds, limits > 0);
    return CREASE_OK;
}

/* A straight line of slope s, by theory and by a small simulated step. */
static crease_status line(const arm_claim_setup *setup, double slope, bool simulate, arm_sweep_point *point,
                          crease_error *error) {
    arm_claim_setup with_slope = *setup;
    with_slope.norm[ARM_RELU] = 1 / slope;
    const arm_claim_case which = {.gain = setup->gain, .reference = setup->small / 10, .simulate = simulate};
    return arm_claim_run(&with_slope, &which, point, error);
}

crease_status arm_claim_quarter_slope(const arm_claim_setup *setup, arm_finding *finding,
                                      crease_error *error) {
    arm_sweep_point one, quarter;
    crease_status status = line(setup, 1, true, &one, error);
    if (status == CREASE_OK)
        status = line(setup, 0.25, true, &quarter, error);
    if (status != CREASE_OK)
        return status;
    const arm_second_order *a = &one.step, *b = &quarter.step;
    arm_claim_add(finding, "wn_1_rad_s", "natural frequency at slope 1, rad/s", a->natural_frequency);
    arm_claim_add(finding, "wn_quarter_rad_s", "natural frequency at slope 1/4, rad/s", b->natural_frequency);
    arm_claim_add(finding, "zeta_1", "damping ratio at slope 1", a->damping_ratio);
    arm_claim_add(finding, "zeta_quarter", "damping ratio at slope 1/4", b->damping_ratio);
    arm_claim_add(finding, "overshoot_1_pct", "overshoot at slope 1, %", a->overshoot_pct);
    arm_claim_add(finding, "overshoot_quarter_pct", "overshoot at slope 1/4, %", b->overshoot_pct);
    arm_claim_add(finding, "rise_1_s", "rise at slope 1, s", a->rise_10_90_s);
    arm_claim_add(finding, "rise_quarter_s", "rise at slope 1/4, s", b->rise_10_90_s);
    arm_claim_add(finding, "simulated_overshoot_1_pct", "overshoot simulated at slope 1, %",
                  one.metrics.overshoot_pct);
    arm_claim_add(finding, "simulated_overshoot_quarter_pct", "overshoot simulated at slope 1/4, %",
                  quarter.metrics.overshoot_pct);
    arm_claim_add(finding, "simulated_rise_1_s", "rise simulated at slope 1, s", one.metrics.rise_10_90_s);
    arm_claim_add(finding, "simulated_rise_quarter_s", "rise simulated at slope 1/4, s",
                  quarter.metrics.rise_10_90_s);
    bool holds = arm_claim_alike(a->natural_frequency, 2 * b->natural_frequency, 1e-9) &&
                 arm_claim_alike(2 * a->damping_ratio, b->damping_ratio, 1e-9) &&
                 a->overshoot_pct > b->overshoot_pct && a->rise_10_90_s < b->rise_10_90_s;
    bool simulated = arm_claim_alike(one.metrics.overshoot_pct, a->overshoot_pct, 1e-6) &&
                     arm_claim_alike(quarter.metrics.overshoot_pct, b->overshoot_pct, 1e-6) &&
                     arm_claim_alike(one.metrics.rise_10_90_s, a->rise_10_90_s, 1e-6) &&
                     arm_claim_alike(quarter.metrics.rise_10_90_s, b->rise_10_90_s, 1e-6);
    arm_claim_say(finding,
                  "From slope 1 to 1/4: wn %.4f to %.4f rad/s, zeta %.5f to %.5f, overshoot %.2f to %.2f %%, "
                  "rise %.4f to %.4f s; simulated steps of %g rad %s.",
                  a->natural_frequency, b->natural_frequency, a->damping_ratio, b->damping_ratio,
                  a->overshoot_pct, b->overshoot_pct, a->rise_10_90_s, b->rise_10_90_s, setup->small / 10,
                  simulated ? "agree to a millionth" : "differ, as the torque limit is reached");
    arm_claim_settle(finding, holds, !simulated);
    return CREASE_OK;
}

/* The least and the greatest settling time of slopes from 1/4 to 1. */
static crease_status scan_settling(const arm_claim_setup *setup, double *least, double *most,
                                   crease_error *error) {
    enum { SLOPES = 200 };
    *least = INFINITY;
    *most = 0;
    for (int i = 0; i <= SLOPES; i++) {
        arm_second_order step;
        double slope = 0.25 * pow(4, (double)i / SLOPES);
        crease_status status = arm_second_order_step(setup->plant.inertia, setup->plant.friction,
                                                     setup->gain * slope, &step, error);
        if (status != CREASE_OK)
            return status;
        *least = fmin(*least, step.settle_2pct_s);
        *most = fmax(*most, step.settle_2pct_s);
    }
    return CREASE_OK;
}

crease_status arm_claim_settling(const arm_claim_setup *setup, arm_finding *finding, crease_error *error) {
    arm_sweep_point one, quarter;
    double least, most, envelope = log(50) * 2 * setup->plant.inertia / setup->plant.friction;
    crease_status status = line(setup, 1, true, &one, error);
    if (status == CREASE_OK)
        status = line(setup, 0.25, true, &quarter, error);
    if (status == CREASE_OK)
        status = scan_settling(setup, &least, &most, error);
    if (status != CREASE_OK)
        return status;
    double a = one.metrics.settle_2pct_s, b = quarter.metrics.settle_2pct_s;
    arm_claim_add(finding, "settling_1_s", "settling simulated at slope 1, s", a);
    arm_claim_add(finding, "settling_quarter_s", "settling simulated at slope 1/4, s", b);
    arm_claim_add(finding, "theory_1_s", "settling at slope 1 in theory, s", one.step.settle_2pct_s);
    arm_claim_add(finding, "theory_quarter_s", "settling at slope 1/4 in theory, s",
                  quarter.step.settle_2pct_s);
    arm_claim_add(finding, "envelope_s", "when the envelope exp(-b t/2J) is down to 2 %, s", envelope);
    arm_claim_add(finding, "least_s", "least of all slopes between, s", least);
    arm_claim_add(finding, "most_s", "greatest of all slopes between, s", most);
    bool holds = arm_claim_alike(a, b, 0.05), jumps = !arm_claim_alike(least, most, 0.05);
    if (isnan(a) || isnan(b))
        arm_claim_say(finding, "Not every motion is within 2 %% for good after %.3g s.",
                      arm_claim_time(setup));
    else
        arm_claim_say(
            finding,
            "%.4f s at slope 1, %.4f s at slope 1/4, while the rise takes %.2f times as long: below zeta 1 "
            "the envelope is b/2J, whatever the gain.",
            a, b, quarter.metrics.rise_10_90_s / one.metrics.rise_10_90_s);
    if (holds && jumps)
        arm_claim_say(finding, " In between it jumps from ring to ring, from %.3f to %.3f s.", least, most);
    arm_claim_settle(finding, holds, jumps);
    return CREASE_OK;
}

/* zeta of law PDi; the context is the setup. */
static double zeta_inside(double log_slope, void *context) {
    const arm_claim_setup *s = context;
    double stiffness = s->gain * exp(log_slope);
    return (s->plant.friction + stiffness * s->lead_time) / (2 * sqrt(s->plant.inertia * stiffness));
}

/* The slope of least zeta by golden sections, without its formula; NaN when it is not inside 1e-8 .. 1e8. */
static crease_status least_damped_slope(const arm_claim_setup *setup, double *slope, crease_error *error) {
    gsl_function f = {zeta_inside, (void *)setup};
    double lo = log(1e-8), hi = log(1e8), step = (hi - lo) / 400, best = lo;
    for (double x = lo; x < hi; x += step)
        best = zeta_inside(x, f.params) < zeta_inside(best, f.params) ? x : best;
    gsl_min_fminimizer *minimizer = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
    if (!minimizer)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the minimiser");
    *slope = NAN;
    if (gsl_min_fminimizer_set(minimizer, &f, best, best - step, best + step) == GSL_SUCCESS) {
        for (int i = 0; i < 60; i++)
            if (gsl_min_fminimizer_iterate(minimizer) != GSL_SUCCESS)
                break;
        *slope = exp(gsl_min_fminimizer_x_minimum(minimizer));
    }
    gsl_min_fminimizer_free(minimizer);
    return CREASE_OK;
}

crease_status arm_claim_damping_inside(const arm_claim_setup *setup, arm_finding *finding,
                                       crease_error *error) {
    arm_sweep_point relu, sigmoid;
    double least;
    crease_status status =
        both(setup,
             (arm_claim_case){
                 .law = ARM_LAW_PDI, .gain = setup->gain, .reference = setup->small, .simulate = true},
             &relu, &sigmoid, error);
    if (status == CREASE_OK)
        status = least_damped_slope(setup, &least, error);
    if (status != CREASE_OK)
        return status;
    double a = relu.step.damping_ratio, b = sigmoid.step.damping_ratio;
    arm_claim_add(finding, "zeta_relu", "damping ratio of the ReLU pair", a);
    arm_claim_add(finding, "zeta_sigmoid", "damping ratio of the sigmoid pair", b);
    arm_claim_add(finding, "overshoot_relu_pct", "overshoot of the ReLU pair, simulated, %",
                  relu.metrics.overshoot_pct);
    arm_claim_add(finding, "overshoot_sigmoid_pct", "overshoot of the sigmoid pair, simulated, %",
                  sigmoid.metrics.overshoot_pct);
    arm_claim_add(finding, "least_damped_slope", "slope of least damping", least);
    /* with the least between the two, some higher gains are worse damped */
    bool holds = a > b, between = least > sigmoid.slope * (1 + 1e-6) && least < relu.slope;
    arm_claim_say(
        finding, "zeta %.3f of ReLU against %.3f of sigmoid at Td = %g s, overshoot %.3g %% against %.3g %%.",
        a, b, setup->lead_time, relu.metrics.overshoot_pct, sigmoid.metrics.overshoot_pct);
    if (holds && between)
        arm_claim_say(finding, " From slope %.3g down to %.3g the damping grows again.", least,
                      sigmoid.slope);
    else if (!holds)
        arm_claim_say(finding, " More gain adds damping from slope %.3g on only.", least);
    arm_claim_settle(finding, holds, between);
    return CREASE_OK;
}

crease_status arm_claim_least_damping(const arm_claim_setup *setup, arm_finding *finding,
                                      crease_error *error) {
    double found, wanted = setup->plant.friction / (setup->gain * setup->lead_time);
    crease_status status = least_damped_slope(setup, &found, error);
    if (status != CREASE_OK)
        return status;
    double zeta = zeta_inside(log(found), (void *)setup),
           floor = sqrt(setup->plant.friction * setup->lead_time / setup->plant.inertia);
    arm_claim_add(finding, "slope_found", "slope of least damping, found by minimising", found);
    arm_claim_add(finding, "slope_formula", "b/(K Td)", wanted);
    arm_claim_add(finding, "zeta_least", "damping ratio there", zeta);
    arm_claim_add(finding, "zeta_formula", "sqrt(b Td/J)", floor);
    bool holds = arm_claim_alike(found, wanted, 1e-6) && arm_claim_alike(zeta, floor, 1e-9);
    arm_claim_say(
        finding,
        "The minimum is found at slope %.6f, b/(K Td) = %.6f; zeta there is %.4f, and less at no gain.",
        found, wanted, zeta);
    arm_claim_settle(finding, holds, false);
    return CREASE_OK;
}

/* relu at the gain that gives it the sigmoid pair's slope. */
static crease_status same_slope(const arm_claim_setup *setup, double reference, arm_sweep_point *relu,
                                arm_sweep_point *sigmoid, crease_error *error) {
    arm_claim_case which = {
        .pair = ARM_SIGMOID, .gain = setup->gain, .reference = reference, .simulate = true};
    crease_status status = arm_claim_run(setup, &which, sigmoid, error);
    which.pair = ARM_RELU;
    which.gain = setup->gain / 4;
    return status == CREASE_OK ? arm_claim_run(setup, &which, relu, error) : status;
}

static bool move_alike(const arm_sweep_point *a, const arm_sweep_point *b) {
    return arm_claim_alike(a->metrics.rise_10_90_s, b->metrics.rise_10_90_s, 0.05) &&
           arm_claim_alike(a->metrics.overshoot_pct, b->metrics.overshoot_pct, 0.05);
}

crease_status arm_claim_gain_not_shape(const arm_claim_setup *setup, arm_finding *finding,
                                       crease_error *error) {
    arm_sweep_point relu, sigmoid, large_relu, large_sigmoid;
    crease_status status = same_slope(setup, setup->small, &relu, &sigmoid, error);
    if (status == CREASE_OK)
        status = same_slope(setup, setup->large, &large_relu, &large_sigmoid, error);
    if (status != CREASE_OK)
        return status;
    const arm_metrics *r = &relu.metrics, *g = &sigmoid.metrics, *lr = &large_relu.metrics,
                      *lg = &large_sigmoid.metrics;
    arm_claim_add(finding, "overshoot_relu_pct", "overshoot of ReLU at a quarter of the gain, %",
                  r->overshoot_pct);
    arm_claim_add(finding, "overshoot_sigmoid_pct", "overshoot of sigmoid, %", g->overshoot_pct);
    arm_claim_add(finding, "rise_relu_s", "rise of ReLU at a quarter of the gain, s", r->rise_10_90_s);
    arm_claim_add(finding, "rise_sigmoid_s", "rise of sigmoid, s", g->rise_10_90_s);
    arm_claim_add(finding, "large_overshoot_relu_pct", "the same for the large step: overshoot of ReLU, %",
                  lr->overshoot_pct);
    arm_claim_add(finding, "large_overshoot_sigmoid_pct", "overshoot of sigmoid, %", lg->overshoot_pct);
    arm_claim_add(finding, "large_rise_relu_s", "rise of ReLU, s", lr->rise_10_90_s);
    arm_claim_add(finding, "large_rise_sigmoid_s", "rise of sigmoid, s", lg->rise_10_90_s);
    bool holds = move_alike(&relu, &sigmoid), large = move_alike(&large_relu, &large_sigmoid);
    arm_claim_say(
        finding,
        "ReLU at K = %g N m overshoots by %.3g %% and rises in %.3g s, sigmoid at K = %g N m by %.3g %% "
        "in %.3g s.",
        setup->gain / 4, r->overshoot_pct, r->rise_10_90_s, setup->gain, g->overshoot_pct, g->rise_10_90_s);
    if (holds && !large)
        arm_claim_say(
            finding,
            " At a step of %g rad the sigmoid saturates: %.3g %% in %.3g s against %.3g %% in %.3g s.",
            setup->large, lg->overshoot_pct, lg->rise_10_90_s, lr->overshoot_pct, lr->rise_10_90_s);
    arm_claim_settle(finding, holds, !large);
    return CREASE_OK;
}
