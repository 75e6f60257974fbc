/* Near its rest point s* the sampled loop is linear, d_{k+1} = M d_k with d = s - s*, as long as d stays
 * in the region there. With M'PM - P = -I (discrete Lyapunov equation) V = d'Pd falls, so the ellipse V <=
 * c is never left where it lies inside the region: c <= (distance of an edge)^2 / (n'P^{-1}n) for every
 * edge with normal n. In it |d_i| <= sqrt(c (P^{-1})_ii). All tests leave 1e-9 of the sizes for rounding,
 * which is far below that. */
#include "arm/plane/plane_reach_parts.h"
#include <gsl/gsl_math.h>
#include <math.h>
#include <string.h>

static const double slack = 1e-9;

/* Solves the 3 x 3 system a x = b by Cramer's rule; false when it is nearly singular. */
static bool solve3(const double a[3][3], const double b[3], double x[3]) {
    double m[3][3];
    const double *r0 = a[0], *r1 = a[1], *r2 = a[2];
    double det = r0[0] * (r1[1] * r2[2] - r1[2] * r2[1]) - r0[1] * (r1[0] * r2[2] - r1[2] * r2[0]) +
                 r0[2] * (r1[0] * r2[1] - r1[1] * r2[0]);
    if (!(fabs(det) > 1e-13))
        return false;
    for (size_t k = 0; k < 3; k++) {
        memcpy(m, a, sizeof m);
        for (size_t i = 0; i < 3; i++)
            m[i][k] = b[i];
        x[k] = (m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
                m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
                m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])) /
               det;
    }
    return true;
}

/* P (p11, p12, p22) with M'PM - P = -diag(1, weight), checked; false when there is none that is clearly
 * positive. */
static bool discrete_lyapunov(const double m[4], double weight, double p[3]) {
    const double a[3][3] = {{m[0] * m[0] - 1, 2 * m[0] * m[2], m[2] * m[2]},
                            {m[0] * m[1], m[0] * m[3] + m[1] * m[2] - 1, m[2] * m[3]},
                            {m[1] * m[1], 2 * m[1] * m[3], m[3] * m[3] - 1}};
    const double b[3] = {-1, 0, -weight};
    if (!solve3(a, b, p) || !(p[0] > 0 && p[0] * p[2] - p[1] * p[1] > slack * p[0] * p[2]))
        return false;
    double left[3];
    for (size_t i = 0; i < 3; i++) {
        left[i] = a[i][0] * p[0] + a[i][1] * p[1] + a[i][2] * p[2];
        double size = p[0] + 2 * fabs(p[1]) + p[2];
        if (fabs(left[i] - b[i]) > slack * size)
            return false;
    }
    double size = slack * (p[0] + p[2]);
    return left[0] < -size && left[2] < -size &&
           left[0] * left[2] > gsl_pow_2(fabs(left[1]) + size) * (1 + slack);
}

/* The largest level of an ellipse around (rest, 0) inside the region, or 0. */
static double largest_level(const arm_plane_region *region, const double inverse[3], double rest) {
    const crease_region *polygon = region->polygon;
    double level = HUGE_VAL;
    for (size_t k = 0; k < polygon->vertex_count; k++) {
        const double *p = polygon->vertex + 2 * k,
                     *q = polygon->vertex + 2 * ((k + 1) % polygon->vertex_count);
        double n[2] = {-(q[1] - p[1]), q[0] - p[0]};
        double depth = n[0] * (rest - p[0]) - n[1] * p[1];
        double spread = n[0] * n[0] * inverse[0] + 2 * n[0] * n[1] * inverse[1] + n[1] * n[1] * inverse[2];
        level = depth > 0 ? fmin(level, depth * depth / spread) : 0;
        if (level == 0)
            break;
    }
    return level * (1 - slack);
}

static double level_of(const double p[3], double x, double w) {
    return p[0] * x * x + 2 * p[1] * x * w + p[2] * w * w;
}

/* The largest level that a corner, or an exact state near it, has: sqrt V is a norm. */
static double reached_level(const arm_corner *corner, size_t count, const double error[2], const double p[3],
                            double rest) {
    double off = error[0] + 0x1p-50 * fabs(rest), most = 0;
    double spread = p[0] * off * off + 2 * fabs(p[1]) * off * error[1] + p[2] * error[1] * error[1];
    for (size_t i = 0; i < count; i++)
        most = fmax(most, level_of(p, corner[i].s[0] - rest, corner[i].s[1]));
    return gsl_pow_2(sqrt(most) + sqrt(spread)) * (1 + slack);
}

void arm_reach_settle(double sample, const double ad[4], const double bd[2], const arm_plane *plane,
                      const arm_corner *corner, size_t count, arm_reach *reach) {
    static const double weights[] = {1, .1, .01, .001, 1e-4};
    const arm_reach_step *last = &reach->step[reach->count - 1];
    for (size_t i = 0; i < plane->count; i++) {
        const arm_plane_region *region = &plane->region[i];
        if (!region->rest_inside || !isfinite(last->error[0]) || !isfinite(last->error[1]))
            continue;
        const double m[4] = {ad[0] - bd[0] * region->kp, ad[1] - bd[0] * region->kd,
                             ad[2] - bd[1] * region->kp, ad[3] - bd[1] * region->kd};
        for (size_t k = 0; k < sizeof weights / sizeof *weights && !reach->settles; k++) {
            double p[3];
            if (!discrete_lyapunov(m, weights[k], p))
                continue;
            double det = p[0] * p[2] - p[1] * p[1];
            const double inverse[3] = {p[2] / det, -p[1] / det, p[0] / det};
            double level = reached_level(corner, count, last->error, p, region->rest);
            double x = sqrt(level * inverse[0]) * (1 + slack), w = sqrt(level * inverse[2]) * (1 + slack);
            reach->settles =
                level < largest_level(region, inverse, region->rest) && x > slack * fabs(region->rest);
            reach->forever[0] = fabs(region->rest) + x + sample * w; /* between samples too */
            reach->forever[1] = w;
            reach->forever_torque =
                (fabs(region->kp) * x + fabs(region->kd) * w) * (1 + slack); /* at rest 0 */
        }
    }
}
