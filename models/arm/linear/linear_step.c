/* x = r (1 - y) with J y'' + d y' + k y = 0, y = 1 at rest. With a = d/2J, p = sqrt|a^2 - k/J|:
 *   below critical damping  y = exp(-a t) (cos p t + a sin(p t)/p), whose peaks of alternating sign lie at
 *                           t = i pi/p and are exp(-i pi a/p) high: y is monotone between neighbours;
 *   above                   y = exp(-l t) (1 + l (1 - exp(-2 p t))/2p), l = (k/J)/(a + p) the slow rate, which
 *                           is monotone, has no difference of large numbers, and holds for p = 0 as well.
 * Passages of a level are bracketed by these monotone stretches and located by Brent's method. */
#include "arm/internal.h"
#include "arm/linear/linear.h"
#include <math.h>

typedef struct decay {
    double a, p; /* 1/s */
    double slow; /* l, 1/s; above critical damping */
    bool rings;
    double level; /* of y, that is being located */
} decay;

static decay decay_of(double inertia, double damping, double stiffness) {
    double a = damping / (2 * inertia), square = stiffness / inertia, root = sqrt(square);
    double apart = (a - root) * (a + root);
    decay d = {.a = a, .p = sqrt(fabs(apart)), .rings = apart < 0};
    d.slow = square / (a + d.p);
    return d;
}

/* y */
static double remaining(const decay *d, double t) {
    if (d->rings)
        return exp(-d->a * t) * (cos(d->p * t) + d->a / d->p * sin(d->p * t));
    double grown = d->p > 0 ? -expm1(-2 * d->p * t) / (2 * d->p) : t;
    return exp(-d->slow * t) * (1 + d->slow * grown);
}

static double above_level(double t, void *context) {
    const decay *d = context;
    return remaining(d, t) - d->level;
}

static double passage(decay *d, gsl_root_fsolver *solver, double level, double from, double to) {
    gsl_function f = {above_level, d};
    d->level = level;
    return arm_root(solver, &f, from, to);
}

/* A time at which y is below `level` for good, of the monotone kind. */
static double beyond(const decay *d, double level) {
    double t = 1 / d->slow;
    while (remaining(d, t) > level)
        t *= 2;
    return t;
}

static double settling(decay *d, gsl_root_fsolver *solver, double band) {
    if (!d->rings)
        return passage(d, solver, band, 0, beyond(d, band));
    if (d->a == 0)
        return NAN;
    double half = M_PI / d->p, peak = 0; /* the last peak outside the band */
    double last = floor(-log(band) / (d->a * half));
    for (double i = fmax(0, last - 1); i <= last + 1; i++)
        if (exp(-i * d->a * half) > band)
            peak = i;
    double sign = fmod(peak, 2) == 0 ? 1 : -1;
    return passage(d, solver, sign * band, peak * half, (peak + 1) * half);
}

crease_status arm_second_order_step(double inertia, double damping, double stiffness, arm_second_order *step,
                                    crease_error *error) {
    *step = (arm_second_order){NAN, NAN, NAN, NAN, NAN, NAN};
    if (!(stiffness > 0 && inertia > 0 && damping >= 0))
        return CREASE_OK;
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (!solver)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the root finder");
    decay d = decay_of(inertia, damping, stiffness);
    double end = d.rings ? M_PI / d.p : beyond(&d, 0.02);
    step->natural_frequency = sqrt(stiffness / inertia);
    step->damping_ratio = damping / (2 * sqrt(inertia * stiffness));
    step->rise_10_90_s = passage(&d, solver, 0.1, 0, end) - passage(&d, solver, 0.9, 0, end);
    step->overshoot_pct = d.rings ? 100 * exp(-M_PI * d.a / d.p) : 0;
    step->peak_time_s = d.rings ? end : NAN;
    step->settle_2pct_s = settling(&d, solver, 0.02);
    gsl_root_fsolver_free(solver);
    return CREASE_OK;
}

double arm_second_order_response(double inertia, double damping, double stiffness, double time) {
    decay d = decay_of(inertia, damping, stiffness);
    return 1 - remaining(&d, time);
}
