/* Filippov (1988), Utkin (1992): on surfaces z_i = 0 that hold, y' = f0 + sum_i theta_i d_i with f0 the field below all
 * of them, d_i its jump across surface i (the field is taken as a sum of jumps), and the shares theta such that all z_i'
 * vanish: A theta = -b with b the rates of f0 and A_ji = dz_j/dy d_i. The motion stays while 0 <= theta_i <= 1. */
#include "ode/slide.h"
#include "base/dense.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Third difference of a share at thirds of a step: the whole range is 1. */
static const double UNRESOLVED = 0.05;

static bool allocate(ode_slide *s, size_t n, size_t m) {
    size_t most = s->most;
    s->index = calloc(most, sizeof *s->index);
    s->base = calloc(m, sizeof *s->base);
    s->f0 = calloc(2 * n + most * n, sizeof *s->f0);
    s->rate0 = calloc(2 * m, sizeof *s->rate0);
    s->A = calloc(2 * most * most + 8 * most, sizeof *s->A);
    s->pattern = calloc(most, 1);
    s->solver = crease_dense_solver_new(most, 1);
    if (!s->pattern || !s->index || !s->base || !s->f0 || !s->rate0 || !s->A || !s->solver)
        return false;
    s->middle = s->f0 + n;
    s->jump = s->middle + n;
    s->rate = s->rate0 + m;
    s->part = s->A + most * most;
    s->b = s->part + most * most;
    s->theta = s->b + most;
    s->right = s->theta + most;
    s->x = s->right + most;
    for (size_t k = 0; k < 4; k++)
        s->share[k] = s->x + (k + 1) * most;
    return true;
}

bool crease_ode_slide_new(crease_ode *ode) {
    size_t most = 0;
    for (size_t i = 0; i < ode->system.surface_count; i++)
        most += ode->system.surface[i].kind == CREASE_ODE_JUMP;
    if (most == 0)
        return true;
    ode->slide = calloc(1, sizeof *ode->slide);
    if (!ode->slide)
        return false;
    ode->slide->most = most;
    return allocate(ode->slide, ode->system.dimension, ode->system.surface_count);
}

void crease_ode_slide_free(crease_ode *ode) {
    ode_slide *s = ode->slide;
    if (!s)
        return;
    free(s->index);
    free(s->base);
    free(s->f0);
    free(s->rate0);
    free(s->A);
    free(s->pattern);
    crease_dense_solver_free(s->solver);
    free(s);
}

int crease_ode_slide_jumps(crease_ode *ode, double t, const double *y) {
    ode_slide *s = ode->slide;
    size_t n = ode->system.dimension, m = ode->system.surface_count, count = s->count;
    memcpy(s->base, ode->field_above, m * sizeof *s->base);
    for (size_t k = 0; k < count; k++)
        s->base[s->index[k]] = false;
    if (crease_ode_call(ode, t, y, s->base, s->f0) != GSL_SUCCESS ||
        crease_ode_rates(ode, t, y, s->base, s->f0, s->rate0) != GSL_SUCCESS)
        return GSL_EBADFUNC;
    for (size_t k = 0; k < count; k++) {
        double *jump = s->jump + k * n;
        s->base[s->index[k]] = true;
        int failure = crease_ode_call(ode, t, y, s->base, jump);
        s->base[s->index[k]] = false;
        if (failure || crease_ode_rates(ode, t, y, s->base, jump, s->rate) != GSL_SUCCESS)
            return GSL_EBADFUNC;
        for (size_t j = 0; j < n; j++)
            jump[j] -= s->f0[j];
        for (size_t l = 0; l < count; l++)
            s->A[l * count + k] = s->rate[s->index[l]] - s->rate0[s->index[l]];
        s->b[k] = s->rate0[s->index[k]];
    }
    return GSL_SUCCESS;
}

bool crease_ode_slide_solve(ode_slide *s, size_t count, const double *A, const double *b, double *x) {
    if (count == 0)
        return true;
    if (count == 1) {
        x[0] = b[0] / A[0];
        return isfinite(x[0]);
    }
    size_t rank = 0;
    return crease_dense_solve_least_squares(s->solver, count, count, A, count, 1, b, 1, x, 1, &rank, NULL) &&
           rank == count;
}

static void gather(crease_ode *ode) {
    ode_slide *s = ode->slide;
    s->count = 0;
    for (size_t i = 0; i < ode->system.surface_count; i++)
        if (ode->field_slides[i])
            s->index[s->count++] = i;
}

