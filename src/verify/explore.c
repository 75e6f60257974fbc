/* Spots of a best-first search, in a binary heap, and the bounds of one spot. The split is that of branch.c: the input
 * with the largest share of the error of relaxing the units, added up over the rows that are open. */
#include "verify/explore.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

crease_status crease_explorer_new(const crease_chain *chain, const crease_rows *rows, const double *lo,
                                  const double *hi, crease_explorer *explorer, crease_error *error) {
    size_t d = chain->inputs;
    *explorer = (crease_explorer){.chain = chain, .rows = rows, .tools = {.chain = chain}};
    explorer->memory =
        calloc(CREASE_TOGETHER * chain->units + d + rows->count * d + d + chain->units + 1, sizeof(double));
    explorer->form = calloc(rows->count, sizeof *explorer->form);
    crease_status status = CREASE_NO_MEMORY;
    if (!explorer->memory || !explorer->form) {
        crease_fail(error, status, "out of memory for a search");
        goto done;
    }
    explorer->trace = explorer->memory;
    explorer->width = explorer->trace + CREASE_TOGETHER * chain->units;
    for (size_t r = 0; r < rows->count; r++)
        explorer->form[r].gain = explorer->width + d + r * d;
    explorer->tools.score = explorer->width + d + rows->count * d;
    for (size_t j = 0; j < d; j++)
        explorer->width[j] = hi[j] - lo[j];
    status = crease_magnitude_new(chain, &explorer->magnitude, error);
    if (status == CREASE_OK)
        status = crease_bounder_new(chain, &explorer->magnitude, &explorer->tools.bounder, error);
done:
    if (status != CREASE_OK)
        crease_explorer_clear(explorer);
    return status;
}

static void spot_free(crease_spot *spot) {
    if (!spot)
        return;
    crease_state_clear(&spot->state);
    free(spot->open);
    free(spot);
}

void crease_explorer_clear(crease_explorer *explorer) {
    for (size_t i = 0; i < explorer->count; i++)
        spot_free(explorer->heap[i]);
    for (crease_spot *next; explorer->spare; explorer->spare = next) {
        next = explorer->spare->next;
        spot_free(explorer->spare);
    }
    free(explorer->heap);
    crease_bounder_clear(&explorer->tools.bounder);
    crease_magnitude_clear(&explorer->magnitude);
    free(explorer->form);
    free(explorer->memory);
    *explorer = (crease_explorer){0};
}

/* ---- spots ---- */

static crease_spot *spot_new(const crease_explorer *explorer) {
    crease_spot *spot = calloc(1, sizeof *spot);
    if (!spot)
        return NULL;
    spot->open = malloc(explorer->rows->count + 1);
    if (!spot->open || crease_state_new(explorer->chain, &spot->state, NULL) != CREASE_OK) {
        spot_free(spot);
        return NULL;
    }
    return spot;
}

crease_spot *crease_explorer_take(crease_explorer *explorer, const crease_spot *from) {
    crease_spot *spot = explorer->spare ? explorer->spare : spot_new(explorer);
    if (!spot)
        return NULL;
    if (explorer->spare)
        explorer->spare = spot->next;
    explorer->live++;
    spot->serial = explorer->made++;
    if (from) {
        crease_state_copy(explorer->chain, &from->state, &spot->state);
        memcpy(spot->open, from->open, explorer->rows->count);
        spot->bound = from->bound;
        return spot;
    }
    memset(spot->open, 1, explorer->rows->count);
    spot->bound = -INFINITY;
    memset(spot->state.phase, 0, explorer->chain->units);
    for (size_t u = 0; u < explorer->chain->units; u++) {
        spot->state.lower[u] = -INFINITY;
        spot->state.upper[u] = INFINITY;
    }
    return spot;
}

void crease_explorer_drop(crease_explorer *explorer, crease_spot *spot) {
    explorer->live--;
    spot->next = explorer->spare;
    explorer->spare = spot;
}

/* ---- heap ---- */

static bool before(const crease_spot *a, const crease_spot *b) {
    return a->bound < b->bound || (a->bound == b->bound && a->serial < b->serial);
}

