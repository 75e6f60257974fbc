/* How the claims of claims.c are measured; private to the claims. */
#ifndef ARM_CLAIMS_PARTS_H
#define ARM_CLAIMS_PARTS_H

#include "arm/claims/claims.h"
#include "arm/linear/sweep.h"

/* ---- what every measurement uses (claims_tools.c) ---- */

void arm_claim_add(arm_finding *finding, const char *key, const char *what, double value);
/* Appends to the reason. */
void arm_claim_say(arm_finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Refuted unless it holds; confirmed with limits when it holds and has some. */
void arm_claim_settle(arm_finding *finding, bool holds, bool limits);
/* a and b differ by at most this part of the larger. */
bool arm_claim_alike(double a, double b, double part);

typedef struct arm_claim_case {
    arm_law law;
    arm_pair pair;
    double gain;
    bool gravity;
    double reference;
    double lag, sample; /* of the theory */
    bool simulate;
} arm_claim_case;

/* The controller of a case, with the setup's norm, Kd and Td. */
arm_controller arm_claim_controller(const arm_claim_setup *setup, const arm_claim_case *which);
crease_status arm_claim_run(const arm_claim_setup *setup, const arm_claim_case *which, arm_sweep_point *point,
                            crease_error *error);

/* The length of a simulated step, s. */
double arm_claim_time(const arm_claim_setup *setup);

/* ---- gain and damping (claims_gain.c) ---- */
arm_claim_measure arm_claim_popular, arm_claim_quarter_slope, arm_claim_settling, arm_claim_damping_inside,
    arm_claim_least_damping, arm_claim_gain_not_shape;

/* ---- under gravity (claims_gravity.c) ---- */
arm_claim_measure arm_claim_working_point, arm_claim_rest, arm_claim_upright;

/* ---- limits of stability (claims_limits.c) ---- */
arm_claim_measure arm_claim_never_unstable, arm_claim_lag_limit, arm_claim_hold_limit,
    arm_claim_gentle_margin;

/* ---- the pairs themselves, and torque (claims_pairs.c) ---- */
arm_claim_measure arm_claim_four_to_one, arm_claim_two_to_one, arm_claim_steepest, arm_claim_tanh_gentle,
    arm_claim_same_line, arm_claim_same_network, arm_claim_torque;

#endif
