/* What crease traffic ring says. */
#include "traffic/ring/ring_program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double KM_H = 3.6;

static const char *branch(const ring_run *run) {
    if (run->slope > 0)
        return "congested";
    return run->uniform < run->problem.law.standstill ? "jammed" : "free";
}

static const char *why_no_tau(const ring_run *run) {
    return run->problem.law.order == 1 ? "order 1 has no tau and is always stable"
           : run->slope > 0            ? "fewer than 3 vehicles are stable for any tau"
                            : "V does not depend on the spacing here, so nothing grows for any tau";
}

static const char *why_unmeasured(const ring_run *run) {
    return run->unmeasured.message[0] ? run->unmeasured.message : "the wave met a kink while it was measured";
}

static double or_none(double value) {
    return isfinite(value) ? value : NAN;
}

/* Order of convergence from one refinement to the next: 1/2 expected. */
static double order_of(const ring_run *run, double coarse, double fine) {
    const size_t n = run->refinement_count;
    return n < 2 ? NAN
                 : log(coarse / fine) / log((double)run->refinement[n - 1] / (double)run->refinement[n - 2]);
}

static double lwr_order(const ring_run *run) {
    const ring_distance *last = run->distance + run->refinement_count;
    return run->refinement_count < 2 ? NAN : order_of(run, last[-2].density, last[-1].density);
}

static double path_order(const ring_run *run) {
    const ring_distance *last = run->distance + run->refinement_count;
    return run->refinement_count < 2 ? NAN : order_of(run, last[-2].path, last[-1].path);
}

static const char why_no_paths[] = "vehicles stand closer than in a jam, which the LWR model does not know";

/* ---- JSON ---- */

static void add_setting(const ring_run *run, json_t *o) {
    const follow_law *law = &run->problem.law;
    crease_json_set_count(o, "order", (size_t)law->order);
    crease_json_set_count(o, "vehicles", run->problem.vehicles);
    crease_json_set_number(o, "length_km", run->problem.length / 1000, NULL);
    crease_json_set_number(o, "spacing_m", run->uniform, NULL);
    crease_json_set_number(o, "density_veh_km", 1000 / run->uniform, NULL);
    crease_json_set_number(o, "gap_time_s", law->gap_time, NULL);
    crease_json_set_number(o, "standstill_m", law->standstill, NULL);
    crease_json_set_number(o, "free_speed_km_h", KM_H * law->speed, NULL);
    crease_json_set_number(o, "tau_s", law->order == 2 ? law->tau : NAN, "order 1 has no tau");
    crease_json_set_number(o, "vehicle_length_m", run->problem.vehicle, NULL);
    crease_json_set_number(o, "jam_density_veh_km", 1000 / law->standstill, NULL);
    crease_json_set_number(o, "wave_speed_km_h", KM_H * law->standstill / law->gap_time, NULL);
    crease_json_set_text(o, "branch", branch(run));
    crease_json_set_number(o, "uniform_speed_km_h", KM_H * follow_speed(law, run->uniform), NULL);
    crease_json_set_number(o, "uniform_flow_veh_h", 3600 * follow_flow(law, 1 / run->uniform), NULL);
}

static void add_theory(const ring_run *run, json_t *o) {
    const follow_stability *s = &run->stability;
    const char *why = "one vehicle has no modes";
    const bool modes = run->shown_mode > 0;
    json_t *list = json_array();
    crease_json_set_number(o, "critical_tau_s", or_none(s->critical_tau), why_no_tau(run));
    json_object_set_new(o, "stable", json_boolean(s->stable));
    crease_json_set_count(o, "mode", run->shown_mode);
    crease_json_set_number(o, "growth_rate_1_s", modes ? run->root[0].growth : NAN, why);
    crease_json_set_number(o, "frequency_rad_s", modes ? run->root[0].frequency : NAN, why);
    crease_json_set_number(o, "measured_growth_rate_1_s", run->measured[0].growth, why_unmeasured(run));
    crease_json_set_count(o, "fastest_mode", s->fastest_mode);
    crease_json_set_number(o, "fastest_growth_rate_1_s", modes ? s->growth : NAN, why);
    for (size_t mode = 1; mode <= run->problem.vehicles / 2; mode++) {
        follow_root root[2];
        json_t *one = json_object();
        follow_roots(&run->problem.law, run->slope, run->problem.vehicles, mode, root);
        crease_json_set_count(one, "mode", mode);
        crease_json_set_number(one, "growth_rate_1_s", root[0].growth, NULL);
        crease_json_set_number(one, "frequency_rad_s", root[0].frequency, NULL);
        json_array_append_new(list, one);
    }
    json_object_set_new(o, "modes", list);
}

