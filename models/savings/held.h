/* Networks of one hidden layer whose hinges (relu and relu^p units) stay where they are put. */
#ifndef SAVINGS_HELD_H
#define SAVINGS_HELD_H

#include "crease/crease.h"

/* Which parameters of a net are free: all but the incoming weight and bias of the first `held` hinges. */
typedef struct savings_held {
    crease_net *net; /* borrowed; holds the values of what is not free */
    size_t *place;   /* of each free parameter in theta, ascending; owned */
    size_t count;    /* of free parameters; those that enter linearly come last */
    size_t held;     /* hinges that are held */
} savings_held;

/* Number of relu and relu^p units of a net of one hidden layer, 0 for other nets. */
size_t savings_count_hinges(const crease_net *net);

/* Puts the j-th hinge of net at kink[j], in the net's scaling, which must be set. BAD_ARGUMENT when the net has fewer hinges
 * than `kinks`, or not one layer. No kinks: everything is free. */
crease_status savings_held_new(crease_net *net, const double *kink, size_t kinks, savings_held *held,
                               crease_error *error);
void savings_held_clear(savings_held *held);

/* Scales input and output to mean 0 and standard deviation 1 on the data. */
void savings_scale_net(crease_net *net, const crease_data *data);

/* Fits to data (one input, one output, weights or none) from several starts, with the first `kinks` hinges held. */
crease_status savings_fit_held(crease_net *net, const crease_data *data, const double *kink, size_t kinks,
                               const crease_fit_options *options, crease_error *error);

#endif
