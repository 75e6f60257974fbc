/* With given knots the function is value + sum of slopes times lengths, linear in (value, slope_0, .., slope_k). A piece
 * with moments (W, x, y, S, b) asks for sqrt(W) l(x) = sqrt(W) y and sqrt(S) slope = sqrt(S) b, so any number of points
 * becomes two rows a piece. */
#include "pwl/knots_solve.h"
#include "base/lsi.h"
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* root of a weight, beside weights of data that sum to 1 */
static const double SIDES_WEIGHT = 1e5;

bool crease_knot_fit_new(knot_fit *fit, size_t knots) {
    *fit = (knot_fit){.knots = knots, .cost = INFINITY, .flat_piece = SIZE_MAX};
    fit->t = calloc(knots + 1, sizeof(double));
    fit->slope = calloc(knots + 1, sizeof(double));
    fit->faces_left = calloc(knots + 1, sizeof(bool));
    return fit->t && fit->slope && fit->faces_left;
}

void crease_knot_fit_clear(knot_fit *fit) {
    free(fit->t);
    free(fit->slope);
    free(fit->faces_left);
    *fit = (knot_fit){0};
}

void crease_knot_fit_copy(const knot_fit *from, knot_fit *to) {
    memcpy(to->t, from->t, from->knots * sizeof(double));
    memcpy(to->slope, from->slope, (from->knots + 1) * sizeof(double));
    to->value = from->value;
    to->cost = from->cost;
    to->flat_piece = from->flat_piece;
    to->sided = from->sided;
    memcpy(to->faces_left, from->faces_left, from->knots * sizeof(bool));
}

double crease_knot_fit_evaluate(const knot_fit *fit, double x) {
    if (fit->knots == 0)
        return fit->value + fit->slope[0] * x;
    double y = fit->value;
    if (x <= fit->t[0])
        return y + fit->slope[0] * (x - fit->t[0]);
    for (size_t j = 0; j < fit->knots; j++) {
        double end = j + 1 < fit->knots && fit->t[j + 1] < x ? fit->t[j + 1] : x;
        y += fit->slope[j + 1] * (end - fit->t[j]);
        if (end == x)
            break;
    }
    return y;
}

bool crease_knot_solver_new(knot_solver *s, const knot_points *points, const knot_rules *rules,
                            size_t knots) {
    size_t columns = knots + 2, rows = 2 * (knots + 1) + 1;
    *s = (knot_solver){.points = points, .rules = rules, .knots = knots};
    s->limits_room = 3 * (knots + 1) + 2 * rules->fixed_points;
    s->dense = crease_dense_solver_new(columns, 1);
    s->piece = malloc((knots + 1) * sizeof *s->piece);
    s->E = malloc(rows * columns * sizeof(double));
    s->f = malloc(rows * sizeof(double));
    s->G = malloc(s->limits_room * columns * sizeof(double));
    s->h = malloc(s->limits_room * sizeof(double));
    s->x = malloc(rows * sizeof(double));
    return s->dense && s->piece && s->E && s->f && s->G && s->h && s->x;
}

void crease_knot_solver_clear(knot_solver *s) {
    crease_dense_solver_free(s->dense);
    free(s->piece);
    free(s->E);
    free(s->f);
    free(s->G);
    free(s->h);
    free(s->x);
    *s = (knot_solver){0};
}

/* Coefficients of the function's value at x in (value, slopes). */
static void value_row(size_t k, const double *t, double x, double *row) {
    memset(row, 0, (k + 2) * sizeof *row);
    row[0] = 1;
    if (k == 0 || x <= t[0]) {
        row[1] = k == 0 ? x : x - t[0];
        return;
    }
    for (size_t j = 0; j < k; j++) {
        double end = j + 1 < k && t[j + 1] < x ? t[j + 1] : x;
        row[j + 2] = end - t[j];
        if (end == x)
            break;
    }
}

static void take_moments(knot_solver *s, const knot_fit *fit) {
    size_t first = 0;
    for (size_t j = 0; j <= fit->knots; j++) {
        size_t end = j < fit->knots ? crease_knot_points_below(s->points, fit->t[j]) : s->points->n;
        s->piece[j] = crease_knot_points_moments(s->points, first, end);
        first = end;
    }
}

static void fill_rows(knot_solver *s, const knot_fit *fit) {
    size_t columns = fit->knots + 2;
    for (size_t j = 0; j <= fit->knots; j++) {
        const knot_moments *piece = &s->piece[j];
        double root = sqrt(piece->weight), *row = s->E + 2 * j * columns;
        value_row(fit->knots, fit->t, piece->weight > 0 ? piece->mean_x : 0, row);
        for (size_t c = 0; c < columns; c++)
            row[c] *= root;
        s->f[2 * j] = root * piece->mean_y;
        root = sqrt(piece->spread);
        row += columns;
        memset(row, 0, columns * sizeof *row);
        row[j + 1] = root;
        s->f[2 * j + 1] = root * piece->slope;
    }
}

