/* What crease traffic calibrate says and writes. */
#include "crease/model_file.h"
#include "traffic/calibrate/calibrate_program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char nothing_held_out[] = "nothing was held out",
                  too_few_blocks[] = "too little time was held out";

static double kinks_wave_speed(const traffic_diagram *d) {
    double slope = -d->free_speed;
    for (size_t i = 0; i < d->kinks; i++)
        slope += d->slope_drop[i];
    return slope;
}

/* ---- JSON ---- */

static json_t *row_json(const calibrate_run *run, size_t k) {
    const calibrate_row *row = &run->row[k];
    const traffic_audit *a = &row->audit;
    json_t *object = json_object(), *kinks = json_array();
    crease_json_set_text(object, "name", row->name);
    crease_json_set_number(object, "train_count_rmse_veh", row->train.count, NULL);
    crease_json_set_number(object, "train_flow_rmse_veh_h", row->train.flow, NULL);
    crease_json_set_number(object, "test_count_rmse_veh", row->test.count, nothing_held_out);
    crease_json_set_number(object, "test_flow_rmse_veh_h", row->test.flow, nothing_held_out);
    if (k == CALIBRATE_STRAIGHT) {
        json_decref(kinks);
        return object;
    }
    crease_json_set_number(object, "free_speed_km_h", a->free_speed, NULL);
    crease_json_set_number(object, "capacity_veh_h_lane", a->capacity, NULL);
    crease_json_set_number(object, "critical_density_veh_km_lane", a->critical_density, NULL);
    crease_json_set_number(object, "wave_speed_km_h", a->wave_speed, NULL);
    crease_json_set_number(object, "wave_speed_at_jam_km_h", kinks_wave_speed(&row->diagram), NULL);
    crease_json_set_number(object, "jam_density_veh_km_lane", a->jam_density, NULL);
    for (size_t i = 0; i < row->diagram.kinks; i++) {
        json_t *kink = json_object();
        crease_json_set_number(kink, "density_veh_km_lane", row->diagram.kink[i], NULL);
        crease_json_set_number(kink, "flow_veh_h_lane",
                               traffic_diagram_flow(&row->diagram, row->diagram.kink[i]), NULL);
        crease_json_set_number(kink, "slope_drop_km_h", row->diagram.slope_drop[i], NULL);
        json_array_append_new(kinks, kink);
    }
    json_object_set_new(object, "kinks", kinks);
    return object;
}

/* Errors of the calibrated flux over those of another. */
static json_t *gain_json(const calibrate_run *run, size_t other, const crease_paired *p) {
    json_t *object = json_object();
    const char *why = run->train == run->data.intervals ? nothing_held_out : too_few_blocks;
    crease_json_set_text(object, "over", run->row[other].name);
    crease_json_set_number(object, "ratio",
                           run->row[CALIBRATE_FITTED].test.count / run->row[other].test.count, why);
    crease_json_set_count(object, "blocks", p->pairs);
    crease_json_set_number(object, "block_ratio", exp(p->log_ratio), why);
    crease_json_set_number(object, "block_ratio_low", exp(p->log_low), why);
    crease_json_set_number(object, "block_ratio_high", exp(p->log_high), why);
    return object;
}

static int print_json(const calibrate_run *run, const char *verdict) {
    const calibrate_data *d = &run->data;
    json_t *object = crease_json_begin("traffic-calibrate"), *rows = json_array(), *gains = json_array();
    crease_json_set_text(object, "data", run->table->source);
    json_object_set_new(object, "places_km", crease_json_numbers(d->x, d->places));
    crease_json_set_count(object, "lanes", d->lanes);
    crease_json_set_count(object, "intervals", d->intervals);
    crease_json_set_count(object, "intervals_trained", run->train);
    crease_json_set_number(object, "interval_h", d->step, NULL);
    crease_json_set_number(object, "trained_until_h", d->start + d->step * (double)run->train, NULL);
    crease_json_set_text(object, "start", run->start_text ? run->start_text : "diagram fit");
    crease_json_set_count(object, "kinks", run->kinks);
    for (size_t k = 0; k < CALIBRATE_ROWS; k++)
        json_array_append_new(rows, row_json(run, k));
    json_object_set_new(object, "rows", rows);
    json_array_append_new(gains, gain_json(run, CALIBRATE_START, &run->gain));
    json_array_append_new(gains, gain_json(run, CALIBRATE_STRAIGHT, &run->gain_straight));
    json_object_set_new(object, "gains", gains);
    json_object_set_new(object, "jam_density_seen", json_boolean(run->jam_seen));
    crease_json_set_number(object, "noise_veh", run->result.noise, NULL);
    crease_json_set_number(object, "difference_step", run->result.step, NULL);
    crease_json_set_count(object, "solutions", run->result.evaluations);
    crease_json_set_count(object, "starts", run->starts);
    crease_json_set_count(object, "best_start", run->result.best_start);
    crease_json_set_text(object, "stop", crease_stop_name(run->result.stop));
    crease_json_set_text(object, "verdict", verdict);
    crease_json_set_number(object, "seconds", run->seconds, NULL);
    crease_json_set_count(object, "seed", run->app.seed);
    return crease_json_finish(&run->app, object);
}

