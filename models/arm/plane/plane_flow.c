/* x'' = k x + a x' + c. With m = a/2, D = m^2 + k and the response h to a blow (h(0) = 0, h'(0) = 1),
 *
 *   h = e^{mt} S,  h' = e^{mt} (C + m S),  C, S = cos, sin(vt)/v (D = -v^2),  cosh, sinh(rt)/r (D = r^2),  1, t (D = 0)
 *   Phi = [h' - a h, h; k h, h'],  s(t) = Phi s + c (H, h),  H = integral of h
 *
 * H is the divided difference of e^{.t} at 0 and the two eigenvalues l and L (|l| <= |L|): its power
 * series where |L| t < 1; (h - expm1(l t)/l) / L for real ones; (h' - a h - 1)/k for complex ones. For any
 * line, z(t) = n . s(t) - d has z' = e^{mt} (p C + q S) with p = z'(0), q = z''(0) - m p, so z turns where
 * tan(vt)/v, tanh(rt)/r or t equals -p/q: between these times z is monotone, and bisection finds its root
 * to the last digit. The saturated region k = 0 is no special case. */
#include "arm/plane/plane.h"
#include <gsl/gsl_math.h>
#include <math.h>

arm_flow arm_plane_flow(const arm_plane *plane, const arm_plane_region *region) {
    double inertia = plane->plant.inertia;
    return (arm_flow){.stiffness = -region->kp / inertia,
                      .damping = -(plane->plant.friction + region->kd) / inertia,
                      .push = region->offset / inertia};
}

/* h, h' and h' - a h at t. */
typedef struct response {
    double h, rate, rest;
} response;

/* Eigenvalues by size where they are real. */
static void real_eigenvalues(const arm_flow *flow, double root, double *small, double *large) {
    double m = flow->damping / 2;
    *large = m + copysign(root, m);
    *small = *large != 0 ? -flow->stiffness / *large : 0;
}

static response respond(const arm_flow *flow, double t) {
    double m = flow->damping / 2, inner = m * m + flow->stiffness, root = sqrt(fabs(inner));
    double S, C, growth = exp(m * t);
    if (inner < 0) {
        S = sin(root * t) / root;
        C = cos(root * t);
    } else if (root * t < 1) {
        S = root * t > 1e-5 ? sinh(root * t) / root : t * (1 + gsl_pow_2(root * t) / 6);
        C = cosh(root * t);
    } else {
        double small, large;
        real_eigenvalues(flow, root, &small, &large);
        double first = fmax(small, large), second = fmin(small, large);
        double slow = exp(first * t), fast = exp(second * t), gap = 2 * root;
        return (response){slow * -expm1(-gap * t) / gap, (first * slow - second * fast) / gap,
                          (first * fast - second * slow) / gap};
    }
    return (response){growth * S, growth * (C + m * S), growth * (C - m * S)};
}

/* sum over n >= 2 of g_n t^n / n! with g_n = a g_{n-1} + k g_{n-2}, g_1 = 0, g_2 = 1: the derivatives of H
 * at 0. */
static double series(const arm_flow *flow, double t) {
    double before = 0, derivative = 1, power = t * t / 2, sum = power;
    for (int n = 3; n < 60; n++) {
        double next = flow->damping * derivative + flow->stiffness * before;
        before = derivative;
        derivative = next;
        power *= t / n;
        sum += derivative * power;
        if (fabs(derivative * power) + fabs(before * power) < 1e-18 * fabs(sum))
            break;
    }
    return sum;
}

static double integral(const arm_flow *flow, double t, const response *r) {
    double m = flow->damping / 2, inner = m * m + flow->stiffness, small, large;
    if (inner < 0) {
        if (-flow->stiffness * t * t < 1)
            return series(flow, t);
        return (r->rest - 1) / flow->stiffness;
    }
    real_eigenvalues(flow, sqrt(inner), &small, &large);
    if (fabs(large) * t < 1)
        return series(flow, t);
    return (r->h - (small != 0 ? expm1(small * t) / small : t)) / large;
}

void arm_flow_matrix(const arm_flow *flow, double t, double phi[4], double gamma[2]) {
    response r = respond(flow, t);
    phi[0] = r.rest;
    phi[1] = r.h;
    phi[2] = flow->stiffness * r.h;
    phi[3] = r.rate;
    gamma[0] = integral(flow, t, &r);
    gamma[1] = r.h;
}

void arm_flow_at(const arm_flow *flow, double t, const double s[2], double to[2]) {
    double phi[4], gamma[2], x = s[0], w = s[1];
    arm_flow_matrix(flow, t, phi, gamma);
    to[0] = phi[0] * x + phi[1] * w + flow->push * gamma[0];
    to[1] = phi[2] * x + phi[3] * w + flow->push * gamma[1];
}

/* ---- crossings ---- */

typedef struct line {
    const arm_flow *flow;
    double s[2], n[2], d;
} line;

static double height(double t, const line *l) {
    double s[2];
    arm_flow_at(l->flow, t, l->s, s);
    return l->n[0] * s[0] + l->n[1] * s[1] - l->d;
}

/* The first time after `after` at which z turns. */
static double next_turn(const line *l, double after) {
    const arm_flow *flow = l->flow;
    double m = flow->damping / 2, inner = m * m + flow->stiffness, root = sqrt(fabs(inner));
    double pull = flow->stiffness * l->s[0] + flow->damping * l->s[1] + flow->push;
    double p = l->n[0] * l->s[1] + l->n[1] * pull;
    double second = l->n[0] * pull + l->n[1] * (flow->stiffness * l->s[1] + flow->damping * pull);
    double q = second - m * p;
    if (p == 0 && q == 0)
        return HUGE_VAL;
    if (inner < 0) {
        double phase = atan2(-p * root, q), half = M_PI / root; /* sin(vt + ..) = 0 */
        double t = fmod(phase + M_PI, M_PI) / root;
        if (t <= after)
            t += half * (floor((after - t) / half) + 1);
        return t > after ? t : t + half;
    }
    double t = inner > 0 && root > 0 ? atanh(-p * root / q) / root : -p / q; /* NaN where there is none */
    return t > after ? t : HUGE_VAL;
}

/* z > 0 at lo, < 0 at hi: the last time at which it is not below 0. */
static double root_between(const line *l, double lo, double hi) {
    for (;;) {
        double middle = lo + (hi - lo) / 2;
        if (middle <= lo || middle >= hi)
            return lo;
        if (height(middle, l) >= 0)
            lo = middle;
        else
            hi = middle;
    }
}

double arm_flow_crossing(const arm_flow *flow, const double s[2], const double n[2], double d, double until) {
    line l = {flow, {s[0], s[1]}, {n[0], n[1]}, d};
    double from = 0, at_from = fmax(height(0, &l), 0);
    while (from < until) {
        double to = fmin(next_turn(&l, from), until), at_to = height(to, &l);
        if (at_to < 0)
            return at_from > 0 ? root_between(&l, from, to) : from;
        from = to;
        at_from = at_to;
    }
    return HUGE_VAL;
}
