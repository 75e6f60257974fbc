/* What the commands of crease labs share. */
#ifndef LABS_PROGRAM_H
#define LABS_PROGRAM_H

#include "crease/app.h"
#include "crease/plot.h"
#include "labs/lab.h"

int labs_list_main(int argc, char **argv);
int labs_one_main(int argc, char **argv); /* argv[0] is the lab's name */
int labs_all_main(int argc, char **argv);

/* Runs a lab with progress and Ctrl-C; 0 with a run, or an exit code after a message. Interrupted: 130 and NULL. */
int labs_perform(const crease_app *app, const lab_experiment *lab, const lab_setup *setup, lab_run **run);

void labs_print(const lab_run *run, FILE *file);
/* {name, claim, measured, interval, verdict, ...}, the caller's. */
json_t *labs_json(const lab_run *run);
/* The picture, NULL for a lab that draws none; freed by its drawing. */
crease_status labs_picture(const lab_run *run, crease_plot **plot, crease_error *error);

#endif
