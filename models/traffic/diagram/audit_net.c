/* What the flow curve of a network says: capacity, jam density, lowest flow beyond the jam.
 *
 * The curve is looked at on a list of nodes: for a piecewise-linear network its kinks and the ends of the
 * ranges, so that it is straight between nodes and everything is exact; otherwise a fine even scan and the
 * kinks. On smooth pieces the best node is refined by Brent's method of minimisation, a change of sign by
 * Brent's root finder. */
#include "crease/pwl.h"
#include "traffic/traffic.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_min.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

enum { SCAN = 6000 };

static const double jam_range = 3.0;   /* times the largest density */
static const double below_range = 1.5; /* times the largest density */

typedef struct curve {
    const crease_net *net;
    crease_work *work;
    double sign;   /* of the flow, for minimisation */
    bool straight; /* between nodes */
    size_t nodes;
    double *x, *y;
} curve;

static double flow_at(const curve *c, double density) {
    double flow;
    crease_net_evaluate(c->net, NULL, c->work, 1, &density, &flow);
    return flow;
}

static double signed_flow(double density, void *context) {
    const curve *c = context;
    return c->sign * flow_at(c, density);
}

/* Kinks, special densities and, on curved networks, the scan; sorted, from 0 to jam_range times the largest
 * density. */
static crease_status fill_nodes(curve *c, double least, double largest, crease_error *error) {
    crease_kink *kinks = NULL;
    size_t kink_count = 0;
    crease_status status = crease_net_kinks(c->net, &kinks, &kink_count, error);
    if (status == CREASE_BAD_ARGUMENT && !c->straight)
        status = CREASE_OK; /* deeper curved networks: the scan alone */
    if (status != CREASE_OK)
        return status;
    const double end = jam_range * largest, special[] = {0.0, least, largest, below_range * largest, end};
    const size_t specials = sizeof special / sizeof *special, scan = c->straight ? 0 : SCAN;
    c->x = malloc((kink_count + specials + scan) * sizeof *c->x);
    c->y = malloc((kink_count + specials + scan) * sizeof *c->y);
    if (!c->x || !c->y) {
        free(kinks);
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu nodes", kink_count + specials + scan);
    }
    for (size_t i = 0; i < specials; i++)
        c->x[c->nodes++] = special[i];
    for (size_t i = 0; i < scan; i++)
        c->x[c->nodes++] = end * ((double)i + 0.5) / SCAN;
    for (size_t i = 0; i < kink_count; i++)
        if (kinks[i].x > 0.0 && kinks[i].x < end)
            c->x[c->nodes++] = kinks[i].x;
    free(kinks);
    gsl_sort(c->x, 1, c->nodes);
    crease_net_evaluate(c->net, NULL, c->work, c->nodes, c->x, c->y);
    return CREASE_OK;
}

/* Position of the least sign * flow near node i, within the node's neighbours and [low, high]. */
static double refine_extreme(curve *c, size_t i, double low, double high) {
    const double a = i > 0 ? fmax(c->x[i - 1], low) : low,
                 b = i + 1 < c->nodes ? fmin(c->x[i + 1], high) : high;
    const double at = c->x[i];
    gsl_min_fminimizer *minimizer = NULL;
    double best = at;
    if (c->straight || !(a < at) || !(at < b))
        return at;
    minimizer = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent);
    if (!minimizer)
        return at;
    gsl_function f = {signed_flow, c};
    if (gsl_min_fminimizer_set(minimizer, &f, at, a, b) == GSL_SUCCESS) {
        for (int step = 0; step < 100; step++) {
            if (gsl_min_fminimizer_iterate(minimizer) != GSL_SUCCESS ||
                gsl_min_test_interval(gsl_min_fminimizer_x_lower(minimizer),
                                      gsl_min_fminimizer_x_upper(minimizer), 0.0, 1e-10) == GSL_SUCCESS)
                break;
        }
        best = gsl_min_fminimizer_x_minimum(minimizer);
    }
    gsl_min_fminimizer_free(minimizer);
    return signed_flow(best, c) <= signed_flow(at, c) ? best : at;
}

