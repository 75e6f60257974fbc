/* The pictures of crease traffic ring: ways of vehicles with the amplitude of a mode below, and the stability map. */
#include "crease/plot.h"
#include "traffic/ring/ring_program.h"
#include <complex.h>
#include <math.h>
#include <stdlib.h>

enum { TIMES = 400, MOST_WAYS = 60 };

/* Root mean square size of a mode in the spacings: sqrt(2)/N |sum s_i e^{-iki}|, for k = pi without the sqrt(2). */
static double complex mode_of(const double *value, size_t n, size_t mode) {
    double complex sum = 0;
    for (size_t i = 0; i < n; i++) {
        const double turn = 2 * M_PI * (double)(mode * i % n) / (double)n;
        sum += value[i] * cexp(-I * turn);
    }
    return sum * (2 * mode == n ? 1 : sqrt(2)) / (double)n;
}

/* Pieces t, x, dt, dx of a way round the ring, in km, with the speed; a piece over the end is cut in two. */
static crease_status add_ways(ring_run *run, crease_plot *plot, crease_error *error) {
    const size_t n = run->problem.vehicles, stride = (n + MOST_WAYS - 1) / MOST_WAYS;
    const double length = run->problem.length, shown = run->reached - run->from;
    const size_t room = 2 * TIMES * (n / stride + 1);
    double *memory = malloc((5 * room + 4 * n) * sizeof *memory);
    if (!memory)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a picture");
    const double *const column[] = {memory, memory + room, memory + 2 * room, memory + 3 * room,
                                    memory + 4 * room};
    double *x = memory + 5 * room, *v = x + n, *x_next = v + n, *v_next = x_next + n;
    size_t rows = 0;
    ring_motion_at(run->motion, run->from, x, v, NULL);
    for (size_t k = 0; k < TIMES; k++) {
        const double t = run->from + shown * (double)k / TIMES,
                     t_next = run->from + shown * (double)(k + 1) / TIMES;
        ring_motion_at(run->motion, t_next, x_next, v_next, NULL);
        for (size_t i = 0; i < n; i += stride) {
            const double from = x[i] - length * floor(x[i] / length), way = x_next[i] - x[i];
            const double share = from + way > length && way > 0 ? (length - from) / way : 1;
            for (int part = 0; part < (share < 1 ? 2 : 1) && rows < room; part++, rows++) {
                memory[rows] = part == 0 ? t : t + share * (t_next - t);
                memory[room + rows] = part == 0 ? from / 1000 : 0;
                memory[2 * room + rows] = (part == 0 ? share : 1 - share) * (t_next - t);
                memory[3 * room + rows] = (part == 0 ? share : 1 - share) * way / 1000;
                memory[4 * room + rows] = 3.6 * .5 * (v[i] + v_next[i]);
            }
        }
        double *swap = x;
        x = x_next;
        x_next = swap;
        swap = v;
        v = v_next;
        v_next = swap;
    }
    const crease_status status = crease_plot_add_data(plot, "ways", rows, 5, column, error);
    free(memory);
    return status;
}

/* t, size of the mode simulated, by linear theory, and root mean square of all spacings less the uniform one. */
static crease_status add_sizes(ring_run *run, crease_plot *plot, crease_error *error) {
    const size_t n = run->problem.vehicles, mode = run->shown_mode, rows = TIMES + 1;
    double *memory = malloc((4 * rows + 2 * n) * sizeof *memory);
    if (!memory)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a picture");
    const double *const column[] = {memory, memory + rows, memory + 2 * rows, memory + 3 * rows};
    double *v = memory + 4 * rows, *s = v + n;
    ring_motion_at(run->motion, 0, NULL, v, s);
    /* s = a e^{l t} + b e^{m t}; s' at first is v_{i+1} - v_i */
    const double k = 2 * M_PI * (double)mode / (double)n;
    const double complex start = mode_of(s, n, mode), rate = (cexp(I * k) - 1) * mode_of(v, n, mode),
                         l = run->root[0].growth + I * run->root[0].frequency,
                         m = run->root[1].growth + I * run->root[1].frequency;
    const bool two = run->problem.law.order == 2 && cabs(l - m) > 1e-6 * cabs(l);
    const double complex b = two ? (rate - l * start) / (m - l) : 0, a = start - b;
    for (size_t r = 0; r < rows; r++) {
        const double t = run->reached * (double)r / TIMES;
        double sum = 0;
        ring_motion_at(run->motion, t, NULL, NULL, s);
        for (size_t i = 0; i < n; i++)
            sum += (s[i] - run->uniform) * (s[i] - run->uniform);
        const double size = cabs(mode_of(s, n, mode)),
                     theory = cabs(a * cexp(l * t) + (two ? b * cexp(m * t) : 0));
        const double seen = 1e-12 * run->uniform, all = sqrt(sum / (double)n);
        memory[r] = t;
        memory[rows + r] = size > seen ? size : NAN;
        memory[2 * rows + r] = theory > seen && theory < 3 * run->uniform ? theory : NAN;
        memory[3 * rows + r] = all > seen ? all : NAN;
    }
    const crease_status status = crease_plot_add_data(plot, "sizes", rows, 4, column, error);
    free(memory);
    return status;
}

