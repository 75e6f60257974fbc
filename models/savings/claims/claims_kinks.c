/* Kinks under a hard limit and with a rate wedge, and where there are none.
 *
 * Hard limit, m* = limit + c*: V'(m) = u'(c(m)) (envelope theorem) and c is continuous, so V is C1 and
 *   V''(m*-) = u''(c*),   V''(m*+) = u''(c*) MPC+.
 * MPC+ without the policy: the Euler equation u'(m - a) = W'(a) differentiated at a = limit+ gives
 *   MPC+ = W''/(u''(c*) + W''),   in A 1/(1 + 1/(R th)), th = (beta R)^(-1/g).
 * Rate wedge: W'(a) = r(a) S(a) with S continuous, so W'(0-)/W'(0+) = R_b/R_s. a = 0 for all m at which
 *   W'(0+) <= u'(m) <= W'(0-),   so c_hi/c_lo = (R_b/R_s)^(1/g). */
#include "savings/claims/claim_measures.h"
#include <math.h>
#include <stdlib.h>

/* Steps for W'' at the limit: shorter than the way to the next jump of W'', of which every shock makes some. */
#define CLOSE 1e-4

static void put_slopes(const savings_solution *solution, savings_object object,
                       const savings_claim_setup *setup, double x, savings_evidence *evidence) {
    double h = savings_claim_step(solution, x);
    evidence->x = x;
    evidence->slope_left = savings_claim_slope(solution, object, setup, x, -h);
    evidence->slope_right = savings_claim_slope(solution, object, setup, x, h);
}

/* The first kink of the policy from first to last, or the one at which V's slopes differ most when they do. */
static void put_worst(const savings_solution *solution, savings_object object,
                      const savings_claim_setup *setup, size_t first, size_t last,
                      savings_evidence *evidence) {
    double worst = -1;
    for (size_t i = first; i <= last && i < solution->knots; i++) {
        savings_evidence here = *evidence;
        put_slopes(solution, object, setup, solution->m[i], &here);
        double apart = fabs(here.slope_left / here.slope_right - 1);
        if (i == first || apart > fmax(worst, 1e-6)) {
            worst = apart;
            *evidence = here;
        }
    }
    evidence->slope_ratio = 1;
    evidence->verdict = worst >= 0 && savings_claim_is_kink(evidence->slope_left, evidence->slope_right);
    if (worst >= 0)
        savings_claim_add(evidence, "V'(left) / V'(right)", evidence->slope_left / evidence->slope_right, 1,
                          1e-6);
}

crease_status savings_claim_no_kink_of_value(const savings_solution *solution, savings_object object,
                                             const savings_claim_setup *setup, savings_evidence *evidence,
                                             crease_error *error) {
    enum { LAST = 9 };
    (void)error;
    put_worst(solution, object, setup, 0, LAST, evidence);
    return CREASE_OK;
}

crease_status savings_claim_no_kink_first(const savings_solution *solution, savings_object object,
                                          const savings_claim_setup *setup, savings_evidence *evidence,
                                          crease_error *error) {
    (void)error;
    put_worst(solution, object, setup, 0, 0, evidence);
    return CREASE_OK;
}

crease_status savings_claim_no_kink_last(const savings_solution *solution, savings_object object,
                                         const savings_claim_setup *setup, savings_evidence *evidence,
                                         crease_error *error) {
    (void)error;
    put_worst(solution, object, setup, solution->knots - 1, solution->knots - 1, evidence);
    return CREASE_OK;
}

static double second_derivative_of_utility(double crra, double c) {
    return -crra * savings_marginal_utility(crra, c) / c;
}

/* MPC+ from W near the limit, or from the closed form of A. */
static double slope_of_policy(const savings_solution *solution, double c) {
    static const savings_claim_setup plain = {0};
    const savings_parameters *p = &solution->parameters;
    if (solution->model == SAVINGS_A)
        return 1 / (1 + 1 / (p->R * pow(p->beta * p->R, -1 / p->crra)));
    double bend = second_derivative_of_utility(p->crra, c),
           W = savings_claim_curvature(solution, SAVINGS_W, &plain, p->limit, CLOSE);
    return W / (bend + W);
}

