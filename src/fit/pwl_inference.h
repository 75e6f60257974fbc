/* Inside inference: what its files share. */
#ifndef CREASE_FIT_PWL_INFERENCE_H
#define CREASE_FIT_PWL_INFERENCE_H

#include "crease/inference.h"
#include "fit/pwl_sample.h"

/* Room for the estimates, with their values; level 0 means .95. BAD_ARGUMENT for knots out of order. */
crease_status crease_pwl_inference_new(const crease_pwl *pwl, double level, crease_pwl_inference *inference,
                                       crease_error *error);

#endif
