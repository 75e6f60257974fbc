/* Which network suits which function, from where kinks are.
 *
 * u'(c) = V' (envelope theorem), so V is C1 wherever c is continuous, and V'' = u''(c) c' jumps where c has a kink. W'(a) = r(a)
 * times a continuous function: W kinks where the rate jumps. n(v) = ((1-g) v)^(1/(1-g)) undoes the curvature of utility: what is u
 * of a piecewise-linear function becomes that function (B: y + B(a); C: the larger of two incomes). In D c - y ~ s x^(1/2) at the
 * limit and V has a term x^(3/2) (Achdou et al. 2022). Consumption is concave without a rate wedge (Carroll & Kimball 1996, with
 * a hard limit Carroll, Holm & Kimball 2021). */
#include "savings/savings.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *value_reason(savings_model model) {
    if (model == SAVINGS_C)
        return "V is the larger of repaying and default, so it has a convex kink at a*, and is curved on its "
               "right: "
               "n(V) is straight there";
    if (model == SAVINGS_D)
        return "V has a term (a - limit)^1.5 and no kink: relu^1.5 at the limit takes that term, a smooth "
               "unit the "
               "rest";
    return "V' = u'(c) and c is continuous (envelope theorem), so V is C1 and has no kink for a hinge: only "
           "V'' "
           "jumps, where c has kinks";
}

static const char *inverse_reason(savings_model model) {
    if (model == SAVINGS_C)
        return "n(V) is c times a constant, the larger of a constant and a line: affine plus one relu is "
               "exact";
    if (model == SAVINGS_D)
        return "n(V) is a smooth function of V, so it keeps the term (a - limit)^1.5: relu^1.5 at the limit";
    return "n(V) takes off the curvature of utility, but is C1 like V: no kink for a hinge";
}

static const char *slope_reason(savings_model model) {
    if (model == SAVINGS_C)
        return "V' jumps at a*, where V has its kink: no continuous network follows";
    if (model == SAVINGS_D)
        return "V' = u'(c) has the square root of c: relu^.5 at the limit";
    return "V' = u'(c) is continuous, and has a kink wherever c has one: relu";
}

static const char *policy_reason(savings_model model) {
    switch (model) {
    case SAVINGS_A:
        return "c is piecewise linear: affine plus one relu for each kink is exact";
    case SAVINGS_B:
        return "c is piecewise linear with two kinks, where a leaves the limit on either side: affine plus "
               "two relu "
               "is exact";
    case SAVINGS_C:
        return "c is the larger of a constant and a line: affine plus one relu is exact";
    case SAVINGS_D:
        return "c starts from income like the square root of a - limit: relu^.5 at the limit, which c has "
               "once, and "
               "smooth units for the rest";
    case SAVINGS_K3:
        return "c has kinks where the limit stops binding and at both ends of the stretch without saving, "
               "all known, "
               "and curves between: relu held there, smooth units for the rest";
    default:
        return "c has a kink where the limit stops binding, and curves beyond: relu held there, smooth units "
               "for "
               "the rest";
    }
}

static const char *end_reason(const savings_solution *solution, bool kinks, bool inverse) {
    if (!kinks)
        return "W' is the rate times a continuous function, and there is one rate: W has no kink";
    if (inverse && solution->model == SAVINGS_B)
        return "n(W) is y + B(a) times a constant: affine plus one relu is exact, ratio of the slopes and "
               "all";
    if (inverse)
        return "n(W) keeps the kink of W, whose slopes have the ratio of the rates, and is less curved: relu "
               "held "
               "there, smooth units for the rest";
    return "W' is the rate times a continuous function, so W has a concave kink where the rate drops, with "
           "the ratio of the "
           "rates: relu held there, smooth units for the curvature";
}