crease_status savings_claim_curvature_jump(const savings_solution *solution, savings_object object,
                                           const savings_claim_setup *setup, savings_evidence *evidence,
                                           crease_error *error) {
    double x = solution->binding_m, h = 5 * savings_claim_step(solution, x);
    double c = x - solution->parameters.limit; /* the limit binds up to here */
    double bend = second_derivative_of_utility(solution->parameters.crra, c),
           mpc = slope_of_policy(solution, c);
    double left = savings_claim_curvature(solution, object, setup, x, -h),
           right = savings_claim_curvature(solution, object, setup, x, h);
    (void)error;
    evidence->x = x;
    savings_claim_add(evidence, "V''(m*-) / u''(c*)", left / bend, 1, 1e-3);
    savings_claim_add(evidence, "V''(m*+) / u''(c*), MPC+ in theory", right / bend, mpc, 1e-3);
    evidence->verdict = fabs(left - right) > 1e-2 * fabs(left);
    evidence->theory = fabs(1 - mpc) > 1e-2;
    return CREASE_OK;
}

crease_status savings_claim_policy_kink(const savings_solution *solution, savings_object object,
                                        const savings_claim_setup *setup, savings_evidence *evidence,
                                        crease_error *error) {
    double mpc = slope_of_policy(solution, solution->binding_m - solution->parameters.limit);
    (void)error;
    put_slopes(solution, object, setup, solution->binding_m, evidence);
    evidence->slope_ratio = 1 / mpc;
    savings_claim_add(evidence, "MPC left of m*", evidence->slope_left, 1, 1e-7);
    savings_claim_add(evidence, "MPC right of m*", evidence->slope_right, mpc, 1e-4);
    evidence->verdict = savings_claim_is_kink(evidence->slope_left, evidence->slope_right);
    evidence->theory = fabs(1 - mpc) > 1e-6;
    return CREASE_OK;
}

static double rate_ratio(const savings_solution *solution) {
    const savings_parameters *p = &solution->parameters;
    if (p->rate_count > 0)
        return p->rate_count > 1 ? p->rate[0] / p->rate[1] : 1;
    return (p->R + p->penalty) / p->R;
}

crease_status savings_claim_wedge(const savings_solution *solution, savings_object object,
                                  const savings_claim_setup *setup, savings_evidence *evidence,
                                  crease_error *error) {
    (void)error;
    put_slopes(solution, object, setup, savings_claim_rate_kink(solution), evidence);
    evidence->slope_ratio = rate_ratio(solution);
    savings_claim_add(evidence, "W'(left) / W'(right), ratio of the rates",
                      evidence->slope_left / evidence->slope_right, evidence->slope_ratio, 1e-6);
    evidence->verdict = savings_claim_is_kink(evidence->slope_left, evidence->slope_right);
    evidence->theory = fabs(evidence->slope_ratio - 1) > 1e-6;
    return CREASE_OK;
}

/* The cash on hand at which assets reach level, by bisection of m - c(m), which does not fall. */
static double reach(const savings_solution *solution, const savings_claim_setup *setup, double low,
                    double high, double level) {
    for (int i = 0; i < 200 && low < high; i++) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            break;
        if (middle - savings_claim_value(solution, SAVINGS_CONSUMPTION, setup, middle) < level)
            low = middle;
        else
            high = middle;
    }
    return low + (high - low) / 2;
}

