/* Which surfaces hold at a point where several vanish: states "below" (theta 0, rate v <= 0), "above" (theta 1, v >= 0) and
 * "holds" (0 <= theta <= 1, v = 0) with v = b + A theta, a linear complementarity problem with bounds. Where every
 * jump drives to its surface (A_ii < 0), first by exchanging the least index that is wrong (Murty 1974: finite where -A
 * has positive principal minors, as in Coulomb friction), else by looking at all states, of which those are preferred in
 * which most surfaces hold, then those that keep the present sides. */
#include "ode/slide.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

typedef enum state { BELOW, ABOVE, HOLDS } state;
enum { MOST_SURFACES = 8, EXCHANGES = 1000 };

/* Of a share: on the border a surface holds, and is left by the next step if it must. */
static const double TIE = 1e-9;

static bool is_here(const crease_ode *ode, size_t i) {
    if (ode->system.surface[i].kind != CREASE_ODE_JUMP || ode->kept[i] || ode->gentle[i])
        return false;
    return ode->slides[i] || ode->arrived[i] || fabs(ode->now.z[i]) <= crease_ode_rounding(ode, &ode->now, i);
}

/* Shares and rates of a pattern; false where what holds has no shares. */
static bool solve(ode_slide *s, const unsigned char *pattern) {
    size_t count = s->count, held = 0;
    for (size_t i = 0; i < count; i++)
        s->theta[i] = pattern[i] == ABOVE ? 1 : 0;
    for (size_t i = 0; i < count; i++) {
        if (pattern[i] != HOLDS)
            continue;
        s->right[held] = -s->b[i];
        size_t column = 0, rows = 0;
        for (size_t j = 0; j < count; j++)
            rows += pattern[j] == HOLDS;
        for (size_t j = 0; j < count; j++) {
            if (pattern[j] == HOLDS)
                s->part[held * rows + column++] = s->A[i * count + j];
            else
                s->right[held] -= s->A[i * count + j] * s->theta[j];
        }
        held++;
    }
    if (!crease_ode_slide_solve(s, held, s->part, s->right, s->x))
        return false;
    held = 0;
    for (size_t i = 0; i < count; i++)
        if (pattern[i] == HOLDS)
            s->theta[i] = s->x[held++];
    return true;
}

static double rate_of(const ode_slide *s, size_t i) {
    double v = s->b[i];
    for (size_t j = 0; j < s->count; j++)
        v += s->A[i * s->count + j] * s->theta[j];
    return v;
}

/* What surface i should be instead; its own state where it is right. */
static state better(const ode_slide *s, const unsigned char *pattern, size_t i) {
    double scale = fabs(s->A[i * s->count + i]);
    if (pattern[i] == HOLDS) {
        if (s->theta[i] < -TIE)
            return BELOW;
        return s->theta[i] > 1 + TIE ? ABOVE : HOLDS;
    }
    double v = rate_of(s, i);
    if (pattern[i] == BELOW)
        return v > TIE * scale ? HOLDS : BELOW;
    return v < -TIE * scale ? HOLDS : ABOVE;
}

static size_t first_wrong(const ode_slide *s, const unsigned char *pattern) {
    size_t i = 0;
    while (i < s->count && better(s, pattern, i) == pattern[i])
        i++;
    return i;
}

/* From the present states on, so that they stay where they may; a surface that the motion comes to holds first. */
static bool exchange(const crease_ode *ode, unsigned char *pattern) {
    ode_slide *s = ode->slide;
    for (size_t i = 0; i < s->count; i++) {
        size_t surface = s->index[i];
        bool comes = ode->fresh || ode->arrived[surface] || ode->slides[surface];
        pattern[i] = comes ? HOLDS : ode->above[surface] ? ABOVE : BELOW;
        if (!(s->A[i * s->count + i] < 0))
            return false;
    }
    for (size_t k = 0; k < EXCHANGES; k++) {
        if (!solve(s, pattern))
            return false;
        size_t wrong = first_wrong(s, pattern);
        if (wrong == s->count)
            return true;
        pattern[wrong] = (unsigned char)better(s, pattern, wrong);
    }
    return false;
}

