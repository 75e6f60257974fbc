/* Levenberg-Marquardt on GSL: gsl_multifit_nlinear with a QR of the Jacobian where it fits in memory,
 * gsl_multilarge_nlinear on the normal equations where the data are long. Both want at least as many
 * residuals as parameters, so short problems are padded with zero rows. */
#include "fit/methods.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <gsl/gsl_multilarge_nlinear.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Entries of the Jacobian up to which it is held: 64 MiB. */
static const size_t HELD_JACOBIAN = (size_t)1 << 23;

/* What a residual becomes where the model has no finite value: the step is then rejected. */
static const double REJECTED = 1e100;

/* A sum of squares this small beside the first one is zero to rounding. */
static const double ROUNDING = 1e-31;

typedef struct driver {
    const crease_residuals *problem;
    size_t evaluations;
} driver;

static int gsl_residual(const gsl_vector *theta, void *params, gsl_vector *f) {
    driver *d = params;
    d->evaluations++;
    gsl_vector_set_zero(f);
    if (!d->problem->residual(d->problem->context, theta->data, f->data))
        gsl_vector_set_all(f, REJECTED);
    return GSL_SUCCESS;
}

static int gsl_jacobian(const gsl_vector *theta, void *params, gsl_matrix *J) {
    driver *d = params;
    gsl_matrix_set_zero(J);
    return d->problem->jacobian(d->problem->context, theta->data, J->data) ? GSL_SUCCESS : GSL_EDOM;
}

/* The common loop of both GSL interfaces, seen through their current state. */
typedef struct state {
    const gsl_vector *theta, *f, *step, *gradient;
} state;

/* True when the run is over; fills the stop reason. */
static bool finished(const crease_fit_options *options, const state *s, int iterate_status, double first_loss,
                     double loss, double last_loss, size_t *stalls, size_t iteration, crease_stop *stop) {
    if (loss <= ROUNDING * (1 + first_loss)) {
        *stop = CREASE_STOP_GRADIENT;
        return true;
    }
    if (iterate_status != GSL_SUCCESS) {
        *stop = CREASE_STOP_STALLED;
        return true;
    }
    double step = gsl_blas_dnrm2(s->step), size = gsl_blas_dnrm2(s->theta);
    double gradient = gsl_blas_dnrm2(s->gradient);
    *stalls = last_loss - loss <= 1e-3 * options->tolerance * last_loss ? *stalls + 1 : 0;
    if (gradient <= options->tolerance * 1e-3 * sqrt(2 * loss))
        *stop = CREASE_STOP_GRADIENT;
    else if (step <= options->tolerance * (size + options->tolerance))
        *stop = CREASE_STOP_STEP;
    else if (*stalls >= 3)
        *stop = CREASE_STOP_STALLED;
    else if (iteration >= options->iterations)
        *stop = CREASE_STOP_BUDGET;
    else if (crease_fit_interrupted(options))
        *stop = CREASE_STOP_INTERRUPTED;
    else
        return false;
    return true;
}

static double half_square(const gsl_vector *f) {
    double norm = gsl_blas_dnrm2(f);
    return norm * norm / 2;
}

static void run_loop(const crease_fit_options *options, size_t start, const state *s, int (*iterate)(void *),
                     void *workspace, crease_minimum *minimum) {
    double first = half_square(s->f), last, loss = first;
    size_t stalls = 0;
    crease_trace_step(options, start, 0, s->theta->size, first, s->theta->data, s->gradient->data, NAN);
    minimum->stop = CREASE_STOP_GRADIENT;
    if (first > 0)
        do {
            last = loss;
            int status = iterate(workspace);
            loss = half_square(s->f);
            minimum->iterations++;
            crease_trace_step(options, start, minimum->iterations, s->theta->size, loss, s->theta->data,
                              s->gradient->data, gsl_blas_dnrm2(s->step));
            if (finished(options, s, status, first, loss, last, &stalls, minimum->iterations, &minimum->stop))
                break;
        } while (true);
    minimum->loss = loss;
}

static int iterate_multifit(void *workspace) {
    return gsl_multifit_nlinear_iterate(workspace);
}

