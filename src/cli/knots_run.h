/* One run of `crease knots`, shared by its command and its report. */
#ifndef CREASE_CLI_KNOTS_RUN_H
#define CREASE_CLI_KNOTS_RUN_H

#include "crease/app.h"
#include "crease/crease.h"
#include "crease/inference.h"

typedef struct knots_run {
    crease_app app;
    crease_app_data_options columns;
    const char *model_path, *profile_path;
    crease_knots_options knots;
    double slope_limits[2];
    double *fixed_knot, *fixed_point;
    bool knots_given, automatic, by_cv, minimax;
    size_t replicates; /* of the bootstrap; 0: none */
    crease_app_data data;

    crease_knot_choice choice; /* with automatic */
    crease_knots_result best;  /* of least squares, or what minimax shares with it */
    crease_pwl_inference inference;
    bool inferred; /* least squares without rules: the inference holds */
    const char *not_inferred;
    crease_kink_test test;
    bool tested;
    crease_pwl_profile profile;
    double seconds;
    bool interrupted;
} knots_run;

/* What lies under limits has no plain standard error. */
bool knots_run_is_limited(const knots_run *run);

int knots_print_json(const knots_run *run);
int knots_print_text(const knots_run *run);

/* Return 0 or an exit code after a message. */
int knots_draw(const knots_run *run);
int knots_draw_profile(const knots_run *run);

#endif
