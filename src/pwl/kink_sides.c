/* One-sided local polynomials, by polynomials orthonormal on the points (Forsythe 1957, J. SIAM 5):
 *   p_{k+1} = ((t - a_k) p_k - b_k p_{k-1}) / b_{k+1},  c_k = sum w p_k r_k,  r_{k+1} = r_k - c_k p_k,
 * so one sweep gives the fits of all degrees: value sum c_k p_k(q), variance sigma^2 sum p_k(q)^2, likewise slopes.
 * What degree d leaves out is estimated by what degree d + 1 changes, and not below a tenth of what d itself changed:
 * a single coefficient may vanish by chance, two in a row hardly. */
#include "pwl/kink_parts.h"
#include <math.h>

enum { DEGREES = KINK_DEGREE_MOST + 2 };

typedef struct sweep {
    size_t degrees; /* fits of degree 0 .. degrees - 1 */
    double value[DEGREES][2], slope[DEGREES][2];
    double value_variance[DEGREES][2], slope_variance[DEGREES][2]; /* for unit noise */
} sweep;

/* One orthonormal polynomial at the points and, with its slope, at both places. */
typedef struct polynomial {
    double at[KINK_SIDE_MOST], end[2], end_slope[2];
} polynomial;

static void scale_polynomial(polynomial *p, size_t m, double factor) {
    for (size_t i = 0; i < m; i++)
        p->at[i] *= factor;
    for (int e = 0; e < 2; e++) {
        p->end[e] *= factor;
        p->end_slope[e] *= factor;
    }
}

static double norm(const polynomial *p, const double *weight, size_t m) {
    double sum = 0;
    for (size_t i = 0; i < m; i++)
        sum += weight[i] * p->at[i] * p->at[i];
    return sqrt(sum);
}

static void add_term(sweep *s, size_t k, const polynomial *p, const double *weight, double *residual,
                     size_t m) {
    double coefficient = 0;
    for (size_t i = 0; i < m; i++)
        coefficient += weight[i] * p->at[i] * residual[i];
    for (size_t i = 0; i < m; i++)
        residual[i] -= coefficient * p->at[i];
    for (int e = 0; e < 2; e++) {
        bool first = k == 0;
        s->value[k][e] = (first ? 0 : s->value[k - 1][e]) + coefficient * p->end[e];
        s->slope[k][e] = (first ? 0 : s->slope[k - 1][e]) + coefficient * p->end_slope[e];
        s->value_variance[k][e] = (first ? 0 : s->value_variance[k - 1][e]) + p->end[e] * p->end[e];
        s->slope_variance[k][e] =
            (first ? 0 : s->slope_variance[k - 1][e]) + p->end_slope[e] * p->end_slope[e];
    }
    s->degrees = k + 1;
}

/* The next polynomial in place of `before`; false when the points carry no more degrees. */
static bool next_polynomial(const polynomial *now, polynomial *before, const double *t, const double *weight,
                            const double *end, size_t m, double *b) {
    double a = 0;
    for (size_t i = 0; i < m; i++)
        a += weight[i] * t[i] * now->at[i] * now->at[i];
    for (size_t i = 0; i < m; i++)
        before->at[i] = (t[i] - a) * now->at[i] - *b * before->at[i];
    for (int e = 0; e < 2; e++) {
        before->end_slope[e] = now->end[e] + (end[e] - a) * now->end_slope[e] - *b * before->end_slope[e];
        before->end[e] = (end[e] - a) * now->end[e] - *b * before->end[e];
    }
    *b = norm(before, weight, m);
    if (!(*b > 1e-10))
        return false;
    scale_polynomial(before, m, 1 / *b);
    return true;
}

/* t: positions in units of the width; slopes come out in units of y a width. */
static void sweep_degrees(size_t m, const double *t, const double *y, const double *weight, const double *end,
                          size_t degree, sweep *s) {
    polynomial first = {.end = {1, 1}}, second = {0}, *now = &first, *before = &second;
    double residual[KINK_SIDE_MOST], b = 0;
    for (size_t i = 0; i < m; i++) {
        residual[i] = y[i];
        first.at[i] = 1;
    }
    scale_polynomial(now, m, 1 / norm(now, weight, m));
    add_term(s, 0, now, weight, residual, m);
    for (size_t k = 1; k <= degree; k++) {
        if (!next_polynomial(now, before, t, weight, end, m, &b))
            return;
        polynomial *swap = now;
        now = before;
        before = swap;
        add_term(s, k, now, weight, residual, m);
    }
}

static double change(double values[DEGREES][2], size_t degree) {
    return fmax(fabs(values[degree + 1][0] - values[degree][0]),
                fabs(values[degree + 1][1] - values[degree][1]));
}

static double bias(double values[DEGREES][2], size_t degree) {
    double now = change(values, degree);
    return degree == 0 ? now : fmax(now, .1 * change(values, degree - 1));
}

static kink_side side_of(sweep *s, size_t degree, size_t m, double noise, double width) {
    kink_side side = {.points = m, .degree = degree};
    for (int e = 0; e < 2; e++) {
        side.value[e] = s->value[degree][e];
        side.slope[e] = s->slope[degree][e] / width;
        side.value_noise[e] = noise * sqrt(s->value_variance[degree][e]);
        side.slope_noise[e] = noise * sqrt(s->slope_variance[degree][e]) / width;
    }
    side.value_bias = bias(s->value, degree);
    side.slope_bias = bias(s->slope, degree) / width;
    return side;
}

static double badness(const kink_side *side, double span, double caution, double quantile) {
    return caution * (side->value_bias + span * side->slope_bias) +
           quantile * (fmax(side->value_noise[0], side->value_noise[1]) +
                       span * fmax(side->slope_noise[0], side->slope_noise[1]));
}

kink_side crease_kink_side_fit(const kink_points *points, size_t end, int step, size_t available,
                               const double place[2], double span, double caution, double quantile) {
    static const size_t sizes[] = {3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 24, 32, 48, 64};
    double t[KINK_SIDE_MOST], y[KINK_SIDE_MOST], weight[KINK_SIDE_MOST];
    kink_side best = {0};
    double least = INFINITY;
    for (size_t c = 0; c < sizeof sizes / sizeof *sizes && sizes[c] <= available; c++) {
        size_t m = sizes[c], far = step > 0 ? end + m - 1 : end - (m - 1);
        double origin = points->x[end], width = fabs(points->x[far] - origin);
        for (size_t i = 0; i < m; i++) {
            size_t row = step > 0 ? end + i : end - i;
            t[i] = (points->x[row] - origin) / width;
            y[i] = points->y[row] - points->y[end]; /* small numbers round little */
            weight[i] = points->weight[row];
        }
        double ends[2] = {(place[0] - origin) / width, (place[1] - origin) / width};
        sweep s = {0};
        sweep_degrees(m, t, y, weight, ends, m < DEGREES ? m - 1 : DEGREES - 1, &s);
        for (size_t degree = 1; degree + 1 < s.degrees; degree++) {
            kink_side side = side_of(&s, degree, m, points->noise, width);
            double bad = badness(&side, span, caution, quantile);
            if (!(bad < least))
                continue;
            least = bad;
            best = side;
        }
    }
    for (int e = 0; e < 2; e++)
        best.value[e] += points->y[end];
    return best;
}
