/* Kinks at the scale of the grid: for data without noise, or with little. In each gap between two neighbours the
 * polynomials of the points left and right of it are compared, D = P_right - P_left (one-sided kernels compared at a
 * point: Mueller 1992, Ann. Statist. 20; Loader 1996, Ann. Statist. 24; here the position is where the two cross, as in
 * Hudson 1966, JASA 61). With E the error of D, noise and what higher degrees would change (kink_sides.c):
 *   a kink:     D crosses 0 within the gap, and |D'| there is beyond its error;
 *   no kink:    D has a critical point where |D| <= E, so D may have a double root: f'' jumps and f' does not;
 *   a jump:     |D| > E throughout the gap and it does not pass near 0.
 * Truncation is multiplied by CAUTION, noise by a quantile that covers all gaps together (Bonferroni). Curves that the
 * grid does not resolve have large truncation and so claim nothing; |x|^1.5 likewise, at any spacing. What is left must agree
 * with an estimate that does not extrapolate (kink_differences.c). */
#include "pwl/kink_parts.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_poly.h>
#include <math.h>
#include <stdlib.h>

enum { GAPS_MOST = 4096, SIDE_LEAST = 3, CONFIGURATIONS = 16 };
static const double CAUTION = 30, NORMAL_975 = 1.959963984540054;

typedef struct scan {
    const kink_points *points;
    double quantile;
    size_t gaps;    /* that are scanned altogether */
    double spacing; /* mean distance of neighbours: weighs errors of slopes against those of values */
} scan;

/* D over one gap, as the cubic that has its values and slopes at both ends; s in [0, 1]. */
typedef struct gap {
    double low, high;
    size_t left_available, right_available; /* points */
    kink_side left, right;
    double value[2], slope[2];       /* of D; slopes an x */
    double value_error, slope_error; /* decision errors */
    double coefficient[4];           /* D(s) */
} gap;

static double evaluate(const gap *g, double s) {
    return g->coefficient[0] + s * (g->coefficient[1] + s * (g->coefficient[2] + s * g->coefficient[3]));
}

static double derivative(const gap *g, double s) { /* an x */
    return (g->coefficient[1] + s * (2 * g->coefficient[2] + s * 3 * g->coefficient[3])) / (g->high - g->low);
}

static double larger(const double value[2]) {
    return fmax(value[0], value[1]);
}

static void fit_sides(const scan *s, size_t left_end, const double place[2], gap *g) {
    double span = s->spacing;
    g->left =
        crease_kink_side_fit(s->points, left_end, -1, g->left_available, place, span, CAUTION, s->quantile);
    g->right = crease_kink_side_fit(s->points, left_end + 1, 1, g->right_available, place, span, CAUTION,
                                    s->quantile);
}

static bool gap_fit(const scan *s, size_t left_end, gap *g) {
    g->low = s->points->x[left_end];
    g->high = s->points->x[left_end + 1];
    const double place[2] = {g->low, g->high};
    fit_sides(s, left_end, place, g);
    if (g->left.points == 0 || g->right.points == 0)
        return false;
    for (int e = 0; e < 2; e++) {
        g->value[e] = g->right.value[e] - g->left.value[e];
        g->slope[e] = g->right.slope[e] - g->left.slope[e];
    }
    g->value_error = CAUTION * (g->left.value_bias + g->right.value_bias) +
                     s->quantile * hypot(larger(g->left.value_noise), larger(g->right.value_noise));
    g->slope_error = CAUTION * (g->left.slope_bias + g->right.slope_bias) +
                     s->quantile * hypot(larger(g->left.slope_noise), larger(g->right.slope_noise));
    double width = g->high - g->low, d0 = g->slope[0] * width, d1 = g->slope[1] * width;
    double rise = g->value[1] - g->value[0];
    g->coefficient[0] = g->value[0];
    g->coefficient[1] = d0;
    g->coefficient[2] = 3 * rise - 2 * d0 - d1;
    g->coefficient[3] = d0 + d1 - 2 * rise;
    return isfinite(g->value_error) && isfinite(g->slope_error);
}

/* Where D is 0, s in [0, 1]; an end whose |D| is within its error counts. NaN: nowhere. */
static double crossing(const gap *g) {
    const double beyond = .25; /* of the gap: past an end there is the next gap */
    if ((g->value[0] < 0) != (g->value[1] < 0)) {
        double low = 0, high = 1;
        for (int k = 0; k < 100 && low < high; k++) {
            double middle = low + (high - low) / 2;
            if ((evaluate(g, middle) < 0) == (g->value[0] < 0))
                low = middle;
            else
                high = middle;
        }
        return low + (high - low) / 2;
    }
    int e = fabs(g->value[1]) < fabs(g->value[0]);
    if (fabs(g->value[e]) > g->value_error)
        return NAN;
    double step = -g->value[e] / (g->slope[e] * (g->high - g->low));
    return fabs(step) <= beyond ? e + step : NAN;
}

