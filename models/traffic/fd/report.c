/* Table of a study, and the run behind it. */
#include "traffic/fd/program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char traffic_default_models[] = "greenshields,triangular,physical:6,relu:6,tanh:4,sigmoid:4";
const traffic_truth traffic_truth_unknown = {NAN, NAN, NAN, NAN, NAN};

static void print_quantities(crease_report *report, double free_speed, double capacity,
                             double critical_density, double wave_speed) {
    crease_report_number(report, free_speed, 4);
    crease_report_number(report, capacity, 5);
    crease_report_number(report, critical_density, 4);
    crease_report_number(report, wave_speed, 4);
}

void traffic_print_table(const traffic_study *study, const traffic_truth *truth, FILE *file) {
    static const char *const titles[] = {
        "model",     "free",         "rmse",      "free speed",  "capacity", "crit. dens.", "wave speed",
        "jam dens.", "min past jam", "flow at 0", "rmse median", "hit rate", "of bound",    "s"};
    crease_report *report = crease_report_new(sizeof titles / sizeof *titles, titles);
    if (!isnan(truth->jam_density)) {
        crease_report_text(report, "(truth)");
        crease_report_number(report, NAN, 1);
        crease_report_number(report, NAN, 1);
        print_quantities(report, truth->free_speed, truth->capacity, truth->critical_density,
                         truth->wave_speed);
        crease_report_text(report, "%.5g ", truth->jam_density);
        crease_report_number(report, 0.0, 1);
        crease_report_number(report, 0.0, 1);
        for (int i = 0; i < 4; i++)
            crease_report_number(report, NAN, 1);
    }
    bool extrapolated = false;
    for (size_t i = 0; i < study->row_count; i++) {
        const traffic_row *row = &study->row[i];
        const traffic_audit *a = &row->audit;
        crease_report_text(report, "%s", row->model);
        crease_report_count(report, row->n_free);
        crease_report_number(report, row->rmse, 4);
        print_quantities(report, a->free_speed, a->capacity, a->critical_density, a->wave_speed);
        if (isnan(a->jam_density))
            crease_report_text(report, "none ");
        else
            crease_report_text(report, "%.5g%s", a->jam_density, a->extrapolated ? "*" : " ");
        const bool rounding = a->min_flow_beyond_jam > -1e-9 * fabs(study->largest_flow);
        crease_report_number(report, rounding ? 0.0 : a->min_flow_beyond_jam, 3);
        crease_report_number(report, a->flow_at_zero, 3);
        crease_report_number(report, row->rmse_median, 4);
        crease_report_number(report, row->hit_rate, 2);
        crease_report_number(report, row->wmse > 0.0 ? study->isotonic_bound / row->wmse : NAN, 3);
        crease_report_number(report, row->seconds, 2);
        extrapolated = extrapolated || a->extrapolated;
    }
    crease_report_print(report, file);
    crease_report_free(report);
    if (extrapolated)
        fprintf(file, "* extrapolated: beyond the largest density observed, %.5g\n", study->largest_density);
}

static void print_interval(crease_report *report, const traffic_intervals *ci, size_t q) {
    if (isinf(ci->low[q]) && isinf(ci->high[q]))
        crease_report_text(report, "none");
    else if (isinf(ci->high[q]))
        crease_report_text(report, "%.5g, none", ci->low[q]);
    else if (isinf(ci->low[q]))
        crease_report_text(report, "none, %.5g", ci->high[q]);
    else
        crease_report_text(report, "%.5g, %.5g", ci->low[q], ci->high[q]);
}

static void print_bias(const traffic_study *study, FILE *file) {
    for (size_t i = 0; i < study->row_count; i++) {
        const traffic_row *row = &study->row[i];
        if (!isnan(row->jam_bias))
            fprintf(file,
                    "If the fitted %s were the truth, %s at these densities would put its jam %.3g too %s; "
                    "--jam-density imposes a known one.\n",
                    study->row[row->jam_bias_truth].model, row->model, fabs(row->jam_bias),
                    row->jam_bias < 0.0 ? "low" : "high");
    }
}

