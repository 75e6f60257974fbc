/* Runs what crease traffic calibrate was asked for: a diagram to start from, the fit on the first part of the time, and how
 * well each does on both parts. Whether a gain on the held-out part is more than chance is asked by blocks of time, which
 * depend on one another less than single counts do. */
#include "traffic/calibrate/calibrate_program.h"
#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_BLOCKS = 12, LEAST_BLOCK = 3 };

static const char no_memory[] = "no memory for the counts";

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- what there is ---- */

static crease_status load(calibrate_run *run, crease_error *error) {
    const char *const column[] = {run->time, run->place, run->flow, run->density};
    const crease_csv_options csv = {
        .columns = column, .column_count = run->density ? 4 : 3, .where = run->where};
    crease_status status = crease_csv_load(run->path, &csv, &run->table, error);
    if (status != CREASE_OK)
        return status;
    crease_table *t = run->table;
    if (t->rows == 0)
        return crease_fail(error, CREASE_BAD_DATA,
                           run->where ? "%s: no row is left with --where '%s'" : "%s: no row of data",
                           t->source, run->where);
    for (size_t i = 0; i < t->rows; i++)
        t->column[0][i] *= run->unit;
    crease_error cause;
    status = calibrate_data_new(t->rows, t->column[0], t->column[1], t->column[2],
                                run->density ? t->column[3] : NULL, run->lanes, &run->data, &cause);
    return status == CREASE_OK ? CREASE_OK
                               : crease_fail(error, status, "%s: %.400s", t->source, cause.message);
}

static crease_status choose_train(calibrate_run *run, crease_error *error) {
    const calibrate_data *d = &run->data;
    run->train = d->intervals / 2;
    if (!isnan(run->train_time)) {
        const double intervals = ceil((run->train_time * run->unit - d->start) / d->step - 1e-6);
        if (!(intervals >= 1 && intervals <= (double)d->intervals))
            return crease_fail(error, CREASE_BAD_DATA,
                               "%s: no interval begins before --train %g; they begin from %g to %g",
                               run->table->source, run->train_time, d->start / run->unit,
                               (d->start + d->step * (double)(d->intervals - 1)) / run->unit);
        run->train = (size_t)intervals;
    }
    for (size_t i = 0; d->density && i < run->train * d->places; i++)
        run->largest_density = fmax(run->largest_density, d->density[i]);
    return CREASE_OK;
}

/* What has left and never came: the counts of both ends do not belong together. */
static void check_balance(const calibrate_run *run) {
    const calibrate_data *d = &run->data;
    const size_t n = d->places;
    double most = 0, at_first = 0;
    for (size_t j = 0; d->density && j + 1 < n; j++)
        at_first += (d->x[j + 1] - d->x[j]) * (d->density[j] + d->density[j + 1]) / 2;
    for (size_t i = 1; i <= d->intervals; i++)
        most = fmax(most, d->count[i * n + n - 1] - d->count[i * n] - at_first);
    const double total = d->count[d->intervals * n];
    if (most > .02 * total && (d->density || most > .1 * total))
        crease_app_note(
            &run->app,
            "the last detector has counted up to %.0f vehicles more than there can have been: one of the two "
            "miscounts, and no flux can make up for that",
            most * (double)d->lanes);
}

int calibrate_run_prepare(calibrate_run *run) {
    crease_error error;
    traffic_diagram *start = &run->row[CALIBRATE_START].diagram;
    lwr_flux *flux = NULL;
    crease_status status = load(run, &error);
    if (status == CREASE_OK)
        status = choose_train(run, &error);
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    check_balance(run);
    if (run->start_text) {
        status = lwr_flux_parse(run->start_text, &flux, &error);
        if (status == CREASE_BAD_ARGUMENT)
            crease_app_usage_error(&run->app, "--start: %s", error.message);
        if (status == CREASE_OK)
            status = calibrate_from_flux(flux, start, &error);
        lwr_flux_free(flux);
    } else
        status = calibrate_diagram_fit(&run->data, run->train, run->kinks ? run->kinks : 1, run->app.seed,
                                       start, &error);
    if (status == CREASE_OK && run->kinks == 0)
        run->kinks = start->kinks;
    if (status == CREASE_OK && start->kinks > run->kinks)
        crease_app_usage_error(&run->app, "--start has %zu kinks, more than --kinks %zu", start->kinks,
                               run->kinks);
    return status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}

/* ---- what comes out ---- */

