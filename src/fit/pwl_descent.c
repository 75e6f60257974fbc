/* The error of everything left of a knot, as a function of the value v there and at its best in all else, is
 * c + omega (v - zeta)^2: zeta is the least-squares line of the last piece at the knot, 1/omega the variance of zeta over
 * sigma^2. To what lies right of the knot the left side is one more datum, of value zeta and weight omega. So
 *  - the function for given knots is a chain of lines, each through its own data and the datum of the chain before it;
 *  - the best place of a knot between its neighbours is an exact scan for one knot on the data there and two data more.
 * Sweeps of such scans never raise the error. Before each the knots may jump to where the lines of the separate pieces
 * cross, the Gauss-Newton step, when that is better. */
#include "fit/pwl_descent.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SWEEPS = 60, STEPS = 20 };

static const double GAIN = 1e-12; /* an improvement by less than this share is rounding */

bool crease_descent_new(crease_descent *d, size_t knots, size_t room) {
    *d = (crease_descent){.knots = knots, .room = room};
    if (knots >= SIZE_MAX / sizeof(crease_piece) / 8 || room >= SIZE_MAX / sizeof(double) / 8)
        return false;
    d->t = malloc((5 * knots + 1) * sizeof *d->t);
    d->split = malloc(2 * knots * sizeof *d->split);
    d->segment = malloc(3 * (room + 2) * sizeof *d->segment);
    d->piece = malloc(2 * (knots + 1) * sizeof *d->piece);
    d->scan = crease_scan_new(room + 2);
    if (!d->t || !d->split || !d->segment || !d->piece || !d->scan) {
        crease_descent_clear(d);
        return false;
    }
    d->value = d->t + knots;
    d->trial = d->value + knots;
    d->kept = d->trial + knots;
    d->slope = d->kept + knots;
    d->trial_split = d->split + knots;
    d->right = d->piece + knots + 1;
    return true;
}

void crease_descent_clear(crease_descent *d) {
    free(d->t);
    free(d->split);
    free(d->segment);
    free(d->piece);
    crease_scan_free(d->scan);
    *d = (crease_descent){0};
}

void crease_descent_data(crease_descent *d, size_t points, const double *u, const double *z, const double *w,
                         size_t least) {
    d->points = points;
    d->u = u;
    d->z = z;
    d->w = w;
    d->least = least;
}

void crease_descent_ends(const crease_descent *d, size_t knot, double *low, double *high) {
    *low = d->u[(knot + 1) * d->least - 1];
    *high = d->u[d->points - (d->knots - knot) * d->least];
}

static double line_at(const crease_piece *p, double t) {
    return p->mean_z + p->slope * (t - p->mean_u);
}

static double variance_at(const crease_piece *p, double t) {
    double away = t - p->mean_u;
    return p->inverse_weight + away * away * p->inverse_spread;
}

/* What the side that ends in this piece is to the next one: one more datum. */
static void add_side(crease_piece *to, const crease_piece *side, double t) {
    crease_piece_add(to, t, line_at(side, t), 1 / variance_at(side, t));
}

static void add_points(const crease_descent *d, crease_piece *piece, size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        crease_piece_add(piece, d->u[i], d->z[i], d->w[i]);
}

/* The chain of lines from the left, for knots t; the error. */
static double chain(const crease_descent *d, const double *t, const size_t *split) {
    double sse = 0;
    for (size_t j = 0; j <= d->knots; j++) {
        crease_piece p = {0};
        if (j > 0)
            add_side(&p, &d->piece[j - 1], t[j - 1]);
        add_points(d, &p, j ? split[j - 1] : 0, j < d->knots ? split[j] : d->points);
        d->piece[j] = p;
        sse += p.sse;
    }
    return sse;
}

/* Values and slopes from the chain: each line is moved to meet the one right of it. */
static void solve_back(crease_descent *d) {
    const crease_piece *p = &d->piece[d->knots];
    size_t j = d->knots;
    double pull = 0, slope = p->slope;
    d->slope[j] = slope;
    while (j-- > 0) {
        d->value[j] = p->mean_z - pull * p->inverse_weight + slope * (d->t[j] - p->mean_u);
        p = &d->piece[j];
        pull = (line_at(p, d->t[j]) - d->value[j]) / variance_at(p, d->t[j]);
        slope = p->slope - pull * (d->t[j] - p->mean_u) * p->inverse_spread;
        d->slope[j] = slope;
    }
}

static size_t clamp(size_t value, size_t low, size_t high) {
    return value < low ? low : value > high ? high : value;
}

