/* From a fitted diagram and the replicates of its bootstrap to the interval in which a queue clears.
 *
 * Vehicles that have passed x by time t, N(t, x), solve the Hamilton-Jacobi equation N_t = q(-N_x) (Newell 1993; Daganzo
 * 2005), whose solutions keep the order of their initial values and of their fluxes (Crandall & Lions 1983). A place that
 * lets at most A(t) pass has N_t = min(A, largest q up to the density upstream, largest q from the density downstream on),
 * which grows with q as well (Imbert, Monneau & Zidani 2013; Imbert & Monneau 2017). So q_lo <= q <= q_hi gives
 * N_lo <= N <= N_hi: when a given vehicle passes is bounded by two runs. When a queue has gone is not, for more flow also
 * feeds it faster; of one queue on an open road there is a balance that bounds it (certify_clearing).
 *
 * Units as in lwr.h, one lane. */
#ifndef TRAFFIC_CERTIFY_H
#define TRAFFIC_CERTIFY_H

#include "traffic/lwr/lwr.h"
#include "traffic/traffic.h"

/* ---- fluxes ---- */

/* The polyline of a physical diagram from (0, 0) over its kinks to (jam density, 0). BAD_DATA when its flow never comes
 * down to zero. */
crease_status certify_polyline(const traffic_diagram *diagram, crease_pwl **pwl, crease_error *error);

/* Largest (upper) or least flow of two polylines that begin at (0, 0), are positive up to their last knot, a zero, and 0
 * beyond: the same again. Of concave ones the least is concave, the largest need not be. */
crease_status certify_envelope(const crease_pwl *a, const crease_pwl *b, bool upper, crease_pwl **envelope,
                               crease_error *error);

/* ---- the band ---- */

typedef struct certify_replicate {
    traffic_diagram diagram;
    bool fitted; /* there is a diagram */
    bool usable; /* whose flow comes down to zero */
    bool inside; /* it belongs to the band */
    double
        distance; /* largest |difference from the fit| over [0, jam density of the fit], in standard deviations */
    double capacity, jam_density;
} certify_replicate;

typedef struct certify_band {
    size_t fitted, usable, inside;
    double distance;           /* of the farthest that is inside */
    double level;              /* share of the usable that the envelope of all inside but themselves holds */
    crease_pwl *lower, *upper; /* owned */
} certify_band;

/* Envelope of the fit and of the usable replicates closest to it in the largest difference of the unclamped flow, scaled by
 * its standard deviation over the replicates: as many as it takes, and at least the share `level`, for another replicate to
 * lie in the band at all densities at once with the chance `level` (by leaving out one at a time). Sets fitted..inside of every replicate but `fitted`, which is given, with its diagram. BAD_DATA for a
 * fit without a jam density, or less than 20 usable replicates. */
crease_status certify_band_new(const traffic_diagram *fit, double level, size_t count,
                               certify_replicate *replicate, certify_band *band, crease_error *error);
void certify_band_clear(certify_band *band);

/* ---- the road ---- */

/* A problem whose flux changes. Rows of initial density of at least `standing` are standing traffic and get the jam
 * density of the flux; others that lie beyond its jam density get that as well, and are counted. With `arrival`, the first
 * row, of a line, is free traffic with that flow: of the least density that has it, or at capacity. */
typedef struct certify_road {
    lwr_problem problem;            /* its flux is ignored */
    double standing, arrival, time; /* arrival: NaN: the first row's own density */
    double *
        tail; /* of each place, owned: where the last vehicle of the queue before it stands; NaN without one */
    double vehicle; /* instead of that: the one that passes as the so manieth; NaN */
} certify_road;

/* Sets `tail` for this flux: the upstream end of the nearest stretch before a place on which the density is at least the
 * critical one. */
crease_status certify_road_prepare(certify_road *road, const lwr_flux *flux, crease_error *error);
void certify_road_clear(certify_road *road);

/* Initial densities with this flux into density[count]; returns how many lay beyond its jam density without standing. */
size_t certify_densities(const certify_road *road, const lwr_flux *flux, double *density);
/* How many vehicles will have passed the place when the last of its queue has; NaN without one. */
double certify_label(const certify_road *road, const double *density, size_t place);

typedef struct certify_event {
    double vehicle; /* the so manieth to pass, here */
    double passed;  /* when it does; INFINITY: not within the time; NaN: there is none */
    double
        cleared; /* when the queue at the place has first gone; INFINITY: not within the time; NaN: none stood */
    double count; /* passed by the end */
} certify_event;

/* Cumulative counts at a place: corners (t, count). */
typedef struct certify_curve {
    size_t count, room;
    double *t, *passed; /* owned */
    bool full;          /* no memory */
} certify_curve;
void certify_curve_clear(certify_curve *curve);
/* When this many have passed; INFINITY where they do not. */
double certify_curve_when(const certify_curve *curve, double vehicle);

/* One solution by front tracking. event and (may be NULL) curve: one for each place; *beyond (may be NULL): rows beyond
 * the jam density. */
crease_status certify_track(const certify_road *road, const lwr_flux *flux, certify_event *event,
                            certify_curve *curve, size_t *beyond, crease_error *error);

/* What holds whatever the flux between two: [earliest, latest]. */
typedef struct certify_bounds {
    double earliest, latest;
    const char *why; /* NULL: the bounds hold */
} certify_bounds;
/* When the vehicle passes. Curves and densities: of the runs with the lower and the upper flux. NaN with a sentence when
 * the runs do not begin with counts in order. */
certify_bounds certify_passage(const certify_road *road, size_t place, const double *low_density,
                               const double *high_density, const certify_curve *low,
                               const certify_curve *high);

/* When the queue is gone, for concave fluxes: by the balance of vehicles, of one queue that ends at the place and has no
 * lights, bottlenecks or second queue near it. NaN with a sentence for others. */
certify_bounds certify_clearing(const certify_road *road, size_t place, const lwr_flux *low,
                                const lwr_flux *high, const double *low_density, const double *high_density);

/* ---- intervals ---- */

/* 95 % percentile interval of count values, some INFINITY; `missing` replicates without a value may lie anywhere. -INFINITY
 * and INFINITY: open. The values are sorted. */
typedef struct certify_interval {
    double low, high;
} certify_interval;
certify_interval certify_interval_of(size_t count, double *value, size_t missing);

#endif
