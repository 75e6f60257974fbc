/* The physics audit of a flow curve.
 *
 * Concave on [0, J] means that q' never rises; the largest rise is the maximum over a < b of q'(b) - q'(a), found with a
 * running minimum: over the pieces of a polyline, else over a scan whose two places are refined by Brent's method. The
 * errors against a truth are integrals over [0, rho_j], cut at the kinks of both: three-point Gauss rules on each part are
 * exact for polylines (q - q_t is linear there), on curves the parts are divided. */
#include "traffic/net/net.h"
#include <gsl/gsl_integration.h>
#include <gsl/gsl_min.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

enum { SCAN = 4000, PARTS = 1500 };

const double traffic_net_negligible = 1e-4;

/* First density in (from, to] where the flow is at most `level`, NaN without one; it is above at `from`. */
static double first_below(const traffic_net_curve *curve, double from, double to, double level) {
    const crease_pwl *pwl = curve->pwl;
    double before = from;
    for (size_t i = 0; pwl && i <= pwl->knot_count; i++) {
        const double x = i < pwl->knot_count ? fmin(pwl->x[i], to) : to;
        const double above = traffic_net_flow(curve, before) - level,
                     under = level - traffic_net_flow(curve, x);
        if (x <= before)
            continue;
        if (under >= 0.0)
            return before + (x - before) * above / (above + under);
        before = x;
    }
    for (size_t i = 1; !pwl && i <= SCAN; i++) {
        double x = from + (to - from) * (double)i / SCAN;
        if (traffic_net_flow(curve, x) <= level) {
            for (int step = 0; step < 60; step++) {
                const double middle = 0.5 * (before + x);
                *(traffic_net_flow(curve, middle) <= level ? &x : &before) = middle;
            }
            return x;
        }
        before = x;
    }
    return NAN;
}

/* ---- concavity ---- */

static void rise_of_polyline(const crease_pwl *pwl, traffic_net_audit *a) {
    double least = NAN, ends = 0.0;
    for (size_t i = 0; i <= pwl->knot_count; i++) {
        const double from = i > 0 ? pwl->x[i - 1] : -INFINITY,
                     to = i < pwl->knot_count ? pwl->x[i] : INFINITY;
        const double slope = crease_pwl_slope(pwl, i);
        if (to <= 0.0)
            continue;
        if (from >= a->concave_to)
            break;
        if (slope - least > a->slope_rise) {
            a->slope_rise = slope - least;
            a->rise_from = ends;
            a->rise_to = fmax(from, 0.0);
        }
        if (isnan(least) || slope <= least) {
            least = slope;
            ends = to;
        }
    }
}

typedef struct signed_slope {
    const traffic_net_curve *curve;
    double sign;
} signed_slope;

static double slope_of(double density, void *context) {
    const signed_slope *s = context;
    return s->sign * traffic_net_slope(s->curve, density);
}

/* The place between x[i - 1] and x[i + 1] where sign * slope is least; x[i] at an end or beside a kink. */
static double refine_slope(const traffic_net_curve *curve, double sign, const double *x, size_t i, size_t n) {
    if (i == 0 || i + 1 == n)
        return x[i];
    for (size_t k = 0; k < curve->kink_count; k++)
        if (curve->kink[k] > x[i - 1] && curve->kink[k] < x[i + 1])
            return x[i];
    signed_slope context = {curve, sign};
    gsl_function function = {slope_of, &context};
    gsl_min_fminimizer *minimizer = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
    double best = x[i];
    if (minimizer && gsl_min_fminimizer_set(minimizer, &function, x[i], x[i - 1], x[i + 1]) == 0) {
        for (int step = 0; step < 60 && gsl_min_fminimizer_iterate(minimizer) == 0; step++)
            if (gsl_min_fminimizer_x_upper(minimizer) - gsl_min_fminimizer_x_lower(minimizer) <
                1e-10 * x[n - 1])
                break;
        best = gsl_min_fminimizer_x_minimum(minimizer);
    }
    gsl_min_fminimizer_free(minimizer);
    return slope_of(best, &context) < slope_of(x[i], &context) ? best : x[i];
}

