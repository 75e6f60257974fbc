/* A layer of hinge units on few rows, fitted through inner products alone. With a = (x, 1) and s_u(i) the slope of
 * unit u at row i, 1 above its hinge and below[u] under it, the unit is homogeneous:
 *   phi_u = E_u w_u,   E_u = [s_u a_k],   d phi_u / d w_u = E_u,
 * so the Gram matrix of B = [E, constant (and x), target] holds all that a step of variable projection needs.
 * With Phi = [phi_u, constant (and x)], F = Phi'Phi, c_o = F^-1 Phi't_o, r_o = Phi c_o - t_o and Kaufman's (1975)
 * Jacobian,
 *   gradient = sum_o c_uo E_u'r_o,   J'J = (E'E - E'Phi F^-1 Phi'E) * sum_o c_o c_o'   entry by entry, block (u, v)
 * by c_uo c_vo. |w_u| = 1 is the gauge, so scales cannot drift. The squared condition number is paid for by a ridge
 * of 1e-12: this is for searching, the result is polished by orthogonal factors elsewhere. */
#include "base/dense.h"
#include "fit/starts.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double RIDGE = 1e-12;

enum { REJECTIONS = 5 };

static size_t weight_count(const crease_hinge_layer *l) {
    return l->units * (l->inputs + 1);
}

static size_t column_count(const crease_hinge_layer *l) {
    return weight_count(l) + l->linear + l->outputs;
}

/* Sizes of the arrays, in this order; the products are far below SIZE_MAX where crease_exchange_applies. */
static bool point_make(crease_hinge_point *point, const crease_hinge_layer *l) {
    point->weight = calloc(weight_count(l), sizeof(double));
    point->output = calloc(l->outputs * (l->units + l->linear), sizeof(double));
    point->gram = malloc(weight_count(l) * column_count(l) * sizeof(double));
    point->product = malloc((l->units + l->linear) * column_count(l) * sizeof(double));
    return point->weight && point->output && point->gram && point->product;
}

static void point_clear(crease_hinge_point *point) {
    free(point->weight);
    free(point->output);
    free(point->gram);
    free(point->product);
}

void crease_hinge_layer_clear(crease_hinge_layer *l) {
    point_clear(&l->now);
    point_clear(&l->trial);
    free(l->columns);
    free(l->fixed);
    free(l->normal);
    free(l->factor);
    free(l->side);
    free(l->system);
    free(l->step);
    free(l->usefulness);
}

/* The constant, the inputs and the targets: columns that never change. Targets are in units of one residual. */
static void fill_fixed_columns(crease_hinge_layer *l, const crease_net *net) {
    const crease_start_rows *rows = l->rows;
    size_t n = rows->rows, m = l->linear + l->outputs;
    double *column = l->columns + weight_count(l) * n, largest = 0;
    for (size_t o = 0; o < l->outputs; o++)
        largest = fmax(largest, net->output_scale[o]);
    memcpy(column, rows->root_weight, n * sizeof *column);
    for (size_t k = 0; k + 1 < l->linear; k++)
        for (size_t i = 0; i < n; i++)
            column[(k + 1) * n + i] = rows->root_weight[i] * rows->x[k * n + i];
    for (size_t o = 0; o < l->outputs; o++)
        for (size_t i = 0; i < n; i++)
            column[(l->linear + o) * n + i] = rows->target[o * n + i] * (net->output_scale[o] / largest);
    crease_dense_gemm(false, true, m, m, n, 1, column, n, column, n, 0, l->fixed, m);
    l->target_square = 0;
    for (size_t o = 0; o < l->outputs; o++)
        l->target_square += l->fixed[(l->linear + o) * (m + 1)];
}

bool crease_hinge_layer_make(crease_hinge_layer *l, const crease_start_rows *rows, const crease_net *net,
                             const double *below) {
    *l = (crease_hinge_layer){.rows = rows,
                              .units = net->layer[0].width,
                              .inputs = net->inputs,
                              .outputs = net->outputs,
                              .linear = 1 + (net->affine ? net->inputs : 0),
                              .below = below};
    size_t N = l->units + l->linear, m = weight_count(l), fixed = l->linear + l->outputs;
    l->columns = malloc(column_count(l) * rows->rows * sizeof(double));
    l->fixed = malloc(fixed * fixed * sizeof(double));
    l->normal = malloc(N * N * sizeof(double));
    l->factor = malloc((N > m ? N * N : m * m) * sizeof(double));
    l->side = malloc((N + 1) * (m + N + l->outputs) * sizeof(double));
    l->system = malloc((m + 1) * m * sizeof(double));
    l->step = malloc(m * sizeof(double));
    l->usefulness = malloc(l->units * sizeof(double));
    bool ok = point_make(&l->now, l) && point_make(&l->trial, l) && l->columns && l->fixed && l->normal &&
              l->factor && l->side && l->system && l->step && l->usefulness;
    if (ok)
        fill_fixed_columns(l, net);
    return ok;
}

