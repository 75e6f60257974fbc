/* Godunov's scheme for the same problems, to compare front tracking with (Godunov 1959; in traffic the cell transmission
 * model of Daganzo 1994): averages u_i over equal cells, du_i/dt = (F_{i-1/2} - F_{i+1/2})/dx with the flow F of the Riemann
 * problem of neighbours. */
#ifndef TRAFFIC_GODUNOV_H
#define TRAFFIC_GODUNOV_H

#include "traffic/lwr/lwr.h"

typedef struct godunov_options {
    size_t cells;
    double cfl; /* time step times the largest wave speed over the cell; 0: 0.95. Euler and ssp3 alone */
    const char *
        stepper; /* NULL or "euler", "ssp3" (Shu & Osher 1988), or a stepper of gsl_odeiv2 without a Jacobian: rk2,
                             rk4, rkf45, rkck, rk8pd, msadams, between the switching times of lights */
    double tolerance;                   /* of these steppers, relative and absolute; 0: 1e-6 */
    bool (*interrupted)(void *context); /* true asks to stop; may be NULL, and so may step */
    void (*step)(void *context, double t, const double *average); /* after each step */
    void *context;
} godunov_options;

typedef struct godunov_result {
    double time; /* reached */
    double net_inflow, waiting;
    size_t steps, calls; /* of the right-hand side */
} godunov_result;

/* "euler, ssp3, ..." for messages. */
extern const char godunov_steppers[];
bool godunov_knows(const char *stepper);

/* Averages at `time` (options->cells of them). Places are moved to the nearest border between cells; a place that moves is
 * BAD_ARGUMENT, and so is following vehicles. On a line, the densities beyond both ends of [low, high] stay what they were. */
crease_status godunov_solve(const lwr_problem *problem, const godunov_options *options, double time,
                            double *average, godunov_result *result, crease_error *error);

#endif
