/* Kinks one after the other, each tested beside those found before (kink_test.c), then all estimated together
 * (kink_estimate.c). Points are binned for the test: 250 means of neighbours hold what a test over 80 places can use. */
#include "pwl/kink_parts.h"
#include <math.h>
#include <stdlib.h>

enum { BINS = 250, POINTS_LEAST = 16 };

static crease_status add_kinks(const kink_run *run, kink_list *list, size_t local,
                               const kink_verdict *verdict, crease_error *error) {
    crease_status status = CREASE_OK;
    for (size_t k = 0; k < verdict->kinks && status == CREASE_OK; k++) {
        crease_detected_kink kink = {.x = verdict->at[k], .p_value = verdict->p_value};
        status = crease_kink_list_add(list, &kink, error);
    }
    if (status == CREASE_OK)
        status =
            crease_kink_estimate(run, list, local, verdict->order, verdict->interior, verdict->step, error);
    return status;
}

/* A kink that those found later explain away goes: its slope jump has come within its error. */
static crease_status drop_empty(const kink_run *run, kink_list *list, size_t local, const kink_verdict *last,
                                crease_error *error) {
    crease_status status = CREASE_OK;
    for (bool again = true; again && status == CREASE_OK;) {
        again = false;
        for (size_t k = local; k < list->count && !again; k++) {
            const crease_detected_kink *kink = &list->kink[k];
            double spread = hypot(kink->slope_left_error, kink->slope_right_error);
            again = fabs(kink->slope_right - kink->slope_left) <= spread;
            if (again)
                list->kink[k] = list->kink[--list->count];
        }
        if (again && list->count > local)
            status = crease_kink_estimate(run, list, local, last->order, last->interior, last->step, error);
    }
    return status;
}

crease_status crease_kink_global_search(const kink_run *run, kink_list *list, kink_jump *jump,
                                        crease_error *error) {
    crease_status status = CREASE_OK;
    const size_t local = list->count, most = run->options->max_kinks ? run->options->max_kinks : 20;
    if (run->points->n < POINTS_LEAST)
        return CREASE_OK;
    kink_points bins = {0};
    kink_verdict accepted = {0};
    kink_column *column = calloc(KINK_COLUMNS_MOST * (most + local + 2), sizeof *column);
    if (!column)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu kinks", most);
    status = crease_kink_points_bin(run->points, BINS, list, local, &bins, error);
    run->summary->method = CREASE_KINKS_GLOBAL;
    while (status == CREASE_OK && list->count < most && bins.n >= POINTS_LEAST) {
        kink_verdict verdict;
        status = crease_kink_test_further(
            run, &bins, column, crease_kink_columns_of(list, local, SIZE_MAX, column), &verdict, error);
        if (status != CREASE_OK)
            break;
        run->summary->unexplained = verdict.unexplained;
        if (run->summary->unexplained)
            break;
        run->summary->best_x = verdict.at[0];
        run->summary->best_p_value = verdict.p_value;
        if (!verdict.found) {
            if (verdict.jump && !jump->found)
                *jump = (kink_jump){true, verdict.jump_at, NAN};
            break;
        }
        accepted = verdict;
        status = add_kinks(run, list, local, &verdict, error);
    }
    if (status == CREASE_OK)
        status = drop_empty(run, list, local, &accepted, error);
    crease_kink_points_clear(&bins);
    free(column);
    return status;
}
