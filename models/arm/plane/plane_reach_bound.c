/* How far an exact state can be from the computed polygons. Twins (plane_split_bound.c) are mapped
 * exactly, with the torque of their part. Componentwise, with M the largest sizes of Ad + Bd K over the
 * parts of the step and over the exact regions that its polygons come near, r and E the bounds on rounding
 * and wrong sides of the torque, u = 2^-53:
 *
 *   corner against twin         off'  = M off + Bd r + 8 u (|Ad| S + |Bd| U)
 *   exact state against a twin  away' = M away + Bd E,
 *
 * the latter since the law is continuous: between an exact state and the point of the twin it changes by a
 * mean of the gains of the regions between them, which the polygons come near. A cut adds 4 u S to off, as
 * its corner is rounded, and a step has at most as many cuts after one another as units. S and U are the
 * largest |x|, |w| and |u|; Ad and Bd are within 2 u of exact. The error is off + away. It is valid while
 * it is far below the distance up to which regions were counted as near, which is checked. */
#include "arm/plane/plane_reach_parts.h"
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdlib.h>

static const double unit = 0x1p-53, safe = 1 + 1e-9; /* for the rounding of the bounds themselves */

typedef struct bounds {
    const arm_plant *plant;
    const crease_net *law;
    const arm_reach_options *options;
    double ad[4], bd[2];
    double near[2]; /* regions within this distance of a step's polygons count */
    arm_plane *plane;
    arm_reach *reach;
} bounds;

static crease_status number_pair(double low, double high, crease_number *lower, crease_number *upper,
                                 crease_error *error) {
    crease_status status = crease_number_from_double(low, lower, error);
    return status == CREASE_OK ? crease_number_from_double(high, upper, error) : status;
}

/* The exact regions around all that was reached. */
static crease_status find_regions(bounds *b, crease_error *error) {
    crease_number lower[2] = {{0}}, upper[2] = {{0}};
    crease_status status = CREASE_OK;
    for (size_t k = 0; k < 2 && status == CREASE_OK; k++) {
        double low = HUGE_VAL, high = -HUGE_VAL;
        for (size_t i = 0; i < b->reach->count; i++) {
            low = fmin(low, b->reach->step[i].low[k].value);
            high = fmax(high, b->reach->step[i].high[k].value);
        }
        b->near[k] = 1e-6 * (high - low);
        status = number_pair(low - 2 * b->near[k], high + 2 * b->near[k], &lower[k], &upper[k], error);
    }
    if (status == CREASE_OK)
        status = arm_plane_new(b->plant, b->law, 0, lower, upper, NULL, &b->plane, error);
    for (size_t k = 0; k < 2; k++) {
        crease_number_clear(&lower[k]);
        crease_number_clear(&upper[k]);
    }
    return status;
}

/* The region may meet what lies within `near` of the box of the step's polygons. */
static bool comes_near(const bounds *b, const arm_plane_region *region, const arm_reach_step *step) {
    for (size_t k = 0; k < 2; k++) {
        double low = HUGE_VAL, high = -HUGE_VAL;
        for (size_t i = 0; i < region->polygon->vertex_count; i++) {
            low = fmin(low, region->polygon->vertex[2 * i + k]);
            high = fmax(high, region->polygon->vertex[2 * i + k]);
        }
        if (low > step->high[k].value + b->near[k] || high < step->low[k].value - b->near[k])
            return false;
    }
    return true;
}

static void closed_loop(const bounds *b, const arm_plane_region *region, double m[4]) {
    const double gain[2] = {-region->kp, -region->kd};
    for (size_t k = 0; k < 4; k++)
        m[k] = b->ad[k] + b->bd[k / 2] * gain[k % 2];
}

static void widest_map(const bounds *b, size_t k, const arm_reach_gains *gains, double size[4]) {
    double m[4];
    for (size_t i = 0; i < 4; i++)
        size[i] = gains[k].size[i];
    for (size_t i = 0; i < b->plane->count; i++) {
        if (!comes_near(b, &b->plane->region[i], &b->reach->step[k]))
            continue;
        closed_loop(b, &b->plane->region[i], m);
        for (size_t j = 0; j < 4; j++)
            size[j] = fmax(size[j], fabs(m[j]));
    }
}

typedef struct distance {
    double off[2], away[2];
} distance;

/* x t later is x + h(t) w + H(t) u/J with h <= t and H/J at most Bd's; 16 u for its evaluation. */
static double between(const bounds *b, const arm_reach_step *from, const arm_reach_step *to) {
    double sample = b->options->sample, x = fmax(fabs(from->low[0].value), fabs(from->high[0].value));
    double w = fmax(fabs(from->low[1].value), fabs(from->high[1].value));
    double size = x + sample * w + b->bd[0] * to->torque.value;
    return safe * (fmax(from->error[0], to->error[0]) + sample * from->error[1] +
                   b->bd[0] * to->torque_error + 16 * unit * size);
}

static crease_status step_bound(const bounds *b, size_t k, const arm_reach_gains *gains, distance *d,
                                crease_error *error) {
    arm_reach_step *from = &b->reach->step[k], *to = from + 1;
    double most[2], m[4];
    distance next = {{0}, {0}};
    arm_split_errors e;
    for (size_t i = 0; i < 2; i++) {
        most[i] = fmax(fabs(from->low[i].value), fabs(from->high[i].value));
        d->off[i] += 4 * unit * most[i] * (double)(b->plane->units + 1);
        most[i] += d->off[i];
    }
    crease_status status = arm_split_bound(b->law, most, d->off, &e, error);
    if (status != CREASE_OK)
        return status;
    widest_map(b, k, gains, m);
    for (size_t i = 0; i < 2; i++) {
        double sum = fabs(b->ad[2 * i]) * most[0] + fabs(b->ad[2 * i + 1]) * most[1] +
                     fabs(b->bd[i]) * (to->torque.value + e.rounding);
        next.off[i] = safe * (m[2 * i] * d->off[0] + m[2 * i + 1] * d->off[1] + fabs(b->bd[i]) * e.rounding +
                              8 * unit * sum);
        next.away[i] = safe * (m[2 * i] * d->away[0] + m[2 * i + 1] * d->away[1] + fabs(b->bd[i]) * e.wrong);
    }
    /* torque of an exact state of this sample against that of a corner */
    to->torque_error = safe * (e.rounding + e.wrong + e.gain[0] * (d->off[0] + d->away[0]) +
                               e.gain[1] * (d->off[1] + d->away[1]));
    *d = next;
    for (size_t i = 0; i < 2; i++) {
        to->error[i] = d->off[i] + d->away[i];
        if (!(to->error[i] < b->near[i] / 2))
            to->error[i] = to->torque_error = HUGE_VAL;
    }
    to->between_error = between(b, from, to);
    return CREASE_OK;
}

crease_status arm_reach_bound(const arm_plant *plant, const crease_net *law, const arm_reach_options *options,
                              const arm_reach_gains *gains, const arm_corner *corner, size_t corners,
                              arm_reach *reach, crease_error *error) {
    bounds b = {.plant = plant, .law = law, .options = options, .reach = reach};
    distance d = {{0}, {0}};
    arm_reach_sample(plant, options->sample, b.ad, b.bd);
    crease_status status = find_regions(&b, error);
    for (size_t k = 0; k + 1 < reach->count && status == CREASE_OK; k++)
        status = step_bound(&b, k, gains, &d, error);
    if (status == CREASE_OK && reach->count > 1)
        arm_reach_settle(options->sample, b.ad, b.bd, b.plane, corner, corners, reach);
    arm_plane_free(b.plane);
    return status;
}
