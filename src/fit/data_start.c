/* A start drawn from the data. The corner (or centre) of every unit of the first hidden layer passes through
 * a data point, in a random direction. With one hidden layer the units are then chosen greedily: of a few
 * dozen candidates each takes the one that explains most of what is left, the gain being (v.e)^2 / v.v with v
 * the candidate's column made orthogonal to the columns chosen so far and e the residual (orthogonal matching
 * pursuit: Pati et al. 1993); a second round lets each unit choose again with all others in place. Deeper
 * layers get He's weights and corners that pass through data points. The output layer is solved by least
 * squares. */
#include "base/dense.h"
#include "crease/random.h"
#include "fit/methods.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    START_ROWS = 1024,
    CANDIDATES = 32,
    CANDIDATES_OF_FIRST_START = 256,
    WORK_OF_START = 65536, /* candidates x width^2 */
    WIDTH_OF_SECOND_ROUND = 32
};

typedef struct start_state {
    const crease_net_problem *problem;
    const crease_net *net;
    gsl_rng *generator;
    double *theta;
    size_t rows;
    double *raw;         /* rows x inputs */
    double *x;           /* inputs x rows, standardised */
    double *root_weight; /* rows */
    double *target;      /* outputs x rows: weighted, standardised y */
    double *residual;    /* outputs x rows */
    double *Q;           /* orthonormal columns, (1 + inputs + width) x rows */
    size_t rank;
    double *column, *chosen;          /* rows */
    double *direction, *trial, *best; /* inputs */
    size_t *order;                    /* width of the first layer */
    crease_work *work;
} start_state;

static void state_clear(start_state *s) {
    free(s->raw);
    free(s->x);
    free(s->root_weight);
    free(s->target);
    free(s->residual);
    free(s->Q);
    free(s->column);
    free(s->chosen);
    free(s->direction);
    free(s->order);
    crease_work_free(s->work);
    if (s->generator)
        gsl_rng_free(s->generator);
}

static bool state_make(start_state *s, uint64_t seed, size_t start) {
    const crease_net *net = s->net;
    size_t n = s->problem->data.n, rows = n < START_ROWS ? n : START_ROWS;
    size_t width = net->layer_count ? net->layer[0].width : 0;
    s->rows = rows;
    s->generator = crease_random_new(seed, start);
    s->raw = malloc(rows * net->inputs * sizeof(double));
    s->x = malloc(rows * net->inputs * sizeof(double));
    s->root_weight = malloc(rows * sizeof(double));
    s->target = malloc(rows * net->outputs * sizeof(double));
    s->residual = malloc(rows * net->outputs * sizeof(double));
    s->Q = malloc(rows * (1 + net->inputs + width) * sizeof(double));
    s->column = malloc(rows * sizeof(double));
    s->chosen = malloc(rows * sizeof(double));
    s->direction = malloc(3 * net->inputs * sizeof(double));
    s->order = malloc((width ? width : 1) * sizeof *s->order);
    if (s->direction) {
        s->trial = s->direction + net->inputs;
        s->best = s->trial + net->inputs;
    }
    return s->generator && s->raw && s->x && s->root_weight && s->target && s->residual && s->Q &&
           s->column && s->chosen && s->direction && s->order &&
           crease_work_new(net, &s->work, NULL) == CREASE_OK;
}

/* Up to START_ROWS rows of positive weight, the same for every start only where all of them fit. */
static bool take_rows(start_state *s) {
    const crease_net *net = s->net;
    const crease_data *data = &s->problem->data;
    size_t *all = malloc(data->n * sizeof *all), *taken = malloc(s->rows * sizeof *taken);
    bool ok = all && taken;
    size_t usable = 0;
    for (size_t i = 0; ok && i < data->n; i++)
        if (!data->weight || data->weight[i] > 0)
            all[usable++] = i;
    if (s->rows > usable)
        s->rows = usable;
    if (ok && s->rows < usable)
        gsl_ran_choose(s->generator, taken, s->rows, all, usable, sizeof *all);
    else if (ok)
        memcpy(taken, all, s->rows * sizeof *all);
    for (size_t i = 0; ok && i < s->rows; i++) {
        size_t row = taken[i];
        memcpy(s->raw + i * net->inputs, data->x + row * net->inputs, net->inputs * sizeof(double));
        for (size_t k = 0; k < net->inputs; k++)
            s->x[k * s->rows + i] =
                (data->x[row * net->inputs + k] - net->input_shift[k]) / net->input_scale[k];
        s->root_weight[i] = s->problem->root_weight[row] * s->problem->y_scale; /* weights of sum 1 */
        for (size_t o = 0; o < net->outputs; o++)
            s->target[o * s->rows + i] = s->root_weight[i] *
                                         (data->y[row * net->outputs + o] - net->output_shift[o]) /
                                         net->output_scale[o];
    }
    free(all);
    free(taken);
    return ok;
}

