/* Critical gains by the criteria of Hurwitz and Jury, and on both sides of each a motion by exact transition,
 * which dies out or grows. */
#include "arm/claims/claims_parts.h"
#include <math.h>
#include <stdlib.h>

crease_status arm_claim_never_unstable(const arm_claim_setup *setup, arm_finding *finding,
                                       crease_error *error) {
    double worst = -INFINITY, largest = 1e9;
    bool limited = false;
    arm_sweep_point point;
    for (int law = 0; law < ARM_LAW_COUNT; law++)
        for (int gravity = 0; gravity < 2; gravity++)
            for (double gain = 1; gain <= largest; gain *= 10) {
                const arm_claim_case which = {
                    .law = (arm_law)law, .pair = ARM_RELU, .gain = gain, .gravity = gravity, .reference = 0};
                crease_status status = arm_claim_run(setup, &which, &point, error);
                if (status != CREASE_OK)
                    return status;
                worst = fmax(worst, creal(point.pole[0]));
                limited = limited || isfinite(point.stable_gains.upper);
            }
    arm_claim_add(finding, "largest_gain_n_m", "largest gain tried, N m", largest);
    arm_claim_add(finding, "largest_real_part_1_s", "largest real part of a pole of all three laws, 1/s",
                  worst);
    arm_claim_say(
        finding,
        "For gains from 1 to %.0e N m, all three laws, hanging and level, no pole has a real part above "
        "%.3g 1/s, and Hurwitz's conditions %s upper limit.",
        largest, worst, limited ? "have an" : "have no");
    arm_claim_settle(finding, worst < 0 && !limited, false);
    return CREASE_OK;
}

/* By how much a motion grows, from a tenth before its middle to its last tenth, at this gain times its limit. */
static crease_status growth(const arm_claim_setup *setup, double gain, double lag, double sample,
                            double *factor, crease_error *error) {
    enum { MOST_STEPS = 400000 };
    arm_plant plant = setup->plant;
    arm_controller controller = arm_controller_default(ARM_LAW_P, ARM_RELU);
    arm_linear_loop loop;
    double complex pole[ARM_MOST_POLES];
    plant.gravity = 0;
    controller.gain = gain;
    crease_status status = arm_linear_make(&plant, &controller, 1, 0, lag, sample, &loop, error);
    if (status == CREASE_OK)
        status = arm_linear_poles(&loop, gain, pole, error);
    if (status != CREASE_OK)
        return status;
    /* as long as the slowest pole needs for some e-folds */
    double step = sample > 0 ? sample : lag / 4;
    double rate = sample > 0 ? fabs(log(cabs(pole[0]))) : fabs(creal(pole[0])) * step;
    size_t count = (size_t)fmin(MOST_STEPS, fmax(100, 12 / rate));
    double *x = malloc(count * sizeof *x), early = 0, late = 0;
    if (!x)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a motion of %zu steps", count);
    status = arm_linear_motion(&plant, &controller, 1, 0, lag, sample, step, count, x, error);
    for (size_t k = 0; k < count && status == CREASE_OK; k++) {
        if (k >= 4 * count / 10 && k < count / 2)
            early = fmax(early, fabs(x[k]));
        if (k >= 9 * count / 10)
            late = fmax(late, fabs(x[k]));
    }
    free(x);
    *factor = late / early;
    return status;
}

typedef struct limit {
    double critical, below, above; /* K; growth 2 % below and above it */
} limit;

static crease_status find_limit(const arm_claim_setup *setup, double lag, double sample, limit *found,
                                crease_error *error) {
    const arm_claim_case which = {
        .pair = ARM_RELU, .gain = setup->gain, .reference = setup->small, .lag = lag, .sample = sample};
    arm_sweep_point point;
    crease_status status = arm_claim_run(setup, &which, &point, error);
    if (status != CREASE_OK)
        return status;
    found->critical = point.stable_gains.upper;
    if (!isfinite(found->critical)) {
        found->below = found->above = NAN;
        return CREASE_OK;
    }
    status = growth(setup, 0.98 * found->critical, lag, sample, &found->below, error);
    return status == CREASE_OK ? growth(setup, 1.02 * found->critical, lag, sample, &found->above, error)
                               : status;
}

static bool is_confirmed(const limit *l) {
    return isfinite(l->critical) && l->below < 1 && l->above > 1;
}

