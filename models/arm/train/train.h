/* Controllers trained in the loop: a network u = net(e, w), with the feed-forward torque in its bias, that makes
 *
 *     cost = mean over starts of the integral over [0, time] of (q - target)^2 + torque_weight (u - u_ss)^2 dt
 *
 * small, u held within +-U and u_ss = G sin(target) the torque of rest there. Motion and integral are those of the classical
 * Runge-Kutta method with fixed steps, and the gradient is the exact derivative of that sum, by the method's discrete adjoint
 * (Hager 2000, Numer. Math. 87; Sandu 2006, ICCS). Beside the networks stand the linear laws u = K e - Kd w + u_ss: LQR, and
 * the best K and Kd for this cost. */
#ifndef ARM_TRAIN_H
#define ARM_TRAIN_H

#include "arm/arm.h"
#include "arm/network.h"
#include "crease/fit.h"

/* ---- the cost (train_cost.c) ---- */

enum { ARM_TRAIN_MOST_STARTS = 64 };

typedef struct arm_train_setting {
    arm_plant plant;
    double target;        /* rad */
    double time;          /* s */
    size_t steps;         /* of the Runge-Kutta method */
    double torque_weight; /* rad^2/(N m)^2, > 0 */
    size_t start_count;
    double start[ARM_TRAIN_MOST_STARTS][2]; /* angle, rate */
} arm_train_setting;

/* Target pi/2, 2 s in 200 steps, weight 1e-4, ten starts: five angles evenly from .25 to 3 rad, each at -2 and 2 rad/s. */
arm_train_setting arm_train_default(const arm_plant *plant);
/* G sin(target). */
double arm_train_feed_forward(const arm_train_setting *setting);

/* The closed loop of a network of this shape: work space of one thread. */
typedef struct arm_rollout arm_rollout;

/* Copies the setting, borrows the net, which sees what its input names say (arm/network.h). BAD_ARGUMENT for a setting out of
 * range (no start, more than 64, numbers that are not finite, time or weight not positive, more than a million steps) and a net
 * that is no law of one joint. */
crease_status arm_rollout_new(const arm_train_setting *setting, const crease_net *net, arm_rollout **loop,
                              crease_error *error);
void arm_rollout_free(arm_rollout *loop);
/* theta NULL: the net's own. NaN or infinite where the motion leaves the finite numbers. */
double arm_rollout_cost(arm_rollout *loop, const double *theta);
/* Cost and gradient (parameter_count). The torque limit has derivative 1 strictly inside and 0 elsewhere, relu 0 at 0. */
double arm_rollout_gradient(arm_rollout *loop, const double *theta, double *gradient);
/* After a cost: angle, rate and torque (held within the limit) of a start at the beginning of step i < steps. */
void arm_rollout_state(const arm_rollout *loop, size_t start, size_t i, double *angle, double *rate,
                       double *torque);

/* Both at once, for one net. */
crease_status arm_train_cost(const arm_train_setting *setting, const crease_net *net, double *cost,
                             crease_error *error);

typedef struct arm_train_result {
    double cost_start, cost;
    double gradient_norm; /* Euclidean, of the parameters that were free, in the net's own scale */
    size_t iterations;
    crease_stop stop;
} arm_train_result;

/* Minimises the cost over theta[first ..], the rest held, by BFGS from where the net is; never ends worse. Of the options
 * iterations (200), tolerance and interrupted count. */
crease_status arm_train_net(const arm_train_setting *setting, crease_net *net, size_t first,
                            const crease_fit_options *options, arm_train_result *result, crease_error *error);

/* ---- linear laws (train_laws.c) ---- */

/* The regulator of least cost over infinite time for small motions about the target, without limit. */
typedef struct arm_lqr {
    double gain, rate_gain; /* K, Kd */
    double riccati[3];      /* P11, P12, P22: the cost from (e, w) is its quadratic form */
} arm_lqr;

/* In closed form: with a = G cos(target), K + a = sqrt(a^2 + 1/r) and Kd = sqrt(b^2 + 2 J K) - b. */
arm_lqr arm_train_lqr(const arm_train_setting *setting);

