/* A violation that was found in floating point becomes a witness by exact evaluation, and the walk a ball. */
#include "verify/ball_walk.h"
#include "verify/cell.h"
#include <math.h>
#include <string.h>

static void put_inside(const crease_question *box, double *x) {
    for (size_t j = 0; j < box->inputs; j++)
        x[j] = box->least[j] <= box->most[j] ? fmin(fmax(x[j], box->least[j]), box->most[j]) : box->lo[j];
}

/* Some row is at most 0 at x for certain. */
static bool violates(crease_walk *w, const double *x) {
    const crease_ball_rows *rows = w->task->rows;
    size_t m = w->chain->outputs;
    bool found = false;
    crease_state at = {0};
    if (crease_state_new(w->chain, &at, NULL) != CREASE_OK)
        return false;
    memcpy(at.lo, x, w->chain->inputs * sizeof(double));
    memcpy(at.hi, x, w->chain->inputs * sizeof(double));
    for (size_t r = 0; r < rows->count && !found; r++) {
        for (size_t k = 0; k < m; k++)
            w->y[k] = -rows->outputs[r * m + k];
        double most = -crease_cell_least(w->task->net, w->chain, &at, w->y);
        found = most <= -rows->constant_above[r];
    }
    crease_state_clear(&at);
    return found;
}

static bool is_witness(crease_walk *w, double *x) {
    put_inside(w->task->box, x);
    if (w->chain->straight)
        return violates(w, x);
    const crease_ball_rows *rows = w->task->rows; /* as evaluated, with room for rounding */
    for (size_t r = 0; r < rows->count; r++) {
        w->row = r;
        if (crease_walk_value(w, x) + (rows->constant_above[r] - rows->constant[r]) <=
            -1e-12 * (1 + fabs(rows->constant[r])))
            return true;
    }
    return false;
}

void crease_walk_conclude(crease_walk *w) {
    crease_ball *ball = w->task->ball;
    size_t d = w->chain->inputs;
    double slack = 0x1p-50 * (double)(d + 16); /* of a norm of d terms */
    ball->radius = fmin(w->passed, w->nearest) * (1 - slack);
    ball->distance = INFINITY;
    for (double beyond = 0; isfinite(w->nearest) && beyond<1e-3; beyond = beyond> 0 ? 4 * beyond : 1e-16) {
        for (size_t j = 0; j < d; j++)
            ball->witness[j] = w->point[j] + beyond * (w->point[j] - w->task->at[j]);
        if (!is_witness(w, ball->witness))
            continue;
        ball->found = true;
        for (size_t j = 0; j < d; j++)
            w->step[j] =
                fmax(fabs(ball->witness[j] - w->task->below[j]), fabs(ball->witness[j] - w->task->above[j]));
        ball->distance = crease_ball_norm(w->task->norm, d, w->step) * (1 + slack);
        break;
    }
    double gap = w->task->options->gap > 0 ? w->task->options->gap : 1e-6;
    ball->radius = fmax(fmin(ball->radius, ball->distance), 0);
    if (w->task->known > ball->radius && w->task->known <= ball->distance)
        ball->radius = w->task->known;
    ball->certified = ball->found && ball->distance - ball->radius <= gap * ball->distance;
    ball->everywhere = !ball->found && !w->stopped && !w->unreached && !isfinite(w->nearest);
    ball->certified = ball->certified || ball->everywhere;
    if (ball->everywhere)
        ball->radius = INFINITY;
    ball->why = ball->certified ? NULL
                : w->stopped    ? w->stopped
                : w->unreached  ? "no witness within reach"
                                : "rounding";
}
