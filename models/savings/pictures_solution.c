/* The data of the picture savings_solution: the policy with the stretches on which assets do not move, the Euler errors, and the
 * value with both tangents where theory looks for a kink. */
#include "crease/plot.h"
#include "savings/program.h"
#include <math.h>
#include <stdlib.h>

enum { POINTS = 1001, MOST_SHADES = 6 };

static double grid(double from, double to, size_t i) {
    return from + (to - from) * (double)i / (POINTS - 1);
}

static crease_status set_text(crease_plot *plot, crease_error *error, const char *variable,
                              const char *format, ...) __attribute__((format(printf, 4, 5)));

static crease_status set_text(crease_plot *plot, crease_error *error, const char *variable,
                              const char *format, ...) {
    char text[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return crease_plot_set_text(plot, variable, text, error);
}

/* An interval of the state on which something holds. */
typedef struct shade {
    double low, high;
    const char *kind; /* "limit", "flat", "default" */
} shade;

static size_t list_shades(const savings_solution *solution, double from, double to, shade *list) {
    size_t count = 0;
    if (solution->model == SAVINGS_C && solution->m[0] > from)
        list[count++] = (shade){from, solution->m[0], "default"};
    if (solution->binding_m > from)
        list[count++] = (shade){from, solution->binding_m, "limit"};
    bool of_assets = solution->model == SAVINGS_C || solution->model == SAVINGS_D;
    for (size_t i = 0; i + 1 < solution->knots && !of_assets && count < MOST_SHADES; i++)
        if (solution->slope[i] == 1 && solution->m[i] < to && solution->m[i + 1] > from)
            list[count++] = (shade){fmax(from, solution->m[i]), solution->m[i + 1], "flat"};
    return count;
}

static crease_status set_shades(crease_plot *plot, const savings_solution *solution, double from, double to,
                                crease_error *error) {
    shade list[MOST_SHADES + 2];
    size_t count = list_shades(solution, from, to, list);
    crease_status status = crease_plot_set_number(plot, "shades", (double)count, error);
    for (size_t i = 0; i < count && status == CREASE_OK; i++) {
        char name[32];
        snprintf(name, sizeof name, "shade_low_%zu", i + 1);
        status = crease_plot_set_number(plot, name, list[i].low, error);
        snprintf(name, sizeof name, "shade_high_%zu", i + 1);
        if (status == CREASE_OK)
            status = crease_plot_set_number(plot, name, fmin(list[i].high, to), error);
        snprintf(name, sizeof name, "shade_kind_%zu", i + 1);
        if (status == CREASE_OK)
            status = crease_plot_set_text(plot, name, list[i].kind, error);
    }
    return status;
}

/* Where the policy is drawn: up to some way beyond its first kinks. */
static double policy_end(const savings_solution *solution, double from, double to) {
    enum { FIRST = 3 };
    if (solution->knots == 0 || solution->model == SAVINGS_C)
        return to;
    double last = solution->m[solution->knots < FIRST ? solution->knots - 1 : FIRST - 1];
    return last > from ? fmin(to, last + 1.5 * (last - from)) : to;
}

static crease_status add_policy(crease_plot *plot, const savings_solution *solution, double from, double to,
                                double *column, crease_error *error) {
    double end = policy_end(solution, from, to);
    const double *columns[4] = {column, column + POINTS, column + 2 * POINTS, column + 3 * POINTS};
    bool has_euler = false;
    for (size_t i = 0; i < POINTS; i++) {
        savings_point near = savings_evaluate(solution, grid(from, end, i)),
                      point = savings_evaluate(solution, grid(from, to, i));
        column[i] = near.x;
        column[POINTS + i] = near.c;
        column[2 * POINTS + i] = point.x;
        column[3 * POINTS + i] = point.log10_euler;
        has_euler = has_euler || isfinite(point.log10_euler);
    }
    for (size_t i = 0; i < POINTS && !has_euler; i++)
        column[3 * POINTS + i] = savings_evaluate(solution, column[2 * POINTS + i]).mpc;
    crease_status status = crease_plot_add_data(plot, "policy", POINTS, 2, columns, error);
    if (status == CREASE_OK)
        status = crease_plot_add_data(plot, "lower", POINTS, 2, columns + 2, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "has_euler", has_euler, error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "knots", (double)solution->knots, error);
    if (status == CREASE_OK &&
        solution->knots > 0) /* also those outside the range: the figure leaves them out */
        status = crease_plot_add_data(plot, "kinks", solution->knots, 2,
                                      (const double *const[]){solution->m, solution->c}, error);
    return status;
}

/* The value of which theory says most: of assets at the end of the period where a rate changes, else of the state. */
typedef struct value_panel {
    savings_object object;
    double place, low, high; /* where it is drawn */
    double slope_left, slope_right, value;
} value_panel;

static value_panel choose_value(const savings_solution *solution) {
    value_panel v = {.object = SAVINGS_V};
    double from, to;
    if (savings_object_exists(solution->model, SAVINGS_W) &&
        !isnan(savings_critical_point(solution, SAVINGS_W)))
        v.object = SAVINGS_W;
    savings_object_range(solution, v.object, &from, &to);
    v.place = savings_critical_point(solution, v.object);
    if (isnan(v.place))
        v.place = (from + to) / 2;
    double reach = .15 * (to - from);
    if (v.place > from)
        reach = fmin(reach, .8 * (v.place - from));
    v.low = fmax(from, v.place - reach);
    v.high = v.place + reach;
    v.value = savings_object_at(solution, v.object, v.place, &v.slope_left, &v.slope_right);
    if (!(v.place > from))
        v.slope_left = NAN; /* nothing lies below */
    return v;
}

static crease_status add_value(crease_plot *plot, const savings_solution *solution, const value_panel *v,
                               double *column, crease_error *error) {
    const double *columns[4] = {column, column + POINTS, column + 2 * POINTS, column + 3 * POINTS};
    double slope;
    for (size_t i = 0; i < POINTS; i++) {
        double x = grid(v->low, v->high, i);
        column[i] = x;
        column[POINTS + i] = savings_object_at(solution, v->object, x, NULL, NULL);
        column[2 * POINTS + i] = v->value + v->slope_left * (x - v->place);
        column[3 * POINTS + i] = v->value + v->slope_right * (x - v->place);
    }
    crease_status status = crease_plot_add_data(plot, "value", POINTS, 4, columns, error);
    for (size_t i = 0; i < POINTS; i++)
        savings_object_at(solution, v->object, column[i], column[i] <= v->place ? &slope : NULL,
                          column[i] > v->place ? &slope : NULL),
            column[POINTS + i] = slope;
    return status == CREASE_OK ? crease_plot_add_data(plot, "slope", POINTS, 2, columns, error) : status;
}

static const char *label_of(const char *state) {
    return state[0] == 'a' ? "assets a (years of income)" : "cash on hand m (years of income)";
}

static crease_status set_labels(crease_plot *plot, const savings_solution *solution, const value_panel *v,
                                crease_error *error) {
    const char *variable = savings_object_variable(solution->model, v->object);
    char name[16];
    snprintf(name, sizeof name, "%s(%s)", savings_object_name(v->object), variable);
    crease_status status = set_text(plot, error, "state", "%s", savings_state_name(solution->model));
    if (status == CREASE_OK)
        status = set_text(plot, error, "x_label", "%s", label_of(savings_state_name(solution->model)));
    if (status == CREASE_OK)
        status = set_text(plot, error, "value_x_label", "%s", label_of(variable));
    if (status == CREASE_OK)
        status = set_text(plot, error, "value_label", "%s", name);
    if (status == CREASE_OK)
        status = set_text(plot, error, "slope_label", "slope of %s", name);
    if (status == CREASE_OK)
        status = set_text(plot, error, "left_label", "left tangent, slope %.5g", v->slope_left);
    if (status == CREASE_OK)
        status = set_text(plot, error, "right_label",
                          isfinite(v->slope_left) ? "right tangent, slope %.5g" : "tangent, slope %.5g",
                          v->slope_right);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "has_left", isfinite(v->slope_left), error);
    if (status == CREASE_OK)
        status = crease_plot_set_number(plot, "place", v->place, error);
    if (status == CREASE_OK && solution->parameters.rate_count > 2)
        status = set_text(plot, error, "flat_label", "assets stay where the rate changes");
    else if (status == CREASE_OK)
        status = set_text(plot, error, "flat_label", "assets stay at %.4g", v->place);
    if (status == CREASE_OK)
        status =
            set_text(plot, error, "limit_label", "the limit binds: a = %.4g", solution->parameters.limit);
    return status;
}

