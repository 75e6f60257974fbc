/* One interface to every least-squares problem that the methods of fit.h minimise: a network on data, a curve with
 * parameters, a test function. Minimise F(theta) = sum_i r_i(theta)^2 / 2. */
#ifndef CREASE_PROBLEM_H
#define CREASE_PROBLEM_H

#include "crease/status.h"
#include <stdbool.h>
#include <stddef.h>

/* Functions of a problem get `context` (shared, read only) and `work` (one per thread, from work_new). They return
 * false when theta has no finite residual; the method then takes a shorter step. */
typedef struct crease_problem {
    size_t residuals, parameters;
    size_t rows; /* data rows that gradient() counts; 0: the same as residuals */
    const void *context;

    /* work space of one thread; both NULL when none is needed */
    void *(*work_new)(const void *context);
    void (*work_free)(void *work);

    /* r: residuals values */
    bool (*residual)(const void *context, void *work, const double *theta, double *r);
    /* r and J: residuals x parameters, row-major; r may be NULL */
    bool (*jacobian)(const void *context, void *work, const double *theta, double *r, double *J);

    /* Optional (NULL): F and its gradient without holding J. A batch of data rows (rows NULL: all) stands for the
     * whole data, so its loss and gradient are scaled by the number of all rows over row_count. */
    bool (*gradient)(const void *context, void *work, const double *theta, const size_t *rows,
                     size_t row_count, double *loss, double *gradient);
    /* Optional (NULL): J'J (parameters x parameters, full) and J'r without holding J, for long data. */
    bool (*normal_equations)(const void *context, void *work, const double *theta, double *JtJ, double *Jtr);

    /* Optional (NULL: every entry): which entries of theta are weights, that l2 and weight decay shrink. */
    const bool *is_weight;
    /* Optional (NULL): the shift gamma(t) of pre-activations that a bias schedule asks for. */
    void (*set_bias_shift)(void *work, double gamma);

    /* r is linear in theta[linear_from..parameters): r = Phi(theta_nonlinear) theta_linear - target.
     * linear_from == parameters: no linear part known, variable projection does not apply. */
    size_t linear_from;
    /* Optional (NULL: taken from jacobian): Phi, residuals x (parameters - linear_from), row-major, and target. */
    bool (*basis)(const void *context, void *work, const double *theta, double *Phi, double *target);
} crease_problem;

#endif
