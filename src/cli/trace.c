#include "trace.h"
#include <math.h>
#include <stdlib.h>

void trace_log_add(const crease_trace *point, void *context) {
    trace_log *log = context;
    if (log->count == log->room) {
        size_t room = 2 * log->room + 1024;
        trace_point *larger = reallocarray(log->point, room, sizeof *larger);
        if (!larger) {
            log->out_of_memory = true;
            return;
        }
        log->point = larger;
        log->room = room;
    }
    log->point[log->count] = (trace_point){.start = point->start,
                                           .iteration = point->iteration,
                                           .order = log->count,
                                           .loss = point->loss,
                                           .gradient_norm = point->gradient_norm,
                                           .step_norm = point->step_norm};
    log->count++;
}

/* By start, and within one in the order of arrival, which is that of its one thread. */
static int by_start(const void *a, const void *b) {
    const trace_point *p = a, *q = b;
    if (p->start != q->start)
        return p->start < q->start ? -1 : 1;
    return p->order < q->order ? -1 : p->order > q->order;
}

static void write_number(FILE *file, double value, char end) {
    if (isfinite(value))
        fprintf(file, "%.17g", value);
    putc(end, file);
}

crease_status trace_log_save(trace_log *log, const char *path, crease_error *error) {
    if (log->out_of_memory)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the trace after %zu steps",
                           log->count);
    crease_file file = {0};
    crease_status status = crease_file_create(&file, path, error);
    if (status != CREASE_OK)
        return status;
    if (log->count > 0)
        qsort(log->point, log->count, sizeof *log->point, by_start);
    fputs("start,iteration,loss,gradient_norm,step_norm\n", file.stream);
    for (size_t i = 0; i < log->count; i++) {
        const trace_point *p = &log->point[i];
        fprintf(file.stream, "%zu,%zu,", p->start, p->iteration);
        write_number(file.stream, p->loss, ',');
        write_number(file.stream, p->gradient_norm, ',');
        write_number(file.stream, p->step_norm, '\n');
    }
    return crease_file_commit(&file, error);
}

void trace_log_clear(trace_log *log) {
    free(log->point);
    *log = (trace_log){0};
}
