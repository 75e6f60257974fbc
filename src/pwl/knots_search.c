#include "pwl/knots_search.h"
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* knots on the places cost so much more than knots between them, at most, for a polish to lead to better ones */
static const double ROOM = 4;
/* quadratics carried on for a pair of places and a knot, on average, above which the search gets coarser */
static const double MOST_QUADRATICS = 40;

/* Which of the points may hold a knot: all, or half of them spread by rank and half by position, so that thinly
 * observed ranges have their candidates as well. Ascending, distinct. */
static size_t spread_places(const knot_points *p, size_t places, size_t *index) {
    size_t count = 0;
    if (p->n <= places) {
        for (size_t i = 0; i < p->n; i++)
            index[i] = i;
        return p->n;
    }
    double low = p->x[0], high = p->x[p->n - 1];
    size_t half = places / 2;
    size_t by_rank = 0, by_place = 0;
    while (by_rank < half || by_place < half) {
        size_t a = by_rank < half ? by_rank * (p->n - 1) / (half - 1) : SIZE_MAX, b = SIZE_MAX;
        if (by_place < half) {
            b = crease_knot_points_below(p, low + (high - low) * ((double)by_place + .5) / (double)half);
            b = b < p->n ? b : p->n - 1;
        }
        size_t next = a < b ? a : b;
        by_rank += a == next ? 1 : 0;
        by_place += b == next ? 1 : 0;
        if (count == 0 || next > index[count - 1])
            index[count++] = next;
    }
    return count;
}

static size_t add_fixed(const knot_solver *s, knot_cell *cell, size_t count) {
    const knot_points *p = s->points;
    for (size_t f = 0; f < s->rules->fixed_knots; f++) {
        double t = s->rules->fixed_knot[f];
        for (size_t left = crease_knot_points_below(p, t); left <= crease_knot_points_up_to(p, t); left++) {
            size_t at = count++;
            for (; at > 0 && cell[at - 1].low > t; at--)
                cell[at] = cell[at - 1];
            cell[at] = (knot_cell){.low = t, .high = t, .left = left, .right = left, .fixed = true};
        }
    }
    return count;
}

static knot_cell cell_at(double t, size_t left) {
    return (knot_cell){.low = t, .high = t, .left = left, .right = left};
}

/* Cells on the chosen data and, where there are parts, at parts - 1 places in each gap; then a datum under a knot may
 * count for the piece right of it as well, which matters where a piece has as few points as it may. */
static size_t make_cells(const knot_points *p, size_t places, size_t parts, size_t *index, knot_cell *cell) {
    size_t chosen = spread_places(p, places, index), count = 0;
    for (size_t i = 0; i < chosen; i++) {
        double t = p->x[index[i]];
        if (parts > 1)
            cell[count++] = cell_at(t, index[i]);
        cell[count++] = cell_at(t, index[i] + 1);
        for (size_t part = 1; part < parts && i + 1 < chosen; part++) {
            double share = (double)part / (double)parts, at = t + share * (p->x[index[i + 1]] - t);
            if (at > t && at < p->x[index[i + 1]])
                cell[count++] = cell_at(at, index[i] + 1);
        }
    }
    return count;
}

bool crease_knot_search(knot_solver *s, knot_fit *fit, size_t places, size_t parts, double *work) {
    const knot_points *p = s->points;
    bool done = false;
    parts = places >= p->n ? parts : 1;
    size_t k = fit->knots, room = places * (parts + 1) + 2 + 2 * s->rules->fixed_knots;
    knot_cell *cell = malloc(room * sizeof *cell);
    size_t *index = malloc(room * sizeof *index), *chosen = malloc(k * sizeof *chosen);
    knot_chain chain = {0};
    knot_fit trial = {0};
    if (!crease_knot_fit_new(&trial, k) || !cell || !index || !chosen)
        goto end;
    size_t count = add_fixed(s, cell, make_cells(p, places, parts, index, cell));
    chain = (knot_chain){.points = p,
                         .cell = cell,
                         .cells = count,
                         .knots = k,
                         .min_points = s->rules->min_points,
                         .flat = s->rules->flat,
                         .slope_least = s->rules->slope_least,
                         .slope_largest = s->rules->slope_largest,
                         .limit = ROOM * fit->cost};
    if (!crease_knot_chain_prepare(&chain))
        goto end;
    double apart = crease_knot_chain_run_apart(&chain), scale = apart + (isfinite(fit->cost) ? fit->cost : 0);
    chain.most_work = MOST_QUADRATICS * (double)(count * count * k) / 2;
    for (double gain = 1e-4; gain < 1;
         gain *= 30) { /* the coarser, the fewer quadratics there are to carry */
        chain.least_gain = gain * scale;
        if (!crease_knot_chain_run(&chain))
            goto end;
        *work += chain.work + (double)count * (double)count;
        if (!chain.exhausted)
            break;
    }
    done = true;
    if (chain.exhausted)
        chain.best = INFINITY;
    if (!isfinite(chain.best))
        goto end;
    crease_knot_chain_best_cells(&chain, chosen);
    for (size_t j = 0; j < k; j++)
        trial.t[j] = cell[chosen[j]].low;
    trial.flat_piece = s->rules->flat ? crease_knot_chain_flat_piece(&chain) : SIZE_MAX;
    if (crease_knot_places_are_allowed(p, s->rules, k, trial.t) && crease_knot_solve(s, &trial)) {
        crease_knot_polish(s, &trial, p->n / places);
        if (trial.cost < fit->cost)
            crease_knot_fit_copy(&trial, fit);
    }
end:
    crease_knot_chain_clear(&chain);
    crease_knot_fit_clear(&trial);
    free(cell);
    free(index);
    free(chosen);
    return done;
}
