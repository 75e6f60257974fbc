/* Front tracking with the lower, the fitted and the upper flux and with that of every replicate, and what they say
 * together. */
#include "traffic/certify/certify_program.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>

static crease_status flux_of_diagram(const traffic_diagram *diagram, lwr_flux **flux, crease_error *error) {
    crease_pwl *pwl = NULL;
    *flux = NULL;
    crease_status status = certify_polyline(diagram, &pwl, error);
    if (status == CREASE_OK)
        status = lwr_flux_new(pwl, flux, error);
    crease_pwl_free(pwl);
    return status;
}

static crease_status make_fluxes(certify_run *run, crease_error *error) {
    crease_status status =
        flux_of_diagram(&run->fd.result->row[0].diagram, &run->one[CERTIFY_FITTED].flux, error);
    if (status == CREASE_OK)
        status = lwr_flux_new(run->band.lower, &run->one[CERTIFY_LOWER].flux, error);
    if (status == CREASE_OK)
        status = lwr_flux_new(run->band.upper, &run->one[CERTIFY_UPPER].flux, error);
    return status;
}

static crease_status make_road(certify_run *run, crease_error *error) {
    certify_road *road = &run->road;
    const lwr_flux *fitted = run->one[CERTIFY_FITTED].flux;
    road->problem = run->lwr.problem;
    road->standing = run->standing > 0 ? run->standing : fitted->jam_density;
    road->time = run->lwr.time;
    road->arrival = run->arrival;
    if (run->arrival >= fitted->capacity)
        return crease_fail(error, CREASE_BAD_DATA,
                           "--arrival %g veh/h is not less than the capacity of the fitted flux, %.6g veh/h: "
                           "the queue would never clear",
                           run->arrival, fitted->capacity);
    road->vehicle = run->vehicle;
    const size_t places = road->problem.place_count, rows = road->problem.count;
    for (int k = 0; k < CERTIFY_FLUXES; k++) {
        run->one[k].density = malloc(rows * sizeof *run->one[k].density);
        run->one[k].event = calloc(places, sizeof *run->one[k].event);
        run->one[k].curve = calloc(places, sizeof *run->one[k].curve);
        if (!run->one[k].density || !run->one[k].event || !run->one[k].curve)
            return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu initial densities", rows);
    }
    const size_t count = run->fd.study.bootstrap;
    run->place = calloc(places, sizeof *run->place);
    run->tracked = calloc(count, sizeof *run->tracked);
    run->event = count <= SIZE_MAX / (places * sizeof *run->event)
                     ? malloc(count * places * sizeof *run->event)
                     : NULL;
    if (!run->place || !run->tracked || !run->event)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu replicates", count);
    return certify_road_prepare(road, fitted, error);
}

/* ---- the three ---- */

static crease_status track_three(certify_run *run, crease_error *error) {
    crease_status status = CREASE_OK;
    for (int k = 0; k < CERTIFY_FLUXES && status == CREASE_OK; k++) {
        certify_one *one = &run->one[k];
        certify_densities(&run->road, one->flux, one->density);
        status = certify_track(&run->road, one->flux, one->event, one->curve, &one->beyond, error);
    }
    return status;
}

static crease_status profile_at(const certify_run *run, int which, double t, lwr_problem *problem,
                                lwr_profile *profile, crease_error *error) {
    lwr_solution *solution = NULL;
    *problem = run->road.problem;
    problem->flux = run->one[which].flux;
    problem->density = run->one[which].density;
    crease_status status = lwr_solution_new(problem, NULL, &solution, error);
    if (status == CREASE_OK)
        status = lwr_solution_advance(solution, t, NULL, NULL, error);
    if (status == CREASE_OK)
        status = lwr_solution_profile(solution, profile, error);
    lwr_solution_free(solution);
    return status;
}

/* How far the densities of the two edges are from the fitted ones, and can be, when the first queue has gone. */
static crease_status compare(certify_run *run, crease_error *error) {
    const double cleared = run->one[CERTIFY_FITTED].event[0].cleared;
    lwr_problem fitted, other;
    lwr_profile base = {0};
    run->compared = isfinite(cleared) ? cleared : run->road.time;
    crease_status status = profile_at(run, CERTIFY_FITTED, run->compared, &fitted, &base, error);
    for (int k = 0; k < CERTIFY_FLUXES && status == CREASE_OK; k++) {
        certify_one *one = &run->one[k];
        lwr_profile profile = {0};
        one->l1_distance = one->l1_bound = one->l1_slope = NAN;
        if (k == CERTIFY_FITTED)
            continue;
        status = profile_at(run, k, run->compared, &other, &profile, error);
        if (status == CREASE_OK) {
            one->l1_distance = lwr_profile_distance(&base, &profile);
            one->l1_bound = lwr_stability_bound(&fitted, &other, run->compared, &one->l1_slope);
        }
        lwr_profile_clear(&profile);
    }
    lwr_profile_clear(&base);
    return status;
}

/* ---- the replicates ---- */

static crease_status track_replicate(certify_run *run, size_t index, bool *beyond, crease_error *error) {
    lwr_flux *flux = NULL;
    size_t rows = 0;
    crease_status status = flux_of_diagram(&run->replicate[index].diagram, &flux, error);
    if (status == CREASE_OK)
        status = certify_track(&run->road, flux, run->event + index * run->road.problem.place_count, NULL,
                               &rows, error);
    *beyond = rows > 0;
    lwr_flux_free(flux);
    return status;
}

