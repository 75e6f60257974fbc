/* Problem B in closed form. With x = a - limit, z = m - limit, s = y + R limit, r = R for x > 0 and R + D for
 * x < 0: second-period consumption s + r x, Euler equation c = k (s + r x), k = (beta r)^(-1/g), x = z - c,
 * so
 *
 *   c = k (s + r z) / (1 + k r)   for x != 0,      c = z for k_b s <= z <= k_s s (the household stays at the
 * limit)
 *
 * with k_b, k_s for the penalty rate and the plain one: kinks at z = k_b s and z = k_s s, slopes k r/(1 + k
 * r) and 1. */
#include "savings/models.h"
#include <math.h>

/* What is spent for each unit of second-period consumption. */
static double spending_ratio(const savings_parameters *p, double rate) {
    return pow(p->beta * rate, -1 / p->crra);
}

/* Second-period consumption when the household stays at the limit. */
static double second_at_limit(const savings_parameters *p) {
    return p->income + p->R * p->limit;
}

static crease_status check(const savings_parameters *p, crease_error *error) {
    if (!(p->beta > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the discount factor beta must be above 0, not %g",
                           p->beta);
    if (!(p->penalty >= 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the penalty must not be negative, or the budget is not concave; got %g",
                           p->penalty);
    if (!(second_at_limit(p) > 0))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "at the limit %g nothing is left to consume in the second period (y + R limit = %g); raise "
            "it above %g",
            p->limit, second_at_limit(p), -p->income / p->R);
    return CREASE_OK;
}

static crease_status solve(savings_solution *solution, const savings_solve_options *options,
                           crease_error *error) {
    (void)options;
    const savings_parameters *p = &solution->parameters;
    double s = second_at_limit(p), rate[2] = {p->R + p->penalty, p->R};
    double k[2] = {spending_ratio(p, rate[0]), spending_ratio(p, rate[1])};
    double slope[3] = {k[0] * rate[0] / (1 + k[0] * rate[0]), 1, k[1] * rate[1] / (1 + k[1] * rate[1])};
    crease_status status = savings_knots_new(solution, p->penalty > 0 ? 2 : 0, error);
    if (status != CREASE_OK)
        return status;
    for (size_t i = 0; i < solution->knots; i++) {
        solution->m[i] = p->limit + k[i] * s;
        solution->c[i] = k[i] * s;
        solution->slope[i] = slope[i + 1];
    }
    solution->slope_left = slope[0];
    solution->lowest_m = p->limit - s / rate[0];
    solution->highest_m = INFINITY;
    solution->binding_m = NAN;
    return CREASE_OK;
}

/* y + B(a) and the rates on the left and right of a. */
static double second_period(const savings_parameters *p, double a, double *rate_left, double *rate_right) {
    double x = a - p->limit;
    *rate_left = x > 0 ? p->R : p->R + p->penalty;
    *rate_right = x < 0 ? p->R + p->penalty : p->R;
    return second_at_limit(p) + (x < 0 ? *rate_left : *rate_right) * x;
}

static bool is_at_limit(const savings_solution *solution, double m) {
    return solution->knots > 0 && m >= solution->m[0] && m <= solution->m[1];
}

static void evaluate(const savings_solution *solution, double m, savings_point *point) {
    const savings_parameters *p = &solution->parameters;
    double s = second_at_limit(p), z = m - p->limit;
    bool borrows = z < spending_ratio(p, p->R + p->penalty) * s;
    double rate = borrows ? p->R + p->penalty : p->R, k = spending_ratio(p, rate), left, right;
    bool stays = !borrows && z < k * s;
    point->mpc = point->mpc_left = stays ? 1 : k * rate / (1 + k * rate);
    point->c = stays ? z : k * (s + rate * z) / (1 + k * rate);
    if (solution->knots > 0 && m == solution->m[0])
        point->mpc_left = solution->slope_left;
    if (solution->knots > 0 && m == solution->m[1])
        point->mpc_left = 1;
    point->a = is_at_limit(solution, m) ? p->limit : m - point->c;
    point->V = savings_utility(p->crra, point->c) +
               p->beta * savings_utility(p->crra, second_period(p, m - point->c, &left, &right));
}

/* Without a penalty the household is at the limit at one point only, where the equation holds. */
static bool euler_consumption(const savings_solution *solution, double m, double c, savings_policy *policy,
                              void *context, double *asked) {
    const savings_parameters *p = &solution->parameters;
    double left, rate, second = second_period(p, m - c, &left, &rate);
    (void)policy;
    (void)context;
    *asked = spending_ratio(p, rate) * second;
    return !is_at_limit(solution, m);
}

static savings_end_value end_value(const savings_solution *solution, double a) {
    const savings_parameters *p = &solution->parameters;
    double left, right, second = second_period(p, a, &left, &right);
    if (!(second > 0))
        return (savings_end_value){NAN, NAN, NAN};
    double marginal = p->beta * savings_marginal_utility(p->crra, second);
    return (savings_end_value){p->beta * savings_utility(p->crra, second), left * marginal, right * marginal};
}

static void range(const savings_solution *solution, bool of_assets, double *from, double *to) {
    const savings_parameters *p = &solution->parameters;
    double second = second_at_limit(p);
    *from = p->limit - .6 * second / (p->R + p->penalty); /* six tenths of the way to nothing to consume */
    *to = p->limit + (of_assets ? 1.5 : 3) * second;
}

static double weight(const savings_parameters *p, bool of_assets) {
    return of_assets ? p->beta : 1 + p->beta;
}

const savings_methods savings_two_period = {
    .name = "B",
    .title = "two periods with a penalty rate",
    .state = "m",
    .defaults = {.beta = .96, .R = 1.02, .crra = 2, .income = 1, .penalty = .18},
    .check = check,
    .solve = solve,
    .evaluate = evaluate,
    .euler_consumption = euler_consumption,
    .end_value = end_value,
    .range = range,
    .weight = weight,
};
