/* What crease traffic lwr says and writes. */
#include "traffic/lwr/lwr_program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char no_bound[] = "the bound is for a ring or a line without lights, bottlenecks and ends";

static const char no_critical[] = "the flow rises for ever, so there is no critical density";

static const char interrupted[] = "it was interrupted";

static bool watched(const lwr_run *run, size_t i) {
    return run->place[i].speed == 0;
}

/* When the last queue at a place that stands had gone; NaN with a reason. */
static double queue_cleared(const lwr_run *run, const lwr_solution *solution, const char **why) {
    double last = NAN;
    size_t places = 0, queued = 0;
    for (size_t i = 0; i < run->problem.place_count; i++) {
        const lwr_place_state p = lwr_solution_place(solution, i);
        if (!watched(run, i))
            continue;
        places++;
        queued += p.queued;
        last = fmax(last, p.last_cleared);
    }
    const double critical = (solution == run->other ? run->against : run->flux)->critical_density;
    const bool cut = lwr_solution_time(solution) < run->reached;
    *why = places == 0       ? "no place is watched; --count-at X watches one"
           : isnan(critical) ? no_critical
           : cut             ? interrupted
           : queued > 0      ? "a queue stands at the end"
                             : "no queue stood at any place";
    return queued > 0 || cut ? NAN : last;
}

static const char *why_congested(const lwr_run *run) {
    return isnan(run->flux->critical_density) ? no_critical
                                              : "there is a density above the critical one at the end";
}

static double mass_error(const lwr_run *run) {
    return lwr_profile_mass(&run->after) - lwr_profile_mass(&run->before) - run->counts.net_inflow;
}

/* ---- JSON ---- */

static json_t *flux_json(const lwr_flux *flux, const char *text) {
    json_t *object = json_object();
    crease_json_set_text(object, "text", text);
    crease_json_set_count(object, "knots", flux->pwl->knot_count);
    json_object_set_new(object, "concave", json_boolean(flux->concave));
    crease_json_set_number(object, "capacity_veh_h", flux->capacity, flux->why_unphysical);
    crease_json_set_number(object, "critical_density_veh_km", flux->critical_density, flux->why_unphysical);
    crease_json_set_number(object, "jam_density_veh_km", flux->jam_density, flux->why_unphysical);
    return object;
}

static json_t *place_json(const lwr_run *run, size_t i) {
    const lwr_place_state p = lwr_solution_place(run->solution, i);
    json_t *object = json_object();
    const char *why = "no queue has gone";
    crease_json_set_text(object, "kind", run->chosen[i].kind);
    crease_json_set_number(object, "x_km", p.x, "it has left the road");
    crease_json_set_number(object, "count_veh", p.count, NULL);
    crease_json_set_number(object, "flow_veh_h", p.flow, NULL);
    if (watched(run, i)) {
        json_object_set_new(object, "queued", json_boolean(p.queued));
        crease_json_set_count(object, "queues_cleared", p.cleared);
        crease_json_set_number(object, "first_cleared_h", p.first_cleared, why);
        crease_json_set_number(object, "last_cleared_h", p.last_cleared, why);
        crease_json_set_number(object, "queue_h", p.queue_hours, NULL);
    }
    return object;
}

static void add_scheme(const lwr_run *run, json_t *object) {
    json_t *scheme = json_object();
    const char *why = interrupted;
    crease_json_set_text(scheme, "stepper", run->scheme.stepper ? run->scheme.stepper : "euler");
    crease_json_set_count(scheme, "cells", run->cells);
    crease_json_set_number(scheme, "time_h", run->scheme_result.time, NULL);
    crease_json_set_count(scheme, "steps", run->scheme_result.steps);
    crease_json_set_count(scheme, "rhs_calls", run->scheme_result.calls);
    crease_json_set_number(scheme, "l1_error_veh", run->scheme_error, why);
    crease_json_set_number(scheme, "l1_error_of_averages_veh", run->scheme_cell_error, why);
    crease_json_set_number(scheme, "net_inflow_veh", run->scheme_result.net_inflow, NULL);
    crease_json_set_number(scheme, "seconds", run->scheme_seconds, NULL);
    json_object_set_new(object, "godunov", scheme);
}

