#include "crease/knots.h"
#include "pwl/knots_project.h"
#include "pwl/knots_search.h"
#include "pwl/knots_sides.h"
#include <gsl/gsl_sort.h>
#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdlib.h>

enum { PLACES = 32, BETWEEN = 96, MOST_KNOTS = 500 };

static const double CERTIFIED = 1e-6; /* largest gap that counts as none */
/* A network is to be found, not proven the best: what is this near to the best is found at a fraction of the work. */
static const double NEAR_ENOUGH = 4e-3;
/* of a search, for the budget of the bound */
static const double LEAST_WORK = 2e5, MOST_WORK = 1e6;
static const double NO_ERROR = 1e-20; /* of the total sum of squares: an error that counts as none */

typedef struct search {
    const crease_knots_options *options;
    knot_points points;
    knot_rules rules;
    double *fixed;
    knot_solver solver;
    knot_fit fit;
    double bounding;  /* default of options->work */
    double tolerance; /* a function better by less than this share is not looked for */
    double work;
} search;

static void search_clear(search *s) {
    crease_knot_points_clear(&s->points);
    free(s->fixed);
    crease_knot_solver_clear(&s->solver);
    crease_knot_fit_clear(&s->fit);
}

/* No minimum is the same as one point: a piece without data serves to jump, which knots on the data at both ends of the
 * gap do as well. */
static size_t min_points_of(const crease_knots_options *options) {
    if (options->min_points == 0)
        return 3;
    return options->min_points == CREASE_NO_MINIMUM ? 1 : options->min_points;
}

static crease_status check_options(const crease_data *data, const crease_knots_options *options,
                                   crease_error *error) {
    if (data->inputs != 1 || data->outputs != 1)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "knots need one input and one output; the data have %zu and %zu", data->inputs,
                           data->outputs);
    if (options->knots > MOST_KNOTS)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "at most %d knots, not %zu", (int)MOST_KNOTS,
                           options->knots);
    if (options->fixed_knot_count > options->knots)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "%zu fixed knots are more than the %zu knots",
                           options->fixed_knot_count, options->knots);
    if (options->slope_limits && !(options->slope_limits[0] <= options->slope_limits[1]))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "no slope is at least %g and at most %g",
                           options->slope_limits[0], options->slope_limits[1]);
    for (size_t i = 0; i < options->fixed_knot_count; i++)
        if (!isfinite(options->fixed_knot[i]))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "a fixed knot is not a finite number");
    for (size_t i = 0; i < 2 * options->fixed_point_count; i++)
        if (!isfinite(options->fixed_point[i]))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "a fixed point is not finite");
    return crease_data_check(data, error);
}

/* The number of knots that the data can carry: with two less than there are points the function meets them all. Without
 * an affine path one more is needed for that. */
static size_t knots_possible(const knot_points *p, size_t wanted, size_t min_points, size_t fixed,
                             bool sided) {
    size_t least = sided ? 1 : 2, most = p->n > least ? p->n - least : 0;
    if (min_points > 0) {
        size_t pieces = p->count[p->n] / min_points;
        most = pieces == 0 ? 0 : most < pieces - 1 ? most : pieces - 1;
    }
    size_t knots = wanted < most ? wanted : most;
    return knots > fixed ? knots : fixed;
}

