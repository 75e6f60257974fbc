/* Intervals from B replicates t*: quantile q stands at place q (B + 1) of the sorted t*. Percentile: [t*_(a), t*_(1-a)].
 * Basic: [2t - t*_(1-a), 2t - t*_(a)]. BCa (Efron 1987): the quantiles at
 *     Phi(z0 + (z0 + z_a) / (1 - acc (z0 + z_a))),
 * z0 = Phi^-1(share of t* below t), acc = sum d^3 / (6 (sum d^2)^(3/2)) with d the jackknife's deviations; rows are left
 * out one by one, or in GROUPS groups when there are more (neighbours together when blocks are drawn). */
#include "fit/pwl_bootstrap.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

enum { GROUPS = 200, FEWEST = 20 };

static const char FEW_REPLICATES[] = "fewer than 20 resamples can hold so many knots";

static double quantile(const double *sorted, size_t count, double q) {
    double place = q * (double)(count + 1) - 1;
    if (!(place > 0))
        return sorted[0];
    size_t below = (size_t)place;
    if (below + 1 >= count)
        return sorted[count - 1];
    return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

static void fill_covariance(crease_pwl_inference *inference) {
    size_t width = 3 * inference->knot_count + 1, count = inference->replicate_count;
    for (size_t i = 0; i < width; i++)
        for (size_t j = i; j < width; j++) {
            double c =
                gsl_stats_covariance(inference->replicate + i, width, inference->replicate + j, width, count);
            inference->covariance[i * width + j] = inference->covariance[j * width + i] = c;
        }
}

/* acceleration[j] of each number of theta. */
static crease_status accelerate(const crease_sample *sample, const crease_data *data, const crease_pwl *pwl,
                                const crease_bootstrap_options *options, double *acceleration,
                                crease_error *error) {
    size_t rows = sample->rows, width = 3 * pwl->knot_count + 1, kept = 0;
    size_t groups = rows < GROUPS ? rows : GROUPS;
    crease_refit refit = {0};
    double *count = malloc(rows * sizeof *count), *theta = malloc(groups * width * sizeof *theta);
    crease_status status = count && theta
                               ? crease_refit_new(sample, data, pwl, options->fit, &refit, error)
                               : crease_fail(error, CREASE_NO_MEMORY, "out of memory for a jackknife");
    for (size_t g = 0; g < groups && status == CREASE_OK; g++) {
        bool found;
        for (size_t i = 0; i < rows; i++) {
            size_t group = options->block > 1 ? sample->row[i] * groups / data->n : sample->row[i] % groups;
            count[i] = group == g ? 0 : 1;
        }
        status = crease_refit_counts(&refit, count, theta + kept * width, &found);
        kept += found ? 1 : 0;
    }
    for (size_t j = 0; j < width && status == CREASE_OK; j++) {
        double mean = gsl_stats_mean(theta + j, width, kept), square = 0, cube = 0;
        for (size_t g = 0; g < kept; g++) {
            double d = mean - theta[g * width + j];
            square += d * d;
            cube += d * d * d;
        }
        acceleration[j] = square > 0 ? cube / (6 * square * sqrt(square)) : 0;
    }
    crease_refit_clear(&refit);
    free(count);
    free(theta);
    return status;
}

static crease_interval corrected(const double *sorted, size_t count, double value, double level,
                                 double acceleration) {
    double below = 0, side[2];
    for (size_t i = 0; i < count; i++)
        below += sorted[i] < value ? 1 : sorted[i] == value ? .5 : 0;
    below = fmin(fmax(below, .5), (double)count - .5);
    double bias = gsl_cdf_ugaussian_Pinv(below / (double)count);
    for (int k = 0; k < 2; k++) {
        double z = bias + gsl_cdf_ugaussian_Pinv(k == 0 ? .5 - level / 2 : .5 + level / 2);
        side[k] = gsl_cdf_ugaussian_P(bias + z / fmax(1 - acceleration * z, 1e-3));
    }
    return (crease_interval){quantile(sorted, count, side[0]), quantile(sorted, count, side[1])};
}

static crease_interval interval(crease_bootstrap_interval kind, const double *sorted, size_t count,
                                double value, double level, double acceleration) {
    crease_interval p = {quantile(sorted, count, .5 - level / 2), quantile(sorted, count, .5 + level / 2)};
    switch (kind) {
    case CREASE_INTERVAL_BASIC:
        return (crease_interval){2 * value - p.high, 2 * value - p.low};
    case CREASE_INTERVAL_BCA:
        return corrected(sorted, count, value, level, acceleration);
    default:
        return p;
    }
}

crease_status crease_bootstrap_summarise(const crease_sample *sample, const crease_data *data,
                                         const crease_pwl *pwl, const crease_bootstrap_options *options,
                                         crease_pwl_inference *inference, crease_error *error) {
    size_t width = 3 * inference->knot_count + 1, count = inference->replicate_count;
    double *sorted = malloc((count ? count : 1) * sizeof *sorted),
           *acceleration = calloc(width, sizeof *acceleration);
    crease_status status = CREASE_OK;
    if (!sorted || !acceleration) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for intervals");
        goto done;
    }
    if (options->interval == CREASE_INTERVAL_BCA && count >= FEWEST)
        status = accelerate(sample, data, pwl, options, acceleration, error);
    if (count >= FEWEST)
        fill_covariance(inference);
    for (size_t j = 0; j < width && status == CREASE_OK; j++) {
        crease_estimate *e = &inference->knot[j];
        e->why = count >= FEWEST ? NULL : FEW_REPLICATES;
        e->standard_error = e->interval.low = e->interval.high = NAN;
        if (e->why)
            continue;
        for (size_t r = 0; r < count; r++)
            sorted[r] = inference->replicate[r * width + j];
        e->standard_error = gsl_stats_sd(sorted, 1, count);
        gsl_sort(sorted, 1, count);
        e->interval = interval(options->interval, sorted, count, e->value, inference->level, acceleration[j]);
    }
done:
    free(sorted);
    free(acceleration);
    return status;
}
