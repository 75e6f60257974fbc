/* Least squares of the curves of diagram_curve.h.
 *
 * With R and the shapes fixed the best vf is a projection, so the search runs over them alone: a grid (log R,
 * log or logit of the shapes) on pooled rows, then Levenberg-Marquardt in all parameters from each of its
 * best local minima. Curves with kinks have a loss that is smooth only between the data; a simplex follows on
 * them. */
#include "traffic/diagram/diagram_curve.h"
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = CURVE_MOST_SHAPES + 2, GRID_R = 18, GRID_SHAPE = 9, GRID = GRID_R * GRID_SHAPE * GRID_SHAPE };
enum { KEPT = 6, COARSE = 300 };

/* A fit in progress, scaled: densities to at most 1, root: sqrt(weight), y = root * flow of norm 1. z: the
 * shapes (log or logit), log R unless imposed, then vf. */
typedef struct curve_fit {
    const traffic_curve *curve;
    size_t n, searched; /* rows; shapes and R that are not imposed */
    double *x, *y, *root;
    double density_scale, flow_scale, imposed; /* of R, scaled; NaN: free */
} curve_fit;

static crease_status fit_new(const traffic_curve *curve, const traffic_places *places, double jam_density,
                             curve_fit *fit, crease_error *error) {
    const size_t n = places->n;
    double largest = 0.0, norm = 0.0, total = 0.0;
    *fit = (curve_fit){.curve = curve, .n = n, .density_scale = places->density[n - 1]};
    fit->x = malloc(3 * n * sizeof *fit->x);
    if (!fit->x)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu rows", n);
    fit->y = fit->x + n;
    fit->root = fit->y + n;
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs(places->flow[i]));
        total = fmax(total, places->weight[i]);
    }
    fit->flow_scale = largest > 0.0 ? largest : 1.0;
    for (size_t i = 0; i < n; i++) {
        fit->x[i] = places->density[i] / fit->density_scale;
        fit->root[i] = sqrt(places->weight[i] / total);
        fit->y[i] = fit->root[i] * (places->flow[i] / fit->flow_scale);
        norm += fit->y[i] * fit->y[i];
    }
    norm = norm > 0.0 ? 1.0 / sqrt(norm) : 1.0;
    for (size_t i = 0; i < n; i++) {
        fit->y[i] *= norm;
        fit->root[i] *= norm;
    }
    fit->imposed = jam_density / fit->density_scale;
    fit->searched = curve->shapes + (isnan(fit->imposed) ? 1 : 0);
    return CREASE_OK;
}

/* Shapes and R of z, and d(shape)/dz, dR/dz; false out of range. */
static bool unpack(const curve_fit *fit, const double *z, double *p, double *slope) {
    const size_t shapes = fit->curve->shapes;
    for (size_t j = 0; j < shapes; j++) {
        if (!(fabs(z[j]) < 60.0))
            return false;
        p[j] = fit->curve->share[j] ? 1.0 / (1.0 + exp(-z[j])) : exp(z[j]);
        slope[j] = fit->curve->share[j] ? p[j] / (1.0 + exp(z[j])) : p[j];
        if (fit->curve->share[j] && !(p[j] < 1.0))
            return false;
    }
    p[shapes] = isnan(fit->imposed) ? exp(z[shapes]) : fit->imposed;
    slope[shapes] = p[shapes];
    return isfinite(p[shapes]) && p[shapes] > 0.0;
}

static bool residual(const void *context, void *work, const double *z, double *r) {
    const curve_fit *fit = context;
    double p[MOST], slope[MOST];
    (void)work;
    if (!unpack(fit, z, p, slope))
        return false;
    const double scale = p[fit->curve->shapes], vf = z[fit->searched];
    for (size_t i = 0; i < fit->n; i++)
        r[i] =
            fit->root[i] * vf * fit->x[i] * traffic_curve_value(fit->curve->family, p, fit->x[i] / scale).u -
            fit->y[i];
    return true;
}

static bool jacobian(const void *context, void *work, const double *z, double *r, double *J) {
    const curve_fit *fit = context;
    const size_t shapes = fit->curve->shapes, columns = fit->searched + 1;
    double p[MOST], slope[MOST];
    (void)work;
    if (!unpack(fit, z, p, slope))
        return false;
    const double scale = p[shapes], vf = z[fit->searched];
    for (size_t i = 0; i < fit->n; i++) {
        const double x = fit->x[i] / scale, flow = fit->root[i] * fit->x[i];
        const curve_value v = traffic_curve_value(fit->curve->family, p, x);
        double *row = J + i * columns;
        for (size_t j = 0; j < shapes; j++)
            row[j] = flow * vf * v.shape[j] * slope[j];
        if (fit->searched > shapes)
            row[shapes] = -flow * vf * v.x * x;
        row[fit->searched] = flow * v.u;
        if (r)
            r[i] = flow * vf * v.u - fit->y[i];
    }
    return true;
}

