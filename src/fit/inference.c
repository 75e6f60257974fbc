/* Standard errors of kinks by the delta method.
 *
 * One input, one hidden layer: the kink of a unit is k = -b/w. With the redundant scale w held, dk/db = -1/w,
 * and the variance of b in the linearised regression is s^2 / |b_perp|^2, where b_perp is the column of b in
 * the Jacobian after regression on all other columns (Frisch & Waugh 1933) and s^2 = SSE / (n - n_free). A
 * column that the others explain to rounding (a dead unit, a kink without data on one side) is not
 * identified. */
#include "base/dense.h"
#include "fit/methods.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_AT_A_TIME = 4096,
    COLUMN_BY_COLUMN = 128 /* columns up to which a rank deficient regression is taken apart */
};

static const double NOT_IDENTIFIED = 1e-9; /* |b_perp| over |b| */

typedef struct regression {
    size_t columns;
    double *R;         /* columns x columns, R'R = J'J of the columns that are free */
    size_t *column_of; /* of theta: its column, or SIZE_MAX where it is held */
    double variance;   /* s^2 */
} regression;

static void regression_clear(regression *g) {
    free(g->R);
    free(g->column_of);
}

/* Everything is free but the incoming weight of homogeneous units. */
static void choose_columns(const crease_net *net, regression *g) {
    const crease_layer *layer = &net->layer[0];
    for (size_t j = 0; j < net->parameter_count; j++)
        g->column_of[j] = 0;
    for (size_t u = 0; u < layer->width; u++) {
        double parameter;
        if (crease_activation_is_homogeneous(crease_net_unit(net, 0, u, &parameter)->activation))
            g->column_of[layer->weights + u] = SIZE_MAX;
    }
    for (size_t j = 0; j < net->parameter_count; j++)
        if (g->column_of[j] == 0)
            g->column_of[j] = g->columns++;
}

static size_t used_rows(const crease_data *data) {
    size_t used = 0;
    for (size_t i = 0; i < data->n; i++)
        used += !data->weight || data->weight[i] > 0 ? 1 : 0;
    return used;
}

/* Folds the weighted Jacobian into R block by block, with R on top of each block. */
static bool accumulate(const crease_net *net, const crease_data *data, regression *g) {
    size_t p = net->parameter_count, c = g->columns;
    bool ok = false;
    crease_work *work = NULL;
    double *J = malloc(ROWS_AT_A_TIME * p * sizeof *J), *y = malloc(ROWS_AT_A_TIME * sizeof *y);
    double *stack = calloc((ROWS_AT_A_TIME + c) * c, sizeof *stack);
    crease_dense_solver *solver = crease_dense_solver_new(c, 0);
    double sse = 0;
    if (!J || !y || !stack || !solver || crease_work_new(net, &work, NULL) != CREASE_OK)
        goto done;
    for (size_t i = 0; i < data->n; i += ROWS_AT_A_TIME) {
        size_t count = data->n - i < ROWS_AT_A_TIME ? data->n - i : ROWS_AT_A_TIME;
        crease_net_jacobian(net, NULL, work, count, data->x + i, y, J, p);
        memcpy(stack, g->R, c * c * sizeof *stack);
        for (size_t k = 0; k < count; k++) {
            double weight = data->weight ? data->weight[i + k] : 1, *row = stack + (c + k) * c;
            /* in units of the output scale, so that no square overflows or vanishes */
            double residual = (y[k] - data->y[i + k]) / net->output_scale[0];
            sse += weight * residual * residual;
            for (size_t j = 0; j < p; j++)
                if (g->column_of[j] != SIZE_MAX)
                    row[g->column_of[j]] = sqrt(weight) * (J[k * p + j] / net->output_scale[0]);
        }
        if (!crease_dense_triangular_factor(solver, c + count, c, stack, c, 0, NULL, 0, g->R))
            goto done;
    }
    g->variance = sse / (double)(used_rows(data) - c);
    ok = true;
done:
    free(J);
    free(y);
    free(stack);
    crease_dense_solver_free(solver);
    crease_work_free(work);
    return ok;
}

