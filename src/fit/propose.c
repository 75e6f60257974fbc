/* Which kind of network the data ask for: a straight line, ReLU units, tanh units, or both.
 *
 * Each kind is a ladder of sizes, climbed while the error on rows left out falls. A hybrid is tried only where the data
 * show a kink between curved sides (kink_profile.c). Candidates are compared row by row on the squared errors of rows
 * left out: the fewest free parameters whose mean is within two standard errors of the best, after Breiman et al. (1984,
 * section 3.4.3), whose one standard error is that of a mean; here it is the smaller one of paired differences. The two
 * outermost rows are never left out: beyond the data there is nothing to learn from. */
#include "crease/compare.h"
#include "crease/knots.h"
#include "crease/random.h"
#include "fit/kink_profile.h"
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FOLDS = 4,
    STARTS = 4,
    ITERATIONS = 100,
    ROWS = 600,           /* of the ladders */
    ROWS_A_PARAMETER = 3, /* least number of them */
    LEAST_ROWS = 8,
    MOST_FREE = 14,
    MOST_KINKS = 3,
    MOST_CANDIDATES = 24 /* more than all ladders have together */
};

static const double FALLS = .9;    /* of the mean squared error, for a ladder to be climbed on */
static const double EXACT = 1e-10; /* mean squared error over the variance of y that counts as none */
static const double ERRORS = 2;    /* standard errors */
static const uint64_t FOLD_STREAM = UINT64_C(6) << 32;

typedef struct candidate {
    char spec[CREASE_PROPOSED_SPEC];
    size_t n_free, kinks;
    crease_proposal_kind kind;
    double mean;    /* of the squared errors of rows left out */
    double *square; /* rows, owned */
} candidate;

typedef struct search {
    const crease_fit_options *fit;
    crease_data data; /* at most ROWS rows, x ascending */
    double *storage, *held_weight, *predicted;
    size_t *fold_of; /* rows; FOLDS: in no fold */
    size_t most_free;
    double unit;     /* largest |y|, or 1: errors are in this unit */
    double variance; /* of y */
    candidate candidate[MOST_CANDIDATES];
    size_t count;
    crease_hinge_place place[MOST_KINKS + 1][MOST_KINKS]; /* of so many hinges */
    bool shows[MOST_KINKS + 1];                           /* the data show a kink for each of so many */
} search;

static void search_clear(search *s) {
    for (size_t c = 0; c < s->count; c++)
        free(s->candidate[c].square);
    free(s->storage);
    free(s->fold_of);
    free(s);
}

static crease_status out_of_memory(crease_error *error) {
    return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a proposal");
}

/* Rows of positive weight by x, at even ranks where there are many. */
static crease_status take_rows(search *s, const crease_data *data, uint64_t seed, crease_error *error) {
    size_t *order = malloc(data->n * sizeof *order), used = 0;
    gsl_rng *generator = crease_random_new(seed, FOLD_STREAM);
    s->storage = malloc(5 * ROWS * sizeof(double));
    s->fold_of = malloc(ROWS * sizeof *s->fold_of);
    if (!order || !generator || !s->storage || !s->fold_of) {
        free(order);
        if (generator)
            gsl_rng_free(generator);
        return out_of_memory(error);
    }
    gsl_sort_index(order, data->x, 1, data->n);
    for (size_t i = 0; i < data->n; i++)
        if (!data->weight || data->weight[order[i]] > 0)
            order[used++] = order[i];
    size_t rows = used < ROWS ? used : ROWS;
    double *x = s->storage, *y = x + ROWS, *weight = y + ROWS;
    s->held_weight = weight + ROWS;
    s->predicted = s->held_weight + ROWS;
    for (size_t i = 0; i < rows; i++) {
        size_t row = order[rows < used ? i * (used - 1) / (rows - 1) : i];
        x[i] = data->x[row];
        y[i] = data->y[row];
        weight[i] = data->weight ? data->weight[row] : 1;
        s->fold_of[i] = i == 0 || i + 1 == rows ? FOLDS : i % FOLDS;
    }
    if (rows > 2)
        crease_random_shuffle(generator, s->fold_of + 1, rows - 2);
    s->data = (crease_data){rows, 1, 1, x, y, weight};
    free(order);
    gsl_rng_free(generator);
    return CREASE_OK;
}

/* Mean over the rows that are in a fold, by weight. */
static double weighted_mean(const search *s, const double *value) {
    double sum = 0, total = 0;
    for (size_t i = 0; i < s->data.n; i++)
        if (s->fold_of[i] < FOLDS) {
            sum += s->data.weight[i] * value[i];
            total += s->data.weight[i];
        }
    return total > 0 ? sum / total : 0;
}