/* Number of points left of t; with one at t, of those left of it or at it. */
static size_t below(const crease_descent *d, double t, bool with_it) {
    size_t low = 0, high = d->points;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (d->u[middle] < t || (with_it && d->u[middle] == t))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Parts the points at the knots, a point at a knot to the side that needs it, the right one if none does, and moves the
 * knots that leave a piece too few. */
static void part(const crease_descent *d, double *t, size_t *split) {
    size_t k = d->knots, m = d->least, h = d->held;
    for (size_t j = 0; j < k; j++) {
        size_t least = j ? split[j - 1] + m : m, most = d->points - (k - j) * m;
        split[j] = clamp(below(d, t[j], false), least, most);
        if (j == h) {
            split[j] = clamp(split[j], (j + 1) * m, clamp(below(d, t[j], true), (j + 1) * m, most));
            for (size_t i = j; i-- > 0;)
                split[i] = clamp(split[i], 0, split[i + 1] - m);
        }
    }
    for (size_t j = 0; j < k; j++)
        t[j] = fmin(fmax(t[j], d->u[split[j] - 1]), d->u[split[j]]);
}

/* The lines of the pieces, separate but for the two that meet at a held knot. */
static void separate_lines(crease_descent *d) {
    size_t k = d->knots, h = d->held;
    for (size_t j = 0; j <= k; j++) {
        d->piece[j] = (crease_piece){0};
        add_points(d, &d->piece[j], j ? d->split[j - 1] : 0, j < k ? d->split[j] : d->points);
    }
    if (h < k) {
        crease_piece left = d->piece[h];
        add_side(&d->piece[h], &d->piece[h + 1], d->t[h]);
        add_side(&d->piece[h + 1], &left, d->t[h]);
    }
}

/* To where these lines cross, if that is better. */
static bool step(crease_descent *d) {
    size_t k = d->knots;
    separate_lines(d);
    for (size_t j = 0; j < k; j++) {
        const crease_piece *l = &d->piece[j], *r = &d->piece[j + 1];
        double at = d->t[j];
        d->trial[j] = j == d->held ? at : at - (line_at(l, at) - line_at(r, at)) / (l->slope - r->slope);
        if (!isfinite(d->trial[j]) || (j > 0 && d->trial[j] <= d->trial[j - 1]))
            return false;
    }
    part(d, d->trial, d->trial_split);
    if (d->held < k && d->trial[d->held] != d->t[d->held])
        return false;
    double sse = chain(d, d->trial, d->trial_split);
    if (!(sse < d->sse * (1 - GAIN)))
        return false;
    memcpy(d->t, d->trial, k * sizeof *d->t);
    memcpy(d->split, d->trial_split, k * sizeof *d->split);
    d->sse = sse;
    return true;
}

/* Knot j to its best place between its neighbours, with the sides left and right of these in piece[j-1], right[j+1]. */
static void move(crease_descent *d, size_t j) {
    size_t k = d->knots, from = j ? d->split[j - 1] : 0, to = j + 1 < k ? d->split[j + 1] : d->points, n = 0;
    size_t before = j > 0 ? 1 : 0, after = j + 1 < k ? 1 : 0;
    double *u = d->segment, *z = u + d->room + 2, *w = z + d->room + 2;
    if (before) {
        u[0] = d->t[j - 1];
        z[0] = line_at(&d->piece[j - 1], u[0]);
        w[0] = 1 / variance_at(&d->piece[j - 1], u[0]);
        n = 1;
    }
    memcpy(u + n, d->u + from, (to - from) * sizeof *u);
    memcpy(z + n, d->z + from, (to - from) * sizeof *z);
    memcpy(w + n, d->w + from, (to - from) * sizeof *w);
    n += to - from;
    if (after) {
        u[n] = d->t[j + 1];
        z[n] = line_at(&d->right[j + 2], u[n]);
        w[n] = 1 / variance_at(&d->right[j + 2], u[n]);
        n++;
    }
    crease_scan_design(d->scan, n, u, w, d->least + before, d->least + after);
    crease_one_knot best = crease_scan_best(d->scan, z);
    if (best.found) {
        d->t[j] = best.u;
        d->split[j] = from + best.split - before;
    }
}

/* One sweep from left to right. */
static void sweep(crease_descent *d) {
    size_t k = d->knots;
    for (size_t j = k + 1; j-- > 1;) {
        crease_piece p = {0};
        if (j < k)
            add_side(&p, &d->right[j + 1], d->t[j]);
        add_points(d, &p, d->split[j - 1], j < k ? d->split[j] : d->points);
        d->right[j] = p;
    }
    for (size_t j = 0; j < k; j++) {
        if (j != d->held)
            move(d, j);
        crease_piece p = {0};
        if (j > 0)
            add_side(&p, &d->piece[j - 1], d->t[j - 1]);
        add_points(d, &p, j ? d->split[j - 1] : 0, d->split[j]);
        d->piece[j] = p;
    }
}

bool crease_descent_run(crease_descent *d, const double *start, size_t held) {
    size_t k = d->knots;
    double low, high;
    d->held = held;
    if (d->points / d->least < k + 1)
        return false;
    memcpy(d->t, start, k * sizeof *d->t);
    if (held < k) {
        crease_descent_ends(d, held, &low, &high);
        if (!(start[held] >= low && start[held] <= high))
            return false;
    }
    part(d, d->t, d->split);
    d->sse = chain(d, d->t, d->split);
    for (int i = 0; i < SWEEPS; i++) {
        for (int n = 0; n < STEPS && step(d); n++)
            ;
        memcpy(d->trial_split, d->split, k * sizeof *d->split);
        sweep(d);
        double sse = chain(d, d->t, d->split);
        /* a knot on a point that now counts on its other side frees its neighbour */
        bool gained =
            sse < d->sse * (1 - GAIN) || memcmp(d->trial_split, d->split, k * sizeof *d->split) != 0;
        d->sse = sse;
        if (!gained)
            break;
    }
    chain(d, d->t, d->split);
    solve_back(d);
    return true;
}
