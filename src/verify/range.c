/* Smallest and largest outputs over a box: by linear regions where one or two inputs vary, by branch and bound else. */
#include "crease/range.h"
#include "crease/regions.h"
#include "regions/rational.h"
#include "specification/number.h"
#include "verify/extreme.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

void crease_range_result_clear(crease_range_result *result) {
    for (size_t i = 0; i < result->count; i++) {
        if (result->min)
            free(result->min[i].where);
        if (result->max)
            free(result->max[i].where);
    }
    free(result->min);
    free(result->max);
    free(result->output);
    *result = (crease_range_result){0};
}

static crease_status allocate(const crease_net *net, const size_t *output, size_t count,
                              crease_range_result *result, crease_error *error) {
    *result = (crease_range_result){.inputs = net->inputs, .count = output ? count : net->outputs};
    result->output = calloc(result->count + 1, sizeof *result->output);
    result->min = calloc(result->count + 1, sizeof *result->min);
    result->max = calloc(result->count + 1, sizeof *result->max);
    bool room = result->output && result->min && result->max;
    for (size_t i = 0; i < result->count && room; i++) {
        result->output[i] = output ? output[i] : i;
        if (result->output[i] >= net->outputs)
            return crease_fail(error, CREASE_BAD_ARGUMENT, "output %zu does not exist: the net has %zu",
                               result->output[i] + 1, net->outputs);
        result->min[i].where = calloc(net->inputs, sizeof(double));
        result->max[i].where = calloc(net->inputs, sizeof(double));
        room = result->min[i].where && result->max[i].where;
    }
    return room ? CREASE_OK : crease_fail(error, CREASE_NO_MEMORY, "out of memory for a range");
}

/* The number of inputs that vary; SIZE_MAX after a message when the box is empty. */
static size_t varying_inputs(const crease_net *net, const crease_number *lower, const crease_number *upper,
                             crease_error *error) {
    size_t count = 0;
    mpq_t low, high;
    mpq_inits(low, high, NULL);
    for (size_t j = 0; j < net->inputs && count != SIZE_MAX; j++) {
        crease_number_get(&lower[j], low);
        crease_number_get(&upper[j], high);
        int order = mpq_cmp(low, high);
        count += order < 0;
        if (order > 0) {
            crease_fail(error, CREASE_BAD_ARGUMENT, "input %zu: the box from %s to %s is empty", j + 1,
                        lower[j].text, upper[j].text);
            count = SIZE_MAX;
        }
    }
    mpq_clears(low, high, NULL);
    return count;
}

/* ---- linear regions ---- */

static void take_exact(const crease_regions *regions, double value, double bound, const double *where,
                       crease_extreme *extreme) {
    extreme->value = value;
    extreme->bound = bound;
    extreme->exact = extreme->certified = true;
    memcpy(extreme->where, regions->from, regions->inputs * sizeof(double));
    for (size_t k = 0; k < regions->dimension; k++)
        extreme->where[regions->varying[k]] = where[k];
}

/* *done is false when there are too many regions. */
static crease_status by_regions(const crease_net *net, const crease_number *lower, const crease_number *upper,
                                const crease_range_options *options, crease_range_result *result, bool *done,
                                crease_error *error) {
    crease_regions *regions;
    crease_regions_options limits = {
        .limit = options->region_limit, .interrupted = options->interrupted, .context = options->context};
    crease_status status = crease_regions_box(net, lower, upper, &limits, &regions, error);
    if (status != CREASE_OK)
        return status;
    *done = regions->complete;
    for (size_t i = 0; i < result->count && *done; i++) {
        size_t k = result->output[i], d = regions->dimension;
        take_exact(regions, regions->output_min[k], regions->output_below[k], regions->argmin + k * d,
                   &result->min[i]);
        take_exact(regions, regions->output_max[k], regions->output_above[k], regions->argmax + k * d,
                   &result->max[i]);
    }
    result->by_regions = *done;
    result->nodes = regions->region_count;
    crease_regions_free(regions);
    return CREASE_OK;
}

/* ---- branch and bound ---- */

