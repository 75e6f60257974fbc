/* Kinks that crease_kinks_detect sees in a table of values, and that the table does not support after all:
 *   the slopes given say otherwise: extrapolated from both sides, quadratically through three rows, V' does not jump as
 *   claimed. The nearest row of each side may carry a difference quotient across the kink, so a jump that is seen without
 *   it counts as well; where extrapolation is no better than the claim (noise), nothing is contradicted;
 *   a hole: no row for much longer than beside it, and a slope change that a bend of a few times the curvature of its
 *   sides would make (a stretch on which the limit or a flat policy holds looks so);
 *   detail: where rows carry noise, a slope change that twice the curvature on both sides would make over one gap (the curvature
 *   less what the noise makes of it), since the detector then takes detail to be spread evenly;
 *   next to nothing: a change of slope by less than a thousandth, which solvers' own grids make. */
#include "savings/own/own_parts.h"
#include <math.h>

enum { NEIGHBOURS = 3 };
static const double HOLE = 2.5, BEND = 5, DETAIL = 2, SMALL = 1e-3;

/* The polynomial through dz of `count` rows from i outwards, at x. */
double savings_own_extrapolate_slope(const savings_own_rows *rows, size_t i, int direction, size_t count,
                                     double x) {
    double value = 0;
    for (size_t a = 0; a < count; a++) {
        size_t row = direction < 0 ? i - a : i + a;
        double weight = 1;
        for (size_t b = 0; b < count; b++) {
            size_t other = direction < 0 ? i - b : i + b;
            if (a != b)
                weight *= (x - rows->x[other]) / (rows->x[row] - rows->x[other]);
        }
        value += weight * rows->dz[row];
    }
    return value;
}

typedef enum opinion { UNDECIDED, CONFIRMED, DENIED } opinion;

static opinion slopes_say(const savings_own_rows *rows, size_t left, size_t right, double x, double claimed) {
    opinion result = UNDECIDED;
    for (size_t skipped = 0; skipped < 2; skipped++) {
        if (left < skipped + NEIGHBOURS - 1 || right + skipped + NEIGHBOURS > rows->n)
            return result;
        double jump[2];
        for (size_t count = 2; count <= NEIGHBOURS; count++)
            jump[count - 2] = savings_own_extrapolate_slope(rows, right + skipped, 1, count, x) -
                              savings_own_extrapolate_slope(rows, left - skipped, -1, count, x);
        if (fabs(jump[1] - claimed) <= .5 * fabs(claimed))
            return CONFIRMED;
        if (fabs(jump[1] - jump[0]) > fabs(claimed))
            continue; /* no better than the claim */
        if (skipped == 0)
            result = DENIED;
    }
    return result;
}

/* The largest of the nearest gaps of a side, and the curvature of z there. */
static void side(const savings_own_rows *rows, size_t i, int direction, double *gap, double *curvature) {
    double x[NEIGHBOURS + 1], z[NEIGHBOURS + 1];
    for (size_t j = 0; j <= NEIGHBOURS; j++) {
        size_t row = direction < 0 ? i - j : i + j;
        x[j] = rows->x[row];
        z[j] = rows->z[row];
    }
    *gap = *curvature = 0;
    for (size_t j = 0; j < NEIGHBOURS; j++) {
        *gap = fmax(*gap, fabs(x[j + 1] - x[j]));
        if (j == 0)
            continue;
        double near = (z[j] - z[j - 1]) / (x[j] - x[j - 1]), far = (z[j + 1] - z[j]) / (x[j + 1] - x[j]);
        *curvature = fmax(*curvature, fabs(2 * (far - near) / (x[j + 1] - x[j - 1])));
    }
}

/* Of the gaps between the rows left and right, one with a row at the kink's place between them or none, the widest. */
static bool is_bend_in_hole(const savings_own_rows *rows, size_t left, size_t right, double claimed) {
    double gap[2], curvature[2], hole = 0;
    size_t widest = left;
    for (size_t i = left; i < right; i++)
        if (rows->x[i + 1] - rows->x[i] > hole) {
            hole = rows->x[i + 1] - rows->x[i];
            widest = i;
        }
    if (widest < NEIGHBOURS || widest + 1 + NEIGHBOURS >= rows->n)
        return false;
    side(rows, widest, -1, &gap[0], &curvature[0]);
    side(rows, widest + 1, 1, &gap[1], &curvature[1]);
    return hole > HOLE * fmax(gap[0], gap[1]) &&
           fabs(claimed) <= BEND * hole * fmax(curvature[0], curvature[1]);
}

/* The curvature of the three rows nearest on a side, less four standard deviations of what noise makes of it. */
static double seen_curvature(const savings_own_rows *rows, size_t i, int direction, double noise) {
    size_t j = direction < 0 ? i - 1 : i + 1, k = direction < 0 ? i - 2 : i + 2;
    double near = rows->x[j] - rows->x[i], far = rows->x[k] - rows->x[j], half = (near + far) / 2;
    double curvature = ((rows->z[k] - rows->z[j]) / far - (rows->z[j] - rows->z[i]) / near) / half;
    double error =
        noise / fabs(half) * sqrt(1 / (far * far) + 1 / (near * near) + pow(1 / far + 1 / near, 2));
    return fmax(0, fabs(curvature) - 4 * error);
}

static bool is_detail(const savings_own_rows *rows, size_t left, size_t right, double claimed, double noise) {
    if (left < NEIGHBOURS || right + NEIGHBOURS >= rows->n)
        return true; /* next to an end of the table, where steep values end */
    double curvature = fmin(seen_curvature(rows, left, -1, noise), seen_curvature(rows, right, 1, noise));
    return fabs(claimed) <= DETAIL * (rows->x[right] - rows->x[left]) * curvature;
}

/* Of a row there, when `noise` is that of one of mean weight. */
static double local_noise(const savings_own_rows *rows, size_t row, double noise) {
    double sum = 0;
    if (!rows->weight || !(rows->weight[row] > 0))
        return noise;
    for (size_t i = 0; i < rows->n; i++)
        sum += rows->weight[i];
    return noise * sqrt(sum / (double)rows->n / rows->weight[row]);
}

savings_own_doubt savings_own_doubt_kink(const savings_own_rows *rows, const crease_detected_kink *kink,
                                         double noise) {
    double reach = 3 * kink->standard_error, claimed = kink->slope_right - kink->slope_left;
    size_t right = savings_own_row_from(rows, kink->x - reach), left = right;
    while (right < rows->n && rows->x[right] <= kink->x + reach)
        right++;
    if (left == 0 || right == rows->n)
        return SAVINGS_OWN_NO_DOUBT;
    left--;
    opinion slopes = rows->dz ? slopes_say(rows, left, right, kink->x, claimed) : UNDECIDED;
    if (slopes == DENIED)
        return SAVINGS_OWN_DENIED_BY_SLOPES;
    if (is_bend_in_hole(rows, left, right, claimed))
        return SAVINGS_OWN_IN_A_HOLE;
    if (noise > 0 && is_detail(rows, left, right, claimed, local_noise(rows, left, noise)))
        return SAVINGS_OWN_DETAIL;
    bool small = fabs(claimed) < SMALL * fmax(fabs(kink->slope_left), fabs(kink->slope_right));
    return small ? SAVINGS_OWN_NEXT_TO_NOTHING : SAVINGS_OWN_NO_DOUBT;
}
