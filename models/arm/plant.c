/* J q'' + b q' + G sin q = u, |u| <= U: the parameters of each arm and its acceleration. */
#include "arm/arm.h"
#include <math.h>
#include <string.h>

static const arm_plant plants[] = {
    {"A", 0.938652730438, 3.9804259903721997, 8.775731315224766, 89.4},
    {"A2", 0.333, 0.1, 4.905, 8},
};

crease_status arm_plant_find(const char *name, arm_plant *plant, crease_error *error) {
    for (size_t i = 0; i < sizeof plants / sizeof *plants; i++)
        if (strcmp(plants[i].name, name) == 0) {
            *plant = plants[i];
            return CREASE_OK;
        }
    if (strcmp(name, "B") == 0 || strcmp(name, "B1") == 0 || strcmp(name, "B2") == 0 ||
        strcmp(name, "C") == 0)
        return crease_fail(
            error, CREASE_BAD_ARGUMENT,
            "model %s (pendulums and several joints) is known to crease arm step alone; the others "
            "are A (elbow of the PUMA 560) and A2 (Spong's first link)",
            name);
    return crease_fail(error, CREASE_BAD_ARGUMENT,
                       "there is no model '%.40s'; the models are A (elbow of the PUMA 560) and A2 (Spong's "
                       "first link)",
                       name);
}

double arm_plant_clip_torque(const arm_plant *plant, double torque) {
    return fmax(-plant->torque_limit, fmin(plant->torque_limit, torque));
}

double arm_plant_acceleration(const arm_plant *plant, double angle, double rate, double torque) {
    double net = arm_plant_clip_torque(plant, torque) - plant->friction * rate - plant->gravity * sin(angle);
    return net / plant->inertia;
}
