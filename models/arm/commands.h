/* The commands of crease-arm. Each prints and returns an exit code. */
#ifndef ARM_COMMANDS_H
#define ARM_COMMANDS_H

#include "crease/app.h"

int arm_demo_command(int argc, char **argv); /* without a command */
int arm_step_command(int argc, char **argv);
int arm_sweep_command(int argc, char **argv);
int arm_regions_command(int argc, char **argv);
int arm_train_command(int argc, char **argv);
int arm_claims_command(int argc, char **argv);
int arm_prove_command(int argc, char **argv);
int arm_fit_command(int argc, char **argv);

#endif
