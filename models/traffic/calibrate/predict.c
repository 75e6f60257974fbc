/* Counts by front tracking. By the end of interval i at most the vehicles counted at the last place have left, so its
 * limit is (N_last(t_{i+1}) - n_last(t_i)) / step, n being the solution's own count: whoever could have left and did not
 * come in time may leave later. A limit on the flow of each interval alone would let no late vehicle catch up, and hold
 * free traffic wherever it arrives a little unlike what was counted. */
#include "traffic/calibrate/calibrate.h"
#include <math.h>
#include <stdlib.h>

struct calibrate_model {
    const calibrate_data *data;
    double *time, *inflow, *outflow; /* intervals each */
    double *x, *density;             /* places each: where initial densities begin */
    lwr_place *place;
};

crease_status calibrate_model_new(const calibrate_data *data, calibrate_model **model, crease_error *error) {
    const size_t n = data->places, m = data->intervals;
    calibrate_model *made = calloc(1, sizeof *made);
    *model = NULL;
    if (made) {
        made->data = data;
        made->time = malloc(m * sizeof *made->time);
        made->inflow = malloc(m * sizeof *made->inflow);
        made->outflow = malloc(m * sizeof *made->outflow);
        made->x = malloc(n * sizeof *made->x);
        made->density = malloc(n * sizeof *made->density);
        made->place = calloc(n, sizeof *made->place);
    }
    if (!made || !made->time || !made->inflow || !made->outflow || !made->x || !made->density ||
        !made->place) {
        calibrate_model_free(made);
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the counts of %zu intervals", m);
    }
    for (size_t i = 0; i < m; i++) {
        made->time[i] = data->step * (double)i;
        made->inflow[i] = data->flow[i * n];
    }
    for (size_t j = 0; j < n; j++)
        made->x[j] = j > 0 ? data->x[j - 1] + (data->x[j] - data->x[j - 1]) / 2 : data->x[0];
    for (size_t j = 1; j + 1 < n; j++)
        made->place[j - 1].x = data->x[j];
    *model = made;
    return CREASE_OK;
}

void calibrate_model_free(calibrate_model *model) {
    if (!model)
        return;
    free(model->time);
    free(model->inflow);
    free(model->outflow);
    free(model->x);
    free(model->density);
    free(model->place);
    free(model);
}

/* Densities at first: as measured, or those of free traffic with the flow of the first interval. */
static void start_densities(calibrate_model *model, const lwr_flux *flux) {
    const calibrate_data *data = model->data;
    for (size_t j = 0; j < data->places; j++)
        model->density[j] = data->density ? fmin(data->density[j], flux->jam_density)
                                          : lwr_flux_reach(flux, 0, data->flow[j], flux->critical_density, 0);
}

/* Counts at the present time of the solution, in the interval that ends there. */
static void read_counts(const calibrate_model *model, const lwr_solution *solution, size_t i, double *count) {
    const size_t n = model->data->places;
    const lwr_counts total = lwr_solution_counts(solution);
    count[0] = model->data->count[i * n] - total.waiting;
    for (size_t j = 1; j + 1 < n; j++)
        count[j] = lwr_solution_place(solution, j - 1).count;
    count[n - 1] = count[0] - total.net_inflow;
}

crease_status calibrate_predict(calibrate_model *model, const traffic_diagram *diagram, size_t intervals,
                                double *count, crease_error *error) {
    const calibrate_data *data = model->data;
    const size_t n = data->places;
    lwr_flux *flux = NULL;
    lwr_solution *solution = NULL;
    crease_status status = calibrate_lwr_flux(diagram, &flux, error);
    if (status != CREASE_OK)
        return status;
    start_densities(model, flux);
    const lwr_problem problem = {
        .flux = flux,
        .domain = LWR_ROAD,
        .low = data->x[0],
        .high = data->x[n - 1],
        .count = n,
        .x = model->x,
        .density = model->density,
        .place_count = n - 2,
        .place = model->place,
        .inflow = {.count = intervals, .time = model->time, .value = model->inflow},
        .outflow = {.count = intervals, .time = model->time, .value = model->outflow}};
    for (size_t j = 0; j < n; j++)
        count[j] = 0;
    for (size_t i = 0; i < intervals; i++)
        model->outflow[i] = 0;
    for (size_t i = 0; i < intervals && status == CREASE_OK; i++) {
        model->outflow[i] = fmax(data->count[(i + 1) * n + n - 1] - count[i * n + n - 1], 0) / data->step;
        if (i == 0)
            status = lwr_solution_new(&problem, NULL, &solution, error);
        /* just before the next limit is read */
        const double end =
            i + 1 < intervals ? nextafter(model->time[i + 1], 0) : data->step * (double)intervals;
        if (status == CREASE_OK)
            status = lwr_solution_advance(solution, end, NULL, NULL, error);
        if (status == CREASE_OK)
            read_counts(model, solution, i + 1, count + (i + 1) * n);
    }
    lwr_solution_free(solution);
    lwr_flux_free(flux);
    return status;
}
