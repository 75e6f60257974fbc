/* With gravity the units' kinks are not surfaces of the integration here, which costs steps but, at a
 * tolerance far below what a picture shows, no accuracy. */
#include "arm/plane/plane_path.h"
#include "crease/ode.h"
#include <math.h>
#include <stdlib.h>

void arm_path_clear(arm_path *path) {
    free(path->t);
    *path = (arm_path){0};
}

static crease_status reserve(size_t points, arm_path *path, crease_error *error) {
    *path = (arm_path){.t = calloc(4 * points, sizeof(double))};
    if (!path->t)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a motion of %zu points", points);
    path->x = path->t + points;
    path->w = path->x + points;
    path->u = path->w + points;
    return CREASE_OK;
}

typedef struct system_of {
    const arm_plane *plane;
    crease_work *work;
} system_of;

static int field(double t, const double *y, const bool *above, double *dydt, void *context) {
    const system_of *system = context;
    const arm_plane *plane = system->plane;
    double u;
    (void)t;
    (void)above;
    crease_net_evaluate(plane->law, NULL, system->work, 1, y, &u);
    dydt[0] = y[1];
    dydt[1] = (u - plane->plant.friction * y[1] - plane->plant.gravity * sin(plane->reference + y[0])) /
              plane->plant.inertia;
    return 0;
}

static bool inside(const arm_plane *plane, const double s[2]) {
    return s[0] >= plane->low[0] && s[0] <= plane->high[0] && s[1] >= plane->low[1] && s[1] <= plane->high[1];
}

static void add_point(const arm_plane *plane, crease_work *work, double t, const double s[2],
                      arm_path *path) {
    size_t i = path->count++;
    path->t[i] = t;
    path->x[i] = s[0];
    path->w[i] = s[1];
    crease_net_evaluate(plane->law, NULL, work, 1, s, &path->u[i]);
}

static crease_status integrate(const arm_plane *plane, const double s[2], double time, size_t points,
                               crease_work *work, arm_path *path, crease_error *error) {
    system_of context = {plane, work};
    const crease_ode_system system = {.dimension = 2, .field = field, .context = &context};
    const crease_ode_options options = {.method = CREASE_ODE_RKF45, .tolerance = 1e-9};
    crease_ode *ode = NULL;
    crease_ode_end end;
    crease_status status = crease_ode_new(&system, &options, 0, s, &ode, error);
    for (size_t i = 0; i < points && status == CREASE_OK && !path->left; i++) {
        double t = time * (double)i / (double)(points - 1);
        if (i > 0)
            status = crease_ode_advance(ode, t, &end, error);
        if (status == CREASE_OK) {
            const double *y = crease_ode_state(ode);
            add_point(plane, work, t, y, path);
            path->left = !inside(plane, y);
        }
    }
    crease_ode_free(ode);
    return status;
}

static crease_status follow(const arm_plane *plane, const double s[2], double time, size_t points,
                            crease_work *work, arm_path *path, crease_error *error) {
    arm_plane_motion motion;
    crease_status status = arm_plane_move(plane, s, time, &motion, error);
    for (size_t i = 0; i < points && status == CREASE_OK && !path->left; i++) {
        double t = time * (double)i / (double)(points - 1), at[2];
        path->left = motion.region == plane->count && t >= motion.t;
        arm_plane_motion_at(plane, &motion, s, fmin(t, motion.t), at);
        add_point(plane, work, fmin(t, motion.t), at, path);
    }
    arm_plane_motion_clear(&motion);
    return status;
}

crease_status arm_path_new(const arm_plane *plane, const double s[2], double time, size_t points,
                           arm_path *path, crease_error *error) {
    crease_work *work = NULL;
    crease_status status = reserve(points, path, error);
    if (status == CREASE_OK)
        status = crease_work_new(plane->law, &work, error);
    if (status == CREASE_OK)
        status = (plane->plant.gravity == 0 ? follow : integrate)(plane, s, time, points, work, path, error);
    crease_work_free(work);
    if (status != CREASE_OK)
        arm_path_clear(path);
    return status;
}
