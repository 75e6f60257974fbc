/* A network on data as a least-squares problem.
 *
 *   r_i = sqrt(w_i / sum w) (f(x_i; theta) - y_i) / sd(y),  followed, with l2 > 0, by  sqrt(l2) theta_j  for
 * each weight, so that F = |r|^2 / 2 is half the mean square error in units of sd(y), plus l2/2 |weights|^2.
 */
#include "base/dense.h"
#include "fit/methods.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 512 /* rows evaluated at a time where no Jacobian is kept */ };

typedef struct workspace {
    crease_work *work;
    double *y;  /* n x outputs, or CHUNK x outputs where only chunks are needed */
    double *dy; /* CHUNK x outputs */
    double *x;  /* CHUNK x inputs, gathered rows */
    double *J;  /* CHUNK x outputs x parameters, made when first needed */
    double *r;  /* CHUNK x outputs */
} workspace;

static void workspace_free(void *memory) {
    workspace *w = memory;
    if (!w)
        return;
    crease_work_free(w->work);
    free(w->y);
    free(w->dy);
    free(w->x);
    free(w->J);
    free(w->r);
    free(w);
}

static void *workspace_new(const void *context) {
    const crease_net_problem *p = context;
    size_t outputs = p->net->outputs, inputs = p->net->inputs;
    workspace *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->y = malloc(CHUNK * outputs * sizeof(double));
    w->dy = malloc(CHUNK * outputs * sizeof(double));
    w->r = malloc(CHUNK * outputs * sizeof(double));
    w->x = malloc(CHUNK * inputs * sizeof(double));
    if (!w->y || !w->dy || !w->r || !w->x || crease_work_new(p->net, &w->work, NULL) != CREASE_OK) {
        workspace_free(w);
        return NULL;
    }
    crease_work_set_derivative_at_zero(w->work, p->derivative_at_zero);
    return w;
}

static size_t chunk_at(size_t i, size_t n) {
    return n - i < CHUNK ? n - i : CHUNK;
}

/* Residuals of `count` rows whose predictions are in y; returns false when one is not finite. */
static bool residuals_of(const crease_net_problem *p, size_t first, size_t count, const double *y,
                         double *r) {
    size_t outputs = p->net->outputs;
    double check = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t o = 0; o < outputs; o++) {
            double residual =
                p->root_weight[first + i] * (y[i * outputs + o] - p->data.y[(first + i) * outputs + o]);
            r[i * outputs + o] = residual;
            check += residual * residual;
        }
    return isfinite(check);
}

static void penalty_residuals(const crease_net_problem *p, const double *theta, double *r) {
    for (size_t j = 0; p->l2 > 0 && j < p->net->parameter_count; j++)
        r[j] = p->is_weight[j] ? sqrt(p->l2) * theta[j] : 0;
}

static bool residual(const void *context, void *work, const double *theta, double *r) {
    const crease_net_problem *p = context;
    workspace *w = work;
    size_t n = p->data.n, outputs = p->net->outputs;
    bool finite = true;
    for (size_t i = 0; finite && i < n; i += CHUNK) {
        size_t count = chunk_at(i, n);
        crease_net_evaluate(p->net, theta, w->work, count, p->data.x + i * p->net->inputs, w->y);
        finite = residuals_of(p, i, count, w->y, r + i * outputs);
    }
    penalty_residuals(p, theta, r + n * outputs);
    return finite;
}

static void weigh_rows(const crease_net_problem *p, size_t first, size_t count, double *J, size_t stride) {
    size_t outputs = p->net->outputs;
    for (size_t i = 0; i < count * outputs; i++)
        for (size_t j = 0; j < p->net->parameter_count; j++)
            J[i * stride + j] *= p->root_weight[first + i / outputs];
}

