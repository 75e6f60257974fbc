/* Is there a further kink in noisy data? Two families of curves are fitted, both with every smoothness S of a list (polynomials,
 * then cubic splines of more and more knots):
 *   without a kink: S; and S with one of the things at a free place that are no kink: a jump of f'', a power 1.5, a jump of f;
 *   with a kink:    S and a hinge (x - k)_+, or that and (x - k)_+^2.
 * T is how much lower the corrected Akaike criterion gets with a kink; a place chosen among m counts for 1 + log m parameters,
 * what the best of m gains by chance (Foster & George 1994, Ann. Statist. 22). T <= 0: a smooth curve
 * is the better explanation. Otherwise T is compared with its distribution when the best curve without a kink is the truth:
 * the residuals get random signs (wild bootstrap: Liu 1988, Ann. Statist. 16; Davidson & Flachaire 2008, J. Econometrics 146)
 * and all is done again, the choice of smoothness and the search for k included; a place that exists only under the
 * alternative has no chi^2 distribution (Davies 1987, Biometrika 74; Hansen 1996, Econometrica 64). Simulation stops early
 * once the p-value is clearly large (Besag & Clifford 1991, Biometrika 78). The bank holds, for each S, orthonormal rows that
 * span it and for each place the remainders of the columns, so all fits of one y are inner products. */
#include "base/dense.h"
#include "crease/random.h"
#include "pwl/kink_parts.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES_MOST = 80, MARGIN = 4, BATCH = 8, BLOCK = 64 };

/* Rows of one place, in this order; the second is orthogonal to the first too. */
enum { HINGE, SQUARE_AFTER_HINGE, SQUARE, POWER, ABS_POWER, STEP, DIRECTIONS };

typedef struct smoothness {
    size_t order, interior;
    size_t rank;  /* rows that span it */
    size_t first; /* its first row in the bank; its places follow its own rows */
} smoothness;

typedef struct bank {
    const kink_points *bins;
    smoothness choice[24];
    size_t choices, places, rows;
    double *place;
    double price; /* parameters that a column at a free place counts for */
    double *row;  /* rows x bins->n */
} bank;

typedef enum candidate_kind {
    SMOOTH,
    CURVATURE,
    HALF_POWER,
    HALF_POWER_BOTH,
    JUMP,
    KINK,
    KINK_CURVED
} candidate_kind;

typedef struct candidate {
    candidate_kind kind;
    size_t choice, place;
    double criterion, sse, parameters;
} candidate;

static void list_choices(bank *b, size_t columns) {
    static const size_t
        choice[][2] = {{2, 0}, {3, 0},  {4, 0},  {5, 0},  {6, 0},  {4, 1}, {4, 2},
                       {4, 3}, {4, 4},  {4, 6},  {4, 8},  {4, 12}, {6, 2}, {6, 4},
                       {6, 8}, {6, 12}, {6, 16}, {6, 22}, {6, 30}, {6, 40}}; /* order, interior knots */
    b->choices = 0;
    for (size_t i = 0; i < sizeof choice / sizeof *choice; i++)
        if (i < 3 || 4 * (choice[i][0] + choice[i][1] + columns) <= b->bins->n)
            b->choice[b->choices++] = (smoothness){.order = choice[i][0], .interior = choice[i][1]};
}

static void list_places(bank *b, const kink_column *column, size_t columns) {
    const kink_points *bins = b->bins;
    size_t gaps = bins->n - 2 * MARGIN + 1;
    size_t wanted = gaps < PLACES_MOST ? gaps : PLACES_MOST;
    b->places = 0;
    for (size_t i = 0; i < wanted; i++) {
        size_t j = MARGIN - 1 + (2 * i + 1) * gaps / (2 * wanted);
        double place = (bins->x[j] + bins->x[j + 1]) / 2,
               reach = (bins->x[j + 1 + MARGIN / 2] - bins->x[j - MARGIN / 2]);
        bool taken = false;
        for (size_t k = 0; k < columns; k++)
            taken |= fabs(column[k].at - place) < fmax(reach, 1. / PLACES_MOST);
        if (!taken)
            b->place[b->places++] = place;
    }
}

