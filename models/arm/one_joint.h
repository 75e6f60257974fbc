/* Options that the commands share: --gravity, and --model and --parameters of those about one joint. */
#ifndef ARM_ONE_JOINT_H
#define ARM_ONE_JOINT_H

#include "arm/arm.h"
#include "crease/app.h"

/* Models A (NULL), A2 and B1 with the values of a file (NULL: their own). Ends with a usage error for another model, or
 * returns an exit code after a message about the file. */
int arm_one_joint_plant(const crease_app *app, const char *model, const char *parameters, arm_plant *plant);
#endif
