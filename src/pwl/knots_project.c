/* Let p be the least-squares projection of the data y onto the functions of some closed convex set. Every f of the set
 * then has (y - p, f - p) <= 0, so
 *     |y - f|^2 >= |y - p|^2 + |p - f|^2:
 * the least error of k knots on p, without regard to the set, and the distance of p bound the error on y of functions of
 * the set with k knots. Their knots are also good ones for y. Concave functions are such a set (Hildreth 1954): p is a line
 * and non-negative hinges at all data. So are functions of no slope below a least one: without its line p is isotonic,
 * found by pooling adjacent violators (Ayer et al. 1955). */
#include "pwl/knots_project.h"
#include "crease/nnls.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { MOST_POINTS_OF_CURVATURE = 400, PLACES = 32 };

/* the projection is right to about this share */
static const double ROUNDING = 1e-10;

static bool project_curvature(const knot_points *p, crease_curvature curvature, double *projected) {
    size_t n = p->n;
    bool ok = false;
    double sign = curvature == CREASE_CONVEX ? 1 : -1;
    double *A = malloc(n * n * sizeof *A), *b = malloc(2 * n * sizeof *b), *x = b ? b + n : NULL;
    bool *is_free = calloc(n, sizeof *is_free);
    if (!A || !b || !is_free)
        goto done;
    is_free[0] = is_free[1] = true;
    for (size_t i = 0; i < n; i++) {
        double root = sqrt(p->weight[i]);
        A[i * n] = root;
        A[i * n + 1] = root * p->x[i];
        for (size_t j = 2; j < n; j++)
            A[i * n + j] = root * sign * fmax(0, p->x[i] - p->x[j - 1]);
        b[i] = root * p->y[i];
    }
    if (crease_nnls(A, n, n, b, is_free, x, NULL, NULL) != CREASE_OK)
        goto done;
    for (size_t i = 0; i < n; i++) {
        projected[i] = x[0] + x[1] * p->x[i];
        for (size_t j = 2; j < n; j++)
            projected[i] += x[j] * sign * fmax(0, p->x[i] - p->x[j - 1]);
    }
    ok = true;
done:
    free(A);
    free(b);
    free(is_free);
    return ok;
}

/* sign (y - slope x) must rise, sign 1 for a least slope and -1 for a largest one. */
static bool project_slope(const knot_points *p, double slope, double sign, double *projected) {
    size_t *first = malloc((p->n + 1) * sizeof *first), blocks = 0;
    double *mean = malloc(2 * p->n * sizeof *mean), *weight = mean ? mean + p->n : NULL;
    bool ok = first && mean;
    for (size_t i = 0; ok && i < p->n; i++) {
        first[blocks] = i;
        mean[blocks] = sign * (p->y[i] - slope * p->x[i]);
        weight[blocks++] = p->weight[i];
        for (; blocks > 1 && mean[blocks - 2] > mean[blocks - 1]; blocks--) {
            double total = weight[blocks - 2] + weight[blocks - 1];
            mean[blocks - 2] += weight[blocks - 1] / total * (mean[blocks - 1] - mean[blocks - 2]);
            weight[blocks - 2] = total;
        }
    }
    for (size_t b = 0; ok && b < blocks; b++)
        for (size_t i = first[b]; i < (b + 1 < blocks ? first[b + 1] : p->n); i++)
            projected[i] = sign * mean[b] + slope * p->x[i];
    free(first);
    free(mean);
    return ok;
}

static double distance_of(const knot_points *p, const double *projected) {
    double distance = 0;
    for (size_t i = 0; i < p->n; i++)
        distance += p->weight[i] * (p->y[i] - projected[i]) * (p->y[i] - projected[i]);
    return distance;
}

/* The best k knots on the projection, and how good they are for the data. */
static bool approximate(knot_solver *solver, const knot_points *projected, double distance, knot_fit *fit,
                        const knot_bound_options *options, double *bound) {
    size_t k = fit->knots, places = 4 * k > PLACES ? 4 * k : PLACES;
    knot_rules free_rules = *solver->rules;
    free_rules.curvature = CREASE_ANY_CURVATURE;
    free_rules.slope_least = -INFINITY;
    free_rules.slope_largest = INFINITY;
    free_rules.fixed_points = 0;
    knot_solver approximating = {0};
    knot_fit best = {0};
    double apart = 0, work = 0;
    bool ok =
        crease_knot_fit_new(&best, k) && crease_knot_solver_new(&approximating, projected, &free_rules, k) &&
        crease_knot_search(&approximating, &best, places < projected->n ? places : projected->n, 1, &work);
    if (!ok || !isfinite(best.cost))
        goto done;
    /* no nearer than what the projection itself is wrong by */
    knot_bound_options near = *options;
    near.no_error = fmax(near.no_error, distance);
    if (!(ok = crease_knot_bound(&approximating, &best, &near, &apart)))
        goto done;
    *bound = fmax(*bound, (distance + apart) * (1 - ROUNDING));
    if (crease_knot_solve(solver, &best)) {
        crease_knot_polish(solver, &best, 1);
        if (best.cost < fit->cost)
            crease_knot_fit_copy(&best, fit);
    }
done:
    crease_knot_solver_clear(&approximating);
    crease_knot_fit_clear(&best);
    return ok;
}

static bool through(knot_solver *solver, const double *values, knot_fit *fit,
                    const knot_bound_options *options, double *bound) {
    knot_points projected = {0};
    bool ok = crease_knot_points_replace(solver->points, values, &projected, NULL) == CREASE_OK &&
              approximate(solver, &projected, distance_of(solver->points, values), fit, options, bound);
    crease_knot_points_clear(&projected);
    return ok;
}

bool crease_knot_projections(knot_solver *solver, knot_fit *fit, const knot_bound_options *options,
                             double *bound) {
    const knot_points *p = solver->points;
    const knot_rules *rules = solver->rules;
    if (p->n < 3 || fit->knots == 0)
        return true;
    double *values = malloc(p->n * sizeof *values);
    bool ok = values != NULL;
    if (ok && rules->curvature != CREASE_ANY_CURVATURE && p->n <= MOST_POINTS_OF_CURVATURE &&
        project_curvature(p, rules->curvature, values))
        ok = through(solver, values, fit, options, bound);
    if (ok && isfinite(rules->slope_least))
        ok = project_slope(p, rules->slope_least, 1, values) && through(solver, values, fit, options, bound);
    if (ok && isfinite(rules->slope_largest))
        ok = project_slope(p, rules->slope_largest, -1, values) &&
             through(solver, values, fit, options, bound);
    free(values);
    return ok;
}
