/* See bellman.h. With g(a) = beta f(R a + y), straight with slope w_i on piece i = [p, q] of assets, the best a of that piece is
 * m - c_i, u'(c_i) = w_i, kept between p and q:
 *
 *   T_i f(m) = u(m - p) + g(p)             for m <= p + c_i,
 *              u(c_i) + g(p) + w_i (m - c_i - p)   between,
 *              u(m - q) + g(q)             for m >= q + c_i,
 *
 * and T f = max over i. On a cell in which one of these forms holds and f is straight, T_i f - f is concave: its largest value is at
 * an end or where u'(m - p) equals the slope of f, its smallest at an end. */
#include "savings/bellman.h"
#include <float.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

enum { MOST_HALVINGS = 12 };

/* One piece of g. */
typedef struct asset_piece {
    double low, high; /* p, q */
    double at_low, at_high;
    double slope, spending; /* w, c; INFINITY where w <= 0 */
} asset_piece;

typedef struct bellman_run {
    const savings_parameters *p;
    const crease_pwl *f;
    double from, to;
    asset_piece *piece;
    size_t pieces;
    savings_bellman_bound *bound;
} bellman_run;

static double utility_or_less(double crra, double c) {
    return c > 0 ? savings_utility(crra, c) : -INFINITY;
}

static double continuation(const bellman_run *run, double a) {
    return run->p->beta * crease_pwl_evaluate(run->f, run->p->R * a + run->p->income);
}

static void set_piece(const bellman_run *run, double low, double high, asset_piece *piece) {
    double at_low = continuation(run, low), at_high = continuation(run, high),
           slope = (at_high - at_low) / (high - low);
    *piece = (asset_piece){low,     high,  at_low,
                           at_high, slope, slope > 0 ? pow(slope, -1 / run->p->crra) : INFINITY};
}

static crease_status list_pieces(bellman_run *run, crease_error *error) {
    const savings_parameters *p = run->p;
    double low = p->limit, last = (run->to - p->income) / p->R;
    run->piece = calloc(run->f->knot_count + 1, sizeof *run->piece);
    if (!run->piece)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu pieces", run->f->knot_count + 1);
    for (size_t i = 0; i < run->f->knot_count; i++) {
        double a = (run->f->x[i] - p->income) / p->R;
        if (!(a > low && a < last))
            continue;
        set_piece(run, low, a, &run->piece[run->pieces++]);
        low = a;
    }
    if (last > low)
        set_piece(run, low, last, &run->piece[run->pieces++]);
    return CREASE_OK;
}

/* T_i f at m; -infinity where the piece leaves nothing to consume. */
static double value_of_piece(const bellman_run *run, const asset_piece *piece, double m) {
    double crra = run->p->crra;
    if (m <= piece->low + piece->spending)
        return utility_or_less(crra, m - piece->low) + piece->at_low;
    if (m >= piece->high + piece->spending)
        return savings_utility(crra, m - piece->high) + piece->at_high;
    return savings_utility(crra, piece->spending) + piece->at_low +
           piece->slope * (m - piece->spending - piece->low);
}

static double best_value(const bellman_run *run, double m, size_t *which) {
    double best = -INFINITY;
    for (size_t i = 0; i < run->pieces; i++) {
        double value = value_of_piece(run, &run->piece[i], m);
        if (value > best) {
            best = value;
            *which = i;
        }
    }
    return best;
}

static void see_above(bellman_run *run, const asset_piece *piece, double m) {
    double excess = value_of_piece(run, piece, m) - crease_pwl_evaluate(run->f, m);
    if (excess > run->bound->above) {
        run->bound->above = excess;
        run->bound->above_at = m;
    }
}

/* T_i f - f on [low, high], where f is straight with `slope` and T_i f has one form. */
static void bound_above(bellman_run *run, const asset_piece *piece, double low, double high, double slope) {
    see_above(run, piece, low);
    see_above(run, piece, high);
    double spending = slope > 0 ? pow(slope, -1 / run->p->crra) : INFINITY;
    double critical[] = {piece->low + spending, piece->high + spending};
    for (size_t i = 0; i < 2; i++)
        if (critical[i] > low && critical[i] < high)
            see_above(run, piece, critical[i]);
    run->bound->regions++;
}

