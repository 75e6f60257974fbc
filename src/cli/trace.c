#include "trace.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(trace_log *log) {
    if (log->count < log->room)
        return true;
    size_t room = 2 * log->room + 1024, layers = log->layers;
    trace_point *larger = reallocarray(log->point, room, sizeof *larger);
    if (!larger)
        return false;
    log->point = larger;
    if (layers > 0) {
        crease_layer_state *states =
            room > SIZE_MAX / layers ? NULL : reallocarray(log->state, room * layers, sizeof *states);
        if (!states)
            return false;
        log->state = states;
    }
    log->room = room;
    return true;
}

void trace_log_add(const crease_trace *point, void *context) {
    trace_log *log = context;
    if (log->count == 0)
        log->layers = point->layers;
    if (log->out_of_memory || !reserve(log)) {
        log->out_of_memory = true;
        return;
    }
    log->point[log->count] = (trace_point){.start = point->start,
                                           .iteration = point->iteration,
                                           .order = log->count,
                                           .loss = point->loss,
                                           .gradient_norm = point->gradient_norm,
                                           .step_norm = point->step_norm};
    if (log->layers > 0)
        memcpy(log->state + log->count * log->layers, point->layer, log->layers * sizeof *log->state);
    log->count++;
}

static int by_start(const void *a, const void *b) {
    const trace_point *p = a, *q = b;
    if (p->start != q->start)
        return p->start < q->start ? -1 : 1;
    return p->order < q->order ? -1 : p->order > q->order;
}

void trace_log_sort(trace_log *log) {
    if (log->count > 0)
        qsort(log->point, log->count, sizeof *log->point, by_start);
}

const crease_layer_state *trace_log_states(const trace_log *log, const trace_point *point) {
    return log->layers > 0 ? log->state + point->order * log->layers : NULL;
}

static void write_number(FILE *file, double value, char end) {
    if (isfinite(value))
        fprintf(file, "%.17g", value);
    putc(end, file);
}

static void write_titles(FILE *file, size_t layers) {
    static const struct {
        const char *name;
        bool of_output;
    } column[] = {{"gradient_norm", true}, {"step_norm", true}, {"active", false}, {"dead", false}};
    fputs("start,iteration,loss,gradient_norm,step_norm", file);
    for (size_t c = 0; layers > 0 && c < sizeof column / sizeof *column; c++) {
        for (size_t l = 1; l < layers; l++)
            fprintf(file, ",%s_%zu", column[c].name, l);
        if (column[c].of_output)
            fprintf(file, ",%s_output", column[c].name);
    }
    putc('\n', file);
}

static void write_layers(FILE *file, size_t layers, const crease_layer_state *state) {
    for (size_t l = 0; l < layers; l++)
        write_number(file, state[l].gradient_norm, ',');
    for (size_t l = 0; l < layers; l++)
        write_number(file, state[l].step_norm, l + 1 == layers && layers == 1 ? '\n' : ',');
    for (size_t l = 0; l + 1 < layers; l++)
        write_number(file, state[l].active_share, ',');
    for (size_t l = 0; l + 1 < layers; l++)
        fprintf(file, "%zu%c", state[l].dead_units, l + 2 == layers ? '\n' : ',');
}

crease_status trace_log_save(trace_log *log, const char *path, crease_error *error) {
    if (log->out_of_memory)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the trace after %zu steps",
                           log->count);
    crease_file file = {0};
    crease_status status = crease_file_create(&file, path, error);
    if (status != CREASE_OK)
        return status;
    trace_log_sort(log);
    write_titles(file.stream, log->layers);
    for (size_t i = 0; i < log->count; i++) {
        const trace_point *p = &log->point[i];
        fprintf(file.stream, "%zu,%zu,", p->start, p->iteration);
        write_number(file.stream, p->loss, ',');
        write_number(file.stream, p->gradient_norm, ',');
        write_number(file.stream, p->step_norm, log->layers > 0 ? ',' : '\n');
        if (log->layers > 0)
            write_layers(file.stream, log->layers, trace_log_states(log, p));
    }
    return crease_file_commit(&file, error);
}

void trace_log_clear(trace_log *log) {
    free(log->point);
    free(log->state);
    *log = (trace_log){0};
}