crease_status crease_levenberg_marquardt(const crease_residuals *problem, const crease_fit_options *options,
                                         size_t start, double *theta, crease_minimum *minimum,
                                         crease_error *error) {
    crease_status status = CREASE_OK;
    size_t p = problem->parameters, n = problem->residuals > p ? problem->residuals : p;
    driver d = {.problem = problem};
    gsl_multifit_nlinear_parameters parameters = gsl_multifit_nlinear_default_parameters();
    gsl_multifit_nlinear_fdf fdf = {.f = gsl_residual, .df = gsl_jacobian, .n = n, .p = p, .params = &d};
    gsl_multifit_nlinear_workspace *w =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &parameters, n, p);
    if (!w)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a Jacobian of %zu x %zu", n, p);
    gsl_vector_view at = gsl_vector_view_array(theta, p);
    if (gsl_multifit_nlinear_init(&at.vector, &fdf, w) != GSL_SUCCESS) {
        status = crease_fail(error, CREASE_BAD_ARGUMENT, "the start has no finite residual or Jacobian");
        goto done;
    }
    state s = {.theta = w->x, .f = w->f, .step = w->dx, .gradient = w->g};
    run_loop(options, start, &s, iterate_multifit, w, minimum);
    memcpy(theta, w->x->data, p * sizeof *theta);
    minimum->evaluations = d.evaluations;
done:
    gsl_multifit_nlinear_free(w);
    return status;
}

/* ---- the whole problem, with all parameters ---- */

typedef struct whole {
    const crease_problem *problem;
    void *work;
    size_t evaluations;
} whole;

static bool whole_residual(void *context, const double *theta, double *r) {
    whole *w = context;
    return w->problem->residual(w->problem->context, w->work, theta, r);
}

static bool whole_jacobian(void *context, const double *theta, double *J) {
    whole *w = context;
    return w->problem->jacobian(w->problem->context, w->work, theta, NULL, J);
}

static int large_residual(const gsl_vector *theta, void *params, gsl_vector *f) {
    whole *w = params;
    w->evaluations++;
    gsl_vector_set_zero(f);
    if (!w->problem->residual(w->problem->context, w->work, theta->data, f->data))
        gsl_vector_set_all(f, REJECTED);
    return GSL_SUCCESS;
}

/* GSL asks for J'u with u the current residuals and for J'J: the trust region method "lm" asks for nothing
 * else. */
static int large_jacobian(CBLAS_TRANSPOSE_t transpose, const gsl_vector *theta, const gsl_vector *u,
                          void *params, gsl_vector *v, gsl_matrix *JtJ) {
    whole *w = params;
    (void)u;
    if (transpose != CblasTrans || !v || !JtJ)
        return GSL_EUNSUP;
    return w->problem->normal_equations(w->problem->context, w->work, theta->data, JtJ->data, v->data)
               ? GSL_SUCCESS
               : GSL_EDOM;
}

static int iterate_multilarge(void *workspace) {
    return gsl_multilarge_nlinear_iterate(workspace);
}

static crease_status run_on_normal_equations(whole *context, const crease_fit_options *options, size_t start,
                                             double *theta, crease_minimum *minimum, crease_error *error) {
    crease_status status = CREASE_OK;
    size_t n = context->problem->residuals, p = context->problem->parameters;
    gsl_multilarge_nlinear_parameters parameters = gsl_multilarge_nlinear_default_parameters();
    gsl_multilarge_nlinear_fdf fdf = {
        .f = large_residual, .df = large_jacobian, .n = n, .p = p, .params = context};
    gsl_multilarge_nlinear_workspace *w =
        gsl_multilarge_nlinear_alloc(gsl_multilarge_nlinear_trust, &parameters, n, p);
    if (!w)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu residuals", n);
    gsl_vector_view at = gsl_vector_view_array(theta, p);
    if (gsl_multilarge_nlinear_init(&at.vector, &fdf, w) != GSL_SUCCESS) {
        status = crease_fail(error, CREASE_BAD_ARGUMENT, "the start has no finite residual or Jacobian");
        goto done;
    }
    state s = {.theta = w->x, .f = w->f, .step = w->dx, .gradient = w->g};
    run_loop(options, start, &s, iterate_multilarge, w, minimum);
    memcpy(theta, w->x->data, p * sizeof *theta);
    minimum->evaluations = context->evaluations;
done:
    gsl_multilarge_nlinear_free(w);
    return status;
}

crease_status crease_run_levenberg_marquardt(const crease_problem *problem, const crease_fit_options *options,
                                             size_t start, double *theta, crease_minimum *minimum,
                                             crease_error *error) {
    crease_status status;
    whole context = {.problem = problem};
    if (problem->work_new && !(context.work = problem->work_new(problem->context)))
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a work space");
    bool long_data = problem->residuals > HELD_JACOBIAN / problem->parameters;
    if (long_data && problem->normal_equations) {
        status = run_on_normal_equations(&context, options, start, theta, minimum, error);
    } else {
        crease_residuals all = {.residuals = problem->residuals,
                                .parameters = problem->parameters,
                                .context = &context,
                                .residual = whole_residual,
                                .jacobian = whole_jacobian};
        status = crease_levenberg_marquardt(&all, options, start, theta, minimum, error);
    }
    if (problem->work_free)
        problem->work_free(context.work);
    return status;
}