static crease_status set_rules(search *s, crease_error *error) {
    const crease_knots_options *o = s->options;
    const knot_points *p = &s->points;
    size_t knots = o->fixed_knot_count, points = o->fixed_point_count;
    if (!(s->fixed = malloc((knots + 2 * points + 1) * sizeof *s->fixed)))
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu fixed knots", knots);
    double per_slope = p->x_scale / p->y_scale;
    s->rules = (knot_rules){.min_points = min_points_of(o),
                            .curvature = o->curvature,
                            .slope_least = o->slope_limits ? o->slope_limits[0] * per_slope : -INFINITY,
                            .slope_largest = o->slope_limits ? o->slope_limits[1] * per_slope : INFINITY,
                            .fixed_knot = s->fixed,
                            .fixed_knots = knots,
                            .fixed_x = s->fixed + knots,
                            .fixed_y = s->fixed + knots + points,
                            .fixed_points = points};
    for (size_t i = 0; i < knots; i++) {
        s->fixed[i] = (o->fixed_knot[i] - p->x_shift) / p->x_scale;
        size_t at = crease_knot_points_below(p, s->fixed[i]);
        for (size_t near = at > 0 ? at - 1 : 0; near < p->n && near <= at; near++)
            if (p->raw_x[near] == o->fixed_knot[i])
                s->fixed[i] = p->x[near];
    }
    gsl_sort(s->fixed, 1, knots);
    for (size_t i = 1; i < knots; i++)
        if (s->fixed[i] == s->fixed[i - 1])
            return crease_fail(error, CREASE_BAD_ARGUMENT, "two fixed knots are the same");
    for (size_t i = 0; i < points; i++) {
        s->fixed[knots + i] = (o->fixed_point[2 * i] - p->x_shift) / p->x_scale;
        s->fixed[knots + points + i] = (o->fixed_point[2 * i + 1] - p->y_shift) / p->y_scale;
    }
    return CREASE_OK;
}

static crease_status search_new(search *s, const crease_data *data, const crease_knots_options *options,
                                bool sided, crease_error *error) {
    *s = (search){.options = options, .bounding = 20, .tolerance = .9 * CERTIFIED};
    crease_status status = check_options(data, options, error);
    if (status != CREASE_OK ||
        (status = crease_knot_points_new(data, options->fixed_point, options->fixed_point_count, &s->points,
                                         error)) != CREASE_OK ||
        (status = set_rules(s, error)) != CREASE_OK)
        return status;
    size_t knots =
        knots_possible(&s->points, options->knots, s->rules.min_points, s->rules.fixed_knots, sided);
    if (!crease_knot_fit_new(&s->fit, knots) ||
        !crease_knot_solver_new(&s->solver, &s->points, &s->rules, knots))
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu knots", knots);
    return CREASE_OK;
}

static crease_status no_function(crease_error *error) {
    return crease_fail(
        error, CREASE_BAD_ARGUMENT,
        "no piecewise-linear function keeps all the limits and fixed points; take some of them away");
}

/* Knots at even ranks of the data, polished: a cost that the search has to beat. */
static void start_evenly(search *s) {
    const knot_points *p = &s->points;
    size_t k = s->fit.knots;
    if (s->rules.fixed_knots > 0)
        return;
    s->fit.flat_piece = s->rules.flat ? 0 : SIZE_MAX;
    for (size_t j = 0; j < k; j++)
        s->fit.t[j] = p->x[(j + 1) * (p->n - 1) / (k + 1)];
    if (crease_knot_places_are_allowed(p, &s->rules, k, s->fit.t) && crease_knot_solve(&s->solver, &s->fit))
        crease_knot_polish(&s->solver, &s->fit, 1);
    else
        s->fit.cost = INFINITY;
}

static crease_status find_best(search *s, crease_error *error) {
    size_t n = s->points.n, k = s->fit.knots;
    if (k == 0)
        return crease_knot_solve(&s->solver, &s->fit) ? CREASE_OK : no_function(error);
    size_t places[] = {4 * k > PLACES ? 4 * k : PLACES, n};
    start_evenly(s);
    for (size_t i = 0; i < 2 && (i == 0 || !isfinite(s->fit.cost)); i++) {
        if (!crease_knot_search(&s->solver, &s->fit, places[i] < n ? places[i] : n, 1, &s->work))
            return crease_fail(error, CREASE_NO_MEMORY, "out of memory in the search for %zu knots", k);
    }
    /* few data: the best functions on data and between them may differ by more than a polish bridges */
    double ignored = 0;
    if (n < BETWEEN / 2 && !crease_knot_search(&s->solver, &s->fit, n, BETWEEN / n, &ignored))
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory in the search for %zu knots", k);
    return isfinite(s->fit.cost) ? CREASE_OK : no_function(error);
}

/* The bound without regard to curvature and fixed points holds with them as well. */
static bool improve_bound(search *s, const knot_bound_options *options, double *bound) {
    double plain = 0;
    if (s->fit.cost - *bound <= options->tolerance * fmax(s->fit.cost + s->points.tie_sse, options->no_error))
        return true;
    bool ok = crease_knot_bound(&s->solver, &s->fit, options, &plain);
    *bound = fmax(*bound, plain);
    return ok;
}

