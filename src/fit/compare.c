/* Networks side by side: the same starts, streams, method family and folds for each. */
#include "crease/compare.h"
#include "crease/random.h"
#include "fit/compare_pairs.h"
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The assignment of rows to folds draws from a stream of its own. */
static const uint64_t FOLD_STREAM = UINT64_C(3) << 32;

void crease_compare_default_specs(size_t inputs, char text[3][32]) {
    /* d inputs: a ReLU unit has d+1 free parameters, a tanh unit d+2, so (d+2) m ReLU units match (d+1) m
     * others */
    size_t m = 1 + 3 / (inputs + 1);
    snprintf(text[0], 32, "relu:%zu", (inputs + 2) * m);
    snprintf(text[1], 32, "tanh:%zu", (inputs + 1) * m);
    snprintf(text[2], 32, "sigmoid:%zu", (inputs + 1) * m);
}

static void row_clear(crease_compare_row *row) {
    free(row->spec);
    crease_net_free(row->net);
    crease_fit_result_clear(&row->fit);
    free(row->fold_rmse);
    free(row->kinks);
}

void crease_comparison_free(crease_comparison *comparison) {
    if (!comparison)
        return;
    for (size_t r = 0; comparison->row && r < comparison->row_count; r++)
        row_clear(&comparison->row[r]);
    free(comparison->row);
    free(comparison->pair);
    free(comparison);
}

static crease_status out_of_memory(crease_error *error) {
    return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a comparison");
}

/* Median and quartile range over the starts that ran. */
static crease_status summarise_starts(crease_compare_row *row, crease_error *error) {
    size_t count = 0;
    double *rmse = malloc(2 * row->fit.starts * sizeof *rmse),
           *seconds = rmse ? rmse + row->fit.starts : NULL;
    if (!rmse)
        return out_of_memory(error);
    for (size_t i = 0; i < row->fit.starts; i++)
        if (isfinite(row->fit.start[i].rmse)) {
            rmse[count] = row->fit.start[i].rmse;
            seconds[count++] = row->fit.start[i].seconds;
        }
    gsl_sort(rmse, 1, count);
    gsl_sort(seconds, 1, count);
    row->rmse_best = rmse[0];
    row->rmse_median = gsl_stats_median_from_sorted_data(rmse, 1, count);
    row->rmse_iqr = gsl_stats_quantile_from_sorted_data(rmse, 1, count, .75) -
                    gsl_stats_quantile_from_sorted_data(rmse, 1, count, .25);
    row->seconds_median = gsl_stats_median_from_sorted_data(seconds, 1, count);
    free(rmse);
    return CREASE_OK;
}

static void copy_row(const crease_data *from, size_t i, double *x, double *y, double *weight, size_t to) {
    memcpy(x + to * from->inputs, from->x + i * from->inputs, from->inputs * sizeof *x);
    memcpy(y + to * from->outputs, from->y + i * from->outputs, from->outputs * sizeof *y);
    weight[to] = from->weight ? from->weight[i] : 1;
}

/* Fits on all folds but one and scores on that one. */
static crease_status score_fold(const crease_net *shape, const crease_data *data, const size_t *fold_of,
                                size_t fold, const crease_fit_options *options, double *storage, double *rmse,
                                crease_error *error) {
    size_t n = data->n, inputs = data->inputs, outputs = data->outputs, held = 0, kept = 0;
    double *x = storage, *y = x + n * inputs, *weight = y + n * outputs;
    for (size_t i = 0; i < n; i++)
        kept += fold_of[i] != fold ? 1 : 0;
    /* the rows to fit come first, the rows to score behind them */
    for (size_t i = 0, to = 0; i < n; i++)
        if (fold_of[i] != fold)
            copy_row(data, i, x, y, weight, to++);
        else
            copy_row(data, i, x, y, weight, kept + held++);
    crease_data train = {kept, inputs, outputs, x, y, data->weight ? weight : NULL};
    crease_data test = {
        held, inputs, outputs, x + kept * inputs, y + kept * outputs, data->weight ? weight + kept : NULL};
    crease_net *net = NULL;
    crease_fit_result result = {0};
    crease_score score;
    crease_status status = crease_net_copy(shape, &net, error);
    if (status == CREASE_OK)
        status = crease_fit(net, &train, options, &result, error);
    if (status == CREASE_OK)
        status = crease_net_score(net, &test, &score, error);
    if (status == CREASE_OK)
        *rmse = score.rmse;
    crease_net_free(net);
    crease_fit_result_clear(&result);
    return status;
}