static crease_status fit(calibrate_run *run, crease_error *error) {
    crease_progress progress = crease_progress_begin(&run->app, "calibrating, starts");
    const calibrate_options options = {.train = run->train,
                                       .starts = run->starts,
                                       .seed = run->app.seed,
                                       .interrupted = crease_app_interrupted,
                                       .progress = crease_progress_update,
                                       .progress_context = &progress};
    traffic_diagram start = run->row[CALIBRATE_START].diagram;
    const double started = now();
    crease_status status = calibrate_split(&start, run->kinks, error);
    if (status == CREASE_OK)
        status = calibrate_fit(&run->data, &start, &options, &run->result, error);
    run->seconds = now() - started;
    crease_progress_end(&progress);
    run->row[CALIBRATE_FITTED].diagram = run->result.diagram;
    return status;
}

static crease_status predict(calibrate_run *run, crease_error *error) {
    static const char *const name[] = {"straight line", "diagram fit", "calibrated"};
    const calibrate_data *d = &run->data;
    calibrate_model *model = NULL;
    crease_status status = calibrate_model_new(d, &model, error);
    run->row[CALIBRATE_START].name = run->start_text ? "start flux" : name[CALIBRATE_START];
    for (size_t k = 0; k < CALIBRATE_ROWS && status == CREASE_OK; k++) {
        calibrate_row *row = &run->row[k];
        if (!row->name)
            row->name = name[k];
        row->count = malloc((d->intervals + 1) * d->places * sizeof *row->count);
        if (!row->count)
            status = crease_fail(error, CREASE_NO_MEMORY, no_memory);
        else if (k == CALIBRATE_STRAIGHT)
            calibrate_straight(d, row->count);
        else {
            status = calibrate_predict(model, &row->diagram, d->intervals, row->count, error);
            traffic_audit_diagram(&row->diagram, run->largest_density, &row->audit);
        }
        if (status != CREASE_OK)
            break;
        row->train = calibrate_compare(d, row->count, 0, run->train);
        row->test = calibrate_compare(d, row->count, run->train, d->intervals);
        for (calibrate_score *s = &row->train; s; s = s == &row->train ? &row->test : NULL) {
            s->count *= (double)d->lanes;
            s->flow *= (double)d->lanes;
        }
    }
    calibrate_model_free(model);
    return status;
}

/* Errors of the calibrated flux over those of another row, block by block of the held-out time. */
static crease_paired compare(const calibrate_run *run, size_t other) {
    const calibrate_data *d = &run->data;
    const size_t held = d->intervals - run->train;
    const size_t blocks = held / LEAST_BLOCK < MOST_BLOCKS ? held / LEAST_BLOCK : MOST_BLOCKS;
    double error[2][MOST_BLOCKS];
    for (size_t b = 0; b < blocks; b++) {
        const size_t from = run->train + b * held / blocks, to = run->train + (b + 1) * held / blocks;
        error[0][b] = calibrate_compare(d, run->row[CALIBRATE_FITTED].count, from, to).count;
        error[1][b] = calibrate_compare(d, run->row[other].count, from, to).count;
    }
    return crease_paired_ratio(error[0], error[1], blocks, 0);
}

/* The trained counts move with the jam density alone (slopes of the flux at 0 unchanged), or they say nothing of it. */
static crease_status look_for_jam(calibrate_run *run, crease_error *error) {
    static const double UNMOVED = 1e-6; /* vehicles for a doubling */
    const size_t kinks = run->result.diagram.kinks, columns = 2 * kinks + 1,
                 rows = (run->data.places - 2) * run->train;
    double theta[CALIBRATE_MOST_PARAMETERS], *slope = malloc(rows * columns * sizeof *slope);
    if (!slope)
        return crease_fail(error, CREASE_NO_MEMORY, no_memory);
    calibrate_theta(&run->result.diagram, theta);
    const crease_status status =
        calibrate_slopes(&run->data, kinks, run->train, theta, run->result.step, slope, error);
    for (size_t i = 0; i < rows && status == CREASE_OK; i++)
        run->jam_seen = run->jam_seen || fabs(slope[i * columns]) > UNMOVED;
    free(slope);
    if (status == CREASE_BAD_ARGUMENT) { /* the fit has gone where a step further there is no flux */
        run->jam_seen = true;
        return CREASE_OK;
    }
    return status;
}

int calibrate_run_solve(calibrate_run *run) {
    crease_error error;
    crease_app_catch_interrupt();
    crease_status status = fit(run, &error);
    if (status == CREASE_OK)
        status = predict(run, &error);
    if (status == CREASE_OK)
        status = look_for_jam(run, &error);
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    run->gain = compare(run, CALIBRATE_START);
    run->gain_straight = compare(run, CALIBRATE_STRAIGHT);
    return 0;
}

void calibrate_run_clear(calibrate_run *run) {
    for (size_t k = 0; k < CALIBRATE_ROWS; k++)
        free(run->row[k].count);
    calibrate_data_clear(&run->data);
    crease_table_free(run->table);
}
