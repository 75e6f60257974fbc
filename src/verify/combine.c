/* Combination of rows: weights w on the simplex that make min over the box of sum_r w_r (g_r x + h_r) large, by
 * multiplicative weights (Arora, Hazan and Kale 2012, section 3.2): rows that are positive where the sum is smallest
 * gain weight. */
#include "verify/node.h"
#include <math.h>
#include <string.h>

enum { ROUNDS = 30 };

static double combined_least(const crease_form *form, size_t rows, size_t inputs, const double *lo,
                             const double *hi, const double *weight, double *corner) {
    double least = 0;
    for (size_t j = 0; j < inputs; j++) {
        double gain = 0;
        for (size_t r = 0; r < rows; r++)
            gain += weight[r] * form[r].gain[j];
        corner[j] = gain >= 0 ? lo[j] : hi[j];
        least += gain * corner[j];
    }
    for (size_t r = 0; r < rows; r++)
        least += weight[r] * form[r].offset;
    return least;
}

static double form_at(const crease_form *form, size_t inputs, const double *x) {
    double value = form->offset;
    for (size_t j = 0; j < inputs; j++)
        value += form->gain[j] * x[j];
    return value;
}

/* scratch: inputs + 3 rows. Weights are rounded to 20 bits, so that sums of a few rows stay short numbers. */
double crease_combine_forms(const crease_form *form, size_t rows, size_t inputs, const double *lo,
                            const double *hi, double *weight, double *scratch) {
    double *corner = scratch, *value = scratch + inputs, *trial = value + rows, *best = trial + rows,
           most = -INFINITY;
    for (size_t r = 0; r < rows; r++)
        trial[r] = best[r] = 1 / (double)rows;
    for (size_t round = 0; round < ROUNDS; round++) {
        double least = combined_least(form, rows, inputs, lo, hi, trial, corner), largest = 0, sum = 0;
        if (least > most) {
            most = least;
            memcpy(best, trial, rows * sizeof *best);
        }
        for (size_t r = 0; r < rows; r++) {
            value[r] = form_at(&form[r], inputs, corner);
            largest = fmax(largest, fabs(value[r]));
        }
        if (!(largest > 0) || !isfinite(largest))
            break;
        for (size_t r = 0; r < rows; r++)
            sum += trial[r] *= exp(value[r] / largest);
        for (size_t r = 0; r < rows; r++)
            trial[r] /= sum;
    }
    for (size_t r = 0; r < rows; r++)
        weight[r] = ldexp(rint(ldexp(best[r], 20)), -20);
    return most;
}
