/* The reach tube and the certificate as pictures. */
#include "arm/plane/plane_path.h"
#include "arm/plane/prove_run.h"
#include "crease/crease.h"
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdlib.h>

enum { MOST_CORNERS = 1024, SHOWN = 40, RING = 241, MOTIONS = 12, POINTS = 300 };

typedef struct named {
    const char *name;
    double value;
} named;

static crease_status set_numbers(crease_plot *plot, const named *number, size_t count, crease_error *error) {
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < count && status == CREASE_OK; i++)
        status = crease_plot_set_number(plot, number[i].name, number[i].value, error);
    return status;
}

static crease_status set_title(const prove_run *run, const char *what, crease_plot *plot,
                               crease_error *error) {
    char title[256], setting[128];
    plane_options_describe(&run->plane_options, setting, sizeof setting);
    snprintf(title, sizeof title, "%s; %s", what, setting);
    return crease_plot_set_text(plot, "title_text", title, error);
}

static int finish(const prove_run *run, crease_status status, crease_plot *plot, const char *what,
                  const crease_error *error) {
    if (status == CREASE_OK)
        return crease_app_draw(&run->app, plot, run->app.plot, what);
    crease_plot_free(plot);
    return crease_app_fail(&run->app, error);
}

/* ---- the reach tube ---- */

/* Polygons of about SHOWN samples, the start among them. */
static crease_status add_polygons(const prove_run *run, crease_plot *plot, crease_error *error) {
    const arm_reach *reach = run->reach;
    size_t every = reach->count > SHOWN ? (reach->count + SHOWN - 1) / SHOWN : 1;
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < reach->polygon_count && status == CREASE_OK; i++) {
        const arm_reach_polygon *polygon = &reach->polygon[i];
        double x[MOST_CORNERS], w[MOST_CORNERS], t[MOST_CORNERS];
        if (polygon->step % every != 0 && polygon->step + 1 != reach->count)
            continue;
        size_t n = polygon->count < MOST_CORNERS ? polygon->count : MOST_CORNERS - 1;
        for (size_t k = 0; k <= n; k++) {
            const double *s = reach->corner + 2 * (polygon->first + k % n);
            x[k] = s[0];
            w[k] = s[1];
            t[k] = run->reach_options.sample * (double)polygon->step;
        }
        status = crease_plot_add_data(plot, "polygons", n + 1, 3, (const double *const[]){x, w, t}, error);
    }
    return status;
}

static crease_status add_tube(const prove_run *run, crease_plot *plot, crease_error *error) {
    const arm_reach *reach = run->reach;
    double *column = calloc(3 * reach->count, sizeof *column);
    if (!column)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the picture");
    double *t = column, *low = t + reach->count, *high = low + reach->count;
    for (size_t k = 0; k < reach->count; k++) {
        t[k] = run->reach_options.sample * (double)k;
        low[k] = reach->step[k].low[0].value;
        high[k] = reach->step[k].high[0].value;
    }
    crease_status status =
        crease_plot_add_data(plot, "tube", reach->count, 3, (const double *const[]){t, low, high}, error);
    free(column);
    return status;
}

int prove_draw_reach(const prove_run *run) {
    const arm_reach *reach = run->reach;
    crease_error error;
    crease_plot *plot = NULL;
    size_t worst = 0;
    for (size_t k = 1; k < reach->count; k++)
        if (reach->step[k].beyond_between.value > reach->step[worst].beyond_between.value)
            worst = k;
    arm_extreme w = reach->step[worst].beyond_between;
    double side = w.start[0] <= 0 ? 1 : -1, sample = run->reach_options.sample;
    const named number[] = {{"worst", side * w.value},
                            {"worst_time", sample * (double)worst},
                            {"overshoot", w.value > 0},
                            {"end", sample * (double)(reach->count - 1)}};
    crease_status status = crease_plot_new("arm_reach", &plot, &error);
    if (status == CREASE_OK)
        status = set_title(run, "all states reached", plot, &error);
    if (status == CREASE_OK)
        status = set_numbers(plot, number, sizeof number / sizeof *number, &error);
    if (status == CREASE_OK)
        status = add_polygons(run, plot, &error);
    if (status == CREASE_OK)
        status = add_tube(run, plot, &error);
    return finish(run, status, plot,
                  "the set is folded where it crosses the creases of the law; the dashed line is the worst "
                  "overshoot of all starts",
                  &error);
}

/* ---- the certificate ---- */

