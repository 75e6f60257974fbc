/* The table, the sentences, the JSON and the picture of `crease compare --units`. */
#include "units_result.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 1024 };

/* Errors below this share of the spread of y are drawn there: the picture is not of rounding. */
static const double FLOOR = 1e-8;
/* Half the width of the place of one method beside a number of units, and how far apart the places are. */
static const double SPREAD = .1, APART = .28;

/* The bound counts as met where the search closed the gap (crease/knots.h, its 1e-6 of squares and its 1e-20 of the
 * spread) and the network says the same as the polyline. */
static bool meets_bound(const units_result *result, const units_row *row) {
    return row->certified && row->default_rmse <= row->lower_bound * (1 + 1e-6) + 1e-10 * result->y_sd;
}

/* "1 to 4, 6": the numbers of units for which the default fit meets its bound. */
static void list_met(const units_result *result, char text[TEXT_SIZE]) {
    size_t length = 0;
    text[0] = 0;
    for (size_t h = 0; h < result->count && length < TEXT_SIZE - 64; h++) {
        if (!meets_bound(result, &result->row[h]))
            continue;
        size_t last = h;
        while (last + 1 < result->count && meets_bound(result, &result->row[last + 1]))
            last++;
        length += (size_t)snprintf(text + length, TEXT_SIZE - length, "%s%zu", length ? ", " : "", h + 1);
        if (last > h)
            length += (size_t)snprintf(text + length, TEXT_SIZE - length, " to %zu", last + 1);
        h = last;
    }
}

/* Share of the runs of all rows that reach the best known error. */
static double all_hits(const units_result *result, size_t offset, size_t *run) {
    size_t hits = 0;
    *run = 0;
    for (size_t h = 0; h < result->count; h++) {
        const units_row *row = &result->row[h];
        const units_runs *runs = offset ? &row->adam : &row->lm;
        for (size_t i = 0; i < runs->starts; i++)
            if (isfinite(runs->rmse[i])) {
                (*run)++;
                hits += units_reach(result, row, runs->rmse[i]) ? 1 : 0;
            }
    }
    return *run ? (double)hits / (double)*run : NAN;
}

/* By how much the default fits may lie above the least error that is possible, where they do not meet the bound. */
static double worst_excess(const units_result *result, size_t *open) {
    double worst = 0;
    *open = 0;
    for (size_t h = 0; h < result->count; h++) {
        const units_row *row = &result->row[h];
        if (isnan(row->default_rmse) || meets_bound(result, row))
            continue;
        (*open)++;
        worst = fmax(worst, row->lower_bound > 0 ? row->default_rmse / row->lower_bound - 1 : INFINITY);
    }
    return worst;
}

static void conclude(const units_result *result, char text[TEXT_SIZE]) {
    char met[TEXT_SIZE];
    size_t open, lm_run, adam_run, length;
    list_met(result, met);
    double worst = worst_excess(result, &open), lm = all_hits(result, 0, &lm_run),
           adam = all_hits(result, 1, &adam_run);
    length = (size_t)snprintf(text, TEXT_SIZE,
                              met[0] ? "Default fits meet the lower bound, and so no such "
                                       "network is better, for H = %.300s."
                                     : "No default fit meets the lower bound.%.0s",
                              met);
    if (open > 0 && isfinite(worst))
        length += (size_t)snprintf(text + length, TEXT_SIZE - length,
                                   " %s they are at most %.2g %% above the least error that is possible.",
                                   met[0] ? "Elsewhere" : "But", 100 * worst);
    if (lm_run + adam_run > 0)
        snprintf(
            text + length, TEXT_SIZE - length,
            " %.3g %% of the %zu plain Levenberg-Marquardt runs and %.3g %% of the %zu Adam runs come within "
            "1 %% of the least error known for their number of units.",
            lm_run ? 100 * lm : 0, lm_run, adam_run ? 100 * adam : 0, adam_run);
}

