/* The distribution of the statistic of a test under a curve without a kink: its residuals get random signs (wild bootstrap: Liu
 * 1988, Ann. Statist. 16), and the whole choice is made again, smoothness and place included. Simulation stops early once the
 * p-value is clearly large (Besag & Clifford 1991, Biometrika 78). Each y has a stream of its own, so the digits do not depend
 * on the threads. */
#include "base/dense.h"
#include "crease/random.h"
#include "pwl/kink_bank.h"
#include <math.h>
#include <omp.h>
#include <stdlib.h>

enum { BATCH = 8, BLOCK = 64, SIMULATIONS = 999 };

/* T of BATCH simulated y; work: room_of. */
static size_t room_of(const kink_bank *b) {
    return (2 * b->bins->n + b->rows + KINK_CHOICES) * BATCH;
}

static void simulate_batch(const kink_bank *b, const double *fitted, const double *residual, uint64_t seed,
                           size_t first, gsl_rng *generator, double *work, double *statistic) {
    const size_t n = b->bins->n;
    double *y = work, *left = y + n * BATCH, *product = left + n * BATCH, *square = product + b->rows * BATCH;
    for (size_t c = 0; c < BATCH; c++) {
        crease_random_set(generator, seed, first + c);
        for (size_t i = 0; i < n; i++)
            y[i * BATCH + c] = fitted[i] + (gsl_rng_uniform(generator) < .5 ? -residual[i] : residual[i]);
    }
    crease_dense_gemm(false, false, b->rows, BATCH, n, 1, b->row, n, y, BATCH, 0, product, BATCH);
    crease_kink_bank_squares(b, y, product, BATCH, left, square);
    for (size_t c = 0; c < BATCH; c++) {
        kink_candidate without, with, smooth;
        crease_kink_bank_compare(b, product + c, BATCH, square + c, &smooth, &without, &with);
        statistic[c] = without.criterion - with.criterion;
    }
}

typedef struct simulation {
    const kink_bank *bank;
    const double *fitted, *residual;
    uint64_t seed;
    double observed;
    size_t most, enough; /* simulations; exceedances that end them */
} simulation;

static crease_status run_block(const simulation *s, size_t first, int threads, double *statistic,
                               crease_error *error) {
    const size_t room = room_of(s->bank);
    bool failed = false;
#pragma omp parallel num_threads(threads)
    {
        double *work = calloc(room, sizeof *work);
        gsl_rng *generator = crease_random_new(s->seed, 0);
        if (!work || !generator) {
#pragma omp atomic write
            failed = true;
        }
#pragma omp barrier
#pragma omp for schedule(static)
        for (size_t batch = 0; batch < BLOCK / BATCH; batch++)
            if (!failed)
                simulate_batch(s->bank, s->fitted, s->residual, s->seed, first + batch * BATCH, generator,
                               work, statistic + batch * BATCH);
        free(work);
        if (generator)
            gsl_rng_free(generator);
    }
    return failed ? crease_fail(error, CREASE_NO_MEMORY, "out of memory for the simulations") : CREASE_OK;
}

static crease_status simulate(const kink_run *run, const simulation *s, double *p_value,
                              crease_error *error) {
    const crease_kink_options *options = run->options;
    double statistic[BLOCK];
    size_t beyond = 0, done = 0;
    const size_t cores = (size_t)omp_get_max_threads(), wanted = options->threads ? options->threads : cores;
    int threads = wanted < BLOCK / BATCH ? (int)wanted : BLOCK / BATCH;
    for (size_t first = 0; first < s->most; first += BLOCK) {
        crease_status status = run_block(s, first, threads, statistic, error);
        if (status != CREASE_OK)
            return status;
        for (size_t i = 0; i < BLOCK && done < s->most; i++) {
            done++;
            beyond += statistic[i] >= s->observed;
            if (beyond >= s->enough) {
                *p_value = (double)beyond / (double)done;
                return CREASE_OK;
            }
        }
        if (options->progress)
            options->progress(done, s->most, options->progress_context);
        if (options->interrupted && options->interrupted(options->interrupted_context)) {
            run->summary->interrupted = true;
            *p_value = NAN;
            return CREASE_OK;
        }
    }
    *p_value = (double)(beyond + 1) / (double)(done + 1);
    return CREASE_OK;
}

crease_status crease_kink_bank_simulate(const kink_run *run, const kink_bank *bank, const double *fitted,
                                        const double *residual, double observed, double *p_value,
                                        crease_error *error) {
    const uint64_t apart = 1000003; /* tests differ in their seeds */
    size_t most = run->options->simulations ? run->options->simulations : SIMULATIONS;
    size_t enough = (size_t)(1.5 * run->level * (double)(most + 1)) + 10;
    simulation s = {bank,     fitted, residual, run->options->seed + run->summary->tests * apart,
                    observed, most,   enough};
    run->summary->tests++;
    return simulate(run, &s, p_value, error);
}
