/* Linear theory of an arm near a point of rest: step responses in closed form, poles, limits of stability,
 * frequency response and margins, with a lag of the drive, with a sampled controller, or with both.
 *
 * Small motions x = q - q_ss obey J x'' + b x' + g x = u, g = G cos q_ss, under u = -K s (x + Td x') - Kd x'
 * with s the slope of the pair; Td is that of law PDi and Kd that of PDx, else 0. With a drive of lag ta the
 * torque follows its command by ta u' + u = command. A controller sampled with period T reads x and x' at
 * times k T and holds its command in between (zero-order hold).
 *
 * The loop is cut where the pair acts, so that K s multiplies the whole loop under every law (the Kd of PDx
 * is part of what lies behind the cut) and its gain margin is Kcrit/K. SI units and radians. */
#ifndef ARM_LINEAR_H
#define ARM_LINEAR_H

#include "arm/arm.h"
#include <complex.h>

/* ---- the step of a second-order system (linear_step.c) ---- */

/* Of J x'' + d x' + k x = k r, x from rest at 0. Rise from 10 to 90 %, settling for good within 2 % of r,
 * overshoot of r; as stepinfo of MATLAB and python-control. From d^2 = 4 J k on there is no overshoot (0)
 * and no peak (NaN); without damping it never settles (NaN); with d < 0 or k <= 0 all are NaN. */
typedef struct arm_second_order {
    double natural_frequency; /* sqrt(k/J), rad/s */
    double damping_ratio;     /* d/(2 sqrt(J k)) */
    double rise_10_90_s, overshoot_pct, peak_time_s, settle_2pct_s;
} arm_second_order;

/* NO_MEMORY only. */
crease_status arm_second_order_step(double inertia, double damping, double stiffness, arm_second_order *step,
                                    crease_error *error);
/* The response itself over r, at t >= 0: 0 at first, 1 in the end. */
double arm_second_order_response(double inertia, double damping, double stiffness, double time);

/* ---- the loop (linear_loop.c) ---- */

enum { ARM_MOST_POLES = 3 };

/* D(v) + K s N(v) is the characteristic polynomial, K s N/D the open loop. The variable v is s of the
 * Laplace transform, or, sampled, z - 1 (which keeps the digits that z itself loses for a short period). */
typedef struct arm_linear_loop {
    size_t order;  /* 2, or 3 with a lag: of D */
    double gain;   /* K, N m */
    double slope;  /* s of the pair, 1/rad */
    double lag;    /* ta, s; 0: none */
    double sample; /* T, s; 0: continuous time */
    double denominator[ARM_MOST_POLES + 1],
        numerator[ARM_MOST_POLES + 1]; /* D, N from the constant term up */
} arm_linear_loop;

/* The loop about the angle `angle` at rest, where the pair has this slope (not negative). BAD_ARGUMENT when
 * a parameter is no finite number or out of range, or when lag or sample is not in [0, 1000] s. */
crease_status arm_linear_make(const arm_plant *plant, const arm_controller *controller, double slope,
                              double angle, double lag, double sample, arm_linear_loop *loop,
                              crease_error *error);

/* x' = A x + B u at all times, x_(k+1) = x_k + E x_k + F u_k at those of the samples (exact for a u that is
 * held): order x order row by row, and order numbers each. E is the matrix exponential less the identity. */
crease_status arm_hold(size_t order, const double *a, const double *b, double sample, double *e, double *f,
                       crease_error *error);

/* Closed-loop poles at gain K s = `gain` (in the s plane, or sampled the z plane), the slowest first: by
 * falling real part, sampled by falling modulus; of a pair, the one with positive imaginary part first.
 * `order` of them. */
crease_status arm_linear_poles(const arm_linear_loop *loop, double gain, double complex *pole,
                               crease_error *error);
/* The zeros of N in the same plane, at most order - 1 of them. */
crease_status arm_linear_zeros(const arm_linear_loop *loop, double complex *zero, size_t *count,
                               crease_error *error);
/* Frequency (modulus) and damping ratio of a pole; of a z, those of ln z/T. */
double arm_linear_pole_frequency(const arm_linear_loop *loop, double complex pole);
double arm_linear_pole_damping(const arm_linear_loop *loop, double complex pole);

/* ---- stability (linear_limits.c) ---- */

/* The gains K s > 0 with which the closed loop is stable: an open interval, for each law and with the
 * plant's lag and period; `upper` INFINITY when no gain is too high, both NaN when no gain makes it stable.
 * Of several intervals the one with K s in it, else the lowest.
 * Source: Routh (1877) and Hurwitz (1895), of D + K s N itself or, sampled, after z = (1 + w)/(1 - w), which
 * is the criterion of Jury (1964). Without lag and period a second-order arm has no upper limit. With a lag
 * and law P: upper = b/ta + b^2/J + b g ta/J. */
typedef struct arm_gain_range {
    double lower, upper; /* of K s, N m/rad */
} arm_gain_range;

arm_gain_range arm_linear_stable_gains(const arm_linear_loop *loop);
bool arm_linear_is_stable(const arm_linear_loop *loop, double gain);

/* ---- frequency response (linear_margins.c) ---- */

/* The open loop K s N/D at s = j w, or at z = exp(j w T), 0 < w (sampled: w <= pi/T). */
double complex arm_linear_response(const arm_linear_loop *loop, double frequency);

enum { ARM_MOST_CROSSOVERS = 5 };

/* The open loop against -1. NaN where there is none. Frequencies rad/s. */
typedef struct arm_margins {
    bool stable;       /* of the closed loop */
    size_t gain_count; /* where |L| = 1, rising */
    double gain_crossover[ARM_MOST_CROSSOVERS];
    size_t phase_count; /* where L is real and negative, rising; 0 and, sampled, pi/T among them */
    double phase_crossover[ARM_MOST_CROSSOVERS];
    /* By how much K s may be multiplied, stable: the least such factor above 1 (INFINITY: any) and the
     * greatest below 1 (0: any). Unstable: NaN, but with `gain_margin` < 1 when a smaller gain would do. */
    double gain_margin, gain_margin_frequency;
    double lower_gain_margin, lower_gain_margin_frequency;
    double phase_margin_deg, phase_margin_frequency; /* the least by size of 180 deg + arg L where |L| = 1 */
    /* How much later, s, the torque may come until the loop is on the edge; of a stable continuous loop. */
    double delay_margin_s, delay_margin_frequency;
} arm_margins;

crease_status arm_linear_margins(const arm_linear_loop *loop, arm_margins *margins, crease_error *error);

/* ---- a motion of the loop (linear_motion.c) ---- */

/* The angle x at the times 0, step, 2 step, .. (count of them) from x = 1 at rest, by exact transition from
 * each to the next, under the loop of arm_linear_make without a limit of the torque; sampled, `step` must be
 * the period (0 takes it). */
crease_status arm_linear_motion(const arm_plant *plant, const arm_controller *controller, double slope,
                                double angle, double lag, double sample, double step, size_t count, double *x,
                                crease_error *error);

#endif
