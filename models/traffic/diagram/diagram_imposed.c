/* physical:m with the jam density J imposed.
 *
 * A concave piecewise-linear flow with kinks k_i that is 0 at 0 and at J is a sum of tents with weights
 * a_i >= 0: T_i = x/k_i - (1/k_i + 1/(J - k_i)) relu(x - k_i). So given the kinks the fit is NNLS, without a
 * clamp; rows beyond J add a constant. The Gram matrix of the tents comes from that of x and relu(x - k_i),
 * hence from prefix moments. Kinks: one at a time over a grid, exchange, then a simplex. */
#include "crease/nnls.h"
#include "traffic/diagram/diagram_curve.h"
#include "traffic/diagram/kink_search.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_multimin.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

enum { MOST = TRAFFIC_MAX_KINKS, GRID = 96 };

typedef struct tent_fit {
    const kink_rows *rows;
    double jam; /* scaled */
    size_t cut; /* rows at x <= jam */
    double flow_square;
} tent_fit;

/* Gram matrix and right side of the tents. */
static void tent_equations(const tent_fit *fit, size_t m, const double *kink, double *gram, double *right) {
    kink_set set = {.count = m};
    kink_column column[MOST + 1];
    double g[(MOST + 1) * (MOST + 1)], r[MOST + 1], scale[MOST + 1];
    memcpy(set.kink, kink, m * sizeof *kink);
    const size_t p = kink_columns(fit->rows, &set, NULL, column);
    kink_normal_equations(fit->rows, column, p, fit->cut, g, r, scale);
    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++)
            g[a * p + b] *= scale[a] * scale[b];
        r[a] *= scale[a];
    }
    for (size_t i = 0; i < m; i++) {
        const double si = 1.0 / kink[i], bi = si + 1.0 / (fit->jam - kink[i]);
        right[i] = si * r[0] + bi * r[i + 1];
        for (size_t j = 0; j < m; j++) {
            const double sj = 1.0 / kink[j], bj = sj + 1.0 / (fit->jam - kink[j]);
            gram[i * m + j] =
                si * sj * g[0] + si * bj * g[j + 1] + bi * sj * g[i + 1] + bi * bj * g[(i + 1) * p + j + 1];
        }
    }
}

/* Weights of the tents and the loss; infinite when kinks leave (0, J) or coincide. */
static double tent_loss(const tent_fit *fit, size_t m, const double *kink, double *a) {
    double gram[MOST * MOST], right[MOST], factor[MOST * MOST], upper[MOST * MOST], b[MOST];
    for (size_t i = 0; i < m; i++)
        if (!(kink[i] > 1e-9) || !(kink[i] < fit->jam * (1.0 - 1e-9)) || (i > 0 && kink[i] <= kink[i - 1]))
            return INFINITY;
    tent_equations(fit, m, kink, gram, right);
    for (size_t i = 0; i < m; i++)
        gram[i * m + i] *= 1.0 + 1e-13;
    memcpy(factor, gram, m * m * sizeof *gram);
    memcpy(b, right, m * sizeof *right);
    gsl_matrix_view L = gsl_matrix_view_array(factor, m, m);
    gsl_vector_view v = gsl_vector_view_array(b, m);
    if (gsl_linalg_cholesky_decomp1(&L.matrix) != GSL_SUCCESS)
        return INFINITY;
    gsl_blas_dtrsv(CblasLower, CblasNoTrans, CblasNonUnit, &L.matrix, &v.vector);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < m; j++)
            upper[i * m + j] = j >= i ? factor[j * m + i] : 0.0;
    if (crease_nnls(upper, m, m, b, NULL, a, NULL, NULL) != CREASE_OK)
        return INFINITY;
    double loss = fit->flow_square;
    for (size_t i = 0; i < m; i++) {
        loss -= 2.0 * a[i] * right[i];
        for (size_t j = 0; j < m; j++)
            loss += a[i] * gram[i * m + j] * a[j];
    }
    return loss;
}

