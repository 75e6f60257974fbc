/* Fluxes, roads and replicates for the tests of certificates. */
#ifndef TEST_CERTIFY_SUPPORT_H
#define TEST_CERTIFY_SUPPORT_H

#include "crease/random.h"
#include "support/suites.h"
#include "traffic/certify/certify.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline void must(crease_status status, const crease_error *error) {
    ck_assert_msg(status == CREASE_OK, "%s", error->message);
}

/* Concave, q(0) = 0, a jam between 100 and 170. */
static inline traffic_diagram random_diagram(gsl_rng *g, size_t kinks) {
    traffic_diagram d = {.family = TRAFFIC_PHYSICAL, .free_speed = gsl_ran_flat(g, 60, 130), .kinks = kinks};
    double slope = d.free_speed, flow = 0, at = 0;
    for (size_t i = 0; i < kinks; i++) {
        d.kink[i] = at + gsl_ran_flat(g, 2, 60. / (double)kinks);
        flow += slope * (d.kink[i] - at);
        at = d.kink[i];
        const double next =
            i + 1 < kinks ? fmax(slope - gsl_ran_flat(g, 5, 60), 1) : -flow / gsl_ran_flat(g, 60, 110);
        d.slope_drop[i] = slope - next;
        slope = next;
    }
    return d;
}

static inline crease_pwl *polyline(const traffic_diagram *d) {
    crease_pwl *pwl = NULL;
    crease_error error = {0};
    must(certify_polyline(d, &pwl, &error), &error);
    return pwl;
}

static inline lwr_flux *flux_of(const crease_pwl *pwl) {
    lwr_flux *flux = NULL;
    crease_error error = {0};
    must(lwr_flux_new(pwl, &flux, &error), &error);
    return flux;
}

static inline lwr_flux *flux_of_diagram(const traffic_diagram *d) {
    crease_pwl *pwl = polyline(d);
    lwr_flux *flux = flux_of(pwl);
    crease_pwl_free(pwl);
    return flux;
}

static inline lwr_flux *flux_of_text(const char *text) {
    lwr_flux *flux = NULL;
    crease_error error = {0};
    must(lwr_flux_parse(text, &flux, &error), &error);
    return flux;
}

static inline double flow(const crease_pwl *pwl, double density) {
    return density >= pwl->x[pwl->knot_count - 1] ? 0 : crease_pwl_evaluate(pwl, density);
}

static inline void perturb(gsl_rng *g, const traffic_diagram *fit, size_t count,
                           certify_replicate *replicate) {
    for (size_t i = 0; i < count; i++) {
        traffic_diagram *d = &replicate[i].diagram;
        *d = *fit;
        d->free_speed *= 1 + gsl_ran_gaussian(g, .02);
        for (size_t k = 0; k < d->kinks; k++) {
            d->kink[k] *= 1 + gsl_ran_gaussian(g, .02);
            d->slope_drop[k] *= 1 + gsl_ran_gaussian(g, .02);
        }
        double slope = d->free_speed;
        for (size_t k = 0; k < d->kinks; k++)
            slope -= d->slope_drop[k];
        d->slope_drop[d->kinks - 1] += fmax(slope + 5, 0); /* it comes down all the same */
        replicate[i].fitted = true;
    }
}

static const double queue_x[] = {-4, -1, 0, 6}, queue_density[] = {30, 150, 0, 0};

static inline certify_road queue_road(const lwr_place *place, size_t places) {
    return (certify_road){.problem = {.domain = LWR_LINE,
                                      .low = -4,
                                      .high = 6,
                                      .count = 4,
                                      .x = queue_x,
                                      .density = queue_density,
                                      .place_count = places,
                                      .place = place},
                          .standing = INFINITY,
                          .arrival = NAN,
                          .vehicle = NAN,
                          .time = 1};
}

static inline void prepare(certify_road *road, const lwr_flux *flux) {
    crease_error error = {0};
    must(certify_road_prepare(road, flux, &error), &error);
}

static inline void track(const certify_road *road, const lwr_flux *flux, certify_event *event,
                         certify_curve *curve) {
    crease_error error = {0};
    must(certify_track(road, flux, event, curve, NULL, &error), &error);
}

#endif
