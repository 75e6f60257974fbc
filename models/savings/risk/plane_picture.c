/* The data of the picture savings_plane. */
#include "crease/plot.h"
#include "savings/risk/plane.h"
#include <math.h>
#include <stdlib.h>

enum { ACROSS = 161, UP = 81, CELLS = ACROSS * UP };

static const savings_plane_row *first_with_line(const savings_plane_row *row, size_t rows) {
    for (size_t i = 0; i < rows; i++)
        if (isfinite(row[i].line.slope))
            return &row[i];
    return NULL;
}

static const savings_plane_row *best_smooth(const savings_plane_row *row, size_t rows) {
    const savings_plane_row *best = NULL;
    for (size_t i = 0; i < rows; i++)
        if (row[i].hinges == 0 && (!best || row[i].max_error < best->max_error))
            best = &row[i];
    return best ? best : row;
}

/* Columns a, y, the object, the size of the row's error there. */
static crease_status fill(const savings_plane *plane, const savings_plane_row *row, double *column,
                          crease_error *error) {
    const savings_plane_parameters *p = &plane->parameters;
    double *a = column, *y = column + CELLS, *exact = y + CELLS, *errs = exact + CELLS, *x = errs + CELLS;
    crease_work *work;
    crease_status status = crease_work_new(row->net, &work, error);
    if (status != CREASE_OK)
        return status;
    for (size_t i = 0; i < CELLS; i++) {
        a[i] = x[2 * i] = p->a_from + (p->a_to - p->a_from) * (double)(i % ACROSS) / (ACROSS - 1);
        y[i] = x[2 * i + 1] = p->y_from + (p->y_to - p->y_from) * (double)(i / ACROSS) / (UP - 1);
        savings_plane_point point = savings_plane_at(plane, a[i], y[i]);
        exact[i] = row->value ? point.V : point.pinv;
    }
    crease_net_evaluate(row->net, NULL, work, CELLS, x, errs);
    for (size_t i = 0; i < CELLS; i++)
        errs[i] = fabs(errs[i] - exact[i]);
    crease_work_free(work);
    return CREASE_OK;
}

/* A NaN is left out: the figure asks whether the variable exists. */
static crease_status set_numbers(crease_plot *plot, const char *const *name, const double *value,
                                 size_t count, crease_error *error) {
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < count && status == CREASE_OK; i++)
        if (isfinite(value[i]))
            status = crease_plot_set_number(plot, name[i], value[i], error);
    return status;
}

static crease_status describe(crease_plot *plot, const savings_plane *plane, const savings_plane_row *row,
                              size_t rows, crease_error *error) {
    const savings_plane_parameters *p = &plane->parameters;
    const savings_plane_row *hinge = first_with_line(row, rows), *smooth = best_smooth(row, rows);
    static const char *const name[] = {"a_from",       "a_to",           "y_from",       "y_to",
                                       "plane_offset", "gain_a",         "gain_y",       "plane_jump",
                                       "line_slope",   "line_intercept", "fitted_slope", "fitted_intercept"};
    const double value[] = {p->a_from,
                            p->a_to,
                            p->y_from,
                            p->y_to,
                            plane->offset,
                            plane->gain_a,
                            plane->gain_y,
                            plane->jump,
                            plane->line.slope,
                            plane->line.intercept,
                            hinge ? hinge->line.slope : NAN,
                            hinge ? hinge->line.intercept : NAN};
    char spec[128], text[224];
    crease_status status = set_numbers(plot, name, value, sizeof value / sizeof *value, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "title_text",
                                      plane->model == SAVINGS_PLANE_B
                                          ? "B: penalty rate, the kink is a line of assets and income"
                                          : "C: default, the kink is a line of assets and income",
                                      error);
    if (status == CREASE_OK && hinge) {
        crease_net_spec(hinge->net, spec, sizeof spec);
        snprintf(text, sizeof text, "corner of %s, off by %.0e", spec, hinge->line_error);
        status = crease_plot_set_text(plot, "fitted_label", text, error);
    }
    crease_net_spec(smooth->net, spec, sizeof spec);
    snprintf(text, sizeof text, "size of the error of %s (largest: %.1e)", spec, smooth->max_error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "error_label", text, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(
            plot, "value_label",
            smooth->value ? "value" : "value in units of consumption, lines of equal value", error);
    return status;
}

crease_status savings_plane_plot(const savings_plane *plane, const savings_plane_row *row, size_t rows,
                                 struct crease_plot **plot, crease_error *error) {
    double *column = malloc(6 * CELLS * sizeof *column);
    *plot = NULL;
    if (!column)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a picture");
    crease_status status = fill(plane, best_smooth(row, rows), column, error);
    if (status == CREASE_OK)
        status = crease_plot_new("savings_plane", plot, error);
    if (status == CREASE_OK)
        status = crease_plot_add_data(
            *plot, "plane", CELLS, 4,
            (const double *const[]){column, column + CELLS, column + 2 * CELLS, column + 3 * CELLS}, error);
    if (status == CREASE_OK)
        status = describe(*plot, plane, row, rows, error);
    free(column);
    if (status != CREASE_OK) {
        crease_plot_free(*plot);
        *plot = NULL;
    }
    return status;
}
