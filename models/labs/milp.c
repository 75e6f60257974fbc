/* MILP: "is the output anywhere in the box above a threshold?" asked of a ReLU net and of a tanh net of equal size.
 *
 * Each ReLU whose sign the bounds leave open is one binary variable (Tjeng, Xiao & Tedrake 2019), so branch and bound
 * answers after at most 2^binaries linear programs: a definite answer. The thresholds are put a margin above and below the
 * largest output, as branch and bound over boxes finds it to a gap, so that the right answers are known to be "no" and
 * "yes". The tanh net has no such program; it is asked by linear relaxations and splits (crease/verify.h), a sound
 * method, which may end undecided. */
#include "crease/milp.h"
#include "crease/range.h"
#include "crease/verify.h"
#include "labs/lab.h"
#include "labs/tools.h"
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { INPUTS = 2 };

typedef struct answer {
    size_t asked, right, wrong; /* neither: undecided */
    double seconds;
    double *nodes; /* of each question, owned */
} answer;

static void count(answer *a, crease_verdict verdict, bool violated, double seconds, size_t nodes) {
    a->nodes[a->asked++] = fmax(1, (double)nodes);
    a->right += verdict == (violated ? CREASE_REFUTED : CREASE_PROVED);
    a->wrong += verdict == (violated ? CREASE_PROVED : CREASE_REFUTED);
    a->seconds += seconds;
}

/* y >= threshold somewhere in [-1, 1]^2 */
static crease_status above(double threshold, crease_specification **question, crease_error *error) {
    static const double lower[INPUTS] = {-1, -1}, upper[INPUTS] = {1, 1},
                        coefficients[INPUTS + 1] = {0, 0, -1};
    crease_status status = crease_specification_box(INPUTS, 1, lower, upper, question, error);
    return status == CREASE_OK ? crease_specification_add(*question, 0, 1, coefficients, &threshold, error)
                               : status;
}

static crease_status largest_output(const lab_run *run, const crease_net *net, double *largest,
                                    crease_error *error) {
    crease_number lower[INPUTS] = {{0}}, upper[INPUTS] = {{0}};
    const crease_range_options options = {.gap = 1e-4, .threads = (size_t)lab_threads(run), .timeout = 5};
    crease_range_result range = {0};
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < INPUTS && status == CREASE_OK; i++) {
        status = crease_number_from_double(-1, &lower[i], error);
        if (status == CREASE_OK)
            status = crease_number_from_double(1, &upper[i], error);
    }
    if (status == CREASE_OK)
        status = crease_range(net, lower, upper, NULL, 0, &options, &range, error);
    if (status == CREASE_OK)
        *largest = range.max[0].value;
    crease_range_result_clear(&range);
    for (size_t i = 0; i < INPUTS; i++) {
        crease_number_clear(&lower[i]);
        crease_number_clear(&upper[i]);
    }
    return status;
}

typedef struct milp_study {
    answer milp, relu, tanh;
    size_t units, binaries, binaries_before, programs;
} milp_study;

static crease_status ask_milp(const lab_run *run, milp_study *s, const crease_net *net,
                              const crease_specification *question, bool violated, crease_error *error) {
    const crease_milp_options options = {.timeout = lab_number(run, "seconds")};
    crease_milp_result result = {0};
    crease_status status = crease_milp(net, question, &options, &result, error);
    if (status == CREASE_OK) {
        count(&s->milp, result.verdict, violated, result.seconds, result.nodes);
        s->binaries += result.binaries;
        s->binaries_before += result.binaries_before;
        s->programs++;
        s->units = crease_net_unit_count(net);
    }
    crease_milp_result_clear(&result);
    return status;
}

static crease_status ask_bounds(const lab_run *run, answer *a, const crease_net *net,
                                const crease_specification *question, bool violated, crease_error *error) {
    const crease_verify_options options = {.timeout = lab_number(run, "seconds"), .threads = 1};
    crease_verify_result result = {0};
    crease_status status = crease_verify(net, question, &options, &result, error);
    if (status == CREASE_OK)
        count(a, result.verdict, violated, result.seconds, result.nodes);
    crease_verify_result_clear(&result);
    return status;
}

/* Falsified: the thresholds lie on the other side, so every known answer is the wrong one. */
static crease_status ask(const lab_run *run, milp_study *s, const crease_net *net, bool is_relu,
                         crease_error *error) {
    double largest;
    crease_status status = largest_output(run, net, &largest, error);
    for (int side = -1; side <= 1 && status == CREASE_OK; side += 2) {
        const double margin = side * lab_number(run, "margin") * fmax(fabs(largest), .1);
        crease_specification *question = NULL;
        const bool violated = lab_falsified(run) ? side > 0 : side < 0;
        status = above(largest + margin, &question, error);
        if (status == CREASE_OK && is_relu)
            status = ask_milp(run, s, net, question, violated, error);
        if (status == CREASE_OK)
            status = ask_bounds(run, is_relu ? &s->relu : &s->tanh, net, question, violated, error);
        crease_specification_free(question);
    }
    return status;
}