static void random_direction(start_state *s) {
    size_t inputs = s->net->inputs;
    double norm = 0;
    bool between_points = inputs > 1 && gsl_rng_uniform(s->generator) < .5;
    size_t from = gsl_rng_uniform_int(s->generator, s->rows), to = gsl_rng_uniform_int(s->generator, s->rows);
    for (size_t k = 0; k < inputs; k++) {
        s->direction[k] = between_points ? s->x[k * s->rows + to] - s->x[k * s->rows + from]
                                         : gsl_ran_gaussian(s->generator, 1);
        norm += s->direction[k] * s->direction[k];
    }
    for (size_t k = 0; k < inputs; k++)
        s->direction[k] = norm > 0 ? s->direction[k] / sqrt(norm) : (k == 0 ? 1 : 0);
}

/* Weights and bias of a first-layer unit: corner through a random row; steepness 1 where a scale can be moved
 * to the output weight, else log-uniform between a transition over the whole data and one over a small part
 * of them. */
static void draw_unit(start_state *s, crease_activation activation, double *weight, double *bias) {
    random_direction(s);
    double steepness = crease_activation_is_homogeneous(activation) || activation == CREASE_IDENTITY
                           ? 1
                           : exp(gsl_ran_flat(s->generator, log(.5), log(8)));
    if (activation == CREASE_SIGMOID)
        steepness *=
            2; /* sigma(2z) = (1 + tanh z)/2: the same starts as tanh, so that the two compare fairly */
    size_t row = gsl_rng_uniform_int(s->generator, s->rows);
    *bias = 0;
    for (size_t k = 0; k < s->net->inputs; k++) {
        weight[k] = steepness * s->direction[k];
        *bias -= weight[k] * s->x[k * s->rows + row];
    }
}

static void unit_column(const start_state *s, crease_activation activation, double parameter,
                        const double *weight, double bias, double *column) {
    for (size_t i = 0; i < s->rows; i++)
        column[i] = bias;
    for (size_t k = 0; k < s->net->inputs; k++)
        for (size_t i = 0; i < s->rows; i++)
            column[i] += weight[k] * s->x[k * s->rows + i];
    crease_activation_evaluate(activation, parameter, 0, s->rows, column, column, NULL);
    for (size_t i = 0; i < s->rows; i++)
        column[i] *= s->root_weight[i];
}

/* Makes column orthogonal to Q, twice for accuracy; returns its squared norm relative to before. */
static double orthogonalise(const start_state *s, double *column) {
    double before = crease_dense_dot(s->rows, column, column);
    for (int round = 0; round < 2; round++)
        for (size_t j = 0; j < s->rank; j++) {
            const double *q = s->Q + j * s->rows;
            double share = crease_dense_dot(s->rows, q, column);
            for (size_t i = 0; i < s->rows; i++)
                column[i] -= share * q[i];
        }
    return before > 0 ? crease_dense_dot(s->rows, column, column) / before : 0;
}

/* How much of the residual an orthogonalised column explains. */
static double explained(const start_state *s, const double *column) {
    double square = crease_dense_dot(s->rows, column, column), gain = 0;
    for (size_t o = 0; o < s->net->outputs; o++) {
        double product = crease_dense_dot(s->rows, column, s->residual + o * s->rows);
        gain += product * product / square;
    }
    return gain;
}

