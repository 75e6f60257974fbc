/* Linear models of a curve: B-splines and columns for what happens at one place. */
#include "base/dense.h"
#include "pwl/kink_parts.h"
#include <gsl/gsl_bspline.h>
#include <math.h>
#include <stdlib.h>

double crease_kink_column_value(kink_column column, double x) {
    double d = x - column.at, right = d > 0 ? d : 0;
    switch (column.shape) {
    case KINK_HINGE:
        return right;
    case KINK_SQUARE:
        return right * right;
    case KINK_CUBE:
        return right * right * right;
    case KINK_FOURTH:
        return right * right * right * right;
    case KINK_FIFTH:
        return right * right * right * right * right;
    case KINK_POWER:
        return right * sqrt(right);
    case KINK_ABS_POWER:
        return fabs(d) * sqrt(fabs(d));
    case KINK_STEP:
        return d > 0;
    }
    return 0;
}

double crease_kink_column_slope(kink_column column, double x) {
    double d = x - column.at, right = d > 0 ? d : 0;
    switch (column.shape) {
    case KINK_HINGE:
        return d >= 0;
    case KINK_SQUARE:
        return 2 * right;
    case KINK_CUBE:
        return 3 * right * right;
    case KINK_FOURTH:
        return 4 * right * right * right;
    case KINK_FIFTH:
        return 5 * right * right * right * right;
    case KINK_POWER:
        return 1.5 * sqrt(right);
    case KINK_ABS_POWER:
        return copysign(1.5 * sqrt(fabs(d)), d);
    case KINK_STEP:
        return 0;
    }
    return 0;
}

/* Of the columns of known kinks. */
static double column_curvature(kink_column column, double x) {
    double d = x - column.at;
    if (!(d > 0))
        return 0;
    switch (column.shape) {
    case KINK_SQUARE:
        return 2;
    case KINK_CUBE:
        return 6 * d;
    case KINK_FOURTH:
        return 12 * d * d;
    case KINK_FIFTH:
        return 20 * d * d * d;
    default:
        return 0;
    }
}

size_t crease_kink_columns_of(const kink_list *list, size_t local, size_t without, kink_column *column) {
    static const kink_shape shape[KINK_COLUMNS_MOST] = {KINK_HINGE,  KINK_SQUARE, KINK_CUBE,
                                                        KINK_FOURTH, KINK_FIFTH,  KINK_STEP};
    size_t count = 0;
    for (size_t k = 0; k < list->count; k++) {
        size_t each = k < local ? KINK_COLUMNS_LOCAL : KINK_COLUMNS_GLOBAL;
        for (size_t c = 0; c < each && k != without; c++)
            column[count++] = (kink_column){shape[c], list->kink[k].x};
    }
    return count;
}

size_t crease_kink_model_size(const kink_model *model) {
    return model->order + model->interior + model->columns;
}

static crease_status no_memory(crease_error *error) {
    return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a spline");
}

static bool set_knots(const kink_model *model, const kink_points *points, gsl_bspline_workspace *spline) {
    gsl_vector *breaks = gsl_vector_alloc(model->interior + 2);
    if (!breaks)
        return false;
    for (size_t i = 1; i + 1 < breaks->size; i++) {
        double at = (double)i * (double)(points->n - 1) / (double)(breaks->size - 1), part = at - floor(at);
        const double *x = points->x + (size_t)at;
        gsl_vector_set(breaks, i, x[0] + part * (x[1] - x[0]));
    }
    gsl_vector_set(breaks, 0, 0); /* the ends of all points, which bins lie within */
    gsl_vector_set(breaks, breaks->size - 1, 1);
    bool done = gsl_bspline_knots(breaks, spline) == 0;
    gsl_vector_free(breaks);
    return done;
}

crease_status crease_kink_model_columns(const kink_model *model, const kink_points *points, size_t count,
                                        const double *x, size_t derivative, double *value,
                                        crease_error *error) {
    crease_status status = CREASE_OK;
    const size_t splines = model->order + model->interior, size = crease_kink_model_size(model);
    gsl_bspline_workspace *spline = gsl_bspline_alloc(model->order, model->interior + 2);
    gsl_matrix *all = gsl_matrix_alloc(splines, derivative + 1);
    if (!spline || !all || !set_knots(model, points, spline)) {
        status = no_memory(error);
        goto end;
    }
    for (size_t i = 0; i < count; i++) {
        double *row = value + i * size;
        if (gsl_bspline_deriv_eval(fmin(fmax(x[i], 0), 1), derivative, all, spline) != 0) {
            status = crease_fail(error, CREASE_INTERNAL, "a spline could not be evaluated at %g", x[i]);
            goto end;
        }
        for (size_t j = 0; j < splines; j++)
            row[j] = gsl_matrix_get(all, j, derivative);
        for (size_t j = 0; j < model->columns; j++)
            row[splines + j] = derivative == 0   ? crease_kink_column_value(model->column[j], x[i])
                               : derivative == 1 ? crease_kink_column_slope(model->column[j], x[i])
                                                 : column_curvature(model->column[j], x[i]);
    }
end:
    gsl_matrix_free(all);
    gsl_bspline_free(spline);
    return status;
}

bool crease_kink_orthonormalise(const double *rows, size_t count, size_t n, double *vector) {
    const double nothing = 1e-8;
    double before = crease_dense_norm(n, vector);
    for (int pass = 0; pass < 2; pass++) /* twice is enough: Parlett 1980 */
        for (size_t r = 0; r < count; r++) {
            const double *row = rows + r * n;
            double share = crease_dense_dot(n, row, vector);
            for (size_t i = 0; i < n; i++)
                vector[i] -= share * row[i];
        }
    double length = crease_dense_norm(n, vector);
    bool left = length > nothing * before;
    for (size_t i = 0; i < n; i++)
        vector[i] = left ? vector[i] / length : 0;
    return left;
}

crease_status crease_kink_model_basis(const kink_model *model, const kink_points *points, double *rows,
                                      size_t *rank, crease_error *error) {
    const size_t size = crease_kink_model_size(model), n = points->n;
    double *value = calloc(n * size, sizeof *value);
    if (!value)
        return no_memory(error);
    crease_status status = crease_kink_model_columns(model, points, n, points->x, 0, value, error);
    *rank = 0;
    for (size_t j = 0; j < size && status == CREASE_OK; j++) {
        double *row = rows + *rank * n;
        for (size_t i = 0; i < n; i++)
            row[i] = value[i * size + j] * sqrt(points->weight[i]);
        *rank += crease_kink_orthonormalise(rows, *rank, n, row);
    }
    free(value);
    return status;
}

void crease_kink_weighted_column(const kink_points *points, kink_column column, double *vector) {
    for (size_t i = 0; i < points->n; i++)
        vector[i] = crease_kink_column_value(column, points->x[i]) * sqrt(points->weight[i]);
}

double crease_kink_criterion(size_t n, double sse, double parameters) {
    return (double)n * log(sse) + log((double)n) * parameters;
}
