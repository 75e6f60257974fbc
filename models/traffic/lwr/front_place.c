/* Places: where the flow is limited, counted, or given. A place that moves with speed V sees the flow q(u) - V u. Where
 * the Riemann problem of the densities on its sides would send more than the limit C through it, the density upstream
 * becomes the first root of q(u) - V u = C whose fronts stay upstream, that downstream likewise (Colombo & Goatin 2007;
 * Delle Monache & Goatin 2014). A front that stands at a place is kept in the place itself. Outside the ends of a road
 * there is the critical density, from which and to which most can flow, and only the fronts that enter the road count
 * (Bardos, LeRoux & Nedelec 1979); demand and outflow are limits. */
#include "traffic/lwr/front.h"
#include <float.h>
#include <math.h>

/* Fronts [0, left) go upstream, those from `right` on downstream. */
typedef struct split {
    size_t left, right, m;
    double speed, flow;
} split;

void front_place_account(lwr_solution *s, front_place *p) {
    const double time = s->now - p->since;
    if (p->role == FRONT_ENTRY && p->cursor.value != p->flow && p->cursor.value < INFINITY)
        p->waiting = fmax(p->waiting + (p->cursor.value - p->flow) * time, 0);
    const double passed = p->flow * time - p->lost,
                 count = p->count + passed; /* Kahan 1965: many small amounts */
    p->lost = (count - p->count) - passed;
    p->count = count;
    p->since = s->now;
}

bool front_place_closed(const front_place *p) {
    return p->cursor.value <= 0 && p->speed == 0 && (p->role == FRONT_INNER || p->role == FRONT_EXIT);
}

static void find_wake(lwr_solution *s, front_place *p) {
    const double demand = p->cursor.value;
    p->empties = p->enters = INFINITY;
    if (p->role == FRONT_ENTRY && p->waiting > 0 && p->flow > demand)
        p->empties = s->now + p->waiting / (p->flow - demand);
    if (p->role == FRONT_ENTRY && s->every > 0 && p->flow > 0)
        p->enters = s->now + fmax(p->next_vehicle - p->count, 0) / p->flow;
    const double wake = fmin(p->cursor.next, fmin(p->empties, p->enters));
    if (wake == p->wake)
        return;
    p->wake = wake;
    s->next_wake = INFINITY;
    for (size_t i = 0; i < s->place_count; i++)
        s->next_wake = fmin(s->next_wake, s->place[i].wake);
}

void front_place_leave(lwr_solution *s, front_place *p) {
    front_place_account(s, p);
    p->member = FRONT_NOWHERE;
    p->flow = 0;
    p->cursor.next = INFINITY;
    find_wake(s, p);
}

/* The most that may pass. */
static double limit_of(const front_place *p) {
    return p->role == FRONT_ENTRY && p->waiting > 0 ? INFINITY : p->cursor.value;
}

/* Where a place with this speed stands among the fronts of a Riemann problem. */
static split split_at(const lwr_solution *s, size_t m, double speed) {
    split p = {.m = m, .speed = speed};
    while (p.left < m && s->speed[p.left] < speed)
        p.left++;
    for (p.right = p.left; p.right < m && s->speed[p.right] <= speed; p.right++)
        ;
    p.flow = lwr_flux_at(s->flux, s->state[p.left]) - speed * s->state[p.left];
    return p;
}

/* Traffic ahead is slower than a moving place would like to be: it goes with it. On an empty stretch nobody is with it,
 * so there it has gone up to the traffic, and a front from behind meets that before it meets the place. */
static split split_with_traffic(const lwr_solution *s, size_t m) {
    for (size_t k = m > 0 && s->state[0] <= 0;; k++) {
        const double v = lwr_flux_vehicle_speed(s->flux, s->state[k]);
        if (k == m ||
            v <= s->speed[k]) /* behind a front that goes as fast it stays behind, whatever rounding says */
            return (split){k, k, m, k > 0 ? fmax(v, s->speed[k - 1]) : v, 0};
    }
}

/* The density beside a place with the limited flow, on its upstream (sign 1) or downstream side (sign -1). */
static double limited_density(const lwr_flux *f, double density, double speed, double limit, int sign) {
    const double g = lwr_flux_at(f, density) - speed * density;
    if (fabs(g - limit) <= 4 * DBL_EPSILON * f->capacity &&
        sign * (lwr_flux_chord(f, density, density) - speed) < 0)
        return density; /* it is there already, but for rounding */
    const bool to_jam = (g >= limit) == (sign > 0);
    return lwr_flux_reach(f, speed, limit, density, to_jam ? f->jam_density : 0);
}

static void note_queue(lwr_solution *s, front_place *p, double upstream) {
    const bool queued = p->role == FRONT_ENTRY
                            ? p->waiting > 0
                            : p->speed == 0 && upstream >= s->flux->critical_density * (1 - 1e-12);
    if (queued && !p->queued)
        p->queued_since = s->now;
    if (!queued && p->queued) {
        p->queue_hours += s->now - p->queued_since;
        p->last_cleared = s->now;
        if (p->cleared++ == 0)
            p->first_cleared = s->now;
    }
    p->queued = queued;
}

