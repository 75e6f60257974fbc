/* Where a loop is at rest: the command, held within the limits, balances gravity. One joint: all sign changes are looked at.
 * Several: Powell's hybrid of Newton's method and steepest descent, from the given pose and then from the reference. A
 * lag and sampling leave an equilibrium where it is. */
#include "arm/internal.h"
#include "arm/loop.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multiroots.h>
#include <math.h>
#include <string.h>

typedef struct balance {
    const arm_loop *loop;
    arm_commander *commander;
} balance;

static void imbalance(const balance *b, const double *q, double *left) {
    static const double rest[ARM_MOST_JOINTS] = {0};
    const arm_robot *robot = &b->loop->robot;
    double gravity[ARM_MOST_JOINTS];
    arm_commander_evaluate(b->commander, q, rest, NULL, left, NULL);
    arm_robot_gravity(robot, q, gravity);
    for (size_t j = 0; j < robot->joints; j++)
        left[j] = fmax(-robot->torque_limit[j], fmin(robot->torque_limit[j], left[j])) - gravity[j];
}

static double imbalance_of_one(double angle, void *context) {
    double left;
    imbalance(context, &angle, &left);
    return left;
}

static int imbalance_of_all(const gsl_vector *q, void *context, gsl_vector *f) {
    double pose[ARM_MOST_JOINTS], left[ARM_MOST_JOINTS];
    for (size_t j = 0; j < q->size; j++)
        pose[j] = gsl_vector_get(q, j);
    imbalance(context, pose, left);
    for (size_t j = 0; j < q->size; j++) {
        if (!isfinite(left[j]))
            return GSL_EBADFUNC;
        gsl_vector_set(f, j, left[j]);
    }
    return GSL_SUCCESS;
}

static double largest(const gsl_vector *f) {
    double size = 0;
    for (size_t j = 0; j < f->size; j++)
        size = fmax(size, fabs(gsl_vector_get(f, j)));
    return size;
}

static bool solve_from(balance *b, gsl_multiroot_fsolver *solver, const double *from, double *angle) {
    enum { MOST_STEPS = 200 };
    size_t n = b->loop->robot.joints;
    double pose[ARM_MOST_JOINTS];
    memcpy(pose, from, n * sizeof *pose);
    gsl_vector_view x = gsl_vector_view_array(pose, n);
    gsl_multiroot_function f = {imbalance_of_all, n, b};
    if (gsl_multiroot_fsolver_set(solver, &f, &x.vector) != GSL_SUCCESS)
        return false;
    for (int i = 0; i < MOST_STEPS && largest(gsl_multiroot_fsolver_f(solver)) > 1e-13; i++)
        if (gsl_multiroot_fsolver_iterate(solver) != GSL_SUCCESS)
            break;
    double left = largest(gsl_multiroot_fsolver_f(solver)), torque[ARM_MOST_JOINTS], scale = 1;
    for (size_t j = 0; j < n; j++)
        angle[j] = gsl_vector_get(gsl_multiroot_fsolver_root(solver), j);
    arm_robot_gravity(&b->loop->robot, angle, torque);
    for (size_t j = 0; j < n; j++)
        scale = fmax(scale, fabs(torque[j]));
    return left <= 1e-11 * scale;
}

static bool weightless(const arm_robot *robot) {
    switch (robot->dynamics) {
    case ARM_TWO_LINKS:
        return robot->two_links.gravity == 0;
    case ARM_PENDULUMS:
        return robot->pendulums.gravity == 0;
    case ARM_CHAIN:
        return robot->chain.gravity == 0;
    default:
        return robot->plant.gravity == 0;
    }
}

/* Laws with nothing to carry: phi vanishes at e = 0 only. */
static void rest_at_reference(const arm_loop *loop, double *angle) {
    bool driven = true;
    for (size_t j = 0; j < loop->robot.joints; j++)
        driven = driven && loop->controller[j].gain > 0;
    for (size_t j = 0; j < loop->robot.joints && driven; j++)
        angle[j] = loop->reference[j];
}

crease_status arm_loop_equilibrium(const arm_loop *loop, const double *near, double *angle,
                                   crease_error *error) {
    size_t n = loop->robot.joints;
    balance b = {loop, NULL};
    for (size_t j = 0; j < n; j++)
        angle[j] = NAN;
    if (!loop->network && weightless(&loop->robot)) {
        rest_at_reference(loop, angle);
        return CREASE_OK;
    }
    crease_status status = arm_commander_new(loop, &b.commander, error);
    if (status != CREASE_OK)
        return status;
    if (n == 1) {
        gsl_function f = {imbalance_of_one, &b};
        status = arm_nearest_root(&f, near[0], loop->reference[0], angle, error);
    } else {
        gsl_multiroot_fsolver *solver = gsl_multiroot_fsolver_alloc(gsl_multiroot_fsolver_hybrids, n);
        if (!solver)
            status = crease_fail(error, CREASE_NO_MEMORY, "no memory for the equilibrium");
        else if (!solve_from(&b, solver, near, angle) && !solve_from(&b, solver, loop->reference, angle))
            for (size_t j = 0; j < n; j++)
                angle[j] = NAN;
        if (solver)
            gsl_multiroot_fsolver_free(solver);
    }
    arm_commander_free(b.commander);
    return status;
}
