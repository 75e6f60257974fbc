/* The field of a mode, and the surfaces with their rates along it. Without rates of the caller's, dz/dt is
 * (4 D(c) - D(2c)) / 3 with the central difference D(c) = (z(t + c, y + c y') - z(t - c, y - c y')) / 2c: exact for
 * affine z but for rounding. */
#include "ode/internal.h"
#include <float.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

/* The way that a difference of z goes, as a share of the state. */
static const double DIFFERENCE = 1e-3;

int crease_ode_call(crease_ode *ode, double t, const double *y, const bool *above, double *dydt) {
    if (ode->counting)
        ode->statistics.calls++;
    int code = ode->system.field(t, y, above, dydt, ode->system.context);
    if (code == 0)
        return GSL_SUCCESS;
    ode->failure = code;
    return GSL_EBADFUNC;
}

int crease_ode_surfaces(crease_ode *ode, double t, const double *y, const bool *above, double *z) {
    int code = ode->system.surface_count ? ode->system.surfaces(t, y, above, z, ode->system.context) : 0;
    if (code == 0)
        return GSL_SUCCESS;
    ode->failure = code;
    return GSL_EBADFUNC;
}

/* sum += weight * z(t + c, y + c y') */
static int add_difference(crease_ode *ode, double t, const double *y, const bool *above, const double *dydt,
                          double c, double weight, double *sum) {
    size_t n = ode->system.dimension, m = ode->system.surface_count;
    double *moved = ode->work, *z = ode->work + 3 * n;
    for (size_t j = 0; j < n; j++)
        moved[j] = y[j] + c * dydt[j];
    if (crease_ode_surfaces(ode, t + c, moved, above, z) != GSL_SUCCESS)
        return GSL_EBADFUNC;
    for (size_t i = 0; i < m; i++)
        sum[i] += weight * z[i];
    return GSL_SUCCESS;
}

static int differences(crease_ode *ode, double t, const double *y, const bool *above, const double *dydt,
                       double *rate) {
    size_t n = ode->system.dimension;
    double fastest = 0;
    for (size_t j = 0; j < n; j++)
        fastest = fmax(fastest, fabs(dydt[j]) / (fabs(y[j]) + ode->absolute[j]));
    double c = fastest > 0 ? DIFFERENCE / fastest : DIFFERENCE;
    c = ode->h > 0 ? fmin(c, ode->h) : c;
    memset(rate, 0, ode->system.surface_count * sizeof *rate);
    const double way[4] = {1, -1, 2, -2}, weight[4] = {4 / 6.0, -4 / 6.0, -1 / 12.0, 1 / 12.0};
    for (size_t k = 0; k < 4; k++)
        if (add_difference(ode, t, y, above, dydt, c * way[k], weight[k] / c, rate) != GSL_SUCCESS)
            return GSL_EBADFUNC;
    return GSL_SUCCESS;
}

int crease_ode_rates(crease_ode *ode, double t, const double *y, const bool *above, const double *dydt,
                     double *rate) {
    if (ode->system.surface_count == 0)
        return GSL_SUCCESS;
    if (!ode->system.surface_rates)
        return differences(ode, t, y, above, dydt, rate);
    int code = ode->system.surface_rates(t, y, above, dydt, rate, ode->system.context);
    if (code == 0)
        return GSL_SUCCESS;
    ode->failure = code;
    return GSL_EBADFUNC;
}

int crease_ode_signs(crease_ode *ode, double t, const double *y, double *z, bool *above) {
    size_t m = ode->system.surface_count;
    for (size_t pass = 0; pass <= m; pass++) {
        bool agree = true;
        if (crease_ode_surfaces(ode, t, y, above, z) != GSL_SUCCESS)
            return GSL_EBADFUNC;
        for (size_t i = 0; i < m; i++)
            if (above[i] != (z[i] > 0)) {
                above[i] = z[i] > 0;
                agree = false;
            }
        if (agree)
            break;
    }
    return GSL_SUCCESS;
}

int crease_ode_field(double t, const double *y, double *dydt, void *context) {
    crease_ode *ode = context;
    if (!ode->options.plain)
        return crease_ode_call(ode, t, y, ode->field_above, dydt);
    if (crease_ode_signs(ode, t, y, ode->work + 3 * ode->system.dimension, ode->signs) != GSL_SUCCESS)
        return GSL_EBADFUNC;
    return crease_ode_call(ode, t, y, ode->signs, dydt);
}

int crease_ode_look(crease_ode *ode, ode_point *point) {
    if (crease_ode_field(point->t, point->y, point->slope, ode) != GSL_SUCCESS)
        return GSL_EBADFUNC;
    if (ode->options.plain)
        return crease_ode_signs(ode, point->t, point->y, point->z, ode->above);
    if (crease_ode_surfaces(ode, point->t, point->y, ode->above, point->z) != GSL_SUCCESS)
        return GSL_EBADFUNC;
    return crease_ode_rates(ode, point->t, point->y, ode->above, point->slope, point->rate);
}

double crease_ode_rounding(const crease_ode *ode, const ode_point *point, size_t i) {
    return 8 * DBL_EPSILON * ode->size[i] + 2 * DBL_EPSILON * fabs(point->t) * fabs(point->rate[i]);
}
