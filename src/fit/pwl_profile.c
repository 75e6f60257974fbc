/* The profile of knot j: P_j(t) = least SSE of the functions whose j-th knot is at t. By the likelihood ratio of the
 * normal model the set { t : P_j(t) <= SSE (1 + F / freedom) } holds the true place with about the level's probability,
 * also where it is far from an interval about the estimate. One knot: P and the set in closed form (one_knot.c). More:
 * the other knots descend to their best places from those of the place before, upwards and downwards, from the fit's with any
 * one of them exchanged for the held one, and at some places from those of a global search. */
#include "crease/inference.h"
#include "fit/pwl_refit.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NEAR_ERRORS = 6, NEAR_OTHERS = 9, BISECTIONS = 30, SEARCHES = 20, SEARCH_POINTS = 5000 };

static const double TOUCH = 1e-12; /* of the unit of x: intervals nearer than that are one */

static const char FEW_ROWS[] = "there are no more rows than free parameters";

typedef struct profiler {
    const crease_profile_options *options;
    const crease_data *data;
    const crease_sample *sample;
    const double *mean; /* points */
    size_t knots, least;
    double ties;                /* error about the means of points */
    double most;                /* threshold less ties, in units of the sample */
    const double *start, *near; /* knots of the fit, and six standard errors of each */
    double sse_unit;
} profiler;

static bool stopped(const profiler *p) {
    return p->options->interrupted && p->options->interrupted(p->options->interrupted_context);
}

/* `count` places inside [low, high] about knot i. */
static void spread_near(const profiler *p, size_t i, double low, double high, size_t count, double *place) {
    double at = fmin(fmax(p->start[i], low), high), from = low, to = high;
    if (p->near[i] > 0) {
        from = fmax(low, at - p->near[i]);
        to = fmin(high, at + p->near[i]);
    }
    for (size_t n = 0; n < count; n++)
        place[n] = from + (to - from) * (((double)n + .5) / (double)count);
}

/* Places u of the profile, ascending, with room for their errors behind: over all, near the knot, at it, and near the
 * other knots, where their order may be another. */
static bool make_places(const profiler *p, size_t j, double low, double high, crease_knot_profile *out) {
    size_t asked = p->options->points ? p->options->points : 200, wide = asked - asked / 2;
    size_t n = asked + 1 + NEAR_OTHERS * (p->knots - 1), at = wide;
    if (n >= SIZE_MAX / sizeof(double) / 4 || !(out->x = malloc(2 * n * sizeof *out->x)))
        return false;
    for (size_t i = 0; i < wide; i++)
        out->x[i] = wide > 1 ? low + (high - low) * ((double)i / (double)(wide - 1)) : low;
    for (size_t i = 0; i < p->knots; i++) {
        size_t count = i == j ? asked / 2 : NEAR_OTHERS;
        spread_near(p, i, low, high, count, out->x + at);
        at += count;
    }
    out->x[at] = fmin(fmax(p->start[j], low), high);
    gsl_sort(out->x, 1, n);
    out->count = 1;
    for (size_t i = 1; i < n; i++)
        if (out->x[i] > out->x[out->count - 1])
            out->x[out->count++] = out->x[i];
    out->sse = out->x + n;
    return true;
}

static bool add_interval(crease_knot_profile *out, double low, double high) {
    if (out->set_count > 0 && low <= out->set[out->set_count - 1].high + TOUCH) {
        out->set[out->set_count - 1].high = high;
        return true;
    }
    if ((out->set_count & (out->set_count - 1)) == 0) { /* full at every power of two */
        size_t room = out->set_count ? 2 * out->set_count : 1;
        crease_interval *more = realloc(out->set, room * sizeof *more);
        if (!more)
            return false;
        out->set = more;
    }
    out->set[out->set_count++] = (crease_interval){low, high};
    return true;
}

static void mark_open(crease_knot_profile *out, double low, double high) {
    if (out->set_count == 0)
        return;
    out->open_low = out->set[0].low <= low + TOUCH;
    out->open_high = out->set[out->set_count - 1].high >= high - TOUCH;
}

