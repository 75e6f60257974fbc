/* The claims, one row each, and how one is judged. */
#include "savings/claims/claims.h"
#include "savings/claims/claim_measures.h"
#include <math.h>

static const char hard_limit[] = "A hard limit a >= limit",
                  wedge[] = "A rate wedge, or a penalty rate over the limit", default_topic[] = "Default",
                  continuous_time[] = "Continuous time",
                  data_alone[] = "What a kink detector sees that knows the values only",
                  networks[] = "Networks";

static const char one_sided[] = "one-sided differences of values, five points a side",
                  second_differences[] =
                      "one-sided second differences of values; MPC+ in theory from the Euler "
                      "equation and W''",
                  bisection[] = "bisection on m - c(m)",
                  extrapolated[] = "log-log slopes and ratios of values at a <= .04 y above the limit, "
                                   "nearer where the square root's zone is smaller, "
                                   "extrapolated in sqrt(a)",
                  detector[] = "crease_kinks_detect on 200 values",
                  fitted[] = "fitted to 200 values from several starts, judged on 2001";

static bool has_hard_limit(const savings_solution *solution) {
    return isfinite(solution->binding_m);
}

static bool has_wedge(const savings_solution *solution) {
    const savings_parameters *p = &solution->parameters;
    return p->rate_count > 1 ? p->rate[0] > p->rate[1] : p->penalty > 0;
}

/* Assets can lie on both sides of the rate's kink. */
static bool has_both_rates(const savings_solution *solution) {
    return savings_claim_rate_kink(solution) > solution->rule->a[0];
}

static bool has_knots(const savings_solution *solution) {
    return solution->knots > 0;
}

static bool has_no_wedge(const savings_solution *solution) {
    return !has_wedge(solution);
}

/* Below a solution these claims stand only where the square root is plain up to a = .04 y: it is sqrt(2 q y a), and r a comes
 * on top. */
static bool is_impatient(const savings_solution *solution) {
    const savings_parameters *p = &solution->parameters;
    return sqrt(2 * (p->discount_rate - p->interest) / p->crra) > .06 * p->interest;
}

static void another_limit(savings_parameters *p) {
    p->limit = -.25 * p->income;
}

static void equal_rates(savings_parameters *p) {
    p->penalty = 0;
    p->rate_count = 0;
}

static void limit_at_zero(savings_parameters *p) {
    p->limit = 0;
}