static crease_status find_bound(search *s, double *bound, crease_error *error) {
    *bound = 0;
    if (s->fit.knots == 0) {
        *bound = s->fit.cost;
        return CREASE_OK;
    }
    if (s->options->work < 0)
        return CREASE_OK;
    knot_bound_options options = {.tolerance = s->tolerance,
                                  .no_error = NO_ERROR,
                                  .work = (s->options->work > 0 ? s->options->work : s->bounding) *
                                          fmin(fmax(s->work, LEAST_WORK), MOST_WORK),
                                  .asked = s->options};
    if (!crease_knot_projections(&s->solver, &s->fit, &options, bound) || !improve_bound(s, &options, bound))
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the lower bound");
    return CREASE_OK;
}

static double raw_position(const knot_points *p, double t) {
    size_t at = crease_knot_points_below(p, t);
    if (at < p->n && p->x[at] == t)
        return p->raw_x[at];
    return p->x_shift + p->x_scale * t;
}

static crease_status to_pwl(const search *s, crease_pwl **pwl, crease_error *error) {
    const knot_points *p = &s->points;
    const knot_fit *fit = &s->fit;
    crease_status status = crease_pwl_new(pwl, fit->knots, error);
    if (status != CREASE_OK)
        return status;
    double per_slope = p->y_scale / p->x_scale;
    (*pwl)->slope_left = fit->slope[0] * per_slope;
    (*pwl)->slope_right = fit->slope[fit->knots] * per_slope;
    double y = fit->value;
    for (size_t j = 0; j < fit->knots; j++) {
        if (j > 0)
            y += fit->slope[j] * (fit->t[j] - fit->t[j - 1]);
        (*pwl)->x[j] = raw_position(p, fit->t[j]);
        (*pwl)->y[j] = p->y_shift + p->y_scale * y;
    }
    if (fit->knots == 0)
        (*pwl)->value_at_zero = p->y_shift + p->y_scale * fit->value - (*pwl)->slope_left * p->x_shift;
    return CREASE_OK;
}

/* Errors from the rows themselves, in units of the scale of y so that no square overflows. */
static void score(const search *s, const crease_data *data, double bound, crease_knots_result *result) {
    const knot_points *p = &s->points;
    double square = 0, total = 0;
    for (size_t i = 0; i < data->n; i++) {
        double w = data->weight ? data->weight[i] / p->total_weight : 1 / p->total_weight;
        if (!(w > 0))
            continue;
        double r = data->y[i] - crease_pwl_evaluate(result->pwl, data->x[i]);
        double from_mean = (data->y[i] - p->y_shift) / p->y_scale;
        result->max_error = fmax(result->max_error, fabs(r));
        square += w * (r / p->y_scale) * (r / p->y_scale);
        total += w * from_mean * from_mean;
    }
    double scale = p->y_scale * p->y_scale * p->total_weight;
    result->rows = p->rows;
    result->points = p->count[p->n];
    result->rmse = sqrt(square) * p->y_scale;
    result->sse = square * scale;
    result->tss = total * scale;
    bound = fmin(bound + p->tie_sse, square);
    result->lower_bound = bound * scale;
    result->gap = (square - bound) / fmax(square, NO_ERROR * total);
    if (square == bound)
        result->gap = 0;
    result->certified = result->gap <= CERTIFIED;
}

static crease_status deliver(search *s, const crease_data *data, double bound, double began,
                             crease_knots_result *result, crease_error *error) {
    crease_status status = to_pwl(s, &result->pwl, error);
    if (status != CREASE_OK)
        return status;
    score(s, data, bound, result);
    result->knots_asked = s->options->knots;
    result->interrupted = s->options->interrupted && s->options->interrupted(s->options->interrupted_context);
    result->seconds = omp_get_wtime() - began;
    return CREASE_OK;
}

static crease_status find_with_bound(search *s, double *bound, crease_error *error) {
    crease_status status = find_best(s, error);
    return status == CREASE_OK ? find_bound(s, bound, error) : status;
}

