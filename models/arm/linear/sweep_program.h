/* The parts of `crease arm sweep`: report, JSON, file and pictures of one run. */
#ifndef ARM_SWEEP_PROGRAM_H
#define ARM_SWEEP_PROGRAM_H

#include "arm/linear/sweep.h"
#include "crease/app.h"
#include "crease/plot.h"

typedef struct arm_sweep_run {
    crease_app app;
    const char *model, *parameters; /* texts of the options */
    const char *csv_path, *locus_path, *bode_path;
    bool output_taken; /* standard output, by a file */
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

/* The defaults of the command; end with arm_sweep_clear. */
crease_status arm_sweep_begin(arm_sweep_run *run, crease_error *error);
/* Point by point until all are done or Ctrl-C. */
crease_status arm_sweep_work(arm_sweep_run *run, crease_error *error);
void arm_sweep_clear(arm_sweep_run *run);

/* Each prints and returns an exit code. */
int arm_sweep_print(const arm_sweep_run *run);
int arm_sweep_print_json(const arm_sweep_run *run);
crease_status arm_sweep_write(const arm_sweep_run *run, crease_error *error);

/* A figure for crease_app_draw, to be freed by crease_plot_free; and what to see in it, static text. */
typedef crease_status arm_sweep_figure(const arm_sweep_run *run, crease_plot **plot, const char **what_to_see,
                                       crease_error *error);
/* Over the slope: natural frequency, damping ratio, overshoot, settling time; a curve for each gain. */
arm_sweep_figure arm_sweep_over_slope;
/* Poles over K slope, at the first gain's point of rest of the first pair (or line). */
arm_sweep_figure arm_sweep_locus;
/* Modulus and phase of the open loop of each pair (or line) at the first gain, with the margins. */
arm_sweep_figure arm_sweep_bode;

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

#endif
