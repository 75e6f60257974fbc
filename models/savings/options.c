/* --model, --calibration and the parameters of the model. */
#include "savings/program.h"
#include <math.h>
#include <string.h>

enum {
    KEY_MODEL = 1000,
    KEY_CALIBRATION,
    KEY_RATES,
    KEY_RATE_KINKS,
    KEY_SHOCKS,
    KEY_POINTS,
    KEY_FIRST_PARAMETER
};

static const struct argp_option options[] = {
    {0, 0, 0, 0, "The model:", 10},
    {"model", KEY_MODEL, "NAME", 0,
     "A: perfect foresight, hard limit; B: two periods, penalty rate; C: default; D: continuous time; K3: "
     "income risk, "
     "hard limit, rate wedge; D1: income risk, hard limit",
     0},
    {"calibration", KEY_CALIBRATION, "FILE.json", 0, "the model and its parameters; options go over it", 0},
    {"beta", KEY_FIRST_PARAMETER, "X", 0, "discount factor (.96)", 0},
    {"R", KEY_FIRST_PARAMETER + 1, "X", 0, "gross return on assets (A, D1 1.03; B, K3 1.02; C 1.04)", 0},
    {"crra", KEY_FIRST_PARAMETER + 2, "X", 0, "relative risk aversion, 1: log utility (2)", 0},
    {"income", KEY_FIRST_PARAMETER + 3, "X", 0, "A to D: income each period; B: in the second period (1)", 0},
    {"penalty", KEY_FIRST_PARAMETER + 4, "X", 0,
     "B, K3, D1: added to R below the limit (B) or below 0 (B, K3 .18; D1 0)", 0},
    {"limit", KEY_FIRST_PARAMETER + 5, "X", 0,
     "least assets; B: those below which the penalty holds; K3, D1: or 'natural' (0; K3 -.2)", 0},
    {"phi", KEY_FIRST_PARAMETER + 6, "X", 0, "C: share of income lost by default (.1)", 0},
    {"rho", KEY_FIRST_PARAMETER + 7, "X", 0, "D: discount rate (.05)", 0},
    {"r", KEY_FIRST_PARAMETER + 8, "X", 0, "D: interest rate (.03)", 0},
    {"survival", KEY_FIRST_PARAMETER + 9, "X", 0, "K3, D1: probability to live on, multiplies beta (.98)", 0},
    {"growth", KEY_FIRST_PARAMETER + 10, "X", 0, "K3, D1: growth factor of permanent income (1.01)", 0},
    {"sigma-permanent", KEY_FIRST_PARAMETER + 11, "X", 0, "K3, D1: deviation of log permanent shocks (.1)",
     0},
    {"sigma-transitory", KEY_FIRST_PARAMETER + 12, "X", 0, "K3, D1: of log transitory shocks (.1)", 0},
    {"unemployment", KEY_FIRST_PARAMETER + 13, "X", 0, "K3, D1: probability of unemployment (.05)", 0},
    {"unemployment-income", KEY_FIRST_PARAMETER + 14, "X", 0, "K3, D1: income then (.3)", 0},
    {"rates", KEY_RATES, "X,X,..", 0,
     "K3, D1: gross returns on assets, not rising, in place of R and penalty", 0},
    {"rate-kinks", KEY_RATE_KINKS, "A,..", 0, "K3, D1: assets at which the next rate begins", 0},
    {"income-points", KEY_POINTS, "N", 0, "K3, D1: points of each lognormal shock (7)", 0},
    {"shocks", KEY_SHOCKS, "FILE.csv", 0, "K3, D1: income process: probability, permanent, transitory", 0},
    {0}};

static error_t parse_model_option(int key, char *argument, struct argp_state *state) {
    savings_model_options *chosen = state->input;
    switch (key) {
    case KEY_MODEL:
        chosen->model = argument;
        return 0;
    case KEY_CALIBRATION:
        chosen->calibration = argument;
        return 0;
    case KEY_RATES:
        chosen->rates = argument;
        return 0;
    case KEY_RATE_KINKS:
        chosen->rate_kinks = argument;
        return 0;
    case KEY_POINTS:
        chosen->points = argument;
        return 0;
    case KEY_SHOCKS:
        chosen->shocks = argument;
        return 0;
    default:
        if (key < KEY_FIRST_PARAMETER || key >= KEY_FIRST_PARAMETER + SAVINGS_PARAMETER_COUNT)
            return ARGP_ERR_UNKNOWN;
        chosen->value[key - KEY_FIRST_PARAMETER] = argument;
        return 0;
    }
}

const struct argp savings_model_argp = {.options = options, .parser = parse_model_option};

