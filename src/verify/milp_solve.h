/* A mixed-integer program solved by GLPK. */
#ifndef CREASE_VERIFY_MILP_SOLVE_H
#define CREASE_VERIFY_MILP_SOLVE_H

#include "verify/milp_model.h"

typedef enum milp_stop {
    MILP_FAILED = 0, /* GLPK found a fault, or no solution at all: says nothing */
    MILP_OPTIMAL,    /* bound is the optimum, at x */
    MILP_POSITIVE,   /* bound is above the margin */
    MILP_WITNESS,    /* is_witness(x) */
    MILP_TIMEOUT,
    MILP_INTERRUPTED
} milp_stop;

typedef struct milp_question {
    double timeout; /* seconds; 0: none */
    bool (*interrupted)(void *context);
    void *context;
    bool (*is_witness)(void *judge, const double *x); /* inputs; tried at every node */
    void *judge;
} milp_question;

typedef struct milp_answer {
    milp_stop stop;
    double bound;  /* of the objective, from below; -INFINITY: none */
    double margin; /* what GLPK's tolerances may be wrong by, about */
    size_t nodes;
    double *x; /* inputs, of the caller */
} milp_answer;

/* CREASE_UNAVAILABLE without GLPK, CREASE_NO_MEMORY. */
crease_status crease_milp_glpk(const milp_model *model, const milp_question *question, milp_answer *answer,
                               crease_error *error);

#endif
