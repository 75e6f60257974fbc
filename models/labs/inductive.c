/* Inductive bias: does a fit put a seam on the constraint? Data y = min(x, c) + noise, x uniform on [0, 1], the constraint
 * c uniform on [.25, .75], new ones for each seed; and the same with curved arms, + bend sin(5 x). ReLU networks come
 *
 *   as they are drawn (how often is a seam there by chance), from a random start by Adam and by Levenberg-Marquardt, from
 *   a start made of the data by variable projection, and by a global search for the knots, whose bound certifies that no
 *   others fit better.
 *
 * Counted: the nearest seam (crease_net_kinks) is within 1 % of the range of x of c. Noise alone moves the best knot by
 * its standard error, here about 0.1 %. */
#include "crease/fit.h"
#include "crease/knots.h"
#include "crease/random.h"
#include "labs/lab.h"
#include "labs/tools.h"
#include "savings/claims/claims.h"
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 200, CASES = 3, MOST_SEEDS = 1000 };
enum way { UNTRAINED = 0, ADAM, NEWTON, DATA, CERTIFIED, WAYS };
static const char *const way_name[WAYS] = {"as drawn", "random start, Adam", "random start, LM", "data start",
                                           "certified knots"};
static const double within = .01;

typedef struct data_case {
    const char *name;
    bool curved;
    size_t units, knots; /* of the networks, and of the search */
} data_case;
static const data_case cases[CASES] = {{"straight arms, 1 unit", false, 1, 1},
                                       {"straight arms, 3 units", false, 3, 1},
                                       {"curved arms, 4 units", true, 4, 4}};

/* Distances of the nearest seam from the constraint. */
typedef struct distances {
    double d[WAYS];
    bool certified;
} distances;

static double nearest(size_t n, const double *seam, double c) {
    double distance = INFINITY;
    for (size_t i = 0; i < n; i++)
        distance = fmin(distance, fabs(seam[i] - c));
    return distance;
}

static crease_status by_training(const lab_run *run, enum way way, size_t units, const crease_data *data,
                                 uint64_t seed, double c, double *distance, crease_error *error) {
    const crease_fit_options options = {.method = way == NEWTON ? CREASE_METHOD_LM
                                                  : way == DATA ? CREASE_METHOD_VARPRO
                                                                : CREASE_METHOD_ADAM,
                                        .init = way == DATA ? CREASE_INIT_DATA : CREASE_INIT_RANDOM,
                                        .starts = 1,
                                        .epochs = way == UNTRAINED ? 1 : lab_count(run, "epochs"),
                                        .learning_rate = way == UNTRAINED ? 1e-12 : 0,
                                        .seed = seed,
                                        .threads = 1,
                                        .interrupted = run->setup.interrupted,
                                        .interrupted_context = run->setup.interrupted_context};
    char spec[32];
    crease_net *net;
    crease_fit_result result = {0};
    crease_kink *kinks = NULL;
    size_t count = 0;
    snprintf(spec, sizeof spec, "relu:%zu", units);
    crease_status status = crease_net_parse(spec, 1, 1, &net, error);
    if (status == CREASE_OK)
        status = crease_fit(net, data, &options, &result, error);
    if (status == CREASE_OK)
        status = crease_net_kinks(net, &kinks, &count, error);
    *distance = INFINITY;
    for (size_t i = 0; i < count && status == CREASE_OK; i++)
        *distance = fmin(*distance, nearest(1, &kinks[i].x, c));
    free(kinks);
    crease_fit_result_clear(&result);
    crease_net_free(net);
    return status;
}

static crease_status by_search(const lab_run *run, size_t knots, const crease_data *data, double c,
                               distances *d, crease_error *error) {
    const crease_knots_options options = {.knots = knots,
                                          .work = 5,
                                          .interrupted = run->setup.interrupted,
                                          .interrupted_context = run->setup.interrupted_context};
    crease_knots_result result = {0};
    crease_status status = crease_knots_fit(data, &options, &result, error);
    if (status == CREASE_OK) {
        d->d[CERTIFIED] = nearest(result.pwl->knot_count, result.pwl->x, c);
        d->certified = result.certified;
    }
    crease_knots_result_clear(&result);
    return status;
}

/* Falsified: the constraint is sought a tenth beside where it is. */
typedef struct seeds_of {
    const data_case *of;
    distances *each;
} seeds_of;

