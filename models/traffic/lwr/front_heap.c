/* The heap of meetings: four children a node, and each member knows where its own meeting stands, so that a meeting is
 * moved or taken out the moment its neighbours change. A heap that leaves old meetings in it has to tell them by
 * generation and by index, and grows with the collisions instead of the fronts. */
#include "traffic/lwr/front.h"
#include <math.h>

static void put(lwr_solution *s, size_t at, front_meeting meeting) {
    s->heap[at] = meeting;
    s->heap_place[meeting.member] = (uint32_t)at;
}

static bool before(const front_meeting *a, const front_meeting *b) {
    return a->t < b->t || (a->t == b->t && a->member < b->member);
}

static size_t rise(lwr_solution *s, size_t at, front_meeting meeting) {
    while (at > 0) {
        const size_t parent = (at - 1) / 4;
        if (!before(&meeting, &s->heap[parent]))
            break;
        put(s, at, s->heap[parent]);
        at = parent;
    }
    return at;
}

static size_t sink(lwr_solution *s, size_t at, front_meeting meeting) {
    for (;;) {
        const size_t first = 4 * at + 1, end = first + 4 < s->meetings ? first + 4 : s->meetings;
        size_t least = first;
        if (first >= s->meetings)
            return at;
        for (size_t child = first + 1; child < end; child++)
            if (before(&s->heap[child], &s->heap[least]))
                least = child;
        if (!before(&s->heap[least], &meeting))
            return at;
        put(s, at, s->heap[least]);
        at = least;
    }
}

static void settle(lwr_solution *s, size_t at, front_meeting meeting) {
    const size_t risen = rise(s, at, meeting);
    put(s, risen == at ? sink(s, at, meeting) : risen, meeting);
}

void front_heap_set(lwr_solution *s, uint32_t member, double t) {
    size_t at = s->heap_place[member];
    if (t < INFINITY) {
        if (at == FRONT_NOWHERE)
            at = s->meetings++;
        settle(s, at, (front_meeting){t, member});
    } else if (at != FRONT_NOWHERE) {
        s->heap_place[member] = FRONT_NOWHERE;
        if (at != --s->meetings)
            settle(s, at, s->heap[s->meetings]);
    }
}
