/* A network or a diagram as one flow curve. Piecewise-linear ones become their polyline, on which everything is exact: a
 * physical diagram relu(vf rho - sum c_i relu(rho - k_i)) has knots at 0, its kinks below the jam, and the jam. A curved
 * diagram q = vf rho u(rho/R) has the slope vf (u + x u'(x)), x = rho/R (Greenshields: vf (1 - 2 rho/rho_j)). */
#include "traffic/diagram/diagram_curve.h"
#include "traffic/net/net.h"
#include <gsl/gsl_min.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SCAN = 4000 };

static crease_status copy_kinks(traffic_net_curve *curve, size_t count, const double *kink,
                                crease_error *error) {
    curve->kink = malloc((count + 1) * sizeof *curve->kink);
    if (!curve->kink)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu kinks", count);
    if (count > 0)
        memcpy(curve->kink, kink, count * sizeof *kink);
    curve->kink_count = count;
    gsl_sort(curve->kink, 1, count);
    return CREASE_OK;
}

crease_status traffic_net_curve_of_net(const crease_net *net, traffic_net_curve *curve, crease_error *error) {
    *curve = (traffic_net_curve){.net = net};
    if (net->inputs != 1 || net->outputs != 1)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "a flow diagram has one input (density) and one output (flow), this network has %zu "
            "and %zu",
            net->inputs, net->outputs);
    crease_status status = crease_work_new(net, &curve->work, error);
    if (status != CREASE_OK)
        return status;
    if (crease_net_is_piecewise_linear(net)) {
        status = crease_pwl_from_net(net, &curve->pwl, error);
        return status == CREASE_OK ? copy_kinks(curve, curve->pwl->knot_count, curve->pwl->x, error) : status;
    }
    crease_kink *kinks = NULL;
    size_t count = 0;
    crease_error ignored; /* of deeper curved networks the kinks are not known: the scan alone */
    status = crease_net_kinks(net, &kinks, &count, &ignored);
    if (status != CREASE_OK && status != CREASE_BAD_ARGUMENT)
        return crease_fail(error, status, "%s", ignored.message);
    curve->kink = malloc((count + 1) * sizeof *curve->kink);
    if (!curve->kink) {
        free(kinks);
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu kinks", count);
    }
    for (size_t i = 0; status == CREASE_OK && i < count; i++)
        curve->kink[curve->kink_count++] = kinks[i].x;
    free(kinks);
    gsl_sort(curve->kink, 1, curve->kink_count);
    return CREASE_OK;
}

static crease_status physical_polyline(const traffic_diagram *d, traffic_net_curve *curve,
                                       crease_error *error) {
    double x[TRAFFIC_MAX_KINKS + 2] = {0.0}, y[TRAFFIC_MAX_KINKS + 2] = {0.0},
                                 slope = fmax(d->free_speed, 0.0);
    size_t knots = 1;
    for (size_t i = 0; i <= d->kinks; i++) {
        const double at = x[knots - 1], zero = slope < 0.0 ? at - y[knots - 1] / slope : INFINITY;
        const double next = i < d->kinks ? d->kink[i] : INFINITY;
        if (slope < 0.0 && zero <= next) {
            x[knots] = zero;
            y[knots++] = 0.0;
            slope = 0.0;
            break;
        }
        if (i == d->kinks)
            break;
        if (next > at) { /* a kink at 0 only lowers the free speed */
            x[knots] = next;
            y[knots] = y[knots - 1] + slope * (next - at);
            knots++;
        }
        slope -= d->slope_drop[i];
        if (knots == 1)
            slope = fmax(slope, 0.0);
    }
    const crease_status status = crease_pwl_new(&curve->pwl, knots, error);
    if (status != CREASE_OK)
        return status;
    memcpy(curve->pwl->x, x, knots * sizeof *x);
    memcpy(curve->pwl->y, y, knots * sizeof *y);
    curve->pwl->slope_right = slope;
    return copy_kinks(curve, knots, x, error);
}

crease_status traffic_net_curve_of_diagram(const traffic_diagram *diagram, traffic_net_curve *curve,
                                           crease_error *error) {
    double kink[3] = {0.0};
    size_t count = 1;
    *curve = (traffic_net_curve){.diagram = *diagram};
    if (diagram->family == TRAFFIC_PHYSICAL)
        return physical_polyline(diagram, curve, error);
    if (diagram->family == TRAFFIC_SMULDERS)
        kink[count++] = diagram->shape[1] * diagram->scale;
    if (isfinite(diagram->jam_density))
        kink[count++] = diagram->jam_density;
    return copy_kinks(curve, count, kink, error);
}

