/* Continuous: D = (J s^2 + b s + g)(ta s + 1) + Kd s, N = 1 + Td s. Sampled, with the exact transition E, F of
 * linear_hold.c and the row r of the controller, in the variable d = z - 1:
 *   D = det(d I - E),   N = r adj(d I - E) F,   E less F times the row of Kd,
 * whose coefficients are sums of principal minors and, of the adjugate, those of Faddeev's recursion. All are
 * of the order of powers of T without differences of numbers near 1. */
#include "arm/linear/linear_parts.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_poly.h>
#include <math.h>
#include <stdlib.h>

static crease_status check(const arm_plant *plant, const arm_controller *c, double slope, double angle,
                           double lag, double sample, crease_error *error) {
    const double not_negative[] = {plant->friction, c->gain, slope, c->rate_gain, c->lead_time};
    if (!(plant->inertia > 0 && plant->inertia < 1e9) || !isfinite(angle) || !(fabs(plant->gravity) < 1e9))
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "linear theory needs an inertia above 0 and a finite angle at rest");
    for (size_t i = 0; i < sizeof not_negative / sizeof *not_negative; i++)
        if (!(not_negative[i] >= 0 && not_negative[i] <= 1e9))
            return crease_fail(error, CREASE_BAD_ARGUMENT,
                               "friction, gains, lead time and slope must be from 0 to 1e9, not %g",
                               not_negative[i]);
    if (!(lag >= 0 && lag <= 1000))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a lag is from 0 to 1000 s, not %g", lag);
    if (!(sample >= 0 && sample <= 1000))
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a period is from 0 to 1000 s, not %g", sample);
    if (lag > 0 && lag < 1e-9)
        return crease_fail(error, CREASE_BAD_ARGUMENT, "a lag of %g s is none; take 0 or at least 1e-9", lag);
    if (sample > 0 && sample < 1e-9)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "a period of %g s is continuous time; take 0 or at least 1e-9", sample);
    return CREASE_OK;
}

crease_status arm_state_space_make(const arm_plant *plant, const arm_controller *controller, double slope,
                                   double angle, double lag, double sample, arm_state_space *system,
                                   crease_error *error) {
    crease_status status = check(plant, controller, slope, angle, lag, sample, error);
    if (status != CREASE_OK)
        return status;
    arm_state_space s = {.order = lag > 0 ? 3 : 2, .k = {1}};
    double J = plant->inertia, *rate = s.a + s.order;
    s.a[1] = 1;
    rate[0] = -plant->gravity * cos(angle) / J;
    rate[1] = -plant->friction / J;
    if (lag > 0) {
        rate[2] = 1 / J;
        s.a[8] = -1 / lag;
        s.b[2] = 1 / lag;
    } else {
        s.b[1] = 1 / J;
    }
    s.k[1] = controller->law == ARM_LAW_PDI ? controller->lead_time : 0;
    s.extra[1] = controller->law == ARM_LAW_PDX ? controller->rate_gain : 0;
    *system = s;
    return CREASE_OK;
}

static void continuous_loop(const arm_plant *plant, const arm_state_space *s, double angle,
                            arm_linear_loop *loop) {
    double J = plant->inertia, b = plant->friction, g = plant->gravity * cos(angle), ta = loop->lag;
    const double d[] = {g, b + g * ta + s->extra[1], J + b * ta, J * ta};
    for (size_t i = 0; i <= ARM_MOST_POLES; i++) {
        loop->denominator[i] = d[i];
        loop->numerator[i] = i < 2 ? s->k[i] : 0;
    }
}

/* det(d I - E), from the constant term up. */
static void characteristic(size_t n, const double *e, double *c) {
    c[n] = 1;
    if (n == 2) {
        c[0] = e[0] * e[3] - e[1] * e[2];
        c[1] = -(e[0] + e[3]);
        return;
    }
    double minor[3] = {e[4] * e[8] - e[5] * e[7], e[0] * e[8] - e[2] * e[6], e[0] * e[4] - e[1] * e[3]};
    c[0] = -(e[0] * minor[0] - e[1] * (e[3] * e[8] - e[5] * e[6]) + e[2] * (e[3] * e[7] - e[4] * e[6]));
    c[1] = minor[0] + minor[1] + minor[2];
    c[2] = -(e[0] + e[4] + e[8]);
}