static crease_status set_numbers(crease_plot *plot, size_t count, const char *const *name,
                                 const double *value, crease_error *error) {
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < count && status == CREASE_OK; i++)
        status = crease_plot_set_number(plot, name[i], value[i], error);
    return status;
}

static crease_status describe(const ring_run *run, crease_plot *plot, crease_error *error) {
    static const char *const name[] = {"from", "end_time",    "length",      "free_speed",
                                       "mode", "collision_t", "collision_x", "kink_t"};
    const ring_summary *s = &run->summary;
    char title[160], rest[40] = "";
    if (run->problem.law.order == 2)
        snprintf(rest, sizeof rest, ", τ = %.4g s", run->problem.law.tau);
    snprintf(title, sizeof title, "%zu vehicles, %.4g m each, order %d%s", run->problem.vehicles,
             run->uniform, run->problem.law.order, rest);
    double x = NAN, *place = malloc(run->problem.vehicles * sizeof *place);
    if (place && s->collisions > 0) {
        ring_motion_at(run->motion, s->first_collision, place, NULL, NULL);
        x = place[s->first_collided] / 1000;
        x -= run->problem.length / 1000 * floor(x / (run->problem.length / 1000));
    }
    free(place);
    const double value[] = {run->from,
                            run->reached,
                            run->problem.length / 1000,
                            3.6 * run->problem.law.speed,
                            (double)run->shown_mode,
                            isnan(x) ? -1 : s->first_collision,
                            isnan(x) ? -1 : x,
                            isnan(s->first_kink) ? -1 : s->first_kink};
    const crease_status status = crease_plot_set_text(plot, "title_text", title, error);
    return status == CREASE_OK ? set_numbers(plot, 8, name, value, error) : status;
}

int ring_run_draw(ring_run *run) {
    crease_plot *plot = NULL;
    crease_error error;
    crease_status status = crease_plot_new("traffic_ring", &plot, &error);
    if (status == CREASE_OK)
        status = describe(run, plot, &error);
    if (status == CREASE_OK)
        status = add_ways(run, plot, &error);
    if (status == CREASE_OK)
        status = add_sizes(run, plot, &error);
    if (status != CREASE_OK) {
        crease_plot_free(plot);
        return crease_app_fail(&run->app, &error);
    }
    char what[200];
    snprintf(what, sizeof what,
             "ways of vehicles round the ring, coloured by speed; below, how far spacings are off even ones, "
             "and a mode of "
             "them beside linear theory, which holds until the first kink is met.");
    return crease_app_draw(&run->app, plot, run->app.plot, what);
}

/* ---- the map ---- */

static crease_status fill_map(const ring_run *run, crease_plot *plot, crease_table **table,
                              crease_error *error) {
    static const char *const name[] = {"low",      "high",          "tau_low", "tau_high",
                                       "gap_time", "here_vehicles", "here_tau"};
    const ring_map *map = &run->map;
    const double value[] = {(double)map->low,    (double)map->high,         map->tau_low,
                            map->tau_high,       run->problem.law.gap_time, (double)run->problem.vehicles,
                            run->problem.law.tau};
    crease_status status = ring_map_table(run, table, error);
    if (status == CREASE_OK)
        status = set_numbers(plot, 7, name, value, error);
    if (status == CREASE_OK)
        status = crease_plot_add_data(plot, "map", (*table)->rows, 3, (const double *const *)(*table)->column,
                                      error);
    return status;
}

int ring_run_draw_map(ring_run *run) {
    crease_plot *plot = NULL;
    crease_table *table = NULL;
    crease_error error;
    crease_status status = crease_plot_new("traffic_ring_map", &plot, &error);
    if (status == CREASE_OK)
        status = fill_map(run, plot, &table, &error);
    crease_table_free(table);
    if (status != CREASE_OK) {
        crease_plot_free(plot);
        return crease_app_fail(&run->app, &error);
    }
    return crease_app_draw(
        &run->app, plot, run->map_path,
        "growth rate of the fastest mode as colour over vehicles and tau: above the line waves "
        "grow to stop and go.");
}
