/* What steps that stop at kinks save: right-hand sides to reach an error, against gsl_odeiv2_evolve on the same field with
 * its kinks in it, at the tolerance that needs fewest. An arm without gravity under a saturated law with a dead zone. */
#include "crease/ode.h"
#include "bench/bench.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>
#include <math.h>
#include <stdio.h>

enum { UNITS = 4, DECADES = 12 };

typedef struct outcome {
    double error, calls;
} outcome;

static void units(const double *y, double *z) {
    z[0] = 1.4 - y[0]; /* error beyond a dead zone of .1 */
    z[1] = y[0] - 1.6;
    double u = 60 * (z[0] > 0 ? z[0] : 0) - 60 * (z[1] > 0 ? z[1] : 0) - 6 * y[1];
    z[2] = u - 40;
    z[3] = -40 - u;
}

static int field(double t, const double *y, const bool *above, double *dydt, void *context) {
    (void)t, (void)context;
    double u = 60 * (above[0] ? 1.4 - y[0] : 0) - 60 * (above[1] ? y[0] - 1.6 : 0) - 6 * y[1];
    u = u - (above[2] ? u - 40 : 0) + (above[3] ? -40 - u : 0);
    dydt[0] = y[1];
    dydt[1] = u - 9 * sin(y[0]);
    return 0;
}

static int surfaces(double t, const double *y, const bool *above, double *z, void *context) {
    (void)t, (void)above, (void)context;
    units(y, z);
    return 0;
}

static int field_with_kinks(double t, const double *y, double *dydt, void *context) {
    double z[UNITS];
    bool above[UNITS];
    units(y, z);
    for (size_t i = 0; i < UNITS; i++)
        above[i] = z[i] > 0;
    ++*(size_t *)context;
    return field(t, y, above, dydt, NULL);
}

static outcome located(crease_ode_method method, double tolerance, const double *right, double *y) {
    static const crease_ode_surface kinks[UNITS] = {{CREASE_ODE_KINK, 0, false}};
    const crease_ode_system system = {2, UNITS, kinks, field, surfaces, NULL, NULL};
    const crease_ode_options o = {.method = method, .tolerance = tolerance};
    crease_ode *ode;
    crease_error error;
    bench_must(crease_ode_new(&system, &o, 0, (double[]){0, 0}, &ode, &error), &error);
    bench_must(crease_ode_advance(ode, 3, NULL, &error), &error);
    y[0] = crease_ode_state(ode)[0];
    y[1] = crease_ode_state(ode)[1];
    outcome result = {hypot(y[0] - right[0], y[1] - right[1]), (double)crease_ode_statistics_of(ode).calls};
    crease_ode_free(ode);
    return result;
}

static outcome plain(const gsl_odeiv2_step_type *type, double tolerance, const double *right) {
    size_t calls = 0;
    double t = 0, y[2] = {0, 0};
    gsl_odeiv2_system system = {field_with_kinks, NULL, 2, &calls};
    gsl_odeiv2_driver *driver = gsl_odeiv2_driver_alloc_y_new(&system, type, 1e-3, tolerance, tolerance);
    if (!driver || gsl_odeiv2_driver_apply(driver, &t, 3, y) != GSL_SUCCESS)
        bench_must(CREASE_INTERNAL, &(crease_error){.message = "gsl_odeiv2_driver_apply failed"});
    gsl_odeiv2_driver_free(driver);
    return (outcome){hypot(y[0] - right[0], y[1] - right[1]), (double)calls};
}

void bench_ode(void) {
    const crease_ode_method method[2] = {CREASE_ODE_RK8PD, CREASE_ODE_RKF45};
    const gsl_odeiv2_step_type *type[2] = {gsl_odeiv2_step_rk8pd, gsl_odeiv2_step_rkf45};
    double right[2] = {0, 0}, y[2];
    located(CREASE_ODE_RK8PD, 1e-14, right, y);
    right[0] = y[0];
    right[1] = y[1];
    printf("\nmotions with kinks: calls of the right-hand side to reach an error, steps that stop at kinks : "
           "plain "
           "gsl_odeiv2_evolve\n%8s %10s %10s %10s %8s\n",
           "method", "error", "stopping", "plain", "ratio");
    for (size_t m = 0; m < 2; m++)
        for (double wanted = 1e-6; wanted > 5e-12; wanted /= 100) {
            double fewest[2] = {INFINITY, INFINITY};
            for (int k = 3; k <= 4 * DECADES; k++) {
                double tolerance = pow(10, -1.0 - k / 3.5);
                outcome a = located(method[m], tolerance, right, y), b = plain(type[m], tolerance, right);
                if (a.error <= wanted)
                    fewest[0] = fmin(fewest[0], a.calls);
                if (b.error <= wanted)
                    fewest[1] = fmin(fewest[1], b.calls);
            }
            printf("%8s %10.0e %10.0f %10.0f %8.2f\n", crease_ode_method_name(method[m]), wanted, fewest[0],
                   fewest[1], fewest[1] / fewest[0]);
        }
}
