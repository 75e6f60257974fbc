/* Least-squares problems with known answers, as crease_problem. A model is written once, for complex
 * parameters; its Jacobian is the complex step Im r(theta + i h e_j) / h, exact to rounding (Squire & Trapp
 * 1998). */
#ifndef TEST_EXAM_H
#define TEST_EXAM_H

#include "crease/fit.h"
#include <complex.h>

enum { EXAM_PARAMETERS = 16 };

typedef double complex number;

typedef struct exam {
    const char *name;
    size_t residuals, parameters;
    void (*residual)(const struct exam *exam, const number *b, number *r);
    const void *data;
    size_t linear; /* the last so many of `order` enter linearly; 0: variable projection has no use */
    size_t order[EXAM_PARAMETERS]; /* theta[j] * unit[j] = b[order[j]] */
    double unit[EXAM_PARAMETERS];
} exam;

/* Order and units for b as it is; then moves the parameters named by the text ("b1 b3" -> "13") to the end.
 */
void exam_prepare(exam *exam, const char *linear);

/* Sum of squares at b; one run of a method from b (in and out). */
double exam_sum_of_squares(const exam *exam, const double *b);
crease_status exam_run(const exam *exam, crease_method method, double *b, crease_minimum *minimum);

#endif
