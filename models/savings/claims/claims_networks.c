/* Which network for which function: a network with as many hinges as a piecewise-linear function has kinks is
 * exact; on a curved value a ReLU network spends its hinges on curvature, n of them leave an error of order
 * 1/n^2, and smooth units win at equal parameters. Fitted to 200 values, judged on 2001. */
#include "savings/claims/claim_measures.h"
#include <math.h>
#include <stdlib.h>

enum { FIT_POINTS = 200, JUDGE_POINTS = 2001 };

static double grid(double from, double to, size_t i, size_t points) {
    return from + (to - from) * (double)i / (double)(points - 1);
}

static crease_status largest_error(const savings_solution *solution, savings_object object,
                                   const savings_claim_setup *setup, crease_net *net, double *largest,
                                   crease_error *error) {
    double from, to;
    crease_work *work;
    crease_status status = crease_work_new(net, &work, error);
    if (status != CREASE_OK)
        return status;
    savings_object_range(solution, object, &from, &to);
    *largest = 0;
    for (size_t i = 0; i < JUDGE_POINTS; i++) {
        double x = grid(from, to, i, JUDGE_POINTS), y;
        crease_net_evaluate(net, NULL, work, 1, &x, &y);
        *largest = fmax(*largest, fabs(y - savings_claim_value(solution, object, setup, x)));
    }
    crease_work_free(work);
    return CREASE_OK;
}

static crease_status fit(const savings_solution *solution, savings_object object,
                         const savings_claim_setup *setup, const char *spec, double *largest,
                         crease_error *error) {
    double from, to, *x = malloc(2 * FIT_POINTS * sizeof *x), *y = x ? x + FIT_POINTS : NULL;
    crease_net *net = NULL;
    crease_fit_result result = {0};
    if (!x)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %d points", FIT_POINTS);
    savings_object_range(solution, object, &from, &to);
    for (size_t i = 0; i < FIT_POINTS; i++) {
        x[i] = grid(from, to, i, FIT_POINTS);
        y[i] = savings_claim_value(solution, object, setup, x[i]);
    }
    crease_data data = {.n = FIT_POINTS, .inputs = 1, .outputs = 1, .x = x, .y = y};
    crease_fit_options options = {.starts = setup->starts ? setup->starts : 8,
                                  .seed = setup->seed ? setup->seed : 1,
                                  .threads = setup->threads,
                                  .interrupted = setup->interrupted,
                                  .interrupted_context = setup->interrupted_context};
    crease_status status = crease_net_parse(spec, 1, 1, &net, error);
    if (status == CREASE_OK)
        status = crease_fit(net, &data, &options, &result, error);
    if (status == CREASE_OK)
        status = largest_error(solution, object, setup, net, largest, error);
    crease_fit_result_clear(&result);
    crease_net_free(net);
    free(x);
    return status;
}

/* Exact: the error is rounding. */
static crease_status exact_fit(const savings_solution *solution, savings_object object,
                               const savings_claim_setup *setup, const char *spec, savings_evidence *evidence,
                               crease_error *error) {
    double largest, smooth;
    crease_status status = fit(solution, object, setup, spec, &largest, error);
    if (status == CREASE_OK)
        status = fit(solution, object, setup, "tanh:5", &smooth, error);
    if (status != CREASE_OK)
        return status;
    savings_claim_add_bound(evidence, "largest error of the ReLU network", largest, SAVINGS_AT_MOST, 1e-12);
    savings_claim_add_bound(evidence, "of tanh:5", smooth, SAVINGS_AT_LEAST, 1e-5);
    evidence->verdict = largest <= 1e-12;
    evidence->theory = true;
    return CREASE_OK;
}

crease_status savings_claim_one_unit(const savings_solution *solution, savings_object object,
                                     const savings_claim_setup *setup, savings_evidence *evidence,
                                     crease_error *error) {
    return exact_fit(solution, object, setup, "affine+relu:1", evidence, error);
}

crease_status savings_claim_two_units(const savings_solution *solution, savings_object object,
                                      const savings_claim_setup *setup, savings_evidence *evidence,
                                      crease_error *error) {
    return exact_fit(solution, object, setup, "affine+relu:2", evidence, error);
}

/* 16 free parameters each. */
crease_status savings_claim_contest(const savings_solution *solution, savings_object object,
                                    const savings_claim_setup *setup, savings_evidence *evidence,
                                    crease_error *error) {
    double relu, smooth;
    crease_status status = fit(solution, object, setup, "affine+relu:7", &relu, error);
    if (status == CREASE_OK)
        status = fit(solution, object, setup, "tanh:5", &smooth, error);
    if (status != CREASE_OK)
        return status;
    savings_claim_add_bound(evidence, "largest error, affine+relu:7 over tanh:5", relu / smooth,
                            SAVINGS_AT_LEAST, 2);
    evidence->verdict = relu < smooth;
    evidence->theory = false;
    return CREASE_OK;
}