static bool jacobian(const void *context, void *work, const double *theta, double *r, double *J) {
    const crease_net_problem *p = context;
    workspace *w = work;
    size_t n = p->data.n, outputs = p->net->outputs, parameters = p->net->parameter_count;
    bool finite = true;
    for (size_t i = 0; i < n; i += CHUNK) {
        size_t count = chunk_at(i, n);
        double *rows = J + i * outputs * parameters;
        crease_net_jacobian(p->net, theta, w->work, count, p->data.x + i * p->net->inputs, w->y, rows,
                            parameters);
        weigh_rows(p, i, count, rows, parameters);
        finite = residuals_of(p, i, count, w->y, r ? r + i * outputs : w->r) && finite;
    }
    if (p->l2 > 0) {
        double *rows = J + n * outputs * parameters;
        memset(rows, 0, parameters * parameters * sizeof *rows);
        for (size_t j = 0; j < parameters; j++)
            rows[j * parameters + j] = p->is_weight[j] ? sqrt(p->l2) : 0;
        if (r)
            penalty_residuals(p, theta, r + n * outputs);
    }
    return finite;
}

static double add_penalty_gradient(const crease_net_problem *p, const double *theta, double *gradient) {
    double loss = 0;
    for (size_t j = 0; p->l2 > 0 && j < p->net->parameter_count; j++)
        if (p->is_weight[j]) {
            loss += p->l2 * theta[j] * theta[j] / 2;
            gradient[j] += p->l2 * theta[j];
        }
    return loss;
}

/* A batch stands for the whole data: its loss and gradient are scaled by n / row_count. */
static bool gradient(const void *context, void *work, const double *theta, const size_t *rows,
                     size_t row_count, double *loss, double *gradient) {
    const crease_net_problem *p = context;
    workspace *w = work;
    size_t inputs = p->net->inputs, outputs = p->net->outputs, total = rows ? row_count : p->data.n;
    double sum = 0, scale = (double)p->data.n / (double)total;
    memset(gradient, 0, p->net->parameter_count * sizeof *gradient);
    for (size_t i = 0; i < total; i += CHUNK) {
        size_t count = chunk_at(i, total);
        const double *x = p->data.x + i * inputs;
        if (rows) {
            for (size_t k = 0; k < count; k++)
                memcpy(w->x + k * inputs, p->data.x + rows[i + k] * inputs, inputs * sizeof(double));
            x = w->x;
        }
        crease_net_evaluate(p->net, theta, w->work, count, x, w->y);
        for (size_t k = 0; k < count; k++)
            for (size_t o = 0; o < outputs; o++) {
                size_t row = rows ? rows[i + k] : i + k;
                double error = w->y[k * outputs + o] - p->data.y[row * outputs + o];
                double weight = p->root_weight[row] * p->root_weight[row];
                sum += weight * error * error;
                w->dy[k * outputs + o] = scale * weight * error;
            }
        crease_net_gradient(p->net, theta, w->work, count, x, w->dy, NULL, gradient);
    }
    *loss = scale * sum / 2 + add_penalty_gradient(p, theta, gradient);
    return isfinite(*loss);
}

static bool normal_equations(const void *context, void *work, const double *theta, double *JtJ, double *Jtr) {
    const crease_net_problem *p = context;
    workspace *w = work;
    size_t n = p->data.n, outputs = p->net->outputs, parameters = p->net->parameter_count;
    if (!w->J && !(w->J = malloc(CHUNK * outputs * parameters * sizeof(double))))
        return false;
    bool finite = true;
    memset(JtJ, 0, parameters * parameters * sizeof *JtJ);
    memset(Jtr, 0, parameters * sizeof *Jtr);
    for (size_t i = 0; i < n; i += CHUNK) {
        size_t count = chunk_at(i, n), rows = count * outputs;
        crease_net_jacobian(p->net, theta, w->work, count, p->data.x + i * p->net->inputs, w->y, w->J,
                            parameters);
        weigh_rows(p, i, count, w->J, parameters);
        finite = residuals_of(p, i, count, w->y, w->r) && finite;
        crease_dense_gemm(true, false, parameters, parameters, rows, 1, w->J, parameters, w->J, parameters, 1,
                          JtJ, parameters);
        crease_dense_gemm(true, false, parameters, 1, rows, 1, w->J, parameters, w->r, 1, 1, Jtr, 1);
    }
    add_penalty_gradient(p, theta, Jtr);
    for (size_t j = 0; p->l2 > 0 && j < parameters; j++)
        JtJ[j * parameters + j] += p->is_weight[j] ? p->l2 : 0;
    return finite;
}