static void row(lab_run *run, const char *who, const answer *a) {
    lab_cell_text(run, "%s", who);
    lab_cell(run, (double)a->asked);
    lab_cell(run, (double)a->right);
    lab_cell(run, (double)(a->asked - a->right - a->wrong));
    lab_cell(run, (double)a->wrong);
    lab_cell(run, gsl_stats_mean(a->nodes, 1, a->asked));
}

/* Share of the questions that are answered after so many nodes. */
static void draw(lab_run *run, const char *role, const char *label, answer *a) {
    double *share = lab_numbers(a->asked, 1);
    if (!share)
        return;
    gsl_sort(a->nodes, 1, a->asked);
    for (size_t i = 0; i < a->asked; i++)
        share[i] = (double)(i + 1) / (double)a->asked;
    lab_draw(run, LAB_STEPS, role, label, a->asked, a->nodes, share);
    free(share);
}

static void report(lab_run *run, milp_study *s) {
    static const char *const column[] = {"method", "questions", "right", "undecided", "wrong", "nodes, mean"};
    lab_measure(run, "settled_milp", "share of questions that the MILP answers rightly",
                lab_share(s->milp.right, s->milp.asked), 1);
    lab_measure(run, "settled_tanh", "share that relaxations of the tanh net answer rightly",
                lab_share(s->tanh.right, s->tanh.asked), 0);
    lab_measure(run, "binaries", "binary variables, mean",
                lab_exact((double)s->binaries / (double)s->programs), (double)s->units);
    lab_measure(run, "binaries_plain", "binary variables with plain intervals, mean",
                lab_exact((double)s->binaries_before / (double)s->programs), NAN);
    lab_table(run, "Questions, each with a known answer:", 6, column);
    row(run, "ReLU, MILP", &s->milp);
    row(run, "ReLU, bounds and splits", &s->relu);
    row(run, "tanh, bounds and splits", &s->tanh);
    lab_panel_begin(
        run,
        (lab_panel){.x = "linear programs, or boxes", .y = "share of questions answered", .log_x = true});
    draw(run, "relu", "ReLU, MILP", &s->milp);
    draw(run, "relu", "ReLU, bounds", &s->relu);
    draw(run, "tanh", "tanh, bounds", &s->tanh);
    const bool definite = s->milp.right == s->milp.asked, smooth = 2 * s->tanh.right > s->tanh.asked;
    lab_conclude(
        run,
        !definite ? LAB_REFUTED
        : smooth  ? LAB_CONFIRMED_WITH_LIMITS
                  : LAB_CONFIRMED,
        "The MILP answers %zu of %zu questions rightly, with %.1f binaries for %zu units: bounds settle the "
        "other units beforehand.",
        s->milp.right, s->milp.asked, (double)s->binaries / (double)s->programs, s->units);
    lab_say(run,
            "The same questions of tanh nets of equal size: sound relaxations with splits answer %zu of %zu "
            "rightly, "
            "in %.3g s in all; the MILPs took %.3g s. %s",
            s->tanh.right, s->tanh.asked, s->tanh.seconds, s->milp.seconds,
            smooth ? "'Nearly impossible' is not what is measured." : "");
    lab_say(
        run,
        "GLPK computes in floating point with tolerances: its 'no' is no proof. Bounds with splits prove the "
        "same, with outward rounding.");
}

static crease_status milp(lab_run *run, crease_error *error) {
    const size_t width = lab_count(run, "width"), nets = lab_count(run, "nets");
    double *nodes = lab_numbers(6 * nets, 1);
    milp_study study = {.milp.nodes = nodes, .relu.nodes = nodes + 2 * nets, .tanh.nodes = nodes + 4 * nets};
    crease_status status = nodes ? CREASE_OK : lab_no_memory(error, "milp");
    for (size_t i = 0; i < nets && status == CREASE_OK && !lab_interrupted(run); i++)
        for (int smooth = 0; smooth < 2 && status == CREASE_OK; smooth++) {
            char spec[80];
            crease_net *net = NULL;
            const char *name = smooth ? "tanh" : "relu";
            snprintf(spec, sizeof spec, "%s:%zu/%s:%zu", name, width, name, width);
            status = lab_random_net(spec, INPUTS, 1, CREASE_INIT_RANDOM, lab_seed(run), i, &net, error);
            if (status == CREASE_OK)
                status = ask(run, &study, net, !smooth, error);
            crease_net_free(net);
        }
    if (status == CREASE_OK && !lab_interrupted(run))
        report(run, &study);
    free(nodes);
    return status;
}

const lab_experiment lab_milp = {
    .name = "milp",
    .claim = "One binary a unit turns a ReLU network into a MILP with a definite answer; for smooth networks "
             "this is "
             "nearly impossible.",
    .control = "what is known of the answers is turned round",
    .knob = {{"width", 8, 1, 64, true, "units in each of two layers"},
             {"nets", 10, 1, 1000, true, "random networks of each kind, two questions each"},
             {"margin", .05, 1e-4, 1, false, "of a threshold from the largest output, as a share of it"},
             {"seconds", 5, .01, 3600, false, "for one question"}},
    .run = milp,
};