/* ---- one knot ---- */

static bool profile_one(const profiler *p, crease_scan *scan, crease_knot_profile *out) {
    double low, high;
    crease_scan_ends(scan, &low, &high);
    if (!make_places(p, 0, low, high, out))
        return false;
    for (size_t i = 0; i < out->count; i++)
        out->sse[i] = crease_scan_at(scan, out->x[i]).sse;
    for (size_t split = p->least; split + p->least <= p->sample->points; split++) {
        double from[2], to[2];
        size_t count = crease_scan_within(scan, split, p->most, from, to);
        for (size_t i = 0; i < count; i++)
            if (!add_interval(out, from[i], to[i]))
                return false;
    }
    mark_open(out, low, high);
    return true;
}

/* ---- more knots ---- */

/* The error with knot j at t, the others from `from`; the knots found replace `from`. */
static double held_at(crease_descent *d, size_t j, double t, double *from) {
    from[j] = t;
    if (!crease_descent_run(d, from, j))
        return INFINITY;
    memcpy(from, d->t, d->knots * sizeof *from);
    return d->sse;
}

static void try_start(const profiler *p, crease_descent *d, size_t j, size_t i, crease_knot_profile *out,
                      double *state, double *other) {
    double sse = held_at(d, j, out->x[i], other);
    if (sse < out->sse[i]) {
        out->sse[i] = sse;
        memcpy(state + i * p->knots, other, p->knots * sizeof *other);
    }
}

/* The fit's knots, one of them left out for one at t: a start where knot j is at t, or false. */
static bool exchanged(const profiler *p, size_t j, size_t left_out, double t, double *knots) {
    size_t at = 0, place = p->knots;
    for (size_t i = 0; i < p->knots; i++) {
        if (i == left_out)
            continue;
        if (place == p->knots && p->start[i] > t) {
            place = at;
            knots[at++] = t;
        }
        knots[at++] = p->start[i];
    }
    if (place == p->knots) {
        place = at;
        knots[at] = t;
    }
    return place == j;
}

/* The global search with a knot at t, where that is knot j. */
static bool searched(const profiler *p, size_t j, double t, double *knots) {
    const crease_sample *s = p->sample;
    double raw = s->x_shift + s->x_unit * t;
    crease_knots_options options = {
        .knots = p->knots, .min_points = p->least, .fixed_knot = &raw, .fixed_knot_count = 1, .work = -1};
    crease_knots_result result;
    if (crease_knots_fit(p->data, &options, &result, NULL) != CREASE_OK)
        return false;
    bool found = result.pwl->knot_count == p->knots && result.pwl->x[j] == raw;
    for (size_t i = 0; found && i < p->knots; i++)
        knots[i] = (result.pwl->x[i] - s->x_shift) / s->x_unit;
    crease_knots_result_clear(&result);
    return found;
}

/* From the place before, and upwards also from the fit with any one knot exchanged and here and
 * there from a search. state keeps the best knots of each
 * place; `other` is work space of k. */
static void pass(const profiler *p, crease_descent *d, size_t j, bool upwards, crease_knot_profile *out,
                 double *state, double *other) {
    size_t k = p->knots;
    for (size_t step = 0; step < out->count && !stopped(p); step++) {
        size_t i = upwards ? step : out->count - 1 - step;
        bool started = step > 0;
        if (step > 0) {
            memcpy(other, state + (upwards ? i - 1 : i + 1) * k, k * sizeof *other);
            try_start(p, d, j, i, out, state, other);
        }
        for (size_t left_out = 0; upwards && left_out < k; left_out++)
            if (exchanged(p, j, left_out, out->x[i], other)) {
                try_start(p, d, j, i, out, state, other);
                started = true;
            }
        bool searching = upwards && k > 2 && p->sample->points <= SEARCH_POINTS;
        if (searching && i % (out->count / SEARCHES + 1) == 0 && searched(p, j, out->x[i], other))
            try_start(p, d, j, i, out, state, other);
        if (!started) {
            memcpy(other, p->start, k * sizeof *other);
            try_start(p, d, j, i, out, state, other);
        }
    }
}

