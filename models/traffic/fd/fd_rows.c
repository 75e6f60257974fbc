/* Rows of crease traffic fd: the columns asked for, and from them density and flow per lane.
 *
 * Density in veh/km from occupancy: 10 occ[%] / L[m]. Lengths: 1 mile = 1.609344 km. */
#include "crease/csv.h"
#include "traffic/fd/fd_program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int read_table(fd_run *run) {
    const char *column[2], *density = run->density ? run->density : run->occupancy;
    size_t count = 0;
    if (density)
        column[count++] = density;
    if (run->flow)
        column[count++] = run->flow;
    if (run->speed && count < 2)
        column[count++] = run->speed;
    const crease_csv_options csv = {.columns = column,
                                    .column_count = count,
                                    .skip_missing = run->skip_missing,
                                    .decimal = run->decimal,
                                    .where = run->where};
    crease_error error;
    if (crease_csv_load(run->path, &csv, &run->table, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    if (run->table->skipped > 0)
        crease_app_note(&run->app, "left out %zu rows with a missing cell", run->table->skipped);
    if (run->table->rows == 0 && run->where)
        return crease_app_fail_text(&run->app, CREASE_EXIT_DATA, "%s: no row is left with --where '%s'",
                                    run->table->source, run->where);
    if (run->table->rows == 0)
        return crease_app_fail_text(&run->app, CREASE_EXIT_DATA, "%s: no row of data", run->table->source);
    return 0;
}

/* Which length a column's name speaks of: density_veh_km, speed_mi_h, mph, Density (veh/mile). */
static fd_length unit_of_name(const char *name) {
    static const struct {
        const char *part;
        fd_length unit;
    } sign[] = {{"km", FD_KM},    {"kph", FD_KM},    {"mile", FD_MILE},
                {"mph", FD_MILE}, {"_mi_", FD_MILE}, {"/mi", FD_MILE}};
    for (size_t i = 0; i < sizeof sign / sizeof *sign; i++)
        if (strcasestr(name, sign[i].part))
            return sign[i].unit;
    const size_t length = strlen(name);
    return length > 3 && strcasecmp(name + length - 3, "_mi") == 0 ? FD_MILE : FD_UNKNOWN;
}

/* Settles the units of the file and of the report. Two columns that contradict each other, or a conversion
 * from nobody knows what, end the program. */
static void settle_units(fd_run *run) {
    if (run->file_units == FD_UNKNOWN) {
        const fd_length a = unit_of_name(run->table->name[0]), b = unit_of_name(run->table->name[1]);
        if (a != FD_UNKNOWN && b != FD_UNKNOWN && a != b)
            crease_app_usage_error(&run->app,
                                   "the columns %s and %s seem to have different lengths; say --file-units",
                                   run->table->name[0], run->table->name[1]);
        run->file_units = a != FD_UNKNOWN ? a : b;
    }
    if (run->file_units == FD_UNKNOWN && run->occupancy && !run->speed)
        run->file_units = FD_KM; /* the formula's */
    if (run->file_units == FD_UNKNOWN && (run->occupancy || run->units != FD_UNKNOWN))
        crease_app_usage_error(&run->app,
                               "the names of the columns do not say whether they count km or miles; add "
                               "--file-units km or --file-units mile");
    if (run->units == FD_UNKNOWN)
        run->units = run->file_units;
}

/* Density and flow of a row in the units of the file; false: it has no density. */
static bool density_and_flow(const fd_run *run, size_t i, double *density, double *flow) {
    const double a = run->table->column[0][i], b = run->table->column[1][i], lanes = (double)run->lanes;
    if (run->speed && !run->density && !run->occupancy) {
        *flow = a / lanes;
        *density = a / b / lanes;
        return b > 0.0;
    }
    *density = a / lanes;
    if (run->occupancy) { /* of one lane already */
        *density = 10.0 * a / run->effective_length;
        if (run->file_units == FD_MILE)
            *density *= (double)FD_MILE_M / 1e6;
    }
    *flow = run->speed ? *density * b : b / lanes;
    return true;
}

static void warn(const fd_run *run, size_t slow) {
    if (run->left_out > 0)
        crease_app_note(&run->app, "left out %zu rows without %s", run->left_out,
                        run->moving ? "flow" : "speed");
    if (run->speed && !run->density && !run->occupancy)
        crease_app_note(
            &run->app,
            "density is flow / speed, which explodes at small speeds (%zu rows have a speed below 5); "
            "a measured density is better",
            slow);
    if (run->occupancy)
        crease_app_note(
            &run->app,
            "density is 10 occupancy / %g m, the same effective length for all: with longer vehicles "
            "density comes out too high in proportion, and with it the jam density",
            run->effective_length);
}

static int check_row(const fd_run *run, size_t i, double density) {
    if (run->occupancy && !(run->table->column[0][i] >= 0.0 && run->table->column[0][i] <= 100.0))
        return crease_app_fail_text(
            &run->app, CREASE_EXIT_DATA,
            "%s: an occupancy of %g in row %zu of the rows used; occupancies are per cent, 0 to 100",
            run->table->source, run->table->column[0][i], i + 1);
    if (density < 0.0)
        return crease_app_fail_text(&run->app, CREASE_EXIT_DATA,
                                    "%s: a density of %g in row %zu of the rows used; densities must not be "
                                    "negative",
                                    run->table->source, density, i + 1);
    return 0;
}

/* Density and flow of each row from the two columns; rows that have no density are left out. */
static int derive(fd_run *run) {
    const size_t rows = run->table->rows;
    const double mile = (double)FD_MILE_M / 1e6;
    const double factor = run->units == run->file_units ? 1.0 : run->units == FD_KM ? 1.0 / mile : mile;
    size_t slow = 0;
    run->density_value = malloc(rows * sizeof *run->density_value);
    run->flow_value = malloc(rows * sizeof *run->flow_value);
    if (!run->density_value || !run->flow_value)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERNAL, "no memory for %zu rows", rows);
    for (size_t i = 0; i < rows; i++) {
        double density, flow;
        if (!density_and_flow(run, i, &density, &flow) || (run->moving && !(flow > 0.0))) {
            run->left_out++;
            continue;
        }
        slow += run->speed && run->table->column[1][i] < 5.0;
        const int code = check_row(run, i, density);
        if (code)
            return code;
        run->density_value[run->n] = factor * density;
        run->flow_value[run->n++] = flow;
    }
    warn(run, slow);
    return run->n > 0
               ? 0
               : crease_app_fail_text(&run->app, CREASE_EXIT_DATA, "%s: no row is left", run->table->source);
}

int traffic_fd_rows(fd_run *run) {
    const int code = read_table(run);
    if (code)
        return code;
    settle_units(run);
    return derive(run);
}

const char *traffic_fd_density_unit(const fd_run *run) {
    return run->units == FD_KM     ? "veh/km/lane"
           : run->units == FD_MILE ? "veh/mile/lane"
                                   : "vehicles per length of the file and lane";
}
