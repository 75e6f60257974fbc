/* Finding the first crossing of a step. The interpolant of z_i between the two nearest points at which z_i was seen,
 * one on either side, gives the next guess; the step is taken again to it, in the same frozen mode, and the new
 * end replaces one of the two. Near an end the interpolant errs by the square of the distance, so two or three steps reach
 * rounding. At every new end all surfaces are looked at again: another one may come first. */
#include "ode/internal.h"
#include <float.h>
#include <gsl/gsl_errno.h>
#include <math.h>

enum { MOST_STEPS = 100, INTERPOLATED = 20, MOST_FLIPS = 2, MOST_DIPS = 4 };

/* sign * z_i and its derivative by time, at the length of a step */
typedef struct seen {
    double length, z, rate;
} seen;

static seen seen_at(const ode_point *point, double length, size_t i, bool above) {
    double sign = above ? 1 : -1;
    return (seen){length, sign * point->z[i], sign * point->rate[i]};
}

/* Which surface is crossed first between now and end, as far as the interpolants tell; surface_count: none. *dip: where one
 * comes so near that only a step tells. Both places are shares of the step. */
static size_t first_crossing(const crease_ode *ode, double length, double *place, double *dip) {
    size_t first = ode->system.surface_count;
    *place = *dip = 2;
    for (size_t i = 0; i < ode->system.surface_count; i++) {
        if (ode->slides[i] || ode->flips[i] >= MOST_FLIPS)
            continue;
        seen a = seen_at(&ode->now, 0, i, ode->above[i]), b = seen_at(&ode->end, length, i, ode->above[i]);
        double rounding = crease_ode_rounding(ode, &ode->end, i), near;
        if (fabs(a.z) <= crease_ode_rounding(ode, &ode->now, i))
            a.z = 0;
        ode_cubic p = crease_ode_cubic(a.z, a.rate * length, b.z, b.rate * length);
        double s = crease_ode_cubic_falls(ode->solver, &p, rounding, &near);
        if (s < *place) {
            *place = s;
            first = i;
        }
        *dip = fmin(*dip, near);
    }
    return first;
}

static int try_again(crease_ode *ode, double length) {
    ode->statistics.located++;
    return crease_ode_try(ode, length);
}

/* Between a and b, of which z at a is not below 0; by halves where interpolation makes no progress. */
static double next_guess(const crease_ode *ode, const seen *a, const seen *b, size_t steps) {
    double width = b->length - a->length, dip;
    if (steps > INTERPOLATED)
        return a->length + 0.5 * width;
    ode_cubic p = crease_ode_cubic(a->z, a->rate * width, b->z, b->rate * width);
    double s = crease_ode_cubic_falls(ode->solver, &p, 0, &dip);
    return s <= 1 ? a->length + s * width : b->length;
}

/* Lengths nearer to each other than this are one. */
static double spacing(const crease_ode *ode, double whole) {
    return fmax(2 * DBL_EPSILON * fabs(ode->now.t), 4 * DBL_EPSILON * whole);
}

/* From a step that ends beyond surface *which to one that ends on it, or on another one that comes first. */
static int close_in(crease_ode *ode, double *length, double guess, size_t *which) {
    size_t none = ode->system.surface_count;
    double apart = spacing(ode, *length), place, dip;
    seen a = seen_at(&ode->now, 0, *which, ode->above[*which]);
    seen b = seen_at(&ode->end, *length, *which, ode->above[*which]);
    for (size_t k = 0; k < MOST_STEPS; k++) {
        bool closed = b.length - a.length <= 2 * apart;
        if (closed || (a.length == 0 && guess <= apart))
            guess = a.length;
        else
            guess = fmin(fmax(guess, a.length + apart), b.length - apart);
        guess = guess > 0 ? ode->now.t + guess - ode->now.t : 0;
        if (guess <= 0 || guess == *length) {
            *length = guess;
            return GSL_SUCCESS;
        }
        *length = guess;
        if (try_again(ode, guess) != GSL_SUCCESS)
            return GSL_EBADFUNC;
        size_t first = first_crossing(ode, guess, &place, &dip);
        seen here = seen_at(&ode->end, guess, *which, ode->above[*which]);
        if (first < none && first != *which) {
            *which = first;
            a = seen_at(&ode->now, 0, first, ode->above[first]);
            b = seen_at(&ode->end, guess, first, ode->above[first]);
            guess *= place;
            continue;
        }
        if (closed || fabs(here.z) <= crease_ode_rounding(ode, &ode->end, *which))
            return GSL_SUCCESS;
        if (here.z > 0 && first == none)
            a = here;
        else
            b = here;
        guess = here.z > 0 && first != none ? place * guess : next_guess(ode, &a, &b, k);
    }
    return GSL_SUCCESS;
}

static void remember_sizes(crease_ode *ode) {
    for (size_t i = 0; i < ode->system.surface_count; i++)
        ode->size[i] = fmax(ode->size[i], fabs(ode->end.z[i]));
}

crease_status crease_ode_locate(crease_ode *ode, double *length, size_t *which, crease_error *error) {
    double place, dip;
    remember_sizes(ode);
    *which = first_crossing(ode, *length, &place, &dip);
    for (size_t k = 0; k < MOST_DIPS && *which == ode->system.surface_count && dip < 1; k++) {
        double shorter = ode->now.t + dip * *length - ode->now.t;
        if (!(shorter > spacing(ode, *length)))
            break;
        *length = shorter;
        if (try_again(ode, shorter) != GSL_SUCCESS)
            return crease_ode_failed(ode, ode->now.t, error);
        *which = first_crossing(ode, *length, &place, &dip);
    }
    if (*which == ode->system.surface_count)
        return CREASE_OK;
    if (close_in(ode, length, place * *length, which) != GSL_SUCCESS)
        return crease_ode_failed(ode, ode->now.t, error);
    return CREASE_OK;
}
