/* The walk around a point of one norm: where violations were found, what was left aside. Shared by ball*.c. */
#ifndef CREASE_VERIFY_BALL_WALK_H
#define CREASE_VERIFY_BALL_WALK_H

#include "verify/ball.h"

typedef struct crease_walk {
    crease_ball_task *task;
    const crease_chain *chain;
    crease_explorer explorer; /* of one row */
    crease_question root;     /* its box, in memory of this walk */
    size_t row;
    double nearest;      /* distance of the nearest violation, as evaluated in floating point at `point` */
    double passed;       /* least distance of what was left aside */
    size_t idle;         /* boxes that only phases and rounding keep open */
    const char *stopped; /* by the budget; NULL */
    bool rounding;       /* a box could not be split any more */
    bool unreached;      /* nothing violates as far as was looked, and that is not everywhere */
    double *point, *here, *step, *gradient, *least, *most, *y, *z, *room;
    double *gain; /* chain->input_stride */
    void *memory;
} crease_walk;

crease_status crease_walk_new(crease_ball_task *task, crease_walk *walk, crease_error *error);
void crease_walk_clear(crease_walk *walk);

/* Puts x into what counts; the row's value there, its pre-activations in z. */
double crease_walk_value(crease_walk *walk, double *x);
/* x is a violation: the one nearest to the point on the way to it is kept. */
void crease_walk_keep(crease_walk *walk, const double *x);
/* From x, steps to where the affine map at x, and then at the next place, is 0. x is changed. */
void crease_walk_chase(crease_walk *walk, double *x);
/* Steps of growing length along each axis, both ways. x: room. */
void crease_walk_try_axes(crease_walk *walk, double first, double *x);

/* Fills the ball from what the walk knows: the nearest violation, moved outwards a little until it is one for certain. */
void crease_walk_conclude(crease_walk *walk);

#endif
