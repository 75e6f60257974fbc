#include "pwl/knots_points.h"
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { LEAF = 16 };

/* weight of a fixed point against that of all data: a residual of 1 % of sd(y) would cost all of the variance */
static const double FIXED_WEIGHT = 1e4;

static knot_moments moments_of_points(const knot_points *p, size_t first, size_t end) {
    knot_moments sum = {0};
    for (size_t i = first; i < end; i++)
        sum = crease_knot_moments_join(
            sum, (knot_moments){.weight = p->weight[i], .mean_x = p->x[i], .mean_y = p->y[i]});
    return sum;
}

static void build_tree(knot_points *p) {
    for (size_t leaf = 0; leaf < p->leaves; leaf++) {
        size_t first = leaf * LEAF < p->n ? leaf * LEAF : p->n;
        size_t end = first + LEAF < p->n ? first + LEAF : p->n;
        p->tree[p->leaves + leaf] = moments_of_points(p, first, end);
    }
    for (size_t node = p->leaves - 1; node > 0; node--)
        p->tree[node] = crease_knot_moments_join(p->tree[2 * node], p->tree[2 * node + 1]);
}

knot_moments crease_knot_points_moments(const knot_points *p, size_t first, size_t end) {
    size_t low = (first + LEAF - 1) / LEAF, high = end / LEAF;
    if (low >= high)
        return moments_of_points(p, first, end);
    knot_moments left = moments_of_points(p, first, low * LEAF),
                 right = moments_of_points(p, high * LEAF, end);
    for (low += p->leaves, high += p->leaves; low < high; low /= 2, high /= 2) {
        if (low % 2)
            left = crease_knot_moments_join(left, p->tree[low++]);
        if (high % 2)
            right = crease_knot_moments_join(p->tree[--high], right);
    }
    return crease_knot_moments_join(left, right);
}

