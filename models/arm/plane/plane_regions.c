/* On a region s' = A s + c with A = [0 1; -k/J -d/J], k = Kp + G cos q, d = b + Kd, linearised about one
 * angle where there is gravity; eigenvalues m +- sqrt(m^2 - k/J), m = -d/(2 J). With two real ones the
 * larger in size is m plus the root with m's sign, and the other is (k/J) / that, without cancellation. */
#include "arm/plane/plane.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *arm_plane_type_name(arm_plane_type type) {
    static const char *const names[] = {"focus", "node", "saddle", "saturated", "centre", "line"};
    return type < ARM_PLANE_TYPES ? names[type] : "?";
}

const char *arm_plane_stability_name(arm_plane_stability stability) {
    static const char *const names[] = {"stable", "marginal", "unstable"};
    return stability <= ARM_PLANE_UNSTABLE ? names[stability] : "?";
}

void arm_plane_free(arm_plane *plane) {
    if (!plane)
        return;
    crease_regions_free(plane->regions);
    free(plane->region);
    free(plane);
}

/* ---- one region ---- */

static void find_centre(arm_plane_region *region) {
    const crease_region *polygon = region->polygon;
    const double *o = polygon->vertex;
    double twice = 0, x = 0, w = 0;
    for (size_t k = 1; k + 1 < polygon->vertex_count; k++) {
        const double *p = o + 2 * k, *q = p + 2;
        double part = (p[0] - o[0]) * (q[1] - o[1]) - (q[0] - o[0]) * (p[1] - o[1]);
        twice += part;
        x += part * ((p[0] - o[0]) + (q[0] - o[0]));
        w += part * ((p[1] - o[1]) + (q[1] - o[1]));
    }
    region->centre[0] = o[0] + (twice > 0 ? x / (3 * twice) : 0);
    region->centre[1] = o[1] + (twice > 0 ? w / (3 * twice) : 0);
}

static void find_most_torque(arm_plane_region *region) {
    for (size_t k = 0; k < region->polygon->vertex_count; k++) {
        const double *s = region->polygon->vertex + 2 * k;
        double u = -region->kp * s[0] - region->kd * s[1] + region->offset;
        region->most_torque = fmax(region->most_torque, fabs(u));
    }
}

static void find_eigenvalues(const arm_plane *plane, arm_plane_region *region) {
    const arm_plant *plant = &plane->plant;
    bool real_rest = region->rest_inside && plant->gravity != 0;
    region->linearised_at = real_rest ? region->rest : region->centre[0];
    double angle = plane->reference + region->linearised_at;
    double k = (region->kp + (plant->gravity != 0 ? plant->gravity * cos(angle) : 0)) / plant->inertia;
    double m = -(plant->friction + region->kd) / (2 * plant->inertia), inner = m * m - k;
    if (inner < 0) {
        region->re[0] = region->re[1] = m;
        region->im[0] = sqrt(-inner);
        region->im[1] = -region->im[0];
        region->type = m == 0 ? ARM_PLANE_CENTRE : ARM_PLANE_FOCUS;
    } else {
        double large = m + copysign(sqrt(inner), m), other = large != 0 ? k / large : 0;
        region->re[0] = fmax(large, other) + 0.0;
        region->re[1] = fmin(large, other) + 0.0;
        region->type = k < 0 ? ARM_PLANE_SADDLE : k > 0 ? ARM_PLANE_NODE : ARM_PLANE_LINE;
    }
    if (region->kp == 0 && region->kd == 0)
        region->type = ARM_PLANE_SATURATED;
    region->stability = region->re[0] < 0   ? ARM_PLANE_STABLE
                        : region->re[0] > 0 ? ARM_PLANE_UNSTABLE
                                            : ARM_PLANE_MARGINAL;
}