static crease_status one_seed(const lab_run *run, size_t seed, void *context, crease_error *error) {
    const seeds_of *all = context;
    const data_case *of = all->of;
    distances *d = &all->each[seed];
    double x[ROWS], y[ROWS];
    gsl_rng *random = crease_random_new(lab_seed(run), seed);
    if (!random)
        return lab_no_memory(error, "inductive");
    const double c = .25 + .5 * gsl_rng_uniform(random), sought = lab_falsified(run) ? c + .1 : c;
    for (size_t i = 0; i < ROWS; i++) {
        x[i] = gsl_rng_uniform(random);
        y[i] = fmin(x[i], c) + (of->curved ? lab_number(run, "bend") * sin(5 * x[i]) : 0) +
               lab_number(run, "noise") * gsl_ran_gaussian(random, 1);
    }
    const uint64_t start = gsl_rng_get(random);
    gsl_rng_free(random);
    const crease_data data = {ROWS, 1, 1, x, y, NULL};
    crease_status status = by_search(run, of->knots, &data, sought, d, error);
    for (enum way way = UNTRAINED; way < CERTIFIED && status == CREASE_OK; way++)
        status = by_training(run, way, of->units, &data, start, sought, &d->d[way], error);
    return status;
}

typedef struct result {
    size_t hits[WAYS], certified;
    lab_estimate share[WAYS], median[WAYS];
    double sorted[WAYS][MOST_SEEDS]; /* distances */
} result;

static crease_status study(const lab_run *run, const data_case *of, size_t seeds, result *r,
                           crease_error *error) {
    distances *all = calloc(seeds, sizeof *all);
    crease_status status =
        all ? lab_each(run, seeds, one_seed, &(seeds_of){of, all}, error) : lab_no_memory(error, "inductive");
    for (int way = 0; way < WAYS && status == CREASE_OK; way++) {
        double *d = r->sorted[way];
        for (size_t i = 0; i < seeds; i++) {
            d[i] = fmin(all[i].d[way], 1); /* no seam at all is far away */
            r->hits[way] += d[i] <= within;
            r->certified += way == CERTIFIED && all[i].certified;
        }
        gsl_sort(d, 1, seeds);
        r->share[way] = lab_share(r->hits[way], seeds);
        r->median[way] = lab_median(seeds, d);
    }
    free(all);
    return status;
}

/* How many networks with three units have a seam within a distance. */
static void draw_distances(lab_run *run, const result *r, size_t seeds) {
    static const char *const role[WAYS] = {"other", "relu", "smooth", "sigmoid", "exact"};
    double share[MOST_SEEDS];
    for (size_t i = 0; i < seeds; i++)
        share[i] = ((double)i + 1) / (double)seeds;
    lab_panel_begin(run, (lab_panel){.title = cases[1].name,
                                     .x = "distance of the nearest seam",
                                     .y = "share with a seam so near",
                                     .log_x = true});
    for (int way = ADAM; way < WAYS; way++)
        lab_draw(run, LAB_STEPS, role[way], way_name[way], seeds, r->sorted[way], share);
}

static void draw(lab_run *run, const result *r, size_t count) {
    static const char *const role[CASES] = {"relu", "hybrid", "tanh"};
    double place[WAYS], share[WAYS], low[WAYS], high[WAYS];
    lab_panel_begin(run, (lab_panel){.x = "1 as drawn, 2 Adam, 3 LM, 4 data start, 5 certified",
                                     .y = "share with a seam within 1 %"});
    for (size_t k = 0; k < count; k++) {
        for (int way = 0; way < WAYS; way++) {
            place[way] = 1 + way + .12 * ((double)k - 1);
            share[way] = r[k].share[way].value;
            low[way] = r[k].share[way].low;
            high[way] = r[k].share[way].high;
        }
        lab_draw_interval(run, LAB_BARS, role[k], cases[k].name, WAYS, place, share, low, high);
    }
}

static void fill_table(lab_run *run, const result *r, size_t count) {
    static const char *const columns[] = {"data and network", "found by", "seam within 1 %", "95 % interval",
                                          "median distance"};
    lab_table(run, "Nearest seam to the constraint", 5, columns);
    for (size_t k = 0; k < count; k++)
        for (int way = 0; way < WAYS; way++) {
            lab_cell_text(run, "%s", cases[k].name);
            lab_cell_text(run, "%s", way_name[way]);
            lab_cell(run, r[k].share[way].value);
            lab_cell_text(run, "%.3f .. %.3f", r[k].share[way].low, r[k].share[way].high);
            lab_cell(run, r[k].median[way].value);
        }
}

