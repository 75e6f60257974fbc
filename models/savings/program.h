/* What the commands of crease savings share: model options, and the study of several networks with its table,
 * JSON, pictures and verdict in words. */
#ifndef SAVINGS_PROGRAM_H
#define SAVINGS_PROGRAM_H

#include "crease/app.h"
#include "savings/calibration.h"

int savings_solve_command(int argc, char **argv);
int savings_bound_command(int argc, char **argv);
int savings_fit_command(int argc, char **argv);
int savings_claims_command(int argc, char **argv);
int savings_demo_command(int argc, char **argv);

/* ---- which model ---- */

enum { SAVINGS_PARAMETER_COUNT = 15 }; /* of savings_parameter_at */

typedef struct savings_model_options {
    const crease_app *app;
    const char *model, *calibration, *rates, *rate_kinks, *shocks, *points; /* texts, NULL when not given */
    const char *value[SAVINGS_PARAMETER_COUNT];                             /* of --beta, --R, ... */
} savings_model_options;

/* The child argp for --model, --calibration and the parameters; its input is a savings_model_options. */
extern const struct argp savings_model_argp;
/* The model and its parameters; ends with a usage error when the texts are no such. Clear the calibration when the solution is made:
 * it owns the shocks that were read. */
crease_status savings_model_chosen(const savings_model_options *options, savings_calibration *calibration,
                                   crease_error *error);
/* Every parameter of the model under its name; given_shocks: those of income_risk were not used, parameters->shocks were. */
json_t *savings_json_parameters(savings_model model, const savings_parameters *parameters, bool given_shocks);
/* Sets them under "parameters", and the model. */
void savings_json_model(json_t *object, const savings_solution *solution);

/* ---- a study: networks fitted to objects ---- */

typedef struct savings_task {
    savings_object object;
    const char *net; /* mini-language, or "exact": the policy's own kink list as a network */
    bool hold_kink;
    savings_goal goal;
} savings_task;

/* The comparison that is made unless told otherwise. */
const savings_task *savings_default_tasks(savings_model model, size_t *count);
enum { SAVINGS_MOST_TASKS = 32 }; /* of one object */
typedef char savings_task_text[48];
/* Those of one object, with as many held hinges as it has kinks with these parameters; returns how many. task and text have room
 * for SAVINGS_MOST_TASKS; the texts belong to tasks that were changed. */
size_t savings_tasks_for(const savings_solution *solution, savings_object object, savings_task *task,
                         savings_task_text *text);
/* That for an object which is not among them: relu, tanh and sigmoid at 16 free parameters, and a hybrid with the hinge that
 * theory asks for. task has room for four; returns how many. The texts are static. */
size_t savings_object_tasks(const savings_solution *solution, savings_object object, savings_task task[4]);

/* The kinks that show in the values of an object alone. */
typedef struct savings_sight {
    bool looked;
    size_t count;
    crease_detected_kink *kink;
    crease_kinks_summary summary;
} savings_sight;

typedef struct savings_study {
    const savings_solution *solution; /* borrowed */
    size_t count;
    savings_fit_row *row;
    savings_sight sight[SAVINGS_OBJECT_COUNT];
    bool interrupted; /* rows after `count` were not fitted */
} savings_study;

/* Runs the tasks. Progress goes to the terminal. points and starts 0: the defaults. */
crease_status savings_study_run(const crease_app *app, const savings_solution *solution,
                                const savings_task *task, size_t count, size_t points, size_t starts,
                                savings_study *study, crease_error *error);
/* The same with points, shape, goal and starts of `options`. */
crease_status savings_study_run_with(const crease_app *app, const savings_solution *solution,
                                     const savings_task *task, size_t count,
                                     const savings_fit_options *options, savings_study *study,
                                     crease_error *error);
void savings_study_clear(savings_study *study);

/* "affine+tanh:4+relu:1 @kink" where hinges were held, "affine+relu:28 given" for a net that was not fitted.
 */
void savings_row_label(const savings_fit_row *row, char *text, size_t size);
void savings_study_print(const savings_study *study, FILE *file);
/* For each object: why its networks are what they are, and the kinks that show in its values alone. */
void savings_study_print_reasons(const savings_study *study, FILE *file);
/* The list of rows; the list of what was seen. */
json_t *savings_study_json(const savings_study *study);
json_t *savings_sights_json(const savings_study *study);
/* Exact object, fits, slopes near the critical point, and errors of the study's rows of this object. */
crease_status savings_study_plot(const savings_study *study, savings_object object, const char *title,
                                 struct crease_plot **plot, crease_error *error);
/* The policy on [from, to] with its Euler errors, and the value with both tangents where a kink is looked for. */
crease_status savings_solution_plot(const savings_solution *solution, double from, double to,
                                    const char *title, struct crease_plot **plot, crease_error *error);
/* What to see in it, in a sentence. */
const char *savings_solution_see(const savings_solution *solution);

/* ---- the verdict ---- */

/* The claims of claims.h that are about this solution and quick to measure. */
void savings_claims_print(const savings_solution *solution, FILE *file);
json_t *savings_claims_json(const savings_solution *solution);

#endif
