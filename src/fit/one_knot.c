/* One knot t in the gap between points j and j+1 (Hudson 1966). L and R are the least-squares lines of the two sides,
 * d(t) = L(t) - R(t) and v(t) = 1/W_L + (t - m_L)^2/S_L + the same of R, the variance of d(t) over sigma^2. The best
 * continuous function has
 *     SSE(t) = SSE_L + SSE_R + d(t)^2 / v(t),
 * since it is the two lines under the one constraint d(t) = 0. d^2/v has a minimum where d = 0 and no other, so the
 * best t of a gap is that zero or an end of the gap, and {t : SSE(t) <= c} solves d^2 <= (c - SSE_L - SSE_R) v, a
 * quadratic inequality.
 *
 * The lines of all sides come from two passes that add one point at a time. What depends on the places alone is kept,
 * so that new values cost no division. */
#include "fit/one_knot.h"
#include <math.h>
#include <stdlib.h>

/* Of the side with one point more, from the side without it. */
typedef struct side {
    double share;  /* of the new point in the sum of weights */
    double apart;  /* its distance from the mean before */
    double gain;   /* slope' = slope + gain e, e its residual */
    double kept;   /* sse' = sse + kept e^2 */
    double mean_u; /* after */
    double inverse_weight, inverse_spread;
} side;

typedef struct line {
    double mean_z, slope, sse;
} line;

struct crease_scan {
    size_t room, count, least_left, least_right;
    const double *u, *w;
    side *left, *right; /* left[i]: of points 0..i; right[i]: of points i.. */
    line *left_line, *right_line;
    double *inverse_v; /* 1/v at point i, left[i] against right[i + 1]; the last entry is not used */
};

void crease_piece_add(crease_piece *p, double u, double z, double w) {
    double weight = p->weight + w, share = w / weight, q = p->weight * share, du = u - p->mean_u;
    double spread = p->spread + q * du * du, e = z - p->mean_z - p->slope * du;
    p->sse += q * e * e * (spread > 0 ? p->spread / spread : 1); /* 1: again at the one place so far */
    p->slope += spread > 0 ? q * du * e / spread : 0;
    p->mean_u += share * du;
    p->mean_z += share * (z - p->mean_z);
    p->weight = weight;
    p->spread = spread;
    p->inverse_weight = 1 / weight;
    p->inverse_spread = spread > 0 ? 1 / spread : 0;
}

crease_scan *crease_scan_new(size_t room) {
    crease_scan *s = calloc(1, sizeof *s);
    if (!s || room >= (size_t)-1 / sizeof(side) / 2) {
        free(s);
        return NULL;
    }
    s->room = room;
    s->left = malloc(2 * (room ? room : 1) * sizeof *s->left);
    s->left_line = malloc(2 * (room ? room : 1) * sizeof *s->left_line);
    s->inverse_v = malloc((room ? room : 1) * sizeof *s->inverse_v);
    if (!s->left || !s->left_line || !s->inverse_v) {
        crease_scan_free(s);
        return NULL;
    }
    s->right = s->left + room;
    s->right_line = s->left_line + room;
    return s;
}

void crease_scan_free(crease_scan *s) {
    if (!s)
        return;
    free(s->left);
    free(s->left_line);
    free(s->inverse_v);
    free(s);
}

static side side_of(const crease_piece *before, const crease_piece *after, double u, double w) {
    double share = w * after->inverse_weight, q = before->weight * share, du = u - before->mean_u;
    return (side){.share = share,
                  .apart = du,
                  .gain = q * du * after->inverse_spread,
                  .kept = after->spread > 0 ? q * before->spread * after->inverse_spread : q,
                  .mean_u = after->mean_u,
                  .inverse_weight = after->inverse_weight,
                  .inverse_spread = after->inverse_spread};
}

static double variance_at(const side *s, double t) {
    double away = t - s->mean_u;
    return s->inverse_weight + away * away * s->inverse_spread;
}

