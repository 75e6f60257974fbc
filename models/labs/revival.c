/* Revival: the first step of a unit that was dead for k steps, in units of the step before.
 *
 * With a steady gradient g the accumulator of RMSprop is v = g^2; k steps of gradient 0 leave rho^k g^2, and the step is
 *   RMSprop  1 / sqrt(rho^(k+1) + 1 - rho)                             ->  (1 - rho)^(-1/2)
 *   Adam     (b1^(k+1) + 1 - b1) / sqrt(b2^(k+1) + 1 - b2)             ->  (1 - b1) (1 - b2)^(-1/2)
 *   SGD      1
 * Adam's first moment catches up in the steps that follow, so its largest step comes later. Then whether it matters: a unit
 * of a net that learns |x| is put to sleep and woken, over seeds. */
#include "labs/revival.h"
#include "labs/lab.h"
#include "labs/tools.h"
#include <math.h>
#include <stdlib.h>

enum { METHODS = 5, TIMES = 8, WARM = 3000, AFTER = 60, ROWS = 32, BEFORE = 300, SLEEP = 1000 };

static const struct revival_method {
    const char *label, *role;
    crease_method method;
    crease_bias_correction correction;
    double decay; /* 0: that of the knob */
} methods[METHODS] = {
    {"RMSprop", "relu", CREASE_METHOD_RMSPROP, CREASE_BIAS_CORRECTION_OFF, 0},
    {"RMSprop, decay .9", "leaky", CREASE_METHOD_RMSPROP, CREASE_BIAS_CORRECTION_OFF, .9},
    {"Adam", "tanh", CREASE_METHOD_ADAM, CREASE_BIAS_CORRECTION_ON, .999},
    {"Adam, no correction", "hybrid", CREASE_METHOD_ADAM, CREASE_BIAS_CORRECTION_OFF, .999},
    {"SGD", "sigmoid", CREASE_METHOD_SGD, CREASE_BIAS_CORRECTION_OFF, .9},
};

static double decay_of(const lab_run *run, const struct revival_method *m) {
    return m->decay > 0 ? m->decay : lab_number(run, "decay");
}

/* First and largest step after k dead ones, with residuals of 1 and a learning rate that moves nothing. */
static crease_status step_after(const lab_run *run, const struct revival_method *m, size_t dead,
                                double step[2], crease_error *error) {
    static const double x[2] = {.5, 1}, y[2] = {0, .5}; /* f(x) - 1 of f = relu(x + .5) */
    const crease_data data = {.n = 2, .inputs = 1, .outputs = 1, .x = x, .y = y};
    const crease_fit_options options = {.method = m->method,
                                        .bias_correction = m->correction,
                                        .decay = decay_of(run, m),
                                        .learning_rate = 1e-8};
    const size_t end = WARM + dead + AFTER;
    double *loss = lab_numbers(end + 1, 2), *move = loss ? loss + end + 1 : NULL;
    crease_net *net = NULL;
    crease_status status =
        loss ? crease_net_parse("relu:1", 1, 1, &net, error) : lab_no_memory(error, "revival");
    if (status == CREASE_OK) {
        net->theta[net->layer[0].weights] = 1;
        net->theta[net->layer[0].biases] = .5;
        net->theta[net->output_weights] = 1;
        const lab_sleep sleep = {net, &data, WARM, WARM + dead, end};
        status = lab_sleep_train(&sleep, &options, loss, move, error);
        step[0] = move[WARM + dead + 1] / move[WARM];
        step[1] = 0;
        for (size_t i = WARM + dead + 1; i <= end; i++)
            step[1] = fmax(step[1], move[i] / move[WARM]);
    }
    crease_net_free(net);
    free(loss);
    return status;
}

/* The step after gradients of 1 for `warm` steps and, with a gap, gradients of 0 and then one of 1 that comes `gap` steps
 * after the last: the formulas above with the finite warm-up. */
