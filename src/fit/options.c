/* What is refused in the options of a fit, the defaults of each method, and the schedule of bias warming:
 *
 *   gamma(t) = height (1 - t / steps) for t < steps, then 0 */
#include "fit/methods.h"
#include <math.h>

static crease_status check_number(const char *name, double value, double below, crease_error *error) {
    if (value >= 0 && value < below)
        return CREASE_OK;
    if (below < INFINITY)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the option %s is %g; choose a number from 0 to below %g", name, value, below);
    return crease_fail(error, CREASE_BAD_ARGUMENT,
                       "the option %s is %g; choose a finite number of at least 0", name, value);
}

crease_status crease_fit_options_check(const crease_fit_options *o, crease_error *error) {
    crease_status status = CREASE_OK;
    if (!o)
        return status;
    const struct {
        const char *name;
        double value, below;
    } number[] = {{"tolerance", o->tolerance, INFINITY},
                  {"l2", o->l2, INFINITY},
                  {"learning_rate", o->learning_rate, INFINITY},
                  {"momentum", o->momentum, 1},
                  {"decay", o->decay, 1},
                  {"decay_first", o->decay_first, 1},
                  {"epsilon", o->epsilon, INFINITY},
                  {"weight_decay", o->weight_decay, INFINITY}};
    for (size_t i = 0; i < sizeof number / sizeof *number && status == CREASE_OK; i++)
        status = check_number(number[i].name, number[i].value, number[i].below, error);
    if (status == CREASE_OK && !(o->derivative_at_zero >= 0 && o->derivative_at_zero <= 1))
        status = crease_fail(error, CREASE_BAD_ARGUMENT,
                             "the option derivative_at_zero is %g; choose a number from 0 to 1",
                             o->derivative_at_zero);
    if (status == CREASE_OK && (unsigned)o->bias_correction > CREASE_BIAS_CORRECTION_OFF)
        status = crease_fail(error, CREASE_BAD_ARGUMENT, "the option bias_correction is none of its choices");
    return status;
}

static double or_default(double value, double standard) {
    return value > 0 ? value : standard;
}

crease_fit_options crease_fit_options_filled(const crease_fit_options *options, crease_method method) {
    crease_fit_options o = options ? *options : (crease_fit_options){0};
    bool first_order = method >= CREASE_METHOD_ADAM;
    o.method = method;
    if (o.starts == 0)
        o.starts = first_order || o.init == CREASE_INIT_KEEP ? 1 : 20;
    if (o.iterations == 0)
        o.iterations = method == CREASE_METHOD_BFGS ? 2000 : 200;
    if (o.epochs == 0)
        o.epochs = 2000;
    o.tolerance = or_default(o.tolerance, 1e-12);
    o.learning_rate = or_default(o.learning_rate, method == CREASE_METHOD_SGD        ? .1
                                                  : method == CREASE_METHOD_MOMENTUM ? .05
                                                                                     : .01);
    o.momentum = or_default(o.momentum, .9);
    o.decay = or_default(o.decay, method == CREASE_METHOD_ADAM ? .999 : .99);
    o.decay_first = or_default(o.decay_first, .9);
    o.epsilon = or_default(o.epsilon, 1e-8);
    return o;
}

double crease_bias_warming_shift(size_t step, void *warming) {
    const crease_bias_warming *w = warming;
    return step < w->steps ? w->height * (1 - (double)step / (double)w->steps) : 0;
}
