/* F_j(c, v): least cost of the points left of knot j, which lies in cell c, over all functions whose last piece takes
 * the value v at the cell's centre. It is the lower envelope of quadratics m + A (v - v0)^2, and a quadratic acts on
 * the next piece like one more observation v0 of weight A: the piece's line after that observation gives the quadratic
 * at the next knot (a recursive least-squares step), so
 *     F_{j+1}(c', v') = min over c and the quadratics of F_j(c, .).
 * In a cell [low, high] of width h a knot at t joins two lines of slopes s, s' only at t, so at the centre they differ
 * by up to (|s - s0| + |s' - s0|) h / 2 with any s0. Slopes are bounded, since a slope d away from the least-squares one
 * of its points costs spread d^2. A quadratic widened by delta, m + A max(0, |v - v0| - delta)^2, is bounded below by
 * m - A delta^2 (1/theta - 1) + (1 - theta) A (v - v0)^2 for 0 < theta <= 1. So every value is a lower bound on
 * the cost with knots anywhere in the cells, and is exact where cells are points. */
#include "pwl/knots_chain.h"
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static double centre(const knot_cell *cell) {
    return cell->low / 2 + cell->high / 2;
}

void crease_knot_chain_clear(knot_chain *c) {
    free(c->alive);
    free(c->atom);
    free(c->left_atom);
    free(c->right_atom);
    free(c->before);
    free(c->after);
    for (size_t i = 0; c->envelope && i < c->layers * c->cells; i++)
        crease_knot_envelope_clear(&c->envelope[i]);
    free(c->envelope);
    *c = (knot_chain){0};
}

