/* Stands in for what needs GLPK where that is not installed. */
#include "verify/lp.h"

crease_status crease_lp_solve(const lp_problem *problem, lp_solution *solution, crease_error *error) {
    (void)problem;
    solution->status = LP_FAILED;
    return crease_fail(error, CREASE_UNAVAILABLE,
                       "this crease was built without GLPK; install libglpk-dev and build it again");
}
