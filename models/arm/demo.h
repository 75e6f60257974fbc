/* The parts of the demonstration. Each prints its part on stdout and returns an exit code. */
#ifndef ARM_DEMO_H
#define ARM_DEMO_H

#include "arm/arm.h"
#include "crease/app.h"
#include "crease/plot.h"

typedef struct arm_demo {
    crease_app app;
    const char *folder; /* of the pictures */
} arm_demo;

/* One motion with its metrics and the linear theory about its end value. */
typedef struct arm_case {
    arm_plant plant;
    arm_controller controller;
    arm_options options;
    arm_motion *motion;
    arm_metrics metrics;
    arm_linear linear;
} arm_case;

/* Plant A under the default controller of this law and pair. Fills *c; free c->motion. */
crease_status arm_case_run(arm_case *c, arm_law law, arm_pair pair, double gain, bool gravity,
                           const arm_options *options, crease_error *error);

/* FOLDER/NAME.png and .svg; the sentence is said once, with the PNG. */
int arm_demo_draw(const arm_demo *demo, crease_plot *plot, const char *name, const char *what_to_see);

/* Step responses, table, verdict. */
int arm_demo_steps(const arm_demo *demo);
/* Networks fitted to two torque laws at equal free parameters. */
int arm_demo_fits(const arm_demo *demo);

#endif
