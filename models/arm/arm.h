/* A one-joint robot arm under a proportional controller whose law is a pair of activation functions.
 *
 * Plant:      J q'' + b q' + G sin q = u, the angle q counted from hanging down, u held within +-U.
 * Controller: u = K phi(e) with e = reference - q, phi(e) = (f(e) - f(-e)) / norm, f an activation.
 * SI units and radians throughout. */
#ifndef ARM_H
#define ARM_H

#include "crease/net.h"
#include "crease/ode.h"
#include "crease/status.h"
#include <stdbool.h>
#include <stddef.h>

/* ---- plant (plant.c) ---- */

typedef struct arm_plant {
    const char *name;    /* "A", "A2"; static text */
    double inertia;      /* J, kg m^2 */
    double friction;     /* b, N m s/rad */
    double gravity;      /* G, N m: largest gravity torque; 0: the arm moves in the horizontal plane */
    double torque_limit; /* U, N m */
} arm_plant;

/* "A": elbow of the PUMA 560 with straight wrist, consensus parameters of Corke & Armstrong-Helouvry (1994),
 * torque limit after Armstrong, Khatib & Burdick (1986). "A2": first link of Spong (1994), with a tight
 * limit. BAD_ARGUMENT, naming the models that exist, for any other name. */
crease_status arm_plant_find(const char *name, arm_plant *plant, crease_error *error);

/* q'' at torque u, which is held within the limit first. */
double arm_plant_acceleration(const arm_plant *plant, double angle, double rate, double torque);
double arm_plant_clip_torque(const arm_plant *plant, double torque);

/* ---- controller (controller.c) ---- */

typedef enum arm_pair {
    ARM_RELU = 0,
    ARM_TANH,
    ARM_SIGMOID,
    ARM_LEAKY, /* slope .01 below zero */
    ARM_SOFTPLUS,
    ARM_SILU,
    ARM_GELU,
    ARM_ELU,
    ARM_SATRELU, /* relu(e + w) - relu(e - w) - w = e held within +-w, w = ARM_SATRELU_WIDTH */
    ARM_PAIR_COUNT
} arm_pair;

#define ARM_SATRELU_WIDTH 0.5

typedef enum arm_law {
    ARM_LAW_P = 0, /* u = K phi(e) */
    ARM_LAW_PDX,   /* u = K phi(e) - Kd q': damping outside the network */
    ARM_LAW_PDI,   /* u = K phi(e - Td q'): damping inside */
    ARM_LAW_COUNT
} arm_law;

typedef struct arm_controller {
    arm_law law;
    arm_pair pair;
    double gain;      /* K, N m */
    double rate_gain; /* Kd, N m s/rad, of PDx */
    double lead_time; /* Td, s, of PDi */
    double norm;      /* > 0 */
} arm_controller;

const char *arm_pair_name(arm_pair pair);
const char *arm_law_name(arm_law law);
crease_status arm_pair_parse(const char *name, arm_pair *pair, crease_error *error);
crease_status arm_law_parse(const char *name, arm_law *law, crease_error *error);

/* The norm that each pair has by default: 2 for tanh and sigmoid, 1 + slope for leaky, else 1. */
double arm_pair_norm(arm_pair pair);
/* K 80, Kd 8, Td .2 and the pair's norm. */
arm_controller arm_controller_default(arm_law law, arm_pair pair);

/* phi(e) and its derivative (may be NULL). */
double arm_pair_evaluate(arm_pair pair, double norm, double error_angle, double *derivative);
/* The torque that the law asks for, before the limit. */
double arm_controller_command(const arm_controller *controller, double reference, double angle, double rate);

/* The law P as the network it is, torque against error angle: one hidden layer of two units ("relu:2",
 * "tanh:2", ...), output weights K/norm and -K/norm. Free it with crease_net_free. */
crease_status arm_controller_net(const arm_controller *controller, crease_net **net, crease_error *error);

/* ---- a motion (motion.c) ---- */

/* The state: angle (rad), rate (rad/s), then integrals over the time: |e| (rad s), t |e| (rad s^2), u^2 (N^2
 * m^2 s). */