static void fill_region(const arm_plane *plane, const crease_region *polygon, arm_plane_region *region) {
    *region = (arm_plane_region){.polygon = polygon,
                                 .kp = 0.0 - polygon->gain[0], /* no -0 */
                                 .kd = 0.0 - polygon->gain[1],
                                 .offset = polygon->offset[0]};
    find_centre(region);
    find_most_torque(region);
    arm_plane_find_rest(plane, region);
    find_eigenvalues(plane, region);
}

/* ---- the whole ---- */

static int compare_masks(const void *a, const void *b, void *context) {
    const arm_plane *plane = context;
    return memcmp(((const arm_plane_region *)a)->polygon->above,
                  ((const arm_plane_region *)b)->polygon->above, plane->units * sizeof(bool));
}

crease_status arm_plane_new(const arm_plant *plant, const crease_net *law, double reference,
                            const crease_number *lower, const crease_number *upper,
                            const crease_regions_options *options, arm_plane **result, crease_error *error) {
    *result = NULL;
    if (law->inputs != 2 || law->outputs != 1)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "a law of the phase plane has two inputs and one output, not %zu and %zu",
                           law->inputs, law->outputs);
    arm_plane *plane = calloc(1, sizeof *plane);
    if (!plane)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the phase plane");
    plane->plant = *plant;
    plane->reference = reference;
    plane->law = law;
    crease_status status = crease_regions_box(law, lower, upper, options, &plane->regions, error);
    if (status == CREASE_OK && plane->regions->dimension != 2)
        status = crease_fail(error, CREASE_BAD_ARGUMENT,
                             "the box of the phase plane is flat; give an interval for x and one for w");
    if (status == CREASE_OK) {
        plane->count = plane->regions->region_count;
        plane->units = plane->regions->unit_count;
        plane->region = calloc(plane->count + 1, sizeof *plane->region);
        if (!plane->region)
            status = crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu regions", plane->count);
    }
    if (status != CREASE_OK) {
        arm_plane_free(plane);
        return status;
    }
    for (size_t k = 0; k < 2; k++) {
        plane->low[k] = plane->regions->from[k];
        plane->high[k] = plane->regions->to[k];
    }
    for (size_t i = 0; i < plane->count; i++)
        fill_region(plane, &plane->regions->region[i], &plane->region[i]);
    qsort_r(plane->region, plane->count, sizeof *plane->region, compare_masks, plane);
    *result = plane;
    return CREASE_OK;
}

void arm_plane_mask(const arm_plane *plane, size_t region, char *text) {
    for (size_t u = 0; u < plane->units; u++)
        text[u] = plane->region[region].polygon->above[u] ? '1' : '0';
    text[plane->units] = '\0';
}

double arm_plane_depth(const arm_plane *plane, const arm_plane_region *region, size_t k, const double s[2]) {
    const crease_region *polygon = region->polygon;
    const double *p = polygon->vertex + 2 * k, *q = polygon->vertex + 2 * ((k + 1) % polygon->vertex_count);
    double size[2] = {plane->high[0] - plane->low[0], plane->high[1] - plane->low[1]};
    double along[2] = {(q[0] - p[0]) / size[0], (q[1] - p[1]) / size[1]};
    double to[2] = {(s[0] - p[0]) / size[0], (s[1] - p[1]) / size[1]};
    double length = hypot(along[0], along[1]);
    return length > 0 ? (along[0] * to[1] - along[1] * to[0]) / length : 0;
}

size_t arm_plane_locate(const arm_plane *plane, const double s[2]) {
    if (!(s[0] >= plane->low[0] && s[0] <= plane->high[0] && s[1] >= plane->low[1] && s[1] <= plane->high[1]))
        return plane->count;
    size_t best = plane->count;
    double deepest = -HUGE_VAL;
    for (size_t i = 0; i < plane->count; i++) {
        double depth = HUGE_VAL;
        for (size_t k = 0; k < plane->region[i].polygon->vertex_count && depth > deepest; k++)
            depth = fmin(depth, arm_plane_depth(plane, &plane->region[i], k, s));
        if (depth > deepest) {
            deepest = depth;
            best = i;
        }
    }
    return best;
}
