/* Percentile intervals by resampling rows.
 *
 * Rows at one density are pooled: a resample is, at each of the distinct densities, how often it was drawn
 * and the mean flow drawn, which is all that a function of density can be fitted to. Blocks of L consecutive
 * rows (Kuensch 1989) keep the dependence of rows that follow each other in time. A quantity that does not
 * exist in a replicate counts as infinitely large (wave speed: small), so an interval may be open. Networks are
 * refitted from the weights of the row, a local search: their intervals hold what the data leave open about this
 * solution, not what other starts may find. */
#include "crease/random.h"
#include "traffic/diagram/diagram_curve.h"
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* Distinct densities, ascending, and the one of each row. */
typedef struct resampler {
    const traffic_study *study;
    size_t places, *place_of;
    double *density;
} resampler;

/* One thread's resample. */
typedef struct resample {
    gsl_rng *generator;
    crease_net *net;       /* of a row that is a network: the copy that is refitted */
    double *count, *total; /* of each place */
    double *density, *flow, *flow_weight, *speed_weight; /* of the places drawn */
} resample;

static void resampler_clear(resampler *r) {
    free(r->place_of);
    free(r->density);
}

static crease_status resampler_new(const traffic_study *s, resampler *r, crease_error *error) {
    *r = (resampler){.study = s};
    size_t *order = s->n <= SIZE_MAX / 64 ? malloc(s->n * sizeof *order) : NULL;
    r->place_of = order ? malloc(s->n * sizeof *r->place_of) : NULL;
    r->density = order ? malloc(s->n * sizeof *r->density) : NULL;
    if (!r->place_of || !r->density) {
        free(order);
        resampler_clear(r);
        return crease_fail(error, CREASE_NO_MEMORY, "no memory to resample %zu rows", s->n);
    }
    gsl_sort_index(order, s->density, 1, s->n);
    for (size_t i = 0; i < s->n; i++) {
        const double x = s->density[order[i]];
        if (r->places == 0 || x > r->density[r->places - 1])
            r->density[r->places++] = x;
        r->place_of[order[i]] = r->places - 1;
    }
    free(order);
    return CREASE_OK;
}

static bool resample_new(size_t places, const crease_net *net, resample *t) {
    *t = (resample){.generator = crease_random_new(0, 0), .count = malloc(6 * places * sizeof *t->count)};
    if (!t->generator || !t->count || (net && crease_net_copy(net, &t->net, NULL) != CREASE_OK))
        return false;
    t->total = t->count + places;
    t->density = t->count + 2 * places;
    t->flow = t->count + 3 * places;
    t->flow_weight = t->count + 4 * places;
    t->speed_weight = t->count + 5 * places;
    return true;
}

static void resample_clear(resample *t) {
    if (t->generator)
        gsl_rng_free(t->generator);
    crease_net_free(t->net);
    free(t->count);
}

static void draw_rows(const resampler *r, size_t block, resample *t) {
    const traffic_study *s = r->study;
    const size_t length = block > s->n ? s->n : block > 0 ? block : 1;
    memset(t->count, 0, 2 * r->places * sizeof *t->count);
    for (size_t drawn = 0; drawn < s->n;) {
        const size_t start = gsl_rng_uniform_int(t->generator, s->n - length + 1);
        for (size_t i = start; i < start + length && drawn < s->n; i++, drawn++) {
            t->count[r->place_of[i]] += 1.0;
            t->total[r->place_of[i]] += s->flow[i];
        }
    }
}

