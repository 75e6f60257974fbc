/* Contraction: where a functional that is <= 0 at every witness is at least g x + h, only points with g x + h <= 0 can
 * be witnesses, so  g_j x_j <= -h - min over the box of sum_(k != j) g_k x_k. */
#include "verify/node.h"
#include <math.h>

/* A cut must take off this share of the side to be worth a step. */
static const double worthwhile = 0.02;

/* `bound` moved up to a short number, at most width / 1024 away */
static double rounded_up(double bound, double width) {
    double step = ldexp(1, ilogb(width) - 10);
    return fabs(bound) < step * 0x1p50 ? ceil(bound / step) * step : bound;
}

double crease_contract(const crease_form *form, size_t inputs, crease_state *state, crease_steps *steps,
                       bool *changed) {
    double total = form->offset, size = fabs(form->offset), left = 1;
    for (size_t j = 0; j < inputs; j++) {
        double least = form->gain[j] * (form->gain[j] >= 0 ? state->lo[j] : state->hi[j]);
        total += least;
        size += fabs(least);
    }
    /* the second term: products that underflow, which a small gain makes large */
    double error = (double)(inputs + 20) * 0x1p-52 * size + (double)(inputs + 20) * 0x1p-1074;
    if (!isfinite(total) || !isfinite(error))
        return left;
    /* all cuts refer to the box as it was: the ends of the other sides enter through `total` only */
    for (size_t j = 0; j < inputs; j++) {
        double gain = form->gain[j], lo = state->lo[j], hi = state->hi[j], width = hi - lo;
        if (gain == 0 || !(width > 0))
            continue;
        /* the distance from the end where the form is smallest up to which it may be <= 0 */
        double reach =
            (error - total) / fabs(gain) * (1 + 0x1p-40) + 0x1p-48 * fmax(fabs(lo), fabs(hi)) + 0x1p-1073;
        if (!(reach < width * (1 - worthwhile)) || reach < 0)
            continue;
        if (gain > 0) {
            double bound = rounded_up(lo + reach, width);
            if (!(bound < hi) || bound <= lo)
                continue;
            state->hi[j] = bound;
            crease_steps_add(steps, CREASE_STEP_CUT_HI, j, bound);
        } else {
            double bound = -rounded_up(reach - hi, width);
            if (!(bound > lo) || bound >= hi)
                continue;
            state->lo[j] = bound;
            crease_steps_add(steps, CREASE_STEP_CUT_LO, j, bound);
        }
        left *= (state->hi[j] - state->lo[j]) / width;
        *changed = true;
    }
    return left;
}
