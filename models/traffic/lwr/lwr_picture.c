/* The space-time picture: density as colour, fronts and ways of vehicles over it. */
#include "crease/plot.h"
#include "traffic/lwr/lwr_program.h"
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FRONTS = 3000 };

static const char picture_memory[] = "no memory for a picture";

/* Pieces of ways t0, x0, t1, x1 in the window; round a ring they are cut. */
typedef struct pieces {
    const lwr_run *run;
    lwr_rows rows;
} pieces;

static void add_piece(pieces *p, double t0, double x0, double t1, double x1) {
    const double low = p->run->problem.low, high = p->run->problem.high, length = high - low;
    if (p->run->problem.domain != LWR_RING) {
        /* cut at the window's ends */
        const double least = fmin(x0, x1), most = fmax(x0, x1), speed = t1 > t0 ? (x1 - x0) / (t1 - t0) : 0;
        if (most < low || least > high)
            return;
        const double a = fmin(fmax(x0, low), high), b = fmin(fmax(x1, low), high);
        if (a != x0 && speed != 0)
            t0 += (a - x0) / speed;
        if (b != x1 && speed != 0)
            t1 += (b - x1) / speed;
        lwr_rows_add(&p->rows, (double[]){t0, a, t1 - t0, b - a});
        return;
    }
    const double speed = t1 > t0 ? (x1 - x0) / (t1 - t0) : 0;
    while (t0 < t1) {
        double x = low + fmod(x0 - low, length), end = t1;
        if (x < low)
            x += length;
        if (speed < 0 && x - low <= 1e-9 * length)
            x = high;
        if (speed > 0 && high - x <= 1e-9 * length)
            x = low;
        if (speed != 0)
            end = fmin(t1, t0 + (speed > 0 ? high - x : low - x) / speed);
        lwr_rows_add(&p->rows, (double[]){t0, x, end - t0, speed * (end - t0)});
        x0 = x + speed * (end - t0);
        t0 = end;
    }
}

/* As index 0, 1, .. of a block; one row of nothing when there is none. */
static crease_status add_block(crease_plot *plot, const char *name, pieces *p, crease_error *error) {
    const size_t n = p->rows.count, rows = n > 0 ? n : 1;
    double *memory = malloc(4 * rows * sizeof *memory);
    if (!memory || p->rows.full) {
        free(memory);
        return crease_fail(error, CREASE_NO_MEMORY, picture_memory);
    }
    for (size_t j = 0; j < 4; j++)
        for (size_t i = 0; i < rows; i++)
            memory[j * rows + i] = n > 0 ? p->rows.value[4 * i + j] : NAN;
    const double *const column[] = {memory, memory + rows, memory + 2 * rows, memory + 3 * rows};
    const crease_status status = crease_plot_add_data(plot, name, rows, 4, column, error);
    free(memory);
    return status;
}

/* The largest jumps, those where density rises downstream apart from those where it falls. */
static crease_status add_fronts(const lwr_run *run, crease_plot *plot, crease_error *error) {
    const size_t n = run->front.count;
    double *size = malloc((n + 1) * sizeof *size);
    size_t *order = malloc((n + 1) * sizeof *order);
    crease_status status = size && order ? CREASE_OK : crease_fail(error, CREASE_NO_MEMORY, picture_memory);
    for (size_t i = 0; i < n && status == CREASE_OK; i++) {
        const double *f = run->front.value + 6 * i;
        size[i] = -fabs(f[5] - f[4]) * (f[2] - f[0]);
    }
    if (status == CREASE_OK)
        gsl_sort_index(order, size, 1, n);
    for (int rises = 1; rises >= 0 && status == CREASE_OK; rises--) {
        pieces p = {run, {.columns = 4}};
        for (size_t i = 0; i < n && i < MOST_FRONTS; i++) {
            const double *f = run->front.value + 6 * order[i];
            if ((f[5] > f[4]) == rises)
                add_piece(&p, f[0], f[1], f[2], f[3]);
        }
        status = add_block(plot, "fronts", &p, error);
        free(p.rows.value);
    }
    free(size);
    free(order);
    return status;
}

static crease_status add_vehicles(const lwr_run *run, crease_plot *plot, crease_error *error) {
    pieces p = {run, {.columns = 4}};
    for (size_t i = 1; i < run->vehicle.count; i++) {
        const double *a = run->vehicle.value + 5 * (i - 1), *b = a + 5;
        if (a[0] == b[0])
            add_piece(&p, a[1], a[2], b[1], b[2]);
    }
    const crease_status status = add_block(plot, "vehicles", &p, error);
    free(p.rows.value);
    return status;
}

