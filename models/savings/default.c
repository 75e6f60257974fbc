/* Problem C in closed form. Bonds price at 1/R where they will be repaid and at 0 elsewhere, income is constant and beta = 1/R,
 * so a repayer stays at a for ever and spends y + (R-1) a; who defaults spends (1-phi) y for ever. With c(a) the larger of both,
 *
 *   V(a) = u(c(a))/(1 - beta),   n(V) = c(a) (1 - beta)^(-1/(1-g)),   kink at a* = -phi y/(R-1):
 *
 * V' = 0 on its left and u'/(1-beta) = R u'((1-phi) y) on its right. */
#include "savings/models.h"
#include <math.h>

static crease_status check(const savings_parameters *p, crease_error *error) {
    if (!(p->R > 1))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "model C has beta = 1/R, so R must be above 1 for finite values, not %g", p->R);
    if (!(p->default_cost > 0 && p->default_cost < 1))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the cost of default phi must lie between 0 and 1, not %g", p->default_cost);
    return CREASE_OK;
}

static double endogenous_limit(const savings_parameters *p) {
    return -p->default_cost * p->income / (p->R - 1);
}

static crease_status solve(savings_solution *solution, const savings_solve_options *options,
                           crease_error *error) {
    const savings_parameters *p = &solution->parameters;
    (void)options;
    crease_status status = savings_knots_new(solution, 1, error);
    if (status != CREASE_OK)
        return status;
    solution->m[0] = endogenous_limit(p);
    solution->c[0] = (1 - p->default_cost) * p->income;
    solution->slope[0] = p->R - 1;
    solution->slope_left = 0;
    solution->lowest_m = -INFINITY;
    return CREASE_OK;
}

static void evaluate(const savings_solution *solution, double a, savings_point *point) {
    const savings_parameters *p = &solution->parameters;
    double limit = endogenous_limit(p), net = p->R - 1, total = p->R / net; /* 1/(1 - beta) */
    bool repays = a >= limit;
    point->a = a;
    point->c = (1 - p->default_cost) * p->income + (repays ? net * (a - limit) : 0);
    double marginal = savings_marginal_utility(p->crra, point->c);
    point->V = total * savings_utility(p->crra, point->c);
    point->mpc = repays ? net : 0;
    point->dV = repays ? p->R * marginal : 0;
    point->d2V = repays ? -p->crra * p->R * net * marginal / point->c : 0;
    point->mpc_left = a == limit ? 0 : point->mpc;
    point->dV_left = a == limit ? 0 : point->dV;
    point->d2V_left = a == limit ? 0 : point->d2V;
}

static void range(const savings_solution *solution, bool of_assets, double *from, double *to) {
    (void)of_assets;
    *from = 2 * solution->m[0];
    *to = -2 * solution->m[0];
}

static double weight(const savings_parameters *p, bool of_assets) {
    (void)of_assets;
    return p->R / (p->R - 1);
}

const savings_methods savings_default = {
    .name = "C",
    .title = "default at an endogenous limit",
    .state = "a",
    .defaults = {.R = 1.04, .crra = 2, .income = 1, .default_cost = .1},
    .check = check,
    .solve = solve,
    .evaluate = evaluate,
    .range = range,
    .weight = weight,
};
