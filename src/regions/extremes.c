/* The extremes of an affine function on a polygon lie at corners, so those of the net lie at corners of
 * regions. Corners that doubles show to lie between the extremes so far are not looked at exactly. */
#include "regions/mosaic.h"
#include "regions/rational.h"
#include <math.h>

static void take_extreme(const crease_mosaic *mosaic, const mpq_t best, size_t place, size_t output,
                         double *value, double *where) {
    size_t d = mosaic->dimension;
    value[output] = crease_rational_nearest(best);
    for (size_t k = 0; k < d; k++)
        where[output * d + k] = mosaic->near[2 * place + k];
}

/* What doubles know of an output at a corner: it lies within *margin of the value returned. Gain, offset
 * and corner are nearest doubles, off by 2^-53 of their size or by 2^-1075; see near_sign of mosaic.c. */
static double near_value(const crease_regions *regions, size_t index, size_t output, size_t corner,
                         double *margin) {
    const crease_region *region = &regions->region[index];
    size_t d = regions->dimension;
    double value = region->offset[output], size = fabs(value), gains = 1;
    for (size_t k = 0; k < d; k++) {
        double gain = region->gain[output * d + k], x = region->vertex[corner * d + k];
        value += gain * x;
        size += fabs(gain * x);
        gains += fabs(gain) + fabs(x);
    }
    *margin = 0x1p-48 * size + 0x1p-1050 * gains;
    return value;
}

/* No corner that doubles show to lie between the extremes so far is looked at exactly. */
static bool between(double value, double margin, double least, double most) {
    return value - margin > least && value + margin < most;
}

void crease_mosaic_extremes(const crease_mosaic *mosaic, size_t output, crease_regions *regions) {
    mpq_t value, least, most;
    mpq_inits(value, least, most, NULL);
    size_t at_least = 0, at_most = 0;
    double above_least = 0, below_most = 0;
    bool first = true;
    for (size_t i = 0; i < mosaic->cell_count; i++)
        for (size_t k = 0; k < mosaic->cell[i].corner_count; k++) {
            size_t place = mosaic->cell[i].corner[k].place;
            double margin, near = near_value(regions, i, output, k, &margin);
            if (!first && between(near, margin, above_least, below_most))
                continue;
            crease_mosaic_value(mosaic, i, output, place, value);
            if (first || mpq_cmp(value, least) < 0) {
                mpq_set(least, value);
                at_least = place;
                above_least = crease_rational_above(least);
            }
            if (first || mpq_cmp(value, most) > 0) {
                mpq_set(most, value);
                at_most = place;
                below_most = crease_rational_below(most);
            }
            first = false;
        }
    if (!first) {
        take_extreme(mosaic, least, at_least, output, regions->output_min, regions->argmin);
        take_extreme(mosaic, most, at_most, output, regions->output_max, regions->argmax);
        regions->output_below[output] = crease_rational_below(least);
        regions->output_above[output] = crease_rational_above(most);
    }
    mpq_clears(value, least, most, NULL);
}
