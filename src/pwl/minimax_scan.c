/* Fewest pieces through windows [top - t, bottom + t] at x_1 < ... < x_n.
 *
 * Lines through windows 1..i are those over all lower ends and under all upper ends; the steepest touches a lower
 * end and then an upper end b, and is the highest of them right of x_i. If it passes under window i + 1, whoever
 * gets there crosses it, right of b (before it he would pass over the end b) and left of x_{i+1}; and from every
 * point of that stretch a piece may start. A steeper line crosses it there just when it is under the upper ends
 * b..i and through window i + 1. So the next stage keeps the upper ends from b on, drops the lower ends, and goes
 * on; likewise upside down. A limit on slopes is an end at x = -infinity. Concave functions cannot pass over
 * the steepest line at all, convex ones not under the flattest, and the other turns are theirs anyway.
 * Upper ends that matter are a convex chain, lower ends a concave one, each a queue: O(n) in all (O'Rourke 1981).
 * Whether a point lies over a line is decided in double-double when double leaves it open. */
#include "pwl/minimax_scan.h"
#include "pwl/double_double.h"
#include <float.h>
#include <stdlib.h>

/* An end of window i - 1; 0 is the end at infinity. */
typedef struct window_end {
    size_t i;
    bool upper;
} window_end;

typedef struct chain {
    size_t *i; /* count + 1 */
    size_t first, end;
} chain;

/* Through two ends, `left` left of `right`; NONE in left.i: there is none. */
typedef struct extreme {
    window_end left, right;
} extreme;

struct crease_minimax_scan {
    const crease_minimax_windows *windows;
    double tolerance;
    chain upper, lower;
    extreme steepest, flattest;
    extreme *piece; /* the line of each stage but the last */
    size_t room, stages, *memory;
};

static const extreme no_line = {{CREASE_MINIMAX_NONE, false}, {CREASE_MINIMAX_NONE, false}};

static bool exists(const extreme *line) {
    return line->left.i != CREASE_MINIMAX_NONE;
}

crease_status crease_minimax_scan_new(const crease_minimax_windows *windows, crease_minimax_scan **scan,
                                      crease_error *error) {
    size_t n = windows->count;
    *scan = calloc(1, sizeof **scan);
    if (*scan) {
        (*scan)->windows = windows;
        (*scan)->memory = calloc(n + 1, 2 * sizeof(size_t));
        (*scan)->upper.i = (*scan)->memory;
        (*scan)->lower.i = (*scan)->memory + n + 1;
        (*scan)->room = n;
        (*scan)->piece = calloc(n, sizeof(extreme));
        if ((*scan)->memory && (*scan)->piece)
            return CREASE_OK;
    }
    crease_minimax_scan_free(*scan);
    *scan = NULL;
    return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu data", n);
}

void crease_minimax_scan_free(crease_minimax_scan *scan) {
    if (!scan)
        return;
    free(scan->memory);
    free(scan->piece);
    free(scan);
}

/* ---- geometry ---- */

static double x_of(const crease_minimax_scan *s, window_end e) {
    return s->windows->x[e.i - 1];
}

static double y_of(const crease_minimax_scan *s, window_end e) {
    return e.upper ? s->windows->bottom[e.i - 1] + s->tolerance : s->windows->top[e.i - 1] - s->tolerance;
}

static dd exact_y(const crease_minimax_scan *s, window_end e) {
    return e.upper ? dd_sum(s->windows->bottom[e.i - 1], s->tolerance)
                   : dd_difference(s->windows->top[e.i - 1], s->tolerance);
}

/* The end at infinity left of all others: an upper one keeps slopes above the least, a lower one under the
 * largest. */
static double limit_of(const crease_minimax_scan *s, window_end e) {
    return s->windows->slope[e.upper ? 0 : 1];
}

static double exactly_above(const crease_minimax_scan *s, window_end a, window_end b, window_end c) {
    dd across = dd_difference(x_of(s, c), x_of(s, b)), rise = dd_subtract(exact_y(s, c), exact_y(s, b));
    if (a.i == 0)
        return dd_subtract(rise, dd_times(across, limit_of(s, a))).hi;
    dd run = dd_difference(x_of(s, b), x_of(s, a)), climb = dd_subtract(exact_y(s, b), exact_y(s, a));
    return dd_subtract(dd_multiply(rise, run), dd_multiply(climb, across)).hi;
}

