/* Verification of all cases of a specification, one after the other. */
#include "crease/verify.h"
#include "crease/file.h"
#include "verify/search.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

typedef struct verification {
    const crease_net *net;
    const crease_specification *specification;
    crease_verify_options options;
    crease_verify_result *result;
    crease_chain *chain;
    crease_file proof;
    double started, largest,
        volume; /* volumes of all cases: log of the largest, and their sum over the largest */
    crease_search search;
    const char *why; /* why a case was left undecided */
} verification;

const char *crease_verdict_name(crease_verdict verdict) {
    static const char *const name[] = {"unknown", "proved", "refuted"};
    return name[verdict];
}

static crease_status check_arguments(const verification *run, crease_error *error) {
    const crease_net *net = run->net;
    const crease_specification *specification = run->specification;
    if (specification->inputs != net->inputs || specification->outputs != net->outputs)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the specification speaks of %zu inputs and %zu outputs, the network has %zu and %zu",
            specification->inputs, specification->outputs, net->inputs, net->outputs);
    if (run->options.proof && !crease_net_is_piecewise_linear(net))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "proofs are written for networks of straight pieces (relu, leaky, prelu) only; verify "
            "this one without a proof");
    return CREASE_OK;
}

/* log of the volume of a box, sides of length 0 left out */
static double log_volume(const crease_specification *specification, size_t index) {
    const crease_case *box = &specification->cases[index];
    double sum = 0;
    for (size_t j = 0; j < specification->inputs; j++) {
        double width = box->upper[j].above - box->lower[j].below;
        if (width > 0 && isfinite(width))
            sum += log(width);
    }
    return sum;
}

static double largest_log_volume(const crease_specification *specification) {
    double largest = -INFINITY;
    for (size_t k = 0; k < specification->case_count; k++)
        largest = fmax(largest, log_volume(specification, k));
    return largest;
}

/* Witness and outputs of a refuted case. */
static crease_status keep_witness(verification *run, const crease_question *question, size_t index,
                                  crease_error *error) {
    crease_verify_result *result = run->result;
    size_t inputs = run->net->inputs;
    result->inputs = inputs;
    result->witness_case = index;
    result->witness_alternative = run->search.alternative;
    result->witness = calloc(inputs + 1, sizeof *result->witness);
    result->witness_output = calloc(run->net->outputs + 1, sizeof(double));
    if (!result->witness || !result->witness_output)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a witness");
    crease_status status = CREASE_OK;
    for (size_t j = 0; j < inputs && status == CREASE_OK; j++)
        status = crease_exact_witness_number(question, run->search.point, j, &result->witness[j], error);
    if (status == CREASE_OK)
        status = crease_exact_outputs(run->net, question, run->search.point, result->witness_output, error);
    return status;
}

static crease_status verify_case(verification *run, size_t index, crease_error *error) {
    crease_search *search = &run->search;
    crease_question question = {0};
    search->record = (crease_record){0};
    search->why = NULL;
    search->share = exp(log_volume(run->specification, index) - run->largest) / run->volume;
    search->question = &question;
    crease_status status = crease_question_new(run->specification, index, &question, error);
    if (status == CREASE_OK)
        status = crease_search_run(search, error);
    if (status == CREASE_OK && search->refuted)
        status = keep_witness(run, &question, index, error);
    else if (status == CREASE_OK && !search->why && search->keeps_record)
        status = crease_record_write(&search->record, run->chain, index, run->proof.stream, error);
    if (search->why)
        run->why = search->why;
    crease_record_clear(&search->record);
    crease_question_clear(&question);
    return status;
}

static crease_status verify_cases(verification *run, crease_error *error) {
    crease_search *search = &run->search;
    run->largest = largest_log_volume(run->specification);
    for (size_t k = 0; k < run->specification->case_count; k++)
        run->volume += exp(log_volume(run->specification, k) - run->largest);
    crease_status status = CREASE_OK;
    for (size_t k = 0; k < run->specification->case_count && status == CREASE_OK && !search->refuted; k++) {
        status = verify_case(run, k, error);
        bool late = search->interrupted || omp_get_wtime() > search->deadline;
        if (late && k + 1 < run->specification->case_count && !run->why)
            run->why = "timeout"; /* the cases that follow were not looked at */
        if (late ||
            (run->options.node_limit && search->progress.nodes >= run->options.node_limit && run->why))
            break;
    }
    return status;
}

static crease_status open_proof(verification *run, crease_error *error) {
    if (!run->options.proof)
        return CREASE_OK;
    run->search.keeps_record = true;
    crease_status status = crease_file_create(&run->proof, run->options.proof, error);
    if (status == CREASE_OK)
        fputs("crease-proof 1\n", run->proof.stream);
    return status;
}

static void report(verification *run) {
    crease_verify_result *result = run->result;
    const crease_search *search = &run->search;
    result->verdict = search->refuted ? CREASE_REFUTED : run->why ? CREASE_UNKNOWN : CREASE_PROVED;
    result->why = result->verdict == CREASE_UNKNOWN ? run->why : NULL;
    result->interrupted = search->interrupted;
    result->nodes = search->progress.nodes;
    result->depth = search->progress.depth;
    result->settled = result->verdict == CREASE_PROVED ? 1 : fmin(search->progress.settled, 1);
    result->seconds = omp_get_wtime() - run->started;
}

crease_status crease_verify(const crease_net *net, const crease_specification *specification,
                            const crease_verify_options *options, crease_verify_result *result,
                            crease_error *error) {
    verification run = {
        .net = net, .specification = specification, .result = result, .started = omp_get_wtime()};
    *result = (crease_verify_result){0};
    if (options)
        run.options = *options;
    crease_status status = check_arguments(&run, error);
    if (status == CREASE_OK)
        status = crease_chain_new(net, &run.chain, error);
    if (status == CREASE_OK)
        status = open_proof(&run, error);
    crease_search *search = &run.search;
    search->net = net;
    search->chain = run.chain;
    search->options = &run.options;
    search->started = run.started;
    search->deadline = run.options.timeout > 0 ? run.started + run.options.timeout : INFINITY;
    search->point = malloc((net->inputs + 1) * sizeof(double));
    if (status == CREASE_OK && !search->point)
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for a search");
    if (status == CREASE_OK)
        status = verify_cases(&run, error);
    if (status == CREASE_OK)
        report(&run);
    if (status == CREASE_OK && run.proof.stream && result->verdict == CREASE_PROVED) {
        fputs("end\n", run.proof.stream);
        status = crease_file_commit(&run.proof, error);
    }
    crease_file_discard(&run.proof);
    free(search->point);
    crease_chain_free(run.chain);
    if (status != CREASE_OK)
        crease_verify_result_clear(result);
    return status;
}

void crease_verify_result_clear(crease_verify_result *result) {
    for (size_t j = 0; result->witness && j < result->inputs; j++)
        crease_number_clear(&result->witness[j]);
    free(result->witness);
    free(result->witness_output);
    *result = (crease_verify_result){0};
}
