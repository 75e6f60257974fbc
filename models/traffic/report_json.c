/* A row of a study as a JSON object: the keys of crease traffic fd --json. */
#include "traffic/program.h"
#include <math.h>

static json_t *params_json(const traffic_row *row) {
    json_t *object = json_object();
    char name[32];
    if (row->net)
        return object;
    crease_json_set_number(object, "free_speed", row->diagram.free_speed, NULL);
    if (row->diagram.family == TRAFFIC_GREENSHIELDS)
        crease_json_set_number(object, "jam_density", row->diagram.jam_density,
                               "the fitted flow never bends down");
    if (row->diagram.family == TRAFFIC_PHYSICAL && row->diagram.kinks == 1) {
        crease_json_set_number(object, "wave_speed", row->audit.wave_speed, row->audit.why_jam);
        crease_json_set_number(object, "jam_density", row->audit.jam_density, row->audit.why_jam);
    }
    for (size_t j = 0; j < row->diagram.kinks; j++) {
        snprintf(name, sizeof name, "kink_%zu", j + 1);
        crease_json_set_number(object, name, row->diagram.kink[j], NULL);
        snprintf(name, sizeof name, "slope_drop_%zu", j + 1);
        crease_json_set_number(object, name, row->diagram.slope_drop[j], NULL);
    }
    return object;
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
    crease_json_set_number(object, "ci95", NAN, "bootstrap intervals are not computed by this version");
    crease_json_set_number(object, "rmse", row->rmse, NULL);
    crease_json_set_number(object, "wmse", row->wmse, NULL);
    crease_json_set_number(object, "isotonic_bound", study->isotonic_bound, NULL);
    crease_json_set_number(object, "min_flow_beyond_jam", a->min_flow_beyond_jam, a->why_jam);
    crease_json_set_number(object, "flow_at_zero", a->flow_at_zero, NULL);
    json_object_set_new(object, "extrapolated",
                        isnan(a->jam_density) ? json_null() : json_boolean(a->extrapolated));
    crease_json_set_number(object, "rmse_median", row->rmse_median, no_starts);
    crease_json_set_number(object, "hit_rate", row->hit_rate, no_starts);
    crease_json_set_number(object, "seconds", row->seconds, NULL);
    return object;
}
