/* x at one time from x at the one before: (I + E) x with E = exp((A - B k) step) - I, and sampled with
 * E - F k over one period. */
#include "arm/linear/linear_parts.h"
#include <math.h>

static crease_status transition(const arm_state_space *s, double gain, double sample, double step, double *e,
                                crease_error *error) {
    size_t n = s->order;
    double a[ARM_MOST_POLES * ARM_MOST_POLES], f[ARM_MOST_POLES];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double feedback = sample > 0 ? 0 : s->b[i] * (gain * s->k[j] + s->extra[j]);
            a[i * n + j] = s->a[i * n + j] - feedback;
        }
    crease_status status = arm_hold(n, a, s->b, step, e, f, error);
    for (size_t i = 0; i < n && sample > 0 && status == CREASE_OK; i++)
        for (size_t j = 0; j < n; j++)
            e[i * n + j] -= f[i] * (gain * s->k[j] + s->extra[j]);
    return status;
}

crease_status arm_linear_motion(const arm_plant *plant, const arm_controller *controller, double slope,
                                double angle, double lag, double sample, double step, size_t count, double *x,
                                crease_error *error) {
    arm_state_space s;
    double e[ARM_MOST_POLES * ARM_MOST_POLES], state[ARM_MOST_POLES] = {1}, moved[ARM_MOST_POLES];
    crease_status status = arm_state_space_make(plant, controller, slope, angle, lag, sample, &s, error);
    if (status != CREASE_OK)
        return status;
    if (sample > 0 && (step == 0 || step == sample))
        step = sample;
    else if (sample > 0 || !(step > 0))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the step of a motion is above 0 and, sampled, the period, not %g s", step);
    status = transition(&s, controller->gain * slope, sample, step, e, error);
    for (size_t k = 0; k < count && status == CREASE_OK; k++) {
        x[k] = state[0];
        for (size_t i = 0; i < s.order; i++) {
            moved[i] = state[i];
            for (size_t j = 0; j < s.order; j++)
                moved[i] += e[i * s.order + j] * state[j];
        }
        for (size_t i = 0; i < s.order; i++)
            state[i] = moved[i];
    }
    return status;
}
