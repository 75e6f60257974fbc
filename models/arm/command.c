/* The pairs on fixed sides: elu is phi = e - (exp(-e) - 1) above and e + (exp(e) - 1) below its bend at e = 0 (where the
 * second derivative jumps), satrelu a sum of the two pieces relu(e + W) - relu(e - W) - W. The argument is e, or e - Td w
 * for the law PDi. */
#include "arm/loop.h"
#include <math.h>
#include <stdlib.h>

struct arm_commander {
    arm_loop loop;
    arm_network_work *network; /* NULL: the laws */
    size_t kinks;
};

static size_t pair_kinks(arm_pair pair) {
    return pair == ARM_SATRELU ? 2 : pair == ARM_ELU ? 1 : 0;
}

static double frozen_pair(const arm_controller *c, double e, const bool *above, double *slope, double *z) {
    if (c->pair == ARM_SATRELU) {
        double place[2] = {e + ARM_SATRELU_WIDTH, e - ARM_SATRELU_WIDTH};
        bool side[2];
        for (int i = 0; i < 2; i++) {
            side[i] = above ? above[i] : place[i] > 0;
            if (z)
                z[i] = place[i];
        }
        *slope = (side[0] - side[1]) / c->norm;
        return ((side[0] ? place[0] : 0) - (side[1] ? place[1] : 0) - ARM_SATRELU_WIDTH) / c->norm;
    }
    if (c->pair == ARM_ELU) {
        bool side = above ? above[0] : e > 0;
        if (z)
            z[0] = e;
        *slope = (1 + exp(side ? -e : e)) / c->norm;
        return (e + (side ? -expm1(-e) : expm1(e))) / c->norm;
    }
    return arm_pair_evaluate(c->pair, c->norm, e, slope);
}

crease_status arm_commander_new(const arm_loop *loop, arm_commander **commander, crease_error *error) {
    *commander = NULL;
    arm_commander *c = calloc(1, sizeof *c);
    if (!c)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the controller");
    c->loop = *loop;
    if (loop->network) {
        crease_status status = arm_network_work_new(loop->network->net, &c->network, error);
        if (status != CREASE_OK) {
            free(c);
            return status;
        }
        c->kinks = arm_network_kinks(c->network);
    } else {
        for (size_t j = 0; j < loop->robot.joints; j++)
            c->kinks += pair_kinks(loop->controller[j].pair);
    }
    *commander = c;
    return CREASE_OK;
}

void arm_commander_free(arm_commander *commander) {
    if (!commander)
        return;
    arm_network_work_free(commander->network);
    free(commander);
}

size_t arm_commander_kinks(const arm_commander *commander) {
    return commander->kinks;
}

static double lead_time(const arm_controller *c) {
    return c->law == ARM_LAW_PDI ? c->lead_time : 0;
}

static double rate_gain(const arm_controller *c) {
    return c->law == ARM_LAW_PDX ? c->rate_gain : 0;
}

void arm_commander_evaluate(arm_commander *commander, const double *q, const double *w, const bool *above,
                            double *u, double *z) {
    const arm_loop *loop = &commander->loop;
    size_t joints = loop->robot.joints, kink = 0;
    if (commander->network) {
        double x[ARM_MOST_INPUTS];
        arm_network_inputs(loop->network, loop->reference, q, w, x);
        arm_network_evaluate(commander->network, x, NULL, above, u, z, NULL, NULL);
    }
    for (size_t j = 0; j < joints && !commander->network; j++) {
        const arm_controller *c = &loop->controller[j];
        double slope, e = loop->reference[j] - q[j] - lead_time(c) * w[j];
        u[j] = c->gain * frozen_pair(c, e, above ? above + kink : NULL, &slope, z ? z + kink : NULL) -
               rate_gain(c) * w[j];
        kink += pair_kinks(c->pair);
    }
    if (!loop->gravity_compensation)
        return;
    double gravity[ARM_MOST_JOINTS];
    arm_robot_gravity(&loop->robot, q, gravity);
    for (size_t j = 0; j < joints; j++)
        u[j] += gravity[j];
}

/* Gravity's torques along a motion, by a central difference: they only help to find where a kink is. */
static void add_gravity_rates(const arm_robot *robot, const double *q, const double *w, double *du) {
    double before[ARM_MOST_JOINTS], after[ARM_MOST_JOINTS], torque[2][ARM_MOST_JOINTS], fastest = 1;
    for (size_t j = 0; j < robot->joints; j++)
        fastest = fmax(fastest, fabs(w[j]));
    double step = 1e-5 / fastest;
    for (size_t j = 0; j < robot->joints; j++) {
        before[j] = q[j] - step * w[j];
        after[j] = q[j] + step * w[j];
    }
    arm_robot_gravity(robot, before, torque[0]);
    arm_robot_gravity(robot, after, torque[1]);
    for (size_t j = 0; j < robot->joints; j++)
        du[j] += (torque[1][j] - torque[0][j]) / (2 * step);
}

static void network_rates(arm_commander *commander, const double *q, const double *w, const double *a,
                          const bool *above, double *du, double *dz) {
    const arm_network *network = commander->loop.network;
    double x[ARM_MOST_INPUTS], dx[ARM_MOST_INPUTS], u[ARM_MOST_JOINTS];
    arm_network_inputs(network, commander->loop.reference, q, w, x);
    for (size_t i = 0; i < network->net->inputs; i++) {
        size_t j = network->input[i].joint;
        dx[i] = network->input[i].quantity == ARM_SPEED   ? a[j]
                : network->input[i].quantity == ARM_ERROR ? -w[j]
                                                          : w[j];
    }
    arm_network_evaluate(commander->network, x, dx, above, u, NULL, du, dz);
}

void arm_commander_rates(arm_commander *commander, const double *q, const double *w, const double *a,
                         const bool *above, double *du, double *dz) {
    const arm_loop *loop = &commander->loop;
    size_t kink = 0;
    if (commander->network)
        network_rates(commander, q, w, a, above, du, dz);
    for (size_t j = 0; j < loop->robot.joints && !commander->network; j++) {
        const arm_controller *c = &loop->controller[j];
        double slope, e = loop->reference[j] - q[j] - lead_time(c) * w[j];
        double rate = -w[j] - lead_time(c) * a[j];
        frozen_pair(c, e, above ? above + kink : NULL, &slope, NULL);
        for (size_t k = 0; k < pair_kinks(c->pair); k++)
            dz[kink++] = rate;
        du[j] = c->gain * slope * rate - rate_gain(c) * a[j];
    }
    if (loop->gravity_compensation)
        add_gravity_rates(&loop->robot, q, w, du);
}
