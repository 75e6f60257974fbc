/* Intervals of what chance enters. */
#include "labs/lab.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

lab_estimate lab_exact(double value) {
    return (lab_estimate){value, NAN, NAN};
}

lab_estimate lab_mean(size_t n, const double *value) {
    if (n == 0)
        return lab_exact(NAN);
    const double mean = gsl_stats_mean(value, 1, n);
    if (n < 2)
        return lab_exact(mean);
    const double half =
        gsl_cdf_tdist_Pinv(.975, (double)(n - 1)) * gsl_stats_sd_m(value, 1, n, mean) / sqrt((double)n);
    return (lab_estimate){mean, mean - half, mean + half};
}

/* The r-th smallest and largest of n hold the median with probability 1 - 2 P(Binomial(n, 1/2) < r). */
lab_estimate lab_median(size_t n, const double *value) {
    double *sorted = n && n <= SIZE_MAX / sizeof *sorted ? malloc(n * sizeof *sorted) : NULL;
    if (!sorted)
        return lab_exact(NAN);
    memcpy(sorted, value, n * sizeof *sorted);
    gsl_sort(sorted, 1, n);
    unsigned r = 0;
    while (r < n / 2 && gsl_cdf_binomial_P(r, .5, (unsigned)n) <= .025)
        r++;
    const lab_estimate estimate = {gsl_stats_median_from_sorted_data(sorted, 1, n),
                                   r ? sorted[r - 1] : -INFINITY, r ? sorted[n - r] : INFINITY};
    free(sorted);
    return estimate;
}

lab_estimate lab_share(size_t hits, size_t n) {
    if (n == 0)
        return lab_exact(NAN);
    const double h = (double)hits, m = (double)(n - hits);
    return (lab_estimate){h / (double)n, hits ? gsl_cdf_beta_Pinv(.025, h, m + 1) : 0,
                          hits < n ? gsl_cdf_beta_Pinv(.975, h + 1, m) : 1};
}