crease_status savings_solution_plot(const savings_solution *solution, double from, double to,
                                    const char *title, struct crease_plot **plot, crease_error *error) {
    double *column = calloc(4 * POINTS, sizeof *column);
    value_panel v = choose_value(solution);
    *plot = NULL;
    if (!column)
        return crease_fail(error, CREASE_NO_MEMORY, "out of memory for a picture");
    crease_status status = crease_plot_new("savings_solution", plot, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(*plot, "title_text", title, error);
    if (status == CREASE_OK)
        status = set_labels(*plot, solution, &v, error);
    if (status == CREASE_OK)
        status = set_shades(*plot, solution, from, to, error);
    if (status == CREASE_OK)
        status = add_policy(*plot, solution, from, to, column, error);
    if (status == CREASE_OK)
        status = add_value(*plot, solution, &v, column, error);
    free(column);
    if (status != CREASE_OK) {
        crease_plot_free(*plot);
        *plot = NULL;
    }
    return status;
}

const char *savings_solution_see(const savings_solution *solution) {
    if (solution->model == SAVINGS_D)
        return "consumption leaves the limit like a square root, so the value has a slope there and an "
               "infinite curvature";
    if (solution->knots == 0)
        return "no kink anywhere: the rate is the same everywhere, and no limit binds";
    if (solution->model == SAVINGS_C)
        return "the value bends upwards where default ends, at the limit that lenders set";
    if (choose_value(solution).object == SAVINGS_W)
        return "the end-of-period value bends where the rate changes, by the ratio of the rates; there "
               "assets stay on a whole "
               "stretch of cash on hand, and consumption bends at both its ends";
    return "consumption bends where the limit begins to bind, yet both tangents of the value are one line: V "
           "is C1";
}
