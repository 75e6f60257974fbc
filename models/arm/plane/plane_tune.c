/* P up to its scale has two free numbers: P = [exp(2 a) + t^2, t; t, 1] is positive definite for all a and
 * t. The scale of the box that it proves is as smooth as the largest of many smooth functions, so the
 * simplex of Nelder & Mead (1965) is begun again where it stops, with a fresh simplex, and from the
 * Lyapunov equations of several weights. */
#include "arm/plane/plane_lyapunov.h"
#include <gsl/gsl_multimin.h>
#include <math.h>

enum { ITERATIONS = 120, RESTARTS = 4 };

typedef struct tuning {
    const arm_pieces *pieces;
    bool (*interrupted)(void *);
} tuning;

static void matrix_of(const gsl_vector *v, double p[3]) {
    double a = gsl_vector_get(v, 0), t = gsl_vector_get(v, 1);
    p[0] = exp(2 * a) + t * t;
    p[1] = t;
    p[2] = 1;
}

static double loss(const gsl_vector *v, void *context) {
    const tuning *t = context;
    double p[3];
    matrix_of(v, p);
    return -arm_lyapunov_largest(t->pieces, p);
}

static double descend(gsl_multimin_fminimizer *simplex, gsl_multimin_function *f, gsl_vector *at,
                      gsl_vector *step) {
    const tuning *t = f->params;
    gsl_multimin_fminimizer_set(simplex, f, at, step);
    for (int i = 0; i < ITERATIONS; i++) {
        if (t->interrupted && t->interrupted(NULL))
            break;
        if (gsl_multimin_fminimizer_iterate(simplex) != GSL_SUCCESS ||
            gsl_multimin_fminimizer_size(simplex) < 1e-7)
            break;
    }
    gsl_vector_memcpy(at, gsl_multimin_fminimizer_x(simplex));
    return gsl_multimin_fminimizer_minimum(simplex);
}

static void try_start(tuning *t, gsl_multimin_fminimizer *simplex, gsl_vector *at, gsl_vector *step,
                      const double start[3], double p[3], double *scale) {
    gsl_multimin_function f = {loss, 2, t};
    double offset = start[1] / start[2], rest = start[0] / start[2] - offset * offset;
    gsl_vector_set(at, 0, log(rest) / 2);
    gsl_vector_set(at, 1, offset);
    double before = 0;
    for (int k = 0; k < RESTARTS; k++) {
        gsl_vector_set(step, 0, k % 2 ? -0.3 : 0.3);
        gsl_vector_set(step, 1, fmax(0.3, 0.2 * fabs(gsl_vector_get(at, 1))));
        double value = -descend(simplex, &f, at, step);
        if (value > *scale) {
            *scale = value;
            matrix_of(at, p);
        }
        if (!(value > 1.0001 * before))
            break;
        before = value;
    }
}

crease_status arm_lyapunov_tune(const arm_pieces *pieces, double p[3], double *scale,
                                bool (*interrupted)(void *), crease_error *error) {
    static const double weights[] = {1e-3, .1, 10};
    tuning t = {pieces, interrupted};
    gsl_multimin_fminimizer *simplex = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, 2);
    gsl_vector *at = gsl_vector_alloc(2), *step = gsl_vector_alloc(2);
    crease_status status = CREASE_OK;
    double start[3];
    *scale = 0;
    if (!simplex || !at || !step)
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for the search of a Lyapunov function");
    for (size_t i = 0; i < sizeof weights / sizeof *weights && status == CREASE_OK; i++)
        if (arm_lyapunov_equation(pieces, weights[i], start))
            try_start(&t, simplex, at, step, start, p, scale);
    if (simplex)
        gsl_multimin_fminimizer_free(simplex);
    gsl_vector_free(at);
    gsl_vector_free(step);
    if (*scale > 0) {
        double scaled = p[0] / (p[0] * p[2] - p[1] * p[1]); /* (P^{-1})_22 = 1 */
        for (size_t k = 0; k < 3; k++)
            p[k] *= scaled;
    }
    return status;
}
