/* One run of crease arm step, which its files share. */
#ifndef ARM_STEP_RUN_H
#define ARM_STEP_RUN_H

#include "arm/loop.h"
#include "crease/app.h"

/* What the options say, before it is known which model they are for; NULL: not said. */
typedef struct step_texts {
    const char *model, *parameters, *act, *gain, *rate_gain, *lead_time, *norm, *reference, *start, *limit;
    const char *controller, *inputs, *law;
} step_texts;

/* One motion: several where activations are compared. */
typedef struct step_case {
    arm_pair pair;
    arm_loop loop;
    arm_motion *motion;
    arm_metrics metrics[ARM_MOST_JOINTS];
    arm_poles poles;
    arm_linear linear; /* of one joint */
    const char *linear_why;
} step_case;

typedef struct step_run {
    crease_app app;
    step_texts text;
    const char *csv_path, *animation_path;
    bool gravity;
    arm_run options;
    size_t samples;
    arm_law law;
    arm_loop loop; /* what all cases share */
    crease_net *net;
    arm_network network;
    step_case *cases;
    size_t count;
} step_run;

/* step_options.c */
extern const struct argp arm_step_argp;
/* step_setup.c: makes the cases from the options; ends with a usage error, or returns an exit code after a message. */
int arm_step_set_up(step_run *run);
/* parameters_file.c: BAD_DATA and NO_INPUT name the file; unknown names get "did you mean". */
crease_status arm_parameters_load(const char *path, arm_robot *robot, crease_error *error);
/* The value of "model" in such a file into name (size); "" without one. */
crease_status arm_parameters_model(const char *path, char *name, size_t size, crease_error *error);
/* step_json.c, step_report.c */
int arm_step_print_json(const step_run *run);
int arm_step_print_report(const step_run *run);
/* step_files.c */
crease_status arm_step_write_csv(const step_run *run, crease_error *error);
int arm_step_draw(const step_run *run);
int arm_step_animate(const step_run *run);

#endif
