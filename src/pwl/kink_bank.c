/* Two families of curves, both with every smoothness S of a list (polynomials, then splines of more and more knots):
 *   without a kink: S; and S with one of the things at a free place that are no kink: a jump of f'', a power 1.5, a jump of f;
 *   with a kink:    S and a hinge (x - k)_+, or that and (x - k)_+^2, or two hinges.
 * Each is judged by n log(SSE) + parameters log n (Schwarz 1978, Ann. Statist. 6), a place chosen among m counting for
 * 1 + log m parameters. At the 2 log m in all that the best of m useless columns gains (Foster & George 1994, Ann. Statist. 22)
 * a kink stands in for curvature that the criterion is slow to pay for: 9 % false kinks at level .01, measured; so none.
 * The bank holds for each S orthonormal rows that span it, and for each place the remainders of the columns, of length 1. So
 * SSE = |y - sum (row y) row|^2, less (remainder y)^2 (|y|^2 - sum (row y)^2 would lose what is less than 1e-8 of y); for
 * two hinges with products a, b and correlation r less (a^2 + b^2 - 2 r a b) / (1 - r^2). */
#include "pwl/kink_bank.h"
#include "base/dense.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES_MOST = 80, MARGIN = 4 };

/* Rows of one place, in this order; the second is orthogonal to the first too. */
enum { HINGE, SQUARE_AFTER_HINGE, SQUARE, POWER, ABS_POWER, STEP, DIRECTIONS };

static void list_choices(kink_bank *b, size_t columns) {
    static const size_t
        choice[][2] = {{2, 0}, {3, 0},  {4, 0},  {5, 0},  {6, 0},  {4, 1}, {4, 2},
                       {4, 3}, {4, 4},  {4, 6},  {4, 8},  {4, 12}, {6, 2}, {6, 4},
                       {6, 8}, {6, 12}, {6, 16}, {6, 22}, {6, 30}, {6, 40}}; /* order, interior knots */
    b->choices = 0;
    for (size_t i = 0; i < sizeof choice / sizeof *choice; i++)
        if (i < 3 || 4 * (choice[i][0] + choice[i][1] + columns) <= b->bins->n)
            b->choice[b->choices++] = (kink_smoothness){.order = choice[i][0], .interior = choice[i][1]};
}

