/* Problem D by two ordinary differential equations (see savings_route), without the closed form, in x = a - limit.
 *
 * dc/da = q c/(c - y - r x) is 0/0 at the limit. Backwards in time from there it is regular: x' = c - y - r x, c' = q c; the
 * time at which x passes a wanted value is found by Newton's method on steps from the state before. In z = sqrt(x) it is
 * regular too: dc/dz = 2 z q c/(c - y - r z^2), from c = y + s z + b z^2, s = sqrt(2 q y), b = (2 q + r)/3, and
 * V = u(y)/rho + u'(y) x - (2/3) g s y^(-g-1) x^(3/2) + O(x^2). */
#include "savings/savings.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>
#include <math.h>
#include <string.h>

typedef struct route_problem {
    double income, q, r, crra;
} route_problem;

enum { ASSETS = 0, SPENDING, VALUE, STATES };

/* state: x, c, V; the independent variable is the time to the limit. */
static int in_time(double tau, const double state[], double slope[], void *context) {
    const route_problem *p = context;
    (void)tau;
    slope[ASSETS] = state[SPENDING] - p->income - p->r * state[ASSETS];
    slope[SPENDING] = p->q * state[SPENDING];
    slope[VALUE] = savings_marginal_utility(p->crra, state[SPENDING]) * slope[ASSETS];
    return GSL_SUCCESS;
}

static int in_root(double z, const double state[], double slope[], void *context) {
    const route_problem *p = context;
    double dissaving = state[SPENDING] - p->income - p->r * z * z;
    slope[ASSETS] = 2 * z;
    slope[SPENDING] = 2 * z * p->q * state[SPENDING] / dissaving;
    slope[VALUE] = 2 * z * savings_marginal_utility(p->crra, state[SPENDING]);
    return isfinite(slope[SPENDING]) ? GSL_SUCCESS : GSL_EBADFUNC;
}

/* One Newton search from the state at time 0 of the step; leaves the state at which x is `wanted`. */
static int advance_to(gsl_odeiv2_driver *driver, route_problem *p, double wanted, double state[STATES]) {
    double slope[STATES], before[STATES];
    memcpy(before, state, sizeof before);
    in_time(0, before, slope, p);
    double bend = p->q * before[SPENDING] - p->r * slope[ASSETS], missing = wanted - before[ASSETS];
    double step = 2 * missing / (slope[ASSETS] + sqrt(slope[ASSETS] * slope[ASSETS] + 2 * bend * missing));
    for (int i = 0; i < 50; i++) {
        double time = 0;
        memcpy(state, before, sizeof before);
        gsl_odeiv2_driver_reset(driver);
        int code = gsl_odeiv2_driver_apply(driver, &time, step, state);
        if (code != GSL_SUCCESS)
            return code;
        in_time(0, state, slope, p);
        double correction = (wanted - state[ASSETS]) / slope[ASSETS];
        if (fabs(correction) <= 1e-14 * step)
            return GSL_SUCCESS;
        step += correction;
    }
    return GSL_SUCCESS; /* rounding keeps the last correction above the tolerance */
}

static int follow_root(gsl_odeiv2_driver *driver, double *z, double wanted, double state[STATES]) {
    double root = sqrt(wanted);
    return root > *z ? gsl_odeiv2_driver_apply(driver, z, root, state) : GSL_SUCCESS;
}

/* The series at z. */
static void start_root(const savings_parameters *p, const route_problem *problem, double z,
                       double state[STATES]) {
    double s = sqrt(2 * problem->q * problem->income), b = (2 * problem->q + problem->r) / 3, x = z * z;
    double marginal = savings_marginal_utility(p->crra, problem->income);
    state[ASSETS] = x;
    state[SPENDING] = problem->income + s * z + b * x;
    state[VALUE] = savings_utility(p->crra, problem->income) / p->discount_rate + marginal * x -
                   2. / 3 * p->crra * s * marginal / problem->income * x * z;
}

crease_status savings_integrate(const savings_parameters *p, savings_route route, size_t n, const double *a,
                                double *c, double *V, crease_error *error) {
    savings_solution *solution;
    crease_status status = savings_solve(SAVINGS_D, p, NULL, &solution, error); /* only for the checks */
    savings_solution_free(solution);
    if (status != CREASE_OK)
        return status;
    route_problem problem = {.income = p->income + p->interest * p->limit,
                             .q = (p->discount_rate - p->interest) / p->crra,
                             .r = p->interest,
                             .crra = p->crra};
    bool time = route == SAVINGS_ROUTE_TIME;
    gsl_odeiv2_system system = {time ? in_time : in_root, NULL, STATES, &problem};
    double first = 1e-4 * sqrt(problem.income), z = first, state[STATES];
    gsl_odeiv2_driver *driver = gsl_odeiv2_driver_alloc_standard_new(&system, gsl_odeiv2_step_rk8pd, first,
                                                                     1e-15 * problem.income, 1e-12, 1, 0);
    if (!driver)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a differential equation");
    start_root(p, &problem, time ? 0 : first, state);
    for (size_t i = 0; i < n && status == CREASE_OK; i++) {
        double x = a[i] - p->limit, series[STATES], *here = state;
        int code = GSL_SUCCESS;
        if (!(x > 0) || (i > 0 && !(a[i] >= a[i - 1]))) {
            status = crease_fail(error, CREASE_BAD_ARGUMENT,
                                 "assets must ascend from above the limit, not %g", a[i]);
            break;
        }
        if (time && x > state[ASSETS]) {
            code = advance_to(driver, &problem, x, state);
        } else if (!time && sqrt(x) <= first) {
            here = series;
            start_root(p, &problem, sqrt(x), series);
        } else if (!time) {
            code = follow_root(driver, &z, x, state);
        }
        if (code != GSL_SUCCESS)
            status = crease_fail(error, CREASE_INTERNAL,
                                 "the differential equation could not be followed to a = %g: %s", a[i],
                                 gsl_strerror(code));
        c[i] = here[SPENDING];
        V[i] = here[VALUE];
    }
    gsl_odeiv2_driver_free(driver);
    return status;
}