/* One case with the box and nothing to violate. */
static crease_status box_specification(const crease_net *net, const crease_number *lower,
                                       const crease_number *upper, crease_specification **specification,
                                       crease_error *error) {
    double *zeros = calloc(net->inputs, sizeof *zeros);
    if (!zeros)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a box");
    crease_status status =
        crease_specification_box(net->inputs, net->outputs, zeros, zeros, specification, error);
    free(zeros);
    for (size_t j = 0; j < net->inputs && status == CREASE_OK; j++) {
        crease_case *only = &(*specification)->cases[0];
        crease_number_clear(&only->lower[j]);
        crease_number_clear(&only->upper[j]);
        status = crease_number_copy(&lower[j], &only->lower[j], error);
        if (status == CREASE_OK)
            status = crease_number_copy(&upper[j], &only->upper[j], error);
    }
    return status;
}

/* Each task has its share of the time, as tasks are done `threads` at a time. */
static double share_of_time(const crease_range_options *options, size_t tasks, size_t threads) {
    if (!(options->timeout > 0))
        return INFINITY;
    size_t rounds = (tasks + threads - 1) / threads;
    return options->timeout / (double)rounds;
}

static crease_status run_tasks(crease_extreme_task *task, size_t count, const crease_range_options *options,
                               crease_error *error) {
    crease_status status = CREASE_OK;
    size_t threads = options->threads ? options->threads : (size_t)omp_get_max_threads(), done = 0;
    threads = threads < count ? threads : count;
    double share = share_of_time(options, count, threads);
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)threads)
    for (size_t i = 0; i < count; i++) {
        crease_error own = {0};
        task[i].deadline = omp_get_wtime() + share;
        crease_status of_task = crease_extreme_find(&task[i], &own);
#pragma omp critical(crease_range_tasks)
        {
            if (of_task != CREASE_OK && status == CREASE_OK) {
                status = of_task;
                if (error)
                    *error = own;
            }
            if (options->progress)
                options->progress(++done, count, options->context);
        }
    }
    return status;
}

static crease_status by_boxes(const crease_net *net, const crease_number *lower, const crease_number *upper,
                              const crease_range_options *options, crease_range_result *result,
                              crease_error *error) {
    crease_specification *specification = NULL;
    crease_question question = {0};
    crease_chain *chain = NULL;
    size_t count = 2 * result->count;
    crease_extreme_task *task = calloc(count + 1, sizeof *task);
    crease_status status =
        task ? CREASE_OK : crease_fail(error, CREASE_NO_MEMORY, "out of memory for a range");
    if (status == CREASE_OK)
        status = box_specification(net, lower, upper, &specification, error);
    if (status == CREASE_OK)
        status = crease_question_new(specification, 0, &question, error);
    if (status == CREASE_OK)
        status = crease_chain_new(net, &chain, error);
    for (size_t i = 0; i < count && status == CREASE_OK; i++)
        task[i] = (crease_extreme_task){.net = net,
                                        .chain = chain,
                                        .question = &question,
                                        .output = result->output[i / 2],
                                        .side = i % 2 ? -1 : 1,
                                        .options = options,
                                        .extreme = i % 2 ? &result->max[i / 2] : &result->min[i / 2]};
    if (status == CREASE_OK)
        status = run_tasks(task, count, options, error);
    result->nodes = 0;
    for (size_t i = 0; i < count && status == CREASE_OK; i++) {
        const char *why = task[i].extreme->why;
        result->nodes += task[i].nodes;
        result->interrupted = result->interrupted || (why && strcmp(why, "interrupted") == 0);
    }
    crease_chain_free(chain);
    crease_question_clear(&question);
    crease_specification_free(specification);
    free(task);
    return status;
}

crease_status crease_range(const crease_net *net, const crease_number *lower, const crease_number *upper,
                           const size_t *output, size_t count, const crease_range_options *options,
                           crease_range_result *result, crease_error *error) {
    static const crease_range_options defaults = {0};
    double begin = omp_get_wtime();
    bool done = false;
    options = options ? options : &defaults;
    crease_status status = allocate(net, output, count, result, error);
    if (status != CREASE_OK)
        return status;
    size_t varying = varying_inputs(net, lower, upper, error);
    if (varying == SIZE_MAX)
        return CREASE_BAD_ARGUMENT;
    if ((varying == 1 || varying == 2) && crease_net_is_piecewise_linear(net))
        status = by_regions(net, lower, upper, options, result, &done, error);
    if (status == CREASE_OK && !done)
        status = by_boxes(net, lower, upper, options, result, error);
    result->seconds = omp_get_wtime() - begin;
    return status;
}
