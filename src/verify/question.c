/* One case of a specification as dense arrays. */
#include "verify/question.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void set_box(const crease_case *from, crease_question *question) {
    for (size_t j = 0; j < question->inputs; j++) {
        question->lo[j] = from->lower[j].below;
        question->hi[j] = from->upper[j].above;
        question->least[j] = from->lower[j].above;
        question->most[j] = from->upper[j].below;
    }
}

static size_t doubles_needed(const crease_case *from, size_t inputs, size_t outputs) {
    size_t count = 4 * inputs;
    for (size_t a = 0; a < from->alternative_count; a++)
        count += from->alternative[a].row_count * (inputs + outputs + 1);
    return count;
}

static crease_status add_term(const crease_term *term, double *row_outputs, double *row_inputs,
                              crease_error *error) {
    double *to = (term->output ? row_outputs : row_inputs) + term->index;
    double sum = *to + term->coefficient;
    if (!isfinite(sum) || sum - *to != term->coefficient || sum - term->coefficient != *to)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the coefficients of %c_%zu in one row do not add up to a double; write it once",
                           term->output ? 'Y' : 'X', term->index);
    *to = sum;
    return CREASE_OK;
}

static crease_status set_rows(const crease_alternative *from, const crease_question *question,
                              crease_question_rows *to, crease_error *error) {
    for (size_t r = 0; r < from->row_count; r++) {
        const crease_row *row = &from->row[r];
        to->constant[r] = row->constant.below;
        for (size_t t = 0; t < row->term_count; t++) {
            const crease_term *term = &row->term[t];
            if (term->index >= (term->output ? question->outputs : question->inputs))
                return crease_fail(error, CREASE_BAD_ARGUMENT,
                                   "a row names %c_%zu, which the network does not have",
                                   term->output ? 'Y' : 'X', term->index);
            crease_status status =
                add_term(term, to->outputs + r * question->outputs, to->inputs + r * question->inputs, error);
            if (status != CREASE_OK)
                return status;
        }
    }
    return CREASE_OK;
}

crease_status crease_question_new(const crease_specification *specification, size_t index,
                                  crease_question *question, crease_error *error) {
    const crease_case *from = &specification->cases[index];
    *question = (crease_question){.inputs = specification->inputs,
                                  .outputs = specification->outputs,
                                  .alternative_count = from->alternative_count,
                                  .source = from};
    crease_status status = CREASE_OK;
    question->memory = calloc(doubles_needed(from, question->inputs, question->outputs) + 1, sizeof(double));
    question->alternative = calloc(from->alternative_count + 1, sizeof *question->alternative);
    if (!question->memory || !question->alternative) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for a specification");
        goto done;
    }
    double *next = question->memory;
    double **box[] = {&question->lo, &question->hi, &question->least, &question->most};
    for (size_t i = 0; i < 4; i++, next += question->inputs)
        *box[i] = next;
    set_box(from, question);
    for (size_t a = 0; a < from->alternative_count && status == CREASE_OK; a++) {
        crease_question_rows *to = &question->alternative[a];
        to->row_count = from->alternative[a].row_count;
        to->outputs = next;
        to->inputs = to->outputs + to->row_count * question->outputs;
        to->constant = to->inputs + to->row_count * question->inputs;
        next = to->constant + to->row_count;
        if (to->row_count > question->most_rows)
            question->most_rows = to->row_count;
        status = set_rows(&from->alternative[a], question, to, error);
    }
done:
    if (status != CREASE_OK)
        crease_question_clear(question);
    return status;
}

void crease_question_clear(crease_question *question) {
    free(question->memory);
    free(question->alternative);
    *question = (crease_question){0};
}

void crease_question_clamp(const crease_question *question, double *x) {
    for (size_t j = 0; j < question->inputs; j++)
        x[j] = question->least[j] <= question->most[j]
                   ? fmin(fmax(x[j], question->least[j]), question->most[j])
                   : question->lo[j];
}
