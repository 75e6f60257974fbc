/* The search behind traffic_fit_physical, on sorted rows with densities and flows scaled to at most 1.
 * Internal to models/traffic. */
#ifndef TRAFFIC_KINK_SEARCH_H
#define TRAFFIC_KINK_SEARCH_H

#include "traffic/traffic.h"

typedef struct kink_rows {
    size_t n;
    double *x, *y, *w; /* sorted by x, x in [0, 1] with largest 1 */
    double *moment;    /* (n + 1) x 6: sums over the first i rows of w, wx, wxx, wy, wxy, wyy */
    size_t places;     /* distinct positive x */
    double *place;     /* ascending */
    size_t positive; /* rows up to the last one with a flow above 1 % of the largest: where a jam may begin */
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
void kink_rows_clear(kink_rows *rows);

/* Given set->count and set->kink: the best slopes (NNLS), exact about the clamp; fills slope and loss. Kinks
 * that the data cannot tell apart have an infinite loss. */
void kink_set_solve(const kink_rows *rows, kink_set *set);

/* Moves the kinks between the data while the loss falls. */
void kink_set_polish(const kink_rows *rows, kink_set *set);

/* Last digits: the same step and slopes from the rows themselves instead of their moments. */
crease_status kink_set_finish(const kink_rows *rows, kink_set *set, crease_error *error);

/* The best set of `count` kinks that the search finds. */
crease_status kink_search(const kink_rows *rows, size_t count, uint64_t seed, kink_set *best,
                          crease_error *error);

#endif
