/* A value function fitted: checks, transform, kinks, network, rivals, judgement, policy. */
#include "savings/own/own_parts.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double SLOPE_WEIGHT = .1;

/* ---- rows to fit ---- */

typedef struct prepared {
    savings_own_rows rows;
    double *storage, *weight; /* weight: room for weights, of storage */
} prepared;

/* z and dz of at most SAVINGS_OWN_MOST_ROWS rows. */
static crease_status prepare(const savings_own_data *data, const savings_own_map *map, prepared *p,
                             crease_error *error) {
    size_t n = data->n;
    double *storage = n <= SIZE_MAX / 64 ? malloc(3 * n * sizeof *storage) : NULL;
    if (!storage)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", n);
    double *z = storage, *dz = z + n, *right = dz + n;
    for (size_t i = 0; i < n; i++) {
        double slope;
        savings_own_forward(map, data->V[i], &z[i], &slope);
        dz[i] = data->dV ? slope * data->dV[i] : 0;
        right[i] = data->dV ? slope * data->dV_right[i] : NAN;
    }
    savings_own_rows all = {n, data->x, z, data->dV ? dz : NULL, data->dV ? right : NULL, data->weight};
    crease_status status = savings_own_thin(&all, SAVINGS_OWN_MOST_ROWS, &p->rows, &p->storage, error);
    free(storage);
    p->weight = status == CREASE_OK ? p->storage + 4 * n : NULL;
    return status;
}

/* ---- one transform ---- */

typedef struct attempt {
    savings_own_transform transform;
    savings_own_map map;
    prepared prepared;
    savings_own_found found;
    savings_own_choice choice;
    double *place; /* of the kinks */
    bool weighed;
} attempt;

static void attempt_clear(attempt *a) {
    free(a->prepared.storage);
    free(a->found.kink);
    free(a->place);
    crease_net_free(a->choice.net);
    *a = (attempt){0};
}

static crease_status impose(const savings_own_options *o, savings_own_found *found, crease_error *error) {
    *found = (savings_own_found){.count = o->kink_count};
    snprintf(found->why, sizeof found->why,
             o->kink_count > 0 ? "imposed" : "none was looked for (--kinks none)");
    found->kink = calloc(o->kink_count + 1, sizeof *found->kink);
    if (!found->kink)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for kinks");
    for (size_t k = 0; k < o->kink_count; k++)
        found->kink[k] = (savings_own_kink){
            .x = o->kink[k], .source = SAVINGS_OWN_IMPOSED, .seen_left = NAN, .seen_right = NAN};
    return CREASE_OK;
}

/* A kink whose place is known to well under the spacing of rows, and the limit within its error, lies at the limit. */
static void take_limit(const savings_own_options *o, const savings_own_rows *rows, savings_own_found *found) {
    double spacing = (rows->x[rows->n - 1] - rows->x[0]) / (double)rows->n;
    for (size_t k = 0; o->has_limit && k < found->count; k++) {
        savings_own_kink *kink = &found->kink[k];
        double reach = fmax(3 * kink->error, 1e-13 * spacing * (double)rows->n);
        if (kink->source < SAVINGS_OWN_FROM_PAIR && fabs(kink->x - o->limit) <= reach &&
            reach <= .01 * spacing)
            kink->x = o->limit;
    }
}

static double lambda_of(const savings_own_options *o) {
    return o->slope_weight < 0 ? 0 : o->slope_weight > 0 ? o->slope_weight : SLOPE_WEIGHT;
}

static savings_own_task task_of(const attempt *a, const savings_own_options *o) {
    return (savings_own_task){.rows = &a->prepared.rows,
                              .map = &a->map,
                              .kink = a->place,
                              .kinks = a->found.count,
                              .lambda = lambda_of(o),
                              .concave = o->concave,
                              .increasing = o->increasing,
                              .fit = &o->fit};
}

