/* Runs what crease traffic lwr was asked for: front tracking always, the scheme and the second flux on request, and keeps
 * what is to be written or drawn. */
#include "traffic/lwr/lwr_program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void lwr_rows_add(lwr_rows *rows, const double *value) {
    if (rows->count == rows->room && !rows->full) {
        const size_t room = 2 * rows->room + 256;
        double *longer =
            room > LWR_MOST_ROWS ? NULL : realloc(rows->value, room * rows->columns * sizeof *longer);
        if (longer) {
            rows->value = longer;
            rows->room = room;
        }
    }
    if (rows->count == rows->room) {
        rows->full = true;
        return;
    }
    memcpy(rows->value + rows->count++ * rows->columns, value, rows->columns * sizeof *value);
}

crease_status lwr_rows_save(const lwr_rows *rows, const char *const *name, const char *path,
                            crease_error *error) {
    crease_table *table = NULL;
    crease_status status = crease_table_new(&table, rows->count, rows->columns, error);
    for (size_t j = 0; j < rows->columns && status == CREASE_OK; j++) {
        status = crease_table_set_name(table, j, name[j], error);
        for (size_t i = 0; i < rows->count; i++)
            table->column[j][i] = rows->value[i * rows->columns + j];
    }
    if (status == CREASE_OK)
        status = crease_csv_save(path, table, error);
    crease_table_free(table);
    return status;
}

/* ---- what happens is kept ---- */

static void keep_front(void *context, double t0, double x0, double t1, double x1, double left, double right) {
    lwr_run *run = context;
    lwr_rows_add(&run->front, (double[]){t0, x0, t1, x1, left, right});
}

static void keep_vehicle(void *context, size_t vehicle, double t, double x, double density, double speed) {
    lwr_run *run = context;
    lwr_rows_add(&run->vehicle, (double[]){(double)vehicle, t, x, speed, density});
}

static void keep_flow(void *context, size_t place, double t, double count, double flow) {
    lwr_run *run = context;
    lwr_rows_add(&run->flow, (double[]){run->place[place].x, t, count, flow, (double)place});
}

static void keep_picture(lwr_run *run, const lwr_profile *profile) {
    double average[LWR_PICTURE_CELLS];
    lwr_profile_averages(profile, LWR_PICTURE_CELLS, average);
    lwr_rows_add(&run->picture, average);
}

/* Where the moving places are. */
static void keep_moving(lwr_run *run, double t) {
    for (size_t i = 0; i < run->problem.place_count; i++)
        if (run->place[i].speed > 0)
            lwr_rows_add(&run->moved, (double[]){(double)i, t, lwr_solution_place(run->solution, i).x});
}

/* ---- front tracking ---- */

/* In slices, for progress, Ctrl-C and the picture. */
static crease_status advance(lwr_run *run, crease_progress *progress, crease_error *error) {
    enum { SLICES = LWR_PICTURE_TIMES };
    double drawing = 0;
    crease_status status = CREASE_OK;
    for (size_t i = 1; i <= SLICES && status == CREASE_OK; i++) {
        const double t = i == SLICES ? run->time : run->time * (double)i / SLICES;
        status = lwr_solution_advance(run->solution, t, crease_app_interrupted, NULL, error);
        run->reached = lwr_solution_time(run->solution);
        if (status != CREASE_OK || run->reached < t)
            break;
        crease_progress_update(i, SLICES, progress);
        if (run->app.plot && !run->godunov) {
            const double started = now();
            lwr_profile profile;
            status = lwr_solution_profile(run->solution, &profile, error);
            if (status == CREASE_OK)
                keep_picture(run, &profile);
            lwr_profile_clear(&profile);
            keep_moving(run, t);
            drawing += now() - started;
        }
    }
    run->seconds -= drawing;
    return status;
}

static crease_status track(lwr_run *run, crease_error *error) {
    const lwr_observer observer = {run, run->app.plot ? keep_front : NULL,
                                   run->vehicles_path || run->app.plot ? keep_vehicle : NULL,
                                   run->counts_path ? keep_flow : NULL};
    crease_progress progress = crease_progress_begin(&run->app, "tracking fronts");
    run->front.columns = 6;
    run->vehicle.columns = run->flow.columns = 5;
    run->picture.columns = LWR_PICTURE_CELLS;
    run->moved.columns = 3;
    crease_status status = lwr_problem_profile(&run->problem, &run->before, error);
    if (status == CREASE_OK && run->app.plot)
        keep_picture(run, &run->before);
    const double started = now();
    if (status == CREASE_OK)
        status = lwr_solution_new(&run->problem, &observer, &run->solution, error);
    if (status == CREASE_OK) {
        keep_moving(run, 0);
        status = advance(run, &progress, error);
    }
    run->seconds += now() - started;
    crease_progress_end(&progress);
    if (status != CREASE_OK)
        return status;
    run->counts = lwr_solution_counts(run->solution);
    lwr_solution_report(run->solution);
    for (size_t i = 0; i < run->problem.place_count && run->counts_path; i++) {
        const lwr_place_state p = lwr_solution_place(run->solution, i);
        keep_flow(run, i, run->reached, p.count, p.flow);
    }
    return lwr_solution_profile(run->solution, &run->after, error);
}

