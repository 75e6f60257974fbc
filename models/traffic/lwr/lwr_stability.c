/* How far apart the solutions of two fluxes can be. With v as an approximate solution of f, the error grows at most by
 * the integral of |(f(v) - g(v))_x| <= TV(v) Lip(f - g) over the densities of v, and neither TV(v) nor the range of v
 * grows. So only one of the two need be known where both fluxes are meant: the one whose densities go less high. */
#include "traffic/lwr/lwr.h"
#include <math.h>

static double highest(const lwr_problem *p) {
    double high = p->density[0];
    for (size_t i = 1; i < p->count; i++)
        high = fmax(high, p->density[i]);
    return high;
}

/* Integral of the difference of the initial densities, of a line over [low, high]. */
static double initial_distance(const lwr_problem *a, const lwr_problem *b, double low, double high) {
    const size_t last = a->count - 1;
    const bool ring = a->domain == LWR_RING;
    double sum = 0;
    for (size_t i = 0; i < a->count; i++) {
        const double from = i == 0 && !ring ? -INFINITY : a->x[i], to = i < last ? a->x[i + 1]
                                                                        : ring   ? a->x[0] + a->high - a->low
                                                                                 : INFINITY;
        const double length = ring ? to - from : fmax(fmin(to, high) - fmax(from, low), 0);
        sum += fabs(a->density[i] - b->density[i]) * length;
    }
    return sum;
}

double lwr_stability_bound(const lwr_problem *a, const lwr_problem *b, double t, double *slope) {
    const lwr_problem *v = highest(b) <= highest(a) ? b : a;
    double low = v->density[0], variation = 0;
    for (size_t i = 1; i < v->count; i++) {
        low = fmin(low, v->density[i]);
        variation += fabs(v->density[i] - v->density[i - 1]);
    }
    if (v->domain == LWR_RING)
        variation += fabs(v->density[v->count - 1] - v->density[0]);
    *slope = lwr_flux_distance(a->flux, b->flux, low, highest(v));
    bool limited = a->domain == LWR_ROAD;
    for (size_t i = 0; i < a->place_count; i++)
        limited = limited || a->place[i].speed > 0 || a->place[i].limit.count > 0;
    const double reach = t * fmax(a->flux->largest_slope, b->flux->largest_slope);
    return limited ? NAN : initial_distance(a, b, a->low - reach, a->high + reach) + t * variation * *slope;
}
