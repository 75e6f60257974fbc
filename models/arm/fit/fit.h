/* What a log of a motion says: friction against rate, with its Coulomb level and the kinks where it begins to slide.
 *
 * Friction: F = u - J w' - G sin q, w' the slope of the rates in a window by least squares (Savitzky & Golay 1964), the others
 * averaged as that slope averages w'. Model: F = F0 + b w + Fc clip(w/w0, -1, 1), Coulomb friction of level Fc whose jump is drawn
 * out to a slope between the kinks -w0 and w0, and the viscous slope b. */
#ifndef ARM_FIT_H
#define ARM_FIT_H

#include "arm/arm.h"
#include "crease/data.h"
#include "crease/table.h"

/* Arrays are borrowed. */
typedef struct arm_log {
    size_t rows;
    const double *t, *q, *w, *u; /* s, rad, rad/s, N m; t ascending */
} arm_log;

/* One row of friction a window of `window` (odd, >= 5) rows, none used twice, so that noise of the log makes independent
 * errors. Windows in which the rate changes by more than `spread` of its whole range are left out: they blur a kink.
 * *rate and *friction (*count of each) are owned: free rate. BAD_DATA for a log of fewer than eight windows, times that do not
 * ascend, and torques beyond the plant's limit, where what the drive gave is not known. */
crease_status arm_friction_rows(const arm_log *log, const arm_plant *plant, size_t window, double spread,
                                double **rate, double **friction, size_t *count, crease_error *error);

typedef struct arm_estimate {
    double value, standard_error;
} arm_estimate;

typedef struct arm_friction {
    arm_estimate kink[2]; /* rad/s: the lower and the upper */
    arm_estimate coulomb; /* Fc, N m: half the distance of the outer lines at rest */
    arm_estimate viscous; /* b, N m s/rad: mean slope of the outer lines */
    arm_estimate offset;  /* F0, N m: mean of the outer lines at rest */
    double slope_at_rest; /* between the kinks */
    double noise;         /* standard deviation of a row, N m */
    size_t rows;
} arm_friction;

/* Least squares over all continuous functions of three lines, by a global search; standard errors by the delta method
 * (crease/inference.h). BAD_DATA where the rows do not hold three pieces. */
crease_status arm_friction_estimate(const crease_data *rows, arm_friction *friction, crease_error *error);

/* A log with known friction: the arm follows a sum of sines under a PD law; angles and rates are measured with normal noise and
 * everything is rounded to 1e-6. */
typedef struct arm_simulated_friction {
    arm_plant plant;     /* its friction is the viscous slope */
    double coulomb;      /* Fc; 0 or more */
    double kink;         /* w0 > 0 */
    double time, sample; /* s */
    double angle_noise, rate_noise;
    uint64_t seed;
} arm_simulated_friction;

/* The elbow of the PUMA 560 with Fc 6 N m and w0 .1 rad/s, 12 s at 200 samples a second, noise 1e-4 rad and 2e-3 rad/s. */
arm_simulated_friction arm_simulated_default(const arm_plant *plant);
/* Columns t_s, q_rad, w_rad_s, u_n_m. */
crease_status arm_friction_simulate(const arm_simulated_friction *truth, crease_table **table,
                                    crease_error *error);

#endif
