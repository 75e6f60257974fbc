/* While no kink is met the equations are linear, and the Fourier coefficient c(t) = sum x_i(t) e^{-iki} of a mode is a
 * sum of as many exponentials as the order (x_i less the uniform motion; k is not 0, so that falls out). From c at
 * 0, h, 2h, 3h: c_{n+2} = p c_{n+1} + q c_n gives p and q, and z^2 = p z + q the e^{lh} (Prony 1795). */
#include "traffic/ring/ring.h"
#include <complex.h>
#include <math.h>
#include <stdlib.h>

/* How far the uniform spacing is from what makes the equations another: a kink or a collision. */
static double freedom(const ring_problem *p, double spacing) {
    const double sj = p->law.standstill, free_from = follow_free_spacing(&p->law);
    double least = fmin(fabs(spacing - sj), fabs(spacing - free_from));
    return fmin(least, spacing - p->vehicle);
}

static double complex coefficient(const double *x, double length, size_t n, size_t mode) {
    double complex sum = 0;
    for (size_t i = 0; i < n; i++) {
        const double turn = 2 * M_PI * (double)(mode * i % n) / (double)n;
        sum += (x[i] - x[0] - length * (double)i / (double)n) * cexp(-I * turn);
    }
    return sum;
}

static follow_root root_of(double complex z, double h) {
    const double complex l = clog(z) / h;
    return (follow_root){creal(l), cimag(l)};
}

static void solve(const double complex *c, double h, int order, follow_root root[2]) {
    if (order == 1) {
        root[0] = root_of(c[1] / c[0], h);
        return;
    }
    const double complex det = c[1] * c[1] - c[0] * c[2], p = (c[1] * c[2] - c[0] * c[3]) / det,
                         q = (c[1] * c[3] - c[2] * c[2]) / det;
    const double complex half = p / 2, r = csqrt(half * half + q);
    /* the larger by modulus first, the other from the product -q */
    const double complex z = cabs(half + r) >= cabs(half - r) ? half + r : half - r;
    root[0] = root_of(z, h);
    root[1] = root_of(-q / z, h);
}

static crease_status follow_mode(const ring_problem *p, const double *x, const double *v, double h,
                                 size_t mode, double complex c[4], size_t *kinks, double *work,
                                 crease_error *error) {
    ring_motion *motion = NULL;
    ring_summary summary;
    crease_ode_end end;
    crease_status status = ring_motion_new(p, x, v, &motion, error);
    if (status == CREASE_OK)
        status = ring_motion_advance(motion, 3 * h, &end, error);
    if (status == CREASE_OK)
        status = ring_motion_summary(motion, &summary, error);
    for (int k = 0; k < 4 && status == CREASE_OK; k++) {
        ring_motion_at(motion, k * h, work, NULL, NULL);
        c[k] = coefficient(work, p->length, p->vehicles, mode);
        *kinks = summary.kinks;
    }
    ring_motion_free(motion);
    return status;
}

crease_status ring_measure(const ring_problem *problem, size_t mode, follow_root root[2], size_t *kinks,
                           crease_error *error) {
    ring_problem p = *problem;
    const size_t n = p.vehicles;
    const double spacing = p.length / (double)n, room = freedom(&p, spacing);
    if (n < 2 || mode % n == 0)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "%zu vehicles have no mode %zu that could grow", n,
                           mode);
    if (!(room > 1e-6 * spacing))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "the uniform spacing of %g m lies on a kink or within a vehicle: no wave is small there",
            spacing);
    double *x = malloc(3 * n * sizeof *x);
    if (!x)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory to follow a mode");
    /* h short against the growth, long against nothing: both exponentials must be seen in 3 h */
    const double tau = p.law.order == 2 ? p.law.tau : p.law.gap_time;
    const double h = fmin(tau, .5 * sqrt(tau * p.law.gap_time)), amplitude = .05 * room;
    double complex c[4];
    p.tolerance = 1e-13;
    p.interrupted = NULL;
    crease_status status = ring_start(n, p.length, amplitude, mode, 0, x, error);
    /* speeds that also differ, never below 0: on the free branch positions alone would not move */
    for (size_t i = 0; i < n; i++)
        x[n + i] = follow_speed(&p.law, spacing) +
                   .5 * amplitude / tau * (1 + cos(2 * M_PI * (double)(mode * i % n) / (double)n));
    if (status == CREASE_OK)
        status = follow_mode(&p, x, x + n, h, mode, c, kinks, x + 2 * n, error);
    if (status == CREASE_OK)
        solve(c, h, p.law.order, root);
    free(x);
    return status;
}
