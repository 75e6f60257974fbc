/* Pairs of rows: over the starts (noise of the seeds), over the folds (noise of the data), and in equal time. With S
 * starts of s seconds each on average, a network makes T / s starts in T seconds; the starts that ran stand for those
 * (crease/paired.h). T is what the slowest network took, so every network gets at least the starts it made. */
#include "fit/compare_pairs.h"
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

/* The errors that a start can end with, ascending; returns their number. A global search comes first and is the same
 * each time, so no run ends above it. */
static size_t start_errors(const crease_compare_row *row, double *rmse) {
    size_t count = 0;
    double search = row->fit.searched ? row->fit.start[0].rmse : NAN;
    for (size_t i = 0; i < row->fit.starts; i++)
        if (isfinite(row->fit.start[i].rmse))
            rmse[count++] = fmin(row->fit.start[i].rmse, search); /* fmin passes over NaN */
    gsl_sort(rmse, 1, count);
    return count;
}

static void count_seconds(crease_comparison *c) {
    for (size_t r = 0; r < c->row_count; r++) {
        crease_compare_row *row = &c->row[r];
        row->seconds_total = 0;
        for (size_t i = 0; i < row->fit.starts; i++)
            row->seconds_total += isfinite(row->fit.start[i].rmse) ? row->fit.start[i].seconds : 0;
        c->equal_seconds = fmax(c->equal_seconds, row->seconds_total);
    }
}

static void measure_equal_seconds(crease_comparison *c, double *rmse) {
    for (size_t r = 0; r < c->row_count; r++) {
        crease_compare_row *row = &c->row[r];
        size_t count = start_errors(row, rmse);
        double longer = row->seconds_total > 0 ? c->equal_seconds / row->seconds_total : 1;
        row->starts_equal_seconds = (double)count * longer;
        row->rmse_equal_seconds = crease_expected_best(rmse, count, row->starts_equal_seconds);
    }
}

static crease_paired compare_starts(const crease_compare_row *a, const crease_compare_row *b, double *first,
                                    double *second) {
    if (a->fit.searched || b->fit.searched) {
        crease_paired result = crease_paired_ratio(&a->rmse_best, &b->rmse_best, 1, 0);
        result.pairs = 0;
        return result;
    }
    size_t count = a->fit.starts < b->fit.starts ? a->fit.starts : b->fit.starts;
    for (size_t s = 0; s < count; s++) {
        first[s] = a->fit.start[s].rmse;
        second[s] = b->fit.start[s].rmse;
    }
    return crease_paired_ratio(first, second, count, 0);
}

static crease_status adjust(crease_comparison *c, crease_error *error) {
    double *p = calloc(2 * c->pair_count + 1, sizeof *p), *adjusted = p ? p + c->pair_count : NULL;
    if (!p)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu pairs", c->pair_count);
    for (size_t i = 0; i < c->pair_count; i++)
        p[i] = c->pair[i].starts.p_value;
    crease_status status = crease_holm(c->pair_count, p, adjusted, error);
    for (size_t i = 0; status == CREASE_OK && i < c->pair_count; i++) {
        c->pair[i].starts.p_adjusted = adjusted[i];
        p[i] = c->pair[i].folds.p_value;
    }
    if (status == CREASE_OK)
        status = crease_holm(c->pair_count, p, adjusted, error);
    for (size_t i = 0; status == CREASE_OK && i < c->pair_count; i++)
        c->pair[i].folds.p_adjusted = adjusted[i];
    free(p);
    return status;
}

crease_status crease_compare_pairs(crease_comparison *c, crease_error *error) {
    size_t rows = c->row_count, most = 1;
    for (size_t r = 0; r < rows; r++)
        most = c->row[r].fit.starts > most ? c->row[r].fit.starts : most;
    c->pair = calloc(rows * rows / 2 + 1, sizeof *c->pair);
    double *first = malloc(2 * most * sizeof *first), *second = first ? first + most : NULL;
    if (!c->pair || !first) {
        free(first);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a comparison");
    }
    count_seconds(c);
    measure_equal_seconds(c, first);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = i + 1; j < rows; j++) {
            const crease_compare_row *a = &c->row[i], *b = &c->row[j];
            crease_compare_pair *pair = &c->pair[c->pair_count++];
            pair->a = i;
            pair->b = j;
            pair->starts = compare_starts(a, b, first, second);
            pair->folds = crease_paired_ratio(a->fold_rmse, b->fold_rmse, c->folds,
                                              c->folds ? 1 / ((double)c->folds - 1) : 0);
            size_t a_count = start_errors(a, first), b_count = start_errors(b, second);
            pair->chance_equal_seconds = crease_chance_best_is_lower(
                first, a_count, a->starts_equal_seconds, second, b_count, b->starts_equal_seconds);
        }
    free(first);
    return adjust(c, error);
}
