/* --model and the parameters of the model. */
#include "savings/program.h"
#include <string.h>

enum { KEY_MODEL = 1000, KEY_FIRST_PARAMETER };

static const char *const parameter_name[SAVINGS_PARAMETER_COUNT] = {"beta",   "R",       "crra",
                                                                    "income", "penalty", "limit"};

static const struct argp_option options[] = {
    {0, 0, 0, 0, "The model (defaults for A; B):", 10},
    {"model", KEY_MODEL, "A|B", 0,
     "A: perfect foresight, hard limit; B: two periods, penalty rate below the limit", 0},
    {"beta", KEY_FIRST_PARAMETER, "X", 0, "discount factor (.96)", 0},
    {"R", KEY_FIRST_PARAMETER + 1, "X", 0, "gross return on assets (1.03; 1.02)", 0},
    {"crra", KEY_FIRST_PARAMETER + 2, "X", 0, "relative risk aversion, 1: log utility (2)", 0},
    {"income", KEY_FIRST_PARAMETER + 3, "X", 0, "income each period; in the second period (1)", 0},
    {"penalty", KEY_FIRST_PARAMETER + 4, "X", 0, "B: added to R below the limit (.18)", 0},
    {"limit", KEY_FIRST_PARAMETER + 5, "X", 0, "least assets; assets below which the penalty holds (0)", 0},
    {0}};

static error_t parse_model_option(int key, char *argument, struct argp_state *state) {
    savings_model_options *chosen = state->input;
    if (key == KEY_MODEL)
        chosen->model = argument;
    else if (key >= KEY_FIRST_PARAMETER && key < KEY_FIRST_PARAMETER + SAVINGS_PARAMETER_COUNT)
        chosen->value[key - KEY_FIRST_PARAMETER] = argument;
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

const struct argp savings_model_argp = {.options = options, .parser = parse_model_option};

static double *parameter(savings_parameters *p, size_t index) {
    double *const place[SAVINGS_PARAMETER_COUNT] = {&p->beta,   &p->R,       &p->crra,
                                                    &p->income, &p->penalty, &p->limit};
    return place[index];
}

savings_model savings_model_chosen(const savings_model_options *chosen, savings_parameters *parameters) {
    if (!chosen->model)
        crease_app_usage_error(chosen->app,
                               "name the problem: --model A (hard limit) or --model B (penalty rate)");
    bool is_a = strcmp(chosen->model, "A") == 0;
    if (!is_a && strcmp(chosen->model, "B") != 0)
        crease_app_usage_error(chosen->app, "--model takes A or B, not '%s'", chosen->model);
    savings_model model = is_a ? SAVINGS_A : SAVINGS_B;
    *parameters = savings_defaults(model);
    for (size_t i = 0; i < SAVINGS_PARAMETER_COUNT; i++) {
        char option[16];
        snprintf(option, sizeof option, "--%s", parameter_name[i]);
        if (chosen->value[i])
            *parameter(parameters, i) = crease_app_number(chosen->app, option, chosen->value[i]);
    }
    if (is_a && chosen->value[4])
        crease_app_usage_error(chosen->app, "--penalty belongs to model B; model A has a hard limit");
    return model;
}

const char *savings_model_name(savings_model model) {
    return model == SAVINGS_A ? "A" : "B";
}

void savings_json_model(json_t *object, const savings_solution *solution) {
    savings_parameters p = solution->parameters;
    json_t *list = json_object();
    for (size_t i = 0; i < SAVINGS_PARAMETER_COUNT; i++)
        if (solution->model == SAVINGS_B || i != 4)
            crease_json_set_number(list, parameter_name[i], *parameter(&p, i), NULL);
    crease_json_set_text(object, "model", savings_model_name(solution->model));
    json_object_set_new(object, "parameters", list);
}