static void conclude(lab_run *run, const result *r, size_t count, size_t seeds) {
    const lab_estimate *trained = r[1].share;
    lab_measure(run, "random_start", "share with a seam within 1 %, 3 units, random start, Adam",
                trained[ADAM], NAN);
    lab_measure(run, "random_start_lm", "the same by Levenberg-Marquardt", trained[NEWTON], NAN);
    lab_measure(run, "one_unit", "the same, 1 unit, random start, Adam", r[0].share[ADAM], NAN);
    lab_measure(run, "data_start", "the same, 3 units, data start", trained[DATA], NAN);
    lab_measure(run, "certified_knots", "the same, certified knots", trained[CERTIFIED], NAN);
    lab_measure(run, "chance", "the same, 3 units as drawn", trained[UNTRAINED], NAN);
    lab_measure(run, "distance", "distance of the certified knot, median", r[1].median[CERTIFIED], NAN);
    const bool possible = r[0].share[CERTIFIED].value > .9 && trained[CERTIFIED].value > .9;
    const bool always = r[0].share[ADAM].value > .95 && trained[ADAM].value > .95;
    lab_conclude(
        run,
        !possible ? LAB_REFUTED
        : always  ? LAB_CONFIRMED
                  : LAB_CONFIRMED_WITH_LIMITS,
        "The best fit has its seam there in %zu of %zu samples (%zu of them certified as the best). Training "
        "from a random start has it there in %zu with one unit, in %zu with three.",
        r[1].hits[CERTIFIED], seeds, r[1].certified, r[0].hits[ADAM], r[1].hits[ADAM]);
    lab_say(run,
            "A start made of the data has it in %zu with one unit and in %zu with three. As drawn, %zu have "
            "one there by "
            "chance.",
            r[0].hits[DATA], r[1].hits[DATA], r[1].hits[UNTRAINED]);
    lab_say(run,
            "Exactly is too much to ask of data: with noise of %g the certified knot is %.1e away, median.",
            lab_number(run, "noise"), r[1].median[CERTIFIED].value);
    if (count == CASES)
        lab_say(run,
                "Where the arms are curved, seams are spent on curvature as well: %zu of %zu from a random "
                "start, %zu from "
                "the data, and %zu by the search for four knots.",
                r[2].hits[ADAM], seeds, r[2].hits[DATA], r[2].hits[CERTIFIED]);
}

/* Whether there is a kink to find: values of a household at its limit, by the savings model. */
static crease_status say_where_kinks_are(lab_run *run, crease_error *error) {
    static const char *const name[2] = {"hard-limit-value-A", "hard-limit-policy-A"};
    savings_evidence evidence[2];
    for (size_t k = 0; k < 2; k++) {
        const savings_claim *claim = NULL;
        for (size_t i = 0; (claim = savings_claim_at(i)) != NULL && strcmp(claim->name, name[k]) != 0; i++)
            ;
        if (!claim)
            return crease_fail(error, CREASE_INTERNAL, "the savings model has no claim '%s'", name[k]);
        const crease_status status = savings_claim_judge(claim, NULL, NULL, &evidence[k], error);
        if (status != CREASE_OK)
            return status;
    }
    lab_say(run,
            "The function has to have its kink there: at a hard limit the policy does (slopes %.4g and %.4g, "
            "measured), the "
            "value function does not (%.6g and %.6g).",
            evidence[1].slope_left, evidence[1].slope_right, evidence[0].slope_left, evidence[0].slope_right);
    return CREASE_OK;
}

static crease_status inductive(lab_run *run, crease_error *error) {
    const size_t seeds = lab_count(run, "seeds"), count = lab_number(run, "bend") > 0 ? CASES : CASES - 1;
    result r[CASES] = {0};
    for (size_t k = 0; k < count; k++) {
        crease_status status = study(run, &cases[k], seeds, &r[k], error);
        if (status != CREASE_OK || lab_interrupted(run))
            return status;
    }
    fill_table(run, r, count);
    draw(run, r, count);
    draw_distances(run, &r[1], seeds);
    conclude(run, r, count, seeds);
    return say_where_kinks_are(run, error);
}

const lab_experiment lab_inductive = {
    .name = "inductive",
    .claim = "A ReLU fit puts a seam exactly on the constraint.",
    .control = "the constraint is sought a tenth of the range beside where it is",
    .knob = {{"seeds", 40, 2, MOST_SEEDS, true, "samples"},
             {"noise", .005, 0, 1, false, "standard deviation of the noise"},
             {"bend", .1, 0, 1, false, "how far curved arms bend; 0 leaves them out"},
             {"epochs", 1500, 1, 1e6, true, "passes of Adam over the data"}},
    .run = inductive,
};
