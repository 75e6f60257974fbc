/* One run of a certificate: a flux, front tracking, and what passed the places when. */
#include "traffic/certify/certify.h"
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

void certify_curve_clear(certify_curve *c) {
    free(c->t);
    free(c->passed);
    *c = (certify_curve){0};
}

static void add_corner(certify_curve *c, double t, double passed) {
    if (c->count > 0 && c->t[c->count - 1] == t)
        c->count--;
    if (c->count == c->room && !c->full) {
        const size_t room = 2 * c->room + 16;
        double *times = realloc(c->t, room * sizeof *times);
        if (times)
            c->t = times;
        double *counts = times ? realloc(c->passed, room * sizeof *counts) : NULL;
        if (counts)
            c->passed = counts;
        c->full = !counts;
        c->room = counts ? room : c->room;
    }
    if (c->full)
        return;
    c->t[c->count] = t;
    c->passed[c->count++] = passed;
}

double certify_curve_when(const certify_curve *c, double vehicle) {
    const double least = vehicle - 1e-10 * fmax(vehicle, 1); /* counts that stop there, but for rounding */
    for (size_t i = 0; i < c->count; i++)
        if (c->passed[i] >= least) {
            if (i == 0)
                return c->t[0];
            const double share = (vehicle - c->passed[i - 1]) / (c->passed[i] - c->passed[i - 1]);
            return c->t[i - 1] + fmin(share, 1) * (c->t[i] - c->t[i - 1]);
        }
    return INFINITY;
}

static void note_flow(void *context, size_t place, double t, double count, double flow) {
    (void)flow;
    certify_curve *curve = context;
    add_corner(&curve[place], t, count);
}

static void read_events(const certify_road *road, const lwr_solution *solution, const double *density,
                        const certify_curve *curve, certify_event *event) {
    for (size_t i = 0; i < road->problem.place_count; i++) {
        const lwr_place_state p = lwr_solution_place(solution, i);
        event[i].count = p.count;
        event[i].cleared = p.cleared > 0 ? p.first_cleared : p.queued ? INFINITY : NAN;
        event[i].vehicle = certify_label(road, density, i);
        event[i].passed = isnan(event[i].vehicle) ? NAN : certify_curve_when(&curve[i], event[i].vehicle);
    }
}

crease_status certify_track(const certify_road *road, const lwr_flux *flux, certify_event *event,
                            certify_curve *curve, size_t *beyond, crease_error *error) {
    lwr_problem problem = road->problem;
    lwr_solution *solution = NULL;
    crease_status status = CREASE_OK;
    const size_t places = problem.place_count;
    double *density = malloc(problem.count * sizeof *density);
    certify_curve *own = curve ? NULL : calloc(places + 1, sizeof *own), *used = curve ? curve : own;
    if (!density || !used) {
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu initial densities", problem.count);
        goto end;
    }
    const size_t rows = certify_densities(road, flux, density);
    if (beyond)
        *beyond = rows;
    problem.flux = flux;
    problem.density = density;
    problem.every = 0;
    const lwr_observer observer = {.context = used, .flow = note_flow};
    status = lwr_solution_new(&problem, &observer, &solution, error);
    if (status == CREASE_OK)
        status = lwr_solution_advance(solution, road->time, NULL, NULL, error);
    for (size_t i = 0; i < places && status == CREASE_OK; i++) {
        add_corner(&used[i], road->time, lwr_solution_place(solution, i).count);
        if (used[i].full)
            status =
                crease_fail(error, CREASE_NO_MEMORY, "no memory for the counts at %g km", problem.place[i].x);
    }
    if (status == CREASE_OK)
        read_events(road, solution, density, used, event);
end:
    for (size_t i = 0; i < places && own; i++)
        certify_curve_clear(&own[i]);
    free(own);
    free(density);
    lwr_solution_free(solution);
    return status;
}

certify_interval certify_interval_of(size_t count, double *value, size_t missing) {
    certify_interval interval = {-INFINITY, INFINITY};
    gsl_sort(value, 1, count);
    /* percentiles of all, those without a value being the least, or the largest */
    const double all = (double)(count + missing) - 1, low = .025 * all - (double)missing, high = .975 * all;
    if (count > 0 && low >= 0)
        interval.low = traffic_percentile(count, value, count > 1 ? fmin(low / (double)(count - 1), 1) : 0);
    if (count > 0 && high <= (double)(count - 1))
        interval.high = traffic_percentile(count, value, count > 1 ? fmin(high / (double)(count - 1), 1) : 0);
    return interval;
}
