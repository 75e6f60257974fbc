/* Lines around activations that are not made of straight pieces, on an interval [l, u]:
 *
 *   tanh, sigmoid       f' is largest at 0 and falls to both sides, so f' >= k = min(f'(l), f'(u)) and f - k z rises
 *   softplus, elu, hinge^p with p >= 1    convex: a tangent below, the chord above
 *   hinge^p with p < 1  concave for z > 0: the chord below, a tangent above; across 0, 0 below and f(u) above
 *   silu, gelu          relu - c <= f <= relu with the largest c, or, on short intervals, the chord +- M (u - l)^2 / 8
 *                       where |f''| <= M
 *
 * Values are those of the C library, whose errors are taken to be at most 16 units in the last place (glibc documents
 * at most 4 for these functions); shifts are moved outwards by that. */
#include "verify/lines.h"
#include <math.h>

static double value(crease_activation activation, double parameter, double z) {
    double f;
    crease_activation_evaluate(activation, parameter, 0, 1, &z, &f, NULL);
    return f;
}

static double derivative(crease_activation activation, double parameter, double z) {
    double f;
    crease_activation_evaluate(activation, parameter, 0, 1, &z, NULL, &f);
    return f;
}

static const double relative = 0x1p-48;

/* An error of a value f or slope k at places of size |z|. */
static double margin(double f, double k, double z) {
    return relative * (fabs(f) + fabs(k) * fabs(z)) + 0x1p-1000;
}

typedef struct interval {
    crease_activation activation;
    double parameter, l, u, f_l, f_u;
} interval;

static double size(const interval *on) {
    return fmax(fabs(on->l), fabs(on->u));
}

static double chord_slope(const interval *on) {
    return on->u > on->l ? (on->f_u - on->f_l) / (on->u - on->l) : 0;
}

/* Shift of the line with slope k through the higher (side 1) or lower (side -1) of the interval's ends. */
static double shift_through_ends(const interval *on, double k, double side) {
    double at_l = on->f_l - k * on->l, at_u = on->f_u - k * on->u;
    double error = margin(fmax(fabs(on->f_l), fabs(on->f_u)), k, size(on));
    return side > 0 ? fmax(at_l, at_u) + error : fmin(at_l, at_u) - error;
}

/* Tangent at the middle: a slope off by e is off by e (u - l) at the ends. */
static void tangent(const interval *on, double side, double line[2]) {
    double middle = on->l + (on->u - on->l) / 2;
    double f = value(on->activation, on->parameter, middle);
    double k = derivative(on->activation, on->parameter, middle);
    line[0] = k;
    line[1] = f - k * middle + side * 4 * margin(f, k, size(on));
}

static void s_shaped(const interval *on, double line[4]) {
    double k = fmin(derivative(on->activation, on->parameter, on->l),
                    derivative(on->activation, on->parameter, on->u));
    /* at large |z| the derivative is a difference of near-equal numbers */
    k = fmax(0, k * (1 - 0x1p-40) - 0x1p-48);
    line[0] = line[2] = k;
    line[1] = on->f_l - k * on->l - margin(on->f_l, k, size(on));
    line[3] = on->f_u - k * on->u + margin(on->f_u, k, size(on));
}

static void convex(const interval *on, double line[4]) {
    tangent(on, -1, line);
    line[2] = chord_slope(on);
    line[3] = shift_through_ends(on, line[2], 1);
}

static void root(const interval *on, double line[4]) {
    if (on->u <= 0) {
        line[0] = line[1] = line[2] = line[3] = 0;
    } else if (on->l > 0x1p-1000) { /* nearer to 0 the derivative may be beyond all doubles */
        line[0] = chord_slope(on);
        line[1] = shift_through_ends(on, line[0], -1);
        tangent(on, 1, line + 2);
    } else {
        line[0] = line[1] = line[2] = 0;
        line[3] = on->f_u + margin(on->f_u, 0, 0);
    }
}

static void near_relu(const interval *on, double most_below, double most_curvature, double line[4]) {
    double width = on->u - on->l, bend = most_curvature * width * width / 8;
    double k = chord_slope(on);
    /* far below 0 they fall like exp(-z^2 / 2): an argument that is off by its rounding moves them by z^2 times that */
    double far = fmax(fmin(on->l, 0), -64),
           error = bend + relative * far * far * fmax(fabs(on->f_l), fabs(fmin(on->f_u, 0)));
    line[0] = line[2] = k;
    line[1] = shift_through_ends(on, k, -1) - error;
    line[3] = shift_through_ends(on, k, 1) + error;
    if (bend < most_below)
        return;
    double l = on->l, u = on->u;
    line[0] = l >= 0 || (u > 0 && u > -l) ? 1 : 0;
    line[1] = -most_below;
    line[2] = l >= 0 ? 1 : u <= 0 ? 0 : u / (u - l);
    line[3] = l >= 0 || u <= 0 ? 0 : fmax(-line[2] * l, u - line[2] * u) + margin(u, line[2], l);
}

void crease_lines_smooth(crease_activation activation, double parameter, double lower, double upper,
                         double line[4]) {
    if (!isfinite(lower) || !isfinite(upper)) {
        line[0] = line[2] = 0;
        line[1] = -INFINITY;
        line[3] = INFINITY;
        return;
    }
    interval on = {activation,
                   parameter,
                   lower,
                   upper,
                   value(activation, parameter, lower),
                   value(activation, parameter, upper)};
    switch (activation) {
    case CREASE_TANH:
    case CREASE_SIGMOID:
        s_shaped(&on, line);
        break;
    case CREASE_SILU: /* z / (1 + e^z), z > 0, is largest at z = 1.2784645 */
        near_relu(&on, 0.27846455, 0.5000001, line);
        break;
    case CREASE_GELU: /* z (1 - Phi(z)), z > 0, is largest at z = .7517916; f'' at 0 is 2 / sqrt(2 pi) */
        near_relu(&on, 0.16997121, 0.7978846, line);
        break;
    case CREASE_HINGE:
        if (parameter < 1) {
            root(&on, line);
            break;
        } /* fall through */
    default:
        convex(&on, line);
    }
}
