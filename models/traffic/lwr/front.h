/* Inside of front tracking: fronts, places and vehicles in one doubly linked list in the order of their positions, and a
 * heap of their next meetings. Internal to models/traffic. */
#ifndef TRAFFIC_FRONT_H
#define TRAFFIC_FRONT_H

#include "traffic/lwr/lwr.h"
#include <stdint.h>

typedef enum front_kind { FRONT_WAVE = 0, FRONT_PLACE, FRONT_VEHICLE } front_kind;

/* Member 0 of the list is its beginning and its end. */
typedef struct front {
    double t, x, speed; /* at x at time t */
    double left, right; /* densities on both sides; a vehicle: the same twice */
    uint32_t next, previous;
    uint32_t item; /* which place or vehicle */
    front_kind kind;
    bool stuck; /* stands before a closed place, which follows it */
} front;

#define FRONT_NOWHERE UINT32_MAX

/* A meeting of a member with the next, kept in the heap while both are neighbours: none is ever stale. */
typedef struct front_meeting {
    double t;
    uint32_t member;
} front_meeting;

typedef enum front_role { FRONT_INNER = 0, FRONT_ENTRY, FRONT_EXIT, FRONT_WINDOW } front_role;

typedef struct front_place {
    front_role role;
    uint32_t member; /* FRONT_NOWHERE when it has left the road */
    double speed;    /* that it would like */
    const lwr_schedule *schedule;
    lwr_cursor cursor;
    double flow;         /* relative to it, veh/h */
    double since, count, lost; /* count vehicles until time since; what rounding added too much to it */
    double waiting;      /* entry: vehicles outside */
    double next_vehicle; /* entry: the count at which a followed vehicle enters */
    double empties, enters,
        wake; /* when nobody waits any more, when it enters, and when anything happens without a front */
    bool queued;
    size_t cleared;
    double queued_since, first_cleared, last_cleared, queue_hours;
} front_place;

struct lwr_solution {
    const lwr_flux *flux;
    lwr_domain domain;
    double low, high, length; /* length: INFINITY but on a ring */
    double now, rebased;
    double constant; /* density while the list is empty */
    front *member;
    uint32_t *heap_place; /* of a member's meeting with the next in the heap, FRONT_NOWHERE without one */
    size_t room, used;    /* members for which there is memory, and that were ever used */
    uint32_t unused;      /* chain of free members by next, 0: none */
    front_meeting *heap;
    size_t meetings;
    double *state, *speed; /* of a Riemann problem */
    front_place *place;
    size_t place_count, user_places;
    uint32_t low_end, high_end; /* places at the ends of [low, high], FRONT_NOWHERE on a ring */
    double next_wake;
    double every;
    size_t vehicles; /* ever followed */
    size_t fronts, fronts_initial, fronts_most, collisions, encounters, crossings;
    size_t
        congested; /* fronts whose right density is above the critical one, and the same for the road's beginning */
    double congested_until;
    lwr_observer observer;
};

/* ---- front_heap.c ---- */

/* Sets, moves or (t infinite) removes the meeting of a member. */
void front_heap_set(lwr_solution *s, uint32_t member, double t);

/* ---- front_list.c ---- */

static inline double front_at(const front *f, double t) {
    return f->x + f->speed * (t - f->t);
}
/* Takes a member from the heap's and the list's memory; 0 without memory. May move s->member. */
uint32_t front_new(lwr_solution *s, front_kind kind, double x, double speed, double left, double right);
void front_insert_after(lwr_solution *s, uint32_t member, uint32_t before);
/* Out of the list, its memory free for others; a wave is shown to the observer. */
void front_remove(lwr_solution *s, uint32_t member);
/* The next member (round a ring), 0 for none. */
uint32_t front_next(const lwr_solution *s, uint32_t member);
/* Finds the meeting of a member with the next. */
void front_schedule(lwr_solution *s, uint32_t member);
/* Of all from the one before `first` to `last`. */
void front_schedule_all(lwr_solution *s, uint32_t first, uint32_t last);
/* New waves from state[0] to state[m], at x, after a member; *last becomes the last one. */
crease_status front_add_waves(lwr_solution *s, size_t m, const double *state, const double *speed, double x,
                              uint32_t *last, crease_error *error);
/* Puts a wave (or vehicle) on another way from here and now. */
void front_set_way(lwr_solution *s, uint32_t member, double x, double speed, double left, double right);

/* Of a ring: positions count from here and now, less the rounds they have made. */
void front_rebase(lwr_solution *s);

/* ---- front_place.c ---- */

/* Solves for the fronts that leave a place with these densities on its sides. */
crease_status front_place_solve(lwr_solution *s, uint32_t member, double left, double right,
                                crease_error *error);
/* The schedule of a place goes on, a queue at an entry ends or a vehicle enters: whatever is due now. */
crease_status front_place_wake(lwr_solution *s, crease_error *error);
/* A moving place has left the road. */
void front_place_leave(lwr_solution *s, front_place *p);
void front_place_account(lwr_solution *s, front_place *p);
/* Nobody passes and nobody can. */
bool front_place_closed(const front_place *p);

/* ---- front_track.c ---- */

/* Is there congestion now, and since when not? */
void front_note_congestion(lwr_solution *s);

/* ---- front_meet.c ---- */

/* A member meets the next one, now. */
crease_status front_meet(lwr_solution *s, uint32_t member, crease_error *error);

crease_status front_vehicle_add(lwr_solution *s, uint32_t after, double x, double density,
                                crease_error *error);
/* The vehicle gets a new density, and its speed, from here and now. */
void front_vehicle_set(lwr_solution *s, uint32_t member, double density, double speed);

#endif
