/* Continuous time: at a hard limit, and with a rate wedge.
 *
 * At the limit of D, with s = sqrt(2 q y), q = (rho - r)/g, x = sqrt(a):
 *   c = y + s x + O(a),   V = u(y)/rho + u'(y) a - (2/3) g s y^(-g-1) a^(3/2) + O(a^2),
 *   V'' ~ -(1/2) g s y^(-g-1)/x.
 * Exponents are limits of log(f(4a)/f(a))/log 4, coefficients of f(a)/a^p; both are smooth in x, and so
 * extrapolated to x = 0.
 *
 * Wedge r_b > rho > r_s at a = 0: the household rests at 0, and below it pays its debt off in finite time tau
 * by the same formulas with q_b = (rho - r_b)/g < 0, so V'(0-) = u'(y) = V'(0+): the Hamiltonian is continuous
 * in a (Achdou et al. 2022). In periods of length dt the slopes have the ratio (1 + r_b dt)/(1 + r_s dt), which
 * goes to 1. */
#include "savings/claims/claim_measures.h"
#include <float.h>
#include <math.h>

#define BORROWING_RATE .2

typedef struct expansion {
    const savings_solution *solution;
    const savings_claim_setup *setup;
    savings_object object;
    double base, slope; /* taken off first: f = object - base - slope a */
    double power;       /* of a, taken out for a coefficient */
} expansion;

/* Effective income: what can be spent at the limit for ever. */
static double income_of(const savings_parameters *p) {
    return p->income + p->interest * p->limit;
}

static double impatience_of(const savings_parameters *p) {
    return (p->discount_rate - p->interest) / p->crra;
}

/* a: above the limit. */
static double rest(const expansion *e, double a) {
    double value = savings_claim_value(e->solution, e->object, e->setup, e->solution->parameters.limit + a);
    return value - e->base - e->slope * a;
}

static double local_exponent(double x, void *context) {
    const expansion *e = context;
    return log(fabs(rest(e, 4 * x * x) / rest(e, x * x))) / log(4);
}

static double local_coefficient(double x, void *context) {
    const expansion *e = context;
    return rest(e, x * x) / pow(x, 2 * e->power);
}

/* Central second difference with a step of a quarter of a, so that a power stays a power. */
static double curvature(const expansion *e, double a) {
    double h = a / 4;
    return (rest(e, a + h) - 2 * rest(e, a) + rest(e, a - h)) / (h * h);
}

static double curvature_exponent(double x, void *context) {
    const expansion *e = context;
    return log(curvature(e, 4 * x * x) / curvature(e, x * x)) / log(4);
}

static expansion expand(const savings_solution *solution, savings_object object,
                        const savings_claim_setup *setup) {
    const savings_parameters *p = &solution->parameters;
    double y = income_of(p);
    expansion e = {.solution = solution, .setup = setup, .object = object, .base = y, .power = .5};
    if (object == SAVINGS_V)
        e = (expansion){.solution = solution,
                        .setup = setup,
                        .object = object,
                        .base = savings_utility(p->crra, y) / p->discount_rate,
                        .slope = savings_marginal_utility(p->crra, y),
                        .power = 1.5};
    return e;
}

/* The largest of the points from which limits are extrapolated, in sqrt(a): well where the square root outweighs the next term, of
 * which c = y + s x + (2 q + r)/3 x^2 says how far that is. */
static double start_of(const savings_solution *solution) {
    const savings_parameters *p = &solution->parameters;
    double q = impatience_of(p), zone = sqrt(2 * q * income_of(p)) * 3 / (2 * q + p->interest);
    return fmin(.2 * sqrt(savings_claim_scale(solution)), .025 * zone);
}

/* What the rounding of the values leaves of an exponent: the limit is extrapolated from points down to start/8 or so. */
static double rounding_of(const expansion *e, double start) {
    return 128 * DBL_EPSILON * fabs(e->base / rest(e, start * start / 64));
}

static void put_power(expansion *e, double coefficient, const char *exponent_name,
                      const char *coefficient_name, savings_evidence *evidence) {
    double start = start_of(e->solution), exponent = savings_claim_limit(local_exponent, e, start);
    evidence->x = e->solution->parameters.limit;
    double tolerance = 1e-3 + rounding_of(e, start);
    savings_claim_add(evidence, exponent_name, exponent, e->power, tolerance);
    savings_claim_add(evidence, coefficient_name, savings_claim_limit(local_coefficient, e, start),
                      coefficient, tolerance * fabs(coefficient));
    evidence->verdict = fabs(exponent - e->power) < .05;
    evidence->theory = true;
}

crease_status savings_claim_value_power(const savings_solution *solution, savings_object object,
                                        const savings_claim_setup *setup, savings_evidence *evidence,
                                        crease_error *error) {
    const savings_parameters *p = &solution->parameters;
    double y = income_of(p), s = sqrt(2 * impatience_of(p) * y);
    expansion e = expand(solution, object, setup);
    (void)error;
    put_power(&e, -2. / 3 * p->crra * s * pow(y, -p->crra - 1), "exponent of V - u(y)/rho - u'(y) a",
              "its coefficient, -(2/3) g s y^(-g-1) in theory", evidence);
    return CREASE_OK;
}

