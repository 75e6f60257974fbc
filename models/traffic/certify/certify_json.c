/* The certificate as JSON. */
#include "traffic/certify/certify_program.h"
#include <math.h>
#include <stdlib.h>

static const char not_within[] = "not within the time", no_queue[] = "no queue stood there",
                  no_vehicle[] = "no queue with an end stood before the place at first",
                  open_end[] = "too many replicates have no value, or none within the time";

static const char *why_not(double value, const char *none) {
    return value == INFINITY ? not_within : none;
}

static json_t *flux_json(const certify_one *one) {
    json_t *object = json_object();
    const crease_pwl *pwl = one->flux->pwl;
    crease_json_set_number(object, "capacity_veh_h", one->flux->capacity, NULL);
    crease_json_set_number(object, "critical_density_veh_km", one->flux->critical_density, NULL);
    crease_json_set_number(object, "jam_density_veh_km", one->flux->jam_density, NULL);
    json_object_set_new(object, "concave", json_boolean(one->flux->concave));
    json_object_set_new(object, "knots_veh_km", crease_json_numbers(pwl->x, pwl->knot_count));
    json_object_set_new(object, "flows_veh_h", crease_json_numbers(pwl->y, pwl->knot_count));
    if (!isnan(one->l1_distance)) {
        crease_json_set_number(object, "l1_distance_veh", one->l1_distance, NULL);
        crease_json_set_number(object, "l1_bound_veh", one->l1_bound, "there are lights or bottlenecks");
        crease_json_set_number(object, "largest_speed_difference_km_h", one->l1_slope, NULL);
    }
    return object;
}

static json_t *event_json(const certify_event *e) {
    json_t *object = json_object();
    crease_json_set_number(object, "queue_cleared_h", e->cleared, why_not(e->cleared, no_queue));
    crease_json_set_number(object, "vehicle", e->vehicle, no_vehicle);
    crease_json_set_number(object, "passed_h", e->passed, why_not(e->passed, no_vehicle));
    crease_json_set_number(object, "count_veh", e->count, NULL);
    return object;
}

static json_t *interval_json(certify_interval interval, const char *none) {
    json_t *object = json_object();
    crease_json_set_number(object, "low", none ? NAN : interval.low, none ? none : open_end);
    crease_json_set_number(object, "high", none ? NAN : interval.high, none ? none : open_end);
    return object;
}

static json_t *bounds_json(const certify_bounds *b, size_t checked, size_t broken) {
    json_t *object = json_object();
    crease_json_set_number(object, "earliest", b->earliest, why_not(b->earliest, b->why));
    crease_json_set_number(object, "latest", b->latest, why_not(b->latest, b->why));
    crease_json_set_count(object, "replicates_checked", checked);
    crease_json_set_count(object, "replicates_broken", broken);
    return object;
}

static json_t *place_json(const certify_run *run, size_t at) {
    const certify_place *p = &run->place[at];
    const certify_event *fitted = &run->one[CERTIFY_FITTED].event[at];
    json_t *object = json_object();
    crease_json_set_text(object, "kind", run->lwr.chosen[at].kind);
    crease_json_set_number(object, "x_km", run->road.problem.place[at].x, NULL);
    json_object_set_new(object, "fitted", event_json(fitted));
    json_object_set_new(object, "lower", event_json(&run->one[CERTIFY_LOWER].event[at]));
    json_object_set_new(object, "upper", event_json(&run->one[CERTIFY_UPPER].event[at]));
    json_object_set_new(object, "queue_cleared_95_h",
                        interval_json(p->cleared, p->none == run->tracked_count ? no_queue : NULL));
    json_object_set_new(object, "passed_95_h",
                        interval_json(p->passed, isnan(fitted->vehicle) ? no_vehicle : NULL));
    crease_json_set_count(object, "replicates_without_queue", p->none);
    crease_json_set_count(object, "replicates_with_queue_at_end", p->late);
    crease_json_set_count(object, "band_replicates_outside_both_runs", p->outside_runs);
    json_object_set_new(object, "queue_cleared_bounds_h",
                        bounds_json(&p->clearing, p->checked, p->clearing_broken));
    json_object_set_new(object, "passed_bounds_h", bounds_json(&p->passage, p->checked, p->passage_broken));
    return object;
}

