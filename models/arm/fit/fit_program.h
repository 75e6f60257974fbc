/* What the files of `crease arm fit` share. */
#ifndef ARM_FIT_PROGRAM_H
#define ARM_FIT_PROGRAM_H

#include "arm/fit/fit.h"
#include "crease/app.h"
#include "crease/compare.h"
#include "crease/plot.h"

typedef struct arm_fit_run {
    crease_app app;
    const char *log_path, *model_path, *simulate_path, *nets;
    arm_plant plant;
    const char *model, *parameters; /* NULL: A, the model's own values */
    bool gravity;
    bool controller;  /* else friction */
    double reference; /* NaN: the log's own column */
    size_t inputs;    /* of a controller: e, or e and w */
    size_t window, starts;
    double spread;
    crease_table *table;
    double *storage; /* of data */
    crease_data data;
    arm_friction friction;
    crease_comparison *comparison;
    size_t best; /* row of the least error on the rows left out */
} arm_fit_run;

int arm_fit_print(const arm_fit_run *run);
int arm_fit_print_json(const arm_fit_run *run);
/* Figure compare: data, networks, residuals. */
crease_status arm_fit_picture_new(const arm_fit_run *run, crease_plot **plot, crease_error *error);

#endif
