/* The least value of F(x) = side y_k(x) over a box: the box with the least bound is halved, until no bound is more than
 * the gap below the best value found. A box is cut first: where the linear bound g x + h <= F exceeds the best value,
 * nothing better lies. Values are found at the corners where such bounds are least, and by descent from there: along
 * the segment to the corner of the whole box that the gradient points to (Frank & Wolfe 1956). */
#include "verify/extreme.h"
#include "verify/explore.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_PASSES = 3, MOST_DESCENTS = 30, MOST_HALVINGS = 10 };
static const double much_smaller = 0.6;
static const size_t most_memory = (size_t)1 << 30;

typedef struct hunt {
    crease_extreme_task *task;
    const crease_chain *chain;
    crease_explorer explorer;
    double *outputs, constant; /* the one row */
    crease_rows rows;
    double best;   /* as evaluated in floating point at `point` */
    double passed; /* least bound of what was left aside */
    double *point, *trial, *here, *gradient, *y, *z, *room;
    void *memory;
} hunt;

double crease_seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static crease_status hunt_new(crease_extreme_task *task, hunt *h, crease_error *error) {
    const crease_chain *chain = task->chain;
    size_t d = chain->inputs;
    *h = (hunt){.task = task, .chain = chain, .best = INFINITY, .passed = INFINITY};
    h->memory = calloc(2 * chain->outputs + 4 * d + chain->units + 2 * chain->widest + 1, sizeof(double));
    if (!h->memory)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a search");
    h->outputs = h->memory;
    h->y = h->outputs + chain->outputs;
    h->point = h->y + chain->outputs;
    h->trial = h->point + d;
    h->here = h->trial + d;
    h->gradient = h->here + d;
    h->z = h->gradient + d;
    h->room = h->z + chain->units;
    h->outputs[task->output] = task->side;
    h->rows = (crease_rows){.outputs = h->outputs, .constant = &h->constant, .count = 1};
    return crease_explorer_new(chain, &h->rows, task->question->lo, task->question->hi, &h->explorer, error);
}

static void hunt_clear(hunt *h) {
    crease_explorer_clear(&h->explorer);
    free(h->memory);
}

/* ---- values ---- */

/* Puts the point into the box; what is no double stays between its neighbours and is judged exactly at the end. */
static void clamp(const crease_question *question, double *x) {
    for (size_t j = 0; j < question->inputs; j++)
        x[j] = question->least[j] <= question->most[j]
                   ? fmin(fmax(x[j], question->least[j]), question->most[j])
                   : question->lo[j];
}

static double value_at(hunt *h, double *x) {
    clamp(h->task->question, x);
    crease_chain_evaluate(h->chain, x, h->room, h->z, h->y);
    return h->task->side * h->y[h->task->output];
}

static void keep(hunt *h, double value, const double *x) {
    if (value < h->best) {
        h->best = value;
        memcpy(h->point, x, h->chain->inputs * sizeof *x);
    }
}

/* From `here` of the given value; all values are kept. */
static void descend(hunt *h, double value) {
    const crease_question *question = h->task->question;
    size_t d = h->chain->inputs;
    for (size_t step = 0; step < MOST_DESCENTS; step++) {
        value_at(h, h->here);
        crease_chain_gradient(h->chain, h->z, h->outputs, h->room, h->gradient);
        double before = value, share = 1;
        for (size_t halving = 0; halving < MOST_HALVINGS && !(value < before); halving++, share /= 2) {
            for (size_t j = 0; j < d; j++) {
                double end = h->gradient[j] > 0   ? question->lo[j]
                             : h->gradient[j] < 0 ? question->hi[j]
                                                  : h->here[j];
                h->trial[j] = share == 1 ? end : h->here[j] + share * (end - h->here[j]);
            }
            double there = value_at(h, h->trial);
            if (there < value) {
                value = there;
                keep(h, value, h->trial);
            }
        }
        if (!(value < before))
            return;
        memcpy(h->here, h->trial, d * sizeof(double));
    }
}

/* The corner of a spot where its form is least. */
static void try_corner(hunt *h, const crease_spot *spot) {
    const crease_form *form = &h->explorer.form[0];
    for (size_t j = 0; j < h->chain->inputs; j++)
        h->here[j] = form->gain[j] >= 0 ? spot->state.lo[j] : spot->state.hi[j];
    double value = value_at(h, h->here);
    if (value < h->best) {
        keep(h, value, h->here);
        descend(h, value);
    }
}

/* The middle of the box and its lower and upper corner. */
static void try_starts(hunt *h) {
    const crease_question *question = h->task->question;
    for (size_t start = 0; start < 3; start++) {
        for (size_t j = 0; j < question->inputs; j++)
            h->here[j] = start == 1   ? question->lo[j]
                         : start == 2 ? question->hi[j]
                                      : question->lo[j] + (question->hi[j] - question->lo[j]) / 2;
        double value = value_at(h, h->here);
        keep(h, value, h->here);
        descend(h, value);
    }
}

/* ---- boxes ---- */

static double allowed(const hunt *h) {
    double gap = h->task->options->gap > 0 ? h->task->options->gap : 1e-6;
    return gap * fmax(1, fabs(h->best));
}

/* True when nothing in the spot can be better by more than the gap; then its bound is remembered. */
static bool settled(hunt *h, const crease_spot *spot) {
    if (!(spot->bound >= h->best - allowed(h)))
        return false;
    h->passed = fmin(h->passed, spot->bound);
    return true;
}

