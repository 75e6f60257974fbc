/* Branch and bound in rounds: the last ROUND boxes of the stack are examined side by side, and their children are stacked in the
 * order of their parents, so that the search is the same with any number of threads. */
#include "verify/search.h"
#include "verify/attack.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { ROUND = 64, FIRST_DESCENTS = 12, LATER_DESCENTS = 6, ATTACK_EVERY = 256, PROMISING_SHARE = 8 };

typedef struct stack {
    crease_node **node;
    size_t count, room;
} stack;

typedef struct machine {
    crease_search *search;
    crease_examiner *examiner; /* one a thread */
    size_t threads;
    crease_magnitude magnitude;
    stack open;
    crease_node *round[ROUND];
    /* what became of each box of the round */
    crease_outcome outcome[ROUND];
    size_t split[ROUND], alternative[ROUND];
    double where[ROUND], nearest[ROUND];
    crease_steps steps[ROUND];
    double *point;         /* ROUND x inputs */
    double nearest_before; /* least violation of all points that were tried before this round */
    size_t stuck;
} machine;

static void node_free(crease_node *node) {
    if (!node)
        return;
    crease_state_clear(&node->state);
    free(node->open);
    free(node);
}

static crease_node *node_new(const crease_search *search, crease_error *error) {
    crease_node *node = calloc(1, sizeof *node);
    if (node)
        node->open = malloc(search->question->alternative_count + 1);
    if (!node || !node->open) {
        node_free(node);
        crease_fail(error, CREASE_NO_MEMORY, "out of memory for the boxes of a search");
        return NULL;
    }
    if (crease_state_new(search->chain, &node->state, error) != CREASE_OK) {
        node_free(node);
        return NULL;
    }
    memset(node->open, 1, search->question->alternative_count);
    return node;
}

static crease_status push(machine *work, crease_node *node, crease_error *error) {
    if (work->open.count == work->open.room) {
        size_t room = work->open.room ? 2 * work->open.room : 256;
        crease_node **larger = realloc(work->open.node, room * sizeof *larger);
        if (!larger) {
            node_free(node);
            return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the boxes of a search");
        }
        work->open.node = larger;
        work->open.room = room;
    }
    work->open.node[work->open.count++] = node;
    return CREASE_OK;
}

static crease_status machine_new(crease_search *search, machine *work, crease_error *error) {
    *work = (machine){.search = search, .nearest_before = INFINITY};
    size_t wanted = search->options->threads ? search->options->threads : (size_t)omp_get_max_threads();
    work->threads = wanted < ROUND ? wanted : ROUND;
    crease_status status = crease_magnitude_new(search->chain, &work->magnitude, error);
    work->examiner = calloc(work->threads, sizeof *work->examiner);
    work->point = malloc((ROUND * search->chain->inputs + 1) * sizeof(double));
    if (status == CREASE_OK && (!work->examiner || !work->point))
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for a search");
    for (size_t t = 0; t < work->threads && status == CREASE_OK; t++)
        status = crease_examiner_new(search->net, search->chain, search->question, &work->magnitude,
                                     search->keeps_record, &work->examiner[t], error);
    return status;
}

static void machine_clear(machine *work) {
    for (size_t t = 0; work->examiner && t < work->threads; t++)
        crease_examiner_clear(&work->examiner[t]);
    free(work->examiner);
    free(work->point);
    crease_magnitude_clear(&work->magnitude);
    for (size_t n = 0; n < work->open.count; n++)
        node_free(work->open.node[n]);
    free(work->open.node);
    for (size_t k = 0; k < ROUND; k++)
        free(work->steps[k].step);
}

static bool time_is_up(const crease_search *search) {
    return omp_get_wtime() > search->deadline;
}

static bool is_split(crease_outcome outcome) {
    return outcome == CREASE_SPLIT_INPUT || outcome == CREASE_SPLIT_UNIT ||
           outcome == CREASE_SPLIT_ALTERNATIVE;
}

