/* Resampling. Rows are drawn with replacement, one by one (Efron 1979) or in blocks of neighbours in the order of the
 * data whose first row is uniform over all that fit (Kuensch 1989); or the residuals are, times sqrt(w) so that they
 * share one variance, less their mean, and times sqrt(n / freedom) since fitted residuals are too small. */
#include "fit/pwl_bootstrap.h"
#include "crease/random.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>

typedef struct bootstrap {
    const crease_bootstrap_options *options;
    const crease_data *data;
    const crease_pwl *pwl;
    crease_sample sample;
    size_t *at;               /* rows: place in the sample of the rows in the order of the data */
    double *fitted;           /* rows, in the order of the sample */
    double *residual;         /* rows, of variance 1 weight, in the order of the data */
    size_t replicates, width; /* width 3k + 1 */
    double *replicate;
    bool *found, *done;
} bootstrap;

static void bootstrap_clear(bootstrap *b) {
    crease_sample_clear(&b->sample);
    free(b->at);
    free(b->fitted);
    free(b->found);
}

static crease_status bootstrap_make(bootstrap *b, crease_error *error) {
    crease_status status = crease_sample_new(b->data, &b->sample, error);
    if (status != CREASE_OK)
        return status;
    size_t rows = b->sample.rows;
    b->width = 3 * b->pwl->knot_count + 1;
    b->replicates = b->options->replicates ? b->options->replicates : 999;
    b->at = malloc(b->data->n * sizeof *b->at);
    b->fitted = malloc(2 * rows * sizeof *b->fitted);
    if (b->replicates < SIZE_MAX / sizeof(double) / b->width) {
        b->found = calloc(2 * b->replicates, sizeof *b->found);
        b->replicate = malloc(b->replicates * b->width * sizeof *b->replicate);
    }
    if (!b->at || !b->fitted || !b->found || !b->replicate)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu replicates", b->replicates);
    b->residual = b->fitted + rows;
    b->done = b->found + b->replicates;
    return CREASE_OK;
}

/* Rows in the order of the data, and their residuals. */
static void prepare(bootstrap *b, double freedom) {
    const crease_sample *s = &b->sample;
    double mean = 0, inflate = freedom > 0 ? sqrt((double)s->rows / freedom) : 1;
    crease_sample_residuals(s, b->data, b->pwl, b->fitted);
    for (size_t i = 0; i < b->data->n; i++)
        b->at[i] = SIZE_MAX;
    for (size_t i = 0; i < s->rows; i++)
        b->at[s->row[i]] = i;
    size_t kept = 0;
    for (size_t i = 0; i < b->data->n; i++)
        if (b->at[i] != SIZE_MAX)
            b->at[kept++] = b->at[i];
    for (size_t i = 0; i < s->rows; i++) {
        b->residual[i] = inflate * sqrt(s->w[b->at[i]]) * b->fitted[b->at[i]];
        mean += (b->residual[i] - mean) / (double)(i + 1);
    }
    for (size_t i = 0; i < s->rows; i++) {
        b->residual[i] -= mean;
        b->fitted[i] = s->z[i] - b->fitted[i];
    }
}

/* drawn[i]: which row, in the order of the data, stands at place i. */
static void draw(const bootstrap *b, gsl_rng *rng, size_t *drawn) {
    size_t n = b->sample.rows, block = b->options->block > 1 ? b->options->block : 1;
    block = block < n ? block : n;
    for (size_t i = 0; i < n;) {
        size_t first = gsl_rng_uniform_int(rng, n - block + 1);
        for (size_t k = 0; k < block && i < n; k++)
            drawn[i++] = first + k;
    }
}