/* Whoever stood before a closed place goes on; returns the first of them, or the place. */
static uint32_t release(lwr_solution *s, uint32_t member) {
    uint32_t first = member;
    for (uint32_t i = s->member[member].previous; i && s->member[i].stuck; i = s->member[i].previous) {
        s->member[i].stuck = false;
        if (s->member[i].kind == FRONT_VEHICLE)
            front_vehicle_set(s, i, s->member[i].right, lwr_flux_vehicle_speed(s->flux, s->member[i].right));
        first = i;
    }
    return first;
}

/* Fronts upstream and downstream, the place between. */
static crease_status send(lwr_solution *s, uint32_t member, double left, double right, split at, bool limited,
                          crease_error *error) {
    const front_place p = s->place[s->member[member].item];
    const double x = p.speed == 0 ? s->member[member].x : front_at(&s->member[member], s->now);
    uint32_t last = s->member[member].previous;
    double upstream = s->state[at.left], downstream = s->state[at.right];
    crease_status status = CREASE_OK;
    if (limited) {
        upstream = limited_density(s->flux, left, at.speed, at.flow, 1);
        downstream = limited_density(s->flux, right, at.speed, at.flow, -1);
        at.left = lwr_flux_riemann(s->flux, left, upstream, s->state, s->speed);
        for (size_t i = 0; i < at.left; i++)
            s->speed[i] = fmin(s->speed[i], at.speed); /* rounding */
    }
    if (p.role != FRONT_ENTRY)
        status = front_add_waves(s, at.left, s->state, s->speed, x, &last, error);
    if (limited) {
        at.right = 0;
        at.m = lwr_flux_riemann(s->flux, downstream, right, s->state, s->speed);
        for (size_t i = 0; i < at.m; i++)
            s->speed[i] = fmax(s->speed[i], at.speed);
    }
    front_set_way(s, member, x, at.speed, upstream, p.role == FRONT_EXIT ? upstream : downstream);
    last = member;
    if (status == CREASE_OK && p.role != FRONT_EXIT)
        status =
            front_add_waves(s, at.m - at.right, s->state + at.right, s->speed + at.right, x, &last, error);
    return status;
}

crease_status front_place_solve(lwr_solution *s, uint32_t member, double left, double right,
                                crease_error *error) {
    front_place *p = &s->place[s->member[member].item];
    front_place_account(s, p);
    if (p->role == FRONT_ENTRY)
        left = s->flux->critical_density;
    if (p->role == FRONT_EXIT)
        right = s->flux->critical_density;
    const uint32_t first = p->speed > 0 || front_place_closed(p) ? member : release(s, member);
    const uint32_t before = s->member[first].previous, after = s->member[member].next;
    const size_t m = lwr_flux_riemann(s->flux, left, right, s->state, s->speed);
    split at = split_at(s, m, s->member[member].stuck ? 0 : p->speed);
    if (p->speed > 0 && at.flow < 0)
        at = split_with_traffic(s, m);
    const double limit = limit_of(p);
    const bool limited = !s->member[member].stuck && at.flow > limit + 1e-12 * s->flux->capacity;
    if (limited)
        at.flow = limit;
    if (p->role == FRONT_ENTRY && fabs(at.flow - p->cursor.value) <= 1e-12 * s->flux->capacity)
        at.flow = p->cursor.value;
    const crease_status status = send(s, member, left, right, at, limited, error);
    if (status != CREASE_OK)
        return status;
    const size_t index = s->member[member].item;
    if (at.flow != p->flow && s->observer.flow && index < s->user_places)
        s->observer.flow(s->observer.context, index, s->now, p->count, at.flow);
    p->flow = at.flow;
    note_queue(s, p, s->member[member].left);
    find_wake(s, p);
    front_schedule_all(s, before ? s->member[before].next : s->member[0].next,
                       after ? s->member[after].previous : s->member[0].previous);
    for (uint32_t i = first; i != member; i = s->member[i].next)
        if (s->member[i].kind == FRONT_PLACE) {
            const crease_status also = front_place_solve(s, i, s->member[i].left, s->member[i].right, error);
            if (also != CREASE_OK)
                return also;
        }
    return CREASE_OK;
}

crease_status front_place_wake(lwr_solution *s, crease_error *error) {
    for (size_t i = 0; i < s->place_count; i++) {
        front_place *p = &s->place[i];
        if (p->wake > s->now || p->member == FRONT_NOWHERE)
            continue;
        const bool empty = p->empties <= s->now, enters = p->enters <= s->now,
                   turns = p->cursor.next <= s->now;
        front_place_account(s, p);
        if (empty)
            p->waiting = 0;
        if (turns)
            lwr_cursor_step(p->schedule, &p->cursor);
        crease_status status =
            front_place_solve(s, p->member, s->member[p->member].left, s->member[p->member].right, error);
        if (status == CREASE_OK && enters) {
            const front *f = &s->member[p->member];
            p->next_vehicle += s->every;
            find_wake(s, p);
            status = front_vehicle_add(s, p->member, f->x, f->right, error);
        }
        if (status != CREASE_OK)
            return status;
    }
    return CREASE_OK;
}
