/* The arm moving: frames evenly spread over the motion, drawn to scale in the plane it moves in, or, for a chain, seen
 * from a corner: with the azimuth a and the elevation b of the eye, across = y cos a - x sin a,
 * height = z cos b - (x cos a + y sin a) sin b. */
#include "arm/step/pictures.h"
#include <math.h>
#include <stdlib.h>

static void project(const arm_robot *robot, const double point[3], double *across, double *height) {
    static const double azimuth = -0.9, elevation = 0.35;
    double x = point[0], y = point[1], z = point[2];
    if (robot->dynamics != ARM_CHAIN) {
        *across = x;
        *height = z;
        return;
    }
    *across = y * cos(azimuth) - x * sin(azimuth);
    *height = z * cos(elevation) - (x * cos(azimuth) + y * sin(azimuth)) * sin(elevation);
}

/* What the picture must hold. */
typedef struct view {
    double left, right, bottom, top;
} view;

static crease_status add_pose(const arm_robot *robot, const double *angle, const char *block,
                              crease_plot *plot, view *seen, double tip[2], crease_error *error) {
    double point[ARM_MOST_POINTS][3], across[ARM_MOST_POINTS], height[ARM_MOST_POINTS];
    size_t count = arm_robot_points(robot, angle, point);
    for (size_t i = 0; i < count; i++) {
        project(robot, point[i], &across[i], &height[i]);
        seen->left = fmin(seen->left, across[i]);
        seen->right = fmax(seen->right, across[i]);
        seen->bottom = fmin(seen->bottom, height[i]);
        seen->top = fmax(seen->top, height[i]);
    }
    tip[0] = across[count - 1];
    tip[1] = height[count - 1];
    return crease_plot_add_data(plot, block, count, 2, (const double *const[]){across, height}, error);
}

static crease_status add_frames(arm_motion *motion, size_t frames, crease_plot *plot, view *seen,
                                crease_error *error) {
    const arm_robot *robot = &arm_motion_loop(motion)->robot;
    double *clock = calloc(3 * frames, sizeof *clock);
    if (!clock)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for an animation");
    crease_status status = CREASE_OK;
    for (size_t k = 0; k < frames && status == CREASE_OK; k++) {
        double angle[ARM_MOST_JOINTS], tip[2];
        clock[k] = arm_motion_end(motion) * (double)k / (double)(frames - 1);
        arm_motion_joints_at(motion, clock[k], angle, NULL, NULL);
        status = add_pose(robot, angle, "arm", plot, seen, tip, error);
        clock[frames + k] = tip[0];
        clock[2 * frames + k] = tip[1];
    }
    if (status == CREASE_OK)
        status =
            crease_plot_add_data(plot, "clock", frames, 3,
                                 (const double *const[]){clock, clock + frames, clock + 2 * frames}, error);
    free(clock);
    return status;
}

static crease_status set_variables(const arm_robot *robot, const char *title, size_t frames, const view *w,
                                   crease_plot *plot, crease_error *error) {
    static const double margin = 1.15;
    const struct {
        const char *name;
        double value;
    } number[] = {{"frames", (double)frames},
                  {"middle_x", (w->left + w->right) / 2},
                  {"middle_y", (w->bottom + w->top) / 2},
                  {"reach", margin * fmax(w->right - w->left, w->top - w->bottom) / 2},
                  {"fixed", robot->dynamics == ARM_CHAIN}};
    crease_status status = crease_plot_set_text(plot, "title_text", title, error);
    for (size_t i = 0; i < sizeof number / sizeof *number && status == CREASE_OK; i++)
        status = crease_plot_set_number(plot, number[i].name, number[i].value, error);
    return status;
}

crease_status arm_animation_new(arm_motion *motion, const char *title, size_t frames, crease_plot **plot,
                                crease_error *error) {
    const arm_loop *loop = arm_motion_loop(motion);
    view seen = {0};
    double tip[2];
    crease_status status = crease_plot_new("arm_animation", plot, error);
    if (status != CREASE_OK)
        return status;
    status = add_pose(&loop->robot, loop->reference, "target", *plot, &seen, tip, error);
    if (status == CREASE_OK)
        status = add_frames(motion, frames, *plot, &seen, error);
    if (status == CREASE_OK)
        status = set_variables(&loop->robot, title, frames, &seen, *plot, error);
    if (status != CREASE_OK) {
        crease_plot_free(*plot);
        *plot = NULL;
    }
    return status;
}
