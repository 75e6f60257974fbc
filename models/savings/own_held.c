/* Values and slopes fitted jointly by a network of one hidden layer whose hinges are held at kinks:
 *   f(t) = b + A t + sum_u v_u phi(w_u t + c_u),   f'(t) = A + sum_u v_u w_u phi'(w_u t + c_u)
 * in standardised t and z. Residuals: f - z at every row, and lambda (f' - z') where there is a slope (Czarnecki et al.
 * 2017 call it Sobolev training), each times the root of its weight over the mean weight. Derivatives: of f' in v: w phi',
 * in w: v (phi' + w t phi''), in c: v w phi''. phi'' is -2 phi phi' of tanh, phi' (1 - 2 phi) of sigmoid, of others a central
 * difference of phi': then the Jacobian, and not what is minimised, is approximate. A held hinge is relu(t - k) with w = 1: its slope is 0 or 1 by the side of the row.
 * The order of theta is kept: hidden parameters first, linear ones last, as variable projection wants it. */
#include "savings/own_parts.h"
#include <gsl/gsl_randist.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { START_STEPS = 50, POLISH_STEPS = 300 };
static const double CURVATURE_STEP = 1e-5;

typedef struct held_problem {
    const crease_net *net;
    size_t width;
    size_t values, slopes; /* rows of each kind */
    double *t;             /* values + slopes places */
    double *target, *root; /* of each residual: its target, and what it is multiplied by */
    int *side;     /* of each place: on which side of a kink it counts as lying where it is one; 0: right */
    double *kink;  /* width: standardised place of a held unit, NaN of others */
    size_t *place; /* of each free parameter in theta, ascending */
    size_t free_count;
} held_problem;

typedef struct held_work {
    double *theta;                    /* parameter_count */
    double *z, *phi, *slope, *curved; /* rows each; phi, slope and curved: width x rows */
    double *shifted;                  /* rows */
} held_work;

static void held_work_free(void *memory) {
    held_work *w = memory;
    if (!w)
        return;
    free(w->theta);
    free(w->z);
    free(w);
}

static void *held_work_new(const void *context) {
    const held_problem *p = context;
    size_t rows = p->values + p->slopes;
    held_work *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->theta = malloc(p->net->parameter_count * sizeof *w->theta);
    w->z = reallocarray(NULL, rows, (2 + 3 * p->width) * sizeof *w->z);
    if (!w->theta || !w->z) {
        held_work_free(w);
        return NULL;
    }
    w->shifted = w->z + rows;
    w->phi = w->shifted + rows;
    w->slope = w->phi + rows * p->width;
    w->curved = w->slope + rows * p->width;
    memcpy(w->theta, p->net->theta, p->net->parameter_count * sizeof *w->theta); /* the held ones stay */
    return w;
}

static void held_unit(const held_problem *p, size_t u, double *phi, double *slope) {
    for (size_t i = 0; i < p->values + p->slopes; i++) {
        double z = p->t[i] - p->kink[u];
        phi[i] = fmax(z, 0);
        slope[i] = z > 0 || (z == 0 && p->side[i] >= 0);
    }
}

/* phi'' at the rows of slopes, which alone need it; w->z holds the pre-activations and is spent. */
static void curve(const held_problem *p, held_work *w, crease_activation activation, double parameter,
                  const double *phi, const double *slope, double *curved) {
    size_t from = p->values, rows = p->values + p->slopes;
    if (activation == CREASE_TANH || activation == CREASE_SIGMOID) {
        for (size_t i = from; i < rows; i++)
            curved[i] = activation == CREASE_TANH ? -2 * phi[i] * slope[i] : slope[i] * (1 - 2 * phi[i]);
        return;
    }
    for (size_t i = from; i < rows; i++)
        w->shifted[i] = w->z[i] + CURVATURE_STEP;
    crease_activation_evaluate(activation, parameter, 0, p->slopes, w->shifted + from, NULL, curved + from);
    for (size_t i = from; i < rows; i++)
        w->shifted[i] = w->z[i] - CURVATURE_STEP;
    crease_activation_evaluate(activation, parameter, 0, p->slopes, w->shifted + from, NULL, w->z + from);
    for (size_t i = from; i < rows; i++)
        curved[i] = (curved[i] - w->z[i]) / (2 * CURVATURE_STEP);
}