static void measure_y(search *s) {
    double mean = 0;
    for (size_t i = 0; i < s->data.n; i++)
        s->unit = fmax(s->unit, fabs(s->data.y[i]));
    s->unit = s->unit > 0 ? s->unit : 1;
    for (size_t i = 0; i < s->data.n; i++)
        mean += s->data.y[i] / s->unit / (double)s->data.n;
    for (size_t i = 0; i < s->data.n; i++) {
        double d = s->data.y[i] / s->unit - mean;
        s->variance += d * d / (double)s->data.n;
    }
}

/* Straight pieces need no certificate here. */
static crease_status predict_by_knots(search *s, const crease_data *data, size_t knots, crease_error *error) {
    crease_knots_options options = {.knots = knots,
                                    .min_points = CREASE_NO_MINIMUM,
                                    .work = -1,
                                    .interrupted = s->fit->interrupted,
                                    .interrupted_context = s->fit->interrupted_context};
    crease_knots_result result = {0};
    crease_status status = crease_knots_fit(data, &options, &result, error);
    for (size_t i = 0; status == CREASE_OK && i < data->n; i++)
        s->predicted[i] = crease_pwl_evaluate(result.pwl, data->x[i]);
    crease_knots_result_clear(&result);
    return status;
}

static crease_status predict_by_net(search *s, const crease_data *data, crease_net *net,
                                    crease_error *error) {
    crease_fit_options options = {.starts = STARTS,
                                  .iterations = ITERATIONS,
                                  .seed = s->fit->seed,
                                  .threads = s->fit->threads,
                                  .interrupted = s->fit->interrupted,
                                  .interrupted_context = s->fit->interrupted_context};
    crease_fit_result result = {0};
    crease_work *work = NULL;
    crease_status status = crease_fit(net, data, &options, &result, error);
    if (status == CREASE_OK)
        status = crease_work_new(net, &work, error);
    if (status == CREASE_OK)
        crease_net_evaluate(net, NULL, work, data->n, data->x, s->predicted);
    crease_work_free(work);
    crease_fit_result_clear(&result);
    return status;
}

/* Fits with the weights of one fold at zero and squares its errors there. */
static crease_status score_fold(search *s, candidate *c, crease_net *net, size_t fold, crease_error *error) {
    crease_data data = s->data;
    for (size_t i = 0; i < data.n; i++)
        s->held_weight[i] = s->fold_of[i] == fold ? 0 : data.weight[i];
    data.weight = s->held_weight;
    crease_status status = c->kind == CREASE_PROPOSE_RELU ? predict_by_knots(s, &data, c->kinks, error)
                                                          : predict_by_net(s, &data, net, error);
    for (size_t i = 0; status == CREASE_OK && i < data.n; i++) {
        double miss = s->predicted[i] / s->unit - data.y[i] / s->unit;
        if (s->fold_of[i] == fold)
            c->square[i] = miss * miss;
    }
    return status;
}

static bool is_interrupted(const search *s) {
    return s->fit->interrupted && s->fit->interrupted(s->fit->interrupted_context);
}

/* Adds a candidate with its errors; *added is left out where it is too large for the data. */
static crease_status try_net(search *s, crease_proposal_kind kind, size_t kinks, const char *spec,
                             const candidate **added, crease_error *error) {
    crease_net *net = NULL;
    candidate *c = &s->candidate[s->count];
    *added = NULL;
    if (s->count == MOST_CANDIDATES || is_interrupted(s))
        return CREASE_OK;
    crease_status status = crease_net_parse(spec, 1, 1, &net, error);
    if (status != CREASE_OK)
        return status;
    *c = (candidate){.n_free = crease_net_free_count(net), .kinks = kinks, .kind = kind};
    snprintf(c->spec, sizeof c->spec, "%s", spec);
    if (c->n_free > s->most_free)
        goto done;
    if (!(c->square = calloc(s->data.n, sizeof *c->square))) {
        status = out_of_memory(error);
        goto done;
    }
    s->count++;
    for (size_t fold = 0; status == CREASE_OK && fold < FOLDS; fold++)
        status = score_fold(s, c, net, fold, error);
    c->mean = weighted_mean(s, c->square);
    *added = c;
    if (s->fit->progress)
        s->fit->progress(s->count, MOST_CANDIDATES, s->fit->progress_context);
done:
    crease_net_free(net);
    return status;
}

