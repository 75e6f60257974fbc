/* Households with income risk from options, and reports of their policies. */
#include "savings/risk/risk_program.h"
#include <math.h>
#include <string.h>

enum { KEY_STATES = 1400, KEY_PERSISTENCE, KEY_SD };

static const struct argp_option options[] = {
    {0, 0, 0, 0, "The persistent level of income:", 15},
    {"states", KEY_STATES, "N", 0, "its states, 1: none", 0},
    {"persistence", KEY_PERSISTENCE, "X", 0, "autocorrelation of its logarithm from year to year (.9)", 0},
    {"sd", KEY_SD, "X", 0, "standard deviation of its logarithm (.3)", 0},
    {0}};

static error_t parse_option(int key, char *argument, struct argp_state *state) {
    savings_risk_options *chosen = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &chosen->model;
        return 0;
    case KEY_STATES:
        chosen->states = crease_app_count(chosen->model.app, "--states", argument, 1);
        return 0;
    case KEY_PERSISTENCE:
        chosen->persistence = crease_app_number(chosen->model.app, "--persistence", argument);
        return 0;
    case KEY_SD:
        chosen->sd = crease_app_number(chosen->model.app, "--sd", argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&savings_model_argp, 0, NULL, 0}, {0}};
const struct argp savings_risk_argp = {.options = options, .parser = parse_option, .children = children};

savings_risk_options savings_risk_begin(const crease_app *app) {
    return (savings_risk_options){.model = {.app = app}, .states = 1, .persistence = .9, .sd = .3};
}

crease_status savings_risk_read(savings_risk_options *chosen, const char *const *unheard, const char *because,
                                crease_error *error) {
    const crease_app *app = chosen->model.app;
    for (size_t i = 0; savings_parameter_at(i); i++)
        for (size_t k = 0; unheard && unheard[k]; k++)
            if (chosen->model.value[i] && strcmp(savings_parameter_at(i)->name, unheard[k]) == 0)
                crease_app_usage_error(app, "%s has no meaning here: %s", unheard[k], because);
    if (!chosen->model.model && !chosen->model.calibration)
        chosen->model.model = "K3";
    crease_status status = savings_model_chosen(&chosen->model, &chosen->calibration, error);
    savings_model model = chosen->calibration.model;
    if (status == CREASE_OK && model != SAVINGS_K3 && model != SAVINGS_D1)
        crease_app_usage_error(app, "model %s has no income risk; take K3 (rate wedge) or D1 (one rate)",
                               savings_model_name(model));
    return status;
}

void savings_risk_end(savings_risk_options *chosen) {
    savings_calibration_clear(&chosen->calibration);
}

json_t *savings_risk_json(const savings_risk_options *chosen) {
    const savings_parameters *p = &chosen->calibration.parameters;
    json_t *object = savings_json_parameters(chosen->calibration.model, p, p->shocks != NULL);
    crease_json_set_count(object, "states", chosen->states);
    crease_json_set_number(object, "persistence", chosen->persistence, NULL);
    crease_json_set_number(object, "sd", chosen->sd, NULL);
    return object;
}

json_t *savings_rule_kinks_json(const savings_rule *rule) {
    json_t *list = json_array();
    for (size_t i = 0; i < rule->first_order; i++) {
        size_t node = rule->kink[i];
        json_t *kink = json_object();
        crease_json_set_number(kink, "m", rule->m[node], NULL);
        crease_json_set_number(kink, "c", rule->c[node], NULL);
        crease_json_set_number(kink, "a", rule->a[node], NULL);
        crease_json_set_number(kink, "mpc_left", rule->mpc_left[node], NULL);
        crease_json_set_number(kink, "mpc_right", rule->mpc_right[node], NULL);
        json_array_append_new(list, kink);
    }
    return list;
}