/* phi, phi' and, when wanted, phi'' of all units at all rows. */
static void units(const held_problem *p, held_work *w, const double *free_theta, bool curvature) {
    const crease_layer *layer = &p->net->layer[0];
    size_t rows = p->values + p->slopes;
    for (size_t j = 0; j < p->free_count; j++)
        w->theta[p->place[j]] = free_theta[j];
    for (size_t u = 0; u < p->width; u++) {
        double *phi = w->phi + u * rows, *slope = w->slope + u * rows, *curved = w->curved + u * rows,
               parameter;
        crease_activation activation = crease_net_unit(p->net, 0, u, &parameter)->activation;
        if (curvature)
            memset(curved, 0, rows * sizeof *curved);
        if (!isnan(p->kink[u])) {
            held_unit(p, u, phi, slope);
            continue;
        }
        double weight = w->theta[layer->weights + u], bias = w->theta[layer->biases + u];
        for (size_t i = 0; i < rows; i++)
            w->z[i] = weight * p->t[i] + bias;
        crease_activation_evaluate(activation, parameter, 0, rows, w->z, phi, slope);
        if (curvature)
            curve(p, w, activation, parameter, phi, slope, curved);
    }
}

static bool residual_of(const held_problem *p, const held_work *w, double *r) {
    const crease_net *net = p->net;
    size_t rows = p->values + p->slopes;
    double b = w->theta[net->output_biases], A = net->affine ? w->theta[net->affine_weights] : 0;
    bool finite = true;
    for (size_t i = 0; i < rows; i++) {
        double f = i < p->values ? b + A * p->t[i] : A;
        for (size_t u = 0; u < p->width; u++) {
            double v = w->theta[net->output_weights + u];
            f += v * (i < p->values ? w->phi[u * rows + i]
                                    : w->theta[net->layer[0].weights + u] * w->slope[u * rows + i]);
        }
        r[i] = (f - p->target[i]) * p->root[i];
        finite &= isfinite(r[i]) != 0;
    }
    return finite;
}

static bool held_residual(const void *context, void *work, const double *theta, double *r) {
    const held_problem *p = context;
    held_work *w = work;
    units(p, w, theta, false);
    return residual_of(p, w, r);
}

/* d residual i / d theta[place], without the root. */
static double derivative(const held_problem *p, const held_work *w, size_t i, size_t place) {
    const crease_net *net = p->net;
    size_t rows = p->values + p->slopes;
    bool value = i < p->values;
    if (place >= net->linear_from) {
        if (place == net->output_biases)
            return value ? 1 : 0;
        if (net->affine && place == net->affine_weights)
            return value ? p->t[i] : 1;
        size_t u = place - net->output_weights;
        return value ? w->phi[u * rows + i] : w->theta[net->layer[0].weights + u] * w->slope[u * rows + i];
    }
    bool is_weight = place < net->layer[0].biases;
    size_t u = place - (is_weight ? net->layer[0].weights : net->layer[0].biases), at = u * rows + i;
    double v = w->theta[net->output_weights + u], weight = w->theta[net->layer[0].weights + u];
    if (value)
        return v * w->slope[at] * (is_weight ? p->t[i] : 1);
    return is_weight ? v * (w->slope[at] + weight * p->t[i] * w->curved[at]) : v * weight * w->curved[at];
}

static bool held_jacobian(const void *context, void *work, const double *theta, double *r, double *J) {
    const held_problem *p = context;
    held_work *w = work;
    units(p, w, theta, true);
    for (size_t i = 0; i < p->values + p->slopes; i++)
        for (size_t j = 0; j < p->free_count; j++)
            J[i * p->free_count + j] = p->root[i] * derivative(p, w, i, p->place[j]);
    return !r || residual_of(p, w, r);
}

/* ---- setting up ---- */

