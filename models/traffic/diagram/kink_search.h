/* The search behind traffic_fit_physical, on sorted rows with densities and flows scaled to at most 1.
 * Internal to models/traffic. */
#ifndef TRAFFIC_KINK_SEARCH_H
#define TRAFFIC_KINK_SEARCH_H

#include "traffic/traffic.h"

enum { KINK_MOST_CUTS = 40, KINK_SUMS = 6, KINK_MOST_COLUMNS = 2 * TRAFFIC_MAX_KINKS + 1 };

typedef struct kink_rows {
    size_t n;
    double *x, *y, *w; /* sorted by x, x in [0, 1] with largest 1 */
    double *moment;    /* (n + 1) x KINK_SUMS: sums over the first i rows of w, wx, wxx, wy, wxy, wyy */
    size_t places;     /* distinct positive x */
    double *place;     /* ascending */
    size_t positive;   /* rows up to the last with a flow above 1 % of the largest: where a jam may begin */
    size_t cuts;       /* where the search for the rows below the jam begins, see kink_set.c */
    size_t cut[KINK_MOST_CUTS];
} kink_rows;

/* Kinks and slopes of one physical diagram and its loss, the sum of w (y - relu(g))^2. */
typedef struct kink_set {
    size_t count;
    double kink[TRAFFIC_MAX_KINKS];
    double slope[TRAFFIC_MAX_KINKS + 1]; /* vf, c_1, ..., c_count */
    double loss;
} kink_set;

crease_status kink_rows_new(const traffic_data *data, double density_scale, double flow_scale,
                            kink_rows *rows, crease_error *error);
/* Chooses up to `count` cuts: all rows, those up to the last with flow, and others spread over the upper
 * rows. */
void kink_rows_set_cuts(kink_rows *rows, size_t count);
void kink_rows_clear(kink_rows *rows);

/* A column of a regression: slope x + offset on the rows from `from` on, 0 before. */
typedef struct kink_column {
    size_t from;
    double slope, offset;
} kink_column;

/* The sums of `moment` over rows first <= i < end. */
void kink_sums_between(const kink_rows *rows, size_t first, size_t end, double sum[KINK_SUMS]);
/* Number of rows with x <= limit. */
size_t kink_rows_up_to(const kink_rows *rows, double limit);
/* The zero of g beyond its top, or infinity; and the number of rows below it. */
double kink_set_jam(const kink_set *set);
size_t kink_set_cut(const kink_rows *rows, const kink_set *set);

/* The columns x, -relu(x - k_j), and -1(x > k_j) for the moving kinks (NULL: none); returns their number. */
size_t kink_columns(const kink_rows *rows, const kink_set *set, const bool *moving, kink_column *column);
/* Normal equations over the first `cut` rows, of columns scaled to norm 1 (scale: their norms). A trace of
 * ridge keeps columns apart that coincide on the data. gram: p x p. */
void kink_normal_equations(const kink_rows *rows, const kink_column *column, size_t p, size_t cut,
                           double *gram, double *right, double *scale);

/* x := gram^-1 x for a positive definite gram (p x p, of which the lower triangle is read and overwritten). False when
 * it is not. p <= KINK_MOST_COLUMNS. */
bool kink_solve_normal(size_t p, double *gram, double *x);
/* The same with x >= 0: the minimum of x'gram x/2 - right'x, for a gram with ones on its diagonal. */
bool kink_solve_slopes(size_t p, const double *gram, const double *right, double *slope);

/* Given set->count and set->kink: the best slopes (NNLS), exact about the clamp; fills slope and loss. Kinks
 * that the data cannot tell apart have an infinite loss. */
void kink_set_solve(const kink_rows *rows, kink_set *set);

/* Moves the kinks between the data while the loss falls. */
void kink_set_polish(const kink_rows *rows, kink_set *set);

/* Last digits: the same step and slopes from the rows themselves instead of their moments. */
crease_status kink_set_finish(const kink_rows *rows, kink_set *set, crease_error *error);

/* The best set of `count` kinks that the search finds. */
crease_status kink_search(kink_rows *rows, size_t count, uint64_t seed, kink_set *best, crease_error *error);

/* The same near a set known from similar rows: its polish, and one exchange over the grid. */
crease_status kink_search_near(kink_rows *rows, size_t count, const kink_set *start, kink_set *best,
                               crease_error *error);

#endif
