/* Bounds of sums of rows. The sums' own rounding: a coefficient sum_r w_r c_r is off by at most (rows + 2) u sum |w_r c_r|,
 * which moves the sum by that times the largest |y| or |x|. */
#include "verify/multiplier.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

crease_status crease_multiplier_new(const crease_chain *chain, size_t most_rows,
                                    crease_multiplier *multiplier, crease_error *error) {
    multiplier->memory = calloc(most_rows + 2 * chain->units + 1, sizeof(double));
    if (!multiplier->memory)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the multipliers of a specification");
    multiplier->row = multiplier->memory;
    multiplier->phase = multiplier->row + most_rows;
    multiplier->slope = multiplier->phase + chain->units;
    return CREASE_OK;
}

void crease_multiplier_clear(crease_multiplier *multiplier) {
    free(multiplier->memory);
    *multiplier = (crease_multiplier){0};
}

void crease_multiplier_zero(const crease_chain *chain, size_t rows, crease_multiplier *multiplier) {
    memset(multiplier->row, 0, rows * sizeof(double));
    memset(multiplier->phase, 0, chain->units * sizeof(double));
    for (size_t u = 0; u < chain->units; u++)
        multiplier->slope[u] = NAN;
    multiplier->phases = multiplier->slopes = false;
}

crease_status crease_combiner_new(const crease_chain *chain, crease_combiner *combiner, crease_error *error) {
    *combiner = (crease_combiner){0};
    size_t count = chain->outputs + chain->inputs + chain->units;
    combiner->memory = calloc(count + 1, sizeof(double));
    if (!combiner->memory)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the multipliers of a specification");
    combiner->outputs = combiner->memory;
    combiner->inputs = combiner->outputs + chain->outputs;
    combiner->trace = combiner->inputs + chain->inputs;
    crease_status status = crease_lines_new(chain, &combiner->lines, error);
    if (status != CREASE_OK)
        crease_combiner_clear(combiner);
    return status;
}

void crease_combiner_clear(crease_combiner *combiner) {
    crease_lines_clear(&combiner->lines);
    free(combiner->memory);
    *combiner = (crease_combiner){0};
}

static double error_of_sum(size_t terms) {
    return (double)(terms + 4) * 0x1p-53 * (1 + 0x1p-20);
}

/* Sets the combined coefficients; the result is the combined constant, and *error what rounding can cost. */
static double combine(const crease_bounder *bounder, crease_combiner *combiner,
                      const crease_question_rows *rows, const double *weight, double *error) {
    const crease_chain *chain = bounder->chain;
    const crease_magnitude *magnitude = bounder->magnitude;
    memset(combiner->outputs, 0, chain->outputs * sizeof(double));
    memset(combiner->inputs, 0, chain->inputs * sizeof(double));
    double constant = 0, size = 0, all = 0; /* all: what an underflow of the product is multiplied by */
    for (size_t r = 0; r < rows->row_count; r++) {
        double w = weight[r];
        if (w == 0)
            continue;
        constant += w * rows->constant[r];
        size += fabs(w * rows->constant[r]);
        for (size_t i = 0; i < chain->outputs; i++) {
            double c = w * rows->outputs[r * chain->outputs + i];
            combiner->outputs[i] += c;
            if (rows->outputs[r * chain->outputs + i] != 0) {
                double y = fabs(chain->output_scale[i]) * magnitude->output[i] + fabs(chain->output_shift[i]);
                size += fabs(c) * y;
                all += y;
            }
        }
        for (size_t j = 0; j < chain->inputs; j++) {
            double c = w * rows->inputs[r * chain->inputs + j];
            combiner->inputs[j] += c;
            size += fabs(c) * magnitude->input[j];
            all += magnitude->input[j];
        }
    }
    *error = error_of_sum(rows->row_count) * size + 0x1p-1073 * all;
    return constant;
}

static void read_form(const crease_bounder *bounder, const crease_state *state, size_t r, crease_form *form) {
    const crease_chain *chain = bounder->chain;
    const crease_functionals *functionals = &bounder->functionals;
    crease_functionals_gain(chain, functionals, r, form->gain);
    form->offset = crease_functionals_offset(functionals, r);
    form->least = crease_functionals_least(chain, functionals, r, state->lo, state->hi);
}

static void add_constant(crease_functionals *functionals, size_t r, double constant, double error) {
    functionals->error[r] += error + 0x1p-52 * (fabs(functionals->constant[r]) + fabs(constant));
    functionals->constant[r] += constant;
}

void crease_multiplier_bound(crease_bounder *bounder, crease_combiner *combiner, const crease_state *state,
                             const crease_question_rows *rows, const crease_multiplier *multiplier,
                             crease_form *form) {
    const crease_chain *chain = bounder->chain;
    crease_functionals *functionals = &bounder->functionals;
    const crease_lines *lines = &bounder->lines;
    double error, constant = combine(bounder, combiner, rows, multiplier->row, &error);
    if (multiplier->slopes) {
        for (size_t l = 0; l < chain->depth; l++)
            crease_lines_layer(chain, l, state->lower, state->upper, multiplier->slope, &combiner->lines);
        lines = &combiner->lines;
    }
    functionals->phase = NULL;
    if (multiplier->phases)
        functionals->phase = multiplier->phase;
    functionals->trace = combiner->trace;
    for (size_t r = 0; r < CREASE_TOGETHER; r++) {
        crease_functionals_start_output(chain, bounder->magnitude, combiner->outputs, combiner->inputs,
                                        functionals, r);
        add_constant(functionals, r, constant, error);
    }
    crease_functionals_down(chain, lines, bounder->magnitude, chain->depth, functionals);
    functionals->phase = NULL;
    read_form(bounder, state, 0, form);
}

void crease_multiplier_rows(crease_bounder *bounder, crease_combiner *combiner, const crease_state *state,
                            const crease_question_rows *rows, size_t first, size_t count, crease_form *form) {
    const crease_chain *chain = bounder->chain;
    crease_functionals *functionals = &bounder->functionals;
    functionals->phase = NULL;
    functionals->trace = combiner->trace;
    for (size_t k = 0; k < CREASE_TOGETHER; k++) {
        size_t r = first + (k < count ? k : 0);
        crease_functionals_start_output(chain, bounder->magnitude, rows->outputs + r * chain->outputs,
                                        rows->inputs + r * chain->inputs, functionals, k);
        add_constant(functionals, k, rows->constant[r], 0);
    }
    crease_functionals_down(chain, &bounder->lines, bounder->magnitude, chain->depth, functionals);
    for (size_t k = 0; k < count; k++)
        read_form(bounder, state, k, &form[k]);
}
