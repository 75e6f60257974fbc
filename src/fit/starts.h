/* Inside the fitting room: what the searches for good starts share. Columns run over the rows of a sample of the
 * data and carry the roots of the row weights, so that a plain inner product is the weighted one. */
#ifndef CREASE_FIT_STARTS_H
#define CREASE_FIT_STARTS_H

#include "fit/methods.h"
#include <gsl/gsl_rng.h>

/* ---- rows ---- */

typedef struct crease_start_rows {
    size_t rows, inputs, outputs;
    double *raw;         /* rows x inputs */
    double *x;           /* inputs x rows, standardised */
    double *root_weight; /* rows; the squares sum to 1 over all the data */
    double *target;      /* outputs x rows: weighted, standardised y */
} crease_start_rows;

enum { CREASE_START_ROWS = 1024 };

/* Up to CREASE_START_ROWS rows of positive weight, drawn only where there are more. False without memory. */
bool crease_start_rows_take(crease_start_rows *rows, const crease_net_problem *problem, gsl_rng *generator);
void crease_start_rows_clear(crease_start_rows *rows);

/* ---- an orthonormal basis that grows column by column ---- */

typedef struct crease_basis {
    const crease_start_rows *rows;
    size_t rank;
    double *Q;        /* capacity x rows */
    double *residual; /* outputs x rows: what the basis leaves of the target */
    double *column;   /* rows, scratch */
} crease_basis;

bool crease_basis_make(crease_basis *basis, const crease_start_rows *rows, size_t capacity);
void crease_basis_clear(crease_basis *basis);
/* Starts again with the constant and, with `affine`, the inputs. */
void crease_basis_begin(crease_basis *basis, bool affine);
/* Makes column orthogonal to the basis; false when nothing but rounding is left of it. */
bool crease_basis_orthogonalise(const crease_basis *basis, double *column);
/* How much of the squared residual an orthogonalised column explains. */
double crease_basis_explained(const crease_basis *basis, const double *column);
/* Appends an orthogonalised column and takes its part out of the residual. */
void crease_basis_accept(crease_basis *basis, const double *column);

/* ---- one layer of units with a hinge, fitted on the rows ---- */

/* Unit u is phi_u(w_u.(x, 1)) with phi_u(z) = z above 0 and below[u] z else, |w_u| = 1. */
typedef struct crease_hinge_point {
    double *weight; /* units x (inputs + 1), the bias last */
    double *output; /* outputs x (units + linear) */
    double *gram;   /* see hinge_layer.c */
    double *product;
    double loss; /* half the squared residual */
} crease_hinge_point;

typedef struct crease_hinge_layer {
    const crease_start_rows *rows;
    size_t units, inputs, outputs;
    size_t linear; /* columns beside the units: the constant and, with an affine path, the inputs */
    const double *below;
    crease_hinge_point now, trial;
    double target_square;
    double *columns, *fixed;                        /* see hinge_layer.c */
    double *normal, *factor, *side, *system, *step; /* scratch */
    double *usefulness; /* units: what the loss rises by without the unit, about */
} crease_hinge_layer;

bool crease_hinge_layer_make(crease_hinge_layer *layer, const crease_start_rows *rows, const crease_net *net,
                             const double *below);
void crease_hinge_layer_clear(crease_hinge_layer *layer);
/* Computes layer->now and layer->usefulness from the weights of now; false when nothing finite comes out. */
bool crease_hinge_layer_evaluate(crease_hinge_layer *layer);
/* Up to `steps` Levenberg-Marquardt steps on the weights, outputs eliminated; evaluates first and leaves
 * usefulness alone. */
bool crease_hinge_layer_descend(crease_hinge_layer *layer, size_t steps);

/* ---- where a hinge would help most ---- */

typedef struct crease_hinge_candidate {
    double gain;     /* of half the squared residual */
    double weight[]; /* inputs + 1 */
} crease_hinge_candidate;

typedef struct crease_hinge_scan {
    const crease_start_rows *rows;
    crease_basis basis;
    double *across; /* rows x width: the basis and the residual row by row */
    size_t width;
    double *z, *edge, *sum; /* rows; edges; (edges + 1) x 2 width */
} crease_hinge_scan;

bool crease_hinge_scan_make(crease_hinge_scan *scan, const crease_start_rows *rows, size_t capacity);
void crease_hinge_scan_clear(crease_hinge_scan *scan);
/* Takes scan->basis as it is now. */
void crease_hinge_scan_prepare(crease_hinge_scan *scan);
/* The best unit with this direction (inputs values) over offsets that pass through rows and over the two sides it
 * can face: weight gets inputs + 1 values. Returns its gain, 0 when no unit helps. */
double crease_hinge_scan_direction(crease_hinge_scan *scan, const double *direction, double below,
                                   gsl_rng *generator, double *weight);

/* ---- starts ---- */

/* True for a net that crease_exchange_start can start. */
bool crease_exchange_applies(const crease_net_problem *problem, const crease_fit_options *options);
/* Draws a start and improves it by exchanging units: see unit_exchange.c. */
crease_status crease_exchange_start(const crease_net_problem *problem, const crease_fit_options *options,
                                    size_t start, double *theta, crease_error *error);

/* Least squares for the output layer on the rows of a start, into theta. False without memory. */
bool crease_start_solve_outputs(const crease_net *net, const crease_start_rows *rows, crease_work *work,
                                double *theta);

#endif
