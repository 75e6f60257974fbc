/* One run of crease regions. */
#ifndef CREASE_CLI_REGIONS_RUN_H
#define CREASE_CLI_REGIONS_RUN_H

#include "regions_box.h"

typedef struct regions_run {
    crease_app app;
    const char *model_path;
    exact_box box, from, to;
    const char *output_text, *input_text;
    size_t output; /* of the picture */
    size_t input;  /* whose gain colours the picture; inputs of the net: the norm of all */
    size_t limit;
    crease_net *net;
    crease_regions *regions;
    double seconds;
} regions_run;

int regions_print_json(const regions_run *run);
int regions_print_text(const regions_run *run);
int regions_draw(const regions_run *run);

#endif