static crease_status rise_of_curve(const traffic_net_curve *curve, traffic_net_audit *a,
                                   crease_error *error) {
    size_t n = 0, least = 0, from = 0, to = 0;
    double *x = malloc((SCAN + 1 + 2 * curve->kink_count) * sizeof *x), rise = 0.0, lowest = INFINITY;
    if (!x)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %d places", SCAN);
    const double inside = 1e-9 * a->concave_to;
    for (size_t i = 0; i <= SCAN; i++)
        x[n++] = fmin(fmax(a->concave_to * (double)i / SCAN, inside), a->concave_to - inside);
    for (size_t k = 0; k < curve->kink_count; k++)
        if (curve->kink[k] > 2.0 * inside && curve->kink[k] < a->concave_to - 2.0 * inside) {
            x[n++] = curve->kink[k] - inside;
            x[n++] = curve->kink[k] + inside;
        }
    gsl_sort(x, 1, n);
    for (size_t i = 0; i < n; i++) {
        const double slope = traffic_net_slope(curve, x[i]);
        if (slope - lowest > rise) {
            rise = slope - lowest;
            from = least;
            to = i;
        }
        if (slope < lowest) {
            lowest = slope;
            least = i;
        }
    }
    if (rise > 0.0) {
        a->rise_from = refine_slope(curve, 1.0, x, from, n);
        a->rise_to = refine_slope(curve, -1.0, x, to, n);
        a->slope_rise = traffic_net_slope(curve, a->rise_to) - traffic_net_slope(curve, a->rise_from);
    }
    free(x);
    return CREASE_OK;
}

/* ---- against a truth ---- */

typedef struct sums {
    double flow, wave, wave_square;
} sums;

static void take_largest(traffic_net_audit *a, double wave, double x) {
    if (!(fabs(wave) <= a->wave_largest)) {
        a->wave_largest = fabs(wave);
        a->wave_at = x;
    }
}

/* The part [low, high], free of kinks, in `count` pieces. */
static void add_part(const traffic_net_curve *curve, const traffic_net_curve *truth, double low, double high,
                     size_t count, const gsl_integration_glfixed_table *rule, traffic_net_audit *a,
                     sums *sum) {
    const double step = (high - low) / (double)count, inside = 1e-9 * step;
    for (size_t c = 0; c < count; c++) {
        const double from = low + step * (double)c, to = c + 1 < count ? from + step : high;
        for (size_t i = 0; i < 3; i++) {
            double x, weight;
            gsl_integration_glfixed_point(from, to, i, &x, &weight, rule);
            const double flow = traffic_net_flow(curve, x) - traffic_net_flow(truth, x);
            const double wave = traffic_net_slope(truth, x) - traffic_net_slope(curve, x);
            sum->flow += weight * flow * flow;
            sum->wave += weight * fabs(wave);
            sum->wave_square += weight * wave * wave;
            take_largest(a, wave, x);
        }
        for (int end = 0; end < 2; end++) { /* a curved error is largest at the end of a part */
            const double x = end ? to - inside : from + inside;
            take_largest(a, traffic_net_slope(truth, x) - traffic_net_slope(curve, x), x);
        }
    }
}

static crease_status compare(const traffic_net_curve *curve, const traffic_net_curve *truth, double jam,
                             traffic_net_audit *a, crease_error *error) {
    const size_t most = curve->kink_count + truth->kink_count + 2;
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(3);
    double *cut = malloc(most * sizeof *cut);
    size_t n = 0;
    sums sum = {0};
    if (!rule || !cut) {
        if (rule)
            gsl_integration_glfixed_table_free(rule);
        free(cut);
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a comparison with the truth");
    }
    cut[n++] = 0.0;
    cut[n++] = jam;
    for (size_t i = 0; i < curve->kink_count; i++)
        if (curve->kink[i] > 0.0 && curve->kink[i] < jam)
            cut[n++] = curve->kink[i];
    for (size_t i = 0; i < truth->kink_count; i++)
        if (truth->kink[i] > 0.0 && truth->kink[i] < jam)
            cut[n++] = truth->kink[i];
    gsl_sort(cut, 1, n);
    a->wave_largest = a->wave_at = NAN;
    for (size_t i = 0; i + 1 < n; i++) {
        const double width = cut[i + 1] - cut[i];
        if (!(width > 0.0))
            continue;
        const size_t count = curve->pwl && truth->pwl ? 1 : 1 + (size_t)(PARTS * width / jam);
        add_part(curve, truth, cut[i], cut[i + 1], count, rule, a, &sum);
    }
    a->truth_rmse = sqrt(sum.flow / jam);
    a->wave_mean = sum.wave / jam;
    a->wave_rms = sqrt(sum.wave_square / jam);
    gsl_integration_glfixed_table_free(rule);
    free(cut);
    return CREASE_OK;
}

