/* A band that holds a share of the replicates at all densities at once. Replicate r is as far from the fit as
 *
 *   max over rho in [0, rho_j] of |g_r(rho) - g(rho)| / s(rho),   g = vf rho - sum c_i relu(rho - k_i),
 *
 * s the standard deviation of the g_r, on a grid. The clamp at 0 is left out of g: near the jam most replicates would be
 * 0 and a few not, and these would seem far off.
 *
 * The envelope of the closest 95 % holds less than that of further replicates, for each that lies on an edge somewhere
 * would not be held by the others. So more are taken in until leaving out one at a time says 95 %. */
#include "traffic/certify/certify.h"
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* How many of the usable replicates, order[0 .. usable), leave at some density the envelope of those of the first `most`
 * that are not they themselves. `leaves`: room for all. */
static size_t count_misses(const certify_replicate *replicate, const size_t *order, size_t usable,
                           size_t most, double end, double scale, bool *leaves) {
    size_t misses = 0;
    memset(leaves, 0, usable * sizeof *leaves);
    for (size_t k = 1; k <= GRID; k++) {
        const double density = end * (double)k / GRID;
        double low = INFINITY, high = -INFINITY;
        size_t lowest = 0, highest = 0;
        for (size_t i = 0; i < most; i++) {
            const double flow = unclamped(&replicate[order[i]].diagram, density);
            if (flow < low)
                low = flow, lowest = i;
            if (flow > high)
                high = flow, highest = i;
        }
        if (high - low <= 1e-9 * scale)
            continue;
        leaves[lowest] = leaves[highest] = true;
        for (size_t i = most; i < usable; i++) {
            const double flow = unclamped(&replicate[order[i]].diagram, density);
            leaves[i] = leaves[i] || flow < low || flow > high;
        }
    }
    for (size_t i = 0; i < usable; i++)
        misses += leaves[i];
    return misses;
}

/* As many of the closest as it takes for another replicate to lie among them with the chance `level`, at least that share
 * of them; ties by their index. */
static crease_status choose(size_t count, double level, double end, double scale,
                            certify_replicate *replicate, certify_band *band, crease_error *error) {
    enum { STEPS = 20 };
    const size_t usable = band->usable;
    double *distance = malloc(count * sizeof *distance);
    size_t *order = malloc(2 * count * sizeof *order), *place = order + count, n = 0;
    bool *leaves = malloc(count * sizeof *leaves);
    crease_status status = CREASE_OK;
    if (!distance || !order || !leaves) {
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for %zu replicates", count);
        goto end;
    }
    for (size_t i = 0; i < count; i++)
        if (replicate[i].usable) {
            place[n] = i;
            distance[n++] = replicate[i].distance;
        }
    gsl_sort_index(order, distance, 1, n);
    for (size_t i = 0; i < n; i++)
        order[i] = place[order[i]];
    size_t misses = 0;
    for (size_t step = 0; step <= STEPS; step++) {
        const double share = level + (1 - level) * (double)step / STEPS;
        band->inside = (size_t)ceil(share * (double)usable - 1e-9);
        misses = count_misses(replicate, order, usable, band->inside, end, scale, leaves);
        if ((double)misses <= (1 - level) * (double)usable)
            break;
    }
    band->level = 1 - (double)misses / (double)usable;
    for (size_t i = 0; i < band->inside; i++)
        replicate[order[i]].inside = true;
    band->distance = replicate[order[band->inside - 1]].distance;
end:
    free(distance);
    free(order);
    free(leaves);
    return status;
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
        status = choose(count, level, audit.jam_density, audit.capacity, replicate, band, error);
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
