/* The parts of crease arm regions. */
#ifndef ARM_REGIONS_RUN_H
#define ARM_REGIONS_RUN_H

#include "arm/plane/plane_options.h"
#include "crease/app.h"

typedef enum regions_colour { REGIONS_BY_TYPE = 0, REGIONS_BY_KP, REGIONS_BY_KD } regions_colour;

typedef struct regions_run {
    crease_app app;
    plane_options plane_options;
    const char *csv_path;
    regions_colour colour;
    double time; /* of the motions drawn */
    size_t most;
    arm_plane *plane;
    double seconds;
} regions_run;

crease_status regions_write_csv(const regions_run *run, crease_error *error);
int regions_print_json(const regions_run *run);
int regions_print_text(const regions_run *run);
int regions_draw(const regions_run *run);

#endif
