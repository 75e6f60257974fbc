/* The range of the torque over the box, and the certificate. */
#include "arm/prove_run.h"
#include "crease/crease.h"
#include <math.h>
#include <string.h>

const char *prove_verdict_name(prove_verdict verdict) {
    static const char *const names[] = {"proved", "refuted", "unknown"};
    return names[verdict];
}

prove_verdict prove_verdict_of_all(const prove_run *run) {
    prove_verdict all = PROVE_PROVED;
    for (size_t i = 0; i < run->claim_count; i++) {
        if (run->claim[i].verdict == PROVE_REFUTED)
            return PROVE_REFUTED;
        if (run->claim[i].verdict == PROVE_UNKNOWN)
            all = PROVE_UNKNOWN;
    }
    return all;
}

int prove_range(prove_run *run) {
    crease_error error;
    const plane_options *asked = &run->plane_options;
    const crease_regions_options how = {.interrupted = crease_app_interrupted};
    if (arm_plane_new(&asked->plant, asked->law, asked->reference, asked->low, asked->high, &how, &run->plane,
                      &error) != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    const crease_regions *regions = run->plane->regions;
    if (!regions->complete && !crease_app_interrupted(NULL))
        return crease_app_fail_text(&run->app, CREASE_EXIT_UNDECIDED,
                                    "there are more than %zu regions; take a smaller box",
                                    regions->region_count);
    if (isnan(run->torque_below) || run->wants_reach || !regions->complete)
        return 0;
    bool low = -regions->output_min[0] > regions->output_max[0];
    prove_claim *claim = &run->claim[run->claim_count++];
    double above = fmax(regions->output_above[0], -regions->output_below[0]);
    *claim = (prove_claim){.value = fmax(regions->output_max[0], -regions->output_min[0]),
                           .wanted = run->torque_below,
                           .for_ever = true,
                           .verdict = above <= run->torque_below ? PROVE_PROVED : PROVE_REFUTED};
    claim->error = above - claim->value;
    snprintf(claim->statement, PROVE_TEXT, "in no state of the box does the law ask for more than %g N m",
             run->torque_below);
    if (claim->verdict == PROVE_REFUTED) {
        claim->has_start = true;
        memcpy(claim->start, low ? regions->argmin : regions->argmax, sizeof claim->start);
        claim->reached = claim->value;
    }
    return 0;
}

/* The plane on the box times PROVE_WIDER. */
static crease_status widen(prove_run *run, crease_error *error) {
    const plane_options *asked = &run->plane_options;
    const crease_regions_options how = {.interrupted = crease_app_interrupted};
    crease_number low[2] = {{0}}, high[2] = {{0}};
    crease_status status = CREASE_OK;
    for (size_t k = 0; k < 2 && status == CREASE_OK; k++) {
        status = crease_number_from_double(PROVE_WIDER * run->plane->low[k], &low[k], error);
        if (status == CREASE_OK)
            status = crease_number_from_double(PROVE_WIDER * run->plane->high[k], &high[k], error);
    }
    if (status == CREASE_OK)
        status =
            arm_plane_new(&asked->plant, asked->law, asked->reference, low, high, &how, &run->wide, error);
    for (size_t k = 0; k < 2; k++) {
        crease_number_clear(&low[k]);
        crease_number_clear(&high[k]);
    }
    return status;
}

static void make_claim(prove_run *run, const arm_certificate *asked) {
    prove_claim *claim = &run->claim[run->claim_count++];
    const double *low = asked->low, *high = asked->high;
    *claim = (prove_claim){.verdict = run->whole ? PROVE_PROVED : PROVE_UNKNOWN,
                           .value = asked->most,
                           .error = asked->above - asked->most,
                           .for_ever = run->whole};
    snprintf(claim->statement, PROVE_TEXT,
             "%s V = d'Pd falls along every motion in x from %g to %g, w from %g to %g",
             run->has_p ? "this" : "some", low[0], high[0], low[1], high[1]);
    if (run->whole)
        return;
    if (asked->refuted) {
        claim->has_start = true;
        memcpy(claim->start, asked->worst, sizeof claim->start);
        arm_lyapunov_value(run->pieces, asked->p, asked->worst, &claim->reached);
        if (run->has_p) {
            claim->verdict = PROVE_REFUTED;
            return;
        }
    }
    if (run->has_p)
        snprintf(claim->why, sizeof claim->why, "V' could not be bounded below 0%s",
                 run->plane_options.gravity ? "; a smaller --slice bounds the sine more tightly" : "");
    else
        snprintf(claim->why, sizeof claim->why,
                 "the best P that was found is good for %.4g times this box; take a smaller one with --box",
                 run->scale);
}

int prove_lyapunov(prove_run *run) {
    crease_error error;
    double scale = 0, p[3] = {1, 0, 1};
    if (!(run->plane->low[0] < 0 && run->plane->high[0] > 0 && run->plane->low[1] < 0 &&
          run->plane->high[1] > 0))
        return crease_app_fail_text(&run->app, CREASE_EXIT_USAGE,
                                    "the box of a Lyapunov function holds x = 0, w = 0 inside; change --box");
    crease_status status = widen(run, &error);
    if (status == CREASE_OK && !run->wide->regions->complete && crease_app_interrupted(NULL))
        return 0;
    if (status == CREASE_OK)
        status = arm_pieces_new(run->wide, run->slice, &run->pieces, &error);
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    if (arm_lyapunov_equation(run->pieces, 1, run->plain_p))
        run->plain_scale = PROVE_WIDER * arm_lyapunov_largest(run->pieces, run->plain_p);
    if (run->has_p) {
        memcpy(p, run->p, sizeof p);
        scale = arm_lyapunov_largest(run->pieces, p);
    } else {
        crease_progress progress = crease_progress_begin(&run->app, "tuning P");
        status = arm_lyapunov_tune(run->pieces, p, &scale, crease_app_interrupted, &error);
        crease_progress_end(&progress);
    }
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    arm_certificate asked;
    run->scale = PROVE_WIDER * scale;
    arm_lyapunov_judge(run->pieces, p, scale, &run->certificate);
    arm_lyapunov_judge(run->pieces, p, 1.0 / PROVE_WIDER, &asked);
    run->whole = asked.proved;
    make_claim(run, &asked);
    return 0;
}