/* Noise of V, alike at all rows, is noise of z in the proportion dz/dV: weights are precisions. */
static void weigh(attempt *a) {
    double largest = 0, *weight = a->prepared.weight;
    for (size_t i = 0; i < a->prepared.rows.n; i++) {
        double V, slope;
        savings_own_backward(&a->map, a->prepared.rows.z[i], &V, &slope);
        weight[i] = slope;
        largest = fmax(largest, slope);
    }
    for (size_t i = 0; i < a->prepared.rows.n; i++)
        weight[i] = weight[i] / largest * (weight[i] / largest);
    a->prepared.rows.weight = weight;
}

/* Again with the weights. Which weights are right is a guess about the noise (values printed to few digits have another),
 * so that only kinks seen both ways count. */
static crease_status find_weighed(attempt *a, const savings_own_options *o, crease_error *error) {
    savings_own_found first = a->found;
    size_t kept = 0;
    weigh(a);
    a->weighed = true;
    crease_status status = savings_own_find_kinks(&a->prepared.rows, &o->fit, &a->found, error);
    for (size_t k = 0; status == CREASE_OK && k < a->found.count; k++) {
        const savings_own_kink *kink = &a->found.kink[k];
        bool seen = false;
        for (size_t j = 0; j < first.count; j++)
            seen |= fabs(first.kink[j].x - kink->x) <= 3 * (first.kink[j].error + kink->error);
        if (seen)
            a->found.kink[kept++] = *kink;
    }
    if (status == CREASE_OK && kept < a->found.count) {
        a->found.count = kept;
        if (kept == 0)
            snprintf(a->found.why, sizeof a->found.why,
                     "the values are noisy, and what might be a kink depends on how the rows are weighted");
    }
    free(first.kink);
    return status;
}

static crease_status try_transform(const savings_own_data *data, const savings_own_options *o,
                                   savings_own_transform transform, attempt *a, crease_error *error) {
    *a = (attempt){.transform = transform, .map = savings_own_map_of(o, transform)};
    crease_status status = prepare(data, &a->map, &a->prepared, error);
    if (status != CREASE_OK)
        return status;
    status = savings_own_find_kinks(&a->prepared.rows, &o->fit, &a->found, error);
    if (status == CREASE_OK && a->found.noisy && a->map.pinv && !a->prepared.rows.weight)
        status = find_weighed(a, o, error);
    if (status == CREASE_OK && (o->no_kinks || o->kink_count > 0)) {
        free(a->found.kink);
        status = impose(o, &a->found, error);
    }
    if (status != CREASE_OK)
        return status;
    a->place = calloc(a->found.count + 1, sizeof *a->place);
    if (!a->place)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for kinks");
    take_limit(o, &a->prepared.rows, &a->found);
    for (size_t k = 0; k < a->found.count; k++)
        a->place[k] = a->found.kink[k].x;
    savings_own_task task = task_of(a, o);
    return o->net ? savings_own_fit_spec(&task, o->net, &a->choice, error)
                  : savings_own_choose(&task, &a->choice, error);
}

/* exp(V/S) with an S far from the truth is a steep power of consumption: without S, log utility is tried both ways. */
static bool tries_both(const savings_own_options *o) {
    return o->transform == SAVINGS_OWN_AUTO ||
           (o->transform == SAVINGS_OWN_DEFAULT && o->crra == 1 && o->scale == 0);
}

/* ---- the choice in words ---- */