static const savings_claim table[] = {
    {"hard-limit-value-A", hard_limit,
     "under a hard limit, the value V(m) of cash on hand has a kink where the limit begins to bind",
     one_sided, SAVINGS_A, SAVINGS_V, true, NULL, NULL, has_knots, savings_claim_no_kink_of_value},
    {"hard-limit-value-D1", hard_limit,
     "under a hard limit, the value V(m) of cash on hand has a kink where the limit begins to bind",
     one_sided, SAVINGS_D1, SAVINGS_V, true, NULL, NULL, has_knots, savings_claim_no_kink_of_value},
    {"hard-limit-value-K3", hard_limit,
     "V(m) has a kink where the limit begins to bind, or where borrowing ends or saving begins", one_sided,
     SAVINGS_K3, SAVINGS_V, true, NULL, NULL, has_knots, savings_claim_no_kink_of_value},
    {"hard-limit-curvature-A", hard_limit, "only the curvature V'' jumps there, from u''(c*) to u''(c*) MPC+",
     second_differences, SAVINGS_A, SAVINGS_V, false, NULL, has_hard_limit, NULL,
     savings_claim_curvature_jump},
    {"hard-limit-curvature-D1", hard_limit,
     "only the curvature V'' jumps there, from u''(c*) to u''(c*) MPC+", second_differences, SAVINGS_D1,
     SAVINGS_V, false, NULL, has_hard_limit, NULL, savings_claim_curvature_jump},
    {"hard-limit-curvature-K3", hard_limit,
     "only the curvature V'' jumps there, from u''(c*) to u''(c*) MPC+", second_differences, SAVINGS_K3,
     SAVINGS_V, false, NULL, has_hard_limit, NULL, savings_claim_curvature_jump},
    {"hard-limit-policy-A", hard_limit,
     "under a hard limit, consumption c(m) has a kink where the limit begins to bind", one_sided, SAVINGS_A,
     SAVINGS_CONSUMPTION, true, NULL, has_hard_limit, NULL, savings_claim_policy_kink},
    {"hard-limit-policy-D1", hard_limit,
     "under a hard limit, consumption c(m) has a kink where the limit begins to bind", one_sided, SAVINGS_D1,
     SAVINGS_CONSUMPTION, true, NULL, has_hard_limit, NULL, savings_claim_policy_kink},
    {"hard-limit-policy-K3", hard_limit,
     "under a hard limit, consumption c(m) has a kink where the limit begins to bind", one_sided, SAVINGS_K3,
     SAVINGS_CONSUMPTION, true, NULL, has_hard_limit, NULL, savings_claim_policy_kink},

    {"penalty-value-B", wedge,
     "with a penalty rate, the end-of-period value W(a) has a kink precisely at the limit", one_sided,
     SAVINGS_B, SAVINGS_W, true, NULL, NULL, has_wedge, savings_claim_wedge},
    {"penalty-elsewhere-B", wedge, "and so it has when the penalty begins at another limit, -1/4 of income",
     one_sided, SAVINGS_B, SAVINGS_W, false, another_limit, NULL, NULL, savings_claim_wedge},
    {"wedge-value-K3", wedge,
     "with a rate wedge, the end-of-period value W(a) has a kink precisely where the rate changes", one_sided,
     SAVINGS_K3, SAVINGS_W, true, NULL, has_both_rates, has_wedge, savings_claim_wedge},
    {"wedge-policy-B", wedge, "c(m) has two kinks with a stretch between, on which assets stay at the limit",
     bisection, SAVINGS_B, SAVINGS_CONSUMPTION, false, NULL, NULL, NULL, savings_claim_flat_stretch},
    {"wedge-policy-K3", wedge, "c(m) has two kinks with a stretch between, on which assets stay at 0",
     bisection, SAVINGS_K3, SAVINGS_CONSUMPTION, false, NULL, has_both_rates, NULL,
     savings_claim_flat_stretch},
    {"wedge-cash-low-B", wedge, "with a penalty rate, V(m) has a kink where the household stops borrowing",
     one_sided, SAVINGS_B, SAVINGS_V, true, NULL, has_knots, NULL, savings_claim_no_kink_first},
    {"wedge-cash-high-B", wedge, "with a penalty rate, V(m) has a kink where the household begins to save",
     one_sided, SAVINGS_B, SAVINGS_V, true, NULL, has_knots, NULL, savings_claim_no_kink_last},
    {"equal-rates-B", wedge, "W(a) has a kink at the limit without any penalty", one_sided, SAVINGS_B,
     SAVINGS_W, true, equal_rates, NULL, has_no_wedge, savings_claim_wedge},
    {"equal-rates-K3", wedge, "W(a) has a kink at 0 when both rates are equal", one_sided, SAVINGS_K3,
     SAVINGS_W, true, equal_rates, has_both_rates, has_no_wedge, savings_claim_wedge},

    {"default-value-C", default_topic,
     "V(a) has a convex kink precisely at the endogenous limit a* = -phi y/(R-1)", one_sided, SAVINGS_C,
     SAVINGS_V, true, NULL, NULL, NULL, savings_claim_default},
    {"taste-shocks-C", default_topic, "V(a) keeps this kink when tastes are random (s = .1)",
     "quadrature of the expected maximum over the shocks, then one-sided differences", SAVINGS_C, SAVINGS_V,
     false, NULL, NULL, NULL, savings_claim_taste_shocks},

    {"time-value-D", continuous_time, "V(a) goes like u(y)/rho + u'(y) a - constant a^(3/2) at a hard limit",
     extrapolated, SAVINGS_D, SAVINGS_V, true, NULL, NULL, is_impatient, savings_claim_value_power},
    {"time-policy-D", continuous_time, "consumption goes like a square root of assets there", extrapolated,
     SAVINGS_D, SAVINGS_CONSUMPTION, true, NULL, NULL, is_impatient, savings_claim_policy_power},
    {"time-curvature-D", continuous_time, "V'' stays finite at the limit", extrapolated, SAVINGS_D, SAVINGS_V,
     false, NULL, NULL, NULL, savings_claim_infinite_curvature},
    {"time-wedge-D", continuous_time, "V(a) has a kink at 0 when debt costs 20 %",
     "difference quotients of values, extrapolated in sqrt(|a|)", SAVINGS_D, SAVINGS_V, false, limit_at_zero,
     NULL, NULL, savings_claim_wedge_in_time},
    {"time-periods-B", continuous_time, "the kink of a rate wedge stays when the period grows short",
     one_sided, SAVINGS_B, SAVINGS_W, false, NULL, has_knots, NULL, savings_claim_short_periods},

    {"detector-A", data_alone, "V(m) under a hard limit shows a kink", detector, SAVINGS_A, SAVINGS_V, false,
     NULL, NULL, NULL, savings_claim_detected},
    {"detector-D1", data_alone, "V(m) under a hard limit and with income risk shows a kink", detector,
     SAVINGS_D1, SAVINGS_V, false, NULL, NULL, NULL, savings_claim_detected},
    {"detector-K3", data_alone, "V(m) under a hard limit and with a rate wedge shows a kink", detector,
     SAVINGS_K3, SAVINGS_V, false, NULL, NULL, NULL, savings_claim_detected},
    {"detector-D", data_alone, "V(a) in continuous time shows a kink", detector, SAVINGS_D, SAVINGS_V, false,
     NULL, NULL, NULL, savings_claim_detected},
    {"detector-W-B", data_alone, "W(a) with a penalty rate shows a kink", detector, SAVINGS_B, SAVINGS_W,
     false, NULL, NULL, NULL, savings_claim_detected},
    {"detector-W-K3", data_alone,
     "W(a) with a hard limit and a rate wedge shows one kink: at 0, not at the limit", detector, SAVINGS_K3,
     SAVINGS_W, false, NULL, NULL, NULL, savings_claim_detected},
    {"detector-C", data_alone, "V(a) with default shows a kink", detector, SAVINGS_C, SAVINGS_V, false, NULL,
     NULL, NULL, savings_claim_detected},

    {"network-pinvW-B", networks, "one ReLU unit is exact on the pseudo-inverse of W(a) with a penalty rate",
     fitted, SAVINGS_B, SAVINGS_PINV_W, false, NULL, has_knots, NULL, savings_claim_one_unit},
    {"network-pinvV-C", networks, "one ReLU unit is exact on the pseudo-inverse of V(a) with default", fitted,
     SAVINGS_C, SAVINGS_PINV_V, false, NULL, NULL, NULL, savings_claim_one_unit},
    {"network-policy-B", networks, "two ReLU units are exact on c(m) with a penalty rate", fitted, SAVINGS_B,
     SAVINGS_CONSUMPTION, false, NULL, has_knots, NULL, savings_claim_two_units},
    {"network-value-A", networks, "ReLU fits the value V(m) of a hard limit better than tanh", fitted,
     SAVINGS_A, SAVINGS_V, false, NULL, NULL, NULL, savings_claim_contest},
    {"network-value-D", networks, "ReLU fits V(a) in continuous time better than tanh", fitted, SAVINGS_D,
     SAVINGS_V, false, NULL, NULL, NULL, savings_claim_contest},
    {"network-W-B", networks, "ReLU fits W(a) itself better than tanh, since W has a kink", fitted, SAVINGS_B,
     SAVINGS_W, false, NULL, NULL, NULL, savings_claim_contest},
};

