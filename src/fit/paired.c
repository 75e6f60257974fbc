/* Statistics of a comparison. With d_i = log(a_i / b_i), mean m and variance s^2 over n pairs,
 *   t = m / (s sqrt(1/n + c)),   interval m -+ t_{.975, n-1} s sqrt(1/n + c),
 * c = 0 for independent pairs; over K folds the fits share rows, and c = n_test / n_train = 1 / (K - 1) (Nadeau & Bengio
 * 2003, equation 10). Holm (1979): with p_(1) <= .. <= p_(m), the adjusted p_(i) is the largest over j <= i of
 * (m - j + 1) p_(j). The best of r draws, r any positive number, from S values x_(1) <= .. <= x_(S):
 *   P(best > x_(i)) = ((S - i) / S)^r. */
#include "crease/paired.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

/* Two errors this near to one another, relatively, are a tie. */
static const double TIE = 1e-6;

crease_paired crease_paired_ratio(const double *a, const double *b, size_t count, double correction) {
    crease_paired result = {0, NAN, NAN, NAN, NAN, NAN};
    size_t used = 0;
    double mean = 0, square = 0;
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < count; i++) {
            double d = log(a[i]) - log(b[i]);
            if (!isfinite(d))
                continue;
            if (pass == 0) {
                used++;
                mean += (d - mean) / (double)used;
            } else {
                square += (d - mean) * (d - mean);
            }
        }
    result.pairs = used;
    if (used == 0)
        return result;
    result.log_ratio = mean;
    if (used < 3 || !(square > 0))
        return result;
    double freedom = (double)used - 1;
    double error = sqrt(square / freedom * (1 / (double)used + correction));
    double half = gsl_cdf_tdist_Pinv(.975, freedom) * error;
    result.log_low = mean - half;
    result.log_high = mean + half;
    result.p_value = 2 * gsl_cdf_tdist_Q(fabs(mean) / error, freedom);
    return result;
}

crease_status crease_holm(size_t count, const double *p_value, double *adjusted, crease_error *error) {
    size_t tests = 0, *order = calloc(count + 1, sizeof *order);
    double *p = calloc(count + 1, sizeof *p), largest = 0;
    if (!order || !p) {
        free(order);
        free(p);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu tests", count);
    }
    for (size_t i = 0; i < count; i++) {
        p[i] = isnan(p_value[i]) ? INFINITY : p_value[i];
        tests += isnan(p_value[i]) ? 0 : 1;
    }
    gsl_sort_index(order, p, 1, count);
    for (size_t i = 0; i < count; i++) {
        if (i < tests)
            largest = fmin(1, fmax(largest, (double)(tests - i) * p[order[i]]));
        adjusted[order[i]] = i < tests ? largest : NAN;
    }
    free(order);
    free(p);
    return CREASE_OK;
}

double crease_expected_best(const double *sorted, size_t count, double draws) {
    double sum = 0, above = 1; /* chance that the best is not among the smaller ones */
    for (size_t i = 0; i < count; i++) {
        double next = pow((double)(count - i - 1) / (double)count, draws);
        sum += (above - next) * sorted[i];
        above = next;
    }
    return count ? sum : NAN;
}

/* Share of sorted[count] that is `limit` or more. */
static double share_from(const double *sorted, size_t count, double limit) {
    size_t below = 0;
    while (below < count && sorted[below] < limit)
        below++;
    return (double)(count - below) / (double)count;
}

double crease_chance_best_is_lower(const double *a, size_t a_count, double a_draws, const double *b,
                                   size_t b_count, double b_draws) {
    double chance = 0, above = 1;
    if (!a_count || !b_count)
        return NAN;
    for (size_t i = 0; i < a_count; i++) {
        double next = pow((double)(a_count - i - 1) / (double)a_count, a_draws);
        double size = TIE * fabs(a[i]);
        double b_from = pow(share_from(b, b_count, a[i] - size), b_draws);
        double b_above = pow(share_from(b, b_count, nextafter(a[i] + size, INFINITY)), b_draws);
        chance += (above - next) * (b_from + b_above) / 2;
        above = next;
    }
    return chance;
}
