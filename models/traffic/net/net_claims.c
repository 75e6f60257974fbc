/* What is said about ReLU networks on the flow diagram, and what the numbers of one study say to it.
 *
 * A statement about every fit is refuted by one counterexample. A statement that one kind of network is closer than
 * another compares, run by run, the error of the best model of each kind (by the median over the runs, at the farthest
 * reach): confirmed when the 95 % interval of the mean log ratio lies on its side, with limits when only the mean does. */
#include "crease/paired.h"
#include "traffic/net/net.h"
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef traffic_net_claim claim_t;

static const size_t rmse = offsetof(traffic_net_audit, truth_rmse),
                    wave = offsetof(traffic_net_audit, wave_mean);

const char *traffic_net_verdict_name(traffic_net_verdict verdict) {
    static const char *const name[] = {"confirmed", "confirmed with limits", "refuted as stated",
                                       "not tested"};
    return name[verdict];
}

static const traffic_net_cell *cell_of(const traffic_net_study *s, size_t reach, size_t model) {
    return &s->cell[reach * s->model_count + model];
}

static bool is_short(const traffic_net_study *s, size_t reach) {
    return s->reach[reach] < 1.0;
}

static void untested(claim_t *c, const char *why) {
    c->verdict = TRAFFIC_NET_UNTESTED;
    snprintf(c->measured, sizeof c->measured, "%s", why);
}

/* ---- counts of faults ---- */

typedef struct tally {
    size_t fits, faulty, empty_road, negative, convex, no_jam;
    double lowest, lowest_beyond; /* flows: anywhere, and beyond the true jam */
} tally;

/* Fits of one kind where data end before the jam (shorts 1), reach it (0), or both (-1). */
static tally count_faults(const traffic_net_study *s, traffic_net_kind kind, int shorts) {
    tally t = {0};
    for (size_t k = 0; k < s->reach_count; k++)
        for (size_t m = 0; m < s->model_count; m++)
            for (size_t r = 0; r < s->runs; r++) {
                const traffic_net_audit *a = &cell_of(s, k, m)->run[r];
                const unsigned faults = traffic_net_faults(a);
                if (s->kind[m] != kind || (shorts >= 0 && shorts != is_short(s, k)))
                    continue;
                t.fits++;
                t.faulty += (faults & ~(unsigned)TRAFFIC_NET_NO_JAM) != 0;
                t.empty_road += (faults & TRAFFIC_NET_EMPTY_ROAD) != 0;
                t.negative += a->lowest_beyond < -traffic_net_negligible * s->truth_audit.capacity;
                t.convex += (faults & TRAFFIC_NET_CONVEX) != 0;
                t.no_jam += (faults & TRAFFIC_NET_NO_JAM) != 0;
                t.lowest_beyond = fmin(t.lowest_beyond, a->lowest_beyond);
                t.lowest = fmin(t.lowest, fmin(a->lowest_beyond, a->lowest_flow));
            }
    return t;
}

static void set_share(claim_t *c, size_t count, size_t of, const char *what) {
    c->value = of > 0 ? (double)count / (double)of : NAN;
    c->value_is = what;
}

static void judge_form(const traffic_net_study *s, claim_t *c) {
    const tally t = count_faults(s, TRAFFIC_NET_PHYSICAL, -1);
    if (t.fits == 0) {
        untested(c, "no physical model was fitted");
        return;
    }
    set_share(c, t.faulty, t.fits, "share of physical fits with a fault");
    c->verdict = t.faulty == 0 ? TRAFFIC_NET_CONFIRMED : TRAFFIC_NET_REFUTED;
    snprintf(c->measured, sizeof c->measured,
             "%zu of %zu physical fits have flow on the empty road, negative flow or a rising slope; the "
             "lowest flow is "
             "%.3g",
             t.faulty, t.fits, t.lowest);
}