static savings_theory shape_of(const savings_solution *solution, savings_object object) {
    savings_model model = solution->model;
    savings_theory theory = {.slope = object == SAVINGS_DV ? -1 : 1};
    bool wedge = model == SAVINGS_K3 || model == SAVINGS_B || solution->parameters.penalty > 0 ||
                 solution->parameters.rate_count > 1;
    switch (object) {
    case SAVINGS_V:
        theory.curvature = model == SAVINGS_C ? CREASE_ANY_CURVATURE : CREASE_CONCAVE;
        break;
    case SAVINGS_W:
        theory.curvature = CREASE_CONCAVE;
        break;
    case SAVINGS_PINV_W:
        theory.curvature = model == SAVINGS_B ? CREASE_CONCAVE : CREASE_ANY_CURVATURE;
        break;
    case SAVINGS_PINV_V:
        theory.curvature = model == SAVINGS_C ? CREASE_CONVEX : CREASE_ANY_CURVATURE;
        break;
    case SAVINGS_CONSUMPTION:
        theory.curvature = model == SAVINGS_C ? CREASE_CONVEX : wedge ? CREASE_ANY_CURVATURE : CREASE_CONCAVE;
        break;
    default:
        if (model == SAVINGS_C)
            theory.slope = 0; /* V' rises from 0 and falls again */
    }
    return theory;
}

savings_theory savings_theory_of(const savings_solution *solution, savings_object object) {
    savings_model model = solution->model;
    savings_theory theory = shape_of(solution, object);
    bool at_points = !isnan(savings_critical_point(solution, object));
    bool inverse = object == SAVINGS_PINV_W || object == SAVINGS_PINV_V;
    bool of_value = object == SAVINGS_V || object == SAVINGS_PINV_V;
    theory.transform = inverse ? "pseudo-inverse" : "none";
    theory.has_kinks = at_points && model != SAVINGS_D && (!of_value || model == SAVINGS_C) &&
                       !(object == SAVINGS_DV && model == SAVINGS_C);
    theory.hinge_power = theory.has_kinks ? 1 : 0;
    if (model == SAVINGS_D)
        theory.hinge_power = of_value ? 1.5 : .5;
    if (object == SAVINGS_W || object == SAVINGS_PINV_W)
        theory.reason = end_reason(solution, theory.has_kinks, inverse);
    else if (object == SAVINGS_DV)
        theory.reason = slope_reason(model);
    else if (object == SAVINGS_CONSUMPTION)
        theory.reason = at_points || model == SAVINGS_D ? policy_reason(model)
                                                        : "c has no kink with these parameters: smooth units";
    else
        theory.reason = inverse ? inverse_reason(model) : value_reason(model);
    return theory;
}

/* The kinks of W for functions of end-of-period assets, those of the policy for the others. */
size_t savings_hold_points(const savings_solution *solution, savings_object object, double *at, size_t room) {
    double from, to;
    size_t count = 0, known = 0;
    savings_kink *kinks = NULL;
    bool of_assets = object == SAVINGS_W || object == SAVINGS_PINV_W;
    savings_object where = of_assets ? SAVINGS_W : SAVINGS_CONSUMPTION;
    savings_object_range(solution, object, &from, &to);
    if (solution->model == SAVINGS_D) {
        if (room > 0)
            at[0] = solution->parameters.limit;
        return 1;
    }
    if (savings_kinks(solution, to, &kinks, &known, NULL) != CREASE_OK)
        known = 0;
    for (size_t i = 0; i < known; i++) {
        if (kinks[i].object != where || kinks[i].x < from)
            continue;
        if (count < room)
            at[count] = kinks[i].x;
        count++;
    }
    free(kinks);
    return count;
}

crease_status savings_detect_kinks(const savings_solution *solution, savings_object object, size_t points,
                                   crease_detected_kink **kinks, size_t *count, crease_kinks_summary *summary,
                                   crease_error *error) {
    size_t n = points ? points : 200;
    double from, to, *x = n <= SIZE_MAX / (2 * sizeof *x) ? malloc(2 * n * sizeof *x) : NULL;
    *kinks = NULL;
    *count = 0;
    *summary = (crease_kinks_summary){0};
    if (!x)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu points", n);
    savings_object_range(solution, object, &from, &to);
    for (size_t i = 0; i < n; i++) {
        x[i] = from + (to - from) * (double)i / (double)(n - 1);
        x[n + i] = savings_object_at(solution, object, x[i], NULL, NULL);
    }
    crease_data data = {.n = n, .inputs = 1, .outputs = 1, .x = x, .y = x + n};
    crease_status status = crease_kinks_detect(&data, NULL, kinks, count, summary, error);
    free(x);
    return status;
}
