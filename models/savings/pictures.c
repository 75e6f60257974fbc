/* The data of the pictures savings_fit and savings_solution. */
#include "crease/plot.h"
#include "savings/program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 1001 };

static double grid(double from, double to, size_t i) {
    return from + (to - from) * (double)i / (POINTS - 1);
}

/* The role that colours a network. */
static const char *family(const savings_fit_row *row) {
    char spec[128];
    crease_net_spec(row->net, spec, sizeof spec);
    bool relu = strstr(spec, "relu") != NULL, tanh = strstr(spec, "tanh") != NULL,
         sigmoid = strstr(spec, "sigmoid") != NULL;
    if (relu && (tanh || sigmoid))
        return "hybrid";
    return relu ? "relu" : tanh ? "tanh" : sigmoid ? "sigmoid" : "other";
}

/* Columns of one curve; the points lie at x, with the slopes from the net. */
typedef struct curve {
    double x[POINTS], y[POINTS], slope[POINTS], error[POINTS];
} curve;

static void fill_exact(const savings_solution *solution, savings_object object, double from, double to,
                       curve *c) {
    double unused;
    for (size_t i = 0; i < POINTS; i++) {
        c->x[i] = grid(from, to, i);
        c->y[i] = savings_object_at(solution, object, c->x[i], &unused, &c->slope[i]);
    }
}

static void fill_net(const savings_fit_row *row, crease_work *work, const curve *exact, curve *c) {
    memcpy(c->x, exact->x, sizeof c->x);
    crease_net_input_gradient(row->net, NULL, work, POINTS, c->x, c->y, c->slope);
    for (size_t i = 0; i < POINTS; i++) /* a logarithm has no zero: rounding is drawn at 1e-17 */
        c->error[i] = fmax(fabs(c->y[i] - exact->y[i]), 1e-17);
}

static crease_status add(crease_plot *plot, const char *name, const double *x, const double *y,
                         crease_error *error) {
    return crease_plot_add_data(plot, name, POINTS, 2, (const double *const[]){x, y}, error);
}

static crease_status set_label(crease_plot *plot, const savings_fit_row *row, size_t number,
                               crease_error *error) {
    char variable[32], label[224], name[160];
    savings_row_label(row, name, sizeof name);
    snprintf(label, sizeof label, "%s (%zu): max error %.1e", name, row->n_free, row->max_error);
    snprintf(variable, sizeof variable, "label_%zu", number);
    crease_status status = crease_plot_set_text(plot, variable, label, error);
    snprintf(variable, sizeof variable, "family_%zu", number);
    return status != CREASE_OK ? status : crease_plot_set_text(plot, variable, family(row), error);
}

/* Rows of the object: the fit and its error over the whole range, its slope near the critical point. */
static crease_status add_rows(crease_plot *plot, const savings_study *study, savings_object object,
                              const curve *exact, const curve *near, curve *scratch, size_t *networks,
                              crease_error *error) {
    crease_status status = CREASE_OK;
    *networks = 0;
    for (size_t i = 0; i < study->count && status == CREASE_OK; i++) {
        const savings_fit_row *row = &study->row[i];
        crease_work *work = NULL;
        if (row->object != object)
            continue;
        status = crease_work_new(row->net, &work, error);
        if (status == CREASE_OK) {
            fill_net(row, work, exact, scratch);
            status = add(plot, "fit", scratch->x, scratch->y, error);
        }
        if (status == CREASE_OK)
            status = add(plot, "error", scratch->x, scratch->error, error);
        if (status == CREASE_OK) {
            fill_net(row, work, near, scratch);
            status = add(plot, "slope", scratch->x, scratch->slope, error);
        }
        crease_work_free(work);
        if (status == CREASE_OK)
            status = set_label(plot, row, ++*networks, error);
    }
    return status;
}

/* From under the errors of the best network, or from rounding when one is exact, to above those of the worst.
 */
