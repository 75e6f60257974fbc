/* A flux of kinks k_i with drops c_i > 0 of the slope, zero at 0 and at rho_j:
 *   q(rho) = sum_i c_i G(rho, k_i),  G(rho, k) = min(rho, k) - rho k / rho_j,
 * G being Green's function of -d^2/drho^2 on [0, rho_j]. So q > 0 inside whatever theta is, vf = sum c_i (1 - k_i/rho_j),
 * and nothing has to be forbidden while fitting. */
#include "traffic/calibrate/calibrate.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double ROUNDING = 1e-12; /* changes of slope and distances of this share are none */

void calibrate_theta(const traffic_diagram *d, double *theta) {
    theta[0] = log(d->jam_density);
    for (size_t i = 0; i < d->kinks; i++) {
        theta[1 + 2 * i] = log(d->slope_drop[i]);
        theta[2 + 2 * i] = log(d->kink[i] / (d->jam_density - d->kink[i]));
    }
}

/* Into the ascending order of kinks. */
static void sort_kinks(traffic_diagram *d) {
    for (size_t i = 1; i < d->kinks; i++)
        for (size_t j = i; j > 0 && d->kink[j] < d->kink[j - 1]; j--) {
            const double kink = d->kink[j], drop = d->slope_drop[j];
            d->kink[j] = d->kink[j - 1];
            d->slope_drop[j] = d->slope_drop[j - 1];
            d->kink[j - 1] = kink;
            d->slope_drop[j - 1] = drop;
        }
}

bool calibrate_diagram(size_t kinks, const double *theta, traffic_diagram *d) {
    *d = (traffic_diagram){.family = TRAFFIC_PHYSICAL, .jam_density = exp(theta[0]), .kinks = kinks};
    bool good = isnormal(d->jam_density) && d->jam_density < LWR_LARGEST;
    for (size_t i = 0; i < kinks; i++) {
        const double share = 1 / (1 + exp(-theta[2 + 2 * i])), drop = exp(theta[1 + 2 * i]);
        d->kink[i] = d->jam_density * share;
        d->slope_drop[i] = drop;
        d->free_speed += drop * (1 - share);
        good = good && isnormal(drop) && drop < LWR_LARGEST && d->kink[i] > 0 && d->kink[i] < d->jam_density;
    }
    sort_kinks(d);
    return good && isnormal(d->free_speed);
}

crease_status calibrate_lwr_flux(const traffic_diagram *d, lwr_flux **flux, crease_error *error) {
    crease_pwl *pwl = NULL;
    size_t n = 1;
    crease_status status = crease_pwl_new(&pwl, d->kinks + 2, error);
    if (status != CREASE_OK)
        return status;
    double slope = d->free_speed;
    for (size_t i = 0; i < d->kinks; i++) {
        const double step = d->kink[i] - pwl->x[n - 1];
        if (step > 0) { /* kinks that coincide are one */
            pwl->x[n] = d->kink[i];
            pwl->y[n] = pwl->y[n - 1] + slope * step;
            n++;
        }
        slope -= d->slope_drop[i];
    }
    pwl->x[n] = d->jam_density;
    pwl->y[n] = 0;
    pwl->slope_left = pwl->y[1] / pwl->x[1]; /* as the first piece, to the bit */
    pwl->slope_right = -pwl->y[n - 1] / (d->jam_density - pwl->x[n - 1]);
    const size_t room = pwl->knot_count;
    pwl->knot_count = n + 1;
    status = lwr_flux_new(pwl, flux, error);
    pwl->knot_count = room;
    crease_pwl_free(pwl);
    return status;
}

crease_status calibrate_from_flux(const lwr_flux *flux, traffic_diagram *d, crease_error *error) {
    const crease_pwl *pwl = flux->pwl;
    *d = (traffic_diagram){.family = TRAFFIC_PHYSICAL, .jam_density = flux->jam_density};
    if (flux->why_unphysical)
        return crease_fail(
            error, CREASE_BAD_DATA,
            "a flux to start from must be 0 at density 0 and positive up to a jam density; of this one, %s",
            flux->why_unphysical);
    for (size_t i = 0; i < pwl->knot_count; i++) {
        const double x = pwl->x[i], drop = flux->slope[i] - flux->slope[i + 1];
        if (!(x > ROUNDING * d->jam_density && x < (1 - ROUNDING) * d->jam_density) ||
            fabs(drop) <= ROUNDING * flux->largest_slope)
            continue;
        if (drop < 0)
            return crease_fail(error, CREASE_BAD_DATA,
                               "a flux to start from must be concave, but its slope rises at density %.6g",
                               x);
        if (d->kinks == TRAFFIC_MAX_KINKS)
            return crease_fail(error, CREASE_BAD_DATA,
                               "a flux to start from must not have more than %d kinks", TRAFFIC_MAX_KINKS);
        d->kink[d->kinks] = x;
        d->slope_drop[d->kinks++] = drop;
        d->free_speed += drop * (1 - x / d->jam_density);
    }
    return CREASE_OK;
}

crease_status calibrate_split(traffic_diagram *d, size_t kinks, crease_error *error) {
    if (d->kinks > kinks)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the flux to start from has %zu kinks, more than the %zu asked for", d->kinks,
                           kinks);
    while (d->kinks < kinks) {
        size_t most = 0;
        for (size_t i = 1; i < d->kinks; i++)
            if (d->slope_drop[i] > d->slope_drop[most])
                most = i;
        const double k = d->kink[most], low = most > 0 ? d->kink[most - 1] : 0,
                     high = most + 1 < d->kinks ? d->kink[most + 1] : d->jam_density;
        const double shift =
            .1 * fmin(k - low, high - k); /* both halves by as much: q stays as it is beyond them */
        d->slope_drop[most] /= 2;
        d->kink[most] = k - shift;
        d->slope_drop[d->kinks] = d->slope_drop[most];
        d->kink[d->kinks++] = k + shift;
        sort_kinks(d);
    }
    return CREASE_OK;
}

crease_status calibrate_diagram_fit(const calibrate_data *data, size_t intervals, size_t kinks, uint64_t seed,
                                    traffic_diagram *d, crease_error *error) {
    const traffic_data rows = {.n = intervals * data->places, .density = data->density, .flow = data->flow};
    traffic_audit audit;
    crease_status status = traffic_fit_physical(&rows, kinks, seed, d, error);
    if (status != CREASE_OK)
        return status;
    traffic_audit_diagram(d, 1, &audit);
    d->jam_density = audit.jam_density;
    if (!(d->jam_density > 0 && d->jam_density < INFINITY))
        return crease_fail(
            error, CREASE_BAD_DATA,
            "flow falls to 0 at no density of the diagram fitted to the first %zu intervals, so there is "
            "no jam density; train on a time with congestion, or give a flux with --start",
            intervals);
    return CREASE_OK;
}
