/* The distance of the nearest point where a row is not positive. Row by row, the box whose nearest possible violation is
 * nearest is split: by the linear bound g x + h <= F_r of a box, a violation in it is not nearer than the part of the box
 * where g x + h <= 0 (reach.c). What is farther than the nearest violation known is cut off. */
#include "verify/ball_walk.h"
#include "verify/cell.h"
#include "verify/extreme.h"
#include "verify/reach.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PASSES = 3, MOST_IDLE = 100000 };
static const double much_smaller = 0.6;
static const double farthest = 0x1p60; /* times the first length: beyond that nothing is looked for */
static const size_t most_memory = (size_t)1 << 30;

static double enough(const crease_walk *w) {
    double gap = w->task->options->gap > 0 ? w->task->options->gap : 1e-6;
    return w->nearest * (1 - gap / 2);
}

static bool settled(crease_walk *w, const crease_spot *spot) {
    if (!(spot->bound >= enough(w)))
        return false;
    w->passed = fmin(w->passed, spot->bound);
    return true;
}

/* Takes off what is farther than the nearest violation; false when nothing is left. */
static bool stay_near(crease_walk *w, crease_spot *spot) {
    double reach = w->nearest * (1 + 0x1p-40);
    if (!isfinite(reach))
        return true;
    w->passed = fmin(w->passed, w->nearest);
    for (size_t j = 0; j < w->chain->inputs; j++) {
        double size = fabs(w->task->at[j]) + reach;
        spot->state.lo[j] = fmax(spot->state.lo[j], w->task->below[j] - reach - 0x1p-50 * size);
        spot->state.hi[j] = fmin(spot->state.hi[j], w->task->above[j] + reach + 0x1p-50 * size);
        if (spot->state.lo[j] > spot->state.hi[j])
            return false;
    }
    return true;
}

/* The distance at which the spot's form allows a violation; the place in w->here. */
static double reach_of(crease_walk *w, const crease_spot *spot, const crease_form *form) {
    size_t d = w->chain->inputs;
    const crease_ball_task *task = w->task;
    double value = form->offset, size = fabs(value);
    for (size_t j = 0; j < d; j++) {
        double lo = spot->state.lo[j], hi = spot->state.hi[j];
        w->least[j] = lo - task->above[j];
        w->most[j] = hi - task->below[j];
        w->least[j] -= 0x1p-52 * (fabs(lo) + fabs(task->above[j]));
        w->most[j] += 0x1p-52 * (fabs(hi) + fabs(task->below[j]));
        double least = form->gain[j] * (form->gain[j] >= 0 ? task->below[j] : task->above[j]);
        value += least;
        size += fabs(least);
    }
    value -= 0x1p-50 * (double)(d + 8) * size;
    double distance = crease_reach(task->norm, d, w->least, w->most, form->gain, value, w->step);
    for (size_t j = 0; j < d; j++)
        w->here[j] = task->at[j] + w->step[j];
    return distance;
}

static bool look(crease_walk *w, crease_spot *spot, bool root, double *x) {
    for (size_t pass = 0; pass < MOST_PASSES; pass++) {
        if (!stay_near(w, spot))
            return false;
        w->task->ball->nodes++;
        if (!crease_explorer_bound(&w->explorer, spot, root && pass == 0) || w->explorer.form.least > 0)
            return false;
        spot->bound = fmax(spot->bound, reach_of(w, spot, &w->explorer.form));
        if (isinf(spot->bound))
            return false;
        memcpy(x, w->here, w->chain->inputs * sizeof(double));
        crease_walk_chase(w, x);
        if (settled(w, spot) || pass + 1 == MOST_PASSES)
            return true;
        if (!(crease_explorer_cut(&w->explorer, spot, &w->explorer.form) < much_smaller))
            return true;
    }
    return true;
}

/* False when the linear program, or the affine map in rationals, shows that the spot holds no violation or no
 * use. */