static crease_status track_replicates(certify_run *run, crease_error *error) {
    const size_t count = run->fd.study.bootstrap;
    const int threads = run->app.threads > 0 ? (int)run->app.threads : omp_get_max_threads();
    crease_progress progress = crease_progress_begin(&run->app, "tracking the fronts of replicates");
    crease_status worst = CREASE_OK;
    size_t done = 0;
    bool stopped = false;
#pragma omp parallel for schedule(dynamic, 4) num_threads(threads)
    for (size_t i = 0; i < count; i++) {
        crease_error own = {0};
        bool beyond = false, skip;
#pragma omp critical(traffic_certify)
        {
            stopped = stopped || worst != CREASE_OK || (!run->interrupted && crease_app_interrupted(NULL));
            skip = stopped || !run->replicate[i].usable;
        }
        if (skip)
            continue;
        const crease_status status = track_replicate(run, i, &beyond, &own);
#pragma omp critical(traffic_certify)
        {
            run->tracked[i] = status == CREASE_OK;
            run->tracked_count += run->tracked[i];
            run->beyond += beyond;
            if (status != CREASE_OK)
                worst = crease_fail(error, status, "replicate %zu: %s", i, own.message);
            crease_progress_update(++done, run->band.usable, &progress);
        }
    }
    crease_progress_end(&progress);
    run->interrupted = run->interrupted || (stopped && worst == CREASE_OK);
    return worst;
}

/* ---- together ---- */

static bool between(double value, double a, double b) {
    const double low = fmin(a, b), high = fmax(a, b), off = 1e-9 * fmax(fabs(value), 1e-9);
    return value == low || value == high || (value >= low - off && value <= high + off);
}

static void judge_replicate(const certify_run *run, size_t index, size_t at, certify_place *p) {
    const certify_event *e = &run->event[index * run->road.problem.place_count + at];
    const double low = run->one[CERTIFY_LOWER].event[at].cleared,
                 high = run->one[CERTIFY_UPPER].event[at].cleared;
    p->none += isnan(e->cleared) != 0;
    p->late += e->cleared == INFINITY;
    if (!run->replicate[index].inside)
        return;
    p->outside_runs += !isnan(e->cleared) && !isnan(low + high) && !between(e->cleared, low, high);
    p->checked++;
    const double end = run->road.time; /* events after it may be anywhere there */
    p->passage_broken += !p->passage.why && (e->passed == INFINITY ? p->passage.latest < end
                                                                   : !between(e->passed, p->passage.earliest,
                                                                              p->passage.latest));
    p->clearing_broken +=
        !p->clearing.why &&
        (e->cleared == INFINITY ? p->clearing.latest < end
                                : !between(e->cleared, p->clearing.earliest, p->clearing.latest));
}

static void summarise_place(certify_run *run, size_t at, double *value) {
    const size_t count = run->fd.study.bootstrap, places = run->road.problem.place_count;
    const certify_one *low = &run->one[CERTIFY_LOWER], *high = &run->one[CERTIFY_UPPER];
    certify_place *p = &run->place[at];
    p->passage =
        certify_passage(&run->road, at, low->density, high->density, &low->curve[at], &high->curve[at]);
    p->clearing = certify_clearing(&run->road, at, low->flux, high->flux, low->density, high->density);
    for (int what = 0; what < 2; what++) {
        size_t n = 0;
        for (size_t i = 0; i < count; i++)
            if (run->tracked[i]) {
                const certify_event *e = &run->event[i * places + at];
                const double t = what ? e->passed : e->cleared;
                value[n++] = isnan(t) ? 0 : t; /* no queue: gone from the beginning */
            }
        *(what ? &p->passed : &p->cleared) = certify_interval_of(n, value, run->missing);
    }
    for (size_t i = 0; i < count; i++)
        if (run->tracked[i])
            judge_replicate(run, i, at, p);
}

static crease_status summarise(certify_run *run, crease_error *error) {
    const size_t count = run->fd.study.bootstrap;
    double *value = malloc(count * sizeof *value);
    if (!value)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu replicates", count);
    for (int what = 0; what < 2; what++) {
        size_t n = 0;
        for (size_t i = 0; i < count; i++)
            if (run->replicate[i].usable)
                value[n++] = what ? run->replicate[i].jam_density : run->replicate[i].capacity;
        *(what ? &run->jam : &run->capacity) = certify_interval_of(n, value, run->missing);
    }
    for (size_t i = 0; i < run->road.problem.place_count; i++)
        summarise_place(run, i, value);
    free(value);
    return CREASE_OK;
}

int certify_run_track(certify_run *run) {
    crease_error error;
    const double begun = omp_get_wtime();
    crease_status status = make_fluxes(run, &error);
    if (status == CREASE_OK)
        status = make_road(run, &error);
    if (status == CREASE_OK)
        status = track_three(run, &error);
    if (status == CREASE_OK)
        status = compare(run, &error);
    if (status == CREASE_OK)
        status = track_replicates(run, &error);
    if (status == CREASE_OK)
        status = summarise(run, &error);
    run->track_seconds = omp_get_wtime() - begun;
    return status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}
