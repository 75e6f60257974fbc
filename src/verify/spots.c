/* The spots of a best-first search, in a binary heap. */
#include "verify/explore.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void spot_free(crease_spot *spot) {
    if (!spot)
        return;
    crease_state_clear(&spot->state);
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
    crease_examiner_clear(&explorer->tools);
    crease_magnitude_clear(&explorer->magnitude);
    free(explorer->memory);
    *explorer = (crease_explorer){0};
}

static crease_spot *spot_new(const crease_explorer *explorer) {
    crease_spot *spot = calloc(1, sizeof *spot);
    if (spot && crease_state_new(explorer->chain, &spot->state, NULL) == CREASE_OK)
        return spot;
    free(spot);
    return NULL;
}

static void make_root(const crease_explorer *explorer, crease_spot *spot) {
    const crease_chain *chain = explorer->chain;
    memcpy(spot->state.lo, explorer->question.lo, chain->inputs * sizeof(double));
    memcpy(spot->state.hi, explorer->question.hi, chain->inputs * sizeof(double));
    crease_state_forget(chain, &spot->state);
    spot->bound = -INFINITY;
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
        spot->bound = from->bound;
    } else {
        make_root(explorer, spot);
    }
    return spot;
}

void crease_explorer_drop(crease_explorer *explorer, crease_spot *spot) {
    explorer->live--;
    spot->next = explorer->spare;
    explorer->spare = spot;
}

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
