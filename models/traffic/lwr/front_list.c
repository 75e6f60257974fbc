/* Members of the list of fronts. Two neighbours at x_a <= x_b meet at t + (x_b - x_a)/(s_a - s_b) when s_a > s_b; on a
 * ring the last one is followed by the first, one length ahead: positions are not wrapped, so no distance is ever taken
 * modulo the length, where a small negative one would become a whole round. They are taken back by whole rounds from time
 * to time, so that they keep their digits. */
#include "traffic/lwr/front.h"
#include <math.h>
#include <stdlib.h>

static bool grow(lwr_solution *s) {
    const size_t room = s->room + s->room / 2 + 16;
    if (room >= FRONT_NOWHERE)
        return false;
    front *member = realloc(s->member, room * sizeof *member);
    if (member)
        s->member = member;
    front_meeting *heap = member ? realloc(s->heap, room * sizeof *heap) : NULL;
    if (heap)
        s->heap = heap;
    uint32_t *heap_place = heap ? realloc(s->heap_place, room * sizeof *heap_place) : NULL;
    if (!heap_place)
        return false;
    s->heap_place = heap_place;
    s->room = room;
    return true;
}

static bool is_congested(const lwr_solution *s, double density) {
    return density > s->flux->critical_density * (1 + 1e-12);
}

/* Counts a front's right density, and the density left of the first. */
static void count_congested(lwr_solution *s, const front *f, int sign) {
    if (f->kind != FRONT_VEHICLE && is_congested(s, f->right))
        s->congested += (size_t)sign;
}

uint32_t front_new(lwr_solution *s, front_kind kind, double x, double speed, double left, double right) {
    uint32_t member = s->unused;
    if (member)
        s->unused = s->member[member].next;
    else if (s->used < s->room || grow(s))
        member = (uint32_t)s->used++;
    else
        return 0;
    s->member[member] =
        (front){.t = s->now, .x = x, .speed = speed, .left = left, .right = right, .kind = kind};
    s->heap_place[member] = FRONT_NOWHERE;
    count_congested(s, &s->member[member], 1);
    if (kind == FRONT_WAVE && ++s->fronts > s->fronts_most)
        s->fronts_most = s->fronts;
    return member;
}

void front_insert_after(lwr_solution *s, uint32_t member, uint32_t before) {
    const uint32_t next = s->member[before].next;
    s->member[member].next = next;
    s->member[member].previous = before;
    s->member[before].next = member;
    s->member[next].previous = member;
}

static void show(lwr_solution *s, const front *f) {
    if (f->kind == FRONT_WAVE && s->observer.front && s->now > f->t)
        s->observer.front(s->observer.context, f->t, f->x, s->now, front_at(f, s->now), f->left, f->right);
}

void front_remove(lwr_solution *s, uint32_t member) {
    front *f = &s->member[member];
    show(s, f);
    count_congested(s, f, -1);
    s->fronts -= f->kind == FRONT_WAVE;
    front_heap_set(s, member, INFINITY);
    s->member[f->previous].next = f->next;
    s->member[f->next].previous = f->previous;
    f->next = s->unused;
    s->unused = member;
}

uint32_t front_next(const lwr_solution *s, uint32_t member) {
    const uint32_t next = s->member[member].next;
    return next || s->domain != LWR_RING ? next : s->member[0].next;
}

/* Two vehicles keep their order, and so do two places that go with the same traffic, but for rounding. */
static bool will_meet(const lwr_solution *s, const front *a, const front *b) {
    if (a->kind == FRONT_PLACE && b->kind == FRONT_PLACE)
        return a->speed > b->speed + 1e-12 * s->flux->largest_slope;
    return a->speed > b->speed && (a->kind != FRONT_VEHICLE || b->kind != FRONT_VEHICLE);
}

void front_schedule(lwr_solution *s, uint32_t member) {
    const uint32_t next = front_next(s, member);
    const front *a = &s->member[member], *b = &s->member[next];
    double t = INFINITY;
    if (next && next != member && will_meet(s, a, b)) {
        double gap = front_at(b, s->now) - front_at(a, s->now);
        if (!a->next)
            gap += s->length;
        t = s->now + fmax(gap, 0) / (a->speed - b->speed);
    }
    front_heap_set(s, member, t);
}

void front_schedule_all(lwr_solution *s, uint32_t first, uint32_t last) {
    uint32_t before = s->member[first].previous;
    if (!before && s->domain == LWR_RING)
        before = s->member[0].previous;
    if (before)
        front_schedule(s, before);
    for (uint32_t member = first;; member = s->member[member].next) {
        front_schedule(s, member);
        if (member == last)
            return;
    }
}

crease_status front_add_waves(lwr_solution *s, size_t m, const double *state, const double *speed, double x,
                              uint32_t *last, crease_error *error) {
    for (size_t i = 0; i < m; i++) {
        const uint32_t member = front_new(s, FRONT_WAVE, x, speed[i], state[i], state[i + 1]);
        if (!member)
            return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu fronts", s->fronts + 1);
        front_insert_after(s, member, *last);
        *last = member;
    }
    return CREASE_OK;
}

void front_set_way(lwr_solution *s, uint32_t member, double x, double speed, double left, double right) {
    front *f = &s->member[member];
    show(s, f);
    count_congested(s, f, -1);
    f->t = s->now;
    f->x = x;
    f->speed = speed;
    f->left = left;
    f->right = right;
    count_congested(s, f, 1);
}

void front_rebase(lwr_solution *s) {
    bool fixed = false; /* then nothing gets round */
    for (size_t i = 0; i < s->place_count; i++)
        fixed = fixed || s->place[i].speed == 0;
    const front *first = &s->member[s->member[0].next];
    const double rounds = fixed ? 0 : floor((front_at(first, s->now) - s->low) / s->length);
    for (uint32_t i = s->member[0].next; i; i = s->member[i].next) {
        front *f = &s->member[i];
        if (f->kind == FRONT_PLACE && s->place[f->item].speed == 0)
            continue;
        show(s, f);
        f->x = front_at(f, s->now) - rounds * s->length;
        f->t = s->now;
    }
    s->rebased = s->now;
}