static crease_status replicate(const bootstrap *b, crease_refit *refit, gsl_rng *rng, size_t *drawn,
                               double *value, size_t r) {
    size_t n = b->sample.rows;
    double *theta = b->replicate + r * b->width;
    draw(b, rng, drawn);
    if (b->options->resample == CREASE_RESAMPLE_PAIRS) {
        for (size_t i = 0; i < n; i++)
            value[i] = 0;
        for (size_t i = 0; i < n; i++)
            value[b->at[drawn[i]]] += 1;
        return crease_refit_counts(refit, value, theta, &b->found[r]);
    }
    for (size_t i = 0; i < n; i++)
        value[b->at[i]] = b->fitted[b->at[i]] + b->residual[drawn[i]] / sqrt(b->sample.w[b->at[i]]);
    return crease_refit_values(refit, value, theta, &b->found[r]);
}

static void report(const bootstrap *b, size_t *finished) {
#pragma omp critical(crease_callback)
    {
        (*finished)++;
        if (b->options->progress)
            b->options->progress(*finished, b->replicates, b->options->progress_context);
    }
}

static crease_status run(const bootstrap *b, crease_error *error) {
    const crease_bootstrap_options *o = b->options;
    int threads = o->threads ? (int)o->threads : omp_get_num_procs();
    bool failed = false;
    size_t finished = 0;
#pragma omp parallel num_threads(threads)
    {
        crease_refit refit;
        gsl_rng *rng = crease_random_new(o->seed, 0);
        size_t *drawn = malloc(b->sample.rows * sizeof *drawn);
        double *value = malloc(b->sample.rows * sizeof *value);
        bool ok = crease_refit_new(&b->sample, b->data, b->pwl, o->fit, &refit, NULL) == CREASE_OK && rng &&
                  drawn && value;
#pragma omp for schedule(dynamic, 8)
        for (size_t r = 0; r < b->replicates; r++) {
            if (!ok || (o->interrupted && o->interrupted(o->interrupted_context)))
                continue;
            crease_random_set(rng, o->seed, r);
            ok = replicate(b, &refit, rng, drawn, value, r) == CREASE_OK;
            b->done[r] = ok;
            report(b, &finished);
        }
        if (!ok) {
#pragma omp atomic write
            failed = true;
        }
        crease_refit_clear(&refit);
        free(drawn);
        free(value);
        if (rng)
            gsl_rng_free(rng);
    }
    return failed ? crease_fail(error, CREASE_NO_MEMORY, "out of memory for resamples") : CREASE_OK;
}

/* Keeps the replicates that were found, in order. */
static void collect(const bootstrap *b, crease_pwl_inference *inference) {
    size_t kept = 0;
    for (size_t r = 0; r < b->replicates; r++) {
        inference->interrupted |= !b->done[r];
        inference->failed += b->done[r] && !b->found[r] ? 1 : 0;
        if (!b->done[r] || !b->found[r])
            continue;
        for (size_t j = 0; j < b->width; j++)
            b->replicate[kept * b->width + j] = b->replicate[r * b->width + j];
        kept++;
    }
    inference->replicate_count = kept;
}

crease_status crease_pwl_bootstrap(const crease_pwl *pwl, const crease_data *data,
                                   const crease_bootstrap_options *options, crease_pwl_inference *inference,
                                   crease_error *error) {
    static const crease_bootstrap_options defaults;
    bootstrap b = {.options = options ? options : &defaults, .data = data, .pwl = pwl};
    *inference = (crease_pwl_inference){0};
    crease_status status = crease_pwl_delta(pwl, data, b.options->level, inference, error);
    if (status == CREASE_OK)
        status = bootstrap_make(&b, error);
    inference->replicate = b.replicate;
    if (status == CREASE_OK) {
        prepare(&b, inference->freedom);
        status = run(&b, error);
    }
    if (status == CREASE_OK) {
        collect(&b, inference);
        status = crease_bootstrap_summarise(&b.sample, data, pwl, b.options, inference, error);
    }
    bootstrap_clear(&b);
    if (status != CREASE_OK)
        crease_pwl_inference_clear(inference);
    return status;
}