int crease_ode_slide_field(crease_ode *ode, double t, const double *y, double *dydt) {
    ode_slide *s = ode->slide;
    size_t n = ode->system.dimension;
    gather(ode);
    if (crease_ode_slide_jumps(ode, t, y) != GSL_SUCCESS)
        return GSL_EBADFUNC;
    for (size_t k = 0; k < s->count; k++)
        s->right[k] = -s->b[k];
    bool solved = crease_ode_slide_solve(s, s->count, s->A, s->right, s->theta);
    memcpy(dydt, s->f0, n * sizeof *dydt);
    for (size_t k = 0; k < s->count; k++) {
        s->theta[k] = solved ? s->theta[k] : NAN;
        for (size_t j = 0; j < n; j++)
            dydt[j] += s->theta[k] * s->jump[k * n + j];
    }
    return GSL_SUCCESS;
}

void crease_ode_slide_at_now(crease_ode *ode) {
    ode_slide *s = ode->slide;
    if (s)
        memcpy(s->share[0], s->theta, s->most * sizeof *s->theta);
}

void crease_ode_slide_arrive(crease_ode *ode) {
    ode_slide *s = ode->slide;
    if (s)
        memcpy(s->share[0], s->share[3], s->most * sizeof *s->theta);
}

/* The state inside the step by the cubic Hermite interpolant. */
static void between(const crease_ode *ode, double length, double place, double *y) {
    for (size_t j = 0; j < ode->system.dimension; j++) {
        ode_cubic p = crease_ode_cubic(ode->now.y[j], length * ode->now.slope[j], ode->end.y[j],
                                       length * ode->end.slope[j]);
        y[j] = crease_ode_cubic_at(&p, place);
    }
}

int crease_ode_slide_sample(crease_ode *ode, double length) {
    ode_slide *s = ode->slide;
    size_t bytes = s->most * sizeof *s->theta;
    memcpy(s->share[3], s->theta, bytes); /* the last call of every method is at the end */
    for (size_t k = 1; k < 3; k++) {
        between(ode, length, (double)k / 3, s->middle);
        if (crease_ode_slide_field(ode, ode->now.t + length * (double)k / 3, s->middle, ode->ahead.slope) !=
            GSL_SUCCESS)
            return GSL_EBADFUNC;
        memcpy(s->share[k], s->theta, bytes);
    }
    return GSL_SUCCESS;
}

bool crease_ode_slide_resolved(const crease_ode *ode) {
    const ode_slide *s = ode->slide;
    for (size_t k = 0; k < s->count; k++)
        if (!(fabs(s->share[3][k] - 3 * s->share[2][k] + 3 * s->share[1][k] - s->share[0][k]) <= UNRESOLVED))
            return false;
    return true;
}

ode_cubic crease_ode_slide_share(const crease_ode *ode, size_t k) {
    const ode_slide *s = ode->slide;
    double p0 = s->share[0][k], first = s->share[1][k] - p0, p2 = s->share[2][k],
           second = p2 - 2 * s->share[1][k] + p0, third = s->share[3][k] - 3 * p2 + 3 * s->share[1][k] - p0;
    /* Newton's form in u = 3 s: p0 + first u + second u (u - 1) / 2 + third u (u - 1) (u - 2) / 6 */
    return (ode_cubic){{p0, 3 * (first - second / 2 + third / 3), 9 * (second - third) / 2, 27 * third / 6}};
}

int crease_ode_slide_project(crease_ode *ode) {
    ode_slide *s = ode->slide;
    size_t n = ode->system.dimension;
    bool off = false;
    gather(ode);
    for (size_t k = 0; k < s->count; k++)
        off = off || fabs(ode->end.z[s->index[k]]) > crease_ode_rounding(ode, &ode->end, s->index[k]);
    if (!off)
        return GSL_SUCCESS;
    if (crease_ode_slide_jumps(ode, ode->end.t, ode->end.y) != GSL_SUCCESS)
        return GSL_EBADFUNC;
    for (size_t k = 0; k < s->count; k++)
        s->right[k] = -ode->end.z[s->index[k]];
    if (!crease_ode_slide_solve(s, s->count, s->A, s->right, s->x))
        return GSL_SUCCESS;
    for (size_t k = 0; k < s->count; k++)
        for (size_t j = 0; j < n; j++)
            ode->end.y[j] += s->x[k] * s->jump[k * n + j];
    if (crease_ode_look(ode, &ode->end) != GSL_SUCCESS)
        return GSL_EBADFUNC;
    memcpy(s->share[3], s->theta, s->most * sizeof *s->theta);
    return GSL_SUCCESS;
}
