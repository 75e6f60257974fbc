/* A model named by the option must be that of the file, where both name one. */
#include "arm/one_joint.h"
#include "arm/step/step_run.h"
#include <string.h>

int arm_one_joint_plant(const crease_app *app, const char *model, const char *parameters, arm_plant *plant) {
    crease_error error;
    arm_robot robot;
    char name[32] = "";
    if (parameters && arm_parameters_model(parameters, name, sizeof name, &error) != CREASE_OK)
        return crease_app_fail(app, &error);
    if (*name && model && strcmp(name, model) != 0)
        crease_app_usage_error(app, "%s is for model %s, not %s", parameters, name, model);
    if (arm_robot_find(model ? model : *name ? name : "A", &robot, &error) != CREASE_OK)
        crease_app_usage_error(app, "%s", error.message);
    if (parameters && arm_parameters_load(parameters, &robot, &error) != CREASE_OK)
        return crease_app_fail(app, &error);
    if (!arm_robot_plant(&robot, plant))
        crease_app_usage_error(app,
                               "model %s has several joints, and this is about one; take A, A2 or B1, or "
                               "'crease arm step'",
                               robot.name);
    return CREASE_EXIT_OK;
}