/* Could D touch 0 without crossing it, so that only f'' jumps? The cubic is trusted one gap beyond. */
static bool double_root(const gap *g) {
    double root[2];
    int count = gsl_poly_solve_quadratic(3 * g->coefficient[3], 2 * g->coefficient[2], g->coefficient[1],
                                         &root[0], &root[1]);
    for (int k = 0; k < count; k++)
        if (root[k] >= -1 && root[k] <= 2 && fabs(evaluate(g, root[k])) <= g->value_error)
            return true;
    return false;
}

static bool is_jump(const gap *g) {
    double least = fmin(fabs(g->value[0]), fabs(g->value[1]));
    if ((g->value[0] < 0) != (g->value[1] < 0) || least <= g->value_error)
        return false;
    double root[2], most = fmax(fabs(g->value[0]), fabs(g->value[1]));
    int count = gsl_poly_solve_quadratic(3 * g->coefficient[3], 2 * g->coefficient[2], g->coefficient[1],
                                         &root[0], &root[1]);
    for (int k = 0; k < count; k++)
        if (root[k] >= 0 && root[k] <= 1)
            least = fmin(least, fabs(evaluate(g, root[k])));
    return least > .3 * most;
}

/* A parabola over width w in place of the corner, which holds the gap h and reaches z beyond both its ends, is delta z^2 / (2 w)
 * off there. Within the error E of the sides, which moves the crossing by E / delta = `half`, that is not seen: so
 * w = h + 2 z with z^2 = 2 w E / delta. Two neighbours that happen to be close do not show more than those beside them. */
static double resolution(double h, double half) {
    double q = sqrt(2 * half), root = q + sqrt(q * q + h);
    return root * root;
}

/* The cubic is good enough to decide; the crossing itself is that of the polynomials, by Newton. */
static crease_detected_kink kink_of(const scan *s, size_t left_end, gap *g, double at) {
    enum { NEWTON_STEPS = 3 };
    double x = g->low + at * (g->high - g->low), jump = 0;
    for (int k = 0; k < NEWTON_STEPS; k++) {
        const double place[2] = {x, x};
        fit_sides(s, left_end, place, g);
        jump = g->right.slope[0] - g->left.slope[0];
        double step = (g->right.value[0] - g->left.value[0]) / jump;
        if (fabs(step) < .5 * (g->high - g->low))
            x -= step;
    }
    crease_detected_kink kink = {.x = x, .noise_free = s->points->noise_free, .p_value = NAN};
    kink.standard_error = hypot(2 * (g->left.value_bias + g->right.value_bias),
                                hypot(g->left.value_noise[0], g->right.value_noise[0])) /
                          fabs(jump);
    kink.ci95[0] = x - NORMAL_975 * kink.standard_error;
    kink.ci95[1] = x + NORMAL_975 * kink.standard_error;
    kink.y = (g->left.value[0] + g->right.value[0]) / 2;
    kink.slope_left = g->left.slope[0];
    kink.slope_right = g->right.slope[0];
    kink.slope_left_error = hypot(g->left.slope_bias, g->left.slope_noise[0]);
    kink.slope_right_error = hypot(g->right.slope_bias, g->right.slope_noise[0]);
    kink.resolution =
        fmax(resolution(g->high - g->low, kink.ci95[1] - kink.x), crease_kink_points_spacing(s->points, x));
    return kink;
}

/* Of a slope jump so many errors wide in any of the gaps: Bonferroni. */
static double p_value_of(const crease_detected_kink *kink, size_t gaps) {
    double error = hypot(kink->slope_left_error, kink->slope_right_error);
    double z = fabs(kink->slope_right - kink->slope_left) / error;
    return fmin(1, 2 * gsl_cdf_ugaussian_Q(z) * (double)gaps * CONFIGURATIONS);
}

/* What a gap holds. `strength` is how many times its error the slope jump is, or the jump. */
typedef struct finding {
    enum { NOTHING, KINK, JUMP } what;
    size_t left_end;
    double strength, jump;
    crease_detected_kink kink;
} finding;

