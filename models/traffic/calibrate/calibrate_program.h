/* What the files of the command calibrate share. Internal to models/traffic. */
#ifndef TRAFFIC_CALIBRATE_PROGRAM_H
#define TRAFFIC_CALIBRATE_PROGRAM_H

#include "crease/app.h"
#include "crease/paired.h"
#include "traffic/calibrate/calibrate.h"

/* Ways to say what is counted between the ends. */
enum { CALIBRATE_STRAIGHT = 0, CALIBRATE_START, CALIBRATE_FITTED, CALIBRATE_ROWS };

typedef struct calibrate_row {
    const char *name;            /* static text */
    double *count;               /* (intervals + 1) x places of one lane */
    calibrate_score train, test; /* of all lanes */
    traffic_diagram diagram;     /* not of CALIBRATE_STRAIGHT */
    traffic_audit audit;
} calibrate_row;

typedef struct calibrate_run {
    crease_app app;
    /* options */
    const char *path, *time, *place, *flow, *density, *where, *start_text, *output;
    double unit;       /* hours of one unit of the time column; 0: its name says */
    double train_time; /* in the units of the file; NaN: half of the time */
    size_t lanes, kinks, starts;
    /* what they stand for */
    crease_table *table;
    calibrate_data data;
    size_t train;           /* intervals */
    double largest_density; /* observed while training, 0 without densities */
    /* results */
    calibrate_result result;
    calibrate_row row[CALIBRATE_ROWS];
    crease_paired gain,
        gain_straight; /* errors of the calibrated flux over those of the others, by blocks of held-out time */
    bool jam_seen;     /* the trained counts depend on the jam density */
    double seconds;
} calibrate_run;

extern const struct argp calibrate_argp; /* calibrate_options.c; its input is a calibrate_run */

/* Each returns 0 or an exit code after a message. */
int calibrate_run_prepare(calibrate_run *run); /* calibrate_run.c */
int calibrate_run_solve(calibrate_run *run);
void calibrate_run_clear(calibrate_run *run);
int calibrate_run_deliver(calibrate_run *run); /* calibrate_report.c: text or JSON, then files */
int calibrate_run_draw(calibrate_run *run);    /* calibrate_picture.c */
/* In words, from the numbers: malloc'd, NULL without memory. calibrate_verdict.c */
char *calibrate_verdict(const calibrate_run *run);

int traffic_calibrate_main(int argc, char **argv); /* argv[0] is "calibrate" */

#endif