/* ---- the scheme ---- */

typedef struct scheme_view {
    lwr_run *run;
    crease_progress progress;
} scheme_view;

static void show_step(void *context, double t, const double *average) {
    scheme_view *view = context;
    lwr_run *run = view->run;
    crease_progress_update((size_t)(1000 * t / run->time), 1000, &view->progress);
    while (run->app.plot && run->picture.count <= LWR_PICTURE_TIMES && !run->picture.full &&
           t >= run->time * (double)run->picture.count / LWR_PICTURE_TIMES * (1 - 1e-12)) {
        lwr_profile profile;
        if (lwr_profile_of_cells(run->problem.low, run->problem.high, run->cells, average, &profile, NULL) !=
            CREASE_OK)
            return;
        keep_picture(run, &profile);
        lwr_profile_clear(&profile);
    }
}

static crease_status run_scheme(lwr_run *run, crease_error *error) {
    scheme_view view = {run, crease_progress_begin(&run->app, "Godunov's scheme, thousandths")};
    lwr_problem problem = run->problem;
    problem.every = 0;
    run->scheme.cells = run->cells;
    run->scheme.interrupted = crease_app_interrupted;
    run->scheme.step = show_step;
    run->scheme.context = &view;
    const double started = now();
    crease_status status =
        godunov_solve(&problem, &run->scheme, run->reached, run->average, &run->scheme_result, error);
    run->scheme_seconds = now() - started;
    crease_progress_end(&view.progress);
    if (status != CREASE_OK)
        return status;
    run->scheme_error = run->scheme_cell_error = NAN;
    if (run->scheme_result.time < run->reached)
        return CREASE_OK;
    lwr_profile cells = {0}, exact = {0};
    double *average = malloc(run->cells * sizeof *average);
    if (!average)
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu cells", run->cells);
    if (status == CREASE_OK)
        status = lwr_profile_of_cells(run->problem.low, run->problem.high, run->cells, run->average, &cells,
                                      error);
    if (status == CREASE_OK) {
        lwr_profile_averages(&run->after, run->cells, average);
        status =
            lwr_profile_of_cells(run->problem.low, run->problem.high, run->cells, average, &exact, error);
    }
    if (status == CREASE_OK) {
        run->scheme_error = lwr_profile_distance(&cells, &run->after);
        run->scheme_cell_error = lwr_profile_distance(&cells, &exact);
    }
    free(average);
    lwr_profile_clear(&cells);
    lwr_profile_clear(&exact);
    return status;
}

/* ---- a second flux ---- */

static crease_status compare_fluxes(lwr_run *run, crease_error *error) {
    lwr_problem problem = run->problem;
    lwr_profile profile = {0};
    problem.flux = run->against;
    problem.every = 0;
    crease_status status = lwr_solution_new(&problem, NULL, &run->other, error);
    if (status == CREASE_OK)
        status =
            lwr_solution_advance(run->other, run->reached,
                                 crease_app_interrupted(NULL) ? NULL : crease_app_interrupted, NULL, error);
    if (status == CREASE_OK)
        status = lwr_solution_profile(run->other, &profile, error);
    if (status == CREASE_OK)
        run->other_distance =
            lwr_solution_time(run->other) < run->reached ? NAN : lwr_profile_distance(&run->after, &profile);
    lwr_profile_clear(&profile);
    if (status == CREASE_OK)
        run->other_bound = lwr_stability_bound(&run->problem, &problem, run->reached, &run->other_slope);
    return status;
}

int lwr_run_solve(lwr_run *run) {
    crease_error error;
    crease_app_catch_interrupt();
    crease_status status = track(run, &error);
    run->average = status == CREASE_OK ? malloc(run->cells * sizeof *run->average) : NULL;
    if (status == CREASE_OK && !run->average)
        status = crease_fail(&error, CREASE_NO_MEMORY, "no memory for %zu cells", run->cells);
    if (status == CREASE_OK && run->godunov)
        status = run_scheme(run, &error);
    else if (status == CREASE_OK)
        lwr_profile_averages(&run->after, run->cells, run->average);
    if (status == CREASE_OK && run->against)
        status = compare_fluxes(run, &error);
    return status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}
