/* The tree of one case, depth first: a split remembers its second child, a leaf undoes all changes since the last split
 * that has one waiting and goes on there. Memory grows with what was read, never with counts that a file claims. */
#include "checker/proof.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Of the open alternatives, the first child keeps the branch's, the second all others. */
static bool keep_alternatives(crease_checker *checker, const crease_branch *branch, bool second) {
    const crease_places *at = &checker->at;
    double kept = 0;
    for (size_t a = 0; a < checker->now->alternative_count; a++) {
        if (checker->state[at->open + a] == 0)
            continue;
        if ((a == branch->index) != second)
            kept++;
        else if (!crease_checker_set(checker, at->open + a, 0))
            return false;
    }
    return crease_checker_set(checker, at->open_count, kept);
}

static bool enter_child(crease_checker *checker, const crease_branch *branch, bool second) {
    const crease_places *at = &checker->at;
    if (branch->kind == CREASE_BRANCH_ALTERNATIVE)
        return keep_alternatives(checker, branch, second);
    if (branch->kind == CREASE_BRANCH_INPUT)
        return crease_checker_set(checker, (second ? at->lower : at->upper) + branch->index, branch->value);
    size_t place = (second ? at->unit_lower : at->unit_upper) + branch->index;
    double bound = checker->state[place];
    return crease_checker_set(checker, place, second ? fmax(bound, 0) : fmin(bound, 0)) &&
           crease_checker_set(checker, at->phase + branch->index, second ? 1 : -1);
}

static bool split(crease_checker *checker, crease_branch branch) {
    void *list = checker->branch;
    bool room =
        crease_checker_room(&list, checker->branch_count, &checker->branch_room, sizeof *checker->branch);
    checker->branch = list;
    if (!room)
        return crease_checker_lacks_memory(checker);
    branch.changes = checker->change_count;
    branch.line = checker->words.line;
    checker->branch[checker->branch_count++] = branch;
    checker->check->nodes++;
    return enter_child(checker, &branch, false);
}

static bool split_input(crease_checker *checker) {
    crease_words *words = &checker->words;
    crease_branch branch = {.kind = CREASE_BRANCH_INPUT};
    if (!crease_words_index(words, checker->net->inputs, "input", &branch.index) ||
        !crease_words_number(words, &branch.value) || !crease_words_end_line(words))
        return false;
    if (!(branch.value >= checker->view.lower[branch.index] &&
          branch.value <= checker->view.upper[branch.index]))
        return crease_words_refuse(words, "%a is not between the bounds of input %zu", branch.value,
                                   branch.index);
    return split(checker, branch);
}

static bool split_phase(crease_checker *checker) {
    crease_words *words = &checker->words;
    size_t layer, unit;
    if (!crease_words_index(words, checker->net->layer_count, "layer", &layer) ||
        !crease_words_index(words, checker->net->layer[layer].width, "unit", &unit) ||
        !crease_words_end_line(words))
        return false;
    crease_branch branch = {.kind = CREASE_BRANCH_PHASE, .index = checker->exact.first[layer] + unit};
    if (checker->view.phase[branch.index] != 0)
        return crease_words_refuse(words, "the phase of unit %zu of layer %zu is fixed already", unit, layer);
    return split(checker, branch);
}

static bool split_alternative(crease_checker *checker) {
    crease_words *words = &checker->words;
    crease_branch branch = {.kind = CREASE_BRANCH_ALTERNATIVE};
    if (!crease_words_index(words, checker->now->alternative_count, "alternative", &branch.index) ||
        !crease_words_end_line(words))
        return false;
    if (checker->state[checker->at.open + branch.index] == 0 || checker->state[checker->at.open_count] < 2)
        return crease_words_refuse(words, "alternative %zu and another must be open to be split",
                                   branch.index);
    return split(checker, branch);
}

/* On to the second child that waits nearest, if there is one. */
static bool end_leaf(crease_checker *checker, bool *complete) {
    crease_words *words = &checker->words;
    if (!crease_words_end_line(words))
        return false;
    size_t open = (size_t)checker->state[checker->at.open_count];
    if (open > 0)
        return crease_words_refuse(words, "the node ends with %zu of %zu alternatives open", open,
                                   checker->now->alternative_count);
    checker->check->leaves++;
    *complete = checker->branch_count == 0;
    if (*complete)
        return true;
    crease_branch branch = checker->branch[--checker->branch_count];
    crease_checker_undo(checker, branch.changes);
    checker->check->nodes++;
    return enter_child(checker, &branch, true);
}

static bool read_line(crease_checker *checker, bool *complete) {
    crease_words *words = &checker->words;
    if (!crease_words_first(words)) {
        if (feof(words->file) && checker->branch_count > 0)
            crease_words_refuse(words,
                                "the proof breaks off: the second child of the split in line %zu is missing",
                                checker->branch[checker->branch_count - 1].line);
        return false;
    }
    const char *word = words->word;
    if (word[0] == '\0' || word[1] != '\0')
        return crease_words_refuse(words, "'%s' is no step, split or end of a node", word);
    switch (word[0]) {
    case '.':
        return end_leaf(checker, complete);
    case 'x':
        return split_input(checker);
    case 'p':
        return split_phase(checker);
    case 's':
        return split_alternative(checker);
    default:
        break;
    }
    checker->check->steps++;
    switch (word[0]) {
    case 'l':
        return crease_checker_bound(checker, false);
    case 'u':
        return crease_checker_bound(checker, true);
    case 'k':
        return crease_checker_close(checker);
    case 'c':
        return crease_checker_contract(checker);
    default:
        return crease_words_refuse(words, "'%s' is no step, split or end of a node", word);
    }
}

static void start_state(crease_checker *checker) {
    const crease_case *now = checker->now;
    const crease_places *at = &checker->at;
    for (size_t j = 0; j < checker->net->inputs; j++) {
        checker->state[at->lower + j] = now->lower[j].below;
        checker->state[at->upper + j] = now->upper[j].above;
    }
    for (size_t u = 0; u < checker->exact.first[checker->net->layer_count]; u++) {
        checker->state[at->unit_lower + u] = -INFINITY;
        checker->state[at->unit_upper + u] = INFINITY;
        checker->state[at->phase + u] = 0;
    }
    for (size_t a = 0; a < now->alternative_count; a++)
        checker->state[at->open + a] = 1;
    checker->state[at->open_count] = (double)now->alternative_count;
    checker->change_count = 0;
    checker->branch_count = 0;
}

bool crease_checker_tree(crease_checker *checker, size_t index) {
    checker->now = &checker->specification->cases[index];
    start_state(checker);
    checker->check->nodes++;
    for (bool complete = false; !complete;) {
        if (checker->interrupted && checker->interrupted(checker->context)) {
            checker->check->interrupted = true;
            return crease_words_refuse(&checker->words, "interrupted");
        }
        if (!read_line(checker, &complete))
            return false;
    }
    return true;
}