static double dot(size_t n, const double *a, const double *b) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static crease_status sampled_loop(const arm_state_space *s, arm_linear_loop *loop, crease_error *error) {
    size_t n = s->order;
    double e[ARM_MOST_POLES * ARM_MOST_POLES], f[ARM_MOST_POLES], column[ARM_MOST_POLES],
        next[ARM_MOST_POLES];
    crease_status status = arm_hold(n, s->a, s->b, loop->sample, e, f, error);
    if (status != CREASE_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            e[i * n + j] -= f[i] * s->extra[j];
    double *c = loop->denominator;
    characteristic(n, e, c);
    for (size_t i = 0; i < n; i++)
        column[i] = f[i];
    for (size_t power = n; power-- > 0;) { /* column = the adjugate's coefficient of this power, times F */
        loop->numerator[power] = dot(n, s->k, column);
        for (size_t i = 0; i < n; i++)
            next[i] = dot(n, e + i * n, column) + c[power] * f[i];
        for (size_t i = 0; i < n; i++)
            column[i] = next[i];
    }
    return CREASE_OK;
}

crease_status arm_linear_make(const arm_plant *plant, const arm_controller *controller, double slope,
                              double angle, double lag, double sample, arm_linear_loop *loop,
                              crease_error *error) {
    arm_state_space s;
    crease_status status = arm_state_space_make(plant, controller, slope, angle, lag, sample, &s, error);
    if (status != CREASE_OK)
        return status;
    *loop = (arm_linear_loop){
        .order = s.order, .gain = controller->gain, .slope = slope, .lag = lag, .sample = sample};
    if (sample > 0)
        return sampled_loop(&s, loop, error);
    continuous_loop(plant, &s, angle, loop);
    return CREASE_OK;
}

/* ---- poles ---- */

/* Newton's steps as long as they help: the eigenvalues behind the roots are exact to the largest of them only. */
static double complex polished(size_t n, const double *c, double complex z) {
    double before = INFINITY;
    double complex best = z;
    for (int i = 0; i < 5; i++) {
        double complex value = c[n], slope = 0;
        for (size_t j = n; j-- > 0;) {
            slope = slope * z + value;
            value = value * z + c[j];
        }
        if (!(cabs(value) < before))
            break;
        before = cabs(value);
        best = z;
        if (before == 0 || slope == 0)
            break;
        z -= value / slope;
    }
    return best;
}

/* c of degree n >= 1, c[n] not 0. */
static crease_status roots(size_t n, const double *c, double complex *root, crease_error *error) {
    double z[2 * ARM_MOST_POLES];
    if (n == 1) {
        root[0] = -c[0] / c[1];
        return CREASE_OK;
    }
    if (n == 2) {
        gsl_complex both[2];
        gsl_poly_complex_solve_quadratic(c[2], c[1], c[0], &both[0], &both[1]);
        for (size_t i = 0; i < 2; i++)
            root[i] = GSL_REAL(both[i]) + I * GSL_IMAG(both[i]);
        return CREASE_OK;
    }
    gsl_poly_complex_workspace *work = gsl_poly_complex_workspace_alloc(n + 1);
    if (!work)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the poles");
    int code = gsl_poly_complex_solve(c, n + 1, work, z);
    gsl_poly_complex_workspace_free(work);
    if (code != GSL_SUCCESS)
        return crease_fail(error, CREASE_INTERNAL, "the poles of the loop were not found: %s",
                           gsl_strerror(code));
    for (size_t i = 0; i < n; i++)
        root[i] = polished(n, c, z[2 * i] + I * z[2 * i + 1]);
    return CREASE_OK;
}

static bool is_slower(const arm_linear_loop *loop, double complex a, double complex b) {
    double of_a = loop->sample > 0 ? cabs(a) : creal(a), of_b = loop->sample > 0 ? cabs(b) : creal(b);
    /* the two of a pair may differ in the last digits */
    if (fabs(of_a - of_b) > 1e-12 * fmax(fabs(of_a), fabs(of_b)))
        return of_a > of_b;
    return cimag(a) > cimag(b);
}

crease_status arm_linear_poles(const arm_linear_loop *loop, double gain, double complex *pole,
                               crease_error *error) {
    double c[ARM_MOST_POLES + 1];
    for (size_t i = 0; i <= loop->order; i++)
        c[i] = loop->denominator[i] + gain * loop->numerator[i];
    crease_status status = roots(loop->order, c, pole, error);
    for (size_t i = 0; i < loop->order && status == CREASE_OK; i++) {
        if (loop->sample > 0)
            pole[i] += 1;
        for (size_t j = i; j > 0 && is_slower(loop, pole[j], pole[j - 1]); j--) {
            double complex kept = pole[j];
            pole[j] = pole[j - 1];
            pole[j - 1] = kept;
        }
    }
    return status;
}

crease_status arm_linear_zeros(const arm_linear_loop *loop, double complex *zero, size_t *count,
                               crease_error *error) {
    size_t degree = loop->order;
    while (degree > 0 && loop->numerator[degree] == 0)
        degree--;
    *count = degree;
    crease_status status = degree > 0 ? roots(degree, loop->numerator, zero, error) : CREASE_OK;
    for (size_t i = 0; i < degree && loop->sample > 0; i++)
        zero[i] += 1;
    return status;
}

static double complex in_s(const arm_linear_loop *loop, double complex pole) {
    return loop->sample > 0 ? clog(pole) / loop->sample : pole;
}

double arm_linear_pole_frequency(const arm_linear_loop *loop, double complex pole) {
    return cabs(in_s(loop, pole));
}

double arm_linear_pole_damping(const arm_linear_loop *loop, double complex pole) {
    double complex s = in_s(loop, pole);
    return -creal(s) / cabs(s);
}
