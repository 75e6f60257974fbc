/* crease traffic net --json. */
#include "traffic/net/net_program.h"
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static json_t *faults_json(unsigned faults) {
    static const char *const name[] = {"flow on the empty road", "negative flow", "not concave",
                                       "never zero"};
    json_t *list = json_array();
    for (unsigned i = 0; i < sizeof name / sizeof *name; i++)
        if (faults & (1u << i))
            json_array_append_new(list, json_string(name[i]));
    return list;
}

/* ---- data and model files ---- */

static void set_audit(json_t *object, const traffic_net_audit *a, bool truth) {
    static const char none[] = "no --truth was given";
    crease_json_set_number(object, "range_end", a->end, NULL);
    crease_json_set_number(object, "lowest_flow", a->lowest_flow, NULL);
    crease_json_set_number(object, "lowest_flow_at", a->lowest_at, NULL);
    crease_json_set_number(object, "slope_rise", a->slope_rise, NULL);
    crease_json_set_number(object, "slope_rise_from", a->slope_rise > 0.0 ? a->rise_from : NAN,
                           "the slope never rises");
    crease_json_set_number(object, "slope_rise_to", a->slope_rise > 0.0 ? a->rise_to : NAN,
                           "the slope never rises");
    crease_json_set_number(object, "zero_at", a->zero_at, a->curve.why_jam);
    crease_json_set_number(object, "concave_to", a->concave_to, NULL);
    json_object_set_new(object, "concave", json_boolean(!(traffic_net_faults(a) & TRAFFIC_NET_CONVEX)));
    json_object_set_new(object, "physical", json_boolean(traffic_net_faults(a) == 0));
    json_object_set_new(object, "faults", faults_json(traffic_net_faults(a)));
    crease_json_set_number(object, "rmse_truth", a->truth_rmse, none);
    crease_json_set_number(object, "wave_speed_error_mean", a->wave_mean, none);
    crease_json_set_number(object, "wave_speed_error_rms", a->wave_rms, none);
    crease_json_set_number(object, "wave_speed_error_largest", a->wave_largest, none);
    crease_json_set_number(object, "wave_speed_error_largest_at", a->wave_at, none);
    crease_json_set_number(object, "capacity_error", a->capacity_error, truth ? a->curve.why_capacity : none);
    crease_json_set_number(object, "jam_density_error", a->jam_error, truth ? a->curve.why_jam : none);
    crease_json_set_number(object, "lowest_flow_beyond_true_jam", a->lowest_beyond, none);
}

static json_t *model_row(const net_run *run) {
    const traffic_audit *a = &run->audit[0].curve;
    json_t *object = json_object();
    crease_json_set_text(object, "model", run->spec);
    crease_json_set_count(object, "n_params", run->net->parameter_count);
    crease_json_set_count(object, "n_free", crease_net_free_count(run->net));
    crease_json_set_number(object, "free_speed", a->free_speed, NULL);
    crease_json_set_number(object, "capacity", a->capacity, a->why_capacity);
    crease_json_set_number(object, "critical_density", a->critical_density, a->why_capacity);
    crease_json_set_number(object, "wave_speed", a->wave_speed,
                           a->why_capacity ? a->why_capacity : a->why_jam);
    crease_json_set_number(object, "jam_density", a->jam_density, a->why_jam);
    crease_json_set_number(object, "min_flow_beyond_jam", a->min_flow_beyond_jam, a->why_jam);
    crease_json_set_number(object, "flow_at_zero", a->flow_at_zero, NULL);
    json_object_set_new(object, "extrapolated",
                        isnan(a->jam_density) ? json_null() : json_boolean(a->extrapolated));
    return object;
}