/* The extreme of sign * flow over the nodes in [low, high]; the first of equal ones. */
static double find_extreme(curve *c, double sign, double low, double high) {
    size_t best = c->nodes;
    c->sign = sign;
    for (size_t i = 0; i < c->nodes; i++)
        if (c->x[i] >= low && c->x[i] <= high && (best == c->nodes || sign * c->y[i] < sign * c->y[best]))
            best = i;
    return best == c->nodes ? low : refine_extreme(c, best, low, high);
}

/* The root of the flow in [a, b], flow_at(a) > 0 >= flow_at(b). */
static double find_root(curve *c, double a, double b) {
    const double fa = flow_at(c, a), fb = flow_at(c, b);
    if (c->straight || fb >= 0.0 || fa <= 0.0)
        return fb >= 0.0 || fa <= fb ? b : a + (b - a) * fa / (fa - fb);
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    double root = a + (b - a) * fa / (fa - fb);
    if (!solver)
        return root;
    c->sign = 1.0;
    gsl_function f = {signed_flow, c};
    if (gsl_root_fsolver_set(solver, &f, a, b) == GSL_SUCCESS)
        for (int step = 0; step < 100; step++) {
            if (gsl_root_fsolver_iterate(solver) != GSL_SUCCESS)
                break;
            root = gsl_root_fsolver_root(solver);
            if (gsl_root_test_interval(gsl_root_fsolver_x_lower(solver), gsl_root_fsolver_x_upper(solver),
                                       0.0, 1e-13) == GSL_SUCCESS)
                break;
        }
    gsl_root_fsolver_free(solver);
    return root;
}

/* First density beyond `from` where the flow reaches 0, up to rounding of flows of this size; NaN without one. */
static double find_jam(curve *c, double from, double size) {
    double before = from;
    for (size_t i = 0; i < c->nodes; i++) {
        if (c->x[i] <= from)
            continue;
        if (c->y[i] <= 1e-12 * size)
            return find_root(c, before, c->x[i]);
        before = c->x[i];
    }
    return NAN;
}

crease_status traffic_audit_net(const crease_net *net, double least_density, double largest_density,
                                traffic_audit *audit, crease_error *error) {
    curve c = {.net = net, .straight = crease_net_is_piecewise_linear(net), .sign = 1.0};
    *audit = (traffic_audit){.capacity = NAN,
                             .critical_density = NAN,
                             .wave_speed = NAN,
                             .jam_density = NAN,
                             .min_flow_beyond_jam = NAN};
    crease_status status = crease_work_new(net, &c.work, error);
    if (status != CREASE_OK)
        return status;
    status = fill_nodes(&c, least_density, largest_density, error);
    if (status != CREASE_OK)
        goto end;
    /* just inside the data, so that a kink at the least density does not hide the slope of the first piece */
    const double inside = least_density + 1e-9 * (largest_density - least_density);
    crease_net_input_gradient(net, NULL, c.work, 1, &inside, NULL, &audit->free_speed);
    audit->flow_at_zero = flow_at(&c, 0.0);

    const double top = find_extreme(&c, -1.0, least_density, largest_density), flow = flow_at(&c, top);
    if (top >= largest_density) {
        audit->why_capacity =
            "the fitted flow is largest at the largest density observed: the capacity lies beyond the data";
        audit->why_jam = "without a capacity within the data there is no congested branch to follow to a jam";
        goto end;
    }
    if (flow <= 0.0) {
        audit->why_capacity = audit->why_jam = "the fitted flow is nowhere positive over the data";
        goto end;
    }
    audit->capacity = flow;
    audit->critical_density = top;
    audit->jam_density = find_jam(&c, top, flow);
    if (isnan(audit->jam_density)) {
        audit->why_jam = "the fitted flow never reaches zero up to 3 times the largest density observed";
        audit->wave_speed = (flow - flow_at(&c, largest_density)) / (largest_density - top);
        goto end;
    }
    audit->extrapolated = audit->jam_density > largest_density;
    audit->wave_speed = flow / (audit->jam_density - top);
    const double end = fmax(below_range * largest_density, audit->jam_density);
    audit->min_flow_beyond_jam = fmin(0.0, flow_at(&c, find_extreme(&c, 1.0, audit->jam_density, end)));
end:
    free(c.x);
    free(c.y);
    crease_work_free(c.work);
    return status;
}
