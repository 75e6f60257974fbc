/* The pairs themselves: slopes by central differences of the law, laws and motions held against each other. */
#include "arm/claims/claims_parts.h"
#include <math.h>

static double slope_at_zero(arm_pair pair, double norm) {
    const double h = 1e-5;
    return (arm_pair_evaluate(pair, norm, h, NULL) - arm_pair_evaluate(pair, norm, -h, NULL)) / (2 * h);
}

static void ratio_claim(const arm_claim_setup *setup, double norm, double wanted, arm_finding *finding) {
    double relu = slope_at_zero(ARM_RELU, setup->norm[ARM_RELU]), sigmoid = slope_at_zero(ARM_SIGMOID, norm);
    arm_claim_add(finding, "slope_relu", "slope of the ReLU pair at 0", relu);
    arm_claim_add(finding, "slope_sigmoid", "slope of the sigmoid pair at 0", sigmoid);
    arm_claim_add(finding, "ratio", "their ratio", relu / sigmoid);
    arm_claim_say(finding, "Slope %.6g against %.6g: %.6g to 1.", relu, sigmoid, relu / sigmoid);
    arm_claim_settle(finding, arm_claim_alike(relu / sigmoid, wanted, 1e-6), false);
}

crease_status arm_claim_four_to_one(const arm_claim_setup *setup, arm_finding *finding, crease_error *error) {
    (void)error;
    ratio_claim(setup, setup->norm[ARM_SIGMOID], 4, finding);
    return CREASE_OK;
}

crease_status arm_claim_two_to_one(const arm_claim_setup *setup, arm_finding *finding, crease_error *error) {
    (void)error;
    ratio_claim(setup, setup->norm[ARM_SIGMOID] / 2, 2, finding);
    arm_claim_say(finding, " The 4 to 1 that is usually told is one of the norm.");
    return CREASE_OK;
}

crease_status arm_claim_steepest(const arm_claim_setup *setup, arm_finding *finding, crease_error *error) {
    static const char *const key[ARM_PAIR_COUNT] = {"slope_relu",  "slope_tanh",     "slope_sigmoid",
                                                    "slope_leaky", "slope_softplus", "slope_silu",
                                                    "slope_gelu",  "slope_elu",      "slope_satrelu"};
    double relu = slope_at_zero(ARM_RELU, setup->norm[ARM_RELU]), best = 0;
    int steepest = 0;
    (void)error;
    for (int pair = 0; pair < ARM_PAIR_COUNT; pair++) {
        double slope = slope_at_zero((arm_pair)pair, setup->norm[pair]);
        arm_claim_add(finding, key[pair], arm_pair_name((arm_pair)pair), slope);
        if (slope > best) {
            best = slope;
            steepest = pair;
        }
    }
    bool holds = !(best > relu * (1 + 1e-6));
    arm_claim_say(finding,
                  holds ? "No pair has a slope above that of %s, %.4g."
                        : "The %s pair has the slope %.4g at 0,",
                  arm_pair_name(holds ? ARM_RELU : (arm_pair)steepest), best);
    if (!holds)
        arm_claim_say(finding, " ReLU %.4g.", relu);
    arm_claim_settle(finding, holds, false);
    return CREASE_OK;
}

static crease_status three(const arm_claim_setup *setup, double reference, arm_sweep_point point[3],
                           crease_error *error) {
    static const arm_pair pair[] = {ARM_RELU, ARM_TANH, ARM_SIGMOID};
    crease_status status = CREASE_OK;
    for (int i = 0; i < 3 && status == CREASE_OK; i++) {
        const arm_claim_case which = {
            .pair = pair[i], .gain = setup->gain, .reference = reference, .simulate = true};
        status = arm_claim_run(setup, &which, &point[i], error);
    }
    return status;
}

crease_status arm_claim_tanh_gentle(const arm_claim_setup *setup, arm_finding *finding, crease_error *error) {
    arm_sweep_point p[3];
    crease_status status = three(setup, setup->small, p, error);
    if (status != CREASE_OK)
        return status;
    double rise[3];
    static const char *const key[] = {"rise_relu_s", "rise_tanh_s", "rise_sigmoid_s"},
                             *const what[] = {"rise of ReLU, s", "rise of tanh, s", "rise of sigmoid, s"};
    for (int i = 0; i < 3; i++) {
        rise[i] = p[i].metrics.rise_10_90_s;
        arm_claim_add(finding, key[i], what[i], rise[i]);
    }
    bool like_sigmoid = fabs(log(rise[1] / rise[2])) < fabs(log(rise[1] / rise[0]));
    arm_claim_say(
        finding,
        "A step of %g rad rises in %.4g s with ReLU, %.4g s with tanh, %.4g s with sigmoid: tanh, of "
        "slope %.3g, goes with %s.",
        setup->small, rise[0], rise[1], rise[2], p[1].slope, like_sigmoid ? "sigmoid" : "ReLU");
    arm_claim_settle(finding, like_sigmoid, false);
    return CREASE_OK;
}