static crease_status add_creases(const prove_run *run, crease_plot *plot, crease_error *error) {
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < run->wide->count && status == CREASE_OK; i++) {
        const crease_region *polygon = run->wide->region[i].polygon;
        double x[MOST_CORNERS], w[MOST_CORNERS];
        size_t n = polygon->vertex_count < MOST_CORNERS ? polygon->vertex_count : MOST_CORNERS - 1;
        for (size_t k = 0; k <= n; k++) {
            x[k] = polygon->vertex[2 * (k % n)];
            w[k] = polygon->vertex[2 * (k % n) + 1];
        }
        status = crease_plot_add_data(plot, "creases", n + 1, 2, (const double *const[]){x, w}, error);
    }
    return status;
}

/* A place on V = level: with P = L L', d = L'^{-1} (cos, sin) sqrt(level). */
static void place_on(const arm_certificate *c, double level, double angle, double s[2]) {
    double root = sqrt(c->p[2]), rest = sqrt(c->p[0] - c->p[1] * c->p[1] / c->p[2]);
    double a = sqrt(level) * cos(angle), b = sqrt(level) * sin(angle);
    double x = a / rest;
    s[0] = c->centre[0] + x;
    s[1] = c->centre[1] + (b - c->p[1] / root * x) / root;
}

static crease_status add_ring(const prove_run *run, double level, crease_plot *plot, crease_error *error) {
    double x[RING], w[RING], s[2];
    for (size_t i = 0; i < RING; i++) {
        place_on(&run->certificate, level, 2 * M_PI * (double)i / (RING - 1), s);
        x[i] = s[0];
        w[i] = s[1];
    }
    return crease_plot_add_data(plot, "rings", RING, 2, (const double *const[]){x, w}, error);
}

static crease_status add_motion(const prove_run *run, const double s[2], crease_plot *plot,
                                crease_error *error) {
    arm_path path;
    crease_status status = arm_path_new(run->wide, s, 5, POINTS, &path, error);
    if (status == CREASE_OK)
        status = crease_plot_add_data(plot, "motions", path.count, 2, (const double *const[]){path.x, path.w},
                                      error);
    arm_path_clear(&path);
    return status;
}

static crease_status fill_certificate(const prove_run *run, crease_plot *plot, crease_error *error) {
    const arm_certificate *c = &run->certificate;
    const prove_claim *claim = &run->claim[run->claim_count - 1];
    const double levels[] = {1, .5, .2, .05};
    /* without a proof the ring through the worst place is drawn */
    double level = c->proved ? c->level : arm_lyapunov_value(run->pieces, c->p, claim->start, NULL);
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < sizeof levels / sizeof *levels && status == CREASE_OK; i++)
        status = add_ring(run, levels[i] * level, plot, error);
    for (size_t i = 0; i < MOTIONS && status == CREASE_OK && c->proved; i++) {
        double s[2];
        place_on(c, .999 * c->level, 2 * M_PI * ((double)i + .5) / MOTIONS, s);
        status = add_motion(run, s, plot, error);
    }
    if (status == CREASE_OK && claim->has_start)
        status = add_motion(run, claim->start, plot, error);
    const double *low = c->proved ? c->low : run->plane->low, *high = c->proved ? c->high : run->plane->high;
    const named number[] = {{"proved", c->proved},        {"x_low", low[0]},
                            {"x_high", high[0]},          {"w_low", low[1]},
                            {"w_high", high[1]},          {"has_worst", claim->has_start},
                            {"worst_x", claim->start[0]}, {"worst_w", claim->start[1]}};
    if (status == CREASE_OK)
        status = set_numbers(plot, number, sizeof number / sizeof *number, error);
    return status;
}

int prove_draw_lyapunov(const prove_run *run) {
    crease_error error;
    crease_plot *plot = NULL;
    crease_status status = crease_plot_new("arm_lyapunov", &plot, &error);
    if (status == CREASE_OK)
        status = set_title(run,
                           run->claim[run->claim_count - 1].has_start ? "V grows in part of the box asked"
                           : run->certificate.proved                  ? "no motion leaves the ellipse"
                                                                      : "no certificate",
                           plot, &error);
    if (status == CREASE_OK)
        status = add_creases(run, plot, &error);
    if (status == CREASE_OK)
        status = fill_certificate(run, plot, &error);
    return finish(run, status, plot,
                  run->certificate.proved && !run->claim[run->claim_count - 1].has_start
                      ? "motions cross every ellipse inwards; V' < 0 is proved on the dashed box"
                      : "at the marked place V grows, so V proves nothing there",
                  &error);
}
