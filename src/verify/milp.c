/* One program for each alternative of each case. The verdict is PROVED when all of them have an optimum above GLPK's
 * tolerances, REFUTED when the inputs of some node are a witness in exact arithmetic. */
#include "crease/milp.h"
#include "crease/file.h"
#include "verify/exact.h"
#include "verify/milp_build.h"
#include "verify/milp_solve.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>

typedef struct milp_run {
    const crease_net *net;
    const crease_specification *specification;
    crease_milp_options options;
    crease_milp_result *result;
    double started;
    crease_chain *chain;
    crease_magnitude magnitude;
    crease_bounder bounder;
    crease_state state;
    crease_exact *exact;
    double *x;
    /* the case at hand */
    crease_question question;
    size_t alternative;
} milp_run;

static crease_status open_run(milp_run *run, const crease_milp_options *options, crease_error *error) {
    const crease_net *net = run->net;
    const crease_specification *specification = run->specification;
    run->started = omp_get_wtime();
    if (options)
        run->options = *options;
    if (specification->inputs != net->inputs || specification->outputs != net->outputs)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the specification speaks of %zu inputs and %zu outputs, the network has %zu and %zu",
            specification->inputs, specification->outputs, net->inputs, net->outputs);
    if (!crease_net_is_piecewise_linear(net))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "only a network of straight pieces (relu, leaky, prelu) is a mixed-integer program; crease "
            "verify bounds others as well");
    crease_status status = crease_chain_new(net, &run->chain, error);
    if (status == CREASE_OK)
        status = crease_magnitude_new(run->chain, &run->magnitude, error);
    if (status == CREASE_OK)
        status = crease_bounder_new(run->chain, &run->magnitude, &run->bounder, error);
    if (status == CREASE_OK)
        status = crease_state_new(run->chain, &run->state, error);
    if (status == CREASE_OK)
        status = crease_exact_new(net, &run->exact, error);
    run->x = calloc(net->inputs + 1, sizeof *run->x);
    if (status == CREASE_OK && !run->x)
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for a point");
    return status;
}

static void close_run(milp_run *run) {
    crease_question_clear(&run->question);
    crease_exact_free(run->exact);
    if (run->chain) {
        crease_state_clear(&run->state);
        crease_bounder_clear(&run->bounder);
        crease_magnitude_clear(&run->magnitude);
    }
    crease_chain_free(run->chain);
    free(run->x);
}

static size_t count_open_units(const milp_run *run) {
    size_t count = 0;
    for (size_t l = 0; l < run->chain->depth; l++)
        for (size_t i = 0; i < run->chain->layer[l].rows; i++)
            count += crease_unit_is_unstable(run->chain, &run->state, l, i);
    return count;
}

/* The box of case `index` and the bounds of all units on it. */
static crease_status open_case(milp_run *run, size_t index, crease_error *error) {
    crease_question_clear(&run->question);
    crease_status status = crease_question_new(run->specification, index, &run->question, error);
    if (status != CREASE_OK)
        return status;
    crease_state *state = &run->state;
    for (size_t k = 0; k < run->chain->inputs; k++) {
        state->lo[k] = run->question.lo[k];
        state->hi[k] = run->question.hi[k];
    }
    status = crease_milp_plain_bounds(run->chain, state, error);
    if (status != CREASE_OK)
        return status;
    size_t before = count_open_units(run);
    if (before > run->result->binaries_before)
        run->result->binaries_before = before;
    if (run->options.plain_bounds)
        return CREASE_OK;
    size_t units = run->chain->units;
    double *plain = malloc(2 * (units + 1) * sizeof *plain);
    if (!plain)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the bounds of a network");
    for (size_t u = 0; u < units; u++) {
        plain[2 * u] = state->lower[u];
        plain[2 * u + 1] = state->upper[u];
        state->lower[u] = -INFINITY;
        state->upper[u] = INFINITY;
    }
    crease_bounder_root(&run->bounder, state, NULL);
    for (size_t u = 0; u < units; u++) {
        state->lower[u] = fmax(state->lower[u], plain[2 * u]);
        state->upper[u] = fmin(state->upper[u], plain[2 * u + 1]);
    }
    free(plain);
    return CREASE_OK;
}

