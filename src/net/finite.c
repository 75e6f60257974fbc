/* Networks whose numbers are all finite, which files of every kind hold. */
#include "net/shape.h"
#include <math.h>

static crease_status check_finite(const char *what, const double *value, size_t count, crease_error *error) {
    for (size_t i = 0; i < count; i++)
        if (!isfinite(value[i]))
            return crease_fail(error, CREASE_BAD_DATA,
                               "a net whose %s[%zu] is not a finite number is not saved", what, i);
    return CREASE_OK;
}

crease_status crease_net_check_finite(const crease_net *net, crease_error *error) {
    crease_status status = check_finite("theta", net->theta, net->parameter_count, error);
    if (!status)
        status = check_finite("input_shift", net->input_shift, net->inputs, error);
    if (!status)
        status = check_finite("input_scale", net->input_scale, net->inputs, error);
    if (!status)
        status = check_finite("output_shift", net->output_shift, net->outputs, error);
    if (!status)
        status = check_finite("output_scale", net->output_scale, net->outputs, error);
    return status;
}
