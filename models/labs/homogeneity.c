/* Homogeneity: relu(a z) = a relu(z) for a > 0, so a network of L layers of weights and no biases has
 * f(a theta; x) = a^L f(theta; x); with biases when that of layer l is scaled by a^l. Measured on random networks, a
 * from 1/2 to 2. What follows for the dynamics of learning, |in|^2 - |out|^2 of a unit, is in homogeneity_flow.c. */
#include "labs/homogeneity.h"
#include "crease/initialise.h"
#include "crease/net.h"
#include "crease/random.h"
#include "labs/tools.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUTS = 3, WIDTH = 8, POINTS = 32 };

typedef struct scaling {
    double bare, biases, powers, negative; /* largest relative errors at one depth; negative: a = -1 */
} scaling;

static crease_status net_of_depth(size_t layers, crease_net **net, crease_error *error) {
    char spec[160] = "affine";
    size_t used = 0;
    for (size_t l = 1; l < layers; l++)
        used += (size_t)snprintf(spec + used, sizeof spec - used, "%srelu:%d", l > 1 ? "/" : "", WIDTH);
    return crease_net_parse(spec, INPUTS, 1, net, error);
}

static void scale(double *theta, size_t from, size_t n, double factor) {
    for (size_t i = from; i < from + n; i++)
        theta[i] *= factor;
}

/* to: the parameters with weights times a and biases of layer l times b^l. */
static void scale_all(const crease_net *net, const double *theta, double a, double b, double *to) {
    memcpy(to, theta, net->parameter_count * sizeof *to);
    for (size_t l = 0; l < net->layer_count; l++) {
        const crease_layer *layer = &net->layer[l];
        scale(to, layer->weights, layer->width * layer->fan_in, a);
        scale(to, layer->biases, layer->width, pow(b, (double)l + 1));
    }
    scale(to, net->output_weights, net->output_biases - net->output_weights, a);
    scale(to, net->output_biases, 1, pow(b, (double)net->layer_count + 1));
    scale(to, net->affine_weights, net->parameter_count - net->affine_weights, a);
}

/* Largest |f(to) - factor f(theta)| over |factor| max |f(theta)|, inputs normal. */
static double error_of(const crease_net *net, crease_work *work, const double *theta, const double *to,
                       double factor, const double *x) {
    double before[POINTS], after[POINTS], size = 0, worst = 0;
    crease_net_evaluate(net, theta, work, POINTS, x, before);
    crease_net_evaluate(net, to, work, POINTS, x, after);
    for (size_t i = 0; i < POINTS; i++) {
        size = fmax(size, fabs(factor * before[i]));
        worst = fmax(worst, fabs(after[i] - factor * before[i]));
    }
    return size > 0 ? worst / size : 0; /* dead as a whole: 0 = a^L 0 */
}

static void scale_one(const lab_run *run, const crease_net *net, crease_work *work, gsl_rng *random,
                      double *theta, double *to, scaling *worst) {
    const double layers = (double)net->layer_count + 1, a = exp2(2 * gsl_rng_uniform(random) - 1);
    const double factor = pow(a, layers + (lab_falsified(run) ? 1 : 0));
    double x[POINTS * INPUTS];
    for (size_t i = 0; i < POINTS * INPUTS; i++)
        x[i] = gsl_ran_gaussian(random, 1);
    crease_net_initialise(net, CREASE_INIT_RANDOM, random, theta);
    scale_all(net, theta, a, 1, to);
    worst->biases = fmax(worst->biases, error_of(net, work, theta, to, factor, x));
    scale_all(net, theta, a, a, to);
    worst->powers = fmax(worst->powers, error_of(net, work, theta, to, factor, x));
    scale_all(net, theta, 1, 0, to); /* away with the biases */
    memcpy(theta, to, net->parameter_count * sizeof *to);
    scale_all(net, theta, a, 1, to);
    worst->bare = fmax(worst->bare, error_of(net, work, theta, to, factor, x));
    scale_all(net, theta, -1, 1, to);
    worst->negative = fmax(worst->negative, error_of(net, work, theta, to, pow(-1, layers), x));
}

