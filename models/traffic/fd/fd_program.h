/* The command fd: its options and rows. Internal to models/traffic. */
#ifndef TRAFFIC_FD_PROGRAM_H
#define TRAFFIC_FD_PROGRAM_H

#include "crease/app.h"
#include "traffic/fd/program.h"

enum { FD_MILE_M = 1609344 }; /* millimetres of a mile */

typedef enum fd_length { FD_UNKNOWN = 0, FD_KM, FD_MILE } fd_length;

typedef struct fd_run {
    crease_app app;
    const char *path, *density, *flow, *speed, *occupancy, *models, *where, *output;
    bool skip_missing, moving;
    char decimal;
    double effective_length; /* m; 0: not given */
    size_t lanes;            /* whose total the columns are */
    fd_length file_units, units;
    traffic_study_options study;
    char **model;
    size_t model_count;
    crease_table *table;
    double *density_value, *flow_value;
    size_t n, left_out; /* rows used; rows without density or flow that were left out */
    traffic_study *result;
} fd_run;

extern const struct argp traffic_fd_argp;
/* Its options of data, rows and fits alone, with the argument DATA; its input is a fd_run. */
extern const struct argp traffic_fd_data_argp;

/* Usage errors that only all options together show. */
void traffic_fd_check_usage(const fd_run *run);
/* Models to run; one that is not known ends the program, with the one that may have been meant. */
void traffic_fd_choose_models(fd_run *run);
/* Reads the file and derives density and flow of each row, per lane, in the units of the report; 0 or an exit
 * code after a message. */
int traffic_fd_rows(fd_run *run);
/* "veh/km/lane" and the like; per length without known units. */
const char *traffic_fd_density_unit(const fd_run *run);

/* Writes a row as a network, named after the columns, to run->output. 0 or an exit code after a message. */
int traffic_fd_write(const fd_run *run, const traffic_row *row);

#endif