/* Kink j to its best place of the grid; true when it moved. */
static bool move_kink(const tent_fit *fit, size_t m, double *kink, size_t j, double *loss) {
    double best[MOST], a[MOST];
    bool moved = false;
    memcpy(best, kink, m * sizeof *kink);
    for (size_t g = 1; g < GRID; g++) {
        double trial[MOST];
        memcpy(trial, kink, m * sizeof *kink);
        trial[j] = fit->jam * (double)g / GRID;
        gsl_sort(trial, 1, m);
        const double value = tent_loss(fit, m, trial, a);
        if (value < *loss * (1.0 - 1e-10)) {
            *loss = value;
            memcpy(best, trial, m * sizeof *kink);
            moved = true;
        }
    }
    memcpy(kink, best, m * sizeof *kink);
    return moved;
}

typedef struct tent_simplex {
    const tent_fit *fit;
    size_t m;
} tent_simplex;

static double simplex_value(const gsl_vector *v, void *context) {
    const tent_simplex *s = context;
    double kink[MOST], a[MOST];
    for (size_t j = 0; j < s->m; j++)
        kink[j] = gsl_vector_get(v, j);
    gsl_sort(kink, 1, s->m);
    const double loss = tent_loss(s->fit, s->m, kink, a);
    return isfinite(loss) ? loss : 1e300;
}

static crease_status polish(const tent_fit *fit, size_t m, double *kink, double *loss, crease_error *error) {
    gsl_multimin_fminimizer *s = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, m);
    if (!s)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a simplex");
    tent_simplex context = {fit, m};
    gsl_multimin_function function = {.f = simplex_value, .n = m, .params = &context};
    for (int round = 0; round < 3; round++) {
        double step[MOST], a[MOST], trial[MOST];
        for (size_t j = 0; j < m; j++)
            step[j] = fit->jam * (round == 0 ? 0.02 : 0.002);
        gsl_vector_view start = gsl_vector_view_array(kink, m), steps = gsl_vector_view_array(step, m);
        gsl_multimin_fminimizer_set(s, &function, &start.vector, &steps.vector);
        for (size_t i = 0; i < 200 * m && gsl_multimin_fminimizer_iterate(s) == 0; i++)
            if (gsl_multimin_fminimizer_size(s) < 1e-9)
                break;
        for (size_t j = 0; j < m; j++)
            trial[j] = gsl_vector_get(s->x, j);
        gsl_sort(trial, 1, m);
        const double value = tent_loss(fit, m, trial, a);
        if (!(value < *loss))
            break;
        *loss = value;
        memcpy(kink, trial, m * sizeof *kink);
    }
    gsl_multimin_fminimizer_free(s);
    return CREASE_OK;
}

/* Two kinks: of every other place of the grid the best partner, polished where it promises something. */
static crease_status try_pairs(const tent_fit *fit, double *kink, double *loss, crease_error *error) {
    crease_status status = CREASE_OK;
    for (size_t i = 1; i < GRID && status == CREASE_OK; i += 2) {
        double best[2] = {0}, a[MOST], best_loss = INFINITY;
        for (size_t j = 1; j < GRID; j += 2) {
            const double pair[2] = {fit->jam * (double)(i < j ? i : j) / GRID,
                                    fit->jam * (double)(i < j ? j : i) / GRID};
            const double value = tent_loss(fit, 2, pair, a);
            if (value < best_loss) {
                best_loss = value;
                memcpy(best, pair, sizeof pair);
            }
        }
        if (best_loss < 1.02 * *loss)
            status = polish(fit, 2, best, &best_loss, error);
        if (best_loss < *loss) {
            *loss = best_loss;
            memcpy(kink, best, sizeof best);
        }
    }
    return status;
}

/* Kinks in small steps about their places, past the minima between two data, and the simplex again. */
static crease_status refine(const tent_fit *fit, size_t m, double *kink, double *loss, crease_error *error) {
    enum { REACH = 25 };
    crease_status status = polish(fit, m, kink, loss, error);
    bool moved = true;
    for (int round = 0; round < 6 && moved && status == CREASE_OK; round++) {
        moved = false;
        for (size_t j = 0; j < m; j++) {
            const double centre = kink[j];
            for (int step = -REACH; step <= REACH; step++) {
                double trial[MOST], a[MOST];
                memcpy(trial, kink, m * sizeof *kink);
                trial[j] = centre + 0.003 * fit->jam * step;
                const double value = tent_loss(fit, m, trial, a);
                if (value < *loss * (1.0 - 1e-10)) {
                    *loss = value;
                    memcpy(kink, trial, m * sizeof *kink);
                    moved = true;
                }
            }
        }
        if (moved)
            status = polish(fit, m, kink, loss, error);
    }
    return status;
}

