/* u held for a time T: with a = b/J
 *
 *   w(T) = e^{-aT} w + h u/J,  x(T) = x + h w + H u/J,  h = int_0^T e^{-at} dt = T f1(aT),  H = int_0^T h dt = T^2 f2(aT)
 *   f1(z) = (1 - e^{-z})/z,  f2(z) = (1 - f1(z))/z,  by their power series where z < 1
 *
 * in long double, whose 2^-64 leaves room for the few operations, then rounded to double once. Between
 * samples x is largest where w passes 0, which it does at most once. */
#include "arm/plane/plane_reach_parts.h"
#include <math.h>
#include <stdlib.h>

static long double alternating_series(long double z, int first) {
    long double term = 1, sum = 0;
    for (int n = 1; n <= first; n++)
        term /= n;
    for (int n = first + 1; fabsl(term) > 1e-22L; n++) {
        sum += term;
        term *= -z / n;
    }
    return sum + term;
}

void arm_reach_sample(const arm_plant *plant, double sample, double ad[4], double bd[2]) {
    long double inertia = plant->inertia, time = sample, z = (long double)plant->friction / inertia * time;
    long double f1 = z < 1 ? alternating_series(z, 1) : -expm1l(-z) / z;
    long double f2 = z < 1 ? alternating_series(z, 2) : (1 - f1) / z;
    ad[0] = 1;
    ad[1] = (double)(time * f1);
    ad[2] = 0;
    ad[3] = (double)expl(-z);
    bd[0] = (double)(time * time * f2 / inertia);
    bd[1] = (double)(time * f1 / inertia);
}

/* The time in (0, sample) at which w is 0, or `sample`. */
static double turn_time(const arm_plant *plant, double sample, double w, double torque) {
    double a = plant->friction / plant->inertia, push = torque / plant->inertia, t;
    /* 0 = w e^{-at} + push (1 - e^{-at})/a, so e^{-at} = 1 / (1 - a w / push) */
    if (w == 0 || push == 0 || (w > 0) == (push > 0))
        return sample;
    t = a > 0 ? log1p(-a * w / push) / a : -w / push;
    return t < sample ? t : sample;
}

static double extreme_between(const arm_plant *plant, double sample, const double s[2], double torque) {
    arm_flow flow = {
        .stiffness = 0, .damping = -plant->friction / plant->inertia, .push = torque / plant->inertia};
    double to[2];
    arm_flow_at(&flow, turn_time(plant, sample, s[1], torque), s, to);
    return to[0];
}

double arm_reach_farthest(const arm_plant *plant, double sample, const double s[2], double torque,
                          double next, double side) {
    double beyond = fmax(side * s[0], side * next);
    /* x turns inside only when w changes from the side's direction to the other */
    if (side * s[1] > 0 && side * torque < 0)
        beyond = fmax(beyond, side * extreme_between(plant, sample, s, torque));
    return beyond;
}

crease_status arm_reach_simulate(const arm_plant *plant, const crease_net *law, double sample, size_t steps,
                                 const double start[2], double *state, double *torque, double most[2],
                                 crease_error *error) {
    crease_work *work;
    crease_status status = crease_work_new(law, &work, error);
    if (status != CREASE_OK)
        return status;
    double ad[4], bd[2], s[2] = {start[0], start[1]}, far[2] = {s[0], -s[0]};
    arm_reach_sample(plant, sample, ad, bd);
    for (size_t k = 0; k <= steps; k++) {
        double u;
        if (state) {
            state[2 * k] = s[0];
            state[2 * k + 1] = s[1];
        }
        if (k == steps)
            break;
        crease_net_evaluate(law, NULL, work, 1, s, &u);
        if (torque)
            torque[k] = u;
        double next = s[0] + ad[1] * s[1] + bd[0] * u;
        far[0] = fmax(far[0], arm_reach_farthest(plant, sample, s, u, next, 1));
        far[1] = fmax(far[1], arm_reach_farthest(plant, sample, s, u, next, -1));
        s[1] = ad[3] * s[1] + bd[1] * u;
        s[0] = next;
    }
    if (most) {
        most[0] = far[0];
        most[1] = far[1];
    }
    crease_work_free(work);
    return CREASE_OK;
}
