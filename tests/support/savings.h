/* Solutions that the tests of the savings model start from; a failure fails the test. */
#ifndef TEST_SAVINGS_H
#define TEST_SAVINGS_H

#include "savings/savings.h"
#include <check.h>

static inline savings_solution *solve(savings_model model, const savings_parameters *parameters,
                                      double highest) {
    savings_solution *solution;
    crease_error error = {0};
    crease_status status = savings_solve(model, parameters, &(savings_solve_options){.highest = model == SAVINGS_A ? highest : 0}, &solution, &error);
    ck_assert_msg(status == CREASE_OK, "%s", error.message);
    return solution;
}

static inline savings_solution *solve_default(savings_model model, double highest) {
    savings_parameters parameters = savings_defaults(model);
    return solve(model, &parameters, highest);
}

#endif