static void normalise(const crease_hinge_layer *l, double *weight) {
    size_t width = l->inputs + 1;
    for (size_t u = 0; u < l->units; u++) {
        double norm = crease_dense_norm(width, weight + u * width);
        for (size_t k = 0; k < width; k++)
            weight[u * width + k] = norm > 0 ? weight[u * width + k] / norm : k == l->inputs;
    }
}

/* E of these weights, into the first columns. */
static void fill_unit_columns(crease_hinge_layer *l, const double *weight) {
    const crease_start_rows *rows = l->rows;
    size_t n = rows->rows, width = l->inputs + 1;
    for (size_t u = 0; u < l->units; u++) {
        double *column = l->columns + u * width * n, *slope = column + l->inputs * n, below = l->below[u];
        const double *w = weight + u * width;
        for (size_t i = 0; i < n; i++)
            slope[i] = w[l->inputs];
        for (size_t k = 0; k < l->inputs; k++)
            for (size_t i = 0; i < n; i++)
                slope[i] += w[k] * rows->x[k * n + i];
        for (size_t i = 0; i < n; i++)
            slope[i] = (slope[i] > 0 ? 1 : below) * rows->root_weight[i];
        for (size_t k = 0; k < l->inputs; k++)
            for (size_t i = 0; i < n; i++)
                column[k * n + i] = slope[i] * rows->x[k * n + i];
    }
}

/* product = Phi'B from the Gram matrix; normal = F. */
static void fill_products(crease_hinge_layer *l, crease_hinge_point *point) {
    size_t width = l->inputs + 1, m = weight_count(l), M = column_count(l), fixed = l->linear + l->outputs;
    size_t N = l->units + l->linear;
    for (size_t u = 0; u < l->units; u++) {
        double *row = point->product + u * M;
        memset(row, 0, M * sizeof *row);
        for (size_t k = 0; k < width; k++)
            for (size_t j = 0; j < M; j++)
                row[j] += point->weight[u * width + k] * point->gram[(u * width + k) * M + j];
    }
    for (size_t a = 0; a < l->linear; a++) {
        double *row = point->product + (l->units + a) * M;
        for (size_t j = 0; j < m; j++)
            row[j] = point->gram[j * M + m + a];
        memcpy(row + m, l->fixed + a * fixed, fixed * sizeof *row);
    }
    for (size_t i = 0; i < N; i++) {
        const double *row = point->product + i * M;
        for (size_t u = 0; u < l->units; u++)
            l->normal[i * N + u] = crease_dense_dot(width, row + u * width, point->weight + u * width);
        memcpy(l->normal + i * N + l->units, row + m, l->linear * sizeof *row);
    }
}

static double root_of_diagonal(const crease_hinge_layer *l, size_t i) {
    double square = l->normal[i * (l->units + l->linear) + i];
    return square > 0 ? sqrt(square) : 1;
}

/* side (N x columns) := F^-1 side through the factor of F with a unit diagonal. */
static void solve_normal(const crease_hinge_layer *l, size_t columns) {
    size_t N = l->units + l->linear;
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < columns; j++)
            l->side[i * columns + j] /= root_of_diagonal(l, i);
    crease_dense_cholesky_solve(N, l->factor, N, columns, l->side, columns);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < columns; j++)
            l->side[i * columns + j] /= root_of_diagonal(l, i);
}

static bool factor_normal(const crease_hinge_layer *l) {
    size_t N = l->units + l->linear;
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++)
            l->factor[i * N + j] = l->normal[i * N + j] / root_of_diagonal(l, i) / root_of_diagonal(l, j);
        l->factor[i * N + i] = 1 + RIDGE;
    }
    return crease_dense_cholesky(N, l->factor, N);
}

/* output = F^-1 Phi't and the loss; leaves normal and factor. */
static bool solve_outputs(crease_hinge_layer *l, crease_hinge_point *point) {
    size_t N = l->units + l->linear, M = column_count(l), target = weight_count(l) + l->linear;
    if (!factor_normal(l))
        return false;
    for (size_t i = 0; i < N; i++)
        memcpy(l->side + i * l->outputs, point->product + i * M + target, l->outputs * sizeof(double));
    solve_normal(l, l->outputs);
    double twice = l->target_square;
    for (size_t o = 0; o < l->outputs; o++) {
        double *c = point->output + o * N;
        for (size_t i = 0; i < N; i++)
            c[i] = l->side[i * l->outputs + o];
        for (size_t i = 0; i < N; i++)
            twice +=
                c[i] * (crease_dense_dot(N, l->normal + i * N, c) - 2 * point->product[i * M + target + o]);
    }
    point->loss = fmax(twice, 0) / 2;
    return isfinite(twice);
}

