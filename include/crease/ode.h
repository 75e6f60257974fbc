/* Ordinary differential equations y' = f(t, y) whose right-hand side has kinks or jumps on surfaces z_i(t, y) = 0, such
 * as the units of a ReLU controller: steps of gsl_odeiv2 that stop at each surface.
 *
 * Across a kink every Runge-Kutta method falls to order 2. So the sides of all surfaces are frozen during a step, in
 * which the field is smooth even beyond the surface; where a surface turns out to be crossed, the step is taken again
 * to the crossing, the side is flipped, and the method goes on with its full order (Hairer, Norsett & Wanner 1993, II.6;
 * Mannshardt 1978). A surface that is crossed and crossed back within a step is seen where the cubic interpolant of z
 * comes near to 0. Where the field jumps and points to the surface from both sides, the motion slides along it
 * (Filippov 1988), by the equivalent control (Utkin 1992). */
#ifndef CREASE_ODE_H
#define CREASE_ODE_H

#include "crease/status.h"
#include <stdbool.h>
#include <stddef.h>

/* The explicit one-step methods of GSL. */
typedef enum crease_ode_method {
    CREASE_ODE_RK8PD = 0, /* Prince & Dormand 1981, order 8 */
    CREASE_ODE_RKF45,
    CREASE_ODE_RKCK,
    CREASE_ODE_RK4,
    CREASE_ODE_RK2,
    CREASE_ODE_METHOD_COUNT
} crease_ode_method;

const char *crease_ode_method_name(crease_ode_method method);
/* BAD_ARGUMENT, naming the methods that exist, for an unknown name. */
crease_status crease_ode_method_parse(const char *name, crease_ode_method *method, crease_error *error);

typedef enum crease_ode_kind {
    CREASE_ODE_KINK = 0, /* f is continuous across the surface: crossed, never slid along */
    /* f may jump: crossed, slid along, or left again. Where several are slid along at once, f is taken as a sum of their
     * jumps, as of Coulomb friction in several joints. A motion at rest on such a surface stays while it holds. Where
     * both sides lead away, the present side is kept, at a start the one below. */
    CREASE_ODE_JUMP,
    CREASE_ODE_EVENT /* f does not depend on the side; the crossing is only noted, and may end the motion */
} crease_ode_kind;

typedef struct crease_ode_surface {
    crease_ode_kind kind;
    int direction; /* of an event: +1 only upward crossings of z count, -1 only downward ones, 0 both */
    bool terminal; /* of an event: the motion ends there */
} crease_ode_surface;

/* above[i] says on which side of surface i the field is to be taken, whatever the sign of z_i is at y: for a fixed
 * `above` field and surfaces must be smooth at and a step beyond z_i = 0 (relu(z) is z where above, else 0). All functions
 * return 0, or another number to end the motion as failed; they are called by one thread at a time. What they read in their
 * context must stay as it is as long as the motion is asked about past times: what is switched from outside, such as a
 * torque that a sampled controller holds, belongs into y, with rate 0. */
typedef struct crease_ode_system {
    size_t dimension;                  /* of y */
    size_t surface_count;              /* 0: a smooth system */
    const crease_ode_surface *surface; /* surface_count; borrowed for the life of the crease_ode */
    int (*field)(double t, const double *y, const bool *above, double *dydt, void *context);
    /* z (surface_count): surface i may depend on the sides of others, as a unit of a second layer does. z is taken to be exact
     * to a few roundings of its largest size so far: make a difference of large, growing numbers a state of its own */
    int (*surfaces)(double t, const double *y, const bool *above, double *z, void *context);
    /* dz/dt where y moves with dydt, for fixed sides (surface_count). NULL: by differences of z along (1, dydt), which
     * are exact but for rounding where z is affine, and else to order 4 in a thousandth of the size of y */
    int (*surface_rates)(double t, const double *y, const bool *above, const double *dydt, double *rate,
                         void *context);
    void *context;
} crease_ode_system;

