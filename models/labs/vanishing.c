/* Vanishing: how much of the output's gradient arrives at the first of L layers.
 *
 *   d f / d W_1 is a product with one factor phi'(z) W a layer. phi' <= 1/4 of the sigmoid and <= 1 of tanh; of ReLU it is 1
 *   for active units and 0 for the others. The weights count as much: with independent weights of variance v/fan-in a layer
 *   multiplies the mean square by v E phi'^2, which is v/2 for ReLU: 1 as He et al. (2015) draw them, 1/2 as Glorot &
 *   Bengio (2010, "Xavier") do.
 *
 * Measured at one standard normal point of each random net, relative to the median net of one layer; and in a chain of one
 * unit a layer with weights 1, where nothing but phi' is left. */
#include "crease/activation.h"
#include "crease/layers.h"
#include "crease/random.h"
#include "labs/lab.h"
#include "labs/tools.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CASES = 7, DEPTHS = 11, TEN = 5 /* number of the depth 10 */, MOST_DEPTH = 200 };

static const struct vanishing_case {
    const char *activation, *label, *role;
    crease_initialiser initialiser;
    double scale; /* of the hidden weights */
} cases[CASES] = {
    {"sigmoid", "sigmoid, Xavier", "sigmoid", CREASE_INIT_XAVIER, 1},
    {"sigmoid", "sigmoid, He", "sigmoid", CREASE_INIT_HE, 1},
    {"tanh", "tanh, Xavier", "tanh", CREASE_INIT_XAVIER, 1},
    {"tanh", "tanh, He", "tanh", CREASE_INIT_HE, 1},
    {"relu", "ReLU, Xavier", "relu", CREASE_INIT_XAVIER, 1},
    {"relu", "ReLU, He", "relu", CREASE_INIT_HE, 1},
    {"relu", "ReLU, 2 x He", "relu", CREASE_INIT_HE, M_SQRT2},
};

/* Depths from 1 to the knob's, which is 10 at least; returns how many. */
static size_t depths(const lab_run *run, size_t depth[DEPTHS]) {
    static const size_t all[DEPTHS] = {1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50};
    const size_t most = lab_count(run, "depth");
    size_t count = 0;
    while (count < DEPTHS - 1 && all[count] < most) {
        depth[count] = all[count];
        count++;
    }
    depth[count] = most;
    return count + 1;
}

/* |d f / d (W_l, b_l)|, l = 1 .. depth, of nets with one depth: norm[(l - 1) seeds + seed]. */
typedef struct gradient_norms {
    const struct vanishing_case *which;
    size_t depth, seeds;
    uint64_t first_stream;
    double *norm;
} gradient_norms;

static crease_status gradients(const lab_run *run, size_t seed, void *context, crease_error *error) {
    const gradient_norms *g = context;
    const struct vanishing_case *c = g->which;
    const size_t depth = g->depth;
    const uint64_t stream = g->first_stream + seed;
    const size_t width = lab_count(run, "width");
    char spec[60];
    crease_net *net = NULL;
    gsl_rng *random = crease_random_new(lab_seed(run), 2 * stream + 1);
    double *x = lab_numbers(width, 1);
    crease_layer_state *state = calloc(depth + 1, sizeof *state);
    crease_work *work = NULL;
    crease_status status = random && x && state ? CREASE_OK : lab_no_memory(error, "vanishing");
    snprintf(spec, sizeof spec, "%s:%zux%zu", c->activation, width, depth);
    if (status == CREASE_OK)
        status = lab_random_net(spec, width, 1, c->initialiser, lab_seed(run), 2 * stream, &net, error);
    for (size_t l = 0; status == CREASE_OK && l < depth; l++)
        for (size_t i = 0; i < width * width; i++)
            net->theta[net->layer[l].weights + i] *= c->scale;
    if (status == CREASE_OK)
        status = crease_work_new(net, &work, error);
    if (status == CREASE_OK) {
        double y;
        for (size_t j = 0; j < width; j++)
            x[j] = gsl_ran_gaussian_ziggurat(random, 1);
        crease_net_evaluate(net, NULL, work, 1, x, &y);
        y -= 1; /* so that the loss (f - y)^2 / 2 has the gradient of f */
        const crease_data data = {.n = 1, .inputs = width, .outputs = 1, .x = x, .y = &y};
        status = crease_net_layer_states(net, NULL, &data, 0, NULL, NULL, state, error);
        for (size_t l = 0; l < depth; l++)
            g->norm[l * g->seeds + seed] = state[l].gradient_norm;
    }
    crease_work_free(work);
    crease_net_free(net);
    gsl_rng_free(random);
    free(x);
    free(state);
    return status;
}

