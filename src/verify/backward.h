/* Backward linear bounds with an a-priori bound of all rounding errors. */
#ifndef CREASE_VERIFY_BACKWARD_H
#define CREASE_VERIFY_BACKWARD_H

#include "verify/lines.h"

enum { CREASE_TOGETHER = 4 /* functionals that go through the layers side by side */ };

/* Magnitudes on a box, for the rounding errors: valid on every part of the box. */
typedef struct crease_magnitude {
    double *preactivation; /* chain->units: sum_j |W_ij| max |a_j| + |b_i| >= |z_i| */
    double *output;        /* outputs: the same, with the affine path */
    double *input;         /* input_stride: max |x_j| */
    double *standard;      /* input_stride: (max |x_j| + |shift_j|) / scale_j */
    double least;          /* what underflow can cost */
    void *memory;
} crease_magnitude;

crease_status crease_magnitude_new(const crease_chain *chain, crease_magnitude *magnitude,
                                   crease_error *error);
void crease_magnitude_clear(crease_magnitude *magnitude);
/* The inputs' part; then layer by layer, once the bounds of all hidden layers below l are known (l == depth: output). */
void crease_magnitude_inputs(const crease_chain *chain, const double *lo, const double *hi,
                             crease_magnitude *magnitude);
void crease_magnitude_layer(const crease_chain *chain, size_t l, const double *lower, const double *upper,
                            crease_magnitude *magnitude);

/* Four functionals F on their way down, their numbers side by side: number j of functional r is at j CREASE_TOGETHER + r. On the
 * way F(x) >= coefficient . a_(l) + standard . (x standardised) + direct . x + constant - error, with a_l the values of
 * layer l. */
typedef struct crease_functionals {
    double *coefficient, *next; /* widest of each */
    double *standard, *direct;  /* input_stride of each */
    double constant[CREASE_TOGETHER], error[CREASE_TOGETHER];
    const double
        *phase; /* chain->units: multiples of pre-activations that are added to all of them; NULL: none */
    double
        *trace;   /* chain->units: receives the first one's coefficients of hidden values; NULL: not wanted */
    size_t *list; /* widest, used with `phase` */
    void *memory;
} crease_functionals;

crease_status crease_functionals_new(const crease_chain *chain, crease_functionals *functionals,
                                     crease_error *error);
void crease_functionals_clear(crease_functionals *functionals);

/* Starts functional r as sign * z of unit `row` of layer l (which may be the output layer, scaling aside). */
void crease_functionals_start_unit(const crease_chain *chain, size_t l, size_t row, double sign,
                                   crease_functionals *functionals, size_t r);
/* Starts functional r as outputs . y + inputs . x, in raw units. */
void crease_functionals_start_output(const crease_chain *chain, const crease_magnitude *magnitude,
                                     const double *outputs, const double *inputs,
                                     crease_functionals *functionals, size_t r);

/* Takes all four from the values of hidden layer `from` (exclusive: from == l starts at values of layer l - 1) to
 * the input. Afterwards F(x) >= direct . x + constant - error for all x of the box. */
void crease_functionals_down(const crease_chain *chain, const crease_lines *lines,
                             const crease_magnitude *magnitude, size_t from, crease_functionals *functionals);

/* The smallest value of functional r on a box, a sound lower bound of F; -INFINITY where numbers overflow. */
double crease_functionals_least(const crease_chain *chain, const crease_functionals *functionals, size_t r,
                                const double *lo, const double *hi);

/* Afterwards: gain . x + offset <= F(x) on the box. gain has the inputs. */
void crease_functionals_gain(const crease_chain *chain, const crease_functionals *functionals, size_t r,
                             double *gain);
double crease_functionals_offset(const crease_functionals *functionals, size_t r);

#endif
