/* The trace of a network that trains, with the state of each layer: stands between a first-order method and the caller's
 * trace. Traces come one call at a time, so one work space serves every thread; the step of a layer is the difference from
 * the last point of the same start. */
#include "crease/layers.h"
#include "fit/methods.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct crease_layer_trace {
    const crease_net *net;
    const crease_data *data;
    void (*trace)(const crease_trace *point, void *context);
    void *context;
    crease_work *work;
    double *before; /* starts x parameters */
    double *step;   /* parameters */
    double *norm;   /* layers */
    crease_layer_state *state;
};

static void observe(const crease_trace *point, void *context) {
    crease_layer_trace *t = context;
    size_t layers = t->net->layer_count + 1, parameters = t->net->parameter_count;
    double *before = t->before + point->start * parameters;
    crease_net_layer_activity(t->net, point->theta, t->work, t->data->n, t->data->x, t->state);
    crease_net_layer_norms(t->net, point->gradient, t->norm);
    for (size_t l = 0; l < layers; l++)
        t->state[l].gradient_norm = t->norm[l];
    for (size_t j = 0; j < parameters; j++)
        t->step[j] = point->theta[j] - before[j];
    crease_net_layer_norms(t->net, t->step, t->norm);
    for (size_t l = 0; l < layers; l++)
        t->state[l].step_norm = point->iteration == 0 ? NAN : t->norm[l];
    memcpy(before, point->theta, parameters * sizeof *before);
    crease_trace with_layers = *point;
    with_layers.layers = layers;
    with_layers.layer = t->state;
    t->trace(&with_layers, t->context);
}

crease_status crease_layer_trace_new(crease_layer_trace **result, const crease_net *net,
                                     const crease_data *data, crease_fit_options *options,
                                     crease_error *error) {
    size_t layers = net->layer_count + 1, parameters = net->parameter_count;
    *result = NULL;
    if (!options->trace || options->method < CREASE_METHOD_ADAM)
        return CREASE_OK;
    crease_layer_trace *t = calloc(1, sizeof *t);
    if (!t)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a trace");
    *t = (crease_layer_trace){.net = net,
                              .data = data,
                              .trace = options->trace,
                              .context = options->trace_context,
                              .before = calloc(options->starts, parameters * sizeof(double)),
                              .step = calloc(parameters, sizeof(double)),
                              .norm = calloc(layers, sizeof(double)),
                              .state = calloc(layers, sizeof *t->state)};
    crease_status status = crease_work_new(net, &t->work, error);
    if (status == CREASE_OK && (!t->before || !t->step || !t->norm || !t->state))
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for the trace of %zu starts",
                             options->starts);
    if (status != CREASE_OK) {
        crease_layer_trace_free(t);
        return status;
    }
    options->trace = observe;
    options->trace_context = t;
    *result = t;
    return CREASE_OK;
}

void crease_layer_trace_free(crease_layer_trace *t) {
    if (!t)
        return;
    crease_work_free(t->work);
    free(t->before);
    free(t->step);
    free(t->norm);
    free(t->state);
    free(t);
}
