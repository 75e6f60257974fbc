/* What a log said: estimates, the comparison of networks, the verdict. */
#include "arm/fit/fit_program.h"
#include "crease/crease.h"
#include <math.h>
#include <stdio.h>

static void say(const arm_fit_run *run, char *text, size_t size) {
    const crease_compare_row *row = run->comparison->row, *best = &row[run->best];
    const crease_compare_row *second = NULL;
    for (size_t i = 0; i < run->comparison->row_count; i++)
        if (i != run->best && (!second || row[i].test_rmse < second->test_rmse))
            second = &row[i];
    if (isnan(best->test_rmse))
        snprintf(text, size,
                 "%s has the least error on the rows themselves; they are too few to leave some out.",
                 best->spec);
    else if (!second)
        snprintf(text, size, "%s has an error of %.3g N m on rows left out.", best->spec, best->test_rmse);
    else if (best->test_rmse < 1e-6 * second->test_rmse)
        snprintf(text, size,
                 "%s is exact on rows left out, to %.1g N m; next is %s with an error of %.4g N m.",
                 best->spec, best->test_rmse, second->spec, second->test_rmse);
    else
        snprintf(
            text, size,
            "%s has the least error on rows left out, %.4g N m; next is %s with %.4g, %.3g times as much.",
            best->spec, best->test_rmse, second->spec, second->test_rmse,
            second->test_rmse / best->test_rmse);
}

static const struct {
    const char *name, *key, *unit;
} estimates[] = {{"Coulomb level", "coulomb_n_m", "N m"},
                 {"viscous slope", "viscous_n_m_s_rad", "N m s/rad"},
                 {"lower kink", "kink_low_rad_s", "rad/s"},
                 {"upper kink", "kink_high_rad_s", "rad/s"},
                 {"offset", "offset_n_m", "N m"}};

static arm_estimate estimate(const arm_friction *f, size_t i) {
    return i == 0 ? f->coulomb : i == 1 ? f->viscous : i < 4 ? f->kink[i - 2] : f->offset;
}

int arm_fit_print_json(const arm_fit_run *run) {
    char words[300];
    json_t *object = crease_json_begin("arm-fit"), *rows = json_array();
    crease_json_set_text(object, "of", run->controller ? "controller" : "friction");
    crease_json_set_text(object, "model", run->plant.name);
    crease_json_set_count(object, "log_rows", run->table->rows);
    crease_json_set_count(object, "n_rows", run->data.n);
    if (!run->controller) {
        crease_json_set_count(object, "window", run->window);
        json_t *friction = json_object();
        for (size_t i = 0; i < sizeof estimates / sizeof *estimates; i++) {
            char key[48];
            arm_estimate e = estimate(&run->friction, i);
            crease_json_set_number(friction, estimates[i].key, e.value, NULL);
            snprintf(key, sizeof key, "%s_se", estimates[i].key);
            crease_json_set_number(friction, key, e.standard_error, "too few rows for a standard error");
        }
        crease_json_set_number(friction, "slope_at_rest_n_m_s_rad", run->friction.slope_at_rest, NULL);
        crease_json_set_number(friction, "noise_n_m", run->friction.noise, NULL);
        json_object_set_new(object, "friction", friction);
    }
    for (size_t i = 0; i < run->comparison->row_count; i++) {
        const crease_compare_row *row = &run->comparison->row[i];
        json_t *r = json_object();
        crease_json_set_text(r, "net", row->spec);
        crease_json_set_count(r, "n_params", row->n_params);
        crease_json_set_count(r, "n_free", row->n_free);
        crease_json_set_number(r, "rmse", row->rmse_best, NULL);
        crease_json_set_number(r, "max_error", row->fit.score.max_error, NULL);
        crease_json_set_number(r, "test_rmse", row->test_rmse, "the rows are too few to leave some out");
        json_object_set_new(r, "kinks", crease_json_kinks(row->kinks, row->kink_count));
        json_array_append_new(rows, r);
    }
    json_object_set_new(object, "nets", rows);
    crease_json_set_count(object, "best", run->best);
    say(run, words, sizeof words);
    crease_json_set_text(object, "verdict", words);
    return crease_json_finish(&run->app, object);
}

static void print_estimates(const arm_fit_run *run) {
    printf("Friction of model %s from %zu rows of the log, %zu windows of %zu rows:\n\n", run->plant.name,
           run->table->rows, run->data.n, run->window);
    crease_report *report =
        crease_report_new(4, (const char *const[]){"quantity", "value", "standard error", "unit"});
    for (size_t i = 0; i < sizeof estimates / sizeof *estimates; i++) {
        arm_estimate e = estimate(&run->friction, i);
        crease_report_text(report, "%s", estimates[i].name);
        crease_report_number(report, e.value, 5);
        crease_report_number(report, e.standard_error, 2);
        crease_report_text(report, "%s", estimates[i].unit);
    }
    crease_report_print(report, stdout);
    crease_report_free(report);
    putchar('\n');
}

static void add_kinks(crease_report *report, const crease_compare_row *row) {
    char text[160] = "none";
    size_t used = 0;
    for (size_t i = 0; i < row->kink_count && used < sizeof text; i++) {
        const crease_kink *kink = &row->kinks[i];
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%.4g ", i ? ", " : "", kink->x);
        if (used < sizeof text)
            used += isnan(kink->standard_error)
                        ? (size_t)snprintf(text + used, sizeof text - used, "(between rows)")
                        : (size_t)snprintf(text + used, sizeof text - used, "+- %.2g", kink->standard_error);
    }
    crease_report_text(report, "%s", text);
}

int arm_fit_print(const arm_fit_run *run) {
    char words[300];
    if (!run->controller)
        print_estimates(run);
    else
        printf("Controller from %zu rows: torque against %s.\n\n", run->data.n,
               run->inputs > 1 ? "error angle and rate" : "error angle");
    crease_report *report =
        crease_report_new(6, (const char *const[]){"network", "free parameters", "RMSE N m", "RMSE left out",
                                                   "largest error", "kinks"});
    for (size_t i = 0; i < run->comparison->row_count; i++) {
        const crease_compare_row *row = &run->comparison->row[i];
        crease_report_text(report, "%s", row->spec);
        crease_report_count(report, row->n_free);
        crease_report_number(report, row->rmse_best, 4);
        crease_report_number(report, row->test_rmse, 4);
        crease_report_number(report, row->fit.score.max_error, 3);
        add_kinks(report, row);
    }
    crease_report_print(report, stdout);
    crease_report_free(report);
    say(run, words, sizeof words);
    printf("\n%s\n", words);
    return crease_app_end(&run->app);
}