/* Calls visit for every program, or only for number `only` where that is one. */
static crease_status visit_programs(milp_run *run, size_t only,
                                    crease_status (*visit)(milp_run *run, const milp_model *model,
                                                           size_t index, void *context, bool *end,
                                                           crease_error *error),
                                    void *context, crease_error *error) {
    const crease_specification *specification = run->specification;
    crease_milp_result *result = run->result;
    crease_status status = CREASE_OK;
    bool end = false;
    size_t number = 0;
    for (size_t k = 0; k < specification->case_count; k++)
        result->programs += specification->cases[k].alternative_count;
    for (size_t k = 0; k < specification->case_count && status == CREASE_OK && !end; k++) {
        const crease_case *source = &specification->cases[k];
        number += source->alternative_count;
        if (source->alternative_count == 0 || (only != SIZE_MAX && only >= number))
            continue;
        status = open_case(run, k, error);
        for (size_t a = 0; a < source->alternative_count && status == CREASE_OK && !end; a++) {
            if (only != SIZE_MAX && only != number - source->alternative_count + a)
                continue;
            milp_model model;
            run->alternative = a;
            status = crease_milp_build(run->chain, &run->state, source, a, &model, error);
            if (status == CREASE_OK) {
                result->binaries = model.binaries > result->binaries ? model.binaries : result->binaries;
                result->rows = model.row_count > result->rows ? model.row_count : result->rows;
                result->columns = model.column_count > result->columns ? model.column_count : result->columns;
                status = visit(run, &model, k, context, &end, error);
            }
            crease_milp_model_clear(&model);
            end = end || only != SIZE_MAX;
        }
    }
    return status;
}

static bool is_witness(void *judge, const double *x) {
    milp_run *run = judge;
    return crease_exact_is_witness(run->exact, &run->question, run->alternative, x);
}

/* The largest row at the outputs of the witness. */
static double largest_row(const milp_run *run, const double *outputs) {
    const crease_alternative *rows = &run->question.source->alternative[run->alternative];
    double largest = NAN;
    for (size_t r = 0; r < rows->row_count; r++) {
        double value = rows->row[r].constant.below;
        for (size_t t = 0; t < rows->row[r].term_count; t++) {
            const crease_term *term = &rows->row[r].term[t];
            value += term->coefficient * (term->output ? outputs[term->index] : run->x[term->index]);
        }
        largest = fmax(largest, value);
    }
    return largest;
}

static crease_status keep_witness(milp_run *run, size_t index, crease_error *error) {
    crease_milp_result *result = run->result;
    size_t inputs = run->net->inputs;
    result->verdict = CREASE_REFUTED;
    result->rigorous = true;
    result->why = NULL;
    result->inputs = inputs;
    result->witness_case = index;
    result->witness_alternative = run->alternative;
    result->witness = calloc(inputs + 1, sizeof *result->witness);
    result->witness_output = calloc(run->net->outputs + 1, sizeof(double));
    if (!result->witness || !result->witness_output)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a witness");
    crease_status status = CREASE_OK;
    for (size_t j = 0; j < inputs && status == CREASE_OK; j++)
        status = crease_exact_witness_number(&run->question, run->x, j, &result->witness[j], error);
    if (status == CREASE_OK)
        status = crease_exact_outputs(run->net, &run->question, run->x, result->witness_output, error);
    if (status == CREASE_OK)
        result->objective = largest_row(run, result->witness_output);
    return status;
}

static const char *reason(milp_stop stop) {
    switch (stop) {
    case MILP_TIMEOUT:
        return "timeout";
    case MILP_INTERRUPTED:
        return "interrupted";
    case MILP_FAILED:
        return "GLPK could not solve the program";
    default:
        return "closer than the tolerances of GLPK";
    }
}

