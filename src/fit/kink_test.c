/* Is there a kink? With Z(t) the t statistic of the hinge max(0, x - t) beside a line, the statistic is sup Z(t)^2,
 * which grows with the share of the error that the best hinge takes away. That share does not change when a line is
 * added to y or y is scaled, so under normal noise its distribution depends on x and the weights alone and simulated
 * noise has it exactly; p = (1 + #{at least as large}) / (1 + B) then keeps any size that is a multiple of 1/(1 + B).
 * Rows of one x enter by their mean, and their spread about it by one chi-squared number.
 *
 * Davies (1987): P(sup |Z| > M) <= 2 Phi(-M) + 2 V exp(-M^2/2) / sqrt(8 pi) with V the total variation of Z, here of
 * the normal scores of the t statistics at the data.
 *
 * Noise of unknown variances: kink_wild.c. */
#include "crease/inference.h"
#include "crease/random.h"
#include "fit/kink_wild.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>

static const double NO_ERROR = 1e-22; /* of the line, over the mean square of z: rounding */

static const char TOO_FEW[] =
    "a knot needs min_points distinct x on either side, and more rows than parameters";
static const char NO_NOISE[] = "the data lie on a straight line";

typedef struct kink_null {
    const crease_kink_test_options *options;
    crease_sample sample;
    size_t least, simulations;
    double tie_freedom; /* rows less points */
    double
        observed; /* share of the line's error that the knot leaves; of the wild bootstrap, the statistic */
    double *residual; /* rows: of the line, of the spread that noise has; wild bootstrap only */
} kink_null;

typedef struct simulator {
    crease_scan *scan;
    gsl_rng *rng;
    double *row, *mean; /* rows; points */
} simulator;

static void simulator_clear(simulator *w) {
    crease_scan_free(w->scan);
    free(w->row);
    if (w->rng)
        gsl_rng_free(w->rng);
}

static bool simulator_make(const kink_null *null, simulator *w) {
    const crease_sample *s = &null->sample;
    *w = (simulator){.scan = crease_scan_new(s->points), .rng = crease_random_new(null->options->seed, 0)};
    w->row = malloc((s->rows + s->points) * sizeof *w->row);
    if (!w->scan || !w->rng || !w->row)
        return false;
    w->mean = w->row + s->rows;
    crease_scan_design(w->scan, s->points, s->u, s->sum, null->least, null->least);
    return true;
}

static double share_left(const crease_one_knot *best, double ties) {
    return (best->sse + ties) / (best->line_sse + ties);
}

/* One draw from the null: is it at least as far from a line as the data? */
static bool is_extreme(const kink_null *null, simulator *w) {
    const crease_sample *s = &null->sample;
    double ties = 0;
    if (null->options->null == CREASE_NULL_WILD) {
        for (size_t i = 0; i < s->rows; i++)
            w->row[i] = gsl_rng_get(w->rng) & 1 ? null->residual[i] : -null->residual[i];
        return crease_wild_statistic(s, null->least, w->row) >= null->observed;
    }
    for (size_t p = 0; p < s->points; p++)
        w->mean[p] = gsl_ran_gaussian_ziggurat(w->rng, 1) / sqrt(s->sum[p]);
    if (null->tie_freedom > 0)
        ties = gsl_ran_chisq(w->rng, null->tie_freedom);
    crease_one_knot best = crease_scan_best(w->scan, w->mean);
    return share_left(&best, ties) <= null->observed;
}

static crease_status count_extreme(const kink_null *null, crease_kink_test *test, crease_error *error) {
    const crease_kink_test_options *o = null->options;
    int threads = o->threads ? (int)o->threads : omp_get_num_procs();
    size_t extreme = 0, done = 0, failed = 0;
#pragma omp parallel num_threads(threads) reduction(+ : extreme, done, failed)
    {
        simulator w;
        bool ok = simulator_make(null, &w);
#pragma omp for schedule(static)
        for (size_t b = 0; b < null->simulations; b++) {
            if (!ok || (o->interrupted && o->interrupted(o->interrupted_context)))
                continue;
            crease_random_set(w.rng, o->seed, b);
            extreme += is_extreme(null, &w) ? 1 : 0;
            done++;
        }
        failed += ok ? 0 : 1;
        simulator_clear(&w);
    }
    if (failed > 0)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu simulations", null->simulations);
    test->p_value = (double)(1 + extreme) / (double)(1 + done);
    test->simulations = done;
    test->interrupted = done < null->simulations;
    return CREASE_OK;
}

