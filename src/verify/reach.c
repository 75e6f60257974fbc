/* min ||s||_p over l <= s <= u with g s + v <= 0, p = 1, 2 or infinity. By weak duality (Rockafellar 1970, section 28), for
 * any multiplier t >= 0,
 *
 *   min phi(s) >= D(t) = t v + sum_j min over [l_j, u_j] of phi_j(s_j) + t g_j s_j,
 *
 * phi = |s|_1, or s^2/2 for the Euclidean norm; D is concave, and its slope v + g s(t) falls. For p infinite the
 * radius r itself is sought: v + sum of min g_j s_j over |s_j| <= r falls with r. All values are lowered by a bound of
 * their rounding errors, 2^-50 (count + 8) times the sum of absolute terms. */
#include "verify/reach.h"
#include <float.h>
#include <math.h>

enum { STEPS = 70 };

static double inside(double s, double low, double high) {
    return s < low ? low : s > high ? high : s;
}

static double slack(size_t count, double size) {
    return 0x1p-50 * (double)(count + 8) * size;
}

/* v + least g s over the box and |s_j| <= radius, lowered by its rounding error. */
static double least_within(size_t count, const double *low, const double *high, const double *gain,
                           double value, double radius, double *step) {
    double sum = value, size = fabs(value);
    for (size_t j = 0; j < count; j++) {
        double s = gain[j] > 0 ? fmax(low[j], -radius) : gain[j] < 0 ? fmin(high[j], radius) : 0;
        step[j] = inside(s, low[j], high[j]);
        sum += gain[j] * step[j];
        size += fabs(gain[j] * step[j]);
    }
    return sum - slack(count, size);
}

static double nearest_in_box(crease_norm norm, size_t count, const double *low, const double *high,
                             double *step) {
    double total = 0, most = 0;
    for (size_t j = 0; j < count; j++) {
        step[j] = inside(0, low[j], high[j]);
        total = norm == CREASE_L2 ? hypot(total, step[j]) : total + fabs(step[j]);
        most = fmax(most, fabs(step[j]));
    }
    return (norm == CREASE_LINF ? most : total) * (1 - slack(count, 1));
}

static double reach_infinity(size_t count, const double *low, const double *high, const double *gain,
                             double value, double near, double *step) {
    if (least_within(count, low, high, gain, value, near, step) <= 0)
        return near;
    double pull = 0;
    for (size_t j = 0; j < count; j++)
        pull += fabs(gain[j]);
    double far = fmax(fmax(near, value / pull), DBL_MIN); /* the second is the answer without a box */
    while (isfinite(far) && least_within(count, low, high, gain, value, far, step) > 0)
        far *= 2;
    if (!isfinite(far))
        return near;
    for (size_t k = 0; k < STEPS; k++) {
        double middle = near + (far - near) / 2;
        if (least_within(count, low, high, gain, value, middle, step) > 0)
            near = middle;
        else
            far = middle;
    }
    least_within(count, low, high, gain, value, far, step);
    return near;
}

/* D(multiplier) for L1, lowered by its rounding error. */
static double dual_one(size_t count, const double *low, const double *high, const double *gain, double value,
                       double multiplier, double *step) {
    double sum = multiplier * value, size = fabs(sum);
    for (size_t j = 0; j < count; j++) {
        double pull = multiplier * gain[j];
        step[j] = inside(fabs(pull) <= 1 ? 0 : pull > 0 ? low[j] : high[j], low[j], high[j]);
        sum += fabs(step[j]) + pull * step[j];
        size += fabs(step[j]) + fabs(pull * step[j]);
    }
    return sum - slack(count, size);
}

/* D is piecewise linear in the multiplier with bends at 1 / |g_j|, where its largest value lies. */
static double reach_one(size_t count, const double *low, const double *high, const double *gain, double value,
                        double near, double *step) {
    double best = near, multiplier = 0;
    for (size_t j = 0; j < count; j++) {
        double bend = 1 / fabs(gain[j]);
        if (!isfinite(bend))
            continue;
        double dual = dual_one(count, low, high, gain, value, bend, step);
        if (dual > best) {
            best = dual;
            multiplier = bend;
        }
    }
    dual_one(count, low, high, gain, value, multiplier, step);
    /* at the bend one coordinate takes what is missing */
    double missing = value;
    size_t last = count;
    for (size_t j = 0; j < count; j++) {
        missing += gain[j] * step[j];
        if (multiplier > 0 && fabs(multiplier * fabs(gain[j]) - 1) < 1e-12)
            last = j;
    }
    if (last < count)
        step[last] = inside(step[last] - missing / gain[last], low[last], high[last]);
    return best;
}

static void step_two(size_t count, const double *low, const double *high, const double *gain,
                     double multiplier, double *step) {
    for (size_t j = 0; j < count; j++)
        step[j] = inside(-multiplier * gain[j], low[j], high[j]);
}

static double slope_two(size_t count, const double *gain, double value, const double *step) {
    for (size_t j = 0; j < count; j++)
        value += gain[j] * step[j];
    return value;
}

static double reach_two(size_t count, const double *low, const double *high, const double *gain, double value,
                        double near, double *step) {
    double squares = 0, small = 0;
    for (size_t j = 0; j < count; j++)
        squares += gain[j] * gain[j];
    /* at the nearest step of the box, which the caller leaves behind, the half-space is missed by this much */
    double missed = slope_two(count, gain, value, step), large = squares > 0 ? fmax(missed, 0) / squares : 0;
    for (size_t k = 0; k < STEPS; k++) { /* until the slope is negative */
        step_two(count, low, high, gain, large, step);
        if (slope_two(count, gain, value, step) <= 0 || !isfinite(2 * large))
            break;
        small = large;
        large *= 2;
    }
    for (size_t k = 0; k < STEPS; k++) {
        double middle = small + (large - small) / 2;
        step_two(count, low, high, gain, middle, step);
        if (slope_two(count, gain, value, step) > 0)
            small = middle;
        else
            large = middle;
    }
    step_two(count, low, high, gain, large, step);
    double sum = large * value, size = fabs(sum);
    for (size_t j = 0; j < count; j++) {
        sum += step[j] * step[j] / 2 + large * gain[j] * step[j];
        size += step[j] * step[j] / 2 + fabs(large * gain[j] * step[j]);
    }
    double half = sum - slack(count, size);
    return half > 0 ? fmax(near, sqrt(2 * half) * (1 - 0x1p-50)) : near;
}

double crease_reach(crease_norm norm, size_t count, const double *least, const double *most,
                    const double *gain, double value, double *step) {
    if (least_within(count, least, most, gain, value, INFINITY, step) > 0)
        return INFINITY;
    double near = nearest_in_box(norm, count, least, most, step);
    if (slope_two(count, gain, value, step) <= 0)
        return near;
    double distance = norm == CREASE_L1   ? reach_one(count, least, most, gain, value, near, step)
                      : norm == CREASE_L2 ? reach_two(count, least, most, gain, value, near, step)
                                          : reach_infinity(count, least, most, gain, value, near, step);
    return isnan(distance) ? near : distance;
}
