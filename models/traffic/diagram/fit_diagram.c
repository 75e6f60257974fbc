/* Fits of diagrams to observations.
 *
 * Greenshields by flow: q = vf rho - a rho^2 below rho_j = vf/a and 0 beyond, a >= 0. The rows below the jam
 * are a prefix of the rows sorted by density; at flows >= 0 each local minimum of the clamped loss is the
 * least-squares parabola of such a prefix (see kink_set.c), so trying all n prefixes by their moments is
 * exact. By speed: the regression line of v on rho. */
#include "traffic/diagram/diagram_curve.h"
#include "traffic/diagram/kink_search.h"
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

/* Largest density and largest |flow|, both of which must be positive for a scale. */
static crease_status find_scales(const traffic_data *data, double *density_scale, double *flow_scale,
                                 crease_error *error) {
    *density_scale = *flow_scale = 0.0;
    for (size_t i = 0; i < data->n; i++) {
        *density_scale = fmax(*density_scale, data->density[i]);
        *flow_scale = fmax(*flow_scale, fabs(data->flow[i]));
    }
    if (!(*density_scale > 0.0))
        return crease_fail(error, CREASE_BAD_DATA, "no row has a density above 0: there is nothing to fit");
    if (!(*flow_scale > 0.0))
        *flow_scale = 1.0;
    return CREASE_OK;
}

static void from_set(const kink_set *set, double density_scale, double flow_scale, traffic_diagram *d) {
    const double slope_scale = flow_scale / density_scale;
    *d = (traffic_diagram){
        .family = TRAFFIC_PHYSICAL, .free_speed = set->slope[0] * slope_scale, .jam_density = INFINITY};
    for (size_t j = 0; j < set->count; j++)
        if (set->slope[j + 1] > 1e-12 * set->slope[0]) {
            d->kink[d->kinks] = set->kink[j] * density_scale;
            d->slope_drop[d->kinks++] = set->slope[j + 1] * slope_scale;
        }
}

crease_status traffic_fit_physical(const traffic_data *data, size_t kinks, uint64_t seed,
                                   traffic_diagram *diagram, crease_error *error) {
    double density_scale, flow_scale;
    kink_rows rows;
    kink_set set;
    if (kinks < 1 || kinks > TRAFFIC_MAX_KINKS)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a physical diagram has 1 to %d kinks, not %zu",
                           TRAFFIC_MAX_KINKS, kinks);
    crease_status status = find_scales(data, &density_scale, &flow_scale, error);
    if (status != CREASE_OK)
        return status;
    status = kink_rows_new(data, density_scale, flow_scale, &rows, error);
    if (status != CREASE_OK)
        return status;
    status = kink_search(&rows, kinks, seed, &set, error);
    if (status == CREASE_OK)
        from_set(&set, density_scale, flow_scale, diagram);
    kink_rows_clear(&rows);
    return status;
}

crease_status traffic_refit_physical(const traffic_data *data, size_t kinks, const traffic_diagram *start,
                                     traffic_diagram *diagram, crease_error *error) {
    double density_scale, flow_scale;
    kink_rows rows;
    kink_set set, first = {.count = 0};
    crease_status status = find_scales(data, &density_scale, &flow_scale, error);
    if (status == CREASE_OK)
        status = kink_rows_new(data, density_scale, flow_scale, &rows, error);
    if (status != CREASE_OK)
        return status;
    for (size_t j = 0; j < start->kinks && start->kink[j] < density_scale; j++)
        first.kink[first.count++] = start->kink[j] / density_scale;
    status = kink_search_near(&rows, kinks, &first, &set, error);
    if (status == CREASE_OK)
        from_set(&set, density_scale, flow_scale, diagram);
    kink_rows_clear(&rows);
    return status;
}

/* Running sums for the parabola: w x^2, w x^3, w x^4, w x y, w x^2 y, w y^2 over a prefix. */
typedef struct parabola_sums {
    double xx, xxx, xxxx, xy, xxy, yy;
} parabola_sums;

static void add_row(parabola_sums *s, double w, double x, double y) {
    s->xx += w * x * x;
    s->xxx += w * x * x * x;
    s->xxxx += w * x * x * x * x;
    s->xy += w * x * y;
    s->xxy += w * x * x * y;
    s->yy += w * y * y;
}