/* The places drawn with their weights; returns their number. */
static size_t weigh(const resampler *r, resample *t) {
    const traffic_study *s = r->study;
    size_t n = 0;
    for (size_t k = 0; k < r->places; k++)
        if (t->count[k] > 0.0) {
            t->density[n] = r->density[k];
            t->flow[n] = t->total[k] / t->count[k];
            t->speed_weight[n++] = t->count[k];
        }
    for (size_t k = 0; k < n && s->weighting == TRAFFIC_QU && n > 1; k++)
        t->speed_weight[k] = k == 0       ? t->density[1] - t->density[0]
                             : k + 1 == n ? t->density[k] - t->density[k - 1]
                                          : 0.5 * (t->density[k + 1] - t->density[k - 1]);
    memcpy(t->flow_weight, t->speed_weight, n * sizeof *t->flow_weight);
    if (s->by == TRAFFIC_BY_SPEED)
        traffic_speed_weights(n, t->density, t->flow_weight);
    return n;
}

/* Least squares from the weights of the row's network. */
static crease_status refit_network(const resampler *r, const traffic_row *row, const traffic_data *data,
                                   crease_net *net, traffic_audit *audit, crease_error *error) {
    const crease_data rows = {data->n, 1, 1, data->density, data->flow, data->weight};
    /* an interval of four digits needs no more */
    const crease_fit_options options = {
        .init = CREASE_INIT_KEEP, .starts = 1, .threads = 1, .iterations = 30, .tolerance = 1e-7};
    crease_fit_result result;
    if (data->n < 2)
        return crease_fail(error, CREASE_BAD_DATA, "a resample of one single density");
    memcpy(net->theta, row->net->theta, net->parameter_count * sizeof *net->theta);
    const crease_status status = crease_fit(net, &rows, &options, &result, error);
    crease_fit_result_clear(&result);
    if (status != CREASE_OK)
        return status;
    return traffic_audit_net(net, r->study->least_density, r->study->largest_density, audit, error);
}

static crease_status refit_diagram(const resampler *r, const traffic_row *row, const traffic_data *data,
                                   const double *speed_weight, const traffic_study_options *options,
                                   size_t index, traffic_audit *audit, crease_error *error) {
    traffic_diagram diagram;
    const crease_status status =
        traffic_fit_model(row->model, data, speed_weight, r->study->by == TRAFFIC_BY_SPEED,
                          options->jam_density, options->fit.seed, &row->diagram, &diagram, error);
    if (status != CREASE_OK)
        return status;
    if (options->replicate)
        options->replicate(row->model, index, &diagram, options->replicate_context);
    traffic_audit_diagram(&diagram, r->study->largest_density, audit);
    return CREASE_OK;
}

/* One replicate of one row into quantity[q * stride]; NaN where there is none. */
static crease_status replicate(const resampler *r, const traffic_row *row,
                               const traffic_study_options *options, size_t index, resample *t,
                               double *quantity, size_t stride, crease_error *error) {
    crease_random_set(t->generator, options->fit.seed, index);
    draw_rows(r, options->block, t);
    const size_t n = weigh(r, t);
    const traffic_data data = {n, t->density, t->flow, t->flow_weight};
    traffic_audit audit;
    double value[TRAFFIC_QUANTITIES];
    const crease_status status =
        row->net ? refit_network(r, row, &data, t->net, &audit, error)
                 : refit_diagram(r, row, &data, t->speed_weight, options, index, &audit, error);
    if (status != CREASE_OK)
        return status;
    traffic_quantities(&audit, value);
    for (size_t q = 0; q < TRAFFIC_QUANTITIES; q++)
        quantity[q * stride] = value[q];
    return CREASE_OK;
}

double traffic_percentile(size_t count, const double *value, double p) {
    const double at = p * (double)(count - 1);
    const size_t low = (size_t)at, high = low + 1 < count ? low + 1 : low;
    const double part = at - (double)low;
    /* inf - inf is no number */
    const double found =
        part > 0.0 && value[high] != value[low] ? value[low] + part * (value[high] - value[low]) : value[low];
    return isnan(found) ? value[high] : found;
}

