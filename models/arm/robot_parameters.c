/* Every parameter of a model under the name that it has in the equations, with the range it must lie in. */
#include "arm/robot.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

typedef enum range { POSITIVE = 0, NOT_NEGATIVE, ANY } range;

typedef struct parameter {
    const char *name, *meaning;
    size_t offset; /* in arm_robot */
    range allowed;
} parameter;

#define AT(member) offsetof(arm_robot, member)

static const parameter plant_parameters[] = {
    {"J", "inertia, kg m^2", AT(plant.inertia), POSITIVE},
    {"b", "viscous friction, N m s/rad", AT(plant.friction), NOT_NEGATIVE},
    {"Gm", "largest torque of gravity, N m", AT(plant.gravity), NOT_NEGATIVE},
    {"l", "length, m, for pictures only", AT(length), POSITIVE},
    {"Umax", "torque limit, N m", AT(torque_limit[0]), POSITIVE},
};

static const parameter two_links_parameters[] = {
    {"m1", "mass of link 1, kg", AT(two_links.mass[0]), POSITIVE},
    {"m2", "mass of link 2, kg", AT(two_links.mass[1]), POSITIVE},
    {"l1", "length of link 1, m", AT(two_links.length[0]), POSITIVE},
    {"l2", "length of link 2, m, for pictures only", AT(two_links.length[1]), POSITIVE},
    {"lc1", "from joint 1 to the centre of link 1, m", AT(two_links.centre[0]), NOT_NEGATIVE},
    {"lc2", "from joint 2 to the centre of link 2, m", AT(two_links.centre[1]), NOT_NEGATIVE},
    {"I1", "inertia of link 1 about its centre, kg m^2", AT(two_links.inertia[0]), NOT_NEGATIVE},
    {"I2", "inertia of link 2 about its centre, kg m^2", AT(two_links.inertia[1]), NOT_NEGATIVE},
    {"b1", "viscous friction of joint 1, N m s/rad", AT(two_links.friction[0]), NOT_NEGATIVE},
    {"b2", "viscous friction of joint 2, N m s/rad", AT(two_links.friction[1]), NOT_NEGATIVE},
    {"g", "gravity, m/s^2", AT(two_links.gravity), NOT_NEGATIVE},
    {"Umax1", "torque limit of joint 1, N m", AT(torque_limit[0]), POSITIVE},
    {"Umax2", "torque limit of joint 2, N m", AT(torque_limit[1]), POSITIVE},
};

/* the last one is of two joints only */
static const parameter pendulums_parameters[] = {
    {"m", "mass of each, kg", AT(pendulums.mass), POSITIVE},
    {"l", "length of each, m", AT(pendulums.length), POSITIVE},
    {"c", "viscous friction, N m s/rad", AT(pendulums.friction), NOT_NEGATIVE},
    {"g", "gravity, m/s^2", AT(pendulums.gravity), NOT_NEGATIVE},
    {"Umax1", "torque limit of joint 1, N m", AT(torque_limit[0]), POSITIVE},
    {"Umax2", "torque limit of joint 2, N m", AT(torque_limit[1]), POSITIVE},
};