/* The rest of the specification counts as undecided after a failure, but a witness may still be found there. */
static crease_status solve(milp_run *run, const milp_model *model, size_t index, void *context, bool *end,
                           crease_error *error) {
    crease_milp_result *result = run->result;
    double left = run->options.timeout - (omp_get_wtime() - run->started);
    milp_question question = {.timeout = run->options.timeout > 0 ? fmax(left, 1e-3) : 0,
                              .interrupted = run->options.interrupted,
                              .context = run->options.context,
                              .is_witness = is_witness,
                              .judge = run};
    milp_answer answer = {.x = run->x};
    (void)context;
    if (run->question.alternative[run->alternative].row_count == 0) { /* holds everywhere */
        *end = true;
        return keep_witness(run, index, error);
    }
    crease_status status = crease_milp_glpk(model, &question, &answer, error);
    if (status != CREASE_OK)
        return status;
    result->nodes += answer.nodes;
    bool above =
        answer.stop == MILP_POSITIVE || (answer.stop == MILP_OPTIMAL && answer.bound > answer.margin);
    if (answer.stop == MILP_WITNESS || (answer.stop == MILP_OPTIMAL && !above && is_witness(run, run->x))) {
        *end = true;
        return keep_witness(run, index, error);
    }
    if (!(result->objective <= answer.bound))
        result->objective = answer.bound;
    if (!above && !result->why)
        result->why = reason(answer.stop);
    result->interrupted = answer.stop == MILP_INTERRUPTED;
    *end = answer.stop == MILP_INTERRUPTED || answer.stop == MILP_TIMEOUT;
    return CREASE_OK;
}

static crease_status count(milp_run *run, const milp_model *model, size_t index, void *context, bool *end,
                           crease_error *error) {
    (void)run, (void)model, (void)index, (void)context, (void)end, (void)error;
    return CREASE_OK;
}

static crease_status run_all(const crease_net *net, const crease_specification *specification,
                             const crease_milp_options *options, bool solving, crease_milp_result *result,
                             crease_error *error) {
    milp_run run = {.net = net, .specification = specification, .result = result};
    *result = (crease_milp_result){.objective = NAN};
    crease_status status = open_run(&run, options, error);
    if (status == CREASE_OK)
        status = visit_programs(&run, SIZE_MAX, solving ? solve : count, NULL, error);
    if (status == CREASE_OK && !solving)
        result->why = "not solved";
    if (status == CREASE_OK && result->verdict != CREASE_REFUTED)
        result->verdict = result->why ? CREASE_UNKNOWN : CREASE_PROVED;
    if (!isfinite(result->objective))
        result->objective = NAN;
    result->seconds = omp_get_wtime() - run.started;
    close_run(&run);
    if (status != CREASE_OK)
        crease_milp_result_clear(result);
    return status;
}

crease_status crease_milp(const crease_net *net, const crease_specification *specification,
                          const crease_milp_options *options, crease_milp_result *result,
                          crease_error *error) {
    return run_all(net, specification, options, true, result, error);
}

crease_status crease_milp_count(const crease_net *net, const crease_specification *specification,
                                const crease_milp_options *options, crease_milp_result *result,
                                crease_error *error) {
    return run_all(net, specification, options, false, result, error);
}

void crease_milp_result_clear(crease_milp_result *result) {
    for (size_t k = 0; result->witness && k < result->inputs; k++)
        crease_number_clear(&result->witness[k]);
    free(result->witness);
    free(result->witness_output);
    *result = (crease_milp_result){.objective = NAN};
}

static crease_status write(milp_run *run, const milp_model *model, size_t index, void *context, bool *end,
                           crease_error *error) {
    crease_file file;
    (void)run, (void)index;
    crease_status status = crease_file_create(&file, context, error);
    if (status != CREASE_OK)
        return status;
    *end = true;
    status = crease_milp_model_write(model, file.stream, error);
    if (status == CREASE_OK)
        return crease_file_commit(&file, error);
    crease_file_discard(&file);
    return status;
}

crease_status crease_milp_save(const crease_net *net, const crease_specification *specification, size_t index,
                               const crease_milp_options *options, const char *path, crease_error *error) {
    crease_milp_result result = {0};
    milp_run run = {.net = net, .specification = specification, .result = &result};
    crease_status status = open_run(&run, options, error);
    if (status == CREASE_OK)
        status = visit_programs(&run, index, write, (void *)path, error);
    if (status == CREASE_OK && index >= result.programs)
        status = crease_fail(error, CREASE_BAD_ARGUMENT, "there are %zu programs, no number %zu",
                             result.programs, index);
    close_run(&run);
    return status;
}
