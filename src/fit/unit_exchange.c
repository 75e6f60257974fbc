/* A start for one hidden layer of relu or leaky units in several inputs, by exchanging units. Units are inserted one
 * by one where a scan along many directions says that they explain most of the residual; then, again and again, a
 * unit is taken out, the least useful first, put back at the best place found, and all are moved together for a few
 * steps; what lowers the loss stays. Hinges that close in on each other are thus broken up, which no descent does.
 * (Greedy insertion with refits: Breiman 1993, hinging hyperplanes; as Newton steps: Pucar & Sjoberg 1998.)
 * Directions: at random, between two rows, between the slopes of planes fitted to the neighbours of two rows (the
 * creases of a piecewise-linear function are normal to differences of its slopes), near those of the present units,
 * and combinations of two of them. */
#include "base/dense.h"
#include "crease/random.h"
#include "fit/starts.h"
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOPES = 24,
    DIRECTIONS = 16, /* of a scan */
    KEPT = 3,        /* candidates that a scan keeps */
    TRIED = 2,       /* of them tried in an exchange */
    SHORT_RUN = 4,
    LONG_RUN = 20,
    TRIES_A_UNIT = 20,
    STEPS_A_TRY = 12 /* evaluations, as measured, for the budget of work */
};

/* Floating-point operations: of one evaluation, above which a layer is too wide for this search, and of a start. */
static const double WORK_OF_EVALUATION = 5e7, WORK_OF_START = 1.5e9;

/* An exchange has to lower the loss by this share. */
static const double WORTHWHILE = 1e-3;

typedef struct search {
    const crease_net *net;
    const crease_fit_options *options;
    gsl_rng *generator;
    crease_start_rows rows;
    crease_hinge_layer layer;
    crease_hinge_scan scan;
    double *below;     /* units */
    double *slope;     /* SLOPES x inputs */
    double *direction; /* inputs */
    double *candidate; /* (KEPT + 1) x (inputs + 1), best first */
    double gain[KEPT];
    double *saved, *best, *record; /* units x (inputs + 1) */
    double record_loss;
    size_t *order; /* units */
    size_t filled; /* units in place */
    crease_work *work;
} search;

static void search_clear(search *s) {
    crease_start_rows_clear(&s->rows);
    crease_hinge_layer_clear(&s->layer);
    crease_hinge_scan_clear(&s->scan);
    free(s->below);
    free(s->slope);
    free(s->direction);
    free(s->candidate);
    free(s->saved);
    free(s->best);
    free(s->record);
    free(s->order);
    crease_work_free(s->work);
    if (s->generator)
        gsl_rng_free(s->generator);
}

static bool search_make(search *s, const crease_net_problem *problem, size_t start) {
    size_t units = s->net->layer[0].width, inputs = s->net->inputs, width = inputs + 1;
    s->generator = crease_random_new(s->options->seed, start);
    s->below = malloc(units * sizeof(double));
    if (!s->generator || !s->below || !crease_start_rows_take(&s->rows, problem, s->generator))
        return false;
    for (size_t u = 0; u < units; u++)
        if (crease_net_unit(s->net, 0, u, &s->below[u])->activation == CREASE_RELU)
            s->below[u] = 0;
    s->slope = malloc(SLOPES * inputs * sizeof(double));
    s->direction = malloc(inputs * sizeof(double));
    s->candidate = malloc((KEPT + 1) * width * sizeof(double));
    s->saved = malloc(units * width * sizeof(double));
    s->best = malloc(units * width * sizeof(double));
    s->record = malloc(units * width * sizeof(double));
    s->order = malloc(units * sizeof *s->order);
    return crease_hinge_layer_make(&s->layer, &s->rows, s->net, s->below) &&
           crease_hinge_scan_make(&s->scan, &s->rows, units + s->layer.linear) && s->slope && s->direction &&
           s->candidate && s->saved && s->best && s->record && s->order &&
           crease_work_new(s->net, &s->work, NULL) == CREASE_OK;
}

/* ---- directions ---- */

