/* The range of the torque over the box, and the certificate. */
#include "arm/plane/prove_run.h"
#include "crease/crease.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
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
    snprintf(claim->statement, PROVE_TEXT, "in no state of the box does the law ask for more than %.15g N m",
             run->torque_below);
    if (claim->verdict == PROVE_REFUTED) {
        claim->has_start = true;
        memcpy(claim->start, low ? regions->argmin : regions->argmax, sizeof claim->start);
        claim->reached = claim->value;
    }
    return 0;
}

const char *prove_inside(double bound, double centre, int least, char text[PROVE_NUMBER]) {
    for (int digits = least; digits <= DBL_DECIMAL_DIG; digits++) {
        snprintf(text, PROVE_NUMBER, "%.*g", digits, bound);
        if (fabs(strtod(text, NULL) - centre) <= fabs(bound - centre))
            break;
    }
    return text;
}

const char *prove_at_most(double bound, int least, char text[PROVE_NUMBER]) {
    for (int digits = least; digits <= DBL_DECIMAL_DIG; digits++) {
        snprintf(text, PROVE_NUMBER, "%.*g", digits, bound);
        if (strtod(text, NULL) >= bound)
            break;
    }
    return text;
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

/* The rest point lies inside a region whose closed loop has an eigenvalue clearly above 0: then motions
 * leave it, and no V falls along all of them. *place: near it, in the direction in which the distance
 * grows fastest. */
static bool rest_is_unstable(const prove_run *run, double place[2]) {
    for (size_t i = 0; i < run->pieces->count; i++) {
        const arm_piece *piece = &run->pieces->piece[i];
        double a1 = (piece->a1[0] + piece->a1[1]) / 2, a2 = piece->a2;
        if (!piece->home || !piece->around)
            continue;
        double root = a2 * a2 / 4 + a1, largest = a2 / 2 + (root > 0 ? sqrt(root) : 0);
        if (!(largest > 1e-9 * (fabs(a2) + sqrt(fabs(a1)))))
            continue;
        /* of the form x w + w (a1 x + a2 w): the larger eigenvalue of [0 b; b a2], b = (1 + a1)/2 */
        double b = (1 + a1) / 2, most = a2 / 2 + hypot(a2 / 2, b);
        double x = fabs(b) > 0 ? b : 0, w = fabs(b) > 0 ? most : 1, size = hypot(x, w);
        place[0] = run->pieces->centre[0] + 1e-3 * (run->plane->high[0] - run->plane->low[0]) * x / size;
        place[1] = run->pieces->centre[1] + 1e-3 * (run->plane->high[0] - run->plane->low[0]) * w / size;
        return true;
    }
    return false;
}

/* Why the box is not proved, and a place where V grows. */
static void explain(prove_run *run, const arm_certificate *asked, prove_claim *claim) {
    bool none = !run->has_p && run->scale == 0;
    if (none && rest_is_unstable(run, claim->start)) {
        claim->verdict = PROVE_REFUTED;
        claim->has_start = true;
        snprintf(
            claim->why, sizeof claim->why,
            "motions leave the rest point at x = %.6g, whose linear loop is unstable; V below is the squared "
            "distance from it",
            run->pieces->centre[0]);
        arm_lyapunov_value(run->pieces, run->certificate.p, claim->start, &claim->reached);
        return;
    }
    if (asked->refuted && !none) {
        claim->has_start = true;
        memcpy(claim->start, asked->worst, sizeof claim->start);
        arm_lyapunov_value(run->pieces, asked->p, asked->worst, &claim->reached);
    }
    if (claim->has_start && run->has_p)
        claim->verdict = PROVE_REFUTED;
    else if (run->has_p)
        snprintf(claim->why, sizeof claim->why, "V' could not be bounded below 0%s",
                 run->plane_options.gravity ? "; a smaller --slice bounds the sine more tightly" : "");
    else if (none)
        snprintf(claim->why, sizeof claim->why, "no P was found for which V' < 0 around the rest point");
    else
        snprintf(claim->why, sizeof claim->why,
                 "the best P that was found is good for %.4g times this box around the rest point at x = "
                 "%.6g; take "
                 "one inside that with --box",
                 run->scale, run->pieces->centre[0]);
}

static void make_claim(prove_run *run, const arm_certificate *asked) {
    prove_claim *claim = &run->claim[run->claim_count++];
    const double *low = asked->low, *high = asked->high;
    *claim = (prove_claim){.verdict = run->whole ? PROVE_PROVED : PROVE_UNKNOWN,
                           .value = asked->most,
                           .error = asked->above - asked->most,
                           .for_ever = run->whole};
    const double *centre = asked->centre;
    char text[4][PROVE_NUMBER];
    snprintf(claim->statement, PROVE_TEXT,
             "%s V = d'Pd falls along every motion in x from %s to %s, w from %s to %s",
             run->has_p ? "this" : "some", prove_inside(low[0], centre[0], 6, text[0]),
             prove_inside(high[0], centre[0], 6, text[1]), prove_inside(low[1], centre[1], 6, text[2]),
             prove_inside(high[1], centre[1], 6, text[3]));
    if (!run->whole)
        explain(run, asked, claim);
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
    if (status == CREASE_BAD_ARGUMENT) {
        prove_claim *claim = &run->claim[run->claim_count++];
        *claim = (prove_claim){.verdict = PROVE_UNKNOWN, .value = NAN, .error = NAN};
        snprintf(claim->statement, PROVE_TEXT, "some V = d'Pd falls along every motion in the box");
        snprintf(claim->why, sizeof claim->why, "%.300s", error.message);
        return 0;
    }
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
    arm_lyapunov_judge_box(run->pieces, p, run->plane->low, run->plane->high, &asked);
    run->whole = asked.proved;
    make_claim(run, &asked);
    return 0;
}
