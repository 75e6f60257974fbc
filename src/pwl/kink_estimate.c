/* Position, interval and slopes of kinks in noise. With smoothness S and all other kinks held, the sum of squares as a function
 * of one kink's place k, SSE(k) = |r|^2 - (h_k' r)^2 / |h_k|^2 with h_k the hinge's remainder, is minimised kink by kink
 * (Hudson 1966); the interval of 95 % holds all k around the minimum with SSE(k) <= SSE (1 + t^2 / nu), t of Student (the
 * likelihood ratio: Hinkley 1969, Biometrika 56), which a profile that is no parabola leaves right. Slopes and their errors
 * are linear in the other parameters; k's own error enters by the column d f / d k. */
#include "base/dense.h"
#include "pwl/kink_parts.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_MOST = 4096, SWEEPS = 3 };

typedef struct estimate {
    kink_points points;
    kink_list *list;
    size_t first;
    kink_model model; /* its columns: see set_columns */
    kink_column *column;
    double *rows; /* orthonormal basis of all but the present kink */
    size_t rank;
    double *y, *vector; /* n, times sqrt(weight) */
    double square;      /* |y|^2 outside the rows */
} estimate;

static void set_columns(estimate *e, size_t without) {
    e->model.column = e->column;
    e->model.columns = crease_kink_columns_of(e->list, e->first, without, e->column);
}

static crease_status leave_out(estimate *e, size_t kink, crease_error *error) {
    const size_t n = e->points.n;
    set_columns(e, kink);
    crease_status status = crease_kink_model_basis(&e->model, &e->points, e->rows, &e->rank, error);
    e->square = 0;
    for (size_t i = 0; i < n; i++)
        e->y[i] = e->points.y[i] * sqrt(e->points.weight[i]);
    for (size_t r = 0; r < e->rank; r++) {
        double share = crease_dense_dot(n, e->rows + r * n, e->y);
        for (size_t i = 0; i < n; i++)
            e->y[i] -= share * e->rows[r * n + i];
    }
    e->square = crease_dense_dot(n, e->y, e->y);
    return status;
}

/* SSE with the present kink at k: hinge and square. */
static double profile(estimate *e, double k) {
    const size_t n = e->points.n;
    static const kink_shape shape[] = {KINK_HINGE, KINK_SQUARE};
    double sse = e->square;
    size_t rank = e->rank;
    for (size_t s = 0; s < 2; s++) {
        double *row = e->rows + rank * n;
        crease_kink_weighted_column(&e->points, (kink_column){shape[s], k}, row);
        if (!crease_kink_orthonormalise(e->rows, rank, n, row))
            continue;
        double share = crease_dense_dot(n, row, e->y);
        sse -= share * share;
        rank++;
    }
    return sse;
}

/* The lowest of a few even places, then golden section beside it. */
static double minimise(estimate *e, double low, double high) {
    enum { EVEN = 24, GOLDEN = 40 };
    const double ratio = .6180339887498949;
    double step = (high - low) / EVEN, best = low, least = INFINITY;
    for (int i = 0; i <= EVEN; i++) {
        double value = profile(e, low + i * step);
        if (value < least) {
            least = value;
            best = low + i * step;
        }
    }
    low = fmax(low, best - step);
    high = fmin(high, best + step);
    double a = high - ratio * (high - low), b = low + ratio * (high - low);
    double at_a = profile(e, a), at_b = profile(e, b);
    for (int i = 0; i < GOLDEN; i++) {
        if (at_a <= at_b) {
            high = b, b = a, at_b = at_a;
            at_a = profile(e, a = high - ratio * (high - low));
        } else {
            low = a, a = b, at_a = at_b;
            at_b = profile(e, b = low + ratio * (high - low));
        }
    }
    double golden = at_a <= at_b ? a : b;
    return fmin(at_a, at_b) <= least ? golden : best;
}

/* The nearest place beyond k in a direction where the profile passes the limit. */
static double boundary(estimate *e, double k, double limit, double step, double end) {
    double inside = k, outside = k + step;
    while ((step > 0 ? outside < end : outside > end) && profile(e, outside) <= limit) {
        inside = outside;
        step *= 1.3;
        outside += step;
    }
    if (step > 0 ? outside >= end : outside <= end) {
        outside = end;
        if (profile(e, end) <= limit)
            return end;
    }
    for (int i = 0; i < 30; i++) {
        double middle = inside + (outside - inside) / 2;
        if (profile(e, middle) <= limit)
            inside = middle;
        else
            outside = middle;
    }
    return inside + (outside - inside) / 2;
}

/* How far a kink may move: halfway to its neighbours, and not among the last points. */
static void limits(const estimate *e, size_t kink, double *low, double *high) {
    const kink_points *p = &e->points;
    double x = e->list->kink[kink].x;
    *low = p->x[2];
    *high = p->x[p->n - 3];
    for (size_t k = 0; k < e->list->count; k++) {
        double other = e->list->kink[k].x, middle = (x + other) / 2;
        if (k != kink && other <= x)
            *low = fmax(*low, middle);
        if (k != kink && other > x)
            *high = fmin(*high, middle);
    }
}