/* Percentiles of the replicates that were fitted; `value` is sorted. */
static void percentiles(size_t q, size_t count, double *value, traffic_intervals *ci) {
    for (size_t i = 0; i < count; i++)
        if (isnan(value[i])) {
            value[i] = q == 3 ? -INFINITY : INFINITY;
            ci->missing[q]++;
        }
    gsl_sort(value, 1, count);
    ci->low[q] = traffic_percentile(count, value, 0.025);
    ci->high[q] = traffic_percentile(count, value, 0.975);
}

static void summarise(size_t replicates, double *quantity, const bool *fitted, traffic_intervals *ci) {
    size_t count = 0;
    for (size_t i = 0; i < replicates; i++)
        count += fitted[i];
    ci->failed = replicates - count;
    for (size_t q = 0; q < TRAFFIC_QUANTITIES && count > 0; q++) {
        double *value = quantity + q * replicates;
        size_t at = 0;
        for (size_t i = 0; i < replicates; i++)
            if (fitted[i])
                value[at++] = value[i];
        percentiles(q, count, value, ci);
    }
    ci->replicates = count;
}

/* All replicates of one row; `done` says whether none was cut short. */
static crease_status run_row(const resampler *r, const traffic_study_options *options, traffic_row *row,
                             double *quantity, bool *fitted, bool *done, crease_error *error) {
    const size_t count = options->bootstrap;
    const int threads = options->fit.threads > 0 ? (int)options->fit.threads : omp_get_max_threads();
    crease_status worst = CREASE_OK;
    bool stopped = false;
#pragma omp parallel num_threads(threads)
    {
        resample t;
        crease_error own = {0};
        bool stop = !resample_new(r->places, row->net, &t);
        if (stop) {
#pragma omp critical(traffic_bootstrap)
            worst = crease_fail(error, CREASE_NO_MEMORY, "no memory for a resample of %zu rows", r->study->n);
        }
#pragma omp for schedule(dynamic, 4)
        for (size_t i = 0; i < count; i++) {
            if (!stop && options->fit.interrupted) {
#pragma omp critical(traffic_bootstrap)
                {
                    stopped = stopped || options->fit.interrupted(options->fit.interrupted_context);
                    stop = stopped;
                }
            }
            if (stop)
                continue;
            const crease_status status = replicate(r, row, options, i, &t, quantity + i, count, &own);
            fitted[i] = status == CREASE_OK;
            if (status != CREASE_OK && status != CREASE_BAD_DATA && status != CREASE_INTERNAL) {
                stop = true;
#pragma omp critical(traffic_bootstrap)
                worst = crease_fail(error, status, "%s", own.message);
            }
        }
        resample_clear(&t);
    }
    *done = !stopped;
    return worst;
}

crease_status traffic_bootstrap(traffic_study *study, const traffic_study_options *options,
                                crease_error *error) {
    const size_t count = options->bootstrap;
    if (count == 0)
        return CREASE_OK;
    if (count > SIZE_MAX / (TRAFFIC_QUANTITIES * sizeof(double)))
        return crease_fail(error, CREASE_NO_MEMORY, "%zu replicates are too many", count);
    resampler r;
    crease_status status = resampler_new(study, &r, error);
    if (status != CREASE_OK)
        return status;
    double *quantity = malloc(TRAFFIC_QUANTITIES * count * sizeof *quantity);
    bool *fitted = malloc(count * sizeof *fitted);
    if (!quantity || !fitted)
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu replicates", count);
    for (size_t i = 0; i < study->row_count && status == CREASE_OK && !study->interrupted; i++) {
        traffic_row *row = &study->row[i];
        if (options->started)
            options->started(row->model, i, study->row_count, options->started_context);
        const double begun = omp_get_wtime();
        bool done = false;
        memset(fitted, 0, count * sizeof *fitted);
        status = run_row(&r, options, row, quantity, fitted, &done, error);
        if (status == CREASE_OK && done)
            summarise(count, quantity, fitted, &row->ci);
        row->ci.seconds = omp_get_wtime() - begun;
        study->interrupted = study->interrupted || !done;
    }
    free(quantity);
    free(fitted);
    resampler_clear(&r);
    return status;
}
