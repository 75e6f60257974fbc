/* The mode in which the motion goes on from a point. Sides of surfaces that z does not vanish on are known. On a surface
 * the side is the sign of its rate; where that vanishes too, the sign of the rate a little later. A flip may change z and
 * rates of other surfaces (a unit of a second layer), so it is looked again until all agree: the first surface that is
 * wrong flips, which ends since a unit depends on units before it. Jumps are decided together, in decide.c. */
#include "ode/slide.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

enum { ROUNDS = 16 };

/* Shares: of the step to come; of the size of z. */
static const double AHEAD = 1e-4, STANDS = 1e-10;

bool crease_ode_stands(const crease_ode *ode, size_t i, double rate) {
    return fabs(rate) * ode->h <= STANDS * ode->size[i];
}

static int look(crease_ode *ode) {
    ode->sliding = false;
    for (size_t i = 0; i < ode->system.surface_count; i++)
        ode->sliding = ode->sliding || ode->slides[i];
    if (crease_ode_look(ode, &ode->now) != GSL_SUCCESS)
        return GSL_EBADFUNC;
    crease_ode_slide_at_now(ode);
    return GSL_SUCCESS;
}

static void move_ahead(crease_ode *ode) {
    double c = AHEAD * ode->h;
    ode->ahead.t = ode->now.t + c;
    for (size_t j = 0; j < ode->system.dimension; j++)
        ode->ahead.y[j] = ode->now.y[j] + c * ode->now.slope[j];
}

static bool is_on(const crease_ode *ode, size_t i) {
    bool jumps = ode->system.surface[i].kind == CREASE_ODE_JUMP && !ode->gentle[i];
    return !jumps && !ode->slides[i] && !ode->kept[i] &&
           (ode->arrived[i] || fabs(ode->now.z[i]) <= crease_ode_rounding(ode, &ode->now, i));
}

/* Flips the first surface that is about to be left on the wrong side. */
static int flip_one(crease_ode *ode, bool *flipped) {
    bool looked = false;
    *flipped = false;
    for (size_t i = 0; i < ode->system.surface_count && !*flipped; i++) {
        double rate = ode->now.rate[i], sign = ode->above[i] ? 1 : -1;
        if (!is_on(ode, i))
            continue;
        if (crease_ode_stands(ode, i, rate)) {
            if (!looked)
                move_ahead(ode);
            if (!looked && crease_ode_look(ode, &ode->ahead) != GSL_SUCCESS)
                return GSL_EBADFUNC;
            looked = true;
            rate = ode->ahead.rate[i];
        }
        if (sign * rate < 0) {
            ode->above[i] = !ode->above[i];
            *flipped = true;
        }
    }
    return GSL_SUCCESS;
}

/* Where flipping one after the other comes to no end: the sides that a little later are right. */
static int guess_sides(crease_ode *ode) {
    move_ahead(ode);
    memcpy(ode->signs, ode->above, ode->system.surface_count * sizeof *ode->signs);
    if (crease_ode_signs(ode, ode->ahead.t, ode->ahead.y, ode->ahead.z, ode->signs) != GSL_SUCCESS)
        return GSL_EBADFUNC;
    for (size_t i = 0; i < ode->system.surface_count; i++)
        if (is_on(ode, i))
            ode->above[i] = ode->signs[i];
    return look(ode);
}

static int settle_kinks(crease_ode *ode, bool *changed) {
    size_t most = 4 * ode->system.surface_count + 8;
    bool flipped = true;
    *changed = false;
    for (size_t k = 0; k < most && flipped; k++) {
        if (flip_one(ode, &flipped) != GSL_SUCCESS || (flipped && look(ode) != GSL_SUCCESS))
            return GSL_EBADFUNC;
        *changed = *changed || flipped;
    }
    return flipped ? guess_sides(ode) : GSL_SUCCESS;
}

/* What is other than it was told last. */
static bool tell(crease_ode *ode) {
    for (size_t i = 0; i < ode->system.surface_count; i++) {
        const crease_ode_surface *s = &ode->system.surface[i];
        bool slides = ode->slides[i] != ode->told_slides[i], crosses = ode->above[i] != ode->told_above[i];
        int direction = slides ? 0 : ode->above[i] ? 1 : -1;
        ode->told_slides[i] = ode->slides[i];
        ode->told_above[i] = ode->above[i];
        if (ode->fresh || !(slides || crosses))
            continue;
        bool event = s->kind == CREASE_ODE_EVENT;
        if (event && s->direction != 0 && s->direction != direction)
            continue;
        ode->ended = ode->ended || (event && s->terminal);
        if (!crease_ode_note(ode, i, direction))
            return false;
    }
    return true;
}

crease_status crease_ode_settle(crease_ode *ode, crease_error *error) {
    bool jumped = true, flipped = true;
    size_t m = ode->system.surface_count;
    memset(ode->gentle, 0, m * sizeof *ode->gentle);
    if (look(ode) != GSL_SUCCESS)
        return crease_ode_failed(ode, ode->now.t, error);
    for (size_t k = 0; (jumped || flipped) && !ode->options.plain; k++) {
        crease_status status = crease_ode_slide_decide(ode, &jumped, error);
        if (status != CREASE_OK)
            return status;
        if ((jumped && look(ode) != GSL_SUCCESS) || settle_kinks(ode, &flipped) != GSL_SUCCESS)
            return crease_ode_failed(ode, ode->now.t, error);
        if (k == ROUNDS)
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "at time %.17g the sides of the surfaces that meet there cannot be decided; "
                               "smooth one of the jumps",
                               ode->now.t);
    }
    memset(ode->arrived, 0, m * sizeof *ode->arrived);
    if (!tell(ode))
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the crossings");
    ode->fresh = false;
    ode->settled = true;
    crease_ode_history_mode(ode);
    return CREASE_OK;
}