/* The greatest distance of two motions under gravity. */
static crease_status distance(const arm_claim_setup *setup, arm_pair pair, double *apart,
                              crease_error *error) {
    arm_motion *motion[2] = {NULL, NULL};
    crease_status status = CREASE_OK;
    for (int i = 0; i < 2 && status == CREASE_OK; i++) {
        const arm_claim_case which = {.pair = i ? pair : ARM_RELU, .gain = setup->gain};
        const arm_controller controller = arm_claim_controller(setup, &which);
        const arm_options options = {.reference = setup->large,
                                     .interrupted = setup->interrupted,
                                     .interrupted_context = setup->interrupted_context};
        status = arm_motion_new(&setup->plant, &controller, &options, &motion[i], error);
    }
    *apart = 0;
    for (int k = 0; k <= 400 && status == CREASE_OK; k++) {
        double state[2][ARM_STATES];
        for (int i = 0; i < 2; i++)
            arm_motion_at(motion[i], arm_motion_end(motion[0]) * k / 400, state[i]);
        *apart = fmax(*apart, fabs(state[0][ARM_ANGLE] - state[1][ARM_ANGLE]));
    }
    arm_motion_free(motion[0]);
    arm_motion_free(motion[1]);
    return status;
}

/* The greatest difference of the two laws on [-3, 3]. */
static double law_distance(const arm_claim_setup *setup, arm_pair pair) {
    double most = 0;
    for (int k = -300; k <= 300; k++)
        most = fmax(most, fabs(arm_pair_evaluate(pair, setup->norm[pair], k / 100.0, NULL) -
                               arm_pair_evaluate(ARM_RELU, setup->norm[ARM_RELU], k / 100.0, NULL)));
    return most;
}

crease_status arm_claim_same_line(const arm_claim_setup *setup, arm_finding *finding, crease_error *error) {
    static const arm_pair pair[] = {ARM_SOFTPLUS, ARM_SILU, ARM_GELU, ARM_LEAKY};
    static const char *const key[] = {"apart_softplus_rad", "apart_silu_rad", "apart_gelu_rad",
                                      "apart_leaky_rad"};
    static const char *const what[] = {"motions of softplus and ReLU are apart by at most, rad",
                                       "of SiLU, rad", "of GELU, rad", "of leaky, rad"};
    double motions = 0, laws = 0;
    for (int i = 0; i < 4; i++) {
        double apart;
        crease_status status = distance(setup, pair[i], &apart, error);
        if (status != CREASE_OK)
            return status;
        arm_claim_add(finding, key[i], what[i], apart);
        motions = fmax(motions, apart);
        laws = fmax(laws, law_distance(setup, pair[i]));
    }
    arm_claim_add(finding, "laws_apart", "largest difference of the laws on [-3, 3]", laws);
    arm_claim_say(finding,
                  "Only the odd part of an activation counts in a pair. On [-3, 3] their laws differ by at "
                  "most %.0e, and "
                  "over a step of %g rad under gravity the angles by at most %.0e rad.",
                  laws, setup->large, motions);
    arm_claim_settle(finding, laws <= 1e-14 && motions <= 1e-7, false);
    return CREASE_OK;
}

/* tanh z = 2 sigma(2 z) - 1: input weights and output weights of a sigmoid network twice those of the tanh network; in
 * a pair the constants cancel. */
