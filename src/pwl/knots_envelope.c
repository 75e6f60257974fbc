#include "pwl/knots_envelope.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* fmin and fmax without their care for NaN, which costs a call where all the time goes */
static double smaller(double a, double b) {
    return a < b ? a : b;
}
static double larger(double a, double b) {
    return a > b ? a : b;
}

void crease_knot_envelope_clear(knot_envelope *e) {
    free(e->quadratic);
    free(e->piece);
    free(e->spare);
    *e = (knot_envelope){0};
}

void crease_knot_envelope_empty(knot_envelope *e) {
    e->quadratic_count = e->piece_count = 0;
}

static double value(const knot_quadratic *q, double v) {
    double d = v - q->at;
    return d == 0 ? q->least : q->least + q->curvature * d * d;
}

/* Where a - b < 0 within (low, high): at most two open intervals, in order. */
static size_t where_lower(const knot_quadratic *a, const knot_quadratic *b, double low, double high,
                          double interval[4]) {
    /* with u = v - b.at: A u^2 + B u + C */
    double shift = a->at - b->at, A = a->curvature - b->curvature, B = -2 * a->curvature * shift;
    double C = a->least - b->least + a->curvature * shift * shift;
    double from = -INFINITY, to = INFINITY;
    bool outside = false;
    double discriminant = B * B - 4 * A * C;
    if (A == 0 && B == 0) {
        if (!(C < 0))
            return 0;
    } else if (A == 0) {
        *(B > 0 ? &to : &from) = -C / B;
    } else if (!(discriminant > 0)) {
        if (A > 0)
            return 0;
    } else {
        double s = -(B + copysign(sqrt(discriminant), B)) / 2; /* s != 0: the discriminant is positive */
        double r1 = s / A, r2 = C / s;
        from = smaller(r1, r2);
        to = larger(r1, r2);
        outside = A < 0;
    }
    from += b->at;
    to += b->at;
    size_t count = 0;
    if (!outside) {
        interval[0] = larger(low, from);
        interval[1] = smaller(high, to);
        return interval[0] < interval[1] ? 1 : 0;
    }
    if (low < smaller(high, from)) {
        interval[0] = low;
        interval[1] = smaller(high, from);
        count++;
    }
    if (larger(low, to) < high) {
        interval[2 * count] = larger(low, to);
        interval[2 * count + 1] = high;
        count++;
    }
    return count;
}

/* True when the convex q is nowhere below p on [low, high] for a reason that is cheap to see. */
static bool plainly_above(const knot_quadratic *q, const knot_quadratic *p, double low, double high) {
    double at = smaller(larger(q->at, low), high), q_least = value(q, at);
    return q_least >= value(p, low) && q_least >= value(p, high);
}

/* The first piece that ends beyond v. */
static size_t piece_beyond(const knot_envelope *e, double v) {
    size_t first = 0, end = e->piece_count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (e->piece[middle].high <= v)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

static bool lower_somewhere(const knot_envelope *e, const knot_quadratic *q, double low, double high) {
    double reached = low, interval[4];
    for (size_t i = piece_beyond(e, low); i < e->piece_count && reached < high; i++) {
        const knot_envelope_piece *p = &e->piece[i];
        if (p->low > reached)
            return true;
        double to = smaller(p->high, high);
        if (!plainly_above(q, &e->quadratic[p->index], reached, to) &&
            where_lower(q, &e->quadratic[p->index], reached, to, interval) > 0)
            return true;
        reached = to;
    }
    return reached < high;
}

static void put(knot_envelope *e, size_t *count, double low, double high, size_t index) {
    if (!(low < high))
        return;
    if (*count > 0 && e->spare[*count - 1].index == index && e->spare[*count - 1].high == low)
        e->spare[*count - 1].high = high;
    else
        e->spare[(*count)++] = (knot_envelope_piece){low, high, index};
}

static bool make_room(knot_envelope *e) {
    if (e->quadratic_count == e->quadratic_room) {
        size_t room = 2 * e->quadratic_room + 8;
        knot_quadratic *more = realloc(e->quadratic, room * sizeof *more);
        if (!more)
            return false;
        e->quadratic = more;
        e->quadratic_room = room;
    }
    /* each old piece gives at most five, and there is one beyond the last */
    size_t needed = 5 * e->piece_count + 4;
    if (needed > e->piece_room) {
        size_t room = 2 * needed + 16;
        knot_envelope_piece *piece = realloc(e->piece, room * sizeof *piece);
        if (piece)
            e->piece = piece;
        knot_envelope_piece *spare = realloc(e->spare, room * sizeof *spare);
        if (spare)
            e->spare = spare;
        if (!piece || !spare)
            return false;
        e->piece_room = room;
    }
    return true;
}

bool crease_knot_envelope_insert(knot_envelope *e, const knot_quadratic *q, double low, double high,
                                 double least_gain) {
    knot_quadratic raised = *q;
    raised.least += least_gain;
    if (!(low < high) || !lower_somewhere(e, &raised, low, high))
        return true;
    if (!make_room(e))
        return false;
    size_t own = e->quadratic_count++, count = 0;
    e->quadratic[own] = *q;
    double reached = low, interval[4];
    for (size_t i = 0; i < e->piece_count; i++) {
        const knot_envelope_piece p = e->piece[i];
        if (p.high <= low || p.low >= high) {
            if (p.low >= high && reached < high) {
                put(e, &count, reached, high, own);
                reached = high;
            }
            put(e, &count, p.low, p.high, p.index);
            continue;
        }
        put(e, &count, reached, p.low, own);
        put(e, &count, p.low, low, p.index);
        double from = larger(p.low, low), to = smaller(p.high, high);
        size_t intervals = where_lower(q, &e->quadratic[p.index], from, to, interval);
        for (size_t k = 0; k < intervals; k++) {
            put(e, &count, from, interval[2 * k], p.index);
            put(e, &count, interval[2 * k], interval[2 * k + 1], own);
            from = interval[2 * k + 1];
        }
        put(e, &count, from, to, p.index);
        put(e, &count, high, p.high, p.index);
        reached = to;
    }
    put(e, &count, reached, high, own);
    knot_envelope_piece *old = e->piece;
    e->piece = e->spare;
    e->spare = old;
    e->piece_count = count;
    return true;
}

void crease_knot_envelope_compact(knot_envelope *e) {
    /* pieces name their quadratics in no order, so mark first */
    for (size_t i = 0; i < e->quadratic_count; i++)
        e->quadratic[i].curvature = -1 - e->quadratic[i].curvature;
    for (size_t i = 0; i < e->piece_count; i++) {
        knot_quadratic *q = &e->quadratic[e->piece[i].index];
        if (q->curvature < 0)
            q->curvature = -1 - q->curvature;
    }
    size_t kept = 0;
    for (size_t i = 0; i < e->quadratic_count; i++)
        if (e->quadratic[i].curvature >= 0)
            e->quadratic[kept++] = e->quadratic[i];
    e->quadratic_count = kept;
    e->piece_count = 0; /* their indices are void; the intervals are not needed any more */
}
