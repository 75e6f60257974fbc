/* Networks fitted to the objects of a solved problem, side by side: the table and its JSON. */
#include "savings/program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Equal numbers of free parameters: 16 on curved objects; on piecewise-linear ones the fewest that are exact
 * for ReLU, as many or more for the others, and then 16 for the others still. */
static const savings_task tasks_a[] = {{SAVINGS_V, "affine+relu:7", false},
                                       {SAVINGS_V, "tanh:5", false},
                                       {SAVINGS_V, "sigmoid:5", false},
                                       {SAVINGS_V, "affine+tanh:4+relu:1", false},
                                       {SAVINGS_PINV_V, "affine+relu:7", false},
                                       {SAVINGS_PINV_V, "tanh:5", false},
                                       {SAVINGS_PINV_V, "sigmoid:5", false},
                                       {SAVINGS_CONSUMPTION, "affine+relu:7", false},
                                       {SAVINGS_CONSUMPTION, "tanh:5", false},
                                       {SAVINGS_CONSUMPTION, "sigmoid:5", false},
                                       {SAVINGS_CONSUMPTION, "affine+tanh:4+relu:1", false},
                                       {SAVINGS_CONSUMPTION, "exact", false}};
static const savings_task tasks_b[] = {{SAVINGS_W, "affine+relu:7", false},
                                       {SAVINGS_W, "tanh:5", false},
                                       {SAVINGS_W, "sigmoid:5", false},
                                       {SAVINGS_W, "affine+tanh:4+relu:1", false},
                                       {SAVINGS_W, "affine+tanh:4+relu:1", true},
                                       {SAVINGS_PINV_W, "affine+relu:1", false},
                                       {SAVINGS_PINV_W, "tanh:1", false},
                                       {SAVINGS_PINV_W, "sigmoid:1", false},
                                       {SAVINGS_PINV_W, "tanh:5", false},
                                       {SAVINGS_PINV_W, "sigmoid:5", false},
                                       {SAVINGS_CONSUMPTION, "affine+relu:2", false},
                                       {SAVINGS_CONSUMPTION, "tanh:2", false},
                                       {SAVINGS_CONSUMPTION, "sigmoid:2", false},
                                       {SAVINGS_CONSUMPTION, "tanh:5", false},
                                       {SAVINGS_CONSUMPTION, "sigmoid:5", false}};

const savings_task *savings_default_tasks(savings_model model, size_t *count) {
    *count = model == SAVINGS_A ? sizeof tasks_a / sizeof *tasks_a : sizeof tasks_b / sizeof *tasks_b;
    return model == SAVINGS_A ? tasks_a : tasks_b;
}

/* Progress over all starts of all rows. */
typedef struct study_progress {
    crease_progress bar;
    size_t row, rows;
} study_progress;

static void show(size_t done, size_t total, void *context) {
    study_progress *progress = context;
    crease_progress_update(progress->row * total + done, progress->rows * total, &progress->bar);
}

static crease_status run_task(const savings_solution *solution, const savings_task *task,
                              const savings_fit_options *options, savings_fit_row *row, crease_error *error) {
    if (strcmp(task->net, "exact") != 0) {
        savings_fit_options chosen = *options;
        chosen.hold_kink = task->hold_kink;
        return savings_fit(solution, task->object, task->net, &chosen, row, error);
    }
    if (task->object != SAVINGS_CONSUMPTION)
        return crease_fail(error, CREASE_BAD_ARGUMENT,
                           "the network 'exact' is the policy c with its own kinks; %s has none such",
                           savings_object_name(task->object));
    double from, to;
    crease_net *net;
    savings_object_range(solution, SAVINGS_CONSUMPTION, &from, &to);
    crease_status status = savings_policy_net(solution, from, to, &net, error);
    return status != CREASE_OK ? status : savings_judge(solution, SAVINGS_CONSUMPTION, net, row, error);
}

crease_status savings_study_run(const crease_app *app, const savings_solution *solution,
                                const savings_task *task, size_t count, size_t points, size_t starts,
                                savings_study *study, crease_error *error) {
    *study = (savings_study){.solution = solution, .row = calloc(count + 1, sizeof *study->row)};
    if (!study->row)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for %zu rows", count);
    study_progress progress = {.bar = crease_progress_begin(app, "fitting networks"), .rows = count};
    savings_fit_options options = {.points = points};
    crease_app_fit_options(app, &progress.bar, &options.fit);
    options.fit.progress = show;
    options.fit.progress_context = &progress;
    options.fit.starts = starts;
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < count && status == CREASE_OK && !crease_app_interrupted(NULL); i++) {
        progress.row = i;
        status = run_task(solution, &task[i], &options, &study->row[i], error);
        study->count += status == CREASE_OK;
    }
    study->interrupted = crease_app_interrupted(NULL);
    crease_progress_end(&progress.bar);
    if (status != CREASE_OK)
        savings_study_clear(study);
    return status;
}

