/* Lower bound by refinement. The places for knots are cells, at first blocks of data; knots_chain.c bounds the cost of
 * every function from below, run from the left and, on the mirrored data, from the right, and so bounds the cost through
 * every state (knot j in cell c). States that cannot beat the best fit are left out, the cells of the others are split,
 * blocks at data and gaps between data in parts, until none is left: then no function beats the fit by more than the
 * tolerance. As the cells shrink the bound tends to the exact cost, so this ends; at any time the least bound over the
 * states of one knot is a bound. */
#include "pwl/knots_search.h"
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CELLS = 64, APART_CELLS = 2000, MOST_CELLS = 4096, ENOUGH_CELLS = 160 };

typedef struct level {
    knot_cell *cell;
    size_t cells;
    bool *alive; /* knots x cells */
} level;

typedef struct bounding {
    knot_solver *solver;
    const knot_points *points;
    knot_points mirrored;
    knot_fit *fit, trial;
    size_t k;
    double limit;
    double work, most_work;
    bool exhausted;
} bounding;

static void level_clear(level *l) {
    free(l->cell);
    free(l->alive);
    *l = (level){0};
}

static bool level_new(level *l, size_t knots, size_t room) {
    *l = (level){0};
    l->cell = malloc(room * sizeof *l->cell);
    l->alive = malloc(knots * room + 1);
    return l->cell && l->alive;
}

/* Slope of the best fit near a cell: slopes that matter are not far from it. */
static double slope_near(const knot_fit *fit, const knot_cell *cell) {
    double width = cell->high - cell->low;
    double low = cell->low - width - 1e-3, high = cell->high + width + 1e-3;
    return (crease_knot_fit_evaluate(fit, high) - crease_knot_fit_evaluate(fit, low)) / (high - low);
}

static knot_cell block_of(const knot_points *p, size_t first, size_t last) {
    return (knot_cell){.low = p->x[first], .high = p->x[last], .left = first + 1, .right = last};
}

/* Parts of a cell: at data where it holds any, else by length. Returns their number. */
static size_t split(const knot_points *p, const knot_cell *cell, size_t parts, knot_cell *part) {
    if (cell->fixed) {
        part[0] = *cell;
        return 1;
    }
    size_t count = 0;
    if (cell->right > cell->left) {
        size_t first = cell->left - 1, gaps = cell->right - first;
        parts = parts < gaps ? parts : gaps;
        for (size_t i = 0; i < parts; i++)
            part[count++] = block_of(p, first + i * gaps / parts, first + (i + 1) * gaps / parts);
        return count;
    }
    double low = cell->low, width = cell->high - cell->low;
    for (size_t i = 0; i < parts; i++) {
        knot_cell piece = *cell;
        piece.low = i == 0 ? cell->low : part[i - 1].high;
        piece.high = i + 1 == parts ? cell->high : low + width * (double)(i + 1) / (double)parts;
        if (piece.high > piece.low)
            part[count++] = piece;
        else if (i + 1 == parts && count > 0)
            part[count - 1].high = cell->high;
        if (!(piece.high > piece.low))
            break;
    }
    if (count == 0)
        part[count++] = *cell;
    part[count - 1].high = cell->high;
    return count;
}

static bool level_of(const bounding *b, size_t cells, level *l) {
    const knot_points *p = b->points;
    const knot_rules *rules = b->solver->rules;
    if (!level_new(l, b->k, cells + 2 * rules->fixed_knots + 2))
        return false;
    knot_cell whole = block_of(p, 0, p->n - 1);
    l->cells = split(p, &whole, cells, l->cell);
    for (size_t f = 0; f < rules->fixed_knots; f++) {
        double t = rules->fixed_knot[f];
        for (size_t left = crease_knot_points_below(p, t); left <= crease_knot_points_up_to(p, t); left++) {
            size_t at = l->cells++;
            for (; at > 0 && l->cell[at - 1].low / 2 + l->cell[at - 1].high / 2 > t; at--)
                l->cell[at] = l->cell[at - 1];
            l->cell[at] = (knot_cell){.low = t, .high = t, .left = left, .right = left, .fixed = true};
        }
    }
    memset(l->alive, true, b->k * l->cells);
    return true;
}