/* Attacks now and then, and wherever a point came nearer to a witness than any before this round. */
static void look_for_witness(machine *work, crease_examiner *examiner, const crease_node *node, size_t number,
                             bool root) {
    const crease_search *search = work->search;
    const crease_question *question = search->question;
    crease_outcome outcome = examiner->outcome;
    size_t split = examiner->split;
    double where = examiner->where;
    bool found = false;
    if (examiner->nearest < work->nearest_before) {
        memcpy(examiner->point, examiner->nearest_point, question->inputs * sizeof(double));
        found = crease_attack_near(examiner, question->lo, question->hi, node->open);
    }
    if (!found && (root || number % ATTACK_EVERY == 0))
        found = crease_attack(examiner, node->state.lo, node->state.hi, node->open,
                              search->options->seed ? search->options->seed : 1, number,
                              root ? FIRST_DESCENTS : LATER_DESCENTS);
    examiner->outcome = found ? CREASE_WITNESS : outcome;
    examiner->split = split;
    examiner->where = where;
}

/* Examines box k of the round with the tools of a thread, and keeps the outcome. */
static void examine(machine *work, crease_examiner *examiner, size_t k, bool root) {
    const crease_search *search = work->search;
    crease_node *node = work->round[k];
    crease_steps swap = examiner->steps;
    examiner->steps = work->steps[k];
    examiner->steps.kept = search->keeps_record;
    crease_examine(examiner, node, root);
    if (is_split(examiner->outcome))
        look_for_witness(work, examiner, node, search->progress.nodes + k, root);
    work->outcome[k] = examiner->outcome;
    work->split[k] = examiner->split;
    work->where[k] = examiner->where;
    work->nearest[k] = examiner->nearest;
    work->alternative[k] = examiner->alternative;
    memcpy(work->point + k * search->chain->inputs, examiner->point, search->chain->inputs * sizeof(double));
    work->steps[k] = examiner->steps;
    examiner->steps = swap;
}

static crease_status add_child(machine *work, const crease_node *parent, size_t side, size_t k,
                               crease_error *error) {
    const crease_search *search = work->search;
    crease_node *child = node_new(search, error);
    if (!child)
        return CREASE_NO_MEMORY;
    crease_state *state = &child->state;
    crease_state_copy(search->chain, &parent->state, state);
    memcpy(child->open, parent->open, search->question->alternative_count);
    child->depth = parent->depth + 1;
    child->promise = work->nearest[k];
    child->share = parent->share / 2;
    size_t split = work->split[k];
    if (work->outcome[k] == CREASE_SPLIT_INPUT) {
        double width = state->hi[split] - state->lo[split];
        *(side ? &state->lo[split] : &state->hi[split]) = work->where[k];
        child->share = parent->share * (state->hi[split] - state->lo[split]) / width;
    } else if (work->outcome[k] == CREASE_SPLIT_ALTERNATIVE) {
        if (!side)
            memset(child->open, 0, search->question->alternative_count);
        child->open[split] = !side;
    } else {
        crease_state_fix_phase(state, split, side ? 1 : -1);
    }
    if (search->keeps_record)
        child->record = search->record.node[parent->record].child[side];
    return push(work, child, error);
}

static crease_step_kind step_of_split(crease_outcome outcome) {
    return outcome == CREASE_SPLIT_INPUT         ? CREASE_STEP_SPLIT_INPUT
           : outcome == CREASE_SPLIT_ALTERNATIVE ? CREASE_STEP_SPLIT_ALTERNATIVE
                                                 : CREASE_STEP_SPLIT_UNIT;
}

static crease_status keep_steps(machine *work, const crease_node *node, size_t k, bool splits,
                                crease_error *error) {
    crease_record *record = &work->search->record;
    crease_steps *steps = &work->steps[k];
    if (splits)
        crease_steps_add(steps, step_of_split(work->outcome[k]), work->split[k], work->where[k]);
    crease_status status = crease_record_set(record, node->record, steps, error);
    for (size_t side = 0; side < 2 && splits && status == CREASE_OK; side++) {
        size_t child;
        status = crease_record_add(record, &child, error);
        if (status == CREASE_OK)
            record->node[node->record].child[side] = child;
    }
    return status;
}

