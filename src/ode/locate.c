/* Finding the first crossing of a step. The interpolant of z_i between the two nearest points at which z_i was seen,
 * one on either side, gives the next guess; the step is taken again to it, in the same frozen mode, and the new
 * end replaces one of the two. Near an end the interpolant errs by the square of the distance, so two or three steps reach
 * rounding. At every new end all surfaces are looked at again: another one may come first. */
#include "ode/slide.h"
#include <float.h>
#include <gsl/gsl_errno.h>
#include <math.h>

enum { MOST_STEPS = 100, INTERPOLATED = 20, MOST_FLIPS = 2, MOST_DIPS = 4 };

/* Of a share: so much below 0 it is rounding. */
static const double SHARE_ROUNDING = 1e-13;

/* Something that must not fall below 0, such as sign * z_i, and its derivative by time, at the length of a step. */
typedef struct seen {
    double length, value, rate;
} seen;

/* The cubic that it follows over the step, and what of it is rounding at the end. */
typedef struct watched {
    ode_cubic p;
    double rounding;
} watched;

static watched watch_surface(const crease_ode *ode, double length, size_t i) {
    double sign = ode->above[i] ? 1 : -1, start = sign * ode->now.z[i];
    if (fabs(start) <= crease_ode_rounding(ode, &ode->now, i))
        start = 0;
    return (watched){crease_ode_cubic(start, sign * ode->now.rate[i] * length, sign * ode->end.z[i],
                                      sign * ode->end.rate[i] * length),
                     crease_ode_rounding(ode, &ode->end, i)};
}

static watched watch_share(const crease_ode *ode, const ode_event *event) {
    ode_cubic p = crease_ode_slide_share(ode, event->held);
    if (event->happening == ODE_LEAVES_ABOVE) {
        for (size_t k = 0; k < 4; k++)
            p.c[k] = -p.c[k];
        p.c[0] += 1;
    }
    return (watched){p, SHARE_ROUNDING};
}

static watched watch(const crease_ode *ode, double length, const ode_event *event) {
    return event->happening == ODE_REACHES ? watch_surface(ode, length, event->surface)
                                           : watch_share(ode, event);
}

static seen seen_at_end(const crease_ode *ode, double length, const ode_event *event) {
    watched w = watch(ode, length, event);
    const double *c = w.p.c;
    return (seen){length, crease_ode_cubic_at(&w.p, 1), (c[1] + 2 * c[2] + 3 * c[3]) / length};
}

static seen seen_at_start(const crease_ode *ode, double length, const ode_event *event) {
    watched w = watch(ode, length, event);
    return (seen){0, w.p.c[0], w.p.c[1] / length};
}

static bool same(const ode_event *a, const ode_event *b) {
    return a->happening == b->happening && a->surface == b->surface;
}

/* Lengths nearer to each other than this are one. */
static double spacing(const crease_ode *ode, double whole) {
    return fmax(2 * DBL_EPSILON * fabs(ode->now.t), 4 * DBL_EPSILON * whole);
}

/* What happens first between now and end, as far as the cubics tell, and where, as a share of the step. *dip: where
 * one comes so near to 0 that only a step tells. */
typedef struct outlook {
    ode_event first;
    double place, dip;
} outlook;

/* The noise of a motion at rest, in units of what rounding leaves of z. */
static const double QUIET = 64;

/* A kink that starts at rounding and rises no more than noise before it falls: it is crossed at the start. Else a motion
 * at rest on a kink would cross it again and again, in steps too short to leave it. */
static bool falls_at_once(const crease_ode *ode, const ode_event *event, const watched *w, double place) {
    const double *c = w->p.c;
    return event->happening == ODE_REACHES && ode->system.surface[event->surface].kind == CREASE_ODE_KINK &&
           place <= 1 && c[0] == 0 &&
           place * (fabs(c[1]) + place * (fabs(c[2]) + place * fabs(c[3]))) <= QUIET * w->rounding;
}

static void consider(const crease_ode *ode, double length, ode_event event, outlook *o) {
    double dip;
    watched w = watch(ode, length, &event);
    double place = crease_ode_cubic_falls(ode->solver, &w.p, w.rounding, &dip);
    if (falls_at_once(ode, &event, &w, place))
        place = 0;
    if (ode->flips[event.surface] >= MOST_FLIPS && place * length <= spacing(ode, length))
        return; /* it was here and there already: rounding, or see check_held */
    if (place < o->place) {
        o->place = place;
        o->first = event;
    }
    o->dip = fmin(o->dip, dip);
}

static outlook look_out(const crease_ode *ode, double length) {
    outlook o = {{ODE_NOTHING, 0, 0}, 2, 2};
    size_t held = 0;
    for (size_t i = 0; i < ode->system.surface_count; i++) {
        size_t k = held;
        held += ode->slides[i];
        if (ode->slides[i]) {
            consider(ode, length, (ode_event){ODE_LEAVES_BELOW, i, k}, &o);
            consider(ode, length, (ode_event){ODE_LEAVES_ABOVE, i, k}, &o);
        } else {
            consider(ode, length, (ode_event){ODE_REACHES, i, 0}, &o);
        }
    }
    return o;
}

static int try_again(crease_ode *ode, double length) {
    ode->statistics.located++;
    return crease_ode_try(ode, length);
}