static void fill_place(bank *b, const smoothness *s, double place, double *row) {
    static const kink_shape shape[DIRECTIONS] = {KINK_HINGE, KINK_SQUARE,    KINK_SQUARE,
                                                 KINK_POWER, KINK_ABS_POWER, KINK_STEP};
    const size_t n = b->bins->n;
    const double *base = b->row + s->first * n;
    for (size_t d = 0; d < DIRECTIONS; d++) {
        double *vector = row + d * n;
        kink_weighted_column(b->bins, (kink_column){shape[d], place}, vector);
        if (kink_orthonormalise(base, s->rank, n, vector) && d == SQUARE_AFTER_HINGE)
            kink_orthonormalise(vector - n, 1, n, vector);
    }
}

static void bank_clear(bank *b) {
    free(b->place);
    free(b->row);
}

static crease_status bank_new(const kink_points *bins, const kink_column *column, size_t columns, bank *b,
                              crease_error *error) {
    crease_status status = CREASE_OK;
    *b = (bank){.bins = bins, .place = calloc(PLACES_MOST, sizeof *b->place)};
    if (!b->place) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu points", bins->n);
        goto end;
    }
    list_choices(b, columns);
    list_places(b, column, columns);
    b->price = 2 + log((double)b->places + 1);
    for (size_t c = 0; c < b->choices; c++)
        b->rows += b->choice[c].order + b->choice[c].interior + columns + b->places * DIRECTIONS;
    b->row = calloc(b->rows * bins->n, sizeof *b->row);
    if (!b->row) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for the fits of %zu points", bins->n);
        goto end;
    }
    size_t used = 0;
    for (size_t c = 0; c < b->choices && status == CREASE_OK; c++) {
        smoothness *s = &b->choice[c];
        s->first = used;
        status = kink_model_basis(&(kink_model){s->order, s->interior, column, columns}, bins,
                                  b->row + used * bins->n, &s->rank, error);
        used += s->rank;
        for (size_t p = 0; p < b->places && status == CREASE_OK; p++, used += DIRECTIONS)
            fill_place(b, s, b->place[p], b->row + used * bins->n);
    }
    b->rows = used;
end:
    return status;
}

static void consider(candidate *best, candidate_kind kind, size_t choice, size_t place, size_t n, double sse,
                     double parameters) {
    double criterion = kink_criterion(n, sse, parameters);
    if (criterion < best->criterion)
        *best = (candidate){kind, choice, place, criterion, sse, parameters};
}

/* The best curve without and with a kink, from the products of all rows with y (stride apart). */
static void compare(const bank *b, const double *product, size_t stride, double square, candidate *without,
                    candidate *with, candidate *smooth) {
    const size_t n = b->bins->n;
    without->criterion = with->criterion = smooth->criterion = INFINITY;
    for (size_t c = 0; c < b->choices; c++) {
        const smoothness *s = &b->choice[c];
        const double *p = product + s->first * stride;
        double sse = square, parameters = (double)s->rank;
        for (size_t r = 0; r < s->rank; r++, p += stride)
            sse -= *p * *p;
        double least = 1e-14 * square;
        sse = fmax(sse, least);
        consider(smooth, SMOOTH, c, 0, n, sse, parameters);
        for (size_t k = 0; k < b->places; k++, p += DIRECTIONS * stride) {
            double gain[DIRECTIONS];
            for (size_t d = 0; d < DIRECTIONS; d++)
                gain[d] = p[d * stride] * p[d * stride];
            consider(without, CURVATURE, c, k, n, fmax(sse - gain[SQUARE], least), parameters + b->price);
            consider(without, HALF_POWER, c, k, n, fmax(sse - gain[POWER], least), parameters + b->price);
            consider(without, HALF_POWER_BOTH, c, k, n, fmax(sse - gain[ABS_POWER], least),
                     parameters + b->price);
            consider(without, JUMP, c, k, n, fmax(sse - gain[STEP], least), parameters + b->price);
            consider(with, KINK, c, k, n, fmax(sse - gain[HINGE], least), parameters + b->price);
            consider(with, KINK_CURVED, c, k, n, fmax(sse - gain[HINGE] - gain[SQUARE_AFTER_HINGE], least),
                     parameters + b->price + 1);
        }
    }
    if (smooth->criterion <= without->criterion)
        *without = *smooth;
}

/* A candidate anew, with its own place: sse, and if wanted the fit and the residuals as the wild bootstrap needs them,
 * r / sqrt(1 - leverage). */
