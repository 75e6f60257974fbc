/* A start drawn from the data. The corner (or centre) of every unit of the first hidden layer passes through
 * a data point, in a random direction. With one hidden layer the units are then chosen greedily: of a few
 * dozen candidates each takes the one that explains most of what is left, the gain being (v.e)^2 / v.v with v
 * the candidate's column made orthogonal to the columns chosen so far and e the residual (orthogonal matching
 * pursuit: Pati et al. 1993); a second round lets each unit choose again with all others in place. Deeper
 * layers get He's weights and corners that pass through data points. The output layer is solved by least
 * squares. */
#include "base/dense.h"
#include "crease/random.h"
#include "fit/starts.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CANDIDATES = 32,
    CANDIDATES_OF_FIRST_START = 256,
    WORK_OF_START = 65536, /* candidates x width^2 */
    WIDTH_OF_SECOND_ROUND = 32
};

typedef struct start_state {
    const crease_net *net;
    gsl_rng *generator;
    double *theta;
    crease_start_rows rows;
    crease_basis basis;
    const bool *held;                 /* units whose weights the caller has set, or NULL */
    double *chosen;                   /* rows */
    double *direction, *trial, *best; /* inputs */
    size_t *order;                    /* width of the first layer */
    crease_work *work;
} start_state;

static void state_clear(start_state *s) {
    crease_start_rows_clear(&s->rows);
    crease_basis_clear(&s->basis);
    free(s->chosen);
    free(s->direction);
    free(s->order);
    crease_work_free(s->work);
    if (s->generator)
        gsl_rng_free(s->generator);
}

static bool state_make(start_state *s, const crease_net_problem *problem, uint64_t seed, size_t start) {
    const crease_net *net = s->net;
    size_t width = net->layer_count ? net->layer[0].width : 0;
    s->generator = crease_random_new(seed, start);
    if (!s->generator || !crease_start_rows_take(&s->rows, problem, s->generator))
        return false;
    s->chosen = malloc(s->rows.rows * sizeof(double));
    s->direction = malloc(3 * net->inputs * sizeof(double));
    s->order = malloc((width ? width : 1) * sizeof *s->order);
    if (s->direction) {
        s->trial = s->direction + net->inputs;
        s->best = s->trial + net->inputs;
    }
    return crease_basis_make(&s->basis, &s->rows, 1 + net->inputs + width) && s->chosen && s->direction &&
           s->order && crease_work_new(net, &s->work, NULL) == CREASE_OK;
}

static void random_direction(start_state *s) {
    size_t inputs = s->net->inputs;
    double norm = 0;
    bool between_points = inputs > 1 && gsl_rng_uniform(s->generator) < .5;
    size_t from = gsl_rng_uniform_int(s->generator, s->rows.rows),
           to = gsl_rng_uniform_int(s->generator, s->rows.rows);
    for (size_t k = 0; k < inputs; k++) {
        s->direction[k] = between_points
                              ? s->rows.x[k * s->rows.rows + to] - s->rows.x[k * s->rows.rows + from]
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
    size_t row = gsl_rng_uniform_int(s->generator, s->rows.rows);
    *bias = 0;
    for (size_t k = 0; k < s->net->inputs; k++) {
        weight[k] = steepness * s->direction[k];
        *bias -= weight[k] * s->rows.x[k * s->rows.rows + row];
    }
}

static void unit_column(const start_state *s, crease_activation activation, double parameter,
                        const double *weight, double bias, double *column) {
    for (size_t i = 0; i < s->rows.rows; i++)
        column[i] = bias;
    for (size_t k = 0; k < s->net->inputs; k++)
        for (size_t i = 0; i < s->rows.rows; i++)
            column[i] += weight[k] * s->rows.x[k * s->rows.rows + i];
    crease_activation_evaluate(activation, parameter, 0, s->rows.rows, column, column, NULL);
    for (size_t i = 0; i < s->rows.rows; i++)
        column[i] *= s->rows.root_weight[i];
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
        unit_column(s, group->activation, parameter, s->trial, trial_bias, s->basis.column);
        double gain = crease_basis_orthogonalise(&s->basis, s->basis.column)
                          ? crease_basis_explained(&s->basis, s->basis.column)
                          : 0;
        if (gain <= best)
            continue;
        best = gain;
        best_bias = trial_bias;
        memcpy(s->best, s->trial, inputs * sizeof(double));
        memcpy(s->chosen, s->basis.column, s->rows.rows * sizeof(double));
    }
    memcpy(weight, s->best, inputs * sizeof(double));
    *bias = best_bias;
    if (best > 0)
        crease_basis_accept(&s->basis, s->chosen);
}

