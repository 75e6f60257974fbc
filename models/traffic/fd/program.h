/* What the command fd and the demonstration share: the table, the picture, the models of a default
 * comparison, where the shipped data lie. Internal to models/traffic. */
#ifndef TRAFFIC_PROGRAM_H
#define TRAFFIC_PROGRAM_H

#include "crease/app.h"
#include "traffic/traffic.h"

/* Diagrams, and networks with as many free parameters as physical:6. */
extern const char traffic_default_models[];

/* Known truth of simulated data, printed as the table's first row; all NaN: none. */
typedef struct traffic_truth {
    double free_speed, capacity, critical_density, wave_speed, jam_density;
} traffic_truth;

extern const traffic_truth traffic_truth_unknown;

void traffic_print_table(const traffic_study *study, const traffic_truth *truth, FILE *file);

/* Intervals of the diagrams, if any; block: rows of a block. And by how much a piecewise-linear fit would miss
 * the jam density of a curved truth. */
void traffic_print_intervals(const traffic_study *study, size_t block, FILE *file);

/* The row as a JSON object, the caller's. */
json_t *traffic_row_json(const traffic_study *study, const traffic_row *row);

/* Labels of a picture. */
typedef struct traffic_labels {
    const char *title, *density, *flow;
} traffic_labels;

/* A finished plot of data, fits and jam densities, with an enlarged piece around the jam; freed by its
 * drawing. */
crease_status traffic_picture(const traffic_study *study, const traffic_labels *labels,
                              struct crease_plot **plot, crease_error *error);

/* One sentence on what to see in that picture, from the numbers. malloc'd, NULL without memory. */
char *traffic_what_to_see(const traffic_study *study);

/* Runs the study of a program with progress and Ctrl-C; 0 or an exit code after a message. */
int traffic_run(const crease_app *app, size_t n, const double *density, const double *flow, char **models,
                size_t model_count, const traffic_study_options *options, traffic_study **study);

/* Path of a shipped data file: data/NAME in the working directory, else in ../share/crease/data beside the
 * program's folder, else in ../../data beside it (a build in its source tree). malloc'd; NULL when there is
 * none. */
char *traffic_find_data(const char *name);

#endif
