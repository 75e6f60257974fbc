/* Lines around units of two straight pieces, f(z) = z for z >= 0 and p z below, on lower < 0 < upper.
 *
 * f is convex for p <= 1: the chord through (lower, p lower) and (upper, upper) lies above, s z below for every slope s
 * between p and 1. For p > 1 the sides change roles (Ehlers 2017; Zhang et al. 2018). The chord's slope is rounded to
 * 12 bits, so that exact recomputation stays cheap, and its shift makes up for it. */
#include "verify/lines.h"
#include <math.h>
#include <stdlib.h>

static const double unit_roundoff = 0x1p-53;

crease_status crease_lines_new(const crease_chain *chain, crease_lines *lines, crease_error *error) {
    size_t units = chain->units;
    lines->memory = calloc(4 * units + 1, sizeof(double));
    lines->live = calloc(units + chain->depth + 1, sizeof *lines->live);
    if (!lines->memory || !lines->live) {
        crease_lines_clear(lines);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the bounds of a network");
    }
    lines->low_slope = lines->memory;
    lines->low_shift = lines->low_slope + units;
    lines->up_slope = lines->low_shift + units;
    lines->up_shift = lines->up_slope + units;
    lines->live_count = lines->live + units;
    return CREASE_OK;
}

void crease_lines_clear(crease_lines *lines) {
    free(lines->memory);
    free(lines->live);
    *lines = (crease_lines){0};
}

double crease_lines_chord(double slope, double lower, double upper) {
    int exponent;
    double chord = (upper - slope * lower) / (upper - lower);
    double mantissa = frexp(chord, &exponent);
    return ldexp(rint(ldexp(mantissa, 12)), exponent - 12);
}

/* The largest rounding error of f(end) - s end at either end, doubled. */
static double shift_error(double p, double s, double lower, double upper) {
    double size = fabs(s * lower) + fabs(s * upper) + fabs(p * lower) + fabs(upper);
    return 4 * unit_roundoff * size + 0x1p-1022;
}

static void straight_lines(double p, double lower, double upper, double free_slope, double line[4]) {
    if (lower >= 0 || upper <= 0 || p == 1) {
        line[0] = line[2] = lower >= 0 || p == 1 ? 1 : p;
        line[1] = line[3] = 0;
        return;
    }
    double s = crease_lines_chord(p, lower, upper), error = shift_error(p, s, lower, upper);
    double at_lower = p * lower - s * lower, at_upper = upper - s * upper;
    double other = isnan(free_slope) ? (upper > -lower ? 1 : p) : free_slope;
    if (p <= 1) {
        line[0] = other;
        line[1] = 0;
        line[2] = s;
        line[3] = fmax(at_lower, at_upper) + error;
    } else {
        line[0] = s;
        line[1] = fmin(at_lower, at_upper) - error;
        line[2] = other;
        line[3] = 0;
    }
}

void crease_lines_layer(const crease_chain *chain, size_t l, const double *lower, const double *upper,
                        const double *free_slope, crease_lines *lines) {
    const crease_chain_layer *layer = &chain->layer[l];
    size_t *live = lines->live + layer->first, count = 0;
    for (size_t i = 0; i < layer->rows; i++) {
        size_t u = layer->first + i;
        double line[4];
        if (layer->straight ||
            crease_activation_is_piecewise_linear(layer->activation[i], layer->parameter[i]))
            straight_lines(layer->slope[i], lower[u], upper[u], free_slope ? free_slope[u] : NAN, line);
        else
            crease_lines_smooth(layer->activation[i], layer->parameter[i], lower[u], upper[u], line);
        lines->low_slope[u] = line[0];
        lines->low_shift[u] = line[1];
        lines->up_slope[u] = line[2];
        lines->up_shift[u] = line[3];
        if (line[0] != 0 || line[1] != 0 || line[2] != 0 || line[3] != 0)
            live[count++] = i;
    }
    lines->live_count[l] = count;
}