void savings_study_clear(savings_study *study) {
    for (size_t i = 0; i < study->count; i++)
        savings_fit_row_clear(&study->row[i]);
    free(study->row);
    *study = (savings_study){0};
}

void savings_row_label(const savings_fit_row *row, char *text, size_t size) {
    char spec[128];
    crease_net_spec(row->net, spec, sizeof spec);
    snprintf(text, size, "%s%s", spec, row->held ? " @kink" : row->fitted ? "" : " given");
}

void savings_study_print(const savings_study *study, FILE *file) {
    static const char *const titles[] = {"object",    "network", "free par.",   "rmse",  "max error",
                                         "near kink", "kink at", "slope ratio", "exact", "log10 Euler"};
    crease_report *report = crease_report_new(sizeof titles / sizeof *titles, titles);
    for (size_t i = 0; i < study->count; i++) {
        const savings_fit_row *row = &study->row[i];
        char label[160];
        savings_row_label(row, label, sizeof label);
        crease_report_text(report, "%s(%s)", savings_object_name(row->object),
                           savings_object_variable(study->solution->model, row->object));
        crease_report_text(report, "%s", label);
        crease_report_count(report, row->n_free);
        crease_report_number(report, row->rmse, 2);
        crease_report_number(report, row->max_error, 2);
        crease_report_number(report, row->near_kink_error, 2);
        crease_report_number(report, row->kink, 5);
        crease_report_number(report, row->slope_ratio, 5);
        crease_report_number(report, row->true_slope_ratio, 5);
        crease_report_number(report, row->euler_mean, 3);
    }
    crease_report_print(report, file);
    crease_report_free(report);
}

static json_t *row_json(const savings_fit_row *row) {
    json_t *object = json_object();
    char spec[128];
    crease_net_spec(row->net, spec, sizeof spec);
    const char *no_kink = "no unit of the network has a corner that it keeps";
    const char *no_critical = "the object has no critical point, since there is no penalty";
    const char *no_policy = "Euler errors belong to a policy; this object is a value";
    crease_json_set_text(object, "object", savings_object_name(row->object));
    crease_json_set_text(object, "net", spec);
    json_object_set_new(object, "kink_held", json_boolean(row->held));
    json_object_set_new(object, "fitted", json_boolean(row->fitted));
    crease_json_set_count(object, "n_params", row->n_params);
    crease_json_set_count(object, "n_free", row->n_free);
    crease_json_set_number(object, "rmse", row->rmse, NULL);
    crease_json_set_number(object, "max_error", row->max_error, NULL);
    crease_json_set_number(object, "raw_max_error", row->raw_max_error,
                           row->raw_max_error > 0 ? "the fit leaves values that are no utility"
                                                  : "it belongs to fits of a pseudo-inverse value");
    crease_json_set_number(object, "near_kink_error", row->near_kink_error, no_critical);
    crease_json_set_number(object, "kink", row->kink, isnan(row->critical) ? no_critical : no_kink);
    crease_json_set_number(object, "critical_point", row->critical, no_critical);
    crease_json_set_number(object, "slope_ratio", row->slope_ratio, no_critical);
    crease_json_set_number(object, "true_slope_ratio", row->true_slope_ratio, no_critical);
    crease_json_set_number(
        object, "euler_mean", row->euler_mean,
        row->object == SAVINGS_CONSUMPTION ? "the limit binds or savings are flat everywhere" : no_policy);
    crease_json_set_number(
        object, "euler_max", row->euler_max,
        row->object == SAVINGS_CONSUMPTION ? "the limit binds or savings are flat everywhere" : no_policy);
    crease_json_set_number(object, "seconds", row->seconds, NULL);
    return object;
}

json_t *savings_study_json(const savings_study *study) {
    json_t *list = json_array();
    for (size_t i = 0; i < study->count; i++)
        json_array_append_new(list, row_json(&study->row[i]));
    return list;
}
