/* Levenberg-Marquardt on the positions of the knots, value and slopes eliminated (Golub & Pereyra 1973, with Kaufman's
 * Jacobian). Moving knot c by dt changes the lines right of it by -(slope_{c+1} - slope_c) dt. Data that a knot passes
 * change pieces, so the cost has corners at data; the structure search takes over there. */
#include "pwl/knots_polish.h"
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 40 };

static const double REJECTED = 1e100;

typedef struct descent {
    polish *h;
    double *columns, *X; /* rows x free knots, columns x free knots */
    size_t *moving;      /* free knots */
    size_t movable;
    crease_dense_solver *dense;
} descent;

static size_t rows_of(const polish *h) {
    return 2 * (h->k + 1) + (h->trial.sided ? 1 : 0);
}

static bool solve_at(descent *d, const gsl_vector *t) {
    polish *h = d->h;
    for (size_t m = 0; m < d->movable; m++)
        h->trial.t[d->moving[m]] = gsl_vector_get(t, m);
    return crease_knot_places_are_allowed(h->points, h->rules, h->k, h->trial.t) &&
           crease_knot_solve(h->solver, &h->trial);
}

static int residual(const gsl_vector *t, void *context, gsl_vector *f) {
    descent *d = context;
    const knot_solver *s = d->h->solver;
    size_t rows = rows_of(d->h);
    if (!solve_at(d, t)) {
        gsl_vector_set_all(f, REJECTED);
        return GSL_SUCCESS;
    }
    double inside = 0;
    gsl_vector_set_zero(f);
    crease_knot_residuals(s, &d->h->trial, f->data);
    for (size_t j = 0; j <= d->h->k; j++)
        inside += s->piece[j].sse;
    gsl_vector_set(f, rows, sqrt(inside));
    return GSL_SUCCESS;
}

static int jacobian(const gsl_vector *t, void *context, gsl_matrix *J) {
    descent *d = context;
    knot_solver *s = d->h->solver;
    const double *slope = d->h->trial.slope;
    size_t rows = rows_of(d->h), columns = d->h->k + 2, q = d->movable;
    if (!solve_at(d, t))
        return GSL_EDOM;
    crease_knot_fill_rows(s, &d->h->trial);
    memset(d->columns, 0, rows * q * sizeof *d->columns);
    for (size_t m = 0; m < q; m++) {
        size_t c = d->moving[m];
        for (size_t piece = c + 1; piece <= d->h->k; piece++)
            d->columns[2 * piece * q + m] = -(slope[c + 1] - slope[c]) * sqrt(s->piece[piece].weight);
    }
    if (!crease_dense_solve_least_squares(d->dense, rows, columns, s->E, columns, q, d->columns, q, d->X, q,
                                          NULL, NULL))
        return GSL_EDOM;
    crease_dense_gemm(false, false, rows, q, columns, -1, s->E, columns, d->X, q, 1, d->columns, q);
    gsl_matrix_set_zero(J);
    for (size_t i = 0; i < rows; i++)
        for (size_t m = 0; m < q; m++)
            gsl_matrix_set(J, i, m, d->columns[i * q + m]);
    return GSL_SUCCESS;
}

static void iterate(gsl_multifit_nlinear_workspace *w) {
    double last = INFINITY;
    int stalls = 0;
    for (int step = 0; step < STEPS && stalls < 2; step++) {
        if (gsl_multifit_nlinear_iterate(w) != GSL_SUCCESS)
            break;
        double norm = 0;
        const gsl_vector *f = gsl_multifit_nlinear_residual(w);
        for (size_t i = 0; i < f->size; i++)
            norm += gsl_vector_get(f, i) * gsl_vector_get(f, i);
        stalls = last - norm <= 1e-6 * norm ? stalls + 1 : 0;
        last = norm;
    }
}

bool crease_knot_polish_descend(polish *h, knot_fit *fit) {
    descent d = {.h = h};
    gsl_multifit_nlinear_workspace *w = NULL;
    bool improved = false;
    h->trial.sided = fit->sided;
    size_t rows = rows_of(h), k = h->k;
    d.columns = malloc((rows * k + (k + 2) * k + k) * sizeof *d.columns);
    d.moving = malloc(k * sizeof *d.moving);
    if (!d.columns || !d.moving)
        goto done;
    d.X = d.columns + rows * k;
    double *start = d.X + (k + 2) * k;
    crease_knot_fit_copy(fit, &h->trial);
    for (size_t j = 0; j < k; j++)
        if (!h->fixed[j]) {
            start[d.movable] = fit->t[j];
            d.moving[d.movable++] = j;
        }
    if (d.movable == 0 || !(d.dense = crease_dense_solver_new(k + 2, d.movable)))
        goto done;
    gsl_multifit_nlinear_parameters parameters = gsl_multifit_nlinear_default_parameters();
    gsl_multifit_nlinear_fdf fdf = {
        .f = residual, .df = jacobian, .n = rows + 1, .p = d.movable, .params = &d};
    gsl_vector_view at = gsl_vector_view_array(start, d.movable);
    w = gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &parameters, rows + 1, d.movable);
    if (!w || gsl_multifit_nlinear_init(&at.vector, &fdf, w) != GSL_SUCCESS)
        goto done;
    iterate(w);
    improved = solve_at(&d, gsl_multifit_nlinear_position(w)) && crease_knot_polish_accept(h, fit);
done:
    if (w)
        gsl_multifit_nlinear_free(w);
    crease_dense_solver_free(d.dense);
    free(d.columns);
    free(d.moving);
    return improved;
}