static void basis(const units_result *result, char text[TEXT_SIZE]) {
    char batch[64] = "";
    if (result->adam_batch)
        snprintf(batch, sizeof batch, " of batches of %zu rows", result->adam_batch);
    snprintf(text, TEXT_SIZE,
             "All are errors on the training data of one class, a line and H ReLU units (affine+relu:H, 2 + "
             "2 H free "
             "parameters), to which the bound applies. Plain runs start at random; Adam takes %zu epochs%s. "
             "Within "
             "1 %% means up to 1.01 times the least error plus a ten-thousandth of the spread of y.",
             result->adam_epochs, batch);
}

int units_print(const units_result *result) {
    static const char *const titles[] = {"units",   "free",     "lower bound", "gap",       "default",
                                         "best lm", "median",   "hits",        "best adam", "median",
                                         "hits",    "bound ms", "lm ms",       "adam ms"};
    char text[TEXT_SIZE];
    size_t n = result->regression->data.data.n;
    printf("%zu row%s of %s, training rmse, seed %llu\n\n", n, n == 1 ? "" : "s",
           result->regression->data.table->source, (unsigned long long)result->regression->app->seed);
    crease_report *report = crease_report_new(sizeof titles / sizeof *titles, titles);
    for (size_t h = 0; h < result->count; h++) {
        const units_row *row = &result->row[h];
        crease_report_count(report, row->units);
        crease_report_count(report, row->n_free);
        crease_report_number(report, row->lower_bound, 4);
        crease_report_number(report, row->gap, 2);
        crease_report_number(report, row->default_rmse, 4);
        for (size_t m = 0; m < 2; m++) {
            const units_runs *runs = m ? &row->adam : &row->lm;
            crease_report_number(report, runs->best, 4);
            crease_report_number(report, runs->median, 4);
            crease_report_number(report, runs->hit_rate, 2);
        }
        crease_report_number(report, 1e3 * row->bound_seconds, 3);
        crease_report_number(report, 1e3 * row->lm.seconds_median, 3);
        crease_report_number(report, 1e3 * row->adam.seconds_median, 3);
    }
    crease_report_print(report, stdout);
    crease_report_free(report);
    conclude(result, text);
    printf("\n%s\n", text);
    basis(result, text);
    puts(text);
    return crease_app_end(result->regression->app);
}

static json_t *runs_json(const units_runs *runs) {
    static const char *const why = "interrupted before it was measured";
    json_t *object = json_object();
    crease_json_set_count(object, "starts", runs->starts);
    crease_json_set_number(object, "rmse_best", runs->best, why);
    crease_json_set_number(object, "rmse_median", runs->median, why);
    crease_json_set_number(object, "hit_rate", runs->hit_rate, why);
    crease_json_set_number(object, "seconds_median", runs->seconds_median, why);
    json_object_set_new(object, "rmse", crease_json_numbers(runs->rmse, runs->starts));
    return object;
}

static json_t *row_json(const units_result *result, const units_row *row) {
    static const char *const why = "interrupted before it was measured";
    json_t *object = json_object(), *fit = json_object();
    char spec[64];
    snprintf(spec, sizeof spec, "affine+relu:%zu", row->units);
    crease_json_set_count(object, "n_units", row->units);
    crease_json_set_text(object, "net", spec);
    crease_json_set_count(object, "n_free", row->n_free);
    crease_json_set_number(object, "lower_bound_rmse", row->lower_bound, NULL);
    crease_json_set_number(object, "gap", row->gap, NULL);
    json_object_set_new(object, "certified", json_boolean(row->certified));
    crease_json_set_number(object, "best_known_rmse", row->best_known, NULL);
    crease_json_set_number(object, "seconds", row->bound_seconds, NULL);
    crease_json_set_number(fit, "rmse", row->default_rmse, why);
    crease_json_set_number(fit, "seconds", row->default_seconds, why);
    json_object_set_new(fit, "meets_bound", json_boolean(meets_bound(result, row)));
    json_object_set_new(object, "default", fit);
    json_object_set_new(object, "lm", runs_json(&row->lm));
    json_object_set_new(object, "adam", runs_json(&row->adam));
    return object;
}