crease_status traffic_net_curve_of_row(const traffic_row *row, traffic_net_curve *curve,
                                       crease_error *error) {
    return row->net ? traffic_net_curve_of_net(row->net, curve, error)
                    : traffic_net_curve_of_diagram(&row->diagram, curve, error);
}

void traffic_net_curve_clear(traffic_net_curve *curve) {
    crease_pwl_free(curve->pwl);
    crease_work_free(curve->work);
    free(curve->kink);
    *curve = (traffic_net_curve){0};
}

double traffic_net_flow(const traffic_net_curve *curve, double density) {
    double flow;
    if (curve->pwl)
        return crease_pwl_evaluate(curve->pwl, density);
    if (!curve->net)
        return traffic_diagram_flow(&curve->diagram, density);
    crease_net_evaluate(curve->net, NULL, curve->work, 1, &density, &flow);
    return flow;
}

static double diagram_slope(const traffic_diagram *d, double density) {
    if (density < 0.0 || density >= d->jam_density)
        return 0.0;
    if (d->family == TRAFFIC_GREENSHIELDS)
        return d->free_speed * (1.0 - (isinf(d->jam_density) ? 0.0 : 2.0 * density / d->jam_density));
    if (!(d->scale > 0.0))
        return 0.0;
    if (density == 0.0)
        return d->free_speed;
    const double x = density / d->scale;
    const curve_value value = traffic_curve_value(d->family, d->shape, x);
    return d->free_speed * (value.u + x * value.x);
}

double traffic_net_slope(const traffic_net_curve *curve, double density) {
    if (curve->pwl) {
        size_t piece = 0;
        while (piece < curve->pwl->knot_count && curve->pwl->x[piece] <= density)
            piece++;
        return crease_pwl_slope(curve->pwl, piece);
    }
    if (!curve->net)
        return diagram_slope(&curve->diagram, density);
    double slope;
    crease_net_input_gradient(curve->net, NULL, curve->work, 1, &density, NULL, &slope);
    return slope;
}

static double flow_of(double density, void *context) {
    return traffic_net_flow(context, density);
}

/* A lower flow between a < at < b, by Brent's minimisation; at where there is none. */
static double refine(const traffic_net_curve *curve, double a, double at, double b) {
    gsl_min_fminimizer *minimizer = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
    traffic_net_curve copy = *curve; /* a context is not const */
    gsl_function function = {flow_of, &copy};
    double best = at;
    if (minimizer && gsl_min_fminimizer_set(minimizer, &function, at, a, b) == 0) {
        for (int step = 0; step < 80 && gsl_min_fminimizer_iterate(minimizer) == 0; step++)
            if (gsl_min_fminimizer_x_upper(minimizer) - gsl_min_fminimizer_x_lower(minimizer) < 1e-12 * b)
                break;
        best = gsl_min_fminimizer_x_minimum(minimizer);
    }
    gsl_min_fminimizer_free(minimizer);
    return flow_of(best, &copy) < flow_of(at, &copy) ? best : at;
}

double traffic_net_lowest(const traffic_net_curve *curve, double low, double high, double *at) {
    double lowest = traffic_net_flow(curve, low);
    *at = low;
    for (size_t i = 0; i <= curve->kink_count; i++) { /* the kinks and the end */
        const double x = i < curve->kink_count ? curve->kink[i] : high;
        if (x > low && x <= high && traffic_net_flow(curve, x) < lowest) {
            lowest = traffic_net_flow(curve, x);
            *at = x;
        }
    }
    if (curve->pwl)
        return lowest;
    const double step = (high - low) / SCAN;
    bool scanned = false;
    for (size_t i = 1; i < SCAN; i++) {
        const double x = low + step * (double)i, flow = traffic_net_flow(curve, x);
        if (flow < lowest) {
            lowest = flow;
            *at = x;
            scanned = true;
        }
    }
    if (scanned) {
        *at = refine(curve, *at - step, *at, *at + step);
        lowest = traffic_net_flow(curve, *at);
    }
    return lowest;
}
