/* One run of crease milp. */
#ifndef CREASE_CLI_MILP_RUN_H
#define CREASE_CLI_MILP_RUN_H

#include "crease/app.h"
#include "crease/crease.h"
#include "verify_question.h"

typedef struct milp_run {
    crease_app app;
    question_files files;
    const char *lp_path;
    bool no_solve, plain_bounds, study;
    double timeout;
    crease_net *net;
    crease_specification *specification;
    crease_milp_result result;
} milp_run;

/* The name of program `index` of `programs`: OUT.lp, or OUT-1.lp, OUT-2.lp, ...; owned, NULL without memory. */
char *milp_lp_name(const char *path, size_t index, size_t programs);

int milp_report(const milp_run *run);

/* Time against the number of units, of GLPK and of the engine, on random networks. */
int milp_study(const milp_run *run);

#endif
