/* Networks of a line and H ReLU units, H = 1 .. N, on one input: for each H a lower bound of the error of any of them
 * (crease/knots.h), the default fit, plain Levenberg-Marquardt from random starts, and Adam. */
#include "units.h"
#include "units_result.h"
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LM_STARTS = 20,
    ADAM_STARTS = 5,
    ADAM_EPOCHS = 2000,
    ADAM_BATCH = 256,
    FULL_BATCH_ROWS = 2000,
    MOST_ROWS = 20000
};

/* One progress line over all fits: those done and the share of the running one. */
typedef struct units_progress {
    crease_progress line;
    size_t before, weight, total;
} units_progress;

static void advance(size_t done, size_t total, void *context) {
    units_progress *progress = context;
    size_t share = total ? (size_t)((double)progress->weight * (double)done / (double)total) : 0;
    crease_progress_update(progress->before + share, progress->total, &progress->line);
}

static void finish_part(units_progress *progress) {
    progress->before += progress->weight;
    crease_progress_update(progress->before, progress->total, &progress->line);
}

static double weighted_sd(const crease_data *data) {
    double total = 0, mean = 0, square = 0;
    for (size_t i = 0; i < data->n; i++) {
        double w = data->weight ? data->weight[i] : 1;
        if (!(w > 0))
            continue;
        total += w;
        double d = data->y[i] - mean;
        mean += w / total * d;
        square += w * d * (data->y[i] - mean);
    }
    return sqrt(square / total);
}

static double weight_sum(const crease_data *data) {
    double total = 0;
    for (size_t i = 0; i < data->n; i++)
        total += data->weight ? data->weight[i] : 1;
    return total;
}

bool units_reach(const units_result *result, const units_row *row, double rmse) {
    return rmse <= 1.01 * row->best_known + 1e-4 * result->y_sd;
}

static crease_status find_bound(const crease_data *data, units_row *row, crease_error *error) {
    crease_knots_options options = {
        .knots = row->units, .min_points = CREASE_NO_MINIMUM, .interrupted = crease_app_interrupted};
    crease_knots_result best = {0};
    crease_status status = crease_knots_fit(data, &options, &best, error);
    if (status != CREASE_OK)
        return status;
    row->lower_bound = sqrt(best.lower_bound / weight_sum(data));
    row->gap = best.gap;
    row->certified = best.certified;
    row->bound_seconds = best.seconds;
    row->best_known = best.rmse;
    crease_knots_result_clear(&best);
    return CREASE_OK;
}

/* One fit of affine+relu:H with the given options; its starts stay in `fit`. */
static crease_status run_fit(const crease_data *data, units_row *row, const crease_fit_options *options,
                             crease_fit_result *fit, crease_error *error) {
    char spec[64];
    crease_net *net = NULL;
    snprintf(spec, sizeof spec, "affine+relu:%zu", row->units);
    crease_status status = crease_net_parse(spec, 1, 1, &net, error);
    if (status == CREASE_OK) {
        row->n_free = crease_net_free_count(net);
        status = crease_fit(net, data, options, fit, error);
    }
    if (status == CREASE_OK)
        row->best_known = fmin(row->best_known, fit->score.rmse);
    crease_net_free(net);
    return status;
}

static crease_status run_default(const crease_data *data, units_row *row, const crease_fit_options *options,
                                 crease_error *error) {
    crease_fit_result fit = {0};
    crease_status status = run_fit(data, row, options, &fit, error);
    row->default_rmse = fit.score.rmse;
    row->default_seconds = fit.seconds;
    crease_fit_result_clear(&fit);
    return status;
}

/* Median of the finite values among one field of the starts, sorted into `sorted`; NaN without any. */
static double median_of(const crease_fit_result *fit, bool seconds, double *sorted) {
    size_t count = 0;
    for (size_t i = 0; i < fit->starts; i++)
        if (isfinite(fit->start[i].rmse))
            sorted[count++] = seconds ? fit->start[i].seconds : fit->start[i].rmse;
    gsl_sort(sorted, 1, count);
    return count ? gsl_stats_median_from_sorted_data(sorted, 1, count) : NAN;
}

/* Each start is a run of its own. */
static crease_status run_starts(const crease_data *data, units_row *row, const crease_fit_options *options,
                                units_runs *runs, crease_error *error) {
    crease_fit_result fit = {0};
    crease_status status = run_fit(data, row, options, &fit, error);
    if (status != CREASE_OK)
        return status;
    double *sorted = calloc(fit.starts, sizeof *sorted);
    runs->rmse = calloc(fit.starts, sizeof *runs->rmse);
    if (!sorted || !runs->rmse) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu starts", fit.starts);
        goto done;
    }
    runs->starts = fit.starts;
    for (size_t i = 0; i < fit.starts; i++)
        runs->rmse[i] = fit.start[i].rmse;
    runs->seconds_median = median_of(&fit, true, sorted);
    runs->median = median_of(&fit, false, sorted);
    runs->best = fit.start[fit.best_start].rmse;
done:
    free(sorted);
    crease_fit_result_clear(&fit);
    return status;
}

