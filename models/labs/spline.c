/* Spline: linear interpolation of data (x_0, y_0), .., (x_{k+1}, y_{k+1}) as a network of k units.
 *
 *   s_j = (y_{j+1} - y_j) / (x_{j+1} - x_j),   f(x) = y_0 + s_0 (x - x_0) + sum_{j=1..k} (s_j - s_{j-1}) relu(x - x_j)
 *
 * is the formula of the claim; gsl_interp_linear is the judge. In doubles each term is rounded, so a plain sum obeys
 * |error| <= (k + 8) u sum |term| only, with the size of s_j and s_{j-1} for that of their difference (Higham 2002,
 * Accuracy and Stability of Numerical Algorithms, section 4.2; u the unit roundoff). crease_pwl_to_net puts what one
 * weight loses by rounding into the next, and reads the knots from the middle; its network is measured beside. */
#include "crease/pwl.h"
#include "crease/random.h"
#include "labs/lab.h"
#include "labs/tools.h"
#include <float.h>
#include <gsl/gsl_interp.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHOWN = 6, FINE = 501 };
/* from here on an error is more than rounding, as a share of the largest |y| */
static const double rounding = 1e-13;

typedef struct polyline {
    size_t knots;
    double *x, *y; /* knots + 2 */
} polyline;

/* Largest errors as shares of the largest |y|; of the plain sum also against its bound. */
typedef struct errors {
    double formula, formula_back, share_of_bound, crease, crease_back;
} errors;

static double slope(const polyline *p, size_t piece) {
    return (p->y[piece + 1] - p->y[piece]) / (p->x[piece + 1] - p->x[piece]);
}

static void draw_data(polyline *p, gsl_rng *random) {
    for (size_t i = 0; i < p->knots + 2; i++) {
        p->x[i] = i ? p->x[i - 1] + .1 + gsl_rng_uniform(random) : 0;
        p->y[i] = gsl_ran_gaussian_ziggurat(random, 1);
    }
    for (size_t i = 0; i < p->knots + 2; i++)
        p->x[i] /= p->x[p->knots + 1];
}

/* Falsified: the slope itself in place of its change. */
static crease_status net_by_formula(const polyline *p, bool falsified, crease_net **net,
                                    crease_error *error) {
    char spec[40];
    snprintf(spec, sizeof spec, "affine+relu:%zu", p->knots);
    crease_status status = crease_net_parse(spec, 1, 1, net, error);
    if (status != CREASE_OK)
        return status;
    const crease_net *n = *net;
    for (size_t j = 0; j < p->knots; j++) {
        n->theta[n->layer[0].weights + j] = 1;
        n->theta[n->layer[0].biases + j] = -p->x[j + 1];
        n->theta[n->output_weights + j] = slope(p, j + 1) - (falsified ? 0 : slope(p, j));
    }
    n->theta[n->affine_weights] = slope(p, 0);
    n->theta[n->output_biases] = p->y[0] - slope(p, 0) * p->x[0];
    return CREASE_OK;
}

static crease_status net_by_crease(const polyline *p, crease_net **net, crease_error *error) {
    const crease_pwl pwl = {.knot_count = p->knots,
                            .x = p->x + 1,
                            .y = p->y + 1,
                            .slope_left = slope(p, 0),
                            .slope_right = slope(p, p->knots)};
    return crease_pwl_to_net(&pwl, net, error);
}

/* The way back: largest error of knots and values. */
static crease_status read_back(const polyline *p, const crease_net *net, double *worst, crease_error *error) {
    crease_pwl *back;
    crease_status status = crease_pwl_from_net(net, &back, error);
    if (status != CREASE_OK)
        return status;
    if (back->knot_count != p->knots)
        *worst = INFINITY;
    for (size_t j = 0; j < p->knots && j < back->knot_count; j++)
        *worst = fmax(*worst, fmax(fabs(back->x[j] - p->x[j + 1]), fabs(back->y[j] - p->y[j + 1])));
    crease_pwl_free(back);
    return CREASE_OK;
}

/* (k + 8) u sum |term| at x */
static double bound_at(const polyline *p, double x) {
    double sum = fabs(p->y[0]) + fabs(slope(p, 0)) * x;
    for (size_t j = 1; j <= p->knots && p->x[j] < x; j++)
        sum += (fabs(slope(p, j)) + fabs(slope(p, j - 1))) * (x - p->x[j]);
    return ((double)p->knots + 8) * DBL_EPSILON / 2 * sum;
}

static crease_status evaluated(const crease_net *net, size_t n, const double *x, double *y,
                               crease_error *error) {
    crease_work *work;
    crease_status status = crease_work_new(net, &work, error);
    if (status == CREASE_OK)
        crease_net_evaluate(net, NULL, work, n, x, y);
    crease_work_free(work);
    return status;
}

