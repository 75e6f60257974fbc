/* The start of a hybrid on a line: hinges at the kinks of the data (kink_profile.c), the smooth units chosen
 * greedily beside them (data_start.c), then fitted with the hinges held: a hinge that is let go too early leaves
 * its kink for the curvature. A parameter is held by a column of zeros in the Jacobian: Levenberg-Marquardt
 * does not move it. Which side a hinge looks to is drawn where it does not matter, and every fourth start is a
 * general one.
 *
 * Hybrids have so much freedom that a steep unit, or a pair of hinges, can hide in a gap of the data and shape the
 * error at the rows beside it; such ends of a run are told apart, so that others are preferred. */
#include "crease/random.h"
#include "fit/kink_profile.h"
#include "fit/methods.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_HINGES = 4, EVERY_GENERAL = 4, HELD_ITERATIONS = 40, LEAST_ROWS = 3 };

static const double TRANSITION = 2; /* |z| within which a smooth unit bends */

/* The stream of start i is this plus i. */
static const uint64_t HYBRID_STREAM = UINT64_C(5) << 32;

/* ---- the problem with some parameters held ---- */

typedef struct held_problem {
    const crease_problem *whole;
    const bool *held; /* of each nonlinear parameter */
} held_problem;

static void *held_work_new(const void *context) {
    const held_problem *h = context;
    return h->whole->work_new(h->whole->context);
}

static bool held_residual(const void *context, void *work, const double *theta, double *r) {
    const held_problem *h = context;
    return h->whole->residual(h->whole->context, work, theta, r);
}

static bool held_jacobian(const void *context, void *work, const double *theta, double *r, double *J) {
    const held_problem *h = context;
    size_t p = h->whole->parameters;
    if (!h->whole->jacobian(h->whole->context, work, theta, r, J))
        return false;
    for (size_t i = 0; i < h->whole->residuals; i++)
        for (size_t j = 0; j < p; j++)
            if (h->held[j])
                J[i * p + j] = 0;
    return true;
}

static bool held_basis(const void *context, void *work, const double *theta, double *Phi, double *target) {
    const held_problem *h = context;
    return h->whole->basis(h->whole->context, work, theta, Phi, target);
}

static crease_status fit_smooth_units(const crease_net_problem *p, const crease_fit_options *given,
                                      size_t start, const bool *held, double *theta, crease_error *error) {
    crease_problem whole = crease_net_problem_interface(p), part = whole;
    held_problem context = {&whole, held};
    crease_fit_options options = *given;
    crease_minimum minimum;
    options.iterations = options.iterations < HELD_ITERATIONS ? options.iterations : HELD_ITERATIONS;
    options.trace = NULL;
    part.context = &context;
    part.work_new = held_work_new;
    part.residual = held_residual;
    part.jacobian = held_jacobian;
    part.basis = whole.basis ? held_basis : NULL;
    part.gradient = NULL;
    part.normal_equations = NULL;
    return crease_minimise(&part, &options, start, theta, &minimum, error);
}

/* ---- the start ---- */

static size_t list_hinges(const crease_net *net, crease_hinge_place *hinge) {
    size_t hinges = 0;
    for (size_t u = 0; u < net->layer[0].width; u++) {
        double parameter;
        crease_activation activation = crease_net_unit(net, 0, u, &parameter)->activation;
        if (!crease_activation_is_homogeneous(activation))
            continue;
        if (hinge)
            hinge[hinges] =
                (crease_hinge_place){.unit = u, .power = activation == CREASE_HINGE ? parameter : 1};
        hinges++;
    }
    return hinges;
}

static bool is_hybrid(const crease_net *net) {
    if (net->inputs != 1 || net->outputs != 1 || net->layer_count != 1)
        return false;
    size_t hinges = list_hinges(net, NULL);
    return hinges > 0 && hinges < net->layer[0].width && hinges <= MOST_HINGES;
}

crease_status crease_hybrid_prepare(crease_net_problem *p, const crease_fit_options *options,
                                    crease_error *error) {
    bool least_squares = options->method == CREASE_METHOD_VARPRO || options->method == CREASE_METHOD_LM;
    if (!is_hybrid(p->net) || !least_squares || options->init != CREASE_INIT_AUTO)
        return CREASE_OK;
    p->hinge = calloc(list_hinges(p->net, NULL), sizeof *p->hinge);
    if (!p->hinge)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the places of hinges");
    p->hinges = list_hinges(p->net, p->hinge);
    return crease_place_hinges(&p->data, p->hinge, p->hinges, error);
}

/* Least and largest standardised x. */
static void range_of_data(const crease_net_problem *p, double *lowest, double *highest) {
    *lowest = INFINITY;
    *highest = -INFINITY;
    for (size_t i = 0; i < p->data.n; i++) {
        double x = (p->data.x[i] - p->net->input_shift[0]) / p->net->input_scale[0];
        *lowest = fmin(*lowest, x);
        *highest = fmax(*highest, x);
    }
}

/* Without an affine path a relu with its corner beyond the data may be wanted as a line: in every second start the
 * first that the data show no kink for; in one of EVERY_GENERAL, where all have a kink, the last. Returns its number
 * or SIZE_MAX. */
