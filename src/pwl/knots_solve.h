/* Inside optimal knots: the function for given knots, and the local search for better ones. */
#ifndef CREASE_PWL_KNOTS_SOLVE_H
#define CREASE_PWL_KNOTS_SOLVE_H

#include "base/dense.h"
#include "crease/knots.h"
#include "pwl/knots_points.h"

/* What every function must keep, standardised. */
typedef struct knot_rules {
    size_t min_points;
    crease_curvature curvature;
    double slope_least, slope_largest; /* infinite: none */
    const double *fixed_knot;          /* ascending, owned by the search */
    size_t fixed_knots;
    const double *fixed_x, *fixed_y; /* owned by the search */
    size_t fixed_points;
    bool flat; /* one piece has slope 0 */
} knot_rules;

/* Knots t_0 < .. < t_{k-1}; the function is value at t_0 (at 0 without knots), with slope[0..k]. */
typedef struct knot_fit {
    size_t knots;
    double *t, *slope;  /* knots + 1 values of room each, owned */
    double value, cost; /* cost without the spread of rows of one x (tie_sse) */
    size_t flat_piece;  /* the piece that is held at slope 0; SIZE_MAX: none */
    bool sided;         /* ReLU units without an affine path: the slope of the first piece and the changes of
                          slope at the knots that face left add up to 0 */
    bool *faces_left;   /* knots, owned */
} knot_fit;

bool crease_knot_fit_new(knot_fit *fit, size_t knots);
void crease_knot_fit_clear(knot_fit *fit);
void crease_knot_fit_copy(const knot_fit *from, knot_fit *to); /* same number of knots */
double crease_knot_fit_evaluate(const knot_fit *fit, double x);

/* Work space of solving. */
typedef struct knot_solver {
    const knot_points *points;
    const knot_rules *rules;
    size_t knots;
    crease_dense_solver *dense;
    knot_moments *piece;       /* knots + 1 */
    double *E, *f, *G, *h, *x; /* E: rows x (knots + 2), of the last solve */
    size_t rows, limits_room;
} knot_solver;

bool crease_knot_solver_new(knot_solver *solver, const knot_points *points, const knot_rules *rules,
                            size_t knots);
void crease_knot_solver_clear(knot_solver *solver);

/* Given fit->t (ascending): value, slopes and cost of the best function that keeps the rules. False when there is none
 * or t is not strictly ascending. */
bool crease_knot_solve(knot_solver *solver, knot_fit *fit);

/* After crease_knot_solve: 2 (knots + 1) residuals, the root of the weight of a piece times its miss of the mean, and the root of
 * its spread times its miss of the slope. With the sums of squares inside the pieces they make up the cost. */
void crease_knot_residuals(const knot_solver *solver, const knot_fit *fit, double *r);
/* Fills solver->E with their derivatives in (value, slopes), solver->rows of them. */
void crease_knot_fill_rows(knot_solver *solver, const knot_fit *fit);

/* True when the knots part the points into pieces with enough of them, whichever way knots on points count. */
bool crease_knot_places_are_allowed(const knot_points *points, const knot_rules *rules, size_t knots,
                                    const double *t);

/* Improves fit (solved) locally; never makes it worse. reach: how many points a knot may move at first. */
void crease_knot_polish(knot_solver *solver, knot_fit *fit, size_t reach);

#endif