/* At n random places; truth, y: room for n. */
static crease_status compare(const polyline *p, const crease_net *const net[2], size_t n, const double *x,
                             double *truth, double *y, errors *worst, crease_error *error) {
    gsl_interp *interpolation = gsl_interp_alloc(gsl_interp_linear, p->knots + 2);
    if (!interpolation)
        return lab_no_memory(error, "spline");
    gsl_interp_init(interpolation, p->x, p->y, p->knots + 2);
    for (size_t i = 0; i < n; i++)
        truth[i] = gsl_interp_eval(interpolation, p->x, p->y, x[i], NULL);
    gsl_interp_free(interpolation);
    crease_status status = evaluated(net[0], n, x, y, error);
    for (size_t i = 0; i < n && status == CREASE_OK; i++) {
        worst->formula = fmax(worst->formula, fabs(y[i] - truth[i]));
        worst->share_of_bound = fmax(worst->share_of_bound, fabs(y[i] - truth[i]) / bound_at(p, x[i]));
    }
    if (status == CREASE_OK)
        status = evaluated(net[1], n, x, y, error);
    for (size_t i = 0; i < n && status == CREASE_OK; i++)
        worst->crease = fmax(worst->crease, fabs(y[i] - truth[i]));
    return status;
}

static crease_status one_polyline(const lab_run *run, const polyline *p, size_t places, gsl_rng *random,
                                  errors *worst, crease_error *error) {
    crease_net *net[2] = {NULL, NULL};
    errors own = {0};
    double *room = lab_numbers(places, 3), size = 0;
    crease_status status = room ? CREASE_OK : lab_no_memory(error, "spline");
    for (size_t i = 0; i < places && status == CREASE_OK; i++)
        room[i] = gsl_rng_uniform(random);
    if (status == CREASE_OK)
        status = net_by_formula(p, lab_falsified(run), &net[0], error);
    if (status == CREASE_OK)
        status = net_by_crease(p, &net[1], error);
    if (status == CREASE_OK)
        status = compare(p, (const crease_net *const *)net, places, room, room + places, room + 2 * places,
                         &own, error);
    if (status == CREASE_OK)
        status = read_back(p, net[0], &own.formula_back, error);
    if (status == CREASE_OK)
        status = read_back(p, net[1], &own.crease_back, error);
    for (size_t i = 0; i < p->knots + 2; i++)
        size = fmax(size, fabs(p->y[i]));
    worst->formula = fmax(worst->formula, own.formula / size);
    worst->formula_back = fmax(worst->formula_back, own.formula_back / size);
    worst->share_of_bound = fmax(worst->share_of_bound, own.share_of_bound);
    worst->crease = fmax(worst->crease, own.crease / size);
    worst->crease_back = fmax(worst->crease_back, own.crease_back / size);
    crease_net_free(net[0]);
    crease_net_free(net[1]);
    free(room);
    return status;
}

/* The largest errors over several polylines of k knots. */
static crease_status polylines(const lab_run *run, size_t k, errors *worst, crease_error *error) {
    const size_t count = k <= 1000 ? 20 : 1, places = k <= 10000 ? 500 : 100;
    gsl_rng *random = crease_random_new(lab_seed(run), k);
    polyline p = {k, lab_numbers(k + 2, 1), lab_numbers(k + 2, 1)};
    crease_status status = random && p.x && p.y ? CREASE_OK : lab_no_memory(error, "spline");
    for (size_t i = 0; i < count && status == CREASE_OK && !lab_interrupted(run); i++) {
        draw_data(&p, random);
        status = one_polyline(run, &p, places, random, worst, error);
    }
    free(p.x);
    free(p.y);
    gsl_rng_free(random);
    return status;
}

/* A few data, the network through them, and its terms. */
static crease_status draw_example(lab_run *run, crease_error *error) {
    double x[] = {0, .12, .3, .45, .6, .82, 1}, y[] = {.2, .9, .5, .7, -.1, .35, .3};
    const polyline p = {SHOWN - 1, x, y};
    double at[FINE], value[FINE], term[FINE];
    crease_net *net;
    crease_status status = net_by_formula(&p, lab_falsified(run), &net, error);
    lab_grid(FINE, 0, 1, at);
    if (status == CREASE_OK)
        status = evaluated(net, FINE, at, value, error);
    if (status == CREASE_OK) {
        lab_panel_begin(run, (lab_panel){.x = "x", .y = "y"});
        lab_draw(run, LAB_LINES, "relu", "network", FINE, at, value);
        for (size_t j = 0; j < p.knots; j++) {
            for (size_t i = 0; i < FINE; i++)
                term[i] = net->theta[net->output_weights + j] * fmax(0, at[i] - x[j + 1]) * .1;
            lab_draw(run, LAB_LINES, "mark", j ? "" : "each unit's term / 10", FINE, at, term);
        }
        lab_draw(run, LAB_POINTS, "exact", "data", SHOWN + 1, x, y);
    }
    crease_net_free(net);
    return status;
}