/* What the intervals are, and what none and a network in them mean. */
static void print_interval_notes(const traffic_study *study, size_t block, FILE *file) {
    bool networks = false, open = false;
    for (size_t i = 0; i < study->row_count; i++) {
        const traffic_intervals *ci = &study->row[i].ci;
        networks = networks || (study->row[i].net && ci->replicates > 0);
        for (size_t q = 0; q < TRAFFIC_QUANTITIES && ci->replicates > 0; q++)
            open = open || isinf(ci->low[q]) || isinf(ci->high[q]);
    }
    if (block > 1)
        fprintf(file, "Percentiles of fits to resampled blocks of %zu rows.\n", block);
    else
        fputs("Percentiles of fits to resampled rows; of rows in the order of time, resample "
              "blocks: --block N.\n",
              file);
    if (open)
        fputs("none: over 2.5 % of the fits have no such value.\n", file);
    if (networks)
        fputs("Networks are refitted from their own weights: what other starts may find is not in these "
              "intervals.\n",
              file);
}

void traffic_print_intervals(const traffic_study *study, size_t block, FILE *file) {
    static const char *const titles[] = {"95 % intervals", "free speed", "capacity", "crit. dens.",
                                         "wave speed",     "jam dens.",  "fits",     "s"};
    size_t shown = 0;
    print_bias(study, file);
    for (size_t i = 0; i < study->row_count; i++)
        shown += study->row[i].ci.replicates > 0;
    if (shown == 0) {
        fputs("Without intervals; --bootstrap 1000 computes them.\n", file);
        return;
    }
    crease_report *report = crease_report_new(sizeof titles / sizeof *titles, titles);
    for (size_t i = 0; i < study->row_count; i++) {
        const traffic_intervals *ci = &study->row[i].ci;
        if (ci->replicates == 0)
            continue;
        crease_report_text(report, "%s", study->row[i].model);
        for (size_t q = 0; q < TRAFFIC_QUANTITIES; q++)
            print_interval(report, ci, q);
        crease_report_count(report, ci->replicates);
        crease_report_number(report, ci->seconds, 2);
    }
    fputc('\n', file);
    crease_report_print(report, file);
    crease_report_free(report);
    print_interval_notes(study, block, file);
}

/* The progress line names the model at work. */
typedef struct model_progress {
    crease_progress progress;
    char label[96];
} model_progress;

static void show_model(const char *model, size_t index, size_t count, void *context) {
    model_progress *shown = context;
    snprintf(shown->label, sizeof shown->label, "%.60s (model %zu of %zu), starts", model, index + 1, count);
    shown->progress.label = shown->label;
}

int traffic_run(const crease_app *app, size_t n, const double *density, const double *flow, char **models,
                size_t model_count, const traffic_study_options *options, traffic_study **study) {
    crease_error error;
    model_progress shown = {.progress = crease_progress_begin(app, "fitting")};
    traffic_study_options running = *options;
    crease_app_fit_options(app, &shown.progress, &running.fit);
    running.started = show_model;
    running.started_context = &shown;
    crease_app_catch_interrupt();
    const crease_status status = traffic_study_run(n, density, flow, (const char *const *)models, model_count,
                                                   &running, study, &error);
    crease_progress_end(&shown.progress);
    return status == CREASE_OK ? 0 : crease_app_fail(app, &error);
}

char *traffic_find_data(const char *name) {
    char program[4096], *path = NULL;
    if (asprintf(&path, "data/%s", name) >= 0 && access(path, R_OK) == 0)
        return path;
    free(path);
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return NULL;
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (!slash)
        return NULL;
    *slash = '\0';
    static const char *const beside[] = {"../share/crease/data", "../../data"};
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        path = NULL;
        if (asprintf(&path, "%s/%s/%s", program, beside[i], name) >= 0 && access(path, R_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}