/* Slopes of planes through the nearest neighbours of random rows; zero where the neighbours lie in a plane. */
static bool fit_local_slopes(search *s) {
    size_t n = s->rows.rows, inputs = s->net->inputs, width = inputs + 1, near = 3 * width;
    near = near < n ? near : n;
    double *distance = malloc(n * sizeof *distance), *A = malloc(near * width * sizeof *A);
    double *b = malloc(near * sizeof *b), *x = malloc(width * sizeof *x);
    size_t *nearest = malloc(near * sizeof *nearest);
    crease_dense_solver *solver = crease_dense_solver_new(width, 1);
    bool ok = distance && A && b && x && nearest && solver;
    for (size_t g = 0; ok && g < SLOPES; g++) {
        size_t centre = gsl_rng_uniform_int(s->generator, n);
        const double *target = s->rows.target + gsl_rng_uniform_int(s->generator, s->net->outputs) * n;
        memset(distance, 0, n * sizeof *distance);
        for (size_t k = 0; k < inputs; k++)
            for (size_t i = 0; i < n; i++) {
                double d = s->rows.x[k * n + i] - s->rows.x[k * n + centre];
                distance[i] += d * d;
            }
        gsl_sort_smallest_index(nearest, near, distance, 1, n);
        for (size_t j = 0; j < near; j++) {
            double root = s->rows.root_weight[nearest[j]];
            for (size_t k = 0; k < inputs; k++)
                A[j * width + k] = root * s->rows.x[k * n + nearest[j]];
            A[j * width + inputs] = root;
            b[j] = target[nearest[j]];
        }
        if (!crease_dense_solve_least_squares(solver, near, width, A, width, 1, b, 1, x, 1, NULL, NULL))
            memset(x, 0, width * sizeof *x);
        memcpy(s->slope + g * inputs, x, inputs * sizeof *x);
    }
    free(distance);
    free(A);
    free(b);
    free(x);
    free(nearest);
    crease_dense_solver_free(solver);
    return ok;
}

static void add(search *s, double factor, const double *vector, size_t stride) {
    for (size_t k = 0; k < s->net->inputs; k++)
        s->direction[k] += factor * vector[k * stride];
}

static void add_noise(search *s, double size) {
    for (size_t k = 0; k < s->net->inputs; k++)
        s->direction[k] += gsl_ran_gaussian(s->generator, size);
}

static void draw_direction(search *s) {
    size_t inputs = s->net->inputs, n = s->rows.rows, units = s->filled, width = inputs + 1;
    gsl_rng *generator = s->generator;
    const double *weight = s->layer.now.weight, *output = s->layer.now.output;
    memset(s->direction, 0, inputs * sizeof(double));
    size_t u = units ? gsl_rng_uniform_int(generator, units) : 0,
           v = units ? gsl_rng_uniform_int(generator, units) : 0;
    switch (gsl_rng_uniform_int(generator, units ? 5 : 3)) {
    case 0:
        break;
    case 1:
        add(s, 1, s->rows.x + gsl_rng_uniform_int(generator, n), n);
        add(s, -1, s->rows.x + gsl_rng_uniform_int(generator, n), n);
        break;
    case 2:
        add(s, 1, s->slope + gsl_rng_uniform_int(generator, SLOPES) * inputs, 1);
        add(s, -1, s->slope + gsl_rng_uniform_int(generator, SLOPES) * inputs, 1);
        break;
    case 3:
        add(s, 1, weight + u * width, 1);
        add_noise(s, .3 / sqrt((double)inputs));
        break;
    default:
        add(s, output[u], weight + u * width, 1);
        add(s, gsl_rng_uniform(generator) < .5 ? -output[v] : output[v], weight + v * width, 1);
    }
    double norm = crease_dense_norm(inputs, s->direction);
    if (!(norm > 0)) {
        add_noise(s, 1);
        norm = crease_dense_norm(inputs, s->direction);
    }
    for (size_t k = 0; k < inputs; k++)
        s->direction[k] /= norm > 0 ? norm : 1;
}

/* ---- candidates ---- */

