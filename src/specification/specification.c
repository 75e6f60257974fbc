/* Specifications made in memory. */
#include "crease/specification.h"
#include <math.h>
#include <stdlib.h>

static void clear_alternative(crease_alternative *alternative) {
    for (size_t i = 0; i < alternative->row_count; i++) {
        free(alternative->row[i].term);
        crease_number_clear(&alternative->row[i].constant);
    }
    free(alternative->row);
}

void crease_specification_free(crease_specification *specification) {
    if (!specification)
        return;
    for (size_t k = 0; k < specification->case_count; k++) {
        crease_case *c = &specification->cases[k];
        for (size_t i = 0; i < specification->inputs; i++) {
            if (c->lower)
                crease_number_clear(&c->lower[i]);
            if (c->upper)
                crease_number_clear(&c->upper[i]);
        }
        for (size_t i = 0; i < c->alternative_count; i++)
            clear_alternative(&c->alternative[i]);
        free(c->lower);
        free(c->upper);
        free(c->alternative);
    }
    free(specification->cases);
    free(specification);
}

static crease_status no_memory(crease_error *error) {
    return crease_fail(error, CREASE_NO_MEMORY, "not enough memory for a specification");
}

static crease_status fill_box(crease_case *c, size_t inputs, const double *lower, const double *upper,
                              crease_error *error) {
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < inputs && !status; i++) {
        if (!isfinite(lower[i]) || !isfinite(upper[i]) || lower[i] > upper[i])
            return crease_fail(
                error, CREASE_BAD_ARGUMENT,
                "input %zu ranges from %g to %g; a box needs finite bounds, the lower one first", i, lower[i],
                upper[i]);
        status = crease_number_from_double(lower[i], &c->lower[i], error);
        if (!status)
            status = crease_number_from_double(upper[i], &c->upper[i], error);
    }
    return status;
}

crease_status crease_specification_box(size_t inputs, size_t outputs, const double *lower,
                                       const double *upper, crease_specification **specification,
                                       crease_error *error) {
    *specification = NULL;
    if (inputs == 0 || outputs == 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "a specification needs at least one input and one output");
    crease_specification *made = calloc(1, sizeof *made);
    crease_case *c = calloc(1, sizeof *c);
    if (!made || !c) {
        free(made);
        free(c);
        return no_memory(error);
    }
    *made = (crease_specification){.inputs = inputs, .outputs = outputs, .cases = c, .case_count = 1};
    c->lower = calloc(inputs, sizeof *c->lower);
    c->upper = calloc(inputs, sizeof *c->upper);
    crease_status status = c->lower && c->upper ? fill_box(c, inputs, lower, upper, error) : no_memory(error);
    if (status)
        crease_specification_free(made);
    else
        *specification = made;
    return status;
}

/* Terms of the coefficients that are not 0. */
static crease_status fill_row(const crease_specification *specification, const double *coefficient,
                              double constant, crease_row *row, crease_error *error) {
    size_t inputs = specification->inputs, count = inputs + specification->outputs, used = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(coefficient[i]))
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "coefficient %zu of a row is %g; coefficients must be finite", i,
                               coefficient[i]);
        used += coefficient[i] != 0;
    }
    row->term = used ? calloc(used, sizeof *row->term) : NULL;
    if (used && !row->term)
        return no_memory(error);
    for (size_t i = 0; i < count; i++)
        if (coefficient[i] != 0)
            row->term[row->term_count++] = (crease_term){
                .output = i >= inputs, .index = i >= inputs ? i - inputs : i, .coefficient = coefficient[i]};
    return crease_number_from_double(constant, &row->constant, error);
}

crease_status crease_specification_add(crease_specification *specification, size_t index, size_t row_count,
                                       const double *coefficients, const double *constants,
                                       crease_error *error) {
    if (index >= specification->case_count)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "case %zu of a specification that has %zu", index,
                           specification->case_count);
    crease_case *c = &specification->cases[index];
    crease_alternative *grown = realloc(c->alternative, (c->alternative_count + 1) * sizeof *grown);
    if (!grown)
        return no_memory(error);
    c->alternative = grown;
    crease_alternative made = {.row = row_count ? calloc(row_count, sizeof *made.row) : NULL};
    if (row_count && !made.row)
        return no_memory(error);
    crease_status status = CREASE_OK;
    size_t width = specification->inputs + specification->outputs;
    for (size_t i = 0; i < row_count && !status; i++) {
        made.row_count = i + 1;
        status = fill_row(specification, coefficients + i * width, constants[i], &made.row[i], error);
    }
    if (status)
        clear_alternative(&made);
    else
        grown[c->alternative_count++] = made;
    return status;
}