static void add_against(const lwr_run *run, json_t *object) {
    json_t *against = flux_json(run->against, run->against_text);
    crease_json_set_number(against, "largest_speed_difference_km_h", run->other_slope, NULL);
    crease_json_set_number(against, "l1_distance_veh", run->other_distance, interrupted);
    crease_json_set_number(against, "l1_bound_veh", run->other_bound, no_bound);
    const char *why;
    const double cleared = queue_cleared(run, run->other, &why);
    crease_json_set_number(against, "queue_cleared_h", cleared, why);
    json_object_set_new(object, "against", against);
}

static int print_json(const lwr_run *run) {
    const lwr_counts *c = &run->counts;
    const bool ring = run->problem.domain == LWR_RING;
    static const char *const domain[] = {"line", "ring", "road"};
    const char *why;
    json_t *object = crease_json_begin("traffic-lwr"), *places = json_array();
    const double cleared = queue_cleared(run, run->solution, &why);
    crease_json_set_text(object, "method", run->godunov ? "godunov" : "fronts");
    crease_json_set_text(object, "domain", domain[run->problem.domain]);
    json_object_set_new(object, "flux", flux_json(run->flux, run->flux_text));
    crease_json_set_number(object, "low_km", run->problem.low, NULL);
    crease_json_set_number(object, "high_km", run->problem.high, NULL);
    crease_json_set_number(object, "time_h", run->reached, NULL);
    crease_json_set_count(object, "fronts", c->fronts);
    crease_json_set_count(object, "fronts_initial", c->fronts_initial);
    crease_json_set_count(object, "fronts_most", c->fronts_most);
    crease_json_set_count(object, "collisions", c->collisions);
    crease_json_set_count(object, "collisions_with_places", c->encounters);
    crease_json_set_count(object, "changes_of_vehicles", c->crossings);
    crease_json_set_number(object, "mass_initial_veh", lwr_profile_mass(&run->before), NULL);
    crease_json_set_number(object, "mass_final_veh", lwr_profile_mass(&run->after), NULL);
    crease_json_set_number(object, "net_inflow_veh", c->net_inflow, NULL);
    crease_json_set_number(object, "mass_error_veh", mass_error(run), NULL);
    crease_json_set_number(object, "waiting_veh", c->waiting, NULL);
    crease_json_set_number(object, "total_variation_initial", lwr_profile_variation(&run->before, ring),
                           NULL);
    crease_json_set_number(object, "total_variation", lwr_profile_variation(&run->after, ring), NULL);
    crease_json_set_number(object, "queue_cleared_h", cleared, why);
    crease_json_set_number(object, "congestion_ended_h", c->last_congested, why_congested(run));
    for (size_t i = 0; i < run->problem.place_count; i++)
        json_array_append_new(places, place_json(run, i));
    json_object_set_new(object, "places", places);
    if (run->godunov)
        add_scheme(run, object);
    if (run->against)
        add_against(run, object);
    crease_json_set_number(object, "seconds", run->seconds, NULL);
    crease_json_set_count(object, "seed", run->app.seed);
    return crease_json_finish(&run->app, object);
}

/* ---- text ---- */

static void row(crease_report *report, const char *name, double value, int digits, const char *unit) {
    crease_report_text(report, "%s", name);
    crease_report_number(report, value, digits);
    crease_report_text(report, "%s", unit);
}

static void scheme_rows(const lwr_run *run, crease_report *report) {
    row(report, "Godunov: L1 error", run->scheme_error, 6, "veh");
    row(report, "  of the averages", run->scheme_cell_error, 6, "veh");
    row(report, "  steps", (double)run->scheme_result.steps, 10,
        run->scheme.stepper ? run->scheme.stepper : "euler");
    row(report, "  seconds", run->scheme_seconds, 3, "s");
}

