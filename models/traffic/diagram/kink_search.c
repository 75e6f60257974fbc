/* Where to put m kinks: a search over sets of observed densities, then a polish between them.
 *
 * One kink: every place (a grid of at most 2000). Two: every pair of a grid of 64, the best partner of each
 * first kink kept. More: grow the best smaller set by one, and draw sets from the seed; each is improved by
 * exchange (move one kink over the whole grid while the loss falls). The best few of each kind are polished.
 */
#include "traffic/diagram/kink_search.h"
#include "crease/random.h"
#include "traffic/diagram/diagram_curve.h"
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

enum { GRID_ONE = 2000, GRID = 64, KEPT = 24, DRAWS = 10, POLISHED_DRAWS = 4, FEW_ROWS = 64, NEAR = 32 };

static void fill_moments(kink_rows *rows) {
    long double sum[KINK_SUMS] = {0};
    for (size_t i = 0; i < rows->n; i++) {
        const long double w = rows->w[i], x = rows->x[i], y = rows->y[i];
        const long double term[KINK_SUMS] = {w, w * x, w * x * x, w * y, w * x * y, w * y * y};
        for (size_t j = 0; j < KINK_SUMS; j++) {
            rows->moment[i * KINK_SUMS + j] = (double)sum[j];
            sum[j] += term[j];
        }
    }
    for (size_t j = 0; j < KINK_SUMS; j++)
        rows->moment[rows->n * KINK_SUMS + j] = (double)sum[j];
}

crease_status kink_rows_new(const traffic_data *data, double density_scale, double flow_scale,
                            kink_rows *rows, crease_error *error) {
    const size_t n = data->n;
    *rows = (kink_rows){.n = n};
    if (n > SIZE_MAX / (KINK_SUMS * sizeof(double)) - 1)
        return crease_fail(error, CREASE_NO_MEMORY, "%zu rows are too many", n);
    size_t *order = malloc((n + 1) * sizeof *order);
    rows->x = malloc((n + 1) * sizeof *rows->x);
    rows->y = malloc((n + 1) * sizeof *rows->y);
    rows->w = malloc((n + 1) * sizeof *rows->w);
    rows->place = malloc((n + 1) * sizeof *rows->place);
    rows->moment = malloc((n + 1) * KINK_SUMS * sizeof *rows->moment);
    if (!order || !rows->x || !rows->y || !rows->w || !rows->place || !rows->moment) {
        free(order);
        kink_rows_clear(rows);
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu rows", n);
    }
    traffic_order(n, data->density, order);
    for (size_t i = 0; i < n; i++) {
        const size_t row = order[i];
        rows->x[i] = data->density[row] / density_scale;
        rows->y[i] = data->flow[row] / flow_scale;
        rows->w[i] = data->weight ? data->weight[row] : 1.0;
        if (rows->y[i] > 0.01)
            rows->positive = i + 1;
        if (rows->x[i] > 0.0 && (rows->places == 0 || rows->x[i] > rows->place[rows->places - 1]))
            rows->place[rows->places++] = rows->x[i];
    }
    free(order);
    fill_moments(rows);
    kink_rows_set_cuts(rows, 2);
    return CREASE_OK;
}

void kink_rows_set_cuts(kink_rows *rows, size_t count) {
    rows->cuts = 0;
    rows->cut[rows->cuts++] = rows->n;
    if (rows->positive != rows->n)
        rows->cut[rows->cuts++] = rows->positive;
    /* every number of rows where these are few; else no fewer than a quarter, which the fixed point passes if
     * it must */
    const size_t spread = count > 2 ? count - 2 : 0;
    const size_t upper = rows->n < KINK_MOST_CUTS ? rows->n - 1 : rows->n - rows->n / 4;
    for (size_t i = 0; i < spread && i < upper && rows->cuts < KINK_MOST_CUTS; i++)
        rows->cut[rows->cuts++] = rows->n - (i + 1) * upper / (spread < upper ? spread : upper);
}

void kink_rows_clear(kink_rows *rows) {
    free(rows->x);
    free(rows->y);
    free(rows->w);
    free(rows->place);
    free(rows->moment);
    *rows = (kink_rows){0};
}

/* Keeps the `room` sets of least loss, sorted. */
static void keep(kink_set *kept, size_t *count, size_t room, const kink_set *set) {
    size_t at = *count;
    while (at > 0 && set->loss < kept[at - 1].loss)
        at--;
    if (at >= room)
        return;
    if (*count < room)
        (*count)++;
    for (size_t i = *count - 1; i > at; i--)
        kept[i] = kept[i - 1];
    kept[at] = *set;
}

