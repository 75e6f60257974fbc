/* A proof from its first line to its last, and the exact numbers of the specification that it is about. */
#include "checker/proof.h"
#include "base/input.h"
#include "specification/number.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static bool not_above(double value, const crease_number *number, mpq_t *work) {
    mpq_set_d(work[0], value);
    crease_number_get(number, work[1]);
    return mpq_cmp(work[0], work[1]) <= 0;
}

static bool not_below(double value, const crease_number *number, mpq_t *work) {
    mpq_set_d(work[0], value);
    crease_number_get(number, work[1]);
    return mpq_cmp(work[0], work[1]) >= 0;
}

/* The box in doubles holds the exact one. */
static bool box_is_rounded_outwards(const crease_case *one, size_t inputs) {
    mpq_t work[2];
    mpq_inits(work[0], work[1], NULL);
    bool outwards = true;
    for (size_t j = 0; outwards && j < inputs; j++)
        outwards = isfinite(one->lower[j].below) && isfinite(one->upper[j].above) &&
                   one->lower[j].below <= one->upper[j].above &&
                   not_above(one->lower[j].below, &one->lower[j], work) &&
                   not_below(one->upper[j].above, &one->upper[j], work);
    mpq_clears(work[0], work[1], NULL);
    return outwards;
}

static bool row_is_usable(const crease_row *row, size_t inputs, size_t outputs) {
    for (size_t t = 0; t < row->term_count; t++)
        if (row->term[t].index >= (row->term[t].output ? outputs : inputs) ||
            !isfinite(row->term[t].coefficient))
            return false;
    return true;
}

static crease_status check_specification(const crease_net *net, const crease_specification *specification,
                                         crease_error *error) {
    if (specification->inputs != net->inputs || specification->outputs != net->outputs)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the specification is about %zu inputs and %zu outputs, the network has %zu and %zu",
            specification->inputs, specification->outputs, net->inputs, net->outputs);
    for (size_t c = 0; c < specification->case_count; c++) {
        const crease_case *one = &specification->cases[c];
        if (!box_is_rounded_outwards(one, net->inputs))
            return crease_fail(error, CREASE_BAD_ARGUMENT, "the box of case %zu is empty or not finite", c);
        for (size_t a = 0; a < one->alternative_count; a++)
            for (size_t r = 0; r < one->alternative[a].row_count; r++)
                if (!row_is_usable(&one->alternative[a].row[r], net->inputs, net->outputs))
                    return crease_fail(
                        error, CREASE_BAD_ARGUMENT,
                        "row %zu of alternative %zu of case %zu names what the network has not", r, a, c);
    }
    return CREASE_OK;
}

static void free_constants(crease_checker *checker) {
    for (size_t a = 0; checker->constant && a < checker->now->alternative_count; a++) {
        for (size_t r = 0; checker->constant[a] && r < checker->now->alternative[a].row_count; r++)
            mpq_clear(checker->constant[a][r]);
        free(checker->constant[a]);
    }
    free(checker->constant);
    checker->constant = NULL;
}

static bool make_constants(crease_checker *checker) {
    const crease_case *now = checker->now;
    checker->constant = calloc(now->alternative_count + 1, sizeof *checker->constant);
    if (!checker->constant)
        return false;
    for (size_t a = 0; a < now->alternative_count; a++) {
        const crease_alternative *alternative = &now->alternative[a];
        checker->constant[a] = calloc(alternative->row_count + 1, sizeof *checker->constant[a]);
        if (!checker->constant[a])
            return false;
        for (size_t r = 0; r < alternative->row_count; r++) {
            mpq_init(checker->constant[a][r]);
            crease_number_get(&alternative->row[r].constant, checker->constant[a][r]);
        }
    }
    return true;
}