crease_status crease_knots_fit(const crease_data *data, const crease_knots_options *options,
                               crease_knots_result *result, crease_error *error) {
    search s;
    double bound, began = omp_get_wtime();
    *result = (crease_knots_result){0};
    crease_status status = search_new(&s, data, options, false, error);
    if (status == CREASE_OK && (status = find_with_bound(&s, &bound, error)) == CREASE_OK)
        status = deliver(&s, data, bound, began, result, error);
    search_clear(&s);
    return status;
}

/* The sides of the best fit: right of its flat piece right, left of it left. */
static void deliver_sides(const knot_fit *fit, bool *faces_left) {
    for (size_t j = 0; j < fit->knots; j++)
        faces_left[j] = fit->sided ? fit->faces_left[j] : j < fit->flat_piece;
}

/* Knots with a flat piece are networks whose units face away from it; others come from the best fits without regard to
 * sides, of as many knots and of one less. free_fit: as many, found. */
static crease_status search_sides(search *s, const knot_fit *free_fit, crease_error *error) {
    double ignored;
    knot_fit fewer = {0}, flat = s->fit;
    crease_status status = CREASE_OK;
    s->rules.flat = true;
    status = find_with_bound(s, &ignored, error);
    flat = s->fit;
    s->rules.flat = false;
    if (status == CREASE_OK && !crease_knot_fit_new(&fewer, flat.knots - 1))
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu units", flat.knots);
    s->fit = fewer;
    if (status == CREASE_OK)
        status = find_with_bound(s, &ignored, error);
    fewer = s->fit;
    s->fit = flat;
    if (status == CREASE_OK && (!crease_knot_sides_from_fewer(&s->solver, &fewer, &s->fit) ||
                                !crease_knot_sides(&s->solver, free_fit, &s->fit)))
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for the sides of %zu units", flat.knots);
    crease_knot_fit_clear(&fewer);
    return status;
}

crease_status crease_knots_fit_relu(const crease_data *data, const crease_knots_options *options,
                                    crease_knots_result *result, bool *faces_left, crease_error *error) {
    search s;
    double bound, began = omp_get_wtime();
    *result = (crease_knots_result){0};
    crease_status status = search_new(&s, data, options, true, error);
    knot_fit free_fit = {0};
    s.tolerance = NEAR_ENOUGH;
    s.bounding = 6;
    if (status == CREASE_OK)
        status = find_with_bound(&s, &bound, error);
    if (status == CREASE_OK && s.fit.knots > 0) {
        free_fit = s.fit;
        if (!crease_knot_fit_new(&s.fit, free_fit.knots))
            status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu units", free_fit.knots);
        else
            status = search_sides(&s, &free_fit, error);
        bound = fmin(bound, s.fit.cost);
    }
    crease_knot_fit_clear(&free_fit);
    if (status == CREASE_OK && (status = deliver(&s, data, bound, began, result, error)) == CREASE_OK)
        deliver_sides(&s.fit, faces_left);
    search_clear(&s);
    return status;
}

crease_status crease_knots_polish(const crease_data *data, const crease_knots_options *options,
                                  const double *start, crease_knots_result *result, crease_error *error) {
    search s;
    double began = omp_get_wtime();
    *result = (crease_knots_result){0};
    crease_status status = search_new(&s, data, options, false, error);
    if (status == CREASE_OK && s.fit.knots < options->knots)
        status = crease_fail(error, CREASE_BAD_DATA, "%zu points cannot carry %zu knots", s.points.n,
                             options->knots);
    for (size_t j = 0; status == CREASE_OK && j < s.fit.knots; j++)
        s.fit.t[j] = (start[j] - s.points.x_shift) / s.points.x_scale;
    if (status == CREASE_OK && !crease_knot_solve(&s.solver, &s.fit))
        status = crease_fail(error, CREASE_BAD_ARGUMENT,
                             "the knots to start from do not ascend, or no function keeps the limits");
    if (status == CREASE_OK) {
        crease_knot_polish(&s.solver, &s.fit, 1);
        status = deliver(&s, data, 0, began, result, error);
    }
    search_clear(&s);
    return status;
}

void crease_knots_result_clear(crease_knots_result *result) {
    crease_pwl_free(result->pwl);
    *result = (crease_knots_result){0};
}
