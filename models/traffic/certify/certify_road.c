/* The road of a certificate: initial densities that follow the flux, and the last vehicle of the queue before a place. */
#include "traffic/certify/certify.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t certify_densities(const certify_road *road, const lwr_flux *flux, double *density) {
    size_t beyond = 0;
    for (size_t i = 0; i < road->problem.count; i++) {
        const double given = road->problem.density[i];
        const bool stands = given >= road->standing;
        beyond += !stands && given > flux->jam_density;
        density[i] = stands ? flux->jam_density : fmin(given, flux->jam_density);
    }
    if (!isnan(road->arrival))
        density[0] = lwr_flux_reach(flux, 0, road->arrival, 0, flux->critical_density);
    return beyond;
}

/* Where piece i of `lap` rounds upstream begins and ends; the outer pieces of a line have no end. */
static void piece(const lwr_problem *p, size_t i, size_t lap, double *from, double *to) {
    const bool ring = p->domain == LWR_RING;
    const double back = ring ? (double)lap * (p->high - p->low) : 0;
    *from = !ring && i == 0 ? -INFINITY : p->x[i] - back;
    *to = i + 1 < p->count ? p->x[i + 1] - back : ring ? p->x[0] + (p->high - p->low) - back : INFINITY;
}

enum { LAPS = 3 }; /* the place is in the first or the second, its queue reaches back less than one round */

static double find_tail(const lwr_problem *p, const double *density, double critical, double place) {
    bool queue = false;
    double tail = NAN;
    const size_t laps = p->domain == LWR_RING ? LAPS : 1;
    for (size_t k = 0; k < laps * p->count; k++) {
        const size_t i = p->count - 1 - k % p->count;
        double from, to;
        piece(p, i, k / p->count, &from, &to);
        if (from >= place)
            continue;
        const bool congested = density[i] >= critical * (1 - 1e-12);
        if (queue && !congested)
            return tail;
        queue = queue || congested;
        tail = from;
    }
    return NAN; /* no queue, or one without an end */
}

double certify_label(const certify_road *road, const double *density, size_t place) {
    const lwr_problem *p = &road->problem;
    const double end = p->place[place].x, tail = road->tail[place];
    if (!isnan(road->vehicle) || isnan(tail))
        return road->vehicle;
    double vehicles = 0;
    const size_t laps = p->domain == LWR_RING ? LAPS : 1;
    for (size_t k = 0; k < laps * p->count; k++) {
        double from, to;
        piece(p, k % p->count, k / p->count, &from, &to);
        vehicles += density[k % p->count] * fmax(fmin(to, end) - fmax(from, tail), 0);
    }
    return vehicles;
}

crease_status certify_road_prepare(certify_road *road, const lwr_flux *flux, crease_error *error) {
    const lwr_problem *p = &road->problem;
    double *density = malloc((p->count + 1) * sizeof *density);
    road->tail = malloc((p->place_count + 1) * sizeof *road->tail);
    if (!density || !road->tail) {
        free(density);
        certify_road_clear(road);
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu places", p->place_count);
    }
    certify_densities(road, flux, density);
    for (size_t i = 0; i < p->place_count; i++)
        road->tail[i] = find_tail(p, density, flux->critical_density, p->place[i].x);
    free(density);
    return CREASE_OK;
}

void certify_road_clear(certify_road *road) {
    free(road->tail);
    road->tail = NULL;
}