/* All zero means the defaults. */
typedef struct crease_ode_options {
    crease_ode_method method;
    double tolerance; /* of a step, relative and absolute: 1e-12 */
    const double *
        scale; /* dimension: the absolute tolerance of component j is tolerance * scale[j]; NULL: 1. Copied */
    double fixed_step; /* > 0: steps of this length, without error control */
    /* 0: none. A motion that stands still takes ever longer steps, in which a short push of time alone may be missed */
    double largest_step;
    size_t most_steps; /* 1000000 */
    bool plain; /* do not stop at surfaces: the sides follow the signs of z in every call. For comparisons */
    bool (*interrupted)(void *context); /* asked at every step; true ends the motion early; NULL: never */
    void *interrupted_context;
} crease_ode_options;

typedef enum crease_ode_end {
    CREASE_ODE_REACHED = 0, /* the wanted time */
    CREASE_ODE_TERMINAL,    /* a terminal event */
    CREASE_ODE_INTERRUPTED
} crease_ode_end;

typedef struct crease_ode_crossing {
    double t;
    size_t surface;
    int direction; /* +1: z grows through 0, -1: it falls, 0: sliding begins or ends */
    bool slides;   /* from here on the motion slides along the surface */
} crease_ode_crossing;

/* While k surfaces are slid along, a slope takes k + 1 calls. */
typedef struct crease_ode_statistics {
    size_t calls;    /* of `field`, without those of crease_ode_at */
    size_t steps;    /* accepted, the pieces before crossings included */
    size_t rejected; /* by the error control */
    size_t located;  /* steps taken again, shorter, to find a crossing */
    size_t crossings;
} crease_ode_statistics;

/* A motion: where it stands, and all its steps. */
typedef struct crease_ode crease_ode;

/* At time t, state y (dimension); the system is copied, its context and surfaces are borrowed. BAD_ARGUMENT for options
 * out of range and a state that is not finite. */
crease_status crease_ode_new(const crease_ode_system *system, const crease_ode_options *options, double t,
                             const double *y, crease_ode **ode, crease_error *error);
void crease_ode_free(crease_ode *ode);

/* Goes on to time `until` >= now, or to a terminal event (then it may go on beyond it). May be called again with a later
 * time. `end` may be NULL. BAD_ARGUMENT when more than most_steps are needed, a step shrinks to nothing, the motion leaves
 * the finite numbers, a function reports failure, or jumps leave no way to go on; what was reached stays. */
crease_status crease_ode_advance(crease_ode *ode, double until, crease_ode_end *end, crease_error *error);
/* Sets another state at the present time (a ball bounces, a sampled controller changes the torque that is a part of y);
 * the sides are found anew, which is no crossing. The length of steps is kept. */
crease_status crease_ode_set_state(crease_ode *ode, const double *y, crease_error *error);

double crease_ode_time(const crease_ode *ode);
const double *crease_ode_state(const crease_ode *ode);
const bool *crease_ode_above(const crease_ode *ode); /* sides now; owned by ode */
bool crease_ode_slides(const crease_ode *ode, size_t surface);
const crease_ode_crossing *crease_ode_crossings(const crease_ode *ode, size_t *count);
crease_ode_statistics crease_ode_statistics_of(const crease_ode *ode);

/* Times at which steps start, then the present time: steps + 1 ascending numbers. Where the state was set, two are equal. */
const double *crease_ode_times(const crease_ode *ode, size_t *count);
/* The state at a time between start and now (after a change of state at that very time): the step is taken again with a
 * shorter length, so it has the method's own accuracy. `slope` (may be NULL): dimension, y' there. `above` (may be NULL):
 * surface_count, the sides there. Uses work space inside ode: one thread at a time. */
void crease_ode_at(crease_ode *ode, double t, double *y, double *slope, bool *above);

#endif