static void add_motion(const ring_run *run, json_t *o) {
    const ring_summary *s = &run->summary;
    crease_json_set_number(o, "time_s", run->reached, NULL);
    json_object_set_new(o, "ended_by_collision", json_boolean(run->collided));
    crease_json_set_count(o, "kinks", s->kinks);
    crease_json_set_number(o, "first_kink_s", s->first_kink, "no kink was met");
    crease_json_set_count(o, "collisions", s->collisions);
    crease_json_set_number(o, "first_collision_s", s->first_collision, "there was no collision");
    crease_json_set_number(o, "first_collided_vehicle",
                           s->collisions > 0 ? (double)s->first_collided + 1 : NAN, "there was no collision");
    crease_json_set_number(o, "least_spacing_m", s->least_spacing, NULL);
    crease_json_set_number(o, "least_spacing_time_s", s->least_time, NULL);
    crease_json_set_count(o, "least_spacing_vehicle", s->least_vehicle + 1);
    crease_json_set_number(o, "mean_speed_km_h", KM_H * s->mean_speed, "no time went by");
    crease_json_set_number(o, "flow_veh_h", 3600 * s->mean_speed / run->uniform, "no time went by");
    crease_json_set_number(o, "spacing_rms_start_m", run->spread[0], NULL);
    crease_json_set_number(o, "spacing_rms_end_m", run->spread[1], NULL);
    crease_json_set_count(o, "steps", s->steps);
    crease_json_set_count(o, "rhs_calls", s->calls);
}

static void add_lwr(const ring_run *run, json_t *o) {
    static const char few[] = "it takes two refinements that differ from LWR; raise --lwr";
    json_t *lwr = json_object(), *list = json_array();
    for (size_t k = 0; k < run->refinement_count; k++) {
        json_t *one = json_object();
        crease_json_set_count(one, "vehicles_each", run->refinement[k]);
        crease_json_set_number(one, "l1_distance_veh", run->distance[k].density, NULL);
        crease_json_set_number(one, "path_distance_m", run->distance[k].path, why_no_paths);
        json_array_append_new(list, one);
    }
    crease_json_set_number(lwr, "time_s", run->lwr_time, NULL);
    json_object_set_new(lwr, "rows", list);
    crease_json_set_number(lwr, "order", lwr_order(run), few);
    crease_json_set_number(lwr, "path_order", path_order(run), run->paths.count == 0 ? why_no_paths : few);
    crease_json_set_count(lwr, "paths", run->paths.count);
    json_object_set_new(o, "lwr", lwr);
}

static void add_map(const ring_run *run, json_t *o) {
    json_t *map = json_object();
    crease_json_set_text(map, "file", run->map_path);
    crease_json_set_count(map, "vehicles_low", run->map.low);
    crease_json_set_count(map, "vehicles_high", run->map.high);
    crease_json_set_number(map, "tau_low_s", run->map.tau_low, NULL);
    crease_json_set_number(map, "tau_high_s", run->map.tau_high, NULL);
    json_object_set_new(o, "map", map);
}

static int print_json(const ring_run *run) {
    json_t *o = crease_json_begin("traffic-ring");
    add_setting(run, o);
    add_theory(run, o);
    add_motion(run, o);
    if (run->refine > 0)
        add_lwr(run, o);
    if (run->map_path)
        add_map(run, o);
    crease_json_set_count(o, "seed", run->app.seed);
    return crease_json_finish(&run->app, o);
}

/* ---- text ---- */

static void row(crease_report *report, const char *name, double value, int digits, const char *unit) {
    crease_report_text(report, "%s", name);
    crease_report_number(report, value, digits);
    crease_report_text(report, "%s", unit);
}

static void theory_rows(const ring_run *run, crease_report *report) {
    const follow_stability *s = &run->stability;
    const double critical = or_none(s->critical_tau);
    char name[60];
    row(report, "critical tau", critical, 8, isnan(critical) ? why_no_tau(run) : "s");
    if (run->shown_mode > 0) {
        snprintf(name, sizeof name, "growth rate of mode %zu", run->shown_mode);
        row(report, name, run->root[0].growth, 8, "1/s");
        row(report, "  measured", run->measured[0].growth, 8,
            isnan(run->measured[0].growth) ? why_unmeasured(run) : "1/s");
        if (run->mode > 0) {
            snprintf(name, sizeof name, "  of the fastest, mode %zu", s->fastest_mode);
            row(report, name, s->growth, 8, "1/s");
        }
    }
}

static void motion_rows(const ring_run *run, crease_report *report) {
    const ring_summary *s = &run->summary;
    char unit[60];
    row(report, "kinks met", (double)s->kinks, 10, "");
    row(report, "collisions", (double)s->collisions, 10, "");
    snprintf(unit, sizeof unit, "m, vehicle %zu at %.6g s", s->least_vehicle + 1, s->least_time);
    row(report, "least spacing", s->least_spacing, 6, unit);
    row(report, "spacings off even ones, first", run->spread[0], 6, "m, root mean square");
    row(report, "  at the end", run->spread[1], 6, "m");
    row(report, "mean speed", KM_H * s->mean_speed, 6, "km/h");
    row(report, "  of uniform flow", KM_H * follow_speed(&run->problem.law, run->uniform), 6, "km/h");
}