typedef struct refit {
    const bank *bank;
    const kink_column *given; /* columns of known kinks */
    size_t given_count;
    kink_column *column; /* room for given_count + 2 */
    double *row;         /* room for the largest basis */
    const double *y;
} refit;

static crease_status fit_again(const refit *r, const candidate *what, double place, double *sse,
                               double *fitted, double *residual, crease_error *error) {
    static const kink_shape shape[] = {
        [CURVATURE] = KINK_SQUARE, [HALF_POWER] = KINK_POWER, [HALF_POWER_BOTH] = KINK_ABS_POWER,
        [JUMP] = KINK_STEP,        [KINK] = KINK_HINGE,       [KINK_CURVED] = KINK_HINGE};
    const smoothness *s = &r->bank->choice[what->choice];
    const size_t n = r->bank->bins->n;
    size_t columns = r->given_count, rank;
    if (columns > 0)
        memcpy(r->column, r->given, columns * sizeof *r->given);
    if (what->kind != SMOOTH)
        r->column[columns++] = (kink_column){shape[what->kind], place};
    if (what->kind == KINK_CURVED)
        r->column[columns++] = (kink_column){KINK_SQUARE, place};
    crease_status status = kink_model_basis(&(kink_model){s->order, s->interior, r->column, columns},
                                            r->bank->bins, r->row, &rank, error);
    if (status != CREASE_OK)
        return status;
    *sse = 0;
    double *left = r->row + rank * n; /* what is not yet explained */
    memcpy(left, r->y, n * sizeof *left);
    for (size_t k = 0; k < rank; k++) {
        const double *row = r->row + k * n;
        double share = crease_dense_dot(n, row, left);
        for (size_t i = 0; i < n; i++)
            left[i] -= share * row[i];
    }
    *sse = crease_dense_dot(n, left, left);
    for (size_t i = 0; residual && i < n; i++) {
        double leverage = 0;
        for (size_t k = 0; k < rank; k++)
            leverage += r->row[k * n + i] * r->row[k * n + i];
        fitted[i] = r->y[i] - left[i];
        residual[i] = left[i] / sqrt(fmax(1 - leverage, .05));
    }
    return CREASE_OK;
}

/* The place of a candidate between the places tried: golden section over one step to each side. */
static crease_status refine(const refit *r, candidate *what, double *place, crease_error *error) {
    enum { STEPS = 14 };
    const double ratio = .6180339887498949, step = 1. / (double)r->bank->places;
    crease_status status = CREASE_OK;
    *place = r->bank->places ? r->bank->place[what->place] : 0;
    if (what->kind == SMOOTH)
        return CREASE_OK;
    double low = *place - step, high = *place + step, sse[2];
    for (int i = 0; i < STEPS && status == CREASE_OK; i++) {
        double at[2] = {high - ratio * (high - low), low + ratio * (high - low)};
        for (int k = 0; k < 2 && status == CREASE_OK; k++) {
            status = fit_again(r, what, at[k], &sse[k], NULL, NULL, error);
            if (status == CREASE_OK && sse[k] < what->sse) {
                what->sse = sse[k];
                *place = at[k];
            }
        }
        if (sse[0] <= sse[1])
            high = at[1];
        else
            low = at[0];
    }
    what->criterion = kink_criterion(r->bank->bins->n, what->sse, what->parameters);
    return status;
}

/* T of BATCH simulated y; work: (n + rows) * BATCH. */
static void simulate_batch(const bank *b, const double *fitted, const double *residual, uint64_t seed,
                           size_t first, gsl_rng *generator, double *work, double *statistic) {
    const size_t n = b->bins->n;
    double *y = work, *product = work + n * BATCH, square[BATCH] = {0};
    for (size_t c = 0; c < BATCH; c++) {
        crease_random_set(generator, seed, first + c);
        for (size_t i = 0; i < n; i++) {
            double value = fitted[i] + (gsl_rng_uniform(generator) < .5 ? -residual[i] : residual[i]);
            y[i * BATCH + c] = value;
            square[c] += value * value;
        }
    }
    crease_dense_gemm(false, false, b->rows, BATCH, n, 1, b->row, n, y, BATCH, 0, product, BATCH);
    for (size_t c = 0; c < BATCH; c++) {
        candidate without, with, smooth;
        compare(b, product + c, BATCH, square[c], &without, &with, &smooth);
        statistic[c] = without.criterion - with.criterion;
    }
}

