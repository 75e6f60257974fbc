/* Rows to points, and their noise. The divided difference of order d over d + 1 neighbours annihilates polynomials of
 * degree d - 1; divided by its standard deviation for unit noise it is a residual r_d with E r_d^2 = sigma^2 for white noise
 * of any d (Hall, Kay & Titterington 1990, Biometrika 77, difference-based estimation of residual variance). The scales
 * s_d = median |r_d| / .6745 fall with d while they hold curvature and stay level once they hold noise alone. So: the first d
 * from which s_d, s_{d+1}, s_{d+2} agree gives the noise; a level at the size of rounding, or none, is data without noise. */
#include "pwl/kink_parts.h"
#include <float.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

enum { ORDER_LEAST = 2, ORDER_MOST = 9, WINDOWS_MOST = 20000 };

void crease_kink_points_clear(kink_points *points) {
    free(points->x);
    points->x = points->y = points->weight = NULL;
    points->n = 0;
}

static crease_status allocate(size_t n, kink_points *points, crease_error *error) {
    points->x = n > SIZE_MAX / 3 ? NULL : calloc(3 * n, sizeof *points->x);
    if (!points->x)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu points", n);
    points->y = points->x + n;
    points->weight = points->y + n;
    return CREASE_OK;
}

/* Rows of positive weight in ascending x; those of one x become one point. */
static void merge_rows(const crease_data *data, const size_t *order, kink_points *points) {
    double total = 0, greatest = 0;
    points->rows = 0;
    for (size_t i = 0; i < data->n; i++)
        greatest = fmax(greatest, data->weight ? data->weight[i] : 1);
    for (size_t i = 0; i < data->n; i++) {
        double weight = data->weight ? data->weight[i] / greatest : 1;
        points->rows += weight > 0;
        total += weight;
    }
    size_t n = 0;
    for (size_t k = 0; k < data->n; k++) {
        size_t row = order[k];
        double weight = (data->weight ? data->weight[row] / greatest : 1) / total * (double)points->rows;
        if (!(weight > 0))
            continue;
        if (n > 0 && data->x[row] == points->x[n - 1]) {
            points->weight[n - 1] += weight;
            points->y[n - 1] += (data->y[row] - points->y[n - 1]) * (weight / points->weight[n - 1]);
            continue;
        }
        points->x[n] = data->x[row];
        points->y[n] = data->y[row];
        points->weight[n++] = weight;
    }
    points->n = n;
}

/* To [0, 1]; halves first, so that a range near the largest double does not overflow. */
static void map_to_unit(size_t n, double *value, double *low, double *range) {
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        least = fmin(least, value[i]);
        most = fmax(most, value[i]);
    }
    *low = least;
    *range = most - least;
    double half = most / 2 - least / 2;
    for (size_t i = 0; i < n; i++)
        value[i] = half > 0 ? (value[i] / 2 - least / 2) / half : 0;
}

/* r_d of the points first .. first + order. */
static double difference(const kink_points *points, size_t first, size_t order) {
    double coefficient[ORDER_MOST + 1], sum = 0;
    if (!crease_kink_difference(points->x + first, points->weight + first, order, coefficient))
        return 0;
    for (size_t i = 1; i <= order; i++) /* the coefficients sum to 0 */
        sum += coefficient[i] * (points->y[first + i] - points->y[first]);
    return fabs(sum);
}

static void difference_scale(const kink_points *points, size_t order, double *work, double *robust,
                             double *wide) {
    size_t windows = points->n - order, stride = windows / WINDOWS_MOST + 1, count = 0;
    for (size_t i = 0; i < windows; i += stride)
        work[count++] = difference(points, i, order);
    gsl_sort(work, 1, count);
    *robust = gsl_stats_median_from_sorted_data(work, 1, count) / .6744897501960817;
    double sum = 0; /* E[z^2; |z| < q] of a normal z, where q cuts off a tenth, is .5607 */
    for (size_t i = 0; i < count - count / 10; i++)
        sum += work[i] * work[i];
    *wide = sqrt(sum / (double)count / .5607);
}

/* What the last bits of the raw numbers leave in mapped y: of y itself, and of x times a slope of 4 ranges a range. */
static double rounding_of(const kink_points *points) {
    double y = fmax(fabs(points->y_low), fabs(points->y_low + points->y_range)) / points->y_range;
    double x = fmax(fabs(points->x_low), fabs(points->x_low + points->x_range)) / points->x_range;
    return DBL_EPSILON * (.5 + .5 * y + 2 * x);
}