static void add_limit(knot_solver *s, size_t *count, size_t column, double sign, double least) {
    double *row = s->G + *count * (s->knots + 2);
    memset(row, 0, (s->knots + 2) * sizeof *row);
    row[column] = sign;
    s->h[(*count)++] = sign * least;
}

static size_t fill_limits(knot_solver *s, const knot_fit *fit) {
    const knot_rules *rules = s->rules;
    size_t count = 0, columns = fit->knots + 2;
    for (size_t j = 0; j <= fit->knots; j++) {
        if (isfinite(rules->slope_least))
            add_limit(s, &count, j + 1, 1, rules->slope_least);
        if (isfinite(rules->slope_largest))
            add_limit(s, &count, j + 1, -1, rules->slope_largest);
        if (rules->curvature != CREASE_ANY_CURVATURE && j > 0) {
            double sign = rules->curvature == CREASE_CONVEX ? 1 : -1;
            add_limit(s, &count, j + 1, sign, 0);
            s->G[(count - 1) * columns + j] = -sign;
        }
    }
    for (size_t p = 0; p < rules->fixed_points; p++)
        for (int sign = -1; sign <= 1; sign += 2) {
            double *row = s->G + count * columns;
            value_row(fit->knots, fit->t, rules->fixed_x[p], row);
            for (size_t c = 0; c < columns; c++)
                row[c] *= sign;
            s->h[count++] = sign * rules->fixed_y[p];
        }
    return count;
}

/* The sides as one more observation, of a weight at which its residual is rounding. */
static void add_sides(knot_solver *s, const knot_fit *fit) {
    double *row = s->E + s->rows * (fit->knots + 2);
    memset(row, 0, (fit->knots + 2) * sizeof *row);
    row[1] = SIDES_WEIGHT;
    for (size_t j = 0; j < fit->knots; j++)
        if (fit->faces_left[j]) {
            row[j + 2] += SIDES_WEIGHT;
            row[j + 1] -= SIDES_WEIGHT;
        }
    s->f[s->rows++] = 0;
}

/* The held piece has no slope of its own: its column goes. */
static void hold_flat(knot_solver *s, const knot_fit *fit) {
    size_t columns = fit->knots + 2;
    for (size_t i = 0; i < s->rows; i++)
        s->E[i * columns + fit->flat_piece + 1] = 0;
}

void crease_knot_residuals(const knot_solver *s, const knot_fit *fit, double *r) {
    double value = fit->value, reached = fit->knots ? fit->t[0] : 0;
    for (size_t j = 0; j <= fit->knots; j++) {
        const knot_moments *piece = &s->piece[j];
        r[2 * j] = sqrt(piece->weight) * (value + fit->slope[j] * (piece->mean_x - reached) - piece->mean_y);
        r[2 * j + 1] = sqrt(piece->spread) * (fit->slope[j] - piece->slope);
        if (j > 0 && j < fit->knots) {
            value += fit->slope[j] * (fit->t[j] - reached);
            reached = fit->t[j];
        }
    }
}

static double cost_of(const knot_solver *s, const knot_fit *fit) {
    double cost = 0;
    crease_knot_residuals(s, fit, s->x);
    for (size_t j = 0; j <= fit->knots; j++)
        cost += s->piece[j].sse + s->x[2 * j] * s->x[2 * j] + s->x[2 * j + 1] * s->x[2 * j + 1];
    return cost;
}

static bool ascending(const knot_fit *fit) {
    for (size_t j = 1; j < fit->knots; j++)
        if (!(fit->t[j] > fit->t[j - 1]))
            return false;
    return true;
}

/* ---- values at nodes: the knots and the ends of the data ---- */

static double node_at(const knot_solver *s, const knot_fit *fit, size_t node) {
    const knot_points *p = s->points;
    if (node == 0)
        return p->x[0] < fit->t[0] ? p->x[0] : fit->t[0] - 1;
    if (node > fit->knots)
        return p->x[p->n - 1] > fit->t[fit->knots - 1] ? p->x[p->n - 1] : fit->t[fit->knots - 1] + 1;
    return fit->t[node - 1];
}

/* Solves the tridiagonal system in place (diagonal, upper, right); false when it is singular to rounding. */
static bool solve_tridiagonal(size_t n, double *diagonal, double *upper, double *right) {
    for (size_t i = 0; i + 1 < n; i++) {
        if (!(diagonal[i] > 0))
            return false;
        double factor = upper[i] / diagonal[i], whole = diagonal[i + 1];
        diagonal[i + 1] -= factor * upper[i];
        right[i + 1] -= factor * right[i];
        if (!(diagonal[i + 1] > 1e-9 * whole))
            return false;
    }
    for (size_t i = n; i-- > 0;)
        right[i] = (right[i] - (i + 1 < n ? upper[i] * right[i + 1] : 0)) / diagonal[i];
    return true;
}

