/* What slope and gain of a pair do to an arm: linear theory at the point of rest of each setting and, for a
 * pair by name, a simulated step beside it. */
#ifndef ARM_SWEEP_H
#define ARM_SWEEP_H

#include "arm/linear/linear.h"

typedef struct arm_sweep_setup {
    arm_plant plant;
    arm_controller controller; /* law, Kd, Td; gain, pair and norm are those of each point */
    double lag, sample;        /* s; 0: none */
    arm_options motion;        /* of the steps that are simulated: reference, time, tolerance */
} arm_sweep_setup;

typedef struct arm_sweep_point {
    bool named; /* a pair by name, else the straight line of a given slope */
    arm_pair pair;
    double gain;           /* K, N m */
    double rest;           /* q_ss, the equilibrium nearest to the reference, rad */
    double slope;          /* of the pair there */
    double effective_gain; /* K slope + G cos q_ss, N m/rad */
    arm_second_order step; /* of small motions without lag and period; NaN when effective_gain <= 0 */
    arm_linear_loop loop;
    double complex pole[ARM_MOST_POLES]; /* loop.order of them, with lag and period */
    double pole_damping;                 /* of the slowest, pole[0] */
    arm_gain_range stable_gains;         /* K slope, this point of rest kept */
    arm_margins margins;
    bool simulated; /* with lag, period and torque limit */
    arm_metrics metrics;
} arm_sweep_point;

/* Any controller; `simulate`: the step from setup->motion's start to its reference too. */
crease_status arm_sweep_controller(const arm_sweep_setup *setup, const arm_controller *controller,
                                   bool simulate, arm_sweep_point *point, crease_error *error);
/* The straight line of this slope (> 0, a relu pair with norm 1/slope), by theory alone. */
crease_status arm_sweep_line(const arm_sweep_setup *setup, double slope, double gain, arm_sweep_point *point,
                             crease_error *error);
/* A pair by name, with its own norm. */
crease_status arm_sweep_pair(const arm_sweep_setup *setup, arm_pair pair, double gain, bool simulate,
                             arm_sweep_point *point, crease_error *error);

/* `count` numbers from `from` to `to`, both > 0, at equal ratios. */
void arm_sweep_range(double from, double to, size_t count, double *value);

#endif