static crease_status find_noise(kink_points *points, crease_error *error) {
    points->rounding = rounding_of(points);
    points->noise = points->noise_wide = points->rounding;
    points->noise_free = true;
    size_t orders = points->n > ORDER_LEAST + 5 ? points->n - ORDER_LEAST - 5 : 0;
    if (orders > ORDER_MOST - ORDER_LEAST + 1)
        orders = ORDER_MOST - ORDER_LEAST + 1;
    if (orders < 3)
        return CREASE_OK;
    double robust[ORDER_MOST], wide[ORDER_MOST];
    double *work = calloc(points->n, sizeof *work);
    if (!work)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu differences", points->n);
    for (size_t k = 0; k < orders; k++)
        difference_scale(points, k + ORDER_LEAST, work, &robust[k], &wide[k]);
    free(work);
    const double level = 1.3, rounding_factor = 30;
    for (size_t k = 0; k + 2 < orders; k++) {
        double least = fmin(robust[k], fmin(robust[k + 1], robust[k + 2]));
        if (robust[k] > level * least || robust[k + 1] > level * robust[k + 2])
            continue;
        if (least <= rounding_factor * points->rounding) {
            points->noise = points->noise_wide = fmax(least, points->rounding);
            return CREASE_OK;
        }
        points->noise = least;
        points->noise_wide = fmax(least, fmin(wide[k], fmin(wide[k + 1], wide[k + 2])));
        points->noise_free = false;
        return CREASE_OK;
    }
    return CREASE_OK;
}

crease_status crease_kink_points_new(const crease_data *data, kink_points *points, crease_error *error) {
    *points = (kink_points){0};
    size_t *order = data->n > SIZE_MAX / sizeof *order ? NULL : calloc(data->n, sizeof *order);
    crease_status status = order
                               ? allocate(data->n, points, error)
                               : crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", data->n);
    if (status != CREASE_OK)
        goto end;
    gsl_sort_index(order, data->x, 1, data->n);
    merge_rows(data, order, points);
    map_to_unit(points->n, points->x, &points->x_low, &points->x_range);
    map_to_unit(points->n, points->y, &points->y_low, &points->y_range);
    /* numbers so near that mapping rounds them together */
    size_t n = 0;
    for (size_t i = 0; i < points->n; i++) {
        if (n > 0 && points->x[i] <= points->x[n - 1])
            continue;
        points->x[n] = points->x[i];
        points->y[n] = points->y[i];
        points->weight[n++] = points->weight[i];
    }
    points->n = n;
    if (points->x_range > 0 && points->y_range > 0)
        status = find_noise(points, error);
end:
    free(order);
    if (status != CREASE_OK)
        crease_kink_points_clear(points);
    return status;
}

size_t crease_kink_points_until(const kink_points *points, double x) {
    size_t low = 0, high = points->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (points->x[middle] > x)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

double crease_kink_points_spacing(const kink_points *points, double x) {
    size_t right = crease_kink_points_until(points, x), low = right > 2 ? right - 2 : 0,
           high = right + 1 < points->n ? right + 1 : points->n - 1;
    return (points->x[high] - points->x[low]) / (double)(high - low);
}

static bool mixes_sides(const kink_points *points, size_t first, size_t last, const kink_list *list,
                        size_t count) {
    for (size_t k = 0; k < count; k++)
        if (points->x[first] < list->kink[k].x && list->kink[k].x < points->x[last])
            return true;
    return false;
}

crease_status crease_kink_points_bin(const kink_points *from, size_t most, const kink_list *list,
                                     size_t count, kink_points *to, crease_error *error) {
    const size_t bins = from->n < most ? from->n : most;
    *to = *from;
    crease_status status = allocate(bins, to, error);
    to->n = 0;
    for (size_t b = 0; b < bins && status == CREASE_OK; b++) {
        size_t first = b * from->n / bins, end = (b + 1) * from->n / bins;
        double weight = 0, x = 0, y = 0;
        if (mixes_sides(from, first, end - 1, list, count))
            continue;
        for (size_t i = first; i < end; i++) {
            weight += from->weight[i];
            x += (from->x[i] - x) * (from->weight[i] / weight);
            y += (from->y[i] - y) * (from->weight[i] / weight);
        }
        to->x[to->n] = x;
        to->y[to->n] = y;
        to->weight[to->n++] = weight;
    }
    return status;
}
