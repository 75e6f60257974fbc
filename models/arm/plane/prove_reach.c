/* Claims about the reach set. A bound is proved when the computed value and its error bound are below it,
 * and refuted when the start behind the value, simulated by itself, is above it by more than that error. */
#include "arm/plane/prove_run.h"
#include "crease/crease.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static prove_claim *next_claim(prove_run *run) {
    prove_claim *claim = &run->claim[run->claim_count++];
    *claim = (prove_claim){.verdict = PROVE_UNKNOWN};
    return claim;
}

/* What the simulated motion from a start reaches: from which sample on, and which quantity. */
typedef enum quantity { BEYOND, SIZE_OF_X, TORQUE, HIGHEST_X, LOWEST_X, HIGHEST_W, LOWEST_W } quantity;

static double reached(const prove_run *run, const double start[2], size_t from, quantity what,
                      crease_error *error) {
    const plane_options *asked = &run->plane_options;
    const arm_reach_options *options = &run->reach_options;
    size_t steps = run->reach->count - 1;
    double *state = calloc(3 * (steps + 1), sizeof *state), *torque = state + 2 * (steps + 1),
           most[2] = {NAN, NAN};
    double value = -HUGE_VAL;
    if (!state ||
        arm_reach_simulate(&asked->plant, asked->law, options->sample, steps, start, state, torque, NULL,
                           error) != CREASE_OK ||
        arm_reach_simulate(&asked->plant, asked->law, options->sample, steps - from, state + 2 * from, NULL,
                           NULL, most, error) != CREASE_OK) {
        free(state);
        return NAN;
    }
    for (size_t k = 0; k <= steps; k++) {
        if (what == TORQUE && k < steps)
            value = fmax(value, fabs(torque[k]));
        if (what == HIGHEST_W || what == LOWEST_W)
            value = fmax(value, what == HIGHEST_W ? state[2 * k + 1] : -state[2 * k + 1]);
    }
    free(state);
    /* starts at the reference are the limit of both sides */
    return what == BEYOND      ? (start[0] < 0   ? most[0]
                                  : start[0] > 0 ? most[1]
                                                 : fmax(most[0], most[1]))
           : what == SIZE_OF_X ? fmax(most[0], most[1])
           : what == HIGHEST_X ? most[0]
           : what == LOWEST_X  ? most[1]
                               : value;
}

/* value + error against wanted; the start is tried when it is above. */
static void judge(const prove_run *run, prove_claim *claim, const double start[2], size_t from,
                  quantity what) {
    crease_error error;
    if (run->reach->why) {
        snprintf(claim->why, sizeof claim->why, "the steps ended early: %s",
                 strcmp(run->reach->why, "polygons") == 0 ? "too many polygons; raise --polygons"
                                                          : "interrupted");
    } else if (claim->value + claim->error <= claim->wanted) {
        claim->verdict = PROVE_PROVED;
        return;
    } else if (!isfinite(claim->error)) {
        snprintf(claim->why, sizeof claim->why,
                 "the bound on rounding grew too large to mean anything; take fewer steps");
    } else {
        snprintf(claim->why, sizeof claim->why,
                 "the largest value, %.12g, is nearer to the claim than the bound on rounding, %.2g",
                 claim->value, claim->error);
    }
    double simulated = reached(run, start, from, what, &error);
    if (simulated - claim->error > claim->wanted ||
        (simulated > claim->wanted && !(claim->error < HUGE_VAL) &&
         simulated > claim->wanted + 1e-6 * (1 + fabs(simulated)))) {
        claim->verdict = PROVE_REFUTED;
        claim->has_start = true;
        claim->start[0] = start[0];
        claim->start[1] = start[1];
        claim->reached = simulated;
        claim->why[0] = '\0';
    }
}

/* The largest of an extreme over the samples after `from`, with its error; sign -1 for smallest ones. */
typedef arm_extreme (*pick)(const arm_reach_step *step, double *error);

static const arm_extreme *largest(const arm_reach *reach, size_t from, pick of, arm_extreme *best,
                                  double *error) {
    *error = 0;
    best->value = -HUGE_VAL;
    for (size_t k = from; k < reach->count; k++) {
        double own;
        arm_extreme e = of(&reach->step[k], &own);
        *error = fmax(*error, own);
        if (e.value > best->value)
            *best = e;
    }
    return best;
}

static arm_extreme negative(arm_extreme e) {
    e.value = -e.value;
    return e;
}

static arm_extreme of_beyond(const arm_reach_step *step, double *error) {
    *error = step->between_error;
    return step->beyond_between;
}

static arm_extreme of_torque(const arm_reach_step *step, double *error) {
    *error = step->torque_error;
    return step->torque;
}