/* The columns of all units in place but `without`. */
static void fill_basis(search *s, size_t without) {
    crease_basis *basis = &s->scan.basis;
    size_t n = s->rows.rows, width = s->net->inputs + 1;
    crease_basis_begin(basis, s->net->affine);
    for (size_t u = 0; u < s->filled; u++) {
        const double *w = s->layer.now.weight + u * width;
        if (u == without)
            continue;
        for (size_t i = 0; i < n; i++)
            basis->column[i] = w[width - 1];
        for (size_t k = 0; k + 1 < width; k++)
            for (size_t i = 0; i < n; i++)
                basis->column[i] += w[k] * s->rows.x[k * n + i];
        for (size_t i = 0; i < n; i++)
            basis->column[i] *= s->rows.root_weight[i] * (basis->column[i] > 0 ? 1 : s->below[u]);
        if (crease_basis_orthogonalise(basis, basis->column))
            crease_basis_accept(basis, basis->column);
    }
    crease_hinge_scan_prepare(&s->scan);
}

/* The KEPT best places for unit u, each along another direction, fewer where fewer help. Returns their number. */
static size_t find_candidates(search *s, size_t u) {
    size_t width = s->net->inputs + 1;
    double *spare = s->candidate + KEPT * width;
    memset(s->gain, 0, sizeof s->gain);
    fill_basis(s, u);
    for (size_t d = 0; d < DIRECTIONS; d++) {
        draw_direction(s);
        double gain = crease_hinge_scan_direction(&s->scan, s->direction, s->below[u], s->generator, spare);
        size_t place = KEPT;
        for (; place > 0 && gain > s->gain[place - 1]; place--)
            if (place < KEPT) {
                s->gain[place] = s->gain[place - 1];
                memcpy(s->candidate + place * width, s->candidate + (place - 1) * width,
                       width * sizeof(double));
            }
        if (place < KEPT) {
            s->gain[place] = gain;
            memcpy(s->candidate + place * width, spare, width * sizeof(double));
        }
    }
    size_t found = 0;
    while (found < KEPT && s->gain[found] > 0)
        found++;
    return found;
}

static void set_unit(search *s, size_t u, const double *weight) {
    size_t width = s->net->inputs + 1;
    memcpy(s->layer.now.weight + u * width, weight, width * sizeof(double));
}

/* ---- the search ---- */

/* A hinge through a random row, where no place helps. */
static void draw_unit(search *s, double *weight) {
    size_t row = gsl_rng_uniform_int(s->generator, s->rows.rows), inputs = s->net->inputs;
    draw_direction(s);
    weight[inputs] = 0;
    for (size_t k = 0; k < inputs; k++) {
        weight[k] = s->direction[k];
        weight[inputs] -= weight[k] * s->rows.x[k * s->rows.rows + row];
    }
}

/* Puts unit u at one of the places that a scan finds best: the very best or any of the KEPT. */
static void place_unit(search *s, size_t u, bool very_best) {
    size_t found = find_candidates(s, u), chosen = 0;
    if (found == 0)
        draw_unit(s, s->candidate);
    else if (!very_best)
        chosen = gsl_rng_uniform_int(s->generator, found);
    set_unit(s, u, s->candidate + chosen * (s->net->inputs + 1));
}

static bool insert_units(search *s, size_t start) {
    for (s->filled = 0; s->filled < s->layer.units; s->filled++)
        place_unit(s, s->filled, start == 0);
    return crease_hinge_layer_descend(&s->layer, LONG_RUN);
}

static void copy_weights(const search *s, double *to, const double *from) {
    memcpy(to, from, s->layer.units * (s->net->inputs + 1) * sizeof(double));
}

/* Tries to put unit u elsewhere; true when the loss fell. */
static bool exchange_unit(search *s, size_t u) {
    crease_hinge_layer *layer = &s->layer;
    double loss = layer->now.loss, least = loss;
    size_t found = find_candidates(s, u), width = s->net->inputs + 1;
    copy_weights(s, s->saved, layer->now.weight);
    for (size_t c = 0; c < found && c < TRIED; c++) {
        copy_weights(s, layer->now.weight, s->saved);
        set_unit(s, u, s->candidate + c * width);
        if (crease_hinge_layer_descend(layer, SHORT_RUN) && layer->now.loss < least) {
            least = layer->now.loss;
            copy_weights(s, s->best, layer->now.weight);
        }
    }
    bool better = least < loss * (1 - WORTHWHILE);
    copy_weights(s, layer->now.weight, better ? s->best : s->saved);
    if (better)
        crease_hinge_layer_descend(layer, LONG_RUN);
    else
        crease_hinge_layer_evaluate(layer);
    return better;
}