static void add_limits(arm_finding *finding, const limit found[2]) {
    static const char *const key[2][3] = {
        {"k_critical_short_n_m", "growth_below_short", "growth_above_short"},
        {"k_critical_long_n_m", "growth_below_long", "growth_above_long"}};
    static const char *const what[2][3] = {
        {"critical K at the shorter time, N m", "a motion 2 % below it grows by the factor",
         "a motion 2 % above it by"},
        {"critical K at the longer time, N m", "a motion 2 % below it grows by the factor",
         "a motion 2 % above it by"}};
    for (int i = 0; i < 2; i++) {
        arm_claim_add(finding, key[i][0], what[i][0], found[i].critical);
        arm_claim_add(finding, key[i][1], what[i][1], found[i].below);
        arm_claim_add(finding, key[i][2], what[i][2], found[i].above);
    }
}

crease_status arm_claim_lag_limit(const arm_claim_setup *setup, arm_finding *finding, crease_error *error) {
    double b = setup->plant.friction, J = setup->plant.inertia;
    limit found[2];
    bool holds = true;
    for (int i = 0; i < 2; i++) {
        double lag = setup->lag[i], formula = b / lag + b * b / J;
        crease_status status = find_limit(setup, lag, 0, &found[i], error);
        if (status != CREASE_OK)
            return status;
        holds = holds && is_confirmed(&found[i]) && arm_claim_alike(found[i].critical, formula, 1e-9);
    }
    add_limits(finding, found);
    arm_claim_add(finding, "formula_short_n_m", "b/ta + b^2/J at the shorter lag, N m",
                  b / setup->lag[0] + b * b / J);
    arm_claim_add(finding, "formula_long_n_m", "at the longer lag, N m", b / setup->lag[1] + b * b / J);
    arm_claim_say(
        finding,
        "%g ms: K = %.6g N m, %g ms: %.6g N m (slope 1). A motion 2 %% below them changes by the factors "
        "%.3g and %.3g, 2 %% above by %.3g and %.3g.",
        1000 * setup->lag[0], found[0].critical, 1000 * setup->lag[1], found[1].critical, found[0].below,
        found[1].below, found[0].above, found[1].above);
    arm_claim_settle(finding, holds, false);
    return CREASE_OK;
}

crease_status arm_claim_hold_limit(const arm_claim_setup *setup, arm_finding *finding, crease_error *error) {
    limit found[2];
    for (int i = 0; i < 2; i++) {
        crease_status status = find_limit(setup, 0, setup->sample[i], &found[i], error);
        if (status != CREASE_OK)
            return status;
    }
    add_limits(finding, found);
    arm_claim_say(
        finding,
        "Sampled every %g ms: from K = %.6g N m on, every %g ms: from %.6g N m on (slope 1). A motion 2 %% "
        "below changes by the factors %.3g and %.3g, 2 %% above by %.3g and %.3g.",
        1000 * setup->sample[0], found[0].critical, 1000 * setup->sample[1], found[1].critical,
        found[0].below, found[1].below, found[0].above, found[1].above);
    arm_claim_settle(finding, is_confirmed(&found[0]) && is_confirmed(&found[1]), false);
    return CREASE_OK;
}

crease_status arm_claim_gentle_margin(const arm_claim_setup *setup, arm_finding *finding,
                                      crease_error *error) {
    static const char *const key[2][2] = {{"margin_relu_lag", "margin_sigmoid_lag"},
                                          {"margin_relu_sampled", "margin_sigmoid_sampled"}};
    static const char *const what[2][2] = {{"gain margin of ReLU with the longer lag", "of sigmoid"},
                                           {"gain margin of ReLU with the longer period", "of sigmoid"}};
    double margin[2][2];
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) {
            const arm_claim_case which = {.pair = j ? ARM_SIGMOID : ARM_RELU,
                                          .gain = setup->gain,
                                          .reference = setup->small,
                                          .lag = i ? 0 : setup->lag[1],
                                          .sample = i ? setup->sample[1] : 0};
            arm_sweep_point point;
            crease_status status = arm_claim_run(setup, &which, &point, error);
            if (status != CREASE_OK)
                return status;
            margin[i][j] = point.margins.gain_margin;
            arm_claim_add(finding, key[i][j], what[i][j], margin[i][j]);
        }
    arm_claim_say(
        finding,
        "At K = %g N m with a lag of %g ms, ReLU is on the edge at %.4g times its gain, sigmoid at %.4g "
        "times; sampled every %g ms, at %.4g and %.4g times.",
        setup->gain, 1000 * setup->lag[1], margin[0][0], margin[0][1], 1000 * setup->sample[1], margin[1][0],
        margin[1][1]);
    arm_claim_settle(finding, margin[0][1] > margin[0][0] && margin[1][1] > margin[1][0], false);
    return CREASE_OK;
}
