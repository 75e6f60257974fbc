/* Dying: when is a ReLU unit off on every sample, and does it stay so?
 *
 * z = w x + b with |w| = 1 and x standard normal is N(b, 1): it fires on a sample with probability Phi(b), which is 2.3 % at
 * b = -2, and is dead on n samples with probability (1 - Phi(b))^n. A dead unit of a net with one hidden layer has no part in
 * the output, so the loss has gradient 0 in its weights, and training moves nothing of it. */
#include "crease/fit.h"
#include "crease/layers.h"
#include "crease/random.h"
#include "labs/lab.h"
#include "labs/tools.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INPUTS = 8, BIASES = 13, SIZES = 3, ROWS = 64, UNITS = 16, RATES = 6, EPOCHS = 300 };
static const size_t size[SIZES] = {10, 100, 1000};

/* One unit with a random direction on its own n samples. */
static bool is_dead(gsl_rng *random, size_t n, double bias) {
    double w[INPUTS], x[INPUTS];
    gsl_ran_dir_nd(random, INPUTS, w);
    for (size_t i = 0; i < n; i++) {
        double z = bias;
        for (size_t j = 0; j < INPUTS; j++) {
            x[j] = gsl_ran_gaussian_ziggurat(random, 1);
            z += w[j] * x[j];
        }
        if (z > 0)
            return false;
    }
    return true;
}

static lab_estimate dead_share(gsl_rng *random, size_t units, size_t n, double bias) {
    size_t dead = 0;
    for (size_t u = 0; u < units; u++)
        dead += is_dead(random, n, bias);
    return lab_share(dead, units);
}

static double dead_probability(size_t n, double bias) {
    return pow(gsl_cdf_ugaussian_Q(bias), (double)n);
}

/* The last and the first of a training run. */
typedef struct training {
    double *first, *last; /* theta */
    size_t dead_first, dead_last;
} training;

static void note(const crease_trace *point, void *context) {
    training *t = context;
    const size_t dead = point->layer ? point->layer[0].dead_units : 0;
    memcpy(point->iteration ? t->last : t->first, point->theta, point->parameters * sizeof(double));
    if (!point->iteration)
        t->dead_first = dead;
    t->dead_last = dead;
}

/* |x| on [-1, 1] learned from the net's own weights. */
static crease_status learn(const lab_run *run, crease_net *net, crease_method method, double rate,
                           double at_zero, size_t epochs, training *t, crease_error *error) {
    double x[ROWS], y[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        x[i] = -1 + 2 * (double)i / (ROWS - 1);
        y[i] = fabs(x[i]);
    }
    const crease_data data = {.n = ROWS, .inputs = 1, .outputs = 1, .x = x, .y = y};
    const crease_fit_options options = {.method = method,
                                        .init = CREASE_INIT_KEEP,
                                        .starts = 1,
                                        .threads = 1,
                                        .epochs = epochs,
                                        .learning_rate = rate,
                                        .derivative_at_zero = at_zero,
                                        .trace = note,
                                        .trace_context = t,
                                        .interrupted = run->setup.interrupted,
                                        .interrupted_context = run->setup.interrupted_context};
    crease_fit_result result = {0};
    const crease_status status = crease_fit(net, &data, &options, &result, error);
    crease_fit_result_clear(&result);
    return status;
}

static bool training_new(const crease_net *net, training *t) {
    t->first = lab_numbers(net->parameter_count, 2);
    t->last = t->first ? t->first + net->parameter_count : NULL;
    return t->first != NULL;
}

/* Half of the units dead by their bias: what moves of them, relative to what moves of the others. */
static crease_status stay_dead(const lab_run *run, double *moved, double *others, crease_error *error) {
    training t = {0};
    crease_net *net = NULL;
    crease_status status = lab_random_net("relu:16", 1, 1, CREASE_INIT_HE, lab_seed(run), 1, &net, error);
    if (status == CREASE_OK && !training_new(net, &t))
        status = lab_no_memory(error, "dying");
    if (status == CREASE_OK) {
        const crease_layer *l = &net->layer[0];
        for (size_t u = 0; u < UNITS; u++) {
            double *w = &net->theta[l->weights + u];
            *w = u % 2 ? copysign(1, *w) : *w;
            net->theta[l->biases + u] = u % 2 ? (lab_falsified(run) ? 2 : -2) : 0;
        }
        status = learn(run, net, CREASE_METHOD_SGD, .1, 0, EPOCHS, &t, error);
        *moved = *others = 0;
        for (size_t u = 0; u < UNITS && status == CREASE_OK; u++) {
            const size_t place[3] = {l->weights + u, l->biases + u, net->output_weights + u};
            for (size_t k = 0; k < 3; k++) {
                double *most = u % 2 ? moved : others;
                *most = fmax(*most, fabs(t.last[place[k]] - t.first[place[k]]));
            }
        }
    }
    free(t.first);
    crease_net_free(net);
    return status;
}

