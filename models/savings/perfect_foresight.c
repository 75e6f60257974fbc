/* Problem A. In x = m - limit and y~ = y + (R - 1) limit the limit is 0: a~ = x - c, x' = R a~ + y~.
 *
 * With th = (beta R)^(-1/g) > 1 the household spends down: c_t = c_0 th^(-t) until the limit binds, then y~
 * for ever. Going back from there, c_n = th^n y~ is spent at x_n = c_n + (x_{n-1} - y~)/R, x_0 = y~, and c is
 * linear between: a household between x_n and x_{n+1} meets the limit n periods later, and each kink is a
 * change of that number. Slopes: 1/s_n = 1 + 1/(s_{n-1} R th), s_0 = 1, from the definition of x_n without a
 * difference of large numbers. Value: V = sum_{t<=n} beta^t u(c th^-t) + beta^(n+1) u(y~)/(1 - beta). */
#include "savings/models.h"
#include <math.h>
#include <stdlib.h>

enum { MOST_KNOTS = 1000000 };

double savings_income_at_limit(const savings_parameters *p) {
    return p->income + (p->R - 1) * p->limit;
}

static crease_status check(const savings_parameters *p, crease_error *error) {
    if (!(p->beta > 0 && p->beta < 1))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the discount factor beta must lie between 0 and 1, not %g", p->beta);
    if (!(p->beta * p->R < 1))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "model A needs an impatient household, beta R < 1, but beta R = %g; lower beta or R",
            p->beta * p->R);
    if (!(savings_income_at_limit(p) > 0))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the limit %g is looser than the natural borrowing limit -y/(R-1) = %g, beyond which debt "
            "cannot be repaid; raise it",
            p->limit, -p->income / (p->R - 1));
    return CREASE_OK;
}

/* Kinks up to the first one beyond highest (in x); returns their number, or 0 when there are too many. The
 * arrays may be NULL, to count. */
static size_t list_kinks(const savings_parameters *p, double highest, double *x, double *c, double *slope) {
    double income = savings_income_at_limit(p), log_growth = -log(p->beta * p->R) / p->crra;
    double before = income, slope_before = 1;
    for (size_t n = 1; n <= MOST_KNOTS; n++) {
        double spent = income * exp((double)n * log_growth);
        double here = spent + (before - income) / p->R;
        slope_before = 1 / (1 + 1 / (slope_before * p->R * exp(log_growth)));
        if (x) {
            x[n - 1] = here;
            c[n - 1] = spent;
            slope[n - 1] = slope_before;
        }
        if (!(here <= highest))
            return isfinite(here) ? n : 0;
        before = here;
    }
    return 0;
}

static crease_status solve(savings_solution *solution, const savings_solve_options *options,
                           crease_error *error) {
    const savings_parameters *p = &solution->parameters;
    double highest_m = options->highest != 0 ? options->highest : p->limit + 10 * savings_income_at_limit(p);
    double highest = highest_m - p->limit;
    size_t count = list_kinks(p, highest, NULL, NULL, NULL);
    if (count == 0)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the policy has more than %d kinks below m = %g, since beta R = %.17g is so near 1; lower "
            "the largest m",
            MOST_KNOTS, highest_m, p->beta * p->R);
    crease_status status = savings_knots_new(solution, count, error);
    if (status != CREASE_OK)
        return status;
    list_kinks(p, highest, solution->m, solution->c, solution->slope);
    for (size_t i = 0; i < count; i++)
        solution->m[i] += p->limit;
    solution->slope_left = 1;
    solution->lowest_m = p->limit;
    solution->highest_m = solution->m[count - 1];
    solution->binding_m = solution->m[0];
    solution->iterations = count;
    return CREASE_OK;
}

/* Number of knots at or left of m. */
static size_t knots_before(const savings_solution *solution, double m) {
    size_t low = 0, high = solution->knots;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (solution->m[middle] <= m)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* V at x with consumption c, `periods` before the limit binds. */
static double value(const savings_parameters *p, double c, size_t periods) {
    double growth = pow(p->beta * p->R, 1 / p->crra), weight = 1, sum = 0;
    for (size_t t = 0; t <= periods; t++) {
        sum += weight * savings_utility(p->crra, c);
        weight *= p->beta;
        c *= growth;
    }
    return sum + weight * savings_utility(p->crra, savings_income_at_limit(p)) / (1 - p->beta);
}

static void evaluate(const savings_solution *solution, double m, savings_point *point) {
    const savings_parameters *p = &solution->parameters;
    size_t n = knots_before(solution, m);
    point->mpc = point->mpc_left = n == 0 ? 1 : solution->slope[n - 1];
    point->c = n == 0 ? m - p->limit : solution->c[n - 1] + point->mpc * (m - solution->m[n - 1]);
    if (n > 0 && m == solution->m[n - 1])
        point->mpc_left = n == 1 ? solution->slope_left : solution->slope[n - 2];
    point->a = m <= solution->m[0] ? p->limit : m - point->c;
    point->V = value(p, point->c, n);
}

static bool euler_consumption(const savings_solution *solution, double m, double c, savings_policy *policy,
                              void *context, double *asked) {
    const savings_parameters *p = &solution->parameters;
    if (m <= solution->m[0])
        return false;
    *asked = pow(p->beta * p->R, -1 / p->crra) * policy(p->R * (m - c) + p->income, context);
    return true;
}

static void range(const savings_solution *solution, bool of_assets, double *from, double *to) {
    const savings_parameters *p = &solution->parameters;
    double income = savings_income_at_limit(p); /* what is left with assets at the limit */
    (void)of_assets;
    *from = p->limit + .2 * income;
    *to = fmin(p->limit + 4 * income, solution->highest_m);
}

static double weight(const savings_parameters *p, bool of_assets) {
    return (of_assets ? p->beta : 1) / (1 - p->beta);
}

const savings_methods savings_perfect_foresight = {
    .name = "A",
    .title = "perfect foresight with a hard limit",
    .state = "m",
    .defaults = {.beta = .96, .R = 1.03, .crra = 2, .income = 1},
    .check = check,
    .solve = solve,
    .evaluate = evaluate,
    .euler_consumption = euler_consumption,
    .range = range,
    .weight = weight,
};
