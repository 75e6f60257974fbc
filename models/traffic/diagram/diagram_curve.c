/* Diagrams q = vf rho u(x), x = rho/R.
 *
 *   greenshields     u = 1 - x                                 R = rho_j          (these down to van Aerde
 *   triangular       u = min(1, k/(1-k) (1/x - 1))             k = rho_c/rho_j     are 0 for x >= 1)
 *   trapezoidal      x u = min(x, k1, k1 (1-x)/(1-k2))         k1 = p1 p2, k2 = p2, flow vf k1 R on [k1, k2]
 *   Smulders         u = 1 - s x/r up to r, then r(1-s)/(1-r) (1/x - 1)            (Smulders 1990)
 *   Newell-Franklin  u = 1 - exp(-l (1/x - 1)), l = w/vf       (Newell 1961, Franklin 1961)
 *   van Aerde        1/x = 1 - a + a/(1-u) + g u               (van Aerde 1995; c1 = (1-a)/rho_j,
 *                                                              c2 = a vf/rho_j, c3 = g/(vf rho_j))
 *   Underwood, Drake u = exp(-x), exp(-x^2/2)                  R = r0 (Underwood 1961; Drake et al. 1967)
 *   S3               u = (1 + x^m)^(-2/m)                      R = rho_c (Cheng et al. 2021)
 * Van Aerde's u is the smaller root of g u^2 - (h + a + g) u + h = 0 with h = 1/x - 1. */
#include "traffic/diagram/diagram_curve.h"
#include <math.h>
#include <string.h>

static const traffic_curve curves[] = {
    {"greenshields", TRAFFIC_GREENSHIELDS, 0, {false}, {.4}, {8}, true, false},
    {"triangular", TRAFFIC_TRIANGULAR, 1, {true}, {.03, .4}, {.9, 8}, true, true},
    {"trapezoidal", TRAFFIC_TRAPEZOIDAL, 2, {true, true}, {.15, .04, .4}, {.98, .95, 8}, true, true},
    {"smulders", TRAFFIC_SMULDERS, 2, {true, true}, {.02, .03, .4}, {.9, .9, 8}, true, true},
    {"newell-franklin", TRAFFIC_NEWELL_FRANKLIN, 1, {false}, {.02, .4}, {3, 8}, true, false},
    {"van-aerde", TRAFFIC_VAN_AERDE, 2, {false, false}, {.0005, .1, .4}, {1, 30, 8}, true, false},
    {"underwood", TRAFFIC_UNDERWOOD, 0, {false}, {.05}, {8}, false, false},
    {"drake", TRAFFIC_DRAKE, 0, {false}, {.05}, {8}, false, false},
    {"s3", TRAFFIC_S3, 1, {false}, {.6, .03}, {20, 4}, false, false}};

const traffic_curve *traffic_curve_find(const char *model) {
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
        if (strcmp(model, curves[i].model) == 0)
            return &curves[i];
    return NULL;
}

/* c (1/x - 1), the straight line into the jam, with dc its derivatives in the shapes. */
static curve_value into_jam(double x, double c, double dc0, double dc1) {
    const double h = 1.0 / x - 1.0;
    return (curve_value){c * h, -c / (x * x), {dc0 * h, dc1 * h}};
}

static curve_value trapezoid(double p1, double p2, double x) {
    const double rest = 1.0 - p2;
    if (x <= p1 * p2)
        return (curve_value){.u = 1.0};
    if (x <= p2)
        return (curve_value){p1 * p2 / x, -p1 * p2 / (x * x), {p2 / x, p1 / x}};
    return into_jam(x, p1 * p2 / rest, p2 / rest, p1 / (rest * rest));
}

static curve_value smulders(double s, double r, double x) {
    if (x <= r)
        return (curve_value){1.0 - s * x / r, -s / r, {-x / r, s * x / (r * r)}};
    const double rest = 1.0 - r;
    return into_jam(x, r * (1.0 - s) / rest, -r / rest, (1.0 - s) / (rest * rest));
}