crease_status savings_claim_policy_power(const savings_solution *solution, savings_object object,
                                         const savings_claim_setup *setup, savings_evidence *evidence,
                                         crease_error *error) {
    const savings_parameters *p = &solution->parameters;
    expansion e = expand(solution, object, setup);
    (void)error;
    put_power(&e, sqrt(2 * impatience_of(p) * income_of(p)), "exponent of c - y",
              "its coefficient, sqrt(2 q y) in theory", evidence);
    return CREASE_OK;
}

crease_status savings_claim_infinite_curvature(const savings_solution *solution, savings_object object,
                                               const savings_claim_setup *setup, savings_evidence *evidence,
                                               crease_error *error) {
    expansion e = expand(solution, object, setup);
    double start = start_of(solution), exponent = savings_claim_limit(curvature_exponent, &e, start);
    (void)error;
    evidence->x = solution->parameters.limit;
    savings_claim_add(evidence, "exponent of V''", exponent, -.5,
                      2e-2 + 64 * rounding_of(&e, start)); /* a quarter of a in the differences */
    savings_claim_add(evidence, "V'' at a = .0001 y", curvature(&e, 1e-4 * savings_claim_scale(solution)), 0,
                      0);
    evidence->number[1].relation = SAVINGS_AT_MOST;
    evidence->verdict = exponent > -.25; /* finite */
    evidence->theory = false;
    return CREASE_OK;
}

/* (e^(k t) - 1)/k. */
static double growth_integral(double k, double t) {
    return k == 0 ? t : expm1(k * t) / k;
}

/* Assets tau before a debt at the rate r is paid off, when c = y e^(q tau); they fall in tau. */
static double debt_at(double y, double q, double r, double tau) {
    return y * (exp(-r * tau) * growth_integral(q + r, tau) + expm1(-r * tau) / r);
}

static double time_to_repay(double y, double q, double r, double a) {
    double low = 0, high = 1;
    while (high < 1e6 && debt_at(y, q, r, high) > a)
        high *= 2;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if (debt_at(y, q, r, middle) > a)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

static double value_of_debt(const savings_parameters *p, double r, double a) {
    double g = p->crra, y = p->income, rho = p->discount_rate, q = (rho - r) / g;
    double tau = time_to_repay(y, q, r, a);
    if (g == 1)
        return log(y) / rho + q / rho * (tau + expm1(-rho * tau) / rho);
    return savings_utility(g, y) * exp(-rho * tau) * (growth_integral(rho + (1 - g) * q, tau) + 1 / rho);
}

/* Difference quotients of V on both sides of 0, at a = x^2 and -x^2. */
static double quotient_above(double x, void *context) {
    const expansion *e = context;
    double value = savings_claim_value(e->solution, e->object, e->setup, x * x);
    return (value - e->base) / (x * x);
}

static double quotient_below(double x, void *context) {
    const expansion *e = context;
    const savings_claim_setup *setup = e->setup;
    double a = -x * x, value = value_of_debt(&e->solution->parameters, BORROWING_RATE, a);
    if (setup->distort)
        value = setup->distort(e->object, a, value, setup->distort_context);
    return (value - e->base) / a;
}

crease_status savings_claim_wedge_in_time(const savings_solution *solution, savings_object object,
                                          const savings_claim_setup *setup, savings_evidence *evidence,
                                          crease_error *error) {
    expansion e = expand(solution, object, setup);
    double start = start_of(solution);
    (void)error;
    evidence->x = 0;
    evidence->slope_left = savings_claim_limit(quotient_below, &e, start);
    evidence->slope_right = savings_claim_limit(quotient_above, &e, start);
    evidence->slope_ratio = 1;
    savings_claim_add(evidence, "V'(0-) / u'(y), with r_b = .2", evidence->slope_left / e.slope, 1, 1e-5);
    savings_claim_add(evidence, "V'(0+) / u'(y)", evidence->slope_right / e.slope, 1, 1e-5);
    evidence->verdict = fabs(evidence->slope_left / evidence->slope_right - 1) > 1e-4;
    evidence->theory = false;
    return CREASE_OK;
}

/* B with a period of dt years: R = 1 + r_s dt, D = (r_b - r_s) dt. */
crease_status savings_claim_short_periods(const savings_solution *solution, savings_object object,
                                          const savings_claim_setup *setup, savings_evidence *evidence,
                                          crease_error *error) {
    static const char *const name[] = {"W'(0-)/W'(0+) - 1, periods of 1 year", ".1 year", ".01 year",
                                       ".001 year"};
    const savings_parameters *year = &solution->parameters;
    double first = 0, last = 0, dt = 1;
    crease_status status = CREASE_OK;
    for (int i = 0; i < 4 && status == CREASE_OK; i++, dt /= 10) {
        savings_parameters p = *year;
        savings_solution *brief;
        p.beta = pow(year->beta, dt);
        p.R = 1 + (year->R - 1) * dt;
        p.penalty = year->penalty * dt;
        status = savings_solve(SAVINGS_B, &p, NULL, &brief, error);
        if (status != CREASE_OK)
            return status;
        double x = p.limit, h = savings_claim_step(brief, x);
        double left = savings_claim_slope(brief, object, setup, x, -h),
               right = savings_claim_slope(brief, object, setup, x, h);
        last = left / right - 1;
        first = i == 0 ? last : first;
        savings_claim_add(evidence, name[i], last, p.penalty / p.R, 1e-8);
        evidence->x = x;
        savings_solution_free(brief);
    }
    evidence->verdict = fabs(last) > .1 * fabs(first); /* it stays */
    evidence->theory = false;
    return status;
}
