/* Rows of the log, the networks' curves and what they leave over, for the figure compare. */
#include "arm/fit/fit_program.h"
#include "crease/crease.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CURVE = 1601 };

static const char *family_of(const char *spec) {
    bool relu = strstr(spec, "relu") != NULL, tanh = strstr(spec, "tanh") != NULL,
         sigmoid = strstr(spec, "sigmoid") != NULL;
    return relu + tanh + sigmoid > 1 ? "hybrid"
           : relu                    ? "relu"
           : tanh                    ? "tanh"
           : sigmoid                 ? "sigmoid"
                                     : "other";
}

static crease_status add_net(const arm_fit_run *run, size_t i, double *fitted, double *curve,
                             crease_plot *plot, crease_error *error) {
    const crease_compare_row *row = &run->comparison->row[i];
    const crease_data *data = &run->data;
    char name[32];
    crease_work *work = NULL;
    crease_status status = crease_work_new(row->net, &work, error);
    if (status != CREASE_OK)
        return status;
    crease_net_evaluate(row->net, NULL, work, data->n, data->x, fitted);
    if (data->inputs == 1)
        crease_net_evaluate(row->net, NULL, work, CURVE, curve, curve + CURVE);
    crease_work_free(work);
    snprintf(name, sizeof name, "label_%zu", i + 1);
    status = crease_plot_set_text(plot, name, row->spec, error);
    snprintf(name, sizeof name, "family_%zu", i + 1);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, name, family_of(row->spec), error);
    double *residual = fitted + data->n;
    for (size_t k = 0; k < data->n; k++)
        residual[k] = data->inputs == 1 ? data->y[k] - fitted[k] : fitted[k] - data->y[k];
    const double *const line[] = {curve, curve + CURVE}, *const against[] = {fitted, data->y},
                        *const left[] = {data->inputs == 1 ? data->x : fitted, residual};
    if (status == CREASE_OK)
        status = data->inputs == 1 ? crease_plot_add_data(plot, "fit", CURVE, 2, line, error)
                                   : crease_plot_add_data(plot, "fit", data->n, 2, against, error);
    if (status == CREASE_OK)
        status = crease_plot_add_data(plot, "residual", data->n, 2, left, error);
    return status;
}

static crease_status add_texts(const arm_fit_run *run, crease_plot *plot, crease_error *error) {
    const char *const text[][2] = {
        {"title_text", run->controller ? "controller of the log" : "friction of the log"},
        {"x_label", run->controller ? "error angle, rad" : "rate, rad/s"},
        {"y_label", run->controller ? "torque, N m" : "friction, N m"}};
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < 3 && status == CREASE_OK; i++)
        status = crease_plot_set_text(plot, text[i][0], text[i][1], error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "inputs", (double)run->data.inputs, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "networks", (double)run->comparison->row_count, error);
    return status;
}

crease_status arm_fit_picture_new(const arm_fit_run *run, crease_plot **plot, crease_error *error) {
    const crease_data *data = &run->data;
    crease_status status = crease_plot_new("compare", plot, error);
    if (status != CREASE_OK)
        return status;
    double *memory = malloc((2 * data->n + 2 * CURVE) * sizeof *memory), low = INFINITY, high = -INFINITY;
    status = memory ? add_texts(run, *plot, error)
                    : crease_fail(error, CREASE_NO_MEMORY, "no memory for a picture of %zu rows", data->n);
    for (size_t k = 0; k < data->n && status == CREASE_OK; k++) {
        low = fmin(low, data->x[k * data->inputs]);
        high = fmax(high, data->x[k * data->inputs]);
    }
    if (status == CREASE_OK && data->inputs == 1)
        status =
            crease_plot_add_data(*plot, "data", data->n, 2, (const double *const[]){data->x, data->y}, error);
    for (size_t k = 0; k < CURVE && status == CREASE_OK; k++)
        memory[2 * data->n + k] = low + (high - low) * (double)k / (CURVE - 1);
    for (size_t i = 0; i < run->comparison->row_count && status == CREASE_OK; i++)
        status = add_net(run, i, memory, memory + 2 * data->n, *plot, error);
    free(memory);
    if (status != CREASE_OK) {
        crease_plot_free(*plot);
        *plot = NULL;
    }
    return status;
}
