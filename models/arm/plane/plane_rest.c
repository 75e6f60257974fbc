/* A region's law holds the arm at rest where its torque balances gravity: g(x) = -Kp x + offset - G
 * sin(reference + x) = 0.
 *
 * Without gravity x = offset / Kp. With it g' = -Kp - G cos q vanishes where cos q = -Kp / G; between
 * these angles g is monotone, so a change of sign at their ends tells a root, and bisection finds it to
 * the last digit. */
#include "arm/plane/plane.h"
#include <gsl/gsl_math.h>
#include <math.h>

typedef struct balance {
    const arm_plane *plane;
    const arm_plane_region *region;
    double near; /* the root nearest to this is kept */
    double best;
} balance;

static double at(const balance *b, double x) {
    return -b->region->kp * x + b->region->offset - b->plane->plant.gravity * sin(b->plane->reference + x);
}

static void keep(balance *b, double x) {
    if (isnan(b->best) || fabs(x - b->near) < fabs(b->best - b->near))
        b->best = x;
}

/* g is monotone between lo and hi. */
static void search(balance *b, double lo, double hi) {
    double left = at(b, lo), right = at(b, hi);
    if (left == 0)
        keep(b, lo);
    if (right == 0)
        keep(b, hi);
    if (!((left < 0 && right > 0) || (left > 0 && right < 0)))
        return;
    for (;;) {
        double middle = lo + (hi - lo) / 2, value = at(b, middle);
        if (middle <= lo || middle >= hi || value == 0) {
            keep(b, middle);
            return;
        }
        if ((value < 0) == (left < 0))
            lo = middle;
        else
            hi = middle;
    }
}

/* All roots between lo and hi, cut at the angles where g turns. */
static double nearest_root(balance *b, double lo, double hi) {
    b->best = NAN;
    double cosine = -b->region->kp / b->plane->plant.gravity, from = lo;
    if (fabs(cosine) <= 1) {
        double turn[2] = {acos(cosine) - b->plane->reference, -acos(cosine) - b->plane->reference};
        for (double cycle = floor((lo - turn[0]) / (2 * M_PI)) - 1; from < hi; cycle++)
            for (size_t i = 2; i-- > 0;) {
                double next = turn[i] + 2 * M_PI * cycle;
                if (next <= from)
                    continue;
                search(b, from, fmin(next, hi));
                from = fmin(next, hi);
            }
    } else {
        search(b, lo, hi);
    }
    return b->best;
}

/* Where w = 0 meets the region; false when it does not. */
static bool rest_interval(const arm_plane_region *region, double *lo, double *hi) {
    const crease_region *polygon = region->polygon;
    *lo = HUGE_VAL;
    *hi = -HUGE_VAL;
    for (size_t k = 0; k < polygon->vertex_count; k++) {
        const double *p = polygon->vertex + 2 * k,
                     *q = polygon->vertex + 2 * ((k + 1) % polygon->vertex_count);
        double x = p[0];
        if ((p[1] < 0 && q[1] > 0) || (p[1] > 0 && q[1] < 0))
            x = p[0] + p[1] / (p[1] - q[1]) * (q[0] - p[0]);
        else if (p[1] != 0)
            continue;
        *lo = fmin(*lo, x);
        *hi = fmax(*hi, x);
    }
    return *lo <= *hi;
}

void arm_plane_find_rest(const arm_plane *plane, arm_plane_region *region) {
    double lo, hi;
    bool meets = rest_interval(region, &lo, &hi);
    balance b = {.plane = plane, .region = region, .near = region->centre[0]};
    region->rest = NAN;
    if (plane->plant.gravity == 0) {
        if (region->kp != 0)
            region->rest = region->offset / region->kp + 0.0;
        region->rest_inside = meets && region->rest >= lo && region->rest <= hi;
        return;
    }
    if (meets)
        region->rest = nearest_root(&b, lo, hi);
    region->rest_inside = !isnan(region->rest);
    if (!region->rest_inside)
        region->rest = nearest_root(&b, b.near - 2 * M_PI, b.near + 2 * M_PI);
}