/* Loss with the best vf >= 0, which goes to z[searched]; infinite out of range. */
static double profiled(const curve_fit *fit, double *z) {
    double p[MOST], slope[MOST], uu = 0.0, uy = 0.0, loss = 0.0;
    if (!unpack(fit, z, p, slope))
        return INFINITY;
    const double scale = p[fit->curve->shapes];
    for (size_t i = 0; i < fit->n; i++) {
        const double f =
            fit->root[i] * fit->x[i] * traffic_curve_value(fit->curve->family, p, fit->x[i] / scale).u;
        uu += f * f;
        uy += f * fit->y[i];
        loss += fit->y[i] * fit->y[i];
    }
    const double vf = uu > 0.0 ? fmax(uy / uu, 0.0) : 0.0;
    z[fit->searched] = vf;
    loss += vf * (vf * uu - 2.0 * uy);
    return isfinite(loss) ? loss : INFINITY;
}

/* The loss from the residuals themselves: no cancellation near 0. */
static double exact_loss(const curve_fit *fit, const double *z, double *r) {
    double loss = 0.0;
    if (!residual(fit, NULL, z, r))
        return INFINITY;
    for (size_t i = 0; i < fit->n; i++)
        loss += r[i] * r[i];
    return loss;
}

static crease_status descend(const curve_fit *fit, double *z, double *loss, crease_error *error) {
    const crease_problem problem = {.residuals = fit->n,
                                    .parameters = fit->searched + 1,
                                    .context = fit,
                                    .residual = residual,
                                    .jacobian = jacobian,
                                    .linear_from = fit->searched + 1};
    const crease_fit_options options = {.method = CREASE_METHOD_LM, .threads = 1};
    crease_minimum minimum;
    const crease_status status = crease_minimise(&problem, &options, 0, z, &minimum, error);
    *loss = 2.0 * minimum.loss;
    return status;
}

static double simplex_value(const gsl_vector *v, void *context) {
    const curve_fit *fit = context;
    double z[MOST];
    for (size_t j = 0; j < fit->searched; j++)
        z[j] = gsl_vector_get(v, j);
    const double loss = profiled(fit, z);
    return isfinite(loss) ? loss : 1e300;
}

static crease_status simplex(const curve_fit *fit, double *z, double width, crease_error *error) {
    const size_t p = fit->searched;
    gsl_multimin_fminimizer *minimiser = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, p);
    if (!minimiser)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a simplex");
    double step[MOST];
    for (size_t j = 0; j < p; j++)
        step[j] = width;
    gsl_vector_view start = gsl_vector_view_array(z, p), steps = gsl_vector_view_array(step, p);
    gsl_multimin_function function = {.f = simplex_value, .n = p, .params = (void *)(size_t)fit};
    gsl_multimin_fminimizer_set(minimiser, &function, &start.vector, &steps.vector);
    for (int i = 0; i < 400 && gsl_multimin_fminimizer_iterate(minimiser) == 0; i++)
        if (gsl_multimin_fminimizer_size(minimiser) < 1e-9)
            break;
    for (size_t j = 0; j < p; j++)
        z[j] = gsl_vector_get(minimiser->x, j);
    profiled(fit, z);
    gsl_multimin_fminimizer_free(minimiser);
    return CREASE_OK;
}

static double grid_z(const curve_fit *fit, size_t j, size_t index) {
    const traffic_curve *c = fit->curve;
    const bool is_shape = j < c->shapes;
    const double part = (double)index / ((is_shape ? GRID_SHAPE : GRID_R) - 1);
    if (is_shape && c->share[j]) {
        const double low = log(c->low[j] / (1.0 - c->low[j])), high = log(c->high[j] / (1.0 - c->high[j]));
        return low + part * (high - low);
    }
    return log(c->low[j]) + part * log(c->high[j] / c->low[j]);
}

