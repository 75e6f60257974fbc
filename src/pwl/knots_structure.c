/* Hudson (1966): at a minimum each knot either sits on a datum, or its two pieces belong to chains that are least-squares
 * fits of their own data and meet between two data. So the knots that are free of data are where the lines of
 * neighbouring chains meet, and what is left to search is which knots are free. */
#include "pwl/knots_polish.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { SWEEPS = 30 };

/* The lines of the chain of pieces first..last, joined at the knots between them (which are on data). */
static bool chain_lines(polish *h, const knot_fit *fit, size_t first, size_t last) {
    knot_solver *s = h->solver;
    size_t inner = last - first, columns = inner + 2, rows = 2 * (inner + 1);
    const double *t = fit->t + first;
    double origin = inner ? t[0] : 0;
    for (size_t j = 0; j <= inner; j++) {
        const knot_moments *piece = &s->piece[first + j];
        double root = sqrt(piece->weight), *row = s->E + 2 * j * columns;
        bool flat = fit->flat_piece == first + j;
        memset(row, 0, 2 * columns * sizeof *row);
        row[0] = root;
        double reached = origin;
        for (size_t c = 1; c < j; c++) {
            row[c + 1] = root * (t[c] - reached);
            reached = t[c];
        }
        row[j + 1] = flat ? 0 : root * (piece->mean_x - reached);
        s->f[2 * j] = root * piece->mean_y;
        row[columns + j + 1] = flat ? 0 : sqrt(piece->spread);
        s->f[2 * j + 1] = sqrt(piece->spread) * piece->slope;
    }
    if (fit->flat_piece >= first && fit->flat_piece <= last)
        for (size_t i = 0; i < rows; i++)
            s->E[i * columns + fit->flat_piece - first + 1] = 0;
    size_t rank;
    if (!crease_dense_solve_least_squares(s->dense, rows, columns, s->E, columns, 1, s->f, 1, s->x, 1, &rank,
                                          NULL))
        return false;
    double value = s->x[0], reached = origin;
    for (size_t j = 0; j <= inner; j++) {
        double slope = s->x[j + 1];
        h->line[2 * (first + j)] = value - slope * reached;
        h->line[2 * (first + j) + 1] = slope;
        if (j + 1 <= inner && j >= 1) {
            value += slope * (t[j] - reached);
            reached = t[j];
        }
    }
    return true;
}

/* Moves the free knots of trial to where the lines of their chains meet; false when that is not in their gap. */
static bool meet(polish *h) {
    knot_fit *fit = &h->trial;
    const knot_points *p = h->points;
    size_t first = 0, begin = 0;
    for (size_t j = 0; j <= h->k; j++) {
        size_t end = j < h->k ? crease_knot_points_below(p, fit->t[j]) : p->n;
        h->solver->piece[j] = crease_knot_points_moments(p, begin, end);
        begin = end;
    }
    for (size_t j = 0; j <= h->k; j++) {
        if (j < h->k && !h->is_free[j])
            continue;
        if (!chain_lines(h, fit, first, j))
            return false;
        first = j + 1;
    }
    bool inside = true;
    for (size_t j = 0; j < h->k; j++) {
        if (!h->is_free[j])
            continue;
        const double *left = h->line + 2 * j, *right = left + 2;
        double at = -(right[0] - left[0]) / (right[1] - left[1]);
        size_t s = crease_knot_points_below(p, fit->t[j]);
        if (s == 0 || s >= p->n)
            return false;
        if (!(at >= p->x[s - 1] && at <= p->x[s])) {
            inside = false;
            continue;
        }
        fit->t[j] = at;
    }
    return inside;
}

static bool on_datum(const knot_points *p, double t) {
    return crease_knot_points_up_to(p, t) > crease_knot_points_below(p, t);
}

static void mark_free(polish *h, const knot_fit *fit) {
    for (size_t j = 0; j < h->k; j++)
        h->is_free[j] = !h->fixed[j] && !on_datum(h->points, fit->t[j]);
}

static bool try_structure(polish *h, knot_fit *fit) {
    return meet(h) && crease_knot_polish_accept(h, fit);
}

static bool try_at(polish *h, knot_fit *fit, size_t j, double t, bool is_free) {
    crease_knot_fit_copy(fit, &h->trial);
    mark_free(h, fit);
    h->is_free[j] = is_free;
    h->trial.t[j] = t;
    return try_structure(h, fit);
}

/* Knot j free in a gap beside its datum or its gap, or on a datum beside its gap. */
static bool try_knot(polish *h, knot_fit *fit, size_t j) {
    const knot_points *p = h->points;
    size_t below = crease_knot_points_below(p, fit->t[j]);
    bool was_on = on_datum(p, fit->t[j]);
    for (size_t side = 0; side < 2; side++) {
        /* the datum at the right end of the gap to try; that of its own gap is `below` */
        size_t right = was_on ? below + side : below + 2 * side - 1;
        if (right > 0 && right < p->n && try_at(h, fit, j, p->x[right - 1] / 2 + p->x[right] / 2, true))
            return true;
        if (!was_on && below > 0 && below < p->n && try_at(h, fit, j, p->x[below - 1 + side], false))
            return true;
    }
    return false;
}

bool crease_knot_polish_structure(polish *h, knot_fit *fit) {
    bool improved = false, again = true;
    crease_knot_fit_copy(fit, &h->trial);
    mark_free(h, fit);
    improved = try_structure(h, fit);
    for (int sweep = 0; sweep < SWEEPS && again; sweep++) {
        again = false;
        for (size_t j = 0; j < h->k; j++)
            if (!h->fixed[j])
                again = try_knot(h, fit, j) || again;
        improved = improved || again;
    }
    return improved;
}