/* How much a pattern is preferred. */
static size_t merit(const crease_ode *ode, const unsigned char *pattern) {
    const ode_slide *s = ode->slide;
    size_t sum = 0;
    for (size_t i = 0; i < s->count; i++)
        sum += pattern[i] == HOLDS ? 2 * MOST_SURFACES : (pattern[i] == ABOVE) == ode->above[s->index[i]];
    return sum;
}

static bool holds_by_itself(const ode_slide *s, const unsigned char *pattern) {
    for (size_t i = 0; i < s->count; i++)
        if (pattern[i] == HOLDS && !(s->A[i * s->count + i] < 0))
            return false;
    return true;
}

/* alone: what holds must do so by its own jump. Without that there always is an answer (a variational inequality on a box),
 * such as the point that a motion spirals into between two surfaces. */
static bool look_at_all(const crease_ode *ode, bool alone, unsigned char *best) {
    ode_slide *s = ode->slide;
    if (s->count > MOST_SURFACES)
        return false;
    size_t codes = 1, most = 0;
    bool found = false;
    for (size_t i = 0; i < s->count; i++)
        codes *= 3;
    for (size_t code = 0; code < codes; code++) {
        unsigned char pattern[MOST_SURFACES];
        for (size_t i = 0, rest = code; i < s->count; i++, rest /= 3)
            pattern[i] = (unsigned char)(rest % 3);
        if ((alone && !holds_by_itself(s, pattern)) || !solve(s, pattern) ||
            first_wrong(s, pattern) < s->count)
            continue;
        if (!found || merit(ode, pattern) > most) {
            most = merit(ode, pattern);
            memcpy(best, pattern, s->count);
            found = true;
        }
    }
    return found;
}

/* The surfaces that jumps must decide, with A and b; a z whose rate vanishes on both sides is decided by what comes
 * later. */
static int gather(crease_ode *ode) {
    ode_slide *s = ode->slide;
    bool gentle = true;
    while (gentle) {
        gentle = false;
        s->count = 0;
        for (size_t i = 0; i < ode->system.surface_count; i++)
            if (is_here(ode, i))
                s->index[s->count++] = i;
        if (s->count > 0 && crease_ode_slide_jumps(ode, ode->now.t, ode->now.y) != GSL_SUCCESS)
            return GSL_EBADFUNC;
        for (size_t k = 0; k < s->count; k++) {
            size_t i = s->index[k];
            if (crease_ode_stands(ode, i, s->b[k]) && crease_ode_stands(ode, i, s->A[k * s->count + k]))
                ode->gentle[i] = gentle = true;
        }
    }
    return GSL_SUCCESS;
}

crease_status crease_ode_slide_decide(crease_ode *ode, bool *changed, crease_error *error) {
    ode_slide *s = ode->slide;
    *changed = false;
    if (!s)
        return CREASE_OK;
    if (gather(ode) != GSL_SUCCESS)
        return crease_ode_failed(ode, ode->now.t, error);
    if (s->count > 0 && !exchange(ode, s->pattern) && !look_at_all(ode, true, s->pattern) &&
        !look_at_all(ode, false, s->pattern))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "at time %.17g the motion meets %zu surfaces at which the field jumps, and no side of "
            "them, nor sliding along them, continues it; smooth one of the jumps",
            ode->now.t, s->count);
    for (size_t k = 0; k < s->count; k++) {
        size_t i = s->index[k];
        bool holds = s->pattern[k] == HOLDS, above = holds ? ode->above[i] : s->pattern[k] == ABOVE;
        *changed = *changed || holds != ode->slides[i] || above != ode->above[i];
        ode->slides[i] = holds;
        ode->above[i] = above;
    }
    return CREASE_OK;
}