/* u = K e - Kd w + u_ss as a net without units: inputs e_rad and w_rad_s, output u_n_m, scaled so that numbers of size 1 are of
 * the size that the cost asks for. Free it. */
crease_status arm_train_linear_net(const arm_train_setting *setting, double gain, double rate_gain,
                                   crease_net **net, crease_error *error);
/* The gains of such a net. */
void arm_train_gains(const crease_net *net, double *gain, double *rate_gain);

/* The linear law of least cost: K and Kd trained from LQR's gains and from fractions of them, the best kept. */
crease_status arm_train_tuned_pd(const arm_train_setting *setting, const crease_fit_options *options,
                                 crease_net **net, arm_train_result *result, crease_error *error);

/* ---- where a training starts (train_start.c) ---- */

typedef enum arm_train_start {
    ARM_TRAIN_IMITATION =
        0, /* least squares to the teacher's torques where the teacher's motions pass, then the loop */
    ARM_TRAIN_DESIGNED, /* pairs of units that make the teacher's linear law */
    ARM_TRAIN_RANDOM
} arm_train_start;

const char *arm_train_start_name(arm_train_start start);

/* A net of `units` units of one activation, theta zero, scaled and named as the linear one. */
crease_status arm_train_net_new(const arm_train_setting *setting, arm_pair pair, size_t units,
                                crease_net **net, crease_error *error);
/* Pairs f(z) - f(-z) that add up to K e - Kd w: exactly for relu, softplus, silu, gelu and leaky, to first order about the
 * target for tanh, sigmoid and elu. Each pair leans a little otherwise, so that they can part. An odd unit is left
 * out: it begins with output weight 0. */
void arm_train_design(const arm_train_setting *setting, double gain, double rate_gain, arm_pair pair,
                      crease_net *net);
/* Fits the net to the teacher, held within the limit, on rows of the teacher's motions. rmse in N m. */
crease_status arm_train_imitate(const arm_train_setting *setting, const crease_net *teacher, crease_net *net,
                                const crease_fit_options *options, double *rmse, crease_error *error);

/* ---- the table (train_table.c) ---- */

typedef struct arm_train_options {
    size_t pair_count;
    arm_pair pair[ARM_PAIR_COUNT];
    size_t units;         /* 0 means 4 */
    size_t random_starts; /* of each activation */
    double gain;          /* of the untrained pairs; 0 means 80 */
    /* iterations, tolerance, seed, threads, progress and interrupted count */
    crease_fit_options fit;
} arm_train_options;

typedef struct arm_train_row {
    const char *name;         /* "untrained pair", "LQR", "tuned PD", "imitation", ...; static text */
    arm_pair pair;            /* ARM_PAIR_COUNT: a linear law */
    crease_net *net;          /* owned */
    size_t n_params;          /* parameters of the net; 2 gains of a linear law */
    arm_train_result result;  /* cost_start NaN and iterations 0 where nothing was trained */
    double imitation_rmse;    /* N m; NaN where there was none */
    double over_pd, over_lqr; /* share of the cost of the tuned PD, of LQR, that this law saves */
} arm_train_row;

typedef struct arm_train_table {
    size_t row_count;
    arm_train_row *row; /* owned: untrained pairs, LQR, tuned PD, then three or four of each activation */
    size_t lqr, pd, best;
    double untrained_ratio; /* largest over least cost of the untrained pairs; NaN with fewer than two */
    double trained_spread;  /* (largest - least)/least of the best costs of each activation; NaN likewise */
    bool interrupted;
} arm_train_table;

/* Same seed, same digits, whatever the number of threads. */
crease_status arm_train_table_new(const arm_train_setting *setting, const arm_train_options *options,
                                  arm_train_table **table, crease_error *error);
void arm_train_table_free(arm_train_table *table);
/* The row with the least cost of an activation (trained ones only). */
const arm_train_row *arm_train_best_of(const arm_train_table *table, arm_pair pair);

#endif
