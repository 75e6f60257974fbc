/* At rest K phi(reference - q) = G sin q. One solution lies between the reference and the nearest multiple of
 * pi on the side where gravity pulls; saturating pairs with little gain have more, so all sign changes around
 * are looked at and the one nearest to a given angle is taken. Small motions about it: J x'' + d x' + (K phi'
 * + G cos q) x = 0. */
#include "arm/internal.h"
#include <float.h>
#include <math.h>

double arm_root(gsl_root_fsolver *solver, gsl_function *f, double lo, double hi) {
    double at_lo = f->function(lo, f->params), at_hi = f->function(hi, f->params);
    if (at_lo == 0)
        return lo;
    if (at_hi == 0 || gsl_root_fsolver_set(solver, f, lo, hi) != 0)
        return hi;
    for (int i = 0; i < 100; i++) {
        if (gsl_root_fsolver_iterate(solver) != 0)
            break;
        double width = gsl_root_fsolver_x_upper(solver) - gsl_root_fsolver_x_lower(solver);
        if (width <= DBL_EPSILON * fabs(gsl_root_fsolver_root(solver)))
            break;
    }
    return gsl_root_fsolver_root(solver);
}

typedef struct balance {
    const arm_plant *plant;
    const arm_controller *controller;
    double reference;
} balance;

static double net_torque(double angle, void *context) {
    const balance *b = context;
    double command = arm_controller_command(b->controller, b->reference, angle, 0);
    return arm_plant_clip_torque(b->plant, command) - b->plant->gravity * sin(angle);
}

crease_status arm_nearest_root(gsl_function *f, double near, double reference, double *root,
                               crease_error *error) {
    enum { CELLS_PER_HALF_TURN = 400 };
    *root = NAN;
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (!solver)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for the root finder");
    double lo = fmin(near, reference) - M_PI, hi = fmax(near, reference) + M_PI;
    size_t cells = (size_t)ceil((hi - lo) / M_PI * CELLS_PER_HALF_TURN);
    double left = lo, at_left = f->function(left, f->params);
    for (size_t i = 1; i <= cells; i++) {
        double right = lo + (hi - lo) * (double)i / (double)cells, at_right = f->function(right, f->params);
        if (at_left == 0 || at_left * at_right < 0) {
            double found = at_left == 0 ? left : arm_root(solver, f, left, right);
            if (!(fabs(*root - near) <= fabs(found - near)))
                *root = found;
        }
        left = right;
        at_left = at_right;
    }
    gsl_root_fsolver_free(solver);
    return CREASE_OK;
}

crease_status arm_equilibrium(const arm_plant *plant, const arm_controller *controller, double reference,
                              double near, double *angle, crease_error *error) {
    *angle = NAN;
    if (plant->gravity == 0) {
        if (controller->gain > 0)
            *angle = reference; /* phi vanishes at 0 only */
        return CREASE_OK;
    }
    balance b = {plant, controller, reference};
    gsl_function f = {net_torque, &b};
    return arm_nearest_root(&f, near, reference, angle, error);
}

arm_linear arm_linearise(const arm_plant *plant, const arm_controller *controller, double reference,
                         double angle) {
    const arm_controller *c = controller;
    arm_linear linear = {NAN, NAN, NAN, NAN, NAN, NAN};
    arm_pair_evaluate(c->pair, c->norm, reference - angle, &linear.slope);
    linear.gain = c->gain * linear.slope + plant->gravity * cos(angle);
    double damping = plant->friction;
    if (c->law == ARM_LAW_PDX)
        damping += c->rate_gain;
    else if (c->law == ARM_LAW_PDI)
        damping += c->gain * linear.slope * c->lead_time;
    if (!(linear.gain > 0))
        return linear;
    double zeta = damping / (2 * sqrt(plant->inertia * linear.gain));
    linear.natural_frequency = sqrt(linear.gain / plant->inertia);
    linear.damping_ratio = zeta;
    linear.overshoot_pct = zeta < 1 ? 100 * exp(-M_PI * zeta / sqrt(1 - zeta * zeta)) : 0;
    linear.envelope_2pct_s = zeta < 1 ? log(50) / (zeta * linear.natural_frequency) : NAN;
    return linear;
}