/* In the values at the nodes the normal equations are tridiagonal and, where every piece has data of its own, well
 * conditioned. A flat piece has one value for its two nodes. False where they are not good enough. */
static bool solve_nodes(knot_solver *s, knot_fit *fit) {
    size_t k = fit->knots, flat = fit->flat_piece, n = k + 2 - (flat != SIZE_MAX ? 1 : 0);
    double *diagonal = s->E, *upper = diagonal + k + 2, *right = upper + k + 2;
    if (k == 0)
        return false;
    memset(diagonal, 0, 3 * (k + 2) * sizeof *diagonal);
    for (size_t j = 0; j <= k; j++) {
        const knot_moments *piece = &s->piece[j];
        double low = node_at(s, fit, j), length = node_at(s, fit, j + 1) - low;
        double u = (piece->mean_x - low) / length, S = piece->spread / (length * length), W = piece->weight;
        size_t at = j - (j > flat ? 1 : 0);
        if (j == flat) {
            diagonal[at] += W;
            right[at] += W * piece->mean_y;
            continue;
        }
        double tilt = S * piece->slope * length;
        diagonal[at] += W * (1 - u) * (1 - u) + S;
        diagonal[at + 1] += W * u * u + S;
        upper[at] += W * u * (1 - u) - S;
        right[at] += W * (1 - u) * piece->mean_y - tilt;
        right[at + 1] += W * u * piece->mean_y + tilt;
    }
    if (!solve_tridiagonal(n, diagonal, upper, right))
        return false;
    for (size_t j = 0; j <= k; j++) {
        size_t at = j - (j > flat ? 1 : 0);
        fit->slope[j] =
            j == flat ? 0 : (right[at + 1] - right[at]) / (node_at(s, fit, j + 1) - node_at(s, fit, j));
    }
    fit->value = right[1 - (flat == 0 ? 1 : 0)];
    return true;
}

/* ---- value and slopes, from two rows a piece, under limits where there are any ---- */

void crease_knot_fill_rows(knot_solver *s, const knot_fit *fit) {
    fill_rows(s, fit);
    s->rows = 2 * (fit->knots + 1);
    if (fit->sided)
        add_sides(s, fit);
    if (fit->flat_piece != SIZE_MAX)
        hold_flat(s, fit);
}

static bool solve_rows(knot_solver *s, knot_fit *fit, size_t limits) {
    size_t columns = fit->knots + 2;
    crease_knot_fill_rows(s, fit);
    if (limits > 0 && crease_lsi(s->E, s->rows, columns, s->f, s->G, limits, s->h, s->x, NULL) != CREASE_OK)
        return false;
    if (limits == 0 && !crease_dense_solve_least_squares(s->dense, s->rows, columns, s->E, columns, 1, s->f,
                                                         1, s->x, 1, NULL, NULL))
        return false;
    fit->value = s->x[0];
    memcpy(fit->slope, s->x + 1, (fit->knots + 1) * sizeof(double));
    if (fit->flat_piece != SIZE_MAX)
        fit->slope[fit->flat_piece] = 0;
    return true;
}

bool crease_knot_solve(knot_solver *s, knot_fit *fit) {
    fit->cost = INFINITY;
    if (!ascending(fit))
        return false;
    take_moments(s, fit);
    size_t limits = fill_limits(s, fit);
    if (!(limits == 0 && !fit->sided && solve_nodes(s, fit)) && !solve_rows(s, fit, limits))
        return false;
    double cost = cost_of(s, fit);
    fit->cost = isfinite(cost) ? cost : INFINITY;
    return isfinite(cost);
}

bool crease_knot_places_are_allowed(const knot_points *p, const knot_rules *rules, size_t knots,
                                    const double *t) {
    size_t before = 0, fixed = 0;
    bool last_fixed = true; /* the ends of the data count as fixed */
    for (size_t j = 0; j <= knots; j++) {
        size_t low = j < knots ? crease_knot_points_below(p, t[j]) : p->n;
        size_t high = j < knots ? crease_knot_points_up_to(p, t[j]) : p->n;
        while (fixed < rules->fixed_knots && j < knots && rules->fixed_knot[fixed] < t[j])
            fixed++;
        bool is_fixed = j == knots || (fixed < rules->fixed_knots && rules->fixed_knot[fixed] == t[j]);
        if (j < knots && !is_fixed && !(t[j] >= p->x[0] && t[j] <= p->x[p->n - 1]))
            return false;
        /* as few points as will do, so that most are left for the pieces to come */
        size_t end = low < before ? before : low;
        while (end < high && p->count[end] - p->count[before] < rules->min_points)
            end++;
        if (!(is_fixed && last_fixed) && p->count[end] - p->count[before] < rules->min_points)
            return false;
        before = end;
        last_fixed = is_fixed;
    }
    return true;
}
