/* Least squares of the counts at the inner places by Levenberg-Marquardt. A count is continuous in theta and smooth but for
 * where a wave reaches a place just when an interval ends, so central differences serve. Their step h comes from the noise
 * that the count itself shows: with values at seven points so close together that a smooth function is a parabola,
 *     noise^2 = (k!)^2/(2k)! mean (k-th differences)^2, k = 4 (Hamming 1973, ch. 6; Moré & Wild 2011),
 * and h = (noise / slope)^{1/3} balances it against the third derivative where that is of the size of the slope. */
#include "crease/problem.h"
#include "crease/random.h"
#include "traffic/calibrate/calibrate.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NOISE_POINTS = 7, NOISE_ORDER = 4, MOST_ITERATIONS = 100 };
static const double NOISE_SPACING = 1e-9, LEAST_STEP = 1e-6, LARGEST_STEP = 1e-3, TOLERANCE = 1e-9,
                    SPREAD = .2;

/* ---- counts as a problem ---- */

typedef struct job {
    const calibrate_data *data;
    size_t kinks, train;
    double step;
    size_t *evaluations;
} job;

/* What one thread needs. */
typedef struct work {
    calibrate_model *model;
    double *count, *low, *high; /* (train + 1) x places each */
} work;

static size_t parameters_of(const job *j) {
    return 2 * j->kinks + 1;
}

static size_t inner_counts(const job *j) {
    return (j->data->places - 2) * j->train;
}

static void work_free(void *made) {
    work *w = made;
    if (w) {
        calibrate_model_free(w->model);
        free(w->count);
    }
    free(w);
}

static void *work_new(const void *context) {
    const job *j = context;
    const size_t cells = (j->train + 1) * j->data->places;
    work *w = calloc(1, sizeof *w);
    if (!w || !(w->count = calloc(3 * cells, sizeof *w->count)) ||
        calibrate_model_new(j->data, &w->model, NULL) != CREASE_OK) {
        work_free(w);
        return NULL;
    }
    w->low = w->count + cells;
    w->high = w->low + cells;
    return w;
}

static bool predict(const job *j, work *w, const double *theta, double *count) {
    traffic_diagram diagram;
    ++*j->evaluations;
    return calibrate_diagram(j->kinks, theta, &diagram) &&
           calibrate_predict(w->model, &diagram, j->train, count, NULL) == CREASE_OK;
}

/* scale (count - less) of the places between the ends after each interval, `stride` apart. */
static void inner(const job *j, const double *count, const double *less, double scale, size_t stride,
                  double *out) {
    const size_t n = j->data->places;
    for (size_t i = 1, k = 0; i <= j->train; i++)
        for (size_t place = 1; place + 1 < n; place++, k++)
            out[k * stride] = scale * (count[i * n + place] - less[i * n + place]);
}

static bool residual(const void *context, void *made, const double *theta, double *r) {
    const job *j = context;
    work *w = made;
    if (!predict(j, w, theta, w->count))
        return false;
    inner(j, w->count, j->data->count, 1, 1, r);
    return true;
}

static bool jacobian(const void *context, void *made, const double *theta, double *r, double *J) {
    const job *j = context;
    work *w = made;
    double at[CALIBRATE_MOST_PARAMETERS];
    memcpy(at, theta, parameters_of(j) * sizeof *at);
    for (size_t p = 0; p < parameters_of(j); p++) {
        at[p] = theta[p] - j->step;
        if (!predict(j, w, at, w->low))
            return false;
        at[p] = theta[p] + j->step;
        if (!predict(j, w, at, w->high))
            return false;
        at[p] = theta[p];
        inner(j, w->high, w->low, .5 / j->step, parameters_of(j), J + p);
    }
    return !r || residual(context, made, theta, r);
}

crease_status calibrate_slopes(const calibrate_data *data, size_t kinks, size_t train, const double *theta,
                               double step, double *slope, crease_error *error) {
    size_t evaluations = 0;
    const job j = {data, kinks, train, step, &evaluations};
    work *w = work_new(&j);
    if (!w)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the slopes of %zu counts",
                           inner_counts(&j));
    const bool good = jacobian(&j, w, theta, NULL, slope);
    work_free(w);
    return good ? CREASE_OK : crease_fail(error, CREASE_BAD_ARGUMENT, "there is no flux at these parameters");
}

/* ---- the step ---- */

/* Mean square of the fourth differences of seven values. */
static double fourth_differences(double d[NOISE_POINTS]) {
    double squares = 0;
    for (size_t order = 1; order <= NOISE_ORDER; order++)
        for (size_t k = 0; k + order < NOISE_POINTS; k++)
            d[k] = d[k + 1] - d[k];
    for (size_t k = 0; k + NOISE_ORDER < NOISE_POINTS; k++)
        squares += d[k] * d[k];
    return squares / (NOISE_POINTS - NOISE_ORDER);
}

