/* The two links in Spong's form,
 *     M11 = I1 + I2 + m1 lc1^2 + m2 (l1^2 + lc2^2 + 2 l1 lc2 cos q2), M12 = I2 + m2 (lc2^2 + l1 lc2 cos q2),
 *     M22 = I2 + m2 lc2^2,  with k = m2 l1 lc2 sin q2:  h = (-k q2' (2 q1' + q2'), k q1'^2) + gravity + friction;
 * the pendulums in absolute angles from upright,
 *     m l^2 [2 c; c 1] q'' = u + m l^2 (s q2'^2, -s q1'^2) + m g l (2 sin q1, sin q2) - friction,
 *     c, s = cos, sin(q2 - q1);
 * a chain by one run of Newton-Euler for h and one for each column of M. */
#include "arm/robot.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <string.h>

/* Link table of Corke & Armstrong-Helouvry (1994), A search for consensus among model parameters reported for the
 * PUMA 560 robot, in standard Denavit-Hartenberg frames. */
#define PUMA_LINKS                                                                                           \
    {                                                                                                        \
        {0, 0, M_PI_2, 0, {0, 0, 0}, {0, 0.35, 0}, 2e-4, -62.6111, 1.48e-3},                                 \
            {0, 0.4318, 0, 17.4, {-0.3638, 0.006, 0.2275}, {0.13, 0.524, 0.539}, 2e-4, 107.815, 8.17e-4},    \
            {0.15005, 0.0203,   -M_PI_2, 4.8, {-0.0203, -0.0141, 0.07}, {0.066, 0.086, 0.0125},              \
             2e-4,    -53.7063, 1.38e-3},                                                                    \
            {0.4318, 0, M_PI_2, 0.82, {0, 0.019, 0}, {1.8e-3, 1.3e-3, 1.8e-3}, 3.3e-5, 76.0364, 7.12e-5},    \
            {0, 0, -M_PI_2, 0.34, {0, 0, 0}, {3e-4, 4e-4, 3e-4}, 3.3e-5, 71.923, 8.26e-5},                   \
            {0, 0, 0, 0.09, {0, 0, 0.032}, {1.5e-4, 1.5e-4, 4e-5}, 3.3e-5, 76.686, 3.67e-5},                 \
    }

static const arm_robot robots[] = {
    {.name = "A",
     .about = "elbow of the PUMA 560",
     .joints = 1,
     .length = 0.4318,
     .reference = {0.5},
     .gain = {80},
     .rate_gain = {8},
     .lead_time = {0.2}},
    {.name = "A2",
     .about = "Spong's first link",
     .joints = 1,
     .length = 1,
     .reference = {0.5},
     .gain = {80},
     .rate_gain = {8},
     .lead_time = {0.2}},
    {.name = "B",
     .about = "Spong's two links",
     .joints = 2,
     .dynamics = ARM_TWO_LINKS,
     .two_links = {{1, 1}, {1, 2}, {0.5, 1}, {0.083, 0.33}, {0.1, 0.1}, 9.81},
     .torque_limit = {100, 50},
     .reference = {M_PI_4, M_PI_4},
     .gain = {150, 60},
     .rate_gain = {25, 10},
     .lead_time = {1. / 6, 1. / 6}},
    {.name = "B1",
     .about = "single pendulum of ARCH-COMP, from upright",
     .joints = 1,
     .dynamics = ARM_PENDULUMS,
     .pendulums = {0.5, 0.5, 0, 1},
     .torque_limit = {INFINITY},
     .start = {1},
     .gain = {2},
     .rate_gain = {0.5},
     .lead_time = {0.25}},
    {.name = "B2",
     .about = "double pendulum of ARCH-COMP, from upright",
     .joints = 2,
     .dynamics = ARM_PENDULUMS,
     .pendulums = {0.5, 0.5, 0, 1},
     .torque_limit = {INFINITY, INFINITY},
     .start = {1, 1},
     .gain = {4, 2},
     .rate_gain = {1, 0.5},
     .lead_time = {0.25, 0.25}},
    {.name = "C",
     .about = "first three joints of the PUMA 560",
     .joints = 3,
     .dynamics = ARM_CHAIN,
     .chain = {3, ARM_MOST_LINKS, PUMA_LINKS, 9.81, {0, 0, -1}},
     .torque_limit = {97.6, 186.4, 89.4},
     .start = {0, M_PI_4, M_PI},
     .reference = {0.5, 1.1, 2.8},
     .gain = {300, 600, 150},
     .rate_gain = {50, 90, 15},
     .lead_time = {0.15, 0.15, 0.1}},
};

