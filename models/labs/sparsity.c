/* Sparsity: how many units are off, and does it help?
 *
 * With symmetric weights and no biases z and -z are equally likely, whatever the layer below says, so half of the units are on.
 * With a bias b and He's weights z is nearly N(b, 2 |x|^2 / d) in the first layer: Phi(b / sqrt 2) are on at standard normal
 * inputs of many dimensions.
 *
 * Overfitting: ReLU and dense nets of equal size learn few noisy points until their training error falls to one and the same
 * target below the noise; then their test errors are compared in pairs, seed by seed, by the logarithm of the ratio. */
#include "crease/fit.h"
#include "crease/layers.h"
#include "crease/paired.h"
#include "crease/random.h"
#include "labs/lab.h"
#include "labs/tools.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LAYERS = 3, DIMENSIONS = 4, NETS = 3, TEST = 400, SAMPLES = 200, BIASES = 9 };
static const size_t dimension[DIMENSIONS] = {1, 2, 8, 32};
static const char *const kind[NETS] = {"relu", "tanh", "leaky(.1)"};
static const double noise = .2;

/* Share of units on, layer by layer, of one random net at standard normal inputs. */
static crease_status share_on(const lab_run *run, size_t inputs, double bias, uint64_t stream,
                              double share[LAYERS], crease_error *error) {
    gsl_rng *random = crease_random_new(lab_seed(run), 2 * stream + 1);
    double *x = lab_numbers(SAMPLES, inputs);
    crease_net *net = NULL;
    crease_work *work = NULL;
    crease_layer_state state[LAYERS + 1];
    crease_status status = random && x ? CREASE_OK : lab_no_memory(error, "sparsity");
    if (status == CREASE_OK)
        status = lab_random_net("relu:32/relu:32/relu:32", inputs, 1, CREASE_INIT_HE, lab_seed(run),
                                2 * stream, &net, error);
    if (status == CREASE_OK)
        status = crease_work_new(net, &work, error);
    if (status == CREASE_OK) {
        for (size_t l = 0; l < LAYERS; l++)
            for (size_t u = 0; u < net->layer[l].width; u++)
                net->theta[net->layer[l].biases + u] = bias;
        for (size_t i = 0; i < SAMPLES * inputs; i++)
            x[i] = gsl_ran_gaussian_ziggurat(random, 1);
        crease_net_layer_activity(net, NULL, work, SAMPLES, x, state);
        for (size_t l = 0; l < LAYERS; l++)
            share[l] = state[l].active_share;
    }
    crease_work_free(work);
    crease_net_free(net);
    gsl_rng_free(random);
    free(x);
    return status;
}

static crease_status mean_share(const lab_run *run, size_t inputs, double bias, uint64_t stream,
                                lab_estimate mean[LAYERS], crease_error *error) {
    const size_t seeds = lab_count(run, "seeds");
    double *each = lab_numbers(seeds, LAYERS);
    crease_status status = each ? CREASE_OK : lab_no_memory(error, "sparsity");
    for (size_t s = 0; s < seeds && status == CREASE_OK; s++) {
        double share[LAYERS];
        status = share_on(run, inputs, bias, stream + s, share, error);
        for (size_t l = 0; l < LAYERS && status == CREASE_OK; l++)
            each[l * seeds + s] = share[l];
    }
    for (size_t l = 0; l < LAYERS && status == CREASE_OK; l++)
        mean[l] = lab_mean(seeds, each + l * seeds);
    free(each);
    return status;
}

/* ---- overfitting ---- */

typedef struct overfit {
    const crease_net *net;
    crease_work *work;
    const double *x, *y, *x_test, *y_test; /* rows x 2 inputs */
    size_t rows;
    double target;            /* training error, rms */
    double test;              /* error when it is reached; NaN before */
    double on_first, on_last; /* share of units on */
} overfit;

static double rms(const overfit *o, const double *theta, size_t n, const double *x, const double *y) {
    double sum = 0, f[TEST];
    crease_net_evaluate(o->net, theta, o->work, n, x, f);
    for (size_t i = 0; i < n; i++)
        sum += (f[i] - y[i]) * (f[i] - y[i]);
    return sqrt(sum / (double)n);
}

static void watch(const crease_trace *point, void *context) {
    overfit *o = context;
    if (!isnan(o->test))
        return;
    if (point->iteration == 0)
        o->on_first = point->layer[0].active_share;
    o->on_last = point->layer[0].active_share;
    if (rms(o, point->theta, o->rows, o->x, o->y) <= o->target)
        o->test = rms(o, point->theta, TEST, o->x_test, o->y_test);
}

static bool is_reached(void *context) {
    return !isnan(((const overfit *)context)->test);
}