static crease_status medians(const lab_run *run, const struct vanishing_case *c, size_t which,
                             lab_estimate median[DEPTHS], double layer[MOST_DEPTH], crease_error *error) {
    const size_t seeds = lab_count(run, "seeds");
    size_t depth[DEPTHS];
    const size_t count = depths(run, depth);
    const size_t deepest = depth[count - 1];
    double *norm = lab_numbers(seeds, deepest);
    crease_status status = norm ? CREASE_OK : lab_no_memory(error, "vanishing");
    for (size_t i = 0; i < count && status == CREASE_OK && !lab_interrupted(run); i++) {
        gradient_norms g = {c, depth[i], seeds, (which * DEPTHS + i) * seeds, norm};
        status = lab_each(run, seeds, gradients, &g, error);
        median[i] = lab_median(seeds, norm);
    }
    for (size_t l = 0; l < deepest; l++) /* of the deepest nets, which came last */
        layer[l] = lab_median(seeds, norm + l * seeds).value;
    for (size_t l = 0; l < deepest; l++)
        layer[l] /= layer[deepest - 1];
    const double one_layer = median[0].value;
    for (size_t i = 0; i < count; i++)
        median[i] = (lab_estimate){median[i].value / one_layer, median[i].low / one_layer,
                                   median[i].high / one_layer};
    free(norm);
    return status;
}

/* d a_L / d a_0 of a chain of single units with weights 1 that starts at a_0 = 1. */
static double chain(crease_activation activation, size_t depth) {
    double a = 1, slope, product = 1;
    for (size_t l = 0; l < depth; l++) {
        crease_activation_evaluate(activation, 0, 0, 1, &a, &a, &slope);
        product *= slope;
    }
    return product;
}

static void draw_layers(lab_run *run, size_t deepest, double layer[CASES][MOST_DEPTH]) {
    double x[MOST_DEPTH];
    char title[60];
    snprintf(title, sizeof title, "in nets of %zu layers, medians", deepest);
    lab_panel_begin(
        run,
        (lab_panel){.title = title, .x = "layer", .y = "its gradient / last hidden layer", .log_y = true});
    for (size_t c = 0; c < CASES; c++) {
        for (size_t l = 0; l < deepest; l++) {
            x[l] = (double)(l + 1);
            if (!(layer[c][l] > 0))
                layer[c][l] = NAN;
        }
        lab_draw(run, LAB_LINES, cases[c].role, cases[c].label, deepest, x, layer[c]);
    }
}

static void draw(lab_run *run, lab_estimate median[CASES][DEPTHS]) {
    double x[DEPTHS], value[DEPTHS], bound[DEPTHS];
    size_t depth[DEPTHS];
    const size_t count = depths(run, depth);
    for (size_t i = 0; i < count; i++) {
        x[i] = (double)depth[i];
        bound[i] = pow(.25, x[i]);
    }
    lab_panel_begin(run, (lab_panel){.title = "random networks, medians",
                                     .x = "layers",
                                     .y = "gradient at the first layer / one layer",
                                     .log_y = true});
    for (size_t c = 0; c < CASES; c++) {
        for (size_t i = 0; i < count; i++)
            value[i] = median[c][i].value > 0 ? median[c][i].value : NAN;
        lab_draw(run, LAB_LINES_POINTS, cases[c].role, cases[c].label, count, x, value);
    }
    static const crease_activation activation[] = {CREASE_SIGMOID, CREASE_TANH, CREASE_RELU};
    lab_panel_begin(run, (lab_panel){.title = "a chain of single units, weights 1",
                                     .x = "layers",
                                     .y = "product of the slopes",
                                     .log_y = true});
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < count; i++)
            value[i] = chain(activation[k], depth[i]);
        const char *name = crease_activation_name(activation[k]);
        lab_draw(run, LAB_LINES, name, name, count, x, value);
    }
    lab_draw(run, LAB_LINES, "exact", "(1/4)^L", count, x, bound);
}

