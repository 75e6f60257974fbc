/* What crease savings solve says: the table, JSON, words and the picture. */
#include "crease/file.h"
#include "crease/plot.h"
#include "savings/solve_run.h"
#include <math.h>
#include <string.h>

static void write_cell(FILE *file, double value, const char *after) {
    if (isfinite(value))
        fprintf(file, "%.17g", value);
    fputs(after, file); /* a cell without a value is empty */
}

crease_status savings_solve_write_table(const solve_run *run, crease_error *error) {
    crease_file file;
    crease_status status = crease_file_create(&file, run->output, error);
    if (status != CREASE_OK)
        return status;
    bool short_rows = strcmp(savings_state_name(run->solution->model), "a") == 0;
    fputs(short_rows ? "a,c,V,dV\n" : "m,c,a,V,dV,mpc,log10_euler\n", file.stream);
    for (size_t i = 0; i < run->x_count; i++) {
        savings_point point = savings_evaluate(run->solution, run->x[i]);
        const double long_row[] = {point.x,  point.c,   point.a,          point.V,
                                   point.dV, point.mpc, point.log10_euler},
                     short_row[] = {point.x, point.c, point.V, point.dV};
        const double *cell = short_rows ? short_row : long_row;
        size_t cells = short_rows ? 4 : 7;
        for (size_t j = 0; j < cells; j++)
            write_cell(file.stream, cell[j], j + 1 < cells ? "," : "\n");
    }
    return crease_file_commit(&file, error);
}

static json_t *kinks_json(const solve_run *run) {
    json_t *list = json_array();
    for (size_t i = 0; i < run->kink_count; i++) {
        json_t *kink = json_object();
        crease_json_set_text(kink, "object", savings_object_name(run->kinks[i].object));
        crease_json_set_number(kink, "x", run->kinks[i].x, NULL);
        crease_json_set_number(kink, "slope_left", run->kinks[i].slope_left, NULL);
        crease_json_set_number(kink, "slope_right", run->kinks[i].slope_right, NULL);
        crease_json_set_number(kink, "ratio", run->kinks[i].slope_left / run->kinks[i].slope_right, NULL);
        json_array_append_new(list, kink);
    }
    return list;
}

static json_t *at_json(const solve_run *run) {
    json_t *list = json_array();
    for (size_t i = 0; i < run->at_count; i++) {
        const char *why = "there is nothing to consume at this x";
        savings_point point = savings_evaluate(run->solution, run->at_x[i]);
        json_t *object = json_object();
        crease_json_set_number(object, "x", run->at_x[i], NULL);
        crease_json_set_number(object, "c", point.c, why);
        crease_json_set_number(object, "V", point.V, why);
        crease_json_set_number(object, "dV", point.dV, why);
        json_array_append_new(list, object);
    }
    return list;
}

static const char *no_binding(const solve_run *run) {
    switch (run->solution->model) {
    case SAVINGS_B:
        return "model B has no hard limit";
    case SAVINGS_C:
        return "model C defaults at its limit, which no policy runs into";
    case SAVINGS_D:
        return "in model D the limit binds at a = limit only";
    default:
        return "the natural limit never binds";
    }
}

int savings_solve_print_json(const solve_run *run) {
    json_t *object = crease_json_begin("savings-solve");
    bool has_euler = !isnan(run->euler_mean) || strcmp(savings_state_name(run->solution->model), "m") == 0;
    const char *no_euler = has_euler
                               ? "there is no midpoint with -.15 < m <= 10 at which the Euler equation holds"
                               : "models C and D have no Euler equation between periods";
    savings_json_model(object, run->solution);
    json_object_set_new(object, "kinks", kinks_json(run));
    crease_json_set_number(object, "binding_m", run->solution->binding_m, no_binding(run));
    crease_json_set_number(object, "euler_mean", run->euler_mean, no_euler);
    crease_json_set_number(object, "euler_max", run->euler_max, no_euler);
    json_object_set_new(object, "at", at_json(run));
    json_object_set_new(object, "claims", savings_claims_json(run->solution));
    if (run->solution->model == SAVINGS_D) {
        json_t *routes = json_object();
        crease_json_set_number(routes, "time", run->route_error[SAVINGS_ROUTE_TIME], NULL);
        crease_json_set_number(routes, "square_root", run->route_error[SAVINGS_ROUTE_SQUARE_ROOT], NULL);
        json_object_set_new(object, "route_errors", routes);
    }
    crease_json_set_count(object, "nodes", run->x_count);
    crease_json_set_count(object, "iterations", run->solution->iterations);
    crease_json_set_number(object, "seconds", run->seconds, NULL);
    crease_json_set_count(object, "seed", (size_t)run->app.seed);
    return crease_json_finish(&run->app, object);
}

