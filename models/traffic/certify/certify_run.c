/* Data to diagram, replicates and band; the road. */
#include "traffic/certify/certify_program.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>

static const double LEVEL = .95;

static void keep_replicate(const char *model, size_t index, const traffic_diagram *diagram, void *context) {
    (void)model;
    certify_run *run = context;
    run->replicate[index].diagram = *diagram;
    run->replicate[index].fitted = true;
}

/* The place to watch when none was asked for: where the densest stretch ends. */
static int choose_place(certify_run *run) {
    lwr_problem *p = &run->lwr.problem;
    size_t densest = 0;
    if (p->place_count > 0)
        return 0;
    for (size_t i = 1; i < p->count; i++)
        if (p->density[i] >= p->density[densest])
            densest = i;
    const bool ring = p->domain == LWR_RING;
    if (densest + 1 == p->count && (!ring || p->count == 1))
        return crease_app_fail_text(&run->app, CREASE_EXIT_USAGE,
                                    "the densest stretch of %s has no end; say where to watch the queue with "
                                    "--count-at X",
                                    run->lwr.initial_path);
    run->lwr.place[0].x = p->x[densest + 1 < p->count ? densest + 1 : 0];
    run->lwr.chosen[0].kind = "count";
    p->place_count = 1;
    return 0;
}

static int fit(certify_run *run) {
    fd_run *fd = &run->fd;
    run->replicate = calloc(fd->study.bootstrap, sizeof *run->replicate);
    if (!run->replicate)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERNAL, "no memory for %zu replicates",
                                    fd->study.bootstrap);
    fd->study.replicate = keep_replicate;
    fd->study.replicate_context = run;
    const double begun = omp_get_wtime();
    const int code = traffic_run(&run->app, fd->n, fd->density_value, fd->flow_value, &run->model, 1,
                                 &fd->study, &fd->result);
    run->fit_seconds = omp_get_wtime() - begun;
    if (code == 0)
        run->interrupted = fd->result->interrupted;
    if (code == 0 && fd->result->row_count == 0)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERRUPTED, "interrupted before there was a fit");
    return code;
}

static int make_band(certify_run *run) {
    const traffic_row *row = &run->fd.result->row[0];
    crease_error error;
    if (!isfinite(row->audit.jam_density))
        return crease_app_fail_text(
            &run->app, CREASE_EXIT_DATA,
            "%s: %s, so no jam can stand and no queue clear; add rows of congested traffic, or impose a jam "
            "density with --jam-density",
            run->fd.table->source, row->audit.why_jam);
    if (certify_band_new(&row->diagram, LEVEL, run->fd.study.bootstrap, run->replicate, &run->band, &error) !=
        CREASE_OK)
        return run->interrupted ? crease_app_fail_text(&run->app, CREASE_EXIT_INTERRUPTED, "interrupted: %s",
                                                       error.message)
                                : crease_app_fail(&run->app, &error);
    run->missing = (run->interrupted ? run->band.fitted : run->fd.study.bootstrap) - run->band.usable;
    return 0;
}

int certify_run_fit(certify_run *run) {
    run->fd.units = FD_KM;
    int code = lwr_run_pose(&run->lwr); /* its mistakes before the work */
    if (code == 0)
        code = choose_place(run);
    if (code == 0)
        code = traffic_fd_rows(&run->fd);
    if (code == 0)
        code = fit(run);
    return code == 0 ? make_band(run) : code;
}

void certify_run_clear(certify_run *run) {
    for (int k = 0; k < CERTIFY_FLUXES; k++) {
        certify_one *one = &run->one[k];
        for (size_t i = 0; i < run->road.problem.place_count && one->curve; i++)
            certify_curve_clear(&one->curve[i]);
        free(one->curve);
        free(one->event);
        free(one->density);
        lwr_flux_free(one->flux);
    }
    certify_band_clear(&run->band);
    certify_road_clear(&run->road);
    free(run->replicate);
    free(run->event);
    free(run->tracked);
    free(run->place);
    traffic_study_free(run->fd.result);
    free(run->fd.density_value);
    free(run->fd.flow_value);
    crease_table_free(run->fd.table);
    lwr_run_clear(&run->lwr);
}
