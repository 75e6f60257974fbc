/* Is there a further kink in noisy data? T is how much lower the criterion of the best curve with a kink is than that of the best
 * one without (kink_bank.c), places refined between those of the bank. T <= 0: a curve without a kink is the better
 * explanation. Otherwise T is compared with its distribution when there is no kink (kink_simulate.c) and the curve is the fit
 * with a kink less its hinge, so as smooth as the data are elsewhere: a place that exists only under the alternative has no
 * chi^2 distribution (Davies 1987, Biometrika 74; Hansen 1996, Econometrica 64). The curve must be about as smooth as
 * elsewhere: no test can tell a kink from a bend that is as sharp as the noise lets one see, which is the `resolution`. */
#include "base/dense.h"
#include "pwl/kink_bank.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A candidate anew, with places of its own. */
typedef struct refit {
    const kink_bank *bank;
    const kink_column *given; /* columns of known kinks */
    size_t given_count;
    kink_column *column; /* room for given_count + 2 */
    size_t columns;
    double *row; /* room for the largest basis and one more: what is left of y */
    size_t rank;
    const double *y;
} refit;

static void set_columns(refit *r, kink_kind kind, const double place[2]) {
    static const kink_shape shape[] = {
        [KINK_KIND_CURVATURE] = KINK_SQUARE,    [KINK_KIND_POWER] = KINK_POWER,
        [KINK_KIND_ABS_POWER] = KINK_ABS_POWER, [KINK_KIND_JUMP] = KINK_STEP,
        [KINK_KIND_KINK] = KINK_HINGE,          [KINK_KIND_CURVED] = KINK_HINGE,
        [KINK_KIND_PAIR] = KINK_HINGE};
    r->columns = r->given_count;
    if (r->columns > 0)
        memcpy(r->column, r->given, r->columns * sizeof *r->given);
    if (kind == KINK_KIND_CURVED)
        r->column[r->columns++] = (kink_column){KINK_SQUARE, place[0]};
    if (kind == KINK_KIND_PAIR)
        r->column[r->columns++] = (kink_column){KINK_HINGE, place[1]};
    if (kind != KINK_KIND_SMOOTH)
        r->column[r->columns++] = (kink_column){shape[kind], place[0]};
}

static crease_status fit_again(refit *r, const kink_candidate *what, const double place[2], double *sse,
                               crease_error *error) {
    const kink_smoothness *s = &r->bank->choice[what->choice];
    const size_t n = r->bank->bins->n;
    set_columns(r, what->kind, place);
    crease_status status = crease_kink_model_basis(
        &(kink_model){s->order, s->interior, r->column, r->columns}, r->bank->bins, r->row, &r->rank, error);
    if (status != CREASE_OK)
        return status;
    double *left = r->row + r->rank * n;
    memcpy(left, r->y, n * sizeof *left);
    for (size_t k = 0; k < r->rank; k++) {
        const double *row = r->row + k * n;
        double share = crease_dense_dot(n, row, left);
        for (size_t i = 0; i < n; i++)
            left[i] -= share * row[i];
    }
    *sse = crease_dense_dot(n, left, left);
    return CREASE_OK;
}

/* After fit_again: the fit less its last `hinges` columns, and the residuals as the wild bootstrap needs them,
 * r / sqrt(1 - leverage). The last row holds the last column alone, which gives its coefficient; then the one before. */
static void take_apart(const refit *r, size_t hinges, double *work, double *fitted, double *residual) {
    const size_t n = r->bank->bins->n;
    const double *left = r->row + r->rank * n;
    for (size_t i = 0; i < n; i++) {
        double leverage = 0;
        for (size_t k = 0; k < r->rank; k++)
            leverage += r->row[k * n + i] * r->row[k * n + i];
        fitted[i] = r->y[i] - left[i];
        residual[i] = left[i] / sqrt(fmax(1 - leverage, .05));
    }
    for (size_t h = 1; h <= hinges; h++) {
        const double *row = r->row + (r->rank - h) * n;
        crease_kink_weighted_column(r->bank->bins, r->column[r->columns - h], work);
        double coefficient = crease_dense_dot(n, row, fitted) / crease_dense_dot(n, row, work);
        for (size_t i = 0; i < n; i++)
            fitted[i] -= coefficient * work[i];
    }
}

