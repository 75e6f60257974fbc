/* Where to split: each unstable unit costs the bound of a functional its coefficient times the gap between its two lines; an
 * input's share of that gap is its share of the interval of the unit's pre-activation. */
#include "verify/node.h"
#include <math.h>

/* The largest distance of the line that was used from the activation, about. */
static double gap(const crease_examiner *examiner, const crease_state *state, size_t unit,
                  double coefficient) {
    const crease_lines *lines = &examiner->bounder.lines;
    double l = state->lower[unit], u = state->upper[unit];
    if (examiner->chain->straight) {
        double slope = coefficient >= 0 ? lines->low_slope[unit] : lines->up_slope[unit];
        double shift = coefficient >= 0 ? lines->low_shift[unit] : lines->up_shift[unit];
        /* a line through the origin is off by most at the end whose piece it does not follow */
        return shift != 0 ? fabs(shift) : slope == 1 ? -l : u;
    }
    double middle = l + (u - l) / 2;
    return (lines->up_slope[unit] - lines->low_slope[unit]) * middle + lines->up_shift[unit] -
           lines->low_shift[unit];
}

void crease_branch_add(crease_examiner *examiner, const crease_state *state, const double *trace) {
    const crease_chain *chain = examiner->chain;
    const crease_bounder *bounder = &examiner->bounder;
    double *unit_score = examiner->score + chain->inputs;
    for (size_t k = 0; k < bounder->unstable_count; k++) {
        size_t u = bounder->unstable[k];
        double loss = fabs(trace[u]) * gap(examiner, state, u, trace[u]), span = 0;
        if (!(loss > 0) || !isfinite(loss))
            continue;
        unit_score[u] += loss;
        const double *gain = bounder->gain + u * chain->input_stride;
        for (size_t j = 0; j < chain->inputs; j++)
            span += fabs(gain[j]) * (state->hi[j] - state->lo[j]);
        for (size_t j = 0; j < chain->inputs && span > 0; j++)
            examiner->score[j] += loss * (fabs(gain[j]) * (state->hi[j] - state->lo[j]) / span);
    }
}

/* A short number near the middle of a side, strictly inside; false when there is none. */
static bool middle_of(double lo, double hi, double *middle) {
    double width = hi - lo;
    if (!(width > 0))
        return false;
    double step = ldexp(1, ilogb(width) - 4), half = lo + width / 2;
    *middle = fabs(half) < step * 0x1p50 ? rint(half / step) * step : half;
    if (!(*middle > lo && *middle < hi))
        *middle = half;
    return *middle > lo && *middle < hi;
}

static bool choose_input(crease_examiner *examiner, const crease_state *state) {
    const crease_chain *chain = examiner->chain;
    const crease_question *question = examiner->question;
    double best = -1;
    for (size_t pass = 0; pass < 2 && best < 0; pass++)
        for (size_t j = 0; j < chain->inputs; j++) {
            double middle, width = state->hi[j] - state->lo[j];
            /* without a score, the side that is longest in units of the whole box */
            double score = pass == 0 ? examiner->score[j] : width / (question->hi[j] - question->lo[j]);
            if (!(score > 0) || score <= best || !middle_of(state->lo[j], state->hi[j], &middle))
                continue;
            best = score;
            examiner->split = j;
            examiner->where = middle;
        }
    return best > 0;
}

static bool choose_unit(crease_examiner *examiner, const crease_state *state) {
    const crease_chain *chain = examiner->chain;
    double best = 0;
    for (size_t k = 0; k < examiner->bounder.unstable_count; k++) {
        size_t u = examiner->bounder.unstable[k];
        if (state->phase[u] == 0 && examiner->score[chain->inputs + u] > best) {
            best = examiner->score[chain->inputs + u];
            examiner->split = u;
        }
    }
    return best > 0;
}

void crease_branch_choose(crease_examiner *examiner, const crease_state *state) {
    bool few = examiner->chain->straight && examiner->bounder.unstable_count <= CREASE_FEW_UNSTABLE;
    if (few && choose_unit(examiner, state))
        examiner->outcome = CREASE_SPLIT_UNIT;
    else
        examiner->outcome = choose_input(examiner, state) ? CREASE_SPLIT_INPUT : CREASE_STUCK;
}
