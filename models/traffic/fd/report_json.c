/* A row of a study as a JSON object: the keys of crease traffic fd --json. */
#include "traffic/fd/program.h"
#include <math.h>
#include <string.h>

static void curve_params(const traffic_row *row, json_t *object) {
    const traffic_diagram *d = &row->diagram;
    const double r = d->scale, *p = d->shape, vf = d->free_speed;
    switch (d->family) {
    case TRAFFIC_SMULDERS:
        crease_json_set_number(object, "a", p[0] * vf / (p[1] * r), NULL);
        crease_json_set_number(object, "critical_density", p[1] * r, NULL);
        break;
    case TRAFFIC_NEWELL_FRANKLIN:
        crease_json_set_number(object, "wave_speed", p[0] * vf, NULL);
        break;
    case TRAFFIC_VAN_AERDE:
        crease_json_set_number(object, "c1", (1.0 - p[0]) / r, NULL);
        crease_json_set_number(object, "c2", p[0] * vf / r, NULL);
        crease_json_set_number(object, "c3", p[1] / (vf * r), "the free speed is 0");
        break;
    case TRAFFIC_UNDERWOOD:
    case TRAFFIC_DRAKE:
        crease_json_set_number(object, "r0", r, NULL);
        return;
    case TRAFFIC_S3:
        crease_json_set_number(object, "critical_density", r, NULL);
        crease_json_set_number(object, "m", p[0], NULL);
        return;
    default:
        break;
    }
    crease_json_set_number(object, "jam_density", d->jam_density, "the fitted flow never bends down");
}

static json_t *params_json(const traffic_row *row) {
    json_t *object = json_object();
    char name[32];
    if (row->net)
        return object;
    const traffic_audit *a = &row->audit;
    const bool trapezoid = strcmp(row->model, "trapezoidal") == 0;
    crease_json_set_number(object, "free_speed", row->diagram.free_speed, NULL);
    if (row->diagram.family != TRAFFIC_PHYSICAL)
        curve_params(row, object);
    else if (row->diagram.kinks == 1 || trapezoid) {
        if (trapezoid)
            crease_json_set_number(object, "capacity", a->capacity, a->why_capacity);
        crease_json_set_number(object, "wave_speed", a->wave_speed, a->why_jam);
        crease_json_set_number(object, "jam_density", a->jam_density, a->why_jam);
    }
    for (size_t j = 0; j < row->diagram.kinks; j++) {
        snprintf(name, sizeof name, "kink_%zu", j + 1);
        crease_json_set_number(object, name, row->diagram.kink[j], NULL);
        snprintf(name, sizeof name, "slope_drop_%zu", j + 1);
        crease_json_set_number(object, name, row->diagram.slope_drop[j], NULL);
    }
    return object;
}

/* {"free_speed": [lo, hi], ...}; a bound that is infinite is null. */
static json_t *intervals_json(const traffic_intervals *ci) {
    static const char *const name[TRAFFIC_QUANTITIES] = {"free_speed", "capacity", "critical_density",
                                                         "wave_speed", "jam_density"};
    static const char open[] = "more than 2.5 % of the resamples have no such value";
    json_t *object = json_object();
    for (size_t q = 0; q < TRAFFIC_QUANTITIES; q++) {
        const double bound[2] = {isfinite(ci->low[q]) ? ci->low[q] : NAN,
                                 isfinite(ci->high[q]) ? ci->high[q] : NAN};
        if (isnan(bound[0]) || isnan(bound[1]))
            crease_json_set_number(object, name[q], NAN, open); /* says why */
        json_object_set_new(object, name[q], crease_json_numbers(bound, 2));
    }
    return object;
}

static void set_intervals(const traffic_row *row, json_t *object) {
    if (row->ci.replicates == 0) {
        crease_json_set_number(object, "ci95", NAN,
                               "no intervals were computed: ask for them with --bootstrap 1000");
        return;
    }
    json_object_set_new(object, "ci95", intervals_json(&row->ci));
    crease_json_set_count(object, "replicates", row->ci.replicates);
    crease_json_set_count(object, "replicates_failed", row->ci.failed);
    crease_json_set_count(object, "replicates_without_jam", row->ci.missing[TRAFFIC_QUANTITIES - 1]);
    crease_json_set_number(object, "bootstrap_seconds", row->ci.seconds, NULL);
}

json_t *traffic_row_json(const traffic_study *study, const traffic_row *row) {
    static const char no_starts[] = "the search is not by random starts";
    const traffic_audit *a = &row->audit;
    json_t *object = json_object();
    crease_json_set_text(object, "model", row->model);
    crease_json_set_text(object, "weights", study->weighting == TRAFFIC_QU ? "qu" : "ols");
    crease_json_set_text(object, "by", study->by == TRAFFIC_BY_SPEED ? "speed" : "flow");
    crease_json_set_count(object, "n_params", row->n_params);
    crease_json_set_count(object, "n_free", row->n_free);
    json_object_set_new(object, "params", params_json(row));
    crease_json_set_number(object, "free_speed", a->free_speed, NULL);
    crease_json_set_number(object, "capacity", a->capacity, a->why_capacity);
    crease_json_set_number(object, "critical_density", a->critical_density, a->why_capacity);
    crease_json_set_number(object, "wave_speed", a->wave_speed,
                           a->why_capacity ? a->why_capacity : a->why_jam);
    crease_json_set_number(object, "jam_density", a->jam_density, a->why_jam);
    set_intervals(row, object);
    crease_json_set_number(object, "rmse", row->rmse, NULL);
    crease_json_set_number(object, "wmse", row->wmse, NULL);
    crease_json_set_number(object, "isotonic_bound", study->isotonic_bound, NULL);
    crease_json_set_number(object, "share_of_bound",
                           row->wmse > 0.0 ? study->isotonic_bound / row->wmse : NAN, "the fit has no error");
    crease_json_set_number(object, "jam_bias", row->jam_bias,
                           "computed for piecewise-linear diagrams that extrapolate the jam, beside a curved "
                           "diagram with a jam density");
    crease_json_set_number(object, "min_flow_beyond_jam", a->min_flow_beyond_jam, a->why_jam);
    crease_json_set_number(object, "flow_at_zero", a->flow_at_zero, NULL);
    if (isnan(a->jam_density))
        crease_json_set_number(object, "extrapolated", NAN, a->why_jam);
    else
        json_object_set_new(object, "extrapolated", json_boolean(a->extrapolated));
    crease_json_set_number(object, "rmse_median", row->rmse_median, no_starts);
    crease_json_set_number(object, "hit_rate", row->hit_rate, no_starts);
    crease_json_set_number(object, "seconds", row->seconds, NULL);
    return object;
}
