/* One setting: where the arm comes to rest, then theory there, then a motion. */
#include "arm/linear/sweep.h"
#include "arm/loop.h"
#include <math.h>

/* d of J x'' + d x' + k x: friction and what the law adds. */
static double damping(const arm_plant *plant, const arm_controller *c, double gain, double slope) {
    double own = plant->friction;
    return c->law == ARM_LAW_PDX   ? own + c->rate_gain
           : c->law == ARM_LAW_PDI ? own + gain * slope * c->lead_time
                                   : own;
}

static crease_status theory(const arm_sweep_setup *setup, const arm_controller *controller,
                            arm_sweep_point *point, crease_error *error) {
    const arm_plant *plant = &setup->plant;
    double reference = setup->motion.reference;
    crease_status status = arm_equilibrium(plant, controller, reference, reference, &point->rest, error);
    if (status == CREASE_OK && isnan(point->rest))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "with K = %g the arm has no point of rest of its own; take a K above 0",
                           controller->gain);
    if (status != CREASE_OK)
        return status;
    arm_linear linear = arm_linearise(plant, controller, reference, point->rest);
    point->gain = controller->gain;
    point->slope = linear.slope;
    point->effective_gain = linear.gain;
    status = arm_second_order_step(plant->inertia, damping(plant, controller, point->gain, point->slope),
                                   point->effective_gain, &point->step, error);
    if (status == CREASE_OK)
        status = arm_linear_make(plant, controller, point->slope, point->rest, setup->lag, setup->sample,
                                 &point->loop, error);
    if (status == CREASE_OK)
        status = arm_linear_poles(&point->loop, point->gain * point->slope, point->pole, error);
    if (status == CREASE_OK)
        status = arm_linear_margins(&point->loop, &point->margins, error);
    if (status != CREASE_OK)
        return status;
    point->pole_damping = arm_linear_pole_damping(&point->loop, point->pole[0]);
    point->stable_gains = arm_linear_stable_gains(&point->loop);
    return CREASE_OK;
}

static crease_status simulate_step(const arm_sweep_setup *setup, const arm_controller *controller,
                                   arm_sweep_point *point, crease_error *error) {
    const arm_options *o = &setup->motion;
    const arm_loop loop = {.robot = {.name = setup->plant.name,
                                     .joints = 1,
                                     .plant = setup->plant,
                                     .torque_limit = {setup->plant.torque_limit},
                                     .length = 1},
                           .controller = {*controller},
                           .reference = {o->reference},
                           .lag = setup->lag,
                           .sample = setup->sample};
    const arm_run run = {.start = {o->start_angle, o->start_rate},
                         .time = o->time,
                         .tolerance = o->tolerance,
                         .interrupted = o->interrupted,
                         .interrupted_context = o->interrupted_context};
    arm_motion *motion = NULL;
    crease_status status = arm_loop_run(&loop, &run, &motion, error);
    if (status == CREASE_OK)
        status = arm_motion_measure_joints(motion, &point->metrics, error);
    arm_motion_free(motion);
    point->simulated = status == CREASE_OK;
    return status;
}

crease_status arm_sweep_controller(const arm_sweep_setup *setup, const arm_controller *controller,
                                   bool simulate, arm_sweep_point *point, crease_error *error) {
    *point = (arm_sweep_point){.named = true, .pair = controller->pair};
    crease_status status = theory(setup, controller, point, error);
    if (status == CREASE_OK && simulate)
        status = simulate_step(setup, controller, point, error);
    return status;
}

crease_status arm_sweep_line(const arm_sweep_setup *setup, double slope, double gain, arm_sweep_point *point,
                             crease_error *error) {
    if (!(slope > 0 && slope < 1e9))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a slope is above 0 and below 1e9, not %g", slope);
    arm_controller controller = setup->controller;
    controller.pair = ARM_RELU;
    controller.norm = 1 / slope;
    controller.gain = gain;
    crease_status status = arm_sweep_controller(setup, &controller, false, point, error);
    point->named = false;
    return status;
}

crease_status arm_sweep_pair(const arm_sweep_setup *setup, arm_pair pair, double gain, bool simulate,
                             arm_sweep_point *point, crease_error *error) {
    arm_controller controller = setup->controller;
    controller.pair = pair;
    controller.norm = arm_pair_norm(pair);
    controller.gain = gain;
    return arm_sweep_controller(setup, &controller, simulate, point, error);
}

void arm_sweep_range(double from, double to, size_t count, double *value) {
    for (size_t i = 0; i < count; i++)
        value[i] = i == 0           ? from
                   : i + 1 == count ? to
                                    : from * pow(to / from, (double)i / (double)(count - 1));
}
