/* The continuous piecewise-linear function of at most k knots and least largest error: the number of pieces that a
 * half-width needs falls as it grows, and the least width for k + 1 pieces is found by bisection down to two
 * neighbouring numbers, the lower of which is too narrow. */
#include "crease/minimax.h"
#include "pwl/double_double.h"
#include "pwl/minimax_scan.h"
#include <float.h>
#include <gsl/gsl_sort.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* ---- windows ---- */

static crease_status check_options(const crease_data *data, const crease_minimax_options *options,
                                   crease_error *error) {
    if (data->inputs != 1 || data->outputs != 1)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "knots are for one input and one output; these data have %zu and %zu",
                           data->inputs, data->outputs);
    const double *limit = options ? options->slope_limits : NULL;
    if (limit && !(limit[0] <= limit[1] && limit[0] < INFINITY && limit[1] > -INFINITY))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "no slope lies between the limits %g and %g; the least comes first", limit[0],
                           limit[1]);
    return crease_data_check(data, error);
}

static int exponent_of(double size) {
    int exponent = 0;
    frexp(size, &exponent);
    return exponent;
}

static bool counts(const crease_data *data, size_t row) {
    return !data->weight || data->weight[row] > 0;
}

static void set_scales(const crease_data *data, const crease_minimax_options *options,
                       crease_minimax_windows *w) {
    double x = 0, y = 0;
    for (size_t i = 0; i < data->n; i++)
        if (counts(data, i)) {
            x = fmax(x, fabs(data->x[i]));
            y = fmax(y, fabs(data->y[i]));
        }
    w->x_exponent = exponent_of(x);
    w->y_exponent = exponent_of(y);
    for (int side = 0; side < 2; side++) {
        double limit = options && options->slope_limits ? options->slope_limits[side]
                       : side                           ? INFINITY
                                                        : -INFINITY;
        w->slope[side] = ldexp(limit, w->x_exponent - w->y_exponent);
    }
    w->curvature = options ? options->curvature : CREASE_ANY_CURVATURE;
}

static void fill_windows(const crease_data *data, const size_t *order, crease_minimax_windows *w,
                         size_t *rows) {
    size_t m = 0;
    *rows = 0;
    for (size_t k = 0; k < data->n; k++) {
        size_t i = order[k];
        if (!counts(data, i))
            continue;
        double x = ldexp(data->x[i], -w->x_exponent), y = ldexp(data->y[i], -w->y_exponent);
        ++*rows;
        if (m && w->x[m - 1] == x) {
            w->top[m - 1] = fmax(w->top[m - 1], y);
            w->bottom[m - 1] = fmin(w->bottom[m - 1], y);
        } else {
            w->x[m] = x;
            w->top[m] = w->bottom[m] = y;
            m++;
        }
    }
    w->count = m;
}

crease_status crease_minimax_windows_new(const crease_data *data, const crease_minimax_options *options,
                                         crease_minimax_windows *windows, size_t *rows, crease_error *error) {
    *windows = (crease_minimax_windows){0};
    crease_status status = check_options(data, options, error);
    if (status != CREASE_OK)
        return status;
    size_t *order = calloc(data->n, sizeof *order);
    windows->x = calloc(data->n, 3 * sizeof *windows->x);
    if (!order || !windows->x) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", data->n);
        crease_minimax_windows_clear(windows);
        goto done;
    }
    windows->top = windows->x + data->n;
    windows->bottom = windows->top + data->n;
    gsl_sort_index(order, data->x, 1, data->n);
    set_scales(data, options, windows);
    fill_windows(data, order, windows, rows);
done:
    free(order);
    return status;
}

void crease_minimax_windows_clear(crease_minimax_windows *windows) {
    free(windows->x);
    *windows = (crease_minimax_windows){0};
}

/* ---- the least width ---- */

/* Half the largest spread of y at one x: no function does better. Rounded down in bound[0], up in bound[1]. */
static void spread_bound(const crease_minimax_windows *w, double bound[2]) {
    dd widest = {0, 0};
    for (size_t m = 0; m < w->count; m++) {
        dd spread = dd_difference(w->top[m], w->bottom[m]);
        if (dd_subtract(spread, widest).hi > 0)
            widest = spread;
    }
    bound[0] = bound[1] = widest.hi / 2;
    if (widest.lo < 0)
        bound[0] = nextafter(bound[0], 0);
    if (widest.lo > 0)
        bound[1] = nextafter(bound[1], INFINITY);
}

static double first_guess(const crease_minimax_windows *w) {
    double top = -INFINITY, bottom = INFINITY;
    for (size_t m = 0; m < w->count; m++) {
        top = fmax(top, w->top[m]);
        bottom = fmin(bottom, w->bottom[m]);
    }
    return fmax((top - bottom) / 2, DBL_EPSILON);
}

