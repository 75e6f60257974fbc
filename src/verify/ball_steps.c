/* Violations are found by stepping to where the local affine map says that the row is 0 (Moosavi-Dezfooli et al. 2016), then
 * going back along the way as far as it stays one. */
#include "verify/ball_walk.h"
#include "verify/reach.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STEPS = 12, BISECTIONS = 60, MOST_DOUBLINGS = 60 };

crease_status crease_walk_new(crease_ball_task *task, crease_walk *w, crease_error *error) {
    const crease_chain *chain = task->chain;
    size_t d = chain->inputs;
    *w = (crease_walk){.task = task, .chain = chain, .nearest = INFINITY, .passed = INFINITY};
    w->memory = calloc(10 * d + chain->outputs + chain->units + 2 * chain->widest + chain->input_stride + 1,
                       sizeof(double));
    if (!w->memory)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a search");
    double **vectors[] = {&w->point, &w->here, &w->step, &w->gradient, &w->least, &w->most};
    double *next = w->memory;
    for (size_t i = 0; i < 6; i++, next += d)
        *vectors[i] = next;
    double **box[] = {&w->root.lo, &w->root.hi, &w->root.least, &w->root.most};
    for (size_t i = 0; i < 4; i++, next += d)
        *box[i] = next;
    w->y = next;
    w->z = w->y + chain->outputs;
    w->room = w->z + chain->units;
    w->gain = w->room + 2 * chain->widest;
    w->root.inputs = d;
    w->root.outputs = chain->outputs;
    w->root.source = task->box->source;
    return CREASE_OK;
}

void crease_walk_clear(crease_walk *w) {
    free(w->memory);
    *w = (crease_walk){0};
}

/* ---- values and violations ---- */

static void clamp(const crease_walk *w, double *x) {
    const crease_question *box = w->task->box;
    for (size_t j = 0; j < box->inputs; j++)
        x[j] = box->least[j] <= box->most[j] ? fmin(fmax(x[j], box->least[j]), box->most[j]) : box->lo[j];
}

double crease_walk_value(crease_walk *w, double *x) {
    const crease_ball_rows *rows = w->task->rows;
    clamp(w, x);
    crease_chain_evaluate(w->chain, x, w->room, w->z, w->y);
    double value = rows->constant[w->row];
    for (size_t k = 0; k < w->chain->outputs; k++)
        if (rows->outputs[w->row * w->chain->outputs + k] != 0)
            value += rows->outputs[w->row * w->chain->outputs + k] * w->y[k];
    return value;
}

static double distance_of(crease_walk *w, const double *x) {
    for (size_t j = 0; j < w->chain->inputs; j++)
        w->step[j] = x[j] - w->task->at[j];
    return crease_ball_norm(w->task->norm, w->chain->inputs, w->step);
}

void crease_walk_keep(crease_walk *w, const double *x) {
    const double *at = w->task->at;
    size_t d = w->chain->inputs;
    double inner = 0, outer = 1, far = distance_of(w, x);
    if (far >= 2 * w->nearest || !isfinite(far))
        return;
    for (size_t k = 0; k < BISECTIONS; k++) {
        double share = inner + (outer - inner) / 2;
        for (size_t j = 0; j < d; j++)
            w->here[j] = at[j] + share * (x[j] - at[j]);
        if (crease_walk_value(w, w->here) <= 0)
            outer = share;
        else
            inner = share;
    }
    for (size_t j = 0; j < d; j++)
        w->here[j] = outer == 1 ? x[j] : at[j] + outer * (x[j] - at[j]);
    if (crease_walk_value(w, w->here) <= 0 && distance_of(w, w->here) < w->nearest) {
        w->nearest = distance_of(w, w->here);
        memcpy(w->point, w->here, d * sizeof(double));
    }
}

/* Gradient of the row at x, whose value is the result. */
static double slope_at(crease_walk *w, double *x) {
    double value = crease_walk_value(w, x);
    crease_chain_gradient(w->chain, w->z, w->task->rows->outputs + w->row * w->chain->outputs, w->room,
                          w->gradient);
    return value;
}

/* The shortest step from `from` in what counts to where value + gradient . step is 0; false when there is none, or one
 * that is longer than is of use. */
static bool step_from(crease_walk *w, const double *from, double value) {
    size_t d = w->chain->inputs;
    for (size_t j = 0; j < d; j++) {
        w->least[j] = w->task->box->lo[j] - from[j];
        w->most[j] = w->task->box->hi[j] - from[j];
    }
    double length = crease_reach(w->task->norm, d, w->least, w->most, w->gradient, value, w->step);
    return isfinite(length) && length < 1.5 * w->nearest;
}

/* Steps from place to place, a little beyond where the row should be 0, until it is not positive. */
static bool fall(crease_walk *w, double *x) {
    for (size_t k = 0; k < MOST_STEPS; k++) {
        double value = slope_at(w, x);
        if (value <= 0)
            return true;
        if (!step_from(w, x, value))
            return false;
        for (size_t j = 0; j < w->chain->inputs; j++)
            x[j] += 1.02 * w->step[j];
    }
    return crease_walk_value(w, x) <= 0;
}

void crease_walk_chase(crease_walk *w, double *x) {
    size_t d = w->chain->inputs;
    const double *at = w->task->at;
    for (size_t k = 0; k < MOST_STEPS; k++) {
        double before = w->nearest;
        if (!fall(w, x))
            return;
        crease_walk_keep(w, x);
        if (!(w->nearest < before))
            return;
        /* from the border that was found, back to the point of its affine map that is nearest */
        memcpy(x, w->point, d * sizeof(double));
        double value = slope_at(w, x);
        for (size_t j = 0; j < d; j++)
            value -= w->gradient[j] * (x[j] - at[j]);
        if (!step_from(w, at, value))
            return;
        for (size_t j = 0; j < d; j++)
            x[j] = at[j] + w->step[j] * (1 + 1e-13);
    }
}

void crease_walk_try_axes(crease_walk *w, double first, double *x) {
    size_t d = w->chain->inputs;
    for (size_t i = 0; i < 2 * d; i++) {
        double length = first;
        for (size_t k = 0; k < MOST_DOUBLINGS && length < w->nearest; k++, length *= 2) {
            memcpy(x, w->task->at, d * sizeof(double));
            x[i / 2] += i % 2 ? -length : length;
            if (crease_walk_value(w, x) <= 0) {
                crease_walk_keep(w, x);
                break;
            }
            if (x[i / 2] != w->task->at[i / 2] + (i % 2 ? -length : length))
                break; /* at the end of the box */
        }
    }
}