static void judge_activation(const traffic_net_study *s, claim_t *c) {
    const tally all = count_faults(s, TRAFFIC_NET_RELU, -1), full = count_faults(s, TRAFFIC_NET_RELU, 0),
                ends = count_faults(s, TRAFFIC_NET_RELU, 1);
    if (all.fits == 0) {
        untested(c, "no plain ReLU network was fitted");
        return;
    }
    set_share(c, all.faulty, all.fits, "share of plain ReLU fits with a fault");
    c->verdict = all.faulty == 0 ? TRAFFIC_NET_CONFIRMED : TRAFFIC_NET_REFUTED;
    int used = snprintf(c->measured, sizeof c->measured, "plain ReLU: negative flow in");
    if (full.fits > 0)
        used += snprintf(c->measured + used, sizeof c->measured - (size_t)used,
                         " %zu of %zu fits where the data reach the jam%s", full.negative, full.fits,
                         ends.fits > 0 ? ", in" : "");
    if (ends.fits > 0)
        used += snprintf(c->measured + used, sizeof c->measured - (size_t)used,
                         " %zu of %zu where they end before", ends.negative, ends.fits);
    snprintf(c->measured + used, sizeof c->measured - (size_t)used,
             " (the lowest %.4g); flow on the empty road in %zu, a rising slope in %zu of %zu",
             all.lowest_beyond, all.empty_road, all.convex, all.fits);
}

static void judge_smooth_negative(const traffic_net_study *s, claim_t *c) {
    const tally full = count_faults(s, TRAFFIC_NET_SMOOTH, 0), ends = count_faults(s, TRAFFIC_NET_SMOOTH, 1);
    const tally *t = full.fits > 0 ? &full : &ends;
    if (t->fits == 0) {
        untested(c, "no smooth network was fitted");
        return;
    }
    set_share(c, t->negative, t->fits, "share of smooth fits with negative flow beyond the jam");
    c->verdict = t->negative == t->fits       ? TRAFFIC_NET_CONFIRMED
                 : 2 * t->negative >= t->fits ? TRAFFIC_NET_LIMITS
                                              : TRAFFIC_NET_REFUTED;
    const int used =
        snprintf(c->measured, sizeof c->measured,
                 "%zu of %zu smooth fits to data that %s the jam are negative beyond it, down to %.4g",
                 t->negative, t->fits, full.fits > 0 ? "reach" : "end before", t->lowest_beyond);
    if (full.fits > 0 && ends.fits > 0)
        snprintf(c->measured + used, sizeof c->measured - (size_t)used, "; %zu of %zu where they end before",
                 ends.negative, ends.fits);
}

static void judge_reaches_zero(const traffic_net_study *s, claim_t *c) {
    const tally relu = count_faults(s, TRAFFIC_NET_RELU, 1), smooth = count_faults(s, TRAFFIC_NET_SMOOTH, 1),
                physical = count_faults(s, TRAFFIC_NET_PHYSICAL, 1);
    if (relu.fits + smooth.fits == 0) {
        untested(c, "no network was fitted to data that end before the jam");
        return;
    }
    set_share(c, relu.no_jam + smooth.no_jam, relu.fits + smooth.fits,
              "share of networks that never reach zero");
    c->verdict = relu.no_jam + smooth.no_jam == 0 ? TRAFFIC_NET_CONFIRMED : TRAFFIC_NET_REFUTED;
    snprintf(c->measured, sizeof c->measured,
             "where data end before the jam, %zu of %zu smooth, %zu of %zu plain ReLU and %zu of %zu "
             "physical fits never "
             "come back to zero",
             smooth.no_jam, smooth.fits, relu.no_jam, relu.fits, physical.no_jam, physical.fits);
}

/* ---- comparisons ---- */

static size_t farthest_reach(const traffic_net_study *s) {
    size_t best = 0;
    for (size_t k = 1; k < s->reach_count; k++)
        if (s->reach[k] > s->reach[best])
            best = k;
    return best;
}

/* The model of one kind with the least median of a quantity, or model_count. */
static size_t best_of(const traffic_net_study *s, traffic_net_kind kind, size_t reach, size_t offset) {
    size_t best = s->model_count;
    double lowest = INFINITY;
    for (size_t m = 0; m < s->model_count; m++) {
        double median, least, largest;
        if (s->kind[m] == kind && traffic_net_summary(s, reach, m, offset, &median, &least, &largest) > 0 &&
            median < lowest) {
            lowest = median;
            best = m;
        }
    }
    return best;
}

