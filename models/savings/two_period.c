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

crease_status savings_two_period_check(const savings_parameters *p, crease_error *error) {
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

crease_status savings_two_period_solve(savings_solution *solution, crease_error *error) {
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

double savings_two_period_consumption(const savings_solution *solution, double m, double *slope) {
    const savings_parameters *p = &solution->parameters;
    double s = second_at_limit(p), z = m - p->limit;
    double k_save = spending_ratio(p, p->R), k_borrow = spending_ratio(p, p->R + p->penalty);
    bool borrows = z < k_borrow * s;
    if (!borrows && z < k_save * s) {
        *slope = 1;
        return z;
    }
    double rate = borrows ? p->R + p->penalty : p->R, k = borrows ? k_borrow : k_save;
    *slope = k * rate / (1 + k * rate);
    return k * (s + rate * z) / (1 + k * rate);
}

double savings_two_period_second(const savings_solution *solution, double a, double *rate_left,
                                 double *rate_right) {
    const savings_parameters *p = &solution->parameters;
    double x = a - p->limit;
    *rate_left = x > 0 ? p->R : p->R + p->penalty;
    *rate_right = x < 0 ? p->R + p->penalty : p->R;
    return second_at_limit(p) + (x < 0 ? *rate_left : *rate_right) * x;
}

/* a = m - c, with exactly the limit on the flat stretch. */
double savings_two_period_value(const savings_solution *solution, double m) {
    const savings_parameters *p = &solution->parameters;
    double slope, c = savings_two_period_consumption(solution, m, &slope);
    double left, right, second = savings_two_period_second(solution, m - c, &left, &right);
    return savings_utility(p->crra, c) + p->beta * savings_utility(p->crra, second);
}
