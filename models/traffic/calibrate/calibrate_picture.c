/* The picture: vehicles between the first detector and one in the middle, as counted and by each way to say it; the errors
 * of all detectors between; the fluxes. */
#include "crease/plot.h"
#include "traffic/calibrate/calibrate_program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 2 + 2 * CALIBRATE_ROWS };

/* Time, vehicles between as counted and by each row, then the error of each row over all detectors between. */
static crease_status add_counts(const calibrate_run *run, size_t place, crease_plot *plot,
                                crease_error *error) {
    const calibrate_data *d = &run->data;
    const size_t n = d->places, rows = d->intervals + 1;
    const double lanes = (double)d->lanes;
    double *memory = malloc(COLUMNS * rows * sizeof *memory);
    const double *column[COLUMNS];
    if (!memory)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a picture");
    for (size_t c = 0; c < COLUMNS; c++)
        column[c] = memory + c * rows;
    for (size_t i = 0; i < rows; i++) {
        memory[i] = d->start + d->step * (double)i;
        memory[rows + i] = lanes * (d->count[i * n] - d->count[i * n + place]);
        for (size_t k = 0; k < CALIBRATE_ROWS; k++) {
            const double *count = run->row[k].count;
            double squares = 0;
            for (size_t j = 1; j + 1 < n; j++)
                squares += pow(count[i * n + j] - d->count[i * n + j], 2);
            memory[(2 + k) * rows + i] = lanes * (d->count[i * n] - count[i * n + place]);
            memory[(2 + CALIBRATE_ROWS + k) * rows + i] = lanes * sqrt(squares / (double)(n - 2));
        }
    }
    const crease_status status = crease_plot_add_data(plot, "counts", rows, COLUMNS, column, error);
    free(memory);
    return status;
}

static crease_status add_flux(const traffic_diagram *d, crease_plot *plot, crease_error *error) {
    double x[TRAFFIC_MAX_KINKS + 2] = {0}, y[TRAFFIC_MAX_KINKS + 2] = {0};
    const double *const column[] = {x, y};
    for (size_t i = 0; i < d->kinks; i++) {
        x[i + 1] = d->kink[i];
        y[i + 1] = traffic_diagram_flow(d, d->kink[i]);
    }
    x[d->kinks + 1] = d->jam_density;
    return crease_plot_add_data(plot, "flux", d->kinks + 2, 2, column, error);
}

static crease_status add_points(const calibrate_run *run, crease_plot *plot, crease_error *error) {
    const double nothing = NAN, *const none[] = {&nothing, &nothing};
    const double *const column[] = {run->data.density, run->data.flow};
    return run->data.density
               ? crease_plot_add_data(plot, "data", run->train * run->data.places, 2, column, error)
               : crease_plot_add_data(plot, "data", 1, 2, none, error);
}

static crease_status set_variables(const calibrate_run *run, size_t place, crease_plot *plot,
                                   crease_error *error) {
    const calibrate_data *d = &run->data;
    char title[160];
    snprintf(title, sizeof title, "Vehicles between the detectors at %g and %g km", d->x[0], d->x[place]);
    crease_status status = crease_plot_set_text(plot, "title_text", title, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "start_name",
                                      run->start_text ? "flux to start from" : "diagram fit", error);
    if (status == CREASE_OK)
        status =
            crease_plot_set_number(plot, "trained_until", d->start + d->step * (double)run->train, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "end_time", d->start + d->step * (double)d->intervals, error);
    return status == CREASE_OK ? crease_plot_set_number(plot, "start_time", d->start, error) : status;
}

int calibrate_run_draw(calibrate_run *run) {
    crease_plot *plot = NULL;
    crease_error error;
    const size_t place = run->data.places / 2;
    crease_status status = crease_plot_new("traffic_calibrate", &plot, &error);
    if (status == CREASE_OK)
        status = set_variables(run, place, plot, &error);
    if (status == CREASE_OK)
        status = add_counts(run, place, plot, &error);
    if (status == CREASE_OK)
        status = add_points(run, plot, &error);
    if (status == CREASE_OK)
        status = add_flux(&run->row[CALIBRATE_START].diagram, plot, &error);
    if (status == CREASE_OK)
        status = add_flux(&run->row[CALIBRATE_FITTED].diagram, plot, &error);
    if (status != CREASE_OK) {
        crease_plot_free(plot);
        return crease_app_fail(&run->app, &error);
    }
    char what[240];
    snprintf(what, sizeof what,
             "vehicles between two detectors as counted and by each flux, the errors at all detectors "
             "between, and the "
             "fluxes; in the shaded time nothing was fitted (errors %.3g and %.3g vehicles).",
             run->row[CALIBRATE_START].test.count, run->row[CALIBRATE_FITTED].test.count);
    return crease_app_draw(&run->app, plot, run->app.plot, what);
}