void crease_scan_design(crease_scan *s, size_t count, const double *u, const double *w, size_t least_left,
                        size_t least_right) {
    crease_piece piece = {0};
    s->count = count;
    s->least_left = least_left;
    s->least_right = least_right;
    s->u = u;
    s->w = w;
    for (size_t i = 0; i < count; i++) {
        crease_piece before = piece;
        crease_piece_add(&piece, u[i], 0, w[i]);
        s->left[i] = side_of(&before, &piece, u[i], w[i]);
    }
    piece = (crease_piece){0};
    for (size_t i = count; i-- > 0;) {
        crease_piece before = piece;
        crease_piece_add(&piece, u[i], 0, w[i]);
        s->right[i] = side_of(&before, &piece, u[i], w[i]);
    }
    for (size_t i = 0; i + 1 < count; i++)
        s->inverse_v[i] = 1 / (variance_at(&s->left[i], u[i]) + variance_at(&s->right[i + 1], u[i]));
}

static line next(line l, const side *s, double z) {
    double dz = z - l.mean_z, e = dz - l.slope * s->apart;
    return (line){l.mean_z + s->share * dz, l.slope + s->gain * e, l.sse + s->kept * e * e};
}

static double apart_at(const crease_scan *s, size_t i, double t) {
    const line *l = &s->left_line[i], *r = &s->right_line[i + 1];
    return l->mean_z - r->mean_z + l->slope * (t - s->left[i].mean_u) -
           r->slope * (t - s->right[i + 1].mean_u);
}

/* The function whose knot is at t in the gap right of point i: the two lines moved until they meet. */
static crease_one_knot joined(const crease_scan *s, size_t i, double t) {
    const side *left = &s->left[i], *right = &s->right[i + 1];
    const line *l = &s->left_line[i], *r = &s->right_line[i + 1];
    double vl = variance_at(left, t), vr = variance_at(right, t), d = apart_at(s, i, t), pull = d / (vl + vr);
    const line *all = &s->left_line[s->count - 1];
    return (crease_one_knot){
        .line_sse = all->sse,
        .line_slope = all->slope,
        .found = true,
        .split = i + 1,
        .sse = l->sse + r->sse + d * pull,
        .u = t,
        .value = l->mean_z + l->slope * (t - left->mean_u) - pull * vl,
        .slope_left = l->slope - pull * (t - left->mean_u) * left->inverse_spread,
        .slope_right = r->slope + pull * (t - right->mean_u) * right->inverse_spread,
    };
}

crease_one_knot crease_scan_best(crease_scan *s, const double *z) {
    size_t n = s->count, gap = 0;
    line sum = {0};
    for (size_t i = n; i-- > 0;)
        s->right_line[i] = sum = next(sum, &s->right[i], z[i]);
    sum = (line){0};
    for (size_t i = 0; i < n; i++)
        s->left_line[i] = sum = next(sum, &s->left[i], z[i]);
    crease_one_knot result = {.line_sse = n ? sum.sse : 0, .line_slope = n ? sum.slope : 0};
    if (n < s->least_left + s->least_right)
        return result;
    double least = INFINITY, place = 0;
    for (size_t i = s->least_left - 1; i + s->least_right < n; i++) {
        double split = s->left_line[i].sse + s->right_line[i + 1].sse;
        double low = s->u[i], high = s->u[i + 1], dl = apart_at(s, i, low), dr = apart_at(s, i, high);
        double cost = split + dl * dl * s->inverse_v[i], t = low;
        if ((dl <= 0 && dr >= 0) || (dl >= 0 && dr <= 0)) {
            cost = split;
            t = dl != dr ? low + (high - low) * (dl / (dl - dr)) : low;
        }
        if (cost < least) {
            least = cost;
            place = t;
            gap = i;
        }
        if (i + s->least_right + 1 == n) { /* the right end of the last gap is the end of no other */
            double v = variance_at(&s->left[i], high) + variance_at(&s->right[i + 1], high);
            if (split + dr * dr / v < least) {
                least = split + dr * dr / v;
                place = high;
                gap = i;
            }
        }
    }
    return joined(s, gap, place);
}

