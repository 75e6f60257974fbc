/* The picture of a run: panels with what was drawn into them. */
#include "labs/program/program.h"
#include <stdio.h>
#include <string.h>

static const char *style_name(lab_style style) {
    static const char *const name[] = {"lines", "points", "linespoints", "steps", "bars", "polygons"};
    return name[style];
}

/* Curves of one role in a panel take one dash after the other. */
static double dash(const lab_run *run, size_t series) {
    double nth = 1;
    for (size_t i = 0; i < series; i++)
        nth += run->drawn[i].panel == run->drawn[series].panel &&
               strcmp(run->drawn[i].role, run->drawn[series].role) == 0;
    return nth;
}

static crease_status set_text(crease_plot *plot, crease_error *error, const char *text, const char *what,
                              size_t panel, size_t series) {
    char name[48];
    snprintf(name, sizeof name, series ? "%s_%zu_%zu" : "%s_%zu", what, panel, series);
    return crease_plot_set_text(plot, name, text, error);
}

static crease_status set_number(crease_plot *plot, crease_error *error, double value, const char *what,
                                size_t panel, size_t series) {
    char name[48];
    snprintf(name, sizeof name, series ? "%s_%zu_%zu" : "%s_%zu", what, panel, series);
    return crease_plot_set_number(plot, name, value, error);
}

static crease_status add_series(const lab_run *run, size_t index, size_t panel, size_t nth, crease_plot *plot,
                                crease_error *error) {
    const lab_series *s = &run->drawn[index];
    char block[64];
    snprintf(block, sizeof block, "data_%zu_%zu", panel, nth);
    crease_status status = set_text(plot, error, s->label, "label", panel, nth);
    if (status == CREASE_OK)
        status = set_text(plot, error, s->role, "paint", panel, nth);
    if (status == CREASE_OK)
        status = set_text(plot, error, style_name(s->style), "style", panel, nth);
    if (status == CREASE_OK)
        status = set_number(plot, error, dash(run, index), "nth", panel, nth);
    if (status == CREASE_OK)
        status = crease_plot_add_data(plot, block, s->n, s->columns, (const double *const *)s->column, error);
    return status;
}

/* Panel p of the run as panel `place` of the picture. All its polygons are parts of one block. */
static crease_status add_panel(const lab_run *run, size_t p, size_t place, crease_plot *plot,
                               crease_error *error) {
    const lab_panel_text *panel = &run->panel[p];
    crease_status status = set_text(plot, error, panel->title, "title", place, 0);
    if (status == CREASE_OK)
        status = set_text(plot, error, panel->x, "x", place, 0);
    if (status == CREASE_OK)
        status = set_text(plot, error, panel->y, "y", place, 0);
    if (status == CREASE_OK)
        status = set_number(plot, error, panel->log_x, "log_x", place, 0);
    if (status == CREASE_OK)
        status = set_number(plot, error, panel->log_y, "log_y", place, 0);
    size_t count = 0, polygons = 0;
    for (size_t i = 0; i < run->series && status == CREASE_OK; i++) {
        const lab_series *s = &run->drawn[i];
        if (s->panel != p)
            continue;
        if (s->style == LAB_POLYGONS && polygons) {
            char block[64];
            snprintf(block, sizeof block, "data_%zu_%zu", place, polygons);
            status =
                crease_plot_add_data(plot, block, s->n, s->columns, (const double *const *)s->column, error);
            continue;
        }
        status = add_series(run, i, place, ++count, plot, error);
        if (s->style == LAB_POLYGONS)
            polygons = count;
    }
    return status != CREASE_OK ? status : set_number(plot, error, (double)count, "series", place, 0);
}

crease_status labs_panels(const lab_run *run, size_t first, size_t count, crease_plot **plot,
                          crease_error *error) {
    crease_status status = crease_plot_new("labs", plot, error);
    if (status == CREASE_OK)
        status = crease_plot_set_size(*plot, count == 1 ? 12 : 20, count > 2 ? 17 : 9, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(*plot, "panels", (double)count, error);
    for (size_t p = 0; p < count && status == CREASE_OK; p++)
        status = add_panel(run, first + p, p + 1, *plot, error);
    if (status != CREASE_OK) {
        crease_plot_free(*plot);
        *plot = NULL;
    }
    return status;
}

crease_status labs_picture(const lab_run *run, crease_plot **plot, crease_error *error) {
    return labs_panels(run, 0, run->panels, plot, error);
}
