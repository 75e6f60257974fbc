/* The state of a node is one array; what a step changes is remembered, so that a split can be taken back. */
#include "checker/proof.h"
#include <stdint.h>
#include <stdlib.h>

/* room for one more; false without memory */
bool crease_checker_room(void **list, size_t count, size_t *room, size_t size) {
    if (count < *room)
        return true;
    size_t larger = *room ? *room + *room / 2 + 1 : 1024;
    void *grown = larger < SIZE_MAX / size ? realloc(*list, larger * size) : NULL;
    if (!grown)
        return false;
    *list = grown;
    *room = larger;
    return true;
}

bool crease_checker_lacks_memory(crease_checker *checker) {
    checker->no_memory = true;
    return crease_words_refuse(&checker->words, "not enough memory to go deeper into the tree");
}

bool crease_checker_set(crease_checker *checker, size_t place, double value) {
    void *list = checker->change;
    bool room =
        crease_checker_room(&list, checker->change_count, &checker->change_room, sizeof *checker->change);
    checker->change = list;
    if (!room)
        return crease_checker_lacks_memory(checker);
    checker->change[checker->change_count++] = (crease_change){.place = place, .old = checker->state[place]};
    checker->state[place] = value;
    return true;
}

void crease_checker_undo(crease_checker *checker, size_t count) {
    while (checker->change_count > count) {
        const crease_change *change = &checker->change[--checker->change_count];
        checker->state[change->place] = change->old;
    }
}
