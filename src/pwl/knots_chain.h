/* The chain of pieces as a dynamic program over places for the knots. */
#ifndef CREASE_PWL_KNOTS_CHAIN_H
#define CREASE_PWL_KNOTS_CHAIN_H

#include "pwl/knots_envelope.h"
#include "pwl/knots_points.h"

/* A knot somewhere in [low, high]: points before `left` belong to the piece left of it, those from `right` on to the
 * piece right of it, those between to either. */
typedef struct knot_cell {
    double low, high;
    size_t left, right;
    double
        slope;  /* near which slopes are expected there: any number is right, a good one makes bounds tight */
    bool fixed; /* every function must have a knot here */
} knot_cell;

/* Layers 0..knots-1: knot number j. With `flat`, layers knots..2 knots-1 stand for the same knots where a piece before
 * has slope 0, and the whole function must have one such piece. */
typedef struct knot_chain {
    const knot_points *points;
    const knot_cell *cell; /* sorted by centre */
    size_t cells, knots, min_points;
    bool flat;
    double slope_least, slope_largest; /* of every piece */
    double limit;      /* only costs below this matter: what a state cannot beat is left out */
    double least_gain; /* quadratics that gain less are left out; 0 in bounds */
    bool *alive;       /* knots x cells: may knot j lie in the cell */
    bool bounding;     /* lower bounds over cells; otherwise the cells are points and costs exact */

    /* made by crease_knot_chain_prepare, owned: crease_knot_chain_clear */
    size_t layers;
    knot_moments *atom; /* of the points between consecutive borders */
    size_t *left_atom, *right_atom;
    double *before, *after;  /* layers x cells: least cost of what lies before and after, pieces not joined */
    knot_envelope *envelope; /* layers x cells */
    double best;             /* least cost found by the last run; INFINITY: none below limit */
    size_t best_layer, best_cell, best_index;
    bool best_flat;
    double work; /* of the last run: quadratics carried on, and a tenth of the pieces each was held against */
    double most_work; /* the run ends there, exhausted and with nothing to trust; 0: no limit */
    bool out_of_memory, exhausted;
} knot_chain;

/* alive may come NULL: then all are. The other fields above the line must be set. False without memory. */
bool crease_knot_chain_prepare(knot_chain *chain);
void crease_knot_chain_clear(knot_chain *chain);

/* Least cost of everything with the pieces not joined: fills before and after; prunes alive. */
double crease_knot_chain_run_apart(knot_chain *chain);
/* With the pieces joined: fills the envelopes and best. after[] bounds what is still to come. False without
 * memory. */
bool crease_knot_chain_run(knot_chain *chain);
/* Cells of the best chain, ascending: knots entries. */
void crease_knot_chain_best_cells(const knot_chain *chain, size_t *cell);
/* With `flat`: which piece of the best chain has slope 0. */
size_t crease_knot_chain_flat_piece(const knot_chain *chain);

#endif