static void tabulate(lab_run *run, lab_estimate median[CASES][DEPTHS], size_t last) {
    static const char *const column[] = {"network", "10 layers", "low", "high", "deepest", "low", "high"};
    lab_table(run, "Gradient at the first layer over that of one layer, medians with intervals:", 7, column);
    for (size_t c = 0; c < CASES; c++) {
        lab_cell_text(run, "%s", cases[c].label);
        for (size_t k = 0; k < 2; k++) {
            const lab_estimate e = median[c][k ? last : TEN];
            lab_cell(run, e.value);
            lab_cell(run, e.low);
            lab_cell(run, e.high);
        }
    }
}

static crease_status vanishing(lab_run *run, crease_error *error) {
    lab_estimate median[CASES][DEPTHS];
    double layer[CASES][MOST_DEPTH];
    size_t depth[DEPTHS];
    const size_t last = depths(run, depth) - 1, deepest = depth[last];
    for (size_t c = 0; c < CASES; c++) {
        crease_status status = medians(run, &cases[c], c, median[c], layer[c], error);
        if (status != CREASE_OK || lab_interrupted(run))
            return status;
    }
    /* falsified: the ten layers of the claim are one */
    const size_t ten = lab_falsified(run) ? 0 : TEN;
    const lab_estimate sigmoid = median[0][ten], tanh_ten = median[2][ten], relu = median[5][ten],
                       relu_deep = median[5][last], relu_wrong = median[4][last];
    const double unit = chain(CREASE_RELU, deepest), quarter = chain(CREASE_SIGMOID, 10);
    lab_measure(run, "sigmoid", "sigmoid, Xavier: gradient after ten layers over one layer, median", sigmoid,
                NAN);
    lab_measure(run, "relu", "ReLU, He: the same", relu, NAN);
    lab_measure(run, "relu_deepest", "ReLU, He: at the greatest depth", relu_deep, NAN);
    lab_measure(run, "relu_xavier", "ReLU, Xavier: at the greatest depth", relu_wrong, NAN);
    lab_measure(run, "relu_twice", "ReLU, twice the variance of He: at the greatest depth",
                median[CASES - 1][last], NAN);
    lab_measure(run, "chain_relu", "product of the slopes along a chain, ReLU, greatest depth",
                lab_exact(unit), 1);
    lab_measure(run, "chain_sigmoid", "the same, sigmoid, ten layers (at most 1/4 to the power of 10)",
                lab_exact(quarter), NAN);
    tabulate(run, median, last);
    draw(run, median);
    draw_layers(run, deepest, layer);

    const bool killed = sigmoid.high < .01 && quarter <= pow(.25, 10), passes = unit == 1 && relu.low > .1,
               limits = relu_wrong.high < .1 || tanh_ten.low > .1;
    lab_conclude(run,
                 !killed || !passes ? LAB_REFUTED
                 : limits           ? LAB_CONFIRMED_WITH_LIMITS
                                    : LAB_CONFIRMED,
                 "After ten layers %.1e of the sigmoid's gradient is left, and %.2g of that of ReLU drawn as "
                 "He et al. "
                 "do.",
                 sigmoid.value, relu.value);
    if (relu_wrong.high < .1)
        lab_say(run,
                "ReLU is no cure by itself: with Xavier's variance half of the mean square is lost in each "
                "layer, "
                "and %.1e is left after %zu layers.",
                relu_wrong.value, deepest);
    if (median[CASES - 1][last].low > 10)
        lab_say(run, "With twice the variance of He it explodes: %.2g times after %zu layers.",
                median[CASES - 1][last].value, deepest);
    if (tanh_ten.low > .1)
        lab_say(run, "Nor is it the only one: tanh with Xavier's weights keeps %.2g after ten layers.",
                tanh_ten.value);
    lab_say(run,
            "'Unchanged' is true of the slope along an active path, which is 1; the weights on the path "
            "multiply it, and "
            "with those of He it is the mean square that stays, while single nets spread: at %zu layers the "
            "median is "
            "%.2g.",
            deepest, relu_deep.value);
    return CREASE_OK;
}

const lab_experiment lab_vanishing = {
    .name = "vanishing",
    .claim = "The sigmoid's derivative is at most 1/4, so ten layers kill the gradient; ReLU passes it "
             "unchanged along "
             "active paths.",
    .control = "one layer is taken for ten",
    .knob = {{"depth", 50, 10, MOST_DEPTH, true, "greatest number of layers"},
             {"width", 16, 1, 256, true, "units a layer"},
             {"seeds", 100, 6, 10000, true, "random networks of each kind and depth"}},
    .run = vanishing,
};
