/* What holds whatever the flux in the band.
 *
 * A vehicle: N_lo <= N <= N_hi from its place on, so the upper run passes it first and the lower one last.
 *
 * A queue: of one concave flux with capacity C, whose congested rows of M vehicles reach back L km from a place without
 * limits, with the free density u, flow F, before them and free rows ahead. Until the shock from the tail comes to the
 * place, C passes it (every wave in the congested rows goes back, every wave ahead of them goes on); then there is u on
 * the whole L. So C t = M + F t - u L,
 *
 *   t = (M - u L) / (C - F),
 *
 * which for a standing queue is L (rho_j - u) / (C - F). Every term has bounds in the band. A flux in it has its capacity
 * where the upper edge is not below the capacity of the lower one. */
#include "traffic/certify/certify.h"
#include <math.h>

static const char no_tail[] = "no queue with an end stands before the place at first";

/* Where piece i begins and ends; the outer pieces of a line have no end. */
static void piece(const lwr_problem *p, size_t i, double *from, double *to) {
    *from = i == 0 ? -INFINITY : p->x[i];
    *to = i + 1 < p->count ? p->x[i + 1] : INFINITY;
}

/* Only vehicles ahead matter, for with q(u)/u falling no wave is faster than traffic: so the initial counts must be in
 * order from the vehicle on, be equal at the place, and downstream of it the lower run must not begin with fewer
 * vehicles. On a ring the vehicles behind are ahead as well. */
static const char *order_of_beginnings(const certify_road *road, size_t place, const double *low,
                                       const double *high, double vehicle) {
    const lwr_problem *p = &road->problem;
    const double x = p->place[place].x;
    double count = 0; /* of the lower run between there and the place */
    for (size_t i = p->count; i-- > 0;) {
        double from, to;
        if (p->domain == LWR_RING && low[i] != high[i])
            return "on a ring, initial densities that follow the flux put other numbers of vehicles ahead "
                   "of the place as well";
        if (p->domain == LWR_RING)
            continue;
        piece(p, i, &from, &to);
        if (to > x && low[i] < high[i])
            return "downstream of the place there are initial densities that follow the flux";
        if (from >= x)
            continue;
        if (count >= vehicle * (1 - 1e-12))
            return NULL;
        if (low[i] > high[i])
            return "between the vehicle and the place the lower flux begins with more vehicles";
        count += low[i] * (fmin(to, x) - from);
    }
    return NULL;
}

certify_bounds certify_passage(const certify_road *road, size_t place, const double *low_density,
                               const double *high_density, const certify_curve *low,
                               const certify_curve *high) {
    const double first = certify_label(road, low_density, place),
                 last = certify_label(road, high_density, place);
    if (isnan(first) || isnan(last))
        return (certify_bounds){NAN, NAN, no_tail};
    const char *why = order_of_beginnings(road, place, low_density, high_density, first);
    if (why)
        return (certify_bounds){NAN, NAN, why};
    return (certify_bounds){certify_curve_when(high, fmin(first, last)),
                            certify_curve_when(low, fmax(first, last)), NULL};
}

/* Free before the tail, congested up to the place, free ahead, whichever of the densities in [first, last] is critical. */
static const char *shape_of_queue(const certify_road *road, size_t place, const double *low,
                                  const double *high, double first, double last) {
    const lwr_problem *p = &road->problem;
    const double x = p->place[place].x;
    if (p->domain != LWR_LINE)
        return "the bound is for a line";
    for (size_t i = 0; i < p->place_count; i++)
        if (p->place[i].limit.count > 0 || p->place[i].speed > 0)
            return "the bound is for a road without lights and bottlenecks";
    if (isnan(road->tail[place]))
        return no_tail;
    for (size_t i = 0; i < p->count; i++) {
        double from, to;
        piece(p, i, &from, &to);
        const bool before = to <= road->tail[place], ahead = from >= x;
        if (before && i > 0)
            return "the bound is for one density before the queue";
        if (!before && !ahead && (from < road->tail[place] || to > x))
            return "the place is not where the queue ends";
        if (before || ahead ? fmax(low[i], high[i]) > first : fmin(low[i], high[i]) < last)
            return "some initial densities are congested for some fluxes in the band and free for others";
    }
    return NULL;
}

certify_bounds certify_clearing(const certify_road *road, size_t place, const lwr_flux *low,
                                const lwr_flux *high, const double *low_density, const double *high_density) {
    const double first = lwr_flux_reach(high, 0, low->capacity, 0, high->critical_density),
                 last = lwr_flux_reach(high, 0, low->capacity, high->jam_density, high->critical_density);
    const char *why = shape_of_queue(road, place, low_density, high_density, first, last);
    if (why)
        return (certify_bounds){NAN, NAN, why};
    const lwr_problem *p = &road->problem;
    const double length = p->place[place].x - road->tail[place];
    const double before = fmin(low_density[0], high_density[0]), most = fmax(low_density[0], high_density[0]);
    const bool arrives = !isnan(road->arrival);
    const double least_flow = arrives ? road->arrival : lwr_flux_at(low, before),
                 most_flow = arrives ? road->arrival : lwr_flux_at(high, most);
    double fewest = 0, vehicles = 0;
    for (size_t i = 1; i < p->count; i++) {
        double from, to;
        piece(p, i, &from, &to);
        if (from >= p->place[place].x)
            break;
        fewest += low_density[i] * (to - from);
        vehicles += high_density[i] * (to - from);
    }
    return (certify_bounds){
        fmax(fewest - most * length, 0) / (high->capacity - least_flow),
        low->capacity > most_flow ? (vehicles - before * length) / (low->capacity - most_flow) : INFINITY,
        NULL};
}