static void points(gsl_rng *random, size_t n, double deviation, double *x, double *y) {
    for (size_t i = 0; i < n; i++) {
        x[2 * i] = gsl_ran_flat(random, -1, 1);
        x[2 * i + 1] = gsl_ran_flat(random, -1, 1);
        y[i] = sin(M_PI * x[2 * i]) * x[2 * i + 1] + gsl_ran_gaussian_ziggurat(random, deviation);
    }
}

static crease_status overfit_one(const lab_run *run, const char *activation, uint64_t stream, overfit *o,
                                 crease_error *error) {
    char spec[40];
    crease_net *net = NULL;
    crease_fit_result result = {0};
    const crease_data data = {.n = o->rows, .inputs = 2, .outputs = 1, .x = o->x, .y = o->y};
    const crease_fit_options options = {.method = CREASE_METHOD_ADAM,
                                        .init = CREASE_INIT_KEEP,
                                        .starts = 1,
                                        .threads = 1,
                                        .epochs = lab_count(run, "steps"),
                                        .learning_rate = .02,
                                        .trace = watch,
                                        .trace_context = o,
                                        .interrupted = is_reached,
                                        .interrupted_context = o};
    snprintf(spec, sizeof spec, "%s:%zu", activation, lab_count(run, "width"));
    crease_status status = lab_random_net(spec, 2, 1, CREASE_INIT_HE, lab_seed(run), stream, &net, error);
    if (status == CREASE_OK)
        status = crease_work_new(net, &o->work, error);
    if (status == CREASE_OK) {
        o->net = net;
        o->test = NAN;
        status = crease_fit(net, &data, &options, &result, error);
    }
    crease_fit_result_clear(&result);
    crease_work_free(o->work);
    crease_net_free(net);
    return status;
}

/* Of each seed: test errors, kind by kind, NaN where the training error was not reached; share of ReLU units on, at first
 * and when it was. */
typedef struct overfits {
    size_t seeds;
    double *test, *on;
} overfits;

/* All nets on the same points. */
static crease_status overfit_seed(const lab_run *run, size_t seed, void *context, crease_error *error) {
    const overfits *all = context;
    double x_test[2 * TEST], y_test[TEST];
    const size_t rows = lab_count(run, "rows");
    gsl_rng *random = crease_random_new(lab_seed(run), 1000000 + 10 * seed);
    double *x = lab_numbers(rows, 3), *y = x ? x + 2 * rows : NULL;
    crease_status status = random && x ? CREASE_OK : lab_no_memory(error, "sparsity");
    if (status == CREASE_OK) {
        points(random, rows, noise, x, y);
        points(random, TEST, 0, x_test, y_test);
    }
    for (size_t k = 0; k < NETS && status == CREASE_OK; k++) {
        overfit o = {.x = x, .y = y, .x_test = x_test, .y_test = y_test, .rows = rows, .target = noise / 2};
        status = overfit_one(run, kind[k], 1000000 + 10 * seed + 1, &o, error);
        all->test[k * all->seeds + seed] = o.test;
        if (k == 0) {
            all->on[seed] = o.on_first;
            all->on[all->seeds + seed] = o.on_last;
        }
    }
    gsl_rng_free(random);
    free(x);
    return status;
}

static crease_status overfitting(const lab_run *run, crease_paired against[NETS], lab_estimate on[2],
                                 double *test, crease_error *error) {
    const size_t seeds = lab_count(run, "seeds");
    overfits all = {seeds, test, lab_numbers(seeds, 2)};
    if (!all.on)
        return lab_no_memory(error, "sparsity");
    const crease_status status = lab_each(run, seeds, overfit_seed, &all, error);
    for (size_t k = 1; k < NETS && status == CREASE_OK; k++)
        against[k] = crease_paired_ratio(test, test + k * seeds, seeds, 0);
    on[0] = lab_mean(seeds, all.on);
    on[1] = lab_mean(seeds, all.on + seeds);
    free(all.on);
    return status;
}

static lab_estimate ratio_of(const crease_paired *p) {
    return (lab_estimate){exp(p->log_ratio), exp(p->log_low), exp(p->log_high)};
}

static void draw_errors(lab_run *run, size_t seeds, const double *test) {
    static const char *const role[NETS] = {"relu", "tanh", "leaky"};
    lab_panel_begin(run, (lab_panel){.title = "test error at one training error",
                                     .x = "test error of ReLU (rms)",
                                     .y = "test error of the dense net (rms)"});
    for (size_t k = 1; k < NETS; k++)
        lab_draw(run, LAB_POINTS, role[k], kind[k], seeds, test, test + k * seeds);
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < seeds; i++)
        if (!isnan(test[i])) {
            low = fmin(low, test[i]);
            high = fmax(high, test[i]);
        }
    if (high > 0)
        lab_draw(run, LAB_LINES, "exact", "equal", 2, (double[]){low, high}, (double[]){low, high});
}