/* The distance to the places beside one. */
static double step_at(const kink_bank *b, size_t place) {
    double left = place > 0 ? b->place[place] - b->place[place - 1] : 0;
    double right = place + 1 < b->places ? b->place[place + 1] - b->place[place] : 0;
    return fmax(left, right);
}

static crease_status refine_one(refit *r, kink_candidate *what, int which, double place[2],
                                crease_error *error) {
    enum { STEPS = 12 };
    const double ratio = .6180339887498949, step = step_at(r->bank, what->place[which]);
    double low = place[which] - step, high = place[which] + step, sse[2];
    for (int i = 0; i < STEPS; i++) {
        double trial[2] = {high - ratio * (high - low), low + ratio * (high - low)};
        for (int k = 0; k < 2; k++) {
            double at[2] = {place[0], place[1]};
            at[which] = trial[k];
            crease_status status = fit_again(r, what, at, &sse[k], error);
            if (status != CREASE_OK)
                return status;
            if (sse[k] < what->sse) {
                what->sse = sse[k];
                place[which] = trial[k];
            }
        }
        if (sse[0] <= sse[1])
            high = trial[1];
        else
            low = trial[0];
    }
    return CREASE_OK;
}

/* The places of a candidate between those of the bank: golden section, for a pair in turn. */
static crease_status refine(refit *r, kink_candidate *what, double place[2], crease_error *error) {
    crease_status status = CREASE_OK;
    place[0] = place[1] = NAN;
    if (what->kind == KINK_KIND_SMOOTH)
        return CREASE_OK;
    for (int k = 0; k < 2; k++)
        place[k] = r->bank->place[what->place[k]];
    int turns = what->kind == KINK_KIND_PAIR ? 4 : 1;
    for (int t = 0; t < turns && status == CREASE_OK; t++)
        status = refine_one(r, what, t % 2, place, error);
    what->criterion = crease_kink_criterion(r->bank->bins->n, what->sse, what->parameters);
    return status;
}

static crease_status judge(const kink_run *run, refit *r, const kink_candidate *with, const double place[2],
                           double observed, double *p_value, crease_error *error) {
    const size_t n = r->bank->bins->n, hinges = with->kind == KINK_KIND_PAIR ? 2 : 1;
    double sse, *fitted = calloc(3 * n, sizeof *fitted), *residual = fitted + n, *work = residual + n;
    if (!fitted)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu points", n);
    crease_status status = fit_again(r, with, place, &sse, error);
    if (status == CREASE_OK) {
        take_apart(r, hinges, work, fitted, residual);
        status = crease_kink_bank_simulate(run, r->bank, fitted, residual, observed, p_value, error);
    }
    free(fitted);
    return status;
}

/* The least smoothness of the list with half as many columns again and one. */
static void richer_choice(const kink_bank *b, kink_verdict *verdict) {
    const size_t columns = verdict->order + verdict->interior, wanted = columns + columns / 2 + 1;
    size_t best = SIZE_MAX;
    for (size_t c = 0; c < b->choices; c++) {
        size_t has = b->choice[c].order + b->choice[c].interior;
        if (has >= wanted && has < best) {
            best = has;
            verdict->order = b->choice[c].order;
            verdict->interior = b->choice[c].interior;
        }
    }
}

/* The smoothness to estimate with: by the corrected criterion of Akaike (Hurvich & Tsai 1989, Biometrika 76), which takes
 * more columns than the test did, since what a spline leaves out moves the kink while its interval knows of noise only. */
