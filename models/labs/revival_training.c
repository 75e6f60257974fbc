/* F(theta) = sum (f(x_i) - y_i)^2 / (2 n), as a problem of crease_minimise. What a schedule adds goes to the bias of unit 0
 * alone, so that the others train on while it sleeps. */
#include "labs/revival.h"
#include "labs/tools.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct sleeper {
    const lab_sleep *sleep;
    crease_work *work;
    double shift, *theta, *dy;
} sleeper;

static void sleeper_free(void *work) {
    sleeper *s = work;
    if (!s)
        return;
    crease_work_free(s->work);
    free(s->theta);
    free(s->dy);
    free(s);
}

static void *sleeper_new(const void *context) {
    const lab_sleep *sleep = context;
    sleeper *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->sleep = sleep;
    s->theta = lab_numbers(sleep->net->parameter_count, 1);
    s->dy = lab_numbers(sleep->data->n, 1);
    if (s->theta && s->dy && crease_work_new(sleep->net, &s->work, NULL) == CREASE_OK)
        return s;
    sleeper_free(s);
    return NULL;
}

static void set_shift(void *work, double gamma) {
    ((sleeper *)work)->shift = gamma;
}

static bool gradient(const void *context, void *work, const double *theta, const size_t *rows,
                     size_t row_count, double *loss, double *g) {
    const lab_sleep *sleep = context;
    const crease_net *net = sleep->net;
    const crease_data *d = sleep->data;
    sleeper *s = work;
    (void)rows; /* always all */
    (void)row_count;
    memcpy(s->theta, theta, net->parameter_count * sizeof *theta);
    s->theta[net->layer[0].biases] += s->shift;
    crease_net_evaluate(net, s->theta, s->work, d->n, d->x, s->dy);
    *loss = 0;
    for (size_t i = 0; i < d->n; i++) {
        s->dy[i] = (s->dy[i] - d->y[i]) / (double)d->n;
        *loss += .5 * s->dy[i] * s->dy[i] * (double)d->n;
    }
    memset(g, 0, net->parameter_count * sizeof *g);
    crease_net_gradient(net, s->theta, s->work, d->n, d->x, s->dy, NULL, g);
    return isfinite(*loss);
}

static double schedule(size_t step, void *context) {
    const lab_sleep *sleep = context;
    return step >= sleep->asleep && step < sleep->awake ? -1000 : 0;
}

typedef struct record {
    size_t weight; /* its place in theta */
    double before, *loss, *move;
} record;

static void note(const crease_trace *point, void *context) {
    record *r = context;
    const double now = point->theta[r->weight];
    r->loss[point->iteration] = point->loss;
    r->move[point->iteration] = point->iteration ? fabs(now - r->before) : 0;
    r->before = now;
}

crease_status lab_sleep_train(const lab_sleep *sleep, const crease_fit_options *options, double *loss,
                              double *move, crease_error *error) {
    const crease_net *net = sleep->net;
    const crease_problem problem = {.residuals = sleep->data->n,
                                    .parameters = net->parameter_count,
                                    .linear_from = net->parameter_count,
                                    .context = sleep,
                                    .work_new = sleeper_new,
                                    .work_free = sleeper_free,
                                    .gradient = gradient,
                                    .set_bias_shift = set_shift};
    record r = {net->layer[0].weights, 0, loss, move};
    crease_fit_options own = *options;
    crease_minimum minimum;
    own.epochs = sleep->end;
    own.threads = 1;
    own.bias_shift = schedule;
    own.bias_shift_context = (void *)sleep;
    own.trace = note;
    own.trace_context = &r;
    double *theta = lab_numbers(net->parameter_count, 1);
    if (!theta)
        return lab_no_memory(error, "revival");
    memcpy(theta, net->theta, net->parameter_count * sizeof *theta);
    for (size_t i = 0; i <= sleep->end; i++)
        loss[i] = move[i] = NAN;
    const crease_status status = crease_minimise(&problem, &own, 0, theta, &minimum, error);
    free(theta);
    return status;
}
