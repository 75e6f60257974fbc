/* The Lighthill-Whitham-Richards model of traffic, rho_t + q(rho)_x = 0, solved exactly for a piecewise-linear flux
 * by front tracking (Dafermos 1972; Holden & Risebro, Front Tracking for Hyperbolic Conservation Laws, ch. 2).
 *
 * Units: x km, t h, density veh/km, flow veh/h, speed km/h (any other consistent set does as well). */
#ifndef TRAFFIC_LWR_H
#define TRAFFIC_LWR_H

#include "crease/pwl.h"
#include <stdbool.h>
#include <stdio.h>

/* Larger numbers are refused, so that products of them are still numbers. */
#define LWR_LARGEST 1e90

/* ---- flux ---- */

/* A flow diagram of straight pieces, concave or not. Fields are to be read only. */
typedef struct lwr_flux {
    crease_pwl *pwl; /* owned */
    double *slope;   /* knot_count + 1 wave speeds, from the left */
    bool concave;
    double largest_slope;    /* largest |slope|, end pieces included */
    double capacity;         /* largest flow over densities >= 0; NaN where the flow rises for ever */
    double critical_density; /* where it is reached first */
    double jam_density;      /* first zero of the flow beyond, NaN without one */
    const char
        *why_unphysical; /* NULL when q(0) = 0 < q up to a jam density: what lights, bottlenecks, open ends
                                   and vehicles need; else a sentence */
    size_t buckets, *bucket_start; /* of equal widths: where among the knots to look */
    double bucket_scale;
} lwr_flux;

/* Takes a copy of the knots. A flow within 1e-12 of the largest at a knot at density 0 or at the jam is taken as 0. */
crease_status lwr_flux_new(const crease_pwl *pwl, lwr_flux **flux, crease_error *error);
/* greenshields:VF,RHOJ:SEGMENTS (chords of the parabola), triangular:VF,W,RHOJ, trapezoidal:VF,CAPACITY,W,RHOJ,
 * KNOTS.csv (columns x,y as crease_pwl_load reads them), or the file of a network of one input and straight pieces. */
crease_status lwr_flux_parse(const char *text, lwr_flux **flux, crease_error *error);
void lwr_flux_free(lwr_flux *flux);

double lwr_flux_at(const lwr_flux *flux, double density);
/* Speed of the front between two densities: slope of the chord, of the piece when they lie in one. */
double lwr_flux_chord(const lwr_flux *flux, double a, double b);
/* q(u)/u with q(0) = 0, and the slope at 0+ for u <= 0. */
double lwr_flux_vehicle_speed(const lwr_flux *flux, double density);
/* The Riemann problem: densities state[0] = left, ..., state[m] = right, and the speeds of the m fronts between,
 * ascending. Room for knot_count + 2 in both. Returns m, 0 for left == right. */
size_t lwr_flux_riemann(const lwr_flux *flux, double left, double right, double *state, double *speed);
/* Flow through x = 0 in the solution of the Riemann problem: least flow between left < right, largest between
 * left > right (Godunov 1959; Osher 1984). */
double lwr_flux_godunov(const lwr_flux *flux, double left, double right);
/* First density from `from` towards `limit` at which q(u) - speed u crosses the level; `limit` where it does not. */
double lwr_flux_reach(const lwr_flux *flux, double speed, double level, double from, double limit);
/* Largest |f' - g'| over [low, high]. */
double lwr_flux_distance(const lwr_flux *f, const lwr_flux *g, double low, double high);

/* ---- the problem ---- */

typedef enum lwr_domain {
    LWR_LINE =
        0, /* endless road, constant beyond the first and the last jump; [low, high] is what is looked at */
    LWR_RING, /* [low, high) closed to a circle */
    LWR_ROAD  /* [low, high] with an inflow and an outflow */
} lwr_domain;

/* Value[i] from time[i] on, value[0] before time[0]. With a period: time[0] = 0 <= time[i] < period, all shifted by
 * `offset` and repeated. count 0: INFINITY always. Borrowed. */
typedef struct lwr_schedule {
    size_t count;
    const double *time, *value;
    double period, offset;
} lwr_schedule;

/* Runs through a schedule: `value` holds until `next`. */
typedef struct lwr_cursor {
    double value, next, cycle;
    size_t step;
} lwr_cursor;
void lwr_cursor_start(const lwr_schedule *schedule, lwr_cursor *cursor); /* at t = 0 */
void lwr_cursor_step(const lwr_schedule *schedule, lwr_cursor *cursor);  /* past cursor->next */

/* A place where vehicles are counted and where their flow may be limited: a detector has no schedule, a light one of 0
 * and INFINITY. With speed > 0 it moves, not faster than traffic in front of it, and the limit is on the flow that
 * passes it (Delle Monache & Goatin 2014). */
typedef struct lwr_place {
    double x, speed;
    lwr_schedule limit;
} lwr_place;

typedef struct lwr_problem {
    const lwr_flux *flux; /* borrowed for the life of a solution, as everything here */
    lwr_domain domain;
    double low, high;
    size_t
        count; /* density[i] from x[i] to x[i + 1]; x ascends strictly. Before x[0]: density[0], on a ring the last */
    const double *x, *density;
    size_t place_count;
    const lwr_place *place;
    lwr_schedule inflow,
        outflow;     /* of a road: demand at its entry, and what its exit lets out, veh/h. Demand that finds
                                     no room waits outside */
    double every;    /* follow one vehicle in so many, 0: none */
    double upstream; /* of a line: follow also those of so many km before low */
} lwr_problem;

