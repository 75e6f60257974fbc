/* First-order training. With g the gradient of the batch and a the learning rate:
 *   sgd       d = g                                             (Robbins & Monro 1951)
 *   momentum  m = mu m + g,  d = m                              (Polyak 1964)
 *   rmsprop   v = rho v + (1-rho) g^2,  d = g / (sqrt v + eps)  (Tieleman & Hinton 2012)
 *   adam      m = b1 m + (1-b1) g,  v = b2 v + (1-b2) g^2,
 *             d = m/(1-b1^t) / (sqrt(v/(1-b2^t)) + eps)         (Kingma & Ba 2015)
 *   with the bias correction off, 1-b^t is 1; on for rmsprop, v is divided by 1-rho^t;
 *   theta -= a (d + weight_decay theta), the decay on weights only (decoupled: Loshchilov & Hutter 2019). */
#include "crease/random.h"
#include "fit/methods.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct trainer {
    const crease_problem *problem;
    const crease_fit_options *options;
    void *work;
    double *gradient, *first, *second, *before, *best;
    size_t *order;
    gsl_rng *generator;
    double best_loss;
    double first_share, second_share; /* 1 - decay^t of the two moments, or 1 without bias correction */
    size_t step;
} trainer;

static void trainer_clear(trainer *t) {
    free(t->gradient);
    free(t->first);
    free(t->second);
    free(t->before);
    free(t->best);
    free(t->order);
    if (t->generator)
        gsl_rng_free(t->generator);
    if (t->problem->work_free)
        t->problem->work_free(t->work);
}

/* Batches draw from a stream of their own, so that a start is the same with every method. */
static const uint64_t BATCH_STREAMS = UINT64_C(1) << 32;

static bool trainer_make(trainer *t, size_t start) {
    const crease_problem *problem = t->problem;
    size_t p = problem->parameters;
    t->gradient = calloc(p, sizeof(double));
    t->first = calloc(p, sizeof(double));
    t->second = calloc(p, sizeof(double));
    t->before = calloc(p, sizeof(double));
    t->best = calloc(p, sizeof(double));
    t->order = malloc(problem->residuals * sizeof *t->order);
    t->generator = crease_random_new(t->options->seed, BATCH_STREAMS + start);
    if (problem->work_new)
        t->work = problem->work_new(problem->context);
    return t->gradient && t->first && t->second && t->before && t->best && t->order && t->generator &&
           (!problem->work_new || t->work);
}

static double direction(trainer *t, size_t j) {
    const crease_fit_options *o = t->options;
    double g = t->gradient[j];
    switch (o->method) {
    case CREASE_METHOD_MOMENTUM:
        return t->first[j] = o->momentum * t->first[j] + g;
    case CREASE_METHOD_RMSPROP:
        t->second[j] = o->decay * t->second[j] + (1 - o->decay) * g * g;
        return g / (sqrt(t->second[j] / t->second_share) + o->epsilon);
    case CREASE_METHOD_ADAM:
        t->first[j] = o->decay_first * t->first[j] + (1 - o->decay_first) * g;
        t->second[j] = o->decay * t->second[j] + (1 - o->decay) * g * g;
        return t->first[j] / t->first_share / (sqrt(t->second[j] / t->second_share) + o->epsilon);
    default:
        return g;
    }
}

static void correct_bias(trainer *t) {
    const crease_fit_options *o = t->options;
    bool corrects = o->bias_correction == CREASE_BIAS_CORRECTION_ON ||
                    (o->bias_correction == CREASE_BIAS_CORRECTION_DEFAULT && o->method == CREASE_METHOD_ADAM);
    t->first_share = corrects ? 1 - pow(o->decay_first, (double)t->step) : 1;
    t->second_share = corrects ? 1 - pow(o->decay, (double)t->step) : 1;
}

static void update(trainer *t, double *theta) {
    const crease_fit_options *o = t->options;
    t->step++;
    correct_bias(t);
    for (size_t j = 0; j < t->problem->parameters; j++) {
        bool decays = !t->problem->is_weight || t->problem->is_weight[j];
        double decay = decays ? o->weight_decay * theta[j] : 0;
        theta[j] -= o->learning_rate * (direction(t, j) + decay);
    }
}