typedef struct dying_nets {
    crease_method method;
    double rate;
    double *share; /* of units, alive at first, that are dead after training; of each seed */
} dying_nets;

static crease_status die_one(const lab_run *run, size_t seed, void *context, crease_error *error) {
    const dying_nets *d = context;
    crease_net *net = NULL;
    training t = {0};
    crease_status status =
        lab_random_net("relu:16", 1, 1, CREASE_INIT_HE, lab_seed(run), 100 + seed, &net, error);
    if (status == CREASE_OK && !training_new(net, &t))
        status = lab_no_memory(error, "dying");
    if (status == CREASE_OK)
        status = learn(run, net, d->method, d->rate, 0, EPOCHS, &t, error);
    d->share[seed] = ((double)t.dead_last - (double)t.dead_first) / UNITS;
    free(t.first);
    crease_net_free(net);
    return status;
}

static crease_status die_in_training(const lab_run *run, crease_method method, double rate,
                                     lab_estimate *share, crease_error *error) {
    const size_t seeds = lab_count(run, "seeds");
    dying_nets d = {method, rate, lab_numbers(seeds, 1)};
    if (!d.share)
        return lab_no_memory(error, "dying");
    const crease_status status = lab_each(run, seeds, die_one, &d, error);
    *share = lab_mean(seeds, d.share);
    free(d.share);
    return status;
}

/* How far the weight of a unit that starts at w = b = 0 moves in ten steps. */
static crease_status from_zero(const lab_run *run, double at_zero, double *moved, crease_error *error) {
    training t = {0};
    crease_net *net = NULL;
    crease_status status = crease_net_parse("relu:1", 1, 1, &net, error);
    if (status == CREASE_OK && !training_new(net, &t))
        status = lab_no_memory(error, "dying");
    if (status == CREASE_OK) {
        net->theta[net->output_weights] = 1;
        status = learn(run, net, CREASE_METHOD_SGD, .1, at_zero, 10, &t, error);
        *moved = fabs(t.last[net->layer[0].biases] - t.first[net->layer[0].biases]);
    }
    free(t.first);
    crease_net_free(net);
    return status;
}

static crease_status draw_shares(lab_run *run, crease_error *error) {
    static const char *const role[SIZES] = {"relu", "tanh", "sigmoid"};
    static const char *const label[SIZES] = {"10 samples", "100 samples", "1000 samples"};
    gsl_rng *random = crease_random_new(lab_seed(run), 2);
    double bias[BIASES], share[BIASES], low[BIASES], high[BIASES], curve[BIASES];
    if (!random)
        return lab_no_memory(error, "dying");
    lab_panel_begin(run,
                    (lab_panel){.title = "lines: (1 - Φ(b))^n", .x = "bias", .y = "share of dead units"});
    for (size_t k = 0; k < SIZES && !lab_interrupted(run); k++) {
        for (size_t i = 0; i < BIASES; i++) {
            bias[i] = -4 + 4 * (double)i / (BIASES - 1);
            const lab_estimate e = dead_share(random, lab_count(run, "units") / 10, size[k], bias[i]);
            share[i] = e.value;
            low[i] = e.low;
            high[i] = e.high;
            curve[i] = dead_probability(size[k], bias[i]);
        }
        lab_draw(run, LAB_LINES, role[k], "", BIASES, bias, curve);
        lab_draw_interval(run, LAB_BARS, role[k], label[k], BIASES, bias, share, low, high);
    }
    gsl_rng_free(random);
    return CREASE_OK;
}

static crease_status draw_training(lab_run *run, lab_estimate *calm, lab_estimate *wild,
                                   crease_error *error) {
    static const double rate[RATES] = {.003, .01, .03, .1, .3, 1};
    static const crease_method method[2] = {CREASE_METHOD_SGD, CREASE_METHOD_ADAM};
    static const char *const role[2] = {"sigmoid", "tanh"}, *const label[2] = {"sgd", "adam"};
    double share[RATES], low[RATES], high[RATES];
    lab_panel_begin(run, (lab_panel){.title = "|x| learned in 300 steps",
                                     .x = "learning rate",
                                     .y = "share of units that die in training",
                                     .log_x = true});
    for (size_t m = 0; m < 2; m++) {
        for (size_t i = 0; i < RATES; i++) {
            lab_estimate e;
            const crease_status status = die_in_training(run, method[m], rate[i], &e, error);
            if (status != CREASE_OK || lab_interrupted(run))
                return status;
            share[i] = e.value;
            low[i] = e.low;
            high[i] = e.high;
            if (i == 0)
                calm[m] = e;
            wild[m] = e;
        }
        lab_draw_interval(run, LAB_BARS, role[m], label[m], RATES, rate, share, low, high);
    }
    return CREASE_OK;
}