static crease_status make_state(crease_checker *checker) {
    size_t inputs = checker->net->inputs, units = checker->exact.first[checker->net->layer_count];
    size_t alternatives = 0, rows = 0;
    for (size_t c = 0; c < checker->specification->case_count; c++) {
        const crease_case *one = &checker->specification->cases[c];
        alternatives = one->alternative_count > alternatives ? one->alternative_count : alternatives;
        for (size_t a = 0; a < one->alternative_count; a++)
            rows = one->alternative[a].row_count > rows ? one->alternative[a].row_count : rows;
    }
    crease_places *at = &checker->at;
    *at = (crease_places){.upper = inputs, .unit_lower = 2 * inputs};
    at->unit_upper = at->unit_lower + units;
    at->phase = at->unit_upper + units;
    at->open = at->phase + units;
    at->open_count = at->open + alternatives;
    at->count = at->open_count + 1;
    checker->state = calloc(at->count, sizeof(double));
    checker->multipliers.row = calloc(rows + 1, sizeof(double));
    checker->multipliers.phase = calloc(units + 1, sizeof(double));
    checker->multipliers.slope = calloc(units + 1, sizeof(double));
    checker->cut_lower = calloc(4 * inputs + 1, sizeof(double));
    if (!checker->state || !checker->multipliers.row || !checker->multipliers.phase ||
        !checker->multipliers.slope || !checker->cut_lower)
        return CREASE_NO_MEMORY;
    checker->cut_upper = checker->cut_lower + inputs;
    checker->slab_lower = checker->cut_upper + inputs;
    checker->slab_upper = checker->slab_lower + inputs;
    checker->view = (crease_state){.lower = checker->state + at->lower,
                                   .upper = checker->state + at->upper,
                                   .unit_lower = checker->state + at->unit_lower,
                                   .unit_upper = checker->state + at->unit_upper,
                                   .phase = checker->state + at->phase};
    return CREASE_OK;
}

static void clear(crease_checker *checker) {
    crease_backward_clear(&checker->pass);
    crease_exact_net_clear(&checker->exact);
    free(checker->state);
    free(checker->change);
    free(checker->branch);
    free(checker->multipliers.row);
    free(checker->multipliers.phase);
    free(checker->multipliers.slope);
    free(checker->cut_lower);
}

static bool read_case(crease_checker *checker, size_t index) {
    crease_words *words = &checker->words;
    if (!crease_words_first(words))
        return false;
    size_t number;
    if (strcmp(words->word, "case") != 0)
        return crease_words_refuse(words, "case %zu of the specification must come here", index);
    if (!crease_words_index(words, checker->specification->case_count, "case", &number) ||
        !crease_words_end_line(words))
        return false;
    if (number != index)
        return crease_words_refuse(words, "case %zu of the specification must come here, not case %zu", index,
                                   number);
    checker->now = &checker->specification->cases[index];
    bool made = make_constants(checker);
    checker->no_memory = !made;
    bool holds = made && crease_checker_tree(checker, index);
    free_constants(checker);
    return holds;
}

static bool read_word_line(crease_words *words, const char *first, const char *second) {
    if (!crease_words_first(words))
        return false;
    bool same = strcmp(words->word, first) == 0 && (!second || !words->line_end);
    if (same && second) {
        if (!crease_words_next(words))
            return false;
        same = strcmp(words->word, second) == 0;
    }
    if (!same)
        return crease_words_refuse(
            words, second ? "a proof begins with the line '%s %s'" : "only '%s' may come here", first,
            second);
    return crease_words_end_line(words);
}

static bool read_proof(crease_checker *checker) {
    crease_words *words = &checker->words;
    if (!read_word_line(words, "crease-proof", "1"))
        return false;
    for (size_t c = 0; c < checker->specification->case_count; c++)
        if (!read_case(checker, c))
            return false;
    return read_word_line(words, "end", NULL) && crease_words_end_file(words);
}

crease_status crease_proof_check_stream(const crease_net *net, const crease_specification *specification,
                                        FILE *file, bool (*interrupted)(void *context), void *context,
                                        crease_proof_check *check, crease_error *error) {
    double start = omp_get_wtime();
    *check = (crease_proof_check){0};
    crease_checker checker = {.net = net,
                              .specification = specification,
                              .check = check,
                              .interrupted = interrupted,
                              .context = context};
    crease_status status = check_specification(net, specification, error);
    if (status == CREASE_OK)
        status = crease_exact_net_init(&checker.exact, net, error);
    if (status == CREASE_OK &&
        (make_state(&checker) != CREASE_OK || !crease_backward_init(&checker.pass, &checker.exact)))
        checker.no_memory = true;
    if (status == CREASE_OK && !checker.no_memory) {
        crease_words_open(&checker.words, file, check->why);
        check->accepted = read_proof(&checker);
        check->line = check->accepted ? 0 : checker.words.line;
    }
    if (status == CREASE_OK && checker.no_memory)
        status = crease_fail(error, CREASE_NO_MEMORY, "not enough memory to check the proof");
    clear(&checker);
    check->seconds = omp_get_wtime() - start;
    return status;
}

crease_status crease_proof_check_file(const crease_net *net, const crease_specification *specification,
                                      const char *path, bool (*interrupted)(void *context), void *context,
                                      crease_proof_check *check, crease_error *error) {
    *check = (crease_proof_check){0};
    FILE *file;
    crease_status status = crease_input_open(path, &file, error);
    if (status)
        return status;
    status = crease_proof_check_stream(net, specification, file, interrupted, context, check, error);
    fclose(file);
    return status;
}
