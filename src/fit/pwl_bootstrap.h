/* Inside inference: from replicates to intervals. */
#ifndef CREASE_FIT_PWL_BOOTSTRAP_H
#define CREASE_FIT_PWL_BOOTSTRAP_H

#include "fit/pwl_refit.h"

/* Fills standard errors, covariance and intervals from inference->replicate. */
crease_status crease_bootstrap_summarise(const crease_sample *sample, const crease_data *data,
                                         const crease_pwl *pwl, const crease_bootstrap_options *options,
                                         crease_pwl_inference *inference, crease_error *error);

#endif