/* Between a and b, of which the value at a is not below 0; by halves where interpolation makes no progress. Beyond b where
 * the cubic does not fall after all: it was the longer one that erred. */
static double next_guess(const crease_ode *ode, const seen *a, const seen *b, size_t steps) {
    double width = b->length - a->length, dip;
    if (steps > INTERPOLATED && b->value < 0)
        return a->length + 0.5 * width;
    ode_cubic p = crease_ode_cubic(a->value, a->rate * width, b->value, b->rate * width);
    double s = crease_ode_cubic_falls(ode->solver, &p, 0, &dip);
    return a->length + s * width;
}

/* A length between a and b, at least one apart from both; that of a where there is none, or nearest to a start. */
static double inside(const crease_ode *ode, const seen *a, const seen *b, double guess, double apart) {
    bool closed = b->length - a->length <= 2 * apart;
    if (closed || (a->length == 0 && guess <= apart))
        guess = a->length;
    else
        guess = fmin(fmax(guess, a->length + apart), b->length - apart);
    return guess > 0 ? ode->now.t + guess - ode->now.t : 0;
}

/* From a step that ends beyond what happens first to one that ends with it, or with another that comes before. *stuck: it
 * happens at once, and did so twice already. */
static int close_in(crease_ode *ode, double *length, outlook o, ode_event *event, bool *stuck) {
    double apart = spacing(ode, *length), guess = o.place * *length;
    *event = o.first;
    seen a = seen_at_start(ode, *length, event), b = seen_at_end(ode, *length, event);
    for (size_t k = 0; k < MOST_STEPS; k++) {
        bool closed = b.length - a.length <= 2 * apart;
        guess = inside(ode, &a, &b, guess, apart);
        *stuck = guess <= 0 && ode->flips[event->surface] >= MOST_FLIPS;
        if (*stuck)
            break;
        bool there = guess <= 0 || guess == *length;
        *length = guess;
        if (there)
            return GSL_SUCCESS;
        if (try_again(ode, guess) != GSL_SUCCESS)
            return GSL_EBADFUNC;
        o = look_out(ode, guess);
        seen here = seen_at_end(ode, guess, event);
        if (o.first.happening != ODE_NOTHING && !same(&o.first, event)) {
            *event = o.first;
            a = seen_at_start(ode, guess, event);
            b = seen_at_end(ode, guess, event);
            guess *= o.place;
            continue;
        }
        if (closed || fabs(here.value) <= watch(ode, guess, event).rounding)
            return GSL_SUCCESS;
        if (here.value > 0 && o.first.happening == ODE_NOTHING) {
            a = here;
        } else {
            b = here;
            if (here.value > 0) /* a dip before it */
                a = seen_at_start(ode, guess, event);
        }
        guess = next_guess(ode, &a, &b, k);
        if (guess > b.length)
            break;
    }
    event->happening = ODE_NOTHING;
    return GSL_SUCCESS;
}

static void remember_sizes(crease_ode *ode) {
    for (size_t i = 0; i < ode->system.surface_count; i++)
        ode->size[i] = fmax(ode->size[i], fabs(ode->end.z[i]));
}

/* A surface that keeps the motion from either side, though its rate does not jump there. */
static crease_status is_held(const crease_ode *ode, size_t i, crease_error *error) {
    return crease_fail(
        error, CREASE_BAD_ARGUMENT,
        "at time %.17g surface %zu, at which the field jumps, holds the motion from both sides by its "
        "second derivative, which is no sliding that can be followed; smooth that jump",
        ode->now.t, i + 1);
}

static crease_status check_held(const crease_ode *ode, double length, crease_error *error) {
    for (size_t i = 0; i < ode->system.surface_count; i++) {
        double dip;
        if (ode->flips[i] < MOST_FLIPS || ode->system.surface[i].kind != CREASE_ODE_JUMP || ode->slides[i])
            continue;
        watched w = watch_surface(ode, length, i);
        if (crease_ode_cubic_falls(ode->solver, &w.p, w.rounding, &dip) * length <= spacing(ode, length))
            return is_held(ode, i, error);
    }
    return CREASE_OK;
}

crease_status crease_ode_locate(crease_ode *ode, double *length, ode_event *event, crease_error *error) {
    bool stuck = false;
    remember_sizes(ode);
    crease_status status = check_held(ode, *length, error);
    if (status != CREASE_OK)
        return status;
    outlook o = look_out(ode, *length);
    for (size_t k = 0; k < MOST_DIPS && o.first.happening == ODE_NOTHING && o.dip < 1; k++) {
        double shorter = ode->now.t + o.dip * *length - ode->now.t;
        if (!(shorter > spacing(ode, *length)))
            break;
        *length = shorter;
        if (try_again(ode, shorter) != GSL_SUCCESS)
            return crease_ode_failed(ode, ode->now.t, error);
        o = look_out(ode, *length);
    }
    if (o.first.happening == ODE_NOTHING)
        return CREASE_OK;
    if (close_in(ode, length, o, event, &stuck) != GSL_SUCCESS)
        return crease_ode_failed(ode, ode->now.t, error);
    if (stuck && ode->system.surface[event->surface].kind == CREASE_ODE_JUMP && !ode->slides[event->surface])
        return is_held(ode, event->surface, error);
    return CREASE_OK;
}
