/* Inside the local search for knots: its state and its three kinds of step. */
#ifndef CREASE_PWL_KNOTS_POLISH_H
#define CREASE_PWL_KNOTS_POLISH_H

#include "pwl/knots_solve.h"

typedef struct polish {
    knot_solver *solver;
    const knot_points *points;
    const knot_rules *rules;
    size_t k;
    knot_fit trial;
    bool *is_free, *fixed; /* k */
    double *line;          /* 2 a piece: value at 0 and slope */
} polish;

/* Solves the trial and takes it where it is allowed and better. */
bool crease_knot_polish_accept(polish *h, knot_fit *fit);

/* Each returns whether it made fit better. */
bool crease_knot_polish_descend(polish *h, knot_fit *fit);
bool crease_knot_polish_structure(polish *h, knot_fit *fit);

#endif
