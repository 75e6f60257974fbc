/* Hands motions, sampled on a fine regular grid, to the figure arm_step. */
#include "arm/pictures.h"
#include <math.h>
#include <stdio.h>

enum { POINTS = 601 };

static const char *family(arm_pair pair) {
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

static crease_status add_motion(const arm_picture *picture, size_t i, crease_plot *plot,
                                crease_error *error) {
    double t[POINTS], q[POINTS], u[POINTS];
    arm_motion *motion = picture->motion[i];
    double end = fmin(picture->time, arm_motion_end(motion));
    for (size_t k = 0; k < POINTS; k++) {
        double state[ARM_STATES];
        t[k] = end * (double)k / (POINTS - 1);
        arm_motion_at(motion, t[k], state);
        q[k] = state[ARM_ANGLE];
        u[k] = arm_motion_torque(motion, state);
    }
    char variable[32];
    snprintf(variable, sizeof variable, "label_%zu", i + 1);
    crease_status status = crease_plot_set_text(plot, variable, picture->label[i], error);
    snprintf(variable, sizeof variable, "family_%zu", i + 1);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, variable, family(picture->pair[i]), error);
    if (status == CREASE_OK)
        status = crease_plot_add_data(plot, "response", POINTS, 3, (const double *const[]){t, q, u}, error);
    return status;
}

crease_status arm_picture_new(const arm_picture *picture, crease_plot **plot, crease_error *error) {
    crease_status status = crease_plot_new("arm_step", plot, error);
    if (status != CREASE_OK)
        return status;
    const struct {
        const char *name;
        double value;
    } number[] = {{"curves", (double)picture->count},
                  {"reference", picture->reference},
                  {"torque_limit", picture->torque_limit}};
    status = crease_plot_set_text(*plot, "title_text", picture->title, error);
    for (size_t i = 0; i < sizeof number / sizeof *number && status == CREASE_OK; i++)
        status = crease_plot_set_number(*plot, number[i].name, number[i].value, error);
    for (size_t i = 0; i < picture->count && status == CREASE_OK; i++)
        status = add_motion(picture, i, *plot, error);
    if (status != CREASE_OK) {
        crease_plot_free(*plot);
        *plot = NULL;
    }
    return status;
}