static crease_status against_truth(const traffic_net_curve *curve, const traffic_diagram *truth,
                                   double beyond, traffic_net_audit *a, crease_error *error) {
    traffic_audit known;
    traffic_net_curve true_curve = {0};
    traffic_audit_diagram(truth, 0.0, &known);
    if (isnan(known.jam_density))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a truth needs a finite jam density");
    crease_status status = traffic_net_curve_of_diagram(truth, &true_curve, error);
    if (status == CREASE_OK)
        status = compare(curve, &true_curve, known.jam_density, a, error);
    traffic_net_curve_clear(&true_curve);
    if (status != CREASE_OK)
        return status;
    a->capacity_error = a->curve.capacity - known.capacity;
    a->jam_error = a->zero_at - known.jam_density;
    a->beyond_to = fmax(isnan(beyond) ? a->end : beyond, known.jam_density);
    double at;
    a->lowest_beyond = traffic_net_lowest(curve, known.jam_density, a->beyond_to, &at);
    return CREASE_OK;
}

crease_status traffic_net_audit_curve(const traffic_net_curve *curve, double least_density,
                                      double largest_density, const traffic_diagram *truth, double beyond,
                                      traffic_net_audit *audit, crease_error *error) {
    traffic_net_audit a = {.end = 1.5 * largest_density,
                           .truth_rmse = NAN,
                           .wave_mean = NAN,
                           .wave_rms = NAN,
                           .wave_largest = NAN,
                           .wave_at = NAN,
                           .capacity_error = NAN,
                           .jam_error = NAN,
                           .lowest_beyond = NAN,
                           .beyond_to = NAN};
    crease_status status = CREASE_OK;
    if (curve->net)
        status = traffic_audit_net(curve->net, least_density, largest_density, &a.curve, error);
    else
        traffic_audit_diagram(&curve->diagram, largest_density, &a.curve);
    if (status != CREASE_OK)
        return status;
    a.lowest_flow = traffic_net_lowest(curve, 0.0, a.end, &a.lowest_at);
    a.zero_at = a.curve.jam_density;
    if (isnan(a.zero_at) && a.curve.capacity > 0.0)
        a.zero_at = first_below(curve, a.curve.critical_density, 2.0 * a.end,
                                traffic_net_negligible * a.curve.capacity);
    a.concave_to = isnan(a.zero_at) ? a.end : a.zero_at;
    if (curve->pwl)
        rise_of_polyline(curve->pwl, &a);
    else
        status = rise_of_curve(curve, &a, error);
    if (status == CREASE_OK && truth)
        status = against_truth(curve, truth, beyond, &a, error);
    if (status == CREASE_OK)
        *audit = a;
    return status;
}

unsigned traffic_net_faults(const traffic_net_audit *a) {
    double scale = fabs(a->curve.capacity);
    if (isnan(scale)) /* without a capacity: the flow that the free speed would make */
        scale = fabs(a->curve.free_speed) * a->end / 6.0;
    const double flow = traffic_net_negligible * scale;
    unsigned faults = 0;
    if (!(fabs(a->curve.flow_at_zero) <= flow))
        faults |= TRAFFIC_NET_EMPTY_ROAD;
    if (!(a->lowest_flow >= -flow) || a->lowest_beyond < -flow)
        faults |= TRAFFIC_NET_NEGATIVE;
    if (!(a->slope_rise <= traffic_net_negligible * fabs(a->curve.free_speed)))
        faults |= TRAFFIC_NET_CONVEX;
    if (isnan(a->zero_at))
        faults |= TRAFFIC_NET_NO_JAM;
    return faults;
}
