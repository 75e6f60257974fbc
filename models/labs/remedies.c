/* Remedies: one dead start, one row a remedy.
 *
 * Dead units have weights of +-1, biases of -2 and inputs in [-1, 1], so no z = w x + b exceeds -1; the other units of the net
 * are alive and learn sin(pi x). What has a slope below 0
 * (leaky, parametric, relu(z) + eps z = (1 + eps) leaky(z; eps / (1 + eps))) passes a gradient all the same; a warming schedule
 * z + gamma(t), gamma falling to 0, lifts z until the unit can learn. A larger step times a gradient of 0 is 0, and weight
 * decay lets |w| shrink, so that z falls towards b. And once more with all units dead: then leaky ones are a straight line
 * together, and when it fits best the residuals are orthogonal to 1 and x, so that the gradient of each unit is 0 as well. */
#include "crease/fit.h"
#include "labs/lab.h"
#include "labs/tools.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { REMEDIES = 7, UNITS = 8, ROWS = 64 };

static const struct remedy {
    const char *label, *net, *role;
    bool cures;            /* as the claim says */
    double warming, decay; /* height of the schedule, weight decay */
    double faster;         /* learning rate, relative */
} remedies[REMEDIES] = {
    {"none", "relu:8", "data", false, 0, 0, 1},
    {"leaky, slope .01", "leaky(.01):8", "leaky", true, 0, 0, 1},
    {"parametric, slope from .25", "prelu:8", "smooth", true, 0, 0, 1},
    {"relu + .01 x", "leaky(.00990099):8", "hybrid", true, 0, 0, 1},
    {"bias warming", "relu:8", "relu", true, 2.5, 0, 1},
    {"steps 100 times larger", "relu:8", "tanh", false, 0, 0, 100},
    {"weight decay", "relu:8", "sigmoid", false, 0, .1, 1},
};

typedef struct course {
    const crease_net *net;
    crease_work *work;
    const double *x;
    double *loss;             /* after each step */
    size_t dead;              /* units 0 .. dead - 1 at first */
    size_t revived_at, alive; /* first step with one of them above 0 on some row; such units at last */
    double largest;           /* z at last */
} course;

static void note(const crease_trace *point, void *context) {
    course *c = context;
    double z[UNITS];
    for (size_t u = 0; u < UNITS; u++)
        z[u] = -INFINITY;
    crease_net_largest_preactivations(c->net, point->theta, c->work, ROWS, c->x, z);
    c->loss[point->iteration] = point->loss;
    c->alive = 0;
    c->largest = -INFINITY;
    for (size_t u = 0; u < c->dead; u++) {
        c->alive += z[u] > 0;
        c->largest = fmax(c->largest, z[u]);
    }
    if (c->alive && c->revived_at == SIZE_MAX)
        c->revived_at = point->iteration;
}

static void dead_start(crease_net *net, size_t dead) {
    const crease_layer *l = &net->layer[0];
    for (size_t u = 0; u < dead; u++) {
        net->theta[l->weights + u] = u % 2 ? 1 : -1;
        net->theta[l->biases + u] = -2;
    }
}

static crease_status apply(const lab_run *run, const struct remedy *r, uint64_t stream, course *c,
                           crease_error *error) {
    double x[ROWS], y[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        x[i] = -1 + 2 * (double)i / (ROWS - 1);
        y[i] = sin(M_PI * x[i]);
    }
    const crease_data data = {.n = ROWS, .inputs = 1, .outputs = 1, .x = x, .y = y};
    crease_bias_warming warming = {r->warming, lab_count(run, "steps") / 4};
    const crease_fit_options options = {.method = CREASE_METHOD_ADAM,
                                        .init = CREASE_INIT_KEEP,
                                        .starts = 1,
                                        .threads = 1,
                                        .epochs = lab_count(run, "steps"),
                                        .learning_rate = r->faster * lab_number(run, "rate"),
                                        .weight_decay = r->decay,
                                        .bias_shift = r->warming > 0 ? crease_bias_warming_shift : NULL,
                                        .bias_shift_context = &warming,
                                        .trace = note,
                                        .trace_context = c,
                                        .interrupted = run->setup.interrupted,
                                        .interrupted_context = run->setup.interrupted_context};
    crease_net *net = NULL;
    crease_fit_result result = {0};
    crease_status status = lab_random_net(r->net, 1, 1, CREASE_INIT_HE, lab_seed(run), stream, &net, error);
    if (status == CREASE_OK) {
        dead_start(net, c->dead);
        status = crease_work_new(net, &c->work, error);
    }
    if (status == CREASE_OK) {
        c->net = net;
        c->x = x;
        c->revived_at = SIZE_MAX;
        status = crease_fit(net, &data, &options, &result, error);
    }
    crease_fit_result_clear(&result);
    crease_work_free(c->work);
    crease_net_free(net);
    return status;
}

typedef struct outcome {
    size_t revived, revived_all_dead, nets;
    lab_estimate steps, loss, largest, alive; /* medians; steps: of those revived */
} outcome;