static crease_status dying(lab_run *run, crease_error *error) {
    const double bias = lab_falsified(run) ? 2 : -2;
    const size_t n = lab_count(run, "samples");
    double moved = 0, others = 0, zero[3];
    lab_estimate calm[2], wild[2];
    gsl_rng *random = crease_random_new(lab_seed(run), 0);
    if (!random)
        return lab_no_memory(error, "dying");
    const lab_estimate fires = dead_share(random, lab_count(run, "units"), 1, bias),
                       dead = dead_share(random, lab_count(run, "units"), n, bias);
    gsl_rng_free(random);
    crease_status status = stay_dead(run, &moved, &others, error);
    for (int i = 0; i < 3 && status == CREASE_OK; i++)
        status = from_zero(run, .5 * i, &zero[i], error);
    if (status == CREASE_OK)
        status = draw_shares(run, error);
    if (status == CREASE_OK && !lab_interrupted(run))
        status = draw_training(run, calm, wild, error);
    if (status != CREASE_OK || lab_interrupted(run))
        return status;
    lab_measure(run, "dead", "share of units with this bias that never fire on the samples", dead,
                dead_probability(n, bias));
    lab_measure(run, "off", "share of single samples on which such a unit is off", fires,
                dead_probability(1, bias));
    lab_measure(run, "moved",
                "farthest that training moves a number of the units with this bias, inputs in [-1, 1]",
                lab_exact(moved), 0);
    lab_measure(run, "others", "of the other units", lab_exact(others), NAN);
    lab_measure(run, "zero_0", "ten steps from w = b = 0 with derivative 0 at 0", lab_exact(zero[0]), 0);
    lab_measure(run, "zero_half", "the same with 1/2", lab_exact(zero[1]), NAN);
    lab_measure(run, "zero_1", "the same with 1", lab_exact(zero[2]), NAN);
    lab_measure(run, "sgd_calm", "share that dies with sgd, lowest rate", calm[0], NAN);
    lab_measure(run, "sgd_wild", "the same, highest rate", wild[0], NAN);
    lab_measure(run, "adam_calm", "share that dies with adam, lowest rate", calm[1], NAN);
    lab_measure(run, "adam_wild", "the same, highest rate", wild[1], NAN);
    const bool stuck = moved == 0 && dead.value > 0, never = dead.low > .95;
    lab_conclude(run,
                 !stuck  ? LAB_REFUTED
                 : never ? LAB_CONFIRMED
                         : LAB_CONFIRMED_WITH_LIMITS,
                 moved == 0
                     ? "A dead unit has gradient 0 and does not move at all, while others move by %.2g."
                     : "Units with this bias do move, by %.2g.",
                 moved == 0 ? others : moved);
    lab_say(run,
            "Whether it is dead is a matter of the data: with |w| = 1 and standard normal inputs a bias of "
            "%g leaves it "
            "off on %.3g of single samples, and %.2g of such units are off on all of %zu; %.0f samples wake "
            "half of them.",
            bias, fires.value, dead.value, n, ceil(log(.5) / log(dead_probability(1, bias))));
    lab_say(run, "A unit that starts exactly at 0 is decided by a convention: with the derivative 0 it "
                 "stays, with 1/2 and 1 it "
                 "moves.");
    lab_say(run,
            "Units also die on the way: of those alive at first %.2g with sgd at the highest rate, %.2g with "
            "adam.",
            wild[0].value, wild[1].value);
    return CREASE_OK;
}

const lab_experiment lab_dying = {
    .name = "dying",
    .claim = "A unit with bias -2 never fires, its gradient is exactly 0, it never learns.",
    .control = "the bias is +2",
    .knob = {{"samples", 30, 1, 1e6, true, "samples on which a unit may fire"},
             {"units", 2000, 20, 1e6, true, "random units"},
             {"seeds", 20, 2, 1000, true, "nets trained for each learning rate"}},
    .run = dying,
};
