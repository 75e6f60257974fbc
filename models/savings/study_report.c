/* The table, the reasons and the JSON of a study. */
#include "savings/program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void savings_study_print(const savings_study *study, FILE *file) {
    static const char *const titles[] = {"object",    "network",     "free par.",   "max error",
                                         "near kink", "kink at",     "slope ratio", "exact",
                                         "V' error",  "log10 Euler", "max"};
    crease_report *report = crease_report_new(sizeof titles / sizeof *titles, titles);
    for (size_t i = 0; i < study->count; i++) {
        const savings_fit_row *row = &study->row[i];
        char label[160];
        savings_row_label(row, label, sizeof label);
        crease_report_text(report, "%s(%s)", savings_object_name(row->object),
                           savings_object_variable(study->solution->model, row->object));
        crease_report_text(report, "%s", label);
        if (row->n_held > 0)
            crease_report_text(report, "%zu + %zu held", row->n_free, row->n_held);
        else
            crease_report_count(report, row->n_free);
        crease_report_number(report, row->max_error, 2);
        crease_report_number(report, row->near_kink_error, 2);
        crease_report_number(report, row->kink, 5);
        crease_report_number(report, row->slope_ratio, 5);
        crease_report_number(report, row->true_slope_ratio, 5);
        crease_report_number(report, row->dV_max_error, 2);
        crease_report_number(report, row->euler_mean, 3);
        crease_report_number(report, row->euler_max, 3);
    }
    crease_report_print(report, file);
    crease_report_free(report);
}

/* The first row of each object. */
static const savings_fit_row *first_row(const savings_study *study, savings_object object) {
    for (size_t i = 0; i < study->count; i++)
        if (study->row[i].object == object)
            return &study->row[i];
    return NULL;
}

void savings_study_print_reasons(const savings_study *study, FILE *file) {
    for (savings_object object = 0; object < SAVINGS_OBJECT_COUNT; object++) {
        const savings_fit_row *row = first_row(study, object);
        const savings_sight *sight = &study->sight[object];
        if (!row)
            continue;
        fprintf(file, "%s: %s.\n", savings_object_name(object), row->theory.reason);
        if (sight->looked && sight->count == 0)
            fputs("  seen in the values alone: no kink\n", file);
        for (size_t i = 0; i < sight->count && i < 3; i++)
            fprintf(file, "  seen in the values alone: a kink at %.9g, slopes %.6g and %.6g%s\n",
                    sight->kink[i].x, sight->kink[i].slope_left, sight->kink[i].slope_right,
                    i == 2 && sight->count > 3 ? ", and more" : "");
    }
}

static const char *goal_name(savings_goal goal) {
    return goal == SAVINGS_LEAST_EULER ? "euler" : "error";
}

static void set_description(json_t *object, const savings_fit_row *row) {
    char spec[128];
    crease_net_spec(row->net, spec, sizeof spec);
    crease_json_set_text(object, "object", savings_object_name(row->object));
    crease_json_set_text(object, "net", spec);
    crease_json_set_text(object, "transform", row->theory.transform);
    crease_json_set_number(object, "hinge_power", row->theory.hinge_power > 0 ? row->theory.hinge_power : NAN,
                           "theory has no hinge for this object");
    crease_json_set_text(object, "reason", row->theory.reason);
    json_object_set_new(object, "kink_held", json_boolean(row->held));
    json_object_set_new(object, "fitted", json_boolean(row->fitted));
    json_object_set_new(object, "shaped", json_boolean(row->shaped));
    crease_json_set_text(object, "minimised", goal_name(row->goal));
    crease_json_set_count(object, "n_params", row->n_params);
    crease_json_set_count(object, "n_free", row->n_free);
    crease_json_set_count(object, "n_held", row->n_held);
}

static void set_kink(json_t *object, const savings_fit_row *row) {
    const char *no_corner = "no unit of the network has a corner that it keeps";
    const char *no_critical = "the object has no critical point with these parameters";
    const char *smooth = "theory has no kink here, so a corner of the network is no claim of one";
    const char *why = isnan(row->critical) ? no_critical : no_corner;
    crease_json_set_number(object, "near_kink_error", row->near_kink_error, no_critical);
    crease_json_set_number(object, "kink", row->kink,
                           isnan(row->corner) || isnan(row->critical) ? why : smooth);
    crease_json_set_number(object, "corner", row->corner, why);
    crease_json_set_number(object, "critical_point", row->critical, no_critical);
    why = isnan(row->critical) ? no_critical : "the object begins at its critical point";
    crease_json_set_number(object, "slope_ratio", row->slope_ratio, why);
    crease_json_set_number(object, "true_slope_ratio", row->true_slope_ratio, why);
}

static json_t *row_json(const savings_fit_row *row) {
    json_t *object = json_object();
    set_description(object, row);
    crease_json_set_number(object, "rmse", row->rmse, NULL);
    crease_json_set_number(object, "max_error", row->max_error, NULL);
    crease_json_set_number(object, "raw_max_error", row->raw_max_error,
                           row->raw_max_error > 0 ? "the fit leaves values that are no utility"
                                                  : "it belongs to fits of a pseudo-inverse value");
    crease_json_set_number(object, "dV_max_error", row->dV_max_error,
                           "the fit leaves values that are no utility");
    set_kink(object, row);
    const char *why = row->euler_reason ? row->euler_reason : "";
    crease_json_set_number(object, "euler_mean", row->euler_mean, why);
    crease_json_set_number(object, "euler_mean_error", row->euler_mean_error, why);
    crease_json_set_number(object, "euler_max", row->euler_max, why);
    crease_json_set_number(object, "slope_violation", row->slope_violation,
                           "theory asks for no sign of the slope");
    crease_json_set_number(object, "curvature_violation", row->curvature_violation,
                           "theory asks for no curvature");
    crease_json_set_number(object, "seconds", row->seconds, NULL);
    return object;
}

json_t *savings_study_json(const savings_study *study) {
    json_t *list = json_array();
    for (size_t i = 0; i < study->count; i++)
        json_array_append_new(list, row_json(&study->row[i]));
    return list;
}

json_t *savings_sights_json(const savings_study *study) {
    json_t *list = json_array();
    for (savings_object object = 0; object < SAVINGS_OBJECT_COUNT; object++) {
        const savings_sight *sight = &study->sight[object];
        if (!sight->looked)
            continue;
        json_t *entry = json_object(), *kinks = json_array();
        for (size_t i = 0; i < sight->count; i++) {
            json_t *kink = json_object();
            crease_json_set_number(kink, "x", sight->kink[i].x, NULL);
            crease_json_set_number(kink, "slope_left", sight->kink[i].slope_left, NULL);
            crease_json_set_number(kink, "slope_right", sight->kink[i].slope_right, NULL);
            json_array_append_new(kinks, kink);
        }
        crease_json_set_text(entry, "object", savings_object_name(object));
        json_object_set_new(entry, "kinks", kinks);
        crease_json_set_text(entry, "summary", sight->summary.reason);
        json_array_append_new(list, entry);
    }
    return list;
}