/* On return low is too narrow (or a bound of its own) and *high is enough for `pieces`. */
static bool bisect(crease_minimax_scan *scan, const crease_minimax_windows *w, size_t pieces,
                   const crease_minimax_options *options, double *low, double *high) {
    const double finest = 0x1p-70; /* of the largest |y|: far below its last digit */
    double bound[2];
    spread_bound(w, bound);
    *low = bound[0];
    *high = bound[1];
    if (crease_minimax_pieces(scan, *high, pieces) != CREASE_MINIMAX_NONE)
        return false;
    *low = bound[1];
    for (*high = fmax(first_guess(w), 2 * *low);
         crease_minimax_pieces(scan, *high, pieces) == CREASE_MINIMAX_NONE; *high *= 2)
        *low = *high;
    while (*high > finest) {
        double middle = *low + (*high - *low) / 2;
        if (middle <= *low || middle >= *high)
            break;
        if (options && options->interrupted && options->interrupted(options->interrupted_context))
            return true;
        if (crease_minimax_pieces(scan, middle, pieces) == CREASE_MINIMAX_NONE)
            *low = middle;
        else
            *high = middle;
    }
    return false;
}

/* ---- results ---- */

static void measure(const crease_data *data, crease_minimax_result *result) {
    double total = 0, top = -INFINITY, bottom = INFINITY;
    for (size_t i = 0; i < data->n; i++) {
        if (!counts(data, i))
            continue;
        double residual = data->y[i] - crease_pwl_evaluate(result->pwl, data->x[i]);
        double weight = data->weight ? data->weight[i] : 1;
        result->max_error = fmax(result->max_error, fabs(residual));
        result->sse += weight * residual * residual;
        total += weight;
        top = fmax(top, data->y[i]);
        bottom = fmin(bottom, data->y[i]);
    }
    result->rmse = sqrt(result->sse / total);
    result->lower_bound = fmin(result->lower_bound, result->max_error);
    double size = fmax(result->max_error, 1e-6 * (top - bottom));
    result->gap = size > 0 ? (result->max_error - result->lower_bound) / size : 0;
    result->certified = result->gap <= 1e-6;
}

crease_status crease_minimax_fit(const crease_data *data, size_t knots, const crease_minimax_options *options,
                                 crease_minimax_result *result, crease_error *error) {
    double started = omp_get_wtime(), low, high;
    crease_minimax_windows windows;
    crease_minimax_scan *scan = NULL;
    *result = (crease_minimax_result){.knots_asked = knots};
    crease_status status = crease_minimax_windows_new(data, options, &windows, &result->rows, error);
    if (status == CREASE_OK)
        status = crease_minimax_scan_new(&windows, &scan, error);
    if (status != CREASE_OK)
        goto done;
    size_t pieces = knots < windows.count ? knots + 1 : windows.count;
    result->points = windows.count;
    result->interrupted = bisect(scan, &windows, pieces, options, &low, &high);
    crease_minimax_pieces(scan, high, pieces);
    status = crease_minimax_function(scan, &result->pwl, error);
    if (status != CREASE_OK)
        goto done;
    result->lower_bound = ldexp(low, windows.y_exponent);
    measure(data, result);
    result->seconds = omp_get_wtime() - started;
done:
    crease_minimax_scan_free(scan);
    crease_minimax_windows_clear(&windows);
    return status;
}

void crease_minimax_result_clear(crease_minimax_result *result) {
    crease_pwl_free(result->pwl);
    *result = (crease_minimax_result){0};
}

crease_status crease_minimax_tube(const crease_data *data, double tolerance,
                                  const crease_minimax_options *options, crease_pwl **pwl,
                                  crease_error *error) {
    crease_minimax_windows windows;
    crease_minimax_scan *scan = NULL;
    size_t rows;
    *pwl = NULL;
    if (!(tolerance >= 0) || isinf(tolerance))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a tolerance is a number from 0 on, not %g",
                           tolerance);
    crease_status status = crease_minimax_windows_new(data, options, &windows, &rows, error);
    if (status == CREASE_OK)
        status = crease_minimax_scan_new(&windows, &scan, error);
    if (status == CREASE_OK && crease_minimax_pieces(scan, ldexp(tolerance, -windows.y_exponent),
                                                     SIZE_MAX - 1) == CREASE_MINIMAX_NONE)
        status = crease_fail(error, CREASE_BAD_DATA,
                             "no function of this shape lies within %g of all data; widen the tolerance or "
                             "free the shape",
                             tolerance);
    if (status == CREASE_OK)
        status = crease_minimax_function(scan, pwl, error);
    crease_minimax_scan_free(scan);
    crease_minimax_windows_clear(&windows);
    return status;
}