static arm_extreme of_highest_x(const arm_reach_step *step, double *error) {
    *error = step->between_error;
    return step->most;
}

static arm_extreme of_lowest_x(const arm_reach_step *step, double *error) {
    *error = step->between_error;
    return negative(step->least);
}

static arm_extreme of_size(const arm_reach_step *step, double *error) {
    *error = step->between_error;
    return step->most.value > -step->least.value ? step->most : negative(step->least);
}

static arm_extreme of_highest_w(const arm_reach_step *step, double *error) {
    *error = step->error[1];
    return step->high[1];
}

static arm_extreme of_lowest_w(const arm_reach_step *step, double *error) {
    *error = step->error[1];
    return negative(step->low[1]);
}

/* One bound, and whether what holds after the last sample, `forever`, keeps to it too. */
static void claim_bound(prove_run *run, prove_claim *claim, size_t from, pick of, quantity what,
                        double wanted, double forever) {
    arm_extreme best;
    largest(run->reach, from, of, &best, &claim->error);
    claim->value = best.value;
    claim->wanted = wanted;
    claim->for_ever = run->reach->settles && forever <= wanted;
    judge(run, claim, best.start, from == 0 ? 0 : from - 1, what);
}

static void claim_safe(prove_run *run, prove_claim *claim) {
    const double *low = run->safe_low, *high = run->safe_high, *forever = run->reach->forever;
    const struct {
        pick of;
        quantity what;
        double wanted, forever;
    } side[] = {{of_highest_x, HIGHEST_X, high[0], forever[0]},
                {of_lowest_x, LOWEST_X, -low[0], forever[0]},
                {of_highest_w, HIGHEST_W, high[1], forever[1]},
                {of_lowest_w, LOWEST_W, -low[1], forever[1]}};
    prove_claim worst = *claim;
    for (size_t i = 0; i < 4; i++) {
        prove_claim one = *claim;
        claim_bound(run, &one, 0, side[i].of, side[i].what, side[i].wanted, side[i].forever);
        /* refuted beats unknown beats proved; a proof is for ever when all four are */
        bool rank = (one.verdict == PROVE_REFUTED) > (worst.verdict == PROVE_REFUTED) ||
                    (one.verdict == PROVE_UNKNOWN && worst.verdict == PROVE_PROVED);
        bool for_ever = (i == 0 || worst.for_ever) && one.for_ever;
        if (i == 0 || rank)
            worst = one;
        worst.for_ever = for_ever;
    }
    *claim = worst;
}

static void make_claims(prove_run *run) {
    const arm_reach *reach = run->reach;
    double time = run->reach_options.sample * (double)run->reach_options.steps;
    prove_claim *claim;
    if (!isnan(run->never_beyond)) {
        claim = next_claim(run);
        snprintf(
            claim->statement, PROVE_TEXT,
            "no motion goes more than %.15g rad beyond the reference, at samples or between them, in %g s",
            run->never_beyond, time);
        claim_bound(run, claim, 0, of_beyond, BEYOND, run->never_beyond, reach->forever[0]);
    }
    if (!isnan(run->torque_below)) {
        claim = next_claim(run);
        snprintf(claim->statement, PROVE_TEXT, "no motion needs more than %.15g N m in %g s",
                 run->torque_below, time);
        claim_bound(run, claim, 1, of_torque, TORQUE, run->torque_below, reach->forever_torque);
    }
    if (!isnan(run->settles_within)) {
        size_t after = run->after == SIZE_MAX ? run->reach_options.steps - 1 : run->after;
        claim = next_claim(run);
        snprintf(claim->statement, PROVE_TEXT,
                 "from sample %zu, %g s, on every motion keeps within %.15g rad of the "
                 "reference until %g s",
                 after, run->reach_options.sample * (double)after, run->settles_within, time);
        if (after + 1 < reach->count)
            claim_bound(run, claim, after + 1, of_size, SIZE_OF_X, run->settles_within, reach->forever[0]);
        else
            snprintf(claim->why, sizeof claim->why, "the steps ended before that sample");
    }
    if (run->has_safe) {
        claim = next_claim(run);
        snprintf(claim->statement, PROVE_TEXT,
                 "x stays in [%.15g, %.15g] rad and w in [%.15g, %.15g] rad/s for %g s", run->safe_low[0],
                 run->safe_high[0], run->safe_low[1], run->safe_high[1], time);
        claim_safe(run, claim);
    }
}

int prove_reach(prove_run *run) {
    crease_error error;
    const plane_options *asked = &run->plane_options;
    run->reach_options.keep = run->app.plot != NULL;
    crease_status status = arm_reach_new(&asked->plant, asked->law, &run->reach_options, &run->reach, &error);
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    if (run->reach->count > 1)
        make_claims(run);
    return 0;
}