static crease_status shares(lab_run *run, double bias, lab_estimate on[DIMENSIONS][LAYERS],
                            crease_error *error) {
    static const char *const column[] = {"inputs", "first layer on", "second", "third"};
    double at[BIASES], share[BIASES], low[BIASES], high[BIASES], curve[BIASES];
    lab_estimate mean[LAYERS];
    lab_table(run, "Share of units on at the start:", 4, column);
    for (size_t d = 0; d < DIMENSIONS; d++) {
        const crease_status status = mean_share(run, dimension[d], bias, 10000 * d, on[d], error);
        if (status != CREASE_OK)
            return status;
        lab_cell(run, (double)dimension[d]);
        for (size_t l = 0; l < LAYERS; l++)
            lab_cell(run, on[d][l].value);
    }
    for (size_t i = 0; i < BIASES; i++) {
        at[i] = -2 + 4 * (double)i / (BIASES - 1);
        const crease_status status = mean_share(run, 32, at[i], 100000 + 10000 * i, mean, error);
        if (status != CREASE_OK)
            return status;
        share[i] = mean[0].value;
        low[i] = mean[0].low;
        high[i] = mean[0].high;
        curve[i] = gsl_cdf_ugaussian_P(at[i] / M_SQRT2);
    }
    lab_panel_begin(run,
                    (lab_panel){.title = "32 inputs, first layer", .x = "bias", .y = "share of units on"});
    lab_draw_interval(run, LAB_BARS, "relu", "measured", BIASES, at, share, low, high);
    lab_draw(run, LAB_LINES, "exact", "Φ(b/√2)", BIASES, at, curve);
    return CREASE_OK;
}

static crease_status sparsity(lab_run *run, crease_error *error) {
    const size_t seeds = lab_count(run, "seeds");
    lab_estimate on[DIMENSIONS][LAYERS], trained[2];
    crease_paired against[NETS];
    double *test = lab_numbers(seeds, NETS);
    crease_status status =
        test ? shares(run, lab_falsified(run) ? 1 : 0, on, error) : lab_no_memory(error, "sparsity");
    if (status == CREASE_OK && !lab_interrupted(run))
        status = overfitting(run, against, trained, test, error);
    if (status == CREASE_OK && !lab_interrupted(run)) {
        const lab_estimate tanh_ratio = ratio_of(&against[1]), leaky_ratio = ratio_of(&against[2]);
        bool half = true;
        for (size_t d = 0; d < DIMENSIONS; d++)
            for (size_t l = 0; l < LAYERS; l++)
                half = half && fabs(on[d][l].value - .5) < .1;
        draw_errors(run, seeds, test);
        lab_measure(run, "on", "share of units on at the start, 8 inputs, first layer", on[2][0], .5);
        lab_measure(run, "on_deepest", "the same, third layer", on[2][2], .5);
        lab_measure(run, "on_before", "share on in training, at first", trained[0], NAN);
        lab_measure(run, "on_after", "at the training error that is compared", trained[1], NAN);
        lab_measure(run, "against_tanh", "test error of ReLU over tanh at equal training error", tanh_ratio,
                    NAN);
        lab_measure(run, "against_leaky", "test error of ReLU over leaky ReLU at equal training error",
                    leaky_ratio, NAN);
        const bool helps = tanh_ratio.high < 1 && leaky_ratio.high < 1;
        lab_conclude(run,
                     !half   ? LAB_REFUTED
                     : helps ? LAB_CONFIRMED
                             : LAB_CONFIRMED_WITH_LIMITS,
                     "%.3g of the units are on at the start (8 inputs), and %.3g in the third layer.",
                     on[2][0].value, on[2][2].value);
        lab_say(
            run,
            "That it reduces overfitting is %s: at a training error of half the noise ReLU has %.3g (%.3g to "
            "%.3g) times "
            "the test error of tanh and %.3g (%.3g to %.3g) times that of leaky ReLU, which is never off.",
            helps ? "so here" : "not what is measured", tanh_ratio.value, tanh_ratio.low, tanh_ratio.high,
            leaky_ratio.value, leaky_ratio.low, leaky_ratio.high);
        lab_say(run,
                "Half is a matter of the biases: with b it is Φ(b/√2) of the first layer; training takes it "
                "from %.2g to "
                "%.2g. Of %zu pairs %zu and %zu reach the training error.",
                trained[0].value, trained[1].value, seeds, against[1].pairs, against[2].pairs);
    }
    free(test);
    return status;
}

const lab_experiment lab_sparsity = {
    .name = "sparsity",
    .claim =
        "About half the units are off at a symmetric start; sparsity regularises and reduces overfitting.",
    .control = "all biases are 1 at the start",
    .knob = {{"seeds", 24, 3, 10000, true, "random nets, and sets of noisy points"},
             {"rows", 30, 5, 400, true, "noisy points to learn"},
             {"width", 24, 1, 256, true, "units of the nets that learn them"},
             {"steps", 1200, 10, 1e6, true, "of Adam at most"}},
    .run = sparsity,
};
