/* Vehicles on a ring that follow one another (follow.h), on the integrator that stops at kinks (crease/ode.h): every
 * V(s) gives two surfaces, and s = vehicle length a third, whose downward crossing is a collision. Car i follows car
 * i + 1, the last the first; positions go on round after round. Units: m, s, m/s. */
#ifndef TRAFFIC_RING_H
#define TRAFFIC_RING_H

#include "crease/ode.h"
#include "traffic/lwr/lwr.h"
#include "traffic/ring/follow.h"
#include <stdint.h>

enum { RING_MOST_VEHICLES = 10000 };
/* Of memory for the steps of a motion. */
#define RING_MOST_BYTES ((size_t)1 << 31)

typedef struct ring_problem {
    follow_law law;
    size_t vehicles;  /* 1 .. RING_MOST_VEHICLES */
    double length;    /* of the ring */
    double vehicle;   /* length of a vehicle, >= 0: a spacing below it is a collision */
    bool stop;        /* a collision ends the motion; else it is noted, and the equations go on */
    double tolerance; /* of the integrator, 0: 1e-10 */
    bool (*interrupted)(void *context);
} ring_problem;

typedef struct ring_motion ring_motion;

/* From positions x (vehicles, ascending, x[N-1] < x[0] + length) and, for order 2, speeds v (NULL: V of the mean
 * spacing). BAD_ARGUMENT for anything else. The problem is copied. */
crease_status ring_motion_new(const ring_problem *problem, const double *x, const double *v,
                              ring_motion **motion, crease_error *error);
void ring_motion_free(ring_motion *motion);
/* To time t, or to a collision that ends it. */
crease_status ring_motion_advance(ring_motion *motion, double t, crease_ode_end *end, crease_error *error);
double ring_motion_time(const ring_motion *motion);
/* Positions, speeds (order 1: V(s)) and spacings at a time so far, vehicles each; each may be NULL. */
void ring_motion_at(ring_motion *motion, double t, double *x, double *v, double *spacing);

typedef struct ring_summary {
    size_t steps, calls, kinks;         /* kinks: crossings of a kink of some V */
    size_t collisions;                  /* spacings that fell below the vehicle length */
    double first_kink, first_collision; /* s, NaN when none */
    size_t first_collided;              /* that car ran into the one in front */
    double mean_speed;                  /* over vehicles and time */
    /* least of all spacings, looked for by the cubic through ends and slopes of every step; when and behind whom */
    double least_spacing, least_time;
    size_t least_vehicle;
} ring_summary;
crease_status ring_motion_summary(ring_motion *motion, ring_summary *summary, crease_error *error);

/* ---- starts ---- */

/* x (vehicles): even spacing, moved by `amplitude` cos(2 pi mode i / N), or with mode 0 by as much at most, at random. */
crease_status ring_start(size_t vehicles, double length, double amplitude, size_t mode, uint64_t seed,
                         double *x, crease_error *error);
/* A share of the vehicles creeps in a queue at 1.01 times the standstill spacing from 0 on, the others have what is left evenly.
 * BAD_ARGUMENT when nothing is left. */
crease_status ring_start_queue(const follow_law *law, size_t vehicles, double length, double share, double *x,
                               crease_error *error);

/* ---- measured growth ---- */

/* Growth rates of a mode measured in the simulation itself: a small cosine is followed over four times h apart, no kink is
 * met, and the two exponentials in the Fourier coefficient of the positions are found from its values (Prony 1795). What
 * theory says is not used. root as in follow_roots, frequencies in (-pi/h, pi/h]. kinks: how many were met. BAD_ARGUMENT
 * when the uniform spacing is a kink, for mode 0, and with one vehicle. */
crease_status ring_measure(const ring_problem *problem, size_t mode, follow_root root[2], size_t *kinks,
                           crease_error *error);

/* ---- many vehicles: the LWR model ---- */

/* Ways of vehicles in the LWR model with the triangular diagram, from density 1/s_i between vehicle i and i + 1: path k
 * is that of vehicle k * every, straight between its points first[k] .. first[k + 1] - 1. Like those of a ring_motion,
 * places go on round after round. */
typedef struct ring_paths {
    size_t count, every, *first;
    double *t, *x; /* s, m */
} ring_paths;
/* To time t. count is 0 where vehicles stand closer than in a jam: that is no state of the LWR model. 1 <= every <=
 * vehicles. Freed by ring_paths_clear. */
crease_status ring_lwr_paths(const ring_problem *problem, const double *x, double t, size_t every,
                             ring_paths *paths, crease_error *error);
void ring_paths_clear(ring_paths *paths);
double ring_paths_at(const ring_paths *paths, size_t path, double t);

typedef struct ring_distance {
    double density; /* L1 norm of the difference of the densities at time t, in whole vehicles */
    double
        path; /* largest distance of a vehicle from its LWR path at 401 times up to t, m; NaN without paths */
} ring_distance;

/* Every vehicle becomes `refine` ones of 1/refine the size, V_m(s) = V(refine s): how far they are from the exact solution
 * of LWR with the triangular diagram. paths: of the same start and at least to t, or NULL. Order 1 only. Room is for
 * vehicles * refine <= RING_MOST_VEHICLES. */
crease_status ring_lwr_distance(const ring_problem *problem, const double *x, double t, size_t refine,
                                const ring_paths *paths, ring_distance *distance, crease_error *error);

#endif