/* Appends an orthogonalised column to Q and takes its part out of the residual. */
static void accept_column(start_state *s, const double *column) {
    double norm = crease_dense_norm(s->rows, column);
    double *q = s->Q + s->rank * s->rows;
    for (size_t i = 0; i < s->rows; i++)
        q[i] = column[i] / norm;
    for (size_t o = 0; o < s->net->outputs; o++) {
        double *residual = s->residual + o * s->rows, share = crease_dense_dot(s->rows, q, residual);
        for (size_t i = 0; i < s->rows; i++)
            residual[i] -= share * q[i];
    }
    s->rank++;
}

static const double DEPENDENT = 1e-12; /* relative squared norm below which a column adds nothing */

static void begin_basis(start_state *s) {
    s->rank = 0;
    memcpy(s->residual, s->target, s->rows * s->net->outputs * sizeof(double));
    for (size_t k = 0; k <= (s->net->affine ? s->net->inputs : 0); k++) {
        for (size_t i = 0; i < s->rows; i++)
            s->column[i] = s->root_weight[i] * (k == 0 ? 1 : s->x[(k - 1) * s->rows + i]);
        if (orthogonalise(s, s->column) > DEPENDENT)
            accept_column(s, s->column);
    }
}

/* Gives unit u the best of `candidates` draws; with `keep` its present weights compete too. */
static void choose_unit(start_state *s, size_t u, size_t candidates, bool keep) {
    const crease_layer *layer = &s->net->layer[0];
    size_t inputs = s->net->inputs;
    double parameter, best = -1, best_bias = 0;
    const crease_group *group = crease_net_unit(s->net, 0, u, &parameter);
    double *weight = s->theta + layer->weights + u * inputs, *bias = s->theta + layer->biases + u;
    for (size_t c = 0; c < candidates + keep; c++) {
        double trial_bias = *bias;
        memcpy(s->trial, weight, inputs * sizeof(double));
        if (c < candidates)
            draw_unit(s, group->activation, s->trial, &trial_bias);
        unit_column(s, group->activation, parameter, s->trial, trial_bias, s->column);
        double gain = orthogonalise(s, s->column) > DEPENDENT ? explained(s, s->column) : 0;
        if (gain <= best)
            continue;
        best = gain;
        best_bias = trial_bias;
        memcpy(s->best, s->trial, inputs * sizeof(double));
        memcpy(s->chosen, s->column, s->rows * sizeof(double));
    }
    memcpy(weight, s->best, inputs * sizeof(double));
    *bias = best_bias;
    if (best > 0)
        accept_column(s, s->chosen);
}

/* Columns of all units but one, so that this one can choose again. */
static void begin_basis_without(start_state *s, size_t left_out) {
    const crease_layer *layer = &s->net->layer[0];
    begin_basis(s);
    for (size_t u = 0; u < layer->width; u++) {
        double parameter;
        const crease_group *group = crease_net_unit(s->net, 0, u, &parameter);
        if (u == left_out)
            continue;
        unit_column(s, group->activation, parameter, s->theta + layer->weights + u * layer->fan_in,
                    s->theta[layer->biases + u], s->column);
        if (orthogonalise(s, s->column) > DEPENDENT)
            accept_column(s, s->column);
    }
}

static void draw_all_units(start_state *s) {
    const crease_layer *layer = &s->net->layer[0];
    for (size_t u = 0; u < layer->width; u++) {
        double parameter;
        const crease_group *group = crease_net_unit(s->net, 0, u, &parameter);
        draw_unit(s, group->activation, s->theta + layer->weights + u * layer->fan_in,
                  s->theta + layer->biases + u);
    }
}

/* The work grows with the square of the width, so wide layers see fewer candidates, very wide ones a single
 * one. */
static void choose_greedily(start_state *s, size_t candidates) {
    size_t width = s->net->layer[0].width, *order = s->order;
    if (candidates * width > WORK_OF_START / width)
        candidates = WORK_OF_START / width / width;
    if (candidates < 2) {
        draw_all_units(s);
        return;
    }
    for (size_t u = 0; u < width; u++)
        order[u] = u;
    crease_random_shuffle(s->generator, order, width);
    begin_basis(s);
    for (size_t u = 0; u < width; u++)
        choose_unit(s, order[u], candidates, false);
    for (size_t u = 0; u < width && width > 1 && width <= WIDTH_OF_SECOND_ROUND; u++) {
        begin_basis_without(s, order[u]);
        choose_unit(s, order[u], candidates, true);
    }
}