static crease_status add_density(const lwr_run *run, crease_plot *plot, crease_error *error) {
    const size_t rows = run->picture.count * LWR_PICTURE_CELLS;
    const double low = run->problem.low, width = (run->problem.high - low) / LWR_PICTURE_CELLS;
    double *memory = malloc((3 * rows + 1) * sizeof *memory);
    if (!memory || run->picture.full) {
        free(memory);
        return crease_fail(error, CREASE_NO_MEMORY, picture_memory);
    }
    for (size_t i = 0; i < rows; i++) {
        memory[i] = run->time * (double)(i / LWR_PICTURE_CELLS) / LWR_PICTURE_TIMES;
        memory[rows + i] = low + width * ((double)(i % LWR_PICTURE_CELLS) + .5);
        memory[2 * rows + i] = run->picture.value[i];
    }
    const double *const column[] = {memory, memory + rows, memory + 2 * rows};
    const crease_status status = crease_plot_add_data(plot, "density", rows, 3, column, error);
    free(memory);
    return status;
}

/* Those that stand, and the ways of those that move. */
static crease_status add_places(const lwr_run *run, crease_plot *plot, crease_error *error) {
    const bool ring = run->problem.domain == LWR_RING;
    const double length = run->problem.high - run->problem.low;
    pieces stand = {run, {.columns = 4}}, move = {run, {.columns = 4}};
    for (size_t i = 0; i < run->problem.place_count; i++) {
        const double *before = NULL;
        if (run->place[i].speed == 0)
            lwr_rows_add(&stand.rows, (double[]){0, run->place[i].x, run->time, 0});
        for (size_t k = 0; k < run->moved.count; k++) {
            const double *here = run->moved.value + 3 * k;
            if (here[0] != (double)i || isnan(here[2]))
                continue;
            if (before)
                add_piece(&move, before[1], before[2], here[1],
                          here[2] + (ring && here[2] < before[2] - .5 * length ? length : 0));
            before = here;
        }
    }
    crease_status status = add_block(plot, "places", &stand, error);
    if (status == CREASE_OK)
        status = add_block(plot, "moving", &move, error);
    free(stand.rows.value);
    free(move.rows.value);
    return status;
}

static crease_status set_variables(const lwr_run *run, crease_plot *plot, crease_error *error) {
    char title[160];
    double largest = run->flux->jam_density;
    if (isnan(largest)) {
        largest = 0;
        for (size_t i = 0; i < run->problem.count; i++)
            largest = fmax(largest, run->density[i]);
    }
    snprintf(title, sizeof title, "Density by %s, flux %.80s",
             run->godunov ? "Godunov's scheme, with the exact fronts" : "front tracking", run->flux_text);
    crease_status status = crease_plot_set_text(plot, "title_text", title, error);
    const struct {
        const char *name;
        double value;
    } number[] = {
        {"low", run->problem.low}, {"high", run->problem.high}, {"end_time", run->time}, {"jam", largest}};
    for (size_t i = 0; i < sizeof number / sizeof *number && status == CREASE_OK; i++)
        status = crease_plot_set_number(plot, number[i].name, number[i].value, error);
    return status;
}

int lwr_run_draw(lwr_run *run) {
    crease_plot *plot = NULL;
    crease_error error;
    crease_status status = crease_plot_new("traffic_lwr", &plot, &error);
    if (status == CREASE_OK)
        status = set_variables(run, plot, &error);
    if (status == CREASE_OK)
        status = add_density(run, plot, &error);
    if (status == CREASE_OK)
        status = add_fronts(run, plot, &error);
    if (status == CREASE_OK)
        status = add_vehicles(run, plot, &error);
    if (status == CREASE_OK)
        status = add_places(run, plot, &error);
    if (status != CREASE_OK) {
        crease_plot_free(plot);
        return crease_app_fail(&run->app, &error);
    }
    char what[200];
    snprintf(what, sizeof what,
             "density as colour over time and place; %zu fronts between constant densities, and vehicles "
             "that slow down "
             "where they meet them.",
             run->front.count);
    return crease_app_draw(&run->app, plot, run->app.plot, what);
}