/* Keeps the better of the record and the present point in both. */
static void settle(search *s) {
    if (s->layer.now.loss < s->record_loss) {
        s->record_loss = s->layer.now.loss;
        copy_weights(s, s->record, s->layer.now.weight);
        return;
    }
    copy_weights(s, s->layer.now.weight, s->record);
    crease_hinge_layer_evaluate(&s->layer);
}

/* Leaves a point that no exchange improves: one to all of the units go elsewhere, whatever the loss, half the time to
 * places that look good, which may lead back, and half the time through random rows. */
static void kick(search *s) {
    size_t units = s->layer.units, width = s->net->inputs + 1;
    size_t kicked = 1 + gsl_rng_uniform_int(s->generator, units);
    bool anywhere = gsl_rng_uniform(s->generator) < .5;
    for (size_t u = 0; u < units; u++)
        s->order[u] = u;
    crease_random_shuffle(s->generator, s->order, units);
    for (size_t i = 0; i < kicked; i++) {
        if (anywhere)
            draw_unit(s, s->layer.now.weight + s->order[i] * width);
        else
            place_unit(s, s->order[i], false);
    }
    crease_hinge_layer_descend(&s->layer, LONG_RUN);
}

static void exchange_units(search *s, size_t tries) {
    size_t units = s->layer.units, place = 0;
    s->record_loss = INFINITY;
    for (size_t i = 0; i < tries && s->layer.now.loss > 1e-14 * s->layer.target_square; i++) {
        if (crease_fit_interrupted(s->options))
            break;
        if (place == 0 && crease_hinge_layer_evaluate(&s->layer))
            gsl_sort_index(s->order, s->layer.usefulness, 1, units);
        place = exchange_unit(s, s->order[place]) ? 0 : place + 1;
        if (place == units) {
            settle(s);
            kick(s);
            place = 0;
        }
    }
    settle(s);
}

/* Floating-point operations of one evaluation of the layer and one step, about. */
static double work_of_evaluation(const crease_net *net, double rows) {
    double weights = (double)net->layer[0].width * ((double)net->inputs + 1);
    double columns = weights + (double)net->inputs + 1 + (double)net->outputs;
    return 2 * rows * weights * columns + weights * weights * weights;
}

bool crease_exchange_applies(const crease_net_problem *problem, const crease_fit_options *options) {
    const crease_net *net = problem->net;
    if (net->inputs < 2 || net->layer_count != 1 || problem->l2 > 0 || options->init != CREASE_INIT_AUTO ||
        options->method >= CREASE_METHOD_ADAM)
        return false;
    for (size_t g = 0; g < net->layer[0].group_count; g++) {
        crease_activation activation = net->layer[0].group[g].activation;
        if (activation != CREASE_RELU && activation != CREASE_LEAKY)
            return false;
    }
    return work_of_evaluation(net, fmin((double)problem->data.n, CREASE_START_ROWS)) <= WORK_OF_EVALUATION;
}

crease_status crease_exchange_start(const crease_net_problem *problem, const crease_fit_options *options,
                                    size_t start, double *theta, crease_error *error) {
    const crease_net *net = problem->net;
    const crease_layer *layer = &net->layer[0];
    search s = {.net = net, .options = options};
    memcpy(theta, net->theta, net->parameter_count * sizeof *theta);
    bool ok = search_make(&s, problem, start) && fit_local_slopes(&s);
    if (ok && insert_units(&s, start)) {
        double tries = WORK_OF_START / STEPS_A_TRY / work_of_evaluation(net, (double)s.rows.rows);
        exchange_units(&s, (size_t)fmin(tries, TRIES_A_UNIT * (double)layer->width));
    }
    for (size_t u = 0; ok && u < layer->width; u++) {
        const double *w = s.layer.now.weight + u * (net->inputs + 1);
        memcpy(theta + layer->weights + u * net->inputs, w, net->inputs * sizeof *theta);
        theta[layer->biases + u] = w[net->inputs];
    }
    ok = ok && crease_start_solve_outputs(net, &s.rows, s.work, theta);
    search_clear(&s);
    return ok ? CREASE_OK : crease_fail(error, CREASE_NO_MEMORY, "out of memory for a start");
}
