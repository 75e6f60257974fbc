/* A unit that sleeps: training in which a bias schedule acts on one hidden unit alone. */
#ifndef LABS_REVIVAL_H
#define LABS_REVIVAL_H

#include "crease/fit.h"

/* Training of a net of one input whose unit 0 gets -1000 added to its bias from step `asleep` to before step `awake`. */
typedef struct lab_sleep {
    const crease_net *net; /* one hidden layer; where training starts */
    const crease_data *data;
    size_t asleep, awake, end;
} lab_sleep;

/* After each step, steps counted from 1: the loss with the unit awake, and how far its weight has moved in this step.
 * loss, move: end + 1 values, those of step 0 the loss at the start and 0. */
crease_status lab_sleep_train(const lab_sleep *sleep, const crease_fit_options *options, double *loss,
                              double *move, crease_error *error);

#endif
