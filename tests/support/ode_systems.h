/* Systems with kinks for the integrator's tests, and an integrator that only halves its steps. */
#ifndef TEST_ODE_SYSTEMS_H
#define TEST_ODE_SYSTEMS_H

#include "crease/ode.h"
#include <gsl/gsl_rng.h>

/* Model A of the arm under the law u0 = 20 e - 4 w + 60 [relu(e - .1) - relu(-e - .1)] - 10 [relu(w - 3) - relu(-w - 3)],
 * u = -40 + relu(u0 + 40) - relu(u0 - 40), e = 1.5 - q: 6 units. The context is the gravity term in N m. */
extern const double law_gravity;
crease_ode_system law_system(double *gravity);
/* From rest at t = .6, by an integrator of order 8 of another library at tolerance 1e-12 (with gravity, without). */
extern const double law_reference[2][2];

/* y' = A y + C h(y) + load sin(speed t), h the last layer of a ReLU network of y: weights and biases are drawn. */
enum { FLOW_WIDTH = 8, FLOW_DEPTH = 3, FLOW_DIMENSION = 3, FLOW_UNITS = FLOW_WIDTH * FLOW_DEPTH };
typedef struct flow {
    size_t dimension, depth, width[FLOW_DEPTH];
    double A[FLOW_DIMENSION][FLOW_DIMENSION], C[FLOW_DIMENSION][FLOW_WIDTH], load[FLOW_DIMENSION], speed;
    double weight[FLOW_DEPTH][FLOW_WIDTH][FLOW_WIDTH], bias[FLOW_DEPTH][FLOW_WIDTH];
} flow;
void flow_draw(gsl_rng *random, size_t dimension, size_t depth, const size_t *width, flow *f);
size_t flow_units(const flow *f);
crease_ode_system flow_system(flow *f);

/* Classical Runge-Kutta with the field taken by the signs of z, in steps of length h; a step at whose ends the signs
 * differ is halved until it is shorter than `least`. y: start and result. */
void brute_motion(const crease_ode_system *system, double t, double until, double h, double least, double *y);

/* Advances and fails the test with the message where that fails. */
crease_ode *ode_start(const crease_ode_system *system, const crease_ode_options *options, double t,
                      const double *y);
crease_ode_end ode_go(crease_ode *ode, double until);

#endif
