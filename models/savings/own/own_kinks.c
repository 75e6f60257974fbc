/* Kinks of a table of values and slopes. Values: crease_kinks_detect. Slopes: between the kinks found so far V' must not jump;
 * where it does (crease_kinks_detect says so of V'), a kink lies in that gap between neighbours, at the place where the
 * extrapolations from its two sides cross, z_i + integral of the polynomial through the three nearest slopes of the side. The
 * error of the place is what the third slope changes. Kinks seen in the values that the table does not support are left out
 * (own_doubt.c).
 *
 * A place found is taken for a row that lies within its error, since tables are often built with a node at the kink. */
#include "savings/own/own_parts.h"
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 3, LEAST_FOR_JUMPS = 8 };

typedef struct search {
    const savings_own_rows *rows;
    const crease_fit_options *options;
    savings_own_found *found;
    size_t room, dropped[SAVINGS_OWN_DOUBTS];
    double dropped_at; /* the last of them */
} search;

/* Slopes seen are those of z, until they are turned into V's. */
static crease_status add(search *s, savings_own_kink kink, crease_error *error) {
    savings_own_found *f = s->found;
    if (kink.source != SAVINGS_OWN_FROM_VALUES)
        kink.seen_left = kink.seen_right = NAN;
    if (f->count == s->room) {
        size_t room = 2 * s->room + 8;
        savings_own_kink *larger = reallocarray(f->kink, room, sizeof *larger);
        if (!larger)
            return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu kinks", room);
        f->kink = larger;
        s->room = room;
    }
    f->kink[f->count++] = kink;
    return CREASE_OK;
}

static int by_place(const void *first, const void *second) {
    const savings_own_kink *a = first, *b = second;
    return a->x < b->x ? -1 : a->x > b->x;
}

static crease_kink_options detection(const crease_fit_options *o) {
    return (crease_kink_options){.seed = o->seed,
                                 .threads = o->threads,
                                 .interrupted = o->interrupted,
                                 .interrupted_context = o->interrupted_context};
}