static double moments(const struct revival_method *m, double decay, double warm, double gap) {
    const double first = m->method == CREASE_METHOD_ADAM ? .9 : 0, steps = warm + gap;
    const bool corrects = m->correction == CREASE_BIAS_CORRECTION_ON;
    double mean = 1 - pow(first, warm), square = 1 - pow(decay, warm);
    if (gap > 0) {
        mean = pow(first, gap) * mean + 1 - first;
        square = pow(decay, gap) * square + 1 - decay;
    }
    return mean / (corrects ? 1 - pow(first, steps) : 1) /
           sqrt(square / (corrects ? 1 - pow(decay, steps) : 1));
}

static double theory(const lab_run *run, const struct revival_method *m, double dead) {
    const double decay = decay_of(run, m);
    return m->method == CREASE_METHOD_SGD ? 1
                                          : moments(m, decay, WARM, dead + 1) / moments(m, decay, WARM, 0);
}

/* A net that learns |x| with unit 0 asleep for a while: does the loss jump, and is the end better than without sleep? */
typedef struct waking {
    const struct revival_method *method;
    bool *jumps, *helps; /* of each seed */
} waking;

static crease_status wake(const lab_run *run, size_t seed, void *context, crease_error *error) {
    const waking *w = context;
    const struct revival_method *m = w->method;
    const size_t end = BEFORE + SLEEP + BEFORE;
    const crease_fit_options options = {
        .method = m->method, .bias_correction = m->correction, .decay = decay_of(run, m)};
    double x[ROWS], y[ROWS], *loss = lab_numbers(end + 1, 2);
    crease_net *net = NULL;
    crease_status status =
        loss ? lab_random_net("relu:8", 1, 1, CREASE_INIT_HE, lab_seed(run), seed, &net, error)
             : lab_no_memory(error, "revival");
    for (size_t i = 0; i < ROWS; i++) {
        x[i] = -1 + 2 * (double)i / (ROWS - 1);
        y[i] = fabs(x[i]);
    }
    const crease_data data = {.n = ROWS, .inputs = 1, .outputs = 1, .x = x, .y = y};
    double final[2] = {0, 0};
    for (int sleeps = 0; sleeps < 2 && status == CREASE_OK; sleeps++) {
        const lab_sleep sleep = {net, &data, BEFORE, sleeps ? BEFORE + SLEEP : BEFORE, end};
        status = lab_sleep_train(&sleep, &options, loss, loss + end + 1, error);
        final[sleeps] = loss[end];
    }
    if (status == CREASE_OK) {
        double most = 0;
        for (size_t i = BEFORE + SLEEP + 1; i <= BEFORE + SLEEP + 20; i++)
            most = fmax(most, loss[i]);
        w->jumps[seed] = most > 10 * loss[BEFORE + SLEEP];
        w->helps[seed] = final[1] < final[0];
    }
    crease_net_free(net);
    free(loss);
    return status;
}

static crease_status count_wakes(const lab_run *run, const struct revival_method *m, size_t *jumps,
                                 size_t *helps, crease_error *error) {
    const size_t seeds = lab_count(run, "seeds");
    waking w = {m, calloc(seeds, sizeof *w.jumps), calloc(seeds, sizeof *w.helps)};
    const crease_status status =
        w.jumps && w.helps ? lab_each(run, seeds, wake, &w, error) : lab_no_memory(error, "revival");
    *jumps = *helps = 0;
    for (size_t s = 0; s < seeds && status == CREASE_OK; s++) {
        *jumps += w.jumps[s];
        *helps += w.helps[s];
    }
    free(w.jumps);
    free(w.helps);
    return status;
}

static crease_status measure_steps(lab_run *run, double first[METHODS][TIMES], double largest[METHODS][TIMES],
                                   double dead[TIMES], double *worst, crease_error *error) {
    *worst = 0;
    for (size_t k = 0; k < TIMES; k++) {
        const double most = lab_falsified(run) ? 0 : lab_number(run, "dead");
        dead[k] = floor(pow(most + 1, (double)k / (TIMES - 1)) - 1 + 1e-9);
    }
    for (size_t m = 0; m < METHODS && !lab_interrupted(run); m++)
        for (size_t k = 0; k < TIMES; k++) {
            double step[2];
            const crease_status status = step_after(run, &methods[m], (size_t)dead[k], step, error);
            if (status != CREASE_OK)
                return status;
            first[m][k] = step[0];
            largest[m][k] = step[1];
            *worst = fmax(*worst, fabs(step[0] / theory(run, &methods[m], dead[k]) - 1));
        }
    return CREASE_OK;
}