static bool next_level(bounding *b, const level *from, size_t parts, level *to) {
    if (!level_new(to, b->k, from->cells * parts + 1))
        return false;
    size_t *parent = malloc((from->cells * parts + 1) * sizeof *parent);
    if (!parent)
        return false;
    for (size_t i = 0; i < from->cells; i++) {
        bool any = false;
        for (size_t j = 0; j < b->k; j++)
            any = any || from->alive[j * from->cells + i];
        if (!any && !from->cell[i].fixed)
            continue;
        size_t count = split(b->points, &from->cell[i], parts, to->cell + to->cells);
        for (size_t c = 0; c < count; c++)
            parent[to->cells++] = i;
    }
    for (size_t j = 0; j < b->k; j++)
        for (size_t i = 0; i < to->cells; i++)
            to->alive[j * to->cells + i] = from->alive[j * from->cells + parent[i]];
    free(parent);
    return true;
}

static knot_chain chain_over(const bounding *b, const knot_points *points, const knot_cell *cell,
                             size_t cells) {
    const knot_rules *rules = b->solver->rules;
    return (knot_chain){.points = points,
                        .cell = cell,
                        .cells = cells,
                        .knots = b->k,
                        .min_points = rules->min_points,
                        .flat = rules->flat,
                        .slope_least = rules->slope_least,
                        .slope_largest = rules->slope_largest,
                        .limit = b->limit,
                        .most_work = b->most_work - b->work,
                        .bounding = true};
}

/* The layer, seen from the right, that completes this one: a piece of slope 0 lies on one side only. */
static size_t mirrored_layer(const knot_chain *forward, size_t layer) {
    return forward->layers - 1 - layer;
}

/* The chain seen from the right: cells and knots in reverse order, slopes negated; what lies left of a state is known
 * from the run from the left. */
static bool mirror(const bounding *b, const knot_chain *forward, knot_chain *backward, knot_cell **cells) {
    size_t n = forward->cells, points = b->points->n, k = b->k;
    if (!(*cells = malloc((n + 1) * sizeof **cells)))
        return false;
    for (size_t i = 0; i < n; i++) {
        const knot_cell *from = &forward->cell[n - 1 - i];
        (*cells)[i] = (knot_cell){.low = -from->high,
                                  .high = -from->low,
                                  .left = points - from->right,
                                  .right = points - from->left,
                                  .slope = -from->slope,
                                  .fixed = from->fixed};
    }
    *backward = chain_over(b, &b->mirrored, *cells, n);
    backward->slope_least = -forward->slope_largest;
    backward->slope_largest = -forward->slope_least;
    if (!(backward->alive = malloc(k * n + 1)) || !crease_knot_chain_prepare(backward))
        return false;
    memset(backward->alive, false, k * n);
    for (size_t layer = 0; layer < forward->layers; layer++)
        for (size_t i = 0; i < n; i++) {
            size_t from = layer * n + i, to = mirrored_layer(forward, layer) * n + (n - 1 - i);
            bool reached = forward->alive[from % (k * n)] && forward->envelope[from].quadratic_count > 0;
            backward->alive[to % (k * n)] = backward->alive[to % (k * n)] || reached;
            backward->after[to] = forward->before[from];
            backward->before[to] = forward->after[from];
        }
    return true;
}

/* Least sum of a quadratic from the left and one from the right. */
static double through(const knot_envelope *left, const knot_envelope *right, double limit) {
    double least = INFINITY;
    for (size_t a = 0; a < left->quadratic_count; a++)
        for (size_t c = 0; c < right->quadratic_count; c++) {
            const knot_quadratic *p = &left->quadratic[a], *q = &right->quadratic[c];
            double sum = p->least + q->least;
            if (!(sum < least) || !(sum < limit))
                continue;
            double A = p->curvature, C = q->curvature, d = p->at - q->at;
            if (A > 0 && C > 0)
                sum += A * C / (A + C) * d * d;
            least = fmin(least, sum);
        }
    return least;
}

