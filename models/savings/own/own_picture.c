/* The data of the picture savings_own. */
#include "crease/plot.h"
#include "savings/own/own_program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 801, MOST_DATA = 2000, MOST_SLOPES = 50 };

static const char *family(const savings_own_row *row) {
    char spec[128];
    crease_net_spec(row->net, spec, sizeof spec);
    bool relu = strstr(spec, "relu") != NULL, tanh = strstr(spec, "tanh") != NULL,
         sigmoid = strstr(spec, "sigmoid") != NULL;
    if (relu && (tanh || sigmoid))
        return "hybrid";
    if (!relu && row->net->affine) /* apart from its rivals */
        return "smooth";
    return relu ? "relu" : tanh ? "tanh" : sigmoid ? "sigmoid" : "smooth";
}

/* Near the first kink, or everywhere. */
static void slope_range(const savings_own_program *run, double *from, double *to) {
    const savings_own_data *data = &run->data;
    *from = data->x[0];
    *to = data->x[data->n - 1];
    if (run->fit.kink_count == 0)
        return;
    double reach = .05 * (*to - *from), k = run->fit.kink[0].x;
    *from = fmax(*from, k - reach);
    *to = fmin(*to, k + reach);
}

/* V and V' of a network on [from, to]; at kinks both sides. */
static crease_status add_curve(crease_plot *plot, const char *value, const char *slope,
                               const savings_own_fit *fit, size_t row, double from, double to,
                               crease_error *error) {
    size_t room = POINTS + 2 * fit->kink_count, n = 0, next = 0;
    double *x = malloc(3 * room * sizeof *x), *V = x + room, *dV = V + room;
    if (!x)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a picture");
    for (size_t i = 0; i < POINTS; i++) {
        double at = from + (to - from) * (double)i / (POINTS - 1);
        for (; next < fit->kink_count && fit->kink[next].x <= at; next++)
            for (int side = -1; side <= 1 && fit->kink[next].x >= from; side += 2) {
                x[n] = fit->kink[next].x;
                savings_own_evaluate(fit, row, x[n], side, &V[n], &dV[n]);
                n++;
            }
        x[n] = at;
        savings_own_evaluate(fit, row, at, 1, &V[n], &dV[n]);
        n++;
    }
    crease_status status =
        value ? crease_plot_add_data(plot, value, n, 2, (const double *const[]){x, V}, error) : CREASE_OK;
    if (status == CREASE_OK && slope)
        status = crease_plot_add_data(plot, slope, n, 2, (const double *const[]){x, dV}, error);
    free(x);
    return status;
}

/* The table, thinned to what can be told apart, and the errors of each network at its rows. */
static crease_status add_rows(const savings_own_program *run, crease_plot *plot, double from, double to,
                              crease_error *error) {
    const savings_own_data *data = &run->data;
    size_t step = data->n / MOST_DATA + 1, room = data->n / step + 2, n = 0, near = 0;
    double *x = malloc(5 * room * sizeof *x), *V = x + room, *e = V + room, *near_x = e + room,
           *near_dV = near_x + room;
    crease_status status =
        x ? CREASE_OK : crease_fail(error, CREASE_NO_MEMORY, "out of memory for a picture");
    size_t shown = 0, every = 1;
    for (size_t i = 0; i < data->n; i++)
        shown += data->x[i] >= from && data->x[i] <= to;
    every = shown / MOST_SLOPES + 1;
    for (size_t i = 0; x && i < data->n; i += step, n++) {
        x[n] = data->x[i];
        V[n] = data->V[i];
    }
    for (size_t i = 0, seen = 0; x && data->dV && i < data->n; i++)
        if (data->x[i] >= from && data->x[i] <= to && seen++ % every == 0 && near < room) {
            near_x[near] = data->x[i];
            near_dV[near++] = data->dV[i];
        }
    if (status == CREASE_OK)
        status = crease_plot_add_data(plot, "data", n, 2, (const double *const[]){x, V}, error);
    if (status == CREASE_OK && near == 0)
        near_x[near] = from, near_dV[near++] = NAN;
    if (status == CREASE_OK)
        status = crease_plot_add_data(plot, "data_slope", near, 2, (const double *const[]){near_x, near_dV},
                                      error);
    for (size_t row = 0; status == CREASE_OK && row < run->fit.row_count; row++) {
        for (size_t i = 0; i < n; i++) {
            double fitted, slope;
            savings_own_evaluate(&run->fit, row, x[i], 0, &fitted, &slope);
            double size =
                fabs(fitted - V[i]); /* a logarithm has no zero; NaN is left out, but not of all rows */
            e[i] = size > 1e-17 || (isnan(size) && i > 0) ? size : 1e-17;
        }
        status = crease_plot_add_data(plot, "error", n, 2, (const double *const[]){x, e}, error);
    }
    free(x);
    return status;
}