static void explain_transform(savings_own_fit *fit, double none, double pinv) {
    const savings_own_options *o = &fit->options;
    bool is_pinv = fit->transform == SAVINGS_OWN_PINV;
    size_t size = sizeof fit->transform_why;
    fit->transform_error[0] = none;
    fit->transform_error[1] = pinv;
    const char *hint =
        o->crra == 1 && o->scale == 0 ? " (a value of an endless life: --scale 1/(1 - beta))" : "";
    if (tries_both(o) && none == pinv)
        snprintf(fit->transform_why, size, "the errors of V on rows left out are the same either way%s",
                 hint);
    else if (tries_both(o) && fmin(none, pinv) == 0)
        snprintf(fit->transform_why, size, "no error of V on rows left out, and %.2e the other way%s",
                 fmax(none, pinv), hint);
    else if (tries_both(o) && isfinite(none) && isfinite(pinv))
        snprintf(fit->transform_why, size,
                 "rms error of V on rows left out %.2e fitted as it is, %.2e through the pseudo-inverse: %s "
                 "by %.3g times%s",
                 none, pinv, is_pinv ? "the pseudo-inverse" : "as it is", is_pinv ? none / pinv : pinv / none,
                 hint);
    else if (tries_both(o))
        snprintf(fit->transform_why, size,
                 "the other choice has no fit: some values are no utilities of this risk aversion, or the "
                 "work was interrupted%s",
                 hint);
    else if (is_pinv)
        snprintf(fit->transform_why, size,
                 "piecewise-linear budgets make the consumption equivalent of V piecewise linear, which ReLU "
                 "units represent "
                 "exactly; V itself is curved");
    else
        snprintf(fit->transform_why, size, "%s",
                 o->crra > 0 ? "as asked (--transform none)"
                             : "no risk aversion was given (--crra G), so V is fitted as it is");
}

static void explain_net(savings_own_fit *fit, const savings_own_choice *choice) {
    size_t size = sizeof fit->net_why;
    if (choice->candidate_count == 0)
        snprintf(fit->net_why, size, "as asked (--net)%s", choice->exact ? ", exact to rounding" : "");
    else if (choice->exact)
        snprintf(fit->net_why, size, "a line%s is exact to rounding, and nothing is simpler",
                 fit->kink_count > 0 ? " with a hinge at each kink" : "");
    else if (choice->candidate_count == 1)
        snprintf(fit->net_why, size, "more parameters would be too many for %zu states", fit->fitted_rows);
    else
        snprintf(fit->net_why, size, "the smallest of %zu within a tenth of the least error on rows left out",
                 choice->candidate_count);
}

static void adopt(savings_own_fit *fit, attempt *a) {
    savings_own_choice *choice = &a->choice;
    savings_own_row *row = &fit->row[0];
    fit->transform = a->transform;
    fit->fitted_rows = a->prepared.rows.n;
    fit->kink = a->found.kink;
    fit->kink_count = a->found.count;
    a->found.kink = NULL;
    memcpy(fit->kinks_why, a->found.why, sizeof fit->kinks_why);
    fit->exact = choice->exact;
    fit->weighed = a->weighed;
    fit->interrupted |= choice->interrupted || a->found.interrupted;
    *row = (savings_own_row){.net = choice->net,
                             .held = choice->held,
                             .left_out = choice->left_out,
                             .left_out_slope = choice->left_out_slope,
                             .seconds = choice->seconds};
    choice->net = NULL;
    fit->row_count = 1;
    fit->candidate_count = choice->candidate_count;
    memcpy(fit->candidate_units, choice->units, sizeof fit->candidate_units);
    memcpy(fit->candidate_error, choice->error, sizeof fit->candidate_error);
    explain_net(fit, choice);
}

/* tanh and sigmoid with at least as many free parameters, on the same rows with the same loss. */
static crease_status fit_rivals(savings_own_fit *fit, const attempt *a, crease_error *error) {
    static const char *const kind[2] = {"tanh", "sigmoid"};
    crease_status status = CREASE_OK;
    savings_own_task task = task_of(a, &fit->options);
    task.kinks = 0;
    task.concave = task.increasing = false;
    for (size_t i = 0; i < 2 && status == CREASE_OK && !fit->interrupted; i++) {
        size_t n_free = crease_net_free_count(fit->row[0].net), units = n_free > 4 ? (n_free - 1 + 2) / 3 : 1;
        savings_own_choice choice;
        char spec[32];
        snprintf(spec, sizeof spec, "%s:%zu", kind[i], units);
        status = savings_own_fit_spec(&task, spec, &choice, error);
        if (status != CREASE_OK)
            break;
        fit->row[fit->row_count++] = (savings_own_row){.net = choice.net,
                                                       .left_out = choice.left_out,
                                                       .left_out_slope = choice.left_out_slope,
                                                       .seconds = choice.seconds};
        fit->interrupted = choice.interrupted;
    }
    return status;
}

