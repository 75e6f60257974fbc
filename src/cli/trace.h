/* --trace: the steps of every start, kept during the fit and written in start order whatever the threads did.
 */
#ifndef CREASE_CLI_TRACE_H
#define CREASE_CLI_TRACE_H

#include "crease/crease.h"

typedef struct trace_point {
    size_t start, iteration, order;
    double loss, gradient_norm, step_norm;
} trace_point;

typedef struct trace_log {
    trace_point *point;
    size_t count, room;
    size_t layers;             /* states a point, the output layer's last; 0 for methods without */
    crease_layer_state *state; /* room x layers, in the order of arrival: of a point from order * layers on */
    bool out_of_memory;
} trace_log;

/* Matches crease_fit_options.trace; context is the trace_log. */
void trace_log_add(const crease_trace *point, void *context);
/* By start, and within one in the order of arrival, which is that of its one thread. */
void trace_log_sort(trace_log *log);
/* The states of a point, or NULL. */
const crease_layer_state *trace_log_states(const trace_log *log, const trace_point *point);
/* CSV with columns start,iteration,loss,gradient_norm,step_norm, and of the first-order methods gradient_norm_1 ..
 * gradient_norm_L, gradient_norm_output, step_norm_1 .. step_norm_output, active_1 .. active_L, dead_1 .. dead_L for L
 * hidden layers; a norm that was not formed is an empty cell. Sorts the log. */
crease_status trace_log_save(trace_log *log, const char *path, crease_error *error);
void trace_log_clear(trace_log *log);

#endif
