/* BFGS on gsl_multimin vector_bfgs2. Its line search can end early far from a minimum, so it is started again
 * from there until that brings nothing more. */
#include "fit/methods.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double REJECTED = 1e200;

typedef struct objective {
    const crease_problem *problem;
    void *work;
    double *gradient, *r, *J; /* r and J only for a problem without a gradient */
    size_t evaluations;
} objective;

/* F and gradient from residuals and Jacobian. */
static bool gradient_from_jacobian(objective *o, const double *theta, double *loss, double *gradient) {
    const crease_problem *p = o->problem;
    if (!p->jacobian(p->context, o->work, theta, o->r, o->J))
        return false;
    *loss = 0;
    memset(gradient, 0, p->parameters * sizeof *gradient);
    for (size_t i = 0; i < p->residuals; i++) {
        *loss += o->r[i] * o->r[i] / 2;
        for (size_t j = 0; j < p->parameters; j++)
            gradient[j] += o->r[i] * o->J[i * p->parameters + j];
    }
    return isfinite(*loss);
}

static void value_and_gradient(const gsl_vector *theta, void *params, double *loss, gsl_vector *gradient) {
    objective *o = params;
    const crease_problem *p = o->problem;
    o->evaluations++;
    bool finite = p->gradient ? p->gradient(p->context, o->work, theta->data, NULL, 0, loss, o->gradient)
                              : gradient_from_jacobian(o, theta->data, loss, o->gradient);
    if (!finite) {
        *loss = REJECTED;
        memset(o->gradient, 0, p->parameters * sizeof(double));
    }
    if (gradient)
        memcpy(gradient->data, o->gradient, p->parameters * sizeof(double));
}

static double value(const gsl_vector *theta, void *params) {
    double loss;
    value_and_gradient(theta, params, &loss, NULL);
    return loss;
}

static void gradient_only(const gsl_vector *theta, void *params, gsl_vector *gradient) {
    double loss;
    value_and_gradient(theta, params, &loss, gradient);
}

static void run(gsl_multimin_fdfminimizer *m, const crease_fit_options *options, size_t start,
                crease_minimum *minimum) {
    double last = m->f, at_restart = INFINITY;
    crease_trace_step(options, start, 0, m->x->size, m->f, m->x->data, m->gradient->data, NAN);
    for (;;) {
        int status = gsl_multimin_fdfminimizer_iterate(m);
        minimum->iterations++;
        crease_trace_step(options, start, minimum->iterations, m->x->size, m->f, m->x->data,
                          m->gradient->data, gsl_blas_dnrm2(m->dx));
        if (gsl_blas_dnrm2(m->gradient) <= options->tolerance * (1e-3 + sqrt(2 * m->f))) {
            minimum->stop = CREASE_STOP_GRADIENT;
            break;
        }
        if (minimum->iterations >= options->iterations) {
            minimum->stop = CREASE_STOP_BUDGET;
            break;
        }
        if (crease_fit_interrupted(options)) {
            minimum->stop = CREASE_STOP_INTERRUPTED;
            break;
        }
        if (status != GSL_SUCCESS || last - m->f <= 1e-15 * last) {
            if (at_restart - m->f <= 1e-12 * fabs(at_restart)) {
                minimum->stop = CREASE_STOP_STALLED;
                break;
            }
            at_restart = m->f;
            gsl_multimin_fdfminimizer_restart(m);
        }
        last = m->f;
    }
    minimum->loss = m->f;
}

crease_status crease_run_bfgs(const crease_problem *problem, const crease_fit_options *options, size_t start,
                              double *theta, crease_minimum *minimum, crease_error *error) {
    crease_status status = CREASE_OK;
    size_t p = problem->parameters;
    objective o = {.problem = problem, .gradient = malloc(p * sizeof(double))};
    gsl_multimin_fdfminimizer *m = gsl_multimin_fdfminimizer_alloc(gsl_multimin_fdfminimizer_vector_bfgs2, p);
    if (!problem->gradient) {
        o.r = malloc(problem->residuals * sizeof(double));
        o.J = malloc(problem->residuals * p * sizeof(double));
    }
    if (problem->work_new)
        o.work = problem->work_new(problem->context);
    if (!o.gradient || !m || (!problem->gradient && (!o.r || !o.J)) || (problem->work_new && !o.work)) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu parameters", p);
        goto done;
    }
    gsl_multimin_function_fdf f = {
        .f = value, .df = gradient_only, .fdf = value_and_gradient, .n = p, .params = &o};
    gsl_vector_view at = gsl_vector_view_array(theta, p);
    double first = gsl_blas_dnrm2(&at.vector);
    if (gsl_multimin_fdfminimizer_set(m, &f, &at.vector, .1 * (first > 0 ? first : 1), .1) != GSL_SUCCESS ||
        m->f >= REJECTED) {
        status = crease_fail(error, CREASE_BAD_ARGUMENT, "the start has no finite loss or gradient");
        goto done;
    }
    double loss_at_start = m->f;
    run(m, options, start, minimum);
    if (minimum->loss <= loss_at_start)
        memcpy(theta, m->x->data, p * sizeof *theta);
    else
        minimum->loss = loss_at_start;
    minimum->evaluations = o.evaluations;
done:
    if (m)
        gsl_multimin_fdfminimizer_free(m);
    if (problem->work_free)
        problem->work_free(o.work);
    free(o.gradient);
    free(o.r);
    free(o.J);
    return status;
}
