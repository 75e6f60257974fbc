/* A solution at t = 0: jumps, places and vehicles in the order of their positions, a Riemann problem at every jump. */
#include "traffic/lwr/front.h"
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

static const lwr_schedule no_schedule = {0};

static crease_status check_schedule(const lwr_schedule *c, const char *what, crease_error *error) {
    for (size_t i = 0; i < c->count; i++) {
        if (!(c->value[i] >= 0) || !isfinite(c->time[i]) || (i > 0 && !(c->time[i] > c->time[i - 1])))
            return crease_fail(error, CREASE_BAD_DATA,
                               "%s: %g veh/h from %g h on; flows must be at least 0 and times ascend", what,
                               c->value[i], c->time[i]);
        if (c->period != 0 && (c->time[0] != 0 || !(c->time[i] < c->period)))
            return crease_fail(error, CREASE_BAD_DATA,
                               "%s: times of a cycle go from 0 to less than the cycle", what);
    }
    if (c->count > 0 && (!(c->period >= 0) || !isfinite(c->period) || !isfinite(c->offset)))
        return crease_fail(error, CREASE_BAD_DATA, "%s: a cycle has a length > 0", what);
    return CREASE_OK;
}

static crease_status check_densities(const lwr_problem *p, bool physical, crease_error *error) {
    for (size_t i = 0; i < p->count; i++) {
        if (!(fabs(p->x[i]) <= LWR_LARGEST && fabs(p->density[i]) <= LWR_LARGEST) ||
            (i > 0 && !(p->x[i] > p->x[i - 1])))
            return crease_fail(
                error, CREASE_BAD_DATA,
                "initial densities must be of a sane size, from one x to a larger next x; see row %zu",
                i + 1);
        if (p->domain == LWR_RING && !(p->x[i] >= p->low && p->x[i] < p->high))
            return crease_fail(error, CREASE_BAD_DATA, "x = %g is not on the ring, which goes from %g to %g",
                               p->x[i], p->low, p->high);
        if (physical && !(p->density[i] >= 0 && p->density[i] <= p->flux->jam_density))
            return crease_fail(error, CREASE_BAD_DATA,
                               "a density of %g is not between 0 and the jam density of the flux, %.10g",
                               p->density[i], p->flux->jam_density);
    }
    return CREASE_OK;
}

static crease_status check(const lwr_problem *p, crease_error *error) {
    bool physical = p->domain == LWR_ROAD || p->every > 0;
    if (!(p->low < p->high) || !isfinite(p->high - p->low))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the road goes from %g to %g km; it must have a length", p->low, p->high);
    if (p->count == 0)
        return crease_fail(error, CREASE_BAD_DATA, "no initial density");
    if (!(p->every >= 0) || !isfinite(p->every) || !(p->upstream >= 0) || !isfinite(p->upstream))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "one vehicle in %g cannot be followed", p->every);
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < p->place_count && status == CREASE_OK; i++) {
        const lwr_place *place = &p->place[i];
        physical = physical || place->speed != 0 || place->limit.count > 0;
        if (!isfinite(place->x) || !(place->speed >= 0) || !isfinite(place->speed) ||
            (p->domain == LWR_RING && !(place->x >= p->low && place->x < p->high)) ||
            (p->domain == LWR_ROAD && !(place->x > p->low && place->x < p->high)))
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "there cannot be a place at %g km with a speed of %g km/h on this road, which "
                               "goes from %g to %g",
                               place->x, place->speed, p->low, p->high);
        status = check_schedule(&place->limit, "the limit of a place", error);
    }
    if (status == CREASE_OK)
        status = check_schedule(&p->inflow, "the inflow", error);
    if (status == CREASE_OK)
        status = check_schedule(&p->outflow, "the outflow", error);
    if (status == CREASE_OK && physical && p->flux->why_unphysical)
        return crease_fail(
            error, CREASE_BAD_DATA,
            "lights, bottlenecks, open ends and vehicles need a flux that is 0 at density 0 and "
            "positive up to a jam density; of this one, %s",
            p->flux->why_unphysical);
    return status == CREASE_OK ? check_densities(p, physical, error) : status;
}

/* Where the next thing is: a jump, a place. */
typedef struct builder {
    const lwr_problem *problem;
    lwr_solution *s;
    size_t *order; /* places by position */
    double *place_x;
    size_t jump, place; /* next ones */
    double density, x, mass, next_vehicle;
    uint32_t last;
} builder;

static double density_before(const lwr_problem *p, size_t i) {
    return i > 0 ? p->density[i - 1] : p->domain == LWR_RING ? p->density[p->count - 1] : p->density[0];
}

/* Vehicles between where the builder stands and x. */
static crease_status add_vehicles(builder *b, double x, crease_error *error) {
    const double upstream = b->problem->domain == LWR_LINE ? b->problem->upstream : 0;
    const double from = fmax(b->x, b->problem->low - upstream), to = fmin(x, b->problem->high);
    if (b->problem->every > 0 && to > from && b->density > 0) {
        const double mass = b->mass + b->density * (to - from);
        for (; b->next_vehicle < mass; b->next_vehicle += b->problem->every) {
            const double at = from + (b->next_vehicle - b->mass) / b->density;
            const crease_status status = front_vehicle_add(b->s, b->last, at, b->density, error);
            if (status != CREASE_OK)
                return status;
            b->last = b->s->member[b->last].next;
        }
        b->mass = mass;
    }
    b->x = x;
    return CREASE_OK;
}

