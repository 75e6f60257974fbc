/* Parts of robust, a file each. Rows are what must stay positive: F_r(x) = outputs_r . y(x) + constant_r. */
#ifndef CREASE_VERIFY_BALL_H
#define CREASE_VERIFY_BALL_H

#include "crease/robust.h"
#include "verify/explore.h"
#include <gmp.h>

typedef struct crease_ball_rows {
    size_t count;
    double *outputs;                   /* count x outputs: small whole numbers */
    mpq_t *exact;                      /* the constants; of smooth nets a lower bound */
    double *constant, *constant_above; /* rounded down and up */
    double *margin;                    /* F_r at the point, rounded down */
} crease_ball_rows;

/* The gap between the net's value and all rows at a point of doubles: true when some row is <= 0, for certain. */
typedef struct crease_ball_task {
    const crease_net *net;
    const crease_chain *chain;
    const crease_question *box; /* what counts; infinite without options->lower */
    const crease_ball_rows *rows;
    const double *below, *above, *at; /* the point between doubles, and the nearest ones */
    const double *start;              /* rows x inputs: slopes of the rows at the point */
    double known;                     /* a radius that is known to be safe */
    const crease_robust_options *options;
    crease_norm norm;
    double deadline;
    crease_ball *ball;
} crease_ball_task;

crease_status crease_ball_find(crease_ball_task *task, crease_error *error);

/* Cell, gain, offset, values, radii of the cell and local constants of a piecewise-linear net, exactly; y: outputs. */
crease_status crease_ball_cell(const crease_net *net, const mpq_t *at, crease_robust_result *result, mpq_t *y,
                               crease_error *error);

/* An upper bound of the change of w . y for a unit step in each norm, anywhere. w: outputs. */
crease_status crease_ball_global(const crease_net *net, const double *w, double bound[CREASE_NORM_COUNT],
                                 crease_error *error);

/* Length of a step; the norm dual to `norm`. */
double crease_ball_norm(crease_norm norm, size_t count, const double *step);
double crease_ball_dual(crease_norm norm, size_t count, const double *gain);

#endif