static void print_places(const lwr_run *run) {
    crease_report *report = crease_report_new(
        6, (const char *const[]){"place", "x km", "passed veh", "flow veh/h", "queue h", "queue gone at h"});
    for (size_t i = 0; i < run->problem.place_count; i++) {
        const lwr_place_state p = lwr_solution_place(run->solution, i);
        crease_report_text(report, "%s", run->chosen[i].kind);
        crease_report_number(report, p.x, 6);
        crease_report_number(report, p.count, 8);
        crease_report_number(report, p.flow, 6);
        crease_report_number(report, watched(run, i) ? p.queue_hours : NAN, 6);
        if (p.queued)
            crease_report_text(report, "stands");
        else
            crease_report_number(report, p.last_cleared, 8);
    }
    puts("");
    crease_report_print(report, stdout);
    crease_report_free(report);
}

static int print_text(const lwr_run *run) {
    const lwr_counts *c = &run->counts;
    const bool ring = run->problem.domain == LWR_RING;
    const char *why;
    crease_report *report = crease_report_new(3, (const char *const[]){"quantity", "value", "unit"});
    printf("%s from %g to %g km, %zu initial densities, %g h\n\n",
           ring                              ? "ring"
           : run->problem.domain == LWR_ROAD ? "road with ends"
                                             : "line",
           run->problem.low, run->problem.high, run->problem.count, run->reached);
    row(report, "vehicles at first", lwr_profile_mass(&run->before), 12, "veh");
    row(report, "vehicles at the end", lwr_profile_mass(&run->after), 12, "veh");
    row(report, "net inflow", c->net_inflow, 12, "veh");
    row(report, "mass error", mass_error(run), 3, "veh");
    if (c->waiting > 0)
        row(report, "waiting outside", c->waiting, 8, "veh");
    crease_report_text(report, "fronts, first / most / end");
    crease_report_text(report, "%zu / %zu / %zu", c->fronts_initial, c->fronts_most, c->fronts);
    crease_report_text(report, "%s", "");
    row(report, "collisions", (double)c->collisions, 10, "");
    crease_report_text(report, "total variation, first / end");
    crease_report_text(report, "%.8g / %.8g", lwr_profile_variation(&run->before, ring),
                       lwr_profile_variation(&run->after, ring));
    crease_report_text(report, "veh/km");
    row(report, "queue cleared at", queue_cleared(run, run->solution, &why), 8,
        isnan(queue_cleared(run, run->solution, &why)) ? why : "h");
    row(report, "congestion ended at", c->last_congested, 8,
        isnan(c->last_congested) ? why_congested(run) : "h");
    row(report, "exact solution in", run->seconds, 3, "s");
    if (run->godunov)
        scheme_rows(run, report);
    if (run->against) {
        row(report, "L1 distance to the other flux", run->other_distance, 8,
            isnan(run->other_distance) ? interrupted : "veh");
        row(report, "  it cannot exceed", run->other_bound, 8,
            isnan(run->other_bound) ? no_bound : "veh: time x variation x largest difference of wave speeds");
        row(report, "  there, queue cleared at", queue_cleared(run, run->other, &why), 8,
            isnan(queue_cleared(run, run->other, &why)) ? why : "h");
        row(report, "  wave speeds differ by up to", run->other_slope, 8, "km/h");
    }
    crease_report_print(report, stdout);
    crease_report_free(report);
    if (run->problem.place_count > 0)
        print_places(run);
    return crease_app_end(&run->app);
}

/* ---- files ---- */

static crease_status write_cells(const lwr_run *run, crease_error *error) {
    static const char *const name[] = {"x_lo_km", "x_hi_km", "density_veh_km"};
    lwr_rows rows = {.columns = 3};
    const double low = run->problem.low, width = (run->problem.high - low) / (double)run->cells;
    for (size_t i = 0; i < run->cells; i++)
        lwr_rows_add(&rows,
                     (double[]){low + width * (double)i,
                                i + 1 == run->cells ? run->problem.high : low + width * (double)(i + 1),
                                run->average[i]});
    const crease_status status = rows.full ? crease_fail(error, CREASE_NO_MEMORY, "no memory for the output")
                                           : lwr_rows_save(&rows, name, run->output, error);
    free(rows.value);
    return status;
}