/* Bounds, values and cuts of a spot, which then waits or is dropped. */
static crease_status examine(hunt *h, crease_spot *spot, bool root, crease_error *error) {
    crease_steps no_steps = {0};
    for (size_t pass = 0; pass < MOST_PASSES; pass++) {
        bool changed = false;
        crease_explorer_bound(&h->explorer, spot, root && pass == 0, false);
        h->task->nodes++;
        spot->bound = fmax(spot->bound, h->explorer.form[0].least);
        try_corner(h, spot);
        if (settled(h, spot))
            break;
        crease_form form = h->explorer.form[0];
        form.offset = nextafter(form.offset - h->best, -INFINITY);
        double left = crease_contract(&form, h->chain->inputs, &spot->state, &no_steps, &changed);
        if (changed)
            h->passed = fmin(h->passed, h->best);
        if (!(left < much_smaller))
            break;
    }
    if (settled(h, spot) || isnan(spot->where)) {
        h->passed = fmin(h->passed, spot->bound);
        crease_explorer_drop(&h->explorer, spot);
        return CREASE_OK;
    }
    if (!(spot->where > spot->state.lo[spot->split] && spot->where < spot->state.hi[spot->split]))
        spot->where =
            spot->state.lo[spot->split] + (spot->state.hi[spot->split] - spot->state.lo[spot->split]) / 2;
    return crease_explorer_push(&h->explorer, spot, error);
}

static crease_status split(hunt *h, crease_spot *spot, crease_error *error) {
    crease_spot *other = crease_explorer_take(&h->explorer, spot);
    if (!other) {
        crease_explorer_drop(&h->explorer, spot);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory after %zu boxes", h->task->nodes);
    }
    spot->state.hi[spot->split] = spot->where;
    other->state.lo[spot->split] = spot->where;
    crease_status status = examine(h, spot, false, error);
    if (status == CREASE_OK)
        return examine(h, other, false, error);
    crease_explorer_drop(&h->explorer, other);
    return status;
}

/* NULL: go on. */
static const char *reason_to_stop(const hunt *h) {
    const crease_range_options *options = h->task->options;
    size_t bytes = (2 * h->chain->inputs + 2 * h->chain->units) * sizeof(double) + h->chain->units;
    if (options->interrupted && options->interrupted(options->context))
        return "interrupted";
    if (options->node_limit && h->task->nodes >= options->node_limit)
        return "node limit";
    if (h->explorer.live > most_memory / bytes)
        return "memory";
    return crease_seconds_now() >= h->task->deadline ? "timeout" : NULL;
}

static crease_status search(hunt *h, crease_error *error) {
    crease_spot *spot = crease_explorer_take(&h->explorer, NULL);
    if (!spot)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a search");
    memcpy(spot->state.lo, h->task->question->lo, h->chain->inputs * sizeof(double));
    memcpy(spot->state.hi, h->task->question->hi, h->chain->inputs * sizeof(double));
    try_starts(h);
    if (!isfinite(h->best)) {
        crease_explorer_drop(&h->explorer, spot);
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the network's values on this box are beyond the range of doubles; take a smaller box");
    }
    crease_status status = examine(h, spot, true, error);
    while (status == CREASE_OK && (spot = crease_explorer_pop(&h->explorer))) {
        h->task->extreme->why = reason_to_stop(h);
        if (settled(h, spot) || h->task->extreme->why) {
            h->passed = fmin(h->passed, spot->bound);
            crease_explorer_drop(&h->explorer, spot);
            if (h->task->extreme->why)
                break;
            continue;
        }
        status = split(h, spot, error);
    }
    return status;
}

/* ---- the result ---- */

/* An upper bound of F at the point, where the net is smooth and has no exact value. */
static double value_above(hunt *h) {
    crease_rows rows = {.outputs = h->outputs, .constant = &h->constant, .count = 1};
    crease_explorer at;
    double above = INFINITY;
    h->outputs[h->task->output] = -h->task->side;
    if (crease_explorer_new(h->chain, &rows, h->point, h->point, &at, NULL) == CREASE_OK) {
        crease_spot *spot = crease_explorer_take(&at, NULL);
        if (spot) {
            memcpy(spot->state.lo, h->point, h->chain->inputs * sizeof(double));
            memcpy(spot->state.hi, h->point, h->chain->inputs * sizeof(double));
            crease_explorer_bound(&at, spot, true, false);
            above = -at.form[0].least;
            crease_explorer_drop(&at, spot);
        }
    }
    crease_explorer_clear(&at);
    h->outputs[h->task->output] = h->task->side;
    return above;
}

static crease_status conclude(hunt *h, crease_error *error) {
    crease_extreme_task *task = h->task;
    crease_extreme *extreme = task->extreme;
    crease_status status = crease_exact_outputs(task->net, task->question, h->point, h->y, error);
    if (status != CREASE_OK)
        return status;
    double value = task->side * h->y[task->output];
    /* what is nearest may be below the exact value by half a place */
    double above = h->chain->straight ? nextafter(value, INFINITY) : fmax(value, value_above(h));
    double bound = fmin(fmin(h->passed, h->best), value);
    extreme->value = task->side * value;
    extreme->bound = task->side * bound;
    extreme->gap = above - bound;
    memcpy(extreme->where, h->point, h->chain->inputs * sizeof(double));
    /* the last place of the value itself is allowed beside the gap */
    extreme->certified = extreme->gap <= allowed(h) + 0x1p-50 * fabs(value);
    if (extreme->certified)
        extreme->why = NULL;
    else if (!extreme->why)
        extreme->why = "too small to split";
    return CREASE_OK;
}

crease_status crease_extreme_find(crease_extreme_task *task, crease_error *error) {
    hunt h;
    crease_status status = hunt_new(task, &h, error);
    if (status == CREASE_OK)
        status = search(&h, error);
    if (status == CREASE_OK)
        status = conclude(&h, error);
    hunt_clear(&h);
    return status;
}
