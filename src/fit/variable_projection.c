/* Variable projection (Golub & Pereyra 1973): for fixed nonlinear parameters a the linear ones are
 * c(a) = Phi(a)^+ t, so only r(a) = Phi c(a) - t is minimised, by Levenberg-Marquardt. Kaufman's (1975)
 * Jacobian is dr/da = P (d Phi/da c), P the projector onto the complement of the range of Phi; d Phi/da c are
 * the columns of the full Jacobian that belong to a, and P J = J - Phi (Phi^+ J). Its gradient is the exact
 * one. */
#include "base/dense.h"
#include "fit/methods.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct projection {
    const crease_problem *problem;
    void *work;
    size_t n, p, nonlinear, linear;
    double *theta, *trial; /* p, nonlinear */
    double *Phi, *target;  /* n x linear, n */
    double *J, *r;         /* n x p, n */
    double *X;             /* linear x nonlinear */
    crease_dense_solver *solver;
} projection;

static void projection_clear(projection *v) {
    free(v->theta);
    free(v->trial);
    free(v->Phi);
    free(v->target);
    free(v->J);
    free(v->r);
    free(v->X);
    crease_dense_solver_free(v->solver);
    if (v->problem->work_free)
        v->problem->work_free(v->work);
}

static bool projection_make(projection *v) {
    size_t nonlinear = v->nonlinear ? v->nonlinear : 1;
    v->theta = malloc(v->p * sizeof(double));
    v->trial = malloc(nonlinear * sizeof(double));
    v->Phi = malloc(v->n * v->linear * sizeof(double));
    v->target = malloc(v->n * sizeof(double));
    v->J = malloc(v->n * v->p * sizeof(double));
    v->r = malloc(v->n * sizeof(double));
    v->X = malloc(v->linear * nonlinear * sizeof(double));
    v->solver = crease_dense_solver_new(v->linear, nonlinear);
    if (v->problem->work_new)
        v->work = v->problem->work_new(v->problem->context);
    return v->theta && v->trial && v->Phi && v->target && v->J && v->r && v->X && v->solver &&
           (!v->problem->work_new || v->work);
}

/* Phi and target at the nonlinear parameters of v->theta; without a basis function they are read off the
 * Jacobian with the linear parameters at zero, where r = -target. */
static bool fill_basis(projection *v) {
    const crease_problem *problem = v->problem;
    if (problem->basis)
        return problem->basis(problem->context, v->work, v->theta, v->Phi, v->target);
    memset(v->theta + v->nonlinear, 0, v->linear * sizeof(double));
    if (!problem->jacobian(problem->context, v->work, v->theta, v->target, v->J))
        return false;
    for (size_t i = 0; i < v->n; i++) {
        v->target[i] = -v->target[i];
        memcpy(v->Phi + i * v->linear, v->J + i * v->p + v->nonlinear, v->linear * sizeof(double));
    }
    return true;
}

/* Eliminates the linear parameters: v->theta is complete and r = Phi c - target. */
static bool project(projection *v, const double *nonlinear, double *r) {
    double *c = v->theta + v->nonlinear;
    memcpy(v->theta, nonlinear, v->nonlinear * sizeof(double));
    if (!fill_basis(v) || !crease_dense_solve_least_squares(v->solver, v->n, v->linear, v->Phi, v->linear, 1,
                                                            v->target, 1, c, 1, NULL, NULL))
        return false;
    double check = 0;
    for (size_t i = 0; i < v->n; i++) {
        double sum = -v->target[i];
        for (size_t j = 0; j < v->linear; j++)
            sum += v->Phi[i * v->linear + j] * c[j];
        r[i] = sum;
        check += sum * sum;
    }
    return isfinite(check);
}

static bool projected_residual(void *context, const double *nonlinear, double *r) {
    return project(context, nonlinear, r);
}

static bool projected_jacobian(void *context, const double *nonlinear, double *J) {
    projection *v = context;
    const crease_problem *problem = v->problem;
    if (!project(v, nonlinear, v->r) || !problem->jacobian(problem->context, v->work, v->theta, NULL, v->J) ||
        !crease_dense_solve_least_squares(v->solver, v->n, v->linear, v->Phi, v->linear, v->nonlinear, v->J,
                                          v->p, v->X, v->nonlinear, NULL, NULL))
        return false;
    for (size_t i = 0; i < v->n; i++)
        memcpy(J + i * v->nonlinear, v->J + i * v->p, v->nonlinear * sizeof *J);
    crease_dense_gemm(false, false, v->n, v->nonlinear, v->linear, -1, v->Phi, v->linear, v->X, v->nonlinear,
                      1, J, v->nonlinear);
    return true;
}

static double half_square(const projection *v) {
    double norm = crease_dense_norm(v->n, v->r);
    return norm * norm / 2;
}

/* The loss as the problem itself computes it: where the basis is all but collinear (incoming weights that
 * drifted off, say), Phi c - target is smaller by what it fits of its own rounding. */
static double loss_of(projection *v) {
    return v->problem->residual(v->problem->context, v->work, v->theta, v->r) ? half_square(v) : INFINITY;
}

static crease_status solve_linear_problem(projection *v, double *theta, crease_minimum *minimum,
                                          crease_error *error) {
    if (!project(v, theta, v->r))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the linear problem has no finite solution");
    memcpy(theta, v->theta, v->p * sizeof *theta);
    *minimum = (crease_minimum){.loss = half_square(v), .stop = CREASE_STOP_GRADIENT, .evaluations = 1};
    return CREASE_OK;
}

static crease_status minimise_projected(projection *v, const crease_fit_options *options, size_t start,
                                        double *theta, crease_minimum *minimum, crease_error *error) {
    crease_residuals reduced = {.residuals = v->n,
                                .parameters = v->nonlinear,
                                .context = v,
                                .residual = projected_residual,
                                .jacobian = projected_jacobian};
    if (!project(v, theta, v->r))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the start has no finite residual");
    double loss_at_start = loss_of(v);
    memcpy(theta, v->theta, v->p * sizeof *theta);
    memcpy(v->trial, theta, v->nonlinear * sizeof *theta);
    crease_status status = crease_levenberg_marquardt(&reduced, options, start, v->trial, minimum, error);
    if (status != CREASE_OK)
        return status;
    /* where the projected Jacobian is rounding noise, the basis of the last point may have lost its rank */
    minimum->loss = project(v, v->trial, v->r) ? loss_of(v) : INFINITY;
    if (minimum->loss <= loss_at_start) {
        memcpy(theta, v->theta, v->p * sizeof *theta);
    } else {
        minimum->loss = loss_at_start;
        minimum->stop = CREASE_STOP_STALLED;
    }
    return CREASE_OK;
}

crease_status crease_run_variable_projection(const crease_problem *problem, const crease_fit_options *options,
                                             size_t start, double *theta, crease_minimum *minimum,
                                             crease_error *error) {
    crease_status status;
    projection v = {.problem = problem,
                    .n = problem->residuals,
                    .p = problem->parameters,
                    .nonlinear = problem->linear_from,
                    .linear = problem->parameters - problem->linear_from};
    if (v.linear == 0)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "variable projection needs parameters that enter linearly: one hidden layer, one output, "
            "no l2 penalty; use --method lm");
    if (!projection_make(&v)) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu x %zu derivatives", v.n, v.p);
        goto done;
    }
    if (v.nonlinear == 0) {
        status = solve_linear_problem(&v, theta, minimum, error);
        goto done;
    }
    status = minimise_projected(&v, options, start, theta, minimum, error);
done:
    projection_clear(&v);
    return status;
}