static crease_status scale_nets(const lab_run *run, size_t layers, scaling *worst, crease_error *error) {
    crease_net *net = NULL;
    crease_work *work = NULL;
    double *room = NULL;
    gsl_rng *random = crease_random_new(lab_seed(run), layers);
    crease_status status = random ? net_of_depth(layers, &net, error) : lab_no_memory(error, "homogeneity");
    if (status == CREASE_OK)
        status = crease_work_new(net, &work, error);
    if (status == CREASE_OK && !(room = lab_numbers(net->parameter_count, 2)))
        status = lab_no_memory(error, "homogeneity");
    for (size_t i = 0; i < lab_count(run, "nets") && status == CREASE_OK; i++)
        scale_one(run, net, work, random, room, room + net->parameter_count, worst);
    free(room);
    crease_work_free(work);
    crease_net_free(net);
    gsl_rng_free(random);
    return status;
}

static crease_status all_depths(lab_run *run, scaling *worst, crease_error *error) {
    static const char *const columns[] = {"depth", "no biases", "biases", "biases scaled by a^layer",
                                          "a = -1"};
    const size_t depth = lab_count(run, "depth");
    double layers[20], column[4][20];
    lab_table(run, "Largest |f(a theta) - a^L f(theta)|, as a share of the largest |a^L f|", 5, columns);
    for (size_t l = 0; l < depth && !lab_interrupted(run); l++) {
        scaling at = {0};
        crease_status status = scale_nets(run, l + 1, &at, error);
        if (status != CREASE_OK)
            return status;
        const double cell[5] = {(double)(l + 1), at.bare, at.biases, at.powers, at.negative};
        layers[l] = cell[0];
        for (size_t i = 0; i < 5; i++) {
            lab_cell(run, cell[i]);
            if (i)
                column[i - 1][l] = cell[i];
        }
        worst->bare = fmax(worst->bare, at.bare);
        worst->powers = fmax(worst->powers, at.powers);
        worst->biases = fmax(worst->biases, at.biases);
        if (l)
            worst->negative = fmax(worst->negative, at.negative);
    }
    if (lab_interrupted(run))
        return CREASE_OK;
    lab_panel_begin(run, (lab_panel){.x = "layers of weights", .y = "largest relative error", .log_y = true});
    lab_draw(run, LAB_LINES_POINTS, "relu", "no biases", depth, layers, column[0]);
    lab_draw(run, LAB_LINES_POINTS, "tanh", "biases too", depth, layers, column[1]);
    lab_draw(run, LAB_LINES_POINTS, "sigmoid", "biases · a^layer", depth, layers, column[2]);
    lab_draw(run, LAB_LINES_POINTS, "other", "a = -1", depth, layers, column[3]);
    return CREASE_OK;
}

typedef struct flows {
    double bare, biased, identity; /* largest */
    lab_estimate order, uncounted, movement;
    size_t count, slid;
} flows;

static crease_status follow(const lab_run *run, size_t i, void *context, crease_error *error) {
    return lab_flow_one(run, i, (lab_flow *)context + i, error);
}

static void draw_drift(lab_run *run, const flows *f, const lab_flow *all, const double *step) {
    const double ends[2] = {step[0], step[LAB_HALVINGS - 1]}, top = all[0].drift[0] / 2;
    const double line[2] = {top, top * ends[1] / ends[0]}, flat[2] = {f->bare, f->bare};
    lab_panel_begin(run,
                    (lab_panel){.x = "step", .y = "drift of |in|² − |out|²", .log_x = true, .log_y = true});
    for (size_t i = 0; i < f->count && i < 5; i++)
        lab_draw(run, LAB_POINTS, "relu", i ? "" : "descent", LAB_HALVINGS, step, all[i].drift);
    lab_draw(run, LAB_LINES, "exact", "order one", 2, ends, line);
    lab_draw(run, LAB_LINES, "hybrid", "gradient flow", 2, ends, flat);
}

