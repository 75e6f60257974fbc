/* Flux functions of straight pieces. A Riemann problem (l, r) with l < r is solved by the lower convex hull of q on
 * [l, r], with l > r by the upper concave hull on [r, l] (Dafermos 1972; Oleinik 1957): walked from l to r, both are the
 * chain of chords with ascending slopes over l, r and the kinks between. Differences of q are taken piece by piece, so
 * that a short chord keeps its digits. */
#include "traffic/lwr/lwr.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Which bucket of the table of knots u falls into; it never falls as u rises. */
static size_t bucket(const lwr_flux *flux, double u) {
    const double at = (u - flux->pwl->x[0]) * flux->bucket_scale;
    return at < (double)flux->buckets ? (size_t)at : flux->buckets;
}

/* Number of knots <= u: those of lower buckets, and a search in its own. */
static size_t knots_up_to(const lwr_flux *flux, double u) {
    const crease_pwl *pwl = flux->pwl;
    if (pwl->knot_count == 0 || u < pwl->x[0])
        return 0;
    const size_t b = bucket(flux, u);
    size_t low = flux->bucket_start[b], high = flux->bucket_start[b + 1];
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (pwl->x[middle] <= u)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Number of knots < u. */
static size_t knots_below(const lwr_flux *flux, double u) {
    const size_t count = knots_up_to(flux, u);
    return count > 0 && flux->pwl->x[count - 1] == u ? count - 1 : count;
}

double lwr_flux_at(const lwr_flux *flux, double u) {
    const crease_pwl *pwl = flux->pwl;
    if (pwl->knot_count == 0)
        return pwl->value_at_zero + pwl->slope_left * u;
    const size_t piece = knots_up_to(flux, u);
    /* from the nearer knot */
    size_t knot = piece > 0 ? piece - 1 : 0;
    if (piece > 0 && piece < pwl->knot_count && pwl->x[piece] - u < u - pwl->x[piece - 1])
        knot = piece;
    return pwl->y[knot] + flux->slope[piece] * (u - pwl->x[knot]);
}

double lwr_flux_chord(const lwr_flux *flux, double a, double b) {
    const crease_pwl *pwl = flux->pwl;
    const double low = fmin(a, b), high = fmax(a, b);
    size_t i = knots_up_to(flux, low), j = knots_below(flux, high); /* knots i .. j - 1 lie between */
    if (i >= j)
        return flux->slope[i];
    double first = 0, last = 0; /* from an end to the first knot, or to itself if it is one */
    if (i > 0 && pwl->x[i - 1] == low)
        i--;
    else
        first = flux->slope[i] * (pwl->x[i] - low);
    if (j < pwl->knot_count && pwl->x[j] == high)
        j++;
    else
        last = flux->slope[j] * (high - pwl->x[j - 1]);
    return (first + (pwl->y[j - 1] - pwl->y[i]) + last) / (high - low);
}

/* As the front between an empty road and this density goes, to the bit: whoever is first behind it stays so. */
double lwr_flux_vehicle_speed(const lwr_flux *flux, double u) {
    return u > 0 ? lwr_flux_chord(flux, 0, u) : flux->slope[knots_up_to(flux, 0)];
}

size_t lwr_flux_riemann(const lwr_flux *flux, double left, double right, double *state, double *speed) {
    const crease_pwl *pwl = flux->pwl;
    state[0] = left;
    if (left == right)
        return 0;
    const size_t from = knots_up_to(flux, fmin(left, right)), end = knots_below(flux, fmax(left, right));
    size_t m = 0;
    if (flux->concave && left > right) { /* every kink is on the hull */
        for (size_t i = end; i-- > from;) {
            speed[m++] = flux->slope[i + 1];
            state[m] = pwl->x[i];
        }
        speed[m++] = flux->slope[from];
        state[m] = right;
        return m;
    }
    if (!flux->concave)
        for (size_t i = 0; from + i < end; i++) {
            const double u = pwl->x[left < right ? from + i : end - 1 - i];
            double s = lwr_flux_chord(flux, state[m], u);
            while (m > 0 && speed[m - 1] >= s) {
                m--;
                s = lwr_flux_chord(flux, state[m], u);
            }
            speed[m++] = s;
            state[m] = u;
        }
    double s = lwr_flux_chord(flux, state[m], right);
    while (m > 0 && speed[m - 1] >= s) {
        m--;
        s = lwr_flux_chord(flux, state[m], right);
    }
    speed[m++] = s;
    state[m] = right;
    return m;
}

double lwr_flux_godunov(const lwr_flux *flux, double left, double right) {
    const crease_pwl *pwl = flux->pwl;
    const double a = lwr_flux_at(flux, left), b = lwr_flux_at(flux, right);
    const size_t from = knots_up_to(flux, fmin(left, right)), end = knots_below(flux, fmax(left, right));
    double q = left < right ? fmin(a, b) : fmax(a, b);
    if (flux->concave && left < right)
        return q;
    if (flux->concave && right >= 0 && !isnan(flux->critical_density))
        return right < flux->critical_density && flux->critical_density < left ? flux->capacity : q;
    for (size_t i = from; i < end; i++)
        q = left < right ? fmin(q, pwl->y[i]) : fmax(q, pwl->y[i]);
    return q;
}

double lwr_flux_reach(const lwr_flux *flux, double speed, double level, double from, double limit) {
    const crease_pwl *pwl = flux->pwl;
    const bool up = limit > from;
    double u = from, g = lwr_flux_at(flux, u) - speed * u;
    const bool above = g >= level;
    size_t knot = up ? knots_up_to(flux, from) : knots_below(flux, from); /* the next one, or one beyond it */
    for (;;) {
        double next = limit, h;
        if (up && knot < pwl->knot_count && pwl->x[knot] < limit)
            next = pwl->x[knot++];
        else if (!up && knot > 0 && pwl->x[knot - 1] > limit)
            next = pwl->x[--knot];
        h = lwr_flux_at(flux, next) - speed * next;
        if (h == level && g != level)
            return next;
        if (above ? h < level : h > level)
            return u + (next - u) * ((g - level) / (g - h));
        if (next == limit)
            return limit;
        u = next;
        g = h;
    }
}

double lwr_flux_distance(const lwr_flux *f, const lwr_flux *g, double low, double high) {
    double largest = 0;
    size_t i = knots_up_to(f, low), j = knots_up_to(g, low);
    for (double at = low;;) {
        largest = fmax(largest, fabs(f->slope[i] - g->slope[j]));
        const double a = i < f->pwl->knot_count ? f->pwl->x[i] : INFINITY,
                     b = j < g->pwl->knot_count ? g->pwl->x[j] : INFINITY;
        at = fmin(a, b);
        if (!(at < high))
            return largest;
        i += a == at;
        j += b == at;
    }
}

/* ---- making one ---- */

/* Largest flow over [0, infinity) and where it is reached first. */
static void find_capacity(lwr_flux *flux) {
    const crease_pwl *pwl = flux->pwl;
    flux->capacity = flux->critical_density = NAN;
    if (flux->slope[pwl->knot_count] > 0) {
        flux->why_unphysical = "its flow rises for ever, so it has no capacity and no jam density";
        return;
    }
    flux->capacity = lwr_flux_at(flux, 0);
    flux->critical_density = 0;
    for (size_t i = knots_up_to(flux, 0); i < pwl->knot_count; i++)
        if (pwl->y[i] > flux->capacity) {
            flux->capacity = pwl->y[i];
            flux->critical_density = pwl->x[i];
        }
}

static void round_to_zero(double *flow, double scale) {
    if (fabs(*flow) <= 1e-12 * scale)
        *flow = 0;
}

static void find_jam(lwr_flux *flux) {
    crease_pwl *pwl = flux->pwl;
    flux->jam_density = NAN;
    if (flux->why_unphysical)
        return;
    for (size_t i = 0; i < pwl->knot_count; i++)
        if (pwl->x[i] == 0 || pwl->x[i] > flux->critical_density)
            round_to_zero(&pwl->y[i], flux->capacity);
    const size_t first = knots_up_to(flux, flux->critical_density);
    const double far = fmax(pwl->knot_count > 0 ? pwl->x[pwl->knot_count - 1] : 0, flux->critical_density);
    const double last_slope = flux->slope[pwl->knot_count], last_flow = lwr_flux_at(flux, far);
    for (size_t i = first; i < pwl->knot_count && isnan(flux->jam_density); i++)
        if (pwl->y[i] <= 0)
            flux->jam_density = lwr_flux_reach(flux, 0, 0, flux->critical_density, pwl->x[i]);
    if (isnan(flux->jam_density) && last_slope < 0 && last_flow > 0)
        flux->jam_density = far - last_flow / last_slope;
    if (isnan(flux->jam_density))
        flux->why_unphysical = "its flow does not return to 0, so it has no jam density";
    else if (fabs(lwr_flux_at(flux, 0)) > 1e-12 * flux->capacity)
        flux->why_unphysical = "its flow at density 0 is not 0";
    else if (!(flux->capacity > 0))
        flux->why_unphysical = "its flow is nowhere positive";
    for (size_t i = knots_up_to(flux, 0); i < pwl->knot_count && !flux->why_unphysical; i++)
        if (pwl->x[i] < flux->jam_density && pwl->y[i] < 0)
            flux->why_unphysical = "its flow is negative below the jam density";
}

/* bucket_start[b]: knots in buckets before b, of buckets + 2. */
static void set_buckets(lwr_flux *flux) {
    const crease_pwl *pwl = flux->pwl;
    const size_t n = pwl->knot_count;
    flux->buckets = n;
    flux->bucket_scale = n > 1 ? (double)n / (pwl->x[n - 1] - pwl->x[0]) : 0;
    for (size_t i = 0, b = 0; b <= n + 1; b++) {
        while (i < n && bucket(flux, pwl->x[i]) < b)
            i++;
        flux->bucket_start[b] = i;
    }
}

static bool set_slopes(lwr_flux *flux) {
    const crease_pwl *pwl = flux->pwl;
    flux->concave = true;
    flux->largest_slope = 0;
    for (size_t i = 0; i <= pwl->knot_count; i++) {
        flux->slope[i] = crease_pwl_slope(pwl, i);
        if (!(fabs(flux->slope[i]) <= LWR_LARGEST) ||
            (i < pwl->knot_count && !(fabs(pwl->y[i]) <= LWR_LARGEST && fabs(pwl->x[i]) <= LWR_LARGEST)) ||
            (i > 0 && i < pwl->knot_count && !(pwl->x[i] > pwl->x[i - 1])))
            return false;
        flux->concave = flux->concave && (i == 0 || flux->slope[i] <= flux->slope[i - 1]);
        flux->largest_slope = fmax(flux->largest_slope, fabs(flux->slope[i]));
    }
    return true;
}

crease_status lwr_flux_new(const crease_pwl *pwl, lwr_flux **flux, crease_error *error) {
    const size_t n = pwl->knot_count;
    lwr_flux *f = calloc(1, sizeof *f);
    crease_status status = CREASE_NO_MEMORY;
    *flux = NULL;
    if (!f || !(f->slope = malloc((n + 1) * sizeof *f->slope)) ||
        !(f->bucket_start = malloc((n + 2) * sizeof *f->bucket_start)))
        status = crease_fail(error, CREASE_NO_MEMORY, "no memory for a flux of %zu knots", n);
    else
        status = crease_pwl_new(&f->pwl, n, error);
    if (status != CREASE_OK)
        goto fail;
    if (n > 0) {
        memcpy(f->pwl->x, pwl->x, n * sizeof *pwl->x);
        memcpy(f->pwl->y, pwl->y, n * sizeof *pwl->y);
    }
    f->pwl->slope_left = pwl->slope_left;
    f->pwl->slope_right = pwl->slope_right;
    f->pwl->value_at_zero = pwl->value_at_zero;
    if (!set_slopes(f)) {
        status =
            crease_fail(error, CREASE_BAD_DATA, "a flux needs flows of a sane size at ascending densities");
        goto fail;
    }
    set_buckets(f);
    find_capacity(f);
    find_jam(f);
    set_slopes(f); /* flows may have been rounded to 0 */
    *flux = f;
    return CREASE_OK;
fail:
    lwr_flux_free(f);
    return status;
}

void lwr_flux_free(lwr_flux *flux) {
    if (!flux)
        return;
    crease_pwl_free(flux->pwl);
    free(flux->slope);
    free(flux->bucket_start);
    free(flux);
}