static crease_status interval(estimate *e, size_t kink, double step, double *variance, crease_error *error) {
    crease_detected_kink *found = &e->list->kink[kink];
    crease_status status = leave_out(e, kink, error);
    if (status != CREASE_OK)
        return status;
    double low, high, freedom = (double)e->points.n - (double)e->rank - 3;
    limits(e, kink, &low, &high);
    double sse = profile(e, found->x), t = gsl_cdf_tdist_Pinv(.975, freedom);
    double limit = sse * (1 + t * t / freedom);
    *variance = sse / freedom;
    found->ci95[0] = boundary(e, found->x, limit, -step / 64, low);
    found->ci95[1] = boundary(e, found->x, limit, step / 64, high);
    found->standard_error = (found->ci95[1] - found->ci95[0]) / (2 * t);
    return CREASE_OK;
}

/* gradient' inverse gradient */
static double quadratic_form(size_t size, const double *inverse, const double *gradient) {
    double sum = 0;
    for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j < size; j++)
            sum += gradient[i] * inverse[i * size + j] * gradient[j];
    return sum;
}

/* Column of d f / d k in the Jacobian, for kink columns `at` and `at` + 1 of parameters b. */
static double move_of(double x, double k, const double *b, size_t at) {
    return x > k ? -b[at] - 2 * b[at + 1] * (x - k) : 0;
}

typedef struct slopes_work {
    double *jacobian, *y, *parameter, *inverse, *gradient, *curvature;
    size_t size; /* columns of the model; the Jacobian has one more */
    crease_dense_solver *solver;
} slopes_work;

static void slopes_of(const estimate *e, const slopes_work *w, size_t at, double variance,
                      crease_detected_kink *found) {
    const size_t n = e->points.n, wide = w->size + 1;
    for (size_t i = 0; i < n; i++)
        w->jacobian[i * wide + w->size] =
            move_of(e->points.x[i], found->x, w->parameter, at) * sqrt(e->points.weight[i]);
    bool known = crease_dense_gram_inverse(w->solver, n, wide, w->jacobian, wide, w->inverse, NULL);
    for (int side = 0; side < 2; side++) {
        double slope = 0, bend = 0;
        w->gradient[at] = side; /* the kink's own hinge */
        for (size_t j = 0; j < w->size; j++) {
            slope += w->gradient[j] * w->parameter[j];
            bend += (j == at + 1 ? 2. * side : w->curvature[j]) * w->parameter[j];
        }
        w->gradient[w->size] = bend;
        double error = known ? sqrt(variance * quadratic_form(wide, w->inverse, w->gradient)) : NAN;
        *(side ? &found->slope_right : &found->slope_left) = slope;
        *(side ? &found->slope_right_error : &found->slope_left_error) = error;
    }
}

static crease_status slopes(estimate *e, double variance, crease_error *error) {
    set_columns(e, SIZE_MAX);
    const size_t n = e->points.n, size = crease_kink_model_size(&e->model), wide = size + 1;
    double *value = calloc(n * size, sizeof *value);
    slopes_work w = {.jacobian = calloc(n * wide, sizeof(double)),
                     .y = calloc(n, sizeof(double)),
                     .parameter = calloc(size, sizeof(double)),
                     .inverse = calloc(wide * wide, sizeof(double)),
                     .gradient = calloc(wide, sizeof(double)),
                     .curvature = calloc(wide, sizeof(double)),
                     .size = size,
                     .solver = crease_dense_solver_new(wide, 1)};
    crease_status status = CREASE_OK;
    if (!value || !w.jacobian || !w.y || !w.parameter || !w.inverse || !w.gradient || !w.curvature ||
        !w.solver) {
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu points", n);
        goto end;
    }
    status = crease_kink_model_columns(&e->model, &e->points, n, e->points.x, 0, value, error);
    if (status != CREASE_OK)
        goto end;
    for (size_t i = 0; i < n; i++) {
        double root = sqrt(e->points.weight[i]);
        w.y[i] = e->points.y[i] * root;
        for (size_t j = 0; j < size; j++)
            w.jacobian[i * wide + j] = value[i * size + j] * root;
    }
    if (!crease_dense_solve_least_squares(w.solver, n, size, w.jacobian, wide, 1, w.y, 1, w.parameter, 1,
                                          NULL, NULL)) {
        status = crease_fail(error, CREASE_INTERNAL, "the spline of %zu columns could not be solved", size);
        goto end;
    }
    for (size_t k = e->first; k < e->list->count && status == CREASE_OK; k++) {
        size_t at = e->model.order + e->model.interior + KINK_COLUMNS_LOCAL * e->first +
                    KINK_COLUMNS_GLOBAL * (k - e->first);
        double x = e->list->kink[k].x;
        status = crease_kink_model_columns(&e->model, &e->points, 1, &x, 0, w.gradient, error);
        e->list->kink[k].y = crease_dense_dot(size, w.gradient, w.parameter);
        if (status == CREASE_OK)
            status = crease_kink_model_columns(&e->model, &e->points, 1, &x, 1, w.gradient, error);
        if (status == CREASE_OK)
            status = crease_kink_model_columns(&e->model, &e->points, 1, &x, 2, w.curvature, error);
        if (status == CREASE_OK)
            slopes_of(e, &w, at, variance, &e->list->kink[k]);
    }
end:
    crease_dense_solver_free(w.solver);
    free(value);
    free(w.jacobian);
    free(w.y);
    free(w.parameter);
    free(w.inverse);
    free(w.gradient);
    free(w.curvature);
    return status;
}