static json_t *band_json(const certify_run *run) {
    const certify_band *b = &run->band;
    json_t *object = json_object();
    crease_json_set_text(object, "kind", "simultaneous");
    crease_json_set_number(object, "level", b->level, NULL);
    crease_json_set_count(object, "replicates", run->fd.study.bootstrap);
    crease_json_set_count(object, "fitted", b->fitted);
    crease_json_set_count(object, "usable", b->usable);
    crease_json_set_count(object, "inside", b->inside);
    crease_json_set_count(object, "tracked", run->tracked_count);
    crease_json_set_count(object, "lowered_to_jam", run->beyond);
    crease_json_set_number(object, "distance_in_deviations", b->distance, NULL);
    json_object_set_new(object, "capacity_95_veh_h", interval_json(run->capacity, NULL));
    json_object_set_new(object, "jam_density_95_veh_km", interval_json(run->jam, NULL));
    return object;
}

/* What the first place's replicates say, one number a replicate that was tracked. */
static json_t *replicates_json(const certify_run *run) {
    const size_t count = run->fd.study.bootstrap, places = run->road.problem.place_count;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        if (run->tracked[i]) {
            const certify_event *e = &run->event[i * places];
            const double value[] = {(double)i, run->replicate[i].capacity, run->replicate[i].jam_density,
                                    isinf(e->cleared) ? NAN : e->cleared, isinf(e->passed) ? NAN : e->passed};
            json_array_append_new(list, crease_json_numbers(value, sizeof value / sizeof *value));
        }
    return list;
}

int certify_run_print_json(const certify_run *run, const char *verdict) {
    const fd_run *fd = &run->fd;
    static const char *const domain[] = {"line", "ring", "road"};
    json_t *object = crease_json_begin("traffic-certify"), *places = json_array();
    crease_json_set_text(object, "data", fd->table->source);
    crease_json_set_count(object, "n", fd->result->n);
    crease_json_set_text(object, "model", run->model);
    crease_json_set_text(object, "by", fd->study.by == TRAFFIC_BY_SPEED ? "speed" : "flow");
    crease_json_set_text(object, "weights", fd->study.weighting == TRAFFIC_QU ? "qu" : "ols");
    crease_json_set_count(object, "block", fd->study.block > 1 ? fd->study.block : 1);
    crease_json_set_number(object, "largest_density", fd->result->largest_density, NULL);
    json_object_set_new(object, "jam_extrapolated", json_boolean(fd->result->row[0].audit.extrapolated));
    crease_json_set_text(object, "domain", domain[run->road.problem.domain]);
    crease_json_set_number(object, "time_h", run->road.time, NULL);
    crease_json_set_number(object, "standing_from_veh_km", run->road.standing, NULL);
    crease_json_set_number(object, "arrival_veh_h", run->arrival, "not given: the first row's density");
    json_object_set_new(object, "fitted", flux_json(&run->one[CERTIFY_FITTED]));
    json_object_set_new(object, "lower", flux_json(&run->one[CERTIFY_LOWER]));
    json_object_set_new(object, "upper", flux_json(&run->one[CERTIFY_UPPER]));
    crease_json_set_number(object, "l1_time_h", run->compared, NULL);
    json_object_set_new(object, "band", band_json(run));
    for (size_t i = 0; i < run->road.problem.place_count; i++)
        json_array_append_new(places, place_json(run, i));
    json_object_set_new(object, "places", places);
    json_object_set_new(object, "replicates", replicates_json(run));
    crease_json_set_text(object, "replicate_columns",
                         "index,capacity_veh_h,jam_density_veh_km,queue_cleared_h,passed_h");
    crease_json_set_text(object, "verdict", verdict);
    json_object_set_new(object, "interrupted", json_boolean(run->interrupted));
    crease_json_set_number(object, "fit_seconds", run->fit_seconds, NULL);
    crease_json_set_number(object, "track_seconds", run->track_seconds, NULL);
    crease_json_set_count(object, "seed", run->app.seed);
    return crease_json_finish(&run->app, object);
}
