/* The CSV files of crease traffic ring: ways of vehicles, and the stability map. */
#include "traffic/ring/ring_program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 20000000 };

static crease_status name_columns(crease_table *table, const char *const *name, crease_error *error) {
    crease_status status = CREASE_OK;
    for (size_t j = 0; j < table->columns && status == CREASE_OK; j++)
        status = crease_table_set_name(table, j, name[j], error);
    return status;
}

static crease_status ways_table(ring_run *run, crease_table **table, crease_error *error) {
    static const char *const name[] = {"t_s", "vehicle", "x_m", "speed_km_h", "spacing_m"};
    const size_t n = run->problem.vehicles;
    const double wanted = floor(run->reached / run->every * (1 + 1e-12)) + 1;
    if (!(wanted * (double)n <= MOST_ROWS))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "a row for each of %zu vehicles every %g s makes more than %d rows; raise --every",
                           n, run->every, MOST_ROWS);
    const size_t times = (size_t)wanted;
    double *x = malloc(3 * n * sizeof *x);
    crease_status status = x ? crease_table_new(table, n * times, 5, error)
                             : crease_fail(error, CREASE_NO_MEMORY, "no memory for the ways of vehicles");
    if (status == CREASE_OK)
        status = name_columns(*table, name, error);
    for (size_t k = 0; k < times && status == CREASE_OK; k++) {
        const double t = fmin(run->every * (double)k, run->reached);
        ring_motion_at(run->motion, t, x, x + n, x + 2 * n);
        for (size_t i = 0; i < n; i++) {
            double **column = (*table)->column;
            const size_t r = k * n + i;
            column[0][r] = t;
            column[1][r] = (double)i + 1;
            column[2][r] = x[i];
            column[3][r] = 3.6 * x[n + i];
            column[4][r] = x[2 * n + i];
        }
    }
    free(x);
    return status;
}

crease_status ring_map_table(const ring_run *run, crease_table **table, crease_error *error) {
    static const char *const name[] = {"vehicles",     "tau_s",          "growth_rate_1_s",
                                       "fastest_mode", "critical_tau_s", "stable"};
    const ring_map *map = &run->map;
    const size_t counts = map->high - map->low + 1;
    follow_law law = run->problem.law;
    crease_status status = crease_table_new(table, counts * map->taus, 6, error);
    if (status == CREASE_OK)
        status = name_columns(*table, name, error);
    for (size_t r = 0; status == CREASE_OK && r < counts * map->taus; r++) {
        double **column = (*table)->column;
        const size_t n = map->low + r / map->taus, k = r % map->taus;
        law.tau = map->tau_low + (map->tau_high - map->tau_low) * (double)k / (double)(map->taus - 1);
        const follow_stability s = follow_stability_of(&law, 1 / law.gap_time, n);
        column[0][r] = (double)n;
        column[1][r] = law.tau;
        column[2][r] = s.growth;
        column[3][r] = (double)s.fastest_mode;
        column[4][r] = isfinite(s.critical_tau) ? s.critical_tau : NAN;
        column[5][r] = s.stable;
    }
    return status;
}

bool ring_map_is_table(const ring_run *run) {
    const char *path = run->map_path, *ending = strrchr(path, '.');
    return strcmp(path, "-") == 0 || (ending && strcmp(ending, ".csv") == 0);
}

int ring_run_write(ring_run *run) {
    crease_table *ways = NULL, *map = NULL;
    crease_error error;
    crease_status status = CREASE_OK;
    if (run->output) {
        status = ways_table(run, &ways, &error);
        if (status == CREASE_OK)
            status = crease_csv_save(run->output, ways, &error);
    }
    if (status == CREASE_OK && run->map_path && ring_map_is_table(run)) {
        status = ring_map_table(run, &map, &error);
        if (status == CREASE_OK)
            status = crease_csv_save_gaps(run->map_path, map, &error);
    }
    crease_table_free(ways);
    crease_table_free(map);
    return status == CREASE_OK ? 0 : crease_app_fail(&run->app, &error);
}
