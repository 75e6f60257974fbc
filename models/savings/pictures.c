/* The data of the picture savings_fit. */
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

/* A line through the critical point that is taken off, so that a kink shows as a bend from 0. */
typedef struct tangent {
    double x, y, slope;
    bool sloped;
} tangent;

static tangent tangent_at(const savings_solution *solution, savings_object object, double x) {
    tangent t = {.x = x};
    t.y = savings_object_at(solution, object, x, NULL, &t.slope);
    t.sloped = isfinite(t.slope);
    if (!t.sloped) /* a policy with a square root */
        t.slope = 0;
    return t;
}

static void take_off(const tangent *t, curve *c) {
    for (size_t i = 0; i < POINTS; i++)
        c->y[i] -= t->y + t->slope * (c->x[i] - t->x);
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

/* Rows of the object: the error over the whole range, the fit and its slope near the critical point. */
static crease_status add_rows(crease_plot *plot, const savings_study *study, savings_object object,
                              const curve *exact, const curve *near, const tangent *line, curve *scratch,
                              size_t *networks, crease_error *error) {
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
            status = add(plot, "error", scratch->x, scratch->error, error);
        }
        if (status == CREASE_OK) {
            fill_net(row, work, near, scratch);
            take_off(line, scratch);
            status = add(plot, "fit", scratch->x, scratch->y, error);
        }
        if (status == CREASE_OK)
            status = add(plot, "slope", scratch->x, scratch->slope, error);
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
    if (!(critical >= from && critical <= to))
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
    fill_exact(study->solution, object, fmax(from, critical - reach), fmin(to, critical + reach), &c[1]);
    tangent line = tangent_at(study->solution, object, critical);
    take_off(&line, &c[1]);
    status = add(*plot, "exact", c[1].x, c[1].y, error);
    if (status == CREASE_OK)
        status = add(*plot, "exact_slope", c[1].x, c[1].slope, error);
    if (status == CREASE_OK)
        status = add_rows(*plot, study, object, &c[0], &c[1], &line, &c[2], &networks, error);
    if (status == CREASE_OK)
        status = set_error_range(*plot, study, object, error);
    if (status == CREASE_OK)
        status = set_labels(*plot, study->solution->model, object, title, critical, networks, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(*plot, "has_tangent", line.sloped, error);
done:
    free(c);
    if (status != CREASE_OK) {
        crease_plot_free(*plot);
        *plot = NULL;
    }
    return status;
}
