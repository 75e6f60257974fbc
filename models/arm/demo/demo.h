/* The parts of the demonstration. Each prints its part on stdout and returns an exit code. */
#ifndef ARM_DEMO_H
#define ARM_DEMO_H

#include "arm/arm.h"
#include "crease/app.h"

typedef struct arm_demo {
    crease_app app;
    const char *folder; /* of the pictures */
} arm_demo;

/* Step responses, table, verdicts. */
int arm_demo_steps(const arm_demo *demo);
/* Sweep of the slope, root locus and Bode plot. */
int arm_demo_sweep(const arm_demo *demo);
/* Networks fitted to two torque laws at equal free parameters. */
int arm_demo_fits(const arm_demo *demo);
/* Regions, proofs, training and an animation, as commands. */
int arm_demo_commands(const arm_demo *demo);

#endif