/* Positive when c lies over the line through a and b (a left of b), negative under it, 0 on it. */
static double above(const crease_minimax_scan *s, window_end a, window_end b, window_end c) {
    double across = x_of(s, c) - x_of(s, b), y = y_of(s, b), rise = y_of(s, c) - y;
    double run = 1, climb, size = fabs(y) + fabs(rise), lean;
    if (a.i == 0) {
        climb = limit_of(s, a);
        lean = fabs(climb);
    } else {
        run = x_of(s, b) - x_of(s, a);
        climb = y - y_of(s, a);
        lean = 2 * fabs(y) + 2 * fabs(climb);
    }
    double value = rise * run - climb * across;
    double doubt = 4 * DBL_EPSILON * ((2 * size) * run + lean * fabs(across));
    return fabs(value) > doubt ? value : exactly_above(s, a, b, c);
}

/* ---- the two chains ---- */

static window_end end_of(const chain *c, size_t at, bool upper) {
    return (window_end){c->i[at], upper};
}

/* Restarts a chain with nothing but the limit of slopes, where there is one. */
static void clear_chain(const crease_minimax_scan *s, chain *c, bool upper) {
    c->first = c->end = 0;
    if (isfinite(s->windows->slope[upper ? 0 : 1]))
        c->i[c->end++] = 0;
}

/* An upper chain is convex, a lower one concave: sign 1 and -1. */
static void push(const crease_minimax_scan *s, chain *c, window_end e) {
    double sign = e.upper ? 1 : -1;
    while (c->end - c->first >= 2 &&
           sign * above(s, end_of(c, c->end - 2, e.upper), e, end_of(c, c->end - 1, e.upper)) >= 0)
        c->end--;
    c->i[c->end++] = e.i;
}

/* The extreme line through e and the chain of the other ends, whose ends left of the touching one are done
 * with. */
static void turn(const crease_minimax_scan *s, chain *c, window_end e, extreme *line) {
    double sign = e.upper ? 1 : -1;
    while (c->end - c->first >= 2 &&
           sign * above(s, end_of(c, c->first, !e.upper), e, end_of(c, c->first + 1, !e.upper)) >= 0)
        c->first++;
    *line = (extreme){end_of(c, c->first, !e.upper), e};
}

typedef enum outcome { THROUGH, MISSED_ABOVE, MISSED_BELOW, EMPTY } outcome;

static outcome add_window(crease_minimax_scan *s, size_t i) {
    window_end high = {i, true}, low = {i, false};
    double spread = s->windows->top[i - 1] - s->windows->bottom[i - 1];
    if (spread > 0 && dd_subtract(dd_difference(s->windows->top[i - 1], s->windows->bottom[i - 1]),
                                  dd_from(2 * s->tolerance))
                              .hi > 0)
        return EMPTY;
    extreme *steepest = &s->steepest, *flattest = &s->flattest;
    if (exists(steepest) && above(s, steepest->left, steepest->right, low) > 0)
        return MISSED_ABOVE;
    if (exists(flattest) && above(s, flattest->left, flattest->right, high) < 0)
        return MISSED_BELOW;
    if (s->lower.end > s->lower.first &&
        (!exists(steepest) || above(s, steepest->left, steepest->right, high) < 0))
        turn(s, &s->lower, high, steepest);
    if (s->upper.end > s->upper.first &&
        (!exists(flattest) || above(s, flattest->left, flattest->right, low) > 0))
        turn(s, &s->upper, low, flattest);
    push(s, &s->upper, high);
    push(s, &s->lower, low);
    return THROUGH;
}

/* Of the chain `kept` all from end `from` on stays; the other one starts anew, and where slopes are limited its
 * extreme line has the limit for slope and touches the kept chain. */
static void next_stage(crease_minimax_scan *s, bool missed_above, size_t from) {
    chain *kept = missed_above ? &s->upper : &s->lower, *other = missed_above ? &s->lower : &s->upper;
    while (kept->end - kept->first > 1 && kept->i[kept->first] < from)
        kept->first++;
    clear_chain(s, other, !missed_above);
    s->steepest = s->flattest = no_line;
    if (other->end == 0)
        return;
    window_end limit = {0, !missed_above};
    double sign = missed_above ? 1 : -1;
    size_t low = kept->first, high = kept->end - 1; /* the slope of the chain passes the limit once */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sign *
                above(s, limit, end_of(kept, middle, missed_above), end_of(kept, middle + 1, missed_above)) <
            0)
            low = middle + 1;
        else
            high = middle;
    }
    *(missed_above ? &s->steepest : &s->flattest) = (extreme){limit, end_of(kept, low, missed_above)};
}

