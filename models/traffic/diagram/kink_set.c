/* One set of kinks: its best slopes and its loss.
 *
 * With kinks k_1..k_m fixed, g(x) = vf x - sum c_j relu(x - k_j) is linear in (vf, c) >= 0. The flow is
 * relu(g), and g is concave with g(0) = 0, so the rows with g > 0 are the first `cut` of the rows sorted by
 * x: solve on them, find the zero of g, move the cut there, repeat, from several cuts. At flows y >= 0 every
 * local minimum is such a fixed point: at g = 0 the loss (y - relu(g))^2 has a concave corner. Each trial is
 * measured by the true loss, clamp included. Sums over rows come from prefix moments, so a trial costs O(m^3)
 * whatever the number of rows. */
#include "traffic/diagram/kink_search.h"
#include <math.h>

enum { MAX_COLUMNS = TRAFFIC_MAX_KINKS + 1 };

void kink_sums_between(const kink_rows *rows, size_t first, size_t end, double sum[KINK_SUMS]) {
    const double *a = rows->moment + first * KINK_SUMS, *b = rows->moment + end * KINK_SUMS;
    for (size_t j = 0; j < KINK_SUMS; j++)
        sum[j] = end > first ? b[j] - a[j] : 0.0;
}

size_t kink_rows_up_to(const kink_rows *rows, double limit) {
    size_t low = 0, high = rows->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (rows->x[middle] <= limit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

double kink_set_jam(const kink_set *set) {
    double slope = set->slope[0], value = 0.0, at = 0.0;
    for (size_t j = 0; j < set->count; j++) {
        const double next = value + slope * (set->kink[j] - at);
        if (slope < 0.0 && next <= 0.0)
            break;
        value = next;
        at = set->kink[j];
        slope -= set->slope[j + 1];
    }
    return slope < 0.0 ? at - value / slope : INFINITY;
}

/* The true loss of kinks and slopes whose zero lies after `cut` rows. */
static double loss_of(const kink_rows *rows, const kink_set *set, const kink_column *column, size_t cut) {
    double loss = 0.0, slope = set->slope[0], offset = 0.0, sum[KINK_SUMS];
    size_t first = 0;
    for (size_t j = 0; j <= set->count; j++) {
        size_t end = j < set->count && column[1 + j].from < cut ? column[1 + j].from : cut;
        kink_sums_between(rows, first, end, sum);
        if (end > first)
            loss += sum[5] - 2.0 * offset * sum[3] - 2.0 * slope * sum[4] + offset * offset * sum[0] +
                    2.0 * offset * slope * sum[1] + slope * slope * sum[2];
        if (j < set->count) {
            slope -= set->slope[j + 1];
            offset += set->slope[j + 1] * set->kink[j];
            first = end;
        }
    }
    kink_sums_between(rows, cut, rows->n, sum);
    return fmax(loss + sum[5], 0.0);
}

size_t kink_set_cut(const kink_rows *rows, const kink_set *set) {
    const double jam = kink_set_jam(set);
    return jam > 1.0 ? rows->n : kink_rows_up_to(rows, jam);
}

size_t kink_columns(const kink_rows *rows, const kink_set *set, const bool *moving, kink_column *column) {
    size_t count = 0;
    column[count++] = (kink_column){.from = 0, .slope = 1.0, .offset = 0.0};
    for (size_t j = 0; j < set->count; j++)
        column[count++] =
            (kink_column){.from = kink_rows_up_to(rows, set->kink[j]), .slope = -1.0, .offset = set->kink[j]};
    for (size_t j = 0; moving && j < set->count; j++)
        if (moving[j])
            column[count++] = (kink_column){.from = column[1 + j].from, .slope = 0.0, .offset = -1.0};
    return count;
}

void kink_normal_equations(const kink_rows *rows, const kink_column *column, size_t p, size_t cut,
                           double *gram, double *right, double *scale) {
    double sums[KINK_MOST_COLUMNS][KINK_SUMS];
    for (size_t a = 0; a < p; a++)
        kink_sums_between(rows, column[a].from, cut, sums[a]);
    for (size_t a = 0; a < p; a++)
        for (size_t b = a; b < p; b++) {
            const kink_column *f = &column[a], *g = &column[b];
            const double *sum = f->from > g->from ? sums[a] : sums[b];
            gram[a * p + b] = f->slope * g->slope * sum[2] +
                              (f->slope * g->offset + f->offset * g->slope) * sum[1] +
                              f->offset * g->offset * sum[0];
            if (a == b)
                right[a] = f->slope * sum[4] + f->offset * sum[3];
        }
    for (size_t a = 0; a < p; a++)
        scale[a] = gram[a * p + a] > 0.0 ? sqrt(gram[a * p + a]) : 1.0;
    for (size_t a = 0; a < p; a++) {
        for (size_t b = a; b < p; b++) {
            gram[a * p + b] = a == b ? 1.0 + 1e-13 : gram[a * p + b] / (scale[a] * scale[b]);
            gram[b * p + a] = gram[a * p + b];
        }
        right[a] /= scale[a];
    }
}

/* Non-negative slopes on the first `cut` rows. False when the kinks are not told apart by the data. */
static bool slopes_from_moments(const kink_rows *rows, kink_set *set, const kink_column *column, size_t cut) {
    double gram[MAX_COLUMNS * MAX_COLUMNS], right[MAX_COLUMNS], scale[MAX_COLUMNS], slope[MAX_COLUMNS];
    const size_t p = set->count + 1;
    kink_normal_equations(rows, column, p, cut, gram, right, scale);
    if (!kink_solve_slopes(p, gram, right, slope))
        return false;
    for (size_t a = 0; a < p; a++)
        set->slope[a] = slope[a] / scale[a];
    return true;
}

static bool contains(const size_t *list, size_t count, size_t value) {
    while (count > 0)
        if (list[--count] == value)
            return true;
    return false;
}

void kink_set_solve(const kink_rows *rows, kink_set *set) {
    kink_column column[MAX_COLUMNS];
    kink_columns(rows, set, NULL, column);
    kink_set trial = *set;
    set->loss = INFINITY;
    size_t seen[4 * KINK_MOST_CUTS], seen_count = 0;
    for (size_t s = 0; s < rows->cuts; s++) {
        size_t cut = rows->cut[s];
        while (cut > 0 && seen_count < sizeof seen / sizeof *seen && !contains(seen, seen_count, cut)) {
            seen[seen_count++] = cut;
            if (!slopes_from_moments(rows, &trial, column, cut))
                break;
            cut = kink_set_cut(rows, &trial);
            trial.loss = loss_of(rows, &trial, column, cut);
            if (trial.loss < set->loss)
                *set = trial;
        }
    }
}
