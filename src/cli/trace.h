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
    bool out_of_memory;
} trace_log;

/* Matches crease_fit_options.trace; context is the trace_log. */
void trace_log_add(const crease_trace *point, void *context);
/* CSV with columns start,iteration,loss,gradient_norm,step_norm; a norm that was not formed is an empty cell.
 */
crease_status trace_log_save(trace_log *log, const char *path, crease_error *error);
void trace_log_clear(trace_log *log);

#endif