static crease_status choose_transform(const savings_own_data *data, const savings_own_options *o,
                                      attempt *best, savings_own_fit *fit, crease_error *error) {
    crease_error unused;
    attempt other = {0};
    bool both = tries_both(o), pinv = both || o->transform == SAVINGS_OWN_PINV ||
                                      (o->transform == SAVINGS_OWN_DEFAULT && o->crra > 0);
    double error_of[2] = {NAN, NAN};
    if (pinv && savings_own_check_utilities(data, o, both ? &unused : error) != CREASE_OK) {
        if (!both)
            return CREASE_BAD_DATA;
        both = pinv = false;
    }
    crease_status status = try_transform(data, o, pinv ? SAVINGS_OWN_PINV : SAVINGS_OWN_NONE, best, error);
    error_of[pinv] = best->choice.left_out.rms;
    if (status == CREASE_OK && both && !best->choice.interrupted && !best->found.interrupted) {
        status = try_transform(data, o, SAVINGS_OWN_NONE, &other, error);
        error_of[0] = other.choice.left_out.rms;
        if (status == CREASE_OK && error_of[0] < error_of[1]) {
            attempt swapped = *best;
            *best = other;
            other = swapped;
        }
    }
    if (status == CREASE_OK) {
        adopt(fit, best);
        explain_transform(fit, error_of[0], error_of[1]);
    }
    attempt_clear(&other);
    return status;
}

static void measure_kinks(savings_own_fit *fit, const savings_own_map *map) {
    for (size_t k = 0; k < fit->kink_count; k++) {
        savings_own_kink *kink = &fit->kink[k];
        double z = kink->V, seen, back;
        savings_own_backward(map, z, &seen, &back);
        kink->seen_left *= back;
        kink->seen_right *= back;
        savings_own_evaluate(fit, 0, kink->x, -1, &kink->V, &kink->slope_left);
        savings_own_evaluate(fit, 0, kink->x, 1, &kink->V, &kink->slope_right);
        bool flat = fabs(kink->slope_right) <= 1e-12 * fabs(kink->slope_left);
        kink->ratio = flat ? NAN : kink->slope_left / kink->slope_right;
    }
}

crease_status savings_own_run(const savings_own_data *data, const savings_own_options *options,
                              savings_own_fit *fit, crease_error *error) {
    attempt best = {0};
    *fit = (savings_own_fit){.options = *options};
    crease_status status = savings_own_check_options(options, error);
    if (status == CREASE_OK)
        status = savings_own_check_kinks(data, options, error);
    if (status == CREASE_OK)
        status = savings_own_check_slopes(data, options, error);
    if (status == CREASE_OK)
        status = choose_transform(data, options, &best, fit, error);
    if (status == CREASE_OK && !options->no_rivals)
        status = fit_rivals(fit, &best, error);
    for (size_t i = 0; status == CREASE_OK && i < fit->row_count; i++)
        status = savings_own_judge(fit, &best.map, data, &fit->row[i], error);
    if (status == CREASE_OK) {
        measure_kinks(fit, &best.map);
        savings_own_judge_shape(fit, data);
        savings_own_judge_limit(fit, data);
        status = savings_own_judge_slopes(fit, data, error);
    }
    if (status == CREASE_OK)
        status = savings_own_imply_policy(fit, data, error);
    fit->interrupted |= status == CREASE_OK && savings_own_interrupted(&options->fit);
    attempt_clear(&best);
    if (status != CREASE_OK)
        savings_own_fit_clear(fit);
    return status;
}

void savings_own_fit_clear(savings_own_fit *fit) {
    for (size_t i = 0; i < fit->row_count; i++)
        crease_net_free(fit->row[i].net);
    crease_net_free(fit->policy.net);
    free(fit->policy.kink);
    free(fit->kink);
    *fit = (savings_own_fit){0};
}