static bool is_held(const start_state *s, size_t u) {
    return s->held && s->held[u];
}

/* Columns of the held units, or of all units but one, so that this one can choose again. */
static void begin_basis_with(start_state *s, bool held_only, size_t left_out) {
    const crease_layer *layer = &s->net->layer[0];
    crease_basis_begin(&s->basis, s->net->affine);
    for (size_t u = 0; u < layer->width; u++) {
        double parameter;
        const crease_group *group = crease_net_unit(s->net, 0, u, &parameter);
        if (held_only ? !is_held(s, u) : u == left_out)
            continue;
        unit_column(s, group->activation, parameter, s->theta + layer->weights + u * layer->fan_in,
                    s->theta[layer->biases + u], s->basis.column);
        if (crease_basis_orthogonalise(&s->basis, s->basis.column))
            crease_basis_accept(&s->basis, s->basis.column);
    }
}

static void draw_all_units(start_state *s) {
    const crease_layer *layer = &s->net->layer[0];
    for (size_t u = 0; u < layer->width; u++) {
        double parameter;
        const crease_group *group = crease_net_unit(s->net, 0, u, &parameter);
        if (!is_held(s, u))
            draw_unit(s, group->activation, s->theta + layer->weights + u * layer->fan_in,
                      s->theta + layer->biases + u);
    }
}

/* The work grows with the square of the width, so wide layers see fewer candidates, very wide ones a single
 * one. */
static void choose_greedily(start_state *s, size_t candidates) {
    size_t width = s->net->layer[0].width, *order = s->order, free_units = 0;
    if (candidates * width > WORK_OF_START / width)
        candidates = WORK_OF_START / width / width;
    if (candidates < 2) {
        draw_all_units(s);
        return;
    }
    for (size_t u = 0; u < width; u++)
        if (!is_held(s, u))
            order[free_units++] = u;
    crease_random_shuffle(s->generator, order, free_units);
    begin_basis_with(s, true, 0);
    for (size_t u = 0; u < free_units; u++)
        choose_unit(s, order[u], candidates, false);
    for (size_t u = 0; u < free_units && width > 1 && width <= WIDTH_OF_SECOND_ROUND; u++) {
        begin_basis_with(s, false, order[u]);
        choose_unit(s, order[u], candidates, true);
    }
}

/* Corners of layer l through data points: b = -W a at a random row. Layers below are set already. */
static void corners_through_rows(start_state *s, size_t l, double *below) {
    const crease_layer *layer = &s->net->layer[l];
    for (size_t u = 0; u < layer->width; u++) {
        size_t row = gsl_rng_uniform_int(s->generator, s->rows.rows);
        const double *weight = s->theta + layer->weights + u * layer->fan_in;
        crease_net_layer_values(s->net, s->theta, s->work, l, 1, s->rows.raw + row * s->net->inputs, below,
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

crease_status crease_data_start(const crease_net_problem *net_problem, uint64_t seed, size_t start,
                                const bool *held, double *theta, crease_error *error) {
    const crease_net *net = net_problem->net;
    start_state s = {.net = net, .theta = theta, .held = held};
    bool ok = state_make(&s, net_problem, seed, start);
    if (!held)
        memcpy(theta, net->theta, net->parameter_count * sizeof *theta); /* prelu slopes at their start */
    if (ok && net->layer_count == 1)
        choose_greedily(&s, start == 0 ? CANDIDATES_OF_FIRST_START : CANDIDATES);
    else if (ok && net->layer_count > 1)
        ok = draw_deep(&s);
    ok = ok && crease_start_solve_outputs(net, &s.rows, s.work, theta);
    state_clear(&s);
    return ok ? CREASE_OK : crease_fail(error, CREASE_NO_MEMORY, "out of memory for a start");
}