static void count_hits(const units_result *result, const units_row *row, units_runs *runs) {
    size_t run = 0, hits = 0;
    for (size_t i = 0; i < runs->starts; i++)
        if (isfinite(runs->rmse[i])) {
            run++;
            hits += units_reach(result, row, runs->rmse[i]) ? 1 : 0;
        }
    runs->hit_rate = run ? (double)hits / (double)run : NAN;
}

static crease_status run_row(units_result *result, units_row *row, units_progress *progress,
                             crease_error *error) {
    const crease_app *app = result->regression->app;
    const crease_data *data = &result->regression->data.data;
    size_t starts = result->regression->fit.starts ? result->regression->fit.starts : LM_STARTS;
    crease_fit_options plain = {0}, lm, adam;
    crease_app_fit_options(app, NULL, &plain);
    plain.progress = advance;
    plain.progress_context = progress;
    lm = adam = plain;
    lm.method = CREASE_METHOD_LM;
    lm.init = CREASE_INIT_RANDOM;
    lm.starts = starts;
    adam.method = CREASE_METHOD_ADAM;
    adam.init = CREASE_INIT_RANDOM;
    adam.starts = starts < ADAM_STARTS ? starts : ADAM_STARTS;
    adam.epochs = result->adam_epochs;
    adam.batch = result->adam_batch;
    progress->weight = 1;
    crease_status status = find_bound(data, row, error);
    finish_part(progress);
    if (status == CREASE_OK && !crease_app_interrupted(NULL))
        status = run_default(data, row, &plain, error);
    finish_part(progress);
    progress->weight = lm.starts;
    if (status == CREASE_OK && !crease_app_interrupted(NULL))
        status = run_starts(data, row, &lm, &row->lm, error);
    finish_part(progress);
    progress->weight = adam.starts;
    if (status == CREASE_OK && !crease_app_interrupted(NULL))
        status = run_starts(data, row, &adam, &row->adam, error);
    finish_part(progress);
    count_hits(result, row, &row->lm);
    count_hits(result, row, &row->adam);
    return status;
}

static crease_status run_all(units_result *result, size_t most, crease_error *error) {
    const crease_app *app = result->regression->app;
    size_t starts = result->regression->fit.starts ? result->regression->fit.starts : LM_STARTS;
    units_progress progress = {.line = crease_progress_begin(app, "fitting")};
    progress.total = most * (2 + starts + (starts < ADAM_STARTS ? starts : ADAM_STARTS));
    crease_status status = CREASE_OK;
    for (size_t h = 0; status == CREASE_OK && h < most && !crease_app_interrupted(NULL); h++) {
        units_row *row = &result->row[h];
        *row = (units_row){.units = h + 1, .default_rmse = NAN, .default_seconds = NAN};
        row->lm = row->adam =
            (units_runs){.best = NAN, .median = NAN, .seconds_median = NAN, .hit_rate = NAN};
        result->count = h + 1;
        status = run_row(result, row, &progress, error);
    }
    crease_progress_end(&progress.line);
    return status;
}

/* The epochs of long data are fewer, with a step every ADAM_BATCH rows. */
static void limit_adam(units_result *result) {
    size_t n = result->regression->data.data.n;
    result->adam_epochs = ADAM_EPOCHS;
    if (n <= FULL_BATCH_ROWS)
        return;
    result->adam_batch = ADAM_BATCH;
    result->adam_epochs = (size_t)ADAM_EPOCHS * FULL_BATCH_ROWS / n;
    result->adam_epochs = result->adam_epochs < 20 ? 20 : result->adam_epochs;
}

int compare_units(const regression *given, size_t most) {
    crease_error error;
    if (given->data.data.n > MOST_ROWS) /* beyond, plain starts are compared on a sample of the rows */
        return crease_app_fail_text(given->app, CREASE_EXIT_DATA,
                                    "%s has %zu rows; --units compares errors on up to %d: give it fewer",
                                    given->data.table->source, given->data.data.n, MOST_ROWS);
    units_result result = {.regression = given, .y_sd = weighted_sd(&given->data.data)};
    result.row = calloc(most, sizeof *result.row);
    if (!result.row)
        return crease_app_fail_text(given->app, CREASE_EXIT_INTERNAL, "out of memory for %zu networks", most);
    limit_adam(&result);
    crease_app_catch_interrupt();
    crease_app_detail(given->app, "networks of 1 to %zu units on %zu rows", most, given->data.data.n);
    crease_status status = run_all(&result, most, &error);
    result.interrupted = crease_app_interrupted(NULL);
    int code = status == CREASE_OK ? 0 : crease_app_fail(given->app, &error);
    if (code == 0 && given->app->plot)
        code = units_draw(&result);
    if (status == CREASE_OK) {
        int printed = given->app->json ? units_print_json(&result) : units_print(&result);
        code = code ? code : printed;
    }
    if (status == CREASE_OK && result.interrupted) {
        crease_app_note(given->app, "interrupted: these are the best results so far");
        code = code ? code : CREASE_EXIT_INTERRUPTED;
    }
    for (size_t h = 0; h < result.count; h++) {
        free(result.row[h].lm.rmse);
        free(result.row[h].adam.rmse);
    }
    free(result.row);
    return code;
}
