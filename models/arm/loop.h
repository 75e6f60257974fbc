/* A closed loop: a robot, the law that drives it, the reference, and what lies between law and joint: torque limits, a
 * lag of the actuator, a controller that acts at sample times only. */
#ifndef ARM_LOOP_H
#define ARM_LOOP_H

#include "arm/robot.h"
#include "crease/ode.h"

typedef struct arm_loop {
    arm_robot robot;
    arm_controller controller[ARM_MOST_JOINTS]; /* the law of each joint, where there is no network */
    const arm_network *network;                 /* u = network(..); borrowed; NULL: the laws */
    bool gravity_compensation;         /* adds the torque that gravity asks for in the present pose */
    double reference[ARM_MOST_JOINTS]; /* rad */
    double lag;    /* s: the torque v at the joint follows the held command u by lag v' = u - v; 0: at once */
    double sample; /* s: the command is taken at multiples of it and held in between; 0: continuously */
} arm_loop;

/* The laws P, PDx, PDi (arm.h) with the robot's own gains at each joint. Fills all of the loop but `robot`. */
void arm_loop_default(arm_loop *loop, arm_law law, arm_pair pair);
/* BAD_ARGUMENT, with the remedy, for what is out of range: gains not in [0, 1e9], references beyond 1000 rad, a lag or a
 * sample time not 0 or in [1e-6, 1e6] s. */
crease_status arm_loop_check(const arm_loop *loop, crease_error *error);

/* ---- commands with frozen sides (command.c, network_command.c) ---- */

/* The law made ready for an integrator. Its kinks are the units of a network that bend (relu, leaky, prelu, elu, powers)
 * and the bends of a pair: two of satrelu, one of elu; none of the pairs that are straight lines or smooth. */
typedef struct arm_commander arm_commander;
crease_status arm_commander_new(const arm_loop *loop, arm_commander **commander, crease_error *error);
void arm_commander_free(arm_commander *commander);
size_t arm_commander_kinks(const arm_commander *commander);
/* u (joints): the torques asked for, before limits. z (kinks; may be NULL): how far each kink is, changing its sign there.
 * above (kinks): the side of each on which the law is evaluated, smoothly beyond it; NULL: where z > 0. */
void arm_commander_evaluate(arm_commander *commander, const double *q, const double *w, const bool *above,
                            double *u, double *z);
/* du/dt and dz/dt on a motion with rates w and accelerations a. */
void arm_commander_rates(arm_commander *commander, const double *q, const double *w, const double *a,
                         const bool *above, double *du, double *dz);

/* A network's part of it: u and z as above, and with dx their derivatives along dx in du and dz (NULL: not wanted). */
typedef struct arm_network_work arm_network_work;
crease_status arm_network_work_new(const crease_net *net, arm_network_work **work, crease_error *error);
void arm_network_work_free(arm_network_work *work);
size_t arm_network_kinks(const arm_network_work *work);
void arm_network_evaluate(arm_network_work *work, const double *x, const double *dx, const bool *above,
                          double *u, double *z, double *du, double *dz);

/* ---- motions (motion.c) ---- */

typedef struct arm_run {
    double start[2 * ARM_MOST_JOINTS]; /* the angles of all joints, then their rates */
    double time, tolerance;            /* 0: 8 s, 1e-12 */
    crease_ode_method method;
    bool plain; /* does not stop at kinks; for comparisons */
    bool (*interrupted)(void *context);
    void *interrupted_context;
    void (*progress)(size_t done, size_t total, void *context); /* in milliseconds of simulated time */
    void *progress_context;
} arm_run;

/* As arm_motion_new, for any loop. The loop is copied, its network borrowed for the life of the motion. */
crease_status arm_loop_run(const arm_loop *loop, const arm_run *run, arm_motion **motion,
                           crease_error *error);
const arm_loop *arm_motion_loop(const arm_motion *motion);
/* Angles, rates and torques at the joints (joints each; each may be NULL) at a time. */
void arm_motion_joints_at(arm_motion *motion, double time, double *angle, double *rate, double *torque);
/* Kinks of the law and of the torque limits that were crossed. */
size_t arm_motion_events(const arm_motion *motion);
crease_ode_statistics arm_motion_statistics(const arm_motion *motion);

/* ---- equilibrium, linear theory, metrics ---- */

/* The equilibrium near the given angles (joints): of one joint the nearest, of several what Newton's method reaches from there.
 * NaN where there is none, or where each pose is one. */
crease_status arm_loop_equilibrium(const arm_loop *loop, const double *near, double *angle,
                                   crease_error *error);

/* Poles of small motions about an equilibrium (joints angles). Of a sampled controller: of the map from sample to sample,
 * so the unit circle is the limit of stability, not the imaginary axis. count 0 where an angle is NaN. */
typedef struct arm_poles {
    size_t count;
    double real[4 * ARM_MOST_JOINTS], imaginary[4 * ARM_MOST_JOINTS];
    double growth; /* the largest real part, 1/s; of a sampled controller the largest size */
    bool discrete; /* a sampled controller */
    bool stable;   /* all inside; neutral: on the limit of stability, to 1e-10 */
    bool neutral;
} arm_poles;
crease_status arm_loop_poles(const arm_loop *loop, const double *angle, arm_poles *poles,
                             crease_error *error);

/* Metrics of each joint (joints). Where small motions about the end value grow and the motion does not settle, overshoot,
 * peak and settling time do not exist. */
crease_status arm_motion_measure_joints(arm_motion *motion, arm_metrics *metrics, crease_error *error);

#endif
