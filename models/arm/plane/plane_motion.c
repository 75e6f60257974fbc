/* From region to region: the flow of the region is exact until the earliest time at which an edge is
 * crossed. The field is continuous, so the next region is the one into which it points: beyond each edge
 * through the place the distance grows, at first or, where the motion touches the edge, at second order. */
#include "arm/plane/plane.h"
#include <math.h>
#include <stdlib.h>

static const double on_edge = 1e-11; /* of the box */
enum { MOST_CROSSINGS = 1000000 };

/* Inward normal and constant of edge k: n . s - d is positive inside, in units of the box. */
static void edge_line(const arm_plane *plane, const arm_plane_region *region, size_t k, double n[2],
                      double *d) {
    const crease_region *polygon = region->polygon;
    const double *p = polygon->vertex + 2 * k, *q = polygon->vertex + 2 * ((k + 1) % polygon->vertex_count);
    double width = plane->high[0] - plane->low[0], height = plane->high[1] - plane->low[1];
    double a = -(q[1] - p[1]) / height, b = (q[0] - p[0]) / width, length = hypot(a, b);
    n[0] = length > 0 ? a / (length * width) : 0;
    n[1] = length > 0 ? b / (length * height) : 0;
    *d = n[0] * p[0] + n[1] * p[1];
}

/* How well the motion from s goes into a region: below 0 when it does not. */
static double enters(const arm_plane *plane, const arm_plane_region *region, const double s[2]) {
    arm_flow flow = arm_plane_flow(plane, region);
    double pull = flow.stiffness * s[0] + flow.damping * s[1] + flow.push;
    double change = flow.stiffness * s[1] + flow.damping * pull, worst = HUGE_VAL;
    for (size_t k = 0; k < region->polygon->vertex_count; k++) {
        double n[2], d;
        edge_line(plane, region, k, n, &d);
        double z = n[0] * s[0] + n[1] * s[1] - d;
        double first = n[0] * s[1] + n[1] * pull, second = n[0] * pull + n[1] * change;
        double speed = fabs(n[0] * s[1]) + fabs(n[1] * pull);
        if (z < -on_edge)
            return z;
        if (z <= on_edge)
            worst = fmin(worst, fabs(first) > 1e-9 * speed ? first : 1e-9 * second);
    }
    return worst;
}

static size_t next_region(const arm_plane *plane, const double s[2]) {
    size_t best = plane->count;
    double most = -HUGE_VAL;
    for (size_t i = 0; i < plane->count; i++) {
        double value = enters(plane, &plane->region[i], s);
        if (value > most) {
            most = value;
            best = i;
        }
    }
    return most >= 0 ? best : plane->count;
}

/* The earliest crossing of any edge, and the edge. */
static double leave(const arm_plane *plane, const arm_plane_region *region, const double s[2], double until) {
    arm_flow flow = arm_plane_flow(plane, region);
    double first = HUGE_VAL;
    for (size_t k = 0; k < region->polygon->vertex_count; k++) {
        double n[2], d;
        edge_line(plane, region, k, n, &d);
        first = fmin(first, arm_flow_crossing(&flow, s, n, d, fmin(until, first)));
    }
    return first;
}

static bool reserve(arm_plane_motion *motion) {
    size_t n = motion->crossing_count;
    if (n & (n - 1)) /* room doubles at powers of two */
        return true;
    arm_crossing *grown = realloc(motion->crossing, (n ? 2 * n : 1) * sizeof *grown);
    if (grown)
        motion->crossing = grown;
    return grown != NULL;
}

void arm_plane_motion_clear(arm_plane_motion *motion) {
    free(motion->crossing);
    *motion = (arm_plane_motion){0};
}

static crease_status check(const arm_plane *plane, const double s[2], double time, crease_error *error) {
    if (plane->plant.gravity != 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "exact motions need the linear plant; leave gravity out");
    if (arm_plane_locate(plane, s) == plane->count)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the start (%g, %g) lies outside the box", s[0], s[1]);
    if (!(time >= 0 && time <= 1e6))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a motion takes from 0 to 1e6 s, not %g s", time);
    return CREASE_OK;
}

crease_status arm_plane_move(const arm_plane *plane, const double s[2], double time, arm_plane_motion *motion,
                             crease_error *error) {
    *motion = (arm_plane_motion){.s = {s[0], s[1]}, .region = plane->count};
    crease_status status = check(plane, s, time, error);
    if (status != CREASE_OK)
        return status;
    motion->region = next_region(plane, s);
    size_t still = 0;
    while (motion->region < plane->count && motion->t < time) {
        const arm_plane_region *region = &plane->region[motion->region];
        double left = time - motion->t, t = leave(plane, region, motion->s, left);
        arm_flow flow = arm_plane_flow(plane, region);
        arm_flow_at(&flow, fmin(t, left), motion->s, motion->s);
        motion->t = t < left ? motion->t + t : time;
        if (!(t < left))
            break;
        still = t > 0 ? 0 : still + 1;
        if (motion->crossing_count == MOST_CROSSINGS || still > plane->count)
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "the motion crosses more than a million edges, or none in time");
        size_t to = next_region(plane, motion->s);
        if (!reserve(motion))
            return crease_fail(error, CREASE_NO_MEMORY, "no memory for the crossings of a motion");
        motion->crossing[motion->crossing_count++] =
            (arm_crossing){motion->t, {motion->s[0], motion->s[1]}, motion->region, to};
        motion->region = to;
    }
    return CREASE_OK;
}

void arm_plane_motion_at(const arm_plane *plane, const arm_plane_motion *motion, const double start[2],
                         double t, double s[2]) {
    const double *from = start;
    double begin = 0;
    size_t region = motion->crossing_count ? motion->crossing[0].from : motion->region, i = 0;
    for (; i < motion->crossing_count && motion->crossing[i].t <= t; i++) {
        begin = motion->crossing[i].t;
        from = motion->crossing[i].s;
        region = motion->crossing[i].to;
    }
    s[0] = from[0];
    s[1] = from[1];
    if (region < plane->count) {
        arm_flow flow = arm_plane_flow(plane, &plane->region[region]);
        arm_flow_at(&flow, fmax(t - begin, 0), from, s);
    }
}
