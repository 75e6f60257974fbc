/* Fits a network of one hidden layer whose ReLU units stay where they are put. */
#ifndef SAVINGS_HELD_H
#define SAVINGS_HELD_H

#include "crease/crease.h"

/* The j-th relu unit of net has its corner at kink[j]; everything else is fitted to the data (one input, one
 * output), from several starts. BAD_ARGUMENT when the net has another number of relu units than `kinks`, or
 * two layers. */
crease_status savings_fit_held(crease_net *net, const crease_data *data, const double *kink, size_t kinks,
                               const crease_fit_options *options, crease_error *error);

#endif
