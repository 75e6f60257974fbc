/* The picture: data with the band and the fit; what has passed the first place with both edges and the fit. */
#include "crease/plot.h"
#include "traffic/certify/certify_program.h"
#include <math.h>
#include <stdlib.h>

enum { MOST = 3000, POINTS = 601 };

static crease_status add_data(const certify_run *run, crease_plot *plot, crease_error *error) {
    const traffic_study *s = run->fd.result;
    const size_t step = (s->n + MOST - 1) / MOST, count = (s->n + step - 1) / step;
    double *memory = malloc(2 * count * sizeof *memory);
    if (!memory)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a picture");
    for (size_t i = 0; i < count; i++) {
        memory[i] = s->density[i * step];
        memory[count + i] = s->flow[i * step];
    }
    const double *const column[] = {memory, memory + count};
    const crease_status status = crease_plot_add_data(plot, "data", count, 2, column, error);
    free(memory);
    return status;
}

static double flow_at(const lwr_flux *flux, double density) {
    return density >= flux->jam_density ? 0 : lwr_flux_at(flux, density);
}

static crease_status add_fluxes(const certify_run *run, crease_plot *plot, crease_error *error) {
    double density[POINTS], low[POINTS], fitted[POINTS], high[POINTS];
    const crease_pwl *pwl = run->one[CERTIFY_FITTED].flux->pwl;
    const double end = run->one[CERTIFY_UPPER].flux->jam_density;
    for (size_t i = 0; i < POINTS; i++) {
        density[i] = end * (double)i / (POINTS - 1);
        low[i] = flow_at(run->one[CERTIFY_LOWER].flux, density[i]);
        fitted[i] = flow_at(run->one[CERTIFY_FITTED].flux, density[i]);
        high[i] = flow_at(run->one[CERTIFY_UPPER].flux, density[i]);
    }
    const double *const column[] = {density, low, fitted, high};
    const double *const knots[] = {pwl->x, pwl->y};
    const crease_status status = crease_plot_add_data(plot, "band", POINTS, 4, column, error);
    return status == CREASE_OK ? crease_plot_add_data(plot, "fit", pwl->knot_count, 2, knots, error) : status;
}

static double count_at(const certify_curve *c, double t) {
    size_t i = 1;
    while (i + 1 < c->count && c->t[i] < t)
        i++;
    const double length = c->t[i] - c->t[i - 1];
    return c->passed[i - 1] +
           (c->passed[i] - c->passed[i - 1]) * (length > 0 ? (t - c->t[i - 1]) / length : 1);
}

static crease_status add_counts(const certify_run *run, double end, crease_plot *plot, crease_error *error) {
    double t[POINTS], value[CERTIFY_FLUXES][POINTS];
    for (size_t i = 0; i < POINTS; i++) {
        t[i] = end * (double)i / (POINTS - 1);
        for (int k = 0; k < CERTIFY_FLUXES; k++)
            value[k][i] = count_at(&run->one[k].curve[0], t[i]);
    }
    const double *const column[] = {t, value[0], value[1], value[2]};
    return crease_plot_add_data(plot, "counts", POINTS, 4, column, error);
}

/* So that the last event that is drawn has room. */
static double end_of_picture(const certify_run *run) {
    const certify_place *p = &run->place[0];
    const double event[] = {p->cleared.high,
                            p->passed.high,
                            p->passage.latest,
                            p->clearing.latest,
                            run->one[CERTIFY_FITTED].event[0].cleared,
                            run->one[CERTIFY_LOWER].event[0].cleared,
                            run->one[CERTIFY_UPPER].event[0].cleared};
    double last = 0;
    for (size_t i = 0; i < sizeof event / sizeof *event; i++)
        if (isfinite(event[i]))
            last = fmax(last, event[i]);
    return last > 0 ? fmin(1.25 * last, run->road.time) : run->road.time;
}

static double shown(double t, double end) {
    return isnan(t) ? -1 : fmin(fmax(t, 0), end);
}

static crease_status set_variables(const certify_run *run, double end, crease_plot *plot,
                                   crease_error *error) {
    const certify_place *p = &run->place[0];
    const certify_event *fitted = &run->one[CERTIFY_FITTED].event[0];
    const bool queue = p->none < run->tracked_count;
    const struct {
        const char *name;
        double value;
    } number[] = {{"end_density", run->one[CERTIFY_UPPER].flux->jam_density},
                  {"end_time", end},
                  {"cleared_low", queue ? shown(p->cleared.low, end) : -1},
                  {"cleared_high", queue ? shown(p->cleared.high, end) : -1},
                  {"cleared", isfinite(fitted->cleared) ? fitted->cleared : -1},
                  {"first_vehicle", isnan(fitted->vehicle) ? -1 : run->one[CERTIFY_LOWER].event[0].vehicle},
                  {"last_vehicle", isnan(fitted->vehicle) ? -1 : run->one[CERTIFY_UPPER].event[0].vehicle},
                  {"earliest", p->passage.why ? -1 : shown(p->passage.earliest, end)},
                  {"latest", p->passage.why ? -1 : shown(p->passage.latest, end)},
                  {"bound_low", p->clearing.why ? -1 : shown(p->clearing.earliest, end)},
                  {"bound_high", p->clearing.why ? -1 : shown(p->clearing.latest, end)},
                  {"place", run->road.problem.place[0].x}};
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < sizeof number / sizeof *number && status == CREASE_OK; i++)
        status = crease_plot_set_number(plot, number[i].name, number[i].value, error);
    return status == CREASE_OK ? crease_plot_set_text(plot, "model", run->model, error) : status;
}

int certify_run_draw(const certify_run *run) {
    crease_plot *plot = NULL;
    crease_error error;
    const double end = end_of_picture(run);
    crease_status status = crease_plot_new("traffic_certify", &plot, &error);
    if (status == CREASE_OK)
        status = set_variables(run, end, plot, &error);
    if (status == CREASE_OK)
        status = add_data(run, plot, &error);
    if (status == CREASE_OK)
        status = add_fluxes(run, plot, &error);
    if (status == CREASE_OK)
        status = add_counts(run, end, plot, &error);
    if (status != CREASE_OK) {
        crease_plot_free(plot);
        return crease_app_fail(&run->app, &error);
    }
    char what[240];
    snprintf(what, sizeof what,
             "the band of %zu of %zu replicates, and vehicles past %g km with its "
             "edges as "
             "fluxes; the last of the queue passes between the dotted times, the queue goes within the "
             "shaded ones.",
             run->band.inside, run->band.usable, run->road.problem.place[0].x);
    return crease_app_draw(&run->app, plot, run->app.plot, what);
}
