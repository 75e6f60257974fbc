/* The largest value of f(s) = s'Qs + 2 l's on a polygon lies at a corner, at the stationary point of an
 * edge where f is concave along it, or at that of the plane where Q is negative definite.
 *
 * Outward, with u = 2^-53 and T the value of the terms' sizes at `reach`: a value is off by at most 64 u
 * T, and so is a corner's, as it moves by 8 u reach and |grad f| reach <= 2 T. Along an edge f is c0 + c1
 * t + c2 t^2 on [0, 1], so errors in c move its largest value by no more than theirs. Inside, where Q may
 * be negative definite, f <= f(p) + grad f(p) . (s - p) + max(0, eigenvalue) |s - p|^2 for any p: at the
 * largest value found this is a bound by the corners alone, whatever p is worth. */
#include "arm/plane/plane_lyapunov.h"
#include <gsl/gsl_math.h>
#include <math.h>
#include <string.h>

static const double margin_of_size = 0x1p-46;

static double value(const arm_quadratic *f, const double *s) {
    return f->q[0] * s[0] * s[0] + 2 * f->q[1] * s[0] * s[1] + f->q[2] * s[1] * s[1] +
           2 * (f->l[0] * s[0] + f->l[1] * s[1]);
}

static double size_at(const arm_quadratic *f, const double *reach) {
    const arm_quadratic sizes = {.q = {f->size_q[0], f->size_q[1], f->size_q[2]},
                                 .l = {f->size_l[0], f->size_l[1]}};
    return value(&sizes, reach);
}

static void gradient(const arm_quadratic *f, const double *s, double *g) {
    g[0] = 2 * (f->q[0] * s[0] + f->q[1] * s[1] + f->l[0]);
    g[1] = 2 * (f->q[1] * s[0] + f->q[2] * s[1] + f->l[1]);
}

typedef struct best {
    double most, where[2];
} best;

static void offer(const arm_quadratic *f, double x, double w, best *b) {
    const double s[2] = {x, w};
    double here = value(f, s);
    if (here > b->most)
        *b = (best){here, {x, w}};
}

/* The stationary point of an edge from p to q, when f has its largest value there. */
static void offer_edge(const arm_quadratic *f, const double *p, const double *q, best *b) {
    const double along[2] = {q[0] - p[0], q[1] - p[1]};
    double g[2];
    gradient(f, p, g);
    double first = g[0] * along[0] + g[1] * along[1];
    double second =
        f->q[0] * along[0] * along[0] + 2 * f->q[1] * along[0] * along[1] + f->q[2] * along[1] * along[1];
    if (!(second < 0 && first > 0 && first < -2 * second))
        return;
    double t = first / (-2 * second);
    offer(f, p[0] + t * along[0], p[1] + t * along[1], b);
}

static bool inside(const double *corner, size_t count, const double *s) {
    for (size_t i = 0; i < count; i++) {
        const double *p = corner + 2 * i, *q = corner + 2 * ((i + 1) % count);
        if ((q[0] - p[0]) * (s[1] - p[1]) - (q[1] - p[1]) * (s[0] - p[0]) < 0)
            return false;
    }
    return true;
}

/* A bound on f over the polygon, from p: `curved` is at least the largest eigenvalue of Q in coordinates
 * divided by reach. */
static double bound_from(const arm_quadratic *f, const double *corner, size_t count, const double *reach,
                         const double *p, double curved) {
    double g[2], most = -HUGE_VAL, far = 0;
    gradient(f, p, g);
    for (size_t i = 0; i < count; i++) {
        double x = corner[2 * i] - p[0], w = corner[2 * i + 1] - p[1];
        most = fmax(most, g[0] * x + g[1] * w);
        far = fmax(far, gsl_pow_2(x / reach[0]) + gsl_pow_2(w / reach[1]));
    }
    return value(f, p) + most + fmax(0, curved) * far;
}

void arm_quadratic_most(const arm_quadratic *f, const double *corner, size_t count, const double reach[2],
                        double *most, double *where, double *above) {
    best b = {-HUGE_VAL, {0, 0}};
    double size = size_at(f, reach), margin = margin_of_size * size;
    for (size_t i = 0; i < count; i++)
        offer(f, corner[2 * i], corner[2 * i + 1], &b);
    for (size_t i = 0; i < count; i++)
        offer_edge(f, corner + 2 * i, corner + 2 * ((i + 1) % count), &b);
    best border = b;
    /* eigenvalues of Q scaled by reach, off by less than the margin */
    double a = f->q[0] * reach[0] * reach[0], c = f->q[2] * reach[1] * reach[1],
           m = f->q[1] * reach[0] * reach[1];
    double larger = (a + c) / 2 + hypot((a - c) / 2, m);
    *above = b.most;
    if (larger <= margin) {
        double det = f->q[0] * f->q[2] - f->q[1] * f->q[1], curved = larger + margin;
        double p[2] = {(f->q[1] * f->l[1] - f->q[2] * f->l[0]) / det,
                       (f->q[1] * f->l[0] - f->q[0] * f->l[1]) / det};
        *above = bound_from(f, corner, count, reach, border.where, curved);
        if (det > 0 && isfinite(p[0]) && isfinite(p[1]) && inside(corner, count, p)) {
            offer(f, p[0], p[1], &b);
            *above = fmin(*above, bound_from(f, corner, count, reach, p, curved));
        }
        *above = fmax(*above, b.most);
    }
    *above += 4 * margin;
    *most = b.most;
    memcpy(where, b.where, sizeof b.where);
}

bool arm_quadratic_negative(const arm_quadratic *function, const double *corner, size_t count, bool around) {
    arm_quadratic form = *function, *f = &form;
    form.l[0] = form.l[1] = 0;
    double a = -f->q[0] - margin_of_size * f->size_q[0], c = -f->q[2] - margin_of_size * f->size_q[2];
    double m = fabs(f->q[1]) + margin_of_size * f->size_q[1];
    if (a > 0 && c > 0 && a * c > m * m * (1 + margin_of_size))
        return true;
    if (around)
        return false;
    /* in a cone between two directions: both values below 0, and the mixed one not so large that the sum
     * is not */
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            const double *p = corner + 2 * i, *q = corner + 2 * j;
            double size = f->size_q[0] * fabs(p[0] * q[0]) + f->size_q[2] * fabs(p[1] * q[1]) +
                          f->size_q[1] * (fabs(p[0] * q[1]) + fabs(p[1] * q[0]));
            double mixed = f->q[0] * p[0] * q[0] + f->q[1] * (p[0] * q[1] + p[1] * q[0]) +
                           f->q[2] * p[1] * q[1] + 16 * margin_of_size * size;
            double first = -value(f, p), second = -value(f, q);
            bool apart = hypot(p[0], p[1]) > 0 && hypot(q[0], q[1]) > 0;
            if (apart && (i == j ? mixed >= 0 : mixed > 0 && mixed * mixed >= first * second * (1 - 1e-9)))
                return false;
        }
    return true;
}
