/* The cubic Hermite interpolant of one z over a step, and where it falls through 0: between its stationary points it is
 * monotone, so each piece holds one root at most, which Brent's method finds. Its error is h^4 z''''/384; a least value
 * that comes as near to 0 as that may hide a crossing. */
#include "ode/internal.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_poly.h>
#include <math.h>

enum { BRENT_STEPS = 100 };

/* Of the way that z goes at the slopes of both ends; a sine whose step is one radian errs by a tenth of it. */
static const double DOUBT = 0.01;

ode_cubic crease_ode_cubic(double p0, double d0, double p1, double d1) {
    double rise = p1 - p0;
    return (ode_cubic){{p0, d0, 3 * rise - 2 * d0 - d1, d0 + d1 - 2 * rise}};
}

double crease_ode_cubic_at(const ode_cubic *p, double s) {
    return p->c[0] + s * (p->c[1] + s * (p->c[2] + s * p->c[3]));
}

static double value(double s, void *context) {
    return crease_ode_cubic_at(context, s);
}

/* p(a) > 0 > p(b) */
static double root(gsl_root_fsolver *solver, const ode_cubic *p, double a, double b) {
    gsl_function f = {value, (void *)p};
    if (gsl_root_fsolver_set(solver, &f, a, b) != GSL_SUCCESS)
        return a;
    for (int k = 0; k < BRENT_STEPS; k++) {
        if (gsl_root_fsolver_iterate(solver) != GSL_SUCCESS)
            break;
        double lo = gsl_root_fsolver_x_lower(solver), hi = gsl_root_fsolver_x_upper(solver);
        if (hi - lo <= 1e-10 * hi)
            break;
    }
    return gsl_root_fsolver_root(solver);
}

double crease_ode_cubic_falls(gsl_root_fsolver *solver, const ode_cubic *p, double rounding, double *dip) {
    double at[4] = {0, 1, 1, 1}, s0 = 0, s1 = 0;
    int inside = gsl_poly_solve_quadratic(3 * p->c[3], 2 * p->c[2], p->c[1], &s0, &s1);
    size_t count = 1;
    if (inside > 0 && s0 > 0 && s0 < 1)
        at[count++] = s0;
    if (inside > 1 && s1 > 0 && s1 < 1 && s1 > s0)
        at[count++] = s1;
    at[count] = 1;
    double end_slope = p->c[1] + 2 * p->c[2] + 3 * p->c[3], doubt = DOUBT * (fabs(p->c[1]) + fabs(end_slope));
    *dip = 2;
    for (size_t k = 1; k <= count; k++) {
        double here = crease_ode_cubic_at(p, at[k]), before = crease_ode_cubic_at(p, at[k - 1]);
        if (here < -rounding)
            return before > 0 ? root(solver, p, at[k - 1], at[k]) : at[k - 1];
        double inner = 4 * at[k] * (1 - at[k]);
        if (*dip > 1 && k < count && here < before && here - doubt * inner * inner < -rounding)
            *dip = at[k];
    }
    return 2;
}
