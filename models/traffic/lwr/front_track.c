/* The loop over meetings, and what a solution says of itself. */
#include "traffic/lwr/front.h"
#include <math.h>
#include <stdlib.h>

enum { LOOK_EVERY = 4096 };

void front_note_congestion(lwr_solution *s) {
    const front *first = &s->member[s->member[0].next];
    const double far_left = first == s->member ? s->constant : s->domain == LWR_LINE ? first->left : 0;
    const bool congested = s->congested > 0 || far_left > s->flux->critical_density * (1 + 1e-12);
    if (congested)
        s->congested_until = NAN;
    else if (isnan(s->congested_until))
        s->congested_until = s->now;
}

crease_status lwr_solution_advance(lwr_solution *s, double t, bool (*interrupted)(void *context),
                                   void *context, crease_error *error) {
    if (!(t >= s->now) || !isfinite(t))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "time goes from %g h to %g h, which is not onwards",
                           s->now, t);
    size_t still = 0,
           most = SIZE_MAX; /* meetings at one and the same time; new fronts give no right to more */
    for (size_t events = 1;; events++) {
        const double meeting = s->meetings > 0 ? s->heap[0].t : INFINITY,
                     round = s->member[0].next ? s->rebased + s->length / s->flux->largest_slope : INFINITY;
        const double next = fmin(fmin(meeting, s->next_wake), round);
        if (next > t)
            break;
        if (events % LOOK_EVERY == 0 && interrupted && interrupted(context))
            return CREASE_OK;
        still = next > s->now ? 0 : still + 1;
        if (still == 0 || most == SIZE_MAX)
            most = 20 * s->room + 100000;
        if (still > most)
            return crease_fail(error, CREASE_INTERNAL, "fronts meet without end at %.17g h", s->now);
        s->now = fmax(s->now, next);
        if (next == round) {
            front_rebase(s);
            continue;
        }
        const crease_status status =
            s->next_wake <= meeting ? front_place_wake(s, error) : front_meet(s, s->heap[0].member, error);
        if (status != CREASE_OK)
            return status;
        front_note_congestion(s);
    }
    s->now = t;
    return CREASE_OK;
}

double lwr_solution_time(const lwr_solution *s) {
    return s->now;
}

void lwr_solution_report(lwr_solution *s) {
    for (uint32_t i = s->member[0].next; i; i = s->member[i].next) {
        const front *f = &s->member[i];
        const double x = front_at(f, s->now);
        if (f->kind == FRONT_WAVE && s->observer.front)
            s->observer.front(s->observer.context, f->t, f->x, s->now, x, f->left, f->right);
        if (f->kind == FRONT_VEHICLE && s->observer.vehicle)
            s->observer.vehicle(s->observer.context, f->item, s->now, x, f->right, f->speed);
    }
}

static double counted(const lwr_solution *s, size_t place) {
    const front_place *p = &s->place[place];
    return p->count + p->flow * (s->now - p->since);
}

lwr_counts lwr_solution_counts(const lwr_solution *s) {
    lwr_counts c = {.fronts = s->fronts,
                    .fronts_initial = s->fronts_initial,
                    .fronts_most = s->fronts_most,
                    .collisions = s->collisions,
                    .encounters = s->encounters,
                    .crossings = s->crossings,
                    .last_congested = isnan(s->flux->critical_density) ? NAN : s->congested_until,
                    .room = s->room};
    if (s->domain != LWR_RING)
        c.net_inflow = counted(s, s->user_places) - counted(s, s->user_places + 1);
    if (s->domain == LWR_ROAD) {
        front_place entry = s->place[s->user_places];
        const double time = s->now - entry.since;
        c.waiting = entry.waiting;
        if (entry.cursor.value < INFINITY)
            c.waiting = fmax(c.waiting + (entry.cursor.value - entry.flow) * time, 0);
    }
    return c;
}

lwr_place_state lwr_solution_place(const lwr_solution *s, size_t place) {
    const front_place *p = &s->place[place];
    lwr_place_state state = {.x = NAN,
                             .count = counted(s, place),
                             .flow = p->flow,
                             .queued = p->queued,
                             .cleared = p->cleared,
                             .first_cleared = p->cleared > 0 ? p->first_cleared : NAN,
                             .last_cleared = p->cleared > 0 ? p->last_cleared : NAN,
                             .queue_hours = p->queue_hours + (p->queued ? s->now - p->queued_since : 0)};
    if (p->member != FRONT_NOWHERE)
        state.x = front_at(&s->member[p->member], s->now);
    if (s->domain == LWR_RING)
        state.x -= s->length * floor((state.x - s->low) / s->length);
    return state;
}

void lwr_solution_free(lwr_solution *s) {
    if (!s)
        return;
    free(s->member);
    free(s->heap);
    free(s->heap_place);
    free(s->state);
    free(s->speed);
    free(s->place);
    free(s);
}