/* `count` of the places that may hold a kink (all but the last), spread evenly over their ranks. */
static size_t spread_places(const kink_rows *rows, size_t room, double *grid) {
    const size_t free_places = rows->places - 1;
    if (free_places <= room) {
        for (size_t i = 0; i < free_places; i++)
            grid[i] = rows->place[i];
        return free_places;
    }
    /* half by rank, half by density, so that thinly observed ranges have their candidates as well */
    size_t used = 0;
    for (size_t i = 0; i < room / 2; i++)
        grid[used++] = rows->place[i * (free_places - 1) / (room / 2 - 1)];
    for (size_t i = 0; i < room - room / 2; i++) {
        const double low = rows->place[0], high = rows->place[free_places - 1];
        grid[used++] = low + (high - low) * ((double)i + 0.5) / (double)(room - room / 2);
    }
    gsl_sort(grid, 1, used);
    size_t distinct = 1;
    for (size_t i = 1; i < used; i++)
        if (grid[i] > grid[distinct - 1])
            grid[distinct++] = grid[i];
    return distinct;
}

static void polish_best(const kink_rows *rows, kink_set *kept, size_t count, kink_set *best) {
    for (size_t i = 0; i < count; i++) {
        kink_set_polish(rows, &kept[i]);
        if (kept[i].loss < best->loss)
            *best = kept[i];
    }
}

static void search_one(kink_rows *rows, double *grid, double *loss, kink_set *best) {
    kink_set kept[KEPT];
    size_t kept_count = 0;
    const size_t size = spread_places(rows, GRID_ONE, grid);
    for (size_t i = 0; i < size; i++) {
        kink_set set = {.count = 1, .kink = {grid[i]}};
        kink_set_solve(rows, &set);
        loss[i] = set.loss;
    }
    for (size_t i = 0; i < size; i++)
        if ((i == 0 || loss[i] <= loss[i - 1]) && (i + 1 == size || loss[i] <= loss[i + 1])) {
            const kink_set set = {.count = 1, .kink = {grid[i]}, .loss = loss[i]};
            keep(kept, &kept_count, KEPT, &set);
        }
    for (size_t i = 0; i < kept_count; i++)
        kink_set_solve(rows, &kept[i]);
    polish_best(rows, kept, kept_count, best);
}

/* Where a line through 0 on the rows before `row` meets a free line on the rows from there to `cut`; NaN
 * where the second is not determined. */
static double meeting_of(const kink_rows *rows, size_t row, size_t cut) {
    double left[KINK_SUMS], right[KINK_SUMS];
    kink_sums_between(rows, 0, row, left);
    kink_sums_between(rows, row, cut, right);
    const double w = right[0], wx = right[1], wxx = right[2], wy = right[3], wxy = right[4];
    const double speed = left[4] / left[2], slope = (w * wxy - wx * wy) / (w * wxx - wx * wx);
    return (wy - slope * wx) / w / (speed - slope);
}

/* All of it: every gap and every number of rows before the jam (Hudson 1966). The fixed point
 * of the clamp can hold on to another number of rows than the optimum has. */
static void search_meetings(const kink_rows *rows, kink_set *best) {
    for (size_t place = 0; place + 1 < rows->places; place++) {
        const size_t row = kink_rows_up_to(rows, rows->place[place]);
        for (size_t cut = row + 2; cut <= rows->n; cut++) {
            kink_set set = {.count = 1, .kink = {meeting_of(rows, row, cut)}};
            if (!(set.kink[0] >= rows->place[place] && set.kink[0] <= rows->place[place + 1]))
                continue;
            kink_set_solve(rows, &set);
            if (set.loss < best->loss)
                *best = set;
        }
    }
}

static void search_two(const kink_rows *rows, const double *grid, size_t size, kink_set *best) {
    kink_set kept[KEPT];
    size_t kept_count = 0;
    for (size_t i = 0; i + 1 < size; i++) {
        kink_set first = {.loss = INFINITY};
        for (size_t j = i + 1; j < size; j++) {
            kink_set set = {.count = 2, .kink = {grid[i], grid[j]}};
            kink_set_solve(rows, &set);
            if (set.loss < first.loss)
                first = set;
        }
        if (first.loss < INFINITY)
            keep(kept, &kept_count, KEPT, &first);
    }
    polish_best(rows, kept, kept_count, best);
}

/* Puts kink j of the set at `position` among the others in order; false when it is taken. */
static bool place_kink(const kink_set *set, size_t j, double position, kink_set *moved) {
    *moved = *set;
    size_t at = 0;
    for (size_t i = 0; i < set->count; i++)
        if (i != j) {
            if (set->kink[i] == position)
                return false;
            moved->kink[at++] = set->kink[i];
        }
    while (at > 0 && moved->kink[at - 1] > position) {
        moved->kink[at] = moved->kink[at - 1];
        at--;
    }
    moved->kink[at] = position;
    return true;
}

