/* The least value of F(x) = side y_k(x) over a box: the box with the least bound is halved, until no bound is more than
 * the gap below the best value found. A box is cut first: where the linear bound g x + h <= F exceeds the best value,
 * nothing better lies. Values are found at the corners where such bounds are least, and by descent from there: along
 * the segment to the corner of the whole box that the gradient points to (Frank & Wolfe 1956). */
#include "verify/extreme.h"
#include "verify/cell.h"
#include "verify/explore.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PASSES = 3, MOST_DESCENTS = 30, MOST_HALVINGS = 10, MOST_IDLE = 1000 };
static const double much_smaller = 0.6;
static const size_t most_memory = (size_t)1 << 30;

typedef struct hunt {
    crease_extreme_task *task;
    const crease_chain *chain;
    crease_explorer explorer;
    double *outputs; /* of the one row */
    double best;     /* as evaluated in floating point at `point` */
    double passed;   /* least bound of what was left aside */
    size_t idle;     /* spots that only rounding keeps open */
    double *point, *trial, *here, *gradient, *y, *z, *room;
    void *memory;
} hunt;

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
    return crease_explorer_new(task->net, chain, task->question, h->outputs, 0, &h->explorer, error);
}

static void hunt_clear(hunt *h) {
    crease_explorer_clear(&h->explorer);
    free(h->memory);
}

/* ---- values ---- */

static double value_at(hunt *h, double *x) {
    crease_question_clamp(&h->explorer.question, x);
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
    const crease_form *form = &h->explorer.form;
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

/* Bounds, values and cuts; false when the spot holds nothing. */
static bool look(hunt *h, crease_spot *spot, bool root) {
    for (size_t pass = 0; pass < MOST_PASSES; pass++) {
        h->task->nodes++;
        if (!crease_explorer_bound(&h->explorer, spot, root && pass == 0))
            return false;
        spot->bound = fmax(spot->bound, h->explorer.form.least);
        try_corner(h, spot);
        if (settled(h, spot))
            return true;
        if (pass + 1 == MOST_PASSES)
            break;
        crease_form form = h->explorer.form;
        form.offset = nextafter(form.offset - h->best, -INFINITY);
        h->passed = fmin(h->passed, h->best); /* what a cut takes off is no better */
        if (!(crease_explorer_cut(&h->explorer, spot, &form) < much_smaller))
            break;
    }
    return true;
}

/* The bound of the linear program, whose solution is a candidate. */
static crease_lp_answer look_closer(hunt *h, crease_spot *spot) {
    double threshold = h->best - allowed(h), bound;
    h->explorer.row.constant[0] = -threshold;
    crease_lp_answer answer = crease_explorer_lp(&h->explorer, spot, &bound);
    h->explorer.row.constant[0] = 0;
    if (answer == CREASE_LP_BOUND) {
        bound = bound + threshold;
        spot->bound = fmax(spot->bound, bound - 0x1p-52 * (fabs(bound) + fabs(threshold)));
        memcpy(h->here, h->explorer.tools.point, h->chain->inputs * sizeof(double));
        keep(h, value_at(h, h->here), h->here);
    }
    return answer;
}

/* Where relaxing the units costs nothing any more, rounding errors are all that is left, unless phases still hold in a
 * part of the box only, which the linear program sees. False when it is no use to go on. */
static bool look_exactly(hunt *h, crease_spot *spot, crease_lp_answer answer) {
    const crease_state *state = &spot->state;
    bool point = true, costs = false;
    for (size_t j = 0; j < h->chain->inputs; j++)
        point = point && state->lo[j] == state->hi[j];
    for (size_t i = 0; i < h->chain->inputs + h->chain->units; i++)
        costs = costs || h->explorer.tools.score[i] > 0;
    if (!h->chain->straight || (costs && !point))
        return true;
    spot->bound = fmax(spot->bound, crease_cell_least(h->task->net, h->chain, state, h->outputs));
    return answer != CREASE_LP_BOUND && ++h->idle < MOST_IDLE;
}

/* A spot waits for its turn, or is dropped. */
static crease_status examine(hunt *h, crease_spot *spot, bool root, crease_error *error) {
    bool holds = look(h, spot, root);
    crease_lp_answer answer = holds && !settled(h, spot) ? look_closer(h, spot) : CREASE_LP_NOTHING;
    holds = holds && answer != CREASE_LP_EMPTY;
    if (holds && !settled(h, spot) && look_exactly(h, spot, answer) && !settled(h, spot)) {
        crease_explorer_choose(&h->explorer, spot);
        if (spot->outcome != CREASE_STUCK)
            return crease_explorer_push(&h->explorer, spot, error);
    }
    if (holds)
        h->passed = fmin(h->passed, spot->bound);
    crease_explorer_drop(&h->explorer, spot);
    return CREASE_OK;
}

static crease_status split(hunt *h, crease_spot *spot, crease_error *error) {
    crease_spot *other = crease_explorer_take(&h->explorer, spot);
    if (!other) {
        crease_explorer_drop(&h->explorer, spot);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory after %zu boxes", h->task->nodes);
    }
    crease_explorer_split(spot, other);
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
    return omp_get_wtime() >= h->task->deadline ? "timeout" : NULL;
}

static crease_status search(hunt *h, crease_error *error) {
    crease_spot *spot = crease_explorer_take(&h->explorer, NULL);
    if (!spot)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a search");
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
    crease_examiner *tools = &h->explorer.tools;
    crease_examiner_go_to(tools, h->point);
    h->outputs[h->task->output] = -h->task->side;
    double least =
        crease_bounder_output(&tools->point_bounder, &tools->point_state, h->outputs, NULL, NULL, NULL);
    h->outputs[h->task->output] = h->task->side;
    return -least;
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
        extreme->why = "rounding";
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
