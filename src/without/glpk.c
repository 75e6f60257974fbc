/* Stands in for what needs GLPK where that is not installed. */
#include "verify/lp.h"
#include "verify/milp_solve.h"

static crease_status unavailable(crease_error *error) {
    return crease_fail(error, CREASE_UNAVAILABLE,
                       "this crease was built without GLPK; install libglpk-dev and build it again");
}

crease_status crease_lp_solve(const lp_problem *problem, lp_solution *solution, crease_error *error) {
    (void)problem;
    solution->status = LP_FAILED;
    return unavailable(error);
}

crease_status crease_milp_glpk(const milp_model *model, const milp_question *question, milp_answer *answer,
                               crease_error *error) {
    (void)model;
    (void)question;
    answer->stop = MILP_FAILED;
    return unavailable(error);
}