/* Where the profile crosses the threshold between place `in` and its neighbour `to`. */
static double crossing(const profiler *p, crease_descent *d, size_t j, const crease_knot_profile *out,
                       size_t in, size_t to, const double *state, double *other) {
    double inside = out->x[in], outside = out->x[to];
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = .5 * (inside + outside), least = INFINITY;
        for (size_t side = 0; side < 2; side++) {
            memcpy(other, state + (side ? to : in) * p->knots, p->knots * sizeof *other);
            least = fmin(least, held_at(d, j, middle, other));
        }
        if (least <= p->most)
            inside = middle;
        else
            outside = middle;
    }
    return inside;
}

static bool collect_set(const profiler *p, crease_descent *d, size_t j, crease_knot_profile *out,
                        const double *state, double *other) {
    for (size_t i = 0; i < out->count; i++) {
        if (!(out->sse[i] <= p->most))
            continue;
        size_t last = i;
        while (last + 1 < out->count && out->sse[last + 1] <= p->most)
            last++;
        double low = i > 0 ? crossing(p, d, j, out, i, i - 1, state, other) : out->x[i];
        double high =
            last + 1 < out->count ? crossing(p, d, j, out, last, last + 1, state, other) : out->x[last];
        if (!add_interval(out, low, high))
            return false;
        i = last;
    }
    return true;
}

static bool profile_among(const profiler *p, crease_descent *d, size_t j, crease_knot_profile *out) {
    double low, high;
    size_t k = p->knots;
    crease_descent_ends(d, j, &low, &high);
    if (!make_places(p, j, low, high, out))
        return false;
    double *state = malloc((out->count + 1) * k * sizeof *state);
    if (!state)
        return false;
    double *other = state + out->count * k;
    for (size_t i = 0; i < out->count; i++) {
        out->sse[i] = INFINITY;
        memcpy(state + i * k, p->start, k * sizeof *state);
    }
    pass(p, d, j, true, out, state, other);
    pass(p, d, j, false, out, state, other);
    bool ok = stopped(p) || collect_set(p, d, j, out, state, other);
    mark_open(out, low, high);
    free(state);
    return ok;
}

static bool profile_knots(const profiler *p, crease_pwl_profile *profile) {
    int threads = p->options->threads ? (int)p->options->threads : omp_get_num_procs();
    bool failed = false;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (size_t j = 0; j < p->knots; j++) {
        crease_descent d = {0};
        bool ok = crease_descent_new(&d, p->knots, p->sample->points);
        if (ok) {
            crease_descent_data(&d, p->sample->points, p->sample->u, p->mean, p->sample->sum, p->least);
            ok = profile_among(p, &d, j, &profile->knot[j]);
        }
        if (!ok) {
#pragma omp atomic write
            failed = true;
        }
        crease_descent_clear(&d);
    }
    return !failed;
}

/* ---- both ---- */

/* Least error of the points about their function: of the fit's own knots, or better. */
static bool least_error(const profiler *p, crease_scan *scan, double *sse) {
    crease_descent d = {0};
    if (p->knots <= 1) {
        crease_scan_design(scan, p->sample->points, p->sample->u, p->sample->sum, p->least, p->least);
        crease_one_knot best = crease_scan_best(scan, p->mean);
        *sse = p->knots == 1 ? best.sse : best.line_sse;
        return true;
    }
    bool ok = crease_descent_new(&d, p->knots, p->sample->points);
    if (ok) {
        crease_descent_data(&d, p->sample->points, p->sample->u, p->mean, p->sample->sum, p->least);
        crease_descent_run(&d, p->start, SIZE_MAX);
        *sse = d.sse;
    }
    crease_descent_clear(&d);
    return ok;
}

static void to_raw(const profiler *p, crease_knot_profile *out) {
    const crease_sample *s = p->sample;
    for (size_t i = 0; i < out->count; i++) {
        out->x[i] = s->x_shift + s->x_unit * out->x[i];
        out->sse[i] = (out->sse[i] + p->ties) * p->sse_unit;
    }
    for (size_t i = 0; i < out->set_count; i++) {
        out->set[i].low = s->x_shift + s->x_unit * out->set[i].low;
        out->set[i].high = s->x_shift + s->x_unit * out->set[i].high;
    }
}