size_t crease_knot_points_below(const knot_points *p, double position) {
    size_t low = 0, high = p->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->x[middle] < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t crease_knot_points_up_to(const knot_points *p, double position) {
    size_t at = crease_knot_points_below(p, position);
    return at < p->n && p->x[at] == position ? at + 1 : at;
}

void crease_knot_points_clear(knot_points *p) {
    free(p->x);
    free(p->y);
    free(p->weight);
    free(p->raw_x);
    free(p->count);
    free(p->tree);
    *p = (knot_points){0};
}

/* Shift and scale of both axes from the rows of positive weight, safe for values near the largest double. */
static void set_scales(const crease_data *data, knot_points *p) {
    double low = INFINITY, high = -INFINITY, largest = 0, weight = 0, mean = 0, square = 0;
    for (size_t i = 0; i < data->n; i++) {
        double w = data->weight ? data->weight[i] : 1;
        if (!(w > 0))
            continue;
        low = fmin(low, data->x[i]);
        high = fmax(high, data->x[i]);
        largest = fmax(largest, fabs(data->y[i]));
        weight += w;
        p->rows++;
    }
    double unit = largest > 0 ? largest : 1;
    for (size_t i = 0; i < data->n; i++) {
        double w = data->weight ? data->weight[i] : 1;
        mean += w > 0 ? w / weight * (data->y[i] / unit) : 0;
    }
    for (size_t i = 0; i < data->n; i++) {
        double w = data->weight ? data->weight[i] : 1, d = data->y[i] / unit - mean;
        square += w > 0 ? w / weight * d * d : 0;
    }
    p->x_shift = low / 2 + high / 2;
    p->x_scale = high / 2 - low / 2 > 0 ? high / 2 - low / 2 : 1;
    p->y_shift = mean * unit;
    p->y_scale = sqrt(square) > 1e-15 * fabs(mean) && sqrt(square) * unit > 0 ? sqrt(square) * unit : unit;
    p->total_weight = weight;
}

/* Adds a row in ascending x; rows of one x become one point, their spread counts in tie_sse. */
static void add_row(knot_points *p, double raw_x, double y, double weight, bool is_datum) {
    double x = (raw_x - p->x_shift) / p->x_scale, value = (y - p->y_shift) / p->y_scale;
    if (p->n == 0 || x > p->x[p->n - 1]) {
        p->x[p->n] = x;
        p->raw_x[p->n] = raw_x;
        p->y[p->n] = value;
        p->weight[p->n] = weight;
        p->count[p->n + 1] = is_datum ? 1 : 0;
        p->n++;
        return;
    }
    size_t i = p->n - 1;
    double total = p->weight[i] + weight, d = value - p->y[i];
    p->tie_sse += p->weight[i] * (weight / total) * d * d;
    p->y[i] += weight / total * d;
    p->weight[i] = total;
    p->count[i + 1] |= is_datum ? 1 : 0;
}

static bool make_room(knot_points *p, size_t room) {
    if (room >= SIZE_MAX / sizeof(knot_moments) / 4)
        return false;
    p->leaves = 1;
    while (p->leaves * LEAF < room)
        p->leaves *= 2;
    p->x = malloc(room * sizeof(double));
    p->y = malloc(room * sizeof(double));
    p->weight = malloc(room * sizeof(double));
    p->raw_x = malloc(room * sizeof(double));
    p->count = calloc(room + 1, sizeof(size_t));
    p->tree = malloc(2 * p->leaves * sizeof *p->tree);
    return p->x && p->y && p->weight && p->raw_x && p->count && p->tree;
}

/* The points in reverse order with -x, or in their own; y of the new order, or NULL: their own. */
static crease_status remake(const knot_points *p, bool reverse, const double *y, knot_points *made,
                            crease_error *error) {
    knot_points copy = *p;
    if (!make_room(&copy, p->n)) {
        crease_knot_points_clear(&copy);
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu points", p->n);
    }
    *made = copy;
    for (size_t i = 0; i < p->n; i++) {
        size_t from = reverse ? p->n - 1 - i : i;
        made->x[i] = reverse ? -p->x[from] : p->x[from];
        made->y[i] = y ? y[i] : p->y[from];
        made->weight[i] = p->weight[from];
        made->raw_x[i] = p->raw_x[from];
        made->count[i + 1] = reverse ? p->count[p->n] - p->count[from] : p->count[i + 1];
    }
    build_tree(made);
    return CREASE_OK;
}

crease_status crease_knot_points_replace(const knot_points *p, const double *y, knot_points *replaced,
                                         crease_error *error) {
    return remake(p, false, y, replaced, error);
}

crease_status crease_knot_points_mirror(const knot_points *p, knot_points *mirrored, crease_error *error) {
    return remake(p, true, NULL, mirrored, error);
}

crease_status crease_knot_points_new(const crease_data *data, const double *fixed_point,
                                     size_t fixed_point_count, knot_points *p, crease_error *error) {
    *p = (knot_points){0};
    size_t room = data->n + fixed_point_count, rows = 0;
    size_t *row = NULL, *order = NULL;
    double *x = NULL;
    crease_status status = CREASE_OK;
    bool made = make_room(p, room);
    row = made ? malloc(room * sizeof *row) : NULL;
    order = made ? malloc(room * sizeof *order) : NULL;
    x = made ? calloc(room, sizeof *x) : NULL;
    if (!row || !order || !x) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu points", room);
        goto done;
    }
    set_scales(data, p);
    for (size_t i = 0; i < data->n; i++)
        if (!data->weight || data->weight[i] > 0) {
            x[rows] = data->x[i];
            row[rows++] = i;
        }
    for (size_t f = 0; f < fixed_point_count; f++) {
        x[rows] = fixed_point[2 * f];
        row[rows++] = data->n + f;
    }
    gsl_sort_index(order, x, 1, rows);
    for (size_t i = 0; i < rows; i++) {
        size_t from = row[order[i]];
        if (from < data->n)
            add_row(p, data->x[from], data->y[from],
                    data->weight ? data->weight[from] / p->total_weight : 1 / p->total_weight, true);
        else
            add_row(p, x[order[i]], fixed_point[2 * (from - data->n) + 1], FIXED_WEIGHT, false);
    }
    for (size_t i = 0; i < p->n; i++)
        p->count[i + 1] += p->count[i];
    build_tree(p);
done:
    free(row);
    free(order);
    free(x);
    if (status != CREASE_OK)
        crease_knot_points_clear(p);
    return status;
}