/* On a ring the tracker takes whole rounds off positions; here a vehicle's distance goes on. */
static void unroll(lwr_run *run) {
    const double length = run->problem.high - run->problem.low;
    const size_t n = run->vehicle.count;
    double largest = -1;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, run->vehicle.value[i * 5]);
    const size_t vehicles = (size_t)(largest + 1);
    double(*last)[3] = calloc(vehicles + 1, sizeof *last); /* t, x, speed */
    for (size_t i = 0; i < n && last; i++) {
        double *r = run->vehicle.value + i * 5, *before = last[(size_t)r[0]];
        if (r[1] > 0)
            r[2] += length * round((before[1] + before[2] * (r[1] - before[0]) - r[2]) / length);
        before[0] = r[1];
        before[1] = r[2];
        before[2] = r[3];
    }
    free(last);
}

/* Rows of one vehicle, or place, together, in time: sorted by the key, stable. */
static bool group(lwr_rows *rows, size_t key) {
    size_t *start, groups = 0;
    double *sorted = malloc((rows->count + 1) * rows->columns * sizeof *sorted);
    for (size_t i = 0; i < rows->count; i++)
        groups = (size_t)fmax((double)groups, rows->value[i * rows->columns + key] + 1);
    start = calloc(groups + 1, sizeof *start);
    if (!sorted || !start) {
        free(sorted);
        free(start);
        return false;
    }
    for (size_t i = 0; i < rows->count; i++)
        start[(size_t)rows->value[i * rows->columns + key] + 1]++;
    for (size_t g = 0; g < groups; g++)
        start[g + 1] += start[g];
    for (size_t i = 0; i < rows->count; i++) {
        const double *row = rows->value + i * rows->columns;
        memcpy(sorted + start[(size_t)row[key]]++ * rows->columns, row, rows->columns * sizeof *row);
    }
    free(start);
    free(rows->value);
    rows->value = sorted;
    rows->room = rows->count + 1;
    return true;
}

static crease_status write_flows(lwr_run *run, crease_error *error) {
    static const char *const name[] = {"x_km", "t_h", "count_veh", "flow_veh_h"};
    lwr_rows four = {.columns = 4};
    for (size_t i = 0; i < run->flow.count; i++)
        lwr_rows_add(&four, run->flow.value + 5 * i);
    const crease_status status = four.full ? crease_fail(error, CREASE_NO_MEMORY, "no memory for the counts")
                                           : lwr_rows_save(&four, name, run->counts_path, error);
    free(four.value);
    return status;
}

static crease_status write_files(lwr_run *run, crease_error *error) {
    static const char *const vehicle[] = {"vehicle", "t_h", "x_km", "speed_km_h", "density_veh_km"};
    crease_status status = CREASE_OK;
    if (run->problem.domain == LWR_RING)
        unroll(run);
    if (!group(&run->vehicle, 0) || !group(&run->flow, 4))
        return crease_fail(error, CREASE_NO_MEMORY, "no memory to write the ways of vehicles");
    if (run->vehicle.full || run->flow.full)
        return crease_fail(error, CREASE_NO_MEMORY,
                           "too many rows of vehicles or counts; follow fewer vehicles with --every");
    if (run->output)
        status = write_cells(run, error);
    if (status == CREASE_OK && run->vehicles_path)
        status = lwr_rows_save(&run->vehicle, vehicle, run->vehicles_path, error);
    if (status == CREASE_OK && run->counts_path)
        status = write_flows(run, error);
    return status;
}

int lwr_run_deliver(lwr_run *run) {
    crease_error error;
    if (write_files(run, &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    int code = run->app.plot ? lwr_run_draw(run) : 0;
    const bool silent = crease_app_is_standard_output(run->output) ||
                        crease_app_is_standard_output(run->vehicles_path) ||
                        crease_app_is_standard_output(run->counts_path);
    if (code == 0)
        code = run->app.json ? print_json(run) : silent ? crease_app_end(&run->app) : print_text(run);
    if (crease_app_interrupted(NULL) && code == 0) {
        crease_app_note(&run->app, "interrupted at %g h of traffic; the results are of that time",
                        run->reached);
        code = CREASE_EXIT_INTERRUPTED;
    }
    return code;
}
