/* The same report as one JSON object. */
#include "savings/own/own_program.h"
#include <math.h>

static const char *const transform_name[] = {"default", "none", "pinv", "auto"};

static void set_errors(json_t *object, const char *prefix, const savings_own_errors *e, const char *why,
                       const char *why_near) {
    char key[48];
    snprintf(key, sizeof key, "%smax_error", prefix);
    crease_json_set_number(object, key, e->max,
                           isinf(e->max) ? "the fit leaves the values that are utilities" : why);
    snprintf(key, sizeof key, "%srms_error", prefix);
    crease_json_set_number(object, key, e->rms,
                           isinf(e->rms) ? "the fit leaves the values that are utilities" : why);
    if (!why_near)
        return;
    snprintf(key, sizeof key, "%snear_kink_error", prefix);
    crease_json_set_number(object, key, e->near, isnan(e->max) ? why : why_near);
}

static json_t *row_json(const savings_own_program *run, const savings_own_row *row) {
    static const char *const no_slope = "no column of slopes was given (--marginal)";
    static const char *const no_kink = "the value has no kink";
    static const char *const no_corner = "no unit of the network has a corner";
    json_t *object = json_object();
    char spec[128];
    crease_net_spec(row->net, spec, sizeof spec);
    bool kinks = run->fit.kink_count > 0;
    crease_json_set_text(object, "object", run->fit.transform == SAVINGS_OWN_PINV ? "pinvV" : "V");
    crease_json_set_text(object, "net", spec);
    crease_json_set_count(object, "n_params", row->n_params);
    crease_json_set_count(object, "n_free", row->n_free);
    crease_json_set_count(object, "kinks_held", row->held);
    set_errors(object, "", &row->value, NULL, no_kink);
    crease_json_set_number(object, "worst_x", row->worst_x, NULL);
    set_errors(object, "slope_", &row->slope, no_slope, no_kink);
    set_errors(object, "left_out_", &row->left_out, "interrupted", NULL);
    set_errors(object, "left_out_slope_", &row->left_out_slope, run->data.dV ? "interrupted" : no_slope,
               NULL);
    crease_json_set_number(object, "kink", row->kink, kinks ? no_corner : no_kink);
    crease_json_set_number(object, "slope_ratio", row->ratio,
                           kinks ? (isnan(row->kink) ? no_corner : "the slope above is 0") : no_kink);
    crease_json_set_number(object, "euler_mean", NAN,
                           "a value function does not say the income and the return of the next period");
    crease_json_set_number(object, "seconds", row->seconds, NULL);
    return object;
}

