/* One extreme of one output by branch and bound. */
#ifndef CREASE_VERIFY_EXTREME_H
#define CREASE_VERIFY_EXTREME_H

#include "crease/range.h"
#include "verify/question.h"

typedef struct crease_extreme_task {
    const crease_net *net;
    const crease_chain *chain;
    const crease_question *question; /* its box */
    size_t output;
    double side; /* 1: the smallest value, -1: the largest */
    const crease_range_options *options;
    double deadline; /* of omp_get_wtime; INFINITY: none */
    crease_extreme *extreme;
    size_t nodes;
} crease_extreme_task;

/* Fills *extreme, whose `where` has room. */
crease_status crease_extreme_find(crease_extreme_task *task, crease_error *error);

#endif