void crease_scan_ends(const crease_scan *s, double *low, double *high) {
    bool some = s->count >= s->least_left + s->least_right;
    *low = some ? s->u[s->least_left - 1] : NAN;
    *high = some ? s->u[s->count - s->least_right] : NAN;
}

crease_one_knot crease_scan_at(const crease_scan *s, double u) {
    size_t low = s->least_left - 1, high = s->count - s->least_right;
    while (high - low > 1) { /* u[low] <= u <= u[high] */
        size_t middle = low + (high - low) / 2;
        if (s->u[middle] <= u)
            low = middle;
        else
            high = middle;
    }
    return joined(s, low, u);
}

size_t crease_scan_within(const crease_scan *s, size_t split, double most, double low[2], double high[2]) {
    size_t i = split - 1;
    /* q(h) = (d0 + d1 h)^2 - room (v0 + v1 h + v2 h^2) <= 0 for h = t - u[i] in [0, width] */
    const side *left = &s->left[i], *right = &s->right[i + 1];
    double room = most - s->left_line[i].sse - s->right_line[i + 1].sse;
    if (!(room >= 0))
        return 0;
    double width = s->u[i + 1] - s->u[i], d0 = apart_at(s, i, s->u[i]);
    double d1 = s->left_line[i].slope - s->right_line[i + 1].slope;
    double away_left = s->u[i] - left->mean_u, away_right = s->u[i] - right->mean_u;
    double v0 = variance_at(left, s->u[i]) + variance_at(right, s->u[i]);
    double v1 = 2 * (away_left * left->inverse_spread + away_right * right->inverse_spread);
    double v2 = left->inverse_spread + right->inverse_spread;
    double a = d1 * d1 - room * v2, b = 2 * d0 * d1 - room * v1, c = d0 * d0 - room * v0;
    double discriminant = b * b - 4 * a * c, root[2] = {NAN, NAN};
    if (discriminant >= 0) {
        double q = -.5 * (b + copysign(sqrt(discriminant), b));
        root[0] = a != 0 ? q / a : INFINITY;
        root[1] = q != 0 ? c / q : INFINITY;
    }
    double first = fmin(root[0], root[1]), second = fmax(root[0], root[1]);
    double edge[4] = {0, 0 < first && first < width ? first : 0, second < width ? fmax(second, 0) : width,
                      width};
    if (!(discriminant >= 0) || edge[1] > edge[2])
        edge[1] = edge[2] = 0;
    size_t count = 0;
    for (size_t k = 0; k < 3; k++) {
        double middle = .5 * (edge[k] + edge[k + 1]);
        if (edge[k + 1] > edge[k] && a * middle * middle + b * middle + c <= 0) {
            if (count > 0 && high[count - 1] == s->u[i] + edge[k]) {
                high[count - 1] = s->u[i] + edge[k + 1];
            } else if (count < 2) {
                low[count] = s->u[i] + edge[k];
                high[count++] = s->u[i] + edge[k + 1];
            }
        }
    }
    return count;
}

size_t crease_scan_path(const crease_scan *s, double other, double *root_gain) {
    size_t count = 0;
    if (s->count < s->least_left + s->least_right)
        return 0;
    for (size_t i = s->least_left - 1; i + s->least_right <= s->count; i++) {
        crease_one_knot at = crease_scan_at(s, s->u[i]);
        double gain = at.line_sse > at.sse ? sqrt((at.line_sse - at.sse) / (at.sse + other)) : 0;
        root_gain[count++] = copysign(gain, at.slope_right - at.slope_left);
    }
    return count;
}
