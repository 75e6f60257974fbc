/* Hands motions, sampled on a fine regular grid, to the figures arm_step and arm_joints. */
#include "arm/step/pictures.h"
#include <math.h>
#include <stdio.h>

enum { POINTS = 601 };

const char *arm_picture_family(arm_pair pair) {
    switch (pair) {
    case ARM_LEAKY:
    case ARM_SATRELU:
        return "leaky";
    case ARM_SOFTPLUS:
    case ARM_SILU:
    case ARM_GELU:
        return "smooth";
    case ARM_ELU:
        return "hybrid";
    default:
        return arm_pair_name(pair);
    }
}

/* How many curves before i have its colour. */
static size_t same_before(const arm_picture *picture, size_t i) {
    size_t count = 0;
    for (size_t k = 0; k < i && !picture->family; k++)
        count += arm_picture_family(picture->pair[k]) == arm_picture_family(picture->pair[i]);
    return count;
}

static crease_status name_curve(const arm_picture *picture, size_t i, crease_plot *plot,
                                crease_error *error) {
    char variable[40];
    snprintf(variable, sizeof variable, "label_%zu", i + 1);
    crease_status status = crease_plot_set_text(plot, variable, picture->label[i], error);
    snprintf(variable, sizeof variable, "family_%zu", i + 1);
    if (status == CREASE_OK)
        status = crease_plot_set_text(
            plot, variable, picture->family ? picture->family : arm_picture_family(picture->pair[i]), error);
    snprintf(variable, sizeof variable, "repeat_%zu", i + 1);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, variable, (double)same_before(picture, i), error);
    return status;
}

/* Time, then angle and torque of each joint. */
static crease_status add_motion(const arm_picture *picture, size_t i, crease_plot *plot,
                                crease_error *error) {
    double t[POINTS], q[ARM_MOST_JOINTS][POINTS], u[ARM_MOST_JOINTS][POINTS];
    arm_motion *motion = picture->motion[i];
    size_t joints = arm_motion_loop(motion)->robot.joints;
    double end = fmin(picture->time, arm_motion_end(motion));
    for (size_t k = 0; k < POINTS; k++) {
        double angle[ARM_MOST_JOINTS], torque[ARM_MOST_JOINTS];
        t[k] = end * (double)k / (POINTS - 1);
        arm_motion_joints_at(motion, t[k], angle, NULL, torque);
        for (size_t j = 0; j < joints; j++) {
            q[j][k] = angle[j];
            u[j][k] = torque[j];
        }
    }
    const double *column[1 + 2 * ARM_MOST_JOINTS] = {t};
    for (size_t j = 0; j < joints; j++) {
        column[1 + 2 * j] = q[j];
        column[2 + 2 * j] = u[j];
    }
    crease_status status = name_curve(picture, i, plot, error);
    if (status == CREASE_OK)
        status = crease_plot_add_data(plot, "response", POINTS, 1 + 2 * joints, column, error);
    return status;
}

static crease_status set_one_joint(const arm_picture *picture, crease_plot *plot, crease_error *error) {
    crease_status status = crease_plot_set_number(plot, "reference", picture->reference, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "torque_limit", picture->torque_limit, error);
    return status;
}

static crease_status set_joints(const arm_loop *loop, crease_plot *plot, crease_error *error) {
    crease_status status = crease_plot_set_number(plot, "joints", (double)loop->robot.joints, error);
    for (size_t j = 0; j < loop->robot.joints && status == CREASE_OK; j++) {
        char variable[40];
        snprintf(variable, sizeof variable, "reference_%zu", j + 1);
        status = crease_plot_set_number(plot, variable, loop->reference[j], error);
        snprintf(variable, sizeof variable, "torque_limit_%zu", j + 1);
        if (status == CREASE_OK)
            status = crease_plot_set_number(plot, variable, loop->robot.torque_limit[j], error);
    }
    return status;
}

crease_status arm_picture_new(const arm_picture *picture, crease_plot **plot, crease_error *error) {
    const arm_loop *loop = arm_motion_loop(picture->motion[0]);
    bool one = loop->robot.joints == 1;
    crease_status status = crease_plot_new(one ? "arm_step" : "arm_joints", plot, error);
    if (status != CREASE_OK)
        return status;
    status = crease_plot_set_text(*plot, "title_text", picture->title, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(*plot, "curves", (double)picture->count, error);
    if (status == CREASE_OK)
        status = one ? set_one_joint(picture, *plot, error) : set_joints(loop, *plot, error);
    for (size_t i = 0; i < picture->count && status == CREASE_OK; i++)
        status = add_motion(picture, i, *plot, error);
    if (status != CREASE_OK) {
        crease_plot_free(*plot);
        *plot = NULL;
    }
    return status;
}