/* "Kind a has a smaller error than kind b." */
static void judge_closer(const traffic_net_study *s, traffic_net_kind a, traffic_net_kind b, size_t offset,
                         const char *quantity, claim_t *c) {
    const size_t reach = farthest_reach(s), i = best_of(s, a, reach, offset),
                 j = best_of(s, b, reach, offset);
    if (i == s->model_count || j == s->model_count) {
        untested(c, "models of both kinds are needed");
        return;
    }
    double *error = malloc(2 * s->runs * sizeof *error), median[2], least, largest;
    if (!error) {
        untested(c, "no memory for the comparison");
        return;
    }
    for (size_t r = 0; r < s->runs; r++) {
        memcpy(&error[r], (const char *)&cell_of(s, reach, i)->run[r] + offset, sizeof *error);
        memcpy(&error[s->runs + r], (const char *)&cell_of(s, reach, j)->run[r] + offset, sizeof *error);
    }
    const crease_paired pair = crease_paired_ratio(error, error + s->runs, s->runs, 0.0);
    free(error);
    traffic_net_summary(s, reach, i, offset, &median[0], &least, &largest);
    traffic_net_summary(s, reach, j, offset, &median[1], &least, &largest);
    c->value = exp(pair.log_ratio);
    c->low = exp(pair.log_low);
    c->high = exp(pair.log_high);
    c->value_is = "mean ratio of the errors (geometric)";
    c->verdict = pair.log_high < 0.0    ? TRAFFIC_NET_CONFIRMED
                 : pair.log_ratio < 0.0 ? TRAFFIC_NET_LIMITS
                                        : TRAFFIC_NET_REFUTED;
    const int used = snprintf(c->measured, sizeof c->measured, "%s, medians: %s %.3g, %s %.3g; ratio %.2f",
                              quantity, s->model[i], median[0], s->model[j], median[1], c->value);
    if (isfinite(c->low))
        snprintf(c->measured + used, sizeof c->measured - (size_t)used, " [%.2f, %.2f]", c->low, c->high);
}

/* ---- the jam and the forms ---- */

static void judge_jam(const traffic_net_study *s, claim_t *c) {
    const double jam = s->truth_audit.jam_density;
    double worst[2] = {0, 0};
    size_t tested = 0;
    int used = snprintf(c->measured, sizeof c->measured, "without noise,");
    for (size_t k = 0; k < s->reach_count; k++) {
        size_t richest = s->model_count;
        for (size_t m = 0; m < s->model_count; m++)
            if (s->kind[m] == TRAFFIC_NET_PHYSICAL && isfinite(cell_of(s, k, m)->jam_bias) &&
                (richest == s->model_count || s->n_free[m] > s->n_free[richest]))
                richest = m;
        if (richest == s->model_count)
            continue;
        const double bias = cell_of(s, k, richest)->jam_bias;
        worst[is_short(s, k)] = fmax(worst[is_short(s, k)], fabs(bias) / jam);
        if (tested++ < 4)
            used += snprintf(c->measured + used, sizeof c->measured - (size_t)used,
                             "%s %s is off by %+.2g with data up to %.3g of the jam density",
                             tested > 1 ? "," : "", s->model[richest], fabs(bias) < 1e-6 * jam ? 0.0 : bias,
                             s->reach[k]);
    }
    if (tested == 0) {
        untested(c, "no physical model was fitted");
        return;
    }
    c->value = fmax(worst[0], worst[1]);
    c->value_is = "largest error of the jam density as a share of it, without noise";
    c->verdict = c->value < 0.01                 ? TRAFFIC_NET_CONFIRMED
                 : worst[0] < 0.01 && tested > 1 ? TRAFFIC_NET_LIMITS
                                                 : TRAFFIC_NET_REFUTED;
}

static void judge_exact(const traffic_net_study *s, claim_t *c) {
    const size_t reach = farthest_reach(s);
    size_t best = s->model_count;
    for (size_t m = 0; m < s->model_count; m++)
        if (s->kind[m] == TRAFFIC_NET_PHYSICAL && isfinite(cell_of(s, reach, m)->exact_rmse) &&
            (best == s->model_count ||
             cell_of(s, reach, m)->exact_rmse < cell_of(s, reach, best)->exact_rmse))
            best = m;
    if (best == s->model_count) {
        untested(c, "no physical model was fitted");
        return;
    }
    const double share = cell_of(s, reach, best)->exact_rmse / s->truth_audit.capacity;
    c->value = share;
    c->value_is = "root mean square error without noise, as a share of the capacity";
    c->verdict = share < 1e-6 ? TRAFFIC_NET_CONFIRMED : TRAFFIC_NET_REFUTED;
    snprintf(c->measured, sizeof c->measured, "without noise %s is off by %.2g %% of the capacity%s",
             s->model[best], 100.0 * (share < 1e-9 ? 0.0 : share),
             share < 1e-6 ? "" : ": the error of K segments falls as 1/K^2 and is never 0");
}