size_t crease_minimax_pieces(crease_minimax_scan *s, double tolerance, size_t most) {
    const crease_minimax_windows *windows = s->windows;
    s->tolerance = tolerance;
    s->stages = 0;
    s->steepest = s->flattest = no_line;
    clear_chain(s, &s->upper, true);
    clear_chain(s, &s->lower, false);
    for (size_t i = 1; i <= windows->count;) {
        outcome result = add_window(s, i);
        if (result == THROUGH) {
            i++;
            continue;
        }
        bool missed_above = result == MISSED_ABOVE;
        extreme line = missed_above ? s->steepest : s->flattest;
        if (result == EMPTY || line.left.i == 0 || s->stages + 1 >= most ||
            windows->curvature == (missed_above ? CREASE_CONCAVE : CREASE_CONVEX))
            return CREASE_MINIMAX_NONE;
        s->piece[s->stages++] = line;
        next_stage(s, missed_above, line.right.i);
    }
    return s->stages + 1;
}

/* ---- the function ---- */

typedef struct line {
    double x;
    dd y, slope; /* through (x, y) */
} line;

static dd value_at(const line *l, dd x) {
    return dd_add(l->y, dd_multiply(l->slope, dd_subtract(x, dd_from(l->x))));
}

static line line_of(const crease_minimax_scan *s, const extreme *e) {
    line l = {.x = x_of(s, e->right), .y = exact_y(s, e->right)};
    if (e->left.i == 0)
        l.slope = dd_from(limit_of(s, e->left));
    else
        l.slope = dd_divide(dd_subtract(l.y, exact_y(s, e->left)), dd_difference(l.x, x_of(s, e->left)));
    return l;
}

/* Any line of the last stage will do: the mean of the extreme ones. */
static line last_line(const crease_minimax_scan *s) {
    const crease_minimax_windows *w = s->windows;
    if (w->count == 1)
        return (line){w->x[0], dd_times(dd_sum(w->top[0], w->bottom[0]), .5),
                      dd_from(fmin(fmax(0, w->slope[0]), w->slope[1]))};
    if (!exists(&s->steepest) || !exists(&s->flattest))
        return line_of(s, exists(&s->steepest) ? &s->steepest : &s->flattest);
    line a = line_of(s, &s->steepest), b = line_of(s, &s->flattest);
    b.y = value_at(&b, dd_from(a.x));
    return (line){a.x, dd_times(dd_add(a.y, b.y), .5), dd_times(dd_add(a.slope, b.slope), .5)};
}

static dd crossing(const line *a, const line *b) {
    dd apart = dd_subtract(value_at(b, dd_from(a->x)), a->y);
    return dd_add(dd_from(a->x), dd_divide(apart, dd_subtract(a->slope, b->slope)));
}

crease_status crease_minimax_function(const crease_minimax_scan *s, crease_pwl **pwl, crease_error *error) {
    const crease_minimax_windows *w = s->windows;
    int tilt = w->y_exponent - w->x_exponent;
    crease_status status = crease_pwl_new(pwl, s->stages, error);
    if (status != CREASE_OK)
        return status;
    crease_pwl *made = *pwl;
    line here = s->stages ? line_of(s, &s->piece[0]) : last_line(s);
    made->slope_left = ldexp(dd_round(here.slope), tilt);
    made->value_at_zero = ldexp(dd_round(value_at(&here, dd_from(0))), w->y_exponent);
    for (size_t k = 0; k < s->stages; k++) {
        line next = k + 1 < s->stages ? line_of(s, &s->piece[k + 1]) : last_line(s);
        double x = dd_round(crossing(&here, &next));
        /* the flatter one forgives the rounding of x */
        const line *flat = fabs(here.slope.hi) < fabs(next.slope.hi) ? &here : &next;
        made->x[k] = ldexp(x, w->x_exponent);
        made->y[k] = ldexp(dd_round(value_at(flat, dd_from(x))), w->y_exponent);
        here = next;
    }
    made->slope_right = ldexp(dd_round(here.slope), tilt);
    return CREASE_OK;
}
