/* Runs what crease traffic ring was asked for: linear theory, its measurement, the motion, the LWR limit. */
#include "traffic/ring/ring_program.h"
#include <math.h>
#include <stdlib.h>

static int choose_tau(ring_run *run) {
    follow_law *law = &run->problem.law;
    if (!(run->tau_ratio > 0))
        return 0;
    const double critical = follow_critical_tau(law, run->slope, run->problem.vehicles);
    if (isinf(critical))
        return crease_app_fail_text(
            &run->app, CREASE_EXIT_USAGE,
            "%zu vehicles at %g m are stable for any tau, so --tau-ratio has no meaning; give "
            "--tau S, or more vehicles between %g and %g m",
            run->problem.vehicles, run->uniform, law->standstill, follow_free_spacing(law));
    law->tau = run->tau_ratio * critical;
    return 0;
}

static crease_status place_vehicles(ring_run *run, crease_error *error) {
    const ring_problem *p = &run->problem;
    run->x = malloc(p->vehicles * sizeof *run->x);
    if (!run->x)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu vehicles", p->vehicles);
    if (run->queue > 0)
        return ring_start_queue(&p->law, p->vehicles, p->length, run->queue, run->x, error);
    return ring_start(p->vehicles, p->length, run->perturb, run->mode, run->app.seed, run->x, error);
}

int ring_run_prepare(ring_run *run) {
    ring_problem *p = &run->problem;
    const size_t n = p->vehicles;
    crease_error error;
    p->length = run->length > 0 ? 1000 * run->length : run->spacing * (double)n;
    run->uniform = p->length / (double)n;
    run->slope = follow_slope(&p->law, run->uniform);
    const int code = choose_tau(run);
    if (code != 0)
        return code;
    if (follow_check(&p->law, &error) != CREASE_OK || place_vehicles(run, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    run->stability = follow_stability_of(&p->law, run->slope, n);
    run->shown_mode = run->mode > 0 ? run->mode : run->stability.fastest_mode;
    if (follow_roots(&p->law, run->slope, n, run->shown_mode, run->root) == 1)
        run->root[1] = (follow_root){NAN, NAN};
    if (!(run->every > 0))
        run->every = run->time / 300;
    if (!(run->map.tau_high > 0)) {
        run->map.tau_low = .02 * p->law.gap_time;
        run->map.tau_high = 1.5 * p->law.gap_time;
    }
    p->interrupted = crease_app_interrupted;
    return 0;
}

static double spread_at(ring_run *run, double t, double *spacing) {
    double sum = 0;
    ring_motion_at(run->motion, t, NULL, NULL, spacing);
    for (size_t i = 0; i < run->problem.vehicles; i++)
        sum += (spacing[i] - run->uniform) * (spacing[i] - run->uniform);
    return sqrt(sum / (double)run->problem.vehicles);
}

static crease_status move(ring_run *run, crease_error *error) {
    enum { SLICES = 200 };
    crease_ode_end end = CREASE_ODE_REACHED;
    crease_progress progress = crease_progress_begin(&run->app, "moving");
    crease_status status = ring_motion_new(&run->problem, run->x, NULL, &run->motion, error);
    for (size_t k = 1; k <= SLICES && status == CREASE_OK && end == CREASE_ODE_REACHED; k++) {
        status = ring_motion_advance(run->motion, run->time * (double)k / SLICES, &end, error);
        crease_progress_update(k, SLICES, &progress);
    }
    crease_progress_end(&progress);
    if (status == CREASE_OK)
        status = ring_motion_summary(run->motion, &run->summary, error);
    if (status != CREASE_OK)
        return status;
    run->collided = end == CREASE_ODE_TERMINAL;
    run->reached = ring_motion_time(run->motion);
    run->from = run->from < run->reached ? run->from : 0; /* when it ended before */
    double *spacing = malloc(run->problem.vehicles * sizeof *spacing);
    if (!spacing)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the result");
    run->spread[0] = spread_at(run, 0, spacing);
    run->spread[1] = spread_at(run, run->reached, spacing);
    free(spacing);
    return CREASE_OK;
}

/* The LWR model beside the ring, and the ring of more and smaller vehicles. */
static crease_status refine(ring_run *run, crease_error *error) {
    enum { ABOUT = 60 };
    const size_t every = (run->problem.vehicles + ABOUT - 1) / ABOUT;
    run->lwr_time = run->reached;
    crease_status status = ring_lwr_paths(&run->problem, run->x, run->lwr_time, every, &run->paths, error);
    if (crease_app_interrupted(NULL))
        ring_paths_clear(&run->paths); /* they may end early */
    for (size_t m = 1; m <= run->refine && status == CREASE_OK && !crease_app_interrupted(NULL); m *= 4) {
        const size_t k = run->refinement_count;
        status =
            ring_lwr_distance(&run->problem, run->x, run->lwr_time, m, &run->paths, &run->distance[k], error);
        if (status == CREASE_OK && !crease_app_interrupted(NULL))
            run->refinement[run->refinement_count++] = m;
    }
    return status;
}

int ring_run_solve(ring_run *run) {
    crease_error error;
    crease_app_catch_interrupt();
    run->measured[0] = run->measured[1] = (follow_root){NAN, NAN};
    if (ring_measure(&run->problem, run->shown_mode, run->measured, &run->measured_kinks, &run->unmeasured) ==
        CREASE_OK) {
        if (run->measured_kinks > 0) /* then it is no growth rate */
            run->measured[0].growth = NAN;
    }
    const bool limit = run->problem.law.order == 1 && (run->refine > 0 || run->app.plot);
    if (move(run, &error) != CREASE_OK || (limit && refine(run, &error) != CREASE_OK))
        return crease_app_fail(&run->app, &error);
    return 0;
}

void ring_run_clear(ring_run *run) {
    free(run->x);
    ring_paths_clear(&run->paths);
    ring_motion_free(run->motion);
}