static bool evaluate(crease_hinge_layer *l, crease_hinge_point *point) {
    size_t n = l->rows->rows, m = weight_count(l), M = column_count(l);
    normalise(l, point->weight);
    fill_unit_columns(l, point->weight);
    crease_dense_gram(m, n, l->columns, n, point->gram, M);
    crease_dense_gemm(false, true, m, M - m, n, 1, l->columns, n, l->columns + m * n, n, 0, point->gram + m,
                      M);
    fill_products(l, point);
    return solve_outputs(l, point);
}

/* What the loss rises by when a unit's output is forced to zero and the others follow: c^2 / (F^-1)_uu / 2. */
static void fill_usefulness(crease_hinge_layer *l) {
    size_t N = l->units + l->linear;
    memset(l->side, 0, N * N * sizeof *l->side);
    for (size_t i = 0; i < N; i++)
        l->side[i * N + i] = 1;
    solve_normal(l, N);
    for (size_t u = 0; u < l->units; u++) {
        double square = 0;
        for (size_t o = 0; o < l->outputs; o++)
            square += l->now.output[o * N + u] * l->now.output[o * N + u];
        l->usefulness[u] = square / l->side[u * N + u] / 2;
    }
}

bool crease_hinge_layer_evaluate(crease_hinge_layer *l) {
    bool ok = evaluate(l, &l->now);
    if (ok)
        fill_usefulness(l);
    return ok;
}

/* system = J'J and step = -gradient at `now`, whose normal and factor are in place. */
static void fill_system(crease_hinge_layer *l) {
    const crease_hinge_point *point = &l->now;
    size_t width = l->inputs + 1, m = weight_count(l), M = column_count(l), N = l->units + l->linear;
    for (size_t i = 0; i < N; i++)
        memcpy(l->side + i * m, point->product + i * M, m * sizeof(double));
    solve_normal(l, m);
    for (size_t j = 0; j < m; j++)
        memcpy(l->system + j * m, point->gram + j * M, m * sizeof(double));
    crease_dense_gemm(true, false, m, m, N, -1, point->product, M, l->side, m, 1, l->system, m);
    for (size_t u = 0; u < l->units; u++)
        for (size_t v = 0; v < l->units; v++) {
            double factor = 0;
            for (size_t o = 0; o < l->outputs; o++)
                factor += point->output[o * N + u] * point->output[o * N + v];
            for (size_t k = 0; k < width; k++)
                for (size_t j = 0; j < width; j++)
                    l->system[(u * width + k) * m + v * width + j] *= factor;
        }
    for (size_t j = 0; j < m; j++) {
        l->step[j] = 0;
        for (size_t o = 0; o < l->outputs; o++) {
            const double *c = point->output + o * N;
            double product = -point->gram[j * M + m + l->linear + o];
            for (size_t i = 0; i < N; i++)
                product += c[i] * point->product[i * M + j];
            l->step[j] -= c[j / width] * product;
        }
    }
}

/* trial = now + (J'J + lambda diag(J'J))^-1 (-gradient). */
static bool take_step(crease_hinge_layer *l, double lambda) {
    size_t m = weight_count(l);
    double trace = 0, *side = l->system + m * m;
    for (size_t j = 0; j < m; j++)
        trace += l->system[j * m + j];
    memcpy(l->factor, l->system, m * m * sizeof(double));
    for (size_t j = 0; j < m; j++)
        l->factor[j * m + j] += lambda * fabs(l->system[j * m + j]) + RIDGE * trace;
    memcpy(side, l->step, m * sizeof(double));
    if (!(trace > 0) || !crease_dense_cholesky(m, l->factor, m))
        return false;
    crease_dense_cholesky_solve(m, l->factor, m, 1, side, 1);
    for (size_t j = 0; j < m; j++)
        l->trial.weight[j] = l->now.weight[j] + side[j];
    return evaluate(l, &l->trial);
}

bool crease_hinge_layer_descend(crease_hinge_layer *l, size_t steps) {
    double lambda = 1e-2;
    size_t rejected = 0, stalled = 0;
    if (!evaluate(l, &l->now))
        return false;
    fill_system(l);
    for (size_t step = 0; step < steps && rejected < REJECTIONS && stalled < 2; step++) {
        double before = l->now.loss;
        if (!take_step(l, lambda) || l->trial.loss >= before) {
            lambda *= 4;
            rejected++;
            continue;
        }
        crease_hinge_point swap = l->now;
        l->now = l->trial;
        l->trial = swap;
        stalled = before - l->now.loss < 1e-4 * before ? stalled + 1 : 0;
        rejected = 0;
        lambda = fmax(lambda / 3, 1e-9);
        fill_system(l);
    }
    return true;
}