/* First row right of x, or at it. */
size_t savings_own_row_from(const savings_own_rows *rows, double x) {
    size_t low = 0, high = rows->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (rows->x[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static crease_status from_values(search *s, crease_kinks_summary *summary, crease_error *error) {
    const savings_own_rows *rows = s->rows;
    crease_data data = {
        .n = rows->n, .inputs = 1, .outputs = 1, .x = rows->x, .y = rows->z, .weight = rows->weight};
    crease_kink_options options = detection(s->options);
    crease_detected_kink *kinks = NULL;
    size_t count = 0;
    crease_status status = crease_kinks_detect(&data, &options, &kinks, &count, summary, error);
    for (size_t k = 0; status == CREASE_OK && k < count; k++) {
        savings_own_doubt doubt =
            savings_own_doubt_kink(rows, &kinks[k], summary->noise_free ? 0 : summary->noise);
        s->dropped[doubt]++;
        s->dropped_at = doubt ? kinks[k].x : s->dropped_at;
        if (doubt)
            continue;
        savings_own_kink kink = {.x = kinks[k].x,
                                 .error = kinks[k].standard_error,
                                 .seen_left = kinks[k].slope_left,
                                 .seen_right = kinks[k].slope_right,
                                 .V = kinks[k].y};
        status = add(s, kink, error);
    }
    free(kinks);
    return status;
}

static crease_status from_pairs(search *s, crease_error *error) {
    const savings_own_rows *rows = s->rows;
    crease_status status = CREASE_OK;
    for (size_t i = 0; rows->dz_right && i < rows->n && status == CREASE_OK; i++) {
        bool known = false;
        if (!isfinite(rows->dz_right[i]))
            continue;
        for (size_t k = 0; k < s->found->count && !known; k++) {
            savings_own_kink *kink = &s->found->kink[k];
            known = i > 0 && i + 1 < rows->n && kink->x > rows->x[i - 1] && kink->x < rows->x[i + 1];
            if (known)
                *kink = (savings_own_kink){.x = rows->x[i],
                                           .source = SAVINGS_OWN_FROM_PAIR,
                                           .at_row = true,
                                           .seen_left = NAN,
                                           .seen_right = NAN};
        }
        if (!known)
            status =
                add(s, (savings_own_kink){.x = rows->x[i], .source = SAVINGS_OWN_FROM_PAIR, .at_row = true},
                    error);
    }
    return status;
}

/* z at x, from row i outwards: direction -1 uses the rows i, i - 1, ..; `slopes` of them. */
static double extrapolate(const savings_own_rows *rows, size_t i, int direction, size_t slopes, double x) {
    double t[SIDE] = {0}, d[SIDE] = {0}, h = x - rows->x[i];
    for (size_t j = 0; j < slopes; j++) {
        size_t row = direction < 0 ? i - j : i + j;
        t[j] = rows->x[row] - rows->x[i];
        d[j] = rows->dz[row];
    }
    /* divided differences; the integral of d0 + d01 t + d012 t (t - t1) from 0 to h */
    double first = (d[1] - d[0]) / (t[1] - t[0]), second = 0;
    if (slopes == 3)
        second = ((d[2] - d[1]) / (t[2] - t[1]) - first) / (t[2] - t[0]);
    return rows->z[i] + h * (d[0] + h * (first / 2 + second * (h / 3 - t[1] / 2)));
}

static double difference(const savings_own_rows *rows, size_t left, size_t slopes, double x) {
    return extrapolate(rows, left + 1, 1, slopes, x) - extrapolate(rows, left, -1, slopes, x);
}

/* Where the two sides cross in the gap, or its end at which they are nearer. */
static double crossing(const savings_own_rows *rows, size_t left, size_t slopes) {
    double low = rows->x[left], high = rows->x[left + 1];
    double at_low = difference(rows, left, slopes, low), at_high = difference(rows, left, slopes, high);
    if (!(at_low * at_high < 0))
        return fabs(at_low) <= fabs(at_high) ? low : high;
    for (int step = 0; step < 200 && high - low > 0; step++) {
        double middle = low + (high - low) / 2, value = difference(rows, left, slopes, middle);
        if (middle == low || middle == high)
            break;
        if (value * at_low > 0)
            low = middle;
        else
            high = middle;
    }
    return low + (high - low) / 2;
}

static bool doubted(search *s, size_t left, double x) {
    crease_detected_kink kink = {.x = x,
                                 .slope_left = savings_own_extrapolate_slope(s->rows, left, -1, SIDE, x),
                                 .slope_right = savings_own_extrapolate_slope(s->rows, left + 1, 1, SIDE, x)};
    savings_own_doubt doubt = savings_own_doubt_kink(s->rows, &kink, 0);
    bool known = s->dropped_at >= s->rows->x[left] && s->dropped_at <= s->rows->x[left + 1];
    s->dropped[doubt] += !known; /* the values showed it, too */
    s->dropped_at = doubt ? x : s->dropped_at;
    return doubt != SAVINGS_OWN_NO_DOUBT;
}

/* Jumps of dz in the rows [first, end), which hold no kink found so far; splits at each. */
static crease_status from_slopes(search *s, size_t first, size_t end, crease_error *error) {
    const savings_own_rows *rows = s->rows;
    if (end < first + LEAST_FOR_JUMPS || s->found->count >= 64)
        return CREASE_OK;
    crease_data data = {.n = end - first,
                        .inputs = 1,
                        .outputs = 1,
                        .x = rows->x + first,
                        .y = rows->dz + first,
                        .weight = rows->weight ? rows->weight + first : NULL};
    crease_kink_options options = detection(s->options);
    crease_detected_kink *kinks = NULL;
    size_t count;
    crease_kinks_summary summary;
    crease_status status = crease_kinks_detect(&data, &options, &kinks, &count, &summary, error);
    free(kinks);
    if (status != CREASE_OK || !summary.jump)
        return status;
    size_t near = savings_own_row_from(rows, summary.jump_x), gap = SIZE_MAX;
    for (size_t i = near >= 2 ? near - 2 : 0; i <= near; i++)
        if (i >= first + SIDE - 1 && i + SIDE < end &&
            (gap == SIZE_MAX ||
             fabs(rows->dz[i + 1] - rows->dz[i]) > fabs(rows->dz[gap + 1] - rows->dz[gap])))
            gap = i;
    if (gap == SIZE_MAX)
        return CREASE_OK;
    double x = crossing(rows, gap, 3), coarse = crossing(rows, gap, 2);
    if (!doubted(s, gap, x))
        status =
            add(s, (savings_own_kink){.x = x, .error = fabs(x - coarse), .source = SAVINGS_OWN_FROM_SLOPES},
                error);
    if (status == CREASE_OK)
        status = from_slopes(s, first, gap + 1, error);
    return status == CREASE_OK ? from_slopes(s, gap + 1, end, error) : status;
}

static crease_status between_kinks(search *s, crease_error *error) {
    const savings_own_rows *rows = s->rows;
    size_t known = s->found->count, first = 0;
    crease_status status = CREASE_OK;
    double *place = malloc((known + 1) * sizeof *place), *reach = malloc((known + 1) * sizeof *reach);
    if (!place || !reach)
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu kinks", known);
    for (size_t k = 0; status == CREASE_OK && k < known; k++) {
        place[k] = s->found->kink[k].x;
        reach[k] = 3 * s->found->kink[k].error;
    }
    for (size_t k = 0; status == CREASE_OK && k <= known; k++) {
        size_t end = k < known ? savings_own_row_from(rows, place[k] - reach[k]) : rows->n, next = end;
        while (k < known && next < rows->n && rows->x[next] <= place[k] + reach[k])
            next++; /* a row at a kink has no slope of its own */
        status = from_slopes(s, first, end, error);
        first = next;
    }
    free(place);
    free(reach);
    return status;
}

void savings_own_take_rows(const savings_own_rows *rows, savings_own_found *found) {
    for (size_t k = 0; k < found->count; k++) {
        savings_own_kink *kink = &found->kink[k];
        size_t right = savings_own_row_from(rows, kink->x), i = right;
        if (right == 0 || right == rows->n)
            continue;
        if (kink->x - rows->x[right - 1] < rows->x[right] - kink->x)
            i = right - 1;
        double gap = rows->x[right] - rows->x[right - 1];
        double error = fmax(3 * kink->error, 4 * GSL_DBL_EPSILON * fabs(kink->x));
        if (fabs(rows->x[i] - kink->x) <= error && error <= .01 * gap) {
            kink->x = rows->x[i];
            kink->at_row = true;
        }
    }
}

static void say(const search *s, const crease_kinks_summary *summary) {
    static const char *const doubt[SAVINGS_OWN_DOUBTS] = {
        NULL, "the slopes contradict it",
        "the table has a hole there, in which a bend may hide (--kinks imposes one)",
        "a bend no sharper than those beside it would look so", "its change of slope is under a thousandth"};
    savings_own_found *f = s->found;
    size_t sources[4] = {0}, refused = 0, used;
    for (size_t k = 0; k < f->count; k++)
        sources[f->kink[k].source]++;
    for (int d = SAVINGS_OWN_DENIED_BY_SLOPES; d < SAVINGS_OWN_DOUBTS; d++)
        refused += s->dropped[d];
    if (f->count == 0 && refused == 0)
        used = (size_t)snprintf(f->why, sizeof f->why, "%.*s", 350, summary->reason);
    else if (f->count == 0)
        used = (size_t)snprintf(f->why, sizeof f->why, "what might be one, the table does not support");
    else
        used = (size_t)snprintf(
            f->why, sizeof f->why,
            "%zu seen in the values, %zu more in jumps of the slope, %zu given by two slopes at one state",
            sources[SAVINGS_OWN_FROM_VALUES], sources[SAVINGS_OWN_FROM_SLOPES],
            sources[SAVINGS_OWN_FROM_PAIR]);
    for (int d = SAVINGS_OWN_DENIED_BY_SLOPES; d < SAVINGS_OWN_DOUBTS && used < sizeof f->why; d++)
        if (s->dropped[d] == 1 && refused == 1)
            used += (size_t)snprintf(f->why + used, sizeof f->why - used, "; not one at %.6g: %s",
                                     s->dropped_at, doubt[d]);
        else if (s->dropped[d] > 0)
            used += (size_t)snprintf(f->why + used, sizeof f->why - used, "; %zu refused: %s", s->dropped[d],
                                     doubt[d]);
}

crease_status savings_own_find_kinks(const savings_own_rows *rows, const crease_fit_options *options,
                                     savings_own_found *found, crease_error *error) {
    search s = {.rows = rows, .options = options, .found = found, .dropped_at = NAN};
    crease_kinks_summary summary;
    *found = (savings_own_found){0};
    crease_status status = from_values(&s, &summary, error);
    if (status == CREASE_OK && rows->dz)
        status = from_pairs(&s, error);
    if (status == CREASE_OK && rows->dz) {
        if (found->count > 1)
            qsort(found->kink, found->count, sizeof *found->kink, by_place);
        status = between_kinks(&s, error);
    }
    if (status == CREASE_OK) {
        if (found->count > 1)
            qsort(found->kink, found->count, sizeof *found->kink, by_place);
        savings_own_take_rows(rows, found);
        found->noisy = summary.method != CREASE_KINKS_NONE && !summary.noise_free;
        found->interrupted = savings_own_interrupted(options);
        say(&s, &summary);
    } else {
        free(found->kink);
        *found = (savings_own_found){0};
    }
    return status;
}