static curve_value van_aerde(double a, double g, double x) {
    const double h = 1.0 / x - 1.0, b = h + a + g;
    const double root = sqrt((h - g) * (h - g) + a * a + 2.0 * a * (h + g)); /* sqrt(b^2 - 4 g h) */
    const double u = 2.0 * h / (b + root);
    return (curve_value){u, -(1.0 - u) / (root * x * x), {-u / root, u * (u - 1.0) / root}};
}

static curve_value s3(double m, double x) {
    const double t = m * log(x), e = exp(-fabs(t));
    const double l = fmax(t, 0.0) + log1p(e), share = t > 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
    const double u = exp(-2.0 * l / m);
    return (curve_value){u, -2.0 * u * share / x, {u * 2.0 * (l - t * share) / (m * m)}};
}

curve_value traffic_curve_value(traffic_family family, const double *p, double x) {
    const bool jams = family != TRAFFIC_UNDERWOOD && family != TRAFFIC_DRAKE && family != TRAFFIC_S3;
    if (x >= 1.0 && jams)
        return (curve_value){.u = 0.0};
    switch (family) {
    case TRAFFIC_GREENSHIELDS:
        return (curve_value){.u = 1.0 - x, .x = -1.0};
    case TRAFFIC_TRIANGULAR: {
        const double rest = 1.0 - p[0];
        return x <= p[0] ? (curve_value){.u = 1.0} : into_jam(x, p[0] / rest, 1.0 / (rest * rest), 0.0);
    }
    case TRAFFIC_TRAPEZOIDAL:
        return trapezoid(p[0], p[1], x);
    case TRAFFIC_SMULDERS:
        return smulders(p[0], p[1], x);
    case TRAFFIC_NEWELL_FRANKLIN: {
        const double h = 1.0 / x - 1.0, e = exp(-p[0] * h);
        return (curve_value){-expm1(-p[0] * h), -e * p[0] / (x * x), {e > 0.0 ? h * e : 0.0}};
    }
    case TRAFFIC_VAN_AERDE:
        return van_aerde(p[0], p[1], x);
    case TRAFFIC_UNDERWOOD:
        return (curve_value){.u = exp(-x), .x = -exp(-x)};
    case TRAFFIC_DRAKE:
        return (curve_value){.u = exp(-0.5 * x * x), .x = -x * exp(-0.5 * x * x)};
    case TRAFFIC_S3:
        return s3(p[0], x);
    default:
        return (curve_value){.u = NAN};
    }
}

/* The y > 0 at which exp(y) = 1 + l + y: there the flow of Newell and Franklin is largest, y = l (1/x - 1).
 * Newton from above on the convex exp(y) - 1 - l - y. */
static double newell_top(double l) {
    double y = sqrt(2.0 * l) + log1p(l);
    for (int step = 0; step < 60; step++) {
        const double move = (expm1(y) - l - y) / expm1(y);
        if (!(fabs(move) > 1e-16 * y))
            break;
        y -= move;
    }
    return y;
}

void traffic_curve_audit(const traffic_diagram *d, traffic_audit *a) {
    const double *p = d->shape;
    double top = 1.0;
    switch (d->family) {
    case TRAFFIC_SMULDERS:
        top = fmin(p[1], p[1] / (2.0 * p[0]));
        a->wave_speed = d->free_speed * p[1] * (1.0 - p[0]) / (1.0 - p[1]);
        break;
    case TRAFFIC_NEWELL_FRANKLIN:
        top = p[0] / (p[0] + newell_top(p[0]));
        a->wave_speed = p[0] * d->free_speed;
        break;
    case TRAFFIC_VAN_AERDE: { /* u = 1/(1 + sqrt(a)) at the top */
        const double root = sqrt(p[0]);
        top = 1.0 / (1.0 - p[0] + root * (1.0 + root) + p[1] / (1.0 + root));
        break;
    }
    default: /* Underwood, Drake, S3: at R */
        break;
    }
    a->critical_density = top * d->scale;
    a->capacity = d->free_speed * a->critical_density * traffic_curve_value(d->family, p, top).u;
}