static crease_status score_folds(crease_compare_row *row, const crease_data *data, const size_t *fold_of,
                                 const crease_compare_options *options, crease_error *error) {
    crease_status status = CREASE_OK;
    crease_fit_options fit = options->fit;
    double *storage = malloc(data->n * (data->inputs + data->outputs + 1) * sizeof *storage);
    row->fold_rmse = calloc(options->folds, sizeof *row->fold_rmse);
    fit.trace = NULL;
    fit.progress = NULL;
    row->test_rmse = 0;
    if (!storage || !row->fold_rmse)
        status = out_of_memory(error);
    for (size_t f = 0; status == CREASE_OK && f < options->folds; f++) {
        status = score_fold(row->net, data, fold_of, f, &fit, storage, &row->fold_rmse[f], error);
        row->test_rmse += row->fold_rmse[f] / (double)options->folds;
    }
    free(storage);
    return status;
}

static crease_status fit_row(crease_compare_row *row, const char *spec, const crease_data *data,
                             const size_t *fold_of, const crease_compare_options *options,
                             crease_error *error) {
    crease_score test;
    crease_status status = crease_net_parse(spec, data->inputs, data->outputs, &row->net, error);
    if (status != CREASE_OK)
        return status;
    size_t length = crease_net_spec(row->net, NULL, 0) + 1;
    if (!(row->spec = malloc(length)))
        return out_of_memory(error);
    crease_net_spec(row->net, row->spec, length);
    row->n_params = row->net->parameter_count;
    row->n_free = crease_net_free_count(row->net);
    row->test_rmse = NAN;
    if ((status = crease_fit(row->net, data, &options->fit, &row->fit, error)) != CREASE_OK ||
        (status = summarise_starts(row, error)) != CREASE_OK)
        return status;
    bool kinks = data->inputs == 1 && data->outputs == 1 &&
                 (row->net->layer_count <= 1 || crease_net_is_piecewise_linear(row->net));
    if (kinks &&
        (status = crease_fit_kinks(row->net, data, &row->kinks, &row->kink_count, error)) != CREASE_OK)
        return status;
    if (fold_of)
        status = score_folds(row, data, fold_of, options, error);
    if (status == CREASE_OK && options->test) {
        status = crease_net_score(row->net, options->test, &test, error);
        row->test_rmse = test.rmse;
    }
    return status;
}

/* Balanced folds in random order. */
static crease_status draw_folds(size_t n, size_t folds, uint64_t seed, size_t **fold_of,
                                crease_error *error) {
    gsl_rng *generator = crease_random_new(seed, FOLD_STREAM);
    *fold_of = malloc(n * sizeof **fold_of);
    if (!generator || !*fold_of) {
        if (generator)
            gsl_rng_free(generator);
        return out_of_memory(error);
    }
    for (size_t i = 0; i < n; i++)
        (*fold_of)[i] = i % folds;
    crease_random_shuffle(generator, *fold_of, n);
    gsl_rng_free(generator);
    return CREASE_OK;
}

crease_status crease_compare(const char *const *specs, size_t spec_count, const crease_data *data,
                             const crease_compare_options *given, crease_comparison **comparison,
                             crease_error *error) {
    crease_compare_options options = given ? *given : (crease_compare_options){0};
    crease_status status = CREASE_OK;
    size_t *fold_of = NULL;
    *comparison = NULL;
    if (options.fit.starts == 0)
        options.fit.starts = 20;
    if (options.folds == 1)
        options.folds = 0;
    if (options.folds > data->n)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "%zu folds need at least as many rows; there are %zu",
                           options.folds, data->n);
    crease_comparison *c = calloc(1, sizeof *c);
    if (!c)
        return out_of_memory(error);
    c->folds = options.folds;
    c->row = calloc(spec_count ? spec_count : 1, sizeof *c->row);
    if (!c->row) {
        status = out_of_memory(error);
        goto done;
    }
    if (options.folds &&
        (status = draw_folds(data->n, options.folds, options.fit.seed, &fold_of, error)) != CREASE_OK)
        goto done;
    for (size_t r = 0; status == CREASE_OK && r < spec_count; r++) {
        c->row_count = r + 1;
        status = fit_row(&c->row[r], specs[r], data, fold_of, &options, error);
    }
    if (status == CREASE_OK)
        status = crease_compare_pairs(c, error);
    if (status == CREASE_OK) {
        *comparison = c;
        c = NULL;
    }
done:
    free(fold_of);
    crease_comparison_free(c);
    return status;
}