/* What became of box k: its children are stacked, the first one on top. */
static crease_status conclude(machine *work, size_t k, crease_error *error) {
    crease_search *search = work->search;
    crease_node *node = work->round[k];
    crease_status status = CREASE_OK;
    bool splits = is_split(work->outcome[k]);
    if (node->depth > search->progress.depth)
        search->progress.depth = node->depth;
    if (work->outcome[k] == CREASE_SETTLED &&
        node->share > 0) /* a share of sides beyond all doubles is NaN */
        search->progress.settled += node->share;
    if (work->outcome[k] == CREASE_STUCK)
        work->stuck++;
    if (work->outcome[k] == CREASE_WITNESS && !search->refuted) {
        search->refuted = true;
        search->alternative = work->alternative[k];
        memcpy(search->point, work->point + k * search->chain->inputs,
               search->chain->inputs * sizeof(double));
    }
    if (search->keeps_record)
        status = keep_steps(work, node, k, splits, error);
    for (size_t side = 2; side-- > 0 && splits && status == CREASE_OK;)
        status = add_child(work, node, side, k, error);
    node_free(node);
    work->round[k] = NULL;
    return status;
}

/* Moves the most promising boxes to the top, as many as a share of the round. */
static void bring_promising_up(stack *open, size_t count) {
    for (size_t k = 0; k < count / PROMISING_SHARE && open->count > count; k++) {
        size_t top = open->count - 1 - k, best = top;
        for (size_t n = 0; n < top; n++)
            if (open->node[n]->promise < open->node[best]->promise)
                best = n;
        crease_node *chosen = open->node[best];
        memmove(open->node + best, open->node + best + 1, (top - best) * sizeof *open->node);
        open->node[top] = chosen;
    }
}

/* Takes boxes from the top of the stack, examines them and stacks their children. Boxes that the deadline left unexamined go
 * back to the stack. */
static crease_status run_round(machine *work, bool root, crease_error *error) {
    crease_search *search = work->search;
    size_t count = work->open.count < ROUND ? work->open.count : ROUND;
    bool late[ROUND] = {false};
    bring_promising_up(&work->open, count);
    for (size_t k = 0; k < count; k++)
        work->round[k] = work->open.node[--work->open.count];
    int threads = (int)(work->threads < count ? work->threads : count);
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (threads > 1)
    for (size_t k = 0; k < count; k++) {
        late[k] = !root && time_is_up(search);
        if (!late[k])
            examine(work, &work->examiner[omp_get_thread_num()], k, root);
    }
    crease_status status = CREASE_OK;
    size_t examined = 0;
    for (size_t k = 0; k < count; k++)
        work->nearest_before = fmin(work->nearest_before, late[k] ? INFINITY : work->nearest[k]);
    for (size_t k = count; k-- > 0 && status == CREASE_OK;) {
        crease_node *node = work->round[k];
        examined += !late[k];
        if (late[k]) {
            work->round[k] = NULL;
            status = push(work, node, error);
        } else {
            status = conclude(work, k, error);
        }
    }
    for (size_t k = 0; k < count; k++)
        node_free(work->round[k]);
    search->progress.nodes += examined;
    search->progress.open = work->open.count;
    return status;
}

static bool must_stop(crease_search *search) {
    const crease_verify_options *options = search->options;
    if (options->interrupted && options->interrupted(options->context)) {
        search->interrupted = true;
        search->why = "interrupted";
    } else if (time_is_up(search)) {
        search->why = "timeout";
    } else if (options->node_limit && search->progress.nodes >= options->node_limit) {
        search->why = "node limit";
    }
    return search->why != NULL;
}

static crease_status push_root(machine *work, crease_error *error) {
    crease_search *search = work->search;
    crease_node *root = node_new(search, error);
    if (!root)
        return CREASE_NO_MEMORY;
    memcpy(root->state.lo, search->question->lo, search->chain->inputs * sizeof(double));
    memcpy(root->state.hi, search->question->hi, search->chain->inputs * sizeof(double));
    root->share = search->share;
    crease_status status = push(work, root, error);
    if (status == CREASE_OK && search->keeps_record)
        status = crease_record_add(&search->record, &root->record, error);
    return status;
}

crease_status crease_search_run(crease_search *search, crease_error *error) {
    machine work;
    crease_status status = machine_new(search, &work, error);
    if (status == CREASE_OK)
        status = push_root(&work, error);
    for (bool root = true; status == CREASE_OK && work.open.count && !search->refuted && !must_stop(search);
         root = false) {
        status = run_round(&work, root, error);
        search->progress.seconds = omp_get_wtime() - search->started;
        if (search->options->progress)
            search->options->progress(&search->progress, search->options->context);
    }
    if (status == CREASE_OK && !search->refuted && !search->why && work.stuck)
        search->why = "too small to split";
    machine_clear(&work);
    return status;
}
