/* Arms of one to three joints as rigid bodies: M(q) q'' + h(q, q') = u, with M symmetric positive definite and h the
 * torques of centrifugal and Coriolis forces, gravity and viscous friction. SI units and radians. */
#ifndef ARM_ROBOT_H
#define ARM_ROBOT_H

#include "arm/arm.h"
#include "arm/network.h"

enum { ARM_MOST_LINKS = 6 };

/* Two links that swing in a vertical plane (Spong 1994), the first angle counted from hanging down, the second from the
 * first link. */
typedef struct arm_two_links {
    double mass[2], length[2], centre[2]; /* kg, m, m from the joint to the centre of mass */
    double inertia[2];                    /* kg m^2 about the centre of mass */
    double friction[2];                   /* N m s/rad */
    double gravity;                       /* m/s^2 */
} arm_two_links;

/* One or two rods without mass that carry a mass at their end each, absolute angles counted from standing upright
 * (benchmarks "single pendulum" and "double pendulum" of ARCH-COMP, Johnson et al. 2020). */
typedef struct arm_pendulums {
    double mass, length; /* kg, m: the same for both */
    double friction;     /* N m s/rad */
    double gravity;      /* m/s^2 */
} arm_pendulums;

/* A link in the convention of Denavit & Hartenberg (1955): turn by q about z, move d along z, a along the new x, turn by
 * alpha about x. Its joint is driven by a motor through a gear. */
typedef struct arm_link {
    double offset, length, twist; /* d m, a m, alpha rad */
    double mass;                  /* kg */
    double centre[3];             /* m, in the frame of the link */
    double inertia[3];            /* Ixx, Iyy, Izz about the centre of mass, kg m^2 */
    double motor_inertia, gear,
        motor_friction; /* kg m^2, turns of the motor a turn of the joint, N m s/rad */
} arm_link;

typedef struct arm_chain {
    size_t joints; /* that move */
    size_t links;  /* of the table; those beyond the joints are neither weighed nor moved, only drawn */
    arm_link link[ARM_MOST_LINKS];
    double gravity; /* m/s^2 */
    double down[3]; /* direction in which it pulls, a unit vector in the base frame */
} arm_chain;

typedef enum arm_dynamics { ARM_ONE_JOINT = 0, ARM_TWO_LINKS, ARM_PENDULUMS, ARM_CHAIN } arm_dynamics;

typedef struct arm_robot {
    const char *name, *about; /* static text */
    size_t joints;
    arm_dynamics dynamics; /* which one of the next four */
    arm_plant plant;       /* its torque limit is not used, the one below is */
    arm_two_links two_links;
    arm_pendulums pendulums;
    arm_chain chain;
    double torque_limit[ARM_MOST_JOINTS]; /* N m, INFINITY: none */
    double length;                        /* m, of a plant, for pictures */
    /* what a step starts from when nothing is said */
    double start[ARM_MOST_JOINTS], reference[ARM_MOST_JOINTS];
    double gain[ARM_MOST_JOINTS], rate_gain[ARM_MOST_JOINTS], lead_time[ARM_MOST_JOINTS];
} arm_robot;

/* "A", "A2": see arm_plant_find. "B": two links of Spong (1994). "B1", "B2": single and double pendulum of ARCH-COMP.
 * "C": the first three joints of the PUMA 560, link table of Corke & Armstrong-Helouvry (1994), torque limits after
 * Armstrong, Khatib & Burdick (1986). BAD_ARGUMENT, naming the models that exist, for any other name. */
crease_status arm_robot_find(const char *name, arm_robot *robot, crease_error *error);
void arm_robot_without_gravity(arm_robot *robot);
/* A robot of one joint as J q'' + b q' + G sin q = u (of a pendulum from upright G is negative). False for several joints. */
bool arm_robot_plant(const arm_robot *robot, arm_plant *plant);

/* ---- parameters by name (robot_parameters.c) ---- */

size_t arm_robot_parameter_count(const arm_robot *robot);
/* "m1", "Ixx2", "Umax"; its meaning with the unit. Static texts. */
const char *arm_robot_parameter_name(const arm_robot *robot, size_t i);
const char *arm_robot_parameter_meaning(const arm_robot *robot, size_t i);
double arm_robot_parameter(const arm_robot *robot, size_t i);
/* BAD_ARGUMENT, with name and value, for one out of its range (a mass is positive, a friction not negative). */
crease_status arm_robot_set_parameter(arm_robot *robot, size_t i, double value, crease_error *error);
/* After parameters were set: BAD_ARGUMENT when M is not positive definite in some pose. */
crease_status arm_robot_check(const arm_robot *robot, crease_error *error);

/* ---- dynamics (robot.c, chain.c); q, w, u: joints ---- */

/* M (joints x joints, row-major) and h. */
void arm_robot_terms(const arm_robot *robot, const double *q, const double *w, double *M, double *h);
/* The torques that gravity asks for at rest: h(q, 0). */
void arm_robot_gravity(const arm_robot *robot, const double *q, double *torque);
/* q'' under the torques u, which are not held within their limits. False when M is not positive definite. */
bool arm_robot_acceleration(const arm_robot *robot, const double *q, const double *w, const double *u,
                            double *acceleration);
/* Kinetic and potential energy, J; what the potential is counted from does not matter. */
double arm_robot_energy(const arm_robot *robot, const double *q, const double *w);
/* Base, joints and tip in metres, x to the right, z up; the arm is drawn as the line through them. Returns their number. */
enum { ARM_MOST_POINTS = 2 * ARM_MOST_LINKS + 3 };
size_t arm_robot_points(const arm_robot *robot, const double *q, double point[ARM_MOST_POINTS][3]);

/* Torques of a chain for given motion by recursive Newton-Euler (Luh, Walker & Paul 1980), those of the motors' inertia
 * and friction included; without gravity where `weightless`. */
void arm_chain_torques(const arm_chain *chain, const double *q, const double *w, const double *acceleration,
                       bool weightless, double *torque);
double arm_chain_potential(const arm_chain *chain, const double *q);
size_t arm_chain_points(const arm_chain *chain, const double *q, double point[ARM_MOST_POINTS][3]);

#endif