static json_t *kinks_json(const savings_own_fit *fit) {
    static const char *const source[] = {"values", "slopes", "pair", "imposed"};
    json_t *list = json_array();
    for (size_t k = 0; k < fit->kink_count; k++) {
        const savings_own_kink *kink = &fit->kink[k];
        json_t *object = json_object();
        crease_json_set_number(object, "x", kink->x, NULL);
        crease_json_set_number(object, "se", kink->source < SAVINGS_OWN_FROM_PAIR ? kink->error : NAN,
                               "the place was given, not estimated");
        crease_json_set_text(object, "source", source[kink->source]);
        json_object_set_new(object, "at_row", json_boolean(kink->at_row));
        crease_json_set_number(object, "slope_left", kink->slope_left, "the fit is no utility there");
        crease_json_set_number(object, "slope_right", kink->slope_right, "the fit is no utility there");
        crease_json_set_number(object, "ratio", kink->ratio, "the slope above is 0");
        crease_json_set_number(object, "seen_left", kink->seen_left, "only kinks seen in the values have it");
        crease_json_set_number(object, "seen_right", kink->seen_right,
                               "only kinks seen in the values have it");
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *data_json(const savings_own_program *run) {
    const savings_own_data *data = &run->data;
    json_t *object = json_object();
    crease_json_set_text(object, "source", run->table.table->source);
    crease_json_set_text(object, "x", run->x_name);
    crease_json_set_text(object, "value", run->value_name);
    crease_json_set_text(object, "marginal", data->dV ? run->marginal_name : NULL);
    crease_json_set_count(object, "rows", data->rows_given);
    crease_json_set_count(object, "states", data->n);
    crease_json_set_count(object, "fitted_states", run->fit.fitted_rows);
    crease_json_set_number(object, "slopes_match", run->fit.slopes_match,
                           "no column of slopes was given (--marginal)");
    crease_json_set_number(object, "from", data->x[0], NULL);
    crease_json_set_number(object, "to", data->x[data->n - 1], NULL);
    return object;
}

static void set_shape(json_t *object, const savings_own_shape *s) {
    json_object_set_new(object, "increasing", json_boolean(s->drop == 0));
    json_object_set_new(object, "concave", json_boolean(s->rise == 0));
    crease_json_set_number(object, "negative_slope", s->drop > 0 ? -s->drop : NAN, "no slope is negative");
    crease_json_set_number(object, "negative_slope_x", s->drop_x, "no slope is negative");
    crease_json_set_number(object, "slope_rise", s->rise, NULL);
    crease_json_set_number(object, "slope_rise_from", s->rise_from, "no slope rises");
    crease_json_set_number(object, "slope_rise_to", s->rise_to, "no slope rises");
}

static json_t *shape_json(const savings_own_fit *fit) {
    json_t *object = json_object(), *table = json_object();
    set_shape(object, &fit->shape);
    set_shape(table, &fit->data_shape);
    json_object_set_new(object, "table", table);
    return object;
}

static json_t *policy_json(const savings_own_program *run) {
    static const char *const state[] = {"cash", "assets", "end"};
    const savings_own_policy *p = &run->fit.policy;
    json_t *object = json_object();
    crease_json_set_text(object, "state", state[run->options.state]);
    if (run->options.state == SAVINGS_OWN_ASSETS) {
        crease_json_set_number(object, "R_below",
                               run->options.return_below > 0 ? run->options.return_below : 1, NULL);
        crease_json_set_number(object, "R_above",
                               run->options.return_above > 0 ? run->options.return_above : 1, NULL);
    }
    if (!p->net) {
        crease_json_set_text(object, "net", NULL);
        char why[220];
        snprintf(why, sizeof why, "net: %s", p->why);
        crease_json_set_text(object, "why", why);
        return object;
    }
    char spec[128];
    crease_net_spec(p->net, spec, sizeof spec);
    crease_json_set_text(object, "net", spec);
    crease_json_set_text(object, "variable", savings_own_policy_variable(run));
    json_object_set_new(object, "from_slopes_given", json_boolean(p->from_slopes));
    crease_json_set_count(object, "rows", p->rows);
    crease_json_set_number(object, "max_error", p->max_error, NULL);
    crease_json_set_number(object, "rms_error", p->rms, NULL);
    json_object_set_new(object, "kinks", crease_json_numbers(p->kink, p->kink_count));
    return object;
}

static void set_choice(json_t *object, const savings_own_fit *fit) {
    json_t *candidates = json_array();
    crease_json_set_text(object, "transform", transform_name[fit->transform]);
    crease_json_set_text(object, "transform_why", fit->transform_why);
    json_object_set_new(object, "transform_left_out_rms", crease_json_numbers(fit->transform_error, 2));
    json_object_set_new(object, "weighted_for_noise", json_boolean(fit->weighed));
    crease_json_set_text(object, "net_why", fit->net_why);
    for (size_t i = 0; i < fit->candidate_count; i++) {
        json_t *candidate = json_object();
        crease_json_set_count(candidate, "units", fit->candidate_units[i]);
        crease_json_set_number(candidate, "left_out_rms", fit->candidate_error[i],
                               "interrupted, or the fit leaves the values that are utilities");
        json_array_append_new(candidates, candidate);
    }
    json_object_set_new(object, "candidates", candidates);
    json_object_set_new(object, "exact", json_boolean(fit->exact));
}

static void set_limit(json_t *object, const savings_own_program *run) {
    static const char *const name[] = {"not given", "kink", "smooth", "edge"};
    json_t *limit = json_object();
    if (!run->options.has_limit) {
        json_decref(limit);
        json_object_set_new(object, "limit", json_null());
        return;
    }
    crease_json_set_number(limit, "x", run->options.limit, NULL);
    crease_json_set_text(limit, "verdict", name[run->fit.at_limit]);
    crease_json_set_text(limit, "sentence", run->fit.limit_why);
    json_object_set_new(object, "limit", limit);
}

json_t *savings_own_json(const savings_own_program *run) {
    static const char *const file_key[] = {"value_net", "policy_table", "policy_net"};
    const savings_own_fit *fit = &run->fit;
    json_t *object = crease_json_begin("savings-fit"), *rows = json_array(), *files = json_object();
    json_object_set_new(object, "data", data_json(run));
    crease_json_set_number(object, "crra", run->options.crra > 0 ? run->options.crra : NAN,
                           "no risk aversion was given (--crra)");
    crease_json_set_number(object, "scale", run->options.scale > 0 ? run->options.scale : 1, NULL);
    set_choice(object, fit);
    json_object_set_new(object, "kinks", kinks_json(fit));
    crease_json_set_text(object, "kinks_why", fit->kinks_why);
    set_limit(object, run);
    for (size_t i = 0; i < fit->row_count; i++)
        json_array_append_new(rows, row_json(run, &fit->row[i]));
    json_object_set_new(object, "rows", rows);
    json_object_set_new(object, "shape", shape_json(fit));
    json_object_set_new(object, "policy", policy_json(run));
    for (size_t i = 0; i < 3; i++)
        crease_json_set_text(files, file_key[i], run->file[i]);
    json_object_set_new(object, "files", files);
    json_object_set_new(object, "interrupted", json_boolean(fit->interrupted));
    crease_json_set_count(object, "seed", run->app.seed);
    return object;
}
