/* Networks fitted to exact values of an object at evenly spread points. */
#include "savings/held.h"
#include "savings/savings.h"
#include <math.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* n values of x, then n of the object. */
static crease_status sample(const savings_solution *solution, savings_object object, size_t n,
                            double **values, crease_error *error) {
    double from, to;
    *values = n > 1 && n <= SIZE_MAX / (4 * sizeof **values) ? malloc(2 * n * sizeof **values) : NULL;
    if (!*values)
        return crease_fail(error, n > 1 ? CREASE_NO_MEMORY : CREASE_BAD_ARGUMENT, "cannot fit to %zu points",
                           n);
    savings_object_range(solution, object, &from, &to);
    for (size_t i = 0; i < n; i++) {
        double x = from + (to - from) * (double)i / (double)(n - 1);
        (*values)[i] = x;
        (*values)[n + i] = savings_object_at(solution, object, x, NULL, NULL);
        if (!isfinite((*values)[n + i]))
            return crease_fail(
                error, CREASE_BAD_ARGUMENT, "%s has no finite value at %s = %g with these parameters",
                savings_object_name(object), savings_object_variable(solution->model, object), x);
    }
    return CREASE_OK;
}

static size_t count_hinges(const crease_net *net) {
    size_t count = 0;
    for (size_t u = 0; net->layer_count == 1 && u < net->layer[0].width; u++) {
        double parameter;
        count += crease_net_unit(net, 0, u, &parameter)->activation == CREASE_RELU;
    }
    return count;
}

/* One hinge at the critical point, or at the first kinks of the policy. */
static crease_status fit_held(const savings_solution *solution, savings_object object, crease_net *net,
                              const crease_data *data, const crease_fit_options *options,
                              crease_error *error) {
    double critical = savings_critical_point(solution, object);
    const double *kink = object == SAVINGS_CONSUMPTION && solution->knots > 0 ? solution->m : &critical;
    size_t available = object == SAVINGS_CONSUMPTION ? solution->knots
                       : isnan(critical)             ? (size_t)0
                                                     : (size_t)1,
           hinges = count_hinges(net);
    if (hinges > available)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "%s has %zu kink(s) to hold a hinge at, fewer than the %zu relu units",
                           savings_object_name(object), available, hinges);
    return savings_fit_held(net, data, kink, hinges, options, error);
}

crease_status savings_fit(const savings_solution *solution, savings_object object, const char *spec,
                          const savings_fit_options *options, savings_fit_row *row, crease_error *error) {
    savings_fit_options chosen = options ? *options : (savings_fit_options){0};
    size_t n = chosen.points ? chosen.points : 200;
    double *values = NULL, started = now();
    crease_net *net = NULL;
    crease_fit_result result = {0};
    *row = (savings_fit_row){0};
    crease_status status = crease_net_parse(spec, 1, 1, &net, error);
    if (status == CREASE_OK && !savings_object_exists(solution->model, object))
        status =
            crease_fail(error, CREASE_BAD_ARGUMENT, "%s belongs to model B", savings_object_name(object));
    if (status == CREASE_OK)
        status = sample(solution, object, n, &values, error);
    if (status != CREASE_OK)
        goto done;
    crease_data data = {.n = n, .inputs = 1, .outputs = 1, .x = values, .y = values + n};
    status = chosen.hold_kink ? fit_held(solution, object, net, &data, &chosen.fit, error)
                              : crease_fit(net, &data, &chosen.fit, &result, error);
    if (status != CREASE_OK)
        goto done;
    double seconds = now() - started;
    status = savings_judge(solution, object, net, row, error);
    net = NULL; /* the row has it, or it is freed */
    row->seconds = seconds;
    row->fitted = true;
    row->held = chosen.hold_kink;
    if (status == CREASE_OK && row->held)
        row->n_free -= count_hinges(row->net);
done:
    crease_fit_result_clear(&result);
    crease_net_free(net);
    free(values);
    return status;
}
