/* A log to test identification on: J q'' = u - G sin q - b w - Fc clip(w/w0, -1, 1) under u = G sin q + 40 (r - q) + 6 (r' - w),
 * r = .9 sin(1.3 t) + .35 sin(3.1 t) + .05 sin(7.7 t), by the classical Runge-Kutta method in steps of a tenth of a sample. */
#include "arm/fit/fit.h"
#include "crease/random.h"
#include <gsl/gsl_randist.h>
#include <math.h>

enum { SUBSTEPS = 10, COLUMNS = 4 };

arm_simulated_friction arm_simulated_default(const arm_plant *plant) {
    return (arm_simulated_friction){.plant = *plant,
                                    .coulomb = 6,
                                    .kink = .1,
                                    .time = 12,
                                    .sample = .005,
                                    .angle_noise = 1e-4,
                                    .rate_noise = 2e-3,
                                    .seed = 1};
}

static double command(const arm_simulated_friction *s, double t, double q, double w) {
    static const double size[] = {.9, .35, .05}, frequency[] = {1.3, 3.1, 7.7};
    double r = 0, rate = 0;
    for (size_t i = 0; i < 3; i++) {
        r += size[i] * sin(frequency[i] * t);
        rate += size[i] * frequency[i] * cos(frequency[i] * t);
    }
    return arm_plant_clip_torque(&s->plant, s->plant.gravity * sin(q) + 40 * (r - q) + 6 * (rate - w));
}

static void field(const arm_simulated_friction *s, double t, const double y[2], double dy[2]) {
    double coulomb = s->coulomb * fmax(-1, fmin(1, y[1] / s->kink));
    dy[0] = y[1];
    dy[1] = (command(s, t, y[0], y[1]) - s->plant.gravity * sin(y[0]) - s->plant.friction * y[1] - coulomb) /
            s->plant.inertia;
}

static void advance(const arm_simulated_friction *s, double t, double h, double y[2]) {
    double k[4][2], at[2];
    field(s, t, y, k[0]);
    for (size_t j = 1; j < 4; j++) {
        double share = j < 3 ? h / 2 : h;
        at[0] = y[0] + share * k[j - 1][0];
        at[1] = y[1] + share * k[j - 1][1];
        field(s, t + share, at, k[j]);
    }
    for (size_t i = 0; i < 2; i++)
        y[i] += h / 6 * (k[0][i] + 2 * k[1][i] + 2 * k[2][i] + k[3][i]);
}

static double rounded(double value) {
    return round(value * 1e6) / 1e6;
}

crease_status arm_friction_simulate(const arm_simulated_friction *s, crease_table **table,
                                    crease_error *error) {
    static const char *const names[COLUMNS] = {"t_s", "q_rad", "w_rad_s", "u_n_m"};
    *table = NULL;
    if (!(s->coulomb >= 0 && s->kink > 0 && s->sample > 0 && s->time / s->sample < 1e7 &&
          s->time / s->sample >= 1 && s->angle_noise >= 0 && s->rate_noise >= 0))
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "a simulated log takes a Coulomb level of at least 0, a positive kink, 1 to 10 million "
            "samples, and noise of at least 0");
    gsl_rng *generator = crease_random_new(s->seed, 0);
    if (!generator)
        return crease_fail(error, CREASE_NO_MEMORY, "no memory for a simulated log");
    size_t rows = (size_t)floor(s->time / s->sample + 1.5);
    double y[2] = {0, 0}, h = s->sample / SUBSTEPS;
    crease_status status = crease_table_new(table, rows, COLUMNS, error);
    for (size_t j = 0; j < COLUMNS && status == CREASE_OK; j++)
        status = crease_table_set_name(*table, j, names[j], error);
    for (size_t i = 0; i < rows && status == CREASE_OK; i++) {
        double t = (double)i * s->sample, *const *column = (*table)->column;
        column[0][i] = rounded(t);
        column[1][i] = rounded(y[0] + gsl_ran_gaussian_ziggurat(generator, s->angle_noise));
        column[2][i] = rounded(y[1] + gsl_ran_gaussian_ziggurat(generator, s->rate_noise));
        column[3][i] = rounded(command(s, t, y[0], y[1]));
        for (size_t k = 0; k < SUBSTEPS; k++)
            advance(s, t + (double)k * h, h, y);
    }
    gsl_rng_free(generator);
    if (status != CREASE_OK) {
        crease_table_free(*table);
        *table = NULL;
    }
    return status;
}
