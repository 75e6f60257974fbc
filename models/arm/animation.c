/* The arm moving: frames evenly spread over the motion, drawn to scale in the plane it moves in, or, for a chain, seen
 * from a corner: with the azimuth a and the elevation b of the eye, across = y cos a - x sin a,
 * height = z cos b - (x cos a + y sin a) sin b. */
#include "arm/pictures.h"
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

static crease_status add_pose(const arm_robot *robot, const double *angle, const char *block,
                              crease_plot *plot, double tip[2], crease_error *error) {
    double point[ARM_MOST_POINTS][3], across[ARM_MOST_POINTS], height[ARM_MOST_POINTS];
    size_t count = arm_robot_points(robot, angle, point);
    for (size_t i = 0; i < count; i++)
        project(robot, point[i], &across[i], &height[i]);
    tip[0] = across[count - 1];
    tip[1] = height[count - 1];
    return crease_plot_add_data(plot, block, count, 2, (const double *const[]){across, height}, error);
}

/* No pose reaches farther than all links in one line. */
static double reach_of(const arm_robot *robot) {
    static const double straight[ARM_MOST_JOINTS] = {0};
    double point[ARM_MOST_POINTS][3], reach = 0;
    size_t count = arm_robot_points(robot, straight, point);
    for (size_t i = 1; i < count; i++)
        reach += sqrt(pow(point[i][0] - point[i - 1][0], 2) + pow(point[i][1] - point[i - 1][1], 2) +
                      pow(point[i][2] - point[i - 1][2], 2));
    return robot->dynamics == ARM_CHAIN ? 0.72 * reach
                                        : reach; /* a chain never stands straight up from its floor */
}

static crease_status add_frames(arm_motion *motion, size_t frames, crease_plot *plot, crease_error *error) {
    const arm_robot *robot = &arm_motion_loop(motion)->robot;
    double *clock = calloc(3 * frames, sizeof *clock);
    if (!clock)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for an animation");
    crease_status status = CREASE_OK;
    for (size_t k = 0; k < frames && status == CREASE_OK; k++) {
        double angle[ARM_MOST_JOINTS], tip[2];
        clock[k] = arm_motion_end(motion) * (double)k / (double)(frames - 1);
        arm_motion_joints_at(motion, clock[k], angle, NULL, NULL);
        status = add_pose(robot, angle, "arm", plot, tip, error);
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

crease_status arm_animation_new(arm_motion *motion, const char *title, size_t frames, crease_plot **plot,
                                crease_error *error) {
    const arm_loop *loop = arm_motion_loop(motion);
    double tip[2];
    crease_status status = crease_plot_new("arm_animation", plot, error);
    if (status != CREASE_OK)
        return status;
    status = crease_plot_set_text(*plot, "title_text", title, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(*plot, "frames", (double)frames, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(*plot, "reach", reach_of(&loop->robot), error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(*plot, "floor", NAN, error);
    if (status == CREASE_OK)
        status = add_pose(&loop->robot, loop->reference, "target", *plot, tip, error);
    if (status == CREASE_OK)
        status = add_frames(motion, frames, *plot, error);
    if (status != CREASE_OK) {
        crease_plot_free(*plot);
        *plot = NULL;
    }
    return status;
}