static void set_scaling(crease_net *net, const savings_own_rows *rows) {
    net->input_shift[0] = gsl_stats_mean(rows->x, 1, rows->n);
    net->input_scale[0] = gsl_stats_sd(rows->x, 1, rows->n);
    net->output_shift[0] = gsl_stats_mean(rows->z, 1, rows->n);
    double scale = gsl_stats_sd(rows->z, 1, rows->n);
    net->output_scale[0] = scale > 0 && isfinite(scale) ? scale : 1;
}

/* Puts the hinges in place and lists what is free. */
static crease_status hold(crease_net *net, const savings_own_held *held, held_problem *p,
                          crease_error *error) {
    size_t placed = 0;
    for (size_t u = 0; u < p->width; u++) {
        double parameter;
        p->kink[u] = NAN;
        if (crease_net_unit(net, 0, u, &parameter)->activation != CREASE_RELU)
            continue;
        if (placed < held->kinks) {
            p->kink[u] = (held->kink[placed] - net->input_shift[0]) / net->input_scale[0];
            net->theta[net->layer[0].weights + u] = 1;
            net->theta[net->layer[0].biases + u] = -p->kink[u];
        }
        placed++;
    }
    if (placed != held->kinks || (net->layer_count > 0 && net->layer[0].slope_count > 0) ||
        net->layer_count > 1)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the network must have one hidden layer with one relu unit for each of the %zu "
                           "kinks, beside smooth "
                           "units if wanted; this one has %zu relu units in %zu layers",
                           held->kinks, placed, net->layer_count);
    p->free_count = 0;
    for (size_t j = 0; j < net->parameter_count; j++)
        if (j >= net->linear_from || isnan(p->kink[j < p->width ? j : j - p->width]))
            p->place[p->free_count++] = j;
    return CREASE_OK;
}

/* One slope residual at place t from side `side`. */
static void add_slope(held_problem *p, double t, int side, double target, double root) {
    size_t i = p->values + p->slopes++;
    p->t[i] = t;
    p->side[i] = side;
    p->target[i] = target;
    p->root[i] = root;
}

static bool is_kink(const savings_own_held *held, double x) {
    for (size_t k = 0; k < held->kinks; k++)
        if (held->kink[k] == x)
            return true;
    return false;
}

static void list_rows(const crease_net *net, const savings_own_rows *rows, const savings_own_held *held,
                      held_problem *p) {
    double sum = 0, slope_scale = net->input_scale[0] / net->output_scale[0];
    for (size_t i = 0; i < rows->n; i++)
        sum += rows->weight ? rows->weight[i] : 1;
    p->values = rows->n;
    for (size_t i = 0; i < rows->n; i++) {
        p->t[i] = (rows->x[i] - net->input_shift[0]) / net->input_scale[0];
        p->target[i] = (rows->z[i] - net->output_shift[0]) / net->output_scale[0];
        p->root[i] = rows->weight && sum > 0 ? sqrt(rows->weight[i] * (double)rows->n / sum) : 1;
    }
    for (size_t i = 0; i < rows->n && rows->dz && held->lambda > 0; i++) {
        double t = p->t[i], root = held->lambda * p->root[i],
               right = rows->dz_right ? rows->dz_right[i] : NAN;
        bool kink = is_kink(held, rows->x[i]);
        if (!kink)
            add_slope(p, t, 0, rows->dz[i] * slope_scale, root);
        else if (isfinite(right)) {
            add_slope(p, t, -1, rows->dz[i] * slope_scale, root);
            add_slope(p, t, 1, right * slope_scale, root);
        }
    }
}

/* Smooth units spread over the data. Even starts: slopes between .5 and 4 per standard deviation, centres within the data.
 * Odd ones follow the rows, which lie densely where a careful table bends: centres at rows, as wide as the distance to
 * a row at most a quarter of the ranks away. */
