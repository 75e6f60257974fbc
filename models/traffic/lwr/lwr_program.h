/* What the files of the command lwr share. Internal to models/traffic. */
#ifndef TRAFFIC_LWR_PROGRAM_H
#define TRAFFIC_LWR_PROGRAM_H

#include "crease/app.h"
#include "traffic/lwr/godunov.h"

/* ---- rows that grow ---- */

enum { LWR_COLUMNS = 6, LWR_MOST_ROWS = 20000000 };

typedef struct lwr_rows {
    size_t count, room, columns;
    double *value; /* count x columns */
    bool full;     /* rows were left out, for want of memory or beyond LWR_MOST_ROWS */
} lwr_rows;

void lwr_rows_add(lwr_rows *rows, const double *value);
/* Writes rows under these names. */
crease_status lwr_rows_save(const lwr_rows *rows, const char *const *name, const char *path,
                            crease_error *error);

/* ---- a run ---- */

typedef struct lwr_texts {
    size_t count;
    char **text; /* borrowed from argv */
} lwr_texts;

/* A place with what it owns. */
typedef struct lwr_chosen_place {
    const char *kind; /* "light", "bottleneck", "moving", "count" */
    double *time, *value;
} lwr_chosen_place;

typedef struct lwr_run {
    crease_app app;
    /* options */
    const char *flux_text, *initial_path, *against_text, *inflow_text, *outflow_text, *window_text;
    const char *output, *vehicles_path, *counts_path;
    lwr_texts light, bottleneck, moving, count;
    double ring, time, every;
    bool line, godunov;
    size_t cells;
    godunov_options scheme;
    /* what they stand for */
    lwr_flux *flux, *against;
    lwr_problem problem;
    double *x, *density;
    lwr_place *place;
    lwr_chosen_place *chosen;
    double *inflow[2], *outflow[2]; /* times, values */
    /* results */
    lwr_solution *solution, *other; /* other: with the flux of --against, or NULL */
    lwr_counts counts;
    lwr_profile before, after;
    double *average;         /* that is written: exact or of the scheme */
    double reached, seconds; /* exact: until this time of the problem, in so much of the clock */
    godunov_result scheme_result;
    double scheme_seconds, scheme_error, scheme_cell_error;
    double other_distance, other_bound, other_slope; /* --against */
    lwr_rows vehicle, flow, front,
        picture;    /* picture: averages of PICTURE_CELLS cells at PICTURE_TIMES times */
    lwr_rows moved; /* place, t, x of those that move, at the times of the picture */
} lwr_run;

enum { LWR_PICTURE_CELLS = 250, LWR_PICTURE_TIMES = 300 };

/* Each returns 0 or an exit code after a message. */
int lwr_run_prepare(lwr_run *run); /* lwr_places.c: files and texts to a problem */
int lwr_run_pose(lwr_run *run);    /* of it all but the fluxes: without run->flux no density is too large */
int lwr_run_solve(lwr_run *run);   /* lwr_run.c */
int lwr_run_deliver(lwr_run *run); /* lwr_report.c: text or JSON, then files */
int lwr_run_draw(lwr_run *run);    /* lwr_picture.c */
void lwr_run_clear(lwr_run *run);

int traffic_lwr_main(int argc, char **argv); /* argv[0] is "lwr" */

/* lwr_options.c; their input is a lwr_run. The second: its road, lights, bottlenecks, counts and time. */
extern const struct argp lwr_argp, lwr_road_argp;

#endif
