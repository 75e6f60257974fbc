/* What a closed loop is made of, and what is refused. */
#include "arm/loop.h"
#include <math.h>

void arm_loop_default(arm_loop *loop, arm_law law, arm_pair pair) {
    const arm_robot *robot = &loop->robot;
    loop->network = NULL;
    loop->gravity_compensation = false;
    loop->lag = loop->sample = 0;
    for (size_t j = 0; j < robot->joints; j++) {
        loop->controller[j] = (arm_controller){
            law, pair, robot->gain[j], robot->rate_gain[j], robot->lead_time[j], arm_pair_norm(pair)};
        loop->reference[j] = robot->reference[j];
    }
}

static crease_status check_controller(const arm_controller *c, crease_error *error) {
    const struct {
        const char *name;
        double value;
    } gain[] = {{"K", c->gain}, {"Kd", c->rate_gain}, {"Td", c->lead_time}};
    for (size_t i = 0; i < 3; i++)
        if (!(gain[i].value >= 0 && gain[i].value <= 1e9))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "%s must be between 0 and 1e9, not %g",
                               gain[i].name, gain[i].value);
    if (!(c->norm >= 1e-9 && c->norm <= 1e9))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the norm must be between 1e-9 and 1e9, not %g",
                           c->norm);
    return CREASE_OK;
}

static crease_status check_delay(const char *what, double seconds, crease_error *error) {
    if (seconds != 0 && !(seconds >= 1e-6 && seconds <= 1e6))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the %s must be 0 (none) or between 1e-6 and 1e6 s, not %g", what, seconds);
    return CREASE_OK;
}

crease_status arm_loop_check(const arm_loop *loop, crease_error *error) {
    crease_status status = check_delay("lag", loop->lag, error);
    if (status == CREASE_OK)
        status = check_delay("sample time", loop->sample, error);
    for (size_t j = 0; j < loop->robot.joints && status == CREASE_OK; j++) {
        if (!loop->network)
            status = check_controller(&loop->controller[j], error);
        if (status == CREASE_OK && !(fabs(loop->reference[j]) <= 1000))
            status = crease_fail(error, CREASE_BAD_ARGUMENT,
                                 "the reference must lie within 1000 rad of angle 0, not at %g",
                                 loop->reference[j]);
        if (status == CREASE_OK && !(loop->robot.torque_limit[j] >= 0))
            status = crease_fail(error, CREASE_BAD_ARGUMENT, "the torque limit must be at least 0, not %g",
                                 loop->robot.torque_limit[j]);
    }
    return status;
}