static crease_status set_texts(const savings_own_program *run, crease_plot *plot, crease_error *error) {
    const savings_own_fit *fit = &run->fit;
    char text[300];
    double least = INFINITY, largest = 0;
    snprintf(text, sizeof text, "%s of %s", run->value_name, run->table.table->source);
    crease_status status = crease_plot_set_text(plot, "title_text", text, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "x_label", run->x_name, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "y_label", run->value_name, error);
    for (size_t i = 0; status == CREASE_OK && i < fit->row_count; i++) {
        char label[160], variable[32];
        savings_own_label(&fit->row[i], label, sizeof label);
        snprintf(text, sizeof text, "%s (%zu): max error %.1e", label, fit->row[i].n_free,
                 fit->row[i].value.max);
        snprintf(variable, sizeof variable, "label_%zu", i + 1);
        status = crease_plot_set_text(plot, variable, text, error);
        snprintf(variable, sizeof variable, "family_%zu", i + 1);
        if (status == CREASE_OK)
            status = crease_plot_set_text(plot, variable, family(&fit->row[i]), error);
        least = fmin(least, fit->row[i].value.rms);
        largest = isfinite(fit->row[i].value.max) ? fmax(largest, fit->row[i].value.max) : largest;
    }
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "networks", (double)fit->row_count, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "kinks", (double)fit->kink_count, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "critical", fit->kink_count > 0 ? fit->kink[0].x : 0, error);
    if (status == CREASE_OK) {
        double k = fit->kink_count > 0 ? fit->kink[0].x : 0,
               range = run->data.x[run->data.n - 1] - run->data.x[0];
        snprintf(text, sizeof text, "%s = %.5g", run->x_name, fabs(k) < 1e-9 * range ? 0 : k);
        status = crease_plot_set_text(plot, "critical_text", text, error);
    }
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "error_floor", fmax(1e-17, 1e-2 * least), error);
    return status == CREASE_OK ? crease_plot_set_number(plot, "error_top", fmax(3 * largest, 1e-12), error)
                               : status;
}

crease_status savings_own_plot(const savings_own_program *run, struct crease_plot **plot,
                               crease_error *error) {
    const savings_own_data *data = &run->data;
    double from, to;
    slope_range(run, &from, &to);
    crease_status status = crease_plot_new("savings_own", plot, error);
    if (status == CREASE_OK)
        status = set_texts(run, *plot, error);
    if (status == CREASE_OK)
        status = add_rows(run, *plot, from, to, error);
    for (size_t i = 0; status == CREASE_OK && i < run->fit.row_count; i++) {
        status = add_curve(*plot, "fit", NULL, &run->fit, i, data->x[0], data->x[data->n - 1], error);
        if (status == CREASE_OK)
            status = add_curve(*plot, NULL, "slope", &run->fit, i, from, to, error);
    }
    if (status != CREASE_OK) {
        crease_plot_free(*plot);
        *plot = NULL;
    }
    return status;
}
