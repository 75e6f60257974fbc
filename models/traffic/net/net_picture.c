/* The picture of crease traffic net: the curves, the piece beyond the jam enlarged, and the wave speed. One column for
 * data or a model file; of a study the first truth, a column for each of its first two reaches. */
#include "crease/plot.h"
#include "traffic/net/net_program.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct drawing {
    const net_run *run;
    crease_plot *plot;
    double end, jam, largest_flow, free_speed, wave; /* densities, flows and speeds that are shown */
} drawing;

static crease_status set_number(drawing *d, const char *name, double value, crease_error *error) {
    return crease_plot_set_number(d->plot, name, value, error);
}

/* ReLU, tanh and sigmoid keep the colours that they have in all figures. */
static const char *role_of(const char *model) {
    static const struct {
        const char *part, *role;
    } table[] = {{"physical", "hybrid"}, {"triangular", "leaky"}, {"trapezoidal", "leaky"}, {"tanh", "tanh"},
                 {"sigmoid", "sigmoid"}, {"relu", "relu"},        {":", "smooth"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strstr(model, table[i].part))
            return table[i].role;
    return "other";
}

static crease_status add_model(drawing *d, size_t index, char **models, size_t *shown, crease_error *error) {
    const char *role = role_of(models[index]);
    char name[40];
    size_t dash = strcmp(role, "tanh") == 0 || strcmp(role, "hybrid") == 0 ? 2
                  : strcmp(role, "sigmoid") == 0                           ? 5
                                                                           : 1;
    for (size_t i = 0; i < index; i++)
        dash += strcmp(role_of(models[i]), role) == 0;
    *shown += 1;
    snprintf(name, sizeof name, "title_%zu", index + 1);
    crease_status status = crease_plot_set_text(d->plot, name, models[index], error);
    snprintf(name, sizeof name, "role_of_%zu", index + 1);
    if (status == CREASE_OK)
        status = crease_plot_set_text(d->plot, name, role, error);
    snprintf(name, sizeof name, "dash_of_%zu", index + 1);
    return status == CREASE_OK ? set_number(d, name, (double)dash, error) : status;
}

static crease_status add_curve(drawing *d, const char *block, const double *density, const double *flow,
                               const double *slope, crease_error *error) {
    double wave[TRAFFIC_NET_DRAWN];
    for (size_t i = 0; i < TRAFFIC_NET_DRAWN; i++)
        wave[i] = -slope[i];
    const double *const column[] = {density, flow, wave};
    return crease_plot_add_data(d->plot, block, TRAFFIC_NET_DRAWN, 3, column, error);
}

static crease_status sample(drawing *d, const char *block, const traffic_net_curve *curve,
                            crease_error *error) {
    double density[TRAFFIC_NET_DRAWN], flow[TRAFFIC_NET_DRAWN], slope[TRAFFIC_NET_DRAWN];
    for (size_t i = 0; i < TRAFFIC_NET_DRAWN; i++) {
        density[i] = d->end * (double)i / (TRAFFIC_NET_DRAWN - 1);
        flow[i] = traffic_net_flow(curve, density[i]);
        slope[i] = traffic_net_slope(curve, density[i]);
    }
    return add_curve(d, block, density, flow, slope, error);
}

static crease_status add_truth(drawing *d, const traffic_diagram *truth, crease_error *error) {
    traffic_net_curve curve = {0};
    crease_status status = CREASE_OK;
    const double none = NAN, *const column[] = {&none, &none, &none};
    if (!truth)
        return crease_plot_add_data(d->plot, "truth", 1, 3, column, error);
    status = traffic_net_curve_of_diagram(truth, &curve, error);
    if (status == CREASE_OK)
        status = sample(d, "truth", &curve, error);
    traffic_net_curve_clear(&curve);
    return status;
}

/* At most 3000 of the rows. */
static crease_status add_rows(drawing *d, size_t n, const double *density, const double *flow,
                              crease_error *error) {
    enum { MOST = 3000 };
    double x[MOST] = {NAN}, y[MOST] = {NAN};
    const size_t step = n > MOST ? (n + MOST - 1) / MOST : 1;
    size_t count = 0;
    for (size_t i = 0; i < n; i += step) {
        x[count] = density[i];
        y[count++] = flow[i];
    }
    const double *const column[] = {x, y};
    return crease_plot_add_data(d->plot, "data", count > 0 ? count : 1, 2, column, error);
}

/* ---- what is drawn ---- */

static crease_status draw_rows(drawing *d, crease_error *error) {
    const net_run *run = d->run;
    const traffic_study *study = run->fd.result;
    size_t shown = 0;
    crease_status status =
        study ? add_rows(d, study->n, study->density, study->flow, error) : add_rows(d, 0, NULL, NULL, error);
    if (status == CREASE_OK)
        status = set_number(d, "reach_1", run->largest, error);
    for (size_t i = 0; i < run->row_count && status == CREASE_OK; i++) {
        status = sample(d, "fits", &run->curve[i], error);
        if (status == CREASE_OK)
            status = add_model(d, i, run->row_model, &shown, error);
    }
    if (status == CREASE_OK)
        status = add_truth(d, run->truth_count > 0 ? &run->truth[0] : NULL, error);
    if (status == CREASE_OK)
        status = crease_plot_set_text(d->plot, "column_title_1", "", error);
    if (status == CREASE_OK)
        status = set_number(d, "columns", 1, error);
    return status == CREASE_OK ? set_number(d, "curves", (double)shown, error) : status;
}

static crease_status draw_reach(drawing *d, const traffic_net_study *s, size_t k, crease_error *error) {
    char name[40], text[80];
    crease_status status =
        add_rows(d, s->points, s->row_density + k * s->points, s->row_flow + k * s->points, error);
    for (size_t m = 0; m < s->model_count && status == CREASE_OK; m++) {
        const traffic_net_cell *cell = &s->cell[k * s->model_count + m];
        status = add_curve(d, "fits", s->drawn, cell->flow, cell->slope, error);
    }
    snprintf(name, sizeof name, "reach_%zu", k + 1);
    if (status == CREASE_OK)
        status = set_number(d, name, s->reach[k] * s->truth_audit.jam_density, error);
    snprintf(name, sizeof name, "column_title_%zu", k + 1);
    snprintf(text, sizeof text, "data up to %.3g of the jam density", s->reach[k]);
    return status == CREASE_OK ? crease_plot_set_text(d->plot, name, text, error) : status;
}

static crease_status draw_study(drawing *d, crease_error *error) {
    const traffic_net_study *s = d->run->study[0];
    const size_t columns = s->reach_count < 2 ? 1 : 2;
    size_t shown = 0;
    crease_status status = CREASE_OK;
    for (size_t k = 0; k < columns && status == CREASE_OK; k++)
        status = draw_reach(d, s, k, error);
    for (size_t m = 0; m < s->model_count && status == CREASE_OK; m++)
        status = add_model(d, m, s->model, &shown, error);
    if (status == CREASE_OK)
        status = add_truth(d, &s->truth, error);
    if (status == CREASE_OK)
        status = set_number(d, "columns", (double)columns, error);
    return status == CREASE_OK ? set_number(d, "curves", (double)shown, error) : status;
}

/* The ranges: up to the end of the range audited, flows near zero enlarged. */
static void choose_ranges(drawing *d) {
    const net_run *run = d->run;
    traffic_audit known = {.capacity = NAN, .jam_density = NAN, .free_speed = NAN};
    if (run->truth_count > 0)
        traffic_audit_diagram(&run->truth[0], 0.0, &known);
    d->jam = known.jam_density;
    d->free_speed = known.free_speed;
    d->largest_flow = known.capacity;
    if (run->study_count > 0) {
        d->end = run->study[0]->drawn[TRAFFIC_NET_DRAWN - 1];
        return;
    }
    d->end = 1.5 * run->largest;
    for (size_t i = 0; i < run->row_count; i++) {
        const traffic_audit *a = &run->audit[i].curve;
        d->largest_flow = fmax(d->largest_flow, a->capacity); /* fmax and fmin ignore NaN */
        if (isnan(known.jam_density) && a->jam_density < d->end)
            d->jam = fmin(d->jam, a->jam_density);
        if (isnan(known.free_speed) && traffic_net_faults(&run->audit[i]) == 0)
            d->free_speed = fmax(d->free_speed, a->free_speed);
    }
    if (run->fd.result)
        d->largest_flow = fmax(d->largest_flow, run->fd.result->largest_flow);
    if (isnan(d->jam))
        d->jam = run->largest;
    if (isnan(d->free_speed))
        d->free_speed = 6.0 * fabs(d->largest_flow) / run->largest;
    if (!(d->largest_flow > 0.0))
        d->largest_flow = 1.0;
}

static crease_status describe(drawing *d, crease_error *error) {
    const net_run *run = d->run;
    char density[80], flow[80], wave[80], title[120];
    const bool known = run->fd.path == NULL || run->fd.units != FD_UNKNOWN;
    const char *length = run->fd.units == FD_MILE ? "mile" : "km", *lane = run->fd.path ? "/lane" : "";
    snprintf(density, sizeof density, known ? "density (veh/%s%s)" : "density", length, lane);
    snprintf(flow, sizeof flow, known ? "flow (veh/h%s)" : "flow", lane);
    snprintf(wave, sizeof wave, known ? "−dq/dρ (%s/h)" : "−dq/dρ", length);
    snprintf(title, sizeof title, run->study_count > 0 ? "Fits to simulated data; truth: %.80s" : "%.100s",
             run->study_count > 0 ? run->truth_text[0]
             : run->fd.path       ? "Networks on the flow diagram"
                                  : run->spec);
    const struct {
        const char *name, *text;
    } texts[] = {{"x_label", density}, {"y_label", flow}, {"wave_label", wave}, {"plot_title", title}};
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"end_density", d->end},
                   {"jam_density", d->jam},
                   {"largest_flow", d->largest_flow},
                   {"free_speed", d->free_speed},
                   {"with_truth", run->truth_count > 0}};
    crease_status status = CREASE_OK;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && status == CREASE_OK; i++)
        status = crease_plot_set_text(d->plot, texts[i].name, texts[i].text, error);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && status == CREASE_OK; i++)
        status = set_number(d, numbers[i].name, numbers[i].value, error);
    return status;
}

int net_draw(const net_run *run) {
    drawing d = {.run = run};
    crease_error error;
    if (run->study_count > 0 && run->study[0]->runs == 0) {
        crease_app_note(&run->app, "no run was finished, so there is no picture");
        return 0;
    }
    if (run->study_count > 1)
        crease_app_note(&run->app, "the picture is of the first --truth, %s", run->truth_text[0]);
    choose_ranges(&d);
    crease_status status = crease_plot_new("traffic_net", &d.plot, &error);
    if (status == CREASE_OK)
        status = describe(&d, &error);
    if (status == CREASE_OK)
        status = run->study_count > 0 ? draw_study(&d, &error) : draw_rows(&d, &error);
    if (status != CREASE_OK) {
        crease_plot_free(d.plot);
        return crease_app_fail(&run->app, &error);
    }
    return crease_app_draw(
        &run->app, d.plot, run->app.plot,
        "above the curves, in the middle the flow near zero beyond the jam, which must not be "
        "negative, below the wave speed: steps of piecewise-linear curves, waves of smooth ones.");
}