double savings_claim_place(const savings_claim *claim, const savings_solution *solution) {
    double from, to,
        place = claim->object == SAVINGS_W || claim->object == SAVINGS_PINV_W
                    ? savings_claim_rate_kink(solution)
                    : savings_critical_point(solution, claim->object);
    savings_object_range(solution, claim->object, &from, &to);
    bool anywhere = claim->measure == savings_claim_detected || claim->measure == savings_claim_contest;
    return isnan(place) || (anywhere && !(place > from && place < to)) ? (from + to) / 2 : place;
}

const savings_claim *savings_claim_at(size_t index) {
    return index < sizeof table / sizeof *table ? &table[index] : NULL;
}

crease_status savings_claim_judge_solution(const savings_claim *claim, const savings_solution *solution,
                                           const savings_claim_setup *setup, savings_evidence *evidence,
                                           crease_error *error) {
    static const savings_claim_setup none = {0};
    *evidence = (savings_evidence){.x = NAN, .slope_left = NAN, .slope_right = NAN, .slope_ratio = NAN};
    if (claim->possible && !claim->possible(solution))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "'%s' says nothing about these parameters of %s: the limit never binds, or the rate does not "
            "change inside",
            claim->sentence, savings_model_name(claim->model));
    crease_status status = claim->measure(solution, claim->object, setup ? setup : &none, evidence, error);
    evidence->agrees = evidence->verdict == evidence->theory;
    for (size_t i = 0; i < evidence->count; i++)
        evidence->agrees = evidence->agrees && savings_number_agrees(&evidence->number[i]);
    return status;
}

crease_status savings_claim_judge(const savings_claim *claim, const savings_parameters *parameters,
                                  const savings_claim_setup *setup, savings_evidence *evidence,
                                  crease_error *error) {
    savings_parameters chosen = parameters ? *parameters : savings_defaults(claim->model);
    savings_solve_options options = {0};
    savings_solution *solution;
    if (setup) {
        options.grid.threads = setup->threads;
        options.grid.interrupted = setup->interrupted;
        options.grid.interrupted_context = setup->interrupted_context;
    }
    if (claim->adjust)
        claim->adjust(&chosen);
    crease_status status = savings_solve(claim->model, &chosen, &options, &solution, error);
    if (status == CREASE_OK)
        status = savings_claim_judge_solution(claim, solution, setup, evidence, error);
    savings_solution_free(solution);
    return status;
}