/* sqrt(weight) times a bend of a width in place of the hinge, and its derivative by the place. */
static void bend_columns(const kink_points *points, double k, double width, double *bend, double *ramp) {
    for (size_t i = 0; i < points->n; i++) {
        double t = (points->x[i] - k) / width + .5, root = sqrt(points->weight[i]);
        bend[i] = root * (t <= 0 ? 0 : t < 1 ? width * t * t / 2 : points->x[i] - k);
        ramp[i] = root * fmin(1, fmax(0, t));
    }
}

/* SSE with a bend in place of the present kink: bend, square, and the bend a little to the side. */
static double bent(estimate *e, double k, double width) {
    const size_t n = e->points.n;
    double sse = e->square;
    size_t rank = e->rank;
    double *row = e->rows + rank * n;
    bend_columns(&e->points, k, width, row, row + n);
    crease_kink_weighted_column(&e->points, (kink_column){KINK_SQUARE, k}, row + 2 * n);
    for (size_t c = 0; c < 3; c++) {
        double *next = e->rows + rank * n, *column = row + c * n;
        if (next != column)
            memcpy(next, column, n * sizeof *next);
        if (!crease_kink_orthonormalise(e->rows, rank, n, next))
            continue;
        double share = crease_dense_dot(n, next, e->y);
        sse -= share * share;
        rank++;
    }
    return sse;
}

/* The widest bend in place of the corner that the data allow as a kink's place is allowed, by the likelihood ratio; nothing
 * is seen between neighbours. After leave_out. */
static double resolution(estimate *e, size_t kink, const kink_points *points) {
    enum { STEPS = 32, HALVINGS = 6 };
    const double growth = 1.2, k = e->list->kink[kink].x, freedom = (double)e->points.n - (double)e->rank - 3,
                 allowed = 1 + pow(gsl_cdf_tdist_Pinv(.975, freedom), 2) / freedom;
    double low, high, widest = crease_kink_points_spacing(points, k), least = profile(e, k), beyond;
    limits(e, kink, &low, &high);
    const double most = 2 * fmin(k - low, high - k);
    for (int i = 0; i < STEPS && widest < most; i++, widest = beyond) {
        beyond = growth * widest;
        double sse = bent(e, k, beyond);
        least = fmin(least, sse);
        if (sse <= least * allowed)
            continue;
        for (int h = 0; h < HALVINGS; h++) {
            double middle = sqrt(widest * beyond);
            *(bent(e, k, middle) <= least * allowed ? &widest : &beyond) = middle;
        }
        break;
    }
    return widest;
}

crease_status crease_kink_estimate(const kink_run *run, kink_list *list, size_t first, size_t order,
                                   size_t interior, double step, crease_error *error) {
    estimate e = {.list = list, .first = first, .model = {.order = order, .interior = interior}};
    double variance = 0;
    crease_status status = crease_kink_points_bin(run->points, POINTS_MOST, list, first, &e.points, error);
    size_t n = e.points.n, most = order + interior + KINK_COLUMNS_MOST * list->count;
    e.column = calloc(KINK_COLUMNS_MOST * list->count, sizeof *e.column);
    e.rows = calloc(n * (most + 3), sizeof *e.rows);
    e.y = calloc(n, sizeof *e.y);
    if (status == CREASE_OK && (!e.column || !e.rows || !e.y))
        status = crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu points", n);
    size_t sweeps = list->count - first > 1 ? SWEEPS : 1;
    for (size_t s = 0; s < sweeps && status == CREASE_OK; s++)
        for (size_t k = first; k < list->count && status == CREASE_OK; k++) {
            double low, high;
            limits(&e, k, &low, &high);
            status = leave_out(&e, k, error);
            if (status == CREASE_OK)
                list->kink[k].x = minimise(&e, fmax(low, list->kink[k].x - 3 * step),
                                           fmin(high, list->kink[k].x + 3 * step));
        }
    for (size_t k = first; k < list->count && status == CREASE_OK; k++)
        status = interval(&e, k, step, &variance, error);
    if (status == CREASE_OK)
        status = slopes(&e, variance, error);
    for (size_t k = first; k < list->count && status == CREASE_OK; k++) {
        status = leave_out(&e, k, error);
        if (status == CREASE_OK)
            list->kink[k].resolution = resolution(&e, k, run->points);
    }
    free(e.column);
    free(e.rows);
    free(e.y);
    crease_kink_points_clear(&e.points);
    return status;
}