static void draw_start(const held_problem *p, gsl_rng *generator, size_t start, double *theta) {
    const crease_net *net = p->net;
    size_t linear = net->parameter_count - net->linear_from, smooth = (p->free_count - linear) / 2;
    for (size_t j = 0; j < p->free_count; j++)
        theta[j] = 0;
    for (size_t u = 0; u < smooth; u++) {
        double weight = exp(gsl_ran_flat(generator, log(.5), log(4.))),
               centre = gsl_ran_flat(generator, -1.7, 1.7);
        if (start % 2 == 1) {
            size_t i = gsl_rng_uniform_int(generator, p->values),
                   reach = 1 + gsl_rng_uniform_int(generator, p->values / 4 + 1);
            size_t j = i + reach < p->values ? i + reach : i >= reach ? i - reach : p->values - 1 - i;
            double width = fabs(p->t[j] - p->t[i]);
            centre = p->t[i];
            weight = width > 1e-6 ? 2 / width : weight;
        }
        theta[u] = gsl_rng_uniform(generator) < .5 ? -weight : weight;
        theta[smooth + u] = -theta[u] * centre;
    }
}

bool savings_own_interrupted(const crease_fit_options *options) {
    return options->interrupted && options->interrupted(options->interrupted_context);
}

typedef struct start_result {
    double loss;
    bool unseen;   /* a unit bends between rows, where no row sees it */
    double *theta; /* free_count */
    crease_status status;
    crease_error error;
} start_result;

