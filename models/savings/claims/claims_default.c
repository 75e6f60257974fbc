/* Default: V = max(V_r, V_d), with a convex kink at a* = -phi y/(R-1) where V_r = V_d: slopes 0 and R
 * u'((1-phi) y).
 *
 * Taste shocks: each option is worth e more, e of the standard Gumbel distribution times s. Their difference is
 * logistic, so
 *    E max(V_r + s e_r, V_d + s e_d) - s gamma = V_d + E max(V_r - V_d + s l, 0) = V_d + s softplus((V_r - V_d)/s)
 * (McFadden 1974; Iskhakov et al. 2017). The expectation is measured by quadrature over the logistic density,
 * so the softplus is a result and not put in. */
#include "savings/claims/claim_measures.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <math.h>

enum { INTERVALS = 200 };

typedef struct choice {
    const savings_solution *solution;
    const savings_claim_setup *setup;
    savings_object object;
    double scale; /* of the shocks, 0: none */
    gsl_integration_workspace *space;
    double gain; /* V_r - V_d at the state of the present integral */
} choice;

static double value_of_default(const savings_parameters *p) {
    return p->R / (p->R - 1) * savings_utility(p->crra, (1 - p->default_cost) * p->income);
}

static double gain_of_repaying(const savings_parameters *p, double a) {
    return p->R / (p->R - 1) * savings_utility(p->crra, p->income + (p->R - 1) * a) - value_of_default(p);
}

/* max(gain + s l, 0) times the logistic density. */
static double integrand(double l, void *context) {
    const choice *c = context;
    double e = exp(-fabs(l));
    return (c->gain + c->scale * l) * e / ((1 + e) * (1 + e));
}

static double expected_maximum(choice *c, double a) {
    double sum, error;
    const savings_parameters *p = &c->solution->parameters;
    c->gain = gain_of_repaying(p, a);
    if (!(c->scale > 0))
        return savings_claim_value(c->solution, c->object, c->setup, a);
    gsl_function f = {integrand, c};
    double from = -c->gain / c->scale, tail = fmax(from, 0) + 60; /* beyond it the density is below 1e-26 */
    if (from < -60)
        from = -60;
    gsl_integration_qag(&f, from, tail, 0, 1e-13, INTERVALS, GSL_INTEG_GAUSS61, c->space, &sum, &error);
    double value = value_of_default(p) + sum;
    return c->setup->distort ? c->setup->distort(c->object, a, value, c->setup->distort_context) : value;
}

static double slope(choice *c, double a, double h) {
    static const double weight[] = {-25, 48, -36, 16, -3};
    double sum = 0;
    for (int i = 0; i < 5; i++)
        sum += weight[i] * expected_maximum(c, a + i * h);
    return sum / (12 * h);
}

crease_status savings_claim_default(const savings_solution *solution, savings_object object,
                                    const savings_claim_setup *setup, savings_evidence *evidence,
                                    crease_error *error) {
    const savings_parameters *p = &solution->parameters;
    double x = -p->default_cost * p->income / (p->R - 1), h = savings_claim_step(solution, x);
    (void)error;
    evidence->x = x;
    evidence->slope_left = savings_claim_slope(solution, object, setup, x, -h);
    evidence->slope_right = savings_claim_slope(solution, object, setup, x, h);
    double right = p->R * savings_marginal_utility(p->crra, (1 - p->default_cost) * p->income);
    evidence->slope_ratio = 0;
    savings_claim_add(evidence, "V'(a*-)", evidence->slope_left, 0, 1e-7 * right);
    savings_claim_add(evidence, "V'(a*+), R u'((1-phi) y) in theory", evidence->slope_right, right,
                      1e-7 * right);
    evidence->verdict = savings_claim_is_kink(evidence->slope_left, evidence->slope_right) &&
                        evidence->slope_right > evidence->slope_left;
    evidence->theory = right > 0;
    return CREASE_OK;
}

crease_status savings_claim_taste_shocks(const savings_solution *solution, savings_object object,
                                         const savings_claim_setup *setup, savings_evidence *evidence,
                                         crease_error *error) {
    const savings_parameters *p = &solution->parameters;
    choice c = {.solution = solution, .setup = setup, .object = object};
    double scale = setup->taste_shocks == 0 ? .1 : fmax(setup->taste_shocks, 0), worst = 0;
    double x = solution->m[0], from, to;
    double whole = p->R * savings_marginal_utility(p->crra, (1 - p->default_cost) * p->income);
    /* a hundredth of the width of the bend */
    double h = scale > 0 ? .01 * scale / whole : savings_claim_step(solution, x);
    c.scale = scale;
    c.space = gsl_integration_workspace_alloc(INTERVALS);
    if (!c.space)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a quadrature");
    evidence->x = x;
    evidence->slope_left = slope(&c, x, -h);
    evidence->slope_right = slope(&c, x, h);
    bool smooth = scale > 0;
    savings_claim_add(evidence, "V'(a*-), half of R u' in theory", evidence->slope_left,
                      smooth ? whole / 2 : 0, 1e-6 * whole);
    savings_claim_add(evidence, "V'(a*+), the same", evidence->slope_right, smooth ? whole / 2 : whole,
                      1e-6 * whole);
    savings_claim_add(evidence, "V(a*) - V_d, s log 2 in theory",
                      expected_maximum(&c, x) - value_of_default(p), scale * log(2), 1e-10);
    savings_object_range(solution, object, &from, &to);
    for (int i = 0; i <= 40 && smooth; i++) {
        double a = from + (to - from) * i / 40, gain = gain_of_repaying(p, a);
        double softplus = fmax(gain, 0) + scale * log1p(exp(-fabs(gain) / scale));
        worst = fmax(worst, fabs(expected_maximum(&c, a) - value_of_default(p) - softplus));
    }
    savings_claim_add(evidence, "largest distance from V_d + s softplus((V_r - V_d)/s)", worst, 0, 1e-9);
    evidence->verdict = savings_claim_is_kink(evidence->slope_left, evidence->slope_right);
    evidence->theory = !smooth;
    evidence->slope_ratio = smooth ? 1 : 0;
    gsl_integration_workspace_free(c.space);
    return CREASE_OK;
}
