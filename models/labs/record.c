/* What a lab records. A record that finds no memory marks the run as broken, and lab_perform says so. */
#include "labs/lab.h"
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more element in an array that doubles; false, and the run is broken, without memory. */
static bool one_more(lab_run *run, void *array, size_t count, size_t size) {
    void **place = array;
    if (count & (count - 1) || run->broken) /* room is left */
        return !run->broken;
    const size_t room = count ? 2 * count : 1;
    void *larger = room <= SIZE_MAX / size ? realloc(*place, room * size) : NULL;
    if (larger)
        *place = larger;
    else
        run->broken = true;
    return larger != NULL;
}

static char *copy(lab_run *run, const char *text) {
    char *own = strdup(text ? text : "");
    if (!own)
        run->broken = true;
    return own;
}

static char *printed(lab_run *run, const char *format, va_list arguments) {
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0) {
        text = NULL;
        run->broken = true;
    }
    return text;
}

static double *copy_numbers(lab_run *run, size_t n, const double *value) {
    double *own = n <= SIZE_MAX / sizeof *own ? malloc((n ? n : 1) * sizeof *own) : NULL;
    if (!own)
        run->broken = true;
    else if (n)
        memcpy(own, value, n * sizeof *own);
    return own;
}

void lab_measure(lab_run *run, const char *name, const char *what, lab_estimate estimate, double expected) {
    if (!one_more(run, &run->measurement, run->measurements, sizeof *run->measurement))
        return;
    run->measurement[run->measurements++] =
        (lab_measurement){copy(run, name), copy(run, what), estimate, expected};
}

void lab_table(lab_run *run, const char *title, size_t columns, const char *const *column) {
    assert(!run->column);
    run->table_title = copy(run, title);
    run->column = calloc(columns, sizeof *run->column);
    if (!run->column) {
        run->broken = true;
        return;
    }
    run->columns = columns;
    for (size_t i = 0; i < columns; i++)
        run->column[i] = copy(run, column[i]);
}

void lab_cell(lab_run *run, double number) {
    if (one_more(run, &run->cell, run->cells, sizeof *run->cell))
        run->cell[run->cells++] = (lab_cell_value){.number = number};
}

void lab_cell_text(lab_run *run, const char *format, ...) {
    if (!one_more(run, &run->cell, run->cells, sizeof *run->cell))
        return;
    va_list arguments;
    va_start(arguments, format);
    run->cell[run->cells++] = (lab_cell_value){NAN, printed(run, format, arguments)};
    va_end(arguments);
}

void lab_panel_begin(lab_run *run, lab_panel panel) {
    assert(run->panels < LAB_PANELS);
    run->panel[run->panels++] = (lab_panel_text){copy(run, panel.title), copy(run, panel.x),
                                                 copy(run, panel.y), panel.log_x, panel.log_y};
}

static void draw(lab_run *run, lab_series series, const char *role, const char *label,
                 const double *const *column) {
    assert(run->panels > 0);
    if (!one_more(run, &run->drawn, run->series, sizeof *run->drawn))
        return;
    series.panel = run->panels - 1;
    series.role = copy(run, role);
    series.label = copy(run, label);
    for (size_t i = 0; i < series.columns; i++)
        series.column[i] = copy_numbers(run, series.n, column[i]);
    run->drawn[run->series++] = series;
}

void lab_draw(lab_run *run, lab_style style, const char *role, const char *label, size_t n, const double *x,
              const double *y) {
    draw(run, (lab_series){.style = style, .n = n, .columns = 2}, role, label, (const double *[]){x, y});
}

void lab_draw_interval(lab_run *run, lab_style style, const char *role, const char *label, size_t n,
                       const double *x, const double *y, const double *low, const double *high) {
    draw(run, (lab_series){.style = style, .n = n, .columns = 4}, role, label,
         (const double *[]){x, y, low, high});
}

void lab_draw_polygon(lab_run *run, double colour, size_t n, const double *x, const double *y) {
    double *same = n <= SIZE_MAX / sizeof *same ? malloc((n ? n : 1) * sizeof *same) : NULL;
    if (!same) {
        run->broken = true;
        return;
    }
    for (size_t i = 0; i < n; i++)
        same[i] = colour;
    draw(run, (lab_series){.style = LAB_POLYGONS, .n = n, .columns = 3}, "other", "",
         (const double *[]){x, y, same});
    free(same);
}

static void add_sentence(lab_run *run, const char *format, va_list arguments) {
    if (one_more(run, &run->sentence, run->sentences, sizeof *run->sentence))
        run->sentence[run->sentences++] = printed(run, format, arguments);
}

void lab_conclude(lab_run *run, lab_verdict verdict, const char *format, ...) {
    assert(!run->concluded && run->sentences == 0);
    va_list arguments;
    va_start(arguments, format);
    add_sentence(run, format, arguments);
    va_end(arguments);
    run->verdict = verdict;
    run->concluded = true;
}

void lab_say(lab_run *run, const char *format, ...) {
    assert(run->concluded);
    va_list arguments;
    va_start(arguments, format);
    add_sentence(run, format, arguments);
    va_end(arguments);
}

static void free_series(lab_series *series) {
    free(series->role);
    free(series->label);
    for (size_t i = 0; i < series->columns; i++)
        free(series->column[i]);
}

void lab_run_free(lab_run *run) {
    if (!run)
        return;
    for (size_t i = 0; i < run->measurements; i++) {
        free(run->measurement[i].name);
        free(run->measurement[i].what);
    }
    for (size_t i = 0; i < run->sentences; i++)
        free(run->sentence[i]);
    for (size_t i = 0; i < run->columns; i++)
        free(run->column[i]);
    for (size_t i = 0; i < run->cells; i++)
        free(run->cell[i].text);
    for (size_t i = 0; i < run->panels; i++) {
        free(run->panel[i].title);
        free(run->panel[i].x);
        free(run->panel[i].y);
    }
    for (size_t i = 0; i < run->series; i++)
        free_series(&run->drawn[i]);
    free(run->measurement);
    free(run->sentence);
    free(run->table_title);
    free(run->column);
    free(run->cell);
    free(run->drawn);
    free(run);
}