static void set_rows(const net_run *run, json_t *object) {
    const traffic_study *study = run->fd.result;
    json_t *rows = json_array();
    crease_json_set_text(object, "data", study ? run->fd.table->source : NULL);
    crease_json_set_text(object, "model_file", run->model_path);
    if (study) {
        const fd_length units = run->fd.units;
        crease_json_set_count(object, "n", study->n);
        crease_json_set_text(object, "units", units == FD_KM ? "km" : units == FD_MILE ? "mile" : NULL);
        crease_json_set_count(object, "rows_left_out", run->fd.left_out + run->fd.table->skipped);
        crease_json_set_count(object, "starts", run->fd.study.fit.starts);
        crease_json_set_number(object, "jam_density_imposed",
                               study->jam_density > 0.0 ? study->jam_density : NAN, "none was asked for");
    }
    crease_json_set_number(object, "largest_density", run->largest, NULL);
    crease_json_set_text(object, "truth", run->truth_count > 0 ? run->truth_text[0] : NULL);
    for (size_t i = 0; i < run->row_count; i++) {
        json_t *row = study ? traffic_row_json(study, &study->row[i]) : model_row(run);
        set_audit(row, &run->audit[i], run->truth_count > 0);
        json_array_append_new(rows, row);
    }
    json_object_set_new(object, "rows", rows);
}

/* ---- studies ---- */

typedef struct quantity {
    const char *name;
    size_t offset;
} quantity;

static const quantity quantities[] = {
    {"rmse_truth", offsetof(traffic_net_audit, truth_rmse)},
    {"wave_speed_error_mean", offsetof(traffic_net_audit, wave_mean)},
    {"wave_speed_error_rms", offsetof(traffic_net_audit, wave_rms)},
    {"wave_speed_error_largest", offsetof(traffic_net_audit, wave_largest)},
    {"capacity_error", offsetof(traffic_net_audit, capacity_error)},
    {"jam_density_error", offsetof(traffic_net_audit, jam_error)},
    {"zero_at", offsetof(traffic_net_audit, zero_at)},
    {"flow_at_zero", offsetof(traffic_net_audit, curve) + offsetof(traffic_audit, flow_at_zero)},
    {"lowest_flow", offsetof(traffic_net_audit, lowest_flow)},
    {"lowest_flow_beyond_true_jam", offsetof(traffic_net_audit, lowest_beyond)},
    {"slope_rise", offsetof(traffic_net_audit, slope_rise)}};

static const char *const kind_name[] = {"physical", "relu", "smooth", "diagram"};

static json_t *quantity_json(const traffic_net_study *s, size_t k, size_t m, const quantity *q) {
    const traffic_net_cell *cell = &s->cell[k * s->model_count + m];
    json_t *object = json_object(), *values = json_array();
    double median, least, largest;
    const size_t n = traffic_net_summary(s, k, m, q->offset, &median, &least, &largest);
    crease_json_set_number(object, "median", median, "no run has it");
    crease_json_set_number(object, "least", least, "no run has it");
    crease_json_set_number(object, "largest", largest, "no run has it");
    crease_json_set_count(object, "missing", s->runs - n);
    for (size_t r = 0; r < s->runs; r++) {
        double value;
        memcpy(&value, (const char *)&cell->run[r] + q->offset, sizeof value);
        json_array_append_new(values, isfinite(value) ? json_real(value) : json_null());
    }
    json_object_set_new(object, "runs", values);
    return object;
}

static json_t *cell_json(const traffic_net_study *s, size_t k, size_t m) {
    const traffic_net_cell *cell = &s->cell[k * s->model_count + m];
    json_t *object = json_object();
    size_t count[4] = {0}, negative = 0;
    static const char *const name[] = {"fits_with_flow_on_empty_road", "fits_with_negative_flow",
                                       "fits_not_concave", "fits_never_zero"};
    static const char only[] = "computed for physical models";
    crease_json_set_text(object, "model", s->model[m]);
    crease_json_set_text(object, "kind", kind_name[s->kind[m]]);
    crease_json_set_count(object, "n_free", s->n_free[m]);
    for (size_t r = 0; r < s->runs; r++) {
        const unsigned faults = traffic_net_faults(&cell->run[r]);
        for (unsigned i = 0; i < 4; i++)
            count[i] += (faults >> i) & 1u;
        negative += cell->run[r].lowest_beyond < -traffic_net_negligible * s->truth_audit.capacity;
    }
    crease_json_set_count(object, "fits", s->runs);
    for (size_t i = 0; i < 4; i++)
        crease_json_set_count(object, name[i], count[i]);
    crease_json_set_count(object, "fits_negative_beyond_true_jam", negative);
    for (size_t i = 0; i < sizeof quantities / sizeof *quantities; i++)
        json_object_set_new(object, quantities[i].name, quantity_json(s, k, m, &quantities[i]));
    crease_json_set_number(object, "jam_bias_without_noise", cell->jam_bias,
                           s->kind[m] == TRAFFIC_NET_PHYSICAL ? "the fit never comes down to zero" : only);
    crease_json_set_number(object, "rmse_without_noise", cell->exact_rmse, only);
    return object;
}