crease_status calibrate_noise(const calibrate_data *data, size_t kinks, size_t train, const double *theta,
                              double *noise, double *step, crease_error *error) {
    static const double gamma = 24. * 24. / 40320.; /* (4!)^2 / 8! */
    size_t evaluations = 0;
    const job j = {data, kinks, train, LEAST_STEP, &evaluations};
    const size_t n = inner_counts(&j);
    work *w = work_new(&j);
    double at[CALIBRATE_MOST_PARAMETERS], *value = w ? malloc(NOISE_POINTS * n * sizeof *value) : NULL;
    bool good = true;
    memcpy(at, theta, parameters_of(&j) * sizeof *at);
    for (size_t k = 0; k < NOISE_POINTS && good && value; k++) {
        at[0] = theta[0] + NOISE_SPACING * (double)k;
        good = residual(&j, w, at, value + k * n);
    }
    double squares = 0, slopes = 0;
    for (size_t i = 0; i < n && good && value; i++) {
        double d[NOISE_POINTS];
        for (size_t k = 0; k < NOISE_POINTS; k++)
            d[k] = value[k * n + i];
        const double slope = (d[NOISE_POINTS - 1] - d[0]) / (NOISE_SPACING * (NOISE_POINTS - 1));
        slopes += slope * slope;
        squares += fourth_differences(d);
    }
    *noise = sqrt(gamma * squares / (double)n);
    *step = cbrt(*noise / fmax(sqrt(slopes / (double)n), 1e-3));
    *step = fmin(fmax(*step, LEAST_STEP), LARGEST_STEP);
    const bool memory = value != NULL;
    free(value);
    work_free(w);
    return !memory ? crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu counts", n)
           : good  ? CREASE_OK
                   : crease_fail(error, CREASE_BAD_DATA, "there is no solution with the flux to start from");
}

/* ---- starts ---- */

static void scatter(const double *from, size_t parameters, gsl_rng *random, uint64_t seed, size_t start,
                    double *theta) {
    crease_random_set(random, seed, start);
    for (size_t p = 0; p < parameters; p++)
        theta[p] = from[p] + (start > 0 ? gsl_ran_gaussian(random, SPREAD) : 0);
}

static crease_status run_starts(const job *j, const double *from, const calibrate_options *options,
                                gsl_rng *random, calibrate_result *result, crease_error *error) {
    const size_t p = parameters_of(j);
    const crease_problem problem = {.residuals = inner_counts(j),
                                    .parameters = p,
                                    .context = j,
                                    .work_new = work_new,
                                    .work_free = work_free,
                                    .residual = residual,
                                    .jacobian = jacobian,
                                    .linear_from = p};
    const crease_fit_options fit = {.method = CREASE_METHOD_LM,
                                    .iterations = MOST_ITERATIONS,
                                    .tolerance = TOLERANCE,
                                    .interrupted = options->interrupted,
                                    .interrupted_context = options->context};
    result->loss = INFINITY;
    for (size_t s = 0; s < options->starts && !result->interrupted; s++) {
        double theta[CALIBRATE_MOST_PARAMETERS];
        traffic_diagram diagram;
        crease_minimum minimum;
        scatter(from, p, random, options->seed, s, theta);
        const crease_status status = crease_minimise(&problem, &fit, s, theta, &minimum, error);
        if (status != CREASE_OK && (s == 0 || status == CREASE_NO_MEMORY))
            return status;
        result->interrupted = status == CREASE_OK && minimum.stop == CREASE_STOP_INTERRUPTED;
        if (status == CREASE_OK && minimum.loss < result->loss &&
            calibrate_diagram(j->kinks, theta, &diagram)) {
            result->diagram = diagram;
            result->loss = minimum.loss;
            result->best_start = s;
            result->stop = minimum.stop;
        }
        if (options->progress)
            options->progress(s + 1, options->starts, options->progress_context);
    }
    return CREASE_OK;
}

crease_status calibrate_fit(const calibrate_data *data, const traffic_diagram *start,
                            const calibrate_options *options, calibrate_result *result, crease_error *error) {
    double from[CALIBRATE_MOST_PARAMETERS];
    job j = {data, start->kinks, options->train, 0, &result->evaluations};
    *result = (calibrate_result){.diagram = *start};
    if (!(options->train >= 1 && options->train <= data->intervals) || start->kinks == 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "%zu intervals of %zu and %zu kinks cannot be fitted",
                           options->train, data->intervals, start->kinks);
    calibrate_theta(start, from);
    crease_status status =
        calibrate_noise(data, start->kinks, options->train, from, &result->noise, &j.step, error);
    if (status != CREASE_OK)
        return status;
    result->step = j.step;
    gsl_rng *random = crease_random_new(options->seed, 0);
    status = random ? run_starts(&j, from, options, random, result, error)
                    : crease_fail(error, CREASE_NO_MEMORY, "no memory for random numbers");
    gsl_rng_free(random);
    return status;
}