static void list_places(kink_bank *b, const kink_column *column, size_t columns) {
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

/* The columns of all places as rows; what a row loses against its length before tells whether anything is left of it. */
static void place_columns(const kink_bank *b, double *row, double *length) {
    static const kink_shape shape[DIRECTIONS] = {KINK_HINGE, KINK_SQUARE,    KINK_SQUARE,
                                                 KINK_POWER, KINK_ABS_POWER, KINK_STEP};
    const size_t n = b->bins->n;
    for (size_t p = 0; p < b->places; p++)
        for (size_t d = 0; d < DIRECTIONS; d++) {
            double *vector = row + (p * DIRECTIONS + d) * n;
            crease_kink_weighted_column(b->bins, (kink_column){shape[d], b->place[p]}, vector);
            length[p * DIRECTIONS + d] = crease_dense_norm(n, vector);
        }
}

/* Twice is enough (Parlett 1980, The Symmetric Eigenvalue Problem), and one product for all rows. `share`: rows x rank. */
static void fill_places(const kink_bank *b, const kink_smoothness *s, double *row, double *length,
                        double *share) {
    const double nothing = 1e-8;
    const size_t n = b->bins->n, rows = b->places * DIRECTIONS;
    const double *base = b->row + s->first * n;
    place_columns(b, row, length);
    for (int pass = 0; pass < 2; pass++) {
        crease_dense_gemm(false, true, rows, s->rank, n, 1, row, n, base, n, 0, share, s->rank);
        crease_dense_gemm(false, false, rows, n, s->rank, -1, share, s->rank, base, n, 1, row, n);
    }
    for (size_t r = 0; r < rows; r++) {
        double *vector = row + r * n, left = crease_dense_norm(n, vector);
        for (size_t i = 0; i < n; i++)
            vector[i] = left > nothing * length[r] ? vector[i] / left : 0;
        if (r % DIRECTIONS == SQUARE_AFTER_HINGE)
            crease_kink_orthonormalise(vector - n, 1, n, vector);
    }
}

void crease_kink_bank_clear(kink_bank *b) {
    free(b->place);
    free(b->row);
    free(b->correlation);
    *b = (kink_bank){0};
}

static crease_status allocate(kink_bank *b, size_t columns, crease_error *error) {
    for (size_t c = 0; c < b->choices; c++)
        b->rows += b->choice[c].order + b->choice[c].interior + columns + b->places * DIRECTIONS;
    b->row = calloc(b->rows * b->bins->n, sizeof *b->row);
    b->correlation = calloc(b->choices * b->places * b->places + 1, sizeof *b->correlation);
    if (!b->row || !b->correlation)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the fits of %zu points", b->bins->n);
    return CREASE_OK;
}

crease_status crease_kink_bank_new(const kink_points *bins, const kink_column *column, size_t columns,
                                   kink_bank *b, crease_error *error) {
    const size_t n = bins->n;
    *b = (kink_bank){.bins = bins, .place = calloc(PLACES_MOST, sizeof *b->place)};
    if (!b->place)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %d places", PLACES_MOST);
    list_choices(b, columns);
    list_places(b, column, columns);
    b->price = 2 + log((double)b->places + 1);
    crease_status status = allocate(b, columns, error);
    const size_t rows = b->places * DIRECTIONS, widest = columns + KINK_SPLINE_MOST;
    double *length = calloc(rows * (widest + 1) + 1, sizeof *length), *share = length + rows;
    if (status == CREASE_OK && !length)
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu fits", rows);
    size_t used = 0;
    for (size_t c = 0; c < b->choices && status == CREASE_OK; c++) {
        kink_smoothness *s = &b->choice[c];
        s->first = used;
        status = crease_kink_model_basis(&(kink_model){s->order, s->interior, column, columns}, bins,
                                         b->row + used * n, &s->rank, error);
        used += s->rank;
        const double *hinge = b->row + used * n; /* of the first place */
        if (status == CREASE_OK && b->places > 0)
            fill_places(b, s, b->row + used * n, length, share);
        used += b->places * DIRECTIONS;
        s->correlation = b->correlation + c * b->places * b->places;
        if (status == CREASE_OK && b->places > 0)
            crease_dense_gemm(false, true, b->places, b->places, n, 1, hinge, n * DIRECTIONS, hinge,
                              n * DIRECTIONS, 0, s->correlation, b->places);
    }
    b->rows = used;
    free(length);
    if (status != CREASE_OK)
        crease_kink_bank_clear(b);
    return status;
}

typedef struct gain {
    double most;
    size_t place[2];
} gain;

static void raise(gain *g, double value, size_t first, size_t second) {
    if (value > g->most)
        *g = (gain){value, {first, second}};
}

/* Products of the places' rows with y start at p. */
static void single_gains(const kink_bank *b, const double *p, size_t stride, gain *best) {
    static const int direction[] = {[KINK_KIND_CURVATURE] = SQUARE,
                                    [KINK_KIND_POWER] = POWER,
                                    [KINK_KIND_ABS_POWER] = ABS_POWER,
                                    [KINK_KIND_JUMP] = STEP,
                                    [KINK_KIND_KINK] = HINGE};
    for (size_t k = 0; k < b->places; k++, p += DIRECTIONS * stride) {
        for (int kind = KINK_KIND_CURVATURE; kind <= KINK_KIND_KINK; kind++) {
            double product = p[(size_t)direction[kind] * stride];
            raise(&best[kind], product * product, k, k);
        }
        double hinge = p[HINGE * stride], square = p[SQUARE_AFTER_HINGE * stride];
        raise(&best[KINK_KIND_CURVED], hinge * hinge + square * square, k, k);
    }
}

static void pair_gains(const kink_bank *b, const kink_smoothness *s, const double *p, size_t stride,
                       gain *best) {
    enum { APART = 2 }; /* places between, else the pair is a jump of f in disguise */
    const size_t step = DIRECTIONS * stride;
    for (size_t k = 0; k < b->places; k++)
        for (size_t l = k + 1 + APART; l < b->places; l++) {
            double a = p[HINGE * stride + k * step], c = p[HINGE * stride + l * step];
            double r = s->correlation[k * b->places + l], left = 1 - r * r;
            if (left > 1e-3)
                raise(best, (a * a + c * c - 2 * r * a * c) / left, k, l);
        }
}

static double parameters_of(const kink_bank *b, kink_kind kind, size_t rank) {
    double added = kind == KINK_KIND_SMOOTH ? 0 : kind == KINK_KIND_PAIR ? 2 * b->price : b->price;
    return (double)rank + added + (kind == KINK_KIND_CURVED);
}

void crease_kink_bank_squares(const kink_bank *b, const double *y, const double *product, size_t count,
                              double *work, double *square) {
    const size_t n = b->bins->n;
    memset(square, 0, b->choices * count * sizeof *square);
    for (size_t c = 0; c < b->choices; c++) {
        const kink_smoothness *s = &b->choice[c];
        memcpy(work, y, n * count * sizeof *work);
        crease_dense_gemm(true, false, n, count, s->rank, -1, b->row + s->first * n, n,
                          product + s->first * count, count, 1, work, count);
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < count; k++)
                square[c * count + k] += work[i * count + k] * work[i * count + k];
    }
}

void crease_kink_bank_compare(const kink_bank *b, const double *product, size_t stride, const double *square,
                              kink_candidate *smooth, kink_candidate *without, kink_candidate *with) {
    smooth->criterion = without->criterion = with->criterion = INFINITY;
    for (size_t c = 0; c < b->choices; c++) {
        const kink_smoothness *s = &b->choice[c];
        const double *p = product + s->first * stride;
        const double sse = square[c * stride];
        gain best[KINK_KINDS] = {{0}};
        p += s->rank * stride;
        single_gains(b, p, stride, best);
        pair_gains(b, s, p, stride, &best[KINK_KIND_PAIR]);
        for (kink_kind kind = KINK_KIND_SMOOTH; kind < KINK_KINDS; kind++) {
            kink_candidate *rival = kind == KINK_KIND_SMOOTH ? smooth
                                    : kind < KINK_KIND_KINK  ? without
                                                             : with;
            double left = fmax(sse - best[kind].most, 1e-14 * sse),
                   parameters = parameters_of(b, kind, s->rank);
            double criterion = crease_kink_criterion(b->bins->n, left, parameters);
            if (criterion < rival->criterion)
                *rival = (kink_candidate){kind,      c,    {best[kind].place[0], best[kind].place[1]},
                                          criterion, left, parameters};
        }
    }
    if (smooth->criterion <= without->criterion)
        *without = *smooth;
}