static json_t *claims_json(const traffic_net_study *s) {
    traffic_net_claim claim[TRAFFIC_NET_CLAIMS];
    json_t *list = json_array();
    traffic_net_judge(s, claim);
    for (size_t c = 0; c < TRAFFIC_NET_CLAIMS; c++) {
        json_t *object = json_object();
        const double interval[2] = {claim[c].low, claim[c].high};
        crease_json_set_text(object, "name", claim[c].name);
        crease_json_set_text(object, "claim", claim[c].claim);
        crease_json_set_text(object, "verdict", traffic_net_verdict_name(claim[c].verdict));
        crease_json_set_text(object, "measured", claim[c].measured);
        crease_json_set_number(object, "value", claim[c].value, "not tested");
        crease_json_set_text(object, "value_is", claim[c].value_is);
        if (isfinite(interval[0]) && isfinite(interval[1]))
            json_object_set_new(object, "interval", crease_json_numbers(interval, 2));
        else
            crease_json_set_number(object, "interval", NAN,
                                   "this verdict is by count, or there are fewer than 3 runs");
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *study_json(const net_run *run, size_t i) {
    const traffic_net_study *s = run->study[i];
    json_t *object = json_object(), *reaches = json_array();
    crease_json_set_text(object, "truth", run->truth_text[i]);
    crease_json_set_number(object, "free_speed", s->truth_audit.free_speed, NULL);
    crease_json_set_number(object, "capacity", s->truth_audit.capacity, NULL);
    crease_json_set_number(object, "critical_density", s->truth_audit.critical_density, NULL);
    crease_json_set_number(object, "jam_density", s->truth_audit.jam_density, NULL);
    crease_json_set_count(object, "runs", s->runs);
    for (size_t k = 0; k < s->reach_count; k++) {
        json_t *reach = json_object(), *rows = json_array();
        crease_json_set_number(reach, "upto", s->reach[k], NULL);
        for (size_t m = 0; m < s->model_count; m++)
            json_array_append_new(rows, cell_json(s, k, m));
        json_object_set_new(reach, "rows", rows);
        json_array_append_new(reaches, reach);
    }
    json_object_set_new(object, "reaches", reaches);
    json_object_set_new(object, "claims", claims_json(s));
    return object;
}

int net_print_json(const net_run *run) {
    json_t *object = crease_json_begin("traffic-net");
    const bool study = !run->fd.path && !run->model_path;
    crease_json_set_text(object, "mode", study ? "study" : run->fd.path ? "data" : "model");
    crease_json_set_count(object, "seed", run->app.seed);
    if (!study) {
        set_rows(run, object);
        return crease_json_finish(&run->app, object);
    }
    json_t *truths = json_array();
    crease_json_set_count(object, "points", run->points);
    crease_json_set_count(object, "runs_asked", run->runs);
    crease_json_set_count(object, "starts", run->fd.study.fit.starts);
    crease_json_set_number(object, "noise", run->noise, NULL);
    crease_json_set_text(object, "noise_of", run->noise_of_capacity ? "capacity" : "flow");
    crease_json_set_number(object, "jam_density_imposed",
                           run->fd.study.jam_density > 0.0 ? run->fd.study.jam_density : NAN,
                           "none was asked for");
    for (size_t i = 0; i < run->study_count; i++)
        json_array_append_new(truths, study_json(run, i));
    json_object_set_new(object, "truths", truths);
    return crease_json_finish(&run->app, object);
}
