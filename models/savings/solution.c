/* Solutions of every problem: the common checks, and evaluation at a point. */
#include "savings/models.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

static const savings_methods *methods_of(savings_model model) {
    static const savings_methods *const table[SAVINGS_MODEL_COUNT] = {
        &savings_perfect_foresight, &savings_two_period,  &savings_default,
        &savings_continuous_time,   &savings_kinked_rate, &savings_buffer_stock};
    return table[(unsigned)model < SAVINGS_MODEL_COUNT ? model : SAVINGS_A];
}

savings_parameters savings_defaults(savings_model model) {
    return methods_of(model)->defaults;
}

const char *savings_model_name(savings_model model) {
    return methods_of(model)->name;
}

const char *savings_model_title(savings_model model) {
    return methods_of(model)->title;
}

const char *savings_state_name(savings_model model) {
    return methods_of(model)->state;
}

static crease_status check(const savings_methods *methods, const savings_parameters *p, crease_error *error) {
    bool natural = p->limit == -INFINITY && methods->defaults.survival > 0;
    const double value[] = {p->beta,
                            p->R,
                            p->crra,
                            p->income,
                            p->penalty,
                            p->default_cost,
                            p->discount_rate,
                            p->interest,
                            p->survival,
                            p->growth,
                            natural ? 0 : p->limit};
    for (size_t i = 0; i < sizeof value / sizeof *value; i++)
        if (!isfinite(value[i]))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "every parameter must be a finite number");
    if (methods->defaults.R > 0 && !(p->R > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the gross return R must be above 0, not %g", p->R);
    if (!(p->crra > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the risk aversion must be above 0 (1: log utility), not %g", p->crra);
    if (methods->defaults.income > 0 && !(p->income > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "income must be above 0, not %g", p->income);
    return methods->check(p, error);
}

crease_status savings_solve(savings_model model, const savings_parameters *parameters,
                            const savings_solve_options *options, savings_solution **solution,
                            crease_error *error) {
    static const savings_solve_options none = {0};
    const savings_methods *methods = methods_of(model);
    *solution = NULL;
    crease_status status = check(methods, parameters, error);
    if (status != CREASE_OK)
        return status;
    savings_solution *made = calloc(1, sizeof *made);
    if (!made)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a solution");
    *made = (savings_solution){.model = model,
                               .parameters = *parameters,
                               .methods = methods,
                               .highest_m = INFINITY,
                               .binding_m = NAN};
    status = methods->solve(made, options ? options : &none, error);
    if (status == CREASE_OK)
        *solution = made;
    else
        savings_solution_free(made);
    return status;
}

void savings_solution_free(savings_solution *solution) {
    if (!solution)
        return;
    savings_stochastic_free(solution);
    free(solution->m);
    free(solution);
}

static bool is_inside(const savings_solution *solution, double x) {
    return x > solution->lowest_m && x <= solution->highest_m;
}

double savings_consumption(const savings_solution *solution, double x) {
    savings_point point;
    if (!is_inside(solution, x))
        return NAN;
    solution->methods->evaluate(solution, x, &point);
    return point.c;
}

double savings_euler_error(const savings_solution *solution, double x, savings_policy *policy,
                           void *context) {
    if (!solution->methods->euler_consumption || !is_inside(solution, x))
        return NAN;
    double c = policy(x, context), asked;
    if (!solution->methods->euler_consumption(solution, x, c, policy, context, &asked))
        return NAN;
    return c > 0 && asked > 0 ? fabs(asked / c - 1) : 1;
}

static double follow_exact_policy(double x, void *context) {
    return savings_consumption(context, x);
}

savings_point savings_point_at(const savings_solution *solution, double x) {
    savings_point point = {x, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    double crra = solution->parameters.crra;
    if (!is_inside(solution, x))
        return point;
    solution->methods->evaluate(solution, x, &point);
    if (isnan(point.dV)) { /* the envelope theorem */
        double second = -crra * savings_marginal_utility(crra, point.c) / point.c;
        point.dV = point.dV_left = savings_marginal_utility(crra, point.c);
        point.d2V = second * point.mpc;
        point.d2V_left = second * point.mpc_left;
    }
    return point;
}

savings_point savings_evaluate(const savings_solution *solution, double x) {
    savings_point point = savings_point_at(solution, x);
    savings_solution *unchanged =
        (savings_solution *)(uintptr_t)solution; /* the context is no const pointer */
    double euler = savings_euler_error(solution, x, follow_exact_policy, unchanged);
    point.log10_euler = isnan(euler) ? NAN : log10(fmax(euler, DBL_EPSILON));
    return point;
}

savings_end_value savings_end_value_at(const savings_solution *solution, double a) {
    if (!solution->methods->end_value)
        return (savings_end_value){NAN, NAN, NAN};
    return solution->methods->end_value(solution, a);
}
