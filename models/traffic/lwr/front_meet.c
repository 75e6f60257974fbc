/* What happens when two neighbours meet. Two fronts with jumps of one sign become one: with s_a > s_b the chord over both
 * lies beyond every kink between. Jumps of opposite signs cancel, the total variation falls, and what is left is a Riemann
 * problem. A vehicle changes sides: with v = q(u)/u, v(left) - s and v(right) - s have one sign. */
#include "traffic/lwr/front.h"
#include <math.h>

crease_status front_vehicle_add(lwr_solution *s, uint32_t after, double x, double density,
                                crease_error *error) {
    const uint32_t member = front_new(s, FRONT_VEHICLE, x, 0, density, density);
    if (!member)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu vehicles", s->vehicles + 1);
    s->member[member].item = (uint32_t)s->vehicles++;
    front_insert_after(s, member, after);
    front_vehicle_set(s, member, density, lwr_flux_vehicle_speed(s->flux, density));
    front_schedule_all(s, member, member);
    return CREASE_OK;
}

void front_vehicle_set(lwr_solution *s, uint32_t member, double density, double speed) {
    const double x = front_at(&s->member[member], s->now);
    front_set_way(s, member, x, speed, density, density);
    if (s->observer.vehicle)
        s->observer.vehicle(s->observer.context, s->member[member].item, s->now, x, density, speed);
}

/* Member a, of whom b is the next, comes to stand behind b. */
static void detach(lwr_solution *s, uint32_t a) {
    const front *f = &s->member[a];
    s->member[f->previous].next = f->next;
    s->member[f->next].previous = f->previous;
}

static void change_sides(lwr_solution *s, uint32_t a, uint32_t b) {
    const bool round = s->member[a].next == 0;
    detach(s, a);
    if (round)
        s->member[a].x -= s->length;
    front_insert_after(s, a, b);
}

static crease_status collide(lwr_solution *s, uint32_t a, uint32_t b, crease_error *error) {
    const double left = s->member[a].left, middle = s->member[a].right, right = s->member[b].right;
    const double round = s->member[a].next ? 0 : s->length; /* b counts its rounds for itself */
    const double x = front_at(&s->member[a], s->now);
    s->collisions++;
    if (left == right) {
        const uint32_t before = s->member[a].previous;
        front_remove(s, a);
        front_remove(s, b);
        s->constant = left;
        if (before || s->domain == LWR_RING) {
            const uint32_t previous = before && before != b ? before : s->member[0].previous;
            if (previous)
                front_schedule(s, previous);
        }
        return CREASE_OK;
    }
    size_t m = 1;
    s->state[0] = left;
    s->state[1] = right;
    if ((middle - left) * (right - middle) > 0)
        s->speed[0] = lwr_flux_chord(s->flux, left, right);
    else
        m = lwr_flux_riemann(s->flux, left, right, s->state, s->speed);
    front_set_way(s, a, x, s->speed[0], left, s->state[1]);
    uint32_t last = a;
    if (m == 1) {
        front_remove(s, b);
        front_schedule_all(s, a, a);
        return CREASE_OK;
    }
    front_set_way(s, b, x - round, s->speed[m - 1], s->state[m - 1], right);
    const crease_status status = front_add_waves(s, m - 2, s->state + 1, s->speed + 1, x, &last, error);
    front_schedule_all(s, a, last);
    front_schedule(s, b);
    return status;
}

static crease_status wave_at_place(lwr_solution *s, uint32_t wave, uint32_t place, bool from_left,
                                   crease_error *error) {
    const double left = from_left ? s->member[wave].left : s->member[place].left,
                 right = from_left ? s->member[place].right : s->member[wave].right;
    s->encounters++;
    front_remove(s, wave);
    return front_place_solve(s, place, left, right, error);
}

static void vehicle_meets(lwr_solution *s, uint32_t a, uint32_t b) {
    const bool from_left = s->member[a].kind == FRONT_VEHICLE;
    const uint32_t vehicle = from_left ? a : b, other = from_left ? b : a;
    const front_place *p = s->member[other].kind == FRONT_PLACE ? &s->place[s->member[other].item] : NULL;
    s->crossings++;
    if (p && front_place_closed(p)) {
        s->member[vehicle].stuck = true;
        front_vehicle_set(s, vehicle, s->member[vehicle].right, 0);
        front_schedule_all(s, vehicle, vehicle);
        return;
    }
    const front *f = &s->member[other];
    const double density = from_left ? f->right : f->left, v = lwr_flux_vehicle_speed(s->flux, density);
    const double speed = from_left ? fmax(v, f->speed) : fmin(v, f->speed);
    if (p && p->role == FRONT_EXIT) {
        front_vehicle_set(s, vehicle, s->member[vehicle].right, s->member[vehicle].speed);
        front_remove(s, vehicle);
        front_schedule_all(s, other, other);
        return;
    }
    front_vehicle_set(s, vehicle, density, speed);
    change_sides(s, a, b);
    front_schedule_all(s, b, b);
    front_schedule_all(s, a, a);
}

/* A moving place comes to another one. */
static crease_status place_at_place(lwr_solution *s, uint32_t a, uint32_t b, crease_error *error) {
    front_place *moving = &s->place[s->member[a].item], *met = &s->place[s->member[b].item];
    const double left = s->member[a].left, right = s->member[b].right;
    if (met->role == FRONT_EXIT) {
        front_remove(s, a);
        front_place_leave(s, moving);
        return front_place_solve(s, b, left, right, error);
    }
    if (front_place_closed(met)) {
        s->member[a].stuck = true;
        front_set_way(s, a, s->member[b].x + (s->member[a].next ? 0 : s->length), 0, left,
                      s->member[a].right);
        return front_place_solve(s, a, left, s->member[a].right, error);
    }
    const double here = front_at(&s->member[b], s->now);
    front_heap_set(s, a, INFINITY);
    detach(s, a);
    crease_status status = front_place_solve(s, b, left, right, error);
    const double between = s->member[b].right;
    front_insert_after(s, a, b);
    front_set_way(s, a, here, s->member[a].speed, between, between);
    return status == CREASE_OK ? front_place_solve(s, a, between, between, error) : status;
}

crease_status front_meet(lwr_solution *s, uint32_t a, crease_error *error) {
    const uint32_t b = front_next(s, a);
    const front_kind first = s->member[a].kind, second = s->member[b].kind;
    if (first == FRONT_VEHICLE || second == FRONT_VEHICLE)
        vehicle_meets(s, a, b);
    else if (first == FRONT_WAVE && second == FRONT_WAVE)
        return collide(s, a, b, error);
    else if (first == FRONT_WAVE)
        return wave_at_place(s, a, b, true, error);
    else if (second == FRONT_WAVE)
        return wave_at_place(s, b, a, false, error);
    else
        return place_at_place(s, a, b, error);
    return CREASE_OK;
}
