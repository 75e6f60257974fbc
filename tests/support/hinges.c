#include "support/hinges.h"
#include <check.h>
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

static double unit_of(const double *value, size_t n) {
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(value[i]));
    return largest > 0 ? largest : 1;
}

static void fill_pwl(const gsl_vector *c, size_t knots, const double *knot, double x_unit, double y_unit,
                     crease_pwl *pwl) {
    double slope = gsl_vector_get(c, 1) * y_unit / x_unit, value = gsl_vector_get(c, 0) * y_unit, at = 0;
    pwl->slope_left = slope;
    pwl->value_at_zero = value;
    for (size_t j = 0; j < knots; j++) {
        value += slope * (knot[j] - at);
        at = knot[j];
        slope += gsl_vector_get(c, 2 + j) * y_unit / x_unit;
        pwl->x[j] = at;
        pwl->y[j] = value;
    }
    pwl->slope_right = slope;
}

double hinges_fit(const crease_data *data, size_t knots, const double *knot, crease_pwl *pwl) {
    size_t n = data->n, p = 2 + knots;
    double x_unit = unit_of(data->x, n), y_unit = unit_of(data->y, n), sse;
    gsl_matrix *A = gsl_matrix_alloc(n, p), *covariance = gsl_matrix_alloc(p, p);
    gsl_vector *y = gsl_vector_alloc(n), *w = gsl_vector_alloc(n), *c = gsl_vector_alloc(p);
    gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(n, p);
    for (size_t i = 0; i < n; i++) {
        gsl_matrix_set(A, i, 0, 1);
        gsl_matrix_set(A, i, 1, data->x[i] / x_unit);
        for (size_t j = 0; j < knots; j++)
            gsl_matrix_set(A, i, 2 + j, fmax(0, (data->x[i] - knot[j]) / x_unit));
        gsl_vector_set(y, i, data->y[i] / y_unit);
        gsl_vector_set(w, i, data->weight ? data->weight[i] : 1);
    }
    ck_assert_int_eq(gsl_multifit_wlinear(A, w, y, c, covariance, &sse, work), 0);
    if (pwl)
        fill_pwl(c, knots, knot, x_unit, y_unit, pwl);
    gsl_matrix_free(A);
    gsl_matrix_free(covariance);
    gsl_vector_free(y);
    gsl_vector_free(w);
    gsl_vector_free(c);
    gsl_multifit_linear_free(work);
    return sse * y_unit * y_unit;
}

/* Golden section between low and high. */
static double refine(const crease_data *data, double low, double high, double *knot) {
    const double share = (3 - sqrt(5)) / 2;
    for (int i = 0; i < 60; i++) {
        double a = low + share * (high - low), b = high - share * (high - low);
        if (hinges_fit(data, 1, &a, NULL) < hinges_fit(data, 1, &b, NULL))
            high = b;
        else
            low = a;
    }
    *knot = .5 * (low + high);
    return hinges_fit(data, 1, knot, NULL);
}

double hinges_best_knot(const crease_data *data, size_t least, double *knot) {
    enum { grid = 16 };
    size_t n = 0;
    double *x = malloc(data->n * sizeof *x), best = INFINITY;
    for (size_t i = 0; i < data->n; i++)
        if (!data->weight || data->weight[i] > 0)
            x[n++] = data->x[i];
    gsl_sort(x, 1, n);
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || x[i] > x[i - 1])
            x[distinct++] = x[i];
    *knot = NAN;
    for (size_t i = least - 1; i + least < distinct; i++) {
        double width = x[i + 1] - x[i], nearest = x[i], cost = INFINITY, at;
        for (int g = 0; g <= grid; g++) {
            double t = g == grid ? x[i + 1] : x[i] + width * g / grid, here = hinges_fit(data, 1, &t, NULL);
            if (here < cost) {
                cost = here;
                nearest = t;
            }
            if (here < best) {
                best = here;
                *knot = t;
            }
        }
        cost = refine(data, fmax(x[i], nearest - width / grid), fmin(x[i + 1], nearest + width / grid), &at);
        if (cost < best) {
            best = cost;
            *knot = at;
        }
    }
    free(x);
    return best;
}
