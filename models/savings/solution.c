/* Solutions of both problems: the common checks, and evaluation at a point. */
#include "savings/models.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

savings_parameters savings_defaults(savings_model model) {
    savings_parameters a = {.beta = .96, .R = 1.03, .crra = 2, .income = 1, .penalty = 0, .limit = 0};
    savings_parameters b = {.beta = .96, .R = 1.02, .crra = 2, .income = 1, .penalty = .18, .limit = 0};
    return model == SAVINGS_A ? a : b;
}

static crease_status check(savings_model model, const savings_parameters *p, crease_error *error) {
    const double value[] = {p->beta, p->R, p->crra, p->income, p->penalty, p->limit};
    for (size_t i = 0; i < sizeof value / sizeof *value; i++)
        if (!isfinite(value[i]))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "every parameter must be a finite number");
    if (!(p->R > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the gross return R must be above 0, not %g", p->R);
    if (!(p->crra > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the risk aversion must be above 0 (1: log utility), not %g", p->crra);
    if (!(p->income > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "income must be above 0, not %g", p->income);
    return model == SAVINGS_A ? savings_perfect_foresight_check(p, error)
                              : savings_two_period_check(p, error);
}

crease_status savings_solve(savings_model model, const savings_parameters *parameters, double highest_m,
                            savings_solution **solution, crease_error *error) {
    *solution = NULL;
    crease_status status = check(model, parameters, error);
    if (status != CREASE_OK)
        return status;
    savings_solution *made = calloc(1, sizeof *made);
    if (!made)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a solution");
    made->model = model;
    made->parameters = *parameters;
    status = model == SAVINGS_A ? savings_perfect_foresight_solve(made, highest_m, error)
                                : savings_two_period_solve(made, error);
    if (status == CREASE_OK)
        *solution = made;
    else
        savings_solution_free(made);
    return status;
}

void savings_solution_free(savings_solution *solution) {
    if (!solution)
        return;
    free(solution->m);
    free(solution);
}

static bool is_inside(const savings_solution *solution, double m) {
    return m > solution->lowest_m && m <= solution->highest_m;
}

static double consume(const savings_solution *solution, double m, double *slope) {
    return solution->model == SAVINGS_A ? savings_perfect_foresight_consumption(solution, m, slope)
                                        : savings_two_period_consumption(solution, m, slope);
}

double savings_consumption(const savings_solution *solution, double m) {
    double slope;
    return is_inside(solution, m) ? consume(solution, m, &slope) : NAN;
}

/* True where the exact solution keeps a at the limit. Without a penalty that happens at one point of B, where
 * the equation holds. */
static bool is_at_limit(const savings_solution *solution, double m) {
    if (solution->knots == 0)
        return false;
    if (solution->model == SAVINGS_A)
        return m <= solution->m[0];
    return m >= solution->m[0] && m <= solution->m[1];
}

double savings_euler_error(const savings_solution *solution, double m, savings_policy *policy,
                           void *context) {
    const savings_parameters *p = &solution->parameters;
    if (!is_inside(solution, m) || is_at_limit(solution, m))
        return NAN;
    double c = policy(m, context), a = m - c, rate = p->R, rate_left, next;
    if (solution->model == SAVINGS_A)
        next = policy(p->R * a + p->income, context);
    else
        next = savings_two_period_second(solution, a, &rate_left, &rate);
    if (!(c > 0 && next > 0))
        return 1;
    return fabs(pow(p->beta * rate, -1 / p->crra) * next / c - 1);
}

typedef struct exact_policy {
    const savings_solution *solution;
} exact_policy;

static double follow_exact_policy(double m, void *context) {
    const exact_policy *exact = context;
    return savings_consumption(exact->solution, m);
}

savings_point savings_evaluate(const savings_solution *solution, double m) {
    savings_point point = {m, NAN, NAN, NAN, NAN, NAN, NAN};
    if (!is_inside(solution, m))
        return point;
    double crra = solution->parameters.crra;
    exact_policy exact = {solution};
    point.c = consume(solution, m, &point.mpc);
    point.a = is_at_limit(solution, m) ? solution->parameters.limit : m - point.c;
    point.V = solution->model == SAVINGS_A ? savings_perfect_foresight_value(solution, m)
                                           : savings_two_period_value(solution, m);
    point.dV = savings_marginal_utility(crra, point.c);
    double euler = savings_euler_error(solution, m, follow_exact_policy, &exact);
    point.log10_euler = isnan(euler) ? NAN : log10(fmax(euler, DBL_EPSILON));
    return point;
}

savings_end_value savings_end_value_at(const savings_solution *solution, double a) {
    const savings_parameters *p = &solution->parameters;
    savings_end_value end = {NAN, NAN, NAN};
    double left, right, second = NAN;
    if (solution->model == SAVINGS_B)
        second = savings_two_period_second(solution, a, &left, &right);
    if (!(second > 0))
        return end;
    double marginal = p->beta * savings_marginal_utility(p->crra, second);
    end.W = p->beta * savings_utility(p->crra, second);
    end.slope_left = left * marginal;
    end.slope_right = right * marginal;
    return end;
}
