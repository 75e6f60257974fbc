/* What the commands of crease labs share. */
#ifndef LABS_PROGRAM_H
#define LABS_PROGRAM_H

#include "crease/app.h"
#include "crease/plot.h"
#include "labs/lab.h"

int labs_list_main(int argc, char **argv);
int labs_one_main(int argc, char **argv); /* argv[0] is the lab's name */
int labs_all_main(int argc, char **argv);
int labs_report_main(int argc, char **argv);

/* Runs a lab with these knobs, the seed and threads of the command, and Ctrl-C; 0 with a run, or an exit code after a message. Interrupted: 130 and NULL. */
int labs_perform(const crease_app *app, const lab_experiment *lab, lab_setup setup, lab_run **run);
/* "NAME,NAME" of an option --labs, each the name of a lab or a usage error: the caller's, crease_app_list_free. */
char **labs_chosen(const crease_app *app, const char *text, size_t *count);
/* Runs labs at their first settings, all or `count` chosen ones, and shows each as it ends; `show` returns 0 or an exit
 * code that ends the rest. */
int labs_perform_all(const crease_app *app, char *const *chosen, size_t count,
                     int (*show)(const lab_run *run, void *context), void *context);

void labs_print(const lab_run *run, FILE *file);
/* How many labs had which verdict, on standard output. */
void labs_print_verdicts(const size_t verdicts[3]);
/* A run as a section of a page, and as a line of its table. Pictures pass through `folder`; NULL: none. */
crease_status labs_put_section(FILE *page, const lab_run *run, const char *folder, crease_error *error);
void labs_put_line(FILE *page, const lab_run *run);
/* {name, claim, measured, interval, verdict, ...}, the caller's. */
json_t *labs_json(const lab_run *run);
/* The picture, or `count` of its panels; freed by its drawing. */
crease_status labs_picture(const lab_run *run, crease_plot **plot, crease_error *error);
crease_status labs_panels(const lab_run *run, size_t first, size_t count, crease_plot **plot,
                          crease_error *error);

#endif