/* Least squares of y = b x - a x^2 with b, a >= 0. */
static void solve_parabola(const parabola_sums *s, double *b, double *a) {
    const double determinant = s->xx * s->xxxx - s->xxx * s->xxx;
    *a = 0.0;
    *b = s->xx > 0.0 ? fmax(s->xy / s->xx, 0.0) : 0.0;
    if (determinant > 1e-14 * s->xx * s->xxxx) {
        const double slope = (s->xy * s->xxxx - s->xxx * s->xxy) / determinant;
        const double bend = (s->xxx * s->xy - s->xx * s->xxy) / determinant;
        if (bend > 0.0 && slope >= 0.0) {
            *a = bend;
            *b = slope;
        }
    }
}

static double parabola_loss(const parabola_sums *s, double b, double a) {
    return s->yy - 2.0 * b * s->xy + 2.0 * a * s->xxy + b * b * s->xx - 2.0 * a * b * s->xxx +
           a * a * s->xxxx;
}

crease_status traffic_fit_greenshields(const traffic_data *data, traffic_diagram *diagram,
                                       crease_error *error) {
    double density_scale, flow_scale, best_loss = INFINITY, best_b = 0.0, best_a = 0.0, total = 0.0;
    kink_rows rows;
    parabola_sums *prefix = NULL;
    crease_status status = find_scales(data, &density_scale, &flow_scale, error);
    if (status == CREASE_OK)
        status = kink_rows_new(data, density_scale, flow_scale, &rows, error);
    if (status != CREASE_OK)
        return status;
    prefix = calloc(rows.n + 1, sizeof *prefix);
    if (!prefix) {
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu rows", rows.n);
        goto end;
    }
    for (size_t i = 0; i < rows.n; i++) {
        prefix[i + 1] = prefix[i];
        add_row(&prefix[i + 1], rows.w[i], fmax(rows.x[i], 0.0), rows.y[i]);
    }
    total = prefix[rows.n].yy;
    for (size_t cut = rows.n; cut > 0; cut--) {
        double b, a;
        solve_parabola(&prefix[cut], &b, &a);
        const double jam = a > 0.0 ? b / a : INFINITY;
        size_t below = rows.n;
        if (jam < 1.0) { /* rows with x < jam */
            size_t low = 0;
            while (low < below) {
                const size_t middle = low + (below - low) / 2;
                if (rows.x[middle] < jam)
                    low = middle + 1;
                else
                    below = middle;
            }
        }
        const double loss = parabola_loss(&prefix[below], b, a) + total - prefix[below].yy;
        if (loss < best_loss) {
            best_loss = loss;
            best_b = b;
            best_a = a;
        }
    }
    *diagram = (traffic_diagram){.family = TRAFFIC_GREENSHIELDS,
                                 .free_speed = best_b * flow_scale / density_scale,
                                 .jam_density = best_a > 0.0 ? best_b / best_a * density_scale : INFINITY};
end:
    free(prefix);
    kink_rows_clear(&rows);
    return status;
}

crease_status traffic_fit_greenshields_by_speed(const traffic_data *data, traffic_diagram *diagram,
                                                crease_error *error) {
    double total = 0.0, density = 0.0, speed = 0.0, square = 0.0, cross = 0.0;
    for (size_t i = 0; i < data->n; i++)
        if (data->density[i] > 0.0) {
            const double w = data->weight ? data->weight[i] : 1.0;
            total += w;
            density += w * data->density[i];
            speed += w * data->flow[i] / data->density[i];
        }
    if (!(total > 0.0))
        return crease_fail(error, CREASE_BAD_DATA, "no row has a density above 0: there is nothing to fit");
    density /= total;
    speed /= total;
    for (size_t i = 0; i < data->n; i++)
        if (data->density[i] > 0.0) {
            const double w = data->weight ? data->weight[i] : 1.0, x = data->density[i] - density;
            square += w * x * x;
            cross += w * x * (data->flow[i] / data->density[i] - speed);
        }
    const double slope =
        square > 0.0 ? fmin(cross / square, 0.0) : 0.0; /* speeds that rise: a constant speed */
    const double free_speed = fmax(speed - slope * density, 0.0);
    *diagram = (traffic_diagram){.family = TRAFFIC_GREENSHIELDS,
                                 .free_speed = free_speed,
                                 .jam_density = slope < 0.0 ? -free_speed / slope : INFINITY};
    return CREASE_OK;
}