/* ---- text ---- */

static void print_table(const calibrate_run *run, FILE *file) {
    static const char *const title[] = {"flux",          "free speed",  "capacity",       "crit. density",
                                        "wave speed",    "jam density", "counts, fitted", "held out",
                                        "flows, fitted", "held out"};
    crease_report *report = crease_report_new(10, title);
    for (size_t k = 0; k < CALIBRATE_ROWS; k++) {
        const calibrate_row *row = &run->row[k];
        const bool flux = k != CALIBRATE_STRAIGHT;
        const traffic_audit *a = &row->audit;
        crease_report_text(report, "%s", row->name);
        crease_report_number(report, flux ? a->free_speed : NAN, 4);
        crease_report_number(report, flux ? a->capacity : NAN, 4);
        crease_report_number(report, flux ? a->critical_density : NAN, 4);
        crease_report_number(report, flux ? a->wave_speed : NAN, 4);
        crease_report_number(report, flux ? a->jam_density : NAN, 4);
        crease_report_number(report, row->train.count, 3);
        crease_report_number(report, row->test.count, 3);
        crease_report_number(report, row->train.flow, 3);
        crease_report_number(report, row->test.flow, 3);
    }
    crease_report_print(report, file);
    crease_report_free(report);
}

static int print_text(const calibrate_run *run, const char *verdict) {
    const calibrate_data *d = &run->data;
    FILE *file = crease_app_is_standard_output(run->output) ? stderr : stdout;
    fprintf(file,
            "%s: %zu detectors from %g to %g km, %zu intervals of %.4g s, the first %zu fitted; %zu lane%s, "
            "seed %llu\n\n",
            run->table->source, d->places, d->x[0], d->x[d->places - 1], d->intervals, 3600 * d->step,
            run->train, d->lanes, d->lanes == 1 ? "" : "s", (unsigned long long)run->app.seed);
    print_table(run, file);
    fputs("\nspeeds km/h, capacity veh/h/lane, densities veh/km/lane; errors at the detectors between the "
          "ends, all lanes:\n"
          "counts in vehicles since the start, flows in veh/h\n",
          file);
    fprintf(file,
            "%zu solutions by front tracking in %.2g s; a count has a noise of %.1g vehicles, differences a "
            "step of %.1g\n\n",
            run->result.evaluations, run->seconds, run->result.noise, run->result.step);
    fputs(verdict, file);
    return crease_app_end(&run->app);
}

/* ---- files ---- */

static crease_status write_knots(const calibrate_run *run, crease_error *error) {
    const traffic_diagram *d = &run->result.diagram;
    crease_table *table = NULL;
    crease_status status = crease_table_new(&table, d->kinks + 2, 2, error);
    if (status == CREASE_OK)
        status = crease_table_set_name(table, 0, "x", error);
    if (status == CREASE_OK)
        status = crease_table_set_name(table, 1, "y", error);
    if (status == CREASE_OK) {
        for (size_t i = 0; i < d->kinks; i++) {
            table->column[0][i + 1] = d->kink[i];
            table->column[1][i + 1] = traffic_diagram_flow(d, d->kink[i]);
        }
        table->column[0][d->kinks + 1] = d->jam_density;
        status = crease_csv_save(run->output, table, error);
    }
    crease_table_free(table);
    return status;
}

static crease_status write_network(const calibrate_run *run, crease_error *error) {
    static const char *const density = "density_veh_km_lane", *const flow = "flow_veh_h_lane";
    const traffic_row row = {.diagram = run->result.diagram};
    crease_net *net = NULL;
    crease_status status = traffic_row_network(&row, &net, error);
    if (status == CREASE_OK)
        status = crease_net_set_names(net, &density, &flow, error);
    if (status == CREASE_OK)
        status = crease_net_save(net, run->output, error);
    crease_net_free(net);
    return status;
}

int calibrate_run_deliver(calibrate_run *run) {
    crease_error error;
    char *verdict = calibrate_verdict(run);
    if (!verdict)
        return crease_app_fail_text(&run->app, CREASE_EXIT_INTERNAL, "no memory for the verdict");
    int code = run->app.json ? print_json(run, verdict) : print_text(run, verdict);
    free(verdict);
    if (code == 0 && run->output) {
        const size_t n = strlen(run->output);
        const bool knots = n > 4 && strcmp(run->output + n - 4, ".csv") == 0;
        if ((knots ? write_knots(run, &error) : write_network(run, &error)) != CREASE_OK)
            return crease_app_fail(&run->app, &error);
        crease_app_note(&run->app, "wrote the calibrated flux to %s", run->output);
    }
    if (code == 0 && run->app.plot)
        code = calibrate_run_draw(run);
    return run->result.interrupted ? crease_app_end_interrupted(&run->app, code) : code;
}
