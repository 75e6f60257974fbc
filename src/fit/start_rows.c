/* The rows that a search for a start looks at, standardised and weighted, and the output layer on them:
 *   t_i = sqrt(w_i) (y_i - shift) / scale,   min over c of sum_i (sqrt(w_i) (features_i, 1, x_i) . c - t_i)^2. */
#include "base/dense.h"
#include "fit/starts.h"
#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

void crease_start_rows_clear(crease_start_rows *rows) {
    free(rows->raw);
    free(rows->x);
    free(rows->root_weight);
    free(rows->target);
    *rows = (crease_start_rows){0};
}

static void take_row(crease_start_rows *s, const crease_net_problem *problem, size_t i, size_t row) {
    const crease_net *net = problem->net;
    const crease_data *data = &problem->data;
    memcpy(s->raw + i * s->inputs, data->x + row * s->inputs, s->inputs * sizeof(double));
    for (size_t k = 0; k < s->inputs; k++)
        s->x[k * s->rows + i] = (data->x[row * s->inputs + k] - net->input_shift[k]) / net->input_scale[k];
    s->root_weight[i] = problem->root_weight[row] * problem->y_scale; /* weights of sum 1 */
    for (size_t o = 0; o < s->outputs; o++)
        s->target[o * s->rows + i] =
            s->root_weight[i] * (data->y[row * s->outputs + o] - net->output_shift[o]) / net->output_scale[o];
}

bool crease_start_rows_take(crease_start_rows *s, const crease_net_problem *problem, gsl_rng *generator) {
    const crease_data *data = &problem->data;
    size_t usable = 0, rows = data->n < CREASE_START_ROWS ? data->n : CREASE_START_ROWS;
    size_t *all = malloc(data->n * sizeof *all), *taken = malloc(rows * sizeof *taken);
    *s = (crease_start_rows){.inputs = data->inputs, .outputs = data->outputs};
    s->raw = malloc(rows * s->inputs * sizeof(double));
    s->x = malloc(rows * s->inputs * sizeof(double));
    s->root_weight = malloc(rows * sizeof(double));
    s->target = malloc(rows * s->outputs * sizeof(double));
    bool ok = all && taken && s->raw && s->x && s->root_weight && s->target;
    for (size_t i = 0; ok && i < data->n; i++)
        if (!data->weight || data->weight[i] > 0)
            all[usable++] = i;
    s->rows = rows < usable ? rows : usable;
    if (ok && s->rows < usable)
        gsl_ran_choose(generator, taken, s->rows, all, usable, sizeof *all);
    else if (ok)
        memcpy(taken, all, s->rows * sizeof *all);
    for (size_t i = 0; ok && i < s->rows; i++)
        take_row(s, problem, i, taken[i]);
    free(all);
    free(taken);
    return ok;
}

/* Features of the last layer, the constant and the inputs of every row, weighted. */
static void fill_features(const crease_net *net, const crease_start_rows *s, crease_work *work,
                          const double *theta, size_t width, size_t columns, double *Phi) {
    crease_net_features(net, theta, work, s->rows, s->raw, Phi, columns);
    for (size_t i = 0; i < s->rows; i++) {
        double *row = Phi + i * columns;
        row[width] = 1;
        for (size_t k = 0; net->affine && k < net->inputs; k++)
            row[width + 1 + k] = s->x[k * s->rows + i];
        for (size_t j = 0; j < columns; j++)
            row[j] *= s->root_weight[i];
    }
}

bool crease_start_solve_outputs(const crease_net *net, const crease_start_rows *s, crease_work *work,
                                double *theta) {
    size_t width = net->layer_count ? net->layer[net->layer_count - 1].width : 0;
    size_t columns = width + 1 + (net->affine ? net->inputs : 0), outputs = net->outputs;
    double *Phi = malloc(s->rows * columns * sizeof *Phi), *B = malloc(s->rows * outputs * sizeof *B);
    double *X = malloc(columns * outputs * sizeof *X);
    crease_dense_solver *solver = crease_dense_solver_new(columns, outputs);
    bool ok = Phi && B && X && solver;
    if (!ok)
        goto done;
    fill_features(net, s, work, theta, width, columns, Phi);
    for (size_t i = 0; i < s->rows; i++)
        for (size_t o = 0; o < outputs; o++)
            B[i * outputs + o] = s->target[o * s->rows + i];
    /* a basis that overflows leaves the output layer at zero, which is a start too */
    bool solved = crease_dense_solve_least_squares(solver, s->rows, columns, Phi, columns, outputs, B,
                                                   outputs, X, outputs, NULL, NULL);
    for (size_t o = 0; solved && o < outputs; o++) {
        for (size_t u = 0; u < width; u++)
            theta[net->output_weights + o * width + u] = X[u * outputs + o];
        theta[net->output_biases + o] = X[width * outputs + o];
        for (size_t k = 0; net->affine && k < net->inputs; k++)
            theta[net->affine_weights + o * net->inputs + k] = X[(width + 1 + k) * outputs + o];
    }
done:
    free(Phi);
    free(B);
    free(X);
    crease_dense_solver_free(solver);
    return ok;
}