static void draw_errors(lab_run *run, size_t n, const double *knots, const errors *e) {
    double column[4][8];
    for (size_t i = 0; i < n; i++) {
        column[0][i] = e[i].formula;
        column[1][i] = e[i].formula_back;
        column[2][i] = e[i].crease;
        column[3][i] = e[i].crease_back;
    }
    lab_panel_begin(
        run, (lab_panel){.x = "knots", .y = "largest error / largest |y|", .log_x = true, .log_y = true});
    lab_draw(run, LAB_LINES_POINTS, "relu", "formula, evaluated", n, knots, column[0]);
    lab_draw(run, LAB_LINES_POINTS, "smooth", "formula, read back", n, knots, column[1]);
    lab_draw(run, LAB_LINES_POINTS, "tanh", "crease, evaluated", n, knots, column[2]);
    lab_draw(run, LAB_LINES_POINTS, "sigmoid", "crease, read back", n, knots, column[3]);
}

/* Greenshields' flow as vf relu(rho) relu(1 - rho/rho_j) is a product of two ReLUs, and none of those functions. */
static void say_product(lab_run *run) {
    enum { PLACES = 1000 };
    const double free_speed = 100, jam = 150, step = 1e-3 * jam / PLACES;
    double largest = 0;
    size_t bends = 0;
    for (size_t i = 0; i < PLACES; i++) {
        const double rho = jam * ((double)i + .5) / PLACES;
        double q[3];
        for (int k = 0; k < 3; k++) {
            const double x = rho + (k - 1) * step;
            q[k] = free_speed * fmax(0, x) * fmax(0, 1 - x / jam);
            largest = fmax(largest, fabs(q[k] - fmax(0, free_speed * x - free_speed * x * x / jam)));
        }
        bends += fabs(q[0] - 2 * q[1] + q[2]) > .5 * (2 * free_speed / jam) * step * step;
    }
    lab_say(run,
            "Products of ReLUs are another matter: the flow vf relu(rho) relu(1 - rho/rho_j) equals the relu "
            "of its parabola "
            "to %.0e of the capacity and bends at %zu of %d places.",
            largest / (free_speed * jam / 4), bends, (int)PLACES);
}

static void conclude(lab_run *run, size_t n, const double *knots, const errors *e) {
    errors worst = {0};
    for (size_t i = 0; i < n; i++) {
        worst.share_of_bound = fmax(worst.share_of_bound, e[i].share_of_bound);
        worst.formula = fmax(worst.formula, e[i].formula);
        worst.crease_back = fmax(worst.crease_back, e[i].crease_back);
    }
    lab_measure(run, "read_back", "largest error there and back by crease, of the largest |y|",
                lab_exact(worst.crease_back), 0);
    lab_measure(run, "evaluated", "largest error of the formula in doubles, of the largest |y|",
                lab_exact(worst.formula), 0);
    lab_measure(run, "share_of_bound", "that error as a share of the rounding that a plain sum may have",
                lab_exact(worst.share_of_bound), NAN);
    const bool exact = worst.share_of_bound <= 1 && worst.crease_back <= rounding;
    lab_conclude(
        run, exact ? LAB_CONFIRMED : LAB_REFUTED,
        "From 1 to %g knots, to a network and back, values differ by %.1e of the largest at most; the "
        "formula, summed in doubles, errs by %.2g times the rounding that such a sum may have.",
        knots[n - 1], worst.crease_back, worst.share_of_bound);
    lab_say(
        run,
        "'Exactly' is a word for real numbers: steep terms cancel, so a plain sum of %g units in doubles "
        "errs by %.1e of the largest |y| where one of %g errs by %.1e. Weights that take up one another's "
        "rounding err by %.1e.",
        knots[n - 1], e[n - 1].formula, knots[0], e[0].formula, e[n - 1].crease);
    lab_say(run, "The line takes a direct path from input to output. Without one, two more units carry it "
                 "everywhere, relu(x) and relu(-x), or one left of all data carries it there.");
    say_product(run);
}

static crease_status spline(lab_run *run, crease_error *error) {
    static const char *const columns[] = {"knots", "formula, evaluated", "formula, read back",
                                          "crease, evaluated", "crease, read back"};
    const size_t most = lab_count(run, "knots");
    double knots[8];
    errors e[8] = {{0}};
    size_t n = 0;
    for (size_t k = 1; k <= most && n < 7; k *= 10)
        knots[n++] = (double)k;
    if (knots[n - 1] < (double)most)
        knots[n++] = (double)most;
    lab_table(run, "Largest error, as a share of the largest |y|", 5, columns);
    for (size_t i = 0; i < n; i++) {
        crease_status status = polylines(run, (size_t)knots[i], &e[i], error);
        if (status != CREASE_OK || lab_interrupted(run))
            return status;
        lab_cell(run, knots[i]);
        lab_cell(run, e[i].formula);
        lab_cell(run, e[i].formula_back);
        lab_cell(run, e[i].crease);
        lab_cell(run, e[i].crease_back);
    }
    conclude(run, n, knots, e);
    crease_status status = draw_example(run, error);
    draw_errors(run, n, knots, e);
    return status;
}

const lab_experiment lab_spline = {
    .name = "spline",
    .claim =
        "Any continuous piecewise-linear function is a two-layer ReLU network: a line, then one unit a knot, "
        "with the change of slope as its weight.",
    .control = "the weight is the slope behind the knot, not its change",
    .knob = {{"knots", 1e5, 1, 1e6, true, "most knots"}},
    .run = spline,
};
