/* A band that holds a share of the replicates at all densities at once. Replicate r is as far from the fit as
 *
 *   max over rho in [0, rho_j] of |g_r(rho) - g(rho)| / s(rho),   g = vf rho - sum c_i relu(rho - k_i),
 *
 * s the standard deviation of the g_r, on a grid. The clamp at 0 is left out of g: near the jam most replicates would be
 * 0 and a few not, and these would seem far off. */
#include "traffic/certify/certify.h"
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

enum { GRID = 256, LEAST = 20 };

static double unclamped(const traffic_diagram *d, double density) {
    double flow = d->free_speed * density;
    for (size_t i = 0; i < d->kinks && d->kink[i] < density; i++)
        flow -= d->slope_drop[i] * (density - d->kink[i]);
    return flow;
}

/* Raises the distances of the usable replicates to those at this density. */
static void measure(const traffic_diagram *fit, double density, double scale, size_t count, size_t usable,
                    certify_replicate *replicate) {
    const double here = unclamped(fit, density);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        if (replicate[i].usable)
            sum += unclamped(&replicate[i].diagram, density) - here;
    const double mean = sum / (double)usable;
    for (size_t i = 0; i < count; i++)
        if (replicate[i].usable) {
            const double off = unclamped(&replicate[i].diagram, density) - here - mean;
            squares += off * off;
        }
    const double deviation = sqrt(squares / (double)usable);
    if (!(deviation > 1e-10 * scale)) /* nothing but rounding */
        return;
    for (size_t i = 0; i < count; i++)
        if (replicate[i].usable)
            replicate[i].distance = fmax(replicate[i].distance,
                                         fabs(unclamped(&replicate[i].diagram, density) - here) / deviation);
}

static void judge(size_t count, certify_replicate *replicate, certify_band *band) {
    for (size_t i = 0; i < count; i++) {
        certify_replicate *r = &replicate[i];
        traffic_audit audit;
        r->usable = r->inside = false;
        r->distance = 0;
        r->capacity = r->jam_density = NAN;
        if (!r->fitted)
            continue;
        band->fitted++;
        traffic_audit_diagram(&r->diagram, 0, &audit);
        r->capacity = audit.capacity;
        r->jam_density = audit.jam_density;
        r->usable = isfinite(audit.jam_density) && audit.capacity > 0;
        band->usable += r->usable;
    }
}

/* The closest ones; ties by their index. */
static crease_status choose(size_t count, double level, certify_replicate *replicate, certify_band *band,
                            crease_error *error) {
    double *distance = malloc(count * sizeof *distance);
    if (!distance)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu replicates", count);
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (replicate[i].usable)
            distance[n++] = replicate[i].distance;
    gsl_sort(distance, 1, n);
    const size_t most = (size_t)ceil(level * (double)n);
    band->distance = distance[most > 0 ? most - 1 : 0];
    free(distance);
    for (size_t i = 0; i < count && band->inside < most; i++) {
        replicate[i].inside = replicate[i].usable && replicate[i].distance <= band->distance;
        band->inside += replicate[i].inside;
    }
    return CREASE_OK;
}

/* Both envelopes take in one more. */
static crease_status widen(certify_band *band, const traffic_diagram *diagram, crease_error *error) {
    crease_pwl *pwl = NULL, *wider[2] = {NULL, NULL};
    crease_status status = certify_polyline(diagram, &pwl, error);
    for (int side = 0; side < 2 && status == CREASE_OK; side++)
        status = certify_envelope(side ? band->upper : band->lower, pwl, side == 1, &wider[side], error);
    crease_pwl_free(pwl);
    if (status != CREASE_OK) {
        crease_pwl_free(wider[0]);
        return status;
    }
    crease_pwl_free(band->lower);
    crease_pwl_free(band->upper);
    band->lower = wider[0];
    band->upper = wider[1];
    return CREASE_OK;
}

crease_status certify_band_new(const traffic_diagram *fit, double level, size_t count,
                               certify_replicate *replicate, certify_band *band, crease_error *error) {
    *band = (certify_band){0};
    traffic_audit audit;
    traffic_audit_diagram(fit, 0, &audit);
    judge(count, replicate, band);
    if (band->usable < LEAST)
        return crease_fail(error, CREASE_BAD_DATA,
                           "%zu of %zu replicates come down to zero flow; a band needs at least %d",
                           band->usable, count, LEAST);
    crease_status status = certify_polyline(fit, &band->lower, error);
    if (status == CREASE_OK)
        status = certify_polyline(fit, &band->upper, error);
    for (size_t k = 1; k <= GRID && status == CREASE_OK; k++)
        measure(fit, audit.jam_density * (double)k / GRID, audit.capacity, count, band->usable, replicate);
    if (status == CREASE_OK)
        status = choose(count, level, replicate, band, error);
    for (size_t i = 0; i < count && status == CREASE_OK; i++)
        if (replicate[i].inside)
            status = widen(band, &replicate[i].diagram, error);
    if (status != CREASE_OK)
        certify_band_clear(band);
    return status;
}

void certify_band_clear(certify_band *band) {
    crease_pwl_free(band->lower);
    crease_pwl_free(band->upper);
    *band = (certify_band){0};
}
