/* The flow of gradient descent in the lab homogeneity: what it conserves, and what finite steps do to it. */
#ifndef LABS_HOMOGENEITY_H
#define LABS_HOMOGENEITY_H

#include "labs/lab.h"

enum { LAB_HALVINGS = 6, LAB_MOST_FLOWS = 100 };

typedef struct lab_flow {
    double bare, biased,
        uncounted;         /* drift of D along the flow: no biases; with, counted in D, and left out of it */
    double time, movement; /* how far the first flow went, and its largest change of a weight */
    double drift[LAB_HALVINGS]; /* of descent with the steps lab_flow_step(0), .. */
    double identity;            /* distance of that drift from what the steps add to D */
} lab_flow;

extern const double lab_flow_time;
double lab_flow_step(int halvings);
/* A random network and data, from a stream of the run's seed. */
crease_status lab_flow_one(const lab_run *run, uint64_t stream, lab_flow *flow, crease_error *error);

#endif
