/* Problem D in closed form, by the time tau until the limit is met (backwards from there c grows at q = (rho-r)/g). In x = a -
 * limit, y~ = y + r limit:
 *
 *   c = y~ e^(q tau),   x = y~ [(e^(q tau) - e^(-r tau))/(q+r) - (1 - e^(-r tau))/r],   dx/dtau = c - y~ - r x,
 *   V = y~^(1-g)/(1-g) [(e^((1-g) q tau) - e^(-rho tau))/(rho + (1-g) q) + e^(-rho tau)/rho],
 *   log utility: V = log(y~)/rho + (q/rho) [tau - (1 - e^(-rho tau))/rho].
 *
 * V' = u'(c), c'(a) = q c/(c - y~ - r x): infinite at the limit, where c ~ y~ + sqrt(2 q y~ x). */
#include "savings/models.h"
#include <float.h>
#include <math.h>

static double shifted_income(const savings_parameters *p) {
    return p->income + p->interest * p->limit;
}

static crease_status check(const savings_parameters *p, crease_error *error) {
    if (!(p->discount_rate > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the discount rate rho must be above 0, not %g",
                           p->discount_rate);
    if (!(p->interest >= 0 && p->interest < p->discount_rate))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "model D needs an impatient household, 0 <= r < rho; r is %g and rho %g",
                           p->interest, p->discount_rate);
    if (!(shifted_income(p) > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the limit %g is looser than the natural borrowing limit -y/r = %g; raise it",
                           p->limit, -p->income / p->interest);
    return CREASE_OK;
}

static crease_status solve(savings_solution *solution, const savings_solve_options *options,
                           crease_error *error) {
    (void)options;
    (void)error;
    solution->lowest_m = nextafter(solution->parameters.limit, -INFINITY); /* the limit itself is a state */
    return CREASE_OK;
}

/* x for a unit of income; expm1 keeps the digits of a small tau. */
static double assets_at(double tau, double q, double r) {
    if (r == 0)
        return expm1(q * tau) / q - tau;
    return (expm1(q * tau) - expm1(-r * tau)) / (q + r) + expm1(-r * tau) / r;
}

/* Newton's method, kept inside a bracket since x(tau) ascends. */
static double time_to_limit(double x, double q, double r) {
    double low = 0, high = INFINITY, tau = sqrt(2 * x / q);
    if (x <= 0)
        return 0;
    if (q * tau > 1) /* there x grows like e^(q tau) */
        tau = fmin(tau, log1p(x * (q + r)) / q + 1);
    for (int i = 0; i < 200; i++) {
        double here = assets_at(tau, q, r), slope = expm1(q * tau) - r * here;
        if (here < x)
            low = tau;
        else
            high = tau;
        double next = tau - (here - x) / slope;
        if (!(next > low && next < high))
            next = isfinite(high) ? (low + high) / 2 : 2 * low;
        if (fabs(next - tau) <= 2 * DBL_EPSILON * tau)
            return next;
        tau = next;
    }
    return tau;
}

static double value(const savings_parameters *p, double income, double q, double tau) {
    double rho = p->discount_rate, g = p->crra, growth = rho + (1 - g) * q;
    if (g == 1)
        return log(income) / rho + q / rho * (tau + expm1(-rho * tau) / rho);
    /* both forms of the same, of which one does not overflow when r is near rho and tau is long */
    double spending = growth > 0   ? -expm1(-growth * tau) / growth * exp((1 - g) * q * tau)
                      : growth < 0 ? expm1(growth * tau) / growth * exp(-rho * tau)
                                   : tau * exp(-rho * tau);
    return savings_utility(g, income) * (spending + exp(-rho * tau) / rho);
}

static void evaluate(const savings_solution *solution, double a, savings_point *point) {
    const savings_parameters *p = &solution->parameters;
    double income = shifted_income(p), q = (p->discount_rate - p->interest) / p->crra;
    double x = (a - p->limit) / income, tau = time_to_limit(x, q, p->interest);
    double dissaving = expm1(q * tau) - p->interest * x;
    point->a = a;
    point->c = income * exp(q * tau);
    point->mpc = point->mpc_left = q * exp(q * tau) / dissaving;
    point->V = value(p, income, q, tau);
}

static void range(const savings_solution *solution, bool of_assets, double *from, double *to) {
    const savings_parameters *p = &solution->parameters;
    (void)of_assets;
    *from = p->limit;
    *to = p->limit + 5 * shifted_income(p);
}

static double weight(const savings_parameters *p, bool of_assets) {
    (void)of_assets;
    return 1 / p->discount_rate;
}

const savings_methods savings_continuous_time = {
    .name = "D",
    .title = "continuous time with a hard limit",
    .state = "a",
    .defaults = {.crra = 2, .income = 1, .discount_rate = .05, .interest = .03},
    .check = check,
    .solve = solve,
    .evaluate = evaluate,
    .range = range,
    .weight = weight,
};