static crease_status run(profiler *p, crease_pwl_profile *profile, crease_error *error) {
    crease_scan *scan = crease_scan_new(p->sample->points);
    double sse = 0;
    bool ok = scan && least_error(p, scan, &sse);
    if (ok) {
        double f = profile->freedom > 0 ? gsl_cdf_fdist_Pinv(profile->level, 1, profile->freedom) : NAN;
        p->most = (sse + p->ties) * (1 + f / profile->freedom) - p->ties;
        profile->sse = (sse + p->ties) * p->sse_unit;
        profile->threshold = (p->most + p->ties) * p->sse_unit;
        profile->why = profile->freedom > 0 ? NULL : FEW_ROWS;
        ok = p->knots == 1 ? profile_one(p, scan, &profile->knot[0]) : profile_knots(p, profile);
    }
    profile->interrupted = stopped(p);
    for (size_t j = 0; ok && j < p->knots; j++)
        to_raw(p, &profile->knot[j]);
    crease_scan_free(scan);
    return ok ? CREASE_OK : crease_fail(error, CREASE_NO_MEMORY, "out of memory for a profile");
}

/* Means, start and neighbourhoods into one block; the error of rows about the means. */
static double *make_block(const crease_sample *s, const crease_pwl *pwl, const crease_pwl_inference *delta,
                          double *ties) {
    size_t k = pwl->knot_count;
    double *block = malloc((s->points + 2 * k) * sizeof *block);
    if (!block)
        return NULL;
    double *start = block + s->points, *near = start + k;
    crease_sample_means(s, s->z, block);
    *ties = crease_sample_tie_error(s, s->z, block);
    for (size_t j = 0; j < k; j++) {
        start[j] = (pwl->x[j] - s->x_shift) / s->x_unit;
        near[j] = delta->knot[j].why ? 0 : NEAR_ERRORS * delta->knot[j].standard_error / s->x_unit;
    }
    return block;
}

crease_status crease_pwl_profile_new(const crease_pwl *pwl, const crease_data *data,
                                     const crease_profile_options *options, crease_pwl_profile *profile,
                                     crease_error *error) {
    static const crease_profile_options defaults;
    profiler p = {.options = options ? options : &defaults, .data = data, .knots = pwl->knot_count};
    crease_sample sample = {0};
    crease_pwl_inference delta = {0};
    double *block = NULL;
    *profile = (crease_pwl_profile){0};
    crease_status status = crease_sample_new(data, &sample, error);
    if (status == CREASE_OK)
        status = crease_pwl_delta(pwl, data, p.options->level, &delta, error);
    if (status != CREASE_OK)
        goto done;
    p.least = crease_least_points(&(crease_knots_options){.min_points = p.options->min_points});
    if (sample.points / p.least < p.knots + 1) {
        status = crease_fail(error, CREASE_BAD_ARGUMENT,
                             "%zu distinct x cannot hold %zu pieces of %zu; ask for fewer knots",
                             sample.points, p.knots + 1, p.least);
        goto done;
    }
    block = make_block(&sample, pwl, &delta, &p.ties);
    profile->knot = calloc(p.knots + 1, sizeof *profile->knot);
    if (!block || !profile->knot) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for a profile");
        goto done;
    }
    p.sample = &sample;
    p.mean = block;
    p.start = block + sample.points;
    p.near = p.start + p.knots;
    p.sse_unit = sample.y_unit * sample.y_unit * sample.weight_unit;
    profile->knot_count = p.knots;
    profile->level = delta.level;
    profile->freedom = delta.freedom;
    status = run(&p, profile, error);
done:
    free(block);
    crease_pwl_inference_clear(&delta);
    crease_sample_clear(&sample);
    if (status != CREASE_OK)
        crease_pwl_profile_clear(profile);
    return status;
}
