/* Step by step: split every polygon by the law, map each part by s -> Ad s + Bd (gain . s + offset),
 * measure. Starts on the two sides of the reference are kept apart, since going beyond it means something
 * else for each. Every corner carries the start that leads to it, so that each extreme comes with a start
 * that reaches it. */
#include "arm/plane/plane_reach_parts.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

typedef struct shape {
    size_t first, count;
    double side; /* 1: its starts lie below the reference, -1 */
} shape;

/* The polygons at one sample. */
typedef struct collection {
    arm_corner *corner;
    size_t corner_count, corner_capacity;
    shape *shape;
    size_t count, capacity;
} collection;

typedef struct run {
    const arm_plant *plant;
    const arm_reach_options *options;
    double ad[4], bd[2];
    collection now, next;
    double side;          /* of the polygon being split */
    arm_reach_step *step; /* being filled */
    arm_reach_gains *gains;
    arm_reach *reach;
    bool no_memory, too_many;
} run;

static bool grow(void **array, size_t *capacity, size_t count, size_t size) {
    if (count <= *capacity)
        return true;
    void *grown = realloc(*array, 2 * count * size);
    if (grown) {
        *array = grown;
        *capacity = 2 * count;
    }
    return grown != NULL;
}

static bool add_shape(collection *c, size_t corners, double side) {
    if (!grow((void **)&c->corner, &c->corner_capacity, c->corner_count + corners, sizeof *c->corner) ||
        !grow((void **)&c->shape, &c->capacity, c->count + 1, sizeof *c->shape))
        return false;
    c->shape[c->count++] = (shape){c->corner_count, corners, side};
    c->corner_count += corners;
    return true;
}

/* ---- measures ---- */

static void offer(arm_extreme *extreme, double value, bool larger, const arm_corner *corner) {
    if (larger ? value > extreme->value : value < extreme->value) {
        extreme->value = value;
        memcpy(extreme->start, corner->start, sizeof corner->start);
    }
}

static void measure_shape(const run *r, const collection *c, const shape *p) {
    arm_reach_step *step = r->step;
    double twice = 0;
    for (size_t i = 0; i < p->count; i++) {
        const arm_corner *a = &c->corner[p->first + i], *b = &c->corner[p->first + (i + 1) % p->count];
        const arm_corner *o = &c->corner[p->first];
        twice += (a->s[0] - o->s[0]) * (b->s[1] - o->s[1]) - (b->s[0] - o->s[0]) * (a->s[1] - o->s[1]);
        for (size_t k = 0; k < 2; k++) {
            offer(&step->low[k], a->s[k], false, a);
            offer(&step->high[k], a->s[k], true, a);
        }
        offer(&step->least, a->s[0], false, a);
        offer(&step->most, a->s[0], true, a);
        offer(&step->beyond_between, p->side * a->s[0], true, a);
        step->beyond = fmax(step->beyond, p->side * a->s[0]);
    }
    step->area += fabs(twice) / 2;
}

static bool keep_shapes(run *r, const collection *c) {
    arm_reach *reach = r->reach;
    size_t corners = 0, before = reach->polygon_count;
    if (before > 0)
        corners = reach->polygon[before - 1].first + reach->polygon[before - 1].count;
    arm_reach_polygon *polygon = realloc(reach->polygon, (before + c->count) * sizeof *polygon);
    if (polygon)
        reach->polygon = polygon;
    double *corner = realloc(reach->corner, 2 * (corners + c->corner_count) * sizeof *corner);
    if (corner)
        reach->corner = corner;
    if (!polygon || !corner)
        return false;
    for (size_t i = 0; i < c->count; i++)
        polygon[before + i] =
            (arm_reach_polygon){reach->count, corners + c->shape[i].first, c->shape[i].count};
    for (size_t i = 0; i < c->corner_count; i++)
        memcpy(corner + 2 * (corners + i), c->corner[i].s, sizeof c->corner[i].s);
    reach->polygon_count += c->count;
    return true;
}

static bool measure(run *r, const collection *c) {
    arm_reach_step *step = r->step;
    step->polygons = c->count;
    for (size_t i = 0; i < c->count; i++)
        measure_shape(r, c, &c->shape[i]);
    if (r->options->keep && !keep_shapes(r, c))
        return false;
    r->reach->count++;
    return true;
}

static void clear_step(arm_reach_step *step) {
    const arm_extreme small = {-HUGE_VAL, {0, 0}}, large = {HUGE_VAL, {0, 0}};
    *step = (arm_reach_step){.low = {large, large},
                             .high = {small, small},
                             .least = large,
                             .most = small,
                             .beyond = -HUGE_VAL,
                             .beyond_between = small};
}

/* ---- one step ---- */

static void note_gains(run *r, const arm_affine *law) {
    for (size_t k = 0; k < 4; k++) {
        double number = r->ad[k] + r->bd[k / 2] * law->gain[k % 2];
        r->gains->size[k] = fmax(r->gains->size[k], fabs(number));
    }
}