static size_t place_from(const held_problem *p, double t) {
    size_t low = 0, high = p->values;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (p->t[middle] < t)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Does a smooth unit bend, |w t + c| <= 2, within the data over fewer than three rows? */
static bool bends_unseen(const held_problem *p, const double *theta) {
    size_t smooth = (p->free_count - (p->net->parameter_count - p->net->linear_from)) / 2;
    for (size_t u = 0; u < smooth; u++) {
        double centre = -theta[smooth + u] / theta[u], reach = 2 / fabs(theta[u]);
        bool inside = centre > p->t[0] && centre < p->t[p->values - 1];
        if (inside && place_from(p, centre + reach) < place_from(p, centre - reach) + 3)
            return true;
    }
    return false;
}

static bool is_better(const start_result *a, const start_result *b) {
    return isfinite(a->loss) && a->unseen != b->unseen ? !a->unseen : a->loss < b->loss;
}

/* Goes on from the best start, unless that leads a unit to bend where no row sees it. */
static crease_status polish(const held_problem *p, const crease_problem *problem,
                            const crease_fit_options *options, size_t index, start_result *best,
                            crease_error *error) {
    crease_minimum minimum;
    crease_fit_options on = *options;
    double *theta = malloc(p->free_count * sizeof *theta);
    if (!theta)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu parameters", p->free_count);
    on.iterations = POLISH_STEPS;
    memcpy(theta, best->theta, p->free_count * sizeof *theta);
    crease_status status = crease_minimise(problem, &on, index, theta, &minimum, error);
    if (status == CREASE_OK && (best->unseen || !bends_unseen(p, theta)))
        memcpy(best->theta, theta, p->free_count * sizeof *theta);
    free(theta);
    return status;
}

static void run_start(const held_problem *p, const crease_problem *problem, bool keep,
                      const crease_fit_options *options, size_t index, start_result *result) {
    crease_minimum minimum;
    gsl_rng *generator = crease_random_new(options->seed, index);
    result->loss = INFINITY;
    if (!generator) {
        result->status = crease_fail(&result->error, CREASE_NO_MEMORY, "out of memory for random numbers");
        return;
    }
    draw_start(p, generator, index, result->theta);
    for (size_t j = 0; keep && j < p->free_count; j++)
        result->theta[j] = p->net->theta[p->place[j]];
    gsl_rng_free(generator);
    result->status = crease_minimise(problem, options, index, result->theta, &minimum, &result->error);
    if (result->status == CREASE_OK && isfinite(minimum.loss))
        result->loss = minimum.loss;
    result->unseen = bends_unseen(p, result->theta);
}

/* The starts share nothing, and the first of the best is taken: the same digits with any number of threads. */
static crease_status best_of_starts(const held_problem *p, const crease_problem *problem, bool keep,
                                    const crease_fit_options *options, double *best, crease_error *error) {
    size_t starts = keep || problem->linear_from == 0 ? 1
                    : options->starts                 ? options->starts
                                                      : 10,
           winner = 0;
    start_result *list = calloc(starts, sizeof *list);
    double *theta = starts <= SIZE_MAX / sizeof *theta / p->free_count
                        ? calloc(starts * p->free_count, sizeof *theta)
                        : NULL;
    crease_status status = list && theta
                               ? CREASE_OK
                               : crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu starts", starts);
    if (status == CREASE_OK) {
        int threads = starts == 1                                       ? 1
                      : options->threads > 0 && options->threads < 1024 ? (int)options->threads
                                                                        : omp_get_max_threads();
#pragma omp parallel for schedule(dynamic) num_threads(threads)
        for (size_t i = 0; i < starts; i++) {
            list[i] = (start_result){.loss = INFINITY, .theta = theta + i * p->free_count};
            if (i == 0 || !savings_own_interrupted(options))
                run_start(p, problem, keep, options, i, &list[i]);
        }
    }
    for (size_t i = 0; status == CREASE_OK && i < starts; i++) {
        status = list[i].status;
        if (status != CREASE_OK && error)
            *error = list[i].error;
        if (is_better(&list[i], &list[winner]))
            winner = i;
    }
    if (status == CREASE_OK && starts > 1 && !savings_own_interrupted(options))
        status = polish(p, problem, options, winner, &list[winner], error);
    if (status == CREASE_OK && !isfinite(list[winner].loss))
        status = crease_fail(error, CREASE_INTERNAL, "no start led to a finite fit");
    if (status == CREASE_OK)
        memcpy(best, list[winner].theta, p->free_count * sizeof *best);
    free(list);
    free(theta);
    return status;
}

static crease_status minimise(crease_net *net, held_problem *p, bool keep, const crease_fit_options *options,
                              crease_error *error) {
    crease_fit_options chosen = *options;
    chosen.method = CREASE_METHOD_VARPRO;
    chosen.progress = NULL;
    chosen.iterations = keep ? POLISH_STEPS : START_STEPS;
    crease_problem problem = {.residuals = p->values + p->slopes,
                              .parameters = p->free_count,
                              .context = p,
                              .work_new = held_work_new,
                              .work_free = held_work_free,
                              .residual = held_residual,
                              .jacobian = held_jacobian,
                              .linear_from = p->free_count - (net->parameter_count - net->linear_from)};
    double *best = calloc(net->parameter_count, sizeof *best);
    if (!best)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu parameters", net->parameter_count);
    crease_status status = best_of_starts(p, &problem, keep, &chosen, best, error);
    if (status == CREASE_OK)
        for (size_t j = 0; j < p->free_count; j++)
            net->theta[p->place[j]] = best[j];
    free(best);
    return status;
}

crease_status savings_own_fit_held(crease_net *net, const savings_own_rows *rows,
                                   const savings_own_held *held, const crease_fit_options *options,
                                   crease_error *error) {
    held_problem p = {.net = net, .width = net->layer_count ? net->layer[0].width : 0};
    size_t most = 3 * rows->n + 1; /* a value and two slopes a row */
    p.t = calloc(most, 3 * sizeof *p.t);
    p.side = calloc(most, sizeof *p.side);
    p.kink = calloc(p.width + 1, sizeof *p.kink);
    p.place = calloc(net->parameter_count, sizeof *p.place);
    crease_status status = CREASE_OK;
    if (!p.t || !p.side || !p.kink || !p.place) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", rows->n);
        goto done;
    }
    p.target = p.t + most;
    p.root = p.target + most;
    if (!held->keep)
        set_scaling(net, rows);
    status = hold(net, held, &p, error);
    if (status != CREASE_OK)
        goto done;
    list_rows(net, rows, held, &p);
    status = minimise(net, &p, held->keep, options, error);
done:
    free(p.t);
    free(p.side);
    free(p.kink);
    free(p.place);
    return status;
}
