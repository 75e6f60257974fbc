/* What the files of the command certify share. Internal to models/traffic. */
#ifndef TRAFFIC_CERTIFY_PROGRAM_H
#define TRAFFIC_CERTIFY_PROGRAM_H

#include "crease/app.h"
#include "traffic/certify/certify.h"
#include "traffic/fd/fd_program.h"
#include "traffic/lwr/lwr_program.h"

enum { CERTIFY_LOWER = 0, CERTIFY_FITTED, CERTIFY_UPPER, CERTIFY_FLUXES };

/* A run with one flux. */
typedef struct certify_one {
    lwr_flux *flux;
    double *density;      /* initial, of the problem's rows */
    certify_event *event; /* of each place */
    certify_curve *curve;
    size_t beyond;
    double l1_distance, l1_bound, l1_slope; /* from the fitted one at `compared`; NaN of itself */
} certify_one;

/* What the replicates say of one place. */
typedef struct certify_place {
    certify_interval cleared, passed;
    size_t none, late;   /* replicates in which no queue stood, or stands at the end */
    size_t outside_runs; /* replicates of the band whose queue clears outside the runs with its edges */
    certify_bounds passage, clearing;
    size_t checked;                         /* replicates of the band */
    size_t passage_broken, clearing_broken; /* of them, outside the bounds */
} certify_place;

typedef struct certify_run {
    crease_app app;
    fd_run fd;
    lwr_run lwr;
    char *model;
    double standing, arrival, vehicle; /* as given; 0, NaN and NaN: not */
    certify_replicate *replicate;
    certify_band band;
    certify_road road;
    certify_one one[CERTIFY_FLUXES];
    certify_event *event; /* of replicate r and place p: r * places + p */
    bool *tracked;
    size_t beyond; /* replicates with rows beyond their jam density */
    size_t tracked_count;
    size_t missing; /* replicates without a fit, or whose flow never comes down to zero */
    certify_interval capacity, jam;
    certify_place *place;
    double compared; /* time of the L1 numbers, h */
    double fit_seconds, track_seconds;
    bool interrupted;
} certify_run;

/* Each returns 0 or an exit code after a message. */
int certify_run_fit(certify_run *run);     /* certify_run.c: data to diagram, replicates and band */
int certify_run_track(certify_run *run);   /* certify_runs.c: front tracking with all of them */
int certify_run_deliver(certify_run *run); /* certify_report.c: text or JSON */
int certify_run_draw(const certify_run *run);
int certify_run_print_json(const certify_run *run, const char *verdict);
/* In words; malloc'd, NULL without memory. One sentence a line. */
char *certify_verdict(const certify_run *run);
void certify_run_clear(certify_run *run);

int traffic_certify_main(int argc, char **argv); /* argv[0] is "certify" */

extern const struct argp certify_argp; /* its input is a certify_run */

#endif