/* How many of its errors a side is off at a point that it does not use. */
static double distance(const kink_points *points, const kink_side *side, size_t point) {
    double own = points->noise / sqrt(points->weight[point]);
    return fabs(points->y[point] - side->value[0]) /
           hypot(own, hypot(side->value_bias, side->value_noise[0]));
}

/* A few points next to the gap at one side (0 left, 1 right) may really lie beyond the kink: a flexible polynomial goes through
 * a lonely end point wherever that is. Then the others of its side refuse them, and the opposite side is nearer. */
static bool belongs_beyond(const scan *s, size_t left_end, const gap *g, int side) {
    enum { POINTS = 3 };
    const double refused = 5;
    const kink_points *points = s->points;
    const size_t available[2] = {g->left_available, g->right_available},
                 used = (side ? &g->right : &g->left)->points;
    for (size_t h = 1; h <= POINTS && used >= SIDE_LEAST + h; h++) {
        size_t point = side ? left_end + h : left_end + 1 - h;
        const double place[2] = {points->x[point], points->x[point]};
        kink_side others = crease_kink_side_fit(points, side ? point + 1 : point - 1, side ? 1 : -1, used - h,
                                                place, s->spacing, CAUTION, s->quantile);
        kink_side opposite = crease_kink_side_fit(points, side ? left_end : left_end + 1, side ? -1 : 1,
                                                  available[!side], place, s->spacing, CAUTION, s->quantile);
        double own = distance(points, &others, point);
        double y = points->y[point];
        if (own > refused && fabs(y - opposite.value[0]) < fabs(y - others.value[0]))
            return true;
    }
    return false;
}

static finding look(const scan *s, size_t left_end, size_t left_available, size_t right_available) {
    finding found = {.left_end = left_end};
    gap g = {.left_available = left_available, .right_available = right_available};
    if (!gap_fit(s, left_end, &g))
        return found;
    double at = crossing(&g);
    if (isnan(at) && is_jump(&g)) {
        found.jump = (g.value[0] + g.value[1]) / 2;
        if (crease_kink_differences_agree(s->points, left_end, g.left.points, g.right.points, NAN,
                                          found.jump))
            found.what = JUMP;
        found.strength = fabs(found.jump) / g.value_error;
    }
    if (isnan(at))
        return found;
    double slope = fabs(derivative(&g, at));
    if (!(slope > g.slope_error && slope * (g.high - g.low) > g.value_error) || double_root(&g))
        return found;
    if (belongs_beyond(s, left_end, &g, 0) || belongs_beyond(s, left_end, &g, 1))
        return found;
    found.kink = kink_of(s, left_end, &g, at);
    if (!crease_kink_differences_agree(s->points, left_end, g.left.points, g.right.points, found.kink.x,
                                       found.kink.slope_right - found.kink.slope_left))
        return found;
    found.what = KINK;
    found.strength = slope * s->spacing / (g.value_error + s->spacing * g.slope_error);
    if (!s->points->noise_free)
        found.kink.p_value = p_value_of(&found.kink, s->gaps);
    return found;
}

static int by_strength(const void *a, const void *b) {
    const finding *first = a, *second = b;
    if (first->strength != second->strength)
        return first->strength > second->strength ? -1 : 1;
    return first->left_end < second->left_end ? -1 : first->left_end > second->left_end;
}

/* Looks at a finding again with the points this side of its neighbours among the first `count` accepted ones. */
static finding look_between(const scan *s, const finding *accepted, size_t count, size_t left_end) {
    size_t low = 0, end = s->points->n; /* points low .. left_end .. end - 1 */
    for (size_t k = 0; k < count; k++) {
        size_t other = accepted[k].left_end;
        if (other < left_end && other + 1 > low)
            low = other + 1;
        if (other > left_end && other + 1 < end)
            end = other + 1;
    }
    return look(s, left_end, left_end + 1 - low, end - left_end - 1);
}

/* The strongest first; each must then stand on points that lie between its neighbours, which a gap next to a kink, or one
 * that merely holds it as well, cannot. */
static crease_status select_findings(const scan *s, finding *found, size_t count, kink_list *list,
                                     kink_jump *jump, crease_error *error) {
    crease_status status = CREASE_OK;
    size_t accepted = 0;
    qsort(found, count, sizeof *found, by_strength);
    for (size_t k = 0; k < count; k++) {
        finding again = look_between(s, found, accepted, found[k].left_end);
        if (again.what == found[k].what)
            found[accepted++] = again;
    }
    for (size_t k = 0; k < accepted && status == CREASE_OK; k++) {
        finding last = look_between(s, found, accepted, found[k].left_end);
        if (last.what != found[k].what)
            last = found[k];
        size_t j = last.left_end;
        if (last.what == KINK)
            status = crease_kink_list_add(list, &last.kink, error);
        else if (!jump->found || fabs(last.jump) > fabs(jump->size))
            *jump = (kink_jump){true, (s->points->x[j] + s->points->x[j + 1]) / 2, last.jump};
    }
    return status;
}