static size_t place_of(const size_t *border, size_t borders, size_t value) {
    size_t low = 0, high = borders;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (border[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int by_size(const void *a, const void *b) {
    size_t p = *(const size_t *)a, q = *(const size_t *)b;
    return p < q ? -1 : p > q;
}

/* Atoms: the moments between any two neighbouring borders of cells. Atom t holds the points border[t]..border[t+1]. */
static bool make_atoms(knot_chain *c) {
    size_t count = 0, distinct = 1, *border = malloc((2 * c->cells + 2) * sizeof *border);
    c->atom = malloc((2 * c->cells + 2) * sizeof *c->atom);
    if (!border || !c->atom) {
        free(border);
        return false;
    }
    border[count++] = 0;
    border[count++] = c->points->n;
    for (size_t i = 0; i < c->cells; i++) {
        border[count++] = c->cell[i].left;
        border[count++] = c->cell[i].right;
    }
    qsort(border, count, sizeof *border, by_size);
    for (size_t i = 1; i < count; i++)
        if (border[i] > border[distinct - 1])
            border[distinct++] = border[i];
    for (size_t t = 0; t + 1 < distinct; t++)
        c->atom[t] = crease_knot_points_moments(c->points, border[t], border[t + 1]);
    for (size_t i = 0; i < c->cells; i++) {
        c->left_atom[i] = place_of(border, distinct, c->cell[i].left);
        c->right_atom[i] = place_of(border, distinct, c->cell[i].right);
    }
    c->left_atom[c->cells] = distinct - 1;
    free(border);
    return true;
}

bool crease_knot_chain_prepare(knot_chain *c) {
    c->layers = c->flat ? 2 * c->knots : c->knots;
    size_t states = c->layers * c->cells;
    c->left_atom = malloc((c->cells + 1) * sizeof *c->left_atom);
    c->right_atom = malloc((c->cells + 1) * sizeof *c->right_atom);
    c->before = malloc((states + 1) * sizeof *c->before);
    c->after = malloc((states + 1) * sizeof *c->after);
    c->envelope = calloc(states + 1, sizeof *c->envelope);
    if (!c->alive && (c->alive = malloc(c->knots * c->cells + 1)))
        memset(c->alive, true, c->knots * c->cells);
    return c->left_atom && c->right_atom && c->before && c->after && c->envelope && c->alive && make_atoms(c);
}

static bool alive(const knot_chain *c, size_t layer, size_t cell) {
    return c->alive[(layer % c->knots) * c->cells + cell];
}

/* May a piece lie between a knot in cell i (SIZE_MAX: the left end) and one in cell m (cells: the right end)? */
static bool piece_is_allowed(const knot_chain *c, size_t i, size_t m) {
    size_t first = i == SIZE_MAX ? 0 : c->cell[i].left, end = m == c->cells ? c->points->n : c->cell[m].right;
    bool between_fixed = (i == SIZE_MAX || c->cell[i].fixed) && (m == c->cells || c->cell[m].fixed);
    return end >= first &&
           (between_fixed || c->points->count[end] - c->points->count[first] >= c->min_points);
}

static void clip_slope(const knot_chain *c, knot_moments *piece) {
    double slope = fmin(fmax(piece->slope, c->slope_least), c->slope_largest), d = piece->slope - slope;
    if (d == 0)
        return;
    /* (s - b)^2 >= (s - slope)^2 + (slope - b)^2 for every admitted s */
    piece->sse += piece->spread * d * d;
    piece->slope = slope;
}

static double cost_apart(const knot_chain *c, const knot_moments *piece, bool flat) {
    knot_moments own = *piece;
    if (flat)
        return own.sse + own.spread * own.slope * own.slope;
    clip_slope(c, &own);
    return own.sse;
}

/* A visit to every pair of cells that a piece may join, with the moments of the points surely on it. From left to
 * right over m; for each m, i falls. i == SIZE_MAX and m == cells are the ends. */
typedef void visit(knot_chain *c, size_t i, size_t m, const knot_moments *piece);

static bool any_alive(const knot_chain *c, size_t cell) {
    for (size_t j = 0; j < c->knots; j++)
        if (alive(c, j, cell))
            return true;
    return false;
}

static void visit_pairs_ending_at(knot_chain *c, size_t m, const bool *used, visit *function) {
    knot_moments piece = {0};
    size_t reached = c->left_atom[m];
    double here = m < c->cells ? centre(&c->cell[m]) : INFINITY;
    for (size_t i = m; i-- > 0;) {
        if (used[i] && centre(&c->cell[i]) < here) {
            while (reached > c->right_atom[i])
                piece = crease_knot_moments_join(c->atom[--reached], piece);
            if (!(piece.sse < c->limit))
                return; /* longer pieces cost no less */
            if (piece_is_allowed(c, i, m))
                function(c, i, m, &piece);
        }
        bool same_place_before = i > 0 && c->cell[i - 1].fixed && c->cell[i - 1].low == c->cell[i].low;
        if (c->cell[i].fixed && centre(&c->cell[i]) < here && !same_place_before)
            return; /* no piece passes over it */
    }
    while (reached > 0)
        piece = crease_knot_moments_join(c->atom[--reached], piece);
    if (piece_is_allowed(c, SIZE_MAX, m))
        function(c, SIZE_MAX, m, &piece);
}

/* Several knots may share a wide cell; nothing is known of the pieces between them. */
static bool may_share(const knot_chain *c, size_t m) {
    return m < c->cells && c->cell[m].high > c->cell[m].low && piece_is_allowed(c, m, m);
}

static bool visit_pairs(knot_chain *c, visit *function, bool backwards) {
    static const knot_moments no_points = {0};
    bool *used = malloc(c->cells + 1);
    if (!used)
        return false;
    for (size_t i = 0; i < c->cells; i++)
        used[i] = any_alive(c, i);
    for (size_t step = 0; step <= c->cells; step++) {
        size_t m = backwards ? c->cells - step : step;
        if (m < c->cells && !used[m])
            continue;
        if (backwards && may_share(c, m))
            function(c, m, m, &no_points);
        visit_pairs_ending_at(c, m, used, function);
        if (!backwards && may_share(c, m))
            function(c, m, m, &no_points);
    }
    free(used);
    return true;
}

/* ---- pieces not joined ---- */

static void lower(double *value, double candidate) {
    if (candidate < *value)
        *value = candidate;
}

static void step_before(knot_chain *c, size_t i, size_t m, const knot_moments *piece) {
    double cost = cost_apart(c, piece, false), flat_cost = c->flat ? cost_apart(c, piece, true) : 0;
    size_t n = c->cells, k = c->knots;
    if (m == n) /* the whole is taken from after[] */
        return;
    if (i == SIZE_MAX) {
        if (alive(c, 0, m)) {
            lower(&c->before[m], cost);
            if (c->flat)
                lower(&c->before[k * n + m], flat_cost);
        }
        return;
    }
    for (size_t j = 0; j + 1 < k; j++) {
        if (!alive(c, j, i) || !alive(c, j + 1, m))
            continue;
        lower(&c->before[(j + 1) * n + m], c->before[j * n + i] + cost);
        if (c->flat) {
            lower(&c->before[(k + j + 1) * n + m], c->before[(k + j) * n + i] + cost);
            lower(&c->before[(k + j + 1) * n + m], c->before[j * n + i] + flat_cost);
        }
    }
}

static void step_after(knot_chain *c, size_t i, size_t m, const knot_moments *piece) {
    double cost = cost_apart(c, piece, false), flat_cost = c->flat ? cost_apart(c, piece, true) : 0;
    size_t n = c->cells, k = c->knots;
    if (i == SIZE_MAX)
        return;
    if (m == n) {
        if (!alive(c, k - 1, i))
            return;
        lower(&c->after[(c->layers - 1) * n + i], cost);
        if (c->flat)
            lower(&c->after[(k - 1) * n + i], flat_cost);
        return;
    }
    for (size_t j = k - 1; j-- > 0;) {
        if (!alive(c, j, i) || !alive(c, j + 1, m))
            continue;
        if (!c->flat) {
            lower(&c->after[j * n + i], c->after[(j + 1) * n + m] + cost);
            continue;
        }
        lower(&c->after[(k + j) * n + i], c->after[(k + j + 1) * n + m] + cost);
        lower(&c->after[j * n + i], c->after[(j + 1) * n + m] + cost);
        lower(&c->after[j * n + i], c->after[(k + j + 1) * n + m] + flat_cost);
    }
}

double crease_knot_chain_run_apart(knot_chain *c) {
    size_t states = c->layers * c->cells;
    double least = INFINITY;
    for (size_t s = 0; s < states; s++)
        c->before[s] = c->after[s] = INFINITY;
    if (!visit_pairs(c, step_before, false) || !visit_pairs(c, step_after, true))
        return -INFINITY;
    for (size_t j = 0; j < c->knots; j++)
        for (size_t i = 0; i < c->cells; i++) {
            size_t s = j * c->cells + i;
            double through = c->before[s] + c->after[s];
            if (c->flat)
                through = fmin(through, c->before[states / 2 + s] + c->after[states / 2 + s]);
            if (j == 0)
                least = fmin(least, through);
            c->alive[s] = c->alive[s] && through < c->limit;
        }
    return least;
}

/* ---- pieces joined ---- */

/* The least-squares line of a piece as seen from two places: its values there and their covariances per unit noise. */
typedef struct line_view {
    bool determined; /* by the points alone */
    double sse, value_i, value_m, Pii, Pim, Pmm;
    double slope, slope_spread; /* slope, and spread: a slope d away costs slope_spread d^2 */
} line_view;

static line_view look(const knot_moments *piece, double at_i, double at_m) {
    line_view view = {.determined = piece->weight > 0 && piece->spread > 0, .sse = piece->sse};
    if (!view.determined)
        return view;
    double di = at_i - piece->mean_x, dm = at_m - piece->mean_x, w = 1 / piece->weight, s = 1 / piece->spread;
    view.value_i = piece->mean_y + piece->slope * di;
    view.value_m = piece->mean_y + piece->slope * dm;
    view.Pii = w + di * di * s;
    view.Pim = w + di * dm * s;
    view.Pmm = w + dm * dm * s;
    view.slope = piece->slope;
    view.slope_spread = piece->spread;
    return view;
}

/* Largest difference at a cell's centre that a knot elsewhere in it can make, on one side. */
static double widening(const knot_cell *cell, const line_view *view, double slack) {
    double width = cell->high - cell->low;
    if (width == 0)
        return 0;
    if (!view->determined)
        return INFINITY;
    return (fabs(view->slope - cell->slope) + sqrt(fmax(0, slack) / view->slope_spread)) * width / 2;
}

/* slack: how far above its least value the quadratic matters. */
static void widen(knot_quadratic *q, double delta, double slack) {
    if (!(delta > 0) || !(q->curvature > 0))
        return;
    double reach = sqrt(slack / q->curvature);
    if (!(delta < reach)) {
        q->curvature = 0;
        return;
    }
    q->least -= q->curvature * delta * (reach - delta);
    q->curvature *= 1 - delta / reach;
}

/* One more observation of weight q.curvature at i, seen from m. */
static knot_quadratic pass_on(const knot_quadratic *q, const line_view *view, const knot_moments *piece,
                              double at_i, double at_m) {
    if (!view->determined) { /* no point or one: joined by hand, rarely needed */
        knot_moments one = {.weight = q->curvature, .mean_x = at_i, .mean_y = q->at};
        knot_moments all = crease_knot_moments_join(one, *piece);
        line_view both = look(&all, at_i, at_m);
        if (!both.determined)
            return (knot_quadratic){.least = q->least + all.sse};
        return (knot_quadratic){.least = q->least + all.sse, .curvature = 1 / both.Pmm, .at = both.value_m};
    }
    double d = q->at - view->value_i, A = q->curvature, g = 1 / (1 + A * view->Pii);
    double gain = A * view->Pim * g;
    /* a factor of the determinant keeps the variance from cancelling */
    double variance = (view->Pmm + A * (view->Pii * view->Pmm - view->Pim * view->Pim)) * g;
    return (knot_quadratic){.least = q->least + view->sse + A * d * d * g,
                            .curvature = 1 / variance,
                            .at = view->value_m + gain * d};
}

/* The same with the piece held at slope 0: a constant. */
static knot_quadratic pass_on_flat(const knot_quadratic *q, const knot_moments *piece) {
    double W = piece->weight, A = q->curvature, total = W + A, d = q->at - piece->mean_y;
    double sse = piece->sse + piece->spread * piece->slope * piece->slope;
    if (!(total > 0))
        return (knot_quadratic){.least = q->least + sse, .flat = true};
    return (knot_quadratic){.least = q->least + sse + W * A / total * d * d,
                            .curvature = total,
                            .at = piece->mean_y + A / total * d,
                            .flat = true};
}

typedef struct transition {
    size_t from_layer, to_layer;
    bool flat;
} transition;

/* The quadratics of one state, or of the left end, carried to knot to_layer in cell m, or to the right end. */
static void carry(knot_chain *c, size_t i, size_t m, const knot_moments *piece, const transition *step) {
    static const knot_quadratic nothing = {.from_cell = SIZE_MAX};
    bool from_end = i == SIZE_MAX, to_end = m == c->cells;
    const knot_envelope *source = from_end ? NULL : &c->envelope[step->from_layer * c->cells + i];
    const knot_quadratic *quadratic = from_end ? &nothing : source->quadratic;
    size_t count = from_end ? 1 : source->quadratic_count;
    double rest = to_end ? 0 : c->after[step->to_layer * c->cells + m], limit = c->limit - rest;
    double cost = cost_apart(c, piece, step->flat);
    double before = from_end ? 0 : c->before[step->from_layer * c->cells + i];
    if (count == 0 || !(before + cost < limit) || c->exhausted)
        return;
    double at_i = from_end ? piece->mean_x : centre(&c->cell[i]);
    double at_m = to_end ? piece->mean_x : centre(&c->cell[m]);
    line_view view = look(piece, at_i, at_m);
    if (step->flat)
        view.slope = 0, view.slope_spread = INFINITY, view.determined = true;
    double slack = limit - before - cost;
    double delta_i = from_end || !c->bounding ? 0 : widening(&c->cell[i], &view, slack);
    double delta_m = to_end || !c->bounding ? 0 : widening(&c->cell[m], &view, slack);
    c->work += (double)count;
    c->exhausted = c->most_work > 0 && c->work > c->most_work;
    for (size_t index = 0; index < count; index++) {
        knot_quadratic q = quadratic[index];
        if (!(q.least + cost < limit))
            continue;
        widen(&q, delta_i, limit - cost - q.least);
        q = step->flat ? pass_on_flat(&q, piece) : pass_on(&q, &view, piece, at_i, at_m);
        if (!(q.least < limit))
            continue;
        q.from_cell = i;
        q.from_index = index;
        if (to_end) {
            c->limit = c->best = q.least;
            limit = c->limit;
            c->best_cell = i;
            c->best_index = index;
            c->best_layer = step->from_layer;
            c->best_flat = step->flat;
            continue;
        }
        widen(&q, delta_m, limit - q.least);
        double reach = q.curvature > 0 ? sqrt((limit - q.least) / q.curvature) : INFINITY;
        knot_envelope *target = &c->envelope[step->to_layer * c->cells + m];
        c->work += .1 * (double)target->piece_count;
        if (!crease_knot_envelope_insert(target, &q, q.at - reach, q.at + reach, c->least_gain))
            c->out_of_memory = true;
    }
}

static void step_joined(knot_chain *c, size_t i, size_t m, const knot_moments *raw) {
    size_t n = c->cells, k = c->knots;
    knot_moments clipped = *raw;
    clip_slope(c, &clipped);
    transition step;
    if (i == SIZE_MAX && m == n)
        return; /* there is a knot */
    for (size_t j = i == SIZE_MAX || m == n ? k - 1 : 0; j < k; j++) {
        /* from layer j to j + 1; the first piece leads to layer 0, the last one leaves layer k - 1 */
        size_t from = i == SIZE_MAX ? 0 : j, to = i == SIZE_MAX ? 0 : j + 1;
        if (i != SIZE_MAX && m != n && j + 1 == k)
            break;
        if ((i != SIZE_MAX && !alive(c, from, i)) || (m != n && !alive(c, to, m)))
            continue;
        if (!c->flat) {
            step = (transition){.from_layer = from, .to_layer = to};
            carry(c, i, m, &clipped, &step);
            continue;
        }
        if (m != n) { /* no flat piece so far */
            step = (transition){.from_layer = from, .to_layer = to};
            carry(c, i, m, &clipped, &step);
        }
        step = (transition){.from_layer = from, .to_layer = k + to, .flat = true};
        carry(c, i, m, raw, &step);
        if (i != SIZE_MAX) {
            step = (transition){.from_layer = k + from, .to_layer = k + to};
            carry(c, i, m, &clipped, &step);
        }
    }
}

/* The envelopes of a cell are complete but for the chains that put the next knot into it as well. */
static void finish_cell(knot_chain *c, size_t m) {
    static const knot_moments no_points = {0};
    bool share = may_share(c, m);
    for (size_t layer = 0; layer < c->layers; layer++) {
        knot_envelope *e = &c->envelope[layer * c->cells + m];
        transition step = {.from_layer = layer - 1, .to_layer = layer};
        if (share && layer % c->knots > 0 && alive(c, layer, m) && alive(c, layer - 1, m))
            carry(c, m, m, &no_points, &step);
        crease_knot_envelope_compact(e);
        double least = INFINITY;
        for (size_t q = 0; q < e->quadratic_count; q++)
            least = fmin(least, e->quadratic[q].least);
        c->before[layer * c->cells + m] = least;
    }
}

bool crease_knot_chain_run(knot_chain *c) {
    size_t states = c->layers * c->cells;
    double limit = c->limit;
    for (size_t s = 0; s < states; s++)
        crease_knot_envelope_empty(&c->envelope[s]);
    c->best = INFINITY;
    c->work = 0;
    c->out_of_memory = c->exhausted = false;
    bool *used = malloc(c->cells + 1);
    if (!used)
        return false;
    for (size_t i = 0; i < c->cells; i++)
        used[i] = any_alive(c, i);
    for (size_t m = 0; m <= c->cells; m++) {
        if (m < c->cells && !used[m])
            continue;
        visit_pairs_ending_at(c, m, used, step_joined);
        if (m < c->cells)
            finish_cell(c, m);
    }
    free(used);
    c->limit = limit;
    return !c->out_of_memory;
}

void crease_knot_chain_best_cells(const knot_chain *c, size_t *cell) {
    size_t at = c->best_cell, index = c->best_index, layer = c->best_layer;
    for (size_t j = c->knots; j-- > 0;) {
        cell[j] = at;
        const knot_quadratic *q = &c->envelope[layer * c->cells + at].quadratic[index];
        at = q->from_cell;
        index = q->from_index;
        layer = layer >= c->knots && q->flat ? layer - c->knots - 1 : layer - 1;
    }
}

size_t crease_knot_chain_flat_piece(const knot_chain *c) {
    size_t at = c->best_cell, index = c->best_index, layer = c->best_layer;
    if (c->best_flat)
        return c->knots;
    for (size_t j = c->knots; j-- > 0;) {
        const knot_quadratic *q = &c->envelope[layer * c->cells + at].quadratic[index];
        if (layer >= c->knots && q->flat)
            return j;
        at = q->from_cell;
        index = q->from_index;
        layer--;
    }
    return SIZE_MAX;
}