static size_t choose_line(const crease_net_problem *p, gsl_rng *generator, size_t start) {
    size_t last = SIZE_MAX;
    bool wanted = gsl_rng_uniform(generator) < .5;
    for (size_t k = 0; !p->net->affine && k < p->hinges; k++)
        if (p->hinge[k].power == 1) {
            if (!p->hinge[k].placed)
                return wanted ? k : SIZE_MAX;
            last = k;
        }
    return start % EVERY_GENERAL == EVERY_GENERAL - 2 ? last : SIZE_MAX;
}

/* Sets the hinges that have a place, and notes them in `held`; returns how many. */
static size_t set_hinges(const crease_net_problem *p, gsl_rng *generator, size_t start, double *theta,
                         bool *held) {
    const crease_layer *layer = &p->net->layer[0];
    size_t set = 0, line = choose_line(p, generator, start);
    double lowest, highest;
    range_of_data(p, &lowest, &highest);
    for (size_t k = 0; k < p->hinges; k++) {
        const crease_hinge_place *h = &p->hinge[k];
        if (k != line && !h->placed)
            continue;
        double corner = k == line ? lowest - (highest - lowest)
                                  : (h->corner - p->net->input_shift[0]) / p->net->input_scale[0];
        bool falls = k != line && (h->power == 1 ? gsl_rng_uniform(generator) < .5 : h->falls);
        set++;
        theta[layer->weights + h->unit] = falls ? -1 : 1;
        theta[layer->biases + h->unit] = falls ? corner : -corner;
        held[layer->weights + h->unit] = held[layer->biases + h->unit] = true;
    }
    return set;
}

crease_status crease_hybrid_start(const crease_net_problem *p, const crease_fit_options *options,
                                  size_t start, double *theta, crease_error *error) {
    const crease_layer *layer = &p->net->layer[0];
    size_t placed = 0;
    crease_status status = CREASE_OK;
    gsl_rng *generator = crease_random_new(options->seed, HYBRID_STREAM + start);
    bool *held = calloc(p->net->parameter_count, sizeof *held);
    if (!generator || !held) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for a start");
        goto done;
    }
    memcpy(theta, p->net->theta, p->net->parameter_count * sizeof *theta);
    if (start % EVERY_GENERAL != EVERY_GENERAL - 1)
        placed = set_hinges(p, generator, start, theta, held);
    status = crease_data_start(p, options->seed, start, placed ? held + layer->biases : NULL, theta, error);
    if (status == CREASE_OK && placed)
        status = fit_smooth_units(p, options, start, held, theta, error);
done:
    free(held);
    if (generator)
        gsl_rng_free(generator);
    return status;
}

/* ---- what the data determine ---- */

/* Rows of positive weight with lower < x < upper, x standardised. */
static size_t rows_between(const crease_net_problem *p, double lower, double upper) {
    size_t count = 0;
    for (size_t i = 0; i < p->data.n; i++) {
        double x = (p->data.x[i] - p->net->input_shift[0]) / p->net->input_scale[0];
        count += x > lower && x < upper && p->root_weight[i] > 0 ? 1 : 0;
    }
    return count;
}

/* A relu whose corner c is beyond the data, all rows on its active side, is the line w (x - c) there: its corner
 * goes one range of the data further, so that the line continues, and the output's bias takes the difference. */
static void move_corner_out(const crease_net_problem *p, double *theta, const crease_hinge_place *h) {
    const crease_layer *layer = &p->net->layer[0];
    double *bias = &theta[layer->biases + h->unit], weight = theta[layer->weights + h->unit];
    double lowest, highest;
    range_of_data(p, &lowest, &highest);
    double nearest = weight > 0 ? lowest : highest, far = nearest - copysign(highest - lowest, weight);
    double moved = -weight * far;
    if (h->power != 1 || !isfinite(moved) || !(weight * nearest + *bias >= 0) || moved <= *bias)
        return;
    theta[p->net->output_biases] -= theta[p->net->output_weights + h->unit] * (moved - *bias);
    *bias = moved;
}

/* The corner of a hinge is inside the data, apart from the ends and from `corners` others. */
static bool is_apart_from_all(const crease_net_problem *p, double c, const double *corner, size_t corners) {
    bool apart = rows_between(p, -INFINITY, c) >= LEAST_ROWS && rows_between(p, c, INFINITY) >= LEAST_ROWS;
    for (size_t k = 0; apart && k < corners; k++)
        apart = rows_between(p, fmin(c, corner[k]), fmax(c, corner[k])) >= LEAST_ROWS;
    return apart;
}

bool crease_hybrid_settle(const crease_net_problem *p, double *theta) {
    const crease_layer *layer = &p->net->layer[0];
    double corner[MOST_HINGES];
    size_t corners = 0, hinge = 0;
    bool resolved = true;
    for (size_t u = 0; p->hinges && u < layer->width; u++) {
        bool is_hinge = hinge < p->hinges && p->hinge[hinge].unit == u;
        if (is_hinge)
            move_corner_out(p, theta, &p->hinge[hinge++]);
        double weight = theta[layer->weights + u], c = -theta[layer->biases + u] / weight;
        if (!isfinite(c) || rows_between(p, -INFINITY, c) == 0 || rows_between(p, c, INFINITY) == 0)
            continue; /* no bend within the data */
        if (is_hinge) {
            resolved = resolved && is_apart_from_all(p, c, corner, corners);
            corner[corners++] = c;
        } else {
            double reach = TRANSITION / fabs(weight);
            resolved = resolved && rows_between(p, c - reach, c + reach) >= LEAST_ROWS;
        }
    }
    return resolved;
}
