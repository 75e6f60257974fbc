/* Kinks of a table of values and slopes. Values: crease_kinks_detect. Slopes: between the kinks found so far V' must not jump;
 * where it does (crease_kinks_detect says so of V'), a kink lies in that gap between neighbours, at the place where the
 * extrapolations from its two sides cross, z_i + integral of the polynomial through the three nearest slopes of the side. The
 * error of the place is what the third slope changes. And the other way round: a kink seen in the values goes when the slopes
 * beside it do not differ by what it claims.
 *
 * A place found is taken for a row that lies within its error, since tables are often built with a node at the kink. */
#include "savings/own_parts.h"
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
    size_t room, dropped;
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
static size_t row_from(const savings_own_rows *rows, double x) {
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

/* Do the slopes beside the place differ as the kink claims? The smooth part is judged by the gaps next to it. */
static bool slopes_agree(const savings_own_rows *rows, const crease_detected_kink *kink) {
    size_t right = row_from(rows, kink->x), left;
    double reach = 3 * kink->standard_error;
    while (right < rows->n && rows->x[right] <= kink->x + reach)
        right++;
    left = row_from(rows, kink->x - reach);
    if (left < 2 || right + 1 >= rows->n)
        return true;
    left--;
    double claimed = kink->slope_right - kink->slope_left, seen = rows->dz[right] - rows->dz[left];
    double smooth = fabs(rows->dz[left] - rows->dz[left - 1]) + fabs(rows->dz[right + 1] - rows->dz[right]);
    return fabs(seen - claimed) <= .5 * fabs(claimed) + 3 * smooth;
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
        if (rows->dz && !slopes_agree(rows, &kinks[k])) {
            s->dropped++;
            continue;
        }
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
    double t[SIDE], d[SIDE], h = x - rows->x[i];
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
    size_t near = row_from(rows, summary.jump_x), gap = SIZE_MAX;
    for (size_t i = near >= 2 ? near - 2 : 0; i <= near; i++)
        if (i >= first + SIDE - 1 && i + SIDE < end &&
            (gap == SIZE_MAX ||
             fabs(rows->dz[i + 1] - rows->dz[i]) > fabs(rows->dz[gap + 1] - rows->dz[gap])))
            gap = i;
    if (gap == SIZE_MAX)
        return CREASE_OK;
    double x = crossing(rows, gap, 3), coarse = crossing(rows, gap, 2);
    status = add(s, (savings_own_kink){.x = x, .error = fabs(x - coarse), .source = SAVINGS_OWN_FROM_SLOPES},
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
        size_t end = k < known ? row_from(rows, place[k] - reach[k]) : rows->n, next = end;
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
        size_t right = row_from(rows, kink->x), i = right;
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
    savings_own_found *f = s->found;
    size_t sources[4] = {0};
    for (size_t k = 0; k < f->count; k++)
        sources[f->kink[k].source]++;
    if (f->count == 0)
        snprintf(f->why, sizeof f->why, "%.*s%s", 350, summary->reason,
                 s->dropped ? "; the slopes contradict a bend that the values alone would allow" : "");
    else
        snprintf(
            f->why, sizeof f->why,
            "%zu seen in the values, %zu more in jumps of the slope, %zu given by two slopes at one state%s",
            sources[SAVINGS_OWN_FROM_VALUES], sources[SAVINGS_OWN_FROM_SLOPES],
            sources[SAVINGS_OWN_FROM_PAIR],
            s->dropped ? "; the slopes contradict a further bend that the values alone would allow" : "");
}

crease_status savings_own_find_kinks(const savings_own_rows *rows, const crease_fit_options *options,
                                     savings_own_found *found, crease_error *error) {
    search s = {.rows = rows, .options = options, .found = found};
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
