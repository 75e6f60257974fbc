/* The parts of `crease arm sweep`: report, JSON, file and pictures of one run. */
#ifndef ARM_SWEEP_PROGRAM_H
#define ARM_SWEEP_PROGRAM_H

#include "arm/sweep.h"
#include "crease/app.h"
#include "crease/plot.h"

typedef struct arm_sweep_run {
    crease_app app;
    const char *csv_path, *locus_path, *bode_path;
    bool gravity;
    arm_sweep_setup setup;
    double *slope; /* of the straight lines */
    size_t slopes;
    arm_pair pair[ARM_PAIR_COUNT];
    size_t pairs;
    double *gain;
    size_t gains;
    arm_sweep_point *point; /* gain by gain the lines, then the pairs */
    size_t count;           /* of points that are done */
} arm_sweep_run;

/* Each returns an exit code. */
int arm_sweep_print(const arm_sweep_run *run);
int arm_sweep_print_json(const arm_sweep_run *run);
crease_status arm_sweep_write(const arm_sweep_run *run, crease_error *error);

/* Over the slope: natural frequency, damping ratio, overshoot, settling time; a curve for each gain. */
int arm_sweep_draw(const arm_sweep_run *run);
/* Poles over K slope, at the first gain's point of rest of the first pair (or line). */
int arm_sweep_draw_locus(const arm_sweep_run *run);
/* Modulus and phase of the open loop of each pair (or line) at the first gain, with the margins. */
int arm_sweep_draw_bode(const arm_sweep_run *run);

/* "relu", or "slope 0.5". */
void arm_sweep_label(const arm_sweep_point *point, char *text, size_t size);

/* ---- what the pictures share (sweep_pictures.c) ---- */

enum { ARM_SWEEP_MOST_CURVES = 4 };

/* Role of a pair in plots/style.gp. */
const char *arm_sweep_family(const arm_sweep_point *point);
/* "model A, law P, gravity", and with `loop` ", lag 0.01 s, sampled every 0.02 s". */
void arm_sweep_title(const arm_sweep_run *run, bool loop, char *text, size_t size);
/* label_N and family_N, N = i + 1. */
crease_status arm_sweep_set_label(crease_plot *plot, size_t i, const char *label, const char *role,
                                  crease_error *error);
/* The pairs, or without them the lines, at the first gain, as many as are drawn. */
size_t arm_sweep_shown(const arm_sweep_run *run, const arm_sweep_point *list[ARM_SWEEP_MOST_CURVES]);
/* Draws and frees the plot, or says what went wrong before. */
int arm_sweep_finish(const arm_sweep_run *run, crease_plot *plot, crease_status status,
                     const crease_error *error, const char *path, const char *what_to_see);

#endif
