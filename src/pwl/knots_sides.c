/* f(x) = b + sum over right-facing units a_i relu(x - t_i) + sum over left-facing ones a_i relu(t_i - x) has slope
 * changes a_i and, left of all knots, the slope -sum over left-facing ones a_i: the sides ask of a piecewise-linear
 * function that its first slope and the changes at left-facing knots add up to 0, one linear condition c'p = 0. On the
 * least-squares solution p with inverse Gram matrix V it costs (c'p)^2 / c'Vc, so all ways to face can be ranked. */
#include "pwl/knots_sides.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { MOST_UNITS = 16, TRIED = 6, REACH = 4 };

typedef struct ranked {
    size_t pattern;
    double cost;
} ranked;

/* c'p and c'Vc are sums over the columns of slopes; left-facing knot j gives +1 to slope j+1 and -1 to slope j. */
static double cost_of_pattern(const knot_fit *fit, const double *V, size_t pattern) {
    size_t k = fit->knots, columns = k + 2;
    double c[MOST_UNITS + 2] = {0}, asked = 0, variance = 0;
    c[1] = 1;
    for (size_t j = 0; j < k; j++)
        if (pattern >> j & 1) {
            c[j + 2] += 1;
            c[j + 1] -= 1;
        }
    for (size_t a = 1; a < columns; a++) {
        asked += c[a] * fit->slope[a - 1];
        for (size_t b = 1; b < columns; b++)
            variance += c[a] * c[b] * V[a * columns + b];
    }
    return variance > 0 ? asked * asked / variance : INFINITY;
}

static void keep(ranked *best, size_t *count, ranked candidate) {
    size_t at = *count;
    while (at > 0 && best[at - 1].cost > candidate.cost)
        at--;
    if (at >= TRIED)
        return;
    *count += *count < TRIED ? 1 : 0;
    for (size_t i = *count - 1; i > at; i--)
        best[i] = best[i - 1];
    best[at] = candidate;
}

static void improve(knot_solver *s, knot_fit *trial, knot_fit *fit) {
    if (!crease_knot_solve(s, trial))
        return;
    crease_knot_polish(s, trial, REACH);
    if (trial->cost < fit->cost)
        crease_knot_fit_copy(trial, fit);
}

bool crease_knot_sides(knot_solver *s, const knot_fit *free_fit, knot_fit *fit) {
    size_t k = fit->knots, columns = k + 2, count = 0;
    ranked best[TRIED];
    if (k > MOST_UNITS)
        return true;
    knot_fit trial = {0};
    double *V = malloc(columns * columns * sizeof *V);
    bool ok = crease_knot_fit_new(&trial, k) && V;
    if (!ok)
        goto done;
    crease_knot_fit_copy(free_fit, &trial);
    if (!crease_knot_solve(s, &trial))
        goto done;
    crease_knot_fill_rows(s, &trial);
    if (!crease_dense_gram_inverse(s->dense, s->rows, columns, s->E, columns, V, NULL))
        goto done;
    for (size_t pattern = 0; pattern < (size_t)1 << k; pattern++)
        keep(best, &count, (ranked){pattern, cost_of_pattern(&trial, V, pattern)});
    for (size_t i = 0; i < count; i++) {
        crease_knot_fit_copy(free_fit, &trial);
        trial.sided = true;
        trial.flat_piece = SIZE_MAX;
        for (size_t j = 0; j < k; j++)
            trial.faces_left[j] = best[i].pattern >> j & 1;
        improve(s, &trial, fit);
    }
done:
    free(V);
    crease_knot_fit_clear(&trial);
    return ok;
}

/* Knot beyond the first (last) one of `fewer`, `share` of the way to the end of the data, where the function turns flat;
 * at the end itself the unit is a line. */
static void try_beyond(knot_solver *s, const knot_fit *fewer, bool right, double share, knot_fit *trial,
                       knot_fit *fit) {
    const knot_points *p = s->points;
    size_t k = fewer->knots;
    double end = right ? p->x[p->n - 1] : p->x[0];
    double last = k == 0 ? -end : fewer->t[right ? k - 1 : 0];
    for (size_t j = 0; j < k; j++)
        trial->t[j + (right ? 0 : 1)] = fewer->t[j];
    trial->t[right ? k : 0] = last + share * (end - last);
    trial->sided = false;
    trial->flat_piece = right ? k + 1 : 0;
    if (crease_knot_places_are_allowed(p, s->rules, k + 1, trial->t))
        improve(s, trial, fit);
}

bool crease_knot_sides_from_fewer(knot_solver *s, const knot_fit *fewer, knot_fit *fit) {
    static const double share[] = {.25, .5, .75, 1};
    knot_fit trial = {0};
    bool ok = crease_knot_fit_new(&trial, fit->knots);
    for (size_t i = 0; ok && i < sizeof share / sizeof *share; i++)
        for (int right = 0; right < 2; right++)
            try_beyond(s, fewer, right, share[i], &trial, fit);
    crease_knot_fit_clear(&trial);
    return ok;
}