static crease_status scan_gaps(const scan *s, kink_list *list, kink_jump *jump, crease_error *error) {
    crease_status status = CREASE_OK;
    const size_t n = s->points->n;
    finding *found = calloc(n, sizeof *found);
    if (!found)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu gaps", n);
    size_t count = 0;
    for (size_t j = SIDE_LEAST - 1; j + SIDE_LEAST < n; j++) {
        found[count] = look(s, j, j + 1, n - j - 1);
        count += found[count].what != NOTHING;
    }
    status = select_findings(s, found, count, list, jump, error);
    free(found);
    return status;
}

static size_t last_not_beyond(const kink_points *points, double x) {
    size_t row = 0, end = points->n;
    while (end - row > 1) {
        size_t middle = row + (end - row) / 2;
        if (points->x[middle] <= x)
            row = middle;
        else
            end = middle;
    }
    return row;
}

/* All points near a kink that was found among every stride-th one; the rough kink stays when noise hides it there. */
static crease_status scan_near(const scan *s, const crease_detected_kink *rough, size_t stride,
                               kink_list *list, kink_jump *jump, crease_error *error) {
    kink_list fine = {0};
    kink_points near = *s->points;
    size_t row = last_not_beyond(&near, rough->x), reach = 2 * stride + 2 * KINK_SIDE_MOST;
    size_t low = row > reach ? row - reach : 0;
    near.n = near.n - low < 2 * reach ? near.n - low : 2 * reach;
    near.x += low;
    near.y += low;
    near.weight += low;
    scan here = {&near, s->quantile, s->gaps, (near.x[near.n - 1] - near.x[0]) / (double)(near.n - 1)};
    crease_status status = scan_gaps(&here, &fine, jump, error);
    const crease_detected_kink *nearest = near.noise_free ? NULL : rough;
    for (size_t k = 0; k < fine.count; k++)
        if (fabs(fine.kink[k].x - rough->x) <= rough->resolution &&
            (!nearest || nearest == rough || fine.kink[k].standard_error < nearest->standard_error))
            nearest = &fine.kink[k];
    if (status == CREASE_OK && nearest)
        status = crease_kink_list_add(list, nearest, error);
    free(fine.kink);
    return status;
}

/* Of more points than GAPS_MOST every so many are scanned; what is found is looked at again among all points there. */
static crease_status scan_coarse(const scan *s, size_t stride, kink_list *list, kink_jump *jump,
                                 crease_error *error) {
    const kink_points *points = s->points;
    kink_points coarse = *points;
    kink_list rough = {0};
    coarse.n = (points->n - 1) / stride + 1;
    coarse.x = calloc(3 * coarse.n, sizeof *coarse.x);
    if (!coarse.x)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu points", coarse.n);
    coarse.y = coarse.x + coarse.n;
    coarse.weight = coarse.y + coarse.n;
    for (size_t i = 0; i < coarse.n; i++) {
        coarse.x[i] = points->x[i * stride];
        coarse.y[i] = points->y[i * stride];
        coarse.weight[i] = points->weight[i * stride];
    }
    scan sparse = {&coarse, s->quantile, s->gaps, 1. / (double)(coarse.n - 1)};
    crease_status status = scan_gaps(&sparse, &rough, jump, error);
    for (size_t k = 0; k < rough.count && status == CREASE_OK; k++)
        status = scan_near(s, &rough.kink[k], stride, list, jump, error);
    free(coarse.x);
    free(rough.kink);
    return status;
}

crease_status crease_kink_local_search(const kink_points *points, double level, kink_list *list,
                                       kink_jump *jump, crease_error *error) {
    if (points->n < 2 * SIDE_LEAST)
        return CREASE_OK;
    size_t stride = (points->n - 2) / GAPS_MOST + 1;
    scan s = {points, gsl_cdf_ugaussian_Qinv(level / 2 / (double)points->n / CONFIGURATIONS), points->n,
              1. / (double)(points->n - 1)};
    return stride == 1 ? scan_gaps(&s, list, jump, error) : scan_coarse(&s, stride, list, jump, error);
}