/* Rows pooled to COARSE places by rank, for the grid. `coarse` borrows nothing. */
static crease_status coarsen(const curve_fit *fit, curve_fit *coarse, crease_error *error) {
    *coarse = *fit;
    coarse->n = fit->n < COARSE ? fit->n : COARSE;
    coarse->x = malloc(3 * coarse->n * sizeof *coarse->x);
    if (!coarse->x)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a grid");
    coarse->y = coarse->x + coarse->n;
    coarse->root = coarse->y + coarse->n;
    for (size_t k = 0; k < coarse->n; k++) {
        double weight = 0.0, x = 0.0, y = 0.0;
        const size_t from = k * fit->n / coarse->n, end = (k + 1) * fit->n / coarse->n;
        for (size_t i = from; i < end; i++) {
            const double w = fit->root[i] * fit->root[i];
            weight += w;
            x += w * fit->x[i];
            y += fit->root[i] * fit->y[i];
        }
        coarse->x[k] = x / weight;
        coarse->root[k] = sqrt(weight);
        coarse->y[k] = y / coarse->root[k];
    }
    return CREASE_OK;
}

/* Losses over the grid; its best local minima (along the axes) go to start. Returns their number. */
static size_t search_grid(const curve_fit *fit, double *loss, double start[KEPT][MOST]) {
    size_t size[3] = {1, 1, 1}, stride[3] = {1, 1, 1}, total = 1, count = 0;
    double kept[KEPT];
    for (size_t j = 0; j < fit->searched; j++) {
        size[j] = j < fit->curve->shapes ? GRID_SHAPE : GRID_R;
        stride[j] = total;
        total *= size[j];
    }
    for (size_t g = 0; g < total; g++) {
        double z[MOST] = {0};
        for (size_t j = 0; j < fit->searched; j++)
            z[j] = grid_z(fit, j, g / stride[j] % size[j]);
        loss[g] = profiled(fit, z);
    }
    for (size_t g = 0; g < total; g++) {
        bool lowest = isfinite(loss[g]);
        for (size_t j = 0; j < fit->searched && lowest; j++) {
            const size_t index = g / stride[j] % size[j];
            lowest = (index == 0 || loss[g] <= loss[g - stride[j]]) &&
                     (index + 1 == size[j] || loss[g] <= loss[g + stride[j]]);
        }
        if (!lowest || (count == KEPT && !(loss[g] < kept[KEPT - 1])))
            continue;
        size_t at = count < KEPT ? count++ : KEPT - 1;
        for (; at > 0 && loss[g] < kept[at - 1]; at--) {
            kept[at] = kept[at - 1];
            memcpy(start[at], start[at - 1], sizeof start[at]);
        }
        kept[at] = loss[g];
        for (size_t j = 0; j < fit->searched; j++)
            start[at][j] = grid_z(fit, j, g / stride[j] % size[j]);
    }
    return count;
}

/* Whether the loss has kinks about z: those of the curve, or the jam among the data. */
static bool is_rough(const curve_fit *fit, const double *z) {
    double p[MOST], slope[MOST];
    if (fit->searched == 0 || !unpack(fit, z, p, slope))
        return false;
    return fit->curve->bends || (fit->curve->has_jam && p[fit->curve->shapes] < 1.05);
}

/* Descends from a start and keeps the better; kinks need the simplex as well. */
static crease_status improve(const curve_fit *fit, const double *start, bool thorough, double *best,
                             double *best_loss, double *r, crease_error *error) {
    double z[MOST], loss;
    memcpy(z, start, sizeof z);
    profiled(fit, z);
    crease_status status = descend(fit, z, &loss, error);
    if (is_rough(fit, z))
        for (int round = 0; round < (thorough ? 3 : 1) && status == CREASE_OK; round++) {
            double trial[MOST];
            memcpy(trial, z, sizeof z);
            status = simplex(fit, trial, round == 0 ? 0.1 : 0.01, error);
            if (status == CREASE_OK)
                status = descend(fit, trial, &loss, error);
            if (exact_loss(fit, trial, r) < exact_loss(fit, z, r))
                memcpy(z, trial, sizeof z);
        }
    loss = exact_loss(fit, z, r);
    if (status == CREASE_OK && loss < *best_loss) {
        *best_loss = loss;
        memcpy(best, z, sizeof z);
    }
    return status;
}

/* Between two data the loss can have a minimum in the jam density of its own: R is moved in steps about the
 * best, and each time the rest follows. */
static crease_status search_scale(const curve_fit *fit, double *best, double *best_loss, double *r,
                                  crease_error *error) {
    static const double step[] = {0.002, 0.005, 0.01, 0.02, 0.04, 0.07};
    enum { STEPS = sizeof step / sizeof *step };
    crease_status status = CREASE_OK;
    if (!is_rough(fit, best) || fit->searched == fit->curve->shapes)
        return CREASE_OK;
    for (int round = 0; round < 4 && status == CREASE_OK; round++) {
        const double before = *best_loss;
        double centre[MOST];
        memcpy(centre, best, sizeof centre);
        for (int k = 0; k < 2 * STEPS && status == CREASE_OK; k++) {
            double z[MOST];
            memcpy(z, centre, sizeof z);
            z[fit->curve->shapes] += k % 2 ? step[k / 2] : -step[k / 2];
            status = improve(fit, z, false, best, best_loss, r, error);
        }
        if (!(*best_loss < before * (1.0 - 1e-9)))
            break;
    }
    return status;
}

