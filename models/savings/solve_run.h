/* A run of crease savings solve, between its parts. */
#ifndef SAVINGS_SOLVE_RUN_H
#define SAVINGS_SOLVE_RUN_H

#include "crease/app.h"
#include "savings/program.h"

typedef struct solve_run {
    crease_app app;
    savings_model_options model;
    size_t nodes;
    const char *at, *from, *to, *top, *output; /* texts, NULL when not given */
    double *at_x;                              /* owned */
    size_t at_count;
    double lowest, highest; /* range of the table */
    savings_solution *solution;
    savings_kink *kinks; /* up to `highest`, owned */
    size_t kink_count;
    double *x; /* nodes and kinks of the table, ascending, owned */
    size_t x_count;
    double euler_mean, euler_max, seconds;
    bool interrupted;
    double route_error
        [2]; /* D: largest difference of each ODE route from the closed form, of c and V together */
} solve_run;

/* With income risk: K3 and D1. */
static inline bool savings_solve_has_risk(const solve_run *run) {
    return run->solution->rule != NULL;
}

crease_status savings_solve_write_table(const solve_run *run, crease_error *error);
/* The exit code. */
int savings_solve_print_json(const solve_run *run);
int savings_solve_print_text(const solve_run *run);
int savings_solve_draw(const solve_run *run);

#endif
