/* The mode in which the motion goes on from a point. Sides of surfaces that z does not vanish on are known. On a surface
 * the side is the sign of its rate; where that vanishes too, the sign of the rate a little later. A flip may change z and
 * rates of other surfaces (a unit of a second layer), so it is looked again until all agree. */
#include "ode/internal.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

/* Of the step to come, and of the rate that the other terms of a vanishing rate may have. */
static const double AHEAD = 1e-4, SLOW = 1e-10;

/* dz/dt a little later along the present field */
static int rates_ahead(crease_ode *ode) {
    ode_point *ahead = &ode->ahead;
    double c = AHEAD * ode->h;
    ahead->t = ode->now.t + c;
    for (size_t j = 0; j < ode->system.dimension; j++)
        ahead->y[j] = ode->now.y[j] + c * ode->now.slope[j];
    return crease_ode_look(ode, ahead);
}

static bool is_on(const crease_ode *ode, size_t i) {
    return !ode->slides[i] && !ode->kept[i] && fabs(ode->now.z[i]) <= crease_ode_rounding(ode, &ode->now, i);
}

/* Flips the first surface from *from on that is about to be left on the wrong side. */
static int flip_one(crease_ode *ode, bool *flipped) {
    bool looked = false;
    *flipped = false;
    for (size_t i = 0; i < ode->system.surface_count; i++) {
        double rate = ode->now.rate[i], sign = ode->above[i] ? 1 : -1;
        if (!is_on(ode, i))
            continue;
        if (fabs(rate) * ode->h <= SLOW * ode->size[i] || rate == 0) {
            if (!looked && rates_ahead(ode) != GSL_SUCCESS)
                return GSL_EBADFUNC;
            looked = true;
            rate = ode->ahead.rate[i];
        }
        if (sign * rate < 0) {
            ode->above[i] = !ode->above[i];
            ode->kept[i] = true;
            *flipped = true;
            return GSL_SUCCESS;
        }
    }
    return GSL_SUCCESS;
}

crease_status crease_ode_settle(crease_ode *ode, crease_error *error) {
    bool flipped = true;
    ode->settled = true;
    if (crease_ode_look(ode, &ode->now) != GSL_SUCCESS)
        return crease_ode_failed(ode, ode->now.t, error);
    while (flipped && !ode->options.plain) {
        if (flip_one(ode, &flipped) != GSL_SUCCESS ||
            (flipped && crease_ode_look(ode, &ode->now) != GSL_SUCCESS))
            return crease_ode_failed(ode, ode->now.t, error);
    }
    crease_ode_history_mode(ode);
    return CREASE_OK;
}