static void draw(lab_run *run, double first[METHODS][TIMES], double dead[TIMES]) {
    double x[TIMES];
    for (size_t k = 0; k < TIMES; k++)
        x[k] = dead[k] + 1;
    lab_panel_begin(run, (lab_panel){.x = "steps from the last gradient to the first new one",
                                     .y = "first step / step before",
                                     .log_x = true,
                                     .log_y = true});
    for (size_t m = 0; m < METHODS; m++)
        lab_draw(run, LAB_LINES_POINTS, methods[m].role, methods[m].label, TIMES, x, first[m]);
}

static crease_status revival(lab_run *run, crease_error *error) {
    static const char *const column[] = {
        "method",        "first step",         "theory",
        "largest of 60", "loss jumps tenfold", "ends better than without sleep"};
    const size_t seeds = lab_count(run, "seeds"), last = TIMES - 1;
    double first[METHODS][TIMES], largest[METHODS][TIMES], dead[TIMES], worst;
    size_t jumps[METHODS], helps[METHODS];
    crease_status status = measure_steps(run, first, largest, dead, &worst, error);
    for (size_t m = 0; m < METHODS && status == CREASE_OK; m++)
        status = count_wakes(run, &methods[m], &jumps[m], &helps[m], error);
    if (status != CREASE_OK || lab_interrupted(run))
        return status;
    lab_measure(run, "step", "RMSprop: first step after the longest sleep, over the step before",
                lab_exact(first[0][last]), theory(run, &methods[0], dead[last]));
    lab_measure(run, "limit", "what it tends to, (1 - rho)^(-1/2)",
                lab_exact(1 / sqrt(1 - decay_of(run, &methods[0]))), NAN);
    lab_measure(run, "worst", "largest relative deviation from the closed forms", lab_exact(worst), 0);
    lab_measure(run, "catastrophic", "RMSprop: share of nets whose loss then jumps tenfold",
                lab_share(jumps[0], seeds), NAN);
    lab_measure(run, "helpful", "RMSprop: share that end better than without sleep",
                lab_share(helps[0], seeds), NAN);
    lab_table(run, "Steps after the longest sleep; shares of nets that learn |x|:", 6, column);
    for (size_t m = 0; m < METHODS; m++) {
        lab_cell_text(run, "%s", methods[m].label);
        lab_cell(run, first[m][last]);
        lab_cell(run, theory(run, &methods[m], dead[last]));
        lab_cell(run, largest[m][last]);
        lab_cell(run, (double)jumps[m] / (double)seeds);
        lab_cell(run, (double)helps[m] / (double)seeds);
    }
    draw(run, first, dead);
    const bool huge = first[0][last] > 3 && worst < .01;
    lab_conclude(run, huge ? LAB_CONFIRMED : LAB_REFUTED,
                 "After %g dead steps the first step of RMSprop is %.3g times the one before; the closed "
                 "forms hold to "
                 "%.1g %%.",
                 dead[last], first[0][last], 100 * worst);
    lab_say(run,
            "It is bounded: (1 - rho)^(-1/2) = %.3g learning rates, however long the sleep. Adam's first "
            "step is %.3g "
            "times the one before, its largest %.3g; that of SGD is %.3g.",
            1 / sqrt(1 - decay_of(run, &methods[0])), first[2][last], largest[2][last], first[4][last]);
    lab_say(run,
            "What it does to a net: with RMSprop the loss jumps tenfold in %zu of %zu nets (SGD %zu), and "
            "%zu end better "
            "than without the sleep (SGD %zu).",
            jumps[0], seeds, jumps[4], helps[0], helps[4]);
    return CREASE_OK;
}

const lab_experiment lab_revival = {
    .name = "revival",
    .claim = "RMSprop's accumulator decays while a unit is dead; the first gradient then makes a huge step.",
    .control = "the unit is dead for no time at all",
    .knob = {{"decay", .99, .5, .9999, false, "rho of RMSprop"},
             {"dead", 3000, 1, 1e5, true, "longest sleep, steps"},
             {"seeds", 40, 1, 10000, true, "nets that learn |x| with each method"}},
    .run = revival,
};
