/* The picture of crease robust: at random points of the box the certified radius in Linf against the nearest violation
 * that random directions find, and the local against the global constant. */
#include "crease/plot.h"
#include "robust_run.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIRECTIONS = 200, BISECTIONS = 40 };

typedef struct sampler {
    const robust_run *run;
    crease_work *work;
    gsl_rng *random;
    double *x, *direction, *there, *y, *y0; /* inputs thrice, outputs twice */
    double *certified, *sampled, *local;    /* points each */
    double global;
    size_t count; /* points with a radius and a violation */
} sampler;

/* The property is broken at x + length direction, inside the box. */
static bool broken(sampler *s, double length) {
    const robust_run *run = s->run;
    const crease_net *net = run->net;
    for (size_t j = 0; j < net->inputs; j++) {
        s->there[j] = s->x[j] + length * s->direction[j];
        if (s->there[j] < run->box.lower[j].above || s->there[j] > run->box.upper[j].below)
            return false;
    }
    crease_net_evaluate(net, NULL, s->work, 1, s->there, s->y);
    size_t before = 0, after = 0;
    for (size_t k = 0; k < net->outputs; k++) {
        if (!run->of_class && fabs(s->y[k] - s->y0[k]) >= run->tolerance)
            return true;
        before = s->y0[k] > s->y0[before] ? k : before;
        after = s->y[k] > s->y[after] ? k : after;
    }
    return run->of_class && before != after;
}

/* The nearest violation along random directions of Linf length 1. */
static double sampled_radius(sampler *s, double longest) {
    size_t d = s->run->net->inputs;
    double nearest = INFINITY;
    for (size_t i = 0; i < DIRECTIONS; i++) {
        double size = 0;
        for (size_t j = 0; j < d; j++) {
            s->direction[j] = i % 2                              ? gsl_ran_flat(s->random, -1, 1)
                              : gsl_rng_uniform(s->random) < 0.5 ? -1
                                                                 : 1;
            size = fmax(size, fabs(s->direction[j]));
        }
        for (size_t j = 0; j < d; j++)
            s->direction[j] /= size > 0 ? size : 1;
        double inner = 0, outer = fmin(nearest, longest);
        for (size_t k = 1; k < 32 && inner == 0; k++) /* the first of some steps that is one */
            if (broken(s, outer * (double)k / 32)) {
                inner = outer * (double)(k - 1) / 32;
                outer = outer * (double)k / 32;
                break;
            } else if (k == 31)
                outer = INFINITY;
        for (size_t k = 0; k < BISECTIONS && isfinite(outer); k++) {
            double middle = inner + (outer - inner) / 2;
            if (broken(s, middle))
                outer = middle;
            else
                inner = middle;
        }
        nearest = fmin(nearest, outer);
    }
    return nearest;
}

static crease_status at_point(sampler *s, crease_error *error) {
    const robust_run *run = s->run;
    size_t d = run->net->inputs;
    double longest = 0;
    crease_number *at = calloc(d + 1, sizeof *at);
    crease_status status = at ? CREASE_OK : crease_fail(error, CREASE_NO_MEMORY, "out of memory for a point");
    for (size_t j = 0; j < d && status == CREASE_OK; j++) {
        double lo = run->box.lower[j].above, hi = run->box.upper[j].below;
        s->x[j] = lo < hi ? gsl_ran_flat(s->random, lo, hi) : run->at.lower[j].below;
        longest = fmax(longest, hi - lo);
        status = lo < hi ? crease_number_from_double(s->x[j], &at[j], error)
                         : crease_number_copy(&run->box.lower[j], &at[j], error);
    }
    crease_robust_result result = {0};
    if (status == CREASE_OK)
        status = crease_robust(run->net, at, &run->options, &result, error);
    if (status == CREASE_OK) {
        crease_net_evaluate(run->net, NULL, s->work, 1, s->x, s->y0);
        double found = sampled_radius(s, longest), radius = result.ball[CREASE_LINF].radius;
        s->global = result.global_bound[CREASE_LINF];
        if (isfinite(found) && radius > 0 && isfinite(radius)) {
            s->certified[s->count] = radius;
            s->sampled[s->count] = found;
            s->local[s->count++] = result.local_lipschitz[CREASE_LINF];
        }
    }
    crease_robust_result_clear(&result);
    for (size_t j = 0; at && j < d; j++)
        crease_number_clear(&at[j]);
    free(at);
    return status;
}

static crease_status draw(const sampler *s, crease_plot **plot, crease_error *error) {
    static const double nothing = NAN;
    const double *const points[] = {s->count ? s->certified : &nothing, s->count ? s->sampled : &nothing,
                                    s->count ? s->local : &nothing};
    char title[100];
    if (s->run->of_class)
        snprintf(title, sizeof title, "the largest output stays the largest");
    else
        snprintf(title, sizeof title, "no output moves by %g", s->run->tolerance);
    crease_status status = crease_plot_new("robust", plot, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(*plot, "title_text", title, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(*plot, "global_bound", isfinite(s->global) ? s->global : 0, error);
    if (status == CREASE_OK)
        status = crease_plot_add_data(*plot, "points", s->count ? s->count : 1, 3, points, error);
    return status;
}

int robust_draw(const robust_run *run) {
    size_t d = run->net->inputs, m = run->net->outputs, n = run->points;
    crease_error error;
    crease_plot *plot = NULL;
    sampler s = {.run = run};
    double *memory = calloc(3 * d + 2 * m + 3 * n, sizeof *memory);
    crease_status status = crease_work_new(run->net, &s.work, &error);
    s.random = crease_random_new(run->app.seed, 0);
    if (status == CREASE_OK && (!memory || !s.random))
        status = crease_fail(&error, CREASE_NO_MEMORY, "out of memory for %zu points", n);
    crease_progress progress = crease_progress_begin(&run->app, "points");
    if (status == CREASE_OK) {
        s.x = memory;
        s.direction = s.x + d;
        s.there = s.direction + d;
        s.y = s.there + d;
        s.y0 = s.y + m;
        s.certified = s.y0 + m;
        s.sampled = s.certified + n;
        s.local = s.sampled + n;
    }
    for (size_t i = 0; i < n && status == CREASE_OK && !crease_app_interrupted(NULL); i++) {
        status = at_point(&s, &error);
        crease_progress_update(i + 1, n, &progress);
    }
    crease_progress_end(&progress);
    if (status == CREASE_OK)
        status = draw(&s, &plot, &error);
    crease_work_free(s.work);
    if (s.random)
        gsl_rng_free(s.random);
    free(memory);
    if (status == CREASE_OK)
        return crease_app_draw(
            &run->app, plot, run->app.plot,
            "no sampled violation lies below the diagonal, that is inside a certified ball; the "
            "local constants lie far below the global one");
    crease_plot_free(plot);
    return crease_app_fail(&run->app, &error);
}