static void print_lwr(const ring_run *run) {
    crease_report *report = crease_report_new(
        3, (const char *const[]){"vehicles for each", "distance to LWR, veh", "farthest from path, m"});
    for (size_t k = 0; k < run->refinement_count; k++) {
        crease_report_count(report, run->refinement[k]);
        crease_report_number(report, run->distance[k].density, 6);
        crease_report_number(report, run->distance[k].path, 6);
    }
    printf("\n");
    crease_report_print(report, stdout);
    crease_report_free(report);
    if (run->paths.count > 0)
        printf("Densities at %g s; %zu vehicles and their paths in the LWR model, at 401 times until then.\n",
               run->lwr_time, run->paths.count);
    else
        printf("No paths: %s.\n", why_no_paths);
    if (isfinite(lwr_order(run)))
        printf("Order of convergence between the last two: %.3f", lwr_order(run));
    if (isfinite(path_order(run)))
        printf("; of the paths: %.3f", path_order(run));
    if (isfinite(lwr_order(run)))
        printf("\n");
}

/* Growth of the fastest mode, 1/s, over a few vehicles and taus of the map. */
static void print_map(const ring_run *run) {
    enum { ROWS = 7, COLUMNS = 5 };
    char title[COLUMNS][40];
    const char *titles[COLUMNS + 2] = {"vehicles", "critical tau, s"};
    const ring_map *map = &run->map;
    follow_law law = run->problem.law;
    double tau[COLUMNS];
    for (size_t k = 0; k < COLUMNS; k++) {
        tau[k] = map->tau_low + (map->tau_high - map->tau_low) * (double)(k + 1) / COLUMNS;
        snprintf(title[k], sizeof title[k], "tau %.3g s", tau[k]);
        titles[k + 2] = title[k];
    }
    crease_report *report = crease_report_new(COLUMNS + 2, titles);
    const double ratio = (double)map->high / (double)map->low;
    for (size_t r = 0, last = 0; r < ROWS; r++) {
        const size_t n = (size_t)((double)map->low * pow(ratio, (double)r / (ROWS - 1)) + .5);
        if (n == last)
            continue;
        last = n;
        crease_report_count(report, n);
        crease_report_number(report, or_none(follow_critical_tau(&law, 1 / law.gap_time, n)), 6);
        for (size_t k = 0; k < COLUMNS; k++) {
            law.tau = tau[k];
            crease_report_number(report, follow_stability_of(&law, 1 / law.gap_time, n).growth, 3);
        }
    }
    printf("\nGrowth rate of the fastest mode on the congested branch, 1/s:\n");
    crease_report_print(report, stdout);
    crease_report_free(report);
}

static int print_text(const ring_run *run) {
    const follow_law *law = &run->problem.law;
    crease_report *report = crease_report_new(3, (const char *const[]){"quantity", "value", "unit"});
    printf("%zu vehicle%s on a ring of %g km, %g m each (%s branch), order %d", run->problem.vehicles,
           run->problem.vehicles > 1 ? "s" : "", run->problem.length / 1000, run->uniform, branch(run),
           law->order);
    if (law->order == 2)
        printf(", tau %.6g s", law->tau);
    printf(", %g s: uniform flow is %s\n\n", run->reached, run->stability.stable ? "stable" : "unstable");
    theory_rows(run, report);
    motion_rows(run, report);
    crease_report_print(report, stdout);
    crease_report_free(report);
    if (run->refine > 0)
        print_lwr(run);
    if (run->map_path)
        print_map(run);
    return crease_app_end(&run->app);
}

static void warn(const ring_run *run) {
    const ring_summary *s = &run->summary;
    if (s->collisions > 0)
        crease_app_note(&run->app,
                        "vehicle %zu runs into the next at %.6g s, when its spacing falls below %g m (%zu "
                        "collisions, least spacing %.4g m): with tau %g s these drivers react too late%s",
                        s->first_collided + 1, s->first_collision, run->problem.vehicle, s->collisions,
                        s->least_spacing, run->problem.law.tau,
                        run->collided ? "" : "; beyond it the motion is that of the equations only");
}

int ring_run_deliver(ring_run *run) {
    warn(run);
    int code = ring_run_write(run);
    if (code == 0 && run->app.plot)
        code = ring_run_draw(run);
    if (code == 0 && run->map_path && !ring_map_is_table(run))
        code = ring_run_draw_map(run);
    const bool silent = crease_app_is_standard_output(run->output) ||
                        crease_app_is_standard_output(run->map_path) ||
                        crease_app_is_standard_output(run->app.plot);
    if (code == 0)
        code = run->app.json ? print_json(run) : silent ? crease_app_end(&run->app) : print_text(run);
    if (crease_app_interrupted(NULL) && code == 0) {
        crease_app_note(&run->app, "interrupted at %g s of the motion; the results are of that time",
                        run->reached);
        code = CREASE_EXIT_INTERRUPTED;
    }
    return code;
}