/* ---- the solution ---- */

/* What happens, as it happens; NULL for what is not wanted. On a ring x is known up to whole rounds. */
typedef struct lwr_observer {
    void *context;
    /* a front that ends, or that lwr_solution_report shows: from (t0, x0) to (t1, x1) */
    void (*front)(void *context, double t0, double x0, double t1, double x1, double left, double right);
    /* a vehicle whose speed changes */
    void (*vehicle)(void *context, size_t vehicle, double t, double x, double density, double speed);
    /* a place whose flow changes: `count` have passed by t */
    void (*flow)(void *context, size_t place, double t, double count, double flow);
} lwr_observer;

typedef struct lwr_solution lwr_solution;

/* BAD_DATA for densities that are not finite or, where the flux has to be physical, outside [0, jam density];
 * BAD_ARGUMENT for places, limits or ends without a meaning. observer may be NULL. */
crease_status lwr_solution_new(const lwr_problem *problem, const lwr_observer *observer,
                               lwr_solution **solution, crease_error *error);
void lwr_solution_free(lwr_solution *solution);
/* To time t (not before the present one). Stops early, with CREASE_OK, when interrupted (may be NULL) says so. */
crease_status lwr_solution_advance(lwr_solution *solution, double t, bool (*interrupted)(void *context),
                                   void *context, crease_error *error);
double lwr_solution_time(const lwr_solution *solution);
/* Shows the observer every living front and vehicle at the present time. */
void lwr_solution_report(lwr_solution *solution);

typedef struct lwr_counts {
    size_t fronts, fronts_initial, fronts_most; /* alive now, at the beginning, at most */
    size_t collisions;                          /* of fronts with one another */
    size_t encounters;                          /* of fronts with places */
    size_t crossings;                           /* of vehicles with fronts and places */
    double net_inflow;                          /* through the ends of [low, high] up to now */
    double waiting;                             /* vehicles outside the entry of a road */
    double
        last_congested; /* when the last density above the critical one vanished; NaN while there is one and where the flux
                              has no critical density, 0 when there never was one above */
    size_t room; /* fronts for which there is memory */
} lwr_counts;
lwr_counts lwr_solution_counts(const lwr_solution *solution);

/* What place i of the problem has seen. A queue stands at a place while the density just upstream is at least the
 * critical one. */
typedef struct lwr_place_state {
    double x, count, flow; /* x within the ring; NaN when it has left the road */
    bool queued;
    size_t cleared;                     /* how often a queue has gone */
    double first_cleared, last_cleared; /* NaN when never */
    double queue_hours;
} lwr_place_state;
lwr_place_state lwr_solution_place(const lwr_solution *solution, size_t place);

/* ---- functions of straight steps ---- */

/* density[i] on [x[i], x[i + 1]), count pieces. */
typedef struct lwr_profile {
    size_t count;
    double *x, *density; /* owned: count + 1 and count */
} lwr_profile;
/* The present densities on [low, high]; neighbours differ. */
crease_status lwr_solution_profile(const lwr_solution *solution, lwr_profile *profile, crease_error *error);
/* The initial ones. */
crease_status lwr_problem_profile(const lwr_problem *problem, lwr_profile *profile, crease_error *error);
/* Of `cells` equal cells with these averages. */
crease_status lwr_profile_of_cells(double low, double high, size_t cells, const double *average,
                                   lwr_profile *profile, crease_error *error);
void lwr_profile_clear(lwr_profile *profile);
double lwr_profile_mass(const lwr_profile *profile);
/* Sum of |jumps|; `closed`: with that from the end to the beginning. */
double lwr_profile_variation(const lwr_profile *profile, bool closed);
/* Exact averages over equal cells of [x[0], x[count]]. */
void lwr_profile_averages(const lwr_profile *profile, size_t cells, double *average);
/* Integral of |a - b| over their common interval. */
double lwr_profile_distance(const lwr_profile *a, const lwr_profile *b);

/* ---- stability ---- */

/* Bound on the integral of |u - v| over [low, high] at time t, of the solutions of two problems on one road with jumps at
 * the same places: |u0 - v0| + t TV(v0) Lip(f - g) (Lucier 1986; Holden & Risebro, Theorem 2.13), v being the one whose
 * densities go less high, and Lip, which *slope becomes, taken over them. |u0 - v0| is the integral over what can have
 * come to [low, high] by then (Kruzkov 1970). NaN with limits or ends. */
double lwr_stability_bound(const lwr_problem *a, const lwr_problem *b, double t, double *slope);

/* ---- files ---- */

/* Columns named x_km and density_veh_km, or the first two; x must ascend strictly. Arrays are the caller's. */
crease_status lwr_initial_read(FILE *file, const char *source, size_t *count, double **x, double **density,
                               crease_error *error);
crease_status lwr_initial_load(const char *path, size_t *count, double **x, double **density,
                               crease_error *error);
/* Columns t_h and flow_veh_h, or the first two: limits are >= 0. */
crease_status lwr_schedule_load(const char *path, size_t *count, double **time, double **value,
                                crease_error *error);

#endif
