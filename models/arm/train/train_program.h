/* What the files of `crease arm train` share. */
#ifndef ARM_TRAIN_PROGRAM_H
#define ARM_TRAIN_PROGRAM_H

#include "arm/train/train.h"
#include "crease/app.h"
#include "crease/plot.h"

typedef struct arm_train_run {
    crease_app app;
    const char *model_path; /* of the best network; NULL */
    arm_train_setting setting;
    arm_train_options options;
    const char *model, *parameters; /* NULL: A, the model's own values */
    bool gravity;
    arm_train_table *table;
} arm_train_run;

int arm_train_print(const arm_train_run *run);
int arm_train_print_json(const arm_train_run *run);

/* Figure arm_train: LQR, tuned PD and the best network of each activation, from the start that costs the tuned PD most. */
crease_status arm_train_picture_new(const arm_train_run *run, crease_plot **plot, crease_error *error);

#endif