crease_status arm_robot_find(const char *name, arm_robot *robot, crease_error *error) {
    for (size_t i = 0; i < sizeof robots / sizeof *robots; i++)
        if (strcmp(robots[i].name, name) == 0) {
            *robot = robots[i];
            if (robot->dynamics != ARM_ONE_JOINT)
                return CREASE_OK;
            crease_status status = arm_plant_find(name, &robot->plant, error);
            robot->torque_limit[0] = robot->plant.torque_limit;
            return status;
        }
    return crease_fail(
        error, CREASE_BAD_ARGUMENT,
        "there is no model '%.40s'; the models are A (elbow of the PUMA 560), A2 (Spong's first link), "
        "B (Spong's two links), B1 and B2 (single and double pendulum, from upright) and C (three "
        "joints of the PUMA 560)",
        name);
}

void arm_robot_without_gravity(arm_robot *robot) {
    robot->plant.gravity = robot->two_links.gravity = robot->pendulums.gravity = robot->chain.gravity = 0;
}

bool arm_robot_plant(const arm_robot *robot, arm_plant *plant) {
    const arm_pendulums *p = &robot->pendulums;
    if (robot->joints != 1 || robot->dynamics == ARM_CHAIN)
        return false;
    *plant = robot->dynamics == ARM_ONE_JOINT
                 ? robot->plant
                 : (arm_plant){robot->name, p->mass * p->length * p->length, p->friction,
                               -p->mass * p->gravity * p->length, INFINITY};
    plant->torque_limit = robot->torque_limit[0];
    return true;
}

static void two_links_terms(const arm_two_links *p, const double *q, const double *w, double *M, double *h) {
    double coupling = p->mass[1] * p->length[0] * p->centre[1], c = coupling * cos(q[1]),
           k = coupling * sin(q[1]);
    double own = p->inertia[1] + p->mass[1] * p->centre[1] * p->centre[1];
    M[0] = p->inertia[0] + own + p->mass[0] * p->centre[0] * p->centre[0] +
           p->mass[1] * p->length[0] * p->length[0] + 2 * c;
    M[1] = M[2] = own + c;
    M[3] = own;
    double outer = p->mass[1] * p->centre[1] * p->gravity * sin(q[0] + q[1]);
    double inner = (p->mass[0] * p->centre[0] + p->mass[1] * p->length[0]) * p->gravity * sin(q[0]);
    h[0] = -k * w[1] * (2 * w[0] + w[1]) + inner + outer + p->friction[0] * w[0];
    h[1] = k * w[0] * w[0] + outer + p->friction[1] * w[1];
}

static void pendulums_terms(const arm_pendulums *p, size_t joints, const double *q, const double *w,
                            double *M, double *h) {
    double J = p->mass * p->length * p->length, weight = p->mass * p->gravity * p->length;
    if (joints == 1) {
        M[0] = J;
        h[0] = p->friction * w[0] - weight * sin(q[0]);
        return;
    }
    double c = cos(q[1] - q[0]), s = sin(q[1] - q[0]);
    M[0] = 2 * J;
    M[1] = M[2] = J * c;
    M[3] = J;
    h[0] = -J * s * w[1] * w[1] - 2 * weight * sin(q[0]) + p->friction * w[0];
    h[1] = J * s * w[0] * w[0] - weight * sin(q[1]) + p->friction * w[1];
}

static void chain_terms(const arm_chain *chain, const double *q, const double *w, double *M, double *h) {
    static const double rest[ARM_MOST_LINKS] = {0};
    size_t n = chain->joints;
    arm_chain_torques(chain, q, w, rest, false, h);
    for (size_t j = 0; j < n; j++) {
        double unit[ARM_MOST_LINKS] = {0}, column[ARM_MOST_LINKS];
        unit[j] = 1;
        arm_chain_torques(chain, q, rest, unit, true, column);
        for (size_t i = 0; i < n; i++)
            M[i * n + j] = column[i];
    }
}