/* Corners of layer l through data points: b = -W a at a random row. Layers below are set already. */
static void corners_through_rows(start_state *s, size_t l, double *below) {
    const crease_layer *layer = &s->net->layer[l];
    for (size_t u = 0; u < layer->width; u++) {
        size_t row = gsl_rng_uniform_int(s->generator, s->rows);
        const double *weight = s->theta + layer->weights + u * layer->fan_in;
        crease_net_layer_values(s->net, s->theta, s->work, l, 1, s->raw + row * s->net->inputs, below,
                                layer->fan_in);
        s->theta[layer->biases + u] = -crease_dense_dot(layer->fan_in, weight, below);
    }
}

static bool draw_deep(start_state *s) {
    size_t widest = s->net->inputs;
    for (size_t l = 0; l < s->net->layer_count; l++)
        widest = s->net->layer[l].width > widest ? s->net->layer[l].width : widest;
    double *below = malloc(widest * sizeof *below);
    if (!below)
        return false;
    crease_net_initialise(s->net, CREASE_INIT_HE, s->generator, s->theta);
    for (size_t l = 0; l < s->net->layer_count; l++)
        corners_through_rows(s, l, below);
    free(below);
    return true;
}

/* Least squares for the output layer on the rows of the start. */
static bool solve_output_layer(start_state *s) {
    const crease_net *net = s->net;
    size_t width = net->layer_count ? net->layer[net->layer_count - 1].width : 0;
    size_t columns = width + 1 + (net->affine ? net->inputs : 0), outputs = net->outputs;
    double *Phi = malloc(s->rows * columns * sizeof *Phi), *B = malloc(s->rows * outputs * sizeof *B);
    double *X = malloc(columns * outputs * sizeof *X);
    crease_dense_solver *solver = crease_dense_solver_new(columns, outputs);
    bool ok = Phi && B && X && solver;
    if (!ok)
        goto done;
    crease_net_features(net, s->theta, s->work, s->rows, s->raw, Phi, columns);
    for (size_t i = 0; i < s->rows; i++) {
        double *row = Phi + i * columns;
        row[width] = 1;
        for (size_t k = 0; net->affine && k < net->inputs; k++)
            row[width + 1 + k] = s->x[k * s->rows + i];
        for (size_t j = 0; j < columns; j++)
            row[j] *= s->root_weight[i];
        for (size_t o = 0; o < outputs; o++)
            B[i * outputs + o] = s->target[o * s->rows + i];
    }
    ok = crease_dense_solve_least_squares(solver, s->rows, columns, Phi, columns, outputs, B, outputs, X,
                                          outputs, NULL, NULL);
    for (size_t o = 0; ok && o < outputs; o++) {
        for (size_t u = 0; u < width; u++)
            s->theta[net->output_weights + o * width + u] = X[u * outputs + o];
        s->theta[net->output_biases + o] = X[width * outputs + o];
        for (size_t k = 0; net->affine && k < net->inputs; k++)
            s->theta[net->affine_weights + o * net->inputs + k] = X[(width + 1 + k) * outputs + o];
    }
    ok = true; /* a basis that overflows leaves the output layer at zero, which is a start too */
done:
    free(Phi);
    free(B);
    free(X);
    crease_dense_solver_free(solver);
    return ok;
}

crease_status crease_data_start(const crease_net_problem *net_problem, uint64_t seed, size_t start,
                                double *theta, crease_error *error) {
    const crease_net *net = net_problem->net;
    start_state s = {.problem = net_problem, .net = net, .theta = theta};
    bool ok = state_make(&s, seed, start) && take_rows(&s);
    memcpy(theta, net->theta, net->parameter_count * sizeof *theta); /* prelu slopes at their start */
    if (ok && net->layer_count == 1)
        choose_greedily(&s, start == 0 ? CANDIDATES_OF_FIRST_START : CANDIDATES);
    else if (ok && net->layer_count > 1)
        ok = draw_deep(&s);
    ok = ok && solve_output_layer(&s);
    state_clear(&s);
    return ok ? CREASE_OK : crease_fail(error, CREASE_NO_MEMORY, "out of memory for a start");
}
