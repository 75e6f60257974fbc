/* Networks fitted to the objects of a solved problem, side by side: the table and its JSON. */
#include "savings/program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Progress over all starts of all rows. */
typedef struct study_progress {
    crease_progress bar;
    size_t row, rows;
} study_progress;

static void show(size_t done, size_t total, void *context) {
    study_progress *progress = context;
    crease_progress_update(progress->row * total + done, progress->rows * total, &progress->bar);
}

/* The control: what can be seen in the values alone, once for each object. */
static crease_status look_for_kinks(savings_study *study, size_t points, crease_error *error) {
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < study->count && status == CREASE_OK; i++) {
        savings_object object = study->row[i].object;
        savings_sight *sight = &study->sight[object];
        if (sight->looked)
            continue;
        status = savings_detect_kinks(study->solution, object, points, &sight->kink, &sight->count,
                                      &sight->summary, error);
        sight->looked = status == CREASE_OK;
    }
    return status;
}

static crease_status run_task(const savings_solution *solution, const savings_task *task,
                              const savings_fit_options *options, savings_fit_row *row, crease_error *error) {
    if (strcmp(task->net, "exact") != 0) {
        savings_fit_options chosen = *options;
        chosen.hold_kink = task->hold_kink;
        chosen.goal = task->goal ? task->goal : options->goal;
        if (task->object != SAVINGS_CONSUMPTION)
            chosen.goal = SAVINGS_LEAST_ERROR;
        return savings_fit(solution, task->object, task->net, &chosen, row, error);
    }
    if (task->object != SAVINGS_CONSUMPTION || solution->model > SAVINGS_C)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the network 'exact' is the piecewise-linear policy c of A, B and C with its own "
                           "kinks; %s of model %s is none such",
                           savings_object_name(task->object), savings_model_name(solution->model));
    double from, to;
    crease_net *net;
    savings_object_range(solution, SAVINGS_CONSUMPTION, &from, &to);
    crease_status status = savings_policy_net(solution, from, to, &net, error);
    return status != CREASE_OK ? status : savings_judge(solution, SAVINGS_CONSUMPTION, net, row, error);
}

crease_status savings_study_run(const crease_app *app, const savings_solution *solution,
                                const savings_task *task, size_t count, size_t points, size_t starts,
                                savings_study *study, crease_error *error) {
    savings_fit_options options = {.points = points, .fit = {.starts = starts}};
    return savings_study_run_with(app, solution, task, count, &options, study, error);
}

crease_status savings_study_run_with(const crease_app *app, const savings_solution *solution,
                                     const savings_task *task, size_t count,
                                     const savings_fit_options *chosen, savings_study *study,
                                     crease_error *error) {
    *study = (savings_study){.solution = solution, .row = calloc(count + 1, sizeof *study->row)};
    if (!study->row)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", count);
    study_progress progress = {.bar = crease_progress_begin(app, "fitting networks"), .rows = count};
    savings_fit_options options = *chosen;
    crease_app_fit_options(app, &progress.bar, &options.fit);
    options.fit.progress = show;
    options.fit.progress_context = &progress;
    options.fit.starts = chosen->fit.starts;
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < count && status == CREASE_OK && !crease_app_interrupted(NULL); i++) {
        progress.row = i;
        status = run_task(solution, &task[i], &options, &study->row[i], error);
        study->count += status == CREASE_OK;
    }
    study->interrupted = crease_app_interrupted(NULL);
    if (status == CREASE_OK && !study->interrupted)
        status = look_for_kinks(study, options.points, error);
    crease_progress_end(&progress.bar);
    if (status != CREASE_OK)
        savings_study_clear(study);
    return status;
}

void savings_study_clear(savings_study *study) {
    for (size_t i = 0; i < study->count; i++)
        savings_fit_row_clear(&study->row[i]);
    for (size_t i = 0; i < SAVINGS_OBJECT_COUNT; i++)
        free(study->sight[i].kink);
    free(study->row);
    *study = (savings_study){0};
}

void savings_row_label(const savings_fit_row *row, char *text, size_t size) {
    char spec[128];
    crease_net_spec(row->net, spec, sizeof spec);
    snprintf(text, size, "%s%s%s%s", spec,
             row->held     ? " @kink"
             : row->fitted ? ""
                           : " given",
             row->shaped ? " shaped" : "", row->goal == SAVINGS_LEAST_EULER ? " euler" : "");
}