/* Best place of the grid for kink j with the others where they are. */
static kink_set best_place(const kink_rows *rows, const double *grid, size_t size, const kink_set *set,
                           size_t j) {
    kink_set best = *set;
    for (size_t i = 0; i < size; i++) {
        kink_set trial;
        if (!place_kink(set, j, grid[i], &trial))
            continue;
        kink_set_solve(rows, &trial);
        if (trial.loss < best.loss * (1.0 - 1e-10))
            best = trial;
    }
    return best;
}

/* Moves one kink after the other to its best grid place until none moves. */
static void exchange(const kink_rows *rows, const double *grid, size_t size, kink_set *set) {
    bool moved = true;
    for (int sweep = 0; sweep < 20 && moved; sweep++) {
        moved = false;
        for (size_t j = 0; j < set->count; j++) {
            const kink_set best = best_place(rows, grid, size, set, j);
            moved = moved || best.loss < set->loss;
            *set = best;
        }
    }
}

static crease_status draw_sets(const kink_rows *rows, const double *grid, size_t size, size_t count,
                               uint64_t seed, kink_set *best, crease_error *error) {
    kink_set kept[POLISHED_DRAWS];
    size_t kept_count = 0;
    size_t order[GRID];
    gsl_rng *generator = crease_random_new(seed, count);
    if (!generator)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the search of %zu kinks", count);
    for (size_t i = 0; i < size; i++)
        order[i] = i;
    for (int draw = 0; draw < DRAWS; draw++) {
        crease_random_shuffle(generator, order, size);
        kink_set set = {.count = count};
        for (size_t j = 0; j < count; j++)
            set.kink[j] = grid[order[j]];
        gsl_sort(set.kink, 1, count);
        kink_set_solve(rows, &set);
        exchange(rows, grid, size, &set);
        keep(kept, &kept_count, POLISHED_DRAWS, &set);
    }
    polish_best(rows, kept, kept_count, best);
    gsl_rng_free(generator);
    return CREASE_OK;
}

/* The best smaller set and one kink more, where it helps most, then exchange. */
static void grow(const kink_rows *rows, const double *grid, size_t size, kink_set *best) {
    kink_set grown = *best;
    grown.kink[grown.count++] = 2.0; /* beyond the data, until best_place moves it */
    grown.loss = INFINITY;
    grown = best_place(rows, grid, size, &grown, grown.count - 1);
    if (grown.loss < INFINITY) {
        exchange(rows, grid, size, &grown);
        polish_best(rows, &grown, 1, best);
    }
}

crease_status kink_search(kink_rows *rows, size_t count, uint64_t seed, kink_set *best, crease_error *error) {
    *best = (kink_set){.count = 0};
    kink_set_solve(rows, best);
    if (rows->places < 2)
        return kink_set_finish(rows, best, error);
    double *memory = malloc(2 * GRID_ONE * sizeof *memory), grid[GRID];
    if (!memory)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a grid of kinks");
    const size_t size = spread_places(rows, GRID, grid);
    crease_status status = CREASE_OK;
    kink_rows_set_cuts(rows, KINK_MOST_CUTS);
    kink_set_solve(rows, best);
    search_one(rows, memory, memory + GRID_ONE, best);
    if (rows->n <= FEW_ROWS)
        search_meetings(rows, best);
    for (size_t m = 2; m <= count && m <= rows->places - 1; m++) {
        kink_rows_set_cuts(rows, m == 2 ? 10 : 2);
        grow(rows, grid, size, best);
        if (m == 2)
            search_two(rows, grid, size, best);
    }
    if (count > 2 && size > count)
        status = draw_sets(rows, grid, size, count, seed, best, error);
    kink_rows_set_cuts(rows, KINK_MOST_CUTS);
    kink_set_polish(rows, best);
    free(memory);
    return status == CREASE_OK ? kink_set_finish(rows, best, error) : status;
}

crease_status kink_search_near(kink_rows *rows, size_t count, const kink_set *start, kink_set *best,
                               crease_error *error) {
    double grid[GRID];
    kink_set set = *start;
    kink_set_solve(rows, &set);
    if (rows->places < 2 || start->count == 0 || !(set.loss < INFINITY))
        return kink_search(rows, count, 0, best, error);
    const size_t size = spread_places(rows, NEAR, grid);
    *best = set;
    exchange(rows, grid, size, &set);
    polish_best(rows, &set, 1, best);
    while (best->count < count && best->count + 1 < rows->places) {
        const size_t before = best->count;
        grow(rows, grid, size, best);
        if (best->count == before)
            break;
    }
    return kink_set_finish(rows, best, error);
}
