/* The linear program of a node, from what the examiner knows. */
#include "verify/lp.h"
#include "verify/node.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct crease_node_lp {
    lp_layer *layer;
    double **coefficient; /* of each alternative: rows x (inputs + outputs) */
    double *x;
    size_t alternatives;
} crease_node_lp;

static double *row_coefficients(const crease_question *question, const crease_question_rows *rows) {
    size_t d = question->inputs, m = question->outputs;
    double *coefficient = malloc((rows->row_count * (d + m) + 1) * sizeof *coefficient);
    for (size_t r = 0; coefficient && r < rows->row_count; r++) {
        memcpy(coefficient + r * (d + m), rows->inputs + r * d, d * sizeof(double));
        memcpy(coefficient + r * (d + m) + d, rows->outputs + r * m, m * sizeof(double));
    }
    return coefficient;
}

crease_status crease_node_lp_new(const crease_chain *chain, const crease_question *question,
                                 crease_node_lp **result, crease_error *error) {
    *result = NULL;
    crease_node_lp *lp = calloc(1, sizeof *lp);
    if (!lp)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a linear program");
    lp->alternatives = question->alternative_count;
    lp->layer = calloc(chain->depth + 1, sizeof *lp->layer);
    lp->coefficient = calloc(lp->alternatives + 1, sizeof *lp->coefficient);
    lp->x = malloc((chain->inputs + 1) * sizeof *lp->x);
    bool done = lp->layer && lp->coefficient && lp->x;
    for (size_t a = 0; done && a < lp->alternatives; a++)
        done = (lp->coefficient[a] = row_coefficients(question, &question->alternative[a])) != NULL;
    if (!done) {
        crease_node_lp_free(lp);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a linear program");
    }
    for (size_t l = 0; l < chain->depth; l++) {
        const crease_chain_layer *from = &chain->layer[l];
        lp->layer[l] = (lp_layer){.width = from->rows,
                                  .fan_in = from->cols,
                                  .stride = from->stride,
                                  .first = from->first,
                                  .weights = from->W,
                                  .bias = from->b,
                                  .slope = from->slope};
    }
    *result = lp;
    return CREASE_OK;
}

void crease_node_lp_free(crease_node_lp *lp) {
    if (!lp)
        return;
    for (size_t a = 0; lp->coefficient && a < lp->alternatives; a++)
        free(lp->coefficient[a]);
    free(lp->coefficient);
    free(lp->layer);
    free(lp->x);
    free(lp);
}

static bool any(const double *value, size_t count) {
    for (size_t u = 0; u < count; u++)
        if (value[u] != 0)
            return true;
    return false;
}

bool crease_node_lp_solve(crease_examiner *examiner, const crease_state *state, size_t a, bool *feasible) {
    const crease_chain *chain = examiner->chain;
    const crease_chain_layer *output = &chain->layer[chain->depth];
    const crease_question_rows *rows = &examiner->question->alternative[a];
    crease_node_lp *lp = examiner->lp;
    crease_multiplier *multiplier = &examiner->multiplier;
    for (size_t l = 0; l < chain->depth; l++) {
        size_t first = chain->layer[l].first;
        lp->layer[l].lower = state->lower + first;
        lp->layer[l].upper = state->upper + first;
        lp->layer[l].phase = state->phase + first;
    }
    lp_problem problem = {.inputs = chain->inputs,
                          .outputs = chain->outputs,
                          .layer_count = chain->depth,
                          .row_count = rows->row_count,
                          .lower = state->lo,
                          .upper = state->hi,
                          .input_shift = chain->shift,
                          .input_scale = chain->scale,
                          .layer = lp->layer,
                          .output_weights = output->W,
                          .output_bias = output->b,
                          .affine_weights = chain->skip,
                          .output_stride = output->stride,
                          .affine_stride = chain->input_stride,
                          .output_shift = chain->output_shift,
                          .output_scale = chain->output_scale,
                          .coefficient = lp->coefficient[a],
                          .constant = rows->constant}; /* no limit of time: iterations are limited */
    crease_multiplier_zero(chain, rows->row_count, multiplier);
    lp_solution solution = {
        .x = lp->x, .row = multiplier->row, .phase = multiplier->phase, .slope = multiplier->slope};
    crease_error ignored; /* without the program the search goes on with smaller boxes */
    *feasible = false;
    if (crease_lp_solve(&problem, &solution, &ignored) != CREASE_OK || solution.status == LP_FAILED)
        return false;
    multiplier->phases = any(multiplier->phase, chain->units);
    multiplier->slopes = true;
    if (solution.objective > 0)
        return true;
    memcpy(examiner->point, lp->x, chain->inputs * sizeof(double));
    *feasible = true;
    return false;
}