int units_print_json(const units_result *result) {
    const crease_app *app = result->regression->app;
    json_t *object = crease_json_begin("compare"), *units = json_array();
    char text[TEXT_SIZE];
    size_t run;
    crease_json_set_count(object, "n", result->regression->data.data.n);
    for (size_t h = 0; h < result->count; h++)
        json_array_append_new(units, row_json(result, &result->row[h]));
    json_object_set_new(object, "units", units);
    crease_json_set_number(object, "lm_hit_rate", all_hits(result, 0, &run), "no run was finished");
    crease_json_set_number(object, "adam_hit_rate", all_hits(result, 1, &run), "no run was finished");
    crease_json_set_count(object, "adam_epochs", result->adam_epochs);
    conclude(result, text);
    crease_json_set_text(object, "conclusion", text);
    basis(result, text);
    crease_json_set_text(object, "basis", text);
    json_object_set_new(object, "interrupted", json_boolean(result->interrupted));
    crease_json_set_count(object, "seed", app->seed);
    return crease_json_finish(app, object);
}

/* ---- the picture ---- */

static double drawn(const units_result *result, double rmse) {
    return result->y_sd > 0 ? fmax(rmse / result->y_sd, FLOOR) : FLOOR;
}

static crease_status add_runs(const units_result *result, crease_plot *plot, const char *name, size_t method,
                              crease_error *error) {
    size_t room = 1, count = 0;
    for (size_t h = 0; h < result->count; h++)
        room += method == 1 ? result->row[h].lm.starts : method == 2 ? result->row[h].adam.starts : 1;
    double *x = calloc(2 * room, sizeof *x), *y = x ? x + room : NULL;
    if (!x)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the picture");
    for (size_t h = 0; h < result->count; h++) {
        const units_row *row = &result->row[h];
        const units_runs *runs = method == 1 ? &row->lm : &row->adam;
        size_t starts = method == 0 ? 1 : runs->starts;
        double place = (double)row->units + ((double)method - 1) * APART;
        for (size_t i = 0; i < starts; i++) {
            double rmse = method == 0 ? row->default_rmse : runs->rmse[i];
            if (!isfinite(rmse))
                continue;
            x[count] = place + (starts > 1 ? SPREAD * (2 * (double)i / (double)(starts - 1) - 1) : 0);
            y[count++] = drawn(result, rmse);
        }
    }
    crease_status status = crease_plot_add_data(plot, name, count, 2, (const double *const[]){x, y}, error);
    free(x);
    return status;
}

static crease_status add_bound(const units_result *result, crease_plot *plot, crease_error *error) {
    double *x = calloc(2 * result->count + 1, sizeof *x), *y = x ? x + result->count : NULL;
    if (!x)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for the picture");
    for (size_t h = 0; h < result->count; h++) {
        x[h] = (double)result->row[h].units;
        double bound = drawn(result, result->row[h].lower_bound);
        y[h] = bound > FLOOR ? bound : NAN; /* none that could be seen */
    }
    crease_status status =
        crease_plot_add_data(plot, "bound", result->count, 2, (const double *const[]){x, y}, error);
    free(x);
    return status;
}

int units_draw(const units_result *result) {
    const regression *r = result->regression;
    static const char *const names[] = {"default", "lm", "adam"};
    char title[TEXT_SIZE];
    crease_error error;
    crease_plot *plot = NULL;
    size_t n = r->data.data.n;
    snprintf(title, sizeof title, "%.200s: %.100s from %.100s, %zu row%s", r->data.table->source,
             r->data.output_name, r->data.input_name[0], n, n == 1 ? "" : "s");
    crease_status status = crease_plot_new("units", &plot, &error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "title_text", title, &error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "most_units", (double)result->count, &error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "least_drawn", FLOOR, &error);
    if (status == CREASE_OK)
        status = add_bound(result, plot, &error);
    for (size_t m = 0; m < 3 && status == CREASE_OK; m++)
        status = add_runs(result, plot, names[m], m, &error);
    if (status == CREASE_OK)
        return crease_app_draw(
            r->app, plot, r->app->plot,
            "no network reaches into the grey; a run on its edge is as good as any can be");
    crease_plot_free(plot);
    return crease_app_fail(r->app, &error);
}