static crease_status try_remedy(lab_run *run, const struct remedy *r, size_t dead, outcome *o,
                                crease_error *error) {
    const size_t seeds = lab_count(run, "seeds"), steps = lab_count(run, "steps");
    double *memory = lab_numbers(seeds, 4), *curve = lab_numbers(steps + 1, 2);
    crease_status status = memory && curve ? CREASE_OK : lab_no_memory(error, "remedies");
    double *at = memory, *loss = memory + seeds, *largest = loss + seeds, *alive = largest + seeds;
    *o = (outcome){.nets = seeds};
    for (size_t s = seeds; s-- > 0 && status == CREASE_OK && !lab_interrupted(run);) {
        course c = {.loss = curve, .dead = dead};
        for (size_t i = 0; i <= steps; i++)
            curve[i] = NAN;
        status = apply(run, r, s, &c, error);
        size_t last = steps;
        while (last > 0 && isnan(curve[last]))
            last--;
        loss[s] = sqrt(2 * curve[last]);
        largest[s] = c.largest;
        alive[s] = (double)c.alive;
        if (c.alive)
            at[o->revived++] = (double)c.revived_at;
    }
    if (status == CREASE_OK && !lab_interrupted(run)) {
        o->steps = lab_median(o->revived, at);
        o->loss = lab_median(seeds, loss);
        o->largest = lab_median(seeds, largest);
        o->alive = lab_mean(seeds, alive);
        for (size_t i = 0; i <= steps && dead < UNITS; i++) { /* of the first net */
            curve[steps + 1 + i] = (double)i;
            curve[i] = sqrt(2 * curve[i]);
        }
        if (dead < UNITS)
            lab_draw(run, LAB_LINES, r->role, r->label, steps + 1, curve + steps + 1, curve);
    }
    free(memory);
    free(curve);
    return status;
}

static void tabulate(lab_run *run, const outcome *o) {
    static const char *const column[] = {"remedy",
                                         "nets revived",
                                         "of",
                                         "steps to it",
                                         "units revived, mean",
                                         "largest z, median",
                                         "rms error, median",
                                         "revived, all dead"};
    lab_table(run, "The same dead start (errors over the deviation of sin):", 8, column);
    for (size_t i = 0; i < REMEDIES; i++) {
        lab_cell_text(run, "%s", remedies[i].label);
        lab_cell(run, (double)o[i].revived);
        lab_cell(run, (double)o[i].nets);
        lab_cell(run, o[i].steps.value);
        lab_cell(run, o[i].alive.value);
        lab_cell(run, o[i].largest.value);
        lab_cell(run, o[i].loss.value);
        lab_cell(run, (double)o[i].revived_all_dead);
    }
}

static void conclude(lab_run *run, const outcome *o) {
    size_t cures = 0, nearer = 0, revived = 0, nets = 0, all_dead = 0, others = 0;
    for (size_t i = 1; i < REMEDIES; i++) {
        const bool lifts = o[i].largest.value > o[0].largest.value + .1;
        cures += remedies[i].cures;
        nearer += remedies[i].cures && lifts;
        others += !remedies[i].cures && (lifts || o[i].revived);
        if (remedies[i].cures) {
            revived += o[i].revived;
            all_dead += o[i].revived_all_dead;
            nets += o[i].nets;
        }
    }
    const double fall = o[REMEDIES - 1].largest.value - o[0].largest.value;
    lab_measure(run, "revived", "share of nets in which the remedies revive a dead unit",
                lab_share(revived, nets), 1);
    lab_measure(run, "revived_all_dead", "the same where all units are dead at first",
                lab_share(all_dead, nets), 1);
    lab_measure(run, "nearer", "remedies after which dead units are nearer to life, of four",
                lab_exact((double)nearer), (double)cures);
    lab_measure(run, "others", "of larger steps and weight decay, those that lift or revive",
                lab_exact((double)others), 0);
    lab_measure(run, "fall", "largest z after weight decay, less that without", lab_exact(fall), NAN);
    lab_conclude(run,
                 nearer < cures || others || fall >= 0 ? LAB_REFUTED
                 : revived == nets && all_dead == nets ? LAB_CONFIRMED
                                                       : LAB_CONFIRMED_WITH_LIMITS,
                 "%zu of %zu remedies lift the dead units, larger steps and weight decay %zu; with decay the "
                 "largest z ends "
                 "%.2g lower than without.",
                 nearer, cures, others, -fall);
    if (revived < nets)
        lab_say(run, "Lifted is not revived: in %zu of %zu nets some dead unit ends above 0.", revived, nets);
    if (all_dead < nets)
        lab_say(run,
                "Where all units are dead at first it is %zu of %zu, of which the warming has %zu: leaky "
                "units below 0 are "
                "a straight line together, and stop when that line fits best.",
                all_dead, nets, o[4].revived_all_dead);
}

static crease_status try_all(lab_run *run, crease_error *error) {
    outcome o[REMEDIES], all_dead = {0};
    lab_panel_begin(run,
                    (lab_panel){.x = "steps of Adam", .y = "rms error / deviation of sin", .log_y = true});
    for (size_t i = 0; i < REMEDIES; i++) {
        struct remedy r = remedies[i];
        if (lab_falsified(run) && r.cures) {
            r.net = "relu:8";
            r.warming = 0;
        }
        crease_status status = try_remedy(run, &r, lab_count(run, "dead"), &o[i], error);
        if (status == CREASE_OK && !lab_interrupted(run))
            status = try_remedy(run, &r, UNITS, &all_dead, error);
        if (status != CREASE_OK || lab_interrupted(run))
            return status;
        o[i].revived_all_dead = all_dead.revived;
    }
    conclude(run, o);
    tabulate(run, o);
    return CREASE_OK;
}

const lab_experiment lab_remedies = {
    .name = "remedies",
    .claim = "Leaky and parametric ReLU, relu + eps x and bias warming revive dead units; larger steps and "
             "weight decay do "
             "not, and decay makes it worse.",
    .control = "the slopes below 0 and the warming are 0",
    .knob = {{"dead", 4, 1, UNITS - 1, true, "dead units among the 8"},
             {"steps", 2000, 10, 1e6, true, "of training"},
             {"rate", .01, 1e-6, 1, false, "learning rate of Adam"},
             {"seeds", 10, 1, 1000, true, "nets for each remedy"}},
    .run = try_all,
};
