/* Steps and trees of a proof, and how they are written. */
#include "verify/record.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void crease_steps_add(crease_steps *steps, crease_step_kind kind, size_t index, double value) {
    if (!steps->kept || steps->failed)
        return;
    if (steps->count == steps->room) {
        size_t room = steps->room ? 2 * steps->room : 256;
        crease_step *larger = realloc(steps->step, room * sizeof *larger);
        if (!larger) {
            steps->failed = true;
            return;
        }
        steps->step = larger;
        steps->room = room;
    }
    steps->step[steps->count++] = (crease_step){kind, (unsigned)index, value};
}

void crease_steps_add_multiplier(const crease_chain *chain, crease_steps *steps, crease_step_kind kind,
                                 size_t alternative, size_t row_count, const crease_multiplier *multiplier) {
    if (!steps->kept)
        return;
    crease_steps_add(steps, kind, alternative, 0);
    for (size_t r = 0; r < row_count; r++)
        if (multiplier->row[r] != 0)
            crease_steps_add(steps, CREASE_STEP_ROW, r, multiplier->row[r]);
    for (size_t u = 0; u < chain->units && multiplier->phases; u++)
        if (multiplier->phase[u] != 0)
            crease_steps_add(steps, CREASE_STEP_PHASE, u, multiplier->phase[u]);
    for (size_t u = 0; u < chain->units && multiplier->slopes; u++)
        if (!isnan(multiplier->slope[u]))
            crease_steps_add(steps, CREASE_STEP_SLOPE, u, multiplier->slope[u]);
}

crease_status crease_record_add(crease_record *record, size_t *number, crease_error *error) {
    if (record->count == record->room) {
        size_t room = record->room ? 2 * record->room : 64;
        crease_record_node *larger = realloc(record->node, room * sizeof *larger);
        if (!larger)
            return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a proof of %zu nodes",
                               record->count);
        record->node = larger;
        record->room = room;
    }
    *number = record->count;
    record->node[record->count++] = (crease_record_node){0};
    return CREASE_OK;
}

crease_status crease_record_set(crease_record *record, size_t number, const crease_steps *steps,
                                crease_error *error) {
    crease_record_node *node = &record->node[number];
    node->step = malloc((steps->count + 1) * sizeof *node->step);
    if (!node->step || steps->failed)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a proof of %zu nodes", record->count);
    memcpy(node->step, steps->step, steps->count * sizeof *node->step);
    node->count = steps->count;
    return CREASE_OK;
}

void crease_record_clear(crease_record *record) {
    for (size_t n = 0; n < record->count; n++)
        free(record->node[n].step);
    free(record->node);
    *record = (crease_record){0};
}

/* Words inside one line have no line end before them; everything else opens a line. */
static void write_step(const crease_chain *chain, const crease_step *step, FILE *file) {
    static const char *const open[] = {"\nl", "\nu", "\nk", "\nc", " r",  " b",
                                       " a",  " lo", " hi", "\nx", "\ns", "\np"};
    fputs(open[step->kind], file);
    switch (step->kind) {
    case CREASE_STEP_CLOSE:
    case CREASE_STEP_SPLIT_ALTERNATIVE:
        fprintf(file, " %u", step->index);
        break;
    case CREASE_STEP_CUT:
        break;
    case CREASE_STEP_ROW:
    case CREASE_STEP_CUT_LO:
    case CREASE_STEP_CUT_HI:
    case CREASE_STEP_SPLIT_INPUT:
        fprintf(file, " %u %a", step->index, step->value);
        break;
    default: {
        size_t l = crease_chain_layer_of(chain, step->index);
        fprintf(file, " %zu %zu", l, step->index - chain->layer[l].first);
        if (step->kind != CREASE_STEP_SPLIT_UNIT)
            fprintf(file, " %a", step->value);
    }
    }
}

static bool is_cut(crease_step_kind kind) {
    return kind == CREASE_STEP_CUT_LO || kind == CREASE_STEP_CUT_HI;
}

static void write_node(const crease_record_node *node, const crease_chain *chain, FILE *file) {
    for (size_t s = 0; s < node->count; s++) {
        if (is_cut(node->step[s].kind) && !is_cut(node->step[s - 1].kind))
            fputs(" ;", file); /* a cut always follows a multiplier */
        write_step(chain, &node->step[s], file);
    }
    if (!node->child[0])
        fputs("\n.", file);
}

/* Nodes before their children, first child first; the stack is never longer than the tree is deep plus one. */
crease_status crease_record_write(const crease_record *record, const crease_chain *chain, size_t index,
                                  FILE *file, crease_error *error) {
    size_t *stack = malloc((record->count + 1) * sizeof *stack), count = 0;
    if (!stack)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a proof of %zu nodes", record->count);
    fprintf(file, "case %zu", index);
    stack[count++] = 0;
    while (count) {
        const crease_record_node *node = &record->node[stack[--count]];
        write_node(node, chain, file);
        if (node->child[0]) {
            stack[count++] = node->child[1];
            stack[count++] = node->child[0];
        }
    }
    fputc('\n', file);
    free(stack);
    return CREASE_OK;
}