static void to_diagram(const curve_fit *fit, const double *z, traffic_diagram *d) {
    double p[MOST], slope[MOST];
    const traffic_curve *c = fit->curve;
    unpack(fit, z, p, slope);
    *d = (traffic_diagram){.family = c->family, .jam_density = INFINITY};
    d->free_speed = fmax(z[fit->searched], 0.0) * fit->flow_scale / fit->density_scale;
    for (size_t j = 0; j < c->shapes; j++)
        d->shape[j] = p[j];
    d->scale = p[c->shapes] * fit->density_scale;
    if (c->has_jam)
        d->jam_density = d->scale;
    if (c->family != TRAFFIC_TRIANGULAR && c->family != TRAFFIC_TRAPEZOIDAL)
        return;
    d->family = TRAFFIC_PHYSICAL; /* piecewise linear: in kinks */
    const double last = c->family == TRAFFIC_TRIANGULAR ? p[0] : p[1];
    const double first = c->family == TRAFFIC_TRIANGULAR ? p[0] : p[0] * p[1];
    const double wave = d->free_speed * first / (1.0 - last);
    d->kink[0] = first * d->scale;
    d->kink[1] = last * d->scale;
    d->slope_drop[0] = last > first ? d->free_speed : d->free_speed + wave;
    d->slope_drop[1] = wave;
    d->kinks = last > first ? 2 : 1;
    d->jam_density = INFINITY;
}

static void from_diagram(const curve_fit *fit, const traffic_diagram *d, double *z) {
    for (size_t j = 0; j < fit->curve->shapes; j++)
        z[j] = fit->curve->share[j] ? log(d->shape[j] / (1.0 - d->shape[j])) : log(d->shape[j]);
    if (fit->searched > fit->curve->shapes)
        z[fit->curve->shapes] = log(d->scale / fit->density_scale);
}

static crease_status search_all(const curve_fit *fit, double *best, double *best_loss, double *r,
                                crease_error *error) {
    double start[KEPT][MOST] = {{0}}, *loss = malloc(GRID * sizeof *loss);
    curve_fit coarse = {0};
    crease_status status = loss ? coarsen(fit, &coarse, error)
                                : crease_fail(error, CREASE_NO_MEMORY, "no memory for a grid of diagrams");
    if (status == CREASE_OK) {
        const size_t count = search_grid(&coarse, loss, start);
        for (size_t k = 0; k < count && status == CREASE_OK; k++)
            status = improve(fit, start[k], false, best, best_loss, r, error);
        if (count > 0 && status == CREASE_OK && isfinite(*best_loss)) {
            memcpy(start[0], best, sizeof start[0]);
            status = improve(fit, start[0], true, best, best_loss, r, error);
            if (status == CREASE_OK)
                status = search_scale(fit, best, best_loss, r, error);
        }
    }
    free(coarse.x);
    free(loss);
    return status;
}

crease_status traffic_fit_curve(const traffic_curve *curve, const traffic_data *data, double jam_density,
                                const traffic_diagram *start, traffic_diagram *diagram, crease_error *error) {
    traffic_places places = {0};
    curve_fit fit = {0};
    double *r = NULL, best[MOST] = {0}, best_loss = INFINITY;
    crease_status status = traffic_places_new(data, &places, error);
    if (status == CREASE_OK)
        status = fit_new(curve, &places, curve->has_jam ? jam_density : NAN, &fit, error);
    if (status != CREASE_OK)
        goto end;
    r = malloc(fit.n * sizeof *r);
    if (!r) {
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu rows", fit.n);
        goto end;
    }
    if (start && start->scale > 0.0) {
        double z[MOST] = {0};
        from_diagram(&fit, start, z);
        status = improve(&fit, z, false, best, &best_loss, r, error);
    } else {
        status = search_all(&fit, best, &best_loss, r, error);
    }
    if (status == CREASE_OK && !isfinite(best_loss))
        status = crease_fail(error, CREASE_INTERNAL, "%s: the search found no finite fit", curve->model);
    if (status == CREASE_OK)
        to_diagram(&fit, best, diagram);
end:
    free(r);
    free(fit.x);
    traffic_places_clear(&places);
    return status;
}
