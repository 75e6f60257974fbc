/* Non-negative least squares: minimise ||A x - b||_2 subject to x_j >= 0 for chosen j.
 * Lawson & Hanson (1974), Solving Least Squares Problems, chapter 23, algorithm NNLS. */
#ifndef CREASE_NNLS_H
#define CREASE_NNLS_H

#include "crease/status.h"
#include <stddef.h>

/* A: rows x columns, row-major, borrowed; b: rows, borrowed. free_columns: columns flags, true where x_j may have
 * any sign (NULL: all are constrained). x: columns, out. residual_norm (may be NULL): ||A x - b||.
 * Needs rows >= 1, columns >= 1; A may be rank deficient (then one minimiser is returned). */
crease_status crease_nnls(const double *A, size_t rows, size_t columns, const double *b,
                          const _Bool *free_columns, double *x, double *residual_norm, crease_error *error);

#endif
