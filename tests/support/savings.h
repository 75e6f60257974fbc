/* Solutions that the tests of the savings model start from; a failure fails the test. */
#ifndef TEST_SAVINGS_H
#define TEST_SAVINGS_H

#include "savings/savings.h"
#include <check.h>

static inline savings_solution *solve(savings_model model, const savings_parameters *parameters,
                                      double highest) {
    savings_solution *solution;
    crease_error error = {0};
    crease_status status = savings_solve(
        model, parameters, &(savings_solve_options){.highest = model == SAVINGS_A ? highest : 0}, &solution,
        &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    return solution;
}

static inline savings_solution *solve_default(savings_model model, double highest) {
    savings_parameters parameters = savings_defaults(model);
    return solve(model, &parameters, highest);
}

static inline savings_fit_row fit(const savings_solution *solution, savings_object object, const char *net,
                                  bool hold, uint64_t seed, size_t starts) {
    savings_fit_options options = {.hold_kink = hold, .fit = {.seed = seed, .starts = starts}};
    savings_fit_row row;
    crease_error error = {0};
    crease_status status = savings_fit(solution, object, net, &options, &row, &error);
    ck_assert_msg(status == CREASE_OK, "%s of %s: %s", net, savings_object_name(object), error.message);
    return row;
}

#endif
