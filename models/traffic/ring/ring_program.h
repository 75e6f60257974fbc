/* What the files of the command ring share. Internal to models/traffic. */
#ifndef TRAFFIC_RING_PROGRAM_H
#define TRAFFIC_RING_PROGRAM_H

#include "crease/app.h"
#include "traffic/ring/ring.h"

enum { RING_REFINEMENTS = 7 };

/* The plane that is mapped: vehicles low .. high by tau. */
typedef struct ring_map {
    size_t low, high, taus;
    double tau_low, tau_high;
} ring_map;

typedef struct ring_run {
    crease_app app;
    /* options */
    const char *output, *map_path;
    double spacing, length, tau_ratio, perturb, queue, time, every, from;
    size_t mode;   /* 0: random, and the fastest is reported */
    size_t refine; /* --lwr, 0: not asked for */
    ring_map map;
    /* what they stand for */
    ring_problem problem;
    double *x;      /* start: vehicles */
    double uniform; /* spacing, m */
    double slope;   /* V' there */
    size_t shown_mode;
    follow_stability stability;
    follow_root root[2];
    /* results */
    follow_root measured[2]; /* NaN when it could not be */
    size_t measured_kinks;
    crease_error unmeasured; /* why */
    ring_motion *motion;
    ring_summary summary;
    double reached;
    bool collided;    /* and ended by that */
    double spread[2]; /* root mean square of spacings less the uniform one: at first, at the end */
    size_t refinement_count, refinement[RING_REFINEMENTS];
    ring_distance distance[RING_REFINEMENTS];
    double lwr_time;
    ring_paths paths; /* in the LWR model, of order 1 with a picture or --lwr; to lwr_time */
} ring_run;

extern const struct argp ring_argp; /* ring_options.c; its input is a ring_run */

/* Each returns 0 or an exit code after a message. */
int ring_run_prepare(ring_run *run); /* ring_run.c */
int ring_run_solve(ring_run *run);
void ring_run_clear(ring_run *run);
int ring_run_deliver(ring_run *run);  /* ring_report.c: text or JSON */
int ring_run_write(ring_run *run);    /* ring_files.c: trajectories and map */
int ring_run_draw(ring_run *run);     /* ring_picture.c */
int ring_run_draw_map(ring_run *run); /* ring_picture.c */
crease_status ring_map_table(const ring_run *run, crease_table **table, crease_error *error);
bool ring_map_is_table(const ring_run *run); /* --map FILE.csv or - */

int traffic_ring_main(int argc, char **argv); /* argv[0] is "ring" */

#endif
