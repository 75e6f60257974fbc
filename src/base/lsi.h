/* Least squares under linear inequalities, for small dense problems. */
#ifndef CREASE_BASE_LSI_H
#define CREASE_BASE_LSI_H

#include "crease/status.h"
#include <stddef.h>

/* x (columns) minimises ||E x - f||_2 subject to G x >= h. E: rows x columns of full column rank, row-major; G: limits x
 * columns, row-major. BAD_ARGUMENT where no x keeps the inequalities, or E has not full rank.
 * Lawson & Hanson (1974), Solving Least Squares Problems, chapter 23: LSI through LDP to NNLS. */
crease_status crease_lsi(const double *E, size_t rows, size_t columns, const double *f, const double *G,
                         size_t limits, const double *h, double *x, crease_error *error);

#endif