static crease_status prepare_wild(kink_null *null, crease_kink_test *test, crease_error *error) {
    const crease_sample *s = &null->sample;
    double *work = malloc(2 * s->rows * sizeof *work);
    if (!work)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", s->rows);
    null->residual = work;
    for (size_t i = 0; i < s->rows; i++)
        work[s->rows + i] = s->z[i];
    null->observed = test->statistic = crease_wild_statistic(s, null->least, work + s->rows);
    crease_wild_residuals(s, null->residual);
    return CREASE_OK;
}

/* Of a t statistic: the normal deviate of the same tail. */
static double normal_score(double t, double freedom) {
    double tail = gsl_cdf_tdist_Q(fabs(t), freedom);
    return tail > 0 ? copysign(gsl_cdf_ugaussian_Qinv(tail), t) : copysign(INFINITY, t);
}

static double davies(const crease_scan *scan, double ties, double *path, double statistic, double freedom) {
    double variation = 0, m = normal_score(sqrt(statistic), freedom);
    if (!isfinite(m))
        return 0;
    size_t count = crease_scan_path(scan, ties, path);
    for (size_t i = 0; i < count; i++)
        path[i] = normal_score(path[i] * sqrt(freedom), freedom);
    for (size_t i = 0; i + 1 < count; i++)
        variation += fabs(path[i + 1] - path[i]);
    return fmin(1, 2 * gsl_cdf_ugaussian_Q(m) + 2 * variation * exp(-m * m / 2) / sqrt(8 * M_PI));
}

/* The statistic of the data; true when it has a distribution. */
static bool observe(kink_null *null, simulator *w, crease_kink_test *test) {
    const crease_sample *s = &null->sample;
    double freedom = (double)s->rows - 3, square = 0;
    crease_sample_means(s, s->z, w->mean);
    crease_one_knot best = crease_scan_best(w->scan, w->mean);
    double ties = crease_sample_tie_error(s, s->z, w->mean);
    for (size_t i = 0; i < s->rows; i++)
        square += s->w[i] * s->z[i] * s->z[i];
    test->why = !best.found || s->rows <= 4                 ? TOO_FEW
                : best.line_sse + ties <= NO_ERROR * square ? NO_NOISE
                                                            : NULL;
    if (test->why)
        return false;
    null->observed = share_left(&best, ties);
    test->statistic = (1 / null->observed - 1) * freedom;
    test->x = s->x_shift + s->x_unit * best.u;
    test->slope_change = (best.slope_right - best.slope_left) * (s->y_unit / s->x_unit);
    test->davies = davies(w->scan, ties, w->row, test->statistic, freedom);
    return true;
}

crease_status crease_kink_exists(const crease_data *data, const crease_kink_test_options *options,
                                 crease_kink_test *test, crease_error *error) {
    static const crease_kink_test_options defaults;
    kink_null null = {.options = options ? options : &defaults};
    simulator w = {0};
    *test =
        (crease_kink_test){.statistic = NAN, .x = NAN, .slope_change = NAN, .p_value = NAN, .davies = NAN};
    crease_status status = crease_sample_new(data, &null.sample, error);
    if (status != CREASE_OK)
        return status;
    null.simulations = null.options->simulations ? null.options->simulations : 1999;
    null.least = null.options->min_points ? null.options->min_points : 3;
    null.least = null.least < 2 || null.least == CREASE_NO_MINIMUM ? 2 : null.least;
    null.tie_freedom = (double)(null.sample.rows - null.sample.points);
    if (!simulator_make(&null, &w))
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", null.sample.rows);
    else if (observe(&null, &w, test)) {
        if (null.options->null == CREASE_NULL_WILD)
            status = prepare_wild(&null, test, error);
        if (status == CREASE_OK)
            status = count_extreme(&null, test, error);
    }
    simulator_clear(&w);
    free(null.residual);
    crease_sample_clear(&null.sample);
    return status;
}