enum { ARM_ANGLE = 0, ARM_RATE, ARM_IAE, ARM_ITAE, ARM_TORQUE_SQUARED, ARM_STATES };

typedef struct arm_options {
    double reference;               /* rad */
    double start_angle, start_rate; /* rad, rad/s */
    double time;                    /* s; 0 means 8 */
    double tolerance;               /* relative and absolute error of a step; 0 means 1e-12 */
    /* asked at every step; true ends the motion early; both may be NULL */
    bool (*interrupted)(void *context);
    void *interrupted_context;
    void (*progress)(size_t done, size_t total, void *context); /* in milliseconds of simulated time */
    void *progress_context;
    crease_ode_method method; /* 0: rk8pd */
    bool plain;               /* does not stop at kinks; for comparisons */
} arm_options;

typedef struct arm_motion arm_motion;

/* Integrates with adaptive steps, all of which are kept, that stop at the kinks of law, torque limit and |e| (see
 * crease/ode.h). BAD_ARGUMENT, with the remedy, for values out of range (gains negative or
 * above 1e9, angles beyond 1000 rad, rates beyond 1000 rad/s, time not in (0, 1e6] s, tolerance outside
 * [1e-14, 1e-2]) and for a motion that needs over half a million steps. Copies plant and controller. */
crease_status arm_motion_new(const arm_plant *plant, const arm_controller *controller,
                             const arm_options *options, arm_motion **motion, crease_error *error);
void arm_motion_free(arm_motion *motion);

/* The state at any time of [0, end]: the accepted step before it is repeated with a shorter length, so this
 * has the integrator's own accuracy. Uses work space inside `motion`: one thread at a time. */
void arm_motion_at(arm_motion *motion, double time, double state[ARM_STATES]);
/* The torque, within its limit, in such a state. */
double arm_motion_torque(const arm_motion *motion, const double state[ARM_STATES]);
double arm_motion_end(const arm_motion *motion);        /* the last time: the wanted one unless interrupted */
size_t arm_motion_step_count(const arm_motion *motion); /* accepted steps */
/* Calls of the right-hand side by the integration, rejected steps included, without those of arm_motion_at.
 */
size_t arm_motion_calls(const arm_motion *motion);

/* ---- where a motion ends, and linear theory there (equilibrium.c) ---- */

/* The equilibrium, K phi(reference - q) = G sin q, nearest to the angle `near`. NaN where each angle is one
 * (no gain, no gravity). */
crease_status arm_equilibrium(const arm_plant *plant, const arm_controller *controller, double reference,
                              double near, double *angle, crease_error *error);

/* Second-order theory of small motions about an angle at rest. */
typedef struct arm_linear {
    double slope;             /* phi'(e) there */
    double gain;              /* K phi'(e) + G cos q, N m/rad: the effective gain */
    double natural_frequency; /* rad/s; NaN when gain <= 0 (no restoring torque) */
    double damping_ratio;     /* NaN likewise */
    double overshoot_pct;     /* of a small step; 0 from damping ratio 1 on */
    double envelope_2pct_s;   /* when the envelope is down to 2 %: ln(50)/(ratio * frequency) */
} arm_linear;

arm_linear arm_linearise(const arm_plant *plant, const arm_controller *controller, double reference,
                         double angle);

/* ---- metrics of a step (metrics.c) ---- */

/* As stepinfo of MATLAB and python-control: of the step from the start angle to q_ss. NaN where undefined;
 * then the matching `why` is one sentence, else NULL. */
typedef struct arm_metrics {
    double rise_10_90_s;  /* from the first passage of 10 % to that of 90 % */
    double overshoot_pct; /* 0 when q_ss is never passed */
    double peak_time_s;
    double settle_2pct_s; /* from then on within 2 % of the step about q_ss */
    double q_ss_rad, steady_state_error_rad;
    double peak_torque_n_m; /* largest |u| within the limit */
    double iae, itae, int_u2;
    double state_end[2];
    const char *rise_why, *overshoot_why, *peak_time_why, *settle_why, *q_ss_why; /* static text */
} arm_metrics;

crease_status arm_motion_measure(arm_motion *motion, arm_metrics *metrics, crease_error *error);

#endif