static crease_status all_flows(lab_run *run, flows *f, crease_error *error) {
    lab_flow all[LAB_MOST_FLOWS] = {{0}};
    double step[LAB_HALVINGS], order[LAB_MOST_FLOWS], uncounted[LAB_MOST_FLOWS], movement[LAB_MOST_FLOWS];
    f->count = lab_count(run, "flows");
    crease_status status = lab_each(run, f->count, follow, all, error);
    if (status != CREASE_OK || lab_interrupted(run))
        return status;
    for (int k = 0; k < LAB_HALVINGS; k++)
        step[k] = lab_flow_step(k);
    for (size_t i = 0; i < f->count; i++) {
        order[i] = lab_order(LAB_HALVINGS, step, all[i].drift);
        uncounted[i] = all[i].uncounted;
        movement[i] = all[i].movement;
        f->bare = fmax(f->bare, all[i].bare);
        f->biased = fmax(f->biased, all[i].biased);
        f->identity = fmax(f->identity, all[i].identity);
        f->slid += all[i].time < lab_flow_time;
    }
    f->order = lab_mean(f->count, order);
    f->uncounted = lab_median(f->count, uncounted);
    f->movement = lab_median(f->count, movement);
    draw_drift(run, f, all, step);
    return CREASE_OK;
}

static void measure(lab_run *run, const scaling *s, const flows *f) {
    lab_measure(run, "scaling", "largest relative error of a^L without biases", lab_exact(s->bare), 0);
    lab_measure(run, "scaling_powers", "with the biases of layer l scaled by a^l", lab_exact(s->powers), 0);
    lab_measure(run, "scaling_biases", "with biases scaled like weights", lab_exact(s->biases), NAN);
    lab_measure(run, "negative", "at a = -1, two layers and more", lab_exact(s->negative), NAN);
    lab_measure(run, "flow", "drift of |in|^2 - |out|^2 along gradient flow", lab_exact(f->bare), 0);
    lab_measure(run, "movement", "change of the weights meanwhile, median", f->movement, NAN);
    lab_measure(run, "flow_biased", "drift with biases, counted with what comes in", lab_exact(f->biased), 0);
    lab_measure(run, "flow_uncounted", "drift with biases, not counted, median", f->uncounted, NAN);
    lab_measure(run, "order", "order of the drift of descent in its step", f->order, 1);
    lab_measure(run, "identity", "drift less sum of h^2 (|dF/d in|^2 - |dF/d out|^2)", lab_exact(f->identity),
                0);
    lab_measure(run, "slid", "share of flows that come to slide along a kink", lab_share(f->slid, f->count),
                NAN);
}

static void conclude(lab_run *run, const scaling *s, const flows *f) {
    const bool scales = s->bare < 1e-12, conserves = f->bare < 1e-8 && f->identity < 1e-8;
    measure(run, s, f);
    lab_conclude(
        run,
        !scales     ? LAB_REFUTED
        : conserves ? LAB_CONFIRMED
                    : LAB_CONFIRMED_WITH_LIMITS,
        "Without biases the output follows a^L to %.1e; along gradient flow |in|^2 - |out|^2 of a unit moves "
        "by %.1e at most while weights move by %.2g.",
        s->bare, f->bare, f->movement.value);
    lab_say(
        run,
        "With biases scaled like the weights it fails, by up to %.2g times the output; with those of layer l "
        "scaled by a^l it holds again (%.1e). And a has to be positive: a = -1 fails, by up to %.2g.",
        s->biases, s->powers, s->negative);
    lab_say(run,
            "What is conserved needs no network without biases: it holds to %.1e where a unit's bias counts "
            "with what "
            "comes in. Finite steps lose it, over a fixed time in proportion to the step (order %.3f).",
            f->biased, f->order.value);
    if (f->slid)
        lab_say(run,
                "%zu of %zu flows came to slide along a kink of the loss, where the gradient jumps; they are "
                "followed to "
                "there.",
                f->slid, f->count);
}

static crease_status homogeneity(lab_run *run, crease_error *error) {
    scaling worst = {0};
    flows kept = {0};
    crease_status status = all_depths(run, &worst, error);
    if (status == CREASE_OK && !lab_interrupted(run))
        status = all_flows(run, &kept, error);
    if (status == CREASE_OK && !lab_interrupted(run))
        conclude(run, &worst, &kept);
    return status;
}

const lab_experiment lab_homogeneity = {
    .name = "homogeneity",
    .claim = "Without biases, weights scaled by a scale the output by a^L, which has deep consequences for "
             "the dynamics of learning.",
    .control = "the exponent is L + 1",
    .knob = {{"nets", 100, 1, 1e5, true, "random networks a depth"},
             {"depth", 10, 1, 20, true, "most layers of weights"},
             {"flows", 10, 2, LAB_MOST_FLOWS, true, "networks whose gradient flow is followed"}},
    .run = homogeneity,
};
