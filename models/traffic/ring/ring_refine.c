/* m vehicles a vehicle against the LWR model: both start from density 1/s_i between vehicle i and i + 1. Between two
 * vehicles the density of the refined ring is 1 / (m s), a step function, so its distance to the exact solution, a step
 * function too, is exact. */
#include "traffic/ring/ring.h"
#include <math.h>
#include <stdlib.h>

static double wrapped(double x, double length) {
    const double r = fmod(x, length);
    return r < 0 ? fmod(r + length, length) : r;
}

/* Steps from positions in order round the ring: count densities over [0, length], the first piece that of the vehicle
 * behind 0. x has count + 1 places, density count, for count = vehicles + 1. */
static void profile_of(const double *position, const double *gap, size_t n, double length, double weight,
                       double *x, double *density) {
    size_t first = 0;
    for (size_t i = 1; i < n; i++)
        if (wrapped(position[i], length) < wrapped(position[first], length))
            first = i;
    const size_t last = (first + n - 1) % n;
    x[0] = 0;
    density[0] = weight / gap[last];
    for (size_t k = 0; k < n; k++) {
        const size_t i = (first + k) % n;
        x[k + 1] = fmax(wrapped(position[i], length), x[k]);
        density[k + 1] = weight / gap[i];
    }
    x[n + 1] = length;
}

static crease_status solve_lwr(const ring_problem *p, const double *x, const double *density, double t,
                               lwr_profile *profile, crease_error *error) {
    char text[120];
    lwr_flux *flux = NULL;
    lwr_solution *solution = NULL;
    snprintf(text, sizeof text, "triangular:%.17g,%.17g,%.17g", p->law.speed,
             p->law.standstill / p->law.gap_time, 1 / p->law.standstill);
    crease_status status = lwr_flux_parse(text, &flux, error);
    const lwr_problem problem = {.flux = flux,
                                 .domain = LWR_RING,
                                 .high = p->length,
                                 .count = p->vehicles,
                                 .x = x,
                                 .density = density};
    if (status == CREASE_OK)
        status = lwr_solution_new(&problem, NULL, &solution, error);
    if (status == CREASE_OK)
        status = lwr_solution_advance(solution, t, p->interrupted, NULL, error);
    if (status == CREASE_OK)
        status = lwr_solution_profile(solution, profile, error);
    lwr_solution_free(solution);
    lwr_flux_free(flux);
    return status;
}

/* Largest distance of a whole vehicle from its path; x: of all the small ones. */
static double farthest(ring_motion *motion, double t, size_t refine, const ring_paths *paths, double *x) {
    enum { TIMES = 400 };
    double largest = 0;
    if (!paths || paths->count == 0)
        return NAN;
    for (size_t k = 0; k <= TIMES; k++) {
        const double now = t * (double)k / TIMES;
        ring_motion_at(motion, now, x, NULL, NULL);
        for (size_t i = 0; i < paths->count; i++)
            largest = fmax(largest, fabs(x[i * paths->every * refine] - ring_paths_at(paths, i, now)));
    }
    return largest;
}

/* The refined ring at time t, as a profile, and how far it is from the paths. */
static crease_status solve_ring(const ring_problem *p, const double *x, double t, size_t refine,
                                const ring_paths *paths, double *work, lwr_profile *profile, double *path,
                                crease_error *error) {
    const size_t n = p->vehicles;
    ring_motion *motion = NULL;
    crease_ode_end end;
    crease_status status = ring_motion_new(p, x, NULL, &motion, error);
    if (status == CREASE_OK)
        status = ring_motion_advance(motion, t, &end, error);
    if (status == CREASE_OK) {
        ring_motion_at(motion, ring_motion_time(motion), work, NULL, work + n);
        profile_of(work, work + n, n, p->length, 1 / (double)refine, profile->x, profile->density);
        profile->count = n + 1;
        *path = farthest(motion, ring_motion_time(motion), refine, paths, work);
    }
    ring_motion_free(motion);
    return status;
}

crease_status ring_lwr_distance(const ring_problem *problem, const double *x, double t, size_t refine,
                                const ring_paths *paths, ring_distance *distance, crease_error *error) {
    ring_problem p = *problem;
    const size_t n = p.vehicles;
    if (p.law.order != 1)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "the LWR model is the limit of order 1 only");
    if (refine < 1 || refine > RING_MOST_VEHICLES / n)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "%zu vehicles for each of %zu are more than %d",
                           refine, n, RING_MOST_VEHICLES);
    const double m = (double)refine;
    const size_t many = n * refine;
    lwr_profile exact = {0}, ours = {0};
    double *memory = calloc(7 * many + 8, sizeof *memory);
    if (!memory)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu vehicles", many);
    double *start = memory, *work = start + many;
    ours.x = work + 2 * many;
    ours.density = ours.x + many + 2;
    double *from = ours.density + many + 2, *density = from + many;
    for (size_t i = 0; i < n; i++) {
        const double gap = i + 1 < n ? x[i + 1] - x[i] : x[0] + (p.length - x[i]);
        for (size_t k = 0; k < refine; k++)
            start[i * refine + k] = x[i] + gap * (double)k / m;
        work[i] = gap;
    }
    profile_of(x, work, n, p.length, 1, ours.x, ours.density);
    for (size_t i = 0; i < n; i++) {
        from[i] = ours.x[i + 1];
        density[i] = ours.density[i + 1];
    }
    crease_status status = solve_lwr(&p, from, density, t, &exact, error);
    p.vehicles = many;
    p.law.standstill /= m;
    p.law.gap_time /= m;
    p.vehicle = 0;
    if (status == CREASE_OK)
        status = solve_ring(&p, start, t, refine, paths, work, &ours, &distance->path, error);
    if (status == CREASE_OK)
        distance->density = lwr_profile_distance(&exact, &ours);
    lwr_profile_clear(&exact);
    free(memory);
    return status;
}