static void print_kinks(const solve_run *run, FILE *file) {
    enum { SHOWN = 10 };
    static const char *const titles[] = {"kink of", "at", "slope left", "slope right", "ratio"};
    crease_report *report = crease_report_new(5, titles);
    for (size_t i = 0; i < run->kink_count && i < SHOWN; i++) {
        const savings_kink *kink = &run->kinks[i];
        crease_report_text(report, "%s(%s)", savings_object_name(kink->object),
                           savings_object_variable(run->solution->model, kink->object));
        crease_report_number(report, kink->x, 10);
        crease_report_number(report, kink->slope_left, 8);
        crease_report_number(report, kink->slope_right, 8);
        crease_report_number(report, kink->slope_left / kink->slope_right, 9);
    }
    crease_report_print(report, file);
    crease_report_free(report);
    if (run->kink_count > SHOWN)
        fprintf(file, "... and %zu more up to m = %g (--json lists them)\n", run->kink_count - SHOWN,
                run->highest);
    if (run->kink_count == 0) {
        if (run->solution->model == SAVINGS_D)
            fputs("no kink: consumption goes like a square root at the limit, and V like a^(3/2)\n", file);
        else if (run->solution->knots == 0)
            fputs("no kink: the rate is the same everywhere, and no limit binds\n", file);
        else
            fprintf(file, "no kink up to %g\n", run->highest);
    }
}

int savings_solve_print_text(const solve_run *run) {
    FILE *file = crease_app_is_standard_output(run->output) ? stderr : stdout;
    print_kinks(run, file);
    if (isfinite(run->solution->binding_m))
        fprintf(file, "the limit binds up to m = %.12g\n", run->solution->binding_m);
    if (isfinite(run->euler_mean))
        fprintf(file, "log10 Euler error: mean %.2f, largest %.2f\n", run->euler_mean, run->euler_max);
    if (run->solution->model == SAVINGS_D)
        fprintf(
            file,
            "both ODE routes against the closed form: largest difference %.1e (time), %.1e (square root)\n",
            run->route_error[SAVINGS_ROUTE_TIME], run->route_error[SAVINGS_ROUTE_SQUARE_ROOT]);
    if (savings_solve_has_risk(run))
        fprintf(file, "solved in %.2g s: %zu backward steps, %zu nodes\n", run->seconds,
                run->solution->iterations, run->solution->rule->count);
    if (run->at_count > 0) {
        const char *const titles[] = {savings_state_name(run->solution->model), "c", "V", "dV"};
        crease_report *report = crease_report_new(4, titles);
        for (size_t i = 0; i < run->at_count; i++) {
            savings_point point = savings_evaluate(run->solution, run->at_x[i]);
            const double cell[] = {point.x, point.c, point.V, point.dV};
            for (size_t j = 0; j < 4; j++)
                crease_report_number(report, cell[j], 12);
        }
        crease_report_print(report, file);
        crease_report_free(report);
    }
    savings_claims_print(run->solution, file);
    return crease_app_end(&run->app);
}

int savings_solve_draw(const solve_run *run) {
    char title[128];
    crease_plot *plot;
    crease_error error;
    snprintf(title, sizeof title, "%s: %s", savings_model_name(run->solution->model),
             savings_model_title(run->solution->model));
    crease_status status =
        savings_solution_plot(run->solution, run->lowest, run->highest, title, &plot, &error);
    if (status != CREASE_OK)
        return crease_app_fail(&run->app, &error);
    return crease_app_draw(&run->app, plot, run->app.plot, savings_solution_see(run->solution));
}
