/* What the motion leaves behind: its steps and its crossings. */
#include "ode/internal.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool grow(void *array, size_t count, size_t size) {
    void **memory = array;
    if (size > 0 && count > SIZE_MAX / size)
        return false;
    void *larger = realloc(*memory, count * size > 0 ? count * size : 1);
    if (!larger)
        return false;
    *memory = larger;
    return true;
}

static bool make_room(crease_ode *ode) {
    ode_history *h = &ode->history;
    if (h->count < h->capacity)
        return true;
    size_t capacity = h->capacity ? 2 * h->capacity : 256, n = ode->system.dimension,
           m = ode->system.surface_count;
    if (!grow(&h->t, capacity, sizeof *h->t) || !grow(&h->y, capacity, n * sizeof *h->y) ||
        !grow(&h->above, capacity, m * sizeof *h->above) ||
        !grow(&h->slides, capacity, m * sizeof *h->slides))
        return false;
    h->capacity = capacity;
    return true;
}

bool crease_ode_history_add(crease_ode *ode) {
    ode_history *h = &ode->history;
    size_t n = ode->system.dimension;
    if (!make_room(ode))
        return false;
    h->t[h->count] = ode->now.t;
    memcpy(h->y + h->count * n, ode->now.y, n * sizeof *h->y);
    h->count++;
    crease_ode_history_mode(ode);
    return true;
}

void crease_ode_history_mode(crease_ode *ode) {
    ode_history *h = &ode->history;
    size_t m = ode->system.surface_count, at = (h->count - 1) * m;
    if (m > 0) {
        memcpy(h->above + at, ode->above, m * sizeof *h->above);
        memcpy(h->slides + at, ode->slides, m * sizeof *h->slides);
    }
}

bool crease_ode_note(crease_ode *ode, size_t surface, int direction) {
    if (ode->crossing_count == ode->crossing_capacity) {
        size_t capacity = ode->crossing_capacity ? 2 * ode->crossing_capacity : 64;
        if (!grow(&ode->crossing, capacity, sizeof *ode->crossing))
            return false;
        ode->crossing_capacity = capacity;
    }
    ode->crossing[ode->crossing_count++] =
        (crease_ode_crossing){ode->now.t, surface, direction, ode->slides[surface]};
    ode->statistics.crossings++;
    return true;
}

void crease_ode_history_free(crease_ode *ode) {
    free(ode->history.t);
    free(ode->history.y);
    free(ode->history.above);
    free(ode->history.slides);
    free(ode->crossing);
}