/* A place and, when it is there as well, the jump. */
static crease_status add_place(builder *b, double right, crease_error *error) {
    lwr_solution *s = b->s;
    front_place *p = &s->place[b->order[b->place]];
    p->member = front_new(s, FRONT_PLACE, b->place_x[b->order[b->place]], p->speed, b->density, right);
    if (p->member == 0)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu places", s->place_count);
    s->member[p->member].item = (uint32_t)b->order[b->place++];
    front_insert_after(s, p->member, b->last);
    b->last = p->member;
    return CREASE_OK;
}

static crease_status add_members(builder *b, crease_error *error) {
    const lwr_problem *p = b->problem;
    lwr_solution *s = b->s;
    crease_status status = CREASE_OK;
    while (status == CREASE_OK && (b->jump < p->count || b->place < s->place_count)) {
        const double jump = b->jump < p->count ? p->x[b->jump] : INFINITY;
        const double place = b->place < s->place_count ? b->place_x[b->order[b->place]] : INFINITY;
        const double x = fmin(jump, place);
        const double right = jump == x ? p->density[b->jump] : b->density;
        status = add_vehicles(b, x, error);
        if (status == CREASE_OK && place == x)
            status = add_place(b, right, error);
        else if (status == CREASE_OK && (p->domain != LWR_ROAD || (x > p->low && x < p->high))) {
            const size_t m = lwr_flux_riemann(s->flux, b->density, right, s->state, s->speed);
            status = front_add_waves(s, m, s->state, s->speed, x, &b->last, error);
        }
        b->jump += jump == x;
        b->density = right;
    }
    return status == CREASE_OK ? add_vehicles(b, p->high, error) : status;
}

static void make_place(front_place *made, front_role role, double speed, const lwr_schedule *schedule) {
    *made = (front_place){.role = role, .speed = speed, .schedule = schedule, .wake = INFINITY};
    lwr_cursor_start(schedule, &made->cursor);
}

static void make_places(builder *b) {
    const lwr_problem *p = b->problem;
    lwr_solution *s = b->s;
    const size_t n = p->place_count;
    for (size_t i = 0; i < n; i++) {
        make_place(&s->place[i], FRONT_INNER, p->place[i].speed, &p->place[i].limit);
        b->place_x[i] = p->place[i].x;
    }
    if (p->domain != LWR_RING) {
        const bool road = p->domain == LWR_ROAD;
        make_place(&s->place[n], road ? FRONT_ENTRY : FRONT_WINDOW, 0, road ? &p->inflow : &no_schedule);
        make_place(&s->place[n + 1], road ? FRONT_EXIT : FRONT_WINDOW, 0, road ? &p->outflow : &no_schedule);
        b->place_x[n] = p->low;
        b->place_x[n + 1] = p->high;
        s->place[n].next_vehicle = .5 * p->every;
    }
    gsl_sort_index(b->order, b->place_x, 1, s->place_count);
}

static crease_status build(builder *b, crease_error *error) {
    lwr_solution *s = b->s;
    make_places(b);
    crease_status status = add_members(b, error);
    s->constant = b->density;
    for (size_t i = 0; i < s->place_count && status == CREASE_OK; i++) {
        const uint32_t member = s->place[b->order[i]].member;
        status = front_place_solve(s, member, s->member[member].left, s->member[member].right, error);
        if (s->place[b->order[i]].flow == 0 && s->observer.flow && b->order[i] < s->user_places)
            s->observer.flow(s->observer.context, b->order[i], 0, 0, 0);
    }
    for (uint32_t i = s->member[0].next; i && status == CREASE_OK; i = s->member[i].next)
        front_schedule(s, i);
    s->fronts_initial = s->fronts;
    front_note_congestion(s);
    return status;
}

crease_status lwr_solution_new(const lwr_problem *problem, const lwr_observer *observer,
                               lwr_solution **solution, crease_error *error) {
    *solution = NULL;
    crease_status status = check(problem, error);
    if (status != CREASE_OK)
        return status;
    const size_t ends = problem->domain == LWR_RING ? 0 : 2, places = problem->place_count + ends;
    const size_t knots = problem->flux->pwl->knot_count + 2;
    lwr_solution *s = calloc(1, sizeof *s);
    builder b = {.problem = problem,
                 .s = s,
                 .order = malloc((places + 1) * sizeof *b.order),
                 .place_x = malloc((places + 1) * sizeof *b.place_x),
                 .density = density_before(problem, 0),
                 .x = -INFINITY,
                 .next_vehicle = .5 * problem->every};
    if (s) {
        s->flux = problem->flux;
        s->domain = problem->domain;
        s->low = problem->low;
        s->high = problem->high;
        s->length = s->domain == LWR_RING ? s->high - s->low : INFINITY;
        s->every = problem->every;
        s->next_wake = INFINITY;
        s->place_count = places;
        s->user_places = problem->place_count;
        s->room = 16 + places + problem->count;
        s->used = 1;
        s->member = calloc(s->room, sizeof *s->member);
        s->heap = malloc(s->room * sizeof *s->heap);
        s->heap_place = malloc(s->room * sizeof *s->heap_place);
        s->state = malloc(knots * sizeof *s->state);
        s->speed = malloc(knots * sizeof *s->speed);
        s->place = calloc(places + 1, sizeof *s->place);
        if (observer)
            s->observer = *observer;
    }
    if (!s || !b.order || !b.place_x || !s->member || !s->heap || !s->heap_place || !s->state || !s->speed ||
        !s->place)
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu jumps", problem->count);
    else
        status = build(&b, error);
    free(b.order);
    free(b.place_x);
    if (status == CREASE_OK)
        *solution = s;
    else
        lwr_solution_free(s);
    return status;
}
