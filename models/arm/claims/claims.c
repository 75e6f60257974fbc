/* The claims: the popular sentence, then what stands behind it. */
#include "arm/claims/claims.h"
#include "arm/claims/claims_parts.h"

static const arm_claim table[] = {
    {"popular", "ReLU: high gain, fast, may oscillate; sigmoid: gentle, more stable", true,
     arm_claim_popular},

    {"quarter-slope",
     "a quarter of the slope halves the natural frequency, doubles the damping ratio, lowers the overshoot "
     "and "
     "slows the rise",
     false, arm_claim_quarter_slope},
    {"gain-not-shape",
     "it is the gain that does it: a ReLU pair with a quarter of it moves as a sigmoid pair does", true,
     arm_claim_gain_not_shape},
    {"settling", "the 2 % settling time hardly moves with the slope", true, arm_claim_settling},
    {"damping-inside", "with the damping inside the network (law PDi) the high gain is the better damped",
     true, arm_claim_damping_inside},
    {"least-damping", "under law PDi the damping ratio is least at slope b/(K Td)", false,
     arm_claim_least_damping},

    {"working-point",
     "under gravity the gain is that of the slope where the arm rests, not of the slope at 0", false,
     arm_claim_working_point},
    {"rest", "under gravity the gentle pair comes to rest farther from where it should", true,
     arm_claim_rest},
    {"upright", "upright, K times the slope must exceed G: ReLU and tanh stand, the sigmoid falls", true,
     arm_claim_upright},

    {"never-unstable", "no gain makes a second-order arm unstable", false, arm_claim_never_unstable},
    {"lag-limit", "a lag ta of the drive makes it unstable, from K s = b/ta + b^2/J on", false,
     arm_claim_lag_limit},
    {"hold-limit", "a controller that is sampled and held makes it unstable from a critical gain on", false,
     arm_claim_hold_limit},
    {"gentle-margin", "with a lag or sampling the sigmoid is farther from instability than ReLU", true,
     arm_claim_gentle_margin},

    {"torque", "the ReLU pair does not saturate: it asks for K times the step", true, arm_claim_torque},

    {"four-to-one", "with norm 2 the slope of the sigmoid pair is a quarter of that of the ReLU pair", false,
     arm_claim_four_to_one},
    {"two-to-one", "with norm 1 it is a half: 2 to 1, not 4 to 1", false, arm_claim_two_to_one},
    {"steepest", "of all pairs ReLU has the highest gain", false, arm_claim_steepest},
    {"tanh-gentle", "tanh saturates as the sigmoid does, so it is as gentle", false, arm_claim_tanh_gentle},
    {"same-line", "the softplus, SiLU, GELU and leaky pairs are the same controller as the ReLU pair", true,
     arm_claim_same_line},
    {"same-network", "a tanh network is a sigmoid network with other weights", false, arm_claim_same_network},
};

const char *arm_verdict_name(arm_verdict verdict) {
    return verdict == ARM_CONFIRMED ? "confirmed"
           : verdict == ARM_REFUTED ? "refuted"
                                    : "confirmed with limits";
}

arm_claim_setup arm_claim_defaults(void) {
    arm_claim_setup setup = {.gain = 80,
                             .low_gain = 20,
                             .rate_gain = 8,
                             .lead_time = 0.2,
                             .small = 0.5,
                             .large = 1.5,
                             .lag = {0.01, 0.05},
                             .sample = {0.02, 0.05}};
    for (int pair = 0; pair < ARM_PAIR_COUNT; pair++)
        setup.norm[pair] = arm_pair_norm((arm_pair)pair);
    arm_plant_find("A", &setup.plant, NULL);
    return setup;
}

const arm_claim *arm_claim_at(size_t index) {
    return index < sizeof table / sizeof *table ? &table[index] : NULL;
}

crease_status arm_claim_judge(const arm_claim *claim, const arm_claim_setup *setup, arm_finding *finding,
                              crease_error *error) {
    *finding = (arm_finding){.verdict = ARM_REFUTED};
    return claim->measure(setup, finding, error);
}