crease_status arm_claim_same_network(const arm_claim_setup *setup, arm_finding *finding,
                                     crease_error *error) {
    const arm_claim_case tanh_case = {.pair = ARM_TANH, .gain = setup->gain},
                         sigmoid_case = {.pair = ARM_SIGMOID, .gain = 2 * setup->gain};
    arm_claim_setup norms = *setup;
    norms.norm[ARM_SIGMOID] = setup->norm[ARM_TANH];
    const arm_controller controller[2] = {arm_claim_controller(setup, &tanh_case),
                                          arm_claim_controller(&norms, &sigmoid_case)};
    crease_net *net[2] = {NULL, NULL};
    crease_work *work[2] = {NULL, NULL};
    double apart = 0, untouched = 0;
    crease_status status = CREASE_OK;
    for (int i = 0; i < 2 && status == CREASE_OK; i++) {
        status = arm_controller_net(&controller[i], &net[i], error);
        if (status == CREASE_OK)
            status = crease_work_new(net[i], &work[i], error);
    }
    for (int k = -300; k <= 300 && status == CREASE_OK; k++) {
        double e = k / 100.0, u[2], plain;
        crease_net_evaluate(net[1], NULL, work[1], 1, &e, &plain);
        for (int i = 0; i < 2; i++) {
            double input = i * e + e; /* the doubled input weights of the sigmoid network */
            crease_net_evaluate(net[i], NULL, work[i], 1, &input, &u[i]);
        }
        apart = fmax(apart, fabs(u[0] - u[1]) / setup->gain);
        untouched = fmax(untouched, fabs(u[0] - plain) / setup->gain);
    }
    for (int i = 0; i < 2; i++) {
        crease_work_free(work[i]);
        crease_net_free(net[i]);
    }
    if (status != CREASE_OK)
        return status;
    arm_claim_add(finding, "apart", "largest difference of the two networks on [-3, 3], over K", apart);
    arm_claim_add(finding, "apart_same_inputs", "the same with the input weights left alone", untouched);
    arm_claim_say(
        finding,
        "With input and output weights doubled, the sigmoid network gives the torques of the tanh network "
        "to %.0e of K on [-3, 3]: tanh z = 2 sigma(2 z) - 1. They are one class of functions.",
        apart);
    arm_claim_settle(finding, apart <= 1e-13 && untouched > 1e-3, false);
    return CREASE_OK;
}

crease_status arm_claim_torque(const arm_claim_setup *setup, arm_finding *finding, crease_error *error) {
    arm_sweep_point small[3], large[3];
    crease_status status = three(setup, setup->small, small, error);
    if (status == CREASE_OK)
        status = three(setup, setup->large, large, error);
    if (status != CREASE_OK)
        return status;
    double asked[2] = {setup->gain * setup->small, setup->gain * setup->large};
    double peak[2] = {small[0].metrics.peak_torque_n_m, large[0].metrics.peak_torque_n_m};
    arm_claim_add(finding, "asked_small_n_m", "K times the small step, N m", asked[0]);
    arm_claim_add(finding, "peak_relu_small_n_m", "peak torque of ReLU there, N m", peak[0]);
    arm_claim_add(finding, "asked_large_n_m", "K times the large step, N m", asked[1]);
    arm_claim_add(finding, "peak_relu_large_n_m", "peak torque of ReLU there, N m", peak[1]);
    arm_claim_add(finding, "peak_tanh_large_n_m", "of tanh, N m", large[1].metrics.peak_torque_n_m);
    arm_claim_add(finding, "peak_sigmoid_large_n_m", "of sigmoid, N m", large[2].metrics.peak_torque_n_m);
    arm_claim_add(finding, "limit_n_m", "what the drive gives, N m", setup->plant.torque_limit);
    const double limit = setup->plant.torque_limit;
    bool free_small = arm_claim_alike(peak[0], asked[0], 1e-9),
         free_large = arm_claim_alike(peak[1], asked[1], 1e-9);
    bool holds = (free_small || (asked[0] > limit && peak[0] == limit)) &&
                 (free_large || (asked[1] > limit && peak[1] == limit));
    arm_claim_say(finding, "A step of %g rad takes %.4g N m, K times the step is %.4g N m. ", setup->small,
                  peak[0], asked[0]);
    if (holds && !free_large)
        arm_claim_say(finding, "One of %g rad asks for %.4g N m, and the drive gives %.4g N m; ",
                      setup->large, asked[1], peak[1]);
    else
        arm_claim_say(finding, "One of %g rad takes %.4g N m of %.4g N m; ", setup->large, peak[1], asked[1]);
    arm_claim_say(finding, "tanh uses %.4g N m, sigmoid %.4g N m.", large[1].metrics.peak_torque_n_m,
                  large[2].metrics.peak_torque_n_m);
    arm_claim_settle(finding, holds, !(free_small && free_large));
    return CREASE_OK;
}
