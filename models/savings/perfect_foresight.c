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

static double shifted_income(const savings_parameters *p) {
    return p->income + (p->R - 1) * p->limit;
}

crease_status savings_perfect_foresight_check(const savings_parameters *p, crease_error *error) {
    if (!(p->beta > 0 && p->beta < 1))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the discount factor beta must lie between 0 and 1, not %g", p->beta);
    if (!(p->beta * p->R < 1))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "model A needs an impatient household, beta R < 1, but beta R = %g; lower beta or R",
            p->beta * p->R);
    if (!(shifted_income(p) > 0))
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
    double income = shifted_income(p), log_growth = -log(p->beta * p->R) / p->crra;
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

crease_status savings_perfect_foresight_solve(savings_solution *solution, double highest_m,
                                              crease_error *error) {
    const savings_parameters *p = &solution->parameters;
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

double savings_perfect_foresight_consumption(const savings_solution *solution, double m, double *slope) {
    size_t n = knots_before(solution, m);
    *slope = n == 0 ? 1 : solution->slope[n - 1];
    if (n == 0)
        return m - solution->parameters.limit;
    return solution->c[n - 1] + *slope * (m - solution->m[n - 1]);
}

double savings_perfect_foresight_value(const savings_solution *solution, double m) {
    const savings_parameters *p = &solution->parameters;
    double slope, c = savings_perfect_foresight_consumption(solution, m, &slope);
    double growth = pow(p->beta * p->R, 1 / p->crra), weight = 1, value = 0;
    size_t periods = knots_before(solution, m); /* until the limit binds */
    for (size_t t = 0; t <= periods; t++) {
        value += weight * savings_utility(p->crra, c);
        weight *= p->beta;
        c *= growth;
    }
    return value + weight * savings_utility(p->crra, shifted_income(p)) / (1 - p->beta);
}