void arm_robot_terms(const arm_robot *robot, const double *q, const double *w, double *M, double *h) {
    switch (robot->dynamics) {
    case ARM_TWO_LINKS:
        two_links_terms(&robot->two_links, q, w, M, h);
        break;
    case ARM_PENDULUMS:
        pendulums_terms(&robot->pendulums, robot->joints, q, w, M, h);
        break;
    case ARM_CHAIN:
        chain_terms(&robot->chain, q, w, M, h);
        break;
    default:
        M[0] = robot->plant.inertia;
        h[0] = robot->plant.friction * w[0] + robot->plant.gravity * sin(q[0]);
    }
}

void arm_robot_gravity(const arm_robot *robot, const double *q, double *torque) {
    static const double rest[ARM_MOST_LINKS] = {0};
    double M[ARM_MOST_LINKS * ARM_MOST_LINKS];
    if (robot->dynamics == ARM_CHAIN)
        arm_chain_torques(&robot->chain, q, rest, rest, false, torque);
    else
        arm_robot_terms(robot, q, rest, M, torque);
}

bool arm_robot_acceleration(const arm_robot *robot, const double *q, const double *w, const double *u,
                            double *acceleration) {
    double M[ARM_MOST_JOINTS * ARM_MOST_JOINTS], h[ARM_MOST_JOINTS];
    size_t n = robot->joints;
    arm_robot_terms(robot, q, w, M, h);
    for (size_t i = 0; i < n; i++)
        acceleration[i] = u[i] - h[i];
    if (n == 1) {
        acceleration[0] /= M[0];
        return M[0] > 0;
    }
    gsl_matrix_view L = gsl_matrix_view_array(M, n, n);
    gsl_vector_view x = gsl_vector_view_array(acceleration, n);
    return gsl_linalg_cholesky_decomp1(&L.matrix) == GSL_SUCCESS &&
           gsl_linalg_cholesky_svx(&L.matrix, &x.vector) == GSL_SUCCESS;
}

static double potential(const arm_robot *robot, const double *q) {
    const arm_two_links *b = &robot->two_links;
    const arm_pendulums *p = &robot->pendulums;
    switch (robot->dynamics) {
    case ARM_TWO_LINKS:
        return -b->gravity * ((b->mass[0] * b->centre[0] + b->mass[1] * b->length[0]) * cos(q[0]) +
                              b->mass[1] * b->centre[1] * cos(q[0] + q[1]));
    case ARM_PENDULUMS:
        return p->mass * p->gravity * p->length *
               (robot->joints == 1 ? cos(q[0]) : 2 * cos(q[0]) + cos(q[1]));
    case ARM_CHAIN:
        return arm_chain_potential(&robot->chain, q);
    default:
        return -robot->plant.gravity * cos(q[0]);
    }
}

double arm_robot_energy(const arm_robot *robot, const double *q, const double *w) {
    double M[ARM_MOST_JOINTS * ARM_MOST_JOINTS], h[ARM_MOST_JOINTS], kinetic = 0;
    arm_robot_terms(robot, q, w, M, h);
    for (size_t i = 0; i < robot->joints; i++)
        for (size_t j = 0; j < robot->joints; j++)
            kinetic += M[i * robot->joints + j] * w[i] * w[j] / 2;
    return kinetic + potential(robot, q);
}

size_t arm_robot_points(const arm_robot *robot, const double *q, double point[ARM_MOST_POINTS][3]) {
    if (robot->dynamics == ARM_CHAIN)
        return arm_chain_points(&robot->chain, q, point);
    bool upright = robot->dynamics == ARM_PENDULUMS;
    double angle = 0, x = 0, z = 0;
    memset(point, 0, sizeof *point);
    for (size_t j = 0; j < robot->joints; j++) {
        double length = upright                            ? robot->pendulums.length
                        : robot->dynamics == ARM_TWO_LINKS ? robot->two_links.length[j]
                                                           : robot->length;
        angle = upright ? q[j] : angle + q[j];
        x += length * sin(angle);
        z += upright ? length * cos(angle) : -length * cos(angle);
        point[j + 1][0] = x;
        point[j + 1][1] = 0;
        point[j + 1][2] = z;
    }
    return robot->joints + 1;
}