/* Sizes of one kind while the error falls; `format` takes the size and, for hybrids, the number of hinges. */
static crease_status climb(search *s, crease_proposal_kind kind, size_t kinks, crease_error *error) {
    double least = INFINITY;
    for (size_t size = 1, misses = 0; misses < 2 && least > EXACT * s->variance; size++) {
        const candidate *added;
        char spec[CREASE_PROPOSED_SPEC];
        if (kind == CREASE_PROPOSE_RELU)
            snprintf(spec, sizeof spec, "affine+relu:%zu", size);
        else if (kind == CREASE_PROPOSE_SMOOTH)
            snprintf(spec, sizeof spec, "tanh:%zu", size);
        else
            snprintf(spec, sizeof spec, "affine+tanh:%zu+relu:%zu", size, kinks);
        crease_status status =
            try_net(s, kind, kind == CREASE_PROPOSE_RELU ? size : kinks, spec, &added, error);
        if (status != CREASE_OK || !added)
            return status;
        misses = added->mean < FALLS * least ? 0 : misses + 1;
        least = fmin(least, added->mean);
    }
    return CREASE_OK;
}

static crease_status climb_all(search *s, crease_error *error) {
    const candidate *line;
    crease_status status = try_net(s, CREASE_PROPOSE_LINE, 0, "affine", &line, error);
    if (status == CREASE_OK && line && line->mean > EXACT * s->variance)
        status = climb(s, CREASE_PROPOSE_RELU, 0, error);
    if (status == CREASE_OK && line && line->mean > EXACT * s->variance)
        status = climb(s, CREASE_PROPOSE_SMOOTH, 0, error);
    for (size_t k = 1; status == CREASE_OK && k <= MOST_KINKS; k++) {
        for (size_t j = 0; j < k; j++)
            s->place[k][j] = (crease_hinge_place){.power = 1};
        status = crease_place_hinges(&s->data, s->place[k], k, error);
        s->shows[k] = true;
        for (size_t j = 0; j < k; j++)
            s->shows[k] = s->shows[k] && s->place[k][j].placed;
        if (status == CREASE_OK && s->shows[k])
            status = climb(s, CREASE_PROPOSE_HYBRID, k, error);
    }
    return status;
}

/* Whether a is worse than b by no more than ERRORS standard errors of their paired differences. */
static bool is_as_good(const search *s, const candidate *a, const candidate *b) {
    double square = 0, total = 0, weights = 0, mean = a->mean - b->mean;
    if (mean <= 0 || a->mean <= EXACT * s->variance)
        return true;
    for (size_t i = 0; i < s->data.n; i++)
        if (s->fold_of[i] < FOLDS) {
            double w = s->data.weight[i], d = a->square[i] - b->square[i] - mean;
            square += w * w * d * d;
            weights += w;
            total += 1;
        }
    return total > 1 && mean <= ERRORS * sqrt(square) / weights;
}

static const candidate *choose(const search *s) {
    const candidate *best = &s->candidate[0], *chosen;
    for (size_t c = 1; c < s->count; c++)
        if (s->candidate[c].mean < best->mean)
            best = &s->candidate[c];
    chosen = best;
    for (size_t c = 0; c < s->count; c++) {
        const candidate *other = &s->candidate[c];
        bool smaller =
            other->n_free < chosen->n_free || (other->n_free == chosen->n_free && other->mean < chosen->mean);
        if (smaller && is_as_good(s, other, best))
            chosen = other;
    }
    return chosen;
}

/* Pure rivals with as many free parameters, or with the next number that the kind can have: ReLU has 2h+1 without and
 * 2k+2 with an affine path, tanh 3m+1 and 3m+2. */
static void add_relu(crease_proposal *p, size_t n_free) {
    n_free = n_free < 4 ? 4 : n_free;
    snprintf(p->spec[p->spec_count++], CREASE_PROPOSED_SPEC, n_free % 2 ? "relu:%zu" : "affine+relu:%zu",
             n_free % 2 ? (n_free - 1) / 2 : (n_free - 2) / 2);
}

static void add_tanh(crease_proposal *p, size_t n_free) {
    n_free = n_free < 4 ? 4 : n_free % 3 ? n_free : n_free + 1;
    snprintf(p->spec[p->spec_count++], CREASE_PROPOSED_SPEC, n_free % 3 == 1 ? "tanh:%zu" : "affine+tanh:%zu",
             n_free / 3);
}

static const candidate *best_of(const search *s, crease_proposal_kind kind) {
    const candidate *best = NULL;
    for (size_t c = 0; c < s->count; c++)
        if (s->candidate[c].kind == kind && (!best || s->candidate[c].mean < best->mean))
            best = &s->candidate[c];
    return best;
}

/* "affine+relu:6 4.1e-05", or nothing where there is none */
static void describe(const search *s, crease_proposal_kind kind, char text[64]) {
    const candidate *best = best_of(s, kind);
    text[0] = '\0';
    if (best)
        snprintf(text, 64, "%.3g with %s", s->unit * sqrt(best->mean), best->spec);
}