static void judge_same(const traffic_net_study *s, claim_t *c) {
    c->value = s->form_difference;
    c->value_is = "largest difference as a share of the capacity";
    c->verdict = s->form_difference < 1e-12 ? TRAFFIC_NET_CONFIRMED : TRAFFIC_NET_REFUTED;
    snprintf(c->measured, sizeof c->measured,
             "the largest difference is %.1g of the capacity on [-%.4g, %.4g]", s->form_difference,
             s->truth_audit.jam_density / 2, 1.5 * s->truth_audit.jam_density);
}

static void judge_linear(const traffic_net_study *s, claim_t *c) {
    c->value = s->form_bend;
    c->value_is = "share of places between 0 and the jam density where it bends";
    c->verdict = s->form_bend == 0.0 ? TRAFFIC_NET_CONFIRMED : TRAFFIC_NET_REFUTED;
    snprintf(c->measured, sizeof c->measured,
             "a product of two ReLUs: it bends at %.3g %% of the places between 0 and the jam density, a "
             "network of ReLUs "
             "at its kinks alone",
             100.0 * s->form_bend);
}

void traffic_net_judge(const traffic_net_study *s, traffic_net_claim claim[TRAFFIC_NET_CLAIMS]) {
    static const char *const text[TRAFFIC_NET_CLAIMS][2] = {
        {"guarantee-form",
         "relu(concave piecewise linear) with q(0) = 0 is physical by its form: no flow on the empty "
         "road, concave, never negative"},
        {"guarantee-activation", "ReLU as the activation of a network makes its flow physical"},
        {"smooth-negative", "tanh and sigmoid networks give negative flow beyond the jam"},
        {"reaches-zero",
         "a network fitted to data that end before the jam comes back to zero flow all the same"},
        {"relu-flow", "ReLU networks are closer to the flow than tanh and sigmoid networks"},
        {"relu-wave", "ReLU networks give the wave speed better than tanh and sigmoid networks"},
        {"smooth-wave", "smooth networks interpolate the wave speed better than piecewise-linear ones"},
        {"physical-flow",
         "the physical form costs nothing: it is closer to the flow than a plain ReLU network"},
        {"jam", "a piecewise-linear fit finds the jam density"},
        {"exact", "a small ReLU network is the flow diagram itself, without error"},
        {"same-function",
         "relu(vf rho - vf rho^2/rho_j) and vf relu(rho) relu(1 - rho/rho_j) are one function"},
        {"product-linear", "vf relu(rho) relu(1 - rho/rho_j), being made of ReLUs, is piecewise linear"}};
    for (size_t i = 0; i < TRAFFIC_NET_CLAIMS; i++)
        claim[i] = (claim_t){.name = text[i][0],
                             .claim = text[i][1],
                             .value = NAN,
                             .low = NAN,
                             .high = NAN,
                             .value_is = "nothing"};
    if (s->runs == 0) {
        for (size_t i = 0; i < TRAFFIC_NET_CLAIMS; i++)
            untested(&claim[i], "no run was finished");
        return;
    }
    judge_form(s, &claim[0]);
    judge_activation(s, &claim[1]);
    judge_smooth_negative(s, &claim[2]);
    judge_reaches_zero(s, &claim[3]);
    judge_closer(s, TRAFFIC_NET_RELU, TRAFFIC_NET_SMOOTH, rmse, "error of the flow", &claim[4]);
    judge_closer(s, TRAFFIC_NET_RELU, TRAFFIC_NET_SMOOTH, wave, "error of the wave speed", &claim[5]);
    const size_t reach = farthest_reach(s), physical = best_of(s, TRAFFIC_NET_PHYSICAL, reach, wave),
                 relu = best_of(s, TRAFFIC_NET_RELU, reach, wave);
    double median[2] = {INFINITY, INFINITY}, least, largest;
    if (physical < s->model_count)
        traffic_net_summary(s, reach, physical, wave, &median[0], &least, &largest);
    if (relu < s->model_count)
        traffic_net_summary(s, reach, relu, wave, &median[1], &least, &largest);
    judge_closer(s, TRAFFIC_NET_SMOOTH, median[0] <= median[1] ? TRAFFIC_NET_PHYSICAL : TRAFFIC_NET_RELU,
                 wave, "error of the wave speed", &claim[6]);
    judge_closer(s, TRAFFIC_NET_PHYSICAL, TRAFFIC_NET_RELU, rmse, "error of the flow", &claim[7]);
    judge_jam(s, &claim[8]);
    judge_exact(s, &claim[9]);
    judge_same(s, &claim[10]);
    judge_linear(s, &claim[11]);
}