/* The best kinks: grown one by one, each exchanged; or those of `start` and their polish. */
static crease_status search(const tent_fit *fit, size_t kinks, const traffic_diagram *start, double scale,
                            size_t *count, double *kink, crease_error *error) {
    double loss = INFINITY, a[MOST];
    *count = 0;
    if (start && start->kinks > 0) {
        for (size_t j = 0; j < start->kinks; j++)
            kink[(*count)++] = start->kink[j] / scale;
        loss = tent_loss(fit, *count, kink, a);
        if (isfinite(loss))
            return polish(fit, *count, kink, &loss, error);
    }
    for (*count = 0; *count < kinks;) {
        double grown[MOST], grown_loss = isfinite(loss) ? loss : fit->flow_square * (1.0 + 1e-9);
        memcpy(grown, kink, *count * sizeof *kink);
        grown[*count] = 2.0 * fit->jam;
        if (!move_kink(fit, *count + 1, grown, *count, &grown_loss))
            break;
        loss = grown_loss;
        memcpy(kink, grown, ++*count * sizeof *kink);
        if (*count == 2 && try_pairs(fit, kink, &loss, error) != CREASE_OK)
            return CREASE_NO_MEMORY;
        bool moved = true;
        for (int sweep = 0; sweep < 20 && moved; sweep++) {
            moved = false;
            for (size_t j = 0; j < *count; j++)
                moved = move_kink(fit, *count, kink, j, &loss) || moved;
        }
    }
    return *count > 0 ? refine(fit, *count, kink, &loss, error) : CREASE_OK;
}

static void to_diagram(const tent_fit *fit, size_t m, const double *kink, double scale, double slope_scale,
                       traffic_diagram *d) {
    double a[MOST] = {0}, largest = 0.0;
    *d = (traffic_diagram){.family = TRAFFIC_PHYSICAL, .jam_density = INFINITY};
    if (m == 0 || !isfinite(tent_loss(fit, m, kink, a)))
        return;
    for (size_t i = 0; i < m; i++)
        largest = fmax(largest, a[i]);
    for (size_t i = 0; i < m; i++)
        if (a[i] > 1e-12 * largest) {
            d->free_speed += a[i] / kink[i] * slope_scale;
            d->kink[d->kinks] = kink[i] * scale;
            d->slope_drop[d->kinks++] = a[i] * (1.0 / kink[i] + 1.0 / (fit->jam - kink[i])) * slope_scale;
        }
}

crease_status traffic_fit_imposed(const traffic_data *data, size_t kinks, double jam_density,
                                  const traffic_diagram *start, traffic_diagram *diagram,
                                  crease_error *error) {
    traffic_places places = {0};
    kink_rows rows = {0};
    double kink[MOST] = {0}, flow_scale = 0.0;
    size_t count = 0;
    crease_status status = traffic_places_new(data, &places, error);
    if (status != CREASE_OK)
        return status;
    const double scale = places.density[places.n - 1];
    for (size_t i = 0; i < places.n; i++)
        flow_scale = fmax(flow_scale, fabs(places.flow[i]));
    flow_scale = flow_scale > 0.0 ? flow_scale : 1.0;
    const traffic_data pooled = {places.n, places.density, places.flow, places.weight};
    status = kink_rows_new(&pooled, scale, flow_scale, &rows, error);
    if (status == CREASE_OK) {
        double sum[KINK_SUMS];
        tent_fit fit = {.rows = &rows, .jam = jam_density / scale};
        fit.cut = kink_rows_up_to(&rows, fit.jam);
        kink_sums_between(&rows, 0, fit.cut, sum);
        fit.flow_square = sum[5];
        status = search(&fit, kinks, start, scale, &count, kink, error);
        if (status == CREASE_OK)
            to_diagram(&fit, count, kink, scale, flow_scale / scale, diagram);
    }
    kink_rows_clear(&rows);
    traffic_places_clear(&places);
    return status;
}