crease_status crease_explorer_push(crease_explorer *explorer, crease_spot *spot, crease_error *error) {
    if (explorer->count == explorer->room) {
        size_t room = explorer->room ? 2 * explorer->room : 64;
        crease_spot **grown = realloc(explorer->heap, room * sizeof *grown);
        if (!grown) {
            crease_explorer_drop(explorer, spot);
            return crease_fail(error, CREASE_NO_MEMORY, "out of memory after %zu boxes", explorer->made);
        }
        explorer->heap = grown;
        explorer->room = room;
    }
    size_t i = explorer->count++;
    for (; i > 0 && before(spot, explorer->heap[(i - 1) / 2]); i = (i - 1) / 2)
        explorer->heap[i] = explorer->heap[(i - 1) / 2];
    explorer->heap[i] = spot;
    return CREASE_OK;
}

crease_spot *crease_explorer_pop(crease_explorer *explorer) {
    if (explorer->count == 0)
        return NULL;
    crease_spot **heap = explorer->heap, *top = heap[0], *last = heap[--explorer->count];
    size_t i = 0;
    for (size_t child = 1; child < explorer->count; child = 2 * i + 1) {
        if (child + 1 < explorer->count && before(heap[child + 1], heap[child]))
            child++;
        if (!before(heap[child], last))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return top;
}

/* ---- bounds ---- */

/* Forms of up to CREASE_TOGETHER open rows, side by side. */
static void bound_rows(crease_explorer *explorer, const crease_state *state, const size_t *row,
                       size_t count) {
    const crease_chain *chain = explorer->chain;
    crease_functionals *functionals = &explorer->tools.bounder.functionals;
    functionals->phase = NULL;
    functionals->trace = explorer->trace;
    for (size_t k = 0; k < CREASE_TOGETHER; k++)
        crease_functionals_start_output(chain, &explorer->magnitude,
                                        explorer->rows->outputs + row[k % count] * chain->outputs, NULL,
                                        functionals, k);
    crease_functionals_down(chain, &explorer->tools.bounder.lines, &explorer->magnitude, chain->depth,
                            functionals);
    functionals->trace = NULL;
    for (size_t k = 0; k < count; k++) {
        crease_form *form = &explorer->form[row[k]];
        double constant = explorer->rows->constant[row[k]];
        double own = functionals->constant[k];
        memcpy(form->gain, functionals->direct + k * chain->input_stride, chain->inputs * sizeof(double));
        form->offset =
            own + constant - functionals->error[k] * (1 + 0x1p-20) - 0x1p-50 * (fabs(own) + fabs(constant));
        form->least = crease_functionals_least(chain, functionals, k, state->lo, state->hi) + constant;
        if (constant != 0)
            form->least = nextafter(form->least, -INFINITY);
    }
}

static void choose_split(crease_explorer *explorer, crease_spot *spot) {
    const crease_state *state = &spot->state;
    double best = -1;
    spot->where = NAN;
    for (size_t pass = 0; pass < 2 && best < 0; pass++)
        for (size_t j = 0; j < explorer->chain->inputs; j++) {
            double lo = state->lo[j], width = state->hi[j] - lo, middle = lo + width / 2;
            double score = pass == 0                ? explorer->tools.score[j]
                           : explorer->width[j] > 0 ? width / explorer->width[j]
                                                    : 0;
            if (!(score > 0) || score <= best || !(middle > lo && middle < state->hi[j]))
                continue;
            best = score;
            spot->split = j;
            spot->where = middle;
        }
}

size_t crease_explorer_bound(crease_explorer *explorer, crease_spot *spot, bool root, bool close) {
    const crease_chain *chain = explorer->chain;
    size_t row[CREASE_TOGETHER], count = 0, open = 0;
    memset(explorer->tools.score, 0, (chain->inputs + chain->units) * sizeof(double));
    if (root)
        crease_bounder_root(&explorer->tools.bounder, &spot->state, NULL);
    else
        crease_bounder_tighten(&explorer->tools.bounder, &spot->state, NULL);
    for (size_t r = 0; r < explorer->rows->count; r++) {
        if (spot->open[r])
            row[count++] = r;
        if (count == 0 || (count < CREASE_TOGETHER && r + 1 < explorer->rows->count))
            continue;
        bound_rows(explorer, &spot->state, row, count);
        for (size_t k = 0; k < count; k++) {
            if (close && explorer->form[row[k]].least > 0) {
                spot->open[row[k]] = 0;
                continue;
            }
            open++;
            crease_branch_add(&explorer->tools, &spot->state, explorer->trace + k * chain->units);
        }
        count = 0;
    }
    choose_split(explorer, spot);
    return open;
}