static bool take_part(const arm_corner *corner, size_t count, const arm_affine *law, void *context) {
    run *r = context;
    size_t limit = r->options->most_polygons ? r->options->most_polygons : 1000000;
    r->too_many = r->next.count >= limit;
    if (r->too_many || !add_shape(&r->next, count, r->side)) {
        r->no_memory = !r->too_many;
        return false;
    }
    arm_corner *to = r->next.corner + r->next.shape[r->next.count - 1].first;
    note_gains(r, law);
    for (size_t i = 0; i < count; i++) {
        const double *s = corner[i].s;
        double u = law->gain[0] * s[0] + law->gain[1] * s[1] + law->offset;
        to[i] = corner[i];
        to[i].s[0] = s[0] + r->ad[1] * s[1] + r->bd[0] * u;
        to[i].s[1] = r->ad[3] * s[1] + r->bd[1] * u;
        offer(&r->step->torque, fabs(u), true, &corner[i]);
        double most = arm_reach_farthest(r->plant, r->options->sample, s, u, to[i].s[0], 1);
        double least = -arm_reach_farthest(r->plant, r->options->sample, s, u, to[i].s[0], -1);
        offer(&r->step->most, most, true, &corner[i]);
        offer(&r->step->least, least, false, &corner[i]);
        offer(&r->step->beyond_between, r->side > 0 ? most : -least, true, &corner[i]);
    }
    return true;
}

static bool advance(run *r, arm_splitter *splitter) {
    r->next.count = r->next.corner_count = 0;
    clear_step(r->step);
    r->step->torque.value = -1;
    for (size_t i = 0; i < r->now.count; i++) {
        const shape *p = &r->now.shape[i];
        bool no_memory;
        r->side = p->side;
        if (!arm_splitter_run(splitter, r->now.corner + p->first, p->count, take_part, r, &no_memory)) {
            r->no_memory = r->no_memory || no_memory;
            return false;
        }
    }
    collection swapped = r->now;
    r->now = r->next;
    r->next = swapped;
    return measure(r, &r->now);
}

/* ---- the start ---- */

static bool add_box(run *r, double from, double to, double side) {
    const double *low = r->options->low, *high = r->options->high;
    const double corner[4][2] = {{from, low[1]}, {to, low[1]}, {to, high[1]}, {from, high[1]}};
    if (!add_shape(&r->now, 4, side))
        return false;
    arm_corner *at = r->now.corner + r->now.shape[r->now.count - 1].first;
    for (size_t i = 0; i < 4; i++) {
        memcpy(at[i].s, corner[i], sizeof corner[i]);
        memcpy(at[i].start, corner[i], sizeof corner[i]);
    }
    return true;
}

static bool begin(run *r) {
    double low = r->options->low[0], high = r->options->high[0];
    bool room = true;
    if (low < 0)
        room = add_box(r, low, fmin(high, 0), 1);
    if (high > 0)
        room = room && add_box(r, fmax(low, 0), high, -1);
    r->step = r->reach->step;
    clear_step(r->step);
    return room && measure(r, &r->now);
}

static crease_status check(const arm_plant *plant, const arm_reach_options *options, crease_error *error) {
    if (plant->gravity != 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the exact reach set needs the linear plant: with gravity a polygon does not stay "
                           "one; leave gravity out");
    if (!(options->sample > 0 && options->sample <= 10))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the sample is %g s; give one in (0, 10]",
                           options->sample);
    for (size_t k = 0; k < 2; k++)
        if (!(options->low[k] < options->high[k]) || !isfinite(options->low[k]) ||
            !isfinite(options->high[k]))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "the box of starts is empty or not finite");
    return CREASE_OK;
}

static crease_status walk(run *r, arm_splitter *splitter, crease_error *error) {
    const arm_reach_options *options = r->options;
    bool going = begin(r);
    r->no_memory = !going;
    for (size_t k = 1; k <= options->steps && going; k++) {
        if (options->interrupted && options->interrupted(options->interrupted_context)) {
            r->reach->why = "interrupted";
            break;
        }
        r->step = &r->reach->step[k];
        r->gains++;
        going = advance(r, splitter);
    }
    if (r->too_many)
        r->reach->why = "polygons";
    return going || r->too_many ? CREASE_OK
                                : crease_fail(error, CREASE_NO_MEMORY,
                                              "no memory for the polygons of step %zu", r->reach->count);
}

void arm_reach_free(arm_reach *reach) {
    if (!reach)
        return;
    free(reach->step);
    free(reach->polygon);
    free(reach->corner);
    free(reach);
}

crease_status arm_reach_new(const arm_plant *plant, const crease_net *law, const arm_reach_options *options,
                            arm_reach **result, crease_error *error) {
    *result = NULL;
    double began = omp_get_wtime();
    crease_status status = check(plant, options, error);
    if (status != CREASE_OK)
        return status;
    arm_splitter *splitter = NULL;
    run r = {.plant = plant, .options = options, .reach = calloc(1, sizeof *r.reach)};
    arm_reach_gains *gains = calloc(options->steps + 1, sizeof *gains);
    if (r.reach)
        r.reach->step = calloc(options->steps + 1, sizeof *r.reach->step);
    if (!gains || !r.reach || !r.reach->step)
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu steps", options->steps);
    r.gains = gains;
    if (status == CREASE_OK)
        status = arm_splitter_new(law, &splitter, error);
    if (status == CREASE_OK) {
        arm_reach_sample(plant, options->sample, r.ad, r.bd);
        status = walk(&r, splitter, error);
    }
    if (status == CREASE_OK)
        status =
            arm_reach_bound(plant, law, options, gains + 1, r.now.corner, r.now.corner_count, r.reach, error);
    free(r.now.corner);
    free(r.now.shape);
    free(r.next.corner);
    free(r.next.shape);
    free(gains);
    arm_splitter_free(splitter);
    if (status == CREASE_OK) {
        r.reach->seconds = omp_get_wtime() - began;
        *result = r.reach;
    } else {
        arm_reach_free(r.reach);
    }
    return status;
}
