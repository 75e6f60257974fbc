/* At w = j v the polynomials are N = Ne + j v No, D = De + j v Do, whose parts are linear in x = v^2, so that
 *   Im N conj(D) = v (No De - Ne Do)                      is v times a quadratic in x: the loop is real there;
 *   (K s)^2 (Ne^2 + x No^2) - (De^2 + x Do^2)             is a cubic in x:             there |L| = 1.
 * All their roots are found as eigenvalues, and each frequency is then located on the response itself by
 * Brent's method, to the last digits. Sampled, v = tan(frequency T/2). The ends of the axis, v = 0 and, sampled,
 * v = infinity (z = -1), where the loop is always real, are looked at by themselves. */
#include "arm/internal.h"
#include "arm/linear/linear_parts.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_poly.h>
#include <gsl/gsl_sort.h>
#include <math.h>

enum { MOST_DEGREE = 3 };

double complex arm_linear_response(const arm_linear_loop *loop, double frequency) {
    double half = loop->sample * frequency / 2;
    double complex v = I * frequency;
    if (loop->sample > 0)
        v = 2 * sin(half) * (I * cos(half) - sin(half)); /* z - 1 */
    double complex d = loop->denominator[loop->order], n = loop->numerator[loop->order];
    for (size_t i = loop->order; i-- > 0;) {
        d = d * v + loop->denominator[i];
        n = n * v + loop->numerator[i];
    }
    return loop->gain * loop->slope * n / d;
}

/* The positive real roots of a polynomial from the constant term up, in no order. Twofold roots, where a curve
 * touches only, may come out as none or two. */
static crease_status positive_roots(const double *c, double *root, size_t *count, crease_error *error) {
    size_t degree = MOST_DEGREE;
    double z[2 * MOST_DEGREE];
    *count = 0;
    while (degree > 0 && c[degree] == 0)
        degree--;
    if (degree == 0)
        return CREASE_OK;
    gsl_poly_complex_workspace *work = gsl_poly_complex_workspace_alloc(degree + 1);
    if (!work)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the crossover frequencies");
    int code = gsl_poly_complex_solve(c, degree + 1, work, z);
    gsl_poly_complex_workspace_free(work);
    if (code != GSL_SUCCESS)
        return crease_fail(error, CREASE_INTERNAL, "the crossover frequencies were not found: %s",
                           gsl_strerror(code));
    for (size_t i = 0; i < degree; i++)
        if (z[2 * i] > 0 && fabs(z[2 * i + 1]) <= 1e-7 * z[2 * i])
            root[(*count)++] = z[2 * i];
    return CREASE_OK;
}

static double log_modulus(double frequency, void *context) {
    return log(cabs(arm_linear_response(context, frequency)));
}

static double imaginary_part(double frequency, void *context) {
    double complex response = arm_linear_response(context, frequency);
    return cimag(response) / cabs(response);
}

/* The frequency of v, which is right to some digits, as root of f. */
static double located(const arm_linear_loop *loop, gsl_root_fsolver *solver, double (*f)(double, void *),
                      double v) {
    gsl_function function = {f, (void *)loop};
    double frequency = loop->sample > 0 ? 2 / loop->sample * atan(v) : v;
    for (double width = 1e-12; width < 1e-3; width *= 10) {
        double lo = frequency * (1 - width), hi = frequency * (1 + width);
        if (f(lo, function.params) * f(hi, function.params) < 0)
            return arm_root(solver, &function, lo, hi);
    }
    return frequency;
}

