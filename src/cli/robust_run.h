/* One run of crease robust. */
#ifndef CREASE_CLI_ROBUST_RUN_H
#define CREASE_CLI_ROBUST_RUN_H

#include "regions_box.h"

typedef struct robust_run {
    crease_app app;
    const char *model_path;
    exact_box at, box;
    double tolerance, gap, timeout;
    bool of_class;
    size_t points; /* of the picture */
    crease_net *net;
    crease_robust_options options; /* of the library */
    crease_robust_result result;
} robust_run;

int robust_print_json(const robust_run *run);
int robust_print_text(const robust_run *run);
/* Radii at random points of the box, certified and sampled. */
int robust_draw(const robust_run *run);

#endif