/* Phi = root_weight * output_scale * [features, 1, standardised inputs]; one output only. */
static bool basis(const void *context, void *work, const double *theta, double *Phi, double *target) {
    const crease_net_problem *p = context;
    workspace *w = work;
    const crease_net *net = p->net;
    size_t columns = net->parameter_count - net->linear_from;
    size_t width = net->output_biases - net->output_weights;
    double check = 0;
    for (size_t i = 0; i < p->data.n; i += CHUNK) {
        size_t count = chunk_at(i, p->data.n);
        double *rows = Phi + i * columns;
        crease_net_features(net, theta, w->work, count, p->data.x + i * net->inputs, rows, columns);
        for (size_t k = 0; k < count; k++) {
            double *row = rows + k * columns, factor = p->root_weight[i + k] * net->output_scale[0];
            const double *x = p->data.x + (i + k) * net->inputs;
            row[width] = 1;
            for (size_t d = 0; net->affine && d < net->inputs; d++)
                row[width + 1 + d] = (x[d] - net->input_shift[d]) / net->input_scale[d];
            for (size_t j = 0; j < columns; j++) {
                row[j] *= factor;
                check += fabs(row[j]);
            }
            target[i + k] = p->root_weight[i + k] * (p->data.y[i + k] - net->output_shift[0]);
        }
    }
    return isfinite(check);
}

static void set_bias_shift(void *work, double gamma) {
    crease_work_set_bias_shift(((workspace *)work)->work, gamma);
}

static void mark_weights(const crease_net *net, bool *is_weight) {
    for (size_t l = 0; l < net->layer_count; l++)
        for (size_t j = net->layer[l].weights; j < net->layer[l].biases; j++)
            is_weight[j] = true;
    for (size_t j = net->output_weights; j < net->output_biases; j++)
        is_weight[j] = true;
    for (size_t j = net->affine_weights; j < net->parameter_count; j++)
        is_weight[j] = true;
}

crease_status crease_net_problem_new(crease_net_problem **result, const crease_net *net,
                                     const crease_data *data, double y_scale,
                                     const crease_fit_options *options, crease_error *error) {
    *result = NULL;
    crease_net_problem *p = calloc(1, sizeof *p);
    if (!p)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a fit");
    p->net = net;
    p->data = *data;
    p->y_scale = y_scale;
    p->l2 = options->l2;
    p->derivative_at_zero = options->derivative_at_zero;
    p->root_weight = malloc(data->n * sizeof *p->root_weight);
    p->is_weight = calloc(net->parameter_count, sizeof *p->is_weight);
    if (!p->root_weight || !p->is_weight) {
        crease_net_problem_free(p);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the weights of %zu rows", data->n);
    }
    double total = 0;
    for (size_t i = 0; i < data->n; i++)
        total += data->weight ? data->weight[i] : 1;
    for (size_t i = 0; i < data->n; i++)
        p->root_weight[i] = sqrt((data->weight ? data->weight[i] : 1) / total) / y_scale;
    mark_weights(net, p->is_weight);
    *result = p;
    return CREASE_OK;
}

void crease_net_problem_free(crease_net_problem *p) {
    if (!p)
        return;
    free(p->root_weight);
    free(p->is_weight);
    free(p->hinge);
    free(p);
}

crease_problem crease_net_problem_interface(const crease_net_problem *p) {
    bool separable = p->net->outputs == 1 && p->net->layer_count <= 1 && !(p->l2 > 0);
    return (crease_problem){
        .residuals = p->data.n * p->net->outputs + (p->l2 > 0 ? p->net->parameter_count : 0),
        .parameters = p->net->parameter_count,
        .rows = p->data.n,
        .context = p,
        .work_new = workspace_new,
        .work_free = workspace_free,
        .residual = residual,
        .jacobian = jacobian,
        .gradient = gradient,
        .normal_equations = normal_equations,
        .is_weight = p->is_weight,
        .set_bias_shift = set_bias_shift,
        .linear_from = separable ? p->net->linear_from : p->net->parameter_count,
        .basis = separable ? basis : NULL,
    };
}
