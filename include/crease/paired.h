/* Statistics of a comparison: the ratio of two errors with its interval, several tests at once, and the best of several
 * starts. */
#ifndef CREASE_PAIRED_H
#define CREASE_PAIRED_H

#include "crease/status.h"
#include <stdbool.h>
#include <stddef.h>

/* Errors a against errors b, in pairs. */
typedef struct crease_paired {
    size_t pairs;             /* those with a finite log(a / b) */
    double log_ratio;         /* mean of log(a / b); NaN without pairs */
    double log_low, log_high; /* its 95 % interval, for this pair alone */
    double p_value;           /* two-sided t test of log_ratio = 0 */
    double p_adjusted;        /* for the number of tests made at once; set by who makes them */
} crease_paired;              /* interval and p: NaN with fewer than 3 pairs or without spread */

/* `correction` is added to 1/pairs in the variance of the mean: 0 for independent pairs; n_test / n_train over folds
 * (Nadeau & Bengio 2003). p_adjusted is left NaN. */
crease_paired crease_paired_ratio(const double *a, const double *b, size_t count, double correction);

/* Holm's (1979) step-down adjustment: rejecting where adjusted[i] < alpha errs at least once with probability at most
 * alpha, however the tests depend on one another. NaN is no test and stays NaN. */
crease_status crease_holm(size_t count, const double *p_value, double *adjusted, crease_error *error);

/* Expected least of `draws` (positive, need not be whole) independent draws from sorted[count], ascending. */
double crease_expected_best(const double *sorted, size_t count, double draws);

/* Probability that the least of a_draws draws from a is below the least of b_draws from b, ties (to 1e-6 of a) counting
 * half. Both ascending. NaN when one is empty. */
double crease_chance_best_is_lower(const double *a, size_t a_count, double a_draws, const double *b,
                                   size_t b_count, double b_draws);

#endif