typedef struct simulation {
    const bank *bank;
    const double *fitted, *residual;
    uint64_t seed;
    double observed;
    size_t most, enough; /* simulations; exceedances that end them */
} simulation;

static crease_status run_block(const simulation *s, size_t first, int threads, double *statistic,
                               crease_error *error) {
    const size_t room = (s->bank->bins->n + s->bank->rows) * BATCH;
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
    int threads =
        options->threads > 0 && options->threads < BLOCK / BATCH ? (int)options->threads : BLOCK / BATCH;
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

static crease_status judge(const kink_run *run, const refit *again, const candidate *without, double place,
                           double observed, double *p_value, crease_error *error) {
    const size_t n = again->bank->bins->n;
    double sse, *fitted = calloc(2 * n, sizeof *fitted), *residual = fitted + n;
    if (!fitted)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu points", n);
    crease_status status = fit_again(again, without, place, &sse, fitted, residual, error);
    size_t most = run->options->simulations ? run->options->simulations : 999;
    size_t enough = (size_t)(1.5 * run->level * (double)(most + 1)) + 10;
    const uint64_t apart = 1000003; /* tests differ in their streams */
    simulation s = {again->bank, fitted, residual, run->options->seed + run->summary->tests * apart,
                    observed,    most,   enough};
    if (status == CREASE_OK)
        status = simulate(run, &s, p_value, error);
    run->summary->tests++;
    free(fitted);
    return status;
}

static void describe(const bank *b, const candidate *with, const candidate *without, const candidate *smooth,
                     double place, double place_without, kink_verdict *verdict) {
    const double rows = (double)b->bins->n, clear = 20; /* of the criterion: odds of e^10 */
    const smoothness *s = &b->choice[with->choice];
    verdict->at = place;
    verdict->order = s->order;
    verdict->interior = s->interior;
    verdict->variance =
        fmin(with->sse / (rows - with->parameters), without->sse / (rows - without->parameters));
    verdict->step = 1. / (double)b->places;
    verdict->jump = without->kind == JUMP && without->criterion < with->criterion - clear &&
                    without->criterion < smooth->criterion - clear;
    if (verdict->jump)
        verdict->at = place_without;
}

static crease_status compare_refined(const kink_run *run, const refit *again, candidate *without,
                                     candidate *with, const candidate *smooth, kink_verdict *verdict,
                                     crease_error *error) {
    double place, place_without;
    crease_status status = refine(again, with, &place, error);
    if (status == CREASE_OK)
        status = refine(again, without, &place_without, error);
    if (status != CREASE_OK)
        return status;
    describe(again->bank, with, without, smooth, place, place_without, verdict);
    double observed = without->criterion - with->criterion;
    if (observed > 0)
        status = judge(run, again, without, place_without, observed, &verdict->p_value, error);
    verdict->found = verdict->p_value <= run->level;
    return status;
}

crease_status kink_test_further(const kink_run *run, const kink_points *bins, const kink_column *column,
                                size_t columns, kink_verdict *verdict, crease_error *error) {
    enum { LARGEST = 52 }; /* columns of the largest spline, a place, and a row to work in */
    const size_t n = bins->n;
    bank b;
    *verdict = (kink_verdict){.p_value = NAN, .at = NAN};
    double *y = NULL, square = 0;
    refit again = {.bank = &b, .given = column, .given_count = columns};
    crease_status status = bank_new(bins, column, columns, &b, error);
    if (status != CREASE_OK)
        goto end;
    y = calloc(n + b.rows, sizeof *y);
    again.column = calloc(columns + 2, sizeof *again.column);
    again.row = calloc(n * (columns + LARGEST), sizeof *again.row);
    again.y = y;
    if (!y || !again.column || !again.row) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu points", n);
        goto end;
    }
    for (size_t i = 0; i < n; i++) {
        y[i] = bins->y[i] * sqrt(bins->weight[i]);
        square += y[i] * y[i];
    }
    candidate without, with, smooth;
    crease_dense_gemm(false, false, b.rows, 1, n, 1, b.row, n, y, 1, 0, y + n, 1);
    compare(&b, y + n, 1, square, &without, &with, &smooth);
    if (isfinite(with.criterion) && isfinite(without.criterion))
        status = compare_refined(run, &again, &without, &with, &smooth, verdict, error);
end:
    free(y);
    free(again.column);
    free(again.row);
    bank_clear(&b);
    return status;
}