static void set_numbers(const savings_model_options *chosen, savings_calibration *calibration) {
    crease_error error;
    for (size_t i = 0; i < SAVINGS_PARAMETER_COUNT; i++) {
        const char *text = chosen->value[i];
        const savings_parameter *parameter = savings_parameter_at(i);
        if (!text)
            continue;
        bool natural = strcmp(parameter->name, "limit") == 0 && strcmp(text, "natural") == 0 &&
                       (calibration->model == SAVINGS_K3 || calibration->model == SAVINGS_D1);
        char option[40];
        snprintf(option, sizeof option, "--%s", parameter->name);
        for (char *c = option; *c; c++)
            *c = *c == '_' ? '-' : *c;
        double value = natural ? -INFINITY : crease_app_number(chosen->app, option, text);
        if (savings_calibration_set(calibration, parameter->name, value, &error) != CREASE_OK)
            crease_app_usage_error(chosen->app, "%s", error.message);
        if (strcmp(parameter->name, "R") == 0 || strcmp(parameter->name, "penalty") == 0)
            calibration->parameters.rate_count = 0; /* over the rates of a calibration */
    }
}

static void set_points(const savings_model_options *chosen, savings_calibration *calibration) {
    crease_error error;
    if (!chosen->points)
        return;
    double points = (double)crease_app_count(chosen->app, "--income-points", chosen->points, 1);
    if (savings_calibration_set(calibration, "income_points", points, &error) != CREASE_OK)
        crease_app_usage_error(chosen->app, "%s", error.message);
}

static void set_rates(const savings_model_options *chosen, savings_calibration *calibration) {
    size_t rates = 0, kinks = 0;
    crease_error error;
    if (!chosen->rates && !chosen->rate_kinks)
        return;
    double *rate = chosen->rates ? crease_app_numbers(chosen->app, "--rates", chosen->rates, &rates) : NULL;
    double *kink = chosen->rate_kinks
                       ? crease_app_numbers(chosen->app, "--rate-kinks", chosen->rate_kinks, &kinks)
                       : NULL;
    crease_status status = savings_calibration_set_rates(calibration, rates, rate, kinks, kink, &error);
    free(rate);
    free(kink);
    if (status != CREASE_OK)
        crease_app_usage_error(chosen->app, "%s", error.message);
}

crease_status savings_model_chosen(const savings_model_options *chosen, savings_calibration *calibration,
                                   crease_error *error) {
    crease_status status = CREASE_OK;
    savings_model model;
    *calibration = savings_calibration_of(SAVINGS_A);
    if (!chosen->model && !chosen->calibration)
        crease_app_usage_error(chosen->app,
                               "name the problem: --model A, B, C, D, K3 or D1, or --calibration FILE.json");
    if (chosen->model && savings_model_parse(chosen->model, &model, error) != CREASE_OK)
        crease_app_usage_error(chosen->app, "--model: %s", error->message);
    if (chosen->calibration)
        status = savings_calibration_load(chosen->calibration, calibration, error);
    else
        *calibration = savings_calibration_of(model);
    if (status != CREASE_OK)
        return status;
    if (chosen->model && model != calibration->model)
        crease_app_usage_error(chosen->app, "--model %s, but %s is a calibration of %s", chosen->model,
                               chosen->calibration, savings_model_name(calibration->model));
    set_numbers(chosen, calibration);
    set_points(chosen, calibration);
    set_rates(chosen, calibration);
    if (chosen->shocks)
        status = savings_calibration_set_shocks(calibration, chosen->shocks, error);
    return status;
}

json_t *savings_json_parameters(savings_model model, const savings_parameters *p, bool given_shocks) {
    json_t *list = json_object();
    bool risk = model == SAVINGS_K3 || model == SAVINGS_D1;
    for (size_t i = 0; savings_parameter_at(i); i++) {
        const savings_parameter *parameter = savings_parameter_at(i);
        bool unused = given_shocks && parameter->offset >= offsetof(savings_parameters, income_risk);
        if (strcmp(parameter->name, "limit") == 0 && p->limit == -INFINITY)
            crease_json_set_text(list, parameter->name, "natural");
        else if (parameter->models & 1u << model && !unused)
            crease_json_set_number(list, parameter->name, savings_calibration_get(p, parameter), NULL);
    }
    if (given_shocks)
        crease_json_set_count(list, "shocks", p->shocks->count);
    else if (risk)
        crease_json_set_count(list, "income_points", p->income_risk.points ? p->income_risk.points : 7);
    if (p->rate_count > 0) {
        json_object_set_new(list, "rates", crease_json_numbers(p->rate, p->rate_count));
        json_object_set_new(list, "rate_kinks", crease_json_numbers(p->rate_kink, p->rate_count - 1));
    }
    return list;
}

void savings_json_model(json_t *object, const savings_solution *solution) {
    crease_json_set_text(object, "model", savings_model_name(solution->model));
    json_object_set_new(
        object, "parameters",
        savings_json_parameters(solution->model, &solution->parameters, solution->given_shocks));
}