static bool look_closer(crease_walk *w, crease_spot *spot, double *x) {
    double bound;
    const double *outputs = w->task->rows->outputs + w->row * w->chain->outputs;
    crease_lp_answer answer = crease_explorer_lp(&w->explorer, spot, &bound);
    if (answer == CREASE_LP_EMPTY || (answer == CREASE_LP_BOUND && bound > 0))
        return false;
    if (answer == CREASE_LP_BOUND) {
        memcpy(x, w->explorer.tools.point, w->chain->inputs * sizeof(double));
        if (crease_walk_value(w, x) <= 0)
            crease_walk_keep(w, x);
    }
    for (size_t i = 0; i < w->chain->inputs + w->chain->units; i++)
        if (w->explorer.tools.score[i] > 0)
            return true;
    if (!w->chain->straight)
        return true;
    if (++w->idle > MOST_IDLE) {
        w->passed = fmin(w->passed, spot->bound);
        w->rounding = true;
        return false;
    }
    double least = crease_cell_least(w->task->net, w->chain, &spot->state, outputs);
    return !(least > nextafter(-w->explorer.row.constant[0], INFINITY));
}

static crease_status examine(crease_walk *w, crease_spot *spot, bool root, double *x, crease_error *error) {
    bool holds = look(w, spot, root, x);
    if (holds && !settled(w, spot) && look_closer(w, spot, x)) {
        crease_explorer_choose(&w->explorer, spot);
        if (spot->outcome != CREASE_STUCK)
            return crease_explorer_push(&w->explorer, spot, error);
        w->passed = fmin(w->passed, spot->bound);
        w->rounding = true;
    }
    crease_explorer_drop(&w->explorer, spot);
    return CREASE_OK;
}

static const char *reason_to_stop(const crease_walk *w) {
    const crease_robust_options *options = w->task->options;
    size_t bytes = (2 * w->chain->inputs + 2 * w->chain->units) * sizeof(double) + w->chain->units;
    if (options->interrupted && options->interrupted(options->context))
        return "interrupted";
    if (options->node_limit && w->task->ball->nodes >= options->node_limit)
        return "node limit";
    if (w->explorer.live > most_memory / bytes)
        return "memory";
    return omp_get_wtime() >= w->task->deadline ? "timeout" : NULL;
}

static crease_status split(crease_walk *w, crease_spot *spot, double *x, crease_error *error) {
    crease_spot *other = crease_explorer_take(&w->explorer, spot);
    if (!other) {
        crease_explorer_drop(&w->explorer, spot);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory after %zu boxes", w->task->ball->nodes);
    }
    crease_explorer_split(spot, other);
    crease_status status = examine(w, spot, false, x, error);
    if (status == CREASE_OK)
        return examine(w, other, false, x, error);
    crease_explorer_drop(&w->explorer, other);
    return status;
}

/* gain . x + offset on the ball within which violations are still looked for. */
static double least_on_ball(const void *context, const double *gain, double offset) {
    const crease_walk *w = context;
    const crease_ball_task *task = w->task;
    size_t d = w->chain->inputs;
    double reach = w->nearest * (1 + 0x1p-40), value = offset, size = fabs(offset);
    if (!isfinite(reach))
        return -INFINITY;
    for (size_t j = 0; j < d; j++) {
        double least = gain[j] * (gain[j] >= 0 ? task->below[j] : task->above[j]);
        value += least;
        size += fabs(least);
    }
    double fall = reach * crease_ball_dual(task->norm, d, gain);
    double bound = value - fall - 0x1p-50 * (double)(d + 8) * (size + fall);
    return isfinite(bound) ? bound : -INFINITY;
}