static void explain(const search *s, const candidate *chosen, crease_proposal *p) {
    char relu[64], smooth[64], kinks[MOST_KINKS * 16] = "";
    describe(s, CREASE_PROPOSE_RELU, relu);
    describe(s, CREASE_PROPOSE_SMOOTH, smooth);
    double error = s->unit * sqrt(chosen->mean);
    for (size_t k = 0, length = 0; chosen->kind == CREASE_PROPOSE_HYBRID && k < chosen->kinks; k++)
        length += (size_t)snprintf(kinks + length, sizeof kinks - length, "%s%.4g",
                                   k == 0                  ? ""
                                   : k + 1 < chosen->kinks ? ", "
                                                           : " and ",
                                   s->place[chosen->kinks][k].corner);
    if (chosen->kind == CREASE_PROPOSE_LINE)
        snprintf(p->why, sizeof p->why,
                 "A straight line is enough: on rows left out its error is %.3g, and no network of %s is "
                 "better by "
                 "more than the noise.",
                 error, relu[0] ? "ReLU or tanh units" : "more parameters");
    else if (chosen->kind == CREASE_PROPOSE_RELU)
        snprintf(p->why, sizeof p->why,
                 "%s is proposed, straight pieces: on rows left out its error is %.3g, against %s; curved "
                 "pieces earn "
                 "nothing beyond the noise.",
                 chosen->spec, error, smooth);
    else if (chosen->kind == CREASE_PROPOSE_SMOOTH)
        snprintf(p->why, sizeof p->why,
                 "%s is proposed, a smooth function: on rows left out its error is %.3g, against %s; no kink "
                 "between "
                 "curved sides earns its place.",
                 chosen->spec, error, relu);
    else
        snprintf(p->why, sizeof p->why,
                 "%s is proposed, curved sides and %s at %s: on rows left out its error is %.3g, against %s "
                 "and %s.",
                 chosen->spec, chosen->kinks == 1 ? "a kink" : "kinks", kinks, error, relu, smooth);
}

static void fall_back(const crease_data *data, crease_proposal *p) {
    char text[3][32];
    crease_compare_default_specs(data->inputs, text);
    p->kind = CREASE_PROPOSE_NOTHING;
    for (p->spec_count = 0; p->spec_count < 3; p->spec_count++)
        snprintf(p->spec[p->spec_count], CREASE_PROPOSED_SPEC, "%s", text[p->spec_count]);
    snprintf(p->why, sizeof p->why,
             "Nothing is proposed for %zu inputs and %zu output%s, only for one of each: ReLU, tanh and "
             "sigmoid are "
             "compared at equal numbers of free parameters.",
             data->inputs, data->outputs, data->outputs == 1 ? "" : "s");
}

static crease_status propose(search *s, crease_proposal *p, crease_error *error) {
    crease_status status = climb_all(s, error);
    if (status != CREASE_OK)
        return status;
    if (s->count == 0) {
        p->kind = CREASE_PROPOSE_LINE;
        snprintf(p->spec[p->spec_count++], CREASE_PROPOSED_SPEC, "affine");
        snprintf(p->why, sizeof p->why, "A straight line is proposed: the search was interrupted.");
        return CREASE_OK;
    }
    const candidate *chosen = choose(s);
    p->kind = chosen->kind;
    snprintf(p->spec[p->spec_count++], CREASE_PROPOSED_SPEC, "%s", chosen->spec);
    if (chosen->kind != CREASE_PROPOSE_RELU)
        add_relu(p, chosen->n_free);
    if (chosen->kind != CREASE_PROPOSE_SMOOTH)
        add_tanh(p, chosen->n_free);
    explain(s, chosen, p);
    return CREASE_OK;
}

const char *crease_proposal_kind_name(crease_proposal_kind kind) {
    static const char *const names[] = {"nothing", "line", "relu", "smooth", "hybrid"};
    return (unsigned)kind < sizeof names / sizeof *names ? names[kind] : "?";
}

crease_status crease_compare_propose(const crease_data *data, const crease_fit_options *given,
                                     crease_proposal *proposal, crease_error *error) {
    const crease_fit_options plain = given ? *given : (crease_fit_options){0};
    *proposal = (crease_proposal){0};
    crease_status status = crease_data_check(data, error);
    if (status != CREASE_OK)
        return status;
    if (data->inputs != 1 || data->outputs != 1) {
        fall_back(data, proposal);
        return CREASE_OK;
    }
    search *s = calloc(1, sizeof *s);
    if (!s)
        return out_of_memory(error);
    s->fit = &plain;
    if ((status = take_rows(s, data, plain.seed, error)) != CREASE_OK)
        goto done;
    measure_y(s);
    s->most_free = s->data.n / ROWS_A_PARAMETER < MOST_FREE ? s->data.n / ROWS_A_PARAMETER : MOST_FREE;
    if (s->data.n < LEAST_ROWS)
        s->most_free = 2;
    status = propose(s, proposal, error);
done:
    search_clear(s);
    return status;
}