/* f - T f <= f - T_i f for every i, which is convex: its largest value is at an end. The least over i bounds the cell. */
static double bound_below(const bellman_run *run, double low, double high, size_t halvings, double *at) {
    double best = INFINITY, f_low = crease_pwl_evaluate(run->f, low),
           f_high = crease_pwl_evaluate(run->f, high);
    double needed = -INFINITY; /* what holds at the ends at least */
    size_t candidate[2] = {0, 0};
    double ends[2] = {f_low - best_value(run, low, &candidate[0]),
                      f_high - best_value(run, high, &candidate[1])};
    needed = fmax(ends[0], ends[1]);
    *at = ends[0] >= ends[1] ? low : high;
    for (size_t i = 0; i < 2; i++) {
        const asset_piece *piece = &run->piece[candidate[i]];
        best = fmin(best,
                    fmax(f_low - value_of_piece(run, piece, low), f_high - value_of_piece(run, piece, high)));
    }
    /* another pair of states may hold it lower; a middle that is no better ends the search */
    if (best <= needed + 1e-9 * fabs(needed) || best <= run->bound->below || halvings == 0)
        return best;
    double middle = (low + high) / 2, at_left, at_right;
    double left = bound_below(run, low, middle, halvings - 1, &at_left);
    double right = bound_below(run, middle, high, halvings - 1, &at_right);
    *at = left >= right ? at_left : at_right;
    return fmax(left, right);
}

static void see_below(bellman_run *run, double low, double high) {
    double at, least = bound_below(run, low, high, MOST_HALVINGS, &at);
    run->bound->regions++;
    if (least > run->bound->below) {
        run->bound->below = least;
        run->bound->below_at = at;
    }
}

/* Where f or a T_i f changes its form, ascending, from and to included; returns how many, 0 without memory. */
static size_t list_breaks(const bellman_run *run, double **place) {
    size_t room = run->f->knot_count + 3 * run->pieces + 2, count = 0;
    *place = calloc(room, sizeof **place);
    if (!*place)
        return 0;
    double *x = *place;
    x[count++] = run->from;
    x[count++] = run->to;
    for (size_t i = 0; i < run->f->knot_count; i++)
        x[count++] = run->f->x[i];
    for (size_t i = 0; i < run->pieces; i++) {
        x[count++] = run->piece[i].low + run->piece[i].spending;
        x[count++] = run->piece[i].high + run->piece[i].spending;
        x[count++] = run->piece[i].low;
    }
    size_t inside = 0;
    for (size_t i = 0; i < count; i++)
        if (x[i] >= run->from && x[i] <= run->to)
            x[inside++] = x[i];
    gsl_sort(x, 1, inside);
    return inside;
}

static bool is_concave(const bellman_run *run) {
    for (size_t i = 0; i < run->f->knot_count; i++)
        if (run->f->x[i] > run->from && run->f->x[i] < run->to &&
            crease_pwl_slope(run->f, i + 1) > crease_pwl_slope(run->f, i))
            return false;
    return true;
}

static crease_status scan(bellman_run *run, crease_error *error) {
    double *x;
    size_t count = list_breaks(run, &x);
    if (count == 0)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the regions of a residual");
    for (size_t i = 0; i + 1 < count; i++) {
        double low = x[i], high = x[i + 1];
        if (!(high > low))
            continue;
        double slope = (crease_pwl_evaluate(run->f, high) - crease_pwl_evaluate(run->f, low)) / (high - low);
        for (size_t k = 0; k < run->pieces && run->piece[k].low < high; k++)
            bound_above(run, &run->piece[k], low, high, slope);
        see_below(run, low, high);
    }
    free(x);
    return CREASE_OK;
}

crease_status savings_bellman_bound_of(const savings_solution *solution, const crease_pwl *value, double from,
                                       double to, savings_bellman_bound *bound, crease_error *error) {
    const savings_parameters *p = &solution->parameters;
    double stay = p->income + p->R * p->limit;
    if (solution->model != SAVINGS_A)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the bound is for problem A, whose states stay in an interval, not for %s",
                           savings_model_name(solution->model));
    if (!(from > p->limit && from <= stay && stay <= to && isfinite(to)))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the interval must begin above the limit %g and hold y + R limit = %g, where a household without "
            "savings is next period; [%g, %g] does not",
            p->limit, stay, from, to);
    bellman_run run = {.p = p, .f = value, .from = from, .to = to, .bound = bound};
    *bound = (savings_bellman_bound){.from = from, .to = to, .above = -INFINITY, .below = -INFINITY};
    bound->concave = is_concave(&run);
    crease_status status = list_pieces(&run, error);
    if (status == CREASE_OK && run.pieces == 0)
        status = crease_fail(error, CREASE_BAD_ARGUMENT, "no savings lead into [%g, %g]", from, to);
    if (status == CREASE_OK)
        status = scan(&run, error);
    free(run.piece);
    if (status != CREASE_OK)
        return status;
    double size = fmax(fabs(crease_pwl_evaluate(value, from)), fabs(crease_pwl_evaluate(value, to)));
    double rounding = 1e-13 * (size + fabs(savings_utility(p->crra, from - p->limit)));
    bound->upper = (bound->above + rounding) / (1 - p->beta);
    bound->lower = -(bound->below + rounding) / (1 - p->beta);
    return CREASE_OK;
}