crease_status savings_claim_flat_stretch(const savings_solution *solution, savings_object object,
                                         const savings_claim_setup *setup, savings_evidence *evidence,
                                         crease_error *error) {
    double from, to, at = savings_claim_rate_kink(solution), tiny = 1e-9 * savings_claim_scale(solution);
    savings_object_range(solution, object, &from, &to);
    double low = reach(solution, setup, from, to, at - tiny),
           high = reach(solution, setup, from, to, at + tiny);
    double c_low = low - at, c_high = high - at,
           theory = pow(rate_ratio(solution), 1 / solution->parameters.crra);
    (void)error;
    evidence->x = low;
    savings_claim_add(evidence, "c_hi / c_lo, (R_b/R_s)^(1/g) in theory", c_high / c_low, theory, 1e-6);
    savings_claim_add(evidence, "MPC in the middle",
                      savings_claim_slope(solution, object, setup, (low + high) / 2, (high - low) / 16),
                      theory > 1 ? 1 : NAN, 1e-7);
    if (!(theory > 1))
        evidence->count--; /* no stretch, no slope on it */
    evidence->verdict = c_high / c_low - 1 > 1e-6;
    evidence->theory = theory - 1 > 1e-6;
    return CREASE_OK;
}

/* How many kinks the object itself has between from and to, and the first. */
static size_t true_kinks(const savings_solution *solution, savings_object object, double from, double to,
                         double *first) {
    const savings_parameters *p = &solution->parameters;
    size_t count = 0;
    if (solution->model == SAVINGS_C) {
        *first = solution->m[0];
        return 1;
    }
    for (size_t i = 0; object == SAVINGS_W && i + 1 < (p->rate_count > 0 ? p->rate_count : 2); i++) {
        double at = p->rate_count > 0 ? p->rate_kink[i] : savings_claim_rate_kink(solution);
        bool falls = p->rate_count > 0 ? p->rate[i] > p->rate[i + 1] : p->penalty > 0;
        if (falls && at > from && at < to && count++ == 0)
            *first = at;
    }
    return count;
}

/* Where 200 even values show a kink if there is one (falsified values do): of an end-of-period value as far as
 * four times the way from its lower end to the kink of the rate, of V from half way to the first kink of the
 * policy, below which it is too steep, to some way beyond the last. */
static void detection_range(const savings_solution *solution, savings_object object, double *from,
                            double *to) {
    savings_object_range(solution, object, from, to);
    double place = savings_claim_rate_kink(solution);
    if (object == SAVINGS_W && place > *from && place < *to)
        *to = fmin(*to, place + 4 * (place - *from));
    if (object == SAVINGS_V && solution->knots > 0 && isfinite(solution->lowest_m)) {
        double first = solution->m[0], reach = first - solution->lowest_m;
        *from = fmax(*from, first - reach / 2);
        *to = fmin(*to, solution->m[solution->knots - 1] + 2 * reach);
    }
}

crease_status savings_claim_detected(const savings_solution *solution, savings_object object,
                                     const savings_claim_setup *setup, savings_evidence *evidence,
                                     crease_error *error) {
    enum { POINTS = 200 };
    double from, to, kink = NAN, *x = malloc(2 * POINTS * sizeof *x), *y = x ? x + POINTS : NULL;
    crease_detected_kink *found = NULL;
    crease_kinks_summary summary;
    size_t count;
    if (!x)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %d points", POINTS);
    detection_range(solution, object, &from, &to);
    size_t expected = true_kinks(solution, object, from, to, &kink);
    for (size_t i = 0; i < POINTS; i++) {
        x[i] = from + (to - from) * (double)i / (POINTS - 1);
        y[i] = savings_claim_value(solution, object, setup, x[i]);
    }
    crease_data data = {.n = POINTS, .inputs = 1, .outputs = 1, .x = x, .y = y};
    crease_kink_options options = {.threads = setup->threads,
                                   .interrupted = setup->interrupted,
                                   .interrupted_context = setup->interrupted_context};
    crease_status status = crease_kinks_detect(&data, &options, &found, &count, &summary, error);
    if (status == CREASE_OK) {
        savings_claim_add(evidence, "kinks found in 200 values", (double)count, (double)expected, 0);
        if (expected > 0 && count > 0)
            savings_claim_add(evidence, "the first is at", found[0].x, kink, 1e-4 * (to - from));
        evidence->x = count > 0 ? found[0].x : NAN;
        evidence->verdict = count > 0;
        evidence->theory = expected > 0;
    }
    free(found);
    free(x);
    return status;
}