#define LINK(n)                                                                                              \
    {"d" #n, "offset of link " #n " along its joint, m", AT(chain.link[n - 1].offset), ANY},                 \
        {"a" #n, "length of link " #n ", m", AT(chain.link[n - 1].length), ANY},                             \
        {"alpha" #n, "twist of link " #n ", rad", AT(chain.link[n - 1].twist), ANY},                         \
        {"m" #n, "mass of link " #n ", kg", AT(chain.link[n - 1].mass), NOT_NEGATIVE},                       \
        {"rx" #n, "centre of link " #n ", x in its frame, m", AT(chain.link[n - 1].centre[0]), ANY},         \
        {"ry" #n, "centre of link " #n ", y, m", AT(chain.link[n - 1].centre[1]), ANY},                      \
        {"rz" #n, "centre of link " #n ", z, m", AT(chain.link[n - 1].centre[2]), ANY},                      \
        {"Ixx" #n, "inertia of link " #n " about x, kg m^2", AT(chain.link[n - 1].inertia[0]),               \
         NOT_NEGATIVE},                                                                                      \
        {"Iyy" #n, "inertia of link " #n " about y, kg m^2", AT(chain.link[n - 1].inertia[1]),               \
         NOT_NEGATIVE},                                                                                      \
        {"Izz" #n, "inertia of link " #n " about z, kg m^2", AT(chain.link[n - 1].inertia[2]),               \
         NOT_NEGATIVE},                                                                                      \
        {"Jm" #n, "inertia of motor " #n ", kg m^2", AT(chain.link[n - 1].motor_inertia), NOT_NEGATIVE},     \
        {"G" #n, "gear of motor " #n, AT(chain.link[n - 1].gear), ANY},                                      \
        {"B" #n, "friction of motor " #n ", N m s/rad", AT(chain.link[n - 1].motor_friction), NOT_NEGATIVE}, \
    {                                                                                                        \
        "Umax" #n, "torque limit of joint " #n ", N m", AT(torque_limit[n - 1]), POSITIVE                    \
    }

static const parameter chain_parameters[] = {
    LINK(1),
    LINK(2),
    LINK(3),
    {"g", "gravity, m/s^2", AT(chain.gravity), NOT_NEGATIVE},
};

static const parameter *parameters_of(const arm_robot *robot, size_t *count) {
    switch (robot->dynamics) {
    case ARM_TWO_LINKS:
        *count = sizeof two_links_parameters / sizeof *two_links_parameters;
        return two_links_parameters;
    case ARM_PENDULUMS:
        *count = sizeof pendulums_parameters / sizeof *pendulums_parameters - (robot->joints == 1);
        return pendulums_parameters;
    case ARM_CHAIN:
        *count = sizeof chain_parameters / sizeof *chain_parameters;
        return chain_parameters;
    default:
        *count = sizeof plant_parameters / sizeof *plant_parameters;
        return plant_parameters;
    }
}

static const parameter *parameter_of(const arm_robot *robot, size_t i) {
    size_t count;
    const parameter *all = parameters_of(robot, &count);
    return &all[i < count ? i : 0];
}

size_t arm_robot_parameter_count(const arm_robot *robot) {
    size_t count;
    parameters_of(robot, &count);
    return count;
}

const char *arm_robot_parameter_name(const arm_robot *robot, size_t i) {
    return parameter_of(robot, i)->name;
}

const char *arm_robot_parameter_meaning(const arm_robot *robot, size_t i) {
    return parameter_of(robot, i)->meaning;
}

double arm_robot_parameter(const arm_robot *robot, size_t i) {
    double value;
    memcpy(&value, (const char *)robot + parameter_of(robot, i)->offset, sizeof value);
    return value;
}

crease_status arm_robot_set_parameter(arm_robot *robot, size_t i, double value, crease_error *error) {
    static const double least[] = {[POSITIVE] = 1e-6, [NOT_NEGATIVE] = 0, [ANY] = -1e6};
    const parameter *p = parameter_of(robot, i);
    if (!(value >= least[p->allowed] && value <= 1e6))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "%s (%s) must be between %g and 1e6, not %g", p->name,
                           p->meaning, least[p->allowed], value);
    memcpy((char *)robot + p->offset, &value, sizeof value);
    return CREASE_OK;
}

crease_status arm_robot_check(const arm_robot *robot, crease_error *error) {
    enum { POSES = 12 };
    static const double rest[ARM_MOST_JOINTS] = {0};
    size_t n = robot->joints;
    for (size_t pose = 0; pose < (n == 1 ? 1 : n == 2 ? POSES : POSES * POSES); pose++) {
        double q[ARM_MOST_JOINTS] = {0}, M[ARM_MOST_JOINTS * ARM_MOST_JOINTS], h[ARM_MOST_JOINTS];
        q[1] = 2 * M_PI * (double)(pose % POSES) / POSES;
        q[2] = 2 * M_PI * (double)(pose / POSES) / POSES;
        arm_robot_terms(robot, q, rest, M, h);
        gsl_matrix_view L = gsl_matrix_view_array(M, n, n);
        if (gsl_linalg_cholesky_decomp1(&L.matrix) != GSL_SUCCESS)
            return crease_fail(
                error, CREASE_BAD_ARGUMENT,
                "with these parameters model %s has no positive inertia about some joint (M is not "
                "positive definite); give its links mass and inertia",
                robot->name);
    }
    return CREASE_OK;
}
