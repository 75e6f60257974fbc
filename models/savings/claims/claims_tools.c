/* Derivatives and limits from values alone.
 *
 * One-sided, from f0, f1, .., f4 at x, x + h, .., x + 4h:
 *   f'  = (-25 f0 + 48 f1 - 36 f2 + 16 f3 - 3 f4)/(12 h)        + O(h^4)
 *   f'' = (35 f0 - 104 f1 + 114 f2 - 56 f3 + 11 f4)/(12 h^2)    + O(h^3)
 * with h < 0 on the left. Rounding costs about 4 eps |f|/h and 14 eps |f|/h^2. */
#include "savings/claims/claim_measures.h"
#include <math.h>

enum { STENCIL = 5, NEVILLE_POINTS = 6 };

double savings_claim_value(const savings_solution *solution, savings_object object,
                           const savings_claim_setup *setup, double x) {
    double value = savings_object_at(solution, object, x, NULL, NULL);
    return setup->distort ? setup->distort(object, x, value, setup->distort_context) : value;
}

double savings_claim_scale(const savings_solution *solution) {
    return solution->parameters.income > 0 ? solution->parameters.income : 1;
}

double savings_claim_rate_kink(const savings_solution *solution) {
    const savings_parameters *p = &solution->parameters;
    if (solution->model == SAVINGS_B)
        return p->limit;
    return p->rate_count > 1 ? p->rate_kink[0] : 0;
}

double savings_claim_step(const savings_solution *solution, double x) {
    double step = 1e-4 * savings_claim_scale(solution);
    for (size_t i = 0; i < solution->knots; i++)
        if (solution->m[i] != x)
            step = fmin(step, fabs(solution->m[i] - x) / 16);
    return step;
}

static double weigh(const savings_solution *solution, savings_object object, const savings_claim_setup *setup,
                    double x, double h, const double weight[STENCIL]) {
    double sum = 0;
    for (int i = 0; i < STENCIL; i++)
        sum += weight[i] * savings_claim_value(solution, object, setup, x + i * h);
    return sum / 12;
}

double savings_claim_slope(const savings_solution *solution, savings_object object,
                           const savings_claim_setup *setup, double x, double h) {
    static const double weight[STENCIL] = {-25, 48, -36, 16, -3};
    return weigh(solution, object, setup, x, h, weight) / h;
}

double savings_claim_curvature(const savings_solution *solution, savings_object object,
                               const savings_claim_setup *setup, double x, double h) {
    static const double weight[STENCIL] = {35, -104, 114, -56, 11};
    return weigh(solution, object, setup, x, h, weight) / (h * h);
}

bool savings_claim_is_kink(double slope_left, double slope_right) {
    return fabs(slope_left - slope_right) > 1e-6 * fmax(fabs(slope_left), fabs(slope_right));
}

double savings_claim_limit(double (*f)(double t, void *context), void *context, double start) {
    double t[NEVILLE_POINTS], p[NEVILLE_POINTS];
    for (int i = 0; i < NEVILLE_POINTS; i++) {
        t[i] = ldexp(start, -i);
        p[i] = f(t[i], context);
        for (int j = i - 1; j >= 0; j--) /* the line through both at t = 0 */
            p[j] = (t[j] * p[j + 1] - t[i] * p[j]) / (t[j] - t[i]);
    }
    return p[0];
}

static void add(savings_evidence *evidence, savings_number number) {
    if (evidence->count < SAVINGS_MOST_NUMBERS)
        evidence->number[evidence->count++] = number;
}

void savings_claim_add(savings_evidence *evidence, const char *name, double measured, double theory,
                       double tolerance) {
    add(evidence, (savings_number){name, measured, theory, tolerance, SAVINGS_EQUAL});
}

void savings_claim_add_bound(savings_evidence *evidence, const char *name, double measured,
                             savings_relation relation, double bound) {
    add(evidence, (savings_number){name, measured, bound, 0, relation});
}

bool savings_number_agrees(const savings_number *number) {
    switch (number->relation) {
    case SAVINGS_AT_LEAST:
        return number->measured >= number->theory;
    case SAVINGS_AT_MOST:
        return number->measured <= number->theory;
    case SAVINGS_EQUAL:
    default:
        return fabs(number->measured - number->theory) <= number->tolerance;
    }
}