/* Loss over all rows without the schedule's shift; remembers the best point. */
static bool look(trainer *t, const double *theta, double *loss) {
    const crease_problem *p = t->problem;
    if (p->set_bias_shift)
        p->set_bias_shift(t->work, 0);
    bool finite = p->gradient(p->context, t->work, theta, NULL, 0, loss, t->gradient);
    if (finite && *loss < t->best_loss) {
        t->best_loss = *loss;
        memcpy(t->best, theta, p->parameters * sizeof *theta);
    }
    return finite;
}

static bool one_epoch(trainer *t, size_t batch, size_t n, double *theta) {
    const crease_problem *p = t->problem;
    const crease_fit_options *o = t->options;
    double loss;
    if (batch < n)
        crease_random_shuffle(t->generator, t->order, n);
    for (size_t i = 0; i < n; i += batch) {
        size_t count = n - i < batch ? n - i : batch;
        if (p->set_bias_shift)
            p->set_bias_shift(t->work, o->bias_shift ? o->bias_shift(t->step, o->bias_shift_context) : 0);
        if (!p->gradient(p->context, t->work, theta, batch < n ? t->order + i : NULL, count, &loss,
                         t->gradient))
            return false;
        update(t, theta);
    }
    return true;
}

static double change_since(const trainer *t, const double *theta) {
    double square = 0;
    for (size_t j = 0; j < t->problem->parameters; j++)
        square += (theta[j] - t->before[j]) * (theta[j] - t->before[j]);
    return sqrt(square);
}

static void report_progress(const crease_fit_options *o, size_t epoch) {
#pragma omp critical(crease_callback)
    o->progress(epoch, o->epochs, o->progress_context);
}

static void train(trainer *t, size_t start, double *theta, double loss, crease_minimum *minimum) {
    const crease_fit_options *o = t->options;
    size_t n = t->problem->rows ? t->problem->rows : t->problem->residuals, p = t->problem->parameters;
    size_t batch = o->batch && o->batch < n ? o->batch : n;
    for (size_t i = 0; i < n; i++)
        t->order[i] = i;
    crease_trace_step(o, start, 0, p, loss, theta, t->gradient, NAN);
    minimum->stop = CREASE_STOP_BUDGET;
    while (minimum->iterations < o->epochs) {
        memcpy(t->before, theta, p * sizeof *theta);
        bool finite = one_epoch(t, batch, n, theta) && look(t, theta, &loss);
        minimum->iterations++;
        if (!finite) {
            minimum->stop = CREASE_STOP_STALLED; /* diverged: the best point so far is returned */
            return;
        }
        const double step = change_since(t, theta);
        crease_trace_step(o, start, minimum->iterations, p, loss, theta, t->gradient, step);
        if (step == 0 && !o->bias_shift) {
            minimum->stop = CREASE_STOP_STALLED; /* nothing moves: every unit is dead, or the loss is zero */
            return;
        }
        if (o->progress && o->starts == 1)
            report_progress(o, minimum->iterations);
        if (crease_fit_interrupted(o)) {
            minimum->stop = CREASE_STOP_INTERRUPTED;
            return;
        }
    }
}

crease_status crease_run_first_order(const crease_problem *problem, const crease_fit_options *options,
                                     size_t start, double *theta, crease_minimum *minimum,
                                     crease_error *error) {
    crease_status status = CREASE_OK;
    trainer t = {.problem = problem, .options = options, .best_loss = INFINITY};
    double loss;
    if (!problem->gradient)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "%s needs a problem with a gradient",
                           crease_method_name(options->method));
    if (!trainer_make(&t, start)) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for training");
        goto done;
    }
    if (!look(&t, theta, &loss)) {
        status = crease_fail(error, CREASE_BAD_ARGUMENT, "the start has no finite loss or gradient");
        goto done;
    }
    train(&t, start, theta, loss, minimum);
    memcpy(theta, t.best, problem->parameters * sizeof *theta);
    minimum->loss = t.best_loss;
    minimum->evaluations =
        1 + 2 * minimum->iterations; /* an epoch goes over the rows once more to look at the loss */
done:
    trainer_clear(&t);
    return status;
}
