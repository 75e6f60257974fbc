/* Problems K3 and D1: one household with income risk, solved by endogenous grid points.
 *
 * W'(a) = r(a) S(a), where S = discount E[(G psi)^(-g) u'(c')] is continuous in a: the kink of W at a kink of the rate has the ratio
 * of the rates, exactly. The natural limit shows as a policy that goes to 0 there. */
#include "savings/models.h"
#include "savings/rule.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static crease_status check(const savings_parameters *p, crease_error *error) {
    if (!(p->beta > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the discount factor beta must be above 0, not %g",
                           p->beta);
    if (!(p->survival > 0 && p->survival <= 1))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "survival is a probability above 0 and at most 1, not %g", p->survival);
    if (!(p->growth > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the growth factor of income must be above 0, not %g",
                           p->growth);
    if (p->rate_count == 0 && !(p->penalty >= 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the penalty must not be negative, or the budget is not concave; got %g",
                           p->penalty);
    return p->shocks ? savings_shocks_check(p->shocks, error) : CREASE_OK;
}

/* The household with its own copy of the shocks. */
typedef struct owned_household {
    savings_household household;
    const savings_shocks *list[1];
    savings_shocks *shocks;
} owned_household;

crease_status savings_shocks_of(const savings_parameters *p, savings_shocks **shocks, crease_error *error) {
    if (!p->shocks)
        return savings_shocks_lognormal(&p->income_risk, shocks, error);
    crease_status status = savings_shocks_new(shocks, p->shocks->count, error);
    double sum = 0;
    for (size_t i = 0; status == CREASE_OK && i < p->shocks->count; i++)
        sum += p->shocks->probability[i];
    for (size_t i = 0; status == CREASE_OK && i < p->shocks->count; i++) {
        (*shocks)->probability[i] = p->shocks->probability[i] / sum;
        (*shocks)->permanent[i] = p->shocks->permanent[i];
        (*shocks)->transitory[i] = p->shocks->transitory[i];
    }
    return status;
}

void savings_rates_of(const savings_parameters *p, size_t *count, double *rate, double *kink) {
    *count = p->rate_count;
    memcpy(rate, p->rate, sizeof p->rate);
    memcpy(kink, p->rate_kink, sizeof p->rate_kink);
    if (p->rate_count > 0)
        return;
    *count = p->penalty > 0 ? 2 : 1;
    rate[0] = p->R + p->penalty;
    rate[1] = p->R;
    kink[0] = 0;
}

void savings_stochastic_free(savings_solution *solution) {
    savings_rule_free(solution->rule);
    if (solution->household) { /* the first member of what was allocated */
        owned_household *owned = (owned_household *)solution->household;
        savings_shocks_free(owned->shocks);
        free(owned);
    }
}

static crease_status list_knots(savings_solution *solution, crease_error *error) {
    const savings_rule *rule = solution->rule;
    crease_status status = savings_knots_new(solution, rule->first_order, error);
    for (size_t i = 0; status == CREASE_OK && i < rule->first_order; i++) {
        size_t node = rule->kink[i];
        solution->m[i] = rule->m[node];
        solution->c[i] = rule->c[node];
        solution->slope[i] = rule->mpc_right[node];
    }
    return status;
}

static crease_status solve(savings_solution *solution, const savings_solve_options *options,
                           crease_error *error) {
    const savings_parameters *p = &solution->parameters;
    owned_household *owned = calloc(1, sizeof *owned);
    if (!owned)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a household");
    solution->household = &owned->household;
    solution->given_shocks = p->shocks != NULL;
    crease_status status = savings_shocks_of(p, &owned->shocks, error);
    if (status != CREASE_OK)
        return status;
    solution->parameters.shocks = owned->list[0] = owned->shocks;
    owned->household = (savings_household){.crra = p->crra,
                                           .discount = p->beta * p->survival,
                                           .growth = p->growth,
                                           .limit = p->limit,
                                           .states = 1,
                                           .shocks = owned->list};
    savings_rates_of(p, &owned->household.rate_count, owned->household.rate, owned->household.rate_kink);
    savings_grid_options grid = options->grid;
    if (options->highest > 0)
        grid.highest = options->highest;
    status = savings_household_solve(&owned->household, &grid, &solution->rule, &solution->iterations, error);
    if (status == CREASE_OK)
        status = list_knots(solution, error);
    if (status != CREASE_OK)
        return status;
    solution->lowest_m = solution->rule->lowest;
    solution->slope_left = solution->rule->limit_binds ? 1 : solution->rule->mpc_left[0];
    solution->binding_m = solution->rule->limit_binds ? solution->rule->m[0] : NAN;
    return CREASE_OK;
}

static void evaluate(const savings_solution *solution, double m, savings_point *point) {
    savings_rule_point at = savings_rule_evaluate(solution->household, solution->rule, m);
    point->c = at.c;
    point->a = at.a;
    point->mpc = at.mpc_right;
    point->mpc_left = at.mpc_left;
    point->V = at.V;
}

static bool euler_consumption(const savings_solution *solution, double m, double c, savings_policy *policy,
                              void *context, double *asked) {
    const savings_household *h = solution->household;
    const savings_shocks *shocks = h->shocks[0];
    if (savings_rule_evaluate(h, solution->rule, m).stays)
        return false;
    double left, rate, sum = 0, budget = savings_budget(h, m - c, &left, &rate);
    for (size_t k = 0; k < shocks->count; k++) {
        double growth = h->growth * shocks->permanent[k],
               next = policy(budget / growth + shocks->transitory[k], context);
        if (shocks->probability[k] > 0)
            sum +=
                shocks->probability[k] * (next > 0 ? savings_marginal_utility(h->crra, growth * next) : NAN);
    }
    *asked = pow(h->discount * rate * sum, -1 / h->crra); /* NaN where there is nothing to consume */
    return true;
}

static savings_end_value end_value(const savings_solution *solution, double a) {
    double W, marginal, left, right;
    const savings_rule *rule = solution->rule;
    savings_budget(solution->household, a, &left, &right);
    if (a < rule->lowest)
        return (savings_end_value){NAN, NAN, NAN};
    savings_end_of_period(solution->household, &rule, 0, a, &W, &marginal);
    return (savings_end_value){W, left * marginal, right * marginal};
}

static void range(const savings_solution *solution, bool of_assets, double *from, double *to) {
    bool binds = solution->rule->limit_binds;
    *from = solution->lowest_m + (of_assets && binds ? 0 : .05);
    *to = of_assets ? 5 : 10;
}

static double weight(const savings_parameters *p, bool of_assets) {
    double discount = p->beta * p->survival;
    return (of_assets ? discount : 1) / (1 - discount);
}

const savings_methods savings_kinked_rate = {
    .name = "K3",
    .title = "income risk, a hard limit and a rate wedge",
    .state = "m",
    .defaults =
        {.beta = .96, .R = 1.02, .crra = 2, .penalty = .18, .limit = -.2, .survival = .98, .growth = 1.01},
    .check = check,
    .solve = solve,
    .evaluate = evaluate,
    .euler_consumption = euler_consumption,
    .end_value = end_value,
    .range = range,
    .weight = weight,
};

const savings_methods savings_buffer_stock = {
    .name = "D1",
    .title = "income risk and a hard limit",
    .state = "m",
    .defaults = {.beta = .96, .R = 1.03, .crra = 2, .survival = .98, .growth = 1.01},
    .check = check,
    .solve = solve,
    .evaluate = evaluate,
    .euler_consumption = euler_consumption,
    .end_value = end_value,
    .range = range,
    .weight = weight,
};