/* All violations of the row in w->root that are nearer than the nearest known one. */
static crease_status search(crease_walk *w, double *x, crease_error *error) {
    const crease_ball_rows *rows = w->task->rows;
    crease_status status =
        crease_explorer_new(w->task->net, w->chain, &w->root, rows->outputs + w->row * w->chain->outputs,
                            rows->constant[w->row], &w->explorer, error);
    if (status != CREASE_OK)
        return status;
    if (w->task->norm != CREASE_LINF) { /* whose ball is the box */
        w->explorer.tools.bounder.within = least_on_ball;
        w->explorer.tools.bounder.within_context = w;
        w->explorer.tools.bounder.within_gain = w->gain;
    }
    crease_spot *spot = crease_explorer_take(&w->explorer, NULL);
    if (!spot)
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for a search");
    else
        status = examine(w, spot, true, x, error);
    while (status == CREASE_OK && (spot = crease_explorer_pop(&w->explorer))) {
        const char *why = reason_to_stop(w);
        bool done = settled(w, spot);
        if (done || why) {
            w->passed = fmin(w->passed, spot->bound);
            crease_explorer_drop(&w->explorer, spot);
            if (why) {
                w->stopped = why;
                break;
            }
            continue;
        }
        status = split(w, spot, x, error);
    }
    crease_explorer_clear(&w->explorer);
    return status;
}

/* The part of the domain within `radius`; true when that is all of it. */
static bool set_root(crease_walk *w, double radius) {
    bool all = true;
    const crease_question *box = w->task->box;
    for (size_t j = 0; j < box->inputs; j++) {
        double size = 0x1p-50 * (fabs(w->task->at[j]) + radius);
        double lo = w->task->below[j] - radius - size, hi = w->task->above[j] + radius + size;
        all = all && lo <= box->lo[j] && hi >= box->hi[j];
        w->root.lo[j] = fmax(lo, box->lo[j]);
        w->root.hi[j] = fmin(hi, box->hi[j]);
        w->root.least[j] = fmax(lo, box->least[j]);
        w->root.most[j] = fmin(hi, box->most[j]);
    }
    return all;
}

/* One row: with a violation at hand its ball is searched; without, boxes of growing size, until one holds a violation
 * or is the whole domain. */
static crease_status search_row(crease_walk *w, double first, double *x, crease_error *error) {
    double radius = isfinite(w->nearest) ? w->nearest * (1 + 0x1p-30) : first;
    for (;;) {
        bool all = set_root(w, radius);
        crease_status status = search(w, x, error);
        if (status != CREASE_OK || all || w->nearest <= radius)
            return status;
        bool last = !isfinite(w->nearest) && radius > farthest * first;
        w->unreached = w->unreached || last;
        if (w->stopped || last) {
            w->passed = fmin(w->passed, radius);
            return CREASE_OK;
        }
        radius = isfinite(w->nearest) ? w->nearest * (1 + 0x1p-30) : 4 * radius;
    }
}

/* A first length for steps: what the affine maps say, else the size of the point. */
static double first_length(const crease_walk *w) {
    double length = INFINITY;
    const crease_ball_task *task = w->task;
    size_t d = w->chain->inputs;
    for (size_t r = 0; r < task->rows->count; r++) {
        double slope = crease_ball_dual(task->norm, d, task->start + r * d);
        if (slope > 0 && task->rows->margin[r] > 0)
            length = fmin(length, task->rows->margin[r] / slope);
    }
    return isfinite(length) && length > 0 ? length
                                          : fmax(1e-3, 0.1 * crease_ball_norm(CREASE_LINF, d, task->at));
}

crease_status crease_ball_find(crease_ball_task *task, crease_error *error) {
    crease_walk w;
    crease_status status = crease_walk_new(task, &w, error);
    double *x = calloc(task->chain->inputs + 1, sizeof *x);
    if (status == CREASE_OK && !x)
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for a search");
    double first = status == CREASE_OK ? first_length(&w) : 0;
    for (w.row = 0; status == CREASE_OK && w.row < task->rows->count; w.row++) {
        memcpy(x, task->at, task->chain->inputs * sizeof *x);
        crease_walk_chase(&w, x);
        crease_walk_try_axes(&w, first, x);
    }
    for (size_t r = 0; status == CREASE_OK && r < task->rows->count; r++) {
        w.row = r;
        status = search_row(&w, 2 * first, x, error);
    }
    if (status == CREASE_OK)
        crease_walk_conclude(&w);
    free(x);
    crease_walk_clear(&w);
    return status;
}