static crease_status set_error_range(crease_plot *plot, const savings_study *study, savings_object object,
                                     crease_error *error) {
    double least = INFINITY, largest = 1e-12;
    for (size_t i = 0; i < study->count; i++)
        if (study->row[i].object == object) {
            least = fmin(least, study->row[i].max_error);
            largest = fmax(largest, study->row[i].max_error);
        }
    double below = least < 1e-12 ? 1e-17 : 1e-3 * least;
    crease_status status = crease_plot_set_number(plot, "error_floor", below, error);
    return status != CREASE_OK ? status : crease_plot_set_number(plot, "error_top", 3 * largest, error);
}

static crease_status set_labels(crease_plot *plot, savings_model model, savings_object object,
                                const char *title, double critical, size_t networks, crease_error *error) {
    char label[64];
    snprintf(label, sizeof label, "%s(%s)", savings_object_name(object),
             savings_object_variable(model, object));
    crease_status status = crease_plot_set_text(plot, "title_text", title, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "y_label", label, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(plot, "x_label",
                                      savings_object_variable(model, object)[0] == 'a'
                                          ? "assets a (years of income)"
                                          : "cash on hand m (years of income)",
                                      error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "networks", (double)networks, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "critical", critical, error);
    return status;
}

crease_status savings_study_plot(const savings_study *study, savings_object object, const char *title,
                                 struct crease_plot **plot, crease_error *error) {
    double from, to, critical = savings_critical_point(study->solution, object);
    savings_object_range(study->solution, object, &from, &to);
    if (isnan(critical))
        critical = (from + to) / 2;
    double reach = .05 * (to - from);
    curve *c = calloc(3, sizeof *c);
    size_t networks = 0;
    *plot = NULL;
    if (!c)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a picture");
    crease_status status = crease_plot_new("savings_fit", plot, error);
    if (status != CREASE_OK)
        goto done;
    fill_exact(study->solution, object, from, to, &c[0]);
    fill_exact(study->solution, object, critical - reach, critical + reach, &c[1]);
    status = add(*plot, "exact", c[0].x, c[0].y, error);
    if (status == CREASE_OK)
        status = add(*plot, "exact_slope", c[1].x, c[1].slope, error);
    if (status == CREASE_OK)
        status = add_rows(*plot, study, object, &c[0], &c[1], &c[2], &networks, error);
    if (status == CREASE_OK)
        status = set_error_range(*plot, study, object, error);
    if (status == CREASE_OK)
        status = set_labels(*plot, study->solution->model, object, title, critical, networks, error);
done:
    free(c);
    if (status != CREASE_OK) {
        crease_plot_free(*plot);
        *plot = NULL;
    }
    return status;
}

static crease_status add_solution(crease_plot *plot, const savings_solution *solution, double from, double to,
                                  double *column, crease_error *error) {
    const double *columns[4] = {column, column + POINTS, column + 2 * POINTS, column + 3 * POINTS};
    for (size_t i = 0; i < POINTS; i++) {
        savings_point point = savings_evaluate(solution, grid(from, to, i));
        column[i] = point.x;
        column[POINTS + i] = point.c;
        column[2 * POINTS + i] = point.mpc;
        column[3 * POINTS + i] = point.dV;
    }
    crease_status status = crease_plot_add_data(plot, "solution", POINTS, 4, columns, error);
    if (status == CREASE_OK &&
        solution->knots > 0) /* also those outside the range: gnuplot leaves them out */
        status = crease_plot_add_data(plot, "kinks", solution->knots, 2,
                                      (const double *const[]){solution->m, solution->c}, error);
    return status;
}

crease_status savings_solution_plot(const savings_solution *solution, double from, double to,
                                    const char *title, struct crease_plot **plot, crease_error *error) {
    double *column = calloc(4 * POINTS, sizeof *column);
    *plot = NULL;
    if (!column)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a picture");
    crease_status status = crease_plot_new("savings_solution", plot, error);
    if (status == CREASE_OK)
        status = add_solution(*plot, solution, from, to, column, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(*plot, "title_text", title, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(*plot, "knots", (double)solution->knots, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(*plot, "critical", solution->knots ? solution->m[0] : NAN, error);
    free(column);
    if (status != CREASE_OK) {
        crease_plot_free(*plot);
        *plot = NULL;
    }
    return status;
}