static crease_status find_crossovers(const arm_linear_loop *loop, gsl_root_fsolver *solver, arm_margins *m,
                                     crease_error *error) {
    double d[ARM_MOST_POLES + 1], n[ARM_MOST_POLES + 1], root[MOST_DEGREE], k = loop->gain * loop->slope;
    size_t count;
    arm_linear_in_half_plane(loop, d, n);
    const double real_at[] = {n[1] * d[0] - n[0] * d[1],
                              n[0] * d[3] + n[2] * d[1] - n[1] * d[2] - n[3] * d[0],
                              n[3] * d[2] - n[2] * d[3], 0};
    double one_at[MOST_DEGREE + 1];
    for (size_t i = 0; i <= MOST_DEGREE; i++) {
        one_at[i] = 0;
        for (size_t p = 0; p <= MOST_DEGREE; p++) {
            size_t q = 2 * i - p; /* v^p times v^q, j^(p - q) of it real */
            if (p <= 2 * i && q <= MOST_DEGREE)
                one_at[i] += (p > i ? p - i : i - p) % 2 == 0 ? k * k * n[p] * n[q] - d[p] * d[q]
                                                              : d[p] * d[q] - k * k * n[p] * n[q];
        }
    }
    crease_status status = positive_roots(one_at, root, &count, error);
    if (status != CREASE_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        m->gain_crossover[m->gain_count++] = located(loop, solver, log_modulus, sqrt(root[i]));
    status = positive_roots(real_at, root, &count, error);
    if (status != CREASE_OK)
        return status;
    if (n[0] * d[0] < 0)
        m->phase_crossover[m->phase_count++] = 0;
    if (loop->sample > 0 && n[loop->order] * d[loop->order] < 0)
        m->phase_crossover[m->phase_count++] = M_PI / loop->sample;
    for (size_t i = 0; i < count; i++) {
        double frequency = located(loop, solver, imaginary_part, sqrt(root[i]));
        if (creal(arm_linear_response(loop, frequency)) < 0)
            m->phase_crossover[m->phase_count++] = frequency;
    }
    gsl_sort(m->gain_crossover, 1, m->gain_count);
    gsl_sort(m->phase_crossover, 1, m->phase_count);
    return CREASE_OK;
}

/* Stable: the nearest factors on both sides of 1. Unstable: the one nearest to an end of the stable gains. */
static void put_gain_margins(const arm_linear_loop *loop, arm_margins *m) {
    arm_gain_range range = arm_linear_stable_gains(loop);
    double own = loop->gain * loop->slope, nearest = INFINITY;
    double wanted = own > range.upper ? range.upper / own : range.lower / own;
    if (m->stable) {
        m->gain_margin = INFINITY;
        m->lower_gain_margin = 0;
    }
    for (size_t i = 0; i < m->phase_count; i++) {
        double frequency = m->phase_crossover[i], factor = 1 / cabs(arm_linear_response(loop, frequency));
        double apart = fabs(log(factor / wanted));
        bool upper = m->stable ? factor > 1 && factor < m->gain_margin : own > range.upper && apart < nearest;
        bool lower =
            m->stable ? factor < 1 && factor > m->lower_gain_margin : own < range.lower && apart < nearest;
        if (upper) {
            m->gain_margin = factor;
            m->gain_margin_frequency = frequency;
        } else if (lower) {
            m->lower_gain_margin = factor;
            m->lower_gain_margin_frequency = frequency;
        }
        nearest = fmin(nearest, apart);
    }
}

static void put_phase_margins(const arm_linear_loop *loop, arm_margins *m) {
    if (m->stable && loop->sample == 0)
        m->delay_margin_s = INFINITY;
    for (size_t i = 0; i < m->gain_count; i++) {
        double frequency = m->gain_crossover[i];
        double beyond = carg(-arm_linear_response(loop, frequency)); /* of -180 degrees */
        double delay = (beyond < 0 ? beyond + 2 * M_PI : beyond) / frequency;
        if (!(fabs(m->phase_margin_deg) <= fabs(beyond) * 180 / M_PI)) {
            m->phase_margin_deg = beyond * 180 / M_PI;
            m->phase_margin_frequency = frequency;
        }
        if (delay < m->delay_margin_s) {
            m->delay_margin_s = delay;
            m->delay_margin_frequency = frequency;
        }
    }
}

crease_status arm_linear_margins(const arm_linear_loop *loop, arm_margins *margins, crease_error *error) {
    arm_margins m = {.stable = arm_linear_is_stable(loop, loop->gain * loop->slope),
                     .gain_margin = NAN,
                     .gain_margin_frequency = NAN,
                     .lower_gain_margin = NAN,
                     .lower_gain_margin_frequency = NAN,
                     .phase_margin_deg = NAN,
                     .phase_margin_frequency = NAN,
                     .delay_margin_s = NAN,
                     .delay_margin_frequency = NAN};
    if (!(loop->gain * loop->slope > 0)) {
        *margins = m; /* nothing goes round */
        return CREASE_OK;
    }
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (!solver)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the root finder");
    crease_status status = find_crossovers(loop, solver, &m, error);
    gsl_root_fsolver_free(solver);
    if (status != CREASE_OK)
        return status;
    put_gain_margins(loop, &m);
    put_phase_margins(loop, &m);
    *margins = m;
    return CREASE_OK;
}