/* Length of column j of R less its regression on the others; NaN where the others explain it. */
static bool length_left(const regression *g, size_t j, double *left) {
    size_t c = g->columns, others = c - 1;
    double *A = malloc(c * others * sizeof *A), *b = malloc(c * sizeof *b), *x = malloc(c * sizeof *x);
    crease_dense_solver *solver = crease_dense_solver_new(others, 1);
    bool ok = A && b && x && solver;
    for (size_t i = 0; ok && i < c; i++) {
        b[i] = g->R[i * c + j];
        for (size_t k = 0, to = 0; k < c; k++)
            if (k != j)
                A[i * others + to++] = g->R[i * c + k];
    }
    if (ok)
        ok = crease_dense_solve_least_squares(solver, c, others, A, others, 1, b, 1, x, 1, NULL, left);
    if (ok && *left <= NOT_IDENTIFIED * crease_dense_norm(c, b))
        *left = NAN;
    free(A);
    free(b);
    free(x);
    crease_dense_solver_free(solver);
    return ok;
}

/* Standard errors of all coefficients: the diagonal of (R'R)^-1 where R has full rank; else column by column,
 * since one column that is not identified says nothing about the others. */
static bool standard_errors(const regression *g, double *error) {
    size_t c = g->columns;
    double *inverse = malloc(c * c * sizeof *inverse);
    crease_dense_solver *solver = crease_dense_solver_new(c, 0);
    bool ok = inverse && solver;
    bool regular = ok && crease_dense_gram_inverse(solver, c, c, g->R, c, inverse, NULL);
    for (size_t j = 0; ok && j < c; j++) {
        double left = NAN;
        if (regular)
            left = 1 / sqrt(inverse[j * c + j]);
        else if (c <= COLUMN_BY_COLUMN)
            ok = length_left(g, j, &left);
        error[j] = sqrt(g->variance) / left;
    }
    free(inverse);
    crease_dense_solver_free(solver);
    return ok;
}

/* The unit whose corner makes this kink: the nearest one. */
static size_t unit_of_kink(const crease_net *net, double x) {
    const crease_layer *layer = &net->layer[0];
    size_t nearest = SIZE_MAX;
    double least = INFINITY;
    for (size_t u = 0; u < layer->width; u++) {
        double parameter;
        const crease_group *group = crease_net_unit(net, 0, u, &parameter);
        double corner = -net->theta[layer->biases + u] / net->theta[layer->weights + u];
        double distance = fabs(net->input_shift[0] + net->input_scale[0] * corner - x);
        if (crease_activation_is_homogeneous(group->activation) && distance < least) {
            least = distance;
            nearest = u;
        }
    }
    return nearest;
}

static crease_status fill_standard_errors(const crease_net *net, const crease_data *data, crease_kink *kinks,
                                          size_t count, crease_error *error) {
    const crease_layer *layer = &net->layer[0];
    double *of_column = NULL;
    regression g = {.column_of = malloc(net->parameter_count * sizeof *g.column_of)};
    bool ok = g.column_of != NULL;
    if (ok) {
        choose_columns(net, &g);
        g.R = calloc(g.columns * g.columns, sizeof *g.R);
        of_column = malloc(g.columns * sizeof *of_column);
        ok = g.R && of_column;
    }
    if (ok && used_rows(data) > g.columns)
        ok = accumulate(net, data, &g) && standard_errors(&g, of_column);
    else
        count = 0; /* no degrees of freedom: nothing is known of the noise */
    for (size_t i = 0; ok && i < count; i++) {
        size_t u = unit_of_kink(net, kinks[i].x);
        if (u != SIZE_MAX)
            kinks[i].standard_error = of_column[g.column_of[layer->biases + u]] * net->input_scale[0] /
                                      fabs(net->theta[layer->weights + u]);
    }
    free(of_column);
    regression_clear(&g);
    return ok ? CREASE_OK : crease_fail(error, CREASE_NO_MEMORY, "out of memory for standard errors");
}

crease_status crease_fit_kinks(const crease_net *net, const crease_data *data, crease_kink **kinks,
                               size_t *count, crease_error *error) {
    crease_status status = crease_net_kinks(net, kinks, count, error);
    if (status != CREASE_OK)
        return status;
    double low = INFINITY, high = -INFINITY;
    size_t inside = 0;
    for (size_t i = 0; i < data->n; i++)
        if (!data->weight || data->weight[i] > 0) {
            low = fmin(low, data->x[i]);
            high = fmax(high, data->x[i]);
        }
    for (size_t i = 0; i < *count; i++)
        if ((*kinks)[i].x > low && (*kinks)[i].x < high)
            (*kinks)[inside++] = (*kinks)[i];
    *count = inside;
    if (inside > 0 && net->layer_count == 1)
        status = fill_standard_errors(net, data, *kinks, inside, error);
    if (status != CREASE_OK || inside == 0) {
        free(*kinks);
        *kinks = NULL;
        *count = 0;
    }
    return status;
}