static crease_status choose_for_estimate(refit *r, const kink_candidate *with, kink_verdict *verdict,
                                         crease_error *error) {
    const double rows = (double)r->bank->bins->n;
    double least = INFINITY;
    for (size_t c = 0; c < r->bank->choices; c++) {
        kink_candidate other = *with;
        double sse;
        other.choice = c;
        crease_status status = fit_again(r, &other, verdict->at, &sse, error);
        if (status != CREASE_OK)
            return status;
        double parameters = (double)r->rank + (double)verdict->kinks;
        double criterion = rows * log(sse) + rows * (rows + parameters) / fmax(1, rows - parameters - 2);
        if (criterion < least) {
            least = criterion;
            verdict->order = r->bank->choice[c].order;
            verdict->interior = r->bank->choice[c].interior;
        }
    }
    richer_choice(r->bank, verdict);
    return CREASE_OK;
}

static crease_status decide(const kink_run *run, refit *r, kink_candidate *smooth, kink_candidate *without,
                            kink_candidate *with, kink_verdict *verdict, crease_error *error) {
    const double rows = (double)r->bank->bins->n, clear = 20; /* of the criterion: odds of e^10 */
    const double adequate = 2; /* variance of the residuals to that of differences of neighbours */
    double place_without[2];
    crease_status status = refine(r, with, verdict->at, error);
    if (status == CREASE_OK)
        status = refine(r, without, place_without, error);
    if (status != CREASE_OK)
        return status;
    verdict->kinks = with->kind == KINK_KIND_PAIR ? 2 : 1;
    verdict->step = fmax(step_at(r->bank, with->place[0]), step_at(r->bank, with->place[1]));
    verdict->variance = fmin(with->sse / fmax(1, rows - with->parameters),
                             without->sse / fmax(1, rows - without->parameters));
    verdict->jump = without->kind == KINK_KIND_JUMP && without->criterion < with->criterion - clear &&
                    without->criterion < smooth->criterion - clear;
    verdict->jump_at = place_without[0];
    double observed = without->criterion - with->criterion;
    verdict->unexplained = verdict->variance > adequate * run->points->noise_wide * run->points->noise_wide;
    if (observed > 0 && !verdict->unexplained)
        status = judge(run, r, with, verdict->at, observed, &verdict->p_value, error);
    verdict->found = verdict->p_value <= run->level;
    if (status == CREASE_OK && verdict->found)
        status = choose_for_estimate(r, with, verdict, error);
    return status;
}

crease_status crease_kink_test_further(const kink_run *run, const kink_points *bins,
                                       const kink_column *column, size_t columns, kink_verdict *verdict,
                                       crease_error *error) {
    enum { LARGEST = KINK_SPLINE_MOST + 3 }; /* two columns of a candidate, and a row to work in */
    const size_t n = bins->n;
    kink_bank bank;
    kink_candidate smooth, without, with;
    *verdict = (kink_verdict){.p_value = NAN, .at = {NAN, NAN}};
    crease_status status = crease_kink_bank_new(bins, column, columns, &bank, error);
    if (status != CREASE_OK)
        return status;
    double *y = calloc(2 * n + bank.rows, sizeof *y), square[KINK_CHOICES];
    refit r = {.bank = &bank,
               .given = column,
               .given_count = columns,
               .column = calloc(columns + 2, sizeof *r.column),
               .row = calloc(n * (columns + LARGEST), sizeof *r.row),
               .y = y};
    if (!y || !r.column || !r.row) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu points", n);
        goto end;
    }
    for (size_t i = 0; i < n; i++)
        y[i] = bins->y[i] * sqrt(bins->weight[i]);
    crease_dense_gemm(false, false, bank.rows, 1, n, 1, bank.row, n, y, 1, 0, y + 2 * n, 1);
    crease_kink_bank_squares(&bank, y, y + 2 * n, 1, y + n, square);
    crease_kink_bank_compare(&bank, y + 2 * n, 1, square, &smooth, &without, &with);
    if (bank.places > 0)
        status = decide(run, &r, &smooth, &without, &with, verdict, error);
end:
    free(y);
    free(r.column);
    free(r.row);
    crease_kink_bank_clear(&bank);
    return status;
}