/* Prunes alive by the cost through each state; returns the least bound, at most the limit. */
static double prune(const bounding *b, level *l, const knot_chain *forward, const knot_chain *backward) {
    size_t n = l->cells, k = b->k;
    double bound = 0;
    for (size_t j = 0; j < k; j++) {
        double least = b->limit;
        for (size_t i = 0; i < n; i++) {
            double cost = INFINITY;
            for (size_t layer = j; layer < forward->layers; layer += k) {
                size_t from = layer * n + i, to = mirrored_layer(forward, layer) * n + (n - 1 - i);
                cost = fmin(cost, through(&forward->envelope[from], &backward->envelope[to], b->limit));
            }
            l->alive[j * n + i] = cost < b->limit;
            least = fmin(least, cost);
        }
        bound = fmax(bound, least);
    }
    return bound;
}

/* Polishes the chain whose bound is the least. */
static void try_best_chain(bounding *b, const knot_chain *chain) {
    size_t *chosen = malloc(b->k * sizeof *chosen);
    size_t widest = 1;
    bool ok = chosen && isfinite(chain->best);
    if (ok)
        crease_knot_chain_best_cells(chain, chosen);
    for (size_t j = 0; ok && j < b->k; j++) {
        const knot_cell *cell = &chain->cell[chosen[j]];
        double t = cell->low / 2 + cell->high / 2;
        /* a knot of the fit in the same cell is as good a guess, and exact on data */
        for (size_t i = 0; i < b->k; i++)
            if (b->fit->t[i] >= cell->low && b->fit->t[i] <= cell->high)
                t = b->fit->t[i];
        b->trial.t[j] = t;
        if (cell->right - cell->left + 1 > widest)
            widest = cell->right - cell->left + 1;
        ok = j == 0 || t > b->trial.t[j - 1];
    }
    free(chosen);
    b->trial.flat_piece =
        chain->flat && isfinite(chain->best) ? crease_knot_chain_flat_piece(chain) : SIZE_MAX;
    if (!ok || !crease_knot_places_are_allowed(b->points, b->solver->rules, b->k, b->trial.t) ||
        !crease_knot_solve(b->solver, &b->trial))
        return;
    crease_knot_polish(b->solver, &b->trial, widest);
    if (b->trial.cost < b->fit->cost)
        crease_knot_fit_copy(&b->trial, b->fit);
}

/* One level: bounds, prunes. False without memory. */
static bool bound_level(bounding *b, level *l, double *bound) {
    bool ok = false;
    knot_chain forward = chain_over(b, b->points, l->cell, l->cells), backward = {0};
    knot_cell *mirrored_cells = NULL;
    for (size_t i = 0; i < l->cells; i++)
        l->cell[i].slope = slope_near(b->fit, &l->cell[i]);
    if (!(forward.alive = malloc(b->k * l->cells + 1)))
        goto done;
    memcpy(forward.alive, l->alive, b->k * l->cells);
    if (!crease_knot_chain_prepare(&forward))
        goto done;
    crease_knot_chain_run_apart(&forward);
    if (!crease_knot_chain_run(&forward) || !mirror(b, &forward, &backward, &mirrored_cells) ||
        !crease_knot_chain_run(&backward))
        goto done;
    b->exhausted = forward.exhausted || backward.exhausted;
    ok = true;
    if (b->exhausted)
        goto done;
    *bound = prune(b, l, &forward, &backward);
    b->work += forward.work + backward.work + 4 * (double)l->cells * (double)l->cells;
    try_best_chain(b, &forward);
    ok = true;
done:
    crease_knot_chain_clear(&forward);
    crease_knot_chain_clear(&backward);
    free(mirrored_cells);
    return ok;
}

