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

/* Pieces t, x, dt, dx of ways round the ring, in km, with the speed in km/h; a piece over the end is cut in two. */
enum { PIECE = 5 };
typedef struct piece_list {
    size_t count, room;
    double *memory, length; /* of the ring, m */
} piece_list;

static crease_status pieces_new(size_t ways, double length, piece_list *list, crease_error *error) {
    *list = (piece_list){.room = 2 * TIMES * ways, .length = length};
    list->memory = malloc(PIECE * list->room * sizeof *list->memory);
    return list->memory ? CREASE_OK : crease_fail(error, CREASE_NO_MEMORY, "no memory for a picture");
}

static void add_piece(piece_list *list, double t, double t_next, double x, double x_next, double speed) {
    const double from = x - list->length * floor(x / list->length), way = x_next - x;
    const double share = from + way > list->length && way > 0 ? (list->length - from) / way : 1;
    for (int part = 0; part < (share < 1 ? 2 : 1) && list->count < list->room; part++) {
        double *column = list->memory + list->count++;
        column[0] = part == 0 ? t : t + share * (t_next - t);
        column[list->room] = part == 0 ? from / 1000 : 0;
        column[2 * list->room] = (part == 0 ? share : 1 - share) * (t_next - t);
        column[3 * list->room] = (part == 0 ? share : 1 - share) * way / 1000;
        column[4 * list->room] = 3.6 * speed;
    }
}

static crease_status pieces_add(piece_list *list, crease_plot *plot, const char *name, crease_error *error) {
    const double *column[PIECE];
    for (size_t i = 0; i < PIECE; i++)
        column[i] = list->memory + i * list->room;
    const crease_status status = crease_plot_add_data(plot, name, list->count, PIECE, column, error);
    free(list->memory);
    return status;
}

static crease_status add_ways(ring_run *run, crease_plot *plot, crease_error *error) {
    const size_t n = run->problem.vehicles, stride = (n + MOST_WAYS - 1) / MOST_WAYS;
    const double shown = run->reached - run->from;
    double *x = malloc(4 * n * sizeof *x);
    piece_list list;
    if (!x || pieces_new(n / stride + 1, run->problem.length, &list, error) != CREASE_OK) {
        free(x);
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a picture");
    }
    double *now = x, *v = now + n, *next = v + n, *v_next = next + n;
    ring_motion_at(run->motion, run->from, now, v, NULL);
    for (size_t k = 0; k < TIMES; k++) {
        const double t = run->from + shown * (double)k / TIMES,
                     t_next = run->from + shown * (double)(k + 1) / TIMES;
        ring_motion_at(run->motion, t_next, next, v_next, NULL);
        for (size_t i = 0; i < n; i += stride)
            add_piece(&list, t, t_next, now[i], next[i], .5 * (v[i] + v_next[i]));
        double *swap = now;
        now = next;
        next = swap;
        swap = v;
        v = v_next;
        v_next = swap;
    }
    free(x);
    return pieces_add(&list, plot, "ways", error);
}

/* Paths in the LWR model, of about a dozen vehicles so that the ways stay to be seen. */
static crease_status add_paths(const ring_run *run, crease_plot *plot, crease_error *error) {
    enum { ABOUT = 12 };
    const ring_paths *paths = &run->paths;
    const size_t stride = paths->count > ABOUT ? paths->count / ABOUT : 1;
    const double shown = run->reached - run->from;
    piece_list list;
    crease_status status = pieces_new(paths->count / stride + 1, run->problem.length, &list, error);
    if (status != CREASE_OK)
        return status;
    for (size_t k = 0; k < TIMES; k++)
        for (size_t i = 0; i < paths->count; i += stride) {
            const double t = run->from + shown * (double)k / TIMES,
                         t_next = run->from + shown * (double)(k + 1) / TIMES;
            add_piece(&list, t, t_next, ring_paths_at(paths, i, t), ring_paths_at(paths, i, t_next), 0);
        }
    return pieces_add(&list, plot, "paths", error);
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
    static const char *const name[] = {"from",        "end_time",    "length", "free_speed", "mode",
                                       "collision_t", "collision_x", "kink_t", "paths"};
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
                            isnan(s->first_kink) ? -1 : s->first_kink,
                            (double)run->paths.count};
    const crease_status status = crease_plot_set_text(plot, "title_text", title, error);
    return status == CREASE_OK ? set_numbers(plot, 9, name, value, error) : status;
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
        status = add_paths(run, plot, &error);
    if (status == CREASE_OK)
        status = add_sizes(run, plot, &error);
    if (status != CREASE_OK) {
        crease_plot_free(plot);
        return crease_app_fail(&run->app, &error);
    }
    char what[260];
    snprintf(
        what, sizeof what,
        "ways of vehicles round the ring, coloured by speed%s; below, how far spacings are off even ones, "
        "and a mode of them beside linear theory, which holds until the first kink is met.",
        run->paths.count > 0 ? ", and in black those of some in the LWR model" : "");
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