/* What rounding can have added to a bound: the costs are sums of squares of residuals that carry a few units in the last
 * place of y (whose size is 1), through as many joins as the tree is deep and as there are pieces. */
static double rounding(const bounding *b, double cost) {
    double depth = (double)b->k + log2((double)b->points->n + 2);
    return 4 * DBL_EPSILON * depth * (cost + sqrt(cost));
}

/* The best fit of pieces that need not meet, over every gap between data where there are not too many: what is left to
 * say where the refinement has not ended. */
static bool bound_apart(bounding *b, double *bound) {
    level all = {0};
    knot_chain chain = {0};
    bool ok = level_of(b, APART_CELLS, &all);
    if (ok) {
        chain = chain_over(b, b->points, all.cell, all.cells);
        chain.limit = INFINITY;
        ok = crease_knot_chain_prepare(&chain);
    }
    if (ok)
        *bound = fmax(*bound, crease_knot_chain_run_apart(&chain) - rounding(b, b->fit->cost));
    crease_knot_chain_clear(&chain);
    level_clear(&all);
    return ok;
}

static size_t count_alive(const level *l, size_t k) {
    size_t count = 0;
    for (size_t i = 0; i < l->cells; i++) {
        bool any = false;
        for (size_t j = 0; j < k; j++)
            any = any || l->alive[j * l->cells + i];
        count += any ? 1 : 0;
    }
    return count;
}

bool crease_knot_bound(knot_solver *solver, knot_fit *fit, const knot_bound_options *options, double *bound) {
    bounding b = {.solver = solver,
                  .points = solver->points,
                  .fit = fit,
                  .k = fit->knots,
                  .most_work = 1.5 * options->work};
    const crease_knots_options *asked = options->asked;
    level now = {0}, next = {0};
    bool ok = false, closed = false;
    *bound = 0;
    if (!crease_knot_fit_new(&b.trial, b.k) ||
        crease_knot_points_mirror(b.points, &b.mirrored, NULL) != CREASE_OK ||
        !level_of(&b, FIRST_CELLS, &now))
        goto done;
    for (;;) {
        double at_level = 0, lost = rounding(&b, fit->cost);
        ok = true;
        double tolerance = options->tolerance * fmax(fit->cost + b.points->tie_sse, options->no_error);
        b.limit = fit->cost - fmax(tolerance - lost, tolerance / 16);
        closed = !(b.limit > 0);
        if (closed)
            break;
        ok = false;
        double work_before = b.work;
        if (!bound_level(&b, &now, &at_level))
            goto done;
        if (b.exhausted) {
            ok = true;
            break;
        }
        *bound = fmax(*bound, at_level - lost);
        size_t alive = count_alive(&now, b.k);
        ok = true;
        if (asked->progress)
            asked->progress((size_t)fmin(b.work, options->work), (size_t)options->work,
                            asked->progress_context);
        closed = alive == 0;
        if (closed || b.work > options->work ||
            (asked->interrupted && asked->interrupted(asked->interrupted_context)))
            break;
        double level_work = b.work - work_before;
        size_t parts = alive * 8 <= ENOUGH_CELLS ? 8 : alive * 4 <= ENOUGH_CELLS ? 4 : 2;
        double growth = (double)(alive * parts) / (double)now.cells;
        if (alive * parts > MOST_CELLS || b.work + level_work * growth * growth > 2 * options->work)
            break;
        if (!next_level(&b, &now, parts, &next)) {
            ok = false;
            goto done;
        }
        level_clear(&now);
        now = next;
        next = (level){0};
    }
    if (ok && !closed)
        ok = bound_apart(&b, bound);
done:
    level_clear(&now);
    level_clear(&next);
    crease_knot_fit_clear(&b.trial);
    crease_knot_points_clear(&b.mirrored);
    return ok;
}
